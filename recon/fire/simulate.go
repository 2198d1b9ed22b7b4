package fire

import (
	"context"
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/handcalc"
)

// engine is a hypothesis made ready to run: the room of origin with its vents
// and burners, and which detectors it covers.
type engine struct {
	h          *recon.Hypothesis
	room       roomModel
	wall       handcalc.Material
	wallThickM float64
	floorZ     float64
	durationS  float64
	fuels      []*recon.Fuel // those in the room of origin, as room.burners
	vents      []*recon.Opening
	uncovered  []string // by detector, empty when covered
	warnings   []recon.Warning
}

// Simulate predicts the course of one hypothesis. The result holds, for the
// room of origin, the series "hrr" and "hrr_wanted" (kW), "flame_height" and
// "interface" (m above the floor), "upper_layer", "lower_layer" and "mqh_layer"
// (C), "oxygen_upper" (%), "floor_flux" (kW/m2), and "gas:NAME" (C) and, with a
// link, "link:NAME" (C) for each detector it covers; and one Arrival for each
// detector, in their order.
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
	e := &engine{h: h, durationS: h.DurationS}
	if e.durationS == 0 {
		e.durationS = 600
	}
	room := findRoom(h, h.Origin.Room)
	ambient := handcalc.AmbientStdC
	if h.AmbientC != nil {
		ambient = *h.AmbientC
	}
	e.floorZ = room.Min[2]
	e.room = roomModel{
		lengthM: room.Max[0] - room.Min[0], widthM: room.Max[1] - room.Min[1], heightM: room.Max[2] - room.Min[2],
		ambientK: ambient + handcalc.Kelvin,
	}
	e.room.leakM = leakRatio * e.room.perimeterM()
	name := room.Wall
	if name == "" {
		name = defaultWall
		e.warn("room "+room.Name, "no wall material stated; %s is supposed", defaultWall)
	}
	var err error
	if e.wall, err = handcalc.MaterialNamed(name); err != nil {
		return nil, err
	}
	if e.wallThickM = room.ThickM; e.wallThickM == 0 {
		e.wallThickM = defaultThickM
		e.warn("room "+room.Name, "no wall thickness stated; %g m is supposed", defaultThickM)
	}
	e.addVents(room)
	e.addBurners(room)
	for i := range h.Detectors {
		why := ""
		if d := &h.Detectors[i]; !inside(d.At, room) {
			why = fmt.Sprintf("it is not in the room of origin %s, and the engine covers one room", room.Name)
			e.warn("detector "+d.Name, "no prediction: %s", why)
		}
		e.uncovered = append(e.uncovered, why)
	}
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

func (e *engine) addVents(room *recon.Room) {
	for i := range e.h.Openings {
		o := &e.h.Openings[i]
		if o.From != room.Name && o.To != room.Name {
			continue
		}
		other := o.To
		if other == room.Name {
			other = o.From
		}
		if other != Outside {
			e.warn("opening "+o.Name, "leads to room %s, which is taken as a large space at ambient temperature", other)
		}
		e.vents = append(e.vents, o)
		e.room.vents = append(e.room.vents, vent{o.WidthM, o.SillM, min(o.HeadM, e.room.heightM), o.OpenAtS})
	}
	if len(e.vents) == 0 {
		e.warn("room "+room.Name, "no opening: only leakage of %.0f cm2 is supposed", 1e4*e.room.leakM*e.room.heightM)
	}
}

func (e *engine) addBurners(room *recon.Room) {
	for i := range e.h.Fuels {
		f := &e.h.Fuels[i]
		if !inside(f.At, room) {
			e.warn("fuel "+f.Name, "it is not in the room of origin %s and is left out", room.Name)
			continue
		}
		d := fuelDiameter(f)
		if f.AreaM2 <= 0 {
			e.warn("fuel "+f.Name, "no burning area stated; 0.25 m2 is supposed")
		}
		e.fuels = append(e.fuels, f)
		e.room.burners = append(e.room.burners, burner{
			baseM: f.At[2] - room.Min[2], diameterM: d, radiative: radiative(f), mirror: mirrorFactor(f.At, d, room),
		})
	}
}

// nearWallM is how near the edge of a fire is to a wall that its flames lean on it.
const nearWallM = 0.2

// mirrorFactor is 2 for a fire against a wall, 4 for one in a corner, else 1.
// Source: as (*burner).entrained; SFPE Handbook, 5th ed. (2016), ch. 14.
func mirrorFactor(at recon.Vec, diameterM float64, room *recon.Room) float64 {
	k := 1.0
	for axis := 0; axis < 2; axis++ {
		gap := min(at[axis]-room.Min[axis], room.Max[axis]-at[axis]) - diameterM/2
		if gap <= nearWallM {
			k *= 2
		}
	}
	return k
}

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
	for i, b := range e.room.burners {
		for j, q := range h.burnKW[i] {
			v[j] = max(v[j], handcalc.FlameHeight(q, b.diameterM))
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

func (e *engine) surfaceM2() float64 {
	a := 2*e.room.floorM2() + e.room.perimeterM()*e.room.heightM
	for _, v := range e.room.vents {
		a -= v.widthM * (v.headM - v.sillM)
	}
	return max(a, e.room.floorM2())
}

// mqhLayer is the hot layer by handcalc.MQHRise, beside the simulated one, in kelvin.
func (e *engine) mqhLayer(h *history) []float64 {
	v := make([]float64, len(h.timeS))
	for j, t := range h.timeS {
		rise := handcalc.MQHRise(h.hrrKW[j], e.openFactor(t), handcalc.MQHHeatLoss(e.wall, e.wallThickM, t), e.surfaceM2())
		v[j] = e.room.ambientK + math.Min(rise, handcalc.HottestJetK)
	}
	return v
}
