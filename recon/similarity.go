package recon

import (
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Similarity takes points of frame b to frame a: a = Scale R(Turn) b + T.
type Similarity struct {
	Turn  quat.Number
	Scale float64
	T     r3.Vec
}

// IdentitySimilarity leaves points where they are.
func IdentitySimilarity() Similarity { return Similarity{Turn: quat.Number{Real: 1}, Scale: 1} }

// Rotate applies the rotation alone, as for directions.
func (s Similarity) Rotate(b r3.Vec) r3.Vec { return Pose{Q: s.Turn}.Rotate(b) }

// Apply takes a point of frame b to frame a.
func (s Similarity) Apply(b r3.Vec) r3.Vec { return r3.Add(r3.Scale(s.Scale, s.Rotate(b)), s.T) }

// Camera takes a pose camFromB to camFromA: the camera sees the moved points where
// it saw them before, Scale times as far away.
func (s Similarity) Camera(p Pose) Pose {
	q := quat.Mul(p.Q, quat.Conj(s.Turn))
	out := Pose{Q: quat.Scale(1/quat.Abs(q), q)}
	out.T = r3.Scale(-1, out.Rotate(s.Apply(p.Inverse().T)))
	return out
}

// FitSimilarity gives the similarity that takes the points b to the points a with
// the least sum of squares (S. Umeyama, Least-squares estimation of transformation
// parameters between two point patterns, PAMI 1991). It reports false for fewer
// than three points and for points that lie on one line, which leave a turn open.
func FitSimilarity(b, a []r3.Vec) (Similarity, bool) {
	out := IdentitySimilarity()
	if len(b) < 3 || len(a) != len(b) {
		return out, false
	}
	var midA, midB r3.Vec
	n := float64(len(b))
	for i := range b {
		midA, midB = r3.Add(midA, r3.Scale(1/n, a[i])), r3.Add(midB, r3.Scale(1/n, b[i]))
	}
	cov := mat.NewDense(3, 3, nil)
	spread := 0.0
	for i := range b {
		p, q := r3.Sub(b[i], midB), r3.Sub(a[i], midA)
		spread += r3.Norm2(p)
		cov.RankOne(cov, 1, mat.NewVecDense(3, []float64{q.X, q.Y, q.Z}), mat.NewVecDense(3, []float64{p.X, p.Y, p.Z}))
	}
	var svd mat.SVD
	if !svd.Factorize(cov, mat.SVDFull) {
		return out, false
	}
	w := svd.Values(nil)
	if !(w[1] > 1e-6*w[0]) || !(spread > 0) {
		return out, false
	}
	var u, v, r mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	sign := mat.NewDiagDense(3, []float64{1, 1, 1})
	if mat.Det(&u)*mat.Det(&v) < 0 {
		sign.SetDiag(2, -1)
	}
	r.Product(&u, sign, v.T())
	var m [9]float64
	for i := range m {
		m[i] = r.At(i/3, i%3)
	}
	out.Turn = PoseFromMatrix(m, r3.Vec{}).Q
	out.Scale = (w[0] + w[1] + w[2]*sign.At(2, 2)) / spread
	out.T = r3.Sub(midA, r3.Scale(out.Scale, out.Rotate(midB)))
	return out, out.Scale > 0
}

// TurnBetween is the shortest rotation that takes one direction to another.
func TurnBetween(from, to r3.Vec) quat.Number {
	from, to = r3.Unit(from), r3.Unit(to)
	w := 1 + r3.Dot(from, to)
	axis := r3.Cross(from, to)
	if w < 1e-12 { // opposite: half a turn about any line across
		axis = r3.Cross(from, r3.Vec{X: 1})
		if r3.Norm(axis) < 0.1 {
			axis = r3.Cross(from, r3.Vec{Y: 1})
		}
		w = 0
	}
	q := quat.Number{Real: w, Imag: axis.X, Jmag: axis.Y, Kmag: axis.Z}
	return quat.Scale(1/quat.Abs(q), q)
}
