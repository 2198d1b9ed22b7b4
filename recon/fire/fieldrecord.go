package fire

import (
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/handcalc"
)

// FieldStepS is the distance of the samples that a FieldRecord holds.
const FieldStepS = sampleS

// FieldRecord is what a result of a field model says about a hypothesis, on samples
// every FieldStepS from ignition on.
type FieldRecord struct {
	Producer string // which model, with its version
	Samples  int
	HRRKW    []float64 // nil: the result does not say
	Points   []FieldPoint
	Rooms    []FieldRoom
	Warnings []recon.Warning
}

// FieldPoint is what a detector meets in the result; in the order of the
// hypothesis's detectors.
type FieldPoint struct {
	From      string    // the device or slice that covers it
	Uncovered string    // why nothing is known; empty when something is
	GasK      []float64 // nil where LinkK is taken from the result itself
	SpeedMS   []float64 // nil: not covered
	LinkK     []float64
}

// FieldRoom is the layers of a room, in the order of the hypothesis's rooms.
type FieldRoom struct {
	From                       string
	Uncovered                  string
	UpperK, LowerK, InterfaceM []float64 // above the room's floor
}

// The published accuracy of the field model FDS, which stands in for that of any
// result. Source: FDS Validation Guide, version 6.7 (NIST SP 1018-3).
var (
	fieldSmoke = accuracy{1.20, 0.33, "gas temperature rise in a field model's result as smoke alarm (Heskestad & Delichatsios 1977); bias 1.20, spread 0.33 (published for FDS 6.7)"}
	fieldLink  = accuracy{1.02, 0.16, "RTI link in a field model's result; bias 1.02, spread 0.16 (published for FDS 6.7)"}
	fieldRise  = accuracy{1.03, 0.12, "gas temperature of a field model's result; bias 1.03, spread 0.12 of the rise (published for FDS 6.7, ceiling jets)"}
)

// SimulateFrom gives what a field model's result predicts, in the place of Simulate.
// The spread of the fuels, which a single result does not hold, is taken by letting
// temperature rises go with the power 2/3 of the heat release (B. J. McCaffrey,
// J. G. Quintiere, M. F. Harkleroad, Fire Technology 17 (1981) 98).
//
// The result holds the series "hrr", "upper_layer", "lower_layer" and "interface" of
// each room that is covered, "gas:NAME" and "link:NAME", and one Arrival for each
// detector; those that the result does not cover say so.
func SimulateFrom(h *recon.Hypothesis, rec *FieldRecord) (*recon.FireResult, error) {
	if err := Check(h); err != nil {
		return nil, fmt.Errorf("hypothesis %s: %w", h.ID, err)
	}
	if len(rec.Points) != len(h.Detectors) || len(rec.Rooms) != len(h.Rooms) || rec.Samples < 2 {
		return nil, fmt.Errorf("hypothesis %s: the result covers %d detectors and %d rooms over %d samples", h.ID, len(rec.Points), len(rec.Rooms), rec.Samples)
	}
	ambient := handcalc.AmbientStdC
	if h.AmbientC != nil {
		ambient = *h.AmbientC
	}
	e := &engine{h: h, durationS: float64(rec.Samples-1) * FieldStepS, ambientK: ambient + handcalc.Kelvin, accuracyOf: recordAccuracy}
	spread := 0.0
	for i := range h.Fuels {
		e.fuels = append(e.fuels, &h.Fuels[i])
		spread = max(spread, h.Fuels[i].SpreadPct/100)
	}
	for i := range rec.Points {
		p := &rec.Points[i]
		why := p.Uncovered
		if why == "" && hasLink(h.Detectors[i].Kind) && p.LinkK == nil && p.SpeedMS == nil {
			why = fmt.Sprintf("%s says nothing of the flow that heats the link; ask for the velocity there", p.From)
		}
		e.uncovered = append(e.uncovered, why)
	}
	mid, fast, slow := e.fieldHistory(rec, 1), e.fieldHistory(rec, math.Exp(2./3*z95*spread)), e.fieldHistory(rec, math.Exp(-2./3*z95*spread))
	r := &recon.FireResult{HypothesisID: h.ID, Tier: "result of " + rec.Producer + ", read as it is; accuracy as published for FDS 6.7: alarm times 1.20, 0.33, sprinkler times 1.02, 0.16, temperatures 1.03, 0.12", Warnings: rec.Warnings}
	if want := h.DurationS; want > e.durationS+FieldStepS {
		r.Warnings = append(r.Warnings, recon.Warning{Where: "result", What: fmt.Sprintf("it ends at %.0f s, and the hypothesis asks for %.0f s", e.durationS, want)})
	}
	e.addFieldSeries(r, rec, mid)
	for i := range h.Detectors {
		d := &h.Detectors[i]
		if e.uncovered[i] != "" {
			r.Warnings = append(r.Warnings, recon.Warning{Where: "detector " + d.Name, What: "no prediction: " + e.uncovered[i]})
		}
		a := e.arrival(i, mid, fast, slow)
		if a.Uncovered == "" {
			a.Model += ", from " + rec.Points[i].From
		}
		r.Arrivals = append(r.Arrivals, a)
	}
	for i := range rec.Rooms {
		if why := rec.Rooms[i].Uncovered; why != "" {
			r.Warnings = append(r.Warnings, recon.Warning{Where: "room " + h.Rooms[i].Name, What: "no layer: " + why})
		}
	}
	return r, nil
}

func recordAccuracy(d *recon.Detector) accuracy {
	switch {
	case hasLink(d.Kind):
		return fieldLink
	case d.Kind == "gas_temperature":
		return fieldRise
	}
	return fieldSmoke
}

// fieldHistory is the record with all temperature rises times scale.
func (e *engine) fieldHistory(rec *FieldRecord, scale float64) *history {
	h := &history{exposures: make([]exposure, len(rec.Points))}
	for k := range rec.Samples {
		h.timeS = append(h.timeS, float64(k)*FieldStepS)
	}
	rise := func(v []float64) []float64 {
		out := make([]float64, len(v))
		for k, t := range v {
			out[k] = e.ambientK + scale*(t-e.ambientK)
		}
		return out
	}
	for i := range rec.Points {
		p, d := &rec.Points[i], &e.h.Detectors[i]
		x := &h.exposures[i]
		switch {
		case e.uncovered[i] != "":
			continue
		case hasLink(d.Kind) && p.LinkK != nil:
			x.linkK = rise(p.LinkK)
		case hasLink(d.Kind):
			x.gasK, x.velMS = rise(p.GasK), p.SpeedMS
			x.linkK = e.link(d, x.gasK, x.velMS)
		default:
			x.gasK = rise(p.GasK)
		}
	}
	return h
}

// link is the temperature of a heated link in a gas of known temperature and speed:
// dT/dt = sqrt(u)/RTI (Tg - T), each step solved exactly.
// Source: G. Heskestad, H. F. Smith, FMRC 22485 (1976).
func (e *engine) link(d *recon.Detector, gasK, speedMS []float64) []float64 {
	out := make([]float64, len(gasK))
	t := e.ambientK
	for k := range gasK {
		if k > 0 {
			f := -math.Expm1(-FieldStepS * math.Sqrt(max(0, speedMS[k])) / d.RTI)
			t += f * (gasK[k] - t)
		}
		out[k] = t
	}
	return out
}

func (e *engine) addFieldSeries(r *recon.FireResult, rec *FieldRecord, h *history) {
	stride := max(2, (rec.Samples+maxSamples-2)/(maxSamples-1))
	thin := func(v []float64, shift float64) []float64 {
		var out []float64
		for k := 0; k < len(v); k += stride {
			out = append(out, v[k]-shift)
		}
		return out
	}
	r.TimeS = thin(h.timeS, 0)
	add := func(name, room, unit string, v []float64, shift float64) {
		if v != nil {
			r.Series = append(r.Series, recon.Series{Name: name, Room: room, Unit: unit, Value: thin(v, shift)})
		}
	}
	origin := e.h.Origin.Room
	add("hrr", origin, "kW", rec.HRRKW, 0)
	layers := func(i int) {
		m, name := &rec.Rooms[i], e.h.Rooms[i].Name
		add("upper_layer", name, "C", m.UpperK, handcalc.Kelvin)
		add("lower_layer", name, "C", m.LowerK, handcalc.Kelvin)
		add("interface", name, "m", m.InterfaceM, 0)
	}
	for i := range e.h.Rooms {
		if e.h.Rooms[i].Name == origin {
			layers(i)
		}
	}
	for i := range e.h.Rooms {
		if e.h.Rooms[i].Name != origin {
			layers(i)
		}
	}
	for i, d := range e.h.Detectors {
		add("gas:"+d.Name, origin, "C", h.exposures[i].gasK, handcalc.Kelvin)
		add("link:"+d.Name, origin, "C", h.exposures[i].linkK, handcalc.Kelvin)
	}
}
