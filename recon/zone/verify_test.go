package zone

import (
	"context"
	"math"
	"testing"

	"firescene/recon/handcalc"
)

var gypsum = Surface{Slabs: []Slab{{handcalc.Material{ConductKWmK: 0.16e-3, DensityKgM3: 790, HeatKJKgK: 0.9}, 0.016}}}

// methane at a constant rate in the middle of the first room.
func burner(kW float64) Fire {
	return Fire{Name: "burner", X: 2, Y: 1.5, Rows: []FireRow{{HRRkW: kW, BaseM: 0.3, AreaM2: 0.2, Soot: 0.01, CO: 0.005}},
		Fuel: Fuel{C: 1, H: 4, HeatKJKg: 50000, Radiative: 0.3}}
}

// suite is three rooms in a row on one storey and one above, with doors, a hatch, a
// fan and a window.
func suite() *Scene {
	room := func(name string, x, z float64) Room {
		return Room{Name: name, Origin: [3]float64{x, 0, z}, WidthM: 4, DepthM: 3, HeightM: 2.5, Ceiling: gypsum, Wall: gypsum, Floor: gypsum}
	}
	return &Scene{DurationS: 300, SampleS: 10, HumidityPct: 40,
		Rooms: []Room{room("a", 0, 0), room("b", 4, 0), room("c", 8, 0), room("up", 4, 2.6)},
		Vents: []Vent{{Name: "ab", A: 0, B: 1, WidthM: 0.9, HeightM: 2}, {Name: "bc", A: 1, B: 2, WidthM: 0.9, HeightM: 2}, {Name: "out", A: 2, B: Outside, WidthM: 0.9, HeightM: 2}, {Name: "win", A: 3, B: Outside, WidthM: 0.5, BottomM: 1, HeightM: 0.5}},
		Holes: []Hole{{Name: "hatch", Upper: 3, Lower: 1, AreaM2: 0.5}},
		Fans:  []Fan{{Name: "fan", From: 0, To: Outside, FromM: 2.3, ToM: 2.3, FromSpanM: 0.2, FlowM3S: 0.05}},
		Fires: []Fire{burner(150)},
		Joins: []Join{{From: 3, To: 1}},
	}
}

func run(t testing.TB, s *Scene) *Result {
	t.Helper()
	res, err := Run(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range res.columns {
		for k, v := range *res.columns[i] {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("column %d is %g at %g s", i, v, res.TimeS[k])
			}
		}
	}
	return res
}

// TestConservation: mass, energy and each species add up: mass and species to
// rounding, energy to the rest of the pressure iteration and of what the walls'
// two parts exchange when the interface moves, 0.1 %.
func TestConservation(t *testing.T) {
	for name, change := range map[string]func(*Scene){
		"suite":     func(*Scene) {},
		"flashed":   func(s *Scene) { s.Fires[0].Rows[0].HRRkW = 6000 },
		"shaft":     func(s *Scene) { s.Rooms[1].Shaft = true },
		"neighbour": func(s *Scene) { s.Joins = append(s.Joins, Join{Wall: true, From: 0, To: 1, Share: 0.25}) },
		"section":   func(s *Scene) { s.Rooms[2].Section = []SectionAt{{0, 12}, {1, 9}, {2.5, 6}} },
	} {
		s := suite()
		change(s)
		var e *engine
		if err := Check(s); err != nil {
			t.Fatal(err)
		}
		e = newEngine(s)
		e.newResult()
		var start, end, out [NSpecies]float64
		sum := func(v *[NSpecies]float64) {
			for i := range e.rooms {
				for k := range e.rooms[i].layers {
					for j, m := range e.rooms[i].layers[k].sp {
						v[j] += m
					}
				}
			}
		}
		sum(&start)
		for e.nowS < s.DurationS {
			before := [NSpecies]float64{}
			sum(&before)
			made, in := e.sums.MadeKg, e.sums.InSpeciesKg
			e.advance()
			after := [NSpecies]float64{}
			sum(&after)
			for j := range out {
				out[j] += before[j] + e.sums.MadeKg[j] - made[j] + e.sums.InSpeciesKg[j] - in[j] - after[j]
			}
		}
		sum(&end)
		kg, kJ := e.stored()
		q := e.sums
		if d := kg - q.StartKg - q.InKg + q.OutKg - q.FuelKg; math.Abs(d) > 1e-9*(q.InKg+q.StartKg) {
			t.Errorf("%s: %.3g kg are missing of %.0f", name, d, q.InKg+q.StartKg)
		}
		if d := kJ - q.StartKJ - q.ReleasedKJ - q.InKJ + q.OutKJ + q.BackKJ; math.Abs(d) > 1e-3*q.ReleasedKJ {
			t.Errorf("%s: %.1f kJ are missing of %.0f released", name, d, q.ReleasedKJ)
		}
		// What left by openings is not negative, and all of it is accounted for: of
		// oxygen no more than came in.
		for j, v := range out {
			if v < -1e-9 || v > start[j]+q.InSpeciesKg[j]+max(0, q.MadeKg[j])+1e-9 {
				t.Errorf("%s: %s: %.3g kg left, %.3g there", name, SpeciesNames[j], v, start[j]+q.InSpeciesKg[j]+q.MadeKg[j])
			}
		}
	}
}

// TestSealedBox: in a closed box without walls the pressure rises as
// (gamma-1) Q t / V, and the energy is that of the gas.
func TestSealedBox(t *testing.T) {
	f := burner(10)
	f.Fuel.Radiative = 0
	s := &Scene{DurationS: 60, SampleS: 1, Adiabatic: true, Rooms: []Room{{Name: "box", WidthM: 5, DepthM: 4, HeightM: 3}}, Fires: []Fire{f}}
	s.Fires[0].X, s.Fires[0].Y = 2.5, 2
	res := run(t, s)
	fuel := 10.0 / 50000 * cp * standardK // the fuel brings its own enthalpy
	want := 0.4 * (10 + fuel) * 60 / 60 * 1000
	got := res.Rooms[0].PressurePa[60] - res.Rooms[0].PressurePa[0]
	if math.Abs(got-want) > 1e-3*want {
		t.Errorf("%.1f Pa, want %.1f", got, want)
	}
}

// TestVentFlow: two layers inside, one outside, against a sum over thin strips, for
// several pressures; the slopes against differences.
func TestVentFlow(t *testing.T) {
	s := &Scene{Rooms: []Room{{WidthM: 4, DepthM: 3, HeightM: 2.5}}, Vents: []Vent{{A: 0, B: Outside, WidthM: 0.9, BottomM: 0.2, HeightM: 1.8}}, DurationS: 1}
	e := newEngine(s)
	r := &e.rooms[0]
	for _, c := range []struct{ zI, upK, lowK, dp float64 }{{1.1, 500, 310, -1.5}, {0.4, 600, 293.15, -0.4}, {2.2, 400, 320, 3}, {1, 700, 350, 0}, {1, 293.15, 293.15, -2}} {
		r.zI, r.rho[upper], r.rho[lower], r.tempK = c.zI, 352.87/c.upK, 352.87/c.lowK, [2]float64{c.upK, c.lowK}
		r.share = [2]float64{1, 1}
		e.schedules()
		l := &e.links[0]
		slope := l.flow(c.dp)
		got := l.out
		var want [2][2]float64
		const n = 100000
		for i := range n {
			z := 0.2 + (float64(i)+0.5)*1.8/n
			p := c.dp + r.columnPa(z, e.outRho)
			k := lower
			if z > c.zI {
				k = upper
			}
			m := 0.7 * 0.9 * 1.8 / n * math.Sqrt(2*math.Abs(p))
			if p > 0 {
				want[0][k] += m * math.Sqrt(r.rho[k])
			} else {
				want[1][lower] += m * math.Sqrt(e.outRho)
			}
		}
		for i := range want {
			for k := range want[i] {
				if math.Abs(got[i][k]-want[i][k]) > 2e-4*(1+want[i][k]) {
					t.Errorf("%+v: %.4f, want %.4f", c, got, want)
				}
			}
		}
		const d = 1e-5
		l.flow(c.dp + d)
		net := l.out[0][0] + l.out[0][1] - l.out[1][0] - l.out[1][1]
		l.flow(c.dp - d)
		net -= l.out[0][0] + l.out[0][1] - l.out[1][0] - l.out[1][1]
		if a := slope[0][0] + slope[0][1] + slope[1][0] + slope[1][1]; math.Abs(net/(2*d)-a) > 0.02*a {
			t.Errorf("%+v: slope %.4f, by differences %.4f", c, a, net/(2*d))
		}
	}
}

// TestSlab: the face of a thick slab under constant flux, T = 2 q sqrt(t/(pi k rho
// c)); what it stores; and a joint of two materials in steady flow.
func TestSlab(t *testing.T) {
	brick := handcalc.Material{ConductKWmK: 0.69e-3, DensityKgM3: 1600, HeatKJKgK: 0.84}
	w := newSlab(Surface{Slabs: []Slab{{brick, 0.3}}}, 293)
	for range 6000 {
		w.heat(face{5, 0}, w.air(293), 0.1)
	}
	want := 2 * 5 * math.Sqrt(600/(math.Pi*0.69e-3*1600*0.84))
	// The first cell's mean stands half a cell below the face.
	faceK := w.tempK[0] - 293 + 5/w.half[0]
	if math.Abs(faceK-want) > 0.03*want {
		t.Errorf("face %.1f K warmer, exact %.1f", faceK, want)
	}
	if e := w.storedKJ(293); math.Abs(e-3000) > 10 {
		t.Errorf("%.0f kJ/m2 stored of 3000", e)
	}
	wool := handcalc.Material{ConductKWmK: 0.04e-3, DensityKgM3: 100, HeatKJKgK: 0.8}
	w = newSlab(Surface{Slabs: []Slab{{brick, 0.02}, {wool, 0.02}}}, 293)
	for range 20000 {
		w.heat(face{0.2, 0}, w.air(293), 10)
	}
	through := 0.2 * (0.02/0.69e-3 + 0.02/0.04e-3 + 1/backLoss)
	if got := w.tempK[0] - 293 + 0.2/w.half[0] + 0.2/w.half[1]; math.Abs(got-through) > 0.01*through {
		t.Errorf("two slabs: %.1f K, exact %.1f", got, through)
	}
}

// TestRefinement: a step bound of a quarter changes the layers by less than 2 %.
func TestRefinement(t *testing.T) {
	a := suite()
	b := suite()
	b.MaxStepS = 0.1
	ra, rb := run(t, a), run(t, b)
	for i := range ra.Rooms {
		for k := range ra.TimeS {
			x, y := &ra.Rooms[i], &rb.Rooms[i]
			if d := math.Abs(x.UpperK[k] - y.UpperK[k]); d > 0.02*(y.UpperK[k]-293.15)+1.5 {
				t.Errorf("%s at %g s: %.2f K, with small steps %.2f", x.Name, ra.TimeS[k], x.UpperK[k], y.UpperK[k])
			}
			if d := math.Abs(x.InterfaceM[k] - y.InterfaceM[k]); d > 0.05 {
				t.Errorf("%s at %g s: interface %.3f m, with small steps %.3f", x.Name, ra.TimeS[k], x.InterfaceM[k], y.InterfaceM[k])
			}
		}
	}
	t.Logf("%d steps, %d small ones", ra.Steps, rb.Steps)
}

// TestMirror: a mirrored building mirrors the answer, and so does one whose rooms
// and openings are listed the other way round.
func TestMirror(t *testing.T) {
	a, b := suite(), suite()
	for i := range b.Rooms {
		b.Rooms[i].Origin[0] = 100 - b.Rooms[i].Origin[0]
	}
	b.Fires[0].X = 4 - b.Fires[0].X
	n := len(b.Rooms) - 1
	flip := func(k *int) {
		if *k != Outside {
			*k = n - *k
		}
	}
	for i := 0; i < len(b.Rooms)/2; i++ {
		b.Rooms[i], b.Rooms[n-i] = b.Rooms[n-i], b.Rooms[i]
	}
	for i := range b.Vents {
		v := &b.Vents[i]
		flip(&v.A)
		flip(&v.B)
		if v.B != Outside {
			v.A, v.B = v.B, v.A
		}
	}
	flip(&b.Holes[0].Upper)
	flip(&b.Holes[0].Lower)
	flip(&b.Fans[0].From)
	flip(&b.Fires[0].Room)
	flip(&b.Joins[0].From)
	flip(&b.Joins[0].To)
	ra, rb := run(t, a), run(t, b)
	for i := range ra.Rooms {
		x, y := &ra.Rooms[i], &rb.Rooms[n-i]
		for k := range ra.TimeS {
			if math.Abs(x.UpperK[k]-y.UpperK[k]) > 0.02 || math.Abs(x.InterfaceM[k]-y.InterfaceM[k]) > 1e-3 {
				t.Fatalf("%s at %g s: %.6f K, %.6f m; mirrored %.6f, %.6f", x.Name, ra.TimeS[k], x.UpperK[k], x.InterfaceM[k], y.UpperK[k], y.InterfaceM[k])
			}
		}
	}
}

// TestViewFactors: each row adds up to one, and areas are reciprocal.
func TestViewFactors(t *testing.T) {
	for _, c := range [][4]float64{{4, 3, 1, 1.5}, {10, 2, 0.01, 2.4}, {3, 3, 2.999, 0.001}} {
		f := viewFactors(c[0], c[1], c[2], c[3])
		area := [4]float64{c[0] * c[1], 2 * (c[0] + c[1]) * c[2], 2 * (c[0] + c[1]) * c[3], c[0] * c[1]}
		for i := range f {
			sum := 0.0
			for j := range f {
				sum += f[i][j]
				if a, b := area[i]*f[i][j], area[j]*f[j][i]; math.Abs(a-b) > 1e-3*(a+b)+1e-3 {
					t.Errorf("%v: %d-%d %.4f m2, back %.4f", c, i, j, a, b)
				}
			}
			if math.Abs(sum-1) > 5e-3 {
				t.Errorf("%v: row %d adds up to %.4f", c, i, sum)
			}
		}
	}
	// Two unit squares a unit apart: 0.1998 (Howell C-11).
	if p := parallel(1, 1, 1); math.Abs(p-0.19982) > 1e-4 {
		t.Errorf("unit squares: %.5f", p)
	}
}

// TestRadiate: all that flames and warm bodies send is taken up by others; bodies of
// one temperature exchange nothing.
func TestRadiate(t *testing.T) {
	f := viewFactors(4, 3, 1, 1.5)
	area := [4]float64{12, 14, 21, 12}
	eps := [4]float64{0.9, 0.8, 0.7, 0.95}
	fire := [4]float64{10, 20, 30, 40}
	cross := [4][2]int{{2, 1}, {2, 1}, {0, 1}, {0, 1}}
	k := [4]float64{600, 500, 350, 300}
	x := radiate(&f, &area, &k, &eps, [2]float64{900, 400}, [2]float64{0.5, 0.1}, &fire, &cross)
	sum := x.gas[0] + x.gas[1] - 100
	for i := range area {
		sum += area[i] * x.absorbed[i]
	}
	if math.Abs(sum) > 0.5 {
		t.Errorf("%.3f kW are lost", sum)
	}
	even := [4]float64{400, 400, 400, 400}
	x = radiate(&f, &area, &even, &eps, [2]float64{400, 400}, [2]float64{0.5, 0.1}, &[4]float64{}, &cross)
	for i, v := range x.absorbed {
		if math.Abs(v) > 5e-3 {
			t.Errorf("surface %d takes up %.4f kW/m2 at one temperature", i, v)
		}
	}
}

// TestEmissivity holds the gas against values of the charts: 10 % water and 10 %
// carbon dioxide over 1 m at 1000 K, about 0.27 (H. C. Hottel's charts, 0.25 to
// 0.29).
func TestEmissivity(t *testing.T) {
	if e := emissivity(1000, 0.2, 0, 1); e < 0.22 || e > 0.32 {
		t.Errorf("%.3f", e)
	}
	if e := emissivity(1000, 0, 0, 1); e != 0 {
		t.Errorf("clear gas: %.3f", e)
	}
	if e := emissivity(1000, 0.2, 1, 10); e > 0.9999 {
		t.Errorf("black smoke: %.6f", e)
	}
}

// TestExtremes: what passes Check runs to its end with finite numbers.
func TestExtremes(t *testing.T) {
	for name, change := range map[string]func(*Scene){
		"no opening": func(s *Scene) { s.Vents, s.Holes, s.Fans = nil, nil, nil },
		"huge fire":  func(s *Scene) { s.Fires[0].Rows[0].HRRkW = 1e6 },
		"no fire":    func(s *Scene) { s.Fires = nil },
		"tiny rooms": func(s *Scene) {
			s.Rooms[1].WidthM, s.Rooms[1].DepthM, s.Rooms[1].HeightM, s.DurationS = 0.3, 0.3, 0.3, 10
		},
		"hall":           func(s *Scene) { s.Rooms[2].WidthM, s.Rooms[2].HeightM = 1000, 200 },
		"whole walls":    func(s *Scene) { s.Vents[0].WidthM, s.Vents[2].WidthM = 1e4, 1e4 },
		"no area":        func(s *Scene) { s.Vents[0].WidthM = 0 },
		"above ceiling":  func(s *Scene) { s.Vents[2].BottomM = 50 },
		"big fan":        func(s *Scene) { s.Fans[0].FlowM3S = 1000 },
		"fan in closed":  func(s *Scene) { s.Vents = s.Vents[:2]; s.Fans[0].FlowM3S = 5 },
		"winter":         func(s *Scene) { s.OutsideK, s.InsideK = 233, 295 },
		"high roof fire": func(s *Scene) { s.Fires[0].Rows[0].BaseM = 900 },
		"fire outside":   func(s *Scene) { s.Fires[0].X = -50 },
		"steel foil": func(s *Scene) {
			s.Rooms[0].Wall.Slabs = []Slab{{handcalc.Material{ConductKWmK: 0.05, DensityKgM3: 7800, HeatKJKgK: 0.5}, 1e-4}}
		},
		"no soot, no heat": func(s *Scene) { s.Fires[0].Fuel = Fuel{HeatKJKg: 500} },
		"big hole":         func(s *Scene) { s.Holes[0].AreaM2 = 12 },
		"overlap":          func(s *Scene) { s.Vents = append(s.Vents, s.Vents[0], s.Vents[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			s := suite()
			s.DurationS = 60
			change(s)
			res := run(t, s)
			for i := range res.Rooms {
				for k := range res.TimeS {
					if v := res.Rooms[i].UpperK[k]; v < 100 || v > 6000 {
						t.Fatalf("%s at %g s: %.0f K", res.Rooms[i].Name, res.TimeS[k], v)
					}
				}
			}
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	nan := math.NaN()
	for name, change := range map[string]func(*Scene){
		"no room":        func(s *Scene) { s.Rooms = nil },
		"zero-size room": func(s *Scene) { s.Rooms[0].HeightM = 0 },
		"NaN in a curve": func(s *Scene) { s.Fires[0].Rows = append(s.Fires[0].Rows, FireRow{TimeS: 5, HRRkW: nan}) },
		"infinite heat":  func(s *Scene) { s.Fires[0].Rows[0].HRRkW = math.Inf(1) },
		"time runs back": func(s *Scene) { s.Fires[0].Rows = []FireRow{{TimeS: 5}, {TimeS: 1}} },
		"no such room":   func(s *Scene) { s.Vents[0].B = 17 },
		"itself":         func(s *Scene) { s.Vents[0].B = 0 },
		"no end":         func(s *Scene) { s.DurationS = math.Inf(1) },
		"share of 2":     func(s *Scene) { s.Vents[0].Open = Schedule{TimeS: []float64{0}, Share: []float64{2}} },
		"no target":      func(s *Scene) { s.Fires[0].Trigger = &Trigger{Target: 3} },
		"NaN place":      func(s *Scene) { s.Detectors = []Detector{{At: [3]float64{nan, 0, 0}}} },
		"thin slab":      func(s *Scene) { s.Rooms[0].Wall.Slabs[0].ThickM = 0 },
	} {
		s := suite()
		for i := range s.Rooms {
			s.Rooms[i].Wall.Slabs = append([]Slab(nil), s.Rooms[i].Wall.Slabs...)
		}
		change(s)
		if _, err := Run(context.Background(), s); err == nil {
			t.Errorf("%s is run", name)
		}
	}
}

// TestSmokeReachesFar: smoke reaches the far room later and cooler than the near,
// and the upper storey through the hatch.
func TestSmokeReachesFar(t *testing.T) {
	res := run(t, suite())
	n := res.Last()
	a, b, c, up := res.Rooms[0].UpperK[n], res.Rooms[1].UpperK[n], res.Rooms[2].UpperK[n], res.Rooms[3].UpperK[n]
	if !(a > b && b > c && c > 300 && up > 295) {
		t.Errorf("%.0f, %.0f, %.0f, %.0f K", a, b, c, up)
	}
}

// TestTriggers: an item catches by flux or temperature of its target, a window
// breaks, a sprinkler holds the fire down.
func TestTriggers(t *testing.T) {
	s := suite()
	s.Fires[0].Rows[0].HRRkW = 800
	chair := burner(100)
	chair.Name, chair.X, chair.Trigger = "chair", 1, &Trigger{Target: 0, Flux: true, Value: 3}
	s.Fires = append(s.Fires, chair)
	wood := handcalc.Material{ConductKWmK: 0.14e-3, DensityKgM3: 500, HeatKJKgK: 1.5}
	s.Targets = []Target{{Name: "seat", At: [3]float64{1, 1.5, 0.4}, Normal: [3]float64{0, 0, 1}, Material: wood, ThickM: 0.02}}
	s.Vents = append(s.Vents, Vent{Name: "pane", A: 0, B: Outside, WidthM: 1, BottomM: 1, HeightM: 1, Open: Schedule{Trigger: &Trigger{Target: 0, Value: 350}, After: 1}})
	res := run(t, s)
	if len(res.Events) < 2 {
		t.Errorf("events: %+v", res.Events)
	}
	if last := res.Fires[1].BurnKW[res.Last()]; last < 50 {
		t.Errorf("the chair burns with %.0f kW", last)
	}
	s = suite()
	s.Detectors = []Detector{{Name: "head", Kind: Link, At: [3]float64{1, 1.5, 2.45}, SetPoint: 341, RTI: 50, SprayMS: 1e-4}}
	s.Fires[0].Rows[0].HRRkW = 600
	res = run(t, s)
	if d := res.Detectors[0]; !d.Responded || res.Fires[0].BurnKW[res.Last()] > 300 {
		t.Errorf("sprinkler: %+v s, fire %.0f kW", d.TimeS, res.Fires[0].BurnKW[res.Last()])
	}
}

func TestSameBytes(t *testing.T) {
	a, b := run(t, suite()), run(t, suite())
	for i := range a.columns {
		for k := range *a.columns[i] {
			if (*a.columns[i])[k] != (*b.columns[i])[k] {
				t.Fatal("two runs differ")
			}
		}
	}
}

// BenchmarkSteckler is one room with a door for 1800 s.
func BenchmarkSteckler(b *testing.B) {
	board := Surface{Slabs: []Slab{{handcalc.Material{ConductKWmK: 0.1e-3, DensityKgM3: 200, HeatKJKgK: 1}, 0.013}}}
	f := burner(62.9)
	f.X, f.Y = 1.4, 1.4
	s := &Scene{DurationS: 1800, SampleS: 10, Rooms: []Room{{WidthM: 2.8, DepthM: 2.8, HeightM: 2.13, Ceiling: board, Wall: board, Floor: board}},
		Vents: []Vent{{B: Outside, WidthM: 0.74, HeightM: 1.83}}, Fires: []Fire{f}}
	for b.Loop() {
		run(b, s)
	}
}

// BenchmarkSuite is four rooms on two storeys for 300 s.
func BenchmarkSuite(b *testing.B) {
	for b.Loop() {
		run(b, suite())
	}
}

// TestSmokeBeforeIgnition: a detector near an item that has not caught yet is met
// by smoke of another room.
func TestSmokeBeforeIgnition(t *testing.T) {
	s := suite()
	later := burner(10)
	later.Name, later.Room, later.IgniteS = "later", 1, 1000
	s.Fires = append(s.Fires, later)
	s.Detectors = []Detector{{Name: "hall", Room: 1, At: [3]float64{1, 1, 2.45}, Kind: Gas, SetPoint: 310}}
	if d := run(t, s).Detectors[0]; !d.Responded || d.TimeS > 120 {
		t.Errorf("%v at %.0f s", d.Responded, d.TimeS)
	}
}
