package scene

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// labelled is a thing of the picture that wants a name beside it.
type labelled struct {
	text   string
	own    rect // what it takes itself
	colour color.RGBA
	faint  bool // hidden behind the cloud
}

// markers draws the pins, farthest first, and names them. Symbols tell the order
// in which names choose their place: origins first.
func (p *page) markers(cam *camera, ms []render.Marker, hidden func(x, y, depth float64) bool) []labelled {
	type seen struct {
		m       render.Marker
		x, y, z float64
	}
	var all []seen
	b := p.img.Bounds()
	for _, m := range ms {
		x, y, z, ok := cam.project(m.At)
		if !ok || x < 0 || y < 0 || x >= float64(b.Dx()) || y >= float64(b.Dy()) {
			continue
		}
		all = append(all, seen{m, x, y, z})
	}
	slices.SortStableFunc(all, func(a, b seen) int {
		return cmp.Or(cmp.Compare(b.z, a.z), cmp.Compare(a.m.Symbol, b.m.Symbol), cmp.Compare(a.m.Label, b.m.Label), cmp.Compare(a.x, b.x))
	})
	var names []labelled
	for _, s := range all {
		l := lookOf(s.m.Standing)
		out := labelled{text: s.m.Label, colour: l.colour, faint: hidden(s.x, s.y, s.z)}
		opacity := 1.0
		if out.faint {
			opacity = 0.5
		}
		out.own = p.pin(s.x, s.y, s.m.Symbol, l, opacity)
		p.taken = append(p.taken, out.own)
		names = append(names, out)
	}
	// Nearest last drawn, but origins and then the nearest choose first.
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank(all[a].m.Symbol), rank(all[b].m.Symbol)), cmp.Compare(all[a].z, all[b].z))
	})
	sorted := make([]labelled, 0, len(names))
	for _, i := range order {
		if names[i].text != "" {
			sorted = append(sorted, names[i])
		}
	}
	return sorted
}

func rank(symbol string) int {
	switch symbol {
	case "origin":
		return 0
	case "exhibit":
		return 1
	case "detector":
		return 2
	default:
		return 3
	}
}

// layerNames names each hot layer at the point of its underside's rim that is
// nearest to the eye.
func (p *page) layerNames(cam *camera, layers []render.HotLayer) []labelled {
	var out []labelled
	b := p.img.Bounds()
	for _, l := range layers {
		z := l.Min.Z + l.InterfaceM
		if !(l.InterfaceM < l.Max.Z-l.Min.Z) {
			continue // no layer yet
		}
		best, at, found := math.Inf(1), pt{}, false
		for k := range 4 {
			// The middles of the four sides, so that names keep clear of corners.
			c := r3.Vec{X: (l.Min.X + l.Max.X) / 2, Y: (l.Min.Y + l.Max.Y) / 2, Z: (z + l.Max.Z) / 2}
			switch k {
			case 0:
				c.X = l.Min.X
			case 1:
				c.X = l.Max.X
			case 2:
				c.Y = l.Min.Y
			default:
				c.Y = l.Max.Y
			}
			x, y, d, ok := cam.project(c)
			if ok && x > 0 && y > 0 && x < float64(b.Dx()) && y < float64(b.Dy()) && d < best {
				best, at, found = d, pt{x, y}, true
			}
		}
		if found {
			s := fmt.Sprintf("%.0f °C  ↓ %.2f m", l.UpperC, l.InterfaceM)
			if l.InterfaceM <= 0.005 {
				s = fmt.Sprintf("%.0f °C", l.UpperC)
			}
			out = append(out, labelled{text: s, own: rect{at.x - 1, at.y - 1, at.x + 1, at.y + 1}, colour: deep(l.UpperC)})
		}
	}
	return out
}

// labels writes each name where it covers nothing that is already there: right,
// left, above or below its thing, then farther away with a line to it. A name that
// finds no free place is written where it covers least; none is left out.
func (p *page) labels(names []labelled) {
	u, fs := p.ui, p.px(14)
	b := p.img.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	for _, n := range names {
		lines := p.face.wrap(n.text, fs, 0.26*w, 2)
		tw := 0.0
		for _, l := range lines {
			tw = max(tw, p.face.width(l, fs))
		}
		lineH := 1.22 * float64(fs)
		th := lineH * float64(len(lines))
		mid := (n.own.y0+n.own.y1)/2 - 3*u
		cx := (n.own.x0 + n.own.x1) / 2
		var best rect
		bestCost := math.Inf(1)
		try := func(x, y, away float64) {
			r := rect{x, y, x + tw, y + th}
			cost := away
			grown := rect{r.x0 - 7*u, r.y0 - 3*u, r.x1 + 7*u, r.y1 + 3*u}
			for _, t := range p.taken {
				cost += 50 * grown.overlap(t) / (u * u)
			}
			// Beyond the picture's edge.
			cost += 1e4 / u * (max(12*u-r.x0, 0) + max(8*u-r.y0, 0) + max(r.x1-w+12*u, 0) + max(r.y1-h+8*u, 0))
			if cost < bestCost {
				best, bestCost = r, cost
			}
		}
		for ring := range 6 {
			d := float64(ring) * 20 * u
			try(n.own.x1+7*u+d, mid-th/2, 10*d/u)
			try(n.own.x0-7*u-d-tw, mid-th/2, 10*d/u+1)
			try(cx-tw/2, n.own.y0-4*u-d-th, 10*d/u+2)
			try(cx-tw/2, n.own.y1+4*u+d, 10*d/u+3)
			for _, s := range []float64{-1, 1} {
				try(n.own.x1+2*u+d, mid-th/2+s*(14*u+d), 10*d/u+4)
				try(n.own.x0-2*u-d-tw, mid-th/2+s*(14*u+d), 10*d/u+5)
			}
			if bestCost < 10*20*float64(ring+1) {
				break
			}
		}
		opacity := 1.0
		if n.faint {
			opacity = 0.72
		}
		if from, to, far := leader(n.own, best, 14*u); far {
			p.fill(path{stroke(from, to, 3.2*u)}, faded(paper, 0.7*opacity))
			p.fill(path{stroke(from, to, 1.4*u)}, faded(n.colour, opacity))
		}
		p.fill(roundBox(best.x0-6*u, best.y0-2.5*u, tw+12*u, th+5*u, 5*u), faded(n.colour, 0.55*opacity))
		p.fill(roundBox(best.x0-5*u, best.y0-1.5*u, tw+10*u, th+3*u, 4*u), faded(paper, 0.90*opacity))
		for i, l := range lines {
			p.text(p.face, l, best.x0, best.y0+lineH*float64(i)+0.92*float64(fs), fs, faded(ink, opacity), color.RGBA{})
		}
		p.taken = append(p.taken, rect{best.x0 - 7*u, best.y0 - 4*u, best.x1 + 7*u, best.y1 + 4*u})
	}
}

// leader is the line from a thing to its name when they are farther apart than
// near.
func leader(own, name rect, near float64) (from, to pt, far bool) {
	cx, cy := (own.x0+own.x1)/2, (own.y0+own.y1)/2
	to = pt{min(max(cx, name.x0), name.x1), min(max(cy, name.y0), name.y1)}
	from = pt{min(max(to.x, own.x0), own.x1), min(max(to.y, own.y0), own.y1)}
	return from, to, math.Hypot(to.x-from.x, to.y-from.y) > near
}
