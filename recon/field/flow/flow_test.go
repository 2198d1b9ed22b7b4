package flow

import (
	"math"
	"math/rand"
	"testing"
)

// box is a grid of gas with walls around, in a block of m by m by 1 cells, and what
// stands in it.
func box(n [3]int, d float64, solid func(i, j, k int) bool) (*Grid, *Motion) {
	g := NewGrid(n, [3]float64{d, d, d})
	m := g.NewMotion()
	each := func(f func(i, j, k, at int)) {
		for k := range n[2] {
			for j := range n[1] {
				for i := range n[0] {
					f(i, j, k, g.At(i, j, k))
				}
			}
		}
	}
	each(func(i, j, k, at int) {
		if !solid(i, j, k) {
			m.Gas[at] = 1
		}
	})
	each(func(i, j, k, at int) {
		for a := range 3 {
			m.Mask[a][at] = m.Gas[at] * m.Gas[at+g.Stride[a]]
		}
	})
	m.Rho0 = 1
	return &g, m
}

func never(int, int, int) bool { return false }

// The solution makes the divergence what was asked for, with obstacles and in rooms
// that one door joins, and no flow passes solid faces.
func TestPressureHonoursSolids(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	g, m := box([3]int{23, 17, 12}, .1, func(i, j, k int) bool {
		return i == 11 && !(j > 6 && j < 9 && k < 8) || i > 14 && i < 17 && j > 3 && j < 8 && k < 5
	})
	team := NewTeam(2)
	open := g.Field()
	for j := range 17 {
		for k := range 12 {
			open[g.At(22, j, k)] = 200
		}
	}
	p := NewPressure(g, team, m.Gas, &m.Mask, open)
	b, x := g.Field(), g.Field()
	for k := range 12 {
		for j := range 17 {
			for i := range 23 {
				at := g.At(i, j, k)
				b[at] = float32(r.NormFloat64()) * m.Gas[at]
			}
		}
	}
	rest, n := p.Solve(x, b, 1e-4, 60)
	if rest > 1e-4 || n > 25 {
		t.Fatalf("rest %g after %d iterations", rest, n)
	}
	var worst float64
	for k := range 12 {
		for j := range 17 {
			for i := range 23 {
				at := g.At(i, j, k)
				if m.Gas[at] == 0 {
					continue
				}
				lap := float64(open[at] * -x[at])
				for a := range 3 {
					s := g.Stride[a]
					lap += 100 * float64(m.Mask[a][at]*(x[at+s]-x[at])+m.Mask[a][at-s]*(x[at-s]-x[at]))
				}
				worst = math.Max(worst, math.Abs(lap+float64(b[at])))
			}
		}
	}
	if worst > 3e-3 {
		t.Errorf("-div grad H is off by %g", worst)
	}
}

// A steady vortex between frictionless walls (G. I. Taylor's) stays what it is; what
// leaning upwind takes off it falls with the size of cells.
func TestVortexConverges(t *testing.T) {
	measure := func(n int, lean float32) float64 {
		d := 1 / float64(n)
		g, m := box([3]int{n, n, 4}, d, never)
		team := NewTeam(1)
		var u, us [3][]float32
		for a := range 3 {
			u[a], us[a] = g.Field(), g.Field()
		}
		rho := g.Field()
		for i := range rho {
			rho[i] = 1
		}
		exact := func(i, j int) (float64, float64) {
			x, y := float64(i+1)*d, (float64(j)+.5)*d
			ux := math.Sin(math.Pi*x) * math.Cos(math.Pi*y)
			x, y = (float64(i)+.5)*d, float64(j+1)*d
			return ux, -math.Cos(math.Pi*x) * math.Sin(math.Pi*y)
		}
		for k := range 4 {
			for j := range n {
				for i := range n {
					at := g.At(i, j, k)
					a, b := exact(i, j)
					u[0][at], u[1][at] = float32(a)*m.Mask[0][at], float32(b)*m.Mask[1][at]
				}
			}
		}
		p := NewPressure(g, team, m.Gas, &m.Mask, g.Field())
		h0, h1, need, want := g.Field(), g.Field(), g.Field(), g.Field()
		dt := float32(.4 * d)
		for range n {
			g.Push(team, m, &us, &u, &u, rho, .5, .5, dt, lean*dt)
			g.Need(team, need, want, m.Gas, &us, dt)
			p.Solve(h0, need, 1e-5/float64(dt), 60)
			g.Correct(team, &us, h0, &m.Mask, dt)
			g.Push(team, m, &u, &u, &us, rho, .5, .5, dt/2, lean*dt)
			g.Need(team, need, want, m.Gas, &u, dt/2)
			p.Solve(h1, need, 1e-5/float64(dt), 60)
			g.Correct(team, &u, h1, &m.Mask, dt/2)
		}
		var sum float64
		for j := range n {
			for i := range n - 1 {
				a, _ := exact(i, j)
				e := float64(u[0][g.At(i, j, 1)]) - a
				sum += e * e
			}
		}
		return math.Sqrt(sum / float64(n*n))
	}
	if still := measure(32, 0); still > 1e-6 {
		t.Errorf("without leaning upwind, error %.4g", still)
	}
	if leaning, finer := measure(16, 1), measure(32, 1); leaning > .015 || finer > .6*leaning {
		t.Errorf("leaning upwind, errors %.4g and %.4g", leaning, finer)
	}
}

// A blob carried by a steady flow keeps its sum and makes no new extremes, and finer
// cells keep its shape better.
func TestTransport(t *testing.T) {
	measure := func(n int) float64 {
		g, m := box([3]int{n, 8, 4}, 4/float64(n), never)
		team := NewTeam(1)
		a, b, src := g.Field(), g.Field(), g.Field()
		var u, flux [3][]float32
		for k := range 3 {
			u[k], flux[k] = g.Field(), g.Field()
		}
		for i := range u[0] {
			u[0][i] = m.Mask[0][i]
		}
		shape := func(x float64) float64 { return 1 + math.Exp(-25*(x-1)*(x-1)) }
		sum := func(f []float32) (s float64) {
			for i := range n {
				s += float64(f[g.At(i, 3, 2)])
			}
			return s
		}
		for i := range g.Len {
			a[i] = 1
		}
		for k := range 4 {
			for j := range 8 {
				for i := range n {
					a[g.At(i, j, k)] = float32(shape((float64(i) + .5) * 4 / float64(n)))
				}
			}
		}
		before := sum(a)
		dt := float32(.4 * 4 / float64(n))
		steps := int(.8/float64(dt) + .5)
		for range steps {
			for k := range 3 {
				g.Carry(team, flux[k], u[k], a, k)
			}
			g.Advance(team, b, a, a, src, m.Gas, &flux, .5, .5, dt)
			for k := range 3 {
				g.Carry(team, flux[k], u[k], b, k)
			}
			g.Advance(team, a, a, b, src, m.Gas, &flux, .5, .5, dt/2)
		}
		if d := sum(a) - before; math.Abs(d) > 1e-4*before {
			t.Errorf("the sum changed by %g of %g", d, before)
		}
		var err float64
		for i := n * 3 / 10; i < n*3/4; i++ { // where the flow begins gas thins, where it ends it gathers
			v := float64(a[g.At(i, 3, 2)])
			if v < 1-1e-4 || v > 2+1e-4 {
				t.Errorf("a new extreme: %g", v)
			}
			err += math.Abs(v-shape((float64(i)+.5)*4/float64(n)-float64(steps)*float64(dt))) / float64(n)
		}
		return err
	}
	if coarse, fine := measure(40), measure(80); fine > .6*coarse || fine > .03 {
		t.Errorf("errors %.4g and %.4g", coarse, fine)
	}
}

// Temperature and enthalpy of a mixture turn into each other, and the pressure of the
// equation of state has no excess where none is.
func TestStateIsConsistent(t *testing.T) {
	g, m := box([3]int{8, 4, 4}, 1, never)
	gas := Gas{Cp: [3][2]float64{{960, .18}, {1000, 2.2}, {1050, .3}}, PerMole: [3]float64{287, 190, 295}}
	rho, rh, rf, rp, perP := g.Field(), g.Field(), g.Field(), g.Field(), g.Field()
	for i := range rho {
		rho[i], rh[i] = 1, 1
	}
	temp := func(i int) float64 { return 280 + 200*float64(i) }
	for i := range 8 {
		at := g.At(i, 0, 0)
		f, p := .02*float64(i), .05*float64(i)
		r := 101325 / (gas.Constant(f, p) * temp(i))
		rho[at], rh[at], rf[at], rp[at], perP[at] = float32(r), float32(r*gas.Enthalpy(temp(i), f, p)), float32(r*f), float32(r*p), float32(1./101325)
	}
	s := g.NewState()
	g.Derive(NewTeam(1), s, rho, rh, rf, rp, perP, &gas)
	for i := range 8 {
		at := g.At(i, 0, 0)
		if math.Abs(float64(s.T[at])-temp(i)) > .01 || math.Abs(float64(s.Excess[at])) > 1e-5 {
			t.Errorf("%.0f K came back as %.3f, excess %g", temp(i), s.T[at], s.Excess[at])
		}
	}
	_ = m
}
