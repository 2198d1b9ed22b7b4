package follow

import (
	"compress/flate"
	"errors"
	"io"
	"sync"
)

// ErrTooLong says that coded data inflates to more than was allowed.
var ErrTooLong = errors.New("inflates to more than its size")

var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

const copyB = 32 << 10

var buffers = sync.Pool{New: func() any { return new([copyB]byte) }}

// Inflate follows a deflate stream (RFC 1951) from the cursor on and writes what
// it holds, at most maxB bytes, to out. The cursor is left one byte past the
// stream, or at the byte by which a fault was seen. The error is nil for a whole
// stream, io.ErrUnexpectedEOF when the data ends, ErrTooLong, an error of the
// reader or of out, or the fault.
func Inflate(c *Cursor, out io.Writer, maxB int64) (outB int64, err error) {
	f := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(f)
	// the cursor hands out single bytes, so that nothing is read ahead
	if err := f.(flate.Resetter).Reset(c, nil); err != nil {
		return 0, err
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
