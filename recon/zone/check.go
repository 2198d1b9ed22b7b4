package zone

import (
	"fmt"
	"math"
)

// Problem is what keeps a scene from being simulated.
type Problem struct{ Where, What, Next string }

func (p *Problem) Error() string {
	s := p.Where + ": " + p.What
	if p.Next != "" {
		s += " (" + p.Next + ")"
	}
	return s
}

// Bounds on a scene.
const (
	maxDurationS = 7 * 86400
	maxRooms     = 500
	maxLinks     = 5000
	maxFires     = 500
	maxTargets   = 20000
)

// checker keeps the first problem.
type checker struct {
	s     *Scene
	first *Problem
}

func (c *checker) fail(where, next, format string, args ...any) {
	if c.first == nil {
		c.first = &Problem{where, fmt.Sprintf(format, args...), next}
	}
}

// within refuses what is not a number from lo to hi.
func (c *checker) within(where, what string, v, lo, hi float64) {
	if !(v >= lo && v <= hi) {
		c.fail(where, fmt.Sprintf("give a number from %g to %g", lo, hi), "its %s of %g is not possible", what, v)
	}
}

func (c *checker) room(where string, k int, outside bool) {
	if k < 0 && !outside || k < Outside || k >= len(c.s.Rooms) {
		c.fail(where, "name one of the rooms", "it is in a room that is not there")
	}
}

// Check reports the first thing that keeps a scene from being simulated, as a
// *Problem. What it lets pass runs to its end with finite numbers.
func Check(s *Scene) error {
	c := &checker{s: s}
	c.within("scene", "duration in s", s.DurationS, 0.1, maxDurationS)
	c.within("scene", "distance of samples in s", s.SampleS, 0, maxDurationS)
	for _, k := range []float64{s.OutsideK, s.InsideK} {
		if k != 0 {
			c.within("scene", "temperature in K", k, 180, 400)
		}
	}
	if s.PressurePa != 0 {
		c.within("scene", "pressure in Pa", s.PressurePa, 3e4, 2e5)
	}
	c.within("scene", "humidity in %", s.HumidityPct, 0, 100)
	c.within("scene", "lower oxygen limit", s.LowO2, 0, 0.23)
	c.within("scene", "extinction in m2/kg", s.ExtinctionM2Kg, 0, 1e6)
	if s.MaxStepS != 0 {
		c.within("scene", "largest step in s", s.MaxStepS, 1e-3, 100)
	}
	switch {
	case len(s.Rooms) == 0:
		c.fail("scene", "state at least one", "it has no room")
	case len(s.Rooms) > maxRooms, len(s.Vents)+len(s.Holes)+len(s.Fans) > maxLinks, len(s.Fires) > maxFires, len(s.Targets)+len(s.Detectors) > maxTargets:
		c.fail("scene", "leave out what does not matter", "it has %d rooms, %d openings, %d fires, %d devices; the limits are %d, %d, %d, %d", len(s.Rooms), len(s.Vents)+len(s.Holes)+len(s.Fans), len(s.Fires), len(s.Targets)+len(s.Detectors), maxRooms, maxLinks, maxFires, maxTargets)
	}
	if c.first == nil {
		c.rooms()
		c.openings()
		c.fires()
		c.devices()
	}
	if c.first != nil {
		return c.first
	}
	return nil
}

func (c *checker) rooms() {
	for i := range c.s.Rooms {
		r := &c.s.Rooms[i]
		where := "room " + r.Name
		for _, v := range []float64{r.WidthM, r.DepthM, r.HeightM} {
			if !(v >= 0.1 && v <= 1000) {
				c.fail(where, "give width, depth and height from 0.1 to 1000 m", "it measures %g x %g x %g m", r.WidthM, r.DepthM, r.HeightM)
			}
		}
		for _, v := range r.Origin {
			c.within(where, "place in m", v, -1e4, 1e4)
		}
		c.within(where, "leak in m2", r.LeakWallM2, 0, 1e4)
		c.within(where, "leak in m2", r.LeakFloorM2, 0, 1e4)
		for k, s := range r.Section {
			c.within(where, "section's height in m", s.HeightM, 0, r.HeightM+1e-6)
			c.within(where, "section's area in m2", s.AreaM2, 1e-3, 1e6)
			if k > 0 && !(s.HeightM > r.Section[k-1].HeightM) {
				c.fail(where, "list the heights rising", "the section at %g m does not come after that at %g m", s.HeightM, r.Section[k-1].HeightM)
			}
		}
		for _, s := range []Surface{r.Ceiling, r.Wall, r.Floor} {
			c.surface(where, s)
		}
	}
	for _, j := range c.s.Joins {
		c.room("joined surface", j.From, false)
		c.room("joined surface", j.To, j.Wall)
		c.within("joined surface", "share", j.Share, 0, 1)
		if j.From == j.To {
			c.fail("joined surface", "name two rooms", "a room's surface is joined to itself")
		}
	}
}

func (c *checker) surface(where string, s Surface) {
	c.within(where, "surface's emissivity", s.Emissivity, 0, 1)
	for _, l := range s.Slabs {
		c.within(where, "surface's thickness in m", l.ThickM, 1e-4, 10)
		c.within(where, "surface's conductivity in kW/(m K)", l.Material.ConductKWmK, 1e-7, 10)
		c.within(where, "surface's density in kg/m3", l.Material.DensityKgM3, 0.1, 3e4)
		c.within(where, "surface's heat in kJ/(kg K)", l.Material.HeatKJKgK, 0.01, 20)
	}
}

func (c *checker) schedule(where string, s *Schedule) {
	for i := range s.TimeS {
		c.within(where, "opening's time in s", s.TimeS[i], -1e9, 1e9)
		if i >= len(s.Share) {
			c.fail(where, "give a share for each time", "its opening has more times than shares")
			return
		}
		c.within(where, "open share", s.Share[i], 0, 1)
		if i > 0 && s.TimeS[i] < s.TimeS[i-1] {
			c.fail(where, "list the times rising", "the time %g s of its opening does not come after %g s", s.TimeS[i], s.TimeS[i-1])
		}
	}
	if t := s.Trigger; t != nil {
		c.within(where, "open share", s.Before, 0, 1)
		c.within(where, "open share", s.After, 0, 1)
		c.trigger(where, t)
	}
}

func (c *checker) trigger(where string, t *Trigger) {
	if t.Target < 0 || t.Target >= len(c.s.Targets) {
		c.fail(where, "name a target", "it waits for a target that is not there")
	}
	c.within(where, "trigger", t.Value, 0, 5000)
}

func (c *checker) openings() {
	for i := range c.s.Vents {
		v := &c.s.Vents[i]
		where := "vent " + v.Name
		c.room(where, v.A, true)
		c.room(where, v.B, true)
		if v.A == v.B {
			c.fail(where, "name two different places", "it joins a place with itself")
		}
		c.within(where, "width in m", v.WidthM, 0, 1e4)
		c.within(where, "foot in m", v.BottomM, -1000, 1000)
		c.within(where, "height in m", v.HeightM, 0, 1000)
		c.schedule(where, &v.Open)
	}
	for i := range c.s.Holes {
		h := &c.s.Holes[i]
		where := "ceiling vent " + h.Name
		c.room(where, h.Upper, true)
		c.room(where, h.Lower, true)
		if h.Upper == h.Lower {
			c.fail(where, "name two different places", "it joins a place with itself")
		}
		c.within(where, "area in m2", h.AreaM2, 0, 1e6)
		c.schedule(where, &h.Open)
	}
	for i := range c.s.Fans {
		f := &c.s.Fans[i]
		where := "fan " + f.Name
		c.room(where, f.From, true)
		c.room(where, f.To, true)
		if f.From == f.To {
			c.fail(where, "name two different places", "it joins a place with itself")
		}
		c.within(where, "flow in m3/s", f.FlowM3S, 0, 1e5)
		for _, v := range []float64{f.FromM, f.ToM, f.FromSpanM} {
			c.within(where, "height in m", v, -1000, 1000)
		}
		c.within(where, "cut-off in Pa", f.FullPa, -1e6, 1e6)
		c.within(where, "cut-off in Pa", f.NonePa, -1e6, 1e6)
		c.within(where, "filter", f.FilterShare, 0, 1)
		c.within(where, "filter's time in s", f.FilterS, 0, 1e9)
		c.schedule(where, &f.Open)
	}
}

func (c *checker) fires() {
	for i := range c.s.Fires {
		f := &c.s.Fires[i]
		where := "fire " + f.Name
		c.room(where, f.Room, false)
		c.within(where, "place in m", f.X, -1e4, 1e4)
		c.within(where, "place in m", f.Y, -1e4, 1e4)
		c.within(where, "ignition in s", f.IgniteS, 0, 1e9)
		c.within(where, "heat of combustion in kJ/kg", f.Fuel.HeatKJKg, 500, 2e5)
		c.within(where, "radiative share", f.Fuel.Radiative, 0, 0.95)
		for _, v := range []float64{f.Fuel.C, f.Fuel.H, f.Fuel.O, f.Fuel.N, f.Fuel.Cl} {
			c.within(where, "formula", v, 0, 1e4)
		}
		if f.Trigger != nil {
			c.trigger(where, f.Trigger)
		}
		for k, r := range f.Rows {
			c.within(where, "time in s", r.TimeS, -1e9, 1e9)
			c.within(where, "heat release in kW", r.HRRkW, 0, 1e6)
			c.within(where, "base in m", r.BaseM, 0, 1000)
			c.within(where, "area in m2", r.AreaM2, 0, 1e5)
			for _, y := range []float64{r.CO, r.Soot, r.HCN, r.HCl} {
				c.within(where, "yield", y, 0, 1)
			}
			c.within(where, "trace yield", r.Trace, 0, 1e6)
			if k > 0 && r.TimeS < f.Rows[k-1].TimeS {
				c.fail(where, "list the table in rising time", "time %g s does not come after %g s", r.TimeS, f.Rows[k-1].TimeS)
			}
		}
		if f.Heat == nil && len(f.Rows) == 0 {
			c.fail(where, "state its heat release over time", "it has no heat release")
		}
	}
}

func (c *checker) devices() {
	for i := range c.s.Targets {
		t := &c.s.Targets[i]
		where := "target " + t.Name
		c.room(where, t.Room, false)
		n := math.Sqrt(t.Normal[0]*t.Normal[0] + t.Normal[1]*t.Normal[1] + t.Normal[2]*t.Normal[2])
		c.within(where, "direction's length", n, 0.999, 1.001)
		for _, v := range t.At {
			c.within(where, "place in m", v, -1e4, 1e4)
		}
		c.within(where, "thickness in m", t.ThickM, 0, 10)
		c.within(where, "emissivity", t.Emissivity, 0, 1)
		c.within(where, "depth in m", t.DepthM, 0, 10)
		if t.Cylinder && !(t.ThickM > 0 && t.Material.ConductKWmK > 0) {
			c.fail(where, "give it a material with a thickness", "the cylinder has no size or material")
		}
		if t.Material.ConductKWmK != 0 && t.ThickM > 0 {
			c.surface(where, Surface{Slabs: []Slab{{t.Material, t.ThickM}}})
		}
		for _, h := range t.ConvectKW {
			c.within(where, "convection in kW/(m2 K)", h, 0, 10)
		}
	}
	for i := range c.s.Detectors {
		d := &c.s.Detectors[i]
		where := "detector " + d.Name
		c.room(where, d.Room, false)
		for _, v := range d.At {
			c.within(where, "place in m", v, -1e4, 1e4)
		}
		c.within(where, "set point", d.SetPoint, 0, 5000)
		c.within(where, "RTI in (m s)^1/2", d.RTI, 0, 1e5)
		c.within(where, "spray in m/s", d.SprayMS, 0, 1)
	}
}
