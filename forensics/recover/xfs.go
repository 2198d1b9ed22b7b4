package recover

import (
	"context"
	"errors"
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/xfs"
)

// XFS lists the live files of a volume as items, in the order of its folders.
// Deleted files are left to carving.
func XFS(ctx context.Context, vol *xfs.Volume, image io.ReaderAt, opts Options) ([]Found, error) {
	return collect(func(emit Emit) error { return eachXFS(ctx, vol, image, opts, emit) })
}

func eachXFS(ctx context.Context, vol *xfs.Volume, image io.ReaderAt, opts Options, emit Emit) error {
	if opts.Types == nil {
		opts.Types = carve.Types()
	}
	if opts.Limits == (formats.Limits{}) {
		opts.Limits = formats.DefaultLimits()
	}
	count := 0
	return vol.Walk(ctx, opts.Limits, func(e xfs.Entry) error {
		if e.Dir {
			return nil
		}
		f, err := xfsItem(e, image, opts)
		if err != nil {
			return err
		}
		count++
		return emit(count-1, f)
	})
}

func xfsItem(e xfs.Entry, image io.ReaderAt, opts Options) (Found, error) {
	f := Found{Item: forensics.Item{Exhibit: opts.Exhibit, Name: opts.Prefix + e.Path, SizeB: e.FoundB, Origin: forensics.FromLive}}
	for _, x := range e.Extents {
		r := forensics.ByteRun{OffsetB: forensics.Hole, LengthB: x.LengthB}
		if x.OffsetB != xfs.Hole {
			r.OffsetB = opts.OffsetB + x.OffsetB
			f.UnreadB += opts.Unread.In(r.OffsetB, r.LengthB)
		}
		f.Runs = append(f.Runs, r)
	}
	if stored := storedRuns(f.Runs); len(stored) > 0 {
		f.Locators = []forensics.Locator{{Exhibit: opts.Exhibit, Runs: stored}}
	}
	for _, t := range []forensics.ItemTime{{What: "modified", Raw: e.Times.Modified}, {What: "created", Raw: e.Times.Created}, {What: "accessed", Raw: e.Times.Accessed}, {What: "inode changed", Raw: e.Times.Changed}} {
		if t.Raw != "" {
			f.Times = append(f.Times, t)
		}
	}
	head := make([]byte, min(sniffB, f.SizeB))
	n, err := media.NewRunReader(image, f.Runs).ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return f, err
	}
	f.Type = Sniff(opts.Types, head[:n])
	f.State, f.Confidence, f.Reason = forensics.Whole, 1, "live file, its extents are complete"
	switch {
	case e.FoundB < e.SizeB:
		f.State, f.Confidence = forensics.Partial, 0.6
		f.Reason = fmt.Sprintf("live file, but only %d of %d bytes can be followed: %s", e.FoundB, e.SizeB, e.Fault)
	case e.Fault != "":
		f.Confidence, f.Reason = 0.9, f.Reason+"; "+e.Fault
	}
	if f.UnreadB > 0 {
		f.State, f.Confidence = forensics.Partial, min(f.Confidence, 0.5)
		f.Reason += fmt.Sprintf("; %d bytes lie in sectors that could not be read and are filling, not content", f.UnreadB)
	}
	return f, nil
}
