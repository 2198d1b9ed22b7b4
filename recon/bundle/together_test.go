package bundle

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"
)

// Where sightings of a neighbourhood err alike, the stations are known less well
// than so many independent ones would tell; where they do not, nothing is added.
func TestSightingsThatErrTogether(t *testing.T) {
	_, truth := scene{views: 4, points: 600, seed: 9}.make()
	truth.FixedView = make([]bool, len(truth.Poses))
	cam := &truth.Cameras[0]
	cell := cellShare * float64(max(cam.WidthPx, cam.HeightPx))
	opt := Options{MaxSteps: 100, Tolerate: 1e-12, Loss: 3}
	for _, c := range []struct {
		share            float64 // of the noise that neighbours have in common
		factorLo, factor float64
	}{{0, 1, 1.15}, {0.9, 1.3, 20}} {
		rng := rand.New(rand.NewPCG(3, 4))
		var station spread
		mean := 0.0
		const runs = 12
		for range runs {
			p := truth.clone()
			p.Obs = append([]Observation(nil), truth.Obs...)
			common := map[[4]int32][2]float64{}
			first := map[int32]int{} // of a point's sightings
			for k := range p.Obs {
				o := &p.Obs[k]
				if _, ok := first[o.Point]; !ok {
					first[o.Point] = k
				}
				at := truth.Obs[first[o.Point]]
				key := [4]int32{at.View, int32(at.Y / cell), int32(at.X / cell), o.View}
				if _, ok := common[key]; !ok {
					common[key] = [2]float64{rng.NormFloat64(), rng.NormFloat64()}
				}
				a, b := math.Sqrt(c.share), math.Sqrt(1-c.share)
				o.X += 0.4 * (a*common[key][0] + b*rng.NormFloat64())
				o.Y += 0.4 * (a*common[key][1] + b*rng.NormFloat64())
			}
			if _, err := Solve(context.Background(), p, opt); err != nil {
				t.Fatal(err)
			}
			got, err := Covariance(p, opt)
			if err != nil {
				t.Fatal(err)
			}
			mean += got.Together / runs
			place := fitted(p, truth, true)
			for v := range p.Poses {
				pos, _ := got.View(v)
				station.add(r3.Norm2(r3.Sub(place(p.Poses[v].Inverse().T), truth.Poses[v].Inverse().T)), pos[0]+pos[3]+pos[5])
			}
		}
		t.Logf("share %g: variance %.2f times, station predicted over found %.2f", c.share, mean, station.ratio())
		if mean < c.factorLo || mean > c.factor {
			t.Errorf("share %g: variance is said to be %.2f times that of independent sightings, expected %g to %g", c.share, mean, c.factorLo, c.factor)
		}
		if r := station.ratio(); r < 0.7 || r > 1.4 {
			t.Errorf("share %g: predicted over found %.2f", c.share, r)
		}
	}
}

// Unseen widens everything that the sightings alone determine.
func TestUnseenErrors(t *testing.T) {
	_, p := scene{views: 4, points: 40, seed: 2}.make()
	p.FixedView = make([]bool, len(p.Poses))
	p = renoised(p, p.Obs, 0.4, rand.New(rand.NewPCG(1, 1)))
	if _, err := Solve(context.Background(), p, Options{Loss: 3}); err != nil {
		t.Fatal(err)
	}
	a, err := Covariance(p, Options{Loss: 3})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Covariance(p, Options{Loss: 3, Unseen: 2})
	if err != nil {
		t.Fatal(err)
	}
	pa, _ := a.View(1)
	pb, _ := b.View(1)
	if r := math.Sqrt(pb[0] / pa[0]); math.Abs(r-2) > 1e-6 {
		t.Errorf("a station's standard deviation grows %.4f times, not 2", r)
	}
	if a.Sigma0 != b.Sigma0 {
		t.Error("the noise of the residuals is not what unseen errors change")
	}
}
