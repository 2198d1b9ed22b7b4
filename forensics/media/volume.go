package media

import (
	"fmt"
	"io"

	"firescene/formats"
	"firescene/formats/fat"
	"firescene/formats/partition"
)

// Volume is a file system on a medium, or the place of one that is not read.
type Volume struct {
	Number  int    // of the partition; 0 when the medium has no table
	OffsetB int64  // in the image
	LengthB int64  // what of it is in the image
	Kind    string // "FAT32", "NTFS", ...; empty when not known
	Label   string
	Part    string // type of the partition, as its table says
	// FS is the opened file system, nil when it is not read: a *fat.Volume.
	FS any
	// Err says why files can not be listed: an UnsupportedError that names the
	// file system, or a FormatError. Carving goes on all the same.
	Err error
}

// Layout is what is on a medium.
type Layout struct {
	Table    partition.Table
	Volumes  []Volume
	Warnings []string
}

// Layout reads the partition table and tries every volume. A medium with neither
// table nor file system has no volumes.
func (im *Image) Layout() (Layout, error) {
	var l Layout
	if im.SizeB < 512 {
		l.Warnings = append(l.Warnings, fmt.Sprintf("%d bytes are no image of a medium", im.SizeB))
		return l, nil
	}
	// A file system without a table first: its boot sector may look like one.
	if v := im.volume(0, 0, im.SizeB); v.Kind != "" {
		l.Volumes = append(l.Volumes, v)
		l.warnVolume(v)
		return l, nil
	}
	t, err := partition.Read(im, im.SizeB)
	if err != nil {
		return l, err
	}
	l.Table = t
	l.Warnings = append(l.Warnings, t.Warnings...)
	for _, p := range t.Partitions {
		if p.OffsetB >= im.SizeB {
			l.Volumes = append(l.Volumes, Volume{Number: p.Number, OffsetB: p.OffsetB, Part: p.Type,
				Err: &formats.FormatError{Format: "volume", Offset: p.OffsetB, Reason: "begins behind the end of the image", Next: "image the whole medium"}})
			continue
		}
		v := im.volume(p.Number, p.OffsetB, min(p.LengthB, im.SizeB-p.OffsetB))
		v.Part = p.Type
		l.Volumes = append(l.Volumes, v)
		l.warnVolume(v)
	}
	if t.Scheme == partition.None {
		l.Warnings = append(l.Warnings, "no partition table and no file system that is known; the image is searched by content only")
	}
	return l, nil
}

func (l *Layout) warnVolume(v Volume) {
	w, ok := v.FS.(interface{ Doubts() []string })
	if !ok {
		return
	}
	for _, w := range w.Doubts() {
		l.Warnings = append(l.Warnings, fmt.Sprintf("%s at %d: %s", v.Kind, v.OffsetB, w))
	}
}

// volume opens the file system at a place.
func (im *Image) volume(number int, off, n int64) Volume {
	v := Volume{Number: number, OffsetB: off, LengthB: n}
	sec := io.NewSectionReader(im, off, n)
	if r, ok := v.recorder(sec); ok {
		return r
	}
	if kind := identify(sec); kind != "" {
		v.Kind = kind
		v.Err = &formats.UnsupportedError{Format: "volume", Offset: off, Feature: "file system " + kind, Next: "its files are looked for by carving"}
		return v
	}
	f, err := fat.Open(sec, n)
	if err != nil {
		v.Err = err
		return v
	}
	v.FS, v.Kind, v.Label = f, f.Type(), f.Label
	return v
}

// identify names the file systems that are known but not read.
func identify(r io.ReaderAt) string {
	at := func(off int64, magic string) bool {
		b := make([]byte, len(magic))
		n, _ := r.ReadAt(b, off)
		return n == len(b) && string(b) == magic
	}
	switch {
	case at(3, "EXFAT   "):
		return "exFAT"
	case at(3, "NTFS    "):
		return "NTFS"
	case at(0x438, "\x53\xEF"):
		return "ext2/3/4"
	case at(0, "XFSB"):
		return "XFS"
	case at(0x400, "H+\x00\x04"), at(0x400, "HX\x00\x05"):
		return "HFS+"
	case at(32, "NXSB"):
		return "APFS"
	case at(0x10040, "_BHRfS_M"):
		return "Btrfs"
	case at(0x400, "\x10\x20\xF5\xF2"):
		return "F2FS"
	case at(0, "hsqs"):
		return "SquashFS"
	case at(3, "-FVE-FS-"):
		return "BitLocker"
	case at(0, "LUKS\xBA\xBE"):
		return "LUKS"
	case at(0, "DHFS4.1"):
		return DHFS
	case at(0x210, "HIKVISION@HANGZHOU"):
		return hik
	case at(0x8001, "CD001"):
		return "ISO 9660"
	}
	return ""
}
