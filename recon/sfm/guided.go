package sfm

import (
	"math"

	"firescene/recon/feature"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

const (
	// A pair with fewer matches than this is matched once more along the epipolar
	// lines: in rooms of little texture too many features look alike for the
	// ratio test over the whole picture. Where there are enough matches those
	// would only add worse ones.
	guidedBelow  = 100
	guidedRatio  = 0.8 // to the second nearest near the line
	guidedRadian = 0.4 // largest angle between descriptors; few candidates make the ratio a weaker test
)

// guided adds matches of keypoints that have none: each other's nearest among
// those near each other's epipolar line.
func (v *pairView) guided() {
	a, b := &v.photos[v.a], &v.photos[v.b]
	if a.packed == nil || b.packed == nil || len(v.matches) >= guidedBelow {
		return
	}
	free := func(p *photo, side int) []int32 {
		used := make([]bool, len(p.keys))
		for _, m := range v.matches {
			used[m[side]] = true
		}
		var out []int32 // descriptors
		for d, k := range p.owner[:p.packed.Len()] {
			if !used[k] {
				out = append(out, int32(d))
			}
		}
		return out
	}
	rows, cols := free(a, 0), free(b, 1)
	y := make([]geom.Point2, len(cols))
	for j, d := range cols {
		px, py := b.pixel(b.owner[d])
		y[j] = normalised(v.camB, px, py)
	}
	limit := math.Sqrt(v.limit2)
	forward, back := make([]nearest, len(rows)), make([]nearest, len(cols))
	descA, descB := a.packed.Descriptors(), b.packed.Descriptors()
	byLine := newStrips(y)
	var near []int32
	for i, d := range rows {
		px, py := a.pixel(a.owner[d])
		at := normalised(v.camA, px, py)
		line := v.rel.Essential.MulVec(r3.Vec{X: at[0], Y: at[1], Z: 1})
		// Sampson's distance is below that to the line, which is a quick test.
		width := 2 * limit * math.Hypot(line.X, line.Y)
		near = byLine.within(near[:0], line, width)
		for _, j := range near {
			if off := line.X*y[j][0] + line.Y*y[j][1] + line.Z; off > width || off < -width {
				continue
			}
			if v.rel.EpipolarResidual2(&at, &y[j]) >= v.limit2 {
				continue
			}
			c := cosine(descA[d*feature.DescriptorLen:], descB[cols[j]*feature.DescriptorLen:])
			forward[i].take(c, j, b.owner[cols[j]])
			back[j].take(c, int32(i), a.owner[d])
		}
	}
	usedA, usedB := map[int32]bool{}, map[int32]bool{}
	for i := range rows {
		f := forward[i]
		if !f.distinct() || back[f.at].at != int32(i) || !back[f.at].distinct() {
			continue
		}
		ka, kb := a.owner[rows[i]], b.owner[cols[f.at]]
		if !usedA[ka] && !usedB[kb] {
			usedA[ka], usedB[kb] = true, true
			v.matches = append(v.matches, [2]int32{ka, kb})
		}
	}
	v.x, v.y = v.onPlane(v.pair, v.camA, v.camB)
	all := make([]bool, len(v.x))
	for i := range all {
		all[i] = true
	}
	v.rel = geom.Refined(v.rel.SecondFromFirst, v.x, v.y, all)
	v.keep(v.agreeing())
	v.pose = v.rel.SecondFromFirst
}

// nearest is the best candidate and the best one of another keypoint.
type nearest struct {
	best, second float32 // cosines
	at, key      int32
}

func (n *nearest) take(c float32, at, key int32) {
	switch {
	case c > n.best:
		if key != n.key {
			n.second = n.best
		}
		n.best, n.at, n.key = c, at, key
	case c > n.second && key != n.key:
		n.second = c
	}
}

func (n *nearest) distinct() bool {
	if n.best <= 0 {
		return false
	}
	d := math.Acos(min(float64(n.best), 1))
	return d <= guidedRadian && d < guidedRatio*math.Acos(min(float64(n.second), 1))
}

// cosine is that of the angle between two descriptors.
func cosine(a, b []uint8) float32 {
	x, y := (*[feature.DescriptorLen]uint8)(a), (*[feature.DescriptorLen]uint8)(b)
	var ab, aa, bb int32
	for i := range x {
		p, q := int32(x[i]), int32(y[i])
		ab += p * q
		aa += p * p
		bb += q * q
	}
	return float32(float64(ab) / math.Sqrt(float64(aa)*float64(bb)))
}
