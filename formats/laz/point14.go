package laz

import "encoding/binary"

// Need says which layers of formats 6 to 10 a reader wants; the others keep the
// values of the chunk's first point and cost nothing. X and Y are always there.
// Formats 0 to 5 have no layers and are read whole.
type Need uint32

// The layers.
const (
	NeedZ Need = 1 << iota
	NeedClass
	NeedFlags
	NeedIntensity
	NeedAngle
	NeedUser
	NeedSource
	NeedTime
	NeedColour
	NeedNIR
	NeedWave
	NeedExtra
	// NeedAll is every layer.
	NeedAll Need = 1<<12 - 1
)

// layers of the 30 bytes that formats 6 to 10 begin with, in file order.
const (
	layerXY = iota
	layerZ
	layerClass
	layerFlags
	layerIntensity
	layerAngle
	layerUser
	layerSource
	layerTime
	point14Layers
)

// point14 is a record's first 30 bytes, apart.
type point14 struct {
	x, y, z     int32
	intensity   uint16
	r, n        uint8
	flags       uint8 // edge, scan direction, then the four classification flags
	channel     uint8
	class, user uint8
	angle       int16
	source      uint16
	time        uint64
	timeMoved   bool // the time changed with this point
}

func (p *point14) unpack(b []byte) {
	le := binary.LittleEndian
	_ = b[29]
	p.x, p.y, p.z = int32(le.Uint32(b)), int32(le.Uint32(b[4:])), int32(le.Uint32(b[8:]))
	p.intensity = le.Uint16(b[12:])
	p.r, p.n = b[14]&15, b[14]>>4
	p.flags, p.channel = b[15]&15|b[15]>>6<<4, b[15]>>4&3
	p.class, p.user = b[16], b[17]
	p.angle, p.source = int16(le.Uint16(b[18:])), le.Uint16(b[20:])
	p.time = le.Uint64(b[22:])
	p.timeMoved = false
}

func (p *point14) pack(b []byte) {
	le := binary.LittleEndian
	_ = b[29]
	le.PutUint32(b, uint32(p.x))
	le.PutUint32(b[4:], uint32(p.y))
	le.PutUint32(b[8:], uint32(p.z))
	le.PutUint16(b[12:], p.intensity)
	b[14] = p.r | p.n<<4
	b[15] = p.flags&15 | p.channel<<4 | p.flags>>4<<6
	b[16], b[17] = p.class, p.user
	le.PutUint16(b[18:], uint16(p.angle))
	le.PutUint16(b[20:], p.source)
	le.PutUint64(b[22:], p.time)
}

// place is the context of a return: 1 first, 2 last, 3 only, 0 between.
func (p *point14) place() uint32 { return one(p.r == 1) | one(p.r >= p.n)<<1 }

// lazyModels are models of equal size, readied when first used in a chunk.
type lazyModels struct {
	m    [64]*model
	live [64]bool
}

func (l *lazyModels) ready() { l.live = [64]bool{} }

func (l *lazyModels) at(i uint32, n int, decode bool) *model {
	if !l.live[i&63] {
		if l.m[i&63] == nil {
			l.m[i&63] = &model{}
		}
		l.m[i&63].ready(n, decode)
		l.live[i&63] = true
	}
	return l.m[i&63]
}

// channel14 is what reading and writing keep for each of the four scanner channels.
type channel14 struct {
	live         bool
	last         point14
	dx, dy       [12]median5
	z            [8]int32
	intensity    [8]uint16
	changed      [8]model
	nextChannel  model
	numbers      lazyModels // of returns, by the last number
	returns      lazyModels // return number, by the last one
	returnSame   model      // the same where the time stays
	class, flags lazyModels
	user         lazyModels
}

func (c *channel14) ready(from *point14, decode bool) {
	c.live, c.last = true, *from
	c.last.timeMoved = false
	for i := range c.dx {
		c.dx[i].ready()
		c.dy[i].ready()
	}
	for i := range c.z {
		c.z[i], c.intensity[i] = from.z, from.intensity
	}
	for i := range c.changed {
		c.changed[i].ready(128, decode)
	}
	c.nextChannel.ready(3, decode)
	c.returnSame.ready(13, decode)
	for _, l := range []*lazyModels{&c.numbers, &c.returns, &c.class, &c.flags, &c.user} {
		l.ready()
	}
}

// channel14Decoder adds the decoders of integers.
type channel14Decoder struct {
	channel14
	icX, icY, icZ, icInt, icAngle, icSource *intDecoder
	timeDecoder                             gpsTimeDecoder
}

// point14Decoder reads the first 30 bytes of formats 6 to 10.
type point14Decoder struct {
	d     [point14Layers]rangeDecoder
	has   [point14Layers]bool
	chans [4]*channel14Decoder
	now   int
}

func (p *point14Decoder) channel(i int, from *point14) *channel14Decoder {
	c := p.chans[i]
	if c == nil {
		c = &channel14Decoder{icX: newIntDecoder(&p.d[layerXY], 32, 2), icY: newIntDecoder(&p.d[layerXY], 32, 22), icZ: newIntDecoder(&p.d[layerZ], 32, 20),
			icInt: newIntDecoder(&p.d[layerIntensity], 16, 4), icAngle: newIntDecoder(&p.d[layerAngle], 16, 2), icSource: newIntDecoder(&p.d[layerSource], 16, 1)}
		c.timeDecoder.d, c.timeDecoder.ic = &p.d[layerTime], newIntDecoder(&p.d[layerTime], 32, 9)
		p.chans[i] = c
	}
	if !c.live {
		from := *from // may be of c itself
		c.ready(&from, true)
		c.timeDecoder.start3(from.time)
		for _, ic := range []*intDecoder{c.icX, c.icY, c.icZ, c.icInt, c.icAngle, c.icSource, c.timeDecoder.ic} {
			ic.ready()
		}
	}
	return c
}

// start3 readies the decoder for version 3.
func (g *gpsTimeDecoder) start3(first uint64) { g.gpsTime.start(first, false, true) }

func (p *point14Decoder) start(first []byte) {
	for _, c := range p.chans {
		if c != nil {
			c.live = false
		}
	}
	var from point14
	from.unpack(first)
	p.now = int(from.channel)
	p.channel(p.now, &from)
}

// next reads a record and returns its scanner channel, which the other items
// follow.
func (p *point14Decoder) next(dst []byte) int {
	c := p.chans[p.now]
	last := &c.last
	d := &p.d[layerXY]
	changed := d.symbol(&c.changed[last.place()|one(last.timeMoved)<<2])
	if changed&64 != 0 {
		p.now = (p.now + int(d.symbol(&c.nextChannel)) + 1) & 3
		c = p.channel(p.now, last)
		last = &c.last
		last.channel = uint8(p.now)
	}
	moved := changed&16 != 0
	lastR := last.r
	if changed&4 != 0 {
		last.n = uint8(d.symbol(c.numbers.at(uint32(last.n), 16, true)))
	}
	switch changed & 3 {
	case 1:
		last.r = (lastR + 1) & 15
	case 2:
		last.r = (lastR + 15) & 15
	case 3:
		if moved {
			last.r = uint8(d.symbol(c.returns.at(uint32(lastR), 16, true)))
		} else {
			last.r = (lastR + uint8(d.symbol(&c.returnSame)) + 2) & 15
		}
	}
	n, r := int(last.n&15), int(last.r&15)
	at := int(returnMap16[n][r])<<1 | int(one(moved))
	place, single := last.place(), one(n == 1)

	diff := c.icX.next(c.dx[at].get(), single)
	last.x += diff
	c.dx[at].add(diff)
	diff = c.icY.next(c.dy[at].get(), single+evenUpTo(c.icX.k, 20))
	last.y += diff
	c.dy[at].add(diff)
	if p.has[layerZ] {
		z := &c.z[penetration(n, r)]
		last.z = c.icZ.next(*z, single+evenUpTo((c.icX.k+c.icY.k)/2, 18))
		*z = last.z
	}
	if p.has[layerClass] {
		last.class = uint8(p.d[layerClass].symbol(c.class.at(uint32(last.class&31)<<1|one(place == 3), 256, true)))
	}
	if p.has[layerFlags] {
		last.flags = uint8(p.d[layerFlags].symbol(c.flags.at(uint32(last.flags), 64, true)))
	}
	if p.has[layerIntensity] {
		v := &c.intensity[place<<1|one(moved)]
		*v = uint16(c.icInt.next(int32(*v), place))
		last.intensity = *v
	}
	if changed&8 != 0 && p.has[layerAngle] {
		last.angle = int16(c.icAngle.next(int32(last.angle), one(moved)))
	}
	if p.has[layerUser] {
		last.user = uint8(p.d[layerUser].symbol(c.user.at(uint32(last.user>>2), 256, true)))
	}
	if changed&32 != 0 && p.has[layerSource] {
		last.source = uint16(c.icSource.next(int32(last.source), 0))
	}
	if moved && p.has[layerTime] {
		c.timeDecoder.read()
		last.time = c.timeDecoder.time[c.timeDecoder.last]
	}
	last.timeMoved = moved
	last.pack(dst)
	return p.now
}

// channel14Encoder adds the encoders of integers.
type channel14Encoder struct {
	channel14
	icX, icY, icZ, icInt, icAngle, icSource *intEncoder
	timeEncoder                             gpsTimeEncoder
}

// point14Encoder writes the first 30 bytes of formats 6 to 10. has says which
// layers change within the chunk; the others are not written.
type point14Encoder struct {
	e     [point14Layers]rangeEncoder
	has   [point14Layers]bool
	chans [4]*channel14Encoder
	now   int
}

func (p *point14Encoder) channel(i int, from *point14) *channel14Encoder {
	c := p.chans[i]
	if c == nil {
		c = &channel14Encoder{icX: newIntEncoder(&p.e[layerXY], 32, 2), icY: newIntEncoder(&p.e[layerXY], 32, 22), icZ: newIntEncoder(&p.e[layerZ], 32, 20),
			icInt: newIntEncoder(&p.e[layerIntensity], 16, 4), icAngle: newIntEncoder(&p.e[layerAngle], 16, 2), icSource: newIntEncoder(&p.e[layerSource], 16, 1)}
		c.timeEncoder.e, c.timeEncoder.ic = &p.e[layerTime], newIntEncoder(&p.e[layerTime], 32, 9)
		p.chans[i] = c
	}
	if !c.live {
		from := *from
		c.ready(&from, false)
		c.timeEncoder.gpsTime.start(from.time, false, false)
		for _, ic := range []*intEncoder{c.icX, c.icY, c.icZ, c.icInt, c.icAngle, c.icSource, c.timeEncoder.ic} {
			ic.ready()
		}
	}
	return c
}

func (p *point14Encoder) start(first []byte) {
	for _, c := range p.chans {
		if c != nil {
			c.live = false
		}
	}
	var from point14
	from.unpack(first)
	p.now = int(from.channel)
	p.channel(p.now, &from)
}

func (p *point14Encoder) put(src []byte) int {
	var now point14
	now.unpack(src)
	c := p.chans[p.now]
	last := &c.last
	context := last.place() | one(last.timeMoved)<<2
	next := int(now.channel)
	if next != p.now && p.chans[next] != nil && p.chans[next].live {
		last = &p.chans[next].last
	}
	moved := now.time != last.time
	changed := one(next != p.now)<<6 | one(now.source != last.source)<<5 | one(moved)<<4 | one(now.angle != last.angle)<<3 | one(now.n != last.n)<<2
	if step := (now.r - last.r) & 15; step == 15 {
		changed |= 2
	} else {
		changed |= uint32(min(step, 1))
		if step > 1 {
			changed |= 3
		}
	}
	e := &p.e[layerXY]
	e.symbol(&c.changed[context], changed)
	if next != p.now {
		e.symbol(&c.nextChannel, uint32(next-p.now-1)&3)
		c = p.channel(next, last)
		last = &c.last
		p.now = next
	}
	if changed&4 != 0 {
		e.symbol(c.numbers.at(uint32(last.n), 16, false), uint32(now.n))
	}
	if changed&3 == 3 {
		if moved {
			e.symbol(c.returns.at(uint32(last.r), 16, false), uint32(now.r))
		} else {
			e.symbol(&c.returnSame, uint32(now.r-last.r-2)&15)
		}
	}
	n, r := int(now.n), int(now.r)
	at := int(returnMap16[n][r])<<1 | int(one(moved))
	place, single := now.place(), one(n == 1)

	diff := now.x - last.x
	c.icX.put(c.dx[at].get(), diff, single)
	c.dx[at].add(diff)
	diff = now.y - last.y
	c.icY.put(c.dy[at].get(), diff, single+evenUpTo(c.icX.k, 20))
	c.dy[at].add(diff)
	z := &c.z[penetration(n, r)]
	c.icZ.put(*z, now.z, single+evenUpTo((c.icX.k+c.icY.k)/2, 18))
	*z = now.z
	if p.has[layerClass] {
		p.e[layerClass].symbol(c.class.at(uint32(last.class&31)<<1|one(place == 3), 256, false), uint32(now.class))
	}
	if p.has[layerFlags] {
		p.e[layerFlags].symbol(c.flags.at(uint32(last.flags), 64, false), uint32(now.flags))
	}
	if p.has[layerIntensity] {
		v := &c.intensity[place<<1|one(moved)]
		c.icInt.put(int32(*v), int32(now.intensity), place)
		*v = now.intensity
	}
	if changed&8 != 0 {
		c.icAngle.put(int32(last.angle), int32(now.angle), one(moved))
	}
	if p.has[layerUser] {
		p.e[layerUser].symbol(c.user.at(uint32(last.user>>2), 256, false), uint32(now.user))
	}
	if changed&32 != 0 {
		c.icSource.put(int32(last.source), int32(now.source), 0)
	}
	if moved {
		c.timeEncoder.write(now.time)
	}
	now.timeMoved = moved
	c.last = now
	return p.now
}

// note marks the layers in which any record of a chunk differs from the first.
func (p *point14Encoder) note(records []byte, recordB int) {
	p.has = [point14Layers]bool{layerXY: true, layerZ: true}
	le := binary.LittleEndian
	first := records[:30]
	head, mid := le.Uint64(first[12:]), first[20:30]
	var diff, source, time uint64
	for b := records; len(b) >= recordB; b = b[recordB:] {
		diff |= le.Uint64(b[12:]) ^ head
		source |= uint64(le.Uint16(b[20:]) ^ le.Uint16(mid))
		time |= le.Uint64(b[22:]) ^ le.Uint64(mid[2:])
	}
	p.has[layerIntensity] = diff&0xffff != 0
	p.has[layerFlags] = diff>>24&0xcf != 0
	p.has[layerClass] = diff>>32&0xff != 0
	p.has[layerUser] = diff>>40&0xff != 0
	p.has[layerAngle] = diff>>48 != 0
	p.has[layerSource] = source != 0
	p.has[layerTime] = time != 0
}
