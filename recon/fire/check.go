package fire

import (
	"fmt"
	"math"

	"firescene/formats/strictyaml"
	"firescene/recon"
	"firescene/recon/fuels"
	"firescene/recon/handcalc"
)

// Outside is the name that an opening gives the open air.
const Outside = "outside"

// Bounds on what a hypothesis may ask, so that no file can fill memory or time.
const (
	maxDurationS = 6 * 3600
	maxRooms     = 200
	maxOpenings  = 500
	maxFuels     = 200
	maxDetectors = 200
	maxCurve     = 20000
)

// Problem is one thing wrong with a hypothesis or an observation: where in the
// file, as a YAML path, what, and what to do.
type Problem = strictyaml.Problem

// Check says whether a hypothesis can be simulated; the error is the first
// *Problem. A hypothesis from ParseHypothesis has passed it.
func Check(h *recon.Hypothesis) error {
	c := &checker{}
	c.hypothesis(h)
	if c.first != nil {
		return c.first
	}
	return nil
}

// checker notes the first problem and lets the rest pass.
type checker struct{ first *Problem }

func (c *checker) fail(path, next, format string, args ...any) {
	if c.first == nil {
		c.first = &Problem{Path: path, What: fmt.Sprintf(format, args...), Next: next}
	}
}

// number refuses values that are not finite or lie outside [lo, hi].
func (c *checker) number(path string, v, lo, hi float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) || v < lo || v > hi {
		c.fail(path, fmt.Sprintf("give a number from %g to %g", lo, hi), "%g is not possible here", v)
	}
}

func (c *checker) place(path string, v recon.Vec) {
	for i := range v {
		c.number(fmt.Sprintf("%s[%d]", path, i), v[i], -1e6, 1e6)
	}
}

func (c *checker) count(path string, n, most int) {
	if n > most {
		c.fail(path, "leave out what does not matter", "%d entries are more than the %d that one hypothesis may have", n, most)
	}
}

func (c *checker) hypothesis(h *recon.Hypothesis) {
	if h.ID == "" {
		c.fail("$.id", "give it a short ID, for example H1", "the hypothesis has no ID")
	}
	if h.ID != "" && !plainName(h.ID) {
		c.fail("$.id", "use letters, digits, - and _", "%q can not name a file", h.ID)
	}
	c.count("$.rooms", len(h.Rooms), maxRooms)
	c.count("$.openings", len(h.Openings), maxOpenings)
	c.count("$.fuels", len(h.Fuels), maxFuels)
	c.count("$.detectors", len(h.Detectors), maxDetectors)
	if c.first != nil {
		return
	}
	c.rooms(h)
	c.origin(h)
	c.openings(h)
	c.fuels(h)
	c.detectors(h)
	c.number("$.duration_s", h.DurationS, 0, maxDurationS)
	if h.AmbientC != nil {
		c.number("$.ambient_C", *h.AmbientC, -50, 60)
	}
}

// plainName allows what is safe as a part of a file name everywhere.
func plainName(s string) bool {
	if len(s) > 64 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

func (c *checker) rooms(h *recon.Hypothesis) {
	if len(h.Rooms) == 0 {
		c.fail("$.rooms", "state at least the room of origin", "no room is stated")
	}
	seen := map[string]bool{Outside: true, "": true}
	for i := range h.Rooms {
		r, at := &h.Rooms[i], fmt.Sprintf("$.rooms[%d]", i)
		if seen[r.Name] {
			c.fail(at+".name", "give each room a name of its own; \"outside\" is the open air", "the name %q is taken or missing", r.Name)
		}
		seen[r.Name] = true
		c.place(at+".min_m", r.Min)
		c.place(at+".max_m", r.Max)
		for k, axis := range []string{"x", "y", "z"} {
			if size := r.Max[k] - r.Min[k]; c.first == nil && !(size >= 0.3 && size <= 200) {
				c.fail(at+".max_m", "min_m is the lower corner and max_m the upper, in metres", "the room measures %g m along %s", size, axis)
			}
		}
		if r.Wall != "" {
			if _, err := handcalc.MaterialNamed(r.Wall); err != nil {
				c.fail(at+".wall", "", "%v", err)
			}
		}
		c.number(at+".wall_thick_m", r.ThickM, 0, 2)
		if r.ThickM != 0 && r.ThickM < 1e-4 {
			c.fail(at+".wall_thick_m", "give the thickness in metres", "%g m is too thin", r.ThickM)
		}
	}
}

func (c *checker) origin(h *recon.Hypothesis) {
	c.place("$.origin.at_m", h.Origin.At)
	c.number("$.origin.radius_m", h.Origin.RadiusM, 0, 100)
	room := findRoom(h, h.Origin.Room)
	switch {
	case room == nil:
		c.fail("$.origin.room", "name one of the rooms stated", "the room %q is not among the rooms", h.Origin.Room)
	case !inside(h.Origin.At, room):
		c.fail("$.origin.at_m", "at_m is in the same coordinates as the room's min_m and max_m", "the origin %v lies outside its room %s, %v to %v", h.Origin.At, room.Name, room.Min, room.Max)
	}
	if h.Ignition.Time.IsZero() {
		c.fail("$.ignition.time", "give it as 2026-03-01T21:14:00+08:00", "the time of ignition is missing")
	}
	c.number("$.ignition.uncertainty_s", h.Ignition.UncertaintyS, 0, 30*86400)
}

func (c *checker) openings(h *recon.Hypothesis) {
	for i := range h.Openings {
		o, at := &h.Openings[i], fmt.Sprintf("$.openings[%d]", i)
		for _, end := range []struct{ key, room string }{{"from", o.From}, {"to", o.To}} {
			if end.room != Outside && findRoom(h, end.room) == nil {
				c.fail(at+"."+end.key, "name one of the rooms, or outside", "the room %q is not among the rooms", end.room)
			}
		}
		if o.From == o.To {
			c.fail(at+".to", "an opening joins two different places", "both ends are %q", o.To)
		}
		c.number(at+".width_m", o.WidthM, 0.001, 100)
		if o.At != nil {
			c.place(at+".at_m", *o.At)
		}
		c.number(at+".sill_m", o.SillM, 0, 100)
		c.number(at+".head_m", o.HeadM, 0, 100)
		c.number(at+".open_at_s", o.OpenAtS, 0, maxDurationS)
		if o.HeadM <= o.SillM {
			c.fail(at+".head_m", "head_m is the top of the opening and sill_m its bottom, above the floor", "the head at %g m is not above the sill at %g m", o.HeadM, o.SillM)
		}
		for _, name := range []string{o.From, o.To} {
			if r := findRoom(h, name); r != nil && o.HeadM > r.Max[2]-r.Min[2]+1e-6 {
				c.fail(at+".head_m", "heights of openings are above the floor", "the head at %g m is above the ceiling of %s at %g m", o.HeadM, name, r.Max[2]-r.Min[2])
			}
		}
	}
}

func (c *checker) fuels(h *recon.Hypothesis) {
	if len(h.Fuels) == 0 {
		c.fail("$.fuels", "state what burned, with its heat release", "no fuel is stated")
	}
	inOrigin := false
	for i := range h.Fuels {
		f, at := &h.Fuels[i], fmt.Sprintf("$.fuels[%d]", i)
		c.place(at+".at_m", f.At)
		c.number(at+".area_m2", f.AreaM2, 0, 1000)
		c.number(at+".radiative_fraction", f.RadiativeFraction, 0, 0.8)
		c.number(at+".ignites_at_s", f.IgnitesAtS, 0, maxDurationS)
		c.number(at+".spread_pct", f.SpreadPct, 0, 200)
		switch {
		case f.Growth != nil && len(f.Curve) > 0:
			c.fail(at+".growth", "keep one of them", "both a curve and a growth are stated")
		case f.Growth != nil:
			c.growth(at+".growth", f.Growth)
		case len(f.Curve) < 2 && f.Item != "":
			_, err := fuels.Named(f.Item)
			c.fail(at+".item", "read the hypothesis with ParseHypothesis, which takes the item's heat release", "the heat release of the item %q was not taken (%v)", f.Item, err)
		case len(f.Curve) < 2:
			c.fail(at, "state item (see fire fuels), curve_s_kW with at least two points, or growth", "the heat release of %q is missing", f.Name)
		default:
			c.curve(at+".curve_s_kW", f.Curve)
		}
		if roomOf(h, f.At) == nil {
			c.fail(at+".at_m", "at_m is in the same coordinates as the rooms", "%q lies outside every room", f.Name)
		}
		if r := findRoom(h, h.Origin.Room); r != nil && inside(f.At, r) {
			inOrigin = true
		}
	}
	if !inOrigin {
		c.fail("$.fuels", "state the item that burned first", "no fuel lies in the room of origin %q", h.Origin.Room)
	}
}

func (c *checker) growth(at string, g *recon.Growth) {
	c.number(at+".alpha_kW_s2", g.AlphaKWs2, 1e-7, 100)
	c.number(at+".peak_kW", g.PeakKW, 0.1, 1e6)
	c.number(at+".plateau_s", g.PlateauS, 0, 1e6)
	c.number(at+".decay_s", g.DecayS, 0, 1e6)
	if g.PlateauS == 0 && g.DecayS == 0 {
		c.fail(at, "state plateau_s or decay_s", "the fire would go out at once on reaching its peak")
	}
}

func (c *checker) curve(at string, curve [][2]float64) {
	c.count(at, len(curve), maxCurve)
	for k, p := range curve {
		if c.first != nil {
			return
		}
		row := fmt.Sprintf("%s[%d]", at, k)
		c.number(row+"[0]", p[0], 0, 1e6)
		if p[1] < 0 {
			c.fail(row+"[1]", "a fire releases heat; give 0 or more", "heat release of %g kW is negative", p[1])
		}
		c.number(row+"[1]", p[1], 0, 1e6)
		if k > 0 && !(p[0] > curve[k-1][0]) {
			c.fail(row+"[0]", "list the curve in rising time", "time %g s does not come after %g s", p[0], curve[k-1][0])
		}
	}
}

func (c *checker) detectors(h *recon.Hypothesis) {
	seen := map[string]bool{}
	for i := range h.Detectors {
		d, at := &h.Detectors[i], fmt.Sprintf("$.detectors[%d]", i)
		if d.Name == "" || seen[d.Name] {
			c.fail(at+".name", "give each detector a name of its own", "the name %q is taken or missing", d.Name)
		}
		seen[d.Name] = true
		c.place(at+".at_m", d.At)
		c.number(at+".rise_C", d.RiseC, 0, 500)
		c.number(at+".rti_m12s12", d.RTI, 0, 1000)
		c.number(at+".activation_C", d.ActivationC, -50, 1200)
		switch d.Kind {
		case "smoke":
		case "heat", "sprinkler":
			if d.RTI == 0 {
				c.fail(at, "state rti_m12s12, for example 50 (quick) or 150", "the %s detector %q has no response time index", d.Kind, d.Name)
			}
			c.aboveAmbient(at, h, d)
		case "gas_temperature":
			c.aboveAmbient(at, h, d)
		default:
			c.fail(at+".kind", "write smoke, heat, sprinkler or gas_temperature", "%q is not a kind of detector", d.Kind)
		}
		if roomOf(h, d.At) == nil {
			c.fail(at+".at_m", "at_m is in the same coordinates as the rooms", "the detector %q at %v lies outside every room", d.Name, d.At)
		}
	}
}

func (c *checker) aboveAmbient(at string, h *recon.Hypothesis, d *recon.Detector) {
	ambient := handcalc.AmbientStdC
	if h.AmbientC != nil {
		ambient = *h.AmbientC
	}
	if d.ActivationC <= ambient {
		c.fail(at, "state activation_C", "the detector %q would respond at %g C, not above ambient", d.Name, d.ActivationC)
	}
}

func findRoom(h *recon.Hypothesis, name string) *recon.Room {
	for i := range h.Rooms {
		if h.Rooms[i].Name == name {
			return &h.Rooms[i]
		}
	}
	return nil
}

func roomOf(h *recon.Hypothesis, at recon.Vec) *recon.Room {
	for i := range h.Rooms {
		if inside(at, &h.Rooms[i]) {
			return &h.Rooms[i]
		}
	}
	return nil
}

// inside allows a centimetre, for devices on the ceiling and items on the floor.
func inside(at recon.Vec, r *recon.Room) bool {
	const slack = 0.01
	for k := range at {
		if at[k] < r.Min[k]-slack || at[k] > r.Max[k]+slack {
			return false
		}
	}
	return true
}
