package jpeg

import (
	"errors"
	"io"
)

// source is a window on the input that hands out bytes in order. Its buffer
// always keeps the unread rest when it refills, so that callers can look a few
// bytes ahead.
type source struct {
	r    io.ReaderAt
	size int64
	base int64 // offset of buf[0]
	buf  []byte
	pos  int
	err  error // a read error other than the end
}

// bufferB is the size of the buffer, firstB what is read first: most of what looks
// like a picture is refused after a few bytes.
const (
	bufferB = 64 << 10
	firstB  = 4 << 10
)

func newSource(r io.ReaderAt, size int64) *source {
	return &source{r: r, size: size, buf: make([]byte, 0, firstB)}
}

func (s *source) offset() int64 { return s.base + int64(s.pos) }

// seek moves to an absolute offset.
func (s *source) seek(off int64) {
	if off >= s.base && off <= s.base+int64(len(s.buf)) {
		s.pos = int(off - s.base)
		return
	}
	s.base, s.pos, s.buf = off, 0, s.buf[:0]
}

// need makes at least n bytes (n at most bufferB) available at pos, and reports
// whether there are so many.
func (s *source) need(n int) bool {
	if len(s.buf)-s.pos >= n {
		return true
	}
	room := s.buf[:cap(s.buf)]
	if len(room) < bufferB && (s.base > 0 || len(s.buf) > 0 || n > len(room)) {
		room = make([]byte, bufferB)
	}
	rest := copy(room, s.buf[s.pos:])
	s.base += int64(s.pos)
	s.buf, s.pos = room[:rest], 0
	for len(s.buf) < n && s.err == nil {
		at := s.base + int64(len(s.buf))
		want := min(int64(cap(s.buf)-len(s.buf)), s.size-at)
		if want <= 0 {
			return false
		}
		m, err := s.r.ReadAt(s.buf[len(s.buf):len(s.buf)+int(want)], at)
		s.buf = s.buf[:len(s.buf)+m]
		if err != nil && !errors.Is(err, io.EOF) {
			s.err = err
		}
		if m == 0 {
			s.size = min(s.size, at)
		}
	}
	return len(s.buf)-s.pos >= n
}

// peek returns the next n bytes without moving, or nil.
func (s *source) peek(n int) []byte {
	if !s.need(n) {
		return nil
	}
	return s.buf[s.pos : s.pos+n]
}

// byte returns the next byte.
func (s *source) byte() (byte, bool) {
	if s.pos >= len(s.buf) && !s.need(1) {
		return 0, false
	}
	b := s.buf[s.pos]
	s.pos++
	return b, true
}

// skip moves n bytes on and reports whether they exist.
func (s *source) skip(n int64) bool {
	to := s.offset() + n
	if to > s.size {
		s.seek(s.size)
		return false
	}
	s.seek(to)
	return true
}
