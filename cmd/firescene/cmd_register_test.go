package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/recon/register"
)

// roomBoxes are a room and what stands in it, as corners and sizes.
var roomBoxes = [][6]float64{{0, 0, 0, 5.6, 4.1, 2.5}, {0.4, 0.1, 0, 2, 0.9, 0.45}, {3.9, 2.9, 0.7, 1.2, 0.7, 0.05}, {0.05, 2.6, 0, 0.6, 1.3, 2}, {4.6, 0.2, 0, 0.5, 0.6, 1.1}}

// makeStation writes a scan of the room from a place, turned by yaw, in the
// scanner's own frame.
func makeStation(t *testing.T, path string, eye [3]float64, yaw float64) {
	t.Helper()
	writeStation(t, path, stationPoints(eye, yaw))
}

// stationPoints are the points of makeStation.
func stationPoints(eye [3]float64, yaw float64) points.Chunk {
	rng := rand.New(rand.NewPCG(uint64(1000*yaw), 1))
	var c points.Chunk
	const step = 1.3 * math.Pi / 180
	for az := 0.0; az < 2*math.Pi; az += step {
		for el := -1.05; el < 1.5; el += step {
			d := [3]float64{math.Cos(el) * math.Cos(az+yaw), math.Cos(el) * math.Sin(az+yaw), math.Sin(el)}
			near := math.Inf(1)
			for _, b := range roomBoxes {
				for axis := range 3 {
					for _, at := range [2]float64{b[axis], b[axis] + b[3+axis]} {
						r := (at - eye[axis]) / d[axis]
						if !(r > 0.1 && r < near) {
							continue
						}
						in := true
						for k := range 3 {
							p := eye[k] + r*d[k]
							in = in && (k == axis || p >= b[k] && p <= b[k]+b[3+k])
						}
						if in {
							near = r
						}
					}
				}
			}
			r := near + 0.0008*rng.NormFloat64()
			c.N++
			c.X = append(c.X, r*math.Cos(el)*math.Cos(az))
			c.Y = append(c.Y, r*math.Cos(el)*math.Sin(az))
			c.Z = append(c.Z, r*math.Sin(el))
		}
	}
	return c
}

func writeStation(t *testing.T, path string, c points.Chunk) {
	t.Helper()
	done := false
	must(t, replaceFile(path, func(f *os.File) error {
		_, err := ply.Write(f, ply.Options{Count: int64(c.N), Single: true}, func(out *points.Chunk) error {
			if done {
				return io.EOF
			}
			done = true
			*out = c
			return nil
		})
		return err
	}))
}

func TestRegister(t *testing.T) {
	dir := t.TempDir()
	a, b, text := filepath.Join(dir, "a.ply"), filepath.Join(dir, "b.ply"), filepath.Join(dir, "notes.txt")
	eyeA, eyeB := [3]float64{1.6, 1.9, 1.5}, [3]float64{3.6, 1.4, 1.6}
	makeStation(t, a, eyeA, 0)
	makeStation(t, b, eyeB, 1.1)
	must(t, os.WriteFile(text, []byte("no scan"), 0o600))
	out := filepath.Join(dir, "out")
	status, printed, errOut := run(t, "register", "-q", "--json", a, b, text, "-o", out)
	if status != exitSomeFailed {
		t.Fatal(status, errOut)
	}
	var sum registerSummary
	must(t, json.Unmarshal([]byte(printed), &sum))
	if sum.Registered != 2 || len(sum.Failed) != 1 {
		t.Fatalf("%+v", sum)
	}
	raw, err := os.ReadFile(filepath.Join(out, "transforms.json"))
	must(t, err)
	var doc registerSummary
	must(t, json.Unmarshal(raw, &doc))
	m := doc.Scans[1].WorldFromScan // in the frame of a
	for k := range 3 {
		if d := m[k][3] - (eyeB[k] - eyeA[k]); math.Abs(d) > 0.002 {
			t.Errorf("b stands %g m off along %d", d, k)
		}
	}
	if yaw := math.Atan2(m[1][0], m[0][0]); math.Abs(yaw-1.1) > 0.001 {
		t.Errorf("b is turned by %g, want 1.1", yaw)
	}
	rows, err := os.ReadFile(filepath.Join(out, "residuals.csv"))
	must(t, err)
	if n := strings.Count(string(rows), "\n"); n != 2 {
		t.Errorf("%d lines of residuals, want a head and a pair", n)
	}
	if n := cloudInfo(t, exitDone, filepath.Join(out, "cloud.ply")).Points; n != doc.Points && n != sum.Points || n == 0 {
		t.Errorf("%d points joined, %d said", n, sum.Points)
	}
	if _, err := readStep(out); err != nil {
		t.Error(err)
	}

	// A case registers scans that come without a place.
	c := filepath.Join(dir, "case")
	for _, args := range [][]string{{"case", "init", c, "--number", "1", "--by", "x"}, {"case", "add", c, "scan", a, b}} {
		if status, _, errOut := run(t, args...); status != exitDone {
			t.Fatal(args, status, errOut)
		}
	}
	if status, _, errOut := run(t, "run", "-q", c); status != exitDone && status != exitSomeFailed {
		t.Fatal(status, errOut)
	}
	var kept scansResult
	must(t, readJSON(filepath.Join(c, filepath.FromSlash(scansDir), resultFile), &kept))
	if len(kept.Found) != 2 || kept.Cloud.Joined != kept.Cloud.Points {
		t.Errorf("%+v", kept.Found)
	}
	for id, f := range kept.Found {
		if f.Verdict != register.Registered {
			t.Errorf("%s: %+v", id, f)
		}
	}
}

func TestRegisterUsage(t *testing.T) {
	for _, args := range [][]string{
		{"a.ply"}, {"a.ply", "a.ply", "-o", "x"}, {"a.ply", "-o", "x", "--targets", "cones"}, {"a.ply", "-o", "x", "--radius", "7"},
		{"a.ply", "-o", "x", "--unit", "yard"}, {"a.ply", "-o", "x", "--unit", "b.ply=ft"},
	} {
		if status, _, errOut := run(t, append([]string{"register"}, args...)...); status != exitUsage || errOut == "" {
			t.Errorf("%v: exit status %d", args, status)
		}
	}
	// A scan that is cut off is listed, and what came before the damage is looked at.
	dir := t.TempDir()
	whole, err := os.ReadFile(makePLY(t, dir, "whole.ply", 3000))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "cut.ply"), whole[:len(whole)/2], 0o600))
	if status, _, errOut := run(t, "register", "-q", filepath.Join(dir, "whole.ply"), filepath.Join(dir, "cut.ply"), "-o", filepath.Join(dir, "out")); status != exitSomeFailed {
		t.Errorf("a wall and its half: exit status %d, %s", status, errOut)
	}
	if status, _, _ := run(t, "register", filepath.Join(t.TempDir(), "none.ply"), "-o", t.TempDir()); status != exitFailed {
		t.Errorf("nothing to read: exit status %d", status)
	}
}

// TestReasonsInBothLanguages: every reason has its words.
func TestReasonsInBothLanguages(t *testing.T) {
	for _, key := range []string{register.ReasonFrame, register.ReasonFits, register.ReasonMeets, register.ReasonTargets, register.ReasonRival, register.ReasonWeak, register.ReasonOpen, register.ReasonLoop,
		register.ReasonNone, register.ReasonMirror, register.ReasonUnit, register.ReasonSize, register.ReasonFew, register.ReasonSeparated, register.ReasonAlone, register.ReasonPlanes,
		register.NoteUnknown, register.NoteWrong, register.NoteFar, register.NoteStored, "apart"} {
		for _, lang := range []string{"en", "zh"} {
			if s := reasonText(newTexts(lang), register.Reason{Key: key}); s == "register_why_"+key || s == "" {
				t.Errorf("%s: no words for %q", lang, key)
			}
		}
	}
	for _, v := range []register.Verdict{register.Registered, register.Ambiguous, register.Refused} {
		if s := newTexts("zh").T("register_" + string(v)); s == fmt.Sprintf("register_%s", v) {
			t.Errorf("no words for %s", v)
		}
	}
}
