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
		height := r.HeightM - f.baseM
		if f.convKW <= 0 || height < 0.1 {
			continue
		}
		t := trail{upK: []float64{r.tempK[upper]}, zI: []float64{r.zI}}
		envK := e.layerAbove(r, &t, 0, height)
		share, h := e.layerSource(r, &t, f, f.burnKW, 0, height)
		q := f.mirror * f.convKW * share
		if q <= 0 {
			continue
		}
		// Density times temperature is the same in all gas here.
		star := q / (e.outRho * e.outK * cp * math.Sqrt(gravity) * math.Pow(h, 2.5))
		root := math.Cbrt(star)
		const nu = 1.6e-5 // m2/s, of the gas at ambient temperature
		speed := math.Sqrt(gravity*h) * root
		reynolds := min(max(speed*h/(nu*math.Pow(envK/standardK, 1.7)), 1e4), 1e6)
		scale := e.outRho * e.outK / envK * cp * speed * math.Pow(reynolds, -0.3)
		if f.jetFor != height/h {
			f.jetFor = height / h
			f.jetMean, f.jetExcess = jetMeans(math.Sqrt(f.mirror*r.ceilingM2/math.Pi) / h) // the mirrored ceiling is as much larger as the fire
		}
		c := scale * f.jetMean
		x := min(scale*f.jetExcess*envK*root*root, 0.6*f.convKW/r.ceilingM2)
		coefKW = max(coefKW, c)
		fluxKW += x
	}
	return coefKW, fluxKW
}

// jetMeans are the means over a disc of radius x (in heights of the ceiling) of
// Cooper's coefficient, in units of its scale times Re^-0.3, and of that times the
// rise of the adiabatic ceiling, in units of T Q*^(2/3).
func jetMeans(x float64) (coef, excess float64) {
	const n = 24
	for i := range n {
		at := x * math.Sqrt((float64(i)+0.5)/n) // rings of equal area
		g := max(at, 0.2)
		const prandtl = 1.268 // Pr^(-2/3) of air
		c := 0.283 * prandtl * math.Pow(g, -1.2) * (g - 0.0771) / (g + 0.279)
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

// alpertShare scales a fire's heat for Alpert's ceiling jet, whose fires gave about
// 0.7 of their heat to the plume: R. L. Alpert, SFPE Handbook, 5th ed. (2016),
// ch. 14.
func (f *fireState) alpertShare() float64 { return (1 - f.Fuel.Radiative) / 0.7 }
