package geom

import (
	"math"
	"math/rand/v2"
	"testing"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

var epipolarChance = Chance{Sample: 5, Models: 10, PerUnit: 2.8, Power: 1} // of a picture of one unit

// residualsOf are those of the pose that RANSAC finds.
func residualsOf(a, b []Point2, limit float64) []float64 {
	rel, ok := EstimateRelative(a, b, RansacOptions{Threshold: limit, Seed: 3})
	if !ok {
		return nil
	}
	out := make([]float64, len(a))
	for i := range out {
		out[i] = rel.EpipolarResidual2(&a[i], &b[i])
	}
	return out
}

// The threshold must follow the noise, within a small factor, though the
// estimation was given one three to thirty times larger.
func TestContrarioFollowsNoise(t *testing.T) {
	for _, noise := range []float64{1e-4, 3e-4, 1e-3} {
		_, a, b, _ := twoViews{points: 300, noise: noise, outliers: 0.3, seed: 4}.make()
		limit2, logFalse := Contrario(residualsOf(a, b, 3e-3), 9e-6, epipolarChance)
		if got := math.Sqrt(limit2) / noise; got < 1.2 || got > 5 || logFalse > -50 {
			t.Errorf("noise %g: threshold %.2f times that, %.0f decades from chance", noise, got, logFalse)
		}
	}
}

func TestContrarioKnowsChance(t *testing.T) {
	worth := 0
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 8))
		a, b := make([]Point2, 60), make([]Point2, 60)
		for i := range a {
			a[i] = Point2{rng.Float64() - 0.5, rng.Float64() - 0.5}
			b[i] = Point2{rng.Float64() - 0.5, rng.Float64() - 0.5}
		}
		if r := residualsOf(a, b, 5e-3); r != nil {
			if _, logFalse := Contrario(r, 2.5e-5, epipolarChance); logFalse < 0 {
				worth++
			}
		}
	}
	if worth > 1 {
		t.Errorf("%d of 20 sets of random matches were given a meaning", worth)
	}
	if _, logFalse := Contrario([]float64{0, 0, 0}, 1, epipolarChance); logFalse <= 0 {
		t.Error("three matches were given a meaning")
	}
}

func TestRotationFromRays(t *testing.T) {
	for _, c := range []struct{ noise, outliers, least, most float64 }{{0, 0, 0, 1e-7}, {5e-4, 0.4, 1e-6, 3e-4}} {
		_, a, b, pose := twoViews{points: 200, noise: c.noise, outliers: c.outliers, turnOnly: true, seed: 6}.make()
		turn, sup, ok := EstimateRotation(a, b, RansacOptions{Threshold: 3e-3})
		if off := RotationAngle(turn, pose); !ok || off < c.least || off > c.most || float64(sup.Count) < 190*(1-c.outliers)-20 {
			t.Errorf("noise %g: off by %g rad, %d agree", c.noise, off, sup.Count)
		}
	}
}

// GRIC must name the simplest geometry that made the matches.
func TestGRICNamesTheGeometry(t *testing.T) {
	const noise = 5e-4
	for _, c := range []struct {
		name  string
		knobs twoViews
		want  int
	}{
		{"depth", twoViews{points: 200, noise: noise}, 0},
		{"plane", twoViews{points: 200, noise: noise, planar: true}, 1},
		{"turn", twoViews{points: 200, noise: noise, turnOnly: true}, 2},
	} {
		for seed := range uint64(4) {
			c.knobs.seed = seed
			_, a, b, _ := c.knobs.make()
			opt := RansacOptions{Threshold: 6 * noise}
			h, _, _ := EstimateHomography(a, b, opt)
			turn, _, _ := EstimateRotation(a, b, opt)
			fits := []Fit{{Dimension: 3, Params: 5, Residual2: residualsOf(a, b, 6*noise)}, {Dimension: 2, Params: 8}, {Dimension: 2, Params: 3}}
			for i := range a {
				fits[1].Residual2 = append(fits[1].Residual2, HomographyResidual2(&h, &a[i], &b[i])/2)
				fits[2].Residual2 = append(fits[2].Residual2, RotationResidual2(&turn, &a[i], &b[i])/2)
			}
			best := 0
			for i := range fits {
				if fits[i].GRIC(noise) < fits[best].GRIC(noise) {
					best = i
				}
			}
			if best != c.want {
				t.Errorf("%s, seed %d: named %d", c.name, seed, best)
			}
		}
	}
}

func TestRefinedComesBackToTruth(t *testing.T) {
	_, a, b, pose := twoViews{points: 150, noise: 1e-4, seed: 2}.make()
	all := make([]bool, len(a))
	for i := range all {
		all[i] = true
	}
	from := recon.Pose{Q: Turned(pose, r3.Vec{X: 0.02, Z: -0.01}, r3.Vec{}).Q, T: pose.T}
	if got := Refined(from, a, b, all); RotationAngle(got.SecondFromFirst, pose) > 5e-4 || AngleBetween(got.SecondFromFirst.T, pose.T) > 3e-3 {
		t.Errorf("off by %g and %g rad", RotationAngle(got.SecondFromFirst, pose), AngleBetween(got.SecondFromFirst.T, pose.T))
	}
}
