package fire

import (
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/field"
	"firescene/recon/field/rooms"
	"firescene/recon/zone"
)

// FieldCellM is the size of cells where none is stated.
const FieldCellM = 0.15

// Field states a hypothesis as a scene of recon/field in scene coordinates, with cells
// of about cellM (0: FieldCellM): the rooms that openings join with the room of origin,
// the open air before openings to it, fuels as burners at their places with their stated
// heat release (the middle of their spread), and devices. Devices are, for each detector
// in its order that such a room holds, one of its name; and for each room NAME and each
// of its quarters 1 to 4 "upper:NAME:1", "lower:NAME:1" and "height:NAME:1", and
// "oxygen:NAME". The warnings say what was supposed or left out.
func Field(h *recon.Hypothesis, cellM float64) (*field.Scene, []recon.Warning, error) {
	e, err := newEngine(h)
	if err != nil {
		return nil, nil, fmt.Errorf("hypothesis %s: %w", h.ID, err)
	}
	sc, err := e.field(cellM)
	if err != nil {
		return nil, nil, fmt.Errorf("hypothesis %s: %w", h.ID, err)
	}
	return sc, e.warnings, nil
}

func (e *engine) field(cellM float64) (*field.Scene, error) {
	if cellM == 0 {
		cellM = FieldCellM
	}
	p := rooms.Plan{CellM: cellM}
	box := e.roomBoxes()
	for i, b := range box {
		z := &e.scene.Rooms[i]
		p.Rooms = append(p.Rooms, rooms.Room{Name: z.Name, Box: b, Walls: surface(z.Wall), Ceiling: surface(z.Ceiling), Floor: surface(z.Floor)})
	}
	for i := range e.h.Openings {
		o := &e.h.Openings[i]
		if r, ok := e.rectangle(o, box); ok {
			p.Openings = append(p.Openings, r)
		}
	}
	sc, err := p.Scene()
	if err != nil {
		return nil, err
	}
	sc.Name, sc.EndS, sc.AmbientK = e.h.ID, e.durationS, e.ambientK
	sc.SampleS = max(1, e.durationS/1800)
	for i, b := range box {
		if z := &e.scene.Rooms[i]; z.LeakWallM2 > 0 {
			sc.Leaks = append(sc.Leaks, field.Leak{Name: z.Name, Box: b, AreaM2: z.LeakWallM2})
		}
	}
	e.fieldFuels(sc, box)
	e.fieldDevices(sc, box)
	return sc, nil
}

// surface turns the slabs of the zone model into layers.
func surface(s zone.Surface) field.Surface {
	out := field.Surface{Emissivity: s.Emissivity}
	for _, y := range s.Slabs {
		out.Layers = append(out.Layers, field.Layer{ThickM: y.ThickM, Material: field.Material{ConductKWmK: y.Material.ConductKWmK, DensityKgM3: y.Material.DensityKgM3, HeatKJKgK: y.Material.HeatKJKgK}})
	}
	return out
}

// rectangle puts an opening in a wall: where it is stated to be; else in the middle of
// the wall that two rooms share, or of the first wall of the room behind which no room
// lies, and says so.
func (e *engine) rectangle(o *recon.Opening, box []field.Box) (out rooms.Opening, ok bool) {
	a, okA := e.roomAt[o.From]
	b, okB := e.roomAt[o.To]
	switch {
	case o.From == Outside && okB:
		a, b = b, rooms.Outside
	case o.To == Outside && okA:
		b = rooms.Outside
	case !okA || !okB:
		return out, false
	}
	r := box[a]
	axis, far, mid := 0, 0, 0.
	switch {
	case o.At != nil:
		best := math.Inf(1)
		for side := range 4 {
			if d := math.Abs(o.At[side/2] - r[side]); d < best {
				best, axis, far = d, side/2, side%2
			}
		}
		mid = o.At[1-axis]
	case b == rooms.Outside:
		axis, far = freeWall(r, a, box)
		mid = (r[2*(1-axis)] + r[2*(1-axis)+1]) / 2
		e.warn("opening "+o.Name, "no place stated (at_m); the middle of the wall of %s at %s = %.2f m is supposed, and the result depends on it", e.scene.Rooms[a].Name, "xy"[axis:axis+1], r[2*axis+far])
	default:
		other := box[b]
		best := math.Inf(1)
		for side := range 4 {
			k := side / 2
			if d := math.Abs(r[side] - other[side^1]); d < best {
				best, axis, far = d, k, side%2
			}
		}
		k := 1 - axis
		mid = (max(r[2*k], other[2*k]) + min(r[2*k+1], other[2*k+1])) / 2
		e.warn("opening "+o.Name, "no place stated (at_m); the middle of the wall between %s and %s is supposed", e.scene.Rooms[a].Name, e.scene.Rooms[b].Name)
	}
	k := 1 - axis
	half := min(o.WidthM, r[2*k+1]-r[2*k]) / 2
	mid = min(max(mid, r[2*k]+half), r[2*k+1]-half)
	var q field.Box
	q[2*axis], q[2*axis+1] = r[2*axis+far], r[2*axis+far]
	q[2*k], q[2*k+1] = mid-half, mid+half
	q[4], q[5] = r[4]+o.SillM, r[4]+o.HeadM
	return rooms.Opening{Name: o.Name, A: a, B: b, Box: q, OpensS: o.OpenAtS}, true
}

// freeWall is the first side, front, right, back, left, behind which no room lies.
func freeWall(r field.Box, own int, box []field.Box) (axis, far int) {
	for _, side := range [4]int{2, 1, 3, 0} {
		free := true
		k := 1 - side/2
		for n, b := range box {
			if n == own || b[2*k] >= r[2*k+1] || b[2*k+1] <= r[2*k] || b[4] >= r[5] || b[5] <= r[4] {
				continue
			}
			if side%2 == 0 && b[side] < r[side] || side%2 == 1 && b[side] > r[side] {
				free = false
			}
		}
		if free {
			return side / 2, side % 2
		}
	}
	return 1, 0
}

// fieldFuels adds the fuels as square burners, on stands where they are above the floor.
func (e *engine) fieldFuels(sc *field.Scene, box []field.Box) {
	u := genericFuel
	sc.Reaction = field.Reaction{Fuel: "furnishings", C: u.C, H: u.H, O: u.O, N: u.N, HeatKJKg: u.HeatKJKg, SootYield: genericSoot, COYield: genericCO}
	var most, radiate float64
	for i, f := range e.fuels {
		b := box[e.scene.Fires[i].Room]
		half := math.Sqrt(e.scene.Fires[i].Rows[0].AreaM2) / 2
		peak := 0.
		times := e.curveTimes(f)
		for _, t := range times {
			peak = max(peak, HeatRelease(f, t))
		}
		if peak <= 0 {
			continue
		}
		most, radiate = most+peak, radiate+peak*radiative(f)
		at := field.Box{0, 0, 0, 0, f.At[2], f.At[2]}
		area := 1.
		for k := range 2 {
			at[2*k], at[2*k+1] = max(f.At[k]-half, b[2*k]), min(f.At[k]+half, b[2*k+1])
			area *= at[2*k+1] - at[2*k]
		}
		if !(area > 0) {
			e.warn("fuel "+f.Name, "nothing of it lies in its room; it is left out")
			continue
		}
		s := field.Surface{Name: f.Name, HRRPUA: peak / area}
		for _, t := range times {
			s.Ramp = append(s.Ramp, [2]float64{t, HeatRelease(f, t) / peak})
		}
		sc.Surfaces = append(sc.Surfaces, s)
		d := sc.Box[5] - sc.Box[4]
		cell := d / float64(sc.Cells[2])
		if rise := f.At[2] - b[4]; rise > cell/2 {
			stand := at
			stand[4] = b[4]
			sc.Obstructions = append(sc.Obstructions, field.Obstruction{Name: f.Name, Box: stand, Surfaces: [6]int{field.Ambient, field.Ambient, field.Ambient, field.Ambient, field.Ambient, field.Ambient}})
		} else {
			at[4], at[5] = b[4], b[4]
		}
		sc.Vents = append(sc.Vents, field.Vent{Name: f.Name, Box: at, Surface: len(sc.Surfaces) - 1})
	}
	if most > 0 {
		sc.Reaction.RadiativeFraction = radiate / most
	}
}

// curveTimes are the times by which a fuel's heat release is well described.
func (e *engine) curveTimes(f *recon.Fuel) []float64 {
	var out []float64
	k := append(knots(f), math.Inf(1))
	for n := 0; n+1 < len(k); n++ {
		end := min(k[n+1], e.durationS)
		pieces := 1
		if f.Growth != nil {
			pieces = 24
		}
		for m := range pieces {
			if t := k[n] + (end-k[n])*float64(m)/float64(pieces); t <= e.durationS && (len(out) == 0 || t > out[len(out)-1]) {
				out = append(out, t)
			}
		}
	}
	if len(out) == 0 || out[len(out)-1] < e.durationS {
		out = append(out, e.durationS)
	}
	return out
}

func (e *engine) fieldDevices(sc *field.Scene, box []field.Box) {
	for i := range e.h.Detectors {
		d := &e.h.Detectors[i]
		if e.probeAt[i] < 0 {
			continue
		}
		f := field.Device{Name: d.Name, Box: field.Box{d.At[0], d.At[0], d.At[1], d.At[1], d.At[2], d.At[2]}, Setpoint: thresholdK(d, e.ambientK), HasSetpoint: true}
		if hasLink(d.Kind) {
			f.Quantity, f.RTI = field.LinkTemperature, d.RTI
		}
		sc.Devices = append(sc.Devices, f)
	}
	for i, b := range box {
		name := e.scene.Rooms[i].Name
		for q := range 4 {
			x := b[0] + (b[1]-b[0])*(.25+.5*float64(q%2))
			y := b[2] + (b[3]-b[2])*(.25+.5*float64(q/2))
			line := field.Box{x, x, y, y, b[4], b[5]}
			for _, k := range layerDevices {
				sc.Devices = append(sc.Devices, field.Device{Name: fmt.Sprintf("%s:%s:%d", k.name, name, q+1), Quantity: k.quantity, Box: line})
			}
		}
		x, y, z := (b[0]+b[1])/2, (b[2]+b[3])/2, b[4]+.9*(b[5]-b[4])
		sc.Devices = append(sc.Devices, field.Device{Name: "oxygen:" + name, Quantity: field.OxygenFraction, Box: field.Box{x, x, y, y, z, z}})
	}
}

// layerDevices are what is measured in each quarter of a room.
var layerDevices = []struct {
	name     string
	quantity field.Quantity
}{{"upper", field.UpperTemperature}, {"lower", field.LowerTemperature}, {"height", field.LayerHeight}}
