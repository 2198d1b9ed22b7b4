package fire

import (
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/fuels"
)

// takeItems gives fuels that name an item of the library its heat release, and
// what else they leave open: area, radiative fraction, source and spread. The error
// is a *Problem.
func takeItems(h *recon.Hypothesis) error {
	for i := range h.Fuels {
		if p := takeItem(&h.Fuels[i], fmt.Sprintf("$.fuels[%d]", i)); p != nil {
			return p
		}
	}
	return nil
}

func takeItem(f *recon.Fuel, at string) *Problem {
	if f.Item == "" {
		if f.MassKg != 0 {
			return &Problem{Path: at + ".mass_kg", What: "a mass is stated and no pool", Next: "name the liquid under item, for example pool_gasoline"}
		}
		return nil
	}
	it, err := fuels.Named(f.Item)
	if err != nil {
		return &Problem{Path: at + ".item", What: err.Error(), Next: "choose one of them, or state curve_s_kW"}
	}
	if len(f.Curve) > 0 {
		return &Problem{Path: at + ".item", What: "both an item and a curve are stated", Next: "keep one of them"}
	}
	if f.MassKg != 0 && it.Kind != fuels.Pool {
		return &Problem{Path: at + ".mass_kg", What: fmt.Sprintf("%s is no pool: its mass changes nothing", it.Name), Next: "leave mass_kg out"}
	}
	switch it.Kind {
	case fuels.Measured:
		if f.Growth != nil {
			return &Problem{Path: at + ".growth", What: "both an item and a growth are stated", Next: "keep one of them"}
		}
		f.Curve = append([][2]float64(nil), it.Curve...)
		if f.AreaM2 == 0 {
			f.AreaM2 = it.AreaM2
		}
	case fuels.Growth:
		if f.Growth == nil || f.Growth.PeakKW == 0 {
			return &Problem{Path: at + ".item", What: it.Name + " says how fast the fire grows, not how far", Next: "state growth: with peak_kW, plateau_s and decay_s"}
		}
		if f.Growth.AlphaKWs2 != 0 && f.Growth.AlphaKWs2 != it.AlphaKWs2 {
			return &Problem{Path: at + ".growth.alpha_kW_s2", What: "both a growth class and a growth are stated", Next: "keep one of them"}
		}
		f.Growth.AlphaKWs2 = it.AlphaKWs2
	case fuels.Pool:
		if f.Growth != nil {
			return &Problem{Path: at + ".growth", What: "both a pool and a growth are stated", Next: "keep one of them"}
		}
		q, lastS, err := it.PoolKW(f.AreaM2, f.MassKg)
		if err != nil {
			return &Problem{Path: at + ".item", What: err.Error(), Next: "state area_m2 and mass_kg of the pool"}
		}
		f.Curve = poolCurve(q, lastS)
	}
	if f.RadiativeFraction == 0 {
		f.RadiativeFraction = it.RadiativeFraction
	}
	if f.Source == "" {
		f.Source = it.Source
	}
	if f.SpreadPct == 0 {
		f.SpreadPct = it.SpreadPct
	}
	return nil
}

// poolGrowS is the time in which flames cover a pool of a liquid that is above its
// flash point and in which they leave it.
const poolGrowS = 5

// poolCurve is the heat release of a pool that burns with kW for lastS.
func poolCurve(kW, lastS float64) [][2]float64 {
	ramp := math.Min(poolGrowS, lastS/2)
	return [][2]float64{{0, 0}, {ramp, kW}, {math.Max(lastS, 1.01*ramp), kW}, {math.Max(lastS, 1.01*ramp) + ramp, 0}}
}
