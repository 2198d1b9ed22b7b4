package zone

import (
	"math"
	"sort"

	"firescene/recon/handcalc"
)

// fireState is one fire with what it does at the time.
type fireState struct {
	*Fire
	row                                  int // of the table, where the last look-up ended
	ignitedS                             float64
	mirror                               float64 // 1 free, 2 against one wall, 4 in a corner
	quenchS                              float64 // when a sprinkler began to act
	sprayMMS                             float64
	wantedKW                             float64
	burnKW                               float64
	baseM                                float64
	diameterM                            float64
	now                                  FireRow
	liftedKgS                            float64           // out of the lower layer
	products                             [NSpecies]float64 // kg/s into the upper layer; oxygen below zero
	fuelKgS                              float64
	bentBy                               float64 // see bend
	convKW                               float64
	radKW                                float64
	jetFor, jetMean, jetExcess, jetRiseK float64 // see jetScale and jetMeans
}

// draught is how much more than a free plume a fire entrains when all the air it
// draws comes as a jet through an opening and bends its flames, which J. G.
// Quintiere, W. J. Rinkinen, W. W. Jones, Combustion Science and Technology 26
// (1981) 193 describe. The value was chosen on Steckler's 55 fires, so that they
// guard against change and are no independent check of it.
const draught = 0.8

// bend is how far a jet of a speed bends flames: not at all well below the speed
// (g m" D / rho)^(1/3) that flames make for themselves, wholly well above it, with
// an even change from 0.75 to 1.25 times that speed. The mass m" is that of natural gas with the same heat, since it is the heat
// that makes the speed and the source's fires burnt such gas.
//
// Source of the speed: the American Gas Association's correlation of tilt (1974),
// as in K. S. Mudan, Progress in Energy and Combustion Science 10 (1984) 59. The
// width of the change is a supposition.
func (f *fireState) bend(speedMS, rhoOut float64) float64 {
	area := math.Pi / 4 * f.diameterM * f.diameterM
	const naturalGasKJKg = 50000
	own := math.Cbrt(gravity * f.burnKW / naturalGasKJKg / area * f.diameterM / rhoOut)
	if own <= 0 {
		return 0
	}
	return min(max(2*(speedMS/own-0.75), 0), 1)
}

const (
	hotNoLimitK = 600 + handcalc.Kelvin // above it flames go on at any oxygen: CFAST, NIST TN 1889v1 (2015)
	oxygenBand  = 0.02                  // width over which burning fades
)

// oxygenFactor is 1 where flames find oxygen enough and fades to 0 across a band
// about the limit.
func oxygenFactor(y, limit, tempK, ambientK float64) float64 {
	limit *= min(1, max(0, (hotNoLimitK-tempK)/(hotNoLimitK-ambientK)))
	return min(1, max(0, (y-limit)/oxygenBand+0.5))
}

// nearWallM is how near the edge of a fire is to a wall that its flames lean on it.
const nearWallM = 0.2

// mirrorFactor is 2 for a fire against a wall, 4 for one in a corner, else 1: the
// fire is a half or a quarter of a larger one that is mirrored.
// Source: E. E. Zukoski, T. Kubota, B. Cetegen, Fire Safety Journal 3 (1981) 107.
func mirrorFactor(f *Fire, r *Room, diameterM float64) float64 {
	k := 1.0
	if min(f.X, r.WidthM-f.X)-diameterM/2 <= nearWallM {
		k *= 2
	}
	if min(f.Y, r.DepthM-f.Y)-diameterM/2 <= nearWallM {
		k *= 2
	}
	return k
}

// at looks up the table at ts seconds after ignition.
func (f *fireState) at(ts float64) FireRow {
	rows := f.Rows
	if len(rows) == 0 {
		return FireRow{}
	}
	if ts <= rows[0].TimeS {
		return rows[0]
	}
	if ts >= rows[len(rows)-1].TimeS {
		return rows[len(rows)-1]
	}
	if f.row >= len(rows)-1 || rows[f.row].TimeS > ts {
		f.row = 0
	}
	if rows[f.row+1].TimeS <= ts {
		f.row = sort.Search(len(rows), func(i int) bool { return rows[i].TimeS > ts }) - 1
	}
	a, b := rows[f.row], rows[f.row+1]
	w := (ts - a.TimeS) / (b.TimeS - a.TimeS)
	mix := func(x, y float64) float64 { return x + w*(y-x) }
	return FireRow{ts, mix(a.HRRkW, b.HRRkW), mix(a.BaseM, b.BaseM), mix(a.AreaM2, b.AreaM2), mix(a.CO, b.CO), mix(a.Soot, b.Soot), mix(a.HCN, b.HCN), mix(a.HCl, b.HCl), mix(a.Trace, b.Trace)}
}

// wanted sets what the fire would release at tS if air were no limit.
func (f *fireState) wanted(tS float64, r *Room) {
	f.wantedKW = 0
	if tS < f.ignitedS {
		return
	}
	ts := tS - f.ignitedS
	f.now = f.at(ts)
	if f.Heat != nil {
		f.now.HRRkW = f.Heat(ts)
	}
	f.wantedKW = max(0, f.now.HRRkW)
	if tS > f.quenchS {
		f.wantedKW *= sprayFactor(tS-f.quenchS, f.sprayMMS)
	}
	f.baseM = min(f.now.BaseM, r.HeightM)
	const least = 0.2 // m; CFAST 7 takes no smaller fire
	f.diameterM = max(least, handcalc.Diameter(f.now.AreaM2))
	f.mirror = mirrorFactor(f.Fire, r, f.diameterM)
}

// sprayFactor is what is left of a fire some time after a spray of some density
// in mm/s began to act on it: exp(-t / (3 w^-1.85)).
//
// Source: D. D. Evans, NISTIR 5254 (1993): sprinklers over furnishings, 0.07 to
// 0.2 mm/s.
func sprayFactor(ts, mmS float64) float64 {
	if mmS <= 0 {
		return 1
	}
	return math.Exp(-ts * math.Pow(mmS, 1.85) / 3)
}

// entrained is the plume's mass flow at a height above the base.
func (f *fireState) entrained(hrrKW, zM float64) float64 {
	k := f.mirror
	return handcalc.PlumeMassFlow(k*hrrKW, k*(1-f.Fuel.Radiative)*hrrKW, f.diameterM*math.Sqrt(k), zM) / k
}

// perKg is what a kilogram of fuel takes of oxygen and gives of products.
func (u *Fuel) perKg(y *FireRow) (out [NSpecies]float64) {
	m := 12.011*u.C + 1.008*u.H + 15.999*u.O + 14.007*u.N + 35.453*u.Cl
	var wC, wH, wO, wCl float64
	if m > 0 {
		wC, wH, wO, wCl = 12.011*u.C/m, 1.008*u.H/m, 15.999*u.O/m, 35.453*u.Cl/m
	}
	out[CO], out[Soot], out[HCN], out[Trace] = y.CO, y.Soot, y.HCN, y.Trace
	out[HCl] = max(y.HCl, wCl*36.46/35.453)
	out[CO2] = max(0, wC-out[CO]*12.011/28.01-out[Soot]-out[HCN]*12.011/27.03) * 44.01 / 12.011
	out[H2O] = max(0, wH-out[HCN]*1.008/27.03-out[HCl]*1.008/36.46) * 18.015 / 2.016
	need := out[CO2]*31.998/44.01 + out[CO]*15.999/28.01 + out[H2O]*15.999/18.015 - wO
	if heat := u.HeatKJKg / max(need, 1e-9); heat < 9000 || heat > 20000 {
		// The formula does not fit the heat: oxygen by C. Huggett's mean, products as
		// those of burning wood, in the mass that is left.
		need = u.HeatKJKg / handcalc.HeatPerO2
		rest := max(0, 1+need-out[CO]-out[Soot]-out[HCN]-out[HCl])
		out[CO2], out[H2O] = 0.77*rest, 0.23*rest
	}
	out[O2] = -need
	return out
}

// burn finds how much of the stated heat the oxygen that the flames entrain
// supports, from the lower layer up to the interface and from the hot layer above
// it, what is lifted into the hot layer and what becomes of fuel and oxygen.
func (e *engine) burn(r *room, fires []*fireState, tS, dt float64) {
	r.burnKW = 0
	free := 0.0
	for _, f := range fires {
		f.wanted(tS, r.Room)
		f.bentBy = 0
		if f.burnKW > 0 {
			free += f.entrained(f.burnKW, r.zI-f.baseM)
			f.bentBy = f.bend(r.inMS, e.outRho)
		}
	}
	jet := 0.0
	if free > 0 {
		jet = draught * min(1, r.inKgS/free)
	}
	var y, factor [2]float64
	for k := range y {
		y[k] = r.layers[k].sp[O2] / r.layers[k].kg
		factor[k] = oxygenFactor(y[k], e.scene.LowO2, r.tempK[k], e.outK)
	}
	spare := 0.5 * r.layers[upper].sp[O2] / dt // what a step may use of the layer's own oxygen, kg/s
	for _, f := range fires {
		f.burnKW, f.liftedKgS, f.fuelKgS, f.convKW, f.radKW, f.products = 0, 0, 0, 0, 0, [NSpecies]float64{}
		q := f.wantedKW
		if q <= 0 {
			continue
		}
		per := f.Fuel.perKg(&f.now)
		heat := f.Fuel.HeatKJKg / -per[O2] // kJ a kg of oxygen
		bent := 1 + jet*f.bentBy
		low := bent * f.entrained(q, r.zI-f.baseM) * r.share[lower]
		whole := max(low, bent*f.entrained(q, max(r.zI, r.HeightM)-f.baseM))
		fromUp := min((whole-low)*y[upper]*factor[upper], spare)
		burned := min(q, heat*(low*y[lower]*factor[lower]+fromUp))
		spare -= max(0, burned/heat-low*y[lower])
		f.burnKW, f.liftedKgS = burned, low
		kg := burned / f.Fuel.HeatKJKg
		for i, v := range per {
			f.products[i] = v * kg
		}
		f.products[Unburnt] = (q - burned) / f.Fuel.HeatKJKg
		f.fuelKgS = q / f.Fuel.HeatKJKg
		f.radKW = f.Fuel.Radiative * burned
		f.convKW = burned - f.radKW
		r.burnKW += burned
	}
}
