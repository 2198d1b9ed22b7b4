package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// journal is a file of JSON lines that grows as work gets done, so that work that
// was cut off goes on from its last whole line. A line that was half written when
// the program was killed is dropped.
type journal[T any] struct {
	f *os.File
	w *bufio.Writer
}

// openJournal opens a journal, gives each line that is there to old, and is then
// ready for more. The lines end where old returns false.
func openJournal[T any](path string, old func(T) bool) (*journal[T], error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	good, r := int64(0), bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		var v T
		if json.Unmarshal(bytes.TrimSpace(line), &v) != nil || !old(v) {
			break
		}
		good += int64(len(line))
	}
	if err := f.Truncate(good); err != nil {
		f.Close()
		return nil, err
	}
	if _, err := f.Seek(good, io.SeekStart); err != nil {
		f.Close()
		return nil, err
	}
	return &journal[T]{f: f, w: bufio.NewWriterSize(f, 64<<10)}, nil
}

// add appends a line; it is safe from a kill once flush has returned.
func (j *journal[T]) add(v T) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = j.w.Write(append(b, '\n'))
	return err
}

func (j *journal[T]) flush() error { return j.w.Flush() }

func (j *journal[T]) close() error { return closeAll(nil, j.w, j.f) }
