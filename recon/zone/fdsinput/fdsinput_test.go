package fdsinput

import (
	"bytes"
	"math"
	"testing"

	"firescene/formats/fds"
	"firescene/recon/field"
	"firescene/recon/field/fdscase"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

func twoRooms() *zone.Scene {
	gypsum := zone.Surface{Slabs: []zone.Slab{{Material: handcalc.Material{ConductKWmK: 0.17e-3, DensityKgM3: 960, HeatKJKgK: 1.1}, ThickM: .012}}}
	wood := zone.Surface{Slabs: []zone.Slab{{Material: handcalc.Material{ConductKWmK: 0.14e-3, DensityKgM3: 640, HeatKJKgK: 2.8}, ThickM: .02}}}
	return &zone.Scene{OutsideK: 293.15, DurationS: 120,
		Rooms: []zone.Room{
			{Name: "a", WidthM: 4, DepthM: 3, HeightM: 2.4, Wall: gypsum, Ceiling: gypsum, Floor: wood},
			{Name: "b", Origin: [3]float64{4.2, 0, 0}, WidthM: 2, DepthM: 3, HeightM: 2.4, Wall: gypsum, Ceiling: gypsum, Floor: gypsum},
		},
		Vents: []zone.Vent{
			{Name: "door", A: 0, B: 1, WidthM: 0.8, HeightM: 2},
			{Name: "window", A: 1, B: zone.Outside, WidthM: 1, BottomM: 1, HeightM: 1, Open: zone.Schedule{TimeS: []float64{60, 60}, Share: []float64{0, 1}}},
		},
		Fires: []zone.Fire{
			{Name: "sofa", Room: 0, X: 1, Y: 1, Fuel: zone.Fuel{C: 1, H: 1.8, O: .3, HeatKJKg: 27000, Radiative: .35}, Rows: []zone.FireRow{{TimeS: 0, BaseM: .4, AreaM2: .5, Soot: .03}, {TimeS: 100, HRRkW: 400, BaseM: .4, AreaM2: .5, Soot: .03}}},
			{Name: "bin", Room: 1, X: 0.05, Y: 1, IgniteS: 30, Heat: func(t float64) float64 { return 50 * min(1, max(0, t)) }, Rows: []zone.FireRow{{AreaM2: .1}}},
		},
		Detectors: []zone.Detector{{Name: "SD", Room: 1, At: [3]float64{1, 1, 2.35}, Kind: zone.Gas, SetPoint: 306}, {Name: "SP", Room: 0, At: [3]float64{2, 1, 2.35}, Kind: zone.Link, SetPoint: 341, RTI: 50}},
		Targets:   []zone.Target{{Name: "wall", Room: 0, At: [3]float64{0.1, 1.5, 1}, Normal: [3]float64{1, 0, 0}}},
	}
}

// TestInputRunsBack writes a scene, reads it as an input of FDS and looks whether
// its rooms, walls, openings and fires are where they were.
func TestInputRunsBack(t *testing.T) {
	s := twoRooms()
	in, notes := Input(s, Options{CHID: "two rooms", Title: "two rooms"})
	var b bytes.Buffer
	if err := fds.Write(&b, in); err != nil {
		t.Fatal(err)
	}
	back, err := fds.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Unsupported) > 0 {
		t.Errorf("%+v", back.Unsupported)
	}
	c, err := fdscase.New(back, fdscase.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range field.Check(c.Scene) {
		if p.Fatal {
			t.Errorf("%+v", p)
		}
	}
	solid := func(x, y, z, at float64) bool {
		for i := range c.Scene.Obstructions {
			o := &c.Scene.Obstructions[i]
			there := !o.There.StartsOff
			for _, s := range o.There.SwitchS {
				if s <= at {
					there = !there
				}
			}
			if q := &o.Box; there && x > q[0] && x < q[1] && y > q[2] && y < q[3] && z > q[4] && z < q[5] {
				return true
			}
		}
		return false
	}
	for _, p := range []struct {
		what        string
		x, y, z, at float64
		solid       bool
	}{
		{"middle of a", 2, 1.5, 1.2, 0, false}, {"middle of b", 5.2, 1.5, 1.2, 0, false}, {"wall between", 4.1, .3, 1, 0, true}, {"door", 4.1, 1.5, 1, 0, false}, {"above the door", 4.1, 1.5, 2.2, 0, true},
		{"under the floor", 2, 1.5, -.05, 0, true}, {"ceiling", 2, 1.5, 2.45, 0, true}, {"window before it opens", 5.2, -.05, 1.5, 0, true}, {"window after", 5.2, -.05, 1.5, 70, false}, {"open air", 5.2, -.5, 1.5, 0, false},
	} {
		if got := solid(p.x, p.y, p.z, p.at); got != p.solid {
			t.Errorf("%s: solid %v", p.what, got)
		}
	}
	// The heat release of all burners at a time is that of the scene.
	at := func(tS float64) (sum float64) {
		for i := range c.Scene.Vents {
			v := &c.Scene.Vents[i]
			if v.Surface < 0 || v.Kind != field.Lay {
				continue
			}
			u := &c.Scene.Surfaces[v.Surface]
			sum += u.HRRPUA * u.Ramp.At(tS) * (v.Box[1] - v.Box[0]) * (v.Box[3] - v.Box[2])
		}
		for i := range c.Scene.Obstructions {
			o := &c.Scene.Obstructions[i]
			if k := o.Surfaces[5]; k >= 0 {
				u := &c.Scene.Surfaces[k]
				if u.HRRPUA > 0 {
					sum += u.HRRPUA * u.Ramp.At(tS) * (o.Box[1] - o.Box[0]) * (o.Box[3] - o.Box[2])
				}
			}
		}
		return sum
	}
	for _, p := range [][2]float64{{0, 0}, {50, 250}, {110, 450}} {
		if got := at(p[0]); math.Abs(got-p[1]) > 0.02*p[1]+0.01 {
			t.Errorf("%g kW at %g s, want %g", got, p[0], p[1])
		}
	}
	if len(notes) < 2 {
		t.Errorf("what was supposed is not said: %+v", notes)
	}
	if len(c.Outputs) < 3 {
		t.Errorf("%+v", c.Outputs)
	}
}

func TestCellsGrow(t *testing.T) {
	s := twoRooms()
	in, notes := Input(s, Options{MostCells: 3000})
	m := in.Meshes[0]
	if n := m.Cells[0] * m.Cells[1] * m.Cells[2]; n > 3000 || n < 500 {
		t.Errorf("%d cells", n)
	}
	found := false
	for _, n := range notes {
		found = found || n.Where == "cells"
	}
	if !found {
		t.Error("it is not said")
	}
}
