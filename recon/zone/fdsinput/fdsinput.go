// Package fdsinput writes a scene of the zone model as an input of FDS
// (formats/fds): rooms cut out of one block, linings, openings with their times,
// burners with the heat release as a ramp, detectors and targets as devices.
package fdsinput

import (
	"fmt"
	"math"

	"firescene/formats/fds"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
	"firescene/recon/zone/layout"
)

// Options say how.
type Options struct {
	CHID, Title string
	CellM       float64 // 0: DefaultCellM
	MostCells   float64 // 0: DefaultMostCells; cells grow until the grid is below
}

// The defaults of Options.
const (
	DefaultCellM     = 0.1
	DefaultMostCells = 1e6
)

// outdoorsM is the depth of open air before openings that lead outside.
const outdoorsM = 1.0

// Note is a thing that was supposed or could not be written.
type Note struct{ Where, What string }

type writer struct {
	s     *zone.Scene
	in    *fds.Input
	notes []Note
	cell  float64
	rooms layout.Box // of all rooms together
	block layout.Box // with their outer walls
	box   layout.Box // of the mesh
	open  [6]bool    // sides with open air
	surfs map[string]string
	base  string // surface of the block
	names map[string]int
}

// Input writes the scene. Coordinates are the scene's.
func Input(s *zone.Scene, o Options) (*fds.Input, []Note) {
	w := &writer{s: s, cell: o.CellM, surfs: map[string]string{}, names: map[string]int{}}
	w.in = &fds.Input{CHID: plain(o.CHID), Title: o.Title, EndS: s.DurationS, AmbientC: celsius(s.OutsideK), PressurePa: s.PressurePa, HumidityPct: s.HumidityPct,
		DeviceEveryS: 1, HRREveryS: 1, Frames: 200}
	if w.in.PressurePa == 0 {
		w.in.PressurePa = 101325
	}
	if w.in.HumidityPct == 0 {
		w.in.HumidityPct = 40
	}
	if w.cell == 0 {
		w.cell = DefaultCellM
	}
	vents, notes := layout.Vents(s)
	holes := layout.Holes(s)
	for _, n := range notes {
		w.note(n.Where, "%s", n.What)
	}
	w.region(vents, holes, o.MostCells)
	w.solids()
	w.openings(vents, holes)
	w.fires()
	w.linings() // after burners: where vents overlap the first holds
	w.leaks()
	w.measures()
	if len(s.Fans) > 0 {
		w.note("fans", "%d fans are left out: air is not moved by them", len(s.Fans))
	}
	return w.in, w.notes
}

func (w *writer) note(where, format string, args ...any) {
	w.notes = append(w.notes, Note{where, fmt.Sprintf(format, args...)})
}

func celsius(k float64) float64 {
	if k == 0 {
		return handcalc.AmbientStdC
	}
	return k - handcalc.Kelvin
}

// plain is a name without what FDS, quotes and file systems mind.
func plain(s string) string {
	out := []rune(s)
	for i, r := range out {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			out[i] = '_'
		}
	}
	if len(out) == 0 {
		return "case"
	}
	return string(out[:min(len(out), 40)])
}

// id is a name for a record, made the only one of its kind.
func (w *writer) id(s string) string {
	s = plain(s)
	w.names[s]++
	if n := w.names[s]; n > 1 {
		return w.id(fmt.Sprintf("%s_%d", s, n))
	}
	return s
}

// region is the mesh: the rooms, a wall of one cell, and open air before openings.
func (w *writer) region(vents, holes []layout.Place, most float64) {
	if most == 0 {
		most = DefaultMostCells
	}
	for i := range w.s.Rooms {
		r := layout.Room(w.s, i)
		if i == 0 {
			w.rooms = r
		}
		for a := 0; a < 6; a += 2 {
			w.rooms[a], w.rooms[a+1] = min(w.rooms[a], r[a]), max(w.rooms[a+1], r[a+1])
		}
	}
	for _, p := range append(append([]layout.Place(nil), vents...), holes...) {
		if p.Outside {
			side := 2 * p.Axis
			if p.Positive {
				side++
			}
			w.open[side] = true
		}
	}
	stated := w.cell
	for {
		cells := 1.0
		for a := range 3 {
			lo, hi := w.rooms[2*a]-w.cell, w.rooms[2*a+1]+w.cell
			w.block[2*a], w.block[2*a+1] = w.down(lo), w.up(hi)
			if w.open[2*a] {
				lo -= outdoorsM
			}
			if w.open[2*a+1] {
				hi += outdoorsM
			}
			w.box[2*a], w.box[2*a+1] = w.down(lo), w.up(hi)
			cells *= math.Round((w.box[2*a+1] - w.box[2*a]) / w.cell)
		}
		if cells <= most {
			break
		}
		w.cell *= 1.25
	}
	if w.cell != stated {
		w.note("cells", "of %.3g m, as cells of %.3g m would be more than %.0f", w.cell, stated, most)
	}
	m := fds.Mesh{ID: "mesh", Box: fds.Box(w.box)}
	for a := range 3 {
		m.Cells[a] = int(math.Round((w.box[2*a+1] - w.box[2*a]) / w.cell))
	}
	w.in.Meshes = []fds.Mesh{m}
	names := [6]string{"XMIN", "XMAX", "YMIN", "YMAX", "ZMIN", "ZMAX"}
	for side, open := range w.open {
		if !open {
			continue
		}
		w.in.Vents = append(w.in.Vents, fds.Vent{ID: w.id("open_" + names[side]), Border: names[side], Surface: "OPEN"})
		for edge := range 6 { // the rim of the open air, the ground left out
			if edge/2 == side/2 || w.open[edge] || edge == 4 {
				continue
			}
			r := fds.Box(w.box)
			r[edge^1] = r[edge]
			r[side^1] = w.block[side]
			w.in.Vents = append(w.in.Vents, fds.Vent{ID: w.id("open_" + names[side]), Box: r, Surface: "OPEN"})
		}
	}
}

// down and up are the borders of cells below and above; the room of origin's corner
// is one.
func (w *writer) down(v float64) float64 { return w.cell * math.Floor(v/w.cell+1e-6) }
func (w *writer) up(v float64) float64   { return w.cell * math.Ceil(v/w.cell-1e-6) }

// solids is the block with the rooms cut out of it.
func (w *writer) solids() {
	count := map[string]int{}
	for i := range w.s.Rooms {
		r := &w.s.Rooms[i]
		count[w.surface(&r.Wall)] += 4
		count[w.surface(&r.Ceiling)]++
		count[w.surface(&r.Floor)]++
	}
	for i := range w.s.Rooms { // in the order of rooms, so that ties fall the same way
		if id := w.surface(&w.s.Rooms[i].Wall); w.base == "" || count[id] > count[w.base] {
			w.base = id
		}
	}
	for i := range w.in.Surfaces {
		w.in.Surfaces[i].Default = w.in.Surfaces[i].ID == w.base
	}
	o := fds.Obst{ID: "building", Box: fds.Box(w.block)}
	for k := range o.Surfaces {
		o.Surfaces[k] = w.base
	}
	w.in.Obstructions = append(w.in.Obstructions, o)
	for i := range w.s.Rooms {
		w.in.Holes = append(w.in.Holes, fds.Hole{ID: w.id("room_" + w.s.Rooms[i].Name), Box: fds.Box(layout.Room(w.s, i))})
		if len(w.s.Rooms[i].Section) > 0 {
			w.note("room "+w.s.Rooms[i].Name, "its section changes with height; it is written as a box")
		}
	}
}

// surface is the ID of a lining, made when it is new.
func (w *writer) surface(u *zone.Surface) string {
	key := fmt.Sprint(u.Emissivity)
	for _, l := range u.Slabs {
		key += fmt.Sprint(l)
	}
	if id, ok := w.surfs[key]; ok {
		return id
	}
	id := fmt.Sprintf("lining_%d", len(w.surfs)+1)
	w.surfs[key] = id
	f := fds.Surface{ID: id, Backing: "VOID"}
	if len(u.Slabs) == 0 {
		f.Adiabatic, f.Backing = true, "EXPOSED"
	}
	eps := u.Emissivity
	if eps == 0 {
		eps = 0.9
	}
	for k, l := range u.Slabs {
		m := fds.Material{ID: fmt.Sprintf("%s_material_%d", id, k+1), ConductWmK: 1000 * l.Material.ConductKWmK, DensityKgM3: l.Material.DensityKgM3, HeatKJKgK: l.Material.HeatKJKgK, Emissivity: eps}
		w.in.Materials = append(w.in.Materials, m)
		f.Layers = append(f.Layers, fds.SurfaceLayer{Materials: []string{m.ID}, ThickM: l.ThickM})
	}
	w.in.Surfaces = append(w.in.Surfaces, f)
	return id
}

// linings lays what is not the block's surface on the faces of rooms.
func (w *writer) linings() {
	for i := range w.s.Rooms {
		r := &w.s.Rooms[i]
		box := layout.Room(w.s, i)
		for side := range 6 {
			u := &r.Wall
			switch side {
			case 4:
				u = &r.Floor
			case 5:
				u = &r.Ceiling
			}
			if id := w.surface(u); id != w.base {
				f := fds.Box(box)
				f[side^1] = f[side]
				w.in.Vents = append(w.in.Vents, fds.Vent{ID: w.id("face_" + r.Name), Box: f, Surface: id})
			}
		}
	}
}

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
