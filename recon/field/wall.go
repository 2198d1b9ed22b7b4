package field

import (
	"math"

	"firescene/recon/field/radiate"
)

// lining is a surface cut into cells for conduction.
type lining struct {
	size  []float64 // m, from the gas inwards
	layer []int
	s     *Surface
	eps   float64
	fixed bool // no layers: held at a temperature, or adiabatic
}

// sigma4 is what a black body of a temperature sends out, W/m2.
func sigma4(t float64) float64 { return radiate.StefanBoltzmann * t * t * t * t }

// newLining cuts layers: cells begin at the depth that heat reaches in a second and
// grow by half from each to the next.
func newLining(s *Surface) lining {
	l := lining{s: s, eps: s.Emissivity, fixed: len(s.Layers) == 0 || s.FixedK > 0 || s.Adiabatic}
	if l.eps == 0 && len(s.Layers) > 0 {
		l.eps = s.Layers[0].Material.Emissivity
	}
	if l.eps == 0 {
		l.eps = 0.9
	}
	if l.fixed {
		return l
	}
	for n, y := range s.Layers {
		m := &y.Material
		k, c := m.at(300)
		first := math.Sqrt(k / (m.DensityKgM3 * c))
		first = min(first, y.ThickM/3)
		var sizes []float64
		sum := 0.
		for d := first; sum < y.ThickM; d *= 1.5 {
			sizes = append(sizes, d)
			sum += d
		}
		for _, d := range sizes {
			l.size = append(l.size, d*y.ThickM/sum)
			l.layer = append(l.layer, n)
		}
	}
	return l
}

// at is conductivity in W/(m K) and heat capacity in J/(kg K) at a temperature.
func (m *Material) at(t float64) (k, c float64) {
	k, c = m.ConductKWmK, m.HeatKJKgK
	if len(m.ConductRamp) > 0 {
		k = m.ConductRamp.At(t)
	}
	if len(m.HeatRamp) > 0 {
		c = m.HeatRamp.At(t)
	}
	return 1000 * k, 1000 * c
}

// conduct takes one face a step of dt further. front is the mean heat that convection
// brought, W/m2; what radiation brings depends on the temperature and is taken in
// with it.
func (e *engine) conduct(f *face, l *lining, front, dt float64, w *wallWork) {
	n := len(l.size)
	if f.node == nil {
		f.node = make([]float64, n)
		for i := range f.node {
			f.node[i] = f.tempK
		}
	}
	k, rc := w.k[:n], w.rc[:n]
	for i := range n {
		m := &l.s.Layers[l.layer[i]].Material
		var c float64
		k[i], c = m.at(f.node[i])
		rc[i] = m.DensityKgM3 * c * l.size[i] / dt
	}
	// front: G (Ts - T0) = q + dq (T - Ts)
	ts := f.tempK
	g := 2 * k[0] / l.size[0]
	q := l.eps*(f.inW-sigma4(ts)) + front
	dq := 4*l.eps*radiate.StefanBoltzmann*ts*ts*ts + f.coeff
	share := g / (g + dq)
	a, b, c, d := w.a[:n], w.b[:n], w.c[:n], w.d[:n]
	for i := range n {
		b[i], d[i] = rc[i], rc[i]*f.node[i]
		a[i], c[i] = 0, 0
	}
	for i := range n - 1 {
		h := 1 / (l.size[i]/(2*k[i]) + l.size[i+1]/(2*k[i+1]))
		b[i] += h
		b[i+1] += h
		c[i], a[i+1] = -h, -h
	}
	b[0] += share * dq
	d[0] += share * (q + dq*ts)
	// back
	gb := 2 * k[n-1] / l.size[n-1]
	tb := f.node[n-1]
	back := l.s.Backing
	if back == Exposed && f.back < 0 {
		back = Void
	}
	switch back {
	case Void: // still air: radiation and natural convection
		amb := e.sc.AmbientK
		h := 1.31*math.Cbrt(math.Abs(tb-amb)) + .9*radiate.StefanBoltzmann*(tb*tb+amb*amb)*(tb+amb)
		u := gb * h / (gb + h)
		b[n-1] += u
		d[n-1] += u * amb
	case Exposed:
		o := &e.faces[f.back]
		ob := o.lastTempK
		dq := 4*l.eps*radiate.StefanBoltzmann*ob*ob*ob + o.coeff
		q := l.eps*(o.inW-sigma4(ob)) + o.meanConv
		u := gb / (gb + dq)
		b[n-1] += u * dq
		d[n-1] += u * (q + dq*ob)
	}
	for i := 1; i < n; i++ {
		m := a[i] / b[i-1]
		b[i] -= m * c[i-1]
		d[i] -= m * d[i-1]
	}
	f.node[n-1] = d[n-1] / b[n-1]
	for i := n - 2; i >= 0; i-- {
		f.node[i] = (d[i] - c[i]*f.node[i+1]) / b[i]
	}
	f.tempK = (q + dq*ts + g*f.node[0]) / (g + dq)
}

// wallWork is the scratch of one worker.
type wallWork struct{ k, rc, a, b, c, d []float64 }

func newWallWork(n int) *wallWork {
	v := func() []float64 { return make([]float64, n) }
	return &wallWork{v(), v(), v(), v(), v(), v()}
}

// balanceK is the temperature at which a surface that keeps no heat loses as much by
// radiation as it gains.
func balanceK(ts, eps, inW, coeff, gasK float64) float64 {
	for range 8 {
		r := eps*(inW-sigma4(ts)) + coeff*(gasK-ts)
		ts += r / (4*eps*radiate.StefanBoltzmann*ts*ts*ts + coeff + 1e-9)
	}
	return ts
}

// near-wall coefficients, by temperature of the gas in steps of tableK.
const (
	tableK = 40
	tableN = 64
)

// surfaces takes the temperatures of all faces dt further, and adds up what they met.
func (e *engine) surfaces(tS, dt float64) {
	n := len(e.faces)
	const run = 256
	e.team.Each((n+run-1)/run, run, func(c int) {
		for i := c * run; i < min(n, (c+1)*run); i++ {
			if f := &e.faces[i]; !f.hidden {
				e.expose(f, tS, dt)
			}
		}
	})
	e.team.Each((n+run-1)/run, 20*run, func(c int) {
		w := newWallWork(e.deepest)
		for i := c * run; i < min(n, (c+1)*run); i++ {
			f := &e.faces[i]
			if f.hidden {
				continue
			}
			l := &e.ambientLining
			if f.Surface >= 0 {
				l = &e.linings[f.Surface]
			}
			switch {
			case f.mirror:
			case !l.fixed:
				e.conduct(f, l, f.meanConv, dt, w)
			case l.s != nil && l.s.Adiabatic:
				f.tempK = balanceK(f.tempK, l.eps, f.inW, f.coeff, float64(e.st.T[f.cell]))
			case l.s != nil && l.s.FixedK > 0:
				f.tempK = e.sc.AmbientK + (l.s.FixedK-e.sc.AmbientK)*l.s.FixedRamp.At(tS)
			}
		}
	})
}

// expose adds to what a face met over the run.
func (e *engine) expose(f *face, tS, dt float64) {
	amb := e.sc.AmbientK
	f.meanConv = f.pendJ / dt
	f.pendJ, f.lastTempK = 0, f.tempK
	gauge := e.gauge(f, amb)
	f.gaugeW = gauge
	x := &f.exposure
	x.GaugeMJM2 += gauge * dt * 1e-6
	x.RadiantMJM2 += f.inW * dt * 1e-6
	eps := e.ambientLining.eps
	if f.Surface >= 0 {
		eps = e.linings[f.Surface].eps
	}
	x.NetMJM2 += (eps*(f.inW-sigma4(f.tempK)) + f.meanConv) * dt * 1e-6
	if gauge*1e-3 > x.PeakGaugeKWM2 {
		x.PeakGaugeKWM2, x.PeakAtS = gauge*1e-3, tS
	}
	x.PeakK, x.EndK = max(x.PeakK, f.tempK), f.tempK
	if s := f.Surface; s >= 0 {
		u := &e.sc.Surfaces[s]
		if over := (f.inW+f.meanConv)*1e-3 - u.CriticalFluxKW; u.FluxTime > 0 && over > 0 {
			power := u.FluxTimePower
			if power == 0 {
				power = 2
			}
			f.dose += math.Pow(over, power) * dt
		}
	}
}
