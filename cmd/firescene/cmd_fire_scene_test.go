package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/formats/fds"
	"firescene/recon/field"
	"firescene/recon/field/fdscase"
	"firescene/recon/fire"
)

// Scans of a room become an input that the field model takes, and the beginning of a
// hypothesis that lacks what only a person can state.
func TestFireScene(t *testing.T) {
	dir := t.TempDir()
	scans, out := filepath.Join(dir, "set.e57"), filepath.Join(dir, "scene")
	if status, _, errOut := run(t, "scan-set", "-q", "--points", "250000", "-o", scans); status != exitDone {
		t.Fatal(errOut)
	}
	status, printed, errOut := run(t, "fire", "scene", scans, "-q", "--json", "-o", out, "--burner", "1.5,2,0,200")
	if status != exitDone {
		t.Fatal(errOut)
	}
	var s fireSceneSummary
	if err := json.Unmarshal([]byte(printed), &s); err != nil {
		t.Fatal(err)
	}
	if s.Model == nil || len(s.Model.Rooms) == 0 || len(s.Model.Openings) == 0 || len(s.Model.Pieces) == 0 {
		t.Fatalf("%+v", s.Model)
	}
	b, err := os.ReadFile(filepath.Join(out, "scene.fds"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := fds.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c, err := fdscase.New(in, fdscase.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range field.Check(c.Scene) {
		if p.Fatal {
			t.Error(p)
		}
	}
	b, err = os.ReadFile(filepath.Join(out, "hypothesis.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fire.ParseHypothesis(b); err == nil || strings.Contains(err.Error(), "unknown") {
		t.Errorf("the beginning of a hypothesis reads as %v", err)
	}
	r := s.Model.Rooms[0].Box
	middle := fmt.Sprintf("[%.2f, %.2f, %.2f]", (r[0]+r[1])/2, (r[2]+r[3])/2, r[4])
	whole := strings.NewReplacer(`title: ""`, "title: x", "basis: []", "basis: [x]", "# ignition", "ignition", "fuels: []", "fuels: [{name: f, at_m: "+middle+", area_m2: 0.3, item: t2_fast, growth: {peak_kW: 100, plateau_s: 60}}]").Replace(string(b))
	if _, err := fire.ParseHypothesis([]byte(whole)); err != nil {
		t.Errorf("filled in: %v\n%s", err, whole)
	}
	if status, _, _ := run(t, "fire", "scene", scans, "-q", "-o", out, "--burner", "900,2,0,200"); status != exitUsage {
		t.Errorf("a burner outside: status %d", status)
	}
}
