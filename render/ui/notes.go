//go:build cgo

package ui

import (
	"slices"
	"time"

	"firescene/render"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// notesView is the panel of annotations.
type notesView struct {
	asking bool // a text is being asked for
	opened bool
	at     r3.Vec
	text   string
	chosen string
}

// begin asks for the text of an annotation at a place.
func (v *notesView) begin(at r3.Vec) { *v = notesView{asking: true, at: at, chosen: v.chosen} }

// AddNote keeps an annotation at a place in the view that is shown.
func (d *Desk) AddNote(at r3.Vec, text string) {
	v := &d.scene
	wide, high := 1280, 720
	if v.shown != nil {
		wide, high = v.shown.Rect.Dx(), v.shown.Rect.Dy()
	}
	view := v.cam.view(wide, high)
	view.Clip = copyOf(view.Clip)
	view.Name = "annotation"
	a := render.Annotation{Text: text, At: vecOf(at), Frame: frameOf(v.name), View: view}
	if f := d.chosenFire(); f != nil && v.show.supposed {
		a.Hypothesis, a.AfterS = f.Hypothesis.ID, d.afterS(f)
	}
	d.keepNote(a, func(a render.Annotation) {
		d.notes.chosen = a.ID
		d.did("did_note", a.ID, func() { d.dropNote(a) }, func() { d.keepNote(a, nil) })
	})
}

func (d *Desk) keepNote(a render.Annotation, then func(render.Annotation)) {
	if d.hooks.Tools.KeepNote == nil {
		return
	}
	d.hooks.Tools.KeepNote(a, func(id string, err error) {
		if err != nil {
			d.Say(d.T("not_kept") + err.Error())
			return
		}
		a.ID = id
		d.noted = withID(d.noted, a, func(x render.Annotation) string { return x.ID })
		if then != nil {
			then(a)
		}
	})
}

func (d *Desk) dropNote(a render.Annotation) {
	if d.hooks.Tools.DropNote == nil {
		return
	}
	d.hooks.Tools.DropNote(a.ID, func(err error) {
		if err != nil {
			d.Say(err.Error())
			return
		}
		d.noted = slices.DeleteFunc(slices.Clone(d.noted), func(x render.Annotation) bool { return x.ID == a.ID })
	})
}

// changeNote keeps another form of an annotation.
func (d *Desk) changeNote(old, now render.Annotation) {
	d.keepNote(now, nil)
	d.did("did_note_change", now.ID, func() { d.keepNote(old, nil) }, func() { d.keepNote(now, nil) })
}

// LookAtNote returns to the view in which an annotation was made.
func (d *Desk) LookAtNote(a render.Annotation) {
	v := &d.scene
	v.cam.from(a.View)
	v.cam.clip = copyOf(a.View.Clip)
	v.moved = time.Time{}
	d.notes.chosen = a.ID
	for _, f := range d.kase.Fires {
		if f.Hypothesis.ID == a.Hypothesis {
			d.chosen = a.Hypothesis
			d.SetMoment(a.AfterS)
		}
	}
}

// noteHandles are the flags in the scene that can be clicked.
func (d *Desk) noteHandles() []handle {
	var out []handle
	for _, a := range d.shownNotes() {
		out = append(out, handle{name: a.ID, at: a.At.R3(), tip: a.At.R3(), colour: colNote, click: func() {
			d.notes.chosen, d.panelOpen["notes"], d.focus = a.ID, true, "notes"
		}})
	}
	return out
}

var colNote = imgui.NewVec4(0.98, 0.83, 0.35, 1)

// shownNotes are those made in the frame of the cloud that is shown.
func (d *Desk) shownNotes() []render.Annotation {
	var out []render.Annotation
	for _, a := range d.noted {
		if a.Frame == frameOf(d.scene.name) {
			out = append(out, a)
		}
	}
	return out
}

// noteDialog asks for the text of a new annotation.
func (d *Desk) noteDialog() {
	n := &d.notes
	if !n.asking {
		return
	}
	title := d.T("tool_note") + "###note"
	if !n.opened {
		imgui.OpenPopupStr(title)
		n.opened = true
	}
	imgui.SetNextWindowSizeV(imgui.NewVec2(imgui.FontSize()*26, 0), imgui.CondAppearing)
	open := true
	if imgui.BeginPopupModalV(title, &open, 0) {
		if imgui.IsWindowAppearing() {
			imgui.SetKeyboardFocusHere()
		}
		imgui.InputTextMultiline("##text", &n.text, imgui.NewVec2(-1, imgui.FontSize()*6), 0, nil)
		imgui.BeginDisabledV(n.text == "")
		if imgui.Button(d.T("keep")) {
			d.AddNote(n.at, n.text)
			d.setPicking(false)
			n.asking = false
			imgui.CloseCurrentPopup()
		}
		d.spot("note keep")
		imgui.EndDisabled()
		imgui.SameLine()
		if imgui.Button(d.T("close")) {
			n.asking = false
			imgui.CloseCurrentPopup()
		}
		imgui.EndPopup()
	}
	if !open {
		n.asking = false
	}
}

func (d *Desk) notesPanel() {
	if imgui.Button(d.T("tool_note")) {
		d.setTool(toolNote)
		d.focus = "scene"
	}
	imgui.SameLine()
	imgui.TextDisabled(plain(d.T("notes_help")))
	if len(d.noted) == 0 {
		return
	}
	if !imgui.BeginTableV("notes", 4, imgui.TableFlagsRowBg|imgui.TableFlagsResizable|imgui.TableFlagsScrollY|imgui.TableFlagsBordersInnerV, imgui.NewVec2(0, 0), 0) {
		return
	}
	em := imgui.FontSize()
	imgui.TableSetupScrollFreeze(0, 1)
	imgui.TableSetupColumnV(d.T("number"), imgui.TableColumnFlagsWidthFixed, 4*em, 0)
	imgui.TableSetupColumnV(d.T("text"), imgui.TableColumnFlagsWidthStretch, 1, 0)
	imgui.TableSetupColumnV(d.T("in_report"), imgui.TableColumnFlagsWidthFixed, 6*em, 0)
	imgui.TableSetupColumnV("##drop", imgui.TableColumnFlagsWidthFixed, 5*em, 0)
	imgui.TableHeadersRow()
	for _, a := range d.noted {
		imgui.PushIDStr(a.ID)
		imgui.TableNextRow()
		imgui.TableNextColumn()
		if imgui.SelectableBoolV(plain(a.ID), a.ID == d.notes.chosen, 0, imgui.NewVec2(0, 0)) {
			d.LookAtNote(a)
		}
		d.spot("note " + a.ID)
		imgui.TableNextColumn()
		imgui.SetNextItemWidth(-1)
		if text, done := d.text("note "+a.ID, a.Text, d.T("text")); done && text != "" {
			now := a
			now.Text = text
			d.changeNote(a, now)
		}
		if imgui.IsItemHovered() {
			imgui.SetTooltip(plain(a.Text))
		}
		imgui.TableNextColumn()
		on := a.Report
		if imgui.Checkbox("##report", &on) {
			now := a
			now.Report = on
			d.changeNote(a, now)
		}
		imgui.TableNextColumn()
		if imgui.SmallButton(d.T("remove")) {
			d.dropNote(a)
			d.did("did_remove", a.ID, func() { d.keepNote(a, nil) }, func() { d.dropNote(a) })
		}
		imgui.PopID()
	}
	imgui.EndTable()
}
