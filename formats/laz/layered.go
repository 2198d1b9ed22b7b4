package laz

import "encoding/binary"

// layerDecoder reads one further item of formats 6 to 10 from its own layers.
// channel is the scanner channel that point14Decoder found.
//
// Version 3 has a peculiarity that version 4 has not: where the channel changes to
// one that was there before, the prediction is still the last value of the other
// channel, and it is that one's which is then kept.
type layerDecoder interface {
	layers() int
	// open hands over the layers' bytes; an empty one does not change.
	open(layers [][]byte, need Need)
	start(channel int, first []byte)
	next(channel int, dst []byte)
	// used returns, for each layer that was read, the bytes taken and there.
	used(report func(taken int64, there int))
}

// follow is the part that all layered items share: which channel's last value
// foretells the next.
type follow struct {
	now  int
	live [4]bool
	old  bool // version 3
}

func (f *follow) begin(channel int) {
	f.now, f.live = channel, [4]bool{}
	f.live[channel] = true
}

// turn moves to a channel and returns the one whose last value counts, and whether
// the channel is new and takes over the value of from.
func (f *follow) turn(channel int) (last, from int, fresh bool) {
	from = f.now
	if channel == from {
		return channel, from, false
	}
	f.now = channel
	if !f.live[channel] {
		f.live[channel] = true
		return channel, from, true
	}
	if f.old {
		return from, from, false
	}
	return channel, from, false
}

// layer is a stream of one layer; none when its values do not change or are not
// wanted.
type layer struct {
	d   rangeDecoder
	has bool
	n   int
}

func (l *layer) open(b []byte, wanted bool) {
	l.has, l.n = wanted && len(b) > 0, len(b)
	if l.has {
		l.d.start(b, nil)
	}
}

func (l *layer) used(report func(int64, int)) {
	if l.has {
		report(l.d.read(), l.n)
	}
}

// colour14Decoder reads the colours, with near infrared when nir is set.
type colour14Decoder struct {
	follow
	nir    bool
	rgb    layer
	ir     layer
	c      [4]rgb
	irLast [4]uint16
	irUsed [4]model
	irDiff [4][2]model
}

func (c *colour14Decoder) layers() int {
	if c.nir {
		return 2
	}
	return 1
}

func (c *colour14Decoder) open(layers [][]byte, need Need) {
	c.rgb.open(layers[0], need&NeedColour != 0)
	if c.nir {
		c.ir.open(layers[1], need&NeedNIR != 0)
	}
}

func (c *colour14Decoder) used(report func(int64, int)) {
	c.rgb.used(report)
	c.ir.used(report)
}

func (c *colour14Decoder) start(channel int, first []byte) {
	c.begin(channel)
	c.ready(channel, colourOf(first))
	if c.nir {
		c.irLast[channel] = binary.LittleEndian.Uint16(first[6:])
	}
}

func (c *colour14Decoder) ready(channel int, last [3]int32) {
	if c.rgb.has {
		c.c[channel].ready(last, true)
	} else {
		c.c[channel].last = last
	}
	if c.ir.has {
		c.irUsed[channel].ready(4, true)
		c.irDiff[channel][0].ready(256, true)
		c.irDiff[channel][1].ready(256, true)
	}
}

func (c *colour14Decoder) next(channel int, dst []byte) {
	at, from, fresh := c.turn(channel)
	if fresh {
		c.ready(channel, c.c[from].last)
		c.irLast[channel] = c.irLast[from]
	}
	last := &c.c[at].last
	if c.rgb.has {
		c.c[channel].read(&c.rgb.d, last)
	}
	putColour(dst, last)
	if !c.nir {
		return
	}
	v := &c.irLast[at]
	if c.ir.has {
		sym := c.ir.d.symbol(&c.irUsed[channel])
		if sym&1 != 0 {
			*v = *v&0xff00 | (*v+uint16(c.ir.d.symbol(&c.irDiff[channel][0])))&0xff
		}
		if sym&2 != 0 {
			*v += uint16(c.ir.d.symbol(&c.irDiff[channel][1])) << 8
		}
	}
	binary.LittleEndian.PutUint16(dst[6:], *v)
}

// wave14Decoder reads wave packet references.
type wave14Decoder struct {
	follow
	l layer
	w [4]wave
}

func (w *wave14Decoder) layers() int { return 1 }

func (w *wave14Decoder) open(layers [][]byte, need Need) { w.l.open(layers[0], need&NeedWave != 0) }

func (w *wave14Decoder) used(report func(int64, int)) { w.l.used(report) }

func (w *wave14Decoder) start(channel int, first []byte) {
	w.begin(channel)
	w.ready(channel, first)
}

func (w *wave14Decoder) ready(channel int, first []byte) {
	if w.l.has {
		w.w[channel].start(&w.l.d, first)
	} else {
		copy(w.w[channel].last[:], first)
	}
}

func (w *wave14Decoder) next(channel int, dst []byte) {
	at, from, fresh := w.turn(channel)
	if fresh {
		first := w.w[from].last
		w.ready(channel, first[:])
	}
	last := &w.w[at].last
	if w.l.has {
		w.w[channel].read(&w.l.d, last)
	}
	copy(dst, last[:])
}

// extra14Decoder reads further bytes, a layer each.
type extra14Decoder struct {
	follow
	l []layer
	x [4]extra
}

func (x *extra14Decoder) layers() int { return len(x.l) }

func (x *extra14Decoder) open(layers [][]byte, need Need) {
	for i := range x.l {
		x.l[i].open(layers[i], need&NeedExtra != 0)
	}
}

func (x *extra14Decoder) used(report func(int64, int)) {
	for i := range x.l {
		x.l[i].used(report)
	}
}

func (x *extra14Decoder) start(channel int, first []byte) {
	x.begin(channel)
	x.x[channel].start(first, true)
}

func (x *extra14Decoder) next(channel int, dst []byte) {
	at, from, fresh := x.turn(channel)
	if fresh {
		x.x[channel].start(x.x[from].last, true)
	}
	last := x.x[at].last
	for i := range x.l {
		if l := &x.l[i]; l.has {
			last[i] += byte(l.d.symbol(&x.x[channel].m[i]))
		}
	}
	copy(dst, last)
}
