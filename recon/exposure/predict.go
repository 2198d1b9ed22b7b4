package exposure

import (
	"context"
	"math"

	"firescene/recon"
	"firescene/recon/fire"
	"firescene/recon/handcalc"
)

// FluxLogSD and FluxBias are the zone model's in heat flux to surfaces, from its own
// validation (VALIDATION.md: 276 gauges of the ATF corridors and NIST/NRC).
const (
	FluxLogSD = 0.63
	FluxBias  = 1.05
)

// GasLogSD is the model's relative standard deviation in gas temperature rises: that
// of the layer in a room with a fire by the published zone models (CFAST 7 Validation
// Guide, 2021), 0.35 with open doors.
const GasLogSD = 0.35

// Marks of what flames and heat do to surfaces, with their spread in K.
const (
	// CleanBurnC: soot burns off surfaces between about 500 and 700 C: J. D. DeHaan, D.
	// J. Icove, Kirk's Fire Investigation, 7th ed. (2012), ch. 7.
	CleanBurnC, CleanBurnSDK = 600.0, 80.0
	// SpallC: concrete spalls mostly between 250 and 450 C at the surface and depends on
	// moisture, load and mix: R. Jansson, L. Boström, SP Report 2008:52; weak.
	SpallC, SpallSDK = 350.0, 100.0
	// GlassCrackK is the difference between the middle and the shaded edge of a pane:
	// M. J. Skelly, R. J. Roby, C. L. Beyler, J. Fire Protection Engineering 3 (1991) 25.
	GlassCrackK, GlassCrackSDK = 90.0, 25.0
	// GlassFallsC is the gas temperature at which panes fall out, 340 C (3 mm) to 600 C
	// (double): V. Babrauskas, "Glass breakage in fires", Fire Science and Technology
	// (1998, revised 2010).
	GlassFallsC, GlassFallsSDK = 450.0, 90.0
	// FailSDK is the spread of the failure temperatures of devices: NUREG/CR-6931 (2008),
	// thermoplastic cables 200 to 250 C.
	FailSDK = 25.0
)

// Needs reports whether an observation asks for a prediction of this package.
func Needs(o *recon.Observation) bool {
	if o.At == nil {
		return false
	}
	switch o.Kind {
	case recon.ObsExposure, recon.ObsChar, recon.ObsCalcination, recon.ObsCleanBurn, recon.ObsSpalling, recon.ObsGlass,
		recon.ObsDeviceLost, recon.ObsArcOrder, recon.ObsTemperature, recon.ObsFlux:
		return true
	}
	return false
}

// Predict says what a hypothesis predicts for the observations that need it, in
// their order.
func Predict(ctx context.Context, h *recon.Hypothesis, observations []recon.Observation) ([]recon.Exposure, error) {
	var points []Point
	var first []int
	var which []*recon.Observation
	for i := range observations {
		o := &observations[i]
		if !Needs(o) {
			continue
		}
		which, first = append(which, o), append(first, len(points))
		p := Point{Name: o.ID, At: *o.At}
		switch {
		case o.Surface != nil:
			p.Normal = o.Surface.Normal
		case o.Record != nil:
			p.Normal = o.Record.Normal
		case o.Arc != nil:
			p.Cable = cableM
			points = append(points, Point{Name: o.ID, At: o.Arc.Upstream, Cable: cableM})
			first[len(first)-1]++ // the one at At comes second
		case o.Device != nil && o.Device.Kind == "cable":
			if p.Cable = o.Device.DiameterM; p.Cable == 0 {
				p.Cable = cableM
			}
		}
		points = append(points, p)
	}
	if len(points) == 0 {
		return nil, nil
	}
	histories, err := Histories(ctx, h, points)
	if err != nil {
		return nil, err
	}
	var out []recon.Exposure
	for k, o := range which {
		e := recon.Exposure{ObservationID: o.ID, Uncovered: histories[first[k]].Uncovered}
		if e.Uncovered == "" {
			describe(&e, o, histories, first[k])
		}
		out = append(out, e)
	}
	return out, nil
}

// cableM is the diameter of a light branch cable.
const cableM = 0.010

func describe(e *recon.Exposure, o *recon.Observation, all []History, i int) {
	h := &all[i]
	thick := 0.02
	if o.Surface != nil && o.Surface.ThickM > 0 {
		thick = o.Surface.ThickM
	}
	switch o.Kind {
	case recon.ObsExposure:
		e.Quantity, e.Value, e.LogSD = "exposure_MJ_m2", h.MJ()/FluxBias, FluxLogSD
	case recon.ObsChar, recon.ObsCalcination:
		e.Quantity = string(o.Kind) + "_mm"
		mm, sd, err := Depth(h, o.Surface.Material, thick)
		if err != nil {
			e.Uncovered = err.Error()
			return
		}
		// Depth grows with exposure to about the power 0.6 (Babrauskas 2005: the square
		// root of flux times time to 0.7).
		e.Value, e.LogSD = mm, math.Hypot(sd, 0.6*FluxLogSD)
	case recon.ObsCleanBurn, recon.ObsSpalling:
		peak := SurfacePeakC(h)
		e.Quantity, e.Value, e.LogSD = "surface_C", peak, GasLogSD*(peak-h.AmbientC)
	case recon.ObsGlass:
		if o.Surface.GlassFallen {
			e.Quantity, e.Value, e.LogSD = "gas_C", h.PeakGasC(), GasLogSD*(h.PeakGasC()-h.AmbientC)
			return
		}
		rise := paneRiseK(h)
		e.Quantity, e.Value, e.LogSD = "pane_rise_C", rise, FluxLogSD*rise
	case recon.ObsDeviceLost:
		e.Quantity = "failure_s"
		e.Value, e.Reached, e.LogSD = failure(h, fire.FailsAtC(o.Device))
	case recon.ObsArcOrder:
		e.Quantity = "failure_s"
		var up bool
		e.Value, e.Reached, e.LogSD = failure(h, fire.CableFailC)
		if e.UpstreamS, up, _ = failure(&all[i-1], fire.CableFailC); all[i-1].Uncovered != "" {
			e.Uncovered = "the arc nearer to the supply: " + all[i-1].Uncovered
		} else if !up && !e.Reached {
			e.Uncovered = "neither cable fails within the simulated time"
		}
	case recon.ObsTemperature:
		e.Quantity, e.Value, e.LogSD = "gas_C", h.PeakGasC(), GasLogSD*(h.PeakGasC()-h.AmbientC)
		e.TimeS, e.Series = h.TimeS, h.GasC
	case recon.ObsFlux:
		e.Quantity, e.Value, e.LogSD = "peak_kW_m2", h.PeakKW()/FluxBias, FluxLogSD
		e.TimeS, e.Series = h.TimeS, h.GaugeKW
	}
}

// failure is when what is below the jacket, or the gas where there is none, reaches a
// temperature, and the standard deviation of the logarithm of that time: half the
// spread of the times at which hotter and cooler marks are reached.
func failure(h *History, c float64) (s float64, reached bool, logSD float64) {
	if len(h.TimeS) == 0 {
		return 0, false, 0
	}
	v := h.InnerC
	if v == nil {
		v = h.GasC
	}
	end := h.TimeS[len(h.TimeS)-1]
	at := func(mark float64) (float64, bool) {
		t, ok := firstAt(h.TimeS, v, max(mark, h.AmbientC+1))
		if !ok {
			return end, false
		}
		return max(t, 1), true
	}
	rise := c - h.AmbientC
	sd := math.Hypot(GasLogSD*rise, FailSDK)
	s, reached = at(c)
	early, _ := at(c - sd)
	late, okLate := at(c + sd)
	logSD = math.Log(late/early) / 2
	if !okLate {
		logSD = math.Log(s / early)
	}
	return s, reached, max(logSD, 0.1)
}

// SurfacePeakC is the hottest that an insulating surface becomes: where what it
// takes, radiates and gives to the gas balance.
func SurfacePeakC(h *History) float64 {
	top := h.AmbientC
	for _, q := range h.GaugeKW {
		top = max(top, balanceC(q, h.AmbientC))
	}
	return top
}

// balanceC is the temperature at which a black face radiates and convects away the
// flux that it takes when cold.
func balanceC(gaugeKW, ambientC float64) float64 {
	ambient := ambientC + handcalc.Kelvin
	lo, hi := ambient, 2500.0
	for range 50 {
		t := (lo + hi) / 2
		if handcalc.SigmaSB*(t*t*t*t-ambient*ambient*ambient*ambient)+convect*(t-ambient) < gaugeKW {
			lo = t
		} else {
			hi = t
		}
	}
	return (lo+hi)/2 - handcalc.Kelvin
}

// paneRiseK is how much warmer than its shaded edge the middle of a pane of 4 mm
// becomes: lumped heating of 10 kJ/(m2 K) by the gauge's flux, less losses of 0.020
// kW/(m2 K) to both sides.
func paneRiseK(h *History) float64 {
	rise, top := 0.0, 0.0
	for i := 1; i < len(h.TimeS); i++ {
		q := max(0, (h.GaugeKW[i]+h.GaugeKW[i-1])/2)
		dt := h.TimeS[i] - h.TimeS[i-1]
		const loss, store = 0.020, 10.0
		rise = q/loss + (rise-q/loss)*math.Exp(-dt*loss/store)
		top = max(top, rise)
	}
	return top
}
