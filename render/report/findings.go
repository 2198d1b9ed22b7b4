package report

import (
	"fmt"
	"strings"

	"firescene/forensics"
	"firescene/recon"
)

// Keys of findings. The caller gives the key, the kind, the locators and the
// arguments named here; every number in the sentence is looked up in the content
// or counted there. An argument in brackets may be left out: the sentence is then
// about the whole case.
const (
	FindExhibitsHashed   = "finding.exhibits.hashed"         // every exhibit was hashed when it was added
	FindCustodyIntact    = "finding.custody.intact"          // the chain and all hashes hold
	FindExhibitChanged   = "finding.exhibit.changed"         // exhibit
	FindPhotosRegistered = "finding.photos.registered"       // [exhibit]
	FindPhotosNot        = "finding.photos.not_registered"   // [exhibit]
	FindScanPoints       = "finding.scans.points"            // [exhibit]
	FindScansNot         = "finding.scans.not_registered"    // [exhibit]
	FindScansShort       = "finding.scans.short"             // [exhibit]: fewer points read than the header claims
	FindScaleGiven       = "finding.scale.given"             // Content.Scale says how
	FindScaleNone        = "finding.scale.none"              // lengths are not metres
	FindRoom             = "finding.room"                    // room: closed, with its sizes
	FindRoomOpen         = "finding.room.open"               // room: not closed by what was scanned
	FindOpening          = "finding.opening"                 // opening
	FindSootLine         = "finding.mark.soot_line"          // mark
	FindVPattern         = "finding.mark.v"                  // mark
	FindSpall            = "finding.mark.spall"              // mark
	FindItemsRecovered   = "finding.items.recovered"         // exhibit
	FindItemsNone        = "finding.items.none"              // exhibit
	FindItemsUnread      = "finding.items.unread"            // exhibit: bytes in unread sectors
	FindItem             = "finding.item"                    // item
	FindClockOffset      = "finding.clock.offset"            // clock
	FindClockUnknown     = "finding.clock.unknown"           // exhibit: its times have no clock
	FindEventCorrected   = "finding.event.corrected"         // event
	FindEventUncorrected = "finding.event.uncorrected"       // event
	FindStatement        = "finding.statement"               // speaker, text
	FindObservation      = "finding.observation"             // observation
	FindAgrees           = "finding.verdict.agrees"          // hypothesis, observation
	FindConflicts        = "finding.verdict.conflicts"       // hypothesis, observation
	FindRejected         = "finding.hypothesis.rejected"     // hypothesis
	FindNotRejected      = "finding.hypothesis.not_rejected" // hypothesis
	FindBest             = "finding.hypothesis.best"         // hypothesis
	FindEliminationOnly  = "finding.hypothesis.elimination"  // hypothesis
	FindDetermined       = "finding.cause.determined"        // Content.Ranking says which
	FindUndetermined     = "finding.cause.undetermined"      //
	FindOriginArea       = "finding.origin.area"             // Content.Inquiry.Cells says where
	FindFree             = "finding.free"                    // text: a sentence in the case's own words
)

// Keys of remarks for Content.Remarks. The report adds what follows from the
// content by itself (no scale, photos not registered, times without a clock, and
// so on); these are for what only the caller knows.
const (
	RemarkVentilation = "remark.ventilation" // the fire passed flashover: patterns follow the openings
	RemarkUnseen      = "remark.unseen"      // where: a part of the scene that no photo or scan covers
	RemarkFree        = "remark.free"        // text
)

// FindingKeys returns the arguments that each finding key asks for.
func FindingKeys() map[string][]string {
	return map[string][]string{
		FindExhibitsHashed: nil, FindCustodyIntact: nil, FindExhibitChanged: {"exhibit"},
		FindPhotosRegistered: nil, FindPhotosNot: nil,
		FindScanPoints: nil, FindScansNot: nil, FindScansShort: nil,
		FindScaleGiven: nil, FindScaleNone: nil,
		FindRoom: {"room"}, FindRoomOpen: {"room"}, FindOpening: {"opening"}, FindSootLine: {"mark"}, FindVPattern: {"mark"}, FindSpall: {"mark"},
		FindItemsRecovered: {"exhibit"}, FindItemsNone: {"exhibit"}, FindItemsUnread: {"exhibit"}, FindItem: {"item"},
		FindClockOffset: {"clock"}, FindClockUnknown: {"exhibit"},
		FindEventCorrected: {"event"}, FindEventUncorrected: {"event"},
		FindStatement: {"speaker", "text"}, FindObservation: {"observation"},
		FindAgrees: {"hypothesis", "observation"}, FindConflicts: {"hypothesis", "observation"},
		FindRejected: {"hypothesis"}, FindNotRejected: {"hypothesis"}, FindBest: {"hypothesis"}, FindEliminationOnly: {"hypothesis"},
		FindDetermined: nil, FindUndetermined: nil, FindOriginArea: nil, FindFree: {"text"},
	}
}

// sentence puts a finding into words. What it names is looked up in the content,
// so that the sentence and the tables have one source. A finding that names what
// the content does not hold is an error.
func (k *composer) sentence(key string, args map[string]string) (string, error) {
	data := map[string]any{"N": k.n, "ranking": ""}
	for n, v := range args {
		data[n] = v
	}
	for _, look := range []func(map[string]string, map[string]any) error{
		k.lookExhibit, k.lookItem, k.lookClock, k.lookEvent, k.lookHypothesis, k.lookVerdict, k.lookScene, k.lookSurvey, k.lookCells,
	} {
		if err := look(args, data); err != nil {
			return "", fmt.Errorf("%s: %w", key, err)
		}
	}
	return k.t.fill(key, data)
}

func (k *composer) lookExhibit(args map[string]string, data map[string]any) error {
	id := args["exhibit"]
	n := k.n
	data["of_exhibit"], data["exhibit_name"] = "", ""
	if id != "" {
		i := indexOf(k.c.Exhibits, func(e forensics.Exhibit) bool { return e.ID == id })
		if i < 0 {
			return fmt.Errorf("exhibit %s is not in the case", id)
		}
		n = count(k.c, id)
		data["of_exhibit"] = k.t.T("word.of_exhibit", "exhibit", id)
		data["exhibit_name"] = k.c.Exhibits[i].Label
	}
	data["N"], data["types"], data["unread"] = n, n.types(k.t), k.t.size(n.UnreadB)
	return nil
}

func (k *composer) lookItem(args map[string]string, data map[string]any) error {
	id, ok := args["item"]
	if !ok {
		return nil
	}
	i := indexOf(k.c.Items, func(it ItemRow) bool { return it.ID == id })
	if i < 0 {
		return fmt.Errorf("item %s is not in the case", id)
	}
	it := k.c.Items[i]
	data["type"], data["state"], data["origin"] = it.Type, k.t.T("state."+string(it.State)), k.t.T("origin."+string(it.Origin))
	data["size"], data["sha256"], data["exhibit"] = k.t.size(it.SizeB), it.SHA256, it.Exhibit
	data["name"] = ""
	if it.Name != "" {
		data["name"] = k.t.T("word.named", "name", it.Name)
	}
	return nil
}

func (k *composer) lookClock(args map[string]string, data map[string]any) error {
	id, ok := args["clock"]
	if !ok {
		return nil
	}
	i := indexOf(k.c.Clocks, func(c forensics.Clock) bool { return c.ID == id })
	if i < 0 {
		return fmt.Errorf("clock %s is not in the case", id)
	}
	c := k.c.Clocks[i]
	data["clock_name"], data["offset"] = k.clockName(id), k.offsetWords(c.OffsetS)
	data["sigma"], data["method"] = uncertainty(c.SigmaS), strings.TrimRight(k.t.or(c.Method), "。. ")
	return nil
}

// offsetWords says by how much a clock is fast or slow.
func (k *composer) offsetWords(s float64) string {
	switch {
	case s > 0:
		return k.t.T("clock.fast", "s", seconds(s))
	case s < 0:
		return k.t.T("clock.slow", "s", seconds(-s))
	}
	return k.t.T("clock.exact")
}

func (k *composer) clockName(id string) string {
	i := indexOf(k.c.Clocks, func(c forensics.Clock) bool { return c.ID == id })
	if i < 0 || k.c.Clocks[i].Describe == "" {
		return id
	}
	return k.t.T("word.paren", "a", k.c.Clocks[i].Describe, "b", id)
}

func (k *composer) lookEvent(args map[string]string, data map[string]any) error {
	id, ok := args["event"]
	if !ok {
		return nil
	}
	i := indexOf(k.c.Events, func(e forensics.Event) bool { return e.ID == id })
	if i < 0 {
		return fmt.Errorf("event %s is not in the case", id)
	}
	e := k.c.Events[i]
	data["message"], data["raw"], data["exhibit"] = shorten(e.Message, 160), e.Raw, e.Exhibit
	data["corrected"], data["sigma"] = k.t.when(e.Corrected, decimals(e.SigmaS)), uncertainty(e.SigmaS)
	return nil
}

func (k *composer) lookHypothesis(args map[string]string, data map[string]any) error {
	if o, ok := args["observation"]; ok {
		i := indexOf(k.c.Observations, func(x recon.Observation) bool { return x.ID == o })
		if i < 0 {
			return fmt.Errorf("observation %s is not in the case", o)
		}
		data["observed_text"] = strings.TrimRight(k.c.Observations[i].Text, "。.")
	}
	id, ok := args["hypothesis"]
	if !ok {
		return nil
	}
	i := indexOf(k.c.Hypotheses, func(h HypothesisRow) bool { return h.ID == id })
	if i < 0 {
		return fmt.Errorf("hypothesis %s is not in the case", id)
	}
	data["title"] = strings.TrimRight(k.c.Hypotheses[i].Title, "。.")
	r := k.ranked(id)
	if r == nil {
		return fmt.Errorf("hypothesis %s was not compared", id)
	}
	data["agrees"], data["conflicts"], data["silent"] = answers(r.Verdicts)
	data["share"] = percent(r.Posterior)
	var worst []string
	for _, v := range r.Verdicts {
		if v.Answer == recon.Conflicts {
			worst = append(worst, k.t.T("word.conflict_with", "observation", v.ObservationID, "dev", sigmas(v.Deviation)))
		}
	}
	data["against"] = k.t.list(worst)
	return nil
}

func (k *composer) lookVerdict(args map[string]string, data map[string]any) error {
	h, okH := args["hypothesis"]
	o, okO := args["observation"]
	if !okH || !okO {
		return nil
	}
	v := k.verdict(h, o)
	if v == nil {
		return fmt.Errorf("there is no verdict of %s on %s", h, o)
	}
	data["predicted"], data["observed"], data["dev"] = k.predictedWords(*v), k.foundWords(*v), sigmas(v.Deviation)
	return nil
}

// lookScene adds what is said of the scene and of the comparison as a whole.
func (k *composer) lookScene(_ map[string]string, data map[string]any) error {
	data["scale_why"] = k.scaleWhy()
	data["custody_head"] = k.t.or(k.c.Meta.CustodyHead)
	if best := k.conclusion(); best != nil {
		data["best"], data["best_title"] = best.ID, strings.TrimRight(best.Title, "。.")
	}
	return nil
}

// conclusion is the hypothesis that the report may name as determined, or nil.
// It is the only place that decides this: the comparison must have come out
// determined, the hypothesis must be stated in the case and must neither be
// rejected nor rest on elimination alone.
func (k *composer) conclusion() *HypothesisRow {
	r := k.c.Ranking
	if r == nil || !r.Determined || len(r.Hypotheses) == 0 {
		return nil
	}
	best := r.Hypotheses[0]
	if best.Rejected || best.EliminationOnly {
		return nil
	}
	i := indexOf(k.c.Hypotheses, func(h HypothesisRow) bool { return h.ID == best.HypothesisID })
	if i < 0 {
		return nil
	}
	return &k.c.Hypotheses[i]
}

func (k *composer) ranked(id string) *recon.RankedHypothesis {
	if k.c.Ranking == nil {
		return nil
	}
	for i := range k.c.Ranking.Hypotheses {
		if k.c.Ranking.Hypotheses[i].HypothesisID == id {
			return &k.c.Ranking.Hypotheses[i]
		}
	}
	return nil
}

func (k *composer) verdict(hypothesis, observation string) *recon.Verdict {
	r := k.ranked(hypothesis)
	if r == nil {
		return nil
	}
	for i := range r.Verdicts {
		if r.Verdicts[i].ObservationID == observation {
			return &r.Verdicts[i]
		}
	}
	return nil
}

// openPoints lists what stands against signing the report as it is.
func (k *composer) openPoints() []string {
	var out []string
	add := func(key string, nameValue ...any) { out = append(out, k.t.T(key, nameValue...)) }
	for _, f := range []struct{ name, value string }{
		{"meta.case_number", k.c.Meta.CaseNumber}, {"meta.fire_name", k.c.Meta.FireName}, {"meta.place", k.c.Meta.Place},
		{"meta.fire_time", k.c.Meta.FireTime}, {"meta.agency", k.c.Meta.Agency},
		{"meta.maker", k.c.Meta.Maker}, {"meta.reviewer", k.c.Meta.Reviewer},
	} {
		if strings.TrimSpace(f.value) == "" {
			add("open.field", "name", k.t.T(f.name))
		}
	}
	if len(k.c.Meta.Investigators) < 2 {
		add("open.investigators", "n", len(k.c.Meta.Investigators))
	}
	if k.n.Exhibits == 0 {
		add("open.no_exhibits")
	}
	if k.c.Meta.CustodyHead == "" {
		add("open.no_head")
	}
	for _, e := range k.c.Exhibits {
		if e.SHA256 == "" {
			add("open.no_hash", "exhibit", e.ID)
		}
	}
	if k.n.EventsNot > 0 {
		add("open.events_no_clock", "n", k.n.EventsNot)
	}
	for _, h := range k.c.Hypotheses {
		if k.ranked(h.ID) == nil {
			add("open.not_compared", "hypothesis", h.ID)
		}
	}
	for _, x := range k.c.Contradictions {
		if strings.TrimSpace(x.Explanation) == "" {
			add("open.contradiction", "id", x.ID)
		}
	}
	for _, f := range k.c.Findings {
		if len(f.Locators) == 0 {
			add("open.no_locator", "id", f.ID)
		}
		for _, l := range f.Locators {
			if p, err := forensics.ParseLocator(l); err != nil || indexOf(k.c.Exhibits, func(e forensics.Exhibit) bool { return e.ID == p.Exhibit }) < 0 {
				add("open.bad_locator", "id", f.ID, "locator", l)
			}
		}
		if _, err := k.sentence(f.Key, f.Args); err != nil {
			add("open.bad_finding", "id", f.ID, "why", err.Error())
		}
		if f.Key == FindDetermined && k.conclusion() == nil {
			add("open.not_determined", "id", f.ID)
		}
	}
	if k.n.Failures > 0 {
		add("open.failures", "n", k.n.Failures)
	}
	return out
}

func indexOf[T any](s []T, is func(T) bool) int {
	for i := range s {
		if is(s[i]) {
			return i
		}
	}
	return -1
}
