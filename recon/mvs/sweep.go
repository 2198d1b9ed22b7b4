package mvs

import (
	"context"
	"math"
)

// sweep lets every pixel choose among its own plane, planes of its surroundings
// and changed ones: first the red pixels of a checkerboard, then the black, so
// that none reads what another is writing.
func (m *matcher) sweep(ctx context.Context, workers int) {
	m.good = max(float32(goodStart*math.Pow(goodDecay, float64(m.iteration))), leastGood)
	for colour := range 2 {
		rows(ctx, workers, m.ref.h, func(y int, sc *scratch) {
			for x := (y + colour) & 1; x < m.ref.w; x += 2 {
				if m.ref.unused == nil || !m.ref.unused[y*m.ref.w+x] {
					m.visit(sc, x, y)
				}
			}
		})
	}
	m.iteration++
}

// near and far are where a pixel looks for planes: of each group the one with
// the lowest cost is tried. All lie on the other colour.
var (
	nearGroups = [4][7][2]int{
		{{0, -1}, {-1, -2}, {1, -2}, {-2, -3}, {2, -3}, {-3, -4}, {3, -4}},
		{{0, 1}, {-1, 2}, {1, 2}, {-2, 3}, {2, 3}, {-3, 4}, {3, 4}},
		{{-1, 0}, {-2, -1}, {-2, 1}, {-3, -2}, {-3, 2}, {-4, -3}, {-4, 3}},
		{{1, 0}, {2, -1}, {2, 1}, {3, -2}, {3, 2}, {4, -3}, {4, 3}},
	}
	farDirections = [4][2]int{{0, -1}, {0, 1}, {-1, 0}, {1, 0}}
)

func (m *matcher) visit(sc *scratch, x, y int) {
	w, h := m.ref.w, m.ref.h
	i := y*w + x
	m.begin(sc, x, y)
	fx, fy := float32(x), float32(y)
	n := 1
	sc.cand[0], sc.times[0] = m.planes[i], 1
	try := func(p plane) {
		if !m.allowed(fx, fy, p) {
			return
		}
		for c := range n {
			o := &sc.cand[c]
			if abs32(p.w-o.w)+windowReach*(abs32(p.wx-o.wx)+abs32(p.wy-o.wy)) < samePx*m.perPx {
				sc.times[c]++
				return
			}
		}
		sc.cand[n], sc.times[n] = p, 1
		n++
	}
	add := func(q int) {
		qx, qy := q%w, q/w
		p := m.planes[q]
		p.w += p.wx*float32(x-qx) + p.wy*float32(y-qy)
		try(p)
	}
	if m.prior != nil && m.prior[i].w > 0 {
		try(m.prior[i])
	}
	for g := range nearGroups {
		best, at := float32(math.MaxFloat32), -1
		for _, o := range nearGroups[g] {
			qx, qy := x+o[0], y+o[1]
			if qx < 0 || qy < 0 || qx >= w || qy >= h {
				continue
			}
			if q := qy*w + qx; m.cost[q] < best && m.planes[q].w > 0 {
				best, at = m.cost[q], q
			}
		}
		if at >= 0 {
			add(at)
		}
		if !m.explore {
			continue
		}
		best, at = math.MaxFloat32, -1
		for k := 3; k <= 23; k += 2 {
			qx, qy := x+k*farDirections[g][0], y+k*farDirections[g][1]
			if qx < 0 || qy < 0 || qx >= w || qy >= h {
				break
			}
			if q := qy*w + qx; m.cost[q] < best && m.planes[q].w > 0 {
				best, at = m.cost[q], q
			}
		}
		if at >= 0 {
			add(at)
		}
	}

	nv := len(m.sources)
	tested := 1 // candidates that are compared in every source
	if m.explore {
		tested = n
	}
	mask := uint8(0xff)
	if !m.explore {
		mask = m.nearbyViews(i, x, y)
	}
	for c := range tested {
		for j := range nv {
			sc.costs[c][j] = maxCost
			if mask>>j&1 != 0 {
				sc.costs[c][j] = m.match(sc, j, sc.cand[c])
			}
		}
	}
	var weight [maxSources]float32
	total := m.weigh(sc, i, tested, &weight)
	best, bestCost := 0, float32(math.MaxFloat32)
	for c := range n {
		sum := m.priorCost(sc, i, sc.cand[c]) * total
		for _, j := range sc.order[:sc.chosen] {
			var v float32
			if c < tested {
				v = sc.costs[c][j]
			} else {
				v = m.match(sc, j, sc.cand[c])
			}
			if m.geometric {
				v += m.trust * m.sources[j].returnError(fx, fy, sc.cand[c].w)
			}
			sum += weight[j] * v
			if sum >= bestCost*total {
				break
			}
		}
		if sum < bestCost*total {
			best, bestCost = c, sum/total
		}
	}
	m.planes[i], m.cost[i] = m.refine(sc, i, x, y, sc.cand[best], bestCost, &weight, total)
}

// depthSteps and turnSteps are what changes of depth and of direction are drawn
// from: as many small as large ones, over six and five halvings.
var depthSteps, turnSteps = halvings(6), halvings(5)

func halvings(n float64) (t [256]float32) {
	for i := range t {
		t[i] = float32(math.Exp2(-n * (float64(i) + 0.5) / 256))
	}
	return t
}

// refine tries changes of a plane: of its depth, its direction and both.
func (m *matcher) refine(sc *scratch, i, x, y int, p plane, cost float32, weight *[maxSources]float32, total float32) (plane, float32) {
	f, g := float32(m.ref.k.f), float32(m.ref.k.g)
	fx, fy := float32(x), float32(y)
	tries := 4
	if m.explore {
		tries = 6
	}
	for try := range tries {
		q := p
		near := try < 4
		if near && try != 1 || try == 4 {
			if near {
				step := depthSteps[sc.rng.next()>>56] * 2 * m.perPx
				if sc.rng.next()&1 == 0 {
					step = -step
				}
				q.w += step
			} else {
				q.w = m.wFar + (m.wNear-m.wFar)*sc.rng.unit()
			}
			q.wx *= q.w / p.w
			q.wy *= q.w / p.w
		}
		if try != 0 && try != 4 {
			turn := turnSteps[sc.rng.next()>>56] * q.w
			if !near {
				turn = 1.5 * q.w
			}
			q.wx += (2*sc.rng.unit() - 1) * turn / f
			q.wy += (2*sc.rng.unit() - 1) * turn / g
		}
		if !m.allowed(fx, fy, q) {
			continue
		}
		sum := m.priorCost(sc, i, q) * total
		for _, j := range sc.order[:sc.chosen] {
			v := m.match(sc, j, q)
			if m.geometric {
				v += m.trust * m.sources[j].returnError(fx, fy, q.w)
			}
			sum += weight[j] * v
			if sum >= cost*total {
				break
			}
		}
		if sum < cost*total {
			p, cost = q, sum/total
		}
	}
	return p, cost
}
