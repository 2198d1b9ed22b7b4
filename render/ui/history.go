//go:build cgo

package ui

import "github.com/AllenDang/cimgui-go/imgui"

// change is a thing that the user did and can take back.
type change struct {
	key, detail string // what it is called
	back, again func()
}

// history is what can be taken back, latest last, and what was.
type history struct{ done, undone []change }

// maxHistory bounds what can be taken back.
const maxHistory = 200

// did remembers a change that was made. What was taken back before can then no longer
// be done again.
func (d *Desk) did(key, detail string, back, again func()) {
	h := &d.history
	h.done, h.undone = append(h.done, change{key, detail, back, again}), nil
	if n := len(h.done); n > maxHistory {
		h.done = h.done[n-maxHistory:]
	}
}

func (d *Desk) nameOf(list []change) string {
	if len(list) == 0 {
		return ""
	}
	c := list[len(list)-1]
	if c.detail == "" {
		return d.T(c.key)
	}
	return d.T(c.key) + "  " + c.detail
}

// Undo takes back the point picked last, else the last change.
func (d *Desk) Undo() {
	if d.unpick() {
		return
	}
	h := &d.history
	if n := len(h.done); n > 0 {
		c := h.done[n-1]
		h.done, h.undone = h.done[:n-1], append(h.undone, c)
		c.back()
		d.scene.stale()
	}
}

// Redo does again what was taken back last.
func (d *Desk) Redo() {
	h := &d.history
	if n := len(h.undone); n > 0 {
		c := h.undone[n-1]
		h.undone, h.done = h.undone[:n-1], append(h.done, c)
		c.again()
		d.scene.stale()
	}
}

// editMenu is the menu of changes.
func (d *Desk) editMenu() {
	if !imgui.BeginMenu(d.T("edit") + "###menuedit") {
		return
	}
	h := &d.history
	back, again := d.T("undo"), d.T("redo")
	if n := d.nameOf(h.done); n != "" {
		back += ": " + n
	}
	if n := d.nameOf(h.undone); n != "" {
		again += ": " + n
	}
	if imgui.MenuItemBoolV(plain(back)+"###undo", key("undo"), false, len(h.done) > 0 || len(d.tool.picks) > 0) {
		d.Undo()
	}
	if imgui.MenuItemBoolV(plain(again)+"###redo", key("redo"), false, len(h.undone) > 0) {
		d.Redo()
	}
	imgui.Separator()
	if imgui.MenuItemBoolV(d.T("clock_check"), "", false, d.kase != nil && d.hooks.Tools.PutClock != nil) {
		d.clock.begin(d)
	}
	if imgui.MenuItemBoolV(d.T("new_hypothesis"), "", false, d.kase != nil && d.hooks.Tools.NewHypothesis != nil) {
		d.editor.beginNew(d)
	}
	imgui.EndMenu()
}
