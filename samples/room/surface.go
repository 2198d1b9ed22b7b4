package room

import (
	"context"
	"math"
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

	texelM float64
	mips   []mip
}

// mip is one level of a baked texture: light that leaves the surface, square
// root encoded, four bytes a texel of which the last is unused.
type mip struct {
	nx, ny int
	pix    []uint8
}

func (f *surface) place(u, v float64) place {
	return place{r3.Add(f.o, r3.Add(r3.Scale(u, f.ux), r3.Scale(v, f.uy))), f.n, u, v}
}

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

// gridM is how far apart the visibility of the lights is traced: 4.5 cm, more
// where textures are coarse.
func (f *surface) gridM() float64 { return max(0.045, 3*f.texelM) }

// bake computes every surface's texture. Surfaces are independent of each other.
func (s *Scene) bake(ctx context.Context, workers int, report func(done, total int64)) error {
	var done atomic.Int64
	err := parallel(ctx, len(s.surfaces), workers, func(i int) {
		s.surfaces[i].bake(s)
		if report != nil {
			report(done.Add(1), int64(len(s.surfaces)))
		}
	})
	s.baked = err == nil
	return err
}

func (f *surface) bake(s *Scene) {
	if f.texelM == 0 {
		f.texelM = s.texelM
	}
	nx, ny := max(2, int(math.Ceil(f.w/f.texelM))), max(2, int(math.Ceil(f.h/f.texelM)))
	su, sv := f.w/float64(nx), f.h/float64(ny)
	gridM := f.gridM()
	gx, gy := int(f.w/gridM)+2, int(f.h/gridM)+2
	grid := make([]shade, gx*gy)
	for j := range gy {
		for i := range gx {
			u, v := min(f.w, float64(i)*gridM), min(f.h, float64(j)*gridM)
			// Corners are lit from slightly inside, or the neighbouring face hides everything.
			u, v = min(max(u, 0.02*f.w), 0.98*f.w), min(max(v, 0.02*f.h), 0.98*f.h)
			p := f.place(u, v).p
			if f.relief != nil {
				p = r3.Add(p, r3.Scale(f.relief(u, v), f.n))
			}
			if f.w < 0.08 && f.h < 0.08 && i+j > 0 {
				grid[j*gx+i] = grid[0]
				continue
			}
			grid[j*gx+i] = s.lit(p, f.n)
		}
	}
	// Rows are computed one ahead, so that the relief's slope is known.
	rows := [2][]texel{make([]texel, nx+1), make([]texel, nx+1)}
	row := func(dst []texel, j int) {
		for i := range dst {
			u, v := (float64(i)+0.5)*su, (float64(j)+0.5)*sv
			dst[i] = f.mat(s, f.place(u, v))
			if f.relief != nil {
				dst[i].h += f.relief(u, v)
			}
		}
	}
	m := mip{nx, ny, make([]uint8, 4*nx*ny)}
	row(rows[0], 0)
	for j := range ny {
		cur, next := rows[j&1], rows[(j+1)&1]
		row(next, j+1)
		for i := range nx {
			u, v := (float64(i)+0.5)*su, (float64(j)+0.5)*sv
			gu, gv := (cur[i+1].h-cur[i].h)/su, (next[i].h-cur[i].h)/sv
			gu, gv = max(-2, min(2, gu)), max(-2, min(2, gv))
			n := r3.Unit(r3.Sub(f.n, r3.Add(r3.Scale(gu, f.ux), r3.Scale(gv, f.uy))))
			c := s.leaving(cur[i].c, f.place(u, v).p, n, shadeAt(grid, gx, gy, u/gridM, v/gridM))
			k := 4 * (j*nx + i)
			for q := range 3 {
				m.pix[k+q] = encode(c[q])
			}
		}
	}
	f.mips = append(f.mips[:0], m)
	for m.nx >= 4 && m.ny >= 4 && len(f.mips) < 6 {
		m = m.half()
		f.mips = append(f.mips, m)
	}
}

// shadeAt interpolates the grid at x, y, in its cells.
func shadeAt(grid []shade, gx, gy int, x, y float64) shade {
	x, y = min(x, float64(gx-1)-1e-6), min(y, float64(gy-1)-1e-6)
	i, j := int(x), int(y)
	a, b := float32(x-float64(i)), float32(y-float64(j))
	g00, g10, g01, g11 := &grid[j*gx+i], &grid[j*gx+i+1], &grid[(j+1)*gx+i], &grid[(j+1)*gx+i+1]
	mix := func(p, q, r, t float32) float32 { return (p*(1-a)+q*a)*(1-b) + (r*(1-a)+t*a)*b }
	var s shade
	for k := range s.vis {
		s.vis[k] = mix(g00.vis[k], g10.vis[k], g01.vis[k], g11.vis[k])
	}
	s.ao = mix(g00.ao, g10.ao, g01.ao, g11.ao)
	return s
}

const encodeMax = 3.0

func encode(x float64) uint8 { return uint8(min(255, 255*math.Sqrt(max(0, x)/encodeMax)+0.5)) }

func (m mip) half() mip {
	h := mip{m.nx / 2, m.ny / 2, nil}
	h.pix = make([]uint8, 4*h.nx*h.ny)
	for j := range h.ny {
		for i := range h.nx {
			a, b := 4*(2*j*m.nx+2*i), 4*((2*j+1)*m.nx+2*i)
			for q := range 3 {
				sum := int(m.pix[a+q]) + int(m.pix[a+4+q]) + int(m.pix[b+q]) + int(m.pix[b+4+q])
				h.pix[4*(j*h.nx+i)+q] = uint8((sum + 2) / 4)
			}
		}
	}
	return h
}

// look returns the light that leaves a surface at u, v, averaged over a footprint
// of that many metres.
func (f *surface) look(u, v, footM float64) [3]float64 {
	level := 0
	for size := 2 * f.texelM; level < len(f.mips)-1 && size <= footM; size *= 2 {
		level++
	}
	m := &f.mips[level]
	x, y := u/f.w*float64(m.nx)-0.5, v/f.h*float64(m.ny)-0.5
	x, y = min(max(x, 0), float64(m.nx-1)-1e-6), min(max(y, 0), float64(m.ny-1)-1e-6)
	i, j := int(x), int(y)
	a, b := x-float64(i), y-float64(j)
	k := 4 * (j*m.nx + i)
	r := k + 4*m.nx
	var c [3]float64
	for q := range 3 {
		t := (float64(m.pix[k+q])*(1-a)+float64(m.pix[k+4+q])*a)*(1-b) + (float64(m.pix[r+q])*(1-a)+float64(m.pix[r+4+q])*a)*b
		t /= 255
		c[q] = t * t * encodeMax
	}
	return c
}
