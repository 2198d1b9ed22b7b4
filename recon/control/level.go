package control

import (
	"fmt"
	"math"
	"strings"

	"firescene/recon"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

const (
	uprightSigmaDeg = 5.0   // how level people hold cameras, as a set
	floorSigmaDeg   = 0.3   // how level floors are built
	defaultLineM    = 0.005 // how far points of a level or plumb line stray from it
)

// upright is the upward direction that the photos share, from their horizontals:
// what lies most nearly at right angles to all of them. Only a guess.
func upright(m *recon.SparseModel) r3.Vec {
	var up r3.Vec
	cov := mat.NewSymDense(3, nil)
	for _, v := range m.Views {
		inv := v.CamFromWorld.Inverse()
		x := inv.Rotate(r3.Vec{X: 1})
		up = r3.Add(up, inv.Rotate(r3.Vec{Y: -1}))
		cov.SymRankOne(cov, 1, mat.NewVecDense(3, []float64{x.X, x.Y, x.Z}))
	}
	var eig mat.EigenSym
	if eig.Factorize(cov, true) {
		values := eig.Values(nil)
		var v mat.Dense
		eig.VectorsTo(&v)
		// Only where the horizontals span a plane do they tell the upright.
		if values[1] > 0.02*values[2] {
			z := r3.Vec{X: v.At(0, 0), Y: v.At(1, 0), Z: v.At(2, 0)}
			if r3.Dot(z, up) < 0 {
				z = r3.Scale(-1, z)
			}
			return z
		}
	}
	if !(r3.Norm(up) > 1e-9) {
		return r3.Vec{Z: 1}
	}
	return r3.Unit(up)
}

// vertical is the upward direction with what it rests on.
type vertical struct {
	up       r3.Vec
	how      string
	sigmaDeg float64
	warnings []string
}

// findVertical weighs what shows the vertical: the photos' own upright, loosely;
// plumb lines, level lines, the floor. Each says how much a tilt of the direction
// would cost; the direction that costs least is taken, and the curvature about it
// is its certainty. Distances are in the frame of the named points; unit is metres
// in one of its lengths, 0 when unknown.
func (w *work) findVertical(unit float64) vertical {
	up0 := upright(w.view())
	cost := mat.NewSymDense(3, nil)
	addAcross := func(d r3.Vec, weight float64) { // costs what the direction has across d
		for i := range 3 {
			cost.SetSym(i, i, cost.At(i, i)+weight)
		}
		cost.SymRankOne(cost, -weight, mat.NewVecDense(3, []float64{d.X, d.Y, d.Z}))
	}
	addAlong := func(d r3.Vec, weight float64) {
		cost.SymRankOne(cost, weight, mat.NewVecDense(3, []float64{d.X, d.Y, d.Z}))
	}
	addAcross(up0, 1/square(uprightSigmaDeg*math.Pi/180))
	how := []string{}
	out := vertical{}
	line := w.in.Level.SigmaM
	if line == 0 {
		line = defaultLineM
	}
	// The strays are lengths at the place; without a scale they are taken as a
	// share of the points' distance, as of one of a metre.
	stray := func(length float64) float64 {
		if unit > 0 {
			return line / unit
		}
		return line * length
	}
	for _, pair := range w.in.Level.Plumb {
		a, b := w.find(pair[0]), w.find(pair[1])
		if !a.placed || !b.placed {
			out.warnings = append(out.warnings, fmt.Sprintf("plumb line %s to %s is not used: a point is not placed", pair[0], pair[1]))
			continue
		}
		d := r3.Sub(a.pos, b.pos)
		length := r3.Norm(d)
		if !(length > 0) {
			continue
		}
		if r3.Dot(d, up0) < 0.5*length {
			out.warnings = append(out.warnings, fmt.Sprintf("plumb line %s to %s lies across the photos' upright: is the upper point first?", pair[0], pair[1]))
		}
		addAcross(r3.Scale(1/length, d), square(length)/(2*square(stray(length))))
		how = append(how, fmt.Sprintf("plumb line %s to %s", pair[0], pair[1]))
	}
	for _, set := range w.in.Level.Flat {
		var mid r3.Vec
		var used []*named
		for _, name := range set {
			if n := w.find(name); n.placed {
				used = append(used, n)
				mid = r3.Add(mid, n.pos)
			}
		}
		if len(used) < 2 {
			out.warnings = append(out.warnings, fmt.Sprintf("level line %s is not used: fewer than two of its points are placed", strings.Join(set, ", ")))
			continue
		}
		mid = r3.Scale(1/float64(len(used)), mid)
		reach := 0.0
		for _, n := range used {
			reach = max(reach, 2*r3.Norm(r3.Sub(n.pos, mid)))
		}
		for _, n := range used {
			addAlong(r3.Sub(n.pos, mid), 1/square(stray(reach)))
		}
		how = append(how, "level line "+strings.Join(set, ", "))
	}
	if w.in.Level.Floor {
		if f, ok := w.floor(up0); ok {
			addAcross(f.up, 1/(square(f.sigma)+square(floorSigmaDeg*math.Pi/180)))
			how = append(how, fmt.Sprintf("floor plane of %d points, taken as level to %.1f degrees", f.count, floorSigmaDeg))
		} else {
			out.warnings = append(out.warnings, "no floor was found below the photos")
		}
	}
	var eig mat.EigenSym
	var v mat.Dense
	if !eig.Factorize(cost, true) {
		out.up, out.how, out.sigmaDeg = up0, uprightHow, uprightSigmaDeg
		return out
	}
	values := eig.Values(nil)
	eig.VectorsTo(&v)
	out.up = r3.Vec{X: v.At(0, 0), Y: v.At(1, 0), Z: v.At(2, 0)}
	if r3.Dot(out.up, up0) < 0 {
		out.up = r3.Scale(-1, out.up)
	}
	out.sigmaDeg = uprightSigmaDeg
	if gap := values[1] - values[0]; gap > 0 {
		out.sigmaDeg = 180 / math.Pi / math.Sqrt(gap)
	}
	out.how = strings.Join(how, "; ")
	switch {
	case len(how) == 0:
		out.how = uprightHow
	case out.sigmaDeg > uprightSigmaDeg/2:
		out.how += "; in the other direction only the photos' common upright, assumed"
	}
	if a := math.Acos(min(1, r3.Dot(out.up, up0))) * 180 / math.Pi; len(how) > 0 && a > 4*uprightSigmaDeg {
		out.warnings = append(out.warnings, fmt.Sprintf("the level lies %.0f degrees off the photos' common upright: check the points that set it", a))
	}
	return out
}

const uprightHow = "the photos' common upright, assumed: nothing given shows the vertical"

func square(v float64) float64 { return v * v }
