package smvzone

import (
	"bytes"
	"context"
	"math"
	"reflect"
	"testing"

	"firescene/formats/smokeview"
	"firescene/recon/zone"
)

// TestFiles runs a small scene and reads its files back.
func TestFiles(t *testing.T) {
	s := &zone.Scene{OutsideK: 293.15, DurationS: 60, SampleS: 10,
		Rooms: []zone.Room{{Name: "a", WidthM: 4, DepthM: 3, HeightM: 2.4}, {Name: "b", Origin: [3]float64{4, 0, 0}, WidthM: 2, DepthM: 3, HeightM: 2.4}},
		Vents: []zone.Vent{{Name: "door", A: 0, B: 1, WidthM: .8, HeightM: 2}, {Name: "window", A: zone.Outside, B: 1, WidthM: 1, BottomM: 1, HeightM: 1, Open: zone.Schedule{TimeS: []float64{20, 30}, Share: []float64{0, 1}}}},
		Holes: []zone.Hole{{Name: "roof", Upper: zone.Outside, Lower: 1, AreaM2: .04}},
		Fires: []zone.Fire{{Name: "f", Room: 0, X: 1, Y: 1, Fuel: zone.Fuel{C: 1, H: 1.8, O: .3, HeatKJKg: 27000, Radiative: .35}, Rows: []zone.FireRow{{HRRkW: 100, BaseM: .2, AreaM2: .3}}}},
	}
	res, err := zone.Run(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	c, table, notes := Files(s, res, "two rooms", "two", "two_zone.csv")
	var b bytes.Buffer
	if err := smokeview.WriteCase(&b, c); err != nil {
		t.Fatal(err)
	}
	got, err := smokeview.ReadCase(bytes.NewReader(b.Bytes()))
	if err != nil || len(got.NotRead) > 0 {
		t.Fatalf("%v %+v\n%s", err, got, b.String())
	}
	if len(got.Rooms) != 2 || len(got.Fires) != 1 || len(got.Openings) != 3 || got.ZoneFile != "two_zone.csv" || got.Openings[0].Rooms != [2]int{1, 2} || got.Openings[1].Rooms != [2]int{2, 3} || got.Openings[2].Keyword != "VVENTPOS" {
		t.Errorf("%+v", got)
	}
	if o := got.Openings[0].Box; o != [6]float64{4, 4, 1.1, 1.9, 0, 2} {
		t.Errorf("the door lies at %v of room a", o)
	}
	if !reflect.DeepEqual(got.Rooms, c.Rooms) || len(notes) != 2 {
		t.Errorf("%+v %+v", got.Rooms, notes)
	}
	b.Reset()
	if err := smokeview.WriteColumns(&b, table); err != nil {
		t.Fatal(err)
	}
	back, err := smokeview.ReadColumns(&b)
	if err != nil || len(back.Rows) != len(res.TimeS) {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"ULT_1": res.Rooms[0].UpperK[6] - 273.15, "HRR_1": res.Fires[0].BurnKW[6], "HVENT_2": 1, "FAREA_1": .3} {
		k := back.Find(name)
		if k < 0 || math.Abs(back.Rows[6][k]-want) > 1e-3*math.Abs(want)+1e-6 {
			t.Errorf("%s: column %d", name, k)
		}
	}
	if k := back.Find("HVENT_2"); back.Rows[0][k] != 0 {
		t.Error("the window is shut at first")
	}
}
