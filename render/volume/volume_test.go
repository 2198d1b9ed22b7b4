package volume

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"firescene/recon"

	"gonum.org/v1/gonum/spatial/r3"
)

// smokeOf is a box of smoke with the same extinction all over it.
func smokeOf(lo, hi r3.Vec, cells int, k float32) *recon.Gas {
	g := &recon.Gas{Box: r3.Box{Min: lo, Max: hi}, Cells: [3]int{cells, cells, cells}}
	for range g.Len() {
		g.ExtinctionM = append(g.ExtinctionM, k)
	}
	return g
}

var smokeOnly = Look{Smoke: true, SmokeRGB: [3]float32{0.2, 0.2, 0.2}}

// ahead looks along +Y from a place, 64 x 48 pixels.
func ahead(eye r3.Vec) Camera {
	return Camera{Eye: [3]float64{eye.X, eye.Y, eye.Z}, Right: [3]float64{1, 0, 0}, Down: [3]float64{0, 0, -1}, Forward: [3]float64{0, 1, 0}, FocalPx: 60, Near: 0.01, Width: 64, Height: 48}
}

func march(cam Camera, depth float32, workers int, fields ...*Field) *Picture {
	d := make([]float32, cam.Width*cam.Height)
	for i := range d {
		d[i] = depth
	}
	var p Picture
	p.March(fields, cam, d, workers)
	return &p
}

// TestBeerLambert: the opacity of smoke is 1 - exp(-K l) with l the true length of the
// path through it, straight on and aslant, with and without a wall in it.
func TestBeerLambert(t *testing.T) {
	for _, k := range []float32{0.05, 0.3, 1.5, 8} {
		f := Pack(smokeOf(r3.Vec{X: -2, Y: 1, Z: -2}, r3.Vec{X: 2, Y: 4, Z: 2}, 6, k), smokeOnly, 2)
		for _, wall := range []float32{0, 2.25} {
			cam := ahead(r3.Vec{})
			p := march(cam, wall, 3, f)
			for _, at := range [][2]int{{16, 12}, {3, 2}, {30, 20}} {
				x, y := (float64(2*at[0]+1)-32)/60, (float64(2*at[1]+1)-24)/60
				to := 4.0
				if wall > 0 {
					to = float64(wall)
				}
				if math.Abs(x)*to > 2 || math.Abs(y)*to > 2 {
					continue // leaves by a side
				}
				want := 1 - math.Exp(-float64(k)*(to-1)*math.Sqrt(1+x*x+y*y))
				i := 4 * (at[1]*p.Width + at[0])
				if got := float64(p.RGBA[i+3]) / 255; math.Abs(got-want) > 0.0065 {
					t.Errorf("K %g, wall %g, pixel %v: opacity %.4f, want %.4f", k, wall, at, got, want)
				}
				if c := float64(p.RGBA[i]) / 255; math.Abs(c-0.2*want) > 0.004 {
					t.Errorf("K %g: colour %.3f, want %.3f", k, c, 0.2*want)
				}
			}
		}
	}
}

// TestParallelAndSlabs: a parallel view through a part of the box.
func TestParallelAndSlabs(t *testing.T) {
	f := Pack(smokeOf(r3.Vec{X: -1, Y: 1, Z: -1}, r3.Vec{X: 1, Y: 3, Z: 1}, 4, 0.7), smokeOnly, 1)
	cam := ahead(r3.Vec{})
	cam.Parallel, cam.FocalPx = true, 20
	cam.Slabs = []Slab{{Axis: [3]float64{0, 1, 0}, Mid: 2.5, Half: 0.75}}
	p := march(cam, 0, 2, f)
	at := func(x, y int) float64 { return float64(p.RGBA[4*(y*p.Width+x)+3]) / 255 }
	if want := 1 - math.Exp(-0.7*1.25); math.Abs(at(16, 12)-want) > 0.005 {
		t.Errorf("opacity %.4f, want %.4f", at(16, 12), want)
	}
	if at(1, 12) != 0 || at(16, 0) != 0 {
		t.Error("smoke beside the box")
	}
}

// TestOverlap: where boxes overlap their gas adds up, in any order.
func TestOverlap(t *testing.T) {
	a := Pack(smokeOf(r3.Vec{X: -3, Y: 1, Z: -3}, r3.Vec{X: 3, Y: 4, Z: 3}, 5, 0.2), smokeOnly, 1)
	b := Pack(smokeOf(r3.Vec{X: -3, Y: 2, Z: -3}, r3.Vec{X: 3, Y: 3, Z: 3}, 9, 0.5), smokeOnly, 1)
	p, q := march(ahead(r3.Vec{}), 0, 1, a, b), march(ahead(r3.Vec{}), 0, 1, b, a)
	i := 4 * (12*p.Width + 16)
	x := 1.0 / 60
	want := 1 - math.Exp(-(0.2*3+0.5*1)*math.Sqrt(1+2*x*x))
	if got := float64(p.RGBA[i+3]) / 255; math.Abs(got-want) > 0.005 {
		t.Errorf("opacity %.4f, want %.4f", got, want)
	}
	for k := range p.RGBA {
		if d := int(p.RGBA[k]) - int(q.RGBA[k]); d < -1 || d > 1 {
			t.Fatalf("byte %d: %d in one order, %d in the other", k, p.RGBA[k], q.RGBA[k])
		}
	}
}

// clouds is gas of all kinds at random, much of it empty.
func clouds(seed uint64) *recon.Gas {
	rng := rand.New(rand.NewPCG(seed, 3))
	g := &recon.Gas{Box: r3.Box{Min: r3.Vec{X: -2, Y: 1, Z: -1.5}, Max: r3.Vec{X: 2, Y: 6, Z: 1.5}}, Cells: [3]int{23, 31, 17}}
	for i := range g.Len() {
		x, y := i%23, i/23%31
		v := [3]float32{20, 0, 0}
		if x > 13 && y > 9 || x < 4 && y < 5 {
			v = [3]float32{20 + 900*rng.Float32(), 2 * rng.Float32(), 800 * rng.Float32()}
		}
		g.TempC, g.ExtinctionM, g.HRRKWM3 = append(g.TempC, v[0]), append(g.ExtinctionM, v[1]), append(g.HRRKWM3, v[2])
	}
	return g
}

var allOf = Look{Smoke: true, SmokeRGB: [3]float32{0.15, 0.15, 0.16},
	Temperature: &Scale{From: 30, To: 600, Sigma: []float32{0, 0.3, 0.5}, RGB: [][3]float32{{0, 0, 1}, {1, 1, 0}, {1, 0, 0}}},
	Heat:        &Scale{From: 50, To: 500, Sigma: []float32{0, 4}, RGB: [][3]float32{{1, 0.4, 0}, {1, 1, 0.5}}}}

// TestSameBytes: any number of workers and the plain form give the same picture.
func TestSameBytes(t *testing.T) {
	f := Pack(clouds(1), allOf, 3)
	cam := ahead(r3.Vec{X: 0.3, Z: 0.2})
	p := march(cam, 5.2, 1, f)
	if q := march(cam, 5.2, 7, Pack(clouds(1), allOf, 1)); !bytes.Equal(p.RGBA, q.RGBA) || !p.Covered {
		t.Error("seven workers: another picture, or an empty one")
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		sp := span{step: 0.04}
		for k := range 3 {
			sp.o[k] = 1 + rng.Float32()*float32(f.cells[k]-3)
			sp.d[k] = (1 + rng.Float32()*float32(f.cells[k]-3) - sp.o[k]) / 2
		}
		a, b := [4]float32{0.1, 0.2, 0, 0}, [4]float32{0.1, 0.2, 0, 0}
		l, r := f.gather(&sp, 0.02, 0.04, 50, 0.05, &a, 0.9), f.gatherPlain(&sp, 0.02, 0.04, 50, 0.05, &b, 0.9)
		if a != b || l != r {
			t.Fatalf("along %+v: %v %g by vectors, %v %g plain", sp, a, l, b, r)
		}
	}
	for range 20_000 {
		x, y, z := 0.5+rng.Float32()*23, 0.5+rng.Float32()*31, 0.5+rng.Float32()*17
		var a, b [4]float32
		f.sample(x, y, z, &a)
		f.samplePlain(x, y, z, &b)
		if a != b {
			t.Fatalf("at %g %g %g: %v by vectors, %v plain", x, y, z, a, b)
		}
	}
}

// TestEmptyBricks: passing over what is empty changes nothing.
func TestEmptyBricks(t *testing.T) {
	f := Pack(clouds(2), allOf, 2)
	cam := ahead(r3.Vec{X: -0.4, Z: 0.1})
	p := march(cam, 0, 2, f)
	skipped := 0
	for i := range f.solid {
		if !f.solid[i] {
			skipped++
		}
		f.solid[i] = true
	}
	q := march(cam, 0, 2, f)
	if skipped == 0 {
		t.Fatal("no brick is empty")
	}
	for k := range p.RGBA {
		if d := int(p.RGBA[k]) - int(q.RGBA[k]); d < -1 || d > 1 {
			t.Fatalf("byte %d: %d with empty bricks passed over, %d without", k, p.RGBA[k], q.RGBA[k])
		}
	}
}

// TestStrangeGas: numbers that gas should not have do no harm.
func TestStrangeGas(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	g := smokeOf(r3.Vec{Y: 1}, r3.Vec{X: 1, Y: 2, Z: 1}, 3, 1)
	g.ExtinctionM[3], g.ExtinctionM[7], g.ExtinctionM[9] = nan, inf, -4
	g.TempC = append([]float32{nan, inf, -inf}, g.ExtinctionM[3:]...)
	p := march(ahead(r3.Vec{X: 0.5, Z: 0.5}), 0, 1, Pack(g, allOf, 1))
	for i := 0; i < len(p.RGBA); i += 4 {
		if p.RGBA[i] > p.RGBA[i+3]+1 {
			t.Fatal("a colour above its opacity")
		}
	}
	for name, g := range map[string]*recon.Gas{
		"no cells": {}, "no values": {Cells: [3]int{2, 2, 2}, Box: r3.Box{Max: r3.Vec{X: 1, Y: 1, Z: 1}}},
		"inside out": {Cells: [3]int{1, 1, 1}, ExtinctionM: []float32{1}, Box: r3.Box{Min: r3.Vec{X: 1}}},
		"endless":    {Cells: [3]int{1, 1, 1}, ExtinctionM: []float32{1}, Box: r3.Box{Max: r3.Vec{X: math.Inf(1), Y: 1, Z: 1}}},
		"huge":       {Cells: [3]int{1 << 20, 1 << 20, 1 << 20}, ExtinctionM: []float32{1}}, "clear": smokeOf(r3.Vec{}, r3.Vec{X: 1, Y: 1, Z: 1}, 2, 0),
	} {
		if Pack(g, allOf, 1) != nil {
			t.Errorf("%s: something to be seen", name)
		}
	}
}

func TestFade(t *testing.T) {
	for x := float32(0); x < 20; x += 0.01 {
		left, lost := fade(x)
		if d := float64(left) - math.Exp(-float64(x)); math.Abs(d) > 1e-4 {
			t.Fatalf("fade(%g) is off by %g", x, d)
		}
		if d := float64(left+x*lost) - 1; math.Abs(d) > 1e-5 {
			t.Fatalf("fade(%g): what is left and lost differs from 1 by %g", x, d)
		}
	}
}

// BenchmarkMarch marches a room of 128 x 96 x 48 cells, half of it smoke, at half of
// 1280 x 720 on one core.
func BenchmarkMarch(b *testing.B) {
	g := &recon.Gas{Box: r3.Box{Min: r3.Vec{X: -3, Y: 1, Z: -1.2}, Max: r3.Vec{X: 3, Y: 6, Z: 1.3}}, Cells: [3]int{128, 96, 48}}
	for i := range g.Len() {
		z := i / (128 * 96)
		k := float32(0)
		if z > 24 {
			k = 0.4 + 0.2*float32(math.Sin(float64(i)))
		}
		g.ExtinctionM, g.TempC = append(g.ExtinctionM, k), append(g.TempC, 20+300*k)
	}
	f := Pack(g, allOf, 1)
	cam := ahead(r3.Vec{})
	cam.Width, cam.Height, cam.FocalPx = 1280, 720, 700
	depth := make([]float32, 1280*720)
	for i := range depth {
		depth[i] = 5.5
	}
	var p Picture
	for b.Loop() {
		p.March([]*Field{f}, cam, depth, 1)
	}
}

// BenchmarkPack makes the same gas ready, as each new moment of a replay needs.
func BenchmarkPack(b *testing.B) {
	g := clouds(1)
	for b.Loop() {
		Pack(g, allOf, 1)
	}
}
