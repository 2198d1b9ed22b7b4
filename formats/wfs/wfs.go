// Package wfs reads the file system WFS 0.4 and 0.5 of Xiongmai recorders and the
// frames that they keep in it: a superblock, one descriptor of 32 bytes for every
// fragment of the video area, chained both ways.
//
// Sources: the public extractor of U. Brito and G. Batista (IFRN), L. de Sousa and
// U. Brito, DOI 10.22533/at.ed.216282205059 (2022), and public players of these
// disks for the frames.
package wfs

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"firescene/formats"
	"firescene/formats/dhav"
)

// Places.
const (
	superB = 0x3000
	descB  = 32
)

// Extent is a range of the disk.
type Extent struct{ OffsetB, LengthB int64 }

// Video is one recording of the index.
type Video struct {
	Number   int64 // of its first fragment
	Camera   int   // counts from 1; 0 when its code is not understood
	From, To time.Time
	Extents  []Extent
	Fault    string // why its chain can not be followed to its end; empty when it can
}

// Volume is a disk.
type Volume struct {
	Version   string // "0.4", "0.5"
	FragmentB int64
	DataB     int64 // where fragment 0 lies
	Fragments int64 // that lie in the image
	blockB    int64
	size      int64
	descs     []byte
	warnings  []string
}

// Type names the file system.
func (v *Volume) Type() string { return "WFS (recorder)" }

// VolumeLabel is empty: these disks have none.
func (v *Volume) VolumeLabel() string { return "" }

// Doubts are the warnings.
func (v *Volume) Doubts() []string { return v.warnings }

// Open reads the tables of a disk of size bytes. The error is a FormatError when
// there is none that can be read.
func Open(r io.ReaderAt, size int64, lim formats.Limits) (*Volume, error) {
	h := make([]byte, 6)
	if n, err := r.ReadAt(h, 0); n < 6 || string(h) != "WFS0.4" && string(h) != "WFS0.5" {
		return nil, bad(0, "no WFS0.4 or WFS0.5 at its begin", err)
	}
	b := make([]byte, 0x80)
	if n, err := r.ReadAt(b, superB); n < len(b) {
		return nil, bad(superB, "no superblock", err)
	}
	u := func(at int) int64 { return int64(binary.LittleEndian.Uint32(b[at:])) }
	v := &Volume{Version: string(h[3:]), blockB: u(0x2C), Fragments: u(0x4C), size: size}
	v.FragmentB = u(0x30) * v.blockB
	index := u(0x44) * v.blockB
	v.DataB = u(0x48) * v.blockB
	if v.blockB < 512 || v.blockB > 1<<20 || v.blockB%512 != 0 || v.FragmentB < 4096 || v.FragmentB > 1<<30 || v.Fragments == 0 ||
		index <= superB || index >= size || v.DataB <= index || v.DataB >= size {
		return nil, bad(superB, fmt.Sprintf("its superblock has blocks of %d and %d fragments of %d bytes from %d on", v.blockB, v.Fragments, v.FragmentB, v.DataB), nil)
	}
	if here := (size - v.DataB + v.FragmentB - 1) / v.FragmentB; here < v.Fragments {
		v.warnings = append(v.warnings, fmt.Sprintf("%d of its %d fragments lie in the image", here, v.Fragments))
		v.Fragments = here
	}
	if n := v.Fragments * descB; n > lim.MaxAllocB || index+n > v.DataB {
		return nil, bad(superB, fmt.Sprintf("an index of %d fragments does not fit before its data", v.Fragments), nil)
	}
	v.descs = make([]byte, v.Fragments*descB)
	n, err := r.ReadAt(v.descs, index)
	if err != nil && err != io.EOF {
		return nil, err
	}
	clear(v.descs[n:])
	return v, nil
}

func bad(at int64, reason string, err error) error {
	if err != nil && err != io.EOF {
		return err
	}
	return &formats.FormatError{Format: "WFS", Offset: at, Reason: reason, Next: "its streams are looked for by carving"}
}

func (v *Volume) desc(i int64) []byte { return v.descs[i*descB : (i+1)*descB] }

func (v *Volume) extent(i int64) Extent {
	at := v.DataB + i*v.FragmentB
	return Extent{at, min(v.FragmentB, max(0, v.size-at))}
}

// Kinds of descriptors, in their second byte.
const (
	further  = 1 // a further fragment of a recording
	first    = 2 // of a recording
	reserved = 3 // the same, of a recording that is locked
)

func u32(d []byte, at int) int64 { return int64(binary.LittleEndian.Uint32(d[at:])) }

// Videos lists the recordings of the index, in the order of their first fragments,
// and the fragments that none of them uses.
func (v *Volume) Videos() (videos []Video, unused []Extent) {
	used := make([]bool, v.Fragments)
	for i := range v.Fragments {
		d := v.desc(i)
		if used[i] || d[1] != first && d[1] != reserved {
			continue
		}
		from, ok1 := dhav.Clock(uint32(u32(d, 12)))
		to, ok2 := dhav.Clock(uint32(u32(d, 16)))
		if !ok1 || !ok2 {
			continue
		}
		x := Video{Number: i, From: from, To: to}
		if c := int(d[31]); c >= 2 && c%4 == 2 {
			x.Camera = c/4 + 1
		}
		v.follow(&x, d, used)
		videos = append(videos, x)
	}
	for i := range v.Fragments {
		if e := v.extent(i); !used[i] && e.LengthB > 0 {
			unused = append(unused, e)
		}
	}
	return videos, unused
}

// follow collects the fragments of a recording.
func (v *Volume) follow(x *Video, d []byte, used []bool) {
	want := int64(binary.LittleEndian.Uint16(d[2:])) + 1
	for i, n := x.Number, int64(1); ; n++ {
		used[i] = true
		e := v.extent(i)
		if n == want {
			if b := int64(binary.LittleEndian.Uint16(d[22:])) * v.blockB; b > 0 {
				e.LengthB = min(e.LengthB, b)
			}
		}
		x.Extents = append(x.Extents, e)
		if n == want {
			return
		}
		to := u32(v.desc(i), 8)
		if to >= v.Fragments || used[to] || v.desc(to)[1] != further || u32(v.desc(to), 24) != x.Number || u32(v.desc(to), 4) != i || v.desc(to)[31] != d[31] {
			x.Fault = fmt.Sprintf("its chain of %d fragments breaks off behind %d", want, n)
			return
		}
		i = to
	}
}
