package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/forensics/casefile"
	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

const versionHypothesis = `id: H1
title: Fire on the floor
origin: {room: box, at_m: [%g, 1, 0.2], radius_m: 0.3}
ignition: {time: 2026-03-01T12:00:00Z, uncertainty_s: 20}
duration_s: 60
rooms:
  - {name: box, min_m: [0, 0, 0], max_m: [4, 3, 2.5]}
openings:
  - {name: door, from: box, to: outside, width_m: 0.9, sill_m: 0, head_m: 2}
fuels:
  - {name: paper, at_m: [1, 1, 0], area_m2: 0.5, growth: {alpha_kW_s2: 0.01, peak_kW: 200, plateau_s: 60, decay_s: 60}}
`

// A new version of a hypothesis takes the place of the former, which stays in the case;
// what was measured and annotated is in the report.
func TestVersionsAndKept(t *testing.T) {
	in, dir := t.TempDir(), filepath.Join(t.TempDir(), "case")
	file := func(name, text string) string {
		path := filepath.Join(in, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ok := func(args ...string) string {
		t.Helper()
		status, stdout, stderr := run(t, append(args, "--quiet")...)
		if status != exitDone {
			t.Fatalf("%v: %d\n%s%s", args, status, stdout, stderr)
		}
		return stdout
	}
	var rows []string
	for i := range 40 {
		for j := range 40 {
			rows = append(rows, fmt.Sprintf("%g %g 0", float64(i)/20, float64(j)/20), fmt.Sprintf("%g 2 %g", float64(i)/20, float64(j)/20))
		}
	}
	scan := file("room.ply", fmt.Sprintf("ply\nformat ascii 1.0\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\nend_header\n%s\n", len(rows), strings.Join(rows, "\n")))
	ok("case", "init", dir, "--title", "t", "--lang", "en")
	ok("case", "add", dir, "scan", scan)
	ok("case", "add", dir, "hypothesis", file("H1.yaml", fmt.Sprintf(versionHypothesis, 1.0)))
	ok("case", "add", dir, "hypothesis", file("H1b.yaml", fmt.Sprintf(versionHypothesis, 2.0)), "--replace")
	list := file("list.yaml", "radius: 0.15\npoints:\n  a: [0.5, 0.5, 0]\n  b: [1.5, 0.5, 0]\nmeasures:\n  - {name: board, distance: [a, b]}\n")
	if said := ok("cloud", "measure", scan, "--list", list, "--case", dir, "--same-frame", "--lang", "en"); !strings.Contains(said, "M001") {
		t.Errorf("measuring said %q", said)
	}
	c, err := casefile.Open(t.Context(), dir, casefile.Options{By: "t"})
	if err != nil {
		t.Fatal(err)
	}
	a := render.Annotation{Text: "remark of the test", Frame: "scans", Report: true, View: render.View{Name: "annotation", Eye: r3.Vec{X: 1, Y: -3, Z: 2}, Target: r3.Vec{X: 1, Y: 1}, Up: r3.Vec{Z: 1}, FovYDeg: 45}}
	if _, err := c.AddKept(t.Context(), casefile.KeptAnnotation, a); err != nil {
		t.Fatal(err)
	}
	c.Close()
	ok("run", dir, "--by", "t")
	var fires caseFires
	if err := readJSON(filepath.Join(dir, simulatedDir, resultFile), &fires); err != nil || len(fires.Hypotheses) != 1 || fires.Hypotheses[0].Exhibit != "E003" || fires.Hypotheses[0].Hypothesis.Origin.At[0] != 2 {
		t.Errorf("%+v, %v", fires.Hypotheses, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, reportDir, "report.html"))
	if err != nil || !strings.Contains(string(page), "M001") || !strings.Contains(string(page), "board") {
		t.Errorf("the report has not what was measured: %v", err)
	}
	if canDraw() && !strings.Contains(string(page), "remark of the test") {
		t.Error("the report has not the annotation's view")
	}
	if status, _, stderr := run(t, "case", "add", dir, "hypothesis", file("H1c.yaml", fmt.Sprintf(versionHypothesis, 3.0))); status != exitDone {
		t.Errorf("a rival with the same ID: %d %s", status, stderr)
	}
	var sum runCaseSummary
	if status, stdout, _ := run(t, "run", dir, "--by", "t", "--quiet", "--json"); status != exitSomeFailed || json.Unmarshal([]byte(stdout), &sum) != nil {
		t.Errorf("two hypotheses with one ID: %d", status)
	}
	ok("case", "verify", dir)
}
