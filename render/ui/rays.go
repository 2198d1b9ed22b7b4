//go:build cgo

package ui

import (
	"math"

	"firescene/recon"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// rayOfPhoto adds the line of sight of a place in a photo that was clicked to the rays
// that are to meet. The photo is shown as large as fits into room.
func (d *Desk) rayOfPhoto(p *Photo, at, room imgui.Vec2) {
	if recon.MeasureKind(d.tool.kind) != recon.MeasureRays || p.Camera.FxPx <= 0 || p.Camera.WidthPx <= 0 || p.Camera.HeightPx <= 0 {
		return
	}
	wide, high := float64(p.Camera.WidthPx), float64(p.Camera.HeightPx)
	s := min(float64(room.X)/wide, float64(room.Y)/high)
	mouse := imgui.MousePos()
	x := (float64(mouse.X-at.X) - (float64(room.X)-s*wide)/2) / s
	y := (float64(mouse.Y-at.Y) - (float64(room.Y)-s*high)/2) / s
	d.PhotoRay(p, x, y)
}

// PhotoRay adds the line of sight of a pixel of a placed photo to the rays.
func (d *Desk) PhotoRay(p *Photo, xPx, yPx float64) {
	if !p.Placed || xPx < 0 || yPx < 0 || xPx > float64(p.Camera.WidthPx) || yPx > float64(p.Camera.HeightPx) {
		return
	}
	way := r3.Unit(p.WorldFromCam.Rotate(p.Camera.Ray(xPx, yPx)))
	sigma := math.Atan(d.tool.photoPixel/p.Camera.FxPx) * 180 / math.Pi
	d.addRay(recon.SightRay{Name: p.Exhibit, From: vecOf(p.WorldFromCam.T), Through: vecOf(r3.Add(p.WorldFromCam.T, way)), SigmaDeg: sigma})
}
