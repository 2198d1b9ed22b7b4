package mvs

import "math"

// nearbyViews are the sources in use at a pixel and the four beside it.
func (m *matcher) nearbyViews(i, x, y int) uint8 {
	mask := m.views[i]
	for _, d := range farDirections {
		qx, qy := x+d[0], y+d[1]
		if qx >= 0 && qy >= 0 && qx < m.ref.w && qy < m.ref.h {
			mask |= m.views[qy*m.ref.w+qx]
		}
	}
	return mask
}

// weigh says how much each source counts at a pixel: one in which several of
// the candidates match well sees the surface. A source that the neighbours use
// counts more.
func (m *matcher) weigh(sc *scratch, i, n int, weight *[maxSources]float32) (total float32) {
	w := m.ref.w
	x, y := i%w, i/w
	all := 0
	for c := range n {
		all += sc.times[c]
	}
	best, bestCost := 0, float32(math.MaxFloat32)
	for j := range m.sources {
		var good float32
		goodN, badN := 0, 0
		for c := range n {
			v := sc.costs[c][j]
			if v < bestCost {
				best, bestCost = j, v
			}
			if v < m.good {
				good += float32(sc.times[c]) * float32(math.Exp(-float64(v*v)/(2*goodSigma*goodSigma)))
				goodN += sc.times[c]
			} else if v > badCost {
				badN += sc.times[c]
			}
		}
		if goodN >= min(enoughGood, all) && (badN < tooManyBad || !m.explore) {
			weight[j] = good / float32(goodN)
		} else {
			continue
		}
		used, of := 0, 0
		for _, d := range farDirections {
			qx, qy := x+d[0], y+d[1]
			if qx >= 0 && qy >= 0 && qx < w && qy < m.ref.h {
				of++
				used += int(m.views[qy*w+qx] >> j & 1)
			}
		}
		weight[j] *= 0.1 + 0.9*float32(used)/float32(max(of, 1))
		total += weight[j]
	}
	if total <= 0 {
		weight[best] = 1
		total = 1
	}
	// Those that count, the heaviest first: a hypothesis that is no better is
	// seen early.
	var views uint8
	sc.chosen = 0
	kept := float32(0)
	for j := range m.sources {
		if weight[j] <= 0.05*total {
			continue
		}
		views |= 1 << j
		kept += weight[j]
		k := sc.chosen
		for ; k > 0 && weight[sc.order[k-1]] < weight[j]; k-- {
			sc.order[k] = sc.order[k-1]
		}
		sc.order[k] = j
		sc.chosen++
	}
	if !m.explore {
		for ; sc.chosen > mostViews; sc.chosen-- {
			kept -= weight[sc.order[sc.chosen-1]]
		}
	}
	m.views[i] = views
	return kept
}
