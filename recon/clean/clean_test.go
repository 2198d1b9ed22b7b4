package clean

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// seen is a scan from the origin of a box on a floor in front of a wall, with what
// each beam met: 0 a surface, 1 both sides of an edge.
func seen(stepRad float64) (xyz []float32, mixed []bool) {
	rng := rand.New(rand.NewPCG(8, 8))
	meet := func(az, el float64) float64 {
		dx, dy, dz := math.Cos(el)*math.Cos(az), math.Cos(el)*math.Sin(az), math.Sin(el)
		r := math.Inf(1)
		if dx > 0 {
			r = 5 / dx // wall x = 5
		}
		if dz < 0 {
			r = min(r, -1.5/dz) // floor z = -1.5
		}
		if dx > 0 { // front of a box, x = 3
			if t := 3 / dx; math.Abs(t*dy) < 0.5 && t*dz < -0.5 {
				r = min(r, t)
			}
		}
		return r
	}
	for az := -0.6; az < 0.6; az += stepRad {
		for el := -0.5; el < 0.3; el += stepRad {
			a, b := meet(az, el), meet(az+0.3*stepRad*rng.NormFloat64(), el+0.3*stepRad*rng.NormFloat64())
			r, both := a, math.Abs(a-b) > 0.1
			if both {
				r = a + (0.2+0.6*rng.Float64())*(b-a)
			}
			r += 0.001 * rng.NormFloat64()
			xyz = append(xyz, float32(r*math.Cos(el)*math.Cos(az)), float32(r*math.Cos(el)*math.Sin(az)), float32(r*math.Sin(el)))
			mixed = append(mixed, both)
		}
	}
	return xyz, mixed
}

func TestMixed(t *testing.T) {
	xyz, mixed := seen(0.006)
	res, err := Judge(context.Background(), xyz, Options{Mixed: true, Viewpoint: &[3]float64{}, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	hit, missed, wrong := 0, 0, 0
	for i, m := range mixed {
		switch {
		case m && res.Of[i] == Mixed:
			hit++
		case m:
			missed++
		case res.Of[i] == Mixed:
			wrong++
		}
	}
	t.Logf("%d of %d mixed pixels found, %d of %d others taken out", hit, hit+missed, wrong, len(mixed)-hit-missed)
	if hit < 10 || float64(hit) < 0.7*float64(hit+missed) || wrong > len(mixed)/1000 {
		t.Error("too few found or too many others")
	}
}

// TestEach puts one fault of each kind into a plane.
func TestEach(t *testing.T) {
	var xyz []float32
	for i := range 50 {
		for j := range 50 {
			xyz = append(xyz, float32(i)*float32(0.01), float32(j)*float32(0.01), 0)
		}
	}
	n := len(xyz) / 3
	xyz = append(xyz, float32(math.NaN()), 0, 0, 9, 9, 9, 0, 0, 0, 0.2, 0.2, 0.9, 0.25, 0.25, 0.1, 0.26, 0.25, 0.1)
	want := []Reason{NotFinite, Clipped, Duplicate, Lonely, Outlier, Outlier}
	for _, workers := range []int{1, 3} {
		res, err := Judge(context.Background(), xyz, Options{Keep: []Box{{Min: [3]float32{-1, -1, -1}, Max: [3]float32{1, 1, 1}}},
			Duplicates: true, LonelyRadius: 0.05, LonelyCount: 1, OutlierK: 8, OutlierS: 3, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(res.Of[n:], want) || res.Count[Kept] != n {
			t.Errorf("%v, %v", res.Of[n:], res.Count)
		}
	}
	res, _ := Judge(context.Background(), xyz[:6], Options{Drop: []Box{{Max: [3]float32{0, 0, 0}}}, OutlierK: 5})
	if res.Of[0] != Clipped || res.Of[1] != Kept {
		t.Error(res.Of)
	}
	if _, err := Judge(context.Background(), nil, Options{OutlierK: 5, Duplicates: true, LonelyRadius: 1, LonelyCount: 1}); err != nil {
		t.Error(err)
	}
}

func TestNormals(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	var xyz []float32
	for range 4000 { // a ball of radius 1 around (3, 0, 0), seen from the origin
		v := [3]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		l := math.Sqrt(dot3(v, v))
		xyz = append(xyz, float32(3+v[0]/l), float32(v[1]/l), float32(v[2]/l))
	}
	s, err := Normals(context.Background(), xyz, 12, &[3]float64{}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4000 {
		out := [3]float64{float64(xyz[3*i]) - 3, float64(xyz[3*i+1]), float64(xyz[3*i+2])}
		n := [3]float64{float64(s.Normal[3*i]), float64(s.Normal[3*i+1]), float64(s.Normal[3*i+2])}
		to := -(float64(xyz[3*i])*n[0] + float64(xyz[3*i+1])*n[1] + float64(xyz[3*i+2])*n[2])
		if math.Abs(dot3(n, n)-1) > 1e-5 || math.Abs(dot3(out, n)) < 0.97 || to < 0 {
			t.Fatalf("point %d: normal %v, outwards %v", i, n, out)
		}
	}
	for name, cloud := range map[string][]float32{"line": {0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0}, "place": {1, 1, 1, 1, 1, 1, 1, 1, 1}, "two": {0, 0, 0, 1, 1, 1}} {
		s, err := Normals(context.Background(), cloud, 16, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range s.Normal {
			if v != 0 {
				t.Errorf("%s: a normal of %g", name, v)
			}
		}
	}
}

// TestLeastAxis is held against gonum's decomposition.
func TestLeastAxis(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 500 {
		var m Moments
		thin := math.Pow(10, -float64(i%7))
		for range 20 {
			x, y, z := rng.NormFloat64(), rng.NormFloat64(), thin*rng.NormFloat64()
			m.Add(x+z, y-0.3*x, z+0.5*y)
		}
		n, v0, v1, v2 := m.Plane()
		mx, my, mz := m.X/m.N, m.Y/m.N, m.Z/m.N
		sym := mat.NewSymDense(3, []float64{m.XX/m.N - mx*mx, m.XY/m.N - mx*my, m.XZ/m.N - mx*mz, 0, m.YY/m.N - my*my, m.YZ/m.N - my*mz, 0, 0, m.ZZ/m.N - mz*mz})
		var e mat.EigenSym
		e.Factorize(sym, true)
		w := e.Values(nil)
		var vec mat.Dense
		e.VectorsTo(&vec)
		cos := math.Abs(n[0]*vec.At(0, 0) + n[1]*vec.At(1, 0) + n[2]*vec.At(2, 0))
		if math.Abs(v0-w[0]) > 1e-12*w[2] || math.Abs(v1-w[1]) > 1e-9*w[2] || math.Abs(v2-w[2]) > 1e-9*w[2] || cos < 1-1e-9 {
			t.Fatalf("%d: %g %g %g, want %v, cosine %g", i, v0, v1, v2, w, cos)
		}
	}
}

func BenchmarkNormals16(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	var xyz []float32
	for range 1_000_000 {
		p := [3]float64{6 * rng.Float64(), 4 * rng.Float64(), 2.5 * rng.Float64()}
		side := rng.IntN(6)
		p[side/2] = []float64{6, 4, 2.5}[side/2] * float64(side%2)
		for _, v := range p {
			xyz = append(xyz, float32(v+0.001*rng.NormFloat64()))
		}
	}
	for name, f := range map[string]func() error{
		"normals": func() error { _, err := Normals(context.Background(), xyz, 16, &[3]float64{3, 2, 1}, 1); return err },
		"outliers": func() error {
			_, err := Judge(context.Background(), xyz, Options{OutlierK: 16, OutlierS: 2, Workers: 1})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}
