package structure

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"
)

const (
	edgeReachM = 0.15 // samples this near to an edge take part
	edgeParts  = 8
	leastEdge  = 12 // samples of each kind
)

// near is a sample's distance from where an edge is looked for, growing into the
// hole, and its place along the edge.
type near struct {
	c, along float64
	deep     float64
	open     bool
}

// fitEdge places one edge of a hole where the fewest samples lie on the wrong
// side: rays outside, wall inside. Its standard deviation comes from the same done
// in eighths of its length, which the unevenness of a burnt edge widens.
func fitEdge(list []sample, h *hole, k int) edge {
	old := h.edges[k].at
	// Along the edge, its ends left out; into the hole by sign.
	a, b := h.edges[(k+1)%4].at, h.edges[(k+3)%4].at
	a, b = min(a, b), max(a, b)
	cut := min(0.1*(b-a), 0.1)
	a, b = a+cut, b-cut
	sign := 1.0
	if k >= 2 {
		sign = -1
	}
	var nears []near
	for _, q := range list {
		across, along := float64(q.u), float64(q.v)
		if k%2 == 1 {
			across, along = along, across
		}
		if c := sign * (across - old); math.Abs(c) < edgeReachM && along > a && along < b {
			nears = append(nears, near{c, (along - a) / (b - a), float64(q.deep), q.open})
		}
	}
	nears = withoutMixed(nears)
	if h.gap {
		return gapEdge(nears, old, sign)
	}
	at, width, ok := divide(nears)
	if !ok {
		return edge{at: old, sigma: holePixelM / math.Sqrt(12)}
	}
	var parts []float64
	for p := range edgeParts {
		var some []near
		for _, n := range nears {
			if int(n.along*edgeParts) == p {
				some = append(some, n)
			}
		}
		if c, _, ok := divide(some); ok {
			parts = append(parts, c)
		}
	}
	e := edge{at: old + sign*at, seen: true, sigma: width / math.Sqrt(12)}
	if len(parts) >= 3 {
		mid := median(slices.Clone(parts))
		dev := make([]float64, len(parts))
		for i := range parts {
			dev[i] = math.Abs(parts[i] - mid)
		}
		e.sigma = max(e.sigma, 1.4826*median(dev)/math.Sqrt(float64(len(parts))))
	} else {
		e.sigma = max(e.sigma, 0.005)
	}
	// Points of the reveal's beginning count for the wall or not by their noise.
	e.sigma = math.Hypot(e.sigma, h.side.fit.noiseM/2)
	return e
}

// withoutMixed drops rays that ended well before most of those beside them: a beam
// that the edge splits gives a range between the wall and what lies behind, and would
// count for the opening wherever its middle went. Where many end early, something
// stands there, and all stay.
func withoutMixed(list []near) []near {
	var deep []float64
	for _, n := range list {
		if n.open {
			deep = append(deep, n.deep)
		}
	}
	if len(deep) == 0 {
		return list
	}
	limit := 0.9 * median(deep) // sorts
	early, _ := slices.BinarySearch(deep, limit)
	if early == 0 || 4*early > len(deep) {
		return list
	}
	var out []near
	for _, n := range list {
		if !n.open || n.deep >= limit {
			out = append(out, n)
		}
	}
	return out
}

// divide finds the place with the fewest samples on the wrong side and the width of
// the interval over which they are fewest.
func divide(list []near) (at, width float64, ok bool) {
	open, wall := 0, 0
	for _, n := range list {
		if n.open {
			open++
		} else {
			wall++
		}
	}
	if open < leastEdge || wall < leastEdge {
		return 0, 0, false
	}
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b near) int {
		switch {
		case a.c < b.c:
			return -1
		case a.c > b.c:
			return 1
		case a.open == b.open:
			return 0
		case a.open:
			return 1
		}
		return -1
	})
	// Before the first sample, everything lies inside: every wall sample is wrong.
	wrong, best := wall, math.MaxInt
	first, last := 0, 0
	for i, n := range sorted {
		if n.open {
			wrong++
		} else {
			wrong--
		}
		switch {
		case wrong < best:
			best, first, last = wrong, i, i
		case wrong == best:
			last = i
		}
	}
	if first+1 >= len(sorted) || last+1 >= len(sorted) || best > min(open, wall)/2 {
		return 0, 0, false
	}
	lo, hi := sorted[first].c, sorted[last+1].c
	return (lo + hi) / 2, hi - lo, true
}

// gapEdge places an edge of a gap at the innermost points of the wall: the hundredth
// part of them may be strays.
func gapEdge(list []near, old, sign float64) edge {
	if len(list) < leastEdge {
		return edge{at: old, sigma: holePixelM / math.Sqrt(12)}
	}
	c := make([]float64, len(list))
	for i, n := range list {
		c[i] = n.c
	}
	slices.Sort(c)
	at := c[len(c)-1-len(c)/100]
	spacing := (at - c[0]) / math.Sqrt(float64(len(c)))
	return edge{at: old + sign*at, sigma: max(spacing, 0.005), seen: true}
}

// reveals moves edges onto the faces of the reveal, where points in the thickness of
// the wall lie along them.
func (w *work) reveals(h *hole) {
	const deep, aside, tight = 0.35, 0.03, 0.004
	plane := h.side.fit.plane
	o, dir := h.side.frame()
	e := h.edges
	type got struct{ off, depth []float64 }
	var sets [4]got
	lo, hi := w.at3(h.side, e[0].at), w.at3(h.side, e[2].at)
	box0, box1 := least(lo, hi), most(lo, hi)
	pad := deep + 0.1
	for c := range w.vox.key {
		pts := w.vox.points(int32(c))
		p := w.at(pts[0])
		if p.X < box0.X-pad || p.X > box1.X+pad || p.Y < box0.Y-pad || p.Y > box1.Y+pad || math.Abs(plane.Distance(p)) > pad || p.Z < e[1].at-0.2 || p.Z > e[3].at+0.2 {
			continue
		}
		for _, i := range pts {
			p := w.at(i)
			d := -plane.Distance(p)
			if d < 0.01 || d > deep {
				continue
			}
			u, v := dir.dot(point2{p.X - o[0], p.Y - o[1]}), p.Z
			for k := range 4 {
				across, along := u, v
				if k%2 == 1 {
					across, along = v, u
				}
				a, b := e[(k+1)%4].at, e[(k+3)%4].at
				if off := across - e[k].at; math.Abs(off) < aside && along > min(a, b)+0.05 && along < max(a, b)-0.05 {
					sets[k].off, sets[k].depth = append(sets[k].off, off), append(sets[k].depth, d)
				}
			}
		}
	}
	for k, s := range sets {
		if k == 1 && h.atFloor || !e[k].seen || len(s.off) < 60 {
			continue
		}
		at := median(slices.Clone(s.off))
		in, sum, sq := 0.0, 0.0, 0.0
		d0, d1 := math.Inf(1), 0.0
		for i, off := range s.off {
			if math.Abs(off-at) < tight {
				in++
				sum += off
				sq += off * off
				d0, d1 = min(d0, s.depth[i]), max(d1, s.depth[i])
			}
		}
		if in < 0.7*float64(len(s.off)) || d1-d0 < 0.03 {
			continue
		}
		mean := sum / in
		// The face may lean or bulge, and which points are of it depends on their noise:
		// they do not average out.
		dev := make([]float64, len(s.off))
		for i, off := range s.off {
			dev[i] = math.Abs(off - at)
		}
		sd := max(1.4826*median(dev), math.Sqrt(max(sq/in-mean*mean, 0)))
		h.edges[k] = edge{at: e[k].at + mean, sigma: max(sd/2, 1e-4), seen: true, reveal: true}
	}
}

// corner gives a corner of a hole in the levelled frame.
func (h *hole) corner(u, v float64) r3.Vec {
	o, d := h.side.frame()
	p := r3.Vec{X: o[0] + u*d[0], Y: o[1] + u*d[1], Z: v}
	n := h.side.fit.plane.Normal
	horizontal := r3.Vec{X: n.X, Y: n.Y}
	// Onto the plane, along the horizontal.
	return r3.Sub(p, r3.Scale(h.side.fit.plane.Distance(p)/r3.Norm2(horizontal), horizontal))
}
