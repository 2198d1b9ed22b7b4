package inquiry

import (
	"context"
	"fmt"
	"math"
	"sort"

	"firescene/recon"
	"firescene/recon/exposure"
)

// Measurement is something that could be measured next, with what it is worth.
type Measurement struct {
	What string     `json:"what"` // "exposure": char or calcination depth at At; "arrival": the time of Target
	At   *recon.Vec `json:"at_m,omitempty"`
	// Surface is "wall", "ceiling" or "floor".
	Surface string `json:"surface,omitempty"`
	Target  string `json:"target,omitempty"`
	Unit    string `json:"unit"`
	// Predicted is the median under each world, by its name.
	Predicted map[string]float64 `json:"predicted"`
	Bits      float64            `json:"bits"` // expected fall of the entropy
	Share     float64            `json:"share"`
}

// World is one of the possibilities to be told apart, with its posterior.
type World struct {
	Name       string
	Hypothesis *recon.Hypothesis
	Result     *recon.FireResult // for the times of detectors; may be nil
	Posterior  float64
}

// measureLogSD is how well an exposure is read from a depth: the scatter of char and
// calcination about their relation to heat, see recon/exposure.
const measureLogSD = 0.35

// NextMeasurements lists what would most reduce the entropy over the worlds, best
// first, at most most of them: exposures on a lattice of the surfaces of the first
// world's room of origin, and the times of detectors that no observation names.
func NextMeasurements(ctx context.Context, worlds []World, observations []recon.Observation, most int) ([]Measurement, error) {
	out := []Measurement{}
	var total, entropy float64
	for _, w := range worlds {
		total += w.Posterior
	}
	if len(worlds) < 2 || !(total > 0) {
		return out, nil
	}
	p := make([]float64, len(worlds))
	for i, w := range worlds {
		p[i] = w.Posterior / total
		if p[i] > 0 {
			entropy -= p[i] * math.Log2(p[i])
		}
	}
	add := func(m Measurement, mean, sd []float64) {
		m.Bits = math.Round(1e4*information(p, mean, sd)) / 1e4
		if entropy > 0 {
			m.Share = math.Round(1e4*m.Bits/entropy) / 1e4
		}
		if m.Bits >= 0.005 {
			out = append(out, m)
		}
	}
	if err := exposures(ctx, worlds, add); err != nil {
		return nil, err
	}
	detectors(worlds, observations, add)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Bits > out[j].Bits })
	return out[:min(len(out), most)], nil
}

func exposures(ctx context.Context, worlds []World, add func(Measurement, []float64, []float64)) error {
	points := lattice(worlds[0].Hypothesis)
	if len(points) == 0 {
		return nil
	}
	mj := make([][]float64, len(points))
	surfaces := make([]string, len(points))
	covered := make([]bool, len(points))
	for k := range points {
		mj[k] = make([]float64, len(worlds))
		covered[k] = true
	}
	for i, w := range worlds {
		h, err := exposure.Histories(ctx, w.Hypothesis, points)
		if err != nil {
			return fmt.Errorf("next measurement, %s: %w", w.Name, err)
		}
		for k := range h {
			covered[k] = covered[k] && h[k].Uncovered == ""
			mj[k][i], surfaces[k] = h[k].MJ()/exposure.FluxBias, h[k].Surface
		}
	}
	for k := range points {
		if !covered[k] {
			continue
		}
		const seen = 0.5 // MJ/m2 below which a surface shows nothing that can be read
		m := Measurement{What: "exposure", At: &points[k].At, Surface: surfaces[k], Unit: "MJ/m2", Predicted: map[string]float64{}}
		mean, sd := make([]float64, len(worlds)), make([]float64, len(worlds))
		for i, w := range worlds {
			m.Predicted[w.Name] = math.Round(1000*mj[k][i]) / 1000
			mean[i] = math.Log(mj[k][i] + seen)
			sd[i] = math.Hypot(exposure.FluxLogSD*mj[k][i]/(mj[k][i]+seen), measureLogSD)
		}
		add(m, mean, sd)
	}
	return nil
}

// lattice is points on walls at 0.8 and 1.6 m and on the ceiling, about a metre apart.
func lattice(h *recon.Hypothesis) []exposure.Point {
	var room *recon.Room
	for i := range h.Rooms {
		if h.Rooms[i].Name == h.Origin.Room {
			room = &h.Rooms[i]
		}
	}
	if room == nil {
		return nil
	}
	var out []exposure.Point
	steps := func(lo, hi float64) []float64 {
		n := min(8, max(2, int(math.Round(hi-lo))))
		var v []float64
		for i := range n {
			v = append(v, lo+(hi-lo)*(float64(i)+0.5)/float64(n))
		}
		return v
	}
	add := func(x, y, z float64, normal recon.Vec) {
		out = append(out, exposure.Point{Name: "next", At: recon.Vec{x, y, z}, Normal: normal})
	}
	xs, ys := steps(room.Min[0], room.Max[0]), steps(room.Min[1], room.Max[1])
	for _, up := range []float64{0.8, 1.6} {
		z := min(room.Min[2]+up, room.Max[2])
		for _, x := range xs {
			add(x, room.Min[1], z, recon.Vec{0, 1, 0})
			add(x, room.Max[1], z, recon.Vec{0, -1, 0})
		}
		for _, y := range ys {
			add(room.Min[0], y, z, recon.Vec{1, 0, 0})
			add(room.Max[0], y, z, recon.Vec{-1, 0, 0})
		}
	}
	for _, x := range xs {
		for _, y := range ys {
			add(x, y, room.Max[2], recon.Vec{0, 0, -1})
		}
	}
	return out
}

// detectors adds the times of those that every world predicts and nothing observed.
func detectors(worlds []World, observations []recon.Observation, add func(Measurement, []float64, []float64)) {
	known := map[string]bool{}
	for _, o := range observations {
		if o.Kind == recon.ObsArrival || o.Kind == recon.ObsNoArrival {
			known[o.Target] = true
		}
	}
	if worlds[0].Result == nil {
		return
	}
	for _, a := range worlds[0].Result.Arrivals {
		if known[a.Detector] {
			continue
		}
		m := Measurement{What: "arrival", Target: a.Detector, Unit: "s", Predicted: map[string]float64{}}
		mean, sd := make([]float64, len(worlds)), make([]float64, len(worlds))
		complete := true
		for i, w := range worlds {
			found := false
			if w.Result != nil {
				for _, b := range w.Result.Arrivals {
					if b.Detector == a.Detector && b.Uncovered == "" && b.TimeS > 0 {
						found = true
						m.Predicted[w.Name] = math.Round(10*b.TimeS) / 10
						mean[i] = math.Log(b.TimeS)
						sd[i] = math.Sqrt(b.FuelLogSD*b.FuelLogSD + b.ModelLogSD*b.ModelLogSD + math.Pow(w.Hypothesis.Ignition.UncertaintyS/b.TimeS, 2) + 0.0025)
					}
				}
			}
			complete = complete && found
		}
		if complete {
			add(m, mean, sd)
		}
	}
}

// information is the mutual information in bits between worlds of shares p and a
// value that is normal about mean with sd under each: the expected fall of entropy.
func information(p, mean, sd []float64) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	least := math.Inf(1)
	for i := range p {
		lo, hi = min(lo, mean[i]-5*sd[i]), max(hi, mean[i]+5*sd[i])
		least = min(least, sd[i])
	}
	if !(least > 0) || math.IsInf(hi-lo, 0) || math.IsNaN(hi-lo) {
		return 0
	}
	n := min(4000, max(200, int((hi-lo)/least*20)))
	step := (hi - lo) / float64(n)
	var bits float64
	like := make([]float64, len(p))
	for k := range n {
		y := lo + (float64(k)+0.5)*step
		var all float64
		for i := range p {
			z := (y - mean[i]) / sd[i]
			like[i] = p[i] * math.Exp(-z*z/2) / (sd[i] * math.Sqrt(2*math.Pi))
			all += like[i]
		}
		for i := range p {
			if like[i] > 0 && p[i] > 0 {
				bits += step * like[i] * math.Log2(like[i]/(p[i]*all))
			}
		}
	}
	return max(0, bits)
}
