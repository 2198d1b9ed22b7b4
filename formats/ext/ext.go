// Package ext reads ext2, ext3 and ext4 volumes for recovery: the files that are
// there, what their directories and their journal still tell of those that are
// gone, and where the bytes of all of them lie. It never writes: a journal that
// was not replayed is replayed in memory.
//
// Specification: Linux kernel, Documentation/filesystems/ext4 (data structures
// and algorithms) and its chapter on the journal (jbd2); B. Carrier, File System
// Forensic Analysis (2005), chapters 14 and 15, for ext2 and ext3.
package ext

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"firescene/formats"
)

// Volume is an opened volume. Its methods may not be used from several
// goroutines at once.
type Volume struct {
	Kind       string // "ext2", "ext3" or "ext4", by the features it has
	BlockB     int64
	Blocks     int64 // as the superblock states them
	Inodes     uint32
	InodeB     int64
	Groups     int64
	Label      string
	UUID       string
	FromBackup bool // the first superblock was damaged, a copy was read
	// Replayed counts the blocks that the journal holds newer than the volume
	// does, as it was not closed; they are read from the journal.
	Replayed int
	Warnings []string

	r           io.ReaderAt
	size        int64
	sb          super
	groups      []group
	replay      map[int64]Copy // newest committed copies, while the volume is not clean
	replayed    []int64        // its keys in order
	journal     *Journal
	journalErr  error
	badSums     map[string]int
	bits        []byte // block bitmap of group bitsOf
	bitsOf      int64
	table       []byte // the inode table block read last
	tableOf     int64
	inodeBits   []byte
	inodeBitsOf int64
}

// Extent is a range of the volume's bytes, in the order of the file.
type Extent struct {
	OffsetB int64 // Hole when nothing is stored: it reads as zeros
	LengthB int64
}

// Hole is the offset of a range that a file does not store, or that was reserved
// for it and never written.
const Hole = -1

// features of the three kinds: compatible, incompatible, read-only compatible
const (
	compatJournal    = 0x4
	compatSparse2    = 0x200
	compatFastCommit = 0x400
	compatOrphanFile = 0x1000

	incompatCompression = 0x1
	incompatFileType    = 0x2
	incompatRecover     = 0x4
	incompatJournalDev  = 0x8
	incompatMetaBG      = 0x10
	incompatExtents     = 0x40
	incompat64Bit       = 0x80
	incompatFlexBG      = 0x200
	incompatSumSeed     = 0x2000
	incompatInline      = 0x8000
	incompatEncrypt     = 0x10000
	incompatKnown       = 0x3F7DF

	roSparse     = 0x1
	roHugeFile   = 0x8
	roGroupSum   = 0x10
	roExtraInode = 0x40
	roBigalloc   = 0x200
	roSums       = 0x400
)

// super is what is needed of the superblock.
type super struct {
	inodes, firstDataBlock, perGroup, clustersPerGroup, inodesPerGroup uint32
	blocks                                                             int64
	blockB, clusterB                                                   int64
	inodeB, descB                                                      int64
	firstInode, journalInode, journalDev                               uint32
	compat, incompat, roCompat                                         uint32
	firstMetaBG                                                        uint32
	backupGroups                                                       [2]uint32
	groupNumber, reservedDesc                                          uint16
	seed                                                               uint32 // of check sums
	uuid                                                               [16]byte
	label                                                              string
	orphanFile                                                         uint32
	goodSum                                                            bool
}

// superB is where the superblock lies and how long it is.
const superB = 1024

// Open reads the superblock of the volume that r holds in size bytes, or one of
// its copies when the first is damaged, then the group descriptors and, for a
// volume that was not closed, the journal. A FormatError says that there is no
// such volume, an UnsupportedError that it has features that are not read.
func Open(r io.ReaderAt, size int64) (*Volume, error) {
	v := &Volume{r: r, size: size, badSums: map[string]int{}, bitsOf: -1, tableOf: -1, inodeBitsOf: -1}
	sb, first := readSuper(r, superB, size)
	if first != nil {
		var ue *formats.UnsupportedError
		if errors.As(first, &ue) {
			return nil, first
		}
		var err error
		sb, err = v.backupSuper()
		if err != nil {
			return nil, first
		}
		v.FromBackup = true
		v.warn("the superblock is damaged (%v); the copy in block group %d was read", first, sb.groupNumber)
	}
	v.sb = sb
	v.BlockB, v.Blocks, v.Inodes, v.InodeB, v.Label = sb.blockB, sb.blocks, sb.inodes, sb.inodeB, sb.label
	u := sb.uuid
	v.UUID = fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:])
	switch {
	case sb.incompat&(incompatExtents|incompat64Bit|incompatFlexBG) != 0 || sb.roCompat&(roHugeFile|roGroupSum|roExtraInode|roSums) != 0:
		v.Kind = "ext4"
	case sb.compat&compatJournal != 0:
		v.Kind = "ext3"
	default:
		v.Kind = "ext2"
	}
	if sb.roCompat&roSums != 0 && !sb.goodSum {
		v.doubt("superblock")
	}
	if held := size / sb.blockB; sb.blocks > held {
		v.warn("the volume has %d bytes but only %d of them are here", sb.blocks*sb.blockB, size)
	}
	if err := v.readGroups(); err != nil {
		return nil, err
	}
	if sb.incompat&incompatRecover != 0 {
		v.replayJournal()
	}
	return v, nil
}

// readSuper reads and holds against each other the numbers of a superblock.
func readSuper(r io.ReaderAt, at, size int64) (super, error) {
	b := make([]byte, 1024)
	bad := func(off int64, format string, args ...any) (super, error) {
		return super{}, &formats.FormatError{Format: "ext", Offset: at + off, Reason: fmt.Sprintf(format, args...)}
	}
	if n, err := r.ReadAt(b, at); n < len(b) {
		if err != nil && !errors.Is(err, io.EOF) {
			return super{}, err
		}
		return bad(0, "shorter than a superblock")
	}
	le := binary.LittleEndian
	u32 := func(at int) uint32 { return le.Uint32(b[at:]) }
	if le.Uint16(b[0x38:]) != 0xEF53 {
		return bad(0x38, "no superblock")
	}
	s := super{inodes: u32(0), firstDataBlock: u32(0x14), perGroup: u32(0x20), clustersPerGroup: u32(0x24), inodesPerGroup: u32(0x28),
		compat: u32(0x5C), incompat: u32(0x60), roCompat: u32(0x64), journalInode: u32(0xE0), journalDev: u32(0xE4),
		firstMetaBG: u32(0x104), groupNumber: le.Uint16(b[0x5A:]), reservedDesc: le.Uint16(b[0xCE:]), firstInode: 11, inodeB: 128, descB: 32}
	s.backupGroups = [2]uint32{u32(0x24C), u32(0x250)}
	copy(s.uuid[:], b[0x68:])
	s.label = strings.ToValidUTF8(strings.TrimRight(string(b[0x78:0x88]), "\x00"), "\uFFFD")
	shift, clusterShift := u32(0x18), u32(0x1C)
	if shift > 6 {
		return bad(0x18, "blocks of 2^%d bytes", 10+shift)
	}
	s.blockB = 1024 << shift
	s.clusterB = s.blockB
	if u32(0x4C) == 0 {
		s.compat, s.incompat, s.roCompat = 0, 0, 0 // the first revision has no features
	} else {
		s.firstInode, s.inodeB = u32(0x54), int64(le.Uint16(b[0x58:]))
	}
	if s.compat&compatOrphanFile != 0 {
		s.orphanFile = u32(0x280)
	}
	s.blocks = int64(u32(4))
	if s.incompat&incompat64Bit != 0 {
		hi := int64(u32(0x150))
		if hi > 0xFFFF {
			return bad(0x150, "%d blocks times 2^32", hi)
		}
		s.blocks |= hi << 32
		if s.descB = int64(le.Uint16(b[0xFE:])); s.descB < 32 || s.descB > 1024 || s.descB&(s.descB-1) != 0 {
			return bad(0xFE, "group descriptors of %d bytes", s.descB)
		}
	}
	if s.roCompat&roBigalloc != 0 {
		if clusterShift > 20 || clusterShift < shift {
			return bad(0x1C, "clusters of 2^%d bytes", 10+clusterShift)
		}
		s.clusterB = 1024 << clusterShift
	}
	perBlock := s.clusterB / s.blockB
	switch {
	case s.inodeB < 128 || s.inodeB > s.blockB || s.inodeB&(s.inodeB-1) != 0:
		return bad(0x58, "inodes of %d bytes", s.inodeB)
	case s.perGroup == 0 || int64(s.perGroup) > 8*s.blockB*perBlock || int64(s.perGroup)%perBlock != 0:
		return bad(0x20, "%d blocks in a group", s.perGroup)
	case s.inodesPerGroup == 0 || int64(s.inodesPerGroup) > 8*s.blockB:
		return bad(0x28, "%d inodes in a group", s.inodesPerGroup)
	case s.blocks <= int64(s.firstDataBlock) || s.firstDataBlock > 1:
		return bad(4, "%d blocks, the first of them %d", s.blocks, s.firstDataBlock)
	case s.inodes == 0:
		return bad(0, "no inodes")
	}
	sum := uint32(0)
	if s.roCompat&roSums != 0 {
		s.goodSum = crc(^uint32(0), b[:0x3FC]) == u32(0x3FC)
	}
	if s.incompat&incompatSumSeed != 0 {
		sum = u32(0x270)
	} else {
		sum = crc(^uint32(0), s.uuid[:])
	}
	s.seed = sum
	no := func(feature string) (super, error) {
		return super{}, &formats.UnsupportedError{Format: "ext", Offset: at + 0x60, Feature: feature, Next: "its files are looked for by carving"}
	}
	switch {
	case s.incompat&incompatJournalDev != 0:
		return no("a journal device: it holds the journal of another volume")
	case s.incompat&incompatCompression != 0:
		return no("compression")
	case s.incompat&^uint32(incompatKnown) != 0:
		return no(fmt.Sprintf("incompatible features %#x", s.incompat&^uint32(incompatKnown)))
	}
	return s, nil
}

// backupSuper looks for a copy of the superblock where the usual group sizes of
// the four usual block sizes put one.
func (v *Volume) backupSuper() (super, error) {
	for _, blockB := range []int64{4096, 1024, 2048, 65536} {
		for _, g := range []int64{1, 3, 5, 7, 9} {
			at := g * 8 * blockB * blockB
			if blockB == 1024 {
				at += 1024
			}
			if at+superB > v.size {
				break
			}
			s, err := readSuper(v.r, at, v.size)
			if err == nil && s.blockB == blockB && int64(s.groupNumber) == g {
				return s, nil
			}
		}
	}
	return super{}, errors.New("no copy of the superblock")
}

// Doubts says what is doubtful about the volume as a whole.
func (v *Volume) Doubts() []string {
	out := append([]string(nil), v.Warnings...)
	kinds := make([]string, 0, len(v.badSums))
	for k := range v.badSums {
		kinds = append(kinds, k)
	}
	sort.Strings(kinds)
	for _, k := range kinds {
		out = append(out, fmt.Sprintf("check sum of %d %s is wrong", v.badSums[k], k))
	}
	return out
}

// doubt counts a wrong check sum.
func (v *Volume) doubt(what string) { v.badSums[what]++ }

func (v *Volume) warn(format string, args ...any) {
	if len(v.Warnings) < 100 {
		v.Warnings = append(v.Warnings, fmt.Sprintf(format, args...))
	}
}

// Block reads a block of metadata as it was last committed. It reports false
// when the block lies outside the volume or can not be read.
func (v *Volume) Block(n int64, b []byte) bool {
	if n < 0 || n >= v.Blocks {
		return false
	}
	if c, ok := v.replay[n]; ok {
		return v.journal.Read(c, b)
	}
	m, _ := v.r.ReadAt(b[:v.BlockB], n*v.BlockB)
	return int64(m) == v.BlockB
}

// Where returns the offset at which the bytes of a block lie in the volume: its
// own place, or the journal's when the journal has it newer. escaped says that
// its first four bytes are stored as zeros there.
func (v *Volume) Where(n int64) (offsetB int64, escaped bool) {
	if c, ok := v.replay[n]; ok {
		return c.OffsetB, c.Escaped
	}
	return n * v.BlockB, false
}

// HeldB is how many of the volume's bytes are here.
func (v *Volume) HeldB() int64 { return min(v.size, v.Blocks*v.BlockB) }

// Type names the file system: "ext2", "ext3" or "ext4".
func (v *Volume) Type() string { return v.Kind }

// VolumeLabel is the volume's name; empty when it has none.
func (v *Volume) VolumeLabel() string { return v.Label }
