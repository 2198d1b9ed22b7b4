package handcalc

import "math"

// LayerJet is the jet that a plume makes under a ceiling inside a hot layer: how
// much warmer than the layer it is, and how fast, at each distance from the axis.
//
// The plume is that of the equivalent source of LayerSource and the jet begins at
// 0.18 heights as Alpert's. From there on its fluxes of volume, momentum and heat
// are followed: it takes in gas of the layer with the coefficient
// 0.12 exp(-3.9 Ri), loses momentum to the ceiling with the friction coefficient
// 0.0125 and heat with Reynolds' analogy. Since the layer takes the buoyancy from
// the jet, it mixes faster than the jet of Alpert's correlation, whose ambient is
// cold; with a layer at ambient temperature it follows that correlation within
// about a quarter up to two heights.
//
// Source: R. L. Alpert, "Turbulent ceiling-jet induced by large-scale fires",
// Combustion Science and Technology 11 (1975) 197 (equations, coefficients); V.
// Motevalli, C. H. Marks, "Characterizing the unconfined ceiling jet under
// steady-state conditions", Fire Safety Science 3 (1991) 301 (thickness at the
// start). Range: smooth flat ceilings, flames below the ceiling.
type LayerJet struct {
	startM, stepM float64
	riseK, velMS  []float64
	thickM        []float64
}

// Constants of the integral model, from its source.
const (
	jetEntrainment = 0.12
	jetFriction    = 0.0125
	jetStart       = 0.18 // radius in heights at which the jet has turned
	jetSteps       = 160
)

// NewLayerJet follows the jet of a fire of hrrKW, of which convective is the part
// that is not radiated, to the radius reachM. hM is the height of the ceiling above
// the fire's base, interfaceM that of the layer's lower face above it (at most 0:
// the base lies in the layer), layerK, ceilingK and ambientK are temperatures. A fire that does
// not reach the ceiling gives a jet without rise.
func NewLayerJet(hrrKW, convective, hM, interfaceM, layerK, ceilingK, ambientK, reachM float64) *LayerJet {
	j := &LayerJet{}
	if hrrKW <= 0 || hM <= 0 || layerK <= 0 || ambientK <= 0 {
		return j
	}
	share, h := LayerSource(convective*hrrKW, hM, interfaceM, layerK, ambientK)
	q := hrrKW * convective / 0.7 * share
	if q <= 0 || h <= 0 {
		return j
	}
	j.startM = jetStart * h
	j.stepM = max(reachM-j.startM, 0.1) / jetSteps
	rise := min(CeilingJetRise(q, h, 0)*layerK/(AmbientStdC+Kelvin), HottestJetK-ambientK)
	vel := CeilingJetVelocity(q, h, j.startM)
	thick := 0.112 * h * (1 - math.Exp(-2.24*jetStart))
	volume := vel * thick * j.startM // a radian
	momentum, heat := volume*vel, volume*rise
	for i := 0; i <= jetSteps; i++ {
		r := j.startM + float64(i)*j.stepM
		vel, rise = momentum/volume, heat/volume
		thick = volume / (vel * r)
		j.riseK, j.velMS, j.thickM = append(j.riseK, rise), append(j.velMS, vel), append(j.thickM, thick)
		richardson := max(0, Gravity*rise/layerK*thick/(vel*vel))
		volume += j.stepM * r * jetEntrainment * math.Exp(-3.9*richardson) * vel
		momentum -= j.stepM * r * jetFriction * vel * vel
		heat -= j.stepM * r * jetFriction * reynoldsAnalogy * vel * (layerK + rise - ceilingK)
		if momentum < 0.02*volume { // it has come to rest
			break
		}
	}
	return j
}

// reynoldsAnalogy is Pr^(-2/3) of air.
const reynoldsAnalogy = 1.268

// at reads one of the jet's quantities at a radius; within the turning region it is
// that at its edge, beyond the last radius that there.
func (j *LayerJet) at(v []float64, rM float64) float64 {
	if len(v) == 0 {
		return 0
	}
	x := (rM - j.startM) / j.stepM
	switch {
	case x <= 0:
		return v[0]
	case x >= float64(len(v)-1):
		return v[len(v)-1]
	}
	i := int(x)
	return v[i] + (x-float64(i))*(v[i+1]-v[i])
}

// Rise is how much warmer than the layer the jet is at a radius, in kelvin; where
// it has lost more heat to the ceiling than it brought it is negative.
func (j *LayerJet) Rise(rM float64) float64 { return j.at(j.riseK, rM) }

// Velocity is that of the jet at a radius in m/s.
func (j *LayerJet) Velocity(rM float64) float64 { return j.at(j.velMS, rM) }

// Thickness is the depth of the jet below the ceiling at a radius in m.
func (j *LayerJet) Thickness(rM float64) float64 { return j.at(j.thickM, rM) }
