package fat

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Entry is a directory entry, live or deleted.
type Entry struct {
	Path      string // from the root, with forward slashes; long names where they are
	Short     string // the 8.3 name, its first letter "_" when deletion took it
	Deleted   bool   // marked deleted, or inside a deleted directory
	Dir       bool
	Volume    bool // the volume's label, not a file
	Attr      byte
	SizeB     int64
	Cluster   uint32 // first cluster; 0 for none
	Created   string // as recorded, without zone; empty when not recorded
	Modified  string
	Accessed  string // a date
	OffsetB   int64  // of the entry in the volume
	NameGuess bool   // the first letter of the name is not known
	// Unattached says that it is Deleted only because nothing leads to its directory
	// any more: the entry itself was in use to the end.
	Unattached bool
}

// attributes, section "FAT Directory Structure".
const (
	attrVolume = 0x08
	attrDir    = 0x10
	attrLong   = 0x0F
	slotB      = 32
	erased     = 0xE5
)

// parseShort reads a 32-byte slot that is not part of a long name.
func parseShort(b []byte, bits int) Entry {
	le := binary.LittleEndian
	e := Entry{Attr: b[11], SizeB: int64(le.Uint32(b[28:])), Deleted: b[0] == erased}
	e.Dir = e.Attr&attrDir != 0
	e.Volume = e.Attr&attrVolume != 0
	e.Cluster = uint32(le.Uint16(b[26:]))
	if bits == 32 {
		e.Cluster |= uint32(le.Uint16(b[20:])&0x0FFF) << 16
	}
	e.Created = stamp(le.Uint16(b[16:]), le.Uint16(b[14:]), b[13], true)
	e.Modified = stamp(le.Uint16(b[24:]), le.Uint16(b[22:]), 0, true)
	e.Accessed = stamp(le.Uint16(b[18:]), 0, 0, false)
	e.Short, e.NameGuess = shortName(b)
	return e
}

// stamp prints a FAT date and time as recorded. The numbers are printed even
// when they are no date, since they are what was recorded.
func stamp(date, clock uint16, hundredths byte, withTime bool) string {
	if date == 0 && (clock == 0 || !withTime) {
		return ""
	}
	s := fmt.Sprintf("%04d-%02d-%02d", 1980+date>>9, date>>5&15, date&31)
	if !withTime {
		return s
	}
	sec := int(clock&31)*2 + int(hundredths)/100
	s += fmt.Sprintf(" %02d:%02d:%02d", clock>>11, clock>>5&63, sec)
	if h := hundredths % 100; h != 0 {
		s += fmt.Sprintf(".%02d", h)
	}
	return s
}

// shortName prints the 8.3 name. Byte 12 says which parts Windows NT shows in
// lower case.
func shortName(b []byte) (name string, guess bool) {
	raw := append([]byte(nil), b[:11]...)
	switch raw[0] {
	case erased:
		raw[0], guess = '_', true
	case 0x05:
		raw[0] = 0xE5
	}
	base, ext := strings.TrimRight(oemText(raw[:8]), " "), strings.TrimRight(oemText(raw[8:]), " ")
	if b[12]&0x08 != 0 {
		base = strings.ToLower(base)
	}
	if b[12]&0x10 != 0 {
		ext = strings.ToLower(ext)
	}
	if ext != "" {
		base += "." + ext
	}
	return base, guess
}

// oemText reads text in the code page of the maker. Code page 936 (GBK) is tried
// first, as most devices met here are Chinese; bytes that are not of it are
// printed as hexadecimal numbers.
func oemText(b []byte) string {
	ascii := true
	for _, c := range b {
		ascii = ascii && c < 0x80 && c >= 0x20
	}
	if ascii {
		return string(b)
	}
	if s, err := simplifiedchinese.GBK.NewDecoder().Bytes(b); err == nil && utf8.Valid(s) && !strings.ContainsRune(string(s), utf8.RuneError) {
		return clean(string(s))
	}
	var w strings.Builder
	for _, c := range b {
		if c >= 0x20 && c < 0x7F {
			w.WriteByte(c)
		} else {
			fmt.Fprintf(&w, "%%%02X", c)
		}
	}
	return w.String()
}

// clean removes control characters, which have no place in a name.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F {
			return '_'
		}
		return r
	}, s)
}

// checksum ties a long name to its short one, section "Long Directory Entries".
func checksum(short []byte) byte {
	var s byte
	for _, c := range short[:11] {
		s = s>>1 | s<<7
		s += c
	}
	return s
}

// longSlots collects the slots of a long name, which stand before the short
// entry in reverse order.
type longSlots struct {
	slots [][]byte // as met, the last part of the name first
}

const maxLongSlots = 20

// add takes the next slot of attribute 0x0F.
func (l *longSlots) add(b []byte) {
	if n := len(l.slots); n > 0 {
		prev := l.slots[n-1]
		follows := b[13] == prev[13] && b[0]&0x40 == 0 && b[0] == prev[0]&^0x40-1
		if b[0] == erased || prev[0] == erased {
			follows = b[13] == prev[13] && b[0] == prev[0] && n < maxLongSlots
		}
		if !follows {
			l.slots = nil
		}
	}
	l.slots = append(l.slots, b)
}

// name returns the long name that belongs to the short entry, or "". A deleted
// entry has lost the first letter of its short name; the check sum gives it
// back, and the name counts only when that letter could stand there.
func (l *longSlots) name(short []byte) string {
	n := len(l.slots)
	if n == 0 {
		return ""
	}
	last := l.slots[n-1]
	if short[0] == erased {
		if last[0] != erased {
			return ""
		}
		letter, ok := firstLetter(short, last[13])
		if !ok || letter < 0x20 || strings.IndexByte("\"*+,./:;<=>?[\\]|", letter) >= 0 {
			return ""
		}
	} else if last[0]&^0x40 != 1 || l.slots[0][0]&0x40 == 0 || checksum(short) != last[13] {
		return ""
	}
	var u []uint16
	for i := n - 1; i >= 0; i-- {
		s := l.slots[i]
		for _, part := range [][2]int{{1, 11}, {14, 26}, {28, 32}} {
			for k := part[0]; k < part[1]; k += 2 {
				u = append(u, binary.LittleEndian.Uint16(s[k:]))
			}
		}
	}
	for i, c := range u {
		if c == 0 {
			u = u[:i]
			break
		}
	}
	return clean(string(utf16.Decode(u)))
}

// firstLetter finds the first byte of a short name from its check sum: every
// other byte is known, and the sum takes a different value for each.
func firstLetter(short []byte, sum byte) (byte, bool) {
	var b [11]byte
	copy(b[:], short)
	for c := range 256 {
		if b[0] = byte(c); checksum(b[:]) == sum {
			return byte(c), true
		}
	}
	return 0, false
}
