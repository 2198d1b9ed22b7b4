package register

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"firescene/formats/points"
	"firescene/recon"
	"firescene/recon/clean"
	"firescene/recon/neighbours"
	"firescene/recon/octree"
)

// Scan is one scan to be placed.
type Scan struct {
	Name string
	XYZ  []float32 // 3 a point, metres, in the scan's frame
	// Intensity is 1 a point, in any unit, or nil.
	Intensity []float32
	// Normal is 3 a point, to the side that the point was seen from, or nil. Only the
	// side is taken from it.
	Normal []float32
	// Viewpoint is where the scanner stood, in the scan's frame, or nil when it is
	// not known. What is stated is checked: a scanner sees nothing through what it
	// has seen.
	Viewpoint *[3]float64
	// Guess is a place from elsewhere, in a frame common to all scans that have one.
	// It is tried as one hypothesis among others and believed no more than they are.
	Guess *recon.Pose
}

// level is a thinned cloud with normals, in the order of its index.
type level struct {
	voxel  float64
	p, n   [][3]float32
	flat   []float32 // 0 a plane, see clean.Surface
	index  *neighbours.Index
	sample []int32 // slots in an order in which any first part is spread over the cloud
}

// prepared is a scan ready to be compared with others.
type prepared struct {
	scan   *Scan
	length float64 // edge of a voxel of the coarsest level: the measure of all tolerances
	levels [3]level
	view   *view // nil: the viewpoint is not known, or what is stated is not it
	eye    [3]float64
	planes []plane
	words  []word     // see wordsOf
	mid    [3]float64 // mean of the points of the coarsest level
	note   Reason
}

const (
	fine, middle, coarse = 0, 1, 2

	// coarseVoxels is about how many voxels the coarsest level has: enough for the
	// shape of a room, few enough to try thousands of places.
	coarseVoxels = 12000
	leastPoints  = 100
)

// ratio is the voxel of each level in parts of the coarsest.
var ratio = [3]float64{0.2, 0.5, 1}

// naturalLength is the edge of voxels of which the cloud occupies about
// coarseVoxels, from its area; 0 for clouds of too few points.
func naturalLength(xyz []float32) float64 {
	n := len(xyz) / 3
	if n < leastPoints {
		return 0
	}
	diag := 0.0
	for k := range 3 {
		col := make([]float32, 0, 20000)
		step := max(1, n/20000)
		for i := 0; i < n; i += step {
			if v := xyz[3*i+k]; v-v == 0 {
				col = append(col, v)
			}
		}
		if len(col) < leastPoints {
			return 0
		}
		slices.Sort(col)
		w := float64(col[len(col)-1-len(col)/50]) - float64(col[len(col)/50])
		diag += w * w
	}
	diag = math.Sqrt(diag)
	if !(diag > 0) {
		return 0
	}
	v := diag / 64
	g, err := thinned(xyz, nil, v, 4_000_000)
	if err != nil {
		return 0
	}
	return v * math.Sqrt(float64(g.Len())/coarseVoxels)
}

// thinned fills a grid with points and, where given, their normals.
func thinned(xyz, normal []float32, voxel float64, most int) (*octree.Grid, error) {
	g, err := octree.NewGrid(octree.Options{VoxelM: voxel, MaxVoxels: most})
	if err != nil {
		return nil, err
	}
	const batch = 1 << 13
	var xs, ys, zs [batch]float64
	var ns [batch][3]float32
	n := len(xyz) / 3
	for from := 0; from < n; from += batch {
		k := min(batch, n-from)
		c := points.Chunk{N: k, X: xs[:k], Y: ys[:k], Z: zs[:k]}
		for i := range k {
			p := xyz[3*(from+i):]
			xs[i], ys[i], zs[i] = float64(p[0]), float64(p[1]), float64(p[2])
		}
		if normal != nil {
			for i := range k {
				ns[i] = [3]float32(normal[3*(from+i):])
			}
			c.Normal = ns[:k]
		}
		if err := g.AddChunk(&c, &points.IdentityPose); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// mostVoxels bounds the finest level.
const mostVoxels = 3_000_000

// prepare thins a scan, checks its viewpoint, fits normals and finds planes.
func prepare(ctx context.Context, s *Scan, length float64, workers int) (*prepared, error) {
	p := &prepared{scan: s, length: length}
	xyz, normal := s.XYZ, s.Normal
	for l := fine; l <= coarse; l++ {
		g, err := thinned(xyz, normal, ratio[l]*length, mostVoxels)
		if err != nil {
			return nil, fmt.Errorf("the scan is too large for its detail: %w", err)
		}
		cloud, _, _ := g.Cloud()
		o := [3]float32{float32(cloud.Origin.X), float32(cloud.Origin.Y), float32(cloud.Origin.Z)}
		xyz, normal = cloud.XYZ, cloud.Normal
		for i := range xyz {
			xyz[i] += o[i%3]
		}
		if len(xyz) < 3*leastPoints {
			return nil, fmt.Errorf("only %d points apart: too few to place", len(xyz)/3)
		}
		index := neighbours.New(xyz, workers)
		var flat []float32
		if l == fine {
			p.look(index)
			var eye *[3]float64
			if p.view != nil {
				eye = &p.eye
			}
			sides := normal
			if normal, flat, err = broadNormals(ctx, index, len(xyz)/3, eye, workers); err != nil {
				return nil, err
			}
			switch {
			case p.view != nil:
			case sides != nil:
				turnTo(normal, sides)
			default:
				p.eye = orient(index, xyz, normal)
			}
		}
		p.levels[l] = makeLevel(ratio[l]*length, xyz, normal, flat, index)
	}
	p.mid = centreOf(&p.levels[coarse])
	p.planes = findPlanes(p)
	return p, ctx.Err()
}

// leastBroad is how broad the neighbours of a point must lie for their normal to be
// believed: those of a sparse scanner lie along its lines.
const leastBroad = 0.12

// broadNormals fits normals to as many neighbours as it takes to leave the line of
// the scan that a point lies on. Points for which that is not enough have none.
func broadNormals(ctx context.Context, index *neighbours.Index, n int, eye *[3]float64, workers int) (normal, flat []float32, err error) {
	for _, k := range []int{16, 40, 100} {
		s, err := clean.NormalsOf(ctx, index, n, k, eye, workers)
		if err != nil {
			return nil, nil, err
		}
		if normal == nil {
			normal, flat = make([]float32, 3*n), make([]float32, n)
			for i := range flat {
				flat[i] = 1
			}
		}
		left := 0
		for i := range n {
			switch {
			case flat[i] < 1:
			case s.Broad[i] >= leastBroad:
				copy(normal[3*i:3*i+3], s.Normal[3*i:])
				flat[i] = min(s.Flat[i], 0.99)
			default:
				left++
			}
		}
		if left < n/50 { // edges and wires: they would gain nothing
			break
		}
	}
	return normal, flat, nil
}

// turnTo turns normals to the side of others.
func turnTo(normal, sides []float32) {
	for i := 0; i+2 < len(normal); i += 3 {
		if normal[i]*sides[i]+normal[i+1]*sides[i+1]+normal[i+2]*sides[i+2] < 0 {
			for k := range 3 {
				normal[i+k] = -normal[i+k]
			}
		}
	}
}

// look makes the view of a scan whose viewpoint is stated, if it can be true.
func (p *prepared) look(index *neighbours.Index) {
	if p.scan.Viewpoint == nil {
		p.note = reason(NoteUnknown)
		return
	}
	p.eye = *p.scan.Viewpoint
	if far, size := farFrom(index, p.eye); far > 3*size {
		p.note = reason(NoteFar, "Metres", fmt.Sprintf("%.3g", far))
		return
	}
	p.view = newView(p.scan.XYZ, p.eye)
	if through := p.view.through(index, p.length); through > mostThrough {
		p.view = nil
		p.note = reason(NoteWrong, "Pct", fmt.Sprintf("%.0f", 100*through))
	}
}

// mostThrough is the share of points behind others at which a viewpoint is not
// believed. Real and simulated scanners were seen to have less than a thousandth,
// views joined from several places 3 % and more.
const mostThrough = 0.015

// farFrom is the distance of the eye from the nearest points, and their size.
func farFrom(index *neighbours.Index, eye [3]float64) (far, size float64) {
	far = math.Inf(1)
	lo, hi := [3]float64{far, far, far}, [3]float64{-far, -far, -far}
	for slot := range int32(index.Len()) {
		px, py, pz := index.Point(slot)
		p := wide([3]float32{px, py, pz})
		far = min(far, norm(sub(p, eye)))
		for k := range 3 {
			lo[k], hi[k] = min(lo[k], p[k]), max(hi[k], p[k])
		}
	}
	return far, norm(sub(hi, lo))
}

// makeLevel puts points and normals into the order of the index.
func makeLevel(voxel float64, xyz, normal, flat []float32, index *neighbours.Index) level {
	n := index.Len()
	l := level{voxel: voxel, index: index, p: make([][3]float32, n), n: make([][3]float32, n)}
	if flat != nil {
		l.flat = make([]float32, n)
	}
	for slot, i := range index.Order {
		l.p[slot], l.n[slot] = [3]float32(xyz[3*i:]), [3]float32(normal[3*i:])
		if flat != nil {
			l.flat[slot] = flat[i]
		}
	}
	l.sample = spread(n)
	return l
}

// spread gives the numbers 0..n-1 in an order whose every beginning is spread over
// them: by the fractions of the golden ratio, a sequence of low discrepancy.
func spread(n int) []int32 {
	type at struct {
		f uint64
		i int32
	}
	list := make([]at, n)
	for i := range list {
		list[i] = at{uint64(i) * 0x9e3779b97f4a7c15, int32(i)}
	}
	slices.SortFunc(list, func(a, b at) int {
		switch {
		case a.f < b.f:
			return -1
		case a.f > b.f:
			return 1
		}
		return 0
	})
	out := make([]int32, n)
	for i, a := range list {
		out[i] = a.i
	}
	return out
}

// parallel calls f for 0..n-1 from up to workers goroutines.
func parallel(workers, n int, f func(i int)) {
	workers = min(max(workers, 1), n)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(i)
			}
		}()
	}
	wait.Wait()
}

func wide(p [3]float32) [3]float64 { return [3]float64{float64(p[0]), float64(p[1]), float64(p[2])} }
