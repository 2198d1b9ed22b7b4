package field

import (
	"fmt"
	"math"
)

// The most cells, devices, obstructions and vents that a scene may have. A million
// cells take about 600 MiB.
const (
	MostCells  = 4_000_000
	mostThings = 20000
)

// checker collects problems.
type checker struct{ out, later []Problem }

func (c *checker) fatal(where, format string, args ...any) {
	c.out = append(c.out, Problem{true, where, fmt.Sprintf(format, args...)})
}

func (c *checker) doubt(where, format string, args ...any) {
	c.out = append(c.out, Problem{false, where, fmt.Sprintf(format, args...)})
}

// number is a fatal problem unless lo <= v <= hi.
func (c *checker) number(where, name string, v, lo, hi float64) {
	if !(v >= lo && v <= hi) {
		c.fatal(where, "%s is %g; give %g to %g", name, v, lo, hi)
	}
}

// Check says what is wrong with a scene (Fatal: Run refuses it) or doubtful in it,
// each with the place, the numbers and what to do.
func Check(sc *Scene) []Problem {
	c := &checker{}
	c.region(sc)
	if len(c.out) > 0 {
		return c.out
	}
	c.surfaces(sc)
	c.reaction(&sc.Reaction)
	if n := max(len(sc.Obstructions), len(sc.Vents), len(sc.Devices), len(sc.Initial), len(sc.Leaks)); n > mostThings {
		c.fatal("scene", "%d things of a kind are more than %d; join boxes", n, mostThings)
		return c.out
	}
	c.things(sc)
	for _, p := range c.out {
		if p.Fatal {
			return c.out
		}
	}
	c.plausible(sc)
	return c.out
}

func (c *checker) region(sc *Scene) {
	if !sc.Box.finite() {
		c.fatal("region", "its box %v holds what is no number", sc.Box)
		return
	}
	cells := 1.
	for a := range 3 {
		l := sc.Box.size(a)
		if !(l > 0.01 && l < 10000) {
			c.fatal("region", "it is %g m along %c; give 0.01 to 10000 m", l, "xyz"[a])
		}
		if sc.Cells[a] < 1 {
			c.fatal("region", "it has %d cells along %c; give at least 1", sc.Cells[a], "xyz"[a])
		}
		cells *= float64(max(sc.Cells[a], 1))
	}
	if cells > MostCells {
		c.fatal("region", "%.3g cells are asked for, at most %.3g can be had; make cells %.1f times as large", cells, float64(MostCells), math.Cbrt(cells/MostCells)*1.05)
	}
	if len(c.out) == 0 {
		least, most := math.Inf(1), 0.
		for a := range 3 {
			d := sc.Box.size(a) / float64(sc.Cells[a])
			least, most = min(least, d), max(most, d)
		}
		if least < 1e-3 {
			c.fatal("region", "cells of %.2g m are too small for this model; give at least 1 mm", least)
		}
		if most > 4*least && cells > 1 {
			c.doubt("region", "cells are %.1f times as long one way as another; the model is validated for cells that are nearly cubes", most/least)
		}
	}
	c.number("time", "the end", sc.EndS, 1e-3, 1e6)
	if sc.AmbientK != 0 {
		c.number("region", "the ambient temperature in K", sc.AmbientK, 200, 400)
	}
	if sc.PressurePa != 0 {
		c.number("region", "the pressure in Pa", sc.PressurePa, 2e4, 3e5)
	}
	c.number("region", "the humidity in %", sc.HumidityPct, 0, 100)
	c.number("region", "the distance of samples", sc.SampleS, 0, 1e6)
	fatal := c.out[:0:0]
	for _, p := range c.out {
		if p.Fatal {
			fatal = append(fatal, p)
		}
	}
	if len(fatal) > 0 {
		c.out = fatal
	} else {
		c.keep()
	}
}

// keep lets doubts of the region pass on without ending the check.
func (c *checker) keep() {
	doubts := c.out
	c.out = nil
	c.later = doubts
}

func (c *checker) ramp(where, name string, r Ramp) {
	for i, p := range r {
		if math.IsNaN(p[0]+p[1]) || math.IsInf(p[0]+p[1], 0) {
			c.fatal(where, "row %d of %s, (%g, %g), holds what is no number", i+1, name, p[0], p[1])
			return
		}
		if i > 0 && p[0] < r[i-1][0] {
			c.fatal(where, "row %d of %s goes back, from %g to %g", i+1, name, r[i-1][0], p[0])
			return
		}
	}
}

func (c *checker) surfaces(sc *Scene) {
	for i := range sc.Surfaces {
		s := &sc.Surfaces[i]
		w := "surface " + s.Name
		c.number(w, "emissivity", s.Emissivity, 0, 1)
		c.number(w, "heat release in kW/m2", s.HRRPUA, 0, 2e7)
		c.number(w, "fuel in kg/(m2 s)", s.MassFluxKgM2S, 0, 100)
		c.number(w, "its held temperature in K", s.FixedK, 0, 3000)
		c.number(w, "its ignition temperature in K", s.IgnitionK, 0, 3000)
		c.number(w, "its critical flux in kW/m2", s.CriticalFluxKW, 0, 1000)
		c.number(w, "its flux-time product", s.FluxTime, 0, 1e12)
		c.number(w, "the power of its flux-time product", s.FluxTimePower, 0, 10)
		c.number(w, "its convection in kW/(m2 K)", s.ConvectKW, 0, 10)
		c.number(w, "its velocity in m/s", s.BlowMS, -100, 100)
		c.number(w, "its flow in m3/s", s.BlowM3S, -1e4, 1e4)
		c.number(w, "the temperature in K of what it blows in", s.BlowK, 0, 2000)
		c.number(w, "its ignition time", s.IgniteS, -1e6, 1e9)
		c.ramp(w, "its ramp", s.Ramp)
		c.ramp(w, "its temperature ramp", s.FixedRamp)
		c.ramp(w, "its flow ramp", s.BlowRamp)
		if len(s.Layers) > 20 {
			c.fatal(w, "%d layers are more than 20", len(s.Layers))
			continue
		}
		for _, l := range s.Layers {
			c.number(w, "thickness in m of "+l.Material.Name, l.ThickM, 1e-5, 10)
			c.number(w, "density in kg/m3 of "+l.Material.Name, l.Material.DensityKgM3, .1, 3e4)
			c.number(w, "emissivity of "+l.Material.Name, l.Material.Emissivity, 0, 1)
			if len(l.Material.ConductRamp) == 0 {
				c.number(w, "conductivity in kW/(m K) of "+l.Material.Name, l.Material.ConductKWmK, 1e-6, 1)
			}
			if len(l.Material.HeatRamp) == 0 {
				c.number(w, "heat capacity in kJ/(kg K) of "+l.Material.Name, l.Material.HeatKJKgK, .01, 50)
			}
			c.ramp(w, "conductivity of "+l.Material.Name, l.Material.ConductRamp)
			c.ramp(w, "heat capacity of "+l.Material.Name, l.Material.HeatRamp)
			for _, r := range [2]Ramp{l.Material.ConductRamp, l.Material.HeatRamp} {
				for _, p := range r {
					if p[1] <= 0 {
						c.fatal(w, "a property of %s is %g at %g K; it must be above 0", l.Material.Name, p[1], p[0])
					}
				}
			}
		}
	}
}

func (c *checker) reaction(r *Reaction) {
	const w = "reaction"
	for k, v := range [4]float64{r.C, r.H, r.O, r.N} {
		c.number(w, "the number of "+[4]string{"C", "H", "O", "N"}[k], v, 0, 1e4)
	}
	c.number(w, "heat of combustion in kJ/kg", r.HeatKJKg, 0, 2e5)
	c.number(w, "soot yield", r.SootYield, 0, 1)
	c.number(w, "CO yield", r.COYield, 0, 2)
	if r.RadiativeFraction != NoRadiation {
		c.number(w, "radiative fraction", r.RadiativeFraction, 0, .95)
	}
	if r.CriticalFlameK != 0 {
		c.number(w, "critical flame temperature in K", r.CriticalFlameK, 700, 3000)
	}
	c.number(w, "limit of oxygen", r.OxygenLimit, 0, .2)
	c.number(w, "extinction by smoke in m2/kg", r.ExtinctionM2Kg, 0, 1e5)
	if r.C+r.H+r.O+r.N > 0 && r.C+r.H/4-r.O/2 <= 0 {
		c.fatal(w, "a fuel C%g H%g O%g needs no oxygen to burn", r.C, r.H, r.O)
	}
}

func (c *checker) things(sc *Scene) {
	surf := func(w string, n int) {
		if n < Ambient || n >= len(sc.Surfaces) {
			c.fatal(w, "surface %d is not there; there are %d", n, len(sc.Surfaces))
		}
	}
	box := func(w string, b Box) bool {
		if !b.finite() {
			c.fatal(w, "its box %v holds what is no number", b)
			return false
		}
		for a := range 3 {
			if b[2*a] > b[2*a+1] {
				c.fatal(w, "its box %v falls along %c; give the lower value first", b, "xyz"[a])
				return false
			}
		}
		return true
	}
	plan := func(w string, s *Schedule) {
		if len(s.SwitchS) > 10000 {
			c.fatal(w, "%d changes of its schedule are more than 10000", len(s.SwitchS))
		}
		for _, t := range s.SwitchS {
			if math.IsNaN(t) {
				c.fatal(w, "its schedule holds what is no number")
				return
			}
		}
		if s.Device == "" {
			return
		}
		for i := range sc.Devices {
			if sc.Devices[i].Name == s.Device && sc.Devices[i].HasSetpoint {
				return
			}
		}
		c.fatal(w, "its schedule waits for a device %q with a set point, which is not there", s.Device)
	}
	for _, n := range sc.Boundary {
		surf("border", n)
	}
	for i := range sc.Obstructions {
		o := &sc.Obstructions[i]
		w := "obstruction " + o.Name
		for _, n := range o.Surfaces {
			surf(w, n)
		}
		plan(w, &o.There)
		if box(w, o.Box) && c.outside(sc, o.Box) {
			c.doubt(w, "its box %v lies outside the region %v and is left out", o.Box, sc.Box)
		}
	}
	for i := range sc.Vents {
		v := &sc.Vents[i]
		w := "vent " + v.Name
		plan(w, &v.There)
		if v.Kind > Mirror {
			c.fatal(w, "its kind %d is not known", v.Kind)
		}
		if v.Kind == Lay {
			surf(w, v.Surface)
		}
		if box(w, v.Box) {
			c.vent(sc, v, w)
		}
	}
	for i := range sc.Leaks {
		w := "leak " + sc.Leaks[i].Name
		box(w, sc.Leaks[i].Box)
		c.number(w, "area in m2", sc.Leaks[i].AreaM2, 0, 1000)
		c.number(w, "coefficient", sc.Leaks[i].Coeff, 0, 2)
		c.number(w, "pressure in Pa", sc.Leaks[i].ReferencePa, 0, 1e5)
		c.number(w, "exponent", sc.Leaks[i].Exponent, 0, 2)
	}
	for i := range sc.Initial {
		in := &sc.Initial[i]
		w := fmt.Sprintf("initial region %d", i+1)
		box(w, in.Box)
		c.number(w, "temperature in K", in.TempK, 0, 3000)
		c.number(w, "fuel fraction", in.FuelFraction, 0, 1)
		c.number(w, "product fraction", in.ProductFraction, 0, 1-in.FuelFraction)
		c.number(w, "heat in kW/m3", in.HRRPUV, 0, 1e5)
		for _, v := range in.Velocity {
			c.number(w, "velocity in m/s", v, -200, 200)
		}
	}
	c.devices(sc, box)
}
