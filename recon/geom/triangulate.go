package geom

import (
	"math"

	"firescene/recon"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Sighting is a point seen in the image of a camera whose pose is known.
type Sighting struct {
	CamFromWorld recon.Pose
	At           Point2
}

// Triangulate gives the world point that the sightings see: linear least squares
// (DLT, Hartley and Zisserman 12.2) polished by Gauss-Newton on the distances in
// the images. It reports false for fewer than two sightings, for a point at
// infinity or behind a camera.
func Triangulate(s []Sighting) (r3.Vec, bool) {
	if len(s) < 2 {
		return r3.Vec{}, false
	}
	p, ok := intersect(s)
	if !ok {
		return r3.Vec{}, false
	}
	for range 5 {
		var h [9]float64
		var g [3]float64
		for i := range s {
			c := s[i].CamFromWorld.Apply(p)
			if c.Z <= 0 {
				return r3.Vec{}, false
			}
			w := 1 / c.Z
			u, v := c.X*w, c.Y*w
			m := s[i].CamFromWorld.Matrix()
			ru, rv := s[i].At[0]-u, s[i].At[1]-v
			var ju, jv [3]float64
			for k := range 3 {
				ju[k] = w * (m[k] - u*m[6+k])
				jv[k] = w * (m[3+k] - v*m[6+k])
			}
			for a := range 3 {
				g[a] += ju[a]*ru + jv[a]*rv
				for b := range 3 {
					h[3*a+b] += ju[a]*ju[b] + jv[a]*jv[b]
				}
			}
		}
		if !solveSymmetric(h[:], g[:], 3) {
			return r3.Vec{}, false
		}
		d := r3.Vec{X: g[0], Y: g[1], Z: g[2]}
		p = r3.Add(p, d)
		if r3.Norm2(d) < 1e-20*(1+r3.Norm2(p)) {
			break
		}
	}
	for i := range s {
		if !(s[i].CamFromWorld.Apply(p).Z > 0) {
			return r3.Vec{}, false
		}
	}
	return p, !math.IsInf(r3.Norm2(p), 0)
}

// intersect is the point nearest to all rays, which for two rays is the middle
// of their common perpendicular. Where that is ill-conditioned the homogeneous
// DLT decides.
func intersect(s []Sighting) (r3.Vec, bool) {
	var h [9]float64
	var g [3]float64
	for i := range s {
		inv := s[i].CamFromWorld.Inverse()
		d := inv.Rotate(Ray(s[i].At))
		c := inv.T
		m := [9]float64{
			1 - d.X*d.X, -d.X * d.Y, -d.X * d.Z,
			-d.X * d.Y, 1 - d.Y*d.Y, -d.Y * d.Z,
			-d.X * d.Z, -d.Y * d.Z, 1 - d.Z*d.Z,
		}
		for k := range h {
			h[k] += m[k]
		}
		g[0] += m[0]*c.X + m[1]*c.Y + m[2]*c.Z
		g[1] += m[3]*c.X + m[4]*c.Y + m[5]*c.Z
		g[2] += m[6]*c.X + m[7]*c.Y + m[8]*c.Z
	}
	if solveSymmetric(h[:], g[:], 3) {
		p := r3.Vec{X: g[0], Y: g[1], Z: g[2]}
		front := true
		for i := range s {
			front = front && s[i].CamFromWorld.Apply(p).Z > 0
		}
		if front {
			return p, true
		}
	}
	return intersectHomogeneous(s)
}

func intersectHomogeneous(s []Sighting) (r3.Vec, bool) {
	a := mat.NewDense(2*len(s), 4, nil)
	for i := range s {
		m, t := s[i].CamFromWorld.Matrix(), s[i].CamFromWorld.T
		x, y := s[i].At[0], s[i].At[1]
		a.SetRow(2*i, []float64{x*m[6] - m[0], x*m[7] - m[1], x*m[8] - m[2], x*t.Z - t.X})
		a.SetRow(2*i+1, []float64{y*m[6] - m[3], y*m[7] - m[4], y*m[8] - m[5], y*t.Z - t.Y})
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDFullV) {
		return r3.Vec{}, false
	}
	var v mat.Dense
	svd.VTo(&v)
	w := v.At(3, 3)
	if math.Abs(w) < 1e-12 {
		return r3.Vec{}, false
	}
	return r3.Vec{X: v.At(0, 3) / w, Y: v.At(1, 3) / w, Z: v.At(2, 3) / w}, true
}
