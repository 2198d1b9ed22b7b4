package report

import (
	"regexp"
	"strings"

	"firescene/recon"
	"firescene/render/report/page"
)

// bearing is an answer as the report words it: the comparison's "silent" is two
// things, that nothing was predicted and that the difference decides nothing.
type bearing string

const (
	bearsFor     bearing = "agrees"
	bearsAgainst bearing = "conflicts"
	bearsUnclear bearing = "unclear" // predicted, and neither near enough nor far enough
	bearsNot     bearing = "silent"  // nothing was predicted
)

func bearingOf(v recon.Verdict) bearing {
	switch {
	case v.Answer == recon.Agrees:
		return bearsFor
	case v.Answer == recon.Conflicts:
		return bearsAgainst
	case v.Deviation > 0:
		return bearsUnclear
	}
	return bearsNot
}

// answerCell is a verdict in a word, a number and a colour.
func (k *composer) answerCell(v *recon.Verdict) page.Cell {
	if v == nil {
		return cellOf(page.Quiet("—"))
	}
	b := bearingOf(*v)
	word := k.t.T("answer." + string(b))
	switch b {
	case bearsFor:
		return page.Cell{Text: page.Join(page.Strong(word), page.Plain(" "+sigmas(v.Deviation))), Tone: page.Good}
	case bearsAgainst:
		return page.Cell{Text: page.Join(page.Strong(word), page.Plain(" "+sigmas(v.Deviation))), Tone: page.Bad}
	case bearsUnclear:
		return page.Cell{Text: page.Plain(word + " " + sigmas(v.Deviation)), Tone: page.Calm}
	}
	return page.Cell{Text: page.Quiet(word), Tone: page.Calm}
}

// predictedDistance is what origin predicts of a place: "[item: ]0.00 m[, ≥ 12 s]".
var predictedDistance = regexp.MustCompile(`^(?:(.+): )?0\.00 m(?:, ≥ (-?[\d.]+) s)?$`)

// predictedWords says what a hypothesis predicts for an observation.
func (k *composer) predictedWords(v recon.Verdict) string {
	t := k.t
	switch k.kindOf(v.ObservationID) {
	case recon.ObsPattern, recon.ObsSeenAt:
		m := predictedDistance.FindStringSubmatch(v.Predicted)
		if m == nil {
			break
		}
		at := t.T("verdict.at_origin")
		if m[1] != "" {
			at = t.T("verdict.at_fuel", "fuel", m[1])
		}
		if m[2] != "" {
			at = t.T("verdict.burning_from", "at", at, "s", m[2])
		}
		return at
	case recon.ObsSmokeHeight:
		if v.Predicted != "" {
			return t.T("verdict.layer", "v", v.Predicted)
		}
	case recon.ObsArrival, recon.ObsNoArrival:
		if v.Predicted == "" {
			break
		}
		s := k.afterIgnition(v.Predicted)
		if v.GivenOthers != "" {
			s += t.T("verdict.given_others", "v", strings.ReplaceAll(v.GivenOthers, "-", "−"))
		}
		return s
	}
	return dash(v.Predicted)
}

// foundWords says what was observed, in the terms of the prediction.
func (k *composer) foundWords(v recon.Verdict) string {
	t := k.t
	if v.Observed == "" {
		return dash("")
	}
	switch k.kindOf(v.ObservationID) {
	case recon.ObsPattern:
		return t.T("verdict.apart", "v", v.Observed)
	case recon.ObsSeenAt:
		if d, at, ok := strings.Cut(v.Observed, ", "); ok {
			return t.T("verdict.apart_at", "v", d, "at", k.afterIgnition(at))
		}
	case recon.ObsSmokeHeight:
		return t.T("verdict.soot", "v", v.Observed)
	case recon.ObsArrival, recon.ObsNoArrival:
		return k.afterIgnition(v.Observed)
	}
	return v.Observed
}

// afterIgnition words a time counted from the stated ignition; a negative one
// lies before it.
func (k *composer) afterIgnition(s string) string {
	if strings.HasPrefix(s, "-") {
		return k.t.T("verdict.before", "v", strings.TrimPrefix(s, "-"))
	}
	return k.t.T("verdict.after", "v", s)
}

func (k *composer) kindOf(observation string) recon.ObservationKind {
	if i := indexOf(k.c.Observations, func(o recon.Observation) bool { return o.ID == observation }); i >= 0 {
		return k.c.Observations[i].Kind
	}
	return ""
}

// whyWords is why nothing can be said of an observation that no hypothesis bears
// on.
func (k *composer) whyNot(v recon.Verdict) page.Text {
	if bearingOf(v) != bearsNot || v.Why == "" {
		return nil
	}
	return k.programWords(v.Why)
}

// verdicts is how one hypothesis stands to each observation.
func (k *composer) verdicts(r *recon.RankedHypothesis) page.Section {
	s := page.Section{ID: "verdicts-" + anchor(r.HypothesisID), Title: k.t.T("sec.verdicts")}
	tab := page.Table{Dense: true, Columns: []page.Column{k.col("observation", 45), k.col("predicted", 48), k.col("observed", 41), k.col("answer", 22, page.Centre)}}
	for _, v := range r.Verdicts {
		name := page.Strong(v.ObservationID)
		if i := indexOf(k.c.Observations, func(o recon.Observation) bool { return o.ID == v.ObservationID }); i >= 0 {
			name = page.Join(page.Strong(v.ObservationID+" "), page.Plain(shorten(k.c.Observations[i].Text, 120)))
		}
		predicted := page.Plain(k.predictedWords(v))
		if why := k.whyNot(v); why != nil {
			predicted = why
		}
		tab.Rows = append(tab.Rows, []page.Cell{cellOf(name), cellOf(predicted), cell(k.foundWords(v)), k.answerCell(&v)})
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
