// Package hikfs reads the disks of Hikvision recorders (HIK.2011.03.08 and its
// relatives): the master sector, the index HIKBTREE with its copy, and the table
// that ends each data block. A data block holds one channel's program stream.
//
// Sources: J. Han, D. Jeong, S. Lee, "Analysis of the HIKVISION DVR File System",
// ICDF2C 2015, and the offsets of the public extractor of F. M. Pfeifer.
package hikfs

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sort"
	"time"

	"firescene/formats"
)

// Places and marks.
const (
	masterB   = 0x200
	Signature = "HIKVISION@HANGZHOU" // at masterB+0x10
	treeMark  = "HIKBTREE"
	entryB    = 48
	pageHeadB = 0x60
	maxPages  = 1 << 16
	never     = 0x7FFFFFFF // as a time: still being recorded
	// TableB is the end of a data block that its table of key pictures takes.
	TableB  = 1 << 20
	keyMark = "OFNI"
	keyB    = 0x38
)

// Entry is a block that the index names.
type Entry struct {
	OffsetB   int64 // of the data block
	Channel   int   // counts from 1
	From, To  time.Time
	Recording bool // the recorder was still writing to it
	Cleared   bool // the index says that it holds nothing, yet its fields are left
	Copy      bool // only the copy of the index names it
}

// Volume is a disk.
type Volume struct {
	Version   string
	VideoB    int64
	BlockB    int64
	Blocks    int64     // that lie in the image
	Formatted time.Time // last initialisation, which empties the index
	Entries   []Entry   // in the order of their offsets
	Warnings  []string
}

// Doubts are the warnings.
func (v *Volume) Doubts() []string { return v.Warnings }

// Open reads the tables of a disk of size bytes. The error is a FormatError when
// its master sector can not be used.
func Open(r io.ReaderAt, size int64, lim formats.Limits) (*Volume, error) {
	m := make([]byte, 0x160)
	if n, err := r.ReadAt(m, masterB); n < len(m) {
		return nil, bad(masterB, "no master sector", err)
	}
	if string(m[0x10:0x10+len(Signature)]) != Signature {
		return nil, bad(masterB, "no "+Signature+" in its master sector", nil)
	}
	u := func(at int) int64 {
		x := binary.LittleEndian.Uint64(m[at:])
		if x > 1<<62 {
			return -1
		}
		return int64(x)
	}
	v := &Volume{
		Version: string(bytes.TrimRight(m[0x30:0x3E], "\x00")), VideoB: u(0x78), BlockB: u(0x88),
		Blocks: int64(binary.LittleEndian.Uint32(m[0x90:])), Formatted: clock(binary.LittleEndian.Uint32(m[0xF0:])),
	}
	if v.VideoB <= 0 || v.VideoB >= size || v.BlockB < 2*TableB || v.BlockB > 16<<30 || v.Blocks == 0 {
		return nil, bad(masterB, fmt.Sprintf("%d blocks of %d bytes from %d on are not on this disk", v.Blocks, v.BlockB, v.VideoB), nil)
	}
	if here := (size - v.VideoB + v.BlockB - 1) / v.BlockB; here < v.Blocks {
		v.Warnings = append(v.Warnings, fmt.Sprintf("%d of its %d data blocks lie in the image", here, v.Blocks))
		v.Blocks = here
	}
	seen := map[Entry]bool{}
	named := 0
	for i, at := range []int64{u(0x98), u(0xA8)} {
		es, fault, err := tree(r, size, at, v, lim)
		if err != nil {
			return nil, err
		}
		if fault != "" {
			v.Warnings = append(v.Warnings, fmt.Sprintf("index %d of 2: %s", i+1, fault))
		}
		for _, e := range es {
			if seen[e] {
				continue
			}
			seen[e] = true
			e.Copy = i == 1 && named > 0
			v.Entries = append(v.Entries, e)
		}
		named += len(es)
	}
	sort.SliceStable(v.Entries, func(i, j int) bool { return v.Entries[i].OffsetB < v.Entries[j].OffsetB })
	return v, nil
}

func bad(at int64, reason string, err error) error {
	if err != nil && err != io.EOF {
		return err
	}
	return &formats.FormatError{Format: "HIK", Offset: at, Reason: reason, Next: "its streams are looked for by carving"}
}

// clock is a time in seconds since 1970 of the recorder's own clock, whose zone is
// not recorded.
func clock(s uint32) time.Time {
	if s == 0 || s >= never {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}

// tree reads an index. fault says what is wrong with it.
func tree(r io.ReaderAt, size, at int64, v *Volume, lim formats.Limits) (es []Entry, fault string, err error) {
	if at <= 0 || at >= size {
		return nil, fmt.Sprintf("it would lie at %d", at), nil
	}
	w := formats.NewWindow(r, size, 64<<10)
	h := w.At(at, 0x60)
	if len(h) < 0x60 || string(h[0x10:0x10+len(treeMark)]) != treeMark {
		return nil, "no " + treeMark, w.Err()
	}
	page := binary.LittleEndian.Uint64(h[0x58:])
	seen := map[uint64]bool{}
	for n := 0; page != 0 && page != 1<<64-1; n++ {
		if page >= uint64(size) || seen[page] || n >= maxPages {
			return es, fmt.Sprintf("page %d leads to %d", n, page), w.Err()
		}
		seen[page] = true
		h := w.At(int64(page), pageHeadB)
		if len(h) < pageHeadB {
			return es, "a page is cut", w.Err()
		}
		count, next := int64(binary.LittleEndian.Uint32(h[0x10:])), binary.LittleEndian.Uint64(h[0x20:])
		if count > 1<<16 || int64(len(es))+count > lim.MaxItems {
			return es, fmt.Sprintf("page %d claims %d entries", n, count), w.Err()
		}
		for i := range count {
			b := w.At(int64(page)+pageHeadB+i*entryB, entryB)
			if len(b) < entryB {
				return es, "a page is cut", w.Err()
			}
			if e, ok := v.entry(b); ok {
				es = append(es, e)
			}
		}
		page = next
	}
	return es, "", w.Err()
}

// entry reads an entry. It is false for one that was never used or leads nowhere.
func (v *Volume) entry(b []byte) (Entry, bool) {
	at := binary.LittleEndian.Uint64(b[0x20:])
	from, to := binary.LittleEndian.Uint32(b[0x18:]), binary.LittleEndian.Uint32(b[0x1C:])
	e := Entry{OffsetB: int64(at), Channel: int(b[0x11]), From: clock(from), To: clock(to), Recording: from == never,
		Cleared: binary.LittleEndian.Uint64(b[8:]) != 0}
	if at > 1<<62 || e.OffsetB < v.VideoB || (e.OffsetB-v.VideoB)%v.BlockB != 0 || e.OffsetB >= v.VideoB+v.Blocks*v.BlockB {
		return e, false
	}
	if e.Cleared && (e.Channel == 0xFF || e.From.IsZero()) {
		return e, false
	}
	return e, e.Channel > 0 && e.Channel < 0xFF
}

// Table is the table of key pictures at the end of a data block.
type Table struct {
	Channel  int // 0 when not known
	From, To time.Time
	// FirstKey and LastKey are the times of the key pictures.
	FirstKey, LastKey time.Time
	Keys              int
}

// ReadTable reads the table of the block at off. What does not name the block as
// its own is not believed; a zero Table is none.
func (v *Volume) ReadTable(r io.ReaderAt, off int64) (t Table, err error) {
	w := formats.NewWindow(r, off+v.BlockB, TableB)
	at := off + v.BlockB - TableB
	b := w.At(at, TableB)
	if len(b) >= 0x28 && int64(binary.LittleEndian.Uint64(b[0x18:])) == off {
		t.Channel = int(b[0x0D])
		t.From, t.To = clock(binary.LittleEndian.Uint32(b[0x20:])), clock(binary.LittleEndian.Uint32(b[0x24:]))
	}
	for i := 0; ; {
		k := bytes.Index(b[i:], []byte(keyMark))
		if k < 0 || i+k+keyB > len(b) {
			break
		}
		e := b[i+k : i+k+keyB]
		i += k + len(keyMark)
		if e[4] != keyB {
			continue
		}
		if x := clock(binary.LittleEndian.Uint32(e[0x18:])); !x.IsZero() {
			if t.Keys == 0 || x.Before(t.FirstKey) {
				t.FirstKey = x
			}
			if x.After(t.LastKey) {
				t.LastKey = x
			}
			t.Keys++
		}
	}
	return t, w.Err()
}

// Type names the file system.
func (v *Volume) Type() string { return "HIK.2011 (Hikvision recorder)" }

// VolumeLabel is empty: these disks have none.
func (v *Volume) VolumeLabel() string { return "" }
