package match

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"firescene/recon/feature"
)

// randomDescriptors gives n descriptors within feature's bounds.
func randomDescriptors(rng *rand.Rand, n int) []uint8 {
	out := make([]uint8, 0, n*dims)
	for range n {
		var v [dims]float64
		sum := 0.0
		for k := range v {
			v[k] = math.Abs(rng.NormFloat64())
			if rng.IntN(3) == 0 {
				v[k] = 0
			}
			sum += v[k] * v[k]
		}
		for k := range v {
			out = append(out, uint8(min(255*v[k]/math.Sqrt(sum), feature.DescriptorMax)))
		}
	}
	return out
}

func perturbed(rng *rand.Rand, desc []uint8, noise float64) []uint8 {
	out := make([]uint8, len(desc))
	for i, v := range desc {
		out[i] = uint8(min(max(float64(v)*0.95+noise*rng.NormFloat64(), 0), feature.DescriptorMax-10))
	}
	return out
}

func TestProductsEqualPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range [][2]int{{1, 1}, {5, 40}, {33, 17}, {100, 130}} {
		a, b := Pack(randomDescriptors(rng, n[0])), Pack(randomDescriptors(rng, n[1]))
		rows, cols := a.asRows(nil), len(b.asBlocks(nil))/(quads*4)
		var got, want tops
		got.reset(len(rows)/quads, cols)
		want.reset(len(rows)/quads, cols)
		products(&got, rows, b.asBlocks(nil), 0, cols/blockCols)
		productsPlain(&want, rows, b.asBlocks(nil), 0, cols/blockCols)
		if !slices.Equal(got.row1, want.row1) || !slices.Equal(got.row2, want.row2) ||
			!slices.Equal(got.col1, want.col1) || !slices.Equal(got.col2, want.col2) {
			t.Errorf("%v: the vector path differs from the plain one", n)
		}
	}
}

// TestProductsAtBound holds the vector path to the largest products that the
// bounds of feature allow.
func TestProductsAtBound(t *testing.T) {
	desc := make([]uint8, 2*dims)
	desc[0], desc[1], desc[2], desc[3] = 127, 127, 127, 127 // norm^2 64516
	copy(desc[dims:], []uint8{127, 127, 0, 0, 127, 127})
	a := Pack(desc)
	var got, want tops
	got.reset(16, 16)
	want.reset(16, 16)
	products(&got, a.asRows(nil), a.asBlocks(nil), 0, 1)
	productsPlain(&want, a.asRows(nil), a.asBlocks(nil), 0, 1)
	if !slices.Equal(got.row1, want.row1) || want.row1[0]>>indexBits != 4*127*127 {
		t.Errorf("got %v, want %v", got.row1[0]>>indexBits, want.row1[0]>>indexBits)
	}
}

func TestMatchAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	a := randomDescriptors(rng, 150)
	b := perturbed(rng, a, 6)
	b = append(b, randomDescriptors(rng, 60)...)
	copy(b[10*dims:11*dims], b[11*dims:12*dims]) // 11 is no longer distinct
	m := New(Options{})
	got, err := m.Match(context.Background(), nil, Pack(a), Pack(b))
	if err != nil {
		t.Fatal(err)
	}
	if want := byDefinition(a, b, 0.8, 0.7); !slices.Equal(got, want) {
		t.Errorf("got %d pairs, the definition gives %d", len(got), len(want))
	}
	if len(got) < 100 || slices.ContainsFunc(got, func(p Pair) bool { return p.A == 11 }) {
		t.Errorf("%d pairs, or a match that is not distinct", len(got))
	}
	// The same the other way round.
	back, _ := m.Match(context.Background(), nil, Pack(b), Pack(a))
	for i := range back {
		back[i].A, back[i].B = back[i].B, back[i].A
	}
	slices.SortFunc(back, func(x, y Pair) int { return int(x.A - y.A) })
	if !slices.Equal(got, back) {
		t.Error("matching b with a gives other pairs than a with b")
	}
}

func byDefinition(a, b []uint8, ratio, maxAngle float64) []Pair {
	angles := func(from, to []uint8, i int) (best int, d1, d2 float64) {
		best, d1, d2 = -1, 9, math.Pi/2
		top, second := -1, -1
		dots := make([]int, len(to)/dims)
		norm := func(d []uint8) (n float64) {
			for _, v := range d {
				n += float64(v) * float64(v)
			}
			return n
		}
		for j := range dots {
			for k := range dims {
				dots[j] += int(from[i*dims+k]) * int(to[j*dims+k])
			}
			switch {
			case top < 0 || dots[j] > dots[top]:
				top, second = j, top
			case second < 0 || dots[j] > dots[second]:
				second = j
			}
		}
		angle := func(j int) float64 {
			return math.Acos(min(1, float64(dots[j])/math.Sqrt(norm(from[i*dims:(i+1)*dims])*norm(to[j*dims:(j+1)*dims]))))
		}
		return top, angle(top), angle(second)
	}
	var out []Pair
	for i := range len(a) / dims {
		j, d1, d2 := angles(a, b, i)
		back, e1, e2 := angles(b, a, j)
		if back == i && d1 <= maxAngle && d1 < ratio*d2 && e1 < ratio*e2 {
			out = append(out, Pair{int32(i), int32(j)})
		}
	}
	return out
}

func TestMatchEmptyAndCancelled(t *testing.T) {
	one := Pack(randomDescriptors(rand.New(rand.NewPCG(5, 6)), 20))
	m := New(Options{})
	if got, err := m.Match(context.Background(), nil, Pack(nil), one); len(got) != 0 || err != nil {
		t.Errorf("empty: %v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Match(ctx, nil, one, one); err == nil {
		t.Error("a cancelled match gives no error")
	}
}

func BenchmarkMatch8k(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	x, y := Pack(randomDescriptors(rng, 8192)), Pack(randomDescriptors(rng, 8192))
	m := New(Options{})
	for b.Loop() {
		if _, err := m.Match(context.Background(), nil, x, y); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(8192*8192*128/1e9*float64(b.N)/b.Elapsed().Seconds(), "GMAC/s")
}
