// Package avi checks AVI files to their true end: the chunks of every RIFF of the
// file, the frames in its movi lists one by one, and the index against them.
//
// Specifications: Microsoft, AVI RIFF File Reference (DirectShow documentation);
// Matrox OpenDML AVI M-JPEG Subcommittee, OpenDML AVI File Format Extensions 1.02
// (1996), for files of more than one RIFF.
package avi

import (
	"encoding/binary"
	"fmt"
	"io"

	"firescene/formats"
)

// State says how far a file could be followed.
type State int

// The states of a checked file.
const (
	Whole     State = iota // every chunk and frame is there to the end of the last RIFF
	Truncated              // right up to the end of the data, which comes too early
	Damaged                // right up to SureB, wrong at FailB
	NotAVI                 // does not begin like one
)

func (s State) String() string {
	return [...]string{"whole", "truncated", "damaged", "not an AVI file"}[s]
}

// Report is what Check found. Offsets count from the first byte given to it.
type Report struct {
	State  State
	EndB   int64 // Whole: one past the last RIFF
	SureB  int64 // else: bytes before it are proved to belong together
	FailB  int64 // Damaged: foreign data begins in (SureB, FailB]
	NeedB  int64 // length of the file as its headers state it; 0 when they do not
	Reason string

	RIFFs   int
	Frames  int64  // chunks of streams in movi lists
	Indexed int64  // of them, those that the old index leads to rightly
	Codec   string // four character code of the first picture stream
}

const windowB = 64 << 10

// Head reports whether b, at least 24 bytes, begins like a file.
func Head(b []byte) bool {
	return len(b) >= 24 && string(b[:4]) == "RIFF" && string(b[8:16]) == "AVI LIST" && string(b[20:24]) == "hdrl"
}

// Check walks the file that begins at offset 0 of r and reads at most size bytes.
// The error is an error of r other than an early end.
func Check(r io.ReaderAt, size int64) (Report, error) {
	c := &checker{w: formats.NewWindow(r, size, windowB), size: size}
	c.run()
	return c.rep, c.w.Err()
}

type checker struct {
	w    *formats.Window
	size int64
	rep  Report
	movi int64 // where the first movi list's type stands: the old index counts from it
	need int64 // how far the index of indexes leads
	sure int64
}

// chunk is the header of one.
type chunk struct {
	id       string
	at       int64
	body, n  int64
	listKind string // of a LIST or RIFF
}

func (k chunk) end() int64  { return k.body + k.n }
func (k chunk) next() int64 { return k.body + k.n + k.n&1 }

func (c *checker) chunk(at int64) (chunk, bool) {
	h := c.w.At(at, 12)
	if len(h) < 8 {
		return chunk{}, false
	}
	k := chunk{id: string(h[:4]), at: at, body: at + 8, n: int64(binary.LittleEndian.Uint32(h[4:]))}
	for _, x := range h[:4] {
		if x < 0x20 || x > 0x7E {
			return k, false
		}
	}
	if k.id == "LIST" || k.id == "RIFF" {
		if len(h) < 12 || k.n < 4 {
			return k, false
		}
		k.listKind = string(h[8:12])
	}
	return k, true
}

// stop ends the walk; it is always false.
func (c *checker) stop(s State, fail int64, format string, args ...any) bool {
	r := &c.rep
	r.State, r.SureB, r.FailB, r.Reason = s, min(c.sure, c.size), fail, fmt.Sprintf(format, args...)
	r.NeedB = max(r.NeedB, c.need)
	if s == Truncated {
		r.FailB = 0
	}
	return false
}

func (c *checker) run() {
	if !Head(c.w.At(0, 24)) {
		c.stop(NotAVI, 0, "no AVI header")
		return
	}
	at := int64(0)
	for {
		k, ok := c.chunk(at)
		if !ok || k.id != "RIFF" || (k.listKind != "AVI " || at > 0) && (k.listKind != "AVIX" || at == 0) {
			break
		}
		c.sure = max(c.sure, k.body+4)
		c.rep.NeedB = k.end()
		if !c.riff(k) {
			return
		}
		c.rep.RIFFs++
		at = k.end()
		c.sure = max(c.sure, min(at, c.size))
	}
	switch {
	case c.rep.Frames == 0:
		c.stop(Damaged, at+8, "it holds no frames")
	case c.need > at:
		c.rep.NeedB = c.need
		if at >= c.size {
			c.stop(Truncated, 0, "its index leads to byte %d", c.need)
		} else {
			c.stop(Damaged, at+8, "its index leads to byte %d, but no further part begins at %d", c.need, at)
		}
	default:
		c.rep.State, c.rep.EndB = Whole, at
	}
}

// riff walks the chunks of one RIFF.
func (c *checker) riff(riff chunk) bool {
	end := riff.end()
	at := riff.body + 4
	for at+8 <= end {
		if at >= c.size {
			return c.stop(Truncated, 0, "the data ends %d bytes before its RIFF", end-c.size)
		}
		k, ok := c.chunk(at)
		if !ok && c.size-at < 12 {
			return c.stop(Truncated, 0, "the data ends inside a chunk header")
		}
		if !ok || k.end() > end {
			return c.stop(Damaged, at+8, "no chunk that fits its RIFF begins at %d", at)
		}
		switch {
		case k.listKind == "movi":
			if c.movi == 0 {
				c.movi = k.body
			}
			if !c.list(k, 0) {
				return false
			}
		case k.id == "LIST" && k.listKind == "hdrl":
			c.header(k, 0)
		case k.id == "idx1" && k.end() <= c.size:
			if !c.index(k) {
				return false
			}
		}
		if k.end() > c.size {
			return c.stop(Truncated, 0, "the data ends inside %s", k.id)
		}
		if known[k.id] || known[k.listKind] {
			c.sure = max(c.sure, k.body)
		}
		at = k.next()
	}
	if end > c.size {
		return c.stop(Truncated, 0, "the data ends before its RIFF")
	}
	return true
}

// known are chunks that prove that a RIFF goes on, which a chunk of any four
// letters does not.
var known = map[string]bool{"movi": true, "hdrl": true, "idx1": true, "JUNK": true, "INFO": true, "odml": true}

// header reads how the first picture stream is coded, and the index of indexes.
func (c *checker) header(list chunk, depth int) {
	end := min(list.end(), c.size)
	for at := list.body + 4; at+8 <= end; {
		k, ok := c.chunk(at)
		if !ok || k.end() > end {
			return
		}
		switch {
		case k.id == "LIST" && depth < 2:
			c.header(k, depth+1)
		case k.id == "strh":
			if h := c.w.At(k.body, 8); len(h) == 8 && string(h[:4]) == "vids" && c.rep.Codec == "" {
				c.rep.Codec = string(h[4:8])
			}
		case k.id == "indx":
			c.superIndex(k)
		}
		at = k.next()
	}
}

// superIndex reads how far the standard indexes of a stream lie.
func (c *checker) superIndex(k chunk) {
	h := c.w.At(k.body, 24)
	if len(h) < 24 || h[0] != 4 || h[1] != 0 || h[3] != 0 { // longs an entry; an index of indexes
		return
	}
	n := int64(binary.LittleEndian.Uint32(h[4:]))
	for i := range min(n, (k.n-24)/16) {
		e := c.w.At(k.body+24+i*16, 16)
		if len(e) < 16 {
			return
		}
		if off := binary.LittleEndian.Uint64(e); off > 0 && off < 1<<48 {
			c.need = max(c.need, int64(off)+int64(binary.LittleEndian.Uint32(e[8:])))
		}
	}
}

// list walks the frames of a movi list, and those of rec lists inside.
func (c *checker) list(list chunk, depth int) bool {
	last := c.sure // two frame headers behind each other are no chance
	for at := list.body + 4; at+8 <= list.end(); {
		if at >= c.size {
			return c.stop(Truncated, 0, "the data ends among the frames")
		}
		k, ok := c.chunk(at)
		if !ok && c.size-at < 12 {
			return c.stop(Truncated, 0, "the data ends inside a chunk header")
		}
		rec := ok && k.id == "LIST" && k.listKind == "rec " && depth == 0
		if !ok || k.end() > list.end() || !rec && !frame(k.id) {
			return c.stop(Damaged, at+8, "no frame begins at %d", at)
		}
		c.sure = max(c.sure, last)
		last = k.body
		if rec {
			if !c.list(k, 1) {
				return false
			}
		} else if k.id[0] <= '9' {
			if !c.starts(k) {
				return c.stop(Damaged, k.body+4, "the frame at %d does not begin like one of %s", at, c.rep.Codec)
			}
			c.rep.Frames++
		}
		at = k.next()
	}
	c.sure = max(c.sure, min(last, c.size))
	return true
}

// frame reports whether a chunk may stand in a movi list: two digits of the stream
// and what it is, an index, or filling.
func frame(id string) bool {
	digit := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
	switch {
	case id == "JUNK":
		return true
	case id[:2] == "ix":
		return digit(id[2]) && digit(id[3])
	case digit(id[0]) && digit(id[1]):
		switch id[2:] {
		case "dc", "db", "wb", "tx", "pc", "iv", "sb", "__", "st":
			return true
		}
	}
	return false
}

// starts checks the first bytes of a picture whose coding is known.
func (c *checker) starts(k chunk) bool {
	if k.n < 4 || k.id[2:] != "dc" {
		return true
	}
	h := c.w.At(k.body, 3)
	if len(h) < 3 {
		return true
	}
	switch c.rep.Codec {
	case "MJPG", "mjpg", "dmb1", "AVRn":
		return h[0] == 0xFF && h[1] == 0xD8
	}
	return true
}

// index checks idx1: each entry leads to a chunk of its name and length. Offsets
// count from the movi list or, with some writers, from the file.
func (c *checker) index(k chunk) bool {
	base := int64(-1)
	for i := range k.n / 16 {
		e := c.w.At(k.body+i*16, 16)
		if len(e) < 16 {
			return true
		}
		id, at, n := string(e[:4]), int64(binary.LittleEndian.Uint32(e[8:])), binary.LittleEndian.Uint32(e[12:])
		if id == "rec " || i%indexEvery != 0 {
			continue
		}
		if base < 0 {
			base = c.movi
			if !c.leads(c.movi+at, id, n) {
				base = 0
			}
		}
		if !c.leads(base+at, id, n) {
			if i == 0 {
				return true // an index that is not understood proves nothing
			}
			return c.stop(Damaged, max(base+at+8, c.sure+1), "the index leads to %d for a frame that is not there", base+at)
		}
		c.rep.Indexed++
	}
	return true
}

// indexEvery is how many entries of the index are passed over for one that is
// checked: the frames were walked already.
const indexEvery = 16

func (c *checker) leads(at int64, id string, n uint32) bool {
	h := c.w.At(at, 8)
	return len(h) == 8 && string(h[:4]) == id && binary.LittleEndian.Uint32(h[4:]) == n
}
