// Package fsri reads fire experiments in one room laid out as those of the Fire
// Safety Research Institute (2018): a folder 01_Data with a CSV file an experiment,
// named FUEL_DOOR_PLACE_REPLICATE.csv, and measures how well recon/locate finds the
// place from the records.
//
// Source: J. Regan et al., "Experimental data from compartment fires with gas burner
// and upholstered furniture fuels", Data in Brief 47 (2023); zenodo 5703474.
//
// What the estimate is given are the records of the instruments that stood at the
// same places in every experiment, and whether the door was open. The name of the
// fuel, the measured heat release and the gauges that were moved along with the fuel
// are not given to it; the place in the name is compared only afterwards.
package fsri

import (
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"sort"
	"strconv"
	"strings"

	"firescene/formats"
	"firescene/recon/locate"
)

// Places are the answers, in the order of all results.
var Places = []string{"Back", "Center", "Corner", "Side"}

// Experiment is one record with what its name says.
type Experiment struct {
	File    string
	Open    bool
	Truth   string // for the comparison only
	Records locate.Records
	Gauges  []Gauge
}

// Gauge is one record of heat flux to the middle of the right wall, in kW/m2.
type Gauge struct {
	Name    string
	BelowM  float64 // below the ceiling
	Radiant bool
	KWPerM2 []float64
}

const maxRows = 200000

// trees are the places of the thermocouple arrays from the left and front walls.
var trees = map[byte][2]float64{'A': {0.92, 0.92}, 'B': {0.92, 2.74}, 'C': {2.74, 2.74}, 'D': {2.74, 0.92}}

// HeightM and SideM are those of the room.
const (
	HeightM = 2.44
	SideM   = 3.66
)

// List names the experiments of a folder in alphabetical order.
func List(fsys fs.FS) ([]string, error) {
	dir := "01_Data"
	if _, err := fs.Stat(fsys, dir); err != nil {
		dir = "."
	}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, "_Events.csv") {
			continue
		}
		if _, _, err := nameSays(name); err == nil {
			out = append(out, path.Join(dir, name))
		}
	}
	sort.Strings(out)
	if len(out) == 0 {
		return nil, fmt.Errorf("no experiment: give a folder with 01_Data/FUEL_DOOR_PLACE_REPLICATE.csv, PLACE one of %s", strings.Join(Places, ", "))
	}
	return out, nil
}

// nameSays takes door and place from a file's name.
func nameSays(file string) (open bool, place string, err error) {
	parts := strings.Split(strings.TrimSuffix(path.Base(file), ".csv"), "_")
	if len(parts) < 4 {
		return false, "", fmt.Errorf("%s is not named FUEL_DOOR_PLACE_REPLICATE.csv", path.Base(file))
	}
	door, place := parts[len(parts)-3], parts[len(parts)-2]
	if door != "Open" && door != "Closed" {
		return false, "", fmt.Errorf("%s: the door is %q, neither Open nor Closed", path.Base(file), door)
	}
	for _, p := range Places {
		if p == place {
			return door == "Open", place, nil
		}
	}
	return false, "", fmt.Errorf("%s: the place %q is none of %s", path.Base(file), place, strings.Join(Places, ", "))
}

// Read reads one experiment. A column that is not known is left out; a value that is
// no number is NaN.
func Read(r io.Reader, file string) (*Experiment, error) {
	e := &Experiment{File: path.Base(file)}
	var err error
	if e.Open, e.Truth, err = nameSays(file); err != nil {
		return nil, err
	}
	c := csv.NewReader(r)
	c.ReuseRecord = true
	head, err := c.Read()
	if err != nil {
		return nil, damaged(e.File, "no header", err)
	}
	timeCol := -1
	type column struct {
		col  int
		into *[]float64
	}
	var cols []column
	for i, name := range head {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		if name == "Time" {
			timeCol = i
			continue
		}
		if t, ok := thermometer(name); ok {
			e.Records.Thermometers = append(e.Records.Thermometers, t)
			cols = append(cols, column{col: i})
		} else if g, ok := gauge(name); ok {
			e.Gauges = append(e.Gauges, g)
			cols = append(cols, column{col: -1 - i})
		}
	}
	if timeCol < 0 {
		return nil, damaged(e.File, "no column Time", nil)
	}
	thermo, gauges := 0, 0
	for i := range cols {
		if cols[i].col >= 0 {
			cols[i].into = &e.Records.Thermometers[thermo].C
			thermo++
			continue
		}
		cols[i].col = -1 - cols[i].col
		cols[i].into = &e.Gauges[gauges].KWPerM2
		gauges++
	}
	if thermo == 0 {
		return nil, damaged(e.File, `no column "Quadrant A Temperature ... Below Ceiling"`, nil)
	}
	for row := 2; ; row++ {
		rec, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, damaged(e.File, fmt.Sprintf("line %d", row), err)
		}
		if row > maxRows {
			return nil, &formats.UnsupportedError{Format: e.File, Offset: -1, Feature: fmt.Sprintf("more than %d samples", maxRows), Next: "thin the record"}
		}
		t, err := strconv.ParseFloat(rec[timeCol], 64)
		if err != nil || math.IsNaN(t) || math.IsInf(t, 0) {
			return nil, damaged(e.File, fmt.Sprintf("line %d: %q is no time", row, rec[timeCol]), nil)
		}
		if n := len(e.Records.TimeS); n > 0 && t <= e.Records.TimeS[n-1] {
			continue // the logger repeated a second
		}
		e.Records.TimeS = append(e.Records.TimeS, t)
		for _, c := range cols {
			v, err := strconv.ParseFloat(strings.TrimSpace(rec[c.col]), 64)
			if err != nil || math.IsInf(v, 0) || math.Abs(v) > 5000 {
				v = math.NaN()
			}
			*c.into = append(*c.into, v)
		}
	}
	if len(e.Records.TimeS) < 2 {
		return nil, damaged(e.File, "fewer than two samples", nil)
	}
	return e, nil
}

func damaged(file, what string, err error) error {
	if err != nil {
		what += ": " + err.Error()
	}
	return &formats.FormatError{Format: file, Offset: -1, Reason: what}
}

// thermometer reads "Quadrant A Temperature 25 mm Below Ceiling".
func thermometer(name string) (locate.Thermometer, bool) {
	rest, ok := strings.CutPrefix(name, "Quadrant ")
	if !ok || len(rest) < 2 {
		return locate.Thermometer{}, false
	}
	at, known := trees[rest[0]]
	text, ok := strings.CutPrefix(rest[1:], " Temperature ")
	below, okBelow := belowCeiling(text)
	if !known || !ok || !okBelow {
		return locate.Thermometer{}, false
	}
	return locate.Thermometer{Name: name, At: [3]float64{at[0], at[1], HeightM - below}}, true
}

// gauge reads "Right Side Wall Total Heat Flux 0.65 m Below Ceiling".
func gauge(name string) (Gauge, bool) {
	rest, ok := strings.CutPrefix(name, "Right Side Wall ")
	kind, text, cut := strings.Cut(rest, " Heat Flux ")
	below, okBelow := belowCeiling(text)
	if !ok || !cut || !okBelow || kind != "Total" && kind != "Radiant" {
		return Gauge{}, false
	}
	return Gauge{Name: name, BelowM: below, Radiant: kind == "Radiant"}, true
}

func belowCeiling(text string) (float64, bool) {
	text, ok := strings.CutSuffix(text, " Below Ceiling")
	number, unit, cut := strings.Cut(text, " ")
	v, err := strconv.ParseFloat(number, 64)
	if !ok || !cut || err != nil || unit != "mm" && unit != "m" {
		return 0, false
	}
	if unit == "mm" {
		v /= 1000
	}
	return v, v >= 0 && v <= HeightM
}
