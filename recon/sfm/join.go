package sfm

import (
	"cmp"
	"slices"
)

const (
	joinShare     = 0.2 // of the smaller side's points, up to which a join of two sides is doubted
	joinPhotos    = 3   // least photos of a side
	joinConflicts = 30  // sightings that contradict it, at least
	joinCells     = 32  // cells along a picture's longer side in which depths are compared
	joinDepths    = 3   // points that say how deep a cell is
	joinTries     = 8   // divisions that are looked at
	joinDepth     = 1.2 // ratio of depths that are not one surface
)

// falseJoin finds two sets of photos that only few points hold together and whose
// points contradict each other: those of one lie in front of what photos of the
// other see, where they would hide it. That happens where two places have a like
// thing each and the model took the two for one (J. Heinly, E. Dunn and J.-M.
// Frahm, Correcting for duplicate scene structure in sparse 3D reconstruction,
// ECCV 2014). It returns the smaller set, nil where there is no such join.
func (g *growing) falseJoin() []bool {
	weak := g.weakSides()
	if len(weak) == 0 {
		return nil
	}
	depths := make([]cellDepths, len(g.photos))
	for i := range g.photos {
		if g.placed[i] {
			depths[i] = g.cellDepths(i)
		}
	}
	for _, side := range weak[:min(len(weak), joinTries)] {
		conflicts, fits := 0, 0
		for t := range g.pts {
			if !g.pts[t].ok {
				continue
			}
			of := g.sidesOf(t, side)
			if of == both {
				continue
			}
			for i := range g.photos {
				if !g.placed[i] || side[i] == (of == inside) {
					continue
				}
				switch g.stands(t, i, &depths[i]) {
				case inFront:
					conflicts++
				case onSurface:
					fits++
				}
			}
		}
		if conflicts >= joinConflicts && 2*conflicts > fits {
			return side
		}
	}
	return nil
}

// The sides of a division that see a point.
const (
	outside = iota
	inside
	both
)

func (g *growing) sidesOf(t int, side []bool) int {
	var seen [2]bool
	for k, in := range g.pts[t].in {
		if in {
			if side[g.tracks[t][k].photo] {
				seen[inside] = true
			} else {
				seen[outside] = true
			}
		}
	}
	switch {
	case seen[inside] && seen[outside]:
		return both
	case seen[inside]:
		return inside
	}
	return outside
}

// weakSides lists the divisions of the photos, along the edges of the tree of
// those that share most points, that few points hold together: the smaller side of
// each, the weakest first.
func (g *growing) weakSides() [][]bool {
	n := len(g.photos)
	shared := map[[2]int]int{}
	for t := range g.pts {
		if !g.pts[t].ok {
			continue
		}
		for i, a := range g.pts[t].in {
			for j := range i {
				if a && g.pts[t].in[j] {
					shared[[2]int{int(g.tracks[t][j].photo), int(g.tracks[t][i].photo)}]++
				}
			}
		}
	}
	edges := make([][2]int, 0, len(shared))
	for e := range shared {
		edges = append(edges, e)
	}
	slices.SortFunc(edges, func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(shared[b], shared[a]), slices.Compare(a[:], b[:]))
	})
	root := make([]int, n)
	for i := range root {
		root[i] = i
	}
	var find func(i int) int
	find = func(i int) int {
		if root[i] != i {
			root[i] = find(root[i])
		}
		return root[i]
	}
	near := make([][]int, n)
	var tree [][2]int
	for _, e := range edges {
		if a, b := find(e[0]), find(e[1]); a != b {
			root[a] = b
			tree = append(tree, e)
			near[e[0]], near[e[1]] = append(near[e[0]], e[1]), append(near[e[1]], e[0])
		}
	}
	slices.Reverse(tree)
	var out [][]bool
	for _, e := range tree {
		side, count := make([]bool, n), 0
		for queue := []int{e[0]}; len(queue) > 0; queue = queue[1:] {
			i := queue[0]
			if side[i] {
				continue
			}
			side[i] = true
			count++
			for _, j := range near[i] {
				if !side[j] && !(i == e[0] && j == e[1]) {
					queue = append(queue, j)
				}
			}
		}
		all := g.count()
		if min(count, all-count) < joinPhotos {
			continue
		}
		if count > all-count {
			for i := range side {
				side[i] = g.placed[i] && !side[i]
			}
		}
		var points [3]int
		for t := range g.pts {
			if g.pts[t].ok {
				points[g.sidesOf(t, side)]++
			}
		}
		if float64(points[both]) < joinShare*float64(min(points[inside], points[outside])) {
			out = append(out, side)
		}
	}
	return out
}

// cellDepths are the least and the largest depth of a photo's points in each cell
// of its picture, and their number.
type cellDepths struct {
	near, far [joinCells * joinCells]float64
	count     [joinCells * joinCells]int
}

func (g *growing) cell(photo int, x, y float64) int {
	cam := &g.cams[g.photos[photo].cam]
	s := joinCells / float64(max(cam.WidthPx, cam.HeightPx))
	return min(max(int(y*s), 0), joinCells-1)*joinCells + min(max(int(x*s), 0), joinCells-1)
}

func (g *growing) cellDepths(photo int) (d cellDepths) {
	for k, t := range g.trackOf[photo] {
		if t < 0 || !g.sees(int(t), photo) {
			continue
		}
		x, y := g.photos[photo].pixel(int32(k))
		c := g.cell(photo, x, y)
		z := g.poses[photo].Apply(g.pts[t].pos).Z
		if d.count[c] == 0 {
			d.near[c], d.far[c] = z, z
		}
		d.near[c], d.far[c] = min(d.near[c], z), max(d.far[c], z)
		d.count[c]++
	}
	return d
}

// sees reports whether a photo's sighting holds a point.
func (g *growing) sees(t, photo int) bool {
	if !g.pts[t].ok {
		return false
	}
	for k, r := range g.tracks[t] {
		if int(r.photo) == photo {
			return g.pts[t].in[k]
		}
	}
	return false
}

// Where a point stands against the surface that a photo sees at its place.
const (
	unknown = iota // behind it, out of the picture, or nothing is known there
	inFront
	onSurface
)

func (g *growing) stands(t, photo int, d *cellDepths) int {
	cam := &g.cams[g.photos[photo].cam]
	p := g.poses[photo].Apply(g.pts[t].pos)
	x, y, ok := cam.Project(p)
	if !ok || x < 0 || y < 0 || x >= float64(cam.WidthPx) || y >= float64(cam.HeightPx) {
		return unknown
	}
	c := g.cell(photo, x, y)
	switch {
	case d.count[c] < joinDepths:
		return unknown
	case p.Z*joinDepth < d.near[c]:
		return inFront
	case p.Z < d.far[c]*joinDepth:
		return onSurface
	}
	return unknown
}

// withoutSide takes the photos of a side out of the model; they can not come back.
func (g *growing) withoutSide(side []bool) {
	for i := range g.photos {
		if side[i] {
			g.unplace(i)
			g.barred[i] = true
		}
	}
	g.filter(nil)
}

// unplace takes a photo out of the model.
func (g *growing) unplace(photo int) {
	g.placed[photo], g.stale[photo] = false, true
	for k, t := range g.trackOf[photo] {
		if t < 0 {
			continue
		}
		for j, r := range g.tracks[t] {
			if r == (ref{int32(photo), int32(k)}) {
				g.pts[t].in[j] = false
			}
		}
	}
}
