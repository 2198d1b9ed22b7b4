//go:build goexperiment.simd && amd64

package pattern

import (
	"math/rand/v2"
	"reflect"
	"simd/archsimd"
	"testing"
)

// scanNarrow is what a processor without AVX-512 does.
func (m *Matcher) scanNarrow(b []byte, limit, from, to int, hits []Hit) []Hit {
	from, hits = m.scan256(b, limit, from, to, hits)
	return m.scanPlain(b, limit, from, to, hits)
}

func TestNarrowFindsTheSame(t *testing.T) {
	if !archsimd.X86.AVX2() {
		t.Skip("this processor has no AVX2")
	}
	rng, set := rand.New(rand.NewPCG(7, 8)), typical()
	m := New(set)
	for n := range 300 {
		b := data(rng, set, n*5)
		limit := rng.IntN(len(b) + 9)
		if got, want := m.sorted(m.scanNarrow, b, limit, nil), naive(set, b, limit); !reflect.DeepEqual(got, want) {
			t.Fatalf("%d bytes: %v, want %v", len(b), got, want)
		}
	}
}

func BenchmarkScanNarrow(b *testing.B) {
	benchmark(b, func(m *Matcher, d []byte) []Hit { return m.sorted(m.scanNarrow, d, len(d), nil) })
}
