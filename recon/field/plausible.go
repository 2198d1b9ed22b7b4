package field

import "math"

func (c *checker) vent(sc *Scene, v *Vent, w string) {
	a := v.Box.flat()
	d := sc.Box.size(a) / float64(sc.Cells[a])
	if v.Box.size(a) > d {
		c.fatal(w, "its box %v is not flat; a vent is a plane", v.Box)
		return
	}
	if c.outside(sc, v.Box) {
		c.fatal(w, "its box %v lies outside the region %v", v.Box, sc.Box)
		return
	}
	at := v.Box[2*a]
	if v.Kind != Lay && math.Abs(at-sc.Box[2*a]) > d && math.Abs(at-sc.Box[2*a+1]) > d {
		c.fatal(w, "it opens the border of the region but lies inside it, at %c = %g", "xyz"[a], at)
	}
}

func (c *checker) devices(sc *Scene, box func(string, Box) bool) {
	for i := range sc.Devices {
		d := &sc.Devices[i]
		w := "device " + d.Name
		if d.Quantity > PathObscuration {
			c.fatal(w, "its quantity %d is not known", d.Quantity)
		}
		for _, v := range d.Orientation {
			c.number(w, "orientation", v, -1e6, 1e6)
		}
		if math.IsNaN(d.Setpoint) {
			c.fatal(w, "its set point is no number")
		}
		c.number(w, "RTI", d.RTI, 0, 1e4)
		c.number(w, "bead in m", d.BeadM, 0, .1)
		c.number(w, "emissivity of the bead", d.BeadEps, 0, 1)
		c.number(w, "gauge temperature in K", d.GaugeK, 0, 2000)
		c.number(w, "length in m", d.LengthM, 0, 100)
		for _, v := range d.Chamber {
			c.number(w, "chamber parameter", v, -100, 100)
		}
		if box(w, d.Box) && c.outside(sc, d.Box) {
			c.doubt(w, "its place %v lies outside the region; what it reads is that of the nearest cell", d.Box)
		}
	}
}

// outside reports whether a box lies wholly outside the region, with half a cell to
// spare.
func (c *checker) outside(sc *Scene, b Box) bool {
	for a := range 3 {
		d := sc.Box.size(a) / float64(sc.Cells[a])
		if b[2*a+1] < sc.Box[2*a]-.51*d || b[2*a] > sc.Box[2*a+1]+.51*d {
			return true
		}
	}
	return false
}

// plausible holds fires against the air there is, and cells against fires.
func (c *checker) plausible(sc *Scene) {
	c.out = append(c.out, c.later...)
	open := false
	for i := range sc.Vents {
		open = open || sc.Vents[i].Kind == Open
	}
	peak := 0.
	share := func(surface int, m2 float64) float64 {
		if surface < 0 {
			return 0
		}
		s := &sc.Surfaces[surface]
		top := 1.
		if len(s.Ramp) > 0 {
			top = 0
			for _, p := range s.Ramp {
				top = max(top, p[1])
			}
		}
		return s.HRRPUA * m2 * top
	}
	for i := range sc.Vents {
		if v := &sc.Vents[i]; v.Kind == Lay {
			peak += share(v.Surface, area(v.Box))
		}
	}
	for i := range sc.Obstructions {
		o := &sc.Obstructions[i]
		for s, n := range o.Surfaces {
			a := s / 2
			peak += share(n, o.Box.size((a+1)%3)*o.Box.size((a+2)%3))
		}
	}
	volume := sc.Box.size(0) * sc.Box.size(1) * sc.Box.size(2)
	if !open && len(sc.Leaks) == 0 {
		c.doubt("region", "nothing is open: no vent and no leak; pressure rises with the heat, and the fire has the %.0f m3 of air within", volume)
	}
	if peak > 0 {
		if !open {
			if air := volume * 1.2 * .232 * 13100; peak*sc.EndS > air {
				c.doubt("fire", "up to %.0f kW over %.0f s need more than the %.0f MJ that the air within can burn; the fire will go out for want of oxygen", peak, sc.EndS, air/1000)
			}
		}
		if perM3 := peak / volume; perM3 > 500 {
			c.doubt("fire", "%.0f kW in %.1f m3 are %.0f kW/m3, more than a room full of flames holds; check the heat release", peak, volume, perM3)
		}
		d := math.Cbrt(volume / float64(sc.Cells[0]*sc.Cells[1]*sc.Cells[2]))
		if star := math.Pow(peak/(1.204*1.005*293*math.Sqrt(9.81)), .4); star/d < 4 {
			c.doubt("fire", "cells of %.2f m are coarse for up to %.0f kW: D*/dx = %.1f, below the 4 to 16 of good use; make them %.2f m", d, peak, star/d, star/4)
		}
	}
	for i := range sc.Vents {
		v := &sc.Vents[i]
		if v.Kind != Lay || v.Surface < 0 || sc.Surfaces[v.Surface].HRRPUA == 0 {
			continue
		}
		m := v.Box.middle()
		a := v.Box.flat()
		for n := range sc.Obstructions {
			b := sc.Obstructions[n].Box
			in := true
			for k := range 3 {
				d := sc.Box.size(k) / float64(sc.Cells[k])
				if k == a {
					in = in && m[k] > b[2*k]+.6*d && m[k] < b[2*k+1]-.6*d
				} else {
					in = in && m[k] > b[2*k] && m[k] < b[2*k+1]
				}
			}
			if in {
				c.doubt("vent "+v.Name, "its middle lies inside obstruction %s; it may give off nothing", sc.Obstructions[n].Name)
			}
		}
	}
}
