package geom

import (
	"math"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

// EstimateRotation finds the turn on the spot, b ~ R a, that most pairs agree
// with; the residual is the distance in the second image.
func EstimateRotation(a, b []Point2, opt RansacOptions) (recon.Pose, Support, bool) {
	return ransac(&rotationProblem{a: a, b: b}, opt)
}

// RotationResidual2 is the squared distance in the second image of a pair from a
// turn on the spot; +Inf behind the camera.
func RotationResidual2(turn *recon.Pose, a, b *Point2) float64 {
	q := turn.Rotate(r3.Vec{X: a[0], Y: a[1], Z: 1})
	if q.Z <= 0 {
		return math.Inf(1)
	}
	du, dv := q.X/q.Z-b[0], q.Y/q.Z-b[1]
	return du*du + dv*dv
}

type rotationProblem struct{ a, b []Point2 }

func (p *rotationProblem) size() int       { return len(p.a) }
func (p *rotationProblem) sampleSize() int { return 2 }

// solve takes the frame of two rays to that of the other two; their angles need
// not be equal, the residuals tell.
func (p *rotationProblem) solve(out []recon.Pose, sample []int) []recon.Pose {
	f, ok1 := rayFrame(p.a[sample[0]], p.a[sample[1]])
	g, ok2 := rayFrame(p.b[sample[0]], p.b[sample[1]])
	if !ok1 || !ok2 {
		return out
	}
	ft := f.Transposed()
	return append(out, recon.PoseFromMatrix(g.Mul(&ft), r3.Vec{}))
}

// rayFrame has its first axis between two rays and its third across both.
func rayFrame(p, q Point2) (Mat3, bool) {
	u, v := Ray(p), Ray(q)
	z := r3.Cross(u, v)
	if r3.Norm(z) < 1e-6 {
		return Mat3{}, false
	}
	x, z := r3.Unit(r3.Add(u, v)), r3.Unit(z)
	y := r3.Cross(z, x)
	return Mat3{x.X, y.X, z.X, x.Y, y.Y, z.Y, x.Z, y.Z, z.Z}, true
}

func (p *rotationProblem) residual2(m *recon.Pose, i int) float64 {
	return RotationResidual2(m, &p.a[i], &p.b[i])
}

// refine minimises the distances in the second image by Gauss-Newton.
func (p *rotationProblem) refine(m recon.Pose, inliers []bool) recon.Pose {
	for range 4 {
		var h [9]float64
		var g [3]float64
		for i, in := range inliers {
			if !in {
				continue
			}
			q := m.Rotate(r3.Vec{X: p.a[i][0], Y: p.a[i][1], Z: 1})
			if q.Z <= 0 {
				continue
			}
			u, v := q.X/q.Z, q.Y/q.Z
			// Derivatives by a turn w in the second camera's frame: dq = w x q.
			ju := [3]float64{-u * v, 1 + u*u, -v}
			jv := [3]float64{-(1 + v*v), u * v, u}
			ru, rv := p.b[i][0]-u, p.b[i][1]-v
			for r := range 3 {
				g[r] += ju[r]*ru + jv[r]*rv
				for c := range 3 {
					h[3*r+c] += ju[r]*ju[c] + jv[r]*jv[c]
				}
			}
		}
		if !solveSymmetric(h[:], g[:], 3) {
			break
		}
		m = Turned(m, r3.Vec{X: g[0], Y: g[1], Z: g[2]}, r3.Vec{})
	}
	return m
}
