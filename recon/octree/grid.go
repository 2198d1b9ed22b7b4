// Package octree thins point clouds of any size to what can be kept in memory
// and drawn.
package octree

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/formats/points"
	"firescene/recon"
)

// Options says how a Grid thins.
type Options struct {
	VoxelM float64 // edge of a voxel in metres
	// MaxVoxels bounds the occupied voxels, and with them the memory at about 100
	// bytes a voxel.
	MaxVoxels int
	// Coarsen doubles the voxel as often as MaxVoxels demands. Otherwise more
	// voxels are an ErrTooManyVoxels.
	Coarsen bool
	// Box keeps only points inside, in world coordinates; nil keeps all.
	Box *r3.Box
}

// ErrTooManyVoxels says that the points occupy more voxels than allowed.
var ErrTooManyVoxels = errors.New("octree: too many occupied voxels")

// Grid keeps one point for each occupied voxel: the centroid of the points in
// it, with their mean colour, intensity and normal. Sums are kept as integers,
// so the result does not depend on the order of points or on how they were cut
// into chunks. Voxels are aligned with the origin of world coordinates; each
// coarser level joins 2x2x2 voxels of the finer one.
type Grid struct {
	// In counts the points added, Outside those left out because they lie outside
	// Options.Box or too far from the others to be numbered.
	In, Outside int64

	opts  Options
	level int // the voxel is VoxelM * 2^level
	inv   float64
	base  [3]int64 // number of the voxel at level 0 that cells count from
	ready bool

	table []int32  // open addressing: index of a cell plus 1
	pages [][]cell // cells in pages, so that growing copies nothing
	n     int      // cells in use
	// recent holds the cells of the points just before, likely those of the next:
	// it stays in the processor's nearest cache, which the table does not.
	recent [recentCells]int32
	// normal is the sum of normals of each cell, in units of 2^-16; empty until a
	// scan has normals.
	normal [][3]int64
	has    columns
}

// cell is an occupied voxel: its number relative to base and the sums over its
// points.
type cell struct {
	at        [3]int32
	count     uint32
	sum       [3]uint64 // offsets from the lowest corner in units of VoxelM/2^fracBits
	intensity int64     // in units of 2^-16
	nInten    uint32
	nRGB      uint32 // at most maxColours, so that rgb can not overflow
	rgb       [3]uint32
}

const (
	pageBits = 13
	pageMask = 1<<pageBits - 1

	recentCells = 1 << 12
)

func (g *Grid) cell(idx int32) *cell { return &g.pages[idx>>pageBits][idx&pageMask] }

type columns struct{ rgb, intensity, normal bool }

const (
	fracBits   = 16
	baseAlign  = 1 << 24 // base is a multiple, so that it can be halved 24 times
	maxLevel   = 24
	fixedUnit  = 1 << 16
	maxColours = 1 << 24 // the mean colour of a voxel is that of its first points beyond this many
)

// NewGrid returns an empty grid.
func NewGrid(opts Options) (*Grid, error) {
	if !(opts.VoxelM > 0) || math.IsInf(opts.VoxelM, 0) {
		return nil, fmt.Errorf("octree: a voxel of %g metres is not possible", opts.VoxelM)
	}
	if opts.MaxVoxels <= 0 || opts.MaxVoxels > math.MaxInt32/4 {
		return nil, fmt.Errorf("octree: at most %d voxels is not possible", opts.MaxVoxels)
	}
	return &Grid{opts: opts, inv: fixedUnit / opts.VoxelM, table: make([]int32, 1<<12)}, nil
}

// VoxelM is the present edge of a voxel in metres.
func (g *Grid) VoxelM() float64 { return math.Ldexp(g.opts.VoxelM, g.level) }

// Len is the number of occupied voxels.
func (g *Grid) Len() int { return g.n }

// AddChunk adds the points of c, taken to world coordinates by worldFromScan
// (4x4 row-major, rigid or similar). Points that are not finite count as
// outside.
func (g *Grid) AddChunk(c *points.Chunk, worldFromScan *[16]float64) error {
	m := worldFromScan
	plain := *m == points.IdentityPose
	rich := c.RGB != nil || c.Intensity != nil || c.Normal != nil
	g.note(c)
	for i := range c.N {
		x, y, z := c.X[i], c.Y[i], c.Z[i]
		if !plain {
			x, y, z = m[0]*x+m[1]*y+m[2]*z+m[3], m[4]*x+m[5]*y+m[6]*z+m[7], m[8]*x+m[9]*y+m[10]*z+m[11]
		}
		if b := g.opts.Box; b != nil && !(x >= b.Min.X && x <= b.Max.X && y >= b.Min.Y && y <= b.Max.Y && z >= b.Min.Z && z <= b.Max.Z) {
			g.Outside++
			continue
		}
		idx := g.add(x, y, z)
		if idx < 0 {
			g.Outside++
			continue
		}
		g.In++
		if rich {
			g.addColumns(idx, c, i, m)
		}
		if g.n > g.opts.MaxVoxels {
			if !g.opts.Coarsen || g.level == maxLevel {
				return fmt.Errorf("%w: more than %d of %g m", ErrTooManyVoxels, g.opts.MaxVoxels, g.VoxelM())
			}
			g.coarsen()
		}
	}
	return nil
}

// note widens the columns that are kept, before the first point that has them.
func (g *Grid) note(c *points.Chunk) {
	g.has.rgb = g.has.rgb || c.RGB != nil
	g.has.intensity = g.has.intensity || c.Intensity != nil
	g.has.normal = g.has.normal || c.Normal != nil
	if g.has.normal && len(g.normal) < g.n {
		g.normal = append(g.normal, make([][3]int64, g.n-len(g.normal))...)
	}
}

// add counts a point in and returns its cell, or -1 when it can not be numbered.
func (g *Grid) add(x, y, z float64) int32 {
	fx, fy, fz := x*g.inv, y*g.inv, z*g.inv
	const limit = 1 << 50
	if !(math.Abs(fx) < limit && math.Abs(fy) < limit && math.Abs(fz) < limit) {
		return -1
	}
	ux, uy, uz := int64(math.RoundToEven(fx)), int64(math.RoundToEven(fy)), int64(math.RoundToEven(fz))
	if !g.ready {
		for k, u := range [3]int64{ux, uy, uz} {
			g.base[k] = u >> fracBits &^ (baseAlign - 1)
		}
		g.ready = true
	}
	shift, level := uint(fracBits+g.level)&63, uint(g.level)&63
	nx, ny, nz := ux>>shift-g.base[0]>>level, uy>>shift-g.base[1]>>level, uz>>shift-g.base[2]>>level
	if nx != int64(int32(nx)) || ny != int64(int32(ny)) || nz != int64(int32(nz)) {
		return -1
	}
	at := [3]int32{int32(nx), int32(ny), int32(nz)}
	slot := &g.recent[uint32(at[0]*73+at[1]*19349+at[2]*83492)%recentCells]
	idx := *slot - 1
	if idx < 0 || g.cell(idx).at != at {
		idx = g.find(at)
		*slot = idx + 1
	}
	mask := int64(1)<<shift - 1
	c := g.cell(idx)
	c.count++
	c.sum[0] += uint64(ux & mask)
	c.sum[1] += uint64(uy & mask)
	c.sum[2] += uint64(uz & mask)
	return idx
}

func hash(at [3]int32) uint64 {
	h := (uint64(uint32(at[0])) | uint64(uint32(at[1]))<<32) * 0x9e3779b97f4a7c15
	h = (h ^ h>>29 ^ uint64(uint32(at[2]))) * 0xbf58476d1ce4e5b9
	return h ^ h>>32
}

// find returns the cell at a place and makes it when there is none.
func (g *Grid) find(at [3]int32) int32 {
	mask := uint64(len(g.table) - 1)
	i := hash(at) & mask
	for ; g.table[i] != 0; i = (i + 1) & mask {
		if idx := g.table[i] - 1; g.cell(idx).at == at {
			return idx
		}
	}
	idx := int32(g.n)
	if g.n++; idx&pageMask == 0 {
		g.pages = append(g.pages, make([]cell, 1<<pageBits))
	}
	g.cell(idx).at = at
	if g.has.normal {
		g.normal = append(g.normal, [3]int64{})
	}
	g.table[i] = idx + 1
	if 2*g.n > len(g.table) {
		g.rehash(2 * len(g.table))
	}
	return idx
}

func (g *Grid) rehash(size int) {
	g.table = make([]int32, size)
	mask := uint64(size - 1)
	for idx := range int32(g.n) {
		i := hash(g.cell(idx).at) & mask
		for g.table[i] != 0 {
			i = (i + 1) & mask
		}
		g.table[i] = idx + 1
	}
}

// addColumns counts the colour, intensity and normal of point i into a cell.
func (g *Grid) addColumns(idx int32, c *points.Chunk, i int, m *[16]float64) {
	e := g.cell(idx)
	if c.RGB != nil && e.nRGB < maxColours {
		p := c.RGB[i]
		e.rgb[0] += uint32(p[0])
		e.rgb[1] += uint32(p[1])
		e.rgb[2] += uint32(p[2])
		e.nRGB++
	}
	if c.Intensity != nil {
		if v := float64(c.Intensity[i]); math.Abs(v) < 1<<31 { // false for NaN
			e.intensity += int64(math.RoundToEven(v * fixedUnit))
			e.nInten++
		}
	}
	if c.Normal != nil {
		n := c.Normal[i]
		x, y, z := float64(n[0]), float64(n[1]), float64(n[2])
		x, y, z = m[0]*x+m[1]*y+m[2]*z, m[4]*x+m[5]*y+m[6]*z, m[8]*x+m[9]*y+m[10]*z
		if math.Abs(x)+math.Abs(y)+math.Abs(z) < 1<<10 {
			s := &g.normal[idx]
			s[0] += int64(math.RoundToEven(x * fixedUnit))
			s[1] += int64(math.RoundToEven(y * fixedUnit))
			s[2] += int64(math.RoundToEven(z * fixedUnit))
		}
	}
}

// coarsen joins 2x2x2 voxels until there are few enough.
func (g *Grid) coarsen() {
	for g.n > g.opts.MaxVoxels && g.level < maxLevel {
		old, oldN, oldNormal := g.pages, g.n, g.normal
		half := uint(fracBits + g.level) // bit of the offset that tells the upper half
		g.level++
		clear(g.recent[:])
		g.pages, g.n, g.normal = nil, 0, nil
		clear(g.table)
		for i := range oldN {
			o := &old[i>>pageBits][i&pageMask]
			idx := g.find([3]int32{o.at[0] >> 1, o.at[1] >> 1, o.at[2] >> 1})
			g.cell(idx).join(o, half)
			if g.has.normal {
				for k := range 3 {
					g.normal[idx][k] += oldNormal[i][k]
				}
			}
			if i&pageMask == pageMask {
				old[i>>pageBits] = nil // its memory can be used again
			}
		}
	}
}

// join adds the points of a cell of the finer level.
func (c *cell) join(o *cell, half uint) {
	c.count += o.count
	c.intensity += o.intensity
	c.nInten += o.nInten
	for k := range 3 {
		c.sum[k] += o.sum[k] + uint64(o.count)*uint64(o.at[k]&1)<<half
	}
	if c.nRGB+o.nRGB <= maxColours {
		c.nRGB += o.nRGB
		for k := range 3 {
			c.rgb[k] += o.rgb[k]
		}
	}
}

// Cloud returns the centroids in the order of their voxels, z outermost and x
// innermost. Its origin is the middle of the occupied box in whole metres.
// Intensities outside 0..1 are stretched to it: the mean as added is
// low + (high-low)*Intensity. Voxels without a coloured point in a cloud that has
// colours are grey.
func (g *Grid) Cloud() (cloud *recon.Cloud, low, high float64) {
	order := g.order()
	low, high = 0, 1
	out := &recon.Cloud{Origin: g.middle(), XYZ: make([]float32, 0, 3*len(order)), Scaled: true}
	for _, idx := range order {
		p := r3.Sub(g.centroid(g.cell(idx)), out.Origin)
		out.XYZ = append(out.XYZ, float32(p.X), float32(p.Y), float32(p.Z))
	}
	if g.has.rgb {
		out.RGB = make([]uint8, 0, 3*len(order))
		for _, idx := range order {
			c := g.cell(idx).colour()
			out.RGB = append(out.RGB, c[0], c[1], c[2])
		}
	}
	if g.has.intensity {
		out.Intensity = make([]float32, 0, len(order))
		for _, idx := range order {
			e := g.cell(idx)
			out.Intensity = append(out.Intensity, float32(float64(e.intensity)/fixedUnit/float64(max(e.nInten, 1))))
		}
		low, high = stretch(out.Intensity)
	}
	if g.has.normal {
		out.Normal = make([]float32, 0, 3*len(order))
		for _, idx := range order {
			n := g.normal[idx]
			v := r3.Vec{X: float64(n[0]), Y: float64(n[1]), Z: float64(n[2])}
			if l := r3.Norm(v); l > 0 {
				v = r3.Scale(1/l, v)
			}
			out.Normal = append(out.Normal, float32(v.X), float32(v.Y), float32(v.Z))
		}
	}
	return out, low, high
}

// centroid is the mean position of a cell's points in world coordinates.
func (g *Grid) centroid(c *cell) r3.Vec {
	var v [3]float64
	for k := range 3 {
		corner := (int64(c.at[k]) + g.base[k]>>uint(g.level)) << uint(g.level)
		mean := float64(c.sum[k]) / float64(c.count)
		v[k] = float64(corner)*g.opts.VoxelM + mean*(g.opts.VoxelM/fixedUnit)
	}
	return r3.Vec{X: v[0], Y: v[1], Z: v[2]}
}

func (g *Grid) middle() r3.Vec {
	if g.n == 0 {
		return r3.Vec{}
	}
	lo, hi := g.extent()
	var v [3]float64
	for k := range 3 {
		n := (int64(lo[k])+int64(hi[k]))>>1 + g.base[k]>>uint(g.level)
		v[k] = math.Round(float64(n) * g.VoxelM())
	}
	return r3.Vec{X: v[0], Y: v[1], Z: v[2]}
}

func (c *cell) colour() [3]uint8 {
	n := c.nRGB
	if n == 0 {
		return [3]uint8{128, 128, 128}
	}
	return [3]uint8{uint8((c.rgb[0] + n/2) / n), uint8((c.rgb[1] + n/2) / n), uint8((c.rgb[2] + n/2) / n)}
}

// stretch takes values to 0..1 unless they lie there already, and returns what
// became 0 and 1.
func stretch(v []float32) (low, high float64) {
	if len(v) == 0 {
		return 0, 1
	}
	lo, hi := slices.Min(v), slices.Max(v)
	if lo >= 0 && hi <= 1 {
		return 0, 1
	}
	gain := float32(0)
	if hi > lo {
		gain = 1 / (hi - lo)
	}
	for i := range v {
		v[i] = (v[i] - lo) * gain
	}
	return float64(lo), float64(hi)
}
