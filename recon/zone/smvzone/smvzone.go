// Package smvzone lays results of the zone model out as Smokeview shows those of
// CFAST: an index with rooms, openings, fires and detectors, and a table with the
// layers over time.
//
// The names of the table's columns are those that Smokeview looks for: ULT, LLT
// (layers, C), HGT (height of the layer, m), PRS (Pa), ULOD, LLOD (optical density,
// 1/m) of each room, HRR (kW), FLHGT (m), FBASE (m), FAREA (m2) of each fire, HVENT
// and VVENT (open area, m2) of each opening.
package smvzone

import (
	"fmt"
	"math"

	"firescene/formats/smokeview"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
	"firescene/recon/zone/layout"
)

// Note is a thing that was supposed.
type Note struct{ Where, What string }

// Files are the index and the table, whose name beside the index is table.
func Files(s *zone.Scene, res *zone.Result, title, chid, table string) (*smokeview.Case, *smokeview.Columns, []Note) {
	c := &smokeview.Case{Title: title, CHID: chid, ZoneFile: table, AmbientPa: s.PressurePa, AmbientK: s.OutsideK, Frames: len(res.TimeS), EndS: s.DurationS}
	if c.AmbientPa == 0 {
		c.AmbientPa = 101325
	}
	if c.AmbientK == 0 {
		c.AmbientK = handcalc.AmbientStdC + handcalc.Kelvin
	}
	var notes []Note
	for i := range s.Rooms {
		r := &s.Rooms[i]
		c.Rooms = append(c.Rooms, smokeview.Room{Size: [3]float64{r.WidthM, r.DepthM, r.HeightM}, Origin: r.Origin})
	}
	for i := range s.Fires {
		f := &s.Fires[i]
		base := 0.0
		if len(f.Rows) > 0 {
			base = f.Rows[0].BaseM
		}
		c.Fires = append(c.Fires, smokeview.Fire{Room: f.Room + 1, At: [3]float64{f.X, f.Y, base}})
	}
	places, supposed := layout.Vents(s)
	for _, n := range supposed {
		notes = append(notes, Note(n))
	}
	for i, p := range places {
		c.Openings = append(c.Openings, opening("HVENTPOS", s, s.Vents[i].A, s.Vents[i].B, p))
	}
	for i, p := range layout.Holes(s) {
		c.Openings = append(c.Openings, opening("VVENTPOS", s, s.Holes[i].Lower, s.Holes[i].Upper, p))
	}
	if len(s.Fans) > 0 {
		notes = append(notes, Note{"fans", fmt.Sprintf("%d fans are not drawn", len(s.Fans))})
	}
	for i := range s.Detectors {
		d := &s.Detectors[i]
		kind := "HEAT_DETECTOR"
		switch {
		case d.Kind == zone.Smoke:
			kind = "SMOKE_DETECTOR"
		case d.SprayMS > 0:
			kind = "SPRINKLER_PENDENT"
		}
		c.Devices = append(c.Devices, smokeview.Device{Label: kind, At: absolute(s, d.Room, d.At), Normal: [3]float64{0, 0, -1}})
	}
	for i := range s.Targets {
		g := &s.Targets[i]
		c.Devices = append(c.Devices, smokeview.Device{Label: "TARGET", At: absolute(s, g.Room, g.At), Normal: g.Normal})
	}
	t := columns(s, res)
	for _, name := range t.Names { // the viewer finds columns as devices
		c.Devices = append(c.Devices, smokeview.Device{Label: name})
	}
	return c, t, notes
}

func absolute(s *zone.Scene, room int, at [3]float64) [3]float64 {
	o := s.Rooms[room].Origin
	return [3]float64{o[0] + at[0], o[1] + at[1], o[2] + at[2]}
}

// opening is a place seen from its first room; one more than there are rooms is the
// open air.
func opening(keyword string, s *zone.Scene, a, b int, p layout.Place) smokeview.Opening {
	if a == zone.Outside {
		a, b = b, a
	}
	number := func(k int) int {
		if k == zone.Outside {
			return len(s.Rooms) + 1
		}
		return k + 1
	}
	o := smokeview.Opening{Keyword: keyword, Rooms: [2]int{number(a), number(b)}}
	face := layout.Room(s, a)
	box := p.Box
	if p.Axis < 2 || p.Positive { // on the face of the first room
		at := face[2*p.Axis]
		if p.Positive {
			at = face[2*p.Axis+1]
		}
		box[2*p.Axis], box[2*p.Axis+1] = at, at
	}
	for k := range o.Box {
		o.Box[k] = box[k] - s.Rooms[a].Origin[k/2]
	}
	return o
}

func columns(s *zone.Scene, res *zone.Result) *smokeview.Columns {
	t := &smokeview.Columns{}
	var values []func(k int) float64
	add := func(unit, name string, f func(k int) float64) {
		t.Units, t.Names, values = append(t.Units, unit), append(t.Names, name), append(values, f)
	}
	list := func(unit, name string, v []float64, shift float64) {
		add(unit, name, func(k int) float64 { return v[k] - shift })
	}
	list("s", "Time", res.TimeS, 0)
	for i := range res.Rooms {
		r, n := &res.Rooms[i], i+1
		list("C", fmt.Sprintf("ULT_%d", n), r.UpperK, handcalc.Kelvin)
		list("C", fmt.Sprintf("LLT_%d", n), r.LowerK, handcalc.Kelvin)
		list("m", fmt.Sprintf("HGT_%d", n), r.InterfaceM, 0)
		list("Pa", fmt.Sprintf("PRS_%d", n), r.PressurePa, 0)
		list("1/m", fmt.Sprintf("ULOD_%d", n), r.UpperODm, 0)
		list("1/m", fmt.Sprintf("LLOD_%d", n), r.LowerODm, 0)
	}
	for i := range res.Fires {
		f, n := &res.Fires[i], i+1
		base, area := f.BaseM, math.Pi/4*f.DiameterM*f.DiameterM
		list("kW", fmt.Sprintf("HRR_%d", n), f.BurnKW, 0)
		list("m", fmt.Sprintf("FLHGT_%d", n), f.FlameM, 0)
		add("m", fmt.Sprintf("FBASE_%d", n), func(int) float64 { return base })
		add("m^2", fmt.Sprintf("FAREA_%d", n), func(int) float64 { return area })
	}
	for i := range s.Vents {
		v := &s.Vents[i]
		add("m^2", fmt.Sprintf("HVENT_%d", i+1), func(k int) float64 { return v.WidthM * v.HeightM * share(&v.Open, res.TimeS[k]) })
	}
	for i := range s.Holes {
		h := &s.Holes[i]
		add("m^2", fmt.Sprintf("VVENT_%d", i+1), func(k int) float64 { return h.AreaM2 * share(&h.Open, res.TimeS[k]) })
	}
	for k := range res.TimeS {
		row := make([]float64, len(values))
		for j, f := range values {
			row[j] = f(k)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// share is the open share of a schedule at a time; one that a target triggers counts
// as it was before.
func share(o *zone.Schedule, tS float64) float64 {
	if o.Trigger != nil {
		return o.Before
	}
	out := 1.0
	for k, t := range o.TimeS {
		switch {
		case k >= len(o.Share):
			return out
		case tS >= t:
			out = o.Share[k]
		case k == 0:
			return o.Share[0]
		default:
			if d := t - o.TimeS[k-1]; d > 0 {
				out = o.Share[k-1] + (o.Share[k]-o.Share[k-1])*(tS-o.TimeS[k-1])/d
			}
			return out
		}
	}
	return out
}
