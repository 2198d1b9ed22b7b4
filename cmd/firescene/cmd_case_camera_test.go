package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/recon"
	"firescene/render/scene"

	"gonum.org/v1/gonum/spatial/r3"
)

// TestCaseCamera states a camera and finds another from points that the first sees.
func TestCaseCamera(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "case")
	if status, _, stderr := run(t, "case", "init", dir, "--title", "c"); status != exitDone {
		t.Fatal(stderr)
	}
	place := func(args ...string) (caseCameraSummary, int, string) {
		status, stdout, stderr := run(t, append([]string{"case", "camera", dir, "--size", "704x576", "--json", "-q"}, args...)...)
		var s caseCameraSummary
		if status == exitDone {
			if err := json.Unmarshal([]byte(stdout), &s); err != nil {
				t.Fatal(err)
			}
		}
		return s, status, stderr
	}
	stated, status, stderr := place("--name", "CH1", "--pose", "0.2,0.1,2.3,3,2,1", "--fov", "70")
	if status != exitDone || stated.How != scene.HowStated || stated.Place != [3]float64{0.2, 0.1, 2.3} {
		t.Fatalf("%d %s %+v", status, stderr, stated)
	}
	c, inv := stated.Camera, stated.WorldFromCam()
	back := inv.Inverse()
	if x, y, ok := c.Project(back.Apply(r3.Vec{X: 3, Y: 2, Z: 1})); !ok || math.Hypot(x-352, y-288) > 1e-6 {
		t.Errorf("the point at the middle is seen at %g %g", x, y)
	}
	rows := []string{"X,Y,Z,x,y"}
	for i := range 9 {
		p := recon.Vec{1.5 + 0.3*float64(i%3), 0.8 + 0.4*float64(i/3), 0.3 + 0.2*float64(i%4)}
		x, y, _ := c.Project(back.Apply(p.R3()))
		rows = append(rows, fmt.Sprintf("%g,%g,%g,%.4f,%.4f", p[0], p[1], p[2], x, y))
	}
	table := filepath.Join(t.TempDir(), "p.csv")
	if err := os.WriteFile(table, []byte(strings.Join(rows, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	found, status, stderr := place("--name", "CH2", "--points", table)
	if status != exitDone || found.How != scene.HowResected || r3.Norm(r3.Sub(found.WorldFromCam().T, inv.T)) > 1e-3 || found.Points != 9 {
		t.Fatalf("%d %s %+v", status, stderr, found)
	}
	list, err := readCameraFile(filepath.Join(dir, "cameras.json"))
	if err != nil || len(list) != 2 {
		t.Errorf("%d cameras, %v", len(list), err)
	}
	if status, stdout, _ := run(t, "case", "log", dir); status != exitDone || strings.Count(stdout, "camera placed") != 2 {
		t.Errorf("the log: %s", stdout)
	}
	for _, args := range [][]string{{"--name", "x"}, {"--name", "x", "--pose", "1,1,1,1,1,1", "--fov", "60"}, {"--name", "x", "--pose", "1,2", "--fov", "60"}, {"--pose", "0,0,0,1,1,1", "--fov", "60"}} {
		if _, status, _ := place(args...); status != exitUsage {
			t.Errorf("%v: exit status %d", args, status)
		}
	}
}
