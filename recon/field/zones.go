package field

import "math"

// findZones fills the gas from cell to cell and keeps the parts that no open border
// reaches: their pressure rises and falls on its own.
func (e *engine) findZones() {
	g := &e.g
	const open, unseen = -1, -2
	label := make([]int, g.Len)
	for i := range label {
		label[i] = unseen
	}
	old := e.zoneOf
	was := e.closed
	e.closed = nil
	fill := func(from, as int) (cells []int) {
		label[from] = as
		cells = append(cells, from)
		for n := 0; n < len(cells); n++ {
			at := cells[n]
			for a := range 3 {
				s := g.Stride[a]
				if next := at + s; e.m.Mask[a][at] > 0 && e.m.Gas[next] > 0 && label[next] == unseen {
					label[next] = as
					cells = append(cells, next)
				}
				if next := at - s; e.m.Mask[a][next] > 0 && e.m.Gas[next] > 0 && label[next] == unseen {
					label[next] = as
					cells = append(cells, next)
				}
			}
		}
		return cells
	}
	for _, b := range e.borders {
		if label[b.cell] == unseen {
			fill(b.cell, open)
		}
	}
	for _, at := range e.gasCells {
		if label[at] != unseen {
			continue
		}
		z := zone{cells: fill(at, len(e.closed))}
		if old != nil && old[at] >= 0 { // a part of a closed room keeps its pressure
			z.excess = was[old[at]].excess
		}
		e.closed = append(e.closed, z)
	}
	e.zoneOf = label
	e.setPressures()
}

// setPressures spreads the background pressures over the cells.
func (e *engine) setPressures() {
	if len(e.closed) == 0 && e.plainPressure {
		return
	}
	per := float32(1 / e.sc.PressurePa)
	for i := range e.perP {
		e.perP[i] = per
	}
	for _, z := range e.closed {
		per := float32(1 / (e.sc.PressurePa + z.excess))
		for _, at := range z.cells {
			e.perP[at] = per
		}
	}
	e.plainPressure = len(e.closed) == 0
}

// layLeaks spreads each leak over the faces in its box that border closed gas.
func (e *engine) layLeaks() {
	e.leaks = e.leaks[:0]
	for n := range e.sc.Leaks {
		l := &e.sc.Leaks[n]
		by := map[int]*leak{}
		var order []int
		all := 0.
		for i := range e.faces {
			f := &e.faces[i]
			if f.hidden || e.zoneOf[f.cell] < 0 || !near(l.Box, f.Middle, e.g.D) {
				continue
			}
			z := e.zoneOf[f.cell]
			if by[z] == nil {
				by[z] = &leak{zone: z}
				order = append(order, z)
			}
			by[z].cells = append(by[z].cells, f.cell)
			by[z].shares = append(by[z].shares, f.AreaM2)
			all += f.AreaM2
		}
		coeff := l.Coeff
		if coeff == 0 {
			coeff = 0.7
		}
		for _, z := range order {
			k := by[z]
			sum := 0.
			for _, a := range k.shares {
				sum += a
			}
			for i := range k.shares {
				k.shares[i] /= sum
			}
			k.area = coeff * l.AreaM2 * sum / all
			e.leaks = append(e.leaks, *k)
		}
	}
}

// near reports whether p is in a box that is widened by half a cell.
func near(b Box, p [3]float64, d [3]float64) bool {
	for a := range 3 {
		if p[a] < b[2*a]-.51*d[a] || p[a] > b[2*a+1]+.51*d[a] {
			return false
		}
	}
	return true
}

// balance takes the pressure of the closed rooms a step of dt further, with what
// want asks for: the change of volume that the gas would make at constant pressure
// is taken up by compression and by leaks, whose flow is solved together with the
// pressure at the end of the step. want becomes what can be had.
func (e *engine) balance(want []float32, dt float64) {
	volume := e.g.D[0] * e.g.D[1] * e.g.D[2]
	for k := range e.closed {
		z := &e.closed[k]
		p := e.sc.PressurePa + z.excess
		grow, give, dense := 0., 0., 0.
		for _, at := range z.cells {
			grow += float64(want[at]) * volume
			give += (1/p - 1/float64(e.st.RhoCpT[at])) * volume
			dense += float64(e.now[0][at])
		}
		dense /= float64(len(z.cells))
		area := 0.
		for i := range e.leaks {
			if e.leaks[i].zone == k {
				area += e.leaks[i].area
			}
		}
		rate, flow := balanced(grow, give, area, dense, e.rho0, z.excess, dt)
		for i := range e.leaks {
			if l := &e.leaks[i]; l.zone == k {
				l.volumeM3S = flow * l.area / area
			}
		}
		z.rate = rate
		for _, at := range z.cells {
			want[at] -= float32(rate * (1/p - 1/float64(e.st.RhoCpT[at])))
		}
		for i := range e.leaks {
			l := &e.leaks[i]
			if l.zone != k {
				continue
			}
			for n, at := range l.cells {
				want[at] -= float32(l.volumeM3S * l.shares[n] / volume)
			}
		}
	}
}

// balanced solves (p - start)/dt give + flow(p) = grow for the rate of the pressure
// and the flow out through openings of an effective area.
func balanced(grow, give, area, dense, outside, start, dt float64) (rate, flow float64) {
	if area <= 0 {
		return grow / give, 0
	}
	out := func(p float64) float64 {
		if p > 0 {
			return area * math.Sqrt(2*p/dense)
		}
		return -area * math.Sqrt(-2*p/outside)
	}
	lo, hi := start+dt*(grow-1e3*area-1)/give, start+dt*(grow+1e3*area+1)/give
	lo, hi = min(lo, -1), max(hi, 1)
	for range 60 {
		mid := (lo + hi) / 2
		if (mid-start)/dt*give+out(mid) > grow {
			hi = mid
		} else {
			lo = mid
		}
	}
	p := (lo + hi) / 2
	return (p - start) / dt, grow - (p-start)/dt*give
}
