package report

import (
	"sort"
	"strings"

	"firescene/forensics"
	"firescene/recon"
)

// Counts is how much of everything the report holds. It is made by count alone,
// and both the sentences and the tables take their numbers from it, so that a
// count in the text cannot differ from what is attached.
type Counts struct {
	Exhibits, Custody                                int
	Photos, PhotosRegistered, PhotosNot, PhotosTimed int
	Scans, ScansPlaced, ScansNot, ScansShort         int
	PointsRead, PointsClaimed                        int64
	Figures                                          int
	Items, Whole, Partial, Fragment                  int
	Live, Deleted, Carved                            int
	ItemsUnread                                      int
	Empty                                            int // items of which only the entry is left, without a byte of content
	UnreadB                                          int64
	ItemsByType                                      []TypeCount
	Clocks                                           int
	Events, EventsCorrected, EventsNot, Guessed      int
	Statements, Observations, Hypotheses, Rejected   int
	Simulated, Warnings                              int
	Findings, Measured, Recovered, Inferred          int
	Supposed                                         int
	Contradictions, ContradictionsOpen               int
	Steps, Failures, Manifest                        int
}

// TypeCount is the number of items of one type by state.
type TypeCount struct {
	Type                     string
	Whole, Partial, Fragment int
}

// All is the number of items of the type.
func (t TypeCount) All() int { return t.Whole + t.Partial + t.Fragment }

// count counts what belongs to one exhibit, or everything when exhibit is empty.
// Things that belong to no exhibit are counted only in the whole.
func count(c *Content, exhibit string) Counts {
	in := func(e string) bool { return exhibit == "" || e == exhibit }
	var n Counts
	for _, e := range c.Exhibits {
		if in(e.ID) {
			n.Exhibits++
		}
	}
	for _, e := range c.Custody {
		if in(e.Exhibit) {
			n.Custody++
		}
	}
	for _, p := range c.Photos {
		if !in(p.Exhibit) {
			continue
		}
		n.Photos++
		if p.Registered {
			n.PhotosRegistered++
		} else {
			n.PhotosNot++
		}
		if !p.Corrected.IsZero() {
			n.PhotosTimed++
		}
	}
	for _, s := range c.Scans {
		if !in(s.Exhibit) {
			continue
		}
		n.Scans++
		n.PointsRead += s.PointsRead
		n.PointsClaimed += s.PointsClaimed
		if s.PointsRead < s.PointsClaimed {
			n.ScansShort++
		}
		if s.Pose == PoseStored || s.Pose == PoseGiven || s.Pose == PoseComputed {
			n.ScansPlaced++
		} else {
			n.ScansNot++
		}
	}
	n.countItems(c.Items, in)
	for _, e := range c.Events {
		if !in(e.Exhibit) {
			continue
		}
		n.Events++
		if e.Corrected.IsZero() {
			n.EventsNot++
		} else {
			n.EventsCorrected++
		}
		if e.Guessed != "" {
			n.Guessed++
		}
	}
	for _, s := range c.Statements {
		if in(s.Locator.Exhibit) {
			n.Statements++
		}
	}
	if exhibit == "" {
		n.countWhole(c)
	}
	return n
}

func (n *Counts) countItems(items []ItemRow, in func(string) bool) {
	byType := map[string]*TypeCount{}
	for _, it := range items {
		if !in(it.Exhibit) {
			continue
		}
		n.Items++
		t := byType[it.Type]
		if t == nil {
			t = &TypeCount{Type: it.Type}
			byType[it.Type] = t
		}
		switch it.State {
		case forensics.Whole:
			n.Whole++
			t.Whole++
		case forensics.Partial:
			n.Partial++
			t.Partial++
		default:
			n.Fragment++
			t.Fragment++
		}
		switch it.Origin {
		case forensics.FromLive:
			n.Live++
		case forensics.FromDeleted:
			n.Deleted++
		default:
			n.Carved++
		}
		if it.SizeB == 0 {
			n.Empty++
		}
		if it.UnreadB > 0 {
			n.ItemsUnread++
			n.UnreadB += it.UnreadB
		}
	}
	for _, t := range byType {
		n.ItemsByType = append(n.ItemsByType, *t)
	}
	sort.Slice(n.ItemsByType, func(i, j int) bool {
		a, b := n.ItemsByType[i], n.ItemsByType[j]
		if a.All() != b.All() {
			return a.All() > b.All()
		}
		return a.Type < b.Type
	})
}

// countWhole counts what belongs to the case and to no single exhibit.
func (n *Counts) countWhole(c *Content) {
	n.Figures, n.Clocks = len(c.Figures), len(c.Clocks)
	n.Observations, n.Hypotheses = len(c.Observations), len(c.Hypotheses)
	n.Steps, n.Failures, n.Manifest = len(c.Steps), len(c.Failures), len(c.Manifest)
	n.Contradictions = len(c.Contradictions)
	for _, x := range c.Contradictions {
		if strings.TrimSpace(x.Explanation) == "" {
			n.ContradictionsOpen++
		}
	}
	for _, h := range c.Hypotheses {
		if h.Result != nil {
			n.Simulated++
			n.Warnings += len(h.Result.Warnings)
		}
	}
	if c.Ranking != nil {
		for _, r := range c.Ranking.Hypotheses {
			if r.Rejected {
				n.Rejected++
			}
		}
	}
	for _, f := range c.Findings {
		n.Findings++
		switch f.Kind {
		case forensics.Measured:
			n.Measured++
		case forensics.Recovered:
			n.Recovered++
		case forensics.Inferred:
			n.Inferred++
		default:
			n.Supposed++
		}
	}
}

// types lists the item types with their counts, "jpeg 12, png 3".
func (n Counts) types(t *texts) string {
	var words []string
	for _, k := range n.ItemsByType {
		words = append(words, k.Type+" "+num(k.All()))
	}
	if len(words) == 0 {
		return t.T("word.none")
	}
	return t.list(words)
}

// answers counts the verdicts of one hypothesis.
func answers(vs []recon.Verdict) (agrees, conflicts, silent int) {
	for _, v := range vs {
		switch v.Answer {
		case recon.Agrees:
			agrees++
		case recon.Conflicts:
			conflicts++
		default:
			silent++
		}
	}
	return
}
