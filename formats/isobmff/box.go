// Package isobmff checks files of the ISO base media family to their true end:
// MP4, MOV, 3GP, M4A, and the boxes that HEIC and AVIF pictures lie in. The
// sample tables must lead to data that is there, and the samples of H.264 and
// H.265 tracks must break up into units as their lengths say.
//
// Specifications: ISO/IEC 14496-12:2022 (boxes, sample tables, movie fragments),
// ISO/IEC 14496-15:2022 (units in samples), Apple QuickTime File Format (2016).
package isobmff

import (
	"encoding/binary"

	"firescene/formats"
)

// Box is one box. Offsets count from the first byte of the file.
type Box struct {
	Type    string
	OffsetB int64
	HeaderB int64 // 8, or 16 with a 64-bit length
	LengthB int64 // with the header
	ToEnd   bool  // its length is 0 in the file: it reaches to the file's end
}

// BodyB is where the content begins.
func (b Box) BodyB() int64 { return b.OffsetB + b.HeaderB }

// EndB is one past the box.
func (b Box) EndB() int64 { return b.OffsetB + b.LengthB }

// ReadBox reads the header of the box at off in w. It is false when what stands
// there is none. end is where the enclosing box or the data ends; the box may
// claim to reach further, which is for the caller to judge.
func ReadBox(w *formats.Window, off, end int64) (Box, bool) {
	h := w.At(off, 16)
	if len(h) < 8 || off+8 > end {
		return Box{}, false
	}
	b := Box{Type: string(h[4:8]), OffsetB: off, HeaderB: 8, LengthB: int64(binary.BigEndian.Uint32(h))}
	switch b.LengthB {
	case 0:
		b.LengthB, b.ToEnd = end-off, true
	case 1:
		if len(h) < 16 {
			return Box{}, false
		}
		n := binary.BigEndian.Uint64(h[8:])
		if n < 16 || n > 1<<62 || int64(n) > 1<<62-off {
			return Box{}, false
		}
		b.HeaderB, b.LengthB = 16, int64(n)
	default:
		if b.LengthB < 8 {
			return Box{}, false
		}
	}
	return b, true
}

// Children calls f for each box inside parent, from skipB bytes behind its header
// on. It is false when the boxes do not fill the parent: then failB is where they
// go wrong. A few zeros at the end, as QuickTime writes them, are no fault.
func Children(w *formats.Window, parent Box, skipB int64, f func(Box) bool) (ok bool, failB int64) {
	at, end := parent.BodyB()+skipB, parent.EndB()
	for at < end {
		if end-at <= 4 {
			for _, c := range w.At(at, int(end-at)) {
				if c != 0 {
					return false, at
				}
			}
			return true, 0
		}
		b, ok := ReadBox(w, at, end)
		if !ok || b.EndB() > end || !printable(b.Type) {
			return false, at
		}
		if !f(b) {
			return false, at
		}
		at = b.EndB()
	}
	return at == end, at
}

// printable reports whether a type could be one: most are letters, QuickTime's
// begin with a copyright sign at times, and metadata keys are small numbers.
func printable(t string) bool {
	if t[0] == 0 && t[1] == 0 {
		return true
	}
	for i := range 4 {
		c := t[i]
		if (c < 0x20 || c > 0x7E) && !(i == 0 && c == 0xA9) {
			return false
		}
	}
	return true
}

// topLevel are the boxes that may stand outside all others.
var topLevel = map[string]bool{
	"ftyp": true, "moov": true, "mdat": true, "free": true, "skip": true, "wide": true, "uuid": true,
	"meta": true, "meco": true, "moof": true, "mfra": true, "sidx": true, "ssix": true, "styp": true,
	"pdin": true, "prft": true, "emsg": true, "pnot": true, "PICT": true, "udta": true, "imda": true,
}
