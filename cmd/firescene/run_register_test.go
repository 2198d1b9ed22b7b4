package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/recon/register"
)

// makeCase makes a case of scans.
func makeCase(t *testing.T, files ...string) string {
	t.Helper()
	c := filepath.Join(t.TempDir(), "case")
	for _, args := range [][]string{{"case", "init", c, "--number", "1", "--by", "x"}, append([]string{"case", "add", c, "scan"}, files...)} {
		if status, _, errOut := run(t, args...); status != exitDone {
			t.Fatal(args, status, errOut)
		}
	}
	return c
}

// runScans runs a case and reads what its scans stage kept.
func runScans(t *testing.T, c string, args ...string) (kept scansResult, step forensics.Step) {
	t.Helper()
	if status, _, errOut := run(t, append([]string{"run", "-q", c}, args...)...); status != exitDone && status != exitSomeFailed {
		t.Fatal(status, errOut)
	}
	must(t, readJSON(filepath.Join(c, filepath.FromSlash(scansDir), resultFile), &kept))
	step, err := readStep(filepath.Join(c, filepath.FromSlash(scansDir)))
	must(t, err)
	return kept, step
}

// TestRunScansOfOneFile: files of several scans that each have their own frame are
// registered scan by scan, whether they store no pose (E57) or one that changes nothing
// (PTX); what can not be placed is left out and told of by its number.
func TestRunScansOfOneFile(t *testing.T) {
	dir := t.TempDir()
	a, b, other := filepath.Join(dir, "a.ply"), filepath.Join(dir, "b.ply"), filepath.Join(dir, "other.ply")
	eyeA, eyeB := [3]float64{1.6, 1.9, 1.5}, [3]float64{3.6, 1.4, 1.6}
	makeStation(t, a, eyeA, 0)
	makeStation(t, b, eyeB, 1.1)
	far := stationPoints(eyeA, 0.4)
	for i := range far.X { // a mirror image: no place
		far.X[i] = -far.X[i]
	}
	writeStation(t, other, far)
	for _, name := range []string{"two.e57", "two.ptx"} {
		file := filepath.Join(dir, name)
		if status, _, errOut := run(t, "cloud", "convert", "-q", a, b, other, "-o", file); status != exitDone {
			t.Fatal(status, errOut)
		}
		c := makeCase(t, file)
		kept, step := runScans(t, c)
		if len(kept.Found) != 3 {
			t.Fatalf("%s: %+v", name, kept.Found)
		}
		one, two, three := kept.Found["E001#1"], kept.Found["E001#2"], kept.Found["E001#3"]
		if one.Verdict != register.Registered || two.Verdict != register.Registered || three.Verdict != register.Refused {
			t.Fatalf("%s: %+v", name, kept.Found)
		}
		m := two.WorldFromScan // in the frame of the first
		for k := range 3 {
			if d := m[4*k+3] - (eyeB[k] - eyeA[k]); math.Abs(d) > 0.002 {
				t.Errorf("%s: the second scan stands %g m off along %d", name, d, k)
			}
		}
		scans := kept.Cloud.Scans
		if len(scans) != 3 || !scans[0].Used || !scans[1].Used || scans[2].Used || kept.Cloud.Joined != scans[0].Points+scans[1].Points {
			t.Errorf("%s: %+v", name, kept.Cloud)
		}
		if len(step.Failed) != 1 || !strings.HasSuffix(step.Failed[0].Input, "#3") || !strings.Contains(step.Failed[0].Reason, "mirror") {
			t.Errorf("%s: %+v", name, step.Failed)
		}
		if all := cloudInfo(t, exitDone, filepath.Join(c, filepath.FromSlash(kept.Octree))); all.Points != kept.Cloud.Joined {
			t.Errorf("%s: %d points in the octree, %d joined", name, all.Points, kept.Cloud.Joined)
		}
		page, err := os.ReadFile(filepath.Join(c, filepath.FromSlash(reportDir), "report.html"))
		must(t, err)
		if html := string(page); !strings.Contains(html, "第 3 站") && !strings.Contains(html, "scan 3") {
			t.Errorf("%s: the report does not name the scans of the file", name)
		}
	}
	// A registration of the file by hand goes back into a case, scan by scan.
	file, out := filepath.Join(dir, "two.e57"), filepath.Join(dir, "out")
	if status, _, errOut := run(t, "register", "-q", file, "-o", out, "--no-cloud", "--targets", "none"); status != exitSomeFailed {
		t.Fatal(status, errOut)
	}
	poses, err := readTransforms(filepath.Join(out, "transforms.json"))
	must(t, err)
	f := cloudFile{Path: file}
	p := poses["two.e57"]
	f.givePose(&p)
	if len(f.Scans) != 3 || f.Scans[0] == nil || f.Scans[1] == nil || f.Scans[2] != nil || math.Abs(f.Scans[1][3]-2) > 0.002 {
		t.Errorf("%+v", f.Scans)
	}
	s, use, err := loadSurvey(t.Context(), surveyOptions{files: []string{file}, transforms: filepath.Join(out, "transforms.json"), maxPoints: 1e6}, noReport)
	must(t, err)
	if len(s.Stations) != 2 || len(use.Failed) != 1 {
		t.Errorf("%d stations, %+v", len(s.Stations), use.Failed)
	}
}

// TestRunUnits: coordinates that are not in metres are asked about, never taken for
// metres unseen nor converted.
func TestRunUnits(t *testing.T) {
	dir := t.TempDir()
	c := stationPoints([3]float64{1.6, 1.9, 1.5}, 0)
	in := func(name string, unit float64) string {
		scaled := c
		scaled.X, scaled.Y, scaled.Z = nil, nil, nil
		for i := range c.X {
			scaled.X, scaled.Y, scaled.Z = append(scaled.X, c.X[i]/unit), append(scaled.Y, c.Y[i]/unit), append(scaled.Z, c.Z[i]/unit)
		}
		path := filepath.Join(dir, name)
		writeStation(t, path, scaled)
		return path
	}
	for _, tc := range []struct {
		name string
		unit float64
		held bool
	}{{"mm", 0.001, true}, {"ft", 0.3048, false}} {
		dir := makeCase(t, in(tc.name+".ply", tc.unit))
		kept, step := runScans(t, dir)
		q := kept.Units["E001"]
		if q.Unit != tc.name || q.Held != tc.held || math.Abs(q.Metres-2.5) > 0.1 {
			t.Errorf("%s: %+v", tc.name, kept.Units)
		}
		if tc.held && (kept.File != "" || len(step.Failed) != 1 || !strings.Contains(step.Failed[0].Next, "--unit E001=")) {
			t.Errorf("%s: it is in the scene: %+v", tc.name, step)
		}
		if !tc.held && (!kept.inDoubt() || len(step.Warnings) != 1) {
			t.Errorf("%s: no doubt: %+v", tc.name, step)
		}
		kept, step = runScans(t, dir, "--unit", "E001="+tc.name)
		if len(kept.Units) != 0 || kept.inDoubt() || len(step.Failed) != 0 {
			t.Errorf("%s answered: %+v, %+v", tc.name, kept.Units, step)
		}
		b := cloudInfo(t, exitDone, filepath.Join(dir, filepath.FromSlash(kept.Octree))).Files[0].Scans[0].Bounds
		if h := b.Max[2] - b.Min[2]; math.Abs(h-2.5) > 0.1 {
			t.Errorf("%s: the room is %g m high", tc.name, h)
		}
	}
	if status, _, _ := run(t, "run", "-q", makeCase(t, in("m.ply", 1)), "--unit", "E009=ft"); status != exitUsage {
		t.Errorf("a unit of no scan: exit status %d", status)
	}
}
