package pdf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"io"

	"firescene/formats"
	"firescene/formats/follow"
	"firescene/formats/jpeg"
)

const (
	maxInflateB = 1 << 31
	maxSearchB  = 256 << 20 // how far the end of a stream of unknown length is looked for
)

// stream follows the stream whose keyword was just read, section 7.3.8, up to
// behind "endobj".
func (w *walker) stream(o object) bool {
	if b := w.c.Peek(2); b != nil && b[0] == '\r' {
		w.c.Skip(1)
	}
	if b := w.c.Peek(1); b != nil && b[0] == '\n' {
		w.c.Skip(1)
	}
	at := w.c.At()
	w.rep.SureB = at
	fail, known := w.coded(o, at)
	switch {
	case fail > 0 && o.filter[0] == 'D' && o.lengthB >= 0 && w.endsAt(at+o.lengthB):
		w.opaque++ // pictures are damaged in files that are otherwise complete
	case fail > 0:
		return w.bad(fail, "the coded data of the stream at %d is not valid", at)
	case o.lengthB >= 0 && w.endsAt(at+o.lengthB):
		if !known {
			w.opaque++
		}
	case known && w.endsAt(w.c.At()):
	case known:
		return w.bad(w.alien(o, at, w.c.At()+16), "no end behind the stream at %d", at)
	case !w.search(at):
		if w.c.At() >= w.c.Size() && (o.lengthB < 0 || at+o.lengthB > w.c.Size()) {
			return w.cut()
		}
		return w.bad(w.alien(o, at, at+max(o.lengthB, 0)+16), "the stream at %d has no end", at)
	default:
		w.opaque++
		if o.lengthB >= 0 && w.doubtB == 0 {
			// wrong in some files, and in all whose stream has foreign data in it: the
			// table will tell
			back := w.c.At()
			w.doubtB, w.doubtSureB = w.alien(o, at, at+o.lengthB+16), at
			w.c.MoveTo(back)
		}
	}
	// "endobj" is left out by some writers
	w.lex.skipWhite()
	if b := w.c.Peek(6); b != nil && string(b) == "endobj" {
		w.c.Skip(6)
	}
	return true
}

// alien is a place at or before to at which the data of a stream goes wrong. Data
// that is not coded may hold text and zeros.
func (w *walker) alien(o object, at, to int64) int64 {
	if o.filter == "" {
		return to
	}
	return w.c.Alien(at, to, w.outB)
}

// endsAt reports whether "endstream" stands at a place or behind an end of line
// there; the cursor is left behind it, or where it was.
func (w *walker) endsAt(at int64) bool {
	back := w.c.At()
	b := w.c.PeekAt(at, 9+3)
	for i := 0; b != nil && i <= 3 && i+9 <= len(b); i++ {
		if string(b[i:i+9]) == "endstream" {
			w.c.MoveTo(at + int64(i) + 9)
			return true
		}
		if !white(b[i]) {
			break
		}
	}
	w.c.MoveTo(back)
	return false
}

// search looks for "endstream" from a place on.
func (w *walker) search(from int64) bool {
	const word = "endstream"
	for w.c.MoveTo(from); w.c.At()-from < maxSearchB; {
		b := w.c.Ahead(32 << 10)
		if len(b) < len(word) {
			if b = w.c.Peek(len(word)); b == nil {
				w.c.MoveTo(w.c.Size())
				return false
			}
		}
		i := bytes.Index(b, []byte(word))
		if w.sums == 0 && len(w.objects) == 0 {
			// a bare head is not followed over the next file, again and again
			if k := bytes.Index(b, []byte("%PDF-")); k >= 0 && (i < 0 || k < i) {
				w.c.Skip(int64(k))
				return false
			}
		}
		if i >= 0 {
			w.c.Skip(int64(i + len(word)))
			return true
		}
		w.c.Skip(int64(len(b) - len(word) + 1))
	}
	return false
}

// coded follows the data of a stream whose coding is known. fail is where it is
// not valid, 0 when it is; known says that it was followed to its end, where the
// cursor is then.
func (w *walker) coded(o object, at int64) (fail int64, known bool) {
	w.outB = 0
	if w.crypted || o.lengthB == 0 {
		return 0, false
	}
	switch o.filter {
	case "FlateDecode", "Fl":
		b := w.c.Take(2)
		if b == nil || b[0]&15 != 8 || (int(b[0])<<8|int(b[1]))%31 != 0 {
			return 0, false // encrypted, as the trailer will say
		}
		sum := adler32.New()
		outB, err := follow.Inflate(w.c, sum, maxInflateB)
		w.outB = outB
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, follow.ErrTooLong):
			return 0, false
		case err != nil:
			return w.c.Alien(at, w.c.At(), outB), false
		}
		if b := w.c.Take(4); b != nil && binary.BigEndian.Uint32(b) == sum.Sum32() {
			w.sums++
		} else if o.lengthB >= 0 && w.c.At() > at+o.lengthB {
			w.c.MoveTo(at + o.lengthB) // the sum is left out
		}
		return 0, true
	case "DCTDecode", "DCT":
		if o.lengthB < 0 {
			return 0, false
		}
		n := min(o.lengthB, w.c.Size()-at)
		rep, err := jpeg.Check(io.NewSectionReader(w.r, at, n), n, formats.DefaultLimits())
		switch {
		case err != nil || rep.State == jpeg.NotJPEG && n == o.lengthB:
			return at + 2, false
		case rep.State == jpeg.Damaged:
			return at + max(rep.GoodB, rep.SeenB), false
		}
		w.c.MoveTo(at + n)
		return 0, rep.State == jpeg.Whole
	}
	return 0, false
}
