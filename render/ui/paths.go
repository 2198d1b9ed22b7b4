//go:build cgo

package ui

import (
	"fmt"
	"slices"
	"time"

	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
)

// pathsView is the way of the camera that is made or played.
type pathsView struct {
	chosen int     // in Case.Paths
	at     float64 // seconds on it
	flying bool
	last   time.Time
	name   string // of one to be made
}

// keyGapS is how long after the last key a further one is put.
const keyGapS = 4

func (d *Desk) path() *scene.Path {
	if d.kase == nil || d.paths.chosen >= len(d.kase.Paths) {
		return nil
	}
	return &d.kase.Paths[d.paths.chosen]
}

// fly moves the camera along the chosen path while it is played.
func (d *Desk) fly() {
	v, p := &d.paths, d.path()
	now := time.Now()
	if p == nil {
		v.flying = false
	}
	if v.flying {
		v.at += now.Sub(v.last).Seconds()
		if end := p.DurationS(); v.at >= end {
			v.at = end
			if v.flying = d.loop && end > 0; v.flying {
				v.at = 0
			}
		}
		d.atPath(v.at)
		d.restless = true
	}
	v.last = now
}

// atPath looks from where the chosen path is at a time.
func (d *Desk) atPath(atS float64) {
	if p := d.path(); p != nil {
		wide, high := d.sceneSize()
		d.scene.cam.from(p.At(atS, d.scene.extent(), wide, high))
		d.scene.moved = time.Now()
	}
}

// sceneSize is the size of a picture of the scene.
func (d *Desk) sceneSize() (wide, high int) {
	if img := d.scene.shown; img != nil {
		return img.Rect.Dx(), img.Rect.Dy()
	}
	return 960, 540
}

// Fly plays the path of a name from its beginning.
func (d *Desk) Fly(name string) error {
	if d.kase == nil {
		return fmt.Errorf("no case is open")
	}
	i := slices.IndexFunc(d.kase.Paths, func(p scene.Path) bool { return p.Name == name })
	if i < 0 {
		return fmt.Errorf("no camera path %q", name)
	}
	d.paths.chosen, d.paths.at, d.paths.flying, d.paths.last = i, 0, true, time.Now()
	return nil
}

// AddKey puts the scene's camera as a key behind the others of a path, which is made
// when there is none of the name.
func (d *Desk) AddKey(name string) error {
	switch {
	case d.kase == nil || d.hooks.SavePaths == nil:
		return fmt.Errorf("no case is open")
	case d.kase.ReadOnly || d.kase.Gone || d.kase.Alone != "":
		return fmt.Errorf("nothing can be saved in this case")
	}
	wide, high := d.sceneSize()
	view := d.scene.cam.view(wide, high)
	i := slices.IndexFunc(d.kase.Paths, func(p scene.Path) bool { return p.Name == name })
	if i < 0 {
		i = len(d.kase.Paths)
		d.kase.Paths = append(d.kase.Paths, scene.Path{Name: name, Keys: []scene.PathKey{scene.KeyOf(view, 0)}})
	} else {
		p := &d.kase.Paths[i]
		*p = p.With(scene.KeyOf(view, p.DurationS()+keyGapS))
	}
	d.paths.chosen = i
	d.savePaths()
	return nil
}

func (d *Desk) savePaths() {
	if err := d.hooks.SavePaths(d.kase.Paths); err != nil {
		d.Say(d.T("not_saved") + err.Error())
	}
}

// pathsPopup is opened from the bar above the scene.
func (d *Desk) pathsPopup() {
	if !imgui.BeginPopup("paths") {
		return
	}
	defer imgui.EndPopup()
	v := &d.paths
	if d.kase == nil || d.hooks.SavePaths == nil {
		imgui.TextDisabled(plain(d.T("no_case")))
		return
	}
	imgui.TextDisabled(plain(d.T("path_help")))
	fixed := d.kase.ReadOnly || d.kase.Gone || d.kase.Alone != ""
	for i := range d.kase.Paths {
		if imgui.RadioButtonBool(plain(d.kase.Paths[i].Name), v.chosen == i) {
			v.chosen, v.at, v.flying = i, 0, false
		}
	}
	imgui.BeginDisabledV(fixed)
	imgui.SetNextItemWidth(imgui.FontSize() * 10)
	imgui.InputTextWithHint("##pathname", d.T("path_name"), &v.name, 0, nil)
	imgui.SameLine()
	taken := slices.ContainsFunc(d.kase.Paths, func(p scene.Path) bool { return p.Name == v.name })
	imgui.BeginDisabledV(v.name == "" || taken || !d.scene.has())
	if imgui.Button(d.T("path_new")) {
		if err := d.AddKey(v.name); err != nil {
			d.Say(err.Error())
		}
		v.name = ""
	}
	imgui.EndDisabled()
	imgui.EndDisabled()
	if p := d.path(); p != nil {
		d.pathKeys(p, fixed)
	}
}

// pathKeys shows the keys of a path and lets it be played and changed.
func (d *Desk) pathKeys(p *scene.Path, fixed bool) {
	v := &d.paths
	imgui.SeparatorText(p.Name)
	name := "play"
	if v.flying {
		name = "pause"
	}
	if imgui.Button(d.T(name) + "###fly") {
		if v.flying = !v.flying; v.flying && v.at >= p.DurationS() {
			v.at = 0
		}
		v.last = time.Now()
	}
	imgui.SameLine()
	at := float32(v.at)
	imgui.SetNextItemWidth(imgui.FontSize() * 12)
	if imgui.SliderFloatV("##pathat", &at, 0, float32(max(p.DurationS(), 0.1)), "%.1f s", 0) {
		v.at, v.flying = float64(at), false
		d.atPath(v.at)
	}
	imgui.BeginDisabledV(fixed)
	defer imgui.EndDisabled()
	imgui.SameLine()
	if imgui.Button(d.T("path_add")) {
		if err := d.AddKey(p.Name); err != nil {
			d.Say(err.Error())
		}
		return
	}
	wide, high := d.sceneSize()
	for i := range p.Keys {
		k := p.Keys[i]
		imgui.PushIDStr(fmt.Sprint("key", i))
		s := float32(k.AtS)
		imgui.SetNextItemWidth(imgui.FontSize() * 5)
		low, high32 := float32(0), float32(3600)
		if i > 0 {
			low = float32(p.Keys[i-1].AtS) + 0.1
		}
		if i+1 < len(p.Keys) {
			high32 = float32(p.Keys[i+1].AtS) - 0.1
		}
		if i > 0 && imgui.DragFloatV("##at", &s, 0.05, low, high32, "%.1f s", imgui.SliderFlagsAlwaysClamp) {
			p.Keys[i].AtS = float64(s)
		}
		if i > 0 && imgui.IsItemDeactivatedAfterEdit() {
			d.savePaths()
		}
		if i > 0 {
			imgui.SameLine()
		}
		if imgui.SmallButton(d.T("path_go")) {
			v.at, v.flying = k.AtS, false
			d.atPath(k.AtS)
		}
		imgui.SameLine()
		if imgui.SmallButton(d.T("path_replace")) {
			*p = p.With(scene.KeyOf(d.scene.cam.view(wide, high), k.AtS))
			d.savePaths()
		}
		imgui.SameLine()
		gone := imgui.SmallButton(d.T("delete"))
		imgui.PopID()
		if gone {
			d.dropKey(i)
			return
		}
	}
}

// dropKey deletes a key of the chosen path, and the path with its last one.
func (d *Desk) dropKey(i int) {
	v := &d.paths
	p := d.path()
	p.Keys = slices.Delete(slices.Clone(p.Keys), i, i+1)
	if len(p.Keys) == 0 {
		d.kase.Paths = slices.Delete(d.kase.Paths, v.chosen, v.chosen+1)
		v.chosen, v.at, v.flying = 0, 0, false
	} else if first := p.Keys[0].AtS; i == 0 && first > 0 {
		for k := range p.Keys {
			p.Keys[k].AtS -= first
		}
	}
	d.savePaths()
}
