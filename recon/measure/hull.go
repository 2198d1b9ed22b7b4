package measure

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// maxHull bounds the points of a hull, which are picked by hand.
const maxHull = 500

// face is a triangle of a hull by the indices of its corners, counter-clockwise seen
// from outside.
type face [3]int

// Hull is the volume of the convex hull of points, in cubic metres. The hull grows
// point by point: faces that see a new point give way to a cone to it (C. B. Barber,
// D. P. Dobkin, H. Huhdanpaa: The Quickhull algorithm for convex hulls, 1996, without
// its partition).
func (c *Cloud) Hull(p []Point) (recon.Measure, error) {
	faces, err := hullOf(p)
	if err != nil {
		return recon.Measure{}, err
	}
	o := p[0].At
	volume, surface := 0.0, 0.0
	gradient := make([]r3.Vec, len(p))
	for _, f := range faces {
		v := [3]r3.Vec{r3.Sub(p[f[0]].At, o), r3.Sub(p[f[1]].At, o), r3.Sub(p[f[2]].At, o)}
		volume += r3.Dot(v[0], r3.Cross(v[1], v[2])) / 6
		n := r3.Cross(r3.Sub(v[1], v[0]), r3.Sub(v[2], v[0]))
		surface += r3.Norm(n) / 2
		for _, i := range f {
			// A corner moves the volume by a third of the areas that meet in it.
			gradient[i] = r3.Add(gradient[i], r3.Scale(1.0/6, n))
		}
	}
	s := sq(surface*c.errs.InstrumentM) + sq(3*volume*c.errs.Scale)
	for i, g := range gradient {
		if l := r3.Norm(g); l > 0 {
			s += sq(l) * (sq(p[i].along(r3.Scale(1/l, g))) + sq(c.errs.RegistrationM))
		}
	}
	return recon.Measure{Value: volume, Sigma: math.Sqrt(s)}, nil
}

func hullOf(p []Point) ([]face, error) {
	if len(p) < 4 || len(p) > maxHull {
		return nil, fmt.Errorf("measure: a hull needs 4 to %d points, not %d", maxHull, len(p))
	}
	at := func(i int) r3.Vec { return r3.Sub(p[i].At, p[0].At) }
	size := 0.0
	for i := range p {
		size = max(size, r3.Norm(at(i)))
	}
	flat := errors.New("measure: the points lie in one plane; pick one that does not")
	// The first tetrahedron: far apart, off the line, off the plane.
	far := func(off func(i int) float64) (best int, most float64) {
		for i := range p {
			if d := off(i); d > most {
				best, most = i, d
			}
		}
		return best, most
	}
	a := 0
	b, l := far(func(i int) float64 { return r3.Norm(at(i)) })
	if l == 0 {
		return nil, flat
	}
	u := r3.Unit(at(b))
	e, l := far(func(i int) float64 { return r3.Norm(r3.Cross(u, at(i))) })
	if l < 1e-9*size {
		return nil, flat
	}
	n := r3.Unit(r3.Cross(u, at(e)))
	d, l := far(func(i int) float64 { return math.Abs(r3.Dot(n, at(i))) })
	if l < 1e-6*size {
		return nil, flat
	}
	if r3.Dot(n, at(d)) > 0 {
		b, e = e, b
	}
	faces := []face{{a, b, e}, {a, d, b}, {b, d, e}, {e, d, a}}
	sees := func(f face, i int) bool {
		n := r3.Cross(r3.Sub(at(f[1]), at(f[0])), r3.Sub(at(f[2]), at(f[0])))
		return r3.Dot(n, r3.Sub(at(i), at(f[0]))) > 1e-12*size*r3.Norm(n)
	}
	for i := range p {
		if i == a || i == b || i == e || i == d {
			continue
		}
		var keep []face
		edge := map[[2]int]bool{}
		var order [][2]int
		for _, f := range faces {
			if !sees(f, i) {
				keep = append(keep, f)
				continue
			}
			for k := range 3 {
				way := [2]int{f[k], f[(k+1)%3]}
				edge[way] = true
				order = append(order, way)
			}
		}
		for _, way := range order {
			if !edge[[2]int{way[1], way[0]}] {
				keep = append(keep, face{way[0], way[1], i})
			}
		}
		faces = keep
	}
	return faces, nil
}
