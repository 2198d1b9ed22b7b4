// Package origin holds simulated hypotheses against what was observed and ranks
// them. It never proposes a hypothesis and never names a cause by elimination.
//
// Every observation gets an answer with its numbers. A hypothesis agrees when
// the difference is at most AgreeSigmas combined standard uncertainties, and
// conflicts above ConflictSigmas; between the two, and where the engine predicts
// nothing, it is silent.
//
// Times share errors: one ignition time for the whole hypothesis, one set of
// fuels and one model for all its detectors, one clock for the records of one
// exhibit. These are integrated out together (timing), so that an uncertain
// ignition time takes nothing from what the delays between detectors say. Each
// time is therefore compared twice: by itself, and given all the others; the
// larger deviation counts.
//
// Log-likelihoods are natural logarithms relative to a background in which the
// observation could be anywhere: in an hour, in 25 m2, in 3 m of height, or even
// odds for yes and no. A silent observation adds 0. That of a single time is its
// predictive density given the other times, so the verdicts of times need not
// add up to the total of the hypothesis, which holds their joint density.
package origin

// Thresholds in combined standard uncertainties.
const (
	AgreeSigmas    = 2.0
	ConflictSigmas = 3.0
)

// DeterminedPosterior is the least posterior share at which the best hypothesis
// can be called determined, if nothing else speaks against it.
const DeterminedPosterior = 0.95

// The background against which likelihoods are measured.
const (
	backgroundS  = 3600.0
	backgroundM2 = 25.0
	backgroundM  = 3.0
	evenOdds     = 0.5
)

// weakWeight tempers observations marked weak, and burn patterns where flashover
// is predicted: their log-likelihood is multiplied by it, which for a normal
// error is the same as doubling its standard deviation.
const weakWeight = 0.25
