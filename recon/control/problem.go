package control

import (
	"slices"

	"firescene/recon"
	"firescene/recon/bundle"
	"firescene/recon/sfm"
)

// loss is the robust scale of image residuals, in their standard deviations:
// mild, since the model has been cleared of what does not fit.
const loss = 3

// unseen is how many times larger the errors of stations and points are than the
// residuals let expect: what all sightings of a place share, such as the slant of
// its surface, moves the place and leaves no residual (1.3), and the harder loss of
// the adjustment that the model comes from makes less of its sightings (1.1). Found
// on six sets of generated photos with exact truth; BENCHMARKS.md has what it comes
// to on others.
const unseen = 1.45

func (o Options) bundle() bundle.Options {
	return bundle.Options{MaxSteps: 40, Tolerate: 1e-7, Loss: loss, Workers: max(1, o.Workers), Unseen: unseen}
}

// problemOf is the last adjustment of a model with nothing given. Image coordinates
// have the standard deviation that the residuals show.
func problemOf(m *recon.SparseModel, opt Options) (*bundle.Problem, error) {
	p := sfm.Problem(m)
	seen := make([]int32, len(m.Views)) // point that a view was last seen to hold, from one
	once := p.Obs[:0]
	for _, o := range p.Obs {
		if seen[o.View] != o.Point+1 { // a second sighting by one photo says nothing more
			seen[o.View] = o.Point + 1
			once = append(once, o)
		}
	}
	p.Obs = once
	for range 2 { // the loss's scale follows the noise
		noise, err := bundle.Noise(p, opt.bundle())
		if err != nil {
			return nil, err
		}
		noise = min(max(noise, 0.01), 100)
		for k := range p.Obs {
			p.Obs[k].SigmaPx *= noise
		}
	}
	return p, nil
}

// imageSigma is the standard deviation of the middle one of the observations, 1
// where there are none.
func imageSigma(obs []bundle.Observation) float64 {
	if len(obs) == 0 {
		return 1
	}
	all := make([]float64, len(obs))
	for k := range obs {
		all[k] = obs[k].SigmaPx
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// move takes a problem to another frame.
func move(p *bundle.Problem, s recon.Similarity) {
	for v := range p.Poses {
		p.Poses[v] = s.Camera(p.Poses[v])
	}
	for i := range p.Points {
		p.Points[i] = s.Apply(p.Points[i])
	}
}

// Assess gives a copy of a model with the precision of its cameras, points and
// intrinsics as chance in the image coordinates alone makes it. When the model is
// scaled, its scale is taken as free of error.
func Assess(m *recon.SparseModel, opt Options) (*recon.SparseModel, error) {
	p, err := problemOf(m, opt)
	if err != nil {
		return nil, err
	}
	c, err := bundle.Covariance(p, opt.bundle())
	if err != nil {
		return nil, err
	}
	out := copyOf(m)
	fillPrecision(out, p, c)
	if m.Scaled {
		out.Precision.Frame += "; the scale is taken as given, without error"
	}
	return out, nil
}

// copyOf copies what changes when a model is adjusted.
func copyOf(m *recon.SparseModel) *recon.SparseModel {
	out := *m
	out.Cameras = slices.Clone(m.Cameras)
	out.Views = slices.Clone(m.Views)
	out.Points = slices.Clone(m.Points)
	out.Rejected = slices.Clone(m.Rejected)
	return &out
}

// fillPrecision writes the precision of a solved problem to its model.
func fillPrecision(m *recon.SparseModel, p *bundle.Problem, c *bundle.Precision) {
	m.Precision = &recon.Precision{Redundancy: c.Redundancy, Frame: frameOf(c)}
	m.Precision.ImagePx = c.Sigma0 * imageSigma(p.Obs)
	for i := range m.Cameras {
		m.Precision.Cameras = append(m.Precision.Cameras, c.Camera(i))
	}
	for v := range m.Views {
		place, turn := c.View(v)
		along := turn.Along()
		m.Views[v].PosCov = place
		m.Views[v].RotSigma.X, m.Views[v].RotSigma.Y, m.Views[v].RotSigma.Z = along[0], along[1], along[2]
	}
	all := c.Points()
	for i := range m.Points {
		m.Points[i].Cov = all[i]
	}
	m.Precision.ScaleRel = c.PointScale(all)
}

// frameOf says what uncertainties are relative to.
func frameOf(c *bundle.Precision) string {
	switch {
	case c.FreeFrame == 0:
		return "the frame of the given coordinates"
	case c.ScaleFree:
		return "the stations as a whole, which neither move, turn nor grow; in the model's own unit"
	default:
		return "the stations as a whole, as far as nothing given fixes the frame"
	}
}
