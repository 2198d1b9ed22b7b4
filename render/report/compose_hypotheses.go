package report

import (
	"fmt"
	"sort"
	"strings"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render/report/page"
)

// hypotheses sets every hypothesis with its test, the rejected ones too.
func (k *composer) hypotheses() page.Section {
	t := k.t
	s := page.Section{ID: "hypotheses", Title: t.T("sec.hypotheses")}
	if k.n.Hypotheses == 0 {
		s.Blocks = append(s.Blocks, k.none("none.hypotheses"))
		return s
	}
	s.Blocks = append(s.Blocks, k.para("hypotheses.intro", "N", k.n))
	compared := page.Section{ID: "comparison", Title: t.T("sec.comparison")}
	if k.c.Ranking == nil {
		compared.Blocks = append(compared.Blocks, k.none("none.ranking"))
	} else {
		compared.Blocks = append(compared.Blocks, k.rankTable())
		compared.Blocks = append(compared.Blocks, k.matrix()...)
		if t.lang == "en" && k.c.Ranking.Why != "" {
			compared.Blocks = append(compared.Blocks, k.small("hypotheses.program_says", "why", k.c.Ranking.Why))
		}
	}
	s.Sections = append(s.Sections, compared)
	for _, h := range k.inRank() {
		s.Sections = append(s.Sections, k.hypothesis(h))
	}
	return s
}

// inRank gives the hypotheses best first; those not compared come last.
func (k *composer) inRank() []HypothesisRow {
	rank := map[string]int{}
	if k.c.Ranking != nil {
		for i, r := range k.c.Ranking.Hypotheses {
			rank[r.HypothesisID] = i - len(k.c.Ranking.Hypotheses)
		}
	}
	hs := append([]HypothesisRow(nil), k.c.Hypotheses...)
	sort.SliceStable(hs, func(i, j int) bool { return rank[hs[i].ID] < rank[hs[j].ID] })
	return hs
}

// status is the word for what became of a hypothesis.
func (k *composer) status(id string) (string, page.Tone) {
	r := k.ranked(id)
	best := k.conclusion()
	switch {
	case r == nil:
		return k.t.T("status.not_compared"), page.Warn
	case r.Rejected:
		return k.t.T("status.rejected"), page.Bad
	case r.EliminationOnly:
		return k.t.T("status.elimination"), page.Warn
	case best != nil && best.ID == id:
		return k.t.T("status.best"), page.Good
	}
	return k.t.T("status.kept"), page.Calm
}

func (k *composer) rankTable() page.Block {
	tab := page.Table{Caption: k.t.T("hypotheses.ranking"), Columns: []page.Column{
		k.col("id", 9, page.Centre), k.col("hypothesis", 47), k.col("agrees", 10, page.Right), k.col("conflicts", 13, page.Right), k.col("silent", 10, page.Right),
		k.col("share", 13, page.Right), k.col("status", 22, page.Centre),
	}}
	for _, h := range k.inRank() {
		word, tone := k.status(h.ID)
		row := []page.Cell{cellOf(page.Strong(h.ID)), cell(h.Title), cell("—"), cell("—"), cell("—"), cell("—"), {Text: page.Strong(word), Tone: tone}}
		if r := k.ranked(h.ID); r != nil {
			a, x, q := answers(r.Verdicts)
			for i, v := range []string{num(a), num(x), num(q), percent(r.Posterior)} {
				row[2+i] = cell(v)
			}
		}
		tab.Rows = append(tab.Rows, row)
	}
	return tab
}

const matrixWide = 5 // hypotheses side by side on paper

// matrix sets every observation against every hypothesis.
func (k *composer) matrix() []page.Block {
	hs := k.inRank()
	var out []page.Block
	for from := 0; from < len(hs) && k.n.Observations > 0; from += matrixWide {
		part := hs[from:min(len(hs), from+matrixWide)]
		tab := page.Table{Caption: k.t.T("hypotheses.matrix"), Columns: []page.Column{k.col("observation", 44)}}
		for _, h := range part {
			tab.Columns = append(tab.Columns, page.Column{Head: h.ID, Width: 56 / float64(len(part)), Align: page.Centre})
		}
		for _, o := range k.c.Observations {
			row := []page.Cell{cellOf(page.Join(page.Strong(o.ID+" "), page.Plain(shorten(o.Text, 60))))}
			for _, h := range part {
				row = append(row, k.answerCell(k.verdict(h.ID, o.ID)))
			}
			tab.Rows = append(tab.Rows, row)
		}
		out = append(out, tab)
	}
	return append(out, k.small("hypotheses.matrix_note"))
}

// answerCell is a verdict in a word, a number and a colour.
func (k *composer) answerCell(v *recon.Verdict) page.Cell {
	if v == nil {
		return cellOf(page.Quiet("—"))
	}
	switch v.Answer {
	case recon.Agrees:
		return page.Cell{Text: page.Join(page.Strong(k.t.T("answer.agrees")), page.Plain(" "+sigmas(v.Deviation))), Tone: page.Good}
	case recon.Conflicts:
		return page.Cell{Text: page.Join(page.Strong(k.t.T("answer.conflicts")), page.Plain(" "+sigmas(v.Deviation))), Tone: page.Bad}
	}
	return page.Cell{Text: page.Quiet(k.t.T("answer.silent")), Tone: page.Calm}
}

// hypothesis sets one hypothesis: what it says, what it predicts, how it fared.
func (k *composer) hypothesis(h HypothesisRow) page.Section {
	t := k.t
	word, tone := k.status(h.ID)
	s := page.Section{ID: "hypothesis-" + anchor(h.ID), Title: t.T("hypothesis.title", "id", h.ID, "title", h.Title)}
	note := page.Note{Tone: tone, Title: t.T("hypothesis.status", "status", word)}
	if r := k.ranked(h.ID); r != nil {
		note.Lines = append(note.Lines, page.Plain(k.fate(*r)))
		if t.lang == "en" && r.Why != "" {
			note.Lines = append(note.Lines, page.Quiet(t.T("hypotheses.program_says", "why", r.Why)))
		}
	}
	s.Blocks = append(s.Blocks, note)
	s.Sections = []page.Section{k.stated(h), k.predicted(h)}
	if r := k.ranked(h.ID); r != nil && len(r.Verdicts) > 0 {
		s.Sections = append(s.Sections, k.verdicts(r))
	}
	return s
}

// anchor keeps the letters and digits of an ID.
func anchor(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, id)
}

// stated is what the investigator put into the hypothesis.
func (k *composer) stated(h HypothesisRow) page.Section {
	t := k.t
	s := page.Section{ID: "stated-" + anchor(h.ID), Title: t.T("sec.stated")}
	sup := k.badge(forensics.Supposed)
	rows := []page.Field{
		{Name: t.T("hypothesis.origin"), Value: lines(page.Join(sup, page.Plain(" "+k.placeWords(h.Origin))), page.Plain(h.Origin.Describe))},
		{Name: t.T("hypothesis.ignition"), Value: page.Join(sup, page.Plain(" "+k.ignitionWords(h.Ignition)))},
	}
	basis := page.Strong(t.T("hypothesis.no_basis"))
	if len(h.Basis) > 0 {
		basis = page.Code(strings.Join(h.Basis, "; "))
	}
	rows = append(rows, page.Field{Name: t.T("hypothesis.basis"), Value: basis})
	var rooms, openings []string
	for _, r := range h.Rooms {
		rooms = append(rooms, t.T("hypothesis.room", "name", r.Name, "x", metres(r.Max[0]-r.Min[0]), "y", metres(r.Max[1]-r.Min[1]), "z", metres(r.Max[2]-r.Min[2]), "wall", t.or(r.Wall)))
	}
	for _, o := range h.Openings {
		when := t.T("hypothesis.open_start")
		if o.OpenAtS > 0 {
			when = t.T("hypothesis.open_at", "s", seconds(o.OpenAtS))
		}
		openings = append(openings, t.T("hypothesis.opening", "name", o.Name, "from", o.From, "to", o.To, "w", metres(o.WidthM), "sill", metres(o.SillM), "head", metres(o.HeadM), "when", when))
	}
	if len(rooms) > 0 {
		rows = append(rows, page.Field{Name: t.T("hypothesis.rooms"), Value: page.Plain(strings.Join(rooms, "\n"))})
	}
	if len(openings) > 0 {
		rows = append(rows, page.Field{Name: t.T("hypothesis.openings"), Value: page.Plain(strings.Join(openings, "\n"))})
	}
	s.Blocks = append(s.Blocks, page.Fields{Rows: rows})
	if len(h.Fuels) > 0 {
		tab := page.Table{Caption: t.T("hypothesis.fuels"), Columns: []page.Column{k.col("fuel", 24), k.col("peak", 14, page.Right), k.col("ignites", 14, page.Right), k.col("spread", 12, page.Right), k.col("source", 46)}}
		for _, f := range h.Fuels {
			tab.Rows = append(tab.Rows, []page.Cell{cell(f.Name), cell(peakKW(f)), cell(seconds(f.IgnitesAtS)), cell(fmt.Sprintf("±%.0f%%", f.SpreadPct)), cell(t.or(f.Source))})
		}
		s.Blocks = append(s.Blocks, tab)
	}
	return s
}

func peakKW(f recon.Fuel) string {
	peak := 0.0
	if f.Growth != nil {
		peak = f.Growth.PeakKW
	}
	for _, p := range f.Curve {
		peak = max(peak, p[1])
	}
	return fmt.Sprintf("%.0f", peak)
}

// predicted is what the engine made of it.
func (k *composer) predicted(h HypothesisRow) page.Section {
	t := k.t
	s := page.Section{ID: "predicted-" + anchor(h.ID), Title: t.T("sec.predicted")}
	if h.Result == nil {
		s.Blocks = append(s.Blocks, k.none("none.result"))
		return s
	}
	s.Blocks = append(s.Blocks, k.para("predicted.tier", "tier", t.or(h.Result.Tier)))
	if len(h.Result.Arrivals) > 0 {
		tab := page.Table{Caption: t.T("predicted.arrivals"), Columns: []page.Column{k.col("detector", 26), k.col("predicted_s", 15, page.Right), k.col("interval_s", 24, page.Centre), k.col("model", 46)}}
		for _, a := range h.Result.Arrivals {
			v, iv := t.T("predicted.not_reached"), "—"
			if a.Reached {
				v = fmt.Sprintf("%.0f", a.TimeS)
			}
			if a.Reached || a.EarlyS > 0 {
				iv = fmt.Sprintf("%.0f – %.0f", a.EarlyS, a.LateS)
				if a.LateOpen {
					iv = t.T("predicted.open_end", "early", fmt.Sprintf("%.0f", a.EarlyS), "late", fmt.Sprintf("%.0f", a.LateS))
				}
			}
			tab.Rows = append(tab.Rows, []page.Cell{cell(a.Detector), cell(v), cell(iv), cell(t.or(a.Model))})
		}
		s.Blocks = append(s.Blocks, tab)
	}
	for _, f := range h.Plots {
		s.Blocks = append(s.Blocks, k.figure(f))
	}
	if len(h.Result.Warnings) > 0 {
		n := page.Note{Tone: page.Warn, Title: t.T("predicted.warnings", "n", len(h.Result.Warnings))}
		for i, w := range h.Result.Warnings {
			if i == 20 {
				n.Lines = append(n.Lines, page.Plain(t.T("word.more", "n", len(h.Result.Warnings)-i)))
				break
			}
			n.Lines = append(n.Lines, page.Plain(w.Where+": "+w.What))
		}
		s.Blocks = append(s.Blocks, n)
	}
	return s
}

// verdicts is how one hypothesis stands to each observation.
func (k *composer) verdicts(r *recon.RankedHypothesis) page.Section {
	s := page.Section{ID: "verdicts-" + anchor(r.HypothesisID), Title: k.t.T("sec.verdicts")}
	tab := page.Table{Columns: []page.Column{k.col("observation", 34), k.col("predicted", 26), k.col("observed", 26), k.col("answer", 16, page.Centre)}}
	for _, v := range r.Verdicts {
		name := page.Strong(v.ObservationID)
		if i := indexOf(k.c.Observations, func(o recon.Observation) bool { return o.ID == v.ObservationID }); i >= 0 {
			name = page.Join(page.Strong(v.ObservationID+" "), page.Plain(shorten(k.c.Observations[i].Text, 120)))
		}
		tab.Rows = append(tab.Rows, []page.Cell{cellOf(name), cell(dash(v.Predicted)), cell(dash(v.Observed)), k.answerCell(&v)})
	}
	s.Blocks = append(s.Blocks, tab)
	return s
}

func dash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
