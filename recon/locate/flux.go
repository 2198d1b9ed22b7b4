package locate

import (
	"math"

	"firescene/recon/handcalc"
)

// Layer is the state of a room's two layers.
type Layer struct {
	UpperK, LowerK, AmbientK float64
	InterfaceM               float64 // above the floor
	CeilingK                 float64
	GasEps                   float64 // emissivity of the hot layer
}

// Gauge is a water-cooled gauge of heat flux, flush with a wall.
type Gauge struct {
	At     [3]float64
	Normal [3]float64 // into the room
}

const (
	gaugeM     = 0.025 // diameter of a Schmidt-Boelter gauge
	restMS     = 0.3   // air moved by entrainment where no jet comes by
	lowerMS    = 0.1   // below the layer
	radiates   = 0.3   // part of the heat that the flames radiate
	blendM     = 0.5   // depth over which temperatures pass from one layer to the other
	leastJetK  = 5.0   // rise below which buoyancy does not stop a jet
	deepestJet = 2.0   // m, so far a jet at most reaches down
)

// GaugeFlux is the heat flux in kW/m2 to a gauge kept at ambient temperature, of a
// fire of hrrKW at a source: the convection of the gas that moves along the wall, and
// the radiation of the hot layer and of the flames, these from half their height.
//
// The ceiling jet that meets the wall turns down along it with the part of its speed
// that is normal to the wall and, warmer than the layer, loses it within the height
// V^2/(2 g dT/T). Its heat transfer to the gauge, a cold spot on a warm wall, is that
// of a laminar boundary layer that begins at the gauge's edge.
//
// Sources: L. Y. Cooper, "Ceiling jet-driven wall flows in compartment fires",
// Combustion Science and Technology 62 (1988) 285 (that and how far the jet turns
// down); F. P. Incropera, D. P. DeWitt, Fundamentals of Heat and Mass Transfer
// (laminar plate); recon/handcalc for the jet and the point source. Range: gauges in
// or below a hot layer, flames clear of the gauge.
func GaugeFlux(room Room, l Layer, src Source, hrrKW float64, j *handcalc.LayerJet, g Gauge) (convectiveKW, radiantKW float64) {
	dx, dy := src.At[0]-g.At[0], src.At[1]-g.At[1]
	r := math.Hypot(dx, dy)
	facing := 0.0
	if r > 0 {
		facing = max(0, (dx*g.Normal[0]+dy*g.Normal[1])/r)
	}
	share := min(max((g.At[2]-l.InterfaceM)/blendM+0.5, 0), 1) // of the upper layer
	gasK := l.LowerK + share*(l.UpperK-l.LowerK)
	speed := lowerMS + share*(restMS-lowerMS)
	if v := j.Velocity(r) * facing; v > 0 {
		rise := j.Rise(r)
		reach := deepestJet
		if rise > leastJetK {
			reach = min(reach, v*v/(2*handcalc.Gravity*rise/l.UpperK))
		}
		down := max(0, room.HeightM-g.At[2]-j.Thickness(r))
		fade := math.Exp(-down / max(reach, 0.02))
		gasK += fade * max(0, l.UpperK+rise-gasK)
		speed = math.Hypot(speed, v*fade)
	}
	convectiveKW = plateKW(gasK, l.AmbientK, speed) * (gasK - l.AmbientK)
	// The half space before the gauge sees the layer above the interface.
	up := min(max(0.5*(1+(g.At[2]-l.InterfaceM)/(0.5*min(room.WidthM, room.DepthM))), 0), 1)
	radiantKW = l.GasEps * up * handcalc.SigmaSB * (pow4(l.UpperK) - pow4(l.AmbientK))
	mid := src.At[2] + min(handcalc.FlameHeight(hrrKW, handcalc.Diameter(0.36))/2, max(0.1, (room.HeightM-src.At[2])/2))
	range2 := r*r + (g.At[2]-mid)*(g.At[2]-mid)
	if range2 > 0 {
		radiantKW += handcalc.PointSourceFlux(hrrKW, radiates, math.Sqrt(range2)) * facing * r / math.Sqrt(range2)
	}
	return convectiveKW, radiantKW
}

func pow4(v float64) float64 { return v * v * v * v }

// plateKW is the mean coefficient in kW/(m2 K) of a laminar boundary layer over the
// gauge, with air's properties at the film temperature; never below that of still gas.
func plateKW(gasK, coldK, speedMS float64) float64 {
	film := (gasK + coldK) / 2
	conduct := 0.026e-3 * math.Pow(film/300, 0.8)
	viscosity := 1.6e-5 * math.Pow(film/300, 1.7)
	const prandtl = 0.89 // Pr^(1/3)
	return max(0.664*conduct/gaugeM*math.Sqrt(max(speedMS, 0)*gaugeM/viscosity)*prandtl, 0.005)
}
