package report

import (
	"fmt"
	"sort"
	"time"

	"firescene/forensics"
	"firescene/render/report/page"
)

// Measures of the chart in millimetres.
const (
	chartW     = 156.0
	chartPlotX = 37.0
	chartPlotR = 150.0
	laneH      = 12.0
	markH      = 9.0
)

var (
	chartInk   = page.RGB(40, 40, 40)
	chartQuiet = page.RGB(110, 110, 110)
	chartHair  = page.RGB(214, 218, 222)
	chartBand  = page.RGB(196, 226, 214)
	chartRaw   = page.RGB(150, 150, 150)
)

// timeAxis maps true time to the chart.
type timeAxis struct{ from, to time.Time }

func (a timeAxis) x(v time.Time) float64 {
	return chartPlotX + (chartPlotR-chartPlotX)*float64(v.Sub(a.from))/float64(a.to.Sub(a.from))
}

func (a timeAxis) holds(v time.Time) bool { return !v.Before(a.from) && !v.After(a.to) }

// window chooses the stretch of time to draw: what the caller asked for, else
// every observation and ignition with a quarter of their span to either side, else the
// middle nine tenths of the events. Events outside are counted at the edge.
func (k *composer) window() (timeAxis, bool) {
	if w := k.c.Window; w.To.After(w.From) {
		return timeAxis{w.From, w.To}, true
	}
	var ev, must []time.Time
	for _, e := range k.c.Events {
		if !e.Corrected.IsZero() {
			ev = append(ev, e.Corrected)
		}
	}
	for _, o := range k.c.Observations {
		if !o.Time.IsZero() {
			must = append(must, o.Time)
		}
	}
	for _, h := range k.c.Hypotheses {
		if !h.Ignition.Time.IsZero() {
			must = append(must, h.Ignition.Time)
		}
	}
	sort.Slice(ev, func(i, j int) bool { return ev[i].Before(ev[j]) })
	share, least := time.Duration(4), time.Minute
	if n := len(ev); n > 0 && len(must) == 0 {
		must = append(must, ev[n/20], ev[n-1-n/20])
		share, least = 14, 5*time.Second
	}
	if len(must) == 0 {
		return timeAxis{}, false
	}
	sort.Slice(must, func(i, j int) bool { return must[i].Before(must[j]) })
	a := timeAxis{must[0], must[len(must)-1]}
	pad := max(a.to.Sub(a.from)/share, least)
	return timeAxis{a.from.Add(-pad), a.to.Add(pad)}, true
}

// timelineChart draws, for every clock, the raw times above and the corrected
// times with their uncertainty below, then observations and supposed ignitions.
func (k *composer) timelineChart() (page.Chart, bool) {
	axis, ok := k.window()
	if !ok {
		return page.Chart{}, false
	}
	c := chartMaker{k: k, axis: axis, y: 2}
	lanes := map[string][]forensics.Event{}
	for _, e := range k.eventsByTime() {
		lanes[e.ClockID] = append(lanes[e.ClockID], e)
	}
	c.grid()
	top := c.y
	for _, id := range c.laneOrder(lanes) {
		c.clockLane(id, lanes[id])
	}
	c.observations()
	for _, h := range k.c.Hypotheses {
		c.ignition(h)
	}
	c.frame(top)
	c.key()
	return page.Chart{WidthMM: chartW, HeightMM: c.y, Marks: c.marks, Describe: k.t.T("timeline.caption",
		"from", k.t.when(axis.from, 0), "to", k.t.when(axis.to, 0), "zone", k.zoneName(), "out", c.outside)}, true
}

type chartMaker struct {
	k       *composer
	axis    timeAxis
	marks   []page.Mark
	y       float64
	gridX   []float64
	outside int
}

func (c *chartMaker) add(m ...page.Mark) { c.marks = append(c.marks, m...) }

func (c *chartMaker) letters(x, y float64, s string, pt float64, a page.Align, ink page.Ink, bold bool) {
	c.add(page.Mark{Shape: page.Letters, X: x, Y: y, S: s, SizePt: pt, Align: a, Stroke: ink, Bold: bold})
}

// steps are the distances between ticks that read well, in seconds.
var steps = []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
	172800, 604800, 2592000, 7776000, 31536000, 315360000}

// grid sets the ticks and their times.
func (c *chartMaker) grid() {
	span := c.axis.to.Sub(c.axis.from).Seconds()
	step := steps[len(steps)-1]
	for _, s := range steps {
		if span/s <= 6.5 {
			step = s
			break
		}
	}
	zone := c.k.t.zone
	layout := "15:04:05"
	if step >= 60 {
		layout = "15:04"
	}
	if step >= 86400 {
		layout = ""
	}
	_, off := c.axis.from.In(zone).Zone()
	first := (c.axis.from.Unix()+int64(off))/int64(step)*int64(step) - int64(off)
	day := ""
	for i := 0; i < 40; i++ {
		v := time.Unix(first+int64(i)*int64(step), 0).In(zone)
		if v.After(c.axis.to) {
			break
		}
		if !c.axis.holds(v) {
			continue
		}
		x := c.axis.x(v)
		c.gridX = append(c.gridX, x)
		if d := v.Format("2006-01-02"); d != day {
			day = d
			c.letters(x, c.y+2.6, d, 7, page.Centre, chartQuiet, false)
		}
		if layout != "" {
			c.letters(x, c.y+6, v.Format(layout), 7.5, page.Centre, chartInk, false)
		}
	}
	c.y += 8
}

// laneOrder is the clocks of the case in order, then unknown ones, then none.
func (c *chartMaker) laneOrder(lanes map[string][]forensics.Event) []string {
	var ids []string
	for _, k := range c.k.c.Clocks {
		if len(lanes[k.ID]) > 0 {
			ids = append(ids, k.ID)
		}
	}
	var rest []string
	for id := range lanes {
		if indexOf(ids, func(s string) bool { return s == id }) < 0 && id != "" {
			rest = append(rest, id)
		}
	}
	sort.Strings(rest)
	ids = append(ids, rest...)
	if len(lanes[""]) > 0 {
		ids = append(ids, "")
	}
	return ids
}

func (c *chartMaker) label(s, sub string) {
	c.letters(0, c.y+4.6, fitLabel(s, 25), 8, page.Left, chartInk, true)
	if sub != "" {
		c.letters(0, c.y+8.8, fitLabel(sub, 31), 6.8, page.Left, chartQuiet, false)
	}
	c.add(page.Mark{Shape: page.Line, X: 0, Y: c.y, X2: chartW, Y2: c.y, Stroke: chartHair, WidthMM: 0.15})
}

// fitLabel cuts a label to a number of half-width places.
func fitLabel(s string, places int) string {
	w := 0
	for i, r := range s {
		if r > 0x2E7F {
			w++
		}
		if w++; w > places*17/20 {
			return s[:i] + "…"
		}
	}
	return s
}

// clockLane draws the events of one clock.
func (c *chartMaker) clockLane(id string, es []forensics.Event) {
	name, sub := c.k.t.T("time.no_clock"), c.k.t.T("timeline.lane_none", "n", len(es))
	if id != "" {
		name, sub = id, c.k.t.T("timeline.lane", "n", len(es))
		if i := indexOf(c.k.c.Clocks, func(x forensics.Clock) bool { return x.ID == id }); i >= 0 {
			name = id + " " + c.k.c.Clocks[i].Describe
			sub += c.k.t.T("word.list_separator") + signed(c.k.c.Clocks[i].OffsetS) + " s"
		}
	}
	c.label(name, sub)
	before, after := 0, 0
	rawY, trueY := c.y+2, c.y+6
	for _, e := range es { // bands lie under the strokes
		if e.Corrected.IsZero() || !c.axis.holds(e.Corrected) {
			continue
		}
		half := time.Duration(2 * e.SigmaS * float64(time.Second))
		x0, x1 := max(chartPlotX, c.axis.x(e.Corrected.Add(-half))), min(chartPlotR, c.axis.x(e.Corrected.Add(half)))
		c.add(page.Mark{Shape: page.Box, X: x0, Y: trueY + 0.6, X2: max(x1, x0+0.2), Y2: trueY + 3.9, Fill: chartBand})
	}
	for _, e := range es {
		if !e.Parsed.IsZero() && c.axis.holds(e.Parsed) {
			x := c.axis.x(e.Parsed)
			c.add(page.Mark{Shape: page.Line, X: x, Y: rawY, X2: x, Y2: rawY + 3, Stroke: chartRaw, WidthMM: 0.2})
		}
		switch {
		case e.Corrected.IsZero():
		case e.Corrected.Before(c.axis.from):
			before++
		case e.Corrected.After(c.axis.to):
			after++
		default:
			x := c.axis.x(e.Corrected)
			c.add(page.Mark{Shape: page.Line, X: x, Y: trueY, X2: x, Y2: trueY + 4.5, Stroke: page.InkOf(page.Inferred), WidthMM: 0.3})
		}
	}
	c.outside += before + after
	if before > 0 {
		c.letters(chartPlotX+0.5, c.y+5, fmt.Sprint("← ", before), 6.5, page.Left, chartQuiet, false)
	}
	if after > 0 {
		c.letters(chartW, c.y+5, fmt.Sprint(after, " →"), 6.5, page.Right, chartQuiet, false)
	}
	c.y += laneH
}

// observations draws those that have a time, in as many rows as their names need.
func (c *chartMaker) observations() {
	type shown struct {
		x  float64
		x0 float64 // two standard uncertainties to either side
		x1 float64
		s  string
	}
	var all []shown
	for _, o := range c.k.c.Observations {
		if o.Time.IsZero() || !c.axis.holds(o.Time) {
			continue
		}
		half := time.Duration(2 * o.SigmaS * float64(time.Second))
		all = append(all, shown{x: c.axis.x(o.Time), s: o.ID, x0: max(chartPlotX, c.axis.x(o.Time.Add(-half))), x1: min(chartPlotR, c.axis.x(o.Time.Add(half)))})
	}
	if len(all) == 0 {
		return
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].x < all[j].x })
	c.label(c.k.t.T("timeline.observations"), c.k.t.T("timeline.lane_observations", "n", len(all)))
	const rowH = 4.2
	var ends []float64
	for _, o := range all {
		row := 0
		for row < len(ends) && ends[row] > o.x0-1.5 {
			row++
		}
		right := max(o.x+1.2, o.x1) + 0.8
		end := right + 1.8*float64(len(o.s))
		if row == len(ends) {
			if row == 6 {
				row = 5
			} else {
				ends = append(ends, end)
			}
		}
		ends[row] = end
		y := c.y + 3 + float64(row)*rowH
		c.add(page.Mark{Shape: page.Line, X: o.x0, Y: y, X2: o.x1, Y2: y, Stroke: page.InkOf(page.Measured), WidthMM: 0.5},
			page.Mark{Shape: page.Diamond, X: o.x, Y: y, X2: 1.1, Stroke: page.InkOf(page.Measured), Fill: page.InkOf(page.Measured), WidthMM: 0.1})
		if end < chartW {
			c.letters(right, y+1, o.s, 7, page.Left, chartInk, false)
		} else {
			c.letters(min(o.x-1.2, o.x0)-0.8, y+1, o.s, 7, page.Right, chartInk, false)
		}
	}
	c.y += max(laneH-2, 3+rowH*float64(len(ends)))
}

// ignition draws the supposed time of ignition of a hypothesis with its width.
func (c *chartMaker) ignition(h HypothesisRow) {
	if h.Ignition.Time.IsZero() || !c.axis.holds(h.Ignition.Time) {
		return
	}
	c.label(c.k.t.T("timeline.ignition", "id", h.ID), "")
	ink := page.InkOf(page.Supposed)
	half := time.Duration(h.Ignition.UncertaintyS * float64(time.Second))
	x0, x1 := max(chartPlotX, c.axis.x(h.Ignition.Time.Add(-half))), min(chartPlotR, c.axis.x(h.Ignition.Time.Add(half)))
	x := c.axis.x(h.Ignition.Time)
	c.add(page.Mark{Shape: page.Box, X: x0, Y: c.y + 2, X2: max(x1, x0+0.3), Y2: c.y + markH - 3, Stroke: ink, WidthMM: 0.25, Dash: []float64{0.35, 0.7}},
		page.Mark{Shape: page.Diamond, X: x, Y: c.y + markH/2 - 0.5, X2: 1.2, Stroke: ink, WidthMM: 0.3})
	c.y += markH - 1
}

// frame draws the vertical lines behind everything and the border.
func (c *chartMaker) frame(top float64) {
	var back []page.Mark
	for _, x := range c.gridX {
		back = append(back, page.Mark{Shape: page.Line, X: x, Y: top, X2: x, Y2: c.y, Stroke: chartHair, WidthMM: 0.15})
	}
	c.marks = append(back, c.marks...)
	c.add(page.Mark{Shape: page.Line, X: 0, Y: c.y, X2: chartW, Y2: c.y, Stroke: chartQuiet, WidthMM: 0.2},
		page.Mark{Shape: page.Line, X: chartPlotX, Y: top, X2: chartPlotX, Y2: c.y, Stroke: chartQuiet, WidthMM: 0.2},
		page.Mark{Shape: page.Line, X: 0, Y: top, X2: chartW, Y2: top, Stroke: chartQuiet, WidthMM: 0.2})
}

// key explains the marks.
func (c *chartMaker) key() {
	c.y += 2
	y := c.y + 2
	c.add(page.Mark{Shape: page.Line, X: 2, Y: y - 1.5, X2: 2, Y2: y + 1.5, Stroke: chartRaw, WidthMM: 0.2})
	c.letters(4, y+1, c.k.t.T("timeline.key_raw"), 7, page.Left, chartInk, false)
	c.add(page.Mark{Shape: page.Box, X: 38, Y: y - 1.5, X2: 44, Y2: y + 1.5, Fill: chartBand},
		page.Mark{Shape: page.Line, X: 41, Y: y - 1.8, X2: 41, Y2: y + 1.8, Stroke: page.InkOf(page.Inferred), WidthMM: 0.3})
	c.letters(46, y+1, c.k.t.T("timeline.key_corrected"), 7, page.Left, chartInk, false)
	c.add(page.Mark{Shape: page.Diamond, X: 93, Y: y, X2: 1.1, Fill: page.InkOf(page.Measured), Stroke: page.InkOf(page.Measured), WidthMM: 0.1})
	c.letters(95.5, y+1, c.k.t.T("timeline.key_observation"), 7, page.Left, chartInk, false)
	c.add(page.Mark{Shape: page.Box, X: 120, Y: y - 1.5, X2: 126, Y2: y + 1.5, Stroke: page.InkOf(page.Supposed), WidthMM: 0.25, Dash: []float64{0.35, 0.7}})
	c.letters(128, y+1, c.k.t.T("timeline.key_ignition"), 7, page.Left, chartInk, false)
	c.y += 5
}
