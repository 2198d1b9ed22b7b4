package control

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"firescene/recon"
	"firescene/recon/bundle"
	"firescene/recon/sfm"
	"gonum.org/v1/gonum/spatial/r3"
)

// Options sets how Apply works. The result does not depend on Workers.
type Options struct {
	Workers int    // goroutines (1)
	Seed    uint64 // of the random samples that find the floor
}

// work is an adjustment under way.
type work struct {
	in    *Input
	opt   Options
	m     *recon.SparseModel
	p     *bundle.Problem
	names []*named
	bars  []Distance // that both ends of are placed
	base  int        // points of the model itself; named ones follow
	// tracks are the observations of the model's own points.
	tracks   []bundle.Observation
	imagePx  float64
	hasScale bool // distances or coordinates that can set it
	report   *Report
}

// Apply gives a model in the frame and scale of what is known, adjusted together
// with it, and a report of everything that was given. targets are the picks of
// coded targets that were found in the photos. The model given is not changed;
// nothing that is for checking has any influence on the one returned.
//
// A model without anything that sets its scale is levelled and comes back with
// Scaled false. The input must have passed Check. A *ContradictionError says that
// what was given can not all be right; other errors are the context's and
// bundle.ErrNotHeld.
func Apply(ctx context.Context, m *recon.SparseModel, in *Input, targets []Point, opt Options) (*recon.SparseModel, *Report, error) {
	p, err := problemOf(m, opt)
	if err != nil {
		return nil, nil, err
	}
	w := &work{in: in, opt: opt, m: m, p: p, names: names(m, in, targets), base: len(p.Points), tracks: p.Obs, report: &Report{Factor: 1}}
	w.imagePx = imageSigma(p.Obs)
	for _, n := range w.names {
		n.intersect(p, w.imagePx)
	}
	w.widenPicks()
	w.choose()
	s, how := w.start()
	move(w.p, s)
	for _, n := range w.names {
		n.pos = s.Apply(n.pos)
	}
	if err := w.adjust(ctx); err != nil {
		return nil, nil, err
	}
	first := *w.p // weighAgain leaves what this holds
	if err := w.weighAgain(ctx); err != nil {
		return nil, nil, err
	}
	c, how, err := w.settle(how)
	if errors.Is(err, bundle.ErrNotHeld) { // what hardly anything holds drifts: as it was before
		w.p.Cameras, w.p.Poses, w.p.Points = first.Cameras, first.Poses, first.Points
		w.takePlaces()
		c, how, err = w.settle(how)
	}
	if err != nil {
		return nil, nil, err
	}
	out := w.model(c)
	if err := w.finishReport(c, how, out); err != nil {
		return nil, nil, err
	}
	return out, w.report, nil
}

func (w *work) find(name string) *named {
	for _, n := range w.names {
		if n.name == name {
			return n
		}
	}
	return nil // not reached: names holds every name of the input
}

// choose lists the bars that can be used and the points that take part in the
// adjustment: ends of bars and points with given coordinates, no others.
func (w *work) choose() {
	points := 0
	for _, d := range w.in.Distances {
		a, b := w.find(d.From), w.find(d.To)
		if a.placed && b.placed {
			w.bars = append(w.bars, d)
			a.idx, b.idx = 0, 0
		}
	}
	for _, n := range w.names {
		if n.given() != nil && n.placed {
			n.idx = 0
			points++
		}
	}
	w.hasScale = len(w.bars) > 0 || points >= 2
	next := int32(w.base)
	for _, n := range w.names {
		if n.placed && n.idx >= 0 {
			n.idx = next
			next++
		}
	}
}

// view is the model at its state in the adjustment, for its poses alone.
func (w *work) view() *recon.SparseModel {
	out := &recon.SparseModel{Views: make([]recon.View, len(w.p.Poses))}
	for v := range out.Views {
		out.Views[v].CamFromWorld = w.p.Poses[v]
	}
	return out
}

// build puts the named points that take part into the problem.
func (w *work) build() {
	w.p.Points = w.p.Points[:w.base]
	w.p.Obs = append([]bundle.Observation(nil), w.tracks...)
	w.p.Distances, w.p.Positions = nil, nil
	for _, n := range w.names {
		if n.idx < 0 {
			continue
		}
		w.p.Points = append(w.p.Points, n.pos)
		w.p.Obs = append(w.p.Obs, n.observations(n.idx)...)
		if c := n.given(); c != nil {
			at, sigma := c.axes()
			w.p.Positions = append(w.p.Positions, bundle.Position{Point: n.idx,
				At: r3.Vec{X: at[0], Y: at[1], Z: at[2]}, Sigma: r3.Vec{X: sigma[0], Y: sigma[1], Z: sigma[2]}})
		}
	}
	for _, d := range w.bars {
		w.p.Distances = append(w.p.Distances, bundle.Distance{A: w.find(d.From).idx, B: w.find(d.To).idx, Length: d.Metres, Sigma: d.Sigma})
	}
}

// adjust solves the joint problem. Which picks are used was settled by the photos
// alone: a wrong distance must not make right picks look wrong. With nothing given
// the model is at its best already.
func (w *work) adjust(ctx context.Context) error {
	w.build()
	if len(w.p.Distances)+len(w.p.Positions) == 0 {
		return ctx.Err()
	}
	if _, err := bundle.Solve(ctx, w.p, w.opt.bundle()); err != nil {
		return err
	}
	w.takePlaces()
	return nil
}

// takePlaces gives the named points that take part their adjusted places.
func (w *work) takePlaces() {
	for _, n := range w.names {
		if n.idx < 0 {
			continue
		}
		n.pos = w.p.Points[n.idx]
		for i := range n.picks {
			if k := &n.picks[i]; k.Used {
				k.ResidualPx = k.off(w.p, n.pos)
			}
		}
	}
}

// mostWidened bounds how much the weight of sightings is changed, for photos whose
// residuals are nothing.
const mostWidened = 100

// weighAgain solves once more with the sightings weighed as the covariance weighs
// them: by the noise that they show, and by what they err together and unseen. With
// the weights of independent sightings the photos would hold distances more stiffly
// than they know them, and the residuals of right ones would be larger than the
// standard deviation that they are judged by.
func (w *work) weighAgain(ctx context.Context) error {
	if len(w.p.Distances)+len(w.p.Positions) == 0 {
		return nil
	}
	c, err := bundle.Covariance(w.p, w.opt.bundle())
	if errors.Is(err, bundle.ErrNotHeld) {
		return nil // the last covariance, in a frame about the photos, decides
	}
	if err != nil {
		return err
	}
	tracks, named := c.Widening()
	tracks, named = min(max(tracks, 1.0/mostWidened), mostWidened), min(max(named, 1.0/mostWidened), mostWidened)
	q := *w.p
	q.Obs = slices.Clone(w.p.Obs)
	q.Cameras, q.Poses, q.Points = slices.Clone(w.p.Cameras), slices.Clone(w.p.Poses), slices.Clone(w.p.Points)
	for k := range q.Obs {
		if int(q.Obs[k].Point) < w.base {
			q.Obs[k].SigmaPx *= tracks
		} else {
			q.Obs[k].SigmaPx *= named
		}
	}
	opt := w.opt.bundle()
	opt.Loss /= tracks // the same sightings count for as little as before
	opt.Tolerate = fineTolerate
	if _, err := bundle.Solve(ctx, &q, opt); err != nil {
		return err
	}
	w.p.Cameras, w.p.Poses, w.p.Points = q.Cameras, q.Poses, q.Points
	w.takePlaces()
	return nil
}

// fineTolerate is the relative fall of the cost at which the last solution is
// converged: the residual of a distance is small beside the sum over all sightings.
const fineTolerate = 1e-9

// settle levels again after the adjustment where no coordinates fix the frame, and
// gives the precision in the final frame with what the level rests on.
func (w *work) settle(how vertical) (*bundle.Precision, vertical, error) {
	w.placeOthers()
	if len(w.p.Positions) == 0 {
		how = w.levelAgain()
	}
	c, err := bundle.Covariance(w.p, w.opt.bundle())
	if err != nil || len(w.p.Positions) == 0 {
		return c, how, err
	}
	if c.TiltFree {
		how.how = "given coordinates in part; else " + how.how
		return c, how, nil
	}
	t := c.TurnCov()
	how.how = "given coordinates"
	how.sigmaDeg = recon.Covariance{t[0], t[1], 0, t[3], 0, 0}.Sigma() * 180 / math.Pi
	return c, how, nil
}

// levelAgain turns the adjusted problem upright, with the origin amid the photos
// and, without a scale, their mean distance from it as the unit.
func (w *work) levelAgain() vertical {
	unit := 0.0
	if w.hasScale {
		unit = 1
	}
	how := w.findVertical(unit)
	mid, size := middle(w.p.Poses)
	s := recon.IdentitySimilarity()
	s.Turn = recon.TurnBetween(how.up, r3.Vec{Z: 1})
	if !w.hasScale && size > 0 {
		s.Scale = 1 / size
	}
	s.T = r3.Scale(-1, s.Apply(mid))
	move(w.p, s)
	for _, n := range w.names {
		n.pos = s.Apply(n.pos)
	}
	return how
}

// placeOthers places the named points that took no part, by the adjusted photos.
func (w *work) placeOthers() {
	for _, n := range w.names {
		if n.idx < 0 {
			n.intersect(w.p, w.imagePx)
			if n.placed {
				n.refine(w.p)
			}
		}
	}
}

// refine makes the reprojection errors of a point's picks least while the photos
// stay.
func (n *named) refine(p *bundle.Problem) {
	q := &bundle.Problem{Cameras: p.Cameras, Free: make([]bundle.Free, len(p.Cameras)), CameraOf: p.CameraOf, Poses: p.Poses,
		FixedView: make([]bool, len(p.Poses)), Points: []r3.Vec{n.pos}, Obs: n.observations(0)}
	for v := range q.FixedView {
		q.FixedView[v] = true
	}
	if _, err := bundle.Solve(context.Background(), q, bundle.Options{Loss: loss, Tolerate: 1e-12}); err == nil {
		n.pos = q.Points[0]
	}
}

// model is the adjusted model with its precision.
func (w *work) model(c *bundle.Precision) *recon.SparseModel {
	out := copyOf(w.m)
	sfm.Adopt(out, w.p)
	fillPrecision(out, w.p, c)
	return out
}

// worstScaleRel is the relative standard deviation of the scale beyond which a
// model is not called metric.
const worstScaleRel = 0.1

// scaleOf says whether the model is metric, and why.
func (w *work) scaleOf(c *bundle.Precision, out *recon.SparseModel) {
	r := w.report
	bars, points := len(w.bars), 0
	for _, n := range w.names {
		if n.idx >= 0 && n.given() != nil {
			points++
		}
	}
	switch {
	case c.ScaleFree && bars+points == 0:
		out.ScaleWhy = "nothing given fixes the metre"
		if len(w.in.Distances) > 0 {
			out.ScaleWhy = "no given distance has both ends placed in the photos"
		}
	case c.ScaleFree:
		out.ScaleWhy = "the given coordinates do not fix the metre: two points in X and Y, or heights that differ, are needed"
	case !(out.Precision.ScaleRel > 0 && out.Precision.ScaleRel < worstScaleRel):
		out.ScaleWhy = fmt.Sprintf("what was given fixes the metre to %.0f %% only", 100*out.Precision.ScaleRel)
	default:
		r.Scaled, r.ScaleRel = true, out.Precision.ScaleRel
		out.ScaleWhy = fmt.Sprintf("%d known distance(s) and %d point(s) with coordinates", bars, points)
	}
	out.Scaled, r.ScaleWhy = r.Scaled, out.ScaleWhy
	if !r.Scaled {
		out.Precision.ScaleRel = 0
	}
}
