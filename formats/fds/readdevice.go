package fds

import (
	"math"
	"strings"
)

func (p *reader) devc(g *getter) {
	d := Device{Line: g.r.Line, Factor: 1}
	g.str("ID", &d.ID)
	g.id = d.ID
	g.str("QUANTITY", &d.Quantity)
	d.Quantity = strings.ToUpper(d.Quantity)
	if g.box("XB", &d.Box) {
		d.IsBox = true
		raw, _ := g.r.Floats("XB", 6) // a line keeps its direction
		if g.find("POINTS") != nil && len(raw) == 6 {
			copy(d.Box[:], raw)
		}
	}
	at3 := make([]float64, 3)
	if g.exactly("XYZ", at3) && !d.IsBox {
		d.Box = Box{at3[0], at3[0], at3[1], at3[1], at3[2], at3[2]}
	}
	for _, c := range []string{"XBP"} {
		if g.box(c, &d.Box) {
			d.IsBox = true
		}
	}
	g.whole("IOR", &d.IOR)
	if d.IOR < -3 || d.IOR > 3 {
		g.fail(g.r.Line, "give IOR as +-1, +-2 or +-3", "the device %q has IOR=%d", d.ID, d.IOR)
	}
	d.HasOrientation = g.exactly("ORIENTATION", d.Orientation[:])
	g.str("PROP_ID", &d.Prop)
	g.str("INIT_ID", &d.Init)
	g.str("CTRL_ID", &d.Control)
	d.HasSetpoint = g.num("SETPOINT", &d.Setpoint)
	trip := 1
	g.whole("TRIP_DIRECTION", &trip)
	d.Falling = trip < 0
	latch := true
	g.flag("LATCH", &latch)
	d.NoLatch = !latch
	g.flag("INITIAL_STATE", &d.InitialState)
	g.num("DELAY", &d.DelayS)
	g.whole("POINTS", &d.Points)
	if d.Points < 0 || d.Points > MaxPoints {
		g.fail(g.r.Line, "give a number of points from 1 on", "the device %q has %d points", d.ID, d.Points)
	}
	g.flag("TIME_HISTORY", &d.History)
	g.str("SPATIAL_STATISTIC", &d.Spatial)
	if d.Spatial == "" {
		g.str("STATISTICS", &d.Spatial)
	}
	g.str("TEMPORAL_STATISTIC", &d.Temporal)
	d.Spatial, d.Temporal = strings.ToUpper(d.Spatial), strings.ToUpper(d.Temporal)
	g.num("STATISTICS_START", &d.StatisticsFromS)
	output := true
	g.flag("OUTPUT", &output)
	d.Hidden = !output
	g.str("UNITS", &d.Units)
	g.str("SPEC_ID", &d.Species)
	g.num("DEPTH", &d.DepthM)
	g.whole("VELO_INDEX", &d.Velocity)
	g.num("CONVERSION_FACTOR", &d.Factor)
	g.num("CONVERSION_ADDEND", &d.Addend)
	g.flag("DRY", &d.Dry)
	g.num("DX", &d.HalfM[0])
	g.num("DY", &d.HalfM[1])
	g.num("DZ", &d.HalfM[2])
	g.looks("HIDE_COORDINATES", "X_ID", "Y_ID", "Z_ID", "R_ID", "D_ID", "XYZ_UNITS", "COORD_FACTOR", "MOVE_ID", "TIME_AVERAGED", "N_INTERVALS", "SMOOTHING_FACTOR")
	if d.DelayS != 0 {
		g.note(g.r.Line, "DELAY", "what the device switches is switched without the delay")
	}
	if p.in.Devices = append(p.in.Devices, d); len(p.in.Devices) > MaxRecords {
		g.fail(g.r.Line, "leave out what is not needed", "more than %d devices", MaxRecords)
	}
}

func (p *reader) ctrl(g *getter) {
	c := Control{Line: g.r.Line, Constant: math.NaN()}
	g.str("ID", &c.ID)
	g.id = c.ID
	g.str("FUNCTION_TYPE", &c.Function)
	c.Function = strings.ToUpper(c.Function)
	c.Inputs = g.strs("INPUT_ID", 1000)
	g.num("CONSTANT", &c.Constant)
	g.num("PERCENTILE", &c.Percentile)
	g.str("RAMP_ID", &c.Ramp)
	c.Setpoints = g.nums("SETPOINT", 50)
	g.flag("INITIAL_STATE", &c.InitialState)
	g.num("DELAY", &c.DelayS)
	g.looks("LATCH", "N")
	p.in.Controls = append(p.in.Controls, c)
}

func (p *reader) prop(g *getter) {
	q := Prop{Line: g.r.Line}
	g.str("ID", &q.ID)
	g.id = q.ID
	g.str("QUANTITY", &q.Quantity)
	q.Quantity = strings.ToUpper(q.Quantity)
	q.HasActivation = g.num("ACTIVATION_TEMPERATURE", &q.ActivationC)
	g.num("RTI", &q.RTI)
	q.HasInitial = g.num("INITIAL_TEMPERATURE", &q.InitialC)
	q.HasObscuration = g.num("ACTIVATION_OBSCURATION", &q.ObscurationPctM)
	for i, name := range []string{"ALPHA_E", "BETA_E", "ALPHA_C", "BETA_C"} {
		g.num(name, &q.Cleary[i])
	}
	g.num("LENGTH", &q.LengthM)
	g.num("BEAD_DIAMETER", &q.BeadM)
	g.num("BEAD_EMISSIVITY", &q.BeadEmissivity)
	q.HasGauge = g.num("GAUGE_TEMPERATURE", &q.GaugeC)
	g.str("PART_ID", &q.Particle)
	g.num("FLOW_RATE", &q.FlowRateLMin)
	g.str("FLOW_RAMP", &q.FlowRamp)
	g.num("PARTICLE_VELOCITY", &q.ParticleVelocity)
	if v := g.nums("SPRAY_ANGLE", 4); len(v) > 0 {
		q.SprayAngleDeg = max(at(v, 0, 0), at(v, 1, 0))
	}
	g.looks("SMOKEVIEW_ID", "SMOKEVIEW_PARAMETERS", "OFFSET", "DROPLET_VELOCITY", "K_FACTOR", "OPERATING_PRESSURE", "ORIFICE_DIAMETER")
	p.in.Props = append(p.in.Props, q)
}
