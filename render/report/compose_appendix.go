package report

import (
	"sort"
	"strings"

	"firescene/forensics"
	"firescene/render/report/page"
)

// hashW is the width, in millimetres of the type area, in which a SHA-256 in fine
// print stands on one line.
const hashW = 78

func (k *composer) custody() page.Section {
	t := k.t
	s := page.Section{ID: "custody", Title: t.T("sec.custody")}
	if k.n.Custody == 0 {
		s.Blocks = append(s.Blocks, k.none("none.custody"))
		return s
	}
	tab := page.Table{Dense: true, Unused: 1, Columns: []page.Column{k.col("seq", 8, page.Centre), k.col("when", 30.5), k.col("who", 13), k.col("action", 15.5), k.col("exhibit", 11, page.Centre), k.col("entry_hash", hashW)}}
	for _, e := range k.c.Custody {
		tab.Rows = append(tab.Rows, []page.Cell{cell(num(e.Seq)), cell(t.when(e.Time, 0)), cell(e.Who), cell(k.named("action.", e.Action)), cell(e.Exhibit), cellOf(k.hash(e.Hash))})
	}
	s.Blocks = append(s.Blocks, k.para("custody.intro", "N", k.n), tab)
	return s
}

// named is the word for one of the program's own names, or the name itself when
// there is no word for it.
func (k *composer) named(prefix, name string) string {
	if w, ok := k.t.messages[prefix+strings.ReplaceAll(name, " ", "_")]; ok {
		return w
	}
	return name
}

// stageWords names a stage; what follows its first word is an exhibit's ID.
func (k *composer) stageWords(stage string) string {
	name, rest, _ := strings.Cut(stage, " ")
	return strings.TrimSpace(k.named("stage.", name) + " " + rest)
}

func (k *composer) allEvents() page.Section {
	s := page.Section{ID: "events", Title: k.t.T("sec.events")}
	switch {
	case k.n.Events == 0:
		s.Blocks = append(s.Blocks, k.none("none.events"))
	case k.n.Events <= eventsInText:
		s.Blocks = append(s.Blocks, k.para("events.in_text"))
	default:
		n, note := k.cut(len(k.c.Events), "events.json")
		events := k.eventsByTime()[:n]
		first := indexOf(events, func(e forensics.Event) bool { return e.Corrected.IsZero() })
		if first < 0 {
			first = n
		}
		s.Blocks = append(s.Blocks, k.para("events.intro", "N", k.n))
		if first > 0 {
			s.Blocks = append(s.Blocks, k.eventTable(events[:first], k.t.T("events.corrected", "n", k.n.EventsCorrected)))
		}
		if first < n {
			s.Blocks = append(s.Blocks, k.rawEventTable(events[first:], k.t.T("events.uncorrected", "n", k.n.EventsNot)))
		}
		s.Blocks = append(s.Blocks, note...)
	}
	return s
}

// itemHashes gives the whole hash of every recovered item once, with the times
// that its medium records for it.
func (k *composer) itemHashes() page.Section {
	t := k.t
	s := page.Section{ID: "item-hashes", Title: t.T("sec.item_hashes")}
	if k.n.Items == 0 {
		s.Blocks = append(s.Blocks, k.none("none.items"))
		return s
	}
	n, note := k.itemCut(len(k.c.Items), k.n.Items)
	tab := page.Table{Dense: true, Columns: []page.Column{k.col("id", 19), k.col("sha256", hashW), k.col("recorded", 59)}}
	for _, it := range k.c.Items[:n] {
		hash := k.hash(it.SHA256)
		if it.SHA256 == "" {
			hash = page.Quiet(t.T("items.no_content"))
		}
		tab.Rows = append(tab.Rows, []page.Cell{cellOf(page.Strong(it.ID)), cellOf(hash), cellOf(page.FinePrint(k.recorded(it.Times), 0))})
	}
	s.Blocks = append([]page.Block{k.para("item_hashes.intro"), tab}, note...)
	return s
}

// recorded gives the times of an item a line each; those that are the same share
// one.
func (k *composer) recorded(times []forensics.ItemTime) string {
	var raws []string
	names := map[string][]string{}
	for _, x := range times {
		if names[x.Raw] == nil {
			raws = append(raws, x.Raw)
		}
		names[x.Raw] = append(names[x.Raw], k.t.T("itemtime."+x.What))
	}
	for i, raw := range raws {
		raws[i] = k.t.list(names[raw]) + " " + raw
	}
	return strings.Join(raws, "\n")
}

func (k *composer) manifest() page.Section {
	s := page.Section{ID: "manifest", Title: k.t.T("sec.manifest")}
	if k.n.Manifest == 0 {
		s.Blocks = append(s.Blocks, k.none("none.manifest"))
		return s
	}
	n, note := k.cut(len(k.c.Manifest), "manifest.json")
	tab := page.Table{Dense: true, Columns: []page.Column{k.col("seq", 9, page.Centre), k.col("path", 51), k.col("size_b", 18, page.Right), k.col("sha256", hashW)}}
	for i, f := range k.c.Manifest[:n] {
		tab.Rows = append(tab.Rows, []page.Cell{seqCell(i), cellOf(page.FinePrint(f.Path, page.Mono)), cell(num(f.SizeB)), cellOf(k.hash(f.SHA256))})
	}
	s.Blocks = append([]page.Block{k.para("manifest.intro", "N", k.n), tab}, note...)
	return s
}

func (k *composer) steps() page.Section {
	t := k.t
	s := page.Section{ID: "steps", Title: t.T("sec.steps")}
	if k.n.Steps == 0 {
		s.Blocks = append(s.Blocks, k.none("none.steps"))
		return s
	}
	s.Blocks = append(s.Blocks, k.para("steps.intro", "N", k.n))
	for i, x := range k.c.Steps {
		s.Sections = append(s.Sections, k.step(i, x))
	}
	return s
}

const (
	maxFilesPerStep = 8   // named in the record of a step; all are in steps.json
	maxParamRunes   = 200 // of one parameter
	maxWarnings     = 6   // of a step
)

func (k *composer) step(i int, x forensics.Step) page.Section {
	t := k.t
	var rows []page.Field
	if x.Program != "" {
		rows = append(rows, page.Field{Name: t.T("steps.program"), Value: page.Plain(x.Program)})
	}
	rows = append(rows, page.Field{Name: t.T("steps.counts"), Value: page.Plain(t.T("steps.counts_value", "in", x.In, "out", x.Out, "failed", len(x.Failed), "seed", x.Seed))})
	var params []string
	for name, v := range x.Params {
		if v != "" {
			params = append(params, name+" = "+shorten(v, maxParamRunes))
		}
	}
	sort.Strings(params)
	if len(params) > 0 {
		rows = append(rows, page.Field{Name: t.T("steps.params"), Value: page.FinePrint(strings.Join(params, "; "), page.Mono)})
	}
	for _, fs := range []struct {
		key   string
		files []forensics.FileHash
	}{{"steps.inputs", x.Inputs}, {"steps.outputs", x.Outputs}} {
		var v page.Text
		for j, f := range fs.files {
			if j == maxFilesPerStep {
				v = append(v, page.Quiet(t.T("word.more", "n", len(fs.files)-j))...)
				break
			}
			if j > 0 {
				v = append(v, page.Span{S: "; "})
			}
			v = append(v, page.Join(page.FinePrint(f.Path+"\u00a0", page.Mono), page.FinePrint(shortHash(f.SHA256), page.Mono|page.Muted))...)
		}
		if len(v) > 0 {
			rows = append(rows, page.Field{Name: t.T(fs.key, "n", len(fs.files)), Value: v})
		}
	}
	if len(x.Warnings) > 0 {
		var v page.Text
		for j, w := range x.Warnings {
			if j == maxWarnings {
				v = lines(v, page.Quiet(t.T("word.more", "n", len(x.Warnings)-j)))
				break
			}
			v = lines(v, k.programWords(shorten(w, 400)))
		}
		rows = append(rows, page.Field{Name: t.T("steps.warnings", "n", len(x.Warnings)), Value: v})
	}
	return page.Section{ID: "step-" + num(i+1), Title: t.T("steps.title", "n", i+1, "stage", k.stageWords(x.Stage)), Blocks: []page.Block{page.Fields{Rows: rows, Dense: true}}}
}

func (k *composer) failures() page.Section {
	s := page.Section{ID: "failures", Title: k.t.T("sec.failures")}
	if k.n.Failures == 0 {
		s.Blocks = append(s.Blocks, k.none("none.failures"))
		return s
	}
	tab := page.Table{Dense: true, Columns: []page.Column{k.col("seq", 8, page.Centre), k.col("stage", 18), k.col("input", 32), k.col("reason", 58), k.col("next", 40)}}
	for i, f := range k.c.Failures {
		tab.Rows = append(tab.Rows, []page.Cell{seqCell(i), cell(k.stageWords(f.Stage)), codeCell(f.Input), cellOf(k.programWords(shorten(f.Reason, 600))), cellOf(k.programWords(shorten(f.Next, 300)))})
	}
	s.Blocks = append(s.Blocks, k.para("failures.intro", "N", k.n), tab)
	return s
}
