package handcalc

import (
	"math"
	"testing"
)

// TestLayerJetIsAlpertsWithoutALayer: with everything at ambient temperature the
// integral model follows the correlation of the same experiments.
func TestLayerJetIsAlpertsWithoutALayer(t *testing.T) {
	const ambient = AmbientStdC + Kelvin
	for _, c := range []struct{ q, h float64 }{{100, 2}, {250, 2}, {1000, 5}, {5000, 10}} {
		j := NewLayerJet(c.q, 0.7, c.h, c.h, ambient, ambient, ambient, 2*c.h)
		for _, x := range []float64{0.2, 0.5, 1, 1.5, 2} {
			r := x * c.h
			if got, want := j.Rise(r), CeilingJetRise(c.q, c.h, r); math.Abs(math.Log(got/want)) > 0.32 {
				t.Errorf("%g kW, %g m, r/H %g: rise %.1f, Alpert %.1f", c.q, c.h, x, got, want)
			}
			if got, want := j.Velocity(r), CeilingJetVelocity(c.q, c.h, r); math.Abs(math.Log(got/want)) > 0.25 {
				t.Errorf("%g kW, %g m, r/H %g: velocity %.2f, Alpert %.2f", c.q, c.h, x, got, want)
			}
		}
	}
}

// TestLayerJetLosesHeat: it falls with distance, faster in a layer, and below the
// layer's temperature under a cold ceiling in the end.
func TestLayerJetLosesHeat(t *testing.T) {
	cold := NewLayerJet(200, 0.7, 2, 2, 293, 293, 293, 4)
	hot := NewLayerJet(200, 0.7, 2, 1, 493, 393, 293, 4)
	if a, b := hot.Rise(2.5)/hot.Rise(1), cold.Rise(2.5)/cold.Rise(1); a >= b {
		t.Errorf("in the layer the share kept is %.2f, without it %.2f", a, b)
	}
	last := math.Inf(1)
	for r := 0.0; r < 4; r += 0.1 {
		v := hot.Rise(r)
		if v > last || math.IsNaN(v) {
			t.Fatalf("rise %.2f at %.1f m after %.2f", v, r, last)
		}
		last = v
	}
	if v := NewLayerJet(100, 0.7, 2, 1, 450, 300, 293, 12).Rise(12); v >= 0 {
		t.Errorf("far under a cold ceiling the jet is %.1f K warmer than the layer", v)
	}
	for _, j := range []*LayerJet{NewLayerJet(0, 0.7, 2, 1, 300, 300, 293, 3), NewLayerJet(1, 0.7, 2, 1, 900, 300, 293, 3), {}} {
		if j.Rise(1) != 0 || j.Velocity(1) != 0 {
			t.Error("no fire gives a jet")
		}
	}
}
