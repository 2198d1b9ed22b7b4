package bundle

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// Distance is a known distance between two points, such as a scale bar, in the
// unit of the points.
type Distance struct {
	A, B          int32
	Length, Sigma float64
}

// Position is a point with known coordinates, in the frame of the points. A
// coordinate whose Sigma is zero is not known and is left out.
type Position struct {
	Point     int32
	At, Sigma r3.Vec
}

// constrained marks the points that distances and positions name. They stay in
// the system that the other points are eliminated from, since distances couple
// them with each other.
func (p *Problem) constrained() []bool {
	kept := make([]bool, len(p.Points))
	for _, d := range p.Distances {
		kept[d.A], kept[d.B] = true, true
	}
	for _, q := range p.Positions {
		kept[q.Point] = true
	}
	return kept
}

// row is one equation of a constraint: its residual, given minus computed, and
// its derivatives by the coordinates of one or two points, in standard deviations.
type row struct {
	res    float64
	points [2]int32
	by     [2][3]float64
	n      int // of points
}

// constraintRows calls f with every equation of the constraints.
func (p *Problem) constraintRows(f func(row)) {
	for _, d := range p.Distances {
		v := r3.Sub(p.Points[d.A], p.Points[d.B])
		length := r3.Norm(v)
		r := row{res: (d.Length - length) / d.Sigma, points: [2]int32{d.A, d.B}, n: 2}
		if length > 0 {
			u := r3.Scale(1/(length*d.Sigma), v)
			r.by = [2][3]float64{{u.X, u.Y, u.Z}, {-u.X, -u.Y, -u.Z}}
		}
		f(r)
	}
	for _, q := range p.Positions {
		x := p.Points[q.Point]
		is, given, sigma := [3]float64{x.X, x.Y, x.Z}, [3]float64{q.At.X, q.At.Y, q.At.Z}, [3]float64{q.Sigma.X, q.Sigma.Y, q.Sigma.Z}
		for c := range 3 {
			if sigma[c] > 0 {
				r := row{res: (given[c] - is[c]) / sigma[c], points: [2]int32{q.Point}, n: 1}
				r.by[0][c] = 1 / sigma[c]
				f(r)
			}
		}
	}
}

// constraintCost is the sum of the squared residuals of the constraints: they
// are stated by people and not subject to the robust loss.
func (p *Problem) constraintCost() float64 {
	sum := 0.0
	p.constraintRows(func(r row) { sum += r.res * r.res })
	return sum
}

// addConstraints adds the equations of the constraints to the normal equations.
func (s *solver) addConstraints(p *Problem) {
	p.constraintRows(func(r row) {
		for a := range r.n {
			at := s.pointCol[r.points[a]]
			if at < 0 {
				continue // fixed
			}
			for i := range 3 {
				s.camGrad[at+i] += r.by[a][i] * r.res
				for b := range r.n {
					if to := s.pointCol[r.points[b]]; to >= 0 {
						for k := range 3 {
							if to+k >= at+i {
								s.camHess[(at+i)*s.cols+to+k] += r.by[a][i] * r.by[b][k]
							}
						}
					}
				}
			}
		}
	})
}

// validConstraints reports whether every constraint names points that are there
// and has a standard deviation that is a positive number.
func (p *Problem) validConstraints() bool {
	good := func(v float64) bool { return v > 0 && !math.IsInf(v, 0) }
	in := func(i int32) bool { return i >= 0 && int(i) < len(p.Points) }
	for _, d := range p.Distances {
		if !in(d.A) || !in(d.B) || d.A == d.B || !good(d.Length) || !good(d.Sigma) {
			return false
		}
	}
	for _, q := range p.Positions {
		if !in(q.Point) {
			return false
		}
		for _, v := range [6]float64{q.At.X, q.At.Y, q.At.Z, q.Sigma.X, q.Sigma.Y, q.Sigma.Z} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
		if q.Sigma.X < 0 || q.Sigma.Y < 0 || q.Sigma.Z < 0 {
			return false
		}
	}
	return true
}
