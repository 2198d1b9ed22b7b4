package splice

import (
	"sort"

	"firescene/forensics"
)

// CodedFinder notes which blocks of an image may hold coded data of a JPEG, while
// the image is read for another purpose. Its memory is bounded: of an image with
// very many such places it notes the stretches between them too.
type CodedFinder struct {
	blockB, gapB int64
	runs         []forensics.ByteRun
}

// maxCodedRuns is how many places are noted apart.
const maxCodedRuns = 1 << 17

// NewCodedFinder begins at a place; what lies before may hold anything.
func NewCodedFinder(blockB, from int64) *CodedFinder {
	f := &CodedFinder{blockB: blockB, runs: []forensics.ByteRun{}}
	if from > 0 {
		f.note(0, from)
	}
	return f
}

// Write takes the bytes at off, a multiple of the block's size; calls come in order
// of place. A block that is not whole may hold anything.
func (f *CodedFinder) Write(b []byte, off int64) {
	for len(b) > 0 {
		n := min(f.blockB, int64(len(b)))
		if n < f.blockB || classify(b[:n]).isJPEG() {
			f.note(off, n)
		}
		b, off = b[n:], off+n
	}
}

func (f *CodedFinder) note(off, n int64) {
	if k := len(f.runs) - 1; k >= 0 && off-f.runs[k].OffsetB-f.runs[k].LengthB <= f.gapB {
		f.runs[k].LengthB = off + n - f.runs[k].OffsetB
		return
	}
	f.runs = append(f.runs, forensics.ByteRun{OffsetB: off, LengthB: n})
	for len(f.runs) > maxCodedRuns {
		f.gapB = max(f.blockB, 2*f.gapB)
		old := f.runs
		f.runs = f.runs[:0]
		for _, r := range old {
			if k := len(f.runs) - 1; k >= 0 && r.OffsetB-f.runs[k].OffsetB-f.runs[k].LengthB <= f.gapB {
				f.runs[k].LengthB = r.OffsetB + r.LengthB - f.runs[k].OffsetB
			} else {
				f.runs = append(f.runs, r)
			}
		}
	}
}

// Runs are the places, in order and apart; never nil.
func (f *CodedFinder) Runs() []forensics.ByteRun { return f.runs }

// mayBeCoded returns the first blocks [from, to) at i or behind it, and before end,
// that may hold coded data; from is end when there are none.
func (g *grid) mayBeCoded(i, end int64) (from, to int64) {
	known := g.s.Coded
	if known == nil {
		return i, end
	}
	b, off := g.s.BlockB, g.offset(i)
	k := sort.Search(len(known), func(k int) bool { return known[k].OffsetB+known[k].LengthB > off })
	if k == len(known) {
		return end, end
	}
	from = max(i, (known[k].OffsetB-g.origin)/b)
	to = (known[k].OffsetB + known[k].LengthB - g.origin + b - 1) / b
	return min(from, end), min(max(to, from+1), end)
}
