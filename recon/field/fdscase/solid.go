package fdscase

import (
	"fmt"
	"math"

	"firescene/formats"
	"firescene/formats/fds"
	"firescene/recon/field"
)

// opening is one copy of a hole.
type opening struct {
	h     *fds.Hole
	box   field.Box
	there *field.Schedule // of the block that fills it; nil: always open
}

// piece is what is left of a block.
type piece struct {
	box   field.Box
	there field.Schedule
}

// obstructions makes the blocks, holes cut out of them.
func (b *builder) obstructions() error {
	var holes []opening
	for i := range b.in.Holes {
		h := &b.in.Holes[i]
		boxes, err := b.copies(h.Box, h.Mult, h.Line)
		if err != nil {
			return err
		}
		var fills *field.Schedule
		if h.When != (fds.When{}) {
			there, err := b.schedule(h.When, h.Line, "&HOLE '"+h.ID+"'")
			if err != nil {
				return err
			}
			there.StartsOff = !there.StartsOff // the block is there while the hole is not
			fills = &there
		}
		for _, box := range boxes {
			holes = append(holes, opening{h, box, fills})
		}
	}
	for i := range b.in.Obstructions {
		o := &b.in.Obstructions[i]
		if err := b.obstruction(o, holes); err != nil {
			return err
		}
	}
	if b.moved > 0 {
		b.note(b.mostLine, "blocks", "%d were moved to the borders of cells, by %.3g m at most (in this line)", b.moved, b.mostMoved)
	}
	return nil
}

func (b *builder) obstruction(o *fds.Obst, holes []opening) error {
	s := b.c.Scene
	where := "&OBST '" + o.ID + "'"
	boxes, err := b.copies(o.Box, o.Mult, o.Line)
	if err != nil {
		return err
	}
	there, err := b.schedule(o.When, o.Line, where)
	if err != nil {
		return err
	}
	var surfaces [6]int
	for side, id := range o.Surfaces {
		if surfaces[side], err = b.surface(id, o.Line); err != nil {
			return err
		}
	}
	if b.cuts += len(boxes) * len(holes); b.cuts > mostCuts {
		return &formats.UnsupportedError{Format: fds.Format, Offset: -1, Feature: fmt.Sprintf("blocks times holes above %d", mostCuts), Next: "make fewer"}
	}
	outside := 0
	for n, box := range boxes {
		name := o.ID
		if name == "" {
			name = fmt.Sprintf("line %d", o.Line)
		}
		if len(boxes) > 1 {
			name += fmt.Sprintf(" copy %d", n+1)
		}
		if _, ok := b.snap(box); !ok {
			outside++
			continue
		}
		pieces := []piece{{box, there}}
		if !o.NoHoles {
			for k := range holes {
				if pieces, err = cutOut(pieces, &holes[k], o.Line); err != nil {
					return err
				}
			}
		}
		for _, p := range pieces {
			moved, ok := b.move(p.box, o.Line)
			if !ok {
				continue
			}
			if o.Thicken {
				b.thicken(&moved, p.box)
			}
			if lines(moved) {
				continue // a piece that is a line or a point is nothing
			}
			s.Obstructions = append(s.Obstructions, field.Obstruction{Name: name, Box: moved, Surfaces: b.keepHeat(surfaces, p.box, moved, o.Line, where), There: p.there})
			if len(s.Obstructions) > mostCopies {
				return &formats.UnsupportedError{Format: fds.Format, Offset: -1, Feature: fmt.Sprintf("more than %d blocks", mostCopies), Next: "make fewer"}
			}
		}
	}
	if outside > 0 {
		b.note(o.Line, where, "%d of %d lie outside all meshes and are left out", outside, len(boxes))
	}
	return nil
}

// mostCuts bounds blocks times holes.
const mostCuts = 20000000

// lines reports whether a box is flat in two directions or more.
func lines(b field.Box) bool {
	flat := 0
	for a := range 3 {
		if b[2*a+1] <= b[2*a] {
			flat++
		}
	}
	return flat >= 2
}

// thicken makes a plate one cell thick.
func (b *builder) thicken(moved *field.Box, exact field.Box) {
	s := b.c.Scene
	for a := range 3 {
		if moved[2*a] < moved[2*a+1] {
			continue
		}
		mid := (exact[2*a] + exact[2*a+1]) / 2
		n := math.Floor((mid-s.Box[2*a])/b.cell[a] + 1e-9)
		n = max(0, min(float64(s.Cells[a]-1), n))
		moved[2*a], moved[2*a+1] = s.Box[2*a]+n*b.cell[a], s.Box[2*a]+(n+1)*b.cell[a]
	}
}

// keepHeat gives burning sides the share of heat that moving them took or added.
func (b *builder) keepHeat(surfaces [6]int, exact, moved field.Box, line int, where string) [6]int {
	for side, k := range surfaces {
		if k < 0 {
			continue
		}
		u := &b.c.Scene.Surfaces[k]
		if u.HRRPUA == 0 && u.MassFluxKgM2S == 0 {
			continue
		}
		was, is := area(exact, side/2), area(moved, side/2)
		if is <= 0 {
			if was > 0 {
				b.note(line, where, "a burning side of %.3g m2 vanishes on this grid: %.3g kW are lost; make the cells smaller", was, was*u.HRRPUA)
			}
			continue
		}
		if math.Abs(was/is-1) > 1e-3 {
			surfaces[side] = b.scaled(k, was/is)
		}
	}
	return surfaces
}

// scaled is a surface that gives off that many times as much.
func (b *builder) scaled(k int, by float64) int {
	s := b.c.Scene
	u := s.Surfaces[k]
	u.HRRPUA *= by
	u.MassFluxKgM2S *= by
	for i := range s.Surfaces {
		if v := &s.Surfaces[i]; v.Name == u.Name && v.HRRPUA == u.HRRPUA && v.MassFluxKgM2S == u.MassFluxKgM2S && v.IgniteS == u.IgniteS {
			return i
		}
	}
	s.Surfaces = append(s.Surfaces, u)
	return len(s.Surfaces) - 1
}

// area is that of a box across an axis.
func area(b field.Box, axis int) float64 {
	p, q := (axis+1)%3, (axis+2)%3
	return (b[2*p+1] - b[2*p]) * (b[2*q+1] - b[2*q])
}

// cutOut takes a hole out of pieces: up to six pieces are left of one around it.
func cutOut(pieces []piece, h *opening, line int) ([]piece, error) {
	var out []piece
	for _, p := range pieces {
		in := p.box
		hit := true
		for a := range 3 {
			in[2*a], in[2*a+1] = max(p.box[2*a], h.box[2*a]), min(p.box[2*a+1], h.box[2*a+1])
			flat := p.box[2*a] == p.box[2*a+1]
			if in[2*a] > in[2*a+1] || in[2*a] == in[2*a+1] && !flat {
				hit = false
			}
		}
		if !hit {
			out = append(out, p)
			continue
		}
		rest := p.box
		for a := range 3 {
			if rest[2*a] < in[2*a] {
				part := rest
				part[2*a+1] = in[2*a]
				out = append(out, piece{part, p.there})
			}
			if rest[2*a+1] > in[2*a+1] {
				part := rest
				part[2*a] = in[2*a+1]
				out = append(out, piece{part, p.there})
			}
			rest[2*a], rest[2*a+1] = in[2*a], in[2*a+1]
		}
		if h.there != nil { // what fills the hole while it is closed
			out = append(out, piece{in, *h.there})
		}
	}
	if len(out) > mostCopies {
		return nil, &formats.UnsupportedError{Format: fds.Format, Offset: -1, Feature: fmt.Sprintf("line %d: more than %d pieces of one block", line, mostCopies), Next: "make fewer holes"}
	}
	return out, nil
}
