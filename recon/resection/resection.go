// Package resection finds where a camera stood from points whose places are known and
// which its picture shows: spatial resection. The first place is that of three-point
// poses by consensus (package geom); all parameters are then fitted by least squares
// (Levenberg 1944, Marquardt 1963), and their covariance is that of the linear model at
// the optimum, scaled by the residuals (Förstner and Wrobel, Photogrammetric Computer
// Vision, 2016, sections 4.4 and 12.2).
package resection

import (
	"errors"
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/geom"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Pair is a point in the world and the pixel at which the picture shows it.
type Pair struct {
	World    r3.Vec
	XPx, YPx float64
}

// Result is a camera in its place. Uncertainties are one standard deviation and of the
// residuals alone: a point that was taken for another does not show in them when there
// are few.
type Result struct {
	Camera       recon.Camera
	WorldFromCam recon.Pose
	RMSPx        float64   // of the residuals, by the degrees of freedom
	ResidualPx   []float64 // of each pair
	SigmaM       float64   // of the place: root of the trace of its covariance
	SigmaDeg     float64   // of the direction
	FocalSigmaPx float64   // 0: the focal length was given
}

// Fewest pairs with a known and with an unknown focal length.
const (
	minKnown   = 4
	minUnknown = 6
)

// Solve places a camera. With focalKnown the camera is used as it is; else its focal
// length is found, with square pixels and the principal point where it is given. The
// error says what is wrong with the points.
func Solve(pairs []Pair, camera recon.Camera, focalKnown bool) (Result, error) {
	least := minUnknown
	if focalKnown {
		least = minKnown
	}
	if len(pairs) < least {
		return Result{}, fmt.Errorf("resection: %d points; give %d or more, spread over the picture and not all in one plane", len(pairs), least)
	}
	for i, p := range pairs {
		for _, v := range []float64{p.World.X, p.World.Y, p.World.Z, p.XPx, p.YPx} {
			if math.IsNaN(v) || math.Abs(v) > 1e7 {
				return Result{}, fmt.Errorf("resection: point %d holds %g", i+1, v)
			}
		}
	}
	if camera.WidthPx < 16 || camera.HeightPx < 16 {
		return Result{}, errors.New("resection: give the size of the picture")
	}
	best, ok := Result{}, false
	tries := []float64{camera.FxPx}
	if !focalKnown {
		tries = nil
		for fov := 20.0; fov <= 130; fov *= 1.08 { // across the picture
			tries = append(tries, float64(camera.WidthPx)/2/math.Tan(fov/2*math.Pi/180))
		}
	}
	for _, f := range tries {
		c := camera
		if !focalKnown {
			c.FxPx, c.FyPx, c.K1, c.K2, c.K3, c.P1, c.P2 = f, f, 0, 0, 0, 0, 0
		}
		if r, err := fit(pairs, c, focalKnown); err == nil && (!ok || r.RMSPx < best.RMSPx) {
			best, ok = r, true
		}
	}
	if !ok {
		return Result{}, errors.New("resection: no camera sees these points at these pixels: check the order of the columns and for points taken for another")
	}
	return best, nil
}

// fit places a camera with a first focal length.
func fit(pairs []Pair, c recon.Camera, focalKnown bool) (Result, error) {
	none := errors.New("no fit")
	world, image := make([]r3.Vec, len(pairs)), make([]geom.Point2, len(pairs))
	for i, p := range pairs {
		ray := c.Ray(p.XPx, p.YPx)
		world[i], image[i] = p.World, geom.Point2{ray.X, ray.Y}
	}
	pose, _, ok := geom.EstimateAbsolute(world, image, geom.RansacOptions{Threshold: 30 / c.FxPx, MaxTrials: 300, Seed: 1})
	if !ok {
		return Result{}, none
	}
	n := 6
	if !focalKnown {
		n = 7
	}
	free := 2*len(pairs) - n
	p := problem{pairs: pairs}
	res, cost := p.residuals(pose, c)
	if res == nil {
		return Result{}, none
	}
	var normal *mat.SymDense
	lambda := 1e-3
	for range 60 {
		j := p.jacobian(pose, c, n)
		if j == nil {
			return Result{}, none
		}
		normal = mat.NewSymDense(n, nil)
		normal.SymOuterK(1, j.T())
		gradient := mat.NewVecDense(n, nil)
		gradient.MulVec(j.T(), mat.NewVecDense(len(res), res))
		improved := false
		for range 12 {
			damped := mat.NewSymDense(n, nil)
			damped.CopySym(normal)
			for k := range n {
				damped.SetSym(k, k, normal.At(k, k)*(1+lambda))
			}
			var chol mat.Cholesky
			step := mat.NewVecDense(n, nil)
			if !chol.Factorize(damped) || chol.SolveVecTo(step, gradient) != nil {
				lambda *= 10
				continue
			}
			nextPose, nextC := moved(pose, c, step.RawVector().Data, -1)
			if next, nextCost := p.residuals(nextPose, nextC); next != nil && nextCost < cost {
				improved = cost-nextCost > 1e-12*cost
				pose, c, res, cost = nextPose, nextC, next, nextCost
				lambda = max(lambda/10, 1e-12)
				break
			}
			lambda *= 10
		}
		if !improved {
			break
		}
	}
	var chol mat.Cholesky
	if normal == nil || !chol.Factorize(normal) || chol.Cond() > 1e14 {
		return Result{}, none
	}
	var cov mat.SymDense
	if chol.InverseTo(&cov) != nil {
		return Result{}, none
	}
	r := Result{Camera: c, WorldFromCam: pose.Inverse(), RMSPx: math.Sqrt(cost / float64(free))}
	r.Camera.Source = "estimated"
	for i := range pairs {
		r.ResidualPx = append(r.ResidualPx, math.Hypot(res[2*i], res[2*i+1]))
	}
	// The step moves the camera in its own frame: turn, then place.
	r.SigmaDeg = r.RMSPx * math.Sqrt(cov.At(0, 0)+cov.At(1, 1)+cov.At(2, 2)) * 180 / math.Pi
	r.SigmaM = r.RMSPx * math.Sqrt(cov.At(3, 3)+cov.At(4, 4)+cov.At(5, 5))
	if n == 7 {
		r.FocalSigmaPx = r.RMSPx * math.Sqrt(cov.At(6, 6)) * c.FxPx
	}
	for _, v := range []float64{r.RMSPx, r.SigmaM, r.SigmaDeg} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Result{}, none
		}
	}
	return r, nil
}

type problem struct{ pairs []Pair }

// residuals are seen minus predicted pixels, and the sum of their squares; nil when a
// point is not before the camera.
func (p *problem) residuals(camFromWorld recon.Pose, c recon.Camera) ([]float64, float64) {
	out, cost := make([]float64, 0, 2*len(p.pairs)), 0.0
	for _, q := range p.pairs {
		x, y, ok := c.Project(camFromWorld.Apply(q.World))
		if !ok {
			return nil, 0
		}
		dx, dy := q.XPx-x, q.YPx-y
		out, cost = append(out, dx, dy), cost+dx*dx+dy*dy
	}
	return out, cost
}

// jacobian is the change of the residuals by the parameters, by central differences.
func (p *problem) jacobian(pose recon.Pose, c recon.Camera, n int) *mat.Dense {
	const h = 1e-6
	j := mat.NewDense(2*len(p.pairs), n, nil)
	for k := range n {
		step := make([]float64, n)
		step[k] = h
		pa, ca := moved(pose, c, step, 1)
		pb, cb := moved(pose, c, step, -1)
		a, _ := p.residuals(pa, ca)
		b, _ := p.residuals(pb, cb)
		if a == nil || b == nil {
			return nil
		}
		for i := range a {
			j.Set(i, k, (a[i]-b[i])/(2*h))
		}
	}
	return j
}

// moved turns the world about the camera by step[0:3], radians, moves the camera by
// step[3:6] along its own axes and scales its focal length by step[6] when there is one.
func moved(camFromWorld recon.Pose, c recon.Camera, step []float64, sign float64) (recon.Pose, recon.Camera) {
	v := r3.Scale(sign, r3.Vec{X: step[0], Y: step[1], Z: step[2]})
	turn := quat.Number{Real: 1}
	if a := r3.Norm(v); a > 0 {
		s := math.Sin(a/2) / a
		turn = quat.Number{Real: math.Cos(a / 2), Imag: s * v.X, Jmag: s * v.Y, Kmag: s * v.Z}
	}
	by := recon.Pose{Q: turn, T: r3.Scale(-sign, r3.Vec{X: step[3], Y: step[4], Z: step[5]})}
	if len(step) > 6 {
		f := math.Exp(sign * step[6])
		c.FxPx, c.FyPx = c.FxPx*f, c.FyPx*f
	}
	at := by.Apply(camFromWorld.T)
	q := quat.Mul(by.Q, camFromWorld.Q)
	return recon.Pose{Q: quat.Scale(1/quat.Abs(q), q), T: at}, c
}
