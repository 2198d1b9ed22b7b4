package register

import (
	"math"
	"slices"

	"firescene/recon/neighbours"
)

// evidence is what speaks for and against a place of scan b in the frame of a.
type evidence struct {
	// Matched counts points of either scan that lie on the other's surface and face
	// the same side; Against those that the other scanner would have had to see in
	// front of what it saw, or from behind.
	Matched, Against, All int
	OverlapA, OverlapB    float64 // share of each scan's points that lie on the other
}

// contradiction is the share of what can be told that speaks against the place.
func (e *evidence) contradiction() float64 {
	return float64(e.Against) / float64(max(e.Matched+e.Against, 1))
}

// overlap is the larger share of the two.
func (e *evidence) overlap() float64 { return max(e.OverlapA, e.OverlapB) }

// againstWeight is how many matches one contradiction outweighs: surfaces meet by
// chance in every room, seeing through a wall does not happen.
const againstWeight = 10

// quick scores a place by few points of the coarse levels.
func quick(a, b *prepared, t *rigid, count int) float64 {
	inv := t.inverse()
	return quickOne(a, b, t, count) + quickOne(b, a, &inv, count)
}

// quickOne scores by the points of b as a sees them.
func quickOne(a, b *prepared, t *rigid, count int) float64 {
	l := &b.levels[coarse]
	sample := first(l.sample, count)
	tol := a.length
	score := 0.0
	search := a.levels[coarse].index.NewSearch()
	for _, i := range sample {
		p, n := t.apply(wide(l.p[i])), t.turn(wide(l.n[i]))
		if a.view != nil {
			switch a.view.look(p, tol) {
			case free:
				score -= againstWeight
				continue
			case hidden, unseen:
				continue
			}
			if facing(n, p, a.eye) < -0.3 {
				score -= againstWeight
				continue
			}
		}
		if near := search.Nearest(float32(p[0]), float32(p[1]), float32(p[2]), 1, float32(tol*tol)); len(near) > 0 {
			if dot(n, wide(a.levels[coarse].n[near[0].Slot])) > 0.8 {
				score++
			}
		}
	}
	return score / float64(max(len(sample), 1))
}

// facing is the cosine between a normal and the direction to the eye.
func facing(n, p, eye [3]float64) float64 {
	d := sub(eye, p)
	return dot(n, d) / max(norm(d), 1e-12)
}

// judge weighs a refined place by many points of the fine levels.
func judge(a, b *prepared, t *rigid, count, workers int) evidence {
	inv := t.inverse()
	var e evidence
	for side := range 2 {
		x, y, m := a, b, t
		if side == 1 {
			x, y, m = b, a, &inv
		}
		sample := first(y.levels[fine].sample, count)
		const chunks = 16
		var part [chunks][3]int
		parallel(workers, chunks, func(c int) {
			s := x.levels[fine].index.NewSearch()
			for k := c; k < len(sample); k += chunks {
				switch sightOf(x, y, m, sample[k], s) {
				case surface:
					part[c][0]++
				case free:
					part[c][1]++
				}
				part[c][2]++
			}
		})
		matched, all := 0, 0
		for _, p := range part {
			matched += p[0]
			e.Against += p[1]
			all += p[2]
		}
		e.Matched += matched
		e.All += all
		share := float64(matched) / float64(max(all, 1))
		if side == 0 {
			e.OverlapB = share
		} else {
			e.OverlapA = share
		}
	}
	return e
}

// judged is how many points of each scan are weighed.
const judged = 12000

// sightOf tells whether a fine point of b lies on a surface of a, where it can not
// be, or neither.
func sightOf(a, b *prepared, t *rigid, i int32, search *neighbours.Search) sight {
	l := &b.levels[fine]
	p, n := t.apply(wide(l.p[i])), t.turn(wide(l.n[i]))
	tol := 0.3 * a.length
	near := search.Nearest(float32(p[0]), float32(p[1]), float32(p[2]), 3, float32(0.25*a.length*a.length))
	for _, h := range near {
		q, m := wide(a.levels[fine].p[h.Slot]), wide(a.levels[fine].n[h.Slot])
		if dot(n, m) > 0.8 && math.Abs(dot(m, sub(p, q))) < 0.2*a.length {
			return surface
		}
	}
	if a.view == nil {
		return unseen
	}
	switch s := a.view.look(p, tol); s {
	case free:
		return free
	case surface: // seen there, and not there: only its back says something
		if l.flat[i] < 0.05 && facing(n, p, a.eye) < -0.3 && len(near) > 0 {
			return free
		}
	}
	return unseen
}

// distinct keeps the best of guesses that lie close together: within a turn and,
// at the middle of b, a distance.
func distinct(list []guess, mid [3]float64, turn, dist float64, most int) []guess {
	slices.SortStableFunc(list, func(x, y guess) int {
		switch {
		case x.score > y.score:
			return -1
		case x.score < y.score:
			return 1
		}
		return 0
	})
	var out []guess
	for _, g := range list {
		fresh := true
		for i := range out {
			if same(&out[i].t, &g.t, mid, turn, dist) {
				fresh = false
				break
			}
		}
		if fresh {
			if out = append(out, g); len(out) == most {
				break
			}
		}
	}
	return out
}

// same reports whether two places agree within a turn and a distance at mid.
func same(a, b *rigid, mid [3]float64, turn, dist float64) bool {
	if norm(sub(a.apply(mid), b.apply(mid))) > dist {
		return false
	}
	inv := a.inverse()
	d := inv.mul(b)
	return d.angle() < turn
}
