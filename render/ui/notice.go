//go:build cgo

package ui

import "github.com/AllenDang/cimgui-go/imgui"

// notice shows what was said last when it is too long for the menu bar: over the
// panels, wrapped, until it is closed or something else is said.
func (d *Desk) notice() {
	if d.message == "" || d.message == d.noticed || imgui.CalcTextSize(d.message).X < d.statusRoom {
		return
	}
	main := imgui.MainViewport()
	wide := min(imgui.FontSize()*34, main.Size().X*0.8)
	imgui.SetNextWindowPosV(imgui.NewVec2(main.WorkPos().X+main.WorkSize().X-12, main.WorkPos().Y+8), imgui.CondAlways, imgui.NewVec2(1, 0))
	imgui.SetNextWindowSizeV(imgui.NewVec2(wide, 0), imgui.CondAlways)
	const flags = imgui.WindowFlagsNoTitleBar | imgui.WindowFlagsNoResize | imgui.WindowFlagsNoMove | imgui.WindowFlagsNoDocking | imgui.WindowFlagsNoSavedSettings |
		imgui.WindowFlagsNoFocusOnAppearing | imgui.WindowFlagsNoNavFocus
	imgui.PushStyleColorVec4(imgui.ColWindowBg, colField)
	imgui.PushStyleColorVec4(imgui.ColBorder, colAccent)
	if imgui.BeginV("###notice", nil, flags) {
		imgui.PushTextWrapPos()
		imgui.TextUnformatted(d.message)
		imgui.PopTextWrapPos()
		if imgui.SmallButton(d.T("close") + "###closenotice") {
			d.noticed = d.message
		}
	}
	imgui.End()
	imgui.PopStyleColorV(2)
}
