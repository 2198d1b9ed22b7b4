package recover

import (
	"context"
	"errors"
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/dhfs"
	"firescene/formats/exfat"
	"firescene/formats/ext"
	"firescene/formats/f2fs"
	"firescene/formats/fat"
	"firescene/formats/hikfs"
	"firescene/formats/ntfs"
	"firescene/formats/wfs"
	"firescene/formats/xfs"
)

// Found is an item of a file system with the way to its bytes.
type Found struct {
	forensics.Item
	// Content gives the item's SizeB bytes where they are not simply its Runs in
	// the image, as in compressed files; else nil.
	Content io.ReaderAt
}

// Emit takes an item of a list. at is its place in the list: each place from 0 on
// comes once, but items may come in another order, as deleted files are judged when
// all live ones are known. An error ends the listing.
type Emit func(at int, f Found) error

// Volume lists the files of a volume as Each does, in memory.
func Volume(ctx context.Context, v media.Volume, image io.ReaderAt, opts Options) (found []Found, doubts []string, err error) {
	found, err = collect(func(emit Emit) error {
		doubts, err = Each(ctx, v, image, opts, emit)
		return err
	})
	return found, doubts, err
}

// collect puts what is emitted into a list, which is nil after an error.
func collect(list func(Emit) error) ([]Found, error) {
	var found []Found
	err := list(func(at int, f Found) error {
		if at >= len(found) {
			found = append(found, make([]Found, at+1-len(found))...)
		}
		found[at] = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// from is emit for a list that begins at a place of another.
func (emit Emit) from(base int) Emit {
	return func(at int, f Found) error { return emit(base+at, f) }
}

// all emits a list.
func (emit Emit) all(found []Found) error {
	for i, f := range found {
		if err := emit(i, f); err != nil {
			return err
		}
	}
	return nil
}

// Each lists the files of a volume, live and deleted, with Runs and Locators in
// image, which is the whole image; hashes, output names and IDs are left to who
// writes them. Of live files none is kept in memory. The first result is what is
// doubtful about the file system. An UnsupportedError says that its file system is
// not read. After an error what was emitted is not the list.
func Each(ctx context.Context, v media.Volume, image io.ReaderAt, opts Options, emit Emit) ([]string, error) {
	opts.OffsetB = v.OffsetB
	if opts.Limits == (formats.Limits{}) {
		opts.Limits = formats.DefaultLimits()
	}
	switch fs := v.FS.(type) {
	case *fat.Volume:
		err := eachFAT(ctx, fs, image, opts, emit)
		return fs.Doubts(), err
	case *ntfs.Volume:
		err := eachNTFS(ctx, fs, image, opts, emit)
		return fs.Doubts(), err
	case *xfs.Volume:
		err := eachXFS(ctx, fs, image, opts, emit)
		return fs.Doubts(), err
	case *ext.Volume:
		err := eachExt(ctx, fs, image, opts, emit)
		return fs.Doubts(), err
	case *f2fs.Volume:
		err := eachF2FS(ctx, fs, image, opts, emit)
		return fs.Doubts(), err
	case *exfat.Volume:
		err := eachExFAT(ctx, fs, image, opts, emit)
		return fs.Doubts(), err
	case *dhfs.Volume:
		found, doubts, err := DHFS(ctx, fs, v.LengthB, image, opts)
		return doubts, errors.Join(err, emit.all(found))
	case *hikfs.Volume:
		found, doubts, err := HIK(ctx, fs, v.LengthB, image, opts)
		return doubts, errors.Join(err, emit.all(found))
	case *wfs.Volume:
		found, doubts, err := WFS(ctx, fs, image, opts)
		return doubts, errors.Join(err, emit.all(found))
	}
	if v.Kind == media.DHFS { // its tables can not be read: frames are enough
		items, err := dhavRegions(ctx, image, []region{{v.OffsetB, v.OffsetB + v.LengthB, false}}, opts)
		if err != nil || len(items) > 0 {
			return []string{v.Err.Error()}, errors.Join(err, emit.all(items))
		}
	}
	if v.Err != nil {
		return nil, v.Err
	}
	return nil, &formats.UnsupportedError{Format: "volume", Offset: v.OffsetB, Feature: fmt.Sprintf("file system %q", v.Kind), Next: "its files are looked for by carving"}
}
