// Package timeline is the one clock model for every source: photos, logs,
// statements and file times are corrected by the same rule, and what was recorded
// stays beside what was corrected.
//
// A clock is a source of times with an offset (its reading minus true time), a
// drift, the standard uncertainty of both, and how they were determined. A time
// without a checked clock is never corrected, and one that names no date never
// borrows one.
package timeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"firescene/forensics"
)

// Correct returns the events with their clock, corrected time and uncertainty
// filled in, in the order given. assign names the clock of an exhibit, or is empty
// when none is known. Raw is never touched.
//
// A reading t of a clock becomes the true time t - offset - drift (t - check).
// Its standard uncertainty joins, as independent, that of the offset, that of the
// drift times the time since the check, and that of the record itself: a time
// written in units of u lies anywhere within u, which is u/sqrt(12) (JCGM
// 100:2008, 4.3.7).
//
// A time that named no zone is read in the clock's zone, when that is stated.
// Corrected stays zero for an event whose time could not be read or whose clock
// is not known.
func Correct(events []forensics.Event, clocks []forensics.Clock, assign func(exhibit string) string) []forensics.Event {
	byID := map[string]forensics.Clock{}
	for _, k := range clocks {
		byID[k.ID] = k
	}
	out := slices.Clone(events)
	for i := range out {
		e := &out[i]
		e.ClockID, e.Corrected, e.SigmaS = "", time.Time{}, 0
		k, known := byID[assign(e.Exhibit)]
		if !known {
			continue
		}
		e.ClockID = k.ID
		if e.Parsed.IsZero() {
			continue
		}
		r, readable := ReadTime(e.Raw)
		if k.Zone != "" && hasGuess(e.Guessed, "zone") {
			if zone, err := Zone(k.Zone); err == nil {
				y, mo, d := e.Parsed.Date()
				h, m, s := e.Parsed.Clock()
				e.Parsed = time.Date(y, mo, d, h, m, s, e.Parsed.Nanosecond(), zone)
				e.Guessed = dropGuess(e.Guessed, "zone")
			}
		}
		resolutionS := 1.0
		if readable {
			resolutionS = r.ResolutionS
		}
		e.Corrected, e.SigmaS = CorrectTime(k, e.Parsed, resolutionS)
	}
	return out
}

// CorrectTime applies a clock to one reading that was written in units of
// resolutionS. The result is in UTC, to the microsecond.
func CorrectTime(k forensics.Clock, reading time.Time, resolutionS float64) (corrected time.Time, sigmaS float64) {
	shiftS, driftSigmaS := k.OffsetS, 0.0
	if !k.CheckedAt.IsZero() {
		elapsedS := reading.Sub(k.CheckedAt).Seconds()
		shiftS += k.DriftPPM * 1e-6 * elapsedS
		driftSigmaS = k.DriftSigmaPPM * 1e-6 * elapsedS
	}
	corrected = reading.Add(-time.Duration(math.Round(shiftS*1e6)) * time.Microsecond).UTC()
	return corrected, math.Sqrt(k.SigmaS*k.SigmaS + driftSigmaS*driftSigmaS + resolutionS*resolutionS/12)
}

func hasGuess(guessed, what string) bool {
	return slices.Contains(strings.Split(guessed, ", "), what)
}

func dropGuess(guessed, what string) string {
	parts := strings.Split(guessed, ", ")
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == what }), ", ")
}

// Best returns the time by which an event is placed: corrected, else as
// recorded, else the zero time.
func Best(e forensics.Event) time.Time {
	if !e.Corrected.IsZero() {
		return e.Corrected
	}
	return e.Parsed
}

// Sort orders events by Best; those without a date come last. Events of the same
// time are ordered by exhibit, place in the exhibit, ID and text, so that the
// result does not depend on the order in which the sources were read.
func Sort(events []forensics.Event) {
	slices.SortStableFunc(events, func(a, b forensics.Event) int {
		ta, tb := Best(a), Best(b)
		if ta.IsZero() != tb.IsZero() {
			if ta.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Or(ta.Compare(tb), strings.Compare(a.Exhibit, b.Exhibit), cmp.Compare(firstB(a), firstB(b)),
			strings.Compare(a.ID, b.ID), strings.Compare(a.What, b.What), strings.Compare(a.Message, b.Message))
	})
}

func firstB(e forensics.Event) int64 {
	if len(e.Locator.Runs) == 0 {
		return -1
	}
	return e.Locator.Runs[0].OffsetB
}

// Uncorrected counts the events without a corrected time, by reason in words and
// exhibit, in a fixed order.
func Uncorrected(events []forensics.Event) []string {
	counts := map[string]int{}
	for _, e := range events {
		switch {
		case !e.Corrected.IsZero():
		case e.Parsed.IsZero():
			counts[e.Exhibit+": %d event(s) without a complete date"]++
		case e.ClockID == "":
			counts[e.Exhibit+": %d event(s) on a clock that nobody checked"]++
		}
	}
	var all []string
	for format, n := range counts {
		all = append(all, strings.Replace(format, "%d", fmt.Sprint(n), 1))
	}
	slices.Sort(all)
	return all
}
