package register

import (
	"math"
	"math/rand/v2"
)

// slab is a rectangle across one axis.
type slab struct {
	axis   int
	at     float64
	lo, hi [2]float64 // along the other two axes, in their order
	holes  [][4]float64
}

// flat is a simulated place of rectangles.
type flat []slab

// box adds the six sides of a box.
func (f *flat) box(x, y, z, sx, sy, sz float64) {
	for axis, at := range [3][2]float64{{x, x + sx}, {y, y + sy}, {z, z + sz}} {
		lo, hi := [3]float64{x, y, z}, [3]float64{x + sx, y + sy, z + sz}
		u, v := others(axis)
		for _, c := range at {
			*f = append(*f, slab{axis: axis, at: c, lo: [2]float64{lo[u], lo[v]}, hi: [2]float64{hi[u], hi[v]}})
		}
	}
}

func others(axis int) (u, v int) {
	return [3]int{1, 0, 0}[axis], [3]int{2, 2, 1}[axis]
}

// emptyRoom is four walls, floor and ceiling.
func emptyRoom(lx, ly, h float64) flat {
	var f flat
	f.box(0, 0, 0, lx, ly, h)
	return f
}

// furnishedRoom has things that tell its ends apart.
func furnishedRoom() flat {
	f := emptyRoom(5.6, 4.1, 2.5)
	f.box(0.4, 0.1, 0, 2.0, 0.9, 0.45)
	f.box(3.9, 2.9, 0.7, 1.2, 0.7, 0.05)
	f.box(0.05, 2.6, 0, 0.6, 1.3, 2.0)
	f.box(4.6, 0.2, 0, 0.5, 0.6, 1.1)
	return f
}

// otherRoom shares the height and one side with furnishedRoom.
func otherRoom() flat {
	f := emptyRoom(3.3, 4.1, 2.5)
	f.box(0.3, 3.0, 0, 1.6, 0.8, 0.6)
	f.box(2.2, 0.3, 0, 0.9, 0.4, 1.8)
	return f
}

// scanAt casts the beams of a scanner, level but for a small tilt, and gives the
// points in its own frame and the place of that frame.
func (f flat) scanAt(name string, eye [3]float64, yaw float64, seed uint64) (Scan, rigid) {
	rng := rand.New(rand.NewPCG(seed, 7))
	tilt := rigid{R: rotation([3]float64{0.01 * rng.NormFloat64(), 0.01 * rng.NormFloat64(), 0})}
	turn := rigid{R: rotation([3]float64{0, 0, yaw})}
	world := turn.mul(&tilt)
	world.T = eye
	const step = 1.6 * math.Pi / 180
	s := Scan{Name: name, Viewpoint: &[3]float64{}}
	for az := 0.0; az < 2*math.Pi; az += step {
		for el := -1.05; el < 1.5; el += step {
			d := [3]float64{math.Cos(el) * math.Cos(az), math.Cos(el) * math.Sin(az), math.Sin(el)}
			w := world.turn(d)
			t := f.cast(eye, w)
			if math.IsInf(t, 0) {
				continue
			}
			t += 0.0008 * rng.NormFloat64()
			s.XYZ = append(s.XYZ, float32(t*d[0]), float32(t*d[1]), float32(t*d[2]))
		}
	}
	return s, world
}

func (f flat) cast(o, d [3]float64) float64 {
	best := math.Inf(1)
next:
	for i := range f {
		s := &f[i]
		t := (s.at - o[s.axis]) / d[s.axis]
		if !(t > 0.2 && t < best) {
			continue
		}
		u, v := others(s.axis)
		p, q := o[u]+t*d[u], o[v]+t*d[v]
		if p < s.lo[0] || p > s.hi[0] || q < s.lo[1] || q > s.hi[1] {
			continue
		}
		for _, h := range s.holes {
			if p > h[0] && p < h[1] && q > h[2] && q < h[3] {
				continue next
			}
		}
		best = t
	}
	return best
}
