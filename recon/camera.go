package recon

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// Camera is the intrinsics of one camera, in pixels of the upright photo: a
// pinhole with the radial and tangential distortion of D. Brown, Close-range
// camera calibration, Photogrammetric Engineering 1971. A ray that meets the
// normalised image plane at (u, v), r^2 = u^2 + v^2, is seen at
//
//	x = Cx + Fx (u (1 + K1 r^2 + K2 r^4 + K3 r^6) + 2 P1 u v + P2 (r^2 + 2 u^2))
//	y = Cy + Fy (v (1 + K1 r^2 + K2 r^4 + K3 r^6) + P1 (r^2 + 2 v^2) + 2 P2 u v)
//
// with the signs of OpenCV and COLMAP. Pixel (0,0) is the corner of the image,
// so the centre of its first pixel is (0.5, 0.5), as in COLMAP.
type Camera struct {
	WidthPx, HeightPx      int
	FxPx, FyPx, CxPx, CyPx float64
	K1, K2, K3             float64
	P1, P2                 float64
	Source                 string // "given", "exif", "guess" or "estimated"
}

// nearestZ is the least distance before a camera, in any unit, at which a point
// counts as in front of it.
const nearestZ = 1e-9

// Project gives the pixel at which the camera sees a point of its own frame. It
// reports false for a point that is not in front of it, or so far to the side
// that the distortion turns back on itself, where the model holds no longer. The
// pixel may lie outside of the picture.
func (c *Camera) Project(camPoint r3.Vec) (xPx, yPx float64, ok bool) {
	if !(camPoint.Z > nearestZ) {
		return 0, 0, false
	}
	u, v := camPoint.X/camPoint.Z, camPoint.Y/camPoint.Z
	r2 := u*u + v*v
	if c.Folded(r2) {
		return 0, 0, false
	}
	x, y := c.distort(u, v, r2)
	return c.FxPx*x + c.CxPx, c.FyPx*y + c.CyPx, true
}

// Folded reports whether the radial distortion falls again with the radius, at or
// before the radius whose square on the normalised image plane is r2.
func (c *Camera) Folded(r2 float64) bool {
	if c.K1 >= 0 && c.K2 >= 0 && c.K3 >= 0 {
		return false
	}
	// The derivative of the distorted radius by the radius, a cubic in r2, and its
	// least value before r2.
	k1, k2, k3 := 3*c.K1, 5*c.K2, 7*c.K3
	if 1+r2*(k1+r2*(k2+r2*k3)) <= 0 {
		return true
	}
	root := k2*k2 - 3*k1*k3
	if root < 0 {
		return false
	}
	at := -k1 / (k2 + math.Sqrt(root))
	return at > 0 && at < r2 && 1+at*(k1+at*(k2+at*k3)) <= 0
}

func (c *Camera) distort(u, v, r2 float64) (x, y float64) {
	d := 1 + r2*(c.K1+r2*(c.K2+r2*c.K3))
	uv := 2 * u * v
	return u*d + c.P1*uv + c.P2*(r2+2*u*u), v*d + c.P1*(r2+2*v*v) + c.P2*uv
}

// Ray gives the direction in the camera's frame, free of distortion and with Z
// one, in which the camera sees a pixel: Project of it is the pixel again. Where
// the model has no such direction, far outside of the picture or with distortion
// that no lens has, it is the nearest that the search met.
func (c *Camera) Ray(xPx, yPx float64) r3.Vec {
	x, y := (xPx-c.CxPx)/c.FxPx, (yPx-c.CyPx)/c.FyPx
	u, v := x, y
	if c.K1 == 0 && c.K2 == 0 && c.K3 == 0 && c.P1 == 0 && c.P2 == 0 {
		return r3.Vec{X: u, Y: v, Z: 1}
	}
	// Newton's steps, halved while they would not come nearer.
	miss := func(u, v float64) (dx, dy, size float64) {
		dx, dy = c.distort(u, v, u*u+v*v)
		dx, dy = x-dx, y-dy
		return dx, dy, dx*dx + dy*dy
	}
	dx, dy, size := miss(u, v)
	if c.Folded(u*u + v*v) {
		u, v = 0, 0
		dx, dy, size = miss(u, v)
	}
	for range 30 {
		j := c.slope(u, v)
		det := j[0]*j[3] - j[1]*j[2]
		if size < 1e-30 || !(math.Abs(det) > 1e-12) {
			break
		}
		su, sv := (j[3]*dx-j[1]*dy)/det, (j[0]*dy-j[2]*dx)/det
		moved := false
		for range 12 {
			nu, nv := u+su, v+sv
			ndx, ndy, n := miss(nu, nv)
			if n < size && !c.Folded(nu*nu+nv*nv) {
				u, v, dx, dy, size, moved = nu, nv, ndx, ndy, n, true
				break
			}
			su, sv = su/2, sv/2
		}
		if !moved {
			break
		}
	}
	return r3.Vec{X: u, Y: v, Z: 1}
}

// slope is the derivative of distort by (u, v), row-major.
func (c *Camera) slope(u, v float64) [4]float64 {
	r2 := u*u + v*v
	d := 1 + r2*(c.K1+r2*(c.K2+r2*c.K3))
	dd := 2 * (c.K1 + r2*(2*c.K2+r2*3*c.K3)) // derivative of d by r2, times two
	cross := u*v*dd + 2*c.P1*u + 2*c.P2*v
	return [4]float64{d + u*u*dd + 2*c.P1*v + 6*c.P2*u, cross, cross, d + v*v*dd + 6*c.P1*v + 2*c.P2*u}
}

// Slope gives the derivative of the pixel that Project gives by the place (u, v)
// on the normalised image plane, row-major: dx/du, dx/dv, dy/du, dy/dv, in pixels.
func (c *Camera) Slope(u, v float64) [4]float64 {
	j := c.slope(u, v)
	return [4]float64{c.FxPx * j[0], c.FxPx * j[1], c.FyPx * j[2], c.FyPx * j[3]}
}
