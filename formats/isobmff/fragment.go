package isobmff

import "encoding/binary"

// fragment reads a moof: where the samples of its runs lie (8.8.7, 8.8.8).
func (c *checker) fragment(moof Box) bool {
	c.rep.Fragmented = true
	ok, at := Children(c.w, moof, 0, func(b Box) bool {
		if b.Type != "traf" {
			return true
		}
		f := trackFragment{base: moof.OffsetB, next: -1}
		ok, at := Children(c.w, b, 0, func(x Box) bool {
			switch x.Type {
			case "tfhd":
				return c.fragmentHeader(&f, x)
			case "trun":
				return c.run1(&f, x)
			}
			return true
		})
		return ok || c.wrong(at, "the boxes in traf do not fill it")
	})
	return ok || c.wrong(at, "the boxes in moof do not fill it")
}

// trackFragment is what a traf says of its runs.
type trackFragment struct {
	track *Track
	base  int64
	sizeB uint32 // of samples whose run does not say
	next  int64  // where the run before ended; -1 for the first
}

func (c *checker) fragmentHeader(f *trackFragment, b Box) bool {
	h := c.w.At(b.BodyB(), int(min(b.LengthB-b.HeaderB, 40)))
	if len(h) < 8 {
		return c.wrong(b.OffsetB, "the fragment header is cut")
	}
	flags, id, at := binary.BigEndian.Uint32(h)&0xFFFFFF, binary.BigEndian.Uint32(h[4:]), 8
	f.sizeB = c.defaults[id]
	for i := range c.rep.Tracks {
		if c.rep.Tracks[i].ID == id {
			f.track = &c.rep.Tracks[i]
		}
	}
	for _, x := range []struct {
		flag uint32
		n    int
	}{{0x1, 8}, {0x2, 4}, {0x8, 4}, {0x10, 4}} {
		if flags&x.flag == 0 {
			continue
		}
		if at+x.n > len(h) {
			return c.wrong(b.OffsetB, "the fragment header is cut")
		}
		switch x.flag {
		case 0x1:
			if v := binary.BigEndian.Uint64(h[at:]); v < 1<<62 {
				f.base = int64(v)
			}
		case 0x10:
			f.sizeB = binary.BigEndian.Uint32(h[at:])
		}
		at += x.n
	}
	return true
}

// run1 reads one trun.
func (c *checker) run1(f *trackFragment, b Box) bool {
	h := c.w.At(b.BodyB(), int(min(b.LengthB-b.HeaderB, 16)))
	if len(h) < 8 {
		return c.wrong(b.OffsetB, "a run of samples is cut")
	}
	flags, n := binary.BigEndian.Uint32(h)&0xFFFFFF, int64(binary.BigEndian.Uint32(h[4:]))
	at, skip := f.base, int64(8)
	if f.next >= 0 {
		at = f.next
	}
	if flags&1 != 0 && len(h) >= 12 {
		at = f.base + int64(int32(binary.BigEndian.Uint32(h[8:])))
		skip += 4
	}
	if flags&4 != 0 {
		skip += 4
	}
	entryB, sizeAt := int64(0), int64(-1)
	for _, flag := range []uint32{0x100, 0x200, 0x400, 0x800} {
		if flags&flag != 0 {
			if flag == 0x200 {
				sizeAt = entryB
			}
			entryB += 4
		}
	}
	t := Track{Samples: n, sizeB: f.sizeB}
	if f.track != nil {
		t.Coding, t.unitLengthB, t.codec, t.external = f.track.Coding, f.track.unitLengthB, f.track.codec, f.track.external
		f.track.Samples += n
	}
	if sizeAt >= 0 {
		if !c.room(n) {
			return c.wrong(b.OffsetB, "a run claims %d samples", n)
		}
		t.sizeB = 0
		t.sizes = make([]uint32, 0, min(n, b.LengthB/4))
		if !c.table(b, skip, n, entryB, func(_ int64, e []byte) bool {
			t.sizes = append(t.sizes, binary.BigEndian.Uint32(e[sizeAt:]))
			return true
		}) {
			return false
		}
	}
	k := chunk{at: at, n: n}
	if at < 0 || at > 1<<62 {
		return c.wrong(b.OffsetB, "a run begins at %d", at)
	}
	t.chunks = []chunk{k}
	f.next = at + t.length(k)
	c.reach(&t)
	c.pieces = append(c.pieces, t)
	return true
}
