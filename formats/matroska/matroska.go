// Package matroska checks Matroska and WebM files to their true end: every
// element inside the segment, down to the blocks of the clusters, and the check
// sums that most writers put on them.
//
// Specifications: RFC 8794 (EBML, 2020), RFC 9559 (Matroska, 2024).
package matroska

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"firescene/formats"
)

// State says how far a file could be followed.
type State int

// The states of a checked file.
const (
	Whole       State = iota // every element is there up to the end of the segment
	Truncated                // right up to the end of the data, which comes too early
	Damaged                  // right up to SureB, wrong at FailB
	NotMatroska              // does not begin like one
)

func (s State) String() string {
	return [...]string{"whole", "truncated", "damaged", "not a Matroska file"}[s]
}

// Report is what Check found. Offsets count from the first byte given to it.
type Report struct {
	State  State
	EndB   int64 // Whole: one past the segment
	SureB  int64 // else: bytes before it are proved to belong together
	FailB  int64 // Damaged: foreign data begins in (SureB, FailB]
	NeedB  int64 // length of the file as the segment states it; 0 when it does not
	Reason string

	DocType  string // "matroska" or "webm"
	Clusters int
	Blocks   int64
	Summed   int64 // bytes that a check sum was right over
	// EndKnown says that the segment states its length, not just that what follows
	// is no element of it.
	EndKnown bool
}

// IDs of elements.
const (
	idEBML        = 0x1A45DFA3
	idDocType     = 0x4282
	idSegment     = 0x18538067
	idCluster     = 0x1F43B675
	idTracks      = 0x1654AE6B
	idInfo        = 0x1549A966
	idVoid        = 0xEC
	idCRC         = 0xBF
	idBlockGroup  = 0xA0
	idSimpleBlock = 0xA3
	idBlock       = 0xA1
	idTrackEntry  = 0xAE
	idTrackNumber = 0xD7
)

// inSegment are the elements that a segment holds, inCluster those of a cluster,
// inGroup those of a group of blocks.
var (
	inSegment = map[uint32]bool{0x114D9B74: true, idInfo: true, idTracks: true, idCluster: true, 0x1C53BB6B: true, 0x1941A469: true, 0x1043A770: true, 0x1254C367: true, idVoid: true, idCRC: true}
	inCluster = map[uint32]bool{0xE7: true, 0xA7: true, 0xAB: true, idSimpleBlock: true, idBlockGroup: true, idVoid: true, idCRC: true, 0x5854: true, 0xAF: true}
	inGroup   = map[uint32]bool{0xA1: true, 0x9B: true, 0xFB: true, 0xFA: true, 0xFD: true, 0x75A1: true, 0xA4: true, 0x75A2: true, 0x8E: true, idVoid: true, idCRC: true, 0xC8: true, 0xA2: true}
)

const (
	windowB = 64 << 10
	unknown = -1 // length of an element that ends where its parent's next one begins
)

// Head reports whether b, at least 16 bytes, begins like a file: an EBML header of
// a length that they have.
func Head(b []byte) bool {
	if len(b) < 16 || binary.BigEndian.Uint32(b) != idEBML {
		return false
	}
	n, k := size(b[4:])
	return k > 0 && n >= 8 && n < 4096
}

// Check walks the file that begins at offset 0 of r and reads at most size bytes.
// The error is an error of r other than an early end.
func Check(r io.ReaderAt, size int64) (Report, error) {
	c := &checker{w: formats.NewWindow(r, size, windowB), size: size, tracks: map[byte]bool{}}
	c.run()
	return c.rep, c.w.Err()
}

type checker struct {
	w    *formats.Window
	size int64
	rep  Report
	// tracks are the numbers of tracks as they stand in blocks; of tracks above 126,
	// which take two bytes there, none is known.
	tracks map[byte]bool
}

// element is the header of one. Its length is unknown when it does not state one.
type element struct {
	id         uint32
	at         int64
	body, size int64
}

func (e element) end() int64 { return e.body + e.size }

// size reads a length of one to eight bytes: 0 bytes read means that it is none.
func size(b []byte) (v int64, n int) {
	if len(b) == 0 || b[0] == 0 {
		return 0, 0
	}
	n = 1
	for m := byte(0x80); b[0]&m == 0; m >>= 1 {
		n++
	}
	if len(b) < n {
		return 0, 0
	}
	v = int64(b[0] & (0xFF >> n))
	ones := v == 0xFF>>n
	for _, x := range b[1:n] {
		v = v<<8 | int64(x)
		ones = ones && x == 0xFF
	}
	if ones {
		return unknown, n
	}
	return v, n
}

// element reads the header at an offset.
func (c *checker) element(at int64) (element, bool) {
	h := c.w.At(at, 12)
	if len(h) < 2 || h[0] < 0x10 {
		return element{}, false
	}
	n := 1
	for m := byte(0x80); h[0]&m == 0; m >>= 1 {
		n++
	}
	if len(h) < n+1 {
		return element{}, false
	}
	e := element{at: at}
	for _, x := range h[:n] {
		e.id = e.id<<8 | uint32(x)
	}
	v, k := size(h[n:])
	e.body, e.size = at+int64(n+k), v
	return e, k > 0 && v < 1<<60
}

func (c *checker) stop(s State, sure, fail int64, format string, args ...any) {
	r := &c.rep
	r.State, r.SureB, r.FailB, r.Reason = s, sure, fail, fmt.Sprintf(format, args...)
}

func (c *checker) run() {
	e, ok := c.element(0)
	if !ok || e.id != idEBML || e.size < 8 || e.size > 4096 {
		c.stop(NotMatroska, 0, 0, "no EBML header")
		return
	}
	for at := e.body; at < e.end(); {
		x, ok := c.element(at)
		if !ok || x.size < 0 || x.end() > e.end() {
			c.stop(NotMatroska, 0, 0, "the EBML header is damaged")
			return
		}
		if x.id == idDocType {
			c.rep.DocType = string(c.w.At(x.body, int(min(x.size, 16))))
		}
		at = x.end()
	}
	if c.rep.DocType != "matroska" && c.rep.DocType != "webm" {
		c.stop(NotMatroska, 0, 0, "an EBML file of another kind: %q", c.rep.DocType)
		return
	}
	seg, ok := c.element(e.end())
	for ok && seg.id == idVoid && seg.size >= 0 {
		seg, ok = c.element(seg.end())
	}
	if !ok || seg.id != idSegment {
		c.stop(Damaged, e.end(), e.end()+4, "no segment behind the EBML header")
		return
	}
	if seg.size >= 0 {
		c.rep.NeedB, c.rep.EndKnown = seg.end(), true
	}
	c.segment(seg)
}

// segment walks the elements of a segment.
func (c *checker) segment(seg element) {
	end := c.size
	if seg.size >= 0 {
		end = min(end, seg.end())
	}
	at := seg.body
	sure := at
	seen := map[uint32]bool{}
	for at < end {
		e, ok := c.element(at)
		if !ok || !inSegment[e.id] || e.size == unknown && e.id != idCluster {
			if seg.size == unknown {
				break
			}
			c.stop(Damaged, sure, at+4, "no element of a segment at %d", at)
			return
		}
		seen[e.id] = true
		sure = e.body
		if seg.size >= 0 && e.size >= 0 && e.end() > seg.end() {
			c.stop(Damaged, at, e.body, "the element at %d reaches past its segment", at)
			return
		}
		next, good, ok := c.top(e, end)
		if !ok {
			return // top said why
		}
		sure = max(sure, good)
		if next > c.size {
			c.stop(Truncated, sure, 0, "the data ends inside the element at %d", at)
			return
		}
		at = next
	}
	switch {
	case seg.size >= 0 && at < seg.end():
		c.stop(Truncated, sure, 0, "the data ends %d bytes before its segment", seg.end()-at)
	case !seen[idTracks]:
		c.stop(Damaged, seg.body, max(at, seg.body+1), "its segment has no tracks")
	default:
		c.rep.State, c.rep.EndB = Whole, at
	}
}

// top checks one element of the segment. next is where the one behind it begins,
// good up to where it is proved.
func (c *checker) top(e element, limit int64) (next, good int64, ok bool) {
	if e.id == idCluster {
		c.rep.Clusters++
		if next, good, ok = c.children(e, limit, inCluster); !ok {
			return
		}
	} else {
		next = e.end()
	}
	if e.id == idTracks && next <= c.size {
		c.trackNumbers(e)
	}
	if next > c.size {
		return next, good, true
	}
	sum, has := c.sum(e, next)
	if !has {
		return next, good, true
	}
	if !sum {
		c.stop(Damaged, max(e.body, min(good, e.body)), next, "the check sum of the element at %d is wrong", e.at)
		return next, good, false
	}
	c.rep.Summed += next - e.body
	return next, next, true
}

// children walks the elements of a cluster or of a group. A cluster of unknown
// length ends where an element follows that is none of its own.
func (c *checker) children(e element, limit int64, allowed map[uint32]bool) (next, good int64, ok bool) {
	end := limit
	if e.size >= 0 {
		end = e.end()
	}
	at := e.body
	// One header is met by chance in foreign data, two behind each other hardly.
	good, last := at, at
	for at < end {
		if at >= c.size {
			return max(end, at), good, true
		}
		x, ok := c.element(at)
		if !ok || !allowed[x.id] || x.size < 0 || e.size >= 0 && x.end() > end {
			switch {
			case e.size == unknown && at > e.body:
				return at, good, true
			case !ok && c.size-at < 12:
				return max(end, c.size+1), good, true
			}
			c.stop(Damaged, good, at+2, "no element of its parent at %d", at)
			return 0, 0, false
		}
		switch x.id {
		case idBlockGroup:
			if x.end() <= c.size {
				if _, _, ok := c.children(x, x.end(), inGroup); !ok {
					c.rep.SureB = min(c.rep.SureB, good)
					return 0, 0, false
				}
			}
		case idSimpleBlock, idBlock:
			if h := c.w.At(x.body, 1); len(h) == 1 && !c.tracks[h[0]] {
				c.stop(Damaged, good, x.body+1, "the block at %d is of no track", x.at)
				return 0, 0, false
			}
			c.rep.Blocks++
		}
		good, last = last, x.body
		at = x.end()
	}
	return at, good, true
}

// trackNumbers reads which tracks there are: blocks begin with their numbers.
func (c *checker) trackNumbers(tracks element) {
	for at := tracks.body; at < tracks.end(); {
		t, ok := c.element(at)
		if !ok || t.size < 0 {
			return
		}
		for in := t.body; t.id == idTrackEntry && in < t.end(); {
			x, ok := c.element(in)
			if !ok || x.size < 0 {
				break
			}
			if h := c.w.At(x.body, int(min(x.size, 8))); x.id == idTrackNumber && len(h) > 0 && h[len(h)-1] < 0x7F {
				c.tracks[h[len(h)-1]|0x80] = true
			}
			in = x.end()
		}
		at = t.end()
	}
}

// sum checks the CRC-32 that an element may begin with, over all behind it.
func (c *checker) sum(e element, end int64) (right, has bool) {
	x, ok := c.element(e.body)
	if !ok || x.id != idCRC || x.size != 4 || x.end() > end {
		return false, false
	}
	h := c.w.At(x.body, 4)
	if len(h) < 4 {
		return false, false
	}
	want, got := binary.LittleEndian.Uint32(h), uint32(0)
	for at := x.end(); at < end; {
		b := c.w.At(at, int(min(windowB, end-at)))
		if len(b) == 0 {
			return false, false
		}
		got = crc32.Update(got, crc32.IEEETable, b)
		at += int64(len(b))
	}
	return got == want, true
}
