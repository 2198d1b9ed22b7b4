package sfm

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"firescene/formats/colmap"
	"firescene/recon"
)

func TestTry(t *testing.T) {
	dir := os.Getenv("PH")
	if dir == "" {
		t.Skip("PH not set")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.[jJ][pP][gG]"))
	var prior recon.Camera
	if b, err := os.ReadFile(filepath.Join(dir, "K.txt")); err == nil {
		_ = b
		prior = recon.Camera{WidthPx: 3072, HeightPx: 2048, FxPx: 2759.48, FyPx: 2764.16, CxPx: 1520.69, CyPx: 1006.81, Source: "given"}
	}
	if os.Getenv("ICL") != "" {
		prior = recon.Camera{WidthPx: 640, HeightPx: 480, FxPx: 525, FyPx: 525, CxPx: 319.5, CyPx: 239.5, Source: "given"}
	}
	if os.Getenv("NOK") != "" {
		prior = recon.Camera{}
	}
	var photos []Photo
	for _, f := range files {
		photos = append(photos, Photo{Name: filepath.Base(f), Prior: prior, Open: func() (image.Image, error) {
			b, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			m, _, err := image.Decode(bytes.NewReader(b))
			return m, err
		}})
	}
	began := time.Now()
	last := ""
	m, err := Reconstruct(context.Background(), photos, Options{Workers: runtime.NumCPU(), Progress: func(s string, d, n int64) {
		if s != last {
			t.Logf("%s %v", s, time.Since(began))
			last = s
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v: %d views, %d points, %.3f px, cams %+v", time.Since(began), len(m.Views), len(m.Points), m.MeanPx, m.Cameras)
	for _, r := range m.Rejected {
		t.Log(r)
	}
	out := os.Getenv("OUT")
	c := ToCOLMAP(m)
	os.MkdirAll(out, 0o755)
	for n, f := range map[string]func(*os.File) error{
		"cameras.txt":  func(f *os.File) error { return colmap.WriteCameras(f, c.Cameras) },
		"images.txt":   func(f *os.File) error { return colmap.WriteImages(f, c.Images) },
		"points3D.txt": func(f *os.File) error { return colmap.WritePoints(f, c.Points) },
	} {
		f2, _ := os.Create(filepath.Join(out, n))
		if err := f(f2); err != nil {
			t.Fatal(err)
		}
		f2.Close()
	}
}
