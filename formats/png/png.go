// Package png checks the structure of PNG files to their true end: the order
// and CRC of every chunk, and whether the compressed picture data inflates to
// exactly the size that the header asks for. It makes no pixels.
//
// Specification: W3C Portable Network Graphics, Third Edition (2025), section 5
// (chunks), 8 (interlacing), 10 (compression). APNG frame data is held to its
// chunk CRCs.
package png

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// State says how far a PNG could be followed.
type State int

// The states of a checked PNG.
const (
	Whole     State = iota // every chunk is valid up to IEND
	Truncated              // valid up to the end of the data, which comes too early
	Damaged                // valid up to GoodB, where it breaks a rule
	NotPNG                 // does not begin like a PNG
)

func (s State) String() string {
	return [...]string{"whole", "truncated", "damaged", "not a PNG"}[s]
}

// Report is what Check found. Offsets count from the first byte given to it.
type Report struct {
	State State
	EndB  int64 // Whole: one past IEND
	GoodB int64 // end of the valid beginning: of the last valid chunk, or in the picture data behind it
	// SureB is the end of the last chunk whose CRC holds. FailB is where something
	// foreign was seen, 0 when the data only ended.
	SureB, FailB  int64
	Reason        string
	Width, Height int
	Chunks        int
	DataB         int64 // where the first picture data begins, 0 when it was not reached
	// PictureFault tells what is wrong with the compressed picture data, empty
	// when nothing is. With every CRC right, the file is Whole all the same: it
	// is as its maker wrote it.
	PictureFault string
}

const signature = "\x89PNG\r\n\x1a\n"

// Head reports whether b begins like a PNG: signature and IHDR.
func Head(b []byte) bool {
	return len(b) >= 16 && string(b[:8]) == signature && string(b[8:16]) == "\x00\x00\x00\x0dIHDR"
}

// header is IHDR, section 11.2.1.
type header struct {
	width, height  uint32
	depth, colour  byte
	interlaced     bool
	bitsPerPixel   int64
	paletteAllowed bool
}

// Check walks the PNG that begins at offset 0 of r and reads at most size bytes,
// with a small fixed amount of memory. The error is an error of r other than an
// early end.
func Check(r io.ReaderAt, size int64) (Report, error) {
	c := &checker{r: r, size: size, buf: make([]byte, 32<<10)}
	c.run()
	return c.rep, c.err
}

type checker struct {
	r      io.ReaderAt
	size   int64
	buf    []byte
	rep    Report
	err    error
	hdr    header
	seen   map[string]int
	frames uint32 // sequence number of the next animation chunk
}

func (c *checker) stop(s State, format string, args ...any) {
	c.rep.State, c.rep.Reason = s, fmt.Sprintf(format, args...)
}

// damaged ends the walk at a fault that was seen at fail.
func (c *checker) damaged(fail int64, format string, args ...any) bool {
	c.stop(Damaged, format, args...)
	c.rep.FailB = min(fail, c.size)
	return false
}

// run reads chunk after chunk.
func (c *checker) run() {
	c.seen = map[string]int{}
	head := c.read(0, 33)
	if len(head) < 16 || !Head(head) {
		c.stop(NotPNG, "no PNG signature and header")
		return
	}
	last := ""
	for at := int64(8); ; {
		h := c.read(at, 8)
		if c.err != nil {
			return
		}
		if len(h) < 8 {
			c.stop(Truncated, "the data ends before IEND")
			return
		}
		n, kind := int64(binary.BigEndian.Uint32(h)), string(h[4:8])
		if !validType(kind) || n > 1<<31-1 {
			c.damaged(at+8, "chunk at %d has type %q and length %d", at, kind, n)
			return
		}
		if !c.ordered(kind, last) {
			c.damaged(at+8, "chunk %s at %d is out of order", kind, at)
			return
		}
		c.seen[kind]++
		last = kind
		if kind == "IDAT" {
			if at = c.picture(at); at < 0 {
				return
			}
			continue
		}
		if !c.chunk(at, n, kind) {
			return
		}
		at += 12 + n
		c.valid(at)
		if kind == "IEND" {
			c.finish(at)
			return
		}
	}
}

// valid notes a chunk whose CRC holds.
func (c *checker) valid(end int64) {
	c.rep.GoodB, c.rep.SureB = end, end
	c.rep.Chunks++
}

// finish judges a file that came to IEND.
func (c *checker) finish(end int64) {
	if c.seen["IDAT"] == 0 {
		c.damaged(end, "no picture data")
		return
	}
	if c.rep.PictureFault != "" {
		c.rep.Reason = "every chunk has the right CRC, but the picture data " + c.rep.PictureFault
	}
	c.rep.State, c.rep.EndB = Whole, end
}

// ordered enforces the chunk order of section 5.6 as far as it tells a true
// file from chance.
func (c *checker) ordered(kind, last string) bool {
	switch {
	case c.rep.Chunks == 0:
		return kind == "IHDR"
	case kind == "IHDR":
		return false
	case kind == "PLTE":
		return c.seen["PLTE"] == 0 && c.seen["IDAT"] == 0 && c.hdr.paletteAllowed
	case kind == "IDAT":
		if c.hdr.colour == 3 && c.seen["PLTE"] == 0 {
			return false
		}
		return c.seen["IDAT"] == 0
	}
	return true
}

// chunk checks one chunk's content and CRC.
func (c *checker) chunk(at, n int64, kind string) bool {
	crc := crc32.NewIEEE()
	io.WriteString(crc, kind)
	for done := int64(0); done < n; {
		b := c.read(at+8+done, min(n-done, int64(len(c.buf))))
		if c.err != nil {
			return false
		}
		if len(b) == 0 {
			c.stop(Truncated, "the data ends inside chunk %s at %d", kind, at)
			return false
		}
		crc.Write(b)
		if kind == "IHDR" && n == 13 && int64(len(b)) < n {
			c.stop(Truncated, "the data ends inside the header")
			return false
		}
		if kind == "IHDR" && !c.readHeader(b, n) {
			return c.damaged(at+8+n, "header is not valid")
		}
		if (kind == "fcTL" || kind == "fdAT") && done == 0 && len(b) >= 4 {
			if binary.BigEndian.Uint32(b) != c.frames {
				return c.damaged(at+12, "animation chunk at %d is out of order", at)
			}
			c.frames++
		}
		done += int64(len(b))
	}
	sum := c.read(at+8+n, 4)
	if c.err != nil {
		return false
	}
	if len(sum) < 4 {
		c.stop(Truncated, "the data ends inside chunk %s at %d", kind, at)
		return false
	}
	if binary.BigEndian.Uint32(sum) != crc.Sum32() {
		return c.damaged(at+12+n, "CRC of chunk %s at %d is wrong", kind, at)
	}
	return true
}

func (c *checker) read(at, n int64) []byte {
	n = min(n, c.size-at, int64(len(c.buf)))
	if n <= 0 {
		return nil
	}
	m, err := c.r.ReadAt(c.buf[:n], at)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return c.buf[:m]
}

func validType(s string) bool {
	for i := range len(s) {
		if b := s[i] | 0x20; b < 'a' || b > 'z' {
			return false
		}
	}
	return s[2]&0x20 == 0 // the reserved bit
}

// readHeader reads IHDR and refuses combinations that table 11.1 does not have.
func (c *checker) readHeader(b []byte, n int64) bool {
	if n != 13 || len(b) < 13 {
		return false
	}
	h := header{width: binary.BigEndian.Uint32(b), height: binary.BigEndian.Uint32(b[4:]), depth: b[8], colour: b[9], interlaced: b[12] == 1}
	channels := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[h.colour]
	depths := map[byte]string{0: "\x01\x02\x04\x08\x10", 2: "\x08\x10", 3: "\x01\x02\x04\x08", 4: "\x08\x10", 6: "\x08\x10"}[h.colour]
	if channels == 0 || !bytes.Contains([]byte(depths), []byte{h.depth}) || h.width == 0 || h.height == 0 ||
		h.width > 1<<31-1 || h.height > 1<<31-1 || b[10] != 0 || b[11] != 0 || b[12] > 1 {
		return false
	}
	h.bitsPerPixel = channels * int64(h.depth)
	h.paletteAllowed = h.colour == 2 || h.colour == 3 || h.colour == 6
	c.hdr = h
	c.rep.Width, c.rep.Height = int(h.width), int(h.height)
	return true
}
