package handcalc

import "math"

// MQHRise is the temperature rise in kelvin of the hot layer of a room with
// openings, dT = 6.85 (Q^2 / (A sqrt(H) hk AT))^(1/3). ventFactor is the sum of
// A sqrt(H) over the openings in m^(5/2), hk the heat-loss coefficient in
// kW/(m2 K) and surfaceM2 the inner surface without the openings.
//
// Source: B. J. McCaffrey, J. G. Quintiere, M. F. Harkleroad, "Estimating room
// temperatures and the likelihood of flashover using fire test data
// correlations", Fire Technology 17 (1981) 98. Range: up to 600 K, fire not
// limited by air, openings in walls, not for a closed room.
func MQHRise(hrrKW, ventFactor, hk, surfaceM2 float64) float64 {
	if hrrKW <= 0 || ventFactor <= 0 || hk <= 0 || surfaceM2 <= 0 {
		return 0
	}
	return 6.85 * math.Cbrt(hrrKW*hrrKW/(ventFactor*hk*surfaceM2))
}

// MQHHeatLoss is the coefficient hk in kW/(m2 K) at time tS: sqrt(k rho c / t)
// until heat has gone through the wall at tp = (rho c / k) (d/2)^2, then k/d.
//
// Source: as MQHRise.
func MQHHeatLoss(m Material, thickM, tS float64) float64 {
	if thickM <= 0 || tS <= 0 {
		return 0
	}
	through := m.DensityKgM3 * m.HeatKJKgK / m.ConductKWmK * thickM * thickM / 4
	if tS < through {
		return math.Sqrt(m.ConductKWmK * m.DensityKgM3 * m.HeatKJKgK / tS)
	}
	return m.ConductKWmK / thickM
}
