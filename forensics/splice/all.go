package splice

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sort"
	"sync"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/memo"
)

// Options bound the work of All.
type Options struct {
	Workers int // how many search at the same time; 0 for one a processor
	// Report is told how many searches of how many at most are done, by one goroutine
	// at a time; may be nil.
	Report func(done, total int)
	// Memo keeps the searches that are done; nil for none.
	Memo memo.Store
}

// Outcome is what All made of one find.
type Outcome struct {
	Find   int // index of the find that it replaces
	Result     // Whole, or Partial where more of the file is known than the find holds
}

// rounds are the searches in the order in which they are done for all files:
// the likely and cheap ones first, since each file that is complete takes its
// blocks out of the way of the others.
var rounds = []effort{
	{fragments: 2, keep: 3, workB: 6 << 20, walkB: 4 << 20, reach: near},
	{fragments: 4, keep: 3, workB: 8 << 20, walkB: 3 << 20, reach: near},
	{fragments: 2, keep: 3, workB: 6 << 20, walkB: 3 << 20, reach: near, anywhere: true},
	{fragments: 2, keep: 3, workB: 6 << 20, reach: far},
	{fragments: 4, keep: 2, workB: 8 << 20, reach: near, anywhere: true, back: 16},
}

// How many blocks on either side of a piece's end the next is looked for. Most
// gaps are small (S. Garfinkel, DFRWS 2007, figures 8 and 9).
const (
	near = 320
	far  = 1 << 14
)

// The work in all is bounded by baseWorkB and a quarter of the free space; it is
// looked at after every batch of searches.
const (
	baseWorkB = int64(1) << 30
	batch     = 64
)

// attempt is one search for one file.
type attempt struct {
	Result
	Misfit float64
	OK     bool
	WorkB  int64 // also of an attempt that found nothing
}

// joined is what an attempt made of a find.
type joined struct {
	find int
	attempt
}

// before orders what wants the same blocks: what structure alone speaks for comes
// last, then what fits best is first.
func (a *attempt) before(b *attempt) bool {
	if x, y := a.Proof == carve.ByLength, b.Proof == carve.ByLength; x != y {
		return y
	}
	return a.Misfit < b.Misfit
}

// All puts together what carving found in part: of finds the partial ones that lie
// in no other file or layer and have a structure. What the whole ones cover is not
// in the space. The outcome is the same for any number of workers.
func All(ctx context.Context, s *Space, finds []carve.Find, o Options) ([]Outcome, error) {
	readable := *s
	s = &readable
	s.R = cancellable{ctx, s.R}
	grids := map[int64]*grid{}
	var open []int // of finds
	for i := range finds {
		f := &finds[i]
		if f.State != forensics.Partial || len(f.Path) > 0 || !f.Aligned || f.Inside || f.Type == nil || f.Type.Walk == nil {
			continue
		}
		if phase := f.OffsetB % s.BlockB; grids[phase] == nil {
			grids[phase] = s.gridAt(f.OffsetB)
		}
		open = append(open, i)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	left := baseWorkB
	for _, r := range s.Free {
		left += r.LengthB / 4
	}
	var out []Outcome
	p := progress{report: o.Report, total: len(open) * len(rounds)}
	p.add(0)
	state := "" // of the space
	if o.Memo != nil {
		state = memo.Key("space", s.SizeB, s.BlockB, s.OriginB, digest(s.Free))
	}
	for r, e := range rounds {
		var found []joined
		for from := 0; from < len(open) && left > 0; from += batch {
			part := open[from:min(from+batch, len(open))]
			tried, errs := make([]attempt, len(part)), make([]error, len(part))
			parallel(o.Workers, len(part), func(i int) {
				if errs[i] = ctx.Err(); errs[i] != nil {
					return
				}
				f := &finds[part[i]]
				job := Job{Type: f.Type, StartB: f.OffsetB, Verdict: f.Verdict}
				key := func() string {
					return memo.Key("join", state, fmt.Sprint(e), job.Type.Name, job.StartB, job.SizeB, job.Verdict)
				}
				tried[i], errs[i] = memo.Do(ctx, o.Memo, key, func() (attempt, error) { return tryJob(ctx, grids[f.OffsetB%s.BlockB], job, e) })
				p.add(1)
			})
			for i, a := range tried {
				if errs[i] != nil {
					return nil, errs[i]
				}
				left -= a.WorkB
				if a.OK {
					found = append(found, joined{part[i], a})
				}
			}
		}
		sort.SliceStable(found, func(a, b int) bool { return found[a].before(&found[b].attempt) })
		gone := map[int]bool{}
		var used runSet
		for _, x := range found {
			if !used.add(x.Runs) {
				continue
			}
			gone[x.find] = true
			out = append(out, Outcome{x.find, x.Result})
		}
		for _, g := range grids {
			g.take(used)
		}
		if o.Memo != nil {
			state = memo.Key("space", state, digest(used))
		}
		open = slices.DeleteFunc(open, func(i int) bool { return gone[i] })
		p.add(len(gone) * (len(rounds) - 1 - r))
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Find < out[b].Find })
	return out, nil
}

// parallel calls do for 0 to n-1.
func parallel(workers, n int, do func(i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(1, min(workers, n)) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// runSet is ranges in order and apart.
type runSet []forensics.ByteRun

// add takes in runs unless one of them is taken in part.
func (s *runSet) add(runs []forensics.ByteRun) bool {
	for _, r := range runs {
		i := sort.Search(len(*s), func(i int) bool { return (*s)[i].OffsetB+(*s)[i].LengthB > r.OffsetB })
		if i < len(*s) && (*s)[i].OffsetB < r.OffsetB+r.LengthB {
			return false
		}
	}
	for _, r := range runs {
		i := sort.Search(len(*s), func(i int) bool { return (*s)[i].OffsetB > r.OffsetB })
		*s = slices.Insert(*s, i, r)
	}
	return true
}

// tryJob searches for one file within the bounds of e. What it returns depends on
// its arguments and on what the grid's space has free alone.
func tryJob(ctx context.Context, g *grid, job Job, e effort) (a attempt, err error) {
	defer func() {
		if err == nil {
			err = g.failed()
		}
	}()
	if job.Type.Name != "jpeg" {
		if e.walkB == 0 {
			return attempt{}, nil
		}
		w := &walkSearch{ctx: ctx, g: g, job: job, effort: e}
		w.search()
		defer func() { a.WorkB = w.workB }()
		if w.err != nil || len(w.found) == 0 {
			return attempt{}, w.err
		}
		return prove(g, job, w.found[0])
	}
	j := newJPEGSearch(ctx, g, job, e)
	j.search()
	defer func() { a.WorkB = j.workB }()
	if j.err != nil {
		return attempt{}, j.err
	}
	best, ok := j.choose()
	if !ok {
		return attempt{}, nil
	}
	return prove(g, job, best)
}

func digest(runs []forensics.ByteRun) []byte {
	h := sha256.New()
	var b [16]byte
	for _, r := range runs {
		binary.LittleEndian.PutUint64(b[:], uint64(r.OffsetB))
		binary.LittleEndian.PutUint64(b[8:], uint64(r.LengthB))
		h.Write(b[:])
	}
	return h.Sum(nil)
}

// progress counts searches.
type progress struct {
	mu          sync.Mutex
	report      func(done, total int)
	done, total int
}

func (p *progress) add(n int) {
	if p.report == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.report(p.done, p.total)
}

// cancellable ends long reads when the work is cut off.
type cancellable struct {
	ctx context.Context
	r   io.ReaderAt
}

func (c cancellable) ReadAt(b []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.ReadAt(b, off)
}

// prove walks an arrangement as a file by itself.
func prove(g *grid, job Job, a arrangement) (attempt, error) {
	// What lies behind the last piece may belong to it as well: pictures and videos
	// appended to a picture.
	runs := append([]forensics.ByteRun(nil), a.runs...)
	last := &runs[len(runs)-1]
	behind := (last.OffsetB + last.LengthB - g.origin + g.s.BlockB - 1) / g.s.BlockB
	last.LengthB = g.offset(behind+g.freeBlocks(behind, runs)) - last.OffsetB
	if job.SizeB > 0 {
		runs = trim(runs, job.SizeB)
	}
	p := &rope{g.s.R, runs}
	size := p.size()
	v, err := job.Type.Walk(p, size)
	if err != nil {
		return attempt{}, err
	}
	if v.State != forensics.Whole || v.LengthB < a.lengthB || v.Proof == carve.ByLength && job.Type.Name == "jpeg" {
		return attempt{}, nil
	}
	if job.SizeB > 0 {
		if v.LengthB > job.SizeB || size < job.SizeB {
			return attempt{}, nil
		}
		v.LengthB = job.SizeB
	}
	v.Reason += fmt.Sprintf("; put together from %d pieces", len(a.runs))
	if a.misfit > 0 {
		v.Reason += fmt.Sprintf(", where rows of the picture differ %.1f times as much as elsewhere", a.misfit)
	}
	v.Confidence = min(v.Confidence, 0.9)
	if v.Proof == carve.ByLength {
		v.Confidence = min(v.Confidence, 0.7)
		v.Reason += ", the only ones within reach that its structure fits, with other content on their far sides"
	}
	return attempt{Result: Result{Runs: trim(runs, v.LengthB), Verdict: v}, Misfit: a.misfit, OK: true}, nil
}
