package fire

import (
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

// z95 bounds 95 % of a normal distribution.
const z95 = 1.96

// accuracy is what validation says of a predicted quantity: model over
// measurement is delta on average, with the relative standard deviation sigma.
// Rule: K. McGrattan, B. Toman, Metrologia 48 (2011) 173.
type accuracy struct {
	delta, sigma float64
	model        string
}

// The accuracies used, by detector kind. That of heated links is measured by
// TestVettori; for smoke alarms and gas temperatures the published figures of a
// zone model stand in.
var (
	smokeTime = accuracy{1.10, 0.34, "gas temperature rise in Alpert's ceiling jet (Alpert 1972, Evans 1984) as smoke alarm (Heskestad & Delichatsios 1977); bias 1.10, spread 0.34 (published for a zone model, CFAST 7 Validation Guide)"}
	linkTime  = accuracy{1.12, 0.14, "RTI link (Heskestad & Smith 1976) in Alpert's ceiling jet (Alpert 1972, Evans 1984); bias 1.12, spread 0.14 (own, 45 sprinklers of Vettori 1998)"}
	jetRise   = accuracy{1.06, 0.42, "gas temperature in Alpert's ceiling jet (Alpert 1972, Evans 1984); bias 1.06, spread 0.42 of the rise (published for a zone model, CFAST 7 Validation Guide)"}
)

// otherRoom is the accuracy in rooms that hold no fire: what reaches them through
// openings is the hot layer. The published figures of a zone model for alarms in
// several rooms stand in; the model's own are a little better (VALIDATION.md).
var otherRoom = accuracy{1.10, 0.34, "hot layer of a room without fire, by the two-layer model of many rooms; bias 1.10, spread 0.34 (published for a zone model, CFAST 7 Validation Guide; own 1.11, 0.29, 142 alarms of NIST TN 1455)"}

// SharedModelVariance is the part of a model's error that all detectors of one
// fire have in common, as a share of its variance. TestVettori finds a standard
// deviation of 0.05 between two sprinklers of one fire where that between fires
// is 0.13; the same share is supposed for smoke alarms.
const SharedModelVariance = 0.8

// LayerDepth is the accuracy of the simulated depth of the hot layer, model over
// measurement: bias and relative standard deviation (TestSteckler, 55 fires;
// the spread is that published for a zone model, which is wider).
const (
	LayerDepthBias   = 0.98
	LayerDepthSpread = 0.19
)

// tier names the engine in results.
const tier = zone.Tier + " with hand correlations under ceilings; layer temperature rise: bias 0.99, spread 0.07 (own, 55 fires of Steckler 1982, which also set one constant of the model), 0.86, 0.05 (own, 12 fires of FSRI 2018, which set none); layer depth: 0.98, 0.10 (own, Steckler); several rooms: see VALIDATION.md; room temperatures are shown uncorrected"

// arrival is the response of detector i, its time corrected by the model's bias
// and bounded by the spread of model and fuels: the ends of the fuels' spread are
// simulated (fast and slow), that of the model is taken from its validation, and
// the two are joined as independent parts of ln(time).
func (e *engine) arrival(i int, mid, fast, slow *history) recon.Arrival {
	d := &e.h.Detectors[i]
	a := recon.Arrival{Detector: d.Name, TimeS: e.durationS, LateS: e.durationS}
	if e.uncovered[i] != "" {
		a.Uncovered = e.uncovered[i]
		a.EarlyS = 0
		a.LateOpen = true
		a.Model = "none: " + e.uncovered[i]
		return a
	}
	acc := e.accuracy(d)
	a.Model = acc.model
	cross := func(h *history, sigmas float64) (float64, bool) {
		th := thresholdK(d, e.ambientK)
		scale := 1 / acc.delta
		if d.Kind == "gas_temperature" { // validated as a temperature, not as a time
			th = e.ambientK + (th-e.ambientK)*acc.delta*math.Exp(sigmas*acc.sigma)
			scale = 1
		}
		t, ok := firstCrossing(h.timeS, h.exposures[i].responseK(), th)
		return t * scale, ok
	}
	t, ok := cross(mid, 0)
	tf, okF := cross(fast, 0)
	ts, okS := cross(slow, 0)
	a.Reached = ok
	if !okF { // not even the fast end responds
		a.EarlyS, a.LateOpen = e.durationS, true
		a.ModelLogSD = acc.sigma
		return a
	}
	if ok {
		a.TimeS = t
	}
	const least = 0.5 // s, the sampling of the model
	t, tf = max(a.TimeS, least), max(tf, least)
	early := math.Log(t / min(t, tf))
	late := early
	if okS {
		late = math.Log(max(t, ts) / t)
		a.FuelLogSD = (early + late) / (2 * z95)
	} else {
		a.FuelLogSD = early / z95
	}
	modelEarly, modelLate := z95*acc.sigma, z95*acc.sigma
	if d.Kind == "gas_temperature" {
		modelEarly, modelLate = e.thresholdSpread(cross, mid, t)
	}
	a.ModelLogSD = (modelEarly + modelLate) / (2 * z95)
	a.EarlyS = t * math.Exp(-math.Hypot(early, modelEarly))
	a.LateS = t * math.Exp(math.Hypot(late, modelLate))
	if a.LateOpen = !ok || !okS; a.LateOpen {
		a.LateS = max(e.durationS, a.TimeS)
	}
	return a
}

// accuracy is that of what is predicted of a detector.
func (e *engine) accuracy(d *recon.Detector) accuracy {
	if e.accuracyOf != nil {
		return e.accuracyOf(d)
	}
	acc := smokeTime
	switch {
	case hasLink(d.Kind):
		acc = linkTime
	case d.Kind == "gas_temperature":
		acc = jetRise
	}
	if !e.fireWith(d) {
		return otherRoom
	}
	return acc
}

// thresholdSpread is the part of ln(time) to either side that a spread of the
// predicted temperature makes.
func (e *engine) thresholdSpread(cross func(*history, float64) (float64, bool), mid *history, t float64) (early, late float64) {
	if te, ok := cross(mid, -z95); ok {
		early = math.Log(t / max(0.5, min(t, te)))
	}
	late = early
	if tl, ok := cross(mid, z95); ok {
		late = math.Log(max(t, tl) / t)
	}
	return early, late
}

// fireWith reports whether a fuel burns in a detector's room.
func (e *engine) fireWith(d *recon.Detector) bool {
	for _, f := range e.fuels {
		if roomOf(e.h, f.At) == roomOf(e.h, d.At) {
			return true
		}
	}
	return false
}

// flashoverS is when the simulated layer first reaches handcalc.FlashoverLayerC.
func (h *history) flashoverS() (float64, bool) {
	return firstCrossing(h.timeS, h.upperK, handcalc.FlashoverLayerC+handcalc.Kelvin)
}

// checkRanges warns of every prediction outside the range of its source.
func (e *engine) checkRanges(h *history) {
	for i, f := range e.fuels {
		e.checkFlames(i, f, h)
		e.checkIgnition(f, h)
	}
	e.checkVentilation(h)
	e.checkFlashover(h)
	for i, d := range e.h.Detectors {
		if h.exposures[i].gasK == nil {
			continue
		}
		r := roomOf(e.h, d.At)
		for _, f := range e.fuels {
			if roomOf(e.h, f.At) != r {
				continue
			}
			height := r.Max[2] - f.At[2]
			if r := math.Hypot(d.At[0]-f.At[0], d.At[1]-f.At[1]); r > 4*height {
				e.warn("detector "+d.Name, "%.1f m from %s is more than 4 ceiling heights, farther than the tests behind Alpert's ceiling jet", r, f.Name)
			}
		}
		if below, height := r.Max[2]-d.At[2], r.Max[2]-r.Min[2]; below > max(handcalc.JetDepth*height, 0.1) {
			e.warn("detector "+d.Name, "%.2f m below the ceiling it is under the ceiling jet; the temperature of the layer is used", below)
		}
	}
}

func (e *engine) checkFlames(i int, f *recon.Fuel, h *history) {
	diameter := fuelDiameter(f)
	peak, at := 0.0, 0.0
	for j, q := range h.burnKW[i] {
		if q > peak {
			peak, at = q, h.timeS[j]
		}
	}
	if peak <= 0 {
		e.warn("fuel "+f.Name, "it releases no heat within the simulated time")
		return
	}
	if !handcalc.FlameHeightInRange(peak, diameter) {
		e.warn("fuel "+f.Name, "Q^(2/5)/D = %.1f kW^(2/5)/m at the peak of %.0f kW is outside 7 to 700, the range of Heskestad's flame height", math.Pow(peak, 0.4)/diameter, peak)
	}
	if l, room := handcalc.FlameHeight(peak, diameter), roomOf(e.h, f.At).Max[2]-f.At[2]; l > room {
		e.warn("fuel "+f.Name, "flames of %.1f m reach the ceiling %.1f m above the base by %.0f s; Alpert's ceiling jet holds for flames below it", l, room, at)
	}
}

// checkIgnition compares the stated ignition of a later item with the heat that
// the items burning then send to it.
func (e *engine) checkIgnition(f *recon.Fuel, h *history) {
	if f.IgnitesAtS <= 0 || f.IgnitesAtS > e.durationS {
		return
	}
	j := min(int(f.IgnitesAtS/sampleS), len(h.timeS)-1)
	flux := h.floorFlux[j]
	for i, g := range e.fuels {
		if roomOf(e.h, g.At) != roomOf(e.h, f.At) {
			continue
		}
		diameter := fuelDiameter(g)
		mid := g.At
		mid[2] += handcalc.FlameHeight(h.burnKW[i][j], diameter) / 2
		r := math.Sqrt(math.Pow(mid[0]-f.At[0], 2) + math.Pow(mid[1]-f.At[1], 2) + math.Pow(mid[2]-f.At[2], 2))
		if g == f || h.burnKW[i][j] <= 0 || r == 0 {
			continue
		}
		if r < handcalc.PointSourceNear*diameter {
			return // too near for a point source; contact with flames is possible
		}
		flux += handcalc.PointSourceFlux(h.burnKW[i][j], radiative(g), r)
	}
	if flux < leastIgnitionFlux {
		e.warn("fuel "+f.Name, "it is stated to catch at %.0f s, but the flux there is then %.1f kW/m2, below the 10 kW/m2 of the easiest pilot ignition", f.IgnitesAtS, flux)
	}
}

// leastIgnitionFlux in kW/m2: Babrauskas, Ignition Handbook (2003), ch. 7.
const leastIgnitionFlux = 10

func (e *engine) checkVentilation(h *history) {
	for j, w := range h.wantedKW {
		if w > 50 && h.hrrKW[j] < 0.9*w {
			e.warn("room "+e.h.Origin.Room, "from %.0f s on the fire is limited by air: %.0f of %.0f kW burn in the room (limit by 1500 A sqrt(H): %.0f kW)",
				h.timeS[j], h.hrrKW[j], w, handcalc.VentilationLimit(e.openFactor(h.timeS[j])))
			return
		}
	}
}

func (e *engine) checkFlashover(h *history) {
	t, ok := h.flashoverS()
	if !ok {
		return
	}
	a := e.openFactor(t)
	need := fmt.Sprintf("by the correlations %.0f kW (MQH), %.0f kW (Thomas), %.0f kW (Babrauskas) are needed", handcalc.FlashoverMQH(a, e.heatLoss(t), e.surfaceM2()),
		handcalc.FlashoverThomas(a, e.surfaceM2()), handcalc.FlashoverBabrauskas(a))
	e.warn("room "+e.h.Origin.Room, "flashover at %.0f s: the hot layer reaches %d C; %s; burn patterns made after it say little of the origin", t, handcalc.FlashoverLayerC, need)
}
