package surface

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// sphere is n points on a sphere of radius 1 about (10, -3, 2), with noise along the
// normal.
func sphere(n int, noise float64) Cloud {
	rng := rand.New(rand.NewPCG(1, 2))
	var c Cloud
	for range n {
		x, y, z := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
		l := math.Sqrt(x*x + y*y + z*z)
		r := 1 + noise*rng.NormFloat64()
		c.XYZ = append(c.XYZ, float32(10+x/l*r), float32(-3+y/l*r), float32(2+z/l*r))
		c.Normal = append(c.Normal, float32(x/l), float32(y/l), float32(z/l))
		c.RGB = append(c.RGB, uint8(128+100*x/l), 50, 200)
	}
	return c
}

// box is n points on the faces of a box of 2 x 1 x 1, normals outwards, or inwards as
// a room is seen.
func box(n int, inwards bool) Cloud {
	rng := rand.New(rand.NewPCG(3, 4))
	size := [3]float64{2, 1, 1}
	var c Cloud
	for range n {
		axis := []int{0, 1, 1, 2, 2}[rng.IntN(5)]
		var p, m [3]float64
		for k := range 3 {
			p[k] = size[k] * rng.Float64()
		}
		m[axis] = -1
		p[axis] = 0
		if rng.IntN(2) == 1 {
			m[axis], p[axis] = 1, size[axis]
		}
		if inwards {
			m[axis] = -m[axis]
		}
		for k := range 3 {
			c.XYZ, c.Normal = append(c.XYZ, float32(p[k])), append(c.Normal, float32(m[k]))
		}
	}
	return c
}

func build(t testing.TB, c Cloud, opts Options) *Mesh {
	t.Helper()
	f, err := Solve(context.Background(), c, opts)
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Extract(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// watertight checks that each edge is shared by two faces that run against each
// other.
func watertight(t *testing.T, m *Mesh) {
	t.Helper()
	edge := map[[2]int32]int{}
	for _, f := range m.Faces {
		for k := range 3 {
			edge[[2]int32{f[k], f[(k+1)%3]}]++
		}
	}
	bad := 0
	for e, n := range edge {
		if n != 1 || edge[[2]int32{e[1], e[0]}] != 1 || e[0] == e[1] {
			bad++
		}
	}
	if bad > 0 || len(m.Faces) == 0 {
		t.Errorf("%d of %d edges are not shared by two faces", bad, len(edge))
	}
}

// volume by the divergence theorem; positive when faces run counter-clockwise seen
// from outside.
func volume(m *Mesh) float64 {
	at := func(i int32) [3]float64 {
		return [3]float64{float64(m.XYZ[3*i]), float64(m.XYZ[3*i+1]), float64(m.XYZ[3*i+2])}
	}
	v := 0.0
	for _, f := range m.Faces {
		a, b, c := at(f[0]), at(f[1]), at(f[2])
		v += a[0]*(b[1]*c[2]-b[2]*c[1]) - a[1]*(b[0]*c[2]-b[2]*c[0]) + a[2]*(b[0]*c[1]-b[1]*c[0])
	}
	return v / 6
}

func TestSphere(t *testing.T) {
	m := build(t, sphere(20000, 0.002), Options{Depth: 6, Workers: 2})
	watertight(t, m)
	if v := volume(m); math.Abs(v/(4*math.Pi/3)-1) > 0.01 {
		t.Errorf("volume %g, want %g", v, 4*math.Pi/3)
	}
	sq := 0.0
	for i := 0; i < len(m.XYZ); i += 3 {
		r := math.Sqrt(math.Pow(float64(m.XYZ[i])-10, 2) + math.Pow(float64(m.XYZ[i+1])+3, 2) + math.Pow(float64(m.XYZ[i+2])-2, 2))
		sq += (r - 1) * (r - 1)
		if math.Abs(r-1) > 0.02 {
			t.Fatalf("vertex at radius %g", r)
		}
	}
	if rms := math.Sqrt(sq / float64(len(m.XYZ)/3)); rms > 0.003 {
		t.Errorf("root mean square %g", rms)
	}
}

func TestBox(t *testing.T) {
	for _, inwards := range []bool{false, true} {
		m := build(t, box(30000, inwards), Options{Depth: 7, Workers: 2})
		watertight(t, m)
		want := 2.0
		if inwards {
			want = -2
		}
		if v := volume(m); math.Abs(v/want-1) > 0.01 {
			t.Errorf("volume %g, want %g", v, want)
		}
	}
}

// TestHalf closes a hemisphere where there are no points; trimmed, nothing of that
// is left.
func TestHalf(t *testing.T) {
	c := sphere(30000, 0)
	var half Cloud
	for i := 0; i < len(c.XYZ); i += 3 {
		if c.XYZ[i+2] > 2 {
			half.XYZ, half.Normal, half.RGB = append(half.XYZ, c.XYZ[i:i+3]...), append(half.Normal, c.Normal[i:i+3]...), append(half.RGB, c.RGB[i:i+3]...)
		}
	}
	f, err := Solve(context.Background(), half, Options{Depth: 6})
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Extract(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	cut := f.Trim(m, half, 2, 2)
	if len(cut.Faces) == 0 || len(cut.Faces) >= len(m.Faces) || len(cut.RGB) != len(cut.XYZ) {
		t.Fatalf("%d faces of %d", len(cut.Faces), len(m.Faces))
	}
	for i := 2; i < len(cut.XYZ); i += 3 {
		if cut.XYZ[i] < 1.9 {
			t.Fatalf("a vertex at height %g is left", cut.XYZ[i])
		}
	}
}

func TestSameForAnyWorkers(t *testing.T) {
	c := sphere(40000, 0.001)
	one, many := build(t, c, Options{Depth: 7, Workers: 1}), build(t, c, Options{Depth: 7, Workers: 5})
	if !reflect.DeepEqual(one, many) {
		t.Error("another mesh with 5 workers")
	}
}

// TestDecimate flattens a box to few faces that stay on it.
func TestDecimate(t *testing.T) {
	m := build(t, box(30000, false), Options{Depth: 6, Workers: 2})
	d, err := Decimate(context.Background(), m, DecimateOptions{ErrorM: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	watertight(t, d)
	if len(d.Faces)*5 > len(m.Faces) {
		t.Errorf("%d faces of %d are left", len(d.Faces), len(m.Faces))
	}
	if v, w := volume(d), volume(m); math.Abs(v/w-1) > 0.01 {
		t.Errorf("volume %g of %g", v, w)
	}
	few, err := Decimate(context.Background(), m, DecimateOptions{Faces: 500})
	if err != nil || len(few.Faces) > 500 {
		t.Errorf("%d faces, want 500: %v", len(few.Faces), err)
	}
	watertight(t, few)
}

func TestTable(t *testing.T) {
	for mask, tri := range cubeTable() {
		next := map[uint8]uint8{}
		for _, t := range tri {
			if t[2] == middle {
				next[t[0]] = t[1]
			}
		}
		if len(next) == 0 {
			continue
		}
		first := uint8(255)
		for e := range next {
			first = min(first, e)
		}
		n := 0
		for e := first; n == 0 || e != first; e = next[e] {
			n++
		}
		if n != len(next) {
			t.Errorf("mask %08b has two loops about one middle", mask)
		}
	}
}

func TestBad(t *testing.T) {
	nan := float32(math.NaN())
	for _, tc := range []struct {
		name string
		c    Cloud
		o    Options
		says string
	}{
		{"empty", Cloud{}, Options{}, "fewer than 10"},
		{"no normals", Cloud{XYZ: make([]float32, 90)}, Options{}, "columns"},
		{"zero normals", Cloud{XYZ: make([]float32, 90), Normal: make([]float32, 90)}, Options{}, "fewer than 10"},
		{"not finite", Cloud{XYZ: []float32{nan, 0, 0}, Normal: []float32{1, 0, 0}}, Options{}, "fewer than 10"},
		{"depth", sphere(100, 0), Options{Depth: 20}, "depth 20"},
	} {
		if _, err := Solve(context.Background(), tc.c, tc.o); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	one := Cloud{}
	for range 20 {
		one.XYZ, one.Normal = append(one.XYZ, 1, 2, 3), append(one.Normal, 0, 0, 1)
	}
	if _, err := Solve(context.Background(), one, Options{}); err == nil {
		t.Error("one place was taken")
	}
	line := Cloud{}
	for i := range 200 {
		line.XYZ, line.Normal = append(line.XYZ, float32(i), 0, 0), append(line.Normal, 0, 0, 1)
	}
	build(t, line, Options{Depth: 6})
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Solve(ctx, sphere(1000, 0), Options{Depth: 6}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

// BenchmarkDepth8 solves and extracts a sphere of 350 000 points.
func BenchmarkDepth8(b *testing.B) {
	c := sphere(350000, 0.001)
	for b.Loop() {
		build(b, c, Options{Depth: 8, Workers: 2})
	}
}
