package marker

import "math"

// part is a connected dark part of the photo.
type part struct {
	label                 int32
	x0, y0, x1, y1        int // inclusive
	startX                int // its leftmost pixel in row y0
	n                     float64
	sx, sy, sxx, sxy, syy float64
}

// partMap holds the label of each pixel, -1 where it is bright, and the parts that
// can be targets.
type partMap struct {
	w, h   int
	labels []int32 // of runs joined: see root
	list   []part
}

// darkParts joins dark pixels to parts, corners included, by runs and union-find
// (A. Rosenfeld and J. Pfaltz, Sequential operations in digital picture
// processing, JACM 1966).
func darkParts(dark []bool, w, h int) *partMap {
	m := &partMap{w: w, h: h, labels: make([]int32, w*h)}
	var parent []int32
	find := func(a int32) int32 {
		for parent[a] != a {
			parent[a] = parent[parent[a]]
			a = parent[a]
		}
		return a
	}
	var all []part // one a run label, joined later
	for y := range h {
		row := dark[y*w : (y+1)*w]
		out := m.labels[y*w : (y+1)*w]
		for x := 0; x < w; {
			if !row[x] {
				out[x] = -1
				x++
				continue
			}
			to := x
			for to < w && row[to] {
				to++
			}
			label := int32(-1)
			if y > 0 {
				above := m.labels[(y-1)*w : y*w]
				for k := max(0, x-1); k <= min(w-1, to); k++ {
					if above[k] < 0 {
						continue
					}
					r := find(above[k])
					switch {
					case label < 0:
						label = r
					case r != label:
						a, b := min(r, label), max(r, label)
						parent[b] = a
						label = a
					}
				}
			}
			if label < 0 {
				label = int32(len(parent))
				parent = append(parent, label)
				all = append(all, part{label: label, x0: x, y0: y, x1: to - 1, y1: y, startX: x})
			}
			for k := x; k < to; k++ {
				out[k] = label
			}
			all[label].addRun(x, to, y)
			x = to
		}
	}
	// A root has the lowest label of its part, and so its first row.
	for i := range all {
		if r := find(int32(i)); r != int32(i) {
			all[r].join(&all[i])
		}
	}
	for i, l := range m.labels {
		if l >= 0 {
			m.labels[i] = find(l)
		}
	}
	for i := range all {
		p := &all[i]
		if find(int32(i)) == int32(i) && p.x1-p.x0+1 >= int(minDotPx) && p.y1-p.y0+1 >= int(minDotPx) {
			m.list = append(m.list, *p)
		}
	}
	return m
}

// addRun adds pixels x..to-1 of a row, whose centres are half a pixel further.
func (p *part) addRun(x, to, y int) {
	p.x0, p.x1, p.y1 = min(p.x0, x), max(p.x1, to-1), max(p.y1, y)
	n := float64(to - x)
	a, b := float64(x)+0.5, float64(to)-0.5
	mid := (a + b) / 2
	cy := float64(y) + 0.5
	p.n += n
	p.sx += n * mid
	p.sy += n * cy
	p.sxx += n*mid*mid + n*(n*n-1)/12
	p.sxy += n * mid * cy
	p.syy += n * cy * cy
}

func (p *part) join(q *part) {
	p.x0, p.x1, p.y1 = min(p.x0, q.x0), max(p.x1, q.x1), max(p.y1, q.y1)
	p.n += q.n
	p.sx += q.sx
	p.sy += q.sy
	p.sxx += q.sxx
	p.sxy += q.sxy
	p.syy += q.syy
}

// ellipse is that with the same moments: its centre, and the symmetric matrix that
// takes the unit circle to it. It reports false where the part is no ellipse.
func (p *part) ellipse() (cx, cy float64, a [3]float64, ok bool) {
	cx, cy = p.sx/p.n, p.sy/p.n
	vxx, vxy, vyy := p.sxx/p.n-cx*cx+1.0/12, p.sxy/p.n-cx*cy, p.syy/p.n-cy*cy+1.0/12
	det := vxx*vyy - vxy*vxy
	if !(det > 0) {
		return 0, 0, a, false
	}
	s := math.Sqrt(det)
	// The root of the matrix of second moments; an ellipse's are a quarter of the
	// squares of its semi-axes.
	t := math.Sqrt(vxx + vyy + 2*s)
	a = [3]float64{2 * (vxx + s) / t, 2 * vxy / t, 2 * (vyy + s) / t}
	area := math.Pi * 4 * s
	small, large := axes(a)
	if p.n < 0.88*area || p.n > 1.12*area || 2*small < minDotPx || 2*large > maxDotPx || small < 0.25*large {
		return cx, cy, a, false
	}
	return cx, cy, a, true
}

// axes are the eigenvalues of a symmetric matrix xx, xy, yy.
func axes(a [3]float64) (small, large float64) {
	mid, d := (a[0]+a[2])/2, math.Hypot((a[0]-a[2])/2, a[1])
	return mid - d, mid + d
}

// maySquare reports whether the outline is worth a walk.
func (p *part) maySquare() bool {
	w, h := p.x1-p.x0+1, p.y1-p.y0+1
	// A square code is a quarter dark at least; seen sharply from the side its box
	// is twice its area.
	return max(w, h) >= minSidePx && min(w, h) >= minSidePx/3 && p.n > 0.1*float64(w*h)
}

// tracer walks around parts; it keeps its memory.
type tracer struct{ path [][2]int32 }

// maxWalk bounds a walk: no target's outline is longer.
const maxWalk = 40000

// around gives the pixels of a part's outer border in order (Moore's neighbour
// tracing), nil where it is too long.
func (t *tracer) around(m *partMap, p *part) [][2]int32 {
	t.path = t.path[:0]
	steps := [8][2]int{{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}}
	in := func(x, y int) bool {
		return x >= 0 && y >= 0 && x < m.w && y < m.h && m.labels[y*m.w+x] == p.label
	}
	x, y, dir := p.startX, p.y0, 0
	x0, y0, first := x, y, -1
	for len(t.path) < maxWalk {
		moved := false
		for k := range 8 {
			d := (dir + 5 + k) % 8 // from the pixel behind to the left, turning right
			nx, ny := x+steps[d][0], y+steps[d][1]
			if !in(nx, ny) {
				continue
			}
			if x == x0 && y == y0 {
				if first == d {
					return t.path // about to leave the start as at first
				}
				if first < 0 {
					first = d
				}
			}
			t.path = append(t.path, [2]int32{int32(x), int32(y)})
			x, y, dir, moved = nx, ny, d, true
			break
		}
		if !moved {
			return nil // one pixel
		}
	}
	return nil
}
