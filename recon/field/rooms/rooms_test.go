package rooms

import (
	"context"
	"testing"

	"firescene/recon/field"
)

// Two rooms that touch and one apart, joined by doors, one of which opens later: the
// scene is whole, and gas passes where it should.
func TestPlan(t *testing.T) {
	wall := field.Surface{Name: "board", Layers: []field.Layer{{Material: field.Material{ConductKWmK: .17e-3, DensityKgM3: 960, HeatKJKgK: 1.1}, ThickM: .0125}}}
	room := func(name string, b field.Box) Room { return Room{name, b, wall, wall, wall} }
	p := Plan{CellM: .3, Rooms: []Room{room("a", field.Box{0, 3, 0, 2.4, 0, 2.4}), room("b", field.Box{3, 5.1, 0, 2.4, 0, 2.4}), room("c", field.Box{0, 3, 2.7, 4.5, 0, 2.4})},
		Openings: []Opening{{"ab", 0, 1, field.Box{3, 3, .6, 1.5, 0, 2.1}, 0}, {"ac", 0, 2, field.Box{.6, 1.5, 2.4, 2.4, 0, 2.1}, 2}, {"out", 1, Outside, field.Box{5.1, 5.1, .9, 1.8, 0, 2.1}, 0}}}
	sc, err := p.Scene()
	if err != nil {
		t.Fatal(err)
	}
	sc.EndS = 4
	sc.Surfaces = append(sc.Surfaces, field.Surface{Name: "fire", HRRPUA: 300})
	sc.Vents = append(sc.Vents, field.Vent{Name: "fire", Box: field.Box{1.2, 1.8, .9, 1.5, 0, 0}, Surface: len(sc.Surfaces) - 1})
	sc.Devices = []field.Device{{Name: "ab", Quantity: field.MassFlowPositive, Box: field.Box{3, 3, .6, 1.5, 0, 2.1}}, {Name: "beside ab", Quantity: field.MassFlowPositive, Box: field.Box{3, 3, 1.5, 2.4, 0, 2.4}},
		{Name: "ac", Quantity: field.MassFlowPositive, Box: field.Box{.6, 1.5, 2.4, 2.4, 0, 2.1}}, {Name: "out", Quantity: field.MassFlow, Box: field.Box{5.1, 5.1, .9, 1.8, 0, 2.1}}}
	for _, problem := range field.Check(sc) {
		if problem.Fatal {
			t.Fatal(problem)
		}
	}
	r, err := field.Run(context.Background(), sc, field.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	last := len(r.TimeS) - 1
	if v := r.Devices[0].Value[last]; v < .01 {
		t.Errorf("%g kg/s between touching rooms", v)
	}
	if v := r.Devices[1].Value[last]; v != 0 {
		t.Errorf("%g kg/s through a wall", v)
	}
	if a, b := r.Devices[2].Value[last/3], r.Devices[2].Value[last]; a != 0 || b < 1e-3 {
		t.Errorf("%g kg/s through a closed door, %g once it is open", a, b)
	}
	if v := r.Devices[3].Value[last]; v == 0 {
		t.Error("nothing flows outside")
	}
}

func TestPlanRefusesWhatCanNotBe(t *testing.T) {
	room := Room{Name: "a", Box: field.Box{0, 3, 0, 3, 0, 2.4}}
	for name, p := range map[string]Plan{
		"no room":     {CellM: .2},
		"flat room":   {CellM: .2, Rooms: []Room{{Name: "a", Box: field.Box{0, 3, 0, 0, 0, 2.4}}}},
		"no cells":    {CellM: 0, Rooms: []Room{room}},
		"wrong index": {CellM: .2, Rooms: []Room{room}, Openings: []Opening{{A: 0, B: 3}}},
		"room behind": {CellM: .2, Rooms: []Room{room, {Name: "b", Box: field.Box{3.2, 5, 0, 3, 0, 2.4}}}, Openings: []Opening{{Name: "door", A: 0, B: Outside, Box: field.Box{3, 3, 1, 2, 0, 2}}}},
	} {
		if _, err := p.Scene(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
