// Package sqlitefile reads SQLite data bases, their write-ahead logs and rollback
// journals for recovery: it checks a file to its last page, and finds rows that
// were deleted but are still there.
//
// The formats are those of "Database File Format" and "WAL-mode File Format" of
// the SQLite project. The rebuilding of rows whose cells were freed follows
// S. Nemetz, S. Schmitt, F. Freiling, "A standardized corpus for SQLite database
// forensics" (2018) and D. Pawlaszczyk, C. Hummert, "Making the invisible visible:
// techniques for recovering deleted SQLite data records" (2021).
package sqlitefile

import (
	"bytes"
	"encoding/binary"

	"firescene/formats"
)

const (
	format   = "SQLite"
	magic    = "SQLite format 3\x00"
	headerB  = 100
	lockByte = 1 << 30 // the page that holds it is used for locks alone
)

// The kinds of b-tree page, by their first byte.
const (
	indexInterior = 2
	tableInterior = 5
	indexLeaf     = 10
	tableLeaf     = 13
)

// Header is what the first 100 bytes of a data base say.
type Header struct {
	PageB        int // 512 to 65536
	UsableB      int // of a page, without what extensions reserve
	WAL          bool
	Change       uint32 // counts the transactions
	ValidFor     uint32 // value of Change for which Pages holds
	Pages        uint32 // of the file, when Change and ValidFor are the same
	FreeTrunk    uint32 // first page of the free list, 0 for none
	FreePages    uint32
	SchemaFormat uint32
	LargestRoot  uint32 // not 0: the file has pointer map pages
	Encoding     uint32 // 1 UTF-8, 2 UTF-16LE, 3 UTF-16BE, 0 in an empty data base
}

// Counted reports whether the header's page count can be believed: writers before
// SQLite 3.7.0 changed the file without keeping it.
func (h *Header) Counted() bool { return h.Pages > 0 && h.Change == h.ValidFor }

// Head reports whether b, at least 24 bytes, can begin a data base.
func Head(b []byte) bool {
	if len(b) < 24 || string(b[:16]) != magic {
		return false
	}
	p := pageSize(b[16:])
	return p > 0 && p-int(b[20]) >= 480 && b[18] >= 1 && b[18] <= 2 && b[19] >= 1 && b[19] <= 2 && b[21] == 64 && b[22] == 32 && b[23] == 32
}

func pageSize(b []byte) int {
	p := int(binary.BigEndian.Uint16(b))
	if p == 1 {
		return 65536
	}
	if p < 512 || p&(p-1) != 0 {
		return 0
	}
	return p
}

// ParseHeader reads a header. The error is a *formats.FormatError.
func ParseHeader(b []byte) (Header, error) {
	bad := func(off int64, why string) (Header, error) {
		return Header{}, &formats.FormatError{Format: format, Offset: off, Reason: why}
	}
	if len(b) < headerB {
		return bad(0, "the header is cut off")
	}
	if !Head(b) {
		return bad(0, "no header")
	}
	u := func(at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }
	h := Header{
		PageB: pageSize(b[16:]), WAL: b[18] == 2, Change: u(24), Pages: u(28), FreeTrunk: u(32), FreePages: u(36),
		SchemaFormat: u(44), LargestRoot: u(52), Encoding: u(56), ValidFor: u(92),
	}
	h.UsableB = h.PageB - int(b[20])
	switch {
	case h.SchemaFormat > 4:
		return bad(44, "no such schema format")
	case h.Encoding > 3:
		return bad(56, "no such text encoding")
	case !bytes.Equal(b[72:92], make([]byte, 20)):
		return bad(72, "the reserved bytes are not zero")
	case h.Counted() && (h.FreePages >= h.Pages || h.FreeTrunk > h.Pages || h.LargestRoot > h.Pages):
		return bad(32, "the page count does not agree with the other counts")
	case (h.FreeTrunk == 0) != (h.FreePages == 0):
		return bad(32, "the free list does not agree with its count")
	}
	return h, nil
}

// mapPage reports whether a page is a pointer map page.
func (h *Header) mapPage(no uint32) bool {
	if h.LargestRoot == 0 || no < 2 {
		return false
	}
	per := uint32(h.UsableB/5) + 1
	first := (no-2)/per*per + 2
	if first == h.lockPage() {
		first++
	}
	return no == first
}

// fixed counts the pages behind from and up to to that are pointer map pages or
// the lock page.
func (h *Header) fixed(from, to uint32) (n uint32) {
	lock := h.lockPage()
	if lock > from && lock <= to {
		n++
	}
	if h.LargestRoot == 0 {
		return n
	}
	per := uint32(h.UsableB/5) + 1
	first := uint32(2)
	if from > 2 {
		first += (from - 2) / per * per
	}
	for ; first <= to; first += per {
		at := first
		if at == lock {
			at++
		}
		if at > from && at <= to {
			n++
		}
	}
	return n
}

func (h *Header) lockPage() uint32 { return uint32(lockByte/h.PageB) + 1 }
