package recover

import (
	"context"
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

// Volume lists the files of a volume, live and deleted, with Runs and Locators in
// image, which is the whole image; hashes, output names and IDs are left to who
// writes them. The second result is what is doubtful about the file system. An
// UnsupportedError says that its file system is not read.
func Volume(ctx context.Context, v media.Volume, image io.ReaderAt, opts Options) ([]Found, []string, error) {
	opts.OffsetB = v.OffsetB
	if opts.Limits == (formats.Limits{}) {
		opts.Limits = formats.DefaultLimits()
	}
	switch fs := v.FS.(type) {
	case *fat.Volume:
		items, err := FAT(ctx, fs, image, opts)
		return items, fs.Doubts(), err
	case *ntfs.Volume:
		items, err := NTFS(ctx, fs, image, opts)
		return items, fs.Doubts(), err
	case *xfs.Volume:
		items, err := XFS(ctx, fs, image, opts)
		return items, fs.Doubts(), err
	case *ext.Volume:
		items, err := Ext(ctx, fs, image, opts)
		return items, fs.Doubts(), err
	case *f2fs.Volume:
		items, err := F2FS(ctx, fs, image, opts)
		return items, fs.Doubts(), err
	case *exfat.Volume:
		items, err := ExFAT(ctx, fs, image, opts)
		return items, fs.Doubts(), err
	case *dhfs.Volume:
		return DHFS(ctx, fs, v.LengthB, image, opts)
	case *hikfs.Volume:
		return HIK(ctx, fs, v.LengthB, image, opts)
	case *wfs.Volume:
		return WFS(ctx, fs, image, opts)
	}
	if v.Kind == media.DHFS { // its tables can not be read: frames are enough
		items, err := dhavRegions(ctx, image, []region{{v.OffsetB, v.OffsetB + v.LengthB, false}}, opts)
		if err != nil || len(items) > 0 {
			return items, []string{v.Err.Error()}, err
		}
	}
	if v.Err != nil {
		return nil, nil, v.Err
	}
	return nil, nil, &formats.UnsupportedError{Format: "volume", Offset: v.OffsetB, Feature: fmt.Sprintf("file system %q", v.Kind), Next: "its files are looked for by carving"}
}
