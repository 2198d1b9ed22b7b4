package structure

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
	"firescene/recon/clean"
)

// fitted is a plane with what is known of it.
type fitted struct {
	plane   recon.Plane
	points  int
	centre  r3.Vec
	noiseM  float64 // of points
	flatM   float64 // standard deviation of the means of patches
	sigmaM  float64 // of the plane's place, from patches and scans
	spreadM float64 // standard deviation between scans; negative with one
	scans   int
	zMean   float64 // of a floor or ceiling, over its points
}

const (
	patchM       = 0.25
	leastFit     = 100 // points for a plane of a room
	leastPerScan = 200
)

// fitPlane fits a plane to points by least squares without those further than
// three robust standard deviations, from a first guess.
func (w *work) fitPlane(list []int32, guess recon.Plane, withinM float64) (fitted, bool) {
	if len(list) < leastFit {
		return fitted{}, false
	}
	first := w.at(list[0])
	plane := guess
	limit := withinM
	var m clean.Moments
	var dev []float64
	for range 6 {
		dev = dev[:0]
		mean := 0.0
		for _, i := range list {
			d := plane.Distance(w.at(i))
			if math.Abs(d) <= withinM {
				dev = append(dev, d)
				mean += d
			}
		}
		if len(dev) < leastFit {
			return fitted{}, false
		}
		mid := median(dev)
		for k := range dev {
			dev[k] = math.Abs(dev[k] - mid)
		}
		limit = max(3*1.4826*median(dev), 5e-4)
		m = clean.Moments{}
		for _, i := range list {
			p := w.at(i)
			if math.Abs(plane.Distance(p)-mid) <= limit {
				q := r3.Sub(p, first)
				m.Add(q.X, q.Y, q.Z)
			}
		}
		if m.N < leastFit {
			return fitted{}, false
		}
		n, off, _ := planeOf(&m, plane.Normal)
		plane = recon.Plane{Normal: n, Offset: off + r3.Dot(n, first)}
	}
	f := fitted{plane: plane, points: int(m.N), centre: r3.Add(first, centreOf(&m)), spreadM: -1}
	w.judge(&f, list, limit)
	return f, true
}

// judge finds the noise, the unevenness and the disagreement of scans.
func (w *work) judge(f *fitted, list []int32, limit float64) {
	e1 := r3.Cross(f.plane.Normal, r3.Vec{Z: 1})
	if r3.Norm(e1) < 0.5 {
		e1 = r3.Vec{X: 1}
	}
	e1 = r3.Unit(r3.Sub(e1, r3.Scale(r3.Dot(e1, f.plane.Normal), f.plane.Normal)))
	e2 := r3.Cross(f.plane.Normal, e1)
	type sums struct{ n, s float64 }
	patches := map[[2]int32]*sums{}
	scans := make([]sums, len(w.stations))
	var sq, n float64
	for _, i := range list {
		p := w.at(i)
		d := f.plane.Distance(p)
		if math.Abs(d) > limit {
			continue
		}
		n++
		sq += d * d
		q := r3.Sub(p, f.centre)
		k := [2]int32{int32(math.Floor(r3.Dot(q, e1) / patchM)), int32(math.Floor(r3.Dot(q, e2) / patchM))}
		s := patches[k]
		if s == nil {
			s = &sums{}
			patches[k] = s
		}
		s.n++
		s.s += d
		if w.scan != nil {
			scans[w.scan[i]].n++
			scans[w.scan[i]].s += d
		}
	}
	f.noiseM = math.Sqrt(sq / n)
	keys := make([][2]int32, 0, len(patches))
	for k := range patches {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]int32) int {
		if a[0] != b[0] {
			return int(a[0] - b[0])
		}
		return int(a[1] - b[1])
	})
	var means []float64
	for _, k := range keys {
		if s := patches[k]; s.n >= 20 {
			means = append(means, s.s/s.n)
		}
	}
	f.flatM = deviation(means)
	f.sigmaM = f.noiseM / math.Sqrt(n)
	if len(means) > 1 {
		f.sigmaM = max(f.sigmaM, f.flatM/math.Sqrt(float64(len(means))))
	}
	var offsets []float64
	for _, s := range scans {
		if s.n >= leastPerScan {
			offsets = append(offsets, s.s/s.n)
		}
	}
	f.scans = len(offsets)
	if len(offsets) > 1 {
		f.spreadM = deviation(offsets)
		f.sigmaM = math.Hypot(f.sigmaM, f.spreadM/math.Sqrt(float64(len(offsets))))
	}
}

// deviation is the standard deviation of a sample; 0 for fewer than two.
func deviation(v []float64) float64 {
	if len(v) < 2 {
		return 0
	}
	mean, sq := 0.0, 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		sq += (x - mean) * (x - mean)
	}
	return math.Sqrt(sq / float64(len(v)-1))
}

// fitSpaces fits walls, floors and ceilings to the points of each room and places
// the corners. It returns how far the scans disagree.
func (w *work) fitSpaces(ctx context.Context, spaces []*space) (spreadM float64, err error) {
	sq, n := 0.0, 0.0
	for _, s := range spaces {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		lists := w.gather(s)
		for k, sd := range s.sides {
			if !sd.known {
				continue
			}
			guess := sd.line.face.plane
			sd.fit, sd.known = w.fitPlane(lists[k], guess, 0.02)
			if !sd.known {
				sd.fit = fitted{plane: guess}
			}
		}
		if s.floorFace != nil {
			var ok bool
			if s.floor, ok = w.fitPlane(w.level(s, s.floorFace), s.floorFace.plane, 0.02); !ok {
				s.floorFace = nil
				s.open = append(s.open, recon.OpenSide{What: "floor"})
			}
		}
		var ok bool
		if s.ceiling, ok = w.fitPlane(w.level(s, s.ceilFace), s.ceilFace.plane, 0.02); !ok {
			s.open = append(s.open, recon.OpenSide{What: "ceiling"})
			s.ceiling = fitted{plane: s.ceilFace.plane}
		}
		for _, f := range s.fits() {
			if f.spreadM >= 0 {
				sq += f.spreadM * f.spreadM
				n++
			}
		}
		s.placeCorners()
	}
	if n == 0 {
		return -1, nil
	}
	return math.Sqrt(sq / n), nil
}

func (s *space) fits() []fitted {
	out := []fitted{s.ceiling}
	if s.floorFace != nil {
		out = append(out, s.floor)
	}
	for _, sd := range s.sides {
		if sd.known {
			out = append(out, sd.fit)
		}
	}
	return out
}

// gather lists the points near each known side of a room, away from its corners,
// floor and ceiling, that were seen from the room.
func (w *work) gather(s *space) [][]int32 {
	const near, margin = 0.03, 0.04
	lists := make([][]int32, len(s.sides))
	for c := range w.vox.key {
		list := w.vox.points(int32(c))
		p := w.at(list[0])
		if p.Z < s.zFloor-0.1 || p.Z > s.zCeil+0.1 {
			continue
		}
		for k, sd := range s.sides {
			if !sd.known {
				continue
			}
			l := sd.line
			if math.Abs(sd.face().Distance(p)) > near+2*w.opts.VoxelM {
				continue
			}
			u0, u1 := l.u(sd.a), l.u(sd.b)
			u0, u1 = min(u0, u1), max(u1, u0)
			if u := l.u(flat(p)); u < u0-2*w.opts.VoxelM || u > u1+2*w.opts.VoxelM {
				continue
			}
			for _, i := range list {
				q := w.at(i)
				if q.Z < s.zFloor+margin || q.Z > s.zCeil-margin || math.Abs(sd.face().Distance(q)) > near {
					continue
				}
				if u := l.u(flat(q)); u < u0+margin || u > u1-margin {
					continue
				}
				if st, ok := w.station(i); ok && sd.face().Distance(st) < 0 {
					continue
				}
				lists[k] = append(lists[k], i)
			}
		}
	}
	return lists
}

func (s *side) face() recon.Plane { return s.line.face.plane }

// level lists the points of a floor or ceiling within a room's outline.
func (w *work) level(s *space, f *face) []int32 {
	var out []int32
	for _, c := range f.cells {
		for _, i := range w.vox.points(c) {
			if p := w.at(i); math.Abs(f.plane.Distance(p)) < 0.03 && s.contains(flat(p)) {
				out = append(out, i)
			}
		}
	}
	return out
}

// contains tells whether a place lies within the room's cells.
func (s *space) contains(q point2) bool {
	in := false
	for _, sd := range s.sides { // loops of any number: even and odd
		a, b := sd.a, sd.b
		if (a[1] > q[1]) != (b[1] > q[1]) && q[0] < a[0]+(q[1]-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			in = !in
		}
	}
	return in
}

// placeCorners intersects neighbouring walls with floor and ceiling. Where a wall
// is not known, or two meet at less than ten degrees, the corner of the plan is
// kept.
func (s *space) placeCorners() {
	floor := recon.Plane{Normal: r3.Vec{Z: 1}, Offset: s.zFloor}
	if s.floorFace != nil {
		floor = s.floor.plane
	}
	for k, sd := range s.sides {
		prev := s.sides[s.before(k)]
		at := r3.Vec{X: sd.a[0], Y: sd.a[1]}
		sd.bottom = r3.Vec{X: at.X, Y: at.Y, Z: floorZ(floor, at)}
		sd.top = r3.Vec{X: at.X, Y: at.Y, Z: floorZ(s.ceiling.plane, at)}
		p, q := sd.fit.plane.Normal, prev.fit.plane.Normal
		if !sd.known || !prev.known || r3.Norm(r3.Cross(p, q)) < 0.17 {
			continue
		}
		if c, ok := meet(sd.fit.plane, prev.fit.plane, floor); ok {
			sd.bottom = c
		}
		if c, ok := meet(sd.fit.plane, prev.fit.plane, s.ceiling.plane); ok {
			sd.top = c
		}
	}
	for k, sd := range s.sides {
		next := s.sides[s.after(k)]
		a, b := mid(sd.bottom, sd.top), mid(next.bottom, next.top)
		sd.lengthM = math.Hypot(a.X-b.X, a.Y-b.Y)
	}
}

// before and after are the neighbours of a side in its loop.
func (s *space) before(k int) int {
	if k > 0 && s.sides[k-1].loop == s.sides[k].loop {
		return k - 1
	}
	for k+1 < len(s.sides) && s.sides[k+1].loop == s.sides[k].loop {
		k++
	}
	return k
}

func (s *space) after(k int) int {
	if k+1 < len(s.sides) && s.sides[k+1].loop == s.sides[k].loop {
		return k + 1
	}
	for k > 0 && s.sides[k-1].loop == s.sides[k].loop {
		k--
	}
	return k
}

func mid(a, b r3.Vec) r3.Vec { return r3.Scale(0.5, r3.Add(a, b)) }

// floorZ is the height of a floor or ceiling at a place in plan.
func floorZ(p recon.Plane, at r3.Vec) float64 {
	return (p.Offset - p.Normal.X*at.X - p.Normal.Y*at.Y) / p.Normal.Z
}

// meet is the point that three planes share.
func meet(a, b, c recon.Plane) (r3.Vec, bool) {
	m := mat.NewDense(3, 3, []float64{a.Normal.X, a.Normal.Y, a.Normal.Z, b.Normal.X, b.Normal.Y, b.Normal.Z, c.Normal.X, c.Normal.Y, c.Normal.Z})
	if math.Abs(mat.Det(m)) < 0.1 {
		return r3.Vec{}, false
	}
	var x mat.VecDense
	if x.SolveVec(m, mat.NewVecDense(3, []float64{a.Offset, b.Offset, c.Offset})) != nil {
		return r3.Vec{}, false
	}
	return r3.Vec{X: x.AtVec(0), Y: x.AtVec(1), Z: x.AtVec(2)}, true
}
