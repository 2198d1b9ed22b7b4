// Package jpeg checks the structure of JPEG files to their true end: every marker
// segment, every Huffman code of the entropy-coded data, the order of restart
// markers, and further frames that the file names. It answers what recovery asks
// of bytes that begin like a JPEG: is this whole, where does it end, and if not, up
// to where can it be believed. Preview makes pixels, few of them: the valid part of
// a picture at a small scale.
//
// Specifications: ITU-T T.81 (09/92), Annex B (markers), F (sequential), G
// (progressive); CIPA DC-007 (Multi-Picture Format). Arithmetic coding,
// lossless and hierarchical frames are walked by their markers only.
package jpeg

import (
	"errors"
	"fmt"
	"io"

	"firescene/formats"
)

// State says how far a JPEG could be followed.
type State int

// The states of a checked JPEG.
const (
	Whole     State = iota // every segment and code is valid up to the end of image
	Truncated              // valid up to the end of the data, which comes too early
	Damaged                // valid up to GoodB, where it breaks a rule
	NotJPEG                // does not begin like a JPEG
)

func (s State) String() string {
	return [...]string{"whole", "truncated", "damaged", "not a JPEG"}[s]
}

// Report is what Check found. Offsets count from the first byte given to it.
type Report struct {
	State  State
	EndB   int64  // Whole: one past the last byte of the file
	GoodB  int64  // bytes that belong to the file beyond reasonable doubt
	Reason string // why it is not whole; for a whole one, what was special about it

	// SureB is up to where the contents were looked at and found in order: segments
	// that are stepped over unseen count only when a valid one follows; coded data
	// counts up to its last restart marker or the end of its scan.
	SureB int64
	// Known counts the segments whose content says that this is a JPEG.
	Known int
	SeenB int64 // up to where the data was looked at: what is wrong lies before it
	DataB int64 // where the coded data of the first scan begins, 0 when it was not reached

	Width, Height int
	Components    int
	Progressive   bool
	Scans         int  // scans read to their end
	Frames        int  // pictures in the file: 1, or more for Multi-Picture files
	HasThumb      bool // an EXIF or JFIF segment holds a JPEG thumbnail
	// EntropyChecked is false when the coding is one whose codes are not
	// followed (arithmetic, lossless); then Whole rests on markers alone.
	EntropyChecked bool
}

// Head reports whether b, at least 4 bytes, begins like a JPEG file: SOI and
// then a marker that may follow it.
func Head(b []byte) bool {
	return len(b) >= 4 && b[0] == 0xFF && b[1] == 0xD8 && b[2] == 0xFF && opens(b[3])
}

// opens reports whether marker m may come first after SOI.
func opens(m byte) bool {
	switch {
	case m >= 0xE0 && m <= 0xEF, m == mDQT, m == mDHT, m == mCOM, m == mDRI, m == 0xFF:
		return true
	}
	return m >= 0xC0 && m <= 0xCF && m != mDHT && m != 0xC8 && m != 0xCC
}

// markers, ITU-T T.81 table B.1.
const (
	mSOF0 = 0xC0
	mSOF1 = 0xC1
	mSOF2 = 0xC2
	mDHT  = 0xC4
	mDAC  = 0xCC
	mRST0 = 0xD0
	mRST7 = 0xD7
	mSOI  = 0xD8
	mEOI  = 0xD9
	mSOS  = 0xDA
	mDQT  = 0xDB
	mDNL  = 0xDC
	mDRI  = 0xDD
	mAPP0 = 0xE0
	mAPP1 = 0xE1
	mAPP2 = 0xE2
	mCOM  = 0xFE
)

// stop ends a walk: where and why the data stops being a JPEG.
type stop struct {
	state  State
	offset int64
	reason string
}

func (s *stop) Error() string { return fmt.Sprintf("%v at %d: %s", s.state, s.offset, s.reason) }

// Check walks the JPEG that begins at offset 0 of r and reads at most size
// bytes. Memory is bounded by limits.MaxAllocB (the coefficient map of
// progressive pictures); a picture that would need more is walked by its
// markers. The error is an error of r other than an early end.
func Check(r io.ReaderAt, size int64, limits formats.Limits) (Report, error) {
	src := newSource(r, size)
	rep, mpf, err := checkFrame(src, 0, limits)
	if err != nil || rep.State != Whole {
		return rep, err
	}
	rep.Frames = 1
	if err := followFrames(src, &rep, mpf, limits); err != nil {
		return rep, err
	}
	if rep.State == Whole {
		followAppended(src, &rep)
	}
	if rep.State == Whole {
		followTrailers(src, &rep)
	}
	return rep, src.err
}

// checkFrame walks one picture from SOI to EOI, at absolute offset start.
func checkFrame(src *source, start int64, limits formats.Limits) (Report, *mpIndex, error) {
	src.seek(start)
	w := &walker{src: src, limits: limits, start: start}
	err := w.walk()
	rep := w.rep
	rep.EntropyChecked = rep.Scans > 0 && !w.markersOnly
	if src.err != nil {
		return rep, nil, src.err
	}
	var s *stop
	switch {
	case err == nil:
		rep.State, rep.EndB = Whole, src.offset()
		rep.GoodB = rep.EndB
	case errors.As(err, &s):
		rep.State, rep.GoodB, rep.Reason = s.state, max(s.offset, start), s.reason
		rep.SeenB = max(rep.GoodB, src.offset())
	default:
		return rep, nil, err
	}
	return rep, w.mpf, nil
}
