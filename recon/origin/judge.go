package origin

import (
	"fmt"
	"math"
	"sort"

	"firescene/recon"
)

// Judge answers each observation for one hypothesis and its simulation. The
// verdicts come in the order of the observations' IDs, whatever their order was.
// An observation whose time is not known is silent.
func Judge(h *recon.Hypothesis, r *recon.FireResult, observations []recon.Observation) []recon.Verdict {
	v, _ := judge(h, r, observations)
	return v
}

// LogLikelihood is the natural logarithm of the likelihood of all observations
// together, relative to the background in which each could be anywhere.
func LogLikelihood(h *recon.Hypothesis, r *recon.FireResult, observations []recon.Observation) float64 {
	_, l := judge(h, r, observations)
	return l
}

// judge also returns the log-likelihood of all observations together.
func judge(h *recon.Hypothesis, r *recon.FireResult, observations []recon.Observation) ([]recon.Verdict, float64) {
	list := append([]recon.Observation(nil), observations...)
	sort.SliceStable(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	c := &bench{h: h, r: r, verdicts: make([]recon.Verdict, len(list)), markWeight: markWeights(list)}
	c.flashoverS, c.flashover = flashover(r, h.Origin.Room)
	for i := range list {
		o := &list[i]
		c.verdicts[i] = recon.Verdict{HypothesisID: h.ID, ObservationID: o.ID, Answer: recon.Silent}
		switch o.Kind {
		case recon.ObsArrival, recon.ObsNoArrival:
			c.detector(i, o)
		case recon.ObsPattern:
			c.pattern(i, o)
		case recon.ObsSmokeHeight:
			c.smokeHeight(i, o)
		case recon.ObsSeenAt:
			c.seen(i, o)
		default:
			c.evidence(i, o)
		}
	}
	c.weighSurfaces()
	c.weighRecords()
	c.weighTimes()
	return c.verdicts, c.total
}

// bench is the state of judging one hypothesis.
type bench struct {
	h          *recon.Hypothesis
	r          *recon.FireResult
	verdicts   []recon.Verdict
	times      []*timed
	timeIdx    []int // verdict of each of times
	total      float64
	flashover  bool
	flashoverS float64
	surfaces   []surfaceDatum
	markWeight map[string]float64
	records    []record
}

func (c *bench) silent(i int, format string, args ...any) {
	c.verdicts[i].Answer = recon.Silent
	c.verdicts[i].Why = sentence(format, args...)
}

// answer sets what a deviation means.
func (c *bench) answer(i int, deviation float64) string {
	v := &c.verdicts[i]
	v.Deviation = round(deviation, 2)
	switch {
	case deviation <= AgreeSigmas:
		v.Answer = recon.Agrees
		return "agrees"
	case deviation > ConflictSigmas:
		v.Answer = recon.Conflicts
		return "conflicts"
	}
	v.Answer = recon.Silent
	return "decides nothing"
}

// weightOf tempers weak observations.
func weightOf(o *recon.Observation) float64 {
	if o.Weak {
		return weakWeight
	}
	return 1
}

// detector prepares an arrival or a silence for the joint comparison of times.
func (c *bench) detector(i int, o *recon.Observation) {
	a := findArrival(c.r, o.Target)
	switch {
	case a == nil:
		c.silent(i, "the hypothesis has no detector %q", o.Target)
		return
	case a.Uncovered != "":
		c.silent(i, "no prediction for %s: %s", o.Target, a.Uncovered)
		return
	case o.Time.IsZero():
		c.silent(i, "the time of %s is not known", o.ID)
		return
	}
	t := newTimed(c.h, o, a)
	if o.Kind == recon.ObsNoArrival {
		t.oneSided = 1
	}
	if end := simulatedS(c.r); !a.Reached && t.oneSided == 0 && t.atS > end {
		c.silent(i, "%s responded %.0f s after the stated ignition, beyond the %.0f s simulated; state a longer duration_s", o.Target, t.atS, end)
		return
	}
	c.verdicts[i].Predicted = arrivalText(a)
	c.verdicts[i].Observed = timeText(t.atS, o.SigmaS)
	if t.oneSided == 1 {
		c.verdicts[i].Observed = "> " + c.verdicts[i].Observed
	}
	c.times, c.timeIdx = append(c.times, t), append(c.timeIdx, i)
}

// seen tests a sighting of fire: its place against what burned by then, and its
// time against the ignition.
func (c *bench) seen(i int, o *recon.Observation) {
	if o.At == nil || o.Time.IsZero() {
		c.silent(i, "the place or the time of %s is not known", o.ID)
		return
	}
	p := nearest(c.h, c.h.Fuels, o, true)
	place := mixture(p.log(o.Weak, false), o.Reliability)
	c.total += place
	v := &c.verdicts[i]
	v.LogLikelihood = round(place, 3)
	atS := o.Time.Sub(c.h.Ignition.Time).Seconds()
	v.Predicted = fmt.Sprintf("%s0.00 m, ≥ %.0f s", p.label(), p.fromS)
	v.Observed = fmt.Sprintf("%.2f m ± %.2f m, %s", p.distanceM, p.sigmaM, timeText(atS, o.SigmaS))
	t := &timed{obs: o, atS: atS, predS: p.fromS, oneSided: -1, weight: weightOf(o), ownS: leastOwnS}
	t.setClock()
	c.times, c.timeIdx = append(c.times, t), append(c.timeIdx, i)
	v.Deviation = p.distanceM / p.sigmaM // weighTimes adds the time's
	v.Why = sentence("fire was seen %.2f m from %s, combined standard uncertainty %.2f m", p.distanceM, p.name, p.sigmaM)
}

// pattern tests the place that a burn pattern points at.
func (c *bench) pattern(i int, o *recon.Observation) {
	if o.At == nil {
		c.silent(i, "the place that %s points at is not known", o.ID)
		return
	}
	p := nearest(c.h, c.h.Fuels, o, false)
	l := mixture(p.log(o.Weak, c.flashover), o.Reliability)
	c.total += l
	v := &c.verdicts[i]
	v.LogLikelihood = round(l, 3)
	v.Predicted = p.label() + "0.00 m"
	v.Observed = fmt.Sprintf("%.2f m ± %.2f m", p.distanceM, p.sigmaM)
	word := c.answer(i, p.distanceM/p.sigmaM)
	v.Why = sentence("the pattern points %.2f m away from %s, combined standard uncertainty %.2f m: %s", p.distanceM, p.name, p.sigmaM, word)
	if c.flashover {
		v.Why += fmt.Sprintf(" Flashover is predicted at %.0f s; patterns made after it say little of the origin, so it counts %g of its weight.", c.flashoverS, weakWeight)
		if v.Answer == recon.Conflicts { // too weak to refute
			v.Answer = recon.Silent
		}
	}
}

// smokeHeight tests how far down the hot layer came.
func (c *bench) smokeHeight(i int, o *recon.Observation) {
	s := c.r.Find("interface", o.Target)
	room := findRoom(c.h, o.Target)
	if s == nil || room == nil || len(s.Value) == 0 {
		c.silent(i, "the engine predicts no hot layer in %q", o.Target)
		return
	}
	low := math.Inf(1)
	for _, z := range s.Value {
		low = min(low, z)
	}
	height := room.Max[2] - room.Min[2]
	m, sd := layerHeight(height, low, o.SigmaM)
	d := math.Abs(o.HeightM-m) / sd
	l := mixture(floorLog(weightOf(o)*math.Log(studentDensity(o.HeightM-m, sd)*backgroundM)), o.Reliability)
	c.total += l
	v := &c.verdicts[i]
	v.LogLikelihood = round(l, 3)
	v.Predicted = fmt.Sprintf("%.2f m ± %.2f m", m, math.Sqrt(max(0, sd*sd-o.SigmaM*o.SigmaM)))
	v.Observed = fmt.Sprintf("%.2f m ± %.2f m", o.HeightM, o.SigmaM)
	word := c.answer(i, d)
	v.Why = sentence("the hot layer comes down to %.2f m and the soot line lies at %.2f m above the floor, combined standard uncertainty %.2f m: %s", m, o.HeightM, sd, word)
}

// weighTimes compares all times together and answers each.
func (c *bench) weighTimes() {
	if len(c.times) == 0 {
		return
	}
	g := newTiming(c.h, c.times)
	r := g.integrate()
	c.total += r.joint
	for k, t := range c.times {
		i := c.timeIdx[k]
		v := &c.verdicts[i]
		alone := deviation(t, r.priorMean[k], r.priorSD[k])
		given := deviation(t, r.othersMean[k], r.othersSD[k])
		v.LogLikelihood = round(v.LogLikelihood+r.given[k], 3)
		if t.oneSided == -1 {
			word := c.answer(i, max(v.Deviation, alone, given))
			v.Why += sentence(" It was %s after the stated ignition: %s", secondsText(t.atS), word)
			continue
		}
		word := c.answer(i, max(alone, given))
		if len(c.times) > 1 {
			v.GivenOthers = secondsText(r.othersMean[k]) + " ± " + secondsText(r.othersSD[k])
		}
		v.Why = c.timeSentence(t, len(c.times) > 1, alone, given, r.priorMean[k], r.priorSD[k], r.othersMean[k], r.othersSD[k], word)
	}
}

// deviation of a time from its prediction; a bound deviates only when it is broken.
func deviation(t *timed, mean, sd float64) float64 {
	d := t.atS - mean
	switch t.oneSided {
	case 1:
		d = max(0, d)
	case -1:
		d = min(0, d)
	}
	return math.Abs(d) / sd
}

func (c *bench) timeSentence(t *timed, others bool, alone, given, m0, sd0, m1, sd1 float64, word string) string {
	did := "responded"
	if t.oneSided == 1 {
		did = "was still silent"
	}
	s := fmt.Sprintf("%s %s %s after the stated ignition; predicted %s ± %s", t.obs.Target, did, secondsText(t.atS), secondsText(m0), secondsText(sd0))
	if others {
		s += fmt.Sprintf(", and %s ± %s given the other times", secondsText(m1), secondsText(sd1))
	}
	return s + fmt.Sprintf(" (%.1f and %.1f standard uncertainties): %s.", alone, given, word)
}
