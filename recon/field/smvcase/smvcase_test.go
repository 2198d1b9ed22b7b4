package smvcase

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"firescene/formats/smokeview"
	"firescene/recon/field"
)

// disk keeps what is written.
type disk map[string]*file

type file struct {
	bytes.Buffer
	closed bool
}

func (f *file) Close() error {
	if f.closed {
		return fmt.Errorf("closed twice")
	}
	f.closed = true
	return nil
}

func (d disk) create(name string) (io.WriteCloser, error) {
	if d[name] != nil {
		return nil, fmt.Errorf("%s is there already", name)
	}
	d[name] = new(file)
	return d[name], nil
}

// TestWriter writes two frames of a made-up run and reads all files back.
func TestWriter(t *testing.T) {
	s := &field.Scene{Box: field.Box{0, 4, 0, 3, 0, 2}, Cells: [3]int{4, 3, 2}, EndS: 10, AmbientK: 293.15,
		Surfaces:     []field.Surface{{Name: "fire", HRRPUA: 100}},
		Obstructions: []field.Obstruction{{Box: field.Box{1, 2, 1, 2, 0, 1}, Surfaces: [6]int{-1, -1, -1, -1, -1, 0}, There: field.Schedule{SwitchS: []float64{5}}}},
		Vents:        []field.Vent{{Kind: field.Open, Box: field.Box{4, 4, 0, 3, 0, 2}}},
		Devices:      []field.Device{{Name: "T", Box: field.Box{1, 1, 1, 1, 1, 1}}},
	}
	d := disk{}
	w, err := New(s, Options{CHID: "x", Create: d.create, Time: func(t float64) float64 { return t - 1 }, Tables: []smokeview.Table{{Kind: "hrr", File: "hrr.csv"}}})
	if err != nil {
		t.Fatal(err)
	}
	faces := []field.Face{{Cell: [3]int{1, 1, 1}, Axis: 2, Positive: true, Obstruction: 0}, {Cell: [3]int{0, 0, 0}, Axis: 0, Positive: true, Obstruction: -1}, {Cell: [3]int{0, 1, 0}, Axis: 0, Positive: true, Obstruction: -1}}
	if err := w.OnStart(faces); err != nil {
		t.Fatal(err)
	}
	n := 24
	f := &field.Frame{Cells: s.Cells, TempK: make([]float32, n), U: make([]float32, n), V: make([]float32, n), W: make([]float32, n), SootKgM3: make([]float32, n),
		HRRPUV: make([]float32, n), OxygenFraction: make([]float32, n), Solid: make([]bool, n), FaceK: []float32{400, 300, 310}, FaceGaugeKWM2: []float32{5, 1, 2}, FaceExposureMJM2: []float32{1, 0, 0}}
	for i := range n {
		f.TempK[i] = 293.15 + float32(i)
	}
	f.Solid[5] = true // cell 1, 1, 0
	f.SootKgM3[0] = 1e-3
	for _, at := range []float64{1, 3} {
		f.TimeS = at
		if err := w.OnFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(&field.Result{Devices: []field.DeviceSeries{{Name: "T", ActivatedS: 2}}}); err != nil {
		t.Fatal(err)
	}
	c, err := smokeview.ReadCase(bytes.NewReader(d["x.smv"].Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Slices) != 9 || len(c.Smoke) != 3 || len(c.Boundaries) != 3 || len(c.Meshes) != 1 || len(c.Events) != 2 || c.Events[1].Keyword != "HIDE_OBST" || c.Events[1].TimeS != 4 || len(c.NotRead) != 0 {
		t.Errorf("%+v", c)
	}
	for name, f := range d {
		if !f.closed {
			t.Errorf("%s is not closed", name)
		}
	}
	for _, list := range [][]smokeview.File{c.Slices, c.Smoke, c.Boundaries} {
		for _, f := range list {
			if d[f.Name] == nil {
				t.Errorf("%s is named and not there", f.Name)
			}
		}
	}
	sf, err := smokeview.NewSliceReader(bytes.NewReader(d[c.Slices[0].Name].Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	// The plane through the fire at x = 1.5 is at grid line 2 (halves go up); the node
	// at its foot in the corner y = 0 lies between the cells 1 and 2.
	at, v, err := sf.Next()
	if err != nil || at != 0 || sf.Grid != [6]int{2, 2, 0, 3, 0, 2} || math.Abs(float64(v[0]-21.5)) > 1e-4 {
		t.Errorf("%v %g %+v %v", err, at, sf.Grid, v)
	}
	// At y = 1 there are four gas cells around less the solid one: 1, 2, 6.
	if got := v[sf.Index(2, 1, 0)]; math.Abs(float64(got-23)) > 1e-4 {
		t.Errorf("beside the block %g", got)
	}
	bf, err := smokeview.NewBoundaryReader(bytes.NewReader(d["x_1_1.bf"].Bytes()))
	if err != nil || len(bf.Patches) != 2 || bf.Patches[0].Facing != 3 || bf.Patches[0].Obst != 1 {
		t.Fatalf("%v %+v", err, bf)
	}
	_, b, err := bf.Next()
	if err != nil || math.Abs(float64(b[0][0])-126.85) > 1e-3 || math.Abs(float64(b[1][1])-31.85) > 1e-3 {
		t.Errorf("%v %v", err, b)
	}
	if !strings.Contains(d["x_1_1.s3d.sz"].String(), "24") && !strings.Contains(d["x_1_1.s3d.sz"].String(), "60") {
		t.Error(d["x_1_1.s3d.sz"].String())
	}
	sm, err := smokeview.NewSmokeReader(bytes.NewReader(d["x_1_1.s3d"].Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if _, v, err := sm.Next(); err != nil || v[0] == 0 || v[len(v)-1] != 0 {
		t.Error(err, v)
	}
}
