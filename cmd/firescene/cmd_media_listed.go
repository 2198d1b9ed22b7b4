package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
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

// each returns a function that gives the items in order, io.EOF behind the last.
func (l *listedItems) each() (func() (forensics.Item, io.ReaderAt, error), error) {
	if err := l.w.Flush(); err != nil {
		return nil, err
	}
	r, next, pos := bufio.NewReaderSize(nil, 256<<10), 0, int64(-1)
	return func() (it forensics.Item, content io.ReaderAt, err error) {
		if next == len(l.at) {
			return it, nil, io.EOF
		}
		at := l.at[next]
		if at < 0 {
			return it, nil, fmt.Errorf("the list of files lacks its item %d", next)
		}
		if at != pos {
			r.Reset(io.NewSectionReader(l.f, at, l.sizeB-at))
		}
		line, err := r.ReadBytes('\n')
		if err != nil {
			return it, nil, err
		}
		pos = at + int64(len(line))
		content = l.content[next]
		next++
		return it, content, json.Unmarshal(line, &it)
	}, nil
}
