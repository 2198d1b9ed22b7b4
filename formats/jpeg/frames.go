package jpeg

import (
	"encoding/binary"
	"fmt"

	"firescene/formats"
)

// mpIndex is the index of a Multi-Picture file, CIPA DC-007 5.2.3.
type mpIndex struct {
	entries []mpEntry
}

type mpEntry struct{ offset, size int64 } // absolute; the first picture is left out

// parseMPF reads the MP index from an APP2 segment's TIFF structure, whose
// header is at absolute offset base. nil when it can not be read: the first
// picture stands without it.
func parseMPF(b []byte, base int64) *mpIndex {
	if len(b) < 8 {
		return nil
	}
	var bo binary.ByteOrder
	switch string(b[:4]) {
	case "II*\x00":
		bo = binary.LittleEndian
	case "MM\x00*":
		bo = binary.BigEndian
	default:
		return nil
	}
	at := int64(bo.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return nil
	}
	n := int64(bo.Uint16(b[at:]))
	for i := range n {
		e := at + 2 + 12*i
		if e+12 > int64(len(b)) {
			return nil
		}
		if bo.Uint16(b[e:]) != 0xB002 {
			continue
		}
		size, off := int64(bo.Uint32(b[e+4:])), int64(bo.Uint32(b[e+8:]))
		if size%16 != 0 || off+size > int64(len(b)) {
			return nil
		}
		idx := &mpIndex{}
		for p := off; p < off+size; p += 16 {
			o, l := int64(bo.Uint32(b[p+8:])), int64(bo.Uint32(b[p+4:]))
			if o != 0 && l > 0 {
				idx.entries = append(idx.entries, mpEntry{base + o, l})
			}
		}
		return idx
	}
	return nil
}

// followFrames checks the further pictures that the index names. A file whose
// later pictures are not where the index says is not whole.
func followFrames(src *source, rep *Report, mpf *mpIndex, limits formats.Limits) error {
	if mpf == nil {
		return nil
	}
	end := rep.EndB
	for _, e := range mpf.entries {
		if e.offset < rep.EndB {
			continue // an index kept by an editor that rewrote the file: it names nothing behind the picture
		}
		sub, _, err := checkFrame(src, e.offset, limits)
		if err != nil {
			return err
		}
		switch sub.State {
		case Whole:
			rep.Frames++
			end = max(end, sub.EndB, min(e.offset+e.size, src.size))
		case NotJPEG:
			if e.offset < src.size {
				// Files that lost their further pictures in editing keep the index.
				rep.Reason = fmt.Sprintf("its index names a picture at %d that is not there", e.offset)
				continue
			}
			fallthrough
		default:
			rep.State, rep.GoodB = sub.State, max(end, min(sub.GoodB, src.size))
			rep.SureB, rep.SeenB = max(end, sub.SureB), max(rep.GoodB, sub.SeenB)
			rep.Reason = fmt.Sprintf("first picture whole, picture %d of the file is not: %s", rep.Frames+1, sub.Reason)
			if rep.State == NotJPEG {
				rep.State = Truncated
			}
			return nil
		}
	}
	rep.EndB, rep.GoodB = end, end
	return nil
}

// boxTypes are the top-level boxes of the ISO base media format that follow a
// still picture in motion photos, ISO/IEC 14496-12.
var boxTypes = map[string]bool{"ftyp": true, "moov": true, "mdat": true, "free": true, "skip": true, "wide": true,
	"uuid": true, "meta": true, "moof": true, "mfra": true, "sidx": true, "styp": true, "pnot": true, "udta": true}

// followAppended extends the end over a video that stands directly behind the
// picture, as phones write it: its boxes give their lengths.
func followAppended(src *source, rep *Report) {
	at := rep.EndB
	for n := 0; n < 4096; n++ {
		src.seek(at)
		b := src.peek(16)
		if b == nil {
			break
		}
		kind := string(b[4:8])
		if n == 0 && kind != "ftyp" || !boxTypes[kind] {
			break
		}
		size := int64(binary.BigEndian.Uint32(b))
		if size == 1 {
			size = int64(min(binary.BigEndian.Uint64(b[8:]), 1<<62))
		}
		if size < 8 || size > src.size-at {
			rep.State, rep.GoodB = Truncated, at
			rep.Reason = "picture whole, the video appended to it is cut"
			return
		}
		at += size
	}
	if at > rep.EndB {
		rep.EndB, rep.GoodB = at, at
		rep.Reason = "with a video appended behind the picture"
	}
}
