package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/formats/ply"
	"firescene/formats/points"
)

// makeRoomScans writes two scans of a room of 4 x 3 x 2.5 m with a window of 1.2 x 1
// m at 0.9 m in x = 0 and ground outside, in the scanners' frames, and
// transforms.json with their poses. The upper walls are dark.
func makeRoomScans(t *testing.T, dir string) (files []string, transforms string) {
	t.Helper()
	transforms = filepath.Join(dir, "transforms.json")
	var list []string
	for k, o := range [][3]float64{{1.2, 0.9, 1.5}, {2.9, 2.1, 1.6}} {
		var xyz [][3]float64
		var inten []float32
		for az := 0.1; az < 360; az += 0.7 {
			for el := -60.05; el < 90; el += 0.7 {
				p, rho, cos := roomRay(o, az*math.Pi/180, el*math.Pi/180)
				xyz = append(xyz, [3]float64{p[0] - o[0], p[1] - o[1], p[2] - o[2]})
				inten = append(inten, float32(rho*cos))
			}
		}
		name := fmt.Sprintf("scan%d.ply", k)
		files = append(files, filepath.Join(dir, name))
		done := false
		must(t, replaceFile(files[k], func(f *os.File) error {
			_, err := ply.Write(f, ply.Options{Count: int64(len(xyz)), Intensity: true}, func(c *points.Chunk) error {
				if done {
					return io.EOF
				}
				done = true
				*c = points.Chunk{N: len(xyz), Intensity: inten}
				for _, p := range xyz {
					c.X, c.Y, c.Z = append(c.X, p[0]), append(c.Y, p[1]), append(c.Z, p[2])
				}
				return nil
			})
			return err
		}))
		list = append(list, fmt.Sprintf(`{"file":%q,"worldFromScan":[1,0,0,%g,0,1,0,%g,0,0,1,%g,0,0,0,1],"verdict":"registered"}`, name, o[0], o[1], o[2]))
	}
	must(t, os.WriteFile(transforms, []byte(`{"scans":[`+strings.Join(list, ",")+`]}`), 0o644))
	return files, transforms
}

// roomRay is where a ray ends, how bright that is, and the cosine of incidence.
func roomRay(o [3]float64, az, el float64) (p [3]float64, rho, cos float64) {
	d := [3]float64{math.Cos(el) * math.Cos(az), math.Cos(el) * math.Sin(az), math.Sin(el)}
	t, axis := math.Inf(1), 0
	for i, size := range [3]float64{4, 3, 2.5} {
		wall := 0.0
		if d[i] > 0 {
			wall = size
		}
		if q := (wall - o[i]) / d[i]; q > 0 && q < t {
			t, axis = q, i
		}
	}
	at := func() [3]float64 { return [3]float64{o[0] + t*d[0], o[1] + t*d[1], o[2] + t*d[2]} }
	if p = at(); axis == 0 && d[0] < 0 && p[1] > 0.8 && p[1] < 2 && p[2] > 0.9 && p[2] < 1.9 {
		t = (-3 - o[0]) / d[0]
		return at(), 0.3, -d[0]
	}
	rho = 0.7
	if p[2] > 1.8 {
		rho = 0.3
	}
	return p, rho, math.Abs(d[axis])
}

func TestCloudRooms(t *testing.T) {
	dir := t.TempDir()
	files, transforms := makeRoomScans(t, dir)
	out := filepath.Join(dir, "rooms")
	status, stdout, stderr := run(t, "cloud", "rooms", files[1], files[0], "--transforms", transforms, "-o", out, "--json")
	if status != exitDone {
		t.Fatalf("status %d: %s", status, stderr)
	}
	var sum cloudRoomsSummary
	must(t, json.Unmarshal([]byte(stdout), &sum))
	if len(sum.Rooms) != 1 || !sum.Rooms[0].Closed || math.Abs(sum.Rooms[0].VolumeM3.Value-30) > 0.09 || sum.Placed != 2 {
		t.Fatalf("%s", stdout)
	}
	if len(sum.Openings) != 1 || sum.Openings[0].Kind != "window" || math.Abs(sum.Openings[0].WidthM.Value-1.2) > 0.012 || math.Abs(sum.Openings[0].SillM.Value-0.9) > 0.012 {
		t.Errorf("openings %+v", sum.Openings)
	}
	for _, f := range append(sum.Files, "plan.svg", "plan.dxf", "section-A-2.svg") {
		if st, err := os.Stat(filepath.Join(out, f)); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
	for _, lang := range []string{"en", "zh"} {
		status, stdout, _ := run(t, "cloud", "rooms", files[0], files[1], "--transforms", transforms, "-o", out, "--lang", lang)
		if status != exitDone || strings.Contains(stdout, "rooms_") || strings.Contains(stdout, "opening_") {
			t.Errorf("%s: %s", lang, stdout)
		}
	}
	// The order of files and the number of workers do not show.
	again := filepath.Join(dir, "again")
	if status, _, stderr := run(t, "cloud", "rooms", files[0], files[1], "--transforms", transforms, "-o", again, "--workers", "1", "--lang", "en"); status != exitDone {
		t.Fatal(stderr)
	}
	if status, _, stderr := run(t, "cloud", "rooms", files[1], files[0], "--transforms", transforms, "-o", out, "--workers", "3", "--lang", "en"); status != exitDone {
		t.Fatal(stderr)
	}
	for _, f := range []string{"rooms.json", "plan.svg", "plan.dxf"} {
		a, err := os.ReadFile(filepath.Join(out, f))
		must(t, err)
		b, err := os.ReadFile(filepath.Join(again, f))
		must(t, err)
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs", f)
		}
	}
	if _, err := readStep(out); err != nil {
		t.Error(err)
	}
	// Without poses scans are not joined.
	if status, _, stderr := run(t, "cloud", "rooms", files[0], files[1], "-o", out); status != exitFailed || !strings.Contains(stderr, "register") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestCloudMarksMeshMeasure(t *testing.T) {
	dir := t.TempDir()
	files, transforms := makeRoomScans(t, dir)
	ok := func(args ...string) string {
		t.Helper()
		status, stdout, stderr := run(t, append(append([]string{"cloud", args[0], "--transforms", transforms, "--json"}, args[1:]...), files...)...)
		if status != exitDone {
			t.Fatalf("%v: status %d: %s", args, status, stderr)
		}
		return stdout
	}
	var m cloudMarksSummary
	must(t, json.Unmarshal([]byte(ok("marks", "-o", filepath.Join(dir, "marks"))), &m))
	if l := m.Marks.SootLines; len(l) != 1 || math.Abs(l[0].HalfM-1.8) > 0.03 {
		t.Errorf("soot lines %+v", l)
	}
	if a, b := cloudInfo(t, exitDone, filepath.Join(dir, "marks", "marks.ply")).Points, cloudInfo(t, exitDone, filepath.Join(dir, "marks", "marks.laz")).Points; a != b || a == 0 {
		t.Errorf("%d points in marks.ply, %d in marks.laz", a, b)
	}
	var mesh cloudMeshSummary
	must(t, json.Unmarshal([]byte(ok("mesh", "--depth", "6", "--box=-0.5,-0.5,-0.5,4.5,3.5,3", "-o", filepath.Join(dir, "m.ply"))), &mesh))
	if mesh.Faces == 0 || mesh.Faces >= mesh.Trimmed || mesh.Trimmed > mesh.Full {
		t.Errorf("%+v", mesh)
	}
	for _, ext := range []string{"obj", "stl", "glb"} {
		file := filepath.Join(dir, "m."+ext)
		ok("mesh", "--depth", "5", "--box=-0.5,-0.5,-0.5,4.5,3.5,3", "-o", file)
		if b := cloudInfo(t, exitDone, file).Files[0].Scans[0].Bounds; math.Abs(b.Max[2]-b.Min[2]-2.5) > 0.5 {
			t.Errorf("%s: %+v", ext, b)
		}
	}
	var sec cloudSectionSummary
	must(t, json.Unmarshal([]byte(ok("section", "--z", "1.2", "--thickness-mm", "60", "-o", filepath.Join(dir, "s.svg"))), &sec))
	if sec.Dots == 0 || math.Abs(sec.HighM-7) < 0 {
		t.Errorf("%+v", sec)
	}
	list := filepath.Join(dir, "m.yaml")
	must(t, os.WriteFile(list, []byte("radius: 0.1\npoints:\n  a: [2, 1.5, 0]\n  b: [2, 1.5, 2.5]\nmeasures:\n  - {name: room, height: [a, b]}\n"), 0o644))
	var meas cloudMeasureSummary
	must(t, json.Unmarshal([]byte(ok("measure", "--list", list)), &meas))
	if len(meas.Measures) != 1 || math.Abs(meas.Measures[0].Value-2.5) > 0.001 || meas.Measures[0].Sigma <= 0 {
		t.Errorf("%+v", meas.Measures)
	}
	var cmp cloudCompareSummary
	must(t, json.Unmarshal([]byte(ok("compare", "-o", filepath.Join(dir, "cmp"))), &cmp))
	if cmp.Measured == 0 || cmp.Significant*50 > cmp.Measured {
		t.Errorf("%+v", cmp)
	}
	must(t, os.WriteFile(list, []byte("measures:\n  - {name: x, hight: [a, b]}\n"), 0o644))
	if status, _, stderr := run(t, "cloud", "measure", files[0], "--list", list); status != exitFailed || !strings.Contains(stderr, "hight") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

// TestCloudSurveyUsage asks for the impossible.
func TestCloudSurveyUsage(t *testing.T) {
	for _, args := range [][]string{
		{"rooms", "x.ply"}, {"marks", "x.ply"}, {"mesh", "x.ply", "-o", "a.fbx"}, {"mesh", "x.ply", "-o", "a.ply", "--depth", "20"},
		{"section", "x.ply", "-o", "a.svg"}, {"section", "x.ply", "-o", "a.svg", "--line", "1,2,1,2"}, {"section", "x.ply", "-o", "a.svg", "--z", "NaN"},
		{"measure", "x.ply"}, {"compare", "x.ply", "y.ply"}, {"rooms", "x.ply", "-o", "d", "--instrument-mm", "-1"},
	} {
		if status, _, stderr := run(t, append([]string{"cloud"}, args...)...); status != exitUsage {
			t.Errorf("%v: status %d: %s", args, status, stderr)
		}
	}
}
