package experiments

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strings"

	"firescene/formats/fds"
	"firescene/recon/field"
	"firescene/recon/field/fdscase"
	zones "firescene/recon/zone/experiments"
)

// nrcHeightM is the height of the room, nrcTrees those of its thermocouple trees whose
// mean is reduced to layers: the fourth and sixth had failing thermocouples or stood in
// the fire's plume.
const nrcHeightM = 3.82

var nrcTrees = [...]int{1, 2, 3, 5, 7}

// nistNRC: A. Hamins et al., NIST SP 1013-1 (2006): heptane and toluene sprays of 0.3 to
// 2.3 MW in a room of 21.7 by 7.04 by 3.82 m, from the series' inputs for FDS. A run ends
// when its fire begins to die down, for peaks are compared.
func nistNRC(fsys fs.FS, cellM float64) (fires []Fire, err error) {
	inputs, err := fs.Glob(fsys, "NIST_NRC/fds/NIST_NRC_*.fds")
	if err != nil {
		return nil, err
	}
	if cellM == 0 {
		cellM = .3
	}
	for _, in := range inputs {
		test := strings.TrimSuffix(path.Base(in), ".fds")
		base := "NIST_NRC/exp/NIST_NRC_Test_" + strings.TrimPrefix(test, "NIST_NRC_")
		if _, err := fs.Stat(fsys, base+"_layer.csv"); err != nil {
			continue
		}
		b, err := fs.ReadFile(fsys, in)
		if err != nil {
			return nil, err
		}
		f, err := fds.Read(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in, err)
		}
		for i := range f.Ramps {
			if r := &f.Ramps[i]; r.ID == "FIRE_RAMP" {
				f.EndS = min(f.EndS, burnsUntil(r))
			}
		}
		c, err := fdscase.New(f, fdscase.Options{CellM: cellM})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in, err)
		}
		fires = append(fires, Fire{Name: test, Scene: c.Scene, compare: func(r *field.Result) ([]zones.Point, error) {
			t, err := c.DeviceTable(r)
			if err != nil {
				return nil, err
			}
			return nrcPoints(fsys, base, test, t, f.AmbientC)
		}})
	}
	return fires, nil
}

// burnsUntil is the last time at which a ramp is at its highest.
func burnsUntil(r *fds.Ramp) float64 {
	high, at := math.Inf(-1), math.Inf(1)
	for i, v := range r.F {
		if v >= high {
			high, at = v, r.T[i]
		}
	}
	return at
}

// series are the values of a name over time, of a record or of a run.
type series struct{ tS, v []float64 }

func (s series) until(endS float64, better func(a, b float64) bool) float64 {
	best := math.NaN()
	for i, v := range s.v {
		if s.tS[i] <= endS && !math.IsNaN(v) && (math.IsNaN(best) || better(v, best)) {
			best = v
		}
	}
	return best
}

func (s series) high(endS float64) float64 {
	return s.until(endS, func(a, b float64) bool { return a > b })
}

func (s series) low(endS float64) float64 {
	return s.until(endS, func(a, b float64) bool { return a < b })
}

// first is the first value, end the time of the last.
func (s series) first() float64 {
	if len(s.v) == 0 {
		return math.NaN()
	}
	return s.v[0]
}

func (s series) end() float64 {
	if len(s.tS) == 0 {
		return math.Inf(-1)
	}
	return s.tS[len(s.tS)-1]
}

// nrcRecord is a column of a record from half a minute before ignition; 999 and 0 stand
// for no value, and one that is more gaps than values is empty.
func nrcRecord(t *table, column string) (s series) {
	for i := range t.rows {
		at, v := t.number(i, "Time"), t.number(i, column)
		if at >= -30 && !math.IsNaN(v) && v != 999 && v != 0 {
			s.tS, s.v = append(s.tS, at), append(s.v, v)
		}
	}
	if len(s.v) < len(t.rows)/2 {
		return series{}
	}
	return s
}

func modelled(t *fdscase.Table, name string) (s series) {
	for i, n := range t.Names {
		if n == name {
			for _, r := range t.Rows {
				s.tS, s.v = append(s.tS, r[0]), append(s.v, r[i])
			}
		}
	}
	return s
}

// nrcPoints compares the peaks of a test until its fire dies down.
func nrcPoints(fsys fs.FS, base, test string, run *fdscase.Table, ambientC float64) (out []zones.Point, err error) {
	layer, err := readTable(fsys, base+"_layer.csv")
	if err != nil {
		return nil, err
	}
	rec, err := readTable(fsys, base+"_file_1.csv")
	if err != nil {
		return nil, err
	}
	gauges, err := readTable(fsys, base+"_gauge.csv")
	if err != nil {
		return nil, err
	}
	end := modelled(run, "Time").end()
	add := func(quantity, where string, exp, model float64) { out = point(out, quantity, test, where, exp, model) }
	temp, depth := "hgl_temp_closed", "hgl_depth_closed"
	door := nrcRecord(rec, "Door flow out (kg/s)")
	if len(door.v) > 0 && door.high(end) > .05 {
		temp, depth = "hgl_temp", "hgl_depth"
	}
	height, upper := nrcLayers(run)
	add(temp, "room", nrcRecord(layer, "T_upper").high(end)-ambientC, upper.high(end)-ambientC)
	add(depth, "room", nrcHeightM-nrcRecord(layer, "Height").low(end), nrcHeightM-height.low(end))
	peak := func(quantity, column, name string, sense float64) {
		e, m := nrcRecord(rec, column), modelled(run, name)
		u := min(end, e.end())
		if sense < 0 {
			add(quantity, column, e.first()-e.low(u), m.first()-m.low(u))
		} else {
			add(quantity, column, e.high(u)-e.first(), m.high(u)-m.first())
		}
	}
	peak("oxygen", "O2-1", "O2 1", -1)
	peak("co2", "CO2-4", "CO2 4", 1)
	if temp == "hgl_temp_closed" {
		peak("pressure", "CompP", "Pressure", 1)
	}
	peak("ceiling_jet_temp", "Tree 7-10", "Tr 7-10", 1)
	for _, n := range []string{"2", "4", "6", "8", "9"} {
		e, m := nrcRecord(rec, "Cable Total Flux "+n), modelled(run, "Total Flux Gauge "+n)
		u := min(end, e.end())
		add("target_flux", "Cable Total Flux "+n, e.high(u), m.high(u))
	}
	long := map[string]string{"N": "North", "S": "South", "E": "East", "W": "West", "F": "Floor", "C": "Ceiling"}
	highs := map[string]float64{}
	for _, n := range run.Names {
		if e := nrcRecord(gauges, n); strings.Contains(n, " G-") && len(e.v) > 0 {
			highs[n] = e.high(end)
		}
	}
	for _, n := range run.Names {
		if _, ok := highs[n]; ok && zones.Alive(n, highs) {
			e := nrcRecord(gauges, n)
			u := min(end, e.end())
			add("surface_flux", n, e.high(u), modelled(run, n).high(u))
		}
		if rest, ok := strings.CutPrefix(n, "TC "); ok && strings.Contains(rest, "-") && len(rest) > 2 && rest[1] == ' ' {
			peak("surface_temp", "TC "+long[rest[:1]]+rest[1:]+"-2", n, 1)
		}
	}
	return out, nil
}

// nrcLayers reduces the mean of the model's trees to two layers at each time.
func nrcLayers(run *fdscase.Table) (height, upper series) {
	at := map[string]int{}
	for i, n := range run.Names {
		at[n] = i
	}
	for _, r := range run.Rows {
		var z, t []float64
		for n := 1; n <= 10; n++ {
			var sum float64
			for _, k := range nrcTrees {
				i, ok := at[fmt.Sprintf("Tr %d-%d", k, n)]
				if !ok {
					return series{}, series{}
				}
				sum += r[i]
			}
			z, t = append(z, .35*float64(n)), append(t, sum/float64(len(nrcTrees))+273.15)
		}
		low, high := zones.TwoLayer(z, t, nrcHeightM)
		height.tS, height.v = append(height.tS, r[0]), append(height.v, low)
		upper.tS, upper.v = append(upper.tS, r[0]), append(upper.v, high-273.15)
	}
	return height, upper
}
