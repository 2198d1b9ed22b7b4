package sfm

import (
	"context"
	"math"
	"testing"

	"firescene/recon"
	"firescene/recon/bundle"
	"gonum.org/v1/gonum/spatial/r3"
)

// The last adjustment, built again from the model, is at its least already; off
// it, it comes back to the same shape.
func TestProblemIsTheLastAdjustment(t *testing.T) {
	s, _ := synthetic{photos: 7, points: 400, stepDeg: 9, reach: 4, noisePx: 0.4, k1: -0.05, source: "guess"}.make()
	m, err := s.mapMatches(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p := Problem(m)
	rep, err := bundle.Solve(context.Background(), p, bundle.Options{MaxSteps: 30})
	if err != nil {
		t.Fatal(err)
	}
	if p.Free[0]&bundle.Focal == 0 || rep.Before-rep.End > 1e-2*rep.Before {
		t.Errorf("freedom %b; the model's cost fell from %g to %g", p.Free[0], rep.Before, rep.End)
	}
	ratio := func() float64 {
		c := m.Views
		return r3.Norm(r3.Sub(c[0].Centre(), c[3].Centre())) / r3.Norm(r3.Sub(c[2].Centre(), c[6].Centre()))
	}
	before, mean := ratio(), m.MeanPx
	for i := range p.Points {
		p.Points[i].X += 0.01 * math.Sin(float64(i))
	}
	p.Cameras[0].FxPx *= 1.02
	p.Cameras[0].FyPx *= 1.02
	if _, err := bundle.Solve(context.Background(), p, bundle.Options{MaxSteps: 100, Tolerate: 1e-9}); err != nil {
		t.Fatal(err)
	}
	Adopt(m, p)
	if math.Abs(ratio()/before-1) > 2e-3 || math.Abs(m.MeanPx-mean) > 0.02 {
		t.Errorf("distances' ratio %g became %g, mean error %g became %g px", before, ratio(), mean, m.MeanPx)
	}
}

// Sightings that are known better count more: with half of them exact and said to
// be so, the noise of the others hardly shows in the stations.
func TestReadjustWeighsSightings(t *testing.T) {
	off := func(weighed bool) float64 {
		k := synthetic{photos: 6, points: 300, stepDeg: 9, reach: 5, noisePx: 0.8, source: "given", seed: 4}
		s, poses := k.make()
		m, err := s.mapMatches(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		k.noisePx = 0
		same, _ := k.make() // the same sightings without noise
		at := map[[2]float32][2]float32{}
		for i := range s.photos {
			for j, key := range s.photos[i].keys {
				if j < len(same.photos[i].keys) {
					at[[2]float32{key.x, key.y}] = [2]float32{same.photos[i].keys[j].x, same.photos[i].keys[j].y}
				}
			}
		}
		for v := range m.Views {
			w := &m.Views[v]
			w.KeySigmaPx = make([]float32, len(w.Keypoints))
			for j, p := range w.PointIdx {
				w.KeySigmaPx[j] = 0.8
				if p%2 == 0 {
					w.Keypoints[j] = at[w.Keypoints[j]]
					if weighed {
						w.KeySigmaPx[j] = 0.01
					}
				}
			}
		}
		if err := Readjust(t.Context(), m, 2); err != nil {
			t.Fatal(err)
		}
		// Angles between stations' directions do not depend on frame and scale.
		sum := 0.0
		for a := range poses {
			for b := range a {
				want := poses[a].Mul(poses[b].Inverse())
				got := m.Views[a].CamFromWorld.Mul(m.Views[b].CamFromWorld.Inverse())
				sum += angleOf(want.Mul(got.Inverse()))
			}
		}
		return sum
	}
	plain, weighed := off(false), off(true)
	t.Logf("rotations off by %.5f rad without weights, %.5f with", plain, weighed)
	if !(weighed < 0.3*plain) {
		t.Errorf("weights take the rotations' error from %g to %g only", plain, weighed)
	}
}

func angleOf(p recon.Pose) float64 { return 2 * math.Acos(min(math.Abs(p.Q.Real), 1)) }
