package fdsinput

import (
	"firescene/formats/fds"
	"firescene/recon/zone"
	"firescene/recon/zone/layout"
)

// openings are holes through walls, ceilings and floors.
func (w *writer) openings(vents, holes []layout.Place) {
	for i, p := range vents {
		v := &w.s.Vents[i]
		if v.WidthM < w.cell/2 || v.HeightM < w.cell/2 {
			w.note("opening "+v.Name, "it is smaller than a cell and may vanish; make cells smaller")
		}
		w.cut("opening_"+v.Name, "opening "+v.Name, p, &v.Open)
	}
	for i, p := range holes {
		h := &w.s.Holes[i]
		if h.AreaM2 < w.cell*w.cell {
			w.note("hole "+h.Name, "it is smaller than a cell and may vanish; make cells smaller")
		}
		w.cut("hole_"+h.Name, "hole "+h.Name, p, &h.Open)
	}
}

func (w *writer) cut(id, where string, p layout.Place, open *zone.Schedule) {
	b := fds.Box(p.Box)
	b[2*p.Axis] -= w.cell / 4
	b[2*p.Axis+1] += w.cell / 4
	if p.Outside { // through the outer wall, however far it is
		if p.Positive {
			b[2*p.Axis+1] = w.block[2*p.Axis+1] + w.cell/4
		} else {
			b[2*p.Axis] = w.block[2*p.Axis] - w.cell/4
		}
	}
	h := fds.Hole{ID: w.id(id), Box: b}
	switch {
	case open.Trigger != nil:
		w.note(where, "it opens by what a target feels; here it is open as at the start")
		if open.Before < 0.5 {
			return
		}
	case len(open.TimeS) > 0:
		if share(open, 0) >= 0.5 {
			break
		}
		for k, t := range open.TimeS {
			if k < len(open.Share) && open.Share[k] >= 0.5 {
				d := fds.Device{ID: w.id("time_" + id), Box: fds.Box{w.rooms[0], w.rooms[0], w.rooms[2], w.rooms[2], w.rooms[4], w.rooms[4]}, Quantity: "TIME", HasSetpoint: true, Setpoint: t, Factor: 1}
				w.in.Devices = append(w.in.Devices, d)
				h.When.Device = d.ID
				break
			}
		}
		if h.When.Device == "" {
			w.note(where, "it is never half open; here it is closed")
			return
		}
		if len(open.TimeS) > 2 {
			w.note(where, "its schedule is written as opening once")
		}
	}
	w.in.Holes = append(w.in.Holes, h)
}

// share is the open share at a time.
func share(o *zone.Schedule, tS float64) float64 {
	out := 1.0
	for k, t := range o.TimeS {
		if k < len(o.Share) && (k == 0 || t <= tS) {
			out = o.Share[k]
		}
	}
	return out
}

// leaks are those of rooms, as one zone.
func (w *writer) leaks() {
	for i := range w.s.Rooms {
		r := &w.s.Rooms[i]
		if a := r.LeakWallM2 + r.LeakFloorM2; a > 0 && w.open == [6]bool{} {
			c := layout.Room(w.s, i)
			w.in.Zones = append(w.in.Zones, fds.Zone{At: [3]float64{(c[0] + c[1]) / 2, (c[2] + c[3]) / 2, (c[4] + c[5]) / 2}, HasAt: true, LeakM2: a, ReferencePa: 4, Exponent: 0.5})
		} else if a > 0 && i == 0 {
			w.note("leakage", "cracks are left out, since a door or window opens to the air")
		}
	}
}
