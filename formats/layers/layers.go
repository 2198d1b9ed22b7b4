// Package layers decodes what wraps other data: gzip (RFC 1952), zlib (RFC 1950),
// a deflated or stored member of a ZIP archive (PKWARE APPNOTE 6.3.10) and base64
// (RFC 4648) as it stands in mails and in JSON. A decoder is applied at a place;
// where its data ends it finds out by itself.
package layers

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"firescene/formats"
)

// The names of the decoders, as locators print them.
const (
	Gzip   = "GZIP"
	Zlib   = "ZLIB"
	Zip    = "ZIP"
	Base64 = "BASE64"
)

// Reader gives what a decoder makes of its source. It gives io.EOF at the layer's
// own end and another error where its data is damaged.
type Reader struct {
	io.Reader
	src  *bufio.Reader
	from *io.SectionReader
}

// UsedB is how many bytes of the source have been decoded.
func (r *Reader) UsedB() int64 {
	at, _ := r.from.Seek(0, io.SeekCurrent)
	return at - int64(r.src.Buffered())
}

// Open returns a reader of what a decoder makes of the bytes of r from off on; r
// holds size bytes. Decoded data may be far larger than its source: the caller
// bounds what it reads.
func Open(name string, r io.ReaderAt, off, size int64) (*Reader, error) {
	if off < 0 || off >= size {
		return nil, &formats.FormatError{Format: name, Offset: off, Reason: "the place lies outside the data"}
	}
	from := io.NewSectionReader(r, off, size-off)
	src := bufio.NewReaderSize(from, 16<<10)
	d, err := open(name, src, off)
	if err != nil {
		return nil, err
	}
	return &Reader{d, src, from}, nil
}

func open(name string, src *bufio.Reader, off int64) (io.Reader, error) {
	switch name {
	case Gzip:
		z, err := gzip.NewReader(src)
		if err != nil {
			return nil, damaged(name, off, err)
		}
		z.Multistream(false)
		return &members{z, src}, nil
	case Zlib:
		z, err := zlib.NewReader(src)
		if err != nil {
			return nil, damaged(name, off, err)
		}
		return z, nil
	case Zip:
		return openMember(src, off)
	case Base64:
		return &base64Reader{src: src}, nil
	}
	return nil, &formats.UnsupportedError{Format: "layer", Offset: off, Feature: "decoder " + name}
}

func damaged(name string, off int64, err error) error {
	return &formats.FormatError{Format: name, Offset: off, Reason: err.Error()}
}

// members reads the members of a gzip file one after the other, up to where
// something else follows.
type members struct {
	z   *gzip.Reader
	src *bufio.Reader
}

func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.z.Read(p)
		if n > 0 || len(p) == 0 || !errors.Is(err, io.EOF) {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return n, err
		}
		if b, _ := m.src.Peek(3); len(b) < 3 || b[0] != 0x1F || b[1] != 0x8B || b[2] != 8 {
			return 0, io.EOF
		}
		if err := m.z.Reset(m.src); err != nil {
			return 0, io.EOF
		}
		m.z.Multistream(false)
	}
}

// memberB is the length of a ZIP member's header without its name.
const memberB = 30

// MemberHead reports whether b begins with the header of a ZIP member that Open
// can decode: stored with its size known, or deflated, and not encrypted.
func MemberHead(b []byte) (deflated, ok bool) {
	if len(b) < memberB || string(b[:4]) != "PK\x03\x04" {
		return false, false
	}
	flags, method := binary.LittleEndian.Uint16(b[6:]), binary.LittleEndian.Uint16(b[8:])
	name, stored := binary.LittleEndian.Uint16(b[26:]), binary.LittleEndian.Uint32(b[18:])
	if b[4] > 63 || flags&0x2041 != 0 || name == 0 || name > 4096 {
		return false, false
	}
	switch method {
	case 8:
		return true, true
	case 0:
		return false, stored != 0 && stored != 1<<32-1
	}
	return false, false
}

func openMember(src *bufio.Reader, off int64) (io.Reader, error) {
	h := make([]byte, memberB)
	if _, err := io.ReadFull(src, h); err != nil {
		return nil, damaged(Zip, off, err)
	}
	deflated, ok := MemberHead(h)
	if !ok {
		if string(h[:4]) != "PK\x03\x04" {
			return nil, &formats.FormatError{Format: Zip, Offset: off, Reason: "no member begins here"}
		}
		return nil, &formats.UnsupportedError{Format: Zip, Offset: off, Feature: fmt.Sprintf("method %d, flags %#x", binary.LittleEndian.Uint16(h[8:]), binary.LittleEndian.Uint16(h[6:]))}
	}
	more := int(binary.LittleEndian.Uint16(h[26:])) + int(binary.LittleEndian.Uint16(h[28:]))
	if _, err := src.Discard(more); err != nil {
		return nil, damaged(Zip, off, err)
	}
	if deflated {
		return flate.NewReader(src), nil
	}
	return io.LimitReader(src, int64(binary.LittleEndian.Uint32(h[18:]))), nil
}
