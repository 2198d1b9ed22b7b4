package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"firescene/forensics"
	"firescene/forensics/recover"
)

// listedItems are the items that file systems name. They lie in a file of the
// working folder until they are written: there may be millions.
type listedItems struct {
	f       *os.File
	w       *bufio.Writer
	sizeB   int64
	at      []int64             // where in the file each item is, in the order of the list
	content map[int]io.ReaderAt // of items whose bytes are not simply their runs
	covered []forensics.ByteRun // ranges that need no carving
	hosts   hosts
}

func newListedItems(dir string) (*listedItems, error) {
	f, err := os.Create(filepath.Join(dir, "listed.jsonl"))
	if err != nil {
		return nil, err
	}
	return &listedItems{f: f, w: bufio.NewWriterSize(f, 256<<10), content: map[int]io.ReaderAt{}}, nil
}

func (l *listedItems) close() error { return l.f.Close() }

// put takes the item that has a place in the list; the places before it may come
// later.
func (l *listedItems) put(at int, f recover.Found) error {
	for len(l.at) <= at {
		l.at = append(l.at, -1)
	}
	l.at[at] = l.sizeB
	if f.Content != nil {
		l.content[at] = f.Content
	}
	l.covered = append(l.covered, covered(f.Item)...)
	l.hosts.add(at, f.Item)
	b, err := json.Marshal(f.Item)
	if err != nil {
		return err
	}
	n, err := l.w.Write(append(b, '\n'))
	l.sizeB += int64(n)
	return err
}

// cut leaves out the items from a place on, as those of a volume that fails.
func (l *listedItems) cut(from, covered, archives int) {
	l.at, l.covered = l.at[:from], l.covered[:covered]
	l.hosts.cut(from, archives)
	for at := range l.content {
		if at >= from {
			delete(l.content, at)
		}
	}
}

// all gives the items in order; it ends behind an error.
func (l *listedItems) all() iter.Seq2[recover.Found, error] {
	return func(yield func(recover.Found, error) bool) {
		if err := l.w.Flush(); err != nil {
			yield(recover.Found{}, err)
			return
		}
		r, pos := bufio.NewReaderSize(nil, 256<<10), int64(-1)
		for i, at := range l.at {
			f, err := recover.Found{Content: l.content[i]}, error(nil)
			if at < 0 {
				err = fmt.Errorf("the list of files lacks its item %d", i)
			}
			var line []byte
			if err == nil {
				if at != pos {
					r.Reset(io.NewSectionReader(l.f, at, l.sizeB-at))
				}
				line, err = r.ReadBytes('\n')
				pos = at + int64(len(line))
			}
			if err == nil {
				err = json.Unmarshal(line, &f.Item)
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}
