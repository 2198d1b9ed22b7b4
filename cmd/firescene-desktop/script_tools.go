//go:build cgo

package main

import (
	"firescene/recon"
	"firescene/render/ui"
)

// doTool carries out a command of the tools; false when it is none of them.
func (p *scriptPlayer) doTool(a []string, number func(i int) float64) (bool, error) {
	d := p.desk
	switch a[0] {
	case "tool":
		return true, d.SetTool(a[1])
	case "finish":
		d.Finish()
	case "undo":
		d.Undo()
	case "redo":
		d.Redo()
	case "note":
		return true, d.NoteAt(a[1])
	case "tonote":
		return true, d.ReturnToNote(a[1])
	case "reportnote":
		return true, d.ReportNote(a[1], a[2] == "on")
	case "ray":
		return true, d.PhotoRayOf(a[1], number(2), number(3))
	case "slab":
		return true, d.SetSlab(a[1], number(2), number(3))
	case "clip":
		d.ClipFaces(a[1] == "on")
	case "parallel":
		d.SetParallel(a[1] == "on")
	case "edit":
		d.EditInScene(true, recon.HypothesisPart(a[1]), int(number(2)))
	case "move":
		return true, d.EditHypothesis(recon.HypothesisEdit{Do: recon.EditMove, Part: recon.HypothesisPart(a[1]), Index: int(number(2)), At: recon.Vec{number(3), number(4), number(5)}})
	case "add":
		d.AddPart(a[1])
	case "keep", "keeprun":
		d.KeepDraft(a[0] == "keeprun")
	case "newhyp":
		return true, d.NewHypothesis(a[1], a[2])
	case "clock":
		var err error
		d.PutClock(ui.ClockEntry{ID: a[1], Zone: "+08:00", Shown: a[2], Truth: a[3], SigmaS: number(4), Method: "script"}, func(e error) { err = e })
		return true, err
	case "dialog":
		d.OpenDialog(a[1])
	default:
		return false, nil
	}
	return true, nil
}
