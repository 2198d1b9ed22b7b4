package fdscase

import (
	"math"

	"firescene/formats/fds"
	"firescene/recon/field"
)

// schedule is when a thing is there that a device or control switches.
func (b *builder) schedule(w fds.When, line int, where string) (field.Schedule, error) {
	switch {
	case w.Device != "":
		d := b.device(w.Device)
		if d == nil {
			return field.Schedule{}, bad(line, "add the &DEVC, or take DEVC_ID out", "%s: there is no &DEVC '%s'", where, w.Device)
		}
		return b.byDevice(d), nil
	case w.Control != "":
		return b.byControl(w.Control, line, where)
	}
	return field.Schedule{}, nil
}

func (b *builder) device(id string) *fds.Device {
	for i := range b.in.Devices {
		if b.in.Devices[i].ID == id {
			return &b.in.Devices[i]
		}
	}
	return nil
}

func (b *builder) byDevice(d *fds.Device) field.Schedule {
	out := field.Schedule{StartsOff: !d.InitialState}
	switch {
	case d.Quantity == "TIME" && d.HasSetpoint:
		if t := b.sceneTime(d.Setpoint); t > 0 {
			out.SwitchS = []float64{t}
		} else {
			out.StartsOff = !out.StartsOff
		}
	case d.HasSetpoint || d.Prop != "":
		out.Device = d.ID
	}
	return out
}

// byControl follows the controls that come to a single device or to times.
func (b *builder) byControl(id string, line int, where string) (field.Schedule, error) {
	var c *fds.Control
	for i := range b.in.Controls {
		if b.in.Controls[i].ID == id {
			c = &b.in.Controls[i]
		}
	}
	if c == nil {
		return field.Schedule{}, bad(line, "add the &CTRL, or take CTRL_ID out", "%s: there is no &CTRL '%s'", where, id)
	}
	var d *fds.Device
	if len(c.Inputs) == 1 {
		d = b.device(c.Inputs[0])
	}
	switch {
	case d != nil && (c.Function == "ANY" || c.Function == "ALL" || c.Function == "ONLY"):
		out := b.byDevice(d)
		if c.InitialState {
			out.StartsOff = !out.StartsOff
		}
		return out, nil
	case d != nil && c.Function == "TIME_DELAY" && d.Quantity == "TIME":
		later := *d
		later.Setpoint += c.DelayS
		return b.byDevice(&later), nil
	case d != nil && c.Function == "CUSTOM" && d.Quantity == "TIME":
		r := b.in.Ramp(c.Ramp)
		if r == nil {
			return field.Schedule{}, bad(c.Line, "add the &RAMP", "&CTRL '%s': there is no &RAMP '%s'", c.ID, c.Ramp)
		}
		return b.byRamp(r), nil
	}
	b.note(line, where, "the control '%s' (%s) is not followed: the thing stays as it is at the start", id, c.Function)
	return field.Schedule{StartsOff: !c.InitialState}, nil
}

// byRamp switches where a ramp changes its sign.
func (b *builder) byRamp(r *fds.Ramp) field.Schedule {
	var out field.Schedule
	on := r.F[0] > 0
	for i := 1; i < len(r.T); i++ {
		if now := r.F[i] > 0; now != on {
			t := r.T[i]
			if d := r.F[i] - r.F[i-1]; d != 0 {
				t = r.T[i-1] - r.F[i-1]*(r.T[i]-r.T[i-1])/d
			}
			on = now
			out.SwitchS = append(out.SwitchS, b.sceneTime(t))
		}
	}
	out.StartsOff = r.F[0] <= 0
	for len(out.SwitchS) > 0 && out.SwitchS[0] <= 0 {
		out.SwitchS, out.StartsOff = out.SwitchS[1:], !out.StartsOff
	}
	return out
}

// rampOf turns a ramp of the input over time into one of the scene: as the input
// counts time, or counted from ignition on.
func (b *builder) rampOf(id string, fromIgnition bool, line int) (field.Ramp, error) {
	r := b.in.Ramp(id)
	if r == nil {
		return nil, bad(line, "add the &RAMP", "there is no &RAMP '%s'", id)
	}
	out := make(field.Ramp, len(r.T))
	for i := range r.T {
		t := r.T[i] / b.c.TimeFactor
		if !fromIgnition {
			t = b.sceneTime(r.T[i])
		}
		out[i] = [2]float64{t, r.F[i]}
	}
	if r.Device != "" {
		b.note(r.Line, "&RAMP '"+id+"'", "it follows time, not the device '%s'", r.Device)
	}
	return out, nil
}

// tauPoints are the points of a ramp by TAU.
const tauPoints = 40

// tau is the ramp that TAU stands for: tanh(t/tau), or (t/tau)^2 up to 1 when tau is
// below 0.
func (b *builder) tau(s float64) field.Ramp {
	if s == 0 {
		return nil
	}
	span := 4 * s
	if s < 0 {
		span = -s
	}
	var out field.Ramp
	for i := range tauPoints + 1 {
		t := span * float64(i) / tauPoints
		f := math.Tanh(t / math.Abs(s))
		if s < 0 {
			f = t * t / (s * s)
		}
		out = append(out, [2]float64{t / b.c.TimeFactor, f})
	}
	if s > 0 {
		out[tauPoints][1] = 1
	}
	return out
}
