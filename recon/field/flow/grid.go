// Package flow holds the sweeps of a low-Mach flow solver over a staggered grid:
// transport of scalars, momentum, turbulence and pressure.
//
// A field is a flat slice with one layer of cells around the grid. Sweeps run over
// whole planes of it, those of the layer included, as if it were one long row;
// masks keep what is no gas as it is. Velocities lie on the faces: the first
// component at a cell's index is that at its far side in x.
package flow

import (
	"runtime"
	"sync"

	"firescene/recon/field/lanes"
)

// Grid is a box of cells of one size.
type Grid struct {
	N      [3]int
	D      [3]float64 // size of a cell in m
	Stride [3]int
	Len    int // of a field
	first  int // index of cell 0, 0, 0
}

// NewGrid lays out n cells of size d.
func NewGrid(n [3]int, d [3]float64) Grid {
	g := Grid{N: n, D: d}
	sx := max(n[0]+2, 12) // a sweep overruns a plane by up to seven, into the layer around
	sy := sx * (n[1] + 2)
	g.Stride = [3]int{1, sx, sy}
	pad := sy + 2*sx + 2*lanes.Width
	g.first = pad + 1 + sx + sy
	g.Len = pad + sy*(n[2]+2) + pad
	return g
}

// At is the index of a cell; -1 and n are the layer around.
func (g *Grid) At(i, j, k int) int { return g.first + i + j*g.Stride[1] + k*g.Stride[2] }

// Cell is the place of an index.
func (g *Grid) Cell(at int) (i, j, k int) {
	at -= g.first - 1 - g.Stride[1] - g.Stride[2]
	k = at / g.Stride[2]
	at -= k * g.Stride[2]
	j = at / g.Stride[1]
	return at - j*g.Stride[1] - 1, j - 1, k - 1
}

// Cells is how many there are.
func (g *Grid) Cells() int { return g.N[0] * g.N[1] * g.N[2] }

// Field is a new field.
func (g *Grid) Field() []float32 { return make([]float32, g.Len) }

// plane is the run of indices of the cells of plane k.
func (g *Grid) plane(k int) (lo, hi int) {
	return g.At(0, 0, k), g.At(g.N[0]-1, g.N[1]-1, k) + 1
}

// facePlane is the same for the faces, those at the near border included.
func (g *Grid) facePlane(k int) (lo, hi int) {
	return g.At(-1, -1, k), g.At(g.N[0]-1, g.N[1]-1, k) + 1
}

// Team shares sweeps among workers. What is computed never depends on how many
// there are.
type Team struct{ workers int }

// NewTeam makes one; 0 workers: one for each processor.
func NewTeam(workers int) *Team {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &Team{workers: workers}
}

// leastShare is the number of cells of a sweep below which a second worker costs
// more than it saves.
const leastShare = 8000

// Each calls f for 0 to n-1, each of size cells, in runs shared among the workers.
func (t *Team) Each(n, size int, f func(i int)) {
	w := min(t.workers, n, max(1, n*size/leastShare))
	if w < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var wg sync.WaitGroup
	for k := 1; k < w; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := k * n / w; i < (k+1)*n/w; i++ {
				f(i)
			}
		}()
	}
	for i := range n / w {
		f(i)
	}
	wg.Wait()
}

// cells sweeps the planes of cells, faces those of faces.
func (g *Grid) cells(t *Team, f func(lo, hi int)) {
	t.Each(g.N[2], g.Stride[2], func(k int) { f(g.plane(k)) })
}

func (g *Grid) faces(t *Team, f func(lo, hi int)) {
	t.Each(g.N[2]+1, g.Stride[2], func(k int) { f(g.facePlane(k - 1)) })
}

// Rows sweeps the cells with a kernel of the caller's.
func (g *Grid) Rows(t *Team, f func(lo, hi int)) { g.cells(t, f) }
