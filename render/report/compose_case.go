package report

import (
	"regexp"
	"strings"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render/report/page"
)

// standings in order of firmness.
var standings = []forensics.FindingKind{forensics.Measured, forensics.Recovered, forensics.Inferred, forensics.Supposed}

func (k *composer) basicFacts() page.Section {
	t := k.t
	s := page.Section{ID: "basic", Title: t.T("sec.basic")}
	m := k.c.Meta
	s.Blocks = append(s.Blocks, k.para("basic.intro",
		"fire", t.or(m.FireName), "place", t.or(m.Place), "time", t.or(m.FireTime), "N", k.n))
	if len(m.Facts) > 0 {
		var f page.Fields
		for _, x := range m.Facts {
			f.Rows = append(f.Rows, page.Field{Name: x.Name, Value: page.Plain(x.Value)})
		}
		s.Blocks = append(s.Blocks, f)
	}
	s.Sections = []page.Section{k.exhibits(), k.standingsKey()}
	return s
}

// exhibits is the list of what was received, as a form whose unused rows are
// struck out.
func (k *composer) exhibits() page.Section {
	s := page.Section{ID: "exhibits", Title: k.t.T("sec.exhibits")}
	s.Blocks = append(s.Blocks, k.para("exhibits.intro", "N", k.n))
	tab := page.Table{Dense: true, Unused: max(0, 3-len(k.c.Exhibits)), Columns: []page.Column{
		k.col("id", 10, page.Centre), k.col("name_kind", 68), k.col("hashes", hashW),
	}}
	if tab.Unused == 0 {
		tab.Unused = 1
	}
	for _, e := range k.c.Exhibits {
		hashes := k.hash(e.SHA256)
		if e.SM3 != "" {
			hashes = lines(hashes, k.hash(e.SM3))
		}
		hashes = lines(hashes, page.FinePrint(k.t.T("exhibits.received", "time", k.t.when(e.AddedAt, 0), "by", k.t.or(e.AddedBy)), page.Muted))
		about := k.t.T("exhibit."+string(e.Kind)) + k.t.T("word.list_separator") + k.t.size(e.SizeB)
		if e.Clock != "" {
			about += k.t.T("word.list_separator") + k.t.T("exhibits.clock", "clock", e.Clock)
		}
		name := lines(page.Join(page.Strong(e.Label), page.Quiet("  "+about)), page.FinePrint(e.SourcePath, page.Mono|page.Muted), page.Plain(e.Note))
		tab.Rows = append(tab.Rows, []page.Cell{
			cellOf(page.Strong(e.ID)), cellOf(name), cellOf(hashes),
		})
	}
	s.Blocks = append(s.Blocks, tab)
	return s
}

// standingsKey explains once what the four badges mean.
func (k *composer) standingsKey() page.Section {
	s := page.Section{ID: "standings", Title: k.t.T("sec.standings")}
	s.Blocks = append(s.Blocks, k.para("standings.intro"))
	tab := page.Table{Columns: []page.Column{k.col("standing", 14, page.Centre), k.col("meaning", 60), k.col("findings", 12, page.Right)}}
	n := map[forensics.FindingKind]int{forensics.Measured: k.n.Measured, forensics.Recovered: k.n.Recovered, forensics.Inferred: k.n.Inferred, forensics.Supposed: k.n.Supposed}
	for _, x := range standings {
		tab.Rows = append(tab.Rows, []page.Cell{cellOf(k.badge(x)), cell(k.t.T("standings." + string(x))), cell(num(n[x]))})
	}
	s.Blocks = append(s.Blocks, tab, k.small("standings.zone", "zone", k.zoneName()))
	return s
}

func (k *composer) zoneName() string {
	n := k.t.zone.String()
	if n == "+08:00" || n == "Asia/Shanghai" {
		return k.t.T("word.beijing")
	}
	return n
}

// conclusions names time, place and cause of ignition only when the comparison
// determined them.
func (k *composer) conclusions() page.Section {
	t := k.t
	s := page.Section{ID: "conclusions", Title: t.T("sec.conclusions")}
	best := k.conclusion()
	if best == nil {
		un := page.Strong(t.T("conclusion.undetermined"))
		s.Blocks = append(s.Blocks, page.Fields{Rows: []page.Field{
			{Name: t.T("conclusion.time"), Value: un}, {Name: t.T("conclusion.place"), Value: un}, {Name: t.T("conclusion.cause"), Value: un},
		}}, page.Note{Tone: page.Warn, Title: t.T("conclusion.why_title"), Lines: k.whyUndetermined()})
		return s
	}
	s.Blocks = append(s.Blocks, k.para("conclusion.intro", "id", best.ID, "N", k.n))
	inferred, stated := k.badge(forensics.Inferred), k.badge(forensics.Supposed)
	place := lines(page.Join(stated, page.Plain(" "+k.placeWords(best.Origin))), page.Plain(best.Origin.Describe))
	s.Blocks = append(s.Blocks, page.Fields{Rows: []page.Field{
		{Name: t.T("conclusion.time"), Value: page.Join(stated, page.Plain(" "+k.ignitionWords(best.Ignition)))},
		{Name: t.T("conclusion.place"), Value: place},
		{Name: t.T("conclusion.cause"), Value: page.Join(inferred, page.Plain(" "+best.ID+" "+best.Title))},
	}})
	r := k.ranked(best.ID)
	a, x, q := answers(r.Verdicts)
	ls := []page.Text{page.Plain(t.T("conclusion.grounds", "id", best.ID, "agrees", a, "conflicts", x, "silent", q,
		"share", percent(r.Posterior), "N", k.n))}
	if list := k.unclear(*r); list != "" {
		ls = append(ls, page.Strong(t.T("conclusion.unclear", "id", best.ID, "list", list)))
	}
	ls = append(ls, k.others(best.ID)...)
	s.Blocks = append(s.Blocks, page.Note{Tone: page.Calm, Title: t.T("conclusion.grounds_title"), Lines: ls}, k.para("conclusion.limit"))
	return s
}

// unclear lists the observations that a hypothesis neither agrees with nor
// conflicts with, though it predicts something there.
func (k *composer) unclear(r recon.RankedHypothesis) string {
	var list []string
	for _, v := range r.Verdicts {
		if bearingOf(v) == bearsUnclear {
			list = append(list, k.t.T("word.conflict_with", "observation", v.ObservationID, "dev", sigmas(v.Deviation)))
		}
	}
	return k.t.list(list)
}

// others says how each of the other hypotheses fared.
func (k *composer) others(but string) []page.Text {
	var out []page.Text
	for _, r := range k.c.Ranking.Hypotheses {
		if r.HypothesisID == but {
			continue
		}
		out = append(out, page.Plain(k.fate(r)))
	}
	return out
}

// fate is one sentence on what became of a hypothesis.
func (k *composer) fate(r recon.RankedHypothesis) string {
	a, x, q := answers(r.Verdicts)
	key := "fate.kept"
	switch {
	case r.Rejected:
		key = "fate.rejected"
	case r.EliminationOnly:
		key = "fate.elimination"
	}
	var worst []string
	for _, v := range r.Verdicts {
		if v.Answer == recon.Conflicts {
			worst = append(worst, k.t.T("word.conflict_with", "observation", v.ObservationID, "dev", sigmas(v.Deviation)))
		}
	}
	against := ""
	if len(worst) > 0 {
		against = k.t.T("fate.against", "list", k.t.list(worst))
	}
	return k.t.T(key, "id", r.HypothesisID, "agrees", a, "conflicts", x, "silent", q, "share", percent(r.Posterior), "against", against)
}

// whyUndetermined gives the reasons, from the comparison's own numbers.
func (k *composer) whyUndetermined() []page.Text {
	t := k.t
	r := k.c.Ranking
	var keys []string
	switch {
	case k.n.Hypotheses == 0:
		keys = append(keys, t.T("why.no_hypothesis"))
	case r == nil || len(r.Hypotheses) == 0:
		keys = append(keys, t.T("why.not_compared", "n", k.n.Hypotheses))
	default:
		best := r.Hypotheses[0]
		switch {
		case k.n.Rejected == len(r.Hypotheses):
			keys = append(keys, t.T("why.all_rejected", "n", k.n.Rejected))
		case best.EliminationOnly:
			keys = append(keys, t.T("why.elimination", "id", best.HypothesisID))
		case len(r.Hypotheses) == 1:
			keys = append(keys, t.T("why.single", "id", best.HypothesisID))
		default:
			next := r.Hypotheses[1]
			_, against, _ := answers(best.Verdicts)
			args := []any{"id", best.HypothesisID, "share", percent(best.Posterior), "next", next.HypothesisID, "next_share", percent(next.Posterior), "n", against}
			switch limit := k.c.Criteria.DeterminedShare; {
			case against > 0:
				keys = append(keys, t.T("why.conflicts", args...))
			case limit > 0 && best.Posterior >= limit:
				keys = append(keys, t.T("why.not_told_apart", args...))
			default:
				keys = append(keys, t.T("why.not_clear", args...))
			}
		}
		for _, h := range r.Hypotheses {
			keys = append(keys, k.fate(h))
		}
	}
	keys = append(keys, t.T("why.undetermined_means"))
	out := make([]page.Text, len(keys))
	for i, s := range keys {
		out[i] = page.Plain(s)
	}
	return out
}

// placeWords says where an origin is, with its radius.
func (k *composer) placeWords(o recon.Origin) string {
	return k.t.T("word.place", "room", k.t.or(o.Room), "x", metres(o.At[0]), "y", metres(o.At[1]), "z", metres(o.At[2]), "r", metres(o.RadiusM))
}

// ignitionWords says when, with the half-width.
func (k *composer) ignitionWords(g recon.Ignition) string {
	if g.Time.IsZero() {
		return k.t.T("word.not_given")
	}
	return k.t.T("word.interval", "time", k.t.when(g.Time, 0), "half", uncertainty(g.UncertaintyS))
}

// evidence is what the report rests on: how much of everything, then every
// finding by its standing.
func (k *composer) evidence() page.Section {
	t := k.t
	s := page.Section{ID: "evidence", Title: t.T("sec.evidence")}
	tally := page.Section{ID: "tally", Title: t.T("sec.tally")}
	n := k.n
	tab := page.Table{Dense: true, Columns: []page.Column{k.col("seq", 7, page.Centre), k.col("material", 34), k.col("count", 12, page.Right), k.col("of_which", 60)}}
	for _, r := range []struct {
		key string
		n   int
	}{
		{"exhibits", n.Exhibits}, {"custody", n.Custody}, {"photos", n.Photos}, {"scans", n.Scans}, {"figures", n.Figures},
		{"items", n.Items}, {"clocks", n.Clocks}, {"events", n.Events}, {"statements", n.Statements},
		{"observations", n.Observations}, {"hypotheses", n.Hypotheses}, {"contradictions", n.Contradictions},
		{"manifest", n.Manifest}, {"steps", n.Steps}, {"failures", n.Failures},
	} {
		tab.Rows = append(tab.Rows, []page.Cell{seqCell(len(tab.Rows)), cell(t.T("tally." + r.key)), cell(num(r.n)), cell(t.T("tally."+r.key+".detail", "N", n))})
	}
	tally.Blocks = append(tally.Blocks, k.para("tally.intro"), tab)

	found := page.Section{ID: "findings", Title: t.T("sec.findings")}
	if n.Findings == 0 {
		found.Blocks = append(found.Blocks, k.none("none.findings"))
	} else {
		found.Blocks = append(found.Blocks, k.para("findings.intro", "N", n))
		for _, x := range standings {
			for _, f := range k.c.Findings {
				if f.Kind == x || x == forensics.Supposed && !known(f.Kind) {
					found.Blocks = append(found.Blocks, k.finding(f))
				}
			}
		}
	}
	s.Sections = []page.Section{tally, found}
	return s
}

func known(kind forensics.FindingKind) bool {
	return indexOf(standings, func(s forensics.FindingKind) bool { return s == kind }) >= 0
}

// findingWords is the sentence of a finding, or its key with its arguments when
// it cannot be put into words.
func (k *composer) findingWords(f forensics.Finding) string {
	s, err := k.sentence(f.Key, f.Args)
	if err != nil {
		data := map[string]any{}
		for n, v := range f.Args {
			data[n] = v
		}
		return raw(f.Key, data)
	}
	return strings.TrimSpace(s)
}

var hashPattern = regexp.MustCompile(`[0-9a-f]{32,}`)

// hashesApart sets the hashes within a sentence so that they may break.
func hashesApart(s string) page.Text {
	var out page.Text
	at := 0
	for _, m := range hashPattern.FindAllStringIndex(s, -1) {
		out = append(out, page.Span{S: s[at:m[0]]}, page.Span{S: s[m[0]:m[1]], Style: page.Mono})
		at = m[1]
	}
	return append(out, page.Span{S: s[at:]})
}

// finding sets one finding with the way back to its bytes.
func (k *composer) finding(f forensics.Finding) page.Block {
	st := page.Statement{ID: f.ID, Standing: page.Standing(f.Kind), Word: k.t.T("kind." + string(f.Kind)), Text: hashesApart(k.findingWords(f))}
	if !known(f.Kind) {
		st.Standing, st.Word = page.Supposed, k.t.T("kind.supposed")
	}
	st.Grounds = append(st.Grounds, k.codes("findings.locators", f.Locators))
	if len(f.Via) > 0 {
		st.Grounds = append(st.Grounds, k.codes("findings.via", f.Via))
	}
	return st
}

const maxCodes = 8 // locators printed for one finding; all are in findings.json

// codes lists locators or files behind a word.
func (k *composer) codes(key string, list []string) page.Text {
	var out page.Text
	if key != "" {
		out = page.Quiet(k.t.T(key))
	}
	if len(list) == 0 {
		return append(out, page.Span{S: k.t.T("word.none"), Style: page.Muted})
	}
	for i, l := range list[:min(len(list), maxCodes)] {
		if i > 0 {
			out = append(out, page.Span{S: "; ", Style: page.Muted})
		}
		out = append(out, page.Span{S: k.cutRuns(l), Style: page.Mono | page.Muted})
	}
	if len(list) > maxCodes {
		out = append(out, page.Span{S: k.t.T("word.more", "n", len(list)-maxCodes), Style: page.Muted})
	}
	return out
}

// cutRuns leaves out the further runs of a badly scattered locator.
func (k *composer) cutRuns(l string) string {
	runs := strings.Split(l, ",")
	if len(runs) <= maxRuns+1 {
		return l
	}
	return strings.Join(runs[:maxRuns], ",") + k.t.T("word.more_runs", "n", len(runs)-maxRuns)
}
