package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fireYAML states a fire at x, y of one burnt room.
func fireYAML(id string, x, y float64) string {
	return fmt.Sprintf(`id: %s
title: item at %g, %g
origin: {room: living, at_m: [%g, %g, 0.3], radius_m: 0.4}
ignition: {time: "2026-03-01T21:14:00+08:00", uncertainty_s: 60}
rooms:
  - {name: living, min_m: [0, 0, 0], max_m: [4.8, 3.6, 2.5], wall: gypsum, wall_thick_m: 0.0125}
openings:
  - {name: door, from: living, to: outside, width_m: 0.9, sill_m: 0, head_m: 2}
fuels:
  - {name: item, at_m: [%g, %g, 0.3], area_m2: 0.8, spread_pct: 20, growth: {alpha_kW_s2: 0.0117, peak_kW: 600, plateau_s: 200, decay_s: 200}}
detectors:
  - {name: SD1, kind: smoke, at_m: [0.8, 2.8, 2.47]}
  - {name: SD2, kind: smoke, at_m: [4.2, 0.6, 2.47]}
duration_s: 180
`, id, x, y, x, y, x, y)
}

const fireObservations = `observations:
  - {id: O1, kind: arrival, target: SD1, time: "2026-03-01T21:14:20+08:00", sigma_s: 2}
  - {id: O2, kind: arrival, target: SD2, time: "2026-03-01T21:14:42+08:00", sigma_s: 2}
  - {id: O3, kind: pattern, at_m: [0.8, 2.8, 0.4], radius_m: 0.4}
`

func writeText(t *testing.T, dir, name, text string) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func runFire(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := execute(context.Background(), append([]string{"fire"}, args...), &out, &errs); got != want {
		t.Fatalf("fire %v: exit %d, want %d\n%s%s", args, got, want, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func TestFireRank(t *testing.T) {
	dir := t.TempDir()
	h1, h2 := writeText(t, dir, "a.yaml", fireYAML("H1", 0.9, 2.6)), writeText(t, dir, "b.yaml", fireYAML("H2", 4.0, 0.9))
	obs := writeText(t, dir, "obs.yaml", fireObservations)
	out := filepath.Join(dir, "out")
	stdout, _ := runFire(t, exitDone, "rank", h1, h2, "--observations", obs, "-o", out, "--json", "-q")
	var s fireSummary
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		t.Fatal(err)
	}
	if s.Ranking == nil || s.Ranking.Hypotheses[0].HypothesisID != "H1" || !s.Ranking.Determined {
		t.Errorf("%s", stdout)
	}
	for _, name := range []string{"H1.json", "H1_series.csv", "H1_series.png", "H2.json", "ranking.json", stepFile} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
	csv, err := os.ReadFile(filepath.Join(out, "H1_series.csv"))
	if err != nil || !strings.HasPrefix(string(csv), "time_s,hrr_kW,hrr_wanted_kW,flame_height_m,upper_layer_C,") || strings.Count(string(csv), "\n") != 182 {
		t.Errorf("%v: %.120s", err, csv)
	}
	b, err := os.ReadFile(filepath.Join(out, "H1_series.png"))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := png.DecodeConfig(bytes.NewReader(b)); err != nil || c.Width < 600 || c.Height < 600 {
		t.Errorf("plot: %+v, %v", c, err)
	}
	// The other order and one worker give the same bytes.
	again := filepath.Join(dir, "again")
	runFire(t, exitDone, "rank", h2, h1, "--observations", obs, "-o", again, "-q", "--workers", "1")
	for _, name := range []string{"H1.json", "H2_series.csv", "H2_series.png", "ranking.json"} {
		a, _ := os.ReadFile(filepath.Join(out, name))
		b, _ := os.ReadFile(filepath.Join(again, name))
		if len(a) == 0 || !bytes.Equal(a, b) {
			t.Errorf("%s differs with the order and the workers", name)
		}
	}
	// In either language the verdicts are there with their numbers.
	for lang, word := range map[string]string{"en": "conflicts", "zh": "矛盾"} {
		if text, _ := runFire(t, exitDone, "rank", h1, h2, "--observations", obs, "-o", out, "-q", "--lang", lang); !strings.Contains(text, word) || !strings.Contains(text, "O3") {
			t.Errorf("%s: %s", lang, text)
		}
	}
}

func TestFireExitStatus(t *testing.T) {
	dir := t.TempDir()
	good := writeText(t, dir, "a.yaml", fireYAML("H1", 0.9, 2.6))
	same := writeText(t, dir, "same.yaml", fireYAML("h1", 2, 2))
	bad := writeText(t, dir, "bad.yaml", strings.Replace(fireYAML("H2", 1, 1), "peak_kW: 600", "peak_kW: -600", 1))
	obs := writeText(t, dir, "obs.yaml", fireObservations)
	out := filepath.Join(dir, "out")
	runFire(t, exitUsage, "simulate", good)
	runFire(t, exitUsage, "simulate")
	runFire(t, exitUsage, "compare", good, "-o", out)
	runFire(t, exitUsage, "rank", good, "-o", out)
	runFire(t, exitUsage, "guess")
	_, stderr := runFire(t, exitFailed, "simulate", bad, "-o", out)
	if !strings.Contains(stderr, "line 10") || !strings.Contains(stderr, "peak_kW") {
		t.Errorf("no place in %q", stderr)
	}
	runFire(t, exitFailed, "rank", good, "--observations", bad, "-o", out)
	runFire(t, exitFailed, "rank", good, "--observations", filepath.Join(dir, "none.yaml"), "-o", out)
	stdout, _ := runFire(t, exitSomeFailed, "simulate", good, bad, same, filepath.Join(dir, "none.yaml"), "-o", out, "-q")
	for _, word := range []string{"bad.yaml", "same.yaml", "none.yaml"} {
		if !strings.Contains(stdout, word) {
			t.Errorf("%s is not listed in %s", word, stdout)
		}
	}
	runFire(t, exitDone, "rank", good, "--observations", obs, "-o", out, "-q")
}

func TestFireCompare(t *testing.T) {
	dir := t.TempDir()
	h1, h2 := writeText(t, dir, "a.yaml", fireYAML("H1", 0.9, 2.6)), writeText(t, dir, "b.yaml", fireYAML("H2", 4.0, 0.9))
	out := filepath.Join(dir, "out")
	runFire(t, exitDone, "compare", h1, h2, "-o", out, "-q")
	b, err := os.ReadFile(filepath.Join(out, "compare.csv"))
	if err != nil || !strings.HasPrefix(string(b), "quantity,H1,H2\n") || !strings.Contains(string(b), "\nSD2_late_s,") {
		t.Errorf("%v: %s", err, b)
	}
	if _, err := os.Stat(filepath.Join(out, "compare.png")); err != nil {
		t.Error(err)
	}
}

func TestFireCancelled(t *testing.T) {
	dir := t.TempDir()
	good := writeText(t, dir, "a.yaml", fireYAML("H1", 0.9, 2.6))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out := filepath.Join(dir, "out")
	if _, err := runFireSimulate(ctx, fireOptions{Files: []string{good}, Out: out, Workers: 2}, func(string, int64, int64) {}); err == nil {
		t.Error("a cancelled run says it is done")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a cancelled run left a folder")
	}
}

func TestCSVField(t *testing.T) {
	for in, want := range map[string]string{"a": "a", "a,b": `"a,b"`, `a"b`: `"a""b"`, "=1": "'=1", "": ""} {
		if got := csvField(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

const fireEvidence = `observations:
  - {id: O1, kind: alarm, target: SD1, from: "2026-03-01T21:14:18+08:00", until: "2026-03-01T21:14:22+08:00"}
  - {id: O2, kind: char, at_m: [0, 2.6, 0.8], surface: {material: pine, depth_mm: 1, sigma_mm: 0.5}}
  - {id: O3, kind: temperature_record, at_m: [0.8, 2.8, 2.4], record: {file: log.csv, time_column: time, value_column: TC1, start: "2026-03-01T21:14:00+08:00"}}
`

// TestFireRankCells: surfaces, records and cells reach the results, in the same bytes
// for any number of workers.
func TestFireRankCells(t *testing.T) {
	dir := t.TempDir()
	h1, h2 := writeText(t, dir, "a.yaml", fireYAML("H1", 0.9, 2.6)), writeText(t, dir, "b.yaml", fireYAML("H2", 4.0, 0.9))
	obs := writeText(t, dir, "obs.yaml", fireEvidence)
	writeText(t, dir, "log.csv", "time,TC1\n-5,20\n0,20\n60,60\n120,140\n180,200\n")
	out := filepath.Join(dir, "out")
	stdout, _ := runFire(t, 0, "rank", h1, h2, "--observations", obs, "--cells", "12", "-o", out, "--json", "--workers", "1")
	var s struct {
		Inquiry struct {
			Undetermined float64
			Log          []struct{ Outcome string }
		}
		Cells struct{ N int }
	}
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || s.Cells.N < 20 || len(s.Inquiry.Log) != 2 {
		t.Fatalf("%v %+v", err, s)
	}
	again := filepath.Join(dir, "again")
	runFire(t, 0, "rank", h2, h1, "--observations", obs, "--cells", "12", "-o", again, "-q", "--workers", "4")
	for _, name := range []string{"ranking.json", "origin_cells.csv", "origin_cells.png"} {
		a, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(again, name))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between orders and workers: %v", name, err)
		}
	}
	writeText(t, dir, "log.csv", "time,TC1\n0,20\nx,20\n")
	_, errs := runFire(t, 1, "rank", h1, h2, "--observations", obs, "-o", out, "-q")
	if !strings.Contains(errs, "log.csv") || !strings.Contains(errs, "line 3") {
		t.Errorf("a bad record: %s", errs)
	}
	runFire(t, 2, "rank", h1, h2, "--observations", obs, "--cells", "-1", "-o", out, "-q")
}

func TestFireBenchRefuses(t *testing.T) {
	dir := t.TempDir()
	_, errs := runFire(t, 1, "bench", "fsri", dir, "-q")
	if !strings.Contains(errs, "no experiment") {
		t.Errorf("%s", errs)
	}
}
