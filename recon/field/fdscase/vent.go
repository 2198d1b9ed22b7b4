package fdscase

import (
	"fmt"
	"math"
	"strings"

	"firescene/formats/fds"
	"firescene/recon/field"
)

// planes are the rectangles a vent stands for, copies apart: one a mesh for the
// border of meshes, without those between two meshes.
func (b *builder) planes(v *fds.Vent) []field.Box {
	if v.Border == "" {
		return []field.Box{field.Box(v.Box)}
	}
	side := 2 * strings.IndexByte("XYZ", v.Border[0])
	if strings.HasSuffix(v.Border, "MAX") {
		side++
	}
	boxes := b.boxes
	if v.Domain {
		boxes = []field.Box{b.c.Scene.Box}
	}
	var out []field.Box
	for _, m := range boxes {
		r := m
		r[side^1] = r[side]
		if !b.between(r, side) {
			out = append(out, r)
		}
	}
	return out
}

// between reports whether a mesh lies on the other side of the middle of a border.
func (b *builder) between(r field.Box, side int) bool {
	p := [3]float64{(r[0] + r[1]) / 2, (r[2] + r[3]) / 2, (r[4] + r[5]) / 2}
	d := b.cell[side/2] / 2
	if side&1 == 0 {
		d = -d
	}
	p[side/2] += d
	for _, m := range b.boxes {
		if p[0] > m[0] && p[0] < m[1] && p[1] > m[2] && p[1] < m[3] && p[2] > m[4] && p[2] < m[5] {
			return true
		}
	}
	return false
}

// vents makes the vents, the last first: where vents overlap FDS keeps the one that
// is listed first, and the scene the one that comes last.
func (b *builder) vents() error {
	b.ductVents = map[string]field.Box{}
	for i := len(b.in.Vents) - 1; i >= 0; i-- {
		v := &b.in.Vents[i]
		var boxes []field.Box
		if v.Border != "" {
			boxes = b.planes(v)
		} else {
			var err error
			if boxes, err = b.copies(v.Box, v.Mult, v.Line); err != nil {
				return err
			}
		}
		if err := b.vent(v, boxes); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) vent(v *fds.Vent, boxes []field.Box) error {
	s := b.c.Scene
	where := "&VENT '" + v.ID + "'"
	there, err := b.schedule(v.When, v.Line, where)
	if err != nil {
		return err
	}
	kind, surface := field.Lay, field.Ambient
	switch {
	case v.Surface == "OPEN":
		kind = field.Open
	case v.Surface == "MIRROR":
		kind = field.Mirror
	case v.Surface == "HVAC":
		b.ductVents[v.ID] = boxes[0]
		return nil
	case v.Surface == "PERIODIC" || v.Surface == "PERIODIC FLOW ONLY":
		b.note(v.Line, where, "borders are not joined with each other: this one is solid")
		return nil
	default:
		if surface, err = b.surface(v.Surface, v.Line); err != nil {
			return err
		}
	}
	if surface >= 0 {
		surface, there = b.ignited(surface, v, there, where)
	}
	for n, box := range boxes {
		name := v.ID
		if name == "" {
			name = fmt.Sprintf("line %d", v.Line)
		}
		if len(boxes) > 1 {
			name += fmt.Sprintf(" %d", n+1)
		}
		r, ok := b.clip(box)
		if !ok {
			b.note(v.Line, where, "it lies outside all meshes and is left out")
			continue
		}
		if kind != field.Lay && b.side(r) < 0 {
			if !b.openVoid || kind != field.Open {
				b.note(v.Line, where, "it is %s and lies within the region: it is left out", strings.ToLower(v.Surface))
			}
			continue
		}
		if v.RadiusM > 0 {
			b.note(v.Line, where+" RADIUS", "the circle is a square of the same area here")
			r = square(r, v)
		}
		out := field.Vent{Name: name, Kind: kind, Box: r, Surface: surface, There: there}
		if v.SpreadMS > 0 && v.HasAt && surface >= 0 {
			if err := b.spread(out, v, where); err != nil {
				return err
			}
			continue
		}
		s.Vents = append(s.Vents, out)
	}
	return nil
}

// clip is the part of a rectangle in the region, its plane moved to the nearest
// border of cells.
func (b *builder) clip(box field.Box) (field.Box, bool) {
	moved, ok := b.snap(box)
	if !ok {
		return box, false
	}
	for a := range 3 {
		if box[2*a] == box[2*a+1] {
			box[2*a], box[2*a+1] = moved[2*a], moved[2*a]
			continue
		}
		box[2*a] = max(box[2*a], b.c.Scene.Box[2*a])
		box[2*a+1] = min(box[2*a+1], b.c.Scene.Box[2*a+1])
	}
	return box, true
}

// square is a rectangle of the area of a vent's circle, about its middle.
func square(r field.Box, v *fds.Vent) field.Box {
	half := v.RadiusM * math.Sqrt(math.Pi) / 2
	for a := range 3 {
		if r[2*a] == r[2*a+1] {
			continue
		}
		mid := (r[2*a] + r[2*a+1]) / 2
		if v.HasAt {
			mid = v.At[a]
		}
		r[2*a], r[2*a+1] = max(r[2*a], mid-half), min(r[2*a+1], mid+half)
	}
	return r
}

// ignited is a burning surface that a vent's switch lights: one that a time switches
// on gives off its ramp from then on.
func (b *builder) ignited(k int, v *fds.Vent, there field.Schedule, where string) (int, field.Schedule) {
	s := b.c.Scene
	u := s.Surfaces[k]
	if u.HRRPUA == 0 && u.MassFluxKgM2S == 0 || v.When == (fds.When{}) {
		return k, there
	}
	if there.Device != "" || len(there.SwitchS) != 1 || !there.StartsOff {
		if there.Device != "" {
			b.note(v.Line, where, "its fire follows its ramp from the start of the run, not from the response of '%s'", there.Device)
		}
		return k, there
	}
	u.IgniteS = there.SwitchS[0]
	for i := range b.in.Surfaces { // its ramp now counts from ignition
		if f := &b.in.Surfaces[i]; f.ID == u.Name && f.RampQ != "" {
			if r, err := b.rampOf(f.RampQ, true, f.Line); err == nil {
				u.Ramp = r
			}
		}
	}
	s.Surfaces = append(s.Surfaces, u)
	return len(s.Surfaces) - 1, there
}

// mostRings bounds the steps of a fire that spreads.
const mostRings = 100

// spread parts a vent into squares of cells that catch as the fire reaches them.
func (b *builder) spread(v field.Vent, from *fds.Vent, where string) error {
	s := b.c.Scene
	axis := 0
	for a := range 3 {
		if v.Box[2*a] == v.Box[2*a+1] {
			axis = a
		}
	}
	p, q := (axis+1)%3, (axis+2)%3
	far := 0.0
	for _, x := range []float64{v.Box[2*p], v.Box[2*p+1]} {
		for _, y := range []float64{v.Box[2*q], v.Box[2*q+1]} {
			far = max(far, math.Hypot(x-from.At[p], y-from.At[q]))
		}
	}
	step := max(min(b.cell[p], b.cell[q]), far/mostRings)
	rings := map[int]int{}
	for x := v.Box[2*p]; x < v.Box[2*p+1]-b.near(); x += b.cell[p] {
		for y := v.Box[2*q]; y < v.Box[2*q+1]-b.near(); y += b.cell[q] {
			r := v.Box
			r[2*p], r[2*p+1] = x, min(x+b.cell[p], v.Box[2*p+1])
			r[2*q], r[2*q+1] = y, min(y+b.cell[q], v.Box[2*q+1])
			n := int(math.Hypot((r[2*p]+r[2*p+1])/2-from.At[p], (r[2*q]+r[2*q+1])/2-from.At[q]) / step)
			k, ok := rings[n]
			if !ok {
				u := s.Surfaces[v.Surface]
				u.IgniteS += (float64(n) + 0.5) * step / from.SpreadMS / b.c.TimeFactor
				k = len(s.Surfaces)
				s.Surfaces = append(s.Surfaces, u)
				rings[n] = k
			}
			part := v
			part.Box, part.Surface = r, k
			s.Vents = append(s.Vents, part)
			if len(s.Vents) > mostCopies {
				return bad(from.Line, "make the vent smaller or the cells larger", "%s: more than %d squares", where, mostCopies)
			}
		}
	}
	b.note(from.Line, where+" SPREAD_RATE", "the fire spreads in %d steps of %.2g m", len(rings), step)
	return nil
}
