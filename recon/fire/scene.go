package fire

import (
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

// genericFuel stands for furnishings of wood, fabric and polyurethane foam, whose
// kinds a hypothesis does not state: CH1.8 O0.3 N0.05, which uses oxygen as C.
// Huggett's mean of 13.1 MJ a kilogram says, with yields of soot and carbon
// monoxide between those of wood (0.015, 0.004) and flexible foam (0.13 to 0.2,
// 0.01 to 0.03). Source: SFPE Handbook, 5th ed. (2016), table A.39.
var genericFuel = zone.Fuel{C: 1, H: 1.8, O: 0.3, N: 0.05, HeatKJKg: 27000}

const (
	genericSoot = 0.03
	genericCO   = 0.02
)

// Scene states a hypothesis as a scene of recon/zone, with the middle of the fuels'
// spread, as Simulate runs it. The warnings say what was supposed or left out.
func Scene(h *recon.Hypothesis) (*zone.Scene, []recon.Warning, error) {
	e, err := newEngine(h)
	if err != nil {
		return nil, nil, fmt.Errorf("hypothesis %s: %w", h.ID, err)
	}
	s := e.at(0)
	return &s, e.warnings, nil
}

// rooms makes the rooms that openings join with the room of origin, in the order
// of the hypothesis; e.roomAt is their index by name.
func (e *engine) rooms() error {
	joined := map[string]bool{e.h.Origin.Room: true}
	for grew := true; grew; {
		grew = false
		for i := range e.h.Openings {
			o := &e.h.Openings[i]
			if o.From != Outside && o.To != Outside && joined[o.From] != joined[o.To] {
				joined[o.From], joined[o.To], grew = true, true, true
			}
		}
	}
	about := findRoom(e.h, e.h.Origin.Room).Min
	for i := range e.h.Rooms {
		r := &e.h.Rooms[i]
		if !joined[r.Name] {
			continue
		}
		m, thick, err := e.lining(r)
		if err != nil {
			return err
		}
		s := zone.Surface{Slabs: []zone.Slab{{Material: m, ThickM: thick}}}
		z := zone.Room{Name: r.Name, WidthM: r.Max[0] - r.Min[0], DepthM: r.Max[1] - r.Min[1], HeightM: r.Max[2] - r.Min[2], Ceiling: s, Wall: s, Floor: s}
		for j := range z.Origin { // about the room of origin, wherever the scene lies
			z.Origin[j] = r.Min[j] - about[j]
		}
		z.LeakWallM2 = leakRatio * 2 * (z.WidthM + z.DepthM) * z.HeightM
		e.roomAt[r.Name] = len(e.scene.Rooms)
		e.scene.Rooms = append(e.scene.Rooms, z)
	}
	return nil
}

// lining is the stated or supposed make of a room's surfaces.
func (e *engine) lining(r *recon.Room) (handcalc.Material, float64, error) {
	name, thick := r.Wall, r.ThickM
	if name == "" {
		name = defaultWall
		e.warn("room "+r.Name, "no wall material stated; %s is supposed", defaultWall)
	}
	if thick == 0 {
		thick = defaultThickM
		e.warn("room "+r.Name, "no wall thickness stated; %g m is supposed", defaultThickM)
	}
	m, err := handcalc.MaterialNamed(name)
	return m, thick, err
}

func (e *engine) addVents() {
	index := func(name string) (int, bool) {
		if name == Outside {
			return zone.Outside, true
		}
		k, ok := e.roomAt[name]
		return k, ok
	}
	inOrigin := 0
	for i := range e.h.Openings {
		o := &e.h.Openings[i]
		a, okA := index(o.From)
		b, okB := index(o.To)
		if !okA || !okB {
			continue
		}
		v := zone.Vent{Name: o.Name, A: a, B: b, WidthM: o.WidthM, BottomM: o.SillM, HeightM: o.HeadM - o.SillM}
		if o.OpenAtS > 0 {
			v.Open = zone.Schedule{TimeS: []float64{o.OpenAtS, o.OpenAtS}, Share: []float64{0, 1}}
		}
		e.scene.Vents = append(e.scene.Vents, v)
		if o.From == e.h.Origin.Room || o.To == e.h.Origin.Room {
			e.vents = append(e.vents, o)
			inOrigin++
		}
	}
	if inOrigin == 0 {
		e.warn("room "+e.h.Origin.Room, "no opening: only leakage of %.0f cm2 is supposed", 1e4*e.scene.Rooms[e.origin].LeakWallM2)
	}
}

// addBurners adds the fuels that lie in rooms joined with the room of origin.
func (e *engine) addBurners() {
	for i := range e.h.Fuels {
		f := &e.h.Fuels[i]
		r := roomOf(e.h, f.At)
		k, ok := e.roomAt[r.Name]
		if !ok {
			e.warn("fuel "+f.Name, "no opening joins its room %s with the room of origin %s; it is left out", r.Name, e.h.Origin.Room)
			continue
		}
		if f.AreaM2 <= 0 {
			e.warn("fuel "+f.Name, "no burning area stated; 0.25 m2 is supposed")
		}
		area := f.AreaM2
		if area <= 0 {
			area = 0.25
		}
		u := genericFuel
		u.Radiative = radiative(f)
		b := zone.Fire{Name: f.Name, Room: k, X: f.At[0] - r.Min[0], Y: f.At[1] - r.Min[1], Fuel: u}
		for _, t := range knots(f) {
			b.Rows = append(b.Rows, zone.FireRow{TimeS: t, BaseM: f.At[2] - r.Min[2], AreaM2: area, Soot: genericSoot, CO: genericCO})
		}
		e.fuels = append(e.fuels, f)
		e.scene.Fires = append(e.scene.Fires, b)
	}
}

// knots are the times at which a fuel's heat release changes its course.
func knots(f *recon.Fuel) []float64 {
	t := []float64{0}
	add := func(v float64) {
		if v > t[len(t)-1] {
			t = append(t, v)
		}
	}
	add(f.IgnitesAtS)
	if g := f.Growth; g != nil {
		peak := f.IgnitesAtS + math.Sqrt(g.PeakKW/g.AlphaKWs2)
		add(peak)
		add(peak + g.PlateauS)
		add(peak + g.PlateauS + g.DecayS)
		return t
	}
	for _, p := range f.Curve {
		add(f.IgnitesAtS + p[0])
	}
	return t
}

// addDetectors adds the detectors that lie in rooms joined with the room of
// origin; for each other one e.uncovered says why it is silent.
func (e *engine) addDetectors() {
	for i := range e.h.Detectors {
		d := &e.h.Detectors[i]
		r := roomOf(e.h, d.At)
		k, ok := e.roomAt[r.Name]
		if !ok {
			why := fmt.Sprintf("no opening joins its room %s with the room of origin %s", r.Name, e.h.Origin.Room)
			e.warn("detector "+d.Name, "no prediction: %s", why)
			e.uncovered, e.probeAt = append(e.uncovered, why), append(e.probeAt, -1)
			continue
		}
		z := zone.Detector{Name: d.Name, Room: k, SetPoint: thresholdK(d, e.ambientK)}
		for j := range z.At {
			z.At[j] = d.At[j] - r.Min[j]
		}
		if hasLink(d.Kind) {
			z.Kind, z.RTI = zone.Link, d.RTI
		}
		e.uncovered, e.probeAt = append(e.uncovered, ""), append(e.probeAt, len(e.scene.Detectors))
		e.scene.Detectors = append(e.scene.Detectors, z)
	}
}
