package zone

import (
	"math"

	"firescene/recon/handcalc"
)

// Coefficients of natural convection, kW/(m2 K^(4/3)): 1.52 for a ceiling over
// hot gas or a floor under cold, 1.31 for walls. K. McGrattan et al., NIST SP
// 1018-1 (2013), ch. 7. They depend on the gas alone, not on the size.
var natural = [nSurfaces]float64{1.52e-3, 1.31e-3, 1.31e-3, 1.52e-3}

// exchangeHeat finds the heat that gas, walls and flames give each other over a
// step: r.heat, r.rad, r.convKW.
func (e *engine) exchangeHeat(r *room, fires []*fireState, dt float64) {
	var surfK, eps [nSurfaces]float64
	for i := range surfK {
		surfK[i] = r.surfaceK(i)
		eps[i] = 1e-3 // it sends back what reaches it
		if r.walls[i] != nil {
			eps[i] = r.walls[i].eps
		}
	}
	var direct [nSurfaces]float64
	var cross [nSurfaces][2]int
	for _, f := range fires {
		if f.radKW > 0 {
			f.shine(r, &direct, &cross)
		}
	}
	for k := range r.gasEps {
		r.gasEps[k] = r.emissivityOf(k)
	}
	r.rad = radiate(&r.views, &r.area, &surfK, &eps, r.tempK, r.gasEps, &direct, &cross)
	r.heat = r.rad.gas
	// The exchange with a thin layer is eased by what its temperature changes within
	// the step, so that no step is too long for it.
	var h [nSurfaces]float64
	var g [2]float64
	for i := range h {
		if r.walls[i] != nil {
			h[i] = natural[i] * math.Cbrt(math.Abs(r.tempK[i/2]-surfK[i]))
			g[i/2] += h[i] * r.area[i]
		}
	}
	var ease [2]float64
	for k := range ease {
		ease[k] = 1
		if x := g[k] * dt * 4 / 3 / (cp * r.layers[k].kg); x > 1e-3 {
			ease[k] = (1 - math.Exp(-x)) / x
		}
	}
	for i := range h {
		h[i] *= ease[i/2]
		r.convKW[i] = h[i] * (r.tempK[i/2] - surfK[i])
		r.heat[i/2] -= r.convKW[i] * r.area[i]
		r.slope[i] = -4.0/3*h[i] - 4*eps[i]*handcalc.SigmaSB*surfK[i]*surfK[i]*surfK[i]
	}
	if r.walls[ceiling] != nil {
		coef, flux := e.ceilingHeat(r, fires)
		if still := r.convKW[ceiling]; coef > 0 {
			c := max(h[ceiling], coef*ease[upper])
			forced := c*(r.tempK[upper]-surfK[ceiling]) + flux
			if forced > still {
				r.convKW[ceiling] = forced
				r.heat[upper] -= (forced - still) * r.area[ceiling]
				r.slope[ceiling] -= max(0, c-4.0/3*h[ceiling])
			}
		}
	}
	pay := 1 - math.Exp(-dt)
	for k := range r.owed {
		r.paid[k] = pay * r.owed[k]
		r.heat[k] += r.paid[k] / dt
	}
}

// emissivityOf is that of a layer over its mean beam, 3.6 V/A.
func (r *room) emissivityOf(k int) float64 {
	l := &r.layers[k]
	around := r.area[ceiling] + r.area[floor] + r.area[upperWall]
	if k == lower {
		around += r.area[lowerWall] - r.area[upperWall]
	}
	beam := 3.6 * r.volM3[k] / around
	atm := (l.sp[CO2]/molarKg[CO2] + l.sp[H2O]/molarKg[H2O]) / (l.kg / airMolarKg)
	return emissivity(r.tempK[k], atm, l.sp[Soot]/r.volM3[k], beam)
}

// shine adds a flame's radiation, as of a point in its middle, to what reaches
// each surface through clear gas. Source: as handcalc.PointSourceFlux.
func (f *fireState) shine(r *room, direct *[nSurfaces]float64, cross *[nSurfaces][2]int) {
	z := min(f.baseM+handcalc.FlameHeight(f.burnKW, f.diameterM)/2, 0.95*r.HeightM)
	x0, y0 := min(max(f.X, 0), r.WidthM), min(max(f.Y, 0), r.DepthM)
	x1, y1 := r.WidthM-x0, r.DepthM-y0
	up, down := solidShare(r.HeightM-z, x0, x1, y0, y1), solidShare(z, x0, x1, y0, y1)
	rim := solidShare(math.Abs(r.zI-z), x0, x1, y0, y1)
	var share [nSurfaces]float64
	share[ceiling], share[floor] = up, down
	if z < r.zI {
		share[upperWall] = max(0, rim-up)
		cross[ceiling], cross[upperWall], cross[lowerWall], cross[floor] = [2]int{2, 1}, [2]int{2, 1}, [2]int{0, 1}, [2]int{0, 1}
	} else {
		share[upperWall] = max(0, 1-rim-up)
		cross[ceiling], cross[upperWall], cross[lowerWall], cross[floor] = [2]int{1, 0}, [2]int{1, 0}, [2]int{1, 2}, [2]int{1, 2}
	}
	share[lowerWall] = max(0, 1-up-down-share[upperWall])
	for i, s := range share {
		direct[i] += s * f.radKW
	}
}

// wallPart is a slab with what touches its two faces.
type wallPart struct {
	w          *slab
	front      faceRef
	behind     *faceRef    // the room at the far face, when the slab is shared
	neighbours []neighbour // rooms whose gas is behind a wall, the rest is open air
}

type faceRef struct{ room, surface int }

type neighbour struct {
	room  int
	share float64
}

// conduct advances all slabs and notes what they really took.
func (e *engine) conduct(dt float64) {
	for i := range e.parts {
		p := &e.parts[i]
		front := e.faceOf(p.front)
		var back face
		if p.behind != nil {
			back = e.faceOf(*p.behind)
		} else {
			t := e.outK
			for _, n := range p.neighbours {
				t += n.share * (e.rooms[n.room].meanK() - e.outK)
			}
			back = p.w.air(t)
		}
		took, tookBack := p.w.heat(front, back, dt)
		e.owe(p.front, front.fluxKW-took, dt)
		if p.behind != nil {
			e.owe(*p.behind, back.fluxKW-tookBack, dt)
			continue
		}
		r := &e.rooms[p.front.room]
		area := r.area[p.front.surface]
		out := 1.0
		for _, n := range p.neighbours {
			o := &e.rooms[n.room]
			f := o.volM3[upper] / o.volume
			kJ := -tookBack * area * n.share * dt
			o.owed[upper] += f * kJ
			o.owed[lower] += (1 - f) * kJ
			out -= n.share
		}
		e.sums.BackKJ -= tookBack * area * out * dt
	}
}

// meanK is the mean temperature of the gas by volume.
func (r *room) meanK() float64 {
	return (r.volM3[upper]*r.tempK[upper] + r.volM3[lower]*r.tempK[lower]) / r.volume
}

func (e *engine) faceOf(f faceRef) face {
	r := &e.rooms[f.room]
	return face{r.convKW[f.surface] + r.rad.absorbed[f.surface], r.slope[f.surface]}
}

// owe notes the difference of what was charged to a room's gas and what its wall
// took; the gas gets it back in the next steps.
func (e *engine) owe(f faceRef, fluxKW, dt float64) {
	r := &e.rooms[f.room]
	r.owed[f.surface/2] += fluxKW * r.area[f.surface] * dt
}
