//go:build cgo && linux

package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/recon"
	"firescene/recon/draft"
	"firescene/recon/measure"
	"firescene/render/ui"

	"gonum.org/v1/gonum/spatial/r3"
)

const boxHypothesis = `id: H1
title: Fire on the floor # as first seen
origin:
  room: box
  at_m: [1, 1, 0.2] # by the wall
  radius_m: 0.3
ignition: {time: 2026-03-01T12:00:00Z, uncertainty_s: 20}
rooms:
  - {name: box, min_m: [0, 0, 0], max_m: [4, 3, 2.5]}
fuels:
  - {name: paper, at_m: [1, 1, 0], area_m2: 0.5, growth: {alpha_kW_s2: 0.01, peak_kW: 200, plateau_s: 60, decay_s: 60}}
detectors:
  - {name: S1, kind: smoke, at_m: [2, 1.5, 2.45]}
`

// statedCase is the sample case with the file of its hypothesis and what was simulated
// of it.
func statedCase(t *testing.T) string {
	t.Helper()
	dir := sampleCase(t)
	c, err := casefile.Open(t.Context(), dir, casefile.Options{By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	path := filepath.Join(t.TempDir(), "H1.yaml")
	writeFile(t, path, []byte(boxHypothesis))
	e, err := c.AddExhibit(t.Context(), casefile.AddRequest{Kind: forensics.KindHypothesis, SourcePath: path, Copy: true})
	if err != nil {
		t.Fatal(err)
	}
	d, err := draft.Parse([]byte(boxHypothesis))
	if err != nil {
		t.Fatal(err)
	}
	r := recon.FireResult{HypothesisID: "H1", Tier: "zones", TimeS: []float64{0, 100}, Series: []recon.Series{{Name: "upper_layer", Room: "box", Unit: "C", Value: []float64{20, 300}}, {Name: "interface", Room: "box", Unit: "m", Value: []float64{2.5, 1}}}}
	writeJSON(t, filepath.Join(dir, casefile.HypothesisDir, "simulated", "result.json"), map[string]any{"hypotheses": []map[string]any{{"exhibit": e.ID, "hypothesis": d.Hypothesis, "result": r}}})
	return dir
}

// mouse does what xdotool is told.
func mouse(t *testing.T, screen string, words ...string) {
	t.Helper()
	x := exec.Command("xdotool", words...)
	x.Env = append(os.Environ(), "DISPLAY="+screen)
	if b, err := x.CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v %s", err, b)
	}
}

func needMouse(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("xdotool"); err != nil {
		t.Skip("xdotool is not installed: mouse and keys are not tested")
	}
}

// click is a click of the left button, slow enough for a frame between its parts.
func click(x, y int) []string {
	return strings.Fields(fmt.Sprintf("mousemove %d %d sleep .25 mousedown 1 sleep .15 mouseup 1 sleep .25", x, y))
}

// TestMeasureByClicks measures every kind in a real window: points by the mouse, the
// end by its button, and takes the last one back by keys.
func TestMeasureByClicks(t *testing.T) {
	needMouse(t)
	screen, dir, out := display(t), statedCase(t), t.TempDir()
	// Places of the picture: the floor's middle, right and front, the two far walls.
	a, b, c, d, e := [2]float64{.5, .62}, [2]float64{.6, .6}, [2]float64{.56, .7}, [2]float64{.42, .35}, [2]float64{.6, .33}
	kinds := []struct {
		tool   string
		points [][2]float64
		finish bool
		unit   string
	}{
		{"distance", [][2]float64{a, b}, false, "m"}, {"height", [][2]float64{a, d}, false, "m"}, {"angle", [][2]float64{a, b, c}, false, "°"}, {"toPlane", [][2]float64{a, d}, false, "m"},
		{"planeAngle", [][2]float64{a, d}, false, "°"}, {"area", [][2]float64{a, b, c}, true, "m²"}, {"volume", [][2]float64{a, b, c}, true, "m³"},
		{"prism", [][2]float64{a, b, c, d}, true, "m³"}, {"hull", [][2]float64{a, b, c, d, e}, true, "m³"}, {"rays", [][2]float64{a, d, b, d}, true, "m"},
	}
	script := fmt.Sprintf("open %s\nview overview\n", dir)
	for _, k := range kinds {
		script += fmt.Sprintf("tool %[1]s\nstate %[2]s/%[1]s.json\nuntil %[2]s/%[1]s.done\n", k.tool, out)
	}
	script += fmt.Sprintf("state %[1]s/all.json\nuntil %[1]s/undone\nstate %[1]s/end.json\nquit\n", out)
	w, said := start(t, screen, script)
	for _, k := range kinds {
		waitFor(t, filepath.Join(out, k.tool+".json"))
		time.Sleep(300 * time.Millisecond)
		s := readState(t, filepath.Join(out, k.tool+".json"))
		var do []string
		for _, p := range k.points {
			do = append(do, click(s.Scene[0]+int(p[0]*float64(s.Scene[2])), s.Scene[1]+int(p[1]*float64(s.Scene[3])))...)
		}
		if k.finish {
			at := s.Spots["finish"]
			do = append(do, click(at[0], at[1])...)
		}
		mouse(t, screen, append(do, "sleep", ".5")...)
		writeFile(t, filepath.Join(out, k.tool+".done"), nil)
	}
	waitFor(t, filepath.Join(out, "all.json"))
	mouse(t, screen, strings.Fields("search --onlyvisible --name firescene windowfocus sleep .3 keydown ctrl sleep .2 key z sleep .3 keyup ctrl sleep .5")...)
	writeFile(t, filepath.Join(out, "undone"), nil)
	if err := w.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	s := readState(t, filepath.Join(out, "all.json"))
	got := map[recon.MeasureKind]recon.Measurement{}
	for _, m := range s.Measure {
		got[m.Request.Kind] = m
	}
	for _, k := range kinds {
		m, ok := got[recon.MeasureKind(k.tool)]
		if !ok || m.Result.Unit != k.unit || !(m.Result.Sigma > 0 || k.tool == "planeAngle") { // exact planes stand exactly
			t.Errorf("%s: %+v; the window says %q", k.tool, m, s.Message)
		}
	}
	if v := got[recon.MeasurePlaneAngle].Result.Value; math.Abs(v-90) > 2 {
		t.Errorf("floor and wall stand at %.1f degrees", v)
	}
	if end := readState(t, filepath.Join(out, "end.json")); len(end.Measure) != len(s.Measure)-1 || end.Redo == "" {
		t.Errorf("Ctrl+Z left %d of %d measurements, %q to be done again", len(end.Measure), len(s.Measure), end.Redo)
	}
	verified(t, dir, len(s.Measure)-1)
}

// verified holds a case to its log and counts what is kept in it.
func verified(t *testing.T, dir string, measurements int) {
	t.Helper()
	c, err := casefile.Open(context.Background(), dir, casefile.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	kept, err := c.Kept(context.Background(), casefile.KeptMeasurement)
	if err != nil || len(kept) != measurements {
		t.Errorf("the case holds %d measurements, %v", len(kept), err)
	}
	r, err := c.Verify(context.Background(), casefile.VerifyOptions{})
	for _, ch := range r.Changes {
		if ch.What != "result" { // of a sample that no stage made
			t.Errorf("%+v", ch)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestDragOrigin drags the origin along an axis with a real mouse and takes it back.
func TestDragOrigin(t *testing.T) {
	needMouse(t)
	screen, dir, out := display(t), statedCase(t), t.TempDir()
	w, said := start(t, screen, fmt.Sprintf("open %[1]s\nmoment 100\nview overview\nedit origin 0\nsleep 1\nstate %[2]s/before.json\nuntil %[2]s/dragged\nstate %[2]s/after.json\nuntil %[2]s/undone\nstate %[2]s/end.json\nquit\n", dir, out))
	waitFor(t, filepath.Join(out, "before.json"))
	time.Sleep(300 * time.Millisecond)
	s := readState(t, filepath.Join(out, "before.json"))
	at, from := s.Spots["handle origin0 x"], s.Spots["handle origin0"]
	dx, dy := at[0]-from[0], at[1]-from[1]
	mouse(t, screen, strings.Fields(fmt.Sprintf("mousemove %d %d sleep .3 mousedown 1 sleep .3 mousemove %d %d sleep .2 mousemove %d %d sleep .3 mouseup 1 sleep .5", at[0], at[1], at[0]+dx/2, at[1]+dy/2, at[0]+dx, at[1]+dy))...)
	writeFile(t, filepath.Join(out, "dragged"), nil)
	waitFor(t, filepath.Join(out, "after.json"))
	mouse(t, screen, strings.Fields("search --onlyvisible --name firescene windowfocus sleep .3 keydown ctrl sleep .2 key z sleep .3 keyup ctrl sleep .5")...)
	writeFile(t, filepath.Join(out, "undone"), nil)
	if err := w.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	after, end := readState(t, filepath.Join(out, "after.json")), readState(t, filepath.Join(out, "end.json"))
	if o := *after.Origin; o[0] < 1.05 || o[0] > 3 || math.Abs(o[1]-1) > 0.002 || math.Abs(o[2]-0.2) > 0.002 || !after.Draft || !after.Stale {
		t.Errorf("the origin was dragged to %v; changed %v, older results %v; %s", o, after.Draft, after.Stale, after.Message)
	}
	if s.Stale || s.AfterS != 100 || after.AfterS != 0 {
		t.Errorf("what was simulated before the change is shown after it: %v %g %g", s.Stale, s.AfterS, after.AfterS)
	}
	if *end.Origin != (recon.Vec{1, 1, 0.2}) || end.Draft || end.Stale || end.Redo == "" {
		t.Errorf("after taking it back: %v, changed %v, older results %v, %q", *end.Origin, end.Draft, end.Stale, end.Redo)
	}
}

// TestToolScript does the rest by commands: annotations, sections, the clip box, clocks,
// a hypothesis changed, kept as a version, and a draft that outlives the window.
func TestToolScript(t *testing.T) {
	screen, dir, out := display(t), statedCase(t), t.TempDir()
	fake := filepath.Join(t.TempDir(), "firescene")
	writeFile(t, fake, []byte("#!/bin/sh\necho \"$@\" >> "+out+"/args\ncp \"$5\" "+out+"/kept.yaml\n"))
	if err := os.Chmod(fake, 0o777); err != nil {
		t.Fatal(err)
	}
	env := "PATH=" + filepath.Dir(fake) + ":" + os.Getenv("PATH")
	run1(t, screen, fmt.Sprintf(`open %[1]s
view overview
tool note
pick .5 .62
note soot ends here
reportnote A001 on
slab x 2 0.3
state %[2]s/slab.json
undo
clip on
parallel on
state %[2]s/clip.json
tonote A001
parallel off
clock panel 2026-03-01T12:01:30 2026-03-01T12:00:00 1
state %[2]s/clock.json
undo
move origin 0 2 2 0.1
add smoke
state %[2]s/changed.json
quit
`, dir, out), env)
	if s := readState(t, filepath.Join(out, "slab.json")); s.Clip == nil || math.Abs(s.Clip.Centre.X-2) > 1e-9 || math.Abs(s.Clip.HalfM.X-0.15) > 1e-9 || s.OrthoM <= 0 {
		t.Errorf("a section: %+v, %g m high", s.Clip, s.OrthoM)
	}
	if s := readState(t, filepath.Join(out, "clip.json")); s.Clip == nil || s.Clip.HalfM.X < 0.5 || s.OrthoM <= 0 || len(s.Notes) != 1 {
		t.Errorf("after taking the section back: %+v, %v", s.Clip, s.Notes)
	}
	if s := readState(t, filepath.Join(out, "clock.json")); len(s.Clocks) != 1 || !strings.HasPrefix(s.Clocks[0], "panel +90.000 ± 1.") {
		t.Errorf("clocks: %q, %s", s.Clocks, s.Message)
	}
	s := readState(t, filepath.Join(out, "changed.json"))
	if len(s.Clocks) != 0 || *s.Origin != (recon.Vec{2, 2, 0.1}) || len(s.Parts) != 4 || !s.Draft || !s.Stale {
		t.Errorf("changed: %+v", s.ToolsState)
	}
	run1(t, screen, fmt.Sprintf("open %[1]s\nstate %[2]s/again.json\nlang zh\npanel editor\npanel notes\nkeep\nwait 20\nstate %[2]s/kept.json\nquit\n", dir, out), env)
	if s := readState(t, filepath.Join(out, "again.json")); !s.Draft || *s.Origin != (recon.Vec{2, 2, 0.1}) || len(s.Notes) != 1 {
		t.Errorf("a change that was not kept did not come back: %+v", s.ToolsState)
	}
	args, _ := os.ReadFile(filepath.Join(out, "args"))
	if !strings.HasPrefix(string(args), "case add "+dir+" hypothesis ") || !strings.Contains(string(args), "--copy --replace") {
		t.Errorf("the tool was called with %q", args)
	}
	kept, _ := os.ReadFile(filepath.Join(out, "kept.yaml"))
	if !strings.Contains(string(kept), "at_m: [2, 2, 0.1] # by the wall") || !strings.Contains(string(kept), "kind: smoke") {
		t.Errorf("kept\n%s", kept)
	}
	verified(t, dir, 0)
}

// What the window measures in a file is what the whole cloud gives.
func TestTakeMeasure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "room.ply")
	writeFile(t, path, boxRoom())
	whole, err := readCloud(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	whole.Scaled = true
	all, err := measure.NewCloud(whole, measure.Errors{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := recon.MeasureRequest{Kind: recon.MeasureDistance, RadiusM: 0.1, Points: []recon.Vec{{1, 1, 0}, {3, 2, 0}}, RegistrationM: 0.001}
	m, err := takeMeasure(t.Context(), "", ui.CloudFile{Path: path, Metric: true}, r)
	if err != nil {
		t.Fatal(err)
	}
	want, err := all.Take(t.Context(), m.Request)
	if err != nil || m.Result.Value != want.Value || m.Result.Sigma != want.Sigma || m.Request.RadiusM != 0.1 {
		t.Errorf("%+v, not %+v, %v", m.Result, want, err)
	}
	r.RadiusM = 0.03 // too few points of a grid of 4 cm
	if m, err = takeMeasure(t.Context(), "", ui.CloudFile{Path: path, Metric: true}, r); err != nil || m.Request.RadiusM <= 0.03 || math.Abs(m.Result.Value-math.Sqrt(5)) > 0.02 {
		t.Errorf("a thin cloud: %+v, %v", m, err)
	}
	r.Points[0] = recon.Vec{50, 50, 50}
	if _, err = takeMeasure(t.Context(), "", ui.CloudFile{Path: path}, r); err == nil {
		t.Error("measured far from the cloud")
	}
	if _, err := pointsNear(t.Context(), path, []r3.Box{}); err == nil {
		t.Error("measured nothing")
	}
}

func TestClockOf(t *testing.T) {
	e := ui.ClockEntry{ID: "dvr", Zone: "+08:00", Shown: "2026-03-02 10:00:10", Truth: "2026-03-02 10:00:00.0", SigmaS: 0.5, Method: "by radio"}
	k, err := clockOf(e, nil)
	if err != nil || k.OffsetS != 10 || math.Abs(k.SigmaS-math.Sqrt(0.25+1.01/12)) > 1e-9 || !k.CheckedAt.Equal(time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v, %v", k, err)
	}
	former := forensics.Clock{ID: "dvr", OffsetS: 9, SigmaS: 0.5, CheckedAt: k.CheckedAt.Add(-1000 * time.Second)}
	e.FromEarlier = true
	if k, err = clockOf(e, &former); err != nil || math.Abs(k.DriftPPM-1000) > 1e-6 || math.Abs(k.DriftSigmaPPM-1000*math.Hypot(k.SigmaS, 0.5)) > 1e-6 {
		t.Errorf("%+v, %v", k, err)
	}
	for _, bad := range []ui.ClockEntry{{}, {ID: "a", Zone: "nowhere", Shown: e.Shown, Truth: e.Truth}, {ID: "a", Shown: "10:00:10", Truth: e.Truth}, {ID: "a", Shown: e.Shown, Truth: e.Truth, SigmaS: math.NaN()}} {
		if _, err := clockOf(bad, nil); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if _, err := clockOf(e, nil); err == nil {
		t.Error("a drift from no earlier check")
	}
}
