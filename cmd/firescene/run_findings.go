package main

import (
	"fmt"
	"sort"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render/report"
)

// conclude writes the findings of a report: which sentences it may say, on what
// each rests, and the way from each back to bytes. It decides nothing new: every
// number is looked up in the content when the sentence is printed.
func conclude(c *report.Content, o caseOutcome) []forensics.Finding {
	f := &findings{c: c, o: o}
	f.evidence()
	f.place()
	f.surveyed()
	f.devices()
	f.times()
	f.observed()
	f.compared()
	return f.list
}

// findings collects findings and numbers them.
type findings struct {
	c    *report.Content
	o    caseOutcome
	list []forensics.Finding
}

func (f *findings) add(kind forensics.FindingKind, key string, args map[string]string, locators, via []string) {
	f.list = append(f.list, forensics.Finding{
		ID: fmt.Sprintf("F%03d", len(f.list)+1), Kind: kind, Key: key, Args: args, Locators: unique(locators), Via: via,
	})
}

func (f *findings) evidence() {
	if len(f.c.Exhibits) == 0 {
		return
	}
	var ids []string
	for _, e := range f.c.Exhibits {
		ids = append(ids, e.ID)
	}
	f.add(forensics.Measured, report.FindExhibitsHashed, nil, ids, []string{"case.db"})
}

func (f *findings) place() {
	var in, out []string
	for _, p := range f.c.Photos {
		if p.Registered {
			in = append(in, p.Exhibit)
		} else {
			out = append(out, p.Exhibit)
		}
	}
	images := []string{photosDir + "/sparse/images.txt"}
	if len(in) > 0 {
		f.add(forensics.Measured, report.FindPhotosRegistered, nil, in, images)
	}
	if len(out) > 0 {
		f.add(forensics.Measured, report.FindPhotosNot, nil, out, []string{photosDir + "/" + resultFile})
	}
	scans := map[string][]report.ScanRow{}
	var order []string
	for _, s := range f.c.Scans {
		if scans[s.Exhibit] == nil {
			order = append(order, s.Exhibit)
		}
		scans[s.Exhibit] = append(scans[s.Exhibit], s)
	}
	via := []string{scansDir + "/" + resultFile}
	var unplaced []string
	for _, id := range order {
		args := map[string]string{"exhibit": id}
		f.add(forensics.Measured, report.FindScanPoints, args, []string{id}, via)
		short, not := false, false
		for _, s := range scans[id] {
			short = short || s.PointsRead < s.PointsClaimed
			not = not || s.Pose == report.PoseNone
		}
		if short {
			f.add(forensics.Measured, report.FindScansShort, args, []string{id}, via)
		}
		if not {
			unplaced = append(unplaced, id)
		}
	}
	if len(unplaced) > 0 {
		f.add(forensics.Measured, report.FindScansNot, nil, unplaced, via)
	}
	if scene := append(in, order...); len(scene) > 0 {
		key := report.FindScaleNone
		if f.c.Scale.Scaled {
			key = report.FindScaleGiven
		}
		if len(order) == 0 {
			via = images
		}
		f.add(forensics.Measured, key, nil, scene, via)
	}
}

// surveyed states what was measured in joined scans; what marks look like is inferred.
func (f *findings) surveyed() {
	s := f.c.Survey
	if s == nil {
		return
	}
	via := []string{surveyDir + "/rooms.json"}
	for _, r := range s.Rooms {
		key := report.FindRoom
		if !r.Closed {
			key = report.FindRoomOpen
		}
		f.add(forensics.Measured, key, map[string]string{"room": r.Name}, s.Exhibits, via)
	}
	for _, o := range s.Openings {
		f.add(forensics.Measured, report.FindOpening, map[string]string{"opening": o.Name}, s.Exhibits, via)
	}
	if s.Marks == nil {
		return
	}
	via = []string{surveyDir + "/marks.json"}
	soot, v, spall := s.Marks.MarkIDs()
	for _, m := range []struct {
		key string
		ids []string
	}{{report.FindSootLine, soot}, {report.FindVPattern, v}, {report.FindSpall, spall}} {
		for _, id := range m.ids {
			f.add(forensics.Inferred, m.key, map[string]string{"mark": id}, s.Exhibits, via)
		}
	}
}

func (f *findings) devices() {
	items := map[string][]report.ItemRow{}
	for _, it := range f.c.Items {
		items[it.Exhibit] = append(items[it.Exhibit], it)
	}
	for _, e := range f.c.Exhibits {
		if e.Kind != forensics.KindMedia {
			continue
		}
		args := map[string]string{"exhibit": e.ID}
		via := []string{itemsDir + "/" + e.ID + "/items.jsonl"}
		all, unread := len(items[e.ID]), false
		for _, s := range f.c.Summaries {
			if s.Exhibit != e.ID {
				continue
			}
			for _, g := range s.Groups {
				all, unread = all+g.Count, unread || g.Unread > 0
			}
		}
		if all == 0 {
			f.add(forensics.Recovered, report.FindItemsNone, args, []string{e.ID}, via)
			continue
		}
		var where []string
		for _, it := range items[e.ID] {
			if len(it.Locators) > 0 {
				where = append(where, it.Locators[0].String())
			}
			unread = unread || it.UnreadB > 0
		}
		if len(where) == 0 {
			where = []string{e.ID}
		}
		f.add(forensics.Recovered, report.FindItemsRecovered, args, where, via)
		if unread {
			f.add(forensics.Recovered, report.FindItemsUnread, args, where, via)
		}
	}
}

func (f *findings) times() {
	var checks []string // the records of the clock checks
	for _, e := range f.c.Exhibits {
		if e.Kind == forensics.KindClock {
			checks = append(checks, e.ID)
		}
	}
	for _, k := range f.c.Clocks {
		grounds := k.Locators
		if len(grounds) == 0 {
			grounds = checks
		}
		f.add(forensics.Measured, report.FindClockOffset, map[string]string{"clock": k.ID}, grounds, []string{"case.db"})
	}
	unknown := map[string]bool{}
	for _, e := range f.c.Events {
		if e.Corrected.IsZero() && !unknown[e.Exhibit] && e.ClockID == "" {
			unknown[e.Exhibit] = true
		}
	}
	var ids []string
	for id := range unknown {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		f.add(forensics.Recovered, report.FindClockUnknown, map[string]string{"exhibit": id}, []string{id}, []string{timelineDir + "/timeline.jsonl"})
	}
	for _, e := range f.usedEvents() {
		f.add(forensics.Recovered, report.FindEventCorrected, map[string]string{"event": e.ID}, []string{e.Locator.String()}, []string{timelineDir + "/timeline.jsonl"})
	}
	for _, s := range f.c.Statements {
		f.add(forensics.Supposed, report.FindStatement, map[string]string{"speaker": s.Speaker, "text": s.Text}, []string{s.Locator.String()}, nil)
	}
}

// usedEvents are the events that observations rest on.
func (f *findings) usedEvents() []forensics.Event {
	rests := map[string]bool{}
	for _, o := range f.c.Observations {
		for _, l := range o.Locators {
			rests[l] = o.Event != nil
		}
	}
	var out []forensics.Event
	for _, e := range f.c.Events {
		if rests[e.Locator.String()] && !e.Corrected.IsZero() {
			out = append(out, e)
		}
	}
	return out
}

func (f *findings) observed() {
	for _, o := range f.c.Observations {
		locators := o.Locators
		if e := f.o.tested.Stated[o.ID]; e != "" {
			locators = append(append([]string(nil), locators...), e)
		}
		f.add(standingOf(o), report.FindObservation, map[string]string{"observation": o.ID}, locators, nil)
	}
}

// standingOf says on what an observation rests: what a device recorded was
// recovered with its record, what a person saw is that person's account, where a
// pattern points is the investigators' reading of it, and a soot line was measured.
func standingOf(o recon.Observation) forensics.FindingKind {
	switch {
	case o.Event != nil:
		return forensics.Recovered
	case o.Kind == recon.ObsSeenAt:
		return forensics.Supposed
	case o.Kind == recon.ObsPattern, o.Weak:
		return forensics.Inferred
	}
	return forensics.Measured
}

func (f *findings) compared() {
	r := f.c.Ranking
	if r == nil || len(r.Hypotheses) == 0 {
		return
	}
	grounds := map[string][]string{}
	for _, o := range f.c.Observations {
		grounds[o.ID] = o.Locators
	}
	via := []string{testedDir + "/ranking.json", simulatedDir + "/" + resultFile}
	var all []string
	for _, h := range r.Hypotheses {
		own := []string{}
		if id := f.hypothesisExhibit(h.HypothesisID); id != "" {
			own = append(own, id)
		}
		for _, v := range h.Verdicts {
			locators := append(append([]string(nil), grounds[v.ObservationID]...), own...)
			all = append(all, locators...)
			args := map[string]string{"hypothesis": h.HypothesisID, "observation": v.ObservationID}
			switch v.Answer {
			case recon.Agrees:
				f.add(forensics.Inferred, report.FindAgrees, args, locators, via)
			case recon.Conflicts:
				f.add(forensics.Inferred, report.FindConflicts, args, locators, via)
			}
		}
		args := map[string]string{"hypothesis": h.HypothesisID}
		key := report.FindNotRejected
		if h.Rejected {
			key = report.FindRejected
		}
		f.add(forensics.Inferred, key, args, own, via)
		if h.EliminationOnly && !h.Rejected {
			f.add(forensics.Inferred, report.FindEliminationOnly, args, own, via)
		}
	}
	if q := f.c.Inquiry; q != nil && q.Cells != nil {
		f.add(forensics.Inferred, report.FindOriginArea, nil, all, []string{testedDir + "/origin_cells.csv"})
	}
	if r.Determined {
		f.add(forensics.Inferred, report.FindDetermined, nil, all, via)
		return
	}
	f.add(forensics.Inferred, report.FindUndetermined, nil, all, via)
}

// hypothesisExhibit is the exhibit that states a hypothesis.
func (f *findings) hypothesisExhibit(id string) string {
	for _, h := range f.o.fires.Hypotheses {
		if h.Hypothesis.ID == id {
			return h.Exhibit
		}
	}
	return ""
}

// unique returns the strings once each, in their first order.
func unique(list []string) []string {
	seen := map[string]bool{}
	out := []string{}
	for _, s := range list {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
