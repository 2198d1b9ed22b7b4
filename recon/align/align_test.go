package align

import (
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

// wall is a textured plane Z=0 before which cameras stand, without detail that is
// finer than their pixels.
type wall struct {
	waves [][4]float64
	noise float64
}

func newWall(seed uint64, noise float64) *wall {
	rng := rand.New(rand.NewPCG(seed, 5))
	w := &wall{noise: noise}
	for range 24 {
		k := math.Exp2(5 * rng.Float64()) // radians a metre
		a := 2 * math.Pi * rng.Float64()
		w.waves = append(w.waves, [4]float64{4 * k * math.Cos(a), 4 * k * math.Sin(a), 2 * math.Pi * rng.Float64(), 1 / math.Sqrt(k)})
	}
	return w
}

func (w *wall) at(x, y float64) float64 {
	sum := 0.0
	for _, v := range w.waves {
		sum += v[3] * math.Sin(v[0]*x+v[1]*y+v[2])
	}
	return 0.5 + 0.09*sum
}

func (w *wall) photo(cam *recon.Camera, pose recon.Pose, gain float64, seed uint64) image.Image {
	rng := rand.New(rand.NewPCG(seed, 9))
	img := image.NewGray(image.Rect(0, 0, cam.WidthPx, cam.HeightPx))
	inv := pose.Inverse()
	for y := range cam.HeightPx {
		for x := range cam.WidthPx {
			d := inv.Rotate(cam.Ray(float64(x)+0.5, float64(y)+0.5))
			k := -inv.T.Z / d.Z
			v := 255*gain*w.at(inv.T.X+k*d.X, inv.T.Y+k*d.Y) + w.noise*rng.NormFloat64()
			img.Pix[img.PixOffset(x, y)] = uint8(min(max(v+0.5, 0), 255))
		}
	}
	return img
}

// scene is four photos of the wall and a model with its true cameras and points,
// whose sightings are off by noise.
func scene(t *testing.T, offPx, noise float64) (*recon.SparseModel, []Photo) {
	t.Helper()
	w := newWall(3, noise)
	cam := recon.Camera{WidthPx: 320, HeightPx: 240, FxPx: 300, FyPx: 301, CxPx: 158, CyPx: 122, K1: -0.05}
	m := &recon.SparseModel{Cameras: []recon.Camera{cam}}
	var photos []Photo
	for i := range 4 {
		turn := geom.Rotation(r3.Vec{X: 0.1 * float64(i%2), Y: 0.15 * (float64(i) - 1.5), Z: 0.2 * float64(i-1)})
		pose := recon.Pose{Q: turn, T: r3.Vec{X: 0.1 * float64(i), Z: 2 + 0.15*float64(i)}}
		name := string(rune('a' + i))
		m.Views = append(m.Views, recon.View{Photo: name, CamFromWorld: pose, SigmaPx: 1})
		img := w.photo(&cam, pose, 1-0.1*float64(i), uint64(i))
		photos = append(photos, Photo{Name: name, Open: func() (image.Image, error) { return img, nil }})
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for len(m.Points) < 150 {
		p := recon.SparsePoint{Pos: r3.Vec{X: 1.2*rng.Float64() - 0.6, Y: rng.Float64() - 0.5}}
		for v := range m.Views {
			x, y, ok := cam.Project(m.Views[v].CamFromWorld.Apply(p.Pos))
			if !ok || x < 14 || y < 14 || x > 306 || y > 226 {
				continue
			}
			p.ViewIdx, p.KeyIdx = append(p.ViewIdx, int32(v)), append(p.KeyIdx, int32(len(m.Views[v].Keypoints)))
			m.Views[v].Keypoints = append(m.Views[v].Keypoints, [2]float32{float32(x + offPx*rng.NormFloat64()), float32(y + offPx*rng.NormFloat64())})
			m.Views[v].PointIdx = append(m.Views[v].PointIdx, int32(len(m.Points)))
		}
		if len(p.ViewIdx) < 2 {
			for _, v := range p.ViewIdx {
				w := &m.Views[v]
				w.Keypoints, w.PointIdx = w.Keypoints[:len(w.Keypoints)-1], w.PointIdx[:len(w.PointIdx)-1]
			}
			continue
		}
		m.Points = append(m.Points, p)
	}
	return m, photos
}

// spreads gives the root mean square distance, in pixels, of the sightings from
// what the reference sees on the wall, and that distance in standard deviations.
func spreads(m *recon.SparseModel, references []int32) (px, inSigmas float64, n int) {
	for i := range m.Points {
		p := &m.Points[i]
		at := func(k int) (*recon.View, [2]float32, float64) {
			w := &m.Views[p.ViewIdx[k]]
			return w, w.Keypoints[p.KeyIdx[k]], float64(w.KeySigmaPx[p.KeyIdx[k]])
		}
		ref, xy, _ := at(int(references[i]))
		inv := ref.CamFromWorld.Inverse()
		d := inv.Rotate(m.Cameras[0].Ray(float64(xy[0]), float64(xy[1])))
		on := r3.Add(inv.T, r3.Scale(-inv.T.Z/d.Z, d))
		for k := range p.ViewIdx {
			w, q, sigma := at(k)
			if int32(k) == references[i] || sigma >= 1 {
				continue
			}
			x, y, _ := m.Cameras[0].Project(w.CamFromWorld.Apply(on))
			dx, dy := x-float64(q[0]), y-float64(q[1])
			px += (dx*dx + dy*dy) / 2
			inSigmas += (dx*dx + dy*dy) / (2 * sigma * sigma)
			n++
		}
	}
	return math.Sqrt(px / float64(n)), math.Sqrt(inSigmas / float64(n)), n
}

func referencesOf(m *recon.SparseModel) []int32 {
	r := &refiner{m: m, points: make([]anchor, len(m.Points)), own: make([][]int32, len(m.Views)), other: make([][]spot, len(m.Views))}
	r.choose()
	var out []int32
	for i := range r.points {
		out = append(out, r.points[i].reference)
	}
	return out
}

func TestSightingsComeTogether(t *testing.T) {
	for _, c := range []struct{ noise, mostPx float64 }{{0, 0.04}, {3, 0.12}} {
		m, photos := scene(t, 0.5, c.noise)
		refs := referencesOf(m)
		rep, err := Refine(t.Context(), m, photos, Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		px, inSigmas, n := spreads(m, refs)
		t.Logf("noise %g: %+v, %d off by %.4f px, %.2f sigmas", c.noise, rep, n, px, inSigmas)
		if n != rep.Placed || 10*rep.Placed < 9*(rep.Sightings-rep.Reference) {
			t.Errorf("noise %g: only %d of %d sightings placed", c.noise, rep.Placed, rep.Sightings-rep.Reference)
		}
		if px > c.mostPx || c.noise > 0 && px < 0.02 {
			t.Errorf("noise %g: sightings off by %.3f px, at most %.2f expected", c.noise, px, c.mostPx)
		}
		if inSigmas > 1.5 || c.noise > 0 && inSigmas < 0.5 {
			t.Errorf("noise %g: errors are %.2f of what was stated", c.noise, inSigmas)
		}
	}
}

// A view that shows something else keeps its sightings and says so.
func TestStrangeViewIsNotPlaced(t *testing.T) {
	m, photos := scene(t, 0.3, 1)
	other := newWall(77, 1).photo(&m.Cameras[0], m.Views[3].CamFromWorld, 1, 9)
	photos[3].Open = func() (image.Image, error) { return other, nil }
	before := append([][2]float32(nil), m.Views[3].Keypoints...)
	refs := referencesOf(m)
	if _, err := Refine(t.Context(), m, photos, Options{}); err != nil {
		t.Fatal(err)
	}
	placed := 0
	for i := range m.Points {
		p := &m.Points[i]
		for k, v := range p.ViewIdx {
			own := refs[i] == int32(k) || p.ViewIdx[refs[i]] == 3
			if v == 3 && !own && m.Views[3].Keypoints[p.KeyIdx[k]] != before[p.KeyIdx[k]] {
				placed++
			}
			if v == 3 && !own && m.Views[3].Keypoints[p.KeyIdx[k]] == before[p.KeyIdx[k]] && m.Views[3].KeySigmaPx[p.KeyIdx[k]] != 1 {
				t.Fatal("a sighting that was not placed has lost its usual standard deviation")
			}
		}
	}
	if placed > len(before)/20 {
		t.Errorf("%d of %d sightings placed on a picture of another wall", placed, len(before))
	}
}

func TestWorkersAndReadingsDoNotMatter(t *testing.T) {
	run := func(workers int) *recon.SparseModel {
		m, photos := scene(t, 0.5, 2)
		if _, err := Refine(t.Context(), m, photos, Options{Workers: workers}); err != nil {
			t.Fatal(err)
		}
		return m
	}
	if !reflect.DeepEqual(run(1), run(3)) {
		t.Error("the result depends on the number of workers")
	}
}

func TestPhotosThatFail(t *testing.T) {
	m, photos := scene(t, 0.5, 2)
	photos = photos[:3]
	photos[0].Open = func() (image.Image, error) { return nil, errors.New("damaged") }
	photos[1].Open = func() (image.Image, error) { return image.NewGray(image.Rect(0, 0, 320, 240)), nil }
	rep, err := Refine(t.Context(), m, photos, Options{})
	if err != nil || rep.Placed != 0 {
		t.Errorf("%+v, %v: nothing can be placed with one photo", rep, err)
	}
	for v := range m.Views {
		for k, s := range m.Views[v].KeySigmaPx {
			if !(s > 0) || s > 1 {
				t.Fatalf("view %d, sighting %d: standard deviation %g", v, k, s)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Refine(ctx, m, photos, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func BenchmarkAlign(b *testing.B) {
	w := newWall(3, 2)
	cam := recon.Camera{WidthPx: 160, HeightPx: 160, FxPx: 300, FyPx: 300, CxPx: 80, CyPx: 80}
	pose := recon.Pose{Q: geom.Rotation(r3.Vec{}), T: r3.Vec{Z: 2}}
	var pyr pyramid
	r := &refiner{photos: []*Photo{{Open: func() (image.Image, error) { return w.photo(&cam, pose, 1, 1), nil }}}, kept: make([]*reading, 1), opt: Options{MaxSidePx: 3200}}
	g, _, _ := r.read(0, nil)
	pyr.build(g)
	var t template
	q := new(prepared)
	if !t.cut(&pyr.planes[0], 0, 80, 80) {
		b.Fatal("no template")
	}
	for b.Loop() {
		q.prepare(&t)
		q.align(&pyr.planes[0], warp{80.4, 79.7, [4]float64{1, 0.05, -0.05, 1.02}})
	}
}
