// Package vmdk reads VMware's virtual disks: sparse extents (monolithic and
// split), stream-optimised ones with compressed grains, and descriptors that name
// flat and sparse extent files. Grains that were never written read as zeros.
// Snapshots that need a parent are UnsupportedErrors.
//
// Specification: VMware, "Virtual Disk Format 5.0".
package vmdk

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"firescene/formats"
)

const sectorB = 512

// Opener opens an extent that a descriptor names, beside the descriptor.
type Opener func(name string) (r io.ReaderAt, sizeB int64, err error)

// Disk is an opened disk. ReadAt may be used from several goroutines.
type Disk struct {
	SizeB   int64
	extents []extent
}

// extent is a part of the disk.
type extent struct {
	offsetB, lengthB int64 // in the disk
	r                io.ReaderAt
	at               int64   // flat: where it begins in r
	sparse           *sparse // else
}

// Is reports whether a file begins as a sparse extent or a descriptor.
func Is(head []byte) bool {
	return bytes.HasPrefix(head, []byte("KDMV")) || bytes.HasPrefix(head, []byte("# Disk DescriptorFile"))
}

func damaged(at int64, why string, args ...any) error {
	return &formats.FormatError{Format: "VMDK", Offset: at, Reason: fmt.Sprintf(why, args...), Next: "convert it to a raw image with qemu-img, which may repair it"}
}

// Open opens a disk whose first or only file is r, of size bytes.
func Open(r io.ReaderAt, size int64, open Opener, limits formats.Limits) (*Disk, error) {
	head := make([]byte, 64<<10)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	if bytes.HasPrefix(head, []byte("KDMV")) {
		s, err := openSparse(r, size, limits)
		if err != nil {
			return nil, err
		}
		if text, err := s.descriptor(); err == nil && hasParent(text) {
			return nil, snapshot()
		}
		return &Disk{SizeB: s.sizeB, extents: []extent{{0, s.sizeB, nil, 0, s}}}, nil
	}
	if !Is(head) {
		return nil, damaged(0, "no VMDK signature")
	}
	return fromDescriptor(string(head), open, limits)
}

func snapshot() error {
	return &formats.UnsupportedError{Format: "VMDK", Offset: -1, Feature: "snapshot of a parent disk", Next: "convert the whole chain to a raw image with qemu-img"}
}

var (
	parentLine = regexp.MustCompile(`(?mi)^\s*parentCID\s*=\s*([0-9a-f]+)`)
	extentLine = regexp.MustCompile(`(?mi)^\s*(RW|RDONLY|NOACCESS)\s+(\d+)\s+(FLAT|SPARSE|ZERO|VMFS|VMFSSPARSE|VMFSRDM)(?:\s+"([^"]*)"(?:\s+(\d+))?)?`)
)

func hasParent(text string) bool {
	m := parentLine.FindStringSubmatch(text)
	return m != nil && !strings.EqualFold(m[1], "ffffffff")
}

// fromDescriptor opens the extents that a descriptor lists.
func fromDescriptor(text string, open Opener, limits formats.Limits) (*Disk, error) {
	if hasParent(text) {
		return nil, snapshot()
	}
	d := &Disk{}
	for _, m := range extentLine.FindAllStringSubmatch(text, 4096) {
		sectors, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil || sectors < 0 || sectors > 1<<50 {
			return nil, damaged(-1, "extent of %s sectors", m[2])
		}
		e := extent{offsetB: d.SizeB, lengthB: sectors * sectorB}
		switch kind := strings.ToUpper(m[3]); kind {
		case "ZERO":
		case "FLAT", "VMFS", "SPARSE":
			r, size, err := open(m[4])
			if err != nil {
				return nil, fmt.Errorf("VMDK extent %q: %w", m[4], err)
			}
			if kind == "SPARSE" {
				if e.sparse, err = openSparse(r, size, limits); err != nil {
					return nil, fmt.Errorf("VMDK extent %q: %w", m[4], err)
				}
				break
			}
			first, _ := strconv.ParseInt(m[5], 10, 64)
			if e.r, e.at = r, first*sectorB; e.at < 0 || e.at > size || e.lengthB > size-e.at {
				return nil, damaged(-1, "extent %q has %d bytes where %d are due", m[4], size-e.at, e.lengthB)
			}
		default:
			return nil, &formats.UnsupportedError{Format: "VMDK", Offset: -1, Feature: "extent of kind " + kind, Next: "convert the disk to a raw image on its host"}
		}
		d.extents = append(d.extents, e)
		d.SizeB += e.lengthB
	}
	if len(d.extents) == 0 {
		return nil, damaged(-1, "the descriptor lists no extent")
	}
	return d, nil
}

// ReadAt reads the disk.
func (d *Disk) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("vmdk: negative offset")
	}
	n := 0
	for _, e := range d.extents {
		if n == len(p) {
			break
		}
		if off >= e.offsetB+e.lengthB {
			continue
		}
		want := min(int64(len(p)-n), e.offsetB+e.lengthB-off)
		q := p[n : n+int(want)]
		var err error
		switch {
		case e.sparse != nil:
			err = e.sparse.read(q, off-e.offsetB)
		case e.r != nil:
			err = full(e.r, q, e.at+off-e.offsetB)
		default:
			clear(q)
		}
		if err != nil {
			return n, err
		}
		n, off = n+int(want), off+want
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func full(r io.ReaderAt, b []byte, at int64) error {
	if at < 0 {
		return damaged(at, "it points outside the file")
	}
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return damaged(at, "the file ends too early")
	}
	return err
}

// sparse is a sparse extent.
type sparse struct {
	r               io.ReaderAt
	fileB, sizeB    int64
	grainB          int64
	perTable        int64
	compressed      bool
	textAt, textB   int64
	tables          []uint32 // sectors of the grain tables
	mu              sync.Mutex
	cached          map[int64][]uint32
	lastAt          int64 // place of the grain kept in last; -1 for none
	last            []byte
	zeroGrainsAreOn bool
}

func openSparse(r io.ReaderAt, size int64, limits formats.Limits) (*sparse, error) {
	h := make([]byte, sectorB)
	if err := full(r, h, 0); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	if string(h[:4]) != "KDMV" {
		return nil, damaged(0, "no sparse extent")
	}
	directory := le.Uint64(h[56:])
	if directory == 1<<64-1 { // the directory follows the grains: a copy of the header is at the end
		if err := full(r, h, size-2*sectorB); err != nil {
			return nil, err
		}
		if string(h[:4]) != "KDMV" {
			return nil, damaged(size-2*sectorB, "the footer is missing: the file is cut")
		}
		directory = le.Uint64(h[56:])
	}
	flags := le.Uint32(h[8:])
	s := &sparse{r: r, fileB: size, perTable: int64(le.Uint32(h[44:])), compressed: flags&(1<<16) != 0, zeroGrainsAreOn: flags&4 != 0, cached: map[int64][]uint32{}, lastAt: -1}
	capacity, grain := le.Uint64(h[12:]), le.Uint64(h[20:])
	if capacity > 1<<50 || grain < 1 || grain > 1<<16 || s.perTable < 1 || s.perTable > 1<<16 || directory > 1<<50 {
		return nil, damaged(12, "%d sectors in grains of %d, %d a table", capacity, grain, s.perTable)
	}
	s.sizeB, s.grainB = int64(capacity)*sectorB, int64(grain)*sectorB
	if at, n := le.Uint64(h[28:]), le.Uint64(h[36:]); at < 1<<50 && n < 1<<11 {
		s.textAt, s.textB = int64(at)*sectorB, int64(n)*sectorB
	}
	perTableB := s.grainB * s.perTable
	n := (s.sizeB + perTableB - 1) / perTableB
	if 4*n > limits.MaxAllocB || 4*n > size {
		return nil, damaged(12, "%d grain tables", n)
	}
	var err error
	s.tables, err = s.words(int64(directory)*sectorB, n)
	return s, err
}

// descriptor returns the text that is embedded in the extent.
func (s *sparse) descriptor() (string, error) {
	b := make([]byte, s.textB)
	return string(b), full(s.r, b, s.textAt)
}

func (s *sparse) words(at, n int64) ([]uint32, error) {
	b := make([]byte, 4*n)
	if err := full(s.r, b, at); err != nil {
		return nil, err
	}
	w := make([]uint32, n)
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w, nil
}

// grain returns the sector of a grain; 0 when it was never written.
func (s *sparse) grain(k int64) (uint32, error) {
	at := int64(s.tables[k/s.perTable]) * sectorB
	if at == 0 {
		return 0, nil
	}
	s.mu.Lock()
	t, ok := s.cached[at]
	s.mu.Unlock()
	if !ok {
		var err error
		if t, err = s.words(at, s.perTable); err != nil {
			return 0, err
		}
		s.mu.Lock()
		if len(s.cached) >= 1024 {
			clear(s.cached)
		}
		s.cached[at] = t
		s.mu.Unlock()
	}
	return t[k%s.perTable], nil
}

// read reads within the extent.
func (s *sparse) read(p []byte, off int64) error {
	for len(p) > 0 {
		k := off / s.grainB
		from := off - k*s.grainB
		n := int(min(int64(len(p)), s.grainB-from))
		g, err := s.grain(k)
		if err != nil {
			return err
		}
		switch {
		case g == 0, g == 1 && s.zeroGrainsAreOn:
			clear(p[:n])
		case s.compressed:
			err = s.inflate(p[:n], from, int64(g)*sectorB)
		default:
			err = full(s.r, p[:n], int64(g)*sectorB+from)
		}
		if err != nil {
			return err
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}

// inflate copies from a compressed grain: its marker holds the length of the zlib
// stream behind it.
func (s *sparse) inflate(p []byte, from, at int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lastAt != at {
		m := make([]byte, 12)
		if err := full(s.r, m, at); err != nil {
			return err
		}
		n := int64(binary.LittleEndian.Uint32(m[8:]))
		if n == 0 || n > 2*s.grainB+1024 {
			return damaged(at, "grain of %d compressed bytes", n)
		}
		z, err := zlib.NewReader(io.NewSectionReader(s.r, at+12, n))
		if err != nil {
			return damaged(at, "a grain is no zlib stream")
		}
		s.lastAt = -1
		if s.last == nil {
			s.last = make([]byte, s.grainB)
		}
		// The last grain of a disk may be short.
		if got, err := io.ReadFull(z, s.last); err != nil && (!errors.Is(err, io.ErrUnexpectedEOF) || got == 0) {
			return damaged(at, "a grain does not inflate: %v", err)
		} else {
			clear(s.last[got:])
		}
		s.lastAt = at
	}
	copy(p, s.last[from:])
	return nil
}
