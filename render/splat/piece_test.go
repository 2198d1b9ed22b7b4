package splat

import (
	"math/rand/v2"
	"testing"
)

// TestJoin draws a cloud whole and as pieces joined: the pictures are the same when
// all points have the same gap.
func TestJoin(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 5000
	xyz, rgb := make([]float32, 3*n), make([]uint8, 3*n)
	for i := range xyz {
		xyz[i], rgb[i] = rng.Float32()*2-1, uint8(rng.Uint32())
	}
	cut := 3 * 1700 // no whole number of blocks
	draw := func(c *Cloud) []uint64 {
		var b Buffer
		cam := Camera{Eye: [3]float32{0, 0, -4}, Right: [3]float32{1}, Down: [3]float32{0, 1}, Forward: [3]float32{0, 0, 1}, FocalPx: 200, Near: 0.1, Width: 160, Height: 120, Fill: 1.5}
		if err := b.Draw(c, cam, 2); err != nil {
			t.Fatal(err)
		}
		return b.cells
	}
	gaps := []float32{0.01, 0.05}
	whole := draw(Join([3]float64{}, []*Piece{NewPiece(xyz, rgb)}, gaps, []Gap{{Index: 1}}))
	parts := draw(Join([3]float64{}, []*Piece{NewPiece(xyz[cut:], rgb[cut:]), NewPiece(xyz[:cut], rgb[:cut])}, gaps, []Gap{{Index: 1}, {Index: 1}}))
	finer := draw(Join([3]float64{}, []*Piece{NewPiece(xyz, rgb)}, gaps, []Gap{{}}))
	filled := func(cells []uint64) (k int) {
		for _, v := range cells {
			if v != empty {
				k++
			}
		}
		return k
	}
	for i := range whole {
		if whole[i] != parts[i] {
			t.Fatalf("pixel %d: %x whole, %x in parts", i, whole[i], parts[i])
		}
	}
	if a, b := filled(whole), filled(finer); a < 1000 || b >= a {
		t.Errorf("%d pixels with the wide gap, %d with the narrow one", a, b)
	}
	if NewPiece(nil, nil).Len() != 0 || len(draw(Join([3]float64{}, nil, nil, nil))) == 0 {
		t.Error("nothing to draw")
	}
}
