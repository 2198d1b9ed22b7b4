package fdscase

import (
	"fmt"
	"math"
	"sort"

	"firescene/formats"
	"firescene/formats/fds"
	"firescene/recon/field"
)

// mostCopies bounds what &MULT makes of one record and of all of a kind.
const mostCopies = 200000

// mostMeshes bounds the meshes, copies included.
const mostMeshes = 2000

// copies are the boxes that a record stands for.
func (b *builder) copies(box fds.Box, mult string, line int) ([]field.Box, error) {
	if mult == "" {
		return []field.Box{field.Box(box)}, nil
	}
	for i := range b.in.Mults {
		m := &b.in.Mults[i]
		if m.ID != mult {
			continue
		}
		var out []field.Box
		if m.ByCount {
			for n := m.NLo; n <= m.NHi; n++ {
				c := field.Box(box)
				for k := range c {
					c[k] += m.D0[k/2] + float64(n)*m.DBox[k]
				}
				out = append(out, c)
			}
			return out, nil
		}
		if n := (m.Hi[0] - m.Lo[0] + 1) * (m.Hi[1] - m.Lo[1] + 1) * (m.Hi[2] - m.Lo[2] + 1); n > mostCopies || n < 0 {
			return nil, &formats.UnsupportedError{Format: fds.Format, Offset: -1, Feature: fmt.Sprintf("line %d: more than %d copies of one record", line, mostCopies), Next: "make fewer"}
		}
		for k := m.Lo[2]; k <= m.Hi[2]; k++ {
			for j := m.Lo[1]; j <= m.Hi[1]; j++ {
				for i := m.Lo[0]; i <= m.Hi[0]; i++ {
					c := field.Box(box)
					for a, n := range [3]int{i, j, k} {
						d := m.D0[a] + float64(n)*m.D[a]
						c[2*a] += d
						c[2*a+1] += d
					}
					out = append(out, c)
				}
			}
		}
		return out, nil
	}
	return nil, bad(line, "add the &MULT, or take MULT_ID out", "there is no &MULT '%s'", mult)
}

// meshes merges the meshes into one grid.
func (b *builder) meshes() error {
	s := b.c.Scene
	first := true
	var stated [][3]float64
	for i := range b.in.Meshes {
		m := &b.in.Meshes[i]
		boxes, err := b.copies(m.Box, m.Mult, m.Line)
		if err != nil {
			return err
		}
		if len(b.boxes)+len(boxes) > mostMeshes {
			return &formats.UnsupportedError{Format: fds.Format, Offset: -1, Feature: fmt.Sprintf("more than %d meshes", mostMeshes), Next: "join meshes"}
		}
		var d [3]float64
		for a := range d {
			d[a] = (m.Box[2*a+1] - m.Box[2*a]) / float64(m.Cells[a])
		}
		stated = append(stated, d)
		for _, c := range boxes {
			b.boxes = append(b.boxes, c)
			for a := range 3 {
				if first {
					b.cell[a], s.Box[2*a], s.Box[2*a+1] = d[a], c[2*a], c[2*a+1]
				}
				b.cell[a] = min(b.cell[a], d[a])
				s.Box[2*a], s.Box[2*a+1] = min(s.Box[2*a], c[2*a]), max(s.Box[2*a+1], c[2*a+1])
			}
			first = false
		}
	}
	if b.o.CellM > 0 {
		b.cell = [3]float64{b.o.CellM, b.o.CellM, b.o.CellM}
		b.note(0, "cells", "of %g m, as asked for, in the place of the input's", b.o.CellM)
	}
	total := 1.0
	for a := range 3 {
		length := s.Box[2*a+1] - s.Box[2*a]
		n := max(1, math.Round(length/b.cell[a]))
		total *= n
		s.Cells[a] = int(min(n, 1e9))
		b.cell[a] = length / n
	}
	if total > float64(b.o.MaxCells) {
		scale := math.Cbrt(total / float64(b.o.MaxCells))
		return &formats.UnsupportedError{Format: fds.Format, Offset: -1, Feature: fmt.Sprintf("%d meshes make one grid of %.0f cells, and the limit is %d", len(b.boxes), total, b.o.MaxCells),
			Next: fmt.Sprintf("ask for larger cells, from %.2g m on, or raise the limit", 1.02*scale*math.Cbrt(b.cell[0]*b.cell[1]*b.cell[2]))}
	}
	if len(b.boxes) > 1 {
		b.note(b.in.Meshes[0].Line, "&MESH", "%d meshes are merged into one grid of %d x %d x %d = %.0f cells", len(b.boxes), s.Cells[0], s.Cells[1], s.Cells[2], total)
	}
	if b.o.CellM == 0 {
		for i, d := range stated {
			for a := range d {
				if d[a] > 1.01*b.cell[a] {
					b.note(b.in.Meshes[i].Line, "&MESH "+b.in.Meshes[i].ID, "its cells of %.3g m along %c become %.3g m, the finest there", d[a], 'x'+a, b.cell[a])
					break
				}
			}
		}
	}
	return nil
}

// near is the tolerance within which places are the same.
func (b *builder) near() float64 { return 1e-3 * min(b.cell[0], b.cell[1], b.cell[2]) }

// snap moves a box to the nearest borders of cells within the region. ok is false
// when nothing of it lies in the region.
func (b *builder) snap(box field.Box) (out field.Box, ok bool) {
	s := b.c.Scene
	for a := range 3 {
		lo, hi := s.Box[2*a], s.Box[2*a+1]
		if box[2*a] > hi+b.near() || box[2*a+1] < lo-b.near() {
			return out, false
		}
		for k := 2 * a; k < 2*a+2; k++ {
			n := math.Round((box[k]-lo)/b.cell[a] + 1e-9)
			n = max(0, min(float64(s.Cells[a]), n))
			out[k] = lo + n*b.cell[a]
			if n == float64(s.Cells[a]) {
				out[k] = hi
			}
		}
	}
	return out, true
}

// move is snap, and keeps count of how far things are moved.
func (b *builder) move(box field.Box, line int) (field.Box, bool) {
	out, ok := b.snap(box)
	if !ok {
		return out, false
	}
	most := 0.0
	for k := range box {
		inside := box[k] >= b.c.Scene.Box[k&^1] && box[k] <= b.c.Scene.Box[k|1]
		if d := math.Abs(out[k] - box[k]); inside && d > most {
			most = d
		}
	}
	if most > b.near() {
		b.moved++
		if most > b.mostMoved {
			b.mostMoved, b.mostLine = most, line
		}
	}
	return out, true
}

// voids fills what lies in no mesh with solids, or leaves it open where the input
// opens a mesh towards it.
func (b *builder) voids() error {
	if len(b.boxes) < 2 {
		return nil
	}
	s := b.c.Scene
	var cuts [3][]float64
	for a := range 3 {
		for _, m := range b.boxes {
			cuts[a] = append(cuts[a], m[2*a], m[2*a+1])
		}
		sort.Float64s(cuts[a])
		keep := cuts[a][:1]
		for _, v := range cuts[a] {
			if v > keep[len(keep)-1]+b.near() {
				keep = append(keep, v)
			}
		}
		cuts[a] = keep
	}
	n := [3]int{len(cuts[0]) - 1, len(cuts[1]) - 1, len(cuts[2]) - 1}
	if n[0]*n[1]*n[2]*len(b.boxes) > 1<<28 {
		return &formats.UnsupportedError{Format: fds.Format, Offset: -1, Feature: fmt.Sprintf("%d meshes that lie irregularly", len(b.boxes)), Next: "join meshes"}
	}
	inMesh := func(p [3]float64) bool {
		for _, m := range b.boxes {
			if p[0] > m[0] && p[0] < m[1] && p[1] > m[2] && p[1] < m[3] && p[2] > m[4] && p[2] < m[5] {
				return true
			}
		}
		return false
	}
	var void []field.Box
	for k := range n[2] {
		for j := range n[1] {
			from := -1
			for i := 0; i <= n[0]; i++ {
				empty := i < n[0] && !inMesh([3]float64{(cuts[0][i] + cuts[0][i+1]) / 2, (cuts[1][j] + cuts[1][j+1]) / 2, (cuts[2][k] + cuts[2][k+1]) / 2})
				if empty && from < 0 {
					from = i
				}
				if !empty && from >= 0 {
					void = append(void, field.Box{cuts[0][from], cuts[0][i], cuts[1][j], cuts[1][j+1], cuts[2][k], cuts[2][k+1]})
					from = -1
				}
			}
		}
	}
	if len(void) == 0 {
		return nil
	}
	for i := range b.in.Vents { // does the input open a mesh towards it?
		v := &b.in.Vents[i]
		if v.Surface == "OPEN" && b.opensInside(v) {
			b.openVoid = true
		}
	}
	if b.openVoid {
		b.note(b.in.Meshes[0].Line, "&MESH", "the meshes leave room in their common box and open towards it: there the run has air in place of FDS's border, which is closer to nature")
	} else {
		b.note(b.in.Meshes[0].Line, "&MESH", "the meshes leave room in their common box; it is solid")
	}
	for i, v := range void {
		box, ok := b.snap(v)
		if !ok {
			continue
		}
		if !b.openVoid {
			s.Obstructions = append(s.Obstructions, field.Obstruction{Name: fmt.Sprintf("outside the meshes %d", i+1), Box: box, Surfaces: b.all(b.byDefault)})
			continue
		}
		for side := range 6 {
			if math.Abs(box[side]-s.Box[side]) > b.near() {
				continue
			}
			open := box
			open[side^1] = open[side]
			s.Vents = append(s.Vents, field.Vent{Name: fmt.Sprintf("outside the meshes %d", i+1), Kind: field.Open, Box: open, Surface: field.Ambient})
		}
	}
	return nil
}

// opensInside reports whether a vent lies on the border of a mesh that is not the
// border of the region.
func (b *builder) opensInside(v *fds.Vent) bool {
	for _, r := range b.planes(v) {
		if b.side(r) < 0 {
			return true
		}
	}
	return false
}

// side is the border of the region that a plane lies on, or -1.
func (b *builder) side(r field.Box) int {
	for side := range 6 {
		if math.Abs(r[side&^1]-b.c.Scene.Box[side]) < b.near() && math.Abs(r[side|1]-b.c.Scene.Box[side]) < b.near() {
			return side
		}
	}
	return -1
}

func (b *builder) all(surface int) [6]int {
	return [6]int{surface, surface, surface, surface, surface, surface}
}
