// Package mpegps checks MPEG program streams (MPG, VOB, what Hikvision recorders
// write) packet by packet to their last one. Content of packets is not looked at.
//
// Specifications: ISO/IEC 13818-1:2022, section 2.5 (packs and packets), 2.4.3.6
// (PES packets); ISO/IEC 11172-1:1993, section 2.4 (the same of MPEG-1).
package mpegps

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"firescene/formats"
)

// State says how far a stream could be followed.
type State int

// The states of a checked stream.
const (
	Whole     State = iota // up to its end code, or to a last packet behind which it visibly ends
	Truncated              // the data ends inside a packet
	Damaged                // what follows the last packet is no packet, and that may begin inside it
	NotPS                  // does not begin like a program stream
)

func (s State) String() string {
	return [...]string{"whole", "truncated", "damaged", "not a program stream"}[s]
}

// Report is what Check found. Offsets count from the first byte given to it.
type Report struct {
	State   State
	EndB    int64 // one past the last packet
	SureB   int64 // begin of the last packet and of its header: proved to belong to the stream
	FailB   int64 // Damaged: where no packet begins
	EndCode bool  // it ends in its end code
	// Marked says that something shows the end: the end code, padding in the last
	// packet, or filling that begins inside a sector. Else the stream may go on
	// elsewhere.
	Marked bool
	Reason string

	Packs, Packets int64
	Video, Audio   bool
	MPEG2          bool
	// First and Last are the times of Hikvision's stream maps, by the recorder's
	// clock without a zone; zero when there are none.
	First, Last time.Time
}

const (
	windowB = 64 << 10
	packID  = 0xBA
	endID   = 0xB9
	systID  = 0xBB
	mapID   = 0xBC
	privID  = 0xBD
	padID   = 0xBE
	priv2ID = 0xBF
)

// Head reports whether b, at least 14 bytes, begins like a program stream.
func Head(b []byte) bool { return packB(b) > 0 }

// packB is the length of the pack header that b begins with, 0 for none.
func packB(b []byte) int64 {
	if len(b) < 12 || string(b[:4]) != "\x00\x00\x01\xBA" {
		return 0
	}
	if b[4]&0xF1 == 0x21 { // MPEG-1: marker bits of clock and rate
		if b[6]&1 == 1 && b[8]&1 == 1 && b[9]&0x80 == 0x80 && b[11]&1 == 1 {
			return 12
		}
		return 0
	}
	if len(b) < 14 || b[4]&0xC4 != 0x44 || b[6]&4 == 0 || b[8]&4 == 0 || b[9]&1 == 0 || b[12]&3 != 3 {
		return 0
	}
	return 14 + int64(b[13]&7)
}

// Check walks the stream that begins at offset 0 of r and reads at most size
// bytes. The error is an error of r other than an early end.
func Check(r io.ReaderAt, size int64) (Report, error) {
	w := formats.NewWindow(r, size, windowB)
	rep := walk(w, size)
	return rep, w.Err()
}

func walk(w *formats.Window, size int64) Report {
	var rep Report
	stop := func(s State, format string, args ...any) Report {
		rep.State, rep.Reason = s, fmt.Sprintf(format, args...)
		return rep
	}
	if !Head(w.At(0, 14)) {
		return stop(NotPS, "no pack header")
	}
	for at := int64(0); ; {
		h := w.At(at, 64)
		if len(h) < 4 || string(h[:3]) != "\x00\x00\x01" || h[3] < endID {
			rep.EndB = at
			break
		}
		if h[3] == endID {
			rep.EndB, rep.SureB, rep.EndCode, rep.Marked = at+4, at+4, true, true
			return stop(Whole, "")
		}
		n, ok := packet(h, rep.MPEG2)
		if !ok {
			rep.EndB = at
			break
		}
		if at+n > size {
			rep.EndB, rep.SureB = size, at+6
			return stop(Truncated, "the data ends inside the packet at %d", at)
		}
		switch id := h[3]; {
		case id == packID:
			rep.MPEG2 = h[4]>>6 == 1
			rep.Packs++
		case id == mapID:
			rep.mapTime(w.At(at, int(min(n, 1024))))
		case id >= 0xE0 && id <= 0xEF:
			rep.Video = true
			rep.Packets++
		case id >= 0xC0 && id <= 0xDF, id == privID:
			rep.Audio = rep.Audio || id != privID
			rep.Packets++
		}
		rep.SureB = at + min(n, 6)
		rep.Marked = h[3] == padID
		at += n
	}
	if rep.Packets == 0 {
		return stop(NotPS, "no packet follows the pack header")
	}
	rep.FailB = rep.EndB + 4
	if rep.EndB < size && rep.EndB%sectorB != 0 && zeros(w, rep.EndB) {
		rep.Marked = true
	}
	if rep.Marked || rep.EndB >= size || rep.EndB%sectorB == 0 {
		return stop(Whole, "")
	}
	return stop(Damaged, "no packet begins at %d", rep.EndB)
}

// sectorB is what recorders and muxers align packs to, and zerosB how much
// filling behind a stream shows that it ends there.
const (
	sectorB = 512
	zerosB  = 16
)

// zeros reports whether filling follows, and does not reach into the last packet.
func zeros(w *formats.Window, at int64) bool {
	if b := w.At(at-1, 1); len(b) == 1 && b[0] == 0 {
		return false
	}
	b := w.At(at, zerosB)
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// packet is the length of the pack, header or packet that h begins with.
func packet(h []byte, mpeg2 bool) (int64, bool) {
	if h[3] == packID {
		n := packB(h)
		return n, n > 0
	}
	if len(h) < 9 {
		return 6, len(h) >= 6
	}
	n := int64(binary.BigEndian.Uint16(h[4:]))
	body := h[6:]
	switch id := h[3]; {
	case id == systID:
		return 6 + n, n >= 6 && body[0]&0x80 != 0 && body[2]&1 == 1
	case id == padID, id == priv2ID, id == mapID, id >= 0xF0:
		return 6 + n, n > 0
	case mpeg2:
		return 6 + n, n >= 3 && body[0]&0xC0 == 0x80 && int64(body[2])+3 <= n
	}
	i := 0
	for i < len(body) && body[i] == 0xFF && i < 16 {
		i++
	}
	if i == len(body) || n < int64(i)+1 {
		return 0, false
	}
	c := body[i]
	return 6 + n, c == 0x0F || c&0xC0 == 0x40 || c&0xF0 == 0x20 || c&0xF0 == 0x30
}

// mapTime reads the time that Hikvision recorders put into the program stream
// map: a descriptor of tag 0x40 that begins with "HK", then a version of two
// bytes, the year since 2000 and month, day, hour, minute and second in 4, 5, 5, 6
// and 6 bits.
func (rep *Report) mapTime(b []byte) {
	if len(b) < 12 {
		return
	}
	info := int(binary.BigEndian.Uint16(b[8:]))
	d := b[10:min(len(b), 10+info)]
	for len(d) >= 2 && len(d) >= 2+int(d[1]) {
		if n := int(d[1]); d[0] == 0x40 && n >= 9 && d[2] == 'H' && d[3] == 'K' {
			v := binary.BigEndian.Uint32(d[7:])
			t := time.Date(2000+int(d[6]), time.Month(v>>28), int(v>>23&31), int(v>>18&31), int(v>>12&63), int(v>>6&63), 0, time.UTC)
			if v>>28 >= 1 && v>>28 <= 12 && t.Day() == int(v>>23&31) && t.Hour() == int(v>>18&31) && v>>12&63 < 60 && v>>6&63 < 60 && d[6] > 0 && d[6] < 100 {
				if rep.First.IsZero() {
					rep.First = t
				}
				rep.Last = t
			}
		}
		d = d[2+int(d[1]):]
	}
}
