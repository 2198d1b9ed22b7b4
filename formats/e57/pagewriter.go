package e57

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// pageWriter cuts logical bytes into pages with checksums. Pages that must be
// filled in later begin at a page boundary, are kept, and are written again by
// finish.
type pageWriter struct {
	w       io.WriteSeeker
	startB  int64  // where the file begins in w
	buf     []byte // complete pages and the one under way
	pageN   int    // payload bytes in the page under way
	doneB   int64  // physical bytes handed to w
	keep    *keptPage
	patches []*keptPage
}

// keptPage is a page whose first bytes are known only at the end.
type keptPage struct {
	physB   int64
	payload [pagePayload]byte
}

const pageBufB = 64 * pageSize

func newPageWriter(w io.WriteSeeker) (*pageWriter, error) {
	start, err := w.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	return &pageWriter{w: w, startB: start, buf: make([]byte, 0, pageBufB)}, nil
}

// physical is the offset in the file of the next logical byte.
func (p *pageWriter) physical() int64 { return p.doneB + int64(len(p.buf)) }

// Write appends logical bytes.
func (p *pageWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		k := min(len(b), pagePayload-p.pageN)
		p.buf = append(p.buf, b[:k]...)
		p.pageN += k
		b = b[k:]
		if p.pageN == pagePayload {
			if err := p.endPage(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// endPage seals the full page under way.
func (p *pageWriter) endPage() error {
	payload := p.buf[len(p.buf)-pagePayload:]
	if p.keep != nil {
		copy(p.keep.payload[:], payload)
		p.patches, p.keep = append(p.patches, p.keep), nil
	}
	p.buf = binary.BigEndian.AppendUint32(p.buf, crc32.Checksum(payload, castagnoli))
	p.pageN = 0
	if len(p.buf) < pageBufB {
		return nil
	}
	return p.flush()
}

func (p *pageWriter) flush() error {
	if _, err := p.w.Write(p.buf); err != nil {
		return err
	}
	p.doneB += int64(len(p.buf))
	p.buf = p.buf[:0]
	return nil
}

// pad fills the page under way with zeros.
func (p *pageWriter) pad() error {
	if p.pageN == 0 {
		return nil
	}
	_, err := p.Write(make([]byte, pagePayload-p.pageN))
	return err
}

// keepPage starts a page that finish writes again with what the caller has put
// into its payload by then.
func (p *pageWriter) keepPage() (*keptPage, error) {
	if err := p.pad(); err != nil {
		return nil, err
	}
	p.keep = &keptPage{physB: p.physical()}
	return p.keep, nil
}

// finish seals the last page and writes the kept ones again.
func (p *pageWriter) finish() error {
	if err := p.pad(); err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	for _, k := range p.patches {
		if _, err := p.w.Seek(p.startB+k.physB, io.SeekStart); err != nil {
			return err
		}
		page := binary.BigEndian.AppendUint32(k.payload[:len(k.payload):len(k.payload)], crc32.Checksum(k.payload[:], castagnoli))
		if _, err := p.w.Write(page); err != nil {
			return err
		}
	}
	_, err := p.w.Seek(p.startB+p.doneB, io.SeekStart)
	return err
}
