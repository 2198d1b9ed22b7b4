// Package measure measures in clouds: distances, heights, angles, areas and volumes,
// each with its standard deviation, and change between two clouds with its level of
// detection.
//
// A standard deviation joins what the points show (their noise about the surface
// and their spacing along it) with what they can not show and the caller states:
// registration, the instrument's common range error, and scale.
package measure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
	"firescene/recon/clean"
	"firescene/recon/neighbours"
)

// Errors are standard deviations that the points do not show.
type Errors struct {
	RegistrationM float64 // of the place of one scan against another
	InstrumentM   float64 // of ranges, common to all points of a scan
	Scale         float64 // relative, as 2e-5
}

// Cloud is a cloud made ready to be measured in.
type Cloud struct {
	src   *recon.Cloud
	index *neighbours.Index
	errs  Errors
}

// NewCloud indexes a cloud. It must have a scale.
func NewCloud(c *recon.Cloud, errs Errors, workers int) (*Cloud, error) {
	if c == nil || c.Len() == 0 {
		return nil, errors.New("measure: the cloud is empty")
	}
	if !c.Scaled {
		return nil, errors.New("measure: the cloud has no scale; give it one before measuring")
	}
	for _, v := range [3]float64{errs.RegistrationM, errs.InstrumentM, errs.Scale} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("measure: a standard deviation of %g is not possible", v)
		}
	}
	return &Cloud{src: c, index: neighbours.New(c.XYZ, workers), errs: errs}, nil
}

// Point is a place on the cloud's surface.
type Point struct {
	At      r3.Vec
	Normal  r3.Vec  // of the surface there; unit length, its side is not known
	AcrossM float64 // standard deviation along the normal
	AlongM  float64 // and along the surface: half the points' spacing
	Points  int
	MovedM  float64 // how far the point that was asked for lay from the surface
}

// leastPick is the fewest points that a place is taken from.
const leastPick = 6

// Pick takes a place near at onto the surface: the foot of at on the plane through
// the points within radiusM of it. It fails where there are too few.
func (c *Cloud) Pick(at r3.Vec, radiusM float64) (Point, error) {
	f, err := c.Fit(at, radiusM)
	if err != nil {
		return Point{}, err
	}
	d := f.Plane.Distance(at)
	p := Point{At: r3.Sub(at, r3.Scale(d, f.Plane.Normal)), Normal: f.Plane.Normal, Points: f.Points, MovedM: math.Abs(d)}
	n := float64(f.Points)
	p.AcrossM = math.Hypot(f.NoiseM/math.Sqrt(n), f.TiltSigma*r3.Norm(r3.Sub(p.At, f.Centre)))
	p.AlongM = radiusM * math.Sqrt(math.Pi/n) / 2
	return p, nil
}

// FewPointsError says that the points around a place are too few to take a surface from,
// or lie on none.
type FewPointsError struct {
	At      r3.Vec
	RadiusM float64
	Points  int
	NoPlane bool // there are points, but they lie on no plane
}

func (e *FewPointsError) Error() string {
	if e.NoPlane {
		return fmt.Sprintf("measure: the points within %g m of %.3f %.3f %.3f lie on no plane: choose a place on a surface or another radius", e.RadiusM, e.At.X, e.At.Y, e.At.Z)
	}
	return fmt.Sprintf("measure: %d points within %g m of %.3f %.3f %.3f; at least %d are needed: choose a place on the surface or a larger radius", e.Points, e.RadiusM, e.At.X, e.At.Y, e.At.Z, leastPick)
}

// Fitted is a plane through points of the cloud.
type Fitted struct {
	Plane     recon.Plane
	Centre    r3.Vec
	Points    int
	NoiseM    float64 // of points about it
	SigmaM    float64 // standard deviation of its place at Centre
	TiltSigma float64 // and of its direction, radians
}

// Fit fits a plane to the points within radiusM of a place by least squares without
// those further off than three robust standard deviations.
func (c *Cloud) Fit(at r3.Vec, radiusM float64) (Fitted, error) {
	if !(radiusM > 0) {
		return Fitted{}, fmt.Errorf("measure: a radius of %g m is not possible", radiusM)
	}
	q := r3.Sub(at, c.src.Origin)
	near := c.index.NewSearch().Within(float32(q.X), float32(q.Y), float32(q.Z), float32(radiusM*radiusM))
	if len(near) < leastPick {
		return Fitted{}, &FewPointsError{At: at, RadiusM: radiusM, Points: len(near)}
	}
	list := make([]r3.Vec, len(near))
	for i, b := range near {
		x, y, z := c.index.Point(b.Slot)
		list[i] = r3.Sub(r3.Vec{X: float64(x), Y: float64(y), Z: float64(z)}, q)
	}
	slices.SortFunc(list, func(a, b r3.Vec) int { // sums in a fixed order
		for _, d := range [3]float64{a.X - b.X, a.Y - b.Y, a.Z - b.Z} {
			if d < 0 {
				return -1
			} else if d > 0 {
				return 1
			}
		}
		return 0
	})
	keep := list
	var f Fitted
	for range 5 {
		var m clean.Moments
		for _, p := range keep {
			m.Add(p.X, p.Y, p.Z)
		}
		n, v0, v1, _ := m.Plane()
		if !(v1 > 4*v0) {
			return f, &FewPointsError{At: at, RadiusM: radiusM, Points: len(list), NoPlane: true}
		}
		nv := r3.Vec{X: n[0], Y: n[1], Z: n[2]}
		centre := r3.Scale(1/m.N, r3.Vec{X: m.X, Y: m.Y, Z: m.Z})
		off := r3.Dot(nv, centre)
		dev := make([]float64, len(list))
		for i, p := range list {
			dev[i] = math.Abs(r3.Dot(nv, p) - off)
		}
		sorted := slices.Clone(dev)
		slices.Sort(sorted)
		limit := max(3*1.4826*sorted[len(sorted)/2], 1e-4)
		f = Fitted{Plane: recon.Plane{Normal: nv, Offset: off + r3.Dot(nv, at)}, Centre: r3.Add(centre, at), Points: int(m.N), NoiseM: math.Sqrt(v0)}
		f.SigmaM = f.NoiseM / math.Sqrt(m.N)
		f.TiltSigma = f.SigmaM / math.Sqrt(v1)
		var next []r3.Vec
		for i, p := range list {
			if dev[i] <= limit {
				next = append(next, p)
			}
		}
		if len(next) == len(keep) || len(next) < leastPick {
			break
		}
		keep = next
	}
	return f, nil
}

// along is the standard deviation of a point in a direction.
func (p Point) along(dir r3.Vec) float64 {
	cos := r3.Dot(dir, p.Normal)
	return math.Sqrt(cos*cos*p.AcrossM*p.AcrossM + (1-cos*cos)*p.AlongM*p.AlongM)
}

// common is the part of a length's standard deviation that the caller states.
func (c *Cloud) common(lengthM float64) float64 {
	return math.Sqrt(2*c.errs.RegistrationM*c.errs.RegistrationM + c.errs.InstrumentM*c.errs.InstrumentM + lengthM*lengthM*c.errs.Scale*c.errs.Scale)
}

// Distance is the length from a to b, in metres.
func (c *Cloud) Distance(a, b Point) recon.Measure {
	d := r3.Sub(b.At, a.At)
	l := r3.Norm(d)
	if l == 0 {
		return recon.Measure{Sigma: math.Hypot(a.AlongM, b.AlongM)}
	}
	u := r3.Scale(1/l, d)
	return recon.Measure{Value: l, Sigma: math.Sqrt(sq(a.along(u)) + sq(b.along(u)) + sq(c.common(l)))}
}

// Height is how far b lies above a, in metres.
func (c *Cloud) Height(a, b Point) recon.Measure {
	up := r3.Vec{Z: 1}
	h := b.At.Z - a.At.Z
	return recon.Measure{Value: h, Sigma: math.Sqrt(sq(a.along(up)) + sq(b.along(up)) + sq(c.common(h)))}
}

// ToPlane is the distance of p from a plane, in metres; positive on the normal's side.
func (c *Cloud) ToPlane(p Point, f Fitted) recon.Measure {
	d := f.Plane.Distance(p.At)
	lever := r3.Norm(r3.Sub(p.At, f.Centre))
	return recon.Measure{Value: d, Sigma: math.Sqrt(sq(p.along(f.Plane.Normal)) + sq(f.SigmaM) + sq(lever*f.TiltSigma) + sq(c.common(d)))}
}

// Angle is at v between the ways to a and b, in degrees.
func (c *Cloud) Angle(a, v, b Point) (recon.Measure, error) {
	p, q := r3.Sub(a.At, v.At), r3.Sub(b.At, v.At)
	lp, lq := r3.Norm(p), r3.Norm(q)
	if lp == 0 || lq == 0 {
		return recon.Measure{}, errors.New("measure: an angle's side has no length")
	}
	x := r3.Cross(p, q)
	value := math.Atan2(r3.Norm(x), r3.Dot(p, q))
	s := 0.0
	// Across each side, in the plane of the angle; the vertex takes part in both.
	for _, e := range [2]struct {
		dir r3.Vec
		l   float64
		end Point
	}{{p, lp, a}, {q, lq, b}} {
		across := r3.Cross(x, e.dir)
		if r3.Norm(across) == 0 {
			across = e.end.Normal
		} else {
			across = r3.Unit(across)
		}
		s += (sq(e.end.along(across)) + sq(v.along(across)) + 2*sq(c.errs.RegistrationM)) / sq(e.l)
	}
	return recon.Measure{Value: value * deg, Sigma: math.Sqrt(s) * deg}, nil
}

// PlaneAngle is between two planes, 0 to 90 degrees.
func (c *Cloud) PlaneAngle(f, g Fitted) recon.Measure {
	cos := math.Abs(r3.Dot(f.Plane.Normal, g.Plane.Normal))
	sin := r3.Norm(r3.Cross(f.Plane.Normal, g.Plane.Normal))
	return recon.Measure{Value: math.Atan2(sin, cos) * deg, Sigma: math.Hypot(f.TiltSigma, g.TiltSigma) * deg}
}

const deg = 180 / math.Pi

func sq(v float64) float64 { return v * v }

// Area is that of the polygon through points, projected onto its own plane, in
// square metres (Newell's normal; M. E. Newell, 1972).
func (c *Cloud) Area(p []Point) (recon.Measure, error) {
	if len(p) < 3 {
		return recon.Measure{}, fmt.Errorf("measure: an area needs 3 corners, not %d", len(p))
	}
	n := newell(p)
	area := r3.Norm(n) / 2
	if area == 0 {
		return recon.Measure{}, errors.New("measure: the corners lie on a line")
	}
	u := r3.Unit(n)
	s := 0.0
	for i, q := range p {
		before, after := p[(i+len(p)-1)%len(p)].At, p[(i+1)%len(p)].At
		// Moving a corner changes the area by half the length across its neighbours.
		g := r3.Scale(0.5, r3.Cross(u, r3.Sub(before, after)))
		if l := r3.Norm(g); l > 0 {
			s += sq(l) * (sq(q.along(r3.Scale(1/l, g))) + sq(c.errs.RegistrationM))
		}
	}
	// A common range error moves all sides outwards.
	perimeter := 0.0
	for i, q := range p {
		perimeter += r3.Norm(r3.Sub(p[(i+1)%len(p)].At, q.At))
	}
	s += sq(perimeter*c.errs.InstrumentM/2) + sq(2*area*c.errs.Scale)
	return recon.Measure{Value: area, Sigma: math.Sqrt(s)}, nil
}

func newell(p []Point) r3.Vec {
	var n r3.Vec
	for i, q := range p {
		n = r3.Add(n, r3.Cross(r3.Sub(q.At, p[0].At), r3.Sub(p[(i+1)%len(p)].At, p[0].At)))
	}
	return n
}

// Volume is what lies between the cloud and the plane of a polygon, over the polygon.
type Volume struct {
	AboveM3, BelowM3 recon.Measure // on the plane's upper (or outer) side and below it
	Measured         float64       // share of the polygon's cells that hold points
	CellM            float64
	Normal           r3.Vec // of the plane: the side that counts as above
}

// VolumeOver sums, over cells of a polygon, the mean height of the points above the
// plane through its corners, looking up to reachM. Cells without points take no
// part; their share is said. The plane's upper side is above, that of upright planes
// the side of its corners' turn.
func (c *Cloud) VolumeOver(ctx context.Context, corners []Point, cellM, reachM float64) (Volume, error) {
	if len(corners) < 3 || !(cellM > 0) || !(reachM > 0) {
		return Volume{}, fmt.Errorf("measure: a volume needs 3 corners, a cell and a reach, not %d, %g m, %g m", len(corners), cellM, reachM)
	}
	n := newell(corners)
	if r3.Norm(n) == 0 {
		return Volume{}, errors.New("measure: the corners lie on a line")
	}
	if n = r3.Unit(n); n.Z < -0.1 {
		n = r3.Scale(-1, n)
	}
	var centre r3.Vec
	for _, p := range corners {
		centre = r3.Add(centre, r3.Scale(1/float64(len(corners)), p.At))
	}
	u := r3.Sub(corners[1].At, corners[0].At)
	u = r3.Unit(r3.Sub(u, r3.Scale(r3.Dot(u, n), n)))
	v := r3.Cross(n, u)
	flat := make([][2]float64, len(corners))
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for i, p := range corners {
		d := r3.Sub(p.At, centre)
		flat[i] = [2]float64{r3.Dot(d, u), r3.Dot(d, v)}
		for k := range 2 {
			lo[k], hi[k] = min(lo[k], flat[i][k]), max(hi[k], flat[i][k])
		}
	}
	nx, ny := int((hi[0]-lo[0])/cellM)+1, int((hi[1]-lo[1])/cellM)+1
	if float64(nx)*float64(ny) > 1e7 {
		return Volume{}, fmt.Errorf("measure: %d x %d cells; choose a larger cell", nx, ny)
	}
	type sums struct{ n, s, ss float64 }
	cells := make([]sums, nx*ny)
	for i := range c.src.Len() {
		if i&0xfffff == 0 && ctx.Err() != nil {
			return Volume{}, ctx.Err()
		}
		d := r3.Sub(c.src.At(i), centre)
		h := r3.Dot(d, n)
		x, y := (r3.Dot(d, u)-lo[0])/cellM, (r3.Dot(d, v)-lo[1])/cellM
		if math.Abs(h) > reachM || x < 0 || y < 0 || int(x) >= nx || int(y) >= ny {
			continue
		}
		s := &cells[int(y)*nx+int(x)]
		s.n++
		s.s += h
		s.ss += h * h
	}
	out := Volume{CellM: cellM, Normal: n}
	inside, measured, variance := 0, 0, 0.0
	for y := range ny {
		for x := range nx {
			if !in(flat, lo[0]+(float64(x)+0.5)*cellM, lo[1]+(float64(y)+0.5)*cellM) {
				continue
			}
			inside++
			s := cells[y*nx+x]
			if s.n == 0 {
				continue
			}
			measured++
			mean := s.s / s.n
			if mean > 0 {
				out.AboveM3.Value += mean * cellM * cellM
			} else {
				out.BelowM3.Value -= mean * cellM * cellM
			}
			variance += max(s.ss/s.n-mean*mean, 1e-8) / s.n * sq(cellM*cellM)
		}
	}
	if measured == 0 {
		return out, errors.New("measure: no points over the polygon")
	}
	out.Measured = float64(measured) / float64(inside)
	area := float64(measured) * cellM * cellM
	base := 0.0
	for _, p := range corners {
		base += sq(p.along(n)) / float64(len(corners)*len(corners))
	}
	common := sq(area) * (base + sq(c.errs.RegistrationM))
	for _, m := range [2]*recon.Measure{&out.AboveM3, &out.BelowM3} {
		m.Sigma = math.Sqrt(variance + common + sq(3*m.Value*c.errs.Scale))
	}
	return out, nil
}

// in tells whether a place lies in a polygon.
func in(p [][2]float64, x, y float64) bool {
	odd := false
	for i, a := range p {
		b := p[(i+1)%len(p)]
		if (a[1] > y) != (b[1] > y) && x < a[0]+(y-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			odd = !odd
		}
	}
	return odd
}
