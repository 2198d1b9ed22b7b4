//go:build goexperiment.simd && amd64

package mvs

import "simd/archsimd"

var (
	has512 = archsimd.X86.AVX512()
	has256 = archsimd.X86.AVX2()
)

// windowSums has a form for 512 and one for 256 bits; both give the bits of the
// plain form. Pixels are fetched one by one between the vector parts: there is
// no gather.
func windowSums(p *patch, s *source, h *[9]float32) (mean, square, cov float32) {
	switch {
	case has512:
		return windowSums512(p, s, h)
	case has256:
		return windowSums256(p, s, h)
	}
	return windowSumsPlain(p, s, h)
}

func normalise(p *patch, win *window) {
	if has512 {
		normalise512(p, win)
		return
	}
	normalisePlain(p, win)
}

func normalise512(p *patch, win *window) {
	w0, w1 := archsimd.LoadFloat32x16Slice(win.weight[:lanes]), archsimd.LoadFloat32x16Slice(win.weight[lanes:])
	g0, g1 := archsimd.LoadFloat32x16Slice(win.grey[:lanes]), archsimd.LoadFloat32x16Slice(win.grey[lanes:])
	sum := w0.Add(w1)
	mean := w0.Mul(g0).Add(w1.Mul(g1))
	total := sum8(sum.GetLo().Add(sum.GetHi()))
	if !(total > 0) {
		archsimd.ClearAVXUpperBits()
		*p = patch{}
		return
	}
	inv := 1 / total
	p.mean = sum8(mean.GetLo().Add(mean.GetHi())) * inv
	iv, m := archsimd.BroadcastFloat32x16(inv), archsimd.BroadcastFloat32x16(p.mean)
	w0, w1 = w0.Mul(iv), w1.Mul(iv)
	d0, d1 := g0.Sub(m), g1.Sub(m)
	wd0, wd1 := w0.Mul(d0), w1.Mul(d1)
	w0.Store(&p.weight[0])
	w1.Store(&p.weight[1])
	wd0.Store(&p.dev[0])
	wd1.Store(&p.dev[1])
	v := wd0.Mul(d0).Add(wd1.Mul(d1))
	p.variance = sum8(v.GetLo().Add(v.GetHi()))
	archsimd.ClearAVXUpperBits()
}

func windowSums512(p *patch, s *source, h *[9]float32) (mean, square, cov float32) {
	// All places first, then all pixels, then the sums: a vector that is read right
	// after its lanes were written one by one waits for them.
	var at, four [2][lanes]int32
	h0, h1, h2 := archsimd.BroadcastFloat32x16(h[0]), archsimd.BroadcastFloat32x16(h[1]), archsimd.BroadcastFloat32x16(h[2])
	h3, h4, h5 := archsimd.BroadcastFloat32x16(h[3]), archsimd.BroadcastFloat32x16(h[4]), archsimd.BroadcastFloat32x16(h[5])
	h6, h7, h8 := archsimd.BroadcastFloat32x16(h[6]), archsimd.BroadcastFloat32x16(h[7]), archsimd.BroadcastFloat32x16(h[8])
	one, zero := archsimd.BroadcastFloat32x16(1), archsimd.BroadcastFloat32x16(0)
	maxX, maxY := archsimd.BroadcastFloat32x16(s.maxX), archsimd.BroadcastFloat32x16(s.maxY)
	stride, low := archsimd.BroadcastInt32x16(s.stride), archsimd.BroadcastInt32x16(255)

	dx, dy := archsimd.LoadFloat32x16(&tapX[0]), archsimd.LoadFloat32x16(&tapY[0])
	z := one.Div(h6.Mul(dx).Add(h7.Mul(dy)).Add(h8))
	x := h0.Mul(dx).Add(h1.Mul(dy)).Add(h2).Mul(z).Max(zero).Min(maxX)
	y := h3.Mul(dx).Add(h4.Mul(dy)).Add(h5).Mul(z).Max(zero).Min(maxY)
	xi, yi := x.ConvertToInt32(), y.ConvertToInt32()
	yi.Mul(stride).Add(xi).Store(&at[0])
	fx0, fy0 := x.Sub(xi.ConvertToFloat32()), y.Sub(yi.ConvertToFloat32())

	dx, dy = archsimd.LoadFloat32x16(&tapX[1]), archsimd.LoadFloat32x16(&tapY[1])
	z = one.Div(h6.Mul(dx).Add(h7.Mul(dy)).Add(h8))
	x = h0.Mul(dx).Add(h1.Mul(dy)).Add(h2).Mul(z).Max(zero).Min(maxX)
	y = h3.Mul(dx).Add(h4.Mul(dy)).Add(h5).Mul(z).Max(zero).Min(maxY)
	xi, yi = x.ConvertToInt32(), y.ConvertToInt32()
	yi.Mul(stride).Add(xi).Store(&at[1])
	fx1, fy1 := x.Sub(xi.ConvertToFloat32()), y.Sub(yi.ConvertToFloat32())

	quad := s.quad
	for k := range lanes {
		four[0][k] = int32(quad[at[0][k]])
	}
	for k := range lanes {
		four[1][k] = int32(quad[at[1][k]])
	}
	pm := archsimd.BroadcastFloat32x16(p.mean)
	f := archsimd.LoadInt32x16(&four[0])
	a, b := f.And(low).ConvertToFloat32(), f.ShiftAllRight(8).And(low).ConvertToFloat32()
	d, e := f.ShiftAllRight(16).And(low).ConvertToFloat32(), f.ShiftAllRight(24).And(low).ConvertToFloat32()
	top := a.Add(fx0.Mul(b.Sub(a)))
	bottom := d.Add(fx0.Mul(e.Sub(d)))
	v := top.Add(fy0.Mul(bottom.Sub(top))).Sub(pm)
	m := archsimd.LoadFloat32x16(&p.weight[0]).Mul(v)
	q := m.Mul(v)
	c := archsimd.LoadFloat32x16(&p.dev[0]).Mul(v)

	f = archsimd.LoadInt32x16(&four[1])
	a, b = f.And(low).ConvertToFloat32(), f.ShiftAllRight(8).And(low).ConvertToFloat32()
	d, e = f.ShiftAllRight(16).And(low).ConvertToFloat32(), f.ShiftAllRight(24).And(low).ConvertToFloat32()
	top = a.Add(fx1.Mul(b.Sub(a)))
	bottom = d.Add(fx1.Mul(e.Sub(d)))
	v = top.Add(fy1.Mul(bottom.Sub(top))).Sub(pm)
	wv := archsimd.LoadFloat32x16(&p.weight[1]).Mul(v)
	m = m.Add(wv)
	q = q.Add(wv.Mul(v))
	c = c.Add(archsimd.LoadFloat32x16(&p.dev[1]).Mul(v))

	mean = sum8(m.GetLo().Add(m.GetHi()))
	square = sum8(q.GetLo().Add(q.GetHi()))
	cov = sum8(c.GetLo().Add(c.GetHi()))
	archsimd.ClearAVXUpperBits()
	return mean, square, cov
}

func sum8(v archsimd.Float32x8) float32 {
	var a [4]float32
	v.GetLo().Add(v.GetHi()).Store(&a)
	return (a[0] + a[2]) + (a[1] + a[3])
}

func windowSums256(p *patch, s *source, h *[9]float32) (mean, square, cov float32) {
	var at, four [8]int32
	h0, h1, h2 := archsimd.BroadcastFloat32x8(h[0]), archsimd.BroadcastFloat32x8(h[1]), archsimd.BroadcastFloat32x8(h[2])
	h3, h4, h5 := archsimd.BroadcastFloat32x8(h[3]), archsimd.BroadcastFloat32x8(h[4]), archsimd.BroadcastFloat32x8(h[5])
	h6, h7, h8 := archsimd.BroadcastFloat32x8(h[6]), archsimd.BroadcastFloat32x8(h[7]), archsimd.BroadcastFloat32x8(h[8])
	one, zero := archsimd.BroadcastFloat32x8(1), archsimd.BroadcastFloat32x8(0)
	maxX, maxY := archsimd.BroadcastFloat32x8(s.maxX), archsimd.BroadcastFloat32x8(s.maxY)
	stride, low := archsimd.BroadcastInt32x8(s.stride), archsimd.BroadcastInt32x8(255)
	pm := archsimd.BroadcastFloat32x8(p.mean)
	var m, q, c [2]archsimd.Float32x8
	m[0], m[1], q[0], q[1], c[0], c[1] = zero, zero, zero, zero, zero, zero
	quad := s.quad
	for part := range 4 {
		half, from := part>>1, part&1*8
		dx := archsimd.LoadFloat32x8Slice(tapX[half][from : from+8])
		dy := archsimd.LoadFloat32x8Slice(tapY[half][from : from+8])
		z := one.Div(h6.Mul(dx).Add(h7.Mul(dy)).Add(h8))
		x := h0.Mul(dx).Add(h1.Mul(dy)).Add(h2).Mul(z).Max(zero).Min(maxX)
		y := h3.Mul(dx).Add(h4.Mul(dy)).Add(h5).Mul(z).Max(zero).Min(maxY)
		xi, yi := x.ConvertToInt32(), y.ConvertToInt32()
		yi.Mul(stride).Add(xi).Store(&at)
		for k := range at {
			four[k] = int32(quad[at[k]])
		}
		fx, fy := x.Sub(xi.ConvertToFloat32()), y.Sub(yi.ConvertToFloat32())
		f := archsimd.LoadInt32x8(&four)
		a, b := f.And(low).ConvertToFloat32(), f.ShiftAllRight(8).And(low).ConvertToFloat32()
		d, e := f.ShiftAllRight(16).And(low).ConvertToFloat32(), f.ShiftAllRight(24).And(low).ConvertToFloat32()
		top := a.Add(fx.Mul(b.Sub(a)))
		bottom := d.Add(fx.Mul(e.Sub(d)))
		v := top.Add(fy.Mul(bottom.Sub(top))).Sub(pm)
		wv := archsimd.LoadFloat32x8Slice(p.weight[half][from : from+8]).Mul(v)
		m[part&1] = m[part&1].Add(wv)
		q[part&1] = q[part&1].Add(wv.Mul(v))
		c[part&1] = c[part&1].Add(archsimd.LoadFloat32x8Slice(p.dev[half][from : from+8]).Mul(v))
	}
	mean, square, cov = sum8(m[0].Add(m[1])), sum8(q[0].Add(q[1])), sum8(c[0].Add(c[1]))
	archsimd.ClearAVXUpperBits()
	return mean, square, cov
}
