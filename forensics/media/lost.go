package media

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"firescene/forensics"
)

// candidate is a place where a volume may begin.
type candidate struct {
	startB  int64
	lengthB int64 // as the file system itself says; 0 when it does not
	// kind is how the name of what opening it gives must begin; empty for any.
	kind string
	how  string // what was found, and where
}

// searchB is how much of the medium is held at once: what a processor keeps at hand.
const searchB = 256 << 10

// FindVolumes searches ranges of a medium of size bytes for file systems that no
// partition table names: by their boot sectors and superblocks, by the backups of
// both, at every sector. A find counts only when the file system opens there and
// its size fits; of finds that overlap, the one that holds the others is kept.
// The volumes come in order of offset, with Lost telling how each was found.
// Inside a volume that is found the search does not look for others. The error is
// one of r or of the context.
func FindVolumes(ctx context.Context, r io.ReaderAt, size int64, gaps []forensics.ByteRun) ([]Volume, error) {
	var found []Volume
	buf := make([]byte, searchB)
	for _, gap := range gaps {
		end := min(gap.OffsetB+gap.LengthB, size)
		for at := (gap.OffsetB + 511) &^ 511; at < end; {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			n, err := r.ReadAt(buf[:min(searchB, end-at)], at)
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			if n < 512 {
				break
			}
			next := at + int64(n)&^511
			for i := 0; i+512 <= n; i += 512 {
				if !mayBegin(buf[i : i+512]) {
					continue
				}
				v, ok := try(r, gap.OffsetB, end, at+int64(i), buf[i:n])
				if !ok {
					continue
				}
				found = keep(found, v)
				if stop := (v.OffsetB + v.LengthB) &^ 511; stop > at+int64(i) {
					next = stop
					break
				}
			}
			at = next
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].OffsetB < found[j].OffsetB })
	return found, nil
}

// keep adds a volume to those found. Of two that overlap, the larger one is kept
// when it holds the other: a file system in a file of a file system; else the one
// that was found first.
func keep(found []Volume, v Volume) []Volume {
	var out []Volume
	for _, o := range found {
		apart := v.OffsetB >= o.OffsetB+o.LengthB || o.OffsetB >= v.OffsetB+v.LengthB
		holds := v.OffsetB <= o.OffsetB && v.OffsetB+v.LengthB >= o.OffsetB+o.LengthB && v.LengthB > o.LengthB
		switch {
		case apart:
			out = append(out, o)
		case !holds:
			return found
		}
	}
	return append(out, v)
}

// try opens the file systems that a sector may belong to; the first that opens
// and fits between from and end counts.
func try(r io.ReaderAt, from, end, at int64, b []byte) (Volume, bool) {
	for _, c := range candidates(r, at, b) {
		if c.startB < from || c.startB >= end || c.lengthB < 0 || c.lengthB > end-c.startB {
			continue
		}
		n := c.lengthB
		if n == 0 {
			n = end - c.startB
		}
		v := openVolume(r, 0, c.startB, n)
		if v.Kind == "" || !strings.HasPrefix(v.Kind, c.kind) || v.FS == nil && !isUnread(v.Err) {
			continue
		}
		if fs, ok := v.FS.(interface{ Extent() (int64, bool) }); ok {
			own, sound := fs.Extent()
			if !sound || own > n {
				continue
			}
			if own < n {
				v = openVolume(r, 0, c.startB, own)
			}
		}
		v.Lost = c.how
		return v, true
	}
	return Volume{}, false
}

// mayBegin is the quick look at a sector.
func mayBegin(b []byte) bool {
	switch {
	case b[510] == 0x55 && b[511] == 0xAA && (b[0] == 0xEB || b[0] == 0xE9 || string(b[3:11]) == "-FVE-FS-"):
		return true
	case b[56] == 0x53 && b[57] == 0xEF:
		return true
	}
	switch b[0] {
	case 'X':
		return string(b[:4]) == "XFSB"
	case 'L':
		return string(b[:6]) == "LUKS\xBA\xBE"
	case 'D':
		return string(b[:7]) == "DHFS4.1"
	case 'W':
		return string(b[:5]) == "WFS0."
	case 'H':
		return string(b[:4]) == "H+\x00\x04" || string(b[:4]) == "HX\x00\x05"
	case 0x10:
		return string(b[:4]) == "\x10\x20\xF5\xF2"
	}
	return string(b[32:36]) == "NXSB" || string(b[64:72]) == "_BHRfS_M" || string(b[16:34]) == "HIKVISION@HANGZHOU"
}

// candidates lists where a volume may begin that the sector at off is a part of,
// and its size by its own word. b is the sector and what follows.
func candidates(r io.ReaderAt, off int64, b []byte) (out []candidate) {
	le, be := binary.LittleEndian, binary.BigEndian
	add := func(start, length int64, kind, how string) {
		out = append(out, candidate{start, length, kind, fmt.Sprintf("%s at byte %d", how, off)})
	}
	small := func(v uint64) int64 { return int64(min(v, 1<<52)) }
	switch {
	case string(b[3:11]) == "EXFAT   ":
		shift := min(b[108], 12)
		n := small(le.Uint64(b[72:])&(1<<44-1)) << shift
		add(off, n, "exFAT", "boot sector")
		add(off-12<<shift, n, "exFAT", "backup boot sector")
	case string(b[3:11]) == "NTFS    ":
		sectorB := int64(le.Uint16(b[11:]))
		n := small(le.Uint64(b[40:])&(1<<44-1)) * sectorB
		add(off, n+sectorB, "NTFS", "boot sector")
		add(off, n, "NTFS", "boot sector") // an image may lack the backup behind it
		add(off-n, n+sectorB, "NTFS", "backup boot sector")
	case string(b[3:11]) == "-FVE-FS-":
		add(off, bitLockerB(r, off, b), "BitLocker", "boot sector")
	case b[510] == 0x55 && b[511] == 0xAA:
		sectorB := int64(le.Uint16(b[11:]))
		n := int64(le.Uint16(b[19:]))
		if n == 0 {
			n = int64(le.Uint32(b[32:]))
		}
		add(off, n*sectorB, "", "boot sector")
		add(off-6*sectorB, n*sectorB, "FAT32", "backup boot sector")
	case b[56] == 0x53 && b[57] == 0xEF:
		if start, n, group := extPlace(off, b); n > 0 && extRoot(r, off, start, b) {
			add(start, n, extKind, fmt.Sprintf("superblock of group %d", group))
		}
	case string(b[:4]) == "XFSB":
		block := int64(be.Uint32(b[4:]))
		if block >= 512 && block <= 65536 {
			n := block * small(be.Uint64(b[8:])&(1<<44-1))
			// the header behind the superblock tells its allocation group
			if sec := int(be.Uint16(b[102:])); sec >= 512 && len(b) >= sec+12 && string(b[sec:sec+4]) == "XAGF" && be.Uint32(b[sec+8:]) == 0 {
				add(off, n, "XFS", "superblock")
			}
		}
	case string(b[32:36]) == "NXSB":
		if block := int64(le.Uint32(b[36:])); block >= 4096 && block <= 65536 {
			add(off, block*small(le.Uint64(b[40:])&(1<<44-1)), "APFS", "container superblock")
		}
	case string(b[64:72]) == "_BHRfS_M":
		add(off-small(le.Uint64(b[48:])), small(le.Uint64(b[0xC9+8:])), "Btrfs", "superblock")
	case string(b[:4]) == "\x10\x20\xF5\xF2":
		if shift := le.Uint32(b[16:]); shift >= 12 && shift <= 16 {
			add(off-1024, small(le.Uint64(b[36:])&(1<<44-1))<<shift, "F2FS", "superblock")
		}
	case b[0] == 'H' && (b[1] == '+' || b[1] == 'X'):
		add(off-1024, int64(be.Uint32(b[40:]))*int64(be.Uint32(b[44:])), "HFS+", "volume header")
	case string(b[:4]) == "LUKS":
		add(off, 0, "LUKS", "header")
	case string(b[16:34]) == "HIKVISION@HANGZHOU":
		add(off-512, 0, "", "master sector")
	default:
		add(off, 0, "", "mark of a recorder's file system")
	}
	return out
}

// extKind begins the names of ext2, ext3 and ext4.
const extKind = "ext"

// extPlace reads from a superblock of ext2, ext3 or ext4, or from a backup of it,
// where the file system begins and how large it is (kernel documentation "ext4
// Data Structures and Algorithms", section Super Block). The length is 0 when
// the fields do not agree.
func extPlace(off int64, b []byte) (start, length int64, group int) {
	le := binary.LittleEndian
	shift, perGroup, first := le.Uint32(b[24:]), int64(le.Uint32(b[32:])), int64(le.Uint32(b[20:]))
	if shift > 6 {
		return 0, 0, 0
	}
	blockB := int64(1024) << shift
	blocks := int64(le.Uint32(b[4:]))
	if le.Uint32(b[96:])&0x80 != 0 && len(b) >= 0x154 {
		blocks |= int64(le.Uint32(b[0x150:])&0xFFFF) << 32
	}
	if blocks < 16 || perGroup < 8 || perGroup > 8*blockB || le.Uint32(b[0:]) == 0 || le.Uint32(b[40:]) == 0 || first > 1 || (first == 1) != (blockB == 1024) {
		return 0, 0, 0
	}
	group = int(le.Uint16(b[90:]))
	if start = off - 1024; group > 0 {
		start = off - (int64(group)*perGroup+first)*blockB
	}
	return start, blocks * blockB, group
}

// extRoot reports whether the root directory's inode is where the group
// descriptors behind a superblock say, counted from start: copies of superblocks
// lie in journals too.
func extRoot(r io.ReaderAt, off, start int64, sb []byte) bool {
	le := binary.LittleEndian
	blockB := int64(1024) << le.Uint32(sb[24:])
	table := off + blockB
	if le.Uint16(sb[90:]) == 0 && blockB > 1024 {
		table = start + blockB
	}
	inodeB := int64(128)
	if le.Uint32(sb[76:]) > 0 {
		inodeB = int64(le.Uint16(sb[88:]))
	}
	var d [12]byte
	var mode [2]byte
	if n, _ := r.ReadAt(d[:], table); n < len(d) || start < 0 {
		return false
	}
	n, _ := r.ReadAt(mode[:], start+int64(le.Uint32(d[8:]))*blockB+inodeB)
	return n == len(mode) && mode[1]&0xF0 == 0x40
}

// bitLockerB is the size of an encrypted volume by the first of its metadata
// blocks, 0 when that is not where the boot sector says (J. Metz, "BitLocker
// Drive Encryption (BDE) format", sections 4 and 5).
func bitLockerB(r io.ReaderAt, off int64, boot []byte) int64 {
	for i := range 3 {
		at := int64(min(binary.LittleEndian.Uint64(boot[176+8*i:]), 1<<52))
		var b [24]byte
		if n, _ := r.ReadAt(b[:], off+at); at > 0 && n == len(b) && string(b[:8]) == "-FVE-FS-" {
			return int64(min(binary.LittleEndian.Uint64(b[16:]), 1<<52))
		}
	}
	return -1
}
