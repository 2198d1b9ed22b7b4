package surface

import (
	"slices"
)

// level is one depth: its cells, those that hold or adjoin samples as deep, and the
// corners of the cells, the nodes. Both are in the order of z, y, x; rows index them.
type level struct {
	depth, n int // cells a side
	cellRow  []int32
	cellX    []int16
	cellNode [][4]int32 // node at the cell's corner (0, dy, dz), dy fastest; dx = 1 is the next node

	nodeRow []int32
	nodeX   []int16
	nodeYZ  []uint32   // row number of each node
	rows    [][9]int32 // of free nodes: the nodes (0, dy, dz), dy fastest; their x neighbours come before and after
	free    []int32    // nodes with all eight cells: the unknowns
	u       []float64  // value of the function at the nodes
	rhs     []float64
	v       [3][]float64 // normal field at the nodes
}

// newLevel finds the cells and nodes of a depth.
func newLevel(depth int, kept []sample, workers int) *level {
	l := &level{depth: depth, n: 1 << depth}
	n := l.n
	var keys []uint64
	if depth == coarsest {
		for k := range n * n * n {
			keys = append(keys, uint64(k))
		}
	} else {
		own := make([]uint64, 0, len(kept))
		for i := range kept {
			if s := &kept[i]; s.depth >= depth {
				x, y, z := l.cellOf(s.p)
				own = append(own, uint64((z*n+y)*n+x))
			}
		}
		own = unique(own, 3*depth)
		keys = make([]uint64, 0, 27*len(own))
		for _, k := range own {
			x, y, z := int(k)%n, int(k)/n%n, int(k)/n/n
			for dz := max(z-1, 0); dz <= min(z+1, n-1); dz++ {
				for dy := max(y-1, 0); dy <= min(y+1, n-1); dy++ {
					for dx := max(x-1, 0); dx <= min(x+1, n-1); dx++ {
						keys = append(keys, uint64((dz*n+dy)*n+dx))
					}
				}
			}
		}
		keys = unique(keys, 3*depth)
	}
	l.cellRow, l.cellX = index(keys, n)
	m := n + 1
	nodes := make([]uint64, 0, 8*len(keys))
	for _, k := range keys {
		x, y, z := int(k)%n, int(k)/n%n, int(k)/n/n
		for c := range 8 {
			nodes = append(nodes, uint64(((z+c>>2)*m+y+c>>1&1)*m+x+c&1))
		}
	}
	nodes = unique(nodes, 3*depth+3)
	l.nodeRow, l.nodeX = index(nodes, m)
	l.nodeYZ = make([]uint32, len(nodes))
	for i, k := range nodes {
		l.nodeYZ[i] = uint32(k / uint64(m))
	}
	l.cellNode = make([][4]int32, len(keys))
	each(workers, len(keys), func(_, from, to int) {
		for i := from; i < to; i++ {
			k := int(keys[i])
			x, y, z := k%n, k/n%n, k/n/n
			for c := range 4 {
				l.cellNode[i][c] = l.node(x, y+c&1, z+c>>1)
			}
		}
	})
	l.u, l.rhs = make([]float64, len(nodes)), make([]float64, len(nodes))
	for k := range 3 {
		l.v[k] = make([]float64, len(nodes))
	}
	l.findFree(workers)
	return l
}

// findFree lists the nodes all of whose cells are there. At the coarsest depth all
// nodes are free, and the rim of the box is handled apart.
func (l *level) findFree(workers int) {
	touched := make([]uint8, len(l.nodeX))
	for _, c := range l.cellNode {
		for _, k := range c {
			touched[k]++
			touched[k+1]++
		}
	}
	for i, t := range touched {
		if t == 8 {
			l.free = append(l.free, int32(i))
		}
	}
	l.rows = make([][9]int32, len(l.free))
	each(workers, len(l.free), func(_, from, to int) {
		for i := from; i < to; i++ {
			x, y, z := l.place(l.free[i])
			for c := range 9 {
				l.rows[i][c] = l.node(x, y+c%3-1, z+c/3-1)
			}
		}
	})
}

func (l *level) place(node int32) (x, y, z int) {
	m := l.n + 1
	return int(l.nodeX[node]), int(l.nodeYZ[node]) % m, int(l.nodeYZ[node]) / m
}

func (l *level) cellOf(p [3]float64) (x, y, z int) {
	n := float64(l.n)
	return min(int(p[0]*n), l.n-1), min(int(p[1]*n), l.n-1), min(int(p[2]*n), l.n-1)
}

// node is the number of a node, -1 where there is none.
func (l *level) node(x, y, z int) int32 {
	m := l.n + 1
	if x < 0 || y < 0 || z < 0 || x >= m || y >= m || z >= m {
		return -1
	}
	return find(l.nodeRow, l.nodeX, z*m+y, x)
}

// cell is the number of a cell, -1 where there is none.
func (l *level) cell(x, y, z int) int32 {
	if x < 0 || y < 0 || z < 0 || x >= l.n || y >= l.n || z >= l.n {
		return -1
	}
	return find(l.cellRow, l.cellX, z*l.n+y, x)
}

func find(row []int32, xs []int16, r, x int) int32 {
	lo, hi := row[r], row[r+1]
	for lo < hi {
		mid := (lo + hi) / 2
		if int(xs[mid]) < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < row[r+1] && int(xs[lo]) == x {
		return lo
	}
	return -1
}

// index cuts sorted keys (z*n+y)*n+x into rows.
func index(keys []uint64, n int) (row []int32, xs []int16) {
	row, xs = make([]int32, n*n+1), make([]int16, len(keys))
	for i, k := range keys {
		xs[i] = int16(k % uint64(n))
		row[k/uint64(n)+1] = int32(i + 1)
	}
	for r := 1; r < len(row); r++ {
		row[r] = max(row[r], row[r-1])
	}
	return row, xs
}

// unique sorts keys of so many bits and keeps one of each.
func unique(keys []uint64, bits int) []uint64 {
	const digit = 11
	other := make([]uint64, len(keys))
	for shift := 0; shift < bits; shift += digit {
		var start [1<<digit + 1]int32
		for _, k := range keys {
			start[k>>shift&(1<<digit-1)+1]++
		}
		for d := range 1 << digit {
			start[d+1] += start[d]
		}
		for _, k := range keys {
			d := k >> shift & (1<<digit - 1)
			other[start[d]] = k
			start[d]++
		}
		keys, other = other, keys
	}
	return slices.Compact(keys)
}
