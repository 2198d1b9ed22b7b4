//go:build goexperiment.simd && amd64

package neighbours

import (
	"math/bits"
	"simd/archsimd"
)

func collect(keys []uint64, held int, blocks []float32, leaf int32, px, py, pz, bound float32) int {
	if !archsimd.X86.AVX512() {
		return collectPlain(keys, held, blocks, leaf, px, py, pz, bound)
	}
	one := [1]int32{leaf}
	held, _ = collectList512(keys, held, blocks, one[:], px, py, pz, bound)
	return held
}

func collectList(keys []uint64, held int, blocks []float32, leaves []int32, px, py, pz, bound float32) (int, int) {
	if !archsimd.X86.AVX512() {
		return collectListPlain(keys, held, blocks, leaves, px, py, pz, bound)
	}
	return collectList512(keys, held, blocks, leaves, px, py, pz, bound)
}

// collectList512 gives the same keys in the same order as the plain form:
// products and sums are rounded one by one.
func collectList512(keys []uint64, held int, blocks []float32, leaves []int32, px, py, pz, bound float32) (int, int) {
	qx, qy, qz := archsimd.BroadcastFloat32x16(px), archsimd.BroadcastFloat32x16(py), archsimd.BroadcastFloat32x16(pz)
	lim := archsimd.BroadcastFloat32x16(min(bound, maxD2))
	var d [Block]float32
	for n, leaf := range leaves {
		if held+Block > len(keys) {
			archsimd.ClearAVXUpperBits()
			return held, n
		}
		b := blocks[int(leaf)*blockLen:][:blockLen:blockLen]
		dx := archsimd.LoadFloat32x16Slice(b).Sub(qx)
		dy := archsimd.LoadFloat32x16Slice(b[Block:]).Sub(qy)
		dz := archsimd.LoadFloat32x16Slice(b[2*Block:]).Sub(qz)
		d2 := dx.Mul(dx).Add(dy.Mul(dy)).Add(dz.Mul(dz))
		m := uint(d2.LessEqual(lim).ToBits())
		if m == 0 {
			continue
		}
		d2.Store(&d)
		slot := leaf * Block
		for ; m != 0; m &= m - 1 {
			i := bits.TrailingZeros(m) & (Block - 1)
			keys[held] = key(d[i], slot+int32(i))
			held++
		}
	}
	archsimd.ClearAVXUpperBits()
	return held, len(leaves)
}
