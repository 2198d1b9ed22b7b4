package laz

import (
	"encoding/binary"
	"fmt"

	"firescene/formats"
)

// slackB is by how many bytes the end of a stream may differ from where its
// decoder comes to rest: writers fill streams up differently. A larger difference
// means that the bytes are not those that were written.
const slackB = 16

// ChunkDecoder decompresses one chunk after another. It keeps its memory and is
// not safe for concurrent use.
type ChunkDecoder struct {
	layout Layout
	need   Need
	d      rangeDecoder
	items  []itemDecoder // pointwise
	p14    *point14Decoder
	more   []layerDecoder // layered, after p14
	left   int64          // points of the chunk that are not read yet
	fresh  bool           // the next record is the chunk's first
	first  []byte
}

// NewChunkDecoder returns a decoder of a file's chunks.
func NewChunkDecoder(l Layout, need Need) (*ChunkDecoder, error) {
	c := &ChunkDecoder{layout: l, need: need, first: make([]byte, l.RecordB)}
	for i, it := range l.Items {
		switch {
		case it.Kind == Point14 && i == 0:
			c.p14 = &point14Decoder{}
		case it.Kind == RGB14, it.Kind == RGBNIR14:
			c.more = append(c.more, &colour14Decoder{nir: it.Kind == RGBNIR14, follow: follow{old: it.Version == 3}})
		case it.Kind == WavePacket14:
			c.more = append(c.more, &wave14Decoder{follow: follow{old: it.Version == 3}})
		case it.Kind == Byte14:
			c.more = append(c.more, &extra14Decoder{follow: follow{old: it.Version == 3}, l: make([]layer, it.SizeB)})
		case it.Kind == Point10 && it.Version == 1:
			c.items = append(c.items, newPoint10V1(&c.d))
		case it.Kind == Point10:
			c.items = append(c.items, newPoint10Decoder(&c.d))
		case it.Kind == GPSTime11 && it.Version == 1:
			c.items = append(c.items, newGPSTimeV1(&c.d))
		case it.Kind == GPSTime11:
			c.items = append(c.items, newGPSTimeDecoder(&c.d))
		case it.Kind == RGB12 && it.Version == 1:
			c.items = append(c.items, newRGBV1(&c.d))
		case it.Kind == RGB12:
			c.items = append(c.items, &rgbDecoder{d: &c.d})
		case it.Kind == WavePacket13:
			c.items = append(c.items, &waveDecoder{d: &c.d})
		case it.Kind == Byte && it.Version == 1:
			c.items = append(c.items, &extraV1{ic: newIntDecoder(&c.d, 8, it.SizeB)})
		case it.Kind == Byte:
			c.items = append(c.items, &extraDecoder{d: &c.d})
		default:
			return nil, unsupported("item of kind %d in version %d", it.Kind, it.Version)
		}
	}
	return c, nil
}

// Layered reports whether chunks must be there whole before they are read.
func (c *ChunkDecoder) Layered() bool { return c.p14 != nil }

// Start begins a chunk of count points that is there whole.
func (c *ChunkDecoder) Start(chunk []byte, count int64) error {
	if len(chunk) < c.layout.RecordB {
		return damaged(-1, "a chunk of %d bytes does not hold its first point", len(chunk))
	}
	copy(c.first, chunk)
	c.left, c.fresh = count, true
	rest := chunk[c.layout.RecordB:]
	if c.p14 == nil {
		c.d.start(rest, nil)
		return nil
	}
	return c.startLayers(rest, count)
}

// StartStream begins a pointwise chunk of at most count points that is read in
// pieces: first holds the bytes of the first record, more gives what follows.
func (c *ChunkDecoder) StartStream(first []byte, count int64, more func() []byte) {
	copy(c.first, first)
	c.left, c.fresh = count, true
	c.d.start(nil, more)
}

// LayersB is how many bytes the head of a layered chunk has, after the first
// record, up to and with the sizes of the layers.
func (c *ChunkDecoder) LayersB() int { return 4 + 4*c.layerCount() }

// ChunkB reads the head of a layered chunk: how many points it says it has and how
// many bytes follow the head.
func (c *ChunkDecoder) ChunkB(head []byte) (count, restB int64) {
	le := binary.LittleEndian
	for i := range c.layerCount() {
		restB += int64(le.Uint32(head[4+4*i:]))
	}
	return int64(le.Uint32(head)), restB
}

func (c *ChunkDecoder) layerCount() int {
	n := point14Layers
	for _, m := range c.more {
		n += m.layers()
	}
	return n
}

func (c *ChunkDecoder) startLayers(b []byte, count int64) error {
	head := c.LayersB()
	if len(b) < head {
		return damaged(-1, "a chunk ends within the sizes of its layers")
	}
	le := binary.LittleEndian
	if n := int64(le.Uint32(b)); n != count {
		return damaged(-1, "a chunk says it has %d points, the file says %d", n, count)
	}
	sizes, rest := b[4:head], b[head:]
	take := func() ([]byte, error) {
		n := int64(le.Uint32(sizes))
		if n > int64(len(rest)) {
			return nil, damaged(-1, "a layer of %d bytes reaches beyond its chunk", n)
		}
		l := rest[:n]
		sizes, rest = sizes[4:], rest[n:]
		return l, nil
	}
	p := c.p14
	needs := [point14Layers]Need{layerXY: NeedAll, layerZ: NeedZ, layerClass: NeedClass, layerFlags: NeedFlags, layerIntensity: NeedIntensity,
		layerAngle: NeedAngle, layerUser: NeedUser, layerSource: NeedSource, layerTime: NeedTime}
	for i := range p.d {
		l, err := take()
		if err != nil {
			return err
		}
		p.has[i] = i == layerXY || len(l) > 0 && c.need&needs[i] != 0
		p.d[i].start(l, nil)
	}
	for _, m := range c.more {
		layers := make([][]byte, m.layers())
		for i := range layers {
			var err error
			if layers[i], err = take(); err != nil {
				return err
			}
		}
		m.open(layers, c.need)
	}
	return nil
}

// Read decompresses the next records into dst and returns how many there are: as
// many as fit, fewer at the end of the chunk, none after it.
func (c *ChunkDecoder) Read(dst []byte) int {
	size := c.layout.RecordB
	n := int(min(int64(len(dst)/size), c.left))
	c.left -= int64(n)
	for i := range n {
		rec := dst[i*size : i*size+size : i*size+size]
		if c.fresh {
			c.begin(rec)
			continue
		}
		at := 0
		if c.p14 == nil {
			for k, it := range c.items {
				it.next(rec[at:])
				at += c.layout.Items[k].SizeB
			}
			continue
		}
		channel := c.p14.next(rec)
		at = c.layout.Items[0].SizeB
		for k, m := range c.more {
			m.next(channel, rec[at:])
			at += c.layout.Items[k+1].SizeB
		}
	}
	return n
}

// begin hands out the first record, from which the others are foretold.
func (c *ChunkDecoder) begin(rec []byte) {
	c.fresh = false
	copy(rec, c.first)
	at := 0
	for k, it := range c.layout.Items {
		part := c.first[at : at+it.SizeB]
		switch {
		case c.p14 == nil:
			c.items[k].start(part)
		case k == 0:
			c.p14.start(part)
		default:
			c.more[k-1].start(c.p14.now, part)
		}
		at += it.SizeB
	}
}

// TakenB is how many bytes of a pointwise chunk have been read after its first
// record.
func (c *ChunkDecoder) TakenB() int64 { return c.d.read() }

// Over reports whether the chunk was read beyond its bytes.
func (c *ChunkDecoder) Over() bool {
	if c.p14 != nil {
		return c.p14.d[layerXY].over > slackB
	}
	return c.d.over > slackB
}

// Check compares, after the last record, where the streams came to rest with the
// bytes they have: the only sign of damage that the format leaves. sizeB is the
// chunk's size, 0 when not known.
func (c *ChunkDecoder) Check(sizeB int64) error {
	var err error
	check := func(taken int64, there int) {
		if off := taken - int64(there); err == nil && (off > slackB || off < -slackB) {
			err = &formats.FormatError{Format: "LAZ", Offset: -1,
				Reason: fmt.Sprintf("a stream of %d bytes came to its end after %d: its points are not those that were written", there, taken),
				Next:   "copy the file again; the chunks before are good"}
		}
	}
	if c.p14 == nil {
		if sizeB > 0 {
			check(c.d.read(), int(sizeB)-c.layout.RecordB)
		}
		return err
	}
	for i := range c.p14.d {
		if d := &c.p14.d[i]; c.p14.has[i] {
			check(d.read(), len(d.buf))
		}
	}
	for _, m := range c.more {
		m.used(check)
	}
	return err
}

// PastEnd reports whether any byte beyond the end was asked for.
func (c *ChunkDecoder) PastEnd() bool {
	if c.p14 != nil {
		return c.p14.d[layerXY].over > 4
	}
	return c.d.over > 0
}
