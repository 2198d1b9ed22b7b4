// Package rooms lays out rooms and their openings as scenes of the field model: what is
// no room, passage or open air is solid.
package rooms

import (
	"fmt"
	"math"
	"sort"

	"firescene/recon/field"
)

// Outside is the index that stands for the open air where a room is asked for.
const Outside = -1

// Room is a box with its linings.
type Room struct {
	Name                  string
	Box                   field.Box
	Walls, Ceiling, Floor field.Surface
}

// Opening is a rectangle, flat in one axis, in a wall (or ceiling) of room A, to room B
// or Outside.
type Opening struct {
	Name   string
	A, B   int
	Box    field.Box
	OpensS float64 // closed before; 0: always open
}

// Plan is a building of rooms.
type Plan struct {
	Rooms    []Room
	Openings []Opening
	CellM    float64 // about; cells are made to fit the first room
	OutsideM float64 // depth of the open air before openings to it; 0: 1.2
}

// grid is where the cells' borders lie.
type grid struct{ first, d [3]float64 }

func (g *grid) index(axis int, v float64) int {
	return int(math.Round((v - g.first[axis]) / g.d[axis]))
}

// block is a box in borders of cells.
type block struct{ lo, hi [3]int }

func (b block) holds(p [3]float64) bool {
	for a := range 3 {
		if p[a] < float64(b.lo[a]) || p[a] > float64(b.hi[a]) {
			return false
		}
	}
	return true
}

// Scene makes the region, its surfaces, solids and open borders. The index of a room's
// walls among the surfaces is three times that of the room, then come ceiling and floor.
// What burns and what is measured is the caller's to add.
func (p *Plan) Scene() (*field.Scene, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	g := p.grid()
	sc := &field.Scene{}
	var gas []block
	for i := range p.Rooms {
		r := &p.Rooms[i]
		sc.Surfaces = append(sc.Surfaces, r.Walls, r.Ceiling, r.Floor)
		b := block{}
		for a := range 3 {
			b.lo[a], b.hi[a] = g.index(a, r.Box[2*a]), g.index(a, r.Box[2*a+1])
			if b.hi[a] <= b.lo[a] {
				return nil, fmt.Errorf("room %s is thinner along %c than cells of %.2f m show; take smaller cells", r.Name, "xyz"[a], g.d[a])
			}
		}
		gas = append(gas, b)
	}
	region := gas[0]
	for _, b := range gas {
		region = union(region, b)
	}
	depth := p.OutsideM
	if depth == 0 {
		depth = 1.2
	}
	// each side that an opening leads out of gets a wall of one cell and open air
	inner := region
	var out [6]bool
	for i := range p.Openings {
		o := &p.Openings[i]
		if o.B != Outside {
			continue
		}
		axis, far := p.side(o)
		out[2*axis+far] = true
	}
	var air []block
	for side, is := range out {
		if is {
			n := 1 + int(math.Ceil(depth/g.d[side/2]-1e-9))
			if side%2 == 0 {
				region.lo[side/2] -= n
			} else {
				region.hi[side/2] += n
			}
		}
	}
	for side, is := range out {
		if !is {
			continue
		}
		b := region
		if a := side / 2; side%2 == 0 {
			b.hi[a] = inner.lo[a] - 1
		} else {
			b.lo[a] = inner.hi[a] + 1
		}
		air = append(air, b)
	}
	var passages []block
	for i := range p.Openings {
		b, err := p.passage(&p.Openings[i], &g, gas, inner)
		if err != nil {
			return nil, err
		}
		passages = append(passages, b)
	}
	for a := range 3 {
		sc.Cells[a] = region.hi[a] - region.lo[a]
		sc.Box[2*a] = g.first[a] + float64(region.lo[a])*g.d[a]
		sc.Box[2*a+1] = g.first[a] + float64(region.hi[a])*g.d[a]
	}
	sc.Boundary = [6]int{field.Ambient, field.Ambient, field.Ambient, field.Ambient, field.Ambient, field.Ambient}
	p.solids(sc, &g, region, gas, append(append([]block{}, air...), passages...))
	p.plates(sc, &g, gas)
	p.shutters(sc, &g, passages)
	p.borders(sc, &g, region, gas, air)
	return sc, nil
}

func union(a, b block) block {
	for k := range 3 {
		a.lo[k], a.hi[k] = min(a.lo[k], b.lo[k]), max(a.hi[k], b.hi[k])
	}
	return a
}

func (p *Plan) check() error {
	if len(p.Rooms) == 0 {
		return fmt.Errorf("there is no room")
	}
	if !(p.CellM >= .01 && p.CellM <= 2) {
		return fmt.Errorf("cells of %g m; give 0.01 to 2 m", p.CellM)
	}
	for i := range p.Rooms {
		for a := range 3 {
			if l := p.Rooms[i].Box[2*a+1] - p.Rooms[i].Box[2*a]; !(l > 0 && l < 1000) {
				return fmt.Errorf("room %s is %g m along %c", p.Rooms[i].Name, l, "xyz"[a])
			}
		}
	}
	for i := range p.Openings {
		o := &p.Openings[i]
		if o.A < 0 || o.A >= len(p.Rooms) || o.B < Outside || o.B >= len(p.Rooms) || o.A == o.B {
			return fmt.Errorf("opening %s joins rooms %d and %d of %d", o.Name, o.A, o.B, len(p.Rooms))
		}
	}
	return nil
}

func (p *Plan) grid() (g grid) {
	b := p.Rooms[0].Box
	for a := range 3 {
		l := b[2*a+1] - b[2*a]
		g.first[a], g.d[a] = b[2*a], l/max(1, math.Round(l/p.CellM))
	}
	return g
}

// side is the side of room A on which an opening lies.
func (p *Plan) side(o *Opening) (axis, far int) {
	r := p.Rooms[o.A].Box
	for a := 1; a < 3; a++ {
		if o.Box[2*a+1]-o.Box[2*a] < o.Box[2*axis+1]-o.Box[2*axis] {
			axis = a
		}
	}
	if math.Abs(o.Box[2*axis]-r[2*axis+1]) < math.Abs(o.Box[2*axis]-r[2*axis]) {
		far = 1
	}
	return axis, far
}

// passage is the gas of an opening, from the wall of room A to what lies behind.
func (p *Plan) passage(o *Opening, g *grid, gas []block, inner block) (b block, err error) {
	axis, far := p.side(o)
	for a := range 3 {
		if a == axis {
			continue
		}
		// the width stays as near as cells allow, wherever the opening lies among them
		u0, u1 := (o.Box[2*a]-g.first[a])/g.d[a], (o.Box[2*a+1]-g.first[a])/g.d[a]
		n := max(1, int(math.Round(u1-u0)))
		b.lo[a] = int(math.Round((u0 + u1 - float64(n)) / 2))
		if floor := gas[o.A].lo[a]; b.lo[a] == floor+1 && u0-float64(floor) < .5 {
			b.lo[a] = floor // what reaches to the floor goes on doing so
		}
		b.hi[a] = b.lo[a] + n
	}
	from, to := gas[o.A].lo[axis], 0
	if far == 1 {
		from = gas[o.A].hi[axis]
	}
	switch {
	case o.B == Outside && far == 0:
		to = inner.lo[axis] - 1
	case o.B == Outside:
		to = inner.hi[axis] + 1
	case far == 0:
		to = gas[o.B].hi[axis]
	default:
		to = gas[o.B].lo[axis]
	}
	b.lo[axis], b.hi[axis] = min(from, to), max(from, to)
	if o.B == Outside {
		for n, r := range gas {
			if n != o.A && overlaps(r, b) {
				return b, fmt.Errorf("opening %s of room %s leads outside, but room %s lies behind it", o.Name, p.Rooms[o.A].Name, p.Rooms[n].Name)
			}
		}
	} else if far == 0 && to > from || far == 1 && to < from {
		return b, fmt.Errorf("opening %s lies on a side of room %s that room %s does not face", o.Name, p.Rooms[o.A].Name, p.Rooms[o.B].Name)
	}
	return b, nil
}

func overlaps(a, b block) bool {
	for k := range 3 {
		if a.hi[k] <= b.lo[k] || b.hi[k] <= a.lo[k] {
			return false
		}
	}
	return true
}

// solids fills what is neither room nor air with boxes cut at all their borders.
func (p *Plan) solids(sc *field.Scene, g *grid, region block, gas, air []block) {
	var cuts [3][]int
	for a := range 3 {
		cuts[a] = []int{region.lo[a], region.hi[a]}
		for _, list := range [2][]block{gas, air} {
			for _, b := range list {
				cuts[a] = append(cuts[a], b.lo[a], b.hi[a])
			}
		}
		sort.Ints(cuts[a])
		n := 0
		for i, v := range cuts[a] {
			if i == 0 || v != cuts[a][n-1] {
				cuts[a][n] = v
				n++
			}
		}
		cuts[a] = cuts[a][:n]
	}
	free := func(q [3]float64) bool {
		for _, list := range [2][]block{gas, air} {
			for _, b := range list {
				if b.holds(q) {
					return true
				}
			}
		}
		return false
	}
	for k := range len(cuts[2]) - 1 {
		for j := range len(cuts[1]) - 1 {
			for i := range len(cuts[0]) - 1 {
				b := block{[3]int{cuts[0][i], cuts[1][j], cuts[2][k]}, [3]int{cuts[0][i+1], cuts[1][j+1], cuts[2][k+1]}}
				var mid [3]float64
				for a := range 3 {
					mid[a] = float64(b.lo[a]+b.hi[a]) / 2
				}
				if free(mid) {
					continue
				}
				o := field.Obstruction{Name: "wall", Box: g.box(b)}
				for side := range 6 {
					q := mid
					if a := side / 2; side%2 == 0 {
						q[a] = float64(b.lo[a]) - .5
					} else {
						q[a] = float64(b.hi[a]) + .5
					}
					o.Surfaces[side] = surfaceAt(gas, q, side^1)
				}
				sc.Obstructions = append(sc.Obstructions, o)
			}
		}
	}
}

// surfaceAt is the lining of the room that holds a place, on that side of the room; of
// the first room's walls where none does.
func surfaceAt(gas []block, q [3]float64, side int) int {
	for n, b := range gas {
		if b.holds(q) {
			return 3*n + lining(side)
		}
	}
	return 0
}

// lining is 0 on walls, 1 on the ceiling, 2 on the floor.
func lining(side int) int {
	switch side {
	case 5:
		return 1
	case 4:
		return 2
	}
	return 0
}

func (g *grid) box(b block) (out field.Box) {
	for a := range 3 {
		out[2*a], out[2*a+1] = g.first[a]+float64(b.lo[a])*g.d[a], g.first[a]+float64(b.hi[a])*g.d[a]
	}
	return out
}

// plates sets thin walls between rooms that touch, with gaps where openings are.
func (p *Plan) plates(sc *field.Scene, g *grid, gas []block) {
	for m := range gas {
		for n := range gas {
			for axis := range 3 {
				if gas[m].hi[axis] != gas[n].lo[axis] {
					continue
				}
				b, c := (axis+1)%3, (axis+2)%3
				var w block
				w.lo[axis], w.hi[axis] = gas[m].hi[axis], gas[m].hi[axis]
				for _, k := range [2]int{b, c} {
					w.lo[k], w.hi[k] = max(gas[m].lo[k], gas[n].lo[k]), min(gas[m].hi[k], gas[n].hi[k])
				}
				if w.lo[b] >= w.hi[b] || w.lo[c] >= w.hi[c] {
					continue
				}
				pieces := []block{w}
				for i := range p.Openings {
					o := &p.Openings[i]
					if (o.A == m && o.B == n || o.A == n && o.B == m) && axisOf(p, o) == axis {
						hole, err := p.passage(o, g, gas, w)
						if err == nil {
							pieces = cut(pieces, hole, b, c)
						}
					}
				}
				for _, q := range pieces {
					ob := field.Obstruction{Name: "partition", Box: g.box(q), Surfaces: [6]int{field.Ambient, field.Ambient, field.Ambient, field.Ambient, field.Ambient, field.Ambient}}
					ob.Surfaces[2*axis] = 3*m + lining(2*axis+1)
					ob.Surfaces[2*axis+1] = 3*n + lining(2*axis)
					sc.Obstructions = append(sc.Obstructions, ob)
				}
			}
		}
	}
}

func axisOf(p *Plan, o *Opening) int {
	axis, _ := p.side(o)
	return axis
}

// cut takes a hole out of flat pieces that extend along b and c.
func cut(pieces []block, hole block, b, c int) (out []block) {
	for _, q := range pieces {
		if hole.lo[b] >= q.hi[b] || hole.hi[b] <= q.lo[b] || hole.lo[c] >= q.hi[c] || hole.hi[c] <= q.lo[c] {
			out = append(out, q)
			continue
		}
		lo, hi := max(q.lo[b], hole.lo[b]), min(q.hi[b], hole.hi[b])
		add := func(b0, b1, c0, c1 int) {
			if b0 < b1 && c0 < c1 {
				w := q
				w.lo[b], w.hi[b], w.lo[c], w.hi[c] = b0, b1, c0, c1
				out = append(out, w)
			}
		}
		add(q.lo[b], lo, q.lo[c], q.hi[c])
		add(hi, q.hi[b], q.lo[c], q.hi[c])
		add(lo, hi, q.lo[c], hole.lo[c])
		add(lo, hi, hole.hi[c], q.hi[c])
	}
	return out
}

// shutters close openings until they open.
func (p *Plan) shutters(sc *field.Scene, g *grid, passages []block) {
	for i := range p.Openings {
		o := &p.Openings[i]
		if o.OpensS <= 0 {
			continue
		}
		b := passages[i]
		axis, far := p.side(o)
		if far == 1 { // a plate on the side of room A
			b.hi[axis] = b.lo[axis]
		} else {
			b.lo[axis] = b.hi[axis]
		}
		s := 3 * o.A
		sc.Obstructions = append(sc.Obstructions, field.Obstruction{Name: "closed " + o.Name, Box: g.box(b), Surfaces: [6]int{s, s, s, s, s, s}, There: field.Schedule{SwitchS: []float64{o.OpensS}}})
	}
}

// borders lays the rooms' linings on the border of the region, and opens it around the
// open air, but not its ground.
func (p *Plan) borders(sc *field.Scene, g *grid, region block, gas, air []block) {
	for side := range 6 {
		a := side / 2
		at := region.lo[a]
		if side%2 == 1 {
			at = region.hi[a]
		}
		lay := func(b block, v field.Vent) {
			if side%2 == 0 && b.lo[a] != at || side%2 == 1 && b.hi[a] != at {
				return
			}
			b.lo[a], b.hi[a] = at, at
			v.Box = g.box(b)
			sc.Vents = append(sc.Vents, v)
		}
		for n, b := range gas {
			lay(b, field.Vent{Name: p.Rooms[n].Name, Surface: 3*n + lining(side)})
		}
		for _, b := range air {
			if side != 4 {
				lay(b, field.Vent{Name: "open air", Kind: field.Open})
			}
		}
	}
}
