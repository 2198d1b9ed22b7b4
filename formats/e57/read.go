package e57

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"firescene/formats"
	"firescene/formats/points"
)

// ReadOptions changes how a file is read.
type ReadOptions struct {
	// IgnoreChecksums reads on through pages whose checksum is wrong. What was
	// damaged there may give wrong points: File.BadPages says whether there are
	// such pages.
	IgnoreChecksums bool
}

// File is an open E57 file.
type File struct {
	Scans  []*Scan
	Images []Image // stored beside the scans: see ImageData
	file   *file
}

// file is what all scans of a file share.
type file struct {
	r    io.ReaderAt
	size int64
	lim  formats.Limits
	opts ReadOptions

	mu  sync.Mutex
	bad map[int64]bool // pages with a wrong checksum that were read all the same
}

// Open reads the description of every scan of an E57 file. Damaged and
// unsupported files give *formats.FormatError and *formats.UnsupportedError. A
// scan that can not be read gives its error from Next, so that the others can.
func Open(r io.ReaderAt, size int64, lim formats.Limits) ([]points.Scan, error) {
	f, err := OpenFile(r, size, lim, ReadOptions{})
	if err != nil {
		return nil, err
	}
	scans := make([]points.Scan, len(f.Scans))
	for i, s := range f.Scans {
		scans[i] = s
	}
	return scans, nil
}

// OpenFile is Open with options and with what only E57 files hold.
func OpenFile(r io.ReaderAt, size int64, lim formats.Limits, opts ReadOptions) (*File, error) {
	f := &file{r: r, size: size, lim: lim, opts: opts, bad: map[int64]bool{}}
	var h [headerSize]byte
	if n, err := r.ReadAt(h[:], 0); n < len(h) {
		if err != nil && err != io.EOF {
			return nil, err
		}
		return nil, damaged(0, "the file has %d bytes, fewer than a file header", size)
	}
	le := binary.LittleEndian
	if string(h[:8]) != signature {
		return nil, damaged(0, "the file does not begin with %q", signature)
	}
	if major, minor := le.Uint32(h[8:]), le.Uint32(h[12:]); major != 1 {
		if err := f.readerAt(0, 1).discard(headerSize); err != nil {
			return nil, err // the number was changed, not the version
		}
		return nil, &formats.UnsupportedError{Format: "E57", Offset: 8, Feature: fmt.Sprintf("version %d.%d", major, minor), Next: "export the scans as E57 version 1.0"}
	}
	physLen, xmlPhysB, xmlLen, page := le.Uint64(h[16:]), le.Uint64(h[24:]), le.Uint64(h[32:]), le.Uint64(h[40:])
	switch {
	case page != pageSize:
		return nil, &formats.UnsupportedError{Format: "E57", Offset: 40, Feature: fmt.Sprintf("pages of %d bytes", page), Next: "export the scans again with 1024-byte pages"}
	case physLen > uint64(size):
		return nil, &formats.FormatError{Format: "E57", Offset: size,
			Reason: fmt.Sprintf("the file is cut off: it has %d bytes, its header says %d", size, physLen),
			Next:   "copy the file again from the scanner or its software"}
	case xmlPhysB < headerSize || xmlPhysB >= uint64(size) || xmlPhysB%pageSize >= pagePayload:
		return nil, damaged(24, "the description is said to be at byte %d of %d", xmlPhysB, size)
	case xmlLen == 0 || xmlLen > uint64(size):
		return nil, damaged(32, "the description is said to have %d bytes in a file of %d", xmlLen, size)
	case int64(xmlLen) > lim.MaxAllocB:
		return nil, damaged(32, "the description is said to have %d bytes, more than the limit of %d", xmlLen, lim.MaxAllocB)
	}
	if err := f.readerAt(0, 1).discard(headerSize); err != nil {
		return nil, err // checksum of the header's page
	}
	desc, err := parseXML(io.LimitReader(f.readerAt(int64(xmlPhysB), aheadXML), int64(xmlLen)), int64(xmlPhysB), lim)
	if err != nil {
		return nil, err
	}
	out := &File{file: f, Images: desc.images}
	for _, d := range desc.scans {
		out.Scans = append(out.Scans, newScan(f, d))
	}
	return out, nil
}

// BadPages lists the pages that have been read so far although their checksum
// is wrong; it is empty unless checksums are ignored.
func (f *File) BadPages() []int64 {
	f.file.mu.Lock()
	defer f.file.mu.Unlock()
	return slices.Sorted(maps.Keys(f.file.bad))
}

// badPage returns the error of a page with a wrong checksum, or nil when such
// pages are to be read.
func (f *file) badPage(page int64) error {
	if f.opts.IgnoreChecksums {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.bad[page] = true
		return nil
	}
	return &formats.FormatError{Format: "E57", Offset: page * pageSize,
		Reason: fmt.Sprintf("checksum of page %d is wrong: its content has changed since it was written", page),
		Next:   "copy the file again; to read it all the same, say --ignore-checksums"}
}

func damaged(offsetB int64, format string, args ...any) error {
	return &formats.FormatError{Format: "E57", Offset: offsetB, Reason: fmt.Sprintf(format, args...)}
}
