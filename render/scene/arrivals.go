package scene

import (
	"fmt"
	"time"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// popRadiusM is the ball that shows an observed response when it has just come.
const popRadiusM = 0.3

// AddArrivals adds what was observed up to a moment at places that are known: the
// responses of detectors and cameras, each with its corrected time and its standard
// uncertainty, and for holdS seconds with a ball around it, so that it springs to the
// eye. A response whose target has no place in the hypothesis and none of its own is
// left out.
func AddArrivals(s *render.Scene, seen []recon.Observation, h *recon.Hypothesis, moment time.Time, holdS float64, zone *time.Location) {
	for _, o := range seen {
		if o.Kind != recon.ObsArrival || o.Time.IsZero() || o.Time.After(moment) {
			continue
		}
		at, ok := placeOf(&o, h)
		if !ok {
			continue
		}
		m := render.Marker{At: at, Symbol: "exhibit", Standing: forensics.Recovered,
			Label: fmt.Sprintf("%s %s %s ±%.0f s", o.ID, o.Target, o.Time.In(zone).Format("15:04:05"), o.SigmaS)}
		if moment.Sub(o.Time).Seconds() < holdS {
			m.RadiusM = popRadiusM
		}
		s.Markers = append(s.Markers, m)
	}
}

func placeOf(o *recon.Observation, h *recon.Hypothesis) (r3.Vec, bool) {
	if o.At != nil {
		return o.At.R3(), true
	}
	if h == nil {
		return r3.Vec{}, false
	}
	for _, d := range h.Detectors {
		if d.Name == o.Target {
			return d.At.R3(), true
		}
	}
	return r3.Vec{}, false
}
