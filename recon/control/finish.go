package control

import (
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/bundle"
	"gonum.org/v1/gonum/spatial/r3"
)

// finishReport holds everything that was given against the adjusted model.
func (w *work) finishReport(c *bundle.Precision, how vertical, out *recon.SparseModel) error {
	r := w.report
	r.LevelHow, r.LevelSigmaDeg, r.ImagePx = how.how, how.sigmaDeg, out.Precision.ImagePx
	r.Warnings = append(r.Warnings, how.warnings...)
	w.scaleOf(c, out)
	_, was := middle(posesOf(w.m))
	if _, is := middle(w.p.Poses); was > 0 && is > 0 {
		r.Factor = is / was
	}
	for _, n := range w.names {
		switch {
		case !n.placed:
		case n.idx >= 0:
			n.where = c.Point(int(n.idx))
		default:
			n.where = c.Intersection(n.pos, n.observations(-1))
		}
	}
	var eqs []equation
	for _, n := range w.names {
		r.Points = append(r.Points, w.pointResult(c, n, &eqs))
	}
	for _, d := range w.in.Distances {
		r.Distances = append(r.Distances, w.distanceResult(c, d, &eqs, false))
	}
	for _, d := range w.in.CheckDistances {
		r.CheckDists = append(r.CheckDists, w.distanceResult(c, d, nil, true))
	}
	if suspects, certain := r.judge(eqs, func(i, j int) float64 { return common(c, &eqs[i], &eqs[j]) }); suspects != nil {
		err := r.contradiction(suspects, certain)
		w.advise()
		return err
	}
	w.advise()
	r.Checked = r.Scaled && r.Chi2Dof >= 5*leastShare
	return nil
}

func posesOf(m *recon.SparseModel) []recon.Pose {
	out := make([]recon.Pose, len(m.Views))
	for v := range out {
		out[v] = m.Views[v].CamFromWorld
	}
	return out
}

func (w *work) pointResult(c *bundle.Precision, n *named, eqs *[]equation) PointResult {
	out := PointResult{Name: n.name, Placed: n.placed, Why: n.why, Adjusted: n.idx >= 0}
	for _, k := range n.picks {
		out.Picks = append(out.Picks, k.PickResult)
	}
	if !n.placed {
		out.Of = NotPlaced
		return out
	}
	out.Pos = n.pos
	cov, ok := c.Cov(n.where, n.where)
	if ok {
		out.Cov = recon.Covariance{cov[0], cov[1], cov[2], cov[4], cov[5], cov[8]}
	}
	given := n.given()
	if given == nil && n.point != nil && n.point.Check != nil {
		given, out.Check = n.point.Check, true
	}
	if given == nil {
		return out
	}
	at, sigma := given.axes()
	is := [3]float64{n.pos.X, n.pos.Y, n.pos.Z}
	worst := 0.0
	any := false
	for k := range 3 {
		if sigma[k] == 0 {
			continue
		}
		out.Residual[k] = at[k] - is[k]
		v := square(sigma[k])
		if out.Check {
			v += cov[4*k]
		} else {
			v = max(0, v-cov[4*k])
		}
		out.Sigma[k] = math.Sqrt(v)
		if out.Check {
			worst = max(worst, math.Abs(out.Residual[k])/out.Sigma[k])
			any = true
			continue
		}
		share := v / square(sigma[k])
		e := equation{name: fmt.Sprintf("%s of %s", [3]string{"X", "Y", "Z"}[k], n.name), v: out.Residual[k] / sigma[k], share: share,
			off: againstRest(-out.Residual[k], share), ends: []end{{at: n.where}}}
		e.ends[0].by[k] = -1 / sigma[k]
		if e.test() {
			worst = max(worst, math.Abs(e.w))
			any = true
		}
		*eqs = append(*eqs, e)
	}
	out.Of = NotChecked
	if any {
		out.Of = verdict(worst, 1)
	}
	// Check coordinates mean something only in the frame of given ones.
	if out.Check && (!w.report.Scaled || c.FreeFrame > 0) {
		out.Of = NotChecked
		out.Residual, out.Sigma = [3]float64{}, [3]float64{}
		out.Why = "no given coordinates fix the frame that it is stated in"
	}
	return out
}

func (w *work) distanceResult(c *bundle.Precision, d Distance, eqs *[]equation, check bool) DistanceResult {
	out := DistanceResult{From: d.From, To: d.To, Given: d.Metres, GivenSigma: d.Sigma}
	a, b := w.find(d.From), w.find(d.To)
	for _, n := range []*named{a, b} {
		if !n.placed {
			out.Of = NotPlaced
			if out.Why != "" {
				out.Why += "; "
			}
			out.Why += n.name + ": " + n.why
		}
	}
	if out.Of != "" {
		return out
	}
	if !w.report.Scaled {
		out.Of = NoScale
		return out
	}
	v := r3.Sub(a.pos, b.pos)
	out.Measured = r3.Norm(v)
	out.Diff = out.Measured - d.Metres
	u := r3.Unit(v)
	out.SigmaModel = math.Sqrt(max(0, w.alongVariance(c, a, b, u)))
	if check {
		out.Sigma = math.Hypot(d.Sigma, out.SigmaModel)
		out.Of = verdict(out.Diff, out.Sigma)
		return out
	}
	left := max(0, square(d.Sigma)-square(out.SigmaModel))
	out.Sigma = math.Sqrt(left)
	e := equation{name: d.String(), v: out.Diff / d.Sigma, share: left / square(d.Sigma), off: againstRest(out.Diff, left/square(d.Sigma))}
	u = r3.Scale(1/d.Sigma, u)
	e.ends = []end{{a.where, [3]float64{u.X, u.Y, u.Z}}, {b.where, [3]float64{-u.X, -u.Y, -u.Z}}}
	out.Of = NotChecked
	if e.test() {
		out.Of = verdict(e.w, 1)
	}
	*eqs = append(*eqs, e)
	return out
}

// againstRest says in words how far what all the rest makes of an equation is from
// what was given: the residual that it would have if it took no part.
func againstRest(found, share float64) string {
	return fmt.Sprintf("the rest makes it %+.4f m off", found/max(share, leastShare))
}

// alongVariance is the variance of the distance of two points along u.
func (w *work) alongVariance(c *bundle.Precision, a, b *named, u r3.Vec) float64 {
	aa, ok1 := c.Cov(a.where, a.where)
	bb, ok2 := c.Cov(b.where, b.where)
	ab, ok3 := c.Cov(a.where, b.where)
	if !ok1 || !ok2 || !ok3 {
		return 0
	}
	sum := 0.0
	d := [3]float64{u.X, u.Y, u.Z}
	for i := range 3 {
		for j := range 3 {
			sum += d[i] * d[j] * (aa[3*i+j] + bb[3*i+j] - ab[3*i+j] - ab[3*j+i])
		}
	}
	return sum
}

// advise warns of what the numbers alone do not say.
func (w *work) advise() {
	r := w.report
	for _, n := range w.names {
		for _, k := range n.picks {
			if !k.Used && k.view >= 0 && n.placed {
				r.warn("%s in %s is not used: %s", n.name, k.Photo, k.Why)
			}
		}
		if !n.placed && (n.idx >= 0 || n.point != nil) {
			r.warn("%s is not placed: %s", n.name, n.why)
		}
	}
	if !r.Scaled {
		return
	}
	independent := 0
	for _, d := range r.Distances {
		if d.Of != NotPlaced {
			independent++
		}
	}
	if independent == 1 && len(w.p.Positions) == 0 {
		r.warn("the scale rests on one distance, %s to %s: nothing checks it; measure a second one", r.Distances[w.firstBar()].From, r.Distances[w.firstBar()].To)
	}
	for _, d := range r.Distances {
		if d.Of == NotPlaced {
			r.warn("distance %s to %s is not used: %s", d.From, d.To, d.Why)
		}
	}
	for _, d := range r.CheckDists {
		if d.Of == Disagrees {
			r.warn("check distance %s to %s disagrees: %+.4f m where %.4f m (one sigma) is expected", d.From, d.To, d.Diff, d.Sigma)
		}
	}
	for _, p := range r.Points {
		if p.Check && p.Of == Disagrees {
			r.warn("check point %s disagrees: %+.4f %+.4f %+.4f m", p.Name, p.Residual[0], p.Residual[1], p.Residual[2])
		}
	}
}

func (w *work) firstBar() int {
	for i, d := range w.report.Distances {
		if d.Of != NotPlaced {
			return i
		}
	}
	return 0
}
