//go:build cgo

package ui

import (
	"fmt"
	"math"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// measurement is two or three points picked in the scene. Each point is uncertain by
// the size of a pixel there and the gap between the cloud's points.
type measurement struct {
	points []r3.Vec
	sigmaM float64 // of a picked point, in each direction
	metric bool
}

// pick takes a point of the scene into the measurement under way.
func (d *Desk) pick(p r3.Vec, pixelM float64) {
	v := &d.scene
	v.open = append(v.open, p)
	switch len(v.open) {
	case 2:
		v.marks = append(v.marks, measurement{points: append([]r3.Vec{}, v.open...), sigmaM: pixelM, metric: v.metric})
	case 3:
		v.marks[len(v.marks)-1] = measurement{points: append([]r3.Vec{}, v.open...), sigmaM: max(pixelM, v.marks[len(v.marks)-1].sigmaM), metric: v.metric}
		v.open = nil
	}
}

// setPicking begins or ends measuring; a point without a second one is dropped.
func (d *Desk) setPicking(on bool) {
	d.scene.picking, d.scene.open = on, nil
}

// distance is the length between the first two points with its standard uncertainty.
func (m measurement) distance() (lengthM, sigmaM float64) {
	return r3.Norm(r3.Sub(m.points[1], m.points[0])), m.sigmaM * math.Sqrt2
}

// angle is the angle at the second of three points with its standard uncertainty.
func (m measurement) angle() (deg, sigmaDeg float64) {
	a, b := r3.Sub(m.points[0], m.points[1]), r3.Sub(m.points[2], m.points[1])
	la, lb := r3.Norm(a), r3.Norm(b)
	if la == 0 || lb == 0 {
		return 0, 180
	}
	deg = math.Atan2(r3.Norm(r3.Cross(a, b)), r3.Dot(a, b)) * 180 / math.Pi
	opposite := r3.Norm(r3.Sub(a, b))
	sigma := m.sigmaM * math.Sqrt(1/(la*la)+1/(lb*lb)+opposite*opposite/(la*la*lb*lb))
	return deg, min(sigma*180/math.Pi, 180)
}

func (m measurement) label(d *Desk) string {
	if len(m.points) == 3 {
		deg, sigma := m.angle()
		return fmt.Sprintf("%.1f° ± %.1f°", deg, sigma)
	}
	l, sigma := m.distance()
	if !m.metric {
		return fmt.Sprintf("%.4g %s", l, d.T("unit_none"))
	}
	return fmt.Sprintf("%.3f ± %.3f %s", l, max(sigma, 0.001), d.T("unit_m"))
}

func (d *Desk) measurePanel() {
	v := &d.scene
	picking := v.picking
	if imgui.Checkbox(d.T("pick"), &picking) {
		d.setPicking(picking)
	}
	imgui.SameLine()
	if imgui.Button(d.T("undo")) {
		d.undoMeasure()
	}
	imgui.SameLine()
	if imgui.Button(d.T("clear")) {
		v.marks, v.open = nil, nil
	}
	imgui.TextDisabled(plain(d.T("pick_help")))
	if !imgui.BeginTableV("marks", 3, imgui.TableFlagsRowBg|imgui.TableFlagsResizable|imgui.TableFlagsScrollY, imgui.NewVec2(0, 0), 0) {
		return
	}
	for i, m := range v.marks {
		imgui.TableNextRow()
		imgui.TableNextColumn()
		imgui.TextUnformatted(fmt.Sprint(i+1, "  ", d.T([]string{"distance", "angle"}[len(m.points)-2])))
		imgui.TableNextColumn()
		imgui.TextUnformatted(m.label(d))
		imgui.TableNextColumn()
		if m.metric && len(m.points) == 2 {
			imgui.TextUnformatted(fmt.Sprintf("%s %+.3f %s", d.T("height"), m.points[1].Z-m.points[0].Z, d.T("unit_m")))
		}
	}
	imgui.EndTable()
}

// undoMeasure takes back the point picked last, else the last measurement.
func (d *Desk) undoMeasure() {
	v := &d.scene
	switch n := len(v.open); {
	case n == 2:
		v.open, v.marks = v.open[:1], v.marks[:len(v.marks)-1]
	case n == 1:
		v.open = nil
	case len(v.marks) > 0:
		v.marks = v.marks[:len(v.marks)-1]
	}
}
