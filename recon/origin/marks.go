package origin

import (
	"fmt"
	"math"

	"firescene/recon"
)

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
