package flow

import "firescene/recon/field/lanes"

// Motion holds what the momentum equation works on besides the velocities. It is
// solved in the form du/dt = u x w - grad H + (1/rho)(div tau + (rho - rho0) g) +
// p grad(1/rho), with H = |u|^2/2 + p/rho and p, the perturbation of the pressure,
// taken from the last solution.
//
// Source: K. McGrattan et al., Fire Dynamics Simulator Technical Reference Guide,
// vol. 1, NIST SP 1018-1, chapter on momentum and pressure.
type Motion struct {
	Mask  [3][]float32 // of faces: 1 where gas can pass
	Edge  [3][]float32 // of edges along x, y, z: 1 where all four cells around are gas
	Gas   []float32
	Mu    []float32 // dynamic viscosity, turbulent part included
	P     []float32 // p, Pa
	Div   []float32 // div u
	Calm  []float32 // from 0 to 1, how far layers keep eddies as large as a cell down
	Rho0  float64
	curl  [3][]float32
	shear [3][]float32
	mid   [3][]float32
}

// NewMotion makes one with masks that let nothing pass.
func (g *Grid) NewMotion() *Motion {
	m := &Motion{Gas: g.Field(), Mu: g.Field(), P: g.Field(), Div: g.Field(), Calm: g.Field()}
	for a := range 3 {
		m.Mask[a], m.Edge[a], m.curl[a], m.shear[a], m.mid[a] = g.Field(), g.Field(), g.Field(), g.Field(), g.Field()
	}
	return m
}

const gravity = 9.81

// Push writes to out, at faces that gas can pass, c0 a + c1 u + dt (acceleration of
// u but for grad H). What carries the curl is taken upwind by the share of a cell that
// the flow crosses in lean seconds, without which the form u x w makes noise on coarse
// cells that mixes layers.
func (g *Grid) Push(t *Team, m *Motion, out, a, u *[3][]float32, rho []float32, c0, c1, dt, lean float32) {
	for e := range 3 {
		g.edges(t, m, u, e)
	}
	for axis := range 3 {
		g.push(t, m, out[axis], a[axis], u, rho, axis, c0, c1, dt, lean)
	}
}

// edges works out curl and shear along the edges of one direction.
func (g *Grid) edges(t *Team, m *Motion, u *[3][]float32, e int) {
	a, b := (e+1)%3, (e+2)%3
	sa, sb := g.Stride[a], g.Stride[b]
	ra, rb, quarter := lanes.Splat(float32(1/g.D[a])), lanes.Splat(float32(1/g.D[b])), lanes.Splat(.25)
	ua, ub, mu, mask, curl, shear := u[a], u[b], m.Mu, m.Edge[e], m.curl[e], m.shear[e]
	g.faces(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			db := lanes.Load(ub, i+sa).Sub(lanes.Load(ub, i)).Mul(ra)
			da := lanes.Load(ua, i+sb).Sub(lanes.Load(ua, i)).Mul(rb)
			lanes.Put(curl, i, db.Sub(da))
			v := lanes.Load(mu, i).Add(lanes.Load(mu, i+sa)).Add(lanes.Load(mu, i+sb).Add(lanes.Load(mu, i+sa+sb)))
			lanes.Put(shear, i, v.Mul(quarter).Mul(db.Add(da)).Mul(lanes.Load(mask, i)))
		}
		lanes.Done()
	})
}

// carried is four times the mean of what velocities v0 and v1 (each the sum of two) carry
// of the curls w0 and w1 on both sides of a face. Where layers calm the flow, curls that
// differ are taken upwind by |w1 - w0|/(|w1| + |w0|), as in van Leer's limiter: those of
// opposite sign, which no eddy larger than a cell has, wholly.
//
// Source: B. van Leer, "Towards the ultimate conservative difference scheme II", Journal
// of Computational Physics 14 (1974) 361.
func carried(w0, w1, v0, v1, lean, calm lanes.Vec) lanes.Vec {
	one, half, tiny := lanes.Splat(1), lanes.Splat(.5), lanes.Splat(1e-6)
	sum := w1.Mul(v1).Mul(one.Sub(v1.Mul(lean))).Add(w0.Mul(v0).Mul(one.Add(v0.Mul(lean))))
	d := w1.Sub(w0)
	share := size(d).Div(size(w1).Add(size(w0)).Add(tiny)).Mul(calm)
	return sum.Sub(share.Mul(d).Mul(size(v0.Add(v1)).Mul(half)))
}

// size is the absolute value.
func size(v lanes.Vec) lanes.Vec { return v.Max(lanes.Splat(0).Sub(v)) }

func (g *Grid) push(t *Team, m *Motion, out, from []float32, u *[3][]float32, rho []float32, a int, c0, c1, dt, lean float32) {
	b, c := (a+1)%3, (a+2)%3
	sa, sb, sc := g.Stride[a], g.Stride[b], g.Stride[c]
	ra, rb, rc := lanes.Splat(float32(1/g.D[a])), lanes.Splat(float32(1/g.D[b])), lanes.Splat(float32(1/g.D[c]))
	v0, v1, vt := lanes.Splat(c0), lanes.Splat(c1), lanes.Splat(dt)
	quarter, half, one, two, third := lanes.Splat(.25), lanes.Splat(.5), lanes.Splat(1), lanes.Splat(2), lanes.Splat(float32(1./3))
	var fall float32
	if a == 2 {
		fall = gravity
	}
	leanB, leanC := lanes.Splat(float32(float64(lean)/2/g.D[b])), lanes.Splat(float32(float64(lean)/2/g.D[c]))
	grav, rho0 := lanes.Splat(fall), lanes.Splat(float32(m.Rho0))
	ua, ub, uc := u[a], u[b], u[c]
	curlB, curlC, shearB, shearC := m.curl[b], m.curl[c], m.shear[b], m.shear[c]
	mask, mu, div, p := m.Mask[a], m.Mu, m.Div, m.P
	g.faces(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			bp := lanes.Load(ub, i).Add(lanes.Load(ub, i+sa))
			bm := lanes.Load(ub, i-sb).Add(lanes.Load(ub, i-sb+sa))
			cp := lanes.Load(uc, i).Add(lanes.Load(uc, i+sa))
			cm := lanes.Load(uc, i-sc).Add(lanes.Load(uc, i-sc+sa))
			calm := lanes.Load(m.Calm, i).Add(lanes.Load(m.Calm, i+sa)).Mul(half)
			acc := carried(lanes.Load(curlC, i-sb), lanes.Load(curlC, i), bm, bp, leanB, calm).
				Sub(carried(lanes.Load(curlB, i-sc), lanes.Load(curlB, i), cm, cp, leanC, calm)).Mul(quarter)
			v := lanes.Load(ua, i)
			stress := lanes.Load(shearC, i).Sub(lanes.Load(shearC, i-sb)).Mul(rb).
				Add(lanes.Load(shearB, i).Sub(lanes.Load(shearB, i-sc)).Mul(rc))
			here := lanes.Load(mu, i).Mul(v.Sub(lanes.Load(ua, i-sa)).Mul(ra).Sub(lanes.Load(div, i).Mul(third)))
			next := lanes.Load(mu, i+sa).Mul(lanes.Load(ua, i+sa).Sub(v).Mul(ra).Sub(lanes.Load(div, i+sa).Mul(third)))
			stress = stress.Add(next.Sub(here).Mul(two).Mul(ra))
			r0, r1 := lanes.Load(rho, i), lanes.Load(rho, i+sa)
			sum := r0.Add(r1)
			per := two.Div(sum)
			acc = acc.Add(stress.Mul(per)).Add(grav.Mul(rho0.Mul(per).Sub(one)))
			tilt := r0.Sub(r1).Div(r0.Mul(r1)).Mul(ra) // grad 1/rho
			acc = acc.Add(lanes.Load(p, i).Add(lanes.Load(p, i+sa)).Mul(half).Mul(tilt))
			w := lanes.Load(from, i).Mul(v0).Add(v.Mul(v1)).Add(vt.Mul(acc))
			lanes.Put(out, i, w.Mul(lanes.Load(mask, i)))
		}
		lanes.Done()
	})
}

// Turbulence sets Mu to the laminar viscosity plus rho times Deardorff's eddy
// viscosity 0.1 D sqrt(k), and sub to sqrt(k), where k is the kinetic energy of the
// difference between the velocity in a cell and its mean over the cells around. D is the
// width of a cell, or less where density falls upwards: 0.76 sqrt(k)/N, with N the
// frequency of waves in such layers; Calm is by what share it is less.
//
// Source: J. W. Deardorff, "Stratocumulus-capped mixed layers derived from a
// three-dimensional model", Boundary-Layer Meteorology 18 (1980) 495; constant and
// filter (here to first order): FDS Technical Reference Guide, NIST SP 1018-1,
// turbulence.
func (g *Grid) Turbulence(t *Team, m *Motion, u *[3][]float32, rho, temp, sub []float32, widthM float64) {
	half := lanes.Splat(.5)
	g.cells(t, func(lo, hi int) {
		for a := range 3 {
			s := g.Stride[a]
			for i := lo; i < hi; i += lanes.Width {
				lanes.Put(m.mid[a], i, lanes.Load(u[a], i).Add(lanes.Load(u[a], i-s)).Mul(half))
			}
		}
		lanes.Done()
	})
	scale := lanes.Splat(1. / 16)
	eddy := lanes.Splat(float32(DeardorffConstant * widthM))
	zero, one, tiny := lanes.Splat(0), lanes.Splat(1), lanes.Splat(1e-6)
	perWave := lanes.Splat(float32(gravity / (2 * g.D[2]) * widthM * widthM / (.76 * .76)))
	mu0, mu1 := lanes.Splat(0.6e-5), lanes.Splat(4.1e-8) // a line through Sutherland's law, 300 to 1200 K
	sy, sz := g.Stride[1], g.Stride[2]
	mx, my, mz := m.Mask[0], m.Mask[1], m.Mask[2]
	g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			k := lanes.Splat(0)
			for a := range 3 {
				f := m.mid[a]
				c := lanes.Load(f, i)
				d := lanes.Load(f, i+1).Sub(c).Mul(lanes.Load(mx, i)).Add(lanes.Load(f, i-1).Sub(c).Mul(lanes.Load(mx, i-1)))
				d = d.Add(lanes.Load(f, i+sy).Sub(c).Mul(lanes.Load(my, i)).Add(lanes.Load(f, i-sy).Sub(c).Mul(lanes.Load(my, i-sy))))
				d = d.Add(lanes.Load(f, i+sz).Sub(c).Mul(lanes.Load(mz, i)).Add(lanes.Load(f, i-sz).Sub(c).Mul(lanes.Load(mz, i-sz))))
				k = k.Add(d.Mul(d))
			}
			root := k.Mul(half).Mul(scale).Sqrt()
			lanes.Put(sub, i, root)
			r := lanes.Load(rho, i)
			fall := r.Sub(lanes.Load(rho, i+sz)).Mul(lanes.Load(mz, i)).Add(lanes.Load(rho, i-sz).Sub(r).Mul(lanes.Load(mz, i-sz)))
			waves := fall.Max(zero).Div(r).Mul(perWave).Sqrt() // width N / 0.76
			short := waves.Div(root.Add(tiny)).Max(one)
			lanes.Put(m.Calm, i, one.Sub(one.Div(short)))
			nu := r.Mul(root).Mul(eddy).Div(short)
			lanes.Put(m.Mu, i, mu0.Add(mu1.Mul(lanes.Load(temp, i))).Add(nu).Mul(lanes.Load(m.Gas, i)))
		}
		lanes.Done()
	})
}

// DeardorffConstant is that of the eddy viscosity.
const DeardorffConstant = 0.1

// Diverge writes div u.
func (g *Grid) Diverge(t *Team, dst []float32, u *[3][]float32) {
	rx, ry, rz := lanes.Splat(float32(1/g.D[0])), lanes.Splat(float32(1/g.D[1])), lanes.Splat(float32(1/g.D[2]))
	sy, sz := g.Stride[1], g.Stride[2]
	g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			v := lanes.Load(u[0], i).Sub(lanes.Load(u[0], i-1)).Mul(rx).
				Add(lanes.Load(u[1], i).Sub(lanes.Load(u[1], i-sy)).Mul(ry)).
				Add(lanes.Load(u[2], i).Sub(lanes.Load(u[2], i-sz)).Mul(rz))
			lanes.Put(dst, i, v)
		}
		lanes.Done()
	})
}

// Need writes the right side of the pressure equation: (want - div u)/dt in gas.
func (g *Grid) Need(t *Team, dst, want, gas []float32, u *[3][]float32, dt float32) {
	g.Diverge(t, dst, u)
	per := lanes.Splat(1 / dt)
	g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			lanes.Put(dst, i, lanes.Load(want, i).Sub(lanes.Load(dst, i)).Mul(per).Mul(lanes.Load(gas, i)))
		}
		lanes.Done()
	})
}

// Correct takes dt grad H off the velocities of faces that gas can pass.
func (g *Grid) Correct(t *Team, u *[3][]float32, h []float32, mask *[3][]float32, dt float32) {
	for a := range 3 {
		s, f := g.Stride[a], lanes.Splat(float32(float64(dt)/g.D[a]))
		g.faces(t, func(lo, hi int) {
			for i := lo; i < hi; i += lanes.Width {
				d := lanes.Load(h, i+s).Sub(lanes.Load(h, i)).Mul(f)
				lanes.Put(u[a], i, lanes.Load(u[a], i).Sub(d.Mul(lanes.Load(mask[a], i))))
			}
			lanes.Done()
		})
	}
}

// Head sets P to rho (H - |u|^2/2) in gas, and kin to |u|^2/2.
func (g *Grid) Head(t *Team, p, kin, h, rho, gas []float32, u *[3][]float32) {
	eighth := lanes.Splat(.125)
	sy, sz := g.Stride[1], g.Stride[2]
	g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			x := lanes.Load(u[0], i).Add(lanes.Load(u[0], i-1))
			y := lanes.Load(u[1], i).Add(lanes.Load(u[1], i-sy))
			z := lanes.Load(u[2], i).Add(lanes.Load(u[2], i-sz))
			k := x.Mul(x).Add(y.Mul(y)).Add(z.Mul(z)).Mul(eighth)
			lanes.Put(kin, i, k)
			lanes.Put(p, i, lanes.Load(rho, i).Mul(lanes.Load(h, i).Sub(k)).Mul(lanes.Load(gas, i)))
		}
		lanes.Done()
	})
}

// Fastest is the largest over all cells of |u|/dx + |v|/dy + |w|/dz, of the largest
// of the three, and of Mu/rho.
func (g *Grid) Fastest(t *Team, u *[3][]float32, mu, rho []float32) (sum, one, nu float64) {
	rx, ry, rz := lanes.Splat(float32(1/g.D[0])), lanes.Splat(float32(1/g.D[1])), lanes.Splat(float32(1/g.D[2]))
	sy, sz := g.Stride[1], g.Stride[2]
	most := make([][3][lanes.Width]float32, g.N[2])
	zero := lanes.Splat(0)
	t.Each(g.N[2], g.Stride[2], func(k int) {
		lo, hi := g.plane(k)
		ms, mo, mn := zero, zero, zero
		for i := lo; i < hi; i += lanes.Width {
			x := size(lanes.Load(u[0], i)).Max(size(lanes.Load(u[0], i-1))).Mul(rx)
			y := size(lanes.Load(u[1], i)).Max(size(lanes.Load(u[1], i-sy))).Mul(ry)
			z := size(lanes.Load(u[2], i)).Max(size(lanes.Load(u[2], i-sz))).Mul(rz)
			ms, mo = x.Add(y).Add(z).Max(ms), x.Max(y).Max(z).Max(mo)
			mn = lanes.Load(mu, i).Div(lanes.Load(rho, i)).Max(mn)
		}
		lanes.Put(most[k][0][:], 0, ms)
		lanes.Put(most[k][1][:], 0, mo)
		lanes.Put(most[k][2][:], 0, mn)
		lanes.Done()
	})
	for k := range most {
		for l := range lanes.Width {
			sum, one, nu = max(sum, float64(most[k][0][l])), max(one, float64(most[k][1][l])), max(nu, float64(most[k][2][l]))
		}
	}
	return sum, one, nu
}
