package handcalc

import "math"

// CeilingJetRise is the largest temperature rise in kelvin in the jet under a
// flat ceiling at radius rM from the plume's axis, for a fire hM below the
// ceiling: 16.9 Q^(2/3) H^(-5/3) for r/H <= 0.18, else 5.38 (Q/r)^(2/3) / H.
//
// Source: R. L. Alpert, "Calculation of response time of ceiling-mounted fire
// detectors", Fire Technology 8 (1972) 181. Range: steady or slowly growing
// fires under a flat, unconfined ceiling, flames below the ceiling; the fits
// come from fires of 668 kW to 98 MW under 4.6 to 15.5 m.
func CeilingJetRise(hrrKW, hM, rM float64) float64 {
	if hrrKW <= 0 || hM <= 0 {
		return 0
	}
	if rM <= 0.18*hM {
		return 16.9 * math.Pow(hrrKW, 2.0/3) * math.Pow(hM, -5.0/3)
	}
	return 5.38 * math.Pow(hrrKW/rM, 2.0/3) / hM
}

// CeilingJetVelocity is the largest velocity in m/s in the same jet:
// 0.947 (Q/H)^(1/3) for r/H <= 0.15, else 0.197 Q^(1/3) H^(1/2) r^(-5/6).
//
// Source and range: as CeilingJetRise.
func CeilingJetVelocity(hrrKW, hM, rM float64) float64 {
	if hrrKW <= 0 || hM <= 0 {
		return 0
	}
	if rM <= 0.15*hM {
		return 0.947 * math.Cbrt(hrrKW/hM)
	}
	return 0.197 * math.Cbrt(hrrKW) * math.Sqrt(hM) * math.Pow(rM, -5.0/6)
}

// HottestJetK bounds the jet by the temperature of continuous flames, 900 K above
// ambient: B. J. McCaffrey, NBSIR 79-1910 (1979).
const HottestJetK = 900 + AmbientStdC + Kelvin

// JetDepth is the part of the height above the fire within which the jet flows:
// about 0.12 H (Alpert 1972). A device below it meets the layer, not the jet.
const JetDepth = 0.12

// LayerSource is the fire that, burning in the hot layer's gas alone, gives the
// same plume above the interface as the real fire hM - z1 below it does: its
// heat release rate as a part of the real one and its height below the ceiling.
// Without it a jet in a smoke-filled room is predicted too cold.
//
// hrrKW is convective, hM the height of the ceiling and z1M that of the
// interface above the fire. When the interface is at the fire or below it the
// real fire is returned.
//
// Source: D. D. Evans, "Calculating fire plume characteristics in a two-layer
// environment", Fire Technology 20 (1984) 39.
func LayerSource(convectiveKW, hM, z1M, layerK, ambientK float64) (share, heightM float64) {
	if convectiveKW <= 0 || z1M <= 1e-3 || z1M >= hM || layerK <= ambientK {
		return 1, hM
	}
	const cT, beta2 = 9.115, 0.913
	xi := layerK / ambientK
	scale := GasConst * CpAir * math.Sqrt(Gravity) // rho cp T sqrt(g), alike in both layers
	q1 := convectiveKW / (scale * math.Pow(z1M, 2.5))
	q2 := (1+cT*math.Pow(q1, 2.0/3))/(xi*cT) - 1/cT
	if q2 <= 0 { // the plume is colder than the layer and does not reach the ceiling
		return 0, hM
	}
	q2 = math.Pow(q2, 1.5)
	z2 := math.Pow(xi*q1*cT/(math.Cbrt(q2)*((xi-1)*(beta2+1)+xi*cT*math.Pow(q2, 2.0/3))), 0.4) * z1M
	share = q2 * scale * math.Pow(z2, 2.5) / convectiveKW
	return min(share, 1), hM - z1M + z2
}
