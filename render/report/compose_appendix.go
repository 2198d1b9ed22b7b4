package report

import (
	"sort"
	"strings"

	"firescene/forensics"
	"firescene/render/report/page"
)

func (k *composer) custody() page.Section {
	t := k.t
	s := page.Section{ID: "custody", Title: t.T("sec.custody")}
	if k.n.Custody == 0 {
		s.Blocks = append(s.Blocks, k.none("none.custody"))
		return s
	}
	tab := page.Table{Unused: 1, Columns: []page.Column{k.col("seq", 7.5, page.Centre), k.col("when", 22), k.col("who", 14), k.col("action", 25), k.col("exhibit", 11, page.Centre), k.col("entry_hash", 34)}}
	for _, e := range k.c.Custody {
		tab.Rows = append(tab.Rows, []page.Cell{cell(num(e.Seq)), cell(t.when(e.Time, 0)), cell(e.Who), cell(e.Action), cell(e.Exhibit), cellOf(k.hash(e.Hash))})
	}
	s.Blocks = append(s.Blocks, k.para("custody.intro", "N", k.n), tab)
	return s
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
		s.Blocks = append([]page.Block{k.para("events.intro", "N", k.n), k.eventTable(k.eventsByTime()[:n], "")}, note...)
	}
	return s
}

func (k *composer) manifest() page.Section {
	s := page.Section{ID: "manifest", Title: k.t.T("sec.manifest")}
	if k.n.Manifest == 0 {
		s.Blocks = append(s.Blocks, k.none("none.manifest"))
		return s
	}
	n, note := k.cut(len(k.c.Manifest), "manifest.json")
	tab := page.Table{Columns: []page.Column{k.col("seq", 7.5, page.Centre), k.col("path", 42), k.col("size_b", 15, page.Right), k.col("sha256", 42)}}
	for i, f := range k.c.Manifest[:n] {
		tab.Rows = append(tab.Rows, []page.Cell{seqCell(i), codeCell(f.Path), cell(num(f.SizeB)), cellOf(k.hash(f.SHA256))})
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

const maxFilesPerStep = 60 // in the record of a step; all are in its step.json

func (k *composer) step(i int, x forensics.Step) page.Section {
	t := k.t
	rows := []page.Field{
		{Name: t.T("steps.program"), Value: page.Plain(t.or(x.Program))},
		{Name: t.T("steps.counts"), Value: page.Plain(t.T("steps.counts_value", "in", x.In, "out", x.Out, "failed", len(x.Failed)))},
		{Name: t.T("steps.seed"), Value: page.Plain(num(x.Seed))},
	}
	var params []string
	for name := range x.Params {
		params = append(params, name)
	}
	sort.Strings(params)
	for j, name := range params {
		params[j] = name + " = " + shorten(x.Params[name], 300)
	}
	if len(params) > 0 {
		rows = append(rows, page.Field{Name: t.T("steps.params"), Value: page.Code(strings.Join(params, "\n"))})
	}
	for _, fs := range []struct {
		key   string
		files []forensics.FileHash
	}{{"steps.inputs", x.Inputs}, {"steps.outputs", x.Outputs}} {
		var v page.Text
		for j, f := range fs.files {
			if j == maxFilesPerStep {
				v = lines(v, page.Quiet(t.T("word.more", "n", len(fs.files)-j)))
				break
			}
			v = lines(v, page.Code(f.Path+"  "+shortHash(f.SHA256)))
		}
		if len(v) > 0 {
			rows = append(rows, page.Field{Name: t.T(fs.key, "n", len(fs.files)), Value: v})
		}
	}
	if len(x.Warnings) > 0 {
		rows = append(rows, page.Field{Name: t.T("steps.warnings"), Value: page.Plain(shorten(strings.Join(x.Warnings, "\n"), 3000))})
	}
	return page.Section{ID: "step-" + num(i+1), Title: t.T("steps.title", "n", i+1, "stage", x.Stage), Blocks: []page.Block{page.Fields{Rows: rows}}}
}

// shortHash is the beginning of a hash whose whole stands in the manifest.
func shortHash(h string) string {
	if len(h) <= 16 {
		return h
	}
	return h[:16] + "…"
}

func (k *composer) failures() page.Section {
	s := page.Section{ID: "failures", Title: k.t.T("sec.failures")}
	if k.n.Failures == 0 {
		s.Blocks = append(s.Blocks, k.none("none.failures"))
		return s
	}
	tab := page.Table{Columns: []page.Column{k.col("seq", 7.5, page.Centre), k.col("stage", 13), k.col("input", 26), k.col("reason", 38), k.col("next", 28)}}
	for i, f := range k.c.Failures {
		tab.Rows = append(tab.Rows, []page.Cell{seqCell(i), cell(f.Stage), codeCell(f.Input), cell(shorten(f.Reason, 600)), cell(shorten(f.Next, 300))})
	}
	s.Blocks = append(s.Blocks, k.para("failures.intro", "N", k.n), tab)
	return s
}
