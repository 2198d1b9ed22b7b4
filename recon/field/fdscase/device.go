package fdscase

import (
	"fmt"
	"math"
	"strings"

	"firescene/formats/fds"
	"firescene/recon/field"
)

// measure is a quantity of FDS in those of recon/field: scale times it, plus shift.
type measure struct {
	quantity     field.Quantity
	unit         string
	scale, shift float64
}

// quantities are those that are measured as they are.
var quantities = map[string]measure{
	"TEMPERATURE": {field.GasTemperature, "C", 1, -kelvin}, "THERMOCOUPLE": {field.Thermocouple, "C", 1, -kelvin},
	"U-VELOCITY": {field.VelocityX, "m/s", 1, 0}, "V-VELOCITY": {field.VelocityY, "m/s", 1, 0}, "W-VELOCITY": {field.VelocityZ, "m/s", 1, 0},
	"VELOCITY": {field.Speed, "m/s", 1, 0}, "BIDIRECTIONAL PROBE": {field.BidirectionalFlow, "m/s", 1, 0},
	"DENSITY": {field.GasDensity, "kg/m3", 1, 0}, "HRRPUV": {field.HeatReleaseDensity, "kW/m3", 1, 0}, "PRESSURE": {field.Pressure, "Pa", 1, 0},
	"EXTINCTION COEFFICIENT": {field.Extinction, "1/m", 1, 0}, "OPTICAL DENSITY": {field.Extinction, "1/m", 1 / math.Ln10, 0},
	"WALL TEMPERATURE": {field.WallTemperature, "C", 1, -kelvin}, "BACK WALL TEMPERATURE": {field.BackTemperature, "C", 1, -kelvin},
	"GAUGE HEAT FLUX": {field.GaugeHeatFlux, "kW/m2", 1, 0}, "NET HEAT FLUX": {field.NetHeatFlux, "kW/m2", 1, 0}, "TOTAL HEAT FLUX": {field.NetHeatFlux, "kW/m2", 1, 0},
	"CONVECTIVE HEAT FLUX": {field.ConvectiveFlux, "kW/m2", 1, 0}, "INCIDENT HEAT FLUX": {field.RadiativeFlux, "kW/m2", 1, 0}, "RADIATIVE HEAT FLUX GAS": {field.TargetRadiance, "kW/m2", 1, 0},
	"LAYER HEIGHT": {field.LayerHeight, "m", 1, 0}, "UPPER TEMPERATURE": {field.UpperTemperature, "C", 1, -kelvin}, "LOWER TEMPERATURE": {field.LowerTemperature, "C", 1, -kelvin},
	"HRR": {field.HeatRelease, "kW", 1, 0}, "MASS FLOW": {field.MassFlow, "kg/s", 1, 0}, "MASS FLOW +": {field.MassFlowPositive, "kg/s", 1, 0}, "MASS FLOW -": {field.MassFlowNegative, "kg/s", 1, 0},
	"HEAT FLOW": {field.HeatFlow, "kW", 1, 0}, "LINK TEMPERATURE": {field.LinkTemperature, "C", 1, -kelvin}, "SPRINKLER LINK TEMPERATURE": {field.LinkTemperature, "C", 1, -kelvin},
	"CHAMBER OBSCURATION": {field.ChamberObscuration, "%/m", 1, 0}, "PATH OBSCURATION": {field.PathObscuration, "%", 1, 0},
}

// gases are the VOLUME FRACTION of these.
var gases = map[string]field.Quantity{"OXYGEN": field.OxygenFraction, "CARBON DIOXIDE": field.CO2Fraction, "CARBON MONOXIDE": field.COFraction, "WATER VAPOR": field.WaterFraction}

// stefanBoltzmann in kW/(m2 K4).
const stefanBoltzmann = 5.670374419e-11

// DefaultObscurationPctM is the set point of a smoke detector that states none, as
// in FDS.
const DefaultObscurationPctM = 3.24

func (b *builder) devices() error {
	values := map[string]value{}
	for i := range b.in.Devices {
		d := &b.in.Devices[i]
		if d.ID == "" {
			d.ID = fmt.Sprintf("line %d", d.Line)
		}
		if d.Control != "" && d.Quantity == "CONTROL VALUE" || d.Quantity == "CONTROL" || d.Quantity == "ACTUATED SPRINKLERS" {
			continue // of other devices; below
		}
		if err := b.addDevice(d, values); err != nil {
			return err
		}
	}
	for i := range b.in.Devices {
		d := &b.in.Devices[i]
		if v := b.derived(d, values); v != nil {
			values[d.ID] = v
			b.output(d, d.ID, d.Units, v)
		}
	}
	b.inOrder()
	return nil
}

// addDevice adds what one &DEVC measures.
func (b *builder) addDevice(d *fds.Device, values map[string]value) error {
	where := "&DEVC '" + d.ID + "'"
	prop, err := b.prop(d)
	if err != nil {
		return err
	}
	box := field.Box(d.Box)
	facing := d.Orientation
	if d.IOR != 0 {
		facing = [3]float64{}
		axis := max(d.IOR, -d.IOR) - 1
		facing[axis] = math.Copysign(1, float64(d.IOR))
	}
	target := false
	if d.Init != "" {
		at, normal, ok := b.target(d.Init)
		if !ok {
			b.note(d.Line, where, "it measures on particles, which are not simulated; it is left out")
			return nil
		}
		box = field.Box{at[0], at[0], at[1], at[1], at[2], at[2]}
		facing, target = normal, true
	}
	if d.Points <= 1 || d.Quantity == "" {
		v, unit := b.measured(d, prop, d.ID, box, facing, target)
		if v != nil {
			values[d.ID] = v
			b.output(d, d.ID, unit, v)
		}
		return nil
	}
	for p := range d.Points { // along a line that keeps its direction
		f := float64(p) / float64(d.Points-1)
		var at field.Box
		for a := range 3 {
			x := box[2*a] + f*(box[2*a+1]-box[2*a])
			at[2*a], at[2*a+1] = x, x
		}
		name := fmt.Sprintf("%s-%0*d", d.ID, len(fmt.Sprint(d.Points)), p+1)
		v, unit := b.measured(d, prop, name, at, facing, target)
		if v == nil {
			return nil
		}
		values[name] = v
		b.output(d, name, unit, v)
	}
	return nil
}

// target is the place and direction of a fixed particle.
func (b *builder) target(id string) (at, normal [3]float64, ok bool) {
	for i := range b.in.Inits {
		n := &b.in.Inits[i]
		if n.ID != id || !n.HasAt {
			continue
		}
		for k := range b.in.Particles {
			if p := &b.in.Particles[k]; p.ID == n.Particle && p.Static {
				return n.At, p.Orientation, true
			}
		}
	}
	return at, normal, false
}

func (b *builder) prop(d *fds.Device) (*fds.Prop, error) {
	if d.Prop == "" {
		return &fds.Prop{}, nil
	}
	for i := range b.in.Props {
		if b.in.Props[i].ID == d.Prop {
			return &b.in.Props[i], nil
		}
	}
	return nil, bad(d.Line, "add the &PROP, or take PROP_ID out", "&DEVC '%s': there is no &PROP '%s'", d.ID, d.Prop)
}

// measured adds the devices of the scene that give one value, and says how they
// give it. A quantity that is not measured is listed, and the value is nil.
func (b *builder) measured(d *fds.Device, prop *fds.Prop, name string, box field.Box, facing [3]float64, target bool) (value, string) {
	where := "&DEVC '" + d.ID + "'"
	quantity := d.Quantity
	if quantity == "" {
		quantity = prop.Quantity
	}
	if quantity == "TIME" {
		return func(s sample) float64 { return s.inputS }, "s"
	}
	m, known := quantities[quantity]
	dev := field.Device{Name: name, Box: box, Orientation: facing, RTI: prop.RTI, BeadM: prop.BeadM, BeadEps: prop.BeadEmissivity, Chamber: prop.Cleary, LengthM: prop.LengthM}
	if prop.HasGauge {
		dev.GaugeK = prop.GaugeC + kelvin
	}
	switch gas, isGas := gases[strings.ToUpper(d.Species)]; {
	case quantity == "VOLUME FRACTION" && isGas:
		m, known = measure{gas, "mol/mol", 1, 0}, true
		if d.Dry {
			return b.dry(dev, gas), "mol/mol"
		}
	case quantity == "DENSITY" && strings.EqualFold(d.Species, "SOOT"):
		m = measure{field.SootDensity, "kg/m3", 1, 0}
	case d.Species != "" && quantity != "VOLUME FRACTION":
		known = false
	case quantity == "HRRPUV" && (d.Spatial == "VOLUME INTEGRAL" || d.Spatial == "INTEGRAL"):
		m = measure{field.HeatRelease, "kW", 1, 0}
		for a, h := range d.HalfM {
			if h > 0 {
				dev.Box[2*a] -= h
				dev.Box[2*a+1] += h
			}
		}
	case strings.HasPrefix(quantity, "MASS FLUX ") && d.Spatial == "AREA INTEGRAL":
		m, known = measure{field.MassFlow, "kg/s", 1, 0}, true
	case quantity == "RADIOMETER":
		m, known = measure{field.RadiativeFlux, "kW/m2", 1, -stefanBoltzmann * math.Pow(b.c.Scene.AmbientK, 4)}, true
	case quantity == "GAUGE HEAT FLUX" && target, quantity == "GAUGE HEAT FLUX GAS":
		m, known = measure{field.TargetGaugeFlux, "kW/m2", 1, 0}, true
	case target && (quantity == "RADIATIVE HEAT FLUX" || quantity == "INCIDENT HEAT FLUX"):
		m, known = measure{field.TargetRadiance, "kW/m2", 1, 0}, true
	case target || d.DepthM != 0 || d.Spatial != "":
		known = false
	}
	if !known {
		what := quantity
		if d.Species != "" {
			what += " of " + d.Species
		}
		if d.Spatial != "" {
			what += ", " + d.Spatial
		}
		if target {
			what += ", of a solid target"
		}
		b.note(d.Line, where, "%s is not measured; its column is left out", what)
		return nil, ""
	}
	dev.Quantity = m.quantity
	b.setpoint(d, prop, &dev, m)
	k := b.add(d.ID, dev)
	if quantity == "VELOCITY" && d.Velocity != 0 {
		along := dev
		along.Name, along.Quantity, along.HasSetpoint = name+" direction", []field.Quantity{field.VelocityX, field.VelocityY, field.VelocityZ}[min(2, max(d.Velocity, -d.Velocity)-1)], false
		c := b.add("", along)
		return func(s sample) float64 { return math.Copysign(s.at(k), s.at(c)) }, m.unit
	}
	return func(s sample) float64 { return m.scale*s.at(k) + m.shift }, m.unit
}

// setpoint is the value at which a device responds, in the scene's units.
func (b *builder) setpoint(d *fds.Device, prop *fds.Prop, dev *field.Device, m measure) {
	dev.Falling = d.Falling
	switch {
	case d.HasSetpoint:
		dev.HasSetpoint, dev.Setpoint = true, (d.Setpoint-m.shift)/m.scale
	case m.quantity == field.LinkTemperature && prop.HasActivation:
		dev.HasSetpoint, dev.Setpoint = true, prop.ActivationC+kelvin
	case m.quantity == field.ChamberObscuration:
		dev.HasSetpoint, dev.Setpoint = true, DefaultObscurationPctM
		if prop.HasObscuration {
			dev.Setpoint = prop.ObscurationPctM
		}
	}
}

// add adds a device under a name of its own.
func (b *builder) add(id string, dev field.Device) int {
	s := b.c.Scene
	for n, name := 2, dev.Name; ; n++ {
		taken := false
		if _, taken = b.deviceAt[dev.Name]; !taken {
			break
		}
		dev.Name = fmt.Sprintf("%s (%d)", name, n)
	}
	b.deviceAt[dev.Name] = len(s.Devices)
	s.Devices = append(s.Devices, dev)
	return len(s.Devices) - 1
}

// dry is a volume fraction of gas from which the water is taken out.
func (b *builder) dry(dev field.Device, gas field.Quantity) value {
	dev.Quantity = gas
	k := b.add("", dev)
	dev.Name, dev.Quantity = dev.Name+" water", field.WaterFraction
	w := b.add("", dev)
	return func(s sample) float64 { return s.at(k) / max(1e-6, 1-s.at(w)) }
}

// output makes a column of a value.
func (b *builder) output(d *fds.Device, name, unit string, v value) {
	if d.Hidden || v == nil {
		return
	}
	if d.Factor != 1 || d.Addend != 0 {
		inner := v
		v = func(s sample) float64 { return d.Factor*inner(s) + d.Addend }
	}
	if d.Units != "" {
		unit = d.Units
	}
	o := Output{Name: name, Unit: unit, line: d.Line, value: v, averageFromS: -1}
	if d.Temporal == "RUNNING AVERAGE" || d.Points > 1 && d.Temporal == "" && !d.History {
		o.averageFromS = max(0, b.sceneTime(max(d.StatisticsFromS, b.in.BeginS)))
	} else if d.Temporal != "" && d.Temporal != "TIME AVERAGE" && d.Temporal != "INSTANT VALUE" {
		b.note(d.Line, "&DEVC '"+d.ID+"'", "its statistic %s over time is not taken; the values themselves are written", d.Temporal)
	}
	b.c.Outputs = append(b.c.Outputs, o)
}
