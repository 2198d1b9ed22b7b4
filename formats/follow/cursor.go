package follow

import (
	"errors"
	"io"
)

const (
	firstB = 4 << 10 // most candidates of a scan fail within it
	stepB  = 16 << 10
	maxB   = 64 << 10
)

// Cursor reads the first Size bytes of a reader in order and may be moved. It
// looks ahead by at most 64 KiB and holds no more.
type Cursor struct {
	r    io.ReaderAt
	size int64
	base int64 // offset of buf[0]
	buf  []byte
	pos  int
	next int // bytes of the next read
	err  error
}

// New returns a cursor at offset 0 over at most size bytes of r.
func New(r io.ReaderAt, size int64) *Cursor { return &Cursor{r: r, size: max(size, 0), next: firstB} }

// At is the offset of the next byte.
func (c *Cursor) At() int64 { return c.base + int64(c.pos) }

// Size is where the data ends, as far as it is known by now.
func (c *Cursor) Size() int64 { return c.size }

// Err is the first error of the reader other than an early end.
func (c *Cursor) Err() error { return c.err }

// MoveTo moves to an absolute offset; negative ones are taken for the end.
func (c *Cursor) MoveTo(off int64) {
	if off < 0 || off > c.size {
		off = c.size
	}
	if off >= c.base && off <= c.base+int64(len(c.buf)) {
		c.pos = int(off - c.base)
		return
	}
	c.base, c.pos, c.buf = off, 0, c.buf[:0]
}

func (c *Cursor) need(n int) bool {
	if len(c.buf)-c.pos >= n {
		return true
	}
	want := max(n, c.next)
	c.next = min(2*c.next, stepB)
	rest := len(c.buf) - c.pos
	if want > cap(c.buf) {
		b := make([]byte, rest, want)
		copy(b, c.buf[c.pos:])
		c.buf = b
	} else {
		copy(c.buf[:rest], c.buf[c.pos:])
		c.buf = c.buf[:rest]
	}
	c.base, c.pos = c.base+int64(c.pos), 0
	for len(c.buf) < n && c.err == nil {
		at := c.base + int64(len(c.buf))
		k := min(int64(want-len(c.buf)), c.size-at)
		if k <= 0 {
			return false
		}
		m, err := c.r.ReadAt(c.buf[len(c.buf):len(c.buf)+int(k)], at)
		c.buf = c.buf[:len(c.buf)+m]
		if err != nil && !errors.Is(err, io.EOF) {
			c.err = err
		}
		if m == 0 {
			c.size = min(c.size, at)
		}
	}
	return len(c.buf)-c.pos >= n
}

// Peek returns the next n bytes, at most 64 KiB, without moving; nil when there
// are fewer. They are valid until the next call.
func (c *Cursor) Peek(n int) []byte {
	if n < 0 || n > maxB || !c.need(n) {
		return nil
	}
	return c.buf[c.pos : c.pos+n]
}

// Take is Peek and moves on.
func (c *Cursor) Take(n int) []byte {
	b := c.Peek(n)
	if b != nil {
		c.pos += n
	}
	return b
}

// PeekAt is Peek at an absolute offset, to which it moves.
func (c *Cursor) PeekAt(off int64, n int) []byte {
	if off < 0 || off > c.size {
		return nil
	}
	c.MoveTo(off)
	return c.Peek(n)
}

// Ahead returns what bytes there are, at least one, at most n; nil at the end.
func (c *Cursor) Ahead(n int) []byte {
	if !c.need(1) {
		return nil
	}
	return c.buf[c.pos:min(len(c.buf), c.pos+n)]
}

// ReadByte returns the next byte, or io.EOF.
func (c *Cursor) ReadByte() (byte, error) {
	if c.pos >= len(c.buf) && !c.need(1) {
		if c.err != nil {
			return 0, c.err
		}
		return 0, io.EOF
	}
	b := c.buf[c.pos]
	c.pos++
	return b, nil
}

// Read fills b with what is there, or returns io.EOF.
func (c *Cursor) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	a := c.Ahead(len(b))
	if a == nil {
		if c.err != nil {
			return 0, c.err
		}
		return 0, io.EOF
	}
	c.pos += copy(b, a)
	return len(a), nil
}

// Skip moves n bytes on and reports whether they are there.
func (c *Cursor) Skip(n int64) bool {
	if n < 0 || n > c.size-c.At() {
		c.MoveTo(c.size)
		return false
	}
	c.MoveTo(c.At() + n)
	return true
}

// FilledBehind reports whether the bytes behind the end of a file, up to the next
// sector, are zeros and enough of them to be no chance: systems fill the last
// sector of a file so. It tells a true end from one that lengths alone led to.
func FilledBehind(r io.ReaderAt, size, end int64) bool {
	const sectorB, enoughB = 512, 16
	n := min(size, (end+sectorB-1)/sectorB*sectorB) - end
	if n < enoughB {
		return false
	}
	var b [sectorB]byte
	if m, _ := r.ReadAt(b[:n], end); int64(m) < n {
		return false
	}
	for _, x := range b[:n] {
		if x != 0 {
			return false
		}
	}
	return true
}
