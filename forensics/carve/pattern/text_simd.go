//go:build goexperiment.simd && amd64

package pattern

import (
	"math/bits"
	"simd/archsimd"
)

// controlWide looks at 64 bytes at a time. When it finds nothing it returns up to
// where it looked.
func controlWide(b []byte) (int, bool) {
	if len(b) < 64 || !archsimd.X86.AVX512() {
		return 0, false
	}
	blank, del := archsimd.BroadcastUint8x64(' '), archsimd.BroadcastUint8x64(0x7f)
	tab, line, ret := archsimd.BroadcastUint8x64('\t'), archsimd.BroadcastUint8x64('\n'), archsimd.BroadcastUint8x64('\r')
	i := 0
	for ; i+64 <= len(b); i += 64 {
		x := archsimd.LoadUint8x64((*[64]byte)(b[i:]))
		low := x.Less(blank).ToBits()
		set := x.And(del).Equal(del).ToBits()
		if low != 0 {
			set |= low &^ (x.Equal(tab).ToBits() | x.Equal(line).ToBits() | x.Equal(ret).ToBits())
		}
		if set != 0 {
			archsimd.ClearAVXUpperBits()
			return i + bits.TrailingZeros64(set), true
		}
	}
	archsimd.ClearAVXUpperBits()
	return i, false
}

// digitsWide counts in as many bytes as it returns first.
func digitsWide(b []byte) (i, n int, signs bool) {
	if len(b) < 64 || !archsimd.X86.AVX512() {
		return 0, 0, false
	}
	zero, ten, top := archsimd.BroadcastUint8x64('0'), archsimd.BroadcastUint8x64(10), archsimd.BroadcastUint8x64(0x80)
	colon, brace := archsimd.BroadcastUint8x64(':'), archsimd.BroadcastUint8x64('{')
	set := uint64(0)
	for ; i+64 <= len(b); i += 64 {
		x := archsimd.LoadUint8x64((*[64]byte)(b[i:]))
		n += bits.OnesCount64(x.Sub(zero).Less(ten).ToBits())
		set |= x.GreaterEqual(top).ToBits() | x.Equal(colon).ToBits() | x.Equal(brace).ToBits()
	}
	archsimd.ClearAVXUpperBits()
	return i, n, set != 0
}

// textWide looks at 64 bytes at a time. When it finds nothing it returns up to
// where it looked.
func textWide(b []byte) (n, high int, found bool) {
	if len(b) < 64 || !archsimd.X86.AVX512() {
		return 0, 0, false
	}
	blank, top := archsimd.BroadcastUint8x64(' '), archsimd.BroadcastUint8x64(0x80)
	tab, line, ret := archsimd.BroadcastUint8x64('\t'), archsimd.BroadcastUint8x64('\n'), archsimd.BroadcastUint8x64('\r')
	for ; n+64 <= len(b); n += 64 {
		x := archsimd.LoadUint8x64((*[64]byte)(b[n:]))
		set := x.GreaterEqual(top).ToBits()
		if low := x.Less(blank).ToBits(); low != 0 {
			if low &^= x.Equal(tab).ToBits() | x.Equal(line).ToBits() | x.Equal(ret).ToBits(); low != 0 {
				archsimd.ClearAVXUpperBits()
				k := bits.TrailingZeros64(low)
				return n + k, high + bits.OnesCount64(set&(1<<k-1)), true
			}
		}
		high += bits.OnesCount64(set)
	}
	archsimd.ClearAVXUpperBits()
	return n, high, false
}
