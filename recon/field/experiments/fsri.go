package experiments

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"strings"
	"time"

	"firescene/recon/field"
	"firescene/recon/field/rooms"
	zones "firescene/recon/zone/experiments"
)

// FSRIOrigins are the places of the fires in FSRI's compartment, x along the front wall
// with the door, y to the back.
var FSRIOrigins = map[string][2]float64{"Center": {1.83, 1.83}, "Back": {1.83, 3.31}, "Corner": {.35, 3.31}, "Side": {.35, 1.83}}

// belowCeilingM are the depths of the thermocouples of each tree.
var belowCeilingM = []float64{.025, .3, .6, .9, 1.2, 1.5, 1.8, 2.1}

var trees = map[string][2]float64{"QA": {.92, .92}, "QB": {2.74, .92}, "QC": {2.74, 2.74}, "QD": {.92, 2.74}}

// FSRIScene is the 3.66 by 3.66 by 2.44 m compartment with a 0.6 m square burner, 0.3 m
// high, that gives off hrrKW of natural gas; the door of 0.9 by 2.03 m is open, or closed
// but for leaks of average tightness.
//
// Source: UL FSRI compartment fire experiments (2018), doi 10.5281/zenodo.5703474; the
// burner's natural gas: "Experimental data from compartment fires with gas burner and
// upholstered furniture fuels", Data in Brief 47 (2023). The burner's size and the lining
// are not in the data: 0.6 m and two boards of gypsum are supposed.
func FSRIScene(at [2]float64, open bool, hrrKW, endS, cellM float64) (*field.Scene, error) {
	gypsum := field.Material{Name: "gypsum", ConductKWmK: .17e-3, DensityKgM3: 960, HeatKJKgK: 1.1}
	lining := field.Surface{Name: "gypsum", Layers: []field.Layer{{Material: gypsum, ThickM: .0159}, {Material: gypsum, ThickM: .0159}}}
	const side, height = 3.66, 2.44
	p := rooms.Plan{CellM: cellM, Rooms: []rooms.Room{{Name: "room", Box: field.Box{0, side, 0, side, 0, height}, Walls: lining, Ceiling: lining, Floor: lining}}}
	door := field.Box{2.44, 3.34, 0, 0, 0, 2.03}
	if open {
		p.Openings = []rooms.Opening{{Name: "door", A: 0, B: rooms.Outside, Box: door}}
	}
	sc, err := p.Scene()
	if err != nil {
		return nil, err
	}
	sc.Name, sc.EndS, sc.AmbientK, sc.HumidityPct = "fsri", endS, 293.15, 40
	if !open {
		sc.Leaks = []field.Leak{{Name: "door", Box: door, AreaM2: .21e-3 * 4 * side * height}}
	}
	const half, top = .3, .3
	sc.Reaction = field.Reaction{Fuel: "natural gas", C: 1, H: 4, HeatKJKg: 50000, RadiativeFraction: .2}
	sc.Surfaces = append(sc.Surfaces, field.Surface{Name: "burner", HRRPUA: hrrKW / (4 * half * half), Ramp: field.Ramp{{0, 0}, {5, 1}}})
	b := field.Box{max(at[0]-half, 0), min(at[0]+half, side), max(at[1]-half, 0), min(at[1]+half, side), 0, top}
	sc.Obstructions = append(sc.Obstructions, field.Obstruction{Name: "burner", Box: b, Surfaces: [6]int{-1, -1, -1, -1, -1, -1}})
	b[4] = top
	sc.Vents = append(sc.Vents, field.Vent{Name: "burner", Box: b, Surface: len(sc.Surfaces) - 1})
	for _, q := range []string{"QA", "QB", "QC", "QD"} {
		c := trees[q]
		for _, z := range belowCeilingM {
			sc.Devices = append(sc.Devices, field.Device{Name: fmt.Sprintf("%s_%g", q, z), Quantity: field.Thermocouple, Box: field.Box{c[0], c[0], c[1], c[1], height - z, height - z}})
		}
	}
	for _, z := range []float64{.65, 1.3} {
		sc.Devices = append(sc.Devices, field.Device{Name: fmt.Sprintf("RT_%g", z), Quantity: field.GaugeHeatFlux, Orientation: [3]float64{-1, 0, 0}, Box: field.Box{side, side, side / 2, side / 2, height - z, height - z}})
	}
	return sc, nil
}

// The window after ignition over which measurement and model are averaged: layers have
// formed, and closed fires still have air.
const fsriFromS, fsriToS = 90, 120

// fsri: the 250 kW gas burner at four places, with the door open or closed. Trees of
// measurement and model are reduced to layers alike; replicates are compared each.
func fsri(fsys fs.FS, cellM float64) (fires []Fire, err error) {
	const dir = "fsri-compartments-2018/01_Data/"
	if cellM == 0 {
		cellM = .15
	}
	for _, door := range []string{"Open", "Closed"} {
		for _, loc := range []string{"Back", "Center", "Corner", "Side"} {
			files, err := fs.Glob(fsys, dir+"250kW_"+door+"_"+loc+"_?.csv")
			if err != nil || len(files) == 0 {
				continue
			}
			sc, err := FSRIScene(FSRIOrigins[loc], door == "Open", 250, fsriToS, cellM)
			if err != nil {
				return nil, err
			}
			sc.SampleS = 2
			fires = append(fires, Fire{Name: "FSRI_" + door + "_" + loc, Scene: sc, records: "FSRI_250kW_" + door + "_" + loc + "_", compare: func(r *field.Result) (out []zones.Point, err error) {
				for _, f := range files {
					more, err := fsriPoints(fsys, f, r, door)
					if err != nil {
						return nil, err
					}
					out = append(out, more...)
				}
				return out, nil
			}})
		}
	}
	return fires, nil
}

// fsriPoints compares one record with a run.
func fsriPoints(fsys fs.FS, file string, r *field.Result, door string) (out []zones.Point, err error) {
	m, err := readFSRI(fsys, file)
	if err != nil {
		return nil, err
	}
	test := "FSRI_" + strings.TrimSuffix(path.Base(file), ".csv")
	temp, depth := "hgl_temp", "hgl_depth"
	if door == "Closed" {
		temp, depth = "hgl_temp_closed", "hgl_depth_closed"
	}
	const span = fsriToS - fsriFromS
	for _, q := range []string{"QA", "QB", "QC", "QD"} {
		var z, exp, model []float64
		for n := len(belowCeilingM) - 1; n >= 0; n-- {
			d := belowCeilingM[n]
			label := fmt.Sprintf("%.1f m", d)
			if d < .1 {
				label = "25 mm"
			}
			e, v := m.rise(fmt.Sprintf("Quadrant %s Temperature %s Below Ceiling", q[1:], label)), last(r, fmt.Sprintf("%s_%g", q, d), span)-293.15
			if !math.IsNaN(e + v) {
				z, exp, model = append(z, 2.44-d), append(exp, e+293.15), append(model, v+293.15)
			}
		}
		if len(z) < 6 {
			continue
		}
		ze, te := zones.TwoLayer(z, exp, 2.44)
		zm, tm := zones.TwoLayer(z, model, 2.44)
		out = point(out, temp, test, q, te-293.15, tm-293.15)
		out = point(out, depth, test, q, 2.44-ze, 2.44-zm)
	}
	for _, z := range []string{"0.65", "1.3"} {
		out = point(out, "surface_flux", test, "wall "+z, m.rise("Right Side Wall Total Heat Flux "+z+" m Below Ceiling"), last(r, "RT_"+z, span))
	}
	return out, nil
}

// fsriRecord is one record with the time of each row after ignition.
type fsriRecord struct {
	*table
	tS []float64
}

// readFSRI reads a record and the time of ignition from its list of events.
func readFSRI(fsys fs.FS, file string) (*fsriRecord, error) {
	t, err := readTable(fsys, file)
	if err != nil {
		return nil, err
	}
	events, err := readTable(fsys, strings.TrimSuffix(file, ".csv")+"_Events.csv")
	if err != nil {
		return nil, err
	}
	var lit time.Time
	for i := range events.rows {
		if events.text(i, "Event") == "Ignition" {
			if lit, err = time.Parse("2006-01-02-15:04:05", events.text(i, "Time")); err != nil {
				return nil, fmt.Errorf("%s: ignition at %q", file, events.text(i, "Time"))
			}
		}
	}
	m := &fsriRecord{table: t}
	for i := range t.rows {
		at, err := time.Parse("2006-01-02 15:04:05", t.text(i, "Timestamp"))
		if err != nil || lit.IsZero() {
			return nil, fmt.Errorf("%s: row %d has no time after ignition", file, i+2)
		}
		m.tS = append(m.tS, at.Sub(lit).Seconds())
	}
	return m, nil
}

// rise is the mean of a column over the window less that of the minute before ignition;
// NaN where there is none.
func (m *fsriRecord) rise(column string) float64 {
	var sum, n, before, nb float64
	for i, t := range m.tS {
		v := m.number(i, column)
		switch {
		case math.IsNaN(v):
		case t >= fsriFromS && t <= fsriToS:
			sum, n = sum+v, n+1
		case t >= -60 && t < 0:
			before, nb = before+v, nb+1
		}
	}
	return sum/n - before/nb
}
