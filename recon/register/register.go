// Package register places scans in one frame from their points alone, and says how
// sure each place is. It never calls a place found that its own evidence speaks
// against.
//
// Hypotheses come from several sources (planes, descriptors of places, targets,
// places stored in files). All are judged alike: by how much of the surfaces meet
// and face the same side, and by what speaks against: a scanner has seen that the
// way to each of its points is free, so no point of another scan can lie there, and
// it sees no surface from behind. That tells the two faces of a wall apart, and the
// two ends of a room.
package register

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"firescene/recon"
)

// Verdict is what is known of a scan's place.
type Verdict string

// The verdicts.
const (
	Registered Verdict = "registered" // one place, and nothing speaks against it
	Ambiguous  Verdict = "ambiguous"  // several places could be, or the evidence is too weak
	Refused    Verdict = "refused"    // no place was found
)

// Options changes how scans are registered. The zero value is the usual way.
type Options struct {
	Level   bool // turn the frame so that floors and ceilings are level, and put the floor at height 0
	Workers int  // 0: as many as there are processors; the result does not depend on it
	// Links are targets that scans have in common, see Link.
	Links []Link
	// Progress is told how far the work is; nil for nobody.
	Progress func(stage string, done, total int)
}

// Link says that points of two scans are the same points of the place, such as
// centres of targets. It is one more hypothesis and, when all distances agree, more
// evidence.
type Link struct {
	A, B   string // names of the scans
	PA, PB [][3]float64
	SigmaM float64 // standard deviation of a point's place
}

// Placed is one scan of the result.
type Placed struct {
	Name    string
	Verdict Verdict
	Reason  Reason
	// WorldFromScan is the place: of a registered scan as found, of an ambiguous one
	// the likeliest, when HasPose. A refused scan has none.
	WorldFromScan recon.Pose
	HasPose       bool
	// RMSM is the robust standard deviation of the distances between its surfaces and
	// those of the scans it meets, in metres.
	RMSM float64
	// SigmaM and SigmaRad are standard deviations of its place at the middle of its
	// points and of its rotation, against the frame.
	SigmaM, SigmaRad float64
	// Others are the other places of an ambiguous scan, in the same frame.
	Others []recon.Pose
	Note   Reason // what is to be known of the scan by itself; no key: nothing
}

// Reason is why a scan has its verdict: a key for messages and its values.
type Reason struct {
	Key  string            `json:"key"`
	Args map[string]string `json:"args,omitempty"`
}

// The keys of Placed.Note.
const (
	NoteUnknown = "eye_unknown" // it is not stated where the scanner stood
	NoteWrong   = "eye_wrong"   // it can not have stood where stated: Pct of the points would be hidden by others
	NoteFar     = "eye_far"     // the origin of the coordinates is far away: Metres
	NoteStored  = "stored_off"  // the stored place is another than the one found: Millimetres, Degrees
)

// The keys of Reason.
const (
	ReasonFrame     = "frame"     // the frame is this scan's own
	ReasonFits      = "fits"      // meets other scans: Count, OverlapPct
	ReasonMeets     = "meets"     // of a pair: OverlapPct
	ReasonTargets   = "targets"   // of a pair: Count targets agree
	ReasonRival     = "rival"     // other places fit nearly as well: Count, With
	ReasonWeak      = "weak"      // too little in common to be sure: OverlapPct, With
	ReasonOpen      = "open"      // the surfaces in common leave a motion open: With
	ReasonLoop      = "loop"      // ways around disagree: Millimetres, With
	ReasonNone      = "none"      // no place without contradiction: AgainstPct, With
	ReasonMirror    = "mirror"    // fits only as its mirror image: With
	ReasonUnit      = "unit"      // fits only when its unit is another: Unit, With
	ReasonSize      = "size"      // of another size than the other scans: Times
	ReasonFew       = "few"       // too few points or no area: What
	ReasonSeparated = "separated" // joined with others, but not with the largest group: Group
	ReasonPlanes    = "planes"    // of a cloud of unknown unit: no planes in common that tell its scale
	ReasonAlone     = "alone"     // there is no other scan that could be read
)

// Pair is what was found of two scans.
type Pair struct {
	A, B         string
	Verdict      Verdict
	Reason       Reason
	From         string  // what the hypothesis was made of
	RMSM         float64 // robust standard deviation of the distances between the surfaces
	OverlapA     float64 // share of each scan's points that lie on the other's surfaces
	OverlapB     float64
	Against      float64 // share of what can be told that speaks against the place
	ResidualM    float64 // by how much the final places differ from this pair's own, at the middle of the common points
	ResidualRad  float64
	Used         bool // takes part in the final places
	SigmaM       float64
	SigmaRad     float64
	TargetsUsed  int     // points of a Link that agree
	TargetsRMSM  float64 // their distances after registration
	TargetsWrong int     // points of a Link that do not
}

// Result is the placed scans, in the order of their names, and the pairs.
type Result struct {
	Scans []Placed
	Pairs []Pair
	Level *Levelling // nil: not asked for, or nothing level was found
}

// Register places scans. The result depends neither on their order nor on the
// number of workers. An error is of the context or of what was asked, never of a
// scan: a scan that can not be placed is refused in the result.
func Register(ctx context.Context, scans []Scan, opts Options) (*Result, error) {
	if opts.Workers <= 0 {
		opts.Workers = runtime.GOMAXPROCS(0)
	}
	if opts.Progress == nil {
		opts.Progress = func(string, int, int) {}
	}
	list := make([]*Scan, len(scans))
	for i := range scans {
		list[i] = &scans[i]
	}
	slices.SortStableFunc(list, func(a, b *Scan) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(list); i++ {
		if list[i].Name == list[i-1].Name {
			return nil, fmt.Errorf("register: two scans are named %q", list[i].Name)
		}
	}
	g := &graph{opts: opts, scans: list, ready: make([]*prepared, len(list)), result: &Result{}}
	for _, s := range list {
		g.result.Scans = append(g.result.Scans, Placed{Name: s.Name, Verdict: Refused})
	}
	for _, stage := range []func(context.Context) error{g.prepare, g.searchPairs, g.join, g.check, g.settle, g.explain, g.frame, g.level} {
		if err := stage(ctx); err != nil {
			return nil, err
		}
	}
	return g.result, nil
}

// sizeFactor is how much the natural lengths of scans may differ before their
// units are doubted.
const sizeFactor = 8

// prepare finds the common length and prepares the scans.
func (g *graph) prepare(ctx context.Context) error {
	lengths := make([]float64, len(g.scans))
	parallel(g.opts.Workers, len(g.scans), func(i int) { lengths[i] = naturalLength(g.scans[i].XYZ) })
	g.length = commonLength(g.scans, lengths)
	for i, s := range g.scans {
		p := &g.result.Scans[i]
		g.opts.Progress("prepare", i, len(g.scans))
		switch l := lengths[i]; {
		case l == 0:
			p.Reason = reason(ReasonFew, "What", fmt.Sprintf("%d points", len(s.XYZ)/3))
			continue
		case l > sizeFactor*g.length || l < g.length/sizeFactor:
			p.Reason = reason(ReasonSize, "Times", fmt.Sprintf("%.3g", l/g.length))
			continue
		}
		r, err := prepare(ctx, s, g.length, g.opts.Workers)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			p.Reason = reason(ReasonFew, "What", err.Error())
			continue
		}
		g.ready[i] = r
		p.Note = r.note
	}
	return nil
}

// commonLength is the median of the lengths, weighted by points: one of the values,
// so that a scan in another unit does not set the measure of the others, nor does a
// small odd one.
func commonLength(scans []*Scan, lengths []float64) float64 {
	type weighted struct {
		length float64
		points int
	}
	var list []weighted
	total := 0
	for i, l := range lengths {
		if l > 0 {
			n := len(scans[i].XYZ) / 3
			list = append(list, weighted{l, n})
			total += n
		}
	}
	slices.SortFunc(list, func(a, b weighted) int {
		switch {
		case a.length < b.length:
			return -1
		case a.length > b.length:
			return 1
		}
		return a.points - b.points
	})
	sum := 0
	for _, w := range list {
		if sum += w.points; 2*sum >= total {
			return w.length
		}
	}
	return 0
}

func reason(key string, nameValue ...string) Reason {
	r := Reason{Key: key}
	for i := 0; i+1 < len(nameValue); i += 2 {
		if r.Args == nil {
			r.Args = map[string]string{}
		}
		r.Args[nameValue[i]] = nameValue[i+1]
	}
	return r
}

func percent(v float64) string { return fmt.Sprintf("%.1f", 100*v) }

// The limits of a verdict. They were set on simulated flats, where true places have
// up to .6 % of contradictions (edges and noise) and false ones from 5 % on.
const (
	mostAgainst  = 0.02 // more than this share against: not the place
	rivalAgainst = 0.03 // a second place with less than this is possible too
	rivalShare   = 0.5  // of the best's support, from which on it is a rival
	leastOverlap = 0.15 // of one of the scans
	leastWeight  = 2e-3 // least over greatest eigenvalue of the normal equations
)

// decide gives the verdict of a pair from its candidates.
func decide(a, b *prepared, list []candidate) (Verdict, Reason, *candidate) {
	with := a.scan.Name
	sortByWorth(list)
	if len(list) == 0 || !list[0].ok || list[0].worth() <= 0 {
		against := 0.0
		if len(list) > 0 {
			against = list[0].contradiction()
		}
		return Refused, reason(ReasonNone, "AgainstPct", percent(against), "With", with), nil
	}
	best := &list[0]
	if best.contradiction() > mostAgainst {
		return Refused, reason(ReasonNone, "AgainstPct", percent(best.contradiction()), "With", with), nil
	}
	rivals := 0
	for i := range list[1:] {
		r := &list[i+1]
		if r.ok && r.contradiction() < rivalAgainst && r.worth() > rivalShare*best.worth() && !closeTo(a, b, best, r) {
			rivals++
		}
	}
	seen := a.view != nil && b.view != nil
	if seen && best.overlap() < leastOverlap/2 {
		return Refused, reason(ReasonWeak, "OverlapPct", percent(best.overlap()), "With", with), nil
	}
	least, most := best.weakest(20 * a.length)
	switch need := leastOverlap; {
	case rivals > 0:
		return Ambiguous, reason(ReasonRival, "Count", fmt.Sprint(rivals), "With", with), best
	case !(least > leastWeight*most) || best.cov == nil || best.sigma() > 0.05*a.length:
		return Ambiguous, reason(ReasonOpen, "With", with), best
	case seen && best.overlap() < need, !seen && (best.overlap() < unseenOverlap || min(best.OverlapA, best.OverlapB) < unseenOverlap/2):
		return Ambiguous, reason(ReasonWeak, "OverlapPct", percent(best.overlap()), "With", with), best
	}
	return Registered, reason(ReasonMeets, "OverlapPct", percent(best.overlap())), best
}

// unseenOverlap is the overlap that is asked for, of the other scan half of it,
// where nothing can speak against a place because it is not known where the scanner
// stood. Views of things that have nothing in common were seen to overlap by .1.
const unseenOverlap = 0.25

// closeTo reports whether two candidates are the same place within what refinement
// leaves.
func closeTo(a, b *prepared, x, y *candidate) bool {
	return same(&x.t, &y.t, b.mid, 1.5*math.Pi/180, a.length)
}
