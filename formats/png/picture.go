package png

import (
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"

	"firescene/formats/follow"
)

// pass is one of the reduced pictures that the data holds, section 8.1; a plain
// picture is one.
type pass struct {
	lineB int64 // with the filter byte
	lines int64
}

// passes tells how the inflated picture data is made up, section 7.2.
func (h header) passes() (out []pass) {
	add := func(w, n int64) {
		if w > 0 && n > 0 {
			out = append(out, pass{1 + (w*h.bitsPerPixel+7)/8, n})
		}
	}
	w, n := int64(h.width), int64(h.height)
	if !h.interlaced {
		add(w, n)
		return out
	}
	for _, p := range [7][4]int64{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		add((w-p[0]+p[2]-1)/p[2], (n-p[1]+p[3]-1)/p[3])
	}
	return out
}

// lines takes inflated picture data and holds its length and the filter byte of
// each line against the header.
type lines struct {
	passes []pass
	skip   int64 // bytes up to the next filter byte
	done   int64 // lines that began
	outB   int64 // bytes taken
}

var (
	errSize   = errors.New("does not inflate to the size that the header asks for")
	errFilter = errors.New("has a line with no valid filter")
)

func (l *lines) Write(b []byte) (int, error) {
	l.outB += int64(len(b))
	for at := int64(0); ; {
		if k := min(l.skip, int64(len(b))-at); k > 0 {
			at, l.skip = at+k, l.skip-k
		}
		if at >= int64(len(b)) {
			return len(b), nil
		}
		if len(l.passes) == 0 {
			return int(at), errSize
		}
		p := &l.passes[0]
		if b[at] > 4 {
			return int(at), errFilter
		}
		l.done++
		l.skip = p.lineB
		if p.lines--; p.lines == 0 {
			l.passes = l.passes[1:]
		}
	}
}

// complete reports whether all lines came.
func (l *lines) complete() bool { return len(l.passes) == 0 && l.skip == 0 }

// idat reads the content of the picture data chunks that follow each other and
// checks their CRCs. Single bytes are handed out, so that nothing is read ahead.
type idat struct {
	c     *checker
	at    int64  // where the chunk begins
	left  int64  // of its content, not yet in buf
	next  int64  // offset of the content behind buf
	buf   []byte // content not yet handed out
	crc   hash.Hash32
	ended bool // the chunk at offset at is another
}

// errStopped says that the chunks went wrong; the report tells how.
var errStopped = errors.New("no more picture data")

// open begins the chunk at an offset, if it is one of picture data.
func (d *idat) open(at int64) error {
	d.at = at
	h := d.c.read(at, 8)
	switch {
	case d.c.err != nil:
		return d.c.err
	case len(h) < 8:
		d.c.stop(Truncated, "the data ends before IEND")
		return errStopped
	case string(h[4:8]) != "IDAT":
		d.ended = true
		return io.EOF
	}
	d.left, d.next = int64(binary.BigEndian.Uint32(h)), at+8
	d.crc = crc32.NewIEEE()
	io.WriteString(d.crc, "IDAT")
	if d.left > 1<<31-1 {
		d.c.damaged(at+8, "chunk IDAT at %d has the length %d", at, d.left)
		return errStopped
	}
	return nil
}

// fill gets more content.
func (d *idat) fill() error {
	for len(d.buf) == 0 {
		if d.ended {
			return io.EOF
		}
		if d.stopped() {
			return errStopped
		}
		if d.left == 0 {
			sum := d.c.read(d.next, 4)
			switch {
			case d.c.err != nil:
				return d.c.err
			case len(sum) < 4:
				d.c.stop(Truncated, "the data ends inside chunk IDAT at %d", d.at)
				return errStopped
			case binary.BigEndian.Uint32(sum) != d.crc.Sum32():
				d.c.damaged(d.next+4, "CRC of chunk IDAT at %d is wrong", d.at)
				return errStopped
			}
			d.c.valid(d.next + 4)
			if err := d.open(d.next + 4); err != nil {
				return err
			}
			continue
		}
		d.buf = d.c.read(d.next, d.left)
		if d.c.err != nil {
			return d.c.err
		}
		if len(d.buf) == 0 {
			d.c.stop(Truncated, "the data ends inside chunk IDAT at %d", d.at)
			return errStopped
		}
		d.crc.Write(d.buf)
		d.next += int64(len(d.buf))
		d.left -= int64(len(d.buf))
	}
	return nil
}

func (d *idat) ReadByte() (byte, error) {
	if len(d.buf) == 0 {
		if err := d.fill(); err != nil {
			return 0, err
		}
	}
	b := d.buf[0]
	d.buf = d.buf[1:]
	return b, nil
}

func (d *idat) Read(b []byte) (int, error) {
	if len(d.buf) == 0 {
		if err := d.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, d.buf)
	d.buf = d.buf[n:]
	return n, nil
}

// offset is where the next byte to be handed out lies.
func (d *idat) offset() int64 { return d.next - int64(len(d.buf)) }

// minLines is how many valid lines show that the data is picture data.
const minLines = 8

// picture checks all picture data, which begins with the chunk at an offset. It
// returns where the next chunk begins, or -1 when the walk ends.
func (c *checker) picture(at int64) int64 {
	c.rep.DataB = at + 8
	d := &idat{c: c}
	if d.open(at) != nil {
		return -1
	}
	out := &lines{passes: c.hdr.passes()}
	err := inflate(d, out)
	fault := d.offset()
	faulty := err != nil && !d.stopped()
	// The rest is read for its CRCs: they tell whether the maker of the file or
	// another is to blame for a fault.
	for !d.stopped() && d.next+d.left <= c.size {
		d.buf = nil
		if d.fill() != nil {
			break
		}
	}
	switch {
	case c.err != nil:
		return -1
	case faulty && c.rep.SureB <= fault && !d.ended:
		c.damaged(fault, "the picture data in the chunk at %d %s", d.at, phrase(err))
		fallthrough
	case c.rep.FailB > c.rep.SureB && !d.ended:
		// runs that no coded data has tell where it goes wrong, long before codes do
		c.rep.FailB = follow.New(c.r, c.size).Alien(max(c.rep.SureB, at), c.rep.FailB, out.outB)
	case faulty:
		c.rep.PictureFault = phrase(err)
	}
	if d.ended {
		return d.at
	}
	if !d.stopped() {
		c.stop(Truncated, "the data ends inside chunk IDAT at %d", d.at)
	}
	if out.done >= minLines {
		c.rep.GoodB = max(c.rep.SureB, c.rep.FailB)
		if c.rep.FailB == 0 {
			c.rep.GoodB = max(c.rep.SureB, min(d.next, c.size))
		}
	}
	return -1
}

// stopped reports whether the chunks went wrong.
func (d *idat) stopped() bool { return d.c.rep.State != Whole || d.c.err != nil }

// inflate follows the zlib stream of the picture data, section 10. Data behind
// its end is passed over, as decoders do.
func inflate(d *idat, out *lines) error {
	z, err := zlib.NewReader(d)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, z); err != nil {
		return err
	}
	if !out.complete() {
		return errSize
	}
	return nil
}

// phrase says what a fault of the picture data is.
func phrase(err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "ends too early"
	case errors.Is(err, errSize), errors.Is(err, errFilter):
		return err.Error()
	}
	return "breaks the rules of zlib: " + err.Error()
}
