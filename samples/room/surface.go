package room

import (
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/spatial/r3"
)

// texel is what a material says about one place.
type texel struct {
	c   [3]float64 // albedo, linear
	h   float64    // relief above the surface, metres
	cut float64    // 0 solid, 1 not there
}

// place is where a material is asked.
type place struct {
	p, n r3.Vec  // world position and outward normal
	u, v float64 // metres along the surface's axes
}

type material func(s *Scene, at place) texel

// surface is a rectangle with a texture. Its facets may be displaced from its
// plane; u and v stay those of the plane.
type surface struct {
	o, ux, uy, n r3.Vec // corner, unit axes, outward normal
	w, h         float64
	mat          material
	cutout       bool
	relief       func(u, v float64) float64 // displacement of the facets, for shading; nil for flat

	texelM  float64 // 0 for the scene's
	outside bool    // of the house
	nx, ny  int     // texels along u and v
	tiles   []lazy[tile]
	shades  lazy[[]shade]
	mask    *mask // of a cutout
}

// lazy is a value that is made when it is first asked for. Making it must depend
// on nothing but the scene, so that it does not matter who asks first.
type lazy[T any] struct {
	mu sync.Mutex
	p  atomic.Pointer[T]
}

func (l *lazy[T]) get(make func() *T) *T {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.p.Load() == nil {
		l.p.Store(make())
	}
	return l.p.Load()
}

func (f *surface) place(u, v float64) place {
	return place{r3.Add(f.o, r3.Add(r3.Scale(u, f.ux), r3.Scale(v, f.uy))), f.n, u, v}
}

// mask says where a cutout is solid, in cells of maskM: it is asked for every ray
// and every raster cell, for which its material is too slow.
type mask struct {
	nx, ny int
	solid  []bool
}

const maskM = 0.0025

func (f *surface) drawMask(s *Scene) {
	m := &mask{nx: int(f.w/maskM) + 1, ny: int(f.h/maskM) + 1}
	m.solid = make([]bool, m.nx*m.ny)
	for j := range m.ny {
		for i := range m.nx {
			m.solid[j*m.nx+i] = f.mat(s, f.place((float64(i)+0.5)*maskM, (float64(j)+0.5)*maskM)).cut < 0.5
		}
	}
	f.mask = m
}

func (m *mask) at(u, v float64) bool {
	i, j := min(max(int(u*(1/maskM)), 0), m.nx-1), min(max(int(v*(1/maskM)), 0), m.ny-1)
	return m.solid[j*m.nx+i]
}
