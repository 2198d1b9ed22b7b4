package samples

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"time"

	"firescene/formats/colmap"
	"firescene/recon"
	"firescene/samples/room"
)

// PhotoSetOptions sizes a set of photographs. The zero value of a field means
// the default in brackets.
type PhotoSetOptions struct {
	Photos   int     // 2 to 5000 [100]
	WidthPx  int     // of a photograph, 64 to 8000; the height is three quarters of it [800]
	Exposure float64 // above 0 to 4; 1 is a good one, 0.05 very dark [1]
	Seed     int64   // of the rooms
	Workers  int     // the result does not depend on it [all processors]
}

// PhotoSet writes photographs of a walk through a suite of burnt rooms to
// dir/photos, and their true poses as COLMAP text to dir/truth, in metres. The
// rooms grow in number with the photographs, so that those of one place stay
// equally many. The same options give the same bytes. report may be nil.
func PhotoSet(ctx context.Context, dir string, opts PhotoSetOptions, report func(stage string, done, total int64)) error {
	n, widthPx, workers, seed := opts.Photos, opts.WidthPx, opts.Workers, opts.Seed
	if n == 0 {
		n = 100
	}
	if widthPx == 0 {
		widthPx = 800
	}
	if opts.Exposure == 0 {
		opts.Exposure = 1
	}
	if n < 2 || n > 5000 || widthPx < 64 || widthPx > 8000 || !(opts.Exposure > 0 && opts.Exposure <= 4) {
		return fmt.Errorf("samples: %d photos of %d pixels, exposure %g: give 2 to 5000 of 64 to 8000, above 0 to 4", n, widthPx, opts.Exposure)
	}
	if report == nil {
		report = func(string, int64, int64) {}
	}
	if workers <= 0 {
		workers = runtime.NumCPU()
	}
	m := &maker{ctx: ctx, dir: dir, seed: seed, opts: Options{Workers: workers}, report: report}
	rooms := room.SuiteRooms(n)
	h := widthPx * 3 / 4
	f := focal35 / 43.2666 * math.Hypot(float64(widthPx), float64(h)) * 1.006
	cam := recon.Camera{WidthPx: widthPx, HeightPx: h, FxPx: f, FyPx: f, CxPx: float64(widthPx) / 2, CyPx: float64(h) / 2, K1: -0.015}
	// Two texels to the pixel at a metre and a half.
	suite, err := room.Suite(ctx, rooms, seed, max(0.003, 0.75/f), workers)
	if err != nil {
		return err
	}
	truth := colmap.Model{Cameras: []colmap.Camera{{ID: 1, Model: colmap.Radial, Width: widthPx, Height: h, Params: []float64{f, cam.CxPx, cam.CyPx, cam.K1, 0}}}}
	first := time.Date(2026, 3, 15, 9, 31, 8, 0, zone)
	var mu sync.Mutex
	var failed error
	shots := room.SuiteShots(n, rooms, cam, seed)
	for i, s := range shots {
		shots[i].Exposure *= opts.Exposure
		q, t := s.CamFromWorld.Q, s.CamFromWorld.T
		truth.Images = append(truth.Images, colmap.Image{ID: i + 1, CameraID: 1, Name: fmt.Sprintf("IMG_%04d.jpg", i+1),
			Q: [4]float64{q.Real, q.Imag, q.Jmag, q.Kmag}, T: [3]float64{t.X, t.Y, t.Z}})
	}
	m.each("sample photos", n, func(i int) {
		img, err := suite.Photograph(ctx, shots[i], 1)
		var file []byte
		if err == nil {
			file, err = m.jpegWithExif(img, first.Add(time.Duration(7*i)*time.Second), false)
		}
		if err == nil {
			err = m.save("photos/"+truth.Images[i].Name, file)
		}
		mu.Lock()
		defer mu.Unlock()
		if failed == nil {
			failed = err
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	return m.truthModel(&truth)
}

// truthModel writes cameras and poses as COLMAP text.
func (m *maker) truthModel(truth *colmap.Model) error {
	var cameras, images, points bytes.Buffer
	if err := colmap.WriteCameras(&cameras, truth.Cameras); err != nil {
		return err
	}
	if err := colmap.WriteImages(&images, truth.Images); err != nil {
		return err
	}
	if err := colmap.WritePoints(&points, nil); err != nil {
		return err
	}
	for name, b := range map[string]*bytes.Buffer{"cameras.txt": &cameras, "images.txt": &images, "points3D.txt": &points} {
		if err := m.save("truth/"+name, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}
