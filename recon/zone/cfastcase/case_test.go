package cfastcase

import (
	"bytes"
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/cfast"
	"firescene/recon/zone"
)

const twoRooms = `&HEAD VERSION = 7600, TITLE = 'two rooms' /
&TIME SIMULATION = 120 PRINT = 50 SMOKEVIEW = 10 SPREADSHEET = 10 /
&INIT PRESSURE = 101325 RELATIVE_HUMIDITY = 50 INTERIOR_TEMPERATURE = 21 EXTERIOR_TEMPERATURE = 5 /
&MATL ID = 'GYP' MATERIAL = 'Gypsum', CONDUCTIVITY = 0.16 DENSITY = 790 SPECIFIC_HEAT = 0.9, THICKNESS = 0.016 /
&COMP ID = 'A' DEPTH = 4 HEIGHT = 2.4 WIDTH = 3 CEILING_MATL_ID = 'GYP','GYP' CEILING_THICKNESS = 0.016, 0.012 WALL_MATL_ID = 'GYP' FLOOR_MATL_ID = 'OFF' LEAK_AREA_RATIO = 1e-4, 2e-4 /
&COMP ID = 'B' DEPTH = 4 HEIGHT = 2.4 WIDTH = 3 ORIGIN = 3,0,0 CROSS_SECT_AREAS = 12, 6 CROSS_SECT_HEIGHTS = 0, 2.4 /
&VENT TYPE = 'WALL' ID = 'door' COMP_IDS = 'A','B' BOTTOM = 0 TOP = 2 WIDTH = 0.9 CRITERION = 'TIME' T = 0, 60 F = 0.1, 1 /
&VENT TYPE = 'WALL' ID = 'win' COMP_IDS = 'B' 'OUTSIDE', BOTTOM = 1 HEIGHT = 1 WIDTH = 1 CRITERION = 'TEMPERATURE' SETPOINT = 40 DEVC_ID = 'P' PRE_FRACTION = 0 /
&VENT TYPE = 'MECHANICAL' ID = 'fan' COMP_IDS = 'A','OUTSIDE' AREAS = .1,.1 HEIGHTS = 2,2 FLOW = 0.05 CUTOFFS = 250,300 FILTER_EFFICIENCY = 40 /
&FIRE ID = 'f' COMP_ID = 'A', FIRE_ID = 'burn' LOCATION = 1, 1 IGNITION_CRITERION = 'TIME' SETPOINT = 5 /
&CHEM ID = 'burn' CARBON = 3 HYDROGEN = 8 HEAT_OF_COMBUSTION = 46000 RADIATIVE_FRACTION = 0.3 /
&TABL ID = 'burn' LABELS = 'TIME','HRR','HEIGHT','AREA','CO_YIELD','SOOT_YIELD','HCN_YIELD','HCL_YIELD','TRACE_YIELD' /
&TABL ID = 'burn', DATA = 0, 0, 0.1, 0.2, 0.01, 0.02, 0, 0, 0.1 /
&TABL ID = 'burn', DATA = 60, 150, 0.1, 0.2, 0.01, 0.02, 0, 0, 0.1 /
&DEVC ID = 'P' COMP_ID = 'A' LOCATION = 1,2,0 TYPE = 'PLATE' MATL_ID = 'GYP' SURFACE_ORIENTATION = 'CEILING' TEMPERATURE_DEPTH = 0.01 DEPTH_UNITS = 'M' /
&DEVC ID = 'S' COMP_ID = 'A' LOCATION = 1,2,2.3 TYPE = 'SPRINKLER' SETPOINT = 68, RTI = 50 SPRAY_DENSITY = 7E-5 /
&DEVC ID = 'SD' COMP_ID = 'B' LOCATION = 1,2,2.3 TYPE = 'SMOKE_DETECTOR' SETPOINT = 10 /
&CONN TYPE = 'WALL' COMP_ID = 'A' COMP_IDS = 'B','OUTSIDE' F = 0.25, 0.75 /
&TAIL /
`

func parse(t testing.TB, text string) (*Case, error) {
	t.Helper()
	in, err := cfast.Read(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return New(in)
}

// TestCaseRoundTrip writes a scene as an input, reads it and gets the same scene,
// which runs to the same numbers.
func TestCaseRoundTrip(t *testing.T) {
	a, err := parse(t, twoRooms)
	if err != nil {
		t.Fatal(err)
	}
	in, notes := Input(a.Scene, "again", 1)
	if len(notes) > 0 {
		t.Errorf("%+v", notes)
	}
	var text bytes.Buffer
	if err := cfast.Write(&text, in); err != nil {
		t.Fatal(err)
	}
	b, err := parse(t, text.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	ra, err := zone.Run(context.Background(), a.Scene)
	if err != nil {
		t.Fatal(err)
	}
	rb, err := zone.Run(context.Background(), b.Scene)
	if err != nil {
		t.Fatal(err)
	}
	for i := range ra.Rooms {
		x, y := ra.Rooms[i].UpperK, rb.Rooms[i].UpperK
		for k := range x {
			if math.Abs(x[k]-y[k]) > 0.05 {
				t.Fatalf("%s at %g s: %.4f K, again %.4f", ra.Rooms[i].Name, ra.TimeS[k], x[k], y[k])
			}
		}
	}
	if !reflect.DeepEqual(a.Scene.Joins, b.Scene.Joins) || len(a.Scene.Targets) != len(b.Scene.Targets) || len(a.Scene.Detectors) != len(b.Scene.Detectors) {
		t.Errorf("%+v\n%+v", a.Scene, b.Scene)
	}
}

// TestCaseRefuses: what can not be run names its line.
func TestCaseRefuses(t *testing.T) {
	for _, c := range []struct{ old, with, words string }{
		{"COMP_ID = 'A', FIRE_ID", "COMP_ID = 'Z', FIRE_ID", "line 10"},
		{"FIRE_ID = 'burn' LOC", "FIRE_ID = 'bern' LOC", "line 10"},
		{"'GYP','GYP'", "'GYP','GYPS'", "line 5"},
		{"HEIGHT = 2.4 WIDTH = 3 CEILING", "HEIGHT = 0 WIDTH = 3 CEILING", "line 5"},
		{"COMP_IDS = 'A','B' BOTTOM", "COMP_IDS = 'A','A' BOTTOM", "line 7"},
		{"DEVC_ID = 'P'", "DEVC_ID = 'Q'", "line 8"},
		{"DATA = 60, 150", "DATA = 60, -150", "line 10"},
		{"T = 0, 60 F = 0.1, 1", "T = 60, 0 F = 0.1, 1", "line 7"},
		{"ID = 'B' DEPTH", "ID = 'A' DEPTH", "line 6"},
		{"SIMULATION = 120", "SIMULATION = 0", "duration"},
	} {
		text := strings.Replace(twoRooms, c.old, c.with, 1)
		if text == twoRooms {
			t.Fatalf("%q is not there", c.old)
		}
		_, err := parse(t, text)
		if err == nil || !formats.IsDamaged(err) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", c.with, err)
		}
	}
}

// TestPreflight: what is probably wrong is said, with its line.
func TestPreflight(t *testing.T) {
	for _, c := range []struct{ old, with, words string }{
		{"TOP = 2 WIDTH", "TOP = 3 WIDTH", "outside"},
		{"LOCATION = 1, 1 IGN", "LOCATION = 9, 1 IGN", "outside"},
		{"LOCATION = 1, 1 IGN", "LOCATION = 0.02, 1 IGN", "into a wall"},
		{"DATA = 60, 150", "DATA = 60, 15000", "cubic metre"},
		{"LOCATION = 1,2,0 TYPE", "LOCATION = 1,2,5 TYPE", "outside"},
	} {
		a, err := parse(t, strings.Replace(twoRooms, c.old, c.with, 1))
		if err != nil {
			t.Errorf("%s: %v", c.with, err)
			continue
		}
		found := false
		for _, n := range a.Notes {
			found = found || strings.Contains(n.What, c.words) && n.Line > 1
		}
		if !found {
			t.Errorf("%s: %+v", c.with, a.Notes)
		}
	}
	closed := strings.NewReplacer("LEAK_AREA_RATIO = 1e-4, 2e-4", "", "T = 0, 60 F = 0.1, 1", "T = 0, 60 F = 0, 0", "FLOW = 0.05", "FLOW = 0").Replace(twoRooms)
	a, err := parse(t, closed)
	if err != nil {
		t.Fatal(err)
	}
	if s := a.Notes; len(s) == 0 || !strings.Contains(s[0].What, "no opening") {
		t.Errorf("%+v", s)
	}
}

// FuzzNew: any input that is read is refused with a reason or makes a scene that
// passes the check.
func FuzzNew(f *testing.F) {
	f.Add([]byte(twoRooms))
	f.Add([]byte("&HEAD VERSION=7600 /\n&COMP ID='A' WIDTH=1 DEPTH=1 HEIGHT=1 /\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := cfast.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		c, err := New(in)
		if err != nil {
			return
		}
		if err := zone.Check(c.Scene); err != nil {
			t.Fatal(err)
		}
		c.Scene.DurationS = min(c.Scene.DurationS, 0.5)
		if len(c.Scene.Rooms) > 4 || len(c.Scene.Targets) > 20 {
			return
		}
		if _, err := zone.Run(context.Background(), c.Scene); err != nil {
			t.Fatal(err)
		}
	})
}
