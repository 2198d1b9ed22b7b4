package fire

import (
	"context"
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/field"
	"firescene/recon/handcalc"
)

// fieldTier names the field model in results, with its own validation (fire validate
// --tier field) where there is one.
const fieldTier = "field model (large-eddy simulation, single precision); layer temperature rise: bias 1.00, spread 0.15 with openings (FSRI alone 0.90, 0.06), 1.03, 0.09 closed; layer depth: 0.99, 0.06 with openings, 1.00, 0.02 closed; flux to walls: 0.93, 0.51 (0.71 in a small room, 1.32 in a large one) (own, VALIDATION-FIELD.md: 24 fires of FSRI 2018 with cells of 15 cm, 38 of Steckler 1982 with 12 cm, 4 of NIST/NRC with 30 cm); shown uncorrected"

// The accuracies of times by the field model. No series with detectors has been run
// with it: the published figures of another large-eddy model stand in.
var (
	fieldLinkTime  = accuracy{1.02, 0.3, "RTI link (Heskestad & Smith 1976) in the field model's gas; bias 1.02 (published for a large-eddy model, FDS 6.7 Validation Guide), spread 0.3 (twice the published, for coarser cells)"}
	fieldSmokeTime = accuracy{1.20, 0.34, "gas temperature rise as smoke alarm (Heskestad & Delichatsios 1977) in the field model's gas; bias 1.20, spread 0.34 (published for a large-eddy model, FDS 6.7 Validation Guide)"}
	fieldGasTime   = accuracy{1, 0.3, "gas temperature of the field model; bias and spread of the time are not validated, 0.3 is supposed"}
)

// FieldOptions say how SimulateField runs.
type FieldOptions struct {
	CellM float64 // 0: FieldCellM
	Run   field.Options
}

// SimulateField predicts the course of one hypothesis with the field model. The result
// holds the series of Simulate but for "flame_height", "mqh_layer" and "floor_flux", each
// layer's the mean of four quarters of the room. The spread of the fuels, which would
// take more runs, is taken from the zone model. The second result is the field model's
// own, with what every face met.
//
// The same hypothesis gives the same numbers for any number of workers.
func SimulateField(ctx context.Context, h *recon.Hypothesis, o FieldOptions) (*recon.FireResult, *field.Result, error) {
	e, err := newEngine(h)
	if err != nil {
		return nil, nil, fmt.Errorf("hypothesis %s: %w", h.ID, err)
	}
	sc, err := e.field(o.CellM)
	if err != nil {
		return nil, nil, fmt.Errorf("hypothesis %s: %w", h.ID, err)
	}
	zones, err := Simulate(ctx, h)
	if err != nil {
		return nil, nil, err
	}
	res, err := field.Run(ctx, sc, o.Run)
	if err != nil {
		return nil, nil, fmt.Errorf("hypothesis %s: %w", h.ID, err)
	}
	for _, w := range res.Warnings {
		e.warn("field model, "+w.Where, "%s", w.What)
	}
	var d [3]float64
	for a := range d {
		d[a] = (sc.Box[2*a+1] - sc.Box[2*a]) / float64(sc.Cells[a])
	}
	r := &recon.FireResult{HypothesisID: h.ID, Tier: fmt.Sprintf("%s; %d cells of %.2f by %.2f by %.2f m", fieldTier, res.Cells, d[0], d[1], d[2]), TimeS: res.TimeS, Warnings: e.warnings}
	e.fieldSeries(r, res)
	for i := range h.Detectors {
		r.Arrivals = append(r.Arrivals, e.fieldArrival(i, res, &zones.Arrivals[i]))
	}
	return r, res, nil
}

func (e *engine) fieldSeries(r *recon.FireResult, res *field.Result) {
	by := map[string][]float64{}
	for _, d := range res.Devices {
		by[d.Name] = d.Value
	}
	celsius := func(v []float64) []float64 {
		out := make([]float64, len(v))
		for i := range v {
			out[i] = v[i] - handcalc.Kelvin
		}
		return out
	}
	mean := func(kind, room string) []float64 {
		out := make([]float64, len(res.TimeS))
		for q := 1; q <= 4; q++ {
			for i, v := range by[fmt.Sprintf("%s:%s:%d", kind, room, q)] {
				out[i] += v / 4
			}
		}
		return out
	}
	order := []int{e.origin}
	for k := range e.scene.Rooms {
		if k != e.origin {
			order = append(order, k)
		}
	}
	for _, k := range order {
		room := e.scene.Rooms[k].Name
		add := func(name, unit string, v []float64) {
			r.Series = append(r.Series, recon.Series{Name: name, Room: room, Unit: unit, Value: v})
		}
		if k == e.origin {
			add("hrr", "kW", res.HRRKW)
			add("hrr_wanted", "kW", res.OfferedKW)
		}
		add("upper_layer", "C", celsius(mean("upper", room)))
		add("lower_layer", "C", celsius(mean("lower", room)))
		add("interface", "m", mean("height", room))
		o2 := append([]float64(nil), by["oxygen:"+room]...)
		for i := range o2 {
			o2[i] *= 100
		}
		add("oxygen_upper", "%", o2)
	}
	n := 0
	room := e.scene.Rooms[e.origin].Name
	for i, d := range e.h.Detectors {
		if e.probeAt[i] < 0 {
			continue
		}
		kind := "gas:"
		if hasLink(d.Kind) {
			kind = "link:"
		}
		r.Series = append(r.Series, recon.Series{Name: kind + d.Name, Room: room, Unit: "C", Value: celsius(res.Devices[n].Value)})
		n++
	}
}

// fieldArrival is the response of detector i by the field model; zones is the zone
// model's, whose spread by the fuels it takes.
func (e *engine) fieldArrival(i int, res *field.Result, zones *recon.Arrival) recon.Arrival {
	if zones.Uncovered != "" {
		return *zones
	}
	d := &e.h.Detectors[i]
	acc := fieldSmokeTime
	switch {
	case hasLink(d.Kind):
		acc = fieldLinkTime
	case d.Kind == "gas_temperature":
		acc = fieldGasTime
	}
	a := recon.Arrival{Detector: d.Name, TimeS: e.durationS, LateS: e.durationS, Model: acc.model, FuelLogSD: zones.FuelLogSD, ModelLogSD: acc.sigma}
	n := 0
	for k := range i {
		if e.probeAt[k] >= 0 {
			n++
		}
	}
	t := res.Devices[n].ActivatedS
	if a.Reached = t >= 0; !a.Reached {
		a.EarlyS, a.LateOpen = e.durationS*math.Exp(-z95*math.Hypot(acc.sigma, a.FuelLogSD)), true
		return a
	}
	a.TimeS = max(t/acc.delta, .5)
	spread := z95 * math.Hypot(acc.sigma, a.FuelLogSD)
	a.EarlyS, a.LateS = a.TimeS*math.Exp(-spread), a.TimeS*math.Exp(spread)
	return a
}
