package partition

import (
	"encoding/binary"
	"fmt"
	"io"
)

// protective is the type byte of an entry that covers a disk with a GPT.
const protective = 0xEE

// mbrTypes names the type bytes that are met on media of interest; others are
// given by number.
var mbrTypes = map[byte]string{
	0x01: "FAT12", 0x04: "FAT16", 0x06: "FAT16", 0x07: "NTFS or exFAT", 0x0B: "FAT32", 0x0C: "FAT32 (LBA)", 0x0E: "FAT16 (LBA)",
	0x82: "Linux swap", 0x83: "Linux", 0x8E: "Linux LVM", 0xA5: "FreeBSD", 0xA8: "Apple UFS", 0xAF: "Apple HFS+", protective: "GPT protective",
	0xEF: "EFI system", 0xFD: "Linux RAID", 0x11: "hidden FAT12", 0x14: "hidden FAT16", 0x16: "hidden FAT16", 0x1B: "hidden FAT32",
	0x1C: "hidden FAT32 (LBA)", 0x27: "Windows recovery",
}

type mbrEntry struct {
	status, kind byte
	start, count uint32
}

func mbrEntries(b []byte) (e [4]mbrEntry) {
	for i := range e {
		p := b[446+16*i:]
		e[i] = mbrEntry{p[0], p[4], binary.LittleEndian.Uint32(p[8:]), binary.LittleEndian.Uint32(p[12:])}
	}
	return e
}

// looksLikeMBR tells a partition table from the boot sector of a file system,
// which carries the same end mark: every entry must be empty or have a valid
// boot flag and a place, and one must not be empty.
func looksLikeMBR(b []byte) bool {
	if b[510] != 0x55 || b[511] != 0xAA {
		return false
	}
	used := 0
	for _, e := range mbrEntries(b) {
		if e == (mbrEntry{}) {
			continue
		}
		if e.status&0x7F != 0 {
			return false
		}
		if e.kind == 0 {
			continue
		}
		if e.start == 0 || e.count == 0 {
			return false
		}
		used++
	}
	return used > 0
}

func isExtended(kind byte) bool { return kind == 0x05 || kind == 0x0F || kind == 0x85 }

func mbrPartition(n int, e mbrEntry, base int64) Partition {
	name := mbrTypes[e.kind]
	if name == "" {
		name = fmt.Sprintf("type %02X", e.kind)
	}
	return Partition{Number: n, OffsetB: 512 * (base + int64(e.start)), LengthB: 512 * int64(e.count), Type: name, Active: e.status == 0x80}
}

// readMBR reads the four primary entries and every chain of logical ones.
func readMBR(r io.ReaderAt, size int64, boot []byte, t *Table) error {
	t.Scheme = MBR
	t.DiskID = fmt.Sprintf("%08x", binary.LittleEndian.Uint32(boot[440:]))
	next := 5
	for i, e := range mbrEntries(boot) {
		switch {
		case e.kind == 0:
		case isExtended(e.kind):
			n, err := readChain(r, size, int64(e.start), next, t)
			if err != nil {
				return err
			}
			next = n
		default:
			t.Partitions = append(t.Partitions, mbrPartition(i+1, e, 0))
		}
	}
	return nil
}

// readChain follows the extended boot records from sector start. The first
// entry of each is a logical partition relative to that record, the second the
// next record relative to the start of the extended partition.
func readChain(r io.ReaderAt, size, start int64, number int, t *Table) (int, error) {
	visited := map[int64]bool{}
	for at := start; ; {
		if visited[at] || len(visited) >= maxPartitions {
			t.warn("the chain of logical partitions runs in a circle at sector %d", at)
			return number, nil
		}
		visited[at] = true
		b, err := readAt(r, 512*at, 512, size)
		if err != nil {
			return number, err
		}
		if len(b) < 512 || b[510] != 0x55 || b[511] != 0xAA {
			t.warn("the chain of logical partitions breaks at sector %d", at)
			return number, nil
		}
		es := mbrEntries(b)
		if e := es[0]; e.kind != 0 && e.count != 0 && !isExtended(e.kind) {
			t.Partitions = append(t.Partitions, mbrPartition(number, e, at))
			number++
		}
		if !isExtended(es[1].kind) || es[1].start == 0 {
			return number, nil
		}
		at = start + int64(es[1].start)
	}
}
