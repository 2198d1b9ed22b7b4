package main

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"firescene/recon"
	"firescene/recon/origin/cells"
)

// tiles draws cells in shades, from white to the colour of fire by posterior a square
// metre.
type tiles struct {
	list []cells.Cell
	top  float64
}

// Plot implements plot.Plotter.
func (t tiles) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for _, k := range t.list {
		f := math.Sqrt(k.Posterior / (k.WidthM * k.DepthM) / t.top)
		mix := func(a, b float64) uint8 { return uint8(math.Round(a + (b-a)*f)) }
		x0, x1, y0, y1 := tx(k.X-k.WidthM/2), tx(k.X+k.WidthM/2), ty(k.Y-k.DepthM/2), ty(k.Y+k.DepthM/2)
		c.FillPolygon(color.NRGBA{R: mix(255, 178), G: mix(255, 60), B: mix(255, 20), A: 255}, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
	}
}

// cellPlot draws the posterior of the place over the plan of the rooms of origin.
func cellPlot(list []cells.Cell, sims []simulated, l firePlotLabels) ([]byte, error) {
	t := tiles{list: list}
	for _, c := range list {
		t.top = max(t.top, c.Posterior/(c.WidthM*c.DepthM))
	}
	if !(t.top > 0) {
		return nil, fmt.Errorf("every cell has a posterior of 0")
	}
	p := l.panel(l.T.T("fire_cells_title"), "y (m)", 1)
	p.X.Label.Text = "x (m)"
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.DefaultTicks{}, plot.DefaultTicks{}
	p.Add(t)
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	drawn := map[string]bool{}
	for k, m := range sims {
		h := m.Hypothesis
		for i := range h.Rooms {
			r := &h.Rooms[i]
			if r.Name != h.Origin.Room {
				continue
			}
			for j := range lo {
				lo[j], hi[j] = min(lo[j], r.Min[j]), max(hi[j], r.Max[j])
			}
			if key := fmt.Sprint(r.Min, r.Max); !drawn[key] {
				drawn[key] = true
				if err := l.outline(p, r); err != nil {
					return nil, err
				}
			}
		}
		s, err := plotter.NewScatter(plotter.XYs{{X: h.Origin.At[0], Y: h.Origin.At[1]}})
		if err != nil {
			return nil, err
		}
		s.GlyphStyle = draw.GlyphStyle{Color: plotColours[(k+1)%len(plotColours)], Radius: 5, Shape: boldCross{}}
		p.Add(s, originLabel{h.ID, h.Origin.At, p.legend.TextStyle})
		p.legend.Add(l.T.T("fire_cells_stated", "ID", h.ID), s)
	}
	if d := sims[0].Hypothesis.Detectors; len(d) > 0 {
		var xy plotter.XYs
		for _, d := range d {
			xy = append(xy, plotter.XY{X: d.At[0], Y: d.At[1]})
		}
		s, err := plotter.NewScatter(xy)
		if err != nil {
			return nil, err
		}
		s.GlyphStyle = draw.GlyphStyle{Color: color.Gray{90}, Radius: 3.5, Shape: draw.RingGlyph{}}
		p.Add(s)
		p.legend.Add(l.T.T("fire_cells_detector"), s)
	}
	margin := 0.04 * max(hi[0]-lo[0], hi[1]-lo[1])
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lo[0]-margin, hi[0]+margin, lo[1]-margin, hi[1]+margin
	// One metre is as long upwards as sideways.
	const plan = 460
	scale := plan / max(p.X.Max-p.X.Min, p.Y.Max-p.Y.Min)
	w, h := vg.Length(scale*(p.X.Max-p.X.Min)), vg.Length(scale*(p.Y.Max-p.Y.Min))
	const left, bottom, head, aside = 52, 44, 30, 150
	img := vgimg.NewWith(vgimg.UseWH(w+left+aside, h+bottom+head), vgimg.UseDPI(110), vgimg.UseBackgroundColor(color.White))
	dc := draw.New(img)
	c := draw.Canvas{Canvas: dc.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: 4, Y: 4}, Max: vg.Point{X: dc.Max.X - aside + 6, Y: dc.Max.Y - 4}}}
	inner := p.DataCanvas(c)
	c.Min.X += left - inner.Min.X
	c.Max.X += dc.Max.X - aside - inner.Max.X
	c.Min.Y += bottom - inner.Min.Y
	c.Max.Y += dc.Max.Y - head - inner.Max.Y
	p.Draw(c)
	p.legend.Draw(draw.Canvas{Canvas: dc.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: dc.Max.X - aside + 14, Y: bottom}, Max: vg.Point{X: dc.Max.X - 6, Y: dc.Max.Y - head}}})
	var b bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// boldCross is a cross that shows on dark cells.
type boldCross struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (boldCross) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	for _, stroke := range []draw.LineStyle{{Color: color.White, Width: 4.2}, {Color: s.Color, Width: 2.2}} {
		for _, up := range [2]vg.Length{s.Radius, -s.Radius} {
			c.StrokeLine2(stroke, at.X-s.Radius, at.Y-up, at.X+s.Radius, at.Y+up)
		}
	}
}

// originLabel names a stated origin beside its cross.
type originLabel struct {
	id    string
	at    recon.Vec
	style text.Style
}

// Plot implements plot.Plotter.
func (o originLabel) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for _, d := range [5]vg.Point{{X: -0.7}, {X: 0.7}, {Y: -0.7}, {Y: 0.7}, {}} {
		s := o.style
		if s.Color = color.White; d == (vg.Point{}) {
			s.Color = color.Black
		}
		c.FillText(s, vg.Point{X: tx(o.at[0]) + 8 + d.X, Y: ty(o.at[1]) - 3 + d.Y}, o.id)
	}
}

// outline draws the walls of a room.
func (l firePlotLabels) outline(p *panel, r *recon.Room) error {
	line, err := plotter.NewLine(plotter.XYs{{X: r.Min[0], Y: r.Min[1]}, {X: r.Max[0], Y: r.Min[1]}, {X: r.Max[0], Y: r.Max[1]}, {X: r.Min[0], Y: r.Max[1]}, {X: r.Min[0], Y: r.Min[1]}})
	if err != nil {
		return err
	}
	line.Color, line.Width = color.Black, 2
	p.Add(line)
	return nil
}
