package fsri

import (
	"context"
	"math"
	"sort"
	"sync"

	"firescene/recon/handcalc"
	"firescene/recon/locate"
	"firescene/recon/zone"
)

// Errors of fluxes to gauges on walls, relative but for the drift: the spread of field
// models in surface heat flux over the published validations (NIST SP 1018-3), what
// replicate fires differ by, what all gauges share (as much again), and the drift of a
// gauge of 10 kW/m2 or more of range over a fire (3 per cent of its range, W. M. Pitts
// et al., Fire Safety Journal 41 (2006) 459).
const (
	fluxModelSD  = 0.27
	fluxRepeatSD = 0.063
	fluxLevelSD  = 0.27
	driftKW      = 0.3
	leastFluxKW  = 1.0 // below which the drift is as large as what is compared
)

// fluxHeats are the steady heat release rates considered, in kW.
var fluxHeats = []float64{25, 40, 63, 100, 160, 250, 400, 630, 1000, 1600}

// fluxTimes are the times after ignition at which the layers are taken.
var fluxTimes = []float64{15, 30, 60, 120, 300}

// states are the layers of the room by place, heat release rate and time, from the
// zone model with the fire at the middle of the place.
type states map[string][][]locate.Layer

func layers(ctx context.Context, open bool) (states, error) {
	out := states{}
	room := Room()
	for _, c := range Candidates(open) {
		at := centre(c)
		for _, q := range fluxHeats {
			lining := zone.Surface{Slabs: []zone.Slab{{Material: room.Lining, ThickM: 0.016}}}
			s := &zone.Scene{DurationS: fluxTimes[len(fluxTimes)-1], SampleS: 5,
				Rooms: []zone.Room{{Name: "room", WidthM: SideM, DepthM: SideM, HeightM: HeightM, Ceiling: lining, Wall: lining, Floor: lining, LeakWallM2: 0.0075}},
				Fires: []zone.Fire{{Name: "fire", X: at[0], Y: at[1], Fuel: zone.Fuel{C: 1, H: 4, HeatKJKg: 50000, Radiative: 0.3},
					Rows: []zone.FireRow{{TimeS: 0, HRRkW: q, BaseM: at[2], AreaM2: 0.36}}}}}
			if open {
				s.Vents = []zone.Vent{{Name: "door", A: 0, B: zone.Outside, WidthM: 0.9, HeightM: 2.03}}
			}
			res, err := zone.Run(ctx, s)
			if err != nil {
				return nil, err
			}
			r := &res.Rooms[0]
			var row []locate.Layer
			for _, t := range fluxTimes {
				i := min(sort.SearchFloat64s(res.TimeS, t), len(res.TimeS)-1)
				row = append(row, locate.Layer{UpperK: r.UpperK[i], LowerK: r.LowerK[i], AmbientK: res.Rooms[0].LowerK[0], InterfaceM: r.InterfaceM[i], CeilingK: r.CeilingK[i], GasEps: r.GasEps[i]})
			}
			out[c.Name] = append(out[c.Name], row)
		}
	}
	return out, nil
}

func centre(c locate.Candidate) (at [3]float64) {
	var w float64
	for _, s := range c.Sources {
		w += s.Weight
		for k := range at {
			at[k] += s.Weight * s.At[k]
		}
	}
	for k := range at {
		at[k] /= w
	}
	return at
}

var (
	layersOnce [2]sync.Once
	layersAre  [2]states
	layersErr  [2]error
)

// gaugeChannels are the gauges in the order in which they are compared: total and
// radiant, 0.65 m below the ceiling, then 1.3 m.
const gaugeChannels = 4

// fluxStage is the mean rise of each gauge in a part of the growth; NaN where a gauge
// is missing.
type fluxStage struct {
	sinceS float64
	kW     [gaugeChannels]float64
}

// fluxStages takes the fluxes, less what they were before the fire, while the upper
// gauge of total flux shows a quarter to a half and more than half of its largest,
// until it first comes within 5 per cent of that.
func fluxStages(e *Experiment) []fluxStage {
	var v [gaugeChannels][]float64
	for _, g := range e.Gauges {
		for k, below := range [2]float64{0.65, 1.3} {
			if math.Abs(g.BelowM-below) < 0.01 {
				if g.Radiant {
					v[2*k+1] = g.KWPerM2
				} else {
					v[2*k] = g.KWPerM2
				}
			}
		}
	}
	if v[0] == nil {
		return nil
	}
	t := e.Records.TimeS
	n := sort.SearchFloat64s(t, 0)
	var base [gaugeChannels]float64
	for k := range v {
		if v[k] == nil {
			continue
		}
		if base[k] = mean(v[k][:n]); math.IsNaN(base[k]) {
			base[k] = 0
		}
	}
	smooth := func(i int) float64 { return mean(v[0][max(n, i-4):min(len(t), i+5)]) - base[0] }
	top := 0.0
	for i := n; i < len(t); i++ {
		top = max(top, smooth(i))
	}
	if top < leastFluxKW {
		return nil
	}
	start, end := -1, len(t)
	for i := n; i < len(t); i++ {
		s := smooth(i)
		if start < 0 && s > 0.1*top {
			start = i
		}
		if s >= 0.95*top {
			end = i + 1
			break
		}
	}
	var out []fluxStage
	for _, part := range [][2]float64{{0.25, 0.5}, {0.5, 1.01}} {
		var sum [gaugeChannels]float64
		var count, since float64
		for i := max(start, n); i < end; i++ {
			if s := smooth(i) / top; s < part[0] || s >= part[1] {
				continue
			}
			for k := range sum {
				if v[k] == nil {
					sum[k] = math.NaN()
				} else {
					sum[k] += v[k][i] - base[k]
				}
			}
			since += t[i] - t[start]
			count++
		}
		if count > 0 {
			f := fluxStage{sinceS: since / count}
			for k := range sum {
				f.kW[k] = sum[k] / count
			}
			out = append(out, f)
		}
	}
	return out
}

func mean(v []float64) float64 {
	var sum, n float64
	for _, x := range v {
		if !math.IsNaN(x) {
			sum, n = sum+x, n+1
		}
	}
	return sum / n
}

// byFlux weighs the places by the gauges on the wall alone. The heat release
// rate is integrated out with equal weight for each step of its logarithm; the stages
// share the model's error, so that their mean counts once.
func byFlux(ctx context.Context, e *Experiment) ([]float64, string, error) {
	door := 0
	if e.Open {
		door = 1
	}
	layersOnce[door].Do(func() { layersAre[door], layersErr[door] = layers(ctx, e.Open) })
	if layersErr[door] != nil {
		return nil, "", layersErr[door]
	}
	stages := fluxStages(e)
	candidates := Candidates(e.Open)
	posterior := make([]float64, len(candidates))
	if len(stages) == 0 {
		for i := range posterior {
			posterior[i] = 1 / float64(len(posterior))
		}
		return posterior, "the upper gauge never shows 1 kW/m2, or one is missing", nil
	}
	room := Room()
	gauges := [2]locate.Gauge{{At: [3]float64{SideM, SideM / 2, HeightM - 0.65}, Normal: [3]float64{-1, 0, 0}}, {At: [3]float64{SideM, SideM / 2, HeightM - 1.3}, Normal: [3]float64{-1, 0, 0}}}
	total := 0.0
	for c, candidate := range candidates {
		like, weights := 0.0, 0.0
		for _, src := range candidate.Sources {
			logs := 0.0
			for _, s := range stages {
				logs += math.Log(fluxLike(room, layersAre[door][candidate.Name], src, &s, gauges)) / float64(len(stages))
			}
			like += src.Weight * math.Exp(logs)
			weights += src.Weight
		}
		posterior[c] = like / weights
		total += posterior[c]
	}
	for c := range posterior {
		posterior[c] /= total
	}
	return posterior, "", nil
}

// fluxLike is the likelihood of one stage, integrated over the heat release rate.
func fluxLike(room locate.Room, rows [][]locate.Layer, src locate.Source, s *fluxStage, gauges [2]locate.Gauge) float64 {
	k := 0
	for i := range fluxTimes {
		if math.Abs(math.Log(fluxTimes[i]/max(s.sinceS, 1))) < math.Abs(math.Log(fluxTimes[k]/max(s.sinceS, 1))) {
			k = i
		}
	}
	sum := 1e-12
	for i, q := range fluxHeats {
		l := rows[i][k]
		j := handcalc.NewLayerJet(q, 0.7, room.HeightM-src.At[2], l.InterfaceM-src.At[2], l.UpperK, l.CeilingK, l.AmbientK, 5.2)
		// A rank-one covariance: what all share, and what each has of its own.
		var rr, ru, uu, logDet, n float64
		for g := range gauges {
			conv, rad := locate.GaugeFlux(room, l, src, q, j, gauges[g])
			for m, pred := range [2]float64{conv + rad, rad} {
				seen := s.kW[2*g+m]
				if math.IsNaN(seen) {
					continue
				}
				own := (fluxModelSD*fluxModelSD+fluxRepeatSD*fluxRepeatSD)*pred*pred + driftKW*driftKW
				r, u := seen-pred, fluxLevelSD*pred
				rr, ru, uu = rr+r*r/own, ru+r*u/own, uu+u*u/own
				logDet += math.Log(own)
				n++
			}
		}
		const freedom = 4
		z := rr - ru*ru/(1+uu)
		sum += math.Exp(-(logDet+math.Log1p(uu))/2) * math.Pow(1+z/freedom, -(freedom+n)/2)
	}
	return sum
}
