// Package zip follows ZIP archives to their true end: every local header, the
// inflated size and the check sum of every member, the central directory and the
// end record, which must agree. Documents made as ZIP files are told apart by
// their members.
//
// Specification: PKWARE, .ZIP File Format Specification 6.3.10 (2022); Android
// Open Source Project, APK Signature Scheme v2.
package zip

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"firescene/formats/follow"
)

var le = binary.LittleEndian

// Bounds on what is followed.
const (
	maxMembers = 1 << 20
	maxOutB    = 16 << 30 // inflated, of one archive; members behind are not checked
	minB       = 512      // coded data without a fault that tells a true beginning from chance
)

// Compression methods that are inflated here; others are stepped over.
const (
	stored   = 0
	deflated = 8
)

// Bits of the general purpose flag.
const (
	encrypted  = 1
	descriptor = 8
)

// Head reports whether b begins like the first member of an archive.
func Head(b []byte) bool {
	if len(b) < 31 || string(b[:4]) != "PK\x03\x04" {
		return false
	}
	flags, method, n := le.Uint16(b[6:]), le.Uint16(b[8:]), le.Uint16(b[26:])
	// bits 7 to 10 and 14 to 15 are not used
	if b[4] > 63 || flags&0xC780 != 0 || !known(method) || n == 0 || n > 4096 || le.Uint16(b[28:]) > 1<<15 {
		return false
	}
	for _, x := range b[30:min(len(b), 30+int(n))] {
		if x < ' ' || x == 0x7F {
			return false
		}
	}
	if flags&descriptor == 0 && method == stored && flags&encrypted == 0 && le.Uint32(b[18:]) != le.Uint32(b[22:]) {
		return false
	}
	return true
}

func known(method uint16) bool {
	return method <= 10 || method == 12 || method == 14 || method == 16 || method == 18 || method == 19 || method == 20 || method >= 93 && method <= 99
}

// Check follows the archive that begins at offset 0 of r over at most size bytes.
// The error is an error of r.
func Check(r io.ReaderAt, size int64) (follow.Report, error) {
	a := &archive{r: r, c: follow.New(r, size)}
	a.run()
	return a.rep, a.c.Err()
}

type archive struct {
	r       io.ReaderAt
	c       *follow.Cursor
	rep     follow.Report
	members []member
	kind    kinds
	outB    int64 // inflated so far
	skipped int   // members that were not checked
	listed  int64 // entries of the central directory
	firstB  int64 // its offset
	entries []entry
}

// member is one that was walked.
type member struct {
	at   int64
	same same
}

// same is what the directory repeats of a member.
type same struct{ crc, nameSum uint32 }

// entry is one of the central directory.
type entry struct {
	local int64
	same  same
}

func (a *archive) bad(fail int64, format string, args ...any) {
	a.rep.Stop(follow.Damaged, format, args...)
	a.rep.FailB = min(fail, a.c.Size())
	a.rep.GoodB = min(max(a.rep.GoodB, a.rep.SureB), a.c.Size())
	if a.c.At() >= a.c.Size() && fail >= a.c.Size() {
		a.rep.State, a.rep.FailB = follow.Truncated, 0
	}
}

func (a *archive) cut(what string) {
	a.rep.Stop(follow.Truncated, "the data ends inside %s", what)
	a.rep.GoodB = max(a.rep.GoodB, a.rep.SureB)
	if a.rep.SureB > 0 && a.skipped == 0 {
		a.rep.GoodB = a.c.Size()
	}
}

func (a *archive) run() {
	b := a.c.Ahead(64)
	if !Head(b) {
		a.rep.Stop(follow.Not, "no ZIP header")
		return
	}
	for {
		at := a.c.At()
		b := a.c.Peek(4)
		if b == nil {
			a.cut("the archive")
			return
		}
		ok := false
		switch string(b) {
		case "PK\x03\x04":
			ok = a.listed == 0 && a.member(at)
			if a.listed > 0 {
				a.bad(at+4, "a member behind the central directory")
			}
		case "PK\x01\x02":
			ok = a.entry(at)
		case "PK\x06\x06":
			ok = a.step(at, 12, func(b []byte) int64 { return int64(min(le.Uint64(b[4:]), 1<<40)) }, "the ZIP64 end record")
		case "PK\x06\x07":
			ok = a.step(at, 20, func([]byte) int64 { return 0 }, "the ZIP64 locator")
		case "PK\x05\x05":
			ok = a.step(at, 6, func(b []byte) int64 { return int64(le.Uint16(b[4:])) }, "the signature")
		case "PK\x06\x08":
			ok = a.step(at, 8, func(b []byte) int64 { return int64(le.Uint32(b[4:])) }, "the extra data")
		case "PK\x05\x06":
			a.end(at)
			return
		default:
			ok = a.signingBlock(at)
		}
		if !ok {
			return
		}
		if len(a.members) > maxMembers {
			a.bad(at, "more members than are followed")
			return
		}
	}
}

// step passes over a record of a head and a stated length.
func (a *archive) step(at int64, headB int, length func([]byte) int64, what string) bool {
	b := a.c.Take(headB)
	if b == nil || !a.c.Skip(length(b)) {
		a.cut(what)
		return false
	}
	return true
}

// signingBlock passes over the signatures that Android packages have before the
// central directory.
func (a *archive) signingBlock(at int64) bool {
	const magic = "APK Sig Block 42"
	if b := a.c.Peek(8); b != nil && len(a.members) > 0 && a.listed == 0 {
		if n := le.Uint64(b); n >= 24 && n < 1<<26 {
			if b := a.c.PeekAt(at+8+int64(n)-24, 24); b != nil && le.Uint64(b) == n && string(b[8:]) == magic {
				a.c.MoveTo(at + 8 + int64(n))
				return true
			}
		}
	}
	a.bad(at+4, "no member and no directory begins at %d", at)
	return false
}

// entry reads one entry of the central directory, section 4.3.12.
func (a *archive) entry(at int64) bool {
	b := a.c.Take(46)
	if b == nil {
		a.cut("the central directory")
		return false
	}
	e := entry{local: int64(le.Uint32(b[42:])), same: same{crc: le.Uint32(b[16:])}}
	usize, csize := le.Uint32(b[24:]), le.Uint32(b[20:])
	n, x, k := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int64(le.Uint16(b[32:]))
	name := a.c.Take(n)
	if name == nil {
		a.cut("the central directory")
		return false
	}
	e.same.nameSum = crc32.ChecksumIEEE(name)
	extra := a.c.Take(x)
	if x > 0 && extra == nil {
		a.cut("the central directory")
		return false
	}
	if e.local == 1<<32-1 {
		skip := 0
		for _, v := range []uint32{usize, csize} {
			if v == 1<<32-1 {
				skip += 8
			}
		}
		if v := zip64(extra); len(v) >= skip+8 {
			e.local = int64(min(le.Uint64(v[skip:]), 1<<62))
		}
	}
	if !a.c.Skip(k) {
		a.cut("the central directory")
		return false
	}
	if a.listed == 0 {
		a.firstB = at
	}
	a.listed++
	if a.listed > int64(len(a.members)) {
		a.bad(a.c.At(), "the central directory has more members than there are")
		return false
	}
	a.entries = append(a.entries, e)
	return true
}

// zip64 finds the extra field of section 4.5.3.
func zip64(extra []byte) []byte {
	for len(extra) >= 4 {
		n := int(le.Uint16(extra[2:]))
		if len(extra) < 4+n {
			return nil
		}
		if le.Uint16(extra) == 1 {
			return extra[4 : 4+n]
		}
		extra = extra[4+n:]
	}
	return nil
}

// end checks the end record against what was walked.
func (a *archive) end(at int64) {
	b := a.c.Take(22)
	if b == nil {
		a.cut("the end record")
		return
	}
	count, sizeB, startB, comment := int64(le.Uint16(b[10:])), int64(le.Uint32(b[12:])), int64(le.Uint32(b[16:])), int64(le.Uint16(b[20:]))
	end := at + 22 + comment
	switch {
	case a.listed == 0 || count != a.listed&0xFFFF && count != 0xFFFF:
		a.bad(at+22, "the end record counts %d members, the directory %d", count, a.listed)
		return
	case sizeB != 1<<32-1 && a.firstB+sizeB > at:
		a.bad(at+22, "the end record states a directory of %d bytes", sizeB)
		return
	}
	baseB := int64(0)
	if startB != 1<<32-1 {
		baseB = startB - a.firstB
	}
	if !a.agree(baseB) {
		a.bad(at+22, "the central directory is not of these members")
		return
	}
	if !a.c.Skip(comment) {
		a.cut("the comment")
		return
	}
	depth := follow.Sums
	if a.skipped > 0 {
		depth = follow.Lengths
		a.rep.Reason = fmt.Sprintf("%d members were not inflated", a.skipped)
	}
	if baseB != 0 {
		a.rep.Reason = fmt.Sprintf("it stands %d bytes into another file", baseB)
	}
	a.rep.Done(end, depth)
	a.rep.Kind = a.kind.name()
	a.rep.What = fmt.Sprintf("ZIP, %d members", len(a.members))
	if a.rep.Kind != "" {
		a.rep.What += ", " + a.rep.Kind
	}
}

// agree reports whether every entry of the directory is one of the members.
func (a *archive) agree(baseB int64) bool {
	i := 0
	var index map[int64]same
	for _, e := range a.entries {
		at := e.local - baseB
		if index == nil {
			// in order, as nearly all archives are; deleted members are passed over
			for i < len(a.members) && a.members[i].at < at {
				i++
			}
			if i < len(a.members) && a.members[i].at == at {
				if a.members[i].same != e.same {
					return false
				}
				continue
			}
			index = make(map[int64]same, len(a.members))
			for _, m := range a.members {
				index[m.at] = m.same
			}
		}
		if m, ok := index[at]; !ok || m != e.same {
			return false
		}
	}
	return true
}
