package main

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/formats/scans"
)

// makeDirty writes a wall 2 m before the scanner with a lone point before it, one
// far behind it, and one point twice.
func makeDirty(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "dirty.ply")
	var c points.Chunk
	add := func(x, y, z float64) {
		c.N++
		c.X, c.Y, c.Z = append(c.X, x), append(c.Y, y), append(c.Z, z)
		c.Intensity = append(c.Intensity, 0.5)
	}
	for i := range 100 {
		for j := range 100 {
			add(float64(i)*0.01-0.5, 2, float64(j)*0.01-0.5)
		}
	}
	add(0, 1, 0.1)
	add(0.1, 9, 0.1)
	add(0.1, 2, 0.1)
	done := false
	must(t, replaceFile(path, func(f *os.File) error {
		_, err := ply.Write(f, ply.Options{Count: int64(c.N), Intensity: true}, func(out *points.Chunk) error {
			if done {
				return io.EOF
			}
			done = true
			*out = c
			return nil
		})
		return err
	}))
	return path
}

func TestCloudClean(t *testing.T) {
	dir := t.TempDir()
	src := makeDirty(t, dir)
	for _, tc := range []struct {
		out  string
		args []string
		want int64
	}{
		{"outliers.ply", []string{"--outliers", "8,3"}, 10001},
		{"radius.e57", []string{"--radius", "0.05,3"}, 10001},
		{"both.las", []string{"--duplicates", "--radius", "0.05,3"}, 10000},
		{"drop.ply", []string{"--drop=-9,8,-9,9,10,9"}, 10002},
		{"thin.ply", []string{"--radius", "0.05,3", "--voxel", "0.1", "--box=-1,1,-1,1,3,1"}, 0},
	} {
		out := filepath.Join(dir, tc.out)
		args := append(append([]string{"cloud", "filter", "-q", "--json", "-o", out}, tc.args...), src)
		status, text, errOut := run(t, args...)
		if status != exitDone {
			t.Fatal(tc.out, status, errOut)
		}
		var sum cloudWriteSummary
		must(t, json.Unmarshal([]byte(text), &sum))
		got := cloudInfo(t, exitDone, out).Points
		if got != sum.Points || tc.want > 0 && got != tc.want || tc.want == 0 && (got < 100 || got > 150) {
			t.Errorf("%s: %d points written, %d said, want %d; %v", tc.out, got, sum.Points, tc.want, sum.Notes)
		}
	}
	for _, args := range [][]string{
		{"--outliers", "8"}, {"--outliers", "1.5,2"}, {"--outliers", "8,-1"}, {"--radius", "a,b"}, {"--drop", "1,2,3"}, {"--mixed", "--voxel", "-1"},
	} {
		if status, _, errOut := run(t, append([]string{"cloud", "filter", src, "-o", filepath.Join(dir, "x.ply")}, args...)...); status != exitUsage || errOut == "" {
			t.Errorf("%v: exit status %d", args, status)
		}
	}
}

func TestCloudNormals(t *testing.T) {
	dir := t.TempDir()
	src, out := makeDirty(t, dir), filepath.Join(dir, "n.ply")
	if status, _, errOut := run(t, "cloud", "normals", "-q", "-o", out, src); status != exitDone {
		t.Fatal(errOut)
	}
	f, err := openScanFile(out, scans.Options{})
	must(t, err)
	defer f.Close()
	var c points.Chunk
	must(t, f.Scans[0].Next(&c))
	for i, n := range c.Normal[:1000] { // towards the scanner
		if math.Abs(float64(n[1])+1) > 1e-3 {
			t.Fatalf("point %d: normal %v", i, n)
		}
	}
	for _, args := range [][]string{{"-o", "x.las"}, {"-o", "x.ply", "--k", "2"}, {"-o", "x.ply", "--viewpoint", "1,2"}} {
		if status, _, _ := run(t, append([]string{"cloud", "normals", src}, args...)...); status != exitUsage {
			t.Errorf("%v: exit status %d", args, status)
		}
	}
}
