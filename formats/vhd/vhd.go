// Package vhd reads virtual hard disks of Microsoft's two formats: VHD, fixed and
// dynamic, and VHDX, fixed and dynamic. Blocks that were never written read as
// zeros, as they do in the virtual machine. Differencing disks, and a VHDX whose
// log has not been played, are UnsupportedErrors: their bytes alone are not the
// disk.
//
// Specifications: "Virtual Hard Disk Image Format Specification" (Microsoft,
// 2006); [MS-VHDX], "Virtual Hard Disk v2 (VHDX) File Format".
package vhd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"firescene/formats"
)

// Disk is an opened virtual disk. ReadAt may be used from several goroutines.
type Disk struct {
	SizeB  int64
	Format string // "VHD" or "VHDX"
	Kind   string // "fixed" or "dynamic"

	r      io.ReaderAt
	blockB int64
	blocks []int64 // where each block's data is; -1 when it was never written
}

// Is reports whether a file is a VHD or VHDX, by its first bytes, or for a VHD
// of fixed size by its last 512.
func Is(head, tail []byte) bool {
	return bytes.HasPrefix(head, []byte("vhdxfile")) || bytes.HasPrefix(head, []byte("conectix")) || len(tail) == 512 && isFixedFooter(tail)
}

// isFixedFooter reports whether b is the footer of a VHD, check sum included: the
// eight letters alone may be content of a raw disk's last sector.
func isFixedFooter(b []byte) bool {
	return bytes.HasPrefix(b, []byte("conectix")) && footerSum(b) == binary.BigEndian.Uint32(b[64:])
}

func footerSum(b []byte) uint32 {
	var sum uint32
	for i, c := range b {
		if i < 64 || i >= 68 {
			sum += uint32(c)
		}
	}
	return ^sum
}

func damaged(format string, at int64, why string, args ...any) error {
	return &formats.FormatError{Format: format, Offset: at, Reason: fmt.Sprintf(why, args...), Next: "convert it to a raw image with qemu-img, which may repair it"}
}

// Open opens a disk in a file of size bytes.
func Open(r io.ReaderAt, size int64, limits formats.Limits) (*Disk, error) {
	head := make([]byte, 8)
	if err := full(r, head, 0, "VHD"); err != nil {
		return nil, err
	}
	if string(head) == "vhdxfile" {
		return openX(r, size, limits)
	}
	if size < 512 {
		return nil, damaged("VHD", 0, "%d bytes are too few", size)
	}
	foot := make([]byte, 512)
	if err := full(r, foot, size-512, "VHD"); err != nil {
		return nil, err
	}
	if !isFixedFooter(foot) { // the copy at the front of dynamic disks
		if err := full(r, foot, 0, "VHD"); err != nil {
			return nil, err
		}
		if !isFixedFooter(foot) {
			return nil, damaged("VHD", size-512, "neither the footer nor its copy is valid")
		}
	}
	d := &Disk{SizeB: int64(binary.BigEndian.Uint64(foot[48:])), Format: "VHD", r: r}
	if d.SizeB < 0 {
		return nil, damaged("VHD", 48, "negative size")
	}
	switch kind := binary.BigEndian.Uint32(foot[60:]); kind {
	case 2:
		d.Kind = "fixed"
		if d.SizeB > size-512 {
			return nil, damaged("VHD", 48, "a disk of %d bytes in a file of %d", d.SizeB, size)
		}
		return d, nil
	case 3:
		d.Kind = "dynamic"
		return d, d.dynamic(int64(binary.BigEndian.Uint64(foot[16:])), size, limits)
	case 4:
		return nil, differencing("VHD")
	default:
		return nil, damaged("VHD", 60, "disk type %d", kind)
	}
}

func differencing(format string) error {
	return &formats.UnsupportedError{Format: format, Offset: -1, Feature: "differencing disk", Next: "merge it with its parent into one disk first"}
}

// dynamic reads the block allocation table.
func (d *Disk) dynamic(at, size int64, limits formats.Limits) error {
	h := make([]byte, 1024)
	if err := full(d.r, h, at, "VHD"); err != nil {
		return err
	}
	if string(h[:8]) != "cxsparse" {
		return damaged("VHD", at, "no header of a dynamic disk")
	}
	table, n := int64(binary.BigEndian.Uint64(h[16:])), int64(binary.BigEndian.Uint32(h[28:]))
	d.blockB = int64(binary.BigEndian.Uint32(h[32:]))
	if d.blockB < 512 || d.blockB > 1<<30 || d.blockB&(d.blockB-1) != 0 || n*4 > limits.MaxAllocB || (d.SizeB+d.blockB-1)/d.blockB > n {
		return damaged("VHD", at, "%d blocks of %d bytes for a disk of %d", n, d.blockB, d.SizeB)
	}
	b := make([]byte, 4*n)
	if err := full(d.r, b, table, "VHD"); err != nil {
		return err
	}
	bitmapB := (d.blockB/512/8 + 511) / 512 * 512
	d.blocks = make([]int64, n)
	for i := range d.blocks {
		e := binary.BigEndian.Uint32(b[4*i:])
		if d.blocks[i] = int64(e)*512 + bitmapB; e == 1<<32-1 {
			d.blocks[i] = -1
		} else if d.blocks[i] > size {
			return damaged("VHD", table+int64(4*i), "block %d lies behind the end of the file", i)
		}
	}
	return nil
}

func full(r io.ReaderAt, b []byte, at int64, format string) error {
	if at < 0 || at > 1<<62 {
		return damaged(format, at, "it points outside the file")
	}
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return damaged(format, at, "the file ends too early")
	}
	return err
}

// ReadAt reads the disk.
func (d *Disk) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("vhd: negative offset")
	}
	n := 0
	for n < len(p) && off < d.SizeB {
		at, want := off, min(int64(len(p)-n), d.SizeB-off)
		if d.blockB > 0 {
			k := off / d.blockB
			at = d.blocks[k]
			want = min(want, (k+1)*d.blockB-off)
			if at >= 0 {
				at += off - k*d.blockB
			}
		}
		if at < 0 {
			clear(p[n : n+int(want)])
		} else if err := full(d.r, p[n:n+int(want)], at, d.Format); err != nil {
			return n, err
		}
		n, off = n+int(want), off+want
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
