//go:build cgo

package ui

import (
	"fmt"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
)

// sceneBar is the row of controls above the scene.
func (d *Desk) sceneBar() {
	v := &d.scene
	room := imgui.ContentRegionAvail()
	for _, name := range []string{scene.Overview, scene.Plan, scene.Section, scene.Interior} {
		if imgui.Button(d.T(name)) {
			v.look(name, int(room.X), max(int(room.Y)-40, 100))
		}
		flow(buttonWide(d.T("interior")))
	}
	if imgui.Button(d.T("layers")) || d.takePopup("layers") {
		imgui.OpenPopupStr("layers")
	}
	if imgui.BeginPopup("layers") {
		d.layersMenu()
		imgui.SeparatorText(d.T("colour"))
		for _, by := range []string{"rgb", "intensity", "height"} {
			if imgui.RadioButtonBool(d.T("by_"+by), v.colour == by) && v.colour != by {
				d.colourBy(by)
			}
		}
		imgui.EndPopup()
	}
	flow(buttonWide(d.T("path")))
	if imgui.Button(d.T("path")+"###paths") || d.takePopup("paths") {
		imgui.OpenPopupStr("paths")
	}
	d.pathsPopup()
	d.opacitySlider()
	if d.kase == nil || len(d.kase.Fires) == 0 {
		return
	}
	flow(imgui.FontSize() * 7)
	imgui.SetNextItemWidth(imgui.FontSize() * 7)
	if imgui.BeginCombo("##hypothesis", d.chosen) {
		for _, f := range d.ranked() {
			id := f.Hypothesis.ID
			if imgui.SelectableBoolV(plain(id+"  "+f.Hypothesis.Title), id == d.chosen, 0, imgui.NewVec2(0, 0)) {
				d.chosen = id
			}
		}
		imgui.EndCombo()
	}
	if len(d.kase.Fires) > 1 {
		flow(imgui.FontSize() * 7)
		d.sidesCombo()
	}
	if f := d.chosenFire(); f != nil {
		text := fmt.Sprintf("%.0f %s", d.afterS(f), d.T("after"))
		flow(imgui.CalcTextSize(text).X)
		imgui.TextDisabled(plain(text))
	}
}

// takePopup says that a script asks for what a button opens.
func (d *Desk) takePopup(name string) bool {
	if d.popup != name {
		return false
	}
	d.popup = ""
	return true
}

// colourBy has the cloud that is shown made ready with its points coloured otherwise.
func (d *Desk) colourBy(by string) {
	d.scene.colour = by
	if d.kase == nil || d.hooks.LoadCloud == nil {
		return
	}
	for _, c := range d.kase.Clouds {
		if c.Name == d.scene.name {
			d.hooks.LoadCloud(c, by)
		}
	}
}

func (d *Desk) chosenFire() *Fire {
	if d.kase == nil {
		return nil
	}
	for i := range d.kase.Fires {
		if d.kase.Fires[i].Hypothesis.ID == d.chosen {
			return &d.kase.Fires[i]
		}
	}
	return nil
}

// addToScene adds the layers that are shown, each with its line of the key: what is
// measured, inferred and supposed never looks alike.
func (d *Desk) addToScene(s *render.Scene, f *Fire) {
	v := &d.scene
	if v.show.points && v.has() {
		s.Legend = append(s.Legend, render.Legend{Text: d.T("points"), Standing: forensics.Measured})
	}
	d.addMesh(s)
	for _, c := range d.kase.Clouds {
		s.MarksKey = s.MarksKey || c.Marks && c.Name == v.name && v.colour == "rgb"
	}
	if v.show.stations && d.photos.inScene(d) {
		s.Legend = append(s.Legend, render.Legend{Text: d.T("stations"), Symbol: "camera", Standing: forensics.Measured})
		for _, p := range d.kase.Photos {
			if p.Placed {
				s.Markers = append(s.Markers, render.Marker{At: p.WorldFromCam.T, Label: d.photos.label(p), Symbol: "camera", Standing: forensics.Measured})
			}
		}
	}
	if v.show.stations && v.has() {
		d.addFrusta(s)
	}
	if d.otherFrame() {
		return
	}
	if t := d.kase.Training; t != nil {
		for _, q := range t.Questions {
			if q.At != nil {
				s.Markers = append(s.Markers, render.Marker{At: recon.Vec(*q.At).R3(), RadiusM: q.RadiusM, Label: q.ID, Symbol: "origin", Standing: forensics.Supposed})
			}
		}
	}
	if v.show.seen {
		pointed := false
		for _, o := range d.kase.Seen {
			if o.At != nil && o.Kind == recon.ObsPattern {
				pointed = true
				s.Markers = append(s.Markers, render.Marker{At: o.At.R3(), RadiusM: o.RadiusM, Label: o.ID, Symbol: "exhibit", Standing: forensics.Inferred})
			}
		}
		if pointed {
			s.Legend = append(s.Legend, render.Legend{Text: d.T("seen"), Symbol: "exhibit", Standing: forensics.Inferred})
		}
	}
	if f == nil {
		return
	}
	s.Title = f.Hypothesis.ID
	if v.show.seen && len(d.kase.Seen) > 0 {
		n := len(s.Markers)
		scene.AddArrivals(s, d.kase.Seen, f.Hypothesis, d.moment, d.holdS(), d.zone())
		if len(s.Markers) > n {
			s.Legend = append(s.Legend, render.Legend{Text: d.T("arrived"), Symbol: "exhibit", Standing: forensics.Recovered})
		}
	}
	if v.show.supposed {
		scene.AddHypothesis(s, f.Hypothesis, f.Hypothesis.ID)
		s.Legend = append(s.Legend, render.Legend{Text: d.T("supposed"), Symbol: "origin", Standing: forensics.Supposed})
	}
	if v.show.hot && f.Result != nil && len(f.Result.TimeS) > 0 && !(f.GasAt != nil && v.fire.temperature) {
		scene.AddHotLayers(s, f.Hypothesis, f.Result, d.afterS(f))
	}
	d.addFire(s, f)
}

// otherFrame says that the cloud that is shown is the photos' while the case has scans:
// hypotheses and observations are stated in the frame of those, and must not be drawn
// into another.
func (d *Desk) otherFrame() bool {
	scans := false
	for _, c := range d.kase.Clouds {
		scans = scans || !c.PhotoFrame
	}
	for _, c := range d.kase.Clouds {
		if c.Name == d.scene.name && c.PhotoFrame {
			return scans
		}
	}
	return false
}
