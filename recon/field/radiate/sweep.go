package radiate

import (
	"math"

	"firescene/recon/field/lanes"
)

// Solver holds the geometry and the intensities summed up so far. Cells are numbered
// x fastest, then y, then z.
type Solver struct {
	n      [3]int
	cells  int
	weight [3][perOctant]float32 // direction over cell size
	area   [3][perOctant]float32 // direction, for fluxes on faces
	omega  [perOctant]float32

	// Kappa in 1/m and Emit, what cells emit in W/m3, are the caller's to set.
	Kappa, Emit []float32
	// Wall is, for the six sides x0, x1, y0, y1, z0, z1 of each cell, the index of the
	// face there, or None for another cell.
	wall  [6][]int32
	flags []uint8
	// Leave is what each face sends out in W/m2, In what reaches it.
	Leave, In []float32
	// U is the integral of intensity over the sphere, W/m2.
	U []float32
	// Targets are gauges in the gas.
	Targets []Target

	sumU, sumIn []float32 // eight lanes each
	plane, row  []float32
	next        int
}

// Target is a small gauge that faces Normal; In is the flux that reaches it, W/m2.
type Target struct {
	Cell   int
	Normal [3]float64
	In     float64
	sum    float64
}

// None marks a side that leads to another cell.
const None = -1

// Octants is how many parts an update has.
const Octants = 8

const (
	hasWall   = 1
	hasTarget = 2
	isSolid   = 4
)

// New lays out a solver. wall gives the faces by side and cell, solid the cells that
// hold no gas; faces is how many faces there are.
func New(n [3]int, d [3]float64, wall [6][]int32, solid []bool, faces int, targets []Target) *Solver {
	s := &Solver{n: n, cells: n[0] * n[1] * n[2], wall: wall, Targets: targets}
	q := newQuadrature()
	for a := range 3 {
		for m := range perOctant {
			s.weight[a][m] = float32(q.dir[a][m] / d[a])
			s.area[a][m] = float32(q.dir[a][m])
			s.omega[m] = float32(q.omega[m])
		}
	}
	s.Kappa, s.Emit, s.U = make([]float32, s.cells), make([]float32, s.cells), make([]float32, s.cells)
	s.Leave, s.In = make([]float32, faces), make([]float32, faces)
	s.sumU, s.sumIn = make([]float32, s.cells*lanes.Width), make([]float32, faces*lanes.Width)
	s.plane, s.row = make([]float32, n[0]*n[1]*perOctant), make([]float32, n[0]*perOctant)
	s.flags = make([]uint8, s.cells)
	for c := range s.cells {
		if solid[c] {
			s.flags[c] |= isSolid
		}
		for side := range 6 {
			if wall[side][c] != None {
				s.flags[c] |= hasWall
			}
		}
	}
	for i := range targets {
		s.flags[targets[i].Cell] |= hasTarget
	}
	return s
}

// Step does the next octant and reports whether all are done and U, In and the
// targets are new.
func (s *Solver) Step() bool {
	s.sweep(s.next)
	if s.next++; s.next < Octants {
		return false
	}
	s.next = 0
	for c := range s.U {
		s.U[c] = sum(s.sumU[c*lanes.Width:])
	}
	for f := range s.In {
		s.In[f] = sum(s.sumIn[f*lanes.Width:])
	}
	for i := range s.Targets {
		s.Targets[i].In, s.Targets[i].sum = s.Targets[i].sum, 0
	}
	clear(s.sumU)
	clear(s.sumIn)
	return true
}

func sum(v []float32) float32 {
	return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))
}

// sweep goes through all cells in the direction of one octant. plane and row keep
// the intensities that leave the cells behind in z and y.
func (s *Solver) sweep(octant int) {
	nx, ny, nz := s.n[0], s.n[1], s.n[2]
	var sign [3]int
	for a := range sign {
		sign[a] = 1 - 2*(octant>>a&1)
	}
	first := func(a, n int) int {
		if sign[a] > 0 {
			return 0
		}
		return n - 1
	}
	var w [3][2]lanes.Vec
	var om [2]lanes.Vec
	for h := range 2 {
		for a := range 3 {
			w[a][h] = lanes.Load(s.weight[a][:], h*lanes.Width)
		}
		om[h] = lanes.Load(s.omega[:], h*lanes.Width)
	}
	w0 := [2]lanes.Vec{w[0][0].Add(w[1][0]).Add(w[2][0]), w[0][1].Add(w[1][1]).Add(w[2][1])}
	quarter := float32(1 / (4 * math.Pi))
	k := first(2, nz)
	for range nz {
		j := first(1, ny)
		for range ny {
			line := s.plane[j*nx*perOctant : (j+1)*nx*perOctant]
			i := first(0, nx)
			c := (k*ny+j)*nx + i
			var x0, x1 lanes.Vec
			for range nx {
				at := i * perOctant
				fl := s.flags[c]
				if fl&isSolid != 0 {
					i, c = i+sign[0], c+sign[0]
					continue
				}
				y0, y1 := lanes.Load(s.row, at), lanes.Load(s.row, at+lanes.Width)
				z0, z1 := lanes.Load(line, at), lanes.Load(line, at+lanes.Width)
				if fl&hasWall != 0 {
					if f := s.wall[behind(0, sign[0])][c]; f != None {
						x0 = lanes.Splat(s.Leave[f] / math.Pi)
						x1 = x0
					}
					if f := s.wall[behind(1, sign[1])][c]; f != None {
						y0 = lanes.Splat(s.Leave[f] / math.Pi)
						y1 = y0
					}
					if f := s.wall[behind(2, sign[2])][c]; f != None {
						z0 = lanes.Splat(s.Leave[f] / math.Pi)
						z1 = z0
					}
				}
				kappa, source := lanes.Splat(s.Kappa[c]), lanes.Splat(s.Emit[c]*quarter)
				x0 = w[0][0].Mul(x0).Add(w[1][0].Mul(y0)).Add(w[2][0].Mul(z0).Add(source.Mul(om[0]))).Div(w0[0].Add(kappa.Mul(om[0])))
				x1 = w[0][1].Mul(x1).Add(w[1][1].Mul(y1)).Add(w[2][1].Mul(z1).Add(source.Mul(om[1]))).Div(w0[1].Add(kappa.Mul(om[1])))
				lanes.Put(s.row, at, x0)
				lanes.Put(s.row, at+lanes.Width, x1)
				lanes.Put(line, at, x0)
				lanes.Put(line, at+lanes.Width, x1)
				u := c * lanes.Width
				lanes.Put(s.sumU, u, lanes.Load(s.sumU, u).Add(om[0].Mul(x0)).Add(om[1].Mul(x1)))
				if fl&hasWall != 0 {
					for a := range 3 {
						if f := s.wall[1-behind(a, sign[a])+4*a][c]; f != None {
							v := int(f) * lanes.Width
							lanes.Put(s.sumIn, v, lanes.Load(s.sumIn, v).Add(lanes.Load(s.area[a][:], 0).Mul(x0)).Add(lanes.Load(s.area[a][:], lanes.Width).Mul(x1)))
						}
					}
				}
				if fl&hasTarget != 0 {
					s.meet(c, sign, line[at:at+perOctant])
				}
				i, c = i+sign[0], c+sign[0]
			}
			j += sign[1]
		}
		k += sign[2]
	}
	lanes.Done()
}

// behind is the side of a cell from which radiation of that sign comes.
func behind(axis, sign int) int {
	if sign > 0 {
		return 2 * axis
	}
	return 2*axis + 1
}

// meet adds what reaches the targets in a cell.
func (s *Solver) meet(c int, sign [3]int, intensity []float32) {
	for i := range s.Targets {
		t := &s.Targets[i]
		if t.Cell != c {
			continue
		}
		for m, v := range intensity {
			var cos float64
			for a := range 3 {
				cos -= t.Normal[a] * float64(sign[a]) * float64(s.area[a][m])
			}
			if cos > 0 {
				t.sum += cos * float64(v)
			}
		}
	}
}
