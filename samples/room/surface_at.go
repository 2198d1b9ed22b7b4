package room

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// Meet is where a ray first meets the scene, with the direction of the surface
// there, of length one and towards the ray's origin; false where it meets nothing.
func (s *Scene) Meet(origin, dir r3.Vec) (at, normal r3.Vec, ok bool) {
	dir = r3.Unit(dir)
	h, ok := s.bvh.first(origin, dir, 1e-6, math.Inf(1), -1)
	if !ok {
		return at, normal, false
	}
	t := &s.bvh.tris[h.tri]
	normal = r3.Unit(r3.Cross(t.e1, t.e2))
	if r3.Dot(normal, dir) > 0 {
		normal = r3.Scale(-1, normal)
	}
	return r3.Add(origin, r3.Scale(h.t, dir)), normal, true
}
