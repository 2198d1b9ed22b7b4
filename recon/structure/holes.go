package structure

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// sample is a place on a wall: where it gave a point back, or where a ray passed.
type sample struct {
	u, v float32 // along the wall from its beginning, and height
	deep float32 // how far behind the wall a ray that passed ended
	open bool
}

// hole is an opening while it is measured, in the frame of its wall: u along it, v
// height.
type hole struct {
	space   *space
	side    *side
	other   *hole // the same opening seen from the room behind
	edges   [4]edge
	area    recon.Measure
	whole   bool // rectangular
	gap     bool
	rays    int
	atFloor bool
	atTop   bool
	thickM  float64
}

// edge is one edge of a hole: left, bottom, right, top.
type edge struct {
	at     float64
	sigma  float64
	seen   bool
	reveal bool
}

var edgeNames = [4]string{"left", "bottom", "right", "top"}

const (
	onWallM     = 0.02 // points this near to a wall are of it at most
	behindM     = 0.05 // points this far behind it were seen through it
	holePixelM  = 0.05
	leastHoleM2 = 0.05
	leastHoleM  = 0.15
)

// findHoles finds the openings of all rooms and joins what two rooms see of one.
func (w *work) findHoles(ctx context.Context, spaces []*space) ([]*hole, error) {
	var all []*hole
	for _, s := range spaces {
		for _, sd := range s.sides {
			if !sd.known {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			list := w.samples(s, sd)
			for _, h := range w.holes(s, sd, list) {
				w.reveals(h)
				all = append(all, h)
			}
		}
	}
	return pairHoles(all), nil
}

// frame gives a side's beginning and direction in plan.
func (s *side) frame() (origin, dir point2) {
	d := point2{s.b[0] - s.a[0], s.b[1] - s.a[1]}
	l := math.Hypot(d[0], d[1])
	return s.a, point2{d[0] / l, d[1] / l}
}

// samples lists the points of a wall and the rays through it.
func (w *work) samples(s *space, sd *side) []sample {
	plane := sd.fit.plane
	origin, dir := sd.frame()
	length := sd.a.dist(sd.b)
	n := len(w.xyz) / 3
	// No more than noise and unevenness ask for: the faces of reveals begin here.
	onWall := min(max(3*sd.fit.noiseM+2*sd.fit.flatM, 0.005), onWallM)
	const run = 1 << 14
	parts := make([][]sample, (n+run-1)/run)
	front := make([]float64, len(w.stations))
	for k, st := range w.stations {
		front[k] = plane.Distance(st)
	}
	each(w.opts.Workers, n, func(from, to int) {
		var out []sample
		for i := from; i < to; i++ {
			p := w.at(int32(i))
			d := plane.Distance(p)
			open := false
			if w.scan != nil {
				at := front[w.scan[i]]
				switch {
				case at > behindM && d < -behindM, at < -behindM && d > behindM:
					open = true
					st := w.stations[w.scan[i]]
					p = r3.Add(st, r3.Scale(at/(at-d), r3.Sub(p, st)))
				case at <= 0 || math.Abs(d) > onWall:
					continue
				}
			} else if math.Abs(d) > onWallM {
				continue
			}
			if p.Z < s.zFloor-0.05 || p.Z > s.zCeil+0.05 {
				continue
			}
			u := dir.dot(point2{p.X - origin[0], p.Y - origin[1]})
			if u < -0.05 || u > length+0.05 {
				continue
			}
			out = append(out, sample{u: float32(u), v: float32(p.Z), deep: float32(math.Abs(d)), open: open})
		}
		parts[from/run] = out
	})
	var all []sample
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// holes finds the connected places of a wall through which rays passed; without
// rays, those that gave no point back although all around them did.
func (w *work) holes(s *space, sd *side, list []sample) []*hole {
	length := sd.a.dist(sd.b)
	nx, ny := int(length/holePixelM)+1, int((s.zCeil-s.zFloor)/holePixelM)+1
	hit, open := make([]int32, nx*ny), make([]int32, nx*ny)
	for _, q := range list {
		x, y := int(float64(q.u)/holePixelM), int((float64(q.v)-s.zFloor)/holePixelM)
		if q.u < 0 || float64(q.v) < s.zFloor || x >= nx || y >= ny {
			continue
		}
		if q.open {
			open[y*nx+x]++
		} else {
			hit[y*nx+x]++
		}
	}
	state := make([]bool, nx*ny)
	for i := range state {
		if w.scan != nil {
			state[i] = open[i] > hit[i]
		} else {
			state[i] = hit[i] == 0
		}
	}
	if w.scan != nil {
		fillBetween(state, hit, nx, ny)
	}
	var out []*hole
	for _, part := range connected(state, nx, ny) {
		if h := w.holeOf(s, sd, list, part, nx, hit, open); h != nil {
			out = append(out, h)
		}
	}
	return out
}

// fillBetween takes pixels that hold nothing for open where open ones lie on two
// opposite sides of them: rays are sparse where they graze.
func fillBetween(state []bool, hit []int32, nx, ny int) {
	old := slices.Clone(state)
	for y := range ny {
		for x := range nx {
			if old[y*nx+x] || hit[y*nx+x] > 0 {
				continue
			}
			side := func(dx, dy int) bool {
				for k := 1; k <= 3; k++ {
					i, j := x+k*dx, y+k*dy
					if i < 0 || j < 0 || i >= nx || j >= ny || hit[j*nx+i] > 0 && !old[j*nx+i] {
						return false
					}
					if old[j*nx+i] {
						return true
					}
				}
				return false
			}
			state[y*nx+x] = side(1, 0) && side(-1, 0) || side(0, 1) && side(0, -1)
		}
	}
}

// connected lists the sets of pixels that touch, by their first pixel.
func connected(state []bool, nx, ny int) [][]int {
	seen := make([]bool, len(state))
	var out [][]int
	for i := range state {
		if !state[i] || seen[i] {
			continue
		}
		part := []int{i}
		seen[i] = true
		for k := 0; k < len(part); k++ {
			x, y := part[k]%nx, part[k]/nx
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					u, v := x+dx, y+dy
					if u >= 0 && v >= 0 && u < nx && v < ny && state[v*nx+u] && !seen[v*nx+u] {
						seen[v*nx+u] = true
						part = append(part, v*nx+u)
					}
				}
			}
		}
		out = append(out, part)
	}
	return out
}

// holeOf measures one set of open pixels.
func (w *work) holeOf(s *space, sd *side, list []sample, part []int, nx int, hit, open []int32) *hole {
	x0, x1, y0, y1 := math.MaxInt, -1, math.MaxInt, -1
	rays := 0
	for _, i := range part {
		x0, x1, y0, y1 = min(x0, i%nx), max(x1, i%nx), min(y0, i/nx), max(y1, i/nx)
		rays += int(open[i])
	}
	areaM2 := float64(len(part)) * holePixelM * holePixelM
	wide, high := float64(x1-x0+1)*holePixelM, float64(y1-y0+1)*holePixelM
	if areaM2 < leastHoleM2 || wide < leastHoleM || high < leastHoleM {
		return nil
	}
	filled := areaM2 / (wide * high)
	if w.scan == nil && (filled < 0.9 || wide < 0.4 || high < 0.4) { // shadows are seldom rectangles
		return nil
	}
	h := &hole{space: s, side: sd, rays: rays, gap: w.scan == nil}
	length := sd.a.dist(sd.b)
	u0, u1 := float64(x0)*holePixelM, float64(x1+1)*holePixelM
	v0, v1 := s.zFloor+float64(y0)*holePixelM, s.zFloor+float64(y1+1)*holePixelM
	h.atFloor, h.atTop = v0 < s.zFloor+0.12, v1 > s.zCeil-0.1
	h.edges = [4]edge{{at: u0}, {at: v0}, {at: u1}, {at: v1}}
	for range 2 {
		for k := range 4 {
			h.edges[k] = fitEdge(list, h, k)
		}
	}
	if h.atFloor {
		at := w.at3(sd, (h.edges[0].at+h.edges[2].at)/2)
		h.edges[1] = edge{at: s.zFloor, sigma: s.floor.sigmaM, seen: s.floorFace != nil}
		if s.floorFace != nil {
			h.edges[1].at = floorZ(s.floor.plane, at)
		}
	}
	if h.atTop {
		h.edges[3] = edge{at: floorZ(s.ceiling.plane, w.at3(sd, (u0+u1)/2)), sigma: s.ceiling.sigmaM, seen: true}
	}
	if u0 < holePixelM { // up to the next wall
		h.edges[0] = edge{at: 0, seen: true, sigma: s.sides[s.before(indexOf(s.sides, sd))].fit.sigmaM}
	}
	if u1 > length-holePixelM {
		h.edges[2] = edge{at: length, seen: true, sigma: s.sides[s.after(indexOf(s.sides, sd))].fit.sigmaM}
	}
	in, all := 0.0, 0.0
	for _, q := range list {
		if float64(q.u) > h.edges[0].at+0.03 && float64(q.u) < h.edges[2].at-0.03 && float64(q.v) > h.edges[1].at+0.03 && float64(q.v) < h.edges[3].at-0.03 {
			all++
			if q.open {
				in++
			}
		}
	}
	h.whole = in >= 0.97*all && filled > 0.6 || h.gap
	h.area = recon.Measure{Value: areaM2, Sigma: holePixelM * (wide + high) / 2}
	return h
}

func indexOf(list []*side, s *side) int { return slices.Index(list, s) }

// at3 is the place on a wall's line at u.
func (w *work) at3(sd *side, u float64) r3.Vec {
	o, d := sd.frame()
	return r3.Vec{X: o[0] + u*d[0], Y: o[1] + u*d[1]}
}
