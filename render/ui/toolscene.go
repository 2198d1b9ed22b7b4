//go:build cgo

package ui

import (
	"math"

	"firescene/recon"
	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// drawTools draws measurements, annotations, the clip box and what the tool in hand
// has picked over a picture of the scene.
func (d *Desk) drawTools(list *imgui.DrawList, p scene.Projection, pos imgui.Vec2) {
	put := func(q r3.Vec) (imgui.Vec2, bool) {
		x, y, ok := p.At(q)
		return imgui.NewVec2(pos.X+float32(x), pos.Y+float32(y)), ok
	}
	for _, m := range d.shownMeasures() {
		d.drawMeasure(list, m, put)
	}
	t := &d.tool
	d.drawMark(list, t.picks, put, "")
	for _, r := range t.rays {
		d.drawRay(list, r, nil, put)
	}
	d.drawClip(list, put)
	d.drawHandles(list, p, pos)
	d.drawGhost(list, put)
	for _, a := range d.shownNotes() {
		if at, ok := put(a.At.R3()); ok {
			tagged(list, imgui.NewVec2(at.X+11*float32(d.win.Scale), at.Y-imgui.FontSize()/2), a.ID+" "+firstLine(a.Text, 24), colNote)
		}
	}
}

// sceneHints say at the top of a picture what a click does, and why nothing that was
// simulated is shown.
func (d *Desk) sceneHints(list *imgui.DrawList, pos, size imgui.Vec2, f *Fire) {
	y := pos.Y + 10
	put := func(text string, colour imgui.Vec4) {
		left := max((size.X-imgui.CalcTextSize(text).X)/2, 10)
		tagged(list, imgui.NewVec2(pos.X+left, y), text, colour)
		y += imgui.FontSize() + 8
	}
	if d.scene.picking {
		put(d.toolHint(), colAccent)
	}
	if note := d.fireNote(f); note != "" {
		put(note, colBad)
	}
}

// firstLine is the beginning of a text's first line.
func firstLine(s string, most int) string {
	n := 0
	for i, r := range s {
		if r == '\n' {
			return s[:i] + " …"
		}
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

func (d *Desk) drawMeasure(list *imgui.DrawList, m recon.Measurement, put func(r3.Vec) (imgui.Vec2, bool)) {
	label := m.ID + "  " + d.measureLabel(m)
	var points []r3.Vec
	for _, p := range m.Result.Points {
		points = append(points, p.R3())
	}
	switch m.Request.Kind {
	case recon.MeasureArea, recon.MeasureVolume:
		if len(points) > 0 {
			points = append(points, points[0])
		}
	case recon.MeasurePrism:
		if n := len(points); n > 3 {
			top := points[n-1]
			points = append(append(points[:n-1:n-1], points[0]), points[n-2], top)
		}
	case recon.MeasureHeight:
		if len(points) == 2 { // level, then up
			points = []r3.Vec{points[0], {X: points[1].X, Y: points[1].Y, Z: points[0].Z}, points[1]}
		}
	case recon.MeasureHull:
		d.drawHull(list, points, put)
		if at, ok := put(meanOf(points)); ok {
			tagged(list, at, label, colText)
		}
		return
	case recon.MeasureRays:
		for _, r := range m.Request.Rays {
			d.drawRay(list, r, m.Result.Region, put)
		}
		d.drawRegion(list, m.Result.Region, label, put)
		return
	}
	for _, p := range m.Request.Planes {
		points = append(points, p.Near.R3())
	}
	d.drawMark(list, points, put, label)
}

func meanOf(points []r3.Vec) (sum r3.Vec) {
	for _, p := range points {
		sum = r3.Add(sum, r3.Scale(1/float64(len(points)), p))
	}
	return sum
}

// drawHull joins every two of few points: the edges of a hull are among them.
func (d *Desk) drawHull(list *imgui.DrawList, points []r3.Vec, put func(r3.Vec) (imgui.Vec2, bool)) {
	for i, a := range points {
		pa, ok := put(a)
		if !ok {
			continue
		}
		for _, b := range points[i+1:] {
			if pb, ok := put(b); ok {
				list.AddLineV(pa, pb, packed(faded(colAccent, 0.5)), 1.2*float32(d.win.Scale))
			}
		}
		list.AddCircleFilled(pa, 3.5*float32(d.win.Scale), packed(colAccent))
	}
}

// drawRay draws a ray to where it comes nearest to a region, or past the point that it
// runs through.
func (d *Desk) drawRay(list *imgui.DrawList, r recon.SightRay, to *recon.Region, put func(r3.Vec) (imgui.Vec2, bool)) {
	from, way := r.From.R3(), r3.Sub(r.Through.R3(), r.From.R3())
	l := r3.Norm(way)
	if l == 0 {
		return
	}
	way = r3.Scale(1/l, way)
	end := max(l, 2*r3.Norm(d.scene.extent().HalfM))
	if to != nil {
		end = max(r3.Dot(way, r3.Sub(to.At.R3(), from)), 0)
	}
	a, ok1 := put(from)
	b, ok2 := put(r3.Add(from, r3.Scale(end, way)))
	if !ok1 || !ok2 {
		return
	}
	s := float32(d.win.Scale)
	list.AddLineV(a, b, packed(colBack), 4*s)
	list.AddLineV(a, b, packed(colNote), 1.8*s)
	list.AddCircleFilled(a, 4*s, packed(colNote))
	if r.Name != "" {
		tagged(list, imgui.NewVec2(a.X+8*s, a.Y-imgui.FontSize()/2), r.Name, colNote)
	}
}

// cosOf is the cosine of i of n parts of a turn.
func cosOf(i, n int) float64 { return math.Cos(2 * math.Pi * float64(i) / float64(n)) }

// drawRegion draws where rays meet as three ellipses, two standard deviations wide.
func (d *Desk) drawRegion(list *imgui.DrawList, r *recon.Region, label string, put func(r3.Vec) (imgui.Vec2, bool)) {
	if r == nil {
		return
	}
	const n = 40
	for k := range 3 {
		u, v := r3.Scale(2, r.HalfM[k].R3()), r3.Scale(2, r.HalfM[(k+1)%3].R3())
		var last imgui.Vec2
		have := false
		for i := range n + 1 {
			p, ok := put(r3.Add(r.At.R3(), r3.Add(r3.Scale(cosOf(i, n), u), r3.Scale(cosOf(i-n/4, n), v))))
			if ok && have {
				list.AddLineV(last, p, packed(colAccent), 1.6*float32(d.win.Scale))
			}
			last, have = p, ok
		}
	}
	if at, ok := put(r.At.R3()); ok {
		list.AddCircleFilled(at, 4*float32(d.win.Scale), packed(colAccent))
		tagged(list, imgui.NewVec2(at.X+10, at.Y-imgui.FontSize()/2), label, colText)
	}
}
