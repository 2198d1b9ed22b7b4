package room

import (
	"context"
	"image"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"firescene/recon"

	"gonum.org/v1/gonum/spatial/r3"
)

// coarse is a burnt room with textures of 4 cm, enough for geometry.
var coarse = sync.OnceValue(func() *Scene {
	s := assemble(NewLayout(5), 5, true, 0.04)
	if err := s.traceLight(context.Background(), 2, nil); err != nil {
		panic(err)
	}
	return s
})

func smallCamera() recon.Camera {
	return recon.Camera{WidthPx: 160, HeightPx: 120, FxPx: 130, FyPx: 130, CxPx: 80, CyPx: 60, K1: -0.03}
}

func TestTreeFindsWhatEveryTriangleTestedInTurnFinds(t *testing.T) {
	s := coarse()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		o := r3.Vec{X: 0.3 + 4*rng.Float64(), Y: 0.3 + 3*rng.Float64(), Z: 0.5 + 1.5*rng.Float64()}
		d := r3.Unit(r3.Vec{X: rng.NormFloat64(), Y: rng.NormFloat64(), Z: rng.NormFloat64()})
		want := hit{t: 100, tri: -1}
		for i := range s.bvh.tris {
			s.bvh.meet(int32(i), o, d, 1e-3, &want)
		}
		got, ok := s.bvh.first(o, d, 1e-3, 100, -1)
		if ok != (want.tri >= 0) || ok && math.Abs(got.t-want.t) > 1e-9 {
			t.Fatalf("from %v along %v: %v at %g, want %g", o, d, ok, got.t, want.t)
		}
	}
}

func TestLookAtPutsTheTargetOnTheAxis(t *testing.T) {
	eye, target := r3.Vec{X: 1, Y: 2, Z: 1.6}, r3.Vec{X: 4, Y: 2.5, Z: 1}
	p := LookAt(eye, target, 0.1)
	c := p.Apply(target)
	if math.Abs(c.X) > 1e-9 || math.Abs(c.Y) > 1e-9 || math.Abs(c.Z-r3.Norm(r3.Sub(target, eye))) > 1e-9 {
		t.Errorf("target is at %v of the camera", c)
	}
	if up := p.Rotate(r3.Vec{Z: 1}); up.Y > -0.9 {
		t.Errorf("up is %v in the picture, want about -Y", up)
	}
	if got := p.Inverse().T; r3.Norm(r3.Sub(got, eye)) > 1e-9 {
		t.Errorf("centre is %v, want %v", got, eye)
	}
}

func TestUndistortInvertsTheModel(t *testing.T) {
	c := recon.Camera{K1: -0.05, K2: 0.01}
	for _, p := range [][2]float64{{0, 0}, {0.3, -0.2}, {-0.6, 0.45}} {
		r2 := p[0]*p[0] + p[1]*p[1]
		k := 1 + r2*(c.K1+r2*c.K2)
		x, y := undistort(c, p[0]*k, p[1]*k)
		if math.Hypot(x-p[0], y-p[1]) > 1e-7 {
			t.Errorf("%v comes back as %g, %g", p, x, y)
		}
	}
}

// What the raster proposes and the ray then decides must be what the ray alone
// finds: else photographs would not be of the scene that scans measure.
func TestPhotographSeesTheFirstSurface(t *testing.T) {
	s := coarse()
	cam := smallCamera()
	wrong, total := 0, 0
	for _, shot := range s.Shots(3, cam, 5) {
		seen := s.rasterise(shot)
		inv := shot.CamFromWorld.Inverse()
		for y := 2; y < cam.HeightPx; y += 5 {
			for x := 2; x < cam.WidthPx; x += 5 {
				dx, dy := undistort(cam, (float64(x)+0.3-cam.CxPx)/cam.FxPx, (float64(y)+0.6-cam.CyPx)/cam.FyPx)
				d := inv.Rotate(r3.Vec{X: dx, Y: dy, Z: 1})
				total++
				h, ok := s.bvh.first(inv.T, d, 0.02, 1e3, -1)
				cx, cy := int(dx*seen.scale+seen.cx), int(dy*seen.scale+seen.cy)
				if tri := seen.tri[cy*seen.nx+cx]; ok && tri >= 0 {
					if depth := 1 / float64(seen.depth[cy*seen.nx+cx]); math.Abs(depth-h.t) > 0.15 {
						wrong++
					}
				}
			}
		}
	}
	if wrong*50 > total {
		t.Errorf("%d of %d rays disagree with the raster; edges alone give under 2 %%", wrong, total)
	}
}

// One ray through a smooth pixel must say what four rays say, or photographs
// would shift with what lies near.
func TestSmoothPixelsLookLikeSampledOnes(t *testing.T) {
	s := coarse()
	shot := s.Shots(2, smallCamera(), 5)[0]
	v := view{scene: s, cam: shot.Camera, fromCam: shot.CamFromWorld.Inverse(), seen: s.rasterise(shot)}
	v.m = v.fromCam.Matrix()
	smooth, total, dev := 0, 0, 0.0
	for y := range shot.Camera.HeightPx {
		for x := range shot.Camera.WidthPx {
			at := func(dx, dy float64) (float64, float64) {
				return undistort(shot.Camera, (float64(x)+dx-shot.Camera.CxPx)/shot.Camera.FxPx, (float64(y)+dy-shot.Camera.CyPx)/shot.Camera.FyPx)
			}
			total++
			one, ok := v.smooth(at(0.5, 0.5))
			if !ok {
				continue
			}
			smooth++
			four := 0.0
			for _, k := range [4][2]float64{{0.25, 0.25}, {0.75, 0.25}, {0.25, 0.75}, {0.75, 0.75}} {
				c := v.radiance(at(k[0], k[1]))
				four += tone(c[1]) / 4
			}
			dev += math.Abs(tone(one[1]) - four)
		}
	}
	if smooth*3 < total || dev/float64(smooth) > 0.02 {
		t.Errorf("%d of %d pixels are smooth, off by %.3f of white", smooth, total, dev/float64(smooth))
	}
}

// Tiles meet without a seam, whichever is drawn first.
func TestTilesMeet(t *testing.T) {
	s := coarse()
	f := s.surfaces[0] // the window wall, some 120 texels wide
	if f.nx <= tileTexels {
		t.Fatalf("%d texels are one tile", f.nx)
	}
	border := (tileTexels + 0.5) / float64(f.nx) * f.w
	for i := range 40 {
		v := f.h * (float64(i) + 0.5) / 40
		a, b := f.look(s, border-1e-6, v, 0), f.look(s, border+1e-6, v, 0)
		for q := range 3 {
			if math.Abs(a[q]-b[q]) > 1e-3 {
				t.Fatalf("at v %.2f: %v left of the border, %v right of it", v, a, b)
			}
		}
	}
	tl := f.draw(s, 0, 0)
	if tl.levels < 2 || tl.w[0] != tileTexels+1 || tl.w[1] != tileTexels/2 {
		t.Errorf("%d levels, widths %v", tl.levels, tl.w)
	}
	mean := func(pix []uint32) float64 {
		sum := 0.0
		for _, c := range pix {
			sum += float64(c >> 8 & 255)
		}
		return sum / float64(len(pix))
	}
	if a, b := mean(tl.pix[0]), mean(tl.pix[tl.levels-1]); math.Abs(a-b) > 8 {
		t.Errorf("mean green %.1f at level 0, %.1f at the last", a, b)
	}
}

func TestToneFollowsTheFormula(t *testing.T) {
	last := -1.0
	for i := range 2000 {
		x := 5 * float64(i) / 2000
		y := 1.9 * x
		y = y * (1 + y/9) / (1 + y)
		want := 12.92 * y
		if y > 0.0031308 {
			want = min(1, 1.055*math.Pow(y, 1/2.4)-0.055)
		}
		if got := tone(x); math.Abs(got-want) > 1e-3 || got < last {
			t.Fatalf("tone(%g) = %g, want %g and no less than %g", x, got, want, last)
		}
		last = tone(x)
	}
}

func TestPhotographDoesNotDependOnWorkers(t *testing.T) {
	s := coarse()
	shot := s.Shots(2, smallCamera(), 5)[1]
	a, err1 := s.Photograph(context.Background(), shot, 1)
	b, err2 := s.Photograph(context.Background(), shot, 4)
	if err1 != nil || err2 != nil || string(a.Pix) != string(b.Pix) {
		t.Errorf("pictures differ (%v, %v)", err1, err2)
	}
	if lo, hi := spread(a); hi-lo < 60 {
		t.Errorf("the picture spans grey %d to %d: not a lit room", lo, hi)
	}
}

// spread is the 5th and 95th percentile of a picture's green.
func spread(img *image.RGBA) (lo, hi int) {
	var count [256]int
	for i := 1; i < len(img.Pix); i += 4 {
		count[img.Pix[i]]++
	}
	n := len(img.Pix) / 4
	sum := 0
	lo = -1
	for v, c := range count {
		sum += c
		if lo < 0 && sum > n/20 {
			lo = v
		}
		if sum > n*19/20 {
			return lo, v
		}
	}
	return lo, 255
}

func TestScanMeasuresTheRoomToItsNoise(t *testing.T) {
	s := coarse()
	for _, st := range s.Stations(180, 60, 5) {
		p, err := s.Scan(context.Background(), st, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.XYZ) < 180*60*9/10 || len(p.RGB) != len(p.XYZ) || len(p.Intensity) != len(p.XYZ) {
			t.Fatalf("%s: %d points of %d directions", st.Name, len(p.XYZ), 180*60)
		}
		// Residuals of points on the wall x = 0 against that plane.
		var sum float64
		n := 0
		for i, x := range p.XYZ {
			w := st.WorldFromScan.Apply(r3.Vec{X: x[0], Y: x[1], Z: x[2]})
			if math.Abs(w.X) < 0.01 && w.Y > s.Door.Max.Y+0.1 && w.Z > 1.0 && w.Z < 1.25 {
				sum += w.X * w.X
				n++
			}
			if p.Intensity[i] < 0 || p.Intensity[i] > 1 {
				t.Fatalf("intensity %g", p.Intensity[i])
			}
		}
		if rms := math.Sqrt(sum / float64(max(1, n))); n < 10 || rms > 1.3*st.NoiseM || rms < 0.3*st.NoiseM {
			t.Errorf("%s: wall RMS %.2f mm over %d points, range noise %.2f mm", st.Name, 1000*rms, n, 1000*st.NoiseM)
		}
	}
}

func TestDamageFollowsTheFire(t *testing.T) {
	s := coarse()
	wall := func(y, z float64) place { return place{p: r3.Vec{X: s.Size.X, Y: y, Z: z}, n: r3.Vec{X: -1}} }
	above, far := wall(s.Origin.Y, 1.7), wall(0.5, 1.7)
	if s.clean(above.p, above.n) < 0.5 || s.clean(far.p, far.n) > 0.1 {
		t.Errorf("clean burn %.2f above the origin, %.2f far from it", s.clean(above.p, above.n), s.clean(far.p, far.n))
	}
	if lo, hi := s.soot(wall(0.5, s.SootLineM-0.4).p), s.soot(wall(0.5, s.SootLineM+0.5).p); lo > 0.3 || hi < 0.7 {
		t.Errorf("soot %.2f below the line, %.2f above", lo, hi)
	}
	if b := Before(s.Layout, 5); b.soot(above.p) != 0 || b.char(above.p) != 0 {
		t.Error("the room is damaged before the fire")
	}
}

func TestSurveillanceShowsFlamesAtTheOriginAndThenNothing(t *testing.T) {
	l := NewLayout(5)
	v, err := Before(l, 5).Survey(context.Background(), 176, 144, 2)
	if err != nil {
		t.Fatal(err)
	}
	at := v.CamFromWorld.Apply(r3.Add(l.Origin, r3.Vec{Z: 0.2}))
	x, y := int(v.Camera.FxPx*at.X/at.Z+v.Camera.CxPx), int(v.Camera.FyPx*at.Y/at.Z+v.Camera.CyPx)
	red := func(m Moment) int {
		img := v.Still(m)
		most := 0
		for dy := -5; dy <= 5; dy++ {
			for dx := -5; dx <= 5; dx++ {
				c := img.RGBAAt(x+dx, y+dy)
				most = max(most, int(c.R)-int(c.B))
			}
		}
		return most
	}
	calm, fire := red(Moment{LayerM: l.Size.Z}), red(Moment{LayerM: l.Size.Z, FlameM: 0.6, PlumeK: 0.5, FlickerNo: 2})
	if fire < calm+60 {
		t.Errorf("red over blue at the origin: %d in calm, %d in fire", calm, fire)
	}
	if lo, hi := spread(v.Still(Moment{LayerM: 1.2, LayerK: 5, FlameM: 1})); hi-lo > 70 {
		t.Errorf("white-out spans grey %d to %d", lo, hi)
	}
}

func TestLayerSpanIsWhatLiesAboveItsUnderside(t *testing.T) {
	l := newLayer(Moment{LayerM: 1.3, LayerK: 1}, 2.5) // frays down to 1 m
	for _, c := range []struct{ z0, dz, t, from, to float64 }{
		{2, 0, 3, 0, 3}, {0.5, 0, 3, 0, 0}, {2, -1, 2, 0, 1}, {0, 1, 3, 1, 3}, {2, -1, 0.5, 0, 0.5}, {0.5, -1, 1, 0, 0},
	} {
		if from, to := l.span(c.z0, c.dz, c.t); math.Abs(from-c.from) > 1e-12 || math.Abs(to-c.to) > 1e-12 {
			t.Errorf("%+v: %g to %g", c, from, to)
		}
	}
}

func TestSmokeIsDenserAboveAndGrowsWithExtinction(t *testing.T) {
	eye := r3.Vec{X: 0.2, Y: 0.2, Z: 2.3}
	across := func(k, dz float64) float64 {
		sum := 0.0
		for i := range uint32(20) {
			a, _ := newLayer(Moment{LayerM: 1.4, LayerK: k, FlickerNo: i}, 2.5).along(eye, r3.Vec{X: 1, Y: 0.6, Z: dz}, 3, 0.5)
			sum += a / 20
		}
		return sum
	}
	if level, down := across(0.5, 0), across(0.5, -0.7); level < down+0.1 || down < 0.05 {
		t.Errorf("opacity %.2f level, %.2f downward", level, down)
	}
	if thin, thick := across(0.1, 0), across(2, 0); thin > 0.5 || thick < 0.9 {
		t.Errorf("opacity %.2f thin, %.2f thick", thin, thick)
	}
}
