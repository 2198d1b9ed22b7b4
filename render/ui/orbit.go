//go:build cgo

package ui

import (
	"math"

	"firescene/render"
	"firescene/render/scene"

	"gonum.org/v1/gonum/spatial/r3"
)

// orbit is the camera that the mouse moves: it looks at a target from a distance,
// or from a fixed eye when a photo's place is looked from.
type orbit struct {
	target       r3.Vec
	yawDeg       float64 // direction of looking, counter-clockwise from +X seen from above
	pitchDeg     float64 // above the horizon, negative looks down
	distM        float64
	fovYDeg      float64
	orthoHeightM float64 // parallel when above 0
	clip         *render.Clip
}

// from takes the place and direction of a view.
func (o *orbit) from(v render.View) {
	to := r3.Sub(v.Target, v.Eye)
	o.target, o.distM = v.Target, r3.Norm(to)
	flat := math.Hypot(to.X, to.Y)
	o.pitchDeg = math.Atan2(to.Z, flat) * 180 / math.Pi
	o.yawDeg = math.Atan2(to.Y, to.X) * 180 / math.Pi
	if flat < 1e-6*o.distM {
		o.yawDeg = math.Atan2(v.Up.Y, v.Up.X) * 180 / math.Pi
		o.pitchDeg = -89.9
	}
	o.fovYDeg, o.orthoHeightM, o.clip = v.FovYDeg, v.OrthoHeightM, v.Clip
}

// forward is the direction of looking, and right and up those across it.
func (o *orbit) axes() (forward, right, up r3.Vec) {
	sy, cy := math.Sincos(o.yawDeg * math.Pi / 180)
	sp, cp := math.Sincos(o.pitchDeg * math.Pi / 180)
	forward = r3.Vec{X: cp * cy, Y: cp * sy, Z: sp}
	right = r3.Vec{X: sy, Y: -cy}
	return forward, right, r3.Cross(right, forward)
}

func (o *orbit) view(wide, high int) render.View {
	forward, _, up := o.axes()
	return render.View{Name: "window", Eye: r3.Sub(o.target, r3.Scale(o.distM, forward)), Target: o.target, Up: up, FovYDeg: o.fovYDeg,
		OrthoHeightM: o.orthoHeightM, WidthPx: wide, HeightPx: high, Clip: o.clip}
}

// perPixel is the length at the target that one pixel shows.
func (o *orbit) perPixel(highPx float64) float64 {
	if o.orthoHeightM > 0 {
		return o.orthoHeightM / highPx
	}
	return 2 * o.distM * math.Tan(o.fovYDeg/2*math.Pi/180) / highPx
}

func (o *orbit) turn(dx, dy float64) {
	o.yawDeg = math.Mod(o.yawDeg-0.3*dx, 360)
	o.pitchDeg = min(max(o.pitchDeg-0.3*dy, -89.9), 89.9)
}

func (o *orbit) pan(dx, dy, highPx float64) {
	_, right, up := o.axes()
	s := o.perPixel(highPx)
	o.target = r3.Add(o.target, r3.Add(r3.Scale(-dx*s, right), r3.Scale(dy*s, up)))
}

// zoom moves nearer for positive steps, bounded to what the place's size makes
// sensible.
func (o *orbit) zoom(steps float64, e scene.Extent) {
	reach := max(r3.Norm(e.HalfM), 1e-3)
	by := math.Pow(0.88, steps)
	o.distM = min(max(o.distM*by, reach/500), 60*reach)
	if o.orthoHeightM > 0 {
		o.orthoHeightM = min(max(o.orthoHeightM*by, reach/500), 60*reach)
	}
}
