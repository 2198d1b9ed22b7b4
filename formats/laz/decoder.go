package laz

// rangeDecoder reads symbols from a stream of bytes. Past the end it reads zeros
// and counts them.
type rangeDecoder struct {
	value, length uint32
	pos           int
	buf           []byte
	more          func() []byte // the next piece of a stream that is read in pieces; nil for one piece
	before        int64         // bytes of the pieces before buf
	over          int           // bytes read past the end
}

// start begins a stream. more may be nil.
func (d *rangeDecoder) start(buf []byte, more func() []byte) {
	d.buf, d.pos, d.more, d.before, d.over = buf, 0, more, 0, 0
	d.length, d.value = maxLength, 0
	for range 4 {
		d.value = d.value<<8 | uint32(d.next())
	}
	d.value = min(d.value, maxLength-1) // no encoder writes more; all bounds rest on it
}

// read is how many bytes have been taken from the stream.
func (d *rangeDecoder) read() int64 { return d.before + int64(d.pos+d.over) }

func (d *rangeDecoder) next() byte {
	if d.pos < len(d.buf) {
		d.pos++
		return d.buf[d.pos-1]
	}
	return d.nextPiece()
}

func (d *rangeDecoder) nextPiece() byte {
	if d.more != nil {
		if b := d.more(); len(b) > 0 {
			d.before += int64(len(d.buf))
			d.buf, d.pos = b, 1
			return b[0]
		}
		d.more = nil
	}
	d.over++
	return 0
}

func (d *rangeDecoder) renorm(value, length uint32) {
	for length < minLength {
		if d.pos < len(d.buf) {
			value = value<<8 | uint32(d.buf[d.pos])
			d.pos++
		} else {
			value = value<<8 | uint32(d.nextPiece())
		}
		length <<= 8
	}
	d.value, d.length = value, length
}

// symbol decodes by a model.
func (d *rangeDecoder) symbol(m *model) uint32 {
	y := d.length
	unit := y >> symBits
	value := d.value
	sym, cells := uint32(0), m.cells
	if table := m.table; table != nil {
		v := value / unit
		sym = uint32(table[v>>(m.shift&31)])
		for uint32(cells[sym+1].dist) <= v {
			sym++
		}
	} else if uint32(cells[1].dist)*unit <= value {
		sym = 1
	}
	x := uint32(cells[sym].dist) * unit
	if sym != m.last {
		y = uint32(cells[sym+1].dist) * unit
	}
	value -= x
	length := y - x
	if length < minLength {
		d.renorm(value, length)
	} else {
		d.value, d.length = value, length
	}
	cells[sym].count++
	if m.until--; m.until == 0 {
		m.refresh()
	}
	return sym
}

func (d *rangeDecoder) bit(m *bitModel) uint32 {
	x := m.prob0 * (d.length >> bitBits)
	sym := uint32(0)
	value, length := d.value, x
	if value >= x {
		sym = 1
		value, length = value-x, d.length-x
	} else {
		m.count0++
	}
	d.value, d.length = value, length
	if length < minLength {
		d.renorm(value, length)
	}
	if m.until--; m.until == 0 {
		m.refresh()
	}
	return sym
}

// bits reads n bits, 1 to 32, that no model foretells.
func (d *rangeDecoder) bits(n uint32) uint32 {
	if n > 19 {
		low := d.bits(16)
		return d.bits(n-16)<<16 | low
	}
	length := d.length >> n
	sym := d.value / length
	value := d.value - length*sym
	d.value, d.length = value, length
	if length < minLength {
		d.renorm(value, length)
	}
	return sym
}

func (d *rangeDecoder) uint32() uint32 {
	low := d.bits(16)
	return d.bits(16)<<16 | low
}

func (d *rangeDecoder) uint64() uint64 {
	low := d.uint32()
	return uint64(d.uint32())<<32 | uint64(low)
}

// intDecoder reads differences of integers from a prediction: how many bits the
// difference has, by context, then its upper 8 bits, then the rest as it is.
type intDecoder struct {
	d    *rangeDecoder
	k    uint32 // bits of the last difference
	wide uint32 // bits of the values
	ctx  []model
	zero bitModel
	corr [33]model
	used [33]bool
}

func newIntDecoder(d *rangeDecoder, wide, contexts int) *intDecoder {
	return &intDecoder{d: d, wide: uint32(wide), ctx: make([]model, contexts)}
}

func (c *intDecoder) ready() {
	for i := range c.ctx {
		c.ctx[i].ready(int(c.wide)+1, true)
	}
	c.zero.ready()
	c.used = [33]bool{}
	c.k = 0
}

// next reads a value.
func (c *intDecoder) next(pred int32, context uint32) int32 {
	real := pred + c.diff(&c.ctx[context])
	if c.wide < 32 {
		if real < 0 {
			real += 1 << c.wide
		} else if real >= 1<<c.wide {
			real -= 1 << c.wide
		}
	}
	return real
}

func (c *intDecoder) diff(m *model) int32 {
	d := c.d
	k := d.symbol(m)
	c.k = k
	if k == 0 {
		return int32(d.bit(&c.zero))
	}
	if k >= 32 {
		return -1 << 31
	}
	if !c.used[k] {
		c.used[k] = true
		c.corr[k].ready(1<<min(k, 8), true)
	}
	v := int32(d.symbol(&c.corr[k]))
	if k > 8 {
		v = v<<(k-8) | int32(d.bits(k-8))
	}
	if v >= 1<<(k-1) {
		return v + 1
	}
	return v - (1<<k - 1)
}
