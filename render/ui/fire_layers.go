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
}

// layerNames are the layers that scripts and the menu switch, with their keys in words.
func (v *sceneView) layerSwitches() []struct {
	name string
	on   *bool
} {
	return []struct {
		name string
		on   *bool
	}{
		{"points", &v.show.points}, {"stations", &v.show.stations}, {"seen", &v.show.seen}, {"supposed", &v.show.supposed}, {"hot_layer", &v.show.hot},
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
}

// addFire adds what is shown of a fire at the playhead.
func (d *Desk) addFire(s *render.Scene, f *Fire) {
	v, at := &d.scene, d.afterS(f)
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
