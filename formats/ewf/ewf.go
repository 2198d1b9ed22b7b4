// Package ewf reads images in the Expert Witness Compression Format, as EnCase
// and ewfacquire write them (.E01, .E02 ...; also the older .s01): the chunks of
// the medium in one or more segment files, each with its check sum, and the
// hashes that the imaging tool computed.
//
// Specification: J. Metz, "Expert Witness Compression Format (EWF)
// specification", libewf documentation. The second version of the format (.Ex01)
// and logical evidence (.L01) are UnsupportedErrors.
package ewf

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"io"
	"sync"

	"firescene/formats"
)

// Segment is one file of an image.
type Segment struct {
	R     io.ReaderAt
	SizeB int64
	Name  string // for messages
}

// Range is a range of bytes of the medium.
type Range struct{ OffsetB, LengthB int64 }

// Image is an opened image. ReadAt may be used from several goroutines.
type Image struct {
	SizeB       int64
	SectorB     int64
	MD5, SHA1   string  // of the medium as the imaging tool computed them, in hexadecimal; empty when not stored
	Unreadable  []Range // sectors that the imaging tool could not read
	Description string  // what the imaging tool recorded of the case, a line "name: value" each
	Warnings    []string

	segments []Segment
	chunkB   int64
	chunks   []chunk

	mu    sync.Mutex
	cache map[int64][]byte
	order []int64
	free  [][]byte
}

// chunk is where one chunk is stored.
type chunk struct {
	offsetB    int64
	lengthB    uint32
	segment    uint16
	compressed bool
}

// cacheChunks is how many decoded chunks are kept, for readers that go forth and
// back a little.
const cacheChunks = 64

const signature = "EVF\x09\x0d\x0a\xff\x00"

// Is reports whether b, the first bytes of a file, begin an EWF segment of the
// first version.
func Is(b []byte) bool { return bytes.HasPrefix(b, []byte(signature)) }

// Unsupported names the relative of the format that b begins with, which is known
// but not read; empty for none.
func Unsupported(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("EVF2\x0d\x0a\x81\x00")):
		return "EWF version 2 (.Ex01)"
	case bytes.HasPrefix(b, []byte("LVF\x09\x0d\x0a\xff\x00")), bytes.HasPrefix(b, []byte("LEF2\x0d\x0a\x81\x00")):
		return "logical evidence (.L01)"
	}
	return ""
}

func damaged(at int64, format string, args ...any) error {
	return &formats.FormatError{Format: "EWF", Offset: at, Reason: fmt.Sprintf(format, args...), Next: "verify the image with ewfverify, or make it anew from the medium"}
}

// Open reads the sections of all segments, which are given in their order. Chunks
// that no segment holds are unreadable ranges.
func Open(segments []Segment, limits formats.Limits) (*Image, error) {
	im := &Image{segments: segments, cache: map[int64][]byte{}}
	for i := range segments {
		last, err := im.segment(i, limits)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", segments[i].Name, err)
		}
		if more := i < len(segments)-1; last && more {
			im.warn("%s ends the image, but %d segments follow it", segments[i].Name, len(segments)-1-i)
			break
		} else if !last && !more {
			im.warn("%s is not the last segment of the image: the rest is missing", segments[i].Name)
		}
	}
	if im.chunkB == 0 {
		return nil, damaged(-1, "no volume section")
	}
	want := (im.SizeB + im.chunkB - 1) / im.chunkB
	if have := int64(len(im.chunks)); have < want {
		im.warn("%d of %d chunks are in the image", have, want)
		im.Unreadable = append(im.Unreadable, Range{have * im.chunkB, im.SizeB - have*im.chunkB})
	}
	return im, nil
}

func (im *Image) warn(format string, args ...any) {
	if len(im.Warnings) < 100 {
		im.Warnings = append(im.Warnings, fmt.Sprintf(format, args...))
	}
}

// section is a section's descriptor.
type section struct {
	kind         string
	dataB, sizeB int64 // where its data begins, and how long it is
	next         int64
}

const descriptorB = 76

func readSection(s Segment, at int64) (section, error) {
	b := make([]byte, descriptorB)
	if err := readFull(s, b, at); err != nil {
		return section{}, err
	}
	if adler32.Checksum(b[:72]) != binary.LittleEndian.Uint32(b[72:]) {
		return section{}, damaged(at, "check sum of a section descriptor")
	}
	kind, _, _ := bytes.Cut(b[:16], []byte{0})
	sec := section{kind: string(kind), dataB: at + descriptorB, next: int64(binary.LittleEndian.Uint64(b[16:])), sizeB: int64(binary.LittleEndian.Uint64(b[24:])) - descriptorB}
	if sec.sizeB < 0 {
		sec.sizeB = max(0, sec.next-sec.dataB) // some writers leave the size of sections without data at zero
	}
	if sec.next < at || sec.next > s.SizeB || sec.sizeB < 0 || sec.sizeB > s.SizeB-sec.dataB {
		return section{}, damaged(at, "section %q leads outside the file", sec.kind)
	}
	return sec, nil
}

func readFull(s Segment, b []byte, at int64) error {
	if at < 0 || at > s.SizeB-int64(len(b)) {
		return damaged(at, "the file ends too early")
	}
	if n, err := s.R.ReadAt(b, at); n < len(b) {
		if err == io.EOF {
			return damaged(at, "the file ends too early")
		}
		return err
	}
	return nil
}

// segment reads the sections of one file. last says that it ends the image.
func (im *Image) segment(n int, limits formats.Limits) (last bool, err error) {
	s := im.segments[n]
	head := make([]byte, 13)
	if err := readFull(s, head, 0); err != nil {
		return false, err
	}
	if what := Unsupported(head); what != "" {
		return false, &formats.UnsupportedError{Format: "EWF", Offset: 0, Feature: what, Next: "export it as E01 or raw with ewfexport or the imaging tool"}
	}
	if !Is(head) {
		return false, damaged(0, "no EWF signature")
	}
	if got := int(binary.LittleEndian.Uint16(head[9:])); got != n+1 {
		return false, damaged(9, "it is segment %d where segment %d was due", got, n+1)
	}
	sectorsEnd := int64(0)
	for at, count := int64(len(head)), 0; ; count++ {
		if count > 1<<20 {
			return false, damaged(at, "more than %d sections", count)
		}
		sec, err := readSection(s, at)
		if err != nil {
			return false, err
		}
		switch sec.kind {
		case "sectors":
			sectorsEnd = sec.dataB + sec.sizeB
		case "table":
			err = im.table(n, sec, sectorsEnd, limits)
		case "volume", "disk":
			err = im.volume(s, sec)
		case "header", "header2", "xheader":
			if im.Description == "" || sec.kind != "header" {
				im.header(s, sec)
			}
		case "hash":
			im.hashes(s, sec, 16)
		case "digest":
			im.hashes(s, sec, 36)
		case "error2":
			im.errors(s, sec)
		case "done":
			return true, nil
		case "next":
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if sec.next <= at {
			return false, damaged(at, "section %q points back", sec.kind)
		}
		at = sec.next
	}
}

// volume reads the geometry.
func (im *Image) volume(s Segment, sec section) error {
	b := make([]byte, 24)
	if err := readFull(s, b, sec.dataB); err != nil {
		return err
	}
	chunks := int64(binary.LittleEndian.Uint32(b[4:]))
	perChunk, sector := int64(binary.LittleEndian.Uint32(b[8:])), int64(binary.LittleEndian.Uint32(b[12:]))
	sectors := binary.LittleEndian.Uint64(b[16:])
	if sec.sizeB < 1052 {
		sectors &= 1<<32 - 1 // the short form of SMART images
	}
	if sector < 1 || sector > 1<<16 || perChunk < 1 || perChunk > 1<<20 || perChunk*sector > 64<<20 || sectors > 1<<62/uint64(sector) {
		return damaged(sec.dataB, "geometry of %d sectors of %d bytes, %d a chunk", sectors, sector, perChunk)
	}
	im.SectorB, im.chunkB, im.SizeB = sector, sector*perChunk, int64(sectors)*sector
	if want := (im.SizeB + im.chunkB - 1) / im.chunkB; chunks != want {
		im.warn("%d chunks are claimed where %d are needed", chunks, want)
	}
	return nil
}

// table reads where the chunks of a sectors section are.
func (im *Image) table(n int, sec section, sectorsEnd int64, limits formats.Limits) error {
	s := im.segments[n]
	head := make([]byte, 24)
	if err := readFull(s, head, sec.dataB); err != nil {
		return err
	}
	if adler32.Checksum(head[:20]) != binary.LittleEndian.Uint32(head[20:]) {
		return damaged(sec.dataB, "check sum of a chunk table's head")
	}
	count, base := int64(binary.LittleEndian.Uint32(head)), int64(binary.LittleEndian.Uint64(head[8:]))
	if count*4 > sec.sizeB-24 || count*4 > limits.MaxAllocB || base < 0 || base > s.SizeB {
		return damaged(sec.dataB, "chunk table of %d entries in %d bytes", count, sec.sizeB)
	}
	b := make([]byte, count*4)
	if err := readFull(s, b, sec.dataB+24); err != nil {
		return err
	}
	if sum := make([]byte, 4); sec.sizeB >= 28+count*4 {
		if err := readFull(s, sum, sec.dataB+24+count*4); err != nil {
			return err
		}
		if adler32.Checksum(b) != binary.LittleEndian.Uint32(sum) {
			return damaged(sec.dataB+24, "check sum of a chunk table")
		}
	}
	// Where chunks lie in the table's own section, they end where it begins.
	end := sectorsEnd
	if end == 0 {
		end = sec.dataB - descriptorB
	}
	wide := false // offsets beyond 2 GiB run into the bit that marks compression
	for i := range count {
		e := binary.LittleEndian.Uint32(b[4*i:])
		c := chunk{segment: uint16(n), offsetB: base + int64(e&0x7FFFFFFF), compressed: e&0x80000000 != 0}
		if wide {
			c.offsetB, c.compressed = base+int64(e), false
		}
		next := end
		if i+1 < count {
			f := binary.LittleEndian.Uint32(b[4*i+4:])
			if next = base + int64(f&0x7FFFFFFF); wide {
				next = base + int64(f)
			} else if next < c.offsetB && base+int64(f) > c.offsetB {
				next, wide = base+int64(f), true
			}
		}
		if next <= c.offsetB || next > s.SizeB || next-c.offsetB > 2*im.chunkB+1024 {
			return damaged(sec.dataB+24+4*i, "chunk %d lies at %d to %d", len(im.chunks), c.offsetB, next)
		}
		c.lengthB = uint32(next - c.offsetB)
		im.chunks = append(im.chunks, c)
	}
	return nil
}

// header keeps what the imaging tool recorded, for people to read.
func (im *Image) header(s Segment, sec section) {
	z, err := zlib.NewReader(io.NewSectionReader(s.R, sec.dataB, sec.sizeB))
	if err != nil {
		return
	}
	text, err := io.ReadAll(io.LimitReader(z, 1<<20))
	if err != nil && len(text) == 0 {
		return
	}
	im.Description = describe(text)
}

// hashes keeps the hashes of the medium.
func (im *Image) hashes(s Segment, sec section, n int64) {
	b := make([]byte, n)
	if sec.sizeB < n || readFull(s, b, sec.dataB) != nil {
		im.warn("the section with the image's own hashes is cut")
		return
	}
	im.MD5 = fmt.Sprintf("%x", b[:16])
	if n > 16 && !bytes.Equal(b[16:36], make([]byte, 20)) {
		im.SHA1 = fmt.Sprintf("%x", b[16:36])
	}
}

// errors keeps the sectors that could not be read.
func (im *Image) errors(s Segment, sec section) {
	b := make([]byte, 4)
	const headB = 520
	if sec.sizeB < headB || readFull(s, b, sec.dataB) != nil {
		return
	}
	count := min(int64(binary.LittleEndian.Uint32(b)), (sec.sizeB-headB)/8)
	e := make([]byte, 8)
	for i := range count {
		if readFull(s, e, sec.dataB+headB+8*i) != nil {
			return
		}
		off, n := int64(binary.LittleEndian.Uint32(e))*im.SectorB, int64(binary.LittleEndian.Uint32(e[4:]))*im.SectorB
		if off >= 0 && off < im.SizeB && n > 0 {
			im.Unreadable = append(im.Unreadable, Range{off, min(n, im.SizeB-off)})
		}
	}
}
