// Package gif checks the structure of GIF files to their true end: every block
// and every LZW code. It makes no pixels.
//
// Specification: CompuServe, Graphics Interchange Format 89a (1990); T. Welch, A
// Technique for High-Performance Data Compression (1984).
package gif

import (
	"encoding/binary"
	"fmt"
	"io"

	"firescene/formats/follow"
)

// Head reports whether b begins like a GIF: its signature and, as far as b
// reaches, a first block that may follow.
func Head(b []byte) bool {
	if len(b) < 14 || string(b[:4]) != "GIF8" || b[4] != '7' && b[4] != '9' || b[5] != 'a' {
		return false
	}
	first := 13 + tableB(b[10])
	return first >= len(b) || b[first] == '!' || b[first] == ','
}

// tableB is the size of the colour table that a flag byte announces.
func tableB(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// Check follows the GIF that begins at offset 0 of r over at most size bytes with
// a small fixed amount of memory. The error is an error of r.
func Check(r io.ReaderAt, size int64) (follow.Report, error) {
	g := &walker{c: follow.New(r, size)}
	g.run()
	return g.rep, g.c.Err()
}

type walker struct {
	c      *follow.Cursor
	rep    follow.Report
	images int
	short  bool // a picture has fewer samples than its size asks for
	lzw    lzw
	fault  fault
	// opaqueB is the length of the longest extension, in which foreign data is not seen.
	opaqueB int64
	faultyB int64 // coded data of pictures with a fault
}

// clusterB is the usual size of what foreign data is made up of.
const clusterB = 4096

// fault is the first place where a picture's codes are not valid. Pictures are
// damaged in files that are otherwise complete, so the blocks are followed on.
type fault struct {
	at, sureB int64
	reason    string
}

func (g *walker) run() {
	h := g.c.Take(13)
	if h == nil || !Head(append(h[:13:13], '!')) {
		g.rep.Stop(follow.Not, "no GIF header")
		return
	}
	width, height, table := binary.LittleEndian.Uint16(h[6:]), binary.LittleEndian.Uint16(h[8:]), tableB(h[10])
	if !g.c.Skip(int64(table)) {
		g.cut()
		return
	}
	for {
		at := g.c.At()
		kind, err := g.c.ReadByte()
		if err != nil {
			g.cut()
			return
		}
		ok := false
		switch kind {
		case 0x3B:
			if g.images == 0 {
				g.bad("the end comes before any picture")
				return
			}
			g.rep.What = fmt.Sprintf("GIF %dx%d, %d pictures", width, height, g.images)
			if g.short {
				g.rep.Reason = "a picture has fewer samples than its size asks for"
			}
			g.rep.Done(at+1, follow.Codes)
			if g.short {
				g.rep.SureB = 1 // samples may be missing anywhere
			}
			if g.opaqueB >= clusterB || g.faultyB >= clusterB {
				g.rep.Depth = follow.Lengths
			}
			if g.fault.reason != "" {
				g.rep.Reason = g.fault.reason
				g.rep.SureB = max(1, g.fault.sureB) // its codes prove no more
			}
			return
		case '!':
			ok = g.extension()
		case ',':
			ok = g.image()
		case 0: // some writers leave one empty block more
			b := g.c.Peek(1)
			if ok = b != nil && g.images > 0 && (b[0] == 0x3B || b[0] == '!' || b[0] == ','); !ok {
				g.bad("no block begins at %d", at)
			}
		default:
			g.bad("no block begins at %d", at)
		}
		if !ok {
			return
		}
	}
}

// cut and bad end the walk, for want of data or because of it.
func (g *walker) cut() {
	g.rep.Stop(follow.Truncated, "the data ends at %d, before the end of the file", g.c.At())
	if g.images > 0 || g.lzw.evidence > proofBits {
		g.rep.GoodB = g.c.At()
	}
	if g.fault.reason != "" {
		g.bad("")
	}
}

func (g *walker) bad(format string, args ...any) {
	g.note(format, args...)
	f := g.fault
	g.rep.Stop(follow.Damaged, "%s", f.reason)
	g.rep.FailB, g.rep.SureB, g.rep.GoodB = f.at, f.sureB, 0
	if f.sureB > 0 || g.lzw.evidence > proofBits {
		g.rep.GoodB = f.at
	}
}

// note remembers the first fault.
func (g *walker) note(format string, args ...any) {
	if g.fault.reason == "" {
		at := g.c.At()
		g.fault = fault{at: at, sureB: max(g.rep.SureB, g.lzw.sure(at)), reason: fmt.Sprintf(format, args...) + fmt.Sprintf(", seen at %d", at)}
	}
}

// extension checks an extension, section 23 to 26: those of the standard begin
// with a block of their own size.
func (g *walker) extension() bool {
	b := g.c.Take(2)
	if b == nil {
		g.cut()
		return false
	}
	label, n := b[0], b[1]
	if label == 0xF9 && n != 4 {
		// a wrong size before what is a graphic control all the same
		if b := g.c.Peek(6); b != nil && b[4] == 0 && (b[5] == ',' || b[5] == '!') {
			g.note("graphic control has the size %d", n)
			n = 4
		}
	}
	fixed, known := map[byte]byte{0xF9: 4, 0x01: 12, 0xFF: 11}[label]
	if known && n != fixed || !known && label != 0xFE && label < 0x80 {
		g.bad("extension %#x is not valid", label)
		return false
	}
	opaqueB := int64(0)
	for n != 0 {
		opaqueB += int64(n)
		g.opaqueB = max(g.opaqueB, opaqueB)
		if !g.c.Skip(int64(n)) {
			g.cut()
			return false
		}
		var err error
		if n, err = g.c.ReadByte(); err != nil {
			g.cut()
			return false
		}
		if label == 0xF9 && n != 0 {
			g.bad("graphic control is not valid")
			return false
		}
	}
	return true
}

// image checks one picture, section 20 to 22. It reports whether the walk goes on.
func (g *walker) image() bool {
	b := g.c.Take(9)
	if b == nil {
		g.cut()
		return false
	}
	width, height, table := binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:]), tableB(b[8])
	if !g.c.Skip(int64(table)) {
		g.cut()
		return false
	}
	bits, err := g.c.ReadByte()
	if err != nil {
		g.cut()
		return false
	}
	if bits < 1 || bits > 8 || width == 0 || height == 0 {
		g.bad("picture header is not valid")
		return false
	}
	want, from := int64(width)*int64(height), g.c.At()
	g.lzw.reset(int(bits), want)
	late := 0
	var first, last byte
	even, faulty := true, false
	for {
		n, err := g.c.ReadByte()
		if err != nil {
			g.cut()
			return false
		}
		if n == 0 {
			break
		}
		block := g.c.Take(int(n))
		if block == nil {
			g.cut()
			return false
		}
		if first == 0 {
			first = n
		} else if last != first {
			even = false
		}
		last = n
		if faulty {
			continue
		}
		if g.lzw.ended {
			if late++; late > 2 {
				g.note("data goes on behind the last code")
				faulty = true
			}
			continue
		}
		if k := g.lzw.feed(block, g.c.At()-int64(n)); k >= 0 {
			back := g.c.At()
			g.c.MoveTo(back - int64(n) + int64(k))
			g.note("LZW code is not valid")
			g.c.MoveTo(back)
			faulty = true
		}
	}
	if !faulty && !g.lzw.ended && g.lzw.samples < want {
		g.note("picture ends without its last code")
		faulty = true
	}
	// Encoders fill all blocks but the last; a chain through foreign data does not
	// come out so.
	if faulty && (!even || last > first) {
		g.bad("")
		return false
	}
	if faulty {
		g.faultyB += g.c.At() - from
	}
	g.short = g.short || g.lzw.samples < want
	g.images++
	if g.fault.reason == "" {
		g.rep.SureB = g.c.At()
	}
	return true
}
