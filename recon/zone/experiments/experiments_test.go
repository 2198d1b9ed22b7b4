package experiments

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTwoLayer reduces a profile of two layers to itself, and Steckler's test 10
// to the values that its authors give.
func TestTwoLayer(t *testing.T) {
	var z, k []float64
	for h := 0.05; h < 2.4; h += 0.01 {
		z = append(z, h)
		if h < 1 {
			k = append(k, 300)
		} else {
			k = append(k, 450)
		}
	}
	if at, up := TwoLayer(z, k, 2.4); math.Abs(at-1) > 0.02 || math.Abs(up-450) > 3 {
		t.Errorf("two layers: %.3f m, %.1f K", at, up)
	}
	if at, _ := TwoLayer(z, make300(len(z)), 2.4); at != 2.4 {
		t.Errorf("one layer: %.3f m", at)
	}
	z = []float64{.06, .17, .29, .40, .52, .63, .74, .86, .97, 1.09, 1.20, 1.31, 1.43, 1.54, 1.66, 1.77, 1.88, 2, 2.11}
	c := []float64{65.52, 67.72, 71.90, 82.38, 96.7, 135.48, 177.23, 184.7, 187.13, 188.24, 189.25, 190.24, 190.75, 190.51, 191.98, 193.06, 193.14, 192.98, 184.79}
	for i := range c {
		c[i] += 273.15
	}
	if at, up := TwoLayer(z, c, 2.13); math.Abs(at-0.48) > 0.02 || math.Abs(up-273.15-180.1) > 3 {
		t.Errorf("Steckler 10: %.3f m, %.1f C, published .48, 180.1", at, up-273.15)
	}
}

func make300(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 300
	}
	return v
}

// stated is the bias and spread that VALIDATION.md gives, of a quantity and of a
// series within it.
var stated = map[string][2]float64{
	"hgl_temp": {1.00, .19}, "hgl_temp Steckler": {1.00, .07}, "hgl_depth": {.98, .16}, "hgl_depth Steckler": {.98, .10},
	"hgl_temp_closed": {1.10, .07}, "ceiling_jet_temp": {.97, .30}, "oxygen": {.97, .20}, "co2": {1.02, .22},
	"target_flux": {.82, .44}, "target_temp": {.96, .32}, "sprinkler_time": {1.15, .13}, "smoke_alarm_time": {1.20, .29},
}

// TestValidation runs all published series and holds the model to the accuracy
// that it states.
func TestValidation(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "fire")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the published experiments are not here")
	}
	if testing.Short() {
		t.Skip("hundreds of fires")
	}
	points, failed, err := Run(context.Background(), os.DirFS(dir), 2, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range failed {
		t.Errorf("%s: %s", f.Test, f.Reason)
	}
	if out := os.Getenv("ZONE_POINTS"); out != "" {
		if err := os.WriteFile(out, CSV(points), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rows := Rows(points)
	for _, r := range rows {
		if w, ok := stated[r.Name]; ok && (math.Abs(r.Bias-w[0]) > 0.03 || r.Spread > w[1]+0.03) {
			t.Errorf("%s: bias %.3f spread %.3f, not %v", r.Name, r.Bias, r.Spread, w)
		}
		t.Logf("%-22s %4d bias %.3f spread %.3f", r.Name, r.N, r.Bias, r.Spread)
		for _, p := range r.By {
			if w, ok := stated[r.Name+" "+p.Series]; ok && (math.Abs(p.Bias-w[0]) > 0.03 || p.Spread > w[1]+0.03) {
				t.Errorf("%s of %s: bias %.3f spread %.3f, not %v", r.Name, p.Series, p.Bias, p.Spread, w)
			}
			t.Logf("     %-17s %4d bias %.3f spread %.3f", p.Series, p.N, p.Bias, p.Spread)
		}
	}
}

// Pairs that were written are read, and what is no such table is refused.
func TestReadCSV(t *testing.T) {
	points := []Point{{"hgl_temp", "Steckler_14", "room", 86.25, 88.5}, {"surface_flux", "a", "wall 0.65", 1e-3, 2}}
	got, err := ReadCSV(bytes.NewReader(CSV(points)))
	if err != nil || !slices.Equal(got, points) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "a,b\n", "quantity,exp,model,test,where\nx,NaN,1,t,w\n", "quantity,exp,model,test,where\nx,1,-1,t,w\n", "quantity,exp,model,test,where\nx,1\n"} {
		if _, err := ReadCSV(strings.NewReader(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
