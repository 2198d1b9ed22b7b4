package las

import (
	"fmt"
	"io"

	"firescene/formats"
)

// plainSource reads records that are not compressed.
type plainSource struct {
	r    io.ReaderAt
	size int64
	h    *Header
	done int64
	buf  []byte
}

// there is the number of whole records that the file holds, at most as many as
// it claims.
func (s *plainSource) there() int64 {
	return min(s.h.Count, max(0, s.size-s.h.PointsAtB)/int64(s.h.RecordB))
}

func (s *plainSource) next() ([]byte, error) {
	h, there := s.h, s.there()
	n := int(min(batchPoints, there-s.done))
	if n == 0 {
		if there < h.Count {
			return nil, cutOff(s.size, there, h.Count)
		}
		return nil, io.EOF
	}
	if s.buf == nil {
		s.buf = make([]byte, n*h.RecordB)
	}
	b := s.buf[:n*h.RecordB]
	if got, err := s.r.ReadAt(b, h.PointsAtB+s.done*int64(h.RecordB)); got < len(b) {
		if err == nil || err == io.EOF {
			err = damaged(h.PointsAtB+s.done*int64(h.RecordB)+int64(got), "the file ended while it was read")
		}
		return nil, err
	}
	s.done += int64(n)
	return b, nil
}

func (s *plainSource) sample(f func([]byte) bool) error {
	const groups = 16
	there := s.there()
	buf := make([]byte, batchPoints/groups*s.h.RecordB)
	for g := range int64(groups) {
		first := there * g / groups
		n := min(int64(batchPoints/groups), there-first)
		b := buf[:n*int64(s.h.RecordB)]
		if _, err := s.r.ReadAt(b, s.h.PointsAtB+first*int64(s.h.RecordB)); err != nil && err != io.EOF {
			return err
		}
		if !f(b) {
			return nil
		}
	}
	return nil
}

func cutOff(size, there, count int64) error {
	return &formats.FormatError{Format: "LAS", Offset: size,
		Reason: fmt.Sprintf("the file is cut off: it holds %d of the %d points that its header claims", there, count),
		Next:   "copy the file again; the points before are good"}
}
