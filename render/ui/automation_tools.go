//go:build cgo

package ui

import (
	"fmt"

	"firescene/recon"
	"firescene/render"
)

// ToolsState is what a script can ask of the tools.
type ToolsState struct {
	Tool    string            `json:"tool"`
	Open    int               `json:"open"` // points picked and rays taken, not yet measured
	Undo    string            `json:"undo"`
	Redo    string            `json:"redo"`
	Notes   []string          `json:"annotations"`
	Draft   bool              `json:"draft"` // of the hypothesis shown
	Stale   bool              `json:"outdated"`
	Origin  *recon.Vec        `json:"origin,omitempty"`
	Parts   []string          `json:"parts"`
	Clip    *render.Clip      `json:"clip,omitempty"`
	OrthoM  float64           `json:"ortho_m"`
	Clocks  []string          `json:"clocks"`
	Spots   map[string][2]int `json:"spots"` // where things stand in the window, pixels
	Scene   [4]int            `json:"scene"` // the first picture of the scene: left, top, width, height
	Measure []recon.Measurement
}

func (d *Desk) toolState(s *State) {
	t := &s.ToolsState
	t.Tool = toolLook
	if d.scene.picking {
		t.Tool = d.tool.kind
	}
	t.Open = len(d.tool.picks) + len(d.tool.rays)
	t.Undo, t.Redo = d.nameOf(d.history.done), d.nameOf(d.history.undone)
	for _, a := range d.noted {
		t.Notes = append(t.Notes, a.ID+" "+a.Text)
	}
	for _, k := range d.clocks {
		t.Clocks = append(t.Clocks, fmt.Sprintf("%s %+.3f ± %.3f", k.ID, k.OffsetS, k.SigmaS))
	}
	if f := d.chosenFire(); f != nil {
		at := f.Hypothesis.Origin.At
		t.Origin, t.Stale = &at, f.Outdated
		if st := d.stated(f.Hypothesis.ID); st != nil {
			t.Draft = st.Draft != nil
		}
		for _, p := range partsOf(f.Hypothesis) {
			t.Parts = append(t.Parts, fmt.Sprintf("%s %s %g %g %g", p.part, p.name, p.at[0], p.at[1], p.at[2]))
		}
	}
	t.Clip, t.OrthoM, t.Spots, t.Measure = copyOf(d.scene.cam.clip), d.scene.cam.orthoHeightM, d.spots, d.measures
	t.Scene = d.scene.where
	for _, m := range d.measures {
		s.Marks = append(s.Marks, d.measureLabel(m))
	}
}

// SetTool takes a tool in hand by its name: "look", a kind of measurement, "note" or
// "cut_through".
func (d *Desk) SetTool(kind string) error {
	for _, k := range toolKinds() {
		if k == kind {
			d.setTool(kind)
			return nil
		}
	}
	return fmt.Errorf("no tool %q", kind)
}

// Finish measures what was picked.
func (d *Desk) Finish() { d.finish() }

// NoteAt keeps an annotation at the point that was picked last for one.
func (d *Desk) NoteAt(text string) error {
	if !d.notes.asking {
		return fmt.Errorf("no place was picked for an annotation")
	}
	d.notes.asking = false
	d.setPicking(false)
	d.AddNote(d.notes.at, text)
	return nil
}

// ReturnToNote returns to the view of an annotation and says whether there is one of
// that ID.
func (d *Desk) ReturnToNote(id string) error {
	for _, a := range d.noted {
		if a.ID == id {
			d.LookAtNote(a)
			return nil
		}
	}
	return fmt.Errorf("no annotation %q", id)
}

// ReportNote has an annotation's view printed in the report, or not.
func (d *Desk) ReportNote(id string, on bool) error {
	for _, a := range d.noted {
		if a.ID == id {
			now := a
			now.Report = on
			d.changeNote(a, now)
			return nil
		}
	}
	return fmt.Errorf("no annotation %q", id)
}

// SetSlab shows a section: "plan", "x", "y" or "free", where and how thick.
func (d *Desk) SetSlab(kind string, atM, thickM float64) error {
	if !(thickM > 0) {
		return fmt.Errorf("a section %g m thick", thickM)
	}
	s := &d.scene.slab
	switch kind {
	case "plan":
		s.zM = atM
	case "x", "y", "free":
		s.atM = atM
	default:
		return fmt.Errorf("no section %q", kind)
	}
	s.kind, s.thickM = kind, thickM
	d.showSlab()
	return nil
}

// EditInScene lets the parts of the hypothesis be taken hold of, and takes hold of one.
func (d *Desk) EditInScene(on bool, part recon.HypothesisPart, index int) {
	d.editor.on, d.editor.chosen = on, partRef{part, index}
}

// ClipFaces lets the faces of the clip box be dragged.
func (d *Desk) ClipFaces(on bool) {
	d.scene.clipEdit = on
	if on && d.scene.cam.clip == nil {
		d.setClip(d.scene.wholeClip())
	}
}

// PhotoRayOf adds the line of sight of a pixel of a photo to the rays.
func (d *Desk) PhotoRayOf(exhibit string, xPx, yPx float64) error {
	for i := range d.kase.Photos {
		if p := &d.kase.Photos[i]; p.Exhibit == exhibit && p.Placed {
			d.PhotoRay(p, xPx, yPx)
			return nil
		}
	}
	return fmt.Errorf("no placed photo %q", exhibit)
}

// OpenDialog opens the dialog "clock" or "new_hypothesis", or "add" and the like.
func (d *Desk) OpenDialog(name string) {
	switch name {
	case "clock":
		d.clock.begin(d)
	case "new_hypothesis":
		d.editor.beginNew(d)
	default:
		d.dialog.open(name, d)
	}
}

// AddPart adds an item ("fuel"), an "opening" or a detector of a kind to the hypothesis
// that is shown.
func (d *Desk) AddPart(kind string) {
	if f := d.chosenFire(); f != nil {
		d.addPart(f.Hypothesis, kind)
	}
}
