package experiments

import (
	"fmt"
	"io/fs"
	"math"

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
// Source: UL FSRI compartment fire experiments (2018), doi 10.5281/zenodo.5703474. The
// burner's gas and size and the lining are not in the data: natural gas, 0.6 m and two
// boards of gypsum are supposed.
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

// fsri: the 250 kW gas burner at four places, with the door open or closed. Trees of
// measurement and model are reduced to layers alike; replicates are compared each. Open
// fires are compared after 300 s, when they have reached 0.96 of their rise at 600 s.
func fsri(fsys fs.FS, cellM float64) (fires []Fire, err error) {
	const name = "fsri_compartments_steady_public.csv"
	if _, err := fs.Stat(fsys, name); err != nil {
		return nil, nil
	}
	t, err := readTable(fsys, name)
	if err != nil {
		return nil, err
	}
	if cellM == 0 {
		cellM = .15
	}
	for _, door := range []string{"Open", "Closed"} {
		for _, loc := range []string{"Back", "Center", "Corner", "Side"} {
			var rows []int
			var end float64
			for i := range t.rows {
				if t.text(i, "fuel") == "250kW" && t.text(i, "door") == door && t.text(i, "loc") == loc {
					rows = append(rows, i)
					end += t.number(i, "t_end")
				}
			}
			if len(rows) == 0 {
				continue
			}
			end = min(300, end/float64(len(rows)))
			sc, err := FSRIScene(FSRIOrigins[loc], door == "Open", 250, end, cellM)
			if err != nil {
				return nil, err
			}
			sc.SampleS = 2
			fires = append(fires, Fire{Name: "FSRI_" + door + "_" + loc, Scene: sc, compare: func(r *field.Result) (out []zones.Point) {
				for _, i := range rows {
					out = append(out, fsriPoints(t, i, r, door)...)
				}
				return out
			}})
		}
	}
	return fires, nil
}

// fsriPoints compares one row: means over the last 60 s.
func fsriPoints(t *table, row int, r *field.Result, door string) (out []zones.Point) {
	test := "FSRI_" + t.text(row, "case")
	temp, depth := "hgl_temp", "hgl_depth"
	if door == "Closed" {
		temp, depth = "hgl_temp_closed", "hgl_depth_closed"
	}
	for _, q := range []string{"QA", "QB", "QC", "QD"} {
		var z, exp, model []float64
		for n := len(belowCeilingM) - 1; n >= 0; n-- {
			d := belowCeilingM[n]
			e, m := t.number(row, fmt.Sprintf("dT_%s_%g", q, d)), last(r, fmt.Sprintf("%s_%g", q, d), 60)-293.15
			if !math.IsNaN(e + m) {
				z, exp, model = append(z, 2.44-d), append(exp, e+293.15), append(model, m+293.15)
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
	out = point(out, "surface_flux", test, "wall 0.65", t.number(row, "RT65"), last(r, "RT_0.65", 60))
	out = point(out, "surface_flux", test, "wall 1.3", t.number(row, "RT130"), last(r, "RT_1.3", 60))
	return out
}
