package handcalc

import (
	"math"
	"testing"
)

// TestCorrelations holds each correlation to values worked out by hand from the
// printed form of its source.
func TestCorrelations(t *testing.T) {
	conv := 350.0
	rho := GasConst / 293.15
	for _, c := range []struct {
		name      string
		got, want float64
		rel       float64
	}{
		// 0.235 * 500^0.4 - 1.02 * 0.5 = 0.235*12.011 - 0.51
		{"FlameHeight 500 kW, 0.5 m", FlameHeight(500, 0.5), 2.3126, 1e-3},
		{"FlameHeight never negative", FlameHeight(10, 3), 0, 0},
		// 0.083 * 12.011 - 0.51
		{"VirtualOrigin 500 kW, 0.5 m", VirtualOrigin(500, 0.5), 0.4869, 1e-3},
		// 9.1 (293/(9.81*1.005^2*1.204^2))^(1/3) = 9.1 * 2.734 = 24.9; *350^(2/3)=49.66; *(3.5131)^(-5/3)=0.12319
		{"PlumeRise 500 kW at 4 m", PlumeRise(500, conv, 0.5, 4, 293.15), 24.9 * 49.66 * 0.12319, 0.01},
		// 0.071*350^(1/3)*3.5131^(5/3) + 1.92e-3*350 = 0.071*7.047*8.118 + 0.671
		{"PlumeMassFlow 500 kW at 4 m", PlumeMassFlow(500, conv, 0.5, 4), 4.062 + 0.671, 0.01},
		// Half way up the flames it is half of what it is at the tip (2.3126 m).
		{"PlumeMassFlow half way to the tip", PlumeMassFlow(500, conv, 0.5, 1.1563), PlumeMassFlow(500, conv, 0.5, 2.3126) / 2, 1e-3},
		// 3.4 (9.81/(1.005*1.204*293))^(1/3) = 1.029; (350/3.5131)^(1/3) = 4.636
		{"PlumeVelocity 500 kW at 4 m", PlumeVelocity(500, conv, 0.5, 4, 293.15), 1.029 * 4.636, 0.01},
		// 16.9*1000^(2/3)/3^(5/3) = 16.9*100/6.240
		{"CeilingJetRise 1 MW, 3 m, axis", CeilingJetRise(1000, 3, 0.3), 270.8, 1e-3},
		// 5.38*(1000/3)^(2/3)/3
		{"CeilingJetRise 1 MW, 3 m, r 3 m", CeilingJetRise(1000, 3, 3), 86.2, 1e-3},
		{"CeilingJetVelocity axis", CeilingJetVelocity(1000, 3, 0.3), 0.947 * math.Cbrt(1000.0/3), 1e-9},
		// 0.197*10*1.732/3^(5/6) = 3.412/2.498
		{"CeilingJetVelocity r 3 m", CeilingJetVelocity(1000, 3, 3), 1.3659, 1e-3},
		// 6.85*(500^2/(2.55*0.03*50))^(1/3) = 6.85*40.27
		{"MQHRise", MQHRise(500, 2.55, 0.03, 50), 275.6, 2e-3},
		// Gypsum board, 60 s: sqrt(0.17e-3*960*1.1/60)
		{"MQHHeatLoss before penetration", MQHHeatLoss(materials["gypsum"], 0.0125, 60), 0.05470, 1e-3},
		{"MQHHeatLoss after penetration", MQHHeatLoss(materials["gypsum"], 0.0125, 3600), 0.0136, 1e-3},
		// 610 sqrt(0.0547*50*2.55)
		{"FlashoverMQH", FlashoverMQH(2.55, 0.0547, 50), 1610.9, 1e-3},
		{"FlashoverThomas", FlashoverThomas(2.55, 50), 7.8*50 + 378*2.55, 1e-12},
		{"FlashoverBabrauskas", FlashoverBabrauskas(2.55), 1912.5, 1e-12},
		{"VentilationLimit", VentilationLimit(2.55), 3825, 1e-12},
		// 0.35*1000/(4 pi 9)
		{"PointSourceFlux", PointSourceFlux(1000, 0.35, 3), 3.0947, 1e-3},
		// 100 + (20-100) exp(-10*sqrt(4)/50)
		{"LinkStep", LinkStep(20, 100, 4, 50, 10), 100 - 80*math.Exp(-0.4), 1e-12},
		{"density of air at 20 C", rho, 1.204, 1e-3},
	} {
		if math.Abs(c.got-c.want) > c.rel*math.Abs(c.want) {
			t.Errorf("%s: %.5g, want %.5g", c.name, c.got, c.want)
		}
	}
}

func TestCorrelationsAtNothing(t *testing.T) {
	for name, v := range map[string]float64{
		"FlameHeight": FlameHeight(0, 1), "PlumeRise": PlumeRise(0, 0, 1, 2, 293), "PlumeMassFlow": PlumeMassFlow(0, 0, 1, 2),
		"PlumeMassFlow below": PlumeMassFlow(100, 65, 0.3, -1), "PlumeVelocity": PlumeVelocity(0, 0, 1, 1, 293),
		"CeilingJetRise": CeilingJetRise(100, 0, 1), "CeilingJetVelocity": CeilingJetVelocity(0, 2, 1), "MQHRise": MQHRise(100, 0, 0.03, 50),
		"MQHHeatLoss": MQHHeatLoss(materials["gypsum"], 0, 10), "PointSourceFlux": PointSourceFlux(100, 0.3, 0), "FlashoverMQH": FlashoverMQH(-1, 1, 1),
	} {
		if v != 0 {
			t.Errorf("%s of nothing is %g", name, v)
		}
	}
	if !math.IsInf(JetTravelTime(0, 2, 1), 1) || !math.IsInf(PlumeRiseTime(0, 0, 1, 2, 293), 1) {
		t.Error("gas of no fire arrives")
	}
}

// TestLayerSource: with no hot layer Evans' source is the fire itself; with one,
// it is weaker, and fires deep in the layer keep their strength and height.
func TestLayerSource(t *testing.T) {
	if s, h := LayerSource(100, 2.2, 1, 293, 293); s != 1 || h != 2.2 {
		t.Errorf("no layer: %g, %g", s, h)
	}
	if s, h := LayerSource(100, 2.2, 1, 293.001, 293); math.Abs(s-1) > 1e-2 || math.Abs(h-2.2) > 1e-2 {
		t.Errorf("layer hardly warmer: %g, %g, want close to 1 and 2.2", s, h)
	}
	s1, _ := LayerSource(100, 2.2, 1, 393, 293)
	if s1 <= 0.2 || s1 >= 1 {
		t.Errorf("share %g, want between 0.2 and 1", s1)
	}
	s2, h2 := LayerSource(100, 2.2, 0.01, 393, 293)
	if math.Abs(s2-1) > 0.02 || math.Abs(h2-2.2) > 0.02 {
		t.Errorf("interface at the fire: %g, %g, want 1 and 2.2", s2, h2)
	}
}

// TestJetTravelTime checks the closed form against a sum over small steps.
func TestJetTravelTime(t *testing.T) {
	sum, dr := 0.0, 1e-4
	for r := dr / 2; r < 3; r += dr {
		sum += dr / CeilingJetVelocity(200, 2.2, r)
	}
	if got := JetTravelTime(200, 2.2, 3); math.Abs(got-sum) > 0.01*sum {
		t.Errorf("%.4f s, stepwise %.4f", got, sum)
	}
	sum = 0
	for z := dr / 2; z < 2; z += dr {
		v := 3.4 * math.Cbrt(Gravity/(CpAir*GasConst)) * math.Cbrt(130/(z+0.2))
		sum += dr / v
	}
	d := (0.083*math.Pow(200, 0.4) + 0.2) / 1.02 // virtual origin 0.2 m below the base
	if got := PlumeRiseTime(200, 130, d, 2, 293.15); math.Abs(got-sum) > 0.01*sum {
		t.Errorf("plume: %.4f s, stepwise %.4f", got, sum)
	}
}

func TestMaterials(t *testing.T) {
	for _, n := range MaterialNames() {
		if m, err := MaterialNamed(n); err != nil || m.ConductKWmK <= 0 || m.DensityKgM3 <= 0 || m.HeatKJKgK <= 0 {
			t.Errorf("%s: %+v, %v", n, m, err)
		}
	}
	if m, err := MaterialNamed("k=0.1 rho=200 c=1"); err != nil || m != (Material{1e-4, 200, 1}) {
		t.Errorf("%+v, %v", m, err)
	}
	for _, bad := range []string{"", "gold", "k=1", "k=1 rho=2 c=NaN", "k=1 rho=2 c=-1", "k=1 k=1 rho=2", "k=1 rho=2 c=3 d=4", "k=1 rho=2 c=Inf"} {
		if _, err := MaterialNamed(bad); err == nil {
			t.Errorf("%q is taken for a material", bad)
		}
	}
}
