package recover

import (
	"errors"
	"fmt"
	"io"
	"math"

	"firescene/forensics"
)

// maxGapClusters is how far apart the pieces of a text may lie.
const maxGapClusters = 4096

// continueText judges a deleted text, which has no structure to prove it: its
// clusters must hold text of the same make as its beginning. When some of those
// that follow each other do not, it is taken to go on in the next that do, which
// is a supposition, and the item stays partial.
func (f *finder) continueText(j *job) error {
	e, it := &j.file, &j.it
	cs := f.fs.ClusterSizeB()
	need := f.need(e.sizeB)
	buf := make([]byte, min(cs, 64<<10))
	var first [256]float64
	var failed error
	alike := func(c uint32, n int64) bool {
		b := buf[:min(int64(len(buf)), n)]
		m, err := f.image.ReadAt(b, f.opts.OffsetB+f.fs.OffsetB(c))
		if err != nil && !errors.Is(err, io.EOF) {
			failed = err
			return false
		}
		if !isTextInside(b[:m]) {
			return false
		}
		freq := frequencies(b[:m])
		if c == e.first {
			first = freq
			return true
		}
		return n < 512 || cosine(first, freq) >= sameMake
	}
	left := need
	ok := func(c uint32) bool {
		if !f.free(c) {
			return false
		}
		n := cs
		if left == 1 {
			n = e.sizeB - (need-1)*cs
		}
		if !alike(c, n) {
			return false
		}
		left--
		return true
	}
	where := f.skipping(e.first, need, maxGapClusters, ok)
	if failed != nil {
		return failed
	}
	f.place(it, e, where)
	j.done = true
	switch {
	case len(where) == 1 && count(where) == need:
		it.State, it.Confidence = forensics.Whole, 0.7
		it.Reason = "deleted; all its clusters are free, follow each other and hold text of one make; text has no check that could prove the content"
		if j.recorded {
			it.Confidence = 0.75
		}
	case len(where) == 0:
		it.State, it.Reason = forensics.Fragment, "deleted; its first cluster holds another deleted file, which is proved to be whole"
	default:
		it.State, it.Confidence = forensics.Partial, 0.5
		it.Reason = fmt.Sprintf("deleted text, %d of %d bytes; not all clusters behind its first hold text of its make, so it is supposed to go on in the next free ones that do", it.SizeB, e.sizeB)
	}
	return nil
}

// sameMake is how alike the byte frequencies of two pieces of one text are: pieces
// of one log have a cosine above 0.97, of a log and of prose below 0.9.
const sameMake = 0.93

func frequencies(b []byte) (h [256]float64) {
	for _, c := range b {
		h[c]++
	}
	return h
}

func cosine(a, b [256]float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
