package fire

import (
	"context"
	"strings"
	"testing"
	"time"

	"firescene/recon"
	"firescene/recon/field"
)

func fieldHypothesis() *recon.Hypothesis {
	at := recon.Vec{2.4, 0, 0}
	return &recon.Hypothesis{
		ID: "F", DurationS: 20, Ignition: recon.Ignition{Time: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)},
		Origin:    recon.Origin{Room: "room", At: recon.Vec{1, 1.5, 0}},
		Rooms:     []recon.Room{{Name: "room", Max: recon.Vec{3, 3, 2.4}}, {Name: "hall", Min: recon.Vec{3, 0, 0}, Max: recon.Vec{5.1, 3, 2.4}}},
		Openings:  []recon.Opening{{Name: "door", From: "room", To: "hall", WidthM: .9, HeadM: 2.1}, {Name: "window", From: "room", To: Outside, WidthM: .9, SillM: .9, HeadM: 1.8, At: &at}},
		Fuels:     []recon.Fuel{{Name: "chair", At: recon.Vec{1, 1.5, .45}, AreaM2: .4, Curve: [][2]float64{{0, 30}, {10, 200}, {100, 200}}}},
		Detectors: []recon.Detector{{Name: "alarm", Kind: "smoke", At: recon.Vec{2, 1.5, 2.35}}, {Name: "far", Kind: "heat", At: recon.Vec{4.5, 2.5, 2.35}, RTI: 100, ActivationC: 68}},
	}
}

// A hypothesis becomes a scene of the field model that runs, with what it supposes
// said, and its result has the series and the arrivals of the zone model's.
func TestSimulateField(t *testing.T) {
	h := fieldHypothesis()
	r, res, err := SimulateField(context.Background(), h, FieldOptions{CellM: .3, Run: field.Options{Workers: 2}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Tier, "field model") {
		t.Errorf("tier %q", r.Tier)
	}
	for _, s := range []struct{ name, room string }{{"hrr", "room"}, {"upper_layer", "room"}, {"interface", "room"}, {"oxygen_upper", "room"}, {"upper_layer", "hall"}, {"gas:alarm", "room"}, {"link:far", "room"}} {
		f := r.Find(s.name, s.room)
		if f == nil || len(f.Value) != len(r.TimeS) {
			t.Errorf("series %s of %s is missing", s.name, s.room)
		}
	}
	last := len(r.TimeS) - 1
	if v := r.Find("hrr", "room").Value[last]; v < 150 || v > 250 {
		t.Errorf("%.0f kW of 200", v)
	}
	if v := r.Find("upper_layer", "room").Value[last]; v < 60 {
		t.Errorf("the room has %.0f C", v)
	}
	if !r.Arrivals[0].Reached || r.Arrivals[0].TimeS > 15 || r.Arrivals[0].EarlyS >= r.Arrivals[0].TimeS || r.Arrivals[1].Reached {
		t.Errorf("arrivals %+v", r.Arrivals)
	}
	if len(res.Exposures) == 0 || len(res.Exposures) != len(res.Faces) {
		t.Error("no exposures")
	}
	said := false
	for _, w := range r.Warnings {
		said = said || strings.Contains(w.What, "no place stated")
	}
	if !said {
		t.Errorf("the supposed place of the door is not told: %+v", r.Warnings)
	}
}
