package mvs

import "context"

const (
	settleLookPx   = 24
	settleBehindPx = 2.0 // displacement in the sources from which a surface lies behind
	settleMargin   = 0.03
	settleShare    = 1.1
	settleViews    = 3
	// A window with less texture than this, times the noise, has no say of its
	// own: its depth must be that of the prior.
	leastTexture = 1.5
	onPriorPx    = 1.0
)

// settle corrects what a pass leaves where windows say little. Near an outline
// the surface in front spreads over pixels without texture behind it, in all
// photos alike: a pixel whose own brightness leads, without an edge, to a surface
// farther away goes to that surface when it matches as well there. In the last
// pass a pixel that has nothing of its own to say also loses its depth unless its
// surroundings put it there.
func (m *matcher) settle(ctx context.Context, workers int, last bool) {
	w := m.ref.w
	rows(ctx, workers, m.ref.h, func(y int, sc *scratch) {
		for x := range w {
			i := y*w + x
			prior := m.prior[i]
			m.prior[i] = plane{}
			if !(m.planes[i].w > 0) {
				continue
			}
			if q, ok := m.behind(sc, x, y); ok {
				m.prior[i] = q
				continue
			}
			if !last || m.class[i]&idle == 0 {
				continue
			}
			if !(prior.w > 0 && abs32(m.planes[i].w-prior.w) <= onPriorPx*m.perPx) {
				m.prior[i].w = -1
			}
		}
	})
	rows(ctx, workers, m.ref.h, func(y int, _ *scratch) {
		for i := y * w; i < (y+1)*w; i++ {
			switch q := m.prior[i]; {
			case q.w > 0:
				m.planes[i] = q
			case q.w < 0:
				m.planes[i] = plane{}
			}
		}
	})
}

// behind is the surface farther away, among those that a pixel's brightness
// leads to, that matches best there, if it matches as well as the pixel's own.
func (m *matcher) behind(sc *scratch, x, y int) (best plane, ok bool) {
	w, h := m.ref.w, m.ref.h
	i := y*w + x
	own := m.planes[i]
	centre := int(m.ref.grey[i])
	begun := false
	var limit float32
	for _, d := range lookDirections {
		qx, qy := x, y
		for range settleLookPx {
			qx, qy = qx+d[0], qy+d[1]
			if qx < 0 || qy < 0 || qx >= w || qy >= h {
				break
			}
			q := qy*w + qx
			if g := int(m.ref.grey[q]) - centre; g > priorGrey || g < -priorGrey {
				break
			}
			p := m.planes[q]
			if !(p.w > 0) {
				continue
			}
			p.w += p.wx*float32(x-qx) + p.wy*float32(y-qy)
			if !(own.w-p.w > settleBehindPx*m.perPx) || !m.allowed(float32(x), float32(y), p) {
				continue
			}
			if !begun {
				m.begin(sc, x, y)
				limit = settleShare*m.bestViews(sc, own, settleViews) + settleMargin
				begun = true
			}
			if c := m.bestViewsWithin(sc, p, settleViews, limit); c <= limit {
				best, limit, ok = p, c, true
			}
			break
		}
	}
	return best, ok
}

// bestViews is the mean cost of a plane in the few sources where it costs least.
func (m *matcher) bestViews(sc *scratch, p plane, few int) float32 {
	return m.bestViewsWithin(sc, p, few, maxCost)
}

// bestViewsWithin is bestViews where that is no more than limit, and else some
// value above limit: sources that can no longer bring it down are left out.
func (m *matcher) bestViewsWithin(sc *scratch, p plane, few int, limit float32) float32 {
	var least [maxSources]float32
	n := 0
	for j := range m.sources {
		v := m.match(sc, j, p)
		k := min(n, few)
		for ; k > 0 && least[k-1] > v; k-- {
			if k < few {
				least[k] = least[k-1]
			}
		}
		if k < few {
			least[k] = v
		}
		n = min(n+1, few)
		// If all that are left cost nothing, these still count.
		var sum float32
		for _, v := range least[:max(0, min(n, few-(len(m.sources)-1-j)))] {
			sum += v
		}
		if sum > limit*float32(few)*1.001 {
			return maxCost
		}
	}
	var sum float32
	for _, v := range least[:n] {
		sum += v
	}
	return sum / float32(max(n, 1))
}
