// Package neighbours finds the nearest points of a cloud: k nearest, nearest
// within a distance, all within a radius, and the k nearest of every point in one
// pass.
//
// The points lie in a balanced k-d tree (J. L. Bentley, Multidimensional binary
// search trees used for associative searching, CACM 18, 1975; splits at the median
// of the widest side, J. H. Friedman, J. L. Bentley, R. A. Finkel, ACM TOMS 3,
// 1977) whose leaves are blocks of 16 points, column by column, so that one vector
// instruction compares a query with a whole leaf. Nodes hold the box around their
// points.
package neighbours

import (
	"math"
	"slices"
	"sync"
)

// Block is the number of points of a leaf.
const Block = 16

// blockLen is the length of a leaf's columns: 16 x, 16 y, 16 z.
const blockLen = 3 * Block

// Index is a cloud ready to be searched. It may be read from any number of
// goroutines. Within it, points are numbered by slot: near slots are near points,
// and passes over slots stay in the processor's cache. Distances are squared, in
// single precision.
type Index struct {
	// Order gives the number that the point of each slot had in the cloud. Points
	// that are not finite have no slot.
	Order []int32

	blocks []float32    // blockLen a leaf; padding is +Inf
	boxes  [][6]float32 // min, max of each node, in preorder
	leaves int
}

// site is a point while the tree is made.
type site struct {
	p   [3]float32
	idx int32
}

// New makes an index of points given as x, y, z after each other. Points that are
// not finite are left out. It uses up to workers goroutines; the index does not
// depend on their number.
func New(xyz []float32, workers int) *Index {
	sites := make([]site, 0, len(xyz)/3)
	for i := 0; i+2 < len(xyz); i += 3 {
		s := site{p: [3]float32{xyz[i], xyz[i+1], xyz[i+2]}, idx: int32(i / 3)}
		if sum := s.p[0] + s.p[1] + s.p[2]; sum-sum == 0 {
			sites = append(sites, s)
		}
	}
	n := len(sites)
	x := &Index{Order: make([]int32, n), leaves: (n + Block - 1) / Block}
	if n == 0 {
		return x
	}
	x.blocks = make([]float32, x.leaves*blockLen)
	x.boxes = make([][6]float32, 2*x.leaves-1)
	var wait sync.WaitGroup
	x.build(sites, 0, 0, x.leaves, max(workers, 1), &wait)
	wait.Wait()
	for i := range x.boxes { // leaves have their boxes: preorder, so backwards
		x.join(len(x.boxes) - 1 - i)
	}
	return x
}

// Len is the number of points that can be found.
func (x *Index) Len() int { return len(x.Order) }

// Point gives the point of a slot.
func (x *Index) Point(slot int32) (px, py, pz float32) {
	b := x.blocks[int(slot)/Block*blockLen+int(slot)%Block:]
	return b[0], b[Block], b[2*Block]
}

// split is how many of a node's leaves lie below its left child, which follows
// the node; the right child follows the left one's 2*split-1 nodes.
func split(leaves int) int { return (leaves + 1) / 2 }

// build sorts the points of the leaves first..first+leaves under node.
func (x *Index) build(sites []site, node, first, leaves, workers int, wait *sync.WaitGroup) {
	for leaves > 1 {
		dim := widest(sites)
		left := split(leaves)
		at := left * Block
		nth(sites, at, dim)
		low, n0, f0 := sites[:at], node+1, first
		if workers > 1 {
			half := workers / 2
			workers -= half
			wait.Add(1)
			go func() {
				defer wait.Done()
				x.build(low, n0, f0, left, half, wait)
			}()
		} else {
			x.build(low, n0, f0, left, 1, wait)
		}
		sites, node, first, leaves = sites[at:], node+2*left, first+left, leaves-left
	}
	b := x.blocks[first*blockLen:][:blockLen]
	box := &x.boxes[node]
	inf := float32(math.Inf(1))
	*box = [6]float32{inf, inf, inf, -inf, -inf, -inf}
	for i := range Block {
		if i >= len(sites) {
			b[i], b[Block+i], b[2*Block+i] = inf, inf, inf
			continue
		}
		s := &sites[i]
		x.Order[first*Block+i] = s.idx
		for k, v := range s.p {
			b[k*Block+i] = v
			box[k], box[3+k] = min(box[k], v), max(box[3+k], v)
		}
	}
}

// join sets the box of an inner node from its children's. Which nodes are inner
// follows from their numbers alone.
func (x *Index) join(node int) {
	at, leaves := 0, x.leaves
	for at != node {
		left := split(leaves)
		if node < at+2*left {
			at, leaves = at+1, left
		} else {
			at, leaves = at+2*left, leaves-left
		}
	}
	if leaves == 1 {
		return
	}
	a, b := &x.boxes[node+1], &x.boxes[node+2*split(leaves)]
	for k := range 3 {
		x.boxes[node][k] = min(a[k], b[k])
		x.boxes[node][3+k] = max(a[3+k], b[3+k])
	}
}

func widest(sites []site) int {
	lo, hi := sites[0].p, sites[0].p
	for i := range sites {
		p := &sites[i].p
		for k := range 3 {
			lo[k], hi[k] = min(lo[k], p[k]), max(hi[k], p[k])
		}
	}
	dim := 0
	for k := 1; k < 3; k++ {
		if hi[k]-lo[k] > hi[dim]-lo[dim] {
			dim = k
		}
	}
	return dim
}

// nth puts the sites so that none before at is above one from at on, along dim
// (C. A. R. Hoare, Find, CACM 4, 1961). Should the pivots be bad again and again,
// it sorts.
func nth(s []site, at, dim int) {
	for tries := 0; len(s) > 32; tries++ {
		if tries > 64 {
			break
		}
		pivot := middle(s, dim)
		i, j := 0, len(s)-1
		for i <= j {
			for s[i].p[dim] < pivot {
				i++
			}
			for s[j].p[dim] > pivot {
				j--
			}
			if i <= j {
				s[i], s[j] = s[j], s[i]
				i++
				j--
			}
		}
		switch {
		case at <= j:
			s = s[:j+1]
		case at >= i:
			s, at = s[i:], at-i
		default:
			return
		}
	}
	slices.SortFunc(s, func(a, b site) int {
		switch {
		case a.p[dim] < b.p[dim]:
			return -1
		case a.p[dim] > b.p[dim]:
			return 1
		}
		return int(a.idx) - int(b.idx)
	})
}

// middle is the median of the medians of three threes.
func middle(s []site, dim int) float32 {
	of3 := func(a, b, c float32) float32 { return max(min(a, b), min(max(a, b), c)) }
	step := (len(s) - 1) / 8
	at := func(i int) float32 { return s[i*step].p[dim] }
	return of3(of3(at(0), at(1), at(2)), of3(at(3), at(4), at(5)), of3(at(6), at(7), at(8)))
}
