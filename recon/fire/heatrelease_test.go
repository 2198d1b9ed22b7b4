package fire

import (
	"math"
	"testing"

	"firescene/recon"
)

func TestHeatRelease(t *testing.T) {
	curve := &recon.Fuel{Curve: [][2]float64{{0, 0}, {10, 100}, {30, 0}}, IgnitesAtS: 5}
	hold := &recon.Fuel{Curve: [][2]float64{{0, 50}, {10, 80}}}
	grow := &recon.Fuel{Growth: &recon.Growth{AlphaKWs2: 0.01, PeakKW: 100, PlateauS: 50, DecayS: 100}}
	for _, c := range []struct {
		f    *recon.Fuel
		t, q float64
	}{
		{curve, 4, 0}, {curve, 10, 50}, {curve, 15, 100}, {curve, 25, 50}, {curve, 99, 0},
		{hold, 0, 50}, {hold, 500, 80},
		{grow, 50, 25}, {grow, 100, 100}, {grow, 149, 100}, {grow, 200, 50}, {grow, 251, 0},
	} {
		if q := HeatRelease(c.f, c.t); math.Abs(q-c.q) > 1e-9 {
			t.Errorf("at %g s: %g kW, want %g", c.t, q, c.q)
		}
	}
}

func TestBiasSpread(t *testing.T) {
	e := []float64{10, 20, 30, 40, 50, 60}
	m := make([]float64, len(e))
	for i := range e {
		m[i] = 1.2 * e[i]
	}
	if d, s, n := BiasSpread(e, m, 0.07); math.Abs(d-1.2) > 1e-9 || s != 0 || n != 6 {
		t.Errorf("a model that is 1.2 times all: %g, %g, %d", d, s, n)
	}
	if _, _, n := BiasSpread([]float64{1, -1, 2}, []float64{1, 1, math.NaN()}, 0.1); n != 1 {
		t.Errorf("%d usable, want 1", n)
	}
}
