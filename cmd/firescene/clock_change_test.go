package main

import (
	"path/filepath"
	"testing"
	"time"
)

// TestChangedClockReachesTheVerdicts states the panel's clock anew, 40 s further
// fast: the time line, what is tested against it, the pictures and the report
// must all be made again, and the observations must carry the new times.
func TestChangedClockReachesTheVerdicts(t *testing.T) {
	dir := copyCase(t)
	var before, after testedCase
	result := filepath.Join(dir, filepath.FromSlash(testedDir), resultFile)
	if err := readJSON(result, &before); err != nil {
		t.Fatal(err)
	}
	clock := writeText(t, t.TempDir(), "clock.yaml", `clocks:
  - {id: panel, describe: panel, zone: "+08:00", offset_s: 134.3, sigma_s: 1, method: checked again}
`)
	if status, _, stderr := run(t, "case", "add", dir, "clock", clock, "--replace"); status != exitDone {
		t.Fatal(stderr)
	}
	lines := runWithoutDrawing(t, dir, exitSomeFailed)
	for _, stage := range []string{"timeline", "test", "draw", "report"} {
		if lines[stage].Resumed {
			t.Errorf("%s was taken over although a clock changed", stage)
		}
	}
	for _, stage := range []string{"photos", "scans", "simulate"} {
		if !lines[stage].Resumed {
			t.Errorf("%s was done again although it rests on no clock", stage)
		}
	}
	if err := readJSON(result, &after); err != nil {
		t.Fatal(err)
	}
	if len(after.Observations) != len(before.Observations) {
		t.Fatalf("%d observations, %d before", len(after.Observations), len(before.Observations))
	}
	moved := 0
	for i, o := range after.Observations {
		if o.Event == nil || o.Target == "" {
			continue
		}
		moved++
		if d := before.Observations[i].Time.Sub(o.Time); d < 39*time.Second || d > 41*time.Second {
			t.Errorf("%s moved by %v, want 40 s earlier", o.ID, d)
		}
	}
	if moved == 0 {
		t.Fatal("no observation rests on the panel")
	}
	verifyClean(t, dir)
}
