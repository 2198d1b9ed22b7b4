package jpeg

import (
	"fmt"
	"image"
	"io"

	"firescene/formats"
)

// Small is a picture made small.
type Small struct {
	Image *image.RGBA // Exif orientation is not applied; plain mid grey where nothing was decoded
	// Missing tells, row by row, the pixels of Image that rest on data that is
	// not there or not valid; nil when there are none.
	Missing []bool
	// Complete says that every MCU of the picture was decoded: of a sequential
	// picture all of it, of a progressive one at least a first value of each block.
	Complete bool
	// Refined is false when a scan that makes the picture sharper is cut or damaged.
	Refined       bool
	Width, Height int // of the picture itself
}

// Bounds on what a preview follows.
const (
	maxPreviewScans = 256
	grey            = 128
)

// Preview decodes the JPEG that begins at offset 0 of r, over at most size bytes,
// at a small scale: its longer side is at most maxPx, and maxPx when the picture is
// larger. Only the lowest frequencies of a block are made into samples, by an
// inverse DCT of 1, 2, 4 or 8 points a side, whichever reaches maxPx, and the rest
// is averaged. Decoding ends at the first fault or the end of the data; what comes
// behind is missing, not guessed. Foreign data that happens to be valid code is not
// told from the picture's own: a caller that knows where such begins gives a size
// that ends there.
//
// Sequential and progressive Huffman pictures of 8 and 12 bits are read, of one
// component (grey), three (YCbCr; RGB as the Adobe marker or the component names
// say) or four (CMYK, YCCK, inverted when the Adobe marker is there); other coding
// is an UnsupportedError. A FormatError says that there is no picture in it, or that
// its dimensions would need more memory than limits.MaxAllocB.
func Preview(r io.ReaderAt, size int64, maxPx int, limits formats.Limits) (*Small, error) {
	maxPx = max(1, min(maxPx, 1<<14))
	p := &preview{maxPx: maxPx}
	p.w = walker{src: newSource(r, size), limits: limits, previews: true}
	err := p.decode()
	w := &p.w
	if w.src.err != nil {
		return nil, w.src.err
	}
	if err != nil {
		return nil, err
	}
	s := &Small{Width: w.rep.Width, Height: w.rep.Height, Refined: p.refined}
	p.draw(s)
	return s, nil
}

// preview is the decoding of one picture at a small scale.
type preview struct {
	w       walker
	maxPx   int
	planes  [4]plane
	refined bool
	low     low
	block64 [64]float32
}

// plane is what is decoded of a component.
type plane struct {
	n           int // samples a block and side that are made
	slot        *[64]int8
	rows        int     // of blocks for which there is memory
	pix         []uint8 // n x n samples a block, in rows of the picture
	stride      int
	coef        []int16 // progressive: n x n coefficients a block
	done        int64   // MCUs of the first scan of its DC values that are complete
	total       int64
	interleaved bool // that scan had other components too
	al          uint // bits of the DC values that are not known yet
	last        int  // highest place in zigzag order that is used
}

// slots gives, for each number of samples, the place of a coefficient among those
// used: row by row, -1 for one that is not.
var slots [9][64]int8

// lastUsed is the highest coefficient used.
var lastUsed [9]int

func fillSlots() {
	for _, n := range []int{1, 2, 4, 8} {
		for k := range 64 {
			x, y := int(zigzag[k])&7, int(zigzag[k])>>3
			slots[n][k] = -1
			if x < n && y < n {
				slots[n][k], lastUsed[n] = int8(y*n+x), k
			}
		}
	}
}

// decode walks the picture as far as it is valid and needed. An error says that
// there is nothing to draw.
func (p *preview) decode() error {
	w := &p.w
	w.adobe = -1
	if err := w.begin(); err != nil {
		return &formats.FormatError{Format: "JPEG", Offset: 0, Reason: err.Error()}
	}
	laid, scans := false, 0
	for !w.ended {
		err := w.step()
		if w.rep.Components > 0 && !laid && err == nil {
			if err := p.layOut(); err != nil {
				return err
			}
			laid = true
		}
		if err == nil && w.scanning {
			if scans++; scans > maxPreviewScans {
				return nil
			}
			err = p.scan(&w.cur)
			w.scanning = false
		}
		if err != nil {
			if !laid {
				return &formats.FormatError{Format: "JPEG", Offset: w.src.offset(), Reason: fmt.Sprintf("no picture: %v", err)}
			}
			return nil
		}
		if p.enough() {
			break
		}
	}
	if !laid {
		return &formats.FormatError{Format: "JPEG", Offset: w.src.offset(), Reason: "no frame header"}
	}
	p.refined = p.complete()
	return nil
}

// complete reports whether every MCU was decoded.
func (p *preview) complete() bool {
	for i := range p.w.comps {
		if c := &p.planes[i]; c.total == 0 || c.done < c.total {
			return false
		}
	}
	return true
}

// enough reports whether nothing that is still to come would change the picture.
func (p *preview) enough() bool {
	if p.w.rep.Components == 0 || !p.complete() {
		return false
	}
	for i := range p.w.comps {
		if c := &p.planes[i]; c.coef != nil && (c.n > 1 || c.al > 0) {
			return false
		}
	}
	return true
}

// layOut chooses the scale of every component and takes the memory for what the
// data can hold at most.
func (p *preview) layOut() error {
	w := &p.w
	if w.markersOnly {
		return &formats.UnsupportedError{Format: "JPEG", Offset: w.unit, Feature: "arithmetic, lossless or hierarchical coding"}
	}
	if w.rep.Components == 2 {
		return &formats.UnsupportedError{Format: "JPEG", Offset: w.unit, Feature: "two components"}
	}
	if w.rep.Height == 0 {
		rep, err := Check(w.src.r, w.src.size, w.limits)
		if err != nil {
			return err
		}
		if rep.Height == 0 {
			return &formats.FormatError{Format: "JPEG", Offset: w.unit, Reason: "the number of lines is not there"}
		}
		w.rep.Height = rep.Height
		w.layOut()
	}
	// No block takes less than a bit, which bounds the rows that can be reached.
	rows := int(min(int64(w.mcusH), 1+8*w.src.size/int64(w.mcusW)))
	need := int64(0)
	for i := range w.comps {
		c, pl := &w.comps[i], &p.planes[i]
		want := p.maxPx
		if i > 0 && w.rep.Components != 1 && !p.isRGB() {
			want = (want + 1) / 2 // colour at half the resolution, as most pictures have it
		}
		side, factor := w.rep.Width*c.h, w.hMax
		if w.rep.Height > w.rep.Width {
			side, factor = w.rep.Height*c.v, w.vMax
		}
		for pl.n = 1; pl.n < 8 && side*pl.n < 8*want*factor; pl.n *= 2 {
		}
		pl.slot, pl.last = &slots[pl.n], lastUsed[pl.n]
		c.dcOnly = w.rep.Progressive && pl.n == 1
		pl.rows, pl.stride = rows*c.v, c.paddedW*pl.n
		blocks := int64(pl.rows) * int64(c.paddedW)
		need += blocks * int64(pl.n*pl.n)
		if w.rep.Progressive {
			need += 2 * blocks * int64(pl.n*pl.n)
			if !c.dcOnly {
				need += 8 * int64(c.paddedW) * int64(w.mcusH*c.v)
			}
		}
	}
	if need > w.limits.MaxAllocB {
		return &formats.FormatError{Format: "JPEG", Offset: w.unit, Reason: fmt.Sprintf("a picture of %d x %d samples is larger than is read", w.rep.Width, w.rep.Height)}
	}
	for i := range w.comps {
		c, pl := &w.comps[i], &p.planes[i]
		pl.pix = make([]uint8, pl.stride*pl.rows*pl.n)
		if w.rep.Progressive {
			pl.coef = make([]int16, pl.rows*c.paddedW*pl.n*pl.n)
		}
	}
	return nil
}

// isRGB reports whether the components are colours themselves.
func (p *preview) isRGB() bool {
	w := &p.w
	if w.rep.Components != 3 {
		return false
	}
	if w.adobe >= 0 {
		return w.adobe == 0
	}
	return !w.jfif && w.comps[0].id == 'R' && w.comps[1].id == 'G' && w.comps[2].id == 'B'
}
