package scene

import (
	"errors"
	"fmt"
	"math"

	"firescene/render"
	"firescene/render/splat"

	"gonum.org/v1/gonum/spatial/r3"
)

// maxSidePx bounds a picture's width and height.
const maxSidePx = 16384

// camera is a View made ready to project: x right, y down, z forward.
type camera struct {
	eye, right, down, forward r3.Vec
	focalPx                   float64 // pixels a unit at depth 1, or a unit anywhere when parallel
	parallel                  bool
	near, targetDepth         float64
	width, height             float64
}

// newCamera checks the view and lays out its axes.
func newCamera(v render.View) (camera, error) {
	c := camera{eye: v.Eye, width: float64(v.WidthPx), height: float64(v.HeightPx)}
	if v.WidthPx < 16 || v.HeightPx < 16 || v.WidthPx > maxSidePx || v.HeightPx > maxSidePx {
		return c, fmt.Errorf("view %q: a picture of %dx%d pixels; give 16 to %d a side", v.Name, v.WidthPx, v.HeightPx, maxSidePx)
	}
	for _, p := range []r3.Vec{v.Eye, v.Target, v.Up} {
		if s := p.X + p.Y + p.Z; math.IsNaN(s) || math.IsInf(s, 0) {
			return c, fmt.Errorf("view %q: eye, target and up must be finite", v.Name)
		}
	}
	to := r3.Sub(v.Target, v.Eye)
	c.targetDepth = r3.Norm(to)
	if c.targetDepth < 1e-9 {
		return c, fmt.Errorf("view %q: the eye is at the target", v.Name)
	}
	c.forward = r3.Scale(1/c.targetDepth, to)
	up := v.Up
	if r3.Norm(r3.Cross(c.forward, up)) < 1e-6*max(r3.Norm(up), 1e-300) {
		// Looking along up, or no up given: any horizontal direction serves.
		up = r3.Vec{Z: 1}
		if math.Abs(c.forward.Z) > 0.999 {
			up = r3.Vec{Y: 1}
		}
	}
	c.right = r3.Unit(r3.Cross(c.forward, up))
	c.down = r3.Cross(c.forward, c.right)
	c.near = c.targetDepth / 200
	switch {
	case v.OrthoHeightM > 0 && !math.IsInf(v.OrthoHeightM, 0):
		c.parallel = true
		c.focalPx = c.height / v.OrthoHeightM
	case v.FovYDeg >= 1 && v.FovYDeg <= 170:
		c.focalPx = c.height / 2 / math.Tan(v.FovYDeg/2*math.Pi/180)
	default:
		return c, errors.New("view " + v.Name + ": give a vertical field of view of 1 to 170 degrees, or the height of a parallel picture")
	}
	return c, nil
}

// times returns the camera of the same picture with n times the pixels a side.
func (c camera) times(n int) camera {
	f := float64(n)
	c.focalPx *= f
	c.width *= f
	c.height *= f
	return c
}

// inCamera gives a point in the camera's axes.
func (c *camera) inCamera(p r3.Vec) r3.Vec {
	d := r3.Sub(p, c.eye)
	return r3.Vec{X: r3.Dot(c.right, d), Y: r3.Dot(c.down, d), Z: r3.Dot(c.forward, d)}
}

// onPicture projects a point given in the camera's axes; its depth must be positive
// unless the projection is parallel.
func (c *camera) onPicture(q r3.Vec) (x, y float64) {
	s := c.scaleAt(q.Z)
	return c.width/2 + q.X*s, c.height/2 + q.Y*s
}

// scaleAt is the number of pixels a unit of length across the view at a depth.
func (c *camera) scaleAt(depth float64) float64 {
	if c.parallel {
		return c.focalPx
	}
	return c.focalPx / depth
}

// project gives a world point's pixel and depth; ok is false behind the eye.
func (c *camera) project(p r3.Vec) (x, y, depth float64, ok bool) {
	q := c.inCamera(p)
	if q.Z < c.near {
		return 0, 0, q.Z, false
	}
	x, y = c.onPicture(q)
	return x, y, q.Z, true
}

// unproject gives the world point at a pixel and depth.
func (c *camera) unproject(x, y, depth float64) r3.Vec {
	s := c.scaleAt(depth)
	p := r3.Add(c.eye, r3.Scale((x-c.width/2)/s, c.right))
	p = r3.Add(p, r3.Scale((y-c.height/2)/s, c.down))
	return r3.Add(p, r3.Scale(depth, c.forward))
}

// clipBox is a render.Clip in the frame of a cloud's origin.
type clipBox struct{ axisX, axisY, mid, half [3]float32 }

func newClipBox(c *render.Clip, origin r3.Vec) clipBox {
	if c == nil {
		return clipBox{axisX: [3]float32{1, 0, 0}, axisY: [3]float32{0, 1, 0}, half: [3]float32{-1, -1, -1}}
	}
	x, y := clipAxes(c)
	at := r3.Sub(c.Centre, origin)
	return clipBox{
		axisX: f32(x), axisY: f32(y),
		mid:  [3]float32{float32(r3.Dot(x, at)), float32(r3.Dot(y, at)), float32(at.Z)},
		half: f32(c.HalfM),
	}
}

func clipAxes(c *render.Clip) (x, y r3.Vec) {
	s, cs := math.Sincos(c.YawDeg * math.Pi / 180)
	return r3.Vec{X: cs, Y: s}, r3.Vec{X: -s, Y: cs}
}

func f32(v r3.Vec) [3]float32 { return [3]float32{float32(v.X), float32(v.Y), float32(v.Z)} }

// forSplat gives the camera to package splat, relative to the cloud's origin.
func (c *camera) forSplat(origin r3.Vec, clip *render.Clip, fill float64) splat.Camera {
	out := splat.Camera{
		Eye: f32(r3.Sub(c.eye, origin)), Right: f32(c.right), Down: f32(c.down), Forward: f32(c.forward),
		FocalPx: float32(c.focalPx), Parallel: c.parallel, Near: float32(c.near),
		Width: int(c.width), Height: int(c.height), Fill: float32(fill),
		MaxDiscPx: float32(c.height / 40),
	}
	if clip != nil {
		b := newClipBox(clip, origin)
		out.HasClip = true
		out.ClipAxis = [3][3]float32{b.axisX, b.axisY, {0, 0, 1}}
		out.ClipMid, out.ClipHalf = b.mid, b.half
	}
	return out
}

// Projection says where in a view's picture a point of the scene lies.
type Projection struct{ cam camera }

// NewProjection checks the view as Draw does.
func NewProjection(v render.View) (Projection, error) {
	c, err := newCamera(v)
	return Projection{c}, err
}

// At is the pixel of a point, counted from the picture's top left corner; ok is
// false for a point behind the eye.
func (p Projection) At(q r3.Vec) (x, y float64, ok bool) {
	x, y, _, ok = p.cam.project(q)
	return x, y, ok
}

// Ray is the line of sight of a pixel: a point on it and its direction, of unit length.
func (p Projection) Ray(x, y float64) (from, way r3.Vec) {
	if p.cam.parallel {
		return p.cam.unproject(x, y, 0), p.cam.forward
	}
	return p.cam.eye, r3.Unit(r3.Sub(p.cam.unproject(x, y, 1), p.cam.eye))
}

// PixelM is the length that a pixel shows at a point.
func (p Projection) PixelM(q r3.Vec) float64 {
	return 1 / p.cam.scaleAt(max(p.cam.inCamera(q).Z, p.cam.near))
}
