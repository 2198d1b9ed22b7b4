package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const lessonPlan = `title: Lesson
names: [Mr Example]
questions:
  - {id: origin, kind: origin, ask: Where?, points: 4, answer: {at_m: [1, 2, 0], radius_m: 0.5, why: the mark}}
  - {id: which, kind: choice, ask: Which?, points: 2, choices: [{id: H1, text: one}, {id: H2, text: two}], answer: {choices: [H2]}}
`

// TestTraining makes a lesson of a case that names a person: the name is nowhere in the
// copy, nor is the expert's answer; answers are scored by the key beside it.
func TestTraining(t *testing.T) {
	dir := t.TempDir()
	source, copied := filepath.Join(dir, "case"), filepath.Join(dir, "lesson")
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	must := func(args ...string) string {
		t.Helper()
		status, stdout, stderr := run(t, args...)
		if status != exitDone {
			t.Fatalf("%v: %d %s", args, status, stderr)
		}
		return stdout
	}
	must("case", "init", source, "--title", "Fire at Mr Example's")
	must("case", "add", source, "statement", write("Mr Example.txt", "12:01 Mr Example: I saw fire at the sofa.\n"))
	must("case", "add", source, "log", write("panel.csv", "time,message\n2026-03-01 12:00:00,alarm at Mr Example\n"), "-q")
	write("case/50-timeline/result.json", `{"events":[{"id":"V1","message":"call by Mr Example"}]}`)
	write("case/60-report/report.html", "Mr Example")
	plan := write("plan.yaml", lessonPlan)
	must("case", "add", source, "scan", write("Mr Example.ply", "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nend_header\n0 0 0\n"), "-q")
	var made trainingSummary
	if err := json.Unmarshal([]byte(must("training", "new", source, "--plan", plan, "-o", copied, "--json", "-q", "--by", "trainer")), &made); err != nil {
		t.Fatal(err)
	}
	if made.Exhibits != 3 || made.Texts < 3 {
		t.Errorf("%+v", made)
	}
	err := filepath.WalkDir(copied, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, word := range []string{"Weiming", "the mark"} {
			if bytes.Contains(b, []byte(word)) || strings.Contains(path, word) {
				t.Errorf("%s holds %q", path, word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(copied, "60-report", "report.html")); err == nil {
		t.Error("the report is in the copy")
	}
	must("case", "show", copied)
	write("lesson/training-answers.json", `{"handed_in":true,"answers":[{"id":"origin","at_m":[1,2,1.25]},{"id":"which","choices":["H2"]}]}`)
	var score trainingScore
	if err := json.Unmarshal([]byte(must("training", "check", copied, "--json")), &score); err != nil {
		t.Fatal(err)
	}
	if score.Points != 4 || score.Of != 6 || len(score.Lines) != 2 {
		t.Errorf("%+v", score)
	}
	for _, lang := range []string{"en", "zh"} {
		if out := must("training", "check", copied, "--lang", lang); strings.Contains(out, "training_") || !strings.Contains(out, "H2") {
			t.Errorf("in %s: %s", lang, out)
		}
	}
	if status, _, _ := run(t, "training", "new", source, "-o", copied); status != exitUsage {
		t.Error("without a plan a lesson was made")
	}
}
