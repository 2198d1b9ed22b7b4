// Package samples makes a case with known truth: photographs and laser scans of
// one burnt room, the image of its video recorder, logs of four clocks, witness
// statements, observations and three hypotheses of which one is true. Tests and
// the demo use it. It shares no code with what is tested on it except the
// writers of point clouds.
package samples

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"firescene/formats/points"
	"firescene/recon"
	"firescene/samples/room"

	xdraw "golang.org/x/image/draw"
)

// Options sizes a sample. The zero value of a field means the default in
// brackets.
type Options struct {
	Photos       int // good photographs, at most 30 [15]
	WidthPx      int // of a photograph; the height is three quarters of it [1280]
	ScanColumns  int // directions around of one scan [960]
	ScanRows     int // directions up and down of one scan [320]
	StillEveryS  int // seconds between surveillance stills during the fire [15]
	StillWidthPx int // [704]
	TexelUm      int // size of a texel of the room's textures in micrometres [3500]
	Workers      int // the result does not depend on it [all processors]
}

func (o Options) withDefaults() Options {
	set := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	set(&o.Photos, 15)
	o.Photos = min(o.Photos, 30)
	set(&o.WidthPx, 1280)
	set(&o.ScanColumns, 960)
	set(&o.ScanRows, 320)
	set(&o.StillEveryS, 15)
	set(&o.StillWidthPx, 704)
	set(&o.TexelUm, 3500)
	set(&o.Workers, runtime.NumCPU())
	return o
}

// Small is a case of a few seconds for tests: three photographs of 160 pixels,
// scans of some thousand points, few and small stills. Its clocks, logs, fire and
// disk are those of the full case.
func Small() Options {
	return Options{Photos: 3, WidthPx: 160, ScanColumns: 90, ScanRows: 30, StillEveryS: 15, StillWidthPx: 176, TexelUm: 30000}
}

// Write makes the sample case of the seed in dir, which must be empty or absent,
// and returns its truth, also written as truth.json. report may be nil; it is
// told the stage and how far it is. The same seed gives the same bytes.
func Write(ctx context.Context, dir string, seed int64, report func(stage string, done, total int64)) (*Truth, error) {
	return WriteWith(ctx, dir, seed, Options{}, report)
}

// WriteWith is Write with other sizes.
func WriteWith(ctx context.Context, dir string, seed int64, opts Options, report func(stage string, done, total int64)) (*Truth, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("samples: %s is not empty; name a new folder", dir)
	}
	if report == nil {
		report = func(string, int64, int64) {}
	}
	m := &maker{ctx: ctx, dir: dir, seed: seed, opts: opts.withDefaults(), report: report, layout: room.NewLayout(seed)}
	m.fire = newFire(m.layout, seed)
	m.at = m.fire.at
	m.begin = ignition(seed)
	m.describe()
	for _, stage := range []func() error{m.textFiles, m.recorder, m.scene, m.photos, m.scans, m.truthFile} {
		if err := stage(); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return &m.truth, nil
}

// maker holds what the stages of one sample share.
type maker struct {
	ctx    context.Context
	dir    string
	seed   int64
	opts   Options
	report func(string, int64, int64)
	layout room.Layout
	fire   *realFire
	at     moments
	begin  time.Time // ignition
	burnt  *room.Scene
	truth  Truth
}

// each runs f(i) for i in [0, n) on the workers and reports as it goes. It starts
// no more once the context has ended.
func (m *maker) each(stage string, n int, f func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, m.opts.Workers)
	for i := range n {
		slots <- struct{}{}
		if m.ctx.Err() != nil {
			break
		}
		m.report(stage, int64(i), int64(n))
		wg.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	wg.Wait()
}

// save writes one file of the sample, through a temporary name.
func (m *maker) save(name string, data []byte) error {
	p := filepath.Join(m.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(p+".part", data, 0o644); err != nil {
		return err
	}
	return os.Rename(p+".part", p)
}

func (m *maker) scene() error {
	var err error
	m.burnt, err = room.After(m.ctx, m.layout, m.seed, float64(m.opts.TexelUm)*1e-6, m.opts.Workers, func(done, total int64) { m.report("sample room", done, total) })
	return err
}

// focal35 is the camera's nominal focal length as an equivalent on film, by the
// frame's diagonal (CIPA DCG-001). The true one is a little longer.
const focal35 = 28

func (m *maker) photos() error {
	w, h := m.opts.WidthPx, m.opts.WidthPx*3/4
	f := focal35 / 43.2666 * math.Hypot(float64(w), float64(h)) * 1.006
	cam := recon.Camera{WidthPx: w, HeightPx: h, FxPx: f, FyPx: f, CxPx: float64(w) / 2, CyPx: float64(h) / 2, K1: -0.015, Source: "given"}
	m.truth.Camera = cam
	first := time.Date(2026, 3, 15, 9, 31, 8, 0, zone)
	shots := m.layout.Shots(m.opts.Photos, cam, m.seed)
	files, errs := make([][]byte, len(shots)), make([]error, len(shots))
	m.truth.Photos = make([]PhotoTruth, len(shots))
	var last *image.RGBA
	m.each("sample photos", len(shots), func(i int) {
		img, err := m.burnt.Photograph(m.ctx, shots[i], 1)
		if err != nil {
			errs[i] = err
			return
		}
		if i == len(shots)-1 {
			last = img
		}
		taken := first.Add(time.Duration(21*i+i*i%7) * time.Second)
		files[i], errs[i] = m.jpegWithExif(img, taken, i == 4)
		pose := shots[i].CamFromWorld
		q, t, c := pose.Q, pose.T, pose.Inverse().T
		m.truth.Photos[i] = PhotoTruth{Name: fmt.Sprintf("IMG_%04d.jpg", i+1), Q: [4]float64{q.Real, q.Imag, q.Jmag, q.Kmag},
			T: recon.Vec{t.X, t.Y, t.Z}, CentreM: recon.Vec{c.X, c.Y, c.Z}, Taken: taken}
	})
	if err := m.ctx.Err(); err != nil {
		return err
	}
	for i, p := range m.truth.Photos {
		if errs[i] != nil {
			return errs[i]
		}
		if err := m.save("photos/"+p.Name, files[i]); err != nil {
			return err
		}
	}
	return m.badPhotos(last, files[len(files)-1], len(files)+1)
}

// badPhotos adds the two that a camera card always has: one cut off and one that
// is not what its name says.
func (m *maker) badPhotos(img *image.RGBA, data []byte, no int) error {
	cut, fake := fmt.Sprintf("IMG_%04d.jpg", no), fmt.Sprintf("IMG_%04d.jpg", no+1)
	small := image.NewRGBA(image.Rect(0, 0, img.Rect.Dx()/4, img.Rect.Dy()/4))
	xdraw.BiLinear.Scale(small, small.Rect, img, img.Rect, xdraw.Src, nil)
	var b bytes.Buffer
	if err := png.Encode(&b, small); err != nil {
		return err
	}
	m.truth.BadPhotos = map[string]string{cut: "JPEG cut off at 35 % of its length", fake: "PNG under the name of a JPEG"}
	if err := m.save("photos/"+cut, data[:len(data)*35/100]); err != nil {
		return err
	}
	return m.save("photos/"+fake, b.Bytes())
}

func (m *maker) jpegWithExif(img image.Image, taken time.Time, gps bool) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 92}); err != nil {
		return nil, err
	}
	return withExif(b.Bytes(), exifFields{
		make: "firescene", model: "sample camera", dateTime: taken.Add(seconds(cameraOffsetS)).Format("2006:01:02 15:04:05"),
		focalMM: [2]uint32{415, 100}, focal35MM: focal35, widthPx: uint32(img.Bounds().Dx()), heightPx: uint32(img.Bounds().Dy()),
		exposure: [2]uint32{1, 30}, iso: 800, gps: gps, bodySerialNo: "S-0001",
		latDMS: [3][2]uint32{{31, 1}, {13, 1}, {4920, 100}}, lonDMS: [3][2]uint32{{121, 1}, {28, 1}, {1260, 100}},
	}), nil
}

func (m *maker) truthFile() error {
	data, err := json.MarshalIndent(&m.truth, "", " ")
	if err != nil {
		return err
	}
	return m.save("truth.json", append(data, '\n'))
}

// pose16 is a pose as a row-major 4x4 matrix.
func pose16(p recon.Pose) [16]float64 {
	r, t := p.Matrix(), p.T
	out := points.IdentityPose
	for i := range 3 {
		copy(out[4*i:], r[3*i:3*i+3])
	}
	out[3], out[7], out[11] = t.X, t.Y, t.Z
	return out
}
