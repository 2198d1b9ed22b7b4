package room

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// raster says which triangle lies foremost in each cell of the undistorted
// picture plane, at twice the photograph's resolution. It only narrows down what
// a ray has to be tested against; the ray's own test decides.
type raster struct {
	nx, ny        int
	scale, cx, cy float64 // cell = normalised coordinate * scale + centre
	tri           []int32
	depth         []float32
}

// rasterise draws every triangle, clipped at 2 cm, into a depth buffer.
func (s *Scene) rasterise(shot Shot) *raster {
	const margin = 1.04 // the undistorted picture is a little larger
	cam := shot.Camera
	r := &raster{nx: int(2 * margin * float64(cam.WidthPx)), ny: int(2 * margin * float64(cam.HeightPx)), scale: 2 * cam.FxPx}
	r.cx = 2*cam.CxPx + float64(cam.WidthPx)*(margin-1)
	r.cy = 2*cam.CyPx + float64(cam.HeightPx)*(margin-1)
	r.tri, r.depth = make([]int32, r.nx*r.ny), make([]float32, r.nx*r.ny)
	for i := range r.tri {
		r.tri[i] = -1
	}
	m, t0 := shot.CamFromWorld.Matrix(), shot.CamFromWorld.T
	toCam := func(p r3.Vec) r3.Vec {
		return r3.Vec{X: m[0]*p.X + m[1]*p.Y + m[2]*p.Z + t0.X, Y: m[3]*p.X + m[4]*p.Y + m[5]*p.Z + t0.Y, Z: m[6]*p.X + m[7]*p.Y + m[8]*p.Z + t0.Z}
	}
	const near = 0.02
	for i := range s.bvh.tris {
		t := &s.bvh.tris[i]
		p := [3]corner{
			{toCam(t.a), t.uv[0][0], t.uv[0][1]},
			{toCam(r3.Add(t.a, t.e1)), t.uv[1][0], t.uv[1][1]},
			{toCam(r3.Add(t.a, t.e2)), t.uv[2][0], t.uv[2][1]}}
		// Clip against the near plane: at most four corners remain.
		var poly [4]corner
		n := 0
		for k := range 3 {
			a, b := p[k], p[(k+1)%3]
			if a.p.Z > near {
				poly[n] = a
				n++
			}
			if (a.p.Z > near) != (b.p.Z > near) {
				poly[n] = a.toward(b, (near-a.p.Z)/(b.p.Z-a.p.Z))
				n++
			}
		}
		for k := 2; k < n; k++ {
			r.fill(s, int32(i), poly[0], poly[k-1], poly[k])
		}
	}
	return r
}

// corner of a triangle in the camera's frame with its texture coordinates.
type corner struct {
	p    r3.Vec
	u, v float64
}

func (a corner) toward(b corner, t float64) corner {
	return corner{r3.Add(a.p, r3.Scale(t, r3.Sub(b.p, a.p))), a.u + t*(b.u-a.u), a.v + t*(b.v-a.v)}
}

func (r *raster) fill(s *Scene, tri int32, a, b, c corner) {
	type flat struct{ x, y, w, u, v float64 } // w = 1/depth; u, v times w
	project := func(k corner) flat {
		w := 1 / k.p.Z
		return flat{k.p.X*w*r.scale + r.cx, k.p.Y*w*r.scale + r.cy, w, k.u * w, k.v * w}
	}
	A, B, C := project(a), project(b), project(c)
	area := (B.x-A.x)*(C.y-A.y) - (C.x-A.x)*(B.y-A.y)
	if math.Abs(area) < 1e-12 {
		return
	}
	if area < 0 {
		B, C, area = C, B, -area
	}
	y0, y1 := max(0, int(math.Ceil(min(A.y, B.y, C.y)-0.5))), min(float64(r.ny-1), math.Floor(max(A.y, B.y, C.y)-0.5))
	id := s.bvh.tris[tri].surface
	cut := s.bvh.cutout[id]
	for y := y0; y <= int(y1); y++ {
		py := float64(y) + 0.5
		// The span of the row inside the three edges.
		lo, hi := 0.0, float64(r.nx)
		for _, e := range [3][2]*flat{{&A, &B}, {&B, &C}, {&C, &A}} {
			p, q := e[0], e[1]
			dy := q.y - p.y
			// Inside: (q.x-p.x)(py-p.y) - (x-p.x) dy >= 0.
			k := (q.x - p.x) * (py - p.y)
			switch {
			case dy > 0:
				hi = min(hi, p.x+k/dy)
			case dy < 0:
				lo = max(lo, p.x+k/dy)
			case k < 0:
				hi = -1
			}
		}
		if hi < lo {
			continue
		}
		x0, x1 := max(0, int(math.Ceil(lo-0.5))), min(r.nx-1, int(math.Floor(hi-0.5)))
		if x1 < x0 {
			continue
		}
		wb := ((C.y-A.y)*(A.x-(float64(x0)+0.5)) - (C.x-A.x)*(A.y-py)) / -area
		wc := ((A.y-B.y)*(A.x-(float64(x0)+0.5)) - (A.x-B.x)*(A.y-py)) / -area
		stepB, stepC := (C.y-A.y)/area, (A.y-B.y)/area
		w := A.w + wb*(B.w-A.w) + wc*(C.w-A.w)
		dw := stepB*(B.w-A.w) + stepC*(C.w-A.w)
		row := y * r.nx
		for x := x0; x <= x1; x++ {
			if d := float32(w); d > r.depth[row+x] {
				solid := true
				if cut != nil {
					f := float64(x - x0)
					b, c := wb+f*stepB, wc+f*stepC
					solid = cut.at((A.u+b*(B.u-A.u)+c*(C.u-A.u))/w, (A.v+b*(B.v-A.v)+c*(C.v-A.v))/w)
				}
				if solid {
					r.depth[row+x], r.tri[row+x] = d, tri
				}
			}
			w += dw
		}
	}
}
