package recover

import (
	"bytes"
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
	readBudget = 96 << 20 // bytes that walks may read for one file,
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
func (f *finder) follow(ctx context.Context, j *job) (bool, error) {
	need := f.need(j.file.sizeB)
	free := f.skipping(j.file.first, need+maxPieces*maxGap, 1<<20, f.free)
	s := &following{finder: f, job: j, need: need, cs: f.fs.ClusterSizeB()}
	for _, x := range free {
		for c := x.first; c < x.first+x.n; c++ {
			s.free = append(s.free, c)
		}
	}
	if int64(len(s.free)) < need {
		return false, nil
	}
	v, err := s.walkAt(s.free[:need])
	if err != nil {
		return false, err
	}
	s.first, s.classes = v, make([]int8, len(s.free))
	if _, err := s.keep(s.free[:need:need], v); err != nil { // round other files, in order
		return false, err
	}
	left := maxPieces - 1
	if j.t.Name == "jpeg" { // the codes of pictures in many small pieces fit by chance
		left = 1
	}
	if err := s.search(ctx, state{v: v, left: left}); s.whole == nil && err != nil {
		return false, err
	}
	// what rests on lengths alone counts when nothing else fits as well
	if s.whole == nil && len(s.fits) == 1 && s.left() {
		s.whole = &s.fits[0]
	}
	if s.whole == nil {
		return false, nil
	}
	where := s.whole.where()
	most := 0.9
	if s.whole.v.Proof == carve.ByLength {
		most = 0.75
	}
	how := fmt.Sprintf("put together from %d fragments among free clusters", len(where))
	if s.doubtful == nil {
		f.accept(j, where, s.whole.v, how, most)
		return true, nil
	}
	n := count(s.doubtful)
	how += fmt.Sprintf("; its check does not tell the %d clusters beside a splice from what lies in the gap", n)
	f.accept(j, where, s.whole.v, how, 0.7)
	if s.whole.v.Proof != carve.BySum { // what is not read through is not known
		j.it.State = forensics.Partial
		j.it.Doubtful = f.parts(j, s.doubtful)
	}
	return true, nil
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
	var it forensics.Item
	s.place(&it, s.job.file, arrangement{clusters: clusters}.where())
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

// reaches are the searches in their order: fragments close by are likelier.
var reaches = []struct {
	gaps int64
	all  bool // all ends of a fragment, not the likely ones alone
}{{48, false}, {48, true}, {maxGap, false}, {maxGap, true}}

func (s *following) search(ctx context.Context, t state) error {
	for _, r := range reaches {
		if err := s.next(ctx, t, r.gaps, r.all); err != nil || s.whole != nil || !s.left() {
			return err
		}
		if r.all && len(s.fits) > 0 {
			return nil // what lies further off does not make them more certain
		}
	}
	return nil
}

// next looks where the current fragment ends and what follows it.
func (s *following) next(ctx context.Context, t state, gaps int64, all bool) error {
	had := int64(len(t.done))
	hi := min(s.need-1, max(t.v.FailB, t.v.LengthB)/s.cs)
	lo := max(had+1, (t.v.SureB+s.cs-1)/s.cs)
	ends := likelyEnds(lo, hi)
	if all {
		ends = append(ends, otherEnds(lo, hi)...)
	}
	if t.tail != 0 {
		for _, end := range ends {
			if err := s.one(ctx, t, end, end+t.tail, end, nil); err != nil || s.whole != nil {
				return err
			}
		}
	}
	var further []state
	for gap := int64(1); gap <= gaps && s.left(); gap++ {
		for _, end := range ends {
			begin := t.at + end - had + gap
			if begin >= int64(len(s.free)) || !all && s.plain(begin) {
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
		if err := s.next(ctx, f, gaps, all); err != nil || s.whole != nil {
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
	if gain := reach(w, t.v) - end*s.cs; gain >= s.cs {
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

// settle tries an arrangement's splices a cluster further on and back. Codes do
// not cover every byte: where that is as good, the place of the splice is not
// known, and clear is false. In a file that holds no plain clusters, one beside a
// splice that is not plain is better than one that is.
func (s *following) settle(a arrangement) (best arrangement, clear bool, err error) {
	for range maxSettles {
		plain := 0
		for _, c := range a.clusters[:len(a.clusters)-1] {
			if s.isPlain(c) {
				plain++
			}
		}
		other, verdict, err := s.rival(a, plain)
		if err != nil || verdict != better {
			return a, verdict == none, err
		}
		a = other
	}
	return a, false, nil
}

const maxSettles = 64

// unclear lists the clusters beside splices that others may stand in for.
func (s *following) unclear(a arrangement) (out []span, err error) {
	for i := 1; i < len(a.clusters); i++ {
		k, _ := slices.BinarySearch(s.free, a.clusters[i-1])
		m, _ := slices.BinarySearch(s.free, a.clusters[i])
		if k+1 == m {
			continue
		}
		from, to := i, i
		other := slices.Clone(a.clusters)
		for ; from > 1 && i-from < maxSettles && m-1-(i-from) >= 0; from-- {
			other[from-1] = s.free[m-1-(i-from)]
			if ok, err := s.fitsToo(other, a); !ok || err != nil {
				break
			}
		}
		copy(other, a.clusters)
		for ; to < len(other) && to-i < maxSettles && k+1+to-i < len(s.free); to++ {
			other[to] = s.free[k+1+to-i]
			if ok, err := s.fitsToo(other, a); !ok || err != nil {
				break
			}
		}
		for _, c := range a.clusters[from:to] {
			out = addCluster(out, c)
		}
	}
	return out, nil
}

func (s *following) fitsToo(clusters []uint32, a arrangement) (bool, error) {
	w, err := s.walkAt(clusters)
	return w.State == forensics.Whole && w.LengthB == s.job.file.sizeB && w.Proof >= a.v.Proof, err
}

// What rival finds.
const (
	none = iota
	equal
	better
)

// rival looks for an arrangement as good as a, which has so many plain clusters,
// or a better one.
func (s *following) rival(a arrangement, plain int) (arrangement, int, error) {
	for i := 1; i < len(a.clusters); i++ {
		before, behind := a.clusters[i-1], a.clusters[i]
		k, _ := slices.BinarySearch(s.free, before)
		m, _ := slices.BinarySearch(s.free, behind)
		if k+1 == m {
			continue // nothing free lies between
		}
		for _, x := range [2]struct{ at, free int }{{i, k + 1}, {i - 1, m - 1}} {
			if x.at == 0 || x.free < 0 || x.free >= len(s.free) {
				continue
			}
			was, is := s.isPlain(a.clusters[x.at]), s.isPlain(s.free[x.free])
			if is && !was && plain == 0 {
				continue
			}
			other := arrangement{clusters: slices.Clone(a.clusters)}
			other.clusters[x.at] = s.free[x.free]
			var err error
			if other.v, err = s.walkAt(other.clusters); err != nil {
				return a, none, err
			}
			switch {
			case other.v.State != forensics.Whole || other.v.LengthB != s.job.file.sizeB || other.v.Proof < a.v.Proof:
			case was && !is && plain == 1:
				return other, better, nil
			default:
				return a, equal, nil
			}
		}
	}
	return a, none, nil
}

func (s *following) isPlain(c uint32) bool {
	i, ok := slices.BinarySearch(s.free, c)
	return ok && s.class(int64(i)) == plainText
}

// reach is how far a walk shows that bytes belong together. Where it goes wrong
// counts only when that is not where it went wrong before: what a header
// announces for a place far behind tells nothing of what lies between.
func reach(w, before carve.Verdict) int64 {
	if w.FailB != before.FailB {
		return max(w.SureB, w.FailB)
	}
	return w.SureB
}

// plain reports whether a cluster holds text or one byte alone, as none does of
// those that the file is known to have: a fragment does not begin with it.
func (s *following) plain(i int64) bool {
	if !s.judged {
		s.judged = true
		known := min(max(s.first.SureB, s.first.LengthB)/s.cs, s.need)
		for k := range known {
			s.hasPlain = s.hasPlain || s.class(k) == plainText
		}
		s.hasPlain = s.hasPlain || known < 3
	}
	return !s.hasPlain && s.class(i) == plainText
}

// holdsPlain reports whether one of the clusters, but for the last, is plain.
func (s *following) holdsPlain(clusters []uint32) bool {
	for _, c := range clusters[:len(clusters)-1] {
		if i, ok := slices.BinarySearch(s.free, c); ok && s.plain(int64(i)) {
			return true
		}
	}
	return false
}

const (
	plainText = 1
	notPlain  = 2
)

func (s *following) class(i int64) int8 {
	if s.classes[i] == 0 {
		b := make([]byte, min(s.cs, 4096))
		n, _ := s.image.ReadAt(b, s.opts.OffsetB+s.fs.OffsetB(s.free[i]))
		s.classes[i] = notPlain
		if b = b[:n]; n > 0 && (bytes.Count(b, b[:1]) == n || isTextInside(b)) {
			s.classes[i] = plainText
		}
	}
	return s.classes[i]
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
