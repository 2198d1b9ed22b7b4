package recover

import (
	"io"
	"math/bits"
	"slices"

	"firescene/formats/dhav"
)

// linker puts pieces of recordings in order.
type linker struct {
	image  io.ReaderAt
	pieces []*piece // in the order of the medium
	exact  bool     // bounds of chunks are known
	byLead map[leadKey][]*piece
	byTail map[int64][]*piece // pieces that begin with the end of a frame, by its length
}

type leadKey struct {
	channel int
	number  uint32
}

// link finds for every piece the one that continues it. A frame across the border
// must come out with its header's check sum, its length and its trailer right, and
// the next number of the same channel must follow.
func (l *linker) link() {
	l.byLead, l.byTail = map[leadKey][]*piece{}, map[int64][]*piece{}
	for _, p := range l.pieces {
		if f, ok := p.firstNumber(); ok {
			k := leadKey{f.Channel, f.Number}
			l.byLead[k] = append(l.byLead[k], p)
		}
		if p.tailB > 0 {
			l.byTail[p.tailB] = append(l.byTail[p.tailB], p)
		}
	}
	for _, p := range l.pieces {
		l.linkOne(p)
	}
	for _, p := range l.pieces {
		if p.next == nil && p.headed {
			l.linkTail(p)
		}
	}
}

// linkTail finds the end of the last frame of a recording, behind which another
// recording or nothing follows.
func (l *linker) linkTail(p *piece) {
	for _, q := range after(p, l.byTail[p.head.LengthB]) {
		if q.prev != nil || q.tailB == 0 || q == p || !l.fits(p, q) {
			continue
		}
		if q.Frames > 0 || q.headed { // what follows is another recording
			t := &piece{startB: q.startB, Stream: dhav.Stream{EndB: q.startB}, tailB: q.tailB, startLo: q.startLo, startHi: q.startHi}
			q.tailB = 0
			q = t
		}
		p.next, q.prev = q, p
		return
	}
}

func (l *linker) linkOne(p *piece) {
	if p.Frames == 0 && !p.headed || p.Turn {
		return
	}
	number := uint32(0)
	switch {
	case p.headed && p.head.Picture():
		number = p.head.Number + 1
	case p.Pictures > 0:
		number = p.LastPicture.Number + 1
	default:
		return
	}
	last := p.Last
	if p.headed {
		last = p.head
	}
	numbers := []uint32{number}
	if p.headCut {
		numbers = []uint32{number + 1, number} // the frame that is cut may be a picture
	}
	for _, n := range numbers {
		for _, q := range after(p, l.byLead[leadKey{last.Channel, n}]) {
			f, _ := q.firstNumber()
			if q.prev == nil && q != p && dhav.Near(last, f) && l.fits(p, q) {
				p.next, q.prev = q, p
				return
			}
		}
	}
}

// after orders candidates: those behind p on the medium first, as recorders write
// forward, then those before it, where a ring began anew.
func after(p *piece, qs []*piece) []*piece {
	for i, q := range qs {
		if q.startB > p.startB {
			return append(append([]*piece{}, qs[i:]...), qs[:i]...)
		}
	}
	return qs
}

// fits checks that p and q meet: with a frame across the border or without one.
func (l *linker) fits(p, q *piece) bool {
	switch {
	case p.headed:
		return l.fitsHead(p, q)
	case p.headCut:
		// q's trailer tells the length of the frame whose header is cut
		rest := p.endLo - p.EndB
		if q.tailB == 0 {
			return false
		}
		start := q.startB - (q.tailB - rest)
		if start%dvrSectorB != 0 || start < q.startLo || start > q.startHi {
			return false
		}
		f, ok := dhav.Parse(l.bytes(p.EndB, p.endLo, start, dhav.HeaderB))
		if !ok || f.LengthB != q.tailB || f.Channel != p.Last.Channel {
			return false
		}
		p.join, p.joined, p.joinEnd, p.joinStart = q.tailB, true, p.endLo, start
		return true
	}
	if p.EndB != p.endLo || q.startB != q.startHi || q.tailB != 0 {
		return false
	}
	p.join, p.joined, p.joinEnd, p.joinStart = 0, true, p.EndB, q.startB
	return true
}

// fitsHead checks a frame whose header is in p.
func (l *linker) fitsHead(p, q *piece) bool {
	n := p.head.LengthB
	if q.tailB != 0 && q.tailB != n {
		return false
	}
	p.join = n
	if q.tailB == 0 {
		// the border goes through the trailer: both sides are known
		start := q.startHi
		if q.startB-start >= dhav.TrailerB || q.startB == start && l.exact {
			return l.wholeTrailer(p, q)
		}
		end := p.EndB + n - (q.startB - start)
		if end < p.endLo || end > p.endHi || end%dvrSectorB != 0 {
			return false
		}
		cut := int64(dhav.TrailerB) - (q.startB - start)
		if !p.head.EndsIn(l.bytes(end-cut, end, start, dhav.TrailerB)) {
			return false
		}
		p.joined, p.joinEnd, p.joinStart = true, end, start
		return true
	}
	// D, how far the second chunk's begin lies from the first one's end, is known
	d := q.startB - p.EndB - n
	if l.exact {
		if p.endLo+d != q.startLo {
			return false
		}
		p.joined, p.joinEnd, p.joinStart = true, p.endLo, q.startLo
		return true
	}
	if d%dvrSectorB != 0 {
		return false
	}
	lo, hi := max(p.endLo, q.startLo-d), min(p.endHi, q.startHi-d)
	if lo > hi {
		return false
	}
	if lo == hi {
		p.joined, p.joinEnd, p.joinStart = true, lo, lo+d
	}
	return true
}

// wholeTrailer checks a frame whose last byte is the last of p's chunk.
func (l *linker) wholeTrailer(p, q *piece) bool {
	end := p.EndB + p.head.LengthB
	if q.startB != q.startHi || end != p.endHi && end != p.endLo || !p.head.EndsIn(l.bytes(end-dhav.TrailerB, end, q.startB, dhav.TrailerB)) {
		return false
	}
	p.joined, p.joinEnd, p.joinStart = true, end, q.startB
	return true
}

// bytes reads n bytes from the range [from, to) of the image and on from then.
func (l *linker) bytes(from, to, then int64, n int) []byte {
	b := make([]byte, n)
	k := int(max(0, min(int64(n), to-from)))
	if m, _ := l.image.ReadAt(b[:k], from); m < k {
		return nil
	}
	if m, _ := l.image.ReadAt(b[k:], then); m < n-k {
		return nil
	}
	return b
}

// chains lists the first pieces of recordings, in the order of the medium. Links
// that go round in a ring are cut.
func (l *linker) chains() (heads []*piece) {
	seen := map[*piece]bool{}
	follow := func(p *piece) {
		heads = append(heads, p)
		for ; p != nil; p = p.next {
			seen[p] = true
			if p.next != nil && seen[p.next] {
				p.next.prev, p.next = nil, nil
			}
		}
	}
	for _, p := range l.pieces {
		if p.prev == nil {
			follow(p)
		}
	}
	for _, p := range l.pieces {
		if !seen[p] {
			p.prev.next, p.prev = nil, nil
			follow(p)
		}
	}
	return heads
}

// maxChunkB is the longest chunk that is looked for where no index tells it.
const maxChunkB = 8 << 20

// settle finds where the chunks of recordings end and begin where frames alone do
// not tell: between the header of a frame that is cut and what follows it, any
// sector may be the border. All chunks of a recorder are equally long, so each
// recording's borders are one unknown and the length another, and every chunk
// narrows both. Only what comes out as the one solution is used.
func settle(heads []*piece) {
	var fitting []int64 // lengths that fit most
	most := 0
	for c := int64(dvrSectorB); c <= maxChunkB; c += dvrSectorB {
		fit := 0
		for _, h := range heads[:min(len(heads), 64)] {
			if h.next == nil {
				continue
			}
			if lo, hi := firstEnd(h, c); lo <= hi {
				fit += links(h)
			}
		}
		if fit > most {
			fitting, most = fitting[:0], fit
		}
		if fit == most && fit > 0 {
			fitting = append(fitting, c)
		}
	}
	if len(fitting) > 1 { // recorders use powers of two
		fitting = slices.DeleteFunc(fitting, func(c int64) bool { return bits.OnesCount64(uint64(c)) != 1 })
	}
	if len(fitting) != 1 {
		return
	}
	for _, h := range heads {
		setBorders(h, fitting[0])
	}
}

// maxLinks is how many links of a recording are used to find the length of chunks.
const maxLinks = 256

func links(h *piece) (n int) {
	for ; h.next != nil && n < maxLinks; h = h.next {
		n++
	}
	return n
}

// firstEnd is the range of the first chunk's end for which chunks of length c fit all
// borders of a recording; lo > hi when none does.
func firstEnd(h *piece, c int64) (lo, hi int64) {
	lo, hi = 0, 1<<62
	if h.startLo == h.startHi && h.startB == h.startLo {
		lo, hi = h.startLo+c, h.startLo+c // it begins with its chunk
	}
	sum := int64(0) // what lies between the end of the first chunk and that of this one
	for n := 0; h.next != nil && n < maxLinks; h, n = h.next, n+1 {
		q := h.next
		d := q.startB - h.EndB - h.join
		if h.joined {
			lo, hi = max(lo, h.joinEnd-sum), min(hi, h.joinEnd-sum)
		}
		lo, hi = max(lo, h.endLo-sum, q.startLo-d-sum), min(hi, h.endHi-sum, q.startHi-d-sum)
		if lo > hi {
			return 1, 0
		}
		sum += d + c
	}
	return lo, hi
}

// setBorders sets the borders of a recording whose chunks are c long.
func setBorders(h *piece, c int64) {
	lo, hi := firstEnd(h, c)
	if lo != hi {
		return
	}
	for ; h.next != nil; h = h.next {
		d := h.next.startB - h.EndB - h.join
		if lo < h.endLo || lo > h.endHi || lo+d < h.next.startLo || lo+d > h.next.startHi {
			return // not a chunk of that length: what follows is not settled
		}
		h.joined, h.joinEnd, h.joinStart = true, lo, lo+d
		lo += d + c
	}
}
