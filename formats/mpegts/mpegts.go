// Package mpegts checks MPEG transport streams packet by packet to their last one:
// plain ones, those with a time stamp before each packet (M2TS of camcorders and
// Blu-ray) and those with error correction behind it.
//
// Specifications: ISO/IEC 13818-1:2022, sections 2.4.3 (packets) and 2.4.4
// (tables), annex A (CRC); for 192-byte packets the BDAV format.
package mpegts

import (
	"encoding/binary"
	"fmt"
	"io"

	"firescene/formats"
)

// State says how far a stream could be followed.
type State int

// The states of a checked stream.
const (
	Whole     State = iota // up to a last packet behind which it visibly ends
	Truncated              // the data ends inside a packet
	Damaged                // what follows the last packet is no packet, and that may begin inside it
	NotTS                  // does not begin like a transport stream
)

func (s State) String() string {
	return [...]string{"whole", "truncated", "damaged", "not a transport stream"}[s]
}

// Report is what Check found. Offsets count from the first byte given to it.
type Report struct {
	State   State
	PacketB int64 // 188, 192 or 204
	EndB    int64 // one past the last packet
	SureB   int64 // begin of the last packet
	FailB   int64 // Damaged: where no packet begins
	Reason  string

	Packets  int64
	Breaks   int64 // packets that do not continue their stream's counter
	Programs int   // of the program association table, when its check sum is right
	Maps     int   // program map tables whose check sum is right
}

const (
	windowB = 64 << 10
	sync    = 0x47
	nullPID = 0x1FFF
	// leastSync is how many packets must follow each other for a stream.
	leastSync = 5
)

// layout is a length of packets and where in one the sync byte stands.
type layout struct{ packetB, syncB int64 }

var layouts = []layout{{188, 0}, {192, 4}, {204, 0}}

// Head reports whether b may begin a stream: a sync byte, at the beginning or
// behind a time stamp, of a packet that begins a table.
func Head(b []byte) bool { return starts(b) || len(b) > 4 && starts(b[4:]) }

func starts(b []byte) bool {
	return len(b) >= 5 && b[0] == sync && b[1]&0xE0 == 0x40 && b[3]&0xC0 == 0 && b[3]&0x30 != 0
}

// Check walks the stream that begins at offset 0 of r and reads at most size
// bytes. The error is an error of r other than an early end.
func Check(r io.ReaderAt, size int64) (Report, error) {
	w := formats.NewWindow(r, size, windowB)
	c := &checker{w: w, size: size, counters: map[int]byte{}, maps: map[int]bool{}}
	c.run()
	return c.rep, w.Err()
}

type checker struct {
	w        *formats.Window
	size     int64
	rep      Report
	counters map[int]byte // last continuity counter of a stream
	maps     map[int]bool // streams of program maps
}

func (c *checker) run() {
	l, ok := c.layout()
	if !ok {
		c.rep.State, c.rep.Reason = NotTS, fmt.Sprintf("no %d packets at one distance", leastSync)
		return
	}
	c.rep.PacketB = l.packetB
	at := int64(0)
	for ; ; at += l.packetB {
		h := c.w.At(at+l.syncB, 4)
		if len(h) < 4 || h[0] != sync || !c.packet(at+l.syncB, h) {
			break
		}
		if at+l.syncB+188 > c.size {
			c.rep.EndB = at
			c.rep.State, c.rep.Reason = Truncated, "the data ends inside a packet"
			return
		}
		c.rep.Packets++
		c.rep.SureB = at + l.syncB + 4
	}
	// what error correction of the last packet there is ends with the data
	c.rep.EndB = min(at, c.size)
	switch {
	case c.rep.Programs == 0:
		c.rep.State, c.rep.Reason = NotTS, "no table of programs"
	case at >= c.size || at%sectorB == 0 || c.zeros(at):
		c.rep.State = Whole
	default:
		c.rep.State, c.rep.FailB, c.rep.Reason = Damaged, at+l.syncB+1, fmt.Sprintf("no packet begins at %d", at)
	}
}

// sectorB is what systems align files to, and zerosB how much filling behind a
// stream shows that it ends there.
const (
	sectorB = 512
	zerosB  = 16
)

// zeros reports whether filling follows, and does not reach into the last packet.
func (c *checker) zeros(at int64) bool {
	if h := c.w.At(at-1, 1); len(h) == 1 && h[0] == 0 {
		return false
	}
	for _, x := range c.w.At(at, zerosB) {
		if x != 0 {
			return false
		}
	}
	return true
}

// layout finds at which distance packets stand.
func (c *checker) layout() (layout, bool) {
next:
	for _, l := range layouts {
		for i := range int64(leastSync) {
			h := c.w.At(i*l.packetB+l.syncB, 1)
			if len(h) == 0 || h[0] != sync {
				continue next
			}
		}
		return l, true
	}
	return layout{}, false
}

// packet checks a header and reads tables. It is false for what no packet may
// have. Lost packets break a stream's counter and are no fault of the file, but
// more than a few at once are.
func (c *checker) packet(at int64, head []byte) bool {
	h := [4]byte(head)
	pid := int(binary.BigEndian.Uint16(h[1:]) & 0x1FFF)
	field := h[3] >> 4 & 3
	if field == 0 && pid != nullPID || h[1]&0x80 != 0 && h[1]&0x60 == 0x60 {
		return false
	}
	body, signalled := at+4, false
	if field >= 2 {
		a := c.w.At(at+4, 2)
		if len(a) < 2 {
			return true
		}
		n := int64(a[0])
		if n > 183 || field == 3 && n > 182 {
			return false
		}
		signalled = n > 0 && a[1]&0x80 != 0
		body += 1 + n
	}
	if field&1 == 0 || pid == nullPID {
		return true
	}
	counter := h[3] & 15
	if last, ok := c.counters[pid]; ok && counter != last && counter != (last+1)&15 && !signalled {
		c.rep.Breaks++
	}
	c.counters[pid] = counter
	if h[1]&0x40 != 0 && (pid == 0 || c.maps[pid]) {
		c.table(body, at+188, pid)
	}
	return true
}

// table reads a section that begins and ends in one packet.
func (c *checker) table(at, end int64, pid int) {
	b := c.w.At(at, int(max(0, end-at)))
	if len(b) < 1 || int(b[0])+9 > len(b) {
		return
	}
	b = b[1+int(b[0]):] // behind the pointer field
	n := 3 + int(binary.BigEndian.Uint16(b[1:])&0xFFF)
	if n < 12 || n > len(b) || crc(b[:n]) != 0 {
		return
	}
	switch {
	case pid == 0 && b[0] == 0:
		programs := 0
		for p := b[8 : n-4]; len(p) >= 4; p = p[4:] {
			if binary.BigEndian.Uint16(p) != 0 {
				c.maps[int(binary.BigEndian.Uint16(p[2:])&0x1FFF)] = true
				programs++
			}
		}
		c.rep.Programs = max(c.rep.Programs, programs)
	case b[0] == 2:
		c.rep.Maps++
	}
}

// crc is the check sum of annex A: over a section with its own, it is 0.
func crc(b []byte) uint32 {
	s := uint32(0xFFFFFFFF)
	for _, x := range b {
		s ^= uint32(x) << 24
		for range 8 {
			if s>>31 == 1 {
				s = s<<1 ^ 0x04C11DB7
			} else {
				s <<= 1
			}
		}
	}
	return s
}
