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
	workB  int64 // bytes that walks have read
	found  []arrangement
	best   arrangement
	err    error
}

// counted adds up what is read.
type counted struct {
	io.ReaderAt
	n *int64
}

func (c counted) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, off)
	*c.n += int64(n) + 256
	return n, err
}

func (w *walkSearch) spent() bool {
	return w.err != nil || w.workB >= w.effort.workB || w.ctx.Err() != nil
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
	v, err := w.job.Type.Walk(counted{p, &w.workB}, p.size())
	if err != nil {
		w.err = err
	}
	return v, all
}

func (w *walkSearch) search() {
	q := w.g.block(w.job.StartB)
	v, all := w.walk(nil, q)
	w.grow(all, v, 1)
}

// displaced is a piece that may come next: its blocks lie by blocks further on
// than they would if the file went on without a gap.
type displaced struct {
	by   int64
	rank int64
}

// grow looks for the piece behind all, which the walk judged to be v and whose
// last run is open.
func (w *walkSearch) grow(all []forensics.ByteRun, v carve.Verdict, fragments int) {
	if v.State == forensics.Whole {
		if v.Proof != carve.ByLength && fragments > 1 {
			w.found = append(w.found, arrangement{runs: trim(all, v.LengthB), lengthB: v.LengthB})
		}
		return
	}
	if fragments >= w.effort.fragments || w.spent() {
		return
	}
	b := w.g.s.BlockB
	size := (&rope{runs: all}).size()
	last := all[len(all)-1]
	begin := size - last.LengthB // of the last piece, in the file
	high := min(size, v.FailB) / b
	if v.FailB <= 0 {
		high = min(size, v.LengthB) / b
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
	cuts := w.cuts(shift, low, high)
	type step struct {
		all []forensics.ByteRun
		v   carve.Verdict
		at  int64
	}
	var steps []step
	for _, d := range w.pieces(all, shift, low, high) {
		for _, k := range cuts {
			if w.spent() {
				break
			}
			q := k + shift + d.by
			runs := trim(all, k*b)
			if w.g.class(q) == taken || covers(runs, w.g.offset(q)) || w.g.class(q) == empty && !w.effort.anywhere {
				continue
			}
			got, more := w.walk(runs, q)
			if got.State == forensics.Whole {
				w.grow(more, got, fragments+1)
				continue
			}
			if far := max(got.SureB, min(got.FailB, got.LengthB)); got.LengthB > 0 && far > max(v.FailB, v.LengthB, k*b) {
				steps = append(steps, step{more, got, far})
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

// cuts lists the blocks that the last piece may end before, the likely ones first:
// where the blocks change their class, then from the failure backwards.
func (w *walkSearch) cuts(shift, low, high int64) (out []int64) {
	var rest []int64
	for k := high; k >= low; k-- {
		if w.g.class(k+shift) != w.g.class(k+shift-1) {
			out = append(out, k)
		} else {
			rest = append(rest, k)
		}
	}
	return append(out, rest...)
}

// pieces lists where the next piece may lie, the nearest first. With an anchor
// these are the places where it fits.
func (w *walkSearch) pieces(all []forensics.ByteRun, shift, low, high int64) (out []displaced) {
	b := w.g.s.BlockB
	p := &rope{w.g.s.R, all}
	a, ok := nextAnchor(w.job.Type.Name, counted{p, &w.workB}, p.size())
	if ok && a.atB < low*b {
		ok = false
	}
	var buf [64]byte
	add := func(by int64) {
		if by == 0 {
			return
		}
		if ok {
			at := w.g.offset(a.atB/b+shift+by) + a.atB%b
			if w.g.class(w.g.block(at)) == taken {
				return
			}
			w.workB += 16
			if n, _ := w.g.s.R.ReadAt(buf[:a.n], at); n < a.n || !a.fits(buf[:a.n]) {
				return
			}
		} else if q := high + shift + by; !w.effort.anywhere {
			// It begins where the blocks change their class, at one of the cuts.
			for k := low; ; k++ {
				if k > high {
					return
				}
				q = k + shift + by
				if c := w.g.class(q); c != taken && c != empty && c != w.g.class(q-1) {
					break
				}
			}
		}
		out = append(out, displaced{by, max(by, -2*by)})
	}
	reach := w.effort.reach
	if !ok {
		reach = min(reach, plainReach)
	}
	for i := int64(1); i <= reach; i++ {
		add(i)
		add(-i)
	}
	return out
}

// plainReach is how many blocks on either side are tried for types that do not tell
// where something must stand.
const plainReach = 320
