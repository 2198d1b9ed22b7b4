package tiff

import (
	"errors"
	"io"
	"math/bits"
	"sort"

	"firescene/formats"
	"firescene/formats/follow"
	"firescene/formats/jpeg"
)

// strip is one strip or tile.
type strip struct {
	at, n       int64
	compression int64
	rawB        int64 // what a full one holds when it is not compressed; 0 when not known
	tables      bool
}

// Compression schemes that are followed.
const (
	lzw         = 5
	jpegOld     = 6
	jpegNew     = 7
	deflate     = 8
	packBits    = 32773
	deflateOld  = 32946
	ccitt2      = 2
	ccitt3      = 3
	ccitt4      = 4
	maxInflateB = 1 << 32
)

// content follows the coded strips that lie before limit, in the order of the
// file. It notes the first fault and reports whether all were followed.
func (w *walker) content(limit int64) bool {
	sort.SliceStable(w.strips, func(i, j int) bool { return w.strips[i].at < w.strips[j].at })
	all, last, sum := true, int64(0), int64(0)
	for _, s := range w.strips {
		if s.at+s.n > limit || s.at < last {
			all = false
			continue
		}
		last = s.at + s.n
		if sum += s.n; w.text != "" && w.fail <= s.at {
			return false
		}
		at, known, ok := w.strip(s)
		all = all && known
		if !ok {
			if w.text == "" || at < w.fail {
				w.fail, w.text = at, "coded picture data is not valid"
			}
			return false
		}
		if known && s.n >= 64 {
			w.rep.SureB = max(w.rep.SureB, min(s.at+s.n, limit))
		}
	}
	if w.text == "" && w.odd == 0 {
		return all
	}
	return false
}

// strip follows one; known is false when its coding is not followed, at is where
// a fault was seen.
func (w *walker) strip(s strip) (at int64, known, ok bool) {
	c := w.c
	c.MoveTo(s.at)
	end := s.at + s.n
	switch s.compression {
	case lzw:
		b := c.Peek(2)
		if b == nil || b[0] != 0x80 || b[1]&0x80 != 0 {
			return s.at, false, b == nil || b[0] == 0 && b[1]&1 == 1 // the order of bits before revision 6
		}
		at, ok = followLZW(c, end, s.rawB)
		return at, true, ok
	case packBits:
		for c.At() < end {
			h, err := c.ReadByte()
			if err != nil {
				return end, true, true
			}
			switch n := int64(h); {
			case n < 128:
				if n+1 > end-c.At() {
					return c.At(), true, false
				}
				c.Skip(n + 1)
			case n > 128:
				if c.At() >= end {
					return c.At(), true, false
				}
				c.Skip(1)
			}
		}
		return end, true, true
	case deflate, deflateOld:
		b := c.Take(2)
		if b == nil || b[0]&15 != 8 || (int(b[0])<<8|int(b[1]))%31 != 0 {
			return s.at + 2, true, false
		}
		_, err := follow.Inflate(c, io.Discard, maxInflateB)
		return c.At(), true, (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) && c.At() <= end
	case jpegNew, jpegOld:
		b := c.Peek(2)
		if b == nil || b[0] != 0xFF || b[1] != 0xD8 {
			return s.at + 2, false, s.compression == jpegOld || b == nil
		}
		return w.jpeg(s)
	case ccitt2, ccitt3, ccitt4:
		if at = c.Text(s.at, end); at >= 0 {
			return at + follow.TextB, false, false
		}
	}
	return end, false, true
}

// fillB is how much may stand between the codes and the end of a strip.
const fillB = 16

// jpeg follows a strip that is a JPEG stream. One whose tables stand elsewhere in
// the file is not followed.
func (w *walker) jpeg(s strip) (at int64, known, ok bool) {
	n := min(s.n, w.c.Size()-s.at)
	rep, err := jpeg.Check(io.NewSectionReader(w.r, s.at, n), n, formats.DefaultLimits())
	switch {
	case err != nil:
		return s.at, false, true // the cursor will meet it
	case rep.State == jpeg.Damaged && rep.DataB > 0 && rep.GoodB > rep.DataB && rep.GoodB < s.n-fillB && !s.tables:
		return s.at + max(rep.GoodB, rep.SeenB), false, false
	}
	return s.at + n, rep.State == jpeg.Whole && rep.EntropyChecked || rep.State == jpeg.Damaged && rep.DataB > 0 && rep.GoodB >= s.n-fillB, true
}

// followLZW follows the codes of section 13: most significant bit first, widths
// that grow one code early.
func followLZW(c *follow.Cursor, end, rawB int64) (at int64, ok bool) {
	const clear, stop = 256, 257
	var length [4096]int64
	for i := range 256 {
		length[i] = 1
	}
	next, width, prev := 258, uint(9), -1
	acc, have, out := uint32(0), uint(0), int64(0)
	for {
		for have < width {
			if c.At() >= end {
				return end, rawB == 0 || out >= rawB // some writers leave the last code out
			}
			b, err := c.ReadByte()
			if err != nil {
				return end, true
			}
			acc, have = acc<<8|uint32(b), have+8
		}
		code := int(acc >> (have - width) & (1<<width - 1))
		have -= width
		switch {
		case code == clear:
			next, width, prev = 258, 9, -1
			continue
		case code == stop:
			return c.At(), end-c.At() < 8
		case prev < 0:
			if code > 255 {
				return c.At(), false
			}
		case code > next || next >= 4096 && code == next:
			return c.At(), false
		default:
			if next < 4096 {
				length[next] = length[prev] + 1
				next++
			}
			width = min(12, max(9, uint(bits.Len(uint(next+1)))))
		}
		prev = code
		out += length[code]
		if rawB > 0 && out > rawB+4096 {
			return c.At(), false
		}
	}
}
