package blocks

import (
	"fmt"
	"math"

	"firescene/recon"
)

// passage is an opening in the model's frame.
type passage struct {
	box     Box // of the opening itself
	axis    int // across the wall
	outside bool
	room    int // that it belongs to
}

// passages places the openings of the rooms that are used.
func (m *Model) passages(used []*recon.Space, plans []plan, openings []recon.WallOpening) (out []passage) {
	index := map[string]int{}
	for i, r := range used {
		index[r.Name] = i
	}
	for i := range openings {
		o := &openings[i]
		if len(o.Rooms) == 0 {
			continue
		}
		room, ok := index[o.Rooms[0]]
		if !ok && len(o.Rooms) > 1 {
			room, ok = index[o.Rooms[1]]
		}
		if !ok {
			m.note("opening %s is left out: its room is", o.Name)
			continue
		}
		p := passage{room: room, outside: true}
		if len(o.Rooms) > 1 {
			_, first := index[o.Rooms[0]]
			_, second := index[o.Rooms[1]]
			p.outside = !(first && second)
		}
		for a := range 3 {
			p.box[2*a], p.box[2*a+1] = math.Inf(1), math.Inf(-1)
		}
		for _, c := range o.Corners {
			q := m.Local(c)
			for a := range 3 {
				p.box[2*a], p.box[2*a+1] = min(p.box[2*a], q[a]), max(p.box[2*a+1], q[a])
			}
		}
		if p.box[3]-p.box[2] < p.box[1]-p.box[0] {
			p.axis = 1
		}
		rooms := append([]string(nil), o.Rooms...)
		if p.outside {
			if behind := p.behind(plans); behind >= 0 {
				p.outside = false
				rooms = []string{plans[p.room].name, plans[behind].name}
				m.note("opening %s is supposed to lead to room %s, which lies behind it", o.Name, plans[behind].name)
			} else {
				rooms = []string{plans[p.room].name}
				m.note("opening %s is supposed to lead outside", o.Name)
			}
		}
		if !o.Rectangular {
			m.note("opening %s is no rectangle; the box around it is open", o.Name)
		}
		m.note("opening %s stands open: rays passed it when it was scanned, which does not say how it was in the fire", o.Name)
		m.Openings = append(m.Openings, Opening{Name: o.Name, Kind: o.Kind, Rooms: rooms, WidthM: o.Width.Value, HeightM: o.Height.Value, SillM: o.Sill.Value})
		out = append(out, p)
	}
	return out
}

// thickestM is the thickest wall that an opening is followed through to another room.
const thickestM = 1.0

// behind is the room behind an opening, or -1.
func (p *passage) behind(plans []plan) int {
	var q [3]float64
	for a := range 3 {
		q[a] = (p.box[2*a] + p.box[2*a+1]) / 2
	}
	from := q[p.axis]
	way := float64(2*p.side(&plans[p.room]) - 1)
	for d := .05; d <= thickestM; d += .05 {
		q[p.axis] = from + way*d
		for n := range plans {
			r := &plans[n]
			if in, _ := r.holds(q[0], q[1]); n != p.room && in && q[2] > r.z0 && q[2] < r.z1 {
				return n
			}
		}
	}
	return -1
}

// side is the side of the room on which a passage lies: 0 or 1 along its axis.
func (p *passage) side(r *plan) int {
	mid := (p.box[2*p.axis] + p.box[2*p.axis+1]) / 2
	if math.Abs(mid-r.hi[p.axis]) < math.Abs(mid-r.lo[p.axis]) {
		return 1
	}
	return 0
}

// lay sizes the region: all rooms, a wall of two cells around, open air before outer
// openings.
func (m *Model) lay(plans []plan, passages []passage, o Options) (*grid, error) {
	b := Box{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, p := range plans {
		for a := range 2 {
			b[2*a], b[2*a+1] = min(b[2*a], p.lo[a]), max(b[2*a+1], p.hi[a])
		}
		b[4], b[5] = min(b[4], p.z0), max(b[5], p.z1)
	}
	for _, p := range passages {
		if p.outside {
			m.Open[2*p.axis+p.side(&plans[p.room])] = true
		}
	}
	first := [3]float64{b[0], b[2], b[4]} // borders of cells lie on the first corner of the rooms
	total := 1.
	for a := range 3 {
		lo, hi := 2., math.Ceil((b[2*a+1]-first[a])/o.CellM-1e-6)+2
		air := math.Ceil(o.OutsideM / o.CellM)
		if m.Open[2*a] {
			lo += air
		}
		if m.Open[2*a+1] {
			hi += air
		}
		if a == 2 { // floors and ceilings are the region's border where they are its end
			lo -= 2
			hi -= 2
		}
		m.Box[2*a], m.Box[2*a+1] = first[a]-lo*o.CellM, first[a]+hi*o.CellM
		m.Cells[a] = int(min(lo+hi, 1e6))
		total *= lo + hi
	}
	if total > float64(o.MostCells) {
		return nil, fmt.Errorf("the rooms make %.0f cells of %g m, and the limit is %d: take cells of %.2f m or larger", total, o.CellM, o.MostCells, o.CellM*math.Cbrt(total/float64(o.MostCells))+.005)
	}
	g := &grid{m: m, d: [3]float64{o.CellM, o.CellM, o.CellM}}
	n := m.Cells[0] * m.Cells[1] * m.Cells[2]
	g.gas, g.room = make([]bool, n), make([]int16, n)
	return g, nil
}

// each calls f for the cells whose middles lie in a box.
func (g *grid) each(b Box, f func(i, j, k int)) {
	var lo, hi [3]int
	for a := range 3 {
		lo[a] = max(0, g.index(a, b[2*a]+g.d[a]/2))
		hi[a] = min(g.m.Cells[a], g.index(a, b[2*a+1]+g.d[a]/2))
	}
	for k := lo[2]; k < hi[2]; k++ {
		for j := lo[1]; j < hi[1]; j++ {
			for i := lo[0]; i < hi[0]; i++ {
				f(i, j, k)
			}
		}
	}
}

// carve opens rooms, passages and the air before them.
func (g *grid) carve(plans []plan, passages []passage) {
	m := g.m
	var building Box
	for n := range plans {
		p := &plans[n]
		r := m.Rooms[n].Box
		if n == 0 {
			building = r
		}
		for a := range 3 {
			building[2*a], building[2*a+1] = min(building[2*a], r[2*a]), max(building[2*a+1], r[2*a+1])
		}
		g.each(r, func(i, j, k int) {
			q := g.middle(i, j, k)
			if in, _ := p.holds(q[0], q[1]); in {
				g.gas[g.at(i, j, k)], g.room[g.at(i, j, k)] = true, int16(n+1)
			}
		})
	}
	g.part()
	for side, open := range m.Open { // beyond a wall of two cells
		if !open {
			continue
		}
		b := m.Box
		if a := side / 2; side%2 == 0 {
			b[2*a+1] = building[2*a] - 2*g.d[a]
		} else {
			b[2*a] = building[2*a+1] + 2*g.d[a]
		}
		g.each(b, func(i, j, k int) { g.gas[g.at(i, j, k)] = true })
	}
	for n := range passages {
		p := &passages[n]
		b := g.through(p, &plans[p.room])
		m.Openings[n].Box = b
		count := 0
		g.each(b, func(i, j, k int) { g.gas[g.at(i, j, k)], count = true, count+1 })
		if count == 0 {
			m.note("opening %s is smaller than a cell and stays shut", m.Openings[n].Name)
		}
	}
}

// part sets a wall of one cell between rooms that touch.
func (g *grid) part() {
	n := g.m.Cells
	var walls []int
	for k := range n[2] {
		for j := range n[1] {
			for i := range n[0] {
				c := g.at(i, j, k)
				for a, next := range [3]int{g.at(i+1, j, k), g.at(i, j+1, k), g.at(i, j, k+1)} {
					if [3]int{i, j, k}[a]+1 < n[a] && g.room[c] > 0 && g.room[next] > 0 && g.room[c] != g.room[next] {
						walls = append(walls, max(c, next))
					}
				}
			}
		}
	}
	for _, c := range walls {
		g.gas[c] = false
	}
	if len(walls) > 0 {
		g.m.note("rooms that touch are parted by a wall of one cell")
	}
}

// through is the passage of an opening, at least a cell wide: from its room to the open
// air, or up to a metre to the next room.
func (g *grid) through(p *passage, r *plan) Box {
	b := p.box
	a := p.axis
	for _, c := range [2]int{1 - a, 2} {
		d := g.d[c]
		lo := math.Round((b[2*c] - g.m.Box[2*c]) / d)
		hi := max(lo+1, math.Round((b[2*c+1]-g.m.Box[2*c])/d))
		b[2*c], b[2*c+1] = g.m.Box[2*c]+lo*d, g.m.Box[2*c]+hi*d
	}
	d := g.d[a]
	mid := (b[2*a] + b[2*a+1]) / 2
	if p.side(r) == 0 {
		b[2*a+1] = r.lo[a] + d
		b[2*a] = g.m.Box[2*a]
		if !p.outside {
			b[2*a] = mid - thickestM
		}
	} else {
		b[2*a] = r.hi[a] - d
		b[2*a+1] = g.m.Box[2*a+1]
		if !p.outside {
			b[2*a+1] = mid + thickestM
		}
	}
	if p.outside {
		return b
	}
	// stop where the next room begins
	step, from := -1, b[2*a+1]
	if p.side(r) == 1 {
		step, from = 1, b[2*a]
	}
	own := int16(p.room + 1)
	for x := from + float64(step)*d/2; x > b[2*a] && x < b[2*a+1]; x += float64(step) * d {
		q := [3]float64{(b[0] + b[1]) / 2, (b[2] + b[3]) / 2, (b[4] + b[5]) / 2}
		q[a] = x
		i, j, k := g.index(0, q[0]), g.index(1, q[1]), g.index(2, q[2])
		if i < 0 || j < 0 || k < 0 || i >= g.m.Cells[0] || j >= g.m.Cells[1] || k >= g.m.Cells[2] {
			break
		}
		if room := g.room[g.at(i, j, k)]; room != 0 && room != own {
			if step < 0 {
				b[2*a] = x - d/2
			} else {
				b[2*a+1] = x + d/2
			}
			break
		}
	}
	return b
}

// merged joins cells into boxes, as long as possible along x, then y, then z.
func merged(g *grid, in func(cell int) bool) (out []Box) {
	n := g.m.Cells
	done := make([]bool, n[0]*n[1]*n[2])
	free := func(i, j, k int) bool { c := g.at(i, j, k); return in(c) && !done[c] }
	for k := range n[2] {
		for j := range n[1] {
			for i := range n[0] {
				if !free(i, j, k) {
					continue
				}
				hi := [3]int{i + 1, j + 1, k + 1}
				for hi[0] < n[0] && free(hi[0], j, k) {
					hi[0]++
				}
				row := func(j, k int) bool {
					for x := i; x < hi[0]; x++ {
						if !free(x, j, k) {
							return false
						}
					}
					return true
				}
				for hi[1] < n[1] && row(hi[1], k) {
					hi[1]++
				}
				layer := func(k int) bool {
					for y := j; y < hi[1]; y++ {
						if !row(y, k) {
							return false
						}
					}
					return true
				}
				for hi[2] < n[2] && layer(hi[2]) {
					hi[2]++
				}
				for z := k; z < hi[2]; z++ {
					for y := j; y < hi[1]; y++ {
						for x := i; x < hi[0]; x++ {
							done[g.at(x, y, z)] = true
						}
					}
				}
				var b Box
				for a, lo := range [3]int{i, j, k} {
					b[2*a], b[2*a+1] = g.m.Box[2*a]+float64(lo)*g.d[a], g.m.Box[2*a]+float64(hi[a])*g.d[a]
				}
				out = append(out, b)
			}
		}
	}
	return out
}
