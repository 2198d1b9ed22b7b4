package fdsinput

import (
	"fmt"
	"math"
	"sort"

	"firescene/formats/fds"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
	"firescene/recon/zone/layout"
)

// rampPoints are those of a heat release over time, besides where it changes its
// course.
const rampPoints = 120

// fires are burners: on the floor a vent, above it the top of a block.
func (w *writer) fires() {
	first := -1
	for i := range w.s.Fires {
		f := &w.s.Fires[i]
		where := "fire " + f.Name
		if f.Trigger != nil {
			w.note(where, "it catches by what a target feels, which is not written; it is left out")
			continue
		}
		if len(f.Rows) == 0 {
			continue
		}
		if first < 0 {
			first = i
			w.reaction(f)
		} else if g := &w.s.Fires[first]; f.Fuel != g.Fuel {
			w.note(where, "one fuel burns, that of %s; the heat release is as stated", g.Name)
		}
		area := 0.0
		for _, r := range f.Rows {
			area = max(area, r.AreaM2)
		}
		if area <= 0 {
			area = w.cell * w.cell
			w.note(where, "it has no area; one cell burns")
		}
		times, heat := w.curve(f)
		peak := 0.0
		for _, q := range heat {
			peak = max(peak, q)
		}
		if peak <= 0 {
			w.note(where, "it releases no heat and is left out")
			continue
		}
		u := fds.Surface{ID: w.id("fire_" + f.Name), HRRPUA: peak / area, Backing: "EXPOSED"}
		u.RampQ = u.ID + "_ramp"
		ramp := fds.Ramp{ID: u.RampQ}
		for k, t := range times {
			ramp.T, ramp.F = append(ramp.T, t), append(ramp.F, heat[k]/peak)
		}
		w.in.Surfaces, w.in.Ramps = append(w.in.Surfaces, u), append(w.in.Ramps, ramp)
		w.burner(f, u.ID, area)
	}
}

func (w *writer) burner(f *zone.Fire, surface string, area float64) {
	r := layout.Room(w.s, f.Room)
	half := math.Sqrt(area) / 2
	x, y := r[0]+f.X, r[2]+f.Y
	b := fds.Box{x - half, x + half, y - half, y + half, r[4], r[4]}
	for a := 0; a < 4; a += 2 { // keep its size and move it into the room
		d := max(0, r[a]-b[a]) - max(0, b[a+1]-r[a+1])
		b[a], b[a+1] = max(r[a], b[a]+d), min(r[a+1], b[a+1]+d)
	}
	if lost := 1 - (b[1]-b[0])*(b[3]-b[2])/area; lost > 0.01 {
		w.note("fire "+f.Name, "its %.3g m2 do not fit the room: it burns more on less", area)
		for i := range w.in.Surfaces {
			if w.in.Surfaces[i].ID == surface {
				w.in.Surfaces[i].HRRPUA /= 1 - lost
			}
		}
	}
	base := f.Rows[0].BaseM
	if base < w.cell/2 {
		w.in.Vents = append(w.in.Vents, fds.Vent{ID: surface, Box: b, Surface: surface})
		return
	}
	b[5] = r[4] + base
	w.in.Obstructions = append(w.in.Obstructions, fds.Obst{ID: surface, Box: b, Surfaces: [6]string{"INERT", "INERT", "INERT", "INERT", "INERT", surface}, Thicken: true, NoHoles: true})
}

// curve is the heat release of a fire in the scene's time.
func (w *writer) curve(f *zone.Fire) (times, heat []float64) {
	end := w.s.DurationS
	at := func(t float64) float64 {
		if f.Heat != nil {
			return f.Heat(t - f.IgniteS)
		}
		t -= f.IgniteS
		rows := f.Rows
		if t < 0 {
			return 0
		}
		for k := 1; k < len(rows); k++ {
			if t < rows[k].TimeS {
				d := rows[k].TimeS - rows[k-1].TimeS
				if d <= 0 {
					return rows[k].HRRkW
				}
				return rows[k-1].HRRkW + (rows[k].HRRkW-rows[k-1].HRRkW)*(t-rows[k-1].TimeS)/d
			}
		}
		return rows[len(rows)-1].HRRkW
	}
	for k := range rampPoints + 1 {
		times = append(times, end*float64(k)/rampPoints)
	}
	for _, r := range f.Rows {
		if t := f.IgniteS + r.TimeS; t >= 0 && t <= end {
			times = append(times, t)
		}
	}
	sort.Float64s(times)
	out := times[:1]
	for _, t := range times[1:] {
		if t > out[len(out)-1]+1e-6 {
			out = append(out, t)
		}
	}
	for _, t := range out {
		heat = append(heat, max(0, at(t)))
	}
	return out, heat
}

func (w *writer) reaction(f *zone.Fire) {
	u := &f.Fuel
	formula := ""
	for _, atom := range []struct {
		name string
		n    float64
	}{{"C", u.C}, {"H", u.H}, {"O", u.O}, {"N", u.N}} {
		if atom.n > 0 {
			formula += fmt.Sprintf("%s%g", atom.name, atom.n)
		}
	}
	if u.Cl > 0 {
		w.note("fire "+f.Name, "the chlorine of its fuel is left out")
	}
	row := f.Rows[len(f.Rows)-1]
	w.in.Species = append(w.in.Species, fds.Species{ID: "FUEL GAS", Formula: formula})
	w.in.Reactions = []fds.Reaction{{Fuel: "FUEL GAS", HeatKJKg: u.HeatKJKg, SootYield: row.Soot, COYield: row.CO, HasRadiative: true, RadiativeFraction: u.Radiative}}
}

// measures are detectors, targets, and pictures through the first fire.
func (w *writer) measures() {
	at := func(room int, p [3]float64) fds.Box {
		r := layout.Room(w.s, room)
		x, y, z := r[0]+p[0], r[2]+p[1], min(r[4]+p[2], r[5]-w.cell/2)
		return fds.Box{x, x, y, y, z, z}
	}
	for i := range w.s.Detectors {
		d := &w.s.Detectors[i]
		v := fds.Device{ID: w.id(d.Name), Box: at(d.Room, d.At), Factor: 1}
		switch d.Kind {
		case zone.Gas:
			v.Quantity, v.HasSetpoint, v.Setpoint = "TEMPERATURE", true, d.SetPoint-handcalc.Kelvin
		case zone.Link:
			q := fds.Prop{ID: w.id("link_" + d.Name), Quantity: "LINK TEMPERATURE", HasActivation: true, ActivationC: d.SetPoint - handcalc.Kelvin, RTI: d.RTI}
			w.in.Props, v.Prop = append(w.in.Props, q), q.ID
		case zone.Smoke:
			q := fds.Prop{ID: w.id("smoke_" + d.Name), Quantity: "CHAMBER OBSCURATION", HasObscuration: true, ObscurationPctM: d.SetPoint, LengthM: 1.8}
			w.in.Props, v.Prop = append(w.in.Props, q), q.ID
		}
		w.in.Devices = append(w.in.Devices, v)
	}
	for i := range w.s.Targets {
		g := &w.s.Targets[i]
		w.in.Devices = append(w.in.Devices, fds.Device{ID: w.id(g.Name), Box: at(g.Room, g.At), Quantity: "GAUGE HEAT FLUX GAS", HasOrientation: true, Orientation: g.Normal, Factor: 1})
	}
	for i := range w.s.Rooms { // a layer for each room
		r := layout.Room(w.s, i)
		x, y := w.quarter(i)
		for _, q := range []string{"UPPER TEMPERATURE", "LOWER TEMPERATURE", "LAYER HEIGHT"} {
			w.in.Devices = append(w.in.Devices, fds.Device{ID: w.id(q + " " + w.s.Rooms[i].Name), Box: fds.Box{x, x, y, y, r[4] + w.cell/2, r[5] - w.cell/2}, IsBox: true, Quantity: q, Factor: 1})
		}
	}
	if len(w.s.Fires) > 0 {
		f := &w.s.Fires[0]
		r := layout.Room(w.s, f.Room)
		for axis, v := range []float64{r[0] + f.X, r[2] + f.Y} {
			w.in.Slices = append(w.in.Slices, fds.Slice{Quantity: "TEMPERATURE", Axis: axis, AtM: v, Vector: true})
		}
	}
	for _, q := range []string{"WALL TEMPERATURE", "GAUGE HEAT FLUX"} {
		w.in.Boundaries = append(w.in.Boundaries, fds.Slice{Quantity: q, Axis: -1})
	}
}

// quarter is the middle of that quarter of a room which is farthest from its fires.
func (w *writer) quarter(room int) (x, y float64) {
	r := layout.Room(w.s, room)
	best := -1.0
	for _, p := range [][2]float64{{.25, .25}, {.75, .25}, {.25, .75}, {.75, .75}} {
		u, v := p[0]*(r[1]-r[0]), p[1]*(r[3]-r[2])
		near := math.Inf(1)
		for i := range w.s.Fires {
			if f := &w.s.Fires[i]; f.Room == room {
				near = min(near, math.Hypot(f.X-u, f.Y-v))
			}
		}
		if near > best {
			best, x, y = near, r[0]+u, r[2]+v
		}
	}
	return x, y
}
