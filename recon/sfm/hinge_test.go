package sfm

import (
	"slices"
	"testing"
)

// Two groups of photos that have one photo in common, and a stray point besides, do
// not hold together; with enough points that two of each see they do.
func TestPartsOnAHinge(t *testing.T) {
	for _, c := range []struct {
		across int // points that photos 1, 2 and 4 see
		want   []int
	}{{1, []int{0, 1, 2, 3}}, {minResect, []int{0, 1, 2, 3, 4, 5}}} {
		s := &scene{photos: make([]photo, 6), trackOf: make([][]int32, 6)}
		g := &growing{scene: s, placed: slices.Repeat([]bool{true}, 6)}
		add := func(n int, photos ...int32) {
			for range n {
				var tr track
				for _, p := range photos {
					tr = append(tr, ref{p, int32(len(s.trackOf[p]))})
					s.trackOf[p] = append(s.trackOf[p], int32(len(s.tracks)))
				}
				s.tracks = append(s.tracks, tr)
				g.pts = append(g.pts, point{ok: true, in: slices.Repeat([]bool{true}, len(photos))})
			}
		}
		add(60, 0, 1, 2)
		add(30, 1, 2, 3)
		add(40, 3, 4, 5) // 3 is the hinge
		add(c.across, 1, 2, 4)
		got := g.rigidPart([]int{0, 1, 2, 3, 4, 5})
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%d points across: photos %v hold together, expected %v", c.across, got, c.want)
		}
	}
}
