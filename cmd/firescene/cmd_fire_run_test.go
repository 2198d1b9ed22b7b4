package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const oneRoomIn = `&HEAD VERSION = 7600, TITLE = 'one room' /
&TIME SIMULATION = 60 PRINT = 50 SMOKEVIEW = 10 SPREADSHEET = 10 /
&MATL ID = 'GYP' CONDUCTIVITY = 0.16 DENSITY = 790 SPECIFIC_HEAT = 0.9, THICKNESS = 0.016 /
&COMP ID = 'A' DEPTH = 4 HEIGHT = 2.4 WIDTH = 3 CEILING_MATL_ID = 'GYP' WALL_MATL_ID = 'GYP' FLOOR_MATL_ID = 'GYP' HALL = .TRUE. /
&VENT TYPE = 'WALL' ID = 'door' COMP_IDS = 'A','OUTSIDE' BOTTOM = 0 HEIGHT = 2 WIDTH = 0.9 /
&FIRE ID = 'f' COMP_ID = 'A', FIRE_ID = 'burn' LOCATION = 1, 1 /
&CHEM ID = 'burn' CARBON = 3 HYDROGEN = 8 HEAT_OF_COMBUSTION = 46000 RADIATIVE_FRACTION = 0.3 HRR = 100 AREA = 0.2 /
&DEVC ID = 'P' COMP_ID = 'A' LOCATION = 1,2,0 TYPE = 'PLATE' MATL_ID = 'GYP' SURFACE_ORIENTATION = 'CEILING' /
&DEVC ID = 'S' COMP_ID = 'A' LOCATION = 1,2,2.35 TYPE = 'HEAT_DETECTOR' SETPOINT = 40, RTI = 20 /
&TAIL /
`

// TestFireRunZones runs an input and looks at its tables.
func TestFireRunZones(t *testing.T) {
	dir := t.TempDir()
	in := writeText(t, dir, "a.in", oneRoomIn)
	out := filepath.Join(dir, "out")
	stdout, _ := runFire(t, exitDone, "run", in, "-o", out, "-q")
	if !strings.Contains(stdout, "HALL") {
		t.Errorf("what is not supported is not listed: %s", stdout)
	}
	for name, head := range map[string]string{"zones.csv": "time_s,room,upper_C,lower_C,interface_m,hrr_kW,", "flows.csv": "time_s,opening,from,to,", "targets.csv": "time_s,target,surface_C,", "devices.csv": "time_s,device,gas_C,", "events.csv": "time_s,event", "notes.json": "[", stepFile: "{"} {
		b, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || !strings.HasPrefix(string(b), head) {
			t.Errorf("%s: %v %.80s", name, err, b)
		}
	}
	f, err := os.Open(filepath.Join(out, "zones.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 8 || rows[7][0] != "60" {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	// Two files get a folder each; a bad one is listed with its line.
	bad := writeText(t, dir, "bad.in", strings.Replace(oneRoomIn, "HEIGHT = 2.4", "HEIGHT = 0", 1))
	two := filepath.Join(dir, "two")
	stdout, _ = runFire(t, exitSomeFailed, "run", in, bad, "-o", two, "-q")
	if !strings.Contains(stdout, "line 4") {
		t.Errorf("no line in %s", stdout)
	}
	if _, err := os.Stat(filepath.Join(two, "a", "zones.csv")); err != nil {
		t.Error(err)
	}
	runFire(t, exitUsage, "run", in)
	runFire(t, exitDone, "run", in, "--check", "-q")
	runFire(t, exitFailed, "run", bad, "--check", "-q")
}

// TestFireExport writes a hypothesis as an input that runs to about the same hot
// layer.
func TestFireExport(t *testing.T) {
	dir := t.TempDir()
	h := writeText(t, dir, "a.yaml", fireYAML("H1", 0.9, 2.6))
	in := filepath.Join(dir, "a.in")
	runFire(t, exitDone, "export", h, "-o", in, "-q")
	runFire(t, exitUsage, "export", h)
	stdout, _ := runFire(t, exitDone, "run", in, "-o", filepath.Join(dir, "run"), "--json", "-q")
	var ran caseRunSummary
	if err := json.Unmarshal([]byte(stdout), &ran); err != nil {
		t.Fatal(err)
	}
	stdout, _ = runFire(t, exitDone, "simulate", h, "-o", filepath.Join(dir, "sim"), "--json", "-q")
	var sim fireSummary
	if err := json.Unmarshal([]byte(stdout), &sim); err != nil {
		t.Fatal(err)
	}
	if a, b := ran.Cases[0].PeakLayerC, sim.Results[0].PeakLayerC; a < b-5 || a > b+5 {
		t.Errorf("hot layer %.1f C, by the hypothesis %.1f", a, b)
	}
}

// TestFireValidateNothing: a folder without experiments is refused.
func TestFireValidateNothing(t *testing.T) {
	_, stderr := runFire(t, exitFailed, "validate", t.TempDir())
	if !strings.Contains(stderr, "Steckler") {
		t.Error(stderr)
	}
}

const smallFDS = `&HEAD CHID='small', TITLE='a burner in a box' /
&MESH IJK=8,8,8, XB=0,1.6,0,1.6,0,1.6 /
&TIME T_END=2. /
&DUMP DT_DEVC=0.5, NFRAMES=2 /
&REAC FUEL='PROPANE', SOOT_YIELD=0.02 /
&SURF ID='fire', HRRPUA=500. /
&VENT XB=0.6,1.0,0.6,1.0,0,0, SURF_ID='fire' /
&VENT MB='XMAX', SURF_ID='OPEN' /
&DEVC ID='T 1', XYZ=0.8,0.8,1.5, QUANTITY='TEMPERATURE' /
&DEVC ID='odd', XYZ=0.8,0.8,1.5, QUANTITY='MIXTURE FRACTION' /
&SLCF PBY=0.8, QUANTITY='TEMPERATURE' /
&GEOM ID='body' /
`

// TestFireRunFDS runs an input of FDS and looks at its tables and files.
func TestFireRunFDS(t *testing.T) {
	dir := t.TempDir()
	in := writeText(t, dir, "a.fds", smallFDS)
	out := filepath.Join(dir, "out")
	stdout, _ := runFire(t, exitDone, "run", in, "-o", out, "--smokeview", "-q")
	for _, words := range []string{"512", "&GEOM", "MIXTURE FRACTION"} {
		if !strings.Contains(stdout, words) {
			t.Errorf("%q is not said: %s", words, stdout)
		}
	}
	for name, head := range map[string]string{"devices.csv": "s,C\nTime,\"T 1\"\n", "hrr.csv": "s,kW,kW\nTime,HRR,", "events.csv": "time_s,event", "notes.json": "[", "small.smv": "TITLE\n a burner", "small_1_1.sf": "", "small_1_1.s3d": "", "small_1_1.bf": "", stepFile: "{"} {
		b, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || len(b) == 0 || !strings.HasPrefix(string(b), head) {
			t.Errorf("%s: %v %.80s", name, err, b)
		}
	}
	bad := writeText(t, dir, "bad.fds", strings.Replace(smallFDS, "SURF_ID='fire'", "SURF_ID='fyre'", 1))
	stdout, _ = runFire(t, exitFailed, "run", bad, "--check", "-q")
	if _, stderr := runFire(t, exitFailed, "run", bad, "--check", "-q"); !strings.Contains(stdout+stderr, "line 7") {
		t.Errorf("no line: %s %s", stdout, stderr)
	}
	runFire(t, exitFailed, "run", in, "--check", "-q", "--max-cells", "100")
	runFire(t, exitDone, "run", in, "--check", "-q", "--cell", "0.4")
}

// TestFireExportForms writes a hypothesis in each form; what is written for FDS passes
// the check of inputs of FDS, and that for CFAST that of CFAST.
func TestFireExportForms(t *testing.T) {
	dir := t.TempDir()
	h := writeText(t, dir, "h.yaml", fireYAML("H1", 0.9, 2.6))
	in, fdsFile, smv := filepath.Join(dir, "h.in"), filepath.Join(dir, "h.fds"), filepath.Join(dir, "smv")
	runFire(t, exitDone, "export", h, "-o", in)
	stdout, _ := runFire(t, exitDone, "export", h, "--to", "fds", "-o", fdsFile)
	if !strings.Contains(stdout, "supposed in the middle of the wall") {
		t.Errorf("what is supposed is not said: %s", stdout)
	}
	runFire(t, exitDone, "export", h, "--to", "smokeview", "-o", smv)
	runFire(t, exitDone, "run", in, fdsFile, "--check", "-q")
	stdout, _ = runFire(t, exitDone, "run", fdsFile, "--check", "-q")
	if strings.Contains(stdout, "it can not run") {
		t.Errorf("the written input can not run: %s", stdout)
	}
	for _, name := range []string{"H1.smv", "H1_zone.csv"} {
		if _, err := os.Stat(filepath.Join(smv, name)); err != nil {
			t.Error(err)
		}
	}
	out := filepath.Join(dir, "zones")
	runFire(t, exitDone, "run", in, "--smokeview", "-q", "-o", out)
	if _, err := os.Stat(filepath.Join(out, "h_zone.csv")); err != nil {
		t.Error(err)
	}
	runFire(t, exitUsage, "export", h, "--to", "word", "-o", in)
	runFire(t, exitUsage, "export", h, "--to", "fds", "--cell", "-1", "-o", in)
}

// TestFireFieldFrom takes a hypothesis's course from a result that fire run wrote.
func TestFireFieldFrom(t *testing.T) {
	dir := t.TempDir()
	in := writeText(t, dir, "a.fds", smallFDS)
	out := filepath.Join(dir, "out")
	runFire(t, exitDone, "run", in, "-o", out, "--smokeview", "-q")
	h := writeText(t, dir, "h.yaml", `id: F1
title: a burner in a box
origin: {room: box, at_m: [0.8, 0.8, 0]}
ignition: {time: 2026-03-01T21:14:00+08:00, uncertainty_s: 60}
rooms: [{name: box, min_m: [0, 0, 0], max_m: [1.6, 1.6, 1.6], wall: gypsum, wall_thick_m: 0.012}]
openings: [{name: side, from: box, to: outside, width_m: 1, sill_m: 0, head_m: 1.5}]
fuels: [{name: burner, curve_s_kW: [[0, 0], [1, 80]], at_m: [0.8, 0.8, 0], area_m2: 0.16, spread_pct: 10}]
detectors:
- {name: over, kind: gas_temperature, at_m: [0.8, 0.8, 1.45], activation_C: 60}
- {name: aside, kind: smoke, at_m: [0.2, 0.2, 1.5]}
duration_s: 2
`)
	smv := filepath.Join(out, "small.smv")
	sim := filepath.Join(dir, "sim")
	stdout, _ := runFire(t, exitDone, "simulate", h, "--field-from", smv, "-o", sim, "-q")
	if !strings.Contains(stdout, "no device and no slice") {
		t.Errorf("what is not covered is not said: %s", stdout)
	}
	b, err := os.ReadFile(filepath.Join(sim, "F1.json"))
	if err != nil || !strings.Contains(string(b), "this program's field model") || !strings.Contains(string(b), "the device T 1") {
		t.Errorf("%v %.600s", err, b)
	}
	runFire(t, exitUsage, "simulate", h, "--field-from", "F2="+smv, "-o", sim, "-q")
	runFire(t, exitFailed, "simulate", h, "--field-from", h, "-o", filepath.Join(dir, "none"), "-q")
}
