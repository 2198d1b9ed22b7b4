package report

import (
	"strings"

	"firescene/recon"
	"firescene/render/report/page"
)

// contradictions is the register: each with its explanation, or marked open.
func (k *composer) contradictions() page.Section {
	t := k.t
	s := page.Section{ID: "contradictions", Title: t.T("sec.contradictions")}
	if k.n.Contradictions == 0 {
		s.Blocks = append(s.Blocks, k.none("none.contradictions"))
	} else {
		s.Blocks = append(s.Blocks, k.para("contradictions.intro", "N", k.n))
		tab := page.Table{Columns: []page.Column{k.col("id", 9, page.Centre), k.col("contradiction", 44), k.col("between", 24), k.col("explanation", 42)}}
		for _, x := range k.c.Contradictions {
			why := page.Cell{Text: page.Plain(x.Explanation)}
			if strings.TrimSpace(x.Explanation) == "" {
				why = page.Cell{Text: page.Strong(t.T("contradictions.open")), Tone: page.Bad}
			}
			tab.Rows = append(tab.Rows, []page.Cell{cellOf(page.Strong(x.ID)), cell(x.Text), codeCell(strings.Join(x.Between, "; ")), why})
		}
		s.Blocks = append(s.Blocks, tab)
	}
	if best := k.conclusion(); best != nil {
		if _, x, _ := answers(k.ranked(best.ID).Verdicts); x > 0 {
			s.Blocks = append(s.Blocks, page.Note{Tone: page.Warn, Lines: []page.Text{page.Plain(t.T("contradictions.best", "id", best.ID, "n", x))}})
		}
	}
	return s
}

// uncertainty says what follows from the content about its own weakness, then
// what the caller adds, then what no report of this kind can show.
func (k *composer) uncertainty() page.Section {
	s := page.Section{ID: "uncertainty", Title: k.t.T("sec.uncertainty")}
	un := page.Section{ID: "uncertain", Title: k.t.T("sec.uncertain")}
	if items := k.uncertain(); len(items) > 0 {
		un.Blocks = append(un.Blocks, page.Bullets{Items: items})
	} else {
		un.Blocks = append(un.Blocks, k.none("none.uncertain"))
	}
	limits := page.Section{ID: "limits", Title: k.t.T("sec.limits")}
	var b page.Bullets
	for _, key := range []string{"limit.stated", "limit.share", "limit.silence", "limit.model", "limit.patterns", "limit.marks", "limit.recovered", "limit.unread", "limit.unseen", "limit.chain", "limit.elimination", "limit.not_finding"} {
		b.Items = append(b.Items, page.Plain(k.t.T(key)))
	}
	limits.Blocks = append(limits.Blocks, b)
	s.Sections = []page.Section{un, limits}
	return s
}

func (k *composer) uncertain() []page.Text {
	var out []page.Text
	n := k.n
	say := func(when bool, key string, nameValue ...any) {
		if when {
			out = append(out, page.Plain(k.t.T(key, append(nameValue, "N", n)...)))
		}
	}
	say(n.Exhibits == 0, "uncertain.nothing")
	say(n.PhotosNot > 0, "uncertain.photos")
	say(n.ScansNot > 0, "uncertain.scans")
	say(n.ScansShort > 0, "uncertain.scans_short")
	say((n.Photos > 0 || n.Scans > 0) && !k.c.Scale.Scaled, "uncertain.scale")
	say(k.c.Scale.Scaled && len(k.c.Scale.Checks) == 0, "uncertain.scale_unchecked")
	say(n.Partial+n.Fragment > 0, "uncertain.items", "n", n.Partial+n.Fragment)
	say(n.Empty > 0, "uncertain.empty")
	say(n.Carved > 0, "uncertain.carved")
	say(n.UnreadB > 0, "uncertain.unread", "size", k.t.size(n.UnreadB))
	say(n.EventsNot > 0, "uncertain.events")
	say(n.Guessed > 0, "uncertain.guessed")
	if worst := k.worstSigma(); worst > 0 {
		say(true, "uncertain.clock_worst", "s", uncertainty(worst))
	}
	weak := 0
	for _, o := range k.c.Observations {
		if o.Weak {
			weak++
		}
	}
	say(weak > 0, "uncertain.weak", "n", weak)
	say(n.Simulated < n.Hypotheses, "uncertain.not_simulated", "n", n.Hypotheses-n.Simulated)
	say(n.Warnings > 0, "uncertain.warnings")
	if k.c.Ranking != nil {
		for _, r := range k.c.Ranking.Hypotheses {
			say(r.EliminationOnly && !r.Rejected, "uncertain.elimination", "id", r.HypothesisID)
		}
		if silent := k.untested(); len(silent) > 0 {
			say(true, "uncertain.untested", "list", k.t.list(silent))
		}
	}
	say(n.ContradictionsOpen > 0, "uncertain.contradictions")
	say(n.Failures > 0, "uncertain.failures")
	for _, r := range k.c.Remarks {
		data := map[string]any{}
		for a, v := range r.Args {
			data[a] = v
		}
		text, err := k.t.fill(r.Key, data)
		if err != nil {
			text = raw(r.Key, data)
		}
		out = append(out, page.Plain(text))
	}
	return out
}

func (k *composer) worstSigma() float64 {
	worst := 0.0
	for _, e := range k.c.Events {
		if !e.Corrected.IsZero() {
			worst = max(worst, e.SigmaS)
		}
	}
	return worst
}

// untested lists the observations on which every hypothesis is silent.
func (k *composer) untested() []string {
	var out []string
	for _, o := range k.c.Observations {
		spoke := false
		for _, h := range k.c.Hypotheses {
			if v := k.verdict(h.ID, o.ID); v != nil && v.Answer != recon.Silent {
				spoke = true
			}
		}
		if !spoke {
			out = append(out, o.ID)
		}
	}
	return out
}

// open lists what should be settled before anyone signs.
func (k *composer) open() page.Section {
	s := page.Section{ID: "open-points", Title: k.t.T("sec.open")}
	points := k.openPoints()
	if len(points) == 0 {
		s.Blocks = append(s.Blocks, k.none("none.open"))
		return s
	}
	b := page.Bullets{}
	for _, p := range points {
		b.Items = append(b.Items, page.Plain(p))
	}
	s.Blocks = append(s.Blocks, k.para("open.intro", "n", len(points)), b)
	return s
}

// signatures leaves the boxes to be signed by hand and prints the head of the
// custody chain beside them.
func (k *composer) signatures() page.Section {
	t := k.t
	s := page.Section{ID: "signatures", Title: t.T("sec.signatures")}
	named := func(key string, names ...string) string {
		if l := strings.TrimSpace(t.list(names)); l != "" {
			return t.T("sign.named", "role", t.T(key), "names", l)
		}
		return t.T(key)
	}
	s.Blocks = append(s.Blocks,
		page.SignBoxes{Labels: []string{
			named("sign.investigator", k.c.Meta.Investigators...), named("sign.maker", k.c.Meta.Maker),
			named("sign.reviewer", k.c.Meta.Reviewer), t.T("sign.witness"),
		}},
		k.small("sign.refusal"),
		page.Fields{Rows: []page.Field{{Name: t.T("meta.custody_head"), Value: k.hash(k.c.Meta.CustodyHead)}}},
		k.small("sign.head_note"))
	return s
}
