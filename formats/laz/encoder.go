package laz

import "math/bits"

// rangeEncoder appends symbols to out.
type rangeEncoder struct {
	base, length uint32
	out          []byte
}

func (e *rangeEncoder) start(out []byte) {
	e.base, e.length, e.out = 0, maxLength, out
}

// carry adds one to what has been written.
func (e *rangeEncoder) carry() {
	i := len(e.out) - 1
	for ; i > 0 && e.out[i] == 0xff; i-- {
		e.out[i] = 0
	}
	e.out[i]++
}

func (e *rangeEncoder) renorm(base, length uint32) {
	out := e.out
	for length < minLength {
		out = append(out, byte(base>>24))
		base <<= 8
		length <<= 8
	}
	e.out, e.base, e.length = out, base, length
}

// add moves the interval's base by x and sets its length.
func (e *rangeEncoder) add(x, length uint32) {
	base := e.base + x
	if base < x {
		e.carry()
	}
	if length < minLength {
		e.renorm(base, length)
		return
	}
	e.base, e.length = base, length
}

// finish writes what identifies the interval, filled up to the four bytes that a
// decoder reads ahead.
func (e *rangeEncoder) finish() []byte {
	if e.length > 2*minLength {
		e.add(minLength, minLength>>1)
		return append(e.out, 0, 0, 0)
	}
	e.add(minLength>>1, minLength>>9)
	return append(e.out, 0, 0)
}

func (e *rangeEncoder) symbol(m *model, sym uint32) {
	unit := e.length >> symBits
	c := m.cells[sym : sym+2]
	x := uint32(c[0].dist) * unit
	length := e.length - x
	if sym != m.last {
		length = uint32(c[1].dist)*unit - x
	}
	e.add(x, length)
	c[0].count++
	if m.until--; m.until == 0 {
		m.refresh()
	}
}

func (e *rangeEncoder) bit(m *bitModel, sym uint32) {
	x := m.prob0 * (e.length >> bitBits)
	if sym == 0 {
		e.add(0, x)
		m.count0++
	} else {
		e.add(x, e.length-x)
	}
	if m.until--; m.until == 0 {
		m.refresh()
	}
}

func (e *rangeEncoder) bits(n, sym uint32) {
	if n > 19 {
		e.bits(16, sym&0xffff)
		e.bits(n-16, sym>>16)
		return
	}
	length := e.length >> n
	e.add(sym*length, length)
}

func (e *rangeEncoder) uint32(v uint32) {
	e.bits(16, v&0xffff)
	e.bits(16, v>>16)
}

// intEncoder is the counterpart of intDecoder.
type intEncoder struct {
	e    *rangeEncoder
	k    uint32
	wide uint32
	ctx  []model
	zero bitModel
	corr [33]model
	used [33]bool
}

func newIntEncoder(e *rangeEncoder, wide, contexts int) *intEncoder {
	return &intEncoder{e: e, wide: uint32(wide), ctx: make([]model, contexts)}
}

func (c *intEncoder) ready() {
	for i := range c.ctx {
		c.ctx[i].ready(int(c.wide)+1, false)
	}
	c.zero.ready()
	c.used = [33]bool{}
	c.k = 0
}

func (c *intEncoder) put(pred, real int32, context uint32) {
	v := real - pred
	if c.wide < 32 {
		if half := int32(1) << (c.wide - 1); v < -half {
			v += 1 << c.wide
		} else if v >= half {
			v -= 1 << c.wide
		}
	}
	size := uint32(-v)
	if v > 0 {
		size = uint32(v - 1)
	}
	k := uint32(bits.Len32(size))
	c.k = k
	e := c.e
	e.symbol(&c.ctx[context], k)
	switch {
	case k == 0:
		e.bit(&c.zero, uint32(v))
		return
	case k >= 32:
		return
	case v < 0:
		v += 1<<k - 1
	default:
		v--
	}
	if !c.used[k] {
		c.used[k] = true
		c.corr[k].ready(1<<min(k, 8), false)
	}
	if k <= 8 {
		e.symbol(&c.corr[k], uint32(v))
		return
	}
	low := k - 8
	e.symbol(&c.corr[k], uint32(v)>>low)
	e.bits(low, uint32(v)&(1<<low-1))
}
