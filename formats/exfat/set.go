package exfat

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Types of directory entries (6.2, 7), with the in-use bit set.
const (
	typeBitmap = 0x81
	typeUpcase = 0x82
	typeLabel  = 0x83
	typeFile   = 0x85
	typeStream = 0xC0
	typeName   = 0xC1
	inUse      = 0x80
	slotB      = 32
	attrDir    = 0x10
	maxSet     = 19 // a file entry, a stream extension and 17 names (7.4)
)

// Entry is a file or directory, live or deleted.
type Entry struct {
	Path     string // from the root, with forward slashes
	Deleted  bool   // its in-use bit is cleared, or it lies in a deleted or unattached directory
	Dir      bool
	Attr     uint16
	SizeB    int64
	ValidB   int64  // bytes that were ever written; the rest up to SizeB reads as zeros
	Cluster  uint32 // first cluster; 0 for none
	OneRun   bool   // the clusters follow each other and the table says nothing of them
	Created  string // as recorded, with the recorded UTC offset; empty when not recorded
	Modified string
	Accessed string
	OffsetB  int64  // of the entry in the volume
	Damage   string // what of its entry set is gone, so that name, times or size may be wrong; empty when its check sum agrees
}

// set is what one group of slots tells; slots may be missing.
type set struct {
	file, stream []byte
	names        [][]byte
	whole        bool // the check sum agrees
}

// sum is the check sum of an entry set (6.3.3). The in-use bits count as set,
// since deletion clears them and leaves the sum.
func (s set) sum() uint16 {
	var sum uint16
	add := func(b []byte, first bool) {
		for i, c := range b[:slotB] {
			switch {
			case first && (i == 2 || i == 3):
				continue
			case i == 0:
				c |= inUse
			}
			sum = sum>>1 | sum<<15
			sum += uint16(c)
		}
	}
	add(s.file, true)
	add(s.stream, false)
	for _, b := range s.names {
		add(b, false)
	}
	return sum
}

// parseSet reads the set that begins in the first of the slots. n is how many of
// them it takes, at least 1; ok tells whether it is a file's.
func parseSet(slots [][]byte) (s set, n int, ok bool) {
	live := slots[0][0] & inUse
	i := 0
	if slots[0][0]|inUse == typeFile {
		s.file = slots[0]
		i = 1
	}
	if i < len(slots) && slots[i][0] == typeStream&^inUse|live {
		s.stream = slots[i]
		i++
		for i < len(slots) && len(s.names) < maxSet-2 && slots[i][0] == typeName&^inUse|live {
			// further names than the set has belong to a set that lost its head
			if s.file != nil && len(s.names) >= int(s.file[1])-1 {
				break
			}
			s.names = append(s.names, slots[i])
			i++
		}
	}
	if s.stream == nil {
		return s, 1, false
	}
	if s.file != nil {
		s.whole = int(s.file[1]) == 1+len(s.names) && len(s.names) > 0 && s.sum() == binary.LittleEndian.Uint16(s.file[2:])
	}
	return s, i, true
}

// entry turns a set into an Entry without its path. ok is false for slots that
// can not be what they look like.
func (v *Volume) entry(s set) (e Entry, name string, ok bool) {
	le := binary.LittleEndian
	st := s.stream
	length, valid := le.Uint64(st[24:]), le.Uint64(st[8:])
	e = Entry{Cluster: le.Uint32(st[20:]), OneRun: st[1]&2 != 0, SizeB: int64(length), ValidB: int64(min(valid, length)), Deleted: st[0]&inUse == 0}
	if length > uint64(v.Clusters)*uint64(v.ClusterB) || e.Cluster != 0 && !v.valid(e.Cluster) || e.SizeB > 0 && e.Cluster == 0 {
		if !s.whole {
			return e, "", false
		}
		e.Damage = "its size or place lies outside the volume"
		e.SizeB, e.ValidB = int64(min(length, 1<<62)), int64(min(valid, length, 1<<62))
	}
	if s.file != nil {
		f := s.file
		e.Attr = le.Uint16(f[4:])
		e.Dir = e.Attr&attrDir != 0
		e.Created = stamp(le.Uint32(f[8:]), f[20], f[22])
		e.Modified = stamp(le.Uint32(f[12:]), f[21], f[23])
		e.Accessed = stamp(le.Uint32(f[16:]), 0, f[24])
	}
	var u []byte
	for _, b := range s.names {
		u = append(u, b[2:slotB]...)
	}
	if n := 2 * int(st[3]); n <= len(u) {
		u = u[:n]
	}
	name = text(u)
	if !s.whole && e.Damage == "" {
		switch right := len(u) == 2*int(st[3]) && v.nameHash(u) == le.Uint16(st[4:]); {
		case s.file == nil && right:
			e.Damage = "its first entry is overwritten; its times are lost"
		case s.file == nil:
			e.Damage, name = "its first entry and its name are overwritten", ""
		case right:
			e.Damage = "the check sum of its entries does not agree; its name does"
		default:
			e.Damage = "the check sum of its entries does not agree"
		}
	}
	return e, name, true
}

// text decodes UTF-16 and takes out what has no place in a name.
func text(b []byte) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		c := binary.LittleEndian.Uint16(b[i:])
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F || r == '/' {
			return '_'
		}
		return r
	}, string(utf16.Decode(u)))
}

// stamp prints a time (7.4.8) as recorded, with its offset from UTC where one is
// recorded (7.4.10).
func stamp(t uint32, tens, zone byte) string {
	if t == 0 {
		return ""
	}
	sec := int(t&31)*2 + int(tens)/100
	s := fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d", 1980+t>>25, t>>21&15, t>>16&31, t>>11&31, t>>5&63, sec)
	if h := tens % 100; h != 0 {
		s += fmt.Sprintf(".%02d", h)
	}
	if zone&0x80 != 0 {
		q := int(zone & 0x7F)
		if q >= 64 {
			q -= 128
		}
		sign := '+'
		if q < 0 {
			sign, q = '-', -q
		}
		s += fmt.Sprintf("%c%02d:%02d", sign, q/4, q%4*15)
	}
	return s
}

// nameHash is the hash of a name in capitals (7.6.4).
func (v *Volume) nameHash(u []byte) (h uint16) {
	for i := 0; i+1 < len(u); i += 2 {
		c := binary.LittleEndian.Uint16(u[i:])
		if int(c) < len(v.upcase) {
			c = v.upcase[c]
		}
		for _, x := range [2]byte{byte(c), byte(c >> 8)} {
			h = h>>1 | h<<15
			h += uint16(x)
		}
	}
	return h
}

// asciiUpcase stands in for a table that can not be read: the letters of ASCII,
// which every table maps (7.2.5.1).
func asciiUpcase() []uint16 {
	t := make([]uint16, 128)
	for i := range t {
		t[i] = uint16(unicode.ToUpper(rune(i)))
	}
	return t
}

// readUpcase loads the up-case table (7.2), in which FFFF stands for a run of
// characters that are their own capitals.
func (v *Volume) readUpcase(c uint32, n int64, want uint32) {
	if n <= 0 || n > 2*65536 {
		v.warn("the up-case table has %d bytes and is not used", n)
		return
	}
	b := make([]byte, 0, n)
	for _, x := range v.system(c, n) {
		part := make([]byte, x.LengthB)
		m, _ := v.r.ReadAt(part, x.OffsetB)
		b = append(b, part[:m]...)
	}
	var sum uint32
	for _, x := range b {
		sum = sum>>1 | sum<<31
		sum += uint32(x)
	}
	if sum != want {
		v.warn("the check sum of the up-case table does not agree; it is not used")
		return
	}
	t := make([]uint16, 0, 65536)
	for i := 0; i+1 < len(b) && len(t) < 65536; i += 2 {
		u := binary.LittleEndian.Uint16(b[i:])
		if u != 0xFFFF || i+3 >= len(b) {
			t = append(t, u)
			continue
		}
		i += 2
		for range min(int(binary.LittleEndian.Uint16(b[i:])), 65536-len(t)) {
			t = append(t, uint16(len(t)))
		}
	}
	v.upcase = t
}
