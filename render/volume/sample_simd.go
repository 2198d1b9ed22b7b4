//go:build goexperiment.simd && amd64

package volume

import "simd/archsimd"

var vector = archsimd.X86.AVX2()

// sample does what samplePlain does, with two cells that lie side by side at once.
func (f *Field) sample(x, y, z float32, out *[4]float32) {
	if !vector {
		f.samplePlain(x, y, z, out)
		return
	}
	i, j, k := int(x), int(y), int(z)
	i, j, k = min(max(i, 0), f.cells[0]-2), min(max(j, 0), f.cells[1]-2), min(max(k, 0), f.cells[2]-2)
	row := 4 * f.cells[0]
	at := (k*f.cells[1]+j)*row + 4*i
	up := row * f.cells[1]
	fx := archsimd.BroadcastFloat32x4(x - float32(i))
	fy := archsimd.BroadcastFloat32x8(y - float32(j))
	fz := archsimd.BroadcastFloat32x8(z - float32(k))
	v := f.rgbs
	a := archsimd.LoadFloat32x8((*[8]float32)(v[at:]))
	b := archsimd.LoadFloat32x8((*[8]float32)(v[at+row:]))
	c := archsimd.LoadFloat32x8((*[8]float32)(v[at+up:]))
	d := archsimd.LoadFloat32x8((*[8]float32)(v[at+up+row:]))
	ab := a.Add(fy.Mul(b.Sub(a)))
	cd := c.Add(fy.Mul(d.Sub(c)))
	e := ab.Add(fz.Mul(cd.Sub(ab)))
	lo, hi := e.GetLo(), e.GetHi()
	lo.Add(fx.Mul(hi.Sub(lo))).Store(out)
	// Plain floating point between two samples waits for wide registers otherwise.
	archsimd.ClearAVXUpperBits()
}

// gather does what gatherPlain does, bit for bit.
func (f *Field) gather(s *span, t0, step float32, n int, dl float32, c *[4]float32, through float32) float32 {
	if !vector {
		return f.gatherPlain(s, t0, step, n, dl, c, through)
	}
	v := f.rgbs
	row := 4 * f.cells[0]
	up := row * f.cells[1]
	ox, oy, oz, dx, dy, dz := s.o[0], s.o[1], s.o[2], s.d[0], s.d[1], s.d[2]
	mi, mj, mk := f.cells[0]-2, f.cells[1]-2, f.cells[2]-2
	sum := archsimd.LoadFloat32x4(c)
	inBrick := float32(-1)
	for k := 0; k < n && through >= enough; k++ {
		t := t0 + float32(float32(k)*step)
		if t >= inBrick {
			leaves, solid := f.brickAt(s, t)
			if !solid {
				k += int(min(max((leaves-t)/step, 1), maxSteps)) - 1
				continue
			}
			inBrick = leaves
		}
		x, y, z := ox+float32(t*dx), oy+float32(t*dy), oz+float32(t*dz)
		i, j, l := int(x), int(y), int(z)
		if uint(i) > uint(mi) || uint(j) > uint(mj) || uint(l) > uint(mk) {
			i, j, l = min(max(i, 0), mi), min(max(j, 0), mj), min(max(l, 0), mk)
		}
		at := l*up + j*row + 4*i
		a := archsimd.LoadFloat32x8((*[8]float32)(v[at:]))
		b := archsimd.LoadFloat32x8((*[8]float32)(v[at+row:]))
		p := archsimd.LoadFloat32x8((*[8]float32)(v[at+up:]))
		q := archsimd.LoadFloat32x8((*[8]float32)(v[at+up+row:]))
		fy := archsimd.BroadcastFloat32x8(y - float32(j))
		fz := archsimd.BroadcastFloat32x8(z - float32(l))
		ab := a.Add(fy.Mul(b.Sub(a)))
		pq := p.Add(fy.Mul(q.Sub(p)))
		e := ab.Add(fz.Mul(pq.Sub(ab)))
		lo, hi := e.GetLo(), e.GetHi()
		u := lo.Add(archsimd.BroadcastFloat32x4(x - float32(i)).Mul(hi.Sub(lo)))
		archsimd.ClearAVXUpperBits() // plain floating point below waits for wide registers otherwise
		sigma := u.GetElem(3)
		if sigma <= 0 {
			continue
		}
		left, lost := fade(sigma * dl)
		sum = sum.Add(archsimd.BroadcastFloat32x4(through * lost * dl).Mul(u))
		through *= left
	}
	sum.Store(c)
	return through
}
