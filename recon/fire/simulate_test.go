package fire

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"firescene/recon"
	"firescene/recon/handcalc"
)

// livingRoom is a burnt room of 4.8 x 3.6 x 2.5 m with a door, a growing fire at
// the given place and three detectors.
func livingRoom(x, y float64) *recon.Hypothesis {
	return &recon.Hypothesis{
		ID: "H1", Title: "test",
		Origin:   recon.Origin{Room: "living", At: recon.Vec{x, y, 0.3}, RadiusM: 0.4},
		Ignition: recon.Ignition{Time: time.Date(2026, 3, 1, 13, 14, 0, 0, time.UTC), UncertaintyS: 60},
		Rooms:    []recon.Room{{Name: "living", Max: recon.Vec{4.8, 3.6, 2.5}, Wall: "gypsum", ThickM: 0.0125}, {Name: "hall", Min: recon.Vec{5, 0, 0}, Max: recon.Vec{8, 3.6, 2.5}}},
		Openings: []recon.Opening{{Name: "door", From: "living", To: Outside, WidthM: 0.9, HeadM: 2}},
		Fuels: []recon.Fuel{{Name: "sofa", At: recon.Vec{x, y, 0.3}, AreaM2: 0.8, SpreadPct: 20,
			Growth: &recon.Growth{AlphaKWs2: 0.0117, PeakKW: 900, PlateauS: 200, DecayS: 200}}},
		Detectors: []recon.Detector{
			{Name: "SD1", Kind: "smoke", At: recon.Vec{0.8, 2.8, 2.47}},
			{Name: "SD2", Kind: "smoke", At: recon.Vec{4.2, 0.6, 2.47}},
			{Name: "HD1", Kind: "heat", At: recon.Vec{2.4, 1.8, 2.47}, RTI: 50, ActivationC: 57},
			{Name: "TC1", Kind: "gas_temperature", At: recon.Vec{2.4, 1.8, 1.4}, ActivationC: 80},
			{Name: "SDhall", Kind: "smoke", At: recon.Vec{6, 1.8, 2.47}},
		},
		DurationS: 400,
	}
}

func simulate(t *testing.T, h *recon.Hypothesis) *recon.FireResult {
	t.Helper()
	r, err := Simulate(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func arrivalOf(t *testing.T, r *recon.FireResult, name string) recon.Arrival {
	t.Helper()
	for _, a := range r.Arrivals {
		if a.Detector == name {
			return a
		}
	}
	t.Fatalf("no arrival of %s", name)
	return recon.Arrival{}
}

func TestSimulate(t *testing.T) {
	r := simulate(t, livingRoom(0.9, 2.6))
	if len(r.TimeS) != 401 || r.TimeS[400] != 400 {
		t.Fatalf("%d samples to %g s", len(r.TimeS), r.TimeS[len(r.TimeS)-1])
	}
	for _, s := range r.Series {
		if len(s.Value) != len(r.TimeS) || s.Unit == "" || s.Room != "living" {
			t.Errorf("series %q: %d values, unit %q, room %q", s.Name, len(s.Value), s.Unit, s.Room)
		}
		for i, v := range s.Value {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("series %q is %g at %g s", s.Name, v, r.TimeS[i])
			}
		}
	}
	upper := r.Find("upper_layer", "living").Value
	if upper[0] != 20 || upper[300] < 150 || upper[300] > 600 {
		t.Errorf("hot layer %g C at the start, %g at 300 s", upper[0], upper[300])
	}
	a1, a2 := arrivalOf(t, r, "SD1"), arrivalOf(t, r, "SD2")
	if !a1.Reached || !a2.Reached || a1.TimeS >= a2.TimeS {
		t.Errorf("the near alarm responds at %.1f s, the far one at %.1f s", a1.TimeS, a2.TimeS)
	}
	for _, a := range r.Arrivals {
		if a.Uncovered == "" && !(a.EarlyS < a.TimeS && a.TimeS < a.LateS) {
			t.Errorf("%s: %.1f (%.1f to %.1f) s", a.Detector, a.TimeS, a.EarlyS, a.LateS)
		}
	}
	if hall := arrivalOf(t, r, "SDhall"); hall.Uncovered == "" || hall.Reached {
		t.Errorf("the engine predicts a detector in another room: %+v", hall)
	}
	if r.Find("gas:SDhall", "living") != nil {
		t.Error("a series for a detector in another room")
	}
	if !warned(r, "SDhall") {
		t.Errorf("no warning about the detector in the hall: %v", r.Warnings)
	}
}

// TestSimulateOtherRooms: a door to the hall makes its alarm respond, later than
// that in the burning room, and gives its layers; a fuel there burns too.
func TestSimulateOtherRooms(t *testing.T) {
	h := livingRoom(0.9, 2.6)
	h.Openings = append(h.Openings, recon.Opening{Name: "hall door", From: "living", To: "hall", WidthM: 0.9, HeadM: 2})
	h.Fuels = append(h.Fuels, recon.Fuel{Name: "bed", At: recon.Vec{6, 1, 0.2}, AreaM2: 1, IgnitesAtS: 250, Curve: [][2]float64{{0, 0}, {60, 200}}})
	r := simulate(t, h)
	near, hall := arrivalOf(t, r, "SD2"), arrivalOf(t, r, "SDhall")
	if !hall.Reached || hall.Uncovered != "" || hall.TimeS <= near.TimeS || !strings.Contains(hall.Model, "without fire") && !strings.Contains(hall.Model, "ceiling jet") {
		t.Errorf("hall %+v, living %+v", hall, near)
	}
	s := r.Find("upper_layer", "hall")
	if s == nil || len(s.Value) != len(r.TimeS) || s.Value[200] < 25 {
		t.Fatalf("hall: %+v", s)
	}
	if living := r.Find("upper_layer", "living").Value[200]; s.Value[200] >= living {
		t.Errorf("at 200 s the hall has %.0f C, the burning room %.0f", s.Value[200], living)
	}
	if warned(r, "bed", "left out") {
		t.Error("the bed is left out")
	}
	shut := livingRoom(0.9, 2.6)
	shut.Openings = append(shut.Openings, recon.Opening{Name: "hall door", From: "living", To: "hall", WidthM: 0.9, HeadM: 2, OpenAtS: 150})
	if late := arrivalOf(t, simulate(t, shut), "SDhall"); late.TimeS < 120 {
		t.Errorf("with the door shut until 150 s the hall's alarm responds at %.0f s", late.TimeS)
	}
}

func warned(r *recon.FireResult, words ...string) bool {
	for _, w := range r.Warnings {
		all := true
		for _, s := range words {
			all = all && strings.Contains(w.Where+" "+w.What, s)
		}
		if all {
			return true
		}
	}
	return false
}

// TestSimulateMonotone: a larger fire is felt earlier, a farther detector later, a
// higher RTI later, a higher threshold later.
func TestSimulateMonotone(t *testing.T) {
	at := func(change func(h *recon.Hypothesis), name string) float64 {
		h := livingRoom(1.6, 1.8)
		h.DurationS, h.Fuels[0].SpreadPct = 200, 0
		change(h)
		return arrivalOf(t, simulate(t, h), name).TimeS
	}
	for _, c := range []struct {
		name, detector string
		less, more     func(h *recon.Hypothesis)
	}{
		{"heat release", "HD1", func(h *recon.Hypothesis) { h.Fuels[0].Growth.AlphaKWs2 = 0.02 }, func(h *recon.Hypothesis) { h.Fuels[0].Growth.AlphaKWs2 = 0.01 }},
		{"heat release at an alarm", "SD2", func(h *recon.Hypothesis) { h.Fuels[0].Growth.AlphaKWs2 = 0.02 }, func(h *recon.Hypothesis) { h.Fuels[0].Growth.AlphaKWs2 = 0.01 }},
		{"heat release below the jet", "TC1", func(h *recon.Hypothesis) { h.Fuels[0].Growth.AlphaKWs2 = 0.02 }, func(h *recon.Hypothesis) { h.Fuels[0].Growth.AlphaKWs2 = 0.01 }},
		{"distance", "SD2", func(h *recon.Hypothesis) { h.Detectors[1].At[0] = 2.5 }, func(h *recon.Hypothesis) { h.Detectors[1].At[0] = 4.5 }},
		{"RTI", "HD1", func(h *recon.Hypothesis) { h.Detectors[2].RTI = 30 }, func(h *recon.Hypothesis) { h.Detectors[2].RTI = 200 }},
		{"threshold", "SD1", func(h *recon.Hypothesis) { h.Detectors[0].RiseC = 5 }, func(h *recon.Hypothesis) { h.Detectors[0].RiseC = 25 }},
		{"ceiling height", "SD1", func(*recon.Hypothesis) {}, func(h *recon.Hypothesis) {
			h.Rooms[0].Max[2] = 4
			h.Detectors[0].At[2] = 3.97
		}},
		{"second item", "HD1", func(h *recon.Hypothesis) {
			h.Fuels = append(h.Fuels, recon.Fuel{Name: "chair", At: recon.Vec{2.6, 1.8, 0.3}, AreaM2: 0.5, Curve: [][2]float64{{0, 0}, {60, 300}}})
		}, func(*recon.Hypothesis) {}},
	} {
		if a, b := at(c.less, c.detector), at(c.more, c.detector); a >= b {
			t.Errorf("%s: %.2f s is not earlier than %.2f s", c.name, a, b)
		}
	}
}

// TestSimulateIsMoved: moving the whole scene, or mirroring it, changes nothing.
func TestSimulateIsMoved(t *testing.T) {
	a := livingRoom(1.6, 1.4)
	b := livingRoom(1.6, 1.4)
	shift := func(v *recon.Vec) { v[0], v[1], v[2] = 100-v[0], v[1]-50, v[2]+7 }
	for i := range b.Rooms {
		shift(&b.Rooms[i].Min)
		shift(&b.Rooms[i].Max)
		b.Rooms[i].Min[0], b.Rooms[i].Max[0] = b.Rooms[i].Max[0], b.Rooms[i].Min[0]
	}
	shift(&b.Origin.At)
	for i := range b.Fuels {
		shift(&b.Fuels[i].At)
	}
	for i := range b.Detectors {
		shift(&b.Detectors[i].At)
	}
	ra, rb := simulate(t, a), simulate(t, b)
	for i := range ra.Arrivals {
		if math.Abs(ra.Arrivals[i].TimeS-rb.Arrivals[i].TimeS) > 1e-6 {
			t.Errorf("%s: %.9f s here, %.9f s there", ra.Arrivals[i].Detector, ra.Arrivals[i].TimeS, rb.Arrivals[i].TimeS)
		}
	}
}

func TestSimulateSameBytes(t *testing.T) {
	a, _ := json.Marshal(simulate(t, livingRoom(0.9, 2.6)))
	b, _ := json.Marshal(simulate(t, livingRoom(0.9, 2.6)))
	if string(a) != string(b) {
		t.Error("two runs of one hypothesis differ")
	}
}

func TestSimulateCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err := Simulate(ctx, livingRoom(1, 1)); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("%v, %v", r, err)
	}
}

// TestSimulateExtremes: nothing that passes Check gives numbers that are not finite.
func TestSimulateExtremes(t *testing.T) {
	for name, change := range map[string]func(h *recon.Hypothesis){
		"no opening": func(h *recon.Hypothesis) { h.Openings = nil },
		"huge fire":  func(h *recon.Hypothesis) { h.Fuels[0].Growth = &recon.Growth{AlphaKWs2: 100, PeakKW: 1e6, PlateauS: 1} },
		"tiny fire": func(h *recon.Hypothesis) {
			h.Fuels[0].Growth = &recon.Growth{AlphaKWs2: 1e-7, PeakKW: 0.1, PlateauS: 1}
		},
		"tiny room": func(h *recon.Hypothesis) {
			h.Rooms[0].Max = recon.Vec{1.0, 2.7, 0.6}
			h.Openings = nil
			h.Detectors = nil
		},
		"huge room":    func(h *recon.Hypothesis) { h.Rooms = h.Rooms[:1]; h.Rooms[0].Max = recon.Vec{200, 200, 200} },
		"steel foil":   func(h *recon.Hypothesis) { h.Rooms[0].Wall, h.Rooms[0].ThickM = "steel", 1e-4 },
		"very cold":    func(h *recon.Hypothesis) { c := -50.0; h.AmbientC = &c },
		"no radiation": func(h *recon.Hypothesis) { h.Fuels[0].RadiativeFraction = 1e-9 },
		"whole wall open": func(h *recon.Hypothesis) {
			h.Openings[0] = recon.Opening{From: "living", To: Outside, WidthM: 100, HeadM: 2.5}
		},
		"fire at ceiling":  func(h *recon.Hypothesis) { h.Fuels[0].At[2] = 2.5 },
		"fire far below":   func(h *recon.Hypothesis) { h.Fuels[0].At[2] = 0 },
		"full spread":      func(h *recon.Hypothesis) { h.Fuels[0].SpreadPct = 200 },
		"pool, whole room": func(h *recon.Hypothesis) { h.Fuels[0].AreaM2 = 1000 },
		"window later":     func(h *recon.Hypothesis) { h.Openings[0].OpenAtS = 200 },
	} {
		t.Run(name, func(t *testing.T) {
			h := livingRoom(0.9, 2.6)
			h.DurationS = 120
			change(h)
			r := simulate(t, h)
			for _, s := range r.Series {
				for i, v := range s.Value {
					if math.IsNaN(v) || math.IsInf(v, 0) || v > 1e7 || v < -100 {
						t.Fatalf("%s is %g at %g s", s.Name, v, r.TimeS[i])
					}
				}
			}
			for _, a := range r.Arrivals {
				if math.IsNaN(a.TimeS+a.EarlyS+a.LateS+a.FuelLogSD+a.ModelLogSD) || a.EarlyS > a.TimeS || a.TimeS > a.LateS {
					t.Errorf("%+v", a)
				}
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name   string
		words  []string
		change func(h *recon.Hypothesis)
	}{
		{"wall supposed", []string{"gypsum is supposed"}, func(h *recon.Hypothesis) { h.Rooms[0].Wall = "" }},
		{"thickness supposed", []string{"wall thickness"}, func(h *recon.Hypothesis) { h.Rooms[0].ThickM = 0 }},
		{"no opening", []string{"leakage"}, func(h *recon.Hypothesis) { h.Openings = nil }},
		{"fuel elsewhere", []string{"bed", "left out"}, func(h *recon.Hypothesis) {
			h.Fuels = append(h.Fuels, recon.Fuel{Name: "bed", At: recon.Vec{6, 1, 0}, Curve: [][2]float64{{0, 0}, {9, 9}}})
		}},
		{"too cold to catch", []string{"chair", "below the 10 kW/m2"}, func(h *recon.Hypothesis) {
			h.Fuels = append(h.Fuels, recon.Fuel{Name: "chair", At: recon.Vec{4, 0.5, 0.3}, AreaM2: 0.5, IgnitesAtS: 40, Curve: [][2]float64{{0, 0}, {60, 300}}})
		}},
		{"flames at ceiling", []string{"reach the ceiling"}, func(h *recon.Hypothesis) { h.Fuels[0].Growth.PeakKW = 1500 }},
		{"air", []string{"limited by air"}, func(h *recon.Hypothesis) { h.Openings = nil; h.DurationS = 600 }},
		{"flashover", []string{"flashover at", "MQH"}, func(h *recon.Hypothesis) {
			h.Fuels[0].Growth = &recon.Growth{AlphaKWs2: 0.1876, PeakKW: 3000, PlateauS: 600}
		}},
		{"wide pool", []string{"Q^(2/5)/D"}, func(h *recon.Hypothesis) { h.Fuels[0].AreaM2 = 12; h.Fuels[0].Growth.PeakKW = 100 }},
	} {
		h := livingRoom(1.6, 1.8)
		h.DurationS = 300
		c.change(h)
		if r := simulate(t, h); !warned(r, c.words...) {
			t.Errorf("%s: %v not among %v", c.name, c.words, r.Warnings)
		}
	}
}

// TestFlashoverAgreesWithCorrelations: the simulated room flashes over within a
// factor of two of the heat release rates that the correlations ask for.
func TestFlashoverAgreesWithCorrelations(t *testing.T) {
	h := livingRoom(2.4, 1.8)
	h.Fuels[0].Growth = &recon.Growth{AlphaKWs2: 0.0469, PeakKW: 4000, PlateauS: 600}
	h.Fuels[0].SpreadPct = 0
	h.DurationS = 500
	r := simulate(t, h)
	upper, hrr := r.Find("upper_layer", "living").Value, r.Find("hrr_wanted", "living").Value
	for i, v := range upper {
		if v < handcalc.FlashoverLayerC {
			continue
		}
		a := VentFactor(&h.Openings[0])
		mqh := handcalc.FlashoverMQH(a, handcalc.MQHHeatLoss(material("gypsum"), 0.0125, r.TimeS[i]), 2*4.8*3.6+16.8*2.5-1.8)
		if q := hrr[i]; q < mqh/2 || q > 2*mqh {
			t.Errorf("flashover at %.0f kW, MQH asks %.0f, Thomas %.0f, Babrauskas %.0f", q, mqh, handcalc.FlashoverThomas(a, 74.8), handcalc.FlashoverBabrauskas(a))
		}
		return
	}
	t.Error("a fire of 4 MW does not flash over")
}

func TestSeriesAreFewForLongFires(t *testing.T) {
	h := livingRoom(1, 1)
	h.DurationS = 7200
	h.Fuels[0].SpreadPct = 0
	if n := len(simulate(t, h).TimeS); n > maxSamples {
		t.Errorf("%d samples", n)
	}
}

func TestFirstCrossing(t *testing.T) {
	if at, ok := firstCrossing([]float64{0, 1, 2}, []float64{0, 10, 30}, 20); !ok || at != 1.5 {
		t.Errorf("%g, %v", at, ok)
	}
	if _, ok := firstCrossing([]float64{0, 1}, []float64{0, 1}, 2); ok {
		t.Error("reached what it does not reach")
	}
	if at, ok := firstCrossing([]float64{3}, []float64{5}, 2); !ok || !reflect.DeepEqual(at, 3.0) {
		t.Errorf("%g, %v", at, ok)
	}
}

func material(name string) handcalc.Material {
	m, err := handcalc.MaterialNamed(name)
	if err != nil {
		panic(err)
	}
	return m
}
