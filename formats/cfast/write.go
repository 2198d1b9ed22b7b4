package cfast

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"firescene/formats"
)

// Write writes an input file that Read reads back to the same Input, lines and
// NotSupported apart. Texts that would break a line or a quote, and numbers that
// are not finite, are a *formats.FormatError.
func Write(w io.Writer, in *Input) error {
	b := &writer{w: bufio.NewWriter(w)}
	version := in.Version
	if version == 0 {
		version = 7600
	}
	b.rec("HEAD", num("VERSION", float64(version)), str("TITLE", in.Title))
	b.rec("TIME", num("SIMULATION", in.SimulationS), num("PRINT", in.PrintS), num("SMOKEVIEW", in.SmokeviewS), num("SPREADSHEET", in.SpreadsheetS))
	b.rec("INIT", num("PRESSURE", in.PressurePa), num("RELATIVE_HUMIDITY", in.HumidityPct), num("INTERIOR_TEMPERATURE", in.InteriorC), num("EXTERIOR_TEMPERATURE", in.ExteriorC))
	b.rec("MISC", yes("ADIABATIC", in.Adiabatic), opt("MAX_TIME_STEP", in.MaxStepS), opt("LOWER_OXYGEN_LIMIT", in.LowerOxygenLimit), opts("SPECIFIC_EXTINCTION", in.Extinction[:]))
	for _, m := range in.Materials {
		b.rec("MATL", str("ID", m.ID), str("MATERIAL", m.Name), num("CONDUCTIVITY", m.ConductWmK), num("DENSITY", m.DensityKgM3), num("SPECIFIC_HEAT", m.HeatKJKgK), num("THICKNESS", m.ThickM), num("EMISSIVITY", m.Emissivity))
	}
	for i := range in.Rooms {
		b.room(&in.Rooms[i])
	}
	for i := range in.Vents {
		b.vent(&in.Vents[i])
	}
	for _, f := range in.Fires {
		b.rec("FIRE", str("ID", f.ID), str("COMP_ID", f.Room), str("FIRE_ID", f.Burn), num("LOCATION", f.X, f.Y), str("IGNITION_CRITERION", f.Criterion), num("SETPOINT", f.SetPoint), str("DEVC_ID", f.Device))
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
		b.rec("RAMP", str("ID", r.ID), str("TYPE", r.Type), num(axis, r.X...), num("F", r.F...), strs("COMP_IDS", r.Rooms))
	}
	for _, c := range in.Connections {
		b.rec("CONN", str("TYPE", c.Type), str("COMP_ID", c.Room), strs("COMP_IDS", c.To), num("F", c.Fraction...))
	}
	b.rec("TAIL")
	if b.err != nil {
		return b.err
	}
	return b.w.Flush()
}

// part is one "key = values"; the zero part is left out.
type part struct {
	key    string
	values []string
	err    error
}

func num(key string, v ...float64) part {
	p := part{key: key}
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			p.err = &formats.FormatError{Format: Format, Offset: -1, Reason: fmt.Sprintf("%s is %g", key, x), Next: "give a finite number"}
		}
		p.values = append(p.values, strconv.FormatFloat(x, 'g', -1, 64))
	}
	return p
}

func opt(key string, v float64) part {
	if v == 0 {
		return part{}
	}
	return num(key, v)
}

func opts(key string, v []float64) part {
	for _, x := range v {
		if x != 0 {
			return num(key, v...)
		}
	}
	return part{}
}

func strs(key string, v []string) part {
	p := part{key: key}
	for _, s := range v {
		if strings.ContainsAny(s, "\n\r") || strings.TrimSpace(s) != s {
			p.err = &formats.FormatError{Format: Format, Offset: -1, Reason: fmt.Sprintf("%s %q has a line break or blanks at an end", key, s), Next: "give it a plain name"}
		}
		p.values = append(p.values, "'"+strings.ReplaceAll(s, "'", "''")+"'")
	}
	return p
}

func str(key, v string) part {
	if v == "" {
		return part{}
	}
	return strs(key, []string{v})
}

func yes(key string, v bool) part {
	if !v {
		return part{}
	}
	return part{key: key, values: []string{".TRUE."}}
}

type writer struct {
	w   *bufio.Writer
	err error
}

func (b *writer) rec(name string, parts ...part) {
	fmt.Fprintf(b.w, "&%s", name)
	for _, p := range parts {
		if p.err != nil && b.err == nil {
			b.err = p.err
		}
		if len(p.values) == 0 {
			continue
		}
		fmt.Fprintf(b.w, " %s = %s", p.key, strings.Join(p.values, ", "))
	}
	fmt.Fprintln(b.w, " /")
}

func (b *writer) room(r *Room) {
	slabs := func(what string, list []Slab) (ids, thick part) {
		if len(list) == 0 {
			return str(what+"_MATL_ID", Off), part{}
		}
		var names []string
		var m []float64
		for _, s := range list {
			names, m = append(names, s.Material), append(m, s.ThickM)
		}
		return strs(what+"_MATL_ID", names), num(what+"_THICKNESS", m...)
	}
	ceil, ceilM := slabs("CEILING", r.Ceiling)
	wall, wallM := slabs("WALL", r.Wall)
	floor, floorM := slabs("FLOOR", r.Floor)
	b.rec("COMP", str("ID", r.ID), num("WIDTH", r.WidthM), num("DEPTH", r.DepthM), num("HEIGHT", r.HeightM), num("ORIGIN", r.Origin[:]...),
		yes("HALL", r.Hall), yes("SHAFT", r.Shaft), num("GRID", float64(r.Grid[0]), float64(r.Grid[1]), float64(r.Grid[2])),
		ceil, ceilM, wall, wallM, floor, floorM, opts("LEAK_AREA_RATIO", r.LeakRatio[:]), opts("LEAK_AREA", r.LeakM2[:]),
		num("CROSS_SECT_HEIGHTS", r.SectionHeightM...), num("CROSS_SECT_AREAS", r.SectionAreaM...))
}

func (b *writer) vent(v *Vent) {
	o := &v.Opening
	b.rec("VENT", str("TYPE", string(v.Kind)), str("ID", v.ID), strs("COMP_IDS", v.Rooms[:]), opt("BOTTOM", v.BottomM), opt("HEIGHT", v.HeightM), opt("WIDTH", v.WidthM),
		str("FACE", v.Face), opt("OFFSET", v.OffsetM), opt("AREA", v.AreaM2), str("SHAPE", v.Shape), opts("OFFSETS", v.Offsets[:]),
		opts("AREAS", v.AreasM2[:]), opts("HEIGHTS", v.HeightsM[:]), orientationPart(v), opt("FLOW", v.FlowM3S), opts("CUTOFFS", v.CutoffsPa[:]),
		opt("FILTER_TIME", v.FilterTimeS), opt("FILTER_EFFICIENCY", v.FilterPct),
		str("CRITERION", o.Criterion), num("T", o.TimeS...), num("F", o.Fraction...), opt("SETPOINT", o.SetPoint), str("DEVC_ID", o.Device),
		num("PRE_FRACTION", o.BeforeFrac), num("POST_FRACTION", o.AfterFrac))
}

func orientationPart(v *Vent) part {
	if v.Orientations == [2]string{} {
		return part{}
	}
	return strs("ORIENTATIONS", v.Orientations[:])
}

func (b *writer) burn(c *Burn) {
	b.rec("CHEM", str("ID", c.ID), num("CARBON", c.Carbon), num("HYDROGEN", c.Hydrogen), num("OXYGEN", c.Oxygen), num("NITROGEN", c.Nitrogen), num("CHLORINE", c.Chlorine),
		num("HEAT_OF_COMBUSTION", c.HeatKJKg), num("RADIATIVE_FRACTION", c.RadiativeFraction), opt("FLAMING_TRANSITION_TIME", c.FlamingS))
	if len(c.Rows) == 0 {
		return
	}
	b.rec("TABL", str("ID", c.ID), strs("LABELS", []string{"TIME", "HRR", "HEIGHT", "AREA", "CO_YIELD", "SOOT_YIELD", "HCN_YIELD", "HCL_YIELD", "TRACE_YIELD"}))
	for _, r := range c.Rows {
		b.rec("TABL", str("ID", c.ID), num("DATA", r.TimeS, r.HRRkW, r.HeightM, r.AreaM2, r.COYield, r.SootYield, r.HCNYield, r.HClYield, r.TraceYield))
	}
}

func (b *writer) device(d *Device) {
	head := []part{str("TYPE", string(d.Kind)), str("ID", d.ID), str("COMP_ID", d.Room), num("LOCATION", d.At[:]...), num("NORMAL", d.Normal[:]...), str("MATL_ID", d.Material)}
	units := "M"
	if d.DepthShare {
		units = "FRACTION"
	}
	head = append(head, num("TEMPERATURE_DEPTH", d.DepthM), str("DEPTH_UNITS", units), yes("ADIABATIC_TARGET", d.Adiabatic), opts("CONVECTION_COEFFICIENTS", d.ConvectKW[:]),
		opt("RTI", d.RTI), num("SETPOINTS", d.SetPoints...), opt("SPRAY_DENSITY", d.SprayMS))
	if d.HasSetPoint {
		head = append(head, num("SETPOINT", d.SetPoint))
	}
	b.rec("DEVC", head...)
}
