package splice

import (
	"bytes"
	"context"
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
	rivals bool // another arrangement was as good
	best   arrangement
	err    error
}

func (w *walkSearch) spent() bool {
	return w.err != nil || w.rivals || w.workB >= w.effort.workB || w.ctx.Err() != nil
}

// walk judges runs followed by everything from block q on that is free.
func (w *walkSearch) walk(runs []forensics.ByteRun, q int64) (carve.Verdict, []forensics.ByteRun) {
	n := int64(0)
	most := w.job.Type.MaxB / w.g.s.BlockB
	for n < most && w.g.class(q+n) != taken && !covers(runs, w.g.offset(q+n)) {
		n++
	}
	all := extend(append([]forensics.ByteRun(nil), runs...), forensics.ByteRun{OffsetB: w.g.offset(q), LengthB: n * w.g.s.BlockB})
	p := &rope{w.g.s.R, all}
	v, err := w.job.Type.Walk(p, p.size())
	if err != nil {
		w.err = err
	}
	w.workB += 8<<10 + max(v.LengthB, min(v.FailB, p.size()))
	return v, all
}

func (w *walkSearch) search() {
	q := w.g.block(w.job.StartB)
	v, all := w.walk(nil, q)
	w.grow(all, v, 1)
}

// displaced is a piece that may come next: its blocks lie by blocks further on
// than they would if the file went on without a gap.
type displaced struct{ by int64 }

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
		} else if far := max(got.SureB, min(got.FailB, got.LengthB)); got.LengthB > 0 && far > max(v.FailB, v.LengthB, k*b) {
			steps = append(steps, step{more, got, far})
		}
		return got, true
	}
	for _, d := range w.pieces(all, shift, low, high, fragments) {
		tried := map[int64]bool{}
		lo, hi := low, high
		for lo <= hi && len(w.found) == 0 && !w.rivals && !w.spent() {
			k := w.likely(shift, lo, hi, tried)
			tried[k] = true
			got, ok := try(d, k)
			for hi >= lo && tried[hi] {
				hi--
			}
			// With the end of the file in place more of its beginning may be judged.
			if ok && got.FailB > 0 && got.FailB <= k*b && got.SureB < k*b {
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

// cutting is a splice that makes a file whole: block k of the file is the first of
// the piece that lies by blocks further on.
type cutting struct {
	all       []forensics.ByteRun
	shift, by int64
	low, high int64
	k         int64
}

// whole takes in an arrangement that the walk found whole. Check sums prove the
// place of the splice; codes do not where a part of the file is not looked at, and
// then the splice must lie where the blocks on its far sides can not be the file's.
func (w *walkSearch) whole(all []forensics.ByteRun, v carve.Verdict, c cutting) {
	if v.Proof == carve.ByLength {
		return
	}
	a := arrangement{runs: trim(all, v.LengthB), lengthB: v.LengthB}
	if v.Proof == carve.ByCode && !w.bounded(c, c.k) {
		for k := max(c.low, c.k-rivalReach); k <= min(c.high, c.k+rivalReach); k++ {
			if k == c.k {
				continue
			}
			if w.g.class(k+c.shift+c.by) == taken {
				continue
			}
			other, _ := w.walk(trim(c.all, k*w.g.s.BlockB), k+c.shift+c.by)
			if other.State == forensics.Whole && !w.same(c, k) {
				w.rivals = true
				return
			}
		}
	}
	w.found = append(w.found, a)
}

// rivalReach is how many blocks on either side of a splice are tried for another.
const rivalReach = 16

// bounded reports whether the file can not go on behind its first piece, nor begin
// before its second, if they meet at block k.
func (w *walkSearch) bounded(c cutting, k int64) bool {
	foreign := func(q int64) bool {
		is := w.g.class(q)
		return is == taken || is == empty || is == text
	}
	return foreign(k+c.shift) && foreign(k+c.shift+c.by-1)
}

// same reports whether moving the splice from c.k to k leaves the bytes as they are.
func (w *walkSearch) same(c cutting, k int64) bool {
	b := w.g.s.BlockB
	x, y := make([]byte, b), make([]byte, b)
	for i := min(k, c.k); i < max(k, c.k); i++ {
		n, _ := w.g.s.R.ReadAt(x, w.g.offset(i+c.shift))
		m, _ := w.g.s.R.ReadAt(y, w.g.offset(i+c.shift+c.by))
		if n != m || !bytes.Equal(x, y) {
			return false
		}
	}
	return true
}

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
func (w *walkSearch) pieces(all []forensics.ByteRun, shift, low, high int64, fragments int) (out []displaced) {
	b := w.g.s.BlockB
	p := &rope{w.g.s.R, all}
	a, ok := nextAnchor(w.job.Type.Name, p, p.size())
	ok = ok && a.atB >= low*b
	var buf [64]byte
	anchored := func(by int64) bool {
		at := w.g.offset(a.atB/b+shift+by) + a.atB%b
		if w.g.class(w.g.block(at)) == taken {
			return false
		}
		w.workB += 16
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
			if c := w.g.class(q); c != taken && c != empty && c != w.g.class(q-1) {
				return true
			}
		}
		return false
	}
	add := func(reach int64, fits func(by int64) bool) {
		for i := int64(1); i <= reach; i++ {
			if fits(i) {
				out = append(out, displaced{i})
			}
			if fits(-i) {
				out = append(out, displaced{-i})
			}
		}
	}
	if ok {
		add(w.effort.reach, anchored)
	}
	// A piece in the middle need not hold what the anchor names.
	if !ok || fragments+1 < w.effort.fragments {
		add(min(w.effort.reach, plainReach), plain)
	}
	return out
}

// plainReach is how many blocks on either side are tried for types that do not tell
// where something must stand.
const plainReach = 320
