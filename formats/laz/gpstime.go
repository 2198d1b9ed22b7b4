package laz

import "encoding/binary"

// gpsTime is the state of a time column: four sequences of times, each with its
// last difference, of which the next difference is often a multiple. Differences
// are of the numbers' bits. Versions 2 and 3 differ in the symbol for "unchanged",
// which version 3 has elsewhere.
type gpsTime struct {
	last, fresh int
	time        [4]uint64
	diff        [4]int32
	extreme     [4]int
	multi, zero model
	code        uint32 // symbol of multi for "another number altogether"
	first       uint32 // symbol of zero for a difference of 32 bits
}

const (
	gpsMulti    = 500
	gpsMinus    = -10
	gpsSymbols2 = gpsMulti - gpsMinus + 6
)

// start readies the state; unchanged says that there is a symbol for it.
func (g *gpsTime) start(first uint64, unchanged, decode bool) {
	*g = gpsTime{time: [4]uint64{first}, multi: g.multi, zero: g.zero}
	n := 0
	if unchanged {
		n = 1
	}
	g.multi.ready(gpsSymbols2-1+n, decode)
	g.zero.ready(5+n, decode)
	g.code, g.first = uint32(gpsMulti-gpsMinus+1+n), uint32(n)
}

// settle counts differences far from a multiple, until the last one becomes the
// new measure.
func (g *gpsTime) settle(diff int32) {
	if g.extreme[g.last]++; g.extreme[g.last] > 3 {
		g.diff[g.last], g.extreme[g.last] = diff, 0
	}
}

// begin starts another sequence.
func (g *gpsTime) begin(t uint64) {
	g.fresh = (g.fresh + 1) & 3
	g.last = g.fresh
	g.time[g.last], g.diff[g.last], g.extreme[g.last] = t, 0, 0
}

type gpsTimeDecoder struct {
	gpsTime
	d  *rangeDecoder
	ic *intDecoder
}

func newGPSTimeDecoder(d *rangeDecoder) *gpsTimeDecoder {
	return &gpsTimeDecoder{d: d, ic: newIntDecoder(d, 32, 9)}
}

func (g *gpsTimeDecoder) start(first []byte) {
	g.gpsTime.start(binary.LittleEndian.Uint64(first), true, true)
	g.ic.ready()
}

func (g *gpsTimeDecoder) next(dst []byte) {
	g.read()
	binary.LittleEndian.PutUint64(dst, g.time[g.last])
}

// read takes the next time into time[last].
func (g *gpsTimeDecoder) read() {
	// A switch to another sequence is followed by another code. An intact file
	// switches at most once; the bound keeps a damaged one from running on.
	for range 8 {
		if !g.step() {
			return
		}
	}
}

// step reports whether it only switched sequences.
func (g *gpsTimeDecoder) step() bool {
	last := g.last
	measure := g.diff[last]
	if measure == 0 {
		switch code := g.d.symbol(&g.zero); {
		case code < g.first: // unchanged
		case code == g.first:
			g.diff[last] = g.ic.next(0, 0)
			g.time[last] += uint64(int64(g.diff[last]))
			g.extreme[last] = 0
		case code == g.first+1:
			g.other()
		default:
			g.last = (last + int(code-g.first) - 1) & 3
			return true
		}
		return false
	}
	var diff int32
	switch code := g.d.symbol(&g.multi); {
	case code == 1:
		diff = g.ic.next(measure, 1)
		g.extreme[last] = 0
	case code == 0:
		diff = g.ic.next(0, 7)
		g.settle(diff)
	case code < 10:
		diff = g.ic.next(int32(code)*measure, 2)
	case code < gpsMulti:
		diff = g.ic.next(int32(code)*measure, 3)
	case code == gpsMulti:
		diff = g.ic.next(gpsMulti*measure, 4)
		g.settle(diff)
	case code < gpsMulti-gpsMinus:
		diff = g.ic.next((gpsMulti-int32(code))*measure, 5)
	case code == gpsMulti-gpsMinus:
		diff = g.ic.next(gpsMinus*measure, 6)
		g.settle(diff)
	case code < g.code: // unchanged
	case code == g.code:
		g.other()
		return false
	default:
		g.last = (last + int(code-g.code)) & 3
		return true
	}
	g.time[last] += uint64(int64(diff))
	return false
}

// other reads a time that no sequence foretells.
func (g *gpsTimeDecoder) other() {
	high := uint32(g.ic.next(int32(g.time[g.last]>>32), 8))
	g.begin(uint64(high)<<32 | uint64(g.d.uint32()))
}

type gpsTimeEncoder struct {
	gpsTime
	e  *rangeEncoder
	ic *intEncoder
}

func newGPSTimeEncoder(e *rangeEncoder) *gpsTimeEncoder {
	return &gpsTimeEncoder{e: e, ic: newIntEncoder(e, 32, 9)}
}

func (g *gpsTimeEncoder) start(first []byte) {
	g.gpsTime.start(binary.LittleEndian.Uint64(first), true, false)
	g.ic.ready()
}

func (g *gpsTimeEncoder) put(src []byte) { g.write(binary.LittleEndian.Uint64(src)) }

func (g *gpsTimeEncoder) write(t uint64) {
	last := g.last
	measure := g.diff[last]
	wide := int64(t - g.time[last])
	diff := int32(wide)
	near := int64(diff) == wide
	switch {
	case wide == 0 && g.first > 0:
		if measure == 0 {
			g.e.symbol(&g.zero, 0)
		} else {
			g.e.symbol(&g.multi, g.code-1)
		}
		return
	case !near:
		g.far(t, measure == 0)
		return
	case measure == 0:
		g.e.symbol(&g.zero, g.first)
		g.ic.put(0, diff, 0)
		g.diff[last], g.extreme[last] = diff, 0
	default:
		g.multiple(diff, measure)
	}
	g.time[last] = t
}

// multiple writes a difference by its ratio to the measure.
func (g *gpsTimeEncoder) multiple(diff, measure int32) {
	ratio := float64(float32(diff) / float32(measure))
	times := int32(min(max(ratio, -1e6), 1e6) + 0.5)
	if ratio < 0 {
		times = int32(max(ratio, -1e6) - 0.5)
	}
	code := func(c int32, pred int32, context uint32) {
		g.e.symbol(&g.multi, uint32(c))
		g.ic.put(pred, diff, context)
	}
	switch {
	case times == 1:
		code(1, measure, 1)
		g.extreme[g.last] = 0
	case times == 0:
		code(0, 0, 7)
		g.settle(diff)
	case times >= gpsMulti:
		code(gpsMulti, gpsMulti*measure, 4)
		g.settle(diff)
	case times >= 10:
		code(times, times*measure, 3)
	case times > 0:
		code(times, times*measure, 2)
	case times > gpsMinus:
		code(gpsMulti-times, times*measure, 5)
	default:
		code(gpsMulti-gpsMinus, gpsMinus*measure, 6)
		g.settle(diff)
	}
}

// far writes a time that is not near the present sequence's.
func (g *gpsTimeEncoder) far(t uint64, atZero bool) {
	m, base := &g.multi, g.code
	if atZero {
		m, base = &g.zero, g.first+1
	}
	for i := 1; i < 4; i++ {
		k := (g.last + i) & 3
		if wide := int64(t - g.time[k]); int64(int32(wide)) == wide {
			g.e.symbol(m, base+uint32(i))
			g.last = k
			g.write(t)
			return
		}
	}
	g.e.symbol(m, base)
	g.ic.put(int32(g.time[g.last]>>32), int32(t>>32), 8)
	g.e.uint32(uint32(t))
	g.begin(t)
}
