// Package qcow2 reads QEMU's copy-on-write disk images, versions 2 and 3, with
// clusters that are stored plainly, compressed by deflate, zero or never written.
// Images with a backing file, encryption, an external data file, extended L2
// entries or zstd are UnsupportedErrors.
//
// Specification: QEMU, docs/interop/qcow2.txt.
package qcow2

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"firescene/formats"
)

// Disk is an opened image. ReadAt may be used from several goroutines.
type Disk struct {
	SizeB    int64
	Warnings []string

	r       io.ReaderAt
	fileB   int64
	bits    uint
	l1      []uint64
	version uint32

	mu     sync.Mutex
	tables map[int64][]uint64 // L2 tables read, bounded
	lastAt int64              // place of the compressed cluster kept in last; -1 for none
	last   []byte
}

const (
	maxTables = 128
	offsetOf  = 0x00FFFFFFFFFFFE00
)

// Is reports whether a file begins as a QCOW2 image.
func Is(head []byte) bool { return bytes.HasPrefix(head, []byte("QFI\xfb")) }

func damaged(at int64, why string, args ...any) error {
	return &formats.FormatError{Format: "QCOW2", Offset: at, Reason: fmt.Sprintf(why, args...), Next: "check a copy of it with qemu-img check"}
}

func unsupported(what, next string) error {
	return &formats.UnsupportedError{Format: "QCOW2", Offset: 0, Feature: what, Next: next}
}

// Open opens an image in a file of size bytes.
func Open(r io.ReaderAt, size int64, limits formats.Limits) (*Disk, error) {
	h := make([]byte, 104)
	if n, err := r.ReadAt(h, 0); n < 72 {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, damaged(0, "%d bytes are too few", n)
	}
	if !Is(h) {
		return nil, damaged(0, "no QCOW2 signature")
	}
	be := binary.BigEndian
	d := &Disk{r: r, fileB: size, version: be.Uint32(h[4:]), bits: uint(be.Uint32(h[20:])), SizeB: int64(be.Uint64(h[24:])), tables: map[int64][]uint64{}, lastAt: -1}
	const export = "convert it to a raw image with qemu-img"
	switch {
	case d.version != 2 && d.version != 3:
		return nil, unsupported(fmt.Sprintf("version %d", d.version), export)
	case be.Uint64(h[8:]) != 0:
		return nil, unsupported("backing file", "give the whole chain to qemu-img and convert it to a raw image")
	case be.Uint32(h[32:]) != 0:
		return nil, unsupported("encryption", "convert it to a raw image with its key")
	}
	if d.version == 3 {
		switch f := be.Uint64(h[72:]); {
		case f&4 != 0:
			return nil, unsupported("external data file", export)
		case f&16 != 0:
			return nil, unsupported("extended L2 entries", export)
		case f&8 != 0 && be.Uint32(h[100:]) >= 105:
			kind := make([]byte, 1)
			if _, err := r.ReadAt(kind, 104); err == nil && kind[0] != 0 {
				return nil, unsupported("compression other than deflate", export)
			}
		case f&2 != 0:
			d.Warnings = append(d.Warnings, "the image is marked corrupt by its program")
		}
	}
	n, at := int64(be.Uint32(h[36:])), int64(be.Uint64(h[40:]))
	if d.bits < 9 || d.bits > 21 || d.SizeB < 0 || d.SizeB > 1<<60 || n*8 > limits.MaxAllocB || n*8 > size {
		return nil, damaged(20, "disk of %d bytes in clusters of 2^%d, %d tables", d.SizeB, d.bits, n)
	}
	perTable := int64(1) << (2*d.bits - 3)
	if (d.SizeB+perTable-1)/perTable > n {
		return nil, damaged(36, "%d tables are too few for %d bytes", n, d.SizeB)
	}
	l1, err := d.table(at, n)
	d.l1 = l1
	return d, err
}

// table reads n entries at a place of the file.
func (d *Disk) table(at, n int64) ([]uint64, error) {
	if at < 0 || at > d.fileB-8*n {
		return nil, damaged(at, "a table lies behind the end of the file")
	}
	b := make([]byte, 8*n)
	if err := d.full(b, at); err != nil {
		return nil, err
	}
	t := make([]uint64, n)
	for i := range t {
		t[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return t, nil
}

func (d *Disk) full(b []byte, at int64) error {
	n, err := d.r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return damaged(at, "the file ends too early")
	}
	return err
}

// entry returns the L2 entry of a cluster; 0 when it was never written.
func (d *Disk) entry(cluster int64) (uint64, error) {
	per := int64(1) << (d.bits - 3)
	at := int64(d.l1[cluster/per] & offsetOf)
	if at == 0 {
		return 0, nil
	}
	d.mu.Lock()
	t, ok := d.tables[at]
	d.mu.Unlock()
	if !ok {
		var err error
		if t, err = d.table(at, per); err != nil {
			return 0, err
		}
		d.mu.Lock()
		if len(d.tables) >= maxTables {
			clear(d.tables)
		}
		d.tables[at] = t
		d.mu.Unlock()
	}
	return t[cluster%per], nil
}

// ReadAt reads the disk.
func (d *Disk) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("qcow2: negative offset")
	}
	n, clusterB := 0, int64(1)<<d.bits
	for n < len(p) && off < d.SizeB {
		k := off >> d.bits
		from := off - k<<d.bits
		want := min(int64(len(p)-n), d.SizeB-off, clusterB-from)
		e, err := d.entry(k)
		if err != nil {
			return n, err
		}
		q := p[n : n+int(want)]
		switch at := int64(e & offsetOf); {
		case e&(1<<62) != 0:
			err = d.compressed(q, from, e)
		case at == 0 || d.version == 3 && e&1 != 0:
			clear(q)
		default:
			err = d.full(q, at+from)
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

// compressed copies from a compressed cluster. Its entry holds the place in the
// file and the number of further 512-byte sectors that the data reaches into.
func (d *Disk) compressed(p []byte, from int64, e uint64) error {
	split := 62 - (d.bits - 8)
	at := int64(e & (1<<split - 1))
	sectors := int64(e>>split&(1<<(d.bits-8)-1)) + 1
	size := min(sectors*512-at&511, d.fileB-at)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lastAt != at {
		if size <= 0 {
			return damaged(at, "a compressed cluster lies behind the end of the file")
		}
		raw := make([]byte, size)
		if err := d.full(raw, at); err != nil {
			return err
		}
		d.lastAt = -1
		if d.last == nil {
			d.last = make([]byte, 1<<d.bits)
		}
		if _, err := io.ReadFull(flate.NewReader(bytes.NewReader(raw)), d.last); err != nil {
			return damaged(at, "a compressed cluster does not inflate: %v", err)
		}
		d.lastAt = at
	}
	copy(p, d.last[from:])
	return nil
}
