package follow

import (
	"compress/flate"
	"errors"
	"io"
	"sync"
)

// ErrTooLong says that coded data inflates to more than was allowed.
var ErrTooLong = errors.New("inflates to more than its size")

// ErrSpent says that coded data was not followed to its end, as a Meter allows no
// more: that is no fault of the data.
var ErrSpent = errors.New("it inflates to more than is decoded")

var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

const copyB = 32 << 10

var buffers = sync.Pool{New: func() any { return new([copyB]byte) }}

// Meter is a reader that wants to know how much the coded data in it inflates to.
// An error of Inflated ends the inflating; it is ErrSpent when there is too much.
type Meter interface {
	io.ReaderAt
	Inflated(n int64) error
}

// metered tells a meter what is written.
type metered struct {
	io.Writer
	m Meter
}

func (w metered) Write(b []byte) (int, error) {
	if err := w.m.Inflated(int64(len(b))); err != nil {
		return 0, err
	}
	return w.Writer.Write(b)
}

// Inflate follows a deflate stream (RFC 1951) from the cursor on and writes what
// it holds, at most maxB bytes, to out. The cursor is left one byte past the
// stream, or at the byte by which a fault was seen. The error is nil for a whole
// stream, io.ErrUnexpectedEOF when the data ends, ErrTooLong, an error of the
// reader or of out, or the fault. When the cursor's reader is a Meter it is told.
func Inflate(c *Cursor, out io.Writer, maxB int64) (outB int64, err error) {
	f := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(f)
	// the cursor hands out single bytes, so that nothing is read ahead
	if err := f.(flate.Resetter).Reset(c, nil); err != nil {
		return 0, err
	}
	if m, ok := c.r.(Meter); ok {
		out = metered{out, m}
	}
	b := buffers.Get().(*[copyB]byte)
	defer buffers.Put(b)
	n, err := io.CopyBuffer(out, io.LimitReader(f, maxB+1), b[:])
	if err == nil && n > maxB {
		err = ErrTooLong
	}
	if c.Err() != nil {
		err = c.Err()
	}
	return n, err
}
