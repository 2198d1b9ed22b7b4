// Package ntfs reads NTFS volumes for recovery: the files that are there, the
// files whose records in the master file table are no longer in use, where the
// bytes of both lie, and the names that index slack and journals still hold. It
// never writes.
//
// Specification: R. Russon and Y. Fledel, NTFS Documentation (Linux-NTFS project,
// 2004), and B. Carrier, File System Forensic Analysis (2005), chapters 11 to 13,
// for the structures on disk; Microsoft, USN_RECORD_V2 and USN_RECORD_V3
// (Windows SDK), for the change journal; Microsoft, [MS-XCA] 2.5, for LZNT1.
package ntfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"firescene/formats"
)

// Volume is an opened volume. Its methods may not be used from several
// goroutines at once: they share caches.
type Volume struct {
	SectorB        int64
	ClusterB       int64
	Clusters       int64  // of the volume, by its boot sector
	RecordB        int64  // size of a record of the master file table
	IndexB         int64  // size of an index record
	Serial         string // of the volume, as it is printed: "369D-20F42EE3D485"
	Label          string
	Version        string // of NTFS: "3.1"; empty when not recorded
	Dirty          bool   // the volume was not closed in order
	FromBackupBoot bool   // sector 0 was damaged, its copy in the last sector was read
	Warnings       []string

	sectors        int64
	r              io.ReaderAt
	size           int64
	mftLCN, mirLCN int64
	mft            []mapped // where the master file table lies
	mftB           int64    // its bytes in use
	bitmap         bitmap
	tree           *tree
	strays         folders
}

// Extent is a range of the volume's bytes. OffsetB is Hole when it is stored
// nowhere and reads as zeros.
type Extent struct{ OffsetB, LengthB int64 }

// Hole is the offset of an extent that is not stored.
const Hole = -1

const (
	maxRecordB  = 64 << 10
	maxClusterB = 2 << 20
)

func damaged(off int64, format string, args ...any) *formats.FormatError {
	return &formats.FormatError{Format: "NTFS", Offset: off, Reason: fmt.Sprintf(format, args...)}
}

// Open reads the boot sector of the volume that r holds in size bytes, or its
// backup in the last sector when it is damaged, and finds the master file table,
// or its mirror. A FormatError says that there is no NTFS volume or that its
// table can not be found.
func Open(r io.ReaderAt, size int64) (*Volume, error) {
	v, err := openBoot(r, size)
	if err != nil {
		return nil, err
	}
	v.r, v.size = r, size
	if v.Clusters*v.ClusterB > size {
		v.warn("the volume has %d bytes but only %d of them are here", v.Clusters*v.ClusterB, size)
	}
	if err := v.openTable(); err != nil {
		return nil, err
	}
	v.describe()
	v.openBitmap()
	return v, nil
}

func openBoot(r io.ReaderAt, size int64) (*Volume, error) {
	b := make([]byte, 512)
	if n, err := r.ReadAt(b, 0); n < len(b) {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, damaged(0, "shorter than a boot sector")
	}
	v, first := parseBoot(b)
	if first == nil {
		return v, nil
	}
	for sectorB := int64(512); sectorB <= 4096; sectorB *= 2 {
		at := size/sectorB*sectorB - sectorB
		if at <= 0 {
			break
		}
		if n, _ := r.ReadAt(b, at); n < len(b) {
			continue
		}
		v, err := parseBoot(b)
		// The copy stands directly behind the sectors that it counts.
		if err == nil && v.SectorB == sectorB && at/v.SectorB == v.sectors {
			v.FromBackupBoot = true
			v.warn("the boot sector is damaged (%s); its copy in the last sector was read", first.Reason)
			return v, nil
		}
	}
	return nil, first
}

// parseBoot reads a boot sector.
func parseBoot(b []byte) (*Volume, *formats.FormatError) {
	le := binary.LittleEndian
	if string(b[3:11]) != "NTFS    " {
		return nil, damaged(3, "no NTFS boot sector")
	}
	v := &Volume{SectorB: int64(le.Uint16(b[11:]))}
	if v.SectorB < 256 || v.SectorB > 4096 || v.SectorB&(v.SectorB-1) != 0 {
		return nil, damaged(11, "sectors of %d bytes", v.SectorB)
	}
	perCluster := int64(b[13])
	if b[13] > 0x80 {
		perCluster = 1 << min(256-int(b[13]), 30)
	}
	if perCluster == 0 || perCluster&(perCluster-1) != 0 || perCluster*v.SectorB > maxClusterB {
		return nil, damaged(13, "clusters of %d sectors", perCluster)
	}
	v.ClusterB = perCluster * v.SectorB
	sectors := le.Uint64(b[40:])
	if sectors == 0 || sectors > 1<<52 {
		return nil, damaged(40, "a volume of %d sectors", sectors)
	}
	v.sectors, v.Clusters = int64(sectors), int64(sectors)/perCluster
	v.mftLCN, v.mirLCN = int64(le.Uint64(b[48:])), int64(le.Uint64(b[56:]))
	if !v.inVolume(v.mftLCN, 1) && !v.inVolume(v.mirLCN, 1) {
		return nil, damaged(48, "the master file table begins behind the volume's end")
	}
	v.RecordB, v.IndexB = v.sizeOf(int8(b[64])), v.sizeOf(int8(b[68]))
	if v.RecordB < 512 || v.RecordB > maxRecordB {
		return nil, damaged(64, "file records of %d bytes", v.RecordB)
	}
	if v.IndexB < 512 || v.IndexB > maxRecordB {
		v.IndexB = 4096
		v.warn("the boot sector gives index records no size that is possible; 4096 bytes were taken")
	}
	serial := le.Uint64(b[72:])
	v.Serial = fmt.Sprintf("%04X-%012X", serial>>48, serial&0xFFFFFFFFFFFF)
	return v, nil
}

// sizeOf reads a record size: clusters, or a negative power of two in bytes.
func (v *Volume) sizeOf(n int8) int64 {
	switch {
	case n > 0:
		return int64(n) * v.ClusterB
	case n <= -9 && n >= -16:
		return 1 << -n
	}
	return 0
}

// inVolume reports whether n clusters from lcn on lie in the volume.
func (v *Volume) inVolume(lcn, n int64) bool {
	return lcn >= 0 && n > 0 && lcn < v.Clusters && n <= v.Clusters-lcn
}

func (v *Volume) warn(format string, args ...any) {
	if len(v.Warnings) < 100 {
		v.Warnings = append(v.Warnings, fmt.Sprintf(format, args...))
	}
}

// Doubts lists what is wrong with the volume, as far as it was read.
func (v *Volume) Doubts() []string { return v.Warnings }

// describe reads label and version from the record of $Volume.
func (v *Volume) describe() {
	rec, err := v.readRecord(recVolume)
	if err != nil {
		v.warn("%v", err)
		return
	}
	for _, a := range rec.attrs {
		switch {
		case a.kind == attrVolumeName && !a.nonResident:
			v.Label = utf16Text(a.value)
		case a.kind == attrVolumeInfo && len(a.value) >= 12:
			v.Version = fmt.Sprintf("%d.%d", a.value[8], a.value[9])
			v.Dirty = binary.LittleEndian.Uint16(a.value[10:])&1 != 0
		}
	}
}

// Type names the file system.
func (v *Volume) Type() string { return "NTFS" }

// VolumeLabel is the volume's name; empty when it has none.
func (v *Volume) VolumeLabel() string { return v.Label }
