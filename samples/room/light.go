package room

import (
	"context"
	"math"
	"sync/atomic"

	"gonum.org/v1/gonum/spatial/r3"
)

// light is a lamp at a place; diffuse ones (the window) have size.
type light struct {
	at     []r3.Vec // sample positions
	colour [3]float64
	facing r3.Vec // zero for a lamp that shines all round
}

// lamps gives the light of the photographs: a work lamp held high near the door
// and the daylight of the broken window; before the fire, ceiling light.
func (s *Scene) lamps() []light {
	w := s.Window
	var sky []r3.Vec
	for i := range 3 {
		for j := range 2 {
			sky = append(sky, r3.Vec{X: w.Min.X + (float64(i)+0.5)/3*(w.Max.X-w.Min.X), Y: w.Min.Y + 0.05, Z: w.Min.Z + (float64(j)+0.5)/2*(w.Max.Z-w.Min.Z)})
		}
	}
	if !s.burnt {
		mid := r3.Vec{X: s.Size.X / 2, Y: s.Size.Y / 2, Z: s.Size.Z - 0.25}
		return []light{{at: []r3.Vec{mid, r3.Add(mid, r3.Vec{X: 0.3}), r3.Add(mid, r3.Vec{Y: 0.3})}, colour: [3]float64{1.5, 1.4, 1.25}}}
	}
	lamp := r3.Vec{X: 1.0, Y: 0.75, Z: 2.2}
	second := r3.Vec{X: s.Size.X - 1.1, Y: 0.3, Z: 2.0}
	jitter := func(c r3.Vec) []r3.Vec {
		return []r3.Vec{r3.Add(c, r3.Vec{X: 0.09}), r3.Add(c, r3.Vec{X: -0.09, Z: 0.05}), r3.Add(c, r3.Vec{Y: 0.1, Z: -0.06}), r3.Add(c, r3.Vec{Y: -0.08})}
	}
	return []light{
		{at: jitter(lamp), colour: [3]float64{4.6, 4.1, 3.4}},
		{at: jitter(second), colour: [3]float64{1.9, 1.75, 1.5}},
		{at: sky, colour: [3]float64{2.4, 2.8, 3.3}, facing: r3.Vec{Y: -1}},
	}
}

// shade is the visibility of each light and of the surroundings from one place.
type shade struct {
	vis [3]float32
	ao  float32
}

// lit computes the visibility at a place by tracing to every light sample and
// to 10 directions of the hemisphere.
func (s *Scene) lit(p, n r3.Vec) shade {
	var out shade
	p = r3.Add(p, r3.Scale(0.015, n))
	for i, l := range s.lights {
		free := 0
		for _, at := range l.at {
			if !s.bvh.blocked(p, r3.Sub(at, p)) {
				free++
			}
		}
		out.vis[i] = float32(free) / float32(len(l.at))
	}
	tx := r3.Unit(r3.Cross(n, r3.Vec{X: 0.31, Y: 0.57, Z: 0.76}))
	ty := r3.Cross(n, tx)
	const around = 10
	open := 0.0
	for k := range around {
		z := math.Sqrt((float64(k) + 0.5) / around)
		r := math.Sqrt(1 - z*z)
		a := 2.39996 * float64(k)
		d := r3.Add(r3.Scale(z, n), r3.Add(r3.Scale(r*math.Cos(a), tx), r3.Scale(r*math.Sin(a), ty)))
		if h, yes := s.bvh.first(p, d, 1e-3, 1.2, -1); yes {
			open += h.t / 1.2
		} else {
			open++
		}
	}
	out.ao = float32(open / around)
	return out
}

// leaving is the light that leaves a place, given its albedo, its normal with
// relief, and what it sees.
func (s *Scene) leaving(albedo [3]float64, p, n r3.Vec, sh shade) [3]float64 {
	ambient := 0.10 + 0.5*float64(sh.ao)
	e := [3]float64{0.62 * ambient, 0.60 * ambient, 0.57 * ambient}
	for i, l := range s.lights {
		if sh.vis[i] == 0 {
			continue
		}
		d := r3.Sub(l.at[len(l.at)/2], p)
		r2 := r3.Norm2(d)
		cos := r3.Dot(d, n) / math.Sqrt(r2)
		if cos <= 0 {
			continue
		}
		if l.facing != (r3.Vec{}) {
			cos *= max(0, -r3.Dot(d, l.facing)/math.Sqrt(r2))
		}
		k := float64(sh.vis[i]) * cos / (0.25 + r2)
		for c := range 3 {
			e[c] += k * l.colour[c]
		}
	}
	for c := range 3 {
		e[c] *= albedo[c]
	}
	return e
}

// gridM is how far apart the visibility of the lights is traced: 5 cm, more
// where textures are coarse, and 1 m on what lies outside the house.
func (f *surface) gridM() float64 {
	if f.outside {
		return 1
	}
	return max(0.05, 3*f.texelM)
}

// traceLight computes what every surface sees of the lights. Surfaces are
// independent of each other.
func (s *Scene) traceLight(ctx context.Context, workers int, report func(done, total int64)) error {
	var done atomic.Int64
	return parallel(ctx, len(s.surfaces), workers, func(i int) {
		s.surfaces[i].grid(s)
		if report != nil {
			report(done.Add(1), int64(len(s.surfaces)))
		}
	})
}

// grid is the visibility of the lights at the surface's grid points.
func (f *surface) grid(s *Scene) []shade {
	if p := f.shades.p.Load(); p != nil {
		return *p
	}
	return *f.shades.get(func() *[]shade { return f.traceGrid(s) })
}

func (f *surface) gridSize() (nx, ny int) {
	g := f.gridM()
	return int(f.w/g) + 2, int(f.h/g) + 2
}

func (f *surface) traceGrid(s *Scene) *[]shade {
	gridM := f.gridM()
	gx, gy := f.gridSize()
	grid := make([]shade, gx*gy)
	for j := range gy {
		for i := range gx {
			if f.w < 0.08 && f.h < 0.08 && i+j > 0 {
				grid[j*gx+i] = grid[0]
				continue
			}
			u, v := min(f.w, float64(i)*gridM), min(f.h, float64(j)*gridM)
			// Corners are lit from slightly inside, or the neighbouring face hides everything.
			u, v = min(max(u, 0.02*f.w), 0.98*f.w), min(max(v, 0.02*f.h), 0.98*f.h)
			p := f.place(u, v).p
			if f.relief != nil {
				p = r3.Add(p, r3.Scale(f.relief(u, v), f.n))
			}
			grid[j*gx+i] = s.lit(p, f.n)
		}
	}
	return &grid
}

// shadeAt interpolates the grid at u, v.
func (f *surface) shadeAt(s *Scene, u, v float64) shade {
	grid := f.grid(s)
	gx, gy := f.gridSize()
	k := 1 / f.gridM()
	x, y := min(max(u*k, 0), float64(gx-1)-1e-6), min(max(v*k, 0), float64(gy-1)-1e-6)
	i, j := int(x), int(y)
	a, b := float32(x-float64(i)), float32(y-float64(j))
	g00, g10, g01, g11 := &grid[j*gx+i], &grid[j*gx+i+1], &grid[(j+1)*gx+i], &grid[(j+1)*gx+i+1]
	mix := func(p, q, r, t float32) float32 { return (p*(1-a)+q*a)*(1-b) + (r*(1-a)+t*a)*b }
	var out shade
	for k := range out.vis {
		out.vis[k] = mix(g00.vis[k], g10.vis[k], g01.vis[k], g11.vis[k])
	}
	out.ao = mix(g00.ao, g10.ao, g01.ao, g11.ao)
	return out
}
