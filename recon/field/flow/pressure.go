package flow

import (
	"math"

	"firescene/recon/field/lanes"
)

// Pressure solves div grad H = -b over gas cells with nothing passing masked faces
// and H given at open borders, by conjugate gradients with one V-cycle of multigrid
// as preconditioner.
//
// Source: O. Tatebe, "The multigrid preconditioned conjugate gradient method", 6th
// Copper Mountain Conference on Multigrid Methods (1993) 621.
type Pressure struct {
	g       *Grid
	t       *Team
	levels  []*level
	p, q, r []float32
}

// level is one grid of the multigrid: conductances to the next cell along each
// axis, sums of all at the cell, and one over them (0 where there is no gas).
type level struct {
	g         Grid
	c         [3][]float32
	diag, inv []float32
	x, y, b   []float32
}

// NewPressure lays out the grids. gas and mask say where gas is and passes; open
// adds, at cells, the conductance to open borders.
func NewPressure(g *Grid, t *Team, gas []float32, mask *[3][]float32, open []float32) *Pressure {
	p := &Pressure{g: g, t: t, p: g.Field(), q: g.Field(), r: g.Field()}
	l := newLevel(*g)
	for a := range 3 {
		w := float32(1 / (g.D[a] * g.D[a]))
		for k := range g.N[2] {
			for j := range g.N[1] {
				for i := range g.N[0] {
					at := g.At(i, j, k)
					if n := at + g.Stride[a]; gas[at] > 0 && gas[n] > 0 {
						l.c[a][at] = w * mask[a][at]
					}
				}
			}
		}
	}
	l.sum(open)
	p.levels = append(p.levels, l)
	for l.g.Cells() > 48 && (l.g.N[0] > 2 || l.g.N[1] > 2 || l.g.N[2] > 2) {
		l, open = l.coarser(open)
		p.levels = append(p.levels, l)
	}
	return p
}

func newLevel(g Grid) *level {
	l := &level{g: g, diag: g.Field(), inv: g.Field(), x: g.Field(), y: g.Field(), b: g.Field()}
	for a := range 3 {
		l.c[a] = g.Field()
	}
	return l
}

// sum fills in diag and inv.
func (l *level) sum(open []float32) {
	g := &l.g
	for k := range g.N[2] {
		for j := range g.N[1] {
			for i := range g.N[0] {
				at := g.At(i, j, k)
				d := open[at]
				for a := range 3 {
					d += l.c[a][at] + l.c[a][at-g.Stride[a]]
				}
				if l.diag[at] = d; d > 0 {
					l.inv[at] = 1 / d
				}
			}
		}
	}
}

// coarser joins cells by twos along each axis; the distance between middles grows
// with the cells.
func (l *level) coarser(open []float32) (*level, []float32) {
	g := &l.g
	var n [3]int
	var d [3]float64
	for a := range 3 {
		n[a], d[a] = (g.N[a]+1)/2, 2*g.D[a]
	}
	c := newLevel(NewGrid(n, d))
	copen := c.g.Field()
	width := func(axis, i int) float32 { return float32(min(2, g.N[axis]-2*i)) }
	for k := range g.N[2] {
		for j := range g.N[1] {
			for i := range g.N[0] {
				at, fine := g.At(i, j, k), [3]int{i, j, k}
				coarse := c.g.At(i/2, j/2, k/2)
				if o := open[at]; o > 0 {
					copen[coarse] += o / 2
				}
				for a := range 3 {
					if fine[a]%2 == 1 && fine[a]+1 < g.N[a] {
						c.c[a][coarse] += l.c[a][at] * 2 / (width(a, fine[a]/2) + width(a, fine[a]/2+1))
					}
				}
			}
		}
	}
	c.sum(copen)
	return c, copen
}

// apply is A x at i, where A = -div grad.
func apply(l *level, x []float32, i, sy, sz int) lanes.Vec {
	cx, cy, cz := l.c[0], l.c[1], l.c[2]
	s := lanes.Load(cx, i).Mul(lanes.Load(x, i+1)).Add(lanes.Load(cx, i-1).Mul(lanes.Load(x, i-1)))
	s = s.Add(lanes.Load(cy, i).Mul(lanes.Load(x, i+sy)).Add(lanes.Load(cy, i-sy).Mul(lanes.Load(x, i-sy))))
	s = s.Add(lanes.Load(cz, i).Mul(lanes.Load(x, i+sz)).Add(lanes.Load(cz, i-sz).Mul(lanes.Load(x, i-sz))))
	return lanes.Load(l.diag, i).Mul(lanes.Load(x, i)).Sub(s)
}

// relax writes y = x + w (b - A x)/diag.
func (l *level) relax(t *Team, y, x, b []float32, w float32) {
	vw, sy, sz := lanes.Splat(w), l.g.Stride[1], l.g.Stride[2]
	l.g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			r := lanes.Load(b, i).Sub(apply(l, x, i, sy, sz))
			lanes.Put(y, i, lanes.Load(x, i).Add(r.Mul(lanes.Load(l.inv, i)).Mul(vw)))
		}
		lanes.Done()
	})
}

// start writes y = w b/diag.
func (l *level) start(t *Team, y, b []float32, w float32) {
	vw := lanes.Splat(w)
	l.g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			lanes.Put(y, i, lanes.Load(b, i).Mul(lanes.Load(l.inv, i)).Mul(vw))
		}
		lanes.Done()
	})
}

// rest writes y = b - A x where there is gas.
func (l *level) rest(t *Team, y, x, b []float32) {
	sy, sz := l.g.Stride[1], l.g.Stride[2]
	l.g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			m := lanes.Load(l.inv, i).Mul(lanes.Load(l.diag, i)) // 1 in gas, up to rounding
			lanes.Put(y, i, lanes.Load(b, i).Sub(apply(l, x, i, sy, sz)).Mul(m))
		}
		lanes.Done()
	})
}

// The weights of two steps of Chebyshev's iteration on the upper three quarters of
// the spectrum of A/diag, which ends at 2.
const (
	firstWeight  = 0.5617
	secondWeight = 1.3894
)

// cycle sets l.x to about the solution of A x = b, the same symmetric operator on b
// each time.
func (p *Pressure) cycle(n int, b []float32) []float32 {
	l := p.levels[n]
	l.start(p.t, l.y, b, firstWeight)
	l.relax(p.t, l.x, l.y, b, secondWeight)
	if n == len(p.levels)-1 {
		for range 6 {
			l.relax(p.t, l.y, l.x, b, firstWeight)
			l.relax(p.t, l.x, l.y, b, secondWeight)
		}
		return l.x
	}
	l.rest(p.t, l.y, l.x, b)
	c := p.levels[n+1]
	l.gather(p.t, c, l.y)
	l.spread(p.t, p.cycle(n+1, c.b), c)
	l.relax(p.t, l.y, l.x, b, firstWeight)
	l.relax(p.t, l.x, l.y, b, secondWeight)
	return l.x
}

// gather sums a fine field up on the coarser grid.
func (l *level) gather(t *Team, c *level, fine []float32) {
	g, cg := &l.g, &c.g
	sy, sz := g.Stride[1], g.Stride[2]
	t.Each(cg.N[2], 8*cg.Stride[2], func(k int) {
		for j := range cg.N[1] {
			at, from := cg.At(0, j, k), g.At(0, 2*j, 2*k)
			r0, r2 := fine[from:], fine[from+sz:]
			r1, r3 := fine[from+sy:], fine[from+sy+sz:]
			if 2*j+1 == g.N[1] { // the layer around and beyond it holds nothing
				r1, r3 = nothing(r0), nothing(r0)
			}
			if 2*k+1 == g.N[2] {
				r2, r3 = nothing(r0), nothing(r0)
			}
			n := g.N[0] / 2
			out := c.b[at : at+cg.N[0]]
			for i := range n {
				out[i] = ((r0[2*i] + r0[2*i+1]) + (r1[2*i] + r1[2*i+1])) + ((r2[2*i] + r2[2*i+1]) + (r3[2*i] + r3[2*i+1]))
			}
			if 2*n < g.N[0] {
				out[n] = (r0[2*n] + r1[2*n]) + (r2[2*n] + r3[2*n])
			}
		}
	})
}

var zeros [8192]float32

func nothing(like []float32) []float32 {
	if len(like) <= len(zeros) {
		return zeros[:len(like)]
	}
	return zeros[:]
}

// spread adds a coarse field to l.x.
func (l *level) spread(t *Team, coarse []float32, c *level) {
	g, cg := &l.g, &c.g
	t.Each(g.N[2], g.Stride[2], func(k int) {
		for j := range g.N[1] {
			at, from := g.At(0, j, k), cg.At(0, j/2, k/2)
			out, in := l.x[at:at+g.N[0]], coarse[from:from+cg.N[0]]
			for i := range g.N[0] / 2 {
				out[2*i] += in[i]
				out[2*i+1] += in[i]
			}
			if n := g.N[0]; n%2 == 1 {
				out[n-1] += in[n/2]
			}
		}
	})
}

// dot sums up a times b over all cells, plane by plane, in double precision.
func (g *Grid) dot(t *Team, a, b []float32) float64 {
	part := make([]float64, g.N[2])
	t.Each(g.N[2], g.Stride[2], func(k int) {
		lo, hi := g.plane(k)
		sum := lanes.Splat(0)
		for i := lo; i < hi; i += lanes.Width {
			sum = sum.Add(lanes.Load(a, i).Mul(lanes.Load(b, i)))
		}
		part[k] = total(sum)
		lanes.Done()
	})
	var s float64
	for _, v := range part {
		s += v
	}
	return s
}

func total(v lanes.Vec) float64 {
	var w [lanes.Width]float32
	lanes.Put(w[:], 0, v)
	var s float64
	for _, x := range w {
		s += float64(x)
	}
	return s
}

// Solve improves x until the root of the mean square of b - A x is at most tol, and
// returns that and the number of iterations.
func (p *Pressure) Solve(x, b []float32, tol float64, most int) (rest float64, n int) {
	g, t, l := p.g, p.t, p.levels[0]
	l.rest(t, p.r, x, b)
	cells := float64(g.Cells())
	rest = math.Sqrt(g.dot(t, p.r, p.r) / cells)
	var before float64
	for n = 0; n < most && rest > tol; n++ {
		z := p.cycle(0, p.r)
		rz := g.dot(t, p.r, z)
		if !(rz > 0) {
			return rest, n
		}
		beta := 0.
		if n > 0 {
			beta = rz / before
		}
		before = rz
		curve := l.direct(t, p.p, p.q, z, float32(beta))
		if !(curve > 0) {
			return rest, n
		}
		alpha := lanes.Splat(float32(rz / curve))
		part := make([]float64, g.N[2])
		t.Each(g.N[2], g.Stride[2], func(k int) {
			lo, hi := g.plane(k)
			sum := lanes.Splat(0)
			for i := lo; i < hi; i += lanes.Width {
				lanes.Put(x, i, lanes.Load(x, i).Add(alpha.Mul(lanes.Load(p.p, i))))
				r := lanes.Load(p.r, i).Sub(alpha.Mul(lanes.Load(p.q, i)))
				lanes.Put(p.r, i, r)
				sum = sum.Add(r.Mul(r))
			}
			part[k] = total(sum)
			lanes.Done()
		})
		var s float64
		for _, v := range part {
			s += v
		}
		rest = math.Sqrt(s / cells)
	}
	return rest, n
}

// direct writes p = z + beta p and q = A p, and returns p times q.
func (l *level) direct(t *Team, p, q, z []float32, beta float32) float64 {
	g, vb := &l.g, lanes.Splat(beta)
	sy, sz := g.Stride[1], g.Stride[2]
	g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			lanes.Put(p, i, lanes.Load(z, i).Add(vb.Mul(lanes.Load(p, i))))
		}
		lanes.Done()
	})
	part := make([]float64, g.N[2])
	t.Each(g.N[2], g.Stride[2], func(k int) {
		lo, hi := g.plane(k)
		sum := lanes.Splat(0)
		for i := lo; i < hi; i += lanes.Width {
			v := apply(l, p, i, sy, sz)
			lanes.Put(q, i, v)
			sum = sum.Add(lanes.Load(p, i).Mul(v))
		}
		part[k] = total(sum)
		lanes.Done()
	})
	var s float64
	for _, v := range part {
		s += v
	}
	return s
}

// Sum is a times b summed up over the cells, plane by plane, in double precision.
func (g *Grid) Sum(t *Team, a, b []float32) float64 { return g.dot(t, a, b) }
