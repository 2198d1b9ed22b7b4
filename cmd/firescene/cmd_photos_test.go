package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"firescene/recon"
	"firescene/samples/room"

	"golang.org/x/image/tiff"
	"gonum.org/v1/gonum/spatial/r3"
)

// burntRoomPhotos are five photos of the sample room as JPEG files, with the
// stations they were taken from; they are made once.
var burntRoomPhotos = sync.OnceValues(func() (files map[string][]byte, stations map[string]r3.Vec) {
	cam := recon.Camera{WidthPx: 360, HeightPx: 270, FxPx: 300, FyPx: 300, CxPx: 180, CyPx: 135}
	l := room.NewLayout(3)
	s, err := room.After(context.Background(), l, 3, 0.02, 2, nil)
	if err != nil {
		panic(err)
	}
	files, stations = map[string][]byte{}, map[string]r3.Vec{}
	for i, shot := range l.Shots(14, cam, 3)[:5] {
		img, err := s.Photograph(context.Background(), shot, 2)
		if err != nil {
			panic(err)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
			panic(err)
		}
		name := string(rune('a'+i)) + ".jpg"
		files[name], stations[name] = b.Bytes(), shot.CamFromWorld.Inverse().T
	}
	return files, stations
})

// burntRoom puts the photos into a new folder.
func burntRoom(t *testing.T) (dir string, stations map[string]r3.Vec) {
	t.Helper()
	dir = t.TempDir()
	files, stations := burntRoomPhotos()
	for name, b := range files {
		put(t, filepath.Join(dir, name), b)
	}
	return dir, stations
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestPhotosWithBadOnesAmong reconstructs a folder in which every kind of bad
// file lies among good photos.
func TestPhotosWithBadOnesAmong(t *testing.T) {
	dir, stations := burntRoom(t)
	put(t, filepath.Join(dir, "K.txt"), []byte("300 0 180\n0 300 135\n0 0 1\n0 0 0\n360 270\n"))
	good, err := os.ReadFile(filepath.Join(dir, "b.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := image.Decode(bytes.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	var asPNG bytes.Buffer
	if err := png.Encode(&asPNG, img); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "b.jpg"), asPNG.Bytes()) // PNG called .jpg
	put(t, filepath.Join(dir, "cut.jpg"), good[:len(good)/2])
	put(t, filepath.Join(dir, "empty.jpg"), nil)
	put(t, filepath.Join(dir, "text.jpg"), []byte("not a photo"))
	put(t, filepath.Join(dir, "notes.txt"), []byte("taken in the morning"))
	blank := image.NewGray(image.Rect(0, 0, 360, 270))
	var b bytes.Buffer
	if err := jpeg.Encode(&b, blank, nil); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "night.jpg"), b.Bytes())

	deep := image.NewNRGBA64(img.Bounds())
	d, _, err := image.Decode(bytes.NewReader(mustRead(t, filepath.Join(dir, "d.jpg"))))
	if err != nil {
		t.Fatal(err)
	}
	draw.Draw(deep, deep.Rect, d, image.Point{}, draw.Src)
	var as16 bytes.Buffer
	if err := tiff.Encode(&as16, deep, nil); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "d.jpg"), as16.Bytes()) // TIFF of 16 bits called .jpg
	// a TIFF directory of one entry: inks instead of light
	put(t, filepath.Join(dir, "cmyk.tif"), []byte("II*\x00\x08\x00\x00\x00\x01\x00\x06\x01\x03\x00\x01\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00"))
	put(t, filepath.Join(dir, "same.jpg"), mustRead(t, filepath.Join(dir, "a.jpg")))
	polygons := filepath.Join(t.TempDir(), "people.yaml")
	put(t, polygons, []byte("a.jpg:\n  - [[0, 0], [90, 0], [90, 270], [0, 270]]\n"))

	out := filepath.Join(t.TempDir(), "out")
	metres := r3.Norm(r3.Sub(stations["a.jpg"], stations["e.jpg"]))
	scale := "a.jpg=e.jpg:" + strings.TrimSpace(string(mustJSON(t, metres)))
	status, stdout, stderr := run(t, "photos", "--json", "--sparse-only", dir, "-o", out, "--scale", scale, "--masks", polygons)
	if status != exitSomeFailed {
		t.Fatalf("exit status %d\n%s%s", status, stdout, stderr)
	}
	var sum photosSummary
	if err := json.Unmarshal([]byte(stdout), &sum); err != nil {
		t.Fatal(err)
	}
	outcome := map[string]string{}
	for _, p := range sum.Photos {
		outcome[p.Name] = p.Outcome
		if p.Outcome != photoPlaced && (p.Reason == "" || p.Next == "") {
			t.Errorf("%s is %s without a reason and a next step", p.Name, p.Outcome)
		}
	}
	want := map[string]string{"a.jpg": photoPlaced, "b.jpg": photoPlaced, "c.jpg": photoPlaced, "d.jpg": photoPlaced, "e.jpg": photoPlaced,
		"cut.jpg": photoFailed, "empty.jpg": photoFailed, "text.jpg": photoFailed, "night.jpg": photoRejected,
		"cmyk.tif": photoFailed, "same.jpg": photoCopy}
	for name, w := range want {
		if outcome[name] != w {
			t.Errorf("%s is %q, want %q", name, outcome[name], w)
		}
	}
	if len(outcome) != len(want) || sum.Registered != 5 || sum.Rejected != 1 || len(sum.Failed) != 4 || len(sum.failures()) != 5 {
		t.Errorf("%d photos, %d placed, %d rejected, %d failed", len(outcome), sum.Registered, sum.Rejected, len(sum.Failed))
	}
	notes := strings.Join(sum.Warnings, "\n")
	for _, part := range []string{"b.jpg: the content is PNG", "K.txt: its camera matrix is used as given", "notes.txt: passed over", "d.jpg: the content is TIFF"} {
		if !strings.Contains(notes, part) {
			t.Errorf("no note that says %q in\n%s", part, notes)
		}
	}
	for _, p := range sum.Photos {
		codes := ""
		for _, f := range p.Audit {
			codes += string(f.Code) + " "
		}
		if want := map[string]string{"night.jpg": "dark", "same.jpg": "copy"}[p.Name]; !strings.Contains(codes, want) || want == "" && strings.Contains(codes, "blurred") {
			t.Errorf("%s: the audit says %q, want %q", p.Name, codes, want)
		}
		if masked := p.MaskedShare; masked > 0 != (p.Name == "a.jpg") || masked > 0 && math.Abs(masked-0.25) > 1e-9 {
			t.Errorf("%s is masked by %v", p.Name, masked)
		}
	}
	model, err := loadSparse(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range model.Views {
		left := 0
		for _, k := range v.Keypoints {
			if k[0] < 90 {
				left++
			}
		}
		if left > 0 != (v.Photo != "a.jpg") {
			t.Errorf("%s has %d keypoints in its left quarter", v.Photo, left)
		}
	}
	checkStations(t, out, stations)
	step, err := readStep(out)
	if err != nil || step.In != 11 || step.Out != 5 || len(step.Failed) != 5 || len(step.Outputs) != 5 || len(step.Inputs) != 9 {
		t.Errorf("step %+v, %v", step, err)
	}
	if status, stdout, _ := run(t, "cloud", "info", filepath.Join(out, photosCloud)); status != exitDone {
		t.Errorf("cloud info: exit status %d\n%s", status, stdout)
	}
}

// checkStations holds the scaled model's distances to the true ones.
func checkStations(t *testing.T, out string, stations map[string]r3.Vec) {
	t.Helper()
	m, err := loadSparse(out)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Scaled || m.ScaleWhy == "" {
		t.Error("the scale was lost on the way to disk")
	}
	for i, a := range m.Views {
		for _, b := range m.Views[:i] {
			got, want := r3.Norm(r3.Sub(a.Centre(), b.Centre())), r3.Norm(r3.Sub(stations[a.Photo], stations[b.Photo]))
			if d := got - want; d > 0.02 || d < -0.02 {
				t.Errorf("%s and %s are %.3f m apart, truly %.3f m", a.Photo, b.Photo, got, want)
			}
		}
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPhotosSameBytesTwice(t *testing.T) {
	dir, _ := burntRoom(t)
	first, second := filepath.Join(t.TempDir(), "x"), filepath.Join(t.TempDir(), "y")
	status, text, stderr := run(t, "photos", "--lang", "en", "--workers", "1", dir, "-o", first, "--camera", "300,300,180,135")
	if status != exitDone {
		t.Fatalf("exit status %d\n%s%s", status, text, stderr)
	}
	if !strings.Contains(text, "no scale") || strings.Contains(text, " m\n") {
		t.Errorf("a model without scale was printed as\n%s", text)
	}
	var reversed []string
	for _, n := range []string{"e.jpg", "d.jpg", "c.jpg", "b.jpg", "a.jpg"} {
		reversed = append(reversed, filepath.Join(dir, n))
	}
	args := append([]string{"photos", "--workers", "3", "-o", second, "--camera", "300,300,180,135"}, reversed...)
	if status, _, stderr := run(t, args...); status != exitDone {
		t.Fatalf("exit status %d\n%s", status, stderr)
	}
	for _, name := range []string{"sparse/cameras.txt", "sparse/images.txt", "sparse/points3D.txt", "cloud.ply"} {
		a, errA := os.ReadFile(filepath.Join(first, name))
		b, errB := os.ReadFile(filepath.Join(second, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between two runs (%v, %v)", name, errA, errB)
		}
	}
}

func TestPhotosErrors(t *testing.T) {
	empty, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	one := filepath.Join(t.TempDir(), "one.png")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 50, 40))); err != nil {
		t.Fatal(err)
	}
	put(t, one, b.Bytes())
	two := filepath.Join(t.TempDir(), "two.png")
	var c bytes.Buffer
	if err := png.Encode(&c, image.NewGray(image.Rect(0, 0, 50, 41))); err != nil {
		t.Fatal(err)
	}
	put(t, two, c.Bytes())
	badK := t.TempDir()
	put(t, filepath.Join(badK, "K.txt"), []byte("1 2 three"))
	put(t, filepath.Join(badK, "x.png"), b.Bytes())
	for _, c := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"no output folder", []string{"photos", one}, exitUsage, "-o DIR"},
		{"no input", []string{"photos", "-o", out}, exitUsage, ""},
		{"empty folder", []string{"photos", empty, "-o", out}, exitFailed, "holds no photos"},
		{"missing", []string{"photos", "nowhere.jpg", "-o", out}, exitFailed, "no such file"},
		{"one photo", []string{"photos", one, "-o", out}, exitFailed, "at least 2"},
		{"blank photos", []string{"photos", one, two, "-o", out}, exitFailed, "two.png"},
		{"camera", []string{"photos", one, two, "-o", out, "--camera", "1,2,3"}, exitUsage, "fx,fy,cx,cy"},
		{"camera below zero", []string{"photos", one, two, "-o", out, "--camera", "100,-100,3,4"}, exitUsage, "-100"},
		{"scale", []string{"photos", one, two, "-o", out, "--scale", "one.png:3"}, exitUsage, "NAME=NAME:METRES"},
		{"scale of a stranger", []string{"photos", one, two, "-o", out, "--scale", "one.png=three.png:3"}, exitUsage, "three.png"},
		{"matrix", []string{"photos", badK, "-o", out}, exitFailed, "K.txt"},
	} {
		status, _, stderr := run(t, c.args...)
		if status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit status %d, want %d, and %q in\n%s", c.name, status, c.status, c.says, stderr)
		}
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Error("a failed run left its folder behind")
	}
}

func TestParseScale(t *testing.T) {
	for s, want := range map[string]photosScale{
		"":                  {},
		"a.jpg=b.jpg:2.5":   {"a.jpg", "b.jpg", 2.5},
		"x:1.jpg=x:2.jpg:4": {"x:1.jpg", "x:2.jpg", 4},
	} {
		if got, err := parseScale(s); err != nil || got != want {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{"a=b", "a:1", "a=a:1", "a=b:0", "a=b:-1", "a=b:NaN", "=b:1"} {
		if got, err := parseScale(s); err == nil {
			t.Errorf("%q was taken as %+v", s, got)
		}
	}
}

func TestShortNames(t *testing.T) {
	got := shortNames([]string{"in/a/1.jpg", "in/b/1.jpg"})
	if got[0] != "a/1.jpg" || got[1] != "b/1.jpg" {
		t.Errorf("%v", got)
	}
	if got := shortNames([]string{"in/a/1.jpg", "in/a/2.jpg"}); got[0] != "1.jpg" || got[1] != "2.jpg" {
		t.Errorf("%v", got)
	}
}
