package field

import "math"

// inside reports whether p lies in a plane's rectangle.
func inside(b Box, p [3]float64, axis int) bool {
	for a := range 3 {
		if a != axis && (p[a] < b[2*a] || p[a] >= b[2*a+1]) {
			return false
		}
	}
	return true
}

// overlap is the share of a face's area that a rectangle covers.
func (e *engine) overlap(b Box, f *face) float64 {
	share := 1.
	for a := range 3 {
		if a == f.Axis {
			if math.Abs(b[2*a]-f.Middle[a]) > .51*e.g.D[a] {
				return 0
			}
			continue
		}
		d := e.g.D[a]
		share *= max(0, min(b[2*a+1], f.Middle[a]+d/2)-max(b[2*a], f.Middle[a]-d/2)) / d
	}
	return share
}

// layVents lays surfaces on faces and lists what gives off fuel or air.
func (e *engine) layVents() {
	e.feeds = e.feeds[:0]
	left := make([]float64, len(e.faces))
	for i := range left {
		left[i] = 1
	}
	for n := len(e.sc.Vents) - 1; n >= 0; n-- {
		v := &e.sc.Vents[n]
		if v.Kind != Lay || !e.there(&v.There) {
			continue
		}
		axis := v.Box.flat()
		covered := 0.
		for i := range e.faces {
			f := &e.faces[i]
			if f.hidden || f.Axis != axis {
				continue
			}
			share := min(left[i], e.overlap(v.Box, f))
			if share <= 1e-6 {
				continue
			}
			left[i] -= share
			covered += share * f.AreaM2
			if share > .5 {
				f.Surface, f.Vent = v.Surface, n
			}
			e.addFeed(i, v.Surface, share, "vent "+v.Name, n, area(v.Box))
		}
		if a := area(v.Box); covered < .5*a && e.gives(v.Surface) {
			e.warn("vent "+v.Name, "only %.2f of its %.2f m2 lie on solids; the rest gives off nothing", covered, a)
		}
	}
	for i := range e.faces {
		f := &e.faces[i]
		if f.hidden || f.Obstruction < 0 || f.Vent >= 0 || !e.gives(f.Surface) {
			continue
		}
		o := &e.sc.Obstructions[f.Obstruction]
		true2, snapped := 1., 1.
		lo, hi, _ := e.snap(o.Box)
		for a := range 3 {
			if a != f.Axis {
				true2 *= o.Box.size(a)
				snapped *= float64(hi[a]-lo[a]) * e.g.D[a]
			}
		}
		if snapped > 0 {
			e.addFeed(i, f.Surface, left[i]*true2/snapped, "obstruction "+o.Name, len(e.sc.Vents)+f.Obstruction, true2)
		}
	}
}

func area(b Box) float64 {
	a := 1.
	for k := range 3 {
		if k != b.flat() {
			a *= b.size(k)
		}
	}
	return a
}

// gives reports whether a surface gives off fuel or moves air.
func (e *engine) gives(surface int) bool {
	if surface < 0 {
		return false
	}
	s := &e.sc.Surfaces[surface]
	return s.HRRPUA != 0 || s.MassFluxKgM2S != 0 || s.BlowMS != 0 || s.BlowM3S != 0
}

func (e *engine) addFeed(f, surface int, share float64, name string, id int, areaM2 float64) {
	if !e.gives(surface) {
		return
	}
	s := &e.sc.Surfaces[surface]
	key := [2]int{id, -1}
	threshold := s.IgnitionK > 0 || s.CriticalFluxKW > 0 || s.FluxTime > 0
	if threshold && !s.Whole {
		key[1] = e.faces[f].cell*6 + e.faces[f].side
	}
	k, ok := e.groupOf[key]
	if !ok {
		k = len(e.groups)
		e.groupOf[key] = k
		gr := group{name: name, igniteS: s.IgniteS, areaM2: areaM2, threshold: threshold}
		if threshold {
			gr.igniteS = -1
		}
		e.groups = append(e.groups, gr)
	}
	e.feeds = append(e.feeds, feed{f, surface, share, k})
}

// pairBacks finds, for faces whose surface is exposed at its back, the face on the
// other side of the obstruction.
func (e *engine) pairBacks() {
	at := map[[2]int]int{}
	for i := range e.faces {
		if !e.faces[i].hidden {
			at[[2]int{e.faces[i].cell, e.faces[i].side}] = i
		}
	}
	for i := range e.faces {
		f := &e.faces[i]
		f.back = -1
		if f.hidden || f.Surface < 0 || f.Obstruction < 0 || e.sc.Surfaces[f.Surface].Backing != Exposed {
			continue
		}
		step := e.g.Stride[f.Axis]
		if f.side%2 == 0 {
			step = -step
		}
		for n, c := 0, f.cell+step; n < e.g.N[f.Axis]; n, c = n+1, c+step {
			if b, ok := at[[2]int{c, f.side ^ 1}]; ok && e.m.Gas[c] > 0 {
				f.back = b
				break
			}
			if c < 0 || c >= e.g.Len {
				break
			}
		}
	}
}
