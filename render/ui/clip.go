//go:build cgo

package ui

import (
	"math"

	"firescene/render"
	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// leastHalfM is the least half width of a clip box.
const leastHalfM = 0.005

func copyOf(c *render.Clip) *render.Clip {
	if c == nil {
		return nil
	}
	k := *c
	return &k
}

// setClip cuts the scene by another box and remembers the former; nil shows all.
func (d *Desk) setClip(now *render.Clip) {
	v := &d.scene
	old := copyOf(v.cam.clip)
	v.cam.clip = copyOf(now)
	d.clipDid(old)
}

// clipDid remembers a change of the clip box that was made already.
func (d *Desk) clipDid(old *render.Clip) {
	v := &d.scene
	now := copyOf(v.cam.clip)
	d.did("did_clip", "", func() { v.cam.clip = copyOf(old) }, func() { v.cam.clip = copyOf(now) })
}

// wholeClip is the box of the whole place.
func (v *sceneView) wholeClip() *render.Clip {
	e := v.extent()
	m := 0.05 * r3.Norm(e.HalfM)
	return &render.Clip{Centre: e.Centre, HalfM: r3.Add(e.HalfM, r3.Vec{X: m, Y: m, Z: m}), YawDeg: e.YawDeg}
}

// clipButton opens the numbers of the clip box.
func (d *Desk) clipButton() {
	v := &d.scene
	if imgui.Button(d.T("clip_box") + "###clip") {
		imgui.OpenPopupStr("clipbox")
	}
	d.spot("clip")
	if !imgui.BeginPopup("clipbox") {
		return
	}
	on := v.cam.clip != nil
	if imgui.Checkbox(d.T("cut"), &on) {
		if on {
			d.setClip(v.wholeClip())
		} else {
			d.setClip(nil)
		}
	}
	imgui.SameLine()
	if imgui.Checkbox(d.T("drag_faces"), &v.clipEdit) && v.clipEdit && v.cam.clip == nil {
		d.setClip(v.wholeClip())
	}
	d.spot("drag_faces")
	imgui.SameLine()
	if imgui.Button(d.T("whole_place")) {
		d.setClip(v.wholeClip())
	}
	if c := copyOf(v.cam.clip); c != nil {
		row := func(key string, values ...*float64) {
			imgui.AlignTextToFramePadding()
			imgui.TextUnformatted(d.T(key))
			for i, p := range values {
				imgui.SameLineV(imgui.FontSize()*(8+6.2*float32(i)), 0)
				imgui.SetNextItemWidth(imgui.FontSize() * 5.8)
				if x, done := d.number("clip "+key+string(rune('0'+i)), *p, "%.3f"); done && !math.IsNaN(x) && math.Abs(x) < 1e6 {
					*p = x
					c.HalfM = r3.Vec{X: max(c.HalfM.X, leastHalfM), Y: max(c.HalfM.Y, leastHalfM), Z: max(c.HalfM.Z, leastHalfM)}
					d.setClip(c)
				}
			}
		}
		size := r3.Scale(2, c.HalfM)
		row("centre_m", &c.Centre.X, &c.Centre.Y, &c.Centre.Z)
		was := size
		for i, p := range []*float64{&size.X, &size.Y, &size.Z} {
			if i == 0 {
				imgui.AlignTextToFramePadding()
				imgui.TextUnformatted(d.T("size_m"))
			}
			imgui.SameLineV(imgui.FontSize()*(8+6.2*float32(i)), 0)
			imgui.SetNextItemWidth(imgui.FontSize() * 5.8)
			if x, done := d.number("clip size"+string(rune('0'+i)), *p, "%.3f"); done && x >= 2*leastHalfM && x < 1e6 {
				*p = x
			}
		}
		if size != was {
			c.HalfM = r3.Scale(0.5, size)
			d.setClip(c)
		}
		row("turn_deg", &c.YawDeg)
	}
	imgui.EndPopup()
}

func clipAxes(c *render.Clip) [3]r3.Vec {
	s, cs := math.Sincos(c.YawDeg * math.Pi / 180)
	return [3]r3.Vec{{X: cs, Y: s}, {X: -s, Y: cs}, {Z: 1}}
}

func half(c *render.Clip, k int) *float64 {
	return [3]*float64{&c.HalfM.X, &c.HalfM.Y, &c.HalfM.Z}[k]
}

// clipHandles are the knobs in the middles of the clip box's faces.
func (d *Desk) clipHandles(scene.Projection) []handle {
	v := &d.scene
	if !v.clipEdit || v.cam.clip == nil {
		return nil
	}
	c := v.cam.clip
	var out []handle
	for k, axis := range clipAxes(c) {
		for _, side := range []float64{-1, 1} {
			at := r3.Add(c.Centre, r3.Scale(side**half(c, k), axis))
			start, name := *c, "clip "+"-+"[int(side+1)/2:int(side+1)/2+1]+"xyz"[k:k+1]
			out = append(out, handle{name: name, at: at, tip: at, axis: axis, colour: imgui.NewVec4(0.35, 0.75, 0.85, 1),
				move: func(to r3.Vec) {
					// The other face stays where it is.
					n := start
					by := side * r3.Dot(r3.Sub(to, at), axis)
					h := max(*half(&n, k)+by/2, leastHalfM)
					n.Centre = r3.Add(n.Centre, r3.Scale(side*(h-*half(&n, k)), axis))
					*half(&n, k) = h
					v.cam.clip = &n
				},
				done: func() { d.clipDid(&start) },
			})
		}
	}
	return out
}

// drawClip draws the edges of the clip box.
func (d *Desk) drawClip(list *imgui.DrawList, put func(r3.Vec) (imgui.Vec2, bool)) {
	c := d.scene.cam.clip
	if c == nil || !d.scene.clipEdit {
		return
	}
	axes := clipAxes(c)
	corner := func(i int) r3.Vec {
		p := c.Centre
		for k := range 3 {
			p = r3.Add(p, r3.Scale(float64(i>>k&1*2-1)**half(c, k), axes[k]))
		}
		return p
	}
	for i := range 8 {
		for k := range 3 {
			if j := i | 1<<k; j != i {
				a, ok1 := put(corner(i))
				b, ok2 := put(corner(j))
				if ok1 && ok2 {
					list.AddLineV(a, b, packed(imgui.NewVec4(0.35, 0.75, 0.85, 0.8)), 1.5*float32(d.win.Scale))
				}
			}
		}
	}
}

// sectionButton opens the sections: slabs of a thickness, seen at right angles.
func (d *Desk) sectionButton() {
	v := &d.scene
	if imgui.Button(d.T("slab") + "###slab") {
		imgui.OpenPopupStr("slab")
		if v.slab.thickM == 0 {
			v.slab = slab{kind: "x", thickM: 0.2, atM: v.extent().Centre.X, zM: v.extent().FloorZ + 1.2}
		}
	}
	d.spot("slab")
	if !imgui.BeginPopup("slab") {
		return
	}
	s := &v.slab
	for i, k := range []string{"plan", "x", "y", "free"} {
		if i > 0 {
			imgui.SameLine()
		}
		if imgui.RadioButtonBool(d.T("slab_"+k), s.kind == k) && s.kind != k {
			s.kind = k
			e := v.extent()
			switch k {
			case "x":
				s.atM = e.Centre.X
			case "y":
				s.atM = e.Centre.Y
			case "free":
				s.turnDeg, s.atM = e.YawDeg, 0
			}
			d.showSlab()
		}
	}
	row := func(key string, p *float64, low, high float64) {
		imgui.SetNextItemWidth(imgui.FontSize() * 6)
		if x, done := d.number("slab "+key, *p, "%.3f"); done && x >= low && x <= high {
			*p = x
			d.showSlab()
		}
		imgui.SameLine()
		imgui.TextUnformatted(d.T(key))
	}
	switch s.kind {
	case "plan":
		row("height_m", &s.zM, -1e6, 1e6)
	case "free":
		row("turn_deg", &s.turnDeg, -360, 360)
		row("off_centre_m", &s.atM, -1e6, 1e6)
	default:
		row("position_m", &s.atM, -1e6, 1e6)
	}
	row("thick_m", &s.thickM, 0.002, 1e5)
	if imgui.Button(d.T("show")) {
		d.showSlab()
	}
	d.spot("show_slab")
	imgui.SameLine()
	imgui.TextDisabled(plain(d.T("slab_hint")))
	imgui.EndPopup()
}

// slab is a section: a slice of the scene with a thickness.
type slab struct {
	kind    string  // "plan", "x", "y" or "free": what it is at right angles to
	atM     float64 // along that axis; for "free" from the middle of the place
	zM      float64 // of a plan
	turnDeg float64 // of a free one: its own direction, counter-clockwise from +X
	thickM  float64
}

// showSlab cuts the scene to the slab and looks at it at right angles, in parallel.
func (d *Desk) showSlab() {
	v, s := &d.scene, &d.scene.slab
	e := v.extent()
	reach := r3.Norm(e.HalfM) * 1.1
	c := &render.Clip{Centre: e.Centre, HalfM: r3.Vec{X: reach, Y: reach, Z: reach}}
	yaw, pitch := 90.0, 0.0
	switch s.kind {
	case "plan":
		c.Centre.Z, c.HalfM.Z = s.zM, s.thickM/2
		yaw, pitch = e.YawDeg+90, -89.9
	case "x":
		c.Centre.X, c.HalfM.X = s.atM, s.thickM/2
		yaw = 0
	case "y":
		c.Centre.Y, c.HalfM.Y = s.atM, s.thickM/2
		yaw = 90
	default:
		sin, cos := math.Sincos(s.turnDeg * math.Pi / 180)
		c.YawDeg, c.HalfM.Y = s.turnDeg, s.thickM/2
		c.Centre = r3.Add(c.Centre, r3.Scale(s.atM, r3.Vec{X: -sin, Y: cos}))
		yaw = s.turnDeg + 90
	}
	d.setClip(c)
	wide, high := 16.0, 9.0
	if v.shown != nil {
		wide, high = float64(v.shown.Rect.Dx()), float64(max(v.shown.Rect.Dy(), 1))
	}
	v.cam.yawDeg, v.cam.pitchDeg, v.cam.target, v.cam.distM = yaw, pitch, c.Centre, 4*reach
	up, flat := e.HalfM.Z, math.Hypot(e.HalfM.X, e.HalfM.Y)
	if s.kind == "plan" {
		up, flat = e.HalfM.Y, e.HalfM.X
	} else {
		v.cam.target.Z = e.Centre.Z
	}
	v.cam.orthoHeightM = 2.2 * max(up, flat*high/wide)
}

// sectionThrough cuts the scene along the upright plane through two points.
func (d *Desk) sectionThrough(a, b r3.Vec) {
	v := &d.scene
	if math.Hypot(b.X-a.X, b.Y-a.Y) < 1e-3 {
		d.Say(d.T("points_above"))
		return
	}
	s := &v.slab
	if s.thickM == 0 {
		s.thickM, s.zM = 0.2, v.extent().FloorZ+1.2
	}
	s.kind, s.turnDeg = "free", math.Atan2(b.Y-a.Y, b.X-a.X)*180/math.Pi
	sin, cos := math.Sincos(s.turnDeg * math.Pi / 180)
	s.atM = r3.Dot(r3.Vec{X: -sin, Y: cos}, r3.Sub(a, v.extent().Centre))
	d.showSlab()
}
