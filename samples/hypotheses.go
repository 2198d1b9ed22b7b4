package samples

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gonum.org/v1/gonum/spatial/r3"
)

func triple(p r3.Vec) string { v := vec(p); return fmt.Sprintf("[%g, %g, %g]", v[0], v[1], v[2]) }

// observationsYAML states what the scene and the records show. Places carry the
// error of reading them off a wall; times come from the recorded events.
func (m *maker) observationsYAML() []byte {
	l := m.layout
	rng := rand.New(rand.NewPCG(uint64(m.seed), 0x0b5))
	off := func(s float64) float64 { return s * max(-1.5, min(1.5, rng.NormFloat64())) }
	apex := r3.Vec{X: l.Origin.X + off(0.12), Y: l.Origin.Y + off(0.12), Z: l.Origin.Z}
	soot := l.SootLineM + off(0.05)
	return []byte(fmt.Sprintf(`# What a hypothesis has to explain. Lengths in metres, in the room's frame.
observations:
  - id: O1
    kind: arrival
    text: smoke detector S1 above the sofa alarmed
    target: S1
    sigma_s: 2
    event: {contains: %q}
  - id: O2
    kind: arrival
    text: smoke detector S2 near the door alarmed
    target: S2
    sigma_s: 2
    event: {contains: %q}
  - id: O3
    kind: arrival
    text: heat detector T1 in the middle of the room alarmed
    target: T1
    sigma_s: 2
    event: {contains: %q}
  - id: O4
    kind: seen_at
    text: the surveillance camera reported fire at the window end of the sofa
    at_m: %s
    radius_m: 0.5
    sigma_s: 3
    event: {contains: %q}
  - id: O5
    kind: pattern
    text: V pattern with clean burn on the wall behind the sofa's window end, its apex traced to the floor
    at_m: %s
    radius_m: 0.4
  - id: O6
    kind: smoke_height
    text: soot line on all walls
    target: living
    height_m: %.2f
    sigma_m: 0.15
  - id: O7
    kind: seen_at
    text: witness A saw fire at the window end of the sofa from across the yard
    at_m: %s
    radius_m: 1.0
    time: %s
    sigma_s: 60
    weak: true
  - id: O8
    kind: seen_at
    text: witness B, through the gap of the door, thought there was a glow near the electrical panel, perhaps a reflection
    at_m: %s
    radius_m: 2.0
    time: %s
    sigma_s: 60
    weak: true
`, wordSmokeNear, wordSmokeFar, wordHeat, triple(r3.Add(l.Origin, r3.Vec{X: off(0.1), Y: off(0.1)})), wordFlame, triple(apex), soot,
		triple(r3.Add(l.Origin, r3.Vec{X: -0.2, Y: 0.1})), m.minute(m.at.flameSeen+20), triple(l.Rival), m.minute(m.at.smokeNear+60)))
}

// minute is a true time as a witness gives it.
func (m *maker) minute(s float64) string {
	return m.begin.Add(seconds(s)).Round(time.Minute).Format(time.RFC3339)
}

// stated is what differs between the three hypotheses.
type stated struct {
	id, title, basis, originRoomText string
	at                               r3.Vec
	radiusM, ignitionS, uncertaintyS float64
	fuels                            string
}

func (m *maker) hypothesis(h stated) []byte {
	l := m.layout
	door, win := l.Door, l.Window
	var b strings.Builder
	fmt.Fprintf(&b, `id: %s
title: %s
basis: %s
origin:
  room: living
  at_m: %s
  radius_m: %g
  describe: %s
ignition:
  time: %s
  uncertainty_s: %g
ambient_C: 20
duration_s: 600
rooms:
  - name: living
    min_m: [0, 0, 0]
    max_m: %s
    wall: brick
    wall_thick_m: 0.24
openings:
  - {name: door, from: living, to: outside, width_m: %.2f, sill_m: 0, head_m: %.2f}
  - {name: window, from: living, to: outside, width_m: %.2f, sill_m: %.2f, head_m: %.2f, open_at_s: 420}
detectors:
  - {name: S1, kind: smoke, at_m: %s}
  - {name: S2, kind: smoke, at_m: %s}
  - {name: T1, kind: heat, at_m: %s, rti_m12s12: 55, activation_C: 57}
fuels:
%s`, h.id, h.title, h.basis, triple(h.at), h.radiusM, h.originRoomText,
		m.begin.Add(seconds(h.ignitionS)).Round(5*time.Second).Format(time.RFC3339), h.uncertaintyS, triple(l.Size),
		door.Max.Y-door.Min.Y, door.Max.Z, win.Max.X-win.Min.X, win.Min.Z, win.Max.Z, triple(l.SmokeNear), triple(l.SmokeFar), triple(l.Heat), h.fuels)
	return []byte(b.String())
}

const slowClass = "t-squared growth, slow class of NFPA 72 annex B (0.00293 kW/s2)"

// hypothesis1 is the true one: the power strip, then the sofa.
func (m *maker) hypothesis1() []byte {
	return m.hypothesis(stated{
		id: "H1", title: "Overloaded power strip at the window end of the sofa", basis: "[O5]", originRoomText: "power strip on the floor at the sofa's window end",
		at: m.layout.Origin, radiusM: 0.3, ignitionS: 3, uncertaintyS: 25,
		fuels: fmt.Sprintf(`  - name: sofa
    at_m: %s
    area_m2: 0.8
    growth: {alpha_kW_s2: 0.00293, peak_kW: 600, plateau_s: 120, decay_s: 200}
    source: %q
    spread_pct: 30
`, triple(m.layout.Origin), slowClass+"; peak for half of a two-seat sofa, SFPE Handbook, furniture calorimeter data"),
	})
}

// hypothesis2 is the rival place: the electrical panel above the cupboard.
func (m *maker) hypothesis2() []byte {
	return m.hypothesis(stated{
		id: "H2", title: "Fault in the electrical panel above the cupboard near the door", basis: "[O8]", originRoomText: "top of the cupboard below the electrical panel",
		at: m.layout.Rival, radiusM: 0.3, ignitionS: 3, uncertaintyS: 25,
		fuels: fmt.Sprintf(`  - name: cupboard
    at_m: %s
    area_m2: 0.4
    growth: {alpha_kW_s2: 0.00293, peak_kW: 500, plateau_s: 120, decay_s: 200}
    source: %q
    spread_pct: 30
`, triple(m.layout.Rival), slowClass+"; peak for a small wardrobe"),
	})
}

// hypothesis3 is the true place with a fire that was set later and grew faster;
// nothing but elimination speaks for it.
func (m *maker) hypothesis3() []byte {
	return m.hypothesis(stated{
		id: "H3", title: "Sofa set alight with an accelerant after the camera's report", basis: "[]", originRoomText: "middle of the sofa",
		at: r3.Vec{X: m.layout.Origin.X, Y: m.layout.Sofa.Min.Y + 0.9, Z: 0.4}, radiusM: 0.5, ignitionS: m.at.smokeNear + 55, uncertaintyS: 15,
		fuels: fmt.Sprintf(`  - name: sofa with accelerant
    at_m: %s
    area_m2: 1.2
    growth: {alpha_kW_s2: 0.0469, peak_kW: 900, plateau_s: 100, decay_s: 150}
    source: "t-squared growth, fast class of NFPA 72 annex B (0.0469 kW/s2)"
    spread_pct: 30
`, triple(r3.Vec{X: m.layout.Origin.X, Y: m.layout.Sofa.Min.Y + 0.9, Z: 0.4})),
	})
}
