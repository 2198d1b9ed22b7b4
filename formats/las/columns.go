package las

import (
	"encoding/binary"

	"firescene/formats/points"
)

// columns turns records into the columns of a chunk and keeps their memory.
type columns struct {
	x     [3][]float64
	rgb   [][3]uint8
	inten []float32
}

// fill decodes records into c. X, Y, Z and Intensity lie at the same place in all
// formats. The conversion keeps product and sum apart, so that processors with a
// fused instruction give the same coordinates.
func (k *columns) fill(c *points.Chunk, h *Header, shift int, b []byte) {
	n, stride, at := len(b)/h.RecordB, h.RecordB, rgbOffset[h.PointFormat]
	if len(k.inten) < n {
		for i := range 3 {
			k.x[i] = make([]float64, n)
		}
		k.inten = make([]float32, n)
		if at > 0 {
			k.rgb = make([][3]uint8, n)
		}
	}
	le := binary.LittleEndian
	xs, ys, zs, inten := k.x[0][:n], k.x[1][:n], k.x[2][:n], k.inten[:n]
	scale, offset := h.Scale, h.Offset
	for i := range n {
		p := b[i*stride : i*stride+14]
		xs[i] = float64(float64(int32(le.Uint32(p)))*scale[0]) + offset[0]
		ys[i] = float64(float64(int32(le.Uint32(p[4:])))*scale[1]) + offset[1]
		zs[i] = float64(float64(int32(le.Uint32(p[8:])))*scale[2]) + offset[2]
		inten[i] = float32(le.Uint16(p[12:]))
	}
	*c = points.Chunk{N: n, X: xs, Y: ys, Z: zs, Intensity: inten}
	if at == 0 {
		return
	}
	c.RGB = k.rgb[:n]
	for i := range n {
		p := b[i*stride+at : i*stride+at+6]
		if shift == 8 {
			c.RGB[i] = [3]uint8{p[1], p[3], p[5]}
		} else {
			c.RGB[i] = [3]uint8{p[0], p[2], p[4]}
		}
	}
}

// RecordReader turns records of a file into chunks, for readers that take records
// out of the file's order. It is not safe for concurrent use.
type RecordReader struct {
	h     *Header
	shift int
	columns
}

// NewRecordReader returns a reader of a file's records. wideColour says that
// colours use all 16 bits.
func NewRecordReader(h *Header, wideColour bool) *RecordReader {
	r := &RecordReader{h: h}
	if wideColour {
		r.shift = 8
	}
	return r
}

// Chunk fills c from whole records; it is valid until the next call.
func (r *RecordReader) Chunk(c *points.Chunk, records []byte) { r.fill(c, r.h, r.shift, records) }
