package laz

import "encoding/binary"

// point10V1 reads the first item as LASzip 1 wrote it.
type point10V1 struct {
	d                                    *rangeDecoder
	last                                 [20]byte
	dx, dy                               [3]int32
	at                                   int
	icX, icY, icZ, icInt, icAngle, icSrc *intDecoder
	changed                              model
	flags, class, user                   bytes256
}

func newPoint10V1(d *rangeDecoder) *point10V1 {
	return &point10V1{d: d, icX: newIntDecoder(d, 32, 1), icY: newIntDecoder(d, 32, 20), icZ: newIntDecoder(d, 32, 20),
		icInt: newIntDecoder(d, 16, 1), icAngle: newIntDecoder(d, 8, 2), icSrc: newIntDecoder(d, 16, 1)}
}

func (p *point10V1) start(first []byte) {
	copy(p.last[:], first)
	p.dx, p.dy, p.at = [3]int32{}, [3]int32{}, 0
	for _, c := range []*intDecoder{p.icX, p.icY, p.icZ, p.icInt, p.icAngle, p.icSrc} {
		c.ready()
	}
	p.changed.ready(64, true)
	p.flags.ready()
	p.class.ready()
	p.user.ready()
}

func middle(v *[3]int32) int32 {
	return max(min(v[0], v[1]), min(max(v[0], v[1]), v[2]))
}

func (p *point10V1) next(dst []byte) {
	d, last, le := p.d, &p.last, binary.LittleEndian
	now := *last
	dx := p.icX.next(middle(&p.dx), 0)
	k := p.icX.k
	dy := p.icY.next(middle(&p.dy), min(k, 19))
	k = (k + p.icY.k) / 2
	le.PutUint32(now[0:], le.Uint32(last[0:])+uint32(dx))
	le.PutUint32(now[4:], le.Uint32(last[4:])+uint32(dy))
	le.PutUint32(now[8:], uint32(p.icZ.next(int32(le.Uint32(last[8:])), min(k, 19))))
	if changed := d.symbol(&p.changed); changed != 0 {
		if changed&32 != 0 {
			le.PutUint16(now[12:], uint16(p.icInt.next(int32(le.Uint16(last[12:])), 0)))
		}
		if changed&16 != 0 {
			now[14] = byte(d.symbol(p.flags.at(last[14], true)))
		}
		if changed&8 != 0 {
			now[15] = byte(d.symbol(p.class.at(last[15], true)))
		}
		if changed&4 != 0 {
			now[16] = byte(p.icAngle.next(int32(last[16]), one(k < 3)))
		}
		if changed&2 != 0 {
			now[17] = byte(d.symbol(p.user.at(last[17], true)))
		}
		if changed&1 != 0 {
			le.PutUint16(now[18:], uint16(p.icSrc.next(int32(le.Uint16(last[18:])), 0)))
		}
	}
	p.dx[p.at], p.dy[p.at] = dx, dy
	p.at = (p.at + 1) % 3
	*last = now
	copy(dst[:20], now[:])
}

// gpsTimeV1 reads a time column of LASzip 1.
type gpsTimeV1 struct {
	d           *rangeDecoder
	time        uint64
	diff        int32
	extreme     int
	multi, zero model
	ic          *intDecoder
}

const gpsMulti1 = 512

func newGPSTimeV1(d *rangeDecoder) *gpsTimeV1 {
	return &gpsTimeV1{d: d, ic: newIntDecoder(d, 32, 6)}
}

func (g *gpsTimeV1) start(first []byte) {
	g.time, g.diff, g.extreme = binary.LittleEndian.Uint64(first), 0, 0
	g.multi.ready(gpsMulti1, true)
	g.zero.ready(3, true)
	g.ic.ready()
}

func (g *gpsTimeV1) settle(diff int32) {
	if g.extreme++; g.extreme > 3 {
		g.diff, g.extreme = diff, 0
	}
}

func (g *gpsTimeV1) next(dst []byte) {
	if g.diff == 0 {
		switch g.d.symbol(&g.zero) {
		case 1:
			g.diff = g.ic.next(0, 0)
			g.time += uint64(int64(g.diff))
		case 2:
			g.time = g.d.uint64()
		}
		binary.LittleEndian.PutUint64(dst, g.time)
		return
	}
	var diff int32
	switch code := g.d.symbol(&g.multi); {
	case code == 1:
		diff = g.ic.next(g.diff, 1)
		g.diff, g.extreme = diff, 0
	case code == 0:
		diff = g.ic.next(g.diff/4, 2)
		g.settle(diff)
	case code < 10:
		diff = g.ic.next(int32(code)*g.diff, 3)
	case code < 50:
		diff = g.ic.next(int32(code)*g.diff, 4)
	case code < gpsMulti1-2:
		diff = g.ic.next(int32(code)*g.diff, 5)
		if code == gpsMulti1-3 {
			g.settle(diff)
		}
	case code == gpsMulti1-2:
		g.time = g.d.uint64()
	}
	g.time += uint64(int64(diff))
	binary.LittleEndian.PutUint64(dst, g.time)
}

// rgbV1 reads a colour column of LASzip 1.
type rgbV1 struct {
	d    *rangeDecoder
	last [6]byte
	used model
	ic   *intDecoder
}

func newRGBV1(d *rangeDecoder) *rgbV1 { return &rgbV1{d: d, ic: newIntDecoder(d, 8, 6)} }

func (c *rgbV1) start(first []byte) {
	copy(c.last[:], first)
	c.used.ready(64, true)
	c.ic.ready()
}

func (c *rgbV1) next(dst []byte) {
	sym := c.d.symbol(&c.used)
	for i := range c.last {
		if sym>>i&1 != 0 {
			c.last[i] = byte(c.ic.next(int32(c.last[i]), uint32(i)))
		}
	}
	copy(dst, c.last[:])
}

// extraV1 reads further bytes of LASzip 1.
type extraV1 struct {
	last []byte
	ic   *intDecoder
}

func (x *extraV1) start(first []byte) {
	x.last = append(x.last[:0], first...)
	x.ic.ready()
}

func (x *extraV1) next(dst []byte) {
	for i := range x.last {
		x.last[i] = byte(x.ic.next(int32(x.last[i]), uint32(i)))
	}
	copy(dst, x.last)
}

// wave is the state of wave packet references, the same in all versions.
type wave struct {
	last   [29]byte
	diff   int32
	sym    uint32
	index  model
	offset [4]model
	icDiff *intDecoder
	icSize *intDecoder
	icBack *intDecoder
	icXYZ  *intDecoder
}

func (w *wave) start(d *rangeDecoder, first []byte) {
	if w.icDiff == nil {
		w.icDiff, w.icSize, w.icBack, w.icXYZ = newIntDecoder(d, 32, 1), newIntDecoder(d, 32, 1), newIntDecoder(d, 32, 1), newIntDecoder(d, 32, 3)
	}
	copy(w.last[:], first)
	w.diff, w.sym = 0, 0
	w.index.ready(256, true)
	for i := range w.offset {
		w.offset[i].ready(4, true)
	}
	for _, c := range []*intDecoder{w.icDiff, w.icSize, w.icBack, w.icXYZ} {
		c.ready()
	}
}

// read takes the next reference and its prediction from last.
func (w *wave) read(d *rangeDecoder, last *[29]byte) {
	le := binary.LittleEndian
	last[0] = byte(d.symbol(&w.index))
	offset, size := le.Uint64(last[1:]), le.Uint32(last[9:])
	w.sym = d.symbol(&w.offset[w.sym&3])
	switch w.sym {
	case 0:
	case 1:
		offset += uint64(size)
	case 2:
		w.diff = w.icDiff.next(w.diff, 0)
		offset += uint64(int64(w.diff))
	default:
		offset = d.uint64()
	}
	le.PutUint64(last[1:], offset)
	le.PutUint32(last[9:], uint32(w.icSize.next(int32(size), 0)))
	le.PutUint32(last[13:], uint32(w.icBack.next(int32(le.Uint32(last[13:])), 0)))
	for k := range 3 {
		p := last[17+4*k:]
		le.PutUint32(p, uint32(w.icXYZ.next(int32(le.Uint32(p)), uint32(k))))
	}
}

type waveDecoder struct {
	wave
	d *rangeDecoder
}

func (w *waveDecoder) start(first []byte) { w.wave.start(w.d, first) }

func (w *waveDecoder) next(dst []byte) {
	w.read(w.d, &w.last)
	copy(dst, w.last[:])
}
