package plan

import (
	"fmt"
	"math"
	"slices"
)

// Slice draws the points of a slice with its extents, and returns these. Points are
// drawn from below to above, left to right, whatever their order.
func Slice(dots []Point, title string, words Words) (d *Drawing, wideM, highM float64) {
	dots = slices.Clone(dots)
	slices.SortFunc(dots, func(a, b Point) int {
		for _, v := range [2]float64{a.Y - b.Y, a.X - b.X} {
			if v < 0 {
				return -1
			} else if v > 0 {
				return 1
			}
		}
		return 0
	})
	lo, hi := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, p := range dots {
		lo = Point{math.Min(lo.X, p.X), math.Min(lo.Y, p.Y)}
		hi = Point{math.Max(hi.X, p.X), math.Max(hi.Y, p.Y)}
	}
	d = &Drawing{Title: title, Scale: 1000}
	for _, s := range []float64{20, 50, 100, 200, 500} {
		if math.Max(hi.X-lo.X, hi.Y-lo.Y)*1000/s < 380 {
			d.Scale = s
			break
		}
	}
	d.Dots(dots)
	wideM, highM = hi.X-lo.X, hi.Y-lo.Y
	d.Dim(lo, Point{hi.X, lo.Y}, -d.paper(6), fmt.Sprintf("%.3f", wideM))
	d.Dim(lo, Point{lo.X, hi.Y}, d.paper(6), fmt.Sprintf("%.3f", highM))
	d.scaleBar(words)
	return d, wideM, highM
}
