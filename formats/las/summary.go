package las

import (
	"encoding/binary"
	"math"
)

// Summary is what a header tells of the points of a file.
type Summary struct {
	Count    int64
	Returns  [16]int64 // by return number
	Min, Max [3]int32  // of the stored whole numbers
}

// NewSummary returns the summary of no points.
func NewSummary() Summary {
	const lo, hi = math.MaxInt32, math.MinInt32
	return Summary{Min: [3]int32{lo, lo, lo}, Max: [3]int32{hi, hi, hi}}
}

// Join adds the points of another summary.
func (s *Summary) Join(o *Summary) {
	s.Count += o.Count
	for r, n := range o.Returns {
		s.Returns[r] += n
	}
	for k := range 3 {
		s.Min[k], s.Max[k] = min(s.Min[k], o.Min[k]), max(s.Max[k], o.Max[k])
	}
}

// Add counts records of a point data record format in.
func (s *Summary) Add(b []byte, recordB, format int) {
	le, mask := binary.LittleEndian, byte(15)
	if format < 6 {
		mask = 7
	}
	lo, hi := s.Min, s.Max
	s.Count += int64(len(b) / recordB)
	for ; len(b) >= recordB; b = b[recordB:] {
		x, y, z := int32(le.Uint32(b)), int32(le.Uint32(b[4:])), int32(le.Uint32(b[8:]))
		lo = [3]int32{min(lo[0], x), min(lo[1], y), min(lo[2], z)}
		hi = [3]int32{max(hi[0], x), max(hi[1], y), max(hi[2], z)}
		s.Returns[b[14]&mask]++
	}
	s.Min, s.Max = lo, hi
}

// Put writes counts and bounds into a public header block whose version, scale and
// offset stand already.
func (s *Summary) Put(h []byte, format int) {
	le := binary.LittleEndian
	float := func(at int) float64 { return math.Float64frombits(le.Uint64(h[at:])) }
	clear(h[107:131])
	if format < 6 && s.Count <= math.MaxUint32 {
		le.PutUint32(h[107:], uint32(s.Count))
		for r := range 5 {
			le.PutUint32(h[111+4*r:], uint32(s.Returns[r+1]))
		}
	}
	for k := range 3 {
		lo, hi := 0.0, 0.0
		if s.Count > 0 {
			scale, offset := float(131+8*k), float(155+8*k)
			lo, hi = float64(s.Min[k])*scale+offset, float64(s.Max[k])*scale+offset
		}
		le.PutUint64(h[179+16*k:], math.Float64bits(hi))
		le.PutUint64(h[187+16*k:], math.Float64bits(lo))
	}
	if h[25] >= 4 {
		le.PutUint64(h[247:], uint64(s.Count))
		for r := range 15 {
			le.PutUint64(h[255+8*r:], uint64(s.Returns[r+1]))
		}
	}
}

// AppendVLR appends a variable length record.
func AppendVLR(out []byte, v VLR) []byte {
	var h [vlrHeadB]byte
	copy(h[2:18], v.User)
	binary.LittleEndian.PutUint16(h[18:], uint16(v.Record))
	binary.LittleEndian.PutUint16(h[20:], uint16(len(v.Data)))
	return append(append(out, h[:]...), v.Data...)
}
