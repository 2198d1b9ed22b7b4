package scene

import (
	"testing"
	"time"

	"firescene/recon"
	"firescene/render"
)

func TestAddArrivals(t *testing.T) {
	t0 := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	h := &recon.Hypothesis{Detectors: []recon.Detector{{Name: "S1", At: recon.Vec{1, 2, 3}}}}
	seen := []recon.Observation{
		{ID: "O1", Kind: recon.ObsArrival, Target: "S1", Time: t0, SigmaS: 2},
		{ID: "O2", Kind: recon.ObsArrival, Target: "S1", Time: t0.Add(time.Minute)},
		{ID: "O3", Kind: recon.ObsArrival, Target: "unknown", Time: t0},
		{ID: "O4", Kind: recon.ObsPattern, At: &recon.Vec{}, Time: t0},
	}
	at := func(after time.Duration) []render.Marker {
		var s render.Scene
		AddArrivals(&s, seen, h, t0.Add(after), 10, time.FixedZone("", 8*3600))
		return s.Markers
	}
	if m := at(-time.Second); len(m) != 0 {
		t.Errorf("before any response: %v", m)
	}
	if m := at(time.Second); len(m) != 1 || m[0].RadiusM == 0 || m[0].Label != "O1 S1 20:00:00 ±2 s" || m[0].At.Z != 3 {
		t.Errorf("just after the first: %+v", m)
	}
	if m := at(65 * time.Second); len(m) != 2 || m[0].RadiusM != 0 || m[1].RadiusM == 0 {
		t.Errorf("after the second: %+v", m)
	}
}
