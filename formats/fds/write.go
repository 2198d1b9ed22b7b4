package fds

import (
	"fmt"
	"io"
	"math"

	"firescene/formats"
	"firescene/formats/namelist"
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
	b := &writer{namelist.NewWriter(w, Format)}
	b.Digits, b.WrapAt = 10, 100
	b.Record("HEAD", namelist.Str("CHID", in.CHID), namelist.Str("TITLE", in.Title))
	for i := range in.Meshes {
		m := &in.Meshes[i]
		b.Record("MESH", namelist.Str("ID", m.ID), namelist.Num("IJK", float64(m.Cells[0]), float64(m.Cells[1]), float64(m.Cells[2])), namelist.Num("XB", m.Box[:]...))
	}
	b.Record("TIME", namelist.Opt("T_BEGIN", in.BeginS), namelist.Num("T_END", in.EndS), namelist.Opt("TIME_SHRINK_FACTOR", in.TimeShrink))
	b.Record("MISC", namelist.Num("TMPA", in.AmbientC), namelist.Num("P_INF", in.PressurePa), namelist.Num("HUMIDITY", in.HumidityPct), namelist.Yes("SUPPRESSION", in.NoSuppression, false))
	if in.NoRadiation {
		b.Record("RADI", namelist.Yes("RADIATION", true, false))
	}
	b.Record("DUMP", namelist.Opt("DT_DEVC", in.DeviceEveryS), namelist.Opt("DT_HRR", in.HRREveryS), namelist.Opt("NFRAMES", float64(in.Frames)))
	for _, s := range in.Species {
		fractions := "VOLUME_FRACTION"
		if s.ByMass {
			fractions = "MASS_FRACTION"
		}
		b.Record("SPEC", namelist.Str("ID", s.ID), namelist.Str("FORMULA", s.Formula), namelist.Yes("BACKGROUND", s.Background, true), namelist.Yes("LUMPED_COMPONENT_ONLY", s.LumpedOnly, true),
			namelist.Yes("AEROSOL", s.Aerosol, true), namelist.Strs("SPEC_ID", s.Parts), namelist.Num(fractions, s.Volumes...))
	}
	for _, r := range in.Reactions {
		b.reaction(&r)
	}
	for _, m := range in.Materials {
		b.Record("MATL", namelist.Str("ID", m.ID), namelist.Opt("CONDUCTIVITY", m.ConductWmK), namelist.Str("CONDUCTIVITY_RAMP", m.ConductRamp), namelist.Opt("SPECIFIC_HEAT", m.HeatKJKgK),
			namelist.Str("SPECIFIC_HEAT_RAMP", m.HeatRamp), namelist.Num("DENSITY", m.DensityKgM3), namelist.Num("EMISSIVITY", m.Emissivity))
	}
	for i := range in.Surfaces {
		b.surface(&in.Surfaces[i])
	}
	for _, r := range in.Ramps {
		for i := range r.T {
			b.Record("RAMP", namelist.Str("ID", r.ID), namelist.Num("T", r.T[i]), namelist.Num("F", at(r.F, i, math.NaN())), namelist.Str("DEVC_ID", r.Device))
		}
	}
	for i := range in.Obstructions {
		o := &in.Obstructions[i]
		surfaces := namelist.Part{}
		if o.Surfaces != [6]string{} {
			surfaces = namelist.Strs("SURF_ID6", o.Surfaces[:])
		}
		b.Record("OBST", namelist.Str("ID", o.ID), namelist.Num("XB", o.Box[:]...), surfaces, namelist.Str("DEVC_ID", o.When.Device), namelist.Str("CTRL_ID", o.When.Control),
			namelist.Yes("THICKEN", o.Thicken, true), namelist.Yes("PERMIT_HOLE", o.NoHoles, false), namelist.Yes("ALLOW_VENT", o.NoVents, false))
	}
	for _, h := range in.Holes {
		b.Record("HOLE", namelist.Str("ID", h.ID), namelist.Num("XB", h.Box[:]...), namelist.Str("DEVC_ID", h.When.Device), namelist.Str("CTRL_ID", h.When.Control))
	}
	for i := range in.Vents {
		b.vent(&in.Vents[i])
	}
	for _, z := range in.Zones {
		b.Record("ZONE", listed("XYZ", z.At[:], z.HasAt), listed("XB", z.Box[:], z.HasBox), namelist.Num("LEAK_AREA(0)", z.LeakM2), namelist.Num("LEAK_REFERENCE_PRESSURE(0)", z.ReferencePa), namelist.Num("LEAK_PRESSURE_EXPONENT(0)", z.Exponent))
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
			where := namelist.Part{}
			switch {
			case s.Axis >= 0 && list.name == "SLCF":
				where = namelist.Num([]string{"PBX", "PBY", "PBZ"}[s.Axis], s.AtM)
			case list.name == "SLCF":
				where = namelist.Num("XB", s.Box[:]...)
			}
			b.Record(list.name, where, namelist.Str("QUANTITY", s.Quantity), namelist.Str("SPEC_ID", s.Species), namelist.Yes("VECTOR", s.Vector, true))
		}
	}
	b.Record("TAIL")
	return b.Close()
}

type writer struct{ *namelist.Writer }

func (b *writer) reaction(r *Reaction) {
	b.Record("REAC", namelist.Str("ID", r.ID), namelist.Str("FUEL", r.Fuel), namelist.Str("FORMULA", r.Formula), namelist.Opt("C", r.C), namelist.Opt("H", r.H), namelist.Opt("O", r.O), namelist.Opt("N", r.N),
		namelist.Opt("HEAT_OF_COMBUSTION", r.HeatKJKg), namelist.Opt("EPUMO2", r.HeatPerO2KJKg), namelist.Opt("SOOT_YIELD", r.SootYield), namelist.Opt("CO_YIELD", r.COYield),
		namelist.Stated("RADIATIVE_FRACTION", r.RadiativeFraction, r.HasRadiative), namelist.Opt("CRITICAL_FLAME_TEMPERATURE", r.CriticalFlameC), namelist.Opt("LOWER_OXYGEN_LIMIT", r.OxygenLimit),
		namelist.Opt("AUTO_IGNITION_TEMPERATURE", r.AutoIgnitionC), namelist.Strs("SPEC_ID_NU", r.NuSpecies), namelist.Num("NU", r.Nu...))
}

func (b *writer) surface(s *Surface) {
	parts := []namelist.Part{namelist.Str("ID", s.ID), namelist.Yes("DEFAULT", s.Default, true), namelist.Opt("HRRPUA", s.HRRPUA), namelist.Opt("MLRPUA", s.MLRPUA), namelist.Str("RAMP_Q", s.RampQ), namelist.Stated("TAU_Q", s.TauQ, s.HasTauQ),
		namelist.Stated("IGNITION_TEMPERATURE", s.IgnitionC, s.HasIgnition), namelist.Yes("BURN_AWAY", s.BurnAway, true)}
	var thick []float64
	for k, l := range s.Layers {
		parts = append(parts, namelist.Strs(fmt.Sprintf("MATL_ID(%d,1:%d)", k+1, len(l.Materials)), l.Materials))
		if len(l.Shares) > 0 {
			parts = append(parts, namelist.Num(fmt.Sprintf("MATL_MASS_FRACTION(%d,1:%d)", k+1, len(l.Shares)), l.Shares...))
		}
		thick = append(thick, l.ThickM)
	}
	parts = append(parts, namelist.Num("THICKNESS", thick...))
	if s.Backing != "EXPOSED" {
		parts = append(parts, namelist.Str("BACKING", s.Backing))
	}
	b.Record("SURF", append(parts, namelist.Opt("EMISSIVITY", s.Emissivity), namelist.Stated("TMP_FRONT", s.TmpFrontC, s.HasTmpFront), namelist.Str("RAMP_T", s.RampT), namelist.Stated("TAU_T", s.TauT, s.HasTauT),
		namelist.Stated("TMP_INNER", s.TmpInnerC, s.HasTmpInner), namelist.Yes("ADIABATIC", s.Adiabatic, true), namelist.Opt("HEAT_TRANSFER_COEFFICIENT", s.ConvectWm2K), namelist.Opt("VEL", s.VelMS),
		namelist.Opt("VOLUME_FLOW", s.VolumeFlowM3S), namelist.Opt("MASS_FLUX_TOTAL", s.MassFluxTotal), namelist.Str("RAMP_V", s.RampV), namelist.Stated("TAU_V", s.TauV, s.HasTauV),
		namelist.Num("MASS_FLUX", s.MassFlux...), namelist.Strs("SPEC_ID", s.SpecID), namelist.Str("RAMP_MF", s.RampMF))...)
}

func (b *writer) vent(v *Vent) {
	border := "MB"
	if v.Domain {
		border = "DB"
	}
	where := namelist.Str(border, v.Border)
	if v.Border == "" {
		where = namelist.Num("XB", v.Box[:]...)
	}
	b.Record("VENT", namelist.Str("ID", v.ID), where, namelist.Str("SURF_ID", v.Surface), namelist.Str("DEVC_ID", v.When.Device), namelist.Str("CTRL_ID", v.When.Control),
		listed("XYZ", v.At[:], v.HasAt), namelist.Opt("SPREAD_RATE", v.SpreadMS), namelist.Opt("RADIUS", v.RadiusM))
}

func listed(key string, v []float64, is bool) namelist.Part {
	if !is {
		return namelist.Part{}
	}
	return namelist.Num(key, v...)
}

func (b *writer) prop(q *Prop) {
	cleary := []namelist.Part{}
	for i, name := range []string{"ALPHA_E", "BETA_E", "ALPHA_C", "BETA_C"} {
		cleary = append(cleary, namelist.Opt(name, q.Cleary[i]))
	}
	b.Record("PROP", append([]namelist.Part{namelist.Str("ID", q.ID), namelist.Str("QUANTITY", q.Quantity), namelist.Stated("ACTIVATION_TEMPERATURE", q.ActivationC, q.HasActivation), namelist.Opt("RTI", q.RTI),
		namelist.Stated("INITIAL_TEMPERATURE", q.InitialC, q.HasInitial), namelist.Stated("ACTIVATION_OBSCURATION", q.ObscurationPctM, q.HasObscuration), namelist.Opt("LENGTH", q.LengthM),
		namelist.Opt("BEAD_DIAMETER", q.BeadM), namelist.Opt("BEAD_EMISSIVITY", q.BeadEmissivity), namelist.Stated("GAUGE_TEMPERATURE", q.GaugeC, q.HasGauge)}, cleary...)...)
}

func (b *writer) device(d *Device) {
	where := namelist.Num("XB", d.Box[:]...)
	if !d.IsBox {
		where = namelist.Num("XYZ", d.Box[0], d.Box[2], d.Box[4])
	}
	trip := namelist.Part{}
	if d.Falling {
		trip = namelist.Num("TRIP_DIRECTION", -1)
	}
	factor := namelist.Part{}
	if d.Factor != 1 && d.Factor != 0 {
		factor = namelist.Num("CONVERSION_FACTOR", d.Factor)
	}
	b.Record("DEVC", namelist.Str("ID", d.ID), where, namelist.Str("QUANTITY", d.Quantity), namelist.Str("PROP_ID", d.Prop), namelist.Str("SPEC_ID", d.Species), namelist.Opt("IOR", float64(d.IOR)),
		listed("ORIENTATION", d.Orientation[:], d.HasOrientation), namelist.Stated("SETPOINT", d.Setpoint, d.HasSetpoint), trip, namelist.Yes("LATCH", d.NoLatch, false),
		namelist.Yes("INITIAL_STATE", d.InitialState, true), namelist.Opt("POINTS", float64(d.Points)), namelist.Yes("TIME_HISTORY", d.History, true), namelist.Str("SPATIAL_STATISTIC", d.Spatial),
		namelist.Str("TEMPORAL_STATISTIC", d.Temporal), namelist.Opt("STATISTICS_START", d.StatisticsFromS), namelist.Yes("OUTPUT", d.Hidden, false), namelist.Str("UNITS", d.Units), namelist.Opt("DEPTH", d.DepthM),
		namelist.Opt("VELO_INDEX", float64(d.Velocity)), factor, namelist.Opt("CONVERSION_ADDEND", d.Addend), namelist.Yes("DRY", d.Dry, true))
}
