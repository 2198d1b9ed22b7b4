//go:build cgo

package ui

import (
	"fmt"
	"path/filepath"
	"time"

	"firescene/forensics"

	"github.com/AllenDang/cimgui-go/imgui"
)

// secondsOf is a number of seconds as a duration.
func secondsOf(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// dialog is the one dialog that may be open: choosing a case, making one, adding
// evidence, saving a picture.
type dialog struct {
	kind    string // "open", "new", "add", "export"; empty: none
	asked   bool   // the popup has been opened
	dir     string
	name    string
	files   []string
	exhibit int // index in addKinds
	folders []string
	inside  []string
	listed  string
	trouble string
	video   videoForm
}

var addKinds = []forensics.ExhibitKind{forensics.KindPhoto, forensics.KindScan, forensics.KindMedia, forensics.KindLog, forensics.KindStatement, forensics.KindObservation, forensics.KindClock,
	forensics.KindHypothesis, forensics.KindControl}

func (g *dialog) open(kind string, d *Desk) {
	dir := g.dir
	if dir == "" && len(d.set.Recent) > 0 {
		dir = filepath.Dir(d.set.Recent[0])
	}
	if dir == "" {
		dir = "."
	}
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	*g = dialog{kind: kind, dir: dir, name: g.name}
	if kind == "export" {
		g.name = "scene.png"
	}
	if kind == "video" {
		g.name, g.video = "replay.mp4", newVideoForm(d)
	}
}

// below is the room under the list of files in letters.
func (g *dialog) below() float32 {
	switch g.kind {
	case "video":
		return 8
	case "add":
		return 6.5
	}
	return 5
}

func (d *Desk) dialogs() {
	g := &d.dialog
	if g.kind == "" {
		return
	}
	title := d.T(g.kind) + "###dialog"
	if !g.asked {
		imgui.OpenPopupStr(title)
		g.asked = true
	}
	imgui.SetNextWindowSizeV(imgui.NewVec2(imgui.FontSize()*38, imgui.FontSize()*28), imgui.CondAppearing)
	open := true
	if imgui.BeginPopupModalV(title, &open, 0) {
		d.dialogBody()
		imgui.EndPopup()
	}
	if !open {
		g.kind = ""
	}
}

func (d *Desk) dialogBody() {
	g := &d.dialog
	done := func() { g.kind = ""; imgui.CloseCurrentPopup() }
	if g.listed != g.dir && d.hooks.Browse != nil {
		var err error
		g.listed, g.trouble = g.dir, ""
		if g.folders, g.inside, err = d.hooks.Browse(g.dir); err != nil {
			g.trouble = err.Error()
		}
	}
	if imgui.Button(d.T("up")) {
		g.dir = filepath.Dir(g.dir)
	}
	imgui.SameLine()
	imgui.SetNextItemWidth(-1)
	imgui.InputTextWithHint("##dir", d.T("folder"), &g.dir, 0, nil)
	if imgui.BeginChildStrV("list", imgui.NewVec2(0, -imgui.FontSize()*g.below()), imgui.ChildFlagsBorders, 0) {
		for _, f := range g.folders {
			if imgui.SelectableBoolV(plain("[ "+f+" ]"), false, imgui.SelectableFlagsNoAutoClosePopups, imgui.NewVec2(0, 0)) {
				g.dir = filepath.Join(g.dir, f)
			}
		}
		for _, f := range g.inside {
			path := filepath.Join(g.dir, f)
			if imgui.SelectableBoolV(plain(f), has(g.files, path), imgui.SelectableFlagsNoAutoClosePopups, imgui.NewVec2(0, 0)) && g.kind == "add" {
				g.files = toggled(g.files, path)
			}
		}
	}
	imgui.EndChild()
	if g.trouble != "" {
		imgui.TextColored(colBad, plain(g.trouble))
	}
	switch g.kind {
	case "open":
		imgui.BeginDisabledV(!has(g.inside, "case.db"))
		if imgui.Button(d.T("choose")) {
			d.hooks.Open(g.dir)
			done()
		}
		imgui.EndDisabled()
	case "new":
		imgui.InputTextWithHint("##name", d.T("case_name"), &g.name, 0, nil)
		imgui.BeginDisabledV(g.name == "")
		if imgui.Button(d.T("create")) {
			d.hooks.New(filepath.Join(g.dir, filepath.Base(g.name)), g.name)
			done()
		}
		imgui.EndDisabled()
	case "add":
		for i, k := range addKinds {
			if i > 0 {
				flow(checkWide(d.T("kind_" + string(k))))
			}
			if imgui.RadioButtonBool(d.T("kind_"+string(k)), g.exhibit == i) {
				g.exhibit = i
			}
		}
		imgui.BeginDisabledV(len(g.files) == 0)
		if imgui.Button(plain(fmt.Sprintf("%s (%d)", d.T("add"), len(g.files)))) {
			d.hooks.Add(addKinds[g.exhibit], g.files)
			done()
		}
		imgui.EndDisabled()
	case "video":
		d.videoBody(done)
	case "export":
		imgui.InputTextWithHint("##name", d.T("name"), &g.name, 0, nil)
		imgui.BeginDisabledV(g.name == "" || d.scene.shown == nil)
		if imgui.Button(d.T("choose")) {
			path := filepath.Join(g.dir, filepath.Base(g.name))
			if err := d.hooks.SavePNG(path, d.scene.shown); err != nil {
				d.Say(err.Error())
			} else {
				d.Say(d.T("saved") + path)
			}
			done()
		}
		imgui.EndDisabled()
	}
	imgui.SameLine()
	if imgui.Button(d.T("close")) {
		done()
	}
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func toggled(list []string, s string) []string {
	for i, x := range list {
		if x == s {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return append(list, s)
}
