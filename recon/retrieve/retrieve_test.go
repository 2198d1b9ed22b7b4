package retrieve

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"
)

// places makes a set of photos along a walk: the place has a row of marks, photo
// i sees those from i*step on, as many as wide, with noise, and clutter of its own
// that repeats from photo to photo.
func places(photos, step, wide, clutter int, seed uint64) [][]uint8 {
	rng := rand.New(rand.NewPCG(seed, 5))
	random := func() (d [dims]uint8) {
		for i := range d {
			if rng.IntN(3) > 0 {
				d[i] = uint8(rng.IntN(60))
			}
		}
		return d
	}
	marks := make([][dims]uint8, photos*step+wide)
	for i := range marks {
		marks[i] = random()
	}
	common := make([][dims]uint8, 20)
	for i := range common {
		common[i] = random()
	}
	noisy := func(d [dims]uint8) []uint8 {
		for i := range d {
			d[i] = uint8(min(max(int(d[i])+rng.IntN(9)-4, 0), 127))
		}
		return d[:]
	}
	out := make([][]uint8, photos)
	for i := range out {
		for k := range wide {
			out[i] = append(out[i], noisy(marks[i*step+k])...)
		}
		for range clutter {
			out[i] = append(out[i], noisy(common[rng.IntN(len(common))])...)
		}
	}
	return out
}

func TestNearestAreTheNeighbours(t *testing.T) {
	for seed := range uint64(3) {
		set := places(60, 10, 50, 60, seed)
		x, err := Build(context.Background(), set, Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		right, made := 0, 0
		for i := range set {
			hits := x.Nearest(i, 8)
			for r, h := range hits {
				if r > 0 && h.Score > hits[r-1].Score || h.Photo == i || h.Score > 1.001 {
					t.Fatalf("photo %d: hits %v", i, hits)
				}
				made++
				if d := h.Photo - i; d >= -4 && d <= 4 {
					right++
				}
			}
		}
		// Only the photos at the ends have fewer than eight that overlap.
		if made < 470 || right < 400 {
			t.Errorf("seed %d: %d of %d neighbours overlap", seed, right, made)
		}
	}
}

func TestSameForAnyWorkers(t *testing.T) {
	set := places(30, 10, 40, 30, 9)
	one, _ := Build(context.Background(), set, Options{Workers: 1})
	many, _ := Build(context.Background(), set, Options{Workers: 7})
	if !reflect.DeepEqual(one, many) {
		t.Error("the number of workers changes the index")
	}
}

func TestOddSets(t *testing.T) {
	same := make([]uint8, 400*dims)
	for _, set := range [][][]uint8{nil, {nil}, {nil, nil, same}, {same, same}, {{1, 2}, same[:dims]}} {
		x, err := Build(context.Background(), set, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range set {
			x.Nearest(i, 5)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Build(ctx, places(10, 5, 20, 0, 1), Options{}); err == nil {
		t.Error("a cancelled build gives no error")
	}
}

func BenchmarkBuild300(b *testing.B) {
	set := places(300, 300, 2000, 500, 3)
	for b.Loop() {
		if _, err := Build(context.Background(), set, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
