package fire

import (
	"math"

	"firescene/recon"
	"firescene/recon/handcalc"
)

// HeatRelease is the stated heat release rate in kW of an item at tS seconds
// after the fire's ignition: its curve, interpolated in a straight line, or its
// t-squared growth. A curve's first value holds before its first time only if
// that time is 0; after its last time its last value holds for a curve that does
// not end at zero.
func HeatRelease(f *recon.Fuel, tS float64) float64 {
	t := tS - f.IgnitesAtS
	if t < 0 {
		return 0
	}
	if f.Growth != nil {
		return growth(f.Growth, t)
	}
	c := f.Curve
	if len(c) == 0 || t < c[0][0] {
		return 0
	}
	lo, hi := 0, len(c)-1
	if t >= c[hi][0] {
		return c[hi][1]
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; c[mid][0] <= t {
			lo = mid
		} else {
			hi = mid
		}
	}
	return c[lo][1] + (c[hi][1]-c[lo][1])*(t-c[lo][0])/(c[hi][0]-c[lo][0])
}

func growth(g *recon.Growth, t float64) float64 {
	toPeak := math.Sqrt(g.PeakKW / g.AlphaKWs2)
	switch {
	case t < toPeak:
		return g.AlphaKWs2 * t * t
	case t < toPeak+g.PlateauS:
		return g.PeakKW
	case t < toPeak+g.PlateauS+g.DecayS:
		return g.PeakKW * (1 - (t-toPeak-g.PlateauS)/g.DecayS)
	}
	return 0
}

// radiative is the stated radiative fraction or the default of 0.35, the usual
// value for furnishings (SFPE Handbook, 5th ed. (2016), ch. 36: 0.3 to 0.4).
func radiative(f *recon.Fuel) float64 {
	if f.RadiativeFraction == 0 {
		return 0.35
	}
	return f.RadiativeFraction
}

// fuelDiameter is that of the burning area, of 0.25 m2 when none is stated.
func fuelDiameter(f *recon.Fuel) float64 {
	if f.AreaM2 <= 0 {
		return handcalc.Diameter(0.25)
	}
	return handcalc.Diameter(f.AreaM2)
}
