package fdscase

import (
	"math"
	"strings"

	"firescene/formats/fds"
	"firescene/recon/field"
)

// liquids are the densities in kg/m3 at room temperature of fuels that nozzles
// spray. Source: D. R. Lide (ed.), CRC Handbook of Chemistry and Physics, 90th ed.
// (2009), section 3.
var liquids = map[string]float64{"N-HEPTANE": 684, "TOLUENE": 867, "ETHANOL": 789, "METHANOL": 791, "ACETONE": 785, "BENZENE": 877, "N-HEXANE": 659, "N-DECANE": 730, "N-DODECANE": 749, "ISOPROPANOL": 785}

// sprays takes the fuel that nozzles spray as gas, given off where the cone of the
// spray meets the solid below. Other particles are listed.
func (b *builder) sprays() error {
	used := map[string]bool{}
	for i := range b.in.Devices {
		d := &b.in.Devices[i]
		prop, err := b.prop(d)
		if err != nil {
			return err
		}
		if prop.Particle == "" {
			continue
		}
		var part *fds.Particle
		for k := range b.in.Particles {
			if b.in.Particles[k].ID == prop.Particle {
				part = &b.in.Particles[k]
			}
		}
		where := "&DEVC '" + d.ID + "'"
		if part == nil {
			return bad(prop.Line, "add the &PART", "&PROP '%s': there is no &PART '%s'", prop.ID, prop.Particle)
		}
		density, known := liquids[strings.ToUpper(part.Species)]
		if !strings.EqualFold(part.Species, b.c.Scene.Reaction.Fuel) || !known || prop.FlowRateLMin <= 0 {
			b.note(d.Line, where, "what its nozzle sprays is not simulated: it wets, cools and puts out nothing")
			continue
		}
		used[part.ID] = true
		if err := b.spray(d, prop, density, where); err != nil {
			return err
		}
	}
	for i := range b.in.Particles {
		if p := &b.in.Particles[i]; !p.Static && !used[p.ID] {
			b.note(p.Line, "&PART '"+p.ID+"'", "droplets and other moving particles are not simulated: what they would burn, cool or wet is missing")
		}
	}
	return nil
}

func (b *builder) spray(d *fds.Device, prop *fds.Prop, density float64, where string) error {
	s := b.c.Scene
	at := [3]float64{d.Box[0], d.Box[2], d.Box[4]}
	floor := s.Box[4]
	for i := range s.Obstructions {
		o := &s.Obstructions[i].Box
		if at[0] >= o[0] && at[0] <= o[1] && at[1] >= o[2] && at[1] <= o[3] && o[5] <= at[2] {
			floor = max(floor, o[5])
		}
	}
	angle := prop.SprayAngleDeg
	if !(angle > 0 && angle < 80) {
		angle = 45
	}
	radius := max((at[2]-floor)*math.Tan(angle*math.Pi/180), b.cell[0]/2, b.cell[1]/2)
	half := radius * math.Sqrt(math.Pi) / 2
	kgS := prop.FlowRateLMin / 60000 * density
	u := field.Surface{Name: "spray of " + d.ID, MassFluxKgM2S: kgS / (4 * half * half)}
	if prop.FlowRamp != "" {
		r, err := b.rampOf(prop.FlowRamp, false, prop.Line)
		if err != nil {
			return err
		}
		u.Ramp = r
	}
	there := field.Schedule{}
	if d.Quantity == "TIME" && d.HasSetpoint && b.sceneTime(d.Setpoint) > 0 {
		there = b.byDevice(d)
	}
	s.Vents = append(s.Vents, field.Vent{Name: u.Name, Box: field.Box{at[0] - half, at[0] + half, at[1] - half, at[1] + half, floor, floor}, Surface: len(s.Surfaces), There: there})
	s.Surfaces = append(s.Surfaces, u)
	b.note(d.Line, where, "the %.3g kg/s of fuel that its nozzle sprays are given off as gas over %.3g m2 below it: droplets are not simulated", kgS, 4*half*half)
	return nil
}
