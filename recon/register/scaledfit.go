package register

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// similar is a = s R b + T.
type similar struct {
	rigid
	s float64
}

func (m *similar) apply(p [3]float64) [3]float64 {
	return add(scale(m.s, m.turn(p)), m.T)
}

// normal7 is the normal equations of a small motion with a change of scale.
type normal7 struct {
	h [49]float64
	g [7]float64
	n float64
}

func (m *normal7) add(o *normal7, sign float64) {
	for i := range m.h {
		m.h[i] += sign * o.h[i]
	}
	for i := range m.g {
		m.g[i] += sign * o.g[i]
	}
	m.n += sign * o.n
}

func (m *normal7) row(j *[7]float64, e, w float64) {
	for r := range 7 {
		m.g[r] -= w * j[r] * e
		for c := r; c < 7; c++ {
			m.h[7*r+c] += w * j[r] * j[c]
		}
	}
	m.n += w
}

// solve gives the motion; false when the surfaces leave it open.
func (m *normal7) solve() (x [7]float64, ok bool) {
	s := mat.NewSymDense(7, nil)
	for r := range 7 {
		for c := r; c < 7; c++ {
			s.SetSym(r, c, m.h[7*r+c])
		}
	}
	for i := range 7 {
		s.SetSym(i, i, s.At(i, i)*(1+1e-9)+1e-12*m.n)
	}
	var c mat.Cholesky
	var v mat.VecDense
	if !c.Factorize(s) || c.Cond() > 1e10 || c.SolveVecTo(&v, mat.NewVecDense(7, m.g[:])) != nil {
		return x, false
	}
	for i := range x {
		x[i] = v.AtVec(i)
		if x[i]-x[i] != 0 {
			return x, false
		}
	}
	return x, true
}

// scaledStep is one level of a refinement.
type scaledStep struct {
	lvl    int
	reach  float64 // in lengths of the coarsest level
	rounds int
	points int // of the cloud that take part
}

var (
	roughSteps = []scaledStep{{coarse, 2.5, 8, 3000}, {middle, 1, 4, 5000}}
	fineSteps  = []scaledStep{{middle, 1, 4, 8000}, {fine, 0.4, 12, 30000}}
)

// refine moves and scales the cloud so that its surfaces lie on those of the scans:
// point to plane as refineAt, with the scale as a seventh unknown (after S. Du et al.,
// Scaling iterative closest point algorithm for registration of m-D point sets, 2010).
// Its uncertainty is that of leaving out one part after the other.
func (t *scaledTrial) refine(j *joiner, steps []scaledStep) {
	length := j.all.length
	t.ok = false
	for _, step := range steps {
		width := step.reach * length
		for round := range step.rounds {
			sums, dists := t.pairUp(j, step, width)
			if len(dists) < 200 {
				return
			}
			var all normal7
			for i := range sums {
				all.add(&sums[i], 1)
			}
			x, ok := all.solve()
			if !ok {
				return
			}
			t.rms = 1.4826 * median(dists)
			t.move(x)
			width = max(4.7*t.rms, 1e-3*length)
			t.ok = t.uncertainty(&sums, &all)
			if moved := norm([3]float64{x[3], x[4], x[5]}) + 20*length*(norm([3]float64{x[0], x[1], x[2]})+math.Abs(x[6])); round > 1 && moved < 2e-5*length {
				break
			}
		}
	}
}

// centre is the middle of the cloud in the world, about which it moves.
func (t *scaledTrial) centre() [3]float64 { return t.sim.apply(t.b.mid) }

// move applies a small motion about the centre.
func (t *scaledTrial) move(x [7]float64) {
	c := t.centre()
	turn := rigid{R: rotation([3]float64{x[0], x[1], x[2]})}
	grow := 1 + x[6]
	arm := scale(grow, turn.turn(sub(t.sim.T, c)))
	r := turn.mul(&rigid{R: t.sim.R})
	t.sim.rigid = r.orthonormal()
	t.sim.T = add(add(c, arm), [3]float64{x[3], x[4], x[5]})
	t.sim.s *= grow
}

// pairUp finds for points of the cloud the surfaces of the scans.
func (t *scaledTrial) pairUp(j *joiner, step scaledStep, width float64) (out [blocks]normal7, all []float64) {
	la, lb := &j.all.levels[step.lvl], &t.b.levels[step.lvl]
	sample, reach := first(lb.sample, step.points), step.reach*j.all.length
	c, cell := t.centre(), 1/(8*j.all.length)
	const chunks = 32
	var sums [chunks][blocks]normal7
	var dists [chunks][]float64
	parallel(j.workers, chunks, func(k int) {
		search := la.index.NewSearch()
		for s := k; s < len(sample); s += chunks {
			i := sample[s]
			p, n := t.sim.apply(wide(lb.p[i])), t.sim.turn(wide(lb.n[i]))
			near := search.Nearest(float32(p[0]), float32(p[1]), float32(p[2]), 1, float32(reach*reach))
			if len(near) == 0 {
				continue
			}
			q, m := wide(la.p[near[0].Slot]), wide(la.n[near[0].Slot])
			if la.flat != nil && la.flat[near[0].Slot] > 0.15 || dot(n, m) < 0.75 {
				continue
			}
			e := dot(m, sub(p, q))
			dists[k] = append(dists[k], math.Abs(e))
			u := e / width
			if u >= 1 || u <= -1 {
				continue
			}
			arm := sub(p, c)
			turn := cross(arm, m)
			jac := [7]float64{turn[0], turn[1], turn[2], m[0], m[1], m[2], dot(arm, m)}
			sums[k][blockOf(q, cell)].row(&jac, e, (1-u*u)*(1-u*u))
		}
	})
	for k := range sums {
		for b := range out {
			out[b].add(&sums[k][b], 1)
		}
		all = append(all, dists[k]...)
	}
	return out, all
}

// scaledSystematic is the least standard deviation in parts of the spread of distances:
// depths from photos err alike over whole walls. Set on one rendered room, whose place
// was 2.6 mm and whose scale .02 % off where surfaces were 5.7 mm apart.
const scaledSystematic = 0.3

// uncertainty fills the standard deviations of scale, place and rotation by leaving out
// one block after the other; false when a block holds the rest.
func (t *scaledTrial) uncertainty(sums *[blocks]normal7, all *normal7) bool {
	var xs [][7]float64
	var mean [7]float64
	for i := range sums {
		if sums[i].n == 0 {
			continue
		}
		less := *all
		less.add(&sums[i], -1)
		x, ok := less.solve()
		if !ok {
			return false
		}
		xs = append(xs, x)
		for k := range mean {
			mean[k] += x[k]
		}
	}
	n := float64(len(xs))
	if n < 4 {
		return false
	}
	var v [7]float64
	for _, x := range xs {
		for k := range v {
			v[k] += (n - 1) / n * (x[k] - mean[k]/n) * (x[k] - mean[k]/n)
		}
	}
	floor := scaledSystematic * t.rms
	reach := math.Sqrt(3) * spreadOf(t.b) * t.sim.s
	t.sigmas = [3]float64{
		math.Hypot(math.Sqrt(v[6]), floor/reach),
		math.Hypot(math.Sqrt(v[3]+v[4]+v[5]), floor),
		math.Hypot(math.Sqrt(v[0]+v[1]+v[2]), floor/reach),
	}
	return true
}
