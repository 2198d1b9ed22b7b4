package handcalc

import "math"

// FlameHeight is the mean height of a turbulent flame above its base in metres,
// L = 0.235 Q^(2/5) - 1.02 D, for a heat release rate in kW and a base diameter
// in metres. It is never negative.
//
// Source: G. Heskestad, "Luminous heights of turbulent diffusion flames", Fire
// Safety Journal 5 (1983) 103; SFPE Handbook, 5th ed. (2016), ch. 13.
// Range: 7 < Q^(2/5)/D < 700 kW^(2/5)/m (FlameHeightInRange).
func FlameHeight(hrrKW, diameterM float64) float64 {
	if hrrKW <= 0 {
		return 0
	}
	return max(0, 0.235*math.Pow(hrrKW, 0.4)-1.02*diameterM)
}

// FlameHeightInRange reports whether the source of FlameHeight covers the case.
func FlameHeightInRange(hrrKW, diameterM float64) bool {
	if hrrKW <= 0 || diameterM <= 0 {
		return false
	}
	r := math.Pow(hrrKW, 0.4) / diameterM
	return r > 7 && r < 700
}

// VirtualOrigin is the height of the plume's point source above the fire's base
// in metres, z0 = 0.083 Q^(2/5) - 1.02 D; negative when it lies below the base.
//
// Source: G. Heskestad, "Virtual origins of fire plumes", Fire Safety Journal 5
// (1983) 109.
func VirtualOrigin(hrrKW, diameterM float64) float64 {
	return 0.083*math.Pow(max(0, hrrKW), 0.4) - 1.02*diameterM
}

// Diameter is that of the circle with the same area.
func Diameter(areaM2 float64) float64 { return math.Sqrt(4 * areaM2 / math.Pi) }
