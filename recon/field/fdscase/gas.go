package fdscase

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"firescene/formats/fds"
	"firescene/recon/field"
)

// molecule is what is known of a fuel by its name.
type molecule struct {
	c, h, o, n float64
	heatKJKg   float64 // net heat of combustion
}

// fuels are those that FDS knows by name and inputs use. Source of the heats: SFPE
// Handbook of Fire Protection Engineering, 5th ed. (2016), appendix 3.
var fuels = map[string]molecule{
	"METHANE": {1, 4, 0, 0, 50000}, "ETHANE": {2, 6, 0, 0, 47500}, "ETHYLENE": {2, 4, 0, 0, 47200}, "ACETYLENE": {2, 2, 0, 0, 48200},
	"PROPANE": {3, 8, 0, 0, 46400}, "PROPYLENE": {3, 6, 0, 0, 45800}, "N-BUTANE": {4, 10, 0, 0, 45700}, "BUTANE": {4, 10, 0, 0, 45700}, "ISOBUTANE": {4, 10, 0, 0, 45600},
	"N-PENTANE": {5, 12, 0, 0, 45000}, "N-HEXANE": {6, 14, 0, 0, 44700}, "N-HEPTANE": {7, 16, 0, 0, 44600}, "N-OCTANE": {8, 18, 0, 0, 44400}, "N-DECANE": {10, 22, 0, 0, 44200},
	"N-DODECANE": {12, 26, 0, 0, 44100}, "BENZENE": {6, 6, 0, 0, 40100}, "TOLUENE": {7, 8, 0, 0, 40500}, "STYRENE": {8, 8, 0, 0, 40500},
	"METHANOL": {1, 4, 1, 0, 19900}, "ETHANOL": {2, 6, 1, 0, 26800}, "ISOPROPANOL": {3, 8, 1, 0, 30400}, "ACETONE": {3, 6, 1, 0, 28600}, "HYDROGEN": {0, 2, 0, 0, 120000},
	"CARBON MONOXIDE": {1, 0, 1, 0, 10100}, "CELLULOSE": {6, 10, 5, 0, 16090}, "MMA": {5, 8, 2, 0, 25600},
}

// reaction is what burns.
func (b *builder) reaction() error {
	s := b.c.Scene
	if b.in.NoRadiation {
		s.Reaction.RadiativeFraction = field.NoRadiation
	}
	s.Reaction.NoExtinction = b.in.NoSuppression
	if len(b.in.Reactions) == 0 {
		for i := range s.Surfaces {
			if s.Surfaces[i].HRRPUA > 0 {
				b.note(b.in.Surfaces[0].Line, "&REAC", "there is none; propane burns")
				break
			}
		}
		return nil
	}
	r := &b.in.Reactions[0]
	for _, more := range b.in.Reactions[1:] {
		b.note(more.Line, "&REAC", "one fuel burns, %s; this one is left out", r.Fuel)
	}
	v := &s.Reaction
	v.Fuel = r.Fuel
	v.SootYield, v.COYield = r.SootYield, r.COYield
	v.HeatKJKg = r.HeatKJKg
	known, ok := fuels[strings.ToUpper(r.Fuel)]
	switch {
	case r.C+r.H+r.O+r.N > 0:
		v.C, v.H, v.O, v.N = r.C, r.H, r.O, r.N
	case b.formula(r) != "":
		m, err := parseFormula(b.formula(r))
		if err != nil {
			return bad(r.Line, "write it as C3H8 or C6H10O5", "&REAC: %v", err)
		}
		v.C, v.H, v.O, v.N = m.c, m.h, m.o, m.n
	case ok:
		v.C, v.H, v.O, v.N = known.c, known.h, known.o, known.n
		if v.HeatKJKg == 0 && r.HeatPerO2KJKg == 0 {
			v.HeatKJKg = known.heatKJKg
		}
	default:
		return bad(r.Line, "give FORMULA", "&REAC: the fuel %q is not known by its name", r.Fuel)
	}
	if o2 := v.C + v.H/4 - v.O/2; v.HeatKJKg == 0 && r.HeatPerO2KJKg > 0 && o2 > 0 {
		v.HeatKJKg = r.HeatPerO2KJKg * 31.998 * o2 / molarMass(v.C, v.H, v.O, v.N)
	}
	if r.HasRadiative && !b.in.NoRadiation {
		if v.RadiativeFraction = r.RadiativeFraction; v.RadiativeFraction == 0 {
			v.RadiativeFraction = field.NoRadiation
		}
	}
	if r.CriticalFlameC > 0 {
		v.CriticalFlameK = r.CriticalFlameC + kelvin
	}
	v.OxygenLimit = r.OxygenLimit
	b.yields(r)
	return nil
}

// formula is that of the reaction or of the species that burns.
func (b *builder) formula(r *fds.Reaction) string {
	if r.Formula != "" {
		return r.Formula
	}
	for i := range b.in.Species {
		if sp := &b.in.Species[i]; strings.EqualFold(sp.ID, r.Fuel) {
			return sp.Formula
		}
	}
	return ""
}

func molarMass(c, h, o, n float64) float64 { return 12.011*c + 1.008*h + 15.999*o + 14.007*n }

// yields takes soot and carbon monoxide from a reaction written with its
// stoichiometric coefficients.
func (b *builder) yields(r *fds.Reaction) {
	v := &b.c.Scene.Reaction
	if len(r.NuSpecies) == 0 || len(r.Nu) != len(r.NuSpecies) {
		return
	}
	fuel := 0.0
	for i, id := range r.NuSpecies {
		if strings.EqualFold(id, r.Fuel) && r.Nu[i] < 0 {
			fuel = -r.Nu[i] * molarMass(v.C, v.H, v.O, v.N)
		}
	}
	if fuel == 0 {
		b.note(r.Line, "&REAC NU", "the fuel is not used up in it; the yields are those stated apart")
		return
	}
	gain := func(id string, moles float64) {
		switch strings.ToUpper(id) {
		case "SOOT":
			v.SootYield += moles * 12.011 / fuel
		case "CARBON MONOXIDE":
			v.COYield += moles * 28.010 / fuel
		}
	}
	for i, id := range r.NuSpecies {
		gain(id, r.Nu[i])
		for k := range b.in.Species {
			if sp := &b.in.Species[k]; sp.ID == id && !sp.ByMass && r.Nu[i] > 0 {
				for m, part := range sp.Parts {
					gain(part, r.Nu[i]*sp.Volumes[m])
				}
			}
		}
	}
	v.SootYield, v.COYield = max(0, v.SootYield), max(0, v.COYield)
}

// parseFormula reads C3H8, C1.2143H4.4286 and the like.
func parseFormula(s string) (m molecule, err error) {
	for i := 0; i < len(s); {
		atom := s[i]
		end := i + 1
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
			end++
		}
		n := 1.0
		if end > i+1 {
			if n, err = strconv.ParseFloat(s[i+1:end], 64); err != nil || n > 1e6 {
				return m, fmt.Errorf("the formula %q can not be read", s)
			}
		}
		switch atom {
		case 'C', 'c':
			m.c += n
		case 'H', 'h':
			m.h += n
		case 'O', 'o':
			m.o += n
		case 'N', 'n':
			m.n += n
		default:
			return m, fmt.Errorf("the formula %q has %q; C, H, O and N are followed", s, atom)
		}
		i = end
	}
	if m.c+m.h == 0 {
		return m, fmt.Errorf("the formula %q has nothing that burns", s)
	}
	return m, nil
}

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
		s.Leaks = append(s.Leaks, field.Leak{Name: fmt.Sprintf("zone of line %d", z.Line), Box: box, AreaM2: z.LeakM2})
		if z.Exponent != 0.5 {
			b.note(z.Line, "&ZONE", "the leakage follows the square root of the pressure, not its power %g: at %g Pa they are the same", z.Exponent, z.ReferencePa)
		}
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

// initials are boxes that are not ambient at the start.
func (b *builder) initials() error {
	for i := range b.in.Inits {
		n := &b.in.Inits[i]
		where := fmt.Sprintf("&INIT '%s'", n.ID)
		if n.Particle != "" {
			continue // a target; its devices say what becomes of it
		}
		if !n.HasBox {
			b.note(n.Line, where, "it has no box and is left out")
			continue
		}
		boxes, err := b.copies(n.Box, n.Mult, n.Line)
		if err != nil {
			return err
		}
		v := field.Initial{HRRPUV: n.HRRPUV}
		if n.HasTemp {
			v.TempK = n.TempC + kelvin
		}
		for k, id := range n.Species {
			if k >= len(n.MassFraction) || math.IsNaN(n.MassFraction[k]) {
				b.note(n.Line, where, "the %s in it is left out; give MASS_FRACTION", id)
				continue
			}
			switch {
			case strings.EqualFold(id, b.c.Scene.Reaction.Fuel):
				v.FuelFraction = n.MassFraction[k]
			case strings.EqualFold(id, "PRODUCTS"):
				v.ProductFraction = n.MassFraction[k]
			default:
				b.note(n.Line, where, "the %s in it is left out", id)
			}
		}
		for _, box := range boxes {
			v.Box = box
			b.c.Scene.Initial = append(b.c.Scene.Initial, v)
		}
	}
	return nil
}
