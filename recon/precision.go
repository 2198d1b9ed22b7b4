package recon

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// CameraSigma holds the standard deviations of a camera's intrinsics, zero where
// they were not refined.
type CameraSigma struct {
	FPx                float64 // of Fx; Fy moves with it
	CxPx, CyPx         float64
	K1, K2, K3, P1, P2 float64
}

// Precision says how far chance, the noise of image coordinates and of what was
// given, can have moved a model. Errors that all photos share are not in it. All
// lengths are in the model's unit, metres when the model is Scaled.
type Precision struct {
	// ImagePx is the standard deviation of an image coordinate, from the residuals.
	ImagePx float64
	// Redundancy is the number of equations beyond what determines the unknowns.
	Redundancy int
	// Frame says what the uncertainties are relative to.
	Frame string
	// ScaleRel is the relative standard deviation of the scale of the points that
	// are known best, 0 when the model is not Scaled: every length has it in common,
	// beside its own.
	ScaleRel float64
	Cameras  []CameraSigma // one a camera
}

// Covariance is a symmetric 3x3 matrix, upper triangle by rows: xx xy xz yy yz zz.
type Covariance [6]float64

// Known reports whether it says anything: a covariance of zeros does not.
func (c Covariance) Known() bool { return c[0] > 0 || c[3] > 0 || c[5] > 0 }

// Sigma is the standard deviation in the least certain direction, the longest
// semi-axis of the ellipsoid; 0 when not known.
func (c Covariance) Sigma() float64 {
	var eig mat.EigenSym
	if !eig.Factorize(mat.NewSymDense(3, []float64{c[0], c[1], c[2], c[1], c[3], c[4], c[2], c[4], c[5]}), false) {
		return 0
	}
	return math.Sqrt(max(0, eig.Values(nil)[2]))
}

// Along is the standard deviations along the axes.
func (c Covariance) Along() [3]float64 {
	return [3]float64{math.Sqrt(max(0, c[0])), math.Sqrt(max(0, c[3])), math.Sqrt(max(0, c[5]))}
}
