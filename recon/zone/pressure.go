package zone

import (
	"math"
)

// balancer finds the pressures at which the enthalpy of every room changes as its
// pressure does. The sums of flows are the gradient of a convex function of the
// pressures, so the solution is unique, the matrix of slopes is symmetric and
// positive, and Newton's method with halving steps finds it from anywhere.
type balancer struct {
	p, try, f, fTry, step []float64
	m                     []float64 // row-major n x n, lower half used
}

func (b *balancer) size(n int) {
	if len(b.p) == n {
		return
	}
	b.p, b.try, b.f, b.fTry, b.step = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	b.m = make([]float64, n*n)
}

// balanceTries bounds the Newton steps; more than about ten are never needed for
// pressures that change little from step to step.
const balanceTries = 60

// balance solves for the pressures at the end of a step of dt into b.p and leaves
// the flows in the links. It reports whether the rest is small.
func (e *engine) balance(dt float64) bool {
	b := &e.bal
	n := len(e.rooms)
	b.size(n)
	for i := range e.rooms {
		b.p[i] = e.rooms[i].pPa
	}
	norm := e.excess(b.p, b.f, b.m, dt)
	for range balanceTries {
		if norm < 1 {
			return true
		}
		copy(b.step, b.f)
		solveSymmetric(b.m, b.step, n)
		scale := 1.0
		for range 30 {
			for i := range b.try {
				b.try[i] = b.p[i] - scale*b.step[i]
			}
			next := e.excess(b.try, b.fTry, b.m, dt)
			if next < norm || next < 1 {
				norm = next
				break
			}
			scale /= 2
			if scale < 1e-8 {
				break
			}
		}
		if scale < 1e-8 {
			break
		}
		copy(b.p, b.try)
		copy(b.f, b.fTry)
	}
	if norm >= 1 {
		norm = e.excess(b.p, b.f, b.m, dt)
	}
	return norm < 100
}

// excess fills f with the heat in kW that each room has too little for its
// pressure, m with its slopes, and returns the largest in units of what may be
// neglected: a millionth of what flows and 1e-5 kW.
func (e *engine) excess(p, f, m []float64, dt float64) float64 {
	n := len(p)
	for i := range m {
		m[i] = 0
	}
	for i := range e.rooms {
		r := &e.rooms[i]
		k := 2.5 * r.volume / dt / 1000 // kW/Pa: V/((gamma-1) dt)
		f[i] = k*(p[i]-r.pPa) - e.gainKW[i]
		m[i*n+i] = k
		e.turn[i] = 0
	}
	for j := range e.links {
		l := &e.links[j]
		dp := e.at(p, l.a.k) - e.at(p, l.b.k)
		slope := l.flow(dp)
		var hFlow, hSlope [2]float64
		for s, side := range [2]side{l.a, l.b} {
			for k := range 2 {
				t := e.outK
				if side.r != nil {
					t = side.r.tempK[k]
				}
				hFlow[s] += cp * t * l.out[s][k]
				hSlope[s] += cp * t * slope[s][k]
			}
		}
		net, d := hFlow[0]-hFlow[1], hSlope[0]+hSlope[1]
		if a := l.a.k; a >= 0 {
			f[a] += net
			m[a*n+a] += d
			e.turn[a] += hFlow[0] + hFlow[1]
		}
		if c := l.b.k; c >= 0 {
			f[c] -= net
			m[c*n+c] += d
			e.turn[c] += hFlow[0] + hFlow[1]
		}
		if l.a.k >= 0 && l.b.k >= 0 {
			m[l.a.k*n+l.b.k] -= d
			m[l.b.k*n+l.a.k] -= d
		}
	}
	worst := 0.0
	for i := range f {
		worst = max(worst, math.Abs(f[i])/(1e-5+1e-6*(e.turn[i]+math.Abs(e.gainKW[i]))))
	}
	return worst
}

func (e *engine) at(p []float64, k int) float64 {
	if k < 0 {
		return 0
	}
	return p[k]
}

// solveSymmetric solves m x = b in place by elimination that skips zeros; m is
// symmetric with a dominant diagonal and is overwritten.
func solveSymmetric(m, b []float64, n int) {
	for i := range n {
		d := m[i*n+i]
		for k := i + 1; k < n; k++ {
			v := m[k*n+i]
			if v == 0 {
				continue
			}
			f := v / d
			for j := i + 1; j < n; j++ {
				if w := m[i*n+j]; w != 0 {
					m[k*n+j] -= f * w
				}
			}
			b[k] -= f * b[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for j := i + 1; j < n; j++ {
			b[i] -= m[i*n+j] * b[j]
		}
		b[i] /= m[i*n+i]
	}
}
