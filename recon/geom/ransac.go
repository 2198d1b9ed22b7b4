package geom

import (
	"math"
	"math/rand/v2"
)

// RansacOptions sets a robust estimation. The zero value of a field means the
// default named with it.
type RansacOptions struct {
	Threshold  float64 // largest residual of an inlier, in units of the image plane; required
	Confidence float64 // of having drawn one sample without outliers (0.9999)
	MaxTrials  int     // most samples (5000)
	MinTrials  int     // fewest samples (50)
	Seed       uint64  // of the random numbers: the same seed gives the same result
}

func (o RansacOptions) withDefaults() RansacOptions {
	if o.Confidence <= 0 {
		o.Confidence = 0.9999
	}
	if o.MaxTrials <= 0 {
		o.MaxTrials = 5000
	}
	if o.MinTrials <= 0 {
		o.MinTrials = 50
	}
	return o
}

// Support says how well a model fits: Inliers[i] is true where datum i is within
// the threshold, Count is how many are, and Cost is the truncated sum of squared
// residuals (MSAC).
type Support struct {
	Inliers []bool
	Count   int
	Cost    float64
}

// problem is what RANSAC asks of a geometry.
type problem[M any] interface {
	size() int
	sampleSize() int
	solve(out []M, sample []int) []M
	residual2(m *M, i int) float64 // squared; +Inf where the datum contradicts the model
	refine(m M, inliers []bool) M  // least squares over the inliers
}

// ransac finds the model with the least truncated cost. Each new best model is
// refined on its inliers (O. Chum, J. Matas and J. Kittler, Locally optimized
// RANSAC, DAGM 2003; cost of P. Torr and A. Zisserman, MLESAC, CVIU 2000).
func ransac[M any](p problem[M], opt RansacOptions) (best M, sup Support, ok bool) {
	opt = opt.withDefaults()
	n, k := p.size(), p.sampleSize()
	if n < k {
		return best, sup, false
	}
	rng := rand.New(rand.NewPCG(opt.Seed, 0x9e3779b97f4a7c15))
	limit2 := opt.Threshold * opt.Threshold
	sup = Support{Inliers: make([]bool, n), Cost: math.Inf(1)}
	sample := make([]int, k)
	inliers := make([]bool, n)
	var models []M
	trials := opt.MaxTrials
	for trial := 0; trial < trials; trial++ {
		draw(rng, sample, n)
		models = p.solve(models[:0], sample)
		for i := range models {
			m := models[i]
			cost, ok := costOf(p, &m, limit2, sup.Cost)
			if !ok {
				continue
			}
			sup.Cost, best = cost, m
			// Local optimisation: refine while the cost falls.
			for range 4 {
				sup.Count = mark(p, &best, limit2, inliers)
				if sup.Count <= k {
					break
				}
				r := p.refine(best, inliers)
				cost, ok := costOf(p, &r, limit2, sup.Cost)
				if !ok {
					break
				}
				sup.Cost, best = cost, r
			}
			sup.Count = mark(p, &best, limit2, inliers)
			trials = min(opt.MaxTrials, max(opt.MinTrials, trialsFor(sup.Count, n, k, opt.Confidence)))
		}
	}
	if math.IsInf(sup.Cost, 1) {
		return best, sup, false
	}
	sup.Count = mark(p, &best, limit2, sup.Inliers)
	return best, sup, sup.Count >= k
}

// costOf sums the truncated residuals; it reports false as soon as the sum is
// not below most.
func costOf[M any](p problem[M], m *M, limit2, most float64) (float64, bool) {
	sum := 0.0
	for i := range p.size() {
		r := p.residual2(m, i)
		if !(r < limit2) {
			r = limit2
		}
		if sum += r; sum >= most {
			return sum, false
		}
	}
	return sum, true
}

func mark[M any](p problem[M], m *M, limit2 float64, inliers []bool) int {
	count := 0
	for i := range inliers {
		inliers[i] = p.residual2(m, i) < limit2
		if inliers[i] {
			count++
		}
	}
	return count
}

// draw fills sample with distinct numbers below n.
func draw(rng *rand.Rand, sample []int, n int) {
	for i := range sample {
	again:
		v := rng.IntN(n)
		for _, s := range sample[:i] {
			if s == v {
				goto again
			}
		}
		sample[i] = v
	}
}

func trialsFor(inliers, n, k int, confidence float64) int {
	good := math.Pow(float64(inliers)/float64(n), float64(k))
	if good >= 1 {
		return 1
	}
	t := math.Log(1-confidence) / math.Log1p(-good)
	if !(t < 1e9) {
		return 1 << 30
	}
	return int(math.Ceil(t))
}
