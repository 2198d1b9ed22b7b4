package plan

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// Section is a vertical cut: through At along Dir, looking to the left of Dir.
type Section struct {
	Name string
	At   r3.Vec
	Dir  r3.Vec // horizontal, unit length
}

func (s Section) u(p r3.Vec) float64 {
	return (p.X-s.At.X)*s.Dir.X + (p.Y-s.At.Y)*s.Dir.Y
}

// depth is how far a place lies behind the cut.
func (s Section) depth(p r3.Vec) float64 {
	return (p.Y-s.At.Y)*s.Dir.X - (p.X-s.At.X)*s.Dir.Y
}

// Sections gives two cuts through the middle of a room, along and across its
// longest wall.
func Sections(r *recon.Space) []Section {
	longest := 0
	for k := range r.Walls {
		if r.Walls[k].Length.Value > r.Walls[longest].Length.Value {
			longest = k
		}
	}
	d := r3.Sub(r.Walls[longest].To, r.Walls[longest].From)
	d.Z = 0
	d = r3.Unit(d)
	if d.X < -0.01 || math.Abs(d.X) <= 0.01 && d.Y < 0 { // the same way whatever wall is the longest
		d = r3.Scale(-1, d)
	}
	return []Section{{Name: r.Name + "-1", At: r.Inside, Dir: d}, {Name: r.Name + "-2", At: r.Inside, Dir: r3.Vec{X: -d.Y, Y: d.X}}}
}

// crossing is where a cut goes through a wall.
type crossing struct {
	u    float64
	wall *recon.Wall
}

// Draw draws a section of all closed rooms that it cuts: floors, ceilings, walls,
// openings in the cut, and those behind it in the same rooms.
func (b Building) Draw(s Section) *Drawing {
	d := &Drawing{Title: b.Words.Section + " " + s.Name, Scale: b.scale()}
	for i := range b.Rooms {
		if r := &b.Rooms[i]; r.Closed {
			b.sectionRoom(d, s, r)
		}
	}
	d.scaleBar(b.Words)
	return d
}

func (b Building) sectionRoom(d *Drawing, s Section, r *recon.Space) {
	var cuts []crossing
	for k := range r.Walls {
		w := &r.Walls[k]
		p, q := s.depth(w.From), s.depth(w.To)
		if (p < 0) == (q < 0) {
			continue
		}
		t := p / (p - q)
		cuts = append(cuts, crossing{s.u(r3.Add(w.From, r3.Scale(t, r3.Sub(w.To, w.From)))), w})
	}
	slices.SortFunc(cuts, func(a, b crossing) int {
		if a.u < b.u {
			return -1
		}
		return 1
	})
	if len(cuts) < 2 {
		return
	}
	for k := 0; k+1 < len(cuts); k += 2 {
		a, c := cuts[k], cuts[k+1]
		f0, f1 := s.height(r.Floor, a.u), s.height(r.Floor, c.u)
		c0, c1 := s.height(r.Ceiling, a.u), s.height(r.Ceiling, c.u)
		d.Line(Cut, Point{a.u, f0}, Point{c.u, f1})
		d.Line(Cut, Point{a.u, c0}, Point{c.u, c1})
		b.sectionWall(d, s, r, a, f0, c0)
		b.sectionWall(d, s, r, c, f1, c1)
		d.Dim(Point{a.u, f0}, Point{c.u, f1}, -d.paper(7), fmt.Sprintf("%.3f", c.u-a.u))
		// Beside the wall and under the ceiling, clear of openings behind.
		left := a.u + math.Min(d.paper(10), (c.u-a.u)/4)
		d.Dim(Point{left, s.height(r.Floor, left)}, Point{left, s.height(r.Ceiling, left)}, d.paper(4), mm(r.Height))
		d.Text(Texts, Point{c.u - d.paper(4), c1 - d.paper(6)}, 3.5, 0, "end", b.Words.Room+" "+r.Name)
	}
	b.sectionBeyond(d, s, r)
}

// height is a floor's or ceiling's height on the cut.
func (s Section) height(p *recon.Plane, u float64) float64 {
	x, y := s.At.X+u*s.Dir.X, s.At.Y+u*s.Dir.Y
	return (p.Offset - p.Normal.X*x - p.Normal.Y*y) / p.Normal.Z
}

// sectionWall draws a cut wall with the opening that the cut goes through.
func (b Building) sectionWall(d *Drawing, s Section, r *recon.Space, c crossing, z0, z1 float64) {
	from := z0
	for i := range b.Openings {
		o := &b.Openings[i]
		p, q := s.depth(o.Corners[0]), s.depth(o.Corners[1])
		if !slices.Contains(o.Rooms, r.Name) || (p < 0) == (q < 0) {
			continue
		}
		u := s.u(o.Corners[0]) + (s.u(o.Corners[1])-s.u(o.Corners[0]))*p/(p-q)
		if math.Abs(u-c.u) > o.Thickness.Value+0.05 {
			continue
		}
		lo, hi := math.Max(o.Corners[0].Z, z0), math.Min(o.Corners[2].Z, z1)
		if lo > from {
			d.Line(Cut, Point{c.u, from}, Point{c.u, lo})
		}
		d.Line(Openings, Point{c.u, lo}, Point{c.u, hi})
		d.Dim(Point{c.u, lo}, Point{c.u, hi}, d.paper(5), o.Name+"  "+mm(o.Height))
		from = hi
	}
	d.Line(Cut, Point{c.u, from}, Point{c.u, z1})
}

// sectionBeyond draws the corners and openings of the room behind the cut.
func (b Building) sectionBeyond(d *Drawing, s Section, r *recon.Space) {
	for k := range r.Walls {
		if w := &r.Walls[k]; s.depth(w.From) > 0.02 {
			d.Line(Beyond, Point{s.u(w.From), w.From.Z}, Point{s.u(w.FromTop), w.FromTop.Z})
		}
	}
	for i := range b.Openings {
		o := &b.Openings[i]
		if !slices.Contains(o.Rooms, r.Name) || s.depth(o.Corners[0]) < 0.02 || s.depth(o.Corners[1]) < 0.02 {
			continue
		}
		var c [4]Point
		for k := range 4 {
			c[k] = Point{s.u(o.Corners[k]), o.Corners[k].Z}
		}
		if math.Abs(c[1].X-c[0].X) < 0.05 {
			continue
		}
		for k := range 4 {
			d.Line(Openings, c[k], c[(k+1)%4])
		}
		left, right := c[0], c[1]
		if left.X > right.X {
			left, right = right, left
		}
		d.Dim(left, right, -d.paper(4), o.Name+"  "+mm(o.Width))
		d.Dim(right, Point{right.X, c[2].Y}, -d.paper(4), mm(o.Height))
		if o.Kind == recon.Window {
			d.Dim(Point{right.X, right.Y - o.Sill.Value}, right, -d.paper(4), mm(o.Sill))
		}
	}
}
