package mvs

import (
	"context"
	"errors"
	"image"
	"math"
	"slices"
	"sync"
	"testing"

	"firescene/recon"
)

// small are options for pictures of a hundred pixels, matched at two sizes.
func small() Options { return Options{Workers: 2, coarsestSidePx: 64} }

// errors of a cloud against the scene, sorted, and errors over Sigma.
func offsOf(s *scene, c *recon.Cloud) (off, ratio []float64) {
	for i := range c.Len() {
		d := s.distance(c.At(i))
		off = append(off, d)
		ratio = append(ratio, d/float64(c.Sigma[i]))
	}
	slices.Sort(off)
	slices.Sort(ratio)
	return off, ratio
}

func at(sorted []float64, share float64) float64 {
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

func TestDenseScene(t *testing.T) {
	for _, c := range []struct {
		name              string
		change            func(*scene)
		medianLow, median float64 // bounds of the median error, metres
		most              float64 // bound for 95 of 100 points
		coverage          float64 // least, of the middle photo
	}{
		{"clean", func(s *scene) {}, 0, 0.008, 0.06, 0.65},
		{"noisy", func(s *scene) { s.noise = 5 }, 0.006, 0.025, 0.1, 0.3},
		{"lens and flat wall", func(s *scene) { s.flatten, s.cam.K1 = true, -0.12 }, 0, 0.008, 0.06, 0.6},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(120, 90, 4)
			c.change(s)
			cloud, report, err := Dense(context.Background(), s.model(), s.photos(), small())
			if err != nil {
				t.Fatal(err)
			}
			off, ratio := offsOf(s, cloud)
			t.Logf("%d points, error median %.4f, 95 of 100 %.4f; error over sigma: median %.2f, 95 of 100 %.2f; coverage %.2f, match %.3f px",
				cloud.Len(), at(off, 0.5), at(off, 0.95), at(ratio, 0.5), at(ratio, 0.95), report.Photos[2].Coverage, report.MatchPx)
			if m := at(off, 0.5); m < c.medianLow || m > c.median {
				t.Errorf("median error %.4f, want %.4f to %.4f", m, c.medianLow, c.median)
			}
			if m := at(off, 0.95); m > c.most {
				t.Errorf("95 of 100 points are within %.4f, want %.4f", m, c.most)
			}
			if report.Photos[2].Coverage < c.coverage {
				t.Errorf("coverage of the middle photo %.2f, want %.2f", report.Photos[2].Coverage, c.coverage)
			}
			// A sigma that is honest: most errors are within two of it, and it is
			// not so large as to say nothing.
			if r := at(ratio, 0.9); r > 2.5 || at(ratio, 0.5) < 0.1 {
				t.Errorf("error over sigma: median %.2f, 90 of 100 %.2f", at(ratio, 0.5), r)
			}
			for i := range cloud.Len() {
				n := cloud.Normal[3*i : 3*i+3]
				if l := n[0]*n[0] + n[1]*n[1] + n[2]*n[2]; math.Abs(float64(l)-1) > 1e-3 {
					t.Fatalf("normal of length %v", l)
				}
				if cloud.Views[i] < 3 {
					t.Fatalf("a point of %d views", cloud.Views[i])
				}
			}
			if s.flatten {
				n := 0
				for i := range cloud.Len() {
					if p := cloud.At(i); p.X > 0.4 && p.X < 0.9 && p.Y > -0.65 && p.Y < 0.25 && math.Abs(p.Z-wallZ) < 0.03 {
						n++
					}
				}
				if n < 60 {
					t.Errorf("%d points on the wall without texture", n)
				}
			}
		})
	}
}

func same(a, b *recon.Cloud) bool {
	return slices.Equal(a.XYZ, b.XYZ) && slices.Equal(a.Normal, b.Normal) && slices.Equal(a.RGB, b.RGB) &&
		slices.Equal(a.Views, b.Views) && slices.Equal(a.Sigma, b.Sigma)
}

// store is a cache that ends the run after some maps.
type store struct {
	mu   sync.Mutex
	m    map[string][]byte
	puts int
	stop func()
	at   int
}

func (c *store) Get(k string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.m[k]
	return v, ok
}

func (c *store) Put(k string, v []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m[k] = slices.Clone(v)
	if c.puts++; c.stop != nil && c.puts == c.at {
		c.stop()
	}
	return nil
}

// Workers, the order of the photos and a break must not show in the result.
func TestSameResult(t *testing.T) {
	s := newScene(64, 48, 4)
	photos, model := s.photos(), s.model()
	want, _, err := Dense(context.Background(), model, photos, Options{coarsestSidePx: 32})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(photos)
	got, _, err := Dense(context.Background(), model, photos, Options{Workers: 3, coarsestSidePx: 32})
	if err != nil {
		t.Fatal(err)
	}
	if !same(want, got) {
		t.Error("three workers and another order of photos give another cloud")
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &store{m: map[string][]byte{}, stop: stop, at: 7}
	if _, _, err := Dense(ctx, model, photos, Options{Workers: 2, coarsestSidePx: 32, Cache: c}); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled run gives %v", err)
	}
	first := c.puts
	got, _, err = Dense(context.Background(), model, photos, Options{Workers: 2, coarsestSidePx: 32, Cache: c})
	if err != nil {
		t.Fatal(err)
	}
	if !same(want, got) {
		t.Error("a run that was taken up again gives another cloud")
	}
	if total := len(c.m); first != 7 || c.puts != total {
		t.Errorf("%d maps were made before the break and %d in all, for %d", first, c.puts, total)
	}
}

func pointsOf(c *recon.Cloud) int {
	if c == nil {
		return 0
	}
	return c.Len()
}

func TestBadInput(t *testing.T) {
	s := newScene(64, 48, 4)
	photos, model := s.photos(), s.model()
	black := func() (image.Image, error) { return image.NewGray(image.Rect(0, 0, 64, 48)), nil }
	broken := func() (image.Image, error) { return nil, errors.New("torn") }
	rows := func(w, h, n int) func(image.Image) (*recon.Mask, error) {
		return func(image.Image) (*recon.Mask, error) { return maskedRows(w, h, n), nil }
	}
	apart := s.model()
	for i := range apart.Points {
		p := &apart.Points[i]
		p.ViewIdx, p.KeyIdx = p.ViewIdx[:min(1, len(p.ViewIdx))], p.KeyIdx[:min(1, len(p.KeyIdx))]
	}
	change := func(f func(p *Photo)) []Photo {
		out := slices.Clone(photos)
		for i := range out {
			f(&out[i])
		}
		return out
	}
	for name, c := range map[string]struct {
		model  *recon.SparseModel
		photos []Photo
	}{
		"nothing":      {&recon.SparseModel{}, nil},
		"no photos":    {model, nil},
		"one photo":    {model, photos[:1]},
		"other photos": {model, change(func(p *Photo) { p.Name += "x" })},
		"no overlap":   {apart, photos},
		"black":        {model, change(func(p *Photo) { p.Open = black })},
		"broken":       {model, change(func(p *Photo) { p.Open = broken })},
		"all masked":   {model, change(func(p *Photo) { p.Mask = rows(64, 48, 48) })},
		"two of three": {model, photos[:2]},
		"another size": {model, change(func(p *Photo) {
			p.Open = func() (image.Image, error) { return image.NewGray(image.Rect(0, 0, 50, 50)), nil }
		})},
		"mask too small": {model, change(func(p *Photo) { p.Mask = rows(5, 5, 1) })},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, _, err := Dense(context.Background(), c.model, c.photos, Options{coarsestSidePx: 32})
			var none *NoDepthError
			if !errors.As(err, &none) {
				t.Fatalf("gives a cloud of %d points and error %v", pointsOf(cloud), err)
			}
			for _, p := range none.Report.Photos {
				t.Logf("%s: %s", p.Photo, p.Why)
			}
		})
	}
	cloud, report, err := Dense(context.Background(), model, photos[:2], Options{MinViews: 2, coarsestSidePx: 32})
	if err != nil || cloud.Len() == 0 || len(report.Photos) != 2 {
		t.Errorf("two photos with MinViews 2 give %v", err)
	}
}

// maskedRows leaves out the first n rows.
func maskedRows(w, h, n int) *recon.Mask {
	m := recon.NewMask(w, h)
	for y := range n {
		m.Exclude(y, 0, w)
	}
	return m
}

// Masked pixels give no points.
func TestMask(t *testing.T) {
	s := newScene(64, 48, 4)
	photos := s.photos()
	for i := range photos {
		photos[i].Mask = func(image.Image) (*recon.Mask, error) { return maskedRows(64, 48, 24), nil }
	}
	cloud, _, err := Dense(context.Background(), s.model(), photos, Options{coarsestSidePx: 32})
	if err != nil {
		t.Fatal(err)
	}
	for i := range cloud.Len() {
		c := s.poses[0].Apply(cloud.At(i))
		if y := s.cam.FyPx*c.Y/c.Z + s.cam.CyPx; y < 22 {
			t.Fatalf("a point at row %.1f of the first photo, which is masked down to 24", y)
		}
	}
}

func BenchmarkDense(b *testing.B) {
	s := newScene(320, 240, 4)
	photos, model := s.photos(), s.model()
	for b.Loop() {
		if _, _, err := Dense(context.Background(), model, photos, Options{Workers: 2}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/(320*240*4), "us/pixel")
}
