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

// crossing finds where the brightness rises through the middle of what lies on both
// sides, along a direction from p, nearest to p: how far along, in the direction's
// length. back and ahead are how far the dark and the bright side reach.
func crossing(g *feature.Gray, p point, dx, dy, back, ahead float64) (at float64, ok bool) {
	length := math.Hypot(dx, dy)
	if !(length > 0) {
		return 0, false
	}
	e, ok := edgeIn(func(t float64) float64 { return sample(g, p[0]+t*dx, p[1]+t*dy) }, 0.4/length, back, ahead)
	return e.at, ok
}

// edge is a rise of the brightness as of a step that was blurred.
type edge struct{ at, width, dark, rise float64 }

// edgeIn finds the rise nearest to zero in a brightness that is sampled in steps.
func edgeIn(f func(t float64) float64, step, back, ahead float64) (e edge, ok bool) {
	nb, na := min(edgeSteps, int(back/step)), min(edgeSteps, int(ahead/step))
	if nb < 2 || na < 2 {
		return e, false
	}
	var buf [2*edgeSteps + 1]float64
	v := buf[:nb+na+1]
	dark, bright := math.Inf(1), math.Inf(-1)
	for i := range v {
		v[i] = f(float64(i-nb) * step)
		if i <= nb {
			dark = min(dark, v[i])
		}
		if i >= nb {
			bright = max(bright, v[i])
		}
	}
	if bright-dark < minContrast {
		return e, false
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
	// The width by the steepest slope, as of a Gaussian blur.
	e = edge{at: best, width: (bright - dark) / (steepest / step) / math.Sqrt(2*math.Pi), dark: dark, rise: bright - dark}
	return e, !math.IsInf(best, 1)
}

// fit makes an edge explain the brightness about it best, in least squares: a step
// under a Gaussian blur. Only what is within most counts, so that other edges do
// not.
func (e edge) fit(f func(t float64) float64, most float64) (edge, bool) {
	const half = 14
	reach := max(1, min(most, 3.5*e.width))
	mid := e.at
	var v [2*half + 1]float64
	for i := range v {
		v[i] = f(mid + reach*float64(i-half)/half)
	}
	for range 8 {
		var n [4][5]float64
		for i := range v {
			u := (mid + reach*float64(i-half)/half - e.at) / e.width
			step := 0.5 * math.Erfc(-u/math.Sqrt2)
			bell := e.rise * math.Exp(-u*u/2) / math.Sqrt(2*math.Pi)
			j := [5]float64{-bell / e.width, -bell * u, 1, step, v[i] - e.dark - e.rise*step}
			for a := range n {
				for b := range n[a] {
					n[a][b] += j[a] * j[b]
				}
			}
		}
		d, ok := solve4(&n)
		if !ok {
			return e, false
		}
		e.at += d[0]
		e.width *= math.Exp(min(max(d[1], -0.5), 0.5))
		e.dark += d[2]
		e.rise += d[3]
		if !(math.Abs(e.at-mid) < reach) || !(e.rise > 0) || !(e.width > 0.05*reach) {
			return e, false
		}
	}
	return e, true
}

// solve4 solves four normal equations, given with their right side, by elimination.
func solve4(n *[4][5]float64) (x [4]float64, ok bool) {
	for i := range n {
		n[i][i] *= 1 + 1e-9
	}
	for i := range n {
		if !(n[i][i] > 0) {
			return x, false
		}
		for r := i + 1; r < 4; r++ {
			f := n[r][i] / n[i][i]
			for c := i; c < 5; c++ {
				n[r][c] -= f * n[i][c]
			}
		}
	}
	for i := 3; i >= 0; i-- {
		x[i] = n[i][4]
		for c := i + 1; c < 4; c++ {
			x[i] -= n[i][c] * x[c]
		}
		x[i] /= n[i][i]
	}
	return x, true
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
