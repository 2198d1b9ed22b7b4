package fire

import (
	"fmt"
	"math"
	"strings"

	"firescene/recon"
	"firescene/recon/handcalc"
)

// alias is another name that the user may give a kind.
type alias struct {
	kind   recon.ObservationKind
	device string // what failed
}

// aliases are the names under which people state observations; each is judged as the
// kind beside it.
var aliases = map[recon.ObservationKind]alias{
	"alarm":     {kind: recon.ObsArrival},
	"sprinkler": {kind: recon.ObsArrival},
	"camera":    {kind: recon.ObsSeenAt},
	"statement": {kind: recon.ObsSeenAt},
	"soot_line": {kind: recon.ObsSmokeHeight},
	"v_pattern": {kind: recon.ObsPattern},
	"router":    {kind: recon.ObsDeviceLost, device: "electronics"},
	"breaker":   {kind: recon.ObsDeviceLost, device: "cable"},
}

// canonical gives an observation the kind behind its name and turns an interval of
// time into its middle and the standard deviation of a rectangle.
func canonical(o *recon.Observation, at string) error {
	c := &checker{}
	if o.Kind == "statement" && o.Reliability == 0 {
		c.fail(at, "state reliability, the probability that it is true, from 0.01 to 1", "the statement %q has no reliability", o.ID)
	}
	if a, ok := aliases[o.Kind]; ok {
		o.Kind = a.kind
		if a.device != "" && o.Device == nil {
			o.Device = &recon.DeviceFinding{Kind: a.device}
		}
	}
	switch {
	case o.From == nil && o.Until == nil:
	case o.From == nil || o.Until == nil:
		c.fail(at, "state both from and until", "the interval of %q has one end", o.ID)
	case !o.Time.IsZero() || o.Event != nil:
		c.fail(at, "keep either time or event, or from and until", "the time of %q is stated twice", o.ID)
	case o.Until.Before(*o.From):
		c.fail(at+".until", "until does not come before from", "the interval of %q ends before it begins", o.ID)
	default:
		width := o.Until.Sub(*o.From)
		o.Time = o.From.Add(width / 2)
		o.SigmaS = math.Hypot(o.SigmaS, width.Seconds()/math.Sqrt(12))
	}
	if c.first != nil {
		return c.first
	}
	return nil
}

// evidence checks the kinds that stand on surfaces, devices and records.
func (c *checker) evidence(at string, o *recon.Observation, needTime func()) {
	if o.At == nil {
		if known(o.Kind) {
			c.fail(at, "state at_m", "%q names no place", o.ID)
		}
	}
	surface := func() *recon.SurfaceFinding {
		if o.Surface == nil {
			c.fail(at, "state surface: {...}", "the %s observation %q says nothing of the surface", o.Kind, o.ID)
			return &recon.SurfaceFinding{}
		}
		c.surface(at+".surface", o.Surface)
		return o.Surface
	}
	switch o.Kind {
	case recon.ObsExposure:
		if s := surface(); !(s.ExposureMJ > 0 && s.SigmaMJ > 0) {
			c.fail(at+".surface", "state exposure_MJ_m2 and sigma_MJ_m2", "the exposure of %q or its uncertainty is missing", o.ID)
		}
	case recon.ObsChar, recon.ObsCalcination:
		s := surface()
		if o.Kind == recon.ObsCalcination && s.Material == "" {
			s.Material = "gypsum"
		}
		if s.SigmaMM <= 0 {
			c.fail(at+".surface", "state depth_mm and sigma_mm, how well it is known", "the depth of %q has no uncertainty", o.ID)
		}
		if s.Material == "" {
			c.fail(at+".surface.material", "name the wood, for example pine or oak", "the material of %q is missing", o.ID)
		}
	case recon.ObsCleanBurn, recon.ObsSpalling, recon.ObsGlass:
		if surface().Present == nil {
			c.fail(at+".surface", "state present: true or false", "%q does not say whether it is there", o.ID)
		}
	case recon.ObsDeviceLost:
		needTime()
		if o.Device == nil || o.Device.Kind != "electronics" && o.Device.Kind != "cable" {
			c.fail(at, "state device: {kind: electronics} or {kind: cable}", "%q does not say what failed", o.ID)
			return
		}
		c.number(at+".device.diameter_m", o.Device.DiameterM, 0, 0.2)
		c.number(at+".device.fails_C", o.Device.FailsC, 0, 1000)
	case recon.ObsArcOrder:
		if o.Arc == nil {
			c.fail(at, "state arc: {branch, upstream_at_m, energised}", "%q says nothing of the circuit", o.ID)
			return
		}
		c.place(at+".arc.upstream_at_m", o.Arc.Upstream)
		if o.Arc.Branch == "" {
			c.fail(at+".arc.branch", "name the branch on which both arcs lie", "%q names no branch", o.ID)
		}
	case recon.ObsTemperature, recon.ObsFlux:
		switch r := o.Record; {
		case r == nil:
			c.fail(at, "state record: {file, time_column, value_column, start}", "%q names no record", o.ID)
		case r.File == "" || r.TimeColumn == "" || r.ValueColumn == "":
			c.fail(at+".record", "state file, time_column and value_column", "the record of %q is not named in full", o.ID)
		case strings.ContainsAny(r.File, "\x00"):
			c.fail(at+".record.file", "name a CSV file", "%q is no file name", r.File)
		case r.Start.IsZero():
			c.fail(at+".record", "state start, the true time at which the time column is 0", "the record of %q hangs on no clock", o.ID)
		}
	default:
		c.fail(at+".kind", "write one of "+kindNames(), "%q is not a kind of observation", o.Kind)
	}
}

func (c *checker) surface(at string, s *recon.SurfaceFinding) {
	c.place(at+".normal", s.Normal)
	for _, f := range []struct {
		key string
		v   float64
		top float64
	}{{"thick_m", s.ThickM, 1}, {"depth_mm", s.DepthMM, 1000}, {"sigma_mm", s.SigmaMM, 1000}, {"exposure_MJ_m2", s.ExposureMJ, 1e5}, {"sigma_MJ_m2", s.SigmaMJ, 1e5}} {
		c.number(at+"."+f.key, f.v, 0, f.top)
	}
	if len(s.Material) > 64 {
		c.fail(at+".material", "give a short name", "the material's name is too long")
	}
}

// unused refuses blocks that the kind does not read, so that nothing is ignored in
// silence.
func (c *checker) unused(at string, o *recon.Observation) {
	surface := map[recon.ObservationKind]bool{recon.ObsExposure: true, recon.ObsChar: true, recon.ObsCalcination: true, recon.ObsCleanBurn: true, recon.ObsSpalling: true, recon.ObsGlass: true}
	for _, b := range []struct {
		key        string
		there, fit bool
	}{
		{"surface", o.Surface != nil, surface[o.Kind]},
		{"device", o.Device != nil, o.Kind == recon.ObsDeviceLost},
		{"arc", o.Arc != nil, o.Kind == recon.ObsArcOrder},
		{"record", o.Record != nil, o.Kind == recon.ObsTemperature || o.Kind == recon.ObsFlux},
	} {
		if b.there && !b.fit {
			c.fail(at+"."+b.key, "leave it out, or write the kind that it belongs to", "an observation of kind %s has no %s", o.Kind, b.key)
		}
	}
}

var kinds = []recon.ObservationKind{recon.ObsArrival, recon.ObsNoArrival, recon.ObsPattern, recon.ObsSmokeHeight, recon.ObsSeenAt, recon.ObsExposure, recon.ObsChar,
	recon.ObsCalcination, recon.ObsCleanBurn, recon.ObsSpalling, recon.ObsGlass, recon.ObsDeviceLost, recon.ObsArcOrder, recon.ObsTemperature, recon.ObsFlux,
	"alarm", "sprinkler", "camera", "statement", "soot_line", "v_pattern", "router", "breaker"}

func known(k recon.ObservationKind) bool {
	for _, other := range kinds {
		if k == other {
			return true
		}
	}
	return false
}

func kindNames() string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return fmt.Sprintf("%s or %s", strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}

// Failure temperatures of devices in C. Electronics: NUREG/CR-6850 (2005), appendix H
// (65 C at the circuit; its casing is taken to follow the gas); cables with
// thermoplastic insulation: NUREG/CR-6850, table H-1 (205 C below the jacket).
const (
	ElectronicsFailC = 65
	CableFailC       = 205
)

// FailsAtC is the temperature at which a device fails.
func FailsAtC(d *recon.DeviceFinding) float64 {
	switch {
	case d.FailsC > 0:
		return d.FailsC
	case d.Kind == "cable":
		return CableFailC
	}
	return max(ElectronicsFailC, handcalc.AmbientStdC)
}
