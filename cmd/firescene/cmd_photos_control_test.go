package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/recon/control"
	"firescene/recon/marker"
	"firescene/recon/sfm"

	raster "golang.org/x/image/vector"
)

const controlFile = `# measured at the place
points:
  - name: door
    picks:
      - {photo: a.jpg, x: 10.5, y: 20, sigma_px: 0.5}
      - {photo: b.jpg, x: 11, y: 21}
    given_m: {z: 2.01, sigma: 0.003}
  - name: sill
    picks: [{photo: a.jpg, x: 1, y: 2}, {photo: b.jpg, x: 3, y: 4}]
    check_m: {x: 1, y: 2, z: 3, sigma: 0.01, sigma_z: 0.02}
distances:
  - {from: tag36h11-0, to: tag36h11-5, metres: 0.1942, sigma_m: 0.0003}
check_distances:
  - {from: door, to: ring12-5, metres: 2.5, sigma_m: 0.002}
level:
  plumb: [[door, sill]]
  floor: true
`

func TestControlFile(t *testing.T) {
	in, err := parseControl([]byte(controlFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Points) != 2 || in.Points[0].Picks[0].SigmaPx != 0.5 || *in.Points[0].Given.Z != 2.01 || in.Points[0].Given.X != nil ||
		in.Points[1].Check.SigmaZ != 0.02 || in.Distances[0].Metres != 0.1942 || in.CheckDistances[0].To != "ring12-5" || !in.Level.Floor || in.Level.Plumb[0][1] != "sill" {
		t.Errorf("%+v", in)
	}
	for _, c := range []struct{ old, new, want string }{
		{"sigma_px: 0.5", "sigma: 0.5", "line 5"},
		{"metres: 0.1942", "meters: 0.1942", "line 12"},
		{"metres: 0.1942", "metres: -1", "line 12, distances[0].metres"},
		{"tag36h11-5", "tag36h11-587", "line 12, distances[0]"},
		{"name: sill", "name: door", "line 8, points[1].name"},
		{"{z: 2.01, sigma: 0.003}", "{z: 2.01}", "line 7"},
		{"[door, sill]", "[door]", "level.plumb[0]"},
	} {
		_, err := parseControl([]byte(strings.Replace(controlFile, c.old, c.new, 1)))
		if !formats.IsDamaged(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.new, err)
		}
	}
	if _, err := readControl(filepath.Join(t.TempDir(), "none.yaml")); !os.IsNotExist(err) {
		t.Errorf("gave %v", err)
	}
}

// A sheet that is drawn as a picture shows its targets where it says.
func TestTargetsOfASheet(t *testing.T) {
	picture := func(names []string, at [][2]float64) image.Image {
		ink := raster.NewRasterizer(400, 300)
		for i, n := range names {
			loops, _ := marker.Loops(n, 90)
			for _, l := range loops {
				for k, p := range l {
					x, y := float32(p[0]+at[i][0]), float32(p[1]+at[i][1])
					if k == 0 {
						ink.MoveTo(x, y)
					} else {
						ink.LineTo(x, y)
					}
				}
				ink.ClosePath()
			}
		}
		img := image.NewGray(image.Rect(0, 0, 400, 300))
		draw.Draw(img, img.Rect, image.NewUniform(color.Gray{Y: 230}), image.Point{}, draw.Src)
		ink.Draw(img, img.Rect, image.NewUniform(color.Gray{Y: 30}), image.Point{})
		return img
	}
	at := [][2]float64{{100.3, 120.6}, {270.8, 150.2}}
	img := picture([]string{"tag36h11-7", "ring12-5"}, at)
	open := func() (image.Image, error) { return img, nil }
	broken := func() (image.Image, error) { return nil, os.ErrInvalid }
	points, err := findTargets(context.Background(), []sfm.Photo{{Name: "x.png", Open: open}, {Name: "y.png", Open: broken}, {Name: "z.png", Open: open}}, 3, func(string, int64, int64) {})
	if err != nil || len(points) != 2 || points[0].Name != "ring12-5" || points[1].Name != "tag36h11-7" {
		t.Fatalf("%+v, %v", points, err)
	}
	for i, p := range points {
		want := at[1-i]
		if len(p.Picks) != 2 || p.Picks[0].Photo != "x.png" || p.Picks[1].Photo != "z.png" || math.Hypot(p.Picks[0].X-want[0], p.Picks[0].Y-want[1]) > 0.12 { // sharp edges along the rows: a tenth of a pixel
			t.Errorf("%+v, not at %v", p, want)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"a.png", "b.png"} {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, name), b.Bytes())
	}
	status, stdout, stderr := run(t, "photos", "markers", dir, "--json")
	var seen markersSeen
	if err := json.Unmarshal([]byte(stdout), &seen); status != 0 || err != nil || len(seen.Targets["tag36h11-7"]) != 2 || len(seen.InPhoto["b.png"]) != 2 {
		t.Errorf("%d %v %s %s", status, err, stdout, stderr)
	}
}

func TestMarkersSheet(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		file string
		args []string
		want string
	}{
		{"a.svg", nil, "tag36h11-5"}, {"b.pdf", []string{"--first", "6"}, "tag36h11-11"}, {"c.svg", []string{"--rings", "--size-mm", "40"}, "ring12-"},
	} {
		path := filepath.Join(dir, c.file)
		status, stdout, stderr := run(t, append([]string{"photos", "markers", "-o", path, "--lang", "en"}, c.args...)...)
		b, err := os.ReadFile(path)
		if status != 0 || err != nil || !strings.Contains(stdout, c.want) || !strings.Contains(stdout, "sigma_m: ") {
			t.Fatalf("%s: %d %v %s %s", c.file, status, err, stdout, stderr)
		}
		// What is printed is a control file by itself.
		_, lines, _ := strings.Cut(stdout, "mm:\n")
		in, err := parseControl([]byte(lines))
		if err != nil || len(in.Distances) != 1 || in.Distances[0].Metres < 0.1 || in.Distances[0].Sigma < 0.0002 {
			t.Errorf("%s: %+v, %v", c.file, in, err)
		}
		if c.file == "a.svg" && (!bytes.Contains(b, []byte("150 mm")) || !bytes.Contains(b, []byte(`width="210mm"`))) {
			t.Errorf("%s has no ruler or size", c.file)
		}
	}
	for _, args := range [][]string{{}, {"-o", "sheet.png"}, {"-o", filepath.Join(dir, "x.pdf"), "--size-mm", "500"}, {"-o", filepath.Join(dir, "x.pdf"), "--first", "585"}} {
		if status, _, _ := run(t, append([]string{"photos", "markers"}, args...)...); status != 2 {
			t.Errorf("%v: status %d", args, status)
		}
	}
}

func TestControlInWords(t *testing.T) {
	r := &control.Report{Scaled: true, ScaleWhy: "2 known distance(s)", ScaleRel: 0.0012, LevelHow: "plumb line A to B", LevelSigmaDeg: 0.2,
		Distances:  []control.DistanceResult{{From: "A", To: "B", Given: 1.2, Measured: 1.2005, Diff: 0.0005, Sigma: 0.001, Of: control.Agrees}},
		CheckDists: []control.DistanceResult{{From: "C", To: "D", Given: 2, Measured: 2.05, Diff: 0.05, Sigma: 0.003, Of: control.Disagrees}, {From: "C", To: "E", Of: control.NotPlaced, Why: "E: seen once"}},
		Points:     []control.PointResult{{Name: "P", Placed: true, Check: true, Residual: [3]float64{0.001, -0.02, 0}, Sigma: [3]float64{0.01, 0.01, 0.01}, Of: control.Doubtful}, {Name: "Q", Placed: true}}}
	for _, lang := range []string{"en", "zh"} {
		var b bytes.Buffer
		printControl(&b, newTexts(lang), r)
		for _, want := range []string{"0.120 %", "1.2005", "+50.00", "3.00", "E: seen once", "20.00"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q in\n%s", lang, want, b.String())
			}
		}
		if strings.Contains(b.String(), "control_") {
			t.Errorf("%s: a text is missing in\n%s", lang, b.String())
		}
	}
	r = &control.Report{ScaleWhy: "nothing given fixes the metre", CheckDists: []control.DistanceResult{{From: "C", To: "D", Given: 2, Of: control.NoScale}}}
	var b bytes.Buffer
	printControl(&b, newTexts("en"), r)
	if s := b.String(); !strings.Contains(s, "no scale") || strings.Contains(s, " m,") || strings.Contains(s, "mm") {
		t.Errorf("without a scale: %s", s)
	}
}
