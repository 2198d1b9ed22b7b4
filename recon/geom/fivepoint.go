package geom

import "math"

// Monomials of degree three in x, y, z, in the order of Nister's elimination.
const (
	mX3 = iota
	mY3
	mX2Y
	mXY2
	mX2Z
	mX2
	mY2Z
	mY2
	mXYZ
	mXY
	mXZ2
	mXZ
	mX
	mYZ2
	mYZ
	mY
	mZ3
	mZ2
	mZ
	m1
	monomials
)

// linear is a*x + b*y + c*z + d; quadratic has the ten monomials up to degree two
// in the order x2 xy y2 xz yz z2 x y z 1.
type (
	linear    [4]float64
	quadratic [10]float64
	cubic     [monomials]float64
)

func (a *linear) times(b *linear) quadratic {
	return quadratic{
		a[0] * b[0], a[0]*b[1] + a[1]*b[0], a[1] * b[1],
		a[0]*b[2] + a[2]*b[0], a[1]*b[2] + a[2]*b[1], a[2] * b[2],
		a[0]*b[3] + a[3]*b[0], a[1]*b[3] + a[3]*b[1], a[2]*b[3] + a[3]*b[2], a[3] * b[3],
	}
}

// addTo adds q*l to c.
func (q *quadratic) addTo(c *cubic, l *linear) {
	x, y, z, w := l[0], l[1], l[2], l[3]
	c[mX3] += q[0] * x
	c[mX2Y] += q[0]*y + q[1]*x
	c[mX2Z] += q[0]*z + q[3]*x
	c[mX2] += q[0]*w + q[6]*x
	c[mXY2] += q[1]*y + q[2]*x
	c[mXYZ] += q[1]*z + q[3]*y + q[4]*x
	c[mXY] += q[1]*w + q[6]*y + q[7]*x
	c[mY3] += q[2] * y
	c[mY2Z] += q[2]*z + q[4]*y
	c[mY2] += q[2]*w + q[7]*y
	c[mXZ2] += q[3]*z + q[5]*x
	c[mXZ] += q[3]*w + q[6]*z + q[8]*x
	c[mX] += q[6]*w + q[9]*x
	c[mYZ2] += q[4]*z + q[5]*y
	c[mYZ] += q[4]*w + q[7]*z + q[8]*y
	c[mY] += q[7]*w + q[9]*y
	c[mZ3] += q[5] * z
	c[mZ2] += q[5]*w + q[8]*z
	c[mZ] += q[8]*w + q[9]*z
	c[m1] += q[9] * w
}

func (q *quadratic) add(o quadratic, f float64) {
	for i := range q {
		q[i] += f * o[i]
	}
}

// FivePoint appends to out the essential matrices E, at most ten, for which
// b'Ea = 0 for the five pairs. Based on: D. Nister, An efficient solution to the
// five-point relative pose problem, PAMI 2004.
func FivePoint(out []Mat3, a, b *[5]Point2) []Mat3 {
	basis, ok := nullSpace(a, b)
	if !ok {
		return out
	}
	// E = x*basis0 + y*basis1 + z*basis2 + basis3, entry by entry.
	var e [9]linear
	for i := range e {
		e[i] = linear{basis[0][i], basis[1][i], basis[2][i], basis[3][i]}
	}
	var rows [10]cubic
	// det E = 0
	for c := range 3 {
		c1, c2 := (c+1)%3, (c+2)%3
		minor := e[3+c1].times(&e[6+c2])
		minor.add(e[3+c2].times(&e[6+c1]), -1)
		minor.addTo(&rows[0], &e[c])
	}
	// E E'E - 1/2 trace(E E') E = 0
	var eet [3][3]quadratic
	for r := range 3 {
		for c := r; c < 3; c++ {
			for k := range 3 {
				eet[r][c].add(e[3*r+k].times(&e[3*c+k]), 1)
			}
			eet[c][r] = eet[r][c]
		}
	}
	trace := eet[0][0]
	trace.add(eet[1][1], 1)
	trace.add(eet[2][2], 1)
	for r := range 3 {
		eet[r][r].add(trace, -0.5)
	}
	for r := range 3 {
		for c := range 3 {
			for k := range 3 {
				eet[r][k].addTo(&rows[1+3*r+c], &e[3*k+c])
			}
		}
	}
	var m [10 * monomials]float64
	for i := range rows {
		copy(m[i*monomials:], rows[i][:])
	}
	if !reduce(m[:], 10, monomials) {
		return out
	}
	var b3 [3][3][]float64
	var store [3][3][5]float64
	for i := range 3 {
		// Row of x2z less z times row of x2, and the same for y2 and xy.
		hi, lo := m[(4+2*i)*monomials:(5+2*i)*monomials], m[(5+2*i)*monomials:(6+2*i)*monomials]
		for j, at := range [3]int{mXZ2, mYZ2, mZ3} {
			n := 3
			if j == 2 {
				n = 4
			}
			p := store[i][j][:n+1]
			for k := range n { // coefficient of z^(n-1-k) in the row
				p[n-1-k] += hi[at+k]
				p[n-k] -= lo[at+k]
			}
			b3[i][j] = p
		}
	}
	det := determinant(&b3)
	var roots [maxDegree]float64
	for _, z := range realRoots(roots[:0], det[:]) {
		var v [3][3]float64
		for i := range 3 {
			for j := range 3 {
				v[i][j] = horner(b3[i][j], z)
			}
		}
		x, y, ok := nullVector(&v)
		if !ok {
			continue
		}
		var em Mat3
		n2 := 0.0
		for i := range em {
			em[i] = x*basis[0][i] + y*basis[1][i] + z*basis[2][i] + basis[3][i]
			n2 += em[i] * em[i]
		}
		if !(n2 > 0) || math.IsInf(n2, 0) {
			continue
		}
		s := math.Sqrt2 / math.Sqrt(n2)
		for i := range em {
			em[i] *= s
		}
		out = append(out, em)
	}
	return out
}

// nullSpace gives four orthonormal matrices that satisfy the five equations, by
// Gram and Schmidt twice over the rows and the unit vectors.
func nullSpace(a, b *[5]Point2) (basis [4]Mat3, ok bool) {
	var q [9][9]float64
	n := 0
	for i := range 5 {
		x, y, u, v := a[i][0], a[i][1], b[i][0], b[i][1]
		q[n] = [9]float64{u * x, u * y, u, v * x, v * y, v, x, y, 1}
		if !orthonormalise(&q, n) {
			return basis, false
		}
		n++
	}
	// The unit vectors that the rows cover least come first.
	for n < 9 {
		best, at := -1.0, 0
		for k := range 9 {
			rest := 1.0
			for i := range n {
				rest -= q[i][k] * q[i][k]
			}
			if rest > best+1e-12 {
				best, at = rest, k
			}
		}
		q[n] = [9]float64{}
		q[n][at] = 1
		if !orthonormalise(&q, n) {
			return basis, false
		}
		basis[n-5] = q[n]
		n++
	}
	return basis, true
}

func orthonormalise(q *[9][9]float64, n int) bool {
	v := &q[n]
	before := norm9(v)
	for range 2 {
		for i := range n {
			dot := 0.0
			for k := range 9 {
				dot += v[k] * q[i][k]
			}
			for k := range 9 {
				v[k] -= dot * q[i][k]
			}
		}
	}
	after := norm9(v)
	if !(after > 1e-10*before) {
		return false
	}
	for k := range 9 {
		v[k] /= after
	}
	return true
}

func norm9(v *[9]float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x * x
	}
	return math.Sqrt(s)
}

// determinant of a 3x3 matrix of polynomials of degrees 3, 3, 4 by column.
func determinant(b *[3][3][]float64) (det [maxDegree + 1]float64) {
	for r := range 3 {
		r1, r2 := (r+1)%3, (r+2)%3
		var minor [7]float64
		for i, u := range b[r1][0] {
			for j, v := range b[r2][1] {
				minor[i+j] += u * v
			}
		}
		for i, u := range b[r2][0] {
			for j, v := range b[r1][1] {
				minor[i+j] -= u * v
			}
		}
		for i, u := range minor {
			for j, v := range b[r][2] {
				det[i+j] += u * v
			}
		}
	}
	return det
}

// nullVector gives (x, y) with v*(x, y, 1) = 0, from the two rows that are most
// independent.
func nullVector(v *[3][3]float64) (x, y float64, ok bool) {
	best := 0.0
	for i := range 3 {
		p, q := v[i], v[(i+1)%3]
		d := p[0]*q[1] - p[1]*q[0]
		if math.Abs(d) > best {
			best = math.Abs(d)
			x = (p[1]*q[2] - p[2]*q[1]) / d
			y = (p[2]*q[0] - p[0]*q[2]) / d
			ok = true
		}
	}
	return x, y, ok
}
