// Package plan draws measured rooms as floor plans and sections, and writes the
// drawings as SVG and DXF. Coordinates are metres; a drawing has a scale for its
// paper, which sets the height of letters.
package plan

import "math"

// Point is a place on a drawing, in metres, Y upwards.
type Point struct{ X, Y float64 }

// Layer names a layer of the drawing; DXF keeps it, SVG makes it a group and a
// style.
type Layer string

// The layers, in the order in which they are drawn.
const (
	Cloud    Layer = "CLOUD"    // measured points
	Beyond   Layer = "BEYOND"   // what lies behind the cut
	Cut      Layer = "CUT"      // walls, floors and ceilings that the drawing cuts
	Unseen   Layer = "UNSEEN"   // sides that were not measured
	Openings Layer = "OPENINGS" // doors and windows
	Dims     Layer = "DIMS"
	Texts    Layer = "TEXT"
	Stations Layer = "STATIONS" // where the scanner stood
	Marks    Layer = "MARKS"    // lines of fire marks
)

var layers = []Layer{Cloud, Beyond, Cut, Unseen, Openings, Marks, Dims, Stations, Texts}

// look is how a layer is drawn: stroke width and text in millimetres of paper.
type look struct {
	colour  string
	aci     int // AutoCAD colour index
	widthMM float64
	dashMM  float64
}

var looks = map[Layer]look{
	Cloud:    {"#777777", 8, 0.15, 0},
	Beyond:   {"#777777", 8, 0.13, 0},
	Cut:      {"#000000", 7, 0.6, 0},
	Unseen:   {"#cc2200", 1, 0.4, 1.5},
	Openings: {"#004488", 5, 0.25, 0},
	Marks:    {"#cc5500", 30, 0.35, 0},
	Dims:     {"#226622", 3, 0.13, 0},
	Stations: {"#884488", 6, 0.2, 0},
	Texts:    {"#000000", 7, 0.13, 0},
}

// Drawing is what a plan or section holds.
type Drawing struct {
	Title string
	Scale float64 // 50 for 1:50
	lines []segment
	words []label
	dots  []Point
}

type segment struct {
	layer Layer
	a, b  Point
}

type label struct {
	layer  Layer
	at     Point
	mm     float64 // height of letters on paper
	deg    float64
	anchor string // "start", "middle", "end"
	text   string
}

const (
	textMM  = 2.5
	smallMM = 1.9
)

// paper is a length on paper in metres of the drawing.
func (d *Drawing) paper(mm float64) float64 { return mm * d.Scale / 1000 }

// Line adds a line.
func (d *Drawing) Line(l Layer, a, b Point) { d.lines = append(d.lines, segment{l, a, b}) }

// Text adds a text, its foot at a place.
func (d *Drawing) Text(l Layer, at Point, mm, deg float64, anchor, text string) {
	d.words = append(d.words, label{l, at, mm, deg, anchor, text})
}

// Dots adds measured points.
func (d *Drawing) Dots(p []Point) { d.dots = append(d.dots, p...) }

// Dim adds a dimension of a to b, its line off metres to the left of the way from a
// to b.
func (d *Drawing) Dim(a, b Point, off float64, text string) {
	l := math.Hypot(b.X-a.X, b.Y-a.Y)
	if l == 0 {
		return
	}
	ux, uy := (b.X-a.X)/l, (b.Y-a.Y)/l
	nx, ny := -uy*off, ux*off
	p, q := Point{a.X + nx, a.Y + ny}, Point{b.X + nx, b.Y + ny}
	d.Line(Dims, p, q)
	over := math.Copysign(d.paper(0.8), off) / math.Max(math.Abs(off), 1e-9)
	for _, e := range [2][2]Point{{a, p}, {b, q}} {
		d.Line(Dims, Point{e[0].X + nx*0.15, e[0].Y + ny*0.15}, Point{e[1].X + nx*math.Abs(over), e[1].Y + ny*math.Abs(over)})
	}
	t := d.paper(0.9)
	for _, e := range [2]Point{p, q} {
		d.Line(Dims, Point{e.X - (ux-uy)*t, e.Y - (uy+ux)*t}, Point{e.X + (ux-uy)*t, e.Y + (uy+ux)*t})
	}
	deg := math.Atan2(uy, ux) * 180 / math.Pi
	if deg > 90.01 || deg <= -89.99 { // readable from below or from the right
		deg += 180
		ux, uy = -ux, -uy
	}
	g := d.paper(0.7)
	d.Text(Dims, Point{(p.X+q.X)/2 - uy*g, (p.Y+q.Y)/2 + ux*g}, smallMM, deg, "middle", text)
}

// bounds is the box around the drawing with room for its letters.
func (d *Drawing) bounds() (lo, hi Point) {
	lo, hi = Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	put := func(p Point, r float64) {
		lo = Point{math.Min(lo.X, p.X-r), math.Min(lo.Y, p.Y-r)}
		hi = Point{math.Max(hi.X, p.X+r), math.Max(hi.Y, p.Y+r)}
	}
	for _, s := range d.lines {
		put(s.a, 0)
		put(s.b, 0)
	}
	for _, p := range d.dots {
		put(p, 0)
	}
	for _, w := range d.words {
		put(w.at, d.paper(w.mm))
		long := d.paper(w.mm) * 0.6 * float64(textUnits(w.text))
		if w.deg == 0 {
			switch w.anchor {
			case "middle":
				put(Point{w.at.X - long/2, w.at.Y}, 0)
				put(Point{w.at.X + long/2, w.at.Y}, 0)
			case "end":
				put(Point{w.at.X - long, w.at.Y}, 0)
			default:
				put(Point{w.at.X + long, w.at.Y}, 0)
			}
		}
	}
	if lo.X > hi.X {
		return Point{}, Point{1, 1}
	}
	m := d.paper(6)
	return Point{lo.X - m, lo.Y - m}, Point{hi.X + m, hi.Y + m}
}

// textUnits is the width of a text in letters; Chinese ones count almost twice.
func textUnits(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0x2e80 {
			n++
		}
	}
	return n
}

// scaleBar adds a bar of whole metres and the scale below a drawing.
func (d *Drawing) scaleBar(words Words) {
	lo, hi := d.bounds()
	y := lo.Y
	step := 1.0
	for hi.X-lo.X > 25*step {
		step *= 5
	}
	x := lo.X + d.paper(6)
	for k := range 3 {
		a, b := Point{x + float64(k)*step, y}, Point{x + float64(k+1)*step, y}
		d.Line(Texts, a, b)
		d.Line(Texts, a, Point{a.X, y + d.paper(1.5)})
		d.Line(Texts, b, Point{b.X, y + d.paper(1.5)})
		if k%2 == 0 {
			d.Line(Texts, Point{a.X, y + d.paper(0.4)}, Point{b.X, y + d.paper(0.4)})
		}
		d.Text(Texts, Point{b.X, y - d.paper(3)}, smallMM, 0, "middle", metre(float64(k+1)*step))
	}
	d.Text(Texts, Point{x + 3*step + d.paper(6), y}, textMM, 0, "start", words.Scale+" 1:"+whole(d.Scale))
	d.Text(Texts, Point{x, hi.Y + d.paper(1)}, 4, 0, "start", d.Title)
}
