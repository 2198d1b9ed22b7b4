package handcalc

import "math"

// LinkStep advances the temperature of a detector's link over dt seconds in gas
// of gasK moving at velocityMS: dT/dt = sqrt(u) (Tg - T) / RTI, solved exactly for
// constant gas over the step. The result lies between the link's and the gas's
// temperature.
//
// Source: G. Heskestad, H. F. Smith, FMRC 22485 (1976); SFPE Handbook, 5th ed.
// (2016), ch. 40. Range: no conduction to the fitting, no radiation.
func LinkStep(linkK, gasK, velocityMS, rti, dt float64) float64 {
	if rti <= 0 {
		return gasK
	}
	return gasK + (linkK-gasK)*math.Exp(-dt*math.Sqrt(max(0, velocityMS))/rti)
}
