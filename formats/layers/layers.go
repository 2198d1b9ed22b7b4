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
	"sync"

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
	pool *sync.Pool // that takes the decoder when it is closed
	dec  any
}

// The buffers and tables of decoders are many times larger than most layers, and
// are used again.
var sources, gzips, zlibs, flates sync.Pool

// UsedB is how many bytes of the source have been decoded.
func (r *Reader) UsedB() int64 {
	at, _ := r.from.Seek(0, io.SeekCurrent)
	return at - int64(r.src.Buffered())
}

// Close ends the use of the reader, so that its memory can be used again.
func (r *Reader) Close() {
	if r.pool != nil {
		r.pool.Put(r.dec)
	}
	sources.Put(r.src)
	*r = Reader{}
}

// Open returns a reader of what a decoder makes of the bytes of r from off on; r
// holds size bytes. Decoded data may be far larger than its source: the caller
// bounds what it reads. A caller that opens many closes them.
func Open(name string, r io.ReaderAt, off, size int64) (*Reader, error) {
	if off < 0 || off >= size {
		return nil, &formats.FormatError{Format: name, Offset: off, Reason: "the place lies outside the data"}
	}
	from := io.NewSectionReader(r, off, size-off)
	src, _ := sources.Get().(*bufio.Reader)
	if src == nil {
		src = bufio.NewReaderSize(nil, 16<<10)
	}
	src.Reset(from)
	d := &Reader{src: src, from: from}
	if err := d.open(name, off); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (r *Reader) open(name string, off int64) (err error) {
	switch name {
	case Gzip:
		z, _ := gzips.Get().(*gzip.Reader)
		if z == nil {
			z = new(gzip.Reader)
		}
		r.pool, r.dec = &gzips, z
		if err := z.Reset(r.src); err != nil {
			return damaged(name, off, err)
		}
		z.Multistream(false)
		r.Reader = &members{z, r.src}
	case Zlib:
		z, _ := zlibs.Get().(io.Reader)
		if z == nil {
			z, err = zlib.NewReader(r.src)
		} else {
			err = z.(zlib.Resetter).Reset(r.src, nil)
		}
		if err != nil {
			return damaged(name, off, err)
		}
		r.Reader, r.pool, r.dec = z, &zlibs, z
	case Zip:
		return r.openMember(off)
	case Base64:
		r.Reader = &base64Reader{src: r.src}
	default:
		return &formats.UnsupportedError{Format: "layer", Offset: off, Feature: "decoder " + name}
	}
	return nil
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

func (r *Reader) openMember(off int64) error {
	var buf [memberB]byte
	h := buf[:]
	if _, err := io.ReadFull(r.src, h); err != nil {
		return damaged(Zip, off, err)
	}
	deflated, ok := MemberHead(h)
	if !ok {
		if string(h[:4]) != "PK\x03\x04" {
			return &formats.FormatError{Format: Zip, Offset: off, Reason: "no member begins here"}
		}
		return &formats.UnsupportedError{Format: Zip, Offset: off, Feature: fmt.Sprintf("method %d, flags %#x", binary.LittleEndian.Uint16(h[8:]), binary.LittleEndian.Uint16(h[6:]))}
	}
	more := int(binary.LittleEndian.Uint16(h[26:])) + int(binary.LittleEndian.Uint16(h[28:]))
	if _, err := r.src.Discard(more); err != nil {
		return damaged(Zip, off, err)
	}
	if !deflated {
		r.Reader = io.LimitReader(r.src, int64(binary.LittleEndian.Uint32(h[18:])))
		return nil
	}
	z, _ := flates.Get().(io.Reader)
	if z == nil {
		z = flate.NewReader(r.src)
	} else if err := z.(flate.Resetter).Reset(r.src, nil); err != nil {
		return damaged(Zip, off, err)
	}
	r.Reader, r.pool, r.dec = z, &flates, z
	return nil
}
