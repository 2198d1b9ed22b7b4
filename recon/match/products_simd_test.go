//go:build goexperiment.simd && amd64

package match

import (
	"math/rand/v2"
	"simd/archsimd"
	"slices"
	"testing"
)

// TestNarrowEqualsPlain tests the 256-bit form, which a processor with AVX-512
// uses for a last odd block only.
func TestNarrowEqualsPlain(t *testing.T) {
	if !archsimd.X86.AVX2() {
		t.Skip("this processor has no AVX2")
	}
	rng := rand.New(rand.NewPCG(9, 9))
	a, b := Pack(randomDescriptors(rng, 70)), Pack(randomDescriptors(rng, 90))
	rows, packed := a.asRows(nil), b.asBlocks(nil)
	blocks := len(packed) / (quads * blockLen)
	var got, want tops
	got.reset(len(rows)/quads, blocks*blockCols)
	want.reset(len(rows)/quads, blocks*blockCols)
	for i := range blocks {
		products256(&got, rows, packed, i)
	}
	productsPlain(&want, rows, packed, 0, blocks)
	if !slices.Equal(got.row1, want.row1) || !slices.Equal(got.row2, want.row2) || !slices.Equal(got.col1, want.col1) || !slices.Equal(got.col2, want.col2) {
		t.Error("the 256-bit form differs from the plain one")
	}
}
