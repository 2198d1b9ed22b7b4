package zone

import "math"

// ceilingHeat is what the jets of a room's fires give to its ceiling beyond still
// gas: a coefficient and a flux at equal temperatures of ceiling and layer, both
// as means over the ceiling.
//
// Source: L. Y. Cooper, "Heat transfer from a buoyant plume to an unconfined
// ceiling", J. Heat Transfer 104 (1982) 446. Range: smooth ceilings, Reynolds
// numbers of 1e4 to 1e6, flames below the ceiling. In the hot layer the plume is
// that of the equivalent source of handcalc.LayerSource.
func (e *engine) ceilingHeat(r *room, fires []*fireState) (coefKW, fluxKW float64) {
	for _, f := range fires {
		scale, h := e.jetScale(r, f)
		if scale <= 0 {
			continue
		}
		if f.jetFor != h {
			f.jetFor = h
			f.jetMean, f.jetExcess = jetMeans(math.Sqrt(f.mirror*r.ceilingM2/math.Pi) / h) // the mirrored ceiling is as much larger as the fire
		}
		coefKW = max(coefKW, scale*f.jetMean)
		fluxKW += min(scale*f.jetExcess*f.jetRiseK, 0.6*f.convKW/r.ceilingM2)
	}
	return coefKW, fluxKW
}

// jetScale is Cooper's scale of the coefficient of a fire's jet times Re^-0.3 and
// the height of its equivalent source below the ceiling; it sets f.jetRiseK, the
// scale T Q*^(2/3) of the jet's rise. It is 0 without a jet.
func (e *engine) jetScale(r *room, f *fireState) (scale, heightM float64) {
	height := r.HeightM - f.baseM
	if f.convKW <= 0 || height < 0.1 {
		return 0, height
	}
	t := trail{upK: []float64{r.tempK[upper]}, zI: []float64{r.zI}}
	envK := e.layerAbove(r, &t, 0, height)
	share, h := e.layerSource(r, &t, f, f.burnKW, 0, height)
	q := f.mirror * f.convKW * share
	if q <= 0 {
		return 0, h
	}
	// Density times temperature is the same in all gas here.
	root := math.Cbrt(q / (e.outRho * e.outK * cp * math.Sqrt(gravity) * math.Pow(h, 2.5)))
	const nu = 1.6e-5 // m2/s, of the gas at ambient temperature
	speed := math.Sqrt(gravity*h) * root
	reynolds := min(max(speed*h/(nu*math.Pow(envK/standardK, 1.7)), 1e4), 1e6)
	f.jetRiseK = envK * root * root
	return e.outRho * e.outK / envK * cp * speed * math.Pow(reynolds, -0.3), h
}

// jetCoef is Cooper's coefficient at a radius of x heights, in units of jetScale;
// within 0.2 heights that at 0.2 stands for the stagnation region.
func jetCoef(x float64) float64 {
	x = max(x, 0.2)
	const prandtl = 1.268 // Pr^(-2/3) of air
	return 0.283 * prandtl * math.Pow(x, -1.2) * (x - 0.0771) / (x + 0.279)
}

// jetMeans are the means over a disc of radius x (in heights of the ceiling) of
// Cooper's coefficient, in units of its scale times Re^-0.3, and of that times the
// rise of the adiabatic ceiling, in units of T Q*^(2/3).
func jetMeans(x float64) (coef, excess float64) {
	const n = 24
	for i := range n {
		at := x * math.Sqrt((float64(i)+0.5)/n) // rings of equal area
		c := jetCoef(at)
		rise := 10.22 - 14.9*at
		if at > 0.2 {
			a := math.Pow(at, 0.8)
			rise = 8.39 * (1 - 1.1*a + 0.808*a*a) / (1 - 1.1*a + 2.2*a*a + 0.69*a*a*a)
		}
		coef += c / n
		excess += c * rise / n
	}
	return coef, excess
}

// surfaceConvection is the coefficient at a place of a room's surface: that of
// still gas, or under a ceiling that of the strongest jet there.
func (e *engine) surfaceConvection(k int, at, normal [3]float64, dT float64) float64 {
	r := &e.rooms[k]
	if normal[2] > -0.9 {
		surface := upperWall
		if normal[2] > 0.9 {
			surface = floor
		}
		return natural[surface] * math.Cbrt(math.Abs(dT))
	}
	h := natural[ceiling] * math.Cbrt(math.Abs(dT))
	for _, f := range e.inRoom[k] {
		if scale, height := e.jetScale(r, f); scale > 0 {
			h = max(h, scale*jetCoef(math.Hypot(at[0]-f.X, at[1]-f.Y)/height))
		}
	}
	return h
}

// alpertShare scales a fire's heat for Alpert's ceiling jet, whose fires gave about
// 0.7 of their heat to the plume: R. L. Alpert, SFPE Handbook, 5th ed. (2016),
// ch. 14.
func (f *fireState) alpertShare() float64 { return (1 - f.Fuel.Radiative) / 0.7 }
