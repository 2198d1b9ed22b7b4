package structure

import (
	"math"
	"slices"

	"firescene/recon"
)

// border is a piece of a line between the cells on its two sides; -1 where there
// is none or it is not inside.
type border struct {
	line     int
	u0, u1   float64
	pos, neg int
	walled   bool
}

// borders lists the pieces of all lines along inside cells.
func (p *plan) borders() []border {
	type edge struct {
		u0, u1 float64
		cell   int
		pos    bool
	}
	onLine := make([][]edge, len(p.lines))
	for i, c := range p.cells {
		if !c.inside {
			continue
		}
		for k, a := range c.p {
			l := p.lines[c.tag[k]]
			u0, u1 := l.u(a), l.u(c.p[(k+1)%len(c.p)])
			// Inside is to the left of the way and n to the left of dir: along dir the
			// cell lies on the side of n.
			onLine[c.tag[k]] = append(onLine[c.tag[k]], edge{min(u0, u1), max(u0, u1), i, u1 > u0})
		}
	}
	var out []border
	for k, edges := range onLine {
		var cuts []float64
		for _, e := range edges {
			cuts = append(cuts, e.u0, e.u1)
		}
		slices.Sort(cuts)
		for i := 0; i+1 < len(cuts); i++ {
			if cuts[i+1]-cuts[i] < 1e-6 {
				continue
			}
			mid := (cuts[i] + cuts[i+1]) / 2
			b := border{line: k, u0: cuts[i], u1: cuts[i+1], pos: -1, neg: -1}
			for _, e := range edges {
				if e.u0 > mid || e.u1 < mid {
					continue
				}
				if e.pos {
					b.pos = e.cell
				} else {
					b.neg = e.cell
				}
			}
			if b.pos >= 0 || b.neg >= 0 {
				out = append(out, b)
			}
		}
	}
	return out
}

// rooms joins inside cells that no wall parts, and takes the outline of each set.
func (w *work) rooms(p *plan, st storey, floors []*face) []*space {
	root := make([]int, len(p.cells))
	for i := range root {
		root[i] = i
	}
	var top func(i int) int
	top = func(i int) int {
		if root[i] != i {
			root[i] = top(root[i])
		}
		return root[i]
	}
	list := p.borders()
	for i := range list {
		b := &list[i]
		if b.pos < 0 || b.neg < 0 {
			continue
		}
		under := min(height(st.ceilings[p.cells[b.pos].ceiling]), height(st.ceilings[p.cells[b.neg].ceiling]))
		// A wall parts two cells when it is measured right under the lower ceiling,
		// where doors do not reach.
		b.walled = p.lines[b.line].share(b.u0, b.u1, under-0.3) >= closedShare
		if !b.walled {
			i, j := top(b.pos), top(b.neg)
			root[max(i, j)] = min(i, j)
		}
	}
	bySpace := map[int]*space{}
	var out []*space
	for i, c := range p.cells {
		if !c.inside {
			continue
		}
		c.space = top(i)
		s := bySpace[c.space]
		if s == nil {
			s = &space{}
			bySpace[c.space] = s
			out = append(out, s)
		}
		s.cells = append(s.cells, c)
	}
	kept := out[:0]
	for _, s := range out {
		if s.outlineArea() < leastCeilingM2 {
			continue
		}
		s.takeCeilings(st)
		s.takeFloor(w, p, floors)
		s.takeOutline(p, list, w.scan != nil)
		if len(s.sides) >= 3 {
			kept = append(kept, s)
		}
	}
	return kept
}

// takeCeilings notes the ceiling over most of the room and the mean height.
func (s *space) takeCeilings(st storey) {
	area := make([]float64, len(st.ceilings))
	total, sum, px, covered := 0.0, 0.0, 0, 0
	for _, c := range s.cells {
		area[c.ceiling] += c.areaM2
		total += c.areaM2
		sum += c.areaM2 * height(st.ceilings[c.ceiling])
		px, covered = px+c.pixels, covered+c.covered
	}
	best := 0
	for k := range area {
		if area[k] > area[best] {
			best = k
		}
	}
	s.ceilFace = st.ceilings[best]
	s.zCeil, s.zCeilMean = height(s.ceilFace), sum/total
	s.zFloor = st.zFloor
	s.ceilSeen = float64(covered) / float64(max(px, 1))
}

// takeFloor finds the floor with the most measured area in the room among those
// near the storey's level.
func (s *space) takeFloor(w *work, p *plan, floors []*face) {
	mine := map[*cell]bool{}
	for _, c := range s.cells {
		mine[c] = true
	}
	for _, f := range floors {
		if z := height(f); z > s.zFloor+0.6 || z < s.zFloor-0.3 {
			continue
		}
		n := 0
		for _, v := range f.cells {
			if mine[p.cells[p.find(flat(w.cellCentre(v)))]] {
				n++
			}
		}
		if n > s.floorCells {
			s.floorFace, s.floorCells = f, n
		}
	}
	if float64(s.floorCells)*w.opts.VoxelM*w.opts.VoxelM < 0.1*s.outlineArea() {
		s.floorFace = nil
		s.open = append(s.open, recon.OpenSide{What: "floor", Seen: float64(s.floorCells) * w.opts.VoxelM * w.opts.VoxelM / s.outlineArea()})
		return
	}
	s.zFloor = height(s.floorFace)
}

// takeOutline chains the borders of the room's set of cells to loops, the outer one
// first. Where surfaces have a front, a wall that was seen from behind only does not
// close a room: its own face was not measured.
func (s *space) takeOutline(p *plan, list []border, fronts bool) {
	id := s.cells[0].space
	in := func(i int) bool { return i >= 0 && p.cells[i].space == id }
	type step struct {
		a, b point2
		line *line
		back bool
		used bool
	}
	var steps []*step
	at := map[[2]int64][]*step{}
	key := func(q point2) [2]int64 {
		return [2]int64{int64(math.Round(q[0] * 1e4)), int64(math.Round(q[1] * 1e4))}
	}
	for _, b := range list {
		l := p.lines[b.line]
		a, e := l.at(b.u0), l.at(b.u1)
		back := false
		switch {
		case in(b.pos) && !in(b.neg):
		case in(b.neg) && !in(b.pos):
			a, e, back = e, a, fronts
		default:
			continue
		}
		st := &step{a: a, b: e, line: l, back: back}
		steps = append(steps, st)
		at[key(a)] = append(at[key(a)], st)
	}
	next := func(st *step) *step {
		k := key(st.b)
		var best *step
		bestTurn := math.Inf(-1)
		for dx := int64(-1); dx <= 1; dx++ {
			for dy := int64(-1); dy <= 1; dy++ {
				for _, o := range at[[2]int64{k[0] + dx, k[1] + dy}] {
					d, e := point2{st.b[0] - st.a[0], st.b[1] - st.a[1]}, point2{o.b[0] - o.a[0], o.b[1] - o.a[1]}
					turn := math.Atan2(d[0]*e[1]-d[1]*e[0], d.dot(e))
					if !o.used && turn > bestTurn {
						best, bestTurn = o, turn
					}
				}
			}
		}
		return best
	}
	var loops [][]*side
	for _, st := range steps {
		var loop []*side
		for o := st; o != nil && !o.used; o = next(o) {
			o.used = true
			if n := len(loop); n > 0 && loop[n-1].line == o.line && loop[n-1].back == o.back {
				loop[n-1].b = o.b
				continue
			}
			loop = append(loop, &side{line: o.line, a: o.a, b: o.b, back: o.back})
		}
		if n := len(loop); n > 1 && loop[0].line == loop[n-1].line {
			loop[0].a = loop[n-1].a
			loop = loop[:n-1]
		}
		if len(loop) >= 3 {
			loops = append(loops, loop)
		}
	}
	slices.SortStableFunc(loops, func(a, b []*side) int {
		p, q := math.Abs(areaOf(cornersOf(a))), math.Abs(areaOf(cornersOf(b)))
		switch {
		case p > q:
			return -1
		case p < q:
			return 1
		}
		return 0
	})
	for k, loop := range loops {
		for _, sd := range loop {
			sd.loop = k
			sd.lengthM = sd.a.dist(sd.b)
			if !sd.back {
				sd.line = p.measured(sd)
			}
			sd.seen = sd.line.share(sd.line.u(sd.a), sd.line.u(sd.b), s.zFloor)
			if sd.back {
				sd.seen = 0
			}
			sd.known = sd.line.face != nil && sd.seen >= closedShare
			s.sides = append(s.sides, sd)
		}
	}
}

// measured is the line on which a side was measured most: walls of two rooms may lie
// on nearly one line, of which only one cut the plan.
func (p *plan) measured(sd *side) *line {
	best := sd.line
	share := best.share(best.u(sd.a), best.u(sd.b), math.Inf(-1))
	for _, l := range p.lines {
		if l.face == nil || l.n.dot(sd.line.n) < 0.9997 || math.Abs(l.side(sd.a)) > 0.03 || math.Abs(l.side(sd.b)) > 0.03 {
			continue
		}
		if s := l.share(l.u(sd.a), l.u(sd.b), math.Inf(-1)); s > share {
			best, share = l, s
		}
	}
	return best
}

func cornersOf(loop []*side) []point2 {
	var p []point2
	for _, s := range loop {
		p = append(p, s.a)
	}
	return p
}
