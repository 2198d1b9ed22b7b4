package layout

import (
	"math"
	"testing"

	"firescene/recon/zone"
)

func TestPlaces(t *testing.T) {
	s := &zone.Scene{
		Rooms: []zone.Room{
			{Name: "a", WidthM: 4, DepthM: 3, HeightM: 2.5},
			{Name: "b", Origin: [3]float64{4.2, 1, 0}, WidthM: 2, DepthM: 3, HeightM: 2.5},
			{Name: "far", Origin: [3]float64{50, 0, 0}, WidthM: 2, DepthM: 3, HeightM: 2.5},
		},
		Vents: []zone.Vent{
			{Name: "ab", A: 0, B: 1, WidthM: 0.8, HeightM: 2},
			{Name: "out 1", A: 0, B: zone.Outside, WidthM: 1, BottomM: 1, HeightM: 1},
			{Name: "out 2", A: zone.Outside, B: 0, WidthM: 1, HeightM: 2},
			{Name: "apart", A: 0, B: 2, WidthM: 1, HeightM: 2},
		},
		Holes: []zone.Hole{{Name: "roof", Upper: zone.Outside, Lower: 1, AreaM2: 1}},
	}
	got, notes := Vents(s)
	want := []Box{{4, 4.2, 1.6, 2.4, 0, 2}, {.1667, 1.1667, 0, 0, 1, 2}, {1.5, 2.5, 0, 0, 0, 2}, {2.8333, 3.8333, 0, 0, 0, 2}}
	for i := range want {
		for k := range want[i] {
			if math.Abs(got[i].Box[k]-want[i][k]) > 1e-3 {
				t.Errorf("%s lies at %v, want %v", s.Vents[i].Name, got[i].Box, want[i])
				break
			}
		}
	}
	if got[0].Axis != 0 || !got[0].Positive || got[0].Outside || !got[1].Outside || got[1].Positive || len(notes) != 5 {
		t.Errorf("%+v %v", got, notes)
	}
	if h := Holes(s)[0]; h.Box != (Box{4.7, 5.7, 2, 3, 2.5, 2.5}) || !h.Outside {
		t.Errorf("%+v", h)
	}
}
