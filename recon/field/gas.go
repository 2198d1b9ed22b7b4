package field

import (
	"math"

	"firescene/recon/field/flow"
)

// Molar masses in kg/mol and cp = a + b T in J/(kg K), lines through the tabulated
// values from 300 to 1500 K.
//
// Source: M. W. Chase, NIST-JANAF Thermochemical Tables, 4th ed. (1998).
var (
	nitrogen      = species{.0280134, 980, .18}
	oxygen        = species{.0319988, 880, .19}
	carbonDioxide = species{.0440095, 800, .40}
	water         = species{.0180153, 1660, .63}
	carbonMonox   = species{.0280101, 990, .18}
	sootCarbon    = species{.0120107, 600, 1.1}
)

type species struct{ molar, cpA, cpB float64 }

const (
	gasConstant = 8.314463
	airO2Mole   = 0.2095 // of dry air
)

// mixture is the reaction and the properties of the three lumped gases: air, fuel
// and what one mass of fuel with s masses of air becomes.
type mixture struct {
	flow.Gas
	airPerFuel  float64 // s, kg of air a kg of fuel
	heatJKg     float64 // of combustion at 298 K, J/kg of fuel
	releaseJKg  float64 // the same as a source of sensible enthalpy that counts from 0 K
	airO2       float64 // mass fraction
	airMolar    float64
	fuelMolar   float64
	prodMolar   float64
	part        [5]float64 // mass fractions of products: CO2, H2O, CO, soot, N2
	airWater    float64    // mass fraction of H2O in air
	radiative   float64
	flameK      float64
	oxygenIndex float64
	extinction  float64
	noLimit     bool
	off         bool // no radiation
}

func newMixture(sc *Scene) mixture {
	r := sc.Reaction
	if r.C+r.H+r.O+r.N == 0 {
		r.C, r.H = 3, 8
	}
	m := mixture{radiative: r.RadiativeFraction, flameK: r.CriticalFlameK, oxygenIndex: r.OxygenLimit, extinction: r.ExtinctionM2Kg, noLimit: r.NoExtinction}
	if m.radiative == 0 {
		m.radiative = 0.35
	}
	if m.radiative < 0 {
		m.radiative, m.off = 0, true
	}
	if m.flameK == 0 {
		m.flameK = 1600
	}
	if m.oxygenIndex == 0 {
		m.oxygenIndex = 0.135
	}
	if m.extinction == 0 {
		m.extinction = 8700
	}
	wet := waterMole(sc.HumidityPct/100, sc.AmbientK, sc.PressurePa)
	o2, n2 := (1-wet)*airO2Mole, (1-wet)*(1-airO2Mole)
	m.airMolar = o2*oxygen.molar + n2*nitrogen.molar + wet*water.molar
	m.airO2, m.airWater = o2*oxygen.molar/m.airMolar, wet*water.molar/m.airMolar
	m.fuelMolar = r.C*sootCarbon.molar + r.H*.00100794 + r.O*oxygen.molar/2 + r.N*nitrogen.molar/2
	soot := min(r.SootYield*m.fuelMolar/sootCarbon.molar, r.C)
	co := min(r.COYield*m.fuelMolar/carbonMonox.molar, r.C-soot)
	co2, h2o := r.C-soot-co, r.H/2
	need := max(1e-3, co2+co/2+h2o/2-r.O/2) // moles of O2 a mole of fuel
	m.airPerFuel = need * oxygen.molar / m.airO2 / m.fuelMolar
	m.heatJKg = r.HeatKJKg * 1000
	if m.heatJKg == 0 {
		m.heatJKg = 13.1e6 * need * oxygen.molar / m.fuelMolar
	}
	n2Out := need/o2*n2 + r.N/2
	wetOut := need / o2 * wet
	mass := [5]float64{co2 * carbonDioxide.molar, (h2o + wetOut) * water.molar, co * carbonMonox.molar, soot * sootCarbon.molar, n2Out * nitrogen.molar}
	var total, moles float64
	for k, v := range mass {
		total += v
		moles += v / [5]float64{carbonDioxide.molar, water.molar, carbonMonox.molar, sootCarbon.molar, nitrogen.molar}[k]
	}
	for k, v := range mass {
		m.part[k] = v / total
		s := [5]species{carbonDioxide, water, carbonMonox, sootCarbon, nitrogen}[k]
		m.Cp[2][0] += m.part[k] * s.cpA
		m.Cp[2][1] += m.part[k] * s.cpB
	}
	moles -= mass[3] / sootCarbon.molar // soot is no gas
	m.prodMolar = total / moles
	dry := 1 - m.airO2 - m.airWater
	m.Cp[0] = [2]float64{m.airO2*oxygen.cpA + dry*nitrogen.cpA + m.airWater*water.cpA, m.airO2*oxygen.cpB + dry*nitrogen.cpB + m.airWater*water.cpB}
	m.Cp[1] = [2]float64{1000, 2.2} // about that of ethylene
	m.PerMole = [3]float64{gasConstant / m.airMolar, gasConstant / m.fuelMolar, gasConstant / m.prodMolar}
	h := func(f, p float64) float64 { return m.Enthalpy(298.15, f, p) }
	m.releaseJKg = m.heatJKg + (1+m.airPerFuel)*h(0, 1) - h(1, 0) - m.airPerFuel*h(0, 0)
	return m
}

// waterMole is the mole fraction of water in air of a relative humidity, by Magnus's
// formula.
func waterMole(relative, tempK, pressurePa float64) float64 {
	c := tempK - 273.15
	sat := 611.2 * math.Exp(17.62*c/(243.12+c))
	return min(0.2, max(0, relative*sat/pressurePa))
}

// moles are the mole fractions of O2, CO2, H2O and CO in a mixture.
func (m *mixture) moles(fuel, prod float64) (o2, co2, h2o, co float64) {
	air := 1 - fuel - prod
	all := air/m.airMolar + fuel/m.fuelMolar + prod/m.prodMolar
	o2 = air * m.airO2 / oxygen.molar / all
	co2 = prod * m.part[0] / carbonDioxide.molar / all
	h2o = (prod*m.part[1] + air*m.airWater) / water.molar / all
	co = prod * m.part[2] / carbonMonox.molar / all
	return o2, co2, h2o, co
}
