// Package thumbcache lists the thumbnails in the caches that Windows keeps of the
// pictures and videos that a user has looked at (thumbcache_*.db, Vista to 11). They
// stay when the pictures are deleted.
//
// Specification: J. Metz, "Windows Explorer Thumbnail Cache database file format
// specification" (libwtcdb); the fields of Windows 8 and later after E. Kutcher,
// Thumbcache Viewer, 2011-2023.
package thumbcache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf16"

	"firescene/formats"
	"firescene/formats/follow"
)

// magic begins the file and each of its entries.
const magic = "CMMM"

// layout is what differs between versions of the format.
type layout struct {
	firstAt int // where the header tells where the first entry begins
	headB   int // header of the file, at least
	sizesAt int // in an entry: sizes of name, padding and data
	entryB  int // header of an entry
}

var layouts = map[uint32]layout{
	0x14: {12, 24, 24, 56}, // Vista
	0x15: {12, 24, 16, 48}, // 7
	0x1A: {12, 24, 16, 56}, // 8, before it was sold
	0x1C: {16, 28, 16, 56},
	0x1E: {16, 24, 16, 56},
	0x1F: {16, 24, 16, 56}, // 8.1
	0x20: {16, 24, 16, 56}, // 10 and 11
}

// Entry is one thumbnail. Offsets count from the beginning of the file.
type Entry struct {
	OffsetB, LengthB int64  // of its picture: JPEG, PNG or BMP
	Hash             uint64 // names the picture's file, in this cache and in the system's index
	Name             string // what the cache calls it: the hash in hexadecimal as a rule
}

// File is what a cache holds.
type File struct {
	Version uint32
	Entries []Entry // that have a picture, in order
	EndB    int64   // one past the last entry; what follows is room for more
	Lost    int     // how often an entry was not where the one before it says
}

// Bounds of what is believed.
const (
	maxEntries = 1 << 20
	maxNameB   = 1 << 10
	maxPadB    = 1 << 16
	windowB    = 64 << 10
)

// Head reports whether b, of 24 bytes or more, begins like a cache.
func Head(b []byte) bool {
	if len(b) < 24 || string(b[:4]) != magic {
		return false
	}
	l, ok := layouts[binary.LittleEndian.Uint32(b[4:])]
	first := binary.LittleEndian.Uint32(b[l.firstAt:])
	return ok && binary.LittleEndian.Uint32(b[8:]) < 32 && (first == 0 || int(first) >= l.headB && first < 4096)
}

// Read lists the thumbnails of the cache at offset 0 of r, which has size bytes.
// Where an entry is damaged the next one is looked for. The error is a
// formats.FormatError when it is no cache, or one of r.
func Read(r io.ReaderAt, size int64) (File, error) {
	w := formats.NewWindow(r, size, windowB)
	h := w.At(0, 28)
	if !Head(h) {
		if w.Err() != nil {
			return File{}, w.Err()
		}
		return File{}, &formats.FormatError{Format: "thumbnail cache", Reason: "no header of a version that is known"}
	}
	le := binary.LittleEndian
	f := File{Version: le.Uint32(h[4:])}
	l := layouts[f.Version]
	at := int64(le.Uint32(h[l.firstAt:]))
	if at == 0 {
		at = int64(l.headB)
	}
	f.EndB = at
	for n := 0; n < maxEntries; n++ {
		e, next, ok := l.entry(w, at)
		if !ok {
			if at = find(w, at); at < 0 {
				break
			}
			if e, next, ok = l.entry(w, at); !ok {
				at++ // only looks like one
				continue
			}
			f.Lost++
		}
		if e.LengthB > 0 {
			f.Entries = append(f.Entries, e)
		}
		at, f.EndB = next, next
	}
	return f, w.Err()
}

// entry reads the entry at an offset. ok is false when there is none.
func (l layout) entry(w *formats.Window, at int64) (e Entry, next int64, ok bool) {
	b := w.At(at, l.entryB)
	if len(b) < l.entryB || string(b[:4]) != magic {
		return e, 0, false
	}
	le := binary.LittleEndian
	sizeB, nameB, padB, dataB := int64(le.Uint32(b[4:])), int64(le.Uint32(b[l.sizesAt:])), int64(le.Uint32(b[l.sizesAt+4:])), int64(le.Uint32(b[l.sizesAt+8:]))
	e = Entry{OffsetB: at + int64(l.entryB) + nameB + padB, LengthB: dataB, Hash: le.Uint64(b[8:])}
	if nameB > maxNameB || padB > maxPadB || sizeB < int64(l.entryB)+nameB+padB+dataB || at+sizeB > w.Size() {
		return e, 0, false
	}
	name := w.At(at+int64(l.entryB), int(nameB))
	units := make([]uint16, len(name)/2)
	for i := range units {
		units[i] = le.Uint16(name[2*i:])
	}
	e.Name = string(utf16.Decode(units))
	return e, at + sizeB, true
}

// find looks for the mark of an entry from an offset on; -1 when there is none.
func find(w *formats.Window, at int64) int64 {
	for {
		b := w.At(at, windowB)
		if i := bytes.Index(b, []byte(magic)); i >= 0 {
			return at + int64(i)
		}
		if len(b) < len(magic) || at+int64(len(b)) >= w.Size() {
			return -1
		}
		at += int64(len(b) - len(magic) + 1)
	}
}

// Check follows the cache at offset 0 of r over at most size bytes: entry by entry
// up to its last one. Windows makes the file longer than that and does not say by
// how much. The error is one of r.
func Check(r io.ReaderAt, size int64) (rep follow.Report, err error) {
	w := formats.NewWindow(r, size, windowB)
	h := w.At(0, 28)
	if !Head(h) {
		rep.Stop(follow.Not, "no header of a thumbnail cache")
		return rep, w.Err()
	}
	l := layouts[binary.LittleEndian.Uint32(h[4:])]
	at := int64(max(binary.LittleEndian.Uint32(h[l.firstAt:]), uint32(l.headB)))
	n := 0
	for ; n < maxEntries; n++ {
		_, next, ok := l.entry(w, at)
		if !ok {
			break
		}
		rep.SureB, at = at, next
	}
	switch b := w.At(at, 4); {
	case n == 0:
		rep.Stop(follow.Not, "no entry where the first one should be")
	case string(b) == magic:
		rep.Stop(follow.Truncated, "the entry at %d goes on behind the end of the data, or its sizes are wrong", at)
		rep.GoodB = at
	default:
		rep.Done(at, follow.Lengths)
		rep.What = fmt.Sprintf("Windows thumbnail cache, version %#x, %d entries", binary.LittleEndian.Uint32(h[4:]), n)
		rep.Reason = "it may go on with room for more entries"
	}
	return rep, w.Err()
}
