package media

import (
	"context"
	"fmt"
	"io"
	"sort"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/dhfs"
	"firescene/formats/exfat"
	"firescene/formats/ext"
	"firescene/formats/f2fs"
	"firescene/formats/fat"
	"firescene/formats/hikfs"
	"firescene/formats/ntfs"
	"firescene/formats/partition"
	"firescene/formats/wfs"
	"firescene/formats/xfs"
)

// Volume is a file system on a medium, or the place of one that is not read.
type Volume struct {
	Number  int    // of the partition; 0 when the medium has no table
	OffsetB int64  // in the image
	LengthB int64  // what of it is in the image
	Kind    string // "FAT32", "NTFS", ...; empty when not known
	Label   string
	Part    string // type of the partition, as its table says
	Lost    string // how it was found, when no partition table names it; else empty
	// FS is the opened file system, nil when it is not read: the Volume of
	// formats/fat, exfat, ntfs, ext, xfs, f2fs, dhfs, hikfs or wfs.
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

// Layout reads the partition table, tries every volume and searches what no
// partition covers, and partitions that hold nothing known, for lost ones. A
// medium with neither table nor file system has no volumes.
func (im *Image) Layout() (Layout, error) { return im.LayoutContext(context.Background()) }

// LayoutContext is Layout for a medium whose search may take long: ctx ends it.
func (im *Image) LayoutContext(ctx context.Context) (Layout, error) {
	var l Layout
	if im.SizeB < 512 {
		l.Warnings = append(l.Warnings, fmt.Sprintf("%d bytes are no image of a medium", im.SizeB))
		return l, nil
	}
	// A file system without a table first: its boot sector may look like one.
	if v := openVolume(im, 0, 0, im.SizeB); v.Kind != "" {
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
	numbers := map[int64]int{} // of opened volumes, by place
	for _, p := range t.Partitions {
		if first, twice := numbers[p.OffsetB]; twice {
			// the same files over and over are no evidence
			l.Volumes = append(l.Volumes, Volume{Number: p.Number, OffsetB: p.OffsetB, Part: p.Type,
				Err: &formats.FormatError{Format: "volume", Offset: p.OffsetB, Reason: fmt.Sprintf("begins where partition %d does", first), Next: "see that partition"}})
			continue
		}
		if p.OffsetB >= im.SizeB {
			l.Volumes = append(l.Volumes, Volume{Number: p.Number, OffsetB: p.OffsetB, Part: p.Type,
				Err: &formats.FormatError{Format: "volume", Offset: p.OffsetB, Reason: "begins behind the end of the image", Next: "image the whole medium"}})
			continue
		}
		v := openVolume(im, p.Number, p.OffsetB, min(p.LengthB, im.SizeB-p.OffsetB))
		v.Part = p.Type
		l.Volumes = append(l.Volumes, v)
		if v.FS != nil {
			numbers[p.OffsetB] = p.Number
		}
	}
	lost, err := FindVolumes(ctx, im, im.SizeB, l.gaps(im.SizeB))
	if err != nil {
		return l, err
	}
	l.addLost(lost)
	for _, v := range l.Volumes {
		l.warnVolume(v)
	}
	if t.Scheme == partition.None && len(l.Volumes) == 0 {
		l.Warnings = append(l.Warnings, "no partition table and no file system that is known; the image is searched by content only")
	}
	return l, nil
}

// gaps lists what no partition with a known file system covers.
func (l *Layout) gaps(size int64) (out []forensics.ByteRun) {
	var known []Volume
	for _, v := range l.Volumes {
		if v.Kind != "" && v.LengthB > 0 {
			known = append(known, v)
		}
	}
	sort.Slice(known, func(i, j int) bool { return known[i].OffsetB < known[j].OffsetB })
	at := int64(0)
	for _, v := range append(known, Volume{OffsetB: size}) {
		if v.OffsetB > at {
			out = append(out, forensics.ByteRun{OffsetB: at, LengthB: v.OffsetB - at})
		}
		at = max(at, v.OffsetB+v.LengthB)
	}
	return out
}

// addLost adds volumes that were searched for. One that begins where a partition
// does is that partition's.
func (l *Layout) addLost(lost []Volume) {
	number := 0
	for _, v := range l.Volumes {
		number = max(number, v.Number)
	}
next:
	for _, v := range lost {
		for i, o := range l.Volumes {
			if o.OffsetB == v.OffsetB && o.Kind == "" {
				v.Number, v.Part = o.Number, o.Part
				l.Volumes[i] = v
				continue next
			}
		}
		number++
		v.Number = number
		l.Volumes = append(l.Volumes, v)
		l.Warnings = append(l.Warnings, fmt.Sprintf("a %s volume of %d bytes begins at byte %d, where no partition table has one: found by its %s", v.Kind, v.LengthB, v.OffsetB, v.Lost))
	}
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

// fileSystem is what every opened file system tells of itself.
type fileSystem interface {
	Type() string
	VolumeLabel() string
	Doubts() []string
}

// opened keeps a failed open from becoming a file system that is not nil.
func opened[T fileSystem](fs T, err error) (fileSystem, error) {
	if err != nil {
		return nil, err
	}
	return fs, nil
}

// openVolume opens the file system at a place. One whose boot sector is damaged
// has no mark and is known by its backup.
func openVolume(r io.ReaderAt, number int, off, n int64) Volume {
	v := Volume{Number: number, OffsetB: off, LengthB: n}
	sec := io.NewSectionReader(r, off, n)
	var fs fileSystem
	var err error
	switch v.Kind = identify(sec); v.Kind {
	case "": // FAT has no mark of its own
		if fs, err = opened(fat.Open(sec, n)); err != nil {
			if x, backup := exfat.Open(sec, n); backup == nil {
				fs, err = x, nil
			} else if x, backup := ntfs.Open(sec, n); backup == nil {
				fs, err = x, nil
			} else if x, backup := ext.Open(sec, n); backup == nil {
				fs, err = x, nil
			}
		}
	case "exFAT":
		fs, err = opened(exfat.Open(sec, n))
	case "NTFS":
		fs, err = opened(ntfs.Open(sec, n))
	case "XFS":
		fs, err = opened(xfs.Open(sec, n))
	case "ext2/3/4":
		fs, err = opened(ext.Open(sec, n))
	case "F2FS":
		fs, err = opened(f2fs.Open(sec, n))
	case DHFS:
		fs, err = opened(dhfs.Open(sec, n, formats.DefaultLimits()))
	case HIK:
		fs, err = opened(hikfs.Open(sec, n, formats.DefaultLimits()))
	case "WFS (recorder)":
		fs, err = opened(wfs.Open(sec, n, formats.DefaultLimits()))
	default:
		err = &formats.UnsupportedError{Format: "volume", Offset: off, Feature: "file system " + v.Kind, Next: "its files are looked for by carving"}
	}
	if v.Err = err; err == nil {
		v.FS, v.Kind, v.Label = fs, fs.Type(), fs.VolumeLabel()
	}
	return v
}

// Kinds of the volumes of video recorders. A volume has them also when only its
// first bytes say so and its tables can not be read.
const (
	DHFS = "DHFS4.1 (Dahua recorder)"
	HIK  = "HIK.2011 (Hikvision recorder)"
)

// isUnread reports whether err says that a file system is known but not read.
func isUnread(err error) bool { return formats.IsUnsupported(err) }

// identify names the file systems that have a mark of their own.
func identify(r io.ReaderAt) string {
	at := func(off int64, magic string) bool {
		b := make([]byte, len(magic))
		n, _ := r.ReadAt(b, off)
		return n == len(b) && string(b) == magic
	}
	switch {
	case at(0x438, "\x53\xEF"):
		return "ext2/3/4"
	case at(3, "EXFAT   "):
		return "exFAT"
	case at(3, "NTFS    "):
		return "NTFS"
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
	case at(0, "WFS0.4"), at(0, "WFS0.5"):
		return "WFS (recorder)"
	case at(0, "DHFS4.1"):
		return DHFS
	case at(0x210, "HIKVISION@HANGZHOU"):
		return HIK
	case at(0x8001, "CD001"):
		return "ISO 9660"
	}
	return ""
}
