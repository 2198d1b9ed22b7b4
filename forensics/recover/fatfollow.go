package recover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
)

// Bounds of follow.
const (
	maxPieces  = 4         // fragments
	maxGap     = 1024      // free clusters between two of them
	maxCuts    = 64        // ends of a fragment that are tried, where the format does not say it exactly
	maxBranch  = 4         // beginnings of a next fragment that are followed further
	readBudget = 128 << 20 // bytes that walks may read for one file
	minGainB   = 4096      // how far behind a splice the content must go on to be followed further
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
	if err := s.next(ctx, nil, 0, v, maxPieces-1); err != nil {
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
	f.accept(j, where, s.whole.v, fmt.Sprintf("put together from %d fragments among free clusters", len(where)), most)
	return true, nil
}

// following is the search for one file.
type following struct {
	*finder
	job   *job
	free  []uint32 // clusters in order, from the file's first one on
	need  int64    // clusters of the file
	cs    int64    // bytes of a cluster
	readB int64    // by walks so far
	whole *arrangement
	fits  []arrangement // whole, but by lengths alone
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
	s.readB += 4096 // what a walk costs besides
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return v, err
}

// left reports whether the budget is not used up.
func (s *following) left() bool { return s.readB < readBudget }

// branch is a file in pieces of which the last one is to end somewhere.
type branch struct {
	done  []uint32 // clusters of the fragments before the last one
	at    int64    // where the last one begins, in free
	v     carve.Verdict
	gainB int64 // how far it goes on behind the splice
}

// next extends a file whose fragments so far are done and whose current one
// begins at free[at]; v is the verdict of what lies there.
func (s *following) next(ctx context.Context, done []uint32, at int64, v carve.Verdict, left int) error {
	had := int64(len(done))
	hi := min(s.need-1, max(v.FailB, v.LengthB)/s.cs)
	lo := max(had+1, (v.SureB+s.cs-1)/s.cs)
	var branches []branch
	for _, ends := range [][]int64{likelyEnds(lo, hi), otherEnds(lo, hi)} {
		for gap := int64(1); gap <= maxGap && len(ends) > 0; gap++ {
			tried := map[int64]bool{}
			for _, end := range ends {
				// a walk that goes wrong before the splice at another place than without it
				// tells that the fragment ends there: the same gap, but earlier
				for jumps := 0; end >= lo && jumps < 4 && !tried[end] && s.left(); jumps++ {
					if err := ctx.Err(); err != nil {
						return err
					}
					tried[end] = true
					begin := at + end - had + gap
					if begin+s.need-end > int64(len(s.free)) {
						break
					}
					clusters := make([]uint32, 0, s.need)
					clusters = append(append(append(clusters, done...), s.free[at:at+end-had]...), s.free[begin:begin+s.need-end]...)
					w, err := s.walkAt(clusters)
					if err != nil {
						return err
					}
					if s.keep(clusters, w) {
						return nil
					}
					fail := max(w.FailB, w.LengthB)
					if gain := fail - end*s.cs; w.State != forensics.Whole && gain >= max(minGainB, s.cs) {
						branches = append(branches, branch{clusters[:end:end], begin, w, gain})
					}
					if fail >= end*s.cs || w.FailB == v.FailB {
						break
					}
					end = fail / s.cs
				}
			}
		}
	}
	if left <= 1 {
		return nil
	}
	sort.SliceStable(branches, func(a, b int) bool { return branches[a].gainB > branches[b].gainB })
	for _, b := range branches[:min(len(branches), maxBranch)] {
		if err := s.next(ctx, b.done, b.at, b.v, left-1); err != nil || s.whole != nil {
			return err
		}
	}
	return nil
}

// keep takes an arrangement that is the whole file, and reports whether that ends
// the search.
func (s *following) keep(clusters []uint32, v carve.Verdict) bool {
	if v.State != forensics.Whole || v.LengthB != s.job.file.sizeB {
		return false
	}
	a := arrangement{clusters, v}
	if v.Proof > carve.ByLength {
		s.whole = &a
		return true
	}
	s.fits = append(s.fits, a)
	return false
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
	for e := hi - 4; e >= lo+3 && e > hi-maxCuts; e-- {
		out = append(out, e)
	}
	return out
}
