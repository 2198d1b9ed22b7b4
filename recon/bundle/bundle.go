// Package bundle refines cameras, poses and points together so that the
// reprojection errors become least: bundle adjustment by Levenberg-Marquardt,
// with the points eliminated by the Schur complement and a robust loss.
//
// Based on: B. Triggs et al., Bundle adjustment, a modern synthesis, 1999;
// M. Lourakis and A. Argyros, SBA, TOMS 2009; S. Agarwal et al., Bundle
// adjustment in the large, ECCV 2010.
package bundle

import (
	"context"
	"errors"
	"math"

	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Free says which intrinsics of a camera are refined.
type Free uint8

// The intrinsics that can be free. Focal changes both focal lengths by one
// factor.
const (
	Focal      Free = 1 << iota
	Radial          // K1
	Radial2         // K2
	Radial3         // K3
	Tangential      // P1, P2
	Principal       // Cx, Cy
)

// columns lists which of the intrinsics, in the order of jacobian.intrinsic, are
// free.
func (f Free) columns() [intrCols]bool {
	t, p := f&Tangential != 0, f&Principal != 0
	return [intrCols]bool{f&Focal != 0, f&Radial != 0, f&Radial2 != 0, f&Radial3 != 0, t, t, p, p}
}

// Observation is a keypoint at which a view sees a point, in pixels of the
// distorted photo. SigmaPx is the standard deviation it is expected to have.
type Observation struct {
	View, Point int32
	X, Y        float64
	SigmaPx     float64
}

// Problem is what Solve refines in place. Observations must be in the order of
// their points, and no view may see a point twice.
type Problem struct {
	Cameras    []recon.Camera
	Free       []Free  // one a camera
	CameraOf   []int32 // camera of each view
	Poses      []recon.Pose
	FixedView  []bool // one a view
	Points     []r3.Vec
	FixedPoint []bool // one a point; nil when all are free
	Obs        []Observation
	// FocalPrior is the focal length, in pixels of Fx, that a free one is held
	// to, and FocalSigma its relative standard deviation; 0 means no prior.
	FocalPrior, FocalSigma []float64
	// CentrePrior is the principal point, in pixels, that a free one is held to, and
	// CentreSigma its standard deviation in pixels; with 0, or without them, it is
	// held loosely to the middle of the picture.
	CentrePrior [][2]float64
	CentreSigma []float64
	// Distances and Positions are what is known of points from elsewhere. Neither
	// they nor the observations of the points that they name are subject to the
	// robust loss: what contradicts must show, not yield.
	Distances []Distance
	Positions []Position
}

// Options sets a solution. The zero value of a field means the default named
// with it.
type Options struct {
	MaxSteps int     // most accepted or refused steps (50)
	Loss     float64 // scale of Cauchy's loss in standard deviations (1.5)
	Tolerate float64 // relative fall of the cost below which it is converged (1e-6)
	Workers  int     // goroutines; the result does not depend on it (1)
	// Unseen is how many times larger than their residuals let expect the errors of
	// sightings are, for Covariance (1).
	Unseen float64
}

func (o Options) withDefaults() Options {
	if o.MaxSteps <= 0 {
		o.MaxSteps = 50
	}
	if o.Loss <= 0 {
		o.Loss = 1.5
	}
	if o.Tolerate <= 0 {
		o.Tolerate = 1e-6
	}
	if o.Workers <= 0 {
		o.Workers = 1
	}
	if o.Unseen <= 0 {
		o.Unseen = 1
	}
	return o
}

// Report says whether to believe a solution.
type Report struct {
	Converged   bool
	Steps       int
	Before, End float64 // robust cost
}

// ErrNothingFree says that no parameter could move.
var ErrNothingFree = errors.New("bundle: every camera is fixed and there are no points")

// ErrConstraint says that a distance or position is impossible.
var ErrConstraint = errors.New("bundle: a distance or position names no point of the problem or has an impossible value")

// Standard deviations that free intrinsics are held with: distortion to zero, the
// principal point to the middle of the picture, as a share of the longer side.
// Lenses of cameras and telephones stay within about three of them.
const (
	priorRadial     = 0.2
	priorTangential = 0.01
	priorPrincipal  = 0.03
)

// Solve refines p. On a cancelled context p holds the last accepted step.
func Solve(ctx context.Context, p *Problem, opt Options) (Report, error) {
	s, err := newSolver(p, opt.withDefaults())
	if err != nil {
		return Report{}, err
	}
	rep := Report{Before: s.cost(p)}
	rep.End = rep.Before
	damping := 1e-4
	grow := 2.0
	trial := p.clone()
	for fresh := true; rep.Steps < s.opt.MaxSteps; rep.Steps++ {
		if err := ctx.Err(); err != nil {
			return rep, err
		}
		if fresh {
			s.linearise(p)
		}
		predicted, ok := s.step(p, trial, damping)
		cost := math.Inf(1)
		if ok {
			cost = s.cost(trial)
		}
		if !(cost < rep.End) {
			if ok && predicted < s.opt.Tolerate*rep.End {
				rep.Converged = true
				break
			}
			fresh = false
			damping *= grow
			grow *= 2
			if damping > 1e12 {
				rep.Converged = true
				break
			}
			continue
		}
		fall := rep.End - cost
		gain := fall / predicted
		p.copyFrom(trial)
		rep.End = cost
		fresh = true
		// H. Nielsen, Damping parameter in Marquardt's method, 1999.
		damping *= max(1.0/3, 1-math.Pow(2*gain-1, 3))
		damping = max(damping, 1e-12)
		grow = 2
		if fall < s.opt.Tolerate*cost {
			rep.Converged = true
			rep.Steps++
			break
		}
	}
	return rep, nil
}

// clone copies what steps change.
func (p *Problem) clone() *Problem {
	q := *p
	q.Cameras = append([]recon.Camera(nil), p.Cameras...)
	q.Poses = append([]recon.Pose(nil), p.Poses...)
	q.Points = append([]r3.Vec(nil), p.Points...)
	return &q
}

func (p *Problem) copyFrom(q *Problem) {
	copy(p.Cameras, q.Cameras)
	copy(p.Poses, q.Poses)
	copy(p.Points, q.Points)
}

// step solves the damped normal equations and writes the moved parameters to
// trial. It returns the fall of the cost that the linear model predicts.
func (s *solver) step(p, trial *Problem, damping float64) (predicted float64, ok bool) {
	s.reducePoints(damping)
	n := s.cols
	delta := make([]float64, n)
	if n > 0 {
		var chol mat.Cholesky
		if !chol.Factorize(mat.NewSymDense(n, s.reduced)) {
			return 0, false
		}
		out := mat.NewVecDense(n, delta)
		if chol.SolveVecTo(out, mat.NewVecDense(n, s.right)) != nil && !finite(delta) {
			return 0, false
		}
	}
	if !finite(delta) {
		return 0, false
	}
	for v, at := range s.viewCol {
		if at >= 0 {
			d := delta[at:]
			trial.Poses[v] = geom.Turned(p.Poses[v], r3.Vec{X: d[0], Y: d[1], Z: d[2]}, r3.Vec{X: d[3], Y: d[4], Z: d[5]})
		}
	}
	for i, at := range s.pointCol {
		if at >= 0 {
			d := delta[at:]
			trial.Points[i] = r3.Add(p.Points[i], r3.Vec{X: d[0], Y: d[1], Z: d[2]})
		}
	}
	for c := range p.Cameras {
		cam := p.Cameras[c]
		for k, at := range s.camCol[c] {
			if at < 0 {
				continue
			}
			cam = changed(cam, k, delta[at])
		}
		trial.Cameras[c] = cam
	}
	return s.backSubstitute(p, trial, delta, damping), true
}

// changed is a camera with intrinsic k moved by d.
func changed(cam recon.Camera, k int, d float64) recon.Camera {
	switch k {
	case 0:
		f := math.Exp(d)
		cam.FxPx *= f
		cam.FyPx *= f
	case 1:
		cam.K1 += d
	case 2:
		cam.K2 += d
	case 3:
		cam.K3 += d
	case 4:
		cam.P1 += d
	case 5:
		cam.P2 += d
	case 6:
		cam.CxPx += d
	case 7:
		cam.CyPx += d
	}
	return cam
}

func finite(v []float64) bool {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}
