package carve

import (
	"bytes"
	"encoding/binary"
	"io"
)

// What host tells of files that hold others.
const (
	hostExif = "Exif data"
	hostPDF  = "PDF stream"
	hostAVI  = "AVI video frame"
	hostZIP  = "ZIP member"
)

// isPart reports whether what has such a host is a part of a file, not a file that
// was stored as it is in a cache or a coded text.
func isPart(host string) bool { return host == hostPDF || host == hostAVI || host == hostZIP }

// hostB is how far back host looks: a ZIP header with a long name.
const hostB = 30 + 512

// entryB is how far before its picture an entry of a thumbnail cache begins: 48 to
// 56 bytes, by the version of the system, and a name of hexadecimal digits in
// UTF-16.
const entryB = 128

// host tells what an embedded file lies in by what stands directly before it:
// the header of a ZIP member, the keyword of a PDF stream, the chunk header of a
// video frame. It is empty when nothing is recognised.
func host(r io.ReaderAt, off int64) string {
	n := min(off, hostB)
	b := make([]byte, n)
	if m, _ := r.ReadAt(b, off-n); int64(m) < n {
		return ""
	}
	switch {
	case bytes.HasSuffix(b, []byte("Exif\x00\x00")), bytes.HasSuffix(b, []byte("eXIf")):
		return hostExif
	case bytes.HasSuffix(b, []byte("stream\r\n")), bytes.HasSuffix(b, []byte("stream\n")):
		return hostPDF
	case n >= 8 && b[n-6] == 'd' && (b[n-5] == 'c' || b[n-5] == 'b') && isDigit(b[n-8]) && isDigit(b[n-7]):
		return hostAVI
	case bytes.Contains(b[max(0, len(b)-entryB):], []byte("CMMM")):
		return "Windows thumbnail cache"
	}
	for from := len(b); ; {
		i := bytes.LastIndex(b[:from], []byte("PK\x03\x04"))
		if i < 0 {
			return ""
		}
		if len(b)-i >= 30 {
			head := 30 + int(binary.LittleEndian.Uint16(b[i+26:])) + int(binary.LittleEndian.Uint16(b[i+28:]))
			if i+head == len(b) {
				return hostZIP
			}
		}
		from = i
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
