package geom

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

// twoViews has every knob of a synthetic pair of photos.
type twoViews struct {
	points   int
	noise    float64 // standard deviation on the image plane
	outliers float64 // share of pairs that are wrong
	planar   bool
	turnOnly bool
	seed     uint64
}

// make gives world points in the first camera's frame, their images, and the
// true pose of the second camera.
func (k twoViews) make() (world []r3.Vec, a, b []Point2, pose recon.Pose) {
	rng := rand.New(rand.NewPCG(k.seed, 17))
	vec := func(s float64) r3.Vec {
		return r3.Vec{X: s * rng.NormFloat64(), Y: s * rng.NormFloat64(), Z: s * rng.NormFloat64()}
	}
	pose = recon.Pose{Q: Rotation(vec(0.15)), T: r3.Unit(r3.Vec{X: 1, Y: 0.3 * rng.NormFloat64(), Z: 0.3 * rng.NormFloat64()})}
	if k.turnOnly {
		pose.T = r3.Vec{}
	}
	noisy := func(c r3.Vec) Point2 {
		return Point2{c.X/c.Z + k.noise*rng.NormFloat64(), c.Y/c.Z + k.noise*rng.NormFloat64()}
	}
	for len(world) < k.points {
		p := r3.Vec{X: 4*rng.Float64() - 2, Y: 4*rng.Float64() - 2, Z: 4 + 4*rng.Float64()}
		if k.planar {
			p.Z = 5 + 0.3*p.X
		}
		c := pose.Apply(p)
		if c.Z < 1 {
			continue
		}
		u, v := noisy(p), noisy(c)
		if rng.Float64() < k.outliers {
			v = Point2{rng.Float64() - 0.5, rng.Float64() - 0.5}
		}
		world, a, b = append(world, p), append(a, u), append(b, v)
	}
	return world, a, b, pose
}

func TestRealRoots(t *testing.T) {
	for _, want := range [][]float64{{0}, {-3, 2}, {-1e-3, 1e-3, 5}, {-7, -2, -1, 0.5, 0.6, 1, 3, 4, 8, 11}} {
		coef := []float64{1}
		for _, r := range want {
			next := make([]float64, len(coef)+1)
			for i, c := range coef {
				next[i+1] += c
				next[i] -= r * c
			}
			coef = next
		}
		got := realRoots(nil, coef)
		slices.Sort(got)
		if len(got) != len(want) {
			t.Errorf("roots %v: got %v", want, got)
			continue
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-7 {
				t.Errorf("roots %v: got %v", want, got)
			}
		}
	}
	for _, none := range [][]float64{{0}, {1}, {1, 0, 1}, {math.NaN(), 1}, {math.Inf(1), 1}} {
		if got := realRoots(nil, none); len(got) != 0 {
			t.Errorf("%v: got %v", none, got)
		}
	}
}

func TestFivePointContainsTruth(t *testing.T) {
	// Five points of a plane are close to a double root: a few in a hundred may
	// be lost to rounding, and RANSAC draws again.
	lost := 0
	for seed := range uint64(400) {
		planar := seed%4 == 0
		_, a, b, pose := twoViews{points: 5, seed: seed, planar: planar}.make()
		want := essential(pose)
		best := 9.0
		for _, e := range FivePoint(nil, (*[5]Point2)(a), (*[5]Point2)(b)) {
			best = min(best, distanceUpToSign(&e, &want))
		}
		switch {
		case best < 1e-4:
		case planar:
			lost++
		default:
			t.Errorf("seed %d: nearest solution is %g away", seed, best)
		}
	}
	if lost > 8 {
		t.Errorf("%d of 100 planar samples lost", lost)
	}
}

func distanceUpToSign(a, b *Mat3) float64 {
	plus, minus := 0.0, 0.0
	for i := range a {
		plus += (a[i] - b[i]) * (a[i] - b[i])
		minus += (a[i] + b[i]) * (a[i] + b[i])
	}
	return math.Sqrt(min(plus, minus))
}

func TestP3PContainsTruth(t *testing.T) {
	for seed := range uint64(200) {
		world, _, b, pose := twoViews{points: 3, seed: seed}.make()
		best := 9.0
		for _, p := range P3P(nil, (*[3]r3.Vec)(world), (*[3]Point2)(b)) {
			best = min(best, RotationAngle(p, pose)+r3.Norm(r3.Sub(p.T, pose.T)))
		}
		if best > 1e-6 {
			t.Errorf("seed %d: nearest solution is %g away", seed, best)
		}
	}
	line := [3]r3.Vec{{Z: 4}, {X: 1, Z: 4}, {X: 2, Z: 4}}
	if got := P3P(nil, &line, &[3]Point2{{0, 0}, {0.25, 0}, {0.5, 0}}); len(got) != 0 {
		t.Errorf("points on a line: %v", got)
	}
}

// Noise is 0.5 px at a focal length of 1000 px; the errors must be in the band
// that it explains, not below it.
func TestEstimateRelative(t *testing.T) {
	for _, c := range []struct {
		name             string
		knobs            twoViews
		minRot, maxRot   float64 // degrees
		minDir, maxDir   float64
		minGood, maxGood float64 // share of inliers
	}{
		{"exact", twoViews{points: 200}, 0, 1e-6, 0, 1e-6, 1, 1},
		{"noise", twoViews{points: 300, noise: 0.0005}, 1e-4, 0.2, 1e-3, 0.8, 0.98, 1},
		{"half wrong", twoViews{points: 400, noise: 0.0005, outliers: 0.5}, 1e-4, 0.25, 1e-3, 1, 0.4, 0.6},
		// Two poses explain a plane; only the fit can be asked for.
		{"plane", twoViews{points: 300, noise: 0.0005, planar: true}, 0, 180, 0, 180, 0.95, 1},
	} {
		for seed := range uint64(4) {
			c.knobs.seed = seed
			_, a, b, want := c.knobs.make()
			got, ok := EstimateRelative(a, b, RansacOptions{Threshold: 0.002, Seed: seed})
			if !ok {
				t.Errorf("%s: nothing found", c.name)
				continue
			}
			rot := RotationAngle(got.SecondFromFirst, want) * 180 / math.Pi
			dir := AngleBetween(got.SecondFromFirst.T, want.T) * 180 / math.Pi
			good := float64(got.Count) / float64(len(a))
			if rot < c.minRot || rot > c.maxRot || dir < c.minDir || dir > c.maxDir || good < c.minGood || good > c.maxGood {
				t.Errorf("%s, seed %d: rotation %g deg, direction %g deg, inliers %.2f", c.name, seed, rot, dir, good)
			}
		}
	}
}

func TestEstimateAbsolute(t *testing.T) {
	for seed := range uint64(5) {
		world, _, b, want := twoViews{points: 300, noise: 0.0005, outliers: 0.6, seed: seed}.make()
		got, sup, ok := EstimateAbsolute(world, b, RansacOptions{Threshold: 0.002, Seed: seed})
		rot, shift := RotationAngle(got, want)*180/math.Pi, r3.Norm(r3.Sub(got.T, want.T))
		if !ok || rot > 0.1 || rot < 1e-5 || shift > 0.01 || sup.Count < 90 || sup.Count > 150 {
			t.Errorf("seed %d: rotation %g deg, shift %g, %d inliers", seed, rot, shift, sup.Count)
		}
	}
}

func TestHomographyTellsPlaneAndTurnFromDepth(t *testing.T) {
	for _, c := range []struct {
		name     string
		knobs    twoViews
		min, max float64
	}{
		{"plane", twoViews{points: 200, noise: 0.0003, planar: true}, 0.97, 1},
		{"turn on the spot", twoViews{points: 200, noise: 0.0003, turnOnly: true}, 0.97, 1},
		{"depth", twoViews{points: 200, noise: 0.0003}, 0.02, 0.5},
	} {
		_, a, b, _ := c.knobs.make()
		_, sup, _ := EstimateHomography(a, b, RansacOptions{Threshold: 0.002})
		if share := float64(sup.Count) / 200; share < c.min || share > c.max {
			t.Errorf("%s: %.2f of the pairs fit a homography", c.name, share)
		}
	}
}

func TestTriangulate(t *testing.T) {
	world, a, b, pose := twoViews{points: 100, noise: 0.0005, seed: 3}.make()
	sum := 0.0
	for i, w := range world {
		got, ok := Triangulate([]Sighting{{recon.IdentityPose(), a[i]}, {pose, b[i]}})
		if !ok {
			t.Fatalf("point %d: none", i)
		}
		sum += r3.Norm(r3.Sub(got, w))
	}
	// Depth 6, baseline 1, 0.0005 noise: about 6*6*0.0005*sqrt(2) along the ray.
	if mean := sum / 100; mean < 0.003 || mean > 0.05 {
		t.Errorf("mean error %g", mean)
	}
	if _, ok := Triangulate([]Sighting{{recon.IdentityPose(), a[0]}}); ok {
		t.Error("one sighting gave a point")
	}
	away := recon.Pose{Q: Rotation(r3.Vec{Y: 0.5}), T: r3.Vec{X: 1}}
	if p, ok := Triangulate([]Sighting{{recon.IdentityPose(), Point2{}}, {away, Point2{-0.9, 0}}}); ok {
		t.Errorf("rays that part gave %v", p)
	}
}

func TestRansacSameSeedSameResult(t *testing.T) {
	_, a, b, _ := twoViews{points: 200, noise: 0.001, outliers: 0.4, seed: 9}.make()
	first, _ := EstimateRelative(a, b, RansacOptions{Threshold: 0.003, Seed: 5})
	again, _ := EstimateRelative(a, b, RansacOptions{Threshold: 0.003, Seed: 5})
	if first.SecondFromFirst != again.SecondFromFirst || first.Cost != again.Cost {
		t.Error("the same seed gave two results")
	}
	if _, ok := EstimateRelative(a[:4], b[:4], RansacOptions{Threshold: 0.003}); ok {
		t.Error("four pairs gave a pose")
	}
}

func BenchmarkFivePoint(b *testing.B) {
	_, x, y, _ := twoViews{points: 5, seed: 1}.make()
	var out []Mat3
	for b.Loop() {
		out = FivePoint(out[:0], (*[5]Point2)(x), (*[5]Point2)(y))
	}
}

func BenchmarkP3P(b *testing.B) {
	w, _, y, _ := twoViews{points: 3, seed: 1}.make()
	var out []recon.Pose
	for b.Loop() {
		out = P3P(out[:0], (*[3]r3.Vec)(w), (*[3]Point2)(y))
	}
}
