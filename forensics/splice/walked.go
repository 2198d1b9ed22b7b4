package splice

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
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
	best   arrangement
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

// summedChunk is a part of a file that a CRC-32 covers.
type summedChunk struct {
	from, to int64
	sum      uint32
	behind   bool // the sum stands behind the part
}

// chunkSum returns the last part of the file, as far as its headers are right, if
// a sum covers it as it is stored.
func (w *walkSearch) chunkSum(all []forensics.ByteRun) (summedChunk, bool) {
	kind := w.job.Type.Name
	if kind != "png" && kind != "zip" {
		return summedChunk{}, false
	}
	p := &rope{w.g.s.R, all}
	a, ok := nextAnchor(kind, p, p.size())
	if !ok || a.atB-a.lastB < 12 {
		return summedChunk{}, false
	}
	if kind == "png" {
		return summedChunk{from: a.lastB + 4, to: a.atB - 4, behind: true}, true
	}
	var b [30]byte
	le := binary.LittleEndian
	if n, _ := p.ReadAt(b[:], a.lastB); n < len(b) || le.Uint32(b[:]) != 0x04034B50 || le.Uint16(b[8:]) != 0 {
		return summedChunk{}, false
	}
	from := a.lastB + 30 + int64(le.Uint16(b[26:])) + int64(le.Uint16(b[28:]))
	return summedChunk{from: from, to: a.atB, sum: le.Uint32(b[14:])}, from < a.atB
}

// summed lists the blocks at which the splice gives the part its right sum. From
// the beginning of the part the sum is followed through the bytes as they lie; from
// the end it is followed backwards through the displaced ones, which is possible as
// every step of a CRC can be undone.
func (w *walkSearch) summed(c summedChunk, all []forensics.ByteRun, shift, by, low, high int64) (out []int64) {
	b := w.g.s.BlockB
	high = min(high, c.to/b)
	if high < low || c.to-low*b > maxSummedB || c.to-c.from > maxSummedB {
		return nil
	}
	tail := make([]byte, c.to-low*b, c.to-low*b+4)
	if c.behind {
		tail = tail[:len(tail)+4]
	}
	if n, _ := w.g.s.R.ReadAt(tail, w.g.offset(low+shift+by)); n < len(tail) {
		return nil
	}
	want := c.sum
	if c.behind {
		want = binary.BigEndian.Uint32(tail[len(tail)-4:])
		tail = tail[:len(tail)-4]
	}
	w.workB += c.to - c.from
	need := make([]uint32, high-low+1) // the register that must stand before block k
	reg := ^want
	for k := int64(len(tail)); ; {
		if k%b == 0 && k/b <= high-low {
			need[k/b] = reg
		}
		if k == 0 {
			break
		}
		k--
		i := crcBack[reg>>24]
		reg = (reg^crc32.IEEETable[i])<<8 | uint32(i^tail[k])
	}
	head := make([]byte, high*b-c.from)
	p := &rope{w.g.s.R, all}
	if n, _ := p.ReadAt(head, c.from); n < len(head) {
		return nil
	}
	sum := crc32.ChecksumIEEE(head[:low*b-c.from])
	for k := low; ; k++ {
		if ^sum == need[k-low] {
			out = append(out, k)
		}
		if k == high {
			return out
		}
		sum = crc32.Update(sum, crc32.IEEETable, head[k*b-c.from:(k+1)*b-c.from])
	}
}

// maxSummedB bounds the part that is summed in memory.
const maxSummedB = 64 << 20

// crcBack finds the entry of the CRC table by its highest byte.
var crcBack = func() (t [256]byte) {
	for i, v := range crc32.IEEETable {
		t[v>>24] = byte(i)
	}
	return t
}()

// plainReach is how many blocks on either side are tried for types that do not tell
// where something must stand.
const plainReach = 320
