// Package clean judges the points of one scan by those around them: normals, and
// which points are outliers, mixed pixels or duplicates. It changes no coordinate;
// it says which points to leave out and why.
package clean

import (
	"context"
	"math"

	"firescene/recon/neighbours"
)

// Reason says why a point is left out.
type Reason uint8

// The reasons, the first that applies is kept.
const (
	Kept      Reason = iota
	NotFinite        // a coordinate is not a number, or infinite
	Clipped          // outside the boxes
	Duplicate        // at the very place of an earlier point
	Mixed            // the beam met an edge: the range lies between that of two surfaces
	Lonely           // too few neighbours within the radius
	Outlier          // too far from its neighbours compared with the other points
	reasons
)

func (r Reason) String() string {
	return [reasons]string{"kept", "not finite", "clipped", "duplicate", "mixed", "lonely", "outlier"}[r]
}

// Box is an axis-aligned box, sides included.
type Box struct{ Min, Max [3]float32 }

// Has reports whether a point lies in the box.
func (b *Box) Has(x, y, z float32) bool {
	return x >= b.Min[0] && x <= b.Max[0] && y >= b.Min[1] && y <= b.Max[1] && z >= b.Min[2] && z <= b.Max[2]
}

// Options says what to look for. Zero values leave a test out.
type Options struct {
	Keep, Drop []Box // clip boxes: points outside all of Keep, or in one of Drop, are clipped
	Duplicates bool
	Mixed      bool // needs Viewpoint
	// LonelyRadius and LonelyCount: a point with fewer than so many others within
	// the radius is lonely.
	LonelyRadius float64
	LonelyCount  int
	// OutlierK and OutlierS: a point is an outlier when the mean distance of its K
	// nearest is above the mean of that of all points by S standard deviations
	// (R. B. Rusu et al., Towards 3D point cloud based object maps for household
	// environments, Robotics and Autonomous Systems 56, 2008).
	OutlierK int
	OutlierS float64
	// Viewpoint is where the scanner stood, in the points' frame.
	Viewpoint *[3]float64
	Workers   int
}

// Result says of every point why it is left out, and how many there are of each.
type Result struct {
	Of    []Reason
	Count [reasons]int
}

// Judge applies the tests to points given as x, y, z after each other. Each test
// sees only the points that passed those before it, so that one does not excuse
// the other. The result does not depend on the number of workers.
func Judge(ctx context.Context, xyz []float32, o Options) (Result, error) {
	n := len(xyz) / 3
	res := Result{Of: make([]Reason, n)}
	for i := range n {
		x, y, z := xyz[3*i], xyz[3*i+1], xyz[3*i+2]
		switch s := x + y + z; {
		case s-s != 0:
			res.Of[i] = NotFinite
		case !o.inside(x, y, z):
			res.Of[i] = Clipped
		}
	}
	type test struct {
		on  bool
		run func(context.Context, *rest) error
	}
	for _, t := range []test{
		{o.Duplicates, o.duplicates}, {o.Mixed && o.Viewpoint != nil, o.mixed},
		{o.LonelyRadius > 0 && o.LonelyCount > 0, o.lonely}, {o.OutlierK > 0, o.outliers},
	} {
		if !t.on {
			continue
		}
		if err := t.run(ctx, newRest(xyz, res.Of)); err != nil {
			return res, err
		}
	}
	for _, r := range res.Of {
		res.Count[r]++
	}
	return res, nil
}

func (o *Options) inside(x, y, z float32) bool {
	for i := range o.Drop {
		if o.Drop[i].Has(x, y, z) {
			return false
		}
	}
	for i := range o.Keep {
		if o.Keep[i].Has(x, y, z) {
			return true
		}
	}
	return len(o.Keep) == 0
}

// rest is the points that passed so far.
type rest struct {
	xyz []float32
	num []int32 // number of each in the cloud
	of  []Reason
}

func newRest(xyz []float32, of []Reason) *rest {
	r := &rest{of: of}
	for i, w := range of {
		if w == Kept {
			r.num = append(r.num, int32(i))
			r.xyz = append(r.xyz, xyz[3*i:3*i+3]...)
		}
	}
	return r
}

func (o *Options) duplicates(ctx context.Context, r *rest) error {
	seen := make(map[[3]float32]struct{}, len(r.num))
	for i, num := range r.num {
		p := [3]float32(r.xyz[3*i:])
		if _, ok := seen[p]; ok {
			r.of[num] = Duplicate
		}
		seen[p] = struct{}{}
	}
	return ctx.Err()
}

func (o *Options) lonely(ctx context.Context, r *rest) error {
	x := neighbours.New(r.xyz, o.Workers)
	r2 := float32(o.LonelyRadius * o.LonelyRadius)
	return x.All(ctx, o.LonelyCount+1, r2, o.Workers, func(_ int, slot int32, near []neighbours.Neighbour) {
		if len(near) <= o.LonelyCount {
			r.of[r.num[x.Order[slot]]] = Lonely
		}
	})
}

func (o *Options) outliers(ctx context.Context, r *rest) error {
	x := neighbours.New(r.xyz, o.Workers)
	mean := make([]float32, x.Len())
	err := x.All(ctx, o.OutlierK+1, float32(math.Inf(1)), o.Workers, func(_ int, slot int32, near []neighbours.Neighbour) {
		mean[slot] = meanDistance(near)
	})
	if err != nil || len(mean) < 2 {
		return err
	}
	sum, sq := 0.0, 0.0
	for _, v := range mean {
		sum += float64(v)
	}
	sum /= float64(len(mean))
	for _, v := range mean {
		d := float64(v) - sum
		sq += d * d
	}
	limit := float32(sum + o.OutlierS*math.Sqrt(sq/float64(len(mean)-1)))
	for slot, v := range mean {
		if v > limit {
			r.of[r.num[x.Order[slot]]] = Outlier
		}
	}
	return nil
}

// meanDistance is that of the neighbours without the point itself. The sum is of
// whole numbers, so that the order of the list does not matter.
func meanDistance(near []neighbours.Neighbour) float32 {
	if len(near) < 2 {
		return 0
	}
	sum, far := 0.0, float32(0)
	for _, n := range near {
		far = max(far, n.D2)
	}
	if far == 0 {
		return 0
	}
	unit := (1 << 30) / math.Sqrt(float64(far))
	for _, n := range near {
		sum += math.Round(math.Sqrt(float64(n.D2)) * unit)
	}
	return float32(sum / unit / float64(len(near)-1))
}

const (
	// grazing is the tangent of the largest incidence, 84 degrees, at which a
	// surface is still believed: beyond it hardly any scanner returns a range.
	grazing = 9.5
	// roundAbout is how many neighbours a point of a grid has.
	roundAbout = 8
	// least step of range between two surfaces, in parts of the range: twice the
	// noise of scanners in practice at their poorest surfaces.
	leastJump = 0.003
)

// mixed finds the points that hang between two surfaces as seen from the scanner:
// of the eight next beams one met something nearer and one something farther, by
// more than a surface that is still seen could slope, and no more than three met the
// point's own surface (three: chosen on simulated scans). The next beams are those of the nearest directions, so that
// no order of points and no kind of grid is needed.
func (o *Options) mixed(ctx context.Context, r *rest) error {
	n := len(r.num)
	dir := make([]float32, 3*n)
	rng := make([]float32, n)
	for i := range n {
		var v [3]float64
		l := 0.0
		for k := range 3 {
			v[k] = float64(r.xyz[3*i+k]) - o.Viewpoint[k]
			l += v[k] * v[k]
		}
		l = math.Sqrt(l)
		rng[i] = float32(l)
		for k := range 3 {
			dir[3*i+k] = float32(v[k] / max(l, 1e-9))
		}
	}
	x := neighbours.New(dir, o.Workers)
	return x.All(ctx, roundAbout+1, 0.01, o.Workers, func(_ int, slot int32, near []neighbours.Neighbour) {
		i := x.Order[slot]
		own, nearer, farther := 0, 0, 0
		for _, b := range near {
			j := x.Order[b.Slot]
			if j == i {
				continue
			}
			step := rng[j] - rng[i]
			limit := rng[i] * (grazing*float32(math.Sqrt(float64(b.D2))) + leastJump)
			switch {
			case step > limit:
				farther++
			case step < -limit:
				nearer++
			default:
				own++
			}
		}
		if nearer > 0 && farther > 0 && own <= 3 {
			r.of[r.num[i]] = Mixed
		}
	})
}
