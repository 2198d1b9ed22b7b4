package exposure

import (
	"fmt"
	"math"
	"sort"

	"firescene/recon/handcalc"
)

// solid is a material whose properties change with temperature.
type solid struct {
	densityKgM3 float64
	emissivity  float64
	conductW    table // W/(m K)
	heatJ       table // J/(kg K), with what drying and dehydration take
	density     table // share of densityKgM3
	frontC      float64
	// logSD is the standard deviation of the natural logarithm of depths that this
	// gives at a known flux.
	logSD float64
}

// table is a value against degrees Celsius, in straight lines, level beyond its ends.
type table [][2]float64

func (t table) at(c float64) float64 {
	i := sort.Search(len(t), func(i int) bool { return t[i][0] > c })
	switch {
	case i == 0:
		return t[0][1]
	case i == len(t):
		return t[i-1][1]
	}
	a, b := t[i-1], t[i]
	return a[1] + (b[1]-a[1])*(c-a[0])/(b[0]-a[0])
}

// wood is softwood of 12 per cent moisture, its char front the isotherm of 300 C:
// EN 1995-1-2 (2004), clause 3.4.2 and tables B.1 and B.2. The spread is that of
// published charring rates about their dependence on flux, time and density, roughly
// 0.3: V. Babrauskas, "Charring rate of wood as a tool for fire investigations", Fire
// Safety Journal 40 (2005) 528.
func wood(densityKgM3 float64) solid {
	return solid{
		densityKgM3: densityKgM3, emissivity: 0.8, frontC: 300, logSD: 0.3,
		conductW: table{{20, 0.12}, {200, 0.15}, {350, 0.07}, {500, 0.09}, {800, 0.35}, {1200, 1.5}},
		heatJ: table{{20, 1530}, {98, 1770}, {99, 13600}, {120, 13500}, {121, 2120}, {200, 2000}, {250, 1620}, {300, 710}, {350, 850},
			{400, 1000}, {600, 1400}, {800, 1650}, {1200, 1650}},
		density: table{{20, 1.12}, {99, 1.12}, {120, 1}, {200, 1}, {250, 0.93}, {300, 0.76}, {350, 0.52}, {400, 0.38}, {600, 0.28}, {800, 0.26}, {1200, 0}},
	}
}

// gypsum is board, its calcined front the isotherm of 120 C past which the half
// hydrate forms: J. R. Mehaffey, P. Cuerrier, G. Carisse, Fire and Materials 18 (1994)
// 297. The spread is supposed to be that of char: single readings of a probe scatter
// about as much.
var gypsum = solid{
	densityKgM3: 720, emissivity: 0.9, frontC: 120, logSD: 0.3,
	conductW: table{{20, 0.25}, {100, 0.25}, {110, 0.12}, {370, 0.12}, {800, 0.27}, {1200, 0.6}},
	heatJ:    table{{20, 950}, {90, 950}, {100, 15000}, {120, 15000}, {130, 1000}, {150, 1000}, {160, 4000}, {175, 4000}, {185, 900}, {1200, 900}},
	density:  table{{20, 1}, {100, 1}, {130, 0.85}, {1200, 0.8}},
}

// woods are densities in kg/m3 near 12 per cent moisture: Wood Handbook, FPL-GTR-282
// (2021), table 5-3.
var woods = map[string]float64{"spruce": 430, "pine": 500, "fir": 480, "softwood": 450, "oak": 700, "beech": 710, "hardwood": 650, "plywood": 540, "particleboard": 650}

// Woods lists the woods whose char is predicted, in alphabetical order.
func Woods() []string {
	var out []string
	for n := range woods {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

const (
	cellM   = 0.001
	convect = 0.015 // kW/(m2 K), as zone's gauges in moving hot gas
)

// Depth is how deep the front of char or of calcination has gone, in mm, and the
// standard deviation of its natural logarithm at a known flux. The material is a wood
// or "gypsum"; thickM bounds it.
func Depth(h *History, material string, thickM float64) (mm, logSD float64, err error) {
	s := gypsum
	if material != "gypsum" {
		d, ok := woods[material]
		if !ok {
			return 0, 0, fmt.Errorf("no material %q: char is predicted for %v, calcination for gypsum", material, Woods())
		}
		s = wood(d)
	}
	return s.front(h, thickM), s.logSD, nil
}

// front solves the heating of the solid by the gauge's flux, less what its hotter
// face radiates and convects away, and returns the deepest place that reached the
// front's temperature, in mm. The back is adiabatic.
func (s *solid) front(h *History, thickM float64) float64 {
	n := int(math.Round(min(max(thickM, 0.005), 0.08) / cellM))
	if len(h.TimeS) < 2 {
		return 0
	}
	temp, flux := make([]float64, n), make([]float64, n+1)
	for i := range temp {
		temp[i] = h.AmbientC
	}
	ambientK := h.AmbientC + handcalc.Kelvin
	deepest := 0.0
	for k := 1; k < len(h.TimeS); k++ {
		for at := h.TimeS[k-1]; at < h.TimeS[k]-1e-9; {
			step := min(h.TimeS[k]-at, 1.0)
			for _, c := range temp { // the explicit rule's limit
				step = min(step, 0.4*cellM*cellM*s.densityKgM3*max(s.density.at(c), 0.02)*s.heatJ.at(c)/s.conductW.at(c))
			}
			f := (at + step/2 - h.TimeS[k-1]) / (h.TimeS[k] - h.TimeS[k-1])
			gauge := h.GaugeKW[k-1] + f*(h.GaugeKW[k]-h.GaugeKW[k-1])
			face := s.face(temp[0], gauge, ambientK)
			flux[0] = face
			for i := 1; i < n; i++ {
				flux[i] = (s.conductW.at(temp[i-1]) + s.conductW.at(temp[i])) / 2 * (temp[i-1] - temp[i]) / cellM
			}
			for i := range temp {
				c := temp[i]
				temp[i] += step * (flux[i] - flux[i+1]) / (cellM * s.densityKgM3 * max(s.density.at(c), 0.02) * s.heatJ.at(c))
				temp[i] = min(max(temp[i], -100), 1400)
			}
			at += step
		}
		for i := n - 1; i >= 0; i-- {
			if temp[i] >= s.frontC {
				d := float64(i) + 0.5
				if i+1 < n && temp[i+1] < temp[i] {
					d += (temp[i] - s.frontC) / (temp[i] - temp[i+1])
				}
				deepest = max(deepest, min(d, float64(n)))
				break
			}
		}
	}
	return deepest * cellM * 1000
}

// face is the flux in W/m2 into the first cell: from the gauge's to that at the
// surface's own temperature, which lies half a cell before the cell's.
func (s *solid) face(cellC, gaugeKW, ambientK float64) float64 {
	k := s.conductW.at(cellC) / (cellM / 2) / 1000 // kW/(m2 K)
	cellK := cellC + handcalc.Kelvin
	lo, hi := cellK-500, cellK+3000
	for range 40 { // the surface balances both sides
		t := (lo + hi) / 2
		net := s.emissivity*gaugeKW - s.emissivity*handcalc.SigmaSB*(t*t*t*t-ambientK*ambientK*ambientK*ambientK) - convect*(t-ambientK)
		if net > k*(t-cellK) {
			lo = t
		} else {
			hi = t
		}
	}
	return k * ((lo+hi)/2 - cellK) * 1000
}
