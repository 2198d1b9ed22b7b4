package fuels

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestLibrary(t *testing.T) {
	seen := map[string]bool{}
	for _, it := range All() {
		if it.Name == "" || seen[it.Name] || it.Words == "" || it.Source == "" || it.SpreadWhy == "" || !(it.SpreadPct > 0) {
			t.Errorf("%+v", it)
		}
		seen[it.Name] = true
		for i, p := range it.Curve {
			if p[1] < 0 || i > 0 && p[0] <= it.Curve[i-1][0] {
				t.Errorf("%s: point %d %v", it.Name, i, p)
			}
		}
		if it.Kind == Measured && (len(it.Curve) < 2 || it.AreaM2 <= 0 || it.PeakKW() <= 0 || it.TotalMJ() <= 0) {
			t.Errorf("%+v", it)
		}
	}
	if _, err := Named("sofa"); err != nil {
		t.Error(err)
	}
	if _, err := Named("piano"); err == nil || !strings.Contains(err.Error(), "pool_gasoline") || !strings.Contains(err.Error(), "t2_fast") {
		t.Error(err)
	}
}

// TestPools holds round pools of 1 m against the correlation worked by hand:
// 0.055 (1 - exp(-2.1)) 0.7854 43700 0.92 and 0.017 0.7854 20000 0.99 kW.
func TestPools(t *testing.T) {
	for name, want := range map[string][2]float64{"pool_gasoline": {1523, 1525}, "pool_methanol": {264, 265}} {
		it, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		q, s, err := it.PoolKW(math.Pi/4, 10)
		if err != nil || q < want[0] || q > want[1] {
			t.Errorf("%s: %g kW, %v", name, q, err)
		}
		if got := q * s; math.Abs(got/(10*it.heatKJKg*it.efficiency)-1) > 1e-9 {
			t.Errorf("%s: %g kJ are released of 10 kg", name, got)
		}
		for _, bad := range [][2]float64{{0, 1}, {1, 0}, {math.NaN(), 1}, {1, math.Inf(1)}} {
			if _, _, err := it.PoolKW(bad[0], bad[1]); err == nil {
				t.Errorf("%s: %v", name, bad)
			}
		}
	}
	it, _ := Named("sofa")
	if _, _, err := it.PoolKW(1, 1); err == nil {
		t.Error("a sofa is no pool")
	}
}

// TestAgainstTable compares the curves with the table they come from.
func TestAgainstTable(t *testing.T) {
	f, err := os.Open("../../../shared/data/fire/cfast_item_hrr.csv")
	if err != nil {
		t.Skip("the table is not here: ", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for _, r := range rows[1:] {
		it, err := Named(r[0])
		if err != nil {
			t.Fatal(err)
		}
		s, _ := strconv.ParseFloat(r[1], 64)
		w, _ := strconv.ParseFloat(r[2], 64)
		p := it.Curve[at[r[0]]]
		at[r[0]]++
		if p[0] != s || math.Abs(p[1]-w/1000) > 1e-6*w {
			t.Errorf("%s: %v, want %v", r[0], p, r)
		}
	}
}
