package mvs

import (
	"context"
	"math"
	"sync"
)

// plane is a hypothesis at a pixel: inverse depth and its change a pixel to the
// right and down. In a pinhole picture a plane's inverse depth is linear, so a
// neighbour's plane is taken over exactly by adding.
type plane struct{ w, wx, wy float32 }

// matcher finds the depth map of one reference photo at one level by PatchMatch
// with slanted planes: M. Bleyer, C. Rhemann and C. Rother, PatchMatch stereo,
// BMVC 2011; checkerboard updates of S. Galliani, K. Lasinger and K. Schindler,
// Massively parallel multiview stereopsis, ICCV 2015; adaptive sampling and
// views weighted a pixel of Q. Xu and W. Tao, Multi-scale geometric consistency
// guided multi-view stereo, CVPR 2019.
type matcher struct {
	ref     *picture
	sources []source
	// The state of each pixel: plane, the weighted cost of it, and the sources
	// that had a say in it.
	planes []plane
	cost   []float32
	views  []uint8

	prior       []plane // what the pixel's surroundings suggest; w = 0: nothing
	class       []uint8 // texture of each pixel, with prior
	wFar, wNear float32
	perPx       float32 // inverse depth that moves a source's pixel by one
	geometric   bool
	seed        uint64
	iteration   int
	explore     bool // try hypotheses far from the present one
}

const (
	geometricWeight = 0.2
	maxCandidates   = 10
	goodSigma       = 0.3
	goodStart       = 0.8
	goodDecay       = 0.9
	badCost         = 1.2
	enoughGood      = 2
	tooManyBad      = 3
	minFacing       = 0.1 // cosine of the angle between normal and ray
	samePx          = 0.1
	mostViews       = 4 // that count at a pixel once the coarse shape is known
)

const bandRows = 4

// rows runs f for every row on some goroutines. The order is free: no row may
// depend on another. Once ctx is done rows are left out.
func rows(ctx context.Context, workers, n int, f func(y int, sc *scratch)) {
	var wg sync.WaitGroup
	const band = bandRows
	next := make(chan int, (n+band-1)/band)
	for y := 0; y < n; y += band {
		next <- y
	}
	close(next)
	for range min(workers, (n+band-1)/band) {
		wg.Go(func() {
			sc := &scratch{}
			for y0 := range next {
				if ctx.Err() != nil {
					return
				}
				for y := y0; y < min(y0+band, n); y++ {
					f(y, sc)
				}
			}
		})
	}
	wg.Wait()
}

// scratch is a worker's memory for one pixel.
type scratch struct {
	patch patch
	base  [maxSources][3]float32
	cand  [maxCandidates]plane
	times [maxCandidates]int
	costs [maxCandidates][maxSources]float32
	rng   splitmix
	// order lists the sources that count at the pixel.
	order  [maxSources]int
	chosen int
}

type splitmix uint64

func (s *splitmix) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit is uniform in [0, 1).
func (s *splitmix) unit() float32 { return float32(s.next()>>40) / (1 << 24) }

// begin prepares the scratch for a pixel.
func (m *matcher) begin(sc *scratch, x, y int) {
	sc.patch.fill(m.ref, x, y)
	fx, fy := float32(x), float32(y)
	for j := range m.sources {
		q := &m.sources[j].m
		sc.base[j] = [3]float32{q[0]*fx + q[1]*fy + q[2], q[3]*fx + q[4]*fy + q[5], q[6]*fx + q[7]*fy + q[8]}
	}
	sc.rng = splitmix(m.seed ^ uint64(m.iteration)<<56 ^ uint64(y)<<24 ^ uint64(x))
	sc.rng.next()
}

// match is the cost of a plane in one source.
func (m *matcher) match(sc *scratch, j int, p plane) float32 {
	s := &m.sources[j]
	b, t := &sc.base[j], &s.t
	h := [9]float32{
		s.m[0] + t[0]*p.wx, s.m[1] + t[0]*p.wy, b[0] + t[0]*p.w,
		s.m[3] + t[1]*p.wx, s.m[4] + t[1]*p.wy, b[1] + t[1]*p.w,
		s.m[6] + t[2]*p.wx, s.m[7] + t[2]*p.wy, b[2] + t[2]*p.w,
	}
	return dissimilarity(&sc.patch, s, &h)
}

// allowed reports whether a plane lies in the depth range and faces the camera.
func (m *matcher) allowed(x, y float32, p plane) bool {
	if !(p.w >= m.wFar && p.w <= m.wNear) {
		return false
	}
	k := &m.ref.k
	dx, dy := x-float32(k.cx), y-float32(k.cy)
	nx, ny, nz := p.wx*float32(k.f), p.wy*float32(k.g), p.w-p.wx*dx-p.wy*dy
	rx, ry := dx/float32(k.f), dy/float32(k.g)
	return p.w*p.w >= minFacing*minFacing*(nx*nx+ny*ny+nz*nz)*(1+rx*rx+ry*ry)
}

// random is a plane anywhere in the range.
func (m *matcher) random(sc *scratch, x, y float32) plane {
	p := plane{w: m.wFar + (m.wNear-m.wFar)*sc.rng.unit()}
	for range 4 {
		p.wx = (2*sc.rng.unit() - 1) * 1.5 * p.w / float32(m.ref.k.f)
		p.wy = (2*sc.rng.unit() - 1) * 1.5 * p.w / float32(m.ref.k.g)
		if m.allowed(x, y, p) {
			return p
		}
	}
	return plane{w: p.w}
}

// start gives every pixel without a plane a random one.
func (m *matcher) start(ctx context.Context, workers int) {
	rows(ctx, workers, m.ref.h, func(y int, sc *scratch) {
		for x := range m.ref.w {
			i := y*m.ref.w + x
			m.views[i] = 0xff
			if m.ref.unused != nil && m.ref.unused[i] {
				m.planes[i] = plane{}
				m.cost[i] = maxCost
				continue
			}
			m.begin(sc, x, y)
			if !m.allowed(float32(x), float32(y), m.planes[i]) {
				m.planes[i] = m.random(sc, float32(x), float32(y))
			}
			m.cost[i] = m.firstCost(sc, x, y, m.planes[i])
		}
	})
}

// firstCost is the mean of the better half of the sources.
func (m *matcher) firstCost(sc *scratch, x, y int, p plane) float32 {
	n := len(m.sources)
	var c [maxSources]float32
	for j := range n {
		v := m.match(sc, j, p)
		if m.geometric {
			v += geometricWeight * m.sources[j].returnError(float32(x), float32(y), p.w)
		}
		k := j
		for ; k > 0 && c[k-1] > v; k-- {
			c[k] = c[k-1]
		}
		c[k] = v
	}
	half := (n + 1) / 2
	var sum float32
	for _, v := range c[:half] {
		sum += v
	}
	return sum / float32(half)
}

// sweep lets every pixel choose among its own plane, planes of its surroundings
// and changed ones: first the red pixels of a checkerboard, then the black, so
// that none reads what another is writing.
func (m *matcher) sweep(ctx context.Context, workers int) {
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
				v += geometricWeight * m.sources[j].returnError(fx, fy, sc.cand[c].w)
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
	limit := float32(goodStart * math.Pow(goodDecay, float64(m.iteration)))
	limit = max(limit, 0.3)
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
			if v < limit {
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
				step := float32(math.Exp2(float64(-6*sc.rng.unit()))) * 2 * m.perPx
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
			turn := float32(math.Exp2(float64(-5*sc.rng.unit()))) * q.w
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
				v += geometricWeight * m.sources[j].returnError(fx, fy, q.w)
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
