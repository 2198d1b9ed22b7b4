package fire

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"firescene/recon"
)

// sharedFire is where the published experiments lie beside the repository.
func sharedFire(t *testing.T, name string) string {
	t.Helper()
	p := filepath.Join("..", "..", "..", "shared", "data", "fire", name)
	if _, err := os.Stat(p); err != nil {
		t.Skipf("published experiments are not here: %v", err)
	}
	return p
}

type stecklerTest struct {
	name                          string
	hrrKW, widthM, heightM, sillM float64
	x, y, ambientC                float64
	upperC, heightOfLayerM        float64
	cfastUpperC                   float64
}

func stecklerTests(t *testing.T) []stecklerTest {
	t.Helper()
	f, err := os.Open(sharedFire(t, "steckler_expected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	num := func(s string) float64 {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var out []stecklerTest
	for _, r := range rows[1:] {
		x, y, _ := strings.Cut(r[5], ",")
		out = append(out, stecklerTest{"T" + r[0], num(r[1]), num(r[2]), num(r[3]), num(r[4]), num(x), num(y), num(r[6]), num(r[7]), num(r[8]), num(r[10])})
	}
	return out
}

// hypothesis states a Steckler test: 2.8 x 2.8 x 2.13 m lined with ceramic fibre
// board, a methane burner of 0.3 m and one opening.
func (s stecklerTest) hypothesis() *recon.Hypothesis {
	ambient := s.ambientC
	return &recon.Hypothesis{
		ID:        s.name,
		Origin:    recon.Origin{Room: "room", At: recon.Vec{s.x, s.y, 0}},
		Ignition:  recon.Ignition{Time: time.Date(1982, 1, 1, 0, 0, 0, 0, time.UTC)},
		Rooms:     []recon.Room{{Name: "room", Max: recon.Vec{2.8, 2.8, 2.13}, Wall: "k=0.1 rho=200 c=1.0", ThickM: 0.013}},
		Openings:  []recon.Opening{{From: "room", To: Outside, WidthM: s.widthM, SillM: s.sillM, HeadM: s.sillM + s.heightM}},
		Fuels:     []recon.Fuel{{Name: "burner", At: recon.Vec{s.x, s.y, 0.02}, AreaM2: 0.0707, Curve: [][2]float64{{0, s.hrrKW}, {1800, s.hrrKW}}, RadiativeFraction: 0.2}},
		AmbientC:  &ambient,
		DurationS: 1800,
	}
}

// TestSteckler measures the room model on the 55 steady fires of Steckler,
// Quintiere and Rinkinen (NBSIR 82-2520, 1982).
func TestSteckler(t *testing.T) {
	if testing.Short() {
		t.Skip("55 fires of 1800 s")
	}
	var measured, model, cfast, mqh, depthE, depthM []float64
	for _, s := range stecklerTests(t) {
		r, err := Simulate(context.Background(), s.hypothesis())
		if err != nil {
			t.Fatal(err)
		}
		last := len(r.TimeS) - 1
		at := func(name string) float64 { return r.Find(name, "room").Value[last] }
		measured = append(measured, s.upperC-s.ambientC)
		model = append(model, at("upper_layer")-s.ambientC)
		mqh = append(mqh, at("mqh_layer")-s.ambientC)
		cfast = append(cfast, s.cfastUpperC-s.ambientC)
		depthE = append(depthE, 2.13-s.heightOfLayerM)
		depthM = append(depthM, 2.13-at("interface"))
		if testing.Verbose() {
			fmt.Printf("%5s Q %5.1f W %.2f H %.2f at %g,%g: upper %5.1f model %5.1f mqh %5.1f cfast %5.1f C; interface %.2f model %.2f lower %.1f\n", s.name, s.hrrKW, s.widthM, s.heightM, s.x, s.y,
				s.upperC, at("upper_layer"), at("mqh_layer"), s.cfastUpperC, s.heightOfLayerM, at("interface"), at("lower_layer"))
		}
	}
	check := func(what string, e, m []float64, sigmaE, lo, hi, spread float64) {
		d, s, n := BiasSpread(e, m, sigmaE)
		t.Logf("%-42s %2d tests: bias %.3f, spread %.3f", what, n, d, s)
		if d < lo || d > hi || s > spread {
			t.Errorf("%s: bias %.3f, spread %.3f, want %.2f to %.2f and at most %.2f", what, d, s, lo, hi, spread)
		}
	}
	check("layer temperature rise", measured, model, 0.07, 0.9, 1.1, 0.12)
	check("layer temperature rise, every second test", odd(measured), odd(model), 0.07, 0.9, 1.1, 0.12)
	check("layer depth", depthE, depthM, 0.05, 0.85, 1.15, 0.15)
	check("layer depth, every second test", odd(depthE), odd(depthM), 0.05, 0.85, 1.15, 0.15)
	check("MQH (published 1.17, 0.15)", measured, mqh, 0.07, 1.0, 1.4, 0.25)
	check("CFAST 7, for comparison", measured, cfast, 0.07, 0.8, 1.2, 0.25)
}

// odd is every second value: a look at how much the figures owe to single tests.
func odd(v []float64) []float64 {
	var out []float64
	for i := 1; i < len(v); i += 2 {
		out = append(out, v[i])
	}
	return out
}
