package experiments

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"firescene/recon/field"
	zones "firescene/recon/zone/experiments"
)

const stecklerTable = `test,Q_kW,W_m,H_m,sill_m,fire_xy,T_amb,exp_Tup,exp_hgt,exp_Tlow
14,62.9,0.74,1.83,0.0,"1.4, 1.4",29.0,129.3,0.74,38.0
`

// A folder's tables become fires that Check accepts, and a run becomes points.
func TestTablesBecomeFires(t *testing.T) {
	fsys := fstest.MapFS{"steckler_expected.csv": {Data: []byte(stecklerTable)}}
	s, err := steckler(fsys, .3)
	if err != nil || len(s) != 1 {
		t.Fatalf("%d fires, %v", len(s), err)
	}
	for _, p := range field.Check(s[0].Scene) {
		if p.Fatal {
			t.Error(p)
		}
	}
	s[0].Scene.EndS = 4
	r, err := field.Run(context.Background(), s[0].Scene, field.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	points, err := s[0].compare(r)
	if err != nil || len(points) == 0 || points[0].Test != "Steckler_14" {
		t.Errorf("points %+v, %v", points, err)
	}
	if m := string(Markdown(points, nil)); !strings.Contains(m, "hot-layer depth") {
		t.Error(m)
	}
}

// A record is read from ignition on, less what it showed before.
func TestRecord(t *testing.T) {
	var b strings.Builder
	b.WriteString("Time,Timestamp,Quadrant A Temperature 25 mm Below Ceiling\n")
	for s := -60; s < 130; s++ {
		v := 20
		if s >= 0 {
			v = 20 + s
		}
		at := time.Date(2018, 12, 3, 12, 0, 0, 0, time.UTC).Add(time.Duration(s) * time.Second)
		fmt.Fprintf(&b, "%d,%s,%d\n", s, at.Format("2006-01-02 15:04:05"), v)
	}
	fsys := fstest.MapFS{"a.csv": {Data: []byte(b.String())}, "a_Events.csv": {Data: []byte("Time,Event\n2018-12-03-12:00:00,Ignition\n")}}
	m, err := readFSRI(fsys, "a.csv")
	if err != nil {
		t.Fatal(err)
	}
	if v := m.rise("Quadrant A Temperature 25 mm Below Ceiling"); math.Abs(v-105) > 1e-9 {
		t.Errorf("rise %g, want 105", v)
	}
	if v := m.rise("none"); !math.IsNaN(v) {
		t.Errorf("a column that is not there gives %g", v)
	}
}

// nrcInput is a small room with the names of the series, nrcFiles its records.
const nrcInput = `&HEAD CHID='NIST_NRC_01' /
&MESH IJK=10,10,10, XB=0,3,0,3,0,3.8 /
&TIME T_END=60 /
&MISC TMPA=20 /
&REAC FUEL='PROPANE' /
&SURF ID='FIRE', HRRPUA=100, RAMP_Q='FIRE_RAMP' /
&RAMP ID='FIRE_RAMP', T=0, F=0 /
&RAMP ID='FIRE_RAMP', T=2, F=1 /
&RAMP ID='FIRE_RAMP', T=4, F=1 /
&RAMP ID='FIRE_RAMP', T=5, F=0 /
&VENT XB=1,2,1,2,0,0, SURF_ID='FIRE' /
&VENT XB=0,0,1,2,0,2, SURF_ID='OPEN' /
&DEVC XYZ=1.5,3,2, QUANTITY='GAUGE HEAT FLUX', IOR=-2, ID='N G-1' /
&DEVC XYZ=.5,.5,3, QUANTITY='VOLUME FRACTION', SPEC_ID='OXYGEN', ID='O2 1' /
%s&TAIL /
`

// A test's input becomes a fire that ends as its ramp falls, and its peaks points: what
// the record lacks, and gauges that had failed, are left out.
func TestNISTNRC(t *testing.T) {
	var trees strings.Builder
	for _, k := range nrcTrees {
		for n := 1; n <= 10; n++ {
			fmt.Fprintf(&trees, "&DEVC XYZ=2.5,2.5,%.2f, QUANTITY='THERMOCOUPLE', ID='Tr %d-%d' /\n", .35*float64(n), k, n)
		}
	}
	fsys := fstest.MapFS{
		"NIST_NRC/fds/NIST_NRC_01.fds":             {Data: fmt.Appendf(nil, nrcInput, trees.String())},
		"NIST_NRC/exp/NIST_NRC_Test_01_layer.csv":  {Data: []byte(" Time , Height , T_lower , T_upper\n0,3,20,20\n4,2,20,50\n60,2,20,90\n")},
		"NIST_NRC/exp/NIST_NRC_Test_01_file_1.csv": {Data: []byte("Time,O2-1,CO2-4,Door flow out (kg/s)\n0,.2095,999,.1\n4,.2,999,.5\n")},
		"NIST_NRC/exp/NIST_NRC_Test_01_gauge.csv":  {Data: []byte("Time,N G-1,N G-2\n-1,.1,.1\n4,1,1\n60,9,9\n")},
	}
	fires, err := nistNRC(fsys, .38)
	if err != nil || len(fires) != 1 {
		t.Fatalf("%d fires, %v", len(fires), err)
	}
	if end := fires[0].Scene.EndS; end != 4 {
		t.Errorf("the run ends at %g s, want 4", end)
	}
	points, err := fires[0].points(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, p := range points {
		got[p.Quantity+" "+p.Where] = p.Exp
	}
	for name, want := range map[string]float64{"hgl_temp room": 30, "hgl_depth room": 1.82, "oxygen O2-1": .0095, "surface_flux N G-1": 1} {
		if math.Abs(got[name]-want) > 1e-9 {
			t.Errorf("%s: %g, want %g; all: %v", name, got[name], want, got)
		}
	}
	if len(got) != 4 {
		t.Errorf("points %v", got)
	}
}

// The same points come from any number of fires side by side, and a fire that does not
// end in time is listed.
func TestSideBySide(t *testing.T) {
	fsys := fstest.MapFS{"steckler_expected.csv": {Data: []byte(stecklerTable + strings.ReplaceAll(strings.Split(stecklerTable, "\n")[1], "14,", "15,") + "\n")}}
	run := func(workers int, within float64) (string, []zones.Failure) {
		o := Options{Workers: workers, CellM: .6, WithinS: within}
		p, failed, err := Run(context.Background(), fsys, o)
		if err != nil {
			t.Fatal(err)
		}
		return string(zones.CSV(p)), failed
	}
	one, failed := run(1, 0)
	if two, _ := run(2, 0); one != two || len(failed) > 0 || strings.Count(one, "\n") < 4 {
		t.Errorf("points differ or lack: %v\n%s\n%s", failed, one, two)
	}
	known, err := zones.ReadCSV(strings.NewReader(one))
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := Run(context.Background(), fsys, Options{Workers: 1, Known: known, WithinS: 1e-3})
	if err != nil || string(zones.CSV(again)) != one {
		t.Errorf("known points come back as %v, %v", again, err)
	}
	if _, failed := run(2, 1e-3); len(failed) != 2 || !strings.Contains(failed[0].Reason, "left out") {
		t.Errorf("failed: %v", failed)
	}
}

func TestNoTestsIsAnError(t *testing.T) {
	if _, _, err := Run(context.Background(), fstest.MapFS{}, Options{}); err == nil {
		t.Error("no error")
	}
	bad := fstest.MapFS{"steckler_expected.csv": {Data: []byte("test,fire_xy\n1,here\n")}}
	if _, failed, err := Run(context.Background(), bad, Options{}); err == nil || len(failed) != 1 {
		t.Errorf("%v, %v", failed, err)
	}
}
