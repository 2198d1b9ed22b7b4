package bundle

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/spatial/r3"
)

// solver holds the normal equations. Work is split by points into parts whose
// number depends on the problem alone; each part has its own sums, which are
// joined in order, so that the result does not depend on the workers.
type solver struct {
	opt      Options
	p        *Problem
	first    []int32 // observations of point i are first[i]..first[i+1]
	viewCol  []int   // first column of a view's pose, -1 when fixed
	pointCol []int   // first column of a point that constraints name, else -1
	camCol   [][intrCols]int
	cols     int
	intrFrom int // columns from here on are intrinsics, shared by views
	parts    []part
	jac      []jacobian
	hess     [][6]float64 // upper triangle of each point's 3x3 block, not damped
	grad     [][3]float64
	inverse  [][6]float64 // of the damped block
	camHess  []float64    // cols*cols, before elimination; upper triangle
	camGrad  []float64
	reduced  []float64 // after elimination; upper triangle
	right    []float64
	// namedScale multiplies the image residuals of the points that constraints name;
	// imageScale, which makes up for what the loss takes from all, and trackScale the
	// weighted ones of the others: 1 but for covariances.
	imageScale, trackScale, namedScale float64
}

// part is a range of points with its own sums.
type part struct {
	from, to int
	hess     []float64
	grad     []float64
	cost     float64
}

// maxParts and maxPartB bound the parts and the memory of their sums.
const (
	maxParts = 16
	maxPartB = 256 << 20
)

// most is the number of columns that one observation touches at most.
const most = poseCols + pointCols + intrCols

func newSolver(p *Problem, opt Options) (*solver, error) {
	if !p.validConstraints() {
		return nil, ErrConstraint
	}
	s := &solver{opt: opt, p: p, imageScale: 1, trackScale: 1, namedScale: 1}
	for _, fixed := range p.FixedView {
		if fixed {
			s.viewCol = append(s.viewCol, -1)
			continue
		}
		s.viewCol = append(s.viewCol, s.cols)
		s.cols += poseCols
	}
	for i, kept := range p.constrained() {
		if !kept || p.fixed(i) {
			s.pointCol = append(s.pointCol, -1)
			continue
		}
		s.pointCol = append(s.pointCol, s.cols)
		s.cols += pointCols
	}
	s.intrFrom = s.cols
	for _, f := range p.Free {
		var col [intrCols]int
		for k, free := range f.columns() {
			col[k] = -1
			if free {
				col[k] = s.cols
				s.cols++
			}
		}
		s.camCol = append(s.camCol, col)
	}
	if s.cols == 0 && len(p.Points) == 0 {
		return nil, ErrNothingFree
	}
	s.first = make([]int32, len(p.Points)+1)
	for _, o := range p.Obs {
		s.first[o.Point+1]++
	}
	for i := range p.Points {
		s.first[i+1] += s.first[i]
	}
	s.jac = make([]jacobian, len(p.Obs))
	s.hess = make([][6]float64, len(p.Points))
	s.grad = make([][3]float64, len(p.Points))
	s.inverse = make([][6]float64, len(p.Points))
	s.camHess = make([]float64, s.cols*s.cols)
	s.camGrad = make([]float64, s.cols)
	s.reduced = make([]float64, s.cols*s.cols)
	s.right = make([]float64, s.cols)
	n := max(1, min(maxParts, maxPartB/(8*s.cols*s.cols+8), len(p.Obs)/500))
	for i := range n {
		s.parts = append(s.parts, part{
			from: len(p.Points) * i / n, to: len(p.Points) * (i + 1) / n,
			hess: make([]float64, s.cols*s.cols), grad: make([]float64, s.cols),
		})
	}
	return s, nil
}

// each runs f over the parts on the workers.
func (s *solver) each(f func(*part)) {
	if s.opt.Workers == 1 || len(s.parts) == 1 {
		for i := range s.parts {
			f(&s.parts[i])
		}
		return
	}
	var wg sync.WaitGroup
	next := make(chan *part)
	for range min(s.opt.Workers, len(s.parts)) {
		wg.Go(func() {
			for q := range next {
				f(q)
			}
		})
	}
	for i := range s.parts {
		next <- &s.parts[i]
	}
	close(next)
	wg.Wait()
}

// cost is the robust cost of a problem of the same structure.
func (s *solver) cost(p *Problem) float64 {
	c2 := s.opt.Loss * s.opt.Loss
	rot := rotations(p)
	s.each(func(q *part) {
		q.cost = 0
		for i := q.from; i < q.to; i++ {
			for k := s.first[i]; k < s.first[i+1]; k++ {
				o := &p.Obs[k]
				m := &rot[o.View]
				x := p.Points[i]
				t := p.Poses[o.View].T
				c := r3.Vec{
					X: m[0]*x.X + m[1]*x.Y + m[2]*x.Z + t.X,
					Y: m[3]*x.X + m[4]*x.Y + m[5]*x.Z + t.Y,
					Z: m[6]*x.X + m[7]*x.Y + m[8]*x.Z + t.Z,
				}
				u, v, ok := p.Cameras[p.CameraOf[o.View]].Project(c)
				if !ok {
					q.cost += c2 * math.Log1p(1e6/c2)
					continue
				}
				dx, dy := (o.X-u)/o.SigmaPx, (o.Y-v)/o.SigmaPx
				if s.pointCol[i] >= 0 {
					q.cost += dx*dx + dy*dy
					continue
				}
				q.cost += c2 * math.Log1p((dx*dx+dy*dy)/c2)
			}
		}
	})
	sum := p.constraintCost()
	for i := range s.parts {
		sum += s.parts[i].cost
	}
	for c := range p.Cameras {
		for k, at := range s.camCol[c] {
			if at >= 0 {
				r, _ := p.prior(c, k)
				sum += r * r
			}
		}
	}
	return sum
}

// prior gives the residual of free intrinsic k of camera c in standard deviations
// of what is expected of it, and the derivative of that by the intrinsic.
func (p *Problem) prior(c, k int) (res, dres float64) {
	cam := &p.Cameras[c]
	side := priorPrincipal * float64(max(cam.WidthPx, cam.HeightPx))
	centre := [2]float64{float64(cam.WidthPx) / 2, float64(cam.HeightPx) / 2}
	if c < len(p.CentreSigma) && p.CentreSigma[c] > 0 {
		side, centre = p.CentreSigma[c], p.CentrePrior[c]
	}
	switch {
	case k == 0:
		if c >= len(p.FocalSigma) || p.FocalSigma[c] <= 0 {
			return 0, 0
		}
		return math.Log(cam.FxPx/p.FocalPrior[c]) / p.FocalSigma[c], 1 / p.FocalSigma[c]
	case k <= 3:
		return [3]float64{cam.K1, cam.K2, cam.K3}[k-1] / priorRadial, 1 / priorRadial
	case k <= 5:
		return [2]float64{cam.P1, cam.P2}[k-4] / priorTangential, 1 / priorTangential
	case side <= 0:
		return 0, 0
	case k == 6:
		return (cam.CxPx - centre[0]) / side, 1 / side
	default:
		return (cam.CyPx - centre[1]) / side, 1 / side
	}
}

// fixed reports whether a point stays as it is.
func (p *Problem) fixed(i int) bool { return p.FixedPoint != nil && p.FixedPoint[i] }

func rotations(p *Problem) [][9]float64 {
	rot := make([][9]float64, len(p.Poses))
	for i, q := range p.Poses {
		rot[i] = q.Matrix()
	}
	return rot
}

// linearise fills the Jacobians and the blocks of the normal equations.
func (s *solver) linearise(p *Problem) {
	c2 := s.opt.Loss * s.opt.Loss
	rot := rotations(p)
	s.each(func(q *part) {
		clear(q.hess)
		clear(q.grad)
		for i := q.from; i < q.to; i++ {
			var h [6]float64
			var g [3]float64
			for k := s.first[i]; k < s.first[i+1]; k++ {
				o, j := &p.Obs[k], &s.jac[k]
				if !j.fill(&p.Cameras[p.CameraOf[o.View]], &rot[o.View], p.Poses[o.View].T, p.Points[i], o) {
					continue
				}
				// Weight of Cauchy's loss.
				weight := s.namedScale
				if s.pointCol[i] < 0 {
					weight = s.imageScale * s.trackScale / math.Sqrt(1+(j.res[0]*j.res[0]+j.res[1]*j.res[1])/c2)
				}
				j.scale(weight)
				j.addTo(&h)
				for r := range 2 {
					for c := range 3 {
						g[c] += j.point[r][c] * j.res[r]
					}
				}
				s.addCamera(q, o, j)
			}
			s.hess[i], s.grad[i] = h, g
		}
	})
	clear(s.camHess)
	clear(s.camGrad)
	for i := range s.parts {
		addInto(s.camHess, s.parts[i].hess)
		addInto(s.camGrad, s.parts[i].grad)
	}
	for c := range p.Cameras {
		for k, at := range s.camCol[c] {
			if at >= 0 {
				res, d := p.prior(c, k)
				s.camHess[at*s.cols+at] += d * d
				s.camGrad[at] -= d * res
			}
		}
	}
	s.addConstraints(p)
}

// addTo adds an observation to the block of its point.
func (j *jacobian) addTo(h *[6]float64) {
	for r := range 2 {
		a := &j.point[r]
		h[0] += a[0] * a[0]
		h[1] += a[0] * a[1]
		h[2] += a[0] * a[2]
		h[3] += a[1] * a[1]
		h[4] += a[1] * a[2]
		h[5] += a[2] * a[2]
	}
}

func addInto(dst, src []float64) {
	for i, v := range src {
		dst[i] += v
	}
}

// columns lists the columns that are not eliminated and that an observation
// touches, with the two rows of their Jacobian; it returns how many there are.
func (s *solver) columns(o *Observation, j *jacobian, col *[most]int, row *[2][most]float64) int {
	n := 0
	if at := s.viewCol[o.View]; at >= 0 {
		for k := range poseCols {
			col[n], row[0][n], row[1][n] = at+k, j.pose[0][k], j.pose[1][k]
			n++
		}
	}
	if o.Point >= 0 && s.pointCol[o.Point] >= 0 {
		at := s.pointCol[o.Point]
		for k := range pointCols {
			col[n], row[0][n], row[1][n] = at+k, j.point[0][k], j.point[1][k]
			n++
		}
	}
	c := s.p.CameraOf[o.View]
	for k, at := range s.camCol[c] {
		if at >= 0 {
			col[n] = at
			row[0][n], row[1][n] = j.intrinsic(&s.p.Cameras[c], k)
			n++
		}
	}
	return n
}

// addCamera adds one observation to the camera block. Columns rise, so that only
// the upper triangle is touched.
func (s *solver) addCamera(q *part, o *Observation, j *jacobian) {
	var col [most]int
	var row [2][most]float64
	n := s.columns(o, j, &col, &row)
	for a := range n {
		q.grad[col[a]] += row[0][a]*j.res[0] + row[1][a]*j.res[1]
		line := q.hess[col[a]*s.cols:]
		for b := a; b < n; b++ {
			line[col[b]] += row[0][a]*row[0][b] + row[1][a]*row[1][b]
		}
	}
}

// reducePoints eliminates the points: reduced = C - W V^-1 W' and the right side
// with it, where V is damped.
func (s *solver) reducePoints(damping float64) {
	n := s.cols
	s.each(func(q *part) {
		clear(q.hess)
		clear(q.grad)
		var w wideRow
		for i := q.from; i < q.to; i++ {
			if s.p.fixed(i) || s.pointCol[i] >= 0 {
				continue
			}
			s.inverse[i] = invert(dampedBlock(s.hess[i], damping))
			inv := &s.inverse[i]
			w.gather(s, i)
			g := times(inv, &s.grad[i])
			for a := range w.n {
				wa := &w.val[a]
				q.grad[w.col[a]] -= wa[0]*g[0] + wa[1]*g[1] + wa[2]*g[2]
				y := times(inv, wa)
				line := q.hess[w.col[a]*n:]
				for b := range w.n {
					if w.col[b] >= w.col[a] {
						wb := &w.val[b]
						line[w.col[b]] -= y[0]*wb[0] + y[1]*wb[1] + y[2]*wb[2]
					}
				}
			}
		}
	})
	copy(s.reduced, s.camHess)
	copy(s.right, s.camGrad)
	for i := range s.parts {
		addInto(s.reduced, s.parts[i].hess)
		addInto(s.right, s.parts[i].grad)
	}
	for c := range n {
		s.reduced[c*n+c] += damping * max(s.camHess[c*n+c], 1e-6)
	}
}

// wideRow is the coupling W of one point with all camera columns it meets.
type wideRow struct {
	n   int
	col []int
	val [][3]float64
}

func (w *wideRow) gather(s *solver, i int) {
	from, to := s.first[i], s.first[i+1]
	w.gatherFrom(s, s.p.Obs[from:to], s.jac[from:to])
}

func (w *wideRow) gatherFrom(s *solver, obs []Observation, jac []jacobian) {
	w.n = 0
	w.col, w.val = w.col[:0], w.val[:0]
	var col [most]int
	var row [2][most]float64
	for k := range obs {
		j := &jac[k]
		n := s.columns(&obs[k], j, &col, &row)
		for a := range n {
			v := [3]float64{
				row[0][a]*j.point[0][0] + row[1][a]*j.point[1][0],
				row[0][a]*j.point[0][1] + row[1][a]*j.point[1][1],
				row[0][a]*j.point[0][2] + row[1][a]*j.point[1][2],
			}
			// Intrinsics are shared by views: their couplings add up.
			at := -1
			if k > 0 && col[a] >= s.intrFrom {
				at = w.find(col[a])
			}
			if at >= 0 {
				for c := range 3 {
					w.val[at][c] += v[c]
				}
				continue
			}
			w.col, w.val = append(w.col, col[a]), append(w.val, v)
			w.n++
		}
	}
}

func (w *wideRow) find(col int) int {
	for i, c := range w.col {
		if c == col {
			return i
		}
	}
	return -1
}

func dampedBlock(h [6]float64, damping float64) [6]float64 {
	for _, d := range [3]int{0, 3, 5} {
		h[d] += damping * max(h[d], 1e-6)
	}
	return h
}

// invert gives the inverse of a symmetric 3x3 block, zero where it is singular.
func invert(h [6]float64) [6]float64 {
	a, b, c, d, e, f := h[0], h[1], h[2], h[3], h[4], h[5]
	ca, cb, cc := d*f-e*e, c*e-b*f, b*e-c*d
	det := a*ca + b*cb + c*cc
	if !(det > 0) {
		return [6]float64{}
	}
	i := 1 / det
	return [6]float64{ca * i, cb * i, cc * i, (a*f - c*c) * i, (b*c - a*e) * i, (a*d - b*b) * i}
}

func times(m *[6]float64, v *[3]float64) [3]float64 {
	return [3]float64{
		m[0]*v[0] + m[1]*v[1] + m[2]*v[2],
		m[1]*v[0] + m[3]*v[1] + m[4]*v[2],
		m[2]*v[0] + m[4]*v[1] + m[5]*v[2],
	}
}

// backSubstitute moves the points by what the cameras' motion leaves them, and
// returns the fall of the cost that the linear model predicts for all.
func (s *solver) backSubstitute(p, trial *Problem, delta []float64, damping float64) float64 {
	s.each(func(q *part) {
		q.cost = 0
		var w wideRow
		for i := q.from; i < q.to; i++ {
			if s.p.fixed(i) || s.pointCol[i] >= 0 {
				continue
			}
			w.gather(s, i)
			g := s.grad[i]
			for a := range w.n {
				d := delta[w.col[a]]
				for c := range 3 {
					g[c] -= w.val[a][c] * d
				}
			}
			d := times(&s.inverse[i], &g)
			trial.Points[i] = r3.Add(p.Points[i], r3.Vec{X: d[0], Y: d[1], Z: d[2]})
			// delta'(damping*D*delta + gradient)
			for c, at := range [3]int{0, 3, 5} {
				q.cost += d[c] * (damping*max(s.hess[i][at], 1e-6)*d[c] + s.grad[i][c])
			}
		}
	})
	sum := 0.0
	for i := range s.parts {
		sum += s.parts[i].cost
	}
	for c, d := range delta {
		sum += d * (damping*max(s.camHess[c*s.cols+c], 1e-6)*d + s.camGrad[c])
	}
	return sum
}

func square(v float64) float64 { return v * v }
