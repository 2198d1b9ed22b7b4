package experiments

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"firescene/recon/field"
)

const fsriTable = `case,fuel,door,loc,rep,t_end,dT_QA_0.025,dT_QA_0.3,dT_QA_0.6,dT_QA_0.9,dT_QA_1.2,dT_QA_1.5,dT_QA_1.8,dT_QA_2.1,RT65,RT130,HRR
250kW_Open_Center_1,250kW,Open,Center,1,2,120,110,100,90,20,10,5,5,1.5,nan,250
`

const stecklerTable = `test,Q_kW,W_m,H_m,sill_m,fire_xy,T_amb,exp_Tup,exp_hgt,exp_Tlow
14,62.9,0.74,1.83,0.0,"1.4, 1.4",29.0,129.3,0.74,38.0
`

// A folder's tables become fires that Check accepts, and a run becomes points.
func TestTablesBecomeFires(t *testing.T) {
	fsys := fstest.MapFS{"fsri_compartments_steady_public.csv": {Data: []byte(fsriTable)}, "steckler_expected.csv": {Data: []byte(stecklerTable)}}
	s, err := steckler(fsys, .3)
	if err != nil || len(s) != 1 {
		t.Fatalf("%d fires, %v", len(s), err)
	}
	for _, p := range field.Check(s[0].Scene) {
		if p.Fatal {
			t.Error(p)
		}
	}
	points, failed, err := Run(context.Background(), fsys, Options{Workers: 1, CellM: .3, Only: []string{"FSRI"}})
	if err != nil || len(failed) > 0 {
		t.Fatal(err, failed)
	}
	got := map[string]int{}
	for _, p := range points {
		got[p.Quantity]++
	}
	if got["hgl_temp"] != 1 || got["hgl_depth"] != 1 || got["surface_flux"] != 1 {
		t.Errorf("points %+v", points)
	}
	if m := string(Markdown(points, nil)); !strings.Contains(m, "hot-layer temperature rise") {
		t.Error(m)
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
