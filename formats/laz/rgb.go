package laz

import "encoding/binary"

// rgb is the state of a colour column of version 2 or 3: which bytes changed, then
// their differences, green and blue foretold from red.
type rgb struct {
	last [3]int32
	used model
	diff [6]model
}

func (c *rgb) ready(last [3]int32, decode bool) {
	c.last = last
	c.used.ready(128, decode)
	for i := range c.diff {
		c.diff[i].ready(256, decode)
	}
}

// read takes the next colour and its prediction from last.
func (c *rgb) read(d *rangeDecoder, last *[3]int32) {
	sym := d.symbol(&c.used)
	r, g, b := last[0], last[1], last[2]
	low, high := r&255, r>>8
	if sym&1 != 0 {
		low = (low + int32(d.symbol(&c.diff[0]))) & 255
	}
	if sym&2 != 0 {
		high = (high + int32(d.symbol(&c.diff[1]))) & 255
	}
	red := high<<8 | low
	if sym&64 == 0 {
		*last = [3]int32{red, red, red}
		return
	}
	gl, gh, bl, bh := g&255, g>>8, b&255, b>>8
	diff := low - r&255
	if sym&4 != 0 {
		gl = (int32(d.symbol(&c.diff[2])) + clamp8(diff+gl)) & 255
	}
	if sym&16 != 0 {
		corr := int32(d.symbol(&c.diff[4]))
		diff = (diff + gl - g&255) / 2
		bl = (corr + clamp8(diff+bl)) & 255
	}
	diff = high - r>>8
	if sym&8 != 0 {
		gh = (int32(d.symbol(&c.diff[3])) + clamp8(diff+gh)) & 255
	}
	if sym&32 != 0 {
		corr := int32(d.symbol(&c.diff[5]))
		diff = (diff + gh - g>>8) / 2
		bh = (corr + clamp8(diff+bh)) & 255
	}
	*last = [3]int32{red, gh<<8 | gl, bh<<8 | bl}
}

// write is the counterpart of read.
func (c *rgb) write(e *rangeEncoder, last *[3]int32, now [3]int32) {
	p := *last
	*last = now
	x := [3]int32{p[0] ^ now[0], p[1] ^ now[1], p[2] ^ now[2]}
	sym := one(x[0]&255 != 0) | one(x[0]>>8 != 0)<<1 | one(x[1]&255 != 0)<<2 | one(x[1]>>8 != 0)<<3 |
		one(x[2]&255 != 0)<<4 | one(x[2]>>8 != 0)<<5 | one(now[0] != now[1] || now[0] != now[2])<<6
	e.symbol(&c.used, sym)
	low, high := now[0]&255-p[0]&255, now[0]>>8-p[0]>>8
	if sym&1 != 0 {
		e.symbol(&c.diff[0], uint32(low)&255)
	}
	if sym&2 != 0 {
		e.symbol(&c.diff[1], uint32(high)&255)
	}
	if sym&64 == 0 {
		return
	}
	if sym&4 != 0 {
		e.symbol(&c.diff[2], uint32(now[1]&255-clamp8(low+p[1]&255))&255)
	}
	if sym&16 != 0 {
		low = (low + now[1]&255 - p[1]&255) / 2
		e.symbol(&c.diff[4], uint32(now[2]&255-clamp8(low+p[2]&255))&255)
	}
	if sym&8 != 0 {
		e.symbol(&c.diff[3], uint32(now[1]>>8-clamp8(high+p[1]>>8))&255)
	}
	if sym&32 != 0 {
		high = (high + now[1]>>8 - p[1]>>8) / 2
		e.symbol(&c.diff[5], uint32(now[2]>>8-clamp8(high+p[2]>>8))&255)
	}
}

func colourOf(b []byte) [3]int32 {
	le := binary.LittleEndian
	return [3]int32{int32(le.Uint16(b)), int32(le.Uint16(b[2:])), int32(le.Uint16(b[4:]))}
}

func putColour(b []byte, c *[3]int32) {
	le := binary.LittleEndian
	le.PutUint16(b, uint16(c[0]))
	le.PutUint16(b[2:], uint16(c[1]))
	le.PutUint16(b[4:], uint16(c[2]))
}

type rgbDecoder struct {
	rgb
	d *rangeDecoder
}

func (c *rgbDecoder) start(first []byte) { c.ready(colourOf(first), true) }

func (c *rgbDecoder) next(dst []byte) {
	c.read(c.d, &c.last)
	putColour(dst, &c.last)
}

type rgbEncoder struct {
	rgb
	e *rangeEncoder
}

func (c *rgbEncoder) start(first []byte) { c.ready(colourOf(first), false) }

func (c *rgbEncoder) put(src []byte) { c.write(c.e, &c.last, colourOf(src)) }

// extra is the state of further bytes, each foretold from itself.
type extra struct {
	last []byte
	m    []model
}

func (x *extra) start(first []byte, decode bool) {
	x.last = append(x.last[:0], first...)
	if x.m == nil {
		x.m = make([]model, len(first))
	}
	for i := range x.m {
		x.m[i].ready(256, decode)
	}
}

type extraDecoder struct {
	extra
	d *rangeDecoder
}

func (x *extraDecoder) start(first []byte) { x.extra.start(first, true) }

func (x *extraDecoder) next(dst []byte) {
	for i := range x.last {
		x.last[i] += byte(x.d.symbol(&x.m[i]))
	}
	copy(dst, x.last)
}

type extraEncoder struct {
	extra
	e *rangeEncoder
}

func (x *extraEncoder) start(first []byte) { x.extra.start(first, false) }

func (x *extraEncoder) put(src []byte) {
	for i := range x.last {
		x.e.symbol(&x.m[i], uint32(src[i]-x.last[i]))
	}
	copy(x.last, src)
}
