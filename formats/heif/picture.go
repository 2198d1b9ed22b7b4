package heif

import (
	"encoding/binary"
	"io"

	"firescene/formats"
	"firescene/formats/isobmff"
)

// Picture is what a file's boxes say before anything is decoded.
type Picture struct {
	// LargestPx is the most pixels that any item of the file is said to have, a
	// grid's whole canvas included; 0 when none says.
	LargestPx int64
	// ExifAt and ExifB are where the TIFF structure of the first Exif item lies
	// (ISO/IEC 23008-12 annex A); ExifB is 0 when there is none.
	ExifAt, ExifB int64
}

// Describe reads the boxes of the file that begins at offset 0 of r. The zero
// Picture is given for data that is no such file. The error is an error of r.
func Describe(r io.ReaderAt, size int64) (Picture, error) {
	var p Picture
	c := &checker{w: formats.NewWindow(r, size, 64<<10)}
	if !Head(c.w.At(0, 64)) {
		return p, c.w.Err()
	}
	if _, err := isobmff.Check(r, size, formats.DefaultLimits(), func(_ *formats.Window, meta isobmff.Box) (int64, bool) {
		end := c.meta(meta)
		c.sizes(meta, &p)
		return end, true
	}); err != nil {
		return p, err
	}
	for _, it := range c.items {
		n := it.end - it.at
		if it.at <= 0 || n < 8 || it.at >= size || n > size-it.at {
			continue
		}
		switch c.kinds[it.id] {
		case "grid":
			p.LargestPx = max(p.LargestPx, c.grid(it.at, it.end))
		case "Exif":
			b := c.w.At(it.at, 4)
			if len(b) < 4 || n > maxExifB || p.ExifB > 0 {
				continue
			}
			if skip := 4 + int64(binary.BigEndian.Uint32(b)); skip < n {
				p.ExifAt, p.ExifB = it.at+skip, n-skip
			}
		}
	}
	return p, c.w.Err()
}

// sizes reads the extents of items (6.5.3) and the canvases of grids (6.6.2.3)
// that are kept in the meta box itself.
func (c *checker) sizes(meta isobmff.Box, p *Picture) {
	var inner isobmff.Box
	isobmff.Children(c.w, meta, 4, func(b isobmff.Box) bool {
		switch b.Type {
		case "idat":
			inner = b
		case "iprp":
			isobmff.Children(c.w, b, 0, func(q isobmff.Box) bool {
				if q.Type == "ipco" {
					isobmff.Children(c.w, q, 0, func(x isobmff.Box) bool {
						if x.Type == "ispe" {
							f := fields{c: c, at: x.BodyB() + 4, end: x.EndB()}
							if w, h := f.uint(4), f.uint(4); !f.bad {
								p.LargestPx = max(p.LargestPx, area(w, h))
							}
						}
						return true
					})
				}
				return true
			})
		}
		return true
	})
	for _, it := range c.inside {
		if c.kinds[it.id] == "grid" && inner.EndB() > 0 && it.at < inner.EndB()-inner.BodyB() {
			p.LargestPx = max(p.LargestPx, c.grid(inner.BodyB()+it.at, inner.EndB()))
		}
	}
}

// grid gives the canvas of a grid item, 0 for what is none.
func (c *checker) grid(at, end int64) int64 {
	f := fields{c: c, at: at, end: end}
	version, flags := f.uint(1), f.uint(1)
	f.uint(2)
	wide := 2 + 2*int(flags&1)
	w, h := f.uint(wide), f.uint(wide)
	if f.bad || version != 0 || flags > 1 {
		return 0
	}
	return area(w, h)
}

func area(w, h uint64) int64 { return int64(min(w, 1<<31)) * int64(min(h, 1<<31-1)) }
