package main

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"sort"

	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"firescene/recon"
)

// firePlotLabels are the words and the face of a plot.
type firePlotLabels struct {
	T    texts
	face *font.Font // nil: the plotter's own Latin face
	hdlr text.Handler
}

// fireLabels picks the words of a plot. Chinese needs a face of the system; where
// there is none the plot is labelled in English.
func fireLabels(lang string) firePlotLabels {
	english := firePlotLabels{T: newTexts("en")}
	if lang != "zh" {
		return english
	}
	files, err := findFonts()
	if err != nil {
		return english
	}
	otf, err := opentype.Parse(files.Regular)
	if err != nil {
		return english
	}
	f := font.Font{Typeface: "firescene"}
	cache := font.NewCache(font.Collection{{Font: f, Face: otf}})
	return firePlotLabels{T: newTexts("zh"), face: &f, hdlr: text.Plain{Fonts: cache}}
}

// The colours of plots, told apart in grey and by colour-blind eyes (Okabe and
// Ito, Color Universal Design, 2008).
var plotColours = []color.Color{
	color.NRGBA{R: 213, G: 94, A: 255},
	color.NRGBA{G: 114, B: 178, A: 255},
	color.NRGBA{G: 158, B: 115, A: 255},
	color.NRGBA{R: 204, G: 121, B: 167, A: 255},
	color.NRGBA{R: 86, G: 180, B: 233, A: 255},
	color.NRGBA{R: 150, G: 120, A: 255},
}

// panel is one of the plots stacked in a picture, over the same time axis, with
// its legend kept apart so that it never lies on a curve.
type panel struct {
	*plot.Plot
	legend plot.Legend
}

func (l firePlotLabels) panel(title, unit string, endS float64) *panel {
	p := &panel{Plot: plot.New(), legend: plot.NewLegend()}
	p.BackgroundColor = color.White
	p.Title.Text = title
	p.Y.Label.Text = unit
	p.X.Min, p.X.Max = 0, endS
	if l.face != nil {
		for _, s := range []*text.Style{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.legend.TextStyle} {
			size := s.Font.Size
			s.Font = *l.face
			s.Font.Size = size
			s.Handler = l.hdlr
		}
		p.TextHandler = l.hdlr
	}
	p.Title.TextStyle.Font.Size = 12
	p.Title.TextStyle.XAlign = draw.XCenter
	p.Y.Label.TextStyle.Font.Size, p.X.Label.TextStyle.Font.Size = 11, 11
	p.legend.TextStyle.Font.Size = 10
	p.legend.Top, p.legend.Left = true, true
	p.legend.ThumbnailWidth = 22
	p.legend.Padding = 4
	p.X.Tick.Marker = timeTicks{}
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = color.Gray{225}, color.Gray{225}
	p.Add(g)
	return p
}

// timeTicks marks round times, about ten of them.
type timeTicks struct{}

// Ticks implements plot.Ticker.
func (timeTicks) Ticks(lo, hi float64) []plot.Tick {
	step := 1.0
	for _, s := range []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600} {
		if step = s; (hi-lo)/s <= 12 {
			break
		}
	}
	var out []plot.Tick
	for t := math.Ceil(lo/step) * step; t <= hi; t += step {
		out = append(out, plot.Tick{Value: t, Label: fmt.Sprintf("%.0f", t)})
	}
	return out
}

// dashes tells lines apart that lie on each other.
var dashes = [][]vg.Length{nil, {6, 3}, {2, 3}}

func (l firePlotLabels) line(p *panel, timeS, value []float64, label string, c color.Color, dash int) {
	if len(value) == 0 {
		return
	}
	xy := make(plotter.XYs, len(value))
	for i := range value {
		xy[i] = plotter.XY{X: timeS[i], Y: value[i]}
	}
	line, err := plotter.NewLine(xy)
	if err != nil { // only for values that are not finite, which a result never holds
		return
	}
	line.Color, line.Width = c, 1.6
	line.Dashes = dashes[dash%len(dashes)]
	p.Add(line)
	p.legend.Add(label, line)
}

// span is a detector's predicted time with its interval, drawn in a row of its own.
type span struct {
	label              string
	early, time, late  float64
	open, reached      bool
	colour             color.Color
	simulatedS, height float64
}

// Plot draws the interval as a bar and the time as a dot; an open end has an arrow.
func (s span) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	y := ty(s.height)
	bar := draw.LineStyle{Color: s.colour, Width: 3}
	x0, x1 := tx(max(0, s.early)), tx(min(s.late, s.simulatedS))
	c.StrokeLine2(bar, x0, y, x1, y)
	if s.open {
		c.StrokeLine2(bar, x1, y, x1-5, y+4)
		c.StrokeLine2(bar, x1, y, x1-5, y-4)
	} else {
		c.StrokeLine2(bar, x1, y-4, x1, y+4)
	}
	c.StrokeLine2(bar, x0, y-4, x0, y+4)
	if s.reached {
		c.DrawGlyph(draw.GlyphStyle{Color: s.colour, Radius: 4.5, Shape: draw.CircleGlyph{}}, vg.Point{X: tx(s.time), Y: y})
	}
}

// arrivalsPanel draws a row a detector, of one or several hypotheses.
func (l firePlotLabels) arrivalsPanel(sims []simulated, endS float64) *panel {
	p := l.panel(l.T.T("fire_plot_arrivals"), "", endS)
	p.X.Label.Text = l.T.T("fire_plot_time")
	var ticks []plot.Tick
	rows := 0
	for _, name := range detectorNames(sims) {
		for k, m := range sims {
			for _, a := range m.Result.Arrivals {
				if a.Detector != name || a.Uncovered != "" {
					continue
				}
				label := name
				if len(sims) > 1 {
					label = name + "  " + m.Hypothesis.ID
				}
				rows++
				y := -float64(rows)
				p.Add(span{label: label, early: a.EarlyS, time: a.TimeS, late: a.LateS, open: a.LateOpen, reached: a.Reached, colour: plotColours[k%len(plotColours)], simulatedS: endS, height: y})
				ticks = append(ticks, plot.Tick{Value: y, Label: label})
			}
		}
	}
	p.Y.Min, p.Y.Max = -float64(rows)-0.7, -0.3
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	return p
}

func detectorNames(sims []simulated) []string {
	seen := map[string]bool{}
	var names []string
	for _, m := range sims {
		for _, a := range m.Result.Arrivals {
			if !seen[a.Detector] {
				seen[a.Detector] = true
				names = append(names, a.Detector)
			}
		}
	}
	sort.Strings(names)
	return names
}

// firePlot draws one hypothesis: temperatures, heat release, layer height and
// the detectors' times.
func firePlot(m simulated, l firePlotLabels) ([]byte, error) {
	r, room := m.Result, m.Hypothesis.Origin.Room
	end := r.TimeS[len(r.TimeS)-1]
	temp := l.panel(l.T.T("fire_plot_title", "ID", m.Hypothesis.ID, "Room", room), "°C", end)
	temp.Title.TextStyle.Font.Size = 14
	l.line(temp, r.TimeS, values(r.Find("upper_layer", room)), l.T.T("fire_plot_upper"), plotColours[0], 0)
	l.line(temp, r.TimeS, values(r.Find("lower_layer", room)), l.T.T("fire_plot_lower"), plotColours[1], 0)
	k := 2
	for _, d := range m.Hypothesis.Detectors {
		if s := r.Find("gas:"+d.Name, room); s != nil && k < len(plotColours) {
			l.line(temp, r.TimeS, s.Value, l.T.T("fire_plot_gas", "Name", d.Name), plotColours[k], 1)
			k++
		}
	}
	hrr := l.panel(l.T.T("fire_plot_hrr"), "kW", end)
	l.line(hrr, r.TimeS, values(r.Find("hrr_wanted", room)), l.T.T("fire_plot_stated"), color.Gray{140}, 1)
	l.line(hrr, r.TimeS, values(r.Find("hrr", room)), l.T.T("fire_plot_burned"), plotColours[0], 0)
	layer := l.panel(l.T.T("fire_plot_layer"), "m", end)
	l.line(layer, r.TimeS, values(r.Find("interface", room)), l.T.T("fire_plot_interface"), plotColours[1], 0)
	l.line(layer, r.TimeS, values(r.Find("flame_height", room)), l.T.T("fire_plot_flame"), plotColours[0], 1)
	layer.Y.Min = 0
	return stack([]*panel{temp, hrr, layer, l.arrivalsPanel([]simulated{m}, end)}, []float64{1.25, 0.8, 0.8, panelRows([]simulated{m})})
}

// comparePlot sets hypotheses side by side: hot layer, heat release, arrivals.
func comparePlot(sims []simulated, l firePlotLabels) ([]byte, error) {
	end := 0.0
	for _, m := range sims {
		end = max(end, m.Result.TimeS[len(m.Result.TimeS)-1])
	}
	temp := l.panel(l.T.T("fire_plot_upper"), "°C", end)
	hrr := l.panel(l.T.T("fire_plot_hrr"), "kW", end)
	layer := l.panel(l.T.T("fire_plot_interface"), "m", end)
	layer.Y.Min = 0
	for k, m := range sims {
		r, room, c := m.Result, m.Hypothesis.Origin.Room, plotColours[k%len(plotColours)]
		l.line(temp, r.TimeS, values(r.Find("upper_layer", room)), m.Hypothesis.ID, c, k)
		l.line(hrr, r.TimeS, values(r.Find("hrr", room)), m.Hypothesis.ID, c, k)
		l.line(layer, r.TimeS, values(r.Find("interface", room)), m.Hypothesis.ID, c, k)
	}
	return stack([]*panel{temp, hrr, layer, l.arrivalsPanel(sims, end)}, []float64{1, 0.8, 0.8, panelRows(sims)})
}

// panelRows is the share of height that the rows of arrivals need.
func panelRows(sims []simulated) float64 {
	n := 0
	for _, m := range sims {
		for _, a := range m.Result.Arrivals {
			if a.Uncovered == "" {
				n++
			}
		}
	}
	return min(3, 0.45+0.12*float64(n))
}

func values(s *recon.Series) []float64 {
	if s == nil {
		return nil
	}
	return s.Value
}

// stack draws panels of the given shares of height under each other, their time
// axes aligned.
func stack(panels []*panel, share []float64) ([]byte, error) {
	const widthPt, unitPt, dpi = 780, 200, 110
	total := 0.0
	for _, s := range share {
		total += s
	}
	img := vgimg.NewWith(vgimg.UseWH(widthPt, vg.Length(unitPt*total)), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	dc := draw.New(img)
	left, aside := vg.Length(0), vg.Length(0)
	for _, p := range panels {
		aside = max(aside, p.legend.Rectangle(dc).Size().X)
	}
	top := dc.Max.Y
	var canvases []draw.Canvas
	for i, p := range panels {
		h := vg.Length(unitPt * share[i])
		c := draw.Canvas{Canvas: dc.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: 8, Y: top - h + 6}, Max: vg.Point{X: dc.Max.X - aside - 28, Y: top - 4}}}
		top -= h
		canvases = append(canvases, c)
		left = max(left, p.DataCanvas(c).Min.X)
	}
	for i, p := range panels {
		c := canvases[i]
		c.Min.X += left - p.DataCanvas(c).Min.X
		p.Draw(c)
		p.legend.Draw(draw.Canvas{Canvas: dc.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: c.Max.X + 14, Y: c.Min.Y}, Max: vg.Point{X: dc.Max.X - 6, Y: c.Max.Y - 16}}})
	}
	var b bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(&b); err != nil {
		return nil, fmt.Errorf("encode PNG: %w", err)
	}
	if b.Len() == 0 || math.IsNaN(float64(left)) {
		return nil, fmt.Errorf("nothing was drawn")
	}
	return b.Bytes(), nil
}
