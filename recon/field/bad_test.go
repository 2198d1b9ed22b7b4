package field

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

// What can not be is refused with the place and what to do.
func TestBadScenesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s *Scene)
		says  string
	}{
		"flat region":      {func(s *Scene) { s.Box[1] = 0 }, "region: it is 0 m along x"},
		"too many cells":   {func(s *Scene) { s.Cells = [3]int{1000, 1000, 10} }, "make cells"},
		"no cells":         {func(s *Scene) { s.Cells[1] = 0 }, "0 cells along y"},
		"number of a box":  {func(s *Scene) { s.Obstructions[0].Box[2] = math.NaN() }, "no number"},
		"falling box":      {func(s *Scene) { s.Obstructions[0].Box = Box{2, 1, 0, 1, 0, 1} }, "falls along x"},
		"curve":            {func(s *Scene) { s.Surfaces[1].Ramp = Ramp{{0, 1}, {5, math.NaN()}} }, "row 2"},
		"curve back":       {func(s *Scene) { s.Surfaces[1].Ramp = Ramp{{5, 1}, {0, 2}} }, "goes back"},
		"surface":          {func(s *Scene) { s.Vents[2].Surface = 9 }, "surface 9 is not there"},
		"vent inside":      {func(s *Scene) { s.Vents[0].Box = Box{2, 2, 0, 1, 0, 1} }, "lies inside it"},
		"fire outside":     {func(s *Scene) { s.Vents[2].Box = Box{9, 9.5, .9, 1.5, 0, 0} }, "outside the region"},
		"thick vent":       {func(s *Scene) { s.Vents[2].Box = Box{0, 1, 0, 1, 0, 1} }, "not flat"},
		"heat":             {func(s *Scene) { s.Surfaces[1].HRRPUA = math.Inf(1) }, "heat release"},
		"layer":            {func(s *Scene) { s.Surfaces[0].Layers[0].ThickM = 0 }, "thickness"},
		"fuel":             {func(s *Scene) { s.Reaction = Reaction{C: 1, O: 2} }, "needs no oxygen"},
		"device of a plan": {func(s *Scene) { s.Obstructions[0].There.Device = "none" }, "not there"},
		"end":              {func(s *Scene) { s.EndS = math.NaN() }, "the end"},
	} {
		s := room(1)
		c.spoil(s)
		_, err := Run(context.Background(), s, Options{Workers: 1})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// What is doubtful is told, and the run ends in numbers or in an error that says where
// it went astray.
func TestDoubtfulScenesAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s *Scene)
		says  string
	}{
		"no opening": {func(s *Scene) { s.Vents = s.Vents[2:] }, "nothing is open"},
		"huge fire":  {func(s *Scene) { s.Surfaces[1].HRRPUA = 1e5 }, "more than a room full of flames holds"},
		"in a wall": {func(s *Scene) {
			s.Obstructions = append(s.Obstructions, Obstruction{Name: "block", Box: Box{1, 2, .6, 1.8, 0, .9}})
			s.Vents[2].Box[4], s.Vents[2].Box[5] = .45, .45
		}, "inside obstruction block"},
		"coarse":       {func(s *Scene) { s.Surfaces[1].HRRPUA = 10 }, "coarse"},
		"out of reach": {func(s *Scene) { s.Obstructions[0].Box = Box{20, 21, 0, 1, 0, 1} }, "left out"},
		"overlapping":  {func(s *Scene) { s.Vents = append(s.Vents, s.Vents[0], s.Vents[2]) }, ""},
	} {
		s := room(1)
		c.spoil(s)
		said := false
		for _, p := range Check(s) {
			said = said || strings.Contains(p.What, c.says)
		}
		if !said && c.says != "" {
			t.Errorf("%s is not told: %+v", name, Check(s))
		}
		r, err := Run(context.Background(), s, Options{Workers: 1})
		if err != nil {
			if !strings.Contains(err.Error(), "astray") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		for _, d := range r.Devices {
			for _, v := range d.Value {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%s: %s is %g", name, d.Name, v)
				}
			}
		}
	}
}

func TestRunIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := room(1000)
	_, err := Run(ctx, s, Options{Workers: 1, Progress: func(float64, float64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	stop := errors.New("stop")
	if _, err := Run(context.Background(), s, Options{Workers: 1, FrameEveryS: 1, OnFrame: func(*Frame) error { return stop }}); !errors.Is(err, stop) {
		t.Error(err)
	}
}

// Frames hold every cell and face, in their order.
func TestFrames(t *testing.T) {
	var faces []Face
	n := 0
	s := room(2)
	r, err := Run(context.Background(), s, Options{Workers: 1, FrameEveryS: .5, OnStart: func(f []Face) error { faces = f; return nil }, OnFrame: func(f *Frame) error {
		n++
		cells := s.Cells[0] * s.Cells[1] * s.Cells[2]
		for _, v := range [][]float32{f.TempK, f.U, f.V, f.W, f.SootKgM3, f.HRRPUV, f.OxygenFraction} {
			if len(v) != cells {
				t.Fatalf("%d values of %d", len(v), cells)
			}
		}
		if len(f.FaceK) != len(faces) || len(f.FaceExposureMJM2) != len(faces) {
			t.Fatal("faces are missing")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if n != 5 || len(r.Faces) != len(faces) {
		t.Errorf("%d frames, %d faces of %d", n, len(r.Faces), len(faces))
	}
}
