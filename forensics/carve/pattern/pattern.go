// Package pattern finds many short byte patterns in one pass over data.
//
// Every pattern is anchored at the three bytes of it that are rarest in what
// storage media hold. A filter over nibbles of three bytes in eight buckets,
// after Teddy (G. Langdale, in Hyperscan: X. Wang et al., "Hyperscan: A Fast
// Multi-pattern Regex Matcher for Modern CPUs", NSDI 2019), passes few places,
// and a table of hashes of the anchors (as R. Karp and M. Rabin, "Efficient
// randomized pattern-matching algorithms", 1987) decides which patterns to
// compare there. Without vector instructions the table alone does the work; both
// ways find the same hits.
package pattern

import (
	"bytes"
	"cmp"
	"slices"
)

// Hit is one occurrence of a pattern.
type Hit struct {
	At      int32 // where the pattern begins
	Pattern int32 // index in what New was given
}

// MinB is the length of the shortest pattern.
const MinB = 3

const buckets = 8

// Matcher holds the tables for one set of patterns. It may be used by several
// goroutines.
type Matcher struct {
	patterns [][]byte
	anchor   []int // of each pattern: where its anchor begins in it
	maxShift int   // largest anchor

	seen  [1 << 16 / 64]uint64 // bit set of the anchors' hashes
	first [1 << chainBits]int32
	next  []int32 // of each pattern: the next one of the same chain, -1 at its end

	low, high [3][16]byte // per byte of the anchor and nibble: set of buckets
}

const chainBits = 12

// New prepares the search for patterns of at least MinB bytes. Shorter ones are
// never found.
func New(patterns [][]byte) *Matcher {
	m := &Matcher{patterns: patterns, anchor: make([]int, len(patterns)), next: make([]int32, len(patterns))}
	for i := range m.first {
		m.first[i] = -1
	}
	var anchors [][3]byte
	for i, p := range patterns {
		if len(p) < MinB {
			continue
		}
		m.anchor[i] = rarest(p)
		m.maxShift = max(m.maxShift, m.anchor[i])
		a := [3]byte(p[m.anchor[i]:])
		h := hash(a[0], a[1], a[2])
		m.seen[h>>6] |= 1 << (h & 63)
		c := h >> (16 - chainBits)
		m.next[i], m.first[c] = m.first[c], int32(i)
		if !slices.Contains(anchors, a) {
			anchors = append(anchors, a)
		}
	}
	for k, g := range group(anchors) {
		for i := range 3 {
			for n := range 16 {
				m.low[i][n] |= byte(g.low[i]>>n&1) << k
				m.high[i][n] |= byte(g.high[i]>>n&1) << k
			}
		}
	}
	return m
}

func hash(a, b, c byte) uint32 {
	return (uint32(a) | uint32(b)<<8 | uint32(c)<<16) * 0x9E3779B1 >> 16
}

// Scan appends to hits every occurrence that begins before limit and lies wholly
// in b, in order of place and pattern. b must be shorter than 2 GiB.
func (m *Matcher) Scan(b []byte, limit int, hits []Hit) []Hit {
	return m.sorted(m.scan, b, limit, hits)
}

// ScanPlain does the same without vector instructions.
func (m *Matcher) ScanPlain(b []byte, limit int, hits []Hit) []Hit {
	return m.sorted(m.scanPlain, b, limit, hits)
}

func (m *Matcher) sorted(scan func([]byte, int, int, int, []Hit) []Hit, b []byte, limit int, hits []Hit) []Hit {
	limit = min(limit, len(b))
	old := len(hits)
	hits = scan(b, limit, 0, min(len(b)-MinB+1, limit+m.maxShift), hits)
	slices.SortFunc(hits[old:], func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Pattern, b.Pattern))
	})
	return hits
}

// scanPlain looks for anchors that begin in b[from:to].
func (m *Matcher) scanPlain(b []byte, limit, from, to int, hits []Hit) []Hit {
	if from >= to {
		return hits
	}
	v := uint32(b[from])<<8 | uint32(b[from+1])<<16
	for i, c := range b[from+2 : to+2] {
		v = v>>8 | uint32(c)<<16
		h := v * 0x9E3779B1 >> 16
		if m.seen[h>>6]>>(h&63)&1 != 0 {
			hits = m.compare(b, limit, from+i, h, hits)
		}
	}
	return hits
}

// compare looks for the patterns whose anchor lies at one place, by its hash.
func (m *Matcher) compare(b []byte, limit, at int, h uint32, hits []Hit) []Hit {
	for i := m.first[h>>(16-chainBits)]; i >= 0; i = m.next[i] {
		if p, s := m.patterns[i], at-m.anchor[i]; s >= 0 && s < limit && bytes.HasPrefix(b[s:], p) {
			hits = append(hits, Hit{int32(s), i})
		}
	}
	return hits
}
