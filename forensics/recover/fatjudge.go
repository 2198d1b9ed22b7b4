package recover

import (
	"fmt"
	"sort"

	"firescene/forensics"
)

// unproved judges a file whose content no check bears out.
func (f *finder) unproved(j *job) {
	e, it := &j.file, &j.it
	f.place(it, e, j.start)
	want := typeOfName(f.opts.Types, e.path)
	taken := !f.allFree(j.start)
	switch {
	case j.recorded && (taken || j.lost != ""):
		f.overwritten(j)
	case taken:
		it.State, it.Confidence = forensics.Fragment, 0.1
		it.Reason = "deleted; clusters of it hold another deleted file, which is proved to be whole"
		if good := j.verdict.LengthB; j.t != nil && j.verdict.State != forensics.Whole && f.allFree(cut(j.start, 0, f.need(good))) {
			f.keepPrefix(it, good)
			it.State = forensics.Partial
		}
	case want != nil && want.Name != "" && j.t == nil && !j.text:
		it.State, it.Confidence = forensics.Fragment, 0.1
		it.Reason = "deleted; what lies in its clusters does not begin as its name says, so other data was probably written there"
	case it.SizeB < e.sizeB:
		it.State, it.Confidence = forensics.Partial, 0.4
		if j.lost == "" {
			j.lost = "the image ends"
		}
		it.Reason = fmt.Sprintf("deleted; %d of %d bytes, then %s", it.SizeB, e.sizeB, j.lost)
		f.keepPrefix(it, j.verdict.LengthB)
	case j.t != nil && j.verdict.State == forensics.Whole && j.verdict.LengthB == e.sizeB && !j.text:
		it.State, it.Confidence = forensics.Partial, 0.4
		it.Reason = "deleted; its lengths agree, but text lies in the middle of it, so it probably goes on elsewhere; its content was not decoded"
	case j.t != nil && j.verdict.State == forensics.Whole && !j.text:
		it.State, it.Confidence = forensics.Partial, 0.3
		it.Reason = fmt.Sprintf("deleted; what lies here ends after %d of its %d bytes, so another file was probably written over its beginning", j.verdict.LengthB, e.sizeB)
	case j.t != nil && !j.text:
		it.State, it.Confidence = forensics.Partial, 0.3
		it.Reason = fmt.Sprintf("deleted; begins right, but its content does not hold together to its %d bytes: %s", e.sizeB, j.verdict.Reason)
		f.keepPrefix(it, j.verdict.LengthB)
	case j.recorded:
		it.State, it.Confidence = forensics.Whole, 0.75
		it.Reason = "deleted; all its clusters are free and where its chain says; its format has no check that could prove the content"
	default:
		it.State, it.Confidence = forensics.Whole, 0.7
		it.Reason = "deleted; all its clusters are free and follow each other; its format has no check that could prove the content"
	}
}

// overwritten shows a file whose place is recorded and partly used by other
// files: all of its place, with what is not its own any more marked as doubtful.
func (f *finder) overwritten(j *job) {
	it, place := &j.it, j.file.place
	var used []span
	firstOf(place, func(c uint32) bool {
		if !f.free(c) {
			used = addCluster(used, c)
		}
		return false
	})
	f.place(it, &j.file, place)
	it.Doubtful = f.parts(j, used)
	it.State, it.Confidence = forensics.Partial, 0.4
	if !f.free(j.file.first) {
		it.State = forensics.Fragment
	}
	it.Reason = fmt.Sprintf("deleted; %d of its %d clusters were written over by other files, what stands there is not its own", count(used), count(place))
	if count(used) == count(place) {
		f.place(it, &j.file, nil)
		it.Confidence, it.Doubtful, it.Reason = 0, nil, "deleted; nothing of it is left: other files use all of its clusters"
	}
}

// keepPrefix cuts an item to what its format accepts of it: what lies behind is
// not the file's.
func (f *finder) keepPrefix(it *outcome, good int64) {
	if good <= 0 || good >= it.SizeB {
		return
	}
	var runs []forensics.ByteRun
	for _, r := range it.Runs {
		r.LengthB = min(r.LengthB, good)
		if good -= r.LengthB; r.LengthB > 0 {
			runs = append(runs, r)
		}
	}
	it.Runs = runs
	it.SizeB, it.UnreadB = f.sizes(runs)
}

// contested lowers items without proof that claim the same bytes: at most one of
// them is right.
func contested(jobs []*job, prefix string) {
	type claim struct {
		run forensics.ByteRun
		j   *job
	}
	var claims []claim
	for _, j := range jobs {
		for _, r := range j.it.Runs {
			if r.OffsetB != forensics.Hole {
				claims = append(claims, claim{r, j})
			}
		}
	}
	sort.SliceStable(claims, func(a, b int) bool { return claims[a].run.OffsetB < claims[b].run.OffsetB })
	rivals := map[*job]*job{}
	note := func(a, b *job) {
		if rivals[a] == nil && a != b {
			rivals[a] = b
		}
	}
	widest := -1 // of claims, the one that reaches furthest
	for k, c := range claims {
		if widest >= 0 && claims[widest].run.OffsetB+claims[widest].run.LengthB > c.run.OffsetB {
			note(c.j, claims[widest].j)
			note(claims[widest].j, c.j)
		}
		if widest < 0 || c.run.OffsetB+c.run.LengthB > claims[widest].run.OffsetB+claims[widest].run.LengthB {
			widest = k
		}
	}
	for _, j := range jobs {
		if rival := rivals[j]; rival != nil && !j.placed && j.it.State == forensics.Whole {
			j.it.State, j.it.Confidence = forensics.Partial, 0.3
			j.it.Reason = fmt.Sprintf("deleted; the deleted file %s claims some of the same clusters, so at most one of them is right", prefix+rival.file.path)
		}
	}
}
