package recover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/splice"
)

// maxGapClusters is how far apart the pieces of a text may lie.
const maxGapClusters = 4096

// search looks for the pieces of files that are not whole where they are
// expected. The cheap way first, again and again, as every file that is found
// leaves fewer clusters for the others: round what is accounted for. Then any
// arrangement of free clusters that the format proves.
func (f *finder) search(ctx context.Context, open []*job) error {
	var left []*job
	for _, j := range open {
		if !j.done && j.t != nil && j.it.UnreadB == 0 && j.file.validB == j.file.sizeB && !(j.text && j.verdict.Proof == carve.ByLength) {
			left = append(left, j)
		}
	}
	sort.SliceStable(left, func(a, b int) bool { return left[a].file.sizeB < left[b].file.sizeB })
	tried := map[*job]bool{}
	for {
		if err := f.roundOthers(ctx, left); err != nil {
			return err
		}
		found := false
		for _, j := range left {
			if j.done || tried[j] {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			tried[j] = true
			ok, err := f.pieces(ctx, j)
			if err != nil {
				return err
			}
			if found = ok; ok {
				break
			}
		}
		if !found {
			return nil
		}
	}
}

// roundOthers tries for every file the clusters from its first one on that
// nothing accounts for, until that finds no more.
func (f *finder) roundOthers(ctx context.Context, left []*job) error {
	for again := true; again; {
		again = false
		for _, j := range left {
			if err := ctx.Err(); err != nil {
				return err
			}
			need := f.need(j.file.sizeB)
			if j.done || !f.free(j.file.first) {
				continue
			}
			where := f.skipping(j.file.first, need, 1<<20, f.free)
			if count(where) < need || len(where) == 1 && !j.recorded {
				continue
			}
			ok, err := f.try(j, where, "put together from free clusters round those of other files", 0.95)
			if err != nil {
				return err
			}
			again = again || ok
		}
	}
	return nil
}

// try walks a file at a place and accepts it when that proves it to its recorded
// size.
func (f *finder) try(j *job, where []span, how string, most float64) (bool, error) {
	var it forensics.Item
	f.place(&it, j.file, where)
	v, err := f.walk(j.t, it.Runs)
	if err != nil {
		return false, err
	}
	if ok, exact := f.proves(j, v, it.SizeB, it.UnreadB); ok && exact && v.Proof > carve.ByLength {
		f.accept(j, where, v, how, most)
		return true, nil
	}
	return false, nil
}

// pieces looks for the fragments of one file among all free clusters.
func (f *finder) pieces(ctx context.Context, j *job) (bool, error) {
	if !f.free(j.file.first) {
		return false, nil
	}
	cs := f.fs.ClusterSizeB()
	origin := f.opts.OffsetB + f.fs.OffsetB(2)
	space := splice.Space{R: f.image, SizeB: origin + int64(f.fs.Count())*cs, BlockB: cs, OriginB: origin, Free: f.freeRuns(), NextUnread: f.opts.Unread.Next}
	res, ok, err := space.Assemble(ctx, splice.Job{Type: j.t, StartB: f.opts.OffsetB + f.fs.OffsetB(j.file.first), SizeB: j.file.sizeB, Verdict: j.verdict})
	if err != nil {
		return false, err
	}
	if ok {
		var where []span
		for _, r := range res.Runs {
			if (r.OffsetB-origin)%cs != 0 {
				return false, nil
			}
			where = append(where, span{uint32((r.OffsetB-origin)/cs) + 2, uint32(f.need(r.LengthB))})
		}
		f.accept(j, where, res.Verdict, fmt.Sprintf("put together from %d fragments among free clusters", len(where)), 0.9)
		return true, nil
	}
	return f.follow(ctx, j)
}

// freeRuns lists what nothing accounts for.
func (f *finder) freeRuns() (out []forensics.ByteRun) {
	cs := f.fs.ClusterSizeB()
	for c := uint32(2); c-2 < f.fs.Count(); c++ {
		if !f.free(c) {
			continue
		}
		off := f.opts.OffsetB + f.fs.OffsetB(c)
		if k := len(out); k > 0 && out[k-1].OffsetB+out[k-1].LengthB == off {
			out[k-1].LengthB += cs
		} else {
			out = append(out, forensics.ByteRun{OffsetB: off, LengthB: cs})
		}
	}
	return out
}

// Bounds of follow.
const (
	maxPieces  = 4    // fragments
	maxGap     = 1024 // free clusters between two of them
	nearCuts   = 4    // ends of a fragment that are tried first,
	maxCuts    = 64   // and at most, where the format does not say it exactly
	maxBranch  = 4    // beginnings of a next fragment that are followed further
	walkBudget = 192 << 20
	minGainB   = 4096 // how far behind a splice the content must go on to be followed further
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
	s := &following{finder: f, job: j, free: free, total: count(free), need: need, cs: f.fs.ClusterSizeB()}
	v, err := s.walkAt(cut(free, 0, need))
	if err != nil {
		return false, err
	}
	where, v, err := s.next(ctx, nil, 0, v, maxPieces-1)
	if err != nil || where == nil {
		return false, err
	}
	f.accept(j, where, v, fmt.Sprintf("put together from %d fragments among free clusters", len(where)), 0.9)
	return true, nil
}

type following struct {
	*finder
	job    *job
	free   []span // in order, from the file's first cluster on
	total  int64  // clusters of free
	need   int64
	cs     int64 // bytes of a cluster
	walked int64 // bytes
}

func (s *following) walkAt(where []span) (carve.Verdict, error) {
	var it forensics.Item
	s.place(&it, s.job.file, where)
	v, err := s.walk(s.job.t, it.Runs)
	s.walked += max(v.FailB, v.LengthB, s.cs)
	return v, err
}

// next extends a file whose fragments so far are done, and whose current one
// begins at cluster at of the free ones; v is the verdict of what lies there.
func (s *following) next(ctx context.Context, done []span, at int64, v carve.Verdict, left int) ([]span, carve.Verdict, error) {
	type branch struct {
		done  []span
		at    int64
		v     carve.Verdict
		gainB int64
	}
	had := count(done)
	hi := min(s.need-1, max(v.FailB, v.LengthB)/s.cs)
	sure := max(had+1, (v.SureB+s.cs-1)/s.cs)
	var branches []branch
	for _, cuts := range []int64{nearCuts, maxCuts} {
		lo := max(sure, hi-cuts+1)
		for begin := at + lo - had + 1; begin < min(at+hi-had+maxGap, s.total); begin++ {
			if err := ctx.Err(); err != nil {
				return nil, v, err
			}
			if !s.mayGoOn(cut(s.free, begin, begin+1)[0].first) {
				continue
			}
			for end := min(hi, begin-at+had-1); end >= lo && begin+s.need-end <= s.total; end-- {
				if s.walked > walkBudget {
					return nil, v, nil
				}
				head := append(cut(done, 0, had), cut(s.free, at, at+end-had)...)
				where := append(head[:len(head):len(head)], cut(s.free, begin, begin+s.need-end)...)
				w, err := s.walkAt(where)
				if err != nil {
					return nil, v, err
				}
				if w.State == forensics.Whole && w.LengthB == s.job.file.sizeB && w.Proof > carve.ByLength {
					return where, w, nil
				}
				if gain := max(w.FailB, w.LengthB) - end*s.cs; w.State != forensics.Whole && gain >= max(minGainB, s.cs) {
					branches = append(branches, branch{head, begin, w, gain})
				}
			}
		}
		if lo == sure {
			break
		}
	}
	if left <= 1 {
		return nil, v, nil
	}
	sort.SliceStable(branches, func(a, b int) bool { return branches[a].gainB > branches[b].gainB })
	for _, b := range branches[:min(len(branches), maxBranch)] {
		where, w, err := s.next(ctx, b.done, b.at, b.v, left-1)
		if err != nil || where != nil {
			return where, w, err
		}
	}
	return nil, v, nil
}

// mayGoOn is a quick look at a cluster that a fragment may begin with: text and
// zeros do not go on with coded data.
func (s *following) mayGoOn(c uint32) bool {
	if s.job.t.Name != "jpeg" {
		return true
	}
	var b [512]byte
	n, _ := s.image.ReadAt(b[:], s.opts.OffsetB+s.fs.OffsetB(c))
	return !isTextInside(b[:n]) && !bytes.Equal(b[:n], make([]byte, n))
}

// continueText judges a deleted text, which has no structure to prove it: its
// clusters must hold text of the same make as its beginning. When some of those
// that follow each other do not, it is taken to go on in the next that do, which
// is a supposition, and the item stays partial.
func (f *finder) continueText(j *job) error {
	e, it := j.file, j.it
	cs := f.fs.ClusterSizeB()
	need := f.need(e.sizeB)
	buf := make([]byte, min(cs, 64<<10))
	var first [256]float64
	var failed error
	alike := func(c uint32, n int64) bool {
		b := buf[:min(int64(len(buf)), n)]
		m, err := f.image.ReadAt(b, f.opts.OffsetB+f.fs.OffsetB(c))
		if err != nil && !errors.Is(err, io.EOF) {
			failed = err
			return false
		}
		if !isTextInside(b[:m]) {
			return false
		}
		freq := frequencies(b[:m])
		if c == e.first {
			first = freq
			return true
		}
		return n < 512 || cosine(first, freq) >= sameMake
	}
	left := need
	ok := func(c uint32) bool {
		if !f.free(c) {
			return false
		}
		n := cs
		if left == 1 {
			n = e.sizeB - (need-1)*cs
		}
		if !alike(c, n) {
			return false
		}
		left--
		return true
	}
	where := f.skipping(e.first, need, maxGapClusters, ok)
	if failed != nil {
		return failed
	}
	f.place(it, e, where)
	j.done = true
	switch {
	case len(where) == 1 && count(where) == need:
		it.State, it.Confidence = forensics.Whole, 0.7
		it.Reason = "deleted; all its clusters are free, follow each other and hold text of one make; text has no check that could prove the content"
		if j.recorded {
			it.Confidence = 0.85
		}
	case len(where) == 0:
		it.State, it.Reason = forensics.Fragment, "deleted; its first cluster holds another deleted file, which is proved to be whole"
	default:
		it.State, it.Confidence = forensics.Partial, 0.5
		it.Reason = fmt.Sprintf("deleted text, %d of %d bytes; not all clusters behind its first hold text of its make, so it is supposed to go on in the next free ones that do", it.SizeB, e.sizeB)
	}
	return nil
}

// sameMake is how alike the byte frequencies of two pieces of one text are: pieces
// of one log have a cosine above 0.97, of a log and of prose below 0.9.
const sameMake = 0.93

func frequencies(b []byte) (h [256]float64) {
	for _, c := range b {
		h[c]++
	}
	return h
}

func cosine(a, b [256]float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
