package fire

import (
	"math"
	"testing"

	"firescene/recon/handcalc"
)

func testRoom(kw float64, vents ...vent) (*roomModel, *roomState) {
	r := &roomModel{lengthM: 4.8, widthM: 3.6, heightM: 2.5, ambientK: 293.15, vents: vents, leakM: leakRatio * 16.8,
		burners: []burner{{heat: func(float64) float64 { return kw }, baseM: 0.3, diameterM: 0.6, radiative: 0.35, mirror: 1}}}
	return r, newRoomState(r, material("gypsum"), 0.0125)
}

// TestVentFlowAgainstSteps compares the exact slabs with a sum over thin strips.
func TestVentFlowAgainstSteps(t *testing.T) {
	for _, g := range []gasColumn{
		{1.2, 1.15, 0.7, 1.1, -1.5}, {1.2, 1.2, 0.6, 0.4, -0.4}, {1.2, 1.1, 0.9, 2.2, 3}, {1.2, 1.2, 1.2, 1, -2}, {1.2, 1.0, 0.5, 1.0, 0},
	} {
		v := vent{widthM: 0.9, sillM: 0.2, headM: 2}
		var want exchange
		const n = 200000
		dz := (v.headM - v.sillM) / n
		for i := 0; i < n; i++ {
			z := v.sillM + (float64(i)+0.5)*dz
			p := g.pressure(z)
			switch {
			case p < 0:
				want.in += 0.7 * v.widthM * dz * math.Sqrt(2*g.outside*-p)
			case z > g.interfaceM:
				want.outUpper += 0.7 * v.widthM * dz * math.Sqrt(2*g.upper*p)
			default:
				want.outLower += 0.7 * v.widthM * dz * math.Sqrt(2*g.lower*p)
			}
		}
		got := ventFlow(v, g)
		for _, pair := range [][2]float64{{got.in, want.in}, {got.outLower, want.outLower}, {got.outUpper, want.outUpper}} {
			if math.Abs(pair[0]-pair[1]) > 1e-4*(1+pair[1]) {
				t.Errorf("%+v: %+v, want %+v", g, got, want)
			}
		}
	}
}

// TestMassBalance: a steady room lets out what it takes in.
func TestMassBalance(t *testing.T) {
	r, s := testRoom(300, vent{widthM: 0.9, headM: 2})
	for n := 0; n < 20*900; n++ {
		s.step(r, float64(n)*stepS, stepS)
	}
	g := gasColumn{handcalc.GasConst / r.ambientK, handcalc.GasConst / s.lowerK(r), handcalc.GasConst / s.upperK(), s.interfaceM(r), s.floorPa}
	x := ventFlow(r.vents[0], g)
	in, out := x.in, x.outUpper+x.outLower
	if in < 0.3 || math.Abs(in-out) > 0.03*in {
		t.Errorf("in %.3f kg/s, out %.3f kg/s", in, out)
	}
	if s.upperM3 <= 0 || s.upperM3 >= r.volumeM3() {
		t.Errorf("layer of %.2f m3 in a room of %.2f m3", s.upperM3, r.volumeM3())
	}
}

// TestEnergyBalance: what burns is in the gas, in the walls or out of the door.
func TestEnergyBalance(t *testing.T) {
	r, s := testRoom(300, vent{widthM: 0.9, headM: 2})
	var released, toWalls, outOfDoor float64
	for n := 0; n < 20*300; n++ {
		s.step(r, float64(n)*stepS, stepS)
		released += s.burnKW[0] * stepS
		toWalls += s.lossKW * stepS
		outOfDoor += s.ventOutKW * stepS
	}
	// At one pressure density times temperature is constant, so that the heat the
	// gas holds above ambient is what its lost mass would hold at ambient.
	inGas := handcalc.CpAir * r.ambientK * (handcalc.GasConst/r.ambientK*r.volumeM3() - s.upperKg - s.lowerKg)
	if missing := released - toWalls - outOfDoor - inGas; math.Abs(missing) > 0.005*released {
		t.Errorf("released %.0f kJ, walls %.0f, door %.0f, gas %.0f: %.1f %% is missing", released, toWalls, outOfDoor, inGas, 100*missing/released)
	}
	if math.Abs(released-300*300) > 0.01*released {
		t.Errorf("a fire with air enough burns %.0f kJ of %d", released, 300*300)
	}
}

// TestVentilationLimit: a fire larger than its door can feed burns about as much
// inside as the 1500 A sqrt(H) rule says, and a closed room goes out.
func TestVentilationLimit(t *testing.T) {
	r, s := testRoom(20000, vent{widthM: 0.9, headM: 2})
	for n := 0; n < 20*600; n++ {
		s.step(r, float64(n)*stepS, stepS)
	}
	limit := handcalc.VentilationLimit(0.9 * 2 * math.Sqrt2)
	if q := s.burnKW[0]; q < 0.5*limit || q > 1.15*limit {
		t.Errorf("%.0f kW burn, the rule says %.0f", q, limit)
	}
	r, s = testRoom(500)
	for n := 0; n < 20*1200; n++ {
		s.step(r, float64(n)*stepS, stepS)
	}
	if s.burnKW[0] > 100 {
		t.Errorf("%.0f kW still burn in a closed room after 20 min", s.burnKW[0])
	}
}

// TestSmokeFilling compares the time to fill a room to head height with the
// same plume filling a box of cold gas, dz/dt = -m(z)/(rho A) - Q/(cp rho T A).
func TestSmokeFilling(t *testing.T) {
	r, _ := testRoom(100)
	r.heightM, r.lengthM, r.widthM = 5, 10, 10
	s := newRoomState(r, material("gypsum"), 0.0125)
	at := 0.0
	for n := 0; s.interfaceM(r) > 1.8; n++ {
		s.step(r, float64(n)*stepS, stepS)
		if at = float64(n) * stepS; at > 600 {
			t.Fatal("the room does not fill")
		}
	}
	z, want := 5.0, 0.0
	for ; z > 1.8; want += 0.1 {
		z -= 0.1 * (handcalc.PlumeMassFlow(100, 65, 0.6, z-0.3)/1.204 + 65/(handcalc.CpAir*handcalc.GasConst)) / 100
	}
	if at < 0.85*want || at > 1.4*want {
		t.Errorf("filled in %.0f s, the box in %.0f s", at, want)
	}
}

// TestWall compares the heated face with the exact answer for a thick slab under
// constant flux, T = T0 + 2 q sqrt(t / (pi k rho c)).
func TestWall(t *testing.T) {
	m := material("brick")
	w := newWall(m, 0.3, 293)
	for n := 0; n < 20*600; n++ {
		w.heat(5, 0, 293, stepS)
	}
	want := 2 * 5 * math.Sqrt(600/(math.Pi*m.ConductKWmK*m.DensityKgM3*m.HeatKJKgK))
	if got := w.surfaceK() - 293; math.Abs(got-want) > 0.08*want {
		t.Errorf("face %.1f K warmer, exact %.1f", got, want)
	}
	if stored := w.storedKJ(293); math.Abs(stored-3000) > 10 {
		t.Errorf("%.0f kJ/m2 stored of 3000", stored)
	}
}

func TestMirrorFactorAndOxygen(t *testing.T) {
	if f := oxygenFactor(0.23, 300, 293); f != 1 {
		t.Errorf("air: %g", f)
	}
	if f := oxygenFactor(0.1, 300, 293); f != 0 {
		t.Errorf("10 %% oxygen, cold: %g", f)
	}
	if f := oxygenFactor(0.1, 900, 293); f != 1 {
		t.Errorf("10 %% oxygen, 627 C: %g", f)
	}
}
