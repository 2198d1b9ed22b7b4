package zone

import (
	"math"
)

// slabNodes is how many cells the thickness of a surface is cut into; they grow
// from both faces to the middle of the second half, finest at the heated face.
const slabNodes = 14

// slab is transient one-dimensional conduction through several materials by
// finite volumes, implicit in time, so that any step is stable.
type slab struct {
	tempK [slabNodes]float64
	capKJ [slabNodes]float64     // heat capacity of a cell, kJ/(m2 K)
	link  [slabNodes - 1]float64 // conductance between cells, kW/(m2 K)
	half  [2]float64             // from the first and last cell to their faces
	eps   float64
}

// newSlab cuts the slabs into one grid. Cells lie across borders between
// materials: their capacity and resistance are those of what they hold.
func newSlab(s Surface, tempK float64) *slab {
	w := &slab{eps: s.Emissivity}
	if w.eps == 0 {
		w.eps = 0.9
	}
	total := 0.0
	for _, l := range s.Slabs {
		total += l.ThickM
	}
	const ratio = 1.35
	dx := total * (ratio - 1) / (math.Pow(ratio, slabNodes) - 1)
	var halfR [slabNodes][2]float64
	x := 0.0
	for i := range w.tempK {
		w.tempK[i] = tempK
		c, r0 := s.within(x, x+dx/2)
		c2, r1 := s.within(x+dx/2, x+dx)
		w.capKJ[i], halfR[i] = c+c2, [2]float64{r0, r1}
		x += dx
		dx *= ratio
	}
	for i := range w.link {
		w.link[i] = 1 / (halfR[i][1] + halfR[i+1][0])
	}
	w.half = [2]float64{1 / halfR[0][0], 1 / halfR[slabNodes-1][1]}
	return w
}

// within is the heat capacity and the resistance of the part from a to b.
func (s Surface) within(a, b float64) (capKJ, resist float64) {
	at := 0.0
	for i, l := range s.Slabs {
		end := at + l.ThickM
		if i == len(s.Slabs)-1 {
			end = math.Inf(1)
		}
		if d := min(b, end) - max(a, at); d > 0 {
			capKJ += d * l.Material.DensityKgM3 * l.Material.HeatKJKgK
			resist += d / l.Material.ConductKWmK
		}
		at = end
	}
	return capKJ, resist
}

// face is what meets one face over a step: a flux into it that changes by slope
// for a kelvin of the face's cell (slope <= 0).
type face struct{ fluxKW, slope float64 }

// backLoss is the coefficient of a far face to still air, kW/(m2 K): natural
// convection and radiation at moderate temperatures.
const backLoss = 0.010

// air is the far face towards gas of a temperature.
func (w *slab) air(gasK float64) face {
	t := w.tempK[slabNodes-1]
	return face{backLoss * (gasK - t), -backLoss}
}

// heat advances the slab and returns the fluxes that really went into its two
// faces.
func (w *slab) heat(front, back face, dt float64) (frontKW, backKW float64) {
	var diag, rhs [slabNodes]float64
	for i := range diag {
		c := w.capKJ[i] / dt
		diag[i] = c
		rhs[i] = c * w.tempK[i]
	}
	for i, g := range w.link {
		diag[i] += g
		diag[i+1] += g
	}
	last := slabNodes - 1
	t0, t1 := w.tempK[0], w.tempK[last]
	diag[0] -= front.slope
	rhs[0] += front.fluxKW - front.slope*t0
	diag[last] -= back.slope
	rhs[last] += back.fluxKW - back.slope*t1
	for i := 1; i < slabNodes; i++ {
		f := w.link[i-1] / diag[i-1]
		diag[i] -= f * w.link[i-1]
		rhs[i] += f * rhs[i-1]
	}
	w.tempK[last] = rhs[last] / diag[last]
	for i := last - 1; i >= 0; i-- {
		w.tempK[i] = (rhs[i] + w.link[i]*w.tempK[i+1]) / diag[i]
	}
	return front.fluxKW + front.slope*(w.tempK[0]-t0), back.fluxKW + back.slope*(w.tempK[last]-t1)
}

// takeFrom mixes in a share of another slab of the same make, as when a part of
// the wall passes from one layer to the other.
func (w *slab) takeFrom(o *slab, share float64) {
	for i := range w.tempK {
		w.tempK[i] += share * (o.tempK[i] - w.tempK[i])
	}
}

// storedKJ is the heat a square metre holds above a temperature.
func (w *slab) storedKJ(aboveK float64) float64 {
	var e float64
	for i, c := range w.capKJ {
		e += c * (w.tempK[i] - aboveK)
	}
	return e
}

// at is the temperature at a depth in metres of a slab of one material.
func (w *slab) at(depthM float64, s Surface) float64 {
	total := 0.0
	for _, l := range s.Slabs {
		total += l.ThickM
	}
	const ratio = 1.35
	dx := total * (ratio - 1) / (math.Pow(ratio, slabNodes) - 1)
	x, prevX := 0.0, 0.0
	for i := range w.tempK {
		mid := x + dx/2
		if depthM <= mid {
			if i == 0 {
				return w.tempK[0]
			}
			f := (depthM - prevX) / (mid - prevX)
			return w.tempK[i-1] + f*(w.tempK[i]-w.tempK[i-1])
		}
		prevX = mid
		x += dx
		dx *= ratio
	}
	return w.tempK[slabNodes-1]
}
