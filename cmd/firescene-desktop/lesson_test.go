//go:build cgo && linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/forensics/casefile"
	"firescene/recon"
	"firescene/render/scene"
)

// TestLesson answers the questions of a lesson through a camera's eye: the answers are
// kept, the score comes by the key beside the case, and handed-in answers stay.
func TestLesson(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	const questions = `title: Lesson
questions:
  - {id: origin, kind: origin, ask: Where?, points: 4%s}
  - {id: which, kind: choice, ask: Which?, points: 2, choices: [{id: H1, text: one}, {id: H2, text: two}]%s}
`
	writeFile(t, filepath.Join(dir, casefile.TrainingFile), fmt.Appendf(nil, questions, "", ""))
	writeFile(t, dir+"-key.yaml", fmt.Appendf(nil, questions, ", answer: {at_m: [1, 1, 0], radius_m: 0.5}", ", answer: {choices: [H2]}"))
	c := scene.PlacedCamera{Name: "CH1", Exhibit: "E002", How: scene.HowStated, Turn: [4]float64{0.5, -0.5, 0.5, -0.5}, Place: [3]float64{0.5, 1.5, 2},
		Camera: recon.Camera{WidthPx: 704, HeightPx: 576, FxPx: 500, FyPx: 500, CxPx: 352, CyPx: 288}}
	f, err := os.Create(filepath.Join(dir, casefile.CamerasFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := firstError(scene.WriteCameras(f, []scene.PlacedCamera{c}), f.Close()); err != nil {
		t.Fatal(err)
	}
	run1(t, screen, fmt.Sprintf(`open %[1]s
through CH1
opacity .5
state %[2]s/through.json
orbit 30 0
state %[2]s/moved.json
answer origin 1,1,0.2
answer which H1
answer hand-in -
answer which H2
state %[2]s/score.json
quit
`, dir, out))
	if s := readState(t, filepath.Join(out, "through.json")); s.Through != "CH1" || !strings.Contains(s.Caption, "no recovered picture") || !strings.Contains(s.Caption, "stated") {
		t.Errorf("through the camera: %q %q", s.Through, s.Caption)
	}
	if s := readState(t, filepath.Join(out, "moved.json")); s.Through != "" {
		t.Errorf("after moving away it is looked through %q", s.Through)
	}
	s := readState(t, filepath.Join(out, "score.json"))
	if s.Training == nil || s.Training.Points != 4 || s.Training.Of != 6 || !s.Training.HandedIn {
		t.Fatalf("the score: %+v", s.Training)
	}
	b, err := os.ReadFile(filepath.Join(dir, casefile.AnswersFile))
	if err != nil || !strings.Contains(string(b), `"H1"`) || strings.Contains(string(b), `"H2"`) {
		t.Errorf("the case keeps %s, %v", b, err)
	}
}
