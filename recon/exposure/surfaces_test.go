package exposure

import (
	"context"
	"math"
	"testing"
	"time"

	"firescene/recon"
	"firescene/recon/fire"

	"gonum.org/v1/gonum/spatial/r3"
)

func oneRoom() *recon.Hypothesis {
	return &recon.Hypothesis{ID: "H", Title: "t", Origin: recon.Origin{Room: "a", At: recon.Vec{1, 1, 0.3}}, Ignition: recon.Ignition{Time: time.Unix(0, 0)},
		Rooms:     []recon.Room{{Name: "a", Min: recon.Vec{0, 0, 0}, Max: recon.Vec{4, 3, 2.5}}, {Name: "cut off", Min: recon.Vec{9, 0, 0}, Max: recon.Vec{11, 2, 2.5}}},
		Openings:  []recon.Opening{{Name: "door", From: "a", To: fire.Outside, WidthM: 0.9, HeadM: 2}},
		Fuels:     []recon.Fuel{{Name: "f", At: recon.Vec{1, 1, 0.3}, AreaM2: 0.8, Growth: &recon.Growth{AlphaKWs2: 0.05, PeakKW: 1200, PlateauS: 200, DecayS: 60}}},
		DurationS: 300}
}

// TestSurfaces holds the exposure of cells against that of the same points predicted one
// by one, and asks for what must be so: it grows with time and near the fire, soot comes
// to the ceiling before it comes down the walls, and a room that nothing joins with the
// fire is named.
func TestSurfaces(t *testing.T) {
	h := oneRoom()
	r, err := fire.Simulate(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Surfaces(context.Background(), h, r, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Uncovered) != 1 || c.CellM != 0.5 {
		t.Errorf("uncovered %q, cells of %g m", c.Uncovered, c.CellM)
	}
	end, half := c.ExposureAt(300), c.ExposureAt(150)
	for i := range end {
		p := &end[i]
		n := r3.Cross(p.U, p.V)
		inside := r3.Add(p.Middle(0, 0), r3.Scale(0.01, n))
		if p.Room == "a" && (inside.X < 0 || inside.Y < 0 || inside.Z < 0 || inside.X > 4 || inside.Y > 3 || inside.Z > 2.5) {
			t.Errorf("patch %d faces out of its room", i)
		}
		for k, v := range p.Value {
			if p.Room != "a" {
				if v == v {
					t.Fatalf("the room that is cut off has an exposure of %g", v)
				}
				continue
			}
			if !(v > 0) || !(half[i].Value[k] <= v) {
				t.Fatalf("patch %d, cell %d: %g MJ/m2, half way %g", i, k, v, half[i].Value[k])
			}
		}
	}
	floor := end[0]
	near, far := floor.Value[2*floor.N[0]+2], floor.Value[floor.N[0]*floor.N[1]-1]
	if !(near > far) {
		t.Errorf("floor beside the fire %.1f MJ/m2, in the far corner %.1f", near, far)
	}
	at := floor.Middle(2, 2)
	one, err := Histories(context.Background(), h, []Point{{At: recon.Vec{at.X, at.Y, at.Z}, Normal: recon.Vec{0, 0, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if want := one[0].MJ() / FluxBias; math.Abs(float64(near)-want) > 0.03*want {
		t.Errorf("cell %.2f MJ/m2, point %.2f", near, want)
	}
	clean := func(tS float64, kind string) (n int) {
		for _, p := range c.MarksAt(tS) {
			for _, v := range p.Value {
				if p.Kind == kind && v == float32(MarkClean) {
					n++
				}
			}
		}
		return n
	}
	if clean(0, "ceiling") == 0 || clean(100, "ceiling") > 0 || clean(300, "wall") == 0 || clean(300, "wall") >= clean(40, "wall") {
		t.Errorf("clean cells: ceiling %d, then %d; walls %d, then %d", clean(0, "ceiling"), clean(100, "ceiling"), clean(40, "wall"), clean(300, "wall"))
	}
}

func TestSurfacesRefused(t *testing.T) {
	for _, cell := range []float64{-1, 0.001, math.NaN(), math.Inf(1)} {
		if _, err := Surfaces(context.Background(), oneRoom(), nil, cell); err == nil {
			t.Errorf("cells of %g m: no error", cell)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Surfaces(ctx, oneRoom(), nil, 0); err == nil {
		t.Error("cancelled: no error")
	}
	// Fine cells in a large building are made larger.
	h := oneRoom()
	h.Rooms[0].Max = recon.Vec{40, 30, 5}
	c := &SurfaceCourse{}
	if got, err := Surfaces(context.Background(), h, nil, 0.3); err != nil || got.CellM < 1 {
		t.Errorf("a hall: %+v, %v", c, err)
	}
}
