package room

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/spatial/r3"
)

var (
	axisX = r3.Vec{X: 1}
	axisY = r3.Vec{Y: 1}
	axisZ = r3.Vec{Z: 1}
)

// rect adds a flat rectangle from o along ux and uy, without the parts that
// holes (u0, v0, u1, v1) cut out. Its normal is ux x uy.
func (s *Scene) rect(o, ux, uy r3.Vec, w, h float64, mat material, holes ...[4]float64) *surface {
	f := &surface{o: o, ux: ux, uy: uy, n: r3.Cross(ux, uy), w: w, h: h, mat: mat}
	id := int32(len(s.surfaces))
	s.surfaces = append(s.surfaces, f)
	parts := [][4]float64{{0, 0, w, h}}
	for _, c := range holes {
		var left [][4]float64
		for _, p := range parts {
			for _, q := range [][4]float64{
				{p[0], p[1], p[2], min(p[3], c[1])}, {p[0], max(p[1], c[3]), p[2], p[3]},
				{p[0], max(p[1], c[1]), min(p[2], c[0]), min(p[3], c[3])}, {max(p[0], c[2]), max(p[1], c[1]), p[2], min(p[3], c[3])},
			} {
				if q[2] > q[0] && q[3] > q[1] {
					left = append(left, q)
				}
			}
		}
		parts = left
	}
	for _, p := range parts {
		s.facets(id, [4]r3.Vec{f.place(p[0], p[1]).p, f.place(p[2], p[1]).p, f.place(p[2], p[3]).p, f.place(p[0], p[3]).p},
			[4][2]float64{{p[0], p[1]}, {p[2], p[1]}, {p[2], p[3]}, {p[0], p[3]}})
	}
	return f
}

// facets adds a quadrilateral as two triangles.
func (s *Scene) facets(id int32, p [4]r3.Vec, uv [4][2]float64) {
	for _, k := range [2][3]int{{0, 1, 2}, {0, 2, 3}} {
		s.bvh.tris = append(s.bvh.tris, triangle{a: p[k[0]], e1: r3.Sub(p[k[1]], p[k[0]]), e2: r3.Sub(p[k[2]], p[k[0]]),
			uv: [3][2]float64{uv[k[0]], uv[k[1]], uv[k[2]]}, surface: id})
	}
}

// axes turns a box: yaw about Z after pitch about Y.
type axes struct{ x, y, z r3.Vec }

func turned(yaw, pitch float64) axes {
	cy, sy, cp, sp := math.Cos(yaw), math.Sin(yaw), math.Cos(pitch), math.Sin(pitch)
	return axes{r3.Vec{X: cy * cp, Y: sy * cp, Z: -sp}, r3.Vec{X: -sy, Y: cy}, r3.Vec{X: cy * sp, Y: sy * sp, Z: cp}}
}

var upright = axes{axisX, axisY, axisZ}

// box adds a box of half extents hx, hy, hz about c. rough > 0 displaces its
// skin by that many metres with facets of about facetM, as burnt things are.
// A nil front is like the rest; otherwise it covers the +x face.
func (s *Scene) box(c r3.Vec, a axes, hx, hy, hz float64, mat, front material, rough, facetM float64, seed uint32) {
	at := func(x, y, z float64) r3.Vec {
		return r3.Add(c, r3.Add(r3.Scale(x, a.x), r3.Add(r3.Scale(y, a.y), r3.Scale(z, a.z))))
	}
	neg := func(v r3.Vec) r3.Vec { return r3.Scale(-1, v) }
	faces := []struct {
		o, ux, uy r3.Vec
		w, h      float64
	}{
		{at(hx, -hy, -hz), a.y, a.z, 2 * hy, 2 * hz},
		{at(-hx, hy, -hz), neg(a.y), a.z, 2 * hy, 2 * hz},
		{at(hx, hy, -hz), neg(a.x), a.z, 2 * hx, 2 * hz},
		{at(-hx, -hy, -hz), a.x, a.z, 2 * hx, 2 * hz},
		{at(-hx, -hy, hz), a.x, a.y, 2 * hx, 2 * hy},
		{at(-hx, hy, -hz), a.x, neg(a.y), 2 * hx, 2 * hy},
	}
	sd := seed + s.seed
	push := func(p r3.Vec) r3.Vec {
		d := r3.Sub(p, c)
		k := fbm(p.X*7+p.Z*4.1, p.Y*7-p.Z*3.3, 3, sd)*0.7 + fbm(p.Z*9+2, p.X*6+p.Y*5, 2, sd+1)*0.3 - 0.5
		return r3.Add(p, r3.Scale(2*rough*k/max(r3.Norm(d), 1e-6), d))
	}
	for i, f := range faces {
		m := mat
		if i == 0 && front != nil {
			m = front
		}
		texelM := 0.0
		if i == 5 && a.z.Z > 0.8 {
			texelM = 0.03 // the underside is not seen
		}
		if rough <= 0 {
			s.rect(f.o, f.ux, f.uy, f.w, f.h, m).texelM = texelM
			continue
		}
		sf := &surface{o: f.o, ux: f.ux, uy: f.uy, n: r3.Cross(f.ux, f.uy), w: f.w, h: f.h, mat: m, texelM: texelM}
		sf.relief = func(u, v float64) float64 {
			p := sf.place(u, v).p
			return r3.Dot(r3.Sub(push(p), p), sf.n)
		}
		s.grid(sf, facetM, push)
	}
}

// grid adds a surface in facets of about facetM whose corners push moves.
func (s *Scene) grid(f *surface, facetM float64, push func(r3.Vec) r3.Vec) {
	id := int32(len(s.surfaces))
	s.surfaces = append(s.surfaces, f)
	nx, ny := max(1, int(math.Ceil(f.w/facetM))), max(1, int(math.Ceil(f.h/facetM)))
	for j := range ny {
		for i := range nx {
			var p [4]r3.Vec
			var uv [4][2]float64
			for k, d := range [4][2]int{{0, 0}, {1, 0}, {1, 1}, {0, 1}} {
				u, v := f.w*float64(i+d[0])/float64(nx), f.h*float64(j+d[1])/float64(ny)
				p[k], uv[k] = push(f.place(u, v).p), [2]float64{u, v}
			}
			s.facets(id, p, uv)
		}
	}
}

// span adds an upright box between two corners.
func (s *Scene) span(min, max r3.Vec, mat, front material, rough, facetM float64, seed uint32) {
	h := r3.Scale(0.5, r3.Sub(max, min))
	s.box(r3.Add(min, h), upright, h.X, h.Y, h.Z, mat, front, rough, facetM, seed)
}

// furnish builds the room. Everything random is drawn in the same order before
// and after the fire, so that both are the same room.
func (s *Scene) furnish(rng *rand.Rand) {
	s.shell()
	s.openings()
	s.furniture()
	s.fixtures()
	if s.burnt {
		s.debris(rng)
	}
}

func (s *Scene) shell() {
	w, d, h := s.Size.X, s.Size.Y, s.Size.Z
	paint := [3]float64{0.60, 0.57, 0.49}
	win, door := s.Window, s.Door
	s.rect(r3.Vec{X: w, Y: d}, r3.Scale(-1, axisX), axisZ, w, h, plaster(paint, 100, 0.02, brick), // window wall, seen from inside
		[4]float64{w - win.Max.X, win.Min.Z, w - win.Min.X, win.Max.Z})
	s.rect(r3.Vec{X: w}, axisY, axisZ, d, h, plaster(paint, 200, 0, brick)).flip()
	s.rect(r3.Vec{}, axisX, axisZ, w, h, plaster(paint, 300, 0, brick)).flip()
	s.rect(r3.Vec{Y: d}, r3.Scale(-1, axisY), axisZ, d, h, plaster(paint, 400, 0.01, brick), [4]float64{d - door.Max.Y, 0, d - door.Min.Y, door.Max.Z}).flip()
	ceiling := s.rect(r3.Vec{Y: d, Z: h}, axisX, r3.Scale(-1, axisY), w, d, plaster([3]float64{0.66, 0.65, 0.62}, 500, -0.03, concrete))
	ceiling.texelM = s.texelM * 1.5

	f := &surface{ux: axisX, uy: axisY, n: axisZ, w: w, h: d}
	high := s.litter
	if !s.burnt {
		high = func(float64, float64) float64 { return 0 }
	}
	f.relief, f.mat = high, floorDebris(high)
	s.grid(f, 0.055, func(p r3.Vec) r3.Vec { p.Z = high(p.X, p.Y); return p })
}

// flip turns a surface's normal where ux x uy points out of the room.
func (f *surface) flip() {
	inward := r3.Sub(r3.Vec{X: 2.4, Y: 1.8, Z: 1.25}, f.place(f.w/2, f.h/2).p)
	if r3.Dot(inward, f.n) < 0 {
		f.n = r3.Scale(-1, f.n)
	}
}

// litter is the height of the debris on the floor: heaps where things burnt and
// fell, little where people walked.
func (s *Scene) litter(x, y float64) float64 {
	heap := func(cx, cy, r, h float64) float64 {
		return h * math.Exp(-((x-cx)*(x-cx)+(y-cy)*(y-cy))/(r*r))
	}
	h := heap(s.Origin.X-0.15, s.Origin.Y+0.2, 0.5, 0.16) + heap(s.Sofa.Min.X-0.15, s.Sofa.Min.Y+0.7, 0.45, 0.09) +
		heap(s.Window.Min.X+0.4, s.Size.Y-0.15, 0.4, 0.10) + heap(s.Table.Min.X+0.9, s.Table.Min.Y-0.3, 0.3, 0.06) +
		heap(s.Table.Min.X-0.5, s.Size.Y-0.3, 0.5, 0.07)
	edge := min(min(x, s.Size.X-x), min(y, s.Size.Y-y))
	h += 0.05 * step(0.35, 0, edge)
	h *= 0.35 + 1.2*fbm(x*5, y*5, 4, s.seed+700)
	h += 0.045*fbm(x*9, y*9, 3, s.seed+701) - 0.014
	return max(0, h) * (1 - 0.85*step(1.5, 0.2, math.Hypot(x-0.4, y-0.7)))
}

func (s *Scene) openings() {
	win, door, d := s.Window, s.Door, s.Size.Y
	frame := painted([3]float64{0.62, 0.62, 0.60}, 600)
	reveal := plaster([3]float64{0.55, 0.53, 0.48}, 610, 0.05, brick)
	deep := win.Max.Y - d
	ww, wh := win.Max.X-win.Min.X, win.Max.Z-win.Min.Z
	s.rect(r3.Vec{X: win.Min.X, Y: d, Z: win.Min.Z}, axisX, axisY, ww, deep, reveal)
	s.rect(r3.Vec{X: win.Min.X, Y: d + deep, Z: win.Max.Z}, axisX, r3.Scale(-1, axisY), ww, deep, reveal)
	s.rect(r3.Vec{X: win.Min.X, Y: d, Z: win.Min.Z}, axisY, axisZ, deep, wh, reveal)
	s.rect(r3.Vec{X: win.Max.X, Y: d + deep, Z: win.Min.Z}, r3.Scale(-1, axisY), axisZ, deep, wh, reveal)
	y := d + 0.12
	bar := func(x0, z0, x1, z1 float64) {
		s.span(r3.Vec{X: x0, Y: y, Z: z0}, r3.Vec{X: x1, Y: y + 0.05, Z: z1}, frame, nil, 0, 0, 601)
	}
	bar(win.Min.X, win.Min.Z, win.Max.X, win.Min.Z+0.05)
	bar(win.Min.X, win.Max.Z-0.05, win.Max.X, win.Max.Z)
	mid := (win.Min.X + win.Max.X) / 2
	for _, x := range []float64{win.Min.X, mid - 0.03, win.Max.X - 0.05} {
		bar(x, win.Min.Z, x+0.05, win.Max.Z)
	}
	for _, x := range []float64{win.Min.X + 0.05, mid + 0.02} {
		pw, ph := ww/2-0.08, wh-0.1
		s.rect(r3.Vec{X: x + pw, Y: y + 0.02, Z: win.Min.Z + 0.05}, r3.Scale(-1, axisX), axisZ, pw, ph, shards(pw, ph)).cutout = s.burnt
	}
	out := s.rect(r3.Vec{X: s.Size.X + 6, Y: d + 7, Z: -6}, r3.Scale(-1, axisX), axisZ, 16, 14, facade)
	out.texelM, out.outside = 0.02, true
	// A curtain on the window's left side, and its rod.
	s.rect(r3.Vec{X: win.Min.X + 0.08, Y: d - 0.07, Z: 0.35}, r3.Scale(-1, axisX), axisZ, 0.62, 1.92, curtain(0.62, 1.92)).cutout = s.burnt
	s.span(r3.Vec{X: win.Min.X - 0.62, Y: d - 0.09, Z: 2.27}, r3.Vec{X: win.Max.X + 0.25, Y: d - 0.06, Z: 2.30}, painted([3]float64{0.25, 0.2, 0.15}, 620), nil, 0, 0, 620)

	// Door: lining, and the corridor behind it.
	lining := wood([3]float64{0.34, 0.20, 0.11}, 630)
	dw := door.Max.Y - door.Min.Y
	s.span(r3.Vec{X: -0.2, Y: door.Min.Y - 0.04}, r3.Vec{X: 0.02, Y: door.Min.Y + 0.03, Z: door.Max.Z}, lining, nil, 0, 0, 631)
	s.span(r3.Vec{X: -0.2, Y: door.Max.Y - 0.03}, r3.Vec{X: 0.02, Y: door.Max.Y + 0.04, Z: door.Max.Z}, lining, nil, 0, 0, 632)
	s.span(r3.Vec{X: -0.2, Y: door.Min.Y, Z: door.Max.Z - 0.03}, r3.Vec{X: 0.02, Y: door.Max.Y, Z: door.Max.Z + 0.05}, lining, nil, 0, 0, 633)
	hall := plaster([3]float64{0.5, 0.49, 0.45}, 640, 0, brick)
	x0, y0 := -1.5, door.Min.Y-1.2
	hallFrom := len(s.surfaces)
	s.rect(r3.Vec{X: x0, Y: y0 + 3}, r3.Scale(-1, axisY), axisZ, 3, s.Size.Z, hall).flip()
	s.rect(r3.Vec{X: x0, Y: y0}, axisX, axisZ, -x0-0.2, s.Size.Z, hall).flip()
	s.rect(r3.Vec{X: -0.2, Y: y0 + 3}, r3.Scale(-1, axisX), axisZ, -x0-0.2, s.Size.Z, hall)
	s.rect(r3.Vec{X: x0, Y: y0}, axisX, axisY, -x0, 3, floorDebris(func(float64, float64) float64 { return 0 }))
	s.rect(r3.Vec{X: x0, Y: y0 + 3, Z: s.Size.Z}, axisX, r3.Scale(-1, axisY), -x0-0.2, 3, hall)
	s.rect(r3.Vec{X: -0.2, Y: y0}, axisY, axisZ, 3, s.Size.Z, hall, [4]float64{1.2, 0, 1.2 + dw, door.Max.Z}).flip()
	for _, f := range s.surfaces[hallFrom:] {
		f.texelM = 0.02
	}
}

func (s *Scene) furniture() {
	rough := func(x float64) float64 {
		if s.burnt {
			return x
		}
		return x * 0.15
	}
	// Sofa: frame, seat, arms, back; what burnt is low, the frame stands.
	sf := s.Sofa
	fabric, timber := cloth([3]float64{0.20, 0.25, 0.33}, 650), wood([3]float64{0.38, 0.25, 0.14}, 660)
	v := func(x, y, z float64) r3.Vec { return r3.Vec{X: x, Y: y, Z: z} }
	s.span(v(sf.Min.X, sf.Min.Y, 0.05), v(sf.Max.X, sf.Max.Y, 0.22), timber, nil, rough(0.008), 0.12, 661)
	mid := sf.Min.Y + 0.62
	end := sf.Max.Y - 0.16
	seatTop := func(z, burntZ float64) float64 {
		if s.burnt {
			return burntZ
		}
		return z
	}
	s.span(v(sf.Min.X+0.02, sf.Min.Y+0.16, 0.22), v(sf.Max.X-0.18, mid, seatTop(0.44, 0.41)), fabric, nil, rough(0.035), 0.05, 651)
	s.span(v(sf.Min.X+0.02, mid, 0.22), v(sf.Max.X-0.18, end, seatTop(0.44, 0.29)), fabric, nil, rough(0.055), 0.05, 652)
	s.span(v(sf.Min.X, sf.Min.Y, 0.2), v(sf.Max.X, sf.Min.Y+0.16, seatTop(0.62, 0.58)), fabric, nil, rough(0.03), 0.06, 653)
	if s.burnt {
		s.span(v(sf.Min.X+0.1, end+0.04, 0.2), v(sf.Max.X, sf.Max.Y-0.06, 0.36), timber, nil, 0.03, 0.05, 654)
		s.span(v(sf.Max.X-0.17, sf.Min.Y+0.1, 0.2), v(sf.Max.X, mid-0.1, 0.74), fabric, nil, 0.035, 0.06, 655)
		// Bare slats of the back where the upholstery is gone.
		for i := range 6 {
			y := mid + 0.02 + 0.2*float64(i)
			s.span(v(sf.Max.X-0.08, y, 0.2), v(sf.Max.X-0.04, y+0.05, 0.74-0.075*float64(i)), timber, nil, 0.006, 0.05, uint32(670+i))
		}
		s.span(v(sf.Max.X-0.09, mid-0.1, 0.66), v(sf.Max.X-0.03, mid+0.5, 0.71), timber, nil, 0.008, 0.05, 679)
		s.springs(sf, mid, end)
	} else {
		s.span(v(sf.Min.X, end, 0.2), v(sf.Max.X, sf.Max.Y, 0.62), fabric, nil, 0.004, 0.06, 654)
		s.span(v(sf.Max.X-0.2, sf.Min.Y+0.1, 0.2), v(sf.Max.X, sf.Max.Y-0.1, 0.82), fabric, nil, 0.005, 0.06, 655)
	}
	// Low table with things on it.
	tb, top := s.Table, wood([3]float64{0.42, 0.24, 0.12}, 680)
	s.span(v(tb.Min.X, tb.Min.Y, tb.Max.Z-0.04), tb.Max, top, nil, rough(0.006), 0.08, 681)
	for i, c := range [][2]float64{{tb.Min.X + 0.04, tb.Min.Y + 0.04}, {tb.Max.X - 0.09, tb.Min.Y + 0.04}, {tb.Min.X + 0.04, tb.Max.Y - 0.09}, {tb.Max.X - 0.09, tb.Max.Y - 0.09}} {
		s.span(v(c[0], c[1], 0), v(c[0]+0.05, c[1]+0.05, tb.Max.Z-0.04), top, nil, rough(0.004), 0.1, uint32(682+i))
	}
	s.box(v(tb.Min.X+0.2, tb.Min.Y+0.25, tb.Max.Z+0.03), turned(0.4, 0), 0.11, 0.08, 0.03, painted([3]float64{0.22, 0.08, 0.06}, 690), nil, rough(0.006), 0.05, 690)
	s.box(v(tb.Min.X+0.42, tb.Min.Y+0.6, tb.Max.Z+0.09), turned(0.2, 0), 0.04, 0.04, 0.09, painted([3]float64{0.05, 0.10, 0.07}, 691), nil, rough(0.008), 0.03, 691)
	s.box(v(tb.Min.X+0.25, tb.Min.Y+0.78, tb.Max.Z+0.015), turned(-0.5, 0), 0.14, 0.10, 0.015, cloth([3]float64{0.6, 0.58, 0.5}, 692), nil, rough(0.012), 0.04, 692)
	// Cupboard, the electrical panel above it, and what stood on top.
	cb := s.Cupboard
	body := wood([3]float64{0.46, 0.30, 0.16}, 700)
	s.span(cb.Min, cb.Max, body, panels(body, cb.Max.Y-cb.Min.Y, cb.Max.Z, 2, 2), 0, 0, 701)
	s.box(v(0.06, s.Rival.Y, 1.5), upright, 0.06, 0.18, 0.2, painted([3]float64{0.55, 0.56, 0.55}, 710), breakers, 0, 0, 710)
	s.box(v(0.2, cb.Min.Y+0.25, cb.Max.Z+0.12), turned(0.3, 0), 0.1, 0.15, 0.12, painted([3]float64{0.09, 0.09, 0.1}, 711), nil, rough(0.02), 0.05, 711)
	s.box(v(0.25, cb.Min.Y+0.7, cb.Max.Z+0.07), turned(-0.2, 0), 0.08, 0.08, 0.07, painted([3]float64{0.5, 0.42, 0.2}, 712), nil, rough(0.015), 0.05, 712)
	// Power strip on the floor by the sofa.
	s.box(v(s.Origin.X-0.42, s.Origin.Y+0.06, s.litterAt(s.Origin.X-0.42, s.Origin.Y)+0.03), turned(0.9, 0), 0.16, 0.03, 0.022, painted([3]float64{0.6, 0.6, 0.57}, 720), nil, rough(0.010), 0.03, 720)
	// Shelf with books and a picture on the window wall's left part; an air conditioner.
	shelf := wood([3]float64{0.40, 0.27, 0.15}, 730)
	sx := 0.75
	for i := range 2 {
		z := 1.25 + 0.38*float64(i)
		s.span(v(sx, s.Size.Y-0.24, z), v(sx+0.95, s.Size.Y, z+0.025), shelf, nil, 0, 0, uint32(731+i))
		x := sx + 0.03
		for k := uint32(0); x < sx+0.86-0.2*float64(i); k++ {
			bw := 0.02 + 0.035*unit(int32(k), int32(i), 733)
			bh := 0.18 + 0.10*unit(int32(k), int32(i), 734)
			r, g, b := unit(int32(k), 1, 735), unit(int32(k), 2, 735), unit(int32(k), int32(i)+3, 735)
			s.span(v(x, s.Size.Y-0.2, z+0.025), v(x+bw, s.Size.Y-0.03, z+0.025+bh), cloth([3]float64{0.08 + 0.4*r, 0.07 + 0.25*r + 0.12*g, 0.06 + 0.18*b}, 740+k), nil, rough(0.004), 0.08, 740+k)
			x += bw + 0.003
		}
	}
	s.span(v(s.Size.X-2.75, s.Size.Y-0.03, 1.2), v(s.Size.X-2.3, s.Size.Y, 1.75), wood([3]float64{0.25, 0.16, 0.08}, 760), nil, 0, 0, 760)
	s.box(v(s.Size.X-0.11, 0.7, 2.08), turned(0, 0.04), 0.10, 0.42, 0.14, painted([3]float64{0.66, 0.66, 0.63}, 770), nil, rough(0.03), 0.05, 770)
}

func (s *Scene) litterAt(x, y float64) float64 {
	if !s.burnt {
		return 0
	}
	return s.litter(x, y)
}

// springs stand out of the burnt seat as coils of short wires.
func (s *Scene) springs(sf Box, mid, end float64) {
	rust := painted([3]float64{0.19, 0.12, 0.08}, 780)
	k := uint32(0)
	for y := mid + 0.12; y < end-0.08; y += 0.21 {
		for x := sf.Min.X + 0.16; x < sf.Max.X-0.25; x += 0.22 {
			k++
			lean := 0.04 * (unit(int32(k), 0, s.seed) - 0.5)
			const turns, segs = 3, 7
			for i := range turns * segs {
				a := 2 * math.Pi * float64(i) / segs
				c := r3.Vec{X: x + 0.055*math.Cos(a) + lean*float64(i)/20, Y: y + 0.055*math.Sin(a), Z: 0.27 + 0.0085*float64(i)}
				s.box(c, turned(a+math.Pi/2, -0.16), 0.030, 0.0035, 0.0035, rust, nil, 0, 0, 780)
			}
		}
	}
}

func (s *Scene) fixtures() {
	w, d, h := s.Size.X, s.Size.Y, s.Size.Z
	beam := wood([3]float64{0.33, 0.21, 0.12}, 800)
	rough := 0.0
	if s.burnt {
		rough = 0.012
	}
	for i, x := range []float64{1.55, 3.2} {
		c := r3.Vec{X: x, Y: d / 2, Z: h - 0.07}
		s.box(c, turned(math.Pi/2, 0), d/2, 0.06, 0.07, beam, nil, rough, 0.12, uint32(801+i))
	}
	skirt := wood([3]float64{0.30, 0.18, 0.10}, 810)
	s.span(r3.Vec{X: 0.02, Y: d - 0.018}, r3.Vec{X: w, Y: d, Z: 0.11}, skirt, nil, 0, 0, 811)
	s.span(r3.Vec{X: w - 0.018}, r3.Vec{X: w, Y: s.Origin.Y - 0.7, Z: 0.11}, skirt, nil, 0, 0, 812)
	s.span(r3.Vec{}, r3.Vec{X: w, Y: 0.018, Z: 0.11}, skirt, nil, 0, 0, 813)
	head := painted([3]float64{0.7, 0.69, 0.64}, 820)
	for i, at := range []r3.Vec{s.SmokeNear, s.SmokeFar, s.Heat} {
		s.box(r3.Add(at, r3.Vec{Z: 0.025}), turned(0.3, 0), 0.05, 0.05, 0.025, head, nil, rough, 0.05, uint32(821+i))
	}
}

// debris scatters charred pieces, plaster and bricks, and leans fallen laths.
func (s *Scene) debris(rng *rand.Rand) {
	timber := wood([3]float64{0.40, 0.26, 0.15}, 850)
	kinds := []material{timber, timber, cloth([3]float64{0.3, 0.28, 0.24}, 851), plaster([3]float64{0.6, 0.58, 0.54}, 852, -0.5, concrete),
		func(s *Scene, at place) texel { return brick(at.u+at.p.X*3, at.v+0.02, 853+s.seed) }}
	for i := range 64 {
		x, y := 0.9+rng.Float64()*(s.Size.X-1.1), 0.25+rng.Float64()*(s.Size.Y-0.5)
		k, yaw, pitch := rng.IntN(len(kinds)), rng.Float64()*math.Pi, (rng.Float64()-0.5)*0.5
		hx, hy, hz := 0.04+0.10*rng.Float64(), 0.02+0.05*rng.Float64(), 0.008+0.022*rng.Float64()
		if math.Hypot(x-0.6, y-1.0) < 0.5 {
			continue
		}
		s.box(r3.Vec{X: x, Y: y, Z: s.litter(x, y) + hz}, turned(yaw, pitch), hx, hy, hz, kinds[k], nil, 0.008, 0.05, uint32(860+i))
	}
	for i, l := range [][6]float64{
		{s.Origin.X - 0.5, s.Origin.Y - 0.3, 0.42, 0.9, -0.42, 0.85}, {s.Table.Min.X + 1.05, s.Table.Min.Y + 0.35, 0.14, 2.2, 0.16, 0.6},
		{s.Window.Min.X + 0.3, s.Size.Y - 0.35, 0.36, 0.3, 0.5, 0.62}, {1.6, s.Size.Y - 0.6, 0.10, 1.1, 0.1, 0.5},
	} {
		s.box(r3.Vec{X: l[0], Y: l[1], Z: l[2]}, turned(l[3], l[4]), l[5], 0.03, 0.022, timber, nil, 0.008, 0.06, uint32(930+i))
	}
	// A cable that came off the ceiling.
	rust := painted([3]float64{0.05, 0.05, 0.05}, 940)
	sag := func(t float64) r3.Vec {
		return r3.Vec{X: 2.7 + 1.0*t, Y: 2.3 - 0.5*t, Z: s.Size.Z - 0.14 - 2.6*t*(1-t)*(0.8+0.3*t)}
	}
	for i := range 18 {
		a, b := sag(float64(i)/18), sag(float64(i+1)/18)
		d := r3.Sub(b, a)
		s.box(r3.Scale(0.5, r3.Add(a, b)), turned(math.Atan2(d.Y, d.X), -math.Atan2(d.Z, math.Hypot(d.X, d.Y))), r3.Norm(d)/2+0.003, 0.005, 0.005, rust, nil, 0, 0, 941)
	}
}
