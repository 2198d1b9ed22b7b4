package scene

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"firescene/forensics"
	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// page is the flat part of a picture while it is laid out: what is drawn on, with
// which letters, and which areas are taken.
type page struct {
	canvas
	face  *typeface
	words words
	taken []rect
}

func (p *page) px(units float64) int { return max(int(math.Round(units*p.ui)), 6) }

func (p *page) panel(r rect) {
	u := p.ui
	c := &p.canvas
	c.fill(roundBox(r.x0-u, r.y0-u, r.x1-r.x0+2*u, r.y1-r.y0+2*u, 6*u), faded(panelEdge, 0.45))
	c.fill(roundBox(r.x0, r.y0, r.x1-r.x0, r.y1-r.y0, 5*u), panel)
	p.taken = append(p.taken, rect{r.x0 - 4*u, r.y0 - 4*u, r.x1 + 4*u, r.y1 + 4*u})
}

// title is printed in the top left corner.
func (p *page) title(s string) {
	if s == "" {
		return
	}
	u, size := p.ui, p.px(19)
	w := float64(p.img.Bounds().Dx())
	lines := p.face.wrap(s, size, 0.62*w, 2)
	widest := 0.0
	for _, l := range lines {
		widest = max(widest, p.face.width(l, size))
	}
	r := rect{16 * u, 14 * u, 16*u + widest + 24*u, 14*u + float64(len(lines)*size)*1.32 + 12*u}
	p.panel(r)
	for i, l := range lines {
		p.text(p.face, l, r.x0+12*u, r.y0+6*u+float64(size)*(1.02+1.32*float64(i)), size, ink, color.RGBA{})
	}
}

// north draws an arrow toward north as it lies in the picture, top right.
func (p *page) north(cam *camera, northDeg float64) {
	s, cs := math.Sincos(northDeg * math.Pi / 180)
	n, e := r3.Vec{X: -s, Y: cs}, r3.Vec{X: cs, Y: s}
	// A compass seen edge-on can not be read: the eye is taken to look down on it
	// by 25 degrees at least.
	ahead := r3.Unit(r3.Cross(r3.Vec{Z: 1}, cam.right))
	tilt := max(math.Abs(cam.forward.Z), 0.42)
	if cam.forward.Z > 0.42 {
		tilt = -tilt
	}
	flat := func(v r3.Vec) pt { return pt{r3.Dot(v, cam.right), -tilt * r3.Dot(v, ahead)} }
	u := p.ui
	w := float64(p.img.Bounds().Dx())
	size := 27 * u
	cx, cy := w-54*u, 56*u
	p.taken = append(p.taken, rect{cx - 42*u, cy - 44*u, cx + 42*u, cy + 44*u})
	fn, fe := flat(n), flat(e)
	at := func(a, b float64) pt {
		return pt{cx + size*(a*fn.x+b*fe.x), cy + size*(a*fn.y+b*fe.y)}
	}
	var outer, inner []pt
	for i := range 97 {
		s, cs := math.Sincos(2 * math.Pi * float64(i) / 96)
		outer = append(outer, at(1.06*cs, 1.06*s))
		inner = append(inner, at(0.99*cs, 0.99*s))
	}
	slices.Reverse(inner)
	p.fill(path{outer}, faded(paper, 0.55))
	p.fill(path{outer, inner}, faded(faintInk, 0.8))
	p.fill(path{{at(0.92, 0), at(-0.55, 0.42), at(-0.25, 0)}}, ink)
	p.fill(path{{at(0.92, 0), at(-0.55, -0.42), at(-0.25, 0)}}, faintInk)
	tip := at(1.42, 0)
	fs := p.px(15)
	tw := p.face.width(p.words.north, fs)
	p.text(p.face, p.words.north, tip.x-tw/2, tip.y+0.36*float64(fs), fs, ink, faded(paper, 0.9))
}

// scaleBar draws a bar of a round length, bottom right. In perspective the length
// is right at the target's depth, and the bar says so.
func (p *page) scaleBar(cam *camera) {
	u := p.ui
	pxPerM := cam.scaleAt(cam.targetDepth)
	length := roundLength(190 * u / pxPerM)
	if !(length > 0) || math.IsInf(length, 0) {
		return
	}
	name := lengthName(length)
	if !cam.parallel {
		name += p.words.atTarget
	}
	barW, fs := length*pxPerM, p.px(13.5)
	nameW := p.face.width(name, fs)
	b := p.img.Bounds()
	w := max(barW, nameW) + 26*u
	r := rect{float64(b.Dx()) - 16*u - w, float64(b.Dy()) - 16*u - 42*u, float64(b.Dx()) - 16*u, float64(b.Dy()) - 16*u}
	p.panel(r)
	x, y := (r.x0+r.x1-barW)/2, r.y1-16*u
	parts := 5
	if first := int(math.Round(length / math.Pow(10, math.Floor(math.Log10(length)+1e-9)))); first == 2 {
		parts = 4
	}
	p.fill(box(x-u, y-u, barW+2*u, 8*u), ink)
	for i := range parts {
		if i%2 == 1 {
			p.fill(box(x+barW*float64(i)/float64(parts), y, barW/float64(parts), 6*u), paper)
		}
	}
	p.text(p.face, name, (r.x0+r.x1-nameW)/2, y-7*u, fs, ink, color.RGBA{})
}

// roundLength is the largest 1, 2 or 5 times a power of ten within a length.
func roundLength(most float64) float64 {
	if !(most > 0) {
		return 0
	}
	ten := math.Pow(10, math.Floor(math.Log10(most)))
	for _, f := range []float64{5, 2} {
		if f*ten <= most {
			return f * ten
		}
	}
	return ten
}

func lengthName(m float64) string {
	switch {
	case m >= 1000:
		return fmt.Sprintf("%g km", round6(m/1000))
	case m >= 1:
		return fmt.Sprintf("%g m", round6(m))
	case m >= 0.01:
		return fmt.Sprintf("%g cm", round6(m*100))
	default:
		return fmt.Sprintf("%g mm", round6(m*1000))
	}
}

func round6(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// legend is the key: the scene's own lines, the standings in use, and the
// temperature scale when a hot layer is shown. pins are the tips of the markers,
// which it should not cover.
func (p *page) legend(s *render.Scene, pins []pt) {
	u, fs := p.ui, p.px(13.5)
	b := p.img.Bounds()
	most := 0.36 * float64(b.Dx())
	type row struct {
		lines []string
		entry render.Legend
	}
	var rows []row
	widest := 0.0
	height := 0.0
	lineH := 1.34 * float64(fs)
	rowH := func(r row) float64 { return max(26*u, float64(len(r.lines))*lineH+6*u) }
	for _, l := range s.Legend {
		r := row{p.face.wrap(l.Text, fs, most, 3), l}
		for _, t := range r.lines {
			widest = max(widest, p.face.width(t, fs))
		}
		rows = append(rows, r)
		height += rowH(r)
	}
	used := usedStandings(s)
	keyW := 0.0
	for _, k := range used {
		keyW += 30*u + p.face.width(p.words.standing[k], fs) + 14*u
	}
	const swatch = 36
	inner := max(swatch*u+widest, keyW)
	if len(used) > 0 {
		height += 24 * u
	}
	bars := p.barsOf(s)
	for _, b := range bars {
		inner = max(inner, 250*u, p.face.width(b.title, fs))
		height += 56 * u
	}
	if height == 0 {
		return
	}
	r := p.corner(inner+26*u, height+14*u, pins)
	p.panel(r)
	x, y := r.x0+13*u, r.y0+7*u
	for _, row := range rows {
		h := rowH(row)
		p.swatch(x, y+h/2, row.entry)
		top := y + (h-float64(len(row.lines))*lineH)/2
		for i, t := range row.lines {
			p.text(p.face, t, x+swatch*u, top+lineH*float64(i)+0.98*float64(fs), fs, ink, color.RGBA{})
		}
		y += h
	}
	if len(used) > 0 {
		at := x
		for _, k := range used {
			l := lookOf(k)
			p.fill(dashes(pt{at, y + 12*u}, pt{at + 23*u, y + 12*u}, 2.6*u, l.line), l.colour)
			p.text(p.face, p.words.standing[k], at+29*u, y+12*u+0.36*float64(fs), fs, faintInk, color.RGBA{})
			at += 30*u + p.face.width(p.words.standing[k], fs) + 14*u
		}
		y += 24 * u
	}
	for _, b := range bars {
		p.bar(b, x, y+4*u, inner, fs)
		y += 56 * u
	}
}

// corner is the place of the key: bottom left, unless it would cover pins there
// and fewer in another corner.
func (p *page) corner(w, h float64, pins []pt) rect {
	u, b := p.ui, p.img.Bounds()
	right, bottom := float64(b.Dx())-16*u, float64(b.Dy())-16*u
	best, least := rect{}, math.Inf(1)
	for i, at := range []rect{
		{16 * u, bottom - h, 16*u + w, bottom},
		{right - w, bottom - 54*u - h, right, bottom - 54*u},
		{16 * u, 66 * u, 16*u + w, 66*u + h},
		{right - w, 112 * u, right, 112*u + h},
	} {
		cost := 0.1 * float64(i)
		for _, q := range pins {
			if q.x > at.x0-14*u && q.x < at.x1+14*u && q.y > at.y0-4*u && q.y < at.y1+40*u {
				cost++
			}
		}
		if cost < least {
			best, least = at, cost
		}
	}
	return best
}

// swatch shows one entry of the key as it looks in the picture.
func (p *page) swatch(x, cy float64, e render.Legend) {
	u, l := p.ui, lookOf(e.Standing)
	switch e.Symbol {
	case "origin", "detector", "camera", "exhibit":
		small := canvas{img: p.img, ui: 0.72 * u}
		small.pin(x+12*u, cy+13*u, e.Symbol, l, 1)
	default:
		p.fill(dashes(pt{x, cy}, pt{x + 25*u, cy}, 3*u, l.line), l.colour)
	}
}

// usedStandings lists the standings of the scene's markers and outlines, firmest
// first.
func usedStandings(s *render.Scene) []forensics.FindingKind {
	used := map[forensics.FindingKind]bool{}
	note := func(k forensics.FindingKind) {
		if !slices.Contains(standings[:], k) {
			k = forensics.Supposed
		}
		used[k] = true
	}
	for _, m := range s.Markers {
		note(m.Standing)
	}
	for _, o := range s.Outlines {
		note(o.Standing)
	}
	var out []forensics.FindingKind
	for _, k := range standings {
		if used[k] {
			out = append(out, k)
		}
	}
	return out
}
