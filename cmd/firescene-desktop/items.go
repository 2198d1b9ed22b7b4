//go:build cgo

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/render/ui"
)

// itemBlockB is how much of a list of items one worker reads at a time.
const itemBlockB = 1 << 20

// maxItemLineB bounds one line of a list of items.
const maxItemLineB = 16 << 20

// readMedia reads the items of every medium that has been recovered, in the order of
// their lists; what can not be read is told beside it.
func readMedia(dir string, exhibits []forensics.Exhibit) (media []ui.Media, troubles []string) {
	for _, e := range exhibits {
		at := filepath.Join(dir, casefile.ItemsDir, e.ID)
		f, err := os.Open(filepath.Join(at, "items.jsonl"))
		if err != nil {
			continue
		}
		items, err := readItems(f)
		f.Close()
		if err != nil {
			troubles = append(troubles, "items of "+e.ID+": "+err.Error())
		}
		media = append(media, ui.Media{Exhibit: e.ID, Dir: at, SizeB: e.SizeB, Items: items})
	}
	return media, troubles
}

// readItems reads a list of items, a line an item, on all processors. Items before the
// first damaged line are given with the error.
func readItems(r io.Reader) ([]forensics.Item, error) {
	type block struct {
		lines []byte
		items []forensics.Item
		err   error
	}
	in := bufio.NewReaderSize(r, itemBlockB)
	slots := make(chan struct{}, 2*runtime.NumCPU())
	var blocks []*block
	var wg sync.WaitGroup
	for {
		b := &block{lines: make([]byte, itemBlockB)}
		n, err := io.ReadFull(in, b.lines)
		b.lines = b.lines[:n]
		for end := err != nil; !end; { // to the end of the line
			part, err := in.ReadSlice('\n')
			b.lines = append(b.lines, part...)
			end = err != bufio.ErrBufferFull
			if len(b.lines) > itemBlockB+maxItemLineB {
				return nil, fmt.Errorf("a line of more than %d bytes", maxItemLineB)
			}
		}
		if n > 0 {
			blocks = append(blocks, b)
			slots <- struct{}{}
			wg.Go(func() {
				b.items, b.err = decodeItems(b.lines)
				b.lines = nil
				<-slots
			})
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			wg.Wait()
			return nil, err
		}
	}
	wg.Wait()
	total := 0
	for _, b := range blocks {
		total += len(b.items)
	}
	items := make([]forensics.Item, 0, total)
	for i, b := range blocks {
		items = append(items, b.items...)
		blocks[i] = nil
		if b.err != nil {
			return items, fmt.Errorf("item %d: %w", len(items)+1, b.err)
		}
	}
	return items, nil
}

// decodeItems decodes lines. Texts that many items share are kept once.
func decodeItems(lines []byte) ([]forensics.Item, error) {
	out := make([]forensics.Item, 0, bytes.Count(lines, []byte{'\n'})+1)
	once := map[string]string{}
	shared := func(s *string) {
		if have, ok := once[*s]; ok {
			*s = have
		} else if len(once) < 4096 {
			once[*s] = *s
		}
	}
	for len(lines) > 0 {
		line, rest, _ := bytes.Cut(lines, []byte{'\n'})
		lines = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var it forensics.Item
		if err := json.Unmarshal(line, &it); err != nil {
			return out, err
		}
		shared(&it.Exhibit)
		shared(&it.Type)
		shared(&it.Reason)
		for i := range it.Times {
			shared(&it.Times[i].What)
		}
		for i := range it.Locators {
			shared(&it.Locators[i].Exhibit)
		}
		out = append(out, it)
	}
	return out, nil
}
