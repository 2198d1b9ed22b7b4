package fire

import (
	"context"
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"firescene/recon"
)

// TestFSRI measures the layer temperature rise on FSRI's 250 kW gas burner in
// one room at four places with the door open; nothing was fitted to it. The
// model's hot layer is compared with the mean of the four thermocouple trees
// over the depth of that layer.
func TestFSRI(t *testing.T) {
	if testing.Short() {
		t.Skip("eight fires")
	}
	f, err := os.Open(sharedFire(t, "fsri_compartments_steady_public.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]recon.Vec{"Center": {1.83, 1.83, 0.3}, "Back": {1.83, 3.3, 0.3}, "Corner": {0.35, 3.3, 0.3}, "Side": {0.35, 1.83, 0.3}}
	var measured, model []float64
	for _, r := range rows[1:] {
		at, known := places[r[3]]
		if r[1] != "250kW" || r[2] != "Open" || !known {
			continue
		}
		h := &recon.Hypothesis{
			ID: "F", DurationS: 300, Ignition: recon.Ignition{Time: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)},
			Origin:   recon.Origin{Room: "room", At: at},
			Rooms:    []recon.Room{{Name: "room", Max: recon.Vec{3.66, 3.66, 2.44}, Wall: "gypsum", ThickM: 0.016}},
			Openings: []recon.Opening{{From: "room", To: Outside, WidthM: 0.9, HeadM: 2.03}},
			Fuels:    []recon.Fuel{{Name: "burner", At: at, AreaM2: 0.36, Curve: [][2]float64{{0, 250}, {300, 250}}, RadiativeFraction: 0.2}},
		}
		res, err := Simulate(context.Background(), h)
		if err != nil {
			t.Fatal(err)
		}
		last := len(res.TimeS) - 1
		depth := 2.44 - res.Find("interface", "room").Value[last]
		var sum float64
		var n int
		for k, name := range rows[0] {
			if !strings.HasPrefix(name, "dT_") || strings.HasSuffix(name, "_0.025") {
				continue
			}
			below, err := strconv.ParseFloat(name[strings.LastIndex(name, "_")+1:], 64)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := strconv.ParseFloat(r[k], 64); err == nil && v > 0 && below < depth-0.15 {
				sum += v
				n++
			}
		}
		rise := res.Find("upper_layer", "room").Value[last] - 20
		t.Logf("%-24s measured %.0f K, model %.0f K, depth %.2f m", r[0], sum/float64(n), rise, depth)
		measured, model = append(measured, sum/float64(n)), append(model, rise)
	}
	d, s, n := BiasSpread(measured, model, 0.07)
	t.Logf("layer temperature rise, %d fires: bias %.3f, spread %.3f", n, d, s)
	if n < 4 || d < 0.7 || d > 1.4 || s > 0.3 {
		t.Errorf("bias %.3f, spread %.3f, want 0.7 to 1.4 and at most 0.3", d, s)
	}
}
