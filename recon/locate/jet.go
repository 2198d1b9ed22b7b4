package locate

import (
	"math"

	"firescene/recon/handcalc"
)

// Source is one place at which the fire may have burnt: the middle of the burning
// area at the height of its base.
type Source struct {
	At     [3]float64
	Weight float64 // its share of the prior of its candidate, in any unit
}

const (
	convective = 0.7   // part of the heat that the plume carries: SFPE Handbook, 5th ed. (2016), table A.39, most fuels 0.6 to 0.8
	ceilingKW  = 0.030 // kW/(m2 K) to a ceiling under a jet in a hot layer: convection 0.010 to 0.020 (Cooper 1982) and radiation at 400 to 600 K
	leastKW    = 3.0   // heat release rates that are considered
	mostKW     = 20000.0
	heatSteps  = 64
)

// ceilingShare is how far the surface of a thick ceiling has followed the gas after
// a time, from 0 to 1: H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids
// (1959), section 2.7.
func ceilingShare(m handcalc.Material, timeS float64) float64 {
	inertia := m.ConductKWmK * m.DensityKgM3 * m.HeatKJKgK
	if inertia <= 0 || timeS <= 0 {
		return 0
	}
	b := ceilingKW * math.Sqrt(timeS/inertia)
	if b > 5 { // exp(b^2) erfc(b) by its asymptote
		return 1 - 1/(b*math.Sqrt(math.Pi))
	}
	return 1 - math.Exp(b*b)*math.Erfc(b)
}

// jets are those of one stage and height of the base at rising heat release rates.
type jets struct {
	stage *Stage
	list  [heatSteps]*handcalc.LayerJet
}

// newJets makes them out to the room's diagonal.
func newJets(room Room, s *Stage, baseM float64) *jets {
	j := &jets{stage: s}
	reach := math.Hypot(room.WidthM, room.DepthM)
	layerK := s.AmbientK + s.LayerRiseK
	ceilingK := s.AmbientK + s.LayerRiseK*ceilingShare(room.Lining, s.SinceS)
	for i := range j.list {
		q := leastKW * math.Pow(mostKW/leastKW, float64(i)/(heatSteps-1))
		j.list[i] = handcalc.NewLayerJet(q, convective, room.HeightM-baseM, s.InterfaceM-baseM, layerK, ceilingK, s.AmbientK, reach)
	}
	return j
}

// logs are the natural logarithms of the rises at distances from the axis under the
// i-th heat release rate, and their mean.
func (j *jets) logs(i int, distM, into []float64) (mean float64) {
	for k, d := range distM {
		into[k] = math.Log(max(j.stage.LayerRiseK+j.list[i].Rise(d), 0.05*j.stage.LayerRiseK))
		mean += into[k] / float64(len(distM))
	}
	return mean
}

// fit finds the heat release rate with which the mean logarithm of the rises is
// level, in a straight line between two of the list, and leaves the rises' logarithms
// in into; what no heat release explains is returned. The mean rises with the heat.
func (j *jets) fit(distM []float64, level float64, into, spare []float64) (open float64) {
	lo, hi := 0, heatSteps-1
	mLo := j.logs(lo, distM, into)
	if mLo >= level {
		return level - mLo
	}
	mHi := j.logs(hi, distM, into)
	if mHi <= level {
		return level - mHi
	}
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if m := j.logs(mid, distM, into); m < level {
			lo, mLo = mid, m
		} else {
			hi, mHi = mid, m
		}
	}
	j.logs(lo, distM, into)
	j.logs(hi, distM, spare)
	f := (level - mLo) / max(mHi-mLo, 1e-12)
	for k := range into {
		into[k] += f * (spare[k] - into[k])
	}
	return 0
}
