// Package partition reads the partition tables of disks: the master boot record
// with its chain of logical partitions, and the GUID partition table with its
// check sums and backup copy.
//
// Specifications: UEFI 2.10 section 5 (MBR in 5.2.1, GPT in 5.3); the extended
// chain follows the convention of IBM PC DOS 3.3.
package partition

import (
	"errors"
	"fmt"
	"io"
)

// Scheme names the kind of table.
type Scheme string

// The schemes.
const (
	None Scheme = ""
	MBR  Scheme = "mbr"
	GPT  Scheme = "gpt"
)

// Table is what Read found, in the order of the table.
type Table struct {
	Scheme     Scheme
	SectorB    int64 // size of a logical sector
	FromBackup bool  // GPT: the main header was damaged, the backup was read
	DiskID     string
	Partitions []Partition
	Warnings   []string // what was not as it should be, in order
}

// Partition is one entry.
type Partition struct {
	Number  int // as systems count: MBR primary 1-4, logical from 5; GPT from 1
	OffsetB int64
	LengthB int64 // as the table says, even beyond the end of the disk
	Type    string
	Name    string // GPT only
	ID      string // GPT only
	Active  bool   // MBR boot flag
	// MissingB is how much of the partition lies behind the end of the disk.
	MissingB int64
}

// maxPartitions bounds what one table may list.
const maxPartitions = 1024

// Read reads the table at the beginning of a disk of size bytes. A disk without
// a table gives a Table of scheme None; a damaged table gives what of it is
// valid, with warnings. The error is one of r.
func Read(r io.ReaderAt, size int64) (Table, error) {
	t := Table{SectorB: 512}
	boot, err := readAt(r, 0, 512, size)
	if err != nil {
		return t, err
	}
	for _, sectorB := range []int64{512, 4096} {
		ok, err := readGPT(r, size, sectorB, &t)
		if err != nil || ok {
			t.finish(size)
			return t, err
		}
	}
	if len(boot) == 512 && looksLikeMBR(boot) {
		err = readMBR(r, size, boot, &t)
		t.dropProtective()
	}
	t.finish(size)
	return t, err
}

// dropProtective takes out entries that only announce a GPT, which was not
// readable; others of a hybrid table stay.
func (t *Table) dropProtective() {
	kept := t.Partitions[:0]
	for _, p := range t.Partitions {
		if p.Type != mbrTypes[protective] {
			kept = append(kept, p)
		}
	}
	if len(kept) < len(t.Partitions) {
		t.warn("the master boot record announces a GPT, but neither the main one nor its backup is whole")
	}
	t.Partitions = kept
}

// finish notes what lies behind the end of the disk and what overlaps.
func (t *Table) finish(size int64) {
	for i := range t.Partitions {
		p := &t.Partitions[i]
		p.MissingB = max(0, p.OffsetB+p.LengthB-max(size, p.OffsetB))
		if p.MissingB > 0 {
			t.warn("partition %d ends %d bytes behind the end of the disk", p.Number, p.OffsetB+p.LengthB-size)
		}
		for _, o := range t.Partitions[:i] {
			if p.OffsetB < o.OffsetB+o.LengthB && o.OffsetB < p.OffsetB+p.LengthB {
				t.warn("partitions %d and %d overlap", o.Number, p.Number)
			}
		}
	}
}

func (t *Table) warn(format string, args ...any) {
	if len(t.Warnings) < 100 {
		t.Warnings = append(t.Warnings, fmt.Sprintf(format, args...))
	}
}

// readAt returns up to n bytes at off; fewer when the disk ends before.
func readAt(r io.ReaderAt, off, n, size int64) ([]byte, error) {
	n = min(n, size-off)
	if off < 0 || n <= 0 {
		return nil, nil
	}
	b := make([]byte, n)
	m, err := r.ReadAt(b, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:m], nil
}
