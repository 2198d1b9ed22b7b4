package main

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"sort"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"firescene/recon"
	"firescene/recon/exposure"
	"firescene/recon/origin/cells"
	"firescene/recon/origin/inquiry"
)

// rankFile is ranking.json: the comparison, what it rests on, and the cells.
type rankFile struct {
	*recon.Ranking
	*inquiry.Inquiry
	Cells *cellSummary `json:"cells,omitempty"`
}

// cellSummary is what the cells say in short; origin_cells.csv holds them all.
type cellSummary struct {
	N            int                `json:"n"`
	Undetermined float64            `json:"undetermined"`
	Hypotheses   map[string]float64 `json:"posterior"` // by hypothesis, its place left open
	EmulatorSD   float64            `json:"emulator_sd"`
	Best         []cellLine         `json:"best"`
	// Area90M2 is the least area that holds nine tenths of the posterior of the place.
	Area90M2 float64 `json:"area90_m2"`
}

type cellLine struct {
	X         float64 `json:"x_m"`
	Y         float64 `json:"y_m"`
	Posterior float64 `json:"posterior"`
}

// withExposures gives each simulated hypothesis what it does to the surfaces, devices
// and gauges that observations name. The results given are not changed.
func withExposures(ctx context.Context, o fireOptions, sims []simulated, observations []recon.Observation) ([]simulated, error) {
	needed := false
	for i := range observations {
		needed = needed || exposure.Needs(&observations[i])
	}
	if !needed {
		return sims, nil
	}
	out := append([]simulated(nil), sims...)
	for i, m := range sims {
		if o.fromField(m.Hypothesis.ID) != "" {
			continue // its result says nothing of surfaces: such observations stay silent
		}
		e, err := exposure.Predict(ctx, m.Hypothesis, observations)
		if err != nil {
			return nil, err
		}
		r := *m.Result
		r.Exposures = e
		out[i].Result = &r
	}
	return out, nil
}

// nextMost is how many measurements are proposed, worldsMost how many cells they are
// to tell apart.
const (
	nextMost   = 8
	worldsMost = 24
)

// inquire draws odds, contributions, log and next measurements from a ranking, and
// weighs cells when some are asked for.
func inquire(ctx context.Context, o fireOptions, sims []simulated, observations []recon.Observation, ranking *recon.Ranking, report progressFunc) (*inquiry.Inquiry, *cells.Result, error) {
	var hypotheses []*recon.Hypothesis
	var worlds []inquiry.World
	posterior := map[string]float64{}
	for _, r := range ranking.Hypotheses {
		posterior[r.HypothesisID] = r.Posterior
	}
	for _, m := range sims {
		hypotheses = append(hypotheses, m.Hypothesis)
		worlds = append(worlds, inquiry.World{Name: m.Hypothesis.ID, Hypothesis: m.Hypothesis, Result: m.Result, Posterior: posterior[m.Hypothesis.ID]})
	}
	q := inquiry.Of(ranking, hypotheses)
	var res *cells.Result
	if o.Cells > 0 {
		var err error
		if res, err = cells.Weigh(ctx, hypotheses, observations, o.Cells, o.Workers, func(n, of int) { report("cells", int64(n), int64(of)) }); err != nil {
			return nil, nil, err
		}
		worlds = cellWorlds(res, hypotheses)
	}
	var err error
	q.Next, err = inquiry.NextMeasurements(ctx, worlds, observations, nextMost)
	return q, res, err
}

// cellWorlds are the likeliest cells, as hypotheses to be told apart.
func cellWorlds(res *cells.Result, hypotheses []*recon.Hypothesis) []inquiry.World {
	byID := map[string]*recon.Hypothesis{}
	for _, h := range hypotheses {
		byID[h.ID] = h
	}
	order := append([]cells.Cell(nil), res.Cells...)
	sort.SliceStable(order, func(i, j int) bool { return order[i].Posterior > order[j].Posterior })
	var out []inquiry.World
	for _, c := range order[:min(len(order), worldsMost)] {
		h := cells.Moved(byID[c.HypothesisID], c.X, c.Y, math.Hypot(c.WidthM, c.DepthM)/2)
		out = append(out, inquiry.World{Name: fmt.Sprintf("%s@%.2f,%.2f", c.HypothesisID, c.X, c.Y), Hypothesis: h, Posterior: c.Posterior})
	}
	return out
}

// writeCells writes origin_cells.csv and origin_cells.png and sums them up.
func writeCells(dir string, res *cells.Result, sims []simulated, labels firePlotLabels) (*cellSummary, error) {
	var b bytes.Buffer
	b.WriteString("hypothesis,x_m,y_m,width_m,depth_m,log_likelihood,share,posterior,emulated\n")
	s := &cellSummary{N: len(res.Cells), Undetermined: res.Undetermined, Hypotheses: map[string]float64{}, EmulatorSD: res.EmulatorSD, Best: []cellLine{}}
	for _, c := range res.Cells {
		fmt.Fprintf(&b, "%s,%.4f,%.4f,%.4f,%.4f,%.4f,%.6g,%.6g,%t\n", csvField(c.HypothesisID), c.X, c.Y, c.WidthM, c.DepthM, c.LogLike, c.Share, c.Posterior, c.Emulated)
		s.Hypotheses[c.HypothesisID] += c.Posterior
	}
	if err := writeFile(filepath.Join(dir, "origin_cells.csv"), b.Bytes()); err != nil {
		return nil, err
	}
	places := merge(res.Cells)
	for _, c := range places[:min(5, len(places))] {
		s.Best = append(s.Best, cellLine{c.X, c.Y, c.Posterior})
	}
	var total, sum float64
	for _, c := range places {
		total += c.Posterior
	}
	for _, c := range places {
		if sum >= 0.9*total {
			break
		}
		sum += c.Posterior
		s.Area90M2 += c.WidthM * c.DepthM
	}
	s.Area90M2 = math.Round(100*s.Area90M2) / 100
	png, err := cellPlot(places, sims, labels)
	if err != nil {
		return nil, fmt.Errorf("plot of the cells: %w", err)
	}
	return s, writeFile(filepath.Join(dir, "origin_cells.png"), png)
}

// merge adds up the cells of all hypotheses that lie at one place, likeliest first.
func merge(list []cells.Cell) []cells.Cell {
	at := map[[2]float64]int{}
	var out []cells.Cell
	for _, c := range list {
		key := [2]float64{math.Round(1000 * c.X), math.Round(1000 * c.Y)}
		if k, ok := at[key]; ok {
			out[k].Posterior += c.Posterior
			continue
		}
		at[key] = len(out)
		out = append(out, c)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Posterior > out[j].Posterior })
	return out
}

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
		s.GlyphStyle = draw.GlyphStyle{Color: plotColours[(k+1)%len(plotColours)], Radius: 5, Shape: draw.CrossGlyph{}}
		p.Add(s)
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

// printInquiry prints what the comparison rests on, in short.
func (s fireSummary) printInquiry(w io.Writer, t texts) {
	if s.Inquiry == nil {
		return
	}
	fmt.Fprintln(w, t.T("fire_with_undetermined", "Share", fmt.Sprintf("%.3f", s.Inquiry.Undetermined)))
	for _, c := range s.Inquiry.Contributions {
		if c.For != "" {
			fmt.Fprintln(w, "  "+t.T("fire_contribution", "ID", c.ObservationID, "For", c.For, "Against", c.Against, "Factor", fmt.Sprintf("%.2g", math.Exp(c.Log[c.For]-c.Log[c.Against]))))
		}
	}
	if len(s.Inquiry.Next) > 0 {
		fmt.Fprintln(w, t.T("fire_next"))
		for _, m := range s.Inquiry.Next[:min(3, len(s.Inquiry.Next))] {
			if m.What == "arrival" {
				fmt.Fprintln(w, "  "+t.T("fire_next_arrival", "Target", m.Target, "Bits", fmt.Sprintf("%.2f", m.Bits)))
				continue
			}
			fmt.Fprintln(w, "  "+t.T("fire_next_exposure", "Surface", t.T("fire_surface_"+m.Surface), "X", fmt.Sprintf("%.1f", m.At[0]), "Y", fmt.Sprintf("%.1f", m.At[1]), "Z", fmt.Sprintf("%.1f", m.At[2]), "Bits", fmt.Sprintf("%.2f", m.Bits)))
		}
	}
	if c := s.Cells; c != nil {
		var best []string
		for _, b := range c.Best[:min(3, len(c.Best))] {
			best = append(best, fmt.Sprintf("(%.1f, %.1f) %.3f", b.X, b.Y, b.Posterior))
		}
		fmt.Fprintln(w, t.T("fire_cells", "N", c.N, "Best", strings.Join(best, ", "), "Area", fmt.Sprintf("%.1f", c.Area90M2), "Share", fmt.Sprintf("%.3f", c.Undetermined)))
	}
}
