package main

import (
	"fmt"
	"sort"
	"strings"

	"firescene/forensics"
	"firescene/recon"
)

// observe gives each observation that is tied to a recorded event that event's
// corrected time, uncertainty and locator. This is the one place where what was
// recovered from devices meets what a hypothesis must explain: recon never sees
// an event, and forensics never sees an observation.
//
// The event is the earliest by corrected time, and then by ID, whose message
// contains the text asked for. An observation whose event is missing, or whose
// event stands on a clock that nobody checked, is left out and listed: without a
// corrected time it can neither confirm nor refute.
func observe(stated []recon.Observation, events []forensics.Event) (usable []recon.Observation, failed []forensics.Failure) {
	sorted := append([]forensics.Event(nil), events...)
	sort.SliceStable(sorted, func(i, j int) bool {
		if !sorted[i].Corrected.Equal(sorted[j].Corrected) {
			return sorted[i].Corrected.Before(sorted[j].Corrected)
		}
		return sorted[i].ID < sorted[j].ID
	})
	for _, o := range stated {
		if o.Event == nil {
			usable = append(usable, o)
			continue
		}
		e, uncorrected := matchEvent(sorted, *o.Event)
		switch {
		case e != nil:
			o.Time, o.SigmaS = e.Corrected, e.SigmaS
			o.Locators = append(append([]string(nil), o.Locators...), e.Locator.String())
			usable = append(usable, o)
		case uncorrected != nil:
			failed = append(failed, forensics.Failure{
				Input:  o.ID,
				Reason: fmt.Sprintf("event %s (%q) has no corrected time: its clock was not checked", uncorrected.ID, uncorrected.Raw),
				Next:   "add a clock for exhibit " + uncorrected.Exhibit,
			})
		default:
			failed = append(failed, forensics.Failure{
				Input:  o.ID,
				Reason: fmt.Sprintf("no event contains %q", o.Event.Contains),
				Next:   "look for the event in 50-timeline/timeline.jsonl, or drop the observation",
			})
		}
	}
	return usable, failed
}

// matchEvent returns the first corrected event that fits, or else the first
// uncorrected one.
func matchEvent(sorted []forensics.Event, m recon.EventMatch) (corrected, uncorrected *forensics.Event) {
	for i := range sorted {
		e := &sorted[i]
		if m.Exhibit != "" && e.Exhibit != m.Exhibit || !strings.Contains(e.Message, m.Contains) {
			continue
		}
		if !e.Corrected.IsZero() {
			return e, nil
		}
		if uncorrected == nil {
			uncorrected = e
		}
	}
	return nil, uncorrected
}
