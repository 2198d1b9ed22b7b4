package fire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"firescene/formats"
	"firescene/recon"
)

const goodYAML = `id: H1
title: sofa
basis: [O5]
origin: {room: living, at_m: [0.9, 2.6, 0.3], radius_m: 0.4, describe: sofa}
ignition:
  time: "2026-03-01T21:14:00+08:00"
  uncertainty_s: 60
rooms:
  - name: living
    min_m: [0, 0, 0]
    max_m: [4.8, 3.6, 2.5]
    wall: gypsum
    wall_thick_m: 0.0125
openings:
  - {name: door, from: living, to: outside, width_m: 0.9, sill_m: 0, head_m: 2}
fuels:
  - name: sofa
    at_m: [0.9, 2.6, 0.3]
    area_m2: 0.8
    curve_s_kW:
      - [0, 0]
      - [60, 40]
      - [120, 200]
    spread_pct: 20
  - name: chair
    at_m: [3, 2.6, 0.3]
    growth: {alpha_kW_s2: 0.01, peak_kW: 300, plateau_s: 10, decay_s: 10}
detectors:
  - {name: SD1, kind: smoke, at_m: [0.8, 2.8, 2.47]}
  - {name: HD1, kind: heat, at_m: [2.4, 1.8, 2.47], rti_m12s12: 50, activation_C: 57}
duration_s: 300
`

func TestParseHypothesis(t *testing.T) {
	h, err := ParseHypothesis([]byte(goodYAML))
	if err != nil {
		t.Fatal(err)
	}
	if !h.Ignition.Time.Equal(time.Date(2026, 3, 1, 13, 14, 0, 0, time.UTC)) || h.Fuels[0].Curve[2] != [2]float64{120, 200} || h.Fuels[1].Growth.PeakKW != 300 || h.Rooms[0].Max != (recon.Vec{4.8, 3.6, 2.5}) || h.AmbientC != nil {
		t.Errorf("%+v", h)
	}
}

// TestParseHypothesisRefuses breaks one thing at a time and looks for the line.
func TestParseHypothesisRefuses(t *testing.T) {
	for _, c := range []struct{ name, old, with, line, words string }{
		{"unknown field", "title: sofa", "titel: sofa", "line 2", "unknown field"},
		{"unknown nested field", "spread_pct: 20", "spread: 20", "line 24", "unknown field"},
		{"negative heat release", "[60, 40]", "[60, -40]", "line 22", "negative"},
		{"curve does not rise", "[120, 200]", "[60, 200]", "line 23", "does not come after"},
		{"origin outside its room", "at_m: [0.9, 2.6, 0.3], radius", "at_m: [9, 2.6, 0.3], radius", "line 4", "outside its room"},
		{"origin in no room", "room: living, at", "room: attic, at", "line 4", "not among the rooms"},
		{"opening to nowhere", "to: outside", "to: garden", "line 15", "garden"},
		{"opening to itself", "to: outside", "to: living", "line 15", "both ends"},
		{"head below sill", "sill_m: 0, head_m: 2", "sill_m: 2, head_m: 1", "line 15", "not above the sill"},
		{"head above ceiling", "head_m: 2}", "head_m: 3}", "line 15", "above the ceiling"},
		{"detector outside every room", "at_m: [0.8, 2.8, 2.47]", "at_m: [0.8, 2.8, 9]", "line 29", "outside every room"},
		{"fuel outside every room", "at_m: [3, 2.6, 0.3]", "at_m: [30, 2.6, 0.3]", "line 26", "outside every room"},
		{"no ignition time", "  time: \"2026-03-01T21:14:00+08:00\"\n", "", "line 6", "ignition is missing"},
		{"time without zone", "21:14:00+08:00", "21:14:00", "line 6", "zone"},
		{"time that is none", "2026-03-01T21:14:00+08:00", "around nine", "line 6", "zone"},
		{"NaN", "area_m2: 0.8", "area_m2: .nan", "line 19", "NaN"},
		{"infinite", "radius_m: 0.4", "radius_m: .inf", "line 4", "Inf"},
		{"not a number", "area_m2: 0.8", "area_m2: big", "line 19", ""},
		{"two curves", "    spread_pct: 20", "    growth: {alpha_kW_s2: 0.01, peak_kW: 300, decay_s: 9}", "line 24", "both a curve and a growth"},
		{"no heat release", "growth: {alpha_kW_s2: 0.01, peak_kW: 300, plateau_s: 10, decay_s: 10}", "area_m2: 1", "line 25", "missing"},
		{"growth that goes out", "plateau_s: 10, decay_s: 10", "plateau_s: 0", "line 27", "go out at once"},
		{"negative alpha", "alpha_kW_s2: 0.01", "alpha_kW_s2: -0.01", "line 27", "-0.01"},
		{"no RTI", "rti_m12s12: 50, ", "", "line 30", "response time index"},
		{"activates at once", "activation_C: 57", "activation_C: 15", "line 30", "not above ambient"},
		{"kind of detector", "kind: smoke", "kind: nose", "line 29", "nose"},
		{"same name twice", "name: HD1", "name: SD1", "line 30", "SD1"},
		{"flat room", "max_m: [4.8, 3.6, 2.5]", "max_m: [4.8, 3.6, 0]", "line 11", "along z"},
		{"material", "wall: gypsum", "wall: marzipan", "line 12", "marzipan"},
		{"ID with a path", "id: H1", "id: ../H1", "line 1", "file"},
		{"no ID", "id: H1\n", "", "line 1", "no ID"},
		{"too long", "duration_s: 300", "duration_s: 1e9", "line 31", "1e+09"},
		{"duplicate field", "duration_s: 300", "id: H2", "line 31", "id"},
		{"alias", "title: sofa", "title: &a sofa", "line 2", "anchor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(goodYAML, c.old, c.with, 1)
			if text == goodYAML {
				t.Fatalf("%q is not in the file", c.old)
			}
			_, err := ParseHypothesis([]byte(text))
			if err == nil {
				t.Fatal("it is read")
			}
			if !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
				t.Errorf("%T: %v", err, err)
			}
			if !strings.Contains(err.Error(), c.line+",") && !strings.Contains(err.Error(), c.line+":") || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v: want %q and %q", err, c.line, c.words)
			}
		})
	}
}

func TestParseHypothesisOtherFiles(t *testing.T) {
	for _, text := range []string{"", "\x00", "[]", "- a\n- b", "text", "id: [", "a: b: c", "---\nid: H1\n---\nid: H2\n", strings.Repeat("[", 5000), strings.Repeat("- ", 3000), strings.Repeat("{a: ", 2000), "\xff\xfe", "id: *x", "? ? ?", "!!binary x", "%YAML 9"} {
		if h, err := ParseHypothesis([]byte(text)); err == nil || h != nil {
			t.Errorf("%.20q is read", text)
		}
	}
}

const goodObservations = `observations:
  - {id: O1, kind: arrival, text: alarm, target: SD1, time: "2026-03-01T21:14:32+08:00", sigma_s: 2}
  - {id: O2, kind: arrival, target: SD2, event: {exhibit: E003, contains: "ALARM zone 2"}}
  - {id: O3, kind: no_arrival, target: SD2, time: "2026-03-01T21:14:20+08:00"}
  - {id: O4, kind: seen_at, at_m: [0.9, 2.7, 0.6], radius_m: 0.5, time: "2026-03-01T13:14:50Z", weak: true}
  - {id: O5, kind: pattern, at_m: [0.6, 3.1, 0.4], radius_m: 0.4}
  - {id: O6, kind: smoke_height, target: living, height_m: 1.1, sigma_m: 0.1}
`

func TestParseObservations(t *testing.T) {
	list, err := ParseObservations([]byte(goodObservations))
	if err != nil || len(list) != 6 {
		t.Fatal(len(list), err)
	}
	if list[1].Event.Contains != "ALARM zone 2" || !list[3].Weak || list[4].At == nil {
		t.Errorf("%+v", list)
	}
	for _, c := range []struct{ name, old, with, line, words string }{
		{"unknown field", "weak: true", "week: true", "line 5", "unknown"},
		{"no time", `target: SD1, time: "2026-03-01T21:14:32+08:00"`, "target: SD1", "line 2", "no time"},
		{"no zone", "21:14:20+08:00", "21:14:20", "line 4", "zone"},
		{"no place", "at_m: [0.6, 3.1, 0.4], ", "", "line 6", "no place"},
		{"no radius", ", radius_m: 0.4", "", "line 6", "uncertainty"},
		{"no height sigma", ", sigma_m: 0.1", "", "line 7", "uncertainty"},
		{"no target", "target: SD1, ", "", "line 2", "detector"},
		{"kind", "kind: pattern", "kind: hunch", "line 6", "hunch"},
		{"same ID", "id: O5", "id: O4", "line 6", "O4"},
		{"negative sigma", "sigma_s: 2", "sigma_s: -2", "line 2", "-2"},
		{"empty event", `, contains: "ALARM zone 2"`, "", "line 3", "no event"},
	} {
		text := strings.Replace(goodObservations, c.old, c.with, 1)
		_, err := ParseObservations([]byte(text))
		if err == nil || !strings.Contains(err.Error(), c.line) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want %q and %q", c.name, err, c.line, c.words)
		}
	}
	if _, err := ParseObservations([]byte("observations: []\n")); err == nil {
		t.Error("an empty list is read")
	}
}

func TestProblemNames(t *testing.T) {
	h := livingRoom(1, 1)
	h.Fuels[0].At = recon.Vec{-5, 0, 0}
	var p *Problem
	if err := Check(h); !errors.As(err, &p) || p.Path != "$.fuels[0].at_m" || !strings.Contains(p.Error(), "at_m") {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(goodYAML))
	f.Add([]byte(goodObservations))
	f.Add([]byte(evidenceYAML))
	f.Add([]byte("id: H1\nfuels: [{curve_s_kW: [[0, 1e309]]}]"))
	f.Add([]byte("a: &x [*x]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := ParseHypothesis(data); err == nil {
			if err := Check(h); err != nil {
				t.Errorf("read, but: %v", err)
			}
		}
		if o, err := ParseObservations(data); err == nil {
			if err := CheckObservations(o); err != nil {
				t.Errorf("read, but: %v", err)
			}
		}
	})
}
