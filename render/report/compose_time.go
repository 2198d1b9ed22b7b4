package report

import (
	"fmt"
	"sort"
	"strings"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render/report/page"
)

// eventsInText is the number of events up to which the whole table stands in the
// section itself and not in an appendix.
const eventsInText = 25

// times is the clocks, the time line and its events.
func (k *composer) times() page.Section {
	t := k.t
	s := page.Section{ID: "time", Title: t.T("sec.time")}
	clocks := page.Section{ID: "clocks", Title: t.T("sec.clocks")}
	if k.n.Clocks == 0 {
		clocks.Blocks = append(clocks.Blocks, k.none("none.clocks"))
	} else {
		clocks.Blocks = append(clocks.Blocks, k.para("clocks.intro", "N", k.n), k.clockTable())
	}
	line := page.Section{ID: "timeline", Title: t.T("sec.timeline")}
	if k.n.Events == 0 {
		line.Blocks = append(line.Blocks, k.none("none.events"))
	} else {
		line.Blocks = append(line.Blocks, k.para("timeline.intro", "N", k.n))
	}
	if chart, ok := k.timelineChart(); ok {
		line.Blocks = append(line.Blocks, chart)
	}
	switch cited := k.citedEvents(); {
	case k.n.Events > 0 && k.n.Events <= eventsInText:
		line.Blocks = append(line.Blocks, k.eventTable(k.eventsByTime(), t.T("timeline.table_all")))
	case len(cited) > 0:
		line.Blocks = append(line.Blocks, k.eventTable(cited, t.T("timeline.table_cited")), k.para("timeline.see_appendix", "N", k.n))
	case k.n.Events > 0:
		line.Blocks = append(line.Blocks, k.para("timeline.see_appendix", "N", k.n))
	}
	s.Sections = []page.Section{clocks, line}
	return s
}

func (k *composer) clockTable() page.Block {
	t := k.t
	tab := page.Table{Dense: true, Columns: []page.Column{
		k.col("id", 17), k.col("clock", 38), k.col("zone", 15, page.Centre), k.col("offset", 24, page.Right), k.col("drift", 16, page.Right), k.col("method", 46),
	}}
	for _, c := range k.c.Clocks {
		drift := "—"
		if c.DriftPPM != 0 || c.DriftSigmaPPM != 0 {
			drift = fmt.Sprintf("%.1f ± %.1f", c.DriftPPM, c.DriftSigmaPPM)
		}
		method := lines(page.Plain(t.or(c.Method)), page.Quiet(t.T("clocks.checked", "time", t.when(c.CheckedAt, 0), "by", t.or(c.By))))
		if len(c.Locators) > 0 {
			method = lines(method, k.codes("findings.locators", c.Locators))
		}
		tab.Rows = append(tab.Rows, []page.Cell{cellOf(page.Strong(c.ID)), cell(c.Describe), cell(t.or(c.Zone)),
			cell(signed(c.OffsetS) + " ±\u00a0" + uncertainty(c.SigmaS)), cell(drift), cellOf(method)})
	}
	return tab
}

// eventsByTime orders events by corrected time; those without one come last, in
// the order of their raw time.
func (k *composer) eventsByTime() []forensics.Event {
	es := append([]forensics.Event(nil), k.c.Events...)
	sort.SliceStable(es, func(i, j int) bool {
		a, b := es[i], es[j]
		switch {
		case a.Corrected.IsZero() != b.Corrected.IsZero():
			return b.Corrected.IsZero()
		case !a.Corrected.Equal(b.Corrected):
			return a.Corrected.Before(b.Corrected)
		case a.Raw != b.Raw:
			return a.Raw < b.Raw
		}
		return a.ID < b.ID
	})
	return es
}

// citedEvents are the events that findings name, that observations rest on and
// that contradictions name.
func (k *composer) citedEvents() []forensics.Event {
	cited := map[string]bool{}
	for _, f := range k.c.Findings {
		cited[f.Args["event"]] = true
	}
	for _, o := range k.c.Observations {
		for _, l := range o.Locators {
			cited[l] = true
		}
	}
	for _, x := range k.c.Contradictions {
		for _, b := range x.Between {
			cited[b] = true
		}
	}
	var out []forensics.Event
	for _, e := range k.eventsByTime() {
		if cited[e.ID] || len(e.Locator.Runs) > 0 && cited[e.Locator.String()] {
			out = append(out, e)
		}
	}
	return out
}

// plusMinus prints a standard uncertainty in seconds.
func plusMinus(sigmaS float64) string { return "±\u00a0" + uncertainty(sigmaS) + "\u00a0s" }

func (k *composer) eventTable(es []forensics.Event, caption string) page.Block {
	t := k.t
	tab := page.Table{Caption: caption, Dense: true, Columns: []page.Column{
		k.col("seq", 9, page.Centre), k.col("corrected", 32), k.col("raw", 35), k.col("event", 50), k.col("locator", 30),
	}}
	for i, e := range es {
		corrected := page.Cell{Text: lines(page.Plain(t.when(e.Corrected, decimals(e.SigmaS))), page.Quiet(plusMinus(e.SigmaS)))}
		if e.Corrected.IsZero() {
			corrected = page.Cell{Text: page.Plain(t.T("time.not_corrected")), Tone: page.Warn}
		}
		raw := lines(page.Plain(e.Raw), page.Quiet(k.clockWords(e)))
		if e.Guessed != "" {
			raw = page.Join(raw, page.Plain(t.T("time.guessed", "what", k.guessWords(e.Guessed))))
		}
		tab.Rows = append(tab.Rows, []page.Cell{seqCell(i), corrected, cellOf(raw),
			cellOf(page.Join(page.Plain(shorten(e.Message, 400)), page.Quiet("  "+k.named("what.", e.What)))),
			cellOf(lines(page.Strong(e.ID), page.FinePrint(k.eventLocator(e), page.Mono)))})
	}
	return tab
}

// rawEventTable lists events that have no corrected time, a line each.
func (k *composer) rawEventTable(es []forensics.Event, caption string) page.Block {
	tab := page.Table{Caption: caption, Dense: true, Columns: []page.Column{k.col("id", 13), k.col("raw", 50), k.col("event", 57), k.col("locator", 36)}}
	for _, e := range es {
		raw := page.Plain(e.Raw)
		if e.Guessed != "" {
			raw = page.Join(raw, page.FinePrint(k.t.T("time.guessed", "what", k.guessWords(e.Guessed)), page.Muted))
		}
		tab.Rows = append(tab.Rows, []page.Cell{cellOf(page.Strong(e.ID)), cellOf(raw),
			cellOf(page.Join(page.Plain(shorten(e.Message, 160)), page.FinePrint("  "+k.named("what.", e.What), page.Muted))), cellOf(page.FinePrint(k.eventLocator(e), page.Mono))})
	}
	return tab
}

// eventLocator leads to an event's record; the rest of a scattered one is in
// events.json.
func (k *composer) eventLocator(e forensics.Event) string {
	l := e.Locator
	if n := len(l.Runs) - maxRuns; n > 0 {
		l.Runs = l.Runs[:maxRuns]
		return l.String() + k.t.T("word.more_runs", "n", n)
	}
	return l.String()
}

// guessWords names what had to be supplied to a time.
func (k *composer) guessWords(list string) string {
	words := strings.Split(list, ",")
	for i, w := range words {
		words[i] = k.named("guess.", strings.TrimSpace(w))
	}
	return k.t.list(words)
}

func (k *composer) clockWords(e forensics.Event) string {
	if e.ClockID == "" {
		return k.t.T("time.no_clock")
	}
	return k.t.T("time.by_clock", "clock", e.ClockID)
}

// accounts is what people said and what was observed.
func (k *composer) accounts() page.Section {
	t := k.t
	s := page.Section{ID: "accounts", Title: t.T("sec.accounts")}
	st := page.Section{ID: "statements", Title: t.T("sec.statements")}
	if k.n.Statements == 0 {
		st.Blocks = append(st.Blocks, k.none("none.statements"))
	} else {
		tab := page.Table{Columns: []page.Column{k.col("seq", 7.5, page.Centre), k.col("speaker", 18), k.col("time_as_said", 18), k.col("text", 60), k.col("locator", 20)}}
		for i, x := range k.c.Statements {
			tab.Rows = append(tab.Rows, []page.Cell{seqCell(i), cell(t.or(x.Speaker)), cell(t.or(x.Time)), cell(shorten(x.Text, 4000)), codeCell(x.Locator.String())})
		}
		st.Blocks = append(st.Blocks, k.para("statements.intro", "N", k.n), tab)
	}
	ob := page.Section{ID: "observations", Title: t.T("sec.observations")}
	if k.n.Observations == 0 {
		ob.Blocks = append(ob.Blocks, k.none("none.observations"))
	} else {
		tab := page.Table{Dense: true, Columns: []page.Column{k.col("id", 9, page.Centre), k.col("observation", 58), k.col("value", 56), k.col("grounds", 33)}}
		for _, o := range k.c.Observations {
			text := lines(page.Plain(o.Text), page.Quiet(t.T("obs."+string(o.Kind))))
			if o.Weak {
				text = lines(text, page.Quiet(t.T("observations.weak")))
			}
			tab.Rows = append(tab.Rows, []page.Cell{cellOf(page.Strong(o.ID)), cellOf(text), cell(k.observedWords(o)), cellOf(k.codes("", k.groundsOf(o)))})
		}
		ob.Blocks = append(ob.Blocks, k.para("observations.intro", "N", k.n), tab)
	}
	s.Sections = []page.Section{st, ob}
	return s
}

// groundsOf are an observation's own locators, and those of the finding that
// states it: the exhibit in which the investigators wrote it down.
func (k *composer) groundsOf(o recon.Observation) []string {
	out := append([]string(nil), o.Locators...)
	for _, f := range k.c.Findings {
		if f.Key != FindObservation || f.Args["observation"] != o.ID {
			continue
		}
		for _, l := range f.Locators {
			if indexOf(out, func(s string) bool { return s == l }) < 0 {
				out = append(out, l)
			}
		}
	}
	return out
}

// observedWords is the value of an observation with its uncertainty.
func (k *composer) observedWords(o recon.Observation) string {
	var w []string
	if !o.Time.IsZero() {
		w = append(w, k.t.when(o.Time, decimals(o.SigmaS))+" "+plusMinus(o.SigmaS))
	}
	if o.At != nil {
		w = append(w, k.t.T("observations.at", "x", metres(o.At[0]), "y", metres(o.At[1]), "z", metres(o.At[2]), "r", metres(o.RadiusM)))
	}
	if o.HeightM != 0 {
		w = append(w, k.t.T("observations.height", "h", metres(o.HeightM), "s", metres(o.SigmaM)))
	}
	if o.Target != "" {
		w = append(w, k.t.T("observations.target", "target", o.Target))
	}
	return k.t.list(w)
}
