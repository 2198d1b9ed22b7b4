package logs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"firescene/forensics"
)

// Source is a text to read, with the place of its bytes in an exhibit.
type Source struct {
	R       io.Reader
	Exhibit string
	Path    []forensics.Layer // decoders between the exhibit and the text, outermost first
	BaseB   int64             // offset of the first byte in the innermost layer, when Runs is nil
	// Runs say where the text's bytes lie when they are not in one piece, as for a
	// fragmented file of a disk image. They are in the order of the text.
	Runs []forensics.ByteRun
}

// locator returns the way back to a range of the text.
func (s Source) locator(offsetB, lengthB int64) forensics.Locator {
	l := forensics.Locator{Exhibit: s.Exhibit, Path: s.Path}
	if s.Runs == nil {
		l.Runs = []forensics.ByteRun{{OffsetB: s.BaseB + offsetB, LengthB: lengthB}}
		return l
	}
	for _, r := range s.Runs {
		if offsetB >= r.LengthB {
			offsetB -= r.LengthB
			continue
		}
		n := min(lengthB, r.LengthB-offsetB)
		l.Runs = append(l.Runs, forensics.ByteRun{OffsetB: r.OffsetB + offsetB, LengthB: n})
		if lengthB -= n; lengthB <= 0 {
			break
		}
		offsetB = 0
	}
	return l
}

// MaxLineB bounds a line. The rest of a longer one is skipped, and the line is
// counted.
const MaxLineB = 64 << 10

// line is one line of a text, decoded, without its end.
type line struct {
	text             string
	offsetB, lengthB int64 // of the line's bytes in the text, without its end
	number           int   // from 1
	cut              bool  // it was longer than MaxLineB
	garbled          bool  // some bytes are not of the encoding
}

// lineReader splits a text into lines and decodes them.
type lineReader struct {
	r        *bufio.Reader
	offsetB  int64
	number   int
	encoding string // "UTF-8", "GBK", "UTF-16LE", "UTF-16BE"
	raw      []byte
}

const peekB = 64 << 10

// newLineReader looks at the beginning of r to tell its encoding: by a byte order
// mark, else UTF-8 when that fits, else GBK (as its superset GB 18030) when that
// fits, else UTF-8 line by line.
func newLineReader(r io.Reader) (*lineReader, error) {
	lr := &lineReader{r: bufio.NewReaderSize(r, peekB), encoding: "UTF-8"}
	head, err := lr.r.Peek(peekB)
	if err != nil && err != io.EOF && len(head) == 0 {
		return nil, err // with some bytes read, the error comes again behind them
	}
	skip := 0
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		skip = 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		lr.encoding, skip = "UTF-16LE", 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		lr.encoding, skip = "UTF-16BE", 2
	case !validUTF8Head(head):
		if _, ok := decodeGBK(head[:lastLineEnd(head)]); ok {
			lr.encoding = "GBK"
		}
	}
	n, err := lr.r.Discard(skip)
	lr.offsetB = int64(n)
	return lr, err
}

// validUTF8Head is utf8.Valid for a text whose last character may be cut.
func validUTF8Head(b []byte) bool {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return len(b)-i < utf8.UTFMax && len(b) >= peekB
		}
		i += n
	}
	return true
}

func lastLineEnd(b []byte) int {
	if len(b) < peekB {
		return len(b)
	}
	if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
		return i
	}
	return len(b) &^ 1
}

func decodeGBK(b []byte) (string, bool) {
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	return string(out), err == nil && !bytes.ContainsRune(out, utf8.RuneError)
}

// next returns the next line, or io.EOF.
func (lr *lineReader) next() (line, error) {
	wide := strings.HasPrefix(lr.encoding, "UTF-16")
	lr.raw = lr.raw[:0]
	ln := line{offsetB: lr.offsetB, number: lr.number + 1}
	terminated := false
	for !terminated {
		chunk, err := lr.r.ReadSlice('\n')
		if len(chunk) > 0 {
			lr.offsetB += int64(len(chunk))
			if keep := min(len(chunk), MaxLineB+2-len(lr.raw)); keep > 0 {
				lr.raw = append(lr.raw, chunk[:keep]...)
				ln.cut = ln.cut || keep < len(chunk)
			} else {
				ln.cut = true
			}
		}
		switch {
		case err == nil && !wide:
			terminated = true
		case err == nil:
			terminated = lr.wideEnd(chunk)
		case errors.Is(err, bufio.ErrBufferFull):
		case err == io.EOF && lr.offsetB > ln.offsetB:
			terminated = true
		default:
			return line{}, err
		}
	}
	lr.number++
	ln.lengthB = lr.offsetB - ln.offsetB
	body := lr.raw
	if len(body) > MaxLineB {
		body, ln.cut = body[:MaxLineB], true
	}
	if wide {
		ln.text, ln.garbled = decodeUTF16(body, lr.encoding == "UTF-16BE")
		for strings.HasSuffix(ln.text, "\n") || strings.HasSuffix(ln.text, "\r") {
			ln.text = ln.text[:len(ln.text)-1]
			ln.lengthB -= 2
		}
		return ln, nil
	}
	for len(body) > 0 && !ln.cut && (body[len(body)-1] == '\n' || body[len(body)-1] == '\r') {
		body = body[:len(body)-1]
		ln.lengthB--
	}
	if ln.cut {
		body = cutAtRune(body)
	}
	ln.text, ln.garbled = lr.decode(body)
	return ln, nil
}

// wideEnd says whether a chunk that ends in the byte 0A ends a UTF-16 line, and
// takes the other half of the line feed when that comes behind.
func (lr *lineReader) wideEnd(chunk []byte) bool {
	n := lr.offsetB // even at the end of a code unit: a mark of two bytes came first
	if lr.encoding == "UTF-16BE" {
		return n%2 == 0 && len(lr.raw) >= 2 && lr.raw[len(lr.raw)-2] == 0
	}
	if n%2 == 0 {
		return false
	}
	b, err := lr.r.ReadByte()
	if err != nil {
		return true
	}
	lr.offsetB++
	if len(lr.raw) < MaxLineB+2 {
		lr.raw = append(lr.raw, b)
	}
	return b == 0
}

// cutAtRune drops a character that was cut in two at the end of a long line.
func cutAtRune(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// decode turns a line into UTF-8. A line that does not fit the text's encoding is
// tried in the other one, as fragments of several files may stand in one text.
func (lr *lineReader) decode(b []byte) (text string, garbled bool) {
	isUTF8 := utf8.Valid(b)
	if isUTF8 && lr.encoding == "UTF-8" {
		return string(b), false
	}
	if s, ok := decodeGBK(b); ok {
		return s, false
	}
	return strings.ToValidUTF8(string(b), "\uFFFD"), !isUTF8
}

func decodeUTF16(b []byte, bigEndian bool) (string, bool) {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u := uint16(b[i]) | uint16(b[i+1])<<8
		if bigEndian {
			u = uint16(b[i])<<8 | uint16(b[i+1])
		}
		units = append(units, u)
	}
	s := string(utf16.Decode(units))
	return s, strings.ContainsRune(s, utf8.RuneError)
}
