package fire

import (
	"context"
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

// engine is a hypothesis made ready to run: the rooms that openings join with the
// room of origin, what burns in them, and which detectors they hold.
type engine struct {
	h         *recon.Hypothesis
	scene     zone.Scene
	roomAt    map[string]int // index in scene.Rooms
	origin    int
	ambientK  float64
	durationS float64
	fuels     []*recon.Fuel    // as scene.Fires
	vents     []*recon.Opening // of the room of origin
	uncovered []string         // by detector, empty when covered
	probeAt   []int            // by detector, index in scene.Detectors
	warnings  []recon.Warning
	// accuracyOf, when set, takes the place of the zone model's accuracies.
	accuracyOf func(d *recon.Detector) accuracy
}

// Simulate predicts the course of one hypothesis in all rooms that openings join
// with the room of origin. The result holds, for the room of origin, the series "hrr" and "hrr_wanted" (kW), "flame_height" and
// "interface" (m above the floor), "upper_layer", "lower_layer" and "mqh_layer"
// (C), "oxygen_upper" (%), "floor_flux" (kW/m2), and "gas:NAME" (C) and, with a
// link, "link:NAME" (C) for each detector it covers; for each other room
// "upper_layer", "lower_layer", "interface" and "oxygen_upper"; and one Arrival for
// each detector, in their order.
//
// The same hypothesis gives the same numbers on every machine. An error means
// that the hypothesis can not be simulated, or that ctx was cancelled.
func Simulate(ctx context.Context, h *recon.Hypothesis) (*recon.FireResult, error) {
	e, err := newEngine(h)
	if err != nil {
		return nil, fmt.Errorf("hypothesis %s: %w", h.ID, err)
	}
	mid, err := e.run(ctx, 0)
	if err != nil {
		return nil, err
	}
	fast, slow := mid, mid
	if e.hasSpread() {
		if fast, err = e.run(ctx, z95); err != nil {
			return nil, err
		}
		if slow, err = e.run(ctx, -z95); err != nil {
			return nil, err
		}
	}
	e.checkRanges(mid)
	r := &recon.FireResult{HypothesisID: h.ID, Tier: tier, Warnings: e.warnings}
	e.addSeries(r, mid)
	for i := range h.Detectors {
		r.Arrivals = append(r.Arrivals, e.arrival(i, mid, fast, slow))
	}
	return r, nil
}

// maxSamples is the most points a result's series keep; longer fires are thinned.
const maxSamples = 3601

func newEngine(h *recon.Hypothesis) (*engine, error) {
	if err := Check(h); err != nil {
		return nil, err
	}
	e := &engine{h: h, durationS: h.DurationS, roomAt: map[string]int{}}
	if e.durationS == 0 {
		e.durationS = 600
	}
	ambient := handcalc.AmbientStdC
	if h.AmbientC != nil {
		ambient = *h.AmbientC
	}
	e.ambientK = ambient + handcalc.Kelvin
	e.scene = zone.Scene{OutsideK: e.ambientK, DurationS: e.durationS, SampleS: sampleS}
	if err := e.rooms(); err != nil {
		return nil, err
	}
	e.origin = e.roomAt[h.Origin.Room]
	e.addVents()
	e.addBurners()
	e.addDetectors()
	return e, nil
}

// defaultWall is used, with a Warning, when a room names no material.
const (
	defaultWall   = "gypsum"
	defaultThickM = 0.016
)

// leakRatio is the leakage area a square metre of outer wall, average tightness:
// J. H. Klote, J. A. Milke, Principles of Smoke Management, ASHRAE (2002).
const leakRatio = 0.21e-3

func (e *engine) hasSpread() bool {
	for _, f := range e.fuels {
		if f.SpreadPct > 0 {
			return true
		}
	}
	return false
}

func (e *engine) warn(where, format string, args ...any) {
	e.warnings = append(e.warnings, recon.Warning{Where: where, What: fmt.Sprintf(format, args...)})
}

func (e *engine) addSeries(r *recon.FireResult, h *history) {
	stride := max(2, (len(h.timeS)+maxSamples-2)/(maxSamples-1))
	thin := func(v []float64, f func(float64) float64) []float64 {
		var out []float64
		for i := 0; i < len(v); i += stride {
			out = append(out, f(v[i]))
		}
		return out
	}
	same := func(v float64) float64 { return v }
	celsius := func(v float64) float64 { return v - handcalc.Kelvin }
	room := e.h.Origin.Room
	r.TimeS = thin(h.timeS, same)
	add := func(name, unit string, v []float64) {
		r.Series = append(r.Series, recon.Series{Name: name, Room: room, Unit: unit, Value: v})
	}
	add("hrr", "kW", thin(h.hrrKW, same))
	add("hrr_wanted", "kW", thin(h.wantedKW, same))
	add("flame_height", "m", thin(e.flameHeights(h), same))
	add("upper_layer", "C", thin(h.upperK, celsius))
	add("lower_layer", "C", thin(h.lowerK, celsius))
	add("interface", "m", thin(h.interfaceM, same))
	add("mqh_layer", "C", thin(e.mqhLayer(h), celsius))
	add("oxygen_upper", "%", thin(h.upperO2, func(v float64) float64 { return 100 * v }))
	add("floor_flux", "kW/m2", thin(h.floorFlux, same))
	smoke := func(k int) {
		// Optical density is by the decadic logarithm, extinction by the natural one.
		extinction := func(v float64) float64 { return math.Ln10 * v }
		add("extinction_upper", "1/m", thin(h.rooms[k].UpperODm, extinction))
		add("extinction_lower", "1/m", thin(h.rooms[k].LowerODm, extinction))
	}
	smoke(e.origin)
	for k, other := range h.rooms {
		if k == e.origin {
			continue
		}
		room = other.Name
		add("upper_layer", "C", thin(other.UpperK, celsius))
		add("lower_layer", "C", thin(other.LowerK, celsius))
		add("interface", "m", thin(other.InterfaceM, same))
		add("oxygen_upper", "%", thin(other.Upper[zone.O2], func(v float64) float64 { return 100 * v }))
		smoke(k)
	}
	room = e.h.Origin.Room
	for i, d := range e.h.Detectors {
		if x := h.exposures[i]; x.gasK != nil {
			add("gas:"+d.Name, "C", thin(x.gasK, celsius))
			if x.linkK != nil {
				add("link:"+d.Name, "C", thin(x.linkK, celsius))
			}
		}
	}
}

// flameHeights is the tallest flame at each sample, above its own base.
func (e *engine) flameHeights(h *history) []float64 {
	v := make([]float64, len(h.timeS))
	for i, f := range e.fuels {
		for j, q := range h.burnKW[i] {
			v[j] = max(v[j], handcalc.FlameHeight(q, fuelDiameter(f)))
		}
	}
	return v
}

// openFactor is the sum of A sqrt(H) over what is open at tS.
func (e *engine) openFactor(tS float64) float64 {
	var sum float64
	for _, o := range e.vents {
		if tS >= o.OpenAtS {
			sum += VentFactor(o)
		}
	}
	return sum
}

// room is the room of origin.
func (e *engine) room() *zone.Room { return &e.scene.Rooms[e.origin] }

// surfaceM2 is its inner surface without the openings.
func (e *engine) surfaceM2() float64 {
	r := e.room()
	a := 2*r.WidthM*r.DepthM + 2*(r.WidthM+r.DepthM)*r.HeightM
	for _, o := range e.vents {
		a -= o.WidthM * (o.HeadM - o.SillM)
	}
	return max(a, r.WidthM*r.DepthM)
}

// heatLoss is the room of origin's coefficient for the correlations.
func (e *engine) heatLoss(tS float64) float64 {
	s := e.room().Wall.Slabs[0]
	return handcalc.MQHHeatLoss(s.Material, s.ThickM, tS)
}

// mqhLayer is the hot layer by MQHRise, beside the simulated one, in kelvin.
func (e *engine) mqhLayer(h *history) []float64 {
	v := make([]float64, len(h.timeS))
	for j, t := range h.timeS {
		rise := handcalc.MQHRise(h.hrrKW[j], e.openFactor(t), e.heatLoss(t), e.surfaceM2())
		v[j] = e.ambientK + math.Min(rise, handcalc.HottestJetK)
	}
	return v
}
