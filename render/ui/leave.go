//go:build cgo

package ui

import "github.com/AllenDang/cimgui-go/imgui"

// mayClose says whether the window may be closed; while work is under way the user is
// asked first.
func (d *Desk) mayClose() bool {
	if d.job == nil || d.job.Ended || d.leaving == "stop" {
		return true
	}
	d.leaving = "ask"
	return false
}

// leaveDialog asks what is to become of the work under way.
func (d *Desk) leaveDialog() {
	if d.leaving == "" {
		return
	}
	title := d.T("leave") + "###leave"
	if !imgui.IsPopupOpenStr(title) {
		imgui.OpenPopupStr(title)
	}
	mid := imgui.MainViewport().Center()
	imgui.SetNextWindowPosV(mid, imgui.CondAppearing, imgui.NewVec2(0.5, 0.5))
	if !imgui.BeginPopupModalV(title, nil, imgui.WindowFlagsAlwaysAutoResize) {
		return
	}
	if j := d.job; j != nil {
		imgui.TextUnformatted(j.Title)
		imgui.TextDisabled(plain(j.Line))
	}
	imgui.TextUnformatted(d.T("leave_text"))
	imgui.Spacing()
	if imgui.Button(d.T("leave_stop")) {
		d.Leave(true)
		imgui.CloseCurrentPopup()
	}
	imgui.SameLine()
	if imgui.Button(d.T("leave_stay")) || d.job == nil || d.job.Ended {
		d.Leave(false)
		imgui.CloseCurrentPopup()
	}
	imgui.EndPopup()
}

// Leave answers the question whether work under way is to be stopped so that the window
// can be closed.
func (d *Desk) Leave(stop bool) {
	d.leaving = ""
	if stop {
		d.leaving = "stop"
		if d.hooks.Cancel != nil {
			d.hooks.Cancel()
		}
		d.win.glfw.SetShouldClose(true)
	}
}
