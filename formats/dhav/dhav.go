// Package dhav reads the frames that Dahua recorders and their many relatives
// write: a header with a check sum, the coded picture or sound, and a trailer
// that repeats the length. Frames stand one behind the other, in files (DAV) as on
// the medium itself.
//
// The layout is that of FFmpeg's demuxer (libavformat/dhav.c, P. B. Mahol, 2018)
// and of published work on these recorders; the check sum is the sum of the bytes
// before it.
package dhav

import (
	"encoding/binary"
	"fmt"
	"time"

	"firescene/formats"
)

// Lengths of the fixed parts of a frame.
const (
	HeaderB  = 24
	TrailerB = 8
)

// MaxFrameB is the longest frame believed: a key picture of any camera is shorter.
const MaxFrameB = 16 << 20

// Magic begins a frame, Trailer begins its trailer.
const (
	Magic   = "DHAV"
	Trailer = "dhav"
)

// Kinds of frames.
const (
	Key   = 0xFD // picture that needs no other
	Inter = 0xFC // picture that needs those before it
	Audio = 0xF0
	Info  = 0xF1 // titles and the like
)

// Frame is the header of a frame.
type Frame struct {
	Kind, Sub byte
	Channel   int // counts from 0
	Number    uint32
	LengthB   int64 // with header and trailer
	Date      uint32
	Millis    uint16 // counter, wraps
	ExtB      int64  // extension behind the header
}

// Parse reads the frame header that b begins with. It is false when b is shorter,
// or when any field is not as a recorder writes it.
func Parse(b []byte) (Frame, bool) {
	if len(b) < HeaderB || string(b[:4]) != Magic {
		return Frame{}, false
	}
	sum := byte(0)
	for _, c := range b[:23] {
		sum += c
	}
	f := Frame{
		Kind: b[4], Sub: b[5], Channel: int(b[6]),
		Number: binary.LittleEndian.Uint32(b[8:]), LengthB: int64(binary.LittleEndian.Uint32(b[12:])),
		Date: binary.LittleEndian.Uint32(b[16:]), Millis: binary.LittleEndian.Uint16(b[20:]), ExtB: int64(b[22]),
	}
	if sum != b[23] || f.Kind < 0xF0 || f.LengthB < HeaderB+f.ExtB+TrailerB || f.LengthB > MaxFrameB {
		return Frame{}, false
	}
	_, ok := Clock(f.Date)
	return f, ok
}

// Picture reports whether the frame is of the picture, not of sound or notes.
func (f Frame) Picture() bool { return f.Kind >= 0xF8 }

// EndsIn reports whether b, the last TrailerB bytes of the frame, is its trailer.
func (f Frame) EndsIn(b []byte) bool {
	n, ok := ParseTrailer(b)
	return ok && n == f.LengthB
}

// ParseTrailer reads the length that a trailer repeats.
func ParseTrailer(b []byte) (lengthB int64, ok bool) {
	if len(b) < TrailerB || string(b[:4]) != Trailer {
		return 0, false
	}
	n := int64(binary.LittleEndian.Uint32(b[4:]))
	return n, n >= HeaderB+TrailerB && n <= MaxFrameB
}

// Time is the time of the recorder's clock, without a zone.
func (f Frame) Time() time.Time {
	t, _ := Clock(f.Date)
	return t
}

// Clock unpacks a date as Dahua and Xiongmai recorders write it: year since 2000,
// month, day, hour, minute and second in 6, 4, 5, 5, 6 and 6 bits. It is false for
// what is no date.
func Clock(v uint32) (time.Time, bool) {
	mo, d, h, mi, s := v>>22&15, v>>17&31, v>>12&31, v>>6&63, v&63
	t := time.Date(2000+int(v>>26), time.Month(mo), int(d), int(h), int(mi), int(s), 0, time.UTC)
	return t, mo >= 1 && mo <= 12 && d >= 1 && t.Day() == int(d) && h < 24 && mi < 60 && s < 60
}

// Stream is what Walk found.
type Stream struct {
	Frames, Pictures, Keys int64
	First, Last            Frame
	FirstPicture           Frame // when Pictures is not 0
	LastPicture            Frame
	EndB                   int64 // one past the last frame that is complete
	// Cut says that another frame begins at EndB and does not end as it should:
	// the data ends inside it, or foreign data does. NeedB is where it would end.
	Cut   bool
	NeedB int64
	// Turn says that what follows at EndB is of another recording: a complete frame
	// of another channel, or one that does not continue the numbers.
	Turn bool
}

// Walk follows the frames of one recording from off in w on. frame, if not nil,
// is told every one with its offset.
func Walk(w *formats.Window, off int64, frame func(at int64, f Frame)) Stream {
	s := Stream{EndB: off}
	for {
		f, ok := Parse(w.At(s.EndB, HeaderB))
		if !ok {
			return s
		}
		if s.Frames > 0 && !s.continues(f) {
			s.Turn = true
			return s
		}
		end := s.EndB + f.LengthB
		if !f.EndsIn(w.At(end-TrailerB, TrailerB)) {
			s.Cut, s.NeedB = true, end
			return s
		}
		if frame != nil {
			frame(s.EndB, f)
		}
		if s.Frames == 0 {
			s.First = f
		}
		s.Frames++
		if f.Picture() {
			if s.Pictures == 0 {
				s.FirstPicture = f
			}
			s.Pictures++
			s.LastPicture = f
		}
		if f.Kind == Key {
			s.Keys++
		}
		s.Last, s.EndB = f, end
	}
}

// MaxGapS is the longest time in seconds between two frames of one recording.
const MaxGapS = 10

// MaxLost is how many pictures a recorder may leave out between two frames that
// stand side by side.
const MaxLost = 1000

// continues reports whether f may stand behind the frames so far: the same
// channel, a clock that does not go back by more than a second nor on by more than
// MaxGapS, and numbers of pictures that rise.
func (s *Stream) continues(f Frame) bool {
	if f.Channel != s.Last.Channel || !Near(s.Last, f) {
		return false
	}
	return s.Pictures == 0 || !f.Picture() || f.Number-s.LastPicture.Number-1 < MaxLost
}

// Near reports whether b may be of the time directly behind a.
func Near(a, b Frame) bool {
	d := b.Time().Sub(a.Time())
	return d >= -time.Second && d <= MaxGapS*time.Second
}

func (f Frame) String() string {
	return fmt.Sprintf("channel %d frame %d at %s", f.Channel+1, f.Number, f.Time().Format("2006-01-02 15:04:05"))
}
