package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/forensics/recover"
)

// mediaSummary is the outcome of media recover and media carve.
type mediaSummary struct {
	Image    string              `json:"image"`
	Format   string              `json:"format"`
	Files    int                 `json:"files"`  // that the image consists of
	SizeB    int64               `json:"size"`   // of the medium
	Hashes   media.Hashes        `json:"hashes"` // of the image's files
	UnreadB  int64               `json:"unread"`
	Scheme   string              `json:"scheme"` // of the partition table
	Volumes  []mediaVolume       `json:"volumes"`
	Counts   []mediaCount        `json:"counts"`
	Items    int                 `json:"items"`
	Records  []recordCount       `json:"records"`
	Out      string              `json:"out"`
	Resumed  bool                `json:"resumed"`
	Warnings []string            `json:"warnings"`
	Failed   []forensics.Failure `json:"failed"`
}

// mediaVolume is one volume of an image.
type mediaVolume struct {
	Number   int      `json:"number"`
	OffsetB  int64    `json:"offset"`
	LengthB  int64    `json:"length"`
	Kind     string   `json:"kind"`
	Label    string   `json:"label"`
	Part     string   `json:"partition"`
	Note     string   `json:"note"` // why its files are not listed
	Warnings []string `json:"warnings,omitempty"`
}

// mediaCount counts items of one origin, state and type.
type mediaCount struct {
	Origin forensics.ItemOrigin `json:"origin"`
	State  forensics.ItemState  `json:"state"`
	Type   string               `json:"type"`
	Count  int                  `json:"count"`
	SizeB  int64                `json:"size"`
}

func (s *mediaSummary) addLayout(l media.Layout) {
	s.Scheme = string(l.Table.Scheme)
	s.Warnings = append([]string{}, l.Warnings...)
	s.Failed = []forensics.Failure{}
	s.Volumes = mediaVolumes(l)
}

func mediaVolumes(l media.Layout) []mediaVolume {
	out := []mediaVolume{}
	for _, v := range l.Volumes {
		m := mediaVolume{Number: v.Number, OffsetB: v.OffsetB, LengthB: v.LengthB, Kind: v.Kind, Label: v.Label, Part: v.Part}
		if v.Err != nil {
			m.Note = v.Err.Error()
		}
		out = append(out, m)
	}
	return out
}

// countAll counts what an output holds in dir.
func (s *mediaSummary) countAll(dir string) (err error) {
	if s.Records, err = countRecords(dir); err != nil {
		return err
	}
	return s.countItems(filepath.Join(dir, itemsFile))
}

// countItems counts the items of a list.
func (s *mediaSummary) countItems(list string) error {
	at := map[mediaCount]int{}
	s.Items, s.Counts = 0, []mediaCount{}
	err := eachItemIn(list, func(it forensics.Item) error {
		s.Items++
		k := mediaCount{Origin: it.Origin, State: it.State, Type: it.Type}
		i, ok := at[k]
		if !ok {
			i = len(s.Counts)
			at[k] = i
			s.Counts = append(s.Counts, k)
		}
		s.Counts[i].Count++
		s.Counts[i].SizeB += it.SizeB
		return nil
	})
	rank := map[string]int{"live": 0, "deleted": 1, "carved": 2, "whole": 0, "partial": 1, "fragment": 2}
	sort.Slice(s.Counts, func(i, j int) bool {
		a, b := s.Counts[i], s.Counts[j]
		if a.Origin != b.Origin {
			return rank[string(a.Origin)] < rank[string(b.Origin)]
		}
		if a.State != b.State {
			return rank[string(a.State)] < rank[string(b.State)]
		}
		return a.Type < b.Type
	})
	return err
}

func (s mediaSummary) failures() []forensics.Failure { return s.Failed }

func (s mediaSummary) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("media_image", "Image", s.Image, "Size", s.SizeB))
	printHashes(w, s.Hashes)
	if s.UnreadB > 0 {
		fmt.Fprintln(w, t.T("media_unread", "Size", s.UnreadB))
	}
	printVolumes(w, t, s.Volumes)
	if s.Resumed {
		fmt.Fprintln(w, t.T("media_resumed"))
	}
	fmt.Fprintln(w, t.T("media_items", "Count", s.Items))
	for _, c := range s.Counts {
		fmt.Fprintf(w, "  %-8s %-10s %-6s %6d  %12d B\n", t.T("media_"+string(c.Origin)), t.T("media_"+string(c.State)), c.Type, c.Count, c.SizeB)
	}
	for _, c := range s.Records {
		fmt.Fprintln(w, "  "+t.T("media_records", "Kind", c.Kind, "Count", c.Count, "Deleted", c.Deleted))
	}
	printWarnings(w, t, s.Warnings)
	fmt.Fprintln(w, t.T("media_written", "Out", s.Out))
}

func printHashes(w io.Writer, h media.Hashes) {
	for _, x := range []struct{ name, value string }{{"SHA-256", h.SHA256}, {"SM3", h.SM3}, {"MD5", h.MD5}, {"SHA-1", h.SHA1}} {
		if x.value != "" {
			fmt.Fprintf(w, "  %-7s %s\n", x.name, x.value)
		}
	}
}

func printVolumes(w io.Writer, t texts, list []mediaVolume) {
	for _, v := range list {
		kind := v.Kind
		if kind == "" {
			kind = t.T("media_unknown_fs")
		}
		fmt.Fprintf(w, "  %d  @%d  %d B  %s %s  %s\n", v.Number, v.OffsetB, v.LengthB, kind, v.Label, v.Part)
		if v.Note != "" {
			fmt.Fprintf(w, "     %s\n", v.Note)
		}
	}
}

func printWarnings(w io.Writer, t texts, list []string) {
	for _, s := range list {
		fmt.Fprintln(w, t.T("media_warning", "Text", s))
	}
}

// mediaInfo is the outcome of media info.
type mediaInfo struct {
	Image    string        `json:"image"`
	Format   string        `json:"format"`
	Files    []string      `json:"files"`
	Stored   media.Hashes  `json:"stored"`      // hashes that the imaging tool left in the image
	Describe string        `json:"description"` // what it left in words
	SizeB    int64         `json:"size"`
	Scheme   string        `json:"scheme"`
	DiskID   string        `json:"diskID"`
	Map      string        `json:"map"` // the ddrescue map that was read
	UnreadB  int64         `json:"unread"`
	Volumes  []mediaVolume `json:"volumes"`
	Warnings []string      `json:"warnings"`
}

func (mediaInfo) failures() []forensics.Failure { return nil }

func (s mediaInfo) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("media_image", "Image", s.Image, "Size", s.SizeB))
	fmt.Fprintln(w, t.T("media_format", "Format", s.Format, "Files", len(s.Files)))
	if s.Stored != (media.Hashes{}) {
		fmt.Fprintln(w, t.T("media_stored"))
		printHashes(w, s.Stored)
	}
	if s.Describe != "" {
		fmt.Fprintln(w, "  "+strings.ReplaceAll(s.Describe, "\n", "\n  "))
	}
	if s.Scheme != "" {
		fmt.Fprintln(w, t.T("media_table", "Scheme", s.Scheme, "ID", s.DiskID))
	}
	if s.Map != "" {
		fmt.Fprintln(w, t.T("media_unread", "Size", s.UnreadB))
	}
	printVolumes(w, t, s.Volumes)
	printWarnings(w, t, s.Warnings)
}

func (a *app) mediaInfoCmd() *cobra.Command {
	return &cobra.Command{
		Use: "info IMAGE", Short: "Show partition table, volumes and unread sectors of an image", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.finish(runMediaInfo(args[0])) },
	}
}

func runMediaInfo(image string) (mediaInfo, error) {
	im, err := openImage(image, nil)
	if err != nil {
		return mediaInfo{}, err
	}
	defer im.Close()
	l, err := im.Layout()
	if err != nil {
		return mediaInfo{}, err
	}
	return mediaInfo{Image: image, Format: im.Format, Files: im.Files, Stored: im.Stored, Describe: im.Description, SizeB: im.SizeB, Scheme: string(l.Table.Scheme), DiskID: l.Table.DiskID, Map: im.MapPath,
		UnreadB: im.Unread.Total(), Volumes: mediaVolumes(l), Warnings: append(append([]string{}, im.Warnings...), l.Warnings...)}, nil
}

// mediaHash is the outcome of media hash.
type mediaHash struct {
	Image  string       `json:"image"`
	SizeB  int64        `json:"size"`
	Hashes media.Hashes `json:"hashes"`
}

func (mediaHash) failures() []forensics.Failure { return nil }

func (s mediaHash) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("media_image", "Image", s.Image, "Size", s.SizeB))
	printHashes(w, s.Hashes)
}

func (a *app) mediaHashCmd() *cobra.Command {
	return &cobra.Command{
		Use: "hash IMAGE", Short: "Hash an image with SHA-256, SM3 and MD5 in one pass", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.finish(runMediaHash(c.Context(), args[0], a.progress()))
		},
	}
}

func runMediaHash(ctx context.Context, image string, report progressFunc) (mediaHash, error) {
	im, err := openImage(image, nil)
	if err != nil {
		return mediaHash{}, err
	}
	defer im.Close()
	h, err := im.Hash(ctx, func(done int64) { report("hash", done, im.SizeB) })
	return mediaHash{Image: image, SizeB: im.SizeB, Hashes: h}, err
}

// mediaList is the outcome of media list.
type mediaList struct {
	Image    string              `json:"image"`
	Volumes  []mediaVolume       `json:"volumes"`
	Items    []forensics.Item    `json:"items"`
	Warnings []string            `json:"warnings"`
	Failed   []forensics.Failure `json:"failed"`
}

func (s mediaList) failures() []forensics.Failure { return s.Failed }

func (s mediaList) print(w io.Writer, t texts) {
	printVolumes(w, t, s.Volumes)
	fmt.Fprintln(w, t.T("media_list_head"))
	for _, it := range s.Items {
		fmt.Fprintf(w, "%-8s %-8s %12d  %-22s %s\n", t.T("media_"+string(it.Origin)), t.T("media_"+string(it.State)), it.SizeB, itemModified(it), it.Name)
	}
	printWarnings(w, t, s.Warnings)
}

func (a *app) mediaListCmd() *cobra.Command {
	exhibit := "IMG"
	c := &cobra.Command{
		Use: "list IMAGE", Short: "List live and deleted files with their times as recorded", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.finish(runMediaList(c.Context(), args[0], exhibit))
		},
	}
	c.Flags().StringVar(&exhibit, "exhibit", exhibit, "exhibit ID that locators begin with")
	return c
}

func runMediaList(ctx context.Context, image, exhibit string) (mediaList, error) {
	im, err := openImage(image, nil)
	if err != nil {
		return mediaList{}, err
	}
	defer im.Close()
	l, err := im.Layout()
	if err != nil {
		return mediaList{}, err
	}
	s := mediaList{Image: image, Volumes: mediaVolumes(l), Items: []forensics.Item{}, Warnings: append([]string{}, l.Warnings...), Failed: []forensics.Failure{}}
	for _, v := range l.Volumes {
		first := len(s.Items)
		_, err := listVolume(ctx, v, im, recover.Options{Exhibit: exhibit, Prefix: volumePrefix(l, v)}, func(at int, f recover.Found) error {
			if n := first + at + 1 - len(s.Items); n > 0 {
				s.Items = append(s.Items, make([]forensics.Item, n)...)
			}
			s.Items[first+at] = f.Item
			return nil
		})
		if ctx.Err() != nil {
			return mediaList{}, ctx.Err()
		}
		if err != nil {
			s.Items = s.Items[:first]
			s.Failed = append(s.Failed, forensics.Failure{Input: fmt.Sprintf("%s, volume at byte %d", image, v.OffsetB), Reason: err.Error()})
		}
	}
	return s, nil
}
