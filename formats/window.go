package formats

import (
	"errors"
	"io"
)

// Window reads short pieces of a reader through one buffer, for decoders that
// look at few bytes in many places, mostly going forward. It is not safe for
// concurrent use.
type Window struct {
	r    io.ReaderAt
	size int64
	bufB int
	buf  []byte // shorter than bufB until the second read
	at   int64  // where have begins
	have int
	err  error
}

// firstB is how much a window reads first: most of what looks like a file is
// refused after a few bytes.
const firstB = 4 << 10

// NewWindow returns a window on the first size bytes of r that reads bufB bytes at
// a time.
func NewWindow(r io.ReaderAt, size int64, bufB int) *Window {
	bufB = int(max(16, min(int64(bufB), size)))
	return &Window{r: r, size: max(0, size), bufB: bufB, buf: make([]byte, min(bufB, firstB))}
}

// Size is how many bytes there are at most.
func (w *Window) Size() int64 { return w.size }

// At returns n bytes from off on, fewer at the end of the data or after an error,
// and never more than the buffer holds. They are valid until the next call.
func (w *Window) At(off int64, n int) []byte {
	if off < 0 || off >= w.size || w.err != nil || n <= 0 {
		return nil
	}
	n = int(min(int64(min(n, w.bufB)), w.size-off))
	if off < w.at || off+int64(n) > w.at+int64(w.have) {
		if len(w.buf) < w.bufB && (w.have > 0 || n > len(w.buf)) {
			w.buf = make([]byte, w.bufB)
		}
		want := min(int64(len(w.buf)), w.size-off)
		m, err := w.r.ReadAt(w.buf[:want], off)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			w.err, w.have = err, 0
			return nil
		}
		w.at, w.have = off, m
	}
	from := int(off - w.at)
	return w.buf[from:min(from+n, w.have)]
}

// Err is the first error of the reader other than an early end of its data.
func (w *Window) Err() error { return w.err }
