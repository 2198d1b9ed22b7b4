// Package target finds the targets of surveyors in one scan: spheres of known radii
// and checkerboards on flat ground, with the place of their centres and how well it
// is known. A thing is called a target only when its whole visible surface says so.
package target

import (
	"context"
	"math"
	"slices"

	"firescene/recon/clean"
	"firescene/recon/neighbours"
)

// Kind is the kind of a target.
type Kind string

// The kinds.
const (
	Sphere Kind = "sphere"
	Board  Kind = "board" // two dark and two bright quarters that meet in the centre
)

// Target is a found target.
type Target struct {
	Kind    Kind
	Centre  [3]float64
	SigmaM  float64 // standard deviation of the centre, each axis alike
	SizeM   float64 // radius of a sphere; distance up to which a board was checked
	Normal  [3]float64
	Points  int
	RMSM    float64 // of the points' distances from the sphere, or from the board's plane
	Quality float64 // share of what should be seen that is: 1 is all
}

// Options says what to look for.
type Options struct {
	Spheres, Boards bool
	// RadiiM are those of the spheres; nil: those in use.
	RadiiM    []float64
	Viewpoint [3]float64
	Workers   int
}

// UsualRadiiM are the radii of the spheres that scanner makers sell: 100, 139, 140,
// 145 and 200 mm across.
var UsualRadiiM = []float64{0.05, 0.0695, 0.07, 0.0725, 0.1}

// scan is a scan with what the searches share.
type scan struct {
	index   *neighbours.Index
	p, n    [][3]float64 // by slot; the normal is zero where there is none
	spacing []float32    // mean distance of the eight nearest, by slot
	value   []float32    // intensity by slot, or nil
	low     []float32    // least intensity among the nearest
	high    []float32    // and the greatest
	eye     [3]float64
}

// Find looks for targets in points given as x, y, z after each other, and their
// intensities in any unit, which boards need and spheres do not. The result is in a
// fixed order and does not depend on the number of workers.
func Find(ctx context.Context, xyz, intensity []float32, o Options) ([]Target, error) {
	if len(xyz) < 300 || !o.Spheres && (!o.Boards || intensity == nil) {
		return nil, ctx.Err()
	}
	s, err := prepare(ctx, xyz, intensity, o)
	if err != nil {
		return nil, err
	}
	var out []Target
	if o.Spheres {
		radii := o.RadiiM
		if radii == nil {
			radii = UsualRadiiM
		}
		found, err := s.spheres(ctx, radii, o.Workers)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if o.Boards && intensity != nil {
		found, err := s.boards(ctx, o.Workers)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	slices.SortFunc(out, func(a, b Target) int {
		if a.Kind != b.Kind {
			if a.Kind > b.Kind {
				return -1
			}
			return 1
		}
		for k := range 3 {
			if a.Centre[k] != b.Centre[k] {
				if a.Centre[k] < b.Centre[k] {
					return -1
				}
				return 1
			}
		}
		return 0
	})
	return out, ctx.Err()
}

func prepare(ctx context.Context, xyz, intensity []float32, o Options) (*scan, error) {
	index := neighbours.New(xyz, o.Workers)
	n := index.Len()
	s := &scan{index: index, p: make([][3]float64, n), n: make([][3]float64, n), spacing: make([]float32, n), eye: o.Viewpoint}
	for slot := range n {
		x, y, z := index.Point(int32(slot))
		s.p[slot] = [3]float64{float64(x), float64(y), float64(z)}
	}
	if intensity != nil {
		s.value = make([]float32, n)
		for slot, i := range index.Order {
			s.value[slot] = intensity[i]
		}
		s.low, s.high = make([]float32, n), make([]float32, n)
	}
	inf := float32(math.Inf(1))
	err := index.All(ctx, 25, inf, o.Workers, func(_ int, slot int32, near []neighbours.Neighbour) {
		var m clean.Moments
		p := s.p[slot]
		far := float32(0)
		for _, b := range near {
			q := s.p[b.Slot]
			m.Add(q[0]-p[0], q[1]-p[1], q[2]-p[2])
			far = max(far, b.D2)
		}
		if s.value != nil {
			lo, hi := s.value[slot], s.value[slot]
			for _, b := range near {
				lo, hi = min(lo, s.value[b.Slot]), max(hi, s.value[b.Slot])
			}
			s.low[slot], s.high[slot] = lo, hi
		}
		// 25 points in a disc: the area of one is pi r^2 / 25.
		s.spacing[slot] = float32(math.Sqrt(math.Pi * float64(far) / 25))
		nv, _, v1, v2 := m.Plane()
		if !(v1 > 0.05*v2) {
			return
		}
		if dot(nv, sub(s.eye, p)) < 0 {
			nv = scale(-1, nv)
		}
		s.n[slot] = nv
	})
	return s, err
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func sub(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

func add(a, b [3]float64) [3]float64 { return [3]float64{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }

func scale(f float64, a [3]float64) [3]float64 { return [3]float64{f * a[0], f * a[1], f * a[2]} }

func norm(a [3]float64) float64 { return math.Sqrt(dot(a, a)) }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}
