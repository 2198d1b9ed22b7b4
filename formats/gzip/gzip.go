// Package gzip follows gzip files to their true end: every deflate code, the
// check sum and the size of each member.
//
// Specification: RFC 1952 (1996), RFC 1951 (1996).
package gzip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"firescene/formats/follow"
)

// maxOutB is how much one member may inflate to.
const maxOutB = 16 << 30

// minB is how much coded data without a fault tells a true beginning from chance.
const minB = 512

// Flags of section 2.3.1.
const (
	headSum  = 2
	extra    = 4
	name     = 8
	comment  = 16
	reserved = 0xE0
)

// Head reports whether b begins like a gzip member.
func Head(b []byte) bool {
	if len(b) < 18 || b[0] != 0x1F || b[1] != 0x8B || b[2] != 8 || b[3]&reserved != 0 || b[8]&^6 != 0 || b[9] > 13 && b[9] != 255 {
		return false
	}
	return b[3] != 0 || b[10]&6 != 6 // the first block's type is none of the three
}

// Check follows the gzip file that begins at offset 0 of r over at most size
// bytes. Members that follow without a gap belong to it, but for one that begins
// a sector of its own with a name of its own. The error is an error of r.
func Check(r io.ReaderAt, size int64) (follow.Report, error) {
	c := follow.New(r, size)
	rep, outB := member(c, 0)
	members := 1
	for rep.State == follow.Whole {
		b := c.PeekAt(rep.EndB, 18)
		if b == nil || !Head(b) || rep.EndB%512 == 0 && b[3]&name != 0 {
			break
		}
		next, n := member(c, rep.EndB)
		if next.State != follow.Whole {
			break
		}
		rep, outB, members = next, outB+n, members+1
	}
	rep.What = fmt.Sprintf("gzip of %d bytes", outB)
	if members > 1 {
		rep.What += fmt.Sprintf(" in %d members", members)
	}
	return rep, c.Err()
}

// member checks the member at an offset.
func member(c *follow.Cursor, at int64) (rep follow.Report, outB int64) {
	h := c.PeekAt(at, 18)
	if h == nil || !Head(h) {
		rep.Stop(follow.Not, "no gzip header")
		return rep, 0
	}
	flags := h[3]
	c.Skip(10)
	if flags&extra != 0 {
		b := c.Take(2)
		if b == nil || !c.Skip(int64(binary.LittleEndian.Uint16(b))) {
			rep.Stop(follow.Truncated, "the data ends in the header")
			return rep, 0
		}
	}
	for _, f := range []byte{name, comment} {
		if flags&f != 0 && !text(c) {
			rep.Stop(follow.Not, "the header's text is not valid")
			return rep, 0
		}
	}
	if flags&headSum != 0 {
		c.Skip(2)
	}
	data := c.At()
	sum := crc32.NewIEEE()
	outB, err := follow.Inflate(c, sum, maxOutB)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		rep.Stop(follow.Truncated, "the data ends inside the coded data")
	} else if errors.Is(err, follow.ErrTooLong) || errors.Is(err, follow.ErrSpent) {
		rep.Stop(follow.Unfollowed, "%v", err)
	} else if err != nil {
		rep.Stop(follow.Damaged, "coded data: %v", err)
		rep.FailB = c.Alien(data, c.At(), outB)
	}
	if err != nil {
		if c.At()-data >= minB {
			rep.GoodB = c.At()
		}
		return rep, outB
	}
	end := c.At() + 8
	b := c.Take(8)
	if b == nil {
		rep.Stop(follow.Truncated, "the data ends before the check sum")
		rep.GoodB = c.Size()
		return rep, outB
	}
	if binary.LittleEndian.Uint32(b) != sum.Sum32() || binary.LittleEndian.Uint32(b[4:]) != uint32(outB) {
		rep.Stop(follow.Damaged, "the check sum is wrong")
		rep.FailB = c.Alien(data, end, outB)
		if end-data >= minB {
			rep.GoodB = end
		}
		return rep, outB
	}
	rep.Done(end, follow.Sums)
	return rep, outB
}

// text skips a text that ends with a zero and reports whether it is one.
func text(c *follow.Cursor) bool {
	for range 4096 {
		b, err := c.ReadByte()
		if err != nil || b != 0 && b < ' ' && b != '\n' && b != '\t' {
			return false
		}
		if b == 0 {
			return true
		}
	}
	return false
}
