package sqlitefile

import (
	"encoding/binary"
	"math"
)

// varint reads a variable-length integer; n is 0 when b ends inside it.
func varint(b []byte) (v uint64, n int) {
	for i := 0; i < 9 && i < len(b); i++ {
		if i == 8 {
			return v<<8 | uint64(b[i]), 9
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// page is one b-tree page.
type page struct {
	b       []byte // its usable bytes
	head    int    // where its header begins: 100 in page 1
	kind    byte
	cells   int
	content int // where the cell content area begins
	free    int // first free block, 0 for none
	frag    int
	right   uint32 // last child of an interior page
	body    int    // where the cell pointers begin
}

// interior reports whether the page has children.
func (p *page) interior() bool { return p.kind == tableInterior || p.kind == indexInterior }

// parsePage reads a page header. When it is not one, bad is the offset of the
// byte that shows it.
func parsePage(b []byte, head int) (p page, bad int, ok bool) {
	if len(b) < head+12 {
		return p, head, false
	}
	p = page{b: b, head: head, kind: b[head], body: head + 8}
	p.free = int(binary.BigEndian.Uint16(b[head+1:]))
	p.cells = int(binary.BigEndian.Uint16(b[head+3:]))
	p.content = int(binary.BigEndian.Uint16(b[head+5:]))
	p.frag = int(b[head+7])
	switch p.kind {
	case tableLeaf, indexLeaf:
	case tableInterior, indexInterior:
		p.body += 4
		p.right = binary.BigEndian.Uint32(b[head+8:])
	default:
		return p, head, false
	}
	if p.content == 0 && len(b) > math.MaxUint16-512 {
		p.content = 65536
	}
	end := p.body + 2*p.cells
	switch {
	case end > len(b):
		return p, head + 3, false
	case p.content < end || p.content > len(b):
		return p, head + 5, false
	case p.free != 0 && (p.free < p.content || p.free+4 > len(b)):
		return p, head + 1, false
	}
	return p, 0, true
}

// cell is one entry of a page.
type cell struct {
	off, sizeB int // in the page
	child      uint32
	rowid      int64 // also the key of a table's interior page
	payloadB   int64
	local      []byte // the part of the payload that lies in the page
	overflow   uint32 // first page of the rest, 0 for none
}

// localB returns how much of a payload lies in a page of a kind.
func localB(kind byte, usable int, payload int64) int {
	limit := usable - 35
	if kind != tableLeaf {
		limit = (usable-12)*64/255 - 23
	}
	if payload <= int64(limit) {
		return int(payload)
	}
	least := (usable-12)*32/255 - 23
	k := least + int((payload-int64(least))%int64(usable-4))
	if k <= limit {
		return k
	}
	return least
}

// cellAt reads the cell at an offset of the page.
func (p *page) cellAt(off int) (c cell, ok bool) {
	c.off = off
	if off < p.body+2*p.cells || off+4 > len(p.b) {
		return c, false
	}
	at := off
	if p.interior() {
		c.child = binary.BigEndian.Uint32(p.b[at:])
		at += 4
	}
	if p.kind != tableInterior {
		v, n := varint(p.b[at:])
		if n == 0 || v > math.MaxInt32 {
			return c, false
		}
		c.payloadB = int64(v)
		at += n
	}
	if p.kind == tableLeaf || p.kind == tableInterior {
		v, n := varint(p.b[at:])
		if n == 0 {
			return c, false
		}
		c.rowid = int64(v)
		at += n
	}
	if p.kind != tableInterior {
		n := localB(p.kind, len(p.b), c.payloadB)
		if at+n > len(p.b) {
			return c, false
		}
		c.local = p.b[at : at+n]
		at += n
		if int64(n) < c.payloadB {
			if at+4 > len(p.b) {
				return c, false
			}
			c.overflow = binary.BigEndian.Uint32(p.b[at:])
			at += 4
		}
	}
	c.sizeB = max(at-off, 4)
	return c, off+c.sizeB <= len(p.b)
}

// pointer returns the offset of the i-th cell.
func (p *page) pointer(i int) int { return int(binary.BigEndian.Uint16(p.b[p.body+2*i:])) }

// extents checks that cells, free blocks, fragments and the space between make
// up the page without overlap. used is scratch of at least the page's size. At a
// fault it returns the offset behind which the page can not be right.
func (p *page) extents(cells []cell, used []byte) (bad int, ok bool) {
	used = used[:len(p.b)]
	clear(used)
	take := func(off, n int) bool {
		for i := off; i < off+n; i++ {
			if used[i] != 0 {
				return false
			}
			used[i] = 1
		}
		return true
	}
	for _, c := range cells {
		if c.off < p.content {
			return p.head + 6, false
		}
		if !take(c.off, c.sizeB) {
			return len(p.b), false
		}
	}
	for at := p.free; at != 0; {
		next, n := int(binary.BigEndian.Uint16(p.b[at:])), int(binary.BigEndian.Uint16(p.b[at+2:]))
		if n < 4 || at+n > len(p.b) || next != 0 && (next < at+n || next+4 > len(p.b)) {
			return at + 4, false
		}
		if !take(at, n) {
			return len(p.b), false
		}
		at = next
	}
	left := 0
	for _, u := range used[p.content:] {
		if u == 0 {
			left++
		}
	}
	if left != p.frag {
		return len(p.b), false
	}
	return 0, true
}

// serialB returns the length of a value of a serial type, -1 for one that does
// not occur in files.
func serialB(t uint64) int64 {
	switch {
	case t <= 4:
		return int64(t)
	case t == 5:
		return 6
	case t <= 7:
		return 8
	case t <= 9:
		return 0
	case t <= 11:
		return -1
	}
	return int64(t-12) / 2
}

// recordFits reports whether a payload begins with a record header whose types
// take exactly its length. A header that goes on in overflow pages is believed.
func recordFits(local []byte, payload int64) bool {
	head, n := varint(local)
	if n == 0 || head < uint64(n) || head > uint64(payload) {
		return false
	}
	if head > uint64(len(local)) {
		return int64(len(local)) < payload
	}
	sum := int64(head)
	for at := n; at < int(head); {
		t, n := varint(local[at:head])
		if n == 0 || t > math.MaxUint32 {
			return false
		}
		b := serialB(t)
		if b < 0 {
			return false
		}
		sum += b
		at += n
	}
	return sum == payload
}
