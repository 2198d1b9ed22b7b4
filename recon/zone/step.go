package zone

import (
	"math"
	"sort"

	"firescene/recon/handcalc"
)

// How much a step may change: the temperature of a layer as a share of itself,
// the height of an interface as a share of the room's, and the mass of a layer
// that may leave it.
const (
	mostTempShare   = 0.02
	mostHeightShare = 0.02
	mostMassShare   = 0.3
	leastStepS      = 1e-4
)

// advance takes one step. It is made smaller until it changes no layer by more
// than the bounds, down to leastStepS, at which it is taken as it is.
func (e *engine) advance() {
	dt := min(e.stepS, e.scene.MaxStepS, e.scene.DurationS-e.nowS)
	bend := false
	if i := sort.SearchFloat64s(e.knots, e.nowS+1e-9); i < len(e.knots) && e.knots[i]-e.nowS <= dt {
		dt, bend = e.knots[i]-e.nowS, true
	}
	e.schedules()
	for {
		e.prepare(dt)
		solved := e.balance(dt)
		change := e.collect(dt)
		if (change > 1.5 || !solved) && dt > leastStepS {
			dt, bend = max(leastStepS, dt*min(0.5, 1/change)), false
			continue
		}
		e.apply(dt)
		e.stepS = dt * min(1.4, 0.9/max(change, 0.1))
		break
	}
	e.nowS += dt
	e.steps++
	if bend {
		e.stepS = min(e.stepS, 0.1)
	}
	e.followTargets(dt)
	e.followProbes()
}

// schedules sets how far vents are open and parts them at the interfaces.
func (e *engine) schedules() {
	for i := range e.links {
		l, o := &e.links[i], &e.opens[i]
		l.open = e.openShare(o, e.nowS)
		switch o.kind {
		case 'w', 'l':
			l.cutWall(o.bottom, o.top, o.widthM, e.outRho, e.outRho)
		case 'h':
			l.cutHole(o.z, e.outRho)
		case 'f':
			l.cutFan(e.outRho)
		}
	}
	for i := range e.fires {
		f := &e.fires[i]
		if math.IsInf(f.ignitedS, 1) && e.met(f.Trigger) {
			f.ignitedS = e.nowS
			e.note("%s catches fire", f.Name)
		}
	}
}

// prepare finds what burns and what heat is exchanged over a step of dt.
func (e *engine) prepare(dt float64) {
	for i := range e.rooms {
		r := &e.rooms[i]
		e.burn(r, e.inRoom[i], e.nowS+dt/2, dt)
		e.exchangeHeat(r, e.inRoom[i], dt)
		e.gainKW[i] = r.heat[upper] + r.heat[lower]
		for _, f := range e.inRoom[i] {
			e.gainKW[i] += f.convKW + cp*e.outK*f.fuelKgS
		}
	}
}

// collect gathers what streams and sources do to each layer and returns the
// largest change of a step of dt in units of what is allowed.
func (e *engine) collect(dt float64) float64 {
	for i := range e.flux {
		d := &e.flux[i]
		*d = delta{}
		r := &e.rooms[i]
		d.hKW = r.heat
		for _, f := range e.inRoom[i] {
			e.move(d, r, lower, upper, f.liftedKgS)
			d.kg[upper] += f.fuelKgS
			d.hKW[upper] += f.convKW + cp*e.outK*f.fuelKgS
			for j, v := range f.products {
				d.sp[upper][j] += v
			}
		}
	}
	for i := range e.links {
		e.pass(&e.links[i])
	}
	worst := 0.0
	for i := range e.rooms {
		r, d := &e.rooms[i], &e.flux[i]
		dP := (e.bal.p[i] - r.pPa) / 1000
		var h [2]float64
		for k := range r.layers {
			l := &r.layers[k]
			worst = max(worst, d.out[k]*dt/(mostMassShare*l.kg))
			kg := l.kg + dt*d.kg[k]
			h[k] = l.hKJ + dt*d.hKW[k] + r.volM3[k]*dP
			if kg <= 0.3*l.kg || h[k] <= 0.3*l.hKJ {
				worst = max(worst, 4)
				continue
			}
			// A thin layer changes fast without weight: it counts as it grows.
			weight := min(1, r.volM3[k]/(0.02*r.volume))
			worst = max(worst, weight*math.Abs(h[k]/(cp*kg)-r.tempK[k])/(mostTempShare*r.tempK[k]))
		}
		worst = max(worst, math.Abs(h[upper]/(h[upper]+h[lower])-r.volM3[upper]/r.volume)/mostHeightShare)
	}
	if math.IsNaN(worst) {
		return 1e9
	}
	return worst
}

// move takes gas from one layer of a room to the other.
func (e *engine) move(d *delta, r *room, from, to int, kgS float64) {
	if kgS == 0 {
		return
	}
	h := cp * r.tempK[from] * kgS
	d.kg[from] -= kgS
	d.kg[to] += kgS
	d.hKW[from] -= h
	d.hKW[to] += h
	d.out[from] += kgS
	l := &r.layers[from]
	part := kgS / l.kg
	for j, v := range l.sp {
		d.sp[from][j] -= v * part
		d.sp[to][j] += v * part
	}
}

// pass moves the gas of one connection, both ways.
func (e *engine) pass(l *link) {
	for s := range 2 {
		from, to := l.a, l.b
		if s == 1 {
			from, to = l.b, l.a
		}
		for k, kgS := range l.out[s] {
			if kgS > 0 {
				e.stream(l, from, to, k, kgS, l.midM[s], l.speedMS[s])
			}
		}
	}
}

func (e *engine) stream(l *link, from, to side, k int, kgS, zM, speedMS float64) {
	t, y := e.outK, e.air
	if r := from.r; r != nil {
		t = r.tempK[k]
		layer := &r.layers[k]
		d := &e.flux[from.k]
		part := kgS / layer.kg
		for j, v := range layer.sp {
			y[j] = v / layer.kg
			d.sp[k][j] -= v * part
		}
		d.kg[k] -= kgS
		d.hKW[k] -= cp * t * kgS
		d.out[k] += kgS
	}
	if f := l.forced; f != nil && f.FilterShare > 0 && e.nowS >= f.FilterS {
		y[Soot] *= 1 - f.FilterShare
		y[Trace] *= 1 - f.FilterShare
	}
	if to.r != nil {
		if l.forced != nil {
			zM = to.z0 + l.forced.ToM
		}
		up := e.deposit(to, t, kgS, &y, zM-to.z0)
		e.flux[to.k].inSpeed += kgS * (1 - up) * speedMS
	}
}

// deposit puts a stream into a room and returns the share that goes up: as far as it is warmer than the
// lower layer, and what rises through the lower layer draws gas along.
//
// Sources: the parting by temperature as in CFAST, NIST TN 1889v1 (2015), ch. 4;
// entrainment as a plume of the stream's heat with a source that has its mass,
// T. Tanaka, Fire Science and Technology 3 (1983) 105, with the coefficient of
// E. E. Zukoski, Fire and Materials 2 (1978) 54.
func (e *engine) deposit(to side, tempK, kgS float64, y *[NSpecies]float64, zM float64) (up float64) {
	r, d := to.r, &e.flux[to.k]
	tL, tU := r.tempK[lower], r.tempK[upper]
	up = min(max((tempK-tL)/max(0.5*(tU-tL), 2), 0), 1)
	if r.Shaft {
		up = 1
	}
	for k, share := range [2]float64{up, 1 - up} {
		m := kgS * share
		d.kg[k] += m
		d.hKW[k] += cp * tempK * m
		for j, v := range y {
			d.sp[k][j] += v * m
		}
	}
	d.inKgS += kgS * (1 - up)
	d.upKgS += kgS * up
	rise := r.zI - zM
	if m := kgS * up; m > 0 && rise > 0 && tempK > tL && !r.Shaft {
		root := math.Cbrt(cp * m * (tempK - tL))
		source := math.Pow(m/(0.071*root), 0.6)
		if with := 0.071*root*math.Pow(source+rise, 5.0/3) - m; with > 0 {
			e.move(d, r, lower, upper, with*r.share[lower])
		}
	}
	return up
}

// apply takes the step.
func (e *engine) apply(dt float64) {
	for i := range e.rooms {
		r, d := &e.rooms[i], &e.flux[i]
		dP := (e.bal.p[i] - r.pPa) / 1000
		for k := range r.layers {
			l := &r.layers[k]
			l.kg += dt * d.kg[k]
			l.hKJ += dt*d.hKW[k] + r.volM3[k]*dP
			for j := range l.sp {
				l.sp[j] = l.sp[j] + dt*d.sp[k][j]
			}
			r.owed[k] -= r.paid[k]
		}
		r.inKgS, r.upInKgS, r.inMS = d.inKgS, d.upKgS, 0
		if d.inKgS > 0 {
			r.inMS = d.inSpeed / d.inKgS
		}
		for _, f := range e.inRoom[i] {
			e.sums.ReleasedKJ += dt * (f.burnKW + cp*e.outK*f.fuelKgS)
			e.sums.FuelKg += dt * f.fuelKgS
			for j, v := range f.products {
				e.sums.MadeKg[j] += dt * v
			}
		}
	}
	e.count(dt)
	e.conduct(dt)
	for i := range e.rooms {
		r := &e.rooms[i]
		e.keepLayers(r)
		r.derive(e.airPa(r.Origin[2]))
		r.shiftWalls()
	}
}

// count adds what passed to and from the open air.
func (e *engine) count(dt float64) {
	for i := range e.links {
		l := &e.links[i]
		for s, side := range [2]side{l.a, l.b} {
			other := l.b
			if s == 1 {
				other = l.a
			}
			if (side.r == nil) == (other.r == nil) {
				continue
			}
			for k, m := range l.out[s] {
				if side.r == nil {
					e.sums.InKg += dt * m
					e.sums.InKJ += dt * m * cp * e.outK
					for j, y := range e.air {
						e.sums.InSpeciesKg[j] += dt * m * y
					}
					continue
				}
				// Layers still hold the state that the step began with in tempK.
				e.sums.OutKg += dt * m
				e.sums.OutKJ += dt * m * cp * side.r.tempK[k]
			}
		}
	}
}

// keepLayers gives a layer that has become thinner than minShare gas of the other,
// so that both have a temperature. Nothing is lost by it. A shaft is mixed whole.
func (e *engine) keepLayers(r *room) {
	h := r.layers[upper].hKJ + r.layers[lower].hKJ
	for k := range r.layers {
		a, b := &r.layers[k], &r.layers[1-k]
		least := minShare
		if r.Shaft && k == lower {
			least = 1 // mixes all, then parts
		}
		if a.hKJ >= least*h && a.kg > 0 {
			continue
		}
		if least == 1 || a.hKJ <= 0 || a.kg <= 0 {
			// mix both and part anew
			all := layer{a.kg + b.kg, h, a.sp}
			for j := range all.sp {
				all.sp[j] += b.sp[j]
			}
			*a, *b = all.part(minShare), all.part(1-minShare)
			return
		}
		part := (minShare*h - a.hKJ) / b.hKJ
		give := b.part(part)
		a.kg += give.kg
		a.hKJ += give.hKJ
		b.kg -= give.kg
		b.hKJ -= give.hKJ
		for j := range a.sp {
			a.sp[j] += give.sp[j]
			b.sp[j] -= give.sp[j]
		}
	}
	for k := range r.layers {
		l := &r.layers[k]
		for j := range l.sp {
			if l.sp[j] < 0 { // rounding; a species is never owed
				l.sp[j] = 0
			}
		}
	}
}

// part is a share of a layer.
func (l *layer) part(share float64) layer {
	p := layer{l.kg * share, l.hKJ * share, l.sp}
	for j := range p.sp {
		p.sp[j] *= share
	}
	return p
}

// met reports whether a trigger's target has reached its value.
func (e *engine) met(t *Trigger) bool {
	if t == nil {
		return false
	}
	s := &e.targets[t.Target]
	if t.Flux {
		return s.inKW >= t.Value
	}
	return s.surfaceK >= t.Value
}

func sorted(t []float64) []float64 {
	sort.Float64s(t)
	var out []float64
	for _, v := range t {
		if v > 0 && (len(out) == 0 || v > out[len(out)-1]+1e-6) {
			out = append(out, v)
		}
	}
	return out
}

// flameM is the height of a fire's flames above its base.
func (f *fireState) flameM() float64 { return handcalc.FlameHeight(f.burnKW, f.diameterM) }
