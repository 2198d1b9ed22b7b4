package smokeview

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
)

func formatted(v float64) string { return fmt.Sprintf("%.6f", v) }

func smallCase() *Case {
	return &Case{Title: "a room", CHID: "room", Version: "x", Input: "room.fds", EndS: 60, Frames: 4,
		Tables:   []Table{{"devc", "room_devc.csv"}},
		Surfaces: []Surface{{Name: "INERT", IgnitionC: 5000, Emissivity: 1, Size: [2]float64{1, 1}, RGBA: [4]float64{1, .8, .4, 1}, Texture: "null"}},
		Devices: []Device{{Label: "T1", Quantity: "TEMPERATURE", At: [3]float64{1, 2, .5}, Normal: [3]float64{0, 0, -1}, Prop: "null"},
			{Label: "F", Quantity: "MASS FLUX X", Box: &[6]float64{0, 0, 0, 1, 1, 1}}},
		Meshes: []Mesh{{Name: "M", Cells: [3]int{2, 1, 1}, Box: [6]float64{0, 1, 0, .5, 0, .5}, X: []float64{0, .5, 1}, Y: []float64{0, .5}, Z: []float64{0, .5},
			Obsts: []Obst{{Box: [6]float64{0, .5, 0, .5, 0, .5}, ID: 1, Grid: [6]int{0, 1, 0, 1, 0, 1}, Colour: -3, Shape: -1, RGBA: &[4]float64{1, 0, 0, 1}, Label: "OBST-1"}},
			Vents: []Vent{{Box: [6]float64{1, 1, 0, .5, 0, .5}, ID: 1, Grid: [6]int{2, 2, 0, 1, 0, 1}, Colour: 99, Shape: 2}}, DummyN: 0}},
		Slices:     []File{{Keyword: "SLCF", Mesh: 1, Name: "room_1_1.sf", Quantity: "TEMPERATURE", Short: "temp", Units: "C", Grid: [6]int{0, 2, 0, 0, 0, 1}, HasGrid: true}},
		Boundaries: []File{{Keyword: "BNDF", Mesh: 1, Name: "room_1_1.bf", Quantity: "WALL TEMPERATURE", Short: "temp", Units: "C"}},
		Smoke:      []File{{Keyword: "SMOKF3D", Mesh: 1, Name: "room_1_1.s3d", Quantity: "SOOT DENSITY", Short: "rho_C", Units: "kg/m3", Number: 8700}},
		Particles:  []File{{Keyword: "PRT5", Mesh: 1, Name: "room.prt5", Classes: []int{1, 2}}},
		Plots:      []File{{Keyword: "PL3D", Mesh: 1, Name: "room.q", Number: 30, Variables: [][3]string{{"T", "t", "C"}, {"U", "u", "m/s"}, {"V", "v", "m/s"}, {"W", "w", "m/s"}, {"H", "h", "kW/m3"}}}},
		Events:     []Event{{Keyword: "HIDE_OBST", Mesh: 1, Index: 1, TimeS: 12.5}, {Keyword: "DEVICE_ACT", Device: "T1", Index: 1, TimeS: 3, State: 1}},
		HRRPUVCut:  200, HeatKJKg: 50000, FuelName: "METHANE", ZoneFile: "room_zone.csv", AmbientPa: 101325, AmbientK: 293.15,
		Rooms: []Room{{Size: [3]float64{3, 4, 2.5}}}, Fires: []Fire{{Room: 1, At: [3]float64{1, 1, 0}}},
		Openings: []Opening{{Keyword: "HVENTPOS", Rooms: [2]int{1, 2}, Box: [6]float64{0, 0, 1, 2, 0, 2}}},
	}
}

func TestCaseRoundTrip(t *testing.T) {
	c := smallCase()
	var b bytes.Buffer
	if err := WriteCase(&b, c); err != nil {
		t.Fatal(err)
	}
	got, err := ReadCase(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if !reflect.DeepEqual(c, got) {
		t.Errorf("read back it differs:\n%+v\n%+v", c, got)
	}
	c.Title = "two\nlines"
	if err := WriteCase(io.Discard, c); !formats.IsDamaged(err) {
		t.Errorf("a line break in a title: %v", err)
	}
	c.Title, c.HRRPUVCut = "", math.Inf(1)
	if err := WriteCase(io.Discard, c); !formats.IsDamaged(err) {
		t.Errorf("an infinite number: %v", err)
	}
}

func TestCaseBad(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "text": strings.Repeat("hello there\n", 60), "cut": "CHID\n a\nGRID\n 1 1 1\nTRNX\n 0\n 0 0.0\n",
		"mesh": "CHID\n a\nGRID\n 1e30 1 1\n", "cells": "GRID\n 60000 60000 60000\n", "order": "GRID\n 1 1 1\nTRNX\n 0\n 0 1.0\n 1 1.0\n",
		"claim": "GRID\n 1 1 1\nOBST\n 60000000\n", "nothing before GRID": "TRNX\n 0\n", "long": "CHID\n" + strings.Repeat("a", 1<<17),
	} {
		if _, err := ReadCase(strings.NewReader(text)); !formats.IsDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := ReadCase(strings.NewReader("CHID\n a\nNEWTHING 1\n 3 4\n"))
	if err != nil || len(c.NotRead) != 1 || c.NotRead[0] != (NotRead{3, "NEWTHING"}) {
		t.Errorf("%v %+v", err, c)
	}
}

func TestSmokeRuns(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		b := make([]byte, rng.IntN(2000))
		for i := range b {
			if i > 0 && rng.IntN(8) > 0 {
				b[i] = b[i-1]
			} else {
				b[i] = byte(rng.IntN(255))
			}
		}
		if got := unpack(nil, pack(nil, b), len(b)); !bytes.Equal(got, b) {
			t.Fatalf("%v gives %v", b, got)
		}
	}
}

func TestSootByte(t *testing.T) {
	if SootByte(0, .1) != 0 || SootByte(math.NaN(), .1) != 0 || SootByte(1, .1) != 254 {
		t.Error("ends")
	}
	for _, rho := range []float64{1e-5, 1e-4, 1e-3} {
		b := SootByte(rho, .1)
		if got := SootDensity(b, .1); math.Abs(got-rho) > .25*rho {
			t.Errorf("%g gives %d gives %g", rho, b, got)
		}
	}
	if LinearByte(math.NaN(), 0, 1) != 0 || LinearByte(2, 0, 1) != 254 || LinearByte(.5, 0, 1) != 127 {
		t.Error("linear")
	}
}

// streams are small whole files of each kind.
func streams(t testing.TB) map[string][]byte {
	out := map[string][]byte{}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	s, err := NewSliceWriter(&b, SliceHead{"TEMPERATURE", "temp", "C", [6]int{0, 2, 1, 1, 0, 1}})
	must(err)
	must(s.Frame(0, []float32{1, 2, 3, 4, 5, 6}))
	must(s.Frame(1, []float32{1, 2, 3, 4, 5, 7}))
	must(s.Flush())
	out["sf"] = bytes.Clone(b.Bytes())
	b.Reset()
	w, err := NewBoundaryWriter(&b, "WALL TEMPERATURE", "temp", "C", []Patch{{[6]int{0, 0, 0, 1, 0, 1}, 1, 0, 1}, {[6]int{0, 1, 0, 1, 2, 2}, -3, 1, 1}})
	must(err)
	must(w.Frame(0, [][]float32{{1, 2, 3, 4}, {5, 6, 7, 8}}))
	must(w.Flush())
	out["bf"] = bytes.Clone(b.Bytes())
	b.Reset()
	m, err := NewSmokeWriter(&b, [3]int{2, 1, 1})
	must(err)
	must(m.Frame(0, make([]byte, 12), 0))
	must(m.Flush())
	out["s3d"] = bytes.Clone(b.Bytes())
	b.Reset()
	r := newRecordWriter(&b)
	r.ints(1)
	r.ints(1)
	r.ints(1)
	r.floats(60)
	r.ints(0)
	r.ints(0, 0)
	r.int(8)
	r.float(2)
	r.int(0)
	r.int(8)
	r.ints(3, 1)
	r.floats(0, 0, 0, 1, 0, 0, 0, 1, 0)
	r.ints(1, 2, 3)
	r.ints(1)
	must(r.flush())
	out["iso"] = bytes.Clone(b.Bytes())
	b.Reset()
	r = newRecordWriter(&b)
	r.ints(2, 1, 1)
	r.floats(0, 0, 0, 0)
	r.floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	must(r.flush())
	out["q"] = bytes.Clone(b.Bytes())
	return out
}

// readStream reads a file to its end and counts its frames.
func readStream(kind string, r io.Reader) (frames int, err error) {
	var next func() error
	switch kind {
	case "sf":
		p, e := NewSliceReader(r)
		if err = e; err == nil {
			next = func() error { _, v, err := p.Next(); return sized(err, len(v), p.Values()) }
		}
	case "bf":
		p, e := NewBoundaryReader(r)
		if err = e; err == nil {
			next = func() error { _, v, err := p.Next(); return sized(err, len(v), len(p.Patches)) }
		}
	case "s3d":
		p, e := NewSmokeReader(r)
		if err = e; err == nil {
			next = func() error { _, v, err := p.Next(); return sized(err, len(v), p.Values()) }
		}
	case "iso":
		p, e := NewIsoReader(r)
		if err = e; err == nil {
			next = func() error { _, err := p.Next(); return err }
		}
	case "q":
		p, e := NewPlotReader(r)
		if err = e; err == nil {
			next = func() error { v, err := p.Next(); return sized(err, len(v), p.Values()) }
		}
	}
	for err == nil {
		if err = next(); err == nil {
			frames++
		}
	}
	return frames, err
}

func sized(err error, got, want int) error {
	if err == nil && got != want {
		return fmt.Errorf("%d values of %d", got, want)
	}
	return err
}

func TestStreamsCut(t *testing.T) {
	want := map[string]int{"sf": 2, "bf": 1, "s3d": 1, "iso": 1, "q": 5}
	for kind, b := range streams(t) {
		if n, err := readStream(kind, bytes.NewReader(b)); err != io.EOF || n != want[kind] {
			t.Errorf("%s: %d frames, %v", kind, n, err)
		}
		ends := 0
		for n := range b {
			if _, err := readStream(kind, bytes.NewReader(b[:n])); err == io.EOF {
				ends++
			} else if !formats.IsDamaged(err) {
				t.Fatalf("%s cut at %d: %v", kind, n, err)
			}
		}
		if most := want[kind]; ends > most {
			t.Errorf("%s: whole when cut at %d places", kind, ends)
		}
	}
}

func TestSliceRefusesNaN(t *testing.T) {
	s, err := NewSliceWriter(io.Discard, SliceHead{Grid: [6]int{0, 0, 0, 0, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Frame(0, []float32{float32(math.NaN())}); !formats.IsDamaged(err) {
		t.Error(err)
	}
}

func TestColumns(t *testing.T) {
	c := &Columns{Units: []string{"s", "C"}, Names: []string{"Time", "a, b"}, Rows: [][]float64{{0, 20}, {1, -3e-9}}}
	var b bytes.Buffer
	if err := WriteColumns(&b, c); err != nil {
		t.Fatal(err)
	}
	got, err := ReadColumns(bytes.NewReader(b.Bytes()))
	if err != nil || !reflect.DeepEqual(c, got) {
		t.Errorf("%v %+v from %q", err, got, b.String())
	}
	got, err = ReadColumns(strings.NewReader("s,C\nTime,a\n0,1\n1,2\n2"))
	if err != nil || !got.Cut || len(got.Rows) != 2 {
		t.Errorf("%v %+v", err, got)
	}
	for _, text := range []string{"", "s\n", "s,C\nTime\n", "s,C\nTime,a\n1,2\n0,2\n", "s,C\nTime,a\n1\n2,3\n", "s,C\nTime,\"a\n"} {
		if _, err := ReadColumns(strings.NewReader(text)); !formats.IsDamaged(err) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzReadCase(f *testing.F) {
	var b bytes.Buffer
	if err := WriteCase(&b, smallCase()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("CHID\n a\nGRID\n 1 1 1\nTRNX\n 0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCase(bytes.NewReader(data))
		if err != nil {
			if !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
				t.Fatal(err)
			}
			return
		}
		if err := WriteCase(io.Discard, c); err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
	})
}

func FuzzStreams(f *testing.F) {
	kinds := []string{"sf", "bf", "s3d", "iso", "q"}
	for kind, b := range streams(f) {
		for i, k := range kinds {
			if k == kind {
				f.Add(byte(i), b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, k byte, data []byte) {
		_, err := readStream(kinds[int(k)%len(kinds)], bytes.NewReader(data))
		if err != io.EOF && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
	})
}

func FuzzColumns(f *testing.F) {
	f.Add([]byte("s,C\nTime,\"a\"\n0,1\n1,2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadColumns(bytes.NewReader(data))
		if err != nil {
			if !formats.IsDamaged(err) {
				t.Fatal(err)
			}
			return
		}
		for _, r := range c.Rows {
			if len(r) != len(c.Names) {
				t.Fatal("ragged")
			}
		}
	})
}
