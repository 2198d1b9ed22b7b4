package register

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// rigid is a rotation, row-major, and a translation: a = R b + T.
type rigid struct {
	R [9]float64
	T [3]float64
}

func identity() rigid { return rigid{R: [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}} }

func (m *rigid) apply(p [3]float64) [3]float64 {
	q := m.turn(p)
	return [3]float64{q[0] + m.T[0], q[1] + m.T[1], q[2] + m.T[2]}
}

func (m *rigid) turn(p [3]float64) [3]float64 {
	r := &m.R
	return [3]float64{
		r[0]*p[0] + r[1]*p[1] + r[2]*p[2],
		r[3]*p[0] + r[4]*p[1] + r[5]*p[2],
		r[6]*p[0] + r[7]*p[1] + r[8]*p[2],
	}
}

func (m *rigid) inverse() rigid {
	r := &m.R
	out := rigid{R: [9]float64{r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8]}}
	t := out.turn(m.T)
	out.T = [3]float64{-t[0], -t[1], -t[2]}
	return out
}

// mul is m after o.
func (m *rigid) mul(o *rigid) rigid {
	var out rigid
	for i := range 3 {
		for j := range 3 {
			out.R[3*i+j] = m.R[3*i]*o.R[j] + m.R[3*i+1]*o.R[3+j] + m.R[3*i+2]*o.R[6+j]
		}
	}
	out.T = m.apply(o.T)
	return out
}

// angle is the angle of the rotation, in radians.
func (m *rigid) angle() float64 {
	x, y, z := m.R[7]-m.R[5], m.R[2]-m.R[6], m.R[3]-m.R[1]
	return math.Atan2(math.Sqrt(x*x+y*y+z*z)/2, (m.R[0]+m.R[4]+m.R[8]-1)/2)
}

// pose gives the transform as the noun that others use.
func (m *rigid) pose() recon.Pose {
	return recon.PoseFromMatrix(m.R, r3.Vec{X: m.T[0], Y: m.T[1], Z: m.T[2]})
}

func fromPose(p recon.Pose) rigid {
	return rigid{R: p.Matrix(), T: [3]float64{p.T.X, p.T.Y, p.T.Z}}
}

// small is the rigid motion of a rotation vector and a translation.
func small(w, t [3]float64) rigid {
	return rigid{R: rotation(w), T: t}
}

// rotation is the rotation about w by its length (Rodrigues).
func rotation(w [3]float64) [9]float64 {
	a := math.Sqrt(dot(w, w))
	s, c := 1.0, 0.5 // sin a / a and (1 - cos a) / a^2
	if a > 1e-8 {
		s, c = math.Sin(a)/a, (1-math.Cos(a))/(a*a)
	}
	x, y, z := w[0], w[1], w[2]
	return [9]float64{
		1 - c*(y*y+z*z), c*x*y - s*z, c*x*z + s*y,
		c*x*y + s*z, 1 - c*(x*x+z*z), c*y*z - s*x,
		c*x*z - s*y, c*y*z + s*x, 1 - c*(x*x+y*y),
	}
}

// orthonormal takes the rounding out of a rotation.
func (m *rigid) orthonormal() rigid {
	p := m.pose()
	out := fromPose(p)
	return out
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func sub(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

func add(a, b [3]float64) [3]float64 { return [3]float64{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }

func scale(s float64, a [3]float64) [3]float64 { return [3]float64{s * a[0], s * a[1], s * a[2]} }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func norm(a [3]float64) float64 { return math.Sqrt(dot(a, a)) }

func unit(a [3]float64) [3]float64 {
	if l := norm(a); l > 0 {
		return scale(1/l, a)
	}
	return a
}

// frameOf is the right-handed orthonormal frame, as columns, whose first axis is a
// and whose second lies towards b; false when they are nearly parallel.
func frameOf(a, b [3]float64) ([9]float64, bool) {
	z := cross(a, b)
	if norm(z) < 0.17 {
		return [9]float64{}, false
	}
	z = unit(z)
	y := cross(z, a)
	return [9]float64{a[0], y[0], z[0], a[1], y[1], z[1], a[2], y[2], z[2]}, true
}

// timesTransposed is a times the transpose of b.
func timesTransposed(a, b *[9]float64) (m [9]float64) {
	for i := range 3 {
		for j := range 3 {
			m[3*i+j] = a[3*i]*b[3*j] + a[3*i+1]*b[3*j+1] + a[3*i+2]*b[3*j+2]
		}
	}
	return m
}

// fitRigid is the rigid motion that takes the points b to a with the least sum of
// squares; false when they leave a turn open.
func fitRigid(b, a [][3]float64) (rigid, bool) {
	pb, pa := make([]r3.Vec, len(b)), make([]r3.Vec, len(a))
	for i := range b {
		pb[i], pa[i] = r3.Vec{X: b[i][0], Y: b[i][1], Z: b[i][2]}, r3.Vec{X: a[i][0], Y: a[i][1], Z: a[i][2]}
	}
	s, ok := recon.FitSimilarity(pb, pa)
	if !ok {
		return rigid{}, false
	}
	out := fromPose(recon.Pose{Q: s.Turn})
	var mb, ma [3]float64
	for i := range b {
		mb, ma = add(mb, b[i]), add(ma, a[i])
	}
	n := 1 / float64(len(b))
	out.T = sub(scale(n, ma), out.turn(scale(n, mb)))
	return out, true
}
