package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/forensics/records"
	"firescene/forensics/recover"
	"firescene/formats"
	"firescene/formats/ext"
	"firescene/formats/ntfs"
	"firescene/formats/sqlitefile"
)

// recordLine is a line of the journal of the records: how far the items have been
// read, and how long each file of records was then.
type recordLine struct {
	Items int              `json:"items"`
	Sizes map[string]int64 `json:"sizes"`
}

// recordWriter writes records to one file a kind.
type recordWriter struct {
	dir   string
	files map[string]*os.File
	bufs  map[string]*bufio.Writer
	sizes map[string]int64
}

func (w *recordWriter) add(r forensics.Record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	buf := w.bufs[r.Kind]
	if buf == nil {
		f, err := os.OpenFile(filepath.Join(w.dir, r.Kind+".jsonl"), os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return err
		}
		// what a run that was killed had written behind its last checkpoint goes
		if err := f.Truncate(w.sizes[r.Kind]); err != nil {
			return err
		}
		if _, err := f.Seek(w.sizes[r.Kind], io.SeekStart); err != nil {
			return err
		}
		buf = bufio.NewWriterSize(f, 256<<10)
		w.files[r.Kind], w.bufs[r.Kind] = f, buf
	}
	w.sizes[r.Kind] += int64(len(b)) + 1
	_, err = buf.Write(append(b, '\n'))
	return err
}

func (w *recordWriter) flush() error {
	for _, b := range w.bufs {
		if err := b.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (w *recordWriter) close() (err error) {
	for kind, b := range w.bufs {
		err = errors.Join(err, closeAll(nil, b, w.files[kind]))
	}
	return err
}

// writeRecords takes the rows and log entries out of the written items and what
// file systems tell of files that are gone. It goes on where a run was cut off.
func writeRecords(ctx context.Context, w *mediaWriter, layout media.Layout, sum *mediaSummary, report progressFunc) error {
	out := &recordWriter{dir: filepath.Join(w.dir, "records"), files: map[string]*os.File{}, bufs: map[string]*bufio.Writer{}, sizes: map[string]int64{}}
	defer out.close()
	done := 0
	j, err := openJournal(filepath.Join(w.dir, "records.journal"), func(l recordLine) bool {
		done, out.sizes = l.Items, l.Sizes
		return true
	})
	if err != nil {
		return err
	}
	defer j.close()
	if err := out.trim(); err != nil {
		return err
	}
	tables, err := w.tables(ctx)
	if err != nil {
		return err
	}
	noted, k := time.Now(), 0
	err = w.eachItem(func(it forensics.Item) error {
		if k++; k <= done {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if records.Has(it.Type) && it.File != "" {
			if err := w.recordsOf(ctx, it, tables, out, sum); err != nil {
				return err
			}
		}
		if time.Since(noted) < checkpointEvery {
			return nil
		}
		noted = time.Now()
		report("records", int64(k), int64(w.count))
		if err := out.flush(); err != nil {
			return err
		}
		if err := j.add(recordLine{k, maps.Clone(out.sizes)}); err != nil {
			return err
		}
		return j.flush()
	})
	if err != nil {
		return err
	}
	return errors.Join(w.volumeRecords(ctx, layout, out, sum), out.close())
}

// tables gathers the definitions of tables of all data bases, by which rows on
// lone pages get their columns.
func (w *mediaWriter) tables(ctx context.Context) (all []sqlitefile.Table, err error) {
	err = w.eachItem(func(it forensics.Item) error {
		if it.Type != "sqlite" || it.File == "" || len(all) > maxTables {
			return ctx.Err()
		}
		f, err := os.Open(filepath.Join(w.dir, filepath.FromSlash(it.File)))
		if err != nil {
			return err
		}
		defer f.Close()
		all = append(all, records.Tables(ctx, it.Type, f, it.SizeB)...)
		return nil
	})
	return all, err
}

// maxTables bounds the definitions that are gathered.
const maxTables = 10_000

// trim cuts what a killed run has written behind its last checkpoint, and removes
// the files that it had not begun there.
func (w *recordWriter) trim() error {
	there, err := filepath.Glob(filepath.Join(w.dir, "*.jsonl"))
	if err != nil {
		return err
	}
	for _, p := range there {
		n := w.sizes[strings.TrimSuffix(filepath.Base(p), ".jsonl")]
		if n == 0 {
			err = os.Remove(p)
		} else {
			err = os.Truncate(p, n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// recordsOf writes the records of one item. One that is damaged is noted.
func (w *mediaWriter) recordsOf(ctx context.Context, it forensics.Item, tables []sqlitefile.Table, out *recordWriter, sum *mediaSummary) error {
	f, err := os.Open(filepath.Join(w.dir, filepath.FromSlash(it.File)))
	if err != nil {
		return err
	}
	defer f.Close()
	err = records.Extract(ctx, it.Type, f, it.SizeB, records.Options{Live: w.opts.LiveRows, Tables: tables}, func(offB, lenB int64) forensics.Locator { return partOf(it, offB, lenB) }, func(r forensics.Record) error {
		r.Exhibit, r.Item = it.Exhibit, it.ID
		return out.add(r)
	})
	if formats.IsDamaged(err) || formats.IsUnsupported(err) {
		if it.State == forensics.Whole {
			sum.Warnings = append(sum.Warnings, fmt.Sprintf("%s (%s): its records could not all be read: %v", it.ID, it.File, err))
		}
		return nil
	}
	return err
}

// partOf is the locator of a range of an item.
func partOf(it forensics.Item, offB, lenB int64) forensics.Locator {
	l := locatorOf(it)
	total := int64(0)
	for _, r := range l.Runs {
		total += r.LengthB
	}
	if total != it.SizeB {
		return l // its bytes are not simply those of the runs
	}
	part := forensics.Locator{Exhibit: l.Exhibit, Path: l.Path}
	for _, r := range l.Runs {
		if offB >= r.LengthB {
			offB -= r.LengthB
			continue
		}
		if lenB <= 0 {
			break
		}
		n := min(lenB, r.LengthB-offB)
		run := forensics.ByteRun{OffsetB: r.OffsetB + offB, LengthB: n}
		if r.OffsetB == forensics.Hole {
			run.OffsetB = forensics.Hole
		}
		part.Runs = append(part.Runs, run)
		offB, lenB = 0, lenB-n
	}
	return part
}

// volumeRecords writes what logs, journals and indexes of file systems tell.
func (w *mediaWriter) volumeRecords(ctx context.Context, layout media.Layout, out *recordWriter, sum *mediaSummary) error {
	if w.opts.CarveOnly {
		return nil
	}
	for _, v := range layout.Volumes {
		opts := recover.Options{Exhibit: w.opts.Exhibit, OffsetB: v.OffsetB, Prefix: volumePrefix(layout, v), Unread: w.im.Unread, Limits: formats.DefaultLimits()}
		var err error
		switch fs := v.FS.(type) {
		case *ntfs.Volume:
			err = recover.NTFSRecords(ctx, fs, opts, out.add)
		case *ext.Volume:
			err = recover.ExtRecords(ctx, fs, opts, out.add)
		}
		if formats.IsDamaged(err) || formats.IsUnsupported(err) {
			sum.Failed = append(sum.Failed, forensics.Failure{Input: fmt.Sprintf("%s, volume at byte %d", w.opts.Image, v.OffsetB), Reason: "its journals could not be read to the end: " + err.Error()})
		} else if err != nil {
			return err
		}
	}
	return nil
}

// recordCount counts records of one kind.
type recordCount struct {
	Kind    string `json:"kind"`
	Count   int    `json:"count"`
	Deleted int    `json:"deleted"`
}

// countRecords counts the records of a finished output.
func countRecords(dir string) ([]recordCount, error) {
	counts := []recordCount{}
	files, err := filepath.Glob(filepath.Join(dir, "records", "*.jsonl"))
	if err != nil {
		return nil, err
	}
	sort.Strings(files)
	for _, p := range slices.Compact(files) {
		c := recordCount{Kind: strings.TrimSuffix(filepath.Base(p), ".jsonl")}
		f, err := os.Open(p)
		if err != nil {
			return nil, err
		}
		sc := bufio.NewReaderSize(f, 1<<20)
		for {
			line, err := sc.ReadBytes('\n')
			if len(line) > 0 {
				c.Count++
				var r struct{ Deleted bool }
				if bytes.Contains(line, []byte(`"deleted":true`)) && json.Unmarshal(line, &r) == nil && r.Deleted {
					c.Deleted++
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				f.Close()
				return nil, err
			}
		}
		f.Close()
		counts = append(counts, c)
	}
	return counts, nil
}
