package radiate

import "math"

// StefanBoltzmann in W/(m2 K4).
const StefanBoltzmann = 5.670374e-8

// The weighted sum of gray gases for CO2 and H2O: coefficients of absorption in
// 1/(m atm) and of the weights as polynomials in temperature.
//
// Source: T. F. Smith, Z. F. Shen, J. N. Friedman, "Evaluation of coefficients for the
// weighted sum of gray gases model", J. Heat Transfer 104 (1982) 602, table 1.
var (
	grayEqual = [3][5]float64{ // as much H2O as CO2
		{0.4303, 5.150e-1, -2.303e-4, 0.9779e-7, -1.494e-11},
		{7.055, 0.7749e-1, 3.399e-4, -2.297e-7, 3.770e-11},
		{178.1, 1.907e-1, -1.824e-4, 0.5608e-7, -0.5122e-11},
	}
	grayDouble = [3][5]float64{ // twice as much
		{0.4201, 6.508e-1, -5.551e-4, 3.029e-7, -5.353e-11},
		{6.516, -0.2504e-1, 6.112e-4, -3.882e-7, 6.528e-11},
		{131.9, 2.718e-1, -3.118e-4, 1.221e-7, -1.612e-11},
	}
)

// GasEmissivity is that of a path of products with partial pressures of CO2 and H2O
// in atm at a temperature in K (600 to 2400; below, that of 600 K).
func GasEmissivity(co2, h2o, pathM, tempK float64) float64 {
	p := co2 + h2o
	if p <= 0 {
		return 0
	}
	share := 1.
	if co2 > 0 {
		share = min(1, max(0, h2o/co2-1))
	}
	t := min(max(tempK, 600), 2400)
	eps := func(rows *[3][5]float64) (e float64) {
		for _, r := range rows {
			e += (r[1] + t*(r[2]+t*(r[3]+t*r[4]))) * (1 - math.Exp(-r[0]*p*pathM))
		}
		return e
	}
	return min(0.99, max(0, (1-share)*eps(&grayEqual)+share*eps(&grayDouble)))
}

// SootAbsorption in 1/m, of soot in kg/m3 at a temperature: 3.72 f C0 T/C2 with f the
// volume fraction at 1800 kg/m3 and C0 = 7.
//
// Source: M. F. Modest, Radiative Heat Transfer, 3rd ed. (2013), section 12.4.
func SootAbsorption(kgM3, tempK float64) float64 {
	return 3.72 * 7 / 1.4388e-2 * kgM3 / 1800 * tempK
}
