package surface

import (
	"container/heap"
	"context"
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// DecimateOptions say when to stop: at Faces, or when the next step would move the
// surface by more than ErrorM, whichever comes first. Zero means no such limit.
type DecimateOptions struct {
	Faces  int
	ErrorM float64
}

// quadric is the sum of squared distances to planes, weighted by area: a symmetric
// 4x4 matrix, and the weight.
type quadric struct {
	a  [10]float64 // xx xy xz xw yy yz yw zz zw ww
	wt float64
}

func (q *quadric) plane(n r3.Vec, d, w float64) {
	for i, v := range [10]float64{n.X * n.X, n.X * n.Y, n.X * n.Z, n.X * d, n.Y * n.Y, n.Y * n.Z, n.Y * d, n.Z * n.Z, n.Z * d, d * d} {
		q.a[i] += w * v
	}
	q.wt += w
}

func (q *quadric) add(o *quadric) {
	for i, v := range o.a {
		q.a[i] += v
	}
	q.wt += o.wt
}

func (q *quadric) cost(p r3.Vec) float64 {
	a := &q.a
	return max(p.X*p.X*a[0]+2*p.X*p.Y*a[1]+2*p.X*p.Z*a[2]+2*p.X*a[3]+p.Y*p.Y*a[4]+2*p.Y*p.Z*a[5]+2*p.Y*a[6]+p.Z*p.Z*a[7]+2*p.Z*a[8]+a[9], 0)
}

// best is the place of least cost; the middle of a and b, or the better of them,
// where planes leave it free.
func (q *quadric) best(a, b r3.Vec) r3.Vec {
	m := &q.a
	det := m[0]*(m[4]*m[7]-m[5]*m[5]) - m[1]*(m[1]*m[7]-m[5]*m[2]) + m[2]*(m[1]*m[5]-m[4]*m[2])
	trace := m[0] + m[4] + m[7]
	if det > 1e-5*trace*trace*trace/27 {
		p := r3.Vec{
			X: -(m[3]*(m[4]*m[7]-m[5]*m[5]) - m[1]*(m[6]*m[7]-m[5]*m[8]) + m[2]*(m[6]*m[5]-m[4]*m[8])) / det,
			Y: -(m[0]*(m[6]*m[7]-m[8]*m[5]) - m[3]*(m[1]*m[7]-m[5]*m[2]) + m[2]*(m[1]*m[8]-m[6]*m[2])) / det,
			Z: -(m[0]*(m[4]*m[8]-m[5]*m[6]) - m[1]*(m[1]*m[8]-m[6]*m[2]) + m[3]*(m[1]*m[5]-m[4]*m[2])) / det,
		}
		mid := r3.Scale(0.5, r3.Add(a, b))
		if r3.Norm(r3.Sub(p, mid)) < 2*r3.Norm(r3.Sub(a, b)) {
			return p
		}
	}
	mid := r3.Scale(0.5, r3.Add(a, b))
	best := mid
	for _, p := range [2]r3.Vec{a, b} {
		if q.cost(p) < q.cost(best) {
			best = p
		}
	}
	return best
}

// collapse is an edge that may be drawn together.
type collapse struct {
	cost   float64
	a, b   int32
	at     r3.Vec
	va, vb int32 // versions of the vertices it was weighed with
}

type queue []collapse

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].cost != q[j].cost {
		return q[i].cost < q[j].cost
	}
	if q[i].a != q[j].a {
		return q[i].a < q[j].a
	}
	return q[i].b < q[j].b
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(collapse)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// decimator holds a mesh while it is made coarser.
type decimator struct {
	pos     []r3.Vec
	rgb     []float64
	q       []quadric
	version []int32
	around  [][]int32 // faces at each vertex
	faces   [][3]int32
	dead    []bool
	left    int
	heap    queue
}

// Decimate draws edges together, cheapest first (M. Garland and P. Heckbert, Surface
// simplification using quadric error metrics, SIGGRAPH 1997). Borders are held by
// planes across them. Steps that would turn a face over or join what is not one
// sheet are not taken. A watertight mesh stays so.
func Decimate(ctx context.Context, m *Mesh, opts DecimateOptions) (*Mesh, error) {
	d := newDecimator(m)
	limit := math.Inf(1)
	if opts.ErrorM > 0 {
		limit = opts.ErrorM * opts.ErrorM
	}
	if opts.Faces <= 0 && opts.ErrorM <= 0 {
		return m, nil
	}
	for steps := 0; len(d.heap) > 0 && (opts.Faces <= 0 || d.left > opts.Faces); steps++ {
		if steps&0xfff == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c := heap.Pop(&d.heap).(collapse)
		if c.cost > limit {
			break
		}
		if d.version[c.a] != c.va || d.version[c.b] != c.vb || !d.allowed(&c) {
			continue
		}
		d.join(&c)
	}
	return d.mesh(m.RGB != nil), nil
}

func newDecimator(m *Mesh) *decimator {
	n := len(m.XYZ) / 3
	d := &decimator{pos: make([]r3.Vec, n), q: make([]quadric, n), version: make([]int32, n), around: make([][]int32, n), faces: append([][3]int32(nil), m.Faces...), dead: make([]bool, len(m.Faces)), left: len(m.Faces)}
	for i := range n {
		d.pos[i] = r3.Vec{X: float64(m.XYZ[3*i]), Y: float64(m.XYZ[3*i+1]), Z: float64(m.XYZ[3*i+2])}
	}
	if m.RGB != nil {
		d.rgb = make([]float64, 3*n)
		for i, v := range m.RGB {
			d.rgb[i] = float64(v)
		}
	}
	count := make([]int32, n)
	for _, t := range d.faces {
		for _, v := range t {
			count[v]++
		}
	}
	pool := make([]int32, 3*len(d.faces))
	for i := range n {
		d.around[i], pool = pool[:0:count[i]], pool[count[i]:]
	}
	edge := make(map[[2]int32]int32, 3*len(d.faces)/2)
	for i, t := range d.faces {
		nv := r3.Cross(r3.Sub(d.pos[t[1]], d.pos[t[0]]), r3.Sub(d.pos[t[2]], d.pos[t[0]]))
		area := r3.Norm(nv) / 2
		if area > 0 {
			nv = r3.Scale(1/(2*area), nv)
		}
		for k, v := range t {
			d.around[v] = append(d.around[v], int32(i))
			d.q[v].plane(nv, -r3.Dot(nv, d.pos[t[0]]), area/3)
			w := t[(k+1)%3]
			edge[[2]int32{min(v, w), max(v, w)}]++
		}
	}
	for i, t := range d.faces { // borders: a plane through the edge, across the face
		for k, v := range t {
			w := t[(k+1)%3]
			if edge[[2]int32{min(v, w), max(v, w)}] != 1 {
				continue
			}
			_ = i
			e := r3.Sub(d.pos[w], d.pos[v])
			nv := r3.Cross(r3.Sub(d.pos[t[1]], d.pos[t[0]]), r3.Sub(d.pos[t[2]], d.pos[t[0]]))
			across := r3.Cross(e, nv)
			if l := r3.Norm(across); l > 0 {
				across = r3.Scale(1/l, across)
				weight := r3.Norm2(e)
				for _, x := range [2]int32{v, w} {
					d.q[x].plane(across, -r3.Dot(across, d.pos[v]), weight)
				}
			}
		}
	}
	d.heap = make(queue, 0, len(edge))
	for _, t := range d.faces {
		for k, v := range t {
			w := t[(k+1)%3]
			key := [2]int32{min(v, w), max(v, w)}
			if edge[key] != 0 { // once
				edge[key] = 0
				d.heap = append(d.heap, d.weigh(key[0], key[1]))
			}
		}
	}
	heap.Init(&d.heap)
	return d
}

// weigh finds where an edge would be drawn together and the mean squared distance
// that costs.
func (d *decimator) weigh(a, b int32) collapse {
	q := d.q[a]
	q.add(&d.q[b])
	at := q.best(d.pos[a], d.pos[b])
	cost := q.cost(at)
	if q.wt > 0 {
		cost /= q.wt
	}
	return collapse{cost: cost, a: a, b: b, at: at, va: d.version[a], vb: d.version[b]}
}

// allowed checks that the two ends share no other neighbours than the faces between
// them, and that no face turns over or becomes a sliver.
func (d *decimator) allowed(c *collapse) bool {
	shared := 0
	var third [4]int32
	for _, f := range d.around[c.a] {
		t := d.faces[f]
		if d.dead[f] || t[0] != c.b && t[1] != c.b && t[2] != c.b {
			continue
		}
		if shared == 2 {
			return false
		}
		for _, v := range t {
			if v != c.a && v != c.b {
				third[shared] = v
			}
		}
		shared++
	}
	if shared == 0 {
		return false
	}
	common := 0
	for _, v := range d.ring(c.a) {
		for _, w := range d.ring(c.b) {
			if v == w {
				common++
			}
		}
	}
	if common != shared {
		return false
	}
	// A vertex of three faces next to the edge would leave two faces back to back.
	for k := range shared {
		if len(d.ring(third[k])) <= 3 {
			return false
		}
	}
	for _, end := range [2][2]int32{{c.a, c.b}, {c.b, c.a}} {
		for _, f := range d.around[end[0]] {
			t := d.faces[f]
			if d.dead[f] || t[0] == end[1] || t[1] == end[1] || t[2] == end[1] {
				continue
			}
			var p [3]r3.Vec
			for k, v := range t {
				p[k] = d.pos[v]
				if v == end[0] {
					p[k] = c.at
				}
			}
			old := r3.Cross(r3.Sub(d.pos[t[1]], d.pos[t[0]]), r3.Sub(d.pos[t[2]], d.pos[t[0]]))
			now := r3.Cross(r3.Sub(p[1], p[0]), r3.Sub(p[2], p[0]))
			ln, lo := r3.Norm(now), r3.Norm(old)
			longest := max(r3.Norm2(r3.Sub(p[1], p[0])), r3.Norm2(r3.Sub(p[2], p[1])), r3.Norm2(r3.Sub(p[0], p[2])))
			if ln < 0.02*longest && ln < lo || r3.Dot(now, old) < 0.2*ln*lo {
				return false
			}
		}
	}
	return true
}

// ring lists the vertices next to one, each once.
func (d *decimator) ring(v int32) []int32 {
	var buf [24]int32
	out := buf[:0]
	for _, f := range d.around[v] {
		if d.dead[f] {
			continue
		}
		for _, w := range d.faces[f] {
			if w == v {
				continue
			}
			seen := false
			for _, x := range out {
				seen = seen || x == w
			}
			if !seen {
				out = append(out, w)
			}
		}
	}
	return out
}

// join draws b into a.
func (d *decimator) join(c *collapse) {
	if d.rgb != nil { // by place along the edge
		e := r3.Sub(d.pos[c.b], d.pos[c.a])
		t := 0.5
		if l := r3.Norm2(e); l > 0 {
			t = min(max(r3.Dot(r3.Sub(c.at, d.pos[c.a]), e)/l, 0), 1)
		}
		for k := range int32(3) {
			d.rgb[3*c.a+k] = (1-t)*d.rgb[3*c.a+k] + t*d.rgb[3*c.b+k]
		}
	}
	d.pos[c.a] = c.at
	d.q[c.a].add(&d.q[c.b])
	d.version[c.a]++
	d.version[c.b]++
	var list []int32
	for _, f := range d.around[c.a] {
		t := &d.faces[f]
		if d.dead[f] {
			continue
		}
		if t[0] == c.b || t[1] == c.b || t[2] == c.b {
			d.dead[f] = true
			d.left--
			continue
		}
		list = append(list, f)
	}
	for _, f := range d.around[c.b] {
		if d.dead[f] {
			continue
		}
		for k := range 3 {
			if d.faces[f][k] == c.b {
				d.faces[f][k] = c.a
			}
		}
		list = append(list, f)
	}
	d.around[c.a], d.around[c.b] = list, nil
	for _, v := range d.ring(c.a) {
		heap.Push(&d.heap, d.weigh(min(c.a, v), max(c.a, v)))
	}
}

func (d *decimator) mesh(coloured bool) *Mesh {
	m := &Mesh{XYZ: make([]float32, 3*len(d.pos))}
	for i, p := range d.pos {
		m.XYZ[3*i], m.XYZ[3*i+1], m.XYZ[3*i+2] = float32(p.X), float32(p.Y), float32(p.Z)
	}
	if coloured {
		m.RGB = make([]uint8, len(d.rgb))
		for i, v := range d.rgb {
			m.RGB[i] = uint8(v + 0.5)
		}
	}
	for i, t := range d.faces {
		if !d.dead[i] {
			m.Faces = append(m.Faces, t)
		}
	}
	return m.compact()
}
