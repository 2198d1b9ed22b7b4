package neighbours

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// clouds are the shapes that the tests search: a surface, a volume, one place, a
// line, far outliers, few points.
func clouds() map[string][]float32 {
	rng := rand.New(rand.NewPCG(4, 2))
	out := map[string][]float32{"none": nil, "one": {1, 2, 3}, "seventeen": nil}
	add := func(name string, n int, f func(i int) [3]float64) {
		for i := range n {
			p := f(i)
			out[name] = append(out[name], float32(p[0]), float32(p[1]), float32(p[2]))
		}
	}
	add("seventeen", 17, func(int) [3]float64 { return [3]float64{rng.Float64(), rng.Float64(), rng.Float64()} })
	add("surface", 3000, func(int) [3]float64 {
		x, y := 5*rng.Float64(), 4*rng.Float64()
		return [3]float64{x, y, 0.2*math.Sin(x) + 0.001*rng.NormFloat64()}
	})
	add("volume", 2000, func(int) [3]float64 { return [3]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()} })
	add("same place", 1000, func(int) [3]float64 { return [3]float64{1, 1, 1} })
	add("line", 1000, func(i int) [3]float64 { return [3]float64{float64(i), 0, 0} })
	add("outliers", 1500, func(i int) [3]float64 {
		s := 1.0
		if i%100 == 0 {
			s = 1e6
		}
		return [3]float64{s * rng.Float64(), s * rng.Float64(), s * rng.Float64()}
	})
	add("not finite", 300, func(i int) [3]float64 {
		if i%7 == 0 {
			return [3]float64{math.NaN(), 0, math.Inf(1)}
		}
		return [3]float64{rng.Float64(), rng.Float64(), 0}
	})
	return out
}

// brute gives the squared distances of all points, by its own arithmetic of the
// same rounding.
func brute(x *Index, px, py, pz float32) []float32 {
	var d []float32
	for slot := range int32(x.Len()) {
		qx, qy, qz := x.Point(slot)
		dx, dy, dz := qx-px, qy-py, qz-pz
		d = append(d, float32(float32(dx*dx)+float32(dy*dy))+float32(dz*dz))
	}
	slices.Sort(d)
	return d
}

func TestAgainstAllDistances(t *testing.T) {
	inf := float32(math.Inf(1))
	for name, xyz := range clouds() {
		x := New(xyz, 2)
		for slot, i := range x.Order {
			if px, py, pz := x.Point(int32(slot)); px != xyz[3*i] || py != xyz[3*i+1] || pz != xyz[3*i+2] {
				t.Fatalf("%s: slot %d is not point %d", name, slot, i)
			}
		}
		for _, k := range []int{1, 5, 16, 40} {
			for _, within2 := range []float32{inf, 0.01} {
				all := make([][]float32, x.Len())
				var mu sync.Mutex
				err := x.All(context.Background(), k, within2, 2, func(_ int, slot int32, near []Neighbour) {
					var d []float32
					for _, n := range near {
						d = append(d, n.D2)
					}
					slices.Sort(d)
					mu.Lock()
					all[slot] = d
					mu.Unlock()
				})
				if err != nil {
					t.Fatal(err)
				}
				s := x.NewSearch()
				for slot := int32(0); int(slot) < x.Len(); slot += 7 {
					px, py, pz := x.Point(slot)
					want := brute(x, px, py, pz)
					want = want[:min(k, len(want))]
					for len(want) > 0 && want[len(want)-1] > within2 {
						want = want[:len(want)-1]
					}
					var got []float32
					for _, n := range s.Nearest(px, py, pz, k, within2) {
						got = append(got, n.D2)
					}
					if !slices.Equal(got, want) || !slices.Equal(all[slot], want) {
						t.Fatalf("%s, k %d, slot %d: single %v, all %v, want %v", name, k, slot, got, all[slot], want)
					}
				}
			}
		}
		s := x.NewSearch()
		want := brute(x, 0.5, 0.5, 0)
		n, _ := slices.BinarySearch(want, math.Nextafter32(0.3, 1))
		if got := len(s.Within(0.5, 0.5, 0, 0.3)); got != n {
			t.Errorf("%s: %d points within the radius, want %d", name, got, n)
		}
	}
}

// TestWorkers finds the same whatever the number of workers.
func TestWorkers(t *testing.T) {
	xyz := clouds()["surface"]
	a, b := New(xyz, 1), New(xyz, 5)
	if !slices.Equal(a.Order, b.Order) || !slices.Equal(a.blocks, b.blocks) || !slices.Equal(a.boxes, b.boxes) {
		t.Error("another tree for another number of workers")
	}
	lists := func(workers int) [][]uint64 {
		out := make([][]uint64, a.Len())
		a.All(context.Background(), 12, float32(math.Inf(1)), workers, func(_ int, slot int32, near []Neighbour) {
			for _, n := range near {
				out[slot] = append(out[slot], key(n.D2, n.Slot))
			}
			slices.Sort(out[slot])
		})
		return out
	}
	one, many := lists(1), lists(4)
	for i := range one {
		if !slices.Equal(one[i], many[i]) {
			t.Fatal("slot", i)
		}
	}
}

// TestPlainEqualsVector holds both forms to the same keys.
func TestPlainEqualsVector(t *testing.T) {
	for name, xyz := range clouds() {
		x := New(xyz, 1)
		leaves := make([]int32, x.leaves)
		for i := range leaves {
			leaves[i] = int32(i)
		}
		a, b := make([]uint64, 5*Block), make([]uint64, 5*Block)
		for _, bound := range []float32{0, 0.02, 1, float32(math.Inf(1))} {
			for at := 0; at < len(leaves); {
				n, done := collectList(a, 0, x.blocks, leaves[at:], 0.4, 0.3, 0.01, bound)
				m, done2 := collectListPlain(b, 0, x.blocks, leaves[at:], 0.4, 0.3, 0.01, bound)
				if n != m || done != done2 || !slices.Equal(a[:n], b[:m]) {
					t.Fatalf("%s: %d and %d keys of %d and %d leaves", name, n, m, done, done2)
				}
				at += done
			}
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := New(clouds()["volume"], 1).All(ctx, 3, 1, 2, func(int, int32, []Neighbour) { t.Error("called") }); err == nil {
		t.Error("no error")
	}
}

func room3(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, 1))
	out := make([]float32, 0, 3*n)
	for range n { // the inside of a box with a little noise
		p := [3]float64{6 * rng.Float64(), 4 * rng.Float64(), 2.5 * rng.Float64()}
		side := rng.IntN(6)
		p[side/2] = []float64{6, 4, 2.5}[side/2] * float64(side%2)
		for _, v := range p {
			out = append(out, float32(v+0.001*rng.NormFloat64()))
		}
	}
	return out
}

func BenchmarkNew(b *testing.B) {
	xyz := room3(1_000_000)
	for b.Loop() {
		New(xyz, 2)
	}
}

// BenchmarkAll16 is the search for the 16 nearest of a million points, one worker.
func BenchmarkAll16(b *testing.B) {
	x := New(room3(1_000_000), 2)
	for b.Loop() {
		x.All(context.Background(), 16, float32(math.Inf(1)), 1, func(int, int32, []Neighbour) {})
	}
	b.ReportMetric(float64(x.Len()*b.N)/b.Elapsed().Seconds(), "queries/s")
}

// BenchmarkNearest1 searches one neighbour each for points apart from the cloud.
func BenchmarkNearest1(b *testing.B) {
	x := New(room3(200_000), 2)
	q := room3(100_000)
	s := x.NewSearch()
	for b.Loop() {
		for i := 0; i < len(q); i += 3 {
			s.Nearest(q[i], q[i+1], q[i+2], 1, 0.01)
		}
	}
	b.ReportMetric(float64(len(q)/3*b.N)/b.Elapsed().Seconds(), "queries/s")
}
