// Package dhfs reads the file system DHFS 4.1 that Dahua recorders and those built
// on their boards (CP Plus and others) keep their disks in: a table of partitions,
// in each a table of descriptors, one for every fragment of the video area, which
// chain the fragments of a recording.
//
// The layout is that of the public extractor of G. Batista and U. Brito (IFRN) and
// of published work on these disks; offsets are named where they are read.
package dhfs

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"firescene/formats"
	"firescene/formats/dhav"
)

// Magic begins the medium.
const Magic = "DHFS4.1"

// Places of the table of partitions and of its copy.
const (
	tableB     = 0x3C00 + 0x34
	tableCopyB = 0x7C00 + 0x34
	entryB     = 64
	maxParts   = 64
	sectorB    = 512
	descB      = 32
)

// Partition is one volume of a disk. Offsets are of the disk.
type Partition struct {
	OffsetB   int64
	FragmentB int64 // length of a fragment
	BlockB    int64
	VideoB    int64 // where fragment 0 lies
	Fragments int64 // that lie on the disk
	First     time.Time
	Last      time.Time

	descs []byte
}

// Volume is a disk.
type Volume struct {
	Partitions []Partition
	Warnings   []string
}

// Extent is a range of the disk.
type Extent struct{ OffsetB, LengthB int64 }

// Video is one recording of the index.
type Video struct {
	Partition int
	Number    int64 // of its first fragment
	Camera    int   // counts from 1
	From, To  time.Time
	Extents   []Extent
	Fault     string // why its chain can not be followed to its end; empty when it can
}

// Open reads the tables of a disk of size bytes. The error is a FormatError when
// there is none that can be read.
func Open(r io.ReaderAt, size int64, lim formats.Limits) (*Volume, error) {
	magic := make([]byte, len(Magic))
	if n, err := r.ReadAt(magic, 0); n < len(magic) || string(magic) != Magic {
		return nil, bad(0, "no DHFS4.1 at its begin", err)
	}
	v := &Volume{}
	for _, at := range []int64{tableB, tableCopyB} {
		if err := v.table(r, size, at, lim); err != nil {
			return nil, err
		}
		if len(v.Partitions) > 0 {
			return v, nil
		}
	}
	return nil, bad(tableB, "no table of partitions", nil)
}

func bad(at int64, reason string, err error) error {
	if err != nil && err != io.EOF {
		return err
	}
	return &formats.FormatError{Format: "DHFS", Offset: at, Reason: reason, Next: "its recordings are looked for by their frames"}
}

// table reads the table of partitions at a place. What is damaged is left out with
// a warning.
func (v *Volume) table(r io.ReaderAt, size, at int64, lim formats.Limits) error {
	e := make([]byte, entryB)
	for i := range maxParts {
		n, err := r.ReadAt(e, at+int64(i)*entryB)
		if err != nil && err != io.EOF {
			return err
		}
		if n < entryB || bytes.HasPrefix(e, []byte{0xAA, 0x55, 0xAA, 0x55}) {
			return nil
		}
		super := int64(binary.LittleEndian.Uint32(e[20:])) * sectorB
		part := binary.LittleEndian.Uint64(e[48:])
		if part == 0 || part > uint64(size)/sectorB || super == 0 {
			if !zeroed(e) {
				v.Warnings = append(v.Warnings, fmt.Sprintf("entry %d of the table of partitions leads nowhere", i))
			}
			continue
		}
		p, fault, err := partition(r, size, int64(part)*sectorB, super, lim)
		if err != nil {
			return err
		}
		if fault != "" {
			v.Warnings = append(v.Warnings, fmt.Sprintf("partition %d: %s", i, fault))
			continue
		}
		v.Partitions = append(v.Partitions, p)
	}
	return nil
}

func zeroed(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// partition reads a superblock and the descriptors.
func partition(r io.ReaderAt, size, off, super int64, lim formats.Limits) (p Partition, fault string, err error) {
	b := make([]byte, 0x100)
	if n, err := r.ReadAt(b, off+super); n < len(b) {
		if err != nil && err != io.EOF {
			return p, "", err
		}
		return p, "its superblock lies behind the end of the image", nil
	}
	u := func(at int) int64 { return int64(binary.LittleEndian.Uint32(b[at:])) }
	p.OffsetB, p.BlockB = off, u(0x2C)
	p.FragmentB = u(0x30) * p.BlockB
	p.First, _ = dhav.Clock(uint32(u(0x10)))
	p.Last, _ = dhav.Clock(uint32(u(0x14)))
	if p.BlockB < sectorB || p.BlockB > 1<<20 || p.BlockB%sectorB != 0 || p.FragmentB < 4096 || p.FragmentB > 1<<30 {
		return p, fmt.Sprintf("its superblock has blocks of %d and fragments of %d bytes", p.BlockB, p.FragmentB), nil
	}
	descs := off + u(0x44)*p.BlockB
	p.VideoB = off + u(0x48)*p.BlockB
	p.Fragments = u(0x4C)
	if descs >= size || p.VideoB >= size || p.Fragments == 0 {
		return p, "its tables lie behind the end of the image", nil
	}
	p.Fragments = min(p.Fragments, (size-p.VideoB+p.FragmentB-1)/p.FragmentB)
	n := p.Fragments * descB
	if n > lim.MaxAllocB || p.Fragments > lim.MaxItems {
		return p, fmt.Sprintf("it claims %d fragments", p.Fragments), nil
	}
	p.descs = make([]byte, n)
	m, err := r.ReadAt(p.descs, descs)
	if err != nil && err != io.EOF {
		return p, "", err
	}
	clear(p.descs[m:])
	return p, "", nil
}

// Kinds of descriptors.
const (
	first = 1 // of a recording
	next  = 2 // a further one of it
)

type desc []byte

func (p *Partition) desc(i int64) desc { return desc(p.descs[i*descB : (i+1)*descB]) }

func (d desc) kind() byte   { return d[0] }
func (d desc) count() int64 { return int64(binary.LittleEndian.Uint16(d[2:])) }
func (d desc) next() int64  { return int64(binary.LittleEndian.Uint32(d[12:])) }
func (d desc) lastB(blockB int64) int64 {
	return int64(binary.LittleEndian.Uint32(d[16:])) * blockB
}
func (d desc) first() int64                  { return int64(binary.LittleEndian.Uint32(d[24:])) }
func (d desc) time(at int) (time.Time, bool) { return dhav.Clock(binary.LittleEndian.Uint32(d[at:])) }

// extent is where a fragment lies, cut to the disk.
func (p *Partition) extent(i, size int64) Extent {
	at := p.VideoB + i*p.FragmentB
	return Extent{at, min(p.FragmentB, max(0, size-at))}
}

// Videos lists the recordings of the index, in the order of their first fragments,
// and the extents that none of them uses: fragments of no recording, and the rest
// of each last fragment. size is the disk's.
func (v *Volume) Videos(size int64) (videos []Video, unused []Extent) {
	for k := range v.Partitions {
		p := &v.Partitions[k]
		used := make([]bool, p.Fragments)
		slack := map[int64]Extent{}
		for i := range p.Fragments {
			d := p.desc(i)
			from, ok1 := d.time(4)
			to, ok2 := d.time(8)
			if d.kind() != first || !ok1 || !ok2 {
				continue
			}
			x := Video{Partition: k, Number: i, Camera: int(d[1]) - 48 + 1, From: from, To: to}
			last := x.follow(p, d, used, size)
			videos = append(videos, x)
			if n := d.lastB(p.BlockB); x.Fault == "" && n > 0 && n < p.FragmentB {
				e := p.extent(last, size)
				slack[last] = Extent{e.OffsetB + n, max(0, e.LengthB-n)}
			}
		}
		for i := range p.Fragments {
			if e := p.extent(i, size); !used[i] && e.LengthB > 0 {
				unused = append(unused, e)
			} else if s, ok := slack[i]; ok && s.LengthB > 0 {
				unused = append(unused, s)
			}
		}
	}
	return videos, unused
}

// follow collects the fragments of a recording. It returns the last one.
func (x *Video) follow(p *Partition, d desc, used []bool, size int64) int64 {
	want := d.count() + 1
	i := x.Number
	for n := int64(0); ; n++ {
		used[i] = true
		e := p.extent(i, size)
		c := p.desc(i)
		to := c.next()
		if n+1 == want {
			if b := d.lastB(p.BlockB); b > 0 && b < e.LengthB {
				e.LengthB = b
			}
			x.Extents = append(x.Extents, e)
			return i
		}
		x.Extents = append(x.Extents, e)
		if to <= 0 || to >= p.Fragments || used[to] || p.desc(to).kind() != next || p.desc(to).first() != x.Number || p.desc(to)[1] != d[1] {
			x.Fault = fmt.Sprintf("its chain of %d fragments breaks off behind %d", want, n+1)
			return i
		}
		i = to
	}
}

// Doubts are the warnings.
func (v *Volume) Doubts() []string { return v.Warnings }

// Type names the file system.
func (v *Volume) Type() string { return "DHFS4.1 (Dahua recorder)" }

// VolumeLabel is empty: these disks have none.
func (v *Volume) VolumeLabel() string { return "" }
