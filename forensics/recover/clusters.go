package recover

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// MarshalJSON and UnmarshalJSON write a span as its first cluster and their number.
func (s span) MarshalJSON() ([]byte, error) { return json.Marshal([2]uint32{s.first, s.n}) }

func (s *span) UnmarshalJSON(b []byte) error {
	var x [2]uint32
	err := json.Unmarshal(b, &x)
	s.first, s.n = x[0], x[1]
	return err
}

// free reports whether nothing accounts for a cluster: no live file, no deleted
// one that is proved.
func (f *finder) free(c uint32) bool {
	return c >= 2 && c-2 < f.fs.Count() && f.taken[(c-2)/64]>>((c-2)%64)&1 == 0 && f.fs.Free(c)
}

// allFree reports whether nothing accounts for any of the clusters.
func (f *finder) allFree(where []span) bool {
	for _, s := range where {
		for c := s.first; c < s.first+s.n; c++ {
			if !f.free(c) {
				return false
			}
		}
	}
	return true
}

// take notes clusters as accounted for.
func (f *finder) take(where []span) {
	for _, s := range where {
		for i := s.first - 2; i < s.first-2+s.n && i < f.fs.Count(); i++ {
			f.taken[i/64] |= 1 << (i % 64)
		}
	}
	if f.state != nil {
		h := sha256.New()
		h.Write(f.state)
		fmt.Fprint(h, where)
		f.state = h.Sum(nil)
	}
}

// freeState is a digest of which clusters are free: of all of them when it is first
// asked for, and of what was taken since.
func (f *finder) freeState() []byte {
	if f.state == nil {
		h := sha256.New()
		var word [8]byte
		bits := uint64(0)
		for i := uint32(0); i < f.fs.Count(); i++ {
			if f.free(i + 2) {
				bits |= 1 << (i % 64)
			}
			if i%64 == 63 || i+1 == f.fs.Count() {
				binary.LittleEndian.PutUint64(word[:], bits)
				h.Write(word[:])
				bits = 0
			}
		}
		f.state = h.Sum(nil)
	}
	return f.state
}

// need is how many clusters n bytes take.
func (f *finder) need(n int64) int64 {
	cs := f.fs.ClusterSizeB()
	return n/cs + min(1, n%cs)
}

// run lists n clusters from c on that follow each other, ending before the first
// that ok does not accept.
func (f *finder) run(c uint32, n int64, ok func(c uint32) bool) []span {
	k := uint32(0)
	for int64(k) < n && c+k-2 < f.fs.Count() && ok(c+k) {
		k++
	}
	if k == 0 {
		return nil
	}
	return []span{{c, k}}
}

// skipping lists n clusters from c on, in order, of those that ok accepts; fewer
// when reach clusters hold no more.
func (f *finder) skipping(c uint32, n int64, reach int64, ok func(c uint32) bool) (out []span) {
	left := n
	for i := int64(0); left > 0 && i < n+reach && c >= 2 && c-2 < f.fs.Count(); i++ {
		if ok(c) {
			out = addCluster(out, c)
			left--
		}
		c++
	}
	return out
}

// addCluster adds a cluster behind the others.
func addCluster(out []span, c uint32) []span {
	if k := len(out); k > 0 && out[k-1].first+out[k-1].n == c {
		out[k-1].n++
		return out
	}
	return append(out, span{c, 1})
}

// count sums the clusters of spans.
func count(where []span) (n int64) {
	for _, s := range where {
		n += int64(s.n)
	}
	return n
}

// firstOf is the place in the file of the first cluster for which is holds, or
// how many clusters there are.
func firstOf(where []span, is func(c uint32) bool) (at int64) {
	for _, s := range where {
		for c := s.first; c < s.first+s.n; c++ {
			if is(c) {
				return at
			}
			at++
		}
	}
	return at
}

// cut takes the spans from cluster from, counted in the file, to cluster to.
func cut(where []span, from, to int64) (out []span) {
	for _, s := range where {
		n := int64(s.n)
		a, b := max(from, 0), min(to, n)
		if a < b {
			out = append(out, span{s.first + uint32(a), uint32(b - a)})
		}
		from, to = from-n, to-n
	}
	return out
}
