package fire

import (
	"math"

	"firescene/recon/handcalc"
)

// wallNodes is how many cells the thickness of a wall is cut into. They grow
// from the heated face inwards, where the gradient is steepest.
const wallNodes = 14

// wall is a slab heated on one face: transient one-dimensional conduction by
// finite volumes, implicit in time, so that any step is stable.
type wall struct {
	m     handcalc.Material
	dxM   [wallNodes]float64
	tempK [wallNodes]float64
}

func newWall(m handcalc.Material, thickM, tempK float64) *wall {
	w := &wall{m: m}
	const ratio = 1.35
	first := thickM * (ratio - 1) / (math.Pow(ratio, wallNodes) - 1)
	for i := range w.dxM {
		w.dxM[i], w.tempK[i] = first, tempK
		first *= ratio
	}
	return w
}

// surfaceK is the temperature of the heated face's cell.
func (w *wall) surfaceK() float64 { return w.tempK[0] }

// backLoss is the coefficient of the far face to ambient air, kW/(m2 K):
// natural convection and radiation at moderate temperatures.
const backLoss = 0.010

// heat advances the wall by dt with a flux in kW/m2 into the heated face that
// changes by slope for a kelvin of surface temperature (slope <= 0). Treating
// the flux as linear in the surface temperature keeps thin, light linings stable.
func (w *wall) heat(fluxKW, slope, ambientK, dt float64) {
	var below, diag, above, rhs [wallNodes]float64
	heatCap := w.m.DensityKgM3 * w.m.HeatKJKgK
	for i := 0; i < wallNodes; i++ {
		c := heatCap * w.dxM[i] / dt
		diag[i] += c
		rhs[i] += c * w.tempK[i]
		if i+1 < wallNodes {
			g := 2 * w.m.ConductKWmK / (w.dxM[i] + w.dxM[i+1])
			diag[i] += g
			diag[i+1] += g
			above[i] -= g
			below[i+1] -= g
		}
	}
	diag[0] -= slope
	rhs[0] += fluxKW - slope*w.tempK[0]
	last := wallNodes - 1
	diag[last] += backLoss
	rhs[last] += backLoss * ambientK
	for i := 1; i < wallNodes; i++ {
		f := below[i] / diag[i-1]
		diag[i] -= f * above[i-1]
		rhs[i] -= f * rhs[i-1]
	}
	w.tempK[last] = rhs[last] / diag[last]
	for i := last - 1; i >= 0; i-- {
		w.tempK[i] = (rhs[i] - above[i]*w.tempK[i+1]) / diag[i]
	}
}

// storedKJ is the heat a square metre holds above ambient.
func (w *wall) storedKJ(ambientK float64) float64 {
	var e float64
	for i, dx := range w.dxM {
		e += w.m.DensityKgM3 * w.m.HeatKJKgK * dx * (w.tempK[i] - ambientK)
	}
	return e
}
