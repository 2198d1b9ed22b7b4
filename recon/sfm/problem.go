package sfm

import (
	"context"

	"firescene/recon"
	"firescene/recon/bundle"
	"gonum.org/v1/gonum/spatial/r3"
)

// Problem gives the model's last adjustment again: every camera, view, point and
// sighting of it, with what was free and what held it, and nothing fixed, so the
// frame and the scale are still open. Observations are in the order of the points
// and, within one, of its views; view and point i are those of the model. Control
// points, known distances and covariances are put on top of it. The model is not
// changed by it: Adopt takes the solution back.
func Problem(m *recon.SparseModel) *bundle.Problem {
	p := &bundle.Problem{
		Cameras: append([]recon.Camera(nil), m.Cameras...), Free: make([]bundle.Free, len(m.Cameras)),
		FocalPrior: make([]float64, len(m.Cameras)), FocalSigma: make([]float64, len(m.Cameras)),
		CentrePrior: make([][2]float64, len(m.Cameras)), CentreSigma: make([]float64, len(m.Cameras)),
		FixedView: make([]bool, len(m.Views)),
	}
	for c, f := range m.Freedom {
		p.Free[c] = bitsOf(f)
		p.FocalPrior[c], p.FocalSigma[c] = f.FocalPx, f.FocalSigma
		p.CentrePrior[c], p.CentreSigma[c] = f.CentrePx, f.CentreSigmaPx
	}
	for i := range m.Views {
		p.CameraOf = append(p.CameraOf, int32(m.Views[i].CameraIdx))
		p.Poses = append(p.Poses, m.Views[i].CamFromWorld)
	}
	for i := range m.Points {
		pt := &m.Points[i]
		p.Points = append(p.Points, pt.Pos)
		for k, v := range pt.ViewIdx {
			xy := m.Views[v].Keypoints[pt.KeyIdx[k]]
			p.Obs = append(p.Obs, bundle.Observation{View: v, Point: int32(i),
				X: float64(xy[0]), Y: float64(xy[1]), SigmaPx: sigmaOf(&m.Views[v], pt.KeyIdx[k])})
		}
	}
	return p
}

// bitsOf is a camera's freedom as the adjustment takes it.
func bitsOf(f recon.CameraFreedom) (bits bundle.Free) {
	if f.Focal {
		bits |= bundle.Focal
	}
	if f.Centre {
		bits |= bundle.Principal
	}
	if f.K1 {
		bits |= bundle.Radial
	}
	if f.K2 {
		bits |= bundle.Radial2
	}
	return bits
}

func sigmaOf(v *recon.View, key int32) float64 {
	if v.KeySigmaPx != nil {
		return float64(v.KeySigmaPx[key])
	}
	if v.SigmaPx > 0 {
		return v.SigmaPx
	}
	return 1
}

// Adopt writes what a problem that Problem gave has become back into its model:
// cameras, poses, points and their reprojection errors. Views, points and
// observations that were appended to the problem are passed over. The scale is
// not judged: the caller says what fixes the metre.
func Adopt(m *recon.SparseModel, p *bundle.Problem) {
	for c := range m.Cameras {
		if p.Cameras[c] != m.Cameras[c] {
			m.Cameras[c] = p.Cameras[c]
			m.Cameras[c].Source = sourceEstimated
		}
	}
	for i := range m.Views {
		m.Views[i].CamFromWorld = p.Poses[i]
	}
	for i := range m.Points {
		m.Points[i].Pos = p.Points[i]
	}
	measure(m)
}

// Readjust adjusts a model again after its sightings were placed or weighed anew,
// and levels it by its photos. Errors are the context's and those of the
// adjustment.
func Readjust(ctx context.Context, m *recon.SparseModel, workers int) error {
	p := Problem(m)
	// The loss's scale follows the noise, which shows once the model is near.
	for _, c := range []care{rough, fine} {
		opt := c.options(max(workers, 1))
		noise, err := bundle.Noise(p, opt)
		if err != nil {
			return err
		}
		noise = min(max(noise, 0.01), 100)
		for k := range p.Obs {
			p.Obs[k].SigmaPx *= noise
		}
		if _, err := bundle.Solve(ctx, p, opt); err != nil {
			return err
		}
	}
	Adopt(m, p)
	level(m)
	return nil
}

// measure fills the reprojection errors of the points and their mean.
func measure(m *recon.SparseModel) {
	sum, count := 0.0, 0
	for i := range m.Points {
		pt := &m.Points[i]
		errs := 0.0
		for k, v := range pt.ViewIdx {
			w := &m.Views[v]
			x, y, _ := m.Cameras[w.CameraIdx].Project(w.CamFromWorld.Apply(pt.Pos))
			xy := w.Keypoints[pt.KeyIdx[k]]
			errs += r3.Norm(r3.Vec{X: x - float64(xy[0]), Y: y - float64(xy[1])})
		}
		pt.ErrPx = errs / float64(len(pt.ViewIdx))
		sum += errs
		count += len(pt.ViewIdx)
	}
	m.MeanPx = 0
	if count > 0 {
		m.MeanPx = sum / float64(count)
	}
}
