package mvs

import (
	"context"
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
	trust       float32 // cost of a pixel of return error
	geometric   bool
	seed        uint64
	iteration   int
	good        float32 // cost below which a match speaks for a source, in the present sweep
	explore     bool    // try hypotheses far from the present one
}

const (
	geometricWeight = 0.2
	// When a finer level begins, the other maps still lack its detail.
	detailWeight  = 0.05
	maxCandidates = 10
	goodSigma     = 0.3
	goodStart     = 0.8
	goodDecay     = 0.9
	leastGood     = 0.3
	badCost       = 1.2
	enoughGood    = 2
	tooManyBad    = 3
	minFacing     = 0.1 // cosine of the angle between normal and ray
	samePx        = 0.1
	mostViews     = 4 // that count at a pixel once the coarse shape is known
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
			v += m.trust * m.sources[j].returnError(float32(x), float32(y), p.w)
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
