package recover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
)

// Bounds of follow.
const (
	maxPieces  = 4        // fragments
	maxGap     = 1024     // free clusters between two of them
	maxCuts    = 96       // ends of a fragment that are tried, where the format does not say it exactly
	maxBranch  = 4        // beginnings of a next fragment that are followed further
	readBudget = 64 << 20 // bytes that walks may read for one file,
	walkB      = 64 << 10 // each counted as so many more, for what it does with them
)

// follow puts a file together fragment by fragment. The walk of what is there so
// far says where it goes wrong: the fragment ends there or a little before, and
// the next one begins behind a gap of free clusters. Of all gaps, one that gives
// the whole file in its recorded size is the answer; else those behind which the
// content goes on furthest are followed further. (After bifragment gap carving, S.
// Garfinkel, "Carving contiguous and fragmented files with fast object
// validation", DFRWS 2007, and the greedy reassembly of A. Pal and N. Memon, "The
// evolution of file carving", IEEE Signal Processing Magazine 2009.)
func (f *finder) follow(ctx context.Context, j *job) (*placement, error) {
	need := f.need(j.file.sizeB)
	free := f.skipping(j.file.first, need+maxPieces*maxGap, 1<<20, f.free)
	s := &following{finder: f, job: j, need: need, cs: f.fs.ClusterSizeB()}
	for _, x := range free {
		for c := x.first; c < x.first+x.n; c++ {
			s.free = append(s.free, c)
		}
	}
	if int64(len(s.free)) < need {
		return nil, nil
	}
	v, err := s.walkAt(s.free[:need])
	if err != nil {
		return nil, err
	}
	s.first, s.classes = v, make([]int8, len(s.free))
	if _, err := s.keep(s.free[:need:need], v); err != nil { // round other files, in order
		return nil, err
	}
	left := maxPieces - 1
	if j.t.Name == "jpeg" { // the codes of pictures in many small pieces fit by chance
		left, s.readB = 1, readBudget*3/4
	}
	if err := s.search(ctx, state{v: v, left: left}); s.whole == nil && err != nil {
		return nil, err
	}
	// what rests on lengths alone counts when nothing else fits as well
	if s.whole == nil && len(s.fits) == 1 && s.left() {
		s.whole = &s.fits[0]
	}
	if s.whole == nil {
		return nil, nil
	}
	where := s.whole.where()
	most := 0.9
	if s.whole.v.Proof == carve.ByLength {
		most = 0.75
	}
	how := fmt.Sprintf("put together from %d fragments among free clusters", len(where))
	if n := count(s.doubtful); n > 0 {
		most = 0.7
		how += fmt.Sprintf("; its check does not tell the %d clusters beside a splice from what lies in the gap", n)
	}
	return &placement{where, s.whole.v, how, most, s.doubtful}, nil
}

// following is the search for one file.
type following struct {
	*finder
	job   *job
	free  []uint32      // clusters in order, from the file's first one on
	need  int64         // clusters of the file
	cs    int64         // bytes of a cluster
	readB int64         // by walks so far
	first carve.Verdict // of the clusters in order
	whole *arrangement
	fits  []arrangement // whole, but by lengths alone
	// doubtful lists the clusters of whole that others may stand in for.
	doubtful []span

	classes  []int8 // of free; 0 when not looked at
	judged   bool   // hasPlain is known
	hasPlain bool
}

// arrangement is clusters in file order with what the walk says of them.
type arrangement struct {
	clusters []uint32
	v        carve.Verdict
}

func (a arrangement) where() (out []span) {
	for _, c := range a.clusters {
		out = addCluster(out, c)
	}
	return out
}

// counted counts what a walk reads.
type counted struct {
	r io.ReaderAt
	n *int64
}

func (c counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	*c.n += int64(n)
	return n, err
}

func (s *following) walkAt(clusters []uint32) (carve.Verdict, error) {
	var it outcome
	s.place(&it, &s.job.file, arrangement{clusters: clusters}.where())
	r := media.NewRunReader(s.image, it.Runs)
	v, err := s.job.t.Walk(counted{r, &s.readB}, r.Size())
	s.readB += walkB
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return v, err
}

// left reports whether the budget is not used up.
func (s *following) left() bool { return s.readB < readBudget }

// state is a file in pieces of which the current one is to end somewhere.
type state struct {
	done []uint32 // clusters of the fragments before the current one
	at   int64    // where the current one begins, in free
	// tail is what to add to a cluster's number in the file to have its place in
	// free, for the clusters of the file behind cluster from; 0 when not known.
	tail  int64
	from  int64
	v     carve.Verdict
	gainB int64 // how far the current fragment goes on behind the splice
	left  int   // further fragments that there may be
}

// put makes the clusters of the file: the current fragment up to cluster end, then
// those from free[begin] on, and from cluster hi on the tail, where it is known. It
// returns nil when there are not so many.
func (s *following) put(t state, end, begin, hi int64) []uint32 {
	had := int64(len(t.done))
	behind := s.need - end
	if t.tail != 0 {
		behind = max(0, hi-end)
		if s.need+t.tail > int64(len(s.free)) || max(end, hi)+t.tail < begin+behind {
			return nil
		}
	}
	if begin+behind > int64(len(s.free)) {
		return nil
	}
	out := make([]uint32, 0, s.need)
	out = append(append(append(out, t.done...), s.free[t.at:t.at+end-had]...), s.free[begin:begin+behind]...)
	for i := end + behind; i < s.need; i++ {
		out = append(out, s.free[i+t.tail])
	}
	return out
}

// reach is how widely is searched.
type reach struct {
	gaps int64 // free clusters between two fragments, at most
	ends int   // places where a fragment may end, at most
	all  bool  // not likely ones alone
}

// reaches are the searches in their order: fragments close by are likelier.
var reaches = []reach{{48, 2, false}, {48, 7, false}, {48, maxCuts, true}, {maxGap, 7, false}, {maxGap, maxCuts, true}}

func (s *following) search(ctx context.Context, t state) error {
	for _, r := range reaches {
		if err := s.next(ctx, t, r); err != nil || s.whole != nil || !s.left() {
			return err
		}
		if r.all && len(s.fits) > 0 {
			return nil // what lies further off does not make them more certain
		}
	}
	return nil
}

// next looks where the current fragment ends and what follows it.
func (s *following) next(ctx context.Context, t state, r reach) error {
	had := int64(len(t.done))
	hi := min(s.need-1, max(t.v.FailB, t.v.LengthB)/s.cs)
	lo := max(had+1, (t.v.SureB+s.cs-1)/s.cs)
	ends := likelyEnds(lo, hi)
	if r.all {
		ends = append(ends, otherEnds(lo, hi)...)
	}
	ends = ends[:min(len(ends), r.ends)]
	if t.tail != 0 {
		for _, end := range ends {
			if err := s.one(ctx, t, end, end+t.tail, end, nil); err != nil || s.whole != nil {
				return err
			}
		}
	}
	var further []state
	for gap := int64(1); gap <= r.gaps && s.left(); gap++ {
		for _, end := range ends {
			begin := t.at + end - had + gap
			if begin >= int64(len(s.free)) || !r.all && s.plain(begin) {
				continue
			}
			if err := s.one(ctx, t, end, begin, s.need-1, &further); err != nil || s.whole != nil {
				return err
			}
		}
	}
	if t.left <= 1 {
		return nil
	}
	sort.SliceStable(further, func(a, b int) bool { return further[a].gainB > further[b].gainB })
	for _, f := range further[:min(len(further), maxBranch)] {
		if err := s.next(ctx, f, r); err != nil || s.whole != nil {
			return err
		}
	}
	return nil
}

// one tries one place for the next fragment, and adds to further what is worth
// following.
func (s *following) one(ctx context.Context, t state, end, begin, hi int64, further *[]state) error {
	if err := ctx.Err(); err != nil || !s.left() {
		return err
	}
	if t.tail != 0 && further != nil {
		hi = t.from
	}
	clusters := s.put(t, end, begin, hi)
	if clusters == nil {
		return nil
	}
	w, err := s.walkAt(clusters)
	if err != nil {
		return err
	}
	if end, err := s.keep(clusters, w); end || err != nil || further == nil || w.State == forensics.Whole {
		return err
	}
	fail := max(w.FailB, w.LengthB)
	if t.tail == 0 && w.FailB != t.v.FailB && fail < end*s.cs && len(t.done) == 0 {
		// It goes wrong before the splice, and not where it does without it: something
		// at the end of the file, which tells of its beginning, lies where it should.
		for _, o := range *further {
			if o.tail == begin-end {
				return nil
			}
		}
		*further = append(*further, state{t.done, t.at, begin - end, end, w, s.job.file.sizeB, t.left})
		return nil
	}
	if gain := goesTo(w, t.v) - end*s.cs; gain >= s.cs {
		*further = append(*further, state{clusters[:end:end], begin, t.tail, t.from, w, gain, t.left - 1})
	}
	return nil
}

// keep takes an arrangement that is the whole file, and reports whether that ends
// the search.
func (s *following) keep(clusters []uint32, v carve.Verdict) (end bool, err error) {
	if v.State != forensics.Whole || v.LengthB != s.job.file.sizeB || v.Proof < carve.BySum && s.holdsPlain(clusters) {
		return false, nil
	}
	a := arrangement{clusters, v}
	for _, o := range s.fits {
		if slices.Equal(o.clusters, clusters) {
			return false, nil
		}
	}
	if s.fits = append(s.fits, a); v.Proof == carve.ByLength {
		return false, nil
	}
	a, clear, err := s.settle(a)
	if s.whole = &a; !clear && err == nil {
		s.doubtful, err = s.unclear(a)
	}
	return true, err
}

// goesTo is how far a walk shows that bytes belong together. Where it goes wrong
// counts only when that is not where it went wrong before: what a header
// announces for a place far behind tells nothing of what lies between.
func goesTo(w, before carve.Verdict) int64 {
	if w.FailB != before.FailB {
		return max(w.SureB, w.FailB)
	}
	return w.SureB
}

// likelyEnds are where a fragment probably ends that may end from lo to hi: near
// where the walk saw something foreign, and near where it was last sure.
func likelyEnds(lo, hi int64) (out []int64) {
	for e := hi; e >= lo && e > hi-4; e-- {
		out = append(out, e)
	}
	for e := lo; e <= hi-4 && e < lo+3; e++ {
		out = append(out, e)
	}
	return out
}

func otherEnds(lo, hi int64) (out []int64) {
	for e := lo + 3; e <= hi-4 && e < lo+maxCuts/2; e++ {
		out = append(out, e)
	}
	for e := hi - 4; e >= lo+maxCuts/2 && e > hi-maxCuts/2; e-- {
		out = append(out, e)
	}
	return out
}
