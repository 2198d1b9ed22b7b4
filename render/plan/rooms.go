package plan

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// Words are the texts of a drawing in one language.
type Words struct {
	Plan, Section, Scale, Room, Height, Open, NotSeen, Station, Sill string
}

// Building is what plans and sections are drawn of.
type Building struct {
	Rooms    []recon.Space
	Openings []recon.WallOpening
	Stations []r3.Vec
	Words    Words
	SheetMM  float64 // longest side of the paper for the rooms; 0: a large sheet
}

func flat(v r3.Vec) Point { return Point{v.X, v.Y} }

// mm prints metres with three decimals and the standard deviation in millimetres.
func mm(m recon.Measure) string {
	if m.Sigma < 0 {
		return fmt.Sprintf("%.3f ±?", m.Value)
	}
	return fmt.Sprintf("%.3f ±%.0f", m.Value, math.Max(1000*m.Sigma, 1))
}

// FloorPlan draws all rooms seen from above at floor height, with wall lengths,
// openings and where the scanner stood. Dimensions are metres, their standard
// deviations millimetres.
func (b Building) FloorPlan() *Drawing {
	d := &Drawing{Title: b.Words.Plan, Scale: b.scale()}
	for i := range b.Rooms {
		r := &b.Rooms[i]
		for k := range r.Walls {
			b.planWall(d, r, &r.Walls[k])
		}
		b.roomLabel(d, r)
	}
	for i := range b.Openings {
		b.planOpening(d, &b.Openings[i])
	}
	t := d.paper(1.5)
	for i, s := range b.Stations {
		p := flat(s)
		a, c, e := Point{p.X - t, p.Y - 0.6*t}, Point{p.X + t, p.Y - 0.6*t}, Point{p.X, p.Y + t}
		d.Line(Stations, a, c)
		d.Line(Stations, c, e)
		d.Line(Stations, e, a)
		d.Text(Stations, Point{p.X + 1.2*t, p.Y}, smallMM, 0, "start", fmt.Sprintf("%s%d", b.Words.Station, i+1))
	}
	d.scaleBar(b.Words)
	return d
}

// scale is the usual scale at which the building fits its sheet.
func (b Building) scale() float64 {
	lo, hi := r3.Vec{X: math.Inf(1), Y: math.Inf(1)}, r3.Vec{X: math.Inf(-1), Y: math.Inf(-1)}
	for _, r := range b.Rooms {
		for _, w := range r.Walls {
			lo = r3.Vec{X: math.Min(lo.X, w.From.X), Y: math.Min(lo.Y, w.From.Y)}
			hi = r3.Vec{X: math.Max(hi.X, w.From.X), Y: math.Max(hi.Y, w.From.Y)}
		}
	}
	widest := math.Max(hi.X-lo.X, hi.Y-lo.Y)
	sheet := b.SheetMM
	if sheet == 0 {
		sheet = 380
	}
	for _, s := range []float64{20, 50, 100, 200, 500} {
		if widest*1000/s < sheet {
			return s
		}
	}
	return 1000
}

// cuts lists the openings of a wall as intervals along it.
func (b Building) cuts(r *recon.Space, w *recon.Wall) [][2]float64 {
	var out [][2]float64
	dir := r3.Sub(w.To, w.From)
	dir.Z = 0
	length := r3.Norm(dir)
	if length == 0 {
		return nil
	}
	dir = r3.Scale(1/length, dir)
	for i := range b.Openings {
		o := &b.Openings[i]
		if !slices.Contains(o.Rooms, r.Name) {
			continue
		}
		across := r3.Unit(r3.Sub(o.Corners[1], o.Corners[0]))
		if math.Abs(r3.Dot(across, dir)) < 0.98 {
			continue
		}
		mid := r3.Sub(r3.Scale(0.5, r3.Add(o.Corners[0], o.Corners[1])), w.From)
		mid.Z = 0
		u := r3.Dot(mid, dir)
		off := r3.Norm(r3.Sub(mid, r3.Scale(u, dir)))
		if off > o.Thickness.Value+0.05 || u < 0 || u > length {
			continue
		}
		out = append(out, [2]float64{math.Max(u-o.Width.Value/2, 0), math.Min(u+o.Width.Value/2, length)})
	}
	slices.SortFunc(out, func(a, b [2]float64) int {
		if a[0] < b[0] {
			return -1
		}
		return 1
	})
	return out
}

func (b Building) planWall(d *Drawing, r *recon.Space, w *recon.Wall) {
	a, e := flat(w.From), flat(w.To)
	length := math.Hypot(e.X-a.X, e.Y-a.Y)
	if length == 0 {
		return
	}
	at := func(u float64) Point { return Point{a.X + (e.X-a.X)*u/length, a.Y + (e.Y-a.Y)*u/length} }
	if !w.Known {
		d.Line(Unseen, a, e)
		d.Text(Unseen, at(length/2), smallMM, 0, "middle", fmt.Sprintf("%s %s", w.Name, b.Words.NotSeen))
		return
	}
	from := 0.0
	for _, c := range b.cuts(r, w) {
		d.Line(Cut, at(from), at(c[0]))
		from = c[1]
	}
	d.Line(Cut, at(from), e)
	if length > 0.25 {
		d.Dim(a, e, d.paper(6), fmt.Sprintf("%s  %s", w.Name, mm(w.Length)))
	}
}

func (b Building) roomLabel(d *Drawing, r *recon.Space) {
	p := flat(r.Inside)
	line := d.paper(3.6)
	d.Text(Texts, Point{p.X, p.Y + line}, 3.5, 0, "middle", b.Words.Room+" "+r.Name)
	if !r.Closed {
		d.Text(Unseen, p, textMM, 0, "middle", b.Words.Open)
		return
	}
	d.Text(Texts, p, textMM, 0, "middle", fmt.Sprintf("%.2f m²  %s %.3f m", r.FloorArea.Value, b.Words.Height, r.Height.Value))
	d.Text(Texts, Point{p.X, p.Y - line}, textMM, 0, "middle", fmt.Sprintf("%.2f ± %.2f m³", r.Volume.Value, r.Volume.Sigma))
}

// planOpening draws the edges of an opening through the wall, two lines for a
// window, one for a threshold, and its size.
func (b Building) planOpening(d *Drawing, o *recon.WallOpening) {
	a, e := flat(o.Corners[0]), flat(o.Corners[1])
	l := math.Hypot(e.X-a.X, e.Y-a.Y)
	if l == 0 {
		return
	}
	// The room lies to the left of its walls' way, and the corners run along it.
	nx, ny := (e.Y-a.Y)/l, -(e.X-a.X)/l
	thick := o.Thickness.Value
	if thick == 0 {
		thick = d.paper(2)
	}
	off := func(p Point, t float64) Point { return Point{p.X + nx*t, p.Y + ny*t} }
	if o.Thickness.Value > 0 {
		d.Line(Cut, a, off(a, thick))
		d.Line(Cut, e, off(e, thick))
	}
	switch o.Kind {
	case recon.Window:
		d.Line(Openings, off(a, thick/3), off(e, thick/3))
		d.Line(Openings, off(a, 2*thick/3), off(e, 2*thick/3))
		d.Line(Openings, a, e)
	default:
		d.Line(Openings, a, e)
		d.Line(Openings, off(a, thick), off(e, thick))
	}
	text := fmt.Sprintf("%s %s × %s", o.Name, mm(o.Width), mm(o.Height))
	if o.Kind == recon.Window {
		text += fmt.Sprintf(" %s %s", b.Words.Sill, mm(o.Sill))
	}
	deg := math.Atan2(e.Y-a.Y, e.X-a.X) * 180 / math.Pi
	shift := thick + d.paper(1)
	if deg > 90.01 || deg <= -89.99 {
		deg += 180
	} else {
		shift += d.paper(smallMM)
	}
	if o.Thickness.Value > 0 { // another room lies behind: the text in the opening's own room
		shift = -d.paper(1.0)
		if math.Cos(deg*math.Pi/180)*(e.X-a.X)+math.Sin(deg*math.Pi/180)*(e.Y-a.Y) < 0 { // it stands towards the wall
			shift = -d.paper(1.0) - d.paper(smallMM)
		}
	}
	m := off(Point{(a.X + e.X) / 2, (a.Y + e.Y) / 2}, shift)
	d.Text(Openings, m, smallMM, deg, "middle", text)
}
