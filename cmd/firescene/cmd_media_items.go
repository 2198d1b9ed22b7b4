package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
)

// itemsQuery chooses items of a recovery's list.
type itemsQuery struct {
	Dir                 string
	Type, State, Origin string
	Name                string // part of the name in the file system
	From, Count         int    // a page of those that are chosen; From counts from 1
}

// mediaItems is the outcome of media items.
type mediaItems struct {
	Dir   string           `json:"dir"`
	All   int              `json:"all"`   // items in the list
	Found int              `json:"found"` // that are chosen
	From  int              `json:"from"`
	Items []forensics.Item `json:"items"` // one page of them
}

func (a *app) mediaItemsCmd() *cobra.Command {
	q := itemsQuery{}
	c := &cobra.Command{
		Use: "items DIR", Short: "List recovered items by type, state, origin or name",
		Long: `items reads DIR/items.jsonl, where DIR is the output folder of media recover (in a
case: 40-items/E003), and prints a page of those that are asked for. Lists of a
million items take about a second.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			q.Dir = args[0]
			return a.finish(runMediaItems(q))
		},
	}
	f := c.Flags()
	f.StringVar(&q.Type, "type", "", "of this type, as jpeg or evtx")
	f.StringVar(&q.State, "state", "", "whole, partial or fragment")
	f.StringVar(&q.Origin, "origin", "", "live, deleted or carved")
	f.StringVar(&q.Name, "name", "", "with this in the name")
	f.IntVar(&q.From, "from", 1, "begin with this one of those chosen")
	f.IntVar(&q.Count, "count", 100, "how many at most")
	return c
}

// runMediaItems reads the list line by line and decodes only what it prints. The
// fields are looked for as the program writes them.
func runMediaItems(q itemsQuery) (mediaItems, error) {
	s := mediaItems{Dir: q.Dir, From: max(1, q.From), Items: []forensics.Item{}}
	f, err := os.Open(filepath.Join(q.Dir, itemsFile))
	if errors.Is(err, os.ErrNotExist) {
		return s, fmt.Errorf("%s holds no %s; give the output folder of media recover", q.Dir, itemsFile)
	}
	if err != nil {
		return s, err
	}
	defer f.Close()
	var want [][]byte
	for _, x := range [][2]string{{"type", q.Type}, {"state", q.State}, {"origin", q.Origin}} {
		if x[1] == "" {
			continue
		}
		b, err := json.Marshal(x[1])
		if err != nil {
			return s, err
		}
		want = append(want, append([]byte(`,"`+x[0]+`":`), b...))
	}
	if q.Name != "" { // as it stands in the list; whether that is in the name is seen later
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(q.Name); err != nil {
			return s, err
		}
		want = append(want, bytes.Trim(bytes.TrimSpace(b.Bytes()), `"`))
	}
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			rest, more := r.ReadBytes('\n')
			line, err = append(bytes.Clone(line), rest...), more
		}
		if errors.Is(err, io.EOF) && len(bytes.TrimSpace(line)) == 0 {
			return s, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return s, err
		}
		s.All++
		if !q.chooses(line, want) {
			continue
		}
		s.Found++
		if s.Found < s.From || len(s.Items) >= q.Count {
			continue
		}
		var it forensics.Item
		if err := json.Unmarshal(line, &it); err != nil {
			return s, fmt.Errorf("%s: item %d: %w; run media recover again with --force", f.Name(), s.All, err)
		}
		s.Items = append(s.Items, it)
	}
}

func (q itemsQuery) chooses(line []byte, want [][]byte) bool {
	for _, w := range want {
		if !bytes.Contains(line, w) {
			return false
		}
	}
	if q.Name == "" {
		return true
	}
	var it struct{ Name string }
	return json.Unmarshal(line, &it) == nil && strings.Contains(it.Name, q.Name)
}

func (mediaItems) failures() []forensics.Failure { return nil }

func (s mediaItems) print(w io.Writer, t texts) {
	for _, it := range s.Items {
		name := it.Name
		if name == "" {
			name = it.File
		}
		fmt.Fprintf(w, "%-12s %-8s %-8s %-7s %12d  %-22s %s\n", it.ID, t.T("media_"+string(it.Origin)), t.T("media_"+string(it.State)), it.Type, it.SizeB, itemModified(it), name)
	}
	if len(s.Items) == 0 {
		s.From = 0
	}
	fmt.Fprintln(w, t.T("media_page", "From", s.From, "To", max(0, s.From-1)+len(s.Items), "Found", s.Found, "All", s.All))
}

// itemModified is the time of the last change as recorded, or "-".
func itemModified(it forensics.Item) string {
	for _, x := range it.Times {
		if x.What == "modified" {
			return x.Raw
		}
	}
	return "-"
}
