//go:build cgo

package ui

import "github.com/AllenDang/cimgui-go/imgui"

// The window's colours: a quiet dark grey, so that pictures of a burnt place can be
// judged, and one warm accent.
var (
	colBack   = imgui.NewVec4(0.11, 0.12, 0.13, 1)
	colPanel  = imgui.NewVec4(0.14, 0.15, 0.165, 1)
	colField  = imgui.NewVec4(0.20, 0.215, 0.235, 1)
	colOver   = imgui.NewVec4(0.27, 0.29, 0.32, 1)
	colText   = imgui.NewVec4(0.91, 0.92, 0.93, 1)
	colFaint  = imgui.NewVec4(0.58, 0.61, 0.64, 1)
	colAccent = imgui.NewVec4(0.95, 0.55, 0.20, 1)
	colGood   = imgui.NewVec4(0.42, 0.76, 0.45, 1)
	colBad    = imgui.NewVec4(0.93, 0.40, 0.36, 1)
)

func setStyle(scale, fontPx float32) {
	imgui.StyleColorsDark()
	s := imgui.CurrentStyle()
	s.SetFontSizeBase(fontPx)
	for idx, c := range map[imgui.Col]imgui.Vec4{
		imgui.ColWindowBg: colPanel, imgui.ColChildBg: colPanel, imgui.ColPopupBg: colPanel, imgui.ColMenuBarBg: colBack, imgui.ColTitleBg: colBack,
		imgui.ColTitleBgActive: colBack, imgui.ColText: colText, imgui.ColTextDisabled: colFaint, imgui.ColFrameBg: colField, imgui.ColFrameBgHovered: colOver,
		imgui.ColFrameBgActive: colOver, imgui.ColButton: colField, imgui.ColButtonHovered: colOver, imgui.ColButtonActive: colAccent, imgui.ColHeader: colField,
		imgui.ColHeaderHovered: colOver, imgui.ColHeaderActive: colOver, imgui.ColTab: colBack, imgui.ColTabHovered: colOver, imgui.ColTabSelected: colField,
		imgui.ColTabDimmed: colBack, imgui.ColTabDimmedSelected: colField, imgui.ColCheckMark: colAccent, imgui.ColSliderGrab: colAccent,
		imgui.ColSliderGrabActive: colAccent, imgui.ColPlotHistogram: colAccent, imgui.ColTableHeaderBg: colBack, imgui.ColDockingEmptyBg: colBack,
		imgui.ColTabSelectedOverline: colAccent, imgui.ColTabDimmedSelectedOverline: colOver,
	} {
		setColour(s, idx, c)
	}
	s.SetWindowRounding(0)
	s.SetFrameRounding(3)
	s.SetTabRounding(2)
	s.SetFramePadding(imgui.NewVec2(6, 3))
	s.SetItemSpacing(imgui.NewVec2(7, 4))
	s.SetWindowPadding(imgui.NewVec2(8, 6))
	s.SetScrollbarSize(12)
	s.SetWindowBorderSize(1)
	s.ScaleAllSizes(scale)
}

func setColour(s *imgui.Style, idx imgui.Col, c imgui.Vec4) {
	all := s.Colors()
	all[idx] = c
	s.SetColors(&all)
}

func packed(c imgui.Vec4) uint32 { return imgui.ColorConvertFloat4ToU32(c) }

// faded is a colour with another opacity.
func faded(c imgui.Vec4, alpha float32) imgui.Vec4 { c.W = alpha; return c }
