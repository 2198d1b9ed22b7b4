//go:build goexperiment.simd && amd64

package match

import "simd/archsimd"

// products updates the best keys of all rows and of the columns of blocks
// from..to. Four rows meet two blocks at a time: a word of four dimensions is
// broadcast, multiplied with the same four of 16 columns and summed in pairs to
// 16 bits. Sums start at -32768, so that the whole range 0..65535 is held; the
// norms that feature keeps bound every partial sum by it.
func products(t *tops, rows []uint32, blocks []uint8, from, to int) {
	switch {
	case archsimd.X86.AVX512():
		b := from
		for ; b+1 < to; b += 2 {
			products512(t, rows, blocks, b)
		}
		archsimd.ClearAVXUpperBits()
		if b < to {
			products256(t, rows, blocks, b)
			archsimd.ClearAVXUpperBits()
		}
	case archsimd.X86.AVX2():
		for b := from; b < to; b++ {
			products256(t, rows, blocks, b)
		}
		archsimd.ClearAVXUpperBits()
	default:
		productsPlain(t, rows, blocks, from, to)
	}
}

func products512(t *tops, rows []uint32, blocks []uint8, b int) {
	const size = quads * blockLen
	left, right := (*[size]uint8)(blocks[b*size:]), (*[size]uint8)(blocks[(b+1)*size:])
	bias := archsimd.BroadcastInt16x32(-32768)
	ones := archsimd.BroadcastInt16x32(1)
	unbias := archsimd.BroadcastInt32x16(65536)
	var ids [2][16]int32
	for c := range 16 {
		ids[0][c] = int32(indexMask - min(b*blockCols+c, indexMask))
		ids[1][c] = int32(indexMask - min((b+1)*blockCols+c, indexMask))
	}
	colL1, colL2 := archsimd.LoadInt32x16Slice(t.col1[b*16:]), archsimd.LoadInt32x16Slice(t.col2[b*16:])
	colR1, colR2 := archsimd.LoadInt32x16Slice(t.col1[b*16+16:]), archsimd.LoadInt32x16Slice(t.col2[b*16+16:])
	n := len(rows) / quads
	for r := 0; r+rowsStep <= n; r += rowsStep {
		r0, r1 := (*[quads]uint32)(rows[r*quads:]), (*[quads]uint32)(rows[(r+1)*quads:])
		r2, r3 := (*[quads]uint32)(rows[(r+2)*quads:]), (*[quads]uint32)(rows[(r+3)*quads:])
		l0, l1, l2, l3 := bias, bias, bias, bias
		s0, s1, s2, s3 := bias, bias, bias, bias
		for q := range quads {
			vl := archsimd.LoadUint8x64((*[64]uint8)(left[q*blockLen:]))
			vr := archsimd.LoadUint8x64((*[64]uint8)(right[q*blockLen:]))
			a := archsimd.BroadcastUint32x16(r0[q]).AsInt8x64()
			l0 = l0.Add(vl.DotProductPairsSaturated(a))
			s0 = s0.Add(vr.DotProductPairsSaturated(a))
			a = archsimd.BroadcastUint32x16(r1[q]).AsInt8x64()
			l1 = l1.Add(vl.DotProductPairsSaturated(a))
			s1 = s1.Add(vr.DotProductPairsSaturated(a))
			a = archsimd.BroadcastUint32x16(r2[q]).AsInt8x64()
			l2 = l2.Add(vl.DotProductPairsSaturated(a))
			s2 = s2.Add(vr.DotProductPairsSaturated(a))
			a = archsimd.BroadcastUint32x16(r3[q]).AsInt8x64()
			l3 = l3.Add(vl.DotProductPairsSaturated(a))
			s3 = s3.Add(vr.DotProductPairsSaturated(a))
		}
		idL, idR := archsimd.LoadInt32x16(&ids[0]), archsimd.LoadInt32x16(&ids[1])
		for k := range rowsStep {
			var left, right archsimd.Int32x16
			switch k {
			case 0:
				left, right = l0.DotProductPairs(ones), s0.DotProductPairs(ones)
			case 1:
				left, right = l1.DotProductPairs(ones), s1.DotProductPairs(ones)
			case 2:
				left, right = l2.DotProductPairs(ones), s2.DotProductPairs(ones)
			case 3:
				left, right = l3.DotProductPairs(ones), s3.DotProductPairs(ones)
			}
			left = left.Add(unbias).ShiftAllLeft(indexBits)
			right = right.Add(unbias).ShiftAllLeft(indexBits)
			lane1 := t.row1[(r+k)*16 : (r+k)*16+16]
			lane2 := t.row2[(r+k)*16 : (r+k)*16+16]
			best, second := archsimd.LoadInt32x16Slice(lane1), archsimd.LoadInt32x16Slice(lane2)
			key := left.Or(idL)
			second, best = second.Max(best.Min(key)), best.Max(key)
			key = right.Or(idR)
			second, best = second.Max(best.Min(key)), best.Max(key)
			best.StoreSlice(lane1)
			second.StoreSlice(lane2)
			row := archsimd.BroadcastInt32x16(int32(indexMask - min(r+k, indexMask)))
			key = left.Or(row)
			colL2, colL1 = colL2.Max(colL1.Min(key)), colL1.Max(key)
			key = right.Or(row)
			colR2, colR1 = colR2.Max(colR1.Min(key)), colR1.Max(key)
		}
	}
	colL1.StoreSlice(t.col1[b*16:])
	colL2.StoreSlice(t.col2[b*16:])
	colR1.StoreSlice(t.col1[b*16+16:])
	colR2.StoreSlice(t.col2[b*16+16:])
}

// products256 takes one block as two halves of 8 columns.
func products256(t *tops, rows []uint32, blocks []uint8, b int) {
	const size = quads * blockLen
	block := (*[size]uint8)(blocks[b*size:])
	bias := archsimd.BroadcastInt16x16(-32768)
	ones := archsimd.BroadcastInt16x16(1)
	unbias := archsimd.BroadcastInt32x8(65536)
	var ids [2][8]int32
	for c := range 8 {
		ids[0][c] = int32(indexMask - min(b*blockCols+c, indexMask))
		ids[1][c] = int32(indexMask - min(b*blockCols+8+c, indexMask))
	}
	n := len(rows) / quads
	for r := 0; r+rowsStep <= n; r += rowsStep {
		r0, r1 := (*[quads]uint32)(rows[r*quads:]), (*[quads]uint32)(rows[(r+1)*quads:])
		r2, r3 := (*[quads]uint32)(rows[(r+2)*quads:]), (*[quads]uint32)(rows[(r+3)*quads:])
		l0, l1, l2, l3 := bias, bias, bias, bias
		s0, s1, s2, s3 := bias, bias, bias, bias
		for q := range quads {
			vl := archsimd.LoadUint8x32((*[32]uint8)(block[q*blockLen:]))
			vr := archsimd.LoadUint8x32((*[32]uint8)(block[q*blockLen+32:]))
			a := archsimd.BroadcastUint32x8(r0[q]).AsInt8x32()
			l0 = l0.Add(vl.DotProductPairsSaturated(a))
			s0 = s0.Add(vr.DotProductPairsSaturated(a))
			a = archsimd.BroadcastUint32x8(r1[q]).AsInt8x32()
			l1 = l1.Add(vl.DotProductPairsSaturated(a))
			s1 = s1.Add(vr.DotProductPairsSaturated(a))
			a = archsimd.BroadcastUint32x8(r2[q]).AsInt8x32()
			l2 = l2.Add(vl.DotProductPairsSaturated(a))
			s2 = s2.Add(vr.DotProductPairsSaturated(a))
			a = archsimd.BroadcastUint32x8(r3[q]).AsInt8x32()
			l3 = l3.Add(vl.DotProductPairsSaturated(a))
			s3 = s3.Add(vr.DotProductPairsSaturated(a))
		}
		for half := range 2 {
			id := archsimd.LoadInt32x8(&ids[half])
			at := b*blockCols + 8*half
			col1, col2 := archsimd.LoadInt32x8Slice(t.col1[at:]), archsimd.LoadInt32x8Slice(t.col2[at:])
			for k := range rowsStep {
				var sum archsimd.Int16x16
				switch {
				case k == 0 && half == 0:
					sum = l0
				case k == 1 && half == 0:
					sum = l1
				case k == 2 && half == 0:
					sum = l2
				case half == 0:
					sum = l3
				case k == 0:
					sum = s0
				case k == 1:
					sum = s1
				case k == 2:
					sum = s2
				default:
					sum = s3
				}
				dot := sum.DotProductPairs(ones).Add(unbias).ShiftAllLeft(indexBits)
				lane1 := t.row1[(r+k)*16+8*half : (r+k)*16+8*half+8]
				lane2 := t.row2[(r+k)*16+8*half : (r+k)*16+8*half+8]
				best, second := archsimd.LoadInt32x8Slice(lane1), archsimd.LoadInt32x8Slice(lane2)
				key := dot.Or(id)
				second.Max(best.Min(key)).StoreSlice(lane2)
				best.Max(key).StoreSlice(lane1)
				key = dot.Or(archsimd.BroadcastInt32x8(int32(indexMask - min(r+k, indexMask))))
				col2, col1 = col2.Max(col1.Min(key)), col1.Max(key)
			}
			col1.StoreSlice(t.col1[at:])
			col2.StoreSlice(t.col2[at:])
		}
	}
}
