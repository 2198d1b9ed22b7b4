package origin

import (
	"math"
	"slices"
	"sort"

	"firescene/recon"
	"firescene/recon/fire"
)

// timed is one observation of a time, in seconds after the stated ignition.
type timed struct {
	obs       *recon.Observation
	atS       float64 // observed
	predS     float64 // predicted
	commonLog float64 // standard deviation of ln(predS) shared by all detectors of the fire
	ownS      float64 // standard deviation of what this time does not share
	clockS    float64 // standard deviation of the clock it shares with its group
	group     string  // records of one exhibit run on one clock; empty when alone
	// oneSided times state a bound: -1 the thing happened before atS (fire was
	// seen), +1 it had not happened by atS (a detector stayed silent).
	oneSided int
	weight   float64
}

// resolutionS is the part of a record's uncertainty that a common clock does not
// explain: the second to which most records are written, as a rectangle.
const resolutionS = 0.29

// leastOwnS is the least standard deviation of a predicted time of its own.
const leastOwnS = 0.5

// newTimed builds the comparison for a predicted arrival.
func newTimed(h *recon.Hypothesis, o *recon.Observation, a *recon.Arrival) *timed {
	t := &timed{obs: o, atS: o.Time.Sub(h.Ignition.Time).Seconds(), weight: weightOf(o)}
	t.predS = max(a.TimeS, leastOwnS)
	model, fuel := a.ModelLogSD, a.FuelLogSD
	if !a.Reached {
		// The median lies at the end of the simulated time or later; the early end
		// of the interval says how much later.
		if a.EarlyS < a.TimeS {
			fuel, model = 0, math.Log(a.TimeS/max(a.EarlyS, leastOwnS))/1.96
		} else {
			model = max(model, 0.1)
			t.predS *= math.Exp(1.96 * model)
		}
	}
	t.commonLog = math.Hypot(fuel, model*math.Sqrt(fire.SharedModelVariance))
	t.ownS = math.Hypot(t.predS*model*math.Sqrt(1-fire.SharedModelVariance), leastOwnS)
	t.setClock()
	if o.Weak {
		t.ownS, t.weight = t.ownS/math.Sqrt(weakWeight), 1 // tempered by its width
	}
	return t
}

// setClock divides the record's uncertainty into what its exhibit's clock shares
// and what it does not.
func (t *timed) setClock() {
	if t.obs.Event != nil && t.obs.Event.Exhibit != "" {
		t.group = t.obs.Event.Exhibit
		t.clockS = math.Sqrt(max(0, t.obs.SigmaS*t.obs.SigmaS-resolutionS*resolutionS))
		t.ownS = math.Hypot(t.ownS, min(t.obs.SigmaS, resolutionS))
		return
	}
	t.ownS = math.Hypot(t.ownS, t.obs.SigmaS)
}

// logLike is the logarithm of the relative likelihood when ignition was late by
// shift and all predicted times are stretched by common standard deviations.
func (t *timed) logLike(shift, common, clock float64) float64 {
	expect := t.predS*math.Exp(common*t.commonLog) + shift + clock
	switch t.oneSided {
	case 0:
		return mixture(t.weight*math.Log(studentDensity(t.atS-expect, t.ownS)*backgroundS), t.obs.Reliability)
	default:
		z := float64(t.oneSided) * (t.atS - expect) / t.ownS
		return mixture(t.weight*math.Log(max(normalAbove(z), 1e-6)/evenOdds), t.obs.Reliability)
	}
}

// timing is the joint prediction of all times of one hypothesis. What they share
// is integrated over on a grid: the error of the ignition time (shift), that of
// model and fuels (common), and within each group that of its clock.
type timing struct {
	times   []*timed
	groups  [][]int // indices into times; those without a group stand alone
	ignSDS  float64
	shifts  []node
	commons []node
}

// node is a point of a quadrature with the logarithm of prior density times width.
type node struct{ x, logW float64 }

// timingResult is what the integration gives: the joint log-likelihood, and for
// each time its log-likelihood given the others, and its mean and standard
// deviation predicted before (prior) and after (given) seeing the others.
type timingResult struct {
	joint                    float64
	given                    []float64
	priorMean, priorSD       []float64
	othersMean, othersSD     []float64
	ignitionMean, ignitionSD float64
}

func newTiming(h *recon.Hypothesis, times []*timed) *timing {
	g := &timing{times: times, ignSDS: max(h.Ignition.UncertaintyS, 0.1)}
	byName := map[string]int{}
	for i, t := range times {
		k, seen := byName[t.group]
		if t.group == "" || !seen {
			k = len(g.groups)
			g.groups = append(g.groups, nil)
			if t.group != "" {
				byName[t.group] = k
			}
		}
		g.groups[k] = append(g.groups[k], i)
	}
	for _, members := range g.groups {
		if len(members) == 1 { // nobody shares the clock
			t := times[members[0]]
			t.ownS, t.clockS = math.Hypot(t.ownS, t.clockS), 0
		}
	}
	g.commons = normalGrid(1, 41, 4, nil)
	var near []float64
	step := 0.25
	if len(times) > 40 {
		step = 1
	}
	for _, t := range times {
		if t.oneSided == 0 {
			for k := -6.0; k <= 6; k += step {
				near = append(near, t.atS-t.predS+k*t.ownS, t.atS-t.predS+k*math.Hypot(t.ownS, t.predS*t.commonLog))
			}
		}
	}
	g.shifts = normalGrid(g.ignSDS, 61, 5, near)
	return g
}

// normalGrid is a trapezoid rule over a normal prior of standard deviation sd
// from -reach to +reach of it, refined at the points near that lie inside.
func normalGrid(sd float64, n int, reach float64, near []float64) []node {
	var x []float64
	for i := 0; i < n; i++ {
		x = append(x, sd*reach*(2*float64(i)/float64(n-1)-1))
	}
	for _, v := range near {
		if math.Abs(v) < reach*sd {
			x = append(x, v)
		}
	}
	sort.Float64s(x)
	x = slices.Compact(x)
	nodes := make([]node, len(x))
	for i := range x {
		w := (x[min(i+1, len(x)-1)] - x[max(i-1, 0)]) / 2
		nodes[i] = node{x[i], math.Log(max(normalDensity(x[i], sd)*w, 1e-300))}
	}
	return nodes
}

// integrate does the sums. For each time it keeps the weight of each node with
// that time left out, which gives all leave-one-out predictions in one pass.
func (g *timing) integrate() timingResult {
	n := len(g.times)
	acc := make([]accumulator, n)
	prior := make([]accumulator, n)
	var joint, ign accumulator
	like := make([]float64, n)
	groupLog := make([]float64, len(g.groups))
	for _, c := range g.commons {
		for _, s := range g.shifts {
			w := c.logW + s.logW
			total := w
			clockMoments := make([]accumulator, n)
			for k, members := range g.groups {
				groupLog[k] = g.overClock(members, s.x, c.x, like, clockMoments)
				total += groupLog[k]
			}
			joint.add(total, 0, 0)
			ign.add(total, s.x, 0)
			for k, members := range g.groups {
				for _, i := range members {
					t := g.times[i]
					expect := t.predS*math.Exp(c.x*t.commonLog) + s.x
					prior[i].add(w, expect, t.clockS*t.clockS)
					// Everything but time i, with its clock as the others leave it.
					m := &clockMoments[i]
					mean, variance := m.moments()
					acc[i].add(total-groupLog[k]+m.log(), expect+mean, variance)
				}
			}
		}
	}
	r := timingResult{joint: joint.log() - priorMass(g)}
	r.ignitionMean, r.ignitionSD = ign.meanSD(0)
	for i, t := range g.times {
		r.given = append(r.given, joint.log()-acc[i].log())
		m, sd := prior[i].meanSD(t.ownS)
		r.priorMean, r.priorSD = append(r.priorMean, m), append(r.priorSD, sd)
		m, sd = acc[i].meanSD(t.ownS)
		r.othersMean, r.othersSD = append(r.othersMean, m), append(r.othersSD, sd)
	}
	return r
}

// priorMass is the logarithm of what the grid's prior sums to, near 0.
func priorMass(g *timing) float64 {
	sum := func(nodes []node) float64 {
		v := make([]float64, len(nodes))
		for i, n := range nodes {
			v[i] = n.logW
		}
		return logSumExp(v)
	}
	return sum(g.shifts) + sum(g.commons)
}

// overClock integrates the likelihood of a group over the error of its clock and
// returns its logarithm. For each member it leaves in moments the integral, and
// the clock's mean and variance, over the other members alone.
func (g *timing) overClock(members []int, shift, common float64, like []float64, moments []accumulator) float64 {
	first := g.times[members[0]]
	if len(members) == 1 {
		moments[members[0]].add(0, 0, 0)
		return first.logLike(shift, common, 0)
	}
	sd := 0.0
	var near []float64
	for _, i := range members {
		t := g.times[i]
		sd = max(sd, t.clockS)
		if t.oneSided == 0 && len(near) < 60 {
			r := t.atS - t.predS*math.Exp(common*t.commonLog) - shift
			for k := -4.0; k <= 4; k++ {
				near = append(near, r+k*t.ownS)
			}
		}
	}
	var whole accumulator
	for _, c := range normalGrid(max(sd, 0.01), 15, 4, near) {
		sum := 0.0
		for _, i := range members {
			like[i] = g.times[i].logLike(shift, common, c.x)
			sum += like[i]
		}
		whole.add(c.logW+sum, 0, 0)
		for _, i := range members {
			moments[i].add(c.logW+sum-like[i], c.x, 0)
		}
	}
	return whole.log()
}

// accumulator is a weighted mean and variance whose weights are given as
// logarithms and may be far too small or large for a float64.
type accumulator struct {
	top, sum, x, xx float64
	any             bool
}

// add counts a value of mean x and variance v.
func (a *accumulator) add(logW, x, v float64) {
	if math.IsInf(logW, -1) || math.IsNaN(logW) {
		return
	}
	if !a.any {
		a.top, a.any = logW, true
	}
	if logW > a.top {
		f := math.Exp(a.top - logW)
		a.sum, a.x, a.xx, a.top = a.sum*f, a.x*f, a.xx*f, logW
	}
	w := math.Exp(logW - a.top)
	a.sum += w
	a.x += w * x
	a.xx += w * (x*x + v)
}

func (a *accumulator) log() float64 {
	if !a.any {
		return math.Inf(-1)
	}
	return a.top + math.Log(a.sum)
}

func (a *accumulator) moments() (mean, variance float64) {
	if a.sum == 0 {
		return 0, 0
	}
	mean = a.x / a.sum
	return mean, max(0, a.xx/a.sum-mean*mean)
}

// meanSD adds an independent standard deviation to the spread of the mean.
func (a *accumulator) meanSD(own float64) (mean, sd float64) {
	mean, v := a.moments()
	return mean, math.Sqrt(v + own*own)
}
