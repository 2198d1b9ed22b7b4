package register

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// unitOf is a unit that scans are exported in by mistake or custom. The US survey
// foot is two millionths longer than the foot: no room tells them apart.
type unitOf struct {
	name   string
	metres float64
}

// leastTrial is the score, see quick, that a changed scan must reach to be tried
// further.
const leastTrial = 0.1

var units = []unitOf{{"millimetre", 1e-3}, {"centimetre", 1e-2}, {"inch", 0.0254}, {"foot", 0.3048}}

// explain says of each scan that was not joined why: it may fit several ways, as
// its mirror image, or in another unit. Nothing of this is applied: it is asked.
func (g *graph) explain(ctx context.Context) error {
	n := 0
	for i := range g.scans {
		if g.ready[i] != nil {
			n++
		}
	}
	if g.main >= 0 && !g.result.Scans[g.main].HasPose { // nothing is joined: the others are told against this one
		g.best(g.main, &g.result.Scans[g.main])
		if p := &g.result.Scans[g.main]; p.Verdict == Ambiguous {
			p.HasPose, p.WorldFromScan = true, g.world[g.main].pose()
		}
	}
	for i := range g.scans {
		p := &g.result.Scans[i]
		if p.HasPose {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		g.opts.Progress("explain", i, len(g.scans))
		switch {
		case len(g.scans) == 1 && g.ready[i] != nil:
			p.Verdict, p.Reason, p.HasPose, p.WorldFromScan = Registered, reason(ReasonAlone), true, (&rigid{R: identity().R}).pose()
			continue
		case p.Reason.Key == ReasonFew:
			continue
		}
		ambiguous := p.Reason.Key != ReasonSize && g.best(i, p)
		if r, ok := g.otherwise(ctx, i); ok { // what fits changed, and only so, is asked about
			p.Verdict, p.Reason, p.HasPose, p.Others = Refused, r, false, nil
		} else if ambiguous {
			continue
		} else if p.Reason.Key == "" {
			p.Reason = reason(ReasonAlone)
		}
	}
	return ctx.Err()
}

// best takes the verdict of the scan's best pair; true when that is ambiguous.
func (g *graph) best(i int, p *Placed) bool {
	var top *edge
	rank := func(e *edge) float64 {
		switch {
		case e.verdict == Registered:
			return 2 + e.cand.worth()
		case e.verdict == Ambiguous:
			return 1 + e.cand.worth()
		}
		return -1
	}
	for k := range g.edges {
		e := &g.edges[k]
		if e.i != i && e.j != i {
			continue
		}
		if top == nil || rank(e) > rank(top) {
			top = e
		}
	}
	if top == nil {
		return false
	}
	other := top.i + top.j - i
	p.Reason = top.reason
	if p.Reason.Args != nil {
		args := map[string]string{}
		for k, v := range p.Reason.Args {
			args[k] = v
		}
		args["With"] = g.scans[other].Name
		p.Reason.Args = args
	}
	switch top.verdict {
	case Registered:
		p.Verdict, p.Reason = Ambiguous, reason(ReasonSeparated, "With", g.scans[other].Name)
		return true
	case Ambiguous:
		p.Verdict = Ambiguous
		if i != g.main && g.group[other] == g.main {
			g.likely(i, other, top, p)
		}
		return true
	}
	return false
}

// likely gives an ambiguous scan its likeliest place and the others.
func (g *graph) likely(i, other int, e *edge, p *Placed) {
	for k := range e.list {
		c := &e.list[k]
		if !c.ok || c.contradiction() > rivalAgainst || c.worth() < rivalShare*e.cand.worth() {
			continue
		}
		t := c.t
		if e.i == i {
			t = t.inverse()
		}
		w := g.world[other].mul(&t)
		if !p.HasPose {
			p.HasPose, p.WorldFromScan, p.RMSM = true, w.pose(), c.rms
			p.SigmaM, p.SigmaRad = c.sigma(), c.sigmaTurn()
			if math.IsInf(p.SigmaM, 0) {
				p.SigmaM, p.SigmaRad = 0, 0
			}
		} else {
			p.Others = append(p.Others, w.pose())
		}
	}
}

// otherwise tries the mirror image and other units of a scan against the others.
func (g *graph) otherwise(ctx context.Context, i int) (Reason, bool) {
	s := g.scans[i]
	own := naturalLength(s.XYZ)
	type trial struct {
		factor float64
		mirror bool
		reason Reason
	}
	var trials []trial
	if g.ready[i] != nil {
		trials = append(trials, trial{1, true, reason(ReasonMirror)})
	}
	for _, u := range units {
		trials = append(trials, trial{u.metres, false, reason(ReasonUnit, "Unit", u.name)}, trial{1 / u.metres, false, reason(ReasonUnit, "Unit", "others: "+u.name)})
	}
	for _, t := range trials {
		if l := own * t.factor; l > sizeFactor*g.length || l < g.length/sizeFactor {
			continue
		}
		if err := ctx.Err(); err != nil {
			return Reason{}, false
		}
		p, err := prepare(ctx, changed(s, t.factor, t.mirror), g.length, g.opts.Workers)
		if err != nil {
			continue
		}
		for _, j := range g.against(i) {
			list := search(g.ready[j], p, nil, leastTrial, g.opts.Workers)
			if v, _, _ := decide(g.ready[j], p, list); v == Registered {
				r := t.reason
				if r.Args == nil {
					r.Args = map[string]string{}
				}
				r.Args["With"] = g.scans[j].Name
				return r, true
			}
		}
	}
	return Reason{}, false
}

// against lists up to two scans to compare a scan with: those of the main group
// with the most points, else any other.
func (g *graph) against(i int) []int {
	var list []int
	for j := range g.scans {
		if j != i && g.ready[j] != nil {
			list = append(list, j)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int {
		if x, y := g.group[a] == g.main, g.group[b] == g.main; x != y {
			if x {
				return -1
			}
			return 1
		}
		return len(g.ready[b].levels[fine].p) - len(g.ready[a].levels[fine].p)
	})
	return first(list, 2)
}

// changed is a scan in another unit or as its mirror image.
func changed(s *Scan, factor float64, mirror bool) *Scan {
	out := &Scan{Name: fmt.Sprint(s.Name, " changed"), XYZ: make([]float32, len(s.XYZ))}
	f := [3]float64{factor, factor, factor}
	if mirror {
		f[0] = -factor
	}
	for k, v := range s.XYZ {
		out.XYZ[k] = float32(float64(v) * f[k%3])
	}
	if out.Normal = s.Normal; mirror && s.Normal != nil {
		out.Normal = slices.Clone(s.Normal)
		for k := 0; k < len(out.Normal); k += 3 {
			out.Normal[k] = -out.Normal[k]
		}
	}
	if s.Viewpoint != nil {
		out.Viewpoint = &[3]float64{s.Viewpoint[0] * f[0], s.Viewpoint[1] * f[1], s.Viewpoint[2] * f[2]}
	}
	return out
}
