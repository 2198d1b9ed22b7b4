package origin

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"firescene/recon"
)

// discriminates is by how much, as a ratio of e, an observation must speak more
// for one hypothesis than for another to count as telling them apart.
const discriminates = 1.0

// trusted is the reliability from which an observation by itself can refute.
const trusted = 0.95

// Rank compares hypotheses on the same observations, with equal prior shares.
// Results are matched to hypotheses by ID; one without a result is compared on
// nothing and never leads. The order of the inputs does not matter: ties are
// broken by ID.
//
// The best is determined only when its posterior share is at least
// DeterminedPosterior, it conflicts with nothing, it agrees with at least one
// observation that tells it from another hypothesis, and it does not rest on
// elimination alone. Otherwise Why says what is missing.
func Rank(hypotheses []*recon.Hypothesis, results []*recon.FireResult, observations []recon.Observation) recon.Ranking {
	byID := map[string]*recon.FireResult{}
	for _, r := range results {
		if r != nil {
			byID[r.HypothesisID] = r
		}
	}
	list := append([]*recon.Hypothesis(nil), hypotheses...)
	sort.SliceStable(list, func(i, j int) bool { return list[i].ID < list[j].ID })

	weak := map[string]bool{}
	for _, o := range observations {
		weak[o.ID] = o.Weak || o.Reliability > 0 && o.Reliability < trusted
	}
	ranked := make([]recon.RankedHypothesis, len(list))
	logs := make([]float64, len(list))
	for i, h := range list {
		r := byID[h.ID]
		if r == nil {
			r = &recon.FireResult{HypothesisID: h.ID}
		}
		ranked[i] = count(h, weak)(judge(h, r, observations))
		logs[i] = ranked[i].LogLikelihood
	}
	total := logSumExp(logs)
	for i := range ranked {
		ranked[i].Posterior = math.Exp(logs[i] - total)
		ranked[i].LogLikelihood = round(logs[i], 3)
	}
	sort.SliceStable(ranked, func(i, j int) bool { return ranked[i].Posterior > ranked[j].Posterior })
	out := recon.Ranking{Hypotheses: ranked}
	out.Determined, out.Why = determine(ranked)
	return out
}

// count fills a line of the comparison from its verdicts.
func count(h *recon.Hypothesis, weak map[string]bool) func([]recon.Verdict, float64) recon.RankedHypothesis {
	return func(verdicts []recon.Verdict, logLike float64) recon.RankedHypothesis {
		r := recon.RankedHypothesis{HypothesisID: h.ID, LogLikelihood: logLike, Verdicts: verdicts}
		var against []string
		for _, v := range verdicts {
			switch v.Answer {
			case recon.Agrees:
				r.AgreesN++
			case recon.Conflicts:
				r.ConflictsN++
				r.Rejected = r.Rejected || !weak[v.ObservationID]
				against = append(against, v.ObservationID)
			default:
				r.SilentN++
			}
		}
		r.EliminationOnly = r.AgreesN == 0 && len(h.Basis) == 0
		r.Why = fmt.Sprintf("%s, %s, %d silent", counted(r.AgreesN, "observation agrees", "observations agree"), counted(r.ConflictsN, "conflicts", "conflict"), r.SilentN)
		if len(against) > 0 {
			r.Why += ": against it " + strings.Join(against, ", ")
		}
		if r.EliminationOnly {
			r.Why += "; nothing speaks for it but the absence of others (elimination only)"
		}
		r.Why += "."
		return r
	}
}

// determine says whether the first of a sorted list stands clear, and why.
func determine(ranked []recon.RankedHypothesis) (bool, string) {
	if len(ranked) == 0 {
		return false, "Undetermined: no hypothesis was compared."
	}
	best := &ranked[0]
	undetermined := func(format string, args ...any) (bool, string) {
		return false, "Undetermined: " + fmt.Sprintf(format, args...) + "."
	}
	if len(ranked) == 1 {
		return undetermined("%s was compared with no other hypothesis", best.HypothesisID)
	}
	if best.EliminationOnly {
		return undetermined("%s comes first, but no observation agrees with it and it states no basis; elimination alone determines nothing", best.HypothesisID)
	}
	if best.ConflictsN > 0 {
		return undetermined("%s comes first, but %s with it; perhaps no hypothesis stated is the true one", best.HypothesisID, counted(best.ConflictsN, "observation conflicts", "observations conflict"))
	}
	telling := tellingApart(best, ranked[1:])
	if len(telling) == 0 {
		return undetermined("no observation that agrees with %s tells it from another hypothesis", best.HypothesisID)
	}
	if best.Posterior < DeterminedPosterior {
		return undetermined("%s comes first with a share of %.2f, below %.2f; %s has %.2f", best.HypothesisID, best.Posterior, DeterminedPosterior, ranked[1].HypothesisID, ranked[1].Posterior)
	}
	return true, fmt.Sprintf("%s has a share of %.3f, nothing conflicts with it, and %s for it against the others (%s).",
		best.HypothesisID, best.Posterior, counted(len(telling), "observation speaks", "observations speak"), strings.Join(telling, ", "))
}

// tellingApart lists the observations that agree with the best and speak less
// for another: that one conflicts with them, or they are less likely under it.
func tellingApart(best *recon.RankedHypothesis, others []recon.RankedHypothesis) []string {
	var ids []string
	for i, v := range best.Verdicts {
		if v.Answer != recon.Agrees {
			continue
		}
		for _, o := range others {
			w := o.Verdicts[i]
			if w.Answer == recon.Conflicts || v.LogLikelihood-w.LogLikelihood > discriminates {
				ids = append(ids, v.ObservationID)
				break
			}
		}
	}
	return ids
}
