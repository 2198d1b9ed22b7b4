// Package blocks makes a model of solid boxes out of measured rooms, their openings and
// the points of furniture in them, for the field model and for inputs of FDS.
//
// Axes are turned about Z so that most of the walls' length lies along them. What is no
// room, no passage of an opening and no open air before one is wall. In the rooms, points
// that lie clear of walls, floor and ceiling fill cells; a column of cells is filled down
// to the floor where the floor under it was not measured, which is an inference: the
// scanner saw no floor there, or too little of it.
package blocks

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// Box is x0, x1, y0, y1, z0, z1 in the model's frame, metres.
type Box [6]float64

// Options are limits. The zero value takes the defaults.
type Options struct {
	CellM     float64 // edge of a cell (0.1)
	OutsideM  float64 // depth of the open air before outer openings (1)
	MostCells int     // (2,000,000)
	// Clear is how far points must lie from walls, floor and ceiling to count as
	// furniture (0.08).
	ClearM float64
	// LeastPoints fill a cell (3).
	LeastPoints int
}

func (o Options) withDefaults() Options {
	set := func(v *float64, to float64) {
		if *v == 0 {
			*v = to
		}
	}
	set(&o.CellM, .1)
	set(&o.OutsideM, 1)
	set(&o.ClearM, .08)
	if o.MostCells == 0 {
		o.MostCells = 2e6
	}
	if o.LeastPoints == 0 {
		o.LeastPoints = 3
	}
	return o
}

// Model is a scene of boxes. A place p of the world lies at p - Origin turned by TurnRad
// about Z.
type Model struct {
	Origin   r3.Vec    `json:"origin"`
	TurnRad  float64   `json:"turnRad"`
	Box      Box       `json:"box"`   // the region
	Cells    [3]int    `json:"cells"` // all of one size
	Open     [6]bool   `json:"open"`  // sides of Box with open air
	Rooms    []Room    `json:"rooms"`
	Openings []Opening `json:"openings"`
	Walls    []Box     `json:"walls"`
	Pieces   []Piece   `json:"pieces"`
	Notes    []string  `json:"notes"` // what was supposed or left out
}

// Room is the box around a room.
type Room struct {
	Name  string  `json:"name"`
	Box   Box     `json:"box"`
	Share float64 `json:"share"` // of the box that the room's outline covers
}

// Opening is a passage, from the room to what lies behind.
type Opening struct {
	Name    string            `json:"name"`
	Kind    recon.OpeningKind `json:"kind"`
	Rooms   []string          `json:"rooms"` // one: supposed to lead outside
	Box     Box               `json:"box"`
	WidthM  float64           `json:"widthM"`
	HeightM float64           `json:"heightM"`
	SillM   float64           `json:"sillM"`
}

// Piece is a connected thing in a room.
type Piece struct {
	Name   string `json:"name"`
	Room   string `json:"room"`
	Box    Box    `json:"box"`   // around all of it
	Boxes  []Box  `json:"boxes"` // what it is made of
	Points int    `json:"points"`
	// Measured is the share of its cells that hold points; the rest was filled in between
	// them and down to floors that were not seen.
	Measured float64 `json:"measured"`
}

// Local is a place of the world in the model's frame.
func (m *Model) Local(p r3.Vec) [3]float64 {
	d := r3.Sub(p, m.Origin)
	c, s := math.Cos(m.TurnRad), math.Sin(m.TurnRad)
	return [3]float64{c*d.X - s*d.Y, s*d.X + c*d.Y, d.Z}
}

// grid is the model cut into cells.
type grid struct {
	m    *Model
	d    [3]float64
	gas  []bool
	room []int16 // 1 + index of the room; 0 none
}

func (g *grid) at(i, j, k int) int { return (k*g.m.Cells[1]+j)*g.m.Cells[0] + i }

func (g *grid) middle(i, j, k int) [3]float64 {
	b := &g.m.Box
	return [3]float64{b[0] + (float64(i)+.5)*g.d[0], b[2] + (float64(j)+.5)*g.d[1], b[4] + (float64(k)+.5)*g.d[2]}
}

// index is the cell of a place along an axis, which may lie outside.
func (g *grid) index(axis int, v float64) int {
	return int(math.Floor((v - g.m.Box[2*axis]) / g.d[axis]))
}

// New makes the model. Rooms whose floor or outline was not measured are left out and
// named; without any there is an error.
func New(rooms []recon.Space, openings []recon.WallOpening, cloud *recon.Cloud, o Options) (*Model, error) {
	o = o.withDefaults()
	if !(o.CellM >= .02 && o.CellM <= 1) {
		return nil, fmt.Errorf("cells of %g m: give 0.02 to 1 m", o.CellM)
	}
	m := &Model{TurnRad: turn(rooms)}
	var used []*recon.Space
	for i := range rooms {
		r := &rooms[i]
		if r.Floor == nil || len(r.Walls) < 3 || !(r.CeilingZ > r.FloorZ+.5) {
			m.note("room %s is left out: its floor, ceiling or outline was not measured", r.Name)
			continue
		}
		used = append(used, r)
		for _, w := range r.Walls {
			if !w.Known {
				m.note("room %s: the side %s was not seen; it is taken as wall", r.Name, w.Name)
			}
		}
	}
	if len(used) == 0 {
		return nil, fmt.Errorf("no room with a floor, a ceiling and an outline was found: scan more of one")
	}
	m.Origin = used[0].Walls[0].From
	m.Origin.Z = used[0].FloorZ
	plans := make([]plan, len(used))
	for i, r := range used {
		plans[i] = m.plan(r)
	}
	passages := m.passages(used, plans, openings)
	g, err := m.lay(plans, passages, o)
	if err != nil {
		return nil, err
	}
	g.carve(plans, passages)
	m.Walls = merged(g, func(c int) bool { return !g.gas[c] })
	if cloud != nil {
		g.furnish(plans, cloud, o)
	}
	return m, nil
}

func (m *Model) note(format string, args ...any) {
	m.Notes = append(m.Notes, fmt.Sprintf(format, args...))
}

// turn is the angle that brings the walls along the axes: the mean of four times their
// directions, weighted by length.
func turn(rooms []recon.Space) float64 {
	var c, s float64
	for i := range rooms {
		for _, w := range rooms[i].Walls {
			dx, dy := w.To.X-w.From.X, w.To.Y-w.From.Y
			l := math.Hypot(dx, dy)
			a := 4 * math.Atan2(dy, dx)
			c, s = c+l*math.Cos(a), s+l*math.Sin(a)
		}
	}
	return -math.Atan2(s, c) / 4
}

// plan is a room's outline in the model's frame.
type plan struct {
	loops  [][][2]float64
	lo, hi [2]float64
	z0, z1 float64
	name   string
}

func (m *Model) plan(r *recon.Space) plan {
	p := plan{name: r.Name, lo: [2]float64{math.Inf(1), math.Inf(1)}, hi: [2]float64{math.Inf(-1), math.Inf(-1)}}
	byLoop := map[int]int{}
	for _, w := range r.Walls {
		n, ok := byLoop[w.Loop]
		if !ok {
			n = len(p.loops)
			byLoop[w.Loop] = n
			p.loops = append(p.loops, nil)
		}
		q := m.Local(w.From)
		p.loops[n] = append(p.loops[n], [2]float64{q[0], q[1]})
		for a := range 2 {
			p.lo[a], p.hi[a] = min(p.lo[a], q[a]), max(p.hi[a], q[a])
		}
	}
	p.z0, p.z1 = r.FloorZ-m.Origin.Z, r.CeilingZ-m.Origin.Z
	var area float64
	for _, l := range p.loops {
		for i := range l {
			a, b := l[i], l[(i+1)%len(l)]
			area += (a[0]*b[1] - a[1]*b[0]) / 2
		}
	}
	share := math.Abs(area) / ((p.hi[0] - p.lo[0]) * (p.hi[1] - p.lo[1]))
	m.Rooms = append(m.Rooms, Room{Name: r.Name, Box: Box{p.lo[0], p.hi[0], p.lo[1], p.hi[1], p.z0, p.z1}, Share: share})
	return p
}

// holds reports whether a place lies in the outline, and how far from it at least.
func (p *plan) holds(x, y float64) (in bool, clearM float64) {
	clearM = math.Inf(1)
	for _, l := range p.loops {
		for i := range l {
			a, b := l[i], l[(i+1)%len(l)]
			if (a[1] > y) != (b[1] > y) && x < a[0]+(y-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
				in = !in
			}
			dx, dy := b[0]-a[0], b[1]-a[1]
			t := 0.
			if q := dx*dx + dy*dy; q > 0 {
				t = min(max(((x-a[0])*dx+(y-a[1])*dy)/q, 0), 1)
			}
			clearM = min(clearM, math.Hypot(x-a[0]-t*dx, y-a[1]-t*dy))
		}
	}
	return in, clearM
}
