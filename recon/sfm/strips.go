package sfm

import (
	"math"
	"slices"
	"sort"

	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

// stripCount is into how many strips a picture is cut, in each direction: more cost
// more searches for each line, fewer more candidates.
const stripCount = 48

// strips finds points near lines: the plane is cut into upright and into level
// strips, and the points of each are in order along it.
type strips struct {
	pts  []geom.Point2
	from [2]float64 // where the first strip begins, by axis
	step [2]float64
	of   [2][stripCount][]int32 // by the axis across which the plane is cut
}

func newStrips(pts []geom.Point2) *strips {
	s := &strips{pts: pts}
	for axis := range 2 {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, p := range pts {
			lo, hi = min(lo, p[axis]), max(hi, p[axis])
		}
		s.from[axis], s.step[axis] = lo, max((hi-lo)/stripCount, 1e-300)
		for i, p := range pts {
			k := min(int((p[axis]-lo)/s.step[axis]), stripCount-1)
			s.of[axis][k] = append(s.of[axis][k], int32(i))
		}
		for k := range s.of[axis] {
			slices.SortStableFunc(s.of[axis][k], func(i, j int32) int {
				switch d := pts[i][1-axis] - pts[j][1-axis]; {
				case d < 0:
					return -1
				case d > 0:
					return 1
				}
				return 0
			})
		}
	}
	return s
}

// within appends the points at which |X x + Y y + Z| of the line is at most width,
// and some beside them, in the order of their indices.
func (s *strips) within(out []int32, line r3.Vec, width float64) []int32 {
	l := [2]float64{line.X, line.Y}
	axis := 0 // strips are cut across the axis along which the line runs
	if math.Abs(l[0]) > math.Abs(l[1]) {
		axis = 1
	}
	across := l[1-axis]
	if across == 0 {
		for i := range s.pts {
			out = append(out, int32(i))
		}
		return out
	}
	margin := math.Abs(width/across) * (1 + 1e-9)
	for k := range s.of[axis] {
		list := s.of[axis][k]
		if len(list) == 0 {
			continue
		}
		a := -(l[axis]*(s.from[axis]+float64(k)*s.step[axis]) + line.Z) / across
		b := -(l[axis]*(s.from[axis]+float64(k+1)*s.step[axis]) + line.Z) / across
		slack := margin + 1e-9*(math.Abs(a)+math.Abs(b))
		lo, hi := min(a, b)-slack, max(a, b)+slack
		i := sort.Search(len(list), func(i int) bool { return s.pts[list[i]][1-axis] >= lo })
		for ; i < len(list) && s.pts[list[i]][1-axis] <= hi; i++ {
			out = append(out, list[i])
		}
	}
	slices.Sort(out)
	return out
}
