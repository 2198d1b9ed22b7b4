package cells

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"firescene/recon"
)

// grid is the cells of one hypothesis; first is the index of its first cell.
type grid struct {
	nx, ny, first  int
	x0, y0, dx, dy float64
	stride         int // every stride-th cell of either direction is simulated
}

func newGrid(h *recon.Hypothesis, n, first int) (grid, error) {
	for i := range h.Rooms {
		r := &h.Rooms[i]
		if r.Name != h.Origin.Room {
			continue
		}
		w, d := r.Max[0]-r.Min[0], r.Max[1]-r.Min[1]
		g := grid{first: first, x0: r.Min[0], y0: r.Min[1]}
		g.nx = max(1, int(math.Round(math.Sqrt(float64(n)*w/d))))
		g.ny = max(1, int(math.Round(float64(n)/float64(g.nx))))
		g.dx, g.dy = w/float64(g.nx), d/float64(g.ny)
		for g.stride = 1; ; g.stride++ {
			if g.lines(g.nx)*g.lines(g.ny) <= SimulatedMost {
				return g, nil
			}
		}
	}
	return grid{}, fmt.Errorf("hypothesis %s: the room of origin %q is not stated", h.ID, h.Origin.Room)
}

// lines is how many of n lines are simulated: every stride-th and the last.
func (g *grid) lines(n int) int {
	k := (n-1)/g.stride + 1
	if (n-1)%g.stride != 0 {
		k++
	}
	return k
}

func (g *grid) simulated(ix, iy int) bool {
	on := func(i, n int) bool { return i%g.stride == 0 || i == n-1 }
	return on(ix, g.nx) && on(iy, g.ny)
}

// emulate fills the cells between the simulated ones by a Gaussian process with a
// squared exponential kernel of two strides, and returns the sum of squares of
// the errors of leaving each simulated cell out, and their number.
func (g *grid) emulate(list []Cell) (square, n float64, err error) {
	if g.stride == 1 {
		return 0, 0, nil
	}
	var known []int
	var mean float64
	for i := g.first; i < g.first+g.nx*g.ny; i++ {
		if !list[i].Emulated {
			known = append(known, i)
			mean += list[i].LogLike
		}
	}
	mean /= float64(len(known))
	lx, ly := 2*float64(g.stride)*g.dx, 2*float64(g.stride)*g.dy
	kernel := func(a, b *Cell) float64 {
		x, y := (a.X-b.X)/lx, (a.Y-b.Y)/ly
		return math.Exp(-(x*x + y*y) / 2)
	}
	const nugget = 1e-3 // the likelihood is not smooth to the last digit at walls
	k := mat.NewSymDense(len(known), nil)
	y := mat.NewVecDense(len(known), nil)
	for i, a := range known {
		y.SetVec(i, list[a].LogLike-mean)
		for j := i; j < len(known); j++ {
			v := kernel(&list[a], &list[known[j]])
			if i == j {
				v += nugget
			}
			k.SetSym(i, j, v)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(k) {
		return 0, 0, fmt.Errorf("the emulator of %d cells can not be solved", len(known))
	}
	weights := mat.NewVecDense(len(known), nil)
	if err := chol.SolveVecTo(weights, y); err != nil {
		return 0, 0, fmt.Errorf("the emulator of %d cells: %w", len(known), err)
	}
	inverse := mat.NewSymDense(len(known), nil)
	if err := chol.InverseTo(inverse); err != nil {
		return 0, 0, fmt.Errorf("the emulator of %d cells: %w", len(known), err)
	}
	for i := range known {
		e := weights.AtVec(i) / inverse.At(i, i)
		square, n = square+e*e, n+1
	}
	for i := g.first; i < g.first+g.nx*g.ny; i++ {
		if !list[i].Emulated {
			continue
		}
		v := mean
		for j, b := range known {
			v += kernel(&list[i], &list[b]) * weights.AtVec(j)
		}
		list[i].LogLike = v
	}
	return square, n, nil
}
