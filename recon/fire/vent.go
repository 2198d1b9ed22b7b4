package fire

import (
	"math"

	"firescene/recon"
	"firescene/recon/handcalc"
)

// ventCoefficient is the orifice coefficient of a wall opening. Source: K. D.
// Steckler, J. G. Quintiere, W. J. Rinkinen, NBSIR 82-2520 (1982): about 0.7.
const ventCoefficient = 0.7

// vent is an opening between the room and the surroundings, heights above the
// room's floor.
type vent struct {
	widthM, sillM, headM float64
	openAtS              float64
}

// gasColumn is what a vent sees: the density of the air outside and of the two
// layers inside, the interface between them and the pressure at the floor above
// that outside, in Pa.
type gasColumn struct {
	outside, lower, upper float64 // kg/m3
	interfaceM            float64
	floorPa               float64
}

// pressure is the difference inside minus outside at height z, in Pa.
func (g gasColumn) pressure(z float64) float64 {
	p := g.floorPa + handcalc.Gravity*(g.outside-g.lower)*min(z, g.interfaceM)
	if z > g.interfaceM {
		p += handcalc.Gravity * (g.outside - g.upper) * (z - g.interfaceM)
	}
	return p
}

// exchange is the mass flow through openings in kg/s.
type exchange struct{ in, outLower, outUpper float64 }

// ventFlow integrates Bernoulli's equation over the height of one opening. The
// opening is cut at the interface and at the heights of equal pressure, so that
// in each slab the flow has one direction and one density; there the integral of
// C W sqrt(2 rho dp) is exact for a pressure that is linear in height.
//
// Source: H. E. Mitler, H. W. Emmons, NBS-GCR-81-344 (1981); the slab method of
// CFAST, R. D. Peacock et al., NIST TN 1889v1 (2015), ch. 4.
func ventFlow(v vent, g gasColumn) exchange {
	var x exchange
	cut := [2]float64{v.headM, v.headM}
	if g.interfaceM > v.sillM && g.interfaceM < v.headM {
		cut[0] = g.interfaceM
	}
	z := v.sillM
	for _, top := range cut {
		if top <= z {
			continue
		}
		mid := (z + top) / 2
		inside := g.lower
		if mid > g.interfaceM {
			inside = g.upper
		}
		p0, p1 := g.pressure(z), g.pressure(top)
		if p0*p1 < 0 {
			zn := z + (top-z)*p0/(p0-p1)
			x.add(v.widthM, zn-z, p0, 0, g, inside, mid)
			x.add(v.widthM, top-zn, 0, p1, g, inside, mid)
		} else {
			x.add(v.widthM, top-z, p0, p1, g, inside, mid)
		}
		z = top
	}
	return x
}

// add counts a slab of height h whose pressures at bottom and top have one sign.
func (x *exchange) add(width, h, p0, p1 float64, g gasColumn, inside, mid float64) {
	a, b := math.Sqrt(math.Abs(p0)), math.Sqrt(math.Abs(p1))
	if a+b == 0 {
		return
	}
	// Mean of sqrt(p) over a slab with linear p: (2/3)(a^2 + a b + b^2)/(a + b).
	mean := 2.0 / 3 * (a*a + a*b + b*b) / (a + b)
	rho := inside
	if p0+p1 < 0 {
		rho = g.outside
	}
	m := ventCoefficient * width * h * math.Sqrt(2*rho) * mean
	switch {
	case p0+p1 < 0:
		x.in += m
	case mid > g.interfaceM:
		x.outUpper += m
	default:
		x.outLower += m
	}
}

// VentFactor is A sqrt(H) of one opening in m^(5/2).
func VentFactor(o *recon.Opening) float64 {
	h := o.HeadM - o.SillM
	return o.WidthM * h * math.Sqrt(h)
}
