package splice

import (
	"context"
	"io"
	"sort"

	"firescene/forensics"
	"firescene/forensics/carve"
)

// walkSearch looks for the pieces of a file by its type's walk alone: a piece is
// moved in behind every place where the last one may end, and the walk judges.
type walkSearch struct {
	ctx    context.Context
	g      *grid
	job    Job
	effort effort
	workB  int64 // bytes that walks have gone over
	found  []arrangement
	weak   []arrangement // right by their structure alone
	bound  bool          // the last of them has something else on the far sides of its splice
	rivals bool          // another arrangement was as good
	err    error
}

// inflated are the types whose walk makes more bytes of those that it reads.
var inflated = map[string]bool{"zip": true, "pdf": true, "gzip": true}

// counted adds up what is read.
type counted struct {
	io.ReaderAt
	n int64
}

func (c *counted) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, off)
	c.n += int64(n)
	return n, err
}

func (w *walkSearch) spent() bool {
	return w.err != nil || w.rivals || w.workB >= w.effort.walkB || w.ctx.Err() != nil
}

// walk judges runs followed by everything from block q on that is free.
func (w *walkSearch) walk(runs []forensics.ByteRun, q int64) (carve.Verdict, []forensics.ByteRun) {
	n := min(w.g.freeBlocks(q, runs), w.job.Type.MaxB/w.g.s.BlockB+1)
	all := extend(append([]forensics.ByteRun(nil), runs...), forensics.ByteRun{OffsetB: w.g.offset(q), LengthB: n * w.g.s.BlockB})
	if w.job.SizeB > 0 {
		all = trim(all, w.job.SizeB)
	}
	p := &rope{w.g.s.R, all}
	c := &counted{ReaderAt: p}
	v, err := w.job.Type.Walk(c, p.size())
	if err != nil {
		w.err = err
	}
	// A walk that steps over data reads less than it covers; one with a large
	// buffer reads more than it looks at.
	work := min(c.n, max(v.LengthB, v.FailB, 0)+16<<10)
	if inflated[w.job.Type.Name] {
		work *= 2
	}
	w.workB += 4<<10 + work
	return v, all
}

func (w *walkSearch) search() {
	q := w.g.block(w.job.StartB)
	v, all := w.walk(nil, q)
	if w.effort.anywhere && w.workB > w.effort.walkB/fewest {
		return // too few places could be tried to be worth it
	}
	w.grow(all, v, 1)
	w.settle()
}

// fewest is how many places a search everywhere must be able to try.
const fewest = 50

// settle accepts an arrangement whose structure alone is right when it is the only
// one of all that were tried, other files or filling lie on the far sides of its
// pieces, and all places within reach were tried.
func (w *walkSearch) settle() {
	if len(w.found) == 0 && len(w.weak) == 1 && w.bound && !w.spent() {
		w.found = w.weak
	}
}

// displaced is a piece that may come next: its blocks lie by blocks further on
// than they would if the file went on without a gap.
type displaced struct {
	by       int64
	anchored bool
}

// grow looks for the piece behind all, which the walk judged to be v and whose
// last run is open.
func (w *walkSearch) grow(all []forensics.ByteRun, v carve.Verdict, fragments int) {
	if v.State == forensics.Whole || fragments >= w.effort.fragments || w.spent() {
		return
	}
	b := w.g.s.BlockB
	size := (&rope{runs: all}).size()
	last := all[len(all)-1]
	begin := size - last.LengthB // of the last piece, in the file
	high := min(size, v.FailB) / b
	if v.FailB <= 0 {
		high = size / b
	}
	low := max((v.SureB+b-1)/b, begin/b+1)
	if high < low {
		// A structure that begins before the cut and is judged as one.
		high = low
		if low*b > size {
			return
		}
	}
	// Block k of the file is block k+shift of the space, as things are.
	shift := w.g.block(last.OffsetB) - begin/b
	if dense[w.job.Type.Name] {
		for k := low; k < high; k++ {
			if w.foreign(k + shift) {
				high = k // the file does not go on into it
			}
		}
	}
	type step struct {
		all []forensics.ByteRun
		v   carve.Verdict
		at  int64
	}
	var steps []step
	try := func(d displaced, k int64) (carve.Verdict, bool) {
		q := k + shift + d.by
		runs := trim(all, k*b)
		if c := w.g.class(q); c == taken || c == empty && !w.effort.anywhere || covers(runs, w.g.offset(q)) {
			return carve.Verdict{}, false
		}
		got, more := w.walk(runs, q)
		if got.State == forensics.Whole {
			w.whole(more, got, cutting{all, shift, d.by, low, high, k})
		} else if far := max(got.SureB, got.FailB); got.LengthB > 0 && far > k*b+minGainB {
			steps = append(steps, step{more, got, far})
		}
		return got, true
	}
	sum, haveSum := w.chunkSum(all)
	haveSum = haveSum && sum.from < low*b
	for _, d := range w.pieces(all, shift, low, high, max(v.NeedB, w.job.SizeB), fragments) {
		tried := map[int64]bool{}
		lo, hi := low, high
		if haveSum && d.anchored {
			// One sum covers all places where the splice may be.
			for _, k := range w.summed(sum, all, shift, d.by, low, high) {
				if try(d, k); len(w.found) > 0 || w.spent() {
					return
				}
			}
			continue
		}
		for lo <= hi && len(w.found) == 0 && !w.rivals && !w.spent() {
			if tried[hi] {
				hi--
				continue
			}
			k := w.likely(shift, lo, hi, tried)
			tried[k] = true
			got, ok := try(d, k)
			// With the end of the file in place more of its beginning may be judged.
			if ok && got.FailB > 0 && got.FailB < k*b && got.SureB < k*b {
				hi, lo = min(hi, got.FailB/b), max(lo, (got.SureB+b-1)/b)
			}
		}
		if len(w.found) > 0 || w.spent() {
			return
		}
	}
	sort.SliceStable(steps, func(i, j int) bool { return steps[i].at > steps[j].at })
	for _, s := range steps[:min(len(steps), w.effort.keep)] {
		if w.grow(s.all, s.v, fragments+1); len(w.found) > 0 || w.spent() {
			return
		}
	}
}

// minGainB is how far behind a splice a file must go on for the piece to be taken
// for its own.
const minGainB = 512

// likely chooses a block of [low, high] that the last piece may end before: where
// the blocks change their class, else the last one.
func (w *walkSearch) likely(shift, low, high int64, tried map[int64]bool) int64 {
	for k := high; k >= max(low, high-likelyReach); k-- {
		if !tried[k] && w.g.class(k+shift) != w.g.class(k+shift-1) {
			return k
		}
	}
	return high
}

// likelyReach is how many blocks are looked through for a change of class.
const likelyReach = 64

// pieces lists where the next piece may lie, the nearest first. With an anchor
// these are the places where it fits.
func (w *walkSearch) pieces(all []forensics.ByteRun, shift, low, high, need int64, fragments int) (out []displaced) {
	b := w.g.s.BlockB
	p := &rope{w.g.s.R, all}
	a, ok := nextAnchor(w.job.Type.Name, p, p.size())
	// What would stand behind the end of the file names nothing.
	ok = ok && a.atB >= low*b && (need <= 0 || a.atB < need)
	var buf [64]byte
	anchored := func(by int64) bool {
		at := w.g.offset(a.atB/b+shift+by) + a.atB%b
		w.workB++
		if w.g.class(w.g.block(at)) == taken {
			return false
		}
		w.workB += readAsB
		n, _ := w.g.s.R.ReadAt(buf[:a.n], at)
		return n == a.n && a.fits(buf[:a.n])
	}
	plain := func(by int64) bool {
		if w.effort.anywhere {
			return w.g.class(high+shift+by) != taken
		}
		// It begins where the blocks change their class, at one of the cuts.
		for k := max(low, high-likelyReach); k <= high; k++ {
			q := k + shift + by
			w.workB++
			if c := w.g.class(q); c != taken && c != empty && c != w.g.class(q-1) {
				return true
			}
		}
		return false
	}
	add := func(reach int64, fits func(by int64) bool, anchored bool) {
		for i := int64(1); i <= reach; i++ {
			for _, by := range []int64{i, -i} {
				if fits(by) {
					out = append(out, displaced{by, anchored})
				}
			}
		}
	}
	if ok {
		add(w.effort.reach, anchored, true)
	}
	// A piece in the middle need not hold what the anchor names.
	if !ok || fragments+1 < w.effort.fragments {
		add(min(w.effort.reach, plainReach), plain, false)
	}
	return out
}

// readAsB is what one read of a few bytes costs, as bytes that a walk goes over.
const readAsB = 256

// plainReach is how many blocks on either side are tried for types that do not tell
// where something must stand.
const plainReach = 320
