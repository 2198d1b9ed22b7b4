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
	default:
		return bad(r.Line, "give FORMULA", "&REAC: the fuel %q is not known by its name", r.Fuel)
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
	v.HeatKJKg = b.heat(r, v, known.heatKJKg)
	return nil
}

// What soot, as carbon, and carbon monoxide would still release, kJ/kg. Source: M. W.
// Chase, NIST-JANAF Thermochemical Tables, 4th ed. (1998).
const (
	heatOfSootKJKg = 32760
	heatOfCOKJKg   = 10100
)

// heat is the heat of combustion: as stated, or by the oxygen that is used, or that of the
// fuel less what leaves with soot and carbon monoxide; 0 where nothing says.
func (b *builder) heat(r *fds.Reaction, v *field.Reaction, tableKJKg float64) float64 {
	mass := molarMass(v.C, v.H, v.O, v.N)
	soot, co := v.SootYield*mass/12.011, v.COYield*mass/28.01 // moles a mole of fuel
	switch o2 := v.C + v.H/4 - v.O/2 - soot - co/2; {
	case r.HeatKJKg > 0:
		return r.HeatKJKg
	case r.HeatPerO2KJKg > 0 && o2 > 0:
		return r.HeatPerO2KJKg * 31.998 * o2 / mass
	case r.HeatPerO2KJKg == 0 && tableKJKg > 0 && r.C+r.H+r.O+r.N == 0 && b.formula(r) == "":
		return max(tableKJKg-v.SootYield*heatOfSootKJKg-v.COYield*heatOfCOKJKg, tableKJKg/10)
	}
	return 0
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
