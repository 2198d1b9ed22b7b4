package scene

import (
	"fmt"
	"math"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// AddSmoke adds the smoke of the rooms that were simulated in two layers, afterS seconds
// after the ignition; rooms of which the result says nothing have none.
func AddSmoke(s *render.Scene, h *recon.Hypothesis, r *recon.FireResult, afterS float64) {
	for _, room := range h.Rooms {
		upper, lower, height := r.Find("extinction_upper", room.Name), r.Find("extinction_lower", room.Name), r.Find("interface", room.Name)
		if upper == nil || lower == nil || height == nil || len(r.TimeS) == 0 {
			continue
		}
		at := func(v []float64) float64 { return ValueAt(r.TimeS, v, afterS) }
		s.Gas = append(s.Gas, LayeredGas(RoomBox(room), at(height.Value), at(upper.Value), at(lower.Value)))
	}
}

// Cells of the heat of one flame, across and up.
const flameAcross, flameUp = 20, 28

// AddFlames adds flames at items: their outline up to the mean flame height as inferred,
// what they are called (label says that of one), and, with body, their heat release within
// it. A body is shown with the scene's heat.
func AddFlames(s *render.Scene, flames []recon.Flame, body bool, label func(f recon.Flame) string) {
	for _, f := range flames {
		r := f.DiameterM / 2
		if !(r > 0) || !(f.HeightM > 0) || !(f.HRRKW > 0) {
			continue
		}
		if body {
			s.Gas, s.ShowGas.Heat = append(s.Gas, flameGas(f)), true
		}
		tip := r3.Add(f.Foot, r3.Vec{Z: f.HeightM})
		var base []r3.Vec
		for i := range 32 {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / 32)
			base = append(base, r3.Add(f.Foot, r3.Vec{X: r * cos, Y: r * sin}))
		}
		s.Outlines = append(s.Outlines, render.Outline{Points: base, Closed: true, Standing: forensics.Inferred})
		for _, side := range []r3.Vec{{X: 1}, {Y: 1}} {
			var line []r3.Vec
			for i := -12; i <= 12; i++ {
				x := float64(i) / 12
				line = append(line, r3.Add(r3.Add(f.Foot, r3.Scale(r*x, side)), r3.Vec{Z: f.HeightM * (1 - x*x)}))
			}
			s.Outlines = append(s.Outlines, render.Outline{Points: line, Standing: forensics.Inferred})
		}
		s.Markers = append(s.Markers, render.Marker{At: tip, Label: label(f), Symbol: SymbolFlame, Standing: forensics.Inferred})
	}
}

// SymbolFlame is the symbol of a flame's tip.
const SymbolFlame = "flame"

// FlameLabel names a flame: its item, heat release and height.
func FlameLabel(f recon.Flame) string {
	return fmt.Sprintf("%s  %.0f kW  %.1f m", f.Item, f.HRRKW, f.HeightM)
}

// flameGas spreads the heat release of a flame evenly over a paraboloid on its base with
// the mean flame height, softened at its edge.
func flameGas(f recon.Flame) recon.Gas {
	r := f.DiameterM / 2
	wide := 1.15 * r
	g := recon.Gas{Name: f.Item, Cells: [3]int{flameAcross, flameAcross, flameUp},
		Box: r3.Box{Min: r3.Add(f.Foot, r3.Vec{X: -wide, Y: -wide}), Max: r3.Add(f.Foot, r3.Vec{X: wide, Y: wide, Z: 1.1 * f.HeightM})}}
	q := f.HRRKW / (math.Pi / 2 * r * r * f.HeightM)
	for k := range flameUp {
		z := 1.1 * (float64(k) + 0.5) / flameUp
		for j := range flameAcross {
			for i := range flameAcross {
				x, y := 1.15*(2*(float64(i)+0.5)/flameAcross-1), 1.15*(2*(float64(j)+0.5)/flameAcross-1)
				in := 1 - z - x*x - y*y // 0 on the paraboloid
				g.HRRKWM3 = append(g.HRRKWM3, float32(q*smooth(in/0.2+0.5)))
			}
		}
	}
	return g
}

// AddOpenings adds the openings of a hypothesis: crossed while they are closed, bare from
// when they open.
func AddOpenings(s *render.Scene, places []recon.OpeningPlace, afterS float64) {
	for _, p := range places {
		c := p.Corners
		s.Outlines = append(s.Outlines, render.Outline{Points: c[:], Closed: true, Standing: forensics.Supposed})
		if afterS < p.OpensS {
			s.Outlines = append(s.Outlines, render.Outline{Points: []r3.Vec{c[0], c[2]}, Standing: forensics.Supposed},
				render.Outline{Points: []r3.Vec{c[1], c[3]}, Standing: forensics.Supposed})
		}
	}
}
