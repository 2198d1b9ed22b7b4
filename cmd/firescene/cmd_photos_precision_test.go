package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats/colmap"
	"firescene/recon"
	"firescene/recon/control"
	"firescene/recon/sfm"
	"firescene/samples"
	"firescene/samples/room"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// sigmaShares counts how many errors, in stated standard deviations, lie within one and
// two of them.
type sigmaShares struct{ n, one, two float64 }

func (w *sigmaShares) add(err, sigma float64) {
	if !(sigma > 0) {
		return
	}
	w.n++
	if math.Abs(err) < sigma {
		w.one++
	}
	if math.Abs(err) < 2*sigma {
		w.two++
	}
}

// precisionSets is how many sets of photos are made, from firstPrecisionSeed on. That
// seed is none of those that the factor in recon/control was found on.
const (
	precisionSets      = 3
	firstPrecisionSeed = 107
)

// BenchmarkPhotoPrecision holds what photos says of its own precision against
// generated photos with exact truth: the shares of errors within one and two stated
// standard deviations, of which .68 and .95 are right.
func BenchmarkPhotoPrecision(b *testing.B) {
	for _, k := range []string{"given", "unknown"} {
		b.Run(k, func(b *testing.B) {
			for b.Loop() {
				tally := map[string]*sigmaShares{"station": {}, "turn": {}, "point": {}, "focal": {}}
				for seed := int64(firstPrecisionSeed); seed < firstPrecisionSeed+precisionSets; seed++ {
					precisionOf(b, seed, k == "given", tally)
				}
				for what, w := range tally {
					if w.n > 0 {
						b.ReportMetric(w.one/w.n, what+"-in-1s")
						b.ReportMetric(w.two/w.n, what+"-in-2s")
					}
				}
			}
		})
	}
}

func precisionOf(b *testing.B, seed int64, known bool, tally map[string]*sigmaShares) {
	ctx := context.Background()
	const photos = 10
	dir := b.TempDir()
	if err := samples.PhotoSet(ctx, dir, samples.PhotoSetOptions{Photos: photos, WidthPx: 800, Seed: seed}, nil); err != nil {
		b.Fatal(err)
	}
	opts := photosOptions{Inputs: []string{filepath.Join(dir, "photos")}, Out: filepath.Join(dir, "model"), Workers: 2, MaxFeatures: 8192}
	if known {
		opts.Cameras = filepath.Join(dir, "truth", camerasFile)
	}
	quiet := func(string, int64, int64) {}
	al, err := openAlbum(ctx, opts, quiet)
	if err != nil {
		b.Fatal(err)
	}
	m, err := sfm.Reconstruct(ctx, al.photos(), sfm.Options{Workers: 2, MaxFeatures: opts.MaxFeatures, Progress: quiet})
	if err != nil {
		b.Fatal(err)
	}
	if err := al.refine(ctx, m, opts, &photosSummary{}, quiet); err != nil {
		b.Fatal(err)
	}
	if m, _, err = control.Apply(ctx, m, &control.Input{}, nil, control.Options{Workers: 2}); err != nil {
		b.Fatal(err)
	}
	truth, focal := trueCameras(b, filepath.Join(dir, "truth"))
	scene, err := room.Suite(ctx, room.SuiteRooms(photos), seed, 0.02, 2)
	if err != nil {
		b.Fatal(err)
	}
	// The stations as a whole are the frame that the precision is relative to.
	var from, to []r3.Vec
	for i := range m.Views {
		from, to = append(from, m.Views[i].Centre()), append(to, truth[m.Views[i].Photo].Inverse().T)
	}
	s, ok := recon.FitSimilarity(from, to)
	if !ok {
		b.Fatal("the stations lie on a line")
	}
	back := recon.Pose{Q: quat.Conj(s.Turn)}
	for i := range m.Views {
		v := &m.Views[i]
		e := back.Rotate(r3.Scale(1/s.Scale, r3.Sub(s.Apply(from[i]), to[i])))
		along := v.PosCov.Along()
		d := quat.Mul(s.Camera(v.CamFromWorld).Q, quat.Conj(truth[v.Photo].Q))
		if d.Real < 0 {
			d = quat.Scale(-1, d)
		}
		for k, x := range [3]float64{e.X, e.Y, e.Z} {
			tally["station"].add(x, along[k])
			tally["turn"].add(2*[3]float64{d.Imag, d.Jmag, d.Kmag}[k], [3]float64{v.RotSigma.X, v.RotSigma.Y, v.RotSigma.Z}[k])
		}
	}
	for i, c := range m.Precision.Cameras {
		tally["focal"].add(m.Cameras[i].FxPx-focal, c.FPx)
	}
	for i := range m.Points {
		p := &m.Points[i]
		x := s.Apply(p.Pos)
		eye := truth[m.Views[p.ViewIdx[0]].Photo].Inverse().T
		at, normal, ok := scene.Meet(eye, r3.Sub(x, eye))
		off := r3.Dot(normal, r3.Sub(x, at))
		if !ok || math.Abs(off) > 0.05 { // past an edge
			continue
		}
		n, c := back.Rotate(normal), &p.Cov
		variance := n.X*n.X*c[0] + n.Y*n.Y*c[3] + n.Z*n.Z*c[5] + 2*(n.X*n.Y*c[1]+n.X*n.Z*c[2]+n.Y*n.Z*c[4])
		tally["point"].add(off/s.Scale, math.Sqrt(max(variance, 0)))
	}
}

// trueCameras gives the true poses by photo and the true focal length.
func trueCameras(b *testing.B, dir string) (map[string]recon.Pose, float64) {
	open := func(name string) *os.File {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { f.Close() })
		return f
	}
	cams, err := colmap.ReadCameras(open(camerasFile))
	if err != nil || len(cams) != 1 {
		b.Fatal(fmt.Errorf("%d true cameras: %w", len(cams), err))
	}
	images, err := colmap.ReadImages(open(imagesFile))
	if err != nil {
		b.Fatal(err)
	}
	out := map[string]recon.Pose{}
	for _, i := range images {
		out[i.Name] = recon.Pose{Q: quat.Number{Real: i.Q[0], Imag: i.Q[1], Jmag: i.Q[2], Kmag: i.Q[3]}, T: r3.Vec{X: i.T[0], Y: i.T[1], Z: i.T[2]}}
	}
	return out, cams[0].Params[0]
}
