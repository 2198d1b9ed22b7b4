package exposure

import (
	"context"
	"math"
	"testing"
	"time"

	"firescene/recon"
	"firescene/recon/handcalc"
)

// furnace is the flux of the standard fire of ISO 834 to a cold gauge: radiation of
// its black gas and convection of 25 W/(m2 K).
func furnace(endS float64) *History {
	h := &History{AmbientC: 20}
	for t := 0.0; t <= endS; t += 5 {
		gas := 20 + 345*math.Log10(8*t/60+1)
		k := gas + handcalc.Kelvin
		h.TimeS = append(h.TimeS, t)
		h.GasC = append(h.GasC, gas)
		h.GaugeKW = append(h.GaugeKW, handcalc.SigmaSB*(math.Pow(k, 4)-math.Pow(293, 4))+0.025*(gas-20))
	}
	return h
}

// TestCharInTheStandardFire: EN 1995-1-2 gives 0.65 mm/min for softwood.
func TestCharInTheStandardFire(t *testing.T) {
	for _, min := range []float64{30, 60} {
		mm, _, err := Depth(furnace(60*min), "softwood", 0.08)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%.0f min: %.1f mm", min, mm)
		if r := mm / (0.65 * min); r < 0.8 || r > 1.25 {
			t.Errorf("%.0f min: %.1f mm, want %.1f", min, mm, 0.65*min)
		}
	}
}

// TestCalcinationInTheStandardFire: a board of 15.9 mm is calcined through after 20 to
// 35 minutes, as its back face leaves 100 C then in furnace tests.
func TestCalcinationInTheStandardFire(t *testing.T) {
	at := 0.0
	for m := 5.0; m <= 60 && at == 0; m++ {
		if mm, _, _ := Depth(furnace(60*m), "gypsum", 0.016); mm >= 15.4 {
			at = m
		}
	}
	t.Logf("through after %.0f min", at)
	if at < 14 || at > 35 {
		t.Errorf("through after %.0f min", at)
	}
}

// TestFrontGrowsWithExposure: no heat makes no char, and more heat more.
func TestFrontGrowsWithExposure(t *testing.T) {
	last := -1.0
	for _, q := range []float64{0, 5, 20, 40, 80} {
		h := &History{AmbientC: 20, TimeS: []float64{0, 600}, GaugeKW: []float64{q, q}}
		mm, _, _ := Depth(h, "pine", 0.05)
		if q <= 5 && mm != 0 || q > 5 && mm <= last {
			t.Errorf("%g kW/m2: %.2f mm after %.2f", q, mm, last)
		}
		last = mm
	}
	if _, _, err := Depth(&History{}, "marble", 0.05); err == nil {
		t.Error("marble chars")
	}
}

func burning(x, y float64) *recon.Hypothesis {
	return &recon.Hypothesis{
		ID: "H", DurationS: 400, Ignition: recon.Ignition{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		Origin:   recon.Origin{Room: "r", At: recon.Vec{x, y, 0.2}},
		Rooms:    []recon.Room{{Name: "r", Max: recon.Vec{4, 4, 2.4}, Wall: "gypsum", ThickM: 0.016}},
		Openings: []recon.Opening{{From: "r", To: "outside", WidthM: 0.9, HeadM: 2}},
		Fuels:    []recon.Fuel{{Name: "f", At: recon.Vec{x, y, 0.2}, AreaM2: 0.4, Curve: [][2]float64{{0, 0}, {60, 400}, {400, 400}}}},
	}
}

// TestExposureFallsWithDistance: a wall near the fire gets more than the opposite, a
// mirrored fire mirrors them, and what lies elsewhere is uncovered.
func TestExposureFallsWithDistance(t *testing.T) {
	points := []Point{{Name: "left", At: recon.Vec{0, 2, 0.8}}, {Name: "right", At: recon.Vec{4, 2, 0.8}}, {Name: "out", At: recon.Vec{9, 9, 1}}, {Name: "cable", At: recon.Vec{2, 2, 2.2}, Cable: 0.012}}
	a, err := Histories(context.Background(), burning(0.9, 2), points)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Histories(context.Background(), burning(3.1, 2), points)
	if err != nil {
		t.Fatal(err)
	}
	if a[0].MJ() < 1.5*a[1].MJ() || a[0].Surface != "wall" {
		t.Errorf("near %.2f, far %.2f MJ/m2, %s", a[0].MJ(), a[1].MJ(), a[0].Surface)
	}
	if math.Abs(a[0].MJ()/b[1].MJ()-1) > 1e-6 {
		t.Errorf("mirrored: %.4f and %.4f", a[0].MJ(), b[1].MJ())
	}
	if a[2].Uncovered == "" {
		t.Error("a point outside every room is predicted")
	}
	if n := len(a[3].InnerC); n == 0 || !(a[3].InnerC[n-1] > 40) {
		t.Errorf("the cable stays cold: %v", a[3].InnerC)
	}
}
