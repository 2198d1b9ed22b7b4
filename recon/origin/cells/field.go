package cells

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"firescene/recon"
	"firescene/recon/exposure"
	"firescene/recon/field"
	"firescene/recon/fire"
	"firescene/recon/origin"
)

// FieldMost bounds how often the field model is run for one hypothesis.
const FieldMost = 64

// correct runs the field model at a lattice of cells of each hypothesis and adds to
// all cells by how much it changes the logarithm of the likelihood there, with a
// Gaussian process between: few runs of the dear model, many of the cheap one.
func (res *Result) correct(ctx context.Context, grids []grid, owner []*recon.Hypothesis, observations []recon.Observation, o Options, done func(n, of int)) error {
	var square, left float64
	var at [][]int
	total := 0
	for _, g := range grids {
		at = append(at, g.lattice(o.FieldN))
		total += len(at[len(at)-1])
	}
	n := 0
	for k, g := range grids {
		shift := make([]float64, len(at[k]))
		for i, c := range at[k] {
			cell := &res.Cells[c]
			h := Moved(owner[c], cell.X, cell.Y, math.Hypot(cell.WidthM, cell.DepthM)/2)
			l, err := fieldLikelihood(ctx, h, observations, o)
			if err != nil {
				return fmt.Errorf("field model, cell at %.2f, %.2f m: %w", cell.X, cell.Y, err)
			}
			shift[i] = l - cell.LogLike
			n++
			done(n, total)
		}
		s, m, err := g.spread(res.Cells, at[k], shift)
		if err != nil {
			return err
		}
		square, left = square+s, left+m
	}
	if left > 0 {
		res.FieldSD = math.Sqrt(square / left)
	}
	return nil
}

// fieldLikelihood is likelihood by the field model; what it does not predict (failing
// cables) the zone model gives.
func fieldLikelihood(ctx context.Context, h *recon.Hypothesis, observations []recon.Observation, o Options) (float64, error) {
	run := field.Options{Workers: o.Workers}
	r, _, err := fire.SimulateField(ctx, h, fire.FieldOptions{CellM: o.CellM, Run: run})
	if err != nil {
		return 0, err
	}
	zones, err := exposure.Predict(ctx, h, observations)
	if err != nil {
		return 0, err
	}
	if len(zones) > 0 {
		fields, err := exposure.PredictFrom(ctx, observations, func(ctx context.Context, points []exposure.Point) ([]exposure.History, error) {
			return exposure.FieldHistories(ctx, h, points, o.CellM, run)
		})
		if err != nil {
			return 0, err
		}
		for i := range fields {
			if fields[i].Uncovered != "" {
				fields[i] = zones[i]
			}
		}
		r.Exposures = fields
	}
	return origin.LogLikelihood(h, r, observations), nil
}

// lattice is about n cells spread evenly over the grid, in rising order.
func (g *grid) lattice(n int) []int {
	w, d := float64(g.nx)*g.dx, float64(g.ny)*g.dy
	kx := min(g.nx, max(1, int(math.Round(math.Sqrt(float64(n)*w/d)))))
	ky := min(g.ny, max(1, int(math.Round(float64(n)/float64(kx)))))
	var out []int
	for j := range ky {
		for i := range kx {
			ix, iy := int((float64(i)+0.5)*float64(g.nx)/float64(kx)), int((float64(j)+0.5)*float64(g.ny)/float64(ky))
			out = append(out, g.first+iy*g.nx+ix)
		}
	}
	return out
}

// spread carries shifts at some cells to all of the grid. The process has the mean of
// the shifts, their own variance, and a length of a third of the room; where only one
// cell was run its shift holds for all.
func (g *grid) spread(list []Cell, at []int, shift []float64) (square, n float64, err error) {
	var mean, variance float64
	for _, v := range shift {
		mean += v / float64(len(shift))
	}
	for _, v := range shift {
		variance += (v - mean) * (v - mean) / float64(len(shift))
	}
	lx, ly := float64(g.nx)*g.dx/3, float64(g.ny)*g.dy/3
	kernel := func(a, b *Cell) float64 {
		x, y := (a.X-b.X)/lx, (a.Y-b.Y)/ly
		return math.Exp(-(x*x + y*y) / 2)
	}
	const nugget = 0.05 // eddies that a longer mean would remove
	k := mat.NewSymDense(len(at), nil)
	y := mat.NewVecDense(len(at), nil)
	for i, a := range at {
		y.SetVec(i, shift[i]-mean)
		for j := i; j < len(at); j++ {
			v := kernel(&list[a], &list[at[j]])
			if i == j {
				v += nugget
			}
			k.SetSym(i, j, v)
		}
	}
	var chol mat.Cholesky
	weights := mat.NewVecDense(len(at), nil)
	inverse := mat.NewSymDense(len(at), nil)
	if !chol.Factorize(k) {
		return 0, 0, fmt.Errorf("the field model's %d cells can not be told apart", len(at))
	}
	if err := chol.SolveVecTo(weights, y); err != nil {
		return 0, 0, err
	}
	if err := chol.InverseTo(inverse); err != nil {
		return 0, 0, err
	}
	if len(at) > 1 && variance > 0 {
		for i := range at {
			e := weights.AtVec(i) / inverse.At(i, i)
			square, n = square+e*e, n+1
		}
	}
	for i := g.first; i < g.first+g.nx*g.ny; i++ {
		v := mean
		for j, b := range at {
			v += kernel(&list[i], &list[b]) * weights.AtVec(j)
		}
		list[i].FieldShift = v
		list[i].LogLike += v
	}
	for _, b := range at {
		list[b].ByField = true
	}
	return square, n, nil
}
