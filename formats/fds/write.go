package fds

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"firescene/formats"
)

// Write writes an input file that FDS 6 runs and Read reads back to the same Input,
// lines, Unsupported and what lies beyond ten digits apart. It holds what a scene of this program needs; an
// Input with controls, ducts, particles or copies is a
// *formats.UnsupportedError. Texts that would break a line or a quote, and numbers
// that are not finite, are a *formats.FormatError.
func Write(w io.Writer, in *Input) error {
	if len(in.Controls)+len(in.Ducts)+len(in.Particles)+len(in.Mults)+len(in.Inits) > 0 {
		return &formats.UnsupportedError{Format: Format, Offset: -1, Feature: "writing &CTRL, &HVAC, &PART, &MULT or &INIT", Next: "leave them out"}
	}
	b := &writer{w: bufio.NewWriter(w)}
	b.rec("HEAD", str("CHID", in.CHID), str("TITLE", in.Title))
	for i := range in.Meshes {
		m := &in.Meshes[i]
		b.rec("MESH", str("ID", m.ID), num("IJK", float64(m.Cells[0]), float64(m.Cells[1]), float64(m.Cells[2])), num("XB", m.Box[:]...))
	}
	b.rec("TIME", opt("T_BEGIN", in.BeginS), num("T_END", in.EndS), opt("TIME_SHRINK_FACTOR", in.TimeShrink))
	b.rec("MISC", num("TMPA", in.AmbientC), num("P_INF", in.PressurePa), num("HUMIDITY", in.HumidityPct), yes("SUPPRESSION", in.NoSuppression, false))
	if in.NoRadiation {
		b.rec("RADI", yes("RADIATION", true, false))
	}
	b.rec("DUMP", opt("DT_DEVC", in.DeviceEveryS), opt("DT_HRR", in.HRREveryS), opt("NFRAMES", float64(in.Frames)))
	for _, s := range in.Species {
		fractions := "VOLUME_FRACTION"
		if s.ByMass {
			fractions = "MASS_FRACTION"
		}
		b.rec("SPEC", str("ID", s.ID), str("FORMULA", s.Formula), yes("BACKGROUND", s.Background, true), yes("LUMPED_COMPONENT_ONLY", s.LumpedOnly, true),
			yes("AEROSOL", s.Aerosol, true), strs("SPEC_ID", s.Parts), num(fractions, s.Volumes...))
	}
	for _, r := range in.Reactions {
		b.reaction(&r)
	}
	for _, m := range in.Materials {
		b.rec("MATL", str("ID", m.ID), opt("CONDUCTIVITY", m.ConductWmK), str("CONDUCTIVITY_RAMP", m.ConductRamp), opt("SPECIFIC_HEAT", m.HeatKJKgK),
			str("SPECIFIC_HEAT_RAMP", m.HeatRamp), num("DENSITY", m.DensityKgM3), num("EMISSIVITY", m.Emissivity))
	}
	for i := range in.Surfaces {
		b.surface(&in.Surfaces[i])
	}
	for _, r := range in.Ramps {
		for i := range r.T {
			b.rec("RAMP", str("ID", r.ID), num("T", r.T[i]), num("F", at(r.F, i, math.NaN())), str("DEVC_ID", r.Device))
		}
	}
	for i := range in.Obstructions {
		o := &in.Obstructions[i]
		surfaces := part{}
		if o.Surfaces != [6]string{} {
			surfaces = strs("SURF_ID6", o.Surfaces[:])
		}
		b.rec("OBST", str("ID", o.ID), num("XB", o.Box[:]...), surfaces, str("DEVC_ID", o.When.Device), str("CTRL_ID", o.When.Control),
			yes("THICKEN", o.Thicken, true), yes("PERMIT_HOLE", o.NoHoles, false), yes("ALLOW_VENT", o.NoVents, false))
	}
	for _, h := range in.Holes {
		b.rec("HOLE", str("ID", h.ID), num("XB", h.Box[:]...), str("DEVC_ID", h.When.Device), str("CTRL_ID", h.When.Control))
	}
	for i := range in.Vents {
		b.vent(&in.Vents[i])
	}
	for _, z := range in.Zones {
		b.rec("ZONE", listed("XYZ", z.At[:], z.HasAt), listed("XB", z.Box[:], z.HasBox), num("LEAK_AREA(0)", z.LeakM2), num("LEAK_REFERENCE_PRESSURE(0)", z.ReferencePa), num("LEAK_PRESSURE_EXPONENT(0)", z.Exponent))
	}
	for _, q := range in.Props {
		b.prop(&q)
	}
	for i := range in.Devices {
		b.device(&in.Devices[i])
	}
	for _, list := range []struct {
		name   string
		slices []Slice
	}{{"SLCF", in.Slices}, {"BNDF", in.Boundaries}} {
		for _, s := range list.slices {
			where := part{}
			switch {
			case s.Axis >= 0 && list.name == "SLCF":
				where = num([]string{"PBX", "PBY", "PBZ"}[s.Axis], s.AtM)
			case list.name == "SLCF":
				where = num("XB", s.Box[:]...)
			}
			b.rec(list.name, where, str("QUANTITY", s.Quantity), str("SPEC_ID", s.Species), yes("VECTOR", s.Vector, true))
		}
	}
	b.rec("TAIL")
	if b.err != nil {
		return b.err
	}
	return b.w.Flush()
}

// part is one "key=values"; the zero part is left out.
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
		p.values = append(p.values, strconv.FormatFloat(x, 'g', 10, 64))
	}
	return p
}

func opt(key string, v float64) part {
	if v == 0 {
		return part{}
	}
	return num(key, v)
}

// stated writes a number that is stated, were it 0.
func stated(key string, v float64, is bool) part {
	if !is {
		return part{}
	}
	return num(key, v)
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

// yes writes a logical when it is set.
func yes(key string, set, value bool) part {
	switch {
	case !set:
		return part{}
	case value:
		return part{key: key, values: []string{".TRUE."}}
	}
	return part{key: key, values: []string{".FALSE."}}
}

type writer struct {
	w   *bufio.Writer
	err error
}

func (b *writer) rec(name string, parts ...part) {
	fmt.Fprintf(b.w, "&%s", name)
	line := len(name)
	for _, p := range parts {
		if p.err != nil && b.err == nil {
			b.err = p.err
		}
		if len(p.values) == 0 {
			continue
		}
		s := fmt.Sprintf(" %s=%s", p.key, strings.Join(p.values, ","))
		if line+len(s) > 100 {
			s, line = "\n     "+s, 0
		}
		line += len(s)
		b.w.WriteString(s)
	}
	fmt.Fprintln(b.w, " /")
}

func (b *writer) reaction(r *Reaction) {
	b.rec("REAC", str("ID", r.ID), str("FUEL", r.Fuel), str("FORMULA", r.Formula), opt("C", r.C), opt("H", r.H), opt("O", r.O), opt("N", r.N),
		opt("HEAT_OF_COMBUSTION", r.HeatKJKg), opt("EPUMO2", r.HeatPerO2KJKg), opt("SOOT_YIELD", r.SootYield), opt("CO_YIELD", r.COYield),
		stated("RADIATIVE_FRACTION", r.RadiativeFraction, r.HasRadiative), opt("CRITICAL_FLAME_TEMPERATURE", r.CriticalFlameC), opt("LOWER_OXYGEN_LIMIT", r.OxygenLimit),
		opt("AUTO_IGNITION_TEMPERATURE", r.AutoIgnitionC), strs("SPEC_ID_NU", r.NuSpecies), num("NU", r.Nu...))
}

func (b *writer) surface(s *Surface) {
	parts := []part{str("ID", s.ID), yes("DEFAULT", s.Default, true), opt("HRRPUA", s.HRRPUA), opt("MLRPUA", s.MLRPUA), str("RAMP_Q", s.RampQ), stated("TAU_Q", s.TauQ, s.HasTauQ),
		stated("IGNITION_TEMPERATURE", s.IgnitionC, s.HasIgnition), yes("BURN_AWAY", s.BurnAway, true)}
	var thick []float64
	for k, l := range s.Layers {
		parts = append(parts, strs(fmt.Sprintf("MATL_ID(%d,1:%d)", k+1, len(l.Materials)), l.Materials))
		if len(l.Shares) > 0 {
			parts = append(parts, num(fmt.Sprintf("MATL_MASS_FRACTION(%d,1:%d)", k+1, len(l.Shares)), l.Shares...))
		}
		thick = append(thick, l.ThickM)
	}
	parts = append(parts, num("THICKNESS", thick...))
	if s.Backing != "EXPOSED" {
		parts = append(parts, str("BACKING", s.Backing))
	}
	b.rec("SURF", append(parts, opt("EMISSIVITY", s.Emissivity), stated("TMP_FRONT", s.TmpFrontC, s.HasTmpFront), str("RAMP_T", s.RampT), stated("TAU_T", s.TauT, s.HasTauT),
		stated("TMP_INNER", s.TmpInnerC, s.HasTmpInner), yes("ADIABATIC", s.Adiabatic, true), opt("HEAT_TRANSFER_COEFFICIENT", s.ConvectWm2K), opt("VEL", s.VelMS),
		opt("VOLUME_FLOW", s.VolumeFlowM3S), opt("MASS_FLUX_TOTAL", s.MassFluxTotal), str("RAMP_V", s.RampV), stated("TAU_V", s.TauV, s.HasTauV),
		num("MASS_FLUX", s.MassFlux...), strs("SPEC_ID", s.SpecID), str("RAMP_MF", s.RampMF))...)
}

func (b *writer) vent(v *Vent) {
	border := "MB"
	if v.Domain {
		border = "DB"
	}
	where := str(border, v.Border)
	if v.Border == "" {
		where = num("XB", v.Box[:]...)
	}
	b.rec("VENT", str("ID", v.ID), where, str("SURF_ID", v.Surface), str("DEVC_ID", v.When.Device), str("CTRL_ID", v.When.Control),
		listed("XYZ", v.At[:], v.HasAt), opt("SPREAD_RATE", v.SpreadMS), opt("RADIUS", v.RadiusM))
}

func listed(key string, v []float64, is bool) part {
	if !is {
		return part{}
	}
	return num(key, v...)
}

func (b *writer) prop(q *Prop) {
	cleary := []part{}
	for i, name := range []string{"ALPHA_E", "BETA_E", "ALPHA_C", "BETA_C"} {
		cleary = append(cleary, opt(name, q.Cleary[i]))
	}
	b.rec("PROP", append([]part{str("ID", q.ID), str("QUANTITY", q.Quantity), stated("ACTIVATION_TEMPERATURE", q.ActivationC, q.HasActivation), opt("RTI", q.RTI),
		stated("INITIAL_TEMPERATURE", q.InitialC, q.HasInitial), stated("ACTIVATION_OBSCURATION", q.ObscurationPctM, q.HasObscuration), opt("LENGTH", q.LengthM),
		opt("BEAD_DIAMETER", q.BeadM), opt("BEAD_EMISSIVITY", q.BeadEmissivity), stated("GAUGE_TEMPERATURE", q.GaugeC, q.HasGauge)}, cleary...)...)
}

func (b *writer) device(d *Device) {
	where := num("XB", d.Box[:]...)
	if !d.IsBox {
		where = num("XYZ", d.Box[0], d.Box[2], d.Box[4])
	}
	trip := part{}
	if d.Falling {
		trip = num("TRIP_DIRECTION", -1)
	}
	factor := part{}
	if d.Factor != 1 && d.Factor != 0 {
		factor = num("CONVERSION_FACTOR", d.Factor)
	}
	b.rec("DEVC", str("ID", d.ID), where, str("QUANTITY", d.Quantity), str("PROP_ID", d.Prop), str("SPEC_ID", d.Species), opt("IOR", float64(d.IOR)),
		listed("ORIENTATION", d.Orientation[:], d.HasOrientation), stated("SETPOINT", d.Setpoint, d.HasSetpoint), trip, yes("LATCH", d.NoLatch, false),
		yes("INITIAL_STATE", d.InitialState, true), opt("POINTS", float64(d.Points)), yes("TIME_HISTORY", d.History, true), str("SPATIAL_STATISTIC", d.Spatial),
		str("TEMPORAL_STATISTIC", d.Temporal), opt("STATISTICS_START", d.StatisticsFromS), yes("OUTPUT", d.Hidden, false), str("UNITS", d.Units), opt("DEPTH", d.DepthM),
		opt("VELO_INDEX", float64(d.Velocity)), factor, opt("CONVERSION_ADDEND", d.Addend), yes("DRY", d.Dry, true))
}
