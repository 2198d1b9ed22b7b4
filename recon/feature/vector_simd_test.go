//go:build goexperiment.simd && amd64

package feature

import (
	"math/rand/v2"
	"simd/archsimd"
	"slices"
	"testing"
)

// TestBothWidthsEqualPlain tests the width that this processor would not choose
// as well.
func TestBothWidthsEqualPlain(t *testing.T) {
	const n = 75
	rng := rand.New(rand.NewPCG(7, 7))
	random := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = rng.Float32() - 0.5
		}
		return v
	}
	kernel := gaussian(nil, 2.1)
	r := len(kernel) - 1
	var above, below [][]float32
	for range r {
		above, below = append(above, random(n)), append(below, random(n))
	}
	mid, row, up, down := random(n), random(n+2*r+blurPad), random(n), random(n)
	rows, taps, mag, turn := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	sumRowsPlain(rows, mid, above, below, kernel, 0)
	sumTapsPlain(taps, row, kernel, 0)
	gradientsPlain(mag, turn, row[:n+2], up, down, 0)
	type form struct {
		rows func(dst, mid []float32, above, below [][]float32, kernel []float32) int
		taps func(dst, row []float32, kernel []float32) int
		grad func(mag, turn, row, up, down []float32) int
	}
	forms := map[string]form{}
	if archsimd.X86.AVX2() {
		forms["256"] = form{sumRows256, sumTaps256, gradients256}
	}
	if archsimd.X86.AVX512() {
		forms["512"] = form{sumRows512, sumTaps512, gradients512}
	}
	if len(forms) == 0 {
		t.Skip("this processor has neither AVX2 nor AVX-512")
	}
	for name, f := range forms {
		got, got2 := make([]float32, n), make([]float32, n)
		if x := f.rows(got, mid, above, below, kernel); x < n/2 || !slices.Equal(got[:x], rows[:x]) {
			t.Errorf("%s bits: rows differ, %d written", name, x)
		}
		if x := f.taps(got, row, kernel); x < n/2 || !slices.Equal(got[:x], taps[:x]) {
			t.Errorf("%s bits: taps differ, %d written", name, x)
		}
		if x := f.grad(got, got2, row[:n+2], up, down); x < n/2 || !slices.Equal(got[:x], mag[:x]) || !slices.Equal(got2[:x], turn[:x]) {
			t.Errorf("%s bits: gradients differ, %d written", name, x)
		}
	}
}
