// Package f2fs reads the files of F2FS volumes that are there, as their last
// checkpoint has them, and where their bytes lie. It never writes.
//
// Specification: Linux kernel, Documentation/filesystems/f2fs.rst and
// include/linux/f2fs_fs.h (layout); C. Lee, D. Sim, J. Hwang, S. Cho, "F2FS: A New
// File System for Flash Storage", FAST 2015.
package f2fs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unicode/utf16"

	"firescene/formats"
)

// Volume is an opened volume. Its methods may not be used from several
// goroutines at once.
type Volume struct {
	Label    string
	UUID     string
	Blocks   int64 // of 4096 bytes, as the superblock states them
	Clean    bool  // it was closed, nothing was written since the checkpoint
	Warnings []string

	r                          io.ReaderAt
	size                       int64
	features                   uint32
	rootNode, nodeIno, metaIno uint32
	perSegment                 int64
	cpBlock, natBlock, mainAt  int64
	natBlocks                  int64
	payload                    int64
	natBits                    []byte
	natJournal                 map[uint32]uint32 // newest addresses of nodes
	nat                        []byte            // block of the table read last
	natOf                      int64
}

// Extent is a range of the volume's bytes, in the order of the file.
type Extent struct {
	OffsetB int64 // Hole when nothing is stored: it reads as zeros
	LengthB int64
}

// Hole is the offset of a range that a file does not store.
const Hole = -1

// BlockB is the size of blocks.
const BlockB = 4096

const magic = 0xF2F52010

// features
const (
	featureExtra    = 0x8
	featureFlexible = 0x40
	featureCrtime   = 0x100
)

// flags of a checkpoint
const (
	cpClosed      = 0x1
	cpCompact     = 0x4
	cpLargeBitmap = 0x400
)

var le = binary.LittleEndian

// crc continues a check sum of metadata: CRC-32 without inversions, which begins
// with the magic number.
func crc(sum uint32, b []byte) uint32 { return ^crc32.Update(^sum, crc32.IEEETable, b) }

// Open reads the superblock of the volume that r holds in size bytes, or its
// copy, and the newer checkpoint that is whole. A FormatError says that there is
// no such volume, an UnsupportedError that it has features that are not read.
func Open(r io.ReaderAt, size int64) (*Volume, error) {
	v := &Volume{r: r, size: size, natOf: -1, natJournal: map[uint32]uint32{}}
	first := v.readSuper(1024)
	if first != nil {
		if formats.IsUnsupported(first) {
			return nil, first
		}
		if err := v.readSuper(BlockB + 1024); err != nil {
			return nil, first
		}
		v.warn("the superblock is damaged (%v); its copy was read", first)
	}
	if v.Blocks*BlockB > size {
		v.warn("the volume has %d bytes but only %d of them are here", v.Blocks*BlockB, size)
	}
	if err := v.readCheckpoint(); err != nil {
		return nil, err
	}
	return v, nil
}

func (v *Volume) readSuper(at int64) error {
	b := make([]byte, 0x900)
	bad := func(off int64, format string, args ...any) error {
		return &formats.FormatError{Format: "F2FS", Offset: at + off, Reason: fmt.Sprintf(format, args...)}
	}
	if n, err := v.r.ReadAt(b, at); n < len(b) {
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return bad(0, "shorter than a superblock")
	}
	u32 := func(at int) int64 { return int64(le.Uint32(b[at:])) }
	if u32(0) != magic {
		return bad(0, "no superblock")
	}
	if u32(0x10) != 12 || u32(0x14) != 9 {
		return &formats.UnsupportedError{Format: "F2FS", Offset: at + 0x10, Feature: fmt.Sprintf("blocks of 2^%d bytes, segments of 2^%d blocks", u32(0x10), u32(0x14)), Next: "its files are looked for by carving"}
	}
	v.perSegment = 512
	v.Blocks = int64(le.Uint64(b[0x24:]))
	v.cpBlock, v.natBlock, v.mainAt = u32(0x4C), u32(0x54), u32(0x5C)
	v.natBlocks = u32(0x3C) / 2 * v.perSegment
	v.rootNode, v.nodeIno, v.metaIno = le.Uint32(b[0x60:]), le.Uint32(b[0x64:]), le.Uint32(b[0x68:])
	v.payload, v.features = u32(0x680), le.Uint32(b[0x884:])
	u := b[0x6C:0x7C]
	v.UUID = fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:])
	var name []uint16
	for i := 0x7C; i < 0x47C && le.Uint16(b[i:]) != 0; i += 2 {
		name = append(name, le.Uint16(b[i:]))
	}
	v.Label = string(utf16.Decode(name))
	switch {
	case v.Blocks <= 0 || v.Blocks > 1<<36:
		return bad(0x24, "%d blocks", v.Blocks)
	case v.cpBlock <= 0 || v.cpBlock >= v.natBlock || v.natBlock >= v.mainAt || v.mainAt >= v.Blocks || v.natBlock+2*v.natBlocks > v.mainAt:
		return bad(0x4C, "areas out of order")
	case v.rootNode == 0 || v.natBlocks == 0 || v.payload > 512:
		return bad(0x60, "impossible numbers")
	}
	if b[0x899+68] != 0 { // the path of a second device
		return &formats.UnsupportedError{Format: "F2FS", Offset: at + 0x899, Feature: "a volume of several devices", Next: "its files are looked for by carving"}
	}
	return nil
}

// readCheckpoint reads the newer of the two checkpoints whose beginning and end
// belong together.
func (v *Volume) readCheckpoint() error {
	var best []byte
	bestAt, bestVersion := int64(0), uint64(0)
	for _, at := range []int64{v.cpBlock, v.cpBlock + v.perSegment} {
		b := v.checkpoint(at)
		if b == nil {
			continue
		}
		total := int64(le.Uint32(b[136:]))
		end := v.checkpoint(at + total - 1)
		if total < 2 || total > v.perSegment || end == nil || le.Uint64(end) != le.Uint64(b) {
			continue
		}
		if n := le.Uint64(b); best == nil || int64(n-bestVersion) > 0 {
			best, bestAt, bestVersion = b, at, n
		}
	}
	if best == nil {
		return &formats.FormatError{Format: "F2FS", Offset: v.cpBlock * BlockB, Reason: "no whole checkpoint", Next: "its files are looked for by carving"}
	}
	flags := le.Uint32(best[132:])
	if v.Clean = flags&cpClosed != 0; !v.Clean {
		v.warn("the volume was not closed; files are listed as of its last checkpoint, what was written behind it is not")
	}
	sit, nat := int64(le.Uint32(best[156:])), int64(le.Uint32(best[160:]))
	// the bitmaps may go on in the blocks behind the first of the checkpoint
	all := make([]byte, (1+v.payload)*BlockB)
	if n, _ := v.r.ReadAt(all, bestAt*BlockB); n < len(all) {
		return &formats.FormatError{Format: "F2FS", Offset: bestAt * BlockB, Reason: "the checkpoint is cut off"}
	}
	at := int64(192)
	switch {
	case flags&cpLargeBitmap != 0:
		at += 4
	case v.payload == 0:
		at += sit
	}
	if nat*8 < v.natBlocks || at < 0 || at+nat > int64(len(all)) {
		return &formats.FormatError{Format: "F2FS", Offset: bestAt*BlockB + 160, Reason: fmt.Sprintf("a node table bitmap of %d bytes", nat)}
	}
	v.natBits = all[at : at+nat]
	return v.readJournal(best, bestAt, flags)
}

// checkpoint reads one block of a checkpoint, nil when its check sum is wrong.
func (v *Volume) checkpoint(at int64) []byte {
	b := make([]byte, BlockB)
	if !v.block(at, b) {
		return nil
	}
	k := le.Uint32(b[164:])
	if k < 192 || k > BlockB-4 {
		return nil
	}
	sum := crc(magic, b[:k])
	if k < BlockB-4 { // what follows the sum belongs to it
		sum = crc(sum, b[k+4:])
	}
	if sum != le.Uint32(b[k:]) {
		return nil
	}
	return b
}

// readJournal reads the addresses of nodes that were not written to the table
// yet: the summary of the first segment of data holds them.
func (v *Volume) readJournal(cp []byte, at int64, flags uint32) error {
	total, b := int64(le.Uint32(cp[136:])), make([]byte, BlockB)
	from, off := at+total-4, 3584
	switch {
	case flags&cpCompact != 0:
		from, off = at+int64(le.Uint32(cp[140:])), 0
	case flags&cpClosed != 0:
		from = at + total - 7
	}
	if from <= at || from >= at+total || !v.block(from, b) {
		return &formats.FormatError{Format: "F2FS", Offset: at * BlockB, Reason: "the summary of the checkpoint is not in it"}
	}
	n := int(le.Uint16(b[off:]))
	if n > 38 {
		return &formats.FormatError{Format: "F2FS", Offset: from*BlockB + int64(off), Reason: fmt.Sprintf("%d entries in its journal", n)}
	}
	for i := range n {
		e := b[off+2+13*i:]
		v.natJournal[le.Uint32(e)] = le.Uint32(e[9:])
	}
	return nil
}

func (v *Volume) block(n int64, b []byte) bool {
	if n <= 0 || n >= v.Blocks {
		return false
	}
	m, _ := v.r.ReadAt(b[:BlockB], n*BlockB)
	return m == BlockB
}

// node reads the node of a number, as the node table has it. It reports false
// when it is not there or another node is.
func (v *Volume) node(nid uint32, b []byte) (offsetB int64, ok bool) {
	at, ok := v.natJournal[nid]
	if !ok {
		block := int64(nid) / 455
		if nid == 0 || block >= v.natBlocks || block >= int64(len(v.natBits))*8 {
			return 0, false
		}
		place := v.natBlock + block/v.perSegment*2*v.perSegment + block%v.perSegment
		if v.natBits[block/8]>>(7-block%8)&1 != 0 {
			place += v.perSegment
		}
		if v.natOf != place {
			if v.nat == nil {
				v.nat = make([]byte, BlockB)
			}
			v.natOf = -1
			if !v.block(place, v.nat) {
				return 0, false
			}
			v.natOf = place
		}
		at = le.Uint32(v.nat[int(nid)%455*9+5:])
	}
	if int64(at) < v.mainAt || !v.block(int64(at), b) || le.Uint32(b[4072:]) != nid {
		return 0, false
	}
	return int64(at) * BlockB, true
}

// HeldB is how many of the volume's bytes are here.
func (v *Volume) HeldB() int64 { return min(v.size, v.Blocks*BlockB) }

// Doubts says what is doubtful about the volume as a whole.
func (v *Volume) Doubts() []string { return v.Warnings }

func (v *Volume) warn(format string, args ...any) {
	if len(v.Warnings) < 100 {
		v.Warnings = append(v.Warnings, fmt.Sprintf(format, args...))
	}
}

// Type names the file system.
func (v *Volume) Type() string { return "F2FS" }

// VolumeLabel is the name that was given to the volume.
func (v *Volume) VolumeLabel() string { return v.Label }
