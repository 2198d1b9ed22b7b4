package wfs

import (
	"encoding/binary"
	"time"

	"firescene/formats"
	"firescene/formats/dhav"
)

// Frame is the header of a frame of a Xiongmai recorder.
type Frame struct {
	Kind    byte
	HeaderB int64
	DataB   int64     // behind the header
	Time    time.Time // of key pictures; the recorder's clock, without a zone
	HEVC    bool      // of key pictures
}

// Kinds of frames: the byte behind their start code.
const (
	Key   = 0xFC
	Inter = 0xFD
	Still = 0xFE
	Audio = 0xFA
	Info  = 0xF9
)

// MaxFrameB is the longest frame believed.
const MaxFrameB = 8 << 20

// Picture reports whether its data belongs to the picture.
func (f Frame) Picture() bool { return f.Kind == Key || f.Kind == Inter || f.Kind == Still }

// LengthB is the length with the header.
func (f Frame) LengthB() int64 { return f.HeaderB + f.DataB }

// Parse reads the frame header that b begins with, 16 bytes at most.
func Parse(b []byte) (f Frame, ok bool) {
	if len(b) < 8 || b[0] != 0 || b[1] != 0 || b[2] != 1 {
		return f, false
	}
	f.Kind, f.HeaderB = b[3], 8
	switch f.Kind {
	case Key, Still:
		if len(b) < 16 {
			return f, false
		}
		f.HeaderB, f.DataB = 16, int64(binary.LittleEndian.Uint32(b[12:]))
		if f.Time, ok = dhav.Clock(binary.LittleEndian.Uint32(b[8:])); !ok {
			return f, false
		}
		f.HEVC = b[4]&15 == 3
	case Inter:
		f.DataB = int64(binary.LittleEndian.Uint32(b[4:]))
	case Audio, Info:
		f.DataB = int64(binary.LittleEndian.Uint16(b[6:]))
	default:
		return f, false
	}
	return f, f.DataB > 0 && f.DataB <= MaxFrameB
}

// Stream is what Walk found.
type Stream struct {
	Frames, Pictures int64
	First, Last      time.Time // of key pictures
	KeyFirst         bool      // the first picture is a key picture
	HEVC             bool
	EndB             int64 // one past the last frame that is complete
	NeedB            int64 // where a frame that begins at EndB would end; 0 when none does
}

// Walk follows frames from off in w on. frame, if not nil, is told every complete
// one with its offset.
func Walk(w *formats.Window, off int64, frame func(at int64, f Frame)) Stream {
	s := Stream{EndB: off}
	for {
		f, ok := Parse(w.At(s.EndB, 16))
		if !ok || f.Picture() && f.Kind != Still && !picture(w, s.EndB+f.HeaderB) {
			return s
		}
		end := s.EndB + f.LengthB()
		if end > w.Size() {
			s.NeedB = end
			return s
		}
		if frame != nil {
			frame(s.EndB, f)
		}
		s.Frames++
		if f.Picture() {
			if s.Pictures == 0 {
				s.KeyFirst = f.Kind == Key
			}
			s.Pictures++
		}
		if f.Kind == Key {
			if s.First.IsZero() {
				s.First = f.Time
			}
			s.Last, s.HEVC = f.Time, f.HEVC
		}
		s.EndB = end
	}
}

// picture reports whether the data of a picture begins with a start code, or is
// cut before that can be told.
func picture(w *formats.Window, at int64) bool {
	h := w.At(at, 4)
	for i, c := range h {
		switch {
		case i < 2 && c != 0, i == 2 && c > 1, i == 3 && h[2] == 0 && c != 1:
			return false
		}
	}
	return true
}
