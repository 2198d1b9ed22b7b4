package octree

// sampler keeps points of one level that stand at least a distance from each
// other. Positions are in units of that distance.
type sampler struct {
	keys  []uint64 // open addressing by cell of one unit; 0 is free
	head  []int32  // first point of the cell
	pos   [][3]float32
	next  []int32 // next point of the same cell
	cells int
}

const (
	axisBits  = 20
	axisStart = 1 << 10 // cells around the first one may have lower numbers
)

// reset forgets all points.
func (s *sampler) reset() {
	if s.keys == nil {
		s.keys, s.head = make([]uint64, 1<<8), make([]int32, 1<<8)
	}
	clear(s.keys)
	s.pos, s.next, s.cells = s.pos[:0], s.next[:0], 0
}

// cellKey numbers a cell, never 0. Cells in a row along z are numbered on.
func cellKey(x, y, z int32) uint64 {
	return 1<<63 | uint64(x+axisStart)<<(2*axisBits) | uint64(y+axisStart)<<axisBits | uint64(z+axisStart)
}

// row is the hash of a row of cells along z, which lie side by side.
func row(k uint64) uint64 {
	h := k >> axisBits * 0x9e3779b97f4a7c15
	return h ^ h>>32
}

// keep takes a point at p, unless another stands nearer than 1.
func (s *sampler) keep(p [3]float32) bool {
	x, y, z := int32(p[0]), int32(p[1]), int32(p[2])
	fx, fy, fz := p[0]-float32(x), p[1]-float32(y), p[2]-float32(z)
	// Squared distance to the neighbouring cells along each axis.
	dx, dy, dz := [3]float32{fx * fx, 0, (1 - fx) * (1 - fx)}, [3]float32{fy * fy, 0, (1 - fy) * (1 - fy)}, [3]float32{fz * fz, 0, (1 - fz) * (1 - fz)}
	home := cellKey(x, y, z)
	keys, mask := s.keys, uint64(len(s.keys)-1)
	own := -1
	for _, n := range nearRows {
		d := dx[n.x] + dy[n.y]
		if d >= 1 {
			continue
		}
		k := home + n.step
		h := row(k) + k&(1<<axisBits-1)
		for _, c := range [3]int{1, 0, 2} { // the cell itself, below, above
			if d+dz[c] >= 1 {
				continue
			}
			kc := k + uint64(c) - 1
			i := (h + uint64(c) - 1) & mask
			for keys[i] != kc && keys[i] != 0 {
				i = (i + 1) & mask
			}
			if own < 0 {
				own = int(i)
			}
			if keys[i] == 0 {
				continue
			}
			for q := s.head[i]; q >= 0; q = s.next[q] {
				o := &s.pos[q]
				a, b, c := p[0]-o[0], p[1]-o[1], p[2]-o[2]
				if a*a+b*b+c*c < 1 {
					return false
				}
			}
		}
	}
	if s.keys[own] == 0 {
		if 2*s.cells >= len(s.keys) {
			s.grow()
			return s.keep(p)
		}
		s.keys[own], s.head[own] = home, -1
		s.cells++
	}
	s.next = append(s.next, s.head[own])
	s.head[own] = int32(len(s.pos))
	s.pos = append(s.pos, p)
	return true
}

func (s *sampler) grow() {
	keys, head := s.keys, s.head
	s.keys, s.head = make([]uint64, 2*len(keys)), make([]int32, 2*len(keys))
	mask := uint64(len(s.keys) - 1)
	for j, k := range keys {
		if k == 0 {
			continue
		}
		i := (row(k) + k&(1<<axisBits-1)) & mask
		for s.keys[i] != 0 {
			i = (i + 1) & mask
		}
		s.keys[i], s.head[i] = k, head[j]
	}
}

// nearRows are the nine rows of cells around a point, its own first.
var nearRows = func() (out []struct {
	x, y int8
	step uint64 // to the key of a cell in it
}) {
	for _, c := range [9][2]int8{{1, 1}, {0, 1}, {2, 1}, {1, 0}, {1, 2}, {0, 0}, {0, 2}, {2, 0}, {2, 2}} {
		out = append(out, struct {
			x, y int8
			step uint64
		}{c[0], c[1], uint64(int64(c[0]-1)<<(2*axisBits) + int64(c[1]-1)<<axisBits)})
	}
	return out
}()
