//go:build goexperiment.simd && amd64

package feature

import "simd/archsimd"

// Each operation has a form for 512 and one for 256 bits, which return how many
// values they wrote; the plain form does the rest. All give the same bits.

func sumRows(dst, mid []float32, above, below [][]float32, kernel []float32) {
	x := 0
	switch {
	case archsimd.X86.AVX512():
		x = sumRows512(dst, mid, above, below, kernel)
	case archsimd.X86.AVX2():
		x = sumRows256(dst, mid, above, below, kernel)
	}
	sumRowsPlain(dst, mid, above, below, kernel, x)
}

func sumRows512(dst, mid []float32, above, below [][]float32, kernel []float32) int {
	x, n := 0, len(dst)
	below = below[:len(above)]
	kernel = kernel[:len(above)+1]
	w0 := archsimd.BroadcastFloat32x16(kernel[0])
	for ; x+32 <= n; x += 32 {
		m := mid[x : x+32]
		acc0 := archsimd.LoadFloat32x16Slice(m).Mul(w0)
		acc1 := archsimd.LoadFloat32x16Slice(m[16:]).Mul(w0)
		for k := range above {
			w := archsimd.BroadcastFloat32x16(kernel[k+1])
			a, b := above[k][x:x+32], below[k][x:x+32]
			acc0 = acc0.Add(archsimd.LoadFloat32x16Slice(a).Add(archsimd.LoadFloat32x16Slice(b)).Mul(w))
			acc1 = acc1.Add(archsimd.LoadFloat32x16Slice(a[16:]).Add(archsimd.LoadFloat32x16Slice(b[16:])).Mul(w))
		}
		acc0.StoreSlice(dst[x:])
		acc1.StoreSlice(dst[x+16:])
	}
	archsimd.ClearAVXUpperBits()
	return x
}

func sumRows256(dst, mid []float32, above, below [][]float32, kernel []float32) int {
	x, n := 0, len(dst)
	below = below[:len(above)]
	kernel = kernel[:len(above)+1]
	w0 := archsimd.BroadcastFloat32x8(kernel[0])
	for ; x+16 <= n; x += 16 {
		m := mid[x : x+16]
		acc0 := archsimd.LoadFloat32x8Slice(m).Mul(w0)
		acc1 := archsimd.LoadFloat32x8Slice(m[8:]).Mul(w0)
		for k := range above {
			w := archsimd.BroadcastFloat32x8(kernel[k+1])
			a, b := above[k][x:x+16], below[k][x:x+16]
			acc0 = acc0.Add(archsimd.LoadFloat32x8Slice(a).Add(archsimd.LoadFloat32x8Slice(b)).Mul(w))
			acc1 = acc1.Add(archsimd.LoadFloat32x8Slice(a[8:]).Add(archsimd.LoadFloat32x8Slice(b[8:])).Mul(w))
		}
		acc0.StoreSlice(dst[x:])
		acc1.StoreSlice(dst[x+8:])
	}
	archsimd.ClearAVXUpperBits()
	return x
}

func sumTaps(dst, row []float32, kernel []float32) {
	x := 0
	switch {
	case archsimd.X86.AVX512():
		x = sumTaps512(dst, row, kernel)
	case archsimd.X86.AVX2():
		x = sumTaps256(dst, row, kernel)
	}
	sumTapsPlain(dst, row, kernel, x)
}

func sumTaps512(dst, row []float32, kernel []float32) int {
	x, n, r := 0, len(dst), len(kernel)-1
	w0 := archsimd.BroadcastFloat32x16(kernel[0])
	for ; x+32 <= n; x += 32 {
		s := row[x : x+2*r+32]
		acc0 := archsimd.LoadFloat32x16Slice(s[r:]).Mul(w0)
		acc1 := archsimd.LoadFloat32x16Slice(s[r+16:]).Mul(w0)
		for k := 1; k <= r; k++ {
			w := archsimd.BroadcastFloat32x16(kernel[k])
			a, b := s[r-k:], s[r+k:]
			acc0 = acc0.Add(archsimd.LoadFloat32x16Slice(a).Add(archsimd.LoadFloat32x16Slice(b)).Mul(w))
			acc1 = acc1.Add(archsimd.LoadFloat32x16Slice(a[16:]).Add(archsimd.LoadFloat32x16Slice(b[16:])).Mul(w))
		}
		acc0.StoreSlice(dst[x:])
		acc1.StoreSlice(dst[x+16:])
	}
	archsimd.ClearAVXUpperBits()
	return x
}

func sumTaps256(dst, row []float32, kernel []float32) int {
	x, n, r := 0, len(dst), len(kernel)-1
	w0 := archsimd.BroadcastFloat32x8(kernel[0])
	for ; x+16 <= n; x += 16 {
		s := row[x : x+2*r+16]
		acc0 := archsimd.LoadFloat32x8Slice(s[r:]).Mul(w0)
		acc1 := archsimd.LoadFloat32x8Slice(s[r+8:]).Mul(w0)
		for k := 1; k <= r; k++ {
			w := archsimd.BroadcastFloat32x8(kernel[k])
			a, b := s[r-k:], s[r+k:]
			acc0 = acc0.Add(archsimd.LoadFloat32x8Slice(a).Add(archsimd.LoadFloat32x8Slice(b)).Mul(w))
			acc1 = acc1.Add(archsimd.LoadFloat32x8Slice(a[8:]).Add(archsimd.LoadFloat32x8Slice(b[8:])).Mul(w))
		}
		acc0.StoreSlice(dst[x:])
		acc1.StoreSlice(dst[x+8:])
	}
	archsimd.ClearAVXUpperBits()
	return x
}

func gradients(mag, turn, row, up, down []float32) {
	x := 0
	switch {
	case archsimd.X86.AVX512():
		x = gradients512(mag, turn, row, up, down)
	case archsimd.X86.AVX2():
		x = gradients256(mag, turn, row, up, down)
	}
	gradientsPlain(mag, turn, row, up, down, x)
}

func gradients512(mag, turn, row, up, down []float32) int {
	x, n := 0, len(mag)
	zero := archsimd.BroadcastFloat32x16(0)
	tiny := archsimd.BroadcastFloat32x16(directionTiny)
	c1, c3 := archsimd.BroadcastFloat32x16(directionC1), archsimd.BroadcastFloat32x16(directionC3)
	near, far := archsimd.BroadcastFloat32x16(directionBase), archsimd.BroadcastFloat32x16(3*directionBase)
	full := archsimd.BroadcastFloat32x16(angleBins)
	for ; x+16 <= n; x += 16 {
		gx := archsimd.LoadFloat32x16Slice(row[x+2:]).Sub(archsimd.LoadFloat32x16Slice(row[x:]))
		gy := archsimd.LoadFloat32x16Slice(down[x:]).Sub(archsimd.LoadFloat32x16Slice(up[x:]))
		gx.Mul(gx).Add(gy.Mul(gy)).Sqrt().StoreSlice(mag[x:])
		ay := gy.Max(zero.Sub(gy)).Add(tiny)
		left := gx.Less(zero)
		num := gx.Add(ay).Merge(gx.Sub(ay), left)
		den := ay.Sub(gx).Merge(gx.Add(ay), left)
		r := num.Div(den)
		t := far.Merge(near, left).Add(r.Mul(r).Mul(c3).Sub(c1).Mul(r))
		full.Sub(t).Merge(t, gy.Less(zero)).StoreSlice(turn[x:])
	}
	archsimd.ClearAVXUpperBits()
	return x
}

func gradients256(mag, turn, row, up, down []float32) int {
	x, n := 0, len(mag)
	zero := archsimd.BroadcastFloat32x8(0)
	tiny := archsimd.BroadcastFloat32x8(directionTiny)
	c1, c3 := archsimd.BroadcastFloat32x8(directionC1), archsimd.BroadcastFloat32x8(directionC3)
	near, far := archsimd.BroadcastFloat32x8(directionBase), archsimd.BroadcastFloat32x8(3*directionBase)
	full := archsimd.BroadcastFloat32x8(angleBins)
	for ; x+8 <= n; x += 8 {
		gx := archsimd.LoadFloat32x8Slice(row[x+2:]).Sub(archsimd.LoadFloat32x8Slice(row[x:]))
		gy := archsimd.LoadFloat32x8Slice(down[x:]).Sub(archsimd.LoadFloat32x8Slice(up[x:]))
		gx.Mul(gx).Add(gy.Mul(gy)).Sqrt().StoreSlice(mag[x:])
		ay := gy.Max(zero.Sub(gy)).Add(tiny)
		left := gx.Less(zero)
		num := gx.Add(ay).Merge(gx.Sub(ay), left)
		den := ay.Sub(gx).Merge(gx.Add(ay), left)
		r := num.Div(den)
		t := far.Merge(near, left).Add(r.Mul(r).Mul(c3).Sub(c1).Mul(r))
		full.Sub(t).Merge(t, gy.Less(zero)).StoreSlice(turn[x:])
	}
	archsimd.ClearAVXUpperBits()
	return x
}
