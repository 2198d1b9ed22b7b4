package handcalc

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Material is the thermal description of a wall.
type Material struct {
	ConductKWmK float64 // kW/(m K)
	DensityKgM3 float64
	HeatKJKgK   float64 // kJ/(kg K)
}

// materials holds common linings near room temperature.
// Source: D. Drysdale, An Introduction to Fire Dynamics, 3rd ed. (2011), table
// 2.1; gypsum board, aerated concrete, plywood and mineral wool from NUREG-1805
// (2004), table 2-3.
var materials = map[string]Material{
	"gypsum":           {0.17e-3, 960, 1.1}, // board
	"plaster":          {0.48e-3, 1440, 0.84},
	"concrete":         {1.1e-3, 2100, 0.88},
	"brick":            {0.69e-3, 1600, 0.84},
	"aerated_concrete": {0.26e-3, 500, 0.96},
	"oak":              {0.17e-3, 800, 2.38},
	"pine":             {0.14e-3, 640, 2.85},
	"plywood":          {0.12e-3, 540, 2.5},
	"fibreboard":       {0.041e-3, 229, 2.09},
	"mineral_wool":     {0.041e-3, 100, 0.8},
	"steel":            {45.8e-3, 7850, 0.46},
	"glass":            {0.76e-3, 2700, 0.84},
}

// MaterialNamed returns a material of the built-in table, or reads
// "k=0.10 rho=200 c=1.0" in W/(m K), kg/m3 and kJ/(kg K).
func MaterialNamed(name string) (Material, error) {
	if m, ok := materials[name]; ok {
		return m, nil
	}
	if strings.Contains(name, "=") {
		return parseMaterial(name)
	}
	return Material{}, fmt.Errorf("no material %q; known are %s, or state it as \"k=0.10 rho=200 c=1.0\" (W/(m K), kg/m3, kJ/(kg K))", name, strings.Join(MaterialNames(), ", "))
}

// MaterialNames lists the built-in table in alphabetical order.
func MaterialNames() []string {
	names := make([]string, 0, len(materials))
	for n := range materials {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func parseMaterial(s string) (Material, error) {
	var m Material
	seen := map[string]bool{}
	for _, part := range strings.Fields(s) {
		key, text, _ := strings.Cut(part, "=")
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v > 0) || v > 1e5 || seen[key] {
			return Material{}, fmt.Errorf("material %q: %s is not a positive number stated once", s, part)
		}
		seen[key] = true
		switch key {
		case "k":
			m.ConductKWmK = v / 1000
		case "rho":
			m.DensityKgM3 = v
		case "c":
			m.HeatKJKgK = v
		default:
			return Material{}, fmt.Errorf("material %q: %q is not k, rho or c", s, key)
		}
	}
	if len(seen) != 3 {
		return Material{}, fmt.Errorf("material %q: state k, rho and c", s)
	}
	return m, nil
}
