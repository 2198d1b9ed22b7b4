// Package xfs reads the live files of XFS volumes, versions 4 and 5: their folders,
// times and where their bytes lie. It never writes and does not replay the log.
//
// Specification: XFS Algorithms & Data Structures, 3rd edition (Linux kernel XFS
// developers), chapters "Allocation Groups", "On-disk Inode", "Data Extents" and
// "Directories".
package xfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"firescene/formats"
)

// Volume is an opened volume. Its methods may not be used from several goroutines
// at once.
type Volume struct {
	Version  int // 4 or 5
	BlockB   int64
	Blocks   int64
	Label    string
	Warnings []string

	r         io.ReaderAt
	size      int64
	root      uint64
	agBlocks  int64
	agCount   int64
	inodeB    int64
	dirBlockB int64
	agShift   uint // bits of a block number within its group
	inoShift  uint // bits of an inode number within its block
	fileType  bool // folder entries hold the type of what they name
}

// Extent is a range of the volume's bytes. OffsetB is Hole when it is stored
// nowhere, or was set aside and never written, and reads as zeros.
type Extent struct{ OffsetB, LengthB int64 }

// Hole is the offset of an extent that is not stored.
const Hole = -1

var be = binary.BigEndian

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumOK checks the CRC-32C that stands at a place in b and counts as zero.
func sumOK(b []byte, at int) bool {
	sum := crc32.Update(0, castagnoli, b[:at])
	sum = crc32.Update(sum, castagnoli, make([]byte, 4))
	sum = crc32.Update(sum, castagnoli, b[at+4:])
	return sum == binary.LittleEndian.Uint32(b[at:])
}

func damaged(off int64, format string, args ...any) *formats.FormatError {
	return &formats.FormatError{Format: "XFS", Offset: off, Reason: fmt.Sprintf(format, args...)}
}

// Open reads the superblock of the volume that r holds in size bytes. A
// FormatError says that there is no XFS volume, an UnsupportedError that it is of
// a version that is not read.
func Open(r io.ReaderAt, size int64) (*Volume, error) {
	b := make([]byte, 512)
	if n, err := r.ReadAt(b, 0); n < len(b) {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, damaged(0, "shorter than a superblock")
	}
	if string(b[:4]) != "XFSB" {
		return nil, damaged(0, "no XFS superblock")
	}
	v := &Volume{Version: int(be.Uint16(b[100:]) & 15), r: r, size: size, BlockB: int64(be.Uint32(b[4:])), root: be.Uint64(b[56:]),
		agBlocks: int64(be.Uint32(b[84:])), agCount: int64(be.Uint32(b[88:])), inodeB: int64(be.Uint16(b[104:])),
		agShift: uint(b[124]), inoShift: uint(b[123]), Label: strings.TrimRight(string(b[108:120]), "\x00 ")}
	blocks, sectorB := be.Uint64(b[8:]), int64(be.Uint16(b[102:]))
	switch {
	case v.Version != 4 && v.Version != 5:
		return nil, &formats.UnsupportedError{Format: "XFS", Offset: 100, Feature: fmt.Sprintf("version %d", v.Version), Next: "its files are looked for by carving"}
	case v.BlockB < 512 || v.BlockB > 65536 || v.BlockB&(v.BlockB-1) != 0:
		return nil, damaged(4, "blocks of %d bytes", v.BlockB)
	case blocks == 0 || blocks > 1<<52/uint64(v.BlockB):
		return nil, damaged(8, "a volume of %d blocks", blocks)
	case v.inodeB < 256 || v.inodeB > 2048 || v.inodeB&(v.inodeB-1) != 0 || v.inodeB > v.BlockB || v.BlockB/v.inodeB != 1<<v.inoShift:
		return nil, damaged(104, "inodes of %d bytes", v.inodeB)
	case v.agBlocks == 0 || v.agCount == 0 || v.agShift > 31 || v.agBlocks > 1<<v.agShift || v.agBlocks*(v.agCount-1) >= int64(blocks):
		return nil, damaged(84, "%d allocation groups of %d blocks", v.agCount, v.agBlocks)
	case b[192] > 7 || v.BlockB<<b[192] > 65536:
		return nil, damaged(192, "folder blocks of %d bytes", v.BlockB<<min(b[192], 20))
	}
	v.Blocks, v.dirBlockB = int64(blocks), v.BlockB<<b[192]
	if v.Version == 5 {
		v.fileType = be.Uint32(b[216:])&1 != 0
		whole := make([]byte, max(512, min(sectorB, 32768)))
		if n, _ := r.ReadAt(whole, 0); n < len(whole) || !sumOK(whole, 224) {
			v.warn("the check sum of the superblock does not agree")
		}
	} else {
		v.fileType = be.Uint32(b[200:])&0x200 != 0
	}
	if v.Blocks*v.BlockB > size {
		v.warn("the volume has %d bytes but only %d of them are here", v.Blocks*v.BlockB, size)
	}
	if _, err := v.inode(v.root); err != nil {
		return nil, err
	}
	return v, nil
}

func (v *Volume) warn(format string, args ...any) {
	if len(v.Warnings) < 100 {
		v.Warnings = append(v.Warnings, fmt.Sprintf(format, args...))
	}
}

// Type is "XFS".
func (v *Volume) Type() string { return "XFS" }

// VolumeLabel is the label in the superblock.
func (v *Volume) VolumeLabel() string { return v.Label }

// Doubts lists what is wrong with the volume, as far as it was read.
func (v *Volume) Doubts() []string { return v.Warnings }

// blockAt is the offset of a block by its number; -1 when it lies outside.
func (v *Volume) blockAt(n uint64, count int64) int64 {
	group, in := int64(n>>v.agShift), int64(n&(1<<v.agShift-1))
	if n>>v.agShift >= uint64(v.agCount) || in >= v.agBlocks || count > v.Blocks-(group*v.agBlocks+in) {
		return -1
	}
	return (group*v.agBlocks + in) * v.BlockB
}
