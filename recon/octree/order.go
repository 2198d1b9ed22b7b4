package octree

import (
	"cmp"
	"math/bits"
	"slices"
)

// extent returns the least and greatest voxel number of each axis. The grid must
// not be empty.
func (g *Grid) extent() (lo, hi [3]int32) {
	lo, hi = g.cell(0).at, g.cell(0).at
	for i := range int32(g.n) {
		for k, n := range g.cell(i).at {
			lo[k], hi[k] = min(lo[k], n), max(hi[k], n)
		}
	}
	return lo, hi
}

// keyed is a cell with its place in the order.
type keyed struct {
	key uint64
	idx int32
}

// order lists the cells by z, then y, then x.
func (g *Grid) order() []int32 {
	if g.n == 0 {
		return nil
	}
	lo, hi := g.extent()
	var width [3]int // bits that each axis takes in a key
	for k := range 3 {
		width[k] = bits.Len32(uint32(hi[k] - lo[k]))
	}
	out := make([]int32, g.n)
	total := width[0] + width[1] + width[2]
	if total > 64 {
		for i := range out {
			out[i] = int32(i)
		}
		slices.SortFunc(out, func(a, b int32) int {
			p, q := &g.cell(a).at, &g.cell(b).at
			return cmp.Or(cmp.Compare(p[2], q[2]), cmp.Compare(p[1], q[1]), cmp.Compare(p[0], q[0]))
		})
		return out
	}
	list := make([]keyed, g.n)
	for i := range list {
		at := &g.cell(int32(i)).at
		x, y, z := uint64(uint32(at[0]-lo[0])), uint64(uint32(at[1]-lo[1])), uint64(uint32(at[2]-lo[2]))
		list[i] = keyed{key: (z<<width[1]|y)<<width[0] | x, idx: int32(i)}
	}
	for i, e := range radixSort(list, total) {
		out[i] = e.idx
	}
	return out
}

// radixSort sorts by the lowest keyBits bits of the keys, lowest digit first.
func radixSort(list []keyed, keyBits int) []keyed {
	const digit = 11
	other := make([]keyed, len(list))
	for shift := 0; shift < keyBits; shift += digit {
		var start [1<<digit + 1]int
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
	return list
}
