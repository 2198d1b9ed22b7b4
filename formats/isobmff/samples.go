package isobmff

import (
	"encoding/binary"
	"fmt"
	"sort"

	"firescene/formats/h26x"
)

// found is how far samples could be checked.
type found struct {
	sure, fail int64 // fail 0: nothing wrong
	unit       int64 // behind the header of the unit whose codes were followed last
	text       string
}

// place is a chunk of a track.
type place struct {
	chunk
	t *Track
}

// samples checks the samples of H.264, H.265 and MPEG-4 tracks in the order of
// the file up to limit: first that they break up into units, then the codes of
// those that can be followed. Where the units go wrong, the codes of the last ones
// before that tell more exactly where.
func (c *checker) samples(limit int64) found {
	var all []place
	for _, ts := range [][]Track{c.rep.Tracks, c.pieces} {
		for i := range ts {
			if t := &ts[i]; !t.external && (t.unitLengthB > 0 || t.Coding == "mp4v") {
				for _, k := range t.chunks {
					all = append(all, place{k, t})
				}
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].at < all[j].at })
	f := c.each(all, limit, nil)
	if f.fail == 0 {
		g := c.each(all, limit, func(int64, int64) bool { return true })
		g.sure = max(g.sure, f.sure)
		if g.fail > 0 {
			g.sure = min(g.sure, g.unit)
		}
		return g
	}
	first := int64(-1)
	g := c.each(all, f.fail, func(at, n int64) bool {
		if first < 0 {
			first = at
		}
		return at < first+firstB || at+n >= f.sure-8
	})
	if g.fail > 0 && g.fail < f.fail {
		g.sure = min(f.sure, g.unit)
		return g
	}
	return f
}

// firstB is how far into a track samples are followed to see whether they can be.
const firstB = 64 << 10

// each checks samples up to limit: their units or, with codes, the codes of those
// that it chooses.
func (c *checker) each(all []place, limit int64, codes func(at, n int64) bool) found {
	f, sum := found{}, int64(0)
	for _, p := range all {
		at := p.at
		if p.t.sizeB == 0 {
			p.n = max(0, min(p.n, int64(len(p.t.sizes))-p.first))
		}
		for i := range p.n {
			n := p.t.sample(p.first + i)
			if at+n > limit {
				return f
			}
			if sum += n; sum > 2*limit {
				f.fail, f.text = max(1, f.sure), "the samples lie over each other"
				return f
			}
			switch {
			case n == 0:
			case codes == nil:
				if !c.oneSample(p.t, at, n, &f) {
					return f
				}
			case p.t.unitLengthB > 0 && p.t.codec == h26x.AVC && codes(at, n):
				if !c.codes(p.t, at, n, &f) {
					return f
				}
			}
			at += n
		}
	}
	return f
}

// codes follows the slices of a sample whose units are known to be right, or end
// where the units go wrong.
func (c *checker) codes(t *Track, at, n int64, f *found) bool {
	for end := at + n; at < end; {
		h := c.w.At(at, t.unitLengthB)
		k := int64(0)
		for _, x := range h {
			k = k<<8 | int64(x)
		}
		from := at + int64(t.unitLengthB)
		if len(h) < t.unitLengthB || k == 0 || k > end-from {
			return true
		}
		f.unit = from + 1
		if !c.follow(t, from, k, f) {
			return false
		}
		at = from + k
	}
	return true
}

// followB is how many bytes of slices are followed code by code.
const followB = 32 << 20

// follow follows the codes of the slices in a unit, where they are of a kind that
// can be, and where the first of the track could be.
func (c *checker) follow(t *Track, from, n int64, f *found) bool {
	if c.noCodes || c.followed > followB || n > maxUnitB {
		return true
	}
	if int64(cap(c.unitBuf)) < n {
		c.unitBuf = make([]byte, max(n, windowB))
	}
	u := c.unitBuf[:0]
	for at := from; at < from+n; {
		b := c.w.At(at, int(min(windowB, from+n-at)))
		if len(b) == 0 {
			return true
		}
		u = append(u, b...)
		at += int64(len(b))
	}
	got, end := t.sets.Follow(u)
	switch got {
	case h26x.Followed, h26x.Part:
		c.rep.Slices++
		f.sure = max(f.sure, from+n)
	case h26x.Wrong:
		if c.rep.Slices == 0 { // this stream is not understood
			c.noCodes = true
			return true
		}
		f.fail, f.text = min(from+int64(end)+1, from+n), fmt.Sprintf("the codes of the slice at %d go wrong", from)
		return false
	}
	c.followed += n
	return true
}

// maxUnitB is the longest unit whose codes are followed.
const maxUnitB = 8 << 20

// oneSample checks one sample.
func (c *checker) oneSample(t *Track, at, n int64, f *found) bool {
	if t.unitLengthB == 0 {
		if h := c.w.At(at, 3); n >= 4 && len(h) == 3 && (h[0] != 0 || h[1] != 0 || h[2] != 1) {
			f.fail, f.text = at+3, fmt.Sprintf("no start code in the sample at %d", at)
			return false
		}
		f.sure = max(f.sure, at+3)
		return true
	}
	for end := at + n; at < end; {
		next, ok := c.unit(t.codec, int64(t.unitLengthB), at, end, f)
		if !ok {
			return false
		}
		at = next
	}
	return true
}

// unit checks the unit whose length field is at, in a sample that ends at end.
func (c *checker) unit(codec h26x.Codec, lengthB, at, end int64, f *found) (next int64, ok bool) {
	h := c.w.At(at, int(lengthB)+codec.HeaderB())
	if len(h) < int(lengthB)+1 {
		return 0, false
	}
	n := int64(0)
	for _, x := range h[:lengthB] {
		n = n<<8 | int64(x)
	}
	from := at + lengthB
	if n == 0 || n > end-from {
		f.fail, f.text = at+lengthB, fmt.Sprintf("the unit at %d is %d bytes long in a sample of which %d are left", at, n, end-from)
		return 0, false
	}
	if _, ok := codec.UnitType(h[lengthB:]); !ok {
		f.fail, f.text = from+int64(codec.HeaderB()), fmt.Sprintf("no unit of %v begins at %d", codec, from)
		return 0, false
	}
	f.sure = max(f.sure, from+int64(codec.HeaderB()))
	if bad := c.forbidden(from, n); bad >= 0 {
		f.fail, f.text = bad+3, fmt.Sprintf("bytes at %d that can not stand in a unit", bad)
		return 0, false
	}
	c.rep.Units++
	return from + n, true
}

// forbidden looks for bytes that can not stand in the n bytes of a unit, other
// than zeros that fill it up to its end. It is -1 when there are none.
func (c *checker) forbidden(from, n int64) int64 {
	const overlap = 2
	for at := from; at < from+n; {
		b := c.w.At(at, int(min(windowB, from+n-at)))
		if len(b) == 0 {
			return -1
		}
		if i := h26x.Forbidden(b); i >= 0 {
			if bad := at + int64(i); !c.zeros(bad, from+n) {
				return bad
			}
			return -1
		}
		if at+int64(len(b)) >= from+n {
			return -1
		}
		at += max(1, int64(len(b))-overlap)
	}
	return -1
}

// zeros reports whether there is nothing else in [from, to).
func (c *checker) zeros(from, to int64) bool {
	for from < to {
		b := c.w.At(from, int(min(windowB, to-from)))
		for _, x := range b {
			if x != 0 {
				return false
			}
		}
		if len(b) == 0 {
			return false
		}
		from += int64(len(b))
	}
	return true
}

// chain follows units of H.264 from the beginning of an mdat without any table,
// as recorders without sound write them with four-byte lengths. It returns how
// far they prove that the data belongs together.
func (c *checker) chain(mdat Box, limit int64) (sure int64) {
	limit = min(limit, mdat.EndB())
	for at, units := mdat.BodyB(), 0; at < limit; units++ {
		n := c.looseUnit(at, limit)
		if n == 0 {
			break
		}
		if units > 0 {
			sure = at + 5
		}
		at += 4 + n
	}
	return sure
}

// looseUnit is the length of a unit that is believed without a table, 0 for none.
func (c *checker) looseUnit(at, limit int64) int64 {
	h := c.w.At(at, 5)
	if len(h) < 5 {
		return 0
	}
	n := int64(binary.BigEndian.Uint32(h))
	if n < 2 || n > 4<<20 || at+4+n > limit {
		return 0
	}
	switch t, ok := h26x.AVC.UnitType(h[4:]); {
	case !ok, t > 12, t > 1 && t < 5:
		return 0
	}
	return n
}
