package cfastcase

import (
	"fmt"
	"math"

	"firescene/formats/cfast"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

// Input writes a scene as a CFAST input. Heat that is given as a function of time
// is written as a table of a point every stepS seconds. What CFAST can not hold is
// listed in the notes.
func Input(s *zone.Scene, title string, stepS float64) (*cfast.Input, []Note) {
	w := &writer{s: s, in: &cfast.Input{Version: 7600, Title: title}, materials: map[string]string{}}
	in := w.in
	or := func(v, d float64) float64 {
		if v == 0 {
			return d
		}
		return v
	}
	const standardC = handcalc.AmbientStdC
	in.ExteriorC = or(s.OutsideK, standardC+handcalc.Kelvin) - handcalc.Kelvin
	in.InteriorC = or(s.InsideK, in.ExteriorC+handcalc.Kelvin) - handcalc.Kelvin
	in.PressurePa, in.HumidityPct = or(s.PressurePa, 101325), s.HumidityPct
	in.SimulationS = s.DurationS
	in.SpreadsheetS = or(s.SampleS, 10)
	in.PrintS, in.SmokeviewS = 60, in.SpreadsheetS
	in.Adiabatic, in.MaxStepS = s.Adiabatic, s.MaxStepS
	in.LowerOxygenLimit = s.LowO2 * 0.02896 / 0.032
	in.Extinction = [2]float64{s.ExtinctionM2Kg, 0}
	for i := range s.Rooms {
		w.room(&s.Rooms[i])
	}
	w.openings()
	for i := range s.Fires {
		w.fire(i, stepS)
	}
	w.devices()
	for _, j := range s.Joins {
		c := cfast.Connection{Type: "FLOOR", Room: w.name(j.From), To: []string{w.name(j.To)}}
		if j.Wall {
			c.Type, c.Fraction = "WALL", []float64{j.Share}
		}
		in.Connections = append(in.Connections, c)
	}
	return in, w.notes
}

type writer struct {
	s         *zone.Scene
	in        *cfast.Input
	materials map[string]string // IDs by what they are
	notes     []Note
}

func (w *writer) note(where, format string, args ...any) {
	w.notes = append(w.notes, Note{Where: where, What: fmt.Sprintf(format, args...)})
}

func (w *writer) name(k int) string {
	if k == zone.Outside {
		return cfast.Outside
	}
	return w.s.Rooms[k].Name
}

// material is the ID of a material, which is defined when it is new.
func (w *writer) material(m handcalc.Material, thickM, emissivity float64) string {
	if emissivity == 0 {
		emissivity = 0.9
	}
	key := fmt.Sprint(m, thickM, emissivity)
	id, ok := w.materials[key]
	if !ok {
		id = fmt.Sprintf("M%d", len(w.materials)+1)
		w.materials[key] = id
		w.in.Materials = append(w.in.Materials, cfast.Material{ID: id, Name: id, ConductWmK: 1000 * m.ConductKWmK, DensityKgM3: m.DensityKgM3, HeatKJKgK: m.HeatKJKgK, ThickM: thickM, Emissivity: emissivity})
	}
	return id
}

func (w *writer) surface(s zone.Surface) []cfast.Slab {
	var out []cfast.Slab
	for _, l := range s.Slabs {
		if len(out) == 3 {
			w.note("surface", "CFAST holds three slabs; those behind them are left out")
			break
		}
		out = append(out, cfast.Slab{Material: w.material(l.Material, l.ThickM, s.Emissivity), ThickM: l.ThickM})
	}
	return out
}

func (w *writer) room(r *zone.Room) {
	c := cfast.Room{ID: r.Name, WidthM: r.WidthM, DepthM: r.DepthM, HeightM: r.HeightM, Origin: r.Origin, Shaft: r.Shaft, Grid: [3]int{50, 50, 50},
		Ceiling: w.surface(r.Ceiling), Wall: w.surface(r.Wall), Floor: w.surface(r.Floor), LeakM2: [2]float64{r.LeakWallM2, r.LeakFloorM2}}
	for _, a := range r.Section {
		c.SectionHeightM, c.SectionAreaM = append(c.SectionHeightM, a.HeightM), append(c.SectionAreaM, a.AreaM2)
	}
	w.in.Rooms = append(w.in.Rooms, c)
}

func (w *writer) opening(s *zone.Schedule) cfast.Opening {
	o := cfast.Opening{Criterion: "TIME", TimeS: s.TimeS, Fraction: s.Share, BeforeFrac: 1, AfterFrac: 1}
	if t := s.Trigger; t != nil {
		o = cfast.Opening{Device: w.s.Targets[t.Target].Name, BeforeFrac: s.Before, AfterFrac: s.After}
		o.Criterion, o.SetPoint = trigger(t)
	}
	return o
}

func trigger(t *zone.Trigger) (criterion string, value float64) {
	if t.Flux {
		return "FLUX", t.Value
	}
	return "TEMPERATURE", t.Value - handcalc.Kelvin
}

func (w *writer) openings() {
	for i := range w.s.Vents {
		v := &w.s.Vents[i]
		w.in.Vents = append(w.in.Vents, cfast.Vent{ID: unique(v.Name, "WallVent", i), Kind: cfast.WallVent, Rooms: [2]string{w.name(v.A), w.name(v.B)}, BottomM: v.BottomM, HeightM: v.HeightM, WidthM: v.WidthM, Face: "FRONT", Opening: w.opening(&v.Open)})
	}
	for i := range w.s.Holes {
		h := &w.s.Holes[i]
		shape := "SQUARE"
		if h.Round {
			shape = "ROUND"
		}
		w.in.Vents = append(w.in.Vents, cfast.Vent{ID: unique(h.Name, "CeilFloorVent", i), Kind: cfast.CeilingVent, Rooms: [2]string{w.name(h.Upper), w.name(h.Lower)}, AreaM2: h.AreaM2, Shape: shape, Opening: w.opening(&h.Open)})
	}
	for i := range w.s.Fans {
		f := &w.s.Fans[i]
		if f.Cold {
			w.note("fan "+f.Name, "CFAST counts its flow in gas as it is drawn, not at the density of the open air")
		}
		a := f.FromSpanM * f.FromSpanM
		w.in.Vents = append(w.in.Vents, cfast.Vent{ID: unique(f.Name, "MechanicalVent", i), Kind: cfast.FanVent, Rooms: [2]string{w.name(f.From), w.name(f.To)}, AreasM2: [2]float64{a, a}, HeightsM: [2]float64{f.FromM, f.ToM},
			FlowM3S: f.FlowM3S, CutoffsPa: [2]float64{f.FullPa, f.NonePa}, FilterPct: 100 * f.FilterShare, FilterTimeS: f.FilterS, Opening: w.opening(&f.Open)})
	}
}

// unique is a name, or one made of a kind and number where there is none.
func unique(name, kind string, i int) string {
	if name == "" {
		return fmt.Sprintf("%s_%d", kind, i+1)
	}
	return name
}

func (w *writer) fire(i int, stepS float64) {
	f := &w.s.Fires[i]
	id := unique(f.Name, "Fire", i)
	c := cfast.Fire{ID: id, Room: w.name(f.Room), Burn: id + "_Fire", X: f.X, Y: f.Y, Criterion: "TIME", SetPoint: f.IgniteS}
	if t := f.Trigger; t != nil {
		c.Device = w.s.Targets[t.Target].Name
		c.Criterion, c.SetPoint = trigger(t)
	}
	u := &f.Fuel
	b := cfast.Burn{ID: c.Burn, Carbon: u.C, Hydrogen: u.H, Oxygen: u.O, Nitrogen: u.N, Chlorine: u.Cl, HeatKJKg: u.HeatKJKg, RadiativeFraction: u.Radiative}
	add := func(tS, kW float64, r zone.FireRow) {
		b.Rows = append(b.Rows, cfast.BurnRow{TimeS: tS, HRRkW: kW, HeightM: r.BaseM, AreaM2: r.AreaM2, COYield: r.CO, SootYield: r.Soot, HCNYield: r.HCN, HClYield: r.HCl, TraceYield: r.Trace})
	}
	if f.Heat == nil {
		for _, r := range f.Rows {
			add(r.TimeS, r.HRRkW, r)
		}
	} else {
		var r zone.FireRow
		if len(f.Rows) > 0 {
			r = f.Rows[0]
		}
		n := min(int(math.Ceil((w.s.DurationS-f.IgniteS)/max(stepS, 0.1))), cfast.MaxPoints-1)
		for k := 0; k <= n; k++ {
			t := float64(k) * stepS
			add(t, f.Heat(t), r)
		}
	}
	w.in.Fires, w.in.Burns = append(w.in.Fires, c), append(w.in.Burns, b)
}

func (w *writer) devices() {
	for i := range w.s.Targets {
		t := &w.s.Targets[i]
		d := cfast.Device{ID: unique(t.Name, "Targ", i), Room: w.name(t.Room), Kind: cfast.Plate, At: t.At, Normal: t.Normal, DepthM: t.DepthM, Adiabatic: t.Adiabatic, ConvectKW: t.ConvectKW}
		if t.Cylinder {
			d.Kind = cfast.Cylinder
		}
		if t.Material.ConductKWmK > 0 {
			d.Material = w.material(t.Material, t.ThickM, t.Emissivity)
		}
		w.in.Devices = append(w.in.Devices, d)
	}
	for i := range w.s.Detectors {
		d := &w.s.Detectors[i]
		c := cfast.Device{ID: unique(d.Name, "Detector", i), Room: w.name(d.Room), At: d.At, Normal: [3]float64{0, 0, 1}, HasSetPoint: true, RTI: d.RTI, SprayMS: d.SprayMS}
		switch {
		case d.Kind == zone.Smoke:
			c.Kind, c.SetPoint = cfast.SmokeDetector, d.SetPoint
		case d.SprayMS > 0:
			c.Kind, c.SetPoint = cfast.Sprinkler, d.SetPoint-handcalc.Kelvin
		default:
			c.Kind, c.SetPoint = cfast.HeatDetector, d.SetPoint-handcalc.Kelvin
			if d.Kind == zone.Gas {
				c.RTI = 5
				w.note("detector "+d.Name, "CFAST has no detector of gas temperature: it is written as a heat detector with an RTI of 5")
			}
		}
		w.in.Devices = append(w.in.Devices, c)
	}
}
