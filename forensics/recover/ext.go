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
	"firescene/formats/ext"
)

// Ext lists the files of an ext2, ext3 or ext4 volume as items: those that are
// there in the order of the directories, then the deleted ones and the earlier
// states of files, as the journal and the inodes still describe them. Runs and
// Locators are in image, which is the whole image.
func Ext(ctx context.Context, vol *ext.Volume, image io.ReaderAt, opts Options) ([]Found, error) {
	return collect(func(emit Emit) error { return eachExt(ctx, vol, image, opts, emit) })
}

func eachExt(ctx context.Context, vol *ext.Volume, image io.ReaderAt, opts Options, emit Emit) error {
	if opts.Types == nil {
		opts.Types = carve.Types()
	}
	f := &extFinder{vol: vol, opts: opts, emit: emit, finder: finder{image: cancellable{ctx, image}, opts: opts}}
	tree, err := vol.Walk(ctx, opts.Limits, func(n ext.File) error { return f.live(n) })
	if err != nil {
		if ctx.Err() != nil || !formats.IsDamaged(err) {
			return err
		}
		vol.Warnings = append(vol.Warnings, err.Error())
	}
	if err := f.gone(ctx, tree); err != nil {
		return err
	}
	return ctx.Err()
}

// maxLost bounds the deleted inodes whose maps are searched for.
const maxLost = 1 << 18

type extFinder struct {
	finder
	vol   *ext.Volume
	opts  Options
	emit  Emit
	count int         // items emitted
	lost  []ext.Inode // deleted files whose inodes no longer say it
	free  []ext.Inode // deleted files whose inodes still say where they lie
}

// extTimes gives the times of an inode, which are UTC by the file system's rules.
func extTimes(n *ext.Inode) (t []forensics.ItemTime) {
	for _, x := range []struct {
		what string
		at   time.Time
	}{{"modified", n.Modified}, {"created", n.Created}, {"accessed", n.Accessed}, {"changed", n.Changed}, {"deleted", n.Deleted}} {
		if !x.at.IsZero() {
			t = append(t, forensics.ItemTime{What: x.what, Raw: x.at.Format(time.RFC3339Nano)})
		}
	}
	return t
}

// put sets an item's runs, locator and size from a place in the volume.
func (f *extFinder) put(it *forensics.Item, extents []ext.Extent) {
	runs := make([]forensics.ByteRun, 0, len(extents))
	for _, x := range extents {
		if x.LengthB == 0 {
			continue
		}
		r := forensics.ByteRun{OffsetB: forensics.Hole, LengthB: x.LengthB}
		if x.OffsetB != ext.Hole {
			r.OffsetB = f.opts.OffsetB + x.OffsetB
		}
		runs = append(runs, r)
	}
	f.setRuns(it, runs)
	var stored []forensics.ByteRun
	for _, r := range runs {
		if r.OffsetB != forensics.Hole {
			stored = append(stored, r)
		}
	}
	if it.Locators = nil; len(stored) > 0 {
		it.Locators = []forensics.Locator{{Exhibit: f.opts.Exhibit, Runs: stored}}
	}
}

// bounded cuts what a file does not store and its volume could not hold: a
// sparse file may claim any size.
func (f *extFinder) bounded(extents []ext.Extent) ([]ext.Extent, bool) {
	left := f.vol.Blocks * f.vol.BlockB
	for i, x := range extents {
		if left -= x.LengthB; left < 0 {
			out := append([]ext.Extent(nil), extents[:i]...)
			if x.LengthB += left; x.LengthB > 0 {
				out = append(out, ext.Extent{OffsetB: x.OffsetB, LengthB: x.LengthB})
			}
			return out, true
		}
	}
	return extents, false
}

// live judges a file that is there: the file system vouches for its content.
func (f *extFinder) live(n ext.File) error {
	if n.Free {
		if n.IsFile() && n.SizeB > 0 && n.HasMap() {
			f.free = append(f.free, n.Inode)
		} else if n.IsFile() && !n.Deleted.IsZero() && len(f.lost) < maxLost {
			f.lost = append(f.lost, n.Inode)
		}
		return nil
	}
	if !n.IsFile() {
		return nil
	}
	p := f.vol.Map(&n.Inode, nil)
	extents, cut := f.bounded(p.Extents)
	it := forensics.Item{Exhibit: f.opts.Exhibit, Name: f.opts.Prefix + n.Path, Times: extTimes(&n.Inode),
		Origin: forensics.FromLive, State: forensics.Whole, Confidence: 1, Reason: "live file, all its blocks are named by its inode"}
	f.put(&it, extents)
	switch {
	case n.Orphan && n.Links == 0:
		it.Origin, it.Confidence = forensics.FromDeleted, 0.95
		it.Reason = "deleted while a program still had it open: no directory names it, its inode and blocks are kept in use"
	case n.Orphan:
		it.Confidence = 0.95
		it.Reason = "its inode is in use, but no directory that can be read names it"
	}
	switch {
	case n.Encrypted():
		it.State, it.Confidence = forensics.Partial, 0.3
		it.Reason += "; encrypted by the file system, the bytes are of the encrypted content"
	case p.FoundB < n.SizeB:
		it.State, it.Confidence = forensics.Partial, 0.6
		it.Reason += fmt.Sprintf("; but only %d of %d bytes can be followed: %s", p.FoundB, n.SizeB, p.Fault)
	case cut:
		it.State, it.Confidence = forensics.Partial, 0.6
		it.Reason += fmt.Sprintf("; a sparse file of %d bytes, of which no more than the volume's size is given", n.SizeB)
	case n.Sum == ext.BadSum:
		it.Confidence = 0.7
		it.Reason += "; but the check sum of its inode is wrong"
	}
	head, err := f.head(it.Runs)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	it.Type = Sniff(f.opts.Types, head)
	f.cutOff(&it)
	f.markUnread(&it)
	return f.add(it)
}

// add puts an item at the end of the list.
func (f *extFinder) add(it forensics.Item) error {
	f.count++
	return f.emit(f.count-1, Found{Item: it})
}

// cutOff makes an item partial whose runs reach beyond the end of the image.
func (f *extFinder) cutOff(it *forensics.Item) {
	lost := int64(0)
	end := f.opts.OffsetB + f.vol.HeldB()
	var runs []ext.Extent
	for _, r := range it.Runs {
		x := ext.Extent{OffsetB: r.OffsetB, LengthB: r.LengthB}
		if r.OffsetB != forensics.Hole {
			if over := r.OffsetB + r.LengthB - end; over > 0 {
				lost += min(over, r.LengthB)
				x.LengthB -= min(over, r.LengthB)
			}
			x.OffsetB -= f.opts.OffsetB
		}
		runs = append(runs, x)
		if lost > 0 {
			break
		}
	}
	if lost == 0 {
		return
	}
	size := it.SizeB
	f.put(it, runs)
	it.State, it.Confidence = forensics.Partial, min(it.Confidence, 0.5)
	it.Reason += fmt.Sprintf("; the image ends before its byte %d of %d", it.SizeB, size)
}
