// Package radiate solves the transport of gray radiation over a grid of cells by the
// finite-volume method: one intensity for each of 128 pieces of the sphere.
//
// Source: G. D. Raithby, E. H. Chui, "A finite-volume method for predicting a radiant
// heat transfer in enclosures with participating media", J. Heat Transfer 112 (1990)
// 415.
package radiate

import "math"

// perOctant is the number of directions in an octant.
const perOctant = 16

// bands are the numbers of pieces of an octant, ring by ring from the pole; rings
// are as high as makes all pieces alike in solid angle.
var bands = [...]int{1, 3, 5, 7}

// quadrature holds, for the directions of the first octant, the integrals over each
// piece of the direction's components and of 1. Other octants mirror them. The
// components sum up to pi over a half of the sphere.
type quadrature struct {
	dir   [3][perOctant]float64
	omega [perOctant]float64
}

func newQuadrature() (q quadrature) {
	n, top := 0, 0.
	for _, count := range bands {
		t0, t1 := math.Acos(1-top/perOctant), math.Acos(max(0, 1-(top+float64(count))/perOctant))
		top += float64(count)
		square := func(t float64) float64 { return t/2 - math.Sin(2*t)/4 } // of sin^2
		for k := range count {
			f0, f1 := math.Pi/2*float64(k)/float64(count), math.Pi/2*float64(k+1)/float64(count)
			s := square(t1) - square(t0)
			q.dir[0][n] = s * (math.Sin(f1) - math.Sin(f0))
			q.dir[1][n] = s * (math.Cos(f0) - math.Cos(f1))
			q.dir[2][n] = (math.Pow(math.Sin(t1), 2) - math.Pow(math.Sin(t0), 2)) / 2 * (f1 - f0)
			q.omega[n] = (math.Cos(t0) - math.Cos(t1)) * (f1 - f0)
			n++
		}
	}
	return q
}
