package register

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"firescene/recon"
)

// ScaledPlace is where a cloud whose unit is not known lies in the frame of scans.
type ScaledPlace struct {
	Verdict Verdict
	Reason  Reason
	// WorldFromCloud takes the cloud to the frame of the scans, when HasPlace: as found
	// where registered, the likeliest where ambiguous. Scale is the metres of one unit.
	WorldFromCloud recon.Similarity
	HasPlace       bool
	SigmaScale     float64 // relative standard deviation of the scale
	RMSM           float64 // robust standard deviation of the distances between the surfaces
	SigmaM         float64 // standard deviation of its place at the middle of its points
	SigmaRad       float64 // and of its rotation
	Overlap        float64 // share of its points that lie on surfaces of the scans
	Against        float64 // share of what can be told that speaks against the place
}

// The limits of the verdict of a cloud with a scale of its own. Clouds made from photos
// have points in the air, which speak against a true place as well: simulated ones with
// a hundredth of them were seen to have .5 %. A room that was grown to the height of
// another had 42 % of its points on surfaces and .8 % against: where the scale is free,
// most points must meet.
const (
	scaledAgainst = 0.03
	leastScaled   = 0.6   // share of the cloud's points on surfaces of the scans
	scaledApart   = 0.02  // places whose scales differ by more are different places
	surestScale   = 0.005 // relative standard deviation of the scale, from which on it is open
	mostTrials    = 14    // scales tried
)

// JoinScaled places a cloud of unknown unit, such as one made from photos, in the frame
// of scans: worldFromScan is the place of each, Viewpoint and Intensity of the cloud are
// not used, and its Normals tell which side was seen. Hypotheses of the scale are the
// ratios of distances between parallel planes of the two; each is judged as places of
// scans are, by what meets and what the scanners have seen to be free. An error is of
// the context, or says that the scans can not be used.
func JoinScaled(ctx context.Context, scans []Scan, worldFromScan []recon.Pose, cloud Scan, workers int) (ScaledPlace, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	j := joiner{workers: workers}
	if err := j.prepareScans(ctx, scans, worldFromScan); err != nil {
		return ScaledPlace{}, err
	}
	return j.join(ctx, cloud)
}

// join places the cloud.
func (j *joiner) join(ctx context.Context, cloud Scan) (ScaledPlace, error) {
	j.cloud = &cloud
	own := naturalLength(cloud.XYZ)
	if own == 0 {
		return ScaledPlace{Verdict: Refused, Reason: reason(ReasonFew, "What", fmt.Sprintf("%d points", len(cloud.XYZ)/3))}, nil
	}
	cloud.Viewpoint, cloud.Guess = nil, nil
	first, err := prepare(ctx, &cloud, own, j.workers)
	if err != nil {
		if ctx.Err() != nil {
			return ScaledPlace{}, ctx.Err()
		}
		return ScaledPlace{Verdict: Refused, Reason: reason(ReasonFew, "What", err.Error())}, nil
	}
	scales := j.scales(first)
	if len(scales) == 0 {
		return ScaledPlace{Verdict: Refused, Reason: reason(ReasonPlanes)}, nil
	}
	var found []scaledTrial
	for _, s := range scales {
		list, err := j.try(ctx, s)
		if err != nil {
			return ScaledPlace{}, err
		}
		found = append(found, list...)
	}
	found = j.refineBest(ctx, found)
	return j.decide(found), ctx.Err()
}

// joiner is the work of JoinScaled.
type joiner struct {
	workers int
	cloud   *Scan
	seen    []*prepared // the scans, each with its view
	place   []rigid     // of each
	all     *prepared   // their points in one frame, without a view
}

// scaledTrial is a place with a scale and what speaks for it.
type scaledTrial struct {
	b        *prepared // the cloud at a scale near this one
	at       float64   // the scale of b
	sim      similar   // takes the points of b to the world
	rms      float64
	sigmas   [3]float64 // of the scale, the place and the rotation
	ok       bool
	evidence evidence
	worth    float64
}

// scale is metres of one unit of the cloud.
func (t *scaledTrial) scale() float64 { return t.at * t.sim.s }

// prepareScans prepares each scan, and all of them in one frame.
func (j *joiner) prepareScans(ctx context.Context, scans []Scan, place []recon.Pose) error {
	lengths := make([]float64, len(scans))
	list := make([]*Scan, len(scans))
	for i := range scans {
		list[i], lengths[i] = &scans[i], naturalLength(scans[i].XYZ)
	}
	length := commonLength(list, lengths)
	if length == 0 {
		return fmt.Errorf("register: too few points in the scans")
	}
	all := &Scan{Name: "all scans"}
	for i, s := range list {
		p, err := prepare(ctx, s, length, j.workers)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // too few points: it has nothing to say
		}
		world := fromPose(place[i])
		j.seen, j.place = append(j.seen, p), append(j.place, world)
		l := &p.levels[fine]
		for k := range l.p {
			q, n := world.apply(wide(l.p[k])), world.turn(wide(l.n[k]))
			for axis := range 3 {
				all.XYZ, all.Normal = append(all.XYZ, float32(q[axis])), append(all.Normal, float32(n[axis]))
			}
		}
	}
	var err error
	j.all, err = prepare(ctx, all, length, j.workers)
	return err
}

// gap is the distance of two parallel planes: facing each other, facing away from each
// other, or the same way.
type gap struct {
	d, area float64
	kind    int
}

// gapsOf lists the distances of parallel planes that are further apart than least.
func gapsOf(planes []plane, least float64) (out []gap) {
	for i := range planes {
		for k := range i {
			a, b := &planes[i], &planes[k]
			c := dot(a.n, b.n)
			if math.Abs(c) < math.Cos(planeTurn) {
				continue
			}
			// Measured between their middles, along the mean of the normals.
			n := unit(add(a.n, scale(math.Copysign(1, c), b.n)))
			d := dot(n, sub(b.mid, a.mid))
			g := gap{d: math.Abs(d), area: min(a.area, b.area)}
			if c < 0 {
				g.kind = 1
				if d < 0 {
					g.kind = -1
				}
			}
			if g.d > least {
				out = append(out, g)
			}
		}
	}
	return out
}

// scales are the ratios on which most distances between planes agree, best first.
func (j *joiner) scales(cloud *prepared) []float64 {
	type vote struct{ log, w float64 }
	var votes []vote
	ratio := spreadOf(j.all) / spreadOf(cloud)
	for _, a := range gapsOf(first(j.all.planes, 20), 3*j.all.length) {
		for _, b := range gapsOf(first(cloud.planes, 20), 3*cloud.length) {
			s := a.d / b.d
			if a.kind != b.kind || s < ratio/20 || s > 3*ratio { // photos show a part of the place, seldom more
				continue
			}
			votes = append(votes, vote{math.Log(s), math.Sqrt(min(a.area, s*s*b.area))})
		}
	}
	slices.SortStableFunc(votes, func(a, b vote) int {
		switch {
		case a.log < b.log:
			return -1
		case a.log > b.log:
			return 1
		}
		return 0
	})
	const width = 0.012
	type peak struct{ log, w float64 }
	var peaks []peak
	for i := range votes {
		p := peak{}
		for k := i; k < len(votes) && votes[k].log < votes[i].log+width; k++ {
			p.w += votes[k].w
			p.log += votes[k].w * votes[k].log
		}
		peaks = append(peaks, peak{p.log / p.w, p.w})
	}
	slices.SortStableFunc(peaks, func(a, b peak) int {
		switch {
		case a.w > b.w:
			return -1
		case a.w < b.w:
			return 1
		}
		return 0
	})
	var out []float64
	for _, p := range peaks {
		s := math.Exp(p.log)
		if !slices.ContainsFunc(out, func(o float64) bool { return math.Abs(o/s-1) < 1.5*width }) {
			if out = append(out, s); len(out) == mostTrials {
				break
			}
		}
	}
	return out
}

// spreadOf is the root mean square distance of a cloud's points from their middle.
func spreadOf(p *prepared) float64 {
	l, sq := &p.levels[coarse], 0.0
	for _, q := range l.p {
		d := sub(wide(q), p.mid)
		sq += dot(d, d)
	}
	return math.Sqrt(sq / float64(max(len(l.p), 1)))
}

// try places the cloud at a scale, roughly: the worth of a trial is its score.
func (j *joiner) try(ctx context.Context, s float64) ([]scaledTrial, error) {
	b, err := prepare(ctx, changed(j.cloud, s, false), j.all.length, j.workers)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, nil // of no size that could be compared
	}
	var out []scaledTrial
	for _, g := range first(scored(j.all, b, guessesOfPlanes(j.all, b), j.workers), 3) {
		out = append(out, scaledTrial{b: b, at: s, sim: similar{s: 1, rigid: g.t}, worth: g.score})
	}
	return out, nil
}

// judge weighs a trial by what each scanner saw.
func (j *joiner) judge(t *scaledTrial, count int) {
	m := t.sim.rigid
	t.evidence = judge(j.all, t.b, &m, count, j.workers)
	matched, against := 0, 0
	for i, p := range j.seen {
		if p.view == nil {
			continue
		}
		inv := j.place[i].inverse()
		local := inv.mul(&m)
		e := judge(p, t.b, &local, count/2, j.workers)
		matched, against = matched+e.Matched, against+e.Against
	}
	if matched > 0 { // in parts of what meets any scan
		t.evidence.Against = int(math.Round(float64(against) / float64(matched) * float64(t.evidence.Matched)))
	}
	t.worth = float64(t.evidence.Matched-againstWeight*t.evidence.Against) / float64(max(t.evidence.All, 1))
}

// refineBest refines the best trials with their scale and weighs them anew at it.
func (j *joiner) refineBest(ctx context.Context, list []scaledTrial) []scaledTrial {
	sortTrials(list)
	list = first(list, 8)
	for i := range list {
		t := &list[i]
		if t.refine(j, roughSteps); t.ok {
			j.judge(t, judged/6)
		} else {
			t.worth = math.Inf(-1)
		}
	}
	sortTrials(list)
	var out []scaledTrial
	for _, t := range list {
		if ctx.Err() != nil {
			return nil
		}
		if !t.ok || len(out) == 2 || slices.ContainsFunc(out, func(o scaledTrial) bool { return o.samePlace(&t, j.all.length) }) {
			continue // the best and what could be its rival
		}
		for range 2 { // the cloud is thinned at its scale, so once more at the refined one
			t.refine(j, fineSteps)
			b, err := prepare(ctx, changed(j.cloud, t.scale(), false), j.all.length, j.workers)
			if err != nil || !t.ok {
				break
			}
			t.b, t.at, t.sim.s = b, t.scale(), 1
		}
		if !t.ok {
			continue
		}
		j.judge(&t, judged)
		if !slices.ContainsFunc(out, func(o scaledTrial) bool { return o.samePlace(&t, j.all.length) }) {
			out = append(out, t)
		}
	}
	sortTrials(out)
	return out
}

func (t *scaledTrial) samePlace(o *scaledTrial, length float64) bool {
	return math.Abs(t.scale()/o.scale()-1) < scaledApart && same(&t.sim.rigid, &o.sim.rigid, t.b.mid, 1.5*math.Pi/180, length)
}

func sortTrials(list []scaledTrial) {
	slices.SortStableFunc(list, func(a, b scaledTrial) int {
		switch {
		case a.worth > b.worth:
			return -1
		case a.worth < b.worth:
			return 1
		}
		return 0
	})
}

// decide gives the verdict of the best place.
func (j *joiner) decide(list []scaledTrial) ScaledPlace {
	if len(list) == 0 || list[0].worth <= 0 {
		p := ScaledPlace{Verdict: Refused, Reason: reason(ReasonNone, "AgainstPct", percent(0), "With", "all scans")}
		if len(list) > 0 {
			p.Against = list[0].evidence.contradiction()
			p.Reason = reason(ReasonNone, "AgainstPct", percent(p.Against), "With", "all scans")
		}
		return p
	}
	t := &list[0]
	p := ScaledPlace{
		HasPlace: true, SigmaScale: t.sigmas[0], SigmaM: t.sigmas[1], SigmaRad: t.sigmas[2], RMSM: t.rms,
		Overlap: t.evidence.OverlapB, Against: t.evidence.contradiction(), WorldFromCloud: t.similarity(),
	}
	rivals := 0
	for i := range list[1:] {
		if r := &list[i+1]; r.worth > rivalShare*t.worth && r.evidence.contradiction() < scaledAgainst {
			rivals++
		}
	}
	switch {
	case p.Against > scaledAgainst:
		return ScaledPlace{Verdict: Refused, Against: p.Against, Reason: reason(ReasonNone, "AgainstPct", percent(p.Against), "With", "all scans")}
	case rivals > 0:
		p.Verdict, p.Reason = Ambiguous, reason(ReasonRival, "Count", fmt.Sprint(rivals), "With", "all scans")
	case !(p.SigmaScale < surestScale) || p.SigmaM > 0.05*j.all.length:
		p.Verdict, p.Reason = Ambiguous, reason(ReasonOpen, "With", "all scans")
	case p.Overlap < leastScaled:
		p.Verdict, p.Reason = Ambiguous, reason(ReasonWeak, "OverlapPct", percent(p.Overlap), "With", "all scans")
	default:
		p.Verdict, p.Reason = Registered, reason(ReasonMeets, "OverlapPct", percent(p.Overlap))
	}
	return p
}

// similarity takes the cloud's own coordinates to the world.
func (t *scaledTrial) similarity() recon.Similarity {
	p := t.sim.rigid.pose()
	return recon.Similarity{Turn: p.Q, Scale: t.scale(), T: p.T}
}
