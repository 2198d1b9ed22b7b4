//go:build cgo

package ui

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"firescene/recon"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// addMeasure keeps a measurement and shows it.
func (d *Desk) addMeasure(m recon.Measurement) {
	d.keepMeasure(m, func(m recon.Measurement) {
		d.did("did_measure", m.ID+" "+d.toolName(string(m.Request.Kind)), func() { d.dropMeasure(m) }, func() { d.keepMeasure(m, nil) })
	})
}

func (d *Desk) keepMeasure(m recon.Measurement, then func(recon.Measurement)) {
	if d.hooks.Tools.KeepMeasure == nil {
		return
	}
	d.hooks.Tools.KeepMeasure(m, func(id string, err error) {
		if err != nil {
			d.Say(d.T("not_kept") + err.Error())
			return
		}
		m.ID = id
		d.measures = withID(d.measures, m, func(x recon.Measurement) string { return x.ID })
		if then != nil {
			then(m)
		}
	})
}

func (d *Desk) dropMeasure(m recon.Measurement) {
	if d.hooks.Tools.DropMeasure == nil {
		return
	}
	d.hooks.Tools.DropMeasure(m.ID, func(err error) {
		if err != nil {
			d.Say(err.Error())
			return
		}
		d.measures = slices.DeleteFunc(slices.Clone(d.measures), func(x recon.Measurement) bool { return x.ID == m.ID })
	})
}

// withID puts a thing into a list that is in the order of IDs.
func withID[T any](list []T, t T, id func(T) string) []T {
	out := slices.DeleteFunc(slices.Clone(list), func(x T) bool { return id(x) == id(t) })
	out = append(out, t)
	slices.SortStableFunc(out, func(a, b T) int {
		if x, y := id(a), id(b); len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(id(a), id(b))
	})
	return out
}

// frameOf is the frame of a cloud by its name or its file in the case.
func frameOf(cloud string) string {
	if cloud == "photos" || strings.HasPrefix(cloud, "10-cloud/photos") {
		return "photos"
	}
	return "scans"
}

// shownMeasures are those taken in the frame of the cloud that is shown.
func (d *Desk) shownMeasures() []recon.Measurement {
	var out []recon.Measurement
	for _, m := range d.measures {
		if frameOf(m.Cloud) == frameOf(d.scene.name) {
			out = append(out, m)
		}
	}
	return out
}

// withSigma is a value to the decimals that its standard deviation has.
func withSigma(v, sigma float64) string {
	digits := 3
	if sigma > 0 && !math.IsInf(sigma, 0) {
		digits = min(max(1-int(math.Floor(math.Log10(sigma))), 0), 5)
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " ± " + strconv.FormatFloat(sigma, 'f', digits, 64)
}

// measureLabel is a measurement's value with its unit.
func (d *Desk) measureLabel(m recon.Measurement) string {
	r := m.Result
	if r.Region != nil {
		s := fmt.Sprintf("(%.2f, %.2f, %.2f) ± %.3f %s", r.Region.At[0], r.Region.At[1], r.Region.At[2], r.Sigma, d.T("unit_m"))
		if r.Region.Fit > 2 {
			s += "  " + d.T("rays_apart")
		}
		return s
	}
	if !m.Scaled && r.Unit != "°" {
		return fmt.Sprintf("%.4g %s", r.Value, d.T("unit_none"))
	}
	unit := r.Unit
	if unit == "m" {
		unit = d.T("unit_m")
	}
	s := withSigma(r.Value, r.Sigma) + " " + unit
	if r.Below != nil {
		s += "  ↓ " + withSigma(r.Below.Value, r.Below.Sigma)
	}
	return s
}

// measureNotes is all that is known of a measurement.
func (d *Desk) measureNotes(m recon.Measurement) string {
	r, q := m.Result, m.Request
	s := []string{m.ID + "  " + d.toolName(string(q.Kind)) + "  " + d.measureLabel(m), m.Cloud}
	for _, p := range r.Points {
		s = append(s, fmt.Sprintf("%.3f  %.3f  %.3f", p[0], p[1], p[2]))
	}
	if q.RadiusM > 0 {
		s = append(s, fmt.Sprintf("%s %.3f %s", d.T("pick_radius"), q.RadiusM, d.T("unit_m")))
	}
	if r.MovedM > 0.02 {
		s = append(s, fmt.Sprintf(d.T("moved"), 1000*r.MovedM))
	}
	if r.Measured != nil {
		s = append(s, fmt.Sprintf(d.T("cells_measured"), 100**r.Measured))
	}
	if r.Region != nil {
		s = append(s, fmt.Sprintf(d.T("rays_miss"), r.Region.Fit))
	}
	return strings.Join(s, "\n")
}

func (d *Desk) measurePanel() {
	v, t := &d.scene, &d.tool
	picking := v.picking
	if imgui.Checkbox(d.T("pick"), &picking) {
		d.setPicking(picking)
	}
	imgui.SameLine()
	imgui.BeginDisabledV(len(d.history.done) == 0 && len(t.picks) == 0)
	if imgui.Button(d.T("undo")) {
		d.Undo()
	}
	imgui.EndDisabled()
	imgui.SameLine()
	if imgui.Button(d.T("errors") + "###errors") {
		imgui.OpenPopupStr("errors")
	}
	if imgui.BeginPopup("errors") {
		d.toolNumbers()
		imgui.EndPopup()
	}
	if t.under > 0 {
		imgui.SameLine()
		imgui.TextDisabled(plain(d.T("measuring")))
	}
	if len(t.rays) > 0 {
		imgui.SameLine()
		imgui.TextDisabled(plain(fmt.Sprintf(d.T("rays_open"), len(t.rays))))
	}
	if len(d.measures) == 0 {
		imgui.TextDisabled(plain(d.T("pick_help")))
		return
	}
	if !imgui.BeginTableV("marks", 5, imgui.TableFlagsRowBg|imgui.TableFlagsResizable|imgui.TableFlagsScrollY|imgui.TableFlagsBordersInnerV, imgui.NewVec2(0, 0), 0) {
		return
	}
	em := imgui.FontSize()
	imgui.TableSetupScrollFreeze(0, 1)
	imgui.TableSetupColumnV(d.T("number"), imgui.TableColumnFlagsWidthFixed, 4*em, 0)
	imgui.TableSetupColumnV(d.T("what"), imgui.TableColumnFlagsWidthFixed, 9*em, 0)
	imgui.TableSetupColumnV(d.T("value"), imgui.TableColumnFlagsWidthStretch, 2, 0)
	imgui.TableSetupColumnV(d.T("name"), imgui.TableColumnFlagsWidthStretch, 2, 0)
	imgui.TableSetupColumnV("##drop", imgui.TableColumnFlagsWidthFixed, 5*em, 0)
	imgui.TableHeadersRow()
	for _, m := range d.measures {
		d.measureRow(m)
	}
	imgui.EndTable()
}

func (d *Desk) measureRow(m recon.Measurement) {
	imgui.PushIDStr(m.ID)
	defer imgui.PopID()
	imgui.TableNextRow()
	imgui.TableNextColumn()
	if imgui.SelectableBoolV(plain(m.ID), d.marked == m.ID, 0, imgui.NewVec2(0, 0)) {
		d.marked = m.ID
		if p, ok := middleOf(m); ok && frameOf(m.Cloud) == frameOf(d.scene.name) {
			d.scene.cam.target = p
		}
	}
	if imgui.IsItemHovered() {
		imgui.SetTooltip(plain(d.measureNotes(m)))
	}
	imgui.TableNextColumn()
	imgui.TextUnformatted(d.toolName(string(m.Request.Kind)))
	imgui.TableNextColumn()
	imgui.TextUnformatted(d.measureLabel(m))
	imgui.TableNextColumn()
	imgui.SetNextItemWidth(-1)
	if name, done := d.text("measure name "+m.ID, m.Name, d.T("name")); done {
		old, now := m, m
		now.Name = name
		d.keepMeasure(now, nil)
		d.did("did_name", m.ID, func() { d.keepMeasure(old, nil) }, func() { d.keepMeasure(now, nil) })
	}
	imgui.TableNextColumn()
	if imgui.SmallButton(d.T("remove")) {
		d.dropMeasure(m)
		d.did("did_remove", m.ID, func() { d.keepMeasure(m, nil) }, func() { d.dropMeasure(m) })
	}
}

// toolNumbers are the numbers that measurements are taken with.
func (d *Desk) toolNumbers() {
	t := &d.tool
	row := func(key string, v *float64, format string, low, high float64) {
		imgui.SetNextItemWidth(imgui.FontSize() * 5)
		if x, done := d.number("tool "+key, *v, format); done && x >= low && x <= high {
			*v = x
		}
		imgui.SameLine()
		imgui.TextUnformatted(d.T(key))
	}
	row("pick_radius_m", &t.radiusM, "%.3f", 0.002, 5)
	row("plane_radius_m", &t.planeM, "%.3f", 0.005, 20)
	row("cell_m", &t.cellM, "%.3f", 0.001, 5)
	row("reach_m", &t.reachM, "%.2f", 0.01, 100)
	imgui.SeparatorText(d.T("not_shown"))
	row("registration_mm", &t.registrationMM, "%.2f", 0, 1000)
	row("instrument_mm", &t.instrumentMM, "%.2f", 0, 1000)
	row("scale_ppm", &t.scalePPM, "%.1f", 0, 1e5)
	imgui.SeparatorText(d.T("tool_rays"))
	row("shadow_deg", &t.shadowDeg, "%.2f", 0.01, 45)
	row("photo_px", &t.photoPixel, "%.1f", 0.1, 1000)
}

// middleOf is the middle of what a measurement was taken between.
func middleOf(m recon.Measurement) (r3.Vec, bool) {
	if m.Result.Region != nil {
		return m.Result.Region.At.R3(), true
	}
	var all []recon.Vec
	all = append(all, m.Result.Points...)
	for _, p := range m.Request.Planes {
		all = append(all, p.Near)
	}
	var sum r3.Vec
	for _, p := range all {
		sum = r3.Add(sum, r3.Scale(1/float64(len(all)), p.R3()))
	}
	return sum, len(all) > 0
}
