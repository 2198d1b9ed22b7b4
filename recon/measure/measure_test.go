package measure

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// plate adds a square of side 1 m in z = height(x, y) with noise, points every 1 cm.
func plate(rng *rand.Rand, origin r3.Vec, height func(x, y float64) float64, noise float64) *recon.Cloud {
	c := &recon.Cloud{Scaled: true, Origin: origin}
	for i := range 100 {
		for j := range 100 {
			x, y := (float64(i)+rng.Float64())/100, (float64(j)+rng.Float64())/100
			c.XYZ = append(c.XYZ, float32(x), float32(y), float32(height(x, y)+noise*rng.NormFloat64()))
		}
	}
	return c
}

func near(t *testing.T, what string, m recon.Measure, want, tol float64) {
	t.Helper()
	if d := math.Abs(m.Value - want); !(d <= tol) || !(m.Sigma > 0) || d > 6*m.Sigma {
		t.Errorf("%s: %g ± %g, want %g within %g", what, m.Value, m.Sigma, want, tol)
	}
}

func TestMeasures(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	o := r3.Vec{X: 1000, Y: 2000, Z: 50}
	src := plate(rng, o, func(x, y float64) float64 { // a floor, a step of 0.2 m at x = 0.5
		if x > 0.5 {
			return 0.2
		}
		return 0
	}, 0.001)
	c, err := NewCloud(src, Errors{RegistrationM: 0.0005, InstrumentM: 0.0005, Scale: 1e-5}, 2)
	if err != nil {
		t.Fatal(err)
	}
	pick := func(x, y, z float64) Point {
		p, err := c.Pick(r3.Add(o, r3.Vec{X: x, Y: y, Z: z}), 0.06)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b := pick(0.2, 0.2, 0.004), pick(0.8, 0.2, 0.197)
	near(t, "height", c.Height(a, b), 0.2, 0.001)
	near(t, "distance", c.Distance(a, b), math.Hypot(0.6, 0.2), 0.004)
	f, err := c.Fit(r3.Add(o, r3.Vec{X: 0.25, Y: 0.5}), 0.2)
	if err != nil {
		t.Fatal(err)
	}
	m := c.ToPlane(b, f)
	m.Value = math.Abs(m.Value)
	near(t, "to plane", m, 0.2, 0.001)
	v, err := c.Angle(pick(0.3, 0.1, 0), pick(0.1, 0.1, 0), pick(0.1, 0.3, 0))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "angle", v, 90, 0.5)
	g, err := c.Fit(r3.Add(o, r3.Vec{X: 0.75, Y: 0.5, Z: 0.2}), 0.2)
	if err != nil {
		t.Fatal(err)
	}
	if p := c.PlaneAngle(f, g); p.Value > 0.2 || p.Sigma <= 0 {
		t.Errorf("plane angle %+v", p)
	}
	corners := []Point{pick(0.1, 0.1, 0), pick(0.4, 0.1, 0), pick(0.4, 0.4, 0), pick(0.1, 0.4, 0)}
	area, err := c.Area(corners)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "area", area, 0.09, 1e-4)
	if _, err := c.Pick(r3.Add(o, r3.Vec{X: 5}), 0.05); err == nil {
		t.Error("a place without points was picked")
	}
	if _, err := c.Area(corners[:2]); err == nil {
		t.Error("an area of two corners")
	}
	if _, err := c.Angle(a, a, b); err == nil {
		t.Error("an angle without a side")
	}
	if _, err := NewCloud(&recon.Cloud{XYZ: []float32{1, 2, 3}}, Errors{}, 1); err == nil {
		t.Error("a cloud without scale was taken")
	}
}

// TestVolume heaps a cone on the floor.
func TestVolume(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	src := plate(rng, r3.Vec{}, func(x, y float64) float64 { return max(0.2-math.Hypot(x-0.5, y-0.5), 0) }, 0.001)
	c, err := NewCloud(src, Errors{RegistrationM: 0.001}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var corners []Point
	for _, p := range [4][2]float64{{0.1, 0.1}, {0.9, 0.1}, {0.9, 0.9}, {0.1, 0.9}} {
		q, err := c.Pick(r3.Vec{X: p[0], Y: p[1]}, 0.05)
		if err != nil {
			t.Fatal(err)
		}
		corners = append(corners, q)
	}
	v, err := c.VolumeOver(context.Background(), corners, 0.02, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "volume", v.AboveM3, math.Pi*0.2*0.2*0.2/3, 5e-4)
	if v.Measured < 0.95 {
		t.Errorf("measured %g", v.Measured)
	}
}

// TestCompare finds a dent of 10 mm and nothing elsewhere.
func TestCompare(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	dent := func(x, y float64) float64 {
		if math.Hypot(x-0.5, y-0.5) < 0.2 {
			return -0.01
		}
		return 0
	}
	a, b := plate(rng, r3.Vec{}, func(x, y float64) float64 { return 0 }, 0.001), plate(rng, r3.Vec{}, dent, 0.001)
	var core []float32
	for i := 1; i < 20; i++ {
		for j := 1; j < 20; j++ {
			core = append(core, float32(i)/20, float32(j)/20, 0)
		}
	}
	o := ChangeOptions{NormalM: 0.2, CylinderM: 0.08, DepthM: 0.1, RegistrationM: 0.001, Workers: 1}
	got, err := Compare(context.Background(), a.XYZ, b.XYZ, core, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range got {
		r := math.Hypot(float64(core[3*i])-0.5, float64(core[3*i+1])-0.5)
		switch {
		case r < 0.15 && (!c.Significant || math.Abs(float64(c.DistanceM)+0.01) > 0.001):
			t.Errorf("in the dent: %+v", c)
		case r > 0.25 && c.Significant:
			t.Errorf("outside it: %+v", c)
		}
		if c.LevelM < 0.00196 {
			t.Errorf("level of detection %g leaves registration out", c.LevelM)
		}
	}
	o.Workers = 4
	if again, _ := Compare(context.Background(), a.XYZ, b.XYZ, core, nil, o); !reflect.DeepEqual(got, again) {
		t.Error("another result with 4 workers")
	}
	lone, err := Compare(context.Background(), a.XYZ, []float32{5, 5, 5}, core[:3], nil, o)
	if err != nil || lone[0].Significant || lone[0].DistanceM == lone[0].DistanceM {
		t.Errorf("without a second surface: %+v, %v", lone, err)
	}
	if _, err := Compare(context.Background(), a.XYZ, nil, core, nil, o); err == nil {
		t.Error("an empty cloud was compared")
	}
}
