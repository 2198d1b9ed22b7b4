package fire

import (
	"context"
	"math"
	"testing"
	"time"

	"firescene/recon"
	"firescene/recon/handcalc"
)

func shownHypothesis() *recon.Hypothesis {
	return &recon.Hypothesis{ID: "H", Title: "t", Origin: recon.Origin{Room: "a", At: recon.Vec{1, 1, 0.3}}, Ignition: recon.Ignition{Time: time.Unix(0, 0)},
		Rooms: []recon.Room{{Name: "a", Min: recon.Vec{0, 0, 0}, Max: recon.Vec{4, 3, 2.5}}, {Name: "b", Min: recon.Vec{4.2, 0, 0}, Max: recon.Vec{8, 3, 2.5}}},
		Openings: []recon.Opening{{Name: "between", From: "a", To: "b", WidthM: 0.9, HeadM: 2},
			{Name: "window", From: "a", To: Outside, WidthM: 1.2, SillM: 0.9, HeadM: 2, OpenAtS: 90, At: &recon.Vec{2, 0, 0}}},
		Fuels: []recon.Fuel{{Name: "sofa", At: recon.Vec{1, 1, 0.3}, AreaM2: 0.8, Growth: &recon.Growth{AlphaKWs2: 0.05, PeakKW: 1200, PlateauS: 200, DecayS: 60}},
			{Name: "later", At: recon.Vec{3, 2, 0.1}, AreaM2: 0.2, IgnitesAtS: 120, Growth: &recon.Growth{AlphaKWs2: 0.02, PeakKW: 200, PlateauS: 200, DecayS: 60}}},
		DurationS: 300}
}

// TestFlames: heights are Heskestad's for the stated heat release, less where the room
// lacks air, and items that do not burn yet have no flame.
func TestFlames(t *testing.T) {
	h := shownHypothesis()
	got := Flames(h, nil, 100)
	if len(got) != 1 || got[0].Item != "sofa" || got[0].HRRKW != 500 || got[0].Foot.Z != 0.3 {
		t.Fatalf("after 100 s: %+v", got)
	}
	if want := handcalc.FlameHeight(500, handcalc.Diameter(0.8)); got[0].HeightM != want {
		t.Errorf("height %g, want %g", got[0].HeightM, want)
	}
	if got = Flames(h, nil, 200); len(got) != 2 {
		t.Errorf("after 200 s: %+v", got)
	}
	if got = Flames(h, nil, 0); len(got) != 0 {
		t.Errorf("at ignition: %+v", got)
	}
	starved := &recon.FireResult{TimeS: []float64{0, 300}, Series: []recon.Series{{Name: "hrr", Room: "a", Value: []float64{0, 400}}, {Name: "hrr_wanted", Room: "a", Value: []float64{0, 1600}}}}
	if got = Flames(h, starved, 100); len(got) != 1 || math.Abs(got[0].HRRKW-125) > 1e-9 {
		t.Errorf("with a quarter of the air: %+v", got)
	}
}

// TestOpeningPlaces: openings lie in their walls, where they are stated or supposed to be.
func TestOpeningPlaces(t *testing.T) {
	got, err := OpeningPlaces(shownHypothesis())
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	a, b := got[0], got[1]
	if !a.Supposed || a.OpensS != 0 || a.Corners[0].X < 3.9 || a.Corners[0].X > 4.3 || a.Corners[2].Z != 2 || math.Abs(a.Corners[1].Y-a.Corners[0].Y-0.9) > 1e-9 {
		t.Errorf("between: %+v", a)
	}
	if b.Supposed || b.OpensS != 90 || b.Corners[0].Y != 0 || b.Corners[0].Z != 0.9 || math.Abs((b.Corners[0].X+b.Corners[1].X)/2-2) > 1e-9 {
		t.Errorf("window: %+v", b)
	}
	if _, err := OpeningPlaces(&recon.Hypothesis{ID: "none"}); err == nil {
		t.Error("a hypothesis without rooms: no error")
	}
}

// TestExtinctionSeries: rooms have the extinction of both layers, which rises with the
// soot of the fire and is zero before it.
func TestExtinctionSeries(t *testing.T) {
	r, err := Simulate(context.Background(), shownHypothesis())
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []string{"a", "b"} {
		upper, lower := r.Find("extinction_upper", room), r.Find("extinction_lower", room)
		if upper == nil || lower == nil || len(upper.Value) != len(r.TimeS) || upper.Unit != "1/m" {
			t.Fatalf("room %s: %v %v", room, upper, lower)
		}
		if end := len(upper.Value) - 1; upper.Value[0] > 1e-6 || !(upper.Value[end] > 1) || lower.Value[end] > upper.Value[end] {
			t.Errorf("room %s: extinction %g to %g, below %g", room, upper.Value[0], upper.Value[end], lower.Value[end])
		}
	}
}
