package gascourse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats"
	"firescene/formats/smokeview"
)

// written is a result in memory: a mesh of 4 x 3 x 2 cells with smoke and temperature that
// rise along x and with time.
func written(t *testing.T, frames int) (*smokeview.Case, func(string) (io.ReadCloser, error)) {
	t.Helper()
	files := map[string][]byte{}
	cells := [3]int{4, 3, 2}
	dx := math.Cbrt(0.5 * 0.5 * 0.5)
	for name, code := range map[string]func(x, tS float64) byte{
		"soot.s3d": func(x, tS float64) byte { return smokeview.SootByte(1e-5*x*tS, dx) },
		"temp.s3d": func(x, tS float64) byte { return smokeview.LinearByte(20+100*x+tS, 20, smokeview.TemperatureFull) },
	} {
		var b bytes.Buffer
		w, err := smokeview.NewSmokeWriter(&b, cells)
		if err != nil {
			t.Fatal(err)
		}
		for n := range frames {
			var v []byte
			for range 3 * 4 {
				for i := range 5 {
					v = append(v, code(0.5*float64(i), float64(n)))
				}
			}
			if err := w.Frame(float64(n), v, 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		files[name] = b.Bytes()
	}
	c := &smokeview.Case{AmbientK: 293.15, Meshes: []smokeview.Mesh{{Name: "M", Cells: cells, Box: [6]float64{1, 3, 0, 1.5, 0, 1}}},
		Smoke: []smokeview.File{{Mesh: 1, Name: "soot.s3d", Quantity: "SOOT DENSITY"}, {Mesh: 1, Name: "temp.s3d", Quantity: "TEMPERATURE"},
			{Mesh: 1, Name: "soot.s3d", Quantity: "CARBON MONOXIDE"}, {Mesh: 1, Name: "lost.s3d", Quantity: "HRRPUV"}}}
	return c, func(name string) (io.ReadCloser, error) {
		b, ok := files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(bytes.NewReader(b)), nil
	}
}

func TestCourse(t *testing.T) {
	c, open := written(t, 11)
	got, err := Read(context.Background(), c, open, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got.EndS != 10 || len(got.Notes) != 2 || got.Stride() != 1 {
		t.Errorf("end %g s, stride %d, notes %q", got.EndS, got.Stride(), got.Notes)
	}
	gas := got.At(7.9)
	if len(gas) != 1 || gas[0].HRRKWM3 != nil || gas[0].Len() != 24 || gas[0].Box.Min.X != 1 || gas[0].Box.Max.Y != 1.5 {
		t.Fatalf("%d gases, %+v", len(gas), gas)
	}
	for i := range 4 {
		x := 0.5 * (float64(i) + 0.5)
		// A step of the code is 1/254 of the light over a cell, and 7.8 K.
		if k, want := float64(gas[0].ExtinctionM[i]), 8700*1e-5*x*7; math.Abs(k-want) > 0.06*want+0.01 {
			t.Errorf("cell %d: extinction %.3f, want %.3f 1/m", i, k, want)
		}
		if v, want := float64(gas[0].TempC[i]), 20+100*x+7; math.Abs(v-want) > 8 {
			t.Errorf("cell %d: %.1f, want %.1f C", i, v, want)
		}
	}
	if again := got.At(7.2); &again[0].TempC[0] != &gas[0].TempC[0] {
		t.Error("between two frames the gas is decoded anew")
	}
	if before := got.At(-5); before[0].ExtinctionM[3] != 0 {
		t.Error("before its time the result does not show its first frame")
	}
}

// TestBounded: with little room every second frame is left out, as often as it takes.
func TestBounded(t *testing.T) {
	c, open := written(t, 101)
	got, err := Read(context.Background(), c, open, Options{MaxBytes: 60 * 30})
	if err != nil {
		t.Fatal(err)
	}
	if got.Stride() < 4 || got.held > 60*30 || len(got.TimesS()) < 5 {
		t.Errorf("stride %d, %d bytes, %d times", got.Stride(), got.held, len(got.TimesS()))
	}
	for i, at := range got.TimesS() {
		if int(at)%got.Stride() != 0 || i > 0 && at <= got.TimesS()[i-1] {
			t.Errorf("time %d is %g s", i, at)
		}
	}
}

func TestNothingToShow(t *testing.T) {
	c, open := written(t, 3)
	c.Smoke = c.Smoke[2:]
	var u *formats.UnsupportedError
	if _, err := Read(context.Background(), c, open, Options{}); !errors.As(err, &u) {
		t.Errorf("error %v", err)
	}
	c, open = written(t, 3)
	c.Meshes[0].Cells = [3]int{2, 2, 2}
	if _, err := Read(context.Background(), c, open, Options{}); err == nil {
		t.Error("files of another grid: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c, open = written(t, 3)
	if _, err := Read(ctx, c, open, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestFDSResult reads what FDS itself wrote.
func TestFDSResult(t *testing.T) {
	dir := "../../../../shared/data/fire/smokeview-sample"
	f, err := os.Open(filepath.Join(dir, "steck_c.smv"))
	if err != nil {
		t.Skip("the sample result is not at hand: ", err)
	}
	defer f.Close()
	c, err := smokeview.ReadCase(f)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(context.Background(), c, func(name string) (io.ReadCloser, error) { return os.Open(filepath.Join(dir, name)) }, Options{})
	if err != nil {
		t.Fatal(err)
	}
	gas := got.At(got.EndS)
	if len(gas) != 1 || gas[0].Cells != [3]int{36, 28, 22} || gas[0].TempC == nil || gas[0].HRRKWM3 == nil {
		t.Fatalf("%d gases", len(gas))
	}
	hot := float32(0)
	for _, v := range gas[0].TempC {
		hot = max(hot, v)
	}
	if hot < 100 || hot > 2000 {
		t.Errorf("hottest cell %.0f C", hot)
	}
}
