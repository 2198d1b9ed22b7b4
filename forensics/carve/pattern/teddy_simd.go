//go:build goexperiment.simd && amd64

package pattern

import (
	"math/bits"
	"simd/archsimd"
)

func (m *Matcher) scan(b []byte, limit, from, to int, hits []Hit) []Hit {
	switch {
	case archsimd.X86.AVX512():
		from, hits = m.scan512(b, limit, from, to, hits)
	case archsimd.X86.AVX2():
		from, hits = m.scan256(b, limit, from, to, hits)
	}
	return m.scanPlain(b, limit, from, to, hits)
}

// scan512 takes 64 places at a time and returns where it stopped.
func (m *Matcher) scan512(b []byte, limit, from, to int, hits []Hit) (int, []Hit) {
	var low, high [3]archsimd.Uint8x64
	for i := range 3 {
		var l, h [64]byte
		for k := range l {
			l[k], h[k] = m.low[i][k%16], m.high[i][k%16]
		}
		low[i], high[i] = archsimd.LoadUint8x64(&l), archsimd.LoadUint8x64(&h)
	}
	l0, l1, l2, h0, h1, h2 := low[0], low[1], low[2], high[0], high[1], high[2]
	nibble, none := archsimd.BroadcastUint8x64(15), archsimd.BroadcastUint8x64(0)
	for ; from+64 <= to; from += 64 {
		s := b[from : from+66]
		x := archsimd.LoadUint8x64((*[64]byte)(s))
		y := archsimd.LoadUint8x64((*[64]byte)(s[1:]))
		z := archsimd.LoadUint8x64((*[64]byte)(s[2:]))
		r := l0.PermuteOrZeroGrouped(x.And(nibble).AsInt8x64()).And(h0.PermuteOrZeroGrouped(x.AsUint16x32().ShiftAllRight(4).AsUint8x64().And(nibble).AsInt8x64()))
		r = r.And(l1.PermuteOrZeroGrouped(y.And(nibble).AsInt8x64())).And(h1.PermuteOrZeroGrouped(y.AsUint16x32().ShiftAllRight(4).AsUint8x64().And(nibble).AsInt8x64()))
		r = r.And(l2.PermuteOrZeroGrouped(z.And(nibble).AsInt8x64())).And(h2.PermuteOrZeroGrouped(z.AsUint16x32().ShiftAllRight(4).AsUint8x64().And(nibble).AsInt8x64()))
		for set := r.NotEqual(none).ToBits(); set != 0; set &= set - 1 {
			k := bits.TrailingZeros64(set)
			if h := hash(s[k], s[k+1], s[k+2]); m.seen[h>>6]>>(h&63)&1 != 0 {
				hits = m.compare(b, limit, from+k, h, hits)
			}
		}
	}
	archsimd.ClearAVXUpperBits()
	return from, hits
}

// scan256 takes 32 places at a time.
func (m *Matcher) scan256(b []byte, limit, from, to int, hits []Hit) (int, []Hit) {
	var low, high [3]archsimd.Uint8x32
	for i := range 3 {
		var l, h [32]byte
		for k := range l {
			l[k], h[k] = m.low[i][k%16], m.high[i][k%16]
		}
		low[i], high[i] = archsimd.LoadUint8x32(&l), archsimd.LoadUint8x32(&h)
	}
	l0, l1, l2, h0, h1, h2 := low[0], low[1], low[2], high[0], high[1], high[2]
	nibble, none := archsimd.BroadcastUint8x32(15), archsimd.BroadcastUint8x32(0)
	for ; from+32 <= to; from += 32 {
		s := b[from : from+34]
		x := archsimd.LoadUint8x32((*[32]byte)(s))
		y := archsimd.LoadUint8x32((*[32]byte)(s[1:]))
		z := archsimd.LoadUint8x32((*[32]byte)(s[2:]))
		r := l0.PermuteOrZeroGrouped(x.And(nibble).AsInt8x32()).And(h0.PermuteOrZeroGrouped(x.AsUint16x16().ShiftAllRight(4).AsUint8x32().And(nibble).AsInt8x32()))
		r = r.And(l1.PermuteOrZeroGrouped(y.And(nibble).AsInt8x32())).And(h1.PermuteOrZeroGrouped(y.AsUint16x16().ShiftAllRight(4).AsUint8x32().And(nibble).AsInt8x32()))
		r = r.And(l2.PermuteOrZeroGrouped(z.And(nibble).AsInt8x32())).And(h2.PermuteOrZeroGrouped(z.AsUint16x16().ShiftAllRight(4).AsUint8x32().And(nibble).AsInt8x32()))
		for set := ^r.Equal(none).ToBits(); set != 0; set &= set - 1 {
			k := bits.TrailingZeros32(set)
			if h := hash(s[k], s[k+1], s[k+2]); m.seen[h>>6]>>(h&63)&1 != 0 {
				hits = m.compare(b, limit, from+k, h, hits)
			}
		}
	}
	archsimd.ClearAVXUpperBits()
	return from, hits
}
