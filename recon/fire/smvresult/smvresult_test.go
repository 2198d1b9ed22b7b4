package smvresult

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firescene/formats/smokeview"
	"firescene/recon"
	"firescene/recon/fire"
)

// made is a made-up result: a room 4 x 4 x 2.4 m whose upper half warms by 1 K a
// second, lines of 0.4 m, a slice through y = 2.
func made(t *testing.T) Source {
	t.Helper()
	lines := func(to, d float64) (out []float64) {
		for x := 0.0; x < to+d/2; x += d {
			out = append(out, x)
		}
		return out
	}
	m := smokeview.Mesh{Cells: [3]int{10, 10, 24}, Box: [6]float64{0, 4, 0, 4, 0, 2.4}, X: lines(4, .4), Y: lines(4, .4), Z: lines(2.4, .1)}
	grid := [6]int{0, 10, 5, 5, 0, 24}
	c := &smokeview.Case{CHID: "m", Version: "6.7.9", Meshes: []smokeview.Mesh{m},
		Tables:  []smokeview.Table{{Kind: "devc", File: "m_devc.csv"}, {Kind: "hrr", File: "m_hrr.csv"}},
		Devices: []smokeview.Device{{Label: "TC", Quantity: "THERMOCOUPLE", At: [3]float64{1, 1, 2}}},
	}
	files := map[string][]byte{}
	for n, q := range []string{"TEMPERATURE", "U-VELOCITY", "V-VELOCITY", "W-VELOCITY"} {
		name := fmt.Sprintf("m_%d.sf", n)
		c.Slices = append(c.Slices, smokeview.File{Keyword: "SLCF", Mesh: 1, Name: name, Quantity: q, Grid: grid, HasGrid: true})
		var b bytes.Buffer
		w, err := smokeview.NewSliceWriter(&b, smokeview.SliceHead{Quantity: q, Grid: grid})
		if err != nil {
			t.Fatal(err)
		}
		for k := 0; k <= 60; k++ {
			v := make([]float32, w2(grid))
			for i := range v {
				z := float64(i/11) * .1
				switch {
				case q == "TEMPERATURE":
					v[i] = 20
					if z > 1.2 {
						v[i] += float32(k)
					}
				case q == "U-VELOCITY":
					v[i] = -3
				case q == "V-VELOCITY":
					v[i] = 4
				}
			}
			if err := w.Frame(float64(k), v); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		files[name] = b.Bytes()
	}
	devc := "s,C\nTime,TC\n"
	hrr := "s,kW\nTime,HRR\n"
	for k := 0; k <= 60; k += 2 {
		devc += fmt.Sprintf("%d,%g\n", k, 20+2*float64(k))
		hrr += fmt.Sprintf("%d,%d\n", k, 5*k)
	}
	files["m_devc.csv"], files["m_hrr.csv"] = []byte(devc), []byte(hrr)
	return Source{Case: c, Open: func(name string) (io.ReadCloser, error) {
		b, ok := files[name]
		if !ok {
			return nil, os.ErrNotExist
		}
		return io.NopCloser(bytes.NewReader(b)), nil
	}}
}

func w2(g [6]int) int { return (g[1] - g[0] + 1) * (g[3] - g[2] + 1) * (g[5] - g[4] + 1) }

func hypothesis() *recon.Hypothesis {
	return &recon.Hypothesis{ID: "H", Origin: recon.Origin{Room: "r", At: recon.Vec{1, 2, 0}}, Ignition: recon.Ignition{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		Rooms: []recon.Room{{Name: "r", Max: recon.Vec{4, 4, 2.4}, Wall: "gypsum", ThickM: .012}, {Name: "other", Min: recon.Vec{5, 0, 0}, Max: recon.Vec{8, 4, 2.4}, Wall: "gypsum", ThickM: .012}},
		Fuels: []recon.Fuel{{Name: "f", At: recon.Vec{1, 2, 0}, AreaM2: 1, Curve: [][2]float64{{0, 0}, {60, 300}}, SpreadPct: 20}},
		Detectors: []recon.Detector{
			{Name: "SD", Kind: "smoke", At: recon.Vec{3, 2.05, 2.3}},
			{Name: "SP", Kind: "sprinkler", At: recon.Vec{2, 2, 2.3}, RTI: 1, ActivationC: 50},
			{Name: "TC", Kind: "gas_temperature", At: recon.Vec{1, 1, 2}, ActivationC: 60},
			{Name: "far", Kind: "smoke", At: recon.Vec{3, 3.5, 2.3}},
		}, DurationS: 60}
}

func TestRecord(t *testing.T) {
	h := hypothesis()
	rec, err := Record(context.Background(), h, made(t))
	if err != nil {
		t.Fatal(err)
	}
	if rec.Samples != 121 || len(rec.HRRKW) != 121 || math.Abs(rec.HRRKW[120]-300) > 1e-9 || rec.Producer != "FDS 6.7.9" {
		t.Errorf("%d samples, producer %s", rec.Samples, rec.Producer)
	}
	if p := rec.Points[1]; p.SpeedMS == nil || math.Abs(p.SpeedMS[7]-5) > 1e-6 {
		t.Errorf("%+v", p)
	}
	if p := rec.Points[3]; p.Uncovered == "" || !strings.Contains(p.Uncovered, "1.50 m away") {
		t.Errorf("%+v", p.Uncovered)
	}
	m := rec.Rooms[0]
	if m.Uncovered != "" || math.Abs(m.InterfaceM[100]-1.15) > .06 || math.Abs(m.UpperK[100]-(293.15+50)) > 2 || math.Abs(m.LowerK[100]-293.15) > .1 {
		t.Errorf("%s %s: %g %g", m.From, m.Uncovered, m.InterfaceM[100], m.UpperK[100])
	}
	if rec.Rooms[1].Uncovered == "" {
		t.Error("the other room is not covered")
	}
	res, err := fire.SimulateFrom(h, rec)
	if err != nil {
		t.Fatal(err)
	}
	// The smoke alarm: 13 K after 13 s, less the bias of 1.20.
	a := res.Arrivals
	if !a[0].Reached || math.Abs(a[0].TimeS-13/1.2) > .3 || a[0].EarlyS >= a[0].TimeS || a[0].LateS <= a[0].TimeS || a[0].FuelLogSD <= 0 {
		t.Errorf("%+v", a[0])
	}
	// The sprinkler lags by RTI/sqrt(u) = 0.45 s: 50 C at 30.4 s, less the bias of 1.02.
	if !a[1].Reached || math.Abs(a[1].TimeS-30.45/1.02) > .3 {
		t.Errorf("%+v", a[1])
	}
	// The thermocouple: a rise of 40 K x 1.03 at 2 K a second.
	if !a[2].Reached || math.Abs(a[2].TimeS-20.6) > .1 || !strings.Contains(a[2].Model, "the device TC") {
		t.Errorf("%+v", a[2])
	}
	if a[3].Uncovered == "" || res.Find("interface", "r") == nil || res.Find("interface", "other") != nil {
		t.Errorf("%+v", a[3])
	}
	said := false
	for _, w := range res.Warnings {
		said = said || w.Where == "room other"
	}
	if !said {
		t.Errorf("%+v", res.Warnings)
	}
}

// TestCutAndMissing: a slice that ends within a frame gives what lies before, one
// that is not there is said.
func TestCutAndMissing(t *testing.T) {
	src := made(t)
	open := src.Open
	src.Open = func(name string) (io.ReadCloser, error) {
		f, err := open(name)
		if err != nil || name != "m_0.sf" {
			return f, err
		}
		return io.NopCloser(io.LimitReader(f, 20000)), nil
	}
	rec, err := Record(context.Background(), hypothesis(), src)
	if err != nil || rec.Samples >= 121 || rec.Samples < 10 || len(rec.Warnings) == 0 {
		t.Errorf("%v: %d samples, %+v", err, rec.Samples, rec.Warnings)
	}
	src.Open = func(name string) (io.ReadCloser, error) { return nil, os.ErrNotExist }
	rec, err = Record(context.Background(), hypothesis(), src)
	if err != nil || rec.Points[0].Uncovered == "" || rec.Rooms[0].Uncovered == "" || rec.HRRKW != nil {
		t.Errorf("%v %+v", err, rec)
	}
	if _, err := fire.SimulateFrom(hypothesis(), rec); err != nil {
		t.Error(err)
	}
}

func TestTwoLayers(t *testing.T) {
	z := []float64{0, .5, 1, 1.5, 2}
	if up, low, at, ok := twoLayers(z, []float64{20, 20, 20, 20, 20}); !ok || up != low || at != 2 {
		t.Error(up, low, at)
	}
	if _, _, _, ok := twoLayers(z, []float64{20, 20, math.NaN(), 20, 20}); ok {
		t.Error("a value that is no number")
	}
}

// TestSample reads a real result of FDS: 15 s of a Steckler fire.
func TestSample(t *testing.T) {
	dir := "../../../../shared/data/fire/smokeview-sample"
	f, err := os.Open(filepath.Join(dir, "steck_c.smv"))
	if err != nil {
		t.Skip("the sample of FDS results is not here: ", err)
	}
	defer f.Close()
	c, err := smokeview.ReadCase(f)
	if err != nil {
		t.Fatal(err)
	}
	h := hypothesis()
	ambient := 28.0
	h.AmbientC = &ambient
	h.Rooms = []recon.Room{{Name: "r", Min: recon.Vec{0, -1.4, 0}, Max: recon.Vec{2.8, 1.4, 2.13}, Wall: "gypsum", ThickM: .012}}
	h.Origin.At, h.Fuels[0].At = recon.Vec{1.4, 0, 0}, recon.Vec{1.4, 0, 0}
	h.Detectors = []recon.Detector{{Name: "SD", Kind: "smoke", At: recon.Vec{2.5, 0.02, 2.08}}, {Name: "off", Kind: "smoke", At: recon.Vec{2.5, 1, 2.08}}}
	rec, err := Record(context.Background(), h, Source{Case: c, Open: func(name string) (io.ReadCloser, error) { return os.Open(filepath.Join(dir, name)) }})
	if err != nil {
		t.Fatal(err)
	}
	res, err := fire.SimulateFrom(h, rec)
	if err != nil {
		t.Fatal(err)
	}
	if a := res.Arrivals[0]; !a.Reached || a.TimeS > 10 || res.Arrivals[1].Uncovered == "" {
		t.Errorf("%+v", res.Arrivals)
	}
	// FDS itself says at 14 s, at one place: 85.9 C, 28.9 C, 0.78 m.
	if s := res.Find("interface", "r"); s == nil || math.Abs(s.Value[len(s.Value)-1]-.78) > .25 {
		t.Errorf("%+v", s)
	}
}
