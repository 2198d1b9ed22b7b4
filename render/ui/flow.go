//go:build cgo

package ui

import "github.com/AllenDang/cimgui-go/imgui"

// flow puts the next control beside the last one where it fits, else on a new line: rows
// of controls then never run out of a narrow panel. width is that of the next control.
func flow(width float32) {
	style := imgui.CurrentStyle()
	right := imgui.WindowPos().X + imgui.WindowSize().X - style.WindowPadding().X
	if imgui.ItemRectMax().X+style.ItemSpacing().X+width <= right {
		imgui.SameLine()
	}
}

// buttonWide and checkWide are the widths of a button and of a checkbox with a text.
func buttonWide(text string) float32 {
	return imgui.CalcTextSize(text).X + 2*imgui.CurrentStyle().FramePadding().X
}

func checkWide(text string) float32 {
	return imgui.CalcTextSize(text).X + imgui.FrameHeight() + imgui.CurrentStyle().ItemInnerSpacing().X
}

// fitting cuts a text off, with dots, where it is wider than there is room.
func fitting(text string, width float32) string {
	if imgui.CalcTextSize(text).X <= width {
		return text
	}
	r := []rune(text)
	low, high := 0, len(r)
	for low < high {
		mid := (low + high + 1) / 2
		if imgui.CalcTextSize(string(r[:mid])+"…").X <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return string(r[:low]) + "…"
}
