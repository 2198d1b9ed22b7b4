package zip

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"

	"firescene/formats"
	"firescene/formats/follow"
	"firescene/formats/jpeg"
	"firescene/formats/png"
)

// local is a local header, section 4.3.7.
type local struct {
	at, dataB     int64
	flags, method uint16
	crc           uint32
	codedB, sizeB int64
	wide          bool // has a ZIP64 field
	dated         bool // its time is one: it is no chance
	name          string
}

// member walks one member and reports whether it is valid.
func (a *archive) member(at int64) bool {
	b := a.c.Peek(64)
	if b == nil {
		b = a.c.Peek(31)
	}
	if !Head(b) {
		a.bad(at+30, "local header at %d is not valid", at)
		return false
	}
	l := local{at: at, flags: le.Uint16(b[6:]), method: le.Uint16(b[8:]), dated: dated(le.Uint16(b[10:]), le.Uint16(b[12:])), crc: le.Uint32(b[14:]), codedB: int64(le.Uint32(b[18:])), sizeB: int64(le.Uint32(b[22:]))}
	n, x := int(le.Uint16(b[26:])), int(le.Uint16(b[28:]))
	a.c.Skip(30)
	name := a.c.Take(n)
	if name == nil {
		a.cut("a local header")
		return false
	}
	l.name = string(name)
	extra := a.c.Take(x)
	if x > 0 && extra == nil {
		a.cut("a local header")
		return false
	}
	if v := zip64(extra); len(v) >= 16 {
		l.wide = true
		if l.sizeB == 1<<32-1 {
			l.sizeB = int64(min(le.Uint64(v), 1<<62))
		}
		if l.codedB == 1<<32-1 {
			l.codedB = int64(min(le.Uint64(v[8:]), 1<<62))
		}
	}
	l.dataB = a.c.At()
	crc, ok := a.content(l)
	if !ok {
		return false
	}
	a.members = append(a.members, member{at, same{crc, crc32.ChecksumIEEE([]byte(l.name))}})
	if a.skipped == 0 {
		a.rep.SureB = a.c.At()
	}
	return true
}

// content follows a member's data and its descriptor; the cursor is left behind
// them. It returns the check sum that the directory must repeat.
func (a *archive) content(l local) (crc uint32, ok bool) {
	late := l.flags&descriptor != 0 && l.codedB == 0 && l.crc == 0 // sizes come behind the data
	switch {
	case l.flags&encrypted != 0 || l.method != stored && l.method != deflated || a.outB > maxOutB:
		if late {
			return 0, a.seekDescriptor(l)
		}
		a.skipped++
		if !a.c.Skip(l.codedB) {
			a.cut("member " + l.name)
			return 0, false
		}
		if l.flags&descriptor != 0 {
			return l.crc, a.descriptor(l, l.crc, l.codedB, l.sizeB)
		}
		return l.crc, true
	case l.method == stored && late:
		return a.storedLate(l)
	}
	sum := crc32.NewIEEE()
	first := &a.kind.first
	var out io.Writer = sum
	if len(a.members) == 0 && l.name == "mimetype" {
		out = io.MultiWriter(sum, first)
	}
	a.kind.see(l.name)
	var outB int64
	var err error
	if l.method == stored {
		outB, err = copyStored(a.c, out, l.codedB)
	} else {
		limit := l.sizeB
		if late {
			limit = maxOutB
		}
		outB, err = follow.Inflate(a.c, out, limit)
	}
	a.outB += outB
	end := a.c.At()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		if l.method == stored && !late {
			if sure, fail := a.inside(l); fail > l.dataB {
				a.rep.SureB = max(a.rep.SureB, min(sure, fail))
				a.good(l, fail)
				a.bad(fail, "the data of member %s is not valid", l.name)
				return 0, false
			}
		}
		a.good(l, end)
		a.cut("member " + l.name)
		return 0, false
	case errors.Is(err, follow.ErrSpent):
		a.good(l, end)
		a.rep.Stop(follow.Unfollowed, "member %s: %v", l.name, err)
		return 0, false
	case err == nil && !late && end != l.dataB+l.codedB:
		a.bad(max(min(end, l.dataB+l.codedB), l.dataB), "member %s has another length than its header states", l.name)
		return 0, false
	case err != nil:
		end = a.c.Alien(l.dataB, end, outB)
		a.good(l, end)
		a.bad(end, "member %s: %v", l.name, err)
		return 0, false
	}
	if late || l.flags&descriptor != 0 {
		return sum.Sum32(), a.descriptor(l, sum.Sum32(), end-l.dataB, outB)
	}
	if sum.Sum32() != l.crc || outB != l.sizeB {
		if l.method == stored {
			if sure, fail := a.inside(l); fail > l.dataB && fail < end {
				end = fail
				a.rep.SureB = max(a.rep.SureB, min(sure, fail))
			}
		} else {
			end = a.c.Alien(l.dataB, end, outB)
		}
		a.good(l, end)
		a.bad(end, "the check sum of member %s is wrong", l.name)
		return 0, false
	}
	return l.crc, true
}

// good notes that the data of a member is worth keeping up to a place.
func (a *archive) good(l local, end int64) {
	if l.method == deflated && end-l.dataB >= minB || a.rep.SureB > 0 || l.method == stored && l.dated {
		a.rep.GoodB = max(a.rep.GoodB, end)
	}
}

// inside judges a stored member whose check sum is wrong by its own format: sure
// is how far its data is proved, fail where something foreign was seen; both 0
// when the format is not known or does not tell.
func (a *archive) inside(l local) (sure, fail int64) {
	n := min(l.codedB, a.c.Size()-l.dataB)
	sec := io.NewSectionReader(a.r, l.dataB, n)
	switch b := a.c.PeekAt(l.dataB, 4); {
	case b == nil:
	case string(b[:3]) == "\xFF\xD8\xFF":
		if rep, err := jpeg.Check(sec, n, formats.DefaultLimits()); err == nil && rep.State == jpeg.Damaged {
			return l.dataB + rep.SureB, l.dataB + max(rep.SeenB, rep.GoodB)
		}
	case string(b) == "\x89PNG":
		if rep, err := png.Check(sec, n); err == nil && rep.State == png.Damaged {
			return l.dataB + rep.SureB, l.dataB + rep.FailB
		}
	}
	return 0, 0
}

// dated reports whether the time of a member's change is one, in MS-DOS form.
func dated(time, date uint16) bool {
	month, day := date>>5&15, date&31
	return time>>11 < 24 && time>>5&63 < 60 && time&31 < 30 && month >= 1 && month <= 12 && day >= 1
}

// copyStored hands on n bytes of the cursor.
func copyStored(c *follow.Cursor, out io.Writer, n int64) (int64, error) {
	if n > c.Size()-c.At() {
		c.MoveTo(c.Size())
		return 0, io.ErrUnexpectedEOF
	}
	m, err := io.Copy(out, io.LimitReader(c, n))
	if err == nil && m < n {
		err = io.ErrUnexpectedEOF
	}
	return m, err
}

// descriptor checks the record behind a member's data, section 4.3.9: with or
// without its signature, with lengths of four or eight bytes.
func (a *archive) descriptor(l local, crc uint32, codedB, sizeB int64) bool {
	at := a.c.At()
	for _, sig := range []int{4, 0} {
		for _, wide := range []int{4, 8} {
			b := a.c.PeekAt(at, sig+4+2*wide)
			if b == nil || sig == 4 && string(b[:4]) != "PK\x07\x08" || le.Uint32(b[sig:]) != crc {
				continue
			}
			b = b[sig+4:]
			if wide == 4 && int64(le.Uint32(b)) == codedB&(1<<32-1) && int64(le.Uint32(b[4:])) == sizeB&(1<<32-1) ||
				wide == 8 && int64(le.Uint64(b)) == codedB && int64(le.Uint64(b[8:])) == sizeB {
				a.c.Skip(int64(sig + 4 + 2*wide))
				return true
			}
		}
	}
	if a.c.PeekAt(at, 24) == nil {
		a.cut("the record behind member " + l.name)
		return false
	}
	a.good(l, at)
	a.bad(at+24, "the record behind member %s does not agree with it", l.name)
	return false
}

// storedLate finds the end of stored data whose length comes behind it: the
// record there repeats how many bytes came before it, and their check sum.
func (a *archive) storedLate(l local) (uint32, bool) {
	sum := crc32.NewIEEE()
	for {
		at := a.c.At()
		b := a.c.Ahead(32 << 10)
		if b == nil {
			a.cut("member " + l.name)
			return 0, false
		}
		i := bytes.Index(b, []byte("PK\x07\x08"))
		if i == 0 {
			n := at - l.dataB
			if d := a.c.Peek(16); d != nil && int64(le.Uint32(d[8:])) == n && int64(le.Uint32(d[12:])) == n && le.Uint32(d[4:]) == sum.Sum32() {
				a.c.Skip(16)
				return sum.Sum32(), true
			}
			i = 1
		}
		if i < 0 {
			i = max(1, len(b)-3)
		}
		sum.Write(b[:i])
		a.c.Skip(int64(i))
	}
}

// seekDescriptor passes over data that can not be followed to the record behind
// it that repeats its length.
func (a *archive) seekDescriptor(l local) bool {
	a.skipped++
	for {
		at := a.c.At()
		b := a.c.Ahead(32 << 10)
		if b == nil {
			a.cut("member " + l.name)
			return false
		}
		i := bytes.Index(b, []byte("PK\x07\x08"))
		if i == 0 {
			if d := a.c.Peek(16); d != nil && int64(le.Uint32(d[8:])) == at-l.dataB {
				a.c.Skip(16)
				return true
			}
			i = 1
		}
		if i < 0 {
			i = max(1, len(b)-3)
		}
		a.c.Skip(int64(i))
	}
}
