package register

import (
	"math"

	"gonum.org/v1/gonum/mat"
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

// byTargets is the candidate that the targets ask for, when they are enough by
// themselves: at least four that agree, or three and some surface in common, and
// nothing that speaks against the place. Surfaces refine it where that leaves the
// targets where they are.
func (g *graph) byTargets(a, b *prepared, l *linkFit) (candidate, bool) {
	tol := max(3*l.sigma, 0.002)
	worst := func(t *rigid) (w float64) {
		for k := range l.pa {
			w = max(w, norm(sub(t.apply(l.pb[k]), l.pa[k])))
		}
		return w
	}
	if worst(&l.t) > 2*tol {
		return candidate{}, false
	}
	c := finish(a, b, guess{t: l.t, from: "targets"}, g.opts.Workers)
	if !c.ok || c.cov == nil || worst(&c.t) > 2*tol || c.sigma() > 3*l.sigma {
		c = candidate{fit: l.fit(tol), evidence: judge(a, b, &l.t, judged, g.opts.Workers), from: "targets"}
	}
	enough := len(l.pa) >= 4 || c.overlap() > leastOverlap/3
	return c, c.ok && enough && c.contradiction() <= mostAgainst
}

// fit is the place of the targets alone with its uncertainty.
func (l *linkFit) fit(rms float64) fit {
	f := fit{t: l.t, rms: rms, used: float64(3 * len(l.pa)), cov: mat.NewSymDense(6, nil)}
	for _, p := range l.pa {
		f.centre = add(f.centre, scale(1/float64(len(l.pa)), p))
	}
	for _, p := range l.pa {
		for axis := range 3 {
			var dir [3]float64
			dir[axis] = 1
			arm := cross(sub(p, f.centre), dir)
			jac := [6]float64{arm[0], arm[1], arm[2], dir[0], dir[1], dir[2]}
			f.info.row(&jac, 0, 1)
		}
	}
	var c mat.Cholesky
	if !c.Factorize(f.info.sym()) || c.InverseTo(f.cov) != nil {
		return f
	}
	f.cov.ScaleSym(max(l.sigma*l.sigma, 1e-8), f.cov)
	f.ok = true
	return f
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
