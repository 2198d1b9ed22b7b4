// Package fat reads FAT12, FAT16 and FAT32 volumes for recovery: the files that
// are there, the files whose directory entries are marked deleted, and where the
// bytes of both lie. It never writes.
//
// Specification: Microsoft, FAT: General Overview of On-Disk Format, 1.03
// (2000), for boot sector, FAT, directories and long names.
package fat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"firescene/formats"
)

// Volume is an opened volume. Its methods may not be used from several
// goroutines at once: they share the cache of the allocation table.
type Volume struct {
	Bits           int // 12, 16 or 32
	SectorB        int64
	ClusterB       int64
	Clusters       uint32 // data clusters; their numbers are 2 to Clusters+1
	Serial         string // of the volume, as it is printed: "1234-ABCD"
	Label          string // of the boot sector
	FromBackupBoot bool   // FAT32: sector 0 was damaged, its copy was read
	Warnings       []string

	r           io.ReaderAt
	size        int64
	dataB       int64 // offset of cluster 2
	rootB       int64 // FAT12 and FAT16: offset of the root directory
	rootEntries int64
	rootCluster uint32
	table       table
	totalB      int64    // by the boot sector
	tableFound  bool     // a copy of the table begins as it should
	seen        []uint64 // of chain
	dirs        []Extent // of the last Walk
	heads       []head   // directories in free clusters that the last Walk met
	loose       []uint32 // clusters that seem to go on with a directory
	former      []*Volume
	parent      *Volume // of a former volume: what is there now
}

// Extent is a range of the volume's bytes.
type Extent struct{ OffsetB, LengthB int64 }

// Open reads the boot sector of the volume that r holds in size bytes, or for
// FAT32 its backup when sector 0 is damaged. A FormatError says that there is no
// FAT volume, an UnsupportedError that it is exFAT.
func Open(r io.ReaderAt, size int64) (*Volume, error) {
	boot := make([]byte, 512)
	if n, err := r.ReadAt(boot, 0); n < 512 {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, &formats.FormatError{Format: "FAT", Offset: 0, Reason: "shorter than a boot sector"}
	}
	if string(boot[3:11]) == "EXFAT   " {
		return nil, &formats.UnsupportedError{Format: "FAT", Offset: 3, Feature: "exFAT", Next: "its files are looked for by carving"}
	}
	v, first := parseBoot(boot, size)
	if first != nil {
		// The backup stands in sector 6 by convention; the sector size is not known yet.
		for sectorB := int64(512); sectorB <= 4096 && v == nil; sectorB *= 2 {
			copyOf := make([]byte, 512)
			if n, _ := r.ReadAt(copyOf, 6*sectorB); n < 512 {
				break
			}
			if b, err := parseBoot(copyOf, size); err == nil && b.Bits == 32 && b.SectorB == sectorB {
				v = b
				v.FromBackupBoot = true
				v.warn("the boot sector is damaged (%s); its backup in sector 6 was read", first.Reason)
			}
		}
		if v == nil {
			return nil, first
		}
	}
	v.r, v.size = r, size
	v.table.r = r
	v.chooseTable(v.table.copies)
	return v, nil
}

// parseBoot reads the BIOS parameter block and holds its numbers against each
// other, so that another boot sector with the same end mark is not taken.
func parseBoot(b []byte, size int64) (*Volume, *formats.FormatError) {
	le := binary.LittleEndian
	bad := func(off int64, reason string) (*Volume, *formats.FormatError) {
		return nil, &formats.FormatError{Format: "FAT", Offset: off, Reason: reason}
	}
	v := &Volume{SectorB: int64(le.Uint16(b[11:]))}
	perCluster, reserved, fats := int64(b[13]), int64(le.Uint16(b[14:])), int64(b[16])
	switch {
	case b[510] != 0x55 || b[511] != 0xAA:
		return bad(510, "no end mark in the boot sector")
	case v.SectorB != 512 && v.SectorB != 1024 && v.SectorB != 2048 && v.SectorB != 4096:
		return bad(11, fmt.Sprintf("sectors of %d bytes", v.SectorB))
	case perCluster == 0 || perCluster&(perCluster-1) != 0:
		return bad(13, fmt.Sprintf("clusters of %d sectors", perCluster))
	case reserved == 0 || fats == 0 || fats > 4:
		return bad(14, fmt.Sprintf("%d reserved sectors and %d tables", reserved, fats))
	case b[21] != 0xF0 && b[21] < 0xF8:
		return bad(21, fmt.Sprintf("media byte %02X", b[21]))
	}
	v.ClusterB = perCluster * v.SectorB
	v.rootEntries = int64(le.Uint16(b[17:]))
	total, tableSectors := int64(le.Uint16(b[19:])), int64(le.Uint16(b[22:]))
	if total == 0 {
		total = int64(le.Uint32(b[32:]))
	}
	is32 := tableSectors == 0 && v.rootEntries == 0
	if is32 {
		tableSectors = int64(le.Uint32(b[36:]))
	}
	rootSectors := (v.rootEntries*32 + v.SectorB - 1) / v.SectorB
	meta := reserved + fats*tableSectors + rootSectors
	if tableSectors == 0 || total <= meta {
		return bad(32, fmt.Sprintf("%d sectors in all, %d of them for tables", total, meta))
	}
	v.Clusters = uint32(min((total-meta)/perCluster, 1<<28))
	switch {
	case is32:
		v.Bits = 32
		v.rootCluster = le.Uint32(b[44:]) & 0x0FFFFFFF
		v.serialAndLabel(b[67:])
	case v.Clusters < 4085:
		v.Bits = 12
		v.serialAndLabel(b[39:])
	default:
		v.Bits = 16
		v.serialAndLabel(b[39:])
	}
	// a table too short for its clusters leaves the rest unreachable
	held := uint32(min(tableSectors*v.SectorB*8/int64(v.Bits), 1<<29))
	if held < 3 {
		return bad(22, "allocation table without entries")
	}
	if v.Clusters > held-2 {
		v.warn("the allocation table holds %d of %d clusters", held-2, v.Clusters)
		v.Clusters = held - 2
	}
	v.totalB = total * v.SectorB
	if total*v.SectorB > size {
		v.warn("the volume has %d bytes but only %d of them are here", total*v.SectorB, size)
	}
	v.rootB = (reserved + fats*tableSectors) * v.SectorB
	v.dataB = v.rootB + rootSectors*v.SectorB
	v.table = table{bits: v.Bits, startB: reserved * v.SectorB, lengthB: tableSectors * v.SectorB, copies: int(fats), media: b[21]}
	return v, nil
}

func (v *Volume) serialAndLabel(b []byte) {
	id := binary.LittleEndian.Uint32(b)
	v.Serial = fmt.Sprintf("%04X-%04X", id>>16, id&0xFFFF)
	v.Label = strings.TrimRight(oemText(b[4:15]), " ")
}

func (v *Volume) warn(format string, args ...any) {
	if len(v.Warnings) < 100 {
		v.Warnings = append(v.Warnings, fmt.Sprintf(format, args...))
	}
}

// Type is "FAT12", "FAT16" or "FAT32".
func (v *Volume) Type() string { return fmt.Sprintf("FAT%d", v.Bits) }

// VolumeLabel is the label of the boot sector.
func (v *Volume) VolumeLabel() string { return v.Label }

// Extent is the size of the volume by its own boot sector. sound says that what
// the boot sector points at looks like a FAT volume too: an allocation table that
// begins as it should. A boot sector that was left behind is not sound.
func (v *Volume) Extent() (sizeB int64, sound bool) { return v.totalB, v.tableFound }

// valid reports whether c is the number of a data cluster.
func (v *Volume) valid(c uint32) bool { return c >= 2 && c-2 < v.Clusters }

// OffsetB is where a cluster begins in the volume.
func (v *Volume) OffsetB(c uint32) int64 { return v.dataB + int64(c-2)*v.ClusterB }

// Count is how many clusters there are, as far as the volume is here; their
// numbers begin with 2.
func (v *Volume) Count() uint32 {
	return uint32(max(0, min(int64(v.Clusters), (v.size-v.dataB+v.ClusterB-1)/v.ClusterB)))
}

// HereB is how much of the volume the image holds.
func (v *Volume) HereB() int64 { return v.size }

// ClusterSizeB is the size of a cluster.
func (v *Volume) ClusterSizeB() int64 { return v.ClusterB }

// clustersOf is how many clusters n bytes take.
func (v *Volume) clustersOf(n int64) int64 { return (n + v.ClusterB - 1) / v.ClusterB }

// Doubts lists what is wrong with the volume, as far as it was read.
func (v *Volume) Doubts() []string { return v.Warnings }
