package recover

import (
	"bytes"
	"slices"

	"firescene/forensics"
)

// settle tries an arrangement's splices a cluster further on and back. Codes do
// not cover every byte: where that is as good, the place of the splice is not
// known, and clear is false. In a file that holds no plain clusters, one beside a
// splice that is not plain is better than one that is.
func (s *following) settle(a arrangement) (best arrangement, clear bool, err error) {
	for range maxSettles {
		plain := 0
		for _, c := range a.clusters[:len(a.clusters)-1] {
			if s.isPlain(c) {
				plain++
			}
		}
		other, verdict, err := s.rival(a, plain)
		if err != nil || verdict != better {
			return a, verdict == none, err
		}
		a = other
	}
	return a, false, nil
}

const maxSettles = 64

// unclear lists the clusters beside splices that others may stand in for.
func (s *following) unclear(a arrangement) (out []span, err error) {
	for i := 1; i < len(a.clusters); i++ {
		k, _ := slices.BinarySearch(s.free, a.clusters[i-1])
		m, _ := slices.BinarySearch(s.free, a.clusters[i])
		if k+1 == m {
			continue
		}
		from, to := i, i
		other := slices.Clone(a.clusters)
		for ; from > 1 && i-from < maxSettles && m-1-(i-from) >= 0; from-- {
			other[from-1] = s.free[m-1-(i-from)]
			if ok, err := s.fitsToo(other, a); !ok || err != nil {
				break
			}
		}
		copy(other, a.clusters)
		for ; to < len(other) && to-i < maxSettles && k+1+to-i < len(s.free); to++ {
			other[to] = s.free[k+1+to-i]
			if ok, err := s.fitsToo(other, a); !ok || err != nil {
				break
			}
		}
		for _, c := range a.clusters[from:to] {
			out = addCluster(out, c)
		}
	}
	return out, nil
}

func (s *following) fitsToo(clusters []uint32, a arrangement) (bool, error) {
	w, err := s.walkAt(clusters)
	return w.State == forensics.Whole && w.LengthB == s.job.file.sizeB && w.Proof >= a.v.Proof, err
}

// What rival finds.
const (
	none = iota
	equal
	better
)

// rival looks for an arrangement as good as a, which has so many plain clusters,
// or a better one.
func (s *following) rival(a arrangement, plain int) (arrangement, int, error) {
	for i := 1; i < len(a.clusters); i++ {
		before, behind := a.clusters[i-1], a.clusters[i]
		k, _ := slices.BinarySearch(s.free, before)
		m, _ := slices.BinarySearch(s.free, behind)
		if k+1 == m {
			continue // nothing free lies between
		}
		for _, x := range [2]struct{ at, free int }{{i, k + 1}, {i - 1, m - 1}} {
			if x.at == 0 || x.free < 0 || x.free >= len(s.free) {
				continue
			}
			was, is := s.isPlain(a.clusters[x.at]), s.isPlain(s.free[x.free])
			if is && !was && plain == 0 {
				continue
			}
			other := arrangement{clusters: slices.Clone(a.clusters)}
			other.clusters[x.at] = s.free[x.free]
			var err error
			if other.v, err = s.walkAt(other.clusters); err != nil {
				return a, none, err
			}
			switch {
			case other.v.State != forensics.Whole || other.v.LengthB != s.job.file.sizeB || other.v.Proof < a.v.Proof:
			case was && !is && plain == 1:
				return other, better, nil
			default:
				return a, equal, nil
			}
		}
	}
	return a, none, nil
}

func (s *following) isPlain(c uint32) bool {
	i, ok := slices.BinarySearch(s.free, c)
	return ok && s.class(int64(i)) == plainText
}

// plain reports whether a cluster holds text or one byte alone, as none does of
// those that the file is known to have: a fragment does not begin with it.
func (s *following) plain(i int64) bool {
	if !s.judged {
		s.judged = true
		known := min(max(s.first.SureB, s.first.LengthB)/s.cs, s.need)
		for k := range known {
			s.hasPlain = s.hasPlain || s.class(k) == plainText
		}
		s.hasPlain = s.hasPlain || known < 3
	}
	return !s.hasPlain && s.class(i) == plainText
}

// holdsPlain reports whether one of the clusters, but for the last, is plain.
func (s *following) holdsPlain(clusters []uint32) bool {
	for _, c := range clusters[:len(clusters)-1] {
		if i, ok := slices.BinarySearch(s.free, c); ok && s.plain(int64(i)) {
			return true
		}
	}
	return false
}

const (
	plainText = 1
	notPlain  = 2
)

func (s *following) class(i int64) int8 {
	if s.classes[i] == 0 {
		b := make([]byte, min(s.cs, 4096))
		n, _ := s.image.ReadAt(b, s.opts.OffsetB+s.fs.OffsetB(s.free[i]))
		s.classes[i] = notPlain
		if b = b[:n]; n > 0 && (bytes.Count(b, b[:1]) == n || isTextInside(b)) {
			s.classes[i] = plainText
		}
	}
	return s.classes[i]
}
