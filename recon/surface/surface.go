// Package surface makes a triangle mesh of a cloud with normals: screened Poisson
// reconstruction (M. Kazhdan and H. Hoppe, Screened Poisson surface reconstruction,
// ACM TOG 32, 2013) on an octree that is as deep as the points are dense, marching
// cubes, and decimation by quadric errors.
//
// The unknown is a function that grows by one across the surface, from the solid to
// the air, trilinear on the cells of each depth. Depths are solved from coarse to
// fine; each corrects the one before where points are dense, and is zero at the rim
// of that region, so that the function is continuous everywhere. The surface is
// taken on the cells of the deepest depth throughout, coarser ones cut up: it has
// no cracks.
package surface

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/spatial/r3"
)

// Cloud is what a surface is made of: points and unit normals towards the air, 3
// each, and colours, 3 each, or nil.
type Cloud struct {
	XYZ, Normal []float32
	RGB         []uint8
}

// Options are the settings of Reconstruct. The zero value takes the defaults.
type Options struct {
	Depth int // of the octree (8): the box around the points has 2^Depth cells a side
	// PointWeight is how much the surface is held to the points against following
	// the normals (4).
	PointWeight float64
	// SamplesPerCell is how many points a cell needs to be cut further (1.5); more
	// smooth noise.
	SamplesPerCell float64
	Workers        int // goroutines; the result does not depend on it (1)
}

// Mesh is a triangle mesh. Faces run counter-clockwise seen from the air.
type Mesh struct {
	XYZ   []float32 // 3 a vertex
	Faces [][3]int32
	RGB   []uint8 // 3 a vertex, or nil
}

// ErrFewPoints says that there is too little to make a surface of.
var ErrFewPoints = errors.New("surface: fewer than 10 points with a normal")

const (
	coarsest = 4   // depth that covers the whole box
	boxScale = 1.1 // the box, against the longest side of the points
	deepest  = 12
)

// Field is the solved function.
type Field struct {
	levels []*level // from depth coarsest on
	lo     r3.Vec   // of the box
	side   float64
	iso    float64
	kept   []sample
}

// sample is a point in units of the box.
type sample struct {
	p     [3]float64
	n     [3]float64
	area  float64 // in units of the box's side squared
	depth int
	point int32
}

// Solve finds the function of a cloud. Points without a normal or that are not
// finite are left out.
func Solve(ctx context.Context, c Cloud, opts Options) (*Field, error) {
	if opts.Depth == 0 {
		opts.Depth = 8
	}
	if opts.PointWeight == 0 {
		opts.PointWeight = 4
	}
	if opts.SamplesPerCell == 0 {
		opts.SamplesPerCell = 1.5
	}
	opts.Workers = max(opts.Workers, 1)
	if opts.Depth < coarsest+1 || opts.Depth > deepest {
		return nil, fmt.Errorf("surface: depth %d; give %d to %d", opts.Depth, coarsest+1, deepest)
	}
	if len(c.XYZ) != len(c.Normal) || c.RGB != nil && len(c.RGB) != len(c.XYZ) {
		return nil, fmt.Errorf("surface: columns of %d, %d and %d values", len(c.XYZ), len(c.Normal), len(c.RGB))
	}
	f := &Field{}
	if err := f.take(c); err != nil {
		return nil, err
	}
	f.weigh(opts)
	for d := coarsest; d <= opts.Depth; d++ {
		f.levels = append(f.levels, newLevel(d, f.kept, opts.Workers))
		if len(f.levels[d-coarsest].cellX) == 0 { // the points are dense nowhere
			f.levels = f.levels[:d-coarsest]
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	f.normals()
	for k := range f.levels {
		if err := f.solve(ctx, k, opts); err != nil {
			return nil, err
		}
	}
	sum, area := 0.0, 0.0
	for i := range f.kept {
		s := &f.kept[i]
		sum += s.area * f.at(s.p)
		area += s.area
	}
	f.iso = sum / area
	return f, nil
}

// take scales the points into the box.
func (f *Field) take(c Cloud) error {
	lo, hi := [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}, [3]float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	ok := func(i int) bool {
		n := [3]float64{float64(c.Normal[i]), float64(c.Normal[i+1]), float64(c.Normal[i+2])}
		l := n[0]*n[0] + n[1]*n[1] + n[2]*n[2]
		s := c.XYZ[i] + c.XYZ[i+1] + c.XYZ[i+2]
		return s-s == 0 && l > 0.25 && l < 4
	}
	count := 0
	for i := 0; i+2 < len(c.XYZ); i += 3 {
		if ok(i) {
			count++
			for k := range 3 {
				lo[k], hi[k] = min(lo[k], float64(c.XYZ[i+k])), max(hi[k], float64(c.XYZ[i+k]))
			}
		}
	}
	if count < 10 {
		return ErrFewPoints
	}
	f.side = boxScale * max(hi[0]-lo[0], hi[1]-lo[1], hi[2]-lo[2])
	if !(f.side > 0) || math.IsInf(f.side, 0) {
		return errors.New("surface: all points are in one place")
	}
	f.lo = r3.Vec{X: (lo[0]+hi[0])/2 - f.side/2, Y: (lo[1]+hi[1])/2 - f.side/2, Z: (lo[2]+hi[2])/2 - f.side/2}
	o := [3]float64{f.lo.X, f.lo.Y, f.lo.Z}
	f.kept = make([]sample, 0, count)
	for i := 0; i+2 < len(c.XYZ); i += 3 {
		if !ok(i) {
			continue
		}
		s := sample{point: int32(i / 3)}
		l := 0.0
		for k := range 3 {
			s.p[k] = (float64(c.XYZ[i+k]) - o[k]) / f.side
			s.n[k] = float64(c.Normal[i+k])
			l += s.n[k] * s.n[k]
		}
		for k := range 3 {
			s.n[k] /= math.Sqrt(l)
		}
		f.kept = append(f.kept, s)
	}
	return nil
}

// weigh gives each sample the area that it stands for and the depth that its
// surroundings allow, from the count of samples around it two depths up: a surface
// crosses nine of 27 cells.
func (f *Field) weigh(opts Options) {
	d := max(opts.Depth-2, coarsest)
	n := 1 << d
	count := map[uint32]int32{}
	key := func(x, y, z int) uint32 { return uint32((z*n+y)*n + x) }
	if d > 10 {
		d = 10
		n = 1 << d
	}
	cell := func(s *sample) (x, y, z int) {
		return int(s.p[0] * float64(n)), int(s.p[1] * float64(n)), int(s.p[2] * float64(n))
	}
	for i := range f.kept {
		count[key(cell(&f.kept[i]))]++
	}
	around := map[uint32]float64{}
	for i := range f.kept {
		s := &f.kept[i]
		x, y, z := cell(s)
		k := key(x, y, z)
		c, ok := around[k]
		if !ok {
			for dz := -1; dz <= 1; dz++ {
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						c += float64(count[key(x+dx, y+dy, z+dz)]) // the rim of the box is empty
					}
				}
			}
			around[k] = c
		}
		perCell := c / 9
		h := 1 / float64(n)
		s.area = h * h / perCell
		s.depth = min(max(d+int(math.Floor(math.Log(perCell/opts.SamplesPerCell)/math.Log(4)+0.5)), coarsest), opts.Depth)
	}
}

// each shares n things out among workers in runs of fixed length, so that what a
// run computes does not depend on the number of workers.
func each(workers, n int, f func(run, from, to int)) {
	const run = 1 << 14
	runs := (n + run - 1) / run
	if workers <= 1 || runs <= 1 {
		for r := range runs {
			f(r, r*run, min((r+1)*run, n))
		}
		return
	}
	next := make(chan int, runs)
	for r := range runs {
		next <- r
	}
	close(next)
	var wait sync.WaitGroup
	for range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for r := range next {
				f(r, r*run, min((r+1)*run, n))
			}
		}()
	}
	wait.Wait()
}
