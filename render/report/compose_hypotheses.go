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
		compared.Blocks = append(compared.Blocks, k.para("hypotheses.among"), k.rankTable())
		compared.Blocks = append(compared.Blocks, k.matrix()...)
	}
	s.Sections = append(s.Sections, compared)
	if k.c.Inquiry != nil {
		s.Sections = append(s.Sections, k.inquiry())
		if k.c.Inquiry.Cells != nil {
			s.Sections = append(s.Sections, k.originArea())
		}
	}
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
		k.col("id", 10, page.Centre), k.col("hypothesis", 52), k.col("agrees", 14, page.Right), k.col("conflicts", 17, page.Right), k.col("silent", 20, page.Right),
		k.col("share", 20, page.Right), k.col("status", 23, page.Centre),
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
		tab := page.Table{Caption: k.t.T("hypotheses.matrix"), Dense: true, Columns: []page.Column{k.col("observation", 44)}}
		for _, h := range part {
			tab.Columns = append(tab.Columns, page.Column{Head: h.ID, Width: 56 / float64(len(part)), Align: page.Centre})
		}
		for _, o := range k.c.Observations {
			row := []page.Cell{cellOf(page.Join(page.Strong(o.ID+" "), page.Plain(shorten(o.Text, 90))))}
			for _, h := range part {
				row = append(row, k.answerCell(k.verdict(h.ID, o.ID)))
			}
			tab.Rows = append(tab.Rows, row)
		}
		out = append(out, tab)
	}
	out = append(out, k.small("hypotheses.matrix_note"), k.small("verdicts.note"))
	if c := k.c.Criteria; c.ConflictSigmas > 0 {
		out = append(out, k.small("hypotheses.criteria", "agree", seconds(c.AgreeSigmas), "conflict", seconds(c.ConflictSigmas), "share", fmt.Sprintf("%.0f%%", 100*c.DeterminedShare)))
	}
	return out
}

// hypothesis sets one hypothesis: what it says, what it predicts, how it fared.
func (k *composer) hypothesis(h HypothesisRow) page.Section {
	t := k.t
	word, tone := k.status(h.ID)
	s := page.Section{ID: "hypothesis-" + anchor(h.ID), Title: t.T("hypothesis.title", "id", h.ID, "title", h.Title)}
	note := page.Note{Tone: tone, Title: t.T("hypothesis.status", "status", word)}
	if r := k.ranked(h.ID); r != nil {
		note.Lines = append(note.Lines, page.Plain(k.fate(*r)))
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
	s.Blocks = append(s.Blocks, page.Fields{Rows: rows, Dense: true})
	if len(h.Fuels) > 0 {
		tab := page.Table{Caption: t.T("hypothesis.fuels"), Dense: true, Columns: []page.Column{k.col("fuel", 30), k.col("peak", 22, page.Right), k.col("ignites", 22, page.Right), k.col("spread", 18, page.Right), k.col("source", 64)}}
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
	s.Blocks = append(s.Blocks, page.Para{Text: page.Join(page.Plain(t.T("predicted.tier")), k.programWords(t.or(h.Result.Tier))), Small: true})
	if len(h.Result.Arrivals) > 0 {
		s.Blocks = append(s.Blocks, k.arrivalTable(h.Result.Arrivals)...)
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
			n.Lines = append(n.Lines, page.Join(page.Strong(k.where(w.Where)), k.programWords(w.What)))
		}
		s.Blocks = append(s.Blocks, n)
	}
	return s
}

// arrivalTable gives the predicted responses; the models stand under it, each
// with the devices that it served.
func (k *composer) arrivalTable(arrivals []recon.Arrival) []page.Block {
	t := k.t
	tab := page.Table{Caption: t.T("predicted.arrivals"), Dense: true, Columns: []page.Column{k.col("detector", 40), k.col("predicted_s", 30, page.Right), k.col("interval_s", 40, page.Centre), k.col("model", 14, page.Centre)}}
	var models []string
	served := map[string][]string{}
	for _, a := range arrivals {
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
		if a.Uncovered != "" {
			v, iv = t.T("predicted.uncovered"), "—"
		}
		if served[a.Model] == nil && a.Model != "" {
			models = append(models, a.Model)
		}
		served[a.Model] = append(served[a.Model], a.Detector)
		mark := "—"
		if a.Model != "" {
			mark = fmt.Sprint(1 + indexOf(models, func(m string) bool { return m == a.Model }))
		}
		tab.Rows = append(tab.Rows, []page.Cell{cell(a.Detector), cell(v), cell(iv), cell(mark)})
	}
	out := []page.Block{tab}
	for i, m := range models {
		out = append(out, page.Para{Small: true, Text: page.Join(page.Plain(t.T("predicted.model", "n", i+1, "devices", t.list(served[m]))), k.programWords(m))})
	}
	return out
}

// where puts the thing that a warning is about into words: "fuel sofa".
func (k *composer) where(s string) string {
	kind, name, ok := strings.Cut(s, " ")
	if !ok {
		return s + ": "
	}
	return k.t.T("warning.where", "kind", k.named("where.", kind), "name", name)
}
