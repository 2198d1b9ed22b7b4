package ewf

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"encoding"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/adler32"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// ReadAt reads the medium. A damaged chunk gives a FormatError; chunks that are
// missing give zeros, and are in Unreadable.
func (im *Image) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("ewf: negative offset")
	}
	n := 0
	for n < len(p) && off < im.SizeB {
		k := off / im.chunkB
		if k >= int64(len(im.chunks)) {
			m := int(min(int64(len(p)-n), im.SizeB-off))
			clear(p[n : n+m])
			n, off = n+m, off+int64(m)
			continue
		}
		m, err := im.copyChunk(p[n:], k, off-k*im.chunkB)
		n, off = n+m, off+int64(m)
		if err != nil {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// copyChunk copies from one chunk, decoding it unless it is kept.
func (im *Image) copyChunk(p []byte, k, from int64) (int, error) {
	im.mu.Lock()
	if b, ok := im.cache[k]; ok {
		n := copy(p, b[from:])
		im.mu.Unlock()
		return n, nil
	}
	var b []byte
	if len(im.free) > 0 {
		b, im.free = im.free[len(im.free)-1], im.free[:len(im.free)-1]
	}
	im.mu.Unlock()
	b, err := im.decode(k, b)
	if err != nil {
		return 0, err
	}
	n := copy(p, b[from:])
	im.mu.Lock()
	defer im.mu.Unlock()
	if _, ok := im.cache[k]; ok {
		im.free = append(im.free, b) // another reader decoded it meanwhile
		return n, nil
	}
	if len(im.order) >= cacheChunks {
		im.free = append(im.free, im.cache[im.order[0]])
		delete(im.cache, im.order[0])
		im.order = append(im.order[:0], im.order[1:]...)
	}
	im.cache[k] = b
	im.order = append(im.order, k)
	return n, nil
}

// decode reads one chunk into b or a new buffer.
func (im *Image) decode(k int64, b []byte) ([]byte, error) {
	c := im.chunks[k]
	want := min(im.chunkB, im.SizeB-k*im.chunkB)
	if int64(cap(b)) < im.chunkB {
		b = make([]byte, im.chunkB)
	}
	b = b[:want]
	raw := make([]byte, c.lengthB)
	s := im.segments[c.segment]
	if err := readFull(s, raw, c.offsetB); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	bad := func(why string) error {
		return fmt.Errorf("%s: %w", s.Name, damaged(c.offsetB, "chunk %d, bytes %d to %d of the medium: %s", k, k*im.chunkB, k*im.chunkB+want, why))
	}
	if !c.compressed {
		if int64(len(raw)) < want+4 {
			return nil, bad("too short")
		}
		copy(b, raw)
		if adler32.Checksum(b) != binary.LittleEndian.Uint32(raw[want:]) {
			return nil, bad("its check sum does not agree")
		}
		return b, nil
	}
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, bad("it is no zlib stream")
	}
	if _, err := io.ReadFull(z, b); err != nil {
		return nil, bad("its zlib stream is damaged")
	}
	if _, err := z.Read(make([]byte, 1)); err != io.EOF {
		return nil, bad("its zlib stream goes on behind its end, or its check sum does not agree")
	}
	return b, nil
}

// Check is the outcome of Verify.
type Check struct {
	MD5, SHA1 string // of the medium as read now
	Bad       []Range
	// Agrees is false when a stored hash is another one, or a chunk is damaged.
	Agrees bool
	Reason string
}

// Verify reads the whole medium, checks every chunk and compares the hashes that
// the imaging tool stored. report may be nil.
func (im *Image) Verify(ctx context.Context, report func(done int64)) (Check, error) {
	return im.VerifyFrom(ctx, nil, nil, report)
}

// verified is how far Verify is.
type verified struct {
	AtB       int64
	MD5, SHA1 []byte // states of the hashes
	Bad       []Range
	Reason    string
}

// VerifyFrom is Verify as a pass that can go on where another run of it was cut off:
// from is what keep was given last; what is of no use begins anew. keep is called
// after each chunk with a function that gives the state there; it may be nil, and an
// error of it ends the pass.
func (im *Image) VerifyFrom(ctx context.Context, from []byte, keep func(state func() ([]byte, error)) error, report func(done int64)) (Check, error) {
	var c Check
	m, s := md5.New(), sha1.New()
	var v verified
	restore := func(h hash.Hash, state []byte) bool {
		return h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state) == nil
	}
	if json.Unmarshal(from, &v) != nil || v.AtB < 0 || v.AtB > im.SizeB || v.AtB < im.SizeB && v.AtB%im.chunkB != 0 || !restore(m, v.MD5) || !restore(s, v.SHA1) {
		v = verified{}
		m.Reset()
		s.Reset()
	}
	c.Bad, c.Reason = v.Bad, v.Reason
	b := make([]byte, im.chunkB)
	for at := v.AtB; at < im.SizeB; at += im.chunkB {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		b := b[:min(im.chunkB, im.SizeB-at)]
		if _, err := im.ReadAt(b, at); err != nil && err != io.EOF {
			if len(c.Bad) == 0 {
				c.Reason = err.Error()
			}
			c.Bad = append(c.Bad, Range{at, int64(len(b))})
			clear(b)
		}
		m.Write(b)
		if im.SHA1 != "" {
			s.Write(b)
		}
		end := at + int64(len(b))
		if report != nil {
			report(end)
		}
		if keep == nil {
			continue
		}
		err := keep(func() ([]byte, error) {
			x, err := m.(encoding.BinaryMarshaler).MarshalBinary()
			y, err2 := s.(encoding.BinaryMarshaler).MarshalBinary()
			if err := errors.Join(err, err2); err != nil {
				return nil, err
			}
			return json.Marshal(verified{end, x, y, c.Bad, c.Reason})
		})
		if err != nil {
			return c, err
		}
	}
	c.MD5 = fmt.Sprintf("%x", m.Sum(nil))
	if im.SHA1 != "" {
		c.SHA1 = fmt.Sprintf("%x", s.Sum(nil))
	}
	switch {
	case len(c.Bad) > 0:
	case im.MD5 != "" && im.MD5 != c.MD5:
		c.Reason = fmt.Sprintf("the stored MD5 is %s, the medium's is %s", im.MD5, c.MD5)
	case im.SHA1 != "" && im.SHA1 != c.SHA1:
		c.Reason = fmt.Sprintf("the stored SHA-1 is %s, the medium's is %s", im.SHA1, c.SHA1)
	default:
		c.Agrees = true
		if im.MD5 == "" && im.SHA1 == "" {
			c.Reason = "the image stores no hash; every chunk's own check sum agrees"
		}
	}
	return c, nil
}

// names of header fields, EWF specification, "Header section".
var names = map[string]string{"c": "case", "cn": "case", "n": "evidence", "en": "evidence", "a": "description", "e": "examiner", "ex": "examiner",
	"t": "notes", "nt": "notes", "md": "model", "sn": "serial number", "av": "program version", "ov": "system", "m": "acquired", "u": "set on system", "l": "label"}

// describe turns a header's text, in UTF-16 or bytes, into lines for people.
func describe(text []byte) string {
	s := string(text)
	if len(text) >= 2 && text[0] == 0xFF && text[1] == 0xFE {
		u := make([]uint16, 0, len(text)/2)
		for i := 2; i+1 < len(text); i += 2 {
			u = append(u, binary.LittleEndian.Uint16(text[i:]))
		}
		s = string(utf16.Decode(u))
	}
	lines := strings.Split(strings.ReplaceAll(s, "\r", ""), "\n")
	var out []string
	for i := 0; i+1 < len(lines); i++ {
		keys, values := strings.Split(lines[i], "\t"), strings.Split(lines[i+1], "\t")
		if len(keys) < 4 || len(keys) != len(values) || names[keys[0]] == "" {
			continue
		}
		for k, key := range keys {
			if names[key] != "" && strings.TrimSpace(values[k]) != "" {
				out = append(out, names[key]+": "+strings.ToValidUTF8(values[k], "?")+asTime(key, values[k]))
			}
		}
		break
	}
	return strings.Join(out, "\n")
}

// asTime adds the date that a time in seconds since 1970 stands for.
func asTime(key, value string) string {
	s, err := strconv.ParseInt(value, 10, 64)
	if key != "m" && key != "u" || err != nil || s < 0 || s > 1<<34 {
		return ""
	}
	return " (" + time.Unix(s, 0).UTC().Format("2006-01-02 15:04:05") + " UTC)"
}
