package handcalc

import "math"

// SolidFlameFlux is the radiant heat flux in kW/m2 on an upright target that faces a
// cylinder of flame of diameterM and the height of FlameHeight, from rangeM beside
// its axis and heightM above its base: the emissive power 58 * 10^(-0.00823 D) times
// the configuration factors of the parts of the cylinder above and below the target.
//
// Source: M. Shokri, C. L. Beyler, "Radiation from large pool fires", J. Fire
// Protection Engineering 1 (1989) 141; SFPE Handbook, 5th ed. (2016), ch. 66. Range:
// pool fires of 1 m and more, targets outside the flame; below 5 kW/m2 it is high.
func SolidFlameFlux(hrrKW, diameterM, rangeM, heightM float64) float64 {
	tall := FlameHeight(hrrKW, diameterM)
	if tall <= 0 || diameterM <= 0 || rangeM <= diameterM/2 {
		return 0
	}
	below := min(max(heightM, 0), tall)
	f := cylinderFactor(below, rangeM, diameterM/2)
	switch {
	case heightM < 0:
		f = cylinderFactor(tall-heightM, rangeM, diameterM/2) - cylinderFactor(-heightM, rangeM, diameterM/2)
	case heightM > tall:
		f = cylinderFactor(heightM, rangeM, diameterM/2) - cylinderFactor(heightM-tall, rangeM, diameterM/2)
	default:
		f += cylinderFactor(tall-below, rangeM, diameterM/2)
	}
	return 58 * math.Pow(10, -0.00823*diameterM) * max(0, f)
}

// cylinderFactor is the configuration factor of an upright element at the height of
// the foot of a cylinder of height h and radius r, at l from its axis.
func cylinderFactor(h, l, r float64) float64 {
	if h <= 0 {
		return 0
	}
	s, t := l/r, h/r
	a := (t*t + s*s + 1) / (2 * s)
	return math.Atan(t/math.Sqrt(s*s-1))/(math.Pi*s) - t/(math.Pi*s)*math.Atan(math.Sqrt((s-1)/(s+1))) +
		a*t/(math.Pi*s*math.Sqrt(a*a-1))*math.Atan(math.Sqrt((a+1)*(s-1)/((a-1)*(s+1))))
}
