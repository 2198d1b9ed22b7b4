package control

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// plane is a nearly level plane with how sure its normal is, in radians.
type plane struct {
	up    r3.Vec
	count int
	sigma float64
}

const (
	floorTrials  = 600
	floorTiltDeg = 15.0 // most that the floor's normal is off the photos' upright
	floorShare   = 0.03 // least share of all points that a floor has
	lowerShare   = 0.4  // of the largest plane's points, that makes a lower one the floor
	floorThick   = 0.01 // half thickness of the floor, of the median distance to the points
)

// floor finds the lowest large plane below the stations whose normal is near up,
// by random samples and least squares (M. Fischler and R. Bolles, Random sample
// consensus, CACM 1981). Of planes of comparable size the lower is the floor.
func (w *work) floor(up r3.Vec) (plane, bool) {
	low := math.Inf(1)
	for _, q := range w.p.Poses {
		low = min(low, r3.Dot(q.Inverse().T, up))
	}
	var below []r3.Vec
	var far []float64
	mid, _ := middle(w.p.Poses)
	for _, x := range w.p.Points[:w.base] {
		far = append(far, r3.Norm(r3.Sub(x, mid)))
		if r3.Dot(x, up) < low {
			below = append(below, x)
		}
	}
	if len(below) < 20 {
		return plane{}, false
	}
	slices.Sort(far)
	thick := floorThick * far[len(far)/2]
	least := max(15, int(floorShare*float64(w.base)))
	rng := rand.New(rand.NewPCG(w.opt.Seed, 0x666c6f6f72))
	cos := math.Cos(floorTiltDeg * math.Pi / 180)
	type candidate struct {
		n      r3.Vec
		d      float64
		count  int
		height float64
	}
	var all []candidate
	for range floorTrials {
		a, b, c := below[rng.IntN(len(below))], below[rng.IntN(len(below))], below[rng.IntN(len(below))]
		n := r3.Cross(r3.Sub(b, a), r3.Sub(c, a))
		if !(r3.Norm(n) > 1e-12) {
			continue
		}
		n = r3.Unit(n)
		if r3.Dot(n, up) < 0 {
			n = r3.Scale(-1, n)
		}
		if r3.Dot(n, up) < cos {
			continue
		}
		k := candidate{n: n, d: r3.Dot(n, a), height: r3.Dot(a, up)}
		for _, x := range below {
			if math.Abs(r3.Dot(n, x)-k.d) < thick {
				k.count++
			}
		}
		if k.count >= least {
			all = append(all, k)
		}
	}
	most := 0
	for _, k := range all {
		most = max(most, k.count)
	}
	best := -1
	for i, k := range all {
		// The best of the low ones: height counts down to the floor's thickness.
		if float64(k.count) < lowerShare*float64(most) {
			continue
		}
		if best < 0 || k.height < all[best].height-4*thick || k.height < all[best].height+4*thick && k.count > all[best].count {
			best = i
		}
	}
	if best < 0 {
		return plane{}, false
	}
	n, d := all[best].n, all[best].d
	out := plane{up: n}
	for range 5 {
		var in []r3.Vec
		var mid r3.Vec
		for _, x := range below {
			if math.Abs(r3.Dot(n, x)-d) < thick {
				in = append(in, x)
				mid = r3.Add(mid, x)
			}
		}
		if len(in) < least {
			return plane{}, false
		}
		mid = r3.Scale(1/float64(len(in)), mid)
		cov := mat.NewSymDense(3, nil)
		for _, x := range in {
			q := r3.Sub(x, mid)
			cov.SymRankOne(cov, 1, mat.NewVecDense(3, []float64{q.X, q.Y, q.Z}))
		}
		var eig mat.EigenSym
		var v mat.Dense
		if !eig.Factorize(cov, true) {
			return plane{}, false
		}
		values := eig.Values(nil)
		if !(values[1] > 4*values[0]) {
			return plane{}, false // a line or a ball, no plane
		}
		eig.VectorsTo(&v)
		n = r3.Vec{X: v.At(0, 0), Y: v.At(1, 0), Z: v.At(2, 0)}
		if r3.Dot(n, up) < 0 {
			n = r3.Scale(-1, n)
		}
		d = r3.Dot(n, mid)
		// Variance of the tilt: that of the heights over their lever arms.
		out = plane{up: n, count: len(in), sigma: math.Sqrt(max(0, values[0]) / float64(len(in)) / values[1])}
	}
	return out, r3.Dot(out.up, up) >= cos
}
