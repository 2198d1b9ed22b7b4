package splice

import (
	"bytes"

	"firescene/forensics"
	"firescene/forensics/carve"
)

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
	a := arrangement{runs: trim(all, v.LengthB), lengthB: v.LengthB}
	if v.SureB > 0 && v.SureB < c.k*w.g.s.BlockB {
		return // it is whole, but proved only up to before the splice
	}
	if v.Proof == carve.ByLength {
		if w.foreignIn(a.runs) {
			return
		}
		// Any other such one is a rival, wherever it lies: see settle.
		w.weak = append(w.weak, a)
		w.bound = w.foreign(c.k+c.shift) && w.foreign(c.k-1+c.shift+c.by)
		return
	}
	if v.Proof == carve.ByCode {
		for _, step := range []int64{-1, 1} {
			for k := c.k + step; k >= c.low && k <= c.high && max(k-c.k, c.k-k) <= rivalReach; k += step {
				// The block that would change its side.
				moved := k - 1 + c.shift
				if step < 0 {
					moved = k + c.shift + c.by
				}
				if w.foreign(moved) {
					break
				}
				other, _ := w.walk(trim(c.all, k*w.g.s.BlockB), k+c.shift+c.by)
				if other.State == forensics.Whole && !w.same(c, k) {
					w.rivals = true
					return
				}
			}
		}
	}
	w.found = append(w.found, a)
}

// rivalReach is how many blocks on either side of a splice are tried for another.
const rivalReach = 16

// foreignIn reports whether a whole block of the runs is filling or text.
func (w *walkSearch) foreignIn(runs []forensics.ByteRun) bool {
	for _, r := range runs {
		from := w.g.block(r.OffsetB)
		for q := from; q < from+r.LengthB/w.g.s.BlockB; q++ {
			if c := w.g.class(q); c == empty || c == text {
				return true
			}
		}
	}
	return false
}

// foreign reports whether a block is not a part of the file by what it looks like.
func (w *walkSearch) foreign(q int64) bool {
	switch w.g.class(q) {
	case taken, empty, text:
		return true
	}
	var head [64]byte
	n, _ := w.g.s.R.ReadAt(head[:], w.g.offset(q))
	for _, s := range heads {
		if len(s) >= 4 && bytes.HasPrefix(head[:n], s) {
			return true // another file begins there
		}
	}
	return false
}

// heads are how files begin.
var heads = func() (out [][]byte) {
	for _, t := range carve.Types() {
		for _, s := range t.Signatures {
			if s.OffsetB == 0 && !t.Piece {
				out = append(out, s.Bytes)
			}
		}
	}
	return out
}()

// dense are the types of which no block is text or empty.
var dense = map[string]bool{"png": true, "gif": true, "webp": true, "gzip": true, "mp4": true, "mov": true, "heic": true, "avif": true}

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
