package structure

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// space is a room while it is found and measured.
type space struct {
	name       string
	sides      []*side
	floorFace  *face
	ceilFace   *face
	floor      fitted
	ceiling    fitted
	zFloor     float64
	zCeil      float64 // of the ceiling over most of it
	zCeilMean  float64 // by area over all its ceilings
	cells      []*cell
	ceilSeen   float64
	open       []recon.OpenSide
	openPlan   []*side // sides that were not seen
	floorCells int
}

// side is one straight piece of a room's outline, the room to its left.
type side struct {
	line     *line
	a, b     point2
	loop     int
	back     bool // the line's face looks away from the room
	seen     float64
	fit      fitted
	known    bool
	bottom   r3.Vec // corner at its beginning
	top      r3.Vec
	lengthM  float64
	wallName string
}

const (
	leastRoomHeightM = 1.7
	leastCeilingM2   = 0.8
	tileM            = 0.2
	marginM          = 2.0
	pixelM           = 0.05
	steep            = 0.105 // sine of 6 degrees: the most that walls lean and floors slope
	// coveredShare of a cell must lie under a measured ceiling for the cell to be
	// inside, closedShare of a wall's length be measured for it to close a room.
	coveredShare = 0.35
	closedShare  = 0.6
)

type tile [2]int32

func (w *work) tiles(f *face) map[tile]int {
	m := map[tile]int{}
	for _, c := range f.cells {
		p := w.cellCentre(c)
		m[tile{int32(math.Floor(p.X / tileM)), int32(math.Floor(p.Y / tileM))}]++
	}
	return m
}

func overlap(a, b map[tile]int) int {
	n := 0
	for t := range a {
		if b[t] > 0 {
			n++
		}
	}
	return n
}

func height(f *face) float64 { return centreOf(&f.m).Z }

// storey is a floor level with the ceilings above it.
type storey struct {
	zFloor   float64
	ceilings []*face
}

// storeys pairs every ceiling with the lowest floor under it that no other ceiling
// lies above.
func (w *work) storeys() (list []storey, floors []*face) {
	var ceilings []*face
	for _, f := range w.faces {
		if math.Abs(f.plane.Normal.Z) < math.Sqrt(1-steep*steep) || f.areaM < leastCeilingM2 {
			continue
		}
		if w.scan == nil || f.plane.Normal.Z < 0 {
			ceilings = append(ceilings, f)
		}
		if w.scan == nil || f.plane.Normal.Z > 0 {
			floors = append(floors, f)
		}
	}
	tiles := map[*face]map[tile]int{}
	for _, f := range append(slices.Clone(ceilings), floors...) {
		if tiles[f] == nil {
			tiles[f] = w.tiles(f)
		}
	}
	type pair struct {
		c *face
		z float64
	}
	var pairs []pair
	for _, c := range ceilings {
		var best *face
		for _, f := range floors {
			if height(c)-height(f) < leastRoomHeightM || best != nil && height(f) >= height(best) {
				continue
			}
			if 4*overlap(tiles[c], tiles[f]) < len(tiles[c]) {
				continue
			}
			between := false
			for _, o := range ceilings {
				if o != c && height(o) > height(f)+leastRoomHeightM && height(o) < height(c)-leastRoomHeightM && 4*overlap(tiles[c], tiles[o]) >= len(tiles[c]) {
					between = true
				}
			}
			if !between {
				best = f
			}
		}
		if best != nil {
			pairs = append(pairs, pair{c, height(best)})
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		switch {
		case a.z < b.z:
			return -1
		case a.z > b.z:
			return 1
		}
		return 0
	})
	for _, p := range pairs {
		if n := len(list); n > 0 && p.z-list[n-1].zFloor < 0.6 {
			list[n-1].ceilings = append(list[n-1].ceilings, p.c)
			continue
		}
		list = append(list, storey{zFloor: p.z, ceilings: []*face{p.c}})
	}
	return list, floors
}

// findSpaces finds the rooms of every storey, lowest first, and in a storey by
// the size of their outline.
func (w *work) findSpaces(ctx context.Context) ([]*space, error) {
	list, floors := w.storeys()
	var all []*space
	for _, st := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		spaces := w.storeySpaces(st, floors)
		slices.SortStableFunc(spaces, func(a, b *space) int {
			p, q := a.outlineArea(), b.outlineArea()
			switch {
			case p > q:
				return -1
			case p < q:
				return 1
			}
			return 0
		})
		all = append(all, spaces...)
	}
	for i, s := range all {
		s.name = roomName(i)
	}
	return all, nil
}

// roomName counts A to Z, then A2 and so on.
func roomName(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return fmt.Sprintf("%c%d", 'A'+i%26, i/26+1)
}

func (s *space) outlineArea() float64 {
	a := 0.0
	for _, c := range s.cells {
		a += c.areaM2
	}
	return a
}

func (w *work) storeySpaces(st storey, floors []*face) []*space {
	low, high := math.Inf(1), math.Inf(-1)
	lo, hi := point2{math.Inf(1), math.Inf(1)}, point2{math.Inf(-1), math.Inf(-1)}
	for _, c := range st.ceilings {
		low, high = min(low, height(c)), max(high, height(c))
		lo = point2{min(lo[0], c.lo.X), min(lo[1], c.lo.Y)}
		hi = point2{max(hi[0], c.hi.X), max(hi[1], c.hi.Y)}
	}
	// Ceilings are sparse far from the scanner: rooms may reach further.
	lo, hi = point2{lo[0] - marginM, lo[1] - marginM}, point2{hi[0] + marginM, hi[1] + marginM}
	lines := w.wallLines(st.zFloor, low, high, lo, hi)
	p := cutPlan(lo, hi, lines)
	w.cover(p, st.ceilings, lo, hi)
	return w.rooms(p, st, floors)
}

// wallLines are the walls that reach up to the ceilings, largest first; of two
// that nearly coincide the larger stands for both.
func (w *work) wallLines(zFloor, low, high float64, lo, hi point2) []*line {
	var lines []*line
	for _, f := range w.faces {
		n := f.plane.Normal
		if math.Abs(n.Z) > steep || f.hi.Z < low-0.35 || f.lo.Z > high || f.hi.Z-f.lo.Z < 0.3 {
			continue
		}
		if f.hi.X < lo[0] || f.lo.X > hi[0] || f.hi.Y < lo[1] || f.lo.Y > hi[1] {
			continue
		}
		l := w.lineOf(f, (zFloor+low)/2)
		same := false
		for _, o := range lines {
			turn := l.n.dot(o.n)
			if w.scan == nil {
				turn = math.Abs(turn)
			}
			if turn < 0.9997 { // 1.4 degrees
				continue
			}
			mid := l.at((l.u0 + l.u1) / 2)
			if math.Abs(o.side(mid)) > 0.03 || o.u(mid) < o.u0-beyondM || o.u(mid) > o.u1+beyondM {
				continue
			}
			w.columns(o, f)
			same = true
			break
		}
		if !same {
			lines = append(lines, l)
		}
	}
	return lines
}

// cover finds how much of each cell lies under a measured ceiling. A ceiling's
// points count for the cell that they lie in and no other: what lies on the far
// side of a thin wall is not under it.
func (w *work) cover(p *plan, ceilings []*face, lo, hi point2) {
	nx, ny := int((hi[0]-lo[0])/pixelM)+1, int((hi[1]-lo[1])/pixelM)+1
	cellOf := make([]int32, nx*ny)
	for y := range ny {
		for x := range nx {
			c := p.find(point2{lo[0] + (float64(x)+0.5)*pixelM, lo[1] + (float64(y)+0.5)*pixelM})
			cellOf[y*nx+x] = int32(c)
			p.cells[c].pixels++
		}
	}
	marked := make([]bool, nx*ny)
	points, area := make([]int, len(p.cells)), 0.0
	total := 0
	const reach = 2 // pixels around a measured place that count as measured
	for k, f := range ceilings {
		area += f.areaM
		for _, v := range f.cells {
			q := flat(w.cellCentre(v))
			c := p.find(q)
			p.cells[c].votes[k]++
			points[c] += len(w.vox.points(v))
			total += len(w.vox.points(v))
			px, py := int((q[0]-lo[0])/pixelM), int((q[1]-lo[1])/pixelM)
			for y := max(py-reach, 0); y <= min(py+reach, ny-1); y++ {
				for x := max(px-reach, 0); x <= min(px+reach, nx-1); x++ {
					if i := y*nx + x; int(cellOf[i]) == c && !marked[i] {
						marked[i] = true
						p.cells[c].covered++
					}
				}
			}
		}
	}
	perM2 := float64(total) / area
	for i, c := range p.cells {
		if c.pixels >= 4 {
			c.inside = float64(c.covered) >= coveredShare*float64(c.pixels)
		} else { // a sliver between two lines
			c.inside = points[i] > 0 && float64(points[i]) >= 0.3*perM2*c.areaM2
		}
		best := 0
		for k := range ceilings {
			if n := c.votes[k]; n > best {
				best, c.ceiling = n, k
			}
		}
	}
}
