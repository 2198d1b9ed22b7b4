package e57

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"firescene/formats"
)

// pageReader reads logical bytes in order from a physical offset on and checks
// the checksum of every page it enters.
type pageReader struct {
	f     *file
	page  int64  // index of the next page to load
	buf   []byte // payload not yet read
	skip  int    // payload bytes of the first page that lie before the start
	raw   []byte // pages as stored
	ready []byte // their payloads, one after the other
	nextB int64  // logical offset of buf[0]
	ahead int    // pages loaded at once
}

const (
	aheadData = 64
	aheadXML  = 4
)

// logical returns the logical offset of a physical one.
func logical(physB int64) int64 {
	return physB/pageSize*pagePayload + min(physB%pageSize, pagePayload)
}

// physical returns the physical offset of a logical one.
func physical(logB int64) int64 { return logB/pagePayload*pageSize + logB%pagePayload }

func (f *file) readerAt(physB int64, ahead int) *pageReader {
	l := logical(physB)
	return &pageReader{f: f, page: l / pagePayload, skip: int(l % pagePayload), nextB: l, ahead: ahead}
}

// fill loads the next pages. It returns io.EOF at the end of the file.
func (p *pageReader) fill() error {
	left := (p.f.size + pageSize - 1) / pageSize
	n := int(min(int64(p.ahead), left-p.page))
	if n <= 0 {
		return io.EOF
	}
	if p.raw == nil {
		p.raw, p.ready = make([]byte, p.ahead*pageSize), make([]byte, p.ahead*pagePayload)
	}
	raw := p.raw[:n*pageSize]
	got, err := p.f.r.ReadAt(raw, p.page*pageSize)
	if got < len(raw) {
		if err != nil && err != io.EOF {
			return err
		}
		if n = got / pageSize; n == 0 {
			return &formats.FormatError{Format: "E57", Offset: p.page * pageSize,
				Reason: fmt.Sprintf("page %d is cut off: the file is shorter than its own structure", p.page),
				Next:   "copy the file again from the scanner or its software"}
		}
	}
	for i := range n {
		page := raw[i*pageSize : (i+1)*pageSize]
		if crc32.Checksum(page[:pagePayload], castagnoli) != binary.BigEndian.Uint32(page[pagePayload:]) {
			if bad := p.f.badPage(p.page + int64(i)); bad != nil {
				if n = i; n == 0 {
					return bad
				}
				break // the good pages first
			}
		}
		copy(p.ready[i*pagePayload:], page[:pagePayload])
	}
	p.buf = p.ready[p.skip : n*pagePayload]
	p.page += int64(n)
	p.skip = 0
	return nil
}

// Read reads logical bytes.
func (p *pageReader) Read(b []byte) (int, error) {
	if len(p.buf) == 0 {
		if err := p.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.buf)
	p.buf = p.buf[n:]
	p.nextB += int64(n)
	return n, nil
}

// discard passes over n logical bytes.
func (p *pageReader) discard(n int) error {
	for n > 0 {
		if len(p.buf) == 0 {
			if err := p.fill(); err != nil {
				return err
			}
		}
		k := min(n, len(p.buf))
		p.buf = p.buf[k:]
		p.nextB += int64(k)
		n -= k
	}
	return nil
}
