package target

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// site is a simulated room corner with spheres, a ball of another size, a pipe and
// a checkerboard, seen from the origin.
type site struct {
	spheres [][3]float64
	radius  []float64
	board   [3]float64 // on the wall y = 3
	stepRad float64
	noiseM  float64
}

// scan casts the beams of a scanner at the origin.
func (s site) scan() (xyz, intensity []float32) {
	rng := rand.New(rand.NewPCG(11, 12))
	for az := 0.95; az < 2.2; az += s.stepRad {
		for el := -0.45; el < 0.45; el += s.stepRad {
			d := [3]float64{math.Cos(el) * math.Cos(az), math.Cos(el) * math.Sin(az), math.Sin(el)}
			t, v := 3/d[1], 0.7 // wall y = 3
			if d[2] < 0 && -1.5/d[2] < t {
				t, v = -1.5/d[2], 0.4
			} else if x, z := t*d[0]-s.board[0], t*d[2]-s.board[2]; math.Abs(x) < 0.15 && math.Abs(z) < 0.15 {
				// turned by 11 degrees, so that rows of beams do not run along its lines
				u, w := x*math.Cos(0.2)+z*math.Sin(0.2), z*math.Cos(0.2)-x*math.Sin(0.2)
				v = 0.05
				if (u > 0) == (w > 0) {
					v = 0.9
				}
			}
			// an upright pipe of radius .06 at (-.6, 2.6)
			a := d[0]*d[0] + d[1]*d[1]
			b := (2.6*d[1] - 0.6*d[0]) / a
			if disc := b*b - (2.6*2.6+0.6*0.6-0.06*0.06)/a; disc > 0 && b-math.Sqrt(disc) < t {
				t, v = b-math.Sqrt(disc), 0.6
			}
			for i, c := range s.spheres {
				b := dot(c, d)
				if disc := b*b - dot(c, c) + s.radius[i]*s.radius[i]; disc > 0 && b-math.Sqrt(disc) < t {
					t, v = b-math.Sqrt(disc), 0.9
				}
			}
			t += s.noiseM * rng.NormFloat64()
			for k := range 3 {
				xyz = append(xyz, float32(t*d[k]))
			}
			intensity = append(intensity, float32(v*(1+0.05*rng.NormFloat64())))
		}
	}
	return xyz, intensity
}

func testSite() site {
	return site{
		spheres: [][3]float64{{0.3, 1.5, 0.2}, {-0.9, 1.8, -0.3}, {-0.2, 2.4, 0.5}, {0.9, 2.2, -0.5}},
		radius:  []float64{0.0725, 0.0725, 0.0725, 0.12}, // the last is a ball, no target
		board:   [3]float64{1.2, 3, 0.5}, stepRad: 0.003, noiseM: 0.0007,
	}
}

func TestFind(t *testing.T) {
	s := testSite()
	xyz, intensity := s.scan()
	var first []Target
	for _, workers := range []int{1, 3} {
		got, err := Find(context.Background(), xyz, intensity, Options{Spheres: true, Boards: true, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		} else if !slices.Equal(first, got) {
			t.Error("another result for another number of workers")
		}
	}
	spheres, boards := 0, 0
	for _, g := range first {
		want, limit := s.board, 0.002 // beams are 10 mm apart there
		if g.Kind == Sphere {
			spheres++
			want, limit = s.spheres[0], 0.0005
			for _, c := range s.spheres[1:3] {
				if norm(sub(c, g.Centre)) < norm(sub(want, g.Centre)) {
					want = c
				}
			}
			if g.SizeM != 0.0725 {
				t.Errorf("radius %g", g.SizeM)
			}
		} else {
			boards++
		}
		e := norm(sub(want, g.Centre))
		t.Logf("%s: %.3f mm off, sigma %.3f mm, %d points", g.Kind, 1000*e, 1000*g.SigmaM, g.Points)
		if e > limit || e > 5*g.SigmaM {
			t.Errorf("%+v: %g m off", g, e)
		}
	}
	if spheres != 3 || boards != 1 {
		t.Errorf("%d spheres and %d boards, want 3 and 1", spheres, boards)
	}
	if got, err := Find(context.Background(), nil, nil, Options{Spheres: true}); err != nil || got != nil {
		t.Error(got, err)
	}
}

// TestMatch finds common targets by distances, and none where distances do not
// decide.
func TestMatch(t *testing.T) {
	at := func(p ...float64) Target {
		return Target{Kind: Sphere, SizeM: 0.0725, SigmaM: 1e-4, Centre: [3]float64(p)}
	}
	a := []Target{at(0, 0, 0), at(2, 0, 0.3), at(0, 3, 0.5), at(1, 1, 1.7)}
	turned := func(t Target) Target { // by 90 degrees about z, and moved
		c := t.Centre
		t.Centre = [3]float64{5 - c[1], c[0] - 2, c[2] + 1}
		return t
	}
	b := []Target{at(9, 9, 9), turned(a[3]), turned(a[0]), turned(a[2])}
	got := Match(a, b)
	if want := []Common{{0, 2}, {2, 3}, {3, 1}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	square := []Target{at(0, 0, 0), at(1, 0, 0), at(1, 1, 0), at(0, 1, 0)}
	if got := Match(square, square); got != nil {
		t.Errorf("a square matches four ways, got %v", got)
	}
	line := []Target{at(0, 0, 0), at(1, 0, 0), at(3, 0, 0)}
	if got := Match(line, line); got != nil {
		t.Errorf("a line leaves a turn open, got %v", got)
	}
	if got := Match(a[:2], a[:2]); got != nil {
		t.Errorf("two targets: %v", got)
	}
}

func BenchmarkFind(b *testing.B) {
	s := testSite()
	s.stepRad = 0.0015
	xyz, intensity := s.scan()
	for b.Loop() {
		if _, err := Find(context.Background(), xyz, intensity, Options{Spheres: true, Boards: true, Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(intensity)*b.N)/b.Elapsed().Seconds(), "points/s")
}
