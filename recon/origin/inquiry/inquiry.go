// Package inquiry says what a comparison of hypotheses rests on and what would decide
// it: Bayes factors, what each observation speaks for, which measurement to make
// next, and a log of the tests in the order of the scientific method (NFPA 921 (2021),
// chapter 4): each hypothesis, how it was tested, what came out. A hypothesis left
// over because others failed is marked; that alone determines nothing.
package inquiry

import (
	"math"
	"sort"

	"firescene/recon"
)

// Odds compares two hypotheses: by how much the observations together are likelier
// under the first.
type Odds struct {
	For         string  `json:"for"`
	Against     string  `json:"against"`
	BayesFactor float64 `json:"bayes_factor"`
	Strength    string  `json:"strength"` // by Kass and Raftery, J. American Statistical Association 90 (1995) 773
}

// Contribution is what one observation says: the logarithm of its likelihood under
// each hypothesis less the mean over all, weighted by their posteriors.
type Contribution struct {
	ObservationID string             `json:"observation"`
	Log           map[string]float64 `json:"log"` // by hypothesis; above 0 it speaks for it
	For           string             `json:"for,omitempty"`
	Against       string             `json:"against,omitempty"`
	FactorOfBest  float64            `json:"factor_of_best"` // likelihood ratio of the first hypothesis over the second
}

// Test is one prediction of a hypothesis held against what was found.
type Test struct {
	ObservationID string       `json:"observation"`
	Expected      string       `json:"expected"`
	Found         string       `json:"found"`
	Answer        recon.Answer `json:"answer"`
	Why           string       `json:"why"`
}

// The outcomes of a hypothesis's tests.
const (
	Refuted    = "refuted"     // an observation that can refute conflicts with it
	NotRefuted = "not_refuted" // it passed tests that it could have failed
	Untested   = "untested"    // no observation says anything of it
)

// Entry is one hypothesis in the log.
type Entry struct {
	HypothesisID    string   `json:"hypothesis"`
	Statement       string   `json:"statement"`
	Basis           []string `json:"basis"`
	Tests           []Test   `json:"tests"`
	Outcome         string   `json:"outcome"`
	EliminationOnly bool     `json:"elimination_only"`
}

// Inquiry is all of it.
type Inquiry struct {
	// Undetermined is the posterior of none of the stated hypotheses: a world in which
	// the observations could be anything, as likely before as one of them.
	Undetermined     float64            `json:"undetermined"`
	WithUndetermined map[string]float64 `json:"posterior_with_undetermined"`
	Odds             []Odds             `json:"bayes_factors"`
	Contributions    []Contribution     `json:"contributions"`
	Next             []Measurement      `json:"next_measurements"`
	Log              []Entry            `json:"log"`
}

// Of draws it from a ranking. Next is left to NextMeasurements.
func Of(r *recon.Ranking, hypotheses []*recon.Hypothesis) *Inquiry {
	q := &Inquiry{WithUndetermined: map[string]float64{}, Odds: []Odds{}, Contributions: []Contribution{}, Next: []Measurement{}, Log: []Entry{}}
	top := 0.0
	for _, h := range r.Hypotheses {
		top = max(top, h.LogLikelihood)
	}
	all := math.Exp(-top)
	for _, h := range r.Hypotheses {
		all += math.Exp(h.LogLikelihood - top)
	}
	q.Undetermined = math.Exp(-top) / all
	for _, h := range r.Hypotheses {
		q.WithUndetermined[h.HypothesisID] = math.Exp(h.LogLikelihood-top) / all
	}
	for i := range r.Hypotheses {
		for j := i + 1; j < len(r.Hypotheses); j++ {
			a, b := &r.Hypotheses[i], &r.Hypotheses[j]
			d := a.LogLikelihood - b.LogLikelihood
			q.Odds = append(q.Odds, Odds{a.HypothesisID, b.HypothesisID, math.Exp(min(d, 700)), strength(d)})
		}
	}
	q.contribute(r)
	q.log(r, hypotheses)
	return q
}

func strength(logFactor float64) string {
	switch twice := 2 * math.Abs(logFactor); {
	case twice < 2:
		return "hardly worth a mention"
	case twice < 6:
		return "positive"
	case twice < 10:
		return "strong"
	}
	return "very strong"
}

// tellsApart is the least difference in log-likelihood that counts for or against.
const tellsApart = 0.3

func (q *Inquiry) contribute(r *recon.Ranking) {
	byID := map[string]*Contribution{}
	var ids []string
	for _, h := range r.Hypotheses {
		for _, v := range h.Verdicts {
			if byID[v.ObservationID] == nil {
				byID[v.ObservationID] = &Contribution{ObservationID: v.ObservationID, Log: map[string]float64{}}
				ids = append(ids, v.ObservationID)
			}
			byID[v.ObservationID].Log[h.HypothesisID] = v.LogLikelihood
		}
	}
	sort.Strings(ids)
	for _, id := range ids {
		c := byID[id]
		var mean float64
		for _, h := range r.Hypotheses {
			mean += h.Posterior * c.Log[h.HypothesisID]
		}
		best, worst := math.Inf(-1), math.Inf(1)
		for _, h := range r.Hypotheses {
			v := c.Log[h.HypothesisID]
			if v > best {
				best, c.For = v, h.HypothesisID
			}
			if v < worst {
				worst, c.Against = v, h.HypothesisID
			}
		}
		c.FactorOfBest = 1
		if len(r.Hypotheses) > 1 {
			c.FactorOfBest = math.Exp(c.Log[r.Hypotheses[0].HypothesisID] - c.Log[r.Hypotheses[1].HypothesisID])
		}
		if best-worst < tellsApart {
			c.For, c.Against = "", ""
		}
		for h := range c.Log {
			c.Log[h] = math.Round(1000*(c.Log[h]-mean)) / 1000
		}
		q.Contributions = append(q.Contributions, *c)
	}
}

func (q *Inquiry) log(r *recon.Ranking, hypotheses []*recon.Hypothesis) {
	stated := map[string]*recon.Hypothesis{}
	for _, h := range hypotheses {
		stated[h.ID] = h
	}
	for i := range r.Hypotheses {
		h := &r.Hypotheses[i]
		e := Entry{HypothesisID: h.HypothesisID, Basis: []string{}, Tests: []Test{}, EliminationOnly: h.EliminationOnly, Outcome: NotRefuted}
		if s := stated[h.HypothesisID]; s != nil {
			e.Statement = s.Title
			e.Basis = append(e.Basis, s.Basis...)
		}
		for _, v := range h.Verdicts {
			e.Tests = append(e.Tests, Test{v.ObservationID, v.Predicted, v.Observed, v.Answer, v.Why})
		}
		switch {
		case h.Rejected:
			e.Outcome = Refuted
		case h.AgreesN+h.ConflictsN == 0:
			e.Outcome = Untested
		}
		q.Log = append(q.Log, e)
	}
	sort.SliceStable(q.Log, func(i, j int) bool { return q.Log[i].HypothesisID < q.Log[j].HypothesisID })
}
