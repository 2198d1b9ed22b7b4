package global

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Sighting is the direction, of length one in the world's frame, in which a
// camera sees a point.
type Sighting struct {
	Camera, Point int32
	Dir           r3.Vec
}

const (
	positionSteps = 100
	positionLoss  = 0.1 // of a residual, which is the sine of an angle near the solution
	leastInverse  = 1e-5
)

// Positions places cameras and points so that the points lie in the directions in
// which they are seen: it minimises the sum of a robust loss of |dir - d*(point -
// camera)| over the positions and a d >= 0 for each sighting, which makes far and
// near points count alike. It starts from all points one unit away from their
// cameras, so nothing is drawn by chance. Sightings must be in the order of their
// points. Every camera must be seen with at least one other through the points.
// Where the frame's origin is and how long its unit, nothing says. It reports
// false where no step succeeds.
func Positions(ctx context.Context, cameras, points int, s []Sighting) (centre, point []r3.Vec, ok bool, err error) {
	p := &positions{sight: s, centre: make([]r3.Vec, cameras), point: make([]r3.Vec, points), inv: make([]float64, len(s)),
		first: make([]int, points+1), block: make([]sym, len(s)), right: make([]r3.Vec, len(s)), hess: make([]sym, points)}
	for _, o := range s {
		p.first[o.Point+1]++
	}
	for i := range points {
		p.first[i+1] += p.first[i]
	}
	for i := range p.inv {
		p.inv[i] = 1
	}
	p.start()
	cost := p.cost(p.centre, p.point, p.inv)
	damping := 1e-3
	fails := 0
	for range positionSteps {
		if err := ctx.Err(); err != nil {
			return nil, nil, false, err
		}
		c, x, d, solved := p.step(damping)
		next := math.Inf(1)
		if solved {
			next = p.cost(c, x, d)
		}
		if !(next < cost) {
			if fails++; fails > 12 {
				break
			}
			damping *= 4
			continue
		}
		ok, fails = true, 0
		fall := cost - next
		p.centre, p.point, p.inv, cost = c, x, d, next
		damping = max(damping/3, 1e-9)
		if fall < 1e-5*cost {
			break
		}
	}
	return p.centre, p.point, ok || cost < 1e-12, nil
}

// positions is the state of a solution. inv is d: the inverse of the distance of
// a point from the camera that sees it, once they fit.
type positions struct {
	sight  []Sighting
	first  []int
	centre []r3.Vec
	point  []r3.Vec
	inv    []float64
	// Of each sighting after its own d is eliminated, and of each point.
	block []sym
	right []r3.Vec
	hess  []sym
}

// sym is a symmetric 3x3 matrix: xx xy xz yy yz zz.
type sym [6]float64

func (m *sym) add(n *sym) {
	for i := range m {
		m[i] += n[i]
	}
}

func (m *sym) mul(v r3.Vec) r3.Vec {
	return r3.Vec{X: m[0]*v.X + m[1]*v.Y + m[2]*v.Z, Y: m[1]*v.X + m[3]*v.Y + m[4]*v.Z, Z: m[2]*v.X + m[4]*v.Y + m[5]*v.Z}
}

func (m *sym) inverse() (out sym, ok bool) {
	a, b, c, d, e, f := m[0], m[1], m[2], m[3], m[4], m[5]
	ca, cb, cc := d*f-e*e, c*e-b*f, b*e-c*d
	det := a*ca + b*cb + c*cc
	if !(det > 0) {
		return out, false
	}
	i := 1 / det
	return sym{ca * i, cb * i, cc * i, (a*f - c*c) * i, (b*c - a*e) * i, (a*d - b*b) * i}, true
}

// start solves for the positions with every distance one, which is linear.
func (p *positions) start() {
	for k := range p.sight {
		p.block[k] = sym{1, 0, 0, 1, 0, 1}
		p.right[k] = p.sight[k].Dir
	}
	if c, x, ok := p.solve(1e-6); ok {
		p.centre, p.point = c, x
	}
}

func (p *positions) residual(k int, c, x []r3.Vec, d []float64) r3.Vec {
	o := &p.sight[k]
	return r3.Sub(o.Dir, r3.Scale(d[k], r3.Sub(x[o.Point], c[o.Camera])))
}

// cost is that of P. Huber's loss.
func (p *positions) cost(c, x []r3.Vec, d []float64) float64 {
	sum := 0.0
	for k := range p.sight {
		r2 := r3.Norm2(p.residual(k, c, x, d))
		if r2 > positionLoss*positionLoss {
			r2 = positionLoss * (2*math.Sqrt(r2) - positionLoss)
		}
		sum += r2
	}
	return sum
}

// step is one of Levenberg and Marquardt over positions and inverse distances.
func (p *positions) step(damping float64) (c, x []r3.Vec, d []float64, ok bool) {
	for k := range p.sight {
		o := &p.sight[k]
		y := r3.Sub(p.point[o.Point], p.centre[o.Camera])
		r := p.residual(k, p.centre, p.point, p.inv)
		w := 1.0
		if n := r3.Norm(r); n > positionLoss {
			w = positionLoss / n
		}
		t := p.inv[k]
		a := 1 / max(r3.Norm2(y)*(1+damping), 1e-300)
		s := w * t * t
		p.block[k] = sym{s * (1 - a*y.X*y.X), -s * a * y.X * y.Y, -s * a * y.X * y.Z, s * (1 - a*y.Y*y.Y), -s * a * y.Y * y.Z, s * (1 - a*y.Z*y.Z)}
		p.right[k] = r3.Scale(w*t, r3.Sub(r, r3.Scale(a*r3.Dot(y, r), y)))
	}
	dc, dx, ok := p.solve(damping)
	if !ok {
		return nil, nil, nil, false
	}
	c, x, d = make([]r3.Vec, len(dc)), make([]r3.Vec, len(dx)), make([]float64, len(p.inv))
	for i := range c {
		c[i] = r3.Add(p.centre[i], dc[i])
	}
	for i := range x {
		x[i] = r3.Add(p.point[i], dx[i])
	}
	for k := range d {
		o := &p.sight[k]
		y := r3.Sub(p.point[o.Point], p.centre[o.Camera])
		r := p.residual(k, p.centre, p.point, p.inv)
		move := r3.Sub(dx[o.Point], dc[o.Camera])
		d[k] = p.inv[k] + (r3.Dot(y, r)-p.inv[k]*r3.Dot(y, move))/max(r3.Norm2(y)*(1+damping), 1e-300)
		d[k] = max(d[k], leastInverse)
	}
	return c, x, d, true
}

// solve gives the moves of cameras and points: the points are eliminated first.
func (p *positions) solve(damping float64) (dc, dx []r3.Vec, ok bool) {
	n := 3 * len(p.centre)
	a := make([]float64, n*n)
	b := make([]float64, n)
	addBlock := func(i, j int, m *[9]float64) {
		for r := range 3 {
			for c := range 3 {
				a[(3*i+r)*n+3*j+c] += m[3*r+c]
			}
		}
	}
	addRight := func(i int, v r3.Vec) {
		b[3*i] += v.X
		b[3*i+1] += v.Y
		b[3*i+2] += v.Z
	}
	for i := range p.point {
		var v sym
		var g r3.Vec
		lo, hi := p.first[i], p.first[i+1]
		for k := lo; k < hi; k++ {
			v.add(&p.block[k])
			g = r3.Add(g, p.right[k])
		}
		floor := 1e-9 * (v[0] + v[3] + v[5])
		for _, q := range [3]int{0, 3, 5} {
			v[q] += damping*v[q] + floor
		}
		inv, ok := v.inverse()
		p.hess[i] = inv
		if !ok {
			p.hess[i] = sym{}
		}
		at := p.hess[i].mul(g)
		for k := lo; k < hi; k++ {
			ck := int(p.sight[k].Camera)
			bk := &p.block[k]
			m := bk.dense()
			for _, q := range [3]int{0, 4, 8} {
				m[q] *= 1 + damping
			}
			addBlock(ck, ck, &m)
			addRight(ck, r3.Sub(bk.mul(at), p.right[k]))
			left := timesSym(bk, &p.hess[i])
			for j := lo; j < hi; j++ {
				if cj := int(p.sight[j].Camera); cj >= ck {
					m := timesSym9(&left, &p.block[j])
					for q := range m {
						m[q] = -m[q]
					}
					addBlock(ck, cj, &m)
				}
			}
		}
	}
	for i := range n {
		a[i*n+i] += 1e-12 + 1e-9*a[i*n+i]
	}
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(n, a)) {
		return nil, nil, false
	}
	sol := mat.NewVecDense(n, nil)
	_ = chol.SolveVecTo(sol, mat.NewVecDense(n, b)) // a warning of the condition: frame and unit are open
	dc, dx = make([]r3.Vec, len(p.centre)), make([]r3.Vec, len(p.point))
	for i := range dc {
		dc[i] = r3.Vec{X: sol.AtVec(3 * i), Y: sol.AtVec(3*i + 1), Z: sol.AtVec(3*i + 2)}
		if n := r3.Norm2(dc[i]); math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, nil, false
		}
	}
	for i := range dx {
		var g r3.Vec
		for k := p.first[i]; k < p.first[i+1]; k++ {
			g = r3.Add(g, r3.Add(p.right[k], p.block[k].mul(dc[p.sight[k].Camera])))
		}
		dx[i] = p.hess[i].mul(g)
	}
	return dc, dx, true
}

func (m *sym) dense() [9]float64 {
	return [9]float64{m[0], m[1], m[2], m[1], m[3], m[4], m[2], m[4], m[5]}
}

func timesSym(a, b *sym) [9]float64 {
	d := a.dense()
	return timesSym9(&d, b)
}

func timesSym9(a *[9]float64, s *sym) (out [9]float64) {
	for r := range 3 {
		x, y, z := a[3*r], a[3*r+1], a[3*r+2]
		out[3*r] = x*s[0] + y*s[1] + z*s[2]
		out[3*r+1] = x*s[1] + y*s[3] + z*s[4]
		out[3*r+2] = x*s[2] + y*s[4] + z*s[5]
	}
	return out
}
