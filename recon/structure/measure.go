package structure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// place is the standard deviation of a plane's place with what the scanner's points
// share.
func (f *fitted) place(instrumentM float64) float64 { return math.Hypot(f.sigmaM, instrumentM) }

// corners is the outline of a loop in plan at a height: 0 the floor, 1 the ceiling.
func (s *space) corners(loop int, at float64) []point2 {
	var p []point2
	for _, sd := range s.sides {
		if sd.loop == loop {
			q := r3.Add(r3.Scale(1-at, sd.bottom), r3.Scale(at, sd.top))
			p = append(p, point2{q.X, q.Y})
		}
	}
	return p
}

func (s *space) loops() int { return s.sides[len(s.sides)-1].loop + 1 }

// area is the floor plan's area at a height; inner loops run the other way round.
func (s *space) area(at float64) float64 {
	a := 0.0
	for k := range s.loops() {
		a += areaOf(s.corners(k, at))
	}
	return a
}

// room makes the noun, in world coordinates.
func (s *space) room(back func(r3.Vec) r3.Vec, worldFromLevel recon.Pose, instrumentM float64) recon.Space {
	r := recon.Space{Name: s.name, Open: s.open, CeilingSeen: s.ceilSeen, Inside: back(s.inside())}
	world := func(p recon.Plane) recon.Plane {
		n := worldFromLevel.Rotate(p.Normal)
		return recon.Plane{Normal: n, Offset: r3.Dot(n, back(r3.Scale(p.Offset, p.Normal)))}
	}
	for k, sd := range s.sides {
		next := s.sides[s.after(k)]
		w := recon.Wall{Name: fmt.Sprintf("%s%d", s.name, k+1), From: back(sd.bottom), To: back(next.bottom), FromTop: back(sd.top), ToTop: back(next.top),
			Loop: sd.loop, Seen: sd.seen, Known: sd.known}
		sd.wallName = w.Name
		w.Length = recon.Measure{Value: sd.lengthM, Sigma: -1}
		if prev := s.sides[s.before(k)]; prev.known && next.known {
			w.Length.Sigma = math.Hypot(prev.fit.place(instrumentM), next.fit.place(instrumentM))
		}
		if sd.known {
			w.Plane, w.FlatM, w.OffsetSigma, w.Points = world(sd.fit.plane), sd.fit.flatM, sd.fit.place(instrumentM), sd.fit.points
		} else {
			r.Open = append(r.Open, recon.OpenSide{What: "wall", From: w.From, To: w.To, Seen: sd.seen})
		}
		r.Walls = append(r.Walls, w)
	}
	at := s.inside()
	r.CeilingZ = back(r3.Vec{X: at.X, Y: at.Y, Z: floorZ(s.ceiling.plane, at)}).Z
	c := world(s.ceiling.plane)
	r.Ceiling = &c
	if s.floorFace != nil {
		f := world(s.floor.plane)
		r.Floor = &f
		r.FloorZ = back(r3.Vec{X: at.X, Y: at.Y, Z: floorZ(s.floor.plane, at)}).Z
	}
	if r.Closed = len(r.Open) == 0; r.Closed {
		s.sizes(&r, instrumentM)
	}
	return r
}

// inside is a place in the largest cell.
func (s *space) inside() r3.Vec {
	best := s.cells[0]
	for _, c := range s.cells {
		if c.areaM2 > best.areaM2 {
			best = c
		}
	}
	var q point2
	for _, p := range best.p {
		q = q.add(p, 1/float64(len(best.p)))
	}
	return r3.Vec{X: q[0], Y: q[1], Z: (s.zFloor + s.zCeil) / 2}
}

// sizes fills in lengths, area and volume with their standard deviations, wall by
// wall: moving wall i outwards by d adds its length times d to the area.
func (s *space) sizes(r *recon.Space, instrumentM float64) {
	longest := s.sides[0]
	perimeter, areaVar := 0.0, 0.0
	for _, sd := range s.sides {
		if sd.lengthM > longest.lengthM {
			longest = sd
		}
		perimeter += sd.lengthM
		v := sd.lengthM * sd.fit.place(instrumentM)
		areaVar += v * v
	}
	h := r3.Vec{X: longest.fit.plane.Normal.X, Y: longest.fit.plane.Normal.Y}
	across := point2{h.X / r3.Norm(h), h.Y / r3.Norm(h)}
	along := point2{across[1], -across[0]}
	r.Length, r.Width = s.extent(along, instrumentM), s.extent(across, instrumentM)
	meanArea := (s.area(0) + 4*s.area(0.5) + s.area(1)) / 6 // Simpson: exact for leaning walls
	centre := s.centroid()
	height := floorZ(s.ceiling.plane, centre) - floorZ(s.floor.plane, centre)
	sigmaH := math.Hypot(s.floor.place(instrumentM), s.ceiling.place(instrumentM))
	r.Height = recon.Measure{Value: height, Sigma: sigmaH}
	r.FloorArea = recon.Measure{Value: s.area(0), Sigma: math.Sqrt(areaVar)}
	r.Perimeter = recon.Measure{Value: perimeter, Sigma: 2 * math.Hypot(r.Length.Sigma, r.Width.Sigma)}
	volumeHeight := height + s.zCeilMean - s.zCeil
	r.Volume = recon.Measure{Value: meanArea * volumeHeight, Sigma: math.Hypot(meanArea*sigmaH, volumeHeight*math.Sqrt(areaVar))}
}

// extent is the room's size in a direction, at middle height. For two walls across
// the direction it is the mean of their distance.
func (s *space) extent(dir point2, instrumentM float64) recon.Measure {
	lo, hi := math.Inf(1), math.Inf(-1)
	var first, last *side
	for k, sd := range s.sides {
		next := s.sides[s.after(k)]
		a, b := mid(sd.bottom, sd.top), mid(next.bottom, next.top)
		u := (dir.dot(point2{a.X, a.Y}) + dir.dot(point2{b.X, b.Y})) / 2
		if math.Abs(dir.dot(point2{sd.fit.plane.Normal.X, sd.fit.plane.Normal.Y})) < 0.98 {
			u = math.NaN()
		}
		if u < lo {
			lo, first = u, sd
		}
		if u > hi {
			hi, last = u, sd
		}
	}
	if first == nil || last == nil || first == last { // no walls across: the corners
		lo, hi = math.Inf(1), math.Inf(-1)
		for _, sd := range s.sides {
			a := mid(sd.bottom, sd.top)
			u := dir.dot(point2{a.X, a.Y})
			lo, hi = min(lo, u), max(hi, u)
		}
		return recon.Measure{Value: hi - lo, Sigma: -1}
	}
	return recon.Measure{Value: hi - lo, Sigma: math.Hypot(first.fit.place(instrumentM), last.fit.place(instrumentM))}
}

// centroid is the middle of the outer outline's area.
func (s *space) centroid() r3.Vec {
	p := s.corners(0, 0.5)
	var c point2
	a := 0.0
	for i, q := range p {
		r := p[(i+1)%len(p)]
		x := (q[0]-p[0][0])*(r[1]-p[0][1]) - (r[0]-p[0][0])*(q[1]-p[0][1])
		a += x
		c = c.add(point2{q[0] + r[0] + p[0][0], q[1] + r[1] + p[0][1]}, x/3)
	}
	if a == 0 {
		return s.inside()
	}
	return r3.Vec{X: c[0] / a, Y: c[1] / a}
}
