package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firescene/render/report"
)

// TestRunMeasuresTheRoom runs a case of two scans of a room whose sizes are known, and
// of their points in one file, and looks for the sizes in the report.
func TestRunMeasuresTheRoom(t *testing.T) {
	if _, err := findFonts(); err != nil {
		t.Skip(err)
	}
	scans := t.TempDir()
	files, transforms := makeRoomScans(t, scans)
	dir := filepath.Join(t.TempDir(), "case")
	o := caseInitOptions{dir: dir, by: "test"}
	o.meta.Number, o.meta.Language, o.meta.Zone = "R-1", "en", "+08:00"
	if _, err := runCaseInit(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if s, err := runCaseAdd(t.Context(), caseAddOptions{dir: dir, kind: "scan", by: "test", files: files, transforms: transforms}, quiet); err != nil || len(s.Failed) > 0 {
		t.Fatalf("%v %v", s.Failed, err)
	}
	joined := joinPLY(t, files, filepath.Join(scans, "joined.ply"))
	if s, err := runCaseAdd(t.Context(), caseAddOptions{dir: dir, kind: "scan", by: "test", files: []string{joined}, transforms: filepath.Join(scans, "joined.json")}, quiet); err != nil || len(s.Failed) > 0 {
		t.Fatalf("%v %v", s.Failed, err)
	}
	if _, err := runCase(t.Context(), runOptions{Case: dir, By: "test", Workers: 2}, quiet); err != nil {
		t.Fatal(err)
	}
	var s surveyedPlace
	if err := readJSON(filepath.Join(dir, surveyDir, resultFile), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Rooms.Rooms) != 1 || !s.Rooms.Rooms[0].Closed {
		t.Fatalf("%d rooms, want one closed: %+v; used %q, not %q", len(s.Rooms.Rooms), s.Rooms.Rooms, s.Exhibits, s.WithoutStation)
	}
	r := s.Rooms.Rooms[0]
	for name, m := range map[string][2]float64{"length": {r.LengthM.Value, 4}, "width": {r.WidthM.Value, 3}, "height": {r.HeightM.Value, 2.5}} {
		if math.Abs(m[0]-m[1]) > 0.005 {
			t.Errorf("%s %.3f m, the room was made %.3f m", name, m[0], m[1])
		}
	}
	if len(s.Rooms.Openings) != 1 || s.Plan == nil || s.Marks == nil || len(s.Surfaces) == 0 {
		t.Fatalf("%d openings, plan %v, marks %+v, %d pictures", len(s.Rooms.Openings), s.Plan, s.Marks, len(s.Surfaces))
	}
	// The joined cloud has no station: it is left out and said.
	if !slices.Equal(s.WithoutStation, []string{"E003"}) || !slices.Equal(s.Exhibits, []string{"E001", "E002"}) {
		t.Errorf("without a station: %q; used: %q", s.WithoutStation, s.Exhibits)
	}
	for _, p := range append([]casePicture{*s.Plan}, s.Surfaces...) {
		for _, lang := range reportLanguages {
			if info, err := os.Stat(filepath.Join(dir, p.File[lang])); err != nil || info.Size() < 2000 || p.Caption[lang] == "" {
				t.Errorf("%s in %s: %v", p.Name, lang, err)
			}
		}
	}
	said := findingsSaid(t, dir)
	for key, n := range map[string]int{report.FindRoom: 1, report.FindOpening: 1} {
		if said[key] != n {
			t.Errorf("%d findings %s, want %d", said[key], key, n)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, reportDir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Sizes of rooms", "W1", "Area of each class on each surface", "E003"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

// joinPLY writes the points of scans into one file in the frame of the room, as
// programs export joined clouds.
func joinPLY(t *testing.T, files []string, path string) string {
	t.Helper()
	var list []cloudFile
	poses, err := readTransforms(filepath.Join(filepath.Dir(path), "transforms.json"))
	must(t, err)
	for _, f := range files {
		p := poses[filepath.Base(f)].WorldFromScan
		list = append(list, cloudFile{Path: f, WorldFromScan: &p})
	}
	cloud, _, err := loadCloud(t.Context(), list, 1<<22, quiet)
	must(t, err)
	must(t, writeCloudPLY(path, cloud))
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "joined.json"), []byte(`{"scans":[{"file":"joined.ply","worldFromScan":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1],"verdict":"registered"}]}`), 0o644))
	return path
}

func findingsSaid(t *testing.T, dir string) map[string]int {
	t.Helper()
	var stated []statedFinding
	must(t, readJSON(filepath.Join(dir, reportDir, findingsFile), &stated))
	said := map[string]int{}
	for _, f := range stated {
		said[f.Key]++
	}
	return said
}

// TestTestWeighsTheFloor asks for the true place of the fire within the least area
// that holds nine tenths of the weight, or next to it.
func TestTestWeighsTheFloor(t *testing.T) {
	dir := sampleCase(t)
	var tested testedCase
	if err := readJSON(filepath.Join(dir, testedDir, resultFile), &tested); err != nil {
		t.Fatal(err)
	}
	var fires caseFires
	if err := readJSON(filepath.Join(dir, simulatedDir, resultFile), &fires); err != nil {
		t.Fatal(err)
	}
	if tested.Inquiry == nil || tested.Cells == nil || tested.CellPlot == nil || len(tested.Inquiry.Next) == 0 {
		t.Fatalf("inquiry %v, cells %v", tested.Inquiry, tested.Cells)
	}
	if findingsSaid(t, dir)[report.FindOriginArea] != 1 {
		t.Error("the report does not say where in the room")
	}
	best := tested.Ranking.Hypotheses[0].HypothesisID
	for _, f := range fires.Hypotheses {
		if f.Hypothesis.ID != best {
			continue
		}
		at, c := f.Hypothesis.Origin.At, tested.Cells.Best[0]
		if d := math.Hypot(c.X-at[0], c.Y-at[1]); d > 1 {
			t.Errorf("the likeliest cell lies %.2f m from the origin of %s", d, best)
		}
	}
}
