package las

import (
	"encoding/binary"
	"math"
)

// summary is what the header tells of the points that have been written.
type summary struct {
	count   int64
	returns [16]int64 // by return number
	lo, hi  [3]int32
}

func newSummary() summary {
	const lo, hi = math.MaxInt32, math.MinInt32
	return summary{lo: [3]int32{lo, lo, lo}, hi: [3]int32{hi, hi, hi}}
}

// add counts records in.
func (s *summary) add(b []byte, recordB, format int) {
	le, mask := binary.LittleEndian, byte(15)
	if format < 6 {
		mask = 7
	}
	lo, hi := s.lo, s.hi
	s.count += int64(len(b) / recordB)
	for ; len(b) >= recordB; b = b[recordB:] {
		x, y, z := int32(le.Uint32(b)), int32(le.Uint32(b[4:])), int32(le.Uint32(b[8:]))
		lo = [3]int32{min(lo[0], x), min(lo[1], y), min(lo[2], z)}
		hi = [3]int32{max(hi[0], x), max(hi[1], y), max(hi[2], z)}
		s.returns[b[14]&mask]++
	}
	s.lo, s.hi = lo, hi
}

// put writes counts and bounds into a public header block whose version, scale and
// offset stand already.
func (s *summary) put(h []byte, format int) {
	le := binary.LittleEndian
	float := func(at int) float64 { return math.Float64frombits(le.Uint64(h[at:])) }
	clear(h[107:131])
	if format < 6 && s.count <= math.MaxUint32 {
		le.PutUint32(h[107:], uint32(s.count))
		for r := range 5 {
			le.PutUint32(h[111+4*r:], uint32(s.returns[r+1]))
		}
	}
	for k := range 3 {
		lo, hi := 0.0, 0.0
		if s.count > 0 {
			scale, offset := float(131+8*k), float(155+8*k)
			lo, hi = float64(s.lo[k])*scale+offset, float64(s.hi[k])*scale+offset
		}
		le.PutUint64(h[179+16*k:], math.Float64bits(hi))
		le.PutUint64(h[187+16*k:], math.Float64bits(lo))
	}
	if h[25] >= 4 {
		le.PutUint64(h[247:], uint64(s.count))
		for r := range 15 {
			le.PutUint64(h[255+8*r:], uint64(s.returns[r+1]))
		}
	}
}

// appendVLR appends a variable length record.
func appendVLR(out []byte, v VLR) []byte {
	var h [vlrHeadB]byte
	copy(h[2:18], v.User)
	binary.LittleEndian.PutUint16(h[18:], uint16(v.Record))
	binary.LittleEndian.PutUint16(h[20:], uint16(len(v.Data)))
	return append(append(out, h[:]...), v.Data...)
}
