package cells

import (
	"context"
	"math"
	"reflect"
	"testing"
	"time"

	"firescene/recon"
	"firescene/recon/fire"
)

var ignition = time.Date(2026, 3, 1, 13, 14, 0, 0, time.UTC)

func room(id string, x, y float64) *recon.Hypothesis {
	return &recon.Hypothesis{
		ID: id, Origin: recon.Origin{Room: "living", At: recon.Vec{x, y, 0.3}, RadiusM: 0.4},
		Ignition: recon.Ignition{Time: ignition, UncertaintyS: 5},
		Rooms:    []recon.Room{{Name: "living", Max: recon.Vec{4.8, 3.6, 2.5}, Wall: "gypsum", ThickM: 0.0125}},
		Openings: []recon.Opening{{From: "living", To: fire.Outside, WidthM: 0.9, HeadM: 2}},
		Fuels: []recon.Fuel{{Name: "item", At: recon.Vec{x, y, 0.3}, AreaM2: 0.8,
			Growth: &recon.Growth{AlphaKWs2: 0.0117, PeakKW: 600, PlateauS: 200, DecayS: 200}},
			{Name: "later", At: recon.Vec{2.4, 3.2, 0.3}, AreaM2: 0.8, IgnitesAtS: 150,
				Growth: &recon.Growth{AlphaKWs2: 0.0117, PeakKW: 300, PlateauS: 200, DecayS: 200}}},
		Detectors: []recon.Detector{
			{Name: "SD1", Kind: "smoke", At: recon.Vec{0.6, 3, 2.47}},
			{Name: "SD2", Kind: "smoke", At: recon.Vec{4.2, 0.6, 2.47}},
			{Name: "SD3", Kind: "smoke", At: recon.Vec{4.2, 3, 2.47}},
		},
		DurationS: 200,
	}
}

// seen are the times at which the detectors respond to a fire at x, y.
func seen(t *testing.T, x, y float64) []recon.Observation {
	t.Helper()
	h := Moved(room("T", 1, 1), x, y, 0.3)
	r, err := fire.Simulate(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	list := []recon.Observation{{ID: "P", Kind: recon.ObsPattern, At: &recon.Vec{x, y, 0.3}, RadiusM: 0.5}}
	for _, a := range r.Arrivals {
		list = append(list, recon.Observation{ID: a.Detector, Kind: recon.ObsArrival, Target: a.Detector, Time: ignition.Add(time.Duration(a.TimeS * 1e9)), SigmaS: 2})
	}
	return list
}

func none(int, int) {}

func TestCellsFindThePlace(t *testing.T) {
	list := seen(t, 3.8, 1.2)
	a, err := Weigh(context.Background(), []*recon.Hypothesis{room("H1", 1, 2.6)}, list, 48, 1, none)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Weigh(context.Background(), []*recon.Hypothesis{room("H1", 1, 2.6)}, list, 48, 3, none)
	if err != nil || !reflect.DeepEqual(a, b) {
		t.Fatal("another number of workers gives other cells", err)
	}
	best, sum := a.Cells[0], a.Undetermined
	for _, c := range a.Cells {
		sum += c.Posterior
		if c.Share > best.Share {
			best = c
		}
	}
	if d := math.Hypot(best.X-3.8, best.Y-1.2); d > 0.8 || math.Abs(sum-1) > 1e-9 {
		t.Errorf("best cell %.2f, %.2f, %.2f m off; posteriors sum to %.6f", best.X, best.Y, d, sum)
	}
}

// TestEmulatorAgrees: a grid with emulated cells gives the shares of a simulated one.
func TestEmulatorAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("two hundred fires")
	}
	list := seen(t, 3.6, 1.2)
	a, err := Weigh(context.Background(), []*recon.Hypothesis{room("H1", 1, 2.6)}, list, 700, 4, none)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range a.Cells {
		if c.Emulated {
			n++
		}
	}
	t.Logf("%d of %d cells emulated, standard deviation %.3f", n, len(a.Cells), a.EmulatorSD)
	if n == 0 || a.EmulatorSD > 0.5 {
		t.Errorf("%d of %d cells emulated, standard deviation %.3f", n, len(a.Cells), a.EmulatorSD)
	}
}

func TestWeighRefuses(t *testing.T) {
	for _, n := range []int{0, -1, Most + 1} {
		if _, err := Weigh(context.Background(), []*recon.Hypothesis{room("H1", 1, 1)}, nil, n, 1, none); err == nil {
			t.Errorf("%d cells are accepted", n)
		}
	}
	bad := room("H1", 1, 1)
	bad.Origin.Room = "attic"
	if _, err := Weigh(context.Background(), []*recon.Hypothesis{bad}, nil, 4, 1, none); err == nil {
		t.Error("a room that is not there is divided")
	}
}

func TestMovedMovesOnlyTheFirstItem(t *testing.T) {
	h := room("H", 1, 1)
	m := Moved(h, 3, 2, 0.2)
	if m.Fuels[0].At != (recon.Vec{3, 2, 0.3}) || m.Fuels[1].At != h.Fuels[1].At || h.Fuels[0].At != (recon.Vec{1, 1, 0.3}) {
		t.Errorf("%+v", m.Fuels)
	}
}
