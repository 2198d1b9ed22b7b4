package blocks

import (
	"fmt"
	"sort"

	"firescene/recon"
)

// leastCells is how many cells with points make a piece of furniture; fewer are noise or
// what is too small to move a fire.
const leastCells = 8

// furnish finds what stands in the rooms.
func (g *grid) furnish(plans []plan, cloud *recon.Cloud, o Options) {
	m := g.m
	n := len(g.gas)
	hits := make([]int32, n)
	floor := make([]int32, m.Cells[0]*m.Cells[1]) // points on the floor, by column
	for i := range cloud.Len() {
		q := m.Local(cloud.At(i))
		c := [3]int{g.index(0, q[0]), g.index(1, q[1]), g.index(2, q[2])}
		if c[0] < 0 || c[1] < 0 || c[0] >= m.Cells[0] || c[1] >= m.Cells[1] || c[2] < -1 || c[2] >= m.Cells[2] {
			continue
		}
		at := g.at(c[0], c[1], max(c[2], 0))
		r := int(g.room[at])
		if r == 0 {
			continue
		}
		p := &plans[r-1]
		switch {
		case q[2] < p.z0+o.ClearM && q[2] > p.z0-o.ClearM:
			floor[c[1]*m.Cells[0]+c[0]]++
		case q[2] < p.z0 || q[2] > p.z1-o.ClearM:
		default:
			if in, clear := p.holds(q[0], q[1]); in && clear > o.ClearM {
				hits[at]++
			}
		}
	}
	full := func(c int) bool { return hits[c] >= int32(o.LeastPoints) && g.room[c] > 0 && g.gas[c] }
	piece := make([]int32, n) // 1 + index
	var found [][]int
	for c := range n {
		if piece[c] != 0 || !full(c) {
			continue
		}
		id := int32(len(found) + 1)
		list := []int{c}
		piece[c] = id
		for h := 0; h < len(list); h++ {
			g.around(list[h], func(next int) {
				if piece[next] == 0 && full(next) && g.room[next] == g.room[c] {
					piece[next] = id
					list = append(list, next)
				}
			})
		}
		found = append(found, list)
	}
	small := 0
	sort.SliceStable(found, func(a, b int) bool { return len(found[a]) > len(found[b]) })
	for _, list := range found {
		if len(list) < leastCells {
			small++
			continue
		}
		m.Pieces = append(m.Pieces, g.piece(list, hits, floor, plans))
	}
	if small > 0 {
		m.note("%d groups of points of fewer than %d cells are left out", small, leastCells)
	}
}

// around calls f for the up to 26 cells about one.
func (g *grid) around(c int, f func(next int)) {
	n := g.m.Cells
	i, j, k := c%n[0], c/n[0]%n[1], c/(n[0]*n[1])
	for z := max(0, k-1); z <= min(n[2]-1, k+1); z++ {
		for y := max(0, j-1); y <= min(n[1]-1, j+1); y++ {
			for x := max(0, i-1); x <= min(n[0]-1, i+1); x++ {
				if next := g.at(x, y, z); next != c {
					f(next)
				}
			}
		}
	}
}

// piece fills the columns of a group of cells: between its points, and down to the floor
// where that was not seen.
func (g *grid) piece(list []int, hits, floor []int32, plans []plan) Piece {
	m := g.m
	nx, ny := m.Cells[0], m.Cells[1]
	lo, hi := map[int]int{}, map[int]int{}
	p := Piece{Room: plans[g.room[list[0]]-1].name, Name: fmt.Sprintf("piece %d", len(m.Pieces)+1)}
	for _, c := range list {
		col, k := c%(nx*ny), c/(nx*ny)
		if v, ok := lo[col]; !ok || k < v {
			lo[col] = k
		}
		if v, ok := hi[col]; !ok || k > v {
			hi[col] = k
		}
		p.Points += int(hits[c])
	}
	first := max(0, g.index(2, plans[g.room[list[0]]-1].z0+g.d[2]/2))
	fill := map[int]bool{}
	for col := range lo {
		from := lo[col]
		if floor[col] == 0 {
			from = min(from, first)
		}
		for k := from; k <= hi[col]; k++ {
			if c := k*nx*ny + col; g.gas[c] {
				fill[c] = true
			}
		}
	}
	p.Boxes = merged(g, func(c int) bool { return fill[c] })
	p.Measured = float64(len(list)) / float64(max(1, len(fill)))
	for n, b := range p.Boxes {
		if n == 0 {
			p.Box = b
		}
		for a := range 3 {
			p.Box[2*a], p.Box[2*a+1] = min(p.Box[2*a], b[2*a]), max(p.Box[2*a+1], b[2*a+1])
		}
	}
	return p
}
