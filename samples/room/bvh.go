package room

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// triangle is one facet with the texture coordinates of its corners, in metres
// on its surface's plane.
type triangle struct {
	a, e1, e2 r3.Vec
	uv        [3][2]float64
	surface   int32
}

// hit is where a ray meets the scene.
type hit struct {
	t       float64
	surface int32
	tri     int32
	u, v    float64 // metres on the surface
}

// node of the bounding volume hierarchy. A leaf has count > 0 and first is its
// first triangle; otherwise its children are first and first+1.
type node struct {
	b            [2][3]float64 // corners
	first, count int32
}

// bvh finds the first triangle on a ray.
type bvh struct {
	nodes []node
	tris  []triangle
	// cutout has the mask of each surface; nil where it is solid all over.
	cutout []*mask
}

const (
	leafSize = 4
	bins     = 16
	maxDepth = 44 // below which a node is a leaf whatever it holds
)

// build makes the tree by the surface area heuristic in bins (Wald, "On fast
// construction of SAH-based bounding volume hierarchies", 2007).
func (b *bvh) build() {
	work := make([]bounded, len(b.tris))
	for i := range b.tris {
		t := &b.tris[i]
		w := bounded{tri: int32(i), box: emptyBox}
		for _, p := range [3]r3.Vec{t.a, r3.Add(t.a, t.e1), r3.Add(t.a, t.e2)} {
			w.box.include([3]float64{p.X, p.Y, p.Z}, [3]float64{p.X, p.Y, p.Z})
		}
		for k := range 3 {
			w.mid[k] = (w.box[0][k] + w.box[1][k]) / 2
		}
		work[i] = w
	}
	b.nodes = make([]node, 1, len(b.tris))
	b.split(work, 0, 0, 0)
	tris := make([]triangle, len(work))
	for i, w := range work {
		tris[i] = b.tris[w.tri]
	}
	b.tris = tris
}

type bounds [2][3]float64

var emptyBox = bounds{{math.MaxFloat64, math.MaxFloat64, math.MaxFloat64}, {-math.MaxFloat64, -math.MaxFloat64, -math.MaxFloat64}}

func (b *bounds) include(lo, hi [3]float64) {
	for k := range 3 {
		b[0][k], b[1][k] = min(b[0][k], lo[k]), max(b[1][k], hi[k])
	}
}

func (b *bounds) area() float64 {
	x, y, z := b[1][0]-b[0][0], b[1][1]-b[0][1], b[1][2]-b[0][2]
	if x < 0 {
		return 0
	}
	return x*y + y*z + z*x
}

// bounded is a triangle in the building of the tree.
type bounded struct {
	tri int32
	mid [3]float64
	box bounds
}

// split makes the node at from work, whose first triangle will be number base.
func (b *bvh) split(work []bounded, at, base, depth int) {
	all, mids := emptyBox, emptyBox
	for i := range work {
		all.include(work[i].box[0], work[i].box[1])
		mids.include(work[i].mid, work[i].mid)
	}
	n := node{b: all}
	cut := len(work)
	if len(work) > leafSize && depth < maxDepth {
		cut = partition(work, mids)
	}
	if cut == len(work) {
		n.first, n.count = int32(base), int32(len(work))
		b.nodes[at] = n
		return
	}
	left := len(b.nodes)
	b.nodes = append(b.nodes, node{}, node{})
	n.first = int32(left)
	b.nodes[at] = n
	b.split(work[:cut], left, base, depth+1)
	b.split(work[cut:], left+1, base+cut, depth+1)
}

// partition orders work so that the cheapest cut lies at the returned index;
// the length when all centres coincide.
func partition(work []bounded, mids bounds) int {
	best, bestAxis, bestBin := math.Inf(1), -1, 0
	for axis := range 3 {
		lo, ext := mids[0][axis], mids[1][axis]-mids[0][axis]
		if ext <= 1e-9 {
			continue
		}
		var count [bins]int
		box := [bins]bounds{}
		for k := range box {
			box[k] = emptyBox
		}
		for i := range work {
			k := min(bins-1, int(float64(bins)*(work[i].mid[axis]-lo)/ext))
			count[k]++
			box[k].include(work[i].box[0], work[i].box[1])
		}
		var right [bins]float64
		acc, n := emptyBox, 0
		for k := bins - 1; k > 0; k-- {
			acc.include(box[k][0], box[k][1])
			n += count[k]
			right[k] = acc.area() * float64(n)
		}
		acc, n = emptyBox, 0
		for k := range bins - 1 {
			acc.include(box[k][0], box[k][1])
			n += count[k]
			if cost := acc.area()*float64(n) + right[k+1]; cost < best && n > 0 && n < len(work) {
				best, bestAxis, bestBin = cost, axis, k
			}
		}
	}
	if bestAxis < 0 {
		return len(work)
	}
	lo, ext := mids[0][bestAxis], mids[1][bestAxis]-mids[0][bestAxis]
	inLeft := func(w *bounded) bool { return min(bins-1, int(float64(bins)*(w.mid[bestAxis]-lo)/ext)) <= bestBin }
	i, j := 0, len(work)
	for i < j {
		if inLeft(&work[i]) {
			i++
			continue
		}
		j--
		work[i], work[j] = work[j], work[i]
	}
	return i
}

// ray is a ray with what the box test needs.
type ray struct {
	o, inv [3]float64
	near   [3]int // index of the corner met first, by axis
}

func newRay(o, d r3.Vec) ray {
	r := ray{o: [3]float64{o.X, o.Y, o.Z}, inv: [3]float64{1 / d.X, 1 / d.Y, 1 / d.Z}}
	for k := range 3 {
		if r.inv[k] < 0 {
			r.near[k] = 1
		}
	}
	return r
}

// enter returns the distance at which a ray enters the box, or +Inf when it
// misses it or would enter beyond tmax.
func (n *node) enter(r *ray, tmax float64) float64 {
	t0 := (n.b[r.near[0]&1][0] - r.o[0]) * r.inv[0]
	t1 := (n.b[r.near[0]&1^1][0] - r.o[0]) * r.inv[0]
	if a := (n.b[r.near[1]&1][1] - r.o[1]) * r.inv[1]; a > t0 {
		t0 = a
	}
	if a := (n.b[r.near[1]&1^1][1] - r.o[1]) * r.inv[1]; a < t1 {
		t1 = a
	}
	if a := (n.b[r.near[2]&1][2] - r.o[2]) * r.inv[2]; a > t0 {
		t0 = a
	}
	if a := (n.b[r.near[2]&1^1][2] - r.o[2]) * r.inv[2]; a < t1 {
		t1 = a
	}
	if t0 > t1 || t1 < 0 || t0 > tmax {
		return math.Inf(1)
	}
	return t0
}

// first returns the nearest hit between tmin and tmax. guess is a triangle that
// is tested before all others, usually that of the neighbouring ray; -1 for none.
func (b *bvh) first(o, d r3.Vec, tmin, tmax float64, guess int32) (hit, bool) {
	h := hit{t: tmax, tri: -1}
	if guess >= 0 {
		b.meet(guess, o, d, tmin, &h)
	}
	r := newRay(o, d)
	var stack [maxDepth + 4]int32
	var entry [maxDepth + 4]float64
	entry[0] = b.nodes[0].enter(&r, h.t)
	for top := 0; top >= 0; {
		at, te := stack[top], entry[top]
		top--
		if te >= h.t {
			continue
		}
		n := &b.nodes[at]
		if n.count > 0 {
			for i := n.first; i < n.first+n.count; i++ {
				b.meet(i, o, d, tmin, &h)
			}
			continue
		}
		near, far := n.first, n.first+1
		tn, tf := b.nodes[near].enter(&r, h.t), b.nodes[far].enter(&r, h.t)
		if tf < tn {
			near, far, tn, tf = far, near, tf, tn
		}
		if tf < h.t {
			top++
			stack[top], entry[top] = far, tf
		}
		if tn < h.t {
			top++
			stack[top], entry[top] = near, tn
		}
	}
	return h, h.tri >= 0
}

// meet is the ray-triangle test of Möller and Trumbore, "Fast, minimum storage
// ray/triangle intersection", 1997.
func (b *bvh) meet(i int32, o, d r3.Vec, tmin float64, h *hit) {
	t := &b.tris[i]
	px, py, pz := d.Y*t.e2.Z-d.Z*t.e2.Y, d.Z*t.e2.X-d.X*t.e2.Z, d.X*t.e2.Y-d.Y*t.e2.X
	det := t.e1.X*px + t.e1.Y*py + t.e1.Z*pz
	if det > -1e-14 && det < 1e-14 {
		return
	}
	inv := 1 / det
	sx, sy, sz := o.X-t.a.X, o.Y-t.a.Y, o.Z-t.a.Z
	u := (sx*px + sy*py + sz*pz) * inv
	if u < 0 || u > 1 {
		return
	}
	qx, qy, qz := sy*t.e1.Z-sz*t.e1.Y, sz*t.e1.X-sx*t.e1.Z, sx*t.e1.Y-sy*t.e1.X
	v := (d.X*qx + d.Y*qy + d.Z*qz) * inv
	if v < 0 || u+v > 1 {
		return
	}
	dist := (t.e2.X*qx + t.e2.Y*qy + t.e2.Z*qz) * inv
	if dist <= tmin || dist >= h.t {
		return
	}
	w := 1 - u - v
	tu := w*t.uv[0][0] + u*t.uv[1][0] + v*t.uv[2][0]
	tv := w*t.uv[0][1] + u*t.uv[1][1] + v*t.uv[2][1]
	if m := b.cutout[t.surface]; m != nil && !m.at(tu, tv) {
		return
	}
	*h = hit{t: dist, surface: t.surface, tri: i, u: tu, v: tv}
}

// blocked says whether anything lies between o and o+d.
func (b *bvh) blocked(o, d r3.Vec) bool {
	h := hit{t: 1 - 1e-3, tri: -1}
	r := newRay(o, d)
	var stack [maxDepth + 4]int32
	for top := 0; top >= 0; top-- {
		n := &b.nodes[stack[top]]
		for n.count == 0 {
			near, far := n.first, n.first+1
			tn, tf := b.nodes[near].enter(&r, h.t), b.nodes[far].enter(&r, h.t)
			if tf < tn {
				near, far, tn, tf = far, near, tf, tn
			}
			if tn >= h.t {
				n = nil
				break
			}
			if tf < h.t {
				stack[top] = far
				top++
			}
			n = &b.nodes[near]
		}
		if n == nil {
			continue
		}
		for i := n.first; i < n.first+n.count; i++ {
			if b.meet(i, o, d, 1e-3, &h); h.tri >= 0 {
				return true
			}
		}
	}
	return false
}
