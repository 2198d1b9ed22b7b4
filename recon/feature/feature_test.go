package feature

import (
	"context"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// blobs is a synthetic photo with every knob: dark and bright spots of many sizes
// at known places.
type blobs struct {
	w, h, count int
	noise       float64
	contrast    float64
	seed        uint64
}

type blob struct{ x, y, sigma, height float64 }

func (k blobs) places() []blob {
	rng := rand.New(rand.NewPCG(k.seed, 11))
	out := make([]blob, k.count)
	for i := range out {
		out[i] = blob{20 + rng.Float64()*float64(k.w-40), 20 + rng.Float64()*float64(k.h-40), 2 + 4*rng.Float64(), k.contrast * (1 - 2*rng.Float64())}
	}
	return out
}

// render draws the blobs after a map of the plane: where a blob of the first
// photo lies in this one, turned by angle and scaled.
func (k blobs) render(list []blob, angle, scale float64) Gray {
	g := Gray{W: k.w, H: k.h, Pix: make([]float32, k.w*k.h)}
	rng := rand.New(rand.NewPCG(k.seed, uint64(1000*angle+scale)))
	for i := range g.Pix {
		g.Pix[i] = float32(0.5 + k.noise*rng.NormFloat64())
	}
	for _, b := range list {
		x, y := k.moved(b.x, b.y, angle, scale)
		s := b.sigma * scale
		for v := max(0, int(y-4*s)); v < min(k.h, int(y+4*s)); v++ {
			for u := max(0, int(x-4*s)); u < min(k.w, int(x+4*s)); u++ {
				dx, dy := float64(u)+0.5-x, float64(v)+0.5-y
				g.Pix[v*k.w+u] += float32(b.height * math.Exp(-(dx*dx+dy*dy)/(2*s*s)))
			}
		}
	}
	return g
}

func (k blobs) moved(x, y, angle, scale float64) (float64, float64) {
	cx, cy := float64(k.w)/2, float64(k.h)/2
	sin, cos := math.Sincos(angle)
	dx, dy := x-cx, y-cy
	return cx + scale*(cos*dx-sin*dy), cy + scale*(sin*dx+cos*dy)
}

func detect(t *testing.T, g Gray, opt Options) *Set {
	t.Helper()
	s, err := NewDetector(opt).Detect(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKeypointsLieOnBlobs(t *testing.T) {
	for _, c := range []struct {
		name   string
		opt    Options
		noise  float64
		lo, hi float64 // mean distance in pixels
	}{
		{"doubled", Options{}, 0, 0, 0.06},
		{"not doubled", Options{DoubleBelowPx: 1}, 0, 0, 0.1},
		{"noise", Options{}, 0.01, 0.01, 0.3},
	} {
		k := blobs{w: 400, h: 300, count: 25, contrast: 0.4, noise: c.noise, seed: 1}
		list := k.places()
		s := detect(t, k.render(list, 0, 1), c.opt)
		sum, n := 0.0, 0
		for _, b := range list {
			if math.Abs(b.height) < 0.1 || crowded(b, list) {
				continue
			}
			best := 9.0
			for _, p := range s.Points {
				if d := math.Hypot(float64(p.X)-b.x, float64(p.Y)-b.y); d < best && math.Abs(float64(p.SigmaPx)-b.sigma) < 0.35*b.sigma {
					best = d
				}
			}
			if best > 2 {
				t.Errorf("%s: no keypoint at the blob at %.1f,%.1f, sigma %.1f", c.name, b.x, b.y, b.sigma)
				continue
			}
			sum += best
			n++
		}
		if mean := sum / float64(n); n < 8 || mean < c.lo || mean > c.hi {
			t.Errorf("%s: %d blobs, keypoints %.3f px off, want %g to %g", c.name, n, mean, c.lo, c.hi)
		}
	}
}

func crowded(b blob, list []blob) bool {
	return slices.ContainsFunc(list, func(o blob) bool {
		return o != b && math.Hypot(o.x-b.x, o.y-b.y) < 4*(o.sigma+b.sigma)
	})
}

// TestDescriptorsFollowTurnAndScale matches a photo with a turned and scaled one
// by nearest descriptors: most must lie where the known map puts them.
func TestDescriptorsFollowTurnAndScale(t *testing.T) {
	k := blobs{w: 340, h: 340, count: 120, contrast: 0.5, noise: 0.004, seed: 2}
	list := k.places()
	first := detect(t, k.render(list, 0, 1), Options{})
	for _, m := range [][2]float64{{0, 1}, {2.5, 1}, {0.3, 0.75}, {-1, 1.25}} {
		second := detect(t, k.render(list, m[0], m[1]), Options{})
		right, made := 0, 0
		for i, o := range first.Owner {
			j, ratio := nearest(first.Desc[i*DescriptorLen:(i+1)*DescriptorLen], second.Desc)
			if ratio > 0.8 {
				continue
			}
			p, q := first.Points[o], second.Points[second.Owner[j]]
			x, y := k.moved(float64(p.X), float64(p.Y), m[0], m[1])
			made++
			if math.Hypot(x-float64(q.X), y-float64(q.Y)) < 2 {
				right++
			}
		}
		if made < 60 || float64(right) < 0.75*float64(made) {
			t.Errorf("turned by %g, scaled by %g: %d of %d matches are right", m[0], m[1], right, made)
		}
	}
}

func nearest(d, all []uint8) (best int, ratio float64) {
	d1, d2 := math.Inf(1), math.Inf(1)
	for j := range len(all) / DescriptorLen {
		sum := 0.0
		for k, v := range d {
			e := float64(v) - float64(all[j*DescriptorLen+k])
			sum += e * e
		}
		if sum < d1 {
			best, d1, d2 = j, sum, d1
		} else {
			d2 = min(d2, sum)
		}
	}
	return best, math.Sqrt(d1 / d2)
}

func TestSetKeepsItsPromises(t *testing.T) {
	k := blobs{w: 300, h: 200, count: 200, contrast: 0.5, noise: 0.02, seed: 3}
	g := k.render(k.places(), 0, 1)
	all := detect(t, g, Options{Enough: 1})
	few := detect(t, g, Options{Enough: 1, MaxFeatures: 40})
	if len(few.Points) > 40 || len(few.Points) < 35 || !slices.Equal(few.Points, all.Points[:len(few.Points)]) {
		t.Errorf("a cap of 40 kept %d of %d, or not the coarsest", len(few.Points), len(all.Points))
	}
	if len(all.Desc) != DescriptorLen*len(all.Owner) || len(all.Owner) < len(all.Points) {
		t.Fatalf("%d points, %d descriptors, %d bytes", len(all.Points), len(all.Owner), len(all.Desc))
	}
	for i := range all.Owner {
		n2 := 0
		for _, v := range all.Desc[i*DescriptorLen : (i+1)*DescriptorLen] {
			n2 += int(v) * int(v)
			if v > DescriptorMax {
				t.Fatalf("descriptor %d holds %d", i, v)
			}
		}
		if n2 > DescriptorNorm2Max || n2 < 50000 {
			t.Errorf("descriptor %d: squared norm %d", i, n2)
		}
	}
	// The same detector again, after another photo, gives the same.
	d := NewDetector(Options{Enough: 1})
	if _, err := d.Detect(context.Background(), k.render(k.places(), 1, 1)); err != nil {
		t.Fatal(err)
	}
	if again, _ := d.Detect(context.Background(), g); !reflect.DeepEqual(again, all) {
		t.Error("the result depends on what the detector saw before")
	}
}

func TestWeakContrastFillsUp(t *testing.T) {
	k := blobs{w: 300, h: 200, count: 60, contrast: 0.015, seed: 4}
	g := k.render(k.places(), 0, 1)
	plain := detect(t, g, Options{Enough: 1})
	if filled := detect(t, g, Options{}); len(filled.Points) < 2*len(plain.Points)+10 {
		t.Errorf("%d keypoints without filling up, %d with", len(plain.Points), len(filled.Points))
	}
	if flat := detect(t, blobs{w: 300, h: 200}.render(nil, 0, 1), Options{}); len(flat.Points) != 0 {
		t.Errorf("a plain wall gave %d keypoints", len(flat.Points))
	}
}

// TestHazeIsBroughtUp: what is too flat to give features as it is gives them with
// its contrast brought up, near the true places; a photo that gives enough is
// left as it is.
func TestHazeIsBroughtUp(t *testing.T) {
	k := blobs{w: 300, h: 220, count: 30, contrast: 0.008, seed: 1}
	list := k.places()
	g := k.render(list, 0, 1)
	d := NewDetector(Options{})
	if err := d.build(context.Background(), g); err != nil {
		t.Fatal(err)
	}
	plain, _ := d.searchAll(context.Background(), weakPeak*d.opt.Peak)
	up := detect(t, g, Options{})
	if !up.Equalised || len(up.Points) < 2*len(plain)+10 {
		t.Fatalf("%d keypoints as it is, %d brought up (%v)", len(plain), len(up.Points), up.Equalised)
	}
	near := 0 // keypoints that lie on a blob: the contrast that was brought up is the place's own
	for _, p := range up.Points {
		if slices.ContainsFunc(list, func(b blob) bool {
			return math.Hypot(float64(p.X)-b.x, float64(p.Y)-b.y) < 0.5*b.sigma
		}) {
			near++
		}
	}
	if near < len(up.Points)*2/3 {
		t.Errorf("%d of %d keypoints lie on blobs", near, len(up.Points))
	}
	clear := blobs{w: 400, h: 300, count: 900, contrast: 0.5, seed: 2}
	if s := detect(t, clear.render(clear.places(), 0, 1), Options{}); s.Equalised || len(s.Points) < 600 {
		t.Errorf("a clear photo of %d keypoints was changed: %v", len(s.Points), s.Equalised)
	}
}

func TestEqualisedKeepsOrderAndBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	g := Gray{W: 97, H: 61, Pix: make([]float32, 97*61)}
	for i := range g.Pix {
		g.Pix[i] = 0.4 + 0.02*rng.Float32()
	}
	e := Equalised(g, nil)
	lo, hi := slices.Min(e.Pix), slices.Max(e.Pix)
	if lo < 0 || hi > 1.001 || hi-lo < 2*0.02 || hi-lo > (equaliseGain+1)*0.02 {
		t.Errorf("a range of 0.02 became %g to %g", lo, hi)
	}
	// Within one place brighter stays brighter.
	for _, at := range []int{0, 50*97 + 40, 60*97 + 96} {
		last := float32(-1)
		for _, v := range []float32{0.1, 0.405, 0.41, 0.415, 0.9} {
			h := Gray{W: g.W, H: g.H, Pix: slices.Clone(g.Pix)}
			h.Pix[at] = v
			if got := Equalised(h, nil).Pix[at]; got < last {
				t.Errorf("brightness %g became %g, below a darker one", v, got)
			} else {
				last = got
			}
		}
	}
	for _, size := range [][2]int{{0, 0}, {1, 1}, {3, 200}} {
		Equalised(Gray{W: size[0], H: size[1], Pix: make([]float32, size[0]*size[1])}, nil)
	}
}

func TestDetectSmallAndCancelled(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {1, 1}, {15, 400}, {16, 16}, {17, 33}} {
		detect(t, blobs{w: size[0], h: size[1]}.render(nil, 0, 1), Options{})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewDetector(Options{}).Detect(ctx, blobs{w: 100, h: 100}.render(nil, 0, 1)); err == nil {
		t.Error("a cancelled search gave no error")
	}
}

// TestVectorsEqualPlain holds the vector path to the bits of the plain one.
func TestVectorsEqualPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	random := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = rng.Float32() - 0.5
			if rng.IntN(9) == 0 {
				v[i] = 0
			}
		}
		return v
	}
	for _, n := range []int{1, 7, 16, 31, 64, 101, 333} {
		kernel := gaussian(nil, 1.7)
		r := len(kernel) - 1
		var above, below [][]float32
		for range r {
			above, below = append(above, random(n)), append(below, random(n))
		}
		mid, row := random(n), random(n+2*r+blurPad)
		got, want := make([]float32, n), make([]float32, n)
		sumRows(got, mid, above, below, kernel)
		sumRowsPlain(want, mid, above, below, kernel, 0)
		if !slices.Equal(got, want) {
			t.Errorf("rows of %d: vector and plain differ", n)
		}
		sumTaps(got, row, kernel)
		sumTapsPlain(want, row, kernel, 0)
		if !slices.Equal(got, want) {
			t.Errorf("taps of %d: vector and plain differ", n)
		}
		pix, up, down := random(n+2), random(n), random(n)
		turn, wantTurn := make([]float32, n), make([]float32, n)
		gradients(got, turn, pix, up, down)
		gradientsPlain(want, wantTurn, pix, up, down, 0)
		if !slices.Equal(got, want) || !slices.Equal(turn, wantTurn) {
			t.Errorf("gradients of %d: vector and plain differ", n)
		}
	}
}

func TestDirection(t *testing.T) {
	for i := range 1000 {
		a := float64(i) * 2 * math.Pi / 1000
		got := float64(direction(float32(math.Sin(a)), float32(math.Cos(a))))
		d := math.Abs(got - a*angleBins/(2*math.Pi))
		if min(d, angleBins-d) > 0.02 {
			t.Errorf("%g rad: %g", a, got)
		}
	}
}

func TestGrayFrom(t *testing.T) {
	rgba := image.NewRGBA(image.Rect(3, 5, 11, 9))
	gray := image.NewGray(image.Rect(0, 0, 8, 4))
	ycc := image.NewYCbCr(image.Rect(0, 0, 8, 4), image.YCbCrSubsampleRatio420)
	deep := image.NewGray16(image.Rect(0, 0, 8, 4))
	for i := range ycc.Cb {
		ycc.Cb[i], ycc.Cr[i] = 128, 128
	}
	for y := range 4 {
		for x := range 8 {
			v := uint8(20*x + y)
			rgba.Set(3+x, 5+y, color.RGBA{v, v, v, 255})
			gray.SetGray(x, y, color.Gray{v})
			ycc.Y[ycc.YOffset(x, y)] = v
			deep.SetGray16(x, y, color.Gray16{uint16(v) * 257})
		}
	}
	for _, img := range []image.Image{rgba, gray, ycc, deep} {
		g, factor := GrayFrom(img, 0, nil)
		if g.W != 8 || g.H != 4 || factor != 1 || math.Abs(float64(g.Pix[8*2+3])-62.0/255) > 2e-3 {
			t.Errorf("%T: %dx%d, factor %d, %v", img, g.W, g.H, factor, g.Pix[8*2+3]*255)
		}
		half, factor := GrayFrom(img, 5, nil)
		if half.W != 4 || half.H != 2 || factor != 2 || math.Abs(float64(half.Pix[1])-50.5/255) > 2e-3 {
			t.Errorf("%T halved: %dx%d, factor %d, %v", img, half.W, half.H, factor, half.Pix[1]*255)
		}
	}
}

func BenchmarkDetect6Mpx(b *testing.B) {
	k := blobs{w: 3072, h: 2048, count: 9000, contrast: 0.4, noise: 0.01, seed: 6}
	g := k.render(k.places(), 0, 1)
	d := NewDetector(Options{})
	for b.Loop() {
		if _, err := d.Detect(context.Background(), g); err != nil {
			b.Fatal(err)
		}
	}
}
