// Package journald reads journal files of systemd for recovery: it checks a file
// object by object and gives the entries of whatever is left.
//
// The format is that of "Journal File Format" of the systemd project.
package journald

import (
	"encoding/binary"
	"fmt"
	"io"
)

const (
	magic   = "LPKSHHRH"
	headerB = 208 // of the first version
	// HeadB is how much Head needs.
	HeadB = 24

	flagXZ      = 1
	flagLZ4     = 2
	flagZSTD    = 8
	flagCompact = 16

	objData       = 1
	objField      = 2
	objEntry      = 3
	objDataHash   = 4
	objFieldHash  = 5
	objEntryArray = 6
	objTag        = 7

	maxObjectB = 768 << 20
)

// Head reports whether b, at least HeadB bytes, can begin a journal.
func Head(b []byte) bool {
	return len(b) >= HeadB && string(b[:8]) == magic && binary.LittleEndian.Uint32(b[8:]) < 1<<8 && binary.LittleEndian.Uint32(b[12:]) < 1<<5 && b[16] <= 2 &&
		string(b[17:24]) == "\x00\x00\x00\x00\x00\x00\x00"
}

// header is what the beginning of a journal says.
type header struct {
	flags   uint32
	online  bool
	headB   int64
	arenaB  int64
	tail    int64 // last object
	objects uint64
	entries uint64
}

func parseHeader(b []byte) (h header, why string) {
	if len(b) < headerB || !Head(b) {
		return h, "no header"
	}
	u := func(at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }
	h = header{flags: binary.LittleEndian.Uint32(b[12:]), online: b[16] == 1, headB: u(88), arenaB: u(96), tail: u(136), objects: uint64(u(144)), entries: uint64(u(152))}
	switch {
	case h.headB < headerB || h.headB > 4096 || h.headB%8 != 0:
		return h, "a header of that length can not be"
	case h.arenaB < 0 || h.arenaB > 1<<40 || h.arenaB%8 != 0:
		return h, "a length of its arena that can not be"
	case h.tail != 0 && (h.tail < h.headB || h.tail >= h.headB+h.arenaB || h.tail%8 != 0):
		return h, "its last object lies outside"
	case h.entries > h.objects || h.objects > uint64(h.arenaB)/16:
		return h, "more objects than it has room for"
	}
	for _, at := range []int{104, 120, 176} { // hash tables and the first entry array
		if v := u(at); v != 0 && (v < h.headB || v >= h.headB+h.arenaB || v%8 != 0) {
			return h, "a table that lies outside"
		}
	}
	return h, ""
}

// object is the head of one object.
type object struct {
	at    int64
	kind  byte
	flags byte
	sizeB int64
}

// Bytes of the fixed part of each kind.
var fixedB = [...]int64{objData: 64, objField: 40, objEntry: 64, objDataHash: 16, objFieldHash: 16, objEntryArray: 24, objTag: 64}

// objectIn reads the head of an object; b holds 24 bytes or more.
func objectIn(b []byte, at int64) (o object, ok bool) {
	o = object{at: at, kind: b[0], flags: b[1], sizeB: int64(binary.LittleEndian.Uint64(b[8:]))}
	if o.kind < objData || o.kind > objTag || o.flags > 4 || o.flags == 3 || o.flags != 0 && o.kind != objData || string(b[2:8]) != "\x00\x00\x00\x00\x00\x00" {
		return o, false
	}
	fix := fixedB[o.kind]
	if o.sizeB < fix || o.sizeB > maxObjectB || o.kind == objTag && o.sizeB != fix || (o.kind == objDataHash || o.kind == objFieldHash) && (o.sizeB-fix)%16 != 0 {
		return o, false
	}
	return o, true
}

// Report is what Check found.
type Report struct {
	Whole        bool
	EndB         int64 // length of a whole journal; else of the part that is right
	NeedB        int64 // as its header states it
	SureB, FailB int64 // enclose the place where it goes wrong; zero when nothing foreign was seen
	Objects      uint64
	Entries      uint64
	Online       bool // it was not closed
	Reason       string
}

// Check follows the objects of a journal in r, which holds size bytes, to the last
// one, and the empty space behind it. The error is an error of r.
func Check(r io.ReaderAt, size int64) (Report, error) {
	b := make([]byte, 256)
	n, err := r.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return Report{}, err
	}
	h, why := parseHeader(b[:n])
	if why != "" {
		return Report{Reason: why}, nil
	}
	rep := Report{EndB: h.headB, NeedB: h.headB + h.arenaB, Online: h.online}
	end := min(size, rep.NeedB)
	w := walker{r: r, h: h}
	tail := int64(0)
	fail := func(at int64, why string) (Report, error) {
		rep.Reason = why
		if at <= end {
			// What the last object holds is not proved, only that it begins there.
			if tail > 0 {
				rep.EndB = tail
			}
			rep.FailB, rep.SureB = at, min(max(tail+16, h.headB), at)-1
		}
		return rep, nil
	}
	for at := h.headB; at+16 <= end; {
		o, state, err := w.object(at, end)
		if err != nil {
			return rep, err
		}
		if state == objectNone && tail >= h.tail && h.tail != 0 {
			break // what is behind the last one
		}
		switch state {
		case objectNone:
			return fail(min(at+16, end), fmt.Sprintf("no object at byte %d", at))
		case objectBad:
			return fail(min(at+o.sizeB, end), fmt.Sprintf("the object at byte %d is broken", at))
		}
		if at+o.sizeB > end {
			rep.Reason = fmt.Sprintf("it ends in the object at byte %d", at)
			return rep, nil
		}
		tail = at
		rep.Objects++
		if o.kind == objEntry {
			rep.Entries++
		}
		at = (at + o.sizeB + 7) &^ 7
		rep.EndB = min(at, end)
	}
	if size < rep.NeedB {
		rep.Reason = fmt.Sprintf("%d of %d bytes are there", size, rep.NeedB)
		return rep, nil
	}
	zero, err := zeros(r, rep.EndB, rep.NeedB)
	if err != nil {
		return rep, err
	}
	if zero < rep.NeedB {
		return fail(zero+1, "something lies behind its last object")
	}
	if !h.online && (tail != h.tail || rep.Objects != h.objects || rep.Entries != h.entries) {
		rep.Reason = fmt.Sprintf("%d objects of %d are there", rep.Objects, h.objects)
		return rep, nil
	}
	rep.Whole, rep.EndB = rep.Objects > 0, rep.NeedB
	return rep, nil
}

// zeros returns the first byte in [at, end) that is not zero, or end.
func zeros(r io.ReaderAt, at, end int64) (int64, error) {
	b := make([]byte, 1<<16)
	for at < end {
		n, err := r.ReadAt(b[:min(int64(len(b)), end-at)], at)
		for i, c := range b[:n] {
			if c != 0 {
				return at + int64(i), nil
			}
		}
		if n == 0 {
			if err == io.EOF {
				err = nil
			}
			return at, err
		}
		at += int64(n)
	}
	return end, nil
}

// walker reads objects through a buffer.
type walker struct {
	r   io.ReaderAt
	h   header
	buf []byte
	off int64
}

// bytes returns n bytes at an offset, or less at the end of the data.
func (w *walker) bytes(at int64, n int) ([]byte, error) {
	if at >= w.off && at+int64(n) <= w.off+int64(len(w.buf)) {
		return w.buf[at-w.off : at-w.off+int64(n)], nil
	}
	if cap(w.buf) == 0 {
		w.buf = make([]byte, 1<<16)
	}
	w.buf = w.buf[:cap(w.buf)]
	k, err := w.r.ReadAt(w.buf, at)
	if err == io.EOF {
		err = nil
	}
	w.buf, w.off = w.buf[:k], at
	return w.buf[:min(n, k)], err
}

type objectState int

const (
	objectGood objectState = iota
	objectNone             // nothing there that begins as an object
	objectBad              // its fixed part can not be
)

// object judges the object at an offset; references in it must stay inside the
// file.
func (w *walker) object(at, end int64) (o object, state objectState, err error) {
	b, err := w.bytes(at, 64)
	if err != nil || len(b) < 16 {
		return o, objectNone, err
	}
	var tmp [64]byte
	copy(tmp[:], b)
	o, ok := objectIn(tmp[:], at)
	if !ok {
		return o, objectNone, nil
	}
	limit := w.h.headB + w.h.arenaB
	if at+o.sizeB > limit {
		return o, objectBad, nil
	}
	var refs []int
	switch o.kind {
	case objData:
		refs = []int{24, 32, 40, 48}
	case objField:
		refs = []int{24, 32}
	case objEntryArray:
		refs = []int{16}
	case objEntry:
		item := int64(16)
		if w.h.flags&flagCompact != 0 {
			item = 4
		}
		if (o.sizeB-64)%item != 0 || o.sizeB == 64 || binary.LittleEndian.Uint64(tmp[24:]) > 1<<56 {
			return o, objectBad, nil
		}
	}
	for _, i := range refs {
		if i+8 > len(b) {
			break
		}
		if v := int64(binary.LittleEndian.Uint64(tmp[i:])); v != 0 && (v < w.h.headB || v >= limit || v%8 != 0) {
			return o, objectBad, nil
		}
	}
	return o, objectGood, nil
}
