// Package bmp checks the structure of Windows and OS/2 bitmaps to their true end:
// the header against the sizes that it states, the filling of lines, run-length
// codes. It makes no pixels.
//
// Specification: Microsoft, Bitmap Storage and BITMAPV5HEADER (Windows GDI
// documentation); IBM, OS/2 2.0 Presentation Manager bitmap format (1992).
package bmp

import (
	"encoding/binary"
	"fmt"
	"io"

	"firescene/formats/follow"
)

// Compression methods of the header.
const (
	plain     = 0
	rle8      = 1
	rle4      = 2
	bitFields = 3 // Huffman coding with an OS/2 header
	jpeg      = 4 // 24 bit run lengths with an OS/2 header
	png       = 5
	alphaBits = 6
)

// header is the file header and what counts of the picture header.
type header struct {
	declaredB, offsetB, imageB int64
	headB                      int64 // size of the picture header
	width, height              int64
	bits                       int64
	compression                uint32
	os2                        bool
}

var le = binary.LittleEndian

// read takes the header apart; ok is false for values that no bitmap has.
func read(b []byte) (h header, ok bool) {
	if len(b) < 26 || b[0] != 'B' || b[1] != 'M' || le.Uint32(b[6:]) != 0 {
		return h, false
	}
	h = header{declaredB: int64(le.Uint32(b[2:])), offsetB: int64(le.Uint32(b[10:])), headB: int64(le.Uint32(b[14:]))}
	var planes uint16
	if h.headB == 12 {
		h.width, h.height, planes, h.bits = int64(le.Uint16(b[18:])), int64(le.Uint16(b[20:])), le.Uint16(b[22:]), int64(le.Uint16(b[24:]))
	} else {
		if len(b) < 30 {
			return h, false
		}
		h.width, h.height, planes, h.bits = int64(int32(le.Uint32(b[18:]))), int64(int32(le.Uint32(b[22:]))), le.Uint16(b[26:]), int64(le.Uint16(b[28:]))
		switch h.headB {
		case 16:
		case 40, 52, 56, 64, 108, 124:
			if len(b) < 38 {
				return h, false
			}
			h.compression, h.imageB = le.Uint32(b[30:]), int64(le.Uint32(b[34:]))
			h.os2 = h.headB == 64
		default:
			return h, false
		}
	}
	if h.height < 0 {
		h.height = -h.height
	}
	if planes != 1 || h.width <= 0 || h.height <= 0 || h.width > 1<<20 || h.height > 1<<20 || h.offsetB < 14+h.headB || h.offsetB > 14+h.headB+1<<16 || !h.coding() {
		return h, false
	}
	end := h.offsetB + h.pixelB()
	return h, end < 1<<32 && (h.declaredB == 0 || h.declaredB >= h.offsetB && h.declaredB >= end/2)
}

// coding reports whether depth and compression go together.
func (h header) coding() bool {
	switch h.compression {
	case plain:
		return h.bits == 1 || h.bits == 2 || h.bits == 4 || h.bits == 8 || h.bits == 16 || h.bits == 24 || h.bits == 32 || h.bits == 64
	case rle8:
		return h.bits == 8 && h.headB >= 40
	case rle4:
		return h.bits == 4 && h.headB >= 40
	case bitFields:
		return h.bits == 16 || h.bits == 32 || h.os2 && h.bits == 1
	case jpeg:
		return h.bits == 0 && h.imageB > 0 || h.os2 && h.bits == 24
	case png:
		return h.bits == 0 && h.imageB > 0
	case alphaBits:
		return h.bits == 16 || h.bits == 32
	}
	return false
}

func (h header) coded() bool {
	return h.compression == rle8 || h.compression == rle4 || h.compression == jpeg || h.compression == png || h.compression == bitFields && h.os2
}

func (h header) lineB() int64 { return (h.width*h.bits + 31) / 32 * 4 }

// pixelB is the size of the picture data, as far as the header tells.
func (h header) pixelB() int64 {
	if h.coded() {
		return h.imageB
	}
	return h.lineB() * h.height
}

// Head reports whether b, at least 38 bytes of it, begins like a bitmap.
func Head(b []byte) bool {
	_, ok := read(b)
	return ok
}

// Check follows the bitmap that begins at offset 0 of r over at most size bytes.
// The error is an error of r.
func Check(r io.ReaderAt, size int64) (follow.Report, error) {
	c := follow.New(r, size)
	rep := check(c)
	return rep, c.Err()
}

// paddingB is how much may lie behind the last line that the header does not
// account for.
const paddingB = 1024

func check(c *follow.Cursor) (rep follow.Report) {
	h, ok := read(c.Ahead(124 + 14))
	if !ok {
		rep.Stop(follow.Not, "no bitmap header")
		return rep
	}
	rep.What = fmt.Sprintf("BMP %dx%d, %d bits", h.width, h.height, h.bits)
	end := h.offsetB + h.pixelB()
	depth := follow.Lengths
	if h.compression == rle8 || h.compression == rle4 {
		last, valid := followRuns(c, h)
		if h.imageB == 0 {
			end = last
		}
		if valid && last <= end && end-last < 4 {
			depth = follow.Codes
		} else {
			rep.Reason = "its run lengths do not fill it exactly"
		}
	}
	end = max(end, profileEnd(c, h))
	switch {
	case h.declaredB >= end && h.declaredB-end <= paddingB:
		end = h.declaredB
	case h.coded() && h.imageB == 0 && h.declaredB > 0 && h.declaredB < end:
		end = h.declaredB
	default:
		rep.Reason = fmt.Sprintf("its header states the size %d", h.declaredB)
	}
	rep.NeedB, rep.SureB = end, min(14+h.headB, c.Size())
	if !h.coded() {
		at, sure := filled(c, h)
		if at > 0 {
			rep.Stop(follow.Damaged, "what has to be zero is not, before %d", at)
			rep.FailB, rep.GoodB = at, at
			return rep
		}
		if sure {
			depth, rep.Checked = follow.Codes, "the filling of its lines is zero throughout; its pixels can not be checked"
		}
	}
	if end > c.Size() {
		rep.Stop(follow.Truncated, "the data ends before the %d bytes of the file", end)
		if c.Size() > h.offsetB+paddingB {
			rep.GoodB = c.Size()
		}
		return rep
	}
	rep.Done(end, depth)
	return rep
}

// profileEnd is where an embedded colour profile of a version 5 header ends.
func profileEnd(c *follow.Cursor, h header) int64 {
	if h.headB != 124 {
		return 0
	}
	b := c.PeekAt(14+56, 68)
	if b == nil || string(b[:4]) != "DEBM" && string(b[:4]) != "KNIL" {
		return 0
	}
	at, n := int64(le.Uint32(b[56:])), int64(le.Uint32(b[60:]))
	if at < h.headB || n == 0 || n > 16<<20 || 14+at > h.offsetB+h.pixelB()+paddingB {
		return 0
	}
	return 14 + at + n
}

// zeroB is after how many zero bytes of filling a writer is taken to zero it
// always; so many in a cluster show foreign data.
const (
	zeroB    = 16
	clusterB = 4096
	showB    = 8
	emptyB   = 1024 // a run of zeros may be a dark part of the picture, or foreign
)

// filled reads the bytes of the picture that have to be zero: the filling of
// lines, and the fourth byte of each sample of 32 bits. It returns one past the
// line in which one is not although all before it were, 0 when there is none; sure
// says that a cluster of foreign data would have shown.
func filled(c *follow.Cursor, h header) (at int64, sure bool) {
	used, line := (h.width*h.bits+7)/8, h.lineB()
	fill := line - used
	quad := h.bits == 32 && h.compression == plain
	if quad {
		fill = h.width
	}
	if fill == 0 || line > 60<<10 {
		return 0, false
	}
	done, colour, run, longest := int64(0), false, int64(0), int64(0)
	for y := range h.height {
		b := c.PeekAt(h.offsetB+y*line, int(line))
		if b == nil {
			break
		}
		zero, seen := true, colour
		for _, x := range b {
			if run++; x != 0 {
				run = 0
			}
			longest = max(longest, run)
		}
		if quad {
			for i := 3; i < len(b); i += 4 {
				zero = zero && b[i] == 0
				seen = seen || b[i-1] != 0
			}
		} else {
			for _, x := range b[used:] {
				zero = zero && x == 0
			}
		}
		if !zero {
			// samples that are clear have no colour either: their fourth byte is in use
			if done < zeroB || quad && !colour {
				return 0, false
			}
			return c.At() + line, false
		}
		done, colour = done+fill, seen
	}
	return 0, fill*clusterB/line >= showB && (!quad || colour) && longest < emptyB
}

// followRuns follows run-length codes and returns where they end; valid says
// that they came to the end of the bitmap without leaving it.
func followRuns(c *follow.Cursor, h header) (end int64, valid bool) {
	c.MoveTo(h.offsetB)
	x, y := int64(0), int64(0)
	for {
		b := c.Take(2)
		if b == nil {
			return c.At(), false
		}
		n, v := int64(b[0]), int64(b[1])
		switch {
		case n > 0:
			x += n
		case v == 0:
			x, y = 0, y+1
		case v == 1:
			return c.At(), y <= h.height
		case v == 2:
			d := c.Take(2)
			if d == nil {
				return c.At(), false
			}
			x, y = x+int64(d[0]), y+int64(d[1])
		default:
			x += v
			bytes := v
			if h.compression == rle4 {
				bytes = (v + 1) / 2
			}
			if !c.Skip(bytes + bytes&1) {
				return c.At(), false
			}
		}
		if x > h.width || y > h.height {
			return c.At(), false
		}
	}
}
