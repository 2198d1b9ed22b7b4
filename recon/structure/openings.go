package structure

import (
	"math"
	"strconv"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// pairHoles joins openings that two rooms see from both sides of one wall. The
// first room's keeps both.
func pairHoles(all []*hole) []*hole {
	used := make([]bool, len(all))
	var out []*hole
	for i, h := range all {
		if used[i] {
			continue
		}
		best, bestD := -1, 0.3
		for j := i + 1; j < len(all); j++ {
			g := all[j]
			if used[j] || g.space == h.space || r3.Dot(h.side.fit.plane.Normal, g.side.fit.plane.Normal) > -0.98 {
				continue
			}
			a, b := h.middle(), g.middle()
			gap := -h.side.fit.plane.Distance(b)
			n := h.side.fit.plane.Normal
			aside := r3.Norm(r3.Add(r3.Sub(b, a), r3.Scale(gap, n)))
			if gap < -0.02 || gap > 0.8 || aside > bestD {
				continue
			}
			best, bestD = j, aside
		}
		if best >= 0 {
			h.other, used[best] = all[best], true
			h.thickM = math.Abs(h.side.fit.plane.Distance(all[best].middle()))
		}
		out = append(out, h)
	}
	return out
}

func (h *hole) middle() r3.Vec {
	return h.corner((h.edges[0].at+h.edges[2].at)/2, (h.edges[1].at+h.edges[3].at)/2)
}

// opening makes the noun, in world coordinates.
func (h *hole) opening(back func(r3.Vec) r3.Vec, spaces []*space, instrumentM float64) recon.WallOpening {
	e := h.edges
	o := recon.WallOpening{Kind: recon.Window, Rooms: []string{h.space.name}, Wall: h.side.wallName, Rectangular: h.whole, Rays: h.rays}
	switch {
	case h.gap:
		o.Kind = recon.Gap
	case h.atFloor && h.atTop:
		o.Kind = recon.Passage
	case h.atFloor:
		o.Kind = recon.Door
	}
	o.Corners = [4]r3.Vec{back(h.corner(e[0].at, e[1].at)), back(h.corner(e[2].at, e[1].at)), back(h.corner(e[2].at, e[3].at)), back(h.corner(e[0].at, e[3].at))}
	o.Width, o.Height = h.size(0, 2, instrumentM), h.size(1, 3, instrumentM)
	o.Sill = recon.Measure{Value: e[1].at - h.space.zFloor, Sigma: -1}
	if h.space.floorFace != nil {
		m := h.middle()
		o.Sill.Value = e[1].at - floorZ(h.space.floor.plane, m)
		o.Sill.Sigma = math.Hypot(e[1].sigma, h.space.floor.place(instrumentM))
	}
	if h.atFloor {
		o.Sill = recon.Measure{}
	}
	for k := range 4 {
		if e[k].reveal {
			o.FromReveal++
		}
		if !e[k].seen {
			o.Unseen = append(o.Unseen, edgeNames[k])
		}
	}
	if g := h.other; g != nil {
		o.Rooms = append(o.Rooms, g.space.name)
		o.Thickness = recon.Measure{Value: h.thickM, Sigma: math.Hypot(h.side.fit.place(instrumentM), g.side.fit.place(instrumentM))}
		o.Width = mean(o.Width, g.size(0, 2, instrumentM))
		o.Height = mean(o.Height, g.size(1, 3, instrumentM))
		o.Rays += g.rays
	}
	o.AreaM2 = h.area
	if h.whole {
		w, t := o.Width, o.Height
		o.AreaM2 = recon.Measure{Value: w.Value * t.Value, Sigma: -1}
		if w.Sigma >= 0 && t.Sigma >= 0 {
			o.AreaM2.Sigma = math.Hypot(w.Sigma*t.Value, w.Value*t.Sigma)
		}
	}
	return o
}

// size is the distance of two edges. The instrument's error counts once where both
// edges lie on faces that it was measured against; edges between rays share it.
func (h *hole) size(a, b int, instrumentM float64) recon.Measure {
	p, q := h.edges[a], h.edges[b]
	m := recon.Measure{Value: q.at - p.at, Sigma: -1}
	if p.seen && q.seen {
		m.Sigma = math.Sqrt(p.sigma*p.sigma + q.sigma*q.sigma + instrumentM*instrumentM)
	}
	return m
}

// mean weighs two measures by their variances; an unknown one does not count.
func mean(a, b recon.Measure) recon.Measure {
	switch {
	case b.Sigma < 0:
		return a
	case a.Sigma < 0:
		return b
	}
	p, q := 1/(a.Sigma*a.Sigma), 1/(b.Sigma*b.Sigma)
	// The instrument's error is common to both: the mean is no surer than the better.
	return recon.Measure{Value: (p*a.Value + q*b.Value) / (p + q), Sigma: min(a.Sigma, b.Sigma)}
}

// NameOpenings numbers openings by kind: D1, W1, P1, G1.
func NameOpenings(list []recon.WallOpening) {
	count := map[recon.OpeningKind]int{}
	letter := map[recon.OpeningKind]string{recon.Door: "D", recon.Window: "W", recon.Passage: "P", recon.Gap: "G"}
	for i := range list {
		k := list[i].Kind
		count[k]++
		list[i].Name = letter[k] + strconv.Itoa(count[k])
	}
}
