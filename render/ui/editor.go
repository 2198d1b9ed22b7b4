//go:build cgo

package ui

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"

	"firescene/recon"
	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// partRef names a part of the hypothesis that is edited.
type partRef struct {
	part  recon.HypothesisPart
	index int
}

// editorView is the panel in which a hypothesis is changed.
type editorView struct {
	on     bool // parts can be taken hold of in the scene
	chosen partRef
	ghost  *recon.Vec // where the chosen part is being dragged to
	snap   string     // "surface", "floor" or "ceiling"
	adding struct {
		asked, opened bool
		id, title     string
	}
}

// base are the hypotheses as the case was read: what was simulated, and from which
// exhibit.
func (d *Desk) stated(id string) *Stated {
	if d.kase == nil {
		return nil
	}
	for i := range d.kase.Stated {
		if d.kase.Stated[i].Hypothesis.ID == id {
			return &d.kase.Stated[i]
		}
	}
	return nil
}

// now is the text of a hypothesis as it stands: with its changes, or as kept.
func (s *Stated) now() []byte {
	if s.Draft != nil {
		return s.Draft
	}
	return s.Text
}

// refreshFires puts together what is shown of each hypothesis. What was simulated of
// an older version or before a change is not shown as of the newer.
func (d *Desk) refreshFires() {
	if d.kase == nil {
		return
	}
	var fires []Fire
	listed := map[string]bool{}
	for _, f := range d.simulated {
		id := f.Hypothesis.ID
		listed[id] = true
		if s := d.stated(id); s != nil && (s.Draft != nil || f.Exhibit != s.Exhibit) {
			f = Fire{Hypothesis: d.drafted(s), Exhibit: s.Exhibit, Outdated: f.Result != nil}
		}
		fires = append(fires, f)
	}
	for i := range d.kase.Stated {
		if s := &d.kase.Stated[i]; !listed[s.Hypothesis.ID] {
			fires = append(fires, Fire{Hypothesis: d.drafted(s), Exhibit: s.Exhibit})
		}
	}
	d.kase.Fires = fires
	if d.chosenFire() == nil && len(fires) > 0 {
		d.chosen = fires[0].Hypothesis.ID
	}
	d.scene.stale()
}

// drafted is a hypothesis with its changes.
func (d *Desk) drafted(s *Stated) *recon.Hypothesis {
	if h, ok := d.drafts[s.Hypothesis.ID]; ok && s.Draft != nil {
		return h
	}
	return s.Hypothesis
}

// fireNote says why nothing that was simulated is shown of a hypothesis.
func (d *Desk) fireNote(f *Fire) string {
	switch {
	case f == nil || f.Result != nil:
		return ""
	case f.Outdated:
		return d.T("outdated")
	}
	return d.T("not_simulated")
}

// setDraft shows another text of a hypothesis; it is nil for the kept one.
func (d *Desk) setDraft(id string, text []byte, h *recon.Hypothesis) {
	s := d.stated(id)
	if s == nil {
		return
	}
	if bytes.Equal(text, s.Text) {
		text = nil
	}
	s.Draft = text
	if text != nil {
		d.drafts[id] = h
	} else {
		delete(d.drafts, id)
	}
	if d.hooks.Tools.SaveDraft != nil {
		d.hooks.Tools.SaveDraft(id, text)
	}
	d.refreshFires()
}

// EditHypothesis makes one change of the hypothesis that is shown.
func (d *Desk) EditHypothesis(e recon.HypothesisEdit) error {
	s := d.stated(d.chosen)
	if s == nil || d.hooks.Tools.Edit == nil {
		return fmt.Errorf("%s", d.T("no_text"))
	}
	before, was := s.now(), d.drafted(s)
	text, h, err := d.hooks.Tools.Edit(before, e)
	if err != nil {
		return err
	}
	id := d.chosen
	d.setDraft(id, text, h)
	d.did("did_"+string(e.Do), id+" "+d.T("part_"+string(e.Part)), func() { d.setDraft(id, before, was) }, func() { d.setDraft(id, text, h) })
	return nil
}

func (d *Desk) edit(e recon.HypothesisEdit) {
	if err := d.EditHypothesis(e); err != nil {
		d.Say(err.Error())
	}
}

// partName and place of each part of a hypothesis, in the order of the panel.
type placedPart struct {
	partRef
	name string
	at   recon.Vec
	has  bool // an opening may have no place
}

func partsOf(h *recon.Hypothesis) []placedPart {
	out := []placedPart{{partRef{recon.PartOrigin, 0}, h.ID, h.Origin.At, true}}
	for i, f := range h.Fuels {
		out = append(out, placedPart{partRef{recon.PartFuel, i}, f.Name, f.At, true})
	}
	for i, o := range h.Openings {
		p := placedPart{partRef{recon.PartOpening, i}, o.Name, recon.Vec{}, o.At != nil}
		if o.At != nil {
			p.at = *o.At
		}
		out = append(out, p)
	}
	for i, x := range h.Detectors {
		out = append(out, placedPart{partRef{recon.PartDetector, i}, x.Name, x.At, true})
	}
	return out
}

// editHandles are the parts of the hypothesis in the scene: each can be chosen, and the
// chosen one moved.
func (d *Desk) editHandles(p scene.Projection) []handle {
	ed := &d.editor
	f := d.chosenFire()
	if !ed.on || f == nil || d.stated(f.Hypothesis.ID) == nil {
		return nil
	}
	var out []handle
	for _, q := range partsOf(f.Hypothesis) {
		ref, at := q.partRef, q.at.R3()
		if !q.has {
			continue
		}
		if ref != ed.chosen {
			out = append(out, handle{name: string(ref.part) + strconv.Itoa(ref.index), at: at, tip: at, colour: colText, click: func() { ed.chosen = ref }})
			continue
		}
		if ed.ghost != nil {
			at = ed.ghost.R3()
		}
		out = append(out, d.gizmo(string(ref.part)+strconv.Itoa(ref.index), at, p, func(to r3.Vec) {
			g := d.snapped(f.Hypothesis, to)
			ed.ghost = &g
		}, func() {
			if ed.ghost != nil {
				to := *ed.ghost
				ed.ghost = nil
				d.edit(recon.HypothesisEdit{Do: recon.EditMove, Part: ref.part, Index: ref.index, At: to})
			}
		})...)
	}
	return out
}

// snapped puts a place onto the floor or the ceiling of its room when that is asked for,
// and keeps it within a hair of the rooms' walls and floors that the surface under the
// mouse is one of.
func (d *Desk) snapped(h *recon.Hypothesis, at r3.Vec) recon.Vec {
	v := vecOf(at)
	const near = 0.15 // a wall as scanned stands this far from the room's box at most
	for _, r := range h.Rooms {
		in := true
		for k := range 3 {
			in = in && v[k] > r.Min[k]-near && v[k] < r.Max[k]+near
		}
		if !in {
			continue
		}
		for k := range 3 {
			v[k] = min(max(v[k], r.Min[k]), r.Max[k])
		}
		switch d.editor.snap {
		case "floor":
			v[2] = r.Min[2]
		case "ceiling":
			v[2] = r.Max[2]
		}
		return v
	}
	return v
}

// drawGhost draws the way that a part is being dragged.
func (d *Desk) drawGhost(list *imgui.DrawList, put func(r3.Vec) (imgui.Vec2, bool)) {
	ed := &d.editor
	f := d.chosenFire()
	if ed.ghost == nil || f == nil {
		return
	}
	for _, q := range partsOf(f.Hypothesis) {
		if q.partRef != ed.chosen {
			continue
		}
		d.drawMark(list, []r3.Vec{q.at.R3(), ed.ghost.R3()}, put, fmt.Sprintf("%.3f  %.3f  %.3f", ed.ghost[0], ed.ghost[1], ed.ghost[2]))
	}
}

func (d *Desk) editorPanel() {
	f := d.chosenFire()
	if f == nil {
		imgui.TextDisabled(plain(d.T("no_fires")))
		d.newButton()
		return
	}
	id := f.Hypothesis.ID
	s := d.stated(id)
	imgui.TextUnformatted(id + "  " + f.Hypothesis.Title)
	if s == nil {
		imgui.TextWrapped(plain(d.T("no_text")))
		d.newButton()
		return
	}
	if s.Draft != nil {
		imgui.TextColored(colAccent, plain(d.T("changed")))
	} else {
		imgui.TextDisabled(plain(d.T("as_in") + s.Exhibit))
	}
	if note := d.fireNote(f); note != "" {
		imgui.PushStyleColorVec4(imgui.ColText, colBad)
		imgui.TextWrapped(plain(note))
		imgui.PopStyleColor()
	}
	busy := d.job != nil && !d.job.Ended
	imgui.BeginDisabledV(busy || s.Draft == nil && !f.Outdated && f.Result != nil || d.hooks.Tools.KeepHypothesis == nil)
	if imgui.Button(d.T("keep_run")) {
		d.KeepDraft(true)
	}
	d.spot("keep_run")
	imgui.EndDisabled()
	imgui.SameLine()
	imgui.BeginDisabledV(busy || s.Draft == nil || d.hooks.Tools.KeepHypothesis == nil)
	if imgui.Button(d.T("keep_version")) {
		d.KeepDraft(false)
	}
	d.spot("keep_version")
	imgui.SameLine()
	if imgui.Button(d.T("discard")) {
		before, was := s.now(), d.drafted(s)
		d.setDraft(id, nil, nil)
		d.did("did_discard", id, func() { d.setDraft(id, before, was) }, func() { d.setDraft(id, nil, nil) })
	}
	imgui.EndDisabled()
	d.newButton()
	imgui.SameLine()
	imgui.Checkbox(d.T("edit_scene"), &d.editor.on)
	imgui.AlignTextToFramePadding()
	imgui.TextUnformatted(d.T("snap"))
	for _, k := range []string{"surface", "floor", "ceiling"} {
		imgui.SameLine()
		if imgui.RadioButtonBool(d.T("snap_"+k), d.editor.snap == k) {
			d.editor.snap = k
		}
	}
	if imgui.BeginChildStrV("fields", imgui.NewVec2(0, 0), 0, 0) {
		d.generalFields(f.Hypothesis)
		d.partFields(f.Hypothesis)
		if imgui.CollapsingHeaderTreeNodeFlagsV(d.T("yaml")+"###yaml", 0) {
			imgui.TextUnformatted(string(s.now()))
		}
	}
	imgui.EndChild()
}

func (d *Desk) newButton() {
	imgui.BeginDisabledV(d.kase == nil || d.hooks.Tools.NewHypothesis == nil)
	if imgui.Button(d.T("new_hypothesis")) {
		d.editor.beginNew(d)
	}
	d.spot("new_hypothesis")
	imgui.EndDisabled()
}

// KeepDraft puts the changed hypothesis into the case as its newest version.
func (d *Desk) KeepDraft(run bool) {
	s := d.stated(d.chosen)
	if s == nil || d.hooks.Tools.KeepHypothesis == nil {
		return
	}
	var text []byte
	if s.Draft != nil {
		text = s.Draft
	}
	d.hooks.Tools.KeepHypothesis(d.chosen, text, run)
}

// setField has one value of the hypothesis changed.
func (d *Desk) setField(ref partRef, field, value string) {
	d.edit(recon.HypothesisEdit{Do: recon.EditSet, Part: ref.part, Index: ref.index, Field: field, Value: value})
}

func (d *Desk) generalFields(h *recon.Hypothesis) {
	label := func(key string) {
		imgui.AlignTextToFramePadding()
		imgui.TextUnformatted(d.T(key))
		imgui.SameLineV(imgui.FontSize()*8, 0)
	}
	label("title")
	imgui.SetNextItemWidth(-1)
	if s, done := d.text("title "+h.ID, h.Title, ""); done {
		d.setField(partRef{}, "title", s)
	}
	label("ignition")
	imgui.SetNextItemWidth(imgui.FontSize() * 14)
	if s, done := d.text("time "+h.ID, h.Ignition.Time.Format(time.RFC3339), ""); done {
		d.setField(partRef{}, "ignition.time", s)
	}
	imgui.SameLine()
	imgui.TextUnformatted("±")
	imgui.SameLine()
	imgui.SetNextItemWidth(imgui.FontSize() * 4)
	if x, done := d.number("time sigma "+h.ID, h.Ignition.UncertaintyS, "%.0f"); done {
		d.setField(partRef{}, "ignition.uncertainty_s", trimmed(x))
	}
	imgui.SameLine()
	imgui.TextUnformatted("s")
	label("duration")
	imgui.SetNextItemWidth(imgui.FontSize() * 6)
	if x, done := d.number("duration "+h.ID, h.DurationS, "%.0f"); done {
		d.setField(partRef{}, "duration_s", trimmed(x))
	}
	imgui.SameLine()
	imgui.TextUnformatted("s")
	label("origin_radius")
	imgui.SetNextItemWidth(imgui.FontSize() * 6)
	if x, done := d.number("radius "+h.ID, h.Origin.RadiusM, "%.3f"); done {
		d.setField(partRef{recon.PartOrigin, 0}, "radius_m", trimmed(x))
	}
	imgui.SameLine()
	imgui.TextUnformatted(d.T("unit_m"))
}

func trimmed(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// partFields are the places of all parts, and buttons that add more.
func (d *Desk) partFields(h *recon.Hypothesis) {
	ed := &d.editor
	if imgui.BeginTableV("parts", 3, imgui.TableFlagsRowBg|imgui.TableFlagsBordersInnerV, imgui.NewVec2(0, 0), 0) {
		em := imgui.FontSize()
		imgui.TableSetupColumnV(d.T("what"), imgui.TableColumnFlagsWidthStretch, 1, 0)
		imgui.TableSetupColumnV("x, y, z", imgui.TableColumnFlagsWidthFixed, 11.3*em, 0)
		imgui.TableSetupColumnV("##drop", imgui.TableColumnFlagsWidthFixed, 1.6*em, 0)
		imgui.TableHeadersRow()
		for _, q := range partsOf(h) {
			id := h.ID + string(q.part) + strconv.Itoa(q.index)
			imgui.PushIDStr(id)
			imgui.TableNextRow()
			imgui.TableNextColumn()
			imgui.AlignTextToFramePadding()
			if imgui.SelectableBoolV(plain(q.name), q.partRef == ed.chosen, 0, imgui.NewVec2(0, 0)) {
				ed.chosen, ed.on = q.partRef, true
			}
			if imgui.IsItemHovered() {
				imgui.SetTooltip(plain(d.T("part_"+string(q.part)) + "  " + q.name))
			}
			imgui.TableNextColumn()
			if q.has {
				for k := range 3 {
					if k > 0 {
						imgui.SameLineV(0, 3)
					}
					imgui.SetNextItemWidth(3.6 * em)
					if x, done := d.number(id+string(rune('x'+k)), q.at[k], "%.3f"); done {
						to := q.at
						to[k] = x
						d.edit(recon.HypothesisEdit{Do: recon.EditMove, Part: q.part, Index: q.index, At: to})
					}
				}
			} else if imgui.SmallButton(d.T("place_here")) {
				d.edit(recon.HypothesisEdit{Do: recon.EditMove, Part: q.part, Index: q.index, At: d.dropPlace(h)})
				ed.chosen, ed.on = q.partRef, true
			}
			imgui.TableNextColumn()
			if q.part != recon.PartOrigin && imgui.SmallButton(d.T("x")) {
				d.edit(recon.HypothesisEdit{Do: recon.EditRemove, Part: q.part, Index: q.index})
				ed.chosen = partRef{}
			}
			imgui.PopID()
		}
		imgui.EndTable()
	}
	imgui.AlignTextToFramePadding()
	imgui.TextUnformatted(d.T("add_part"))
	for _, k := range []string{"fuel", "opening", "smoke", "heat", "sprinkler", "gas_temperature"} {
		if w := imgui.CalcTextSize(d.T("add_"+k)).X + 24; imgui.ItemRectMax().X+w < imgui.WindowPos().X+imgui.WindowSize().X-10 {
			imgui.SameLine()
		}
		if imgui.Button(d.T("add_" + k)) {
			d.addPart(h, k)
		}
		d.spot("add " + k)
	}
}

// addPart adds a part at the middle of the view, on the floor, or under the ceiling for
// detectors, to be dragged from there.
func (d *Desk) addPart(h *recon.Hypothesis, kind string) {
	e := recon.HypothesisEdit{Do: recon.EditAdd, At: d.dropPlace(h)}
	switch kind {
	case "fuel":
		e.Part, e.Index = recon.PartFuel, len(h.Fuels)
	case "opening":
		e.Part, e.Index = recon.PartOpening, len(h.Openings)
	default:
		e.Part, e.Index, e.Kind = recon.PartDetector, len(h.Detectors), kind
		for _, r := range h.Rooms {
			if e.At[0] >= r.Min[0] && e.At[0] <= r.Max[0] && e.At[1] >= r.Min[1] && e.At[1] <= r.Max[1] {
				e.At[2] = r.Max[2]
			}
		}
	}
	if err := d.EditHypothesis(e); err != nil {
		d.Say(err.Error())
		return
	}
	d.editor.chosen, d.editor.on = partRef{e.Part, e.Index}, true
}

// dropPlace is where a new part comes to stand: under what the view looks at when that
// is in a room, else in the middle of the room of origin.
func (d *Desk) dropPlace(h *recon.Hypothesis) recon.Vec {
	t := vecOf(d.scene.cam.target)
	for _, r := range h.Rooms {
		if t[0] > r.Min[0] && t[0] < r.Max[0] && t[1] > r.Min[1] && t[1] < r.Max[1] {
			return recon.Vec{t[0], t[1], r.Min[2]}
		}
	}
	for _, r := range h.Rooms {
		if r.Name == h.Origin.Room {
			return recon.Vec{(r.Min[0] + r.Max[0]) / 2, (r.Min[1] + r.Max[1]) / 2, r.Min[2]}
		}
	}
	return h.Origin.At
}

// beginNew asks for the ID and the title of a new hypothesis.
func (ed *editorView) beginNew(d *Desk) {
	ed.adding.asked, ed.adding.opened, ed.adding.title = true, false, ""
	for i := 1; ; i++ {
		ed.adding.id = fmt.Sprintf("H%d", i)
		taken := false
		for _, f := range d.kase.Fires {
			taken = taken || f.Hypothesis.ID == ed.adding.id
		}
		if !taken {
			return
		}
	}
}

// NewHypothesis begins a hypothesis like the one that is shown and has it kept.
func (d *Desk) NewHypothesis(id, title string) error {
	var like *recon.Hypothesis
	at, when := vecOf(d.scene.cam.target), time.Now()
	if f := d.chosenFire(); f != nil {
		like, when = f.Hypothesis, f.Hypothesis.Ignition.Time
		at = d.dropPlace(like)
	} else if first, _, ok := d.eventSpan(); ok {
		when = first
	}
	text, _, err := d.hooks.Tools.NewHypothesis(id, title, at, when, like)
	if err != nil {
		return err
	}
	d.hooks.Tools.KeepHypothesis(id, text, false)
	d.chosen = id
	return nil
}

// eventSpan is from the first to the last recorded time.
func (d *Desk) eventSpan() (from, to time.Time, ok bool) {
	for i := range d.kase.Events {
		t := at(&d.kase.Events[i])
		if t.IsZero() {
			continue
		}
		if !ok || t.Before(from) {
			from = t
		}
		if !ok || t.After(to) {
			to = t
		}
		ok = true
	}
	return from, to, ok
}

func (d *Desk) newDialog() {
	a := &d.editor.adding
	if !a.asked {
		return
	}
	title := d.T("new_hypothesis") + "###newhypothesis"
	if !a.opened {
		imgui.OpenPopupStr(title)
		a.opened = true
	}
	imgui.SetNextWindowSizeV(imgui.NewVec2(imgui.FontSize()*30, 0), imgui.CondAppearing)
	open := true
	if imgui.BeginPopupModalV(title, &open, 0) {
		imgui.TextWrapped(plain(d.T("new_help")))
		imgui.SetNextItemWidth(imgui.FontSize() * 6)
		imgui.InputTextWithHint("##id", "ID", &a.id, 0, nil)
		imgui.SameLine()
		imgui.SetNextItemWidth(-1)
		imgui.InputTextWithHint("##title", d.T("title"), &a.title, 0, nil)
		imgui.BeginDisabledV(a.id == "" || a.title == "")
		if imgui.Button(d.T("create")) {
			if err := d.NewHypothesis(a.id, a.title); err != nil {
				d.Say(err.Error())
			}
			a.asked = false
			imgui.CloseCurrentPopup()
		}
		imgui.EndDisabled()
		imgui.SameLine()
		if imgui.Button(d.T("close")) {
			a.asked = false
			imgui.CloseCurrentPopup()
		}
		imgui.EndPopup()
	}
	if !open {
		a.asked = false
	}
}
