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
