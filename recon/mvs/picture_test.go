package mvs

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"firescene/recon"
)

// Noise is found beside texture, and texture alone is not taken for noise.
func TestNoise(t *testing.T) {
	for _, sigma := range []float64{0, 2, 4} {
		rng := rand.New(rand.NewPCG(3, 3))
		p := &picture{w: 160, h: 120, grey: make([]uint8, 160*120)}
		for y := range p.h {
			for x := range p.w {
				v := 120.0
				if x > 60 {
					v += 60 * math.Sin(float64(x)/3) * math.Cos(float64(y)/4)
				}
				p.grey[y*p.w+x] = uint8(v + sigma*rng.NormFloat64() + 0.5)
			}
		}
		want := max(sigma*sigma, leastNoise)
		if got := float64(noiseOf(p)); got < 0.6*want || got > 1.4*want {
			t.Errorf("noise of variance %.2f is measured as %.2f", want, got)
		}
	}
}

// A straight line of the scene is straight in the rectified picture of a lens
// that bends it, and a mask moves with the picture.
func TestRectify(t *testing.T) {
	const w, h = 200, 150
	cam := &recon.Camera{WidthPx: w, HeightPx: h, FxPx: 180, FyPx: 180, CxPx: 100, CyPx: 75, K1: -0.2, K2: 0.02}
	img, mask := image.NewGray(image.Rect(0, 0, w, h)), recon.NewMask(w, h)
	for y := range h {
		for x := range w {
			ray := cam.Ray(float64(x)+0.5, float64(y)+0.5)
			u, v := ray.X, ray.Y
			if v > 0.2+0.1*u {
				img.Pix[y*img.Stride+x] = 200
			}
			if u > 0.3 {
				mask.Exclude(y, x, x+1)
			}
		}
	}
	p, _ := rectify(img, mask, cam, w)
	for x := 5; x < w-5; x += 10 {
		u := (float64(x) - p.k.cx) / p.k.f
		edge := (0.2+0.1*u)*p.k.g + p.k.cy
		for y := range h {
			if off := float64(y) - edge; math.Abs(off) > 1.5 && !p.unused[y*w+x] && (p.grey[y*w+x] > 100) != (off > 0) {
				t.Fatalf("pixel %d,%d is %.1f from the line and has brightness %d", x, y, off, p.grey[y*w+x])
			}
		}
		if y := h / 2; math.Abs(u-0.3) > 0.02 && p.unused[y*w+x] != (u > 0.3) {
			t.Errorf("pixel %d,%d at %.2f from the axis: masked %v", x, y, u, p.unused[y*w+x])
		}
	}
}
