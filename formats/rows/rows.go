// Package rows reads text files of numbers line by line, fast and in bounded
// memory, for the point cloud formats that are text.
package rows

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"

	"firescene/formats"
)

// maxLineB bounds a line: longer ones are not of a table of numbers.
const maxLineB = 1 << 16

// Reader reads lines that end in LF, CR LF or CR.
type Reader struct {
	Format string // of errors
	Line   int64  // number of the line last returned, from 1

	r    io.Reader
	buf  []byte
	from int   // of the next line in buf
	to   int   // of what buf holds
	base int64 // offset of buf in the file
	at   int64 // offset of the line last returned
	err  error
}

// NewReader returns a reader of r, whose first byte is at an offset of the file.
func NewReader(r io.Reader, format string, offsetB int64) *Reader {
	return &Reader{Format: format, r: r, buf: make([]byte, 1<<17), base: offsetB}
}

// OffsetB is where the next line begins.
func (r *Reader) OffsetB() int64 { return r.base + int64(r.from) }

// Next returns the next line without its end, valid until the next call, or io.EOF.
func (r *Reader) Next() ([]byte, error) {
	scanned := r.from
	for {
		i := lineEnd(r.buf[scanned:r.to])
		if end := scanned + i; i >= 0 && (r.buf[end] == '\n' || end+1 < r.to || r.err != nil) {
			line := r.buf[r.from:end]
			r.at = r.base + int64(r.from)
			if r.buf[end] == '\r' && end+1 < r.to && r.buf[end+1] == '\n' {
				end++
			}
			r.from = end + 1
			r.Line++
			return line, nil
		}
		scanned = max(scanned, r.to-1) // a CR at the end may go on with LF
		if r.err != nil {
			line := r.buf[r.from:r.to]
			r.at = r.base + int64(r.from)
			r.from = r.to
			if r.err == io.EOF && len(line) > 0 {
				r.Line++
				return line, nil
			}
			return nil, r.err
		}
		if r.to-r.from > maxLineB {
			return nil, r.damaged("line %d has more than %d bytes", r.Line+1, maxLineB)
		}
		if r.from > 0 {
			copy(r.buf, r.buf[r.from:r.to])
			r.base += int64(r.from)
			scanned -= r.from
			r.to -= r.from
			r.from = 0
		}
		n, err := r.r.Read(r.buf[r.to:])
		r.to += n
		r.err = err
	}
}

func lineEnd(b []byte) int {
	i := bytes.IndexByte(b, '\n')
	if j := bytes.IndexByte(b[:max(i, 0)], '\r'); i >= 0 && j >= 0 {
		return j
	}
	if i < 0 {
		return bytes.IndexByte(b, '\r')
	}
	return i
}

// Skip passes n lines over without looking at them and returns how many there were.
func (r *Reader) Skip(n int64) (int64, error) {
	for i := range n {
		if _, err := r.Next(); err != nil {
			return i, err
		}
	}
	return n, nil
}

func (r *Reader) damaged(format string, args ...any) error {
	return &formats.FormatError{Format: r.Format, Offset: r.at, Reason: fmt.Sprintf(format, args...)}
}

// Damaged is an error about the line last returned.
func (r *Reader) Damaged(format string, args ...any) error {
	return r.damaged("line %d: %s", r.Line, fmt.Sprintf(format, args...))
}

// Numbers parses the numbers of a line, separated by blanks, tabs, commas or
// semicolons, into out. It returns how many there are, at most as many as fit, and
// false when something else is among them.
func Numbers(line []byte, out []float64) (n int, ok bool) {
	for i := 0; i < len(line); {
		if separator(line[i]) {
			i++
			continue
		}
		j := i + 1
		for j < len(line) && !separator(line[j]) {
			j++
		}
		if n == len(out) {
			return n, true
		}
		if out[n], ok = Number(line[i:j]); !ok {
			return n, false
		}
		n++
		i = j
	}
	return n, true
}

func separator(c byte) bool { return c == ' ' || c == '\t' || c == ',' || c == ';' }

// powers are the powers of ten that are exact.
var powers = [23]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// Number parses one number, correctly rounded: up to 15 digits by one division or
// product of exact numbers (W. D. Clinger, "How to read floating point numbers
// accurately", 1990), else by strconv.
func Number(b []byte) (float64, bool) {
	i, neg := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		i++
	}
	mant, digits, exp, point, any := uint64(0), 0, 0, false, false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c-'0' <= 9:
			if mant = mant*10 + uint64(c-'0'); mant > 0 {
				digits++
			}
			any = true
			if point {
				exp--
			}
			if digits > 15 {
				return slow(b)
			}
			continue
		case c == '.' && !point:
			point = true
			continue
		}
		return slow(b)
	}
	if !any || exp < -22 {
		return slow(b)
	}
	v := float64(mant) / powers[-exp]
	if neg {
		v = -v
	}
	return v, true
}

func slow(b []byte) (float64, bool) {
	if len(b) > 400 {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil && !math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}
