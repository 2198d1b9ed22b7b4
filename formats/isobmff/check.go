package isobmff

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"firescene/formats"
)

// State says how far a file could be followed.
type State int

// The states of a checked file.
const (
	Whole     State = iota // every box and every sample that the tables name is there
	Truncated              // right up to the end of the data, which comes too early
	Damaged                // right up to SureB, wrong at FailB
	NotBMFF                // does not begin like a file of the family
)

func (s State) String() string {
	return [...]string{"whole", "truncated", "damaged", "not an ISO base media file"}[s]
}

// Report is what Check found. Offsets count from the first byte given to it.
type Report struct {
	State  State
	EndB   int64 // Whole: one past the last box
	SureB  int64 // else: bytes before it are proved to belong together
	FailB  int64 // Damaged: foreign data begins in (SureB, FailB]
	NeedB  int64 // length of the file, as far as its boxes tell; 0 when they do not
	Reason string

	Brand   string   // major brand; empty for a QuickTime file without one
	Brands  []string // compatible brands
	Boxes   []Box    // top level, in order
	Tracks  []Track
	Created string // as in the movie header, "2006-01-02 15:04:05"; empty when not set
	// DataEndB is the furthest byte that sample tables, fragments or item
	// locations lead to.
	DataEndB   int64
	Fragmented bool  // movie fragments are announced
	Compressed bool  // the movie header is compressed: its tables were not read
	Units      int64 // that samples were broken up into
	Slices     int64 // of them, those whose codes were followed to their end
	// EndKnown says that tables or an index tell that nothing follows, not just
	// that what follows is no box.
	EndKnown bool
}

// Is reports whether the file names one of the brands.
func (r *Report) Is(brands ...string) bool {
	for _, b := range brands {
		if r.Brand == b {
			return true
		}
		for _, c := range r.Brands {
			if c == b {
				return true
			}
		}
	}
	return false
}

// Items tells how far the item locations of a meta box reach: the end of the
// furthest byte of the file that they lead to. ok is false when the box is not
// one of pictures or is damaged.
type Items func(w *formats.Window, meta Box) (endB int64, ok bool)

const windowB = 64 << 10

// Head reports whether b, at least 16 bytes, begins like a file of the family.
func Head(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	n := binary.BigEndian.Uint32(b)
	switch string(b[4:8]) {
	case "ftyp":
		return n >= 16 && n <= 4096 && n%4 == 0 && printable(string(b[8:12])) && b[8] != 0
	case "moov":
		s := string(b[12:16])
		return n > 100 && n < 1<<30 && (s == "mvhd" || s == "cmov" || s == "udta")
	case "wide":
		return n == 8 && string(b[12:16]) == "mdat"
	case "mdat":
		return n == 1 && b[8] == 0 && b[9] == 0 || n > 64
	case "pnot":
		return n == 20
	}
	return false
}

// Check walks the file that begins at offset 0 of r and reads at most size bytes,
// with memory for its tables within lim. items may be nil. The error is an error
// of r other than an early end.
func Check(r io.ReaderAt, size int64, lim formats.Limits, items Items) (Report, error) {
	c := &checker{w: formats.NewWindow(r, size, windowB), size: size, lim: lim, items: items, defaults: map[uint32]uint32{}}
	c.run()
	return c.rep, c.w.Err()
}

type checker struct {
	w        *formats.Window
	size     int64
	lim      formats.Limits
	items    Items
	rep      Report
	bad      *fault
	entries  int64
	defaults map[uint32]uint32 // sample size of a track in fragments
	pieces   []Track           // runs of samples in fragments
	indexEnd int64             // where the segment index says the file ends
	haveMeta bool

	noCodes  bool  // the first slice could not be followed
	followed int64 // bytes of units whose codes were followed
	unitBuf  []byte
}

func (c *checker) stop(s State, sure, fail, need int64, format string, args ...any) {
	r := &c.rep
	r.State, r.SureB, r.FailB, r.NeedB, r.Reason = s, sure, min(fail, c.size), need, fmt.Sprintf(format, args...)
}

func (c *checker) run() {
	if !Head(c.w.At(0, 16)) {
		c.stop(NotBMFF, 0, 0, 0, "no box that a file begins with")
		return
	}
	var mdat, open Box // the last mdat; one that reaches to the end of the file
	haveMoov, haveData := false, false
	at := int64(0)
	for at < c.size && len(c.rep.Boxes) < maxBoxes {
		b, ok := ReadBox(c.w, at, c.size)
		if !ok || !topLevel[b.Type] || b.Type == "ftyp" && at > 0 || b.ToEnd && b.Type != "mdat" {
			break
		}
		if b.Type == "mdat" {
			mdat, haveData = b, true
		}
		if b.ToEnd {
			open = b
			break
		}
		if c.complete(at, haveMoov, haveData) && !follows(b.Type, c.rep.Fragmented) {
			break // another file without a head of its own
		}
		if b.EndB() > c.size {
			c.cut(b, haveMoov)
			return
		}
		if !c.box(b) {
			c.stop(Damaged, b.BodyB(), max(c.bad.at+8, b.BodyB()+1), b.EndB(), "%s", c.bad.text)
			return
		}
		haveMoov = haveMoov || b.Type == "moov"
		c.rep.Boxes = append(c.rep.Boxes, b)
		at = b.EndB()
	}
	if c.w.Err() != nil {
		return
	}
	c.finish(at, haveMoov, haveData, mdat, open)
}

// maxBoxes bounds the boxes at top level: an hour of fragments of a frame each.
const maxBoxes = 1 << 20

// follows reports whether a box may stand behind one that completes a file.
func follows(kind string, fragmented bool) bool {
	switch kind {
	case "free", "skip", "uuid", "udta", "meta", "mfra", "mdat":
		return true
	case "moof", "styp", "sidx", "emsg", "prft":
		return fragmented
	}
	return false
}

// complete reports whether everything that the tables lead to lies before at.
func (c *checker) complete(at int64, haveMoov, haveData bool) bool {
	return (haveMoov || c.haveMeta) && (haveData || c.rep.DataEndB == 0) && c.rep.DataEndB <= at
}

// box reads what stands in one box at top level.
func (c *checker) box(b Box) bool {
	switch b.Type {
	case "ftyp":
		h := c.w.At(b.BodyB(), int(min(b.LengthB-b.HeaderB, 4096)))
		if len(h) < 8 {
			return c.wrong(b.OffsetB, "the brands are cut")
		}
		c.rep.Brand = string(h[:4])
		for h = h[8:]; len(h) >= 4; h = h[4:] {
			c.rep.Brands = append(c.rep.Brands, string(h[:4]))
		}
	case "moov":
		if len(c.rep.Tracks) > 0 {
			return c.wrong(b.OffsetB, "a second moov")
		}
		if !c.movie(b) {
			return false
		}
		for i := range c.rep.Tracks {
			c.reach(&c.rep.Tracks[i])
		}
	case "moof":
		return c.fragment(b)
	case "sidx":
		c.index(b)
	case "meta":
		if c.items != nil {
			if end, ok := c.items(c.w, b); ok {
				c.haveMeta = true
				c.rep.DataEndB = max(c.rep.DataEndB, end)
			}
		}
	}
	return true
}

// reach moves DataEndB to the end of a track's samples.
func (c *checker) reach(t *Track) {
	if t.external {
		return
	}
	for _, k := range t.chunks {
		c.rep.DataEndB = max(c.rep.DataEndB, k.at+t.length(k))
	}
}

// length is the sum of a chunk's samples.
func (t *Track) length(k chunk) int64 {
	if t.sizeB != 0 {
		if k.n > 1<<61/int64(t.sizeB) {
			return 1 << 61
		}
		return int64(t.sizeB) * k.n
	}
	n := int64(0)
	for _, s := range t.sizes[min(k.first, int64(len(t.sizes))):min(k.first+k.n, int64(len(t.sizes)))] {
		n += int64(s)
	}
	return n
}

// cut judges a file whose last box reaches past the data.
func (c *checker) cut(b Box, haveMoov bool) {
	if haveMoov {
		s := c.samples(c.size)
		if s.fail > 0 {
			c.stop(Damaged, max(s.sure, b.OffsetB), max(s.fail, b.OffsetB+1), max(b.EndB(), c.rep.DataEndB), "%s", s.text)
			return
		}
		c.stop(Truncated, max(s.sure, b.BodyB()), 0, max(b.EndB(), c.rep.DataEndB), "the data ends in %s, %d bytes too early", b.Type, b.EndB()-c.size)
		return
	}
	sure, need := b.BodyB(), int64(0)
	if b.Type == "mdat" {
		sure = max(sure, c.chain(b, c.size))
	}
	if b.Type == "moov" {
		need = b.EndB()
	}
	c.stop(Truncated, sure, 0, need, "the data ends in %s, %d bytes too early", b.Type, b.EndB()-c.size)
}

// finish judges a file behind whose last box there is none.
func (c *checker) finish(at int64, haveMoov, haveData bool, mdat, open Box) {
	r := &c.rep
	ended := at >= c.size
	last := at
	if open.LengthB > 0 {
		at = max(open.BodyB(), r.DataEndB) // what the tables lead to is all that is known of it
		if at > c.size {
			c.cut(open, haveMoov)
			return
		}
	}
	if !haveMoov && !c.haveMeta {
		c.headless(at, haveData, mdat, open, ended)
		return
	}
	if r.DataEndB > at || !haveData && r.DataEndB > 0 {
		s := c.samples(at)
		switch {
		case s.fail > 0:
			c.stop(Damaged, s.sure, s.fail, max(r.DataEndB, at), "%s", s.text)
		case ended:
			c.stop(Truncated, max(last, s.sure), 0, r.DataEndB, "its tables lead to byte %d", r.DataEndB)
		default:
			c.stop(Damaged, max(last, s.sure), last+8, r.DataEndB, "no box at %d, but its tables lead to byte %d", last, r.DataEndB)
		}
		return
	}
	if s := c.samples(at); s.fail > 0 {
		c.stop(Damaged, s.sure, s.fail, at, "%s", s.text)
		return
	}
	r.State, r.EndB = Whole, at
	r.EndKnown = open.LengthB == 0 && (!r.Fragmented || c.indexEnd == at || len(r.Boxes) > 0 && r.Boxes[len(r.Boxes)-1].Type == "mfra")
}

// headless judges a file of which no movie box was met.
func (c *checker) headless(at int64, haveData bool, mdat, open Box, ended bool) {
	if !haveData {
		c.stop(Damaged, at, at+8, 0, "no movie and no data")
		return
	}
	limit := at
	if open.LengthB > 0 {
		limit = c.size
	}
	sure := max(mdat.BodyB(), c.chain(mdat, limit))
	if open.LengthB > 0 || ended {
		c.stop(Truncated, sure, 0, 0, "the movie box that tells how to play it is not there")
		return
	}
	c.stop(Damaged, sure, at+8, 0, "no box at %d, where the movie box must follow", at)
}

// index reads a segment index: the sum of the segments tells where they end.
func (c *checker) index(b Box) {
	h := c.w.At(b.BodyB(), 40)
	if len(h) < 24 {
		return
	}
	at, first := 12, int64(0)
	if h[0] == 0 {
		first, at = int64(binary.BigEndian.Uint32(h[16:])), 20
	} else if len(h) == 40 {
		first, at = int64(binary.BigEndian.Uint64(h[20:])), 28
	}
	n := int64(binary.BigEndian.Uint16(h[at+2:]))
	end := b.EndB() + first
	before := c.bad
	if c.table(b, int64(at)+4, n, 12, func(_ int64, e []byte) bool {
		if x := binary.BigEndian.Uint32(e); x>>31 == 0 {
			end += int64(x)
		}
		return true
	}) {
		c.indexEnd = max(c.indexEnd, end)
	}
	c.bad = before
}

// Kind is the name of the file's kind: "mov", "3gp", "m4a", "m4v", "mp4".
func (r *Report) Kind() string {
	switch b := r.Brand; {
	case b == "qt  ", b == "":
		return "mov"
	case strings.HasPrefix(b, "3g"):
		return "3gp"
	case b == "M4A ", b == "M4B ":
		return "m4a"
	case strings.HasPrefix(b, "M4V"):
		return "m4v"
	}
	return "mp4"
}
