package neighbours

import "math"

// Neighbour is a found point.
type Neighbour struct {
	Slot int32
	D2   float32 // squared distance
}

// Search holds the working memory of queries, for one goroutine at a time.
type Search struct {
	x     *Index
	keys  []uint64
	stack []visit
	list  []int32
	out   []Neighbour
}

// visit is a node to look at: its place in the tree and the squared distance of
// its box.
type visit struct {
	node, first, leaves int32
	d2                  float32
}

// NewSearch gives working memory for queries.
func (x *Index) NewSearch() *Search { return &Search{x: x} }

// key holds a distance and a slot so that keys are ordered by distance, then slot:
// distances are not negative, and the bits of such floats are ordered as they are.
func key(d2 float32, slot int32) uint64 {
	return uint64(math.Float32bits(d2))<<32 | uint64(uint32(slot))
}

func (n *Neighbour) set(k uint64) {
	n.Slot, n.D2 = int32(uint32(k)), math.Float32frombits(uint32(k>>32))
}

// boxD2 is the squared distance of a point from a box.
func boxD2(b *[6]float32, px, py, pz float32) float32 {
	dx := max(b[0]-px, px-b[3], 0)
	dy := max(b[1]-py, py-b[4], 0)
	dz := max(b[2]-pz, pz-b[5], 0)
	return float32(dx*dx) + float32(dy*dy) + float32(dz*dz)
}

// Nearest returns the k nearest points whose squared distance is at most within2,
// nearest first, equal distances by slot. A point of the cloud finds itself. The
// result is good until the next call.
func (s *Search) Nearest(px, py, pz float32, k int, within2 float32) []Neighbour {
	s.nearest(px, py, pz, k, within2)
	sortKeys(s.keys)
	return s.take()
}

func (s *Search) take() []Neighbour {
	if cap(s.out) < len(s.keys) {
		s.out = make([]Neighbour, 2*len(s.keys))
	}
	s.out = s.out[:len(s.keys)]
	for i, k := range s.keys {
		s.out[i].set(k)
	}
	return s.out
}

// nearest leaves the k least keys in s.keys, in no order.
func (s *Search) nearest(px, py, pz float32, k int, within2 float32) {
	x := s.x
	s.keys = s.keys[:0]
	if x.leaves == 0 || k <= 0 {
		return
	}
	full := room(k)
	s.grow(full)
	bound, held := within2, 0
	s.stack = append(s.stack[:0], visit{0, 0, int32(x.leaves), boxD2(&x.boxes[0], px, py, pz)})
	for len(s.stack) > 0 {
		v := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		if v.d2 > bound {
			continue
		}
		for v.leaves > 1 { // down to the nearer leaf
			left := int32(split(int(v.leaves)))
			a := visit{v.node + 1, v.first, left, 0}
			b := visit{v.node + 2*left, v.first + left, v.leaves - left, 0}
			a.d2, b.d2 = boxD2(&x.boxes[a.node], px, py, pz), boxD2(&x.boxes[b.node], px, py, pz)
			if b.d2 < a.d2 {
				a, b = b, a
			}
			if b.d2 <= bound {
				s.stack = append(s.stack, b)
			}
			v = a
		}
		if v.d2 > bound {
			continue
		}
		held = collect(s.keys[:cap(s.keys)], held, x.blocks, v.first, px, py, pz, bound)
		if held >= 2*k && held > k {
			least(s.keys[:held], k)
			held = k
			bound = min(bound, highest(s.keys[:k]))
		}
	}
	if held > k {
		least(s.keys[:held], k)
		held = k
	}
	s.keys = s.keys[:held]
}

// room is the length of the list of candidates for k neighbours.
func room(k int) int { return 4*k + 64 + Block }

func (s *Search) grow(n int) {
	if cap(s.keys) < n {
		s.keys = make([]uint64, 0, n)
	}
}

// highest is the distance of the last of the keys.
func highest(keys []uint64) float32 {
	m := uint64(0)
	for _, k := range keys {
		m = max(m, k)
	}
	return math.Float32frombits(uint32(m >> 32))
}

// Within returns all points whose squared distance is at most r2, in no stated but
// a fixed order. The result is good until the next call.
func (s *Search) Within(px, py, pz, r2 float32) []Neighbour {
	x := s.x
	s.keys = s.keys[:0]
	s.stack = s.stack[:0]
	if x.leaves > 0 {
		s.stack = append(s.stack, visit{0, 0, int32(x.leaves), 0})
	}
	for len(s.stack) > 0 {
		v := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		if boxD2(&x.boxes[v.node], px, py, pz) > r2 {
			continue
		}
		if v.leaves > 1 {
			left := int32(split(int(v.leaves)))
			s.stack = append(s.stack, visit{v.node + 2*left, v.first + left, v.leaves - left, 0}, visit{v.node + 1, v.first, left, 0})
			continue
		}
		n := len(s.keys)
		if cap(s.keys) < n+Block {
			s.keys = append(make([]uint64, 0, 2*n+4*Block), s.keys...)
		}
		s.keys = s.keys[:collect(s.keys[:cap(s.keys)], n, x.blocks, v.first, px, py, pz, r2)]
	}
	return s.take()
}

// least puts the k least keys first, in no order. The moves do not branch on what
// is compared: a guess of the processor would be wrong half of the time.
func least(s []uint64, k int) {
	for len(s) > 1 && k > 0 && k < len(s) {
		a, b, c := s[0], s[len(s)/2], s[len(s)-1]
		pivot := max(min(a, b), min(max(a, b), c))
		below := 0 // keys are all different: the pivot itself ends up in front of the others
		for i, v := range s {
			s[i] = s[below]
			s[below] = v
			if v <= pivot {
				below++
			}
		}
		switch {
		case below == k:
			return
		case below > k:
			if below == len(s) { // the pivot is the highest
				below--
				for i, v := range s {
					if v == pivot {
						s[i], s[below] = s[below], v
						break
					}
				}
			}
			s = s[:below]
		default:
			s, k = s[below:], k-below
		}
	}
}

// sortKeys sorts few keys.
func sortKeys(s []uint64) {
	for i := 1; i < len(s); i++ {
		v, j := s[i], i
		for ; j > 0 && s[j-1] > v; j-- {
			s[j] = s[j-1]
		}
		s[j] = v
	}
}
