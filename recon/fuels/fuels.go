// Package fuels is a library of things that burn: heat release over time of
// furnishings, growth classes and liquid pools, each with its source and spread.
//
// An item stands for another of its kind, never for the very thing that burned. Its
// spread is that of the kind: what one sofa released says within a factor of about
// two what another one will. Where the source states no spread, the one given here
// is a supposition of this program and says so.
package fuels

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

// Kind says how an item's heat release comes about.
type Kind string

// The kinds of item.
const (
	Measured Kind = "curve"  // a measured curve
	Growth   Kind = "growth" // t-squared up to a peak that the user states
	Pool     Kind = "pool"   // a liquid pool, by its area and mass
)

// Item is one entry of the library.
type Item struct {
	Name              string
	Words             string
	Kind              Kind
	Curve             [][2]float64 // Measured: seconds since its ignition, kW
	AlphaKWs2         float64      // Growth
	AreaM2            float64      // Measured: burning area seen from above, supposed
	RadiativeFraction float64
	SpreadPct         float64 // relative standard deviation of the heat release
	SpreadWhy         string
	Source            string

	burnKgM2S, kBeta, heatKJKg, efficiency float64 // Pool
}

// Why each spread is what it is.
const (
	itemSpreadPct = 35
	itemWhy       = "supposed by this program: another item of the kind releases half to twice as much at 95 %"
	growthSpread  = 35
	growthWhy     = "supposed by this program: neighbouring classes differ by a factor of four in growth, two in time"
	poolSpreadPct = 20
	poolWhy       = "scatter of burning rates about the correlation, V. Babrauskas, Fire Technology 19 (1983) 251; depth and floor of a spill are not in it"
)

const (
	cfastSource  = "example library of fires of CFAST 7 (R. D. Peacock et al., NIST TN 1889, 2015)"
	growthSource = "growth classes of NFPA 72 and NFPA 92: 1055 kW after 600, 300, 150, 75 s"
	poolSource   = "V. Babrauskas, Estimating Large Pool Fire Burning Rates, Fire Technology 19 (1983) 251; SFPE Handbook, 5th ed. (2016), ch. 26"
)

// growths are the t-squared classes.
var growths = []Item{
	{Name: "t2_slow", Words: "slow growth", AlphaKWs2: 0.00293},
	{Name: "t2_medium", Words: "medium growth", AlphaKWs2: 0.01172},
	{Name: "t2_fast", Words: "fast growth", AlphaKWs2: 0.0469},
	{Name: "t2_ultrafast", Words: "ultra-fast growth", AlphaKWs2: 0.1876},
}

// pools are liquids: burning rate of an endless pool, how it falls with the
// diameter, heat of combustion, the share of it that is released.
var pools = []Item{
	{Name: "pool_acetone", Words: "acetone", burnKgM2S: 0.041, kBeta: 1.9, heatKJKg: 25800, efficiency: 0.97, RadiativeFraction: 0.27},
	{Name: "pool_ethanol", Words: "ethanol", burnKgM2S: 0.015, kBeta: math.Inf(1), heatKJKg: 26800, efficiency: 0.97, RadiativeFraction: 0.25},
	{Name: "pool_gasoline", Words: "gasoline", burnKgM2S: 0.055, kBeta: 2.1, heatKJKg: 43700, efficiency: 0.92, RadiativeFraction: 0.35},
	{Name: "pool_heptane", Words: "heptane", burnKgM2S: 0.101, kBeta: 1.1, heatKJKg: 44600, efficiency: 0.92, RadiativeFraction: 0.33},
	{Name: "pool_kerosene", Words: "kerosene", burnKgM2S: 0.039, kBeta: 3.5, heatKJKg: 43200, efficiency: 0.92, RadiativeFraction: 0.35},
	{Name: "pool_methanol", Words: "methanol", burnKgM2S: 0.017, kBeta: math.Inf(1), heatKJKg: 20000, efficiency: 0.99, RadiativeFraction: 0.16},
}

// All is the library, by name.
func All() []Item {
	var out []Item
	for _, list := range []struct {
		items  []Item
		kind   Kind
		spread float64
		why    string
		source string
	}{{cfastItems, Measured, itemSpreadPct, itemWhy, cfastSource}, {growths, Growth, growthSpread, growthWhy, growthSource}, {pools, Pool, poolSpreadPct, poolWhy, poolSource}} {
		for _, it := range list.items {
			it.Kind, it.SpreadPct, it.SpreadWhy, it.Source = list.kind, list.spread, list.why, list.source
			if it.RadiativeFraction == 0 {
				it.RadiativeFraction = 0.35
			}
			out = append(out, it)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Named is the item of that name; the error lists the names there are.
func Named(name string) (Item, error) {
	var names []string
	for _, it := range All() {
		if it.Name == name {
			return it, nil
		}
		names = append(names, it.Name)
	}
	return Item{}, fmt.Errorf("there is no item %q in the library of fuels; there are %s", name, strings.Join(names, ", "))
}

// PeakKW is the largest heat release of a measured curve, 0 of other kinds.
func (it *Item) PeakKW() float64 {
	most := 0.0
	for _, p := range it.Curve {
		most = max(most, p[1])
	}
	return most
}

// TotalMJ is the heat under a measured curve up to its last point.
func (it *Item) TotalMJ() float64 {
	sum := 0.0
	for i := 1; i < len(it.Curve); i++ {
		a, b := it.Curve[i-1], it.Curve[i]
		sum += (a[1] + b[1]) / 2 * (b[0] - a[0])
	}
	return sum / 1000
}

// PoolKW is the heat release of a pool of that area (m2), and how long massKg of it
// burns: burning rate rate(1 - exp(-k beta D)) of a round pool of the area. It holds
// for pools deep enough not to boil away at once; thin spills burn at a fifth or
// so of it (D. T. Gottuk, D. A. White, SFPE Handbook, 5th ed., ch. 65).
func (it *Item) PoolKW(areaM2, massKg float64) (kW, seconds float64, err error) {
	if it.Kind != Pool {
		return 0, 0, fmt.Errorf("%s is no pool", it.Name)
	}
	if !(areaM2 > 0 && massKg > 0) || math.IsInf(areaM2, 0) || math.IsInf(massKg, 0) {
		return 0, 0, fmt.Errorf("a pool of %g m2 and %g kg: both must be above 0", areaM2, massKg)
	}
	rate := it.burnKgM2S * areaM2
	if !math.IsInf(it.kBeta, 0) {
		rate *= -math.Expm1(-it.kBeta * math.Sqrt(4*areaM2/math.Pi))
	}
	return rate * it.heatKJKg * it.efficiency, massKg / rate, nil
}
