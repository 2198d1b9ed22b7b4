package splat

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"firescene/recon"

	"gonum.org/v1/gonum/spatial/r3"
)

// plane is a square of n x n points with spacing s and jitter, at height z.
func plane(n int, s, z float64, rng *rand.Rand) *recon.Cloud {
	c := &recon.Cloud{Origin: r3.Vec{X: 1000, Y: -2000, Z: 30}}
	for i := range n {
		for j := range n {
			x, y := (float64(i)-float64(n)/2)*s, (float64(j)-float64(n)/2)*s
			c.XYZ = append(c.XYZ, float32(x+rng.NormFloat64()*0.02*s), float32(y+rng.NormFloat64()*0.02*s), float32(z+rng.NormFloat64()*0.02*s))
			c.RGB = append(c.RGB, uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256)))
		}
	}
	return c
}

// above looks straight down from height h with 400 pixels a side.
func above(h float32) Camera {
	return Camera{
		Eye: [3]float32{0, 0, h}, Right: [3]float32{1, 0, 0}, Down: [3]float32{0, -1, 0}, Forward: [3]float32{0, 0, -1},
		FocalPx: 400, Near: 0.05, Width: 400, Height: 400, Fill: 1.5,
	}
}

func draw(t *testing.T, c *Cloud, cam Camera, workers int) ([]byte, []float32) {
	t.Helper()
	var b Buffer
	if err := b.Draw(c, cam, workers); err != nil {
		t.Fatal(err)
	}
	rgba, depth := make([]byte, 4*cam.Width*cam.Height), make([]float32, cam.Width*cam.Height)
	b.Resolve(rgba, depth, workers)
	return rgba, depth
}

func shuffled(c *recon.Cloud, rng *rand.Rand) *recon.Cloud {
	out := &recon.Cloud{Origin: c.Origin}
	for _, i := range rng.Perm(c.Len()) {
		out.XYZ = append(out.XYZ, c.XYZ[3*i:3*i+3]...)
		out.RGB = append(out.RGB, c.RGB[3*i:3*i+3]...)
	}
	return out
}

// TestSameBytes: neither the worker count nor the order of the points matters.
func TestSameBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	c := plane(150, 0.02, 0, rng)
	top := plane(40, 0.03, 0.7, rng)
	c.XYZ, c.RGB = append(c.XYZ, top.XYZ...), append(c.RGB, top.RGB...)
	cam := above(3)
	cam.HasClip, cam.ClipAxis = true, [3][3]float32{{0.8, 0.6, 0}, {-0.6, 0.8, 0}, {0, 0, 1}}
	cam.ClipHalf = [3]float32{1.2, 0.9, 2}
	rgba, depth := draw(t, Prepare(c), cam, 1)
	for _, workers := range []int{2, 3, 16} {
		r, d := draw(t, Prepare(c), cam, workers)
		if !bytes.Equal(r, rgba) || !slices.Equal(d, depth) {
			t.Errorf("%d workers: another picture", workers)
		}
	}
	r, d := draw(t, Prepare(shuffled(c, rng)), cam, 2)
	if !bytes.Equal(r, rgba) || !slices.Equal(d, depth) {
		t.Error("points in another order: another picture")
	}
}

// TestSurfacesClose: a sampled plane has no holes from any distance, and its depth
// is that of the plane.
func TestSurfacesClose(t *testing.T) {
	for k, h := range []float32{0.6, 1, 2, 3.5, 0.6, 2} {
		flat := plane(200, 0.02, 0, rand.New(rand.NewPCG(3, 4)))
		if k >= 4 { // askew to the cells
			for i := 0; i < len(flat.XYZ); i += 3 {
				x, y := flat.XYZ[i], flat.XYZ[i+1]
				flat.XYZ[i], flat.XYZ[i+1] = 0.8*x-0.6*y, 0.6*x+0.8*y
			}
		}
		_, depth := draw(t, Prepare(flat), above(h), 2)
		holes := 0
		for _, d := range depth {
			if d == 0 {
				holes++
			} else if math.Abs(float64(d-h)) > 0.02 {
				t.Fatalf("from %g m: depth %g", h, d)
			}
		}
		if share := float64(holes) / float64(len(depth)); share > 0.001 {
			t.Errorf("from %g m: %.2f %% of the plane is holes", h, 100*share)
		}
	}
}

// TestGaps: the measured gap is the spacing, also of points in lines.
func TestGaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	median := func(c *recon.Cloud) float64 {
		p := Prepare(c)
		var all []float32
		for _, q := range p.Size {
			all = append(all, p.SizeM[q])
		}
		slices.Sort(all)
		return float64(all[len(all)/2])
	}
	if g := median(plane(200, 0.02, 0, rng)); g < 0.016 || g > 0.030 {
		t.Errorf("square grid of 20 mm: gap %.4f m", g)
	}
	// A scanner's lines, up to about as far apart as a cell is wide.
	lines := &recon.Cloud{}
	for i := range 140 {
		for j := range 560 {
			lines.XYZ = append(lines.XYZ, float32(i)*0.01, float32(j)*0.0025, float32(0.0003*rng.NormFloat64()))
		}
	}
	// Discs are 1.5 gaps wide: they close lines 10 mm apart from 6.7 mm on.
	if g := median(lines); g < 0.0067 || g > 0.015 {
		t.Errorf("lines 10 mm apart: gap %.4f m", g)
	}
}

func TestNearestWins(t *testing.T) {
	c := &recon.Cloud{XYZ: []float32{0, 0, 0, 0, 0, 1}, RGB: []uint8{255, 0, 0, 0, 255, 0}}
	cam := above(3)
	cam.Parallel, cam.FocalPx = true, 100
	rgba, depth := draw(t, Prepare(c), cam, 1)
	i := 200*400 + 200
	if rgba[4*i] != 0 || rgba[4*i+1] != 255 || depth[i] != 2 {
		t.Errorf("centre: colour %v, depth %g; want the green point at 2", rgba[4*i:4*i+4], depth[i])
	}
	// Cut away, the far one shows.
	cam.HasClip, cam.ClipAxis = true, [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	cam.ClipHalf = [3]float32{1, 1, 0.5}
	if rgba, depth = draw(t, Prepare(c), cam, 2); rgba[4*i] != 255 || depth[i] != 3 {
		t.Errorf("clipped: colour %v, depth %g; want the red point at 3", rgba[4*i:4*i+4], depth[i])
	}
}

// TestBadPoints: values that are not finite, huge or all alike do no harm.
func TestBadPoints(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, xyz := range map[string][]float32{
		"empty": {}, "one": {0, 0, 0}, "not finite": {nan, 0, 0, 0, inf, 0, 0, 0, -inf},
		"same place": {1, 1, 0, 1, 1, 0, 1, 1, 0}, "huge": {3e38, -3e38, 3e38, 0, 0, 0, -3e38, 3e38, 0},
		"one stray far off": append(slices.Clone(plane(20, 0.1, 0, rand.New(rand.NewPCG(1, 1))).XYZ), 1e9, 1e9, 1e9),
	} {
		t.Run(name, func(t *testing.T) {
			p := Prepare(&recon.Cloud{XYZ: xyz})
			cam := above(3)
			draw(t, p, cam, 3)
			cam.Eye = [3]float32{0, 0, 0}
			_, depth := draw(t, p, cam, 1)
			for _, d := range depth {
				if d != d {
					t.Fatal("a depth is not a number")
				}
			}
		})
	}
}

func TestColours(t *testing.T) {
	xyz := []float32{0, 0, 0}
	for _, tc := range []struct {
		c    recon.Cloud
		want byte
	}{
		{recon.Cloud{XYZ: xyz, RGB: []uint8{7, 7, 7}, Intensity: []float32{1}}, 7},
		{recon.Cloud{XYZ: xyz, Intensity: []float32{0.2}}, 51},
		{recon.Cloud{XYZ: xyz, Intensity: []float32{9}}, 255},
		{recon.Cloud{XYZ: xyz}, plainGrey},
	} {
		if got := Prepare(&tc.c).RGB[0]; got != tc.want {
			t.Errorf("%+v: %d, want %d", tc.c, got, tc.want)
		}
	}
}

func TestRefused(t *testing.T) {
	var b Buffer
	c := Prepare(&recon.Cloud{XYZ: []float32{0, 0, 0}})
	for name, change := range map[string]func(*Camera){
		"no width": func(c *Camera) { c.Width = 0 }, "too wide": func(c *Camera) { c.Width = 1 << 20 },
		"no near plane": func(c *Camera) { c.Near = 0 }, "focal length": func(c *Camera) { c.FocalPx = float32(math.NaN()) },
	} {
		cam := above(2)
		change(&cam)
		if err := b.Draw(c, cam, 1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// BenchmarkSplat1M draws a million points at 1280x720 on one core.
func BenchmarkSplat1M(b *testing.B) {
	c := Prepare(plane(1000, 0.005, 0, rand.New(rand.NewPCG(9, 9))))
	cam := above(3)
	cam.Width, cam.Height, cam.FocalPx = 1280, 720, 700
	rgba, depth := make([]byte, 4*1280*720), make([]float32, 1280*720)
	var buf Buffer
	for b.Loop() {
		if err := buf.Draw(c, cam, 1); err != nil {
			b.Fatal(err)
		}
		buf.Resolve(rgba, depth, 1)
	}
}

// BenchmarkPrepare1M makes a million points ready.
func BenchmarkPrepare1M(b *testing.B) {
	c := plane(1000, 0.005, 0, rand.New(rand.NewPCG(9, 9)))
	for b.Loop() {
		Prepare(c)
	}
}
