package flow

import "firescene/recon/field/lanes"

// slope is half of Roe's superbee of two differences.
//
// Source: P. L. Roe, "Characteristic-based schemes for the Euler equations", Annual
// Review of Fluid Mechanics 18 (1986) 337.
func slope(a, b lanes.Vec) lanes.Vec {
	zero, half := lanes.Splat(0), lanes.Splat(.5)
	a2, b2 := a.Add(a), b.Add(b)
	up := a2.Min(b).Max(a.Min(b2)).Max(zero)
	down := a2.Max(b).Min(a.Max(b2)).Min(zero)
	return up.Add(down).Mul(half)
}

// Carry writes to dst what flows through the faces along an axis: vel times phi,
// taken upwind with a limited slope. vel may be a mass flux.
func (g *Grid) Carry(t *Team, dst, vel, phi []float32, axis int) {
	s := g.Stride[axis]
	g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			u := lanes.Load(vel, i)
			p0, p1 := lanes.Load(phi, i), lanes.Load(phi, i+s)
			d := p1.Sub(p0)
			a := lanes.Pick(u, p0.Sub(lanes.Load(phi, i-s)), lanes.Load(phi, i+2*s).Sub(p1))
			sl := slope(a, d)
			lanes.Put(dst, i, u.Mul(lanes.Pick(u, p0.Add(sl), p1.Sub(sl))))
		}
		lanes.Done()
	})
}

// Advance writes to out, where there is gas, c0 a + c1 b + dt (src - div flux).
func (g *Grid) Advance(t *Team, out, a, b, src, gas []float32, flux *[3][]float32, c0, c1, dt float32) {
	rx, ry, rz := lanes.Splat(float32(1/g.D[0])), lanes.Splat(float32(1/g.D[1])), lanes.Splat(float32(1/g.D[2]))
	v0, v1, vt, one := lanes.Splat(c0), lanes.Splat(c1), lanes.Splat(dt), lanes.Splat(1)
	fx, fy, fz := flux[0], flux[1], flux[2]
	sy, sz := g.Stride[1], g.Stride[2]
	g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			div := lanes.Load(fx, i).Sub(lanes.Load(fx, i-1)).Mul(rx)
			div = div.Add(lanes.Load(fy, i).Sub(lanes.Load(fy, i-sy)).Mul(ry))
			div = div.Add(lanes.Load(fz, i).Sub(lanes.Load(fz, i-sz)).Mul(rz))
			va := lanes.Load(a, i)
			v := va.Mul(v0).Add(lanes.Load(b, i).Mul(v1)).Add(vt.Mul(lanes.Load(src, i).Sub(div)))
			m := lanes.Load(gas, i)
			lanes.Put(out, i, v.Mul(m).Add(va.Mul(one.Sub(m))))
		}
		lanes.Done()
	})
}

// Diffuse writes to dst div(coef grad phi), nothing passing masked faces; coef is
// given at cells and averaged to faces.
func (g *Grid) Diffuse(t *Team, dst, coef, phi []float32, mask *[3][]float32) {
	half := .5
	rx, ry, rz := lanes.Splat(float32(half/(g.D[0]*g.D[0]))), lanes.Splat(float32(half/(g.D[1]*g.D[1]))), lanes.Splat(float32(half/(g.D[2]*g.D[2])))
	mx, my, mz := mask[0], mask[1], mask[2]
	sy, sz := g.Stride[1], g.Stride[2]
	g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			c, p := lanes.Load(coef, i), lanes.Load(phi, i)
			sum := c.Add(lanes.Load(coef, i+1)).Mul(lanes.Load(mx, i)).Mul(lanes.Load(phi, i+1).Sub(p)).
				Add(c.Add(lanes.Load(coef, i-1)).Mul(lanes.Load(mx, i-1)).Mul(lanes.Load(phi, i-1).Sub(p))).Mul(rx)
			sum = sum.Add(c.Add(lanes.Load(coef, i+sy)).Mul(lanes.Load(my, i)).Mul(lanes.Load(phi, i+sy).Sub(p)).
				Add(c.Add(lanes.Load(coef, i-sy)).Mul(lanes.Load(my, i-sy)).Mul(lanes.Load(phi, i-sy).Sub(p))).Mul(ry))
			sum = sum.Add(c.Add(lanes.Load(coef, i+sz)).Mul(lanes.Load(mz, i)).Mul(lanes.Load(phi, i+sz).Sub(p)).
				Add(c.Add(lanes.Load(coef, i-sz)).Mul(lanes.Load(mz, i-sz)).Mul(lanes.Load(phi, i-sz).Sub(p))).Mul(rz))
			lanes.Put(dst, i, sum)
		}
		lanes.Done()
	})
}

// Gas is how enthalpy, density, temperature and composition hang together: cp is
// linear in temperature with coefficients linear in the mass fractions of unburnt
// fuel and products, enthalpy counts from 0 K.
type Gas struct {
	Cp      [3][2]float64 // of air, fuel and products: J/(kg K), J/(kg K2)
	PerMole [3]float64    // R/W of the same, J/(kg K)
}

// Enthalpy is that of a mixture in J/kg.
func (g *Gas) Enthalpy(t, fuel, products float64) float64 {
	w := [3]float64{1 - fuel - products, fuel, products}
	var a, b float64
	for k, v := range w {
		a += v * g.Cp[k][0]
		b += v * g.Cp[k][1]
	}
	return a*t + b*t*t/2
}

// Constant is R/W of a mixture.
func (g *Gas) Constant(fuel, products float64) float64 {
	return (1-fuel-products)*g.PerMole[0] + fuel*g.PerMole[1] + products*g.PerMole[2]
}

// State is what follows from the four carried scalars.
type State struct {
	H, Fuel, Prod []float32 // J/kg, mass fractions
	T             []float32 // K
	RhoCpT        []float32 // J/m3
	Excess        []float32 // relative pressure of the equation of state above the background
}

// NewState makes one.
func (g *Grid) NewState() *State {
	return &State{g.Field(), g.Field(), g.Field(), g.Field(), g.Field(), g.Field()}
}

// Derive works out the state; perP is one over the background pressure.
func (g *Grid) Derive(t *Team, s *State, rho, rh, rf, rp, perP []float32, gas *Gas) {
	sp := lanes.Splat
	f32 := func(v float64) lanes.Vec { return sp(float32(v)) }
	a0, a1, a2 := f32(gas.Cp[0][0]), f32(gas.Cp[1][0]-gas.Cp[0][0]), f32(gas.Cp[2][0]-gas.Cp[0][0])
	b0, b1, b2 := f32(gas.Cp[0][1]), f32(gas.Cp[1][1]-gas.Cp[0][1]), f32(gas.Cp[2][1]-gas.Cp[0][1])
	r0, r1, r2 := f32(gas.PerMole[0]), f32(gas.PerMole[1]-gas.PerMole[0]), f32(gas.PerMole[2]-gas.PerMole[0])
	one, two := sp(1), sp(2)
	g.cells(t, func(lo, hi int) {
		for i := lo; i < hi; i += lanes.Width {
			r := lanes.Load(rho, i)
			per := one.Div(r)
			h := lanes.Load(rh, i).Mul(per)
			f := lanes.Load(rf, i).Mul(per)
			p := lanes.Load(rp, i).Mul(per)
			lanes.Put(s.H, i, h)
			lanes.Put(s.Fuel, i, f)
			lanes.Put(s.Prod, i, p)
			a := a0.Add(a1.Mul(f)).Add(a2.Mul(p))
			b := b0.Add(b1.Mul(f)).Add(b2.Mul(p))
			root := a.Mul(a).Add(two.Mul(b).Mul(h)).Sqrt()
			temp := two.Mul(h).Div(a.Add(root))
			lanes.Put(s.T, i, temp)
			lanes.Put(s.RhoCpT, i, r.Mul(temp).Mul(root)) // a + bT is the root
			k := r0.Add(r1.Mul(f)).Add(r2.Mul(p))
			lanes.Put(s.Excess, i, r.Mul(temp).Mul(k).Mul(lanes.Load(perP, i)).Sub(one))
		}
		lanes.Done()
	})
}

// Drain is the largest relative loss a second of what fluxes take from a scalar.
func (g *Grid) Drain(t *Team, phi, gas []float32, flux *[3][]float32) float64 {
	rx, ry, rz := lanes.Splat(float32(1/g.D[0])), lanes.Splat(float32(1/g.D[1])), lanes.Splat(float32(1/g.D[2]))
	fx, fy, fz := flux[0], flux[1], flux[2]
	sy, sz := g.Stride[1], g.Stride[2]
	most := make([][lanes.Width]float32, g.N[2])
	t.Each(g.N[2], g.Stride[2], func(k int) {
		lo, hi := g.plane(k)
		m := lanes.Splat(0)
		for i := lo; i < hi; i += lanes.Width {
			div := lanes.Load(fx, i).Sub(lanes.Load(fx, i-1)).Mul(rx)
			div = div.Add(lanes.Load(fy, i).Sub(lanes.Load(fy, i-sy)).Mul(ry))
			div = div.Add(lanes.Load(fz, i).Sub(lanes.Load(fz, i-sz)).Mul(rz))
			m = div.Mul(lanes.Load(gas, i)).Div(lanes.Load(phi, i)).Max(m)
		}
		lanes.Put(most[k][:], 0, m)
		lanes.Done()
	})
	var worst float32
	for k := range most {
		for _, v := range most[k] {
			worst = max(worst, v)
		}
	}
	return float64(worst)
}
