package sqlitefile

import (
	"bytes"
	"encoding/binary"
	"io"
)

// frame is one page of a write-ahead log or rollback journal.
type frame struct {
	no    uint32
	dataB int64 // where the page lies in the file
}

// Log is what CheckWAL or CheckJournal found.
type Log struct {
	PageB  int
	EndB   int64 // of the last frame that is proved
	FailB  int64 // at most that many bytes belong to it; zero when the data only ends
	Frames int   // that are proved
	// Closed says that the end is one that a writer leaves: behind a committed
	// transaction, or with as many pages as the header says.
	Closed bool
	Older  int // frames of an earlier use of the log, behind the current ones
	frames []frame
}

const (
	walHeadB   = 32
	walFrameB  = 24
	journalB   = 28
	maxFrames  = 1 << 21
	journalTag = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
)

// WALHead reports whether b, at least 32 bytes, can begin a write-ahead log: its
// header carries a check sum.
func WALHead(b []byte) bool {
	if len(b) < walHeadB || string(b[:3]) != "\x37\x7f\x06" || b[3]|1 != 0x83 || binary.BigEndian.Uint32(b[4:]) != 3007000 {
		return false
	}
	p := binary.BigEndian.Uint32(b[8:])
	if p < 512 || p > 65536 || p&(p-1) != 0 {
		return false
	}
	s := walSum{order: walOrder(b)}
	s.add(b[:24])
	return s.is(b[24:])
}

func walOrder(b []byte) binary.ByteOrder {
	if b[3]&1 != 0 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// walSum is the running check sum of a write-ahead log.
type walSum struct {
	order binary.ByteOrder
	a, b  uint32
}

func (s *walSum) add(p []byte) {
	if s.order == binary.BigEndian {
		for ; len(p) >= 8; p = p[8:] {
			s.a += binary.BigEndian.Uint32(p) + s.b
			s.b += binary.BigEndian.Uint32(p[4:]) + s.a
		}
		return
	}
	for ; len(p) >= 8; p = p[8:] {
		s.a += binary.LittleEndian.Uint32(p) + s.b
		s.b += binary.LittleEndian.Uint32(p[4:]) + s.a
	}
}

func (s *walSum) is(p []byte) bool {
	return s.a == binary.BigEndian.Uint32(p) && s.b == binary.BigEndian.Uint32(p[4:])
}

// CheckWAL follows the frames of a write-ahead log in r, which holds size bytes,
// by their check sums. Frames of an earlier use of the file lie behind the current
// ones; their sums build on each other, too. The error is an error of r.
func CheckWAL(r io.ReaderAt, size int64) (Log, error) {
	var l Log
	head := make([]byte, walHeadB)
	if ok, err := readAll(r, head, 0); err != nil || !ok || !WALHead(head) {
		return l, err
	}
	l.PageB, l.EndB = int(binary.BigEndian.Uint32(head[8:])), walHeadB
	sum := walSum{order: walOrder(head), a: binary.BigEndian.Uint32(head[24:]), b: binary.BigEndian.Uint32(head[28:])}
	salt := append([]byte(nil), head[16:24]...)
	b := make([]byte, walFrameB+l.PageB)
	pending := false // the frame before is the first of an earlier use, proved only by the next
	for at := int64(walHeadB); at+int64(len(b)) <= size && len(l.frames) < maxFrames; at += int64(len(b)) {
		if ok, err := readAll(r, b, at); err != nil || !ok {
			return l, err
		}
		no := binary.BigEndian.Uint32(b)
		same := bytes.Equal(b[8:16], salt)
		good := false
		if same {
			sum.add(b[:8])
			sum.add(b[walFrameB:])
			good = sum.is(b[16:])
		}
		if no == 0 || same && !good || !same && pending {
			l.FailB = at + int64(len(b))
			break
		}
		l.frames = append(l.frames, frame{no, at + walFrameB})
		if !same {
			salt = append(salt[:0], b[8:16]...)
			sum.a, sum.b = binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:])
			pending = true
			l.Older++
			continue
		}
		if l.Older > 0 {
			l.Older++
		} else {
			l.Closed = binary.BigEndian.Uint32(b[4:]) != 0
		}
		pending = false
		l.EndB, l.Frames = at+int64(len(b)), len(l.frames)
	}
	if n := len(l.frames) - l.Frames; n > 0 { // not proved
		l.frames, l.Older = l.frames[:l.Frames], max(0, l.Older-n)
	}
	return l, nil
}

// JournalHead reports whether b, at least 28 bytes, can begin a rollback journal.
func JournalHead(b []byte) bool {
	if len(b) < journalB || string(b[:8]) != journalTag {
		return false
	}
	sector, p := binary.BigEndian.Uint32(b[20:]), binary.BigEndian.Uint32(b[24:])
	return p >= 512 && p <= 65536 && p&(p-1) == 0 && sector >= 32 && sector <= 65536 && sector&(sector-1) == 0
}

// CheckJournal follows the pages of a rollback journal in r, which holds size
// bytes, by their check sums. The error is an error of r.
func CheckJournal(r io.ReaderAt, size int64) (Log, error) {
	var l Log
	head := make([]byte, journalB)
	for at := int64(0); ; {
		if ok, err := readAll(r, head, at); err != nil || !ok || !JournalHead(head) {
			return l, err
		}
		count, nonce := binary.BigEndian.Uint32(head[8:]), binary.BigEndian.Uint32(head[12:])
		sector, p := int64(binary.BigEndian.Uint32(head[20:])), int(binary.BigEndian.Uint32(head[24:]))
		if l.PageB != 0 && p != l.PageB {
			return l, nil
		}
		l.PageB, l.Closed = p, false
		if at == 0 {
			l.EndB = sector
		}
		at += sector
		b := make([]byte, p+8)
		n := uint32(0)
		for ; (count == 0 || n < count) && at+int64(len(b)) <= size && len(l.frames) < maxFrames; n++ {
			if ok, err := readAll(r, b, at); err != nil || !ok {
				return l, err
			}
			sum := nonce
			for i := p - 200; i > 0; i -= 200 {
				sum += uint32(b[4+i])
			}
			no := binary.BigEndian.Uint32(b)
			if no == 0 || sum != binary.BigEndian.Uint32(b[4+p:]) {
				l.FailB = at + int64(len(b))
				break
			}
			l.frames = append(l.frames, frame{no, at + 4})
			at += int64(len(b))
			l.EndB, l.Frames = at, len(l.frames)
		}
		if count == 0 || n < count && count != 0xffffffff {
			return l, nil
		}
		l.Closed = n == count
		at = (at + sector - 1) / sector * sector
		if at >= size {
			return l, nil
		}
	}
}

// readAll fills b; ok is false at the end of the data.
func readAll(r io.ReaderAt, b []byte, at int64) (ok bool, err error) {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return true, nil
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return false, err
}
