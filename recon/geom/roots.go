package geom

import "math"

const maxDegree = 10

// realRoots appends to out the distinct real roots of a polynomial given by its
// coefficients from the constant up: a Sturm chain separates them, bisection and
// Newton steps pin them down. See Press et al., Numerical Recipes, and D. Hook
// and P. McAree, Using Sturm sequences to bracket real roots, Graphics Gems 1990.
func realRoots(out []float64, coef []float64) []float64 {
	n := len(coef) - 1
	top := 0.0
	for _, c := range coef {
		top = max(top, math.Abs(c))
	}
	if !(top > 0) || math.IsInf(top, 0) {
		return out
	}
	for n > 0 && math.Abs(coef[n]) < 1e-14*top {
		n--
	}
	if n == 0 {
		return out
	}
	var s sturm
	s.build(coef[:n+1])
	// Cauchy's bound on the roots.
	bound := 0.0
	for _, c := range coef[:n] {
		bound = max(bound, math.Abs(c/coef[n]))
	}
	bound++
	lo, hi := s.changes(-bound), s.changes(bound)
	return s.isolate(out, -bound, bound, lo, hi, 0)
}

// sturm is a chain of polynomials, each scaled to a largest coefficient of one.
type sturm struct {
	p   [maxDegree + 1][maxDegree + 1]float64
	deg [maxDegree + 1]int
	n   int
}

func (s *sturm) build(coef []float64) {
	n := len(coef) - 1
	copy(s.p[0][:], coef)
	scaleToOne(s.p[0][:n+1])
	s.deg[0] = n
	for i := 1; i <= n; i++ {
		s.p[1][i-1] = float64(i) * s.p[0][i]
	}
	scaleToOne(s.p[1][:n])
	s.deg[1] = n - 1
	s.n = 2
	for s.n <= n && s.deg[s.n-1] > 0 {
		a, b := &s.p[s.n-2], &s.p[s.n-1]
		rem := *a
		db := s.deg[s.n-1]
		for k := s.deg[s.n-2] - db; k >= 0; k-- {
			f := rem[k+db] / b[db]
			for j := 0; j < db; j++ {
				rem[k+j] -= f * b[j]
			}
		}
		d := db - 1
		for d >= 0 && math.Abs(rem[d]) < 1e-13 {
			d--
		}
		if d < 0 {
			return // repeated roots: the chain ends in their common divisor
		}
		for j := 0; j <= d; j++ {
			s.p[s.n][j] = -rem[j]
		}
		scaleToOne(s.p[s.n][:d+1])
		s.deg[s.n] = d
		s.n++
	}
}

func scaleToOne(p []float64) {
	top := 0.0
	for _, c := range p {
		top = max(top, math.Abs(c))
	}
	if top == 0 {
		return
	}
	for i := range p {
		p[i] /= top
	}
}

func horner(p []float64, x float64) float64 {
	v := 0.0
	for i := len(p) - 1; i >= 0; i-- {
		v = v*x + p[i]
	}
	return v
}

// changes counts the changes of sign along the chain at x.
func (s *sturm) changes(x float64) int {
	count, last := 0, 0.0
	for i := range s.n {
		v := horner(s.p[i][:s.deg[i]+1], x)
		if v == 0 {
			continue
		}
		if last*v < 0 {
			count++
		}
		last = v
	}
	return count
}

// isolate halves lo..hi until each part holds one root.
func (s *sturm) isolate(out []float64, lo, hi float64, atLo, atHi, depth int) []float64 {
	count := atLo - atHi
	if count <= 0 {
		return out
	}
	if count == 1 || depth > 60 {
		return append(out, s.polish(lo, hi))
	}
	mid := (lo + hi) / 2
	at := s.changes(mid)
	out = s.isolate(out, lo, mid, atLo, at, depth+1)
	return s.isolate(out, mid, hi, at, atHi, depth+1)
}

// polish finds the root in lo..hi, by Newton steps held in a bracket where the
// sign changes, by bisection of the chain where it does not.
func (s *sturm) polish(lo, hi float64) float64 {
	p, dp := s.p[0][:s.deg[0]+1], s.p[1][:s.deg[1]+1]
	flo := horner(p, lo)
	if flo*horner(p, hi) > 0 {
		at := s.changes(lo)
		for range 60 {
			mid := (lo + hi) / 2
			if s.changes(mid) == at {
				lo = mid
			} else {
				hi = mid
			}
		}
		return (lo + hi) / 2
	}
	// The derivative is known up to a positive factor only.
	scale := derivativeScale(p, dp)
	x := (lo + hi) / 2
	for range 100 {
		f := horner(p, x)
		if f == 0 {
			return x
		}
		if (f < 0) == (flo < 0) {
			lo = x
		} else {
			hi = x
		}
		next := x - f/(scale*horner(dp, x))
		if !(next > lo && next < hi) {
			next = (lo + hi) / 2
		}
		if math.Abs(next-x) <= 1e-15*(1+math.Abs(x)) {
			return next
		}
		x = next
	}
	return x
}

func derivativeScale(p, dp []float64) float64 {
	n := len(p) - 1
	return float64(n) * p[n] / dp[n-1]
}
