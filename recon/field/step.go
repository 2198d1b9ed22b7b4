package field

import (
	"math"

	"firescene/recon/field/lanes"
	"firescene/recon/field/radiate"
)

// nextStep chooses the length of the next step from the last state.
func (e *engine) nextStep() float64 {
	sum, one, nu := e.g.Fastest(e.team, &e.u, e.m.Mu, e.cur[0])
	e.carryMass(&e.flux[0], &e.cur, &e.u)
	drain := e.g.Drain(e.team, e.cur[0], e.m.Gas, &e.flux[0])
	var per float64
	for a := range 3 {
		per += 1 / (e.g.D[a] * e.g.D[a])
	}
	least := min(e.g.D[0], e.g.D[1], e.g.D[2])
	dt := min(courant/(one+1e-9), courant3/(sum+1e-9), diffusive/(nu/schmidt*per+1e-9), drained/(drain+1e-9), math.Sqrt(least/9.81)/2)
	if e.steps == 0 {
		dt = min(dt, .2*math.Sqrt(least/9.81))
	} else {
		dt = min(dt, 1.1*e.dt)
	}
	return dt
}

// step takes the gas one step further: a predictor with the rates at its start, a
// corrector with the mean of those and the rates at its predicted end. A step in which
// the predicted flow would drain a cell is taken again with half its length.
func (e *engine) step(dt float64) {
	g, t := &e.g, e.team
	e.derive(&e.cur)
	planned := dt
	e.sources(dt)
	for k := range e.closed {
		e.closed[k].before, e.closed[k].rateBefore = e.closed[k].excess, e.closed[k].rate
	}
	for tries := 0; ; tries++ {
		e.dt = dt
		e.passed = [4]float64{}
		e.carry(&e.star, &e.cur, &e.cur, &e.u, dt)
		e.derive(&e.star)
		e.desire(dt)
		g.Diverge(t, e.m.Div, &e.u)
		g.Push(t, e.m, &e.us, &e.u, &e.u, e.cur[0], .5, .5, float32(dt), float32(dt))
		e.rub(&e.us, dt)
		e.project(&e.us, e.h[0], dt, predictedTol, &e.u)
		g.Head(t, e.m.P, e.kin, e.h[0], e.star[0], e.m.Gas, &e.us)
		e.ghosts(&e.us)
		e.carryMass(&e.flux[2], &e.star, &e.us)
		if tries == mostTries || g.Drain(t, e.star[0], e.m.Gas, &e.flux[2])*dt < drainedMost {
			break
		}
		dt /= 2
		e.carryMass(&e.flux[0], &e.cur, &e.u)
		e.derive(&e.cur)
		for k := range e.closed {
			e.closed[k].excess, e.closed[k].rate = e.closed[k].before, e.closed[k].rateBefore
		}
		e.setPressures()
	}
	e.carry(&e.cur, &e.cur, &e.star, &e.us, dt/2)
	e.derive(&e.cur)
	e.desire(dt)
	g.Diverge(t, e.m.Div, &e.us)
	g.Push(t, e.m, &e.u, &e.u, &e.us, e.star[0], .5, .5, float32(dt/2), float32(dt))
	e.rub(&e.u, dt/2)
	left := e.project(&e.u, e.h[1], dt/2, divergenceTol, &e.us)
	e.sums.LargestDivergence = max(e.sums.LargestDivergence, left)
	g.Head(t, e.m.P, e.kin, e.h[1], e.cur[0], e.m.Gas, &e.u)
	e.ghosts(&e.u)

	e.account(dt, planned)
	e.burn(dt)
	e.tS += dt
	e.steps++
	e.ledger(dt)
}

// account adds what a step moved to the balances; of the heat that was to be given off
// in the planned step, the rest waits for the next.
func (e *engine) account(dt, planned float64) {
	volume := e.g.D[0] * e.g.D[1] * e.g.D[2]
	s := &e.sums
	s.RadiatedKJ -= e.g.Sum(e.team, e.radQ, e.m.Gas) * volume * dt / 1000
	done := dt / planned
	for _, at := range e.burning {
		s.ReleasedKJ += float64(e.pend[at]) * done * volume / 1000
		e.pend[at] *= float32(1 - done)
	}
	s.InKg += e.passed[0] * dt
	s.FlowKJ += (e.passed[1] + e.given[1]) * dt / 1000
	s.OutFuelKg -= (e.passed[2] + e.given[3]) * dt
	s.BlownKg += e.given[0] * dt
	s.FuelKg += e.given[2] * dt
	for k := range e.closed {
		z := &e.closed[k]
		s.PressureKJ += (z.excess - z.before) * volume * float64(len(z.cells)) / 1000
	}
	e.radSince += dt
	e.since += dt
	e.touchedS += dt
	if e.since >= wallS {
		e.charge()
		e.surfaces(e.tS+dt, e.since)
		e.catch()
		e.since = 0
	}
}

// charge gives faces what convection brought since it was last done.
func (e *engine) charge() {
	for i := range e.faces {
		if f := &e.faces[i]; !f.hidden {
			f.pendJ += f.convW * e.touchedS
			e.sums.WallKJ += f.convW * e.touchedS * f.AreaM2 / 1000
		}
	}
	e.touchedS = 0
}

// sources works out what holds through a step: turbulence, diffusion, heat from
// flames, walls and radiation, and what is given off.
func (e *engine) sources(dt float64) {
	g, t := &e.g, e.team
	g.Turbulence(t, e.m, &e.u, e.cur[0], e.st.T, e.sub, e.width)
	if e.steps%wallEvery == 0 {
		e.charge()
		const run = 256
		n := len(e.faces)
		t.Each((n+run-1)/run, 4*run, func(c int) { e.touch(c*run, min(n, (c+1)*run)) })
		clear(e.convQ)
		for i := range e.faces {
			if f := &e.faces[i]; !f.hidden {
				e.convQ[f.cell] -= float32(f.convW / g.D[f.Axis])
			}
		}
	}
	if e.steps%radiateEvery == 0 || e.mix.off {
		e.radiation()
	}
	g.Diffuse(t, e.src[1], e.m.Mu, e.st.H, &e.inner)
	g.Diffuse(t, e.src[2], e.m.Mu, e.st.Fuel, &e.inner)
	g.Diffuse(t, e.src[3], e.m.Mu, e.st.Prod, &e.inner)
	clear(e.src[0])
	clear(e.swell)
	per, pr, keep := lanes.Splat(float32(1/dt)), lanes.Splat(1/schmidt), lanes.Splat(float32(1-e.flameShare))
	four := lanes.Splat(float32(4 * radiate.StefanBoltzmann))
	g.Rows(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			burn := lanes.Load(e.pend, i).Mul(per)
			temp := lanes.Load(e.st.T, i)
			t2 := temp.Mul(temp)
			rad := lanes.Load(e.absorbed, i).Sub(lanes.Load(e.kappa, i).Mul(four).Mul(t2).Mul(t2)).Sub(burn.Sub(burn.Mul(keep)))
			lanes.Put(e.radQ, i, rad)
			q := lanes.Load(e.src[1], i).Mul(pr).Add(burn).Add(rad).Add(lanes.Load(e.convQ, i)).Mul(lanes.Load(e.m.Gas, i))
			lanes.Put(e.heat, i, q)
			lanes.Put(e.src[1], i, q)
			lanes.Put(e.src[2], i, lanes.Load(e.src[2], i).Mul(pr))
			lanes.Put(e.src[3], i, lanes.Load(e.src[3], i).Mul(pr))
		}
		lanes.Done()
	})
	e.give(dt)
}

// carry moves the four scalars with the velocities u: to becomes (a + b)/2 + dt (sources
// - div of fluxes of the scalars of b).
func (e *engine) carry(to, a, b *[4][]float32, u *[3][]float32, dt float64) {
	g, t := &e.g, e.team
	mass, other := &e.flux[0], &e.flux[1]
	if b == &e.star {
		mass = &e.flux[2]
	}
	for s := range 4 {
		dst := mass
		if s > 0 {
			dst = other
		}
		for axis := range 3 {
			switch s {
			case 0: // is there since the length of the step was chosen
			case 1:
				g.Carry(t, dst[axis], u[axis], b[s], axis)
			case 2:
				g.Carry(t, dst[axis], mass[axis], e.st.Fuel, axis)
			case 3:
				g.Carry(t, dst[axis], mass[axis], e.st.Prod, axis)
			}
		}
		e.borderFlux(dst, b[s], u)
		e.flow(s, dst)
		g.Advance(t, to[s], a[s], b[s], e.src[s], e.m.Gas, dst, .5, .5, float32(dt))
	}
	if len(e.closed) > 0 {
		e.squeeze(to, b, dt, to == &e.cur)
	}
}

// carryMass works out the mass fluxes through faces and borders.
func (e *engine) carryMass(flux *[3][]float32, b *[4][]float32, u *[3][]float32) {
	for axis := range 3 {
		e.g.Carry(e.team, flux[axis], u[axis], b[0], axis)
	}
	e.borderFlux(flux, b[0], u)
}

// borderFlux is what u carries through open borders: still ambient air, or what is
// inside.
func (e *engine) borderFlux(flux *[3][]float32, phi []float32, u *[3][]float32) {
	for i := range e.borders {
		w := &e.borders[i]
		v := u[w.axis][w.at]
		from := w.cell
		if v*w.sign < 0 {
			from = w.away
		}
		flux[w.axis][w.at] = v * phi[from]
	}
}

// flow adds what passes the borders to the balances: the step counts half of the
// predictor's fluxes and half of the corrector's.
func (e *engine) flow(s int, flux *[3][]float32) {
	sum := 0.
	for i := range e.borders {
		w := &e.borders[i]
		sum -= float64(w.sign*flux[w.axis][w.at]) * e.g.D[(w.axis+1)%3] * e.g.D[(w.axis+2)%3]
	}
	e.passed[s] += .5 * sum
}

// squeeze gives the gas of closed rooms the work of their pressure, takes what leaks
// away, and moves the pressure itself.
func (e *engine) squeeze(to, b *[4][]float32, dt float64, second bool) {
	volume := e.g.D[0] * e.g.D[1] * e.g.D[2]
	for k := range e.closed {
		z := &e.closed[k]
		if second {
			z.excess = (z.before+z.excess)/2 + e.dt/2*z.rate
		} else {
			z.excess = z.before + e.dt*z.rate
		}
		work := float32(z.rate * dt)
		for _, at := range z.cells {
			to[1][at] += work
		}
	}
	for i := range e.leaks {
		l := &e.leaks[i]
		for n, at := range l.cells {
			v := l.volumeM3S * l.shares[n] / volume // 1/s, outwards
			for s := range 4 {
				value := float64(b[s][at])
				if v < 0 {
					value = float64(e.ambient[s])
				}
				to[s][at] -= float32(v * value * dt)
				e.passed[s] -= .5 * v * value * volume
			}
		}
	}
	e.setPressures()
}

// desire works out the divergence that heat, what is given off and the error of the
// equation of state ask for.
func (e *engine) desire(dt float64) {
	back := lanes.Splat(float32(recover / dt))
	e.g.Rows(e.team, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			v := lanes.Load(e.heat, i).Div(lanes.Load(e.st.RhoCpT, i)).Add(lanes.Load(e.swell, i)).Add(back.Mul(lanes.Load(e.st.Excess, i)))
			lanes.Put(e.want, i, v.Mul(lanes.Load(e.m.Gas, i)))
		}
		lanes.Done()
	})
	if len(e.closed) > 0 {
		e.balance(e.want, dt)
	}
}

// rub slows the velocities along surfaces by their friction.
func (e *engine) rub(u *[3][]float32, dt float64) {
	d := float32(dt)
	for i := range e.frictions {
		f := &e.frictions[i]
		if f.drag == 0 {
			continue
		}
		slow := 1 / (1 + d*f.drag)
		v := u[f.axis[0]]
		v[f.at[0]] *= slow
		v[f.at[1]] *= slow
		v = u[f.axis[1]]
		v[f.at[2]] *= slow
		v[f.at[3]] *= slow
	}
}

// project makes the divergence of u the desired one. Open borders have the head of
// still ambient air where it flows in, of the gas inside where it flows out. What
// divergence is left is at most tol; its root mean square is returned.
func (e *engine) project(u *[3][]float32, h []float32, dt, tol float64, last *[3][]float32) (left float64) {
	g, t := &e.g, e.team
	g.Need(t, e.need, e.want, e.m.Gas, u, float32(dt))
	for i := range e.borders {
		w := &e.borders[i]
		var head float32
		if last[w.axis][w.at]*w.sign > 0 {
			head = e.kin[w.cell]
		}
		h[w.away] = head // at the border itself, which Solve leaves; below it becomes that of the cell beyond
		e.need[w.cell] += float32(2/(g.D[w.axis]*g.D[w.axis])) * head
	}
	e.level(e.need)
	rest, n := e.press.Solve(h, e.need, tol/dt, mostIterations)
	e.iterations += n
	for i := range e.borders {
		w := &e.borders[i]
		h[w.away] = 2*h[w.away] - h[w.cell]
	}
	g.Correct(t, u, h, &e.m.Mask, float32(dt))
	return rest * dt
}

// level takes the mean off in closed rooms, whose pressure has no level.
func (e *engine) level(b []float32) {
	for k := range e.closed {
		z := &e.closed[k]
		var sum float64
		for _, at := range z.cells {
			sum += float64(b[at])
		}
		mean := float32(sum / float64(len(z.cells)))
		for _, at := range z.cells {
			b[at] -= mean
		}
	}
}

// ghosts continues the velocities along open borders beyond them.
func (e *engine) ghosts(u *[3][]float32) {
	for i := range e.borders {
		w := &e.borders[i]
		for a := range 3 {
			if a != w.axis {
				u[a][w.away] = u[a][w.cell]
			}
		}
	}
}
