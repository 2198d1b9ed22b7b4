// Package volume draws gas on the CPU: smoke, temperature and heat release of
// simulations, as seen through the scene, by marching along the ray of each pixel of
// a picture of half the size.
//
// Smoke is what it is: light falls by exp(-K l) along a path of length l through smoke
// of the extinction coefficient K (Bouguer 1729, Beer 1852), as the simulation has it,
// so that what can be seen through it in the picture is what could be seen through it
// there. Temperature and heat release have no such look: their colours and how fast
// they hide what is behind them are fixed scales, the same in every picture.
//
// Between the middles of cells values are interpolated in a straight line. The same
// bytes come out for any number of workers, with and without vector instructions.
package volume

import (
	"math"
	"runtime"
	"sync"

	"firescene/recon"
)

// Scale says how a quantity looks: Sigma is how fast it hides what is behind it, 1/m,
// and RGB its colour 0..1, at even steps From to To, whose ends hold beyond them.
type Scale struct {
	From, To float32
	Sigma    []float32
	RGB      [][3]float32 // as many as Sigma, at least two
}

// Look says what of the gas is shown; what is nil or false is not.
type Look struct {
	Smoke       bool
	SmokeRGB    [3]float32
	Temperature *Scale
	Heat        *Scale
}

// brick is the edge in cells of the blocks that are passed over when they are empty.
const brick = 4

// Field is gas made ready to be drawn. Around the cells lies a border with the values
// of the outermost ones.
type Field struct {
	box    [2][3]float64
	cells  [3]int // with the border
	rgbs   []float32
	solid  []bool // of bricks: something is in them or beside them
	bricks [3]int
	lo, hi [3]float64 // cell coordinates between which something is
}

// MaxCells bounds the cells of one field: 16 bytes each.
const MaxCells = 16 << 20

// Pack makes gas ready to be drawn; nil when nothing of it is to be seen or its numbers
// contradict each other. Values that are not finite count as nothing.
func Pack(g *recon.Gas, look Look, workers int) *Field {
	n := g.Len()
	usable := func(v []float32) bool { return len(v) == n }
	smoke := look.Smoke && usable(g.ExtinctionM)
	temp := look.Temperature != nil && usable(g.TempC)
	heat := look.Heat != nil && usable(g.HRRKWM3)
	f := &Field{box: [2][3]float64{{g.Box.Min.X, g.Box.Min.Y, g.Box.Min.Z}, {g.Box.Max.X, g.Box.Max.Y, g.Box.Max.Z}}}
	for k := range 3 {
		if size := f.box[1][k] - f.box[0][k]; !(size > 0) || math.IsInf(size, 0) {
			return nil
		}
		f.cells[k] = g.Cells[k] + 2
		f.bricks[k] = (f.cells[k] + brick - 1) / brick
	}
	if n == 0 || n > MaxCells || !smoke && !temp && !heat {
		return nil
	}
	nx, ny, nz := f.cells[0], f.cells[1], f.cells[2]
	f.rgbs = make([]float32, 4*nx*ny*nz)
	if workers <= 0 {
		workers = runtime.NumCPU()
	}
	something := make([]bool, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for z := nz * w / workers; z < nz*(w+1)/workers; z++ {
				zi := min(max(z-1, 0), g.Cells[2]-1)
				for y := range ny {
					yi := min(max(y-1, 0), g.Cells[1]-1)
					row := f.rgbs[4*(z*ny+y)*nx : 4*(z*ny+y+1)*nx]
					from := (zi*g.Cells[1] + yi) * g.Cells[0]
					for x := range nx {
						i := from + min(max(x-1, 0), g.Cells[0]-1)
						v := row[4*x : 4*x+4 : 4*x+4]
						if smoke {
							if s := g.ExtinctionM[i]; s > 0 && s < 1e6 {
								add(v, s, look.SmokeRGB)
							}
						}
						if temp {
							look.Temperature.addTo(v, g.TempC[i])
						}
						if heat {
							look.Heat.addTo(v, g.HRRKWM3[i])
						}
						something[w] = something[w] || v[3] > 0
					}
				}
			}
		})
	}
	wg.Wait()
	any := false
	for _, s := range something {
		any = any || s
	}
	if !any {
		return nil
	}
	f.findBricks()
	return f
}

func add(v []float32, sigma float32, rgb [3]float32) {
	v[0] += sigma * rgb[0]
	v[1] += sigma * rgb[1]
	v[2] += sigma * rgb[2]
	v[3] += sigma
}

func (s *Scale) addTo(v []float32, value float32) {
	last := len(s.Sigma) - 1
	x := (value - s.From) / (s.To - s.From) * float32(last)
	if !(x > 0) {
		x = 0
	}
	i := min(int(min(x, float32(last))), last-1)
	t := min(x-float32(i), 1)
	sigma := s.Sigma[i] + t*(s.Sigma[i+1]-s.Sigma[i])
	if !(sigma > 0) {
		return
	}
	a, b := s.RGB[i], s.RGB[i+1]
	add(v, sigma, [3]float32{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1]), a[2] + t*(b[2]-a[2])})
}

// findBricks marks the bricks of which a sample, between two cells along each axis, can
// meet something.
func (f *Field) findBricks() {
	nx, ny, nz := f.cells[0], f.cells[1], f.cells[2]
	first, last := f.cells, [3]int{}
	f.solid = make([]bool, f.bricks[0]*f.bricks[1]*f.bricks[2])
	for z := range nz {
		for y := range ny {
			row := f.rgbs[4*(z*ny+y)*nx:]
			for x := range nx {
				if row[4*x+3] <= 0 {
					continue
				}
				for k, at := range [3]int{x, y, z} {
					first[k], last[k] = min(first[k], at), max(last[k], at)
				}
				// A sample between cells i and i+1 belongs to the brick of cell i.
				for dz := max(z-1, 0) / brick; dz <= z/brick; dz++ {
					for dy := max(y-1, 0) / brick; dy <= y/brick; dy++ {
						for dx := max(x-1, 0) / brick; dx <= x/brick; dx++ {
							f.solid[(dz*f.bricks[1]+dy)*f.bricks[0]+dx] = true
						}
					}
				}
			}
		}
	}
	for k := range 3 {
		f.lo[k] = max(float64(first[k]-1), 0.5)
		f.hi[k] = min(float64(last[k]+1), float64(f.cells[k])-1.5)
	}
}
