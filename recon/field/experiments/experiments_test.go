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

func TestNoTestsIsAnError(t *testing.T) {
	if _, _, err := Run(context.Background(), fstest.MapFS{}, Options{}); err == nil {
		t.Error("no error")
	}
	bad := fstest.MapFS{"steckler_expected.csv": {Data: []byte("test,fire_xy\n1,here\n")}}
	if _, failed, err := Run(context.Background(), bad, Options{}); err == nil || len(failed) != 1 {
		t.Errorf("%v, %v", failed, err)
	}
}
