package geom

import (
	"math"
	"slices"
)

// Chance describes a model whose support is weighed against chance.
type Chance struct {
	Sample int // data that fix the model
	Models int // that one sample can give
	// PerUnit is the probability that a wrong datum lies within a residual of one
	// unit, and Power the power with which that grows: 1 for the distance to a
	// line, 2 for that to a point.
	PerUnit, Power float64
}

// Contrario chooses the threshold under which the support of a model is least
// likely to be chance: the a contrario criterion of L. Moisan and B. Stival, A
// probabilistic criterion to detect rigid point matches between two images, IJCV
// 2004, as in L. Moisan, P. Moulon and P. Monasse, Automatic homographic
// registration of a pair of images, IPOL 2012. residual2 are squared residuals;
// those from limit2 on are left out of the support. logFalse is the decimal
// logarithm of the number of models that would have such support by chance:
// above zero the model is worth nothing.
func Contrario(residual2 []float64, limit2 float64, c Chance) (threshold2, logFalse float64) {
	sorted := slices.Clone(residual2)
	slices.Sort(sorted)
	n := len(sorted)
	logFalse = math.Inf(1)
	if n <= c.Sample {
		return 0, logFalse
	}
	fixed := math.Log10(float64(c.Models) * float64(n-c.Sample))
	for k := c.Sample + 1; k <= n; k++ {
		r2 := sorted[k-1]
		if !(r2 < limit2) {
			break
		}
		alpha := math.Log10(c.PerUnit) + 0.5*c.Power*math.Log10(max(r2, 1e-30))
		nfa := fixed + logChoose(n, k) + logChoose(k, c.Sample) + float64(k-c.Sample)*min(alpha, 0)
		if nfa < logFalse {
			logFalse, threshold2 = nfa, r2
		}
	}
	return threshold2, logFalse
}

// logChoose is the decimal logarithm of n over k.
func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return (a - b - c) / math.Ln10
}

// Fit is how well a kind of geometry explains matches.
type Fit struct {
	Residual2 []float64 // squared, per match
	Dimension int       // of the set of matches that the geometry allows: 3 for epipolar, 2 for a map of the plane
	Params    int       // free numbers of the geometry
}

// GRIC weighs how closely a geometry fits against how much it could fit, the
// less the better: the robust information criterion of P. Torr, An assessment of
// information criteria for motion model selection, CVPR 1997. sigma is the noise
// of a residual.
func (f Fit) GRIC(sigma float64) float64 {
	const space = 4 // numbers in a match
	n := float64(len(f.Residual2))
	sum := 0.0
	most := 2 * float64(space-f.Dimension)
	for _, r2 := range f.Residual2 {
		v := r2 / (sigma * sigma)
		if !(v < most) {
			v = most
		}
		sum += v
	}
	return sum + math.Log(space)*n*float64(f.Dimension) + math.Log(space*n)*float64(f.Params)
}
