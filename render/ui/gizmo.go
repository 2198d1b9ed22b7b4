//go:build cgo

package ui

import (
	"math"

	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// handle is a thing of the scene that the mouse can take hold of: the end of an axis,
// along which it moves, or a knob that follows the surface under the mouse.
type handle struct {
	name   string
	at     r3.Vec // what is moved
	axis   r3.Vec // of unit length; zero for a knob
	tip    r3.Vec // where it is taken hold of
	colour imgui.Vec4
	click  func()          // when it is taken hold of; may be nil
	move   func(to r3.Vec) // nil: it can only be clicked
	done   func()          // when it is let go after moving
}

// drag is a handle that is being moved.
type drag struct {
	h      handle
	along  float64 // where on the axis it was taken hold of
	cell   int
	moved  bool
	active bool
}

// grabPx is how near the mouse must come to a handle, in pixels at scale 1.
const grabPx = 9

// gizmo are the handles of a thing at a place: a knob and three axes.
func (d *Desk) gizmo(name string, at r3.Vec, p scene.Projection, move func(r3.Vec), done func()) []handle {
	l := p.PixelM(at) * 58 * d.win.Scale
	out := []handle{{name: name, at: at, tip: at, colour: colAccent, move: move, done: done}}
	for k, c := range []imgui.Vec4{imgui.NewVec4(0.93, 0.36, 0.32, 1), imgui.NewVec4(0.45, 0.78, 0.40, 1), imgui.NewVec4(0.40, 0.60, 0.95, 1)} {
		axis := [3]r3.Vec{{X: 1}, {Y: 1}, {Z: 1}}[k]
		out = append(out, handle{name: name + " " + "xyz"[k:k+1], at: at, axis: axis, tip: r3.Add(at, r3.Scale(l, axis)), colour: c, move: move, done: done})
	}
	return out
}

// handles are all that can be taken hold of in a picture of the scene.
func (d *Desk) handles(p scene.Projection) []handle {
	if d.scene.picking {
		return nil
	}
	out := d.clipHandles(p)
	out = append(out, d.editHandles(p)...)
	return append(out, d.noteHandles()...)
}

// alongAxis is where on a line the nearest point to a line of sight lies; false where
// the two are nearly parallel.
func alongAxis(at, axis, from, way r3.Vec) (float64, bool) {
	b := r3.Dot(axis, way)
	if 1-b*b < 1e-4 {
		return 0, false
	}
	w := r3.Sub(at, from)
	return (b*r3.Dot(way, w) - r3.Dot(axis, w)) / (1 - b*b), true
}

// toolsMouse lets the mouse take hold of handles and move them; true when it did, so
// that the picture does not turn.
func (d *Desk) toolsMouse(cell int, pos, size imgui.Vec2) bool {
	v, g := &d.scene, &d.drag
	p, err := scene.NewProjection(v.view(int(size.X), int(size.Y)))
	if err != nil {
		return false
	}
	mouse := imgui.MousePos()
	x, y := float64(mouse.X-pos.X), float64(mouse.Y-pos.Y)
	from, way := p.Ray(x, y)
	if g.active {
		if g.cell != cell {
			return true
		}
		if !imgui.IsMouseDown(imgui.MouseButtonLeft) {
			g.active = false
			if g.moved && g.h.done != nil {
				g.h.done()
			}
			return true
		}
		if delta := imgui.CurrentIO().MouseDelta(); (delta.X != 0 || delta.Y != 0) && g.h.move != nil {
			if to, ok := d.dragged(g, from, way, int(x), int(y)); ok {
				g.h.move(to)
				g.moved = true
			}
		}
		d.restless = true
		return true
	}
	if !imgui.IsItemHovered() || !imgui.IsMouseClickedBool(imgui.MouseButtonLeft) {
		return false
	}
	best, least := -1, grabPx*d.win.Scale
	all := d.handles(p)
	for i, h := range all {
		hx, hy, ok := p.At(h.tip)
		if far := math.Hypot(hx-x, hy-y); ok && far < least {
			best, least = i, far
		}
	}
	if best < 0 {
		return false
	}
	h := all[best]
	if h.click != nil {
		h.click()
	}
	*g = drag{h: h, cell: cell, active: true}
	if h.axis != (r3.Vec{}) {
		g.along, _ = alongAxis(h.at, h.axis, from, way)
	}
	return true
}

// dragged is where the mouse has moved a handle's thing to.
func (d *Desk) dragged(g *drag, from, way r3.Vec, x, y int) (r3.Vec, bool) {
	h := &g.h
	if h.axis != (r3.Vec{}) {
		t, ok := alongAxis(h.at, h.axis, from, way)
		return r3.Add(h.at, r3.Scale(t-g.along, h.axis)), ok
	}
	if d.scene.has() {
		if dr, err := d.drawer(true); err == nil {
			if p, ok := dr.At(x, y); ok {
				return p, true
			}
		}
	}
	// Nothing there: in the level plane of where it was.
	if math.Abs(way.Z) < 0.05 {
		return h.at, false
	}
	t := (h.at.Z - from.Z) / way.Z
	return r3.Add(from, r3.Scale(t, way)), t > 0
}

// drawHandles draws all that can be taken hold of.
func (d *Desk) drawHandles(list *imgui.DrawList, p scene.Projection, pos imgui.Vec2) {
	s := float32(d.win.Scale)
	put := func(q r3.Vec) (imgui.Vec2, bool) {
		x, y, ok := p.At(q)
		return imgui.NewVec2(pos.X+float32(x), pos.Y+float32(y)), ok
	}
	for _, h := range d.handles(p) {
		tip, ok := put(h.tip)
		if !ok {
			continue
		}
		d.spots["handle "+h.name] = [2]int{int(tip.X), int(tip.Y)}
		if h.tip != h.at {
			if at, ok := put(h.at); ok {
				list.AddLineV(at, tip, packed(colBack), 5*s)
				list.AddLineV(at, tip, packed(h.colour), 2.5*s)
			}
		}
		list.AddCircleFilled(tip, 7*s, packed(colBack))
		list.AddCircleFilled(tip, 5.5*s, packed(h.colour))
	}
}
