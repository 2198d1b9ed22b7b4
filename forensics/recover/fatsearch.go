package recover

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/memo"
	"firescene/forensics/splice"
)

// search looks for the pieces of files that are not whole where they are
// expected. The cheap way first, again and again, as every file that is found
// leaves fewer clusters for the others: round what is accounted for. Then any
// arrangement of free clusters that the format proves.
func (f *finder) search(ctx context.Context, open []*job) error {
	var left []*job
	for _, j := range open {
		// lengths alone that agree where it is expected are not to be bettered
		byLength := j.verdict.State == forensics.Whole && j.verdict.Proof == carve.ByLength
		if !j.done && !j.recorded && j.t != nil && j.it.UnreadB == 0 && j.file.validB == j.file.sizeB && !byLength {
			left = append(left, j)
		}
	}
	sort.SliceStable(left, func(a, b int) bool { return left[a].file.sizeB < left[b].file.sizeB })
	tried := map[*job]bool{}
	report := func() {
		n := 0
		for _, j := range left {
			if j.done || tried[j] {
				n++
			}
		}
		f.opts.report(n, len(left))
	}
	for {
		report()
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
			report()
			tried[j] = true
			p, err := f.pieces(ctx, j)
			if err != nil {
				return err
			}
			if found = p != nil; found {
				f.acceptPieces(j, *p)
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
			if count(where) < need || len(where) == 1 || slices.Equal(where, j.tried) {
				continue
			}
			j.tried = where
			ok, err := f.try(ctx, j, where, "put together from free clusters round those of other files", 0.95)
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
func (f *finder) try(ctx context.Context, j *job, where []span, how string, most float64) (bool, error) {
	var it outcome
	f.place(&it, &j.file, where)
	v, err := f.walk(ctx, j.t, it.Runs)
	if err != nil {
		return false, err
	}
	if ok, exact := f.proves(j, v, it.SizeB, it.UnreadB); ok && exact && v.Proof > carve.ByLength {
		f.accept(j, where, v, how, most)
		return true, nil
	}
	return false, nil
}

// placement is where a search found a file, and on what that rests.
type placement struct {
	Where    []span
	Verdict  carve.Verdict
	How      string
	Most     float64 // confidence that it can have
	Doubtful []span  // clusters that others may stand in for
}

func (f *finder) acceptPieces(j *job, p placement) {
	f.accept(j, p.Where, p.Verdict, p.How, p.Most)
	if p.Doubtful != nil {
		j.it.State = forensics.Partial
		j.it.Doubtful = f.parts(j, p.Doubtful)
	}
}

// pieces looks for the fragments of one file among all free clusters; nil when they
// are not found. It may change nothing of the finder or the job: the outcome is kept.
func (f *finder) pieces(ctx context.Context, j *job) (*placement, error) {
	if !f.free(j.file.first) {
		return nil, nil
	}
	key := func() string {
		e := &j.file
		return memo.Key("pieces", f.opts.OffsetB, f.fs.OffsetB(2), f.fs.ClusterSizeB(), f.fs.Count(), f.fs.HereB(), f.freeState(),
			e.sizeB, e.validB, e.first, e.place, j.recorded, j.start, j.lost, j.text, j.t.Name, *j.verdict)
	}
	return memo.Do(ctx, f.opts.Memo, key, func() (*placement, error) { return f.findPieces(ctx, j) })
}

func (f *finder) findPieces(ctx context.Context, j *job) (*placement, error) {
	// Pictures are put together by how they go on; of other files the size that the
	// entry records tells most.
	if j.t.Name != "jpeg" {
		return f.follow(ctx, j)
	}
	cs := f.fs.ClusterSizeB()
	origin := f.opts.OffsetB + f.fs.OffsetB(2)
	space := splice.Space{R: f.image, SizeB: origin + int64(f.fs.Count())*cs, BlockB: cs, OriginB: origin, Free: f.freeRuns(), NextUnread: f.opts.Unread.Next}
	res, ok, err := space.Assemble(ctx, splice.Job{Type: j.t, StartB: f.opts.OffsetB + f.fs.OffsetB(j.file.first), SizeB: j.file.sizeB, Verdict: *j.verdict})
	if err != nil {
		return nil, err
	}
	if !ok {
		if j.lost != "" {
			return nil, nil
		}
		return f.follow(ctx, j)
	}
	var where []span
	for _, r := range res.Runs {
		if (r.OffsetB-origin)%cs != 0 {
			return nil, nil
		}
		where = append(where, span{uint32((r.OffsetB-origin)/cs) + 2, uint32(f.need(r.LengthB))})
	}
	if slices.Equal(where, j.start) { // which was judged already
		return nil, nil
	}
	return &placement{Where: where, Verdict: res.Verdict, How: fmt.Sprintf("put together from %d fragments among free clusters", len(where)), Most: 0.9}, nil
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
