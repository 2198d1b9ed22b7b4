package structure

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// point2 is a place in plan, in the levelled frame.
type point2 [2]float64

func (a point2) add(b point2, s float64) point2 { return point2{a[0] + s*b[0], a[1] + s*b[1]} }
func (a point2) dot(b point2) float64           { return a[0]*b[0] + a[1]*b[1] }
func (a point2) dist(b point2) float64          { return math.Hypot(a[0]-b[0], a[1]-b[1]) }

// line is a wall in plan: n.p = d, with n to the side that it was seen from. u runs
// along dir, the seen side to its left.
type line struct {
	n, dir point2
	d      float64
	u0, u1 float64 // extent of what was measured
	face   *face   // the largest of its faces; nil for a bound of the plan
	seen   []column
	seen0  int // number of the first column
}

// column is what was measured of a wall in one tenth of a metre of its length.
type column struct {
	cells  int
	zl, zh float64
}

const (
	columnM = 0.1
	// beyondM is how far a wall's line cuts the plan beyond what was measured of it:
	// furniture hides the corners.
	beyondM = 1.0
)

func (l *line) u(p point2) float64    { return l.dir.dot(p) }
func (l *line) side(p point2) float64 { return l.n.dot(p) - l.d }
func (l *line) at(u float64) point2 {
	return point2{l.n[0]*l.d + l.dir[0]*u, l.n[1]*l.d + l.dir[1]*u}
}

// lineOf takes a wall into plan at a height.
func (w *work) lineOf(f *face, z float64) *line {
	h := math.Hypot(f.plane.Normal.X, f.plane.Normal.Y)
	l := &line{face: f, n: point2{f.plane.Normal.X / h, f.plane.Normal.Y / h}, d: (f.plane.Offset - f.plane.Normal.Z*z) / h}
	l.dir = point2{l.n[1], -l.n[0]}
	l.u0, l.u1 = math.Inf(1), math.Inf(-1)
	w.columns(l, f)
	return l
}

// columns counts a face's voxels into a line.
func (w *work) columns(l *line, f *face) {
	u0, u1 := l.u0, l.u1
	for _, c := range f.cells {
		u := l.u(flat(w.cellCentre(c)))
		u0, u1 = min(u0, u), max(u1, u)
	}
	first := int(math.Floor(u0 / columnM))
	seen := make([]column, int(math.Floor(u1/columnM))-first+1)
	for i, s := range l.seen {
		seen[l.seen0+i-first] = s
	}
	for _, c := range f.cells {
		p := w.cellCentre(c)
		s := &seen[int(math.Floor(l.u(flat(p))/columnM))-first]
		if s.cells++; s.cells == 1 {
			s.zl, s.zh = p.Z, p.Z
		}
		s.zl, s.zh = min(s.zl, p.Z), max(s.zh, p.Z)
	}
	l.u0, l.u1, l.seen, l.seen0 = u0, u1, seen, first
}

// share is how much of [u0, u1] has a measured column that reaches above z.
func (l *line) share(u0, u1, above float64) float64 {
	if u1 < u0 {
		u0, u1 = u1, u0
	}
	if l.face == nil || u1 <= u0 {
		return 0
	}
	// A voxel's columns next to it count: the ends of walls have no whole voxel.
	got, n := 0, 0
	for u := u0 + columnM/4; u < u1; u += columnM / 2 {
		n++
		k := int(math.Floor(u/columnM)) - l.seen0
		for d := -1; d <= 1; d++ {
			if k+d >= 0 && k+d < len(l.seen) && l.seen[k+d].cells > 0 && l.seen[k+d].zh >= above {
				got++
				break
			}
		}
	}
	return float64(got) / float64(max(n, 1))
}

func flat(p r3.Vec) point2 { return point2{p.X, p.Y} }

// cellCentre is the mean of a voxel's points.
func (w *work) cellCentre(c int32) r3.Vec {
	var s r3.Vec
	list := w.vox.points(c)
	for _, i := range list {
		s = r3.Add(s, w.at(i))
	}
	return r3.Scale(1/float64(len(list)), s)
}

// cell is a convex piece of the plan; edge i goes from corner i to i+1, inside to
// its left, along line tag[i].
type cell struct {
	p       []point2
	tag     []int
	areaM2  float64
	pixels  int
	covered int
	votes   map[int]int // voxels of each ceiling over it
	inside  bool
	ceiling int
	space   int // root of its set
}

// knot is a node of the tree that cuts the plan.
type knot struct {
	line     int // -1 at a leaf
	cell     int
	pos, neg *knot
}

// plan is the cut of a storey.
type plan struct {
	lines []*line
	cells []*cell
	root  *knot
}

// cutPlan cuts a rectangle by the lines of walls. The rectangle's sides become
// lines without a face.
func cutPlan(lo, hi point2, lines []*line) *plan {
	p := &plan{lines: lines}
	bounds := len(lines)
	for _, b := range []struct {
		n point2
		d float64
	}{{point2{0, 1}, lo[1]}, {point2{-1, 0}, -hi[0]}, {point2{0, -1}, -hi[1]}, {point2{1, 0}, lo[0]}} {
		l := &line{n: b.n, d: b.d}
		l.dir = point2{l.n[1], -l.n[0]}
		p.lines = append(p.lines, l)
	}
	all := &cell{p: []point2{lo, {hi[0], lo[1]}, hi, {lo[0], hi[1]}}, tag: []int{bounds, bounds + 1, bounds + 2, bounds + 3}}
	p.root = p.cut(all, lines, 0)
	return p
}

func (p *plan) cut(c *cell, lines []*line, from int) *knot {
	for k := from; k < len(lines); k++ {
		pos, neg, u0, u1 := c.split(lines[k], k)
		if pos == nil || neg == nil {
			continue
		}
		if l := lines[k]; u1 < l.u0-beyondM || u0 > l.u1+beyondM {
			continue
		}
		return &knot{line: k, pos: p.cut(pos, lines, k+1), neg: p.cut(neg, lines, k+1)}
	}
	c.areaM2 = areaOf(c.p)
	c.votes = map[int]int{}
	p.cells = append(p.cells, c)
	return &knot{line: -1, cell: len(p.cells) - 1}
}

// split cuts a convex cell; nil when the line misses it. u0..u1 is the chord.
func (c *cell) split(l *line, tag int) (pos, neg *cell, u0, u1 float64) {
	const eps = 1e-7
	n := len(c.p)
	s := make([]float64, n)
	left, right := false, false
	for i, q := range c.p {
		if s[i] = l.side(q); math.Abs(s[i]) < eps {
			s[i] = 0
		}
		left, right = left || s[i] > 0, right || s[i] < 0
	}
	if !left || !right {
		return nil, nil, 0, 0
	}
	u0, u1 = math.Inf(1), math.Inf(-1)
	pos, neg = &cell{}, &cell{}
	put := func(to *cell, q point2, t int) { to.p, to.tag = append(to.p, q), append(to.tag, t) }
	for i, q := range c.p {
		j := (i + 1) % n
		switch {
		case s[i] == 0: // a corner on the line
			u := l.u(q)
			u0, u1 = min(u0, u), max(u1, u)
			// The edge that leaves here belongs to the side of the next corner.
			if s[j] > 0 {
				put(pos, q, c.tag[i])
				put(neg, q, tag)
			} else {
				put(neg, q, c.tag[i])
				put(pos, q, tag)
			}
		case s[i] > 0:
			put(pos, q, c.tag[i])
		default:
			put(neg, q, c.tag[i])
		}
		if s[i]*s[j] < 0 {
			t := s[i] / (s[i] - s[j])
			m := point2{q[0] + t*(c.p[j][0]-q[0]), q[1] + t*(c.p[j][1]-q[1])}
			u := l.u(m)
			u0, u1 = min(u0, u), max(u1, u)
			if s[i] > 0 {
				put(pos, m, tag)
				put(neg, m, c.tag[i])
			} else {
				put(neg, m, tag)
				put(pos, m, c.tag[i])
			}
		}
	}
	return pos, neg, u0, u1
}

// find is the number of the cell at a place; places outside count to the nearest
// cells of the rim.
func (p *plan) find(q point2) int {
	k := p.root
	for k.line >= 0 {
		if p.lines[k.line].side(q) > 0 {
			k = k.pos
		} else {
			k = k.neg
		}
	}
	return k.cell
}

// areaOf is the area of a polygon, positive counter-clockwise.
func areaOf(p []point2) float64 {
	a := 0.0
	for i, q := range p {
		r := p[(i+1)%len(p)]
		a += q[0]*r[1] - q[1]*r[0]
	}
	return a / 2
}
