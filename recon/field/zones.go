package field

import (
	"math"
	"sort"
)

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
			k.area, k.referencePa, k.power = coeff*l.AreaM2*sum/all, l.ReferencePa, l.Exponent-.5
			if l.ReferencePa == 0 {
				k.power = 0
			}
			e.leaks = append(e.leaks, *k)
		}
	}
	sort.SliceStable(e.leaks, func(a, b int) bool { return e.leaks[a].zone < e.leaks[b].zone })
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
		leaks := e.leaksOf(k)
		rate, flow := balanced(grow, give, leaks, dense, e.rho0, z.excess, dt)
		for i := range leaks {
			leaks[i].volumeM3S = flow[i]
		}
		z.rate = rate
		for _, at := range z.cells {
			want[at] -= float32(rate * (1/p - 1/float64(e.st.RhoCpT[at])))
		}
		for i := range leaks {
			l := &leaks[i]
			for n, at := range l.cells {
				want[at] -= float32(l.volumeM3S * l.shares[n] / volume)
			}
		}
	}
}

// leaksOf are those of a closed room; they lie together.
func (e *engine) leaksOf(zone int) []leak {
	lo := sort.Search(len(e.leaks), func(i int) bool { return e.leaks[i].zone >= zone })
	hi := sort.Search(len(e.leaks), func(i int) bool { return e.leaks[i].zone > zone })
	return e.leaks[lo:hi]
}

// flowAt is the volume flow out at a pressure, m3/s.
func (l *leak) flowAt(p, dense, outside float64) float64 {
	if p == 0 {
		return 0
	}
	area := l.area
	if l.power != 0 {
		area *= math.Pow(math.Abs(p)/l.referencePa, l.power)
	}
	if p > 0 {
		return area * math.Sqrt(2*p/dense)
	}
	return -area * math.Sqrt(-2*p/outside)
}

// balanced solves (p - start)/dt give + flow(p) = grow for the rate of the pressure
// and the flows out through leaks.
func balanced(grow, give float64, leaks []leak, dense, outside, start, dt float64) (rate float64, flow []float64) {
	if len(leaks) == 0 {
		return grow / give, nil
	}
	flow = make([]float64, len(leaks))
	out := func(p float64) (sum float64) {
		for i := range leaks {
			flow[i] = leaks[i].flowAt(p, dense, outside)
			sum += flow[i]
		}
		return sum
	}
	// The pressure lies between that without leaks and that of the open air.
	lo := min(start, start+dt*grow/give, 0)
	hi := max(start, start+dt*grow/give, 0)
	for range 60 {
		mid := (lo + hi) / 2
		if (mid-start)/dt*give+out(mid) > grow {
			hi = mid
		} else {
			lo = mid
		}
	}
	p := (lo + hi) / 2
	rate = (p - start) / dt
	sum := out(p)
	flow[0] += grow - rate*give - sum // what rounding left over
	return rate, flow
}
