package field

import (
	"math"

	"firescene/recon/field/flow"
)

// face is a Face with what changes at it.
type face struct {
	Face
	cell, side   int // index of its cell in fields; 2 axis, plus 1 where the face is at the far side
	back         int // the face on the other side of a thin obstruction, or -1
	mirror       bool
	hidden       bool // not there now
	tempK        float64
	node         []float64 // temperatures of the layers' cells
	meanConv     float64   // of convW since the last step of conduction
	gaugeW       float64   // to a cold gauge, W/m2
	forced       float64   // the part of coeff by flow along the face
	coeff        float64   // of convection, W/(m2 K)
	inW          float64   // incident radiation, W/m2
	convW, pendJ float64   // heat to the surface now, W/m2; since the last step of conduction, J/m2
	dose         float64   // for ignition by flux and time
	exposure     Exposure
	lastTempK    float64
}

// friction is that of a face, beside the faces for the speed of going through it.
type friction struct {
	at   [4]int32 // of the velocities along the face: two of axis[0], two of axis[1]
	axis [2]uint8
	drag float32 // per second
}

// border is an open face of the region.
type border struct {
	axis       int
	at         int     // index of the velocity
	cell, away int     // the cell inside and that of the layer around
	sign       float32 // 1 where outwards is the axis' direction
}

// feed is a face, or a share of one, that gives off fuel or air.
type feed struct {
	face    int
	surface int
	share   float64 // of the face's area
	group   int
}

// group is what catches together.
type group struct {
	name      string
	igniteS   float64 // below 0: not yet
	areaM2    float64 // of the whole rectangle
	threshold bool
}

// leak is a Leak on its faces.
type leak struct {
	cells  []int
	shares []float64
	zone   int
	area   float64 // times the coefficient
	power  float64 // of pressure over referencePa, with which the area grows

	referencePa float64
	volumeM3S   float64 // outflow
}

// zone is gas that no open border reaches.
type zone struct {
	cells            []int
	excess           float64 // pressure above ambient, Pa
	before           float64 // at the start of the step
	rate, rateBefore float64 // Pa/s
}

// build works out what is solid, the faces, the open borders and the closed rooms
// of what is there at a time. It keeps the state of faces that stay.
func (e *engine) build() {
	g := &e.g
	owner := make([]int, g.Len) // 1 + obstruction
	plate := [3][]int{make([]int, g.Len), make([]int, g.Len), make([]int, g.Len)}
	for n := range e.sc.Obstructions {
		o := &e.sc.Obstructions[n]
		if !e.there(&o.There) {
			continue
		}
		lo, hi, flat := e.snap(o.Box)
		if flat < 0 {
			e.eachCell(lo, hi, func(at int) { owner[at] = n + 1 })
			continue
		}
		// the face's index is that of the cell before the plane
		hi2 := hi
		hi2[flat] = lo[flat] + 1
		lo2 := lo
		lo2[flat], hi2[flat] = lo[flat]-1, lo[flat]
		if lo[flat] > 0 && lo[flat] < g.N[flat] {
			e.eachCell(lo2, hi2, func(at int) { plate[flat][at] = n + 1 })
		}
	}
	gas := e.m.Gas
	clear(gas)
	for a := range 3 {
		clear(e.m.Mask[a])
		clear(e.m.Edge[a])
	}
	e.gasCells = e.gasCells[:0]
	e.eachCell([3]int{}, g.N, func(at int) {
		if owner[at] == 0 {
			gas[at] = 1
			e.gasCells = append(e.gasCells, at)
		} else {
			e.still(at)
		}
	})
	e.borders = e.borders[:0]
	openDiag := g.Field()
	known := map[[2]int]int{}
	for i := range e.faces {
		known[[2]int{e.faces[i].cell, e.faces[i].side}] = i
		e.faces[i].hidden = true
	}
	for _, at := range e.gasCells {
		i, j, k := g.Cell(at)
		place := [3]int{i, j, k}
		for a := range 3 {
			for far := range 2 {
				next, vel := at-g.Stride[a], at-g.Stride[a]
				if far == 1 {
					next, vel = at+g.Stride[a], at
				}
				edge := far == 0 && place[a] == 0 || far == 1 && place[a] == g.N[a]-1
				ob, surf, kind := -1, Ambient, Lay
				switch {
				case edge:
					var open bool
					surf = e.sc.Boundary[2*a+far]
					if kind, open = e.borderKind(place, a, far); open {
						e.m.Mask[a][vel] = 1
						openDiag[at] += float32(2 / (g.D[a] * g.D[a]))
						e.borders = append(e.borders, border{a, vel, at, next, float32(2*far - 1)})
						continue
					}
				case owner[next] > 0:
					ob = owner[next] - 1
				case plate[a][vel] > 0:
					ob = plate[a][vel] - 1
				default:
					e.m.Mask[a][vel] = 1
					continue
				}
				if ob >= 0 {
					surf = e.sc.Obstructions[ob].Surfaces[2*a+1-far]
				}
				key := [2]int{at, 2*a + far}
				f, ok := known[key]
				if !ok {
					f = len(e.faces)
					e.faces = append(e.faces, e.newFace(place, at, a, far, ob, surf))
				}
				e.faces[f].hidden, e.faces[f].mirror = false, kind == Mirror
				e.faces[f].Obstruction, e.faces[f].Surface, e.faces[f].Vent = ob, surf, -1
			}
		}
	}
	for i := range e.faces {
		if e.faces[i].hidden {
			e.frictions[i].drag = 0
		}
	}
	for edge := range 3 {
		sa, sb := g.Stride[(edge+1)%3], g.Stride[(edge+2)%3]
		for _, at := range e.gasCells {
			if gas[at+sa] > 0 && gas[at+sb] > 0 && gas[at+sa+sb] > 0 {
				a, b := e.m.Mask[(edge+1)%3], e.m.Mask[(edge+2)%3]
				e.m.Edge[edge][at] = a[at] * b[at] * a[at+sb] * b[at+sa]
			}
		}
	}
	for a := range 3 {
		for at, v := range e.m.Mask[a] {
			if v == 0 {
				e.u[a][at], e.us[a][at] = 0, 0
			}
		}
	}
	e.press = flow.NewPressure(g, e.team, gas, &e.m.Mask, openDiag)
	for a := range 3 { // scalars do not diffuse through open borders
		e.inner[a] = append([]float32(nil), e.m.Mask[a]...)
	}
	for _, b := range e.borders {
		e.inner[b.axis][b.at] = 0
	}
	e.layVents()
	e.pairBacks()
	e.findZones()
	e.layLeaks()
	e.layRadiation()
}

// still sets the scalars of a solid cell to those of ambient air, for what is left
// of them is no gas.
func (e *engine) still(at int) {
	for s := range e.cur {
		e.cur[s][at], e.star[s][at] = e.ambient[s], e.ambient[s]
	}
}

// snap moves a box to borders of cells: lo and hi are cells, hi excluded. flat is the
// axis in which nothing remains, or -1.
func (e *engine) snap(b Box) (lo, hi [3]int, flat int) {
	flat = -1
	for a := range 3 {
		from := (b[2*a] - e.sc.Box[2*a]) / e.g.D[a]
		to := (b[2*a+1] - e.sc.Box[2*a]) / e.g.D[a]
		n := float64(e.g.N[a])
		lo[a] = int(math.Round(min(max(from, 0), n)))
		hi[a] = int(math.Round(min(max(to, 0), n)))
		if lo[a] == hi[a] {
			if to < 0 || from > n || flat >= 0 {
				hi[a] = lo[a] // outside, or a line: nothing
				if flat >= 0 {
					return lo, lo, flat
				}
			}
			flat = a
		}
	}
	return lo, hi, flat
}

func (e *engine) eachCell(lo, hi [3]int, f func(at int)) {
	for k := lo[2]; k < hi[2]; k++ {
		for j := lo[1]; j < hi[1]; j++ {
			for i := lo[0]; i < hi[0]; i++ {
				f(e.g.At(i, j, k))
			}
		}
	}
}

// middle is the middle of a cell's face, or of the cell when axis is below 0.
func (e *engine) middle(place [3]int, axis, far int) (p [3]float64) {
	for a := range 3 {
		p[a] = e.sc.Box[2*a] + (float64(place[a])+.5)*e.g.D[a]
	}
	if axis >= 0 {
		p[axis] += (float64(far) - .5) * e.g.D[axis]
	}
	return p
}

func (e *engine) newFace(place [3]int, at, a, far, ob, surf int) face {
	f := face{cell: at, side: 2*a + far, back: -1, tempK: e.sc.AmbientK, lastTempK: e.sc.AmbientK}
	f.Face = Face{Cell: place, Axis: a, Positive: far == 0, Middle: e.middle(place, a, far), Obstruction: ob, Vent: -1, Surface: surf}
	f.AreaM2 = e.g.D[(a+1)%3] * e.g.D[(a+2)%3]
	f.exposure.IgnitedS = -1
	var r friction
	n := 0
	for b := range 3 {
		if b == a {
			continue
		}
		r.at[2*n], r.at[2*n+1], r.axis[n] = int32(at), int32(at-e.g.Stride[b]), uint8(b)
		n++
	}
	e.frictions = append(e.frictions, r)
	f.inW = sigma4(e.sc.AmbientK)
	return f
}

// borderKind is what the last vent on a face of the border says of it.
func (e *engine) borderKind(place [3]int, a, far int) (VentKind, bool) {
	p := e.middle(place, a, far)
	for n := len(e.sc.Vents) - 1; n >= 0; n-- {
		v := &e.sc.Vents[n]
		if v.Box.flat() != a || !e.there(&v.There) || math.Abs(v.Box[2*a]-p[a]) > .51*e.g.D[a] {
			continue
		}
		if !inside(v.Box, p, a) {
			continue
		}
		return v.Kind, v.Kind == Open
	}
	return Lay, false
}
