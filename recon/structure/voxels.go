package structure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon/clean"
)

// voxels groups points by the cells of a regular grid.
type voxels struct {
	edgeM float64
	lo    [3]float64
	n     [3]int
	key   []uint64 // of the occupied cells, rising
	start []int32  // first of each cell's points in order; one more than keys
	order []int32  // points
	index map[uint64]int32
}

// groupPoints makes the grid of a levelled cloud.
func groupPoints(xyz []float32, edgeM float64) (*voxels, error) {
	v := &voxels{edgeM: edgeM}
	var lo, hi [3]float32
	copy(lo[:], xyz[:3])
	copy(hi[:], xyz[:3])
	for i := 0; i < len(xyz); i += 3 {
		for k := range 3 {
			lo[k], hi[k] = min(lo[k], xyz[i+k]), max(hi[k], xyz[i+k])
		}
	}
	cells := 1.0
	for k := range 3 {
		v.lo[k] = math.Floor(float64(lo[k])/edgeM)*edgeM - edgeM
		v.n[k] = int((float64(hi[k])-v.lo[k])/edgeM) + 3
		cells *= float64(v.n[k])
	}
	if cells > 1<<52 {
		return nil, fmt.Errorf("structure: the points spread over %.0f x %.0f x %.0f m; cut out the building with a clip box, or check the unit", hi[0]-lo[0], hi[1]-lo[1], hi[2]-lo[2])
	}
	n := len(xyz) / 3
	list, other := make([]sorted, n), make([]sorted, n)
	for i := range n {
		list[i] = sorted{key: v.keyAt(float64(xyz[3*i]), float64(xyz[3*i+1]), float64(xyz[3*i+2])), point: int32(i)}
	}
	const digit = 11
	for shift := 0; cells > math.Ldexp(1, shift); shift += digit {
		var start [1<<digit + 1]int32
		for i := range list {
			start[list[i].key>>shift&(1<<digit-1)+1]++
		}
		for d := range 1 << digit {
			start[d+1] += start[d]
		}
		for i := range list {
			d := list[i].key >> shift & (1<<digit - 1)
			other[start[d]] = list[i]
			start[d]++
		}
		list, other = other, list
	}
	v.order = make([]int32, n)
	for i, e := range list {
		v.order[i] = e.point
		if i == 0 || e.key != list[i-1].key {
			v.key = append(v.key, e.key)
			v.start = append(v.start, int32(i))
		}
	}
	v.start = append(v.start, int32(n))
	v.index = make(map[uint64]int32, len(v.key))
	for i, k := range v.key {
		v.index[k] = int32(i)
	}
	return v, nil
}

type sorted struct {
	key   uint64
	point int32
}

func (v *voxels) keyAt(x, y, z float64) uint64 {
	i, j, k := uint64((x-v.lo[0])/v.edgeM), uint64((y-v.lo[1])/v.edgeM), uint64((z-v.lo[2])/v.edgeM)
	return (k*uint64(v.n[1])+j)*uint64(v.n[0]) + i
}

// around lists the occupied cells next to a cell, itself left out.
func (v *voxels) around(cell int32, out []int32) []int32 {
	out = out[:0]
	nx, ny := uint64(v.n[0]), uint64(v.n[1])
	for dz := -1; dz <= 1; dz++ {
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				if dx == 0 && dy == 0 && dz == 0 {
					continue
				}
				key := v.key[cell] + uint64(dx) + uint64(dy)*nx + uint64(dz)*nx*ny // a margin of one cell: no wrap
				if i, ok := v.index[key]; ok {
					out = append(out, i)
				}
			}
		}
	}
	return out
}

func (v *voxels) points(cell int32) []int32 { return v.order[v.start[cell]:v.start[cell+1]] }

// patch is what the points of one voxel say of the surface there.
type patch struct {
	m      clean.Moments
	centre r3.Vec
	normal r3.Vec
	rmsM   float64
	flat   bool
}

// patches fits a plane to each voxel. Normals face the scanner where its place is
// known; a voxel whose points were seen from both sides is not flat.
func (w *work) patches() []patch {
	v := w.vox
	out := make([]patch, len(v.key))
	each(w.opts.Workers, len(out), func(from, to int) {
		for c := from; c < to; c++ {
			w.patch(&out[c], v.points(int32(c)))
		}
	})
	return out
}

func (w *work) patch(p *patch, list []int32) {
	for _, i := range list {
		q := w.at(i)
		p.m.Add(q.X, q.Y, q.Z)
	}
	p.centre = r3.Scale(1/p.m.N, r3.Vec{X: p.m.X, Y: p.m.Y, Z: p.m.Z})
	if len(list) < leastPatch {
		return
	}
	var local clean.Moments // about the centre, for the digits
	for _, i := range list {
		q := r3.Sub(w.at(i), p.centre)
		local.Add(q.X, q.Y, q.Z)
	}
	n, v0, v1, _ := local.Plane()
	p.normal = r3.Vec{X: n[0], Y: n[1], Z: n[2]}
	p.rmsM = math.Sqrt(v0)
	// A line of points, as along one row of a scan, has no normal.
	p.flat = v1 > 9*v0 && v1 > 1e-3*w.vox.edgeM*w.vox.edgeM
	if w.scan == nil || !p.flat {
		return
	}
	front := 0
	for _, i := range list {
		if s, _ := w.station(i); r3.Dot(p.normal, r3.Sub(s, p.centre)) > 0 {
			front++
		}
	}
	share := float64(front) / float64(len(list))
	if share < 0.5 {
		p.normal, share = r3.Scale(-1, p.normal), 1-share
	}
	if share < 0.8 {
		p.flat = false
	}
}

// leastPatch is the fewest points that a plane of a voxel is fitted to.
const leastPatch = 5
