package las

import (
	"encoding/binary"
	"errors"
	"io"

	"firescene/formats"
)

// VLR is a variable length record.
type VLR struct {
	User   string
	Record int
	Data   []byte
}

// maxVLRs bounds the records that are looked at: real files have a few dozen.
const maxVLRs = 1 << 16

// ReadVLRs returns the variable length records between header and points, in file
// order, up to the first that is cut off. keep says which are wanted; the others'
// content is not read.
func ReadVLRs(r io.ReaderAt, h *Header, lim formats.Limits, keep func(user string, record int) bool) ([]VLR, error) {
	var out []VLR
	at := h.vlrsAtB
	for range min(h.vlrs, maxVLRs) {
		var b [vlrHeadB]byte
		if at+vlrHeadB > h.PointsAtB {
			break
		}
		if _, err := r.ReadAt(b[:], at); err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return nil, err
		}
		v := VLR{User: text(b[2:18]), Record: int(binary.LittleEndian.Uint16(b[18:]))}
		n := int64(binary.LittleEndian.Uint16(b[20:]))
		at += vlrHeadB
		if at+n > h.PointsAtB {
			break
		}
		if keep(v.User, v.Record) {
			v.Data = make([]byte, n)
			if got, err := r.ReadAt(v.Data, at); got < len(v.Data) {
				if err != nil && !errors.Is(err, io.EOF) {
					return nil, err
				}
				break
			}
			out = append(out, v)
		}
		at += n
	}
	return out, nil
}
