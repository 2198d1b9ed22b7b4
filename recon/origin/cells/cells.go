// Package cells asks in which part of the room of origin a fire began, given a
// hypothesis in all else: the floor is divided into cells, the hypothesis is moved
// into each, simulated and held against the observations.
//
// What lay at the stated origin burns in the cell instead; everything else stays. A
// cell's share is its likelihood over the sum of all, each cell equally likely before.
// Above SimulatedMost cells a lattice of them is simulated and a Gaussian process
// gives the logarithm of the likelihood between, with its error by leaving each out.
package cells

import (
	"context"
	"fmt"
	"math"
	"sort"
	"sync"

	"firescene/recon"
	"firescene/recon/exposure"
	"firescene/recon/fire"
	"firescene/recon/origin"
)

// Bounds on the grid.
const (
	SimulatedMost = 196
	Most          = 2500
)

// Cell is one place of a hypothesis.
type Cell struct {
	HypothesisID string
	X, Y         float64 // middle, scene coordinates
	WidthM       float64
	DepthM       float64
	LogLike      float64 // of all observations, against the background
	Share        float64 // among the cells of its hypothesis
	Posterior    float64 // among all cells of all hypotheses and the undetermined
	Emulated     bool
}

// Result is what the cells of all hypotheses say.
type Result struct {
	Cells []Cell // by hypothesis in the order of their IDs, then by Y, then by X
	// Marginal is the logarithm of each hypothesis's likelihood averaged over its
	// cells: what it is worth when only its room is known.
	Marginal map[string]float64
	// Undetermined is the posterior of none of the hypotheses, in which the
	// observations could be anything; before, it is as likely as one of them.
	Undetermined float64
	// EmulatorSD is by how much the logarithms between simulated cells may be wrong,
	// the root mean square of leaving each out; 0 when all were simulated.
	EmulatorSD float64
}

// Moved is the hypothesis with its origin and what lay there moved to a place; the
// place is known to within radiusM.
func Moved(h *recon.Hypothesis, x, y, radiusM float64) *recon.Hypothesis {
	m := *h
	m.Origin.At = recon.Vec{x, y, h.Origin.At[2]}
	m.Origin.RadiusM = radiusM
	m.Fuels = append([]recon.Fuel(nil), h.Fuels...)
	first, best := -1, math.Inf(1)
	moved := false
	for i := range m.Fuels {
		f := &m.Fuels[i]
		if f.IgnitesAtS > 0 {
			continue
		}
		d := math.Hypot(f.At[0]-h.Origin.At[0], f.At[1]-h.Origin.At[1])
		if d < best {
			first, best = i, d
		}
		if d <= h.Origin.RadiusM+math.Sqrt(max(f.AreaM2, 0.25)/math.Pi) {
			f.At[0], f.At[1], moved = x, y, true
		}
	}
	if !moved && first >= 0 {
		m.Fuels[first].At[0], m.Fuels[first].At[1] = x, y
	}
	return &m
}

// task is one cell to simulate.
type task struct{ cell int }

// Weigh simulates the cells of all hypotheses: about n in each room, as near to
// squares as its sides allow. The result does not depend on the number of workers or
// the order of the input.
func Weigh(ctx context.Context, hypotheses []*recon.Hypothesis, observations []recon.Observation, n, workers int, done func(n, of int)) (*Result, error) {
	if n < 1 || n > Most {
		return nil, fmt.Errorf("%d cells: ask for 1 to %d", n, Most)
	}
	list := append([]*recon.Hypothesis(nil), hypotheses...)
	sort.SliceStable(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	res := &Result{Marginal: map[string]float64{}}
	var owner []*recon.Hypothesis
	var grids []grid
	var tasks []task
	for _, h := range list {
		g, err := newGrid(h, n, len(res.Cells))
		if err != nil {
			return nil, err
		}
		for iy := range g.ny {
			for ix := range g.nx {
				c := Cell{HypothesisID: h.ID, X: g.x0 + (float64(ix)+0.5)*g.dx, Y: g.y0 + (float64(iy)+0.5)*g.dy, WidthM: g.dx, DepthM: g.dy}
				if c.Emulated = !g.simulated(ix, iy); !c.Emulated {
					tasks = append(tasks, task{len(res.Cells)})
				}
				res.Cells, owner = append(res.Cells, c), append(owner, h)
			}
		}
		grids = append(grids, g)
	}
	if err := simulate(ctx, res.Cells, owner, tasks, observations, workers, done); err != nil {
		return nil, err
	}
	var square, left float64
	for _, g := range grids {
		s, k, err := g.emulate(res.Cells)
		if err != nil {
			return nil, err
		}
		square, left = square+s, left+k
	}
	if left > 0 {
		res.EmulatorSD = math.Sqrt(square / left)
	}
	res.share(grids)
	return res, nil
}

func simulate(ctx context.Context, list []Cell, owner []*recon.Hypothesis, tasks []task, observations []recon.Observation, workers int, done func(n, of int)) error {
	next := make(chan task)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	failedAt, n := len(list), 0
	for range max(1, min(workers, len(tasks))) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for t := range next {
				c := &list[t.cell]
				h := Moved(owner[t.cell], c.X, c.Y, math.Hypot(c.WidthM, c.DepthM)/2)
				l, err := likelihood(ctx, h, observations)
				mu.Lock()
				if err != nil && t.cell < failedAt {
					failed, failedAt = fmt.Errorf("cell at %.2f, %.2f m: %w", c.X, c.Y, err), t.cell
				}
				c.LogLike = l
				n++
				done(n, len(tasks))
				mu.Unlock()
			}
		}()
	}
	for _, t := range tasks {
		if ctx.Err() != nil {
			break
		}
		next <- t
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return failed
}

// likelihood simulates a hypothesis and sums what the observations say.
func likelihood(ctx context.Context, h *recon.Hypothesis, observations []recon.Observation) (float64, error) {
	r, err := fire.Simulate(ctx, h)
	if err != nil {
		return 0, err
	}
	if r.Exposures, err = exposure.Predict(ctx, h, observations); err != nil {
		return 0, err
	}
	return origin.LogLikelihood(h, r, observations), nil
}

// share turns logarithms into shares.
func (res *Result) share(grids []grid) {
	top := 0.0 // the background's
	for _, c := range res.Cells {
		top = max(top, c.LogLike)
	}
	all := math.Exp(-top) // of the undetermined
	sums := make([]float64, len(grids))
	for k, g := range grids {
		for i := g.first; i < g.first+g.nx*g.ny; i++ {
			sums[k] += math.Exp(res.Cells[i].LogLike - top)
		}
		n := float64(g.nx * g.ny)
		all += sums[k] / n
		res.Marginal[res.Cells[g.first].HypothesisID] = math.Log(sums[k]/n) + top
	}
	for k, g := range grids {
		n := float64(g.nx * g.ny)
		for i := g.first; i < g.first+g.nx*g.ny; i++ {
			e := math.Exp(res.Cells[i].LogLike - top)
			if sums[k] > 0 {
				res.Cells[i].Share = e / sums[k]
			}
			res.Cells[i].Posterior = e / n / all
		}
	}
	res.Undetermined = math.Exp(-top) / all
}
