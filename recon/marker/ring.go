package marker

import (
	"math"
	"math/bits"

	"firescene/recon/feature"
	"gonum.org/v1/gonum/mat"
)

const (
	ringSamples = 120 // around a ring, ten a segment
	minSegment  = 0.2 // of the contrast, that a segment is off the middle between black and white
)

// ringAt reads a ring target whose dot is a dark part; it reports false for
// anything else.
func ringAt(g feature.Gray, p *part) (Found, bool) {
	cx, cy, a, ok := p.ellipse()
	if !ok {
		return Found{}, false
	}
	// From the photo to the target's plane, with the dot as the unit circle.
	_, large := axes(a)
	if cx < 2*large || cy < 2*large || cx > float64(g.W)-2*large || cy > float64(g.H)-2*large {
		return Found{}, false
	}
	h := planar{a[0], a[1], cx, a[1], a[2], cy, 0, 0, 1}
	if !whiteGap(&g, &h) {
		return Found{}, false
	}
	if h, ok = leant(&g, h, a); !ok {
		return Found{}, false
	}
	var sigma float64
	var code uint
	for range 3 {
		var start float64
		if code, start, ok = readRing(&g, &h); !ok {
			return Found{}, false
		}
		if h, sigma, ok = fitRing(&g, h, code, start); !ok {
			return Found{}, false
		}
	}
	if code, _, ok = readRing(&g, &h); !ok {
		return Found{}, false
	}
	mid := h.at(0, 0)
	return Found{Name: ringName(ringCode(code)), X: mid[0], Y: mid[1], SigmaPx: max(leastSigma, sigma), SizePx: 2 * ringOuter * large}, true
}

// leans are how much nearer one side of a target is tried to be, a radius of the
// dot from its centre: the dot alone hardly shows it.
var leans = [...]float64{0, 0.03, -0.03, 0.06, -0.06, 0.09, -0.09}

// leant finds the perspective with which a ring can be read. A circle's picture is
// narrow in the direction in which its plane leans.
func leant(g *feature.Gray, h planar, a [3]float64) (planar, bool) {
	// The narrow axis is the same in the picture and in the plane.
	angle := math.Atan2(2*a[1], a[0]-a[2])/2 + math.Pi/2
	c, s := math.Cos(angle), math.Sin(angle)
	for _, lean := range leans {
		q := h
		q[6], q[7] = lean*c, lean*s
		q[0], q[1] = q[0]+h[2]*q[6], q[1]+h[2]*q[7]
		q[3], q[4] = q[3]+h[5]*q[6], q[4]+h[5]*q[7]
		if _, _, ok := readRing(g, &q); ok {
			return q, true
		}
	}
	return h, false
}

// whiteGap reports whether a dark dot has a bright ring about it.
func whiteGap(g *feature.Gray, h *planar) bool {
	p := h.at(0, 0)
	dot := sample(g, p[0], p[1])
	for k := range 24 {
		angle := 2 * math.Pi * float64(k) / 24
		p := h.at(1.5*math.Cos(angle), 1.5*math.Sin(angle))
		if sample(g, p[0], p[1])-dot < minContrast {
			return false
		}
	}
	return true
}

// readRing reads the twelve segments about a dot: the code, lowest bit first from
// the angle start on. It asks for a black dot, a white ring about it, segments that
// are black or white throughout, and white around.
func readRing(g *feature.Gray, h *planar) (code uint, start float64, ok bool) {
	at := func(r, angle float64) float64 {
		p := h.at(r*math.Cos(angle), r*math.Sin(angle))
		return sample(g, p[0], p[1])
	}
	var dot float64
	for k := range 12 {
		dot += at(0.35, float64(k)*math.Pi/6) / 12
	}
	var gap, ring, quiet [ringSamples]float64
	white := 0.0
	for k := range ringSamples {
		angle := 2 * math.Pi * float64(k) / ringSamples
		gap[k] = at(1.5, angle)
		ring[k] = (at(2.3, angle) + at(2.5, angle) + at(2.7, angle)) / 3
		quiet[k] = at(3.5, angle)
		white += gap[k] / ringSamples
	}
	contrast := white - dot
	if contrast < minContrast {
		return 0, 0, false
	}
	share := func(v float64) float64 { return (v - dot) / contrast }
	outside := 0
	for k := range ringSamples {
		if share(gap[k]) < 0.7 {
			return 0, 0, false
		}
		if share(quiet[k]) < 0.6 {
			outside++
		}
	}
	if outside > ringSamples/20 {
		return 0, 0, false
	}
	// Where the segments begin: within them the ring is even.
	const each = ringSamples / ringBits
	best, first := math.Inf(1), 0
	for offset := range each {
		uneven := 0.0
		for s := range ringBits {
			sum, sum2 := 0.0, 0.0
			for k := range each {
				v := share(ring[(offset+s*each+k)%ringSamples])
				sum += v
				sum2 += v * v
			}
			uneven += sum2 - sum*sum/each
		}
		if uneven < best {
			best, first = uneven, offset
		}
	}
	if best/ringSamples > 0.04 {
		return 0, 0, false
	}
	for s := range ringBits {
		sum := 0.0
		for k := 2; k < each-2; k++ {
			sum += share(ring[(first+s*each+k)%ringSamples]) / (each - 4)
		}
		if math.Abs(sum-0.5) < minSegment || sum > 1.4 || sum < -0.4 {
			return 0, 0, false
		}
		if sum < 0.5 {
			code |= 1 << s
		}
	}
	if !validRing(ringCode(code)) {
		return 0, 0, false
	}
	// Sample k is at the middle of its share of the circle: the segment begins half
	// a sample before.
	return code, 2 * math.Pi * (float64(first) - 0.5) / ringSamples, true
}

// fitRing makes the homography explain the edges of dot and segments best: Gauss
// and Newton's steps on how far they are from their circles, in pixels. A turn
// about the centre changes nothing and is held.
func fitRing(g *feature.Gray, h planar, code uint, start float64) (planar, float64, bool) {
	type edge struct {
		at point
		r  float64
	}
	var edges []edge
	add := func(r, angle, in float64) {
		c, s := math.Cos(angle), math.Sin(angle)
		p := h.at(r*c, r*s)
		q := h.at((r+in)*c, (r+in)*s) // towards the bright side
		dx, dy := q[0]-p[0], q[1]-p[1]
		if t, ok := crossing(g, p, dx, dy, 0.9, 0.9); ok && inside(g, p) {
			edges = append(edges, edge{point{p[0] + t*dx, p[1] + t*dy}, r})
		}
	}
	for k := range 48 {
		add(1, 2*math.Pi*float64(k)/48, 0.5)
	}
	if len(edges) < 40 {
		return h, 0, false
	}
	for s := range ringBits {
		if code>>s&1 == 0 {
			continue
		}
		for k := range 5 {
			angle := start + 2*math.Pi/ringBits*(float64(s)+0.2+0.15*float64(k))
			add(ringInner, angle, -0.5)
			add(ringOuter, angle, 0.5)
		}
	}
	if len(edges) < 48+bits.OnesCount(code)*5 {
		return h, 0, false
	}
	// In pixels about the dot, for the sake of the numbers; the inverse goes from
	// there to the plane.
	origin := h.at(0, 0)
	h = h.moved(-origin[0], -origin[1])
	for i := range edges {
		edges[i].at[0] -= origin[0]
		edges[i].at[1] -= origin[1]
	}
	inv, ok := inverted(&h)
	if !ok {
		return h, 0, false
	}
	sigma := 0.0
	var normal mat.SymDense
	for range 6 {
		normal = *mat.NewSymDense(8, nil)
		right := mat.NewVecDense(8, nil)
		sum := 0.0
		for _, e := range edges {
			x, y := e.at[0], e.at[1]
			w := inv[6]*x + inv[7]*y + inv[8]
			u, v := (inv[0]*x+inv[1]*y+inv[2])/w, (inv[3]*x+inv[4]*y+inv[5])/w
			r := math.Hypot(u, v)
			cu, cv := u/r, v/r
			// Pixels that the radius takes here.
			p, q := h.at(u, v), h.at(u*1.01, v*1.01)
			scale := distance(p, q) / (0.01 * r)
			res := (e.r - r) * scale
			f := scale / w
			j := mat.NewVecDense(8, []float64{
				f * cu * x, f * cu * y, f * cu,
				f * cv * x, f * cv * y, f * cv,
				-f * (cu*u + cv*v) * x, -f * (cu*u + cv*v) * y,
			})
			normal.SymRankOne(&normal, 1, j)
			right.AddScaledVec(right, res, j)
			sum += res * res
		}
		sigma = math.Sqrt(sum / float64(len(edges)-7))
		for i := range 8 {
			normal.SetSym(i, i, normal.At(i, i)*(1+1e-9))
		}
		var chol mat.Cholesky
		step := mat.NewVecDense(8, nil)
		if !chol.Factorize(&normal) {
			return h, 0, false
		}
		if err := chol.SolveVecTo(step, right); err != nil && math.IsNaN(mat.Norm(step, 2)) {
			return h, 0, false
		}
		for i := range 8 {
			inv[i] += step.AtVec(i)
		}
		if h, ok = inverted(&inv); !ok {
			return h, 0, false
		}
	}
	if sigma > 0.5 {
		return h, 0, false
	}
	return h.moved(origin[0], origin[1]), centreSigma(sigma, len(edges)), true
}

// moved is the homography with its pictures moved.
func (h planar) moved(dx, dy float64) planar {
	for i := range 3 {
		h[i] += dx * h[6+i]
		h[3+i] += dy * h[6+i]
	}
	return h
}

// centreSigma is the standard deviation of a ring's centre: edges all around hold
// each coordinate as half of them would, and telling where the dot's picture has
// its middle from where the centre is costs some of it.
func centreSigma(sigma float64, edges int) float64 { return 1.5 * sigma * math.Sqrt(2/float64(edges)) }

// inverted is the inverse of a homography with its last element one.
func inverted(h *planar) (planar, bool) {
	c := planar{
		h[4]*h[8] - h[5]*h[7], h[2]*h[7] - h[1]*h[8], h[1]*h[5] - h[2]*h[4],
		h[5]*h[6] - h[3]*h[8], h[0]*h[8] - h[2]*h[6], h[2]*h[3] - h[0]*h[5],
		h[3]*h[7] - h[4]*h[6], h[1]*h[6] - h[0]*h[7], h[0]*h[4] - h[1]*h[3],
	}
	if !(math.Abs(c[8]) > 1e-12) {
		return c, false
	}
	for i := range c {
		c[i] /= c[8]
	}
	return c, true
}
