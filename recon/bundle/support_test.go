package bundle

import (
	"context"
	"math"
	"testing"
)

// The predicted deviation is that of the estimates over many draws of the noise.
func TestCentreSigmaIsTheSpread(t *testing.T) {
	const draws = 24
	sum, predicted := 0.0, 0.0
	for seed := range uint64(draws) {
		p, _ := scene{views: 8, points: 150, noisePx: 0.5, startOff: 0.01, free: Focal | Principal, seed: seed}.make()
		for i := range p.Obs {
			p.Obs[i].SigmaPx = 0.5
		}
		if _, err := Solve(context.Background(), p, Options{MaxSteps: 60, Tolerate: 1e-9}); err != nil {
			t.Fatal(err)
		}
		sigma, err := CentreSigma(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		sum += sq(p.Cameras[0].CxPx-500) + sq(p.Cameras[0].CyPx-400)
		predicted += sq(sigma[0][0]) + sq(sigma[0][1])
	}
	if ratio := math.Sqrt(sum / predicted); ratio < 0.6 || ratio > 1.4 {
		t.Errorf("the spread is %.2f of what was predicted", ratio)
	}
}

func TestCentreSigmaWhereNothingHolds(t *testing.T) {
	p, _ := scene{views: 6, points: 40, free: Principal}.make()
	p.Obs = nil
	sigma, err := CentreSigma(p, Options{})
	if err != nil || !(sigma[0][0] > 20) {
		t.Errorf("without sightings: %v, %v", sigma, err)
	}
	p, _ = scene{views: 6, points: 40}.make()
	if sigma, err := CentreSigma(p, Options{}); err != nil || sigma[0] != [2]float64{} {
		t.Errorf("a fixed principal point: %v, %v", sigma, err)
	}
}

func sq(v float64) float64 { return v * v }
