package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"sort"

	"firescene/recon"
	"firescene/recon/exposure"
	"firescene/recon/origin/cells"
	"firescene/recon/origin/inquiry"
)

// rankFile is ranking.json: the comparison, what it rests on, and the cells.
type rankFile struct {
	*recon.Ranking
	*inquiry.Inquiry
	Cells *cellSummary `json:"cells,omitempty"`
}

// cellSummary is what the cells say in short; origin_cells.csv holds them all.
type cellSummary struct {
	N            int                `json:"n"`
	Undetermined float64            `json:"undetermined"`
	Hypotheses   map[string]float64 `json:"posterior"` // by hypothesis, its place left open
	EmulatorSD   float64            `json:"emulator_sd"`
	FieldSD      float64            `json:"field_sd"`
	Best         []cellLine         `json:"best"`
	// Area90M2 is the least area that holds nine tenths of the posterior of the place.
	Area90M2 float64 `json:"area90_m2"`
}

type cellLine struct {
	X         float64 `json:"x_m"`
	Y         float64 `json:"y_m"`
	Posterior float64 `json:"posterior"`
}

// withExposures gives each simulated hypothesis what it does to the surfaces, devices
// and gauges that observations name. The results given are not changed.
func withExposures(ctx context.Context, o fireOptions, sims []simulated, observations []recon.Observation) ([]simulated, error) {
	needed := false
	for i := range observations {
		needed = needed || exposure.Needs(&observations[i])
	}
	if !needed {
		return sims, nil
	}
	out := append([]simulated(nil), sims...)
	for i, m := range sims {
		var e []recon.Exposure
		var err error
		if path := o.fromField(m.Hypothesis.ID); path != "" {
			e, err = exposeField(ctx, m.Hypothesis, observations, path)
		} else {
			e, err = exposure.Predict(ctx, m.Hypothesis, observations)
		}
		if err != nil {
			return nil, err
		}
		r := *m.Result
		r.Exposures = e
		out[i].Result = &r
	}
	return out, nil
}

// nextMost is how many measurements are proposed, worldsMost how many cells they are
// to tell apart.
const (
	nextMost   = 8
	worldsMost = 24
)

// inquire draws odds, contributions, log and next measurements from a ranking, and
// weighs cells when some are asked for.
func inquire(ctx context.Context, o fireOptions, sims []simulated, observations []recon.Observation, ranking *recon.Ranking, report progressFunc) (*inquiry.Inquiry, *cells.Result, error) {
	var hypotheses []*recon.Hypothesis
	var worlds []inquiry.World
	posterior := map[string]float64{}
	for _, r := range ranking.Hypotheses {
		posterior[r.HypothesisID] = r.Posterior
	}
	for _, m := range sims {
		hypotheses = append(hypotheses, m.Hypothesis)
		worlds = append(worlds, inquiry.World{Name: m.Hypothesis.ID, Hypothesis: m.Hypothesis, Result: m.Result, Posterior: posterior[m.Hypothesis.ID]})
	}
	q := inquiry.Of(ranking, hypotheses)
	var res *cells.Result
	if o.Cells > 0 {
		var err error
		if res, err = cells.Weigh(ctx, hypotheses, observations, cells.Options{N: o.Cells, Workers: o.Workers, FieldN: o.FieldCells, CellM: o.CellM}, func(n, of int) { report("cells", int64(n), int64(of)) }); err != nil {
			return nil, nil, err
		}
		worlds = cellWorlds(res, hypotheses)
	}
	var err error
	q.Next, err = inquiry.NextMeasurements(ctx, worlds, observations, nextMost)
	return q, res, err
}

// cellWorlds are the likeliest cells, as hypotheses to be told apart.
func cellWorlds(res *cells.Result, hypotheses []*recon.Hypothesis) []inquiry.World {
	byID := map[string]*recon.Hypothesis{}
	for _, h := range hypotheses {
		byID[h.ID] = h
	}
	order := append([]cells.Cell(nil), res.Cells...)
	sort.SliceStable(order, func(i, j int) bool { return order[i].Posterior > order[j].Posterior })
	var out []inquiry.World
	for _, c := range order[:min(len(order), worldsMost)] {
		h := cells.Moved(byID[c.HypothesisID], c.X, c.Y, math.Hypot(c.WidthM, c.DepthM)/2)
		out = append(out, inquiry.World{Name: fmt.Sprintf("%s@%.2f,%.2f", c.HypothesisID, c.X, c.Y), Hypothesis: h, Posterior: c.Posterior})
	}
	return out
}

// writeCells writes origin_cells.csv and a plot and sums them up.
func writeCells(dir string, res *cells.Result, sims []simulated, labels firePlotLabels, plot string) (*cellSummary, error) {
	var b bytes.Buffer
	b.WriteString("hypothesis,x_m,y_m,width_m,depth_m,log_likelihood,share,posterior,emulated,field_shift,by_field\n")
	s := &cellSummary{N: len(res.Cells), Undetermined: res.Undetermined, Hypotheses: map[string]float64{}, EmulatorSD: res.EmulatorSD, FieldSD: res.FieldSD, Best: []cellLine{}}
	for _, c := range res.Cells {
		fmt.Fprintf(&b, "%s,%.4f,%.4f,%.4f,%.4f,%.4f,%.6g,%.6g,%t,%.4f,%t\n", csvField(c.HypothesisID), c.X, c.Y, c.WidthM, c.DepthM, c.LogLike, c.Share, c.Posterior, c.Emulated, c.FieldShift, c.ByField)
		s.Hypotheses[c.HypothesisID] += c.Posterior
	}
	if err := writeFile(filepath.Join(dir, "origin_cells.csv"), b.Bytes()); err != nil {
		return nil, err
	}
	places := merge(res.Cells)
	for _, c := range places[:min(5, len(places))] {
		s.Best = append(s.Best, cellLine{c.X, c.Y, c.Posterior})
	}
	var total, sum float64
	for _, c := range places {
		total += c.Posterior
	}
	for _, c := range places {
		if sum >= 0.9*total {
			break
		}
		sum += c.Posterior
		s.Area90M2 += c.WidthM * c.DepthM
	}
	s.Area90M2 = math.Round(100*s.Area90M2) / 100
	png, err := cellPlot(places, sims, labels)
	if err != nil {
		return nil, fmt.Errorf("plot of the cells: %w", err)
	}
	return s, writeFile(filepath.Join(dir, plot), png)
}

// merge adds up the cells of all hypotheses that lie at one place, likeliest first.
func merge(list []cells.Cell) []cells.Cell {
	at := map[[2]float64]int{}
	var out []cells.Cell
	for _, c := range list {
		key := [2]float64{math.Round(1000 * c.X), math.Round(1000 * c.Y)}
		if k, ok := at[key]; ok {
			out[k].Posterior += c.Posterior
			continue
		}
		at[key] = len(out)
		out = append(out, c)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Posterior > out[j].Posterior })
	return out
}
