package surface

import (
	"context"
	"math"
)

// corners of a cell: the eight nodes and the trilinear weights at a place.
func (l *level) corners(p [3]float64) (node [8]int32, w [8]float64, ok bool) {
	x, y, z := l.cellOf(p)
	c := l.cell(x, y, z)
	if c < 0 {
		return node, w, false
	}
	n := float64(l.n)
	fx, fy, fz := p[0]*n-float64(x), p[1]*n-float64(y), p[2]*n-float64(z)
	wx, wy, wz := [2]float64{1 - fx, fx}, [2]float64{1 - fy, fy}, [2]float64{1 - fz, fz}
	for k := range 8 {
		node[k] = l.cellNode[c][k>>1] + int32(k&1)
		w[k] = wx[k&1] * wy[k>>1&1] * wz[k>>2]
	}
	return node, w, true
}

// at is the function at a place of the box.
func (f *Field) at(p [3]float64) float64 {
	for k := len(f.levels) - 1; k >= 0; k-- {
		if node, w, ok := f.levels[k].corners(p); ok {
			s := 0.0
			for i := range 8 {
				s += w[i] * f.levels[k].u[node[i]]
			}
			return s
		}
	}
	return 0
}

// normals spreads the samples' normals over the nodes of their depth, and what finer
// depths ask of coarser ones: the right-hand sides.
func (f *Field) normals() {
	last := f.levels[len(f.levels)-1]
	for i := range f.kept {
		s := &f.kept[i]
		s.depth = min(s.depth, last.depth)
		l := f.levels[s.depth-coarsest]
		node, w, ok := l.corners(s.p)
		if !ok {
			continue
		}
		vol := math.Ldexp(s.area, 3*l.depth) // over the volume of a cell
		for k := range 8 {
			for c := range 3 {
				l.v[c][node[k]] += vol * w[k] * s.n[c]
			}
		}
	}
	// From fine to coarse: what the finer normals give to coarser nodes.
	for k := len(f.levels) - 1; k > 0; k-- {
		l := f.levels[k]
		own := make([]float64, len(l.u))
		l.divergence(own)
		for i := range own {
			own[i] += l.rhs[i]
		}
		f.restrict(k, own)
	}
	// From coarse to fine: the coarser normals as the finer nodes see them.
	for k := 1; k < len(f.levels); k++ {
		l, up := f.levels[k], f.levels[k-1]
		for i := range l.u {
			up.parents(l, int32(i), func(j int32, w float64) {
				for c := range 3 {
					l.v[c][i] += w * up.v[c][j]
				}
			})
		}
	}
	for _, l := range f.levels {
		l.divergence(l.rhs)
	}
}

// parents calls f with the coarser nodes that a node's value is the mean of. All are
// there: a cell's parent always is.
func (l *level) parents(fine *level, node int32, f func(j int32, w float64)) {
	x, y, z := fine.place(node)
	nx, ny, nz := 1+x&1, 1+y&1, 1+z&1
	w := 1 / float64(nx*ny*nz)
	for dz := range nz {
		for dy := range ny {
			for dx := range nx {
				if j := l.node(x>>1+dx, y>>1+dy, z>>1+dz); j >= 0 {
					f(j, w)
				}
			}
		}
	}
}

func (f *Field) restrict(k int, from []float64) {
	l, up := f.levels[k], f.levels[k-1]
	for i, b := range from {
		if b != 0 {
			up.parents(l, int32(i), func(j int32, w float64) { up.rhs[j] += w * b })
		}
	}
}

// mass and slope are the integrals over two neighbouring hats of one dimension, of
// their product and of one times the other's derivative, for cells of length 1.
var (
	mass  = [3]float64{1. / 6, 4. / 6, 1. / 6}
	slope = [3]float64{0.5, 0, -0.5} // of the hat at -1, 0, +1 with this one's derivative
	stiff = [3]float64{-1, 2, -1}
)

// divergence adds the integral of the normal field with each node's gradient.
func (l *level) divergence(to []float64) {
	h2 := math.Ldexp(1, -2*l.depth)
	m := l.n + 1
	for i := range l.v[0] {
		if l.v[0][i] == 0 && l.v[1][i] == 0 && l.v[2][i] == 0 {
			continue
		}
		x, y, z := l.place(int32(i))
		for dz := -1; dz <= 1; dz++ {
			for dy := -1; dy <= 1; dy++ {
				if z+dz < 0 || y+dy < 0 || z+dz >= m || y+dy >= m {
					continue
				}
				for dx := -1; dx <= 1; dx++ {
					j := l.node(x+dx, y+dy, z+dz)
					if j < 0 {
						continue
					}
					// The node j's hat lies at +d of i: i's at -d of j's.
					a, b, c := 1-dx, 1-dy, 1-dz
					to[j] += h2 * (l.v[0][i]*slope[a]*mass[b]*mass[c] + l.v[1][i]*mass[a]*slope[b]*mass[c] + l.v[2][i]*mass[a]*mass[b]*slope[c])
				}
			}
		}
	}
}

// pin holds the function to zero at the mean place of the samples of a cell.
type pin struct {
	node [8]int32
	w    [8]float64
	k    float64
}

// pins joins the samples of each cell of a level.
func (f *Field) pins(l *level, weight float64) []pin {
	type sum struct {
		p    [3]float64
		area float64
	}
	sums := make([]sum, len(l.cellX))
	for i := range f.kept {
		s := &f.kept[i]
		c := l.cell(l.cellOf(s.p))
		if c < 0 {
			continue
		}
		sums[c].area += s.area
		for k := range 3 {
			sums[c].p[k] += s.area * s.p[k]
		}
	}
	var out []pin
	for _, s := range sums {
		if s.area == 0 {
			continue
		}
		for k := range 3 {
			s.p[k] /= s.area
		}
		if node, w, ok := l.corners(s.p); ok {
			out = append(out, pin{node, w, weight * s.area})
		}
	}
	return out
}

// solve corrects the function of the depth before on one depth, by conjugate
// gradients with the diagonal as preconditioner.
func (f *Field) solve(ctx context.Context, k int, opts Options) error {
	l := f.levels[k]
	if k > 0 {
		up := f.levels[k-1]
		each(opts.Workers, len(l.u), func(_, from, to int) {
			for i := from; i < to; i++ {
				s := 0.0
				up.parents(l, int32(i), func(j int32, w float64) { s += w * up.u[j] })
				l.u[i] = s
			}
		})
	}
	sys := newSystem(f, l, opts, k == 0)
	return sys.run(ctx, iterations(k))
}

// iterations of conjugate gradients: the coarsest depth holds all the slow parts,
// the finer ones correct what they alone can show.
func iterations(k int) int {
	if k == 0 {
		return 200
	}
	return 16
}

// system is the equations of one depth: stiffness and pins.
type system struct {
	l       *level
	pins    []pin
	h       float64
	workers int
	whole   bool // all nodes are unknowns, with a natural rim
	isFree  []bool
	stencil [9][2]float64 // of a row (dy, dz): the middle, the two beside
	diag    []float64
}

func newSystem(f *Field, l *level, opts Options, whole bool) *system {
	s := &system{l: l, h: math.Ldexp(1, -l.depth), workers: opts.Workers, whole: whole}
	s.pins = f.pins(l, opts.PointWeight*math.Ldexp(1, l.depth))
	for c := range 9 {
		b, d := c%3, c/3
		for k := range 2 {
			a := 1 + k
			s.stencil[c][k] = s.h * (stiff[a]*mass[b]*mass[d] + mass[a]*stiff[b]*mass[d] + mass[a]*mass[b]*stiff[d])
		}
	}
	s.isFree = make([]bool, len(l.u))
	for _, i := range l.free {
		s.isFree[i] = true
	}
	if whole {
		for i := range s.isFree {
			s.isFree[i] = true
		}
	}
	s.diag = make([]float64, len(l.u))
	if whole {
		for _, c := range l.cellNode {
			for k := range 8 {
				s.diag[c[k>>1]+int32(k&1)] += s.h * element(0)
			}
		}
	} else {
		for _, i := range l.free {
			s.diag[i] = s.stencil[4][0]
		}
	}
	for _, p := range s.pins {
		for k := range 8 {
			s.diag[p.node[k]] += p.k * p.w[k] * p.w[k]
		}
	}
	return s
}

// element is the stiffness between two corners of one cell of length 1 that differ
// in the axes of bits.
func element(bits int) float64 {
	m, s := [2]float64{1. / 3, 1. / 6}, [2]float64{1, -1}
	a, b, c := bits&1, bits>>1&1, bits>>2
	return s[a]*m[b]*m[c] + m[a]*s[b]*m[c] + m[a]*m[b]*s[c]
}

// apply computes the equations' left side for u; zero at nodes that are not free.
func (s *system) apply(u, to []float64) {
	l := s.l
	if s.whole {
		clear(to)
		var e [8]float64
		for k := range 8 {
			e[k] = s.h * element(k)
		}
		for _, c := range l.cellNode {
			for a := range 8 {
				sum := 0.0
				for b := range 8 {
					sum += e[a^b] * u[c[b>>1]+int32(b&1)]
				}
				to[c[a>>1]+int32(a&1)] += sum
			}
		}
	} else {
		each(s.workers, len(l.free), func(_, from, to_ int) {
			for i := from; i < to_; i++ {
				r := &l.rows[i]
				sum := 0.0
				for c := range 9 {
					j := r[c]
					sum += s.stencil[c][0]*u[j] + s.stencil[c][1]*(u[j-1]+u[j+1])
				}
				to[l.free[i]] = sum
			}
		})
	}
	for i := range s.pins {
		p := &s.pins[i]
		v := 0.0
		for k := range 8 {
			v += p.w[k] * u[p.node[k]]
		}
		v *= p.k
		for k := range 8 {
			to[p.node[k]] += v * p.w[k]
		}
	}
	if !s.whole {
		for i, free := range s.isFree {
			if !free {
				to[i] = 0
			}
		}
	}
}

// run improves the level's function. Sums run over fixed pieces, in order.
func (s *system) run(ctx context.Context, steps int) error {
	n := len(s.l.u)
	r, z, p, q := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	s.apply(s.l.u, q)
	for i := range r {
		if s.isFree[i] {
			r[i] = s.l.rhs[i] - q[i]
			z[i] = r[i] / s.diag[i]
		}
	}
	copy(p, z)
	rz := s.dot(r, z)
	first := rz
	for range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !(rz > 1e-14*first) || rz == 0 {
			break
		}
		s.apply(p, q)
		a := rz / s.dot(p, q)
		each(s.workers, n, func(_, from, to int) {
			for i := from; i < to; i++ {
				s.l.u[i] += a * p[i]
				r[i] -= a * q[i]
				if s.isFree[i] {
					z[i] = r[i] / s.diag[i]
				}
			}
		})
		next := s.dot(r, z)
		b := next / rz
		rz = next
		each(s.workers, n, func(_, from, to int) {
			for i := from; i < to; i++ {
				p[i] = z[i] + b*p[i]
			}
		})
	}
	return nil
}

func (s *system) dot(a, b []float64) float64 {
	parts := make([]float64, len(a)>>14+1)
	each(s.workers, len(a), func(run, from, to int) {
		sum := 0.0
		for i := from; i < to; i++ {
			sum += a[i] * b[i]
		}
		parts[run] = sum
	})
	sum := 0.0
	for _, v := range parts {
		sum += v
	}
	return sum
}
