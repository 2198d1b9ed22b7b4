package recover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/formats"
	"firescene/formats/f2fs"
)

// F2FS lists the files of an F2FS volume that are there as items, in the order of
// the directories. Runs and Locators are in image, which is the whole image.
// Deleted files are left to carving.
func F2FS(ctx context.Context, vol *f2fs.Volume, image io.ReaderAt, opts Options) ([]Found, error) {
	return collect(func(emit Emit) error { return eachF2FS(ctx, vol, image, opts, emit) })
}

func eachF2FS(ctx context.Context, vol *f2fs.Volume, image io.ReaderAt, opts Options, emit Emit) error {
	if opts.Types == nil {
		opts.Types = carve.Types()
	}
	f := &f2fsFinder{finder: finder{image: image, opts: opts}, vol: vol, emit: emit}
	err := vol.Walk(ctx, opts.Limits, func(n f2fs.File) error {
		if !n.IsFile() {
			return nil
		}
		return f.live(n)
	})
	if err != nil {
		if ctx.Err() != nil || !formats.IsDamaged(err) {
			return err
		}
		vol.Warnings = append(vol.Warnings, err.Error())
	}
	return nil
}

type f2fsFinder struct {
	finder
	vol   *f2fs.Volume
	emit  Emit
	count int // items emitted
}

// live judges a file that is there: the file system vouches for its content.
func (f *f2fsFinder) live(n f2fs.File) error {
	p := f.vol.Map(&n.Inode)
	it := forensics.Item{Exhibit: f.opts.Exhibit, Name: f.opts.Prefix + n.Path, Origin: forensics.FromLive, State: forensics.Whole, Confidence: 1,
		Reason: "live file, all its blocks are named by its nodes"}
	for _, t := range []struct {
		what string
		at   time.Time
	}{{"modified", n.Modified}, {"created", n.Created}, {"accessed", n.Accessed}, {"changed", n.Changed}} {
		if !t.at.IsZero() {
			it.Times = append(it.Times, forensics.ItemTime{What: t.what, Raw: t.at.Format(time.RFC3339Nano)})
		}
	}
	held, room := f.vol.HeldB(), f.vol.Blocks*f2fs.BlockB
	cut := ""
	var runs []forensics.ByteRun
	for _, x := range p.Extents {
		r := forensics.ByteRun{OffsetB: forensics.Hole, LengthB: min(x.LengthB, room)}
		if r.LengthB < x.LengthB {
			cut = fmt.Sprintf("a sparse file of %d bytes, of which no more than the volume's size is given", n.SizeB)
		}
		if x.OffsetB != f2fs.Hole {
			r.OffsetB = f.opts.OffsetB + x.OffsetB
			if over := x.OffsetB + x.LengthB - held; over > 0 {
				r.LengthB -= min(over, r.LengthB)
				cut = fmt.Sprintf("the image ends before the end of its %d bytes", n.SizeB)
			}
		}
		if room -= r.LengthB; r.LengthB > 0 {
			runs = append(runs, r)
		}
		if cut != "" {
			break
		}
	}
	f.setRuns(&it, runs)
	if stored := storedRuns(runs); len(stored) < len(runs) {
		if it.Locators = nil; len(stored) > 0 {
			it.Locators = []forensics.Locator{{Exhibit: f.opts.Exhibit, Runs: stored}}
		}
	}
	switch {
	case n.Encrypted:
		it.State, it.Confidence = forensics.Partial, 0.3
		it.Reason += "; encrypted by the file system, the bytes are of the encrypted content"
	case n.Compressed:
		it.State, it.Confidence = forensics.Partial, 0.3
		it.Reason += "; compressed by the file system, which is not undone: the bytes are of the compressed content"
	case cut != "":
		it.State, it.Confidence = forensics.Partial, 0.6
		it.Reason += "; but " + cut
	case p.FoundB < n.SizeB:
		it.State, it.Confidence = forensics.Partial, 0.6
		it.Reason += fmt.Sprintf("; but only %d of %d bytes can be followed: %s", p.FoundB, n.SizeB, p.Fault)
	case !f.vol.Clean:
		it.Confidence = 0.9
		it.Reason += "; as of the last checkpoint of a volume that was not closed"
	}
	head, err := f.head(it.Runs)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	it.Type = Sniff(f.opts.Types, head)
	f.markUnread(&it)
	f.count++
	return f.emit(f.count-1, Found{Item: it})
}
