//go:build cgo

package ui

import (
	"fmt"
	"math"

	"firescene/recon"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// Tools that are no measurements.
const (
	toolLook    = "look"
	toolNote    = "note"
	toolSection = "cut_through"
)

// toolState is the tool in hand and what was picked with it.
type toolState struct {
	kind   string // a recon.MeasureKind or one of the tools above
	picks  []r3.Vec
	planes []recon.PlaneNear
	rays   []recon.SightRay
	under  int // measurements under way

	radiusM, planeM, cellM, reachM  float64
	registrationMM, instrumentMM    float64
	scalePPM, shadowDeg, photoPixel float64
}

func newTools() toolState {
	return toolState{kind: string(recon.MeasureDistance), radiusM: 0.05, planeM: 0.15, cellM: 0.02, reachM: 1, registrationMM: 1, instrumentMM: 1, scalePPM: 10, shadowDeg: 1, photoPixel: 2}
}

// tools in the order of the list.
func toolKinds() []string {
	out := []string{toolLook}
	for _, k := range recon.MeasureKinds {
		out = append(out, string(k))
	}
	return append(out, toolNote, toolSection)
}

// setTool takes a tool in hand; what was picked with the former is dropped.
func (d *Desk) setTool(kind string) {
	d.tool.kind = kind
	d.setPicking(kind != toolLook)
	if kind == toolLook {
		d.tool.kind = string(recon.MeasureDistance)
	}
}

// setPicking begins or ends picking; what was picked and not finished is dropped.
func (d *Desk) setPicking(on bool) {
	d.scene.picking = on
	d.tool.picks, d.tool.planes, d.tool.rays = nil, nil, nil
}

// unpick takes back the point picked last; false when none is open.
func (d *Desk) unpick() bool {
	t := &d.tool
	switch {
	case len(t.picks) > 0:
		t.picks = t.picks[:len(t.picks)-1]
		if n := len(t.planes); n > 0 && recon.MeasureKind(t.kind) == recon.MeasurePlaneAngle {
			t.planes = t.planes[:n-1]
		}
	case len(t.rays) > 0:
		t.rays = t.rays[:len(t.rays)-1]
	default:
		return false
	}
	return true
}

// pick takes a point of the scene with the tool in hand.
func (d *Desk) pick(p r3.Vec) {
	t := &d.tool
	t.picks = append(t.picks, p)
	n := len(t.picks)
	switch t.kind {
	case toolNote:
		d.notes.begin(p)
		t.picks = nil
		return
	case toolSection:
		if n == 2 {
			d.sectionThrough(t.picks[0], t.picks[1])
			d.setPicking(false)
		}
		return
	}
	switch recon.MeasureKind(t.kind) {
	case recon.MeasureDistance, recon.MeasureHeight:
		if n == 2 {
			d.finish()
		}
	case recon.MeasureAngle:
		if n == 3 {
			d.finish()
		}
	case recon.MeasureToPlane:
		if n == 2 {
			t.planes = []recon.PlaneNear{{Near: vecOf(p), RadiusM: t.planeM}}
			t.picks = t.picks[:1]
			d.finish()
		}
	case recon.MeasurePlaneAngle:
		t.planes = append(t.planes, recon.PlaneNear{Near: vecOf(p), RadiusM: t.planeM})
		if n == 2 {
			t.picks = nil
			d.finish()
		}
	case recon.MeasureRays:
		if n == 2 {
			d.addRay(recon.SightRay{Name: d.T("shadow"), From: vecOf(t.picks[0]), Through: vecOf(p), SigmaDeg: t.shadowDeg})
			t.picks = nil
		}
	}
}

func vecOf(p r3.Vec) recon.Vec { return recon.Vec{p.X, p.Y, p.Z} }

// addRay adds a ray to those that are to meet.
func (d *Desk) addRay(r recon.SightRay) {
	if r.From != r.Through {
		d.tool.rays = append(d.tool.rays, r)
	}
}

// canFinish says that what was picked is enough.
func (d *Desk) canFinish() bool {
	r := d.request()
	return d.scene.picking && r.Check() == nil
}

func (d *Desk) request() recon.MeasureRequest {
	t := &d.tool
	r := recon.MeasureRequest{Kind: recon.MeasureKind(t.kind), Planes: t.planes, Rays: t.rays, RegistrationM: t.registrationMM / 1000, InstrumentM: t.instrumentMM / 1000, Scale: t.scalePPM * 1e-6}
	for _, p := range t.picks {
		r.Points = append(r.Points, vecOf(p))
	}
	if len(r.Points) > 0 {
		r.RadiusM = t.radiusM
	}
	if r.Kind == recon.MeasureVolume {
		r.CellM, r.ReachM = t.cellM, t.reachM
	}
	return r
}

// finish has measured what was picked.
func (d *Desk) finish() {
	t := &d.tool
	r := d.request()
	if err := r.Check(); err != nil || d.hooks.Tools.Measure == nil {
		if err != nil {
			d.Say(err.Error())
		}
		return
	}
	picks, planes, rays := t.picks, t.planes, t.rays
	t.picks, t.planes, t.rays = nil, nil, nil
	f := d.shownCloud()
	t.under++
	d.hooks.Tools.Measure(f, r, func(m recon.Measurement, err error) {
		t.under--
		if err != nil {
			d.Say(err.Error())
			if _, most := r.Kind.Needs(); most == 0 && len(t.picks) == 0 && t.kind == string(r.Kind) {
				t.picks, t.planes, t.rays = picks, planes, rays // to be mended, not picked anew
			}
			return
		}
		d.addMeasure(m)
	})
}

// shownCloud is the cloud that the scene shows.
func (d *Desk) shownCloud() CloudFile {
	if d.kase != nil {
		for _, c := range d.kase.Clouds {
			if c.Name == d.scene.name {
				return c
			}
		}
	}
	return CloudFile{Name: d.scene.name, Metric: d.scene.metric}
}

// toolBar is the row of tools above the scene.
func (d *Desk) toolBar() {
	v, t := &d.scene, &d.tool
	shown := toolLook
	if v.picking {
		shown = t.kind
	}
	imgui.SetNextItemWidth(imgui.FontSize() * 7.5)
	if imgui.BeginCombo("##tool", d.toolName(shown)) {
		for _, k := range toolKinds() {
			if imgui.SelectableBoolV(d.toolName(k), k == shown, 0, imgui.NewVec2(0, 0)) {
				d.setTool(k)
			}
		}
		imgui.EndCombo()
	}
	d.spot("tool")
	imgui.SameLine()
	imgui.BeginDisabledV(!d.canFinish())
	if imgui.Button(d.T("finish")) {
		d.finish()
	}
	d.spot("finish")
	imgui.EndDisabled()
	imgui.SameLine()
	d.clipButton()
	imgui.SameLine()
	d.sectionButton()
	imgui.SameLine()
	parallel := v.cam.orthoHeightM > 0
	if imgui.Checkbox(d.T("parallel"), &parallel) {
		d.SetParallel(parallel)
	}
	if d.kase != nil && len(d.kase.Fires) > 0 {
		imgui.SameLine()
		if imgui.Checkbox(d.T("edit_scene"), &d.editor.on) {
			d.editor.chosen = partRef{}
			if d.editor.on {
				d.panelOpen["editor"], d.focus = true, "editor"
			}
		}
		d.spot("edit")
	}
}

func (d *Desk) toolName(kind string) string { return d.T("tool_" + kind) }

// SetParallel switches between a parallel and a perspective picture of the same size
// at the target.
func (d *Desk) SetParallel(on bool) {
	c := &d.scene.cam
	if on == (c.orthoHeightM > 0) {
		return
	}
	half := math.Tan(c.fovYDeg / 2 * math.Pi / 180)
	if c.fovYDeg <= 0 {
		c.fovYDeg, half = 45, math.Tan(22.5*math.Pi/180)
	}
	if on {
		c.orthoHeightM = 2 * c.distM * half
	} else {
		c.distM, c.orthoHeightM = c.orthoHeightM/2/half, 0
	}
}

// toolHint says what a click does now.
func (d *Desk) toolHint() string {
	t := &d.tool
	n := len(t.picks)
	switch t.kind {
	case toolNote, toolSection:
		return d.T("hint_" + t.kind)
	}
	switch k := recon.MeasureKind(t.kind); k {
	case recon.MeasureToPlane:
		return d.T([]string{"hint_point", "hint_plane"}[min(n, 1)])
	case recon.MeasurePlaneAngle:
		return fmt.Sprintf("%s  %d/2", d.T("hint_plane"), n)
	case recon.MeasureRays:
		return fmt.Sprintf("%s  (%d)", d.T([]string{"hint_ray", "hint_ray2"}[min(n, 1)]), len(t.rays))
	case recon.MeasurePrism:
		return fmt.Sprintf("%s  (%d)", d.T("hint_prism"), n)
	default:
		least, most := k.Needs()
		if most > 0 {
			return fmt.Sprintf("%s  %d/%d", d.T("hint_point"), n, most)
		}
		return fmt.Sprintf("%s  (%d, ≥ %d)", d.T("hint_many"), n, least)
	}
}

// spot remembers where the control drawn last stands, for scripts that click.
func (d *Desk) spot(name string) {
	a, b := imgui.ItemRectMin(), imgui.ItemRectMax()
	d.spots[name] = [2]int{int(a.X+b.X) / 2, int(a.Y+b.Y) / 2}
}
