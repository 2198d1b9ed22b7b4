package bundle

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// CentreSigma gives how well the observations hold the principal point of each
// camera whose Principal is free, whatever CentreSigma and FocalSigma of the
// problem say: the standard deviations of its two coordinates in pixels, with all
// other free parameters left open (Triggs et al., sections 5 and 9). Both are
// +Inf where the problem is singular, and 0 for a camera whose Principal is not
// free. Sigmas of observations are taken as they are given.
func CentreSigma(p *Problem, opt Options) ([][2]float64, error) {
	bare := *p
	bare.FocalSigma, bare.CentreSigma = nil, nil
	s, err := newSolver(&bare, opt.withDefaults())
	if err != nil {
		return nil, err
	}
	out := make([][2]float64, len(p.Cameras))
	s.linearise(&bare)
	// Frame and scale are open, but no intrinsics hang on them: the least damping
	// makes the matrix regular and leaves their block as it is.
	s.reducePoints(1e-8)
	var chol mat.Cholesky
	ok := chol.Factorize(mat.NewSymDense(s.cols, s.reduced))
	unit, col := mat.NewVecDense(s.cols, nil), mat.NewVecDense(s.cols, nil)
	for c := range p.Cameras {
		for k := range 2 {
			at := s.camCol[c][6+k]
			if at < 0 {
				continue
			}
			out[c][k] = math.Inf(1)
			if !ok {
				continue
			}
			unit.Zero()
			unit.SetVec(at, 1)
			// A condition warning leaves the solution usable.
			_ = chol.SolveVecTo(col, unit)
			if v := col.AtVec(at); v > 0 {
				out[c][k] = math.Sqrt(v)
			}
		}
	}
	return out, nil
}
