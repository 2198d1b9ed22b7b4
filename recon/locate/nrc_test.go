package locate

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"firescene/recon/handcalc"
)

// TestNISTNRC validates the estimate and its errors on another series than the room
// experiments: A. Hamins et al., NIST SP 1013-1 (2006), sprays of 0.4 to 2.3 MW at
// four places of a room of 21.66 x 7.04 x 3.82 m with seven trees of thermocouples.
// Nothing was fitted to it. The floor is divided into cells of half a metre.
func TestNISTNRC(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "fire", "NIST_NRC", "exp")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the experiments are not here: " + err.Error())
	}
	if testing.Short() {
		t.Skip("eleven fires over six hundred cells")
	}
	room := Room{WidthM: 21.66, DepthM: 7.04, HeightM: 3.82, Lining: handcalc.Material{ConductKWmK: 0.12e-3, DensityKgM3: 737, HeatKJKgK: 1.42}}
	truth := map[int][2]float64{1: {10.8, 3.6}, 2: {10.8, 3.6}, 3: {10.8, 3.6}, 4: {10.8, 3.6}, 5: {10.8, 3.6}, 13: {10.8, 3.6}, 14: {10.8, 5.2}, 15: {10.8, 1.15}, 16: {10.8, 3.6}, 17: {10.8, 3.6}, 18: {12.3, 1.5}}
	var tests []int
	for n := range truth {
		tests = append(tests, n)
	}
	sort.Ints(tests)
	in50, in90, near, used := 0, 0, 0, 0
	var area float64 // of the likeliest nine tenths
	for _, n := range tests {
		r, err := nrcRecords(filepath.Join(dir, fmt.Sprintf("NIST_NRC_Test_%02d_file_1.csv", n)))
		if err != nil {
			t.Fatal(err)
		}
		var cells []Candidate
		for y := 0.25; y < room.DepthM; y += 0.5 {
			for x := 0.25; x < room.WidthM; x += 0.5 {
				c := Candidate{Name: fmt.Sprintf("%.2f,%.2f", x, y)}
				for _, z := range []float64{0.2, 0.6, 1} {
					c.Sources = append(c.Sources, Source{At: [3]float64{x, y, z}, Weight: 1})
				}
				cells = append(cells, c)
			}
		}
		e, err := Locate(context.Background(), room, r, cells)
		if err != nil {
			t.Fatal(err)
		}
		order := make([]int, len(cells))
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(a, b int) bool { return e.Posterior[order[a]] > e.Posterior[order[b]] })
		at := truth[n]
		var above, meanX, meanY float64
		found := -1.0
		for _, i := range order {
			s := cells[i].Sources[0].At
			if found < 0 && math.Abs(s[0]-at[0]) <= 0.25 && math.Abs(s[1]-at[1]) <= 0.25 {
				found = above + e.Posterior[i]
			}
			if above < 0.9 {
				area += 0.25 / float64(len(tests))
			}
			above += e.Posterior[i]
			meanX, meanY = meanX+e.Posterior[i]*s[0], meanY+e.Posterior[i]*s[1]
		}
		best := cells[order[0]].Sources[0].At
		d := math.Hypot(meanX-at[0], meanY-at[1])
		t.Logf("test %2d: %d stages, truth %.1f, %.1f, mean %.1f, %.1f (%.1f m off), best %.1f, %.1f; truth within the likeliest %.2f %s", n, len(e.Stages), at[0], at[1], meanX, meanY, d, best[0], best[1], found, e.Undecided)
		if e.Undecided != "" {
			continue
		}
		used++
		if found <= 0.5 {
			in50++
		}
		if found <= 0.9 {
			in90++
		}
		if d < 2 {
			near++
		}
	}
	t.Logf("%d fires: truth within the likeliest half in %d, nine tenths in %d; mean within 2 m in %d; nine tenths cover %.0f of %.0f m2 on average", used, in50, in90, near, area, room.WidthM*room.DepthM)
	if used < 11 || in50 < 4 || in90 < 9 || near < 10 || area > 90 {
		t.Errorf("%d fires: truth within the likeliest half in %d, nine tenths in %d; mean within 2 m in %d; %.0f m2", used, in50, in90, near, area)
	}
}

// nrcRecords reads the seven trees; 0 and 999 stand for no value.
func nrcRecords(name string) (*Records, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := csv.NewReader(f)
	c.FieldsPerRecord, c.LazyQuotes = -1, true
	rows, err := c.ReadAll()
	if err != nil {
		return nil, err
	}
	places := [7][2]float64{{5, 3.58}, {10.85, 6.48}, {10.85, 2.2}, {10.85, 1.35}, {10.85, 0.55}, {11.95, 3.58}, {16.7, 3.58}}
	r := &Records{}
	var cols []int
	for i, h := range rows[0] {
		var tree, level int
		if _, err := fmt.Sscanf(strings.TrimSpace(h), "Tree %d-%d", &tree, &level); err != nil || tree < 1 || tree > 7 {
			continue
		}
		r.Thermometers = append(r.Thermometers, Thermometer{Name: strings.TrimSpace(h), At: [3]float64{places[tree-1][0], places[tree-1][1], 0.35 * float64(level)}})
		cols = append(cols, i)
	}
	for _, row := range rows[1:] {
		at, err := strconv.ParseFloat(strings.TrimSpace(row[0]), 64)
		if err != nil || len(r.TimeS) > 0 && at <= r.TimeS[len(r.TimeS)-1] {
			continue
		}
		r.TimeS = append(r.TimeS, at)
		for k, i := range cols {
			v := math.NaN()
			if i < len(row) {
				if x, err := strconv.ParseFloat(strings.TrimSpace(row[i]), 64); err == nil && x != 0 && x != 999 {
					v = x
				}
			}
			r.Thermometers[k].C = append(r.Thermometers[k].C, v)
		}
	}
	return r, nil
}
