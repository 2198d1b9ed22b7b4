package splat

import (
	"math"
	"sync"
	"sync/atomic"

	"firescene/recon"
)

// Mesh is a triangle mesh made ready to be drawn among points.
type Mesh struct {
	Origin [3]float64
	XYZ    []float32 // 9 a triangle, relative to Origin
	RGB    []uint8   // 9 a triangle
	Normal [][3]int8 // 1 a triangle, of length 127
}

// NewMesh copies the triangles of a mesh that have an area and finite corners; faces that
// name no vertex are left out. Without colours it is one grey.
func NewMesh(m *recon.Mesh) *Mesh {
	out := &Mesh{Origin: [3]float64{m.Origin.X, m.Origin.Y, m.Origin.Z}}
	n := int32(len(m.XYZ) / 3)
	for _, f := range m.Faces {
		var p [3][3]float32
		ok := true
		for k, v := range f {
			if v < 0 || v >= n {
				ok = false
				break
			}
			copy(p[k][:], m.XYZ[3*v:3*v+3])
			for _, c := range p[k] {
				ok = ok && finite(c)
			}
		}
		if !ok {
			continue
		}
		var a, b [3]float64
		for k := range 3 {
			a[k], b[k] = float64(p[1][k]-p[0][k]), float64(p[2][k]-p[0][k])
		}
		c := [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
		l := math.Sqrt(c[0]*c[0] + c[1]*c[1] + c[2]*c[2])
		if !(l > 0) || math.IsInf(l, 0) {
			continue
		}
		var q [3]int8
		for k := range 3 {
			q[k] = int8(math.Round(127 * c[k] / l))
		}
		out.Normal = append(out.Normal, q)
		for k, v := range f {
			out.XYZ = append(out.XYZ, p[k][:]...)
			if len(m.RGB) == len(m.XYZ) {
				out.RGB = append(out.RGB, m.RGB[3*v:3*v+3]...)
			} else {
				out.RGB = append(out.RGB, plainGrey, plainGrey, plainGrey)
			}
		}
	}
	return out
}

// Len is the number of triangles.
func (m *Mesh) Len() int { return len(m.Normal) }

// FarthestAlong is the greatest coordinate of the corners along an axis, in the frame of
// Origin; 0 of a mesh without triangles.
func (m *Mesh) FarthestAlong(axis [3]float32) float32 {
	far := float32(0)
	for i := 0; i+2 < len(m.XYZ); i += 3 {
		if d := axis[0]*m.XYZ[i] + axis[1]*m.XYZ[i+1] + axis[2]*m.XYZ[i+2]; i == 0 || d > far {
			far = d
		}
	}
	return far
}

// Shade is how bright a face is by its normal: lit from the eye's direction, so that it
// depends on the view alone, and seen from both sides.
func Shade(normal [3]int8, forward [3]float32) float32 {
	d := (float32(normal[0])*forward[0] + float32(normal[1])*forward[1] + float32(normal[2])*forward[2]) / 127
	return ShadeLeast + (1-ShadeLeast)*min(abs(d), 1)
}

// ShadeLeast is the brightness of a face that is seen edge-on.
const ShadeLeast = 0.55

// corner is a corner in the picture: column, row, and depth or one over it, whichever
// runs evenly over the picture; then colour, and place along the clip axes, over depth
// likewise.
type corner struct {
	x, y, z float32
	v       [6]float32
}

type flat struct {
	c           [3]corner
	top, bottom int32
	clip        bool
}

// DrawMesh draws a mesh among what the buffer holds: Draw comes first and clears it.
func (b *Buffer) DrawMesh(m *Mesh, cam Camera, workers int) {
	workers = max(workers, 1)
	lists := make([][]flat, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := m.Len() * w / workers; i < m.Len()*(w+1)/workers; i++ {
				lists[w] = cam.project(m, i, lists[w])
			}
		})
	}
	wg.Wait()
	bands := 4 * workers
	var next atomic.Int64
	for range workers {
		wg.Go(func() {
			for {
				k := int(next.Add(1)) - 1
				if k >= bands {
					return
				}
				top, bottom := b.Height*k/bands, b.Height*(k+1)/bands-1
				for _, list := range lists {
					for i := range list {
						if int(list[i].bottom) >= top && int(list[i].top) <= bottom {
							b.triangle(&list[i], &cam, top, bottom)
						}
					}
				}
			}
		})
	}
	wg.Wait()
}

// space is a corner in the camera's axes, with its colour and clip coordinates.
type space struct {
	p [3]float32 // right, down, forward
	v [6]float32
}

// project appends what of a triangle lies before the eye and in the picture.
func (cam *Camera) project(m *Mesh, i int, list []flat) []flat {
	shade := Shade(m.Normal[i], cam.Forward)
	var in [3]space
	inside, outside := 0, 0
	beyond := [3]int{}
	for k := range 3 {
		q := m.XYZ[9*i+3*k : 9*i+3*k+3]
		d := [3]float32{q[0] - cam.Eye[0], q[1] - cam.Eye[1], q[2] - cam.Eye[2]}
		s := &in[k]
		s.p = [3]float32{dot(cam.Right, d), dot(cam.Down, d), dot(cam.Forward, d)}
		for c := range 3 {
			s.v[c] = shade * float32(m.RGB[9*i+3*k+c])
		}
		if cam.HasClip {
			for a, axis := range cam.ClipAxis {
				s.v[3+a] = (dot(axis, [3]float32(q)) - cam.ClipMid[a]) / cam.ClipHalf[a]
				switch {
				case s.v[3+a] > 1:
					beyond[a]++
				case s.v[3+a] < -1:
					beyond[a]--
				}
				if abs(s.v[3+a]) > 1 {
					outside++
				}
			}
		}
		if s.p[2] >= cam.Near {
			inside++
		}
	}
	if inside == 0 || beyond[0] == 3 || beyond[0] == -3 || beyond[1] == 3 || beyond[1] == -3 || beyond[2] == 3 || beyond[2] == -3 {
		return list
	}
	if inside == 3 {
		return cam.append(list, in[0], in[1], in[2], outside > 0)
	}
	// Cut at the near plane.
	var poly [4]space
	n := 0
	for k := range 3 {
		a, c := in[k], in[(k+1)%3]
		if a.p[2] >= cam.Near {
			poly[n] = a
			n++
		}
		if (a.p[2] >= cam.Near) != (c.p[2] >= cam.Near) {
			t := (cam.Near - a.p[2]) / (c.p[2] - a.p[2])
			for j := range a.p {
				a.p[j] += t * (c.p[j] - a.p[j])
			}
			for j := range a.v {
				a.v[j] += t * (c.v[j] - a.v[j])
			}
			a.p[2] = cam.Near
			poly[n] = a
			n++
		}
	}
	for k := 2; k < n; k++ {
		list = cam.append(list, poly[0], poly[k-1], poly[k], outside > 0)
	}
	return list
}

func (cam *Camera) append(list []flat, a, b, c space, clip bool) []flat {
	f := flat{clip: clip}
	lo, hi := float32(math.MaxFloat32), float32(-math.MaxFloat32)
	left, right := lo, hi
	for k, s := range [3]space{a, b, c} {
		o := &f.c[k]
		scale := cam.FocalPx
		o.z, o.v = s.p[2], s.v
		if !cam.Parallel {
			scale /= s.p[2]
			o.z = 1 / s.p[2]
			for j := range o.v {
				o.v[j] *= o.z
			}
		}
		o.x, o.y = s.p[0]*scale+float32(cam.Width)/2, s.p[1]*scale+float32(cam.Height)/2
		lo, hi, left, right = min(lo, o.y), max(hi, o.y), min(left, o.x), max(right, o.x)
	}
	if !(hi >= 0) || !(lo < float32(cam.Height)) || !(right >= 0) || !(left < float32(cam.Width)) {
		return list
	}
	f.top, f.bottom = int32(max(lo, 0)), int32(min(hi, float32(cam.Height-1)))
	return append(list, f)
}

// triangle fills the pixels of rows top to bottom whose middles it covers.
func (b *Buffer) triangle(f *flat, cam *Camera, top, bottom int) {
	p, q, r := &f.c[0], &f.c[1], &f.c[2]
	area := float64(q.x-p.x)*float64(r.y-p.y) - float64(q.y-p.y)*float64(r.x-p.x)
	if area == 0 || area-area != 0 {
		return
	}
	inv := 1 / area
	for y := max(int(f.top), top); y <= min(int(f.bottom), bottom); y++ {
		// Where the row's line through pixel middles enters and leaves the triangle.
		at := float64(y) + 0.5
		from, to := math.Inf(1), math.Inf(-1)
		for k := range 3 {
			s, e := &f.c[k], &f.c[(k+1)%3]
			if (float64(s.y) <= at) == (float64(e.y) <= at) {
				continue
			}
			x := float64(s.x) + (at-float64(s.y))/(float64(e.y)-float64(s.y))*(float64(e.x)-float64(s.x))
			from, to = min(from, x), max(to, x)
		}
		if !(to >= from) {
			continue
		}
		x0, x1 := int(math.Ceil(max(from-0.5, 0))), int(math.Floor(min(to-0.5, float64(b.Width-1))))
		for x := x0; x <= x1; x++ {
			px := float64(x) + 0.5
			wq := ((px-float64(p.x))*float64(r.y-p.y) - (at-float64(p.y))*float64(r.x-p.x)) * inv
			wr := (float64(q.x-p.x)*(at-float64(p.y)) - float64(q.y-p.y)*(px-float64(p.x))) * inv
			a, c := float32(wq), float32(wr)
			z := p.z + a*(q.z-p.z) + c*(r.z-p.z)
			depth := z
			if !cam.Parallel {
				depth = 1 / z
			}
			if !(depth >= cam.Near) {
				continue
			}
			value := func(k int) float32 {
				v := p.v[k] + a*(q.v[k]-p.v[k]) + c*(r.v[k]-p.v[k])
				if !cam.Parallel {
					v *= depth
				}
				return v
			}
			if f.clip && (abs(value(3)) > 1 || abs(value(4)) > 1 || abs(value(5)) > 1) {
				continue
			}
			colour := uint64(0)
			for k := range 3 {
				colour = colour<<8 | uint64(min(max(value(k), 0), 254.5)+0.5)
			}
			cell := &b.cells[y*b.Width+x]
			*cell = min(*cell, uint64(math.Float32bits(depth))<<32|colour)
		}
	}
}
