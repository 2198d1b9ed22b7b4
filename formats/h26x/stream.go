package h26x

import (
	"bytes"
	"fmt"
	"io"

	"firescene/formats"
)

// State says how far a stream could be followed.
type State int

// The states of a checked stream.
const (
	Whole     State = iota // from its parameter sets to where it visibly ends
	Truncated              // the data ends, or foreign data begins, inside its last unit
	Orphan                 // units without the parameter sets that they need
	NotStream              // does not begin like one
)

func (s State) String() string {
	return [...]string{"whole", "truncated", "without parameter sets", "not a stream"}[s]
}

// Report is what Check found. Offsets count from the first byte given to it.
type Report struct {
	State         State
	Codec         Codec
	EndB          int64 // Whole: one past the last unit
	SureB         int64 // header of the last unit that another follows: bytes before it belong together
	FailB         int64 // where something stands that no unit may hold; 0 when nothing does
	Reason        string
	Width, Height int
	Units         int64
	Slices, Keys  int64
	Parsed        int64 // slices of which every code was followed
}

const (
	windowB = 256 << 10
	stepB   = 16 << 10 // in which the end of a unit is looked for
	// maxUnitB is the longest unit believed.
	maxUnitB = 16 << 20
	sectorB  = 512
)

// StartB is the length of the start code that b begins with, 3 or 4; 0 for none.
func StartB(b []byte) int {
	switch {
	case bytes.HasPrefix(b, []byte{0, 0, 1}):
		return 3
	case bytes.HasPrefix(b, []byte{0, 0, 0, 1}):
		return 4
	}
	return 0
}

// Head reports whether b begins like a stream: a start code and a parameter set, a
// delimiter or a message.
func Head(b []byte) bool {
	n := StartB(b)
	if n == 0 || len(b) < n+4 {
		return false
	}
	u := b[n:]
	switch u[0] {
	case 0x67, 0x47, 0x27:
		switch u[1] {
		case 66, 77, 88, 100, 110, 122, 244, 44:
			return u[3] >= 9 && u[3] <= 62
		}
	case 0x09:
		return u[1]&0x1F == 0x10 && StartB(u[2:]) > 0
	case 0x06:
		return u[1] <= 5 || u[1] == 0x80
	case 0x40, 0x42, 0x46:
		return u[1] == 1
	}
	return false
}

// HeadOrphan reports whether b begins with a slice that needs no other picture.
func HeadOrphan(b []byte) bool {
	n := StartB(b)
	if n == 0 || len(b) < n+4 {
		return false
	}
	u := b[n:]
	return u[0]&0x9F == avcIDR && u[0]&0x60 != 0 && (u[1] == 0x88 || u[1]&0xF8 == 0xB8) || (u[0] == 0x26 || u[0] == 0x28) && u[1] == 1 && u[2]&0x80 != 0
}

// Check walks the byte stream (annex B) that begins at offset 0 of r and reads at
// most size bytes. Its end is known when zeros fill the rest of a sector behind
// it, when the data ends, or when every code of its last slice was followed. The
// error is an error of r other than an early end.
func Check(r io.ReaderAt, size int64) (Report, error) {
	c := &checker{w: formats.NewWindow(r, size, windowB), size: size, hevcPPS: map[uint32]bool{}}
	c.run()
	return c.rep, c.w.Err()
}

type checker struct {
	w        *formats.Window
	size     int64
	rep      Report
	sets     Sets
	hevcPPS  map[uint32]bool
	hevcSPS  bool
	buf      []byte
	orphan   bool
	followed int64 // bytes of slices whose codes were followed
	longest  int64 // unit so far
}

// followB is how much of a stream is followed code by code: then only its last
// slice is, which tells the end.
const followB = 32 << 20

// Sets are the parameter sets of an AVC stream. The zero value has none.
type Sets struct {
	sps map[uint32]sps
	pps map[uint32]pps
}

// Add takes a unit that is a parameter set. It is false when it is not valid.
func (s *Sets) Add(unit []byte) bool {
	if len(unit) < 2 {
		return false
	}
	if s.sps == nil {
		s.sps, s.pps = map[uint32]sps{}, map[uint32]pps{}
	}
	switch unit[0] & 0x1F {
	case avcSPS:
		id, x, ok := parseSPS(unit[1:])
		if ok {
			s.sps[id] = x
		}
		return ok
	case avcPPS:
		id, x, ok := parsePPS(unit[1:])
		if ok {
			s.pps[id] = x
		}
		return ok
	}
	return false
}

// Follow follows the codes of a unit that is a slice. endB is where in the unit
// it ends, or about where it goes wrong.
func (s *Sets) Follow(unit []byte) (f Following, endB int) {
	if len(unit) < 2 || unit[0]&0x1F != avcSlice && unit[0]&0x1F != avcIDR {
		return NotFollowed, 0
	}
	r := newBits(unit[1:])
	r.ue()
	r.ue()
	p, ok := s.pps[r.ue()]
	q, okQ := s.sps[p.sps]
	if r.over || !ok || !okQ {
		return NotFollowed, 0
	}
	f, endB = followSlice(q, p, int(unit[0]&0x1F), unit[0]>>5&3, unit[1:])
	return f, 1 + endB
}

// mark is what ends a unit: a start code, or what can not stand in a unit.
type mark struct {
	at    int64
	next  int64 // header of the next unit; 0 when none follows
	zeros int64 // zeros at the mark when none follows
}

// find looks for the end of the unit that begins at from.
func (c *checker) find(from int64) mark {
	for at := from; ; {
		b := c.w.At(at, stepB)
		for i := 0; ; {
			k := bytes.Index(b[i:], zeros)
			if k < 0 || i+k+3 >= len(b) {
				break
			}
			i += k
			p := at + int64(i)
			switch x := b[i+2]; {
			case x == 1:
				return mark{at: p, next: p + 3}
			case x == 0:
				return c.zeroRun(p)
			case x == 2, x == 3 && b[i+3] > 3:
				return mark{at: p}
			}
			i += 2
		}
		if at+int64(len(b)) >= c.size || len(b) < 4 {
			return c.atEnd(c.size)
		}
		if at += int64(len(b)) - 3; at-from > maxUnitB {
			return mark{at: at}
		}
	}
}

// atEnd is the mark of the end of the data: zeros before it do not count.
func (c *checker) atEnd(end int64) mark {
	z := int64(0)
	for z < 3 {
		b := c.w.At(end-1-z, 1)
		if len(b) == 0 || b[0] != 0 {
			break
		}
		z++
	}
	return mark{at: end - z, zeros: z}
}

// zeroRun tells whether a start code follows zeros.
func (c *checker) zeroRun(p int64) mark {
	for at := p; at < c.size; {
		b := c.w.At(at, 4096)
		rest := bytes.TrimLeft(b, "\x00")
		if len(rest) > 0 {
			q := at + int64(len(b)-len(rest))
			if rest[0] == 1 && q-p < 4096 {
				return mark{at: p, next: q + 1}
			}
			return mark{at: p, zeros: q - p}
		}
		if len(b) == 0 {
			break
		}
		at += int64(len(b))
		if at-p >= 2*sectorB {
			return mark{at: p, zeros: at - p}
		}
	}
	return mark{at: p, zeros: c.size - p}
}

func (c *checker) run() {
	h := c.w.At(0, 16)
	n := StartB(h)
	if n == 0 || !Head(h) && !HeadOrphan(h) {
		c.rep.State, c.rep.Reason = NotStream, "no start code and unit that a stream begins with"
		return
	}
	switch h[n] {
	case 0x40, 0x42, 0x46, 0x26, 0x28:
		c.rep.Codec = HEVC
	}
	c.orphan = !Head(h)
	at := int64(n)
	for {
		m := c.find(at)
		good, slice, endB := c.unit(at, m.at, m.next == 0)
		if !good {
			// what the start code before it stood in, or this unit, is foreign
			c.foreign(at, "no unit of the stream begins at %d", at)
			return
		}
		switch end := at + endB; {
		case slice == Followed && end < m.at && (m.next == 0 || m.at-end > 8):
			// the slice is complete: what follows it is not of the stream
			m = mark{at: end}
		case slice == Followed && m.next == 0:
			m.at = end
		case slice == Wrong:
			c.foreign(min(end+1, m.at+3), "the codes of the slice at %d go wrong", at)
			return
		}
		c.rep.Units++
		if m.next == 0 {
			c.end(at, m, slice == Followed)
			return
		}
		c.longest = max(c.longest, m.at-at)
		c.rep.SureB = at + int64(c.rep.Codec.HeaderB())
		c.rep.EndB = m.at
		at = m.next
	}
}

// foreign ends the walk at a unit that is none.
func (c *checker) foreign(at int64, format string, args ...any) {
	c.rep.FailB, c.rep.Reason = at, fmt.Sprintf(format, args...)
	c.rep.State = Truncated
	if c.rep.Units == 0 || c.rep.Slices == 0 {
		c.rep.State = NotStream
	}
	c.settle()
}

// end judges the last unit, which ends at m.
func (c *checker) end(at int64, m mark, parsed bool) {
	atEnd := m.at+m.zeros >= c.size
	filled := m.zeros >= 3 && (m.at%sectorB != 0 && m.at+m.zeros >= (m.at+sectorB-1)/sectorB*sectorB || atEnd)
	switch {
	case c.rep.Slices == 0:
		c.rep.State, c.rep.Reason = NotStream, "no slice in it"
	case parsed, (filled || atEnd) && m.at-at <= c.longest: // a longer one holds what follows it
		c.rep.State, c.rep.EndB = Whole, m.at
	default:
		c.rep.State, c.rep.FailB, c.rep.Reason = Truncated, m.at+3, fmt.Sprintf("its last unit, at %d, has no end that can be told from what follows", at)
	}
	c.settle()
}

// settle tells streams without their sets apart.
func (c *checker) settle() {
	if c.orphan && (c.rep.State == Whole || c.rep.State == Truncated) {
		c.rep.State = Orphan
	}
}

// unit checks the unit in [from, to). Of a slice it tells what following its codes
// came to, and where in the unit it ends or goes wrong.
func (c *checker) unit(from, to int64, last bool) (ok bool, slice Following, endB int64) {
	n := to - from
	if n < int64(c.rep.Codec.HeaderB()) || n > maxUnitB {
		return false, 0, 0
	}
	u := c.w.At(from, int(min(windowB, n)))
	if n > windowB {
		c.buf = append(c.buf[:0], u...)
		for at := from + int64(len(u)); at < to && len(u) > 0; at += int64(len(u)) {
			u = c.w.At(at, int(min(windowB, to-at)))
			c.buf = append(c.buf, u...)
		}
		u = c.buf
	}
	if int64(len(u)) < n {
		return false, 0, 0
	}
	t, ok := c.rep.Codec.UnitType(u)
	if !ok {
		return false, 0, 0
	}
	if c.rep.Codec == AVC {
		return c.avc(t, u, last)
	}
	return c.hevc(t, u[2:]), 0, 0
}

func (c *checker) avc(t int, u []byte, last bool) (ok bool, slice Following, endB int64) {
	switch t {
	case avcSPS, avcPPS:
		if !c.sets.Add(u) {
			return false, 0, 0
		}
		for _, x := range c.sets.sps {
			c.rep.Width, c.rep.Height = x.width, x.height
		}
	case avcSlice, avcIDR:
		r := newBits(u[1:])
		first, kind, set := r.ue(), r.ue(), r.ue()
		p, known := c.sets.pps[set]
		s, knownS := c.sets.sps[p.sps]
		if r.over || kind > 9 || set > 255 || first >= 1<<20 || !c.orphan && (!known || !knownS) {
			return false, 0, 0
		}
		if knownS && int(first) >= s.wideMB*s.highMB {
			return false, 0, 0
		}
		c.rep.Slices++
		if t == avcIDR {
			c.rep.Keys++
		}
		if last || c.followed < followB {
			f, n := c.sets.Follow(u)
			slice, endB = f, int64(n)
			if c.followed += int64(len(u)); f == Followed || f == Part {
				c.rep.Parsed++
			}
		}
	case 2, 3, 4, avcSEI, avcAUD, 10, 11, 12, 13, 14, 15, 19, 20:
	default:
		return false, 0, 0
	}
	return true, slice, endB
}

func (c *checker) hevc(t int, body []byte) bool {
	r := newBits(body)
	switch {
	case t == hevcVPS:
		v := r.bits(16) // id, base layer, layers, sub-layers, nesting
		return v>>4&0x3F <= 62 && v>>1&7 <= 6 && r.bits(16) == 0xFFFF && !r.over
	case t == hevcSPS:
		_, w, h, ok := parseHEVCSPS(body)
		if ok {
			c.rep.Width, c.rep.Height, c.hevcSPS = w, h, true
		}
		return ok
	case t == hevcPPS:
		id, set := r.ue(), r.ue()
		if r.over || id > 63 || set > 15 {
			return false
		}
		c.hevcPPS[id] = true
		return true
	case t <= hevcSlice:
		first := r.flag()
		if t >= 16 && t <= 23 {
			r.flag()
		}
		id := r.ue()
		if r.over || id > 63 || !c.orphan && (!c.hevcPPS[id] || !c.hevcSPS) {
			return false
		}
		if c.rep.Slices++; t >= hevcIDRW-3 && t <= hevcCRA && first {
			c.rep.Keys++
		}
		return true
	}
	return t <= hevcSEI2
}
