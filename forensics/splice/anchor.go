package splice

import (
	"encoding/binary"
	"io"
	"math/bits"

	"firescene/formats"
	"firescene/formats/isobmff"
)

// anchor is a place in a file at which its own structure says that something
// recognisable must stand. Where pieces lie apart it stands at the same distance
// from a block's beginning, so that few blocks need to be tried.
type anchor struct {
	atB   int64
	lastB int64 // where the part before it begins
	n     int   // bytes that fits looks at
	fits  func(b []byte) bool
}

// maxParts bounds how many parts of a file are stepped through.
const maxParts = 1 << 16

// nextAnchor steps through the parts of a file of the named type as far as their
// headers are right. ok is false for types without such parts, and where a part
// does not tell its length.
func nextAnchor(kind string, r io.ReaderAt, size int64) (anchor, bool) {
	switch kind {
	case "png":
		return step(r, size, 8, 8, pngChunk)
	case "zip":
		return step(r, size, 0, 46, zipPart)
	case "evtx":
		return step(r, size, 4096, 16, evtxChunk)
	case "mp4":
		if e, ok := isobmff.Expect(r, size, formats.DefaultLimits()); ok {
			return anchor{atB: e.AtB, lastB: e.AtB, n: e.SizeB(), fits: e.Fits}, true
		}
		return step(r, size, 0, 16, isoBox)
	case "mkv":
		return step(r, size, 0, 12, mkvElement)
	case "mov", "heic", "avif":
		return step(r, size, 0, 16, isoBox)
	}
	return anchor{}, false
}

// step goes from part to part. length returns the length of the part whose header
// is b: 0 when b is no header, below 0 when it does not tell.
func step(r io.ReaderAt, size, at int64, n int, length func(b []byte) int64) (anchor, bool) {
	b := make([]byte, n)
	last := at
	for range maxParts {
		if at+int64(n) > size {
			break
		}
		if m, _ := r.ReadAt(b, at); m < n {
			break
		}
		l := length(b)
		if l == 0 {
			break
		}
		if l < 0 || l > 1<<40 {
			return anchor{}, false
		}
		last, at = at, at+l
	}
	return anchor{atB: at, lastB: last, n: n, fits: func(b []byte) bool { return length(b) != 0 }}, true
}

// pngChunk: PNG specification, third edition, 5.3.
func pngChunk(b []byte) int64 {
	n := int64(binary.BigEndian.Uint32(b))
	for i, c := range b[4:8] {
		upper := c >= 'A' && c <= 'Z'
		if !upper && (c < 'a' || c > 'z') || i == 2 && !upper {
			return 0
		}
	}
	if n > 1<<31 || string(b[4:8]) == "IEND" && n != 0 {
		return 0
	}
	return 12 + n
}

// zipPart: APPNOTE.TXT 4.3.7, 4.3.9, 4.3.12, 4.3.16.
func zipPart(b []byte) int64 {
	le := binary.LittleEndian
	switch le.Uint32(b) {
	case 0x04034B50:
		n := int64(le.Uint32(b[18:]))
		if n == 0xFFFFFFFF || n == 0 && le.Uint16(b[6:])&8 != 0 {
			return -1
		}
		return 30 + int64(le.Uint16(b[26:])) + int64(le.Uint16(b[28:])) + n
	case 0x08074B50:
		return 16
	case 0x02014B50:
		return 46 + int64(le.Uint16(b[28:])) + int64(le.Uint16(b[30:])) + int64(le.Uint16(b[32:]))
	case 0x06054B50:
		return 22 + int64(le.Uint16(b[20:]))
	}
	return 0
}

// evtxChunk: a chunk of an event log is always 64 KiB.
func evtxChunk(b []byte) int64 {
	if string(b[:8]) != "ElfChnk\x00" {
		return 0
	}
	return 1 << 16
}

// isoBox: ISO/IEC 14496-12, 4.2, boxes of the highest level.
func isoBox(b []byte) int64 {
	switch string(b[4:8]) {
	case "ftyp", "moov", "mdat", "free", "skip", "wide", "uuid", "meta", "moof", "mfra", "sidx", "styp", "pnot", "udta", "idat":
	default:
		return 0
	}
	switch n := int64(binary.BigEndian.Uint32(b)); {
	case n == 1:
		return int64(min(binary.BigEndian.Uint64(b[8:]), 1<<62))
	case n == 0:
		return -1
	case n < 8:
		return 0
	default:
		return n
	}
}

// mkvElement: RFC 9559, 5.1, elements of the highest level and, as if they were
// too, of the segment.
func mkvElement(b []byte) int64 {
	id := binary.BigEndian.Uint32(b)
	switch id {
	case 0x1A45DFA3, 0x18538067, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367:
		b = b[4:]
	default:
		if b[0] != 0xEC { // filling
			return 0
		}
		b = b[1:]
	}
	if b[0] == 0 {
		return 0
	}
	k := int64(bits.LeadingZeros8(b[0])) + 1
	n := int64(b[0] & (0xFF >> k))
	for _, x := range b[1:k] {
		n = n<<8 | int64(x)
	}
	head := 4 + k
	switch {
	case id == 0x18538067:
		return head
	case n == 1<<(7*k)-1: // ends where the next one begins
		return -1
	case id>>24 == 0xEC:
		head = 1 + k
	}
	return head + n
}
