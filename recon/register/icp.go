package register

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"firescene/recon/neighbours"
)

// blocks is the number of parts into which the points are dealt by their place, to
// see by leaving out each in turn how much the result depends on where the surfaces
// agree (jackknife; M. Quenouille 1956, J. Tukey 1958).
const blocks = 24

// normal6 is the normal equations of a small motion (rotation, translation) about
// a centre.
type normal6 struct {
	h   [21]float64 // upper triangle, row by row
	g   [6]float64
	sum float64 // weighted squares
	n   float64 // weights
}

func (m *normal6) add(o *normal6) {
	for i := range m.h {
		m.h[i] += o.h[i]
	}
	for i := range m.g {
		m.g[i] += o.g[i]
	}
	m.sum += o.sum
	m.n += o.n
}

func (m *normal6) row(j *[6]float64, e, w float64) {
	k := 0
	for r := range 6 {
		wr := w * j[r]
		m.g[r] -= wr * e
		for c := r; c < 6; c++ {
			m.h[k] += wr * j[c]
			k++
		}
	}
	m.sum += w * e * e
	m.n += w
}

func (m *normal6) sym() *mat.SymDense {
	s := mat.NewSymDense(6, nil)
	k := 0
	for r := range 6 {
		for c := r; c < 6; c++ {
			s.SetSym(r, c, m.h[k])
			k++
		}
	}
	return s
}

// solve gives the motion; false when the surfaces leave it open.
func (m *normal6) solve() (x [6]float64, ok bool) {
	s := m.sym()
	for i := range 6 {
		s.SetSym(i, i, s.At(i, i)*(1+1e-9)+1e-12*m.n)
	}
	var c mat.Cholesky
	if !c.Factorize(s) {
		return x, false
	}
	var v mat.VecDense
	if err := c.SolveVecTo(&v, mat.NewVecDense(6, m.g[:])); err != nil && math.IsInf(c.Cond(), 0) {
		return x, false
	}
	for i := range x {
		x[i] = v.AtVec(i)
		if math.IsNaN(x[i]) || math.IsInf(x[i], 0) {
			return x, false
		}
	}
	return x, true
}

// fit is a refined place and how well it is known.
type fit struct {
	t      rigid
	rms    float64 // robust standard deviation of the distances between surfaces
	used   float64 // sum of weights
	centre [3]float64
	info   normal6 // normal equations at t, about centre, unweighted by rms
	cov    *mat.SymDense
	ok     bool
}

// refineAt moves b so that its surfaces lie on those of a: point to plane (Y. Chen,
// G. Medioni, Object modelling by registration of multiple range images, 1991), from
// each scan to the other, with Tukey's biweight whose width follows the median of
// the distances. reach is the farthest that a point's partner may be.
func refineAt(a, b *prepared, t rigid, lvl int, reach float64, rounds, count, workers int) fit {
	f := fit{t: t}
	// The width begins wide, so that a start that is off by the reach is drawn in.
	width := reach
	for round := range rounds {
		sums, dists := pairUp(a, b, &f, lvl, reach, width, count, workers)
		var all normal6
		for i := range sums {
			all.add(&sums[i])
		}
		if len(dists) < 50 {
			return fit{t: f.t}
		}
		f.rms = 1.4826 * median(dists)
		f.used, f.info = all.n, all
		x, ok := all.solve()
		if !ok {
			return fit{t: f.t}
		}
		f.move(x)
		width = max(4.7*f.rms, 1e-3*a.length)
		moved := norm([3]float64{x[3], x[4], x[5]}) + 20*a.length*norm([3]float64{x[0], x[1], x[2]})
		if round > 1 && moved < 2e-5*a.length || round == rounds-1 {
			f.ok = true
			f.cov = jackknife(sums, &all)
			return f
		}
	}
	return f
}

// move applies a small motion about the centre.
func (f *fit) move(x [6]float64) {
	w, v := [3]float64{x[0], x[1], x[2]}, [3]float64{x[3], x[4], x[5]}
	step := small(w, add(v, sub(f.centre, (&rigid{R: rotation(w)}).turn(f.centre))))
	f.t = step.mul(&f.t)
	f.t = f.t.orthonormal()
}

// pairUp finds partners and sums up the normal equations of each block. dists are
// the distances between the surfaces.
func pairUp(a, b *prepared, f *fit, lvl int, reach, width float64, count, workers int) ([blocks]normal6, []float64) {
	la, lb := &a.levels[lvl], &b.levels[lvl]
	inv := f.t.inverse()
	f.centre = f.t.apply(b.mid)
	const chunks = 32
	var sums [chunks][blocks]normal6
	var dists [chunks][]float64
	cell := 1 / (8 * a.length)
	parallel(workers, chunks, func(c int) {
		var search [2]*neighbours.Search
		search[0], search[1] = la.index.NewSearch(), lb.index.NewSearch()
		for side := range 2 {
			from, to := lb, la
			if side == 1 {
				from, to = la, lb
			}
			sample := first(from.sample, count)
			for k := c; k < len(sample); k += chunks {
				i := sample[k]
				if from.flat != nil && from.flat[i] > 0.15 {
					continue
				}
				var p, n, q, m [3]float64 // a point of b with its normal and one of a with its own, in the frame of a
				own, facing := wide(from.p[i]), wide(from.n[i])
				at := own
				if side == 0 {
					at = f.t.apply(own)
				} else {
					at = inv.apply(own)
				}
				near := search[side].Nearest(float32(at[0]), float32(at[1]), float32(at[2]), 1, float32(reach*reach))
				if len(near) == 0 {
					continue
				}
				j := near[0].Slot
				if to.flat != nil && to.flat[j] > 0.15 {
					continue
				}
				if side == 0 {
					p, n, q, m = at, f.t.turn(facing), wide(to.p[j]), wide(to.n[j])
				} else {
					p, n, q, m = f.t.apply(wide(to.p[j])), f.t.turn(wide(to.n[j])), own, facing
				}
				if dot(n, m) < 0.75 {
					continue
				}
				dir := m
				if side == 1 {
					dir = n
				}
				e := dot(dir, sub(p, q))
				dists[c] = append(dists[c], math.Abs(e))
				u := e / width
				if u >= 1 || u <= -1 {
					continue
				}
				w := (1 - u*u) * (1 - u*u)
				arm := cross(sub(p, f.centre), dir)
				jac := [6]float64{arm[0], arm[1], arm[2], dir[0], dir[1], dir[2]}
				sums[c][blockOf(q, cell)].row(&jac, e, w)
			}
		}
	})
	var out [blocks]normal6
	var all []float64
	for c := range sums {
		for k := range out {
			out[k].add(&sums[c][k])
		}
		all = append(all, dists[c]...)
	}
	return out, all
}

// blockOf deals places out to blocks.
func blockOf(p [3]float64, cell float64) int {
	h := uint64(0)
	for _, v := range p {
		h = (h ^ uint64(int64(math.Floor(v*cell)))) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return int(h % blocks)
}

func centreOf(l *level) (c [3]float64) {
	for _, p := range l.p {
		c = add(c, wide(p))
	}
	return scale(1/float64(len(l.p)), c)
}

func median(v []float64) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}

// jackknife gives the covariance of the motion from what each block's leaving out
// changes; nil when a block holds the rest.
func jackknife(sums [blocks]normal6, all *normal6) *mat.SymDense {
	cov := mat.NewSymDense(6, nil)
	var xs [][6]float64
	var mean [6]float64
	for i := range sums {
		if sums[i].n == 0 {
			continue
		}
		less := *all
		for k := range less.h {
			less.h[k] -= sums[i].h[k]
		}
		for k := range less.g {
			less.g[k] -= sums[i].g[k]
		}
		less.n -= sums[i].n
		x, ok := less.solve()
		if !ok {
			return nil
		}
		xs = append(xs, x)
		for k := range mean {
			mean[k] += x[k]
		}
	}
	n := float64(len(xs))
	if n < 4 {
		return nil
	}
	for _, x := range xs {
		for r := range 6 {
			for c := r; c < 6; c++ {
				cov.SetSym(r, c, cov.At(r, c)+(n-1)/n*(x[r]-mean[r]/n)*(x[c]-mean[c]/n))
			}
		}
	}
	return cov
}
