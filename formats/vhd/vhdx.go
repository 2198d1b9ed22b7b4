package vhd

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"firescene/formats"
)

// GUIDs of the regions and metadata items that are needed, as they are stored.
var (
	guidBAT      = []byte{0x66, 0x77, 0xC2, 0x2D, 0x23, 0xF6, 0x00, 0x42, 0x9D, 0x64, 0x11, 0x5E, 0x9B, 0xFD, 0x4A, 0x08}
	guidMetadata = []byte{0x06, 0xA2, 0x7C, 0x8B, 0x90, 0x47, 0x9A, 0x4B, 0xB8, 0xFE, 0x57, 0x5F, 0x05, 0x0F, 0x88, 0x6E}
	guidFile     = []byte{0x37, 0x67, 0xA1, 0xCA, 0x36, 0xFA, 0x43, 0x4D, 0xB3, 0xB6, 0x33, 0xF0, 0xAA, 0x44, 0xE7, 0x6B}
	guidSize     = []byte{0x24, 0x42, 0xA5, 0x2F, 0x1B, 0xCD, 0x76, 0x48, 0xB2, 0x11, 0x5D, 0xBE, 0xD8, 0x3B, 0xF4, 0xB8}
	guidSector   = []byte{0x1D, 0xBF, 0x41, 0x81, 0x6F, 0xA9, 0x09, 0x47, 0xBA, 0x47, 0xF2, 0x33, 0xA8, 0xFA, 0xAB, 0x5F}
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum is the CRC-32C of a structure whose field at bytes 4 to 7 holds it.
func sum(b []byte) uint32 {
	c := crc32.Update(0, castagnoli, b[:4])
	c = crc32.Update(c, castagnoli, make([]byte, 4))
	return crc32.Update(c, castagnoli, b[8:])
}

func openX(r io.ReaderAt, size int64, limits formats.Limits) (*Disk, error) {
	d := &Disk{Format: "VHDX", Kind: "dynamic", r: r}
	head, best := make([]byte, 4096), uint64(0)
	var log []byte
	for _, at := range []int64{64 << 10, 128 << 10} {
		if full(r, head, at, "VHDX") != nil || string(head[:4]) != "head" || sum(head) != binary.LittleEndian.Uint32(head[4:]) {
			continue
		}
		if seq := binary.LittleEndian.Uint64(head[8:]); log == nil || seq > best {
			best, log = seq, bytes.Clone(head[48:64])
		}
	}
	if log == nil {
		return nil, damaged("VHDX", 64<<10, "neither header is valid")
	}
	if !bytes.Equal(log, make([]byte, 16)) {
		return nil, &formats.UnsupportedError{Format: "VHDX", Offset: 64 << 10, Feature: "log that was not played back", Next: "open a copy of it once in its system, or convert it with qemu-img"}
	}
	bat, meta, err := regions(r)
	if err != nil {
		return nil, err
	}
	sector, err := d.metadata(meta, size)
	if err != nil {
		return nil, err
	}
	perBitmap := (int64(1) << 23 * sector) / d.blockB
	n := (d.SizeB + d.blockB - 1) / d.blockB
	entries := n + (n-1)/max(perBitmap, 1)
	if n == 0 {
		entries = 0
	}
	if perBitmap < 1 || entries*8 > limits.MaxAllocB || entries*8 > size {
		return nil, damaged("VHDX", bat, "%d blocks of %d bytes", n, d.blockB)
	}
	b := make([]byte, 8*entries)
	if err := full(r, b, bat, "VHDX"); err != nil {
		return nil, err
	}
	d.blocks = make([]int64, n)
	for i := range n {
		e := binary.LittleEndian.Uint64(b[8*(i+i/perBitmap):])
		switch e & 7 {
		case 6: // fully present
			d.blocks[i] = int64(e >> 20 << 20)
			if d.blocks[i] > size {
				return nil, damaged("VHDX", bat+8*i, "block %d lies behind the end of the file", i)
			}
		case 7:
			return nil, differencing("VHDX")
		default: // not present, undefined, zero, unmapped
			d.blocks[i] = -1
		}
	}
	return d, nil
}

// regions finds the block allocation table and the metadata.
func regions(r io.ReaderAt) (bat, meta int64, err error) {
	b := make([]byte, 64<<10)
	for _, at := range []int64{192 << 10, 256 << 10} {
		if full(r, b, at, "VHDX") != nil || string(b[:4]) != "regi" || sum(b) != binary.LittleEndian.Uint32(b[4:]) {
			continue
		}
		n := min(binary.LittleEndian.Uint32(b[8:]), 2047)
		for i := range n {
			e := b[16+32*i:]
			switch off := int64(binary.LittleEndian.Uint64(e[16:])); {
			case bytes.Equal(e[:16], guidBAT):
				bat = off
			case bytes.Equal(e[:16], guidMetadata):
				meta = off
			}
		}
		if bat > 0 && meta > 0 {
			return bat, meta, nil
		}
	}
	return 0, 0, damaged("VHDX", 192<<10, "neither region table is valid")
}

// metadata reads block size, disk size and sector size.
func (d *Disk) metadata(at, size int64) (sector int64, err error) {
	b := make([]byte, 64<<10)
	if err := full(d.r, b, at, "VHDX"); err != nil {
		return 0, err
	}
	if string(b[:8]) != "metadata" {
		return 0, damaged("VHDX", at, "no metadata table")
	}
	item := func(e []byte, n int) ([]byte, error) {
		v := make([]byte, n)
		return v, full(d.r, v, at+int64(binary.LittleEndian.Uint32(e[16:])), "VHDX")
	}
	sized := false
	for i := range min(int(binary.LittleEndian.Uint16(b[10:])), 2047) {
		e := b[32+32*i : 64+32*i]
		switch {
		case bytes.Equal(e[:16], guidFile):
			v, err := item(e, 8)
			if err != nil {
				return 0, err
			}
			d.blockB = int64(binary.LittleEndian.Uint32(v))
			if v[4]&2 != 0 {
				return 0, differencing("VHDX")
			}
			if v[4]&1 != 0 {
				d.Kind = "fixed"
			}
		case bytes.Equal(e[:16], guidSize):
			v, err := item(e, 8)
			if err != nil {
				return 0, err
			}
			d.SizeB, sized = int64(binary.LittleEndian.Uint64(v)), true
		case bytes.Equal(e[:16], guidSector):
			v, err := item(e, 4)
			if err != nil {
				return 0, err
			}
			sector = int64(binary.LittleEndian.Uint32(v))
		}
	}
	if !sized || d.SizeB < 0 || d.SizeB > 64<<40 || d.blockB < 1<<20 || d.blockB > 256<<20 || d.blockB&(d.blockB-1) != 0 || sector != 512 && sector != 4096 {
		return 0, damaged("VHDX", at, "disk of %d bytes in blocks of %d, sectors of %d", d.SizeB, d.blockB, sector)
	}
	return sector, nil
}
