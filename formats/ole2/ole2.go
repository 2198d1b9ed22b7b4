// Package ole2 follows OLE2 compound files to their true end and lists their
// streams: documents of Office before 2007, messages of Outlook, installers, and
// the Thumbs.db files in which Windows up to XP keeps thumbnails.
//
// Specification: Microsoft, [MS-CFB] Compound File Binary File Format. Thumbs.db has
// none; its streams after M. Roukine, Vinetto, 2006, and J. Summers, Deark, 2017.
package ole2

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"firescene/formats"
)

const formatName = "OLE2 compound file"

// signature begins every compound file.
const signature = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// Values of a table entry that are no sector.
const (
	maxSector  = 0xFFFFFFFA // the highest that is one
	difatMark  = 0xFFFFFFFC
	fatMark    = 0xFFFFFFFD
	endOfChain = 0xFFFFFFFE
	free       = 0xFFFFFFFF
	noEntry    = 0xFFFFFFFF // of the directory
)

// Bounds of what is believed.
const (
	// MaxB is the largest file that is followed: its table takes 32 MiB of memory.
	MaxB       = 1 << 32
	maxEntries = 1 << 18 // of the directory
	maxDepth   = 64
	maxPathsB  = 16 << 20 // all paths together
	maxMiniB   = 1 << 29  // the mini stream: its table takes 32 MiB
)

const (
	headerB     = 512
	headerFATs  = 109 // places of FAT sectors that the header itself has
	miniB       = 64
	miniCutoffB = 4096 // shorter streams lie in the mini stream
	entryB      = 128
)

// Head reports whether b, of 64 bytes or more, begins like a compound file of
// version 3 or 4.
func Head(b []byte) bool {
	le := binary.LittleEndian
	return len(b) >= 64 && string(b[:8]) == signature && le.Uint16(b[28:]) == 0xFFFE &&
		(le.Uint16(b[26:]) == 3 && le.Uint16(b[30:]) == 9 || le.Uint16(b[26:]) == 4 && le.Uint16(b[30:]) == 12) &&
		le.Uint16(b[32:]) == 6 && le.Uint32(b[56:]) == miniCutoffB && le.Uint32(b[44:]) > 0 && le.Uint32(b[48:]) <= maxSector
}

// fault is where and why a file can not be followed.
type fault struct {
	atB   int64 // of the structure that is wrong
	short bool  // it lies behind the end of the data
	why   string
}

func (f *fault) error() error {
	return &formats.FormatError{Format: formatName, Offset: f.atB, Reason: f.why, Next: "it may be cut off or in pieces; what is whole in it may be found by carving"}
}

// volume is a compound file with its allocation table.
type volume struct {
	w       *formats.Window
	sectorB int64
	head    []byte
	fat     []uint32
	fatAt   []uint32        // sectors of the FAT, in order
	own     map[uint32]bool // sectors of FAT and DIFAT; true for the FAT's
	used    bits            // sectors that a chain has
	highB   int64           // one past the last structure that was read
}

// windowB is small: tables lie scattered over the file.
const windowB = 4096

// open reads header, DIFAT and FAT. Of a file whose FAT breaks off it has what there
// is before. The error is one of r.
func open(r io.ReaderAt, size int64) (*volume, *fault, error) {
	v := &volume{w: formats.NewWindow(r, size, windowB), own: map[uint32]bool{}}
	h := v.w.At(0, headerB)
	if len(h) < 64 || !Head(h) {
		return v, &fault{why: "no header of a version that is known"}, v.w.Err()
	}
	v.head = append([]byte(nil), h...)
	v.sectorB, v.highB = 1<<v.head[30], headerB
	if len(h) < headerB {
		v.highB = size
		return v, &fault{short: true, why: "the header is cut off"}, v.w.Err()
	}
	f := v.tables()
	return v, f, v.w.Err()
}

func (v *volume) field(at int) uint32 { return binary.LittleEndian.Uint32(v.head[at:]) }

// offsetB is where a sector begins.
func (v *volume) offsetB(sector uint32) int64 { return (int64(sector) + 1) * v.sectorB }

// sector reads a whole sector; what it is is for the fault.
func (v *volume) sector(s uint32, what string) ([]byte, *fault) {
	if s > maxSector {
		return nil, &fault{atB: v.highB, why: fmt.Sprintf("%s has no valid place (%#x)", what, s)}
	}
	at := v.offsetB(s)
	b := v.w.At(at, int(v.sectorB))
	if int64(len(b)) < v.sectorB {
		return nil, &fault{atB: at, short: true, why: fmt.Sprintf("%s, sector %d at byte %d, lies behind the end of the data", what, s, at)}
	}
	v.highB = max(v.highB, at+v.sectorB)
	return b, nil
}

// tables reads the FAT by the places that the DIFAT has of it.
func (v *volume) tables() *fault {
	le := binary.LittleEndian
	per := v.sectorB / 4
	count := int64(v.field(44))
	if count*per*v.sectorB > MaxB+per*v.sectorB {
		return &fault{why: fmt.Sprintf("%d sectors of its table are too many", count)}
	}
	for i := range min(count, headerFATs) {
		if f := v.addFAT(v.field(76 + 4*int(i))); f != nil {
			return f
		}
	}
	next := v.field(68)
	for left := count - headerFATs; left > 0; {
		b, f := v.sector(next, "a sector of the DIFAT")
		if f != nil {
			return f
		}
		if _, twice := v.own[next]; twice {
			return &fault{atB: v.offsetB(next), why: "its DIFAT runs in a circle"}
		}
		v.own[next] = false
		b = append([]byte(nil), b...)
		for i := int64(0); i < per-1 && left > 0; i, left = i+1, left-1 {
			if f := v.addFAT(le.Uint32(b[4*i:])); f != nil {
				return f
			}
		}
		next = le.Uint32(b[4*(per-1):])
	}
	v.used = newBits(len(v.fat))
	for _, s := range slices.Sorted(maps.Keys(v.own)) {
		if int64(s) >= int64(len(v.fat)) || v.fat[s] == free {
			return &fault{atB: v.offsetB(s), why: fmt.Sprintf("sector %d holds a part of the table and is free by that table", s)}
		}
		v.used.add(s)
	}
	return nil
}

// addFAT reads one sector of the FAT.
func (v *volume) addFAT(s uint32) *fault {
	b, f := v.sector(s, "a sector of the FAT")
	if f != nil {
		return f
	}
	if _, twice := v.own[s]; twice {
		return &fault{atB: v.offsetB(s), why: fmt.Sprintf("sector %d is named twice for the table", s)}
	}
	v.own[s] = true
	v.fatAt = append(v.fatAt, s)
	for i := 0; i < len(b); i += 4 {
		v.fat = append(v.fat, binary.LittleEndian.Uint32(b[i:]))
	}
	return nil
}

// endB is one past the highest sector in use.
func (v *volume) endB() int64 {
	for i := len(v.fat) - 1; i >= 0; i-- {
		if v.fat[i] != free {
			return v.offsetB(uint32(i)) + v.sectorB
		}
	}
	return 0
}

// chain gives the sectors from start on, each of which no other chain has. why is
// not empty where it breaks off.
func (v *volume) chain(start uint32) (sectors []uint32, why string) {
	for s := start; s != endOfChain; s = v.fat[s] {
		switch {
		case int64(s) >= int64(len(v.fat)):
			return sectors, fmt.Sprintf("its chain leads to %#x, which is no sector", s)
		case v.fat[s] == free:
			return sectors, fmt.Sprintf("its chain leads to sector %d, which is free", s)
		case v.used.has(s):
			return sectors, fmt.Sprintf("its chain leads to sector %d, which it or another one has", s)
		}
		v.used.add(s)
		sectors = append(sectors, s)
	}
	return sectors, ""
}

// bits is a set of sectors.
type bits []uint64

func newBits(n int) bits         { return make(bits, (n+63)/64) }
func (b bits) has(s uint32) bool { return b[s/64]>>(s%64)&1 != 0 }
func (b bits) add(s uint32)      { b[s/64] |= 1 << (s % 64) }
