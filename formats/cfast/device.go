package cfast

import (
	"math"
	"strings"
)

// orientations are the directions that the named orientations stand for: a
// target looks at the surface that is named, along the room's own axes.
var orientations = map[string][3]float64{
	"CEILING": {0, 0, 1}, "FLOOR": {0, 0, -1},
	"FRONT WALL": {1, 0, 0}, "BACK WALL": {-1, 0, 0},
	"RIGHT WALL": {0, 1, 0}, "LEFT WALL": {0, -1, 0},
}

func (p *reader) device(g *getter) {
	d := Device{Line: g.r.Line, At: [3]float64{-1, -1, -1}, Normal: [3]float64{0, 0, 1}, DepthM: 0.5, DepthShare: true, SetPoint: math.NaN()}
	var kind, units string
	g.str("TYPE", &kind)
	d.Kind = DeviceKind(strings.ToUpper(kind))
	g.str("ID", &d.ID)
	g.str("COMP_ID", &d.Room)
	g.into("LOCATION", d.At[:])
	g.str("MATL_ID", &d.Material)
	g.floats1("TEMPERATURE_DEPTH", &d.DepthM)
	g.str("DEPTH_UNITS", &units)
	d.DepthShare = !strings.EqualFold(units, "M")
	g.bool("ADIABATIC_TARGET", &d.Adiabatic)
	g.into("CONVECTION_COEFFICIENTS", d.ConvectKW[:])
	g.floats1("RTI", &d.RTI)
	g.floats1("SETPOINT", &d.SetPoint)
	d.HasSetPoint = !math.IsNaN(d.SetPoint)
	if !d.HasSetPoint {
		d.SetPoint = 0
	}
	d.SetPoints = g.list("SETPOINTS", 2)
	g.floats1("SPRAY_DENSITY", &d.SprayMS)
	g.ignore("FYI")
	p.direction(g, &d)
	switch d.Kind {
	case Plate, Cylinder, HeatDetector, SmokeDetector, Sprinkler:
	default:
		g.fail("write PLATE, CYLINDER, HEAT_DETECTOR, SMOKE_DETECTOR or SPRINKLER", "%q is not a TYPE of device", kind)
	}
	if p.in.Devices = append(p.in.Devices, d); len(p.in.Devices) > MaxDevices {
		g.fail("leave out what does not matter", "more than %d devices", MaxDevices)
	}
}

// direction reads where a target looks: NORMAL, or the surface it faces.
func (p *reader) direction(g *getter, d *Device) {
	g.into("NORMAL", d.Normal[:])
	var faces string
	g.str("SURFACE_ORIENTATION", &faces)
	g.str("FRONT_SURFACE_ORIENTATION", &faces)
	if faces != "" && !strings.EqualFold(faces, "NULL") {
		n, ok := orientations[strings.ToUpper(faces)]
		if !ok {
			p.in.list(d.Line, "DEVC", "SURFACE_ORIENTATION", "the orientation \""+faces+"\" is not known; the target faces the ceiling")
			n = [3]float64{0, 0, 1}
		}
		d.Normal = n
	}
	length := math.Hypot(math.Hypot(d.Normal[0], d.Normal[1]), d.Normal[2])
	if g.err == nil && !(length > 1e-9 && length < 1e9) {
		g.fail("give a direction", "the NORMAL of %q has no direction", d.ID)
		return
	}
	if math.Abs(length-1) > 1e-12 {
		for i := range d.Normal {
			d.Normal[i] /= length
		}
	}
}
