package bundle

import (
	"errors"
	"math"

	"firescene/recon"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Precision says how far chance alone can have moved what Solve found: the
// covariance of its last normal equations, with the noise of the image
// coordinates taken from the residuals, more of it where sightings err together
// (Together) and by what residuals do not show (Options.Unseen). It knows nothing of errors
// that all photos share, such as distortion that the camera model does not hold.
//
// What nothing fixes, of place, direction and scale, is taken from the stations
// themselves: uncertainties are then relative to the frame in which the stations
// as a whole neither move, turn nor grow (inner constraints: E. Grafarend and B.
// Schaffrin, Unbiased free net adjustment, Survey Review 1974; B. Triggs et al.,
// Bundle adjustment, a modern synthesis, 1999). Lengths are in the unit of the
// points.
type Precision struct {
	// Sigma0 is the standard deviation of an image coordinate in units of the
	// SigmaPx that its observation was given.
	Sigma0 float64
	// Together is how many times larger the variance of the unknowns is than it
	// would be if every sighting erred by itself, 1 or more.
	Together float64
	// Redundancy is the number of equations beyond what determines the unknowns.
	Redundancy int
	// FreeFrame is the number of directions, of seven, in which nothing fixes the
	// frame; ScaleFree says that one of them changes the scale, TiltFree that one
	// turns the Z axis.
	FreeFrame           int
	ScaleFree, TiltFree bool
	// ScaleSigma is the relative standard deviation of the scale of the stations,
	// 0 where ScaleFree.
	ScaleSigma float64

	s *solver
	p *Problem
	q []float64 // covariance of the columns, row-major
	// curb is how much the loss takes from the weight of sightings: the mean of their
	// weights over that of the squares.
	curb float64
	// others counts the places that are no points of the problem.
	others int
}

// Widening says by how much the covariance takes the errors of sightings for larger
// than their SigmaPx: those of the points that nothing constrains besides, and those
// of the points that distances and positions name. A solution with SigmaPx so much
// larger weighs what is known of points against the photos as the covariance does;
// only of such a one are the residuals of what is known as uncertain as its own
// standard deviation less that of the adjusted value.
func (c *Precision) Widening() (tracks, named float64) {
	return 1 / (c.s.imageScale * c.s.trackScale), 1 / c.s.namedScale
}

// ErrNotHeld says that a part of a problem is held by nothing.
var ErrNotHeld = errors.New("bundle: the observations do not hold every camera and constrained point")

// Covariance gives the precision of a solution. Options.Loss must be what Solve
// was given. p must not change while the result is used.
func Covariance(p *Problem, opt Options) (*Precision, error) {
	s, err := newSolver(p, opt.withDefaults())
	if err != nil {
		return nil, err
	}
	c := &Precision{s: s, p: p, Together: 1}
	s.linearise(p)
	c.estimateNoise()
	s.linearise(p)
	s.reducePoints(0)
	if s.cols == 0 {
		return c, nil
	}
	frame := p.freeFrame()
	c.FreeFrame = len(frame)
	if err := c.invert(frame); err != nil {
		return c, err
	}
	c.Together = c.together()
	if s.trackScale = 1 / (s.opt.Unseen * math.Sqrt(c.Together)); s.trackScale == 1 {
		return c, nil
	}
	s.linearise(p)
	s.reducePoints(0)
	return c, c.invert(frame)
}

// Noise gives the standard deviation of an image coordinate in units of the
// SigmaPx that its observation was given, as Precision.Sigma0, without the cost of
// the rest.
func Noise(p *Problem, opt Options) (float64, error) {
	s, err := newSolver(p, opt.withDefaults())
	if err != nil {
		return 0, err
	}
	c := &Precision{s: s, p: p}
	s.linearise(p)
	c.estimateNoise()
	return c.Sigma0, nil
}

// estimateNoise finds Sigma0 and sets the weight of the image observations by it.
// The variance of an M-estimator is E[psi^2]/E[psi']^2 (P. Huber, Robust
// Statistics, 1981, section 7.6); for Cauchy's loss in two dimensions
// psi^2 = w^2 s^2 and E[psi'] = E[w^2], where w is the weight and s^2/2 the mean
// square residual.
func (c *Precision) estimateNoise() {
	s, p := c.s, c.p
	n, w1, w2, psi2 := 0, 0.0, 0.0, 0.0
	for k := range p.Obs {
		j := &s.jac[k]
		if j.weight == 0 {
			continue
		}
		w := square(j.weight * p.Obs[k].SigmaPx)
		n++
		w1 += w
		w2 += w * w
		psi2 += w * (square(j.res[0]) + square(j.res[1]))
	}
	rows, unknowns := 2*n, s.cols
	p.constraintRows(func(row) { rows++ })
	for i := range p.Points {
		if !p.fixed(i) && s.pointCol[i] < 0 && s.first[i] < s.first[i+1] {
			unknowns += pointCols
		}
	}
	for v := range s.camCol {
		for k, at := range s.camCol[v] {
			if _, d := p.prior(v, k); at >= 0 && d > 0 {
				rows++
			}
		}
	}
	c.Redundancy = rows - unknowns + len(p.freeFrame())
	c.Sigma0 = 1
	if n == 0 || c.Redundancy <= 0 || !(psi2 > 0) {
		return
	}
	m := float64(n)
	variance := (psi2 / (2 * m)) / square(w2/m) * float64(rows) / float64(c.Redundancy)
	c.Sigma0 = math.Sqrt(variance)
	s.imageScale = 1 / math.Sqrt(variance*w1/m)
	s.namedScale = 1 / c.Sigma0 // no loss took anything from these
	c.curb = w1 / w2
}

// invert fills the covariance of the columns that were not eliminated.
func (c *Precision) invert(frame []motion) error {
	s, n := c.s, c.s.cols
	full := mat.NewSymDense(n, append([]float64(nil), s.reduced...))
	trace := 0.0
	for i := range n {
		trace += full.At(i, i)
	}
	d := len(frame)
	g, held := mat.NewDense(n, max(1, d), nil), mat.NewDense(max(1, d), n, nil)
	for k, m := range frame {
		c.fillMotion(m, func(i int, v float64) { g.Set(i, k, v) })
		c.fillDatum(m, func(i int, v float64) { held.Set(k, i, v) })
	}
	if d > 0 {
		var cc mat.SymDense
		cc.SymOuterK(1, held.T())
		weight := trace / max(mat.Trace(&cc), 1e-300)
		held.Scale(math.Sqrt(weight), held)
		cc.ScaleSym(weight, &cc)
		full.AddSym(full, &cc)
	}
	var chol mat.Cholesky
	if !chol.Factorize(full) {
		return ErrNotHeld
	}
	q := mat.NewSymDense(n, nil)
	if chol.InverseTo(q) != nil && !finite(q.RawSymmetric().Data) {
		return ErrNotHeld
	}
	if d > 0 {
		// What the datum's own weight adds: G (CG)^-1 (CG)^-T G'.
		var cg, inv, part mat.Dense
		cg.Mul(held, g)
		if err := inv.Inverse(&cg); err != nil && !finite(inv.RawMatrix().Data) {
			return ErrNotHeld
		}
		part.Mul(g, &inv)
		var extra mat.SymDense
		extra.SymOuterK(-1, &part)
		q.AddSym(q, &extra)
	}
	c.q = make([]float64, n*n)
	for i := range n {
		for j := i; j < n; j++ {
			v := q.At(i, j)
			c.q[i*n+j], c.q[j*n+i] = v, v
		}
	}
	for i := range n {
		if !(c.q[i*n+i] >= 0) || math.IsInf(c.q[i*n+i], 0) {
			return ErrNotHeld
		}
	}
	c.scale(frame)
	return nil
}

// scale finds the precision of the stations' size.
func (c *Precision) scale(frame []motion) {
	for _, m := range frame {
		c.ScaleFree = c.ScaleFree || math.Abs(m.grow) > 1e-3
		c.TiltFree = c.TiltFree || math.Hypot(m.turn.X, m.turn.Y) > 1e-3
	}
	if c.ScaleFree {
		return
	}
	mid, radius := c.p.stations()
	l := make([]float64, c.s.cols)
	sum := 0.0
	for v, at := range c.s.viewCol {
		if at < 0 {
			continue
		}
		arm := r3.Sub(c.p.Poses[v].Inverse().T, mid)
		sum += r3.Norm2(arm)
		by := centreBy(c.p.Poses[v])
		for k := range poseCols {
			l[at+k] = arm.X*by[0][k] + arm.Y*by[1][k] + arm.Z*by[2][k]
		}
	}
	if !(sum > 1e-12*radius*radius) {
		return
	}
	c.ScaleSigma = math.Sqrt(max(0, c.quadratic(l))) / sum
}

// View gives the covariance of a station's place, upper triangle by rows, along
// the axes of the world; and that of its rotation, in radians, about the axes of
// the camera. Both are zero for a fixed view.
func (c *Precision) View(v int) (place, turn recon.Covariance) {
	at := c.s.viewCol[v]
	if at < 0 {
		return
	}
	by := centreBy(c.p.Poses[v])
	n := c.s.cols
	k := 0
	for i := range 3 {
		for j := i; j < 3; j++ {
			for a := range poseCols {
				for b := range poseCols {
					place[k] += by[i][a] * by[j][b] * c.q[(at+a)*n+at+b]
				}
			}
			turn[k] = c.q[(at+i)*n+at+j]
			k++
		}
	}
	return place, turn
}

// Camera gives the standard deviations of a camera's intrinsics, zero for those
// that were not free.
func (c *Precision) Camera(i int) recon.CameraSigma {
	var sd [intrCols]float64
	for k, at := range c.s.camCol[i] {
		if at >= 0 {
			sd[k] = math.Sqrt(c.q[at*c.s.cols+at])
		}
	}
	return recon.CameraSigma{FPx: sd[0] * c.p.Cameras[i].FxPx, K1: sd[1], K2: sd[2], K3: sd[3], P1: sd[4], P2: sd[5], CxPx: sd[6], CyPx: sd[7]}
}

// Place is how a point's place depends on the unknowns, as far as chance goes.
type Place struct {
	col []int
	by  [][3]float64
	own [6]float64 // covariance that does not come through the columns
	id  int        // of the point, to tell a place from another
	ok  bool
}

// Point gives the place of a point of the problem. It is not known, which Cov
// tells, for a point that its observations do not hold.
func (c *Precision) Point(i int) Place {
	var w wideRow
	return c.point(i, &w, nil)
}

// point gives a place that lies in w and by.
func (c *Precision) point(i int, w *wideRow, by [][3]float64) Place {
	out := Place{id: i, ok: true}
	if c.p.fixed(i) {
		return out
	}
	if at := c.s.pointCol[i]; at >= 0 {
		out.col, out.by = []int{at, at + 1, at + 2}, [][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
		return out
	}
	w.gather(c.s, i)
	return placed(i, w, &c.s.inverse[i], by)
}

func placed(id int, w *wideRow, inverse *[6]float64, by [][3]float64) Place {
	out := Place{id: id, own: *inverse, ok: inverse[0] > 0, col: w.col, by: by[:0]}
	for a := range w.n {
		y := times(inverse, &w.val[a])
		out.by = append(out.by, [3]float64{-y[0], -y[1], -y[2]})
	}
	return out
}

// Cov is the covariance of two places, row-major 3x3, and reports whether both
// are known.
func (c *Precision) Cov(a, b Place) (cov [9]float64, ok bool) {
	n := c.s.cols
	for i, ca := range a.col {
		var sum [3]float64 // row of Q times b
		for j, cb := range b.col {
			q := c.q[ca*n+cb]
			for k := range 3 {
				sum[k] += q * b.by[j][k]
			}
		}
		for r := range 3 {
			for k := range 3 {
				cov[3*r+k] += a.by[i][r] * sum[k]
			}
		}
	}
	if a.id == b.id {
		o := &a.own
		for i, v := range [9]float64{o[0], o[1], o[2], o[1], o[3], o[4], o[2], o[4], o[5]} {
			cov[i] += v
		}
	}
	return cov, a.ok && b.ok
}

// Intersection is the place of a point that is no part of the problem, found by
// observations from its views while these stay as they are. Their Point is not
// looked at; their SigmaPx counts as given.
func (c *Precision) Intersection(at r3.Vec, seen []Observation) Place {
	var w wideRow
	var h [6]float64
	seen = append([]Observation(nil), seen...)
	jac := make([]jacobian, len(seen))
	for k := range seen {
		o, j := &seen[k], &jac[k]
		o.Point = -1
		rot := c.p.Poses[o.View].Matrix()
		if j.fill(&c.p.Cameras[c.p.CameraOf[o.View]], &rot, c.p.Poses[o.View].T, at, o) {
			j.addTo(&h)
		}
	}
	inverse := invert(h)
	w.gatherFrom(c.s, seen, jac)
	c.others++
	return placed(-c.others, &w, &inverse, nil)
}

// TurnCov is the covariance of the rotation of the stations as a whole about the
// axes of the world, in radians.
func (c *Precision) TurnCov() recon.Covariance {
	n := c.s.cols
	l := [3][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}
	for v, at := range c.s.viewCol {
		if at >= 0 {
			m := c.p.Poses[v].Matrix()
			for i := range 3 {
				for k := range 3 {
					l[i][at+k] = -m[3*k+i] / float64(len(c.p.Poses))
				}
			}
		}
	}
	var out recon.Covariance
	k := 0
	for i := range 3 {
		for j := i; j < 3; j++ {
			for a, la := range l[i] {
				if la != 0 {
					for b, lb := range l[j] {
						out[k] += la * lb * c.q[a*n+b]
					}
				}
			}
			k++
		}
	}
	return out
}

// spread is Cov of a place with itself; Q being symmetric, half the work.
func (c *Precision) spread(a Place) (out recon.Covariance) {
	n := c.s.cols
	var m [9]float64
	for i, ca := range a.col {
		line := c.q[ca*n : ca*n+n]
		f := 0.5 * line[ca]
		b := &a.by[i]
		sum := [3]float64{f * b[0], f * b[1], f * b[2]}
		for j, cb := range a.col[:i] {
			q, b := line[cb], &a.by[j]
			sum[0] += q * b[0]
			sum[1] += q * b[1]
			sum[2] += q * b[2]
		}
		for r := range 3 {
			for k := range 3 {
				m[3*r+k] += b[r] * sum[k]
			}
		}
	}
	for i, k := range [6][2]int{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}} {
		out[i] = a.own[i] + m[3*k[0]+k[1]] + m[3*k[1]+k[0]]
	}
	return out
}

// PointScale is the relative standard deviation of the scale of the points: of how
// far they lie from their middle, as a whole, each counting by how well it is known.
// all is what Points gave. It is 0 where ScaleFree or no point is known.
func (c *Precision) PointScale(all []recon.Covariance) float64 {
	if c.ScaleFree {
		return 0
	}
	weight := make([]float64, len(all))
	total := 0.0
	var mid r3.Vec
	for i, k := range all {
		if t := k[0] + k[3] + k[5]; t > 0 {
			weight[i] = 1 / t
			total += weight[i]
			mid = r3.Add(mid, r3.Scale(weight[i], c.p.Points[i]))
		}
	}
	if !(total > 0) {
		return 0
	}
	mid = r3.Scale(1/total, mid)
	l := make([]float64, c.s.cols)
	size, own := 0.0, 0.0
	var w wideRow
	var by [][3]float64
	for i, f := range weight {
		if f == 0 {
			continue
		}
		arm := r3.Sub(c.p.Points[i], mid)
		size += f * r3.Norm2(arm)
		a := [3]float64{f * arm.X, f * arm.Y, f * arm.Z}
		at := c.point(i, &w, by)
		by = at.by
		for k, col := range at.col {
			l[col] += a[0]*at.by[k][0] + a[1]*at.by[k][1] + a[2]*at.by[k][2]
		}
		v := times(&at.own, &a)
		own += a[0]*v[0] + a[1]*v[1] + a[2]*v[2]
	}
	if !(size > 0) {
		return 0
	}
	return math.Sqrt(max(0, c.quadratic(l)+own)) / size
}

// quadratic is l'Ql.
func (c *Precision) quadratic(l []float64) float64 {
	n := len(l)
	sum := 0.0
	for i, a := range l {
		if a != 0 {
			for j, b := range l {
				sum += a * b * c.q[i*n+j]
			}
		}
	}
	return sum
}

// Points gives the covariance of every point, upper triangle by rows; all zero
// where it is not known or the point is fixed.
func (c *Precision) Points() []recon.Covariance {
	out := make([]recon.Covariance, len(c.p.Points))
	if c.q == nil && c.s.cols > 0 {
		return out
	}
	c.s.each(func(q *part) {
		var w wideRow
		var by [][3]float64
		for i := q.from; i < q.to; i++ {
			at := c.point(i, &w, by)
			by = at.by
			if at.ok {
				out[i] = c.spread(at)
			}
		}
	})
	return out
}
