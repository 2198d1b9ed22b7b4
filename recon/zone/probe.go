package zone

import (
	"math"

	"firescene/recon/handcalc"
)

// TickS is the grid on which detectors follow the gas, in s.
const TickS = 0.5

// StillAirMS is the velocity past a link where nothing drives the gas.
const StillAirMS = 0.1

// probe is a detector with what it has met.
type probe struct {
	*Detector
	jets                        []jet   // one for each fire in its room
	lit                         bool    // a fire of its room has burnt
	heldK, heldSoot             float64 // of the layer before that
	gasK, velMS, linkK, obscPct float64
	sootKg                      float64      // of the gas at its place, kg/m3
	past                        [3][]float64 // gas, velocity, link at each tick
	doneS                       float64
	before                      float64 // value at the tick before
	done                        bool
}

// jet is the gas of one fire on its way to a probe. newest[k] is the youngest gas
// that has arrived by tick k, as the tick at which it left the fire, plus one.
type jet struct {
	fire   *fireState
	radius float64
	height float64 // of the ceiling above the fire's base
	newest []int32
	at     int32
}

// trail is what probes need of a room at each tick.
type trail struct{ upK, zI, sootM3 []float64 }

// firePast is what they need of a fire.
type firePast struct{ burnKW []float64 }

func (e *engine) startProbes() {
	e.probes = make([]probe, len(e.scene.Detectors))
	e.trails = make([]trail, len(e.rooms))
	e.pasts = make([]firePast, len(e.fires))
	for i := range e.probes {
		p := &e.probes[i]
		p.Detector = &e.scene.Detectors[i]
		p.gasK, p.linkK, p.velMS = e.scene.InsideK, e.scene.InsideK, StillAirMS
		r := &e.rooms[p.Room]
		for _, f := range e.inRoom[p.Room] {
			base := f.at(0).BaseM
			height := r.HeightM - base
			if height <= 0 || p.At[2] <= base || r.HeightM-p.At[2] > max(handcalc.JetDepth*height, 0.1) {
				continue
			}
			p.jets = append(p.jets, jet{fire: f, radius: math.Hypot(p.At[0]-f.X, p.At[1]-f.Y), height: height})
		}
	}
}

// followProbes moves the detectors on to the ticks that the last step passed.
func (e *engine) followProbes() {
	if len(e.probes) == 0 {
		return
	}
	for ; float64(e.ticks)*TickS <= e.nowS+1e-9; e.ticks++ {
		for i := range e.rooms {
			r, t := &e.rooms[i], &e.trails[i]
			t.upK, t.zI = append(t.upK, r.tempK[upper]), append(t.zI, r.zI)
			t.sootM3 = append(t.sootM3, r.layers[upper].sp[Soot]/r.volM3[upper])
		}
		for i := range e.fires {
			e.pasts[i].burnKW = append(e.pasts[i].burnKW, e.fires[i].burnKW)
		}
		for i := range e.probes {
			e.follow(&e.probes[i], e.ticks)
		}
	}
}

// follow moves one detector to a tick. Under the ceiling it is met by the jet of
// each fire, as the jet was when that gas left the fire; below the jet, and in
// rooms without a fire, it is in the hot layer or the air under it.
func (e *engine) follow(p *probe, tick int) {
	r := &e.rooms[p.Room]
	// The link was heated by the gas of the tick before.
	if p.Kind == Link && tick > 0 {
		p.linkK = handcalc.LinkStep(p.linkK, p.gasK, p.velMS, p.RTI, TickS)
	}
	k := lower
	if r.zI < p.At[2] {
		k = upper
	}
	layerK, layerSoot := r.tempK[k], r.layers[k].sp[Soot]/r.volM3[k]
	for i := range p.jets {
		p.lit = p.lit || p.jets[i].fire.burnKW > 0
	}
	if p.lit {
		// Until its own fires' jets arrive it stays in what came from other rooms.
		p.gasK, p.velMS, p.sootKg = max(e.outK, p.heldK), StillAirMS, p.heldSoot
		for i := range p.jets {
			e.meet(p, &p.jets[i], tick)
		}
	} else {
		p.gasK, p.sootKg = layerK, layerSoot
		p.velMS = StillAirMS
		if k == upper {
			p.velMS = max(p.velMS, r.driftMS())
		}
		p.heldK, p.heldSoot = p.gasK, p.sootKg
	}
	p.obscPct = 100 * (1 - math.Exp(-e.scene.ExtinctionM2Kg*p.sootKg))
	value := p.gasK
	switch p.Kind {
	case Link:
		value = p.linkK
	case Smoke:
		value = p.obscPct
	}
	if !p.done && value >= p.SetPoint {
		p.done, p.doneS = true, float64(tick)*TickS
		if before := p.before; tick > 0 && value > before && before < p.SetPoint {
			p.doneS -= TickS * (value - p.SetPoint) / (value - before)
		}
		e.note("%s responds", p.Name)
		e.spray(p)
	}
	p.before = value
	for i, v := range [3]float64{p.gasK, p.velMS, p.linkK} {
		p.past[i] = append(p.past[i], v)
	}
}

// spray lets a sprinkler act on the fires of its room.
func (e *engine) spray(p *probe) {
	if p.SprayMS <= 0 {
		return
	}
	for _, f := range e.inRoom[p.Room] {
		if math.IsInf(f.quenchS, 1) {
			f.quenchS, f.sprayMMS = p.doneS, 1000*p.SprayMS
		}
	}
}

// driftMS is the speed at which gas that comes in from other rooms flows through
// the upper layer's narrower section.
func (r *room) driftMS() float64 {
	return r.upInKgS / (r.rho[upper] * min(r.WidthM, r.DepthM) * max(r.HeightM-r.zI, 0.05*r.HeightM))
}

// meet raises a probe to what the jet of one fire brings.
func (e *engine) meet(p *probe, j *jet, tick int) {
	f := j.fire
	r := &e.rooms[p.Room]
	t, past := &e.trails[p.Room], e.pasts[e.indexOf(f)].burnKW
	for len(j.newest) <= tick+1 {
		j.newest = append(j.newest, 0)
	}
	q := past[tick]
	if q > 0 {
		share, hL := e.layerSource(r, t, f, q, tick, j.height)
		lag := handcalc.PlumeRiseTime(f.mirror*q, f.mirror*q*(1-f.Fuel.Radiative), f.diameterM*math.Sqrt(f.mirror), j.height, e.outK) +
			handcalc.JetTravelTime(f.mirror*q*max(share, 1e-3), hL, j.radius)
		if n := math.Ceil(lag / TickS); n < 4000 {
			k := tick + int(n)
			for len(j.newest) <= k {
				j.newest = append(j.newest, 0)
			}
			j.newest[k] = max(j.newest[k], int32(tick+1))
		}
	}
	if j.at = max(j.at, j.newest[tick]); j.at == 0 {
		return
	}
	// Once the front has passed, the layer above is felt even when the fire is out.
	gas, vel := e.layerAbove(r, t, tick, j.height), StillAirMS
	soot := t.sootM3[tick] * layerShare(r, t, tick, j.height)
	if q > 0 {
		i := int(j.at) - 1
		q := past[i]
		share, hL := e.layerSource(r, t, f, q, i, j.height)
		env := e.layerAbove(r, t, i, j.height)
		rise := handcalc.CeilingJetRise(f.mirror*q*f.alpertShare()*share, hL, j.radius) * env / standardK
		hot := min(env+rise, handcalc.HottestJetK)
		gas = max(gas, hot)
		vel = max(vel, handcalc.CeilingJetVelocity(f.mirror*q*f.alpertShare()*share, hL, j.radius))
		// Soot keeps its share of the heat that convection carries.
		made := f.now.Soot * cp * (hot - env) / (f.Fuel.HeatKJKg * (1 - f.Fuel.Radiative))
		soot = max(soot, t.sootM3[i]*layerShare(r, t, i, j.height)+made*e.outRho*e.outK/hot)
	}
	p.gasK, p.velMS, p.sootKg = max(p.gasK, gas), max(p.velMS, vel), max(p.sootKg, soot)
}

func (e *engine) indexOf(f *fireState) int {
	for i := range e.fires {
		if &e.fires[i] == f {
			return i
		}
	}
	return -1
}

// layerShare is how far the hot layer has become deeper than the jet that feeds
// it: until then the jet is the layer, and counting both would count heat twice.
func layerShare(r *room, t *trail, i int, height float64) float64 {
	return min(1, (r.HeightM-t.zI[i])/(2*handcalc.JetDepth*height))
}

// layerAbove is the temperature of the gas in which the jet flows.
func (e *engine) layerAbove(r *room, t *trail, i int, height float64) float64 {
	w := layerShare(r, t, i, height)
	return e.outK + w*w*(t.upK[i]-e.outK)
}

func (e *engine) layerSource(r *room, t *trail, f *fireState, q float64, i int, height float64) (share, heightM float64) {
	return handcalc.LayerSource(f.mirror*q*(1-f.Fuel.Radiative), height, t.zI[i]-f.baseM, e.layerAbove(r, t, i, height), e.outK)
}

// gasAt is the temperature and speed of the gas at a place now: the plume of a
// fire below it, the jet under the ceiling, or the layer.
func (e *engine) gasAt(k int, at [3]float64) (tempK, speedMS float64) {
	r := &e.rooms[k]
	tempK, speedMS = r.tempK[lower], StillAirMS
	if at[2] > r.zI {
		tempK, speedMS = r.tempK[upper], max(StillAirMS, r.driftMS())
	}
	for _, f := range e.inRoom[k] {
		height := r.HeightM - f.baseM
		if f.burnKW <= 0 || height <= 0 || at[2] <= f.baseM {
			continue
		}
		radius := math.Hypot(at[0]-f.X, at[1]-f.Y)
		t := trail{upK: []float64{r.tempK[upper]}, zI: []float64{r.zI}}
		if r.HeightM-at[2] <= max(handcalc.JetDepth*height, 0.1) {
			share, hL := e.layerSource(r, &t, f, f.burnKW, 0, height)
			env := e.layerAbove(r, &t, 0, height)
			rise := handcalc.CeilingJetRise(f.mirror*f.burnKW*f.alpertShare()*share, hL, radius) * env / standardK
			tempK = max(tempK, min(env+rise, handcalc.HottestJetK))
			speedMS = max(speedMS, handcalc.CeilingJetVelocity(f.mirror*f.burnKW*f.alpertShare()*share, hL, radius))
			continue
		}
		// G. Heskestad, SFPE Handbook, 5th ed. (2016), ch. 13: the radius at which the
		// plume's rise is half that on its axis.
		z := at[2] - f.baseM
		conv := f.mirror * f.convKW
		rise := min(handcalc.PlumeRise(f.mirror*f.burnKW, conv, f.diameterM*math.Sqrt(f.mirror), z, e.outK), 900)
		half := 0.12 * math.Sqrt((e.outK+rise)/e.outK) * max(z-handcalc.VirtualOrigin(f.mirror*f.burnKW, f.diameterM), 0.05)
		shape := math.Exp2(-(radius / half) * (radius / half))
		tempK = max(tempK, e.outK+rise*shape)
		speedMS = max(speedMS, handcalc.PlumeVelocity(f.mirror*f.burnKW, conv, f.diameterM*math.Sqrt(f.mirror), z, e.outK)*shape)
	}
	return tempK, speedMS
}
