package fire

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"firescene/recon"
)

// vettoriTest reads the parts of a CFAST input that a sprinkler test needs.
func vettoriTest(t *testing.T, path string) *recon.Hypothesis {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	find := func(pattern string) [][]string {
		return regexp.MustCompile(pattern).FindAllStringSubmatch(string(data), -1)
	}
	room := find(`DEPTH = ([\d.]+) HEIGHT = ([\d.]+) WIDTH = ([\d.]+)`)[0]
	ambient := number(find(`INTERIOR_TEMPERATURE = ([\d.]+)`)[0][1])
	at := find(`&FIRE.*LOCATION = ([\d.]+), ([\d.]+)`)[0]
	vent := find(`BOTTOM = 0 HEIGHT = (2[\d.]+), WIDTH = ([\d.]+)`)[0]
	h := &recon.Hypothesis{
		ID: "V", AmbientC: &ambient, DurationS: 400,
		Ignition: recon.Ignition{Time: time.Date(1998, 1, 1, 0, 0, 0, 0, time.UTC)},
		Rooms:    []recon.Room{{Name: "room", Max: recon.Vec{number(room[3]), number(room[1]), number(room[2])}, Wall: "gypsum", ThickM: 0.012}},
		Origin:   recon.Origin{Room: "room", At: recon.Vec{number(at[1]), number(at[2]), 0.3}},
	}
	if open := find(`CRITERION = 'TIME' T = 0, 0 F = (\d), `); len(open) > 0 && open[0][1] == "1" {
		h.Openings = []recon.Opening{{From: "room", To: Outside, WidthM: number(vent[2]), HeadM: number(vent[1])}}
	}
	f := recon.Fuel{Name: "burner", At: h.Origin.At, RadiativeFraction: 0.2}
	for _, m := range find(`DATA = ([\d.]+), ([\d.]+), ([\d.]+), ([\d.]+)`) {
		if n := len(f.Curve); n > 0 && number(m[1]) <= f.Curve[n-1][0] {
			continue
		}
		f.Curve = append(f.Curve, [2]float64{number(m[1]), number(m[2])})
		f.At[2], f.AreaM2 = number(m[3]), number(m[4])
	}
	h.Fuels = []recon.Fuel{f}
	for _, m := range find(`ID = 'Sprinkler_(\d)' .*LOCATION = ([\d.]+), ([\d.]+), ([\d.]+) .*SETPOINT = ([\d.]+), RTI = ([\d.]+)`) {
		h.Detectors = append(h.Detectors, recon.Detector{Name: m[1], Kind: "sprinkler", At: recon.Vec{number(m[2]), number(m[3]), number(m[4])}, ActivationC: number(m[5]), RTI: number(m[6])})
	}
	return h
}

// TestVettori measures sprinkler response times on Vettori's flat-ceiling tests
// (NISTIR 6253, 1998), those under a smooth ceiling: no part of the engine was fitted to them. It also measures
// how much of the error two sprinklers of one fire share.
func TestVettori(t *testing.T) {
	if testing.Short() {
		t.Skip("45 fires")
	}
	dir := sharedFire(t, "Vettori_Flat_Ceiling")
	f, err := os.Open(filepath.Join(dir, "exp", "Vettori_Flat_Ceiling_Act.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var measured, model []float64
	pairs := map[string][]float64{}
	var order []string
	for k, head := range rows[0] {
		var test, which int
		if n, _ := fmt.Sscanf(head, "Time-%d-%d", &test, &which); n != 2 {
			continue
		}
		e, err := strconv.ParseFloat(rows[1][k], 64)
		if err != nil || e <= 0 || (test-1)%5 > 2 { // tests 4, 5, 9, 10 ... are not in the experiment's own correlation inputs
			continue
		}
		h := vettoriTest(t, filepath.Join(dir, "cfast", fmt.Sprintf("Test_%d.in", test)))
		r, err := Simulate(context.Background(), h)
		if err != nil {
			t.Fatal(err)
		}
		a := r.Arrivals[which-1]
		if testing.Verbose() {
			fmt.Printf("%s fire %v: measured %.1f model %.1f reached %v\n", head, h.Fuels[0].At, e, a.TimeS*linkTime.delta, a.Reached)
		}
		if !a.Reached {
			t.Errorf("%s does not respond; measured %.0f s", head, e)
			continue
		}
		m := a.TimeS * linkTime.delta
		measured, model = append(measured, e), append(model, m)
		key := fmt.Sprint(test)
		if pairs[key] == nil {
			order = append(order, key)
		}
		pairs[key] = append(pairs[key], math.Log(m/e))
	}
	d, s, n := BiasSpread(measured, model, 0.06)
	var within float64
	two := 0
	for _, k := range order {
		if p := pairs[k]; len(p) == 2 {
			within += (p[0] - p[1]) * (p[0] - p[1]) / 2
			two++
		}
	}
	within /= float64(two)
	t.Logf("sprinkler time, %d responses: bias %.3f, spread %.3f; standard deviation within one fire %.3f (%d pairs)", n, d, s, math.Sqrt(within), two)
	if d < 0.95 || d > 1.2 || s > 0.2 {
		t.Errorf("bias %.3f, spread %.3f, want 0.95 to 1.20 and at most 0.20", d, s)
	}
}
