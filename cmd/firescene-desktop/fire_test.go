//go:build cgo && linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firescene/forensics/casefile"
	"firescene/recon"
)

// TestLostContextWindow: a window whose OpenGL context is lost gives place to another,
// drawn by the CPU, with the same case and the reason.
func TestLostContextWindow(t *testing.T) {
	screen := display(t)
	dir := sampleCase(t)
	out := t.TempDir()
	state, second := filepath.Join(out, "state.json"), filepath.Join(out, "second.txt")
	writeFile(t, second, fmt.Appendf(nil, "sleep 0.5\nstate %s.new\nstate %s\nquit\n", state, state))
	run1(t, screen, "open "+dir+"\nlose\n", afterLoss+"_SCRIPT="+second)
	for range 600 {
		if _, err := os.Stat(state); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	s := readState(t, state+".new") // whole: the next command came after it
	if s.Case != "Box room" || !strings.Contains(s.Renderer, "splatter") || !strings.Contains(s.Message, "reset") {
		t.Errorf("the second window shows %+v", s)
	}
}

// TestFireLayers switches the fire's layers and paints, each of which changes the picture,
// and the renderer, which does not.
func TestFireLayers(t *testing.T) {
	screen := display(t)
	dir := sampleCase(t)
	addFuel(t, filepath.Join(dir, casefile.HypothesisDir, "simulated", "result.json"))
	out := t.TempDir()
	shot := func(name string) string { return filepath.Join(out, name) }
	run1(t, screen, strings.Join([]string{"open " + dir, "moment 150", "layer hot_layer off", "save " + shot("plain.png"), "renderer gl", "save " + shot("gl.png"),
		"compare " + shot("plain.png") + " " + shot("gl.png") + " " + shot("gl.json"), "renderer cpu",
		"paint exposure all", "save " + shot("paint.png"), "compare " + shot("plain.png") + " " + shot("paint.png") + " " + shot("paint.json"), "paint own all",
		"layer hot_layer on", "save " + shot("hot.png"), "compare " + shot("plain.png") + " " + shot("hot.png") + " " + shot("hot.json"),
		"bench 3 " + shot("bench.json"), "state " + shot("state.json"), "quit"}, "\n")+"\n")
	for name, same := range map[string]string{"gl": "true", "paint": "false", "hot": "false"} {
		b, err := os.ReadFile(shot(name + ".json"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), `"same": `+same) {
			t.Errorf("%s: %s; want same %s", name, b, same)
		}
	}
	if b, err := os.ReadFile(shot("bench.json")); err != nil || !strings.Contains(string(b), `"frames": 3`) {
		t.Errorf("bench: %s %v", b, err)
	}
	if s := readState(t, shot("state.json")); s.GL == "" || !strings.Contains(s.Renderer, "splatter") {
		t.Errorf("state %+v", s)
	}
}

// addFuel gives the hypotheses of a case something that burns, so that what it does to
// surfaces can be predicted.
func addFuel(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var left struct {
		Hypotheses []struct {
			Hypothesis recon.Hypothesis `json:"hypothesis"`
			Result     recon.FireResult `json:"result"`
		} `json:"hypotheses"`
	}
	if err := json.Unmarshal(b, &left); err != nil {
		t.Fatal(err)
	}
	for i := range left.Hypotheses {
		h := &left.Hypotheses[i].Hypothesis
		h.Fuels = []recon.Fuel{{Name: "bin", At: recon.Vec{1, 1, 0.2}, AreaM2: 0.4, Growth: &recon.Growth{AlphaKWs2: 0.05, PeakKW: 700, PlateauS: 100, DecayS: 50}}}
		h.Openings = []recon.Opening{{Name: "door", From: "box", To: "outside", WidthM: 0.9, HeadM: 2, OpenAtS: 60}}
		h.DurationS = 200
	}
	writeJSON(t, path, left)
}
