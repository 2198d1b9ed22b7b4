package marker

import (
	"context"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"firescene/recon/feature"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

// shot has every knob of a made-up photo of one target.
type shot struct {
	name         string
	sizePx       float64 // seen from the front
	tiltDeg      float64 // of the target's plane from the picture's
	about, turn  float64 // direction of the tilt axis and turn in the plane, radians
	blurPx       float64
	noise        float64 // of the full range
	black, white float64
	shade        float64 // change of the light across the target
	x, y         float64 // of the centre; 0: near the middle of the picture
	w, h         int
}

func (k shot) defaults() shot {
	if k.white == 0 {
		k.black, k.white = 0.1, 0.85
	}
	if k.w == 0 {
		k.w, k.h = 210, 200
	}
	if k.x == 0 {
		k.x, k.y = float64(k.w)/2+0.31, float64(k.h)/2-0.27
	}
	return k
}

// darkAt says whether a target is black at a place, in sides of a square target or
// outer diameters of a ring; white paper is around.
func darkAt(name string, x, y float64) bool {
	ring, id, _ := parseName(name)
	if !ring {
		i, j := int(math.Floor((x+0.5)*tagCells)), int(math.Floor((y+0.5)*tagCells))
		if i < 0 || j < 0 || i >= tagCells || j >= tagCells {
			return false
		}
		if i == 0 || j == 0 || i == tagCells-1 || j == tagCells-1 {
			return true
		}
		return tagWords[id]>>(35-((j-1)*6+i-1))&1 == 0
	}
	r := math.Hypot(x, y) * 6 // radii of the dot
	if r < 1 {
		return true
	}
	if r < 2 || r > 3 {
		return false
	}
	s := int(math.Mod(math.Atan2(y, x)+2*math.Pi, 2*math.Pi) / (math.Pi / 6))
	return id>>s&1 == 1
}

// make draws the picture and gives where the centre truly is.
func (k shot) make(rng *rand.Rand) (feature.Gray, float64, float64) {
	k = k.defaults()
	const focal = 1000.0
	// The plane's axes in the camera's frame.
	axis := r3.Vec{X: math.Cos(k.about), Y: math.Sin(k.about)}
	tilt := r3.NewRotation(k.tiltDeg*math.Pi/180, axis)
	turn := r3.NewRotation(k.turn, r3.Vec{Z: 1})
	ex, ey := tilt.Rotate(turn.Rotate(r3.Vec{X: 1})), tilt.Rotate(turn.Rotate(r3.Vec{Y: 1}))
	z := focal / k.sizePx
	t := r3.Vec{X: (k.x - float64(k.w)/2) / focal * z, Y: (k.y - float64(k.h)/2) / focal * z, Z: z}
	m := geom.Mat3{ex.X, ey.X, t.X, ex.Y, ey.Y, t.Y, ex.Z, ey.Z, t.Z}
	h := planar{}
	for c := range 3 {
		h[c] = focal*m[c] + float64(k.w)/2*m[6+c]
		h[3+c] = focal*m[3+c] + float64(k.h)/2*m[6+c]
		h[6+c] = m[6+c]
	}
	inv, _ := inverted(&h)
	g := feature.Gray{W: k.w, H: k.h, Pix: make([]float32, k.w*k.h)}
	const sub = 4
	for y := range k.h {
		for x := range k.w {
			// Only where an edge may be is it looked at closely.
			at := func(dx, dy float64) bool {
				p := inv.at(float64(x)+dx, float64(y)+dy)
				return darkAt(k.name, p[0], p[1])
			}
			dark := 0
			if first := at(0, 0); first == at(1, 0) && first == at(0, 1) && first == at(1, 1) && first == at(0.5, 0.5) {
				if first {
					dark = sub * sub
				}
			} else {
				for i := range sub * sub {
					if at((float64(i%sub)+0.5)/sub, (float64(i/sub)+0.5)/sub) {
						dark++
					}
				}
			}
			light := 1 + k.shade*(float64(x)-k.x)/k.sizePx
			share := float64(dark) / (sub * sub)
			g.Pix[y*k.w+x] = float32(light * (share*k.black + (1-share)*k.white))
		}
	}
	blur(&g, k.blurPx)
	for i := range g.Pix {
		v := float64(g.Pix[i]) + k.noise*rng.NormFloat64()
		g.Pix[i] = float32(math.Round(min(max(v, 0), 1)*255) / 255)
	}
	return g, k.x, k.y
}

func blur(g *feature.Gray, sigma float64) {
	if sigma == 0 {
		return
	}
	r := int(4*sigma) + 1
	kernel := make([]float64, 2*r+1)
	sum := 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-square(float64(i-r)/sigma) / 2)
		sum += kernel[i]
	}
	pass := func(dx, dy int) {
		src := append([]float32(nil), g.Pix...)
		for y := range g.H {
			for x := range g.W {
				v := 0.0
				for i, w := range kernel {
					xx, yy := min(max(x+(i-r)*dx, 0), g.W-1), min(max(y+(i-r)*dy, 0), g.H-1)
					v += w / sum * float64(src[yy*g.W+xx])
				}
				g.Pix[y*g.W+x] = float32(v)
			}
		}
	}
	pass(1, 0)
	pass(0, 1)
}

func square(v float64) float64 { return v * v }

func detect(t testing.TB, g feature.Gray) []Found {
	t.Helper()
	out, err := Detect(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCentres(t *testing.T) {
	for _, c := range []struct {
		what string
		shot
		low, top float64 // root mean square error of a coordinate, in pixels
		misses   int     // of 6
	}{
		{"square, sharp", shot{name: "tag36h11-17", sizePx: 80}, 0, 0.02, 0},
		{"square, noise and blur", shot{name: "tag36h11-100", sizePx: 80, blurPx: 1, noise: 0.02}, 0.001, 0.03, 0},
		{"square, 60 degrees", shot{name: "tag36h11-586", sizePx: 110, tiltDeg: 60, blurPx: 0.8, noise: 0.02}, 0.001, 0.05, 0},
		{"square, small", shot{name: "tag36h11-3", sizePx: 28, blurPx: 0.6, noise: 0.01}, 0.001, 0.05, 0},
		{"square, large", shot{name: "tag36h11-5", sizePx: 220, tiltDeg: 30, blurPx: 1.5, noise: 0.02, w: 340, h: 330}, 0.001, 0.03, 0},
		{"square, blurred", shot{name: "tag36h11-44", sizePx: 90, tiltDeg: 20, blurPx: 2, noise: 0.01}, 0.001, 0.05, 0},
		{"square, out of focus", shot{name: "tag36h11-44", sizePx: 90, tiltDeg: 20, blurPx: 3, noise: 0.01}, 0.001, 0.1, 0},
		{"square, under soot", shot{name: "tag36h11-71", sizePx: 90, tiltDeg: 40, blurPx: 1, noise: 0.008, black: 0.03, white: 0.16, shade: 0.3}, 0.001, 0.05, 0},
		{"ring, sharp", shot{name: "ring12-5", sizePx: 90}, 0, 0.05, 0},
		{"ring, noise and blur", shot{name: "ring12-111", sizePx: 70, blurPx: 1, noise: 0.02}, 0.001, 0.03, 0},
		{"ring, 60 degrees", shot{name: "ring12-693", sizePx: 140, tiltDeg: 60, blurPx: 0.8, noise: 0.02}, 0.001, 0.05, 0},
		{"ring, small", shot{name: "ring12-27", sizePx: 33, blurPx: 0.6, noise: 0.01}, 0.001, 0.05, 0},
		{"ring, large", shot{name: "ring12-5", sizePx: 240, tiltDeg: 50, blurPx: 1, noise: 0.02, w: 340, h: 330}, 0.001, 0.05, 0},
		{"ring, under soot", shot{name: "ring12-1365", sizePx: 90, tiltDeg: 30, blurPx: 1, noise: 0.008, black: 0.03, white: 0.16, shade: 0.3}, 0.001, 0.05, 0},
	} {
		rng := rand.New(rand.NewPCG(7, 7))
		missed, sum, n, said := 0, 0.0, 0.0, 0.0
		for k := range 6 {
			s := c.shot
			s.about, s.turn = 2*math.Pi*float64(k)/6, 2*math.Pi*rng.Float64()
			s = s.defaults()
			s.x, s.y = s.x+rng.Float64(), s.y+rng.Float64()
			g, x, y := s.make(rng)
			found := detect(t, g)
			if len(found) != 1 || found[0].Name != c.name {
				t.Logf("%s: about %.2f turn %.2f: %v", c.what, s.about, s.turn, found)
				missed++
				continue
			}
			sum += square(found[0].X-x) + square(found[0].Y-y)
			said += 2 * square(found[0].SigmaPx)
			n += 2
		}
		rms := math.Sqrt(sum / max(1, n))
		t.Logf("%-24s missed %d, error %.4f px, said %.4f", c.what, missed, rms, math.Sqrt(said/max(1, n)))
		if missed > c.misses || rms < c.low || rms > c.top {
			t.Errorf("%s: missed %d of 6, error %.4f px, not %g to %g", c.what, missed, rms, c.low, c.top)
		}
	}
}

func TestLoopsAreTheTargets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, name := range []string{"tag36h11-0", "tag36h11-301", "ring12-5", "ring12-693", "ring12-1983"} {
		if !IsName(name) {
			t.Errorf("%s is no name", name)
			continue
		}
		loops, side := Loops(name, 40)
		if side <= 40 || side > 60 {
			t.Errorf("%s: white to %g", name, side)
		}
		for range 3000 {
			x, y := rng.Float64()*1.2-0.6, rng.Float64()*1.2-0.6
			in := false
			for _, l := range loops {
				in = in != contains(l, 40*x, 40*y)
			}
			if in != darkAt(name, x, y) {
				// The polygons stand for circles to a thousandth of their radius.
				if ring, _, _ := parseName(name); ring && math.Abs(math.Mod(math.Hypot(x, y)*6+0.5, 1)-0.5) < 0.002 {
					continue
				}
				t.Fatalf("%s at (%g, %g): drawn %v", name, x, y, in)
			}
		}
	}
	if s, _ := Loops("ring12-1", 40); s != nil {
		t.Error("a ring with odd parity was drawn")
	}
}

func contains(s Loop, x, y float64) bool {
	in := false
	for i := range s {
		a, b := s[i], s[(i+1)%len(s)]
		if (a[1] > y) != (b[1] > y) && x < a[0]+(y-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			in = !in
		}
	}
	return in
}

func TestCodes(t *testing.T) {
	if TagCount() != 587 {
		t.Fatalf("%d words", TagCount())
	}
	least := 36
	for i, v := range tagWords {
		r := v
		for k := range 4 {
			for j := range i {
				least = min(least, bits.OnesCount64(r^tagWords[j]))
			}
			if r = turnTag(r); k < 3 {
				least = min(least, bits.OnesCount64(r^v))
			}
		}
		if r != v {
			t.Fatalf("four quarter turns of word %d change it", i)
		}
	}
	if least != 11 {
		t.Errorf("words differ in %d cells at least, not 11", least)
	}
	if id, ok := lookUpTag(turnTag(tagWords[123]) ^ 1<<20); !ok || id != 123 {
		t.Errorf("a turned word with one wrong cell gave %d, %v", id, ok)
	}
	if id, ok := lookUpTag(tagWords[123] ^ 0x7); ok {
		t.Errorf("a word with three wrong cells gave %d", id)
	}
	for name, want := range map[string]bool{"tag36h11-0": true, "tag36h11-587": false, "tag36h11-007": false, "tag36h11-": false,
		"ring12-5": true, "ring12-10": false, "ring12-4095": false, "ring12-1": false, "bar": false, "ring12--5": false} {
		if IsName(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	if n := len(RingCodes()); n < 100 || n > 200 {
		t.Errorf("%d rings", n)
	}
}

// Squares, circles, text-like clutter and noise hold no targets.
func TestNothingIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for k := range 6 {
		g := feature.Gray{W: 500, H: 400, Pix: make([]float32, 500*400)}
		for i := range g.Pix {
			g.Pix[i] = float32(0.6 + 0.05*rng.NormFloat64())
		}
		for range 400 {
			cx, cy, r, v := 500*rng.Float64(), 400*rng.Float64(), 4+20*rng.Float64(), float32(rng.Float64())
			kind := rng.IntN(4)
			for y := max(0, int(cy-r)); y < min(400, int(cy+r)); y++ {
				for x := max(0, int(cx-r)); x < min(500, int(cx+r)); x++ {
					d := math.Hypot(float64(x)-cx, float64(y)-cy)
					cell := (int(float64(x)-cx+r)/4*7 + int(float64(y)-cy+r)/4*13 + k) % 3
					if kind == 0 || kind == 1 && d < r || kind == 2 && math.Mod(d, 6) < 3 && d < r || kind == 3 && cell == 0 {
						g.Pix[y*500+x] = v
					}
				}
			}
		}
		if found := detect(t, g); len(found) > 0 {
			t.Errorf("picture %d: %+v", k, found)
		}
	}
	for _, g := range []feature.Gray{{}, {W: 3, H: 3, Pix: make([]float32, 9)}, {W: 100, H: 100, Pix: make([]float32, 10000)}, {W: 100, H: 100, Pix: make([]float32, 5)}} {
		if found := detect(t, g); len(found) > 0 {
			t.Errorf("%dx%d: %+v", g.W, g.H, found)
		}
	}
	nan := feature.Gray{W: 64, H: 64, Pix: make([]float32, 4096)}
	for i := range nan.Pix {
		nan.Pix[i] = float32(math.NaN())
	}
	detect(t, nan)
}

// One name at two places of a photo is at neither.
func TestCopies(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	a, _, _ := shot{name: "tag36h11-9", sizePx: 60, w: 200, h: 160}.make(rng)
	b, _, _ := shot{name: "tag36h11-10", sizePx: 60, w: 200, h: 160}.make(rng)
	join := func(l, r feature.Gray) feature.Gray {
		g := feature.Gray{W: 400, H: 160}
		for y := range 160 {
			g.Pix = append(append(g.Pix, l.Pix[y*200:(y+1)*200]...), r.Pix[y*200:(y+1)*200]...)
		}
		return g
	}
	if f := detect(t, join(a, a)); len(f) != 0 {
		t.Errorf("a copy: %+v", f)
	}
	if f := detect(t, join(b, a)); len(f) != 2 || f[0].Name != "tag36h11-10" || f[1].X < 200 {
		t.Errorf("two targets: %+v", f)
	}
}

func BenchmarkDetect(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 5))
	g := feature.Gray{W: 3000, H: 2000, Pix: make([]float32, 6000000)}
	for i := range g.Pix {
		g.Pix[i] = float32(0.5 + 0.3*math.Sin(float64(i%3000)/37)*math.Cos(float64(i/3000)/23) + 0.02*rng.NormFloat64())
	}
	for b.Loop() {
		if _, err := Detect(context.Background(), g); err != nil {
			b.Fatal(err)
		}
	}
}
