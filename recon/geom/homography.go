package geom

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// EstimateHomography finds the plane-to-plane map, b ~ H a, that most pairs agree
// with; the residual is the distance in the second image. A pair of photos that
// a homography explains as well as an essential matrix shows a plane, or was
// taken from one place.
func EstimateHomography(a, b []Point2, opt RansacOptions) (Mat3, Support, bool) {
	return ransac(&homographyProblem{a: a, b: b}, opt)
}

// HomographyResidual2 is the squared distance in the second image of a pair from
// the map.
func HomographyResidual2(h *Mat3, a, b *Point2) float64 {
	q := h.MulVec(r3.Vec{X: a[0], Y: a[1], Z: 1})
	if q.Z == 0 {
		return math.Inf(1)
	}
	du, dv := q.X/q.Z-b[0], q.Y/q.Z-b[1]
	return du*du + dv*dv
}

type homographyProblem struct{ a, b []Point2 }

func (p *homographyProblem) size() int       { return len(p.a) }
func (p *homographyProblem) sampleSize() int { return 4 }

// solve fixes the last entry to one, which leaves eight equations for eight
// unknowns; planes through the first camera's centre line are lost by it.
func (p *homographyProblem) solve(out []Mat3, sample []int) []Mat3 {
	var m [8 * 9]float64
	for i, s := range sample {
		x, y, u, v := p.a[s][0], p.a[s][1], p.b[s][0], p.b[s][1]
		copy(m[18*i:], []float64{x, y, 1, 0, 0, 0, -u * x, -u * y, u})
		copy(m[18*i+9:], []float64{0, 0, 0, x, y, 1, -v * x, -v * y, v})
	}
	if !reduce(m[:], 8, 9) {
		return out
	}
	var h Mat3
	for i := range 8 {
		h[i] = m[9*i+8]
	}
	h[8] = 1
	return append(out, h)
}

func (p *homographyProblem) residual2(h *Mat3, i int) float64 {
	return HomographyResidual2(h, &p.a[i], &p.b[i])
}

// refine minimises the distances in the second image by Gauss-Newton.
func (p *homographyProblem) refine(h Mat3, inliers []bool) Mat3 {
	for range 4 {
		var n [64]float64
		var g [8]float64
		for i, in := range inliers {
			if !in {
				continue
			}
			x, y := p.a[i][0], p.a[i][1]
			q := h.MulVec(r3.Vec{X: x, Y: y, Z: 1})
			if q.Z == 0 {
				continue
			}
			w := 1 / q.Z
			u, v := q.X*w, q.Y*w
			ju := [8]float64{x * w, y * w, w, 0, 0, 0, -u * x * w, -u * y * w}
			jv := [8]float64{0, 0, 0, x * w, y * w, w, -v * x * w, -v * y * w}
			ru, rv := p.b[i][0]-u, p.b[i][1]-v
			for r := range 8 {
				g[r] += ju[r]*ru + jv[r]*rv
				for c := range 8 {
					n[8*r+c] += ju[r]*ju[c] + jv[r]*jv[c]
				}
			}
		}
		for r := range 8 {
			n[9*r] *= 1 + 1e-9
		}
		if !solveSymmetric(n[:], g[:], 8) {
			break
		}
		for k := range 8 {
			h[k] += g[k]
		}
	}
	return h
}
