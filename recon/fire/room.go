package fire

import (
	"math"

	"firescene/recon/handcalc"
)

// burner is one item that burns in the room.
type burner struct {
	heat      func(tS float64) float64 // stated heat release rate, kW
	baseM     float64                  // height of its base above the floor
	diameterM float64
	radiative float64
	mirror    float64 // 1 free, 2 against one wall, 4 in a corner
}

// roomModel is the fixed description of the fire room.
type roomModel struct {
	lengthM, widthM, heightM float64
	ambientK                 float64
	vents                    []vent
	leakM                    float64 // width of a slot over the full height that stands for leakage
	burners                  []burner
}

func (r *roomModel) floorM2() float64  { return r.lengthM * r.widthM }
func (r *roomModel) volumeM3() float64 { return r.floorM2() * r.heightM }
func (r *roomModel) perimeterM() float64 {
	return 2 * (r.lengthM + r.widthM)
}

// roomState is what changes: two layers of gas at one pressure and the walls
// behind them. Density times temperature is the same everywhere (handcalc.GasConst).
type roomState struct {
	upperM3           float64 // volume of the hot layer
	upperKg, lowerKg  float64
	upperO2, lowerO2  float64 // kg of oxygen
	upperWall         *wall   // ceiling and the wall above the interface
	lowerWall         *wall   // floor and the wall below it
	floorPa           float64 // last pressure found, where the next search starts
	burnKW            []float64
	lossKW, ventOutKW float64 // of the last step, for the energy balance
	inflowKgs         float64 // of the last step, through openings and leaks
}

func newRoomState(r *roomModel, m handcalc.Material, thickM float64) *roomState {
	rho := handcalc.GasConst / r.ambientK
	v := r.volumeM3()
	s := &roomState{upperM3: v * minLayer, burnKW: make([]float64, len(r.burners))}
	s.upperKg, s.lowerKg = rho*s.upperM3, rho*(v-s.upperM3)
	s.upperO2, s.lowerO2 = handcalc.AirOxygen*s.upperKg, handcalc.AirOxygen*s.lowerKg
	s.upperWall, s.lowerWall = newWall(m, thickM, r.ambientK), newWall(m, thickM, r.ambientK)
	return s
}

const (
	// minLayer is the least share of the room that a layer keeps, so that its
	// temperature stays defined.
	minLayer = 1e-3
	// layerAbsorb is the absorption coefficient of a smoke layer in 1/m: thin
	// smoke of a growing room fire, between clean products (0.3) and heavy soot
	// (above 1). SFPE Handbook, 5th ed. (2016), ch. 4.
	layerAbsorb    = 0.6
	wallEmissivity = 0.9
	// lowOxygen is the mass fraction below which flames in ambient air go out;
	// it falls in a straight line to zero at 600 C. CFAST, NIST TN 1889v1 (2015).
	lowOxygen    = 0.15
	hotNoLimitK  = 600 + handcalc.Kelvin
	oxygenBand   = 0.02 // width over which burning fades
	pressureIter = 60
	// draught is how much more than a free plume a fire entrains when all the air
	// it draws comes as a jet through an opening and bends its flames, which J. G.
	// Quintiere, W. J. Rinkinen, W. W. Jones, Combustion Science and Technology 26
	// (1981) 193 describe. The value was chosen on Steckler's 55 fires, so that
	// TestSteckler guards against change and is no independent check.
	draught = 0.8
)

func (s *roomState) upperK() float64 { return handcalc.GasConst * s.upperM3 / s.upperKg }
func (s *roomState) lowerK(r *roomModel) float64 {
	return handcalc.GasConst * (r.volumeM3() - s.upperM3) / s.lowerKg
}

// interfaceM is the height of the hot layer's lower face above the floor.
func (s *roomState) interfaceM(r *roomModel) float64 {
	return r.heightM - s.upperM3/r.floorM2()
}

// step advances the room by dt seconds to time tS + dt.
func (s *roomState) step(r *roomModel, tS, dt float64) {
	tu, tl, zi := s.upperK(), s.lowerK(r), s.interfaceM(r)
	plume, convective, radiated := s.burn(r, tS, zi, tu, tl)
	gainU, gainL := s.heatExchange(r, zi, tu, tl, radiated, dt)
	gainU += convective

	g := gasColumn{outside: handcalc.GasConst / r.ambientK, lower: handcalc.GasConst / tl, upper: handcalc.GasConst / tu, interfaceM: zi}
	x := s.balancePressure(r, tS, g, gainU+gainL, tu, tl)

	s.inflowKgs = x.in
	plume = min(plume, 0.5*s.lowerKg/dt)
	yU, yL := s.upperO2/s.upperKg, s.lowerO2/s.lowerKg
	upperVol := gainU/(handcalc.CpAir*handcalc.GasConst) + (plume*tl-x.outUpper*tu)/handcalc.GasConst
	burned := 0.0
	for _, q := range s.burnKW {
		burned += q
	}
	s.ventOutKW = handcalc.CpAir * (x.outUpper*(tu-r.ambientK) + x.outLower*(tl-r.ambientK))
	s.upperO2 = max(0, s.upperO2+dt*(yL*plume-yU*x.outUpper-burned/handcalc.HeatPerO2))
	s.lowerO2 = max(0, s.lowerO2+dt*(handcalc.AirOxygen*x.in-yL*(x.outLower+plume)))
	s.upperKg += dt * (plume - x.outUpper)
	s.lowerKg += dt * (x.in - x.outLower - plume)
	s.upperM3 += dt * upperVol
	s.keepInside(r, tu, tl)
}

// keepInside holds both layers to at least minLayer of the room, at their
// temperatures of before the step.
func (s *roomState) keepInside(r *roomModel, tu, tl float64) {
	v := r.volumeM3()
	least := v * minLayer
	if s.upperM3 < least || s.upperKg <= 0 {
		s.upperM3 = max(s.upperM3, least)
		y := s.lowerO2 / max(s.lowerKg, 1e-9)
		s.upperKg = handcalc.GasConst * s.upperM3 / tu
		s.upperO2 = min(y, handcalc.AirOxygen) * s.upperKg
	}
	if v-s.upperM3 < least || s.lowerKg <= 0 {
		s.upperM3 = min(s.upperM3, v-least)
		y := s.lowerO2 / max(s.lowerKg, 1e-9)
		s.lowerKg = handcalc.GasConst * (v - s.upperM3) / tl
		s.lowerO2 = min(y, handcalc.AirOxygen) * s.lowerKg
	}
	// A layer is never colder than half of ambient nor hotter than flames.
	const coldest, hottest = 0.9, 1800.0
	s.upperKg = min(max(s.upperKg, handcalc.GasConst*s.upperM3/hottest), handcalc.GasConst*s.upperM3/(coldest*r.ambientK))
	lower := v - s.upperM3
	s.lowerKg = min(max(s.lowerKg, handcalc.GasConst*lower/hottest), handcalc.GasConst*lower/(coldest*r.ambientK))
	s.upperO2 = min(s.upperO2, handcalc.AirOxygen*s.upperKg)
	s.lowerO2 = min(s.lowerO2, handcalc.AirOxygen*s.lowerKg)
}

// burn finds how much of each item's stated heat release the oxygen entrained by
// its flames supports, from the lower layer up to the interface and from the hot
// layer above it. It returns the mass flow lifted into the hot layer and the heat
// that goes there by convection and by radiation.
func (s *roomState) burn(r *roomModel, tS, zi, tu, tl float64) (liftedKgs, convectiveKW, radiatedKW float64) {
	yU, yL := s.upperO2/s.upperKg, s.lowerO2/s.lowerKg
	fromU := handcalc.HeatPerO2 * yU * oxygenFactor(yU, tu, r.ambientK)
	fromL := handcalc.HeatPerO2 * yL * oxygenFactor(yL, tl, r.ambientK)
	free := 0.0
	for i := range r.burners {
		free += r.burners[i].entrained(s.burnKW[i], zi-r.burners[i].baseM)
	}
	bent := 1.0
	if free > 0 {
		bent += draught * min(1, s.inflowKgs/free)
	}
	for i := range r.burners {
		b := &r.burners[i]
		q := b.heat(tS)
		if q <= 0 {
			s.burnKW[i] = 0
			continue
		}
		lower := bent * b.entrained(q, zi-b.baseM)
		whole := bent * b.entrained(q, max(zi, r.heightM)-b.baseM)
		burned := min(q, fromL*lower+fromU*max(0, whole-lower))
		s.burnKW[i] = burned
		liftedKgs += lower
		convectiveKW += (1 - b.radiative) * burned
		radiatedKW += b.radiative * burned
	}
	return
}

// entrained is the plume's mass flow at a height above the base. A fire against
// a wall or in a corner is half or a quarter of a mirrored larger one.
// Source: E. E. Zukoski, T. Kubota, B. Cetegen, Fire Safety Journal 3 (1981) 107.
func (b *burner) entrained(hrrKW, zM float64) float64 {
	k := b.mirror
	return handcalc.PlumeMassFlow(k*hrrKW, k*(1-b.radiative)*hrrKW, b.diameterM*math.Sqrt(k), zM) / k
}

// oxygenFactor is 1 where flames find oxygen enough and fades to 0 across a band
// about the limit.
func oxygenFactor(y, tempK, ambientK float64) float64 {
	limit := lowOxygen * min(1, max(0, (hotNoLimitK-tempK)/(hotNoLimitK-ambientK)))
	return min(1, max(0, (y-limit)/oxygenBand+0.5))
}

// heatExchange moves heat between layers and walls over dt and returns the heat
// the upper and lower gas gain in kW. Radiation is that of a gray layer between
// two gray walls; the flames' radiation goes half up, half down.
func (s *roomState) heatExchange(r *roomModel, zi, tu, tl, radiatedKW, dt float64) (gainU, gainL float64) {
	floor, height := r.floorM2(), r.heightM
	areaU := floor + r.perimeterM()*(height-zi)
	areaL := floor + r.perimeterM()*zi
	wu, wl := s.upperWall.surfaceK(), s.lowerWall.surfaceK()

	beam := 3.6 * s.upperM3 / (areaU + floor)
	eg := 1 - math.Exp(-layerAbsorb*beam)
	grey := 1 / (1/max(eg, 1e-6) + 1/wallEmissivity - 1)
	p4 := func(t float64) float64 { return t * t * t * t }
	gasToU := areaU * grey * handcalc.SigmaSB * (p4(tu) - p4(wu))
	gasToL := floor * grey * handcalc.SigmaSB * (p4(tu) - p4(wl))
	wallToWall := floor * (1 - eg) * wallEmissivity * handcalc.SigmaSB * (p4(wu) - p4(wl))
	convU := areaU * naturalKW(tu-wu) * (tu - wu)
	convL := areaL * naturalKW(tl-wl) * (tl - wl)
	up := radiatedKW / 2
	absorbed := eg * up

	fluxU := (gasToU + convU + up - absorbed - wallToWall) / areaU
	fluxL := (gasToL + convL + radiatedKW - up + wallToWall) / areaL
	slopeU := -4*handcalc.SigmaSB*wu*wu*wu - naturalKW(tu-wu)
	slopeL := -4*handcalc.SigmaSB*wl*wl*wl - naturalKW(tl-wl)
	s.upperWall.heat(fluxU, slopeU, r.ambientK, dt)
	s.lowerWall.heat(fluxL, slopeL, r.ambientK, dt)
	s.lossKW = fluxU*areaU + fluxL*areaL
	return absorbed - gasToU - gasToL - convU, -convL
}

// naturalKW is the coefficient of turbulent natural convection in kW/(m2 K),
// 1.5 dT^(1/3) W/(m2 K), between the values for vertical (1.31) and horizontal
// (1.52) faces of CFAST, NIST TN 1889v1 (2015).
func naturalKW(dT float64) float64 { return 1.5e-3 * math.Cbrt(math.Abs(dT)) }

// balancePressure finds the pressure at the floor at which what flows out makes
// room for what the gas gains: the sum of both layers' volumes does not change.
// The volume excess falls steadily as the pressure rises, so bisection with a
// bracket grown from the last step's pressure always ends.
func (s *roomState) balancePressure(r *roomModel, tS float64, g gasColumn, gainKW, tu, tl float64) exchange {
	excess := func(pa float64) (float64, exchange) {
		g.floorPa = pa
		x := ventFlow(vent{widthM: r.leakM, headM: r.heightM}, g)
		for _, v := range r.vents {
			if tS < v.openAtS {
				continue
			}
			y := ventFlow(v, g)
			x.in, x.outLower, x.outUpper = x.in+y.in, x.outLower+y.outLower, x.outUpper+y.outUpper
		}
		return gainKW + handcalc.CpAir*(x.in*r.ambientK-x.outUpper*tu-x.outLower*tl), x
	}
	f0, x := excess(s.floorPa)
	width := 0.05 + 0.1*math.Abs(s.floorPa)
	lo, hi := s.floorPa, s.floorPa
	for i := 0; i < pressureIter && f0 != 0; i++ {
		if f0 > 0 {
			hi += width
			if f, _ := excess(hi); f <= 0 {
				break
			}
			lo = hi
		} else {
			lo -= width
			if f, _ := excess(lo); f >= 0 {
				break
			}
			hi = lo
		}
		width *= 2
	}
	tol := 1e-4 + 1e-6*math.Abs(gainKW)
	for i := 0; i < pressureIter && lo < hi; i++ {
		mid := (lo + hi) / 2
		var f float64
		f, x = excess(mid)
		s.floorPa = mid
		if math.Abs(f) < tol {
			break
		}
		if f > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return x
}
