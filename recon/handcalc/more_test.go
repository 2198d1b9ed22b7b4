package handcalc

import (
	"math"
	"testing"
)

func TestMoreCorrelations(t *testing.T) {
	rise, vel := McCaffreyPlume(57, 0.1, 293)
	before, velBefore := McCaffreyPlume(1, 0.2, 293)
	after, velAfter := McCaffreyPlume(1, 0.2001, 293)
	g := Material{0.17e-3, 960, 1.1}
	thick := IgnitionThick(g, 673, 293, 20)
	for _, c := range []struct {
		name           string
		got, want, rel float64
	}{
		// NBSIR 79-1910: about 870 K in the flame; the three parts meet.
		{"McCaffrey flame", rise, 872.5, 0.03}, {"McCaffrey flame velocity", vel, 2.16, 0.01},
		{"McCaffrey's parts meet", after, before, 0.05}, {"McCaffrey's parts meet, velocity", velAfter, velBefore, 0.02},
		// Without loss dT = Q t / (m cp): 100 kW, 60 s, 50 m3.
		{"Beyler without walls", BeylerRise(100, 90, 50, Material{}, 293.15, 60), 6000 / (1.2041 * 50 * 1.005), 1e-3},
		// 0.7854 * 0.17952 * (380/20)^2
		{"thick solid", thick, 0.7854 * 0.17952 * 361, 1e-3},
		{"thin solid", IgnitionThin(g, 0.001, 673, 293, 20), 960 * 1.1 * 0.001 * 19, 1e-9},
		// Half of all directions lie before an element that touches an endless cylinder.
		{"long cylinder close by", cylinderFactor(1000, 1.0001, 1), 0.5, 0.01},
		// From afar the factor is that of the rectangle 2r h in the normal's direction: over pi l^2.
		{"cylinder from afar", cylinderFactor(1, 100, 0.5), 1 / (math.Pi * 1e4), 0.02},
	} {
		if math.Abs(c.got-c.want) > c.rel*math.Abs(c.want) {
			t.Errorf("%s: %.5g, want %.5g", c.name, c.got, c.want)
		}
	}
	if at, ok := FluxTime([]float64{0, 100}, []float64{30, 30}, 10, 2, 8000); !ok || math.Abs(at-20) > 1e-9 {
		t.Errorf("flux-time product: %g %v", at, ok)
	}
	if _, ok := FluxTime([]float64{0, 100}, []float64{5, 5}, 10, 2, 1); ok {
		t.Error("it ignites below the critical flux")
	}
	last := 0.0
	for s := 1.0; s < 1000; s *= 2 {
		v := BeylerRise(100, 90, 50, g, 293, s)
		if v <= last || math.IsNaN(v) {
			t.Fatalf("Beyler at %g s: %g after %g", s, v, last)
		}
		last = v
	}
	// The solid flame meets the point source within a factor of two at some diameters.
	if a, b := SolidFlameFlux(2000, 1.5, 5, 1), PointSourceFlux(2000, 0.35, 5); a/b > 3 || b/a > 3 {
		t.Errorf("solid flame %.2f, point source %.2f", a, b)
	}
	for _, v := range []float64{SolidFlameFlux(0, 1, 3, 1), SolidFlameFlux(500, 1, 0.4, 1), BeylerRise(0, 1, 1, g, 293, 1)} {
		if v != 0 {
			t.Errorf("nothing gives %g", v)
		}
	}
	if up, down := SolidFlameFlux(800, 0.5, 1.5, -0.5), SolidFlameFlux(800, 0.5, 1.5, 6); !(up > 0 && down > 0) {
		t.Errorf("above and below: %g %g", up, down)
	}
}
