package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/forensics/recover"
	"firescene/formats"
)

// mediaOptions are the inputs of media recover and media carve.
type mediaOptions struct {
	Image   string
	Out     string
	Exhibit string // ID that locators begin with; "IMG" when empty
	// CarveOnly leaves the file systems aside.
	CarveOnly bool
	// AlignedOnly looks for pictures at sector boundaries alone, not inside other data.
	AlignedOnly bool
	NoThumbs    bool
	Force       bool // do again what is recorded as done
	Workers     int
}

func (a *app) mediaCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "media",
		Short: "List, recover and carve files from images of storage media",
		Long: `media reads raw images of storage media: partition tables (MBR, GPT), FAT12, FAT16
and FAT32 with deleted files, and pictures by their content (JPEG, PNG) anywhere.
Images are opened for reading only. A ddrescue map beside the image (IMAGE.map or
IMAGE.mapfile) says which sectors could not be read.` + exitStatusHelp,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.mediaInfoCmd(), a.mediaHashCmd(), a.mediaListCmd(), a.mediaRecoverCmd(false), a.mediaRecoverCmd(true))
	return c
}

func (a *app) mediaRecoverCmd(carveOnly bool) *cobra.Command {
	opts := mediaOptions{CarveOnly: carveOnly}
	c := &cobra.Command{
		Use:   "recover IMAGE -o DIR",
		Short: "Recover live, deleted and carved files with their locators and hashes",
		Long: `recover writes DIR/files (whole files), DIR/embedded (whole pictures inside other
data: documents, databases, videos), DIR/partial (what begins right but is not
complete, and fragments), DIR/thumbs, DIR/items.jsonl, DIR/dfxml.xml and
DIR/step.json. The image is hashed before and after; both hashes are in step.json.
A finished DIR is not done again for the same image and parameters.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.Image, opts.Workers = args[0], a.workers
			return a.finish(runMediaRecover(c.Context(), opts, a.progress()))
		},
	}
	if carveOnly {
		c.Use, c.Short = "carve IMAGE -o DIR", "Find files by their content alone"
	}
	f := c.Flags()
	f.StringVarP(&opts.Out, "out", "o", "", "output folder (required)")
	f.StringVar(&opts.Exhibit, "exhibit", "IMG", "exhibit ID that locators begin with")
	f.BoolVar(&opts.AlignedOnly, "aligned-only", false, "look for heads at sector boundaries only, not inside other data")
	f.BoolVar(&opts.NoThumbs, "no-thumbs", false, "make no thumbnails")
	f.BoolVar(&opts.Force, "force", false, "do it again even if DIR holds the finished result")
	return c
}

// runMediaRecover recovers everything it can from one image. This is the whole
// flow of the media stage: hash, lay out, file systems, carve, hash again.
func runMediaRecover(ctx context.Context, opts mediaOptions, report progressFunc) (mediaSummary, error) {
	began := time.Now()
	if opts.Out == "" {
		return mediaSummary{}, usageError{errors.New("give an output folder with -o DIR")}
	}
	if opts.Exhibit == "" {
		opts.Exhibit = "IMG"
	}
	if l, err := forensics.ParseLocator(opts.Exhibit); err != nil || l.Exhibit != opts.Exhibit {
		return mediaSummary{}, usageError{fmt.Errorf("exhibit ID %q: give letters and digits", opts.Exhibit)}
	}
	im, err := openImage(opts.Image)
	if err != nil {
		return mediaSummary{}, err
	}
	defer im.Close()
	hashes, err := im.Hash(ctx, func(done int64) { report("hash", done, im.SizeB) })
	if err != nil {
		return mediaSummary{}, err
	}
	step := opts.step(im, hashes)
	if old, err := readStep(opts.Out); err == nil && !opts.Force && sameWork(old, step, opts.Out) {
		return resumedSummary(opts, im, hashes, old)
	}
	layout, err := im.Layout()
	if err != nil {
		return mediaSummary{}, err
	}
	out, err := newMediaWriter(opts, im)
	if err != nil {
		return mediaSummary{}, err
	}
	defer out.discard()
	sum := mediaSummary{Image: opts.Image, SizeB: im.SizeB, Hashes: hashes, UnreadB: im.Unread.Total(), Out: opts.Out}
	sum.addLayout(layout)
	if !opts.CarveOnly {
		if err := recoverVolumes(ctx, opts, im, layout, out, &sum, report); err != nil {
			return mediaSummary{}, err
		}
	}
	if err := carveImage(ctx, opts, im, out, report); err != nil {
		return mediaSummary{}, err
	}
	if err := out.finishThumbs(); err != nil {
		return mediaSummary{}, err
	}
	after, err := im.FilesSHA256(ctx, func(done int64) { report("hash again", done, im.SizeB) })
	if err != nil {
		return mediaSummary{}, err
	}
	if after != hashes.SHA256 {
		return mediaSummary{}, fmt.Errorf("%s changed while it was read: SHA-256 %s before, %s after; nothing was written; find out what writes to it, then work on a copy", opts.Image, hashes.SHA256, after)
	}
	sum.count(out.items)
	if len(layout.Volumes) == 0 && len(out.items) == 0 {
		sum.Failed = append(sum.Failed, forensics.Failure{Input: opts.Image, Reason: "nothing was found in it: no partition table, no file system and no picture",
			Next: "check that it is a raw image of a storage medium; an EWF image (.E01) is made raw with ewfexport, a compressed one is unpacked first"})
	}
	if err := out.commit(ctx, hashes); err != nil {
		return mediaSummary{}, err
	}
	step.Params["sha256_after"] = after
	step.In, step.Out = 1, len(out.items)
	step.Failed, step.Warnings = sum.Failed, sum.Warnings
	if step.Outputs, err = hashTree(opts.Out); err != nil {
		return mediaSummary{}, err
	}
	step.Seconds = seconds(began)
	return sum, writeStep(opts.Out, step)
}

// openImage opens an image and refuses what can not be one.
func openImage(path string) (*media.Image, error) {
	im, err := media.Open(path)
	if err != nil {
		return nil, err
	}
	if im.SizeB == 0 {
		im.Close()
		return nil, fmt.Errorf("%s is empty; image the medium again, or check that the file was copied whole", path)
	}
	return im, nil
}

// step is the record of the work that opts asks for.
func (o mediaOptions) step(im *media.Image, h media.Hashes) forensics.Step {
	return forensics.Step{
		Stage:  "media",
		Inputs: []forensics.FileHash{{Path: filepath.Base(o.Image), SizeB: im.SizeB, SHA256: h.SHA256}},
		Params: map[string]string{
			"exhibit": o.Exhibit, "carve_only": strconv.FormatBool(o.CarveOnly), "aligned_only": strconv.FormatBool(o.AlignedOnly),
			"thumbs": strconv.FormatBool(!o.NoThumbs), "sha256_before": h.SHA256, "sm3_before": h.SM3, "md5_before": h.MD5,
			"unread_bytes": strconv.FormatInt(im.Unread.Total(), 10),
		},
		Failed: []forensics.Failure{}, Warnings: []string{},
	}
}

// recoverVolumes writes the files that file systems name. A volume that fails is
// noted and the rest goes on.
func recoverVolumes(ctx context.Context, opts mediaOptions, im *media.Image, layout media.Layout, out *mediaWriter, sum *mediaSummary, report progressFunc) error {
	for i, v := range layout.Volumes {
		items, doubts, err := listVolume(ctx, v, im, opts.Exhibit, volumePrefix(layout, v))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			sum.Failed = append(sum.Failed, forensics.Failure{Input: fmt.Sprintf("%s, volume at byte %d", opts.Image, v.OffsetB), Reason: err.Error(), Next: "its files are looked for by carving"})
			continue
		}
		sum.Volumes[i].Warnings = doubts
		for k := range items {
			if err := out.add(ctx, items[k].Item, folderOf(items[k].Item)); err != nil {
				return err
			}
			report("files", int64(k+1), int64(len(items)))
		}
	}
	return nil
}

// volumePrefix tells the paths of several volumes apart.
func volumePrefix(l media.Layout, v media.Volume) string {
	if len(l.Volumes) < 2 {
		return ""
	}
	return fmt.Sprintf("p%d/", v.Number)
}

// listVolume lists the files of a volume.
func listVolume(ctx context.Context, v media.Volume, im *media.Image, exhibit, prefix string) ([]recover.Found, []string, error) {
	found, doubts, err := recover.Volume(ctx, v, im, recover.Options{Exhibit: exhibit, Prefix: prefix, Unread: im.Unread})
	if formats.IsUnsupported(err) {
		err = nil // the layout says so already
	}
	return found, doubts, err
}

// carveImage writes what is found by content outside the files that are already
// accounted for.
func carveImage(ctx context.Context, opts mediaOptions, im *media.Image, out *mediaWriter, report progressFunc) error {
	src := carve.Source{R: im, SizeB: im.SizeB, NextUnread: im.Unread.Next}
	co := carve.Options{Unaligned: !opts.AlignedOnly, Covered: covered(out.items), Workers: opts.Workers}
	return carve.Run(ctx, src, co, func(f carve.Find) error {
		run := forensics.ByteRun{OffsetB: f.OffsetB, LengthB: f.LengthB}
		it := forensics.Item{
			Exhibit: opts.Exhibit, Type: f.Type.Name, Origin: forensics.FromCarving, State: f.State, SizeB: f.LengthB,
			Runs: []forensics.ByteRun{run}, Locators: []forensics.Locator{forensics.At(opts.Exhibit, f.OffsetB, f.LengthB)},
			Confidence: f.Confidence, Reason: f.Reason,
		}
		folder := folderOf(it)
		if !f.Aligned {
			it.Reason += "; inside other data, not at a sector boundary"
			if f.Host != "" {
				it.Reason += ": " + f.Host
			}
			if it.State == forensics.Whole {
				folder = "embedded"
			}
		}
		return out.add(ctx, it, folder)
	}, func(done int64) { report("carve", done, im.SizeB) })
}

// covered lists the ranges of items that need no carving: whole ones that a live
// file or a proved content vouches for.
func covered(items []forensics.Item) []forensics.ByteRun {
	var runs []forensics.ByteRun
	for _, it := range items {
		if it.State == forensics.Whole && it.Confidence >= 0.9 {
			runs = append(runs, it.Runs...)
		}
	}
	sort.Slice(runs, func(i, j int) bool { return runs[i].OffsetB < runs[j].OffsetB })
	// cross-linked files may overlap: join what touches
	out := runs[:0]
	for _, r := range runs {
		if n := len(out); n > 0 && r.OffsetB <= out[n-1].OffsetB+out[n-1].LengthB {
			out[n-1].LengthB = max(out[n-1].LengthB, r.OffsetB+r.LengthB-out[n-1].OffsetB)
			continue
		}
		out = append(out, r)
	}
	return slices.Clip(out)
}

// resumedSummary is the summary of an output that is finished already.
func resumedSummary(opts mediaOptions, im *media.Image, h media.Hashes, old forensics.Step) (mediaSummary, error) {
	items, err := readItems(filepath.Join(opts.Out, itemsFile))
	if err != nil {
		return mediaSummary{}, err
	}
	layout, err := im.Layout()
	if err != nil {
		return mediaSummary{}, err
	}
	sum := mediaSummary{Image: opts.Image, SizeB: im.SizeB, Hashes: h, UnreadB: im.Unread.Total(), Out: opts.Out, Resumed: true}
	sum.addLayout(layout)
	sum.Warnings, sum.Failed = old.Warnings, old.Failed
	sum.count(items)
	return sum, nil
}

// readItems reads an items.jsonl.
func readItems(path string) ([]forensics.Item, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return decodeItems(f, path)
}
