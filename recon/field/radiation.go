package field

import (
	"math"

	"firescene/recon/field/radiate"
)

// absorption is the gray coefficient of products by temperature and mass fraction.
type absorption struct{ k [absorbT][absorbY]float64 }

const (
	absorbT  = 48 // from 300 K in steps of 50 K
	absorbY  = 33 // from 0 to 1
	absorbT0 = 300
	absorbDT = 50
)

// newAbsorption is the coefficient of a path as long as the mean beam of the region,
// 3.6 times volume over surface, at most 10 m.
func newAbsorption(m *mixture, pathM float64) (a absorption) {
	for i := range absorbT {
		t := absorbT0 + float64(i)*absorbDT
		for j := range absorbY {
			y := float64(j) / (absorbY - 1)
			_, co2, h2o, _ := m.moles(0, y)
			_, _, wet, _ := m.moles(0, 0)
			eps := radiate.GasEmissivity(co2, max(0, h2o-wet*(1-y)), pathM, t)
			a.k[i][j] = -math.Log(1-eps) / pathM
		}
	}
	return a
}

func (a *absorption) at(t, y float64) float64 {
	u := min(max((t-absorbT0)/absorbDT, 0), absorbT-1.001)
	v := min(max(y, 0), 1) * (absorbY - 1.001)
	i, j := int(u), int(v)
	u, v = u-float64(i), v-float64(j)
	return (1-u)*((1-v)*a.k[i][j]+v*a.k[i][j+1]) + u*((1-v)*a.k[i+1][j]+v*a.k[i+1][j+1])
}

// layRadiation lays out the solver of radiation for the faces that are there, and
// solves once.
func (e *engine) layRadiation() {
	g := &e.g
	n := g.Cells()
	solid := make([]bool, n)
	var wall [6][]int32
	for s := range wall {
		wall[s] = make([]int32, n)
		for c := range wall[s] {
			wall[s][c] = radiate.None
		}
	}
	compact := func(at int) int {
		i, j, k := g.Cell(at)
		return (k*g.N[1]+j)*g.N[0] + i
	}
	for c := range solid {
		solid[c] = true
	}
	e.compact = e.compact[:0]
	for _, at := range e.gasCells {
		c := compact(at)
		solid[c] = false
		e.compact = append(e.compact, c)
	}
	e.burnt = make([]float64, len(e.gasCells))
	e.fixedHeat = e.fixedHeat[:0]
	for _, in := range e.sc.Initial {
		if in.HRRPUV == 0 {
			continue
		}
		lo, hi, _ := e.snap(in.Box)
		index := map[int]int{}
		for n, at := range e.gasCells {
			index[at] = n
		}
		e.eachCell(lo, hi, func(at int) {
			if n, ok := index[at]; ok {
				e.fixedHeat = append(e.fixedHeat, source{at, n, 1000 * in.HRRPUV})
			}
		})
	}
	for i := range e.faces {
		if f := &e.faces[i]; !f.hidden {
			wall[f.side][compact(f.cell)] = int32(i)
		}
	}
	for i := range e.borders {
		w := &e.borders[i]
		side := 2 * w.axis
		if w.sign > 0 {
			side++
		}
		wall[side][compact(w.cell)] = int32(len(e.faces) + i)
	}
	var targets []radiate.Target
	for _, d := range e.devices {
		if d.target = -1; d.needsTarget() && !e.mix.off {
			if c, ok := e.cellAt(d.at); ok && !solid[c] {
				d.target = len(targets)
				targets = append(targets, radiate.Target{Cell: c, Normal: d.normal})
			}
		}
	}
	e.rad = radiate.New(g.N, g.D, wall, solid, len(e.faces)+len(e.borders), targets)
	amb := sigma4(e.sc.AmbientK)
	for c := range e.rad.U {
		e.rad.U[c] = float32(4 * amb)
	}
	e.radSince = 0
	if e.mix.off {
		for i := range e.faces {
			e.faces[i].inW = sigma4(e.faces[i].tempK)
		}
		return
	}
	for i := range e.faces {
		e.rad.In[i] = float32(e.faces[i].inW)
	}
	e.derive(&e.cur)
	e.emit()
	for !e.rad.Step() {
	}
	e.absorb()
	e.emit()
}

// radiation does the next part of the solution; after the last, its outcome holds.
func (e *engine) radiation() {
	if e.mix.off {
		for i := range e.faces { // nothing is gained or lost
			e.faces[i].inW = sigma4(e.faces[i].tempK)
		}
		return
	}
	if e.rad.Step() {
		e.absorb()
		e.emit()
	}
}

// absorb takes the solution over.
func (e *engine) absorb() {
	for n, at := range e.gasCells {
		c := e.compact[n]
		e.kappa[at] = e.rad.Kappa[c]
		e.absorbed[at] = e.rad.Kappa[c] * e.rad.U[c]
	}
	for i := range e.faces {
		e.faces[i].inW = float64(e.rad.In[i])
	}
	for _, d := range e.devices {
		if d.target >= 0 {
			d.inW = e.rad.Targets[d.target].In
		}
	}
}

// emit sets what cells and faces send out in the next solution. Flames radiate the
// stated share of the heat they release: what their temperature makes them lose falls
// short of it on coarse cells, and the rest is added in proportion to the heat release
// of the time since the last solution.
func (e *engine) emit() {
	const four = 4 * radiate.StefanBoltzmann
	m := &e.mix
	per := 0.
	if e.radSince > 0 {
		per = 1 / e.radSince
	}
	var all, own float64
	soot := m.part[3]
	for n, at := range e.gasCells {
		t, y := float64(e.st.T[at]), float64(e.st.Prod[at])
		k := 0.
		if y > 1e-5 {
			k = e.table.at(t, y)
			if soot > 0 {
				k += radiate.SootAbsorption(soot*y*float64(e.cur[0][at]), t)
			}
		}
		c := e.compact[n]
		emit := k * four * t * t * t * t
		e.rad.Kappa[c], e.rad.Emit[c] = float32(k), float32(emit)
		if q := e.burnt[n]; q > 0 {
			all += q * per
			own += emit - k*float64(e.rad.U[c])
		}
	}
	e.flameShare = 0
	if all > 0 {
		e.flameShare = min(max(m.radiative-own/all, 0), m.radiative)
	}
	for n, q := range e.burnt {
		if q > 0 {
			e.rad.Emit[e.compact[n]] += float32(q * per * e.flameShare)
			e.burnt[n] = 0
		}
	}
	e.radSince = 0
	amb := sigma4(e.sc.AmbientK)
	for i := range e.faces {
		f := &e.faces[i]
		eps := e.ambientLining.eps
		if f.Surface >= 0 {
			eps = e.linings[f.Surface].eps
		}
		if f.mirror {
			eps = 0
		}
		e.rad.Leave[i] = float32(eps*sigma4(f.tempK) + (1-eps)*f.inW)
	}
	for i := range e.borders {
		e.rad.Leave[len(e.faces)+i] = float32(amb)
	}
}
