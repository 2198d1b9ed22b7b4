package neighbours

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
)

const (
	// manyLeaves is the number of leaves near a leaf from which on its points are
	// searched one by one: they lie far apart.
	manyLeaves = 192
	// batch is the number of leaves that a worker takes at a time.
	batch = 64
)

// All finds the k nearest points of every point, itself among them, of squared
// distance at most within2, and calls found for each slot with what it found, in
// no order; the list is good during the call. Calls come from up to workers
// goroutines, each slot once; worker tells which. What is found does not depend on
// their number. It returns the context's error when that ends first.
func (x *Index) All(ctx context.Context, k int, within2 float32, workers int, found func(worker int, slot int32, near []Neighbour)) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range max(workers, 1) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			s := x.NewSearch()
			for ctx.Err() == nil {
				from := int(next.Add(batch)) - batch
				if from >= x.leaves {
					return
				}
				for leaf := from; leaf < min(from+batch, x.leaves); leaf++ {
					s.leaf(int32(leaf), k, within2, func(slot int32) {
						found(w, slot, s.take())
					})
				}
			}
		}()
	}
	wait.Wait()
	return ctx.Err()
}

// leaf finds the neighbours of a leaf's points. Those of the first are searched in
// the tree; they bound how far the others' can be, so that one list of leaves
// serves them all.
func (s *Search) leaf(leaf int32, k int, within2 float32, found func(slot int32)) {
	x := s.x
	first := leaf * Block
	last := min(first+Block, int32(len(x.Order)))
	px, py, pz := x.Point(first)
	s.nearest(px, py, pz, k, within2)
	reach := s.reach(k, within2)
	found(first)
	box := [6]float32{px, py, pz, px, py, pz}
	for slot := first + 1; slot < last; slot++ {
		qx, qy, qz := x.Point(slot)
		box[0], box[1], box[2] = min(box[0], qx), min(box[1], qy), min(box[2], qz)
		box[3], box[4], box[5] = max(box[3], qx), max(box[4], qy), max(box[5], qz)
	}
	wide := reach + length(box[3]-box[0], box[4]-box[1], box[5]-box[2])
	few := s.around(&box, float32(min(float64(within2), wide*wide*roundUp)))
	var done [Block][4]float64 // points that are done and how far their neighbours are
	done[0] = [4]float64{float64(px), float64(py), float64(pz), reach}
	for slot := first + 1; slot < last; slot++ {
		qx, qy, qz := x.Point(slot)
		if few {
			near := math.Inf(1)
			for _, d := range done[:slot-first] {
				dx, dy, dz := d[0]-float64(qx), d[1]-float64(qy), d[2]-float64(qz)
				near = min(near, d[3]+math.Sqrt(dx*dx+dy*dy+dz*dz))
			}
			s.listed(qx, qy, qz, k, float32(min(near*near*roundUp, float64(within2))))
		} else {
			s.nearest(qx, qy, qz, k, within2)
		}
		done[slot-first] = [4]float64{float64(qx), float64(qy), float64(qz), s.reach(k, within2)}
		found(slot)
	}
}

// roundUp covers what distances lose to single precision.
const roundUp = 1 + 1e-5

func length(dx, dy, dz float32) float64 {
	x, y, z := float64(dx), float64(dy), float64(dz)
	return math.Sqrt(x*x + y*y + z*z)
}

// reach is the distance of the last neighbour, or the farthest allowed when there
// are fewer than k.
func (s *Search) reach(k int, within2 float32) float64 {
	if len(s.keys) < k {
		return math.Sqrt(float64(within2))
	}
	return math.Sqrt(float64(highest(s.keys)))
}

// around lists the leaves within a squared distance of a box; false when there are
// too many.
func (s *Search) around(box *[6]float32, r2 float32) bool {
	x := s.x
	s.list = s.list[:0]
	s.stack = append(s.stack[:0], visit{0, 0, int32(x.leaves), 0})
	for len(s.stack) > 0 {
		v := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		b := &x.boxes[v.node]
		dx := max(b[0]-box[3], box[0]-b[3], 0)
		dy := max(b[1]-box[4], box[1]-b[4], 0)
		dz := max(b[2]-box[5], box[2]-b[5], 0)
		if dx*dx+dy*dy+dz*dz > r2 {
			continue
		}
		if v.leaves == 1 {
			if len(s.list) == manyLeaves {
				return false
			}
			s.list = append(s.list, v.first)
			continue
		}
		left := int32(split(int(v.leaves)))
		s.stack = append(s.stack, visit{v.node + 2*left, v.first + left, v.leaves - left, 0}, visit{v.node + 1, v.first, left, 0})
	}
	return true
}

// listed leaves the k least keys among the listed leaves in s.keys.
func (s *Search) listed(px, py, pz float32, k int, bound float32) {
	s.grow(room(k))
	keys := s.keys[:cap(s.keys)]
	held, list := 0, s.list
	for {
		n, done := collectList(keys, held, s.x.blocks, list, px, py, pz, bound)
		held = n
		if done == len(list) {
			break
		}
		list = list[done:]
		least(keys[:held], k)
		held = k
		bound = min(bound, highest(keys[:k]))
	}
	if held > k {
		least(keys[:held], k)
		held = k
	}
	s.keys = keys[:held]
}
