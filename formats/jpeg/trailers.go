package jpeg

import (
	"bytes"
	"encoding/binary"
)

// Trailers that cameras and their programs put behind a picture, and that say
// themselves where they begin and end (P. Harvey, ExifTool, modules Samsung and
// CanonVRD).
const (
	canonTag               = "CANON OPTIONAL DATA\x00"
	canonHeadB, canonFootB = 28, 64
	samsungHead            = "SEFH"
	samsungFoot            = "SEFT"
	maxSamsungB            = 256 << 20 // with the video of a moving picture
	maxSamsungParts        = 256
	maxSamsungNameB        = 64
)

// followTrailers extends the end over such trailers, in any order.
func followTrailers(src *source, rep *Report) {
	for range 4 {
		end, what := canonEnd(src, rep.EndB), "Canon's program"
		if end == 0 {
			end, what = samsungEnd(src, rep.EndB), "a Samsung phone"
		}
		if end == 0 {
			return
		}
		rep.EndB, rep.GoodB = end, end
		if rep.Reason != "" {
			rep.Reason += "; "
		}
		rep.Reason += "with data of " + what + " behind the picture"
	}
}

// canonEnd returns where the block of Canon's raw program ends that begins at an
// offset: header, content of the stated length, footer; 0 when there is none.
func canonEnd(src *source, at int64) int64 {
	src.seek(at)
	b := src.peek(canonHeadB)
	if b == nil || string(b[:len(canonTag)]) != canonTag {
		return 0
	}
	foot := at + canonHeadB + int64(binary.BigEndian.Uint32(b[24:]))
	if foot+canonFootB > src.size {
		return 0
	}
	src.seek(foot)
	if b = src.peek(canonFootB); b == nil || string(b[:len(canonTag)]) != canonTag || string(b[canonFootB-2:]) != "\xFF\xD9" {
		return 0
	}
	return foot + canonFootB
}

// samsungEnd returns where the parts end that Samsung's phones append at an offset,
// behind the directory that lists them all and says where the first begins; 0 when
// there are none.
func samsungEnd(src *source, at int64) int64 {
	le := binary.LittleEndian
	src.seek(at)
	b := src.peek(12)
	if b == nil || b[0] != 0 || b[1] != 0 {
		return 0
	}
	nameB := le.Uint32(b[4:])
	if nameB == 0 || nameB > maxSamsungNameB || !printable(b[8:8+min(nameB, 4)]) {
		return 0
	}
	for from := at + 8; ; {
		dir := find(src, from, at+maxSamsungB, samsungHead)
		if dir < 0 {
			return 0
		}
		src.seek(dir)
		if b = src.peek(12); b == nil {
			return 0
		}
		n := int(le.Uint32(b[8:]))
		if n > 0 && n <= maxSamsungParts {
			if b = src.peek(12 + 12*n + 8); b == nil {
				return 0
			}
			first := int64(0)
			for i := range n {
				first = max(first, int64(le.Uint32(b[12+12*i+4:])))
			}
			if tail := b[12+12*n:]; first == dir-at && int(le.Uint32(tail)) == 12+12*n && string(tail[4:8]) == samsungFoot {
				return dir + int64(12+12*n+8)
			}
		}
		from = dir + 4
	}
}

func printable(b []byte) bool {
	return bytes.IndexFunc(b, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// find returns where a mark stands in [from, end); -1 when it does not.
func find(src *source, from, end int64, mark string) int64 {
	for src.seek(from); src.need(len(mark)) && src.offset() < end; {
		if i := bytes.Index(src.buf[src.pos:], []byte(mark)); i >= 0 {
			return src.offset() + int64(i)
		}
		src.pos = len(src.buf) - len(mark) + 1
	}
	return -1
}
