package smokeview

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"firescene/formats"
)

// records reads Fortran's sequential unformatted records, little-endian: length,
// bytes, length.
type records struct {
	r     *bufio.Reader
	off   int64
	chunk []byte
}

func newRecords(r io.Reader) *records {
	return &records{r: bufio.NewReaderSize(r, 1<<16), chunk: make([]byte, 1<<14)}
}

func (s *records) mark() (int, error) {
	var b [4]byte
	n, err := io.ReadFull(s.r, b[:])
	s.off += int64(n)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			if n == 0 {
				return 0, io.EOF
			}
			return 0, cut(s.off, "the file ends within the length of a record")
		}
		return 0, err
	}
	v := int32(binary.LittleEndian.Uint32(b[:]))
	if v < 0 {
		return 0, &formats.UnsupportedError{Format: Format, Offset: s.off - 4, Feature: "a record in several pieces, or one of another byte order", Next: "write smaller slices"}
	}
	return int(v), nil
}

// open begins a record, which must be n bytes long. io.EOF: the file ends here.
func (s *records) open(n int, what string) error {
	at := s.off
	v, err := s.mark()
	if err != nil {
		return err
	}
	if v != n {
		return cut(at, "the record of the %s is %d bytes long, not %d", what, v, n)
	}
	return nil
}

// close ends a record.
func (s *records) close(n int, what string) error {
	at := s.off
	v, err := s.mark()
	if err == io.EOF {
		return cut(at, "the file ends within the %s", what)
	}
	if err != nil {
		return err
	}
	if v != n {
		return cut(at, "the record of the %s ends with the length %d, not %d", what, v, n)
	}
	return nil
}

// bytes appends n bytes of the open record to dst, as they come.
func (s *records) bytes(dst []byte, n int, what string) ([]byte, error) {
	for n > 0 {
		part := s.chunk[:min(n, len(s.chunk))]
		k, err := io.ReadFull(s.r, part)
		s.off += int64(k)
		dst = append(dst, part[:k]...)
		if err != nil {
			return dst, s.ended(err, what)
		}
		n -= k
	}
	return dst, nil
}

func (s *records) ended(err error, what string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return cut(s.off, "the file ends within the %s", what)
	}
	return err
}

// floats appends n numbers of the open record to dst. Numbers that are not finite
// are kept: what a model wrote is for the caller to judge.
func (s *records) floats(dst []float32, n int, what string) ([]float32, error) {
	for n > 0 {
		part := s.chunk[:min(4*n, len(s.chunk))]
		k, err := io.ReadFull(s.r, part)
		s.off += int64(k)
		if err != nil {
			return dst, s.ended(err, what)
		}
		for i := 0; i < k; i += 4 {
			dst = append(dst, math.Float32frombits(binary.LittleEndian.Uint32(part[i:])))
		}
		n -= k / 4
	}
	return dst, nil
}

// whole reads a record of known length.
func (s *records) whole(n int, what string) ([]byte, error) {
	if err := s.open(n, what); err != nil {
		return nil, err
	}
	b, err := s.bytes(nil, n, what)
	if err != nil {
		return nil, err
	}
	return b, s.close(n, what)
}

// ints reads a record of n integers.
func (s *records) ints(n int, what string) ([]int, error) {
	b, err := s.whole(4*n, what)
	if err != nil {
		return nil, err
	}
	out := make([]int, n)
	for i := range out {
		out[i] = int(int32(binary.LittleEndian.Uint32(b[4*i:])))
	}
	return out, nil
}

// head gives a missing record at a file's beginning its error.
func (s *records) head(err error, what string) error {
	if err == io.EOF {
		return cut(s.off, "the file ends before the %s", what)
	}
	return err
}

// time reads the record that begins a frame; io.EOF when there is no more.
func (s *records) time() (float64, error) {
	b, err := s.whole(4, "time of a frame")
	if err != nil {
		return 0, err
	}
	t := float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	if math.IsNaN(t) || math.IsInf(t, 0) {
		return 0, cut(s.off-8, "the time of a frame is not a number")
	}
	return t, nil
}

// labels reads the three names of 30 characters that begin slices and boundaries.
func (s *records) labels() (out [3]string, err error) {
	for i := range out {
		b, err := s.whole(30, "names")
		if err != nil {
			return out, s.head(err, "names")
		}
		out[i] = trimLabel(b)
	}
	return out, nil
}

func trimLabel(b []byte) string {
	n := len(b)
	for n > 0 && (b[n-1] == ' ' || b[n-1] == 0) {
		n--
	}
	return string(b[:n])
}

// recordWriter writes Fortran's records.
type recordWriter struct {
	w   *bufio.Writer
	err error
	b   [4]byte
}

func newRecordWriter(w io.Writer) *recordWriter {
	return &recordWriter{w: bufio.NewWriterSize(w, 1<<16)}
}

func (s *recordWriter) int(v int) {
	binary.LittleEndian.PutUint32(s.b[:], uint32(int32(v)))
	s.put(s.b[:])
}

func (s *recordWriter) float(v float32) {
	binary.LittleEndian.PutUint32(s.b[:], math.Float32bits(v))
	s.put(s.b[:])
}

func (s *recordWriter) put(b []byte) {
	if s.err == nil {
		_, s.err = s.w.Write(b)
	}
}

func (s *recordWriter) ints(v ...int) {
	s.int(4 * len(v))
	for _, x := range v {
		s.int(x)
	}
	s.int(4 * len(v))
}

func (s *recordWriter) floats(v ...float32) {
	s.int(4 * len(v))
	for _, x := range v {
		s.float(x)
	}
	s.int(4 * len(v))
}

func (s *recordWriter) bytes(b []byte) {
	s.int(len(b))
	s.put(b)
	s.int(len(b))
}

func (s *recordWriter) label(text string) {
	b := []byte("                              ")
	copy(b, text)
	s.bytes(b)
}

func (s *recordWriter) flush() error {
	if s.err != nil {
		return s.err
	}
	return s.w.Flush()
}
