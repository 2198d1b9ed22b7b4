package mvs

import (
	"context"
	"math"
)

// A wall without texture matches everywhere and nowhere. What it is must come
// from around it: from the nearest pixels of the same brightness, in eight
// directions, that have texture and that other photos agree on. Where enough of
// them lie in one plane, that plane is what the pixel is expected to be, the
// more strongly the less texture it has. The idea of a prior from reliable
// points is that of Q. Xu and W. Tao, Planar prior assisted PatchMatch
// multi-view stereo, AAAI 2020; looking along lines up to the next edge is that
// of K. Zhang, J. Lu and G. Lafruit, Cross-based local stereo matching, TCSVT
// 2009, and keeps what lies beyond an outline from having a say. A prior leans:
// it does not outweigh a photo that contradicts, and photos must still agree on
// the point.
const (
	priorWeight     = 0.3
	priorReachPx    = 2.0 // difference beyond which it costs no more
	priorLookPx     = 48  // how far to look
	priorGrey       = 12  // difference of brightness that is an edge
	priorVotes      = 3
	voteOffPx       = 0.7 // of a pixel that lies in the plane, in pixels of a source, near by
	voteOffGrowth   = 0.03
	reliableCost    = 0.4
	reliableReturn  = 1.0
	reliableSources = 2
	priorTexture    = 3 // times the noise: variance of a window with texture
)

var lookDirections = [8][2]int{{1, 0}, {0, 1}, {-1, 0}, {0, -1}, {1, 1}, {-1, 1}, {-1, -1}, {1, -1}}

// Classes of a pixel.
const (
	unsure   = 1 << iota // little texture, or it matches at infinity as well
	idle                 // nothing of its own speaks for its depth
	reliable             // texture, a good match, and other photos agree
)

// expect fills the prior of the pixels with little texture.
func (m *matcher) expect(ctx context.Context, workers int) {
	w, h := m.ref.w, m.ref.h
	rows(ctx, workers, h, func(y int, sc *scratch) {
		for x := range w {
			m.class[y*w+x] = m.classify(sc, x, y)
		}
	})
	rows(ctx, workers, h, func(y int, sc *scratch) {
		for x := range w {
			if i := y*w + x; m.class[i]&unsure != 0 {
				m.prior[i] = m.around(x, y)
			}
		}
	})
}

func (m *matcher) classify(sc *scratch, x, y int) uint8 {
	i := y*m.ref.w + x
	if m.ref.unused != nil && m.ref.unused[i] {
		return 0
	}
	m.begin(sc, x, y)
	if sc.patch.variance < leastTexture*sc.patch.noise {
		return unsure | idle
	}
	if !(m.planes[i].w > 0) {
		return 0
	}
	// What matches as well when it has no parallax at all, as the sky does, is no
	// measurement of a depth.
	half := (len(m.sources) + 1) / 2
	limit := settleShare*m.cost[i] + settleMargin
	if far := m.bestViewsWithin(sc, plane{}, half, limit); far <= limit &&
		far <= settleShare*m.bestViews(sc, m.planes[i], half)+settleMargin {
		return unsure | idle
	}
	if sc.patch.variance < priorTexture*sc.patch.noise {
		return unsure
	}
	if m.cost[i] >= reliableCost {
		return 0
	}
	agree := 0
	for j := range m.sources {
		if m.sources[j].returnError(float32(x), float32(y), m.planes[i].w) < reliableReturn {
			agree++
		}
	}
	if agree < reliableSources {
		return 0
	}
	return reliable
}

type vote struct {
	x, y float32 // from the pixel
	p    plane   // at its own place
}

// around is the plane that most of the reliable pixels around a pixel lie in; its
// inverse depth is 0 when too few do.
func (m *matcher) around(x, y int) plane {
	w, h := m.ref.w, m.ref.h
	centre := int(m.ref.grey[y*w+x])
	var votes [len(lookDirections)]vote
	n := 0
	for _, d := range lookDirections {
		qx, qy := x, y
		for range priorLookPx {
			qx, qy = qx+d[0], qy+d[1]
			if qx < 0 || qy < 0 || qx >= w || qy >= h {
				break
			}
			q := qy*w + qx
			if g := int(m.ref.grey[q]) - centre; g > priorGrey || g < -priorGrey {
				break
			}
			if m.class[q]&reliable != 0 {
				votes[n] = vote{float32(qx - x), float32(qy - y), m.planes[q]}
				n++
				break
			}
		}
	}
	best, bestIn := -1, 0
	for k := range n {
		if in := m.inPlane(&votes[k], votes[:n], nil); in > bestIn {
			best, bestIn = k, in
		}
	}
	if bestIn < priorVotes {
		return plane{}
	}
	var inside [len(lookDirections)]bool
	m.inPlane(&votes[best], votes[:n], &inside)
	p := fitPlane(&votes[best], votes[:n], &inside)
	if !m.allowed(float32(x), float32(y), p) {
		return plane{}
	}
	return p
}

// inPlane counts the votes that lie in the plane of one.
func (m *matcher) inPlane(v *vote, votes []vote, inside *[len(lookDirections)]bool) (n int) {
	for k := range votes {
		o := &votes[k]
		dx, dy := o.x-v.x, o.y-v.y
		off := v.p.w + v.p.wx*dx + v.p.wy*dy - o.p.w
		limit := (voteOffPx + voteOffGrowth*float32(math.Sqrt(float64(dx*dx+dy*dy)))) * m.perPx
		if abs32(off) <= limit {
			n++
			if inside != nil {
				inside[k] = true
			}
		}
	}
	return n
}

// fitPlane is the least squares plane, at the pixel, through the votes that lie
// in that of v, whose slope counts where they are nearly in a line.
func fitPlane(v *vote, votes []vote, inside *[len(lookDirections)]bool) plane {
	var n, sx, sy, sr float32
	for k := range votes {
		if inside[k] {
			o := &votes[k]
			n++
			sx += o.x
			sy += o.y
			sr += o.p.w - v.p.wx*o.x - v.p.wy*o.y
		}
	}
	mx, my, mr := sx/n, sy/n, sr/n
	xx, xy, yy, xr, yr := float32(1), float32(0), float32(1), float32(0), float32(0)
	for k := range votes {
		if inside[k] {
			o := &votes[k]
			dx, dy := o.x-mx, o.y-my
			r := o.p.w - v.p.wx*o.x - v.p.wy*o.y - mr
			xx += dx * dx
			xy += dx * dy
			yy += dy * dy
			xr += dx * r
			yr += dy * r
		}
	}
	// The remainders about v's slope, with a pull towards none.
	det := xx*yy - xy*xy
	ax, ay := (xr*yy-yr*xy)/det, (yr*xx-xr*xy)/det
	return plane{mr - ax*mx - ay*my, v.p.wx + ax, v.p.wy + ay}
}

// priorCost is what a plane costs for lying off the prior.
func (m *matcher) priorCost(sc *scratch, i int, p plane) float32 {
	if m.prior == nil || m.prior[i].w <= 0 {
		return 0
	}
	off := abs32(p.w-m.prior[i].w) / (m.perPx * priorReachPx)
	flat := priorTexture * sc.patch.noise
	return priorWeight * flat / (flat + sc.patch.variance) * min(off, 1)
}
