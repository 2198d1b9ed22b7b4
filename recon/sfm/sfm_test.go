package sfm

import (
	"context"
	"errors"
	"image"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"firescene/formats/colmap"
	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

func named(s *scene, poses []recon.Pose) map[string]recon.Pose {
	out := map[string]recon.Pose{}
	for i, p := range poses {
		out[s.photos[i].name] = p
	}
	return out
}

// The room is 4 m wide and the cameras stand 6 m away: 0.5 px of noise is 3.3 mm
// there, and hundreds of points bring a station to about a tenth of that along
// the picture and a few mm in depth.
func TestMapMatches(t *testing.T) {
	for _, c := range []struct {
		name           string
		knobs          synthetic
		photos         int
		minPos, maxPos float64 // metres
		maxDeg         float64
		minPx, maxPx   float64
		focalOff       float64 // relative
	}{
		{"exact", synthetic{photos: 6, points: 300, stepDeg: 8, reach: 9}, 6, 0, 1e-4, 1e-3, 0, 1e-3, 0},
		{"noise", synthetic{photos: 8, points: 400, stepDeg: 8, reach: 3, noisePx: 0.5}, 8, 1e-4, 0.01, 0.1, 0.3, 0.8, 0},
		{"a third wrong", synthetic{photos: 8, points: 500, stepDeg: 8, reach: 4, noisePx: 0.5, outliers: 0.35}, 8, 1e-4, 0.02, 0.15, 0.3, 0.9, 0},
		{"small steps", synthetic{photos: 8, points: 400, stepDeg: 1.2, reach: 7, noisePx: 0.3}, 8, 1e-4, 0.02, 0.15, 0.15, 0.5, 0},
		{"wall", synthetic{photos: 6, points: 400, stepDeg: 10, reach: 5, noisePx: 0.3, planar: true}, 6, 1e-5, 0.03, 0.3, 0.15, 0.5, 0},
		{"camera unknown", synthetic{photos: 8, points: 500, stepDeg: 10, reach: 4, noisePx: 0.3, k1: -0.05, source: "guess"}, 8, 1e-4, 0.05, 0.3, 0.15, 0.5, 0.02},
		{"camera unknown, off centre", synthetic{photos: 12, points: 1500, stepDeg: 10, reach: 5, noisePx: 0.3, centreOff: 5, source: "guess"}, 12, 1e-4, 0.05, 0.1, 0.15, 0.5, 0.02},
		{"forward", synthetic{photos: 9, points: 700, reach: 4, noisePx: 0.3, forward: true}, 9, 1e-5, 0.03, 0.3, 0.15, 0.5, 0},
		{"one photo twice", synthetic{photos: 6, points: 400, stepDeg: 8, reach: 5, noisePx: 0.3, doubled: true}, 6, 1e-5, 0.02, 0.15, 0.1, 0.5, 0},
		{"two like things", synthetic{photos: 10, points: 300, stepDeg: 6, reach: 3, noisePx: 0.3, twins: true}, 10, 1e-5, 0.02, 0.15, 0.15, 0.5, 0},
		{"wall, camera unknown", synthetic{photos: 8, points: 500, stepDeg: 10, reach: 5, noisePx: 0.3, planar: true, source: "guess"}, 8, 1e-5, 0.15, 1.5, 0.15, 0.6, 0.15},
		{"two places", synthetic{photos: 9, points: 900, stepDeg: 8, reach: 4, noisePx: 0.3, apart: true}, 6, 1e-5, 0.02, 0.15, 0.15, 0.5, 0},
	} {
		for seed := range uint64(2) {
			c.knobs.seed = seed
			s, poses := c.knobs.make()
			m, err := s.mapMatches(context.Background())
			if err != nil {
				t.Errorf("%s, seed %d: %v", c.name, seed, err)
				continue
			}
			pos, deg := compare(m, named(s, poses))
			focal := math.Abs(m.Cameras[0].FxPx/synthFocal - 1)
			if off := c.knobs.centreOff; off > 0 && (math.Abs(m.Cameras[0].CxPx-500-off) > 2 || math.Abs(m.Cameras[0].CyPx-375+off) > 2) {
				t.Errorf("%s, seed %d: principal point %.2f %.2f, %v", c.name, seed, m.Cameras[0].CxPx, m.Cameras[0].CyPx, m.Freedom)
			}
			if len(m.Views) != c.photos || len(m.Views)+len(m.Rejected) != c.knobs.photos ||
				pos < c.minPos || pos > c.maxPos || deg > c.maxDeg || m.MeanPx < c.minPx || m.MeanPx > c.maxPx || focal > c.focalOff {
				t.Errorf("%s, seed %d: %d photos, off by %.4g m and %.4g deg, %.3g px, focal length off by %.3g", c.name, seed, len(m.Views), pos, deg, m.MeanPx, focal)
			}
			checkModel(t, m)
		}
	}
}

// checkModel holds a model to what recon promises of it.
func checkModel(t *testing.T, m *recon.SparseModel) {
	t.Helper()
	if m.Scaled || m.ScaleWhy == "" {
		t.Error("photos alone gave a scale")
	}
	for i, p := range m.Points {
		if len(p.ViewIdx) < 2 || len(p.ViewIdx) != len(p.KeyIdx) {
			t.Fatalf("point %d: seen by %d views", i, len(p.ViewIdx))
		}
		for k, v := range p.ViewIdx {
			if m.Views[v].PointIdx[p.KeyIdx[k]] != int32(i) {
				t.Fatalf("point %d and view %d do not name each other", i, v)
			}
		}
	}
	if !slices.IsSortedFunc(m.Views, func(a, b recon.View) int { return strings.Compare(a.Photo, b.Photo) }) {
		t.Error("views are not in the order of their names")
	}
	mid := r3.Vec{}
	for _, v := range m.Views {
		mid = r3.Add(mid, r3.Scale(1/float64(len(m.Views)), v.Centre()))
	}
	if r3.Norm(mid) > 1e-9 {
		t.Errorf("the origin is %g from the middle of the cameras", r3.Norm(mid))
	}
}

func TestMapMatchesSameForAnyWorkers(t *testing.T) {
	knobs := synthetic{photos: 6, points: 300, stepDeg: 8, reach: 5, noisePx: 0.5, outliers: 0.2}
	var first *recon.SparseModel
	for _, workers := range []int{1, 3, 8} {
		s, _ := knobs.make()
		s.opt.Workers = workers
		m, err := s.mapMatches(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = m
		} else if !reflect.DeepEqual(first, m) {
			t.Errorf("%d workers give another model than one", workers)
		}
	}
}

// Photos from one station have no depth: there must be no model rather than a
// made-up one.
func TestMapMatchesTurnOnTheSpot(t *testing.T) {
	s, _ := synthetic{photos: 5, points: 400, stepDeg: 6, reach: 4, noisePx: 0.3, spot: true}.make()
	m, err := s.mapMatches(context.Background())
	var none *NoModelError
	if !errors.As(err, &none) {
		t.Fatalf("model %v, error %v", m != nil, err)
	}
	if len(none.Rejected) != 5 || none.Next == "" {
		t.Errorf("%d photos explained, next step %q", len(none.Rejected), none.Next)
	}
}

func TestTracksHoldOneKeypointOfAPhoto(t *testing.T) {
	s, _ := synthetic{photos: 6, points: 300, stepDeg: 8, reach: 5, outliers: 0.3}.make()
	for i := range s.pairs {
		s.pairs[i].angle = 1 // as if verified, wrong matches and all
	}
	s.buildTracks()
	used := map[ref]bool{}
	for _, tr := range s.tracks {
		photos := map[int32]bool{}
		for _, r := range tr {
			if photos[r.photo] || used[r] {
				t.Fatal("a track with two keypoints of a photo, or a keypoint in two tracks")
			}
			photos[r.photo], used[r] = true, true
		}
	}
	if len(s.tracks) < 250 {
		t.Errorf("%d tracks of 300 points", len(s.tracks))
	}
}

func TestReconstructErrors(t *testing.T) {
	ctx := context.Background()
	blank := func() (image.Image, error) { return image.NewGray(image.Rect(0, 0, 64, 64)), nil }
	broken := func() (image.Image, error) { return nil, errors.New("damaged") }
	for _, c := range []struct {
		name   string
		photos []Photo
		want   string
	}{
		{"none", nil, "0 usable"},
		{"one", []Photo{{Name: "a", Open: blank}}, "1 usable"},
		{"one of two damaged", []Photo{{Name: "a", Open: blank}, {Name: "b", Open: broken}}, "1 usable"},
		{"blank", []Photo{{Name: "a", Open: blank}, {Name: "b", Open: blank}}, "no two photos"},
		{"wrong size", []Photo{{Name: "a", Open: blank}, {Name: "b", Open: blank, Prior: recon.Camera{WidthPx: 1, HeightPx: 1, FxPx: 1, FyPx: 1}}}, "1 usable"},
	} {
		_, err := Reconstruct(ctx, c.photos, Options{})
		var none *NoModelError
		if !errors.As(err, &none) || !strings.Contains(err.Error(), c.want) || none.Next == "" || len(none.Rejected) != len(c.photos) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Reconstruct(ctx, []Photo{{Name: "a", Open: blank}, {Name: "b", Open: blank}}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestScaleByDistance(t *testing.T) {
	s, poses := synthetic{photos: 5, points: 300, stepDeg: 8, reach: 4}.make()
	m, err := s.mapMatches(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	d := r3.Norm(r3.Sub(poses[0].Inverse().T, poses[4].Inverse().T))
	if err := ScaleByDistance(m, "p00.jpg", "p04.jpg", d); err != nil {
		t.Fatal(err)
	}
	got := r3.Norm(r3.Sub(m.Views[1].Centre(), m.Views[3].Centre()))
	want := r3.Norm(r3.Sub(poses[1].Inverse().T, poses[3].Inverse().T))
	if !m.Scaled || math.Abs(got-want) > 1e-3 || !Cloud(m).Scaled {
		t.Errorf("scaled %v: stations 1 and 3 are %g m apart, truly %g", m.Scaled, got, want)
	}
	for _, bad := range []struct {
		a, b   string
		metres float64
	}{{"p00.jpg", "nobody.jpg", 1}, {"p00.jpg", "p01.jpg", 0}, {"p00.jpg", "p00.jpg", 1}, {"p00.jpg", "p01.jpg", math.NaN()}} {
		if err := ScaleByDistance(m, bad.a, bad.b, bad.metres); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestLevelPutsUpAlongZ(t *testing.T) {
	s, poses := synthetic{photos: 7, points: 300, stepDeg: 12, reach: 6}.make()
	m, err := s.mapMatches(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	// The arc is about Y, which points down in the pictures.
	for i, v := range m.Views {
		up := v.CamFromWorld.Inverse().Rotate(poses[i].Rotate(r3.Vec{Y: -1}))
		if a := degrees(math.Acos(up.Z / r3.Norm(up))); a > 6 {
			t.Errorf("%s: the true upright is %g deg from Z", v.Photo, a)
		}
	}
}

func TestColmapRoundTrip(t *testing.T) {
	for _, source := range []string{sourceGiven, "guess"} {
		s, _ := synthetic{photos: 5, points: 200, stepDeg: 8, reach: 4, noisePx: 0.3, source: source}.make()
		m, err := s.mapMatches(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		back, err := FromCOLMAP(ToCOLMAP(m))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(back.MeanPx-m.MeanPx) > 1e-9 || len(back.Cameras) != len(m.Cameras) || !reflect.DeepEqual(back.Points, m.Points) {
			t.Errorf("%s: the model changed on the way", source)
		}
		for i := range m.Views {
			a, b := m.Views[i], back.Views[i]
			if a.Photo != b.Photo || !slices.Equal(a.Keypoints, b.Keypoints) || r3.Norm(r3.Sub(a.Centre(), b.Centre())) > 1e-9 {
				t.Errorf("view %d changed", i)
			}
		}
		a, b := m.Cameras[0], back.Cameras[0]
		if b.Source = a.Source; a != b {
			t.Errorf("camera %+v became %+v", a, b)
		}
	}
	broken := ToCOLMAP(&recon.SparseModel{Cameras: []recon.Camera{{FxPx: 1, FyPx: 1}}, Views: []recon.View{{CameraIdx: 4}}})
	if _, err := FromCOLMAP(broken); err == nil {
		t.Error("an image without its camera was taken")
	}
}

// FuzzFromCOLMAP holds that no readable text makes the conversion panic, and that
// what it accepts can be converted back.
func FuzzFromCOLMAP(f *testing.F) {
	f.Add("1 PINHOLE 640 480 500 500 320 240", "1 1 0 0 0 0 0 0 1 a.jpg\n1 2 5 3 4 -1", "5 0 0 1 9 9 9 0.5 1 0")
	f.Add("1 OPENCV 640 480 500 500 320 240 0 0 1 1", "", "")
	f.Add("1 RADIAL 6 4 5 3 2 0.1 0", "2 1 0 0 0 0 0 0 1 a.jpg\n1 2 7", "5 0 0 1 9 9 9 0.5 2 -1")
	f.Fuzz(func(t *testing.T, cameras, images, points string) {
		var m colmap.Model
		var errs [3]error
		m.Cameras, errs[0] = colmap.ReadCameras(strings.NewReader(cameras))
		m.Images, errs[1] = colmap.ReadImages(strings.NewReader(images))
		m.Points, errs[2] = colmap.ReadPoints(strings.NewReader(points))
		if errors.Join(errs[:]...) != nil {
			return
		}
		got, err := FromCOLMAP(&m)
		if err != nil {
			return
		}
		if back := ToCOLMAP(got); len(back.Cameras) != len(m.Cameras) || len(back.Images) != len(m.Images) || len(back.Points) != len(m.Points) {
			t.Fatal("the conversion loses parts of the model")
		}
	})
}
