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
	"compress/zlib"
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
	State         State
	EndB          int64 // Whole: one past IEND
	GoodB         int64 // end of the last chunk that is valid
	SeenB         int64 // up to where the data was looked at: what is wrong lies before it
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
	if c.inflate != nil {
		c.inflate.close()
	}
	return c.rep, c.err
}

type checker struct {
	r       io.ReaderAt
	size    int64
	buf     []byte
	rep     Report
	err     error
	inflate *inflater
	hdr     header
	seen    map[string]int
}

func (c *checker) stop(s State, format string, args ...any) {
	c.rep.State, c.rep.Reason = s, fmt.Sprintf(format, args...)
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
		c.rep.SeenB = at + 8
		n, kind := int64(binary.BigEndian.Uint32(h)), string(h[4:8])
		if !validType(kind) || n > 1<<31-1 {
			c.stop(Damaged, "chunk at %d has type %q and length %d", at, kind, n)
			return
		}
		if !c.ordered(kind, last) {
			c.stop(Damaged, "chunk %s at %d is out of order", kind, at)
			return
		}
		if !c.chunk(at, n, kind) {
			return
		}
		at += 12 + n
		c.rep.GoodB = at
		c.rep.Chunks++
		c.seen[kind]++
		last = kind
		if kind == "IEND" {
			c.finish(at)
			return
		}
	}
}

// finish checks at IEND that the picture data was complete.
func (c *checker) finish(end int64) {
	if c.inflate == nil {
		c.stop(Damaged, "no picture data")
		return
	}
	if err := c.inflate.close(); err != nil {
		c.rep.PictureFault = err.Error()
		c.rep.Reason = "every chunk has the right CRC, but the picture data " + err.Error()
	}
	c.inflate = nil
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
		return c.seen["IDAT"] == 0 || last == "IDAT"
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
			c.stop(Damaged, "header is not valid")
			return false
		}
		if kind == "IDAT" {
			if c.inflate == nil {
				c.inflate = newInflater(c.hdr.rawSize())
				c.rep.DataB = at + 8
			}
			c.inflate.write(b)
		}
		done += int64(len(b))
	}
	sum := c.read(at+8+n, 4)
	c.rep.SeenB = at + 12 + n
	if c.err != nil {
		return false
	}
	if len(sum) < 4 {
		c.stop(Truncated, "the data ends inside chunk %s at %d", kind, at)
		return false
	}
	if binary.BigEndian.Uint32(sum) != crc.Sum32() {
		c.stop(Damaged, "CRC of chunk %s at %d is wrong", kind, at)
		return false
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

// rawSize is the size of the inflated picture data: a filter byte and the
// packed samples of each line, section 7.2; seven passes when interlaced.
func (h header) rawSize() int64 {
	lines := func(w, n int64) int64 {
		if w <= 0 || n <= 0 {
			return 0
		}
		return n * (1 + (w*h.bitsPerPixel+7)/8)
	}
	w, n := int64(h.width), int64(h.height)
	if !h.interlaced {
		return lines(w, n)
	}
	total := int64(0)
	for _, p := range [7][4]int64{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		total += lines((w-p[0]+p[2]-1)/p[2], (n-p[1]+p[3]-1)/p[3])
	}
	return total
}

// inflater feeds IDAT content to zlib, which wants to pull: a pipe turns it
// round. Data behind the end of the stream is ignored, as decoders do.
type inflater struct {
	w    *io.PipeWriter
	done chan error
}

var errSize = errors.New("does not inflate to the size that the header asks for")

func newInflater(want int64) *inflater {
	r, w := io.Pipe()
	f := &inflater{w: w, done: make(chan error, 1)}
	go func() {
		err := inflate(r, want)
		r.CloseWithError(errDone)
		f.done <- err
	}()
	return f
}

var errDone = errors.New("stream ended")

func inflate(r io.Reader, want int64) error {
	z, err := zlib.NewReader(r)
	if err != nil {
		return err
	}
	got, err := io.Copy(io.Discard, io.LimitReader(z, want+1))
	if err != nil {
		return err
	}
	if got != want {
		return errSize
	}
	// the LimitReader left room for one byte more: reading it reached the end and
	// the check sum was compared
	_, _ = io.Copy(io.Discard, r)
	return nil
}

// write hands on content. Once the stream has turned out to be damaged it is
// dropped: close tells.
func (f *inflater) write(b []byte) { _, _ = f.w.Write(b) }

// close ends the data and returns what the inflater made of all of it.
func (f *inflater) close() error {
	f.w.Close()
	err := <-f.done
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("ends too early")
	}
	if errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrHeader) {
		return errors.New("breaks the rules of zlib: " + err.Error())
	}
	return err
}
