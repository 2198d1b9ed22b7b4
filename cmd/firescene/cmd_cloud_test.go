package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"firescene/formats/e57"
	"firescene/formats/las"
	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/formats/scans"
)

// wall delivers n points of a wall one metre wide, at y, on a 1 mm grid.
func wall(n int, y float64) func(*points.Chunk) error {
	at := 0
	return func(c *points.Chunk) error {
		if at == n {
			return io.EOF
		}
		k := min(997, n-at)
		*c = points.Chunk{N: k}
		for i := at; i < at+k; i++ {
			c.X, c.Y, c.Z = append(c.X, float64(i%1000)/1000), append(c.Y, y), append(c.Z, float64(i/1000)/1000)
			c.RGB = append(c.RGB, [3]uint8{uint8(i), 100, 200})
			c.Intensity = append(c.Intensity, float32(i%100)/100)
		}
		at += k
		return nil
	}
}

// shifted is a quarter turn about Z and a move: x, y, z become 10-y, 20+x, 30+z.
var shifted = [16]float64{0, -1, 0, 10, 1, 0, 0, 20, 0, 0, 1, 30, 0, 0, 0, 1}

// makeE57 writes two posed scans of 5000 and 3000 points on a grid of 0.1 mm.
func makeE57(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	info := points.ScanInfo{Name: "kitchen", HasRGB: true, HasIntensity: true, HasPose: true, WorldFromScan: points.IdentityPose}
	second := info
	second.Name, second.WorldFromScan = "hall", shifted
	step := [3]float64{1e-4, 1e-4, 1e-4}
	must(t, replaceFile(path, func(f *os.File) error {
		_, err := e57.Write(f, []e57.ScanSource{{Info: info, Next: wall(5000, 2), Step: step}, {Info: second, Next: wall(3000, 3), Step: step}}, e57.Options{Seed: name})
		return err
	}))
	return path
}

func makeLAS(t *testing.T, dir, name string, n int) string {
	t.Helper()
	path := filepath.Join(dir, name)
	must(t, replaceFile(path, func(f *os.File) error {
		_, err := las.Write(f, las.Options{Scale: [3]float64{0.001, 0.001, 0.001}, IntensityHigh: 1}, wall(n, 1))
		return err
	}))
	return path
}

func makePLY(t *testing.T, dir, name string, n int) string {
	t.Helper()
	path := filepath.Join(dir, name)
	must(t, replaceFile(path, func(f *os.File) error {
		_, err := ply.Write(f, ply.Options{Count: int64(n), RGB: true, Intensity: true}, wall(n, 0))
		return err
	}))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// truncate cuts the last n bytes off a file.
func truncate(t *testing.T, path string, n int64) {
	t.Helper()
	st, err := os.Stat(path)
	must(t, err)
	must(t, os.Truncate(path, st.Size()-n))
}

// cloudInfo runs cloud info --json and decodes what it prints.
func cloudInfo(t *testing.T, wantStatus int, files ...string) (sum cloudInfoSummary) {
	t.Helper()
	status, out, errOut := run(t, append([]string{"cloud", "info", "--json"}, files...)...)
	if status != wantStatus {
		t.Fatalf("exit status %d, want %d: %s", status, wantStatus, errOut)
	}
	if status != exitFailed {
		must(t, json.Unmarshal([]byte(out), &sum))
	}
	return sum
}

func TestCloudInfo(t *testing.T) {
	path := makeE57(t, t.TempDir(), "a.e57")
	sum := cloudInfo(t, exitDone, path)
	if sum.Points != 8000 || len(sum.Files) != 1 || len(sum.Files[0].Scans) != 2 {
		t.Fatalf("%+v", sum)
	}
	hall := sum.Files[0].Scans[1]
	if hall.Name != "hall" || hall.Read != 3000 || hall.Claimed != 3000 || !hall.Complete || hall.Pose == nil || hall.Step[0] != 1e-4 {
		t.Errorf("%+v", hall)
	}
	if w := hall.World; math.Abs(w.Min[0]-7) > 1e-9 || math.Abs(w.Max[1]-20.999) > 1e-9 || math.Abs(w.Max[2]-30.002) > 1e-9 {
		t.Errorf("world bounds %+v", w)
	}
	if math.Abs(hall.Sum[1]-9000) > 1e-6 || math.Abs(hall.Mean[1]-3) > 1e-9 {
		t.Errorf("sum %v, mean %v", hall.Sum, hall.Mean)
	}
	for _, lang := range []string{"en", "zh"} {
		if _, out, _ := run(t, "cloud", "info", "--lang", lang, path); !strings.Contains(out, "8000") || strings.Contains(out, "cloud_") {
			t.Errorf("%s text: %s", lang, out)
		}
	}
}

// TestCloudBadInput holds damaged files to the rule: listed, the rest done.
func TestCloudBadInput(t *testing.T) {
	dir := t.TempDir()
	good := makePLY(t, dir, "good.ply", 100)
	short := makeLAS(t, dir, "short.las", 1000)
	truncate(t, short, 26*300+1)
	text := filepath.Join(dir, "notes.las")
	must(t, os.WriteFile(text, []byte("these are field notes\n"), 0o644))
	changed := makeE57(t, dir, "changed.e57")
	raw, err := os.ReadFile(changed)
	must(t, err)
	raw[1024*3+50] ^= 0x55
	must(t, os.WriteFile(changed, raw, 0o644))
	none := filepath.Join(dir, "none.e57")
	must(t, replaceFile(none, func(f *os.File) error {
		_, err := e57.Write(f, []e57.ScanSource{{Next: wall(0, 0)}}, e57.Options{})
		return err
	}))

	sum := cloudInfo(t, exitSomeFailed, good, short, text, changed, none)
	if len(sum.Files) != 4 || len(sum.Failed) != 3 {
		t.Fatalf("%d files, failed: %+v", len(sum.Files), sum.Failed)
	}
	if got := sum.Files[1].Scans[0]; got.Read != 699 || got.Claimed != 1000 || got.Complete {
		t.Errorf("short LAS: %+v", got)
	}
	if f := sum.Failed[2]; f.Input != changed || !strings.Contains(f.Reason, `scan 1 "kitchen"`) || f.Next == "" {
		t.Errorf("failure %+v", f)
	}
	if got := sum.Files[2].Scans; got[0].Complete || got[1].Read != 3000 {
		t.Errorf("changed E57: the scan after the damaged one was lost: %+v", got)
	}
	cloudInfo(t, exitFailed, text)
	cloudInfo(t, exitFailed, filepath.Join(dir, "absent.ply"))
	cloudInfo(t, exitDone, none)

	out := filepath.Join(dir, "out.ply")
	if status, _, errOut := run(t, "cloud", "convert", none, "-o", out); status != exitFailed || !strings.Contains(errOut, "no points") {
		t.Errorf("conversion of nothing: %d, %s", status, errOut)
	}
	if status, _, _ := run(t, "cloud", "convert", "-q", short, text, "-o", out); status != exitSomeFailed {
		t.Errorf("conversion with damage: %d", status)
	}
	if sum := cloudInfo(t, exitDone, out); sum.Points != 699 {
		t.Errorf("%d points converted, want the 699 before the damage", sum.Points)
	}
	if sum := cloudInfo(t, exitSomeFailed, "--ignore-checksums", changed); sum.Points != 8000 || len(sum.Failed) != 1 || !strings.Contains(sum.Failed[0].Reason, "page 3") {
		t.Errorf("checksums ignored: %d points, %+v", sum.Points, sum.Failed)
	}
}

func TestCloudUsage(t *testing.T) {
	for _, args := range [][]string{
		{"cloud", "info"}, {"cloud", "nonsense"}, {"cloud", "convert", "a.ply"}, {"cloud", "convert", "a.ply", "-o", "b.stl"},
		{"cloud", "filter", "a.ply", "-o", "b.ply"}, {"cloud", "filter", "a.ply", "-o", "b.ply", "--voxel", "-1"},
		{"cloud", "filter", "a.ply", "-o", "b.ply", "--voxel", "1", "--box", "0,0,0,1,1"},
		{"cloud", "filter", "a.ply", "-o", "b.ply", "--voxel", "1", "--box", "5,0,0,1,1,1"},
	} {
		if status, _, errOut := run(t, args...); status != exitUsage || errOut == "" {
			t.Errorf("%v: exit status %d, %q", args, status, errOut)
		}
	}
}

// TestCloudConvert goes through every target and back: poses kept or applied,
// coordinates not rounded beyond what is said.
func TestCloudConvert(t *testing.T) {
	dir := t.TempDir()
	src := makeE57(t, dir, "a.e57")
	for _, ext := range []string{"e57", "las", "ply", "laz", "copc.laz", "ptx", "pts", "pcd", "xyz", "csv", "obj", "glb"} {
		out := filepath.Join(dir, "out."+ext)
		status, text, errOut := run(t, "cloud", "convert", "-q", "--json", src, "-o", out)
		if status != exitDone {
			t.Fatal(ext, status, errOut)
		}
		var sum cloudWriteSummary
		must(t, json.Unmarshal([]byte(text), &sum))
		got := cloudInfo(t, exitDone, out)
		if sum.Points != 8000 || got.Points != 8000 {
			t.Fatalf("%s: %d written, %d read", ext, sum.Points, got.Points)
		}
		list := got.Files[0].Scans
		if ext == "e57" {
			if len(list) != 2 || *list[1].Step != [3]float64{1e-4, 1e-4, 1e-4} || math.Abs(list[1].Sum[1]-9000) > 1e-6 {
				t.Errorf("E57 lost something: %+v", list)
			}
			for i, v := range list[1].Pose {
				if math.Abs(v-shifted[i]) > 1e-12 {
					t.Errorf("pose element %d is %g, want %g", i, v, shifted[i])
				}
			}
			continue
		}
		if ext == "ptx" {
			if len(list) != 2 || math.Abs(list[1].Sum[1]-9000) > 1e-2 || math.Abs(list[1].Pose[7]-20) > 1e-9 || math.Abs(list[1].Pose[1]+1) > 1e-9 {
				t.Errorf("PTX lost something: %+v", list)
			}
			continue
		}
		applied := false
		for _, n := range sum.Notes {
			applied = applied || n.Key == "cloud_note_pose_applied"
		}
		want := 10000 + 3000*(20+0.4995) // y of the kitchen, and of the hall after its pose
		if len(list) != 1 || !applied || math.Abs(list[0].Sum[1]-want) > 8000*(sum.MaxErrM+1e-9) {
			t.Errorf("%s: notes %+v, sum of y %g, want %g", ext, sum.Notes, list[0].Sum[1], want)
		}
	}
}

// TestCloudConvertLASChain goes from LAS to LAZ to COPC to LAS: every point's record
// comes back, in another order.
func TestCloudConvertLASChain(t *testing.T) {
	dir := t.TempDir()
	src := makeLAS(t, dir, "a.las", 2500)
	want := cloudInfo(t, exitDone, src).Files[0].Scans[0]
	for _, name := range []string{"b.laz", "c.copc.laz", "d.las", "e.laz"} {
		out := filepath.Join(dir, name)
		status, text, errOut := run(t, "cloud", "convert", "-q", "--json", src, "-o", out)
		var sum cloudWriteSummary
		if status != exitDone || json.Unmarshal([]byte(text), &sum) != nil {
			t.Fatal(name, status, errOut)
		}
		kept := false
		for _, n := range sum.Notes {
			kept = kept || n.Key == "cloud_note_every_field"
		}
		info := cloudInfo(t, exitDone, out)
		got := info.Files[0].Scans[0]
		if !kept || got.Read != 2500 || got.Bounds.Max != want.Bounds.Max || math.Abs(got.Sum[0]-want.Sum[0]) > 1e-6 || got.Intensity.Max != want.Intensity.Max {
			t.Errorf("%s: %+v, notes %+v", name, got, sum.Notes)
		}
		if name == "c.copc.laz" && info.Files[0].Form != scans.COPC || name == "e.laz" && info.Files[0].Form != scans.LAZ {
			t.Errorf("%s is %s", name, info.Files[0].Form)
		}
		src = out
	}
	coarse := filepath.Join(dir, "coarse.laz")
	if status, _, errOut := run(t, "cloud", "convert", "-q", filepath.Join(dir, "c.copc.laz"), "--spacing", "0.2", "-o", coarse); status != exitDone {
		t.Fatal(errOut)
	}
	if n := cloudInfo(t, exitDone, coarse).Points; n < 1 || n > 2500 {
		t.Errorf("%d points of the coarse levels", n)
	}
	for _, e := range []string{".copc.laz", ".laz"} { // a cut source: what is there goes on
		cut := makeLAS(t, dir, "cut.las", 1000)
		truncate(t, cut, 26*300+1)
		out := filepath.Join(dir, "cut"+e)
		if status, _, errOut := run(t, "cloud", "convert", "-q", cut, "-o", out); status != exitSomeFailed {
			t.Errorf("cut source: %d, %s", status, errOut)
		}
		if n := cloudInfo(t, exitDone, out).Points; n != 699 {
			t.Errorf("cut source: %d points", n)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".tmp-*"))
	if err != nil || len(left) > 0 {
		t.Error("left behind:", left)
	}
}

// TestScanSet makes a small export and reads it whole.
func TestScanSet(t *testing.T) {
	dir := t.TempDir()
	var last []byte
	for _, name := range []string{"a.e57", "b.e57"} {
		out := filepath.Join(dir, name)
		if status, _, errOut := run(t, "scan-set", "-q", "--points", "2000", "-o", out); status != exitDone {
			t.Fatal(errOut)
		}
		raw, err := os.ReadFile(out)
		must(t, err)
		if last != nil && !bytes.Equal(raw, last) {
			t.Error("other bytes for the same options")
		}
		last = raw
		if sum := cloudInfo(t, exitDone, out); sum.Points < 1500 || sum.Points > 3000 || sum.Files[0].Scans[0].UnitGuess != nil {
			t.Errorf("%+v", sum)
		}
	}
}

// TestCloudUnits suspects feet and millimetres and leaves rooms in metres alone.
func TestCloudUnits(t *testing.T) {
	dir := t.TempDir()
	for name, tc := range map[string]struct {
		scale float64
		unit  string
	}{"m": {1, ""}, "ft": {1 / 0.3048, "ft"}, "mm": {1000, "mm"}} {
		path := filepath.Join(dir, name+".xyz")
		var b bytes.Buffer
		for i := range 6000 {
			x, y, z := float64(i%80)/20, float64(i/80)/20, float64(i%2)*2.5
			if i%5 == 0 {
				x, z = 0, float64(i%251)/100
			}
			fmt.Fprintf(&b, "%.4f %.4f %.4f\n", x*tc.scale, y*tc.scale, z*tc.scale+7)
		}
		must(t, os.WriteFile(path, b.Bytes(), 0o644))
		got := cloudInfo(t, exitDone, path).Files[0].Scans[0]
		if u := got.UnitGuess; (u == nil) != (tc.unit == "") || u != nil && (u.Unit != tc.unit || math.Abs(u.Metres-2.5) > 0.1) {
			t.Errorf("%s: %+v", name, u)
		}
		if got.Columns != "x y z" || !got.Guessed {
			t.Errorf("columns %q", got.Columns)
		}
	}
}

// TestCloudConvertLASKeepsItsGrid converts LAS to LAS without touching a number.
func TestCloudConvertLASKeepsItsGrid(t *testing.T) {
	dir := t.TempDir()
	src, out := makeLAS(t, dir, "a.las", 2500), filepath.Join(dir, "b.las")
	if status, _, errOut := run(t, "cloud", "convert", "-q", src, "-o", out); status != exitDone {
		t.Fatal(errOut)
	}
	a, err := os.ReadFile(src)
	must(t, err)
	b, err := os.ReadFile(out)
	must(t, err)
	if !bytes.Equal(a, b) {
		t.Error("the file changed")
	}
}

func TestCloudFilter(t *testing.T) {
	dir := t.TempDir()
	a, b := makeE57(t, dir, "a.e57"), makePLY(t, dir, "b.ply", 20000)
	var first []byte
	for i, files := range [][]string{{a, b}, {b, a}} {
		out := filepath.Join(dir, "out.ply")
		status, _, errOut := run(t, append([]string{"cloud", "filter", "-q", "--voxel", "0.01", "-o", out}, files...)...)
		if status != exitDone {
			t.Fatal(errOut)
		}
		raw, err := os.ReadFile(out)
		must(t, err)
		if i == 0 {
			first = raw
		} else if !bytes.Equal(raw, first) {
			t.Error("other bytes for the files in another order")
		}
		if n := cloudInfo(t, exitDone, out).Points; n < 300 || n > 900 {
			t.Errorf("%d points, want about one a square centimetre", n)
		}
	}
	for _, ext := range []string{"las", "e57"} {
		out := filepath.Join(dir, "box."+ext)
		status, _, errOut := run(t, "cloud", "filter", "-q", "--voxel", "0.05", "--box", "-1,-1,-1,0.5,1,1", "-o", out, b)
		if status != exitDone {
			t.Fatal(errOut)
		}
		s := cloudInfo(t, exitDone, out).Files[0].Scans[0]
		if s.Bounds.Max[0] > 0.5 || s.Read < 5 || ext == "e57" && math.Abs(s.Intensity.Max-0.745) > 0.06 {
			t.Errorf("%s: %+v", ext, s)
		}
	}
	if status, _, errOut := run(t, "cloud", "filter", "-q", "--voxel", "0.001", "--max-voxels", "10", "-o", filepath.Join(dir, "x.ply"), b); status != exitFailed || !strings.Contains(errOut, "--voxel") {
		t.Errorf("too many voxels: %d, %s", status, errOut)
	}
}

func noReport(string, int64, int64) {}

// TestLoadCloud joins what is registered and lists what is not.
func TestLoadCloud(t *testing.T) {
	dir := t.TempDir()
	posed, a, b := makeE57(t, dir, "posed.e57"), makePLY(t, dir, "a.ply", 4000), makePLY(t, dir, "b.ply", 2000)
	for _, tc := range []struct {
		name           string
		files          []cloudFile
		joined, points int64
		failed         int
	}{
		{"one file without a pose", []cloudFile{{Path: a}}, 4000, 4000, 0},
		{"two without: the first", []cloudFile{{Path: a}, {Path: b}}, 4000, 6000, 1},
		{"posed and not", []cloudFile{{Path: a}, {Path: posed}}, 8000, 12000, 1},
		{"place given", []cloudFile{{Path: a, WorldFromScan: &shifted}, {Path: posed}}, 12000, 12000, 0},
		{"one missing", []cloudFile{{Path: filepath.Join(dir, "absent.ply")}, {Path: a}}, 4000, 4000, 1},
	} {
		cloud, sum, err := loadCloud(context.Background(), tc.files, 3000, noReport)
		if err != nil {
			t.Fatal(tc.name, err)
		}
		if sum.Joined != tc.joined || sum.Points != tc.points || len(sum.Failed) != tc.failed || sum.Kept != cloud.Len() || cloud.Len() > 3000 || cloud.Len() < 100 {
			t.Errorf("%s: %+v with %d points", tc.name, sum, cloud.Len())
		}
	}
	x, _, err := loadCloud(context.Background(), []cloudFile{{Path: posed}, {Path: a, WorldFromScan: &shifted}}, 500, noReport)
	must(t, err)
	y, _, err := loadCloud(context.Background(), []cloudFile{{Path: a, WorldFromScan: &shifted}, {Path: posed}}, 500, noReport)
	must(t, err)
	if !reflect.DeepEqual(x, y) {
		t.Error("another cloud for the files in another order")
	}
	out := filepath.Join(dir, "cloud.ply")
	must(t, writeCloudPLY(out, x))
	if n := cloudInfo(t, exitDone, out).Points; n != int64(x.Len()) {
		t.Errorf("%d points in the file, want %d", n, x.Len())
	}
}

// TestJoinedCOPC writes every point of the registered scans, placed as given.
func TestJoinedCOPC(t *testing.T) {
	dir := t.TempDir()
	posed, a, b := makeE57(t, dir, "posed.e57"), makePLY(t, dir, "a.ply", 4000), makePLY(t, dir, "b.ply", 2000)
	out := filepath.Join(dir, "cloud.copc.laz")
	must(t, joinedCOPC(context.Background(), []cloudFile{{Path: a, WorldFromScan: &shifted}, {Path: b}, {Path: posed}}, out, noReport))
	f := cloudInfo(t, exitDone, out).Files[0]
	if s := f.Scans[0]; f.Form != scans.COPC || s.Read != 12000 || math.Abs(s.Bounds.Max[2]-30.004) > 0.01 {
		t.Errorf("%s, %+v", f.Form, s)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".tmp-*")); len(left) > 0 {
		t.Error("left behind:", left)
	}
}

// TestCloudCancel stops at once and leaves no result.
func TestCloudCancel(t *testing.T) {
	dir := t.TempDir()
	src, out := makePLY(t, dir, "a.ply", 5000), filepath.Join(dir, "out.las")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := runCloudConvert(ctx, cloudConvertOptions{files: []string{src}, out: out}, noReport); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, _, err := loadCloud(ctx, []cloudFile{{Path: src}}, 100, noReport); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
