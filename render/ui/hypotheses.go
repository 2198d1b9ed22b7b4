//go:build cgo

package ui

import (
	"fmt"
	"strings"

	"firescene/recon"

	"github.com/AllenDang/cimgui-go/imgui"
	"github.com/AllenDang/cimgui-go/implot"
)

// hypothesesPanel is the matrix of hypotheses and observations with every verdict,
// and the course of the chosen hypothesis under it.
func (d *Desk) hypothesesPanel() {
	if d.kase == nil || len(d.kase.Fires) == 0 {
		imgui.TextDisabled(plain(d.T("no_fires")))
		return
	}
	if r := d.kase.Ranking; r != nil && d.anyOutdated() {
		imgui.TextColored(colBad, plain(d.T("outdated")))
	} else if r != nil {
		colour, word := colGood, "determined"
		if !r.Determined {
			colour, word = colAccent, "undetermined"
		}
		imgui.TextColored(colour, plain(d.T(word)))
		imgui.SameLine()
		imgui.TextWrapped(plain(d.outcome(r)))
		if imgui.IsItemHovered() {
			imgui.SetTooltip(plain(r.Why))
		}
	}
	room := imgui.ContentRegionAvail()
	if imgui.BeginChildStrV("matrix", imgui.NewVec2(0, room.Y*0.52), 0, 0) {
		d.matrix()
	}
	imgui.EndChild()
	if f := d.chosenFire(); f != nil {
		d.course(f)
	}
}

func (d *Desk) matrix() {
	fires := d.ranked()
	if !imgui.BeginTableV("matrix", int32(len(fires)+1), imgui.TableFlagsBorders|imgui.TableFlagsScrollX|imgui.TableFlagsScrollY|imgui.TableFlagsResizable, imgui.NewVec2(0, 0), 0) {
		return
	}
	imgui.TableSetupScrollFreeze(1, 1)
	imgui.TableSetupColumnV(d.T("observation"), imgui.TableColumnFlagsWidthFixed, imgui.FontSize()*8, 0)
	for _, f := range fires {
		imgui.TableSetupColumnV(f.Hypothesis.ID, imgui.TableColumnFlagsWidthStretch, 0, 0)
	}
	imgui.TableNextRowV(imgui.TableRowFlagsHeaders, 0)
	imgui.TableNextColumn()
	imgui.TextDisabled(plain(d.T("observation")))
	for _, f := range fires {
		imgui.TableNextColumn()
		d.matrixHead(f)
	}
	for _, o := range d.kase.Seen {
		imgui.TableNextRow()
		imgui.TableNextColumn()
		imgui.TextUnformatted(o.ID)
		imgui.SameLine()
		imgui.TextDisabled(plain(fitting(o.Text, imgui.ContentRegionAvail().X)))
		if imgui.IsItemHovered() {
			imgui.SetTooltip(plain(o.ID + "  " + o.Text))
		}
		for _, f := range fires {
			imgui.TableNextColumn()
			if v := d.verdict(f.Hypothesis.ID, o.ID); v != nil {
				d.verdictCell(v)
			}
		}
	}
	imgui.EndTable()
}

func (d *Desk) rankOf(id string) *recon.RankedHypothesis {
	if d.kase.Ranking == nil || d.outdated(id) {
		return nil
	}
	for i := range d.kase.Ranking.Hypotheses {
		if d.kase.Ranking.Hypotheses[i].HypothesisID == id {
			return &d.kase.Ranking.Hypotheses[i]
		}
	}
	return nil
}

// outdated says that what was found of a hypothesis is of an older one.
func (d *Desk) outdated(id string) bool {
	for i := range d.kase.Fires {
		if f := &d.kase.Fires[i]; f.Hypothesis.ID == id {
			return f.Outdated
		}
	}
	return false
}

// anyOutdated says so of any hypothesis: a comparison of all is then of older ones.
func (d *Desk) anyOutdated() bool {
	for i := range d.kase.Fires {
		if d.kase.Fires[i].Outdated {
			return true
		}
	}
	return false
}

func (d *Desk) verdict(hypothesis, observation string) *recon.Verdict {
	h := d.rankOf(hypothesis)
	if h == nil {
		return nil
	}
	for i := range h.Verdicts {
		if h.Verdicts[i].ObservationID == observation {
			return &h.Verdicts[i]
		}
	}
	return nil
}

func (d *Desk) matrixHead(f *Fire) {
	id := f.Hypothesis.ID
	if imgui.SelectableBoolV(plain(id), id == d.chosen, 0, imgui.NewVec2(0, 0)) {
		d.chosen = id
	}
	tip := f.Hypothesis.Title
	if h := d.rankOf(id); h != nil {
		s := d.T("posterior") + " " + share(h.Posterior)
		if h.Rejected {
			s = d.T("rejected")
		} else if imgui.CalcTextSize(s).X > imgui.ContentRegionAvail().X {
			s = share(h.Posterior)
		}
		imgui.TextDisabled(plain(s))
		tip += "\n" + h.Why
	}
	if note := d.fireNote(f); note != "" {
		tip = note + "\n" + tip
		imgui.TextColored(colBad, plain(note))
	}
	if imgui.IsItemHovered() {
		imgui.SetTooltip(plain(tip))
	}
}

// outcome says in short what the comparison came to; its sentence in full is Why.
func (d *Desk) outcome(r *recon.Ranking) string {
	var parts []string
	for _, h := range r.Hypotheses[:min(2, len(r.Hypotheses))] {
		parts = append(parts, fmt.Sprintf(d.T("outcome"), h.HypothesisID, share(h.Posterior), h.AgreesN, h.ConflictsN))
	}
	return strings.Join(parts, "\n")
}

// share prints a share without claiming certainty.
func share(v float64) string {
	switch {
	case v > 0.999:
		return "> 99.9 %"
	case v < 0.001:
		return "< 0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

func (d *Desk) verdictCell(v *recon.Verdict) {
	colour := colFaint
	switch v.Answer {
	case recon.Agrees:
		colour = colGood
	case recon.Conflicts:
		colour = colBad
	}
	imgui.TableSetBgColorV(imgui.TableBgTargetCellBg, packed(faded(colour, 0.22)), -1)
	text := d.T(string(v.Answer))
	if v.Answer != recon.Silent {
		text += fmt.Sprintf("  %.1f σ", v.Deviation)
	}
	if imgui.CalcTextSize(text).X > imgui.ContentRegionAvail().X { // the word is in the tip
		text = fmt.Sprintf("%s %.1f σ", map[recon.Answer]string{recon.Agrees: "=", recon.Conflicts: "≠"}[v.Answer], v.Deviation)
		if v.Answer == recon.Silent {
			text = "–"
		}
	}
	imgui.TextColored(colour, plain(text))
	if imgui.IsItemHovered() {
		imgui.SetTooltip(plain(fmt.Sprintf("%s\n%s\n%s | %s", d.T(string(v.Answer)), v.Why, v.Predicted, v.Observed)))
	}
}

// course plots what was simulated of a hypothesis, with the playhead.
func (d *Desk) course(f *Fire) {
	imgui.TextDisabled(plain(f.Hypothesis.ID + "  " + f.Hypothesis.Title))
	r := f.Result
	if r == nil || len(r.TimeS) == 0 {
		return
	}
	if imgui.IsItemHovered() {
		imgui.SetTooltip(plain(d.T("tier") + ": " + r.Tier))
	}
	room := imgui.ContentRegionAvail()
	if room.Y < 80 {
		return
	}
	high, both := room.Y/2-4, true
	if least := imgui.FontSize() * 9; high < least {
		high, both = room.Y-4, false
	}
	now := d.afterS(f)
	n := int32(len(r.TimeS))
	plot := func(title string, want func(recon.Series) string) {
		if !implot.BeginPlotV(d.T(title)+"###"+title, imgui.NewVec2(-1, high), implot.FlagsNoMouseText|implot.FlagsNoLegend) {
			return
		}
		implot.SetupAxesV(d.T("after"), "", implot.AxisFlagsAutoFit, implot.AxisFlagsAutoFit)
		for i := range r.Series {
			s := &r.Series[i]
			name := want(*s)
			if name == "" || len(s.Value) != len(r.TimeS) {
				continue
			}
			implot.PlotLinedoublePtrdoublePtr(name, &r.TimeS[0], &s.Value[0], n)
		}
		x := now
		implot.DragLineX(1, &x, colAccent)
		if x != now {
			d.moment = f.Hypothesis.Ignition.Time.Add(secondsOf(x))
			d.playing = false
		}
		implot.EndPlot()
	}
	plot("temperature", func(s recon.Series) string {
		if s.Unit == "C" && (s.Name == "upper_layer" || s.Name == "lower_layer") {
			return s.Name + " " + s.Room
		}
		return ""
	})
	if !both {
		return
	}
	plot("release", func(s recon.Series) string {
		if s.Unit == "kW" {
			return s.Name
		}
		return ""
	})
}
