package clean

import (
	"context"
	"math"

	"firescene/recon/neighbours"
)

// Surface is what the neighbours of each point say of the surface there.
type Surface struct {
	Normal []float32 // 3 a point, unit length; zero where the neighbours lie on a line or in one place
	// Rough is the root mean square distance of the neighbours from the plane, and
	// Flat the share of the least of the three variances: 0 a plane, 1/3 a ball.
	Rough []float32
	Flat  []float32
	// Broad is the middle variance in parts of the largest: near 0 the neighbours lie
	// along a line, and the normal is no more than one of many across it.
	Broad []float32
}

// Normals fits a plane to the k nearest points of every point (principal
// components; H. Hoppe et al., Surface reconstruction from unorganized points,
// SIGGRAPH 1992). Where viewpoint is given, normals face it: a scanner sees no
// surface from behind. Without one they face the side of their largest component
// upwards, which is a convention and no finding. The result does not depend on
// the number of workers.
func Normals(ctx context.Context, xyz []float32, k int, viewpoint *[3]float64, workers int) (*Surface, error) {
	return NormalsOf(ctx, neighbours.New(xyz, workers), len(xyz)/3, k, viewpoint, workers)
}

// NormalsOf is Normals with an index at hand, of a cloud of n points.
func NormalsOf(ctx context.Context, x *neighbours.Index, n, k int, viewpoint *[3]float64, workers int) (*Surface, error) {
	s := &Surface{Normal: make([]float32, 3*n), Rough: make([]float32, n), Flat: make([]float32, n), Broad: make([]float32, n)}
	inf := float32(math.Inf(1))
	err := x.All(ctx, k, inf, workers, func(_ int, slot int32, near []neighbours.Neighbour) {
		px, py, pz := x.Point(slot)
		var m Moments
		for _, b := range near {
			qx, qy, qz := x.Point(b.Slot)
			m.Add(float64(qx-px), float64(qy-py), float64(qz-pz))
		}
		i := x.Order[slot]
		nv, var0, var1, var2 := m.Plane()
		if !(var1 > 1e-6*var2) || !(var2 > 0) {
			return
		}
		s.Rough[i], s.Flat[i] = float32(math.Sqrt(var0)), float32(var0/(var0+var1+var2))
		s.Broad[i] = float32(var1 / var2)
		side := 0.0
		if viewpoint != nil {
			side = nv[0]*(viewpoint[0]-float64(px)) + nv[1]*(viewpoint[1]-float64(py)) + nv[2]*(viewpoint[2]-float64(pz))
		} else {
			side = upwards(nv)
		}
		if side < 0 {
			nv = [3]float64{-nv[0], -nv[1], -nv[2]}
		}
		for c := range 3 {
			s.Normal[3*int(i)+c] = float32(nv[c])
		}
	})
	return s, err
}

// upwards is the largest component in absolute value, z before y before x.
func upwards(n [3]float64) float64 {
	best := n[2]
	for _, c := range [2]float64{n[1], n[0]} {
		if math.Abs(c) > math.Abs(best)+1e-6 {
			best = c
		}
	}
	return best
}

// Moments gathers the first two moments of points.
type Moments struct {
	N                      float64
	X, Y, Z                float64
	XX, XY, XZ, YY, YZ, ZZ float64
}

// Add counts a point in. Points near the origin keep the most digits.
func (m *Moments) Add(x, y, z float64) {
	m.N++
	m.X += x
	m.Y += y
	m.Z += z
	m.XX += x * x
	m.XY += x * y
	m.XZ += x * z
	m.YY += y * y
	m.YZ += y * z
	m.ZZ += z * z
}

// Plane gives the unit normal of the plane of least squares and the three
// variances in rising order; zero for fewer than three points.
func (m *Moments) Plane() (normal [3]float64, v0, v1, v2 float64) {
	if m.N < 3 {
		return normal, 0, 0, 0
	}
	mx, my, mz := m.X/m.N, m.Y/m.N, m.Z/m.N
	a := [6]float64{m.XX/m.N - mx*mx, m.XY/m.N - mx*my, m.XZ/m.N - mx*mz, m.YY/m.N - my*my, m.YZ/m.N - my*mz, m.ZZ/m.N - mz*mz}
	return leastAxis(a)
}

// leastAxis gives the eigenvalues of a symmetric matrix (xx, xy, xz, yy, yz, zz)
// in rising order, none below zero, and the unit eigenvector of the least (O. K.
// Smith, Eigenvalues of a symmetric 3x3 matrix, CACM 4, 1961; the vector as the
// longest cross product of two rows).
func leastAxis(a [6]float64) (axis [3]float64, v0, v1, v2 float64) {
	scale := max(math.Abs(a[0]), math.Abs(a[3]), math.Abs(a[5]), math.Abs(a[1]), math.Abs(a[2]), math.Abs(a[4]))
	if !(scale > 0) || math.IsInf(scale, 0) {
		return axis, 0, 0, 0
	}
	for i := range a {
		a[i] /= scale
	}
	q := (a[0] + a[3] + a[5]) / 3
	off := a[1]*a[1] + a[2]*a[2] + a[4]*a[4]
	p := math.Sqrt(((a[0]-q)*(a[0]-q) + (a[3]-q)*(a[3]-q) + (a[5]-q)*(a[5]-q) + 2*off) / 6)
	if !(p > 1e-12) { // a ball: any axis
		return [3]float64{0, 0, 1}, max(q, 0) * scale, max(q, 0) * scale, max(q, 0) * scale
	}
	b := [6]float64{(a[0] - q) / p, a[1] / p, a[2] / p, (a[3] - q) / p, a[4] / p, (a[5] - q) / p}
	det := b[0]*(b[3]*b[5]-b[4]*b[4]) - b[1]*(b[1]*b[5]-b[4]*b[2]) + b[2]*(b[1]*b[4]-b[3]*b[2])
	phi := math.Acos(min(max(det/2, -1), 1)) / 3
	e2 := q + 2*p*math.Cos(phi)
	e0 := q + 2*p*math.Cos(phi+2*math.Pi/3)
	e1 := 3*q - e0 - e2
	r := [3][3]float64{{a[0] - e0, a[1], a[2]}, {a[1], a[3] - e0, a[4]}, {a[2], a[4], a[5] - e0}}
	best := 0.0
	for i := range 3 {
		u, v := r[i], r[(i+1)%3]
		c := [3]float64{u[1]*v[2] - u[2]*v[1], u[2]*v[0] - u[0]*v[2], u[0]*v[1] - u[1]*v[0]}
		if l := c[0]*c[0] + c[1]*c[1] + c[2]*c[2]; l > best {
			best, axis = l, c
		}
	}
	if !(best > 0) { // the two least are equal: any axis across the row that is left
		row := r[0]
		for _, c := range r {
			if dot3(c, c) > dot3(row, row) {
				row = c
			}
		}
		axis = [3]float64{row[1] - row[2], row[2] - row[0], row[0] - row[1]}
		best = dot3(axis, axis)
		if !(best > 0) {
			return [3]float64{0, 0, 1}, max(e0, 0) * scale, max(e1, 0) * scale, max(e2, 0) * scale
		}
	}
	l := 1 / math.Sqrt(best)
	return [3]float64{axis[0] * l, axis[1] * l, axis[2] * l}, max(e0, 0) * scale, max(e1, 0) * scale, max(e2, 0) * scale
}

func dot3(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
