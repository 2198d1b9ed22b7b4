package laz

import "encoding/binary"

// itemDecoder reads one item of the records of a chunk, after the first record,
// which is stored as it is.
type itemDecoder interface {
	start(first []byte)
	next(dst []byte)
}

// bytes256 holds models of a byte by the byte before, made when first used.
type bytes256 struct {
	m    [256]*model
	live [256]bool
}

func (b *bytes256) ready() { b.live = [256]bool{} }

func (b *bytes256) at(i uint8, decode bool) *model {
	if !b.live[i] {
		if b.m[i] == nil {
			b.m[i] = &model{}
		}
		b.m[i].ready(256, decode)
		b.live[i] = true
	}
	return b.m[i]
}

// point10 is the state that reading and writing of the 20 bytes that formats 0 to
// 5 begin with share, in version 2.
type point10 struct {
	last       [20]byte
	x, y, z    int32
	dx, dy     [16]median5
	intensity  [16]uint16
	height     [8]int32
	changed    model
	angle      [2]model
	flags      bytes256
	class      bytes256
	user       bytes256
	n, r, m, l int
}

func (p *point10) start(first []byte, decode bool) {
	for i := range p.dx {
		p.dx[i].ready()
		p.dy[i].ready()
	}
	p.intensity, p.height = [16]uint16{}, [8]int32{}
	p.changed.ready(64, decode)
	p.angle[0].ready(256, decode)
	p.angle[1].ready(256, decode)
	p.flags.ready()
	p.class.ready()
	p.user.ready()
	copy(p.last[:], first)
	le := binary.LittleEndian
	p.x, p.y, p.z = int32(le.Uint32(first)), int32(le.Uint32(first[4:])), int32(le.Uint32(first[8:]))
	p.last[12], p.last[13] = 0, 0
	p.returns(p.last[14])
}

// returns classifies the return by the byte of flags.
func (p *point10) returns(flags byte) {
	p.r, p.n = int(flags&7), int(flags>>3&7)
	p.m, p.l = int(returnMap8[p.n][p.r]), penetration(p.n, p.r)
}

type point10Decoder struct {
	point10
	d                            *rangeDecoder
	icX, icY, icZ, icInt, icFrom *intDecoder
}

func newPoint10Decoder(d *rangeDecoder) *point10Decoder {
	return &point10Decoder{d: d, icX: newIntDecoder(d, 32, 2), icY: newIntDecoder(d, 32, 22), icZ: newIntDecoder(d, 32, 20),
		icInt: newIntDecoder(d, 16, 4), icFrom: newIntDecoder(d, 16, 1)}
}

func (p *point10Decoder) start(first []byte) {
	p.point10.start(first, true)
	for _, c := range []*intDecoder{p.icX, p.icY, p.icZ, p.icInt, p.icFrom} {
		c.ready()
	}
}

func (p *point10Decoder) next(dst []byte) {
	d, last, le := p.d, &p.last, binary.LittleEndian
	if changed := d.symbol(&p.changed); changed != 0 {
		if changed&32 != 0 {
			last[14] = byte(d.symbol(p.flags.at(last[14], true)))
			p.returns(last[14])
		}
		if changed&16 != 0 {
			p.intensity[p.m] = uint16(p.icInt.next(int32(p.intensity[p.m]), uint32(min(p.m, 3))))
		}
		le.PutUint16(last[12:], p.intensity[p.m])
		if changed&8 != 0 {
			last[15] = byte(d.symbol(p.class.at(last[15], true)))
		}
		if changed&4 != 0 {
			last[16] += byte(d.symbol(&p.angle[last[14]>>6&1]))
		}
		if changed&2 != 0 {
			last[17] = byte(d.symbol(p.user.at(last[17], true)))
		}
		if changed&1 != 0 {
			le.PutUint16(last[18:], uint16(p.icFrom.next(int32(le.Uint16(last[18:])), 0)))
		}
	}
	single := one(p.n == 1)
	m, l := p.m&15, p.l&7
	diff := p.icX.next(p.dx[m].get(), single)
	p.x += diff
	p.dx[m].add(diff)
	diff = p.icY.next(p.dy[m].get(), single+evenUpTo(p.icX.k, 20))
	p.y += diff
	p.dy[m].add(diff)
	p.z = p.icZ.next(p.height[l], single+evenUpTo((p.icX.k+p.icY.k)/2, 18))
	p.height[l] = p.z
	le.PutUint32(last[0:], uint32(p.x))
	le.PutUint32(last[4:], uint32(p.y))
	le.PutUint32(last[8:], uint32(p.z))
	copy(dst[:20], last[:])
}

type point10Encoder struct {
	point10
	e                            *rangeEncoder
	icX, icY, icZ, icInt, icFrom *intEncoder
}

func newPoint10Encoder(e *rangeEncoder) *point10Encoder {
	return &point10Encoder{e: e, icX: newIntEncoder(e, 32, 2), icY: newIntEncoder(e, 32, 22), icZ: newIntEncoder(e, 32, 20),
		icInt: newIntEncoder(e, 16, 4), icFrom: newIntEncoder(e, 16, 1)}
}

func (p *point10Encoder) start(first []byte) {
	p.point10.start(first, false)
	for _, c := range []*intEncoder{p.icX, p.icY, p.icZ, p.icInt, p.icFrom} {
		c.ready()
	}
}

func (p *point10Encoder) put(src []byte) {
	e, last, le := p.e, &p.last, binary.LittleEndian
	if src[14] != last[14] {
		p.returns(src[14])
	}
	intensity, from := le.Uint16(src[12:]), le.Uint16(src[18:])
	changed := one(src[14] != last[14])<<5 | one(p.intensity[p.m] != intensity)<<4 | one(src[15] != last[15])<<3 |
		one(src[16] != last[16])<<2 | one(src[17] != last[17])<<1 | one(from != le.Uint16(last[18:]))
	e.symbol(&p.changed, changed)
	if changed != 0 {
		if changed&32 != 0 {
			e.symbol(p.flags.at(last[14], false), uint32(src[14]))
		}
		if changed&16 != 0 {
			p.icInt.put(int32(p.intensity[p.m]), int32(intensity), uint32(min(p.m, 3)))
			p.intensity[p.m] = intensity
		}
		if changed&8 != 0 {
			e.symbol(p.class.at(last[15], false), uint32(src[15]))
		}
		if changed&4 != 0 {
			e.symbol(&p.angle[src[14]>>6&1], uint32(src[16]-last[16]))
		}
		if changed&2 != 0 {
			e.symbol(p.user.at(last[17], false), uint32(src[17]))
		}
		if changed&1 != 0 {
			p.icFrom.put(int32(le.Uint16(last[18:])), int32(from), 0)
		}
	}
	x, y, z := int32(le.Uint32(src)), int32(le.Uint32(src[4:])), int32(le.Uint32(src[8:]))
	single := one(p.n == 1)
	m, l := p.m&15, p.l&7
	diff := x - p.x
	p.icX.put(p.dx[m].get(), diff, single)
	p.dx[m].add(diff)
	diff = y - p.y
	p.icY.put(p.dy[m].get(), diff, single+evenUpTo(p.icX.k, 20))
	p.dy[m].add(diff)
	p.icZ.put(p.height[l], z, single+evenUpTo((p.icX.k+p.icY.k)/2, 18))
	p.height[l] = z
	p.x, p.y, p.z = x, y, z
	copy(last[:], src[:20])
}
