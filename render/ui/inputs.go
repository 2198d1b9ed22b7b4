//go:build cgo

package ui

import "github.com/AllenDang/cimgui-go/imgui"

// inputs holds what is being typed into fields whose value changes only when the user
// is done with them.
type inputs struct {
	numbers map[string]float64
	texts   map[string]string
}

// number is a field for a number; done says that the user left it with another one.
func (d *Desk) number(id string, value float64, format string) (now float64, done bool) {
	in := d.inputs.numbers
	v, typing := in[id]
	if !typing {
		v = value
	}
	if imgui.InputDoubleV("##"+id, &v, 0, 0, format, 0) {
		in[id] = v
	}
	if imgui.IsItemDeactivatedAfterEdit() {
		delete(in, id)
		return v, v != value
	}
	if !imgui.IsItemActive() {
		delete(in, id)
	}
	return value, false
}

// text is a field for a text, likewise.
func (d *Desk) text(id, value, hint string) (now string, done bool) {
	in := d.inputs.texts
	v, typing := in[id]
	if !typing {
		v = value
	}
	if imgui.InputTextWithHint("##"+id, hint, &v, 0, nil) {
		in[id] = v
	}
	if imgui.IsItemDeactivatedAfterEdit() {
		delete(in, id)
		return v, v != value
	}
	if !imgui.IsItemActive() {
		delete(in, id)
	}
	return value, false
}
