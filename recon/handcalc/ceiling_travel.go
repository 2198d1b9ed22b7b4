package handcalc

import "math"

// PlumeRiseTime is how long gas takes from the fire's base to a ceiling hM
// above it, in seconds: the integral of 1/u with the velocity of PlumeVelocity
// from the virtual origin on, or from the base when that lies below it.
func PlumeRiseTime(hrrKW, convectiveKW, diameterM, hM, ambientK float64) float64 {
	if convectiveKW <= 0 {
		return math.Inf(1)
	}
	z0 := VirtualOrigin(hrrKW, diameterM)
	if hM <= max(0, z0) {
		return 0
	}
	rho := GasConst / ambientK
	k := 3.4 * math.Cbrt(Gravity/(CpAir*rho*ambientK)) * math.Cbrt(convectiveKW)
	from := max(0, -z0)
	return 0.75 * (math.Pow(hM-z0, 4.0/3) - math.Pow(from, 4.0/3)) / k
}

// JetTravelTime is how long the ceiling jet takes from the plume's axis to
// radius rM, in seconds: the integral of 1/u with CeilingJetVelocity.
func JetTravelTime(hrrKW, hM, rM float64) float64 {
	if hrrKW <= 0 || hM <= 0 {
		return math.Inf(1)
	}
	turn := 0.15 * hM
	t := min(rM, turn) / CeilingJetVelocity(hrrKW, hM, 0)
	if rM > turn {
		k := 0.197 * math.Cbrt(hrrKW) * math.Sqrt(hM)
		t += 6.0 / 11 * (math.Pow(rM, 11.0/6) - math.Pow(turn, 11.0/6)) / k
	}
	return t
}
