package marker

import (
	"math"

	"firescene/recon/feature"
)

// squareAt reads a square code whose black border has an outline; it reports false
// for anything else.
func squareAt(g feature.Gray, path [][2]int32) (Found, bool) {
	c, ok := corners(path)
	if !ok {
		return Found{}, false
	}
	var sigma float64
	for range 3 {
		if c, sigma, ok = sharpen(&g, &c); !ok {
			return Found{}, false
		}
	}
	h := squareTo(&c)
	id, ok := readTag(&g, &h)
	if !ok {
		return Found{}, false
	}
	mid := h.at(0.5, 0.5)
	size := 0.0
	for i := range c {
		size += distance(c[i], c[(i+1)%4]) / 4
	}
	return Found{Name: tagName(id), X: mid[0], Y: mid[1], SizePx: size, SigmaPx: max(leastSigma, sigma)}, true
}

func distance(a, b point) float64 { return math.Hypot(a[0]-b[0], a[1]-b[1]) }

// corners finds the four corners of an outline that is a convex quadrangle, in
// order around it.
func corners(path [][2]int32) (c [4]point, ok bool) {
	n := len(path)
	if n < 3*minSidePx {
		return c, false
	}
	at := func(i int) point { // around the outline as often as one likes
		i = (i%n + n) % n
		return point{float64(path[i][0]) + 0.5, float64(path[i][1]) + 0.5}
	}
	// The quadrangle of the largest area with its corners on the outline, from two
	// starts: each corner in turn moves to where it is furthest from the line of its
	// neighbours.
	best := 0.0
	for _, start := range [2]int{0, n / 8} {
		var k [4]int
		for i := range k {
			k[i] = start + i*n/4
		}
		for range 12 {
			moved := false
			for i := range 4 {
				before, after := k[(i+3)%4], k[(i+1)%4]
				if i == 0 {
					before -= n
				}
				if i == 3 {
					after += n
				}
				p, q := at(before), at(after)
				most, to := -1.0, k[i]
				for m := before + 1; m < after; m++ {
					r := at(m)
					d := math.Abs((q[0]-p[0])*(r[1]-p[1]) - (q[1]-p[1])*(r[0]-p[0]))
					if d > most || d == most && m == k[i] {
						most, to = d, m
					}
				}
				moved = moved || to != k[i]
				k[i] = to
			}
			if !moved {
				break
			}
		}
		var q [4]point
		area := 0.0
		for i := range q {
			q[i] = at(k[i])
		}
		for i := range q {
			p, r := q[i], q[(i+1)%4]
			area += (p[0]*r[1] - p[1]*r[0]) / 2
		}
		if math.Abs(area) > best {
			best, c = math.Abs(area), q
		}
	}
	area, pathArea := 0.0, 0.0
	for i := range 4 {
		p, q := c[i], c[(i+1)%4]
		area += (p[0]*q[1] - p[1]*q[0]) / 2
	}
	for i := range n {
		p, q := at(i), at(i+1)
		pathArea += (p[0]*q[1] - p[1]*q[0]) / 2
	}
	if area < 0 {
		c[1], c[3] = c[3], c[1]
		area = -area
	}
	if math.Abs(pathArea) < 0.85*area || math.Abs(pathArea) > 1.18*area {
		return c, false
	}
	return c, convex(&c)
}

// convex reports whether four corners turn the same way, none of them flat, with
// sides long enough for a code.
func convex(c *[4]point) bool {
	longest := 0.0
	for i := range 4 {
		p, q, r := c[i], c[(i+1)%4], c[(i+2)%4]
		ux, uy, vx, vy := q[0]-p[0], q[1]-p[1], r[0]-q[0], r[1]-q[1]
		lu, lv := math.Hypot(ux, uy), math.Hypot(vx, vy)
		if cross := ux*vy - uy*vx; !(cross > 0.15*lu*lv) {
			return false
		}
		if lu < minSidePx/2.5 {
			return false
		}
		longest = max(longest, lu)
	}
	return longest >= minSidePx
}

// sharpen finds the sides between dark and bright to a part of a pixel and gives
// their corners; sigma is the standard deviation of the centre.
func sharpen(g *feature.Gray, c *[4]point) (out [4]point, sigma float64, ok bool) {
	var sides [4]line
	variance, soft := 0.0, 0.0
	for i := range 4 {
		p, q := c[i], c[(i+1)%4]
		l := distance(p, q)
		// The corners run so that the outside is to the right of p to q, y down.
		nx, ny := (q[1]-p[1])/l, -(q[0]-p[0])/l
		// How wide a cell is across this side.
		cell := math.Abs((c[(i+2)%4][0]-p[0])*nx+(c[(i+2)%4][1]-p[1])*ny) / tagCells
		reach := min(8, max(1.2, 0.9*cell))
		n := int(min(100, max(8, l)))
		var pts []point
		for k := range n {
			t := 0.06 + 0.88*(float64(k)+0.5)/float64(n)
			e := point{p[0] + t*(q[0]-p[0]), p[1] + t*(q[1]-p[1])}
			if !inside(g, e) {
				continue
			}
			if s, ok := crossing(g, e, nx, ny, reach, reach); ok {
				pts = append(pts, point{e[0] + s*nx, e[1] + s*ny})
			}
		}
		if len(pts) < n/2 {
			return out, 0, false
		}
		var deviation float64
		var used int
		if sides[i], deviation, used, ok = fitLine(pts); !ok || used < n/2 || deviation > max(0.6, 0.01*l) {
			return out, 0, false
		}
		var width float64
		sides[i], width = averaged(g, sides[i], pts, point{nx, ny}, cell, reach)
		if width > 0.2*cell {
			// The black within is blurred into the edge.
			soft = max(soft, 0.03*width)
		}
		// Neighbouring samples of an edge share pixels: count one a pixel.
		variance += deviation * deviation / min(float64(used), l)
	}
	for i := range 4 {
		if out[i], ok = meet(sides[(i+3)%4], sides[i]); !ok || !inside(g, out[i]) || distance(out[i], c[i]) > 0.15*distance(c[i], c[(i+2)%4])+2 {
			return out, 0, false
		}
	}
	return out, math.Hypot(math.Sqrt(variance/4), soft), convex(&out)
}

// averaged makes a side better: the brightness across it is averaged over each of
// its halves, which leaves little of the noise, and the edges of the two averages
// are joined. pts are edges along the side, in order; those off the line are left
// out. width is the deviation of the blur.
func averaged(g *feature.Gray, l line, pts []point, out point, cell, reach float64) (better line, width float64) {
	if l.n[0]*out[0]+l.n[1]*out[1] < 0 {
		l = line{point{-l.n[0], -l.n[1]}, -l.d}
	}
	var ends [2]point
	for half := range ends {
		var on []point
		var mid point
		for _, p := range pts[half*len(pts)/2 : (half+1)*len(pts)/2] {
			off := l.n[0]*p[0] + l.n[1]*p[1] - l.d
			if math.Abs(off) > 0.3*reach {
				continue
			}
			q := point{p[0] - off*l.n[0], p[1] - off*l.n[1]}
			on = append(on, q)
			mid[0] += q[0]
			mid[1] += q[1]
		}
		if len(on) < 3 {
			return l, width
		}
		n := float64(len(on))
		across := func(t float64) float64 {
			sum := 0.0
			for _, q := range on {
				sum += sample(g, q[0]+t*l.n[0], q[1]+t*l.n[1])
			}
			return sum / n
		}
		e, ok := edgeIn(across, 0.4, reach, reach)
		if !ok {
			return l, width
		}
		if fitted, ok := e.fit(across, min(0.55*cell, max(1.3*e.width, cell-2.2*e.width))); ok {
			e = fitted
		}
		if math.Abs(e.at) > 0.3*reach {
			return l, width
		}
		t := e.at
		width = max(width, e.width)
		ends[half] = point{mid[0]/n + t*l.n[0], mid[1]/n + t*l.n[1]}
	}
	length := distance(ends[0], ends[1])
	if !(length > 0) {
		return l, width
	}
	better = line{n: point{-(ends[1][1] - ends[0][1]) / length, (ends[1][0] - ends[0][0]) / length}}
	better.d = better.n[0]*ends[0][0] + better.n[1]*ends[0][1]
	return better, width
}

// readTag reads the cells within a black border: 0 to 1 across both ways is the
// black square. Border and quiet zone must be black and white throughout.
func readTag(g *feature.Gray, h *planar) (id int, ok bool) {
	const n = tagCells + 2
	var v [n][n]float64
	for y := range n {
		for x := range n {
			sum := 0.0
			for dy := -1.0; dy <= 1; dy++ {
				for dx := -1.0; dx <= 1; dx++ {
					p := h.at((float64(x)-0.5+0.22*dx)/tagCells, (float64(y)-0.5+0.22*dy)/tagCells)
					sum += sample(g, p[0], p[1])
				}
			}
			v[y][x] = sum / 9
		}
	}
	ring := func(x, y int) int { return min(x, y, n-1-x, n-1-y) }
	// Black and white may change across the target, as light does.
	black, okB := fitShade(&v, func(x, y int) bool { return ring(x, y) == 1 })
	white, okW := fitShade(&v, func(x, y int) bool { return ring(x, y) == 0 })
	if !okB || !okW {
		return 0, false
	}
	var wrongBlack, wrongWhite int
	var word uint64
	for y := range n {
		for x := range n {
			b, w := black.at(x, y), white.at(x, y)
			if w-b < minContrast {
				return 0, false
			}
			share := (v[y][x] - b) / (w - b)
			switch r := ring(x, y); {
			case r == 0 && share < 0.6:
				wrongWhite++
			case r == 1 && share > 0.4:
				wrongBlack++
			case r > 1:
				word <<= 1
				if share > 0.5 {
					word |= 1
				}
			}
		}
	}
	if wrongBlack > 1 || wrongWhite > 4 {
		return 0, false
	}
	return lookUpTag(word)
}

// shade is a brightness that changes evenly across a target's cells.
type shade struct{ mid, dx, dy float64 }

func (s shade) at(x, y int) float64 {
	return s.mid + s.dx*(float64(x)-float64(tagCells+1)/2) + s.dy*(float64(y)-float64(tagCells+1)/2)
}

// fitShade fits a shade to the cells chosen, which lie evenly about the middle, so
// that its three parts are independent.
func fitShade(v *[tagCells + 2][tagCells + 2]float64, chosen func(x, y int) bool) (s shade, ok bool) {
	var n, xx, yy float64
	for y := range v {
		for x := range v[y] {
			if chosen(x, y) {
				cx, cy := float64(x)-float64(tagCells+1)/2, float64(y)-float64(tagCells+1)/2
				n++
				xx += cx * cx
				yy += cy * cy
				s.mid += v[y][x]
				s.dx += cx * v[y][x]
				s.dy += cy * v[y][x]
			}
		}
	}
	if n == 0 {
		return s, false
	}
	s.mid /= n
	s.dx /= xx
	s.dy /= yy
	return s, true
}
