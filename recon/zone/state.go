package zone

import (
	"math"
	"sort"

	"firescene/recon/handcalc"
)

// Gas is taken as air with constant heats and their ratio 1.4, so that cp/R is
// 3.5 and the enthalpy of a volume is 3.5 times its pressure.
const (
	cp         = handcalc.CpAir // kJ/(kg K)
	gasKJ      = cp / 3.5       // kJ/(kg K)
	gravity    = handcalc.Gravity
	standardPa = 101325.0
	minShare   = 1e-3 // least share of a room's volume that a layer keeps
	standardK  = handcalc.AmbientStdC + handcalc.Kelvin
	upper      = 0
	lower      = 1
	airO2      = handcalc.AirOxygen
	soot8700   = 8700.0 // m2/kg: G. W. Mulholland, C. Croarkin, Fire and Materials 24 (2000) 227
)

// LowO2Default is the oxygen mass fraction below which flames in air at room
// temperature go out: 0.135 by volume, K. McGrattan et al., NIST SP 1018-1
// (2013), ch. 5.
const LowO2Default = 0.15

// layer is the gas of one layer. Its enthalpy is counted from 0 K.
type layer struct {
	kg, hKJ float64
	sp      [NSpecies]float64 // kg
}

func (l *layer) tempK() float64 { return l.hKJ / (cp * l.kg) }

// room is the state of one room and what follows from it.
type room struct {
	*Room
	shape
	layers [2]layer
	// walls of the four surfaces, nil where a surface takes no heat; back says that
	// the room touches the far face of a slab that is shared.
	walls [nSurfaces]*slab
	back  [nSurfaces]bool
	area  [nSurfaces]float64
	owed  [2]float64 // kJ that the walls took less than was charged to the gas

	tempK, volM3, rho [2]float64
	share             [2]float64 // how far a layer is thick enough to be drawn from
	zI                float64    // height of the interface
	pPa               float64    // at the floor, above the open air at its height

	viewAt  float64 // interface for which views were made
	views   [nSurfaces][nSurfaces]float64
	rad     exchangeOf
	convKW  [nSurfaces]float64 // flux by convection into each surface, kW/m2
	inKgS   float64            // into the room through its openings, of the last step
	inMS    float64            // its mean speed at the openings
	upInKgS float64            // into the upper layer from other rooms, of the last step
	burnKW  float64
	heat    [2]float64 // kW to the layers over the step
	paid    [2]float64 // kJ of owed that is in heat
	gasEps  [2]float64
	slope   [nSurfaces]float64 // of the flux into a surface with its temperature
	wallZ   float64            // interface for which the wall's two parts hold
}

// shape is the room's volume as a function of height.
type shape struct {
	floorM2, ceilingM2, volume float64
	sideM                      float64 // perimeter of the mean section
	at                         []SectionAt
	below                      []float64 // volume under each height
}

func newShape(r *Room) shape {
	s := shape{floorM2: r.WidthM * r.DepthM}
	s.ceilingM2 = s.floorM2
	s.at = []SectionAt{{0, s.floorM2}, {r.HeightM, s.floorM2}}
	s.sideM = 2 * (r.WidthM + r.DepthM)
	if len(r.Section) > 1 {
		s.at = append([]SectionAt(nil), r.Section...)
		sort.SliceStable(s.at, func(i, j int) bool { return s.at[i].HeightM < s.at[j].HeightM })
		if s.at[0].HeightM > 0 {
			s.at = append([]SectionAt{{0, s.at[0].AreaM2}}, s.at...)
		}
		if last := s.at[len(s.at)-1]; last.HeightM < r.HeightM {
			s.at = append(s.at, SectionAt{r.HeightM, last.AreaM2})
		}
	}
	s.below = make([]float64, len(s.at))
	for i := 1; i < len(s.at); i++ {
		s.below[i] = s.below[i-1] + (s.at[i].HeightM-s.at[i-1].HeightM)*(s.at[i].AreaM2+s.at[i-1].AreaM2)/2
	}
	s.volume = s.below[len(s.below)-1]
	if len(r.Section) > 1 {
		mean := s.volume / r.HeightM
		s.floorM2, s.ceilingM2 = s.at[0].AreaM2, s.at[len(s.at)-1].AreaM2
		s.sideM *= math.Sqrt(mean / (r.WidthM * r.DepthM))
	}
	return s
}

// heightOf is the height under which a volume lies.
func (s *shape) heightOf(volM3 float64) float64 {
	if len(s.at) == 2 && s.at[0].AreaM2 == s.at[1].AreaM2 {
		return min(volM3/s.at[0].AreaM2, s.at[1].HeightM)
	}
	i := 1
	for i < len(s.at)-1 && s.below[i] < volM3 {
		i++
	}
	a, b := s.at[i-1], s.at[i]
	v, h := volM3-s.below[i-1], b.HeightM-a.HeightM
	slope := (b.AreaM2 - a.AreaM2) / h
	if math.Abs(slope) < 1e-9 {
		return min(a.HeightM+v/a.AreaM2, b.HeightM)
	}
	root := math.Sqrt(max(0, a.AreaM2*a.AreaM2+2*slope*v))
	return min(max(a.HeightM+(root-a.AreaM2)/slope, a.HeightM), b.HeightM)
}

// derive sets what follows from masses and enthalpies. amb is the absolute
// pressure of the open air at the room's floor in Pa.
func (r *room) derive(ambPa float64) {
	h := r.layers[upper].hKJ + r.layers[lower].hKJ
	pKPa := h / (3.5 * r.volume)
	r.pPa = 1000*pKPa - ambPa
	for k := range r.layers {
		l := &r.layers[k]
		r.tempK[k] = l.tempK()
		r.volM3[k] = r.volume * l.hKJ / h
		r.rho[k] = l.kg / r.volM3[k]
		s := min(1, r.volM3[k]/(4*minShare*r.volume))
		r.share[k] = s * s
	}
	r.zI = r.heightOf(r.volM3[lower])
	up := max(r.HeightM-r.zI, 1e-4*r.HeightM)
	down := max(r.zI, 1e-4*r.HeightM)
	r.area = [nSurfaces]float64{r.ceilingM2, r.sideM * up, r.sideM * down, r.floorM2}
	if math.Abs(r.zI-r.viewAt) > 2e-3*r.HeightM {
		r.viewAt = r.zI
		r.views = viewFactors(r.WidthM, r.DepthM, up, down)
	}
}

// shiftWalls lets the part of the wall that changed its layer take its heat along.
func (r *room) shiftWalls() {
	u, l := r.walls[upperWall], r.walls[lowerWall]
	if u == nil || l == nil {
		return
	}
	was, now := r.wallZ, r.zI
	if d := was - now; d > 0 {
		u.takeFrom(l, d/(r.HeightM-now))
	} else if d < 0 {
		l.takeFrom(u, -d/now)
	}
	r.wallZ = now
}

// face of a surface: the cell that the room touches and its temperature.
func (r *room) surfaceK(i int) float64 {
	w := r.walls[i]
	switch {
	case w == nil:
		return r.tempK[i/2]
	case r.back[i]:
		return w.tempK[slabNodes-1]
	}
	return w.tempK[0]
}

// share returns the part of gas drawn at a height that comes from the upper
// layer: all or nothing, softened where a layer is too thin to be drawn from.
func (r *room) upperShare(z float64) float64 {
	if z > r.zI {
		return r.share[upper]
	}
	return 1 - r.share[lower]
}

// columnPa is the weight of the gas above the floor up to z less that of the open
// air, as a change of pressure in Pa.
func (r *room) columnPa(z, rhoOut float64) float64 {
	p := gravity * (rhoOut - r.rho[lower]) * min(z, r.zI)
	if z > r.zI {
		p += gravity * (rhoOut - r.rho[upper]) * (z - r.zI)
	}
	return p
}
