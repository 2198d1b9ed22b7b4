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
	"firescene/forensics/memo"
)

// job is a deleted file that is looked for.
type job struct {
	file file
	it   outcome
	// recorded says that start is where the file system says the file lies; else it
	// is the run of clusters from the first one on.
	recorded bool
	start    []span
	lost     string         // why start is shorter than the file; empty when it is not
	t        *carve.Type    // by the beginning of its content; nil when that is no known type's
	text     bool           // its beginning is text
	verdict  *carve.Verdict // of start
	tried    []span         // what was walked last in a search
	done     bool
	placed   bool // by arrange
}

// unwalked is the verdict on what has no type.
var unwalked carve.Verdict

// deleted finds the places of deleted files. Files that are proved where they are
// expected go first: their clusters are accounted for, and what is left is
// searched for the pieces of the others. files is how many there are with live ones.
func (f *finder) deleted(ctx context.Context, jobs []*job, files int) error {
	var open []*job
	for i, j := range jobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.opts.report(files-len(jobs)+i, files)
		if err := f.begin(ctx, j); err != nil {
			return err
		}
		if !j.done {
			open = append(open, j)
		}
	}
	f.settleProved(open)
	if err := f.search(ctx, open); err != nil {
		return err
	}
	var rest []*job
	for _, j := range open {
		if !j.done && j.text && !j.recorded {
			if err := f.continueText(j); err != nil {
				return err
			}
			if j.it.State == forensics.Whole {
				rest = append(rest, j)
			}
		}
	}
	if err := f.arrange(ctx, open); err != nil {
		return err
	}
	for _, j := range open {
		if !j.done {
			f.unproved(j)
		}
		if !j.done || j.placed {
			rest = append(rest, j)
		}
	}
	contested(rest, f.opts.Prefix)
	return nil
}

// begin looks at the place where a deleted file is expected, and walks what lies
// there along the structure of its type.
func (f *finder) begin(ctx context.Context, j *job) error {
	e, it := &j.file, &j.it
	it.Type = "data"
	if e.sizeB == 0 {
		it.State, it.Confidence, it.Reason, j.done = forensics.Whole, 1, "deleted empty file", true
		return nil
	}
	if e.validB == 0 {
		f.place(it, e, nil)
		it.State, it.Confidence, it.Reason, j.done = forensics.Whole, 0.9, "deleted; by its entry nothing was ever written to it, so that it reads as zeros", true
		return nil
	}
	need := f.need(e.validB)
	if j.recorded = len(e.place) > 0; j.recorded {
		j.start = e.place
		if at := firstOf(e.place, func(c uint32) bool { return !f.fs.Free(c) }); at < need {
			j.start = cut(e.place, 0, at)
			j.lost = "a live file uses its clusters from byte " + fmt.Sprint(at*f.fs.ClusterSizeB())
		}
	} else {
		j.start = f.run(max(e.first, 2), need, f.fs.Free)
		if n := count(j.start); n < need && e.first >= 2 {
			j.lost = "a live file uses its clusters from byte " + fmt.Sprint(n*f.fs.ClusterSizeB())
		}
	}
	switch {
	case e.first < 2 || e.first-2 >= f.fs.Count():
		j.start, j.lost = nil, "its first cluster is not recorded"
	case len(j.start) == 0:
		j.lost = "a live file uses its first cluster"
	}
	if f.place(it, e, j.start); len(j.start) == 0 {
		if it.State, it.Reason = forensics.Fragment, "deleted; nothing of it is left: "+j.lost; !j.recorded {
			j.done = true
		}
		return nil
	}
	head, err := f.head(it.Runs)
	if err != nil {
		return err
	}
	it.Type = Sniff(f.opts.Types, head)
	// where it is no known type, what lies in its second cluster may be another's
	j.text = isText(head[:min(int64(len(head)), f.fs.ClusterSizeB())])
	if j.t = carve.Identify(f.opts.Types, head); j.t != nil {
		j.text = isText(head)
		var v carve.Verdict
		v, err = f.walk(ctx, j.t, it.Runs)
		j.verdict = &v
	}
	return err
}

// walk judges the content of runs as the type does.
func (f *finder) walk(ctx context.Context, t *carve.Type, runs []forensics.ByteRun) (carve.Verdict, error) {
	key := func() string { return memo.Key("walk", t.Name, runs) }
	return memo.Do(ctx, f.opts.Memo, key, func() (carve.Verdict, error) {
		r := media.NewRunReader(f.image, runs)
		v, err := t.Walk(r, r.Size())
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil
		}
		return v, err
	})
}

// proves reports whether a verdict shows that bytes of a place are the file's to
// its recorded size. exact says that the structure itself ends there.
func (f *finder) proves(j *job, v carve.Verdict, got int64, unread int64) (ok, exact bool) {
	if v.State != forensics.Whole || unread > 0 || got < j.file.sizeB {
		return false, false
	}
	return true, v.LengthB == j.file.sizeB
}

// settleProved accepts files that their format proves at their expected place.
// Of files that claim the same clusters the better proof wins: the one whose
// structure ends at its recorded size, then the one with the stronger check.
func (f *finder) settleProved(open []*job) {
	var proved []*job
	for _, j := range open {
		ok, exact := f.proves(j, *j.verdict, j.it.SizeB, j.it.UnreadB)
		if !ok || j.lost != "" || !exact && f.endsLater(j) {
			continue
		}
		if j.verdict.Proof > carve.ByLength || j.recorded || !j.text && !f.turnsToText(j) {
			proved = append(proved, j)
		}
	}
	rank := func(j *job) int {
		r := int(j.verdict.Proof)
		if j.verdict.LengthB == j.file.sizeB {
			r += 8
		}
		if j.recorded {
			r += 4
		}
		if j.file.late { // an erased entry is older than what was written over it
			r += 16
		}
		return r
	}
	sort.SliceStable(proved, func(a, b int) bool { return rank(proved[a]) > rank(proved[b]) })
	for _, j := range proved {
		if f.allFree(j.start) {
			how := "its clusters are free and follow each other"
			if j.recorded {
				how = "its clusters are free and where its chain says"
			}
			f.accept(j, j.start, *j.verdict, how, 1)
		}
	}
}

// accept makes a job's item whole and accounts for its clusters.
func (f *finder) accept(j *job, where []span, v carve.Verdict, how string, most float64) {
	it := &j.it
	f.place(it, &j.file, where)
	it.State, it.Confidence, it.Reason = forensics.Whole, min(v.Confidence, most), "deleted; "+how+"; "+v.Reason
	if behind := j.file.sizeB - v.LengthB; behind > 0 {
		it.Confidence = min(it.Confidence, 0.9)
		it.Reason += fmt.Sprintf("; %d bytes behind its end belong to it by its recorded size", behind)
	}
	j.done = true
	f.take(where)
}

// parts lists where clusters of a job's item lie in the image, cut to the item.
func (f *finder) parts(j *job, where []span) (out []forensics.ByteRun) {
	for _, s := range where {
		from := f.opts.OffsetB + f.fs.OffsetB(s.first)
		to := from + int64(s.n)*f.fs.ClusterSizeB()
		for _, r := range j.it.Runs {
			if a, b := max(from, r.OffsetB), min(to, r.OffsetB+r.LengthB); r.OffsetB != forensics.Hole && a < b {
				out = append(out, forensics.ByteRun{OffsetB: a, LengthB: b - a})
			}
		}
	}
	return out
}

// turnsToText reports whether a file whose format is not one of text, by its first
// bytes, holds a cluster of text further on, as happens where it went on elsewhere
// and its format does not look at its content.
func (f *finder) turnsToText(j *job) bool {
	cs := f.fs.ClusterSizeB()
	b := make([]byte, min(cs, 64<<10))
	if n, _ := f.image.ReadAt(b[:8], f.opts.OffsetB+f.fs.OffsetB(j.file.first)); isText(b[:n]) {
		return false
	}
	full := j.file.sizeB / cs
	at := firstOf(cut(j.start, 1, full), func(c uint32) bool {
		n, _ := f.image.ReadAt(b, f.opts.OffsetB+f.fs.OffsetB(c))
		return isTextInside(b[:n])
	})
	return at+1 < full
}

// endsLater reports whether a file whose structure ends before its recorded size
// has its format's footer at that size: then the beginning is another file's,
// which was written over it and is shorter, and only the end is its own.
func (f *finder) endsLater(j *job) bool {
	foot := j.t.Footer
	at := j.file.sizeB - int64(len(foot))
	if len(foot) == 0 || at < j.verdict.LengthB {
		return false
	}
	b := make([]byte, len(foot))
	n, _ := media.NewRunReader(f.image, j.it.Runs).ReadAt(b, at)
	return n == len(b) && slices.Equal(b, foot)
}
