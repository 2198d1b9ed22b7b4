package handcalc

import "math"

// McCaffreyPlume is the temperature rise in kelvin and the velocity in m/s on the axis
// at zM above the base: dT = T (kappa / (0.9 sqrt(2 g)))^2 (z/Q^0.4)^(2 eta - 1) and
// u = kappa (z/Q^0.4)^eta Q^0.2, with kappa and eta of 6.8 and 1/2 in the continuous
// flame (z/Q^0.4 below 0.08), 1.9 and 0 in the intermittent (to 0.2), 1.1 and -1/3 in
// the plume.
//
// Source: B. J. McCaffrey, NBSIR 79-1910 (1979). Range: methane burners of 14 to 57
// kW, used up to some MW.
func McCaffreyPlume(hrrKW, zM, ambientK float64) (riseK, velocityMS float64) {
	if hrrKW <= 0 || zM < 0 || ambientK <= 0 {
		return 0, 0
	}
	x := zM / math.Pow(hrrKW, 0.4)
	kappa, eta := 1.1, -1.0/3
	switch {
	case x < 0.08:
		kappa, eta = 6.8, 0.5
	case x <= 0.2:
		kappa, eta = 1.9, 0
	}
	if x <= 0 {
		x = 1e-9
	}
	c := kappa / (0.9 * math.Sqrt(2*Gravity))
	return ambientK * c * c * math.Pow(x, 2*eta-1), kappa * math.Pow(x, eta) * math.Pow(hrrKW, 0.2)
}
