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

type nearWall struct {
	forced   [tableN]float64    // W/(m2 K) at 1 m/s
	wwA, wwB [3][tableN]float64 // of Werner and Wengle, by axis of the normal
	power    [401]float64       // u^0.8 in steps of 0.05 m/s
}

// newNearWall makes the tables: convection over a plate of 1 m, Nu = 0.037 Re^0.8
// Pr^(1/3), and the wall stress of Werner and Wengle.
//
// Sources: FDS Technical Reference Guide, NIST SP 1018-1, heat transfer at solids
// (natural: 1.31 dT^(1/3) on walls, 1.52 on floors and ceilings); H. Werner, H. Wengle,
// "Large-eddy simulation of turbulent flow over and around a cube in a plate channel",
// 8th Symposium on Turbulent Shear Flows (1991) 155.
func newNearWall(d [3]float64, rho0, ambientK float64) *nearWall {
	t := &nearWall{}
	const A, B = 8.3, 1. / 7
	for i := range tableN {
		k := float64(i+1) * tableK
		mu := 1.458e-6 * math.Pow(k, 1.5) / (k + 110.4)
		rho := rho0 * ambientK / k
		conduct := mu * 1010 / .71
		t.forced[i] = .037 * conduct * math.Pow(rho/mu, .8) * math.Cbrt(.71)
		for a := range 3 {
			r := mu / rho / d[a]
			t.wwA[a][i] = (1 - B) / 2 * math.Pow(A, (1+B)/(1-B)) * math.Pow(r, 1+B)
			t.wwB[a][i] = (1 + B) / A * math.Pow(r, B)
		}
	}
	for i := range t.power {
		t.power[i] = math.Pow(float64(i)*.05, .8)
	}
	return t
}

// touch works out, for a run of faces, convection and friction from the gas before
// them.
func (e *engine) touch(lo, hi int) {
	for i := lo; i < hi; i++ {
		f := &e.faces[i]
		if f.hidden {
			continue
		}
		if f.mirror {
			f.coeff, f.convW, f.drag = 0, 0, 0
			continue
		}
		gasK := float64(e.st.T[f.cell])
		var u2 float64
		for n := 0; n < 4; n += 2 {
			b := f.dragAxis[n]
			v := float64(e.u[b][f.dragged[n]]+e.u[b][f.dragged[n+1]]) / 2
			u2 += v * v
		}
		u := math.Sqrt(u2)
		bin := min(max(int(gasK/tableK)-1, 0), tableN-1)
		d := e.g.D[f.Axis]
		w := e.near.wwA[f.Axis][bin] + e.near.wwB[f.Axis][bin]*u
		ut2 := w * math.Sqrt(w) * math.Sqrt(math.Sqrt(w)) // to the power 7/4
		f.drag = float32(ut2 / max(u, 1e-3) / d / 2)
		diff := gasK - f.tempK
		if s := f.Surface; s >= 0 && e.sc.Surfaces[s].ConvectKW > 0 {
			f.coeff = 1000 * e.sc.Surfaces[s].ConvectKW
		} else {
			natural := 1.31
			if f.Axis == 2 {
				natural = 1.52
			}
			f.forced = e.near.forced[bin] * e.near.power[min(int(u*20+.5), 400)]
			f.coeff = max(natural*math.Cbrt(math.Abs(diff)), f.forced)
		}
		f.convW = f.coeff * diff
	}
}

// gaugeLead is the factor by which turbulent flow along a plate gives more heat to a
// gauge of 25 mm at 1 m from the edge than to the plate, for the step of temperature
// from the plate to the gauge: (1 - (x0/x)^(9/10))^(-1/9).
//
// Source: W. M. Kays, M. E. Crawford, Convective Heat and Mass Transfer, 3rd ed. (1993),
// chapter 13, plates with an unheated starting length.
var gaugeLead = math.Pow(1-math.Pow(.975, .9), -1./9)

// gauge is the flux in W/m2 to a small gauge kept at a temperature in a face.
func (e *engine) gauge(f *face, coldK float64) float64 {
	gas := float64(e.st.T[f.cell])
	natural := 1.31
	if f.Axis == 2 {
		natural = 1.52
	}
	diff := gas - coldK
	conv := f.forced * ((gas - f.tempK) + gaugeLead*(f.tempK-coldK))
	if n := natural * math.Cbrt(math.Abs(diff)) * diff; math.Abs(n) > math.Abs(conv) {
		conv = n
	}
	return f.inW - sigma4(coldK) + conv
}

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
