package fdscase

import (
	"fmt"
	"math"
	"strings"

	"firescene/formats/fds"
	"firescene/recon/field"
)

// leaks makes leaks of zones, and of ducts that let ambient air pass.
func (b *builder) leaks() error {
	s := b.c.Scene
	for i := range b.in.Zones {
		z := &b.in.Zones[i]
		if z.LeakM2 <= 0 {
			continue
		}
		box := s.Box
		if z.HasBox {
			box = field.Box(z.Box)
		} else if z.HasAt && b.outdoors() {
			box = b.around(z.At)
			b.note(z.Line, "&ZONE", "its leakage is spread over the solid faces within %.2g to %.2g, %.2g to %.2g, %.2g to %.2g m, the widest room about its point", box[0], box[1], box[2], box[3], box[4], box[5])
		}
		// FDS has a coefficient of discharge of 1 here.
		l := field.Leak{Name: fmt.Sprintf("zone of line %d", z.Line), Box: box, AreaM2: z.LeakM2, Coeff: 1}
		if z.Exponent != .5 {
			if !(z.ReferencePa > 0 && z.Exponent > 0 && z.Exponent <= 2) {
				return bad(z.Line, "give a pressure above 0 Pa and an exponent from 0.5 to 1", "the leakage goes with the power %g of a pressure over %g Pa", z.Exponent, z.ReferencePa)
			}
			l.ReferencePa, l.Exponent = z.ReferencePa, z.Exponent
		}
		s.Leaks = append(s.Leaks, l)
	}
	for i := range b.in.Ducts {
		if err := b.duct(&b.in.Ducts[i]); err != nil {
			return err
		}
	}
	return nil
}

// outdoors reports whether a border of the region is open.
func (b *builder) outdoors() bool {
	for _, v := range b.c.Scene.Vents {
		if v.Kind == field.Open {
			return true
		}
	}
	return false
}

// around is the box that one comes to from a point by going along each axis up to
// the first solid.
func (b *builder) around(p [3]float64) field.Box {
	out := b.c.Scene.Box
	for i := range b.c.Scene.Obstructions {
		o := &b.c.Scene.Obstructions[i].Box
		for a := range 3 {
			u, v := (a+1)%3, (a+2)%3
			if p[u] < o[2*u] || p[u] > o[2*u+1] || p[v] < o[2*v] || p[v] > o[2*v+1] {
				continue
			}
			if o[2*a+1] <= p[a] {
				out[2*a] = max(out[2*a], o[2*a+1])
			}
			if o[2*a] >= p[a] {
				out[2*a+1] = min(out[2*a+1], o[2*a])
			}
		}
	}
	return out
}

// duct runs a duct between a vent and the open air as a leak; what does more is
// listed.
func (b *builder) duct(d *fds.Duct) error {
	where := fmt.Sprintf("&HVAC '%s'", d.ID)
	switch d.Kind {
	case "NODE":
		return nil // ducts say what they join
	case "LEAK":
		box, ok := b.ductVents[d.Vent]
		if !ok || !strings.EqualFold(d.Vent2, "AMBIENT") {
			b.note(d.Line, where, "a leak between two rooms is not simulated")
			return nil
		}
		b.c.Scene.Leaks = append(b.c.Scene.Leaks, field.Leak{Name: d.ID, Box: b.thick(box), AreaM2: d.AreaM2})
		return nil
	case "DUCT":
		var inside *field.Box
		outside := false
		for _, id := range d.Nodes {
			for i := range b.in.Ducts {
				n := &b.in.Ducts[i]
				if n.Kind != "NODE" || n.ID != id {
					continue
				}
				if box, ok := b.ductVents[n.Vent]; ok && n.Vent != "" && len(n.Ducts) == 1 {
					inside = &box
				}
				outside = outside || n.Ambient
			}
		}
		if inside == nil || !outside || d.Fan != "" || d.VolumeFlowM3S != 0 {
			b.note(d.Line, where, "ducts that branch, join rooms or hold fans are not simulated: no gas flows through this one")
			return nil
		}
		a := d.AreaM2
		if a == 0 {
			a = math.Pi / 4 * d.DiameterM * d.DiameterM
		}
		loss := 1.0
		for _, v := range d.Loss {
			if v > 0 && !math.IsNaN(v) {
				loss = v
				break
			}
		}
		b.c.Scene.Leaks = append(b.c.Scene.Leaks, field.Leak{Name: d.ID, Box: b.thick(*inside), AreaM2: a, Coeff: 1 / math.Sqrt(loss)})
		b.note(d.Line, where, "it lets air pass by the pressure of the room through %.3g m2 with the loss %g; its inertia and what it carries back are left out", a, loss)
		return nil
	}
	b.note(d.Line, where, "%s is not simulated", strings.ToLower(d.Kind))
	return nil
}

// thick is a rectangle grown by a part of a cell across, so that faces lie in it.
func (b *builder) thick(r field.Box) field.Box {
	for a := range 3 {
		if r[2*a] == r[2*a+1] {
			r[2*a] -= b.cell[a] / 4
			r[2*a+1] += b.cell[a] / 4
		}
	}
	return r
}
