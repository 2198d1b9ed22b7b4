package main

import (
	"image"
	"image/color"
	"path/filepath"
	"strings"
	"testing"

	"firescene/formats/photo"
)

// maskAlbum is an album of photos of 80x60 pixels, of which the second is stored
// on its side.
func maskAlbum(t *testing.T) *album {
	t.Helper()
	al := &album{ctx: t.Context(), masked: map[string]float64{}}
	for i, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
		p := albumPhoto{name: name, path: name, header: photo.Header{WidthPx: 80, HeightPx: 60}, orientation: 1}
		if i == 1 {
			p.orientation = 6
		}
		al.list = append(al.list, p)
	}
	return al
}

// leftHalf is a mask whose left half is black.
func leftHalf(w, h int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := w / 2; x < w; x++ {
			img.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	return img
}

func TestMasks(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.jpg.png"), asPNG(t, leftHalf(40, 30)))  // reduced
	put(t, filepath.Join(dir, "b.mask.png"), asPNG(t, leftHalf(80, 60))) // as stored, to be turned
	put(t, filepath.Join(dir, "c.png"), asPNG(t, leftHalf(50, 50)))      // of another shape
	put(t, filepath.Join(dir, "nobody.png"), asPNG(t, leftHalf(50, 50))) // of no photo
	put(t, filepath.Join(dir, "people.yaml"), []byte("a.jpg:\n  - [[60, 10], [70, 10], [70, 20], [60, 20]]\nz.jpg:\n  - [[0, 0], [1, 0], [1, 1]]\n"))
	al := maskAlbum(t)
	must(t, al.readMasks(photosOptions{Masks: []string{dir}}))
	if notes := strings.Join(al.warnings, "\n"); !strings.Contains(notes, "nobody.png: no photo of this name") || !strings.Contains(notes, "z.jpg is not among the photos") || len(al.warnings) != 2 {
		t.Errorf("%s", notes)
	}
	if len(al.masks.hashes) != 4 {
		t.Errorf("%d files are recorded", len(al.masks.hashes))
	}
	a, err := al.mask(al.list[0], nil)
	must(t, err)
	for y := range 60 {
		for x := range 80 {
			if want := x < 40 || x >= 60 && x < 70 && y >= 10 && y < 20; a.Excluded(x, y) != want {
				t.Fatalf("a: pixel %d,%d", x, y)
			}
		}
	}
	b, err := al.mask(al.list[1], nil)
	must(t, err)
	for y := range 80 {
		for x := range 60 {
			if b.Excluded(x, y) != (y < 40) { // the stored left is the top of the upright photo
				t.Fatalf("b: pixel %d,%d", x, y)
			}
		}
	}
	if _, err := al.mask(al.list[2], nil); err == nil || !strings.Contains(err.Error(), "50x50 pixels and the photo 80x60") {
		t.Errorf("%v", err)
	}
	if s := al.masked["a.jpg"]; s < 0.5 || s > 0.53 {
		t.Errorf("a is masked by %v", s)
	}
	if al.key(al.list[0]) == al.key(al.list[2]) {
		t.Error("keys do not tell masks apart")
	}
	none := maskAlbum(t)
	must(t, none.readMasks(photosOptions{}))
	if p := none.photos()[0]; p.Key == "" || p.Key == al.key(al.list[0]) {
		t.Errorf("the key %q does not tell that there is no mask", p.Key)
	}
	if none.photos()[0].Mask != nil {
		t.Error("a mask without any given")
	}
	all := maskAlbum(t)
	put(t, filepath.Join(dir, "people.yaml"), []byte(`{"a.jpg": [[[0, 0], [80, 0], [80, 60], [0, 60]]]}`))
	must(t, all.readMasks(photosOptions{Masks: []string{filepath.Join(dir, "people.yaml")}}))
	if _, err := all.mask(all.list[0], nil); err == nil || !strings.Contains(err.Error(), "leave 0%") {
		t.Errorf("a photo that is masked whole: %v", err)
	}
}

func TestBadPolygons(t *testing.T) {
	for text, says := range map[string]string{
		"a.jpg: 5":                                "is expected",
		"0: ! ":                                   "is expected",
		"a.jpg:\n  - [[1, 2], [3, 4]]":            "a polygon of 2 corners",
		"a.jpg:\n  - [[1], [3, 4], [5, 6]]":       "a corner is two numbers",
		"a.jpg:\n  - [[.nan, 2], [3, 4], [5, 6]]": "a corner is two numbers",
		"a.jpg: &x\n  - [[1, 2], [3, 4], [5, 6]]\nb.jpg: *x": "anchors",
		"a.jpg:\n  - [[1, 2": "is expected",
	} {
		if _, err := parsePolygons([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got, err := parsePolygons(nil); err != nil || len(got) != 0 {
		t.Errorf("an empty file: %v, %v", got, err)
	}
}

func FuzzPolygons(f *testing.F) {
	f.Add([]byte("a.jpg:\n  - [[60, 10], [70, 10], [70, 20], [60, 20]]\n"))
	f.Add([]byte(`{"a.jpg": [[[0, 0], [80, 0], [80, 60.5]]], "b": []}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parsePolygons(b)
		if err != nil {
			return
		}
		for name, list := range got {
			for _, p := range list {
				if len(p) < 3 {
					t.Fatal(name, p)
				}
			}
		}
	})
}
