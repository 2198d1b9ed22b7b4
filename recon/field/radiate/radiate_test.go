package radiate

import (
	"math"
	"testing"
)

// enclosure is a box of gas between walls on all sides.
func enclosure(n [3]int, d float64, targets []Target) *Solver {
	var wall [6][]int32
	cells := n[0] * n[1] * n[2]
	for s := range wall {
		wall[s] = make([]int32, cells)
	}
	faces := 0
	c := 0
	for k := range n[2] {
		for j := range n[1] {
			for i := range n[0] {
				p := [3]int{i, j, k}
				for a := range 3 {
					for far := range 2 {
						wall[2*a+far][c] = None
						if far == 0 && p[a] == 0 || far == 1 && p[a] == n[a]-1 {
							wall[2*a+far][c] = int32(faces)
							faces++
						}
					}
				}
				c++
			}
		}
	}
	return New(n, [3]float64{d, d, d}, wall, make([]bool, cells), faces, targets)
}

func update(s *Solver) {
	for !s.Step() {
	}
}

func TestQuadrature(t *testing.T) {
	q := newQuadrature()
	var omega float64
	var dir [3]float64
	for m := range perOctant {
		omega += 8 * q.omega[m]
		for a := range 3 {
			dir[a] += 4 * q.dir[a][m]
		}
	}
	if math.Abs(omega-4*math.Pi) > 1e-9 {
		t.Errorf("solid angle %g", omega)
	}
	for a, v := range dir {
		if math.Abs(v-math.Pi) > 1e-9 {
			t.Errorf("axis %d: half a sphere carries %g", a, v)
		}
	}
}

// In an enclosure of one temperature every place meets the radiation of that
// temperature.
func TestEquilibrium(t *testing.T) {
	s := enclosure([3]int{9, 7, 5}, .2, []Target{{Cell: 100, Normal: [3]float64{1, 0, 0}}})
	e := StefanBoltzmann * math.Pow(700, 4)
	for c := range s.Kappa {
		s.Kappa[c] = .1 + .01*float32(c%50)
		s.Emit[c] = s.Kappa[c] * float32(4*e)
	}
	for f := range s.Leave {
		s.Leave[f] = float32(e)
	}
	update(s)
	for c, u := range s.U {
		if math.Abs(float64(u)/(4*e)-1) > 1e-5 {
			t.Fatalf("cell %d: %g of %g", c, u, 4*e)
		}
	}
	for f, q := range s.In {
		if math.Abs(float64(q)/e-1) > 1e-5 {
			t.Fatalf("face %d: %g of %g", f, q, e)
		}
	}
	if math.Abs(s.Targets[0].In/e-1) > 1e-5 {
		t.Errorf("a target meets %g of %g", s.Targets[0].In, e)
	}
}

// What cells emit and walls send out is what cells and walls take up.
func TestEnergyIsKept(t *testing.T) {
	n, d := [3]int{8, 6, 7}, .25
	s := enclosure(n, d, nil)
	for c := range s.Kappa {
		s.Kappa[c] = .05 * float32(c%7)
		s.Emit[c] = 1000 * float32(c%11)
	}
	for f := range s.Leave {
		s.Leave[f] = 300 + float32(f%13)*50
	}
	update(s)
	var gain, loss float64
	for c := range s.U {
		gain += float64(s.Kappa[c]*s.U[c]) * d * d * d
		loss += float64(s.Emit[c]) * d * d * d
	}
	for f := range s.In {
		gain += float64(s.In[f]) * d * d
		loss += float64(s.Leave[f]) * d * d
	}
	if math.Abs(gain/loss-1) > 1e-4 {
		t.Errorf("%g taken up of %g", gain, loss)
	}
}

// A wide gray layer of one temperature between cold black walls sends out 1 - 2 E3(tau)
// of a black body: M. F. Modest, Radiative Heat Transfer, 3rd ed. (2013), 14.2.
func TestGrayLayer(t *testing.T) {
	for _, c := range []struct{ tau, want float64 }{{.5, 1 - 2*.2216}, {1, 1 - 2*.1097}, {2, 1 - 2*.03013}} {
		n := [3]int{48, 48, 8}
		s := enclosure(n, .125, nil)
		e := StefanBoltzmann * math.Pow(1000, 4)
		for k := range s.Kappa {
			s.Kappa[k] = float32(c.tau)
			s.Emit[k] = float32(c.tau * 4 * e)
		}
		update(s)
		got := float64(s.In[s.wall[4][24*48+24]]) / e
		if math.Abs(got-c.want) > .06*c.want {
			t.Errorf("tau %g: %.3f of a black body, want %.3f", c.tau, got, c.want)
		}
	}
}

// Hottel's charts give for 0.1 atm of CO2 with 0.1 atm of H2O and a path of 1 m at
// 1200 K about 0.2.
func TestGasEmissivity(t *testing.T) {
	if e := GasEmissivity(.1, .1, 1, 1200); e < .17 || e > .25 {
		t.Errorf("emissivity %.3f", e)
	}
	if a, b := GasEmissivity(.1, .1, 1, 1200), GasEmissivity(.1, .2, 1, 1200); b <= a {
		t.Errorf("more water radiates less: %.3f, %.3f", a, b)
	}
	if GasEmissivity(0, 0, 1, 1000) != 0 {
		t.Error("no gas radiates")
	}
}
