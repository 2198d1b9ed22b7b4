package fire

import (
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/field"
	"firescene/recon/handcalc"

	"gonum.org/v1/gonum/spatial/r3"
)

// Flames are the flames of the items of a hypothesis, atS seconds after its ignition:
// each burns with its stated heat release, in the share of all stated that the simulation
// found air for, and its mean height follows from that by Heskestad's correlation
// (handcalc.FlameHeight). Items that do not burn at the time have none. r may be nil.
func Flames(h *recon.Hypothesis, r *recon.FireResult, atS float64) []recon.Flame {
	share := 1.0
	if r != nil {
		burnt, wanted := r.Find("hrr", h.Origin.Room), r.Find("hrr_wanted", h.Origin.Room)
		if burnt != nil && wanted != nil && len(r.TimeS) > 0 {
			if w := valueAt(r.TimeS, wanted.Value, atS); w > 0 {
				share = min(max(valueAt(r.TimeS, burnt.Value, atS)/w, 0), 1)
			}
		}
	}
	var out []recon.Flame
	for i := range h.Fuels {
		f := &h.Fuels[i]
		q := share * HeatRelease(f, atS)
		d := fuelDiameter(f)
		if !(q > 0) || math.IsInf(q, 0) || !(d > 0) {
			continue
		}
		if l := handcalc.FlameHeight(q, d); l > 0 {
			out = append(out, recon.Flame{Item: f.Name, Foot: f.At.R3(), DiameterM: d, HeightM: l, HRRKW: q})
		}
	}
	return out
}

// valueAt is a series between its times, and its ends beyond them; NaN where it is empty.
func valueAt(timeS, value []float64, at float64) float64 {
	n := min(len(timeS), len(value))
	for i := range n {
		if timeS[i] < at {
			continue
		}
		if i == 0 || timeS[i] == timeS[i-1] {
			return value[i]
		}
		w := (at - timeS[i-1]) / (timeS[i] - timeS[i-1])
		return value[i-1]*(1-w) + value[i]*w
	}
	if n == 0 {
		return math.NaN()
	}
	return value[n-1]
}

// OpeningPlaces says where the openings of a hypothesis lie: where they are stated to be,
// else where the field model supposes them. Openings of rooms that nothing joins with the
// room of origin are left out.
func OpeningPlaces(h *recon.Hypothesis) ([]recon.OpeningPlace, error) {
	e, err := newEngine(h)
	if err != nil {
		return nil, fmt.Errorf("hypothesis %s: %w", h.ID, err)
	}
	boxes := e.roomBoxes()
	var out []recon.OpeningPlace
	for i := range h.Openings {
		o := &h.Openings[i]
		r, ok := e.rectangle(o, boxes)
		if !ok {
			continue
		}
		q := r.Box
		p := recon.OpeningPlace{Name: o.Name, OpensS: o.OpenAtS, Supposed: o.At == nil}
		if q[0] == q[1] {
			p.Corners = [4]r3.Vec{{X: q[0], Y: q[2], Z: q[4]}, {X: q[0], Y: q[3], Z: q[4]}, {X: q[0], Y: q[3], Z: q[5]}, {X: q[0], Y: q[2], Z: q[5]}}
		} else {
			p.Corners = [4]r3.Vec{{X: q[0], Y: q[2], Z: q[4]}, {X: q[1], Y: q[2], Z: q[4]}, {X: q[1], Y: q[2], Z: q[5]}, {X: q[0], Y: q[2], Z: q[5]}}
		}
		out = append(out, p)
	}
	return out, nil
}

// roomBoxes are the rooms of the scene in scene coordinates.
func (e *engine) roomBoxes() []field.Box {
	about := findRoom(e.h, e.h.Origin.Room).Min
	var box []field.Box
	for i := range e.scene.Rooms {
		z := &e.scene.Rooms[i]
		var b field.Box
		for a, size := range [3]float64{z.WidthM, z.DepthM, z.HeightM} {
			b[2*a] = about[a] + z.Origin[a]
			b[2*a+1] = b[2*a] + size
		}
		box = append(box, b)
	}
	return box
}
