//go:build cgo

package ui

import (
	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
)

// fireLayers says what of a fire the scene shows.
type fireLayers struct {
	smoke, temperature, heat bool
	flames, openings         bool
	paint                    string // what surfaces are painted with; see paints
	beside                   bool   // the right half of the picture only
}

// paints are what surfaces can be painted with; "" is their own colour.
var paints = []string{"", "exposure", "marks"}

// layerNames are the layers that scripts and the menu switch, with their keys in words.
func (v *sceneView) layerSwitches() []struct {
	name string
	on   *bool
} {
	return []struct {
		name string
		on   *bool
	}{
		{"points", &v.show.points}, {"mesh", &v.show.mesh}, {"stations", &v.show.stations}, {"seen", &v.show.seen}, {"supposed", &v.show.supposed}, {"hot_layer", &v.show.hot},
		{"smoke", &v.fire.smoke}, {"gas_temperature", &v.fire.temperature}, {"heat", &v.fire.heat}, {"flames", &v.fire.flames}, {"openings", &v.fire.openings},
	}
}

// SetLayer shows or hides a layer of the scene; it reports whether there is one of that
// name.
func (d *Desk) SetLayer(name string, on bool) bool {
	for _, l := range d.scene.layerSwitches() {
		if l.name == name {
			*l.on = on
			d.scene.stale()
			return true
		}
	}
	return false
}

// layersMenu is the list of layers with their switches.
func (d *Desk) layersMenu() {
	for _, l := range d.scene.layerSwitches() {
		if imgui.Checkbox(d.T(l.name), l.on) {
			d.scene.stale()
		}
	}
	v := &d.scene
	imgui.SeparatorText(d.T("paint"))
	for _, p := range paints {
		if imgui.RadioButtonBool(d.T("paint_"+p), v.fire.paint == p) {
			d.SetPaint(p, v.fire.beside)
		}
	}
	if imgui.Checkbox(d.T("paint_beside"), &v.fire.beside) {
		v.stale()
	}
}

// SetPaint chooses what surfaces are painted with, "" for nothing, "exposure" or "marks";
// beside leaves the left half of the picture as it was observed. It reports whether there
// is such a paint.
func (d *Desk) SetPaint(name string, beside bool) bool {
	for _, p := range paints {
		if p == name {
			d.scene.fire.paint, d.scene.fire.beside = name, beside
			d.scene.stale()
			return true
		}
	}
	return false
}

// SetSurfaces gives the fire of a hypothesis what was predicted of its surfaces.
func (d *Desk) SetSurfaces(id string, at func(afterS float64, marks bool) []recon.SurfacePatch) {
	d.scene.predicting = false
	if d.kase == nil {
		return
	}
	for i := range d.kase.Fires {
		if f := &d.kase.Fires[i]; f.Hypothesis.ID == id {
			f.SurfacesAt = at
			d.scene.stale()
		}
	}
}

// addPaint paints the surfaces, or has what is to be painted predicted first.
func (d *Desk) addPaint(s *render.Scene, f *Fire) {
	v := &d.scene
	if v.fire.paint == "" || len(f.Hypothesis.Rooms) == 0 {
		return
	}
	if f.SurfacesAt == nil {
		if !v.predicting && d.hooks.PredictSurfaces != nil {
			v.predicting = true
			d.hooks.PredictSurfaces(f)
		}
		return
	}
	marks := v.fire.paint == "marks"
	s.Paint = &render.Paint{Patches: f.SurfacesAt(d.afterS(f), marks), Marks: marks}
	if v.fire.beside {
		s.Paint.FromShare = 0.5
	}
}

// addMesh adds the mesh.
func (d *Desk) addMesh(s *render.Scene) {
	if m := d.scene.mesh; m != nil && d.scene.show.mesh {
		s.Mesh = m
		s.Legend = append(s.Legend, render.Legend{Text: d.T("mesh"), Standing: forensics.Inferred})
	}
}

// addFire adds what is shown of a fire at the playhead.
func (d *Desk) addFire(s *render.Scene, f *Fire) {
	v, at := &d.scene, d.afterS(f)
	d.addPaint(s, f)
	s.ShowGas = render.GasShown{Smoke: v.fire.smoke, Temperature: v.fire.temperature, Heat: v.fire.heat}
	gasHeat := false
	if f.GasAt != nil {
		if v.fire.smoke || v.fire.temperature || v.fire.heat {
			s.Gas = append(s.Gas, f.GasAt(at)...)
			gasHeat = v.fire.heat
		}
	} else if v.fire.smoke && f.Result != nil {
		scene.AddSmoke(s, f.Hypothesis, f.Result, at)
	}
	if v.fire.openings && len(f.Openings) > 0 {
		scene.AddOpenings(s, f.Openings, at)
		s.Legend = append(s.Legend, render.Legend{Text: d.T("openings_key"), Standing: forensics.Supposed})
	}
	if v.fire.flames && f.FlamesAt != nil {
		if flames := f.FlamesAt(at); len(flames) > 0 {
			scene.AddFlames(s, flames, !gasHeat, scene.FlameLabel)
			s.Legend = append(s.Legend, render.Legend{Text: d.T("flames_key"), Standing: forensics.Inferred})
		}
	}
}

// SetGas gives a fire the gas of a field model's result: that of the hypothesis with the
// ID, or, where no hypothesis has it, one of its own. at answers at once.
func (d *Desk) SetGas(id string, endS float64, at func(afterS float64) []recon.Gas) {
	if d.kase == nil {
		return
	}
	for i := range d.kase.Fires {
		if f := &d.kase.Fires[i]; f.Hypothesis.ID == id {
			f.GasAt = at
			d.chosen = id
			d.scene.stale()
			return
		}
	}
	h := &recon.Hypothesis{ID: id}
	if len(d.kase.Fires) > 0 {
		h.Ignition = d.kase.Fires[0].Hypothesis.Ignition
	}
	d.kase.Fires = append(d.kase.Fires, Fire{Hypothesis: h, Result: &recon.FireResult{HypothesisID: id, TimeS: []float64{0, endS}}, GasAt: at})
	d.chosen = id
	if d.moment.Before(h.Ignition.Time) || d.moment.IsZero() {
		d.moment = h.Ignition.Time
	}
	d.scene.stale()
}

// SetMesh shows a mesh among the points, in their coordinates.
func (d *Desk) SetMesh(m *recon.Mesh) {
	d.scene.mesh, d.scene.show.mesh = m, true
	d.scene.stale()
}
