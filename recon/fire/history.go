package fire

import (
	"context"
	"math"

	"firescene/recon"
	"firescene/recon/handcalc"
)

// Fixed steps, so that a result never depends on the machine.
const (
	stepS   = 0.05 // of the room
	sampleS = 0.5  // of the history, on which detectors are followed
)

// history is one run of the room, sampled every sampleS.
type history struct {
	timeS                          []float64
	hrrKW, wantedKW                []float64
	upperK, lowerK                 []float64
	interfaceM, upperO2, floorFlux []float64
	burnKW                         [][]float64 // by burner
	exposures                      []exposure  // by detector; gasK is nil where the engine says nothing
}

// run simulates the scene with every item's heat release scaled by exp(sigmas
// times its own relative spread).
func (e *engine) run(ctx context.Context, sigmas float64) (*history, error) {
	room := e.room
	room.burners = make([]burner, len(e.fuels))
	for i, f := range e.fuels {
		b := e.room.burners[i]
		scale := math.Exp(sigmas * f.SpreadPct / 100)
		b.heat = func(tS float64) float64 { return scale * HeatRelease(f, tS) }
		room.burners[i] = b
	}
	h := &history{burnKW: make([][]float64, len(e.fuels))}
	s := newRoomState(&room, e.wall, e.wallThickM)
	each := int(math.Round(sampleS / stepS))
	steps := int(math.Round(e.durationS / stepS))
	for n := 0; n <= steps; n++ {
		t := float64(n) * stepS
		if n%each == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			h.sample(&room, s, t)
		}
		s.step(&room, t, stepS)
	}
	h.exposures = make([]exposure, len(e.h.Detectors))
	for i := range e.h.Detectors {
		if e.uncovered[i] == "" {
			h.exposures[i] = e.expose(&room, h, &e.h.Detectors[i])
		}
	}
	return h, nil
}

func (h *history) sample(r *roomModel, s *roomState, t float64) {
	tu, zi := s.upperK(), s.interfaceM(r)
	var q, wanted float64
	for i := range r.burners {
		q += s.burnKW[i]
		wanted += r.burners[i].heat(t)
		h.burnKW[i] = append(h.burnKW[i], s.burnKW[i])
	}
	beam := 3.6 * s.upperM3 / (2*r.floorM2() + r.perimeterM()*(r.heightM-zi))
	eg := 1 - math.Exp(-layerAbsorb*beam)
	h.timeS = append(h.timeS, t)
	h.hrrKW = append(h.hrrKW, q)
	h.wantedKW = append(h.wantedKW, wanted)
	h.upperK = append(h.upperK, tu)
	h.lowerK = append(h.lowerK, s.lowerK(r))
	h.interfaceM = append(h.interfaceM, zi)
	h.upperO2 = append(h.upperO2, s.upperO2/s.upperKg)
	h.floorFlux = append(h.floorFlux, eg*handcalc.SigmaSB*(math.Pow(tu, 4)-math.Pow(r.ambientK, 4)))
}

// expose follows the gas past one detector. Under the ceiling it is met by the
// jet of each item, as the jet was when that gas left the fire; below the jet it
// is in the hot layer or in the air under it.
func (e *engine) expose(r *roomModel, h *history, d *recon.Detector) exposure {
	n := len(h.timeS)
	x := exposure{gasK: make([]float64, n), velMS: make([]float64, n)}
	z := d.At[2] - e.floorZ
	for j := range x.gasK {
		x.gasK[j], x.velMS[j] = r.ambientK, stillAirMS
	}
	inJet := false
	for i, f := range e.fuels {
		b := &r.burners[i]
		height := r.heightM - b.baseM
		if height <= 0 || z <= b.baseM || r.heightM-z > max(handcalc.JetDepth*height, 0.1) {
			continue
		}
		inJet = true
		radius := math.Hypot(d.At[0]-f.At[0], d.At[1]-f.At[1])
		e.meetJet(r, h, b, h.burnKW[i], height, radius, &x)
	}
	if !inJet {
		for j := range x.gasK {
			if h.interfaceM[j] < z {
				x.gasK[j] = h.upperK[j]
			} else {
				x.gasK[j] = h.lowerK[j]
			}
		}
	}
	if hasLink(d.Kind) {
		x.linkK = make([]float64, n)
		x.linkK[0] = r.ambientK
		for j := 1; j < n; j++ {
			x.linkK[j] = handcalc.LinkStep(x.linkK[j-1], x.gasK[j-1], x.velMS[j-1], d.RTI, sampleS)
		}
	}
	return x
}

// meetJet raises x to what the jet of one item brings to radius.
func (e *engine) meetJet(r *roomModel, h *history, b *burner, burnKW []float64, height, radius float64, x *exposure) {
	n := len(h.timeS)
	// newest[k] is the youngest gas that has arrived by sample k, as an index of
	// the sample at which it left the fire, plus one.
	newest := make([]int, n+1)
	for i, q := range burnKW {
		if q <= 0 {
			continue
		}
		share, hL := e.layerSource(r, h, b, q, i, height)
		lag := handcalc.PlumeRiseTime(b.mirror*q, b.mirror*q*(1-b.radiative), b.diameterM*math.Sqrt(b.mirror), height, r.ambientK) +
			handcalc.JetTravelTime(b.mirror*q*max(share, 1e-3), hL, radius)
		k := float64(i) + math.Ceil(lag/sampleS)
		if k < float64(n) {
			newest[int(k)] = max(newest[int(k)], i+1)
		}
	}
	at := 0
	for j := 0; j < n; j++ {
		at = max(at, newest[j])
		if at == 0 {
			continue
		}
		// Once the front has passed, the layer above is felt even when the fire is out.
		gas, vel := e.layerAbove(r, h, j, height), stillAirMS
		if burnKW[j] > 0 {
			i := at - 1
			q := burnKW[i]
			share, hL := e.layerSource(r, h, b, q, i, height)
			env := e.layerAbove(r, h, i, height)
			rise := handcalc.CeilingJetRise(b.mirror*q*share, hL, radius) * env / (handcalc.AmbientStdC + handcalc.Kelvin)
			gas = max(gas, min(env+rise, handcalc.HottestJetK))
			vel = max(vel, handcalc.CeilingJetVelocity(b.mirror*q*share, hL, radius))
		}
		x.gasK[j] = max(x.gasK[j], gas)
		x.velMS[j] = max(x.velMS[j], vel)
	}
}

// layerShare is how far the hot layer has become deeper than the jet that feeds
// it: until then the jet is the layer, and counting both would count heat twice.
func layerShare(r *roomModel, h *history, i int, height float64) float64 {
	return min(1, (r.heightM-h.interfaceM[i])/(2*handcalc.JetDepth*height))
}

// layerAbove is the temperature of the gas in which the jet flows.
func (e *engine) layerAbove(r *roomModel, h *history, i int, height float64) float64 {
	w := layerShare(r, h, i, height)
	return r.ambientK + w*w*(h.upperK[i]-r.ambientK)
}

func (e *engine) layerSource(r *roomModel, h *history, b *burner, q float64, i int, height float64) (share, heightM float64) {
	return handcalc.LayerSource(b.mirror*q*(1-b.radiative), height, h.interfaceM[i]-b.baseM, e.layerAbove(r, h, i, height), r.ambientK)
}
