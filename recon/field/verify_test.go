package field

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"math"
	"reflect"
	"runtime"
	"testing"
)

var board = Material{Name: "board", ConductKWmK: .17e-3, DensityKgM3: 960, HeatKJKgK: 1.1}

// room is a room of 3 by 2.4 by 2.4 m with a door, and a burner in its middle.
func room(endS float64) *Scene {
	return &Scene{Name: "room", Box: Box{0, 4.2, 0, 2.4, 0, 2.4}, Cells: [3]int{14, 8, 8}, EndS: endS, HumidityPct: 40,
		Surfaces:     []Surface{{Name: "board", Layers: []Layer{{board, .0125}}}, {Name: "burner", HRRPUA: 300, Ramp: Ramp{{0, .2}, {2, 1}}}},
		Obstructions: []Obstruction{{Name: "wall", Box: Box{3, 3.3, 0, .9, 0, 2.4}}, {Name: "wall", Box: Box{3, 3.3, 1.5, 2.4, 0, 2.4}}, {Name: "lintel", Box: Box{3, 3.3, .9, 1.5, 1.8, 2.4}}},
		Vents: []Vent{{Name: "out", Kind: Open, Box: Box{4.2, 4.2, 0, 2.4, 0, 2.4}}, {Name: "top", Kind: Open, Box: Box{3.3, 4.2, 0, 2.4, 2.4, 2.4}},
			{Name: "fire", Box: Box{1.2, 1.8, .9, 1.5, 0, 0}, Surface: 1}},
		Reaction: Reaction{C: 3, H: 8, SootYield: .024, RadiativeFraction: .3},
		Devices:  []Device{{Name: "T", Quantity: GasTemperature, Box: Box{.6, .6, .6, .6, 2.1, 2.1}}, {Name: "q", Quantity: GaugeHeatFlux, Box: Box{0, 0, 1.2, 1.2, 1.8, 1.8}, Orientation: [3]float64{1, 0, 0}}},
	}
}

func run(t *testing.T, sc *Scene, workers int) *Result {
	t.Helper()
	r, err := Run(context.Background(), sc, Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What the gas holds at the end is what it held at the start and what came and went.
func TestNothingIsLost(t *testing.T) {
	r := run(t, room(8), 2)
	s := r.Sums
	near := func(what string, got, want, scale float64) {
		if math.Abs(got-want) > 2e-4*scale {
			t.Errorf("%s: %.5g, want %.5g", what, got, want)
		}
	}
	near("gas in kg", s.EndKg-s.StartKg, s.InKg+s.BlownKg, 1)
	near("enthalpy in kJ", s.EndKJ-s.StartKJ, s.ReleasedKJ+s.FlowKJ-s.WallKJ-s.RadiatedKJ+s.PressureKJ, s.ReleasedKJ)
	near("fuel in kg", s.EndFuelKg-s.StartFuelKg, s.FuelKg-s.BurntKg-s.OutFuelKg, .01)
	if s.ReleasedKJ < 500 || s.WallKJ < 10 || s.RadiatedKJ < 100 {
		t.Errorf("nothing burnt: %+v", s)
	}
	if s.LargestDivergence > 3e-3 {
		t.Errorf("the pressure left a divergence of %.2g 1/s", s.LargestDivergence)
	}
}

// A closed room without losses turns heat into pressure: the energy of the gas less
// the work of its pressure is the heat; for gamma of about 1.4 the pressure rises by
// (gamma-1) Q/V.
func TestSealedRoom(t *testing.T) {
	sc := &Scene{Box: Box{0, 2, 0, 2, 0, 2}, Cells: [3]int{8, 8, 8}, EndS: 5, Surfaces: []Surface{{Adiabatic: true, ConvectKW: 1e-12}},
		Reaction: Reaction{RadiativeFraction: NoRadiation}, Initial: []Initial{{Box: Box{.5, 1.5, .5, 1.5, 0, .5}, HRRPUV: 4}},
		Devices: []Device{{Name: "p", Quantity: Pressure, Box: Box{1, 1, 1, 1, 1.9, 1.9}}}}
	r := run(t, sc, 1)
	s := r.Sums
	if d := s.EndKJ - s.StartKJ - s.PressureKJ - s.ReleasedKJ; math.Abs(d) > 1e-3*s.ReleasedKJ {
		t.Errorf("energy off by %.3g of %.3g kJ", d, s.ReleasedKJ)
	}
	if math.Abs(s.EndKg-s.StartKg) > 1e-5*s.StartKg {
		t.Errorf("mass went from %.6g to %.6g kg", s.StartKg, s.EndKg)
	}
	p := r.Devices[0].Value[len(r.TimeS)-1]
	if want := .4 * s.ReleasedKJ * 1000 / 8; math.Abs(p-want) > .04*want {
		t.Errorf("pressure %.0f Pa, want about %.0f", p, want)
	}
}

// A leak bounds the pressure: what flows out at it is what heat makes grow.
func TestLeak(t *testing.T) {
	sc := &Scene{Box: Box{0, 2, 0, 2, 0, 2}, Cells: [3]int{8, 8, 8}, EndS: 6, Surfaces: []Surface{{Adiabatic: true, ConvectKW: 1e-12}},
		Reaction: Reaction{RadiativeFraction: NoRadiation}, Initial: []Initial{{Box: Box{.5, 1.5, .5, 1.5, 0, .5}, HRRPUV: 10}},
		Leaks:   []Leak{{Box: Box{0, 2, 0, 2, 0, 0}, AreaM2: .005}},
		Devices: []Device{{Name: "p", Quantity: Pressure, Box: Box{1, 1, 1, 1, 1, 1}}}}
	r := run(t, sc, 1)
	flow := .4 * 5000 / 1.4 / 101325 // m3/s
	want := 1.2 / 2 * math.Pow(flow/(.7*.005), 2)
	if p := r.Devices[0].Value[len(r.TimeS)-1]; math.Abs(p-want) > .15*want {
		t.Errorf("pressure %.2f Pa, want about %.2f", p, want)
	}
	// flow = 0.7 A sqrt(2 p/rho) (p/50)^0.15
	sc.Leaks[0].ReferencePa, sc.Leaks[0].Exponent = 50, .65
	r = run(t, sc, 1)
	want = math.Pow(flow/(.7*.005)*math.Sqrt(1.2/2)*math.Pow(50, .15), 1/.65)
	if p := r.Devices[0].Value[len(r.TimeS)-1]; math.Abs(p-want) > .15*want {
		t.Errorf("with an exponent of 0.65 %.2f Pa, want about %.2f", p, want)
	}
}

// Warm air above cold air between planes of symmetry stays where it is.
func TestLayersAtRest(t *testing.T) {
	sc := &Scene{Box: Box{0, 2, 0, 2, 0, 2}, Cells: [3]int{8, 8, 10}, EndS: 5, Reaction: Reaction{RadiativeFraction: NoRadiation},
		Still: true, Boundary: [6]int{-1, -1, -1, -1, -1, -1}, Initial: []Initial{{Box: Box{0, 2, 0, 2, 1, 2}, TempK: 600}}}
	for a := range 3 {
		for far := range 2 {
			b := sc.Box
			b[2*a], b[2*a+1] = b[2*a+far], b[2*a+far]
			sc.Vents = append(sc.Vents, Vent{Kind: Mirror, Box: b})
		}
	}
	e := newEngine(sc, Options{Workers: 1})
	for e.tS < 5 {
		e.step(.05)
	}
	for _, at := range e.gasCells {
		_, _, k := e.g.Cell(at)
		for a := range 3 {
			if v := e.u[a][at]; math.Abs(float64(v)) > 3e-2 {
				t.Fatalf("velocity %g m/s in plane %d", v, k)
			}
		}
		if k < 4 && math.Abs(float64(e.st.T[at])-293.15) > .5 || k > 5 && math.Abs(float64(e.st.T[at])-600) > 1 {
			t.Fatalf("plane %d has %.1f K", k, e.st.T[at])
		}
	}
}

// The surface of a thick wall under a constant flux rises by 2 q sqrt(t/(pi k rho c)):
// H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids (1959), 2.9.
func TestThickWall(t *testing.T) {
	s := &Surface{Layers: []Layer{{board, .2}}, Emissivity: 1e-9, Backing: Insulated}
	l := newLining(s)
	e := &engine{sc: Scene{AmbientK: 293.15}}
	f := face{tempK: 293.15, back: -1}
	w := newWallWork(len(l.size))
	for n := 1; n <= 3000; n++ {
		e.conduct(&f, &l, 5000, .1, w)
		if tS := float64(n) * .1; n%500 == 0 {
			want := 2 * 5000 * math.Sqrt(tS/(math.Pi*.17*960*1100))
			if got := f.tempK - 293.15; math.Abs(got-want) > .02*want {
				t.Errorf("after %.0f s %.1f K, want %.1f", tS, got, want)
			}
		}
	}
}

// A scene seen in a mirror gives the answer in the mirror.
func TestMirror(t *testing.T) {
	a := room(3)
	a.Vents[2].Box = Box{1.2, 1.8, .3, .9, 0, 0}
	a.Devices = []Device{{Name: "T", Quantity: GasTemperature, Box: Box{1.5, 1.5, .5, .5, 1.2, 1.2}}, {Name: "v", Quantity: VelocityX, Box: Box{3.1, 3.1, 1.1, 1.1, 1, 1}}}
	b := room(3)
	b.Vents[2].Box = Box{1.2, 1.8, 1.5, 2.1, 0, 0}
	b.Devices = []Device{{Name: "T", Quantity: GasTemperature, Box: Box{1.5, 1.5, 1.9, 1.9, 1.2, 1.2}}, {Name: "v", Quantity: VelocityX, Box: Box{3.1, 3.1, 1.3, 1.3, 1, 1}}}
	a.Still, b.Still = true, true
	ra, rb := run(t, a, 1), run(t, b, 1)
	for i := range ra.Devices {
		for k, v := range ra.Devices[i].Value {
			if w := rb.Devices[i].Value[k]; math.Abs(v-w) > 5e-3*(math.Abs(v)+.1) {
				t.Fatalf("%s at %.2f s: %g, in the mirror %g", ra.Devices[i].Name, ra.TimeS[k], v, w)
			}
		}
	}
}

// Any number of workers gives the same bytes.
func TestWorkersGiveTheSame(t *testing.T) {
	sc := room(.6)
	sc.Cells = [3]int{28, 24, 24}
	a, b := run(t, sc, 1), run(t, sc, 3)
	if !reflect.DeepEqual(a, b) {
		t.Error("one and three workers give different results")
	}
}

// This build gives the bytes that all builds give, with vector registers or without; a
// change of the model changes this number, which then has to be taken from both.
func TestAllBuildsGiveTheSame(t *testing.T) {
	h := fnv.New64a()
	for _, d := range run(t, room(.5), 2).Devices {
		for _, v := range d.Value {
			binary.Write(h, binary.LittleEndian, v)
		}
	}
	if got, want := h.Sum64(), uint64(0xc84d1cdb4c631e7d); runtime.GOARCH == "amd64" && got != want {
		t.Errorf("hash %#x, want %#x", got, want)
	}
}

// A plume in the open has, well above the flames, about the temperature and velocity
// on its axis that B. J. McCaffrey measured (NBSIR 79-1910, 1979).
func TestPlume(t *testing.T) {
	if testing.Short() {
		t.Skip("a plume")
	}
	sc := &Scene{Box: Box{-1.2, 1.2, -1.2, 1.2, 0, 2.4}, Cells: [3]int{24, 24, 24}, EndS: 16, Boundary: [6]int{-1, -1, -1, -1, -1, -1},
		Surfaces: []Surface{{Name: "burner", HRRPUA: 150 / .2304}}, Reaction: Reaction{C: 1, H: 4, RadiativeFraction: .2, HeatKJKg: 50000},
		Vents: []Vent{{Kind: Open, Box: Box{-1.2, -1.2, -1.2, 1.2, 0, 2.4}}, {Kind: Open, Box: Box{1.2, 1.2, -1.2, 1.2, 0, 2.4}}, {Kind: Open, Box: Box{-1.2, 1.2, -1.2, -1.2, 0, 3}},
			{Kind: Open, Box: Box{-1.2, 1.2, 1.2, 1.2, 0, 2.4}}, {Kind: Open, Box: Box{-1.2, 1.2, -1.2, 1.2, 2.4, 2.4}}, {Box: Box{-.24, .24, -.24, .24, 0, 0}, Surface: 0}},
		Devices: []Device{{Name: "T", Quantity: GasTemperature, Box: Box{0, 0, 0, 0, 1.9, 1.9}}, {Name: "w", Quantity: VelocityZ, Box: Box{0, 0, 0, 0, 1.9, 1.9}}}}
	r := run(t, sc, 2)
	mean := func(i int) (m float64) {
		v := r.Devices[i].Value[len(r.TimeS)/2:]
		for _, x := range v {
			m += x / float64(len(v))
		}
		return m
	}
	z := 1.9 / math.Pow(150, .4)
	rise := math.Pow(1.1/(.9*math.Sqrt(2*9.81)), 2) * math.Pow(z, -5./3) * 293.15
	speed := 1.1 * math.Pow(z, -1./3) * math.Pow(150, .2)
	if got := mean(0) - 293.15; got < .65*rise || got > 1.5*rise {
		t.Errorf("temperature rise %.0f K, McCaffrey %.0f", got, rise)
	}
	if got := mean(1); got < .7*speed || got > 1.4*speed {
		t.Errorf("velocity %.2f m/s, McCaffrey %.2f", got, speed)
	}
	t.Logf("rise %.0f K of %.0f, velocity %.2f m/s of %.2f", mean(0)-293.15, rise, mean(1), speed)
}

// An item catches when its surface is hot enough, and then burns by its curve; a wall
// that goes lets the flow through.
func TestItemCatchesAndWallGoes(t *testing.T) {
	sc := room(6)
	thin := Material{Name: "foam", ConductKWmK: .04e-3, DensityKgM3: 20, HeatKJKgK: 1.4}
	sc.Surfaces = append(sc.Surfaces, Surface{Name: "foam", Layers: []Layer{{thin, .05}}, HRRPUA: 200, Ramp: Ramp{{0, 0}, {1, 1}}, IgnitionK: 330, Whole: true})
	sc.Obstructions = append(sc.Obstructions, Obstruction{Name: "item", Box: Box{1.8, 2.4, .9, 1.5, 0, .3}, Surfaces: [6]int{2, 2, 2, 2, 2, 2}},
		Obstruction{Name: "pane", Box: Box{3, 3, .9, 1.5, 0, 1.8}, Surfaces: [6]int{-1, -1, -1, -1, -1, -1}, There: Schedule{SwitchS: []float64{3}}})
	sc.Devices = append(sc.Devices, Device{Name: "out", Quantity: MassFlowPositive, Box: Box{3, 3, .9, 1.5, 0, 1.8}})
	r := run(t, sc, 1)
	var caught, gone bool
	for _, e := range r.Events {
		caught = caught || e.What == "obstruction item ignites"
		gone = gone || e.What == "obstruction pane goes"
	}
	if !caught || !gone {
		t.Errorf("events %+v", r.Events)
	}
	flow := r.Devices[2].Value
	if before, after := flow[len(flow)/3], flow[len(flow)-1]; before != 0 || after < .05 {
		t.Errorf("%.3g kg/s through the pane, %.3g once it is gone", before, after)
	}
}
