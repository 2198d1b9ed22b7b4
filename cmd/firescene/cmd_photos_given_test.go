package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"firescene/formats/colmap"
	"firescene/formats/photo"
	"firescene/recon"

	"gonum.org/v1/gonum/spatial/r3"
)

// TestTurnedCamera projects points by a stored picture's camera and turns the
// pixels as the picture is turned: the upright picture's camera sees them there.
func TestTurnedCamera(t *testing.T) {
	c := recon.Camera{WidthPx: 400, HeightPx: 300, FxPx: 310, FyPx: 320, CxPx: 190, CyPx: 160, K1: -0.1, K2: 0.02, P1: 0.003, P2: -0.002}
	rng := rand.New(rand.NewPCG(4, 4))
	w, h := 400.0, 300.0
	for o := 1; o <= 8; o++ {
		// where the picture's pixels go, and the camera's axes with them
		place := map[int]func(x, y float64) (float64, float64){
			1: func(x, y float64) (float64, float64) { return x, y }, 2: func(x, y float64) (float64, float64) { return w - x, y },
			3: func(x, y float64) (float64, float64) { return w - x, h - y }, 4: func(x, y float64) (float64, float64) { return x, h - y },
			5: func(x, y float64) (float64, float64) { return y, x }, 6: func(x, y float64) (float64, float64) { return h - y, x },
			7: func(x, y float64) (float64, float64) { return h - y, w - x }, 8: func(x, y float64) (float64, float64) { return y, w - x },
		}[o]
		got := turnedCamera(c, o)
		ox, oy := place(0, 0)
		ax, ay := place(1, 0)
		bx, by := place(0, 1)
		for range 20 {
			p := r3.Vec{X: rng.Float64() - 0.5, Y: 0.8*rng.Float64() - 0.4, Z: 1}
			x, y, _ := c.Project(p)
			u, v := place(x, y)
			q := r3.Vec{X: (ax-ox)*p.X + (bx-ox)*p.Y, Y: (ay-oy)*p.X + (by-oy)*p.Y, Z: 1}
			gu, gv, ok := got.Project(q)
			if !ok || math.Abs(gu-u) > 1e-9 || math.Abs(gv-v) > 1e-9 {
				t.Fatalf("orientation %d: %v,%v, want %v,%v", o, gu, gv, u, v)
			}
		}
	}
}

func photoOf(name string, w, h, orientation int) *albumPhoto {
	return &albumPhoto{name: name, path: name, header: photo.Header{WidthPx: w, HeightPx: h}, orientation: orientation}
}

// TestCamerasFile finds each photo's camera in a file of COLMAP's.
func TestCamerasFile(t *testing.T) {
	cameras := "1 PINHOLE 4000 3000 3000 3010 1990 1510\n2 OPENCV 1000 800 900 905 505 395 -0.1 0.01 0.001 -0.002\n3 SIMPLE_RADIAL 6220 4141 4000 3110 2070 0.03\n"
	images := "1 1 0 0 0 0 0 0 2 inside/a.jpg\n\n2 1 0 0 0 0 0 0 1 b.jpg\n\n3 1 0 0 0 0 0 0 1 one/twice.jpg\n\n4 1 0 0 0 0 0 0 2 two/twice.jpg\n\n"
	dir, alone := t.TempDir(), t.TempDir()
	put(t, filepath.Join(dir, camerasFile), []byte(cameras))
	put(t, filepath.Join(dir, imagesFile), []byte(images))
	put(t, filepath.Join(alone, "cams.txt"), []byte(cameras))
	for _, c := range []struct {
		path  string
		photo *albumPhoto
		want  string
	}{
		{dir, photoOf("a.jpg", 1000, 800, 0), "900.0 905.0 505.0 395.0"},
		{dir, photoOf("a.jpg", 500, 400, 0), "450.0 452.5 252.5 197.5"},                       // reduced
		{dir, photoOf("b.jpg", 4000, 3000, 6), "3010.0 3000.0 1490.0 1990.0"},                 // turned with the photo
		{dir, photoOf("b.jpg", 4000, 3000, 0), "3000.0 3010.0 1990.0 1510.0"},                 //
		{dir, photoOf("b.jpg", 4000, 2250, 0), "wrong camera: camera 1 is for 4000x3000"},     // cut to another shape
		{dir, photoOf("b.jpg", 8000, 6000, 0), "wrong camera"},                                // enlarged
		{dir, photoOf("c.jpg", 1000, 800, 0), "does not name the photo"},                      //
		{dir, photoOf("twice.jpg", 1000, 800, 0), "does not name the photo"},                  // two images of this name
		{dir, photoOf("two/twice.jpg", 1000, 800, 0), "900.0 905.0 505.0 395.0"},              //
		{alone, photoOf("z.jpg", 1000, 800, 0), "900.0 905.0 505.0 395.0"},                    // by its size
		{alone, photoOf("z.jpg", 1244, 829, 0), "800.0 800.8 622.0 414.4"},                    // reduced to a fifth, rounded
		{alone, photoOf("z.jpg", 700, 700, 0), "wrong camera: 3 camera(s) in the file"},       //
		{alone, photoOf("z.jpg", 8000, 6000, 0), "wrong camera: 3 camera(s) in the file"},     //
		{alone, photoOf("z.jpg", 3000, 4000, 0), "wrong camera: 3 camera(s) in the file, th"}, // upright without a word of a turn
	} {
		var g givenCameras
		path := c.path
		if path == alone {
			path = filepath.Join(alone, "cams.txt")
		}
		must(t, g.read(photosOptions{Cameras: path}))
		cam, _, err := g.forPhoto(c.photo)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprintf("%.1f %.1f %.1f %.1f", cam.FxPx, cam.FyPx, cam.CxPx, cam.CyPx)
			if w, h := c.photo.size(); cam.WidthPx != w || cam.HeightPx != h || cam.Source != "given" {
				t.Errorf("%+v for a photo of %dx%d", cam, w, h)
			}
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s of %dx%d: %s, want %s", c.photo.name, c.photo.header.WidthPx, c.photo.header.HeightPx, got, c.want)
		}
	}
	for name, text := range map[string]string{
		"no such file":    "",
		"names no camera": "# nothing\n",
		"K4, K5, K6":      "1 FULL_OPENCV 1000 800 900 905 505 395 0 0 0 0 0 0.1 0 0\n",
		"principal point": "1 PINHOLE 1000 800 900 905 5 395\n",
		"focal length":    "1 PINHOLE 1000 800 9 9 505 395\n",
		"parameters":      "1 PINHOLE 1000 800 9 9 505\n",
	} {
		path := filepath.Join(t.TempDir(), "c.txt")
		if text != "" {
			put(t, path, []byte(text))
		}
		var g givenCameras
		if err := g.read(photosOptions{Cameras: path}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestOneCameraOfMany gives a camera to the photos that it can be of and says of
// which it is not.
func TestOneCameraOfMany(t *testing.T) {
	al := &album{given: givenCameras{flag: &[4]float64{3000, 3000, 2000, 1500}, folders: map[string]*[4]float64{}},
		list: []albumPhoto{*photoOf("wide.jpg", 4000, 3000, 1), *photoOf("tall.jpg", 4000, 3000, 8), *photoOf("phone.jpg", 4600, 2100, 1)}}
	must(t, al.giveCameras())
	if p := al.list[0].prior; p.CxPx != 2000 || p.Source != "given" {
		t.Errorf("%+v", p)
	}
	if p := al.list[1].prior; p.CxPx != 1500 || p.CyPx != 2000 || p.WidthPx != 3000 {
		t.Errorf("%+v", p)
	}
	if p := al.list[2]; p.prior.Source == "given" || len(p.findings) != 1 || len(al.warnings) != 1 {
		t.Errorf("%+v, %v", p, al.warnings)
	}
}

// FuzzCamerasFile holds what is taken from a file to lenses that can be.
func FuzzCamerasFile(f *testing.F) {
	f.Add([]byte("1 PINHOLE 4000 3000 3000 3010 1990 1510\n2 OPENCV 1000 800 900 905 505 395 -0.1 0.01 0.001 -0.002\n"), 500, 400)
	f.Fuzz(func(t *testing.T, b []byte, w, h int) {
		cameras, err := colmap.ReadCameras(strings.NewReader(string(b)))
		if err != nil || w <= 0 || h <= 0 || w > 1e6 || h > 1e6 {
			return
		}
		g := givenCameras{path: "x", cameras: cameras}
		if len(cameras) == 0 {
			return
		}
		for _, o := range []int{1, 6} {
			if cam, err := g.ofFile(photoOf("a", w, h, o)); err == nil && plausible(*cam) != nil && min(w, h) > 50 {
				t.Fatalf("%+v", cam)
			}
		}
	})
}
