package marker

import (
	"math"

	"firescene/recon/feature"
)

// point is a place in the photo, in pixels with (0,0) at its corner.
type point [2]float64

// sample is the brightness at a place, between the centres of four pixels; outside
// of the photo that of its border.
func sample(g *feature.Gray, x, y float64) float64 {
	x, y = min(max(x-0.5, 0), float64(g.W-1)), min(max(y-0.5, 0), float64(g.H-1))
	ix, iy := min(int(x), g.W-2), min(int(y), g.H-2)
	fx, fy := x-float64(ix), y-float64(iy)
	i := iy*g.W + ix
	a, b := float64(g.Pix[i]), float64(g.Pix[i+1])
	c, d := float64(g.Pix[i+g.W]), float64(g.Pix[i+g.W+1])
	return (a+(b-a)*fx)*(1-fy) + (c+(d-c)*fx)*fy
}

func inside(g *feature.Gray, p point) bool {
	return p[0] >= 1 && p[1] >= 1 && p[0] <= float64(g.W-1) && p[1] <= float64(g.H-1)
}

const edgeSteps = 48 // most samples to either side of an edge

// crossing finds the edge from dark to bright nearest to p along a direction: how far
// along, in the direction's length. back and ahead are how far the dark and the
// bright side reach. The edge is where the brightness is the mean of those a little
// before and behind: unlike the middle of dark and bright it does not move when a
// blurred neighbour lifts one of them.
func crossing(g *feature.Gray, p point, dx, dy, back, ahead float64) (at float64, ok bool) {
	length := math.Hypot(dx, dy)
	if !(length > 0) {
		return 0, false
	}
	step := 0.4 / length
	nb, na := min(edgeSteps, int(back/step)), min(edgeSteps, int(ahead/step))
	if nb < 2 || na < 2 {
		return 0, false
	}
	var buf [2*edgeSteps + 1]float64
	v := buf[:nb+na+1]
	dark, bright := math.Inf(1), math.Inf(-1)
	for i := range v {
		t := float64(i-nb) * step
		v[i] = sample(g, p[0]+t*dx, p[1]+t*dy)
		if i <= nb {
			dark = min(dark, v[i])
		}
		if i >= nb {
			bright = max(bright, v[i])
		}
	}
	if bright-dark < minContrast {
		return 0, false
	}
	level := (bright + dark) / 2
	best, steepest := math.Inf(1), 0.0
	for i := 1; i < len(v); i++ {
		steepest = max(steepest, v[i]-v[i-1])
		if v[i-1] < level && v[i] >= level {
			t := (float64(i-1-nb) + (level-v[i-1])/(v[i]-v[i-1])) * step
			if math.Abs(t) < math.Abs(best) {
				best = t
			}
		}
	}
	if math.IsInf(best, 1) {
		return 0, false
	}
	// The width of the edge by its steepest slope, as of a Gaussian blur.
	width := (bright - dark) / (steepest / step) / math.Sqrt(2*math.Pi)
	w := min(1.3*width, back/2, ahead/2)
	w = max(w, 1/length)
	f := func(t float64) float64 {
		at := func(t float64) float64 { return sample(g, p[0]+t*dx, p[1]+t*dy) }
		return at(t) - (at(t+w)+at(t-w))/2
	}
	lo, hi := best-w, best+w
	flo, fhi := f(lo), f(hi)
	if !(flo < 0 && fhi > 0) {
		return best, true
	}
	for range 20 {
		mid := (lo + hi) / 2
		if f(mid) < 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2, true
}

// line is n.p = d with n of unit length.
type line struct {
	n point
	d float64
}

// fitLine is the line with the least squares of distances, without what lies
// further than 2.5 deviations; sigma is the deviation of a point of the others.
func fitLine(pts []point) (l line, sigma float64, used int, ok bool) {
	keep := math.Inf(1)
	for range 4 {
		var n, sx, sy, sxx, sxy, syy float64
		for _, p := range pts {
			if math.Abs(l.n[0]*p[0]+l.n[1]*p[1]-l.d) > keep {
				continue
			}
			n++
			sx += p[0]
			sy += p[1]
			sxx += p[0] * p[0]
			sxy += p[0] * p[1]
			syy += p[1] * p[1]
		}
		if n < 5 {
			return l, 0, int(n), false
		}
		mx, my := sx/n, sy/n
		vxx, vxy, vyy := sxx/n-mx*mx, sxy/n-mx*my, syy/n-my*my
		a := math.Atan2(2*vxy, vxx-vyy) / 2 // of the line
		l.n = point{-math.Sin(a), math.Cos(a)}
		l.d = l.n[0]*mx + l.n[1]*my
		small, _ := axes([3]float64{vxx, vxy, vyy})
		sigma = math.Sqrt(max(0, small) * n / (n - 2))
		used = int(n)
		keep = max(2.5*sigma, 0.05)
	}
	return l, sigma, used, true
}

func meet(a, b line) (point, bool) {
	det := a.n[0]*b.n[1] - a.n[1]*b.n[0]
	if math.Abs(det) < 0.05 {
		return point{}, false
	}
	return point{(a.d*b.n[1] - b.d*a.n[1]) / det, (a.n[0]*b.d - b.n[0]*a.d) / det}, true
}

// planar is a homography from a target's plane to the photo, row-major.
type planar [9]float64

func (h *planar) at(x, y float64) point {
	w := h[6]*x + h[7]*y + h[8]
	return point{(h[0]*x + h[1]*y + h[2]) / w, (h[3]*x + h[4]*y + h[5]) / w}
}

// squareTo is the homography that takes the corners (0,0) (1,0) (1,1) (0,1) to
// those given (P. Heckbert, Fundamentals of texture mapping and image warping,
// 1989).
func squareTo(c *[4]point) planar {
	dx1, dx2, sx := c[1][0]-c[2][0], c[3][0]-c[2][0], c[0][0]-c[1][0]+c[2][0]-c[3][0]
	dy1, dy2, sy := c[1][1]-c[2][1], c[3][1]-c[2][1], c[0][1]-c[1][1]+c[2][1]-c[3][1]
	det := dx1*dy2 - dx2*dy1
	g, h := (sx*dy2-dx2*sy)/det, (dx1*sy-sx*dy1)/det
	return planar{
		c[1][0] - c[0][0] + g*c[1][0], c[3][0] - c[0][0] + h*c[3][0], c[0][0],
		c[1][1] - c[0][1] + g*c[1][1], c[3][1] - c[0][1] + h*c[3][1], c[0][1],
		g, h, 1,
	}
}
