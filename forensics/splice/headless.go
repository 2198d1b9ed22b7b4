package splice

import (
	"bytes"
	"context"
	"fmt"
	"math"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/memo"
)

// minRunB is how much coded data in a row is kept without a header: less may be
// anything.
const minRunB = 8 << 10

// stretchB is how much free space is looked through as one unit of work.
const stretchB = int64(1) << 30

// stretch is blocks of one free range.
type stretch struct {
	From, To int64
	Ends     bool // the range ends there
}

// headless is what was found in stretches: runs, and where one begins that is not
// ended yet, or -1.
type headless struct {
	Found []Result
	Open  int64
}

// Headless finds runs of a JPEG's coded data in the free space that no header
// leads to: the rest of a picture whose beginning is gone. Each is a Fragment whose
// bytes are the raw run, up to its end of image where there is one; without the
// header's tables it can not be shown, and it is not known how much is missing.
// The results are in order. Report is told of blocks.
func Headless(ctx context.Context, s *Space, o Options) ([]Result, error) {
	return headlessBy(ctx, s, o, max(1, stretchB/s.BlockB))
}

func headlessBy(ctx context.Context, s *Space, o Options, unit int64) ([]Result, error) {
	g := s.gridAt(s.OriginB)
	all := headless{Open: -1}
	p := progress{report: o.Report}
	for _, r := range s.Free {
		p.total += int(r.LengthB / s.BlockB)
	}
	var todo []stretch
	n := int64(0)
	flush := func() error {
		key := func() string { return memo.Key("headless", s.BlockB, g.origin, todo, all.Open) }
		h, err := memo.Do(ctx, o.Memo, key, func() (headless, error) { return g.headless(ctx, todo, all.Open) })
		all.Found, all.Open = append(all.Found, h.Found...), h.Open
		p.add(int(n))
		todo, n = todo[:0], 0
		return err
	}
	for _, r := range s.Free {
		from := (r.OffsetB - g.origin + s.BlockB - 1) / s.BlockB
		to := (r.OffsetB + r.LengthB - g.origin) / s.BlockB
		for from < to {
			end := min(to, from+unit-n)
			todo = append(todo, stretch{from, end, end == to})
			n += end - from
			if from = end; n < unit {
				continue
			}
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	err := flush()
	return all.Found, err
}

// headless looks through stretches; a run that begins at block first leads into
// them, or none when it is below 0.
func (g *grid) headless(ctx context.Context, where []stretch, first int64) (headless, error) {
	var out []Result
	for _, x := range where {
		for i := x.From; i < x.To; {
			if ctx.Err() != nil {
				return headless{}, ctx.Err()
			}
			from, to := g.mayBeCoded(i, x.To)
			if from > i && first >= 0 {
				out, first = g.addRun(out, first, i, false), -1
			}
			to = min(to, from+chunkBlocks)
			for k, c := range g.classes(from, to) {
				at := from + int64(k)
				switch {
				case (c == coded || c == between) && first < 0:
					first = at
				case c.isJPEG():
				case first >= 0:
					out, first = g.addRun(out, first, at, false), -1
				}
				if c == ending && first >= 0 {
					out, first = g.addRun(out, first, at+1, true), -1
				}
			}
			i = to
		}
		if x.Ends && first >= 0 {
			out, first = g.addRun(out, first, x.To, false), -1
		}
	}
	return headless{out, first}, g.failed()
}

// addRun judges the run of coded blocks [first, behind).
func (g *grid) addRun(out []Result, first, behind int64, ends bool) []Result {
	b := g.s.BlockB
	length := (behind - first) * b
	if length < minRunB {
		return out
	}
	buf := make([]byte, min(length, 64<<10))
	if n, _ := g.s.R.ReadAt(buf, g.offset(first)); n < len(buf) || !isCoded(buf) {
		return out
	}
	reason := "coded data of a JPEG without its header"
	if ends {
		last := make([]byte, b)
		if n, _ := g.s.R.ReadAt(last, g.offset(behind-1)); n < len(last) {
			return out
		}
		if k := bytes.Index(last, []byte{0xFF, 0xD9}); k >= 0 {
			length += int64(k) + 2 - b
			reason += ", up to its end of image"
		}
	}
	return append(out, Result{
		Runs: []forensics.ByteRun{{OffsetB: g.offset(first), LengthB: length}},
		Verdict: carve.Verdict{
			State: forensics.Fragment, LengthB: length, Confidence: 0.5,
			Reason: fmt.Sprintf("%s: every FF of its %d blocks is stuffed", reason, behind-first),
		},
	})
}

// isCoded reports whether data is like a JPEG's entropy-coded data: stuffed FF as
// often as evenly spread bytes have them, give or take, and little redundancy.
// Data that merely has no FF in it is not.
func isCoded(b []byte) bool {
	var count [256]int
	for _, c := range b {
		count[c]++
	}
	if n := count[0xFF]; n < len(b)/2048 || n > len(b)/32 {
		return false
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(b))
			bits -= p * math.Log2(p)
		}
	}
	return bits > 7.2
}
