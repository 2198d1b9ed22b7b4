//go:build cgo

package ui

import (
	"fmt"
	"slices"

	"firescene/forensics"

	"github.com/AllenDang/cimgui-go/imgui"
)

// clockDialog asks for what a device's clock showed at a moment whose true time is
// known.
type clockDialog struct {
	asked, opened bool
	e             ClockEntry
	trouble       string
}

func (c *clockDialog) begin(d *Desk) {
	*c = clockDialog{asked: true, e: ClockEntry{SigmaS: 1, Zone: "+08:00"}}
	if d.kase != nil && d.kase.Zone != nil {
		c.e.Zone = d.kase.Zone.String()
	}
	if len(d.clocks) > 0 {
		c.take(d.clocks[0])
	}
}

// take begins with a clock that the case has.
func (c *clockDialog) take(k forensics.Clock) {
	c.e.ID, c.e.Describe, c.e.Zone, c.e.DriftPPM, c.e.DriftSigmaPPM = k.ID, k.Describe, k.Zone, k.DriftPPM, k.DriftSigmaPPM
}

// PutClock keeps a check of a clock.
func (d *Desk) PutClock(e ClockEntry, then func(error)) {
	d.hooks.Tools.PutClock(e, func(now forensics.Clock, back, again func(), err error) {
		if err == nil {
			old, had := d.clockOf(now.ID)
			show := func(k forensics.Clock, there bool) {
				d.clocks = slices.DeleteFunc(slices.Clone(d.clocks), func(x forensics.Clock) bool { return x.ID == now.ID })
				if there {
					d.clocks = withID(d.clocks, k, func(x forensics.Clock) string { return x.ID })
				}
			}
			show(now, true)
			d.did("did_clock", now.ID, func() { show(old, had); back() }, func() { show(now, true); again() })
			d.Say(fmt.Sprintf(d.T("clock_kept"), now.ID, now.OffsetS, now.SigmaS))
		}
		then(err)
	})
}

func (d *Desk) clockOf(id string) (forensics.Clock, bool) {
	for _, k := range d.clocks {
		if k.ID == id {
			return k, true
		}
	}
	return forensics.Clock{}, false
}

func (d *Desk) clockDialog() {
	c := &d.clock
	if !c.asked {
		return
	}
	title := d.T("clock_check") + "###clock"
	if !c.opened {
		imgui.OpenPopupStr(title)
		c.opened = true
	}
	imgui.SetNextWindowSizeV(imgui.NewVec2(imgui.FontSize()*36, 0), imgui.CondAppearing)
	open := true
	if imgui.BeginPopupModalV(title, &open, 0) {
		d.clockFields()
		imgui.EndPopup()
	}
	if !open {
		c.asked = false
	}
}

func (d *Desk) clockFields() {
	c, e := &d.clock, &d.clock.e
	em := imgui.FontSize()
	label := func(key string) {
		imgui.AlignTextToFramePadding()
		imgui.TextUnformatted(d.T(key))
		imgui.SameLineV(em*11, 0)
	}
	label("clock_id")
	imgui.SetNextItemWidth(em * 10)
	imgui.InputTextWithHint("##id", d.T("clock_id_hint"), &e.ID, 0, nil)
	if len(d.clocks) > 0 {
		imgui.SameLine()
		imgui.SetNextItemWidth(-1)
		if imgui.BeginCombo("##known", d.T("clock_known")) {
			for _, k := range d.clocks {
				if imgui.SelectableBool(plain(k.ID + "  " + k.Describe)) {
					c.take(k)
				}
			}
			imgui.EndCombo()
		}
	}
	row := func(key, hint string, s *string) {
		label(key)
		imgui.SetNextItemWidth(-1)
		imgui.InputTextWithHint("##"+key, hint, s, 0, nil)
	}
	row("clock_describe", "", &e.Describe)
	row("clock_zone", "+08:00", &e.Zone)
	row("clock_shown", "2026-03-01 21:14:05", &e.Shown)
	row("clock_truth", "2026-03-01 21:12:40", &e.Truth)
	label("clock_sigma")
	imgui.SetNextItemWidth(em * 6)
	imgui.InputDoubleV("##sigma", &e.SigmaS, 0, 0, "%.2f", 0)
	imgui.SameLine()
	imgui.TextUnformatted("s")
	label("clock_drift")
	imgui.BeginDisabledV(e.FromEarlier)
	imgui.SetNextItemWidth(em * 6)
	imgui.InputDoubleV("##drift", &e.DriftPPM, 0, 0, "%.2f", 0)
	imgui.SameLine()
	imgui.TextUnformatted("±")
	imgui.SameLine()
	imgui.SetNextItemWidth(em * 6)
	imgui.InputDoubleV("##driftsigma", &e.DriftSigmaPPM, 0, 0, "%.2f", 0)
	imgui.SameLine()
	imgui.TextUnformatted("ppm")
	imgui.EndDisabled()
	if k, ok := d.clockOf(e.ID); ok && !k.CheckedAt.IsZero() {
		imgui.Checkbox(d.T("clock_earlier"), &e.FromEarlier)
		imgui.TextDisabled(plain(fmt.Sprintf(d.T("clock_was"), k.CheckedAt.In(d.zone()).Format("2006-01-02 15:04:05"), k.OffsetS, k.SigmaS)))
	} else {
		e.FromEarlier = false
	}
	row("clock_method", d.T("clock_method_hint"), &e.Method)
	row("clock_by", "", &e.By)
	if c.trouble != "" {
		imgui.PushStyleColorVec4(imgui.ColText, colBad)
		imgui.TextWrapped(plain(c.trouble))
		imgui.PopStyleColor()
	}
	imgui.BeginDisabledV(e.ID == "" || e.Shown == "" || e.Truth == "" || e.Method == "")
	if imgui.Button(d.T("keep")) {
		d.PutClock(*e, func(err error) {
			if c.trouble = ""; err != nil {
				c.trouble = err.Error()
				return
			}
			c.asked = false
		})
	}
	imgui.EndDisabled()
	imgui.SameLine()
	if imgui.Button(d.T("close")) || !c.asked {
		c.asked = false
		imgui.CloseCurrentPopup()
	}
}
