// Package geom holds the minimal solvers and robust estimators of multi-view
// geometry: relative pose from five points, homography from four, absolute pose
// from three, triangulation, and RANSAC with local optimisation over them.
//
// Image points are on the normalised image plane, free of distortion: the ray of
// (x, y) is (x, y, 1) in the camera's frame. Poses are camFromWorld; the relative
// pose of two cameras is secondFromFirst.
package geom

import (
	"math"

	"firescene/recon"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Point2 is a point of the normalised image plane.
type Point2 = [2]float64

// Mat3 is a row-major 3x3 matrix.
type Mat3 [9]float64

// Mul returns m*n.
func (m *Mat3) Mul(n *Mat3) (out Mat3) {
	for r := range 3 {
		for c := range 3 {
			out[3*r+c] = m[3*r]*n[c] + m[3*r+1]*n[3+c] + m[3*r+2]*n[6+c]
		}
	}
	return out
}

// Transposed returns the transpose.
func (m *Mat3) Transposed() Mat3 {
	return Mat3{m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]}
}

// MulVec returns m*v.
func (m *Mat3) MulVec(v r3.Vec) r3.Vec {
	return r3.Vec{
		X: m[0]*v.X + m[1]*v.Y + m[2]*v.Z,
		Y: m[3]*v.X + m[4]*v.Y + m[5]*v.Z,
		Z: m[6]*v.X + m[7]*v.Y + m[8]*v.Z,
	}
}

// Cross returns the matrix of the cross product with t.
func Cross(t r3.Vec) Mat3 { return Mat3{0, -t.Z, t.Y, t.Z, 0, -t.X, -t.Y, t.X, 0} }

// Ray is the direction of an image point, of length one.
func Ray(p Point2) r3.Vec { return r3.Unit(r3.Vec{X: p[0], Y: p[1], Z: 1}) }

// Rotation returns the unit quaternion of the rotation vector w.
func Rotation(w r3.Vec) quat.Number {
	a := r3.Norm(w)
	s := 0.5 - a*a/48 // sin(a/2)/a near zero
	if a > 1e-4 {
		s = math.Sin(a/2) / a
	}
	return quat.Number{Real: math.Cos(a / 2), Imag: s * w.X, Jmag: s * w.Y, Kmag: s * w.Z}
}

// Turned returns the pose after a small motion: its rotation turned by w in the
// camera's frame and its translation moved by dt, with Q of unit length again.
func Turned(p recon.Pose, w, dt r3.Vec) recon.Pose {
	q := quat.Mul(Rotation(w), p.Q)
	return recon.Pose{Q: quat.Scale(1/quat.Abs(q), q), T: r3.Add(p.T, dt)}
}

// AngleBetween is the angle between two directions in radians; it keeps its
// precision near zero.
func AngleBetween(a, b r3.Vec) float64 {
	return math.Atan2(r3.Norm(r3.Cross(a, b)), r3.Dot(a, b))
}

// RotationAngle is the angle of the rotation that takes one pose's axes to the
// other's, in radians.
func RotationAngle(a, b recon.Pose) float64 {
	q := quat.Mul(a.Q, quat.Conj(b.Q))
	v := math.Sqrt(q.Imag*q.Imag + q.Jmag*q.Jmag + q.Kmag*q.Kmag)
	return 2 * math.Atan2(v, math.Abs(q.Real))
}

// solveSymmetric solves a*x = b in place for a small symmetric positive definite
// matrix, row-major, by Cholesky. It reports false where a is not.
func solveSymmetric(a, b []float64, n int) bool {
	for j := range n {
		d := a[j*n+j]
		for k := range j {
			d -= a[j*n+k] * a[j*n+k]
		}
		if !(d > 0) {
			return false
		}
		d = math.Sqrt(d)
		a[j*n+j] = d
		for i := j + 1; i < n; i++ {
			v := a[i*n+j]
			for k := range j {
				v -= a[i*n+k] * a[j*n+k]
			}
			a[i*n+j] = v / d
		}
	}
	for i := range n {
		for k := range i {
			b[i] -= a[i*n+k] * b[k]
		}
		b[i] /= a[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			b[i] -= a[k*n+i] * b[k]
		}
		b[i] /= a[i*n+i]
	}
	return true
}

// reduce brings the rows of a rows x cols matrix to the identity in its first
// rows columns, with the largest pivot of each column. It reports false where
// the matrix is singular.
func reduce(m []float64, rows, cols int) bool {
	for c := range rows {
		p := c
		for r := c + 1; r < rows; r++ {
			if math.Abs(m[r*cols+c]) > math.Abs(m[p*cols+c]) {
				p = r
			}
		}
		if math.Abs(m[p*cols+c]) < 1e-14 {
			return false
		}
		if p != c {
			for k := range cols {
				m[p*cols+k], m[c*cols+k] = m[c*cols+k], m[p*cols+k]
			}
		}
		inv := 1 / m[c*cols+c]
		for k := c; k < cols; k++ {
			m[c*cols+k] *= inv
		}
		for r := range rows {
			f := m[r*cols+c]
			if r == c || f == 0 {
				continue
			}
			for k := c; k < cols; k++ {
				m[r*cols+k] -= f * m[c*cols+k]
			}
		}
	}
	return true
}
