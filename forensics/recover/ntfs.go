package recover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/ntfs"
)

// NTFS lists the files of a volume as items, live and deleted, each alternate data
// stream by itself, in the order of the master file table. Deletion leaves the run
// list, so the place of a deleted file is exact; its content is believed as far as
// its clusters are free, no file that was deleted later had them, and its format
// does not speak against it.
func NTFS(ctx context.Context, vol *ntfs.Volume, image io.ReaderAt, opts Options) ([]Found, error) {
	return collect(func(emit Emit) error { return eachNTFS(ctx, vol, image, opts, emit) })
}

func eachNTFS(ctx context.Context, vol *ntfs.Volume, image io.ReaderAt, opts Options, emit Emit) error {
	if opts.Types == nil {
		opts.Types = carve.Types()
	}
	if opts.Limits == (formats.Limits{}) {
		opts.Limits = formats.DefaultLimits()
	}
	n := &ntfsFinder{vol: vol, image: image, opts: opts}
	var deleted []ntfs.Entry
	type place struct {
		at int // in the list; -1 for folders, which claim clusters too
		f  *Found
	}
	var at []place // of the deleted ones
	count := 0
	visit := func(e ntfs.Entry) error {
		if !e.Deleted {
			n.claims.add(e, -1)
		}
		if e.Deleted && (e.Dir || e.System && !opts.System) {
			n.claims.add(e, len(deleted))
			deleted, at = append(deleted, e), append(at, place{at: -1})
		}
		if e.Dir || e.System && !opts.System {
			return nil
		}
		if e.Compressed {
			if err := n.decompress(&e); err != nil {
				return err
			}
		}
		f := n.found(e)
		count++
		if e.Deleted {
			n.claims.add(e, len(deleted))
			deleted, at = append(deleted, e), append(at, place{count - 1, &f})
			return nil
		}
		if err := n.live(&f, e); err != nil {
			return err
		}
		return emit(count-1, f)
	}
	if err := vol.Walk(ctx, opts.Limits, visit); err != nil {
		return err
	}
	if opts.Strays {
		if err := vol.Strays(ctx, opts.Limits, visit); err != nil {
			return err
		}
	}
	n.claims.settle()
	name := func(i int) string { return opts.Prefix + deleted[i].Path }
	for k, e := range deleted {
		if err := ctx.Err(); err != nil {
			return err
		}
		opts.report(k, len(deleted))
		p := &at[k]
		if p.at < 0 {
			continue
		}
		if err := n.deleted(ctx, p.f, e, k, name); err != nil {
			return err
		}
		if err := emit(p.at, *p.f); err != nil {
			return err
		}
		p.f = nil
	}
	return nil
}

type ntfsFinder struct {
	vol    *ntfs.Volume
	image  io.ReaderAt
	opts   Options
	claims claims
	buf    []byte // of head
}

// decompress reads a compressed stream once, so that it is not listed as whole when
// it breaks off.
func (n *ntfsFinder) decompress(e *ntfs.Entry) error {
	good, err := io.Copy(io.Discard, io.NewSectionReader(n.vol.Content(*e), 0, e.FoundB))
	if err != nil && !isEnd(err) && !formats.IsDamaged(err) {
		return err
	}
	if good < e.FoundB {
		e.FoundB, e.Fault = good, fmt.Sprintf("its compressed data breaks off at byte %d", good)
	}
	return nil
}

// found begins the item of an entry.
func (n *ntfsFinder) found(e ntfs.Entry) Found {
	f := Found{Item: forensics.Item{Exhibit: n.opts.Exhibit, Name: n.opts.Prefix + e.Path, SizeB: e.FoundB, Times: ntfsTimes(e)}}
	f.Runs = make([]forensics.ByteRun, 0, len(e.Extents))
	for _, x := range e.Extents {
		r := forensics.ByteRun{OffsetB: forensics.Hole, LengthB: x.LengthB}
		if x.OffsetB != ntfs.Hole {
			r.OffsetB = n.opts.OffsetB + x.OffsetB
			f.UnreadB += n.opts.Unread.In(r.OffsetB, r.LengthB)
		}
		f.Runs = append(f.Runs, r)
	}
	if stored := storedRuns(f.Runs); len(stored) > 0 {
		f.Locators = []forensics.Locator{{Exhibit: n.opts.Exhibit, Runs: stored}}
	} else {
		f.Locators = []forensics.Locator{forensics.At(n.opts.Exhibit, n.opts.OffsetB+e.RecordAtB, n.vol.RecordB)}
	}
	if e.Compressed {
		f.Content = n.vol.Content(e)
	}
	return f
}

func storedRuns(runs []forensics.ByteRun) (out []forensics.ByteRun) {
	for _, r := range runs {
		if r.OffsetB != forensics.Hole {
			out = append(out, r)
		}
	}
	return out
}

// ntfsTimes lists the times of both attributes; those of the name that differ are
// set apart, as they are when a file is moved or its times are changed by hand.
func ntfsTimes(e ntfs.Entry) (out []forensics.ItemTime) {
	add := func(what, raw, same string) {
		if raw != "" && raw != same {
			out = append(out, forensics.ItemTime{What: what, Raw: raw})
		}
	}
	add("modified", e.Times.Modified, "")
	add("created", e.Times.Created, "")
	add("accessed", e.Times.Accessed, "")
	add("record changed", e.Times.Changed, "")
	add("modified by name", e.NameTimes.Modified, e.Times.Modified)
	add("created by name", e.NameTimes.Created, e.Times.Created)
	add("accessed by name", e.NameTimes.Accessed, e.Times.Accessed)
	add("record changed by name", e.NameTimes.Changed, e.Times.Changed)
	return out
}

// reader reads the item's content.
func (n *ntfsFinder) reader(f *Found) io.ReaderAt {
	if f.Content != nil {
		return f.Content
	}
	return media.NewRunReader(n.image, f.Runs)
}

// live judges a file that is there: the file system vouches for its content.
func (n *ntfsFinder) live(f *Found, e ntfs.Entry) error {
	f.Origin, f.State, f.Confidence, f.Reason = forensics.FromLive, forensics.Whole, 1, "live file, its run list is complete"
	if e.Resident {
		f.Reason = "live file, its content lies in its record"
	}
	head, err := n.head(f)
	if err != nil {
		return err
	}
	f.Type = Sniff(n.opts.Types, head)
	switch {
	case e.FoundB < e.SizeB || e.SizeB == 0 && e.Fault != "":
		f.State, f.Confidence = forensics.Partial, 0.6
		f.Reason = fmt.Sprintf("live file, but only %d of %d bytes can be followed: %s", e.FoundB, e.SizeB, e.Fault)
	case e.Fault != "":
		f.Confidence, f.Reason = 0.9, "live file, its run list is complete; "+e.Fault
	}
	n.notes(f, e)
	return nil
}

// notes adds what holds for live and deleted files alike.
func (n *ntfsFinder) notes(f *Found, e ntfs.Entry) {
	lower := func(c float64, why string) {
		if f.State == forensics.Whole {
			f.State = forensics.Partial
		}
		f.Confidence = min(f.Confidence, c)
		f.Reason += "; " + why
	}
	if e.Encrypted {
		f.Type = "data"
		lower(0.1, "encrypted by EFS, which is not read: the bytes are cipher text")
	}
	if e.Elsewhere != "" {
		lower(0.1, "its content is "+e.Elsewhere+" and is not read: the zeros here are filling")
	}
	if f.UnreadB > 0 {
		lower(0.5, fmt.Sprintf("%d bytes lie in sectors that could not be read and are filling, not content", f.UnreadB))
	}
	if e.ValidB < e.FoundB && e.Elsewhere == "" {
		f.Reason += fmt.Sprintf("; from byte %d on nothing was ever written, which reads as zeros", e.ValidB)
	}
	if len(e.Links) > 0 {
		f.Reason += "; also named " + strings.Join(e.Links[:min(3, len(e.Links))], ", ")
		if more := len(e.Links) - 3; more > 0 {
			f.Reason += fmt.Sprintf(" and %d more", more)
		}
	}
	if e.NameGuess {
		f.Reason += "; its name was taken out of its record and found behind what the record uses"
	}
	if e.Stray {
		f.Confidence = min(f.Confidence, 0.8)
		f.Reason += "; its record was found outside the master file table"
	}
}

// head reads the beginning of a file. What can not be read or decompressed cuts
// it short; only the image's own errors are returned. The bytes are valid until
// the next call.
func (n *ntfsFinder) head(f *Found) ([]byte, error) {
	if n.buf == nil {
		n.buf = make([]byte, sniffB)
	}
	b := n.buf[:min(sniffB, f.SizeB)]
	m, err := n.reader(f).ReadAt(b, 0)
	if err != nil && !isEnd(err) && !formats.IsDamaged(err) {
		return nil, err
	}
	return b[:m], nil
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// extOf is the extension of a path, in lower case.
func extOf(p string) string { return strings.TrimPrefix(strings.ToLower(path.Ext(p)), ".") }
