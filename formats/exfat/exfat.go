// Package exfat reads exFAT volumes for recovery: the files that are there, the
// entry sets whose in-use bits are cleared, directories that nothing leads to any
// more, and where the bytes of all of them lie. It never writes.
//
// Specification: Microsoft, exFAT file system specification, revision 1.00
// (2019); the section numbers in this package are its.
package exfat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"firescene/formats"
)

// Volume is an opened volume. Its methods may not be used from several
// goroutines at once: they share caches of the allocation table and bitmap.
type Volume struct {
	SectorB        int64
	ClusterB       int64
	Clusters       uint32 // their numbers are 2 to Clusters+1
	Serial         string // of the volume, as it is printed: "1234-ABCD"
	Label          string
	FromBackupBoot bool // the main boot region was damaged, its copy was read
	Warnings       []string

	r           io.ReaderAt
	size        int64
	dataB       int64 // offset of cluster 2
	rootCluster uint32
	table       pages
	bitmap      pages
	upcase      []uint16
	totalB      int64    // by the boot sector
	seen        []uint64 // of chain
	dirs        []Extent // of the last Walk
}

// Extent is a range of the volume's bytes.
type Extent struct{ OffsetB, LengthB int64 }

// bootSectors is the length of a boot region (3.1): boot sector, eight extended
// ones, OEM parameters, a reserved one and the check sum.
const bootSectors = 12

// Open reads the boot region of the volume that r holds in size bytes, or its
// backup behind it when the first is damaged. A FormatError says that there is no
// exFAT volume.
func Open(r io.ReaderAt, size int64) (*Volume, error) {
	boot := make([]byte, 512)
	if n, err := r.ReadAt(boot, 0); n < 512 {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, damaged(0, "shorter than a boot sector")
	}
	v, first := parseBoot(boot, size)
	if first == nil && !sumHolds(r, 0, v.SectorB) {
		first = damaged(11*v.SectorB, "the check sum of the boot region does not agree")
	}
	if first != nil {
		backup := openBackup(r, size)
		switch {
		case backup != nil:
			backup.warn("the boot region is damaged (%s); its backup in sector 12 was read", first.Reason)
			v = backup
		case v == nil:
			return nil, first
		default:
			v.warn("%s, and no backup of it is whole", first.Reason)
		}
	}
	v.r, v.size = r, size
	v.table.r = r
	v.readRoot()
	return v, nil
}

// openBackup tries the second boot region for every size of sector; the check
// sum must agree.
func openBackup(r io.ReaderAt, size int64) *Volume {
	b := make([]byte, 512)
	for sectorB := int64(512); sectorB <= 4096; sectorB *= 2 {
		if n, _ := r.ReadAt(b, bootSectors*sectorB); n < 512 {
			return nil
		}
		v, err := parseBoot(b, size)
		if err == nil && v.SectorB == sectorB && sumHolds(r, bootSectors*sectorB, sectorB) {
			v.FromBackupBoot = true
			return v
		}
	}
	return nil
}

func damaged(off int64, reason string) *formats.FormatError {
	return &formats.FormatError{Format: "exFAT", Offset: off, Reason: reason}
}

// parseBoot reads the fields of the boot sector (3.1) and holds them against
// each other.
func parseBoot(b []byte, size int64) (*Volume, *formats.FormatError) {
	le := binary.LittleEndian
	bps, spc, fats := b[108], b[109], b[110]
	switch {
	case string(b[3:11]) != "EXFAT   ":
		return nil, damaged(3, "no exFAT boot sector")
	case b[510] != 0x55 || b[511] != 0xAA:
		return nil, damaged(510, "no end mark in the boot sector")
	case bps < 9 || bps > 12:
		return nil, damaged(108, fmt.Sprintf("sectors of 2^%d bytes", bps))
	case spc > 25-bps:
		return nil, damaged(109, fmt.Sprintf("clusters of 2^%d sectors", spc))
	case fats != 1 && fats != 2:
		return nil, damaged(110, fmt.Sprintf("%d allocation tables", fats))
	}
	v := &Volume{SectorB: 1 << bps, ClusterB: 1 << (bps + spc), Clusters: le.Uint32(b[92:]), rootCluster: le.Uint32(b[96:])}
	total, fat, fatLen, heap := le.Uint64(b[72:]), int64(le.Uint32(b[80:])), int64(le.Uint32(b[84:])), int64(le.Uint32(b[88:]))
	switch {
	case fat < 2*bootSectors || fatLen == 0 || heap < fat+fatLen*int64(fats):
		return nil, damaged(80, fmt.Sprintf("allocation table of %d sectors in sector %d, clusters in sector %d", fatLen, fat, heap))
	case v.Clusters == 0 || v.Clusters > 0xFFFFFFF5 || fatLen*v.SectorB/4 < int64(v.Clusters):
		return nil, damaged(92, fmt.Sprintf("%d clusters with a table of %d sectors", v.Clusters, fatLen))
	case total > 1<<50 || uint64(heap)+uint64(v.Clusters)<<spc > total:
		return nil, damaged(72, fmt.Sprintf("%d sectors in all, fewer than its clusters take", total))
	}
	v.dataB = heap * v.SectorB
	if v.totalB = int64(total) * v.SectorB; v.totalB > size {
		v.warn("the volume has %d bytes but only %d of them are here", v.totalB, size)
		// no table is kept for clusters that are not there
		v.Clusters = uint32(max(0, min(int64(v.Clusters), (size-v.dataB+v.ClusterB-1)/v.ClusterB)))
	}
	flags := le.Uint16(b[106:])
	if flags&1 != 0 && fats == 2 {
		fat += fatLen
	}
	if flags&2 != 0 {
		v.warn("the volume was not put away cleanly")
	}
	v.table = pages{where: []Extent{{fat * v.SectorB, fatLen * v.SectorB}}}
	id := le.Uint32(b[100:])
	v.Serial = fmt.Sprintf("%04X-%04X", id>>16, id&0xFFFF)
	return v, nil
}

// sumHolds checks a boot region's sum (3.4), which fills its last sector. Flags
// and percentage in use are left out of it, since they change.
func sumHolds(r io.ReaderAt, at, sectorB int64) bool {
	b := make([]byte, bootSectors*sectorB)
	if n, _ := r.ReadAt(b, at); n < len(b) {
		return false
	}
	var sum uint32
	for i, c := range b[:11*sectorB] {
		if i != 106 && i != 107 && i != 112 {
			sum = sum>>1 | sum<<31
			sum += uint32(c)
		}
	}
	for i := 11 * sectorB; i < bootSectors*sectorB; i += 4 {
		if binary.LittleEndian.Uint32(b[i:]) != sum {
			return false
		}
	}
	return true
}

// readRoot finds bitmap, up-case table and label in the root directory.
func (v *Volume) readRoot() {
	v.upcase = asciiUpcase()
	root, _, fault := v.chain(v.rootCluster, v.clustersOf(dirB))
	if fault != "" {
		v.warn("root directory: %s", fault)
	}
	sawMap, sawUpcase := false, false
	le := binary.LittleEndian
	v.slots(root, func(b []byte, _ int64) bool {
		switch {
		case b[0] == 0:
			return false
		case b[0] == typeBitmap && !sawMap:
			sawMap = true
			where := v.system(le.Uint32(b[20:]), int64(min(le.Uint64(b[24:]), 1<<32)))
			v.bitmap = pages{r: v.r, where: where}
			if v.bitmap.lengthB()*8 < int64(v.Clusters) {
				v.warn("the allocation bitmap is cut short; what it does not tell is taken for in use")
			}
		case b[0] == typeUpcase && !sawUpcase:
			sawUpcase = true
			v.readUpcase(le.Uint32(b[20:]), int64(min(le.Uint64(b[24:]), 1<<32)), le.Uint32(b[4:]))
		case b[0] == typeLabel && b[1] <= 11:
			v.Label = text(b[2 : 2+2*int(b[1])])
		}
		return true
	})
	if !sawMap {
		v.warn("there is no allocation bitmap; no cluster is taken for free")
	}
}

// system is the place of the bitmap or the up-case table: by its chain, or in one
// piece when the chain is damaged.
func (v *Volume) system(c uint32, n int64) []Extent {
	need := v.clustersOf(n)
	x, got, _ := v.chain(c, need)
	if got < need {
		x, _ = v.run(c, need)
	}
	x, _ = v.trim(x, n)
	return x
}

func (v *Volume) warn(format string, args ...any) {
	if len(v.Warnings) < 100 {
		v.Warnings = append(v.Warnings, fmt.Sprintf(format, args...))
	}
}

// Type is "exFAT".
func (v *Volume) Type() string { return "exFAT" }

// Extent is the size of the volume by its own boot sector. sound says that what
// the boot sector points at looks like an exFAT volume too: the allocation table
// begins as it should and the root directory names a bitmap. A boot sector that
// was left behind is not sound.
func (v *Volume) Extent() (sizeB int64, sound bool) {
	return v.totalB, v.next(0) == 0xFFFFFFF8 && v.bitmap.lengthB()*8 >= int64(v.Clusters)
}

// VolumeLabel is the label that the root directory records.
func (v *Volume) VolumeLabel() string { return v.Label }

// Doubts lists what is wrong with the volume, as far as it was read.
func (v *Volume) Doubts() []string { return v.Warnings }
