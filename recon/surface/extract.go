package surface

import (
	"context"
	"math"
	"sync"
)

// Extract takes the surface, watertight unless it leaves the box.
func (f *Field) Extract(ctx context.Context) (*Mesh, error) {
	e := &extractor{f: f, top: f.levels[len(f.levels)-1], vertex: map[uint64]int32{}, mesh: &Mesh{}}
	e.table = cubeTable()
	for k, l := range f.levels {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for z := range l.n {
			for y := range l.n {
				r := z*l.n + y
				for i := l.cellRow[r]; i < l.cellRow[r+1]; i++ {
					x := int(l.cellX[i])
					if k == len(f.levels)-1 {
						e.cube(x, y, z)
						continue
					}
					for c := range 8 {
						cx, cy, cz := 2*x+c&1, 2*y+c>>1&1, 2*z+c>>2
						if f.levels[k+1].cell(cx, cy, cz) < 0 {
							e.descend(k+1, cx, cy, cz)
						}
					}
				}
			}
		}
	}
	return e.mesh, nil
}

// extractor makes the triangles.
type extractor struct {
	f      *Field
	top    *level
	vertex map[uint64]int32 // by lower node and axis of the edge
	mesh   *Mesh
	table  *[256][][3]uint8
}

// value is the function at a node of depth k, whether that depth has the node or a
// coarser one must be asked. Whoever asks gets the same value.
func (f *Field) value(k, x, y, z int) float64 {
	l := f.levels[k]
	if i := l.node(x, y, z); i >= 0 {
		return l.u[i]
	}
	nx, ny, nz := 1+x&1, 1+y&1, 1+z&1
	w := 1 / float64(nx*ny*nz)
	s := 0.0
	for dz := range nz {
		for dy := range ny {
			for dx := range nx {
				s += w * f.value(k-1, x>>1+dx, y>>1+dy, z>>1+dz)
			}
		}
	}
	return s
}

// descend cuts up a cell of a depth that does not have it, where the surface goes
// through: within it the function is trilinear, and crosses only where its corners
// differ.
func (e *extractor) descend(k, x, y, z int) {
	in := 0
	for c := range 8 {
		if e.f.value(k, x+c&1, y+c>>1&1, z+c>>2) < e.f.iso {
			in++
		}
	}
	if in == 0 || in == 8 {
		return
	}
	if k == len(e.f.levels)-1 {
		e.cube(x, y, z)
		return
	}
	for c := range 8 {
		e.descend(k+1, 2*x+c&1, 2*y+c>>1&1, 2*z+c>>2)
	}
}

// cube makes the triangles of a cell of the deepest depth.
func (e *extractor) cube(x, y, z int) {
	k := len(e.f.levels) - 1
	var v [8]float64
	mask := 0
	for c := range 8 {
		if v[c] = e.f.value(k, x+c&1, y+c>>1&1, z+c>>2); v[c] < e.f.iso {
			mask |= 1 << c
		}
	}
	if mask == 0 || mask == 255 {
		return
	}
	var at [13]int32
	for i := range at {
		at[i] = -1
	}
	get := func(edge uint8) int32 {
		if at[edge] < 0 {
			at[edge] = e.edge(x, y, z, int(edge), &v)
		}
		return at[edge]
	}
	for _, t := range e.table[mask] {
		if t[2] == middle { // the loop's middle, made anew for each cell
			if at[middle] < 0 {
				at[middle] = e.centre(mask, get)
			}
		}
		a, b, c := get(t[0]), get(t[1]), int32(0)
		if t[2] == middle {
			c = at[middle]
		} else {
			c = get(t[2])
		}
		e.mesh.Faces = append(e.mesh.Faces, [3]int32{a, c, b})
	}
}

// edge gives the vertex on an edge of a cell.
func (e *extractor) edge(x, y, z, edge int, v *[8]float64) int32 {
	a, b := int(edges[edge][0]), int(edges[edge][1])
	m := uint64(e.top.n + 1)
	lx, ly, lz := x+a&1, y+a>>1&1, z+a>>2
	axis := map[int]uint64{1: 0, 2: 1, 4: 2}[a^b]
	key := 3*((uint64(lz)*m+uint64(ly))*m+uint64(lx)) + axis
	if i, ok := e.vertex[key]; ok {
		return i
	}
	t := (e.f.iso - v[a]) / (v[b] - v[a])
	t = math.Min(math.Max(t, 1e-4), 1-1e-4) // no two vertices in one place
	p := [3]float64{float64(lx), float64(ly), float64(lz)}
	p[axis] += t
	return e.add(key, p)
}

func (e *extractor) add(key uint64, p [3]float64) int32 {
	i := int32(len(e.mesh.XYZ) / 3)
	s := e.f.side / float64(e.top.n)
	e.mesh.XYZ = append(e.mesh.XYZ, float32(e.f.lo.X+s*p[0]), float32(e.f.lo.Y+s*p[1]), float32(e.f.lo.Z+s*p[2]))
	if key != 0 {
		e.vertex[key] = i
	}
	return i
}

// centre is the mean of the vertices of the one loop of a cell that is fanned about
// its middle.
func (e *extractor) centre(mask int, get func(uint8) int32) int32 {
	var p [3]float64
	n := 0.0
	for _, t := range e.table[mask] {
		if t[2] == middle {
			i := get(t[0])
			for k := range 3 {
				p[k] += float64(e.mesh.XYZ[3*i+int32(k)])
			}
			n++
		}
	}
	i := int32(len(e.mesh.XYZ) / 3)
	e.mesh.XYZ = append(e.mesh.XYZ, float32(p[0]/n), float32(p[1]/n), float32(p[2]/n))
	return i
}

// middle stands in the table for the middle of a loop.
const middle = 12

// edges are the pairs of corners; a corner's bits are its x, y, z.
var edges = [12][2]uint8{{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3}, {4, 6}, {5, 7}, {0, 4}, {1, 5}, {2, 6}, {3, 7}}

// faces are the corners around each face, counter-clockwise seen from outside.
var faces = [6][4]uint8{{0, 4, 6, 2}, {1, 3, 7, 5}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 2, 3, 1}, {4, 5, 7, 6}}

// cubeTable gives the triangles of marching cubes for each set of corners below the
// level (W. Lorensen and H. Cline, Marching cubes, SIGGRAPH 1987), derived here: on
// each face, crossings are joined so that corners below the level are cut off one
// by one where two lie across. What a face does depends on its own corners alone,
// so that neighbours fit.
var cubeTable = sync.OnceValue(func() *[256][][3]uint8 {
	var t [256][][3]uint8
	edgeOf := map[[2]uint8]uint8{}
	for i, e := range edges {
		edgeOf[e] = uint8(i)
		edgeOf[[2]uint8{e[1], e[0]}] = uint8(i)
	}
	for mask := 1; mask < 255; mask++ {
		in := func(c uint8) bool { return mask>>c&1 == 1 }
		next := map[uint8]uint8{}
		for _, f := range faces {
			// Walking around, a crossing from in to out is joined with the crossing from
			// out to in before it: the corner or corners between are cut off.
			for i := range 4 {
				a, b := f[i], f[(i+1)%4]
				if !in(a) || in(b) {
					continue
				}
				for k := 1; k <= 3; k++ {
					c, d := f[(i+4-k)%4], f[(i+5-k)%4]
					if !in(c) && in(d) {
						next[edgeOf[[2]uint8{a, b}]] = edgeOf[[2]uint8{c, d}]
						break
					}
				}
			}
		}
		t[mask] = trianglesOf(next)
	}
	return &t
})

// trianglesOf cuts loops of edges into triangles. A diagonal between two edges of one
// face would lie in that face, where the neighbour may draw one too: such loops are
// fanned about their middle.
func trianglesOf(next map[uint8]uint8) (out [][3]uint8) {
	done := map[uint8]bool{}
	for first := range uint8(12) {
		if _, ok := next[first]; !ok || done[first] {
			continue
		}
		var loop []uint8
		for e := first; !done[e]; e = next[e] {
			done[e] = true
			loop = append(loop, e)
		}
		n := len(loop)
		apex := -1
		for a := range n {
			ok := true
			for k := 2; k <= n-2; k++ {
				ok = ok && !sameFace(loop[a], loop[(a+k)%n])
			}
			if ok {
				apex = a
				break
			}
		}
		if apex < 0 {
			for k := range n {
				out = append(out, [3]uint8{loop[k], loop[(k+1)%n], middle})
			}
			continue
		}
		for k := 1; k+1 < n; k++ {
			out = append(out, [3]uint8{loop[apex], loop[(apex+k)%n], loop[(apex+k+1)%n]})
		}
	}
	return out
}

// sameFace tells whether two edges lie on one face.
func sameFace(a, b uint8) bool {
	for _, f := range faces {
		has := func(e uint8) bool {
			n := 0
			for _, c := range f {
				if c == edges[e][0] || c == edges[e][1] {
					n++
				}
			}
			return n == 2
		}
		if has(a) && has(b) {
			return true
		}
	}
	return false
}
