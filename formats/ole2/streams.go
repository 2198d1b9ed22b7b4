package ole2

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Run is a range of the file.
type Run struct{ OffsetB, LengthB int64 }

// Stream is one stream of a compound file.
type Stream struct {
	Path  string // names of its storages and its own, joined by "/"
	SizeB int64
	Runs  []Run // its bytes in order, SizeB of them when nothing is broken
	// Broken says why Runs hold less than SizeB or lie behind the end of the data;
	// empty when they do not.
	Broken string
	tailB  int64 // one past its last byte
	depth  int
}

// File is what a compound file holds.
type File struct {
	Version int      // 3 or 4
	Class   [16]byte // of the root: what program it belongs to; zeros for none
	Streams []Stream // in the order of the directory
	Lost    int      // entries that are in use and that the tree does not lead to
	EndB    int64    // one past the highest sector in use
	Kind    string   // doc, xls, ppt, msg, msi or thumbsdb; empty when it is none of them
}

// Read lists the streams of the compound file at offset 0 of r, which has size
// bytes. A stream whose chain is damaged is listed as far as it can be followed.
// The error is a formats.FormatError when header, table or directory are damaged, a
// formats.UnsupportedError for a version that is not known, or one of r.
func Read(r io.ReaderAt, size int64) (File, error) {
	v, f, err := open(r, size)
	if err != nil {
		return File{}, err
	}
	if f != nil {
		if e := unknownVersion(r, size); e != nil {
			return File{}, e
		}
		return File{}, f.error()
	}
	all, f := v.directory()
	if v.w.Err() != nil {
		return File{}, v.w.Err()
	}
	if f != nil {
		return File{}, f.error()
	}
	file, _ := v.list(all)
	return file, v.w.Err()
}

// list follows the streams of a directory, once.
func (v *volume) list(all []entry) (File, *mini) {
	file := File{Version: int(binary.LittleEndian.Uint16(v.head[26:])), Class: all[0].class, EndB: v.endB()}
	m := v.mini(all[0])
	for i := range all {
		e := &all[i]
		if e.kind != noType && !e.reached {
			file.Lost++
		}
		if e.kind != streamType || !e.reached {
			continue
		}
		s := Stream{Path: e.path, SizeB: e.sizeB, depth: e.depth}
		switch {
		case e.sizeB == 0:
		case e.sizeB < miniCutoffB:
			s.Runs, s.Broken = m.runs(e)
		default:
			var sectors []uint32
			sectors, s.Broken = v.chain(e.start)
			s.Runs = v.runs(sectors, e.sizeB)
		}
		haveB := int64(0)
		for _, r := range s.Runs {
			haveB += r.LengthB
			s.tailB = r.OffsetB + r.LengthB
			if s.tailB > v.w.Size() && s.Broken == "" {
				s.Broken = "a part of it lies behind the end of the data"
			}
		}
		if haveB < s.SizeB && s.Broken == "" {
			s.Broken = fmt.Sprintf("its chain ends after %d of %d bytes", haveB, s.SizeB)
		}
		file.Streams = append(file.Streams, s)
	}
	file.Kind = kind(all, file.Class)
	return file, m
}

// runs joins sectors to ranges of sizeB bytes, less when there are too few.
func (v *volume) runs(sectors []uint32, sizeB int64) (out []Run) {
	for _, s := range sectors {
		n := min(v.sectorB, sizeB)
		if n <= 0 {
			break
		}
		out = join(out, v.offsetB(s), n)
		sizeB -= n
	}
	return out
}

func join(runs []Run, off, n int64) []Run {
	if k := len(runs) - 1; k >= 0 && runs[k].OffsetB+runs[k].LengthB == off {
		runs[k].LengthB += n
		return runs
	}
	return append(runs, Run{off, n})
}

// mini is the stream that holds the short ones, with its own table.
type mini struct {
	v       *volume
	sectors []uint32
	table   []uint32
	used    bits
	f       *fault // where the table breaks off
	broken  string // why the stream does
}

// mini reads the table of the mini stream, whose entry is the root.
func (v *volume) mini(root entry) *mini {
	m := &mini{v: v}
	if root.sizeB > maxMiniB {
		m.broken = fmt.Sprintf("a mini stream of %d bytes is too long", root.sizeB)
		return m
	}
	if root.sizeB > 0 {
		m.sectors, m.broken = v.chain(root.start)
	}
	have := min(root.sizeB, int64(len(m.sectors))*v.sectorB)
	if have < root.sizeB && m.broken == "" {
		m.broken = fmt.Sprintf("the mini stream ends after %d of %d bytes", have, root.sizeB)
	}
	count := (have + miniB - 1) / miniB
	m.used = newBits(int(count))
	if v.field(64) == 0 {
		return m
	}
	tables, why := v.chain(v.field(60))
	if why != "" {
		m.f = &fault{atB: v.highB, why: "the mini FAT can not be followed: " + why}
	}
	for _, s := range tables {
		if int64(len(m.table)) >= count {
			break
		}
		b, f := v.sector(s, "a sector of the mini FAT")
		if f != nil {
			m.f = f
			break
		}
		for i := 0; i < len(b) && int64(len(m.table)) < count; i += 4 {
			m.table = append(m.table, binary.LittleEndian.Uint32(b[i:]))
		}
	}
	return m
}

// runs follows a short stream.
func (m *mini) runs(e *entry) (out []Run, why string) {
	per := uint32(m.v.sectorB / miniB)
	left := e.sizeB
	for s := e.start; s != endOfChain; s = m.table[s] {
		switch {
		case int64(s) >= int64(len(m.table)):
			return out, fmt.Sprintf("its chain leads to %#x, which is no mini sector", s)
		case m.used.has(s):
			return out, fmt.Sprintf("its chain leads to mini sector %d, which it or another one has", s)
		}
		m.used.add(s)
		if n := min(miniB, left); n > 0 {
			out = join(out, m.v.offsetB(m.sectors[s/per])+int64(s%per)*miniB, n)
			left -= n
		}
	}
	return out, ""
}
