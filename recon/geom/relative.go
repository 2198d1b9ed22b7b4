package geom

import (
	"math"

	"firescene/recon"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Relative is the pose of a second camera against a first, up to the length of
// the translation, which is one.
type Relative struct {
	SecondFromFirst recon.Pose
	Essential       Mat3
	Support
}

// EstimateRelative finds the relative pose that most of the pairs a[i], b[i]
// agree with; the residual is Sampson's distance. It reports false where there
// is none, or where fewer than five points lie in front of both cameras.
func EstimateRelative(a, b []Point2, opt RansacOptions) (Relative, bool) {
	p := &relativeProblem{a: a, b: b}
	e, sup, ok := ransac(p, opt)
	if !ok {
		return Relative{}, false
	}
	pose, front := bestOfFour(&e, a, b, sup.Inliers)
	if front < 5 {
		return Relative{}, false
	}
	return Relative{SecondFromFirst: pose, Essential: essential(pose), Support: sup}, true
}

// Refined minimises Sampson's distances of the marked pairs over the relative
// pose, from a given one.
func Refined(from recon.Pose, a, b []Point2, inliers []bool) Relative {
	p := &relativeProblem{a: a, b: b}
	e := p.refine(essential(from), inliers)
	pose, _ := bestOfFour(&e, a, b, inliers)
	return Relative{SecondFromFirst: pose, Essential: essential(pose)}
}

// EpipolarResidual2 is Sampson's squared distance of a pair.
func (r *Relative) EpipolarResidual2(a, b *Point2) float64 { return sampson2(&r.Essential, a, b) }

// essential is [t]x R.
func essential(p recon.Pose) Mat3 {
	t, r := Cross(p.T), Mat3(p.Matrix())
	return t.Mul(&r)
}

type relativeProblem struct{ a, b []Point2 }

func (p *relativeProblem) size() int       { return len(p.a) }
func (p *relativeProblem) sampleSize() int { return 5 }

func (p *relativeProblem) solve(out []Mat3, sample []int) []Mat3 {
	var a, b [5]Point2
	for i, s := range sample {
		a[i], b[i] = p.a[s], p.b[s]
	}
	return FivePoint(out, &a, &b)
}

func (p *relativeProblem) residual2(e *Mat3, i int) float64 { return sampson2(e, &p.a[i], &p.b[i]) }

// sampson2 is the first-order squared distance of a pair to the epipolar
// constraint b'Ea = 0 (Hartley and Zisserman, Multiple View Geometry, 11.4.3).
func sampson2(e *Mat3, a, b *Point2) float64 {
	x, y, u, v := a[0], a[1], b[0], b[1]
	ex, ey, ez := e[0]*x+e[1]*y+e[2], e[3]*x+e[4]*y+e[5], e[6]*x+e[7]*y+e[8]
	tx, ty := e[0]*u+e[3]*v+e[6], e[1]*u+e[4]*v+e[7]
	num := u*ex + v*ey + ez
	return num * num / (ex*ex + ey*ey + tx*tx + ty*ty)
}

// refine minimises Sampson's distances over rotation and direction, by
// Gauss-Newton with the weights of the step before.
func (p *relativeProblem) refine(e Mat3, inliers []bool) Mat3 {
	pose, front := bestOfFour(&e, p.a, p.b, inliers)
	if front < 5 {
		return e
	}
	for range 5 {
		em := essential(pose)
		t := pose.T
		u1, u2 := tangents(t)
		rot := Mat3(pose.Matrix())
		var h [25]float64
		var g [5]float64
		for i, in := range inliers {
			if !in {
				continue
			}
			a, b := p.a[i], p.b[i]
			ex, ey, ez := em[0]*a[0]+em[1]*a[1]+em[2], em[3]*a[0]+em[4]*a[1]+em[5], em[6]*a[0]+em[7]*a[1]+em[8]
			tx, ty := em[0]*b[0]+em[3]*b[1]+em[6], em[1]*b[0]+em[4]*b[1]+em[7]
			w := 1 / (ex*ex + ey*ey + tx*tx + ty*ty)
			res := b[0]*ex + b[1]*ey + ez
			y := rot.MulVec(r3.Vec{X: a[0], Y: a[1], Z: 1})
			q := r3.Vec{X: b[0], Y: b[1], Z: 1}
			// q.(t x (w x y)) = w.(y x (q x t)) and q.(dt x y) = dt.(y x q)
			dw := r3.Cross(y, r3.Cross(q, t))
			dt := r3.Cross(y, q)
			j := [5]float64{dw.X, dw.Y, dw.Z, r3.Dot(dt, u1), r3.Dot(dt, u2)}
			for r := range 5 {
				g[r] -= w * j[r] * res
				for c := range r + 1 {
					h[5*r+c] += w * j[r] * j[c]
				}
			}
		}
		for r := range 5 {
			h[6*r] *= 1 + 1e-9
			for c := range r {
				h[5*c+r] = h[5*r+c]
			}
		}
		if !solveSymmetric(h[:], g[:], 5) {
			break
		}
		pose = Turned(pose, r3.Vec{X: g[0], Y: g[1], Z: g[2]}, r3.Add(r3.Scale(g[3], u1), r3.Scale(g[4], u2)))
		pose.T = r3.Unit(pose.T)
		if g[0]*g[0]+g[1]*g[1]+g[2]*g[2]+g[3]*g[3]+g[4]*g[4] < 1e-20 {
			break
		}
	}
	return essential(pose)
}

// tangents are two directions that with t are at right angles to each other.
func tangents(t r3.Vec) (r3.Vec, r3.Vec) {
	axis := r3.Vec{X: 1}
	if math.Abs(t.X) > math.Abs(t.Y) {
		axis = r3.Vec{Y: 1}
	}
	u := r3.Unit(r3.Cross(t, axis))
	return u, r3.Cross(t, u)
}

// PosesFromEssential gives the four poses that an essential matrix allows.
func PosesFromEssential(e *Mat3) [4]recon.Pose {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(3, 3, append([]float64(nil), e[:]...)), mat.SVDFull) {
		id := recon.IdentityPose()
		return [4]recon.Pose{id, id, id, id}
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	um, vm := fromDense(&u), fromDense(&v)
	w := Mat3{0, -1, 0, 1, 0, 0, 0, 0, 1}
	wt := w.Transposed()
	vt := vm.Transposed()
	t := r3.Unit(r3.Vec{X: um[2], Y: um[5], Z: um[8]})
	var out [4]recon.Pose
	for i, turn := range [2]Mat3{w, wt} {
		r := um.Mul(&turn)
		r = r.Mul(&vt)
		if det3(&r) < 0 {
			for k := range r {
				r[k] = -r[k]
			}
		}
		out[2*i] = recon.PoseFromMatrix(r, t)
		out[2*i+1] = recon.PoseFromMatrix(r, r3.Scale(-1, t))
	}
	return out
}

func fromDense(d *mat.Dense) (m Mat3) {
	for r := range 3 {
		for c := range 3 {
			m[3*r+c] = d.At(r, c)
		}
	}
	return m
}

func det3(m *Mat3) float64 {
	return m[0]*(m[4]*m[8]-m[5]*m[7]) - m[1]*(m[3]*m[8]-m[5]*m[6]) + m[2]*(m[3]*m[7]-m[4]*m[6])
}

// bestOfFour takes the pose that has most inliers in front of both cameras.
func bestOfFour(e *Mat3, a, b []Point2, inliers []bool) (pose recon.Pose, front int) {
	front = -1
	for _, p := range PosesFromEssential(e) {
		rot := Mat3(p.Matrix())
		count := 0
		for i, in := range inliers {
			if in && inFrontOfBoth(&rot, p.T, &a[i], &b[i]) {
				count++
			}
		}
		if count > front {
			pose, front = p, count
		}
	}
	return pose, front
}

// inFrontOfBoth solves d2*b = d1*R*a + t for the depths in the least squares
// sense and looks at their signs.
func inFrontOfBoth(rot *Mat3, t r3.Vec, a, b *Point2) bool {
	ra := rot.MulVec(r3.Vec{X: a[0], Y: a[1], Z: 1})
	rb := r3.Vec{X: b[0], Y: b[1], Z: 1}
	aa, bb, ab := r3.Dot(ra, ra), r3.Dot(rb, rb), r3.Dot(ra, rb)
	at, bt := r3.Dot(ra, t), r3.Dot(rb, t)
	det := aa*bb - ab*ab
	return det > 0 && ab*bt-at*bb > 0 && aa*bt-ab*at > 0
}
