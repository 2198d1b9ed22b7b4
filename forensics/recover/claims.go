package recover

import (
	"container/heap"
	"math"
	"sort"

	"firescene/formats/ntfs"
)

// claims knows which files say of a range of the volume that it is theirs. A
// cluster belongs to one file at a time, so of two files that claim it, the one
// whose record changed later had it later. A live file has it now.
type claims struct {
	list []claim
	// segments say who had each claimed range last, in order.
	segments []segment
}

type claim struct {
	from, to int64
	when     uint64
	owner    int // index of a deleted file; -1 for a live one
}

type segment struct {
	from, to int64
	owner    int  // as in claim
	second   int  // who had it before, or owner when nobody claims that
	tie      bool // which of the two had it last is not known
}

func (s segment) same(t segment) bool {
	return s.owner == t.owner && s.second == t.second && s.tie == t.tie
}

// ofTable lifts the claims of files of the table over those of strays.
const ofTable = 1 << 62

// add notes the clusters of an entry, with those of its file's index and lists.
// Resident content is not contested.
func (c *claims) add(e ntfs.Entry, owner int) {
	when := min(e.ChangedAt, ofTable-1)
	switch {
	case owner < 0:
		when = math.MaxUint64
	case !e.Stray: // a stray may be of another file system, whose clusters were others
		when += ofTable
	}
	own := e.Extents
	if e.Resident {
		own = nil
	}
	for _, list := range [][]ntfs.Extent{own, e.Metadata} {
		for _, x := range list {
			if x.OffsetB != ntfs.Hole {
				c.list = append(c.list, claim{x.OffsetB, x.OffsetB + x.LengthB, when, owner})
			}
		}
	}
}

// latest is a heap of claims, the latest one first.
type latest []claim

func (h latest) Len() int           { return len(h) }
func (h latest) Less(i, j int) bool { return h[i].when > h[j].when }
func (h latest) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *latest) Push(x any)        { *h = append(*h, x.(claim)) }
func (h *latest) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// settle finds the last owner of every range, in one sweep over the volume.
func (c *claims) settle() {
	sort.Slice(c.list, func(i, j int) bool {
		a, b := c.list[i], c.list[j]
		return a.from < b.from || a.from == b.from && a.owner < b.owner
	})
	var open latest
	at, next := int64(0), 0
	for next < len(c.list) || open.Len() > 0 {
		for open.Len() > 0 && open[0].to <= at {
			heap.Pop(&open)
		}
		if open.Len() == 0 {
			if next == len(c.list) {
				break
			}
			at = max(at, c.list[next].from)
		}
		for next < len(c.list) && c.list[next].from <= at {
			if c.list[next].to > at {
				heap.Push(&open, c.list[next])
			}
			next++
		}
		if open.Len() == 0 {
			continue
		}
		top := heap.Pop(&open).(claim)
		for open.Len() > 0 && open[0].to <= at {
			heap.Pop(&open)
		}
		s := segment{from: at, to: top.to, owner: top.owner, second: top.owner}
		if open.Len() > 0 {
			x := open[0]
			s.second = x.owner
			if x.when == top.when && x.owner != top.owner {
				s.tie, s.to = true, min(s.to, x.to)
			}
		}
		heap.Push(&open, top)
		if next < len(c.list) {
			s.to = min(s.to, c.list[next].from)
		}
		if k := len(c.segments) - 1; k >= 0 && c.segments[k].to == s.from && c.segments[k].same(s) {
			c.segments[k].to = s.to
		} else {
			c.segments = append(c.segments, s)
		}
		at = s.to
	}
	c.list = nil
}

// lost lists the parts of a range that owner did not have last, with one who may
// have had it after him; -1 for a live file.
func (c *claims) lost(x ntfs.Extent, owner int) (parts []ntfs.Extent, rival int) {
	rival = -1
	end := x.OffsetB + x.LengthB
	i := sort.Search(len(c.segments), func(i int) bool { return c.segments[i].to > x.OffsetB })
	for ; i < len(c.segments) && c.segments[i].from < end; i++ {
		s := c.segments[i]
		switch {
		case s.owner == owner && !s.tie:
			continue
		case s.owner != owner:
			rival = max(rival, s.owner)
		default:
			rival = max(rival, s.second)
		}
		from := max(s.from, x.OffsetB)
		parts = append(parts, ntfs.Extent{OffsetB: from, LengthB: min(s.to, end) - from})
	}
	return parts, rival
}
