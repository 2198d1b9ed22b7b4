package laz

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// itemEncoder is the counterpart of itemDecoder.
type itemEncoder interface {
	start(first []byte)
	put(src []byte)
}

// ChunkEncoder compresses one chunk after another. It keeps its memory and is not
// safe for concurrent use.
type ChunkEncoder struct {
	layout Layout
	e      rangeEncoder
	items  []itemEncoder // pointwise
	p14    *point14Encoder
	more   []layerEncoder // layered, after p14
}

// NewChunkEncoder returns an encoder for a layout of LayoutOf.
func NewChunkEncoder(l Layout) (*ChunkEncoder, error) {
	c := &ChunkEncoder{layout: l}
	for _, it := range l.Items {
		switch {
		case it.Kind == Point10 && it.Version == 2:
			c.items = append(c.items, newPoint10Encoder(&c.e))
		case it.Kind == GPSTime11 && it.Version == 2:
			c.items = append(c.items, newGPSTimeEncoder(&c.e))
		case it.Kind == RGB12 && it.Version == 2:
			c.items = append(c.items, &rgbEncoder{e: &c.e})
		case it.Kind == Byte && it.Version == 2:
			c.items = append(c.items, &extraEncoder{e: &c.e})
		case it.Kind == Point14 && it.Version == 3:
			c.p14 = &point14Encoder{}
		case it.Kind == RGB14 && it.Version == 3:
			c.more = append(c.more, &colour14Encoder{follow: follow{old: true}})
		case it.Kind == RGBNIR14 && it.Version == 3:
			c.more = append(c.more, &colour14Encoder{nir: true, follow: follow{old: true}})
		case it.Kind == Byte14 && it.Version == 3:
			c.more = append(c.more, &extra14Encoder{follow: follow{old: true}, e: make([]rangeEncoder, it.SizeB), has: make([]bool, it.SizeB)})
		default:
			return nil, fmt.Errorf("laz: items of kind %d in version %d are not written", it.Kind, it.Version)
		}
	}
	return c, nil
}

// Append compresses records, at least one, as one chunk and appends it to out.
func (c *ChunkEncoder) Append(out, records []byte) []byte {
	size := c.layout.RecordB
	if c.p14 != nil {
		return c.appendLayers(out, records[:len(records)/size*size])
	}
	out = append(out, records[:size]...)
	c.e.start(out)
	at := 0
	for k, it := range c.items {
		it.start(records[at : at+c.layout.Items[k].SizeB])
		at += c.layout.Items[k].SizeB
	}
	for rec := records[size:]; len(rec) >= size; rec = rec[size:] {
		at := 0
		for k, it := range c.items {
			it.put(rec[at:])
			at += c.layout.Items[k].SizeB
		}
	}
	return c.e.finish()
}

func (c *ChunkEncoder) appendLayers(out, records []byte) []byte {
	size, first := c.layout.RecordB, c.layout.Items[0].SizeB
	p := c.p14
	p.note(records, size)
	for i := range p.e {
		p.e[i].start(p.e[i].out[:0])
	}
	p.start(records)
	at := first
	for k, m := range c.more {
		m.note(records, size, at)
		m.start(p.now, records[at:at+c.layout.Items[k+1].SizeB])
		at += c.layout.Items[k+1].SizeB
	}
	for rec := records[size:]; len(rec) >= size; rec = rec[size:] {
		channel := p.put(rec)
		at := first
		for k, m := range c.more {
			m.put(channel, rec[at:])
			at += c.layout.Items[k+1].SizeB
		}
	}
	out = append(out, records[:size]...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(records)/size))
	var layers [][]byte
	add := func(e *rangeEncoder, has bool) {
		var b []byte
		if has {
			e.out = e.finish()
			b = e.out
		}
		layers = append(layers, b)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(b)))
	}
	for i := range p.e {
		add(&p.e[i], p.has[i])
	}
	for _, m := range c.more {
		m.layers(add)
	}
	for _, l := range layers {
		out = append(out, l...)
	}
	return out
}

// layerEncoder is the counterpart of layerDecoder.
type layerEncoder interface {
	// note marks the layers that change within the records, whose item lies at at,
	// and empties their streams.
	note(records []byte, recordB, at int)
	start(channel int, first []byte)
	put(channel int, src []byte)
	layers(add func(e *rangeEncoder, has bool))
}

type colour14Encoder struct {
	follow
	nir        bool
	e, irE     rangeEncoder
	has, irHas bool
	c          [4]rgb
	irLast     [4]uint16
	irUsed     [4]model
	irDiff     [4][2]model
}

func (c *colour14Encoder) note(records []byte, recordB, at int) {
	c.has, c.irHas = false, false
	first := records[at : at+6]
	for b := records[at:]; !c.has; b = b[recordB:] {
		c.has = !bytes.Equal(b[:6], first)
		if len(b) < recordB+6 {
			break
		}
	}
	if c.nir {
		first := records[at+6 : at+8]
		for b := records[at+6:]; !c.irHas; b = b[recordB:] {
			c.irHas = !bytes.Equal(b[:2], first)
			if len(b) < recordB+2 {
				break
			}
		}
	}
	c.e.start(c.e.out[:0])
	c.irE.start(c.irE.out[:0])
}

func (c *colour14Encoder) start(channel int, first []byte) {
	c.begin(channel)
	c.ready(channel, colourOf(first))
	if c.nir {
		c.irLast[channel] = binary.LittleEndian.Uint16(first[6:])
	}
}

func (c *colour14Encoder) ready(channel int, last [3]int32) {
	c.c[channel].ready(last, false)
	if c.irHas {
		c.irUsed[channel].ready(4, false)
		c.irDiff[channel][0].ready(256, false)
		c.irDiff[channel][1].ready(256, false)
	}
}

func (c *colour14Encoder) put(channel int, src []byte) {
	at, from, fresh := c.turn(channel)
	if fresh {
		c.ready(channel, c.c[from].last)
		c.irLast[channel] = c.irLast[from]
	}
	if c.has {
		c.c[channel].write(&c.e, &c.c[at].last, colourOf(src))
	}
	if c.irHas {
		v, last := binary.LittleEndian.Uint16(src[6:]), &c.irLast[at]
		sym := one((v^*last)&0xff != 0) | one((v^*last)>>8 != 0)<<1
		c.irE.symbol(&c.irUsed[channel], sym)
		if sym&1 != 0 {
			c.irE.symbol(&c.irDiff[channel][0], uint32(v-*last)&0xff)
		}
		if sym&2 != 0 {
			c.irE.symbol(&c.irDiff[channel][1], uint32(v>>8-*last>>8)&0xff)
		}
		*last = v
	}
}

func (c *colour14Encoder) layers(add func(*rangeEncoder, bool)) {
	add(&c.e, c.has)
	if c.nir {
		add(&c.irE, c.irHas)
	}
}

type extra14Encoder struct {
	follow
	e   []rangeEncoder
	has []bool
	x   [4]extra
}

func (x *extra14Encoder) note(records []byte, recordB, at int) {
	for i := range x.e {
		x.has[i] = false
		for k := at + i; k < len(records) && !x.has[i]; k += recordB {
			x.has[i] = records[k] != records[at+i]
		}
		x.e[i].start(x.e[i].out[:0])
	}
}

func (x *extra14Encoder) start(channel int, first []byte) {
	x.begin(channel)
	x.x[channel].start(first, false)
}

func (x *extra14Encoder) put(channel int, src []byte) {
	at, from, fresh := x.turn(channel)
	if fresh {
		x.x[channel].start(x.x[from].last, false)
	}
	last := x.x[at].last
	for i := range x.e {
		if x.has[i] {
			x.e[i].symbol(&x.x[channel].m[i], uint32(src[i]-last[i]))
			last[i] = src[i]
		}
	}
}

func (x *extra14Encoder) layers(add func(*rangeEncoder, bool)) {
	for i := range x.e {
		add(&x.e[i], x.has[i])
	}
}
