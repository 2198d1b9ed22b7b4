package fsri

import (
	"firescene/recon/handcalc"
	"firescene/recon/locate"
)

// Room is that of the experiments, lined with gypsum board.
func Room() locate.Room {
	m, err := handcalc.MaterialNamed("gypsum")
	if err != nil {
		panic(err) // the built-in table has it
	}
	return locate.Room{WidthM: SideM, DepthM: SideM, HeightM: HeightM, Lining: m}
}

// Candidates are the four places as ranges, since neither the size of the fuel nor
// its height is told. The burning spot of an item up to the size of an armchair lies
// within 0.45 m of the item's middle; that of an item at a wall 0.15 to 0.6 m off the
// wall, its base 0.1 to 0.9 m above the floor. The side is the left one and the corner
// the one at the back on the left: the right wall carries fixed gauges, the right rear
// corner the pressure taps, and the door is at the right of the front.
//
// With the door open the air that flows in at about 1 m/s leans a plume that rises
// at 3 to 4 m/s by 0.2 to 0.3 m on its way to the ceiling, whither is not stated.
func Candidates(open bool) []locate.Candidate {
	step := 0.225
	if open {
		step = 0.3
	}
	spot := [5]float64{-2 * step, -step, 0, step, 2 * step}
	share := [5]float64{1, 2, 2, 2, 1}
	off := [5]float64{0.15, 0.25, 0.35, 0.45, 0.6}
	heights := [3]float64{0.15, 0.45, 0.8}
	middle := SideM / 2
	place := map[string]func(i, k int) (x, y float64){
		"Back":   func(i, k int) (float64, float64) { return middle + spot[i], SideM - off[k] },
		"Center": func(i, k int) (float64, float64) { return middle + spot[i], middle + spot[k] },
		"Corner": func(i, k int) (float64, float64) { return off[i], SideM - off[k] },
		"Side":   func(i, k int) (float64, float64) { return off[i], middle + spot[k] },
	}
	var out []locate.Candidate
	for _, name := range Places {
		c := locate.Candidate{Name: name}
		for i := range spot {
			for k := range spot {
				for _, z := range heights {
					x, y := place[name](i, k)
					c.Sources = append(c.Sources, locate.Source{At: [3]float64{x, y, z}, Weight: share[i] * share[k]})
				}
			}
		}
		out = append(out, c)
	}
	return out
}
