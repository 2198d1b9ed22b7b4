package octree

import (
	"io"
	"slices"

	"firescene/formats/copc"
	"firescene/formats/laz"
)

const (
	subLevels = 10 // levels below a bucket: 30 bits of Morton code
)

// packedNode is a finished cell on its way to the file.
type packedNode struct {
	key   copc.Key
	chunk []byte
	count int64
}

// subtree sorts one bucket and samples its levels, in memory that it keeps.
type subtree struct {
	b       *builder
	enc     *laz.ChunkEncoder
	records []byte
	order   []uint64 // code<<32 | record, sorted
	spare   []uint64
	pos     [][3]float32 // by place in order, in edges of the bucket
	levels  [subLevels + 1]sampler
	gather  []byte
	out     []packedNode
}

// build reads a bucket and returns the records of its top cell, whose points the
// levels above may still take, and the finished cells below it.
func (s *subtree) build(bk bucket) (top []byte, nodes []packedNode, err error) {
	size := s.b.opts.RecordB
	n := int(bk.count)
	if cap(s.records) < n*size {
		s.records = make([]byte, n*size)
	}
	s.records = s.records[:n*size]
	if _, err := s.b.sorted.ReadAt(s.records, bk.offset*int64(size)); err != nil && err != io.EOF {
		return nil, nil, err
	}
	s.sort(bk)
	for d := range s.levels {
		s.levels[d].reset()
	}
	s.out = nil
	list := s.cell(bk.key, 0, 0, n)
	return s.take(nil, list), s.out, nil
}

// sort puts the records into Morton order, records of one spot by their bytes.
func (s *subtree) sort(bk bucket) {
	size, l := s.b.opts.RecordB, s.b.lattice
	n := len(s.records) / size
	edge := s.b.bits - uint(bk.key.Level) // of the bucket: 2^edge units
	var low [3]int64
	for k, v := range [3]int32{bk.key.X, bk.key.Y, bk.key.Z} {
		low[k] = s.b.low[k] + int64(v)<<edge
	}
	if cap(s.order) < n {
		s.order, s.spare, s.pos = make([]uint64, n), make([]uint64, n), make([][3]float32, n)
	}
	s.order, s.spare, s.pos = s.order[:n], s.spare[:n], s.pos[:n]
	unit := 1 / float64(int64(1)<<edge)
	cell := func(v int64) uint64 {
		if edge >= subLevels {
			return uint64(v >> (edge - subLevels))
		}
		return uint64(v << (subLevels - edge))
	}
	for i := range n {
		x, y, z := l.at(s.records[i*size:])
		s.order[i] = morton(cell(x-low[0]), cell(y-low[1]), cell(z-low[2]))<<32 | uint64(i)
	}
	s.order, s.spare = sortCodes(s.order, s.spare)
	for i := 0; i < n; {
		j := i + 1
		for j < n && s.order[j]>>32 == s.order[i]>>32 {
			j++
		}
		if j > i+1 {
			slices.SortFunc(s.order[i:j], func(a, b uint64) int {
				p, q := int(uint32(a))*size, int(uint32(b))*size
				return compareRecords(s.records[p:p+size], s.records[q:q+size])
			})
		}
		i = j
	}
	for i, o := range s.order {
		x, y, z := l.at(s.records[int(uint32(o))*size:])
		s.pos[i] = [3]float32{float32(float64(x-low[0]) * unit), float32(float64(y-low[1]) * unit), float32(float64(z-low[2]) * unit)}
	}
}

// sortCodes sorts by the upper 30 of 62 bits, lowest byte first.
func sortCodes(a, spare []uint64) (sorted, other []uint64) {
	const digit = 10
	for shift := 32; shift < 62; shift += digit {
		var start [1 << digit]int
		for _, v := range a {
			start[v>>shift&(1<<digit-1)]++
		}
		sum := 0
		for i, n := range start {
			start[i] = sum
			sum += n
		}
		for _, v := range a {
			k := v >> shift & (1<<digit - 1)
			spare[start[k]] = v
			start[k]++
		}
		a, spare = spare, a
	}
	return a, spare
}

// cell divides places lo to hi, finishes the cells below and returns the cell's own
// points.
func (s *subtree) cell(key copc.Key, depth, lo, hi int) []int32 {
	if hi-lo <= s.b.opts.LeafPoints || depth == subLevels || key.Level == 30 {
		list := make([]int32, hi-lo)
		for i := range list {
			list[i] = int32(lo + i)
		}
		return list
	}
	var lists [8][]int32
	total := 0
	shift := 32 + 3*(subLevels-1-depth)
	for i, from := 0, lo; i < 8; i++ {
		to := from
		for step := hi - from; step > 0; { // the first place beyond child i
			if half := step / 2; int(s.order[to+half]>>shift&7) <= i {
				to += half + 1
				step -= half + 1
			} else {
				step = half
			}
		}
		if to > from {
			lists[i] = s.cell(key.Child(i), depth+1, from, to)
			total += len(lists[i])
		}
		from = to
	}
	return s.sample(key, depth, &lists, total)
}

// sample takes the points of a cell out of its children's and finishes these.
func (s *subtree) sample(key copc.Key, depth int, lists *[8][]int32, total int) []int32 {
	scale := float32(spacingCells) * float32(int32(1)<<depth)
	grid := &s.levels[depth]
	kept := make([]int32, 0, total/4)
	for c, list := range lists {
		if list == nil {
			continue
		}
		for from := 0; from < len(list); from += patch {
			part := list[from:min(len(list), from+patch)]
			step := patchStep
			for gcd(step, len(part)) != 1 {
				step++
			}
			for i, k := 0, 0; i < len(part); i++ {
				p := s.pos[part[k]]
				if grid.keep([3]float32{p[0] * scale, p[1] * scale, p[2] * scale}) {
					part[k] = -1 - part[k]
				}
				k = (k + step) % len(part)
			}
		}
		n := 0
		for _, at := range list {
			if at >= 0 {
				list[n] = at
				n++
			} else {
				kept = append(kept, -1-at)
			}
		}
		s.finish(key.Child(c), list[:n])
	}
	return kept
}

// Points that lie together are visited patch by patch, and within a patch in an
// order that jumps about, so that those that are kept do not line up.
const (
	patch     = 512
	patchStep = 197
)

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

func (s *subtree) take(out []byte, list []int32) []byte {
	size := s.b.opts.RecordB
	for _, at := range list {
		i := int(uint32(s.order[at])) * size
		out = append(out, s.records[i:i+size]...)
	}
	return out
}

// finish compresses a cell.
func (s *subtree) finish(key copc.Key, list []int32) {
	if len(list) == 0 {
		s.out = append(s.out, packedNode{key: key})
		return
	}
	s.gather = s.take(s.gather[:0], list)
	s.out = append(s.out, packedNode{key, s.enc.Append(nil, s.gather), int64(len(list))})
}
