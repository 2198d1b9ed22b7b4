package handcalc

import "math"

// IgnitionThick is the time in s to ignition of a thermally thick solid under a steady
// net flux in kW/m2: (pi/4) k rho c ((Tig - T0)/q")^2.
//
// Source: J. G. Quintiere, Fundamentals of Fire Phenomena (2006), ch. 7; SFPE Handbook,
// 5th ed. (2016), ch. 21. Range: fluxes well above the critical one, thickness above
// about 2 sqrt(alpha t).
func IgnitionThick(m Material, ignitionK, startK, fluxKW float64) float64 {
	if fluxKW <= 0 {
		return math.Inf(1)
	}
	d := max(0, ignitionK-startK) / fluxKW
	return math.Pi / 4 * m.ConductKWmK * m.DensityKgM3 * m.HeatKJKgK * d * d
}

// IgnitionThin is that of a thermally thin one of thickM, heated on one side:
// rho c d (Tig - T0)/q".
//
// Source: as IgnitionThick. Range: up to about 1 mm.
func IgnitionThin(m Material, thickM, ignitionK, startK, fluxKW float64) float64 {
	if fluxKW <= 0 {
		return math.Inf(1)
	}
	return m.DensityKgM3 * m.HeatKJKgK * thickM * max(0, ignitionK-startK) / fluxKW
}

// FluxTime sums the flux-time product of a record: the integral of (q" - qcr)^n while
// the flux is above qcr. Ignition comes when it reaches the material's FTP. n is 1 for
// thin, 1.5 for middling and 2 for thick solids. The result is the time at which the
// product is reached, false when it is not.
//
// Source: T. J. Shields, G. W. Silcock, J. J. Murray, "Evaluating ignition data using
// the flux time product", Fire and Materials 18 (1994) 243.
func FluxTime(timeS, fluxKW []float64, criticalKW, power, product float64) (float64, bool) {
	var sum float64
	for i := 1; i < len(timeS) && i < len(fluxKW); i++ {
		dt := timeS[i] - timeS[i-1]
		add := math.Pow(max(0, (fluxKW[i]+fluxKW[i-1])/2-criticalKW), power) * dt
		if sum+add >= product && add > 0 {
			return timeS[i-1] + dt*(product-sum)/add, true
		}
		sum += add
	}
	return 0, false
}
