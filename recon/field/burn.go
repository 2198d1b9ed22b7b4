package field

import "math"

// give adds what surfaces give off to the sources of the step.
func (e *engine) give(dt float64) {
	volume := e.g.D[0] * e.g.D[1] * e.g.D[2]
	e.offered, e.given = 0, [4]float64{}
	mid := e.tS + dt/2
	for i := range e.feeds {
		f := &e.feeds[i]
		s, gr, fc := &e.sc.Surfaces[f.surface], &e.groups[f.group], &e.faces[f.face]
		at, a := fc.cell, fc.AreaM2*f.share
		if blow := s.BlowMS + s.BlowM3S/max(gr.areaM2, 1e-9); blow != 0 {
			v := blow * s.BlowRamp.At(mid) * a / volume // 1/s
			e.blow(at, v, s.BlowK, volume)
		}
		if gr.igniteS < 0 || mid < gr.igniteS {
			continue
		}
		flux := s.MassFluxKgM2S + s.HRRPUA*1000/e.mix.heatJKg
		if flux <= 0 {
			continue
		}
		if s.Ramp != nil {
			flux *= max(0, s.Ramp.At(mid-gr.igniteS))
		}
		kg := flux * a
		t := e.sc.AmbientK
		if s.FixedK > 0 {
			t = s.FixedK
		}
		h := e.mix.Enthalpy(t, 1, 0)
		e.src[0][at] += float32(kg / volume)
		e.src[1][at] += float32(kg * h / volume)
		e.src[2][at] += float32(kg / volume)
		e.swell[at] += float32(kg * e.mix.PerMole[1] * t / e.sc.PressurePa / volume)
		e.offered += kg * e.mix.heatJKg
		e.given[0] += kg
		e.given[1] += kg * h
		e.given[2] += kg
		fc.exposure.IgnitedS = gr.igniteS
	}
}

// blow adds air to a cell, v of its volumes a second, or takes gas off.
func (e *engine) blow(at int, v, tempK, volume float64) {
	var add [4]float64
	if v > 0 {
		if tempK == 0 {
			tempK = e.sc.AmbientK
		}
		add[0] = e.sc.PressurePa / (e.mix.PerMole[0] * tempK)
		add[1] = add[0] * e.mix.Enthalpy(tempK, 0, 0)
	} else {
		for s := range 4 {
			add[s] = float64(e.cur[s][at])
		}
	}
	for s := range 4 {
		e.src[s][at] += float32(v * add[s])
	}
	e.swell[at] += float32(v)
	e.given[0] += v * add[0] * volume
	e.given[1] += v * add[1] * volume
	e.given[3] += v * add[2] * volume
}

// catch lets surfaces with a threshold catch.
func (e *engine) catch() {
	for i := range e.feeds {
		f := &e.feeds[i]
		gr := &e.groups[f.group]
		if !gr.threshold || gr.igniteS >= 0 {
			continue
		}
		s, fc := &e.sc.Surfaces[f.surface], &e.faces[f.face]
		hot := s.IgnitionK > 0 && fc.tempK >= s.IgnitionK
		dosed := s.FluxTime > 0 && fc.dose >= s.FluxTime
		lit := s.IgnitionK == 0 && s.FluxTime == 0 && (fc.inW+fc.meanConv)*1e-3 >= s.CriticalFluxKW
		if e.tS >= s.IgniteS && (hot || dosed || lit) {
			gr.igniteS = e.tS
			e.event("%s ignites", gr.name)
		}
	}
}

// burn lets fuel and air react over a step as far as they mix in it. A cell in which
// the gas is colder than the free-burn limit and has less oxygen than the limit for
// its temperature does not burn.
//
// Sources: FDS Technical Reference Guide, NIST SP 1018-1, combustion: eddy dissipation
// with the shortest of the times of turbulent mixing and of buoyancy; extinction by
// oxygen and temperature, limit rising in a straight line from 0 at the critical flame
// temperature to the oxygen index at ambient temperature.
func (e *engine) burn(dt float64) {
	m := &e.mix
	volume := e.g.D[0] * e.g.D[1] * e.g.D[2]
	gravityTime := math.Sqrt(2 * e.width / 9.81)
	const freeBurnK = 873
	e.burning = e.burning[:0]
	total := 0.
	rho, rf, rp := e.cur[0], e.cur[2], e.cur[3]
	fuel := e.st.Fuel
	for n, at := range e.gasCells {
		y := fuel[at]
		if y < 1e-7 {
			e.hrr[at] = 0
			continue
		}
		air := 1 - float64(y) - float64(e.st.Prod[at])
		if air <= 0 {
			e.hrr[at] = 0
			continue
		}
		if temp := float64(e.st.T[at]); !m.noLimit && temp < freeBurnK {
			o2, _, _, _ := m.moles(float64(y), float64(e.st.Prod[at]))
			if o2 < m.oxygenIndex*(m.flameK-temp)/(m.flameK-e.sc.AmbientK) {
				e.hrr[at] = 0
				continue
			}
		}
		tau := min(gravityTime, .4*e.width/(float64(e.sub[at])*math.Sqrt(2./3)+1e-6))
		burnt := min(float64(y), air/m.airPerFuel) * (1 - math.Exp(-dt/tau)) * float64(rho[at]) // kg/m3
		rf[at] -= float32(burnt)
		rp[at] += float32(burnt * (1 + m.airPerFuel))
		e.pend[at] += float32(burnt * m.releaseJKg)
		e.hrr[at] = float32(burnt * m.heatJKg / dt)
		e.burnt[n] += burnt * m.heatJKg
		e.burning = append(e.burning, at)
		e.sums.BurntKg += burnt * volume
		total += burnt * m.heatJKg
	}
	for _, s := range e.fixedHeat {
		e.pend[s.at] += float32(s.q * dt)
		e.hrr[s.at] += float32(s.q)
		e.burnt[s.compact] += s.q * dt
		e.burning = append(e.burning, s.at)
		total += s.q * dt
	}
	e.released = total * volume / dt
}

// source is heat that needs no fuel, W/m3.
type source struct {
	at, compact int
	q           float64
}
