package register

import (
	"math"
)

// linkFit is the place that points in common ask for.
type linkFit struct {
	ok    bool
	t     rigid
	sigma float64
	pa    [][3]float64
	pb    [][3]float64
}

// linkOf fits the points that two scans have in common; not ok where there are
// none, or fewer than three apart agree.
func (g *graph) linkOf(i, j int) linkFit {
	for _, l := range g.opts.Links {
		pa, pb := l.PA, l.PB
		switch {
		case l.A == g.scans[i].Name && l.B == g.scans[j].Name:
		case l.B == g.scans[i].Name && l.A == g.scans[j].Name:
			pa, pb = pb, pa
		default:
			continue
		}
		f := linkFit{sigma: l.SigmaM, pa: pa, pb: pb}
		t, ok := fitRigid(pb, pa)
		if !ok || len(pa) != len(pb) {
			return f
		}
		f.ok, f.t = true, t
		return f
	}
	return linkFit{}
}

// linkResult holds the common points against the place that was found.
func (g *graph) linkResult(p *Pair, e *edge) {
	if !e.link.ok || !e.used {
		return
	}
	t := g.relative(e.i, e.j)
	sq := 0.0
	for k := range e.link.pa {
		d := norm(sub(t.apply(e.link.pb[k]), e.link.pa[k]))
		if d > 10*e.link.sigma {
			p.TargetsWrong++
			continue
		}
		p.TargetsUsed++
		sq += d * d
	}
	if p.TargetsUsed > 0 {
		p.TargetsRMSM = math.Sqrt(sq / float64(p.TargetsUsed))
	}
}
