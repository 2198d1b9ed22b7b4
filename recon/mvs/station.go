package mvs

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

// station is a photo of the model with what stereo needs of it.
type station struct {
	name    string
	view    int // in the model
	photo   int // in the photos as given
	cam     *recon.Camera
	pose    recon.Pose // camera from world
	rot     [9]float64
	centre  r3.Vec
	levels  []*picture // from full working size to the coarsest
	sources []int      // stations, best first
	// near and far bound the inverse depth, per model unit.
	wFar, wNear float64
	depth       *depthMap
	perPx       float64
	why         string // why the photo gives no depth
}

const (
	maxSources    = 8
	minShared     = 8   // sparse points that make a pair of photos neighbours
	bestAngleDeg  = 8.0 // of two rays to a point: accurate and still alike
	minAngleDeg   = 0.7
	narrowAngle   = 3.0
	wideAngle     = 14.0
	depthMargin   = 0.45
	minSeenPoints = 10
)

// choose finds each station's sources and depth range from the sparse points
// that it shares with others, after Y. Yao et al., MVSNet, ECCV 2018, and S.
// Shen, Accurate multiple view 3D reconstruction using patch-based stereo, TIP
// 2013: a shared point counts more the nearer its two rays are to the best angle
// and the more alike its two scales are.
func choose(model *recon.SparseModel, stations []*station) {
	byView := map[int]int{}
	for i, s := range stations {
		byView[s.view] = i
	}
	n := len(stations)
	score, shared := make([]float64, n*n), make([]int, n*n)
	inv := make([][]float64, n)
	var seen []int
	for pi := range model.Points {
		p := &model.Points[pi]
		seen = seen[:0]
		for _, v := range p.ViewIdx {
			if i, ok := byView[int(v)]; ok && !slices.Contains(seen, i) {
				seen = append(seen, i)
			}
		}
		for _, i := range seen {
			if z := stations[i].pose.Apply(p.Pos).Z; z > 0 {
				inv[i] = append(inv[i], 1/z)
			}
		}
		for a, i := range seen {
			for _, j := range seen[a+1:] {
				ri, rj := r3.Sub(stations[i].centre, p.Pos), r3.Sub(stations[j].centre, p.Pos)
				di, dj := r3.Norm(ri), r3.Norm(rj)
				if !(di > 0 && dj > 0) {
					continue
				}
				deg := math.Acos(min(max(r3.Dot(ri, rj)/(di*dj), -1), 1)) * 180 / math.Pi
				if deg < minAngleDeg {
					continue
				}
				sigma := narrowAngle
				if deg > bestAngleDeg {
					sigma = wideAngle
				}
				w := math.Exp(-(deg - bestAngleDeg) * (deg - bestAngleDeg) / (2 * sigma * sigma))
				ratio := di * stations[j].cam.FxPx / (dj * stations[i].cam.FxPx)
				w *= min(ratio, 1/ratio)
				score[i*n+j] += w
				score[j*n+i] += w
				shared[i*n+j]++
				shared[j*n+i]++
			}
		}
	}
	for i, s := range stations {
		if s.why != "" {
			continue
		}
		if len(inv[i]) < minSeenPoints {
			s.why = fmt.Sprintf("sees only %d points of the sparse model", len(inv[i]))
			continue
		}
		slices.Sort(inv[i])
		low, high := inv[i][len(inv[i])/50], inv[i][len(inv[i])-1-len(inv[i])/50]
		s.wFar, s.wNear = low*depthMargin, high/depthMargin
		var order []int
		for j := range stations {
			if stations[j].levels != nil && shared[i*n+j] >= minShared && score[i*n+j] > 0 {
				order = append(order, j)
			}
		}
		slices.SortFunc(order, func(a, b int) int {
			return cmp.Or(cmp.Compare(score[i*n+b], score[i*n+a]), cmp.Compare(a, b))
		})
		s.sources = order[:min(len(order), maxSources)]
		if len(s.sources) == 0 {
			s.why = "no other photo sees the same points from a place far enough away"
		}
	}
}
