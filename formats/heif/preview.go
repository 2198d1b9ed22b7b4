package heif

import (
	"encoding/binary"
	"io"
	"sort"

	"firescene/formats"
	"firescene/formats/isobmff"
	"firescene/formats/tiff"
)

// Bounds on the Exif item that is looked into, and on what is listed.
const (
	maxExifB    = 16 << 20
	maxPreviews = 64
)

// Previews lists the JPEG streams in a HEIC or AVIF file, shortest first: items
// that are JPEG pictures, and the thumbnails of the Exif item (ISO/IEC 23008-12
// annex A). They begin like a JPEG; what they hold is not checked. The list is
// empty for data that is no such file. The error is an error of r.
func Previews(r io.ReaderAt, size int64) ([]tiff.Preview, error) {
	c := &checker{w: formats.NewWindow(r, size, 64<<10)}
	if !Head(c.w.At(0, 64)) {
		return nil, c.w.Err()
	}
	if _, err := isobmff.Check(r, size, formats.DefaultLimits(), func(_ *formats.Window, meta isobmff.Box) (int64, bool) {
		return c.meta(meta), true
	}); err != nil {
		return nil, err
	}
	var out []tiff.Preview
	for _, it := range c.items {
		n := it.end - it.at
		if it.at <= 0 || n < 8 || it.at >= size || n > size-it.at {
			continue
		}
		switch c.kinds[it.id] {
		case "jpeg":
			if b := c.w.At(it.at, 3); len(b) == 3 && b[0] == 0xFF && b[1] == 0xD8 && b[2] == 0xFF {
				out = append(out, tiff.Preview{OffsetB: it.at, LengthB: n})
			}
		case "Exif":
			b := c.w.At(it.at, 4)
			if len(b) < 4 || n > maxExifB {
				continue
			}
			skip := 4 + int64(binary.BigEndian.Uint32(b)) // to the TIFF header
			if skip >= n {
				continue
			}
			base := it.at + skip
			inside, err := tiff.Previews(io.NewSectionReader(r, base, it.end-base), it.end-base)
			if err != nil {
				return nil, err
			}
			for _, p := range inside {
				out = append(out, tiff.Preview{OffsetB: base + p.OffsetB, LengthB: p.LengthB})
			}
		}
		if len(out) >= maxPreviews {
			break
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].LengthB < out[j].LengthB })
	return out, c.w.Err()
}
