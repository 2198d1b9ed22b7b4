package control

import (
	"math"
	"slices"

	"firescene/recon"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// middle is the mean of the stations and their mean distance from it.
func middle(poses []recon.Pose) (mid r3.Vec, size float64) {
	for _, q := range poses {
		mid = r3.Add(mid, r3.Scale(1/float64(len(poses)), q.Inverse().T))
	}
	for _, q := range poses {
		size += r3.Norm(r3.Sub(q.Inverse().T, mid)) / float64(len(poses))
	}
	return mid, size
}

// start finds the frame that what is given asks for, near enough for the
// adjustment to find the best: by three points with coordinates where there are
// such, else step by step: scale, vertical, heading, place. fixed says that given
// coordinates set the frame's place.
func (w *work) start() (s recon.Similarity, how vertical) {
	var from, to []r3.Vec
	for _, n := range w.names {
		if c := n.given(); c != nil && n.placed && c.X != nil && c.Y != nil && c.Z != nil {
			from, to = append(from, n.pos), append(to, r3.Vec{X: *c.X, Y: *c.Y, Z: *c.Z})
		}
	}
	if fit, ok := recon.FitSimilarity(from, to); ok {
		return fit, vertical{}
	}
	s = recon.IdentitySimilarity()
	if k, ok := w.startScale(from, to); ok {
		s.Scale = k
	}
	unit := s.Scale
	if !w.hasScale {
		unit = 0
	}
	how = w.findVertical(unit)
	s.Turn = recon.TurnBetween(how.up, r3.Vec{Z: 1})
	if !w.hasScale {
		if k, ok := w.scaleOfHeights(s); ok {
			s.Scale = k
		}
	}
	s.Turn = quat.Mul(w.heading(s), s.Turn)
	mid, _ := middle(w.p.Poses)
	s.T = r3.Scale(-1, s.Apply(mid)) // the origin amid the photos, unless given
	var sum [3]float64
	var count [3]float64
	for _, n := range w.names {
		if c := n.given(); c != nil && n.placed {
			at, sigma := c.axes()
			x := s.Apply(n.pos)
			for k, v := range [3]float64{x.X, x.Y, x.Z} {
				if sigma[k] > 0 {
					sum[k] += at[k] - v
					count[k]++
				}
			}
		}
	}
	for k, c := range count {
		if c > 0 {
			sum[k] /= c
		}
	}
	s.T = r3.Add(s.T, r3.Vec{X: sum[0], Y: sum[1], Z: sum[2]})
	return s, how
}

// startScale is the median ratio of known to found distances: of scale bars, and
// between points with all coordinates.
func (w *work) startScale(from, to []r3.Vec) (float64, bool) {
	var all []float64
	add := func(known, found float64) {
		if known > 0 && found > 0 {
			all = append(all, known/found)
		}
	}
	for _, d := range w.bars {
		add(d.Metres, r3.Norm(r3.Sub(w.find(d.From).pos, w.find(d.To).pos)))
	}
	for i := range from {
		for j := range i {
			add(r3.Norm(r3.Sub(to[i], to[j])), r3.Norm(r3.Sub(from[i], from[j])))
		}
	}
	if len(all) == 0 {
		return 1, false
	}
	slices.Sort(all)
	return all[len(all)/2], true
}

// scaleOfHeights is the ratio of given to found height differences.
func (w *work) scaleOfHeights(s recon.Similarity) (float64, bool) {
	var is, should []float64
	var a, b float64
	for _, n := range w.names {
		if c := n.given(); c != nil && n.placed && c.Z != nil {
			is, should = append(is, s.Apply(n.pos).Z), append(should, *c.Z)
			a += is[len(is)-1]
			b += *c.Z
		}
	}
	n := float64(len(is))
	cross, sum := 0.0, 0.0
	for i := range is {
		cross += (is[i] - a/n) * (should[i] - b/n)
		sum += square(is[i] - a/n)
	}
	if len(is) < 2 || !(cross > 0) || !(sum > 0) {
		return 1, false
	}
	return s.Scale * cross / sum, true
}

// heading turns about the vertical so that points with given X and Y fit best; no
// turn where there are fewer than two.
func (w *work) heading(s recon.Similarity) quat.Number {
	var is, should []complex128
	var a, b complex128
	for _, n := range w.names {
		if c := n.given(); c != nil && n.placed && c.X != nil && c.Y != nil {
			x := s.Apply(n.pos)
			is, should = append(is, complex(x.X, x.Y)), append(should, complex(*c.X, *c.Y))
			a += is[len(is)-1]
			b += should[len(should)-1]
		}
	}
	if len(is) < 2 {
		return quat.Number{Real: 1}
	}
	n := complex(float64(len(is)), 0)
	var sum complex128
	for i := range is {
		p, q := is[i]-a/n, should[i]-b/n
		sum += q * complex(real(p), -imag(p))
	}
	half := math.Atan2(imag(sum), real(sum)) / 2
	return quat.Number{Real: math.Cos(half), Kmag: math.Sin(half)}
}
