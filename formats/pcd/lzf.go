package pcd

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// lzfReader decompresses an LZF stream: a byte below 32 says how many bytes, less
// one, follow as they are; another how many to repeat (upper three bits, 7 for more
// in the next byte, and two) from how far back, less one (lower five bits and the
// next byte).
type lzfReader struct {
	src    *bufio.Reader
	window [8192]byte
	at     int // bytes written, for the place in window
	left   int // of the present run
	back   int // how far back a repeated run lies; 0 for bytes as they are
}

func newLZF(r io.Reader) *lzfReader { return &lzfReader{src: bufio.NewReaderSize(r, 1<<15)} }

func (z *lzfReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if z.left == 0 {
			if err := z.begin(); err != nil {
				return n, err
			}
		}
		k := min(z.left, len(p)-n)
		for i := range k {
			var b byte
			if z.back == 0 {
				if b, err = z.src.ReadByte(); err != nil {
					return n + i, io.ErrUnexpectedEOF
				}
			} else {
				b = z.window[(z.at-z.back)&8191]
			}
			z.window[z.at&8191] = b
			z.at++
			p[n+i] = b
		}
		n += k
		z.left -= k
	}
	return n, nil
}

func (z *lzfReader) begin() error {
	c, err := z.src.ReadByte()
	if err != nil {
		return err
	}
	if c < 32 {
		z.left, z.back = int(c)+1, 0
		return nil
	}
	length := int(c >> 5)
	if length == 7 {
		more, err := z.src.ReadByte()
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		length += int(more)
	}
	low, err := z.src.ReadByte()
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	z.left, z.back = length+2, int(c&31)<<8+int(low)+1
	if z.back > z.at {
		return damaged(-1, "compressed data repeat what was before their beginning")
	}
	return nil
}

// column is a field of compressed data, which lie field by field: a decompressor of
// its own that has come as far as the field.
type column struct {
	f   *field
	z   *lzfReader
	raw []byte
}

// openCompressed starts a decompressor for each field that is read, so that the
// whole never lies in memory.
func (s *Scan) openCompressed(r io.ReaderAt, size int64) error {
	var b [8]byte
	if n, err := r.ReadAt(b[:], s.h.dataAt); n < len(b) {
		if err != nil && err != io.EOF {
			return err
		}
		return damaged(s.h.dataAt, "the file ends before its compressed data")
	}
	packed, plain := int64(binary.LittleEndian.Uint32(b[:])), int64(binary.LittleEndian.Uint32(b[4:]))
	if packed > size-s.h.dataAt-8 {
		return damaged(s.h.dataAt, "compressed data of %d bytes in a file of %d", packed, size)
	}
	if want := s.h.count * int64(s.h.recordB); s.h.count > 1<<32 || plain < want {
		return damaged(s.h.dataAt, "%d bytes for %d points of %d bytes", plain, s.h.count, s.h.recordB)
	}
	// LZF repeats at most 264 bytes for three.
	if plain > 88*packed+264 {
		return damaged(s.h.dataAt, "%d bytes are said to be compressed to %d", plain, packed)
	}
	for i := range s.h.fields {
		f := &s.h.fields[i]
		if !s.wants(f) {
			continue
		}
		c := &column{f: f, z: newLZF(io.NewSectionReader(r, s.h.dataAt+8, packed)), raw: make([]byte, batch*f.size*f.count)}
		if _, err := io.CopyN(io.Discard, c.z, s.h.count*int64(f.at)); err != nil {
			return s.broken(err)
		}
		s.columns = append(s.columns, c)
	}
	return nil
}

func (s *Scan) wants(f *field) bool {
	for _, have := range []*field{s.xyz[0], s.xyz[1], s.xyz[2], s.rgb, s.parts[0], s.parts[1], s.parts[2], s.intensity, s.normal[0], s.normal[1], s.normal[2]} {
		if f == have {
			return true
		}
	}
	return false
}

func (s *Scan) broken(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return damaged(s.h.dataAt, "the compressed data end early")
	}
	return err
}

func (s *Scan) readColumns() error {
	n := int(min(batch, s.left))
	for _, c := range s.columns {
		if _, err := io.ReadFull(c.z, c.raw[:n*c.f.size*c.f.count]); err != nil {
			return s.broken(err)
		}
	}
	for i := range n {
		s.add(func(f *field) (float64, uint32) {
			for _, c := range s.columns {
				if c.f == f {
					return f.value(c.raw[i*f.size*f.count:])
				}
			}
			panic(fmt.Sprintf("pcd: field %s is not open", f.name)) // wants names every field that add reads
		})
	}
	s.left -= int64(n)
	return nil
}
