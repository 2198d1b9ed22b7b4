// Package cfastcase turns inputs of the zone model CFAST into scenes of
// recon/zone, and scenes into such inputs.
package cfastcase

import (
	"fmt"
	"math"
	"strings"

	"firescene/formats/cfast"
	"firescene/formats/namelist"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

// Note is a thing of an input that is run otherwise than it says, with its line.
type Note struct {
	Line        int
	Where, What string
}

// Case is an input made ready to run.
type Case struct {
	Input *cfast.Input
	Scene *zone.Scene
	Notes []Note
}

// New makes a scene of an input. An error names the line of what can not be
// simulated. Notes list what is not run as it says, warnings of the pre-flight
// check among them.
func New(in *cfast.Input) (*Case, error) {
	c := &converter{in: in, s: &zone.Scene{}, rooms: map[string]int{}, lines: map[string]int{}, targets: map[string]int{}}
	for _, n := range in.NotSupported {
		where := "&" + n.Record
		if n.Field != "" {
			where += " " + n.Field
		}
		c.notes = append(c.notes, Note{n.Line, where, "not supported: " + n.Why})
	}
	c.surroundings()
	c.roomList()
	c.devices()
	c.vents()
	c.fires()
	c.joins()
	if c.err != nil {
		return nil, c.err
	}
	if err := zone.Check(c.s); err != nil {
		var p *zone.Problem
		if p, _ = err.(*zone.Problem); p != nil {
			return nil, c.problem(c.lines[p.Where], p.Next, "%s: %s", p.Where, p.What)
		}
		return nil, err
	}
	for _, w := range zone.Preflight(c.s) {
		c.notes = append(c.notes, Note{c.lines[w.Where], w.Where, w.What})
	}
	return &Case{Input: in, Scene: c.s, Notes: c.notes}, nil
}

type converter struct {
	in      *cfast.Input
	s       *zone.Scene
	rooms   map[string]int
	lines   map[string]int // of what a problem is about
	targets map[string]int
	notes   []Note
	err     error
}

func (c *converter) problem(line int, next, format string, args ...any) error {
	if line == 0 {
		line = 1
	}
	return namelist.Errorf(line, next, format, args...)
}

func (c *converter) fail(line int, next, format string, args ...any) {
	if c.err == nil {
		c.err = c.problem(line, next, format, args...)
	}
}

func (c *converter) note(line int, where, format string, args ...any) {
	c.notes = append(c.notes, Note{line, where, fmt.Sprintf(format, args...)})
}

func (c *converter) surroundings() {
	in, s := c.in, c.s
	s.OutsideK, s.InsideK = in.ExteriorC+handcalc.Kelvin, in.InteriorC+handcalc.Kelvin
	s.PressurePa, s.HumidityPct, s.DurationS = in.PressurePa, in.HumidityPct, in.SimulationS
	s.SampleS = in.SpreadsheetS
	if s.SampleS <= 0 {
		s.SampleS = 10
	}
	s.Adiabatic = in.Adiabatic
	s.ExtinctionM2Kg = in.Extinction[0]
	if in.LowerOxygenLimit > 0 {
		s.LowO2 = in.LowerOxygenLimit * 0.032 / 0.02896 // volume to mass
	}
	if in.MaxStepS > 0 {
		s.MaxStepS = min(max(in.MaxStepS, 0.05), 100)
		if in.MaxStepS < 0.05 {
			c.note(0, "&MISC", "MAX_TIME_STEP of %g s: steps of 0.05 s are taken, since this solver does not need smaller ones", in.MaxStepS)
		}
	}
}

func (c *converter) roomList() {
	for i := range c.in.Rooms {
		r := &c.in.Rooms[i]
		where := "room " + r.ID
		c.lines[where] = r.Line
		if _, taken := c.rooms[r.ID]; taken || r.ID == "" || strings.EqualFold(r.ID, cfast.Outside) {
			c.fail(r.Line, "give each room an ID of its own", "&COMP: the ID %q is taken or missing", r.ID)
		}
		c.rooms[r.ID] = i
		if r.Hall {
			c.note(r.Line, where, "HALL: smoke reaches the whole length of the room at once; the time that the first smoke takes along it is not modelled")
		}
		z := zone.Room{Name: r.ID, Origin: r.Origin, WidthM: r.WidthM, DepthM: r.DepthM, HeightM: r.HeightM, Shaft: r.Shaft}
		z.Ceiling, z.Wall, z.Floor = c.surface(r, r.Ceiling), c.surface(r, r.Wall), c.surface(r, r.Floor)
		z.LeakWallM2 = r.LeakRatio[0]*2*(r.WidthM+r.DepthM)*r.HeightM + r.LeakM2[0]
		z.LeakFloorM2 = r.LeakRatio[1]*r.WidthM*r.DepthM + r.LeakM2[1]
		for k, h := range r.SectionHeightM {
			z.Section = append(z.Section, zone.SectionAt{HeightM: h, AreaM2: r.SectionAreaM[k]})
		}
		c.s.Rooms = append(c.s.Rooms, z)
	}
	for _, m := range c.in.Ramps {
		if !strings.EqualFold(m.Type, "AREA") {
			c.note(m.Line, "&RAMP "+m.ID, "not supported: a ramp of type %q; only AREA ramps of a room are used", m.Type)
			continue
		}
		for _, id := range m.Rooms {
			if k, ok := c.rooms[id]; ok {
				c.s.Rooms[k].Section = nil
				for j, h := range m.X {
					c.s.Rooms[k].Section = append(c.s.Rooms[k].Section, zone.SectionAt{HeightM: h, AreaM2: m.F[j]})
				}
			}
		}
	}
}

func (c *converter) surface(r *cfast.Room, list []cfast.Slab) zone.Surface {
	var s zone.Surface
	for _, l := range list {
		m := c.material(r.Line, l.Material)
		if m == nil {
			return s
		}
		thick := l.ThickM
		if thick == 0 {
			thick = m.ThickM
		}
		if s.Emissivity == 0 {
			s.Emissivity = m.Emissivity
		}
		s.Slabs = append(s.Slabs, zone.Slab{Material: lining(m), ThickM: thick})
	}
	return s
}

func lining(m *cfast.Material) handcalc.Material {
	return handcalc.Material{ConductKWmK: m.ConductWmK / 1000, DensityKgM3: m.DensityKgM3, HeatKJKgK: m.HeatKJKgK}
}

func (c *converter) material(line int, id string) *cfast.Material {
	for i := range c.in.Materials {
		if c.in.Materials[i].ID == id {
			return &c.in.Materials[i]
		}
	}
	c.fail(line, "define it with &MATL", "there is no material %q", id)
	return nil
}

// place is the index of a room by its name.
func (c *converter) place(line int, id string) int {
	if strings.EqualFold(id, cfast.Outside) {
		return zone.Outside
	}
	k, ok := c.rooms[id]
	if !ok {
		c.fail(line, "name a &COMP or OUTSIDE", "there is no room %q", id)
	}
	return k
}

func (c *converter) devices() {
	for i := range c.in.Devices {
		d := &c.in.Devices[i]
		k := c.place(d.Line, d.Room)
		switch d.Kind {
		case cfast.Plate, cfast.Cylinder:
			c.lines["target "+d.ID] = d.Line
			t := zone.Target{Name: d.ID, Room: k, At: d.At, Normal: d.Normal, Cylinder: d.Kind == cfast.Cylinder, Adiabatic: d.Adiabatic, ConvectKW: d.ConvectKW}
			if d.Material != "" && !strings.EqualFold(d.Material, "NULL") && !strings.EqualFold(d.Material, "DEFAULT") {
				if m := c.material(d.Line, d.Material); m != nil {
					t.Material, t.ThickM, t.Emissivity = lining(m), m.ThickM, m.Emissivity
				}
			}
			t.DepthM = d.DepthM
			if d.DepthShare {
				t.DepthM *= t.ThickM
			}
			c.targets[d.ID] = len(c.s.Targets)
			c.s.Targets = append(c.s.Targets, t)
		default:
			c.lines["detector "+d.ID] = d.Line
			c.s.Detectors = append(c.s.Detectors, detector(d, k))
		}
	}
}

// The defaults of CFAST 7 for detectors that state none: 57.22 C, 100 (m s)^1/2,
// and the smoke that takes 23.93 % of light in a metre (8 % in a foot).
const (
	defaultLinkC = 57.22
	defaultRTI   = 100
	defaultObsc  = 23.93
)

func detector(d *cfast.Device, k int) zone.Detector {
	z := zone.Detector{Name: d.ID, Room: k, At: d.At, RTI: d.RTI}
	if d.Kind == cfast.SmokeDetector {
		z.Kind, z.SetPoint = zone.Smoke, defaultObsc
		if len(d.SetPoints) == 2 {
			z.SetPoint = d.SetPoints[1]
		}
		if d.HasSetPoint {
			z.SetPoint = d.SetPoint
		}
		return z
	}
	z.Kind, z.SetPoint = zone.Link, defaultLinkC+handcalc.Kelvin
	if d.HasSetPoint {
		z.SetPoint = d.SetPoint + handcalc.Kelvin
	}
	if z.RTI == 0 {
		z.RTI = defaultRTI
	}
	if d.Kind == cfast.Sprinkler {
		z.SprayMS = max(0, d.SprayMS)
	}
	return z
}

func (c *converter) schedule(line int, o *cfast.Opening) zone.Schedule {
	if o.Criterion == "TIME" {
		if len(o.TimeS) == 0 && o.BeforeFrac != 1 {
			return zone.Schedule{TimeS: []float64{0}, Share: []float64{o.BeforeFrac}}
		}
		return zone.Schedule{TimeS: o.TimeS, Share: o.Fraction}
	}
	return zone.Schedule{Trigger: c.trigger(line, o.Criterion, o.Device, o.SetPoint), Before: o.BeforeFrac, After: o.AfterFrac}
}

func (c *converter) trigger(line int, criterion, device string, value float64) *zone.Trigger {
	k, ok := c.targets[device]
	if !ok {
		c.fail(line, "name a PLATE or CYLINDER in DEVC_ID", "there is no target %q to wait for", device)
	}
	if criterion == "FLUX" {
		return &zone.Trigger{Target: k, Flux: true, Value: value}
	}
	return &zone.Trigger{Target: k, Value: value + handcalc.Kelvin}
}

func (c *converter) vents() {
	for i := range c.in.Vents {
		v := &c.in.Vents[i]
		a, b := c.place(v.Line, v.Rooms[0]), c.place(v.Line, v.Rooms[1])
		open := c.schedule(v.Line, &v.Opening)
		switch v.Kind {
		case cfast.WallVent, cfast.LeakVent:
			c.lines["vent "+v.ID] = v.Line
			z := zone.Vent{Name: v.ID, A: a, B: b, WidthM: v.WidthM, BottomM: v.BottomM, HeightM: v.HeightM, Open: open}
			if v.Kind == cfast.LeakVent && v.HeightM == 0 && a >= 0 && a < len(c.in.Rooms) {
				z.HeightM = c.in.Rooms[a].HeightM
				z.WidthM = v.AreaM2 / z.HeightM
			}
			c.s.Vents = append(c.s.Vents, z)
		case cfast.CeilingVent, cfast.FloorVent:
			c.lines["ceiling vent "+v.ID] = v.Line
			c.s.Holes = append(c.s.Holes, zone.Hole{Name: v.ID, Upper: a, Lower: b, AreaM2: v.AreaM2, Round: strings.EqualFold(v.Shape, "ROUND"), Open: open})
		case cfast.FanVent:
			c.lines["fan "+v.ID] = v.Line
			f := zone.Fan{Name: v.ID, From: a, To: b, FromM: v.HeightsM[0], ToM: v.HeightsM[1], FlowM3S: v.FlowM3S, FullPa: v.CutoffsPa[0], NonePa: v.CutoffsPa[1],
				FilterShare: v.FilterPct / 100, FilterS: v.FilterTimeS, Open: open}
			if f.FromSpanM = math.Sqrt(max(0, v.AreasM2[0])); strings.EqualFold(v.Orientations[0], "HORIZONTAL") {
				f.FromSpanM = 0.05
			}
			if f.FlowM3S < 0 {
				f.FlowM3S, f.From, f.To, f.FromM, f.ToM = -f.FlowM3S, f.To, f.From, f.ToM, f.FromM
			}
			c.s.Fans = append(c.s.Fans, f)
		}
	}
}

func (c *converter) fires() {
	for i := range c.in.Fires {
		f := &c.in.Fires[i]
		where := "fire " + f.ID
		c.lines[where] = f.Line
		z := zone.Fire{Name: f.ID, Room: c.place(f.Line, f.Room), X: f.X, Y: f.Y}
		var burn *cfast.Burn
		for k := range c.in.Burns {
			if c.in.Burns[k].ID == f.Burn {
				burn = &c.in.Burns[k]
			}
		}
		if burn == nil {
			c.fail(f.Line, "define it with &CHEM", "there is no fuel %q for the fire %q", f.Burn, f.ID)
			return
		}
		z.Fuel = zone.Fuel{C: burn.Carbon, H: burn.Hydrogen, O: burn.Oxygen, N: burn.Nitrogen, Cl: burn.Chlorine, HeatKJKg: burn.HeatKJKg, Radiative: burn.RadiativeFraction}
		if burn.FlamingS > 0 {
			c.note(burn.Line, "&CHEM "+burn.ID, "not supported: FLAMING_TRANSITION_TIME; the soot of smouldering has the extinction of flaming soot")
		}
		for _, r := range burn.Rows {
			z.Rows = append(z.Rows, zone.FireRow{TimeS: r.TimeS, HRRkW: r.HRRkW, BaseM: r.HeightM, AreaM2: r.AreaM2, CO: r.COYield, Soot: r.SootYield, HCN: r.HCNYield, HCl: r.HClYield, Trace: r.TraceYield})
		}
		if f.Criterion == "TIME" {
			z.IgniteS = f.SetPoint
		} else {
			z.Trigger = c.trigger(f.Line, f.Criterion, f.Device, f.SetPoint)
		}
		c.s.Fires = append(c.s.Fires, z)
	}
}

func (c *converter) joins() {
	for i := range c.in.Connections {
		n := &c.in.Connections[i]
		from := c.place(n.Line, n.Room)
		for k, name := range n.To {
			to := c.place(n.Line, name)
			j := zone.Join{Wall: n.Type == "WALL", From: from, To: to}
			if j.Wall {
				if j.Share = 1; k < len(n.Fraction) {
					j.Share = n.Fraction[k]
				}
			} else if n.Type == "CEILING" {
				j.From, j.To = to, from
			}
			if !j.Wall && (j.From < 0 || j.To < 0) {
				c.fail(n.Line, "name two rooms", "a ceiling or floor is joined to the open air")
				return
			}
			c.s.Joins = append(c.s.Joins, j)
		}
	}
}
