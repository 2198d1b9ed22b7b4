package sfm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

// TestStripsMissNothing: all points near a line are found, in order, and most of
// the others are not looked at.
func TestStripsMissNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	pts := make([]geom.Point2, 3000)
	for i := range pts {
		pts[i] = geom.Point2{rng.Float64()*2 - 1, rng.Float64() - 0.5}
	}
	pts[7] = pts[8]
	s := newStrips(pts)
	looked := 0
	for range 500 {
		angle, width := rng.Float64()*2*math.Pi, 0.002
		line := r3.Vec{X: math.Cos(angle), Y: math.Sin(angle), Z: rng.Float64() - 0.5}
		got := s.within(nil, line, width)
		looked += len(got)
		if !slices.IsSorted(got) {
			t.Fatal("not in order")
		}
		for i, p := range pts {
			if math.Abs(line.X*p[0]+line.Y*p[1]+line.Z) <= width {
				if _, ok := slices.BinarySearch(got, int32(i)); !ok {
					t.Fatalf("point %d near the line %v is missing", i, line)
				}
			}
		}
	}
	if looked > 500*len(pts)/10 {
		t.Errorf("%d of %d looked at", looked, 500*len(pts))
	}
	for _, few := range [][]geom.Point2{nil, {{1, 2}}, {{1, 2}, {1, 2}}} {
		if got := newStrips(few).within(nil, r3.Vec{X: 1, Z: -1}, 0.1); len(got) != len(few) {
			t.Errorf("%d of %d points on the line", len(got), len(few))
		}
	}
	if got := s.within(nil, r3.Vec{Z: 1}, 0.1); len(got) != len(pts) {
		t.Error("a line without a direction leaves points out")
	}
}
