package main

import (
	"os"
	"path/filepath"
	"testing"

	"firescene/recon/control"
)

// TestPicksFollowTheCopies: picks name photos as they came, a case calls its copies
// by their exhibits.
func TestPicksFollowTheCopies(t *testing.T) {
	al := &album{list: []albumPhoto{{name: "E001-a.jpg"}, {name: "E002-b.jpg"}, {name: "E003-b.jpg"}, {name: "E004-c.jpg"}, {name: "c.jpg"}}}
	var in control.Input
	want := map[string]string{"a.jpg": "E001-a.jpg", "E001-a.jpg": "E001-a.jpg", "b.jpg": "b.jpg", "c.jpg": "c.jpg", "d.jpg": "d.jpg"}
	for name := range want {
		in.Points = append(in.Points, control.Point{Name: name, Picks: []control.Pick{{Photo: name}}})
	}
	al.nameAsGiven()
	al.namePicks(&in)
	for _, p := range in.Points {
		if got := p.Picks[0].Photo; got != want[p.Name] {
			t.Errorf("%s is taken for %s, want %s", p.Name, got, want[p.Name])
		}
	}
}

// Masks and lists of cameras name photos as they were called before the case copied
// them.
func TestMasksAndCamerasFindCopies(t *testing.T) {
	dir := t.TempDir()
	polygons := filepath.Join(dir, "people.yaml")
	if err := os.WriteFile(polygons, []byte("a.jpg:\n  - [[0, 0], [9, 0], [9, 9]]\nb.jpg:\n  - [[0, 0], [9, 0], [9, 9]]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.jpg.png"), []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	al := &album{list: []albumPhoto{{name: "E001-a.jpg"}, {name: "E002-b.jpg"}, {name: "E003-b.jpg"}}}
	al.nameAsGiven()
	if err := al.readMasks(photosOptions{Masks: []string{dir}}); err != nil {
		t.Fatal(err)
	}
	if len(al.masks.polygons["E001-a.jpg"]) != 1 || al.masks.files["E001-a.jpg"] != filepath.Join(dir, "a.jpg.png") {
		t.Errorf("masks of a.jpg: %v, %v", al.masks.polygons, al.masks.files)
	}
	if len(al.masks.polygons) != 1 || len(al.warnings) != 1 {
		t.Errorf("b.jpg stands for two photos: %v, %v", al.masks.polygons, al.warnings)
	}
	cameras := filepath.Join(dir, camerasFile)
	for file, text := range map[string]string{cameras: "1 PINHOLE 400 300 350 350 200 150\n2 PINHOLE 400 300 360 360 200 150\n",
		filepath.Join(dir, imagesFile): "1 1 0 0 0 0 0 0 2 a.jpg\n\n2 1 0 0 0 0 0 0 1 other.jpg\n\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var g givenCameras
	if err := g.read(photosOptions{Cameras: cameras}); err != nil {
		t.Fatal(err)
	}
	p := photoOf("E001-a.jpg", 400, 300, 0)
	p.given = "a.jpg"
	if cam, err := g.ofFile(p); err != nil || cam.FxPx != 360 {
		t.Errorf("camera of a.jpg: %v, %v", cam, err)
	}
	// The case's stage is done again when what is stated changes.
	opts := runOptions{Cameras: cameras, Masks: []string{dir}}
	before, err := opts.statedFiles()
	if err != nil || before == "" {
		t.Fatalf("%q, %v", before, err)
	}
	if err := os.WriteFile(polygons, []byte("a.jpg:\n  - [[0, 0], [9, 0], [9, 8]]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if after, err := opts.statedFiles(); err != nil || after == before {
		t.Errorf("another polygon is not seen: %v", err)
	}
	if _, err := (runOptions{Masks: []string{filepath.Join(dir, "none")}}).statedFiles(); err == nil {
		t.Error("missing masks are not told")
	}
}
