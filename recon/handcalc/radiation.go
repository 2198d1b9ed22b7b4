package handcalc

import "math"

// PointSourceFlux is the radiant heat flux in kW/m2 at rangeM from the middle of
// the flames, q" = chi Q / (4 pi R^2), on a target that faces them.
//
// Source: A. T. Modak, "Thermal radiation from pool fires", Combustion and Flame
// 29 (1977) 177; SFPE Handbook, 5th ed. (2016), ch. 66. Range: R of at least
// 2.5 fire diameters; nearer by, the result is too large.
func PointSourceFlux(hrrKW, radiativeFraction, rangeM float64) float64 {
	if hrrKW <= 0 || rangeM <= 0 {
		return 0
	}
	return radiativeFraction * hrrKW / (4 * math.Pi * rangeM * rangeM)
}

// PointSourceNear is the least range, in fire diameters, that PointSourceFlux covers.
const PointSourceNear = 2.5
