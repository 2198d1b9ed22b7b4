package experiments

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"firescene/recon/field"
	"firescene/recon/field/rooms"
	zones "firescene/recon/zone/experiments"
)

// shrink is by how much the heat that the lining stores is lessened, so that the steady
// state of 30 minutes comes within two.
const shrink = 10

// steckler: K. D. Steckler, J. G. Quintiere, W. J. Rinkinen, NBSIR 82-2520 (1982): 55
// steady methane fires in a room of 2.8 by 2.8 by 2.13 m with a door or window. The
// temperatures are those of a tree in the front corner, reduced to two layers.
func steckler(fsys fs.FS, cellM float64) (fires []Fire, err error) {
	const name = "steckler_expected.csv"
	if _, err := fs.Stat(fsys, name); err != nil {
		return nil, nil
	}
	t, err := readTable(fsys, name)
	if err != nil {
		return nil, err
	}
	if cellM == 0 {
		cellM = 2.8 / 23 // the widths of all doors are then nearly whole cells
	}
	for i := range t.rows {
		var xy [2]float64
		for n, s := range strings.SplitN(strings.Trim(t.text(i, "fire_xy"), `"`), ",", 2) {
			if xy[n], err = strconv.ParseFloat(strings.TrimSpace(s), 64); err != nil {
				return nil, fmt.Errorf("%s: test %s has its fire at %q", name, t.text(i, "test"), t.text(i, "fire_xy"))
			}
		}
		sc, err := stecklerScene(t, i, xy, cellM)
		if err != nil {
			return nil, err
		}
		test := "Steckler_" + t.text(i, "test")
		exp, height, amb := t.number(i, "exp_Tup"), t.number(i, "exp_hgt"), t.number(i, "T_amb")
		fires = append(fires, Fire{Name: test, Scene: sc, compare: func(r *field.Result) (out []zones.Point, err error) {
			out = point(out, "hgl_temp", test, "room", exp-amb, last(r, "upper", 50)-273.15-amb)
			return point(out, "hgl_depth", test, "room", stecklerHeightM-height, stecklerHeightM-last(r, "height", 50)), nil
		}})
	}
	return fires, nil
}

const stecklerHeightM = 2.13

func stecklerScene(t *table, i int, fire [2]float64, cellM float64) (*field.Scene, error) {
	board := field.Material{Name: "ceramic fibre board", ConductKWmK: .1e-3, DensityKgM3: 200 / shrink, HeatKJKgK: 1}
	lining := field.Surface{Name: "board", Layers: []field.Layer{{Material: board, ThickM: .013}}}
	w, h, sill := t.number(i, "W_m"), t.number(i, "H_m"), t.number(i, "sill_m")
	p := rooms.Plan{CellM: cellM, OutsideM: .8, Rooms: []rooms.Room{{Name: "room", Box: field.Box{0, 2.8, 0, 2.8, 0, stecklerHeightM}, Walls: lining, Ceiling: lining, Floor: lining}},
		Openings: []rooms.Opening{{Name: "opening", A: 0, B: rooms.Outside, Box: field.Box{1.4 - w/2, 1.4 + w/2, 0, 0, sill, sill + h}}}}
	sc, err := p.Scene()
	if err != nil {
		return nil, err
	}
	q, amb := t.number(i, "Q_kW"), t.number(i, "T_amb")
	sc.Name, sc.EndS, sc.SampleS, sc.AmbientK = "Steckler "+t.text(i, "test"), 110, 2, amb+273.15
	sc.Reaction = field.Reaction{Fuel: "methane", C: 1, H: 4, HeatKJKg: 50000, RadiativeFraction: .2}
	const half = .1329 // a square as large as the burner of 0.3 m diameter
	sc.Surfaces = append(sc.Surfaces, field.Surface{Name: "burner", HRRPUA: q / (4 * half * half), Ramp: field.Ramp{{0, 0}, {5, 1}}})
	x, y := min(max(fire[0], half), 2.8-half), min(max(fire[1], half), 2.8-half)
	sc.Vents = append(sc.Vents, field.Vent{Name: "burner", Box: field.Box{x - half, x + half, y - half, y + half, 0, 0}, Surface: len(sc.Surfaces) - 1})
	tree := field.Box{2.5, 2.5, .3, .3, 0, stecklerHeightM}
	sc.Devices = []field.Device{{Name: "upper", Quantity: field.UpperTemperature, Box: tree}, {Name: "height", Quantity: field.LayerHeight, Box: tree}}
	return sc, nil
}
