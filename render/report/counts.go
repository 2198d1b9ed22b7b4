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
	n.countItems(c, in)
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

// countItems counts items one by one, and those of a summarised medium by its
// summary.
func (n *Counts) countItems(c *Content, in func(string) bool) {
	byType := map[string]*TypeCount{}
	add := func(g ItemGroup) {
		n.Items += g.Count
		t := byType[g.Type]
		if t == nil {
			t = &TypeCount{Type: g.Type}
			byType[g.Type] = t
		}
		switch g.State {
		case forensics.Whole:
			n.Whole += g.Count
			t.Whole += g.Count
		case forensics.Partial:
			n.Partial += g.Count
			t.Partial += g.Count
		default:
			n.Fragment += g.Count
			t.Fragment += g.Count
		}
		switch g.Origin {
		case forensics.FromLive:
			n.Live += g.Count
		case forensics.FromDeleted:
			n.Deleted += g.Count
		default:
			n.Carved += g.Count
		}
		n.Empty += g.Empty
		n.ItemsUnread += g.Unread
		n.UnreadB += g.UnreadB
	}
	for _, s := range c.Summaries {
		if !in(s.Exhibit) {
			continue
		}
		for _, g := range s.Groups {
			add(g)
		}
	}
	for _, it := range c.Items {
		if !in(it.Exhibit) || c.summary(it.Exhibit) != nil {
			continue
		}
		g := ItemGroup{}
		g.Add(it.Item)
		add(g)
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

// Add counts an item in its group. An empty group becomes that of the item.
func (g *ItemGroup) Add(it forensics.Item) {
	if g.Count == 0 {
		g.Type, g.State, g.Origin = it.Type, it.State, it.Origin
		g.Folder, _, _ = strings.Cut(it.File, "/")
	}
	g.Count++
	g.SizeB += it.SizeB
	if it.SizeB == 0 {
		g.Empty++
	}
	if it.UnreadB > 0 {
		g.Unread++
		g.UnreadB += it.UnreadB
	}
}

// summary is that of an exhibit, nil when its items are all listed.
func (c *Content) summary(exhibit string) *ItemSummary {
	for i := range c.Summaries {
		if c.Summaries[i].Exhibit == exhibit {
			return &c.Summaries[i]
		}
	}
	return nil
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
