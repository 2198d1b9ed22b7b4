package report

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"firescene/forensics"
	"firescene/render/report/page"
)

// composer makes the document out of the content.
type composer struct {
	c       *Content
	t       *texts
	n       Counts // of the whole case
	date    time.Time
	maxRows int
	figures int             // numbered so far
	quoted  map[string]bool // sentences of the program whose original was given
}

func newComposer(c *Content, opt Options) (*composer, error) {
	if opt.Zone == nil {
		opt.Zone = time.FixedZone("+08:00", 8*3600)
	}
	if opt.MaxRows <= 0 {
		opt.MaxRows = 1000
	}
	t, err := newTexts(opt.Lang, opt.Zone)
	if err != nil {
		return nil, err
	}
	return &composer{c: c, t: t, n: count(c, ""), date: opt.Date, maxRows: opt.MaxRows, quoted: map[string]bool{}}, nil
}

// compose lays out the whole report: one line a section, in the order of print.
func compose(c *Content, opt Options) (*page.Document, error) {
	k, err := newComposer(c, opt)
	if err != nil {
		return nil, err
	}
	d := k.frame()
	d.Sections = []page.Section{
		k.basicFacts(),
		k.conclusions(),
		k.evidence(),
		k.scene(),
		k.recovered(),
		k.times(),
		k.accounts(),
		k.hypotheses(),
		k.contradictions(),
		k.uncertainty(),
		k.open(),
		k.signatures(),
	}
	appendices := []page.Section{
		k.custody(),
		k.allEvents(),
		k.itemHashes(),
		k.manifest(),
		k.steps(),
		k.failures(),
	}
	k.number(d.Sections, 0)
	for i := range appendices {
		appendices[i].Number = k.appendixNumber(i)
		appendices[i].Fold = true
		appendices[i].NewPage = i == 0
		d.Sections = append(d.Sections, appendices[i])
	}
	d.Sections[0].NewPage = true
	d.Attachments = k.attachments()
	return d, nil
}

// frame is the document without its sections.
func (k *composer) frame() *page.Document {
	m, t := k.c.Meta, k.t
	cover := []page.Field{
		{Name: t.T("meta.case_number"), Value: page.Plain(t.or(m.CaseNumber))},
		{Name: t.T("meta.fire_name"), Value: page.Plain(t.or(m.FireName))},
		{Name: t.T("meta.place"), Value: page.Plain(t.or(m.Place))},
		{Name: t.T("meta.fire_time"), Value: page.Plain(t.or(m.FireTime))},
		{Name: t.T("meta.agency"), Value: page.Plain(t.or(m.Agency))},
		{Name: t.T("meta.investigators"), Value: page.Plain(t.or(t.list(m.Investigators)))},
		{Name: t.T("meta.maker"), Value: page.Plain(t.or(m.Maker))},
		{Name: t.T("meta.reviewer"), Value: page.Plain(t.or(m.Reviewer))},
		{Name: t.T("meta.date"), Value: page.Plain(k.dateWords())},
		{Name: t.T("meta.program"), Value: page.Plain(t.or(m.Program))},
		{Name: t.T("meta.custody_head"), Value: k.hash(m.CustodyHead)},
	}
	head := strings.TrimSpace(m.CaseNumber)
	if head == "" {
		head = t.T("word.no_case_number")
	}
	return &page.Document{
		Lang: t.lang, Title: t.T("doc.title"), Subtitle: t.or(m.FireName), Author: m.Agency, Creator: m.Program,
		RunningHead: t.T("doc.running_head", "case", head, "fire", t.or(m.FireName)),
		Cover:       cover,
		CoverNotes:  []page.Text{page.Quiet(t.T("doc.cover_note"))},
		Words: page.Words{
			Contents: t.T("doc.contents"), PageOf: t.T("doc.page_of"), Continued: t.T("doc.continued"), NoPicture: t.T("doc.no_picture"),
			Sign: t.T("sign.signature"), SignDate: t.T("sign.date"), Attachments: t.T("doc.attachments"), Sources: t.T("figure.sources"),
		},
	}
}

func (k *composer) dateWords() string {
	if k.date.IsZero() {
		return k.t.T("word.not_given")
	}
	d := k.date.In(k.t.zone)
	return k.t.T("word.date", "y", d.Year(), "m", int(d.Month()), "d", d.Day(), "iso", d.Format("2006-01-02"))
}

// number gives the sections their numbers: 一、（一）1. in Chinese, 1, 1.1, 1.1.1
// in English.
func (k *composer) number(secs []page.Section, level int, above ...string) {
	for i := range secs {
		n := i + 1
		parts := append(append([]string(nil), above...), fmt.Sprint(n))
		switch {
		case k.t.lang == "en":
			secs[i].Number = strings.Join(parts, ".")
		case level == 0:
			secs[i].Number = hanNumber(n) + "、"
		case level == 1:
			secs[i].Number = "（" + hanNumber(n) + "）"
		default:
			secs[i].Number = fmt.Sprint(n) + "."
		}
		k.number(secs[i].Sections, level+1, parts...)
	}
}

func (k *composer) appendixNumber(i int) string {
	if k.t.lang == "en" {
		return "Appendix " + string(rune('A'+i))
	}
	return fmt.Sprintf("附件%d", i+1)
}

// hanNumber writes 1..99 in Chinese.
func hanNumber(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + digits[n-10]
	}
	return digits[n/10%10] + "十" + digits[n%10]
}

// attachments are the machine-readable parts, complete where tables are cut.
func (k *composer) attachments() []page.Attachment {
	var out []page.Attachment
	items := make([]forensics.Item, len(k.c.Items))
	for i, it := range k.c.Items {
		items[i] = it.Item
	}
	type sentenced struct {
		forensics.Finding
		Text string `json:"text"`
	}
	findings := make([]sentenced, len(k.c.Findings))
	for i, f := range k.c.Findings {
		findings[i] = sentenced{f, k.findingWords(f)}
	}
	for _, a := range []struct {
		name string
		v    any
	}{
		{"manifest.json", k.c.Manifest}, {"findings.json", findings}, {"items.json", items},
		{"events.json", k.c.Events}, {"custody.json", k.c.Custody}, {"ranking.json", k.c.Ranking}, {"steps.json", timeless(k.c.Steps)},
	} {
		b, err := json.MarshalIndent(a.v, "", " ")
		if err != nil { // a number that JSON cannot hold; the paper still has it
			b, _ = json.Marshal(map[string]string{"error": err.Error()})
		}
		out = append(out, page.Attachment{Name: a.name, Describe: k.t.T("attach." + a.name), Content: append(b, '\n')})
	}
	return out
}

// timeless is the step records without the seconds that a run took, which differ
// from run to run.
func timeless(steps []forensics.Step) []forensics.Step {
	out := append([]forensics.Step(nil), steps...)
	for i := range out {
		out[i].Seconds = 0
	}
	return out
}

// Pieces that several sections use.

func (k *composer) badge(s forensics.FindingKind) page.Text {
	return page.Badge(page.Standing(s), k.t.T("kind."+string(s)))
}

func (k *composer) hash(h string) page.Text {
	if h == "" {
		return page.Quiet(k.t.T("word.not_given"))
	}
	return page.FinePrint(h, page.Mono)
}

// shortHash is the beginning of a hash whose whole stands in an appendix.
func shortHash(h string) string {
	if len(h) <= 16 {
		return h
	}
	return h[:16] + "…"
}

// none is the line for a section of which the case holds nothing.
func (k *composer) none(key string) page.Block { return page.Para{Text: page.Plain(k.t.T(key))} }

func (k *composer) para(key string, nameValue ...any) page.Block {
	return page.Para{Text: page.Plain(k.t.T(key, nameValue...))}
}

func (k *composer) small(key string, nameValue ...any) page.Block {
	return page.Para{Text: page.Quiet(k.t.T(key, nameValue...)), Small: true}
}

// col makes a column with the heading of a key.
func (k *composer) col(key string, width float64, align ...page.Align) page.Column {
	c := page.Column{Head: k.t.T("col." + key), Width: width}
	if len(align) > 0 {
		c.Align = align[0]
	}
	return c
}

func cell(s string) page.Cell      { return page.Cell{Text: page.Plain(s)} }
func cellOf(t page.Text) page.Cell { return page.Cell{Text: t} }
func codeCell(s string) page.Cell  { return page.Cell{Text: page.Code(s)} }
func seqCell(i int) page.Cell      { return cell(fmt.Sprint(i + 1)) }
func lines(ts ...page.Text) page.Text {
	var out page.Text
	for _, t := range ts {
		if len(t) == 0 || len(t) == 1 && t[0].S == "" {
			continue
		}
		if len(out) > 0 {
			out = append(out, page.Span{S: "\n"})
		}
		out = append(out, t...)
	}
	return out
}

// cut says how many rows of a long table are printed, with the line that says
// what is not.
func (k *composer) cut(n int, file string) (int, []page.Block) {
	if n <= k.maxRows {
		return n, nil
	}
	return k.maxRows, []page.Block{page.Note{Tone: page.Warn, Lines: []page.Text{
		page.Plain(k.t.T("word.cut", "shown", k.maxRows, "all", n, "left", n-k.maxRows, "file", file))}}}
}

// shorten bounds a text to n characters and says how many it left out.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n]) + fmt.Sprintf("…[+%d]", len(r)-n)
}

// decimals is the number of decimals of a second worth printing.
func decimals(sigmaS float64) int {
	if sigmaS > 0 && sigmaS < 1 {
		return 1
	}
	return 0
}

// percent prints a share without claiming certainty: what rounds to all or
// nothing is printed as a bound.
func percent(v float64) string {
	switch {
	case v > 0.999:
		return ">\u00a099.9%"
	case v < 0.001:
		return "<\u00a00.1%"
	}
	return fmt.Sprintf("%.1f%%", 100*v)
}

// sigmas prints a deviation in standard uncertainties, with a second decimal
// where rounding would hide on which side of a limit it lies.
func sigmas(v float64) string {
	if math.IsInf(v, 0) || math.IsNaN(v) || v > 999 {
		return ">\u00a0999\u00a0σ"
	}
	if s := fmt.Sprintf("%.1f", v); v < 1 || !strings.HasSuffix(s, ".0") {
		return s + "\u00a0σ"
	}
	return fmt.Sprintf("%.2f\u00a0σ", v)
}
