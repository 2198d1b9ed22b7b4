// Package global places all cameras of a view graph at once: rotations by
// averaging the relative ones, then positions of cameras and points together
// from the directions of the sightings. Nothing is placed one after the other,
// so an early mistake can not carry on, and the result can stand beside that of
// an incremental reconstruction as a second opinion.
//
// Based on: A. Chatterjee and V. Govindu, Robust relative rotation averaging,
// PAMI 2018; B. Zhuang, L.-F. Cheong and G. H. Lee, Baseline desensitizing in
// translation averaging, CVPR 2018; L. Pan et al., Global structure-from-motion
// revisited, ECCV 2024; C. Zach, M. Klopschitz and M. Pollefeys, Disambiguating
// visual relations using loop constraints, CVPR 2010.
package global

import (
	"cmp"
	"math"
	"slices"

	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Edge is a measured relative rotation: BFromA takes directions of camera A to
// those of camera B. Weight is how much it counts, as the number of matches; it
// must be above zero.
type Edge struct {
	A, B   int
	BFromA quat.Number
	Weight float64
}

const (
	absoluteSteps = 40
	robustSteps   = 40
	robustScale   = 5 * math.Pi / 180 // at which an edge's say falls to a quarter
	settled       = 1e-6              // radians
)

// Rotations gives camFromWorld rotations of n cameras that agree best with the
// edges: from a spanning tree of the heaviest edges, by steps that minimise the
// absolute and then a bounded loss of the angles. The edges must connect the
// cameras that are reached from camera root; reached says which those are, and
// the others' rotations have no meaning. The root keeps the identity. The result
// depends on the order of the edges only by rounding.
func Rotations(n, root int, edges []Edge) (rot []quat.Number, reached []bool) {
	rot, reached = spanningTree(n, root, edges)
	col := make([]int, n)
	cols := 0
	for i := range col {
		col[i] = -1
		if reached[i] && i != root {
			col[i] = cols
			cols++
		}
	}
	if cols == 0 {
		return rot, reached
	}
	res := make([]r3.Vec, len(edges))
	for step := range absoluteSteps + robustSteps {
		a := mat.NewSymDense(cols, nil)
		b := mat.NewDense(cols, 3, nil)
		for k, e := range edges {
			if !reached[e.A] || !reached[e.B] {
				continue
			}
			res[k] = residual(rot, e)
			angle := r3.Norm(res[k])
			w := e.Weight
			if step < absoluteSteps {
				w /= max(angle, 1e-3)
			} else {
				s := robustScale * robustScale
				w *= s * s / ((s + angle*angle) * (s + angle*angle)) // Geman and McClure
			}
			add(a, b, col[e.A], col[e.B], w, res[k])
		}
		for i := range cols {
			a.SetSym(i, i, a.At(i, i)*(1+1e-12)+1e-12)
		}
		var chol mat.Cholesky
		var x mat.Dense
		if !chol.Factorize(a) || chol.SolveTo(&x, b) != nil && !usable(&x) {
			break
		}
		most := 0.0
		for i, c := range col {
			if c < 0 {
				continue
			}
			w := r3.Vec{X: x.At(c, 0), Y: x.At(c, 1), Z: x.At(c, 2)}
			most = max(most, r3.Norm(w))
			// Corrections are in the world's frame, where they add along a path.
			rot[i] = unit(quat.Mul(rot[i], geom.Rotation(r3.Scale(-1, w))))
		}
		if most < settled && step >= absoluteSteps {
			break
		}
	}
	return rot, reached
}

// Misfit is the angle, in radians, by which an edge disagrees with rotations.
func Misfit(rot []quat.Number, e Edge) float64 { return r3.Norm(residual(rot, e)) }

// residual is the rotation vector, in the world's frame, by which camera B would
// have to turn against camera A to agree with the edge.
func residual(rot []quat.Number, e Edge) r3.Vec {
	// worldFromB * (BFromA * AFromWorld) is the identity where all agree.
	d := quat.Mul(quat.Conj(rot[e.B]), quat.Mul(e.BFromA, rot[e.A]))
	if d.Real < 0 {
		d = quat.Scale(-1, d)
	}
	v := r3.Vec{X: d.Imag, Y: d.Jmag, Z: d.Kmag}
	s := r3.Norm(v)
	if s < 1e-12 {
		return r3.Scale(2, v)
	}
	return r3.Scale(-2*math.Atan2(s, d.Real)/s, v)
}

// add puts w*|x_b - x_a - r|^2 into the normal equations.
func add(a *mat.SymDense, b *mat.Dense, ca, cb int, w float64, r r3.Vec) {
	for _, s := range [2]struct {
		col, other int
		sign       float64
	}{{ca, cb, -1}, {cb, ca, 1}} {
		if s.col < 0 {
			continue
		}
		a.SetSym(s.col, s.col, a.At(s.col, s.col)+w)
		for k, v := range [3]float64{r.X, r.Y, r.Z} {
			b.Set(s.col, k, b.At(s.col, k)+s.sign*w*v)
		}
	}
	if ca >= 0 && cb >= 0 {
		a.SetSym(ca, cb, a.At(ca, cb)-w)
	}
}

// spanningTree chains rotations from the root along the heaviest edges.
func spanningTree(n, root int, edges []Edge) ([]quat.Number, []bool) {
	order := make([]int, len(edges))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(edges[b].Weight, edges[a].Weight) })
	at := make([][]int, n)
	sets := newSets(n)
	for _, k := range order {
		if e := edges[k]; sets.join(e.A, e.B) {
			at[e.A], at[e.B] = append(at[e.A], k), append(at[e.B], k)
		}
	}
	rot, reached := make([]quat.Number, n), make([]bool, n)
	for i := range rot {
		rot[i] = quat.Number{Real: 1}
	}
	reached[root] = true
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		i := queue[0]
		for _, k := range at[i] {
			switch e := edges[k]; {
			case !reached[e.B]:
				rot[e.B] = unit(quat.Mul(e.BFromA, rot[e.A]))
				reached[e.B] = true
				queue = append(queue, e.B)
			case !reached[e.A]:
				rot[e.A] = unit(quat.Mul(quat.Conj(e.BFromA), rot[e.B]))
				reached[e.A] = true
				queue = append(queue, e.A)
			}
		}
	}
	return rot, reached
}

func unit(q quat.Number) quat.Number { return quat.Scale(1/quat.Abs(q), q) }

func usable(m *mat.Dense) bool {
	for _, v := range m.RawMatrix().Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// sets are disjoint sets of numbers.
type sets []int

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func (s sets) find(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

// join reports whether the two were in different sets.
func (s sets) join(a, b int) bool {
	a, b = s.find(a), s.find(b)
	s[a] = b
	return a != b
}

// angleOf is the angle of a rotation in radians.
func angleOf(q quat.Number) float64 {
	return geom.RotationAngle(recon.Pose{Q: q}, recon.IdentityPose())
}
