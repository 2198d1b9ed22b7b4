package las

import (
	"encoding/binary"
	"math"

	"firescene/formats/points"
)

// RecordWriter turns chunks into point records, for writers that put records into
// another order than they came in. It is not safe for concurrent use.
type RecordWriter struct{ e encoder }

// NewRecordWriter returns a writer of records and the size of one. Of the options
// PointFormat, NoColour, Scale, Offset, intensities and Extra count.
func NewRecordWriter(opts Options) (*RecordWriter, int, error) {
	if err := opts.setDefaults(); err != nil {
		return nil, 0, err
	}
	stride := recordSize[opts.PointFormat] + 4*len(opts.Extra)
	return &RecordWriter{encoder{opts: opts, stride: stride}}, stride, nil
}

// Format is the point data record format of the records.
func (w *RecordWriter) Format() int { return w.e.opts.PointFormat }

// Records encodes the points of c; the records are valid until the next call. A
// point that scale and offset can not express is an error.
func (w *RecordWriter) Records(c *points.Chunk) ([]byte, error) { return w.e.encode(c) }

// Modern returns the point data record format from 6 on that holds what a format
// holds, with the size of its records without extra bytes; ok is false where wave
// packets would be lost.
func Modern(format int) (modern, sizeB int, ok bool) {
	switch format {
	case 0, 1, 6:
		return 6, recordSize[6], true
	case 2, 3, 7:
		return 7, recordSize[7], true
	case 8:
		return 8, recordSize[8], true
	}
	return 0, 0, false
}

// AppendModern appends records of h's format in the one that Modern names, extra
// bytes included. Scan angles in whole degrees become steps of 0.006 degrees;
// wideColour false says that colours are 8 bits wide and scales them up.
func AppendModern(out, records []byte, h *Header, wideColour bool) []byte {
	le := binary.LittleEndian
	_, size, _ := Modern(h.PointFormat)
	rgb, base := rgbOffset[h.PointFormat], recordSize[h.PointFormat]
	timeAt := [8]int{1: 20, 3: 20, 6: 22, 7: 22}
	for b := records; len(b) >= h.RecordB; b = b[h.RecordB:] {
		var r [38]byte
		switch {
		case h.PointFormat >= 6:
			copy(r[:], b[:size])
		default:
			copy(r[:14], b)
			r[14] = b[14]&7 | b[14]>>3&7<<4
			r[15] = b[15]>>5 | b[14]>>6<<6
			r[16] = b[15] & 31
			r[17] = b[17]
			le.PutUint16(r[18:], uint16(int16(math.Round(float64(int8(b[16]))/0.006))))
			copy(r[20:22], b[18:20])
			if at := timeAt[h.PointFormat]; at > 0 {
				copy(r[22:30], b[at:])
			}
			if rgb > 0 {
				copy(r[30:36], b[rgb:])
			}
		}
		if rgb > 0 && !wideColour {
			for k := 30; k < 36; k += 2 {
				le.PutUint16(r[k:], uint16(r[k])*257)
			}
		}
		out = append(append(out, r[:size]...), b[base:h.RecordB]...)
	}
	return out
}

// WideColour reports whether colours use all 16 bits of their fields.
func (s *Scan) WideColour() bool { return s.shift == 8 }
