package fire

import (
	"context"
	"math"
	"strings"
	"testing"

	"firescene/formats"
)

const itemYAML = `id: I1
title: a sofa and petrol
origin: {room: R, at_m: [1, 1, 0]}
ignition: {time: 2026-03-01T21:14:00+08:00, uncertainty_s: 60}
rooms: [{name: R, min_m: [0, 0, 0], max_m: [4, 4, 2.5], wall: gypsum, wall_thick_m: 0.012}]
openings: [{name: D, from: R, to: outside, width_m: 0.9, sill_m: 0, head_m: 2}]
fuels:
- {name: A, at_m: [1, 1, 0], FUEL}
duration_s: 300
`

func TestItems(t *testing.T) {
	read := func(fuel string) (string, error) {
		h, err := ParseHypothesis([]byte(strings.Replace(itemYAML, "FUEL", fuel, 1)))
		if err != nil {
			if !formats.IsDamaged(err) || !strings.Contains(err.Error(), "line 8") {
				t.Errorf("%s: %v", fuel, err)
			}
			return "", err
		}
		f := &h.Fuels[0]
		if f.Source == "" || f.SpreadPct == 0 || f.RadiativeFraction == 0 {
			t.Errorf("%+v", f)
		}
		if _, err := Simulate(context.Background(), h); err != nil {
			t.Error(err)
		}
		return f.Name, nil
	}
	for _, fuel := range []string{"item: sofa", "item: pool_gasoline, area_m2: 0.3, mass_kg: 2", "item: t2_fast, growth: {peak_kW: 800, plateau_s: 60}, area_m2: 1", "item: bunkbed, spread_pct: 20"} {
		if _, err := read(fuel); err != nil {
			t.Error(err)
		}
	}
	for fuel, words := range map[string]string{
		"item: piano": "upholstered_chair", "item: sofa, mass_kg: 3": "no pool", "mass_kg: 3": "no pool", "item: t2_fast": "peak_kW", "item: pool_gasoline": "mass_kg",
		"item: sofa, growth: {alpha_kW_s2: 1, peak_kW: 5, decay_s: 3}": "keep one", "item: pool_ethanol, area_m2: -1, mass_kg: 2": "above 0", "item: t2_fast, growth: {alpha_kW_s2: 1, peak_kW: 5, decay_s: 3}": "keep one",
	} {
		if _, err := read(fuel); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", fuel, err)
		}
	}
}

// TestPoolMass: a pool burns its mass.
func TestPoolMass(t *testing.T) {
	for _, last := range []float64{0.5, 5, 60, 1000} {
		c := poolCurve(100, last)
		sum := 0.0
		for i := 1; i < len(c); i++ {
			if !(c[i][0] > c[i-1][0]) {
				t.Fatalf("%v", c)
			}
			sum += (c[i][1] + c[i-1][1]) / 2 * (c[i][0] - c[i-1][0])
		}
		if math.Abs(sum/(100*last)-1) > .02 {
			t.Errorf("%g s: %g of %g kJ", last, sum, 100*last)
		}
	}
}
