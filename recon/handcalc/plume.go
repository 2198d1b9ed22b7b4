package handcalc

import "math"

// Properties of air at the ambient conditions of the sources.
const (
	Gravity     = 9.81   // m/s2
	CpAir       = 1.005  // kJ/(kg K), held constant
	GasConst    = 352.98 // kg K/m3: density times temperature of air at 101325 Pa
	SigmaSB     = 5.67e-11
	Kelvin      = 273.15
	AirOxygen   = 0.23  // mass fraction
	HeatPerO2   = 13100 // kJ a kg of oxygen: C. Huggett, Fire and Materials 4 (1980) 61
	AmbientStdC = 20.0  // C, when the hypothesis states none
)

// PlumeRise is the centreline temperature rise in kelvin at height zM above the
// fire's base, dT = 9.1 (T/(g cp^2 rho^2))^(1/3) Qc^(2/3) (z-z0)^(-5/3). Below the
// mean flame height it is held at the value there, since the correlation is for
// the plume above the flames.
//
// Source: G. Heskestad, "Engineering relations for fire plumes", Fire Safety
// Journal 7 (1984) 25. Range: above the mean flame height.
func PlumeRise(hrrKW, convectiveKW, diameterM, zM, ambientK float64) float64 {
	if convectiveKW <= 0 {
		return 0
	}
	z := max(zM, FlameHeight(hrrKW, diameterM)) - VirtualOrigin(hrrKW, diameterM)
	if z <= 0 {
		return 0
	}
	rho := GasConst / ambientK
	c := 9.1 * math.Cbrt(ambientK/(Gravity*CpAir*CpAir*rho*rho))
	return c * math.Pow(convectiveKW, 2.0/3) * math.Pow(z, -5.0/3)
}

// PlumeMassFlow is the mass flow of the plume in kg/s at height zM above the
// fire's base: above the mean flame height
// m = 0.071 Qc^(1/3) (z-z0)^(5/3) (1 + 0.027 Qc^(2/3) (z-z0)^(-5/3)),
// below it the value at the flame tip in proportion to z/L.
//
// Source: G. Heskestad, "Fire plume air entrainment according to two competing
// assumptions", 21st Symposium (International) on Combustion (1986) 111; SFPE
// Handbook, 5th ed. (2016), ch. 13, which gives the linear part below the tip.
func PlumeMassFlow(hrrKW, convectiveKW, diameterM, zM float64) float64 {
	if convectiveKW <= 0 || zM <= 0 {
		return 0
	}
	tip := FlameHeight(hrrKW, diameterM)
	z := max(zM, tip) - VirtualOrigin(hrrKW, diameterM)
	if z <= 0 {
		return 0
	}
	z53 := math.Pow(z, 5.0/3)
	m := 0.071*math.Cbrt(convectiveKW)*z53 + 0.071*0.027*convectiveKW
	if zM < tip {
		m *= zM / tip
	}
	return m
}

// PlumeVelocity is the centreline velocity in m/s at height zM above the fire's
// base, u = 3.4 (g/(cp rho T))^(1/3) Qc^(1/3) (z-z0)^(-1/3).
//
// Source: as PlumeRise.
func PlumeVelocity(hrrKW, convectiveKW, diameterM, zM, ambientK float64) float64 {
	if convectiveKW <= 0 {
		return 0
	}
	z := max(zM, FlameHeight(hrrKW, diameterM), 0.01) - VirtualOrigin(hrrKW, diameterM)
	if z <= 0 {
		z = 0.01
	}
	rho := GasConst / ambientK
	return 3.4 * math.Cbrt(Gravity/(CpAir*rho*ambientK)) * math.Cbrt(convectiveKW/z)
}
