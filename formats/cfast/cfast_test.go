package cfast

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
)

const sample = `&HEAD VERSION = 7600, TITLE = 'two rooms' /
!! a comment
&TIME SIMULATION = 600 PRINT = 50 SMOKEVIEW = 10 SPREADSHEET = 10 /
&INIT PRESSURE = 101325 RELATIVE_HUMIDITY = 50 INTERIOR_TEMPERATURE = 21 EXTERIOR_TEMPERATURE = 5 /
&MISC ADIABATIC = .TRUE. LOWER_OXYGEN_LIMIT = 0.1 /
&MATL ID = 'GYP' MATERIAL = 'Gypsum', CONDUCTIVITY = 0.16 DENSITY = 790 SPECIFIC_HEAT = 0.9, THICKNESS = 0.016 /
&COMP ID = 'A' DEPTH = 4 HEIGHT = 2.4 WIDTH = 3 CEILING_MATL_ID = 'GYP','GYP' CEILING_THICKNESS = 0.016, 0.012
  WALL_MATL_ID = 'GYP' WALL_THICKNESS = 0.016 FLOOR_MATL_ID = 'OFF' ORIGIN = 1, 2, 0 GRID = 50,50,50 LEAK_AREA_RATIO = 1e-4, 2e-4 /
&COMP ID = 'B' DEPTH = 4 HEIGHT = 2.4 WIDTH = 3 SHAFT = T CROSS_SECT_AREAS = 12, 6 CROSS_SECT_HEIGHTS = 0, 2.4 /
&VENT TYPE = 'WALL' ID = 'door' COMP_IDS = 'A','B' BOTTOM = 0 TOP = 2 WIDTH = 0.9 FACE = 'RIGHT' OFFSET = 1
  CRITERION = 'TIME' T = 0, 100 F = 0, 1 /
&VENT TYPE = 'WALL' ID = 'win' COMP_IDS = 'B' 'OUTSIDE', BOTTOM = 1 HEIGHT = 1 WIDTH = 1 CRITERION = 'FLUX' SETPOINT = 9 DEVC_ID = 'P' PRE_FRACTION = 0 /
&VENT TYPE = 'FLOOR' ID = 'hatch' COMP_IDS = 'B','A' AREA = 0.5 SHAPE = 'SQUARE' /
&VENT TYPE = 'MECHANICAL' ID = 'fan' COMP_IDS = 'A','OUTSIDE' AREAS = .1,.1 HEIGHTS = 2,2 FLOW = 0.2 CUTOFFS = 250,300 FILTER_EFFICIENCY = 40 /
&FIRE ID = 'f' COMP_ID = 'A', FIRE_ID = 'burn' LOCATION = 1, 1 IGNITION_CRITERION = 'TIME' SETPOINT = 30 /
&TABL ID = 'burn' LABELS = 'TIME','HRR','HEIGHT','AREA','CO_YIELD','SOOT_YIELD','HCN_YIELD','HCL_YIELD','TRACE_YIELD' /
&TABL ID = 'burn', DATA = 0, 0, 0.1, 0.2, 0.01, 0.02, 0, 0, 0 /
&TABL ID = 'burn', DATA = 60, 100, 0.1, 0.2, 0.01, 0.02, 0, 0, 0 /
&CHEM ID = 'burn' CARBON = 3 HYDROGEN = 8 HEAT_OF_COMBUSTION = 46000 RADIATIVE_FRACTION = 0.3 /
&DEVC ID = 'P' COMP_ID = 'A' LOCATION = 1,2,0 TYPE = 'PLATE' MATL_ID = 'GYP' SURFACE_ORIENTATION = 'CEILING' TEMPERATURE_DEPTH = 0.01 DEPTH_UNITS = 'M' /
&DEVC ID = 'S' COMP_ID = 'A' LOCATION = 1,2,2.3 TYPE = 'SPRINKLER' SETPOINT = 68, RTI = 50 SPRAY_DENSITY = 7E-5 COLOUR = 'red' /
&CONN TYPE = 'WALL' COMP_ID = 'A' COMP_IDS = 'B','OUTSIDE' F = 0.5, 0.5 /
&SLCF DOMAIN = '2-D' PLANE = 'X' /
&WISH A = 1 /
&TAIL /
words after the tail
`

func TestRead(t *testing.T) {
	in, err := Read(strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	if in.ExteriorC != 5 || !in.Adiabatic || in.LowerOxygenLimit != 0.1 || len(in.Rooms) != 2 || len(in.Vents) != 4 || len(in.Devices) != 2 {
		t.Fatalf("%+v", in)
	}
	if r := in.Rooms[0]; len(r.Ceiling) != 2 || r.Ceiling[1].ThickM != 0.012 || r.Floor != nil || r.LeakRatio[1] != 2e-4 {
		t.Errorf("%+v", r)
	}
	if v := in.Vents[0]; v.HeightM != 2 || v.Opening.Fraction[1] != 1 || v.Line != 10 {
		t.Errorf("%+v", v)
	}
	if b := in.Burns[0]; len(b.Rows) != 2 || b.Rows[1].HRRkW != 100 || b.Rows[0].SootYield != 0.02 {
		t.Errorf("%+v", b)
	}
	if d := in.Devices[0]; d.Normal != [3]float64{0, 0, 1} || d.DepthShare {
		t.Errorf("%+v", d)
	}
	var listed []string
	for _, n := range in.NotSupported {
		listed = append(listed, n.Record+"."+n.Field)
	}
	if !reflect.DeepEqual(listed, []string{"DEVC.COLOUR", "SLCF.", "WISH."}) {
		t.Errorf("not supported: %v", listed)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ old, with, words string }{
		{"VERSION = 7600", "VERSION = 6000", "line 1"},
		{"&HEAD", "&HEED", "no &HEAD"},
		{"CONDUCTIVITY = 0.16", "CONDUCTIVITY = 0", "line 6"},
		{"TYPE = 'WALL' ID = 'door'", "TYPE = 'GATE' ID = 'door'", "GATE"},
		{"T = 0, 100 F = 0, 1", "T = 0, 100 F = 0", "line 10"},
		{"'TIME' SETPOINT = 30", "'LUCK' SETPOINT = 30", "LUCK"},
		{"DATA = 60, 100, 0.1", "DATA = 60, 'x', 0.1", "line 18"},
		{"&TABL ID = 'burn' LABELS", "&TABL ID = 'born' LABELS", "no &CHEM"},
		{"CROSS_SECT_HEIGHTS = 0, 2.4", "CROSS_SECT_HEIGHTS = 0", "CROSS_SECT"},
		{"SHAFT = T", "SHAFT = 3", "SHAFT"},
		{"TYPE = 'SPRINKLER'", "TYPE = 'BELL'", "BELL"},
	} {
		text := strings.Replace(sample, c.old, c.with, 1)
		if text == sample {
			t.Fatalf("%q is not there", c.old)
		}
		_, err := Read(strings.NewReader(text))
		if err == nil || !formats.IsDamaged(err) || !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), "CFAST") {
			t.Errorf("%s: %v", c.with, err)
		}
	}
}

// plain takes away what a round trip does not keep.
func plain(in *Input) *Input {
	in.NotSupported = nil
	for i := range in.Materials {
		in.Materials[i].Line = 0
	}
	for i := range in.Rooms {
		in.Rooms[i].Line = 0
	}
	for i := range in.Vents {
		in.Vents[i].Line = 0
	}
	for i := range in.Fires {
		in.Fires[i].Line = 0
	}
	for i := range in.Burns {
		in.Burns[i].Line = 0
	}
	for i := range in.Devices {
		in.Devices[i].Line = 0
	}
	for i := range in.Ramps {
		in.Ramps[i].Line = 0
	}
	for i := range in.Connections {
		in.Connections[i].Line = 0
	}
	return in
}

func roundTrip(t *testing.T, data []byte) {
	t.Helper()
	a, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Write(&out, a); err != nil {
		t.Fatal(err)
	}
	b, err := Read(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatalf("%v\n%s", err, out.Bytes())
	}
	if !reflect.DeepEqual(plain(a), plain(b)) {
		t.Errorf("%s is not read back as it was written: %.2000s", a.Title, out.Bytes())
	}
}

func TestRoundTrip(t *testing.T) { roundTrip(t, []byte(sample)) }

// TestPublished reads every published input and writes it back.
func TestPublished(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "fire")
	files, _ := filepath.Glob(filepath.Join(dir, "*", "cfast", "*.in"))
	if len(files) == 0 {
		t.Skip("the published inputs are not here")
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		in, err := Read(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if len(in.NotSupported) > 0 {
			t.Errorf("%s: %+v", filepath.Base(f), in.NotSupported)
		}
		roundTrip(t, data)
	}
	t.Logf("%d inputs", len(files))
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("&HEAD VERSION=7600 /\n&COMP ID='A' /\n&TAIL /"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := Read(bytes.NewReader(data))
		if err != nil {
			if !formats.IsDamaged(err) {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		var out bytes.Buffer
		if err := Write(&out, in); err == nil {
			if _, err := Read(&out); err != nil {
				t.Fatalf("what was written is not read: %v", err)
			}
		}
	})
}
