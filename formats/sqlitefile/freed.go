package sqlitefile

import (
	"math"
	"slices"
)

// form says which parts of a cell are still there.
type form byte

const (
	formCell   form = iota // all of it
	formHeader             // from the record's header length on: length and row number are lost
	formTypes              // from the first serial type on
	formSecond             // from the second serial type on
)

var formTold = [...]string{
	formCell:   "its cell is intact",
	formHeader: "row number overwritten when it was freed",
	formTypes:  "row number and header length overwritten when it was freed; header rebuilt by the table's columns",
	formSecond: "row number, header length and first type overwritten when it was freed; header rebuilt by the table's columns",
}

// hit is a place that holds a row.
type hit struct {
	t        *template
	also     *template // a table that it fits as well
	form     form
	rowid    int64
	types    []uint64
	off, end int // in the page; end is at most that of the region
	body     int // where the values begin
	payloadB int64
	bits     float64
	cut      bool // values reach beyond the region
}

// The improbability that a row must have among random bytes to be believed: data
// of a gigabyte offers some 2^30 places, and free space of a page that still
// holds rows mostly holds rows.
const (
	needCell     = 36.0
	needAnchored = 28.0 // right behind the head of a free block, or behind another row
	needFree     = 44.0
	maxTextBits  = 28.0
	needOfText   = 16.0 // the same against running text, whose letters are serial types of further text
)

// scanner looks for rows in space that is not used.
type scanner struct {
	h         *Header
	byColumns map[int][]*template
	counts    []int // of columns, in order
	types     []uint64
	guesses   []uint64
	schema    bool    // rows of the schema alone are looked for
	extra     float64 // improbability that is asked for beside the usual
}

func newScanner(h *Header, templates []*template) *scanner {
	s := &scanner{h: h, byColumns: map[int][]*template{}}
	for _, t := range templates {
		for n := max(t.fewest, 1); n <= len(t.columns); n++ {
			s.byColumns[n] = append(s.byColumns[n], t)
		}
	}
	for n := range s.byColumns {
		s.counts = append(s.counts, n)
	}
	slices.Sort(s.counts)
	return s
}

// region finds rows in b[from:to], which lie in free space. own is the table whose
// page it is, nil when not known. block says that a free block begins at from.
func (s *scanner) region(b []byte, from, to int, own *template, block bool) (hits []hit) {
	for at := from; at+4 < to; {
		at = skipZeros(b, at, to)
		if h, ok := s.cell(b, at, to, own); ok {
			hits = append(hits, h)
			at = h.end
			continue
		}
		at++
	}
	// What lies between may be cells that lost their beginning.
	n := len(hits)
	start := from
	for i := 0; i <= n; i++ {
		end := to
		if i < n {
			end = hits[i].off
		}
		hits = append(hits, s.headless(b, start, end, own, block || i > 0)...)
		if i < n {
			start = hits[i].end
		}
	}
	return hits
}

// skipZeros goes on to the last zeros of a long row of them.
func skipZeros(b []byte, at, to int) int {
	const keep = 16
	n := at
	for n < to && b[n] == 0 {
		n++
	}
	if n-at > 2*keep {
		return n - keep
	}
	return at
}

func (s *scanner) headless(b []byte, from, to int, own *template, anchored bool) (hits []hit) {
	anchor := from
	if !anchored {
		anchor = -100
	}
	for at := from; at+4 < to; {
		at = skipZeros(b, at, to)
		behind := at - anchor
		var best hit
		for _, f := range []form{formHeader, formTypes, formSecond} {
			need := needFree
			if behind == 4 || f == formHeader && behind > 4 && behind < 12 {
				need = needAnchored
			}
			if h, ok := s.rest(b, at, to, own, f, need); ok && h.bits > best.bits {
				best = h
			}
		}
		if best.t == nil {
			at++
			continue
		}
		best.off = max(from, at-4)
		hits = append(hits, best)
		at, anchor = best.end, best.end
	}
	return hits
}

// cell tries an intact cell.
func (s *scanner) cell(b []byte, at, to int, own *template) (hit, bool) {
	off := at
	payload, n := varint(b[at:to])
	if n == 0 || payload < 2 || payload > math.MaxInt32 {
		return hit{}, false
	}
	at += n
	rowid, m := varint(b[at:to])
	if m == 0 || int64(rowid) < 0 && m == 9 && int64(rowid) < -1<<32 || rowid > 1<<48 && int64(rowid) > 0 {
		return hit{}, false
	}
	at += m
	head, k := varint(b[at:to])
	if k == 0 || head < uint64(k)+1 || head > payload || at+int(head) > to {
		return hit{}, false
	}
	types, sum, ok := recordTypes(b[at+k:at+int(head)], s.types)
	s.types = types
	if !ok || sum+int64(head) != int64(payload) {
		return hit{}, false
	}
	h, ok := s.best(b, at+int(head), to, own, int64(payload)-int64(head), int64(payload), 8+7*float64(min(n, 2)), needCell)
	h.form, h.rowid, h.off = formCell, int64(rowid), off
	return h, ok
}

// rest tries a cell that lost its beginning.
func (s *scanner) rest(b []byte, at, to int, own *template, f form, need float64) (best hit, ok bool) {
	if f == formHeader {
		head, k := varint(b[at:to])
		if k == 0 || head < uint64(k)+1 || at+int(min(head, 1<<20)) > to {
			return best, false
		}
		types, sum, fine := recordTypes(b[at+k:at+int(head)], s.types)
		s.types = types
		if !fine {
			return best, false
		}
		best, ok = s.best(b, at+int(head), to, own, sum, sum+int64(head), 8, need)
		best.form = f
		return best, ok
	}
	types, p := s.types[:0], at
	if f == formSecond {
		types = append(types, 0) // only a stand-in for the row number is known without its byte
	}
	var sum int64
	for _, n := range s.counts {
		for len(types) < n && p < to {
			t, k := varint(b[p:to])
			if k == 0 || t > math.MaxInt32 || serialB(t) < 0 {
				s.types = types
				return best, ok
			}
			types, sum, p = append(types, t), sum+serialB(t), p+k
		}
		s.types = types
		if len(types) < n {
			break
		}
		if f == formTypes {
			if h, fine := s.best(b, p, to, own, sum, sum+int64(n)+1, 0, need); fine && h.bits > best.bits {
				h.form = f
				best, ok = h, true
			}
			continue
		}
		if n < 2 {
			continue
		}
		for _, first := range s.firsts(int64(to-p) - sum) {
			types[0] = first
			size := serialB(first)
			ask := need
			if first != 0 {
				ask += 8 // the guess takes what the end of the block would prove
			}
			if h, fine := s.best(b, p, to, own, sum+size, sum+size+int64(n)+1, 0, ask); fine && h.bits > best.bits && (first == 0) == (h.t.alias == 0) {
				h.form = f
				best, ok = h, true
			}
		}
		types[0] = 0
	}
	return best, ok
}

// firsts lists what the first serial type may have been when it is lost: the
// stand-in for the row number, what makes the row end where the space ends, and
// in a schema the words that occur there.
func (s *scanner) firsts(left int64) (out []uint64) {
	out = append(s.guesses[:0], 0)
	if s.schema {
		out = append(out, 13+2*5, 13+2*4, 13+2*7) // table or index, view, trigger
	} else if left > 0 && left < 1<<15 {
		out = append(out, uint64(13+2*left))
		if left <= 4 {
			out = append(out, uint64(left))
		}
	}
	s.guesses = out
	return out
}

// best finds the table that s.types and the values fit best.
func (s *scanner) best(b []byte, body, to int, own *template, sum, payload int64, bits, need float64) (best hit, ok bool) {
	local := int64(localB(tableLeaf, s.h.UsableB, payload)) - (payload - sum)
	end := int64(body) + min(local, sum)
	if local < 0 {
		return best, false
	}
	over := local < sum
	if over {
		end += 4
	}
	cut := end > int64(to)
	asText := bits / 2
	solid := 0 // values that are not NULL
	for _, t := range s.types {
		if t < ' ' && t != 9 && t != 13 || t >= 0x7f {
			asText += 6
		} else {
			asText++
		}
		if t != 0 {
			solid++
		}
	}
	if asText+16 < needOfText || solid == 0 || !slices.ContainsFunc(s.byColumns[len(s.types)], func(t *template) bool { return t.fits(s.types) }) {
		return best, false
	}
	evidence, binary, fine := s.values(b, body, int(min(end, int64(to))), cut || over)
	if end == int64(to) && sum > 0 {
		bits += 8
		asText += 4
	}
	if !fine || asText+min(binary, 12) < needOfText {
		return best, false
	}
	for _, t := range s.byColumns[len(s.types)] {
		if !t.fits(s.types) {
			continue
		}
		total := bits + evidence
		nulls := 0
		for i, ty := range s.types {
			if ty == 0 && i != t.alias {
				nulls++
			}
			if nulls < 2 || ty != 0 {
				total += t.bits(i, ty)
			}
		}
		if t == own {
			total += 2
		}
		if total < need+s.extra || total < best.bits {
			continue
		}
		other := best.t
		if total > best.bits {
			other = nil
		}
		best, ok = hit{t: t, also: other, body: body, end: int(min(end, int64(to))), payloadB: payload, bits: total, cut: cut}, true
	}
	if ok {
		best.types = append([]uint64(nil), s.types...)
	}
	return best, ok
}

// values judges the values of s.types that begin at body: how improbable they are
// among random bytes, and, by binary, in a text.
func (s *scanner) values(b []byte, body, to int, cut bool) (bits, binary float64, ok bool) {
	at := body
	for _, t := range s.types {
		n := serialB(t)
		if int64(to-at) < n {
			if !cut || class(t) != 3 || at >= to {
				return bits, binary, cut
			}
			tb := textBits(b[at:to], s.h.Encoding, true)
			if tb < 0 {
				return bits, binary, false
			}
			return bits + min(tb, maxTextBits), binary, true
		}
		v := b[at : at+int(n)]
		at += int(n)
		if class(t) == 1 || class(t) == 2 {
			for _, c := range v {
				if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c >= 0x7f {
					binary += 3
				}
			}
		}
		switch class(t) {
		case 1:
			// Integers are stored in as few bytes as they need.
			if t < 8 && !s.shortest(t, v) {
				return bits, binary, false
			}
		case 2:
			f := math.Abs(real64(v))
			if f != 0 && !(f > 1e-12 && f < 1e18) {
				return bits, binary, false
			}
			bits += 3
		case 3:
			tb := textBits(v, s.h.Encoding, false)
			if tb < 0 {
				return bits, binary, false
			}
			bits += min(tb, maxTextBits)
		}
	}
	return bits, binary, true
}

func (s *scanner) shortest(t uint64, v []byte) bool {
	i := integer(t, v)
	switch t {
	case 1:
		return s.h.SchemaFormat < 4 || i != 0 && i != 1
	case 2:
		return i != int64(int8(i))
	case 3:
		return i != int64(int16(i))
	case 4:
		return i < -1<<23 || i >= 1<<23
	case 5:
		return i != int64(int32(i))
	}
	return i < -1<<47 || i >= 1<<47
}
