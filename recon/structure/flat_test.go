package structure

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// rect is a rectangle across an axis with rectangular holes, in its building's own
// frame: for axis 0 the others are y, z; for 1 x, z; for 2 x, y.
type rect struct {
	axis           int
	at             float64
	u0, u1, v0, v1 float64
	holes          [][4]float64
}

// building is what a test scans.
type building struct {
	rects []rect
	turn  float64 // radians about Z
	tilt  float64 // radians about X, after the turn
	move  r3.Vec
	noise float64
}

func (b *building) world(p r3.Vec) r3.Vec {
	c, s := math.Cos(b.turn), math.Sin(b.turn)
	p = r3.Vec{X: c*p.X - s*p.Y, Y: s*p.X + c*p.Y, Z: p.Z}
	c, s = math.Cos(b.tilt), math.Sin(b.tilt)
	return r3.Add(r3.Vec{X: p.X, Y: c*p.Y - s*p.Z, Z: s*p.Y + c*p.Z}, b.move)
}

// scan sees the building from places in its frame, every step degrees.
func (b *building) scan(seed uint64, stepDeg float64, from ...r3.Vec) Survey {
	rng := rand.New(rand.NewPCG(seed, 7))
	s := Survey{Cloud: &recon.Cloud{Scaled: true, Origin: r3.Vec{X: math.Round(b.move.X), Y: math.Round(b.move.Y), Z: math.Round(b.move.Z)}}, Scan: []uint16{}}
	for k, o := range from {
		s.Stations = append(s.Stations, b.world(o))
		shift := rng.Float64() * stepDeg
		for az := shift; az < 360; az += stepDeg {
			for el := -60 + shift; el < 90; el += stepDeg {
				ca, sa := math.Cos(az*math.Pi/180), math.Sin(az*math.Pi/180)
				ce, se := math.Cos(el*math.Pi/180), math.Sin(el*math.Pi/180)
				d := [3]float64{ce * ca, ce * sa, se}
				t := b.hit([3]float64{o.X, o.Y, o.Z}, d)
				if math.IsInf(t, 0) {
					continue
				}
				t += rng.NormFloat64() * b.noise
				p := r3.Sub(b.world(r3.Vec{X: o.X + t*d[0], Y: o.Y + t*d[1], Z: o.Z + t*d[2]}), s.Cloud.Origin)
				s.Cloud.XYZ = append(s.Cloud.XYZ, float32(p.X), float32(p.Y), float32(p.Z))
				s.Scan = append(s.Scan, uint16(k))
			}
		}
	}
	return s
}

func (b *building) hit(o, d [3]float64) float64 {
	best := math.Inf(1)
	for _, r := range b.rects {
		t := (r.at - o[r.axis]) / d[r.axis]
		if !(t > 0.2 && t < best) {
			continue
		}
		ui, vi := 0, 1
		switch r.axis {
		case 0:
			ui, vi = 1, 2
		case 1:
			vi = 2
		}
		u, v := o[ui]+t*d[ui], o[vi]+t*d[vi]
		if u < r.u0 || u > r.u1 || v < r.v0 || v > r.v1 {
			continue
		}
		through := false
		for _, h := range r.holes {
			through = through || u > h[0] && u < h[1] && v > h[2] && v < h[3]
		}
		if !through {
			best = t
		}
	}
	return best
}

// twoRooms is a room of 5 x 4 x 2.5 m with a window and a door to one of 3 x 4 m,
// the wall between them 0.15 m, and ground outside.
func twoRooms() *building {
	door, window := [4]float64{1.2, 2.05, 0, 2.01}, [4]float64{1, 2.3, 0.9, 2.0}
	return &building{noise: 5e-4, turn: 0.5, move: r3.Vec{X: 4000012, Y: 500003, Z: 88}, rects: []rect{
		{axis: 2, at: 0, u0: 0, u1: 8.15, v0: 0, v1: 4}, {axis: 2, at: 2.5, u0: 0, u1: 5, v0: 0, v1: 4}, {axis: 2, at: 2.5, u0: 5.15, u1: 8.15, v0: 0, v1: 4},
		{axis: 0, at: 0, u0: 0, u1: 4, v0: 0, v1: 2.5, holes: [][4]float64{window}},
		{axis: 0, at: 5, u0: 0, u1: 4, v0: 0, v1: 2.5, holes: [][4]float64{door}}, {axis: 0, at: 5.15, u0: 0, u1: 4, v0: 0, v1: 2.5, holes: [][4]float64{door}},
		{axis: 0, at: 8.15, u0: 0, u1: 4, v0: 0, v1: 2.5},
		{axis: 1, at: 0, u0: 0, u1: 5, v0: 0, v1: 2.5}, {axis: 1, at: 4, u0: 0, u1: 5, v0: 0, v1: 2.5},
		{axis: 1, at: 0, u0: 5.15, u1: 8.15, v0: 0, v1: 2.5}, {axis: 1, at: 4, u0: 5.15, u1: 8.15, v0: 0, v1: 2.5},
		{axis: 1, at: 1.2, u0: 5, u1: 5.15, v0: 0, v1: 2.01}, {axis: 1, at: 2.05, u0: 5, u1: 5.15, v0: 0, v1: 2.01}, {axis: 2, at: 2.01, u0: 5, u1: 5.15, v0: 1.2, v1: 2.05},
		{axis: 0, at: -6, u0: -20, u1: 20, v0: -3, v1: 8},
		// a cupboard that hides a corner
		{axis: 0, at: 7.6, u0: 2.9, u1: 4, v0: 0, v1: 2.1}, {axis: 1, at: 2.9, u0: 7.6, u1: 8.15, v0: 0, v1: 2.1},
	}}
}

func stations() []r3.Vec {
	return []r3.Vec{{X: 1.7, Y: 2.9, Z: 1.6}, {X: 3.4, Y: 1.1, Z: 1.5}, {X: 6.4, Y: 1.4, Z: 1.55}}
}

func find(t *testing.T, s Survey, workers int) *Found {
	t.Helper()
	f, err := Find(context.Background(), s, Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// within checks a measure against the truth, and that its standard deviation is not
// far too small.
func within(t *testing.T, what string, m recon.Measure, want, tol float64) {
	t.Helper()
	if d := math.Abs(m.Value - want); !(d <= tol) || m.Sigma < d/4 {
		t.Errorf("%s: %.5f ± %.5f, want %.5f within %g", what, m.Value, m.Sigma, want, tol)
	}
}

func TestTwoRooms(t *testing.T) {
	s := twoRooms().scan(1, 0.5, stations()...)
	f := find(t, s, 2)
	if len(f.Rooms) != 2 || !f.Rooms[0].Closed || !f.Rooms[1].Closed {
		t.Fatalf("rooms: %+v", f.Rooms)
	}
	a, b := f.Rooms[0], f.Rooms[1]
	within(t, "length A", a.Length, 5, 0.002)
	within(t, "width A", a.Width, 4, 0.002)
	within(t, "height A", a.Height, 2.5, 0.002)
	within(t, "area A", a.FloorArea, 20, 0.02)
	within(t, "volume A", a.Volume, 50, 0.1)
	within(t, "volume B", b.Volume, 30, 0.08)
	within(t, "perimeter B", b.Perimeter, 14, 0.008)
	if len(f.Openings) != 2 {
		t.Fatalf("openings: %+v", f.Openings)
	}
	for _, o := range f.Openings {
		switch o.Kind {
		case recon.Door:
			within(t, "door width", o.Width, 0.85, 0.004)
			within(t, "door height", o.Height, 2.01, 0.004)
			within(t, "wall", o.Thickness, 0.15, 0.002)
			if !reflect.DeepEqual(o.Rooms, []string{"A", "B"}) || o.FromReveal == 0 || !o.Rectangular {
				t.Errorf("door %+v", o)
			}
		case recon.Window:
			within(t, "window width", o.Width, 1.3, 0.006)
			within(t, "window height", o.Height, 1.1, 0.006)
			within(t, "sill", o.Sill, 0.9, 0.006)
		default:
			t.Errorf("%+v", o)
		}
	}
}

// TestSameForAnyWorkers holds the result to the same numbers.
func TestSameForAnyWorkers(t *testing.T) {
	s := twoRooms().scan(2, 1, stations()...)
	one := find(t, s, 1)
	if many := find(t, s, 5); !reflect.DeepEqual(one, many) {
		t.Error("another result with 5 workers")
	}
}

// TestLevelled scans the flat with Z off by two degrees.
func TestLevelled(t *testing.T) {
	b := twoRooms()
	b.tilt = 2 * math.Pi / 180
	f := find(t, b.scan(3, 0.6, stations()...), 2)
	if !f.Levelled || math.Abs(f.TiltDeg-2) > 0.02 || len(f.Rooms) != 2 {
		t.Fatalf("tilt %g, %d rooms", f.TiltDeg, len(f.Rooms))
	}
	within(t, "length A", f.Rooms[0].Length, 5, 0.002)
	within(t, "volume A", f.Rooms[0].Volume, 50, 0.1)
}

// TestOpenWall leaves one wall out: the room must not be given a volume.
func TestOpenWall(t *testing.T) {
	for _, tc := range []struct {
		name string
		drop func(r rect) bool
		says string
	}{
		{"wall", func(r rect) bool { return r.axis == 1 && r.at == 4 && r.u0 == 0 }, "wall"},
		{"floor", func(r rect) bool { return r.axis == 2 && r.at == 0 }, ""},
	} {
		b := twoRooms()
		var kept []rect
		for _, r := range b.rects {
			if !tc.drop(r) {
				kept = append(kept, r)
			}
		}
		b.rects = kept
		f := find(t, b.scan(4, 0.9, stations()...), 2)
		for _, r := range f.Rooms {
			wide := r.Walls[0].Length.Value
			for _, w := range r.Walls {
				wide = max(wide, w.Length.Value)
			}
			if wide < 4.5 {
				continue // the other room
			}
			if r.Closed || r.Volume != (recon.Measure{}) {
				t.Errorf("without the %s: %+v", tc.name, r)
			}
			if tc.says != "" && (len(r.Open) == 0 || r.Open[0].What != tc.says) {
				t.Errorf("without the %s: open %+v", tc.name, r.Open)
			}
		}
	}
}

// TestCorner measures a room shaped like an L with a pillar.
func TestCorner(t *testing.T) {
	b := &building{noise: 5e-4, turn: -0.3, rects: []rect{
		{axis: 2, at: 0, u0: 0, u1: 6, v0: 0, v1: 5}, {axis: 2, at: 2.6, u0: 0, u1: 6, v0: 0, v1: 3}, {axis: 2, at: 2.6, u0: 0, u1: 3.5, v0: 3, v1: 5},
		{axis: 0, at: 0, u0: 0, u1: 5, v0: 0, v1: 2.6}, {axis: 0, at: 6, u0: 0, u1: 3, v0: 0, v1: 2.6}, {axis: 0, at: 3.5, u0: 3, u1: 5, v0: 0, v1: 2.6},
		{axis: 1, at: 0, u0: 0, u1: 6, v0: 0, v1: 2.6}, {axis: 1, at: 5, u0: 0, u1: 3.5, v0: 0, v1: 2.6}, {axis: 1, at: 3, u0: 3.5, u1: 6, v0: 0, v1: 2.6},
		{axis: 0, at: 2, u0: 2, u1: 2.6, v0: 0, v1: 2.6}, {axis: 0, at: 2.6, u0: 2, u1: 2.6, v0: 0, v1: 2.6},
		{axis: 1, at: 2, u0: 2, u1: 2.6, v0: 0, v1: 2.6}, {axis: 1, at: 2.6, u0: 2, u1: 2.6, v0: 0, v1: 2.6},
	}}
	f := find(t, b.scan(5, 0.6, r3.Vec{X: 1, Y: 1, Z: 1.6}, r3.Vec{X: 4.5, Y: 1.2, Z: 1.6}, r3.Vec{X: 1.2, Y: 4, Z: 1.6}, r3.Vec{X: 3, Y: 3.2, Z: 1.5}), 2)
	if len(f.Rooms) != 1 || !f.Rooms[0].Closed || len(f.Rooms[0].Walls) != 10 {
		t.Fatalf("%+v", f.Rooms)
	}
	within(t, "area", f.Rooms[0].FloorArea, 6*3+3.5*2-0.36, 0.02)
	within(t, "volume", f.Rooms[0].Volume, 2.6*(25-0.36), 0.08)
	if len(f.Openings) != 0 {
		t.Errorf("openings: %+v", f.Openings)
	}
}

// TestWithoutStations knows nothing of rays: rooms are found, openings are gaps.
func TestWithoutStations(t *testing.T) {
	s := twoRooms().scan(6, 0.6, stations()...)
	s.Scan, s.Stations = nil, nil
	f := find(t, s, 2)
	if len(f.Rooms) != 2 {
		t.Fatalf("%d rooms", len(f.Rooms))
	}
	within(t, "length A", f.Rooms[0].Length, 5, 0.003)
	within(t, "volume A", f.Rooms[0].Volume, 50, 0.15)
	for _, o := range f.Openings {
		if o.Kind != recon.Gap || o.Rays != 0 {
			t.Errorf("%+v", o)
		}
	}
}

// TestDegenerate must end in a result or an error that says what is wrong.
func TestDegenerate(t *testing.T) {
	line, plane, ball := &recon.Cloud{Scaled: true}, &recon.Cloud{Scaled: true}, &recon.Cloud{Scaled: true}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 4000 {
		x, y := float32(i%80)/20, float32(i/80)/20
		line.XYZ = append(line.XYZ, x, 0, 0)
		plane.XYZ = append(plane.XYZ, x, y, 0)
		ball.XYZ = append(ball.XYZ, rng.Float32(), rng.Float32(), rng.Float32())
	}
	far := &recon.Cloud{Scaled: true, XYZ: []float32{0, 0, 0, 1e12, 1e12, 1e12}}
	for _, tc := range []struct {
		name  string
		cloud *recon.Cloud
		says  string
	}{
		{"one point", &recon.Cloud{Scaled: true, XYZ: []float32{1, 2, 3}}, "flat surface"},
		{"empty", &recon.Cloud{Scaled: true}, "empty"},
		{"unscaled", &recon.Cloud{XYZ: []float32{1, 2, 3}}, "scale"},
		{"not finite", &recon.Cloud{Scaled: true, XYZ: []float32{1, float32(math.NaN()), 3}}, "not finite"},
		{"line", line, "flat surface"}, {"far", far, "spread"},
		{"plane", plane, ""}, {"ball", ball, ""},
	} {
		f, err := Find(context.Background(), Survey{Cloud: tc.cloud}, Options{})
		switch {
		case tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)):
			t.Errorf("%s: error %v", tc.name, err)
		case tc.says == "" && err == nil && len(f.Rooms) > 0:
			t.Errorf("%s: %d rooms", tc.name, len(f.Rooms))
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Find(ctx, Survey{Cloud: plane}, Options{}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

func BenchmarkFind(b *testing.B) {
	s := twoRooms().scan(1, 0.25, stations()...)
	for b.Loop() {
		if _, err := Find(context.Background(), s, Options{Workers: 2}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.Cloud.Len())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
}
