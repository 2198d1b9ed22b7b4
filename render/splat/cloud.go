// Package splat draws point clouds on the CPU. Every point becomes a disc as wide
// as the gaps between the points around it, so that surfaces close, and the
// nearest point of a pixel wins in a buffer of depth and colour.
//
// The result does not depend on the number of workers nor on the order of the
// points: a pixel holds the smallest pair (depth, colour) that was drawn there.
//
// A software OpenGL renderer spends about 0.4 microseconds of CPU on setting up
// one point; this package spends a tenth of that or less.
package splat

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"firescene/recon"
)

// blockPoints is how many points share one bounding box, by which they are taken
// or left together.
const blockPoints = 512

// Cloud is a point cloud made ready to be drawn many times: its points in an order
// that keeps neighbours together, each with its colour and its size.
type Cloud struct {
	Origin [3]float64
	// The columns of a cloud that Join put together are filled when it is first drawn.
	XYZ   []float32 // 3 a point, relative to Origin
	RGB   []uint8   // 3 a point
	Size  []uint8   // 1 a point: index into SizeM
	SizeM [256]float32

	// steepFrom is the first index into SizeM of points that only close holes between
	// others: their discs bulge so far that any other point beside them lies before
	// them. 0: there are none.
	steepFrom uint8
	blocks    []block
	parts     []Part
	flat      sync.Once
}

// steepness is how many times a hole-closing disc bulges as others do.
const steepness = 8

// Steep is how many times the discs of points of a size bulge as usual.
func (c *Cloud) Steep(size uint8) float32 {
	if c.steepFrom > 0 && size >= c.steepFrom {
		return steepness
	}
	return 1
}

type block struct{ centre, half [3]float32 }

// plainGrey is the colour of clouds that have none.
const plainGrey = 190

// Prepare copies the points of c in drawing order, measures the gaps between them
// and fixes every point's colour: its own, else its intensity as grey, else one
// grey for all. Points that are not finite are left out.
func Prepare(c *recon.Cloud) *Cloud {
	cell, corner := grid(c.XYZ)
	order := sortByCell(c.XYZ, cell, corner)
	n := len(order)
	out := &Cloud{
		Origin: [3]float64{c.Origin.X, c.Origin.Y, c.Origin.Z},
		XYZ:    make([]float32, 0, 3*n),
		RGB:    make([]uint8, 0, 3*n),
		Size:   make([]uint8, n),
	}
	total := c.Len()
	for _, o := range order {
		i := int(o.index)
		out.XYZ = append(out.XYZ, c.XYZ[3*i:3*i+3]...)
		switch {
		case len(c.RGB) == 3*total:
			out.RGB = append(out.RGB, c.RGB[3*i:3*i+3]...)
		case len(c.Intensity) == total:
			g := uint8(math.Round(255 * min(max(float64(c.Intensity[i]), 0), 1)))
			out.RGB = append(out.RGB, g, g, g)
		default:
			out.RGB = append(out.RGB, plainGrey, plainGrey, plainGrey)
		}
	}
	out.blocks = makeBlocks(out.XYZ)
	out.measureGaps(order, cell)
	return out
}

// Len is the number of points that are drawn.
func (c *Cloud) Len() int {
	if c.parts == nil {
		return len(c.Size)
	}
	n := 0
	for _, p := range c.parts {
		n += len(p.Piece.xyz) / 3
	}
	return n
}

// FarthestAlong is at least the greatest coordinate of the points along an axis, in the
// frame of Origin; 0 of a cloud without points.
func (c *Cloud) FarthestAlong(axis [3]float32) float32 {
	far := float32(-math.MaxFloat32)
	over := func(blocks []block) {
		for _, b := range blocks {
			far = max(far, dot(axis, b.centre)+absDot(axis, b.half))
		}
	}
	over(c.blocks)
	for _, p := range c.parts {
		over(p.Piece.blocks)
	}
	if far == -math.MaxFloat32 || !finite(far) {
		return 0
	}
	return far
}

func makeBlocks(xyz []float32) []block {
	n := len(xyz) / 3
	blocks := make([]block, 0, (n+blockPoints-1)/blockPoints)
	for from := 0; from < n; from += blockPoints {
		lo := [3]float32(xyz[3*from:])
		hi := lo
		for i := from; i < min(from+blockPoints, n); i++ {
			for k := range 3 {
				lo[k] = min(lo[k], xyz[3*i+k])
				hi[k] = max(hi[k], xyz[3*i+k])
			}
		}
		var b block
		for k := range 3 {
			b.centre[k] = lo[k]/2 + hi[k]/2
			b.half[k] = hi[k]/2 - lo[k]/2
		}
		blocks = append(blocks, b)
	}
	return blocks
}

const (
	cellsAcross = 160 // cells along the cloud's diagonal, strays left out
	cellBits    = 10  // of a cell's index along each axis
	sampled     = 4096
)

// grid gives the edge of the cells in which neighbours are looked for, and the
// corner of the first. The edge is 0 when all points lie in one place.
func grid(xyz []float32) (cell float32, corner [3]float32) {
	n := len(xyz) / 3
	var sample [3][]float32
	for step := uint32(max(n/sampled, 1)); ; step = 1 {
		for i := range n {
			x, y, z := xyz[3*i], xyz[3*i+1], xyz[3*i+2]
			if Lot(x, y, z)%step == 0 && finite(x) && finite(y) && finite(z) {
				sample[0], sample[1], sample[2] = append(sample[0], x), append(sample[1], y), append(sample[2], z)
			}
		}
		if len(sample[0]) > 0 || step == 1 {
			break
		}
	}
	var sum float64
	var mid [3]float64
	for a, v := range sample {
		if len(v) == 0 {
			return 0, corner
		}
		slices.Sort(v)
		lo, hi := float64(v[len(v)/100]), float64(v[len(v)-1-len(v)/100])
		mid[a] = (lo + hi) / 2
		sum += (hi - lo) * (hi - lo)
	}
	cell = float32(math.Sqrt(sum) / cellsAcross)
	if !finite(cell) {
		return 0, corner
	}
	for a := range 3 {
		corner[a] = float32(mid[a]) - cell*(1<<(cellBits-1))
	}
	return cell, corner
}

// Lot is a number drawn from a point's coordinates, evenly spread, by which a
// sample is taken that does not depend on the order of the points.
func Lot(x, y, z float32) uint32 {
	h := math.Float32bits(x)*0x9E3779B1 ^ math.Float32bits(y)*0x85EBCA77 ^ math.Float32bits(z)*0xC2B2AE3D
	h ^= h >> 15
	h *= 0x2C1B3C6D
	h ^= h >> 12
	h *= 0x297A2D39
	return h ^ h>>15
}

func finite(f float32) bool { return f-f == 0 }

// keyed is a point with the interleaved index of its cell (Morton 1966), so that
// near cells have near keys. Points beyond the grid fall into its outermost cells.
type keyed struct{ key, index uint32 }

func sortByCell(xyz []float32, cell float32, corner [3]float32) []keyed {
	n := len(xyz) / 3
	out := make([]keyed, 0, n)
	for i := range n {
		if !finite(xyz[3*i]) || !finite(xyz[3*i+1]) || !finite(xyz[3*i+2]) {
			continue
		}
		key := uint32(0)
		if cell > 0 {
			for a := range 3 {
				v := (xyz[3*i+a] - corner[a]) / cell
				key |= spaced(uint32(min(max(v, 0), 1<<cellBits-1))) << a
			}
		}
		out = append(out, keyed{key, uint32(i)})
	}
	// Two stable passes of a counting sort by 15 bits each.
	const bits = 15
	other := make([]keyed, len(out))
	for shift := range 2 {
		var at [1<<bits + 1]int32
		for _, k := range out {
			at[k.key>>(bits*shift)&(1<<bits-1)+1]++
		}
		for i := range 1 << bits {
			at[i+1] += at[i]
		}
		for _, k := range out {
			b := k.key >> (bits * shift) & (1<<bits - 1)
			other[at[b]] = k
			at[b]++
		}
		out, other = other, out
	}
	return out
}

// spaced puts two zero bits between the ten bits of v.
func spaced(v uint32) uint32 {
	v = (v | v<<16) & 0x030000FF
	v = (v | v<<8) & 0x0300F00F
	v = (v | v<<4) & 0x030C30C3
	return (v | v<<2) & 0x09249249
}

// gathered undoes spaced.
func gathered(v uint32) uint32 {
	v &= 0x09249249
	v = (v | v>>2) & 0x030C30C3
	v = (v | v>>4) & 0x0300F00F
	v = (v | v>>8) & 0x030000FF
	return (v | v>>16) & 0x3FF
}

// cellRun is the points from..to of one cell.
type cellRun struct {
	key      uint32
	from, to int32
}

func runsOf(order []keyed) []cellRun {
	var runs []cellRun
	for i, k := range order {
		if len(runs) == 0 || runs[len(runs)-1].key != k.key {
			runs = append(runs, cellRun{k.key, int32(i), int32(i)})
		}
		runs[len(runs)-1].to++
	}
	return runs
}

// runAt is the cell that lies at an offset from another; ok is false when no point
// lies in it.
func runAt(runs []cellRun, key uint32, dx, dy, dz int) (r cellRun, ok bool) {
	x, y, z := int(gathered(key))+dx, int(gathered(key>>1))+dy, int(gathered(key>>2))+dz
	const most = 1<<cellBits - 1
	if x < 0 || y < 0 || z < 0 || x > most || y > most || z > most {
		return r, false
	}
	want := spaced(uint32(x)) | spaced(uint32(y))<<1 | spaced(uint32(z))<<2
	i, ok := slices.BinarySearchFunc(runs, want, func(r cellRun, k uint32) int { return cmp.Compare(r.key, k) })
	if !ok {
		return r, false
	}
	return runs[i], true
}
