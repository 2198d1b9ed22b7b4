package fire

import (
	"math"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/recon"
)

const evidenceYAML = `observations:
  - {id: O1, kind: alarm, target: SD1, from: "2026-03-01T21:14:00+08:00", until: "2026-03-01T21:14:12+08:00"}
  - {id: O2, kind: char, at_m: [0, 2, 1], surface: {material: pine, depth_mm: 3, sigma_mm: 1}}
  - {id: O3, kind: calcination, at_m: [0, 2, 1], surface: {depth_mm: 3, sigma_mm: 1, normal: [1, 0, 0]}}
  - {id: O4, kind: statement, at_m: [1, 1, 1], radius_m: 1, time: "2026-03-01T21:14:00+08:00", reliability: 0.7}
  - {id: O5, kind: breaker, at_m: [1, 1, 2], time: "2026-03-01T21:14:00+08:00", sigma_s: 5}
  - {id: O6, kind: arc_order, at_m: [1, 1, 2], arc: {branch: B1, upstream_at_m: [3, 1, 2], energised: true}}
  - {id: O7, kind: glass, at_m: [1, 0, 1], surface: {present: false, glass_fallen: true}}
  - {id: O8, kind: flux_record, at_m: [1, 0, 1], record: {file: a.csv, time_column: t, value_column: q, start: "2026-03-01T21:14:00+08:00"}}
  - {id: O9, kind: exposure, at_m: [1, 0, 1], surface: {exposure_MJ_m2: 4, sigma_MJ_m2: 1}}
`

func TestParseEvidence(t *testing.T) {
	list, err := ParseObservations([]byte(evidenceYAML))
	if err != nil {
		t.Fatal(err)
	}
	if o := list[0]; o.Kind != recon.ObsArrival || o.Time.Sub(*o.From).Seconds() != 6 || math.Abs(o.SigmaS-12/math.Sqrt(12)) > 1e-9 {
		t.Errorf("%+v", o)
	}
	if o := list[2]; o.Surface.Material != "gypsum" {
		t.Errorf("%+v", o.Surface)
	}
	if o := list[3]; o.Kind != recon.ObsSeenAt || o.Reliability != 0.7 {
		t.Errorf("%+v", o)
	}
	if o := list[4]; o.Kind != recon.ObsDeviceLost || o.Device.Kind != "cable" || FailsAtC(o.Device) != CableFailC {
		t.Errorf("%+v", o)
	}
	if list[6].Surface.Present == nil || *list[6].Surface.Present {
		t.Error("absent glass is taken for present")
	}
}

// TestEvidenceRefused: each line lacks or contradicts something and is named.
func TestEvidenceRefused(t *testing.T) {
	for name, line := range map[string]string{
		"no material":    `{id: X, kind: char, at_m: [0, 2, 1], surface: {depth_mm: 3, sigma_mm: 1}}`,
		"no sigma":       `{id: X, kind: char, at_m: [0, 2, 1], surface: {material: pine, depth_mm: 3}}`,
		"no surface":     `{id: X, kind: clean_burn, at_m: [0, 2, 1]}`,
		"no place":       `{id: X, kind: exposure, surface: {exposure_MJ_m2: 4, sigma_MJ_m2: 1}}`,
		"present":        `{id: X, kind: spalling, at_m: [0, 2, 1], surface: {depth_mm: 2}}`,
		"one end":        `{id: X, kind: alarm, target: SD1, from: "2026-03-01T21:14:00+08:00"}`,
		"ends first":     `{id: X, kind: alarm, target: SD1, from: "2026-03-01T21:14:10+08:00", until: "2026-03-01T21:14:00+08:00"}`,
		"twice":          `{id: X, kind: alarm, target: SD1, time: "2026-03-01T21:14:00+08:00", from: "2026-03-01T21:14:00+08:00", until: "2026-03-01T21:14:10+08:00"}`,
		"zone":           `{id: X, kind: alarm, target: SD1, from: "2026-03-01T21:14:00", until: "2026-03-01T21:14:10+08:00"}`,
		"reliability":    `{id: X, kind: statement, at_m: [1, 1, 1], radius_m: 1, time: "2026-03-01T21:14:00+08:00"}`,
		"above one":      `{id: X, kind: statement, at_m: [1, 1, 1], radius_m: 1, time: "2026-03-01T21:14:00+08:00", reliability: 1.2}`,
		"unused block":   `{id: X, kind: pattern, at_m: [1, 1, 1], radius_m: 1, surface: {depth_mm: 2}}`,
		"unknown field":  `{id: X, kind: char, at_m: [0, 2, 1], surface: {material: pine, depth: 3, sigma_mm: 1}}`,
		"no branch":      `{id: X, kind: arc_order, at_m: [1, 1, 2], arc: {upstream_at_m: [3, 1, 2]}}`,
		"no clock":       `{id: X, kind: flux_record, at_m: [1, 0, 1], record: {file: a.csv, time_column: t, value_column: q}}`,
		"no record":      `{id: X, kind: temperature_record, at_m: [1, 0, 1]}`,
		"negative depth": `{id: X, kind: char, at_m: [0, 2, 1], surface: {material: pine, depth_mm: -3, sigma_mm: 1}}`,
		"no kind":        `{id: X, kind: hunch, at_m: [0, 2, 1]}`,
		"device":         `{id: X, kind: device_lost, at_m: [0, 2, 1], time: "2026-03-01T21:14:00+08:00"}`,
	} {
		_, err := ParseObservations([]byte("observations:\n  - " + line + "\n"))
		if !formats.IsDamaged(err) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
