package origin

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"firescene/recon"
	"firescene/recon/exposure"
)

// Errors that observations of surfaces share: half of the model's variance is common
// to all points of a fire (its heat), the other half goes together over a metre, the
// size of what shades and of the flames.
const (
	sharedSurface = 0.5
	surfaceCorrM  = 1.0
)

// The background in which a surface could have taken anything: normal in the natural
// logarithm about the middle of what is found at fire scenes.
const backgroundLogSD = 1.2

// depthOffsetMM and exposureOffsetMJ keep logarithms of nothing finite: less is not
// seen.
const (
	depthOffsetMM    = 1.0
	exposureOffsetMJ = 0.2
)

// surfaceDatum is one depth or exposure, ready for the joint comparison.
type surfaceDatum struct {
	verdict   int
	obs       *recon.Observation
	y         float64 // logarithm of observed over predicted
	fromMid   float64 // logarithm of observed over the background's middle
	model, me float64 // standard deviations of the logarithm: model, measurement
}

// findExposure is the prediction for an observation, or nil.
func findExposure(r *recon.FireResult, id string) *recon.Exposure {
	for i := range r.Exposures {
		if r.Exposures[i].ObservationID == id {
			return &r.Exposures[i]
		}
	}
	return nil
}

// evidence prepares or answers what stands on surfaces, devices, arcs and records.
func (c *bench) evidence(i int, o *recon.Observation) {
	e := findExposure(c.r, o.ID)
	switch {
	case !exposure.Needs(o):
		c.silent(i, "nothing is known of observations of kind %q", o.Kind)
		return
	case e == nil:
		c.silent(i, "the hypothesis was simulated without predicting %s", o.ID)
		return
	case e.Uncovered != "":
		c.silent(i, "no prediction for %s: %s", o.ID, e.Uncovered)
		return
	}
	switch o.Kind {
	case recon.ObsExposure:
		c.amount(i, o, e, o.Surface.ExposureMJ, o.Surface.SigmaMJ, exposureOffsetMJ, 10, "MJ/m²")
	case recon.ObsChar, recon.ObsCalcination:
		c.amount(i, o, e, o.Surface.DepthMM, o.Surface.SigmaMM, depthOffsetMM, 8, "mm")
	case recon.ObsCleanBurn:
		c.mark(i, o, e, exposure.CleanBurnC, exposure.CleanBurnSDK, "°C")
	case recon.ObsSpalling:
		c.mark(i, o, e, exposure.SpallC, exposure.SpallSDK, "°C")
	case recon.ObsGlass:
		if o.Surface.GlassFallen {
			c.mark(i, o, e, exposure.GlassFallsC, exposure.GlassFallsSDK, "°C")
		} else {
			c.mark(i, o, e, exposure.GlassCrackK, exposure.GlassCrackSDK, "K")
		}
	case recon.ObsDeviceLost:
		c.device(i, o, e)
	case recon.ObsArcOrder:
		c.arcOrder(i, o, e)
	case recon.ObsTemperature, recon.ObsFlux:
		c.records = append(c.records, record{i, o, e})
	}
}

// amount prepares a depth or an exposure.
func (c *bench) amount(i int, o *recon.Observation, e *recon.Exposure, seen, sigma, offset, middle float64, unit string) {
	d := surfaceDatum{verdict: i, obs: o, y: math.Log((seen + offset) / (e.Value + offset)), fromMid: math.Log((seen + offset) / (middle + offset)),
		model: e.LogSD * max(e.Value, offset) / (max(e.Value, offset) + offset), me: sigma / (seen + offset)}
	if o.Weak {
		d.me = math.Hypot(d.me, math.Hypot(d.model, d.me)/math.Sqrt(weakWeight))
	}
	if r := o.Reliability; r > 0 && r < 1 { // as wide as what it may not tell
		d.me = math.Hypot(d.me, backgroundLogSD*math.Sqrt((1-r)/r))
	}
	v := &c.verdicts[i]
	v.Predicted = fmt.Sprintf("%.2g %s × %.2g^±1", e.Value, unit, math.Exp(e.LogSD))
	v.Observed = fmt.Sprintf("%.3g %s ± %.2g %s", seen, unit, sigma, unit)
	sd := math.Hypot(d.model, d.me) + 1e-6
	word := c.answer(i, math.Abs(d.y)/sd)
	v.Why = sentence("predicted %.2g %s and found %.3g %s, a factor of %.2f with a combined standard uncertainty of a factor of %.2f: %s", e.Value, unit, seen, unit, math.Exp(d.y), math.Exp(sd), word)
	c.surfaces = append(c.surfaces, d)
}

// weighSurfaces compares all depths and exposures together, so that neighbours whose
// predictions err together do not count twice.
func (c *bench) weighSurfaces() {
	if len(c.surfaces) == 0 {
		return
	}
	joint := c.surfaceLog(c.surfaces)
	c.total += joint
	for k, d := range c.surfaces {
		rest := append(append([]surfaceDatum(nil), c.surfaces[:k]...), c.surfaces[k+1:]...)
		c.verdicts[d.verdict].LogLikelihood = round(joint-c.surfaceLog(rest), 3)
	}
}

// surfaceLog is the logarithm of the joint density over the background's.
func (c *bench) surfaceLog(list []surfaceDatum) float64 {
	n := len(list)
	if n == 0 {
		return 0
	}
	y, mid := make([]float64, n), make([]float64, n)
	under, back := mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
	for i := range list {
		y[i], mid[i] = list[i].y, list[i].fromMid
		for j := i; j < n; j++ {
			a, b := &list[i], &list[j]
			d := distance(*a.obs.At, *b.obs.At)
			together := sharedSurface + (1-sharedSurface)*math.Exp(-d*d/(2*surfaceCorrM*surfaceCorrM))
			u, w := a.model*b.model*together, backgroundLogSD*backgroundLogSD*together
			if i == j {
				u, w = u+a.me*a.me, w+a.me*a.me
			}
			under.SetSym(i, j, u)
			back.SetSym(i, j, w)
		}
	}
	return max(jointLog(under, y)-jointLog(back, mid), float64(n)*floorLog(math.Inf(-1)))
}

func distance(a, b recon.Vec) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

// jointLog is the logarithm of a density with this covariance and tails like those of
// Student's t, up to a constant. Its dimension is the participation ratio of the
// correlations, so that data that err together do not sharpen it.
func jointLog(cov *mat.SymDense, y []float64) float64 {
	n := len(y)
	c := mat.NewSymDense(n, nil)
	var square float64
	for i := range n {
		for j := i; j < n; j++ {
			v := cov.At(i, j)
			r := v / math.Sqrt(cov.At(i, i)*cov.At(j, j))
			if i == j {
				v = v*(1+1e-9) + 1e-9
				square++
			} else {
				square += 2 * r * r
			}
			c.SetSym(i, j, v)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(c) {
		return math.Inf(-1)
	}
	x := mat.NewVecDense(n, nil)
	b := mat.NewVecDense(n, y)
	if err := chol.SolveVecTo(x, b); err != nil {
		return math.Inf(-1)
	}
	dim := float64(n) * float64(n) / square
	return -chol.LogDet()/2 - (studentNu+dim)/2*math.Log1p(mat.Dot(b, x)/studentNu)
}

// mixture is the logarithm of a likelihood relative to the background when the
// observation is true with probability r only; 0 or 1 leaves it.
func mixture(l, r float64) float64 {
	if r <= 0 || r >= 1 {
		return l
	}
	return math.Log(r*math.Exp(l) + 1 - r)
}

// mark tests whether something that heat makes is there.
func (c *bench) mark(i int, o *recon.Observation, e *recon.Exposure, at, sd float64, unit string) {
	model := e.LogSD
	z := (e.Value - at) / math.Hypot(sd, model)
	p := 1 - normalAbove(z)
	there := *o.Surface.Present
	l, dev := math.Log(max(p, 1e-6)/evenOdds), max(0, -z)
	word := "is there"
	if !there {
		l, dev, word = math.Log(max(1-p, 1e-6)/evenOdds), max(0, z), "is not there"
	}
	w := c.markWeight[o.ID]
	if o.Weak || o.Kind == recon.ObsSpalling { // depends on much that is not known
		w *= weakWeight
	}
	l = mixture(floorLog(l*w), o.Reliability)
	c.total += l
	v := &c.verdicts[i]
	v.LogLikelihood = round(l, 3)
	v.Predicted = fmt.Sprintf("%.0f %s ± %.0f %s", e.Value, unit, model, unit)
	v.Observed = fmt.Sprintf("%s %.0f %s ± %.0f %s", map[bool]string{true: ">", false: "<"}[there], at, unit, sd, unit)
	answer := c.answer(i, dev)
	v.Why = sentence("it %s; it appears at about %.0f %s and %.0f %s is predicted, so that it is expected with a probability of %.2f: %s", word, at, unit, e.Value, unit, p, answer)
	if o.Kind == recon.ObsSpalling && v.Answer == recon.Conflicts { // too weak to refute
		v.Answer = recon.Silent
	}
}

// markWeights are how much each mark counts: those of one kind that lie close
// together count as fewer.
func markWeights(list []recon.Observation) map[string]float64 {
	groups := map[recon.ObservationKind][]*recon.Observation{}
	for i := range list {
		switch o := &list[i]; o.Kind {
		case recon.ObsCleanBurn, recon.ObsSpalling, recon.ObsGlass:
			if o.At != nil {
				groups[o.Kind] = append(groups[o.Kind], o)
			}
		}
	}
	out := map[string]float64{}
	for _, g := range groups {
		for _, a := range g {
			var together float64
			for _, b := range g {
				d := distance(*a.At, *b.At)
				together += math.Exp(-d * d / (2 * surfaceCorrM * surfaceCorrM))
			}
			out[a.ID] = 1 / together
		}
	}
	return out
}

// device compares the time at which something failed, together with all other times.
func (c *bench) device(i int, o *recon.Observation, e *recon.Exposure) {
	if o.Time.IsZero() {
		c.silent(i, "the time of %s is not known", o.ID)
		return
	}
	if !e.Reached {
		c.silent(i, "%s is not predicted to fail within the simulated %.0f s", o.ID, simulatedS(c.r))
		return
	}
	a := &recon.Arrival{Detector: o.ID, Reached: true, TimeS: e.Value, EarlyS: e.Value * math.Exp(-1.96*e.LogSD), LateS: e.Value * math.Exp(1.96*e.LogSD), ModelLogSD: e.LogSD}
	named := *o
	named.Target = o.ID
	t := newTimed(c.h, &named, a)
	c.verdicts[i].Predicted = arrivalText(a)
	c.verdicts[i].Observed = timeText(t.atS, o.SigmaS)
	c.times, c.timeIdx = append(c.times, t), append(c.timeIdx, i)
}

// arcOrder tests the one thing that two arcs on a branch can tell: the one farther
// from the supply came first, since one nearer to it may have cut the current off.
// It says so weakly, and nothing where the branch was perhaps dead.
func (c *bench) arcOrder(i int, o *recon.Observation, e *recon.Exposure) {
	if !o.Arc.Energised {
		c.silent(i, "branch %s is not known to have been live; arcs on it order nothing", o.Arc.Branch)
		return
	}
	sd := e.LogSD // most of the model's error is common to both; what is not is about as large as half of it
	z := math.Log(max(e.UpstreamS, 1)/max(e.Value, 1)) / max(sd, 0.2)
	p := 1 - normalAbove(z)
	l := mixture(weakWeight*math.Log(max(p, 1e-6)/evenOdds), o.Reliability)
	c.total += l
	v := &c.verdicts[i]
	v.LogLikelihood = round(l, 3)
	v.Predicted = fmt.Sprintf("%.0f s, %.0f s", e.Value, e.UpstreamS)
	v.Observed = "1, 2"
	word := c.answer(i, max(0, -z))
	if v.Answer == recon.Conflicts {
		v.Answer, word = recon.Silent, "speaks against it, too weakly to refute"
	}
	v.Why = sentence("on branch %s the arc farther from the supply came first; it is predicted at %.0f s and the other at %.0f s: %s", o.Arc.Branch, e.Value, e.UpstreamS, word)
}
