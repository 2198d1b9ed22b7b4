package fds

import (
	"sort"
)

func (p *reader) ramp(g *getter) {
	var id string
	g.str("ID", &id)
	g.id = id
	k, ok := p.ramps[id]
	if !ok {
		k = len(p.in.Ramps)
		p.ramps[id] = k
		p.in.Ramps = append(p.in.Ramps, Ramp{Line: g.r.Line, ID: id})
	}
	r := &p.in.Ramps[k]
	g.str("DEVC_ID", &r.Device)
	var t, f float64
	if !g.num("T", &t) {
		g.num("X", &t)
	}
	if g.num("F", &f) {
		r.T, r.F = append(r.T, t), append(r.F, f)
	}
	if len(r.T) > MaxPoints {
		g.fail(g.r.Line, "thin the ramp out", "the ramp %q has more than %d points", id, MaxPoints)
	}
	g.looks("NUMBER_INTERPOLATION_POINTS")
}

// finishRamps sorts each ramp by T, as FDS does, and refuses empty ones.
func (p *reader) finishRamps() error {
	for i := range p.in.Ramps {
		r := &p.in.Ramps[i]
		if len(r.T) == 0 {
			return bad(r.Line, "give T and F", "the ramp %q has no points", r.ID)
		}
		order := make([]int, len(r.T))
		for k := range order {
			order[k] = k
		}
		sort.SliceStable(order, func(a, b int) bool { return r.T[order[a]] < r.T[order[b]] })
		t, f := make([]float64, len(r.T)), make([]float64, len(r.T))
		for k, o := range order {
			t[k], f[k] = r.T[o], r.F[o]
		}
		r.T, r.F = t, f
	}
	return nil
}

// Ramp is the ramp of that ID, or nil.
func (in *Input) Ramp(id string) *Ramp {
	for i := range in.Ramps {
		if in.Ramps[i].ID == id {
			return &in.Ramps[i]
		}
	}
	return nil
}
