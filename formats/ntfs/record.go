package ntfs

import (
	"encoding/binary"
	"unicode/utf16"
)

// Numbers of records that are the file system's own.
const (
	recMFT    = 0
	recMirror = 1
	recLog    = 2
	recVolume = 3
	recRoot   = 5
	recBitmap = 6
	recExtend = 11
	firstUser = 24 // records before it are reserved
)

// Kinds of attribute.
const (
	attrStandard   = 0x10
	attrList       = 0x20
	attrFileName   = 0x30
	attrVolumeName = 0x60
	attrVolumeInfo = 0x70
	attrData       = 0x80
	attrIndexRoot  = 0x90
	attrIndexAlloc = 0xA0
	attrReparse    = 0xC0
	attrEnd        = 0xFFFFFFFF
)

// Flags of an attribute.
const (
	flagCompressed = 0x00FF
	flagEncrypted  = 0x4000
	flagSparse     = 0x8000
)

// ref is a file reference: record number and sequence number.
type ref struct {
	num int64
	seq uint16
}

func refOf(x uint64) ref { return ref{int64(x & 0xFFFFFFFFFFFF), uint16(x >> 48)} }

// record is a record of the master file table with its attributes. The bytes of
// the attributes are those of the buffer it was parsed from.
type record struct {
	num   int64
	seq   uint16
	links uint16
	inUse bool
	dir   bool
	base  ref   // zero for a base record
	atB   int64 // in the volume; of its first byte when it lies in the table
	table bool  // it lies in the master file table, whose runs may divide it
	attrs []attribute
	// intactB is how many bytes of the record its update sequence proves to have
	// been written together; fault is set when they are not all.
	intactB int
	fault   string
	usa     fixups
	stated  int64  // number that the record itself states; -1 when it does not
	slack   []byte // behind its last attribute, as far as it is intact
}

// fixups say where a record's replaced bytes lie.
type fixups struct {
	atB     int // of the first saved pair, in the record
	strideB int
	count   int
}

type attribute struct {
	kind        uint32
	flags       uint16
	nonResident bool
	name        string
	// resident
	value  []byte
	valueB int // offset of value in the record
	// non-resident
	lowVCN               int64
	unit                 int64 // clusters of a compression unit; 0 for none
	allocB, sizeB, initB int64
	runs                 []byte
}

// fixup puts back the bytes that the update sequence replaced, in b itself, and
// returns how many bytes from the beginning were written together.
func fixup(b []byte, fx *fixups) (intactB int, ok bool) {
	le := binary.LittleEndian
	at, n := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	if n < 2 || at < 8 || at+2*n > len(b) || len(b)%(n-1) != 0 {
		return 0, false
	}
	stride := len(b) / (n - 1)
	if stride < 256 || stride&(stride-1) != 0 || at+2*n > stride-2 {
		return 0, false
	}
	*fx = fixups{at + 2, stride, n - 1}
	for i := range n - 1 {
		end := (i+1)*stride - 2
		if b[end] != b[at] || b[end+1] != b[at+1] {
			return i * stride, true
		}
		copy(b[end:end+2], b[at+2+2*i:])
	}
	return len(b), true
}

// parseRecord reads a record that b holds and changes b by its fixups. A nil
// record means that there is none; a torn one is read as far as it is intact.
func parseRecord(b []byte, num, atB int64) *record {
	if len(b) < 48 || string(b[:4]) != "FILE" {
		return nil
	}
	le := binary.LittleEndian
	rec := &record{num: num, atB: atB, stated: -1}
	var ok bool
	if rec.intactB, ok = fixup(b, &rec.usa); !ok || rec.intactB == 0 {
		return nil
	}
	if rec.intactB < len(b) {
		rec.fault = "its record was torn: its sectors were not written together"
	}
	rec.seq, rec.links = le.Uint16(b[16:]), le.Uint16(b[18:])
	flags := le.Uint16(b[22:])
	rec.inUse, rec.dir = flags&1 != 0, flags&2 != 0
	rec.base = refOf(le.Uint64(b[32:]))
	first, used := int(le.Uint16(b[20:])), int(le.Uint32(b[24:]))
	if first >= 48 && rec.usa.atB >= 48 {
		rec.stated = int64(le.Uint32(b[44:]))
	}
	if first < 40 || first >= len(b) {
		return nil
	}
	if used < first || used > len(b) {
		used = len(b)
	}
	if end, ok := rec.parseAttributes(b[:min(used, rec.intactB)], first); ok {
		rec.slack = b[end:rec.intactB]
	}
	return rec
}

// parseAttributes reads the attributes from at on. ok says that their end mark was
// reached, at end.
func (rec *record) parseAttributes(b []byte, at int) (end int, ok bool) {
	le := binary.LittleEndian
	for at+8 <= len(b) {
		kind, n := le.Uint32(b[at:]), int(le.Uint32(b[at+4:]))
		if kind == attrEnd {
			return at, true
		}
		if n < 24 || n&7 != 0 || n > len(b)-at || kind == 0 || kind&0xF != 0 || kind > 0x1000 {
			if rec.fault == "" {
				rec.fault = "its record is damaged behind its first attributes"
			}
			return at, false
		}
		if a, ok := parseAttribute(b[at : at+n]); ok {
			a.valueB += at
			rec.attrs = append(rec.attrs, a)
		} else if rec.fault == "" {
			rec.fault = "one of its attributes is damaged"
		}
		at += n
	}
	if rec.fault == "" && at+4 > len(b) {
		rec.fault = "its record has no end"
	}
	return at, false
}

func parseAttribute(b []byte) (attribute, bool) {
	le := binary.LittleEndian
	a := attribute{kind: le.Uint32(b), nonResident: b[8] != 0, flags: le.Uint16(b[12:])}
	if n := 2 * int(b[9]); n > 0 {
		at := int(le.Uint16(b[10:]))
		if at+n > len(b) {
			return a, false
		}
		a.name = utf16Text(b[at : at+n])
	}
	if !a.nonResident {
		n, at := int(le.Uint32(b[16:])), int(le.Uint16(b[20:]))
		if at > len(b) || n < 0 || n > len(b)-at {
			return a, false
		}
		a.value, a.valueB = b[at:at+n], at
		return a, true
	}
	if len(b) < 64 {
		return a, false
	}
	a.lowVCN = int64(le.Uint64(b[16:]))
	at := int(le.Uint16(b[32:]))
	if x := b[34]; x > 0 && x <= 16 {
		a.unit = 1 << x
	}
	a.allocB, a.sizeB, a.initB = int64(le.Uint64(b[40:])), int64(le.Uint64(b[48:])), int64(le.Uint64(b[56:]))
	if at < 64 || at > len(b) || a.lowVCN < 0 || a.lowVCN == 0 && (a.allocB < 0 || a.sizeB < 0 || a.initB < 0) {
		return a, false
	}
	a.runs = b[at:]
	return a, true
}

// utf16Text decodes little-endian UTF-16; what is no character becomes U+FFFD.
func utf16Text(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}
