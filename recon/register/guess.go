package register

import (
	"math"
	"slices"
)

// guess is a hypothesis of where scan b lies in the frame of scan a.
type guess struct {
	t     rigid
	score float64
	from  string // what it was made of
}

const (
	sameTurn  = 6.0 * math.Pi / 180 // rotations closer than this are tried once
	planeTurn = 5.0 * math.Pi / 180 // planes whose normals differ by more can not be the same
	perAxis   = 7                   // offsets tried along each direction
)

// turnsOfPlanes gives the rotations that take two planes of b to two of a, the
// largest first, each kind once.
func turnsOfPlanes(a, b []plane, most int) [][9]float64 {
	type turn struct {
		r [9]float64
		w float64
	}
	var list []turn
	for i1 := range a {
		for i2 := range a {
			fa, ok := frameOf(a[i1].n, a[i2].n)
			if i1 == i2 || !ok {
				continue
			}
			for j1 := range b {
				for j2 := range b {
					if j1 == j2 || math.Abs(dot(a[i1].n, a[i2].n)-dot(b[j1].n, b[j2].n)) > 0.06 {
						continue
					}
					fb, ok := frameOf(b[j1].n, b[j2].n)
					if !ok {
						continue
					}
					w := min(a[i1].area, b[j1].area) + min(a[i2].area, b[j2].area)
					list = append(list, turn{timesTransposed(&fa, &fb), w})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(x, y turn) int {
		switch {
		case x.w > y.w:
			return -1
		case x.w < y.w:
			return 1
		}
		return 0
	})
	var out [][9]float64
	cos := 1 + 2*math.Cos(sameTurn)
	for _, t := range list {
		fresh := true
		for i := range out {
			o := &out[i]
			trace := 0.0
			for k := range 9 {
				trace += o[k] * t.r[k]
			}
			if trace > cos {
				fresh = false
				break
			}
		}
		if fresh {
			out = append(out, t.r)
			if len(out) == most {
				break
			}
		}
	}
	return out
}

// offset is a distance along a direction that a pair of planes asks for.
type offset struct {
	n    [3]float64 // normal in the frame of a
	v    float64    // dot(n, t) = v
	w    float64
	i, j int
}

// guessesOfPlanes makes hypotheses from planes: each rotation, and for each of
// three directions the offsets that most area speaks for. refineTurn improves the
// rotation with all planes that agree.
func guessesOfPlanes(a, b *prepared) []guess {
	var out []guess
	for _, r := range turnsOfPlanes(first(a.planes, 14), first(b.planes, 14), 40) {
		r = refineTurn(r, a.planes, b.planes)
		offs := offsets(r, a, b)
		axes := axesOf(offs)
		if len(axes) < 3 {
			continue
		}
		var peaks [3][]offset
		for k, n := range axes {
			peaks[k] = peaksAlong(offs, n, 0.5*a.length)
		}
		for _, x := range peaks[0] {
			for _, y := range peaks[1] {
				for _, z := range peaks[2] {
					if t, ok := meet(x, y, z); ok {
						out = append(out, guess{t: rigid{R: r, T: t}, from: "planes"})
					}
				}
			}
		}
	}
	return out
}

func first[T any](s []T, n int) []T { return s[:min(len(s), n)] }

// refineTurn turns b so that the normals of planes that agree already agree best,
// weighted by their area (three steps).
func refineTurn(r [9]float64, a, b []plane) [9]float64 {
	m := rigid{R: r}
	for range 3 {
		var h [9]float64
		var g [3]float64
		n := 0
		for i := range a {
			for j := range b {
				nb := m.turn(b[j].n)
				if dot(a[i].n, nb) < math.Cos(planeTurn) {
					continue
				}
				w := min(a[i].area, b[j].area)
				// nb + omega x nb should be a's normal: the error is their cross product.
				e := cross(nb, a[i].n)
				for k := range 3 {
					g[k] += w * e[k]
					for l := range 3 {
						v := -nb[k] * nb[l]
						if k == l {
							v++
						}
						h[3*k+l] += w * v
					}
				}
				n++
			}
		}
		if n < 2 {
			return r
		}
		omega, ok := solve3(h, g)
		if !ok {
			return r
		}
		step := rigid{R: rotation(omega)}
		m = step.mul(&m)
	}
	return m.R
}

// solve3 solves a 3x3 system, row-major, by Cramer's rule; false when it is nearly
// singular.
func solve3(h [9]float64, g [3]float64) (x [3]float64, ok bool) {
	r0, r1, r2 := [3]float64(h[:3]), [3]float64(h[3:6]), [3]float64(h[6:9])
	c0, c1, c2 := cross(r1, r2), cross(r2, r0), cross(r0, r1)
	det := dot(r0, c0)
	if !(math.Abs(det) > 1e-6*norm(r0)*norm(r1)*norm(r2)) {
		return x, false
	}
	for k := range 3 {
		x[k] = (c0[k]*g[0] + c1[k]*g[1] + c2[k]*g[2]) / det
	}
	return x, true
}

// offsets lists what each pair of planes that could be the same asks of the
// translation.
func offsets(r [9]float64, a, b *prepared) []offset {
	m := rigid{R: r}
	var out []offset
	for j := range b.planes {
		q := &b.planes[j]
		n := m.turn(q.n)
		for i := range a.planes {
			p := &a.planes[i]
			if dot(n, p.n) < math.Cos(planeTurn) {
				continue
			}
			// Both turn about the middle of b's plane: a small error of the rotation
			// moves the plane far from its middle only.
			mid := m.turn(q.mid)
			out = append(out, offset{n: p.n, v: p.d - dot(p.n, mid), w: math.Sqrt(min(p.area, q.area)), i: i, j: j})
		}
	}
	return out
}

// axesOf picks three directions among the normals, of most weight, and as far from
// one plane as possible.
func axesOf(offs []offset) (axes [][3]float64) {
	weight := func(n [3]float64) (w float64) {
		for _, o := range offs {
			if math.Abs(dot(o.n, n)) > math.Cos(planeTurn) {
				w += o.w
			}
		}
		return w
	}
	for len(axes) < 3 {
		best := 0.0
		var pick [3]float64
		for _, o := range offs {
			w := weight(o.n)
			switch len(axes) {
			case 1:
				w *= norm(cross(o.n, axes[0]))
				if norm(cross(o.n, axes[0])) < 0.3 {
					continue
				}
			case 2:
				v := math.Abs(dot(o.n, unit(cross(axes[0], axes[1]))))
				if v < 0.3 {
					continue
				}
				w *= v
			}
			if w > best+1e-9 {
				best, pick = w, o.n
			}
		}
		if best == 0 {
			return axes
		}
		axes = append(axes, pick)
	}
	return axes
}

// peaksAlong gathers the offsets along one direction that agree within tol, those
// of most weight first. Normals that point the other way count with their sign.
func peaksAlong(offs []offset, n [3]float64, tol float64) []offset {
	var along []offset
	for _, o := range offs {
		c := dot(o.n, n)
		if math.Abs(c) < math.Cos(planeTurn) {
			continue
		}
		if c < 0 {
			o.v = -o.v
		}
		o.n = n
		along = append(along, o)
	}
	slices.SortStableFunc(along, func(x, y offset) int {
		switch {
		case x.v < y.v:
			return -1
		case x.v > y.v:
			return 1
		}
		return 0
	})
	var peaks []offset
	for i := range along {
		p := offset{n: n}
		for _, o := range along {
			if d := o.v - along[i].v; math.Abs(d) <= tol {
				p.w += o.w
				p.v += o.w * o.v
			}
		}
		p.v /= p.w
		peaks = append(peaks, p)
	}
	slices.SortStableFunc(peaks, func(x, y offset) int {
		switch {
		case x.w > y.w:
			return -1
		case x.w < y.w:
			return 1
		}
		return 0
	})
	var out []offset
	for _, p := range peaks {
		fresh := true
		for _, o := range out {
			fresh = fresh && math.Abs(o.v-p.v) > tol
		}
		if fresh {
			if out = append(out, p); len(out) == perAxis {
				break
			}
		}
	}
	return out
}

// meet is the translation on which three offsets agree.
func meet(x, y, z offset) ([3]float64, bool) {
	return solve3([9]float64{x.n[0], x.n[1], x.n[2], y.n[0], y.n[1], y.n[2], z.n[0], z.n[1], z.n[2]}, [3]float64{x.v, y.v, z.v})
}
