package handcalc

import "math"

// BeylerRise is the temperature rise in kelvin of the gas in a closed room whose
// leaks keep the pressure down, after tS of a steady fire:
// dT = (2 K2 / K1^2)(K1 sqrt(t) - 1 + exp(-K1 sqrt(t))),
// K1 = 2 (0.4 sqrt(k rho c)) AT / (m cp), K2 = Q / (m cp),
// with m the mass of air in the room and AT all its inner surface.
//
// Source: C. L. Beyler, "Analysis of compartment fires with overhead forced
// ventilation", Fire Safety Science 3 (1991) 291; SFPE Handbook, 5th ed. (2016), ch.
// 30. Range: until oxygen runs short; thick walls.
func BeylerRise(hrrKW, surfaceM2, volumeM3 float64, m Material, ambientK, tS float64) float64 {
	if hrrKW <= 0 || surfaceM2 <= 0 || volumeM3 <= 0 || ambientK <= 0 || tS <= 0 {
		return 0
	}
	heat := GasConst / ambientK * volumeM3 * CpAir
	k1 := 2 * 0.4 * math.Sqrt(m.ConductKWmK*m.DensityKgM3*m.HeatKJKgK) * surfaceM2 / heat
	k2 := hrrKW / heat
	x := k1 * math.Sqrt(tS)
	if x < 1e-4 { // its limit without loss of heat
		return k2 * tS
	}
	return 2 * k2 / (k1 * k1) * (x - 1 + math.Exp(-x))
}
