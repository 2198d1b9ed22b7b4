package cfast

import (
	"io"
	"strings"

	"firescene/formats/namelist"
)

// Write writes an input file that Read reads back to the same Input, lines and
// NotSupported apart. Texts that would break a line or a quote, and numbers that
// are not finite, are a *formats.FormatError.
func Write(w io.Writer, in *Input) error {
	b := &writer{namelist.NewWriter(w, Format)}
	version := in.Version
	if version == 0 {
		version = 7600
	}
	b.Record("HEAD", namelist.Num("VERSION", float64(version)), namelist.Str("TITLE", in.Title))
	b.Record("TIME", namelist.Num("SIMULATION", in.SimulationS), namelist.Num("PRINT", in.PrintS), namelist.Num("SMOKEVIEW", in.SmokeviewS), namelist.Num("SPREADSHEET", in.SpreadsheetS))
	b.Record("INIT", namelist.Num("PRESSURE", in.PressurePa), namelist.Num("RELATIVE_HUMIDITY", in.HumidityPct), namelist.Num("INTERIOR_TEMPERATURE", in.InteriorC), namelist.Num("EXTERIOR_TEMPERATURE", in.ExteriorC))
	b.Record("MISC", namelist.Yes("ADIABATIC", in.Adiabatic, true), namelist.Opt("MAX_TIME_STEP", in.MaxStepS), namelist.Opt("LOWER_OXYGEN_LIMIT", in.LowerOxygenLimit), opts("SPECIFIC_EXTINCTION", in.Extinction[:]))
	for _, m := range in.Materials {
		b.Record("MATL", namelist.Str("ID", m.ID), namelist.Str("MATERIAL", m.Name), namelist.Num("CONDUCTIVITY", m.ConductWmK), namelist.Num("DENSITY", m.DensityKgM3), namelist.Num("SPECIFIC_HEAT", m.HeatKJKgK), namelist.Num("THICKNESS", m.ThickM), namelist.Num("EMISSIVITY", m.Emissivity))
	}
	for i := range in.Rooms {
		b.room(&in.Rooms[i])
	}
	for i := range in.Vents {
		b.vent(&in.Vents[i])
	}
	for _, f := range in.Fires {
		b.Record("FIRE", namelist.Str("ID", f.ID), namelist.Str("COMP_ID", f.Room), namelist.Str("FIRE_ID", f.Burn), namelist.Num("LOCATION", f.X, f.Y), namelist.Str("IGNITION_CRITERION", f.Criterion), namelist.Num("SETPOINT", f.SetPoint), namelist.Str("DEVC_ID", f.Device))
	}
	for i := range in.Burns {
		b.burn(&in.Burns[i])
	}
	for i := range in.Devices {
		b.device(&in.Devices[i])
	}
	for _, r := range in.Ramps {
		axis := "T"
		if strings.EqualFold(r.Type, "AREA") {
			axis = "Z"
		}
		b.Record("RAMP", namelist.Str("ID", r.ID), namelist.Str("TYPE", r.Type), namelist.Num(axis, r.X...), namelist.Num("F", r.F...), namelist.Strs("COMP_IDS", r.Rooms))
	}
	for _, c := range in.Connections {
		b.Record("CONN", namelist.Str("TYPE", c.Type), namelist.Str("COMP_ID", c.Room), namelist.Strs("COMP_IDS", c.To), namelist.Num("F", c.Fraction...))
	}
	b.Record("TAIL")
	return b.Close()
}

func opts(key string, v []float64) namelist.Part {
	for _, x := range v {
		if x != 0 {
			return namelist.Num(key, v...)
		}
	}
	return namelist.Part{}
}

type writer struct{ *namelist.Writer }

func (b *writer) room(r *Room) {
	slabs := func(what string, list []Slab) (ids, thick namelist.Part) {
		if len(list) == 0 {
			return namelist.Str(what+"_MATL_ID", Off), namelist.Part{}
		}
		var names []string
		var m []float64
		for _, s := range list {
			names, m = append(names, s.Material), append(m, s.ThickM)
		}
		return namelist.Strs(what+"_MATL_ID", names), namelist.Num(what+"_THICKNESS", m...)
	}
	ceil, ceilM := slabs("CEILING", r.Ceiling)
	wall, wallM := slabs("WALL", r.Wall)
	floor, floorM := slabs("FLOOR", r.Floor)
	b.Record("COMP", namelist.Str("ID", r.ID), namelist.Num("WIDTH", r.WidthM), namelist.Num("DEPTH", r.DepthM), namelist.Num("HEIGHT", r.HeightM), namelist.Num("ORIGIN", r.Origin[:]...),
		namelist.Yes("HALL", r.Hall, true), namelist.Yes("SHAFT", r.Shaft, true), namelist.Num("GRID", float64(r.Grid[0]), float64(r.Grid[1]), float64(r.Grid[2])),
		ceil, ceilM, wall, wallM, floor, floorM, opts("LEAK_AREA_RATIO", r.LeakRatio[:]), opts("LEAK_AREA", r.LeakM2[:]),
		namelist.Num("CROSS_SECT_HEIGHTS", r.SectionHeightM...), namelist.Num("CROSS_SECT_AREAS", r.SectionAreaM...))
}

func (b *writer) vent(v *Vent) {
	o := &v.Opening
	b.Record("VENT", namelist.Str("TYPE", string(v.Kind)), namelist.Str("ID", v.ID), namelist.Strs("COMP_IDS", v.Rooms[:]), namelist.Opt("BOTTOM", v.BottomM), namelist.Opt("HEIGHT", v.HeightM), namelist.Opt("WIDTH", v.WidthM),
		namelist.Str("FACE", v.Face), namelist.Opt("OFFSET", v.OffsetM), namelist.Opt("AREA", v.AreaM2), namelist.Str("SHAPE", v.Shape), opts("OFFSETS", v.Offsets[:]),
		opts("AREAS", v.AreasM2[:]), opts("HEIGHTS", v.HeightsM[:]), orientationPart(v), namelist.Opt("FLOW", v.FlowM3S), opts("CUTOFFS", v.CutoffsPa[:]),
		namelist.Opt("FILTER_TIME", v.FilterTimeS), namelist.Opt("FILTER_EFFICIENCY", v.FilterPct),
		namelist.Str("CRITERION", o.Criterion), namelist.Num("T", o.TimeS...), namelist.Num("F", o.Fraction...), namelist.Opt("SETPOINT", o.SetPoint), namelist.Str("DEVC_ID", o.Device),
		namelist.Num("PRE_FRACTION", o.BeforeFrac), namelist.Num("POST_FRACTION", o.AfterFrac))
}

func orientationPart(v *Vent) namelist.Part {
	if v.Orientations == [2]string{} {
		return namelist.Part{}
	}
	return namelist.Strs("ORIENTATIONS", v.Orientations[:])
}

func (b *writer) burn(c *Burn) {
	b.Record("CHEM", namelist.Str("ID", c.ID), namelist.Num("CARBON", c.Carbon), namelist.Num("HYDROGEN", c.Hydrogen), namelist.Num("OXYGEN", c.Oxygen), namelist.Num("NITROGEN", c.Nitrogen), namelist.Num("CHLORINE", c.Chlorine),
		namelist.Num("HEAT_OF_COMBUSTION", c.HeatKJKg), namelist.Num("RADIATIVE_FRACTION", c.RadiativeFraction), namelist.Opt("FLAMING_TRANSITION_TIME", c.FlamingS))
	if len(c.Rows) == 0 {
		return
	}
	b.Record("TABL", namelist.Str("ID", c.ID), namelist.Strs("LABELS", []string{"TIME", "HRR", "HEIGHT", "AREA", "CO_YIELD", "SOOT_YIELD", "HCN_YIELD", "HCL_YIELD", "TRACE_YIELD"}))
	for _, r := range c.Rows {
		b.Record("TABL", namelist.Str("ID", c.ID), namelist.Num("DATA", r.TimeS, r.HRRkW, r.HeightM, r.AreaM2, r.COYield, r.SootYield, r.HCNYield, r.HClYield, r.TraceYield))
	}
}

func (b *writer) device(d *Device) {
	head := []namelist.Part{namelist.Str("TYPE", string(d.Kind)), namelist.Str("ID", d.ID), namelist.Str("COMP_ID", d.Room), namelist.Num("LOCATION", d.At[:]...), namelist.Num("NORMAL", d.Normal[:]...), namelist.Str("MATL_ID", d.Material)}
	units := "M"
	if d.DepthShare {
		units = "FRACTION"
	}
	head = append(head, namelist.Num("TEMPERATURE_DEPTH", d.DepthM), namelist.Str("DEPTH_UNITS", units), namelist.Yes("ADIABATIC_TARGET", d.Adiabatic, true), opts("CONVECTION_COEFFICIENTS", d.ConvectKW[:]),
		namelist.Opt("RTI", d.RTI), namelist.Num("SETPOINTS", d.SetPoints...), namelist.Opt("SPRAY_DENSITY", d.SprayMS))
	if d.HasSetPoint {
		head = append(head, namelist.Num("SETPOINT", d.SetPoint))
	}
	b.Record("DEVC", head...)
}
