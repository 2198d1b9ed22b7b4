package splice

import (
	"bytes"
	"context"
	"io"
	"sort"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/jpeg"
)

// effort bounds one search.
type effort struct {
	fragments int   // most pieces
	back      int   // how many blocks before a failure a piece may end; 0: only where the blocks change their class
	anywhere  bool  // pieces may begin inside a run of like blocks, not only at its beginning
	keep      int   // how many continuations of a piece are followed
	workB     int64 // bytes to decode in all
	walkB     int64 // the same for types that are walked from their beginning each time; 0: not looked for
	reach     int64 // blocks to look at on either side
}

// jpegSearch looks for the pieces of one picture.
type jpegSearch struct {
	ctx    context.Context
	g      *grid
	job    Job
	effort effort
	d      *jpeg.Decoder
	marks  []*jpeg.Mark
	cuts   []int64 // for each splice of the path so far, how many MCUs were before it
	soft   []softCut
	workB  int64
	found  []arrangement
	best   arrangement // the longest that does not reach its end
	err    error
}

// arrangement is a way to put the pieces.
type arrangement struct {
	runs    []forensics.ByteRun
	misfit  float64 // worst break of the picture at a splice, relative to its usual roughness; 1 is none
	lengthB int64
	blind   bool // at a splice the rows tell nothing
	soft    []softCut
}

func newJPEGSearch(ctx context.Context, g *grid, job Job, e effort) *jpegSearch {
	return &jpegSearch{ctx: ctx, g: g, job: job, effort: e}
}

// view reads runs and then everything from block q on.
func (j *jpegSearch) view(runs []forensics.ByteRun, q int64) io.ReaderAt {
	at := j.g.offset(q)
	all := append(runs[:len(runs):len(runs)], forensics.ByteRun{OffsetB: at, LengthB: j.g.s.SizeB - at})
	return &rope{j.g.s.R, all}
}

// mark returns the place to keep the state at a depth.
func (j *jpegSearch) mark(depth int) *jpeg.Mark {
	for len(j.marks) <= depth {
		j.marks = append(j.marks, &jpeg.Mark{})
	}
	return j.marks[depth]
}

// advance walks the decoder on and counts the work.
func (j *jpegSearch) advance(limit int64) jpeg.Status {
	from, blocks := j.d.OffsetB(), j.d.Blocks()
	st, err := j.d.Advance(limit)
	if err != nil {
		if j.err == nil {
			j.err = err
		}
		return jpeg.Failed
	}
	j.workB += max(j.d.OffsetB()-from, 0) + max(j.d.Blocks()-blocks, 0) + 256
	return st
}

func (j *jpegSearch) spent() bool {
	return j.err != nil || j.workB >= j.effort.workB || j.ctx.Err() != nil
}

// search follows the file from its beginning.
func (j *jpegSearch) search() {
	q := j.g.block(j.job.StartB)
	j.d = jpeg.NewDecoder(j.view(nil, q), formats.DefaultLimits())
	j.d.Save(j.mark(0))
	j.follow(nil, 0, q, 1)
}

// follow walks on from the splice at length cut of the file, where the decoder
// stands, through the blocks from q on; then it looks for the next piece behind
// every place where this one may end.
func (j *jpegSearch) follow(runs []forensics.ByteRun, cut, q int64, fragments int) {
	b := j.g.s.BlockB
	start := 2 * (fragments - 1)
	j.d.Save(j.mark(start))
	n, sharp := int64(0), false
	st := jpeg.Waiting
	for ; st == jpeg.Waiting; n++ {
		c := j.g.class(q + n)
		if c == taken || covers(runs, j.g.offset(q+n)) || n > 0 && j.d.InData() && !c.isJPEG() && !(c == empty && j.monotone(q+n)) {
			sharp = true
			break
		}
		if j.spent() {
			return
		}
		st = j.advance(cut + (n+1)*b)
	}
	if st == jpeg.Ended {
		j.complete(runs, q, j.d.OffsetB())
		return
	}
	last := n // the piece has at most so many blocks
	if !sharp {
		last = min(n, (j.d.SeenB()-cut)/b)
	}
	j.note(runs, q, cut+last*b, fragments)
	if fragments >= j.effort.fragments {
		return
	}
	least := max(1, last-int64(j.effort.back))
	inHead := !j.d.InData()
	if inHead {
		least = last // one place stands for all in a segment that is stepped over
	}
	for k := last; k >= least && k > 0 && !j.spent(); k-- {
		// The state at the end of the last block is there already when it is sharp.
		if !sharp || k < last {
			j.d.Restore(j.mark(start), j.view(runs, q))
			if j.advance(cut+k*b) != jpeg.Waiting {
				continue
			}
		}
		piece := extend(runs[:len(runs):len(runs)], forensics.ByteRun{OffsetB: j.g.offset(q), LengthB: k * b})
		before := len(j.found)
		if inHead {
			j.nextOfHead(piece, cut, cut+k*b, q+k, fragments)
		} else {
			j.next(piece, cut+k*b, q+k, fragments)
		}
		if len(j.found) > before {
			return
		}
	}
}

// monotone reports whether the block before q ends like the empty block q: a
// picture of one colour is coded so.
func (j *jpegSearch) monotone(q int64) bool {
	var b [65]byte
	n, _ := j.g.s.R.ReadAt(b[:], j.g.offset(q)-64)
	return n == len(b) && uniform(b[:])
}

// candidate is a block that may go on with the file.
type candidate struct {
	block  int64
	misfit float64
	far    int64
}

// next tries the blocks that may follow a piece that ends at length cut, behind
// block after-1, and follows the best.
func (j *jpegSearch) next(runs []forensics.ByteRun, cut, after int64, fragments int) {
	m := j.mark(2*fragments - 1)
	j.d.Save(m)
	costs, _ := j.d.Fit()
	here := int64(len(costs))
	j.cuts = append(j.cuts, here)
	defer func() { j.cuts = j.cuts[:len(j.cuts)-1] }()
	var good []candidate
	b := j.g.s.BlockB
	try := func(q int64) {
		if !j.g.class(q).isJPEG() || q == after || covers(runs, j.g.offset(q)) {
			return
		}
		if before := j.g.class(q - 1); !j.effort.anywhere && (before == coded || before == between) {
			return // it seems to go on with the block before it
		}
		j.d.Restore(m, j.view(runs, q))
		st := jpeg.Waiting
		for n := int64(512); n < b && st == jpeg.Waiting; n *= 3 {
			if st = j.advance(cut + n); j.misfit(here) > hopeless {
				return
			}
		}
		if st == jpeg.Waiting {
			st = j.advance(cut + b)
		}
		if st == jpeg.Failed {
			return
		}
		f := j.misfit(here)
		if f > maxMisfit {
			return
		}
		far := q - after
		if far < 0 {
			far = -2 * far
		}
		good = append(good, candidate{q, f, far})
	}
	j.workB += j.effort.reach
	for i := int64(0); i < j.effort.reach && !j.spent(); i++ {
		try(after + i)
		try(after - 1 - i)
	}
	sort.SliceStable(good, func(a, b int) bool {
		if good[a].misfit != good[b].misfit {
			return good[a].misfit < good[b].misfit
		}
		return good[a].far < good[b].far
	})
	keep := j.effort.keep
	if costs, _ := j.d.Fit(); int64(len(costs)) == here {
		keep = len(good) // the picture is all there, later scans refine it: rows tell nothing
	}
	for _, c := range good[:min(len(good), keep)] {
		j.d.Restore(m, j.view(runs, c.block))
		j.follow(runs, cut, c.block, fragments+1)
		if j.spent() {
			return
		}
	}
}

// maxMisfit is how much rougher than elsewhere a picture may be at a splice.
const maxMisfit = 4

// hopeless is a misfit that does not become bearable with more data.
const hopeless = 8

// misfit tells how badly the MCUs behind a splice fit the row above, relative to
// the rows before. 1 when that can not be told.
func (j *jpegSearch) misfit(cut int64) float64 {
	costs, across := j.d.Fit()
	w := int64(across)
	n := int64(len(costs))
	if w == 0 || cut > n {
		return 1
	}
	behind, count := mean(costs[cut:min(n, cut+w)])
	before, base := mean(costs[max(0, cut-2*w):cut])
	if count < 4 || base < 4 {
		return 1
	}
	return max((behind+16)/(before+16), 0.5)
}

// covers reports whether off lies in one of the runs.
func covers(runs []forensics.ByteRun, off int64) bool {
	for _, r := range runs {
		if r.OffsetB <= off && off < r.OffsetB+r.LengthB {
			return true
		}
	}
	return false
}

// mean of the known costs, and how many they are.
func mean(costs []uint16) (float64, int) {
	sum, n := 0, 0
	for _, c := range costs {
		if c != 65535 {
			sum += int(c)
			n++
		}
	}
	return float64(sum) / float64(max(n, 1)), n
}

// complete takes in an arrangement that reaches its end at length end.
func (j *jpegSearch) complete(runs []forensics.ByteRun, q, end int64) {
	worst, blind := 0.0, false
	for _, c := range j.cuts {
		f := j.misfit(c)
		worst, blind = max(worst, f), blind || f == 1
	}
	a := arrangement{misfit: worst, blind: blind && len(j.soft) < len(j.cuts), lengthB: end, soft: append([]softCut(nil), j.soft...)}
	a.runs = extend(runs[:len(runs):len(runs)], forensics.ByteRun{OffsetB: j.g.offset(q), LengthB: end - (&rope{runs: runs}).size()})
	j.found = append(j.found, a)
}

// note keeps the longest arrangement that does not reach its end.
func (j *jpegSearch) note(runs []forensics.ByteRun, q, end int64, fragments int) {
	if end > j.best.lengthB {
		at := (&rope{runs: runs}).size()
		j.best = arrangement{lengthB: end}
		j.best.runs = extend(runs[:len(runs):len(runs)], forensics.ByteRun{OffsetB: j.g.offset(q), LengthB: end - at})
	}
}

// choose returns the arrangement that reaches its end with the fewest pieces and
// fits best. There is none when another one is about as good and makes other bytes,
// or when a splice rests on codes alone and not all that may follow was tried.
func (j *jpegSearch) choose() (arrangement, bool) {
	var sure []arrangement
	for _, a := range j.found {
		if a, ok := j.harden(a); ok {
			sure = append(sure, a)
		}
	}
	sort.SliceStable(sure, func(a, b int) bool {
		x, y := sure[a], sure[b]
		if len(x.runs) != len(y.runs) {
			return len(x.runs) < len(y.runs)
		}
		return x.misfit < y.misfit
	})
	if len(sure) == 0 || sure[0].blind && j.spent() {
		return arrangement{}, false
	}
	best := sure[0]
	for _, a := range sure[1:] {
		if len(a.runs) == len(best.runs) && (a.misfit < rivalMisfit*best.misfit || best.blind) && !j.sameBytes(a, best) {
			return arrangement{}, false
		}
	}
	return best, true
}

// rivalMisfit is how much worse another arrangement must fit to be out of question.
const rivalMisfit = 1.1

// sameBytes reports whether two arrangements make the same file.
func (j *jpegSearch) sameBytes(a, b arrangement) bool {
	if a.lengthB != b.lengthB {
		return false
	}
	p, q := &rope{j.g.s.R, a.runs}, &rope{j.g.s.R, b.runs}
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); at < a.lengthB; at += int64(len(x)) {
		n, _ := p.ReadAt(x, at)
		m, _ := q.ReadAt(y, at)
		if n != m || !bytes.Equal(x[:n], y[:m]) {
			return false
		}
	}
	return true
}
