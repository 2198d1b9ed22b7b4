package fire

import (
	"firescene/recon"
	"firescene/recon/handcalc"
)

// SmokeRiseC is the temperature rise that stands for the response of a smoke
// alarm when none is stated.
//
// Source: G. Heskestad, M. A. Delichatsios, NBS-GCR-77-86 and -95 (1977): 13 K;
// R. W. Bukowski, J. D. Averill (1998) found 4 to 30 K.
const SmokeRiseC = 13

// exposure is what one detector meets: gas temperature and velocity at each
// sample of a history.
type exposure struct {
	gasK, velMS []float64
	linkK       []float64 // heat and sprinkler only
}

// responseK is the temperature that decides the detector's response.
func (x *exposure) responseK() []float64 {
	if x.linkK != nil {
		return x.linkK
	}
	return x.gasK
}

// hasLink reports whether a kind responds by a heated link.
func hasLink(kind string) bool { return kind == "heat" || kind == "sprinkler" }

// thresholdK is the temperature at which the detector responds.
func thresholdK(d *recon.Detector, ambientK float64) float64 {
	if d.Kind == "smoke" {
		if d.RiseC == 0 {
			return ambientK + SmokeRiseC
		}
		return ambientK + d.RiseC
	}
	return d.ActivationC + handcalc.Kelvin
}

// firstCrossing is the time at which values first reach the threshold, between
// samples in a straight line.
func firstCrossing(timeS, value []float64, threshold float64) (float64, bool) {
	for i, v := range value {
		if v < threshold {
			continue
		}
		if i == 0 {
			return timeS[0], true
		}
		f := (threshold - value[i-1]) / (v - value[i-1])
		return timeS[i-1] + f*(timeS[i]-timeS[i-1]), true
	}
	return 0, false
}
