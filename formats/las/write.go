package las

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"firescene/formats/laz"
	"firescene/formats/points"
)

// Options says how Write stores points. The zero value of a field means the
// default in brackets.
type Options struct {
	Minor       int        // version 1.2 or 1.4 [2]
	PointFormat int        // 2, 3 or, in version 1.4, 7 [2]
	NoColour    bool       // store format 0 for 2, 1 for 3, 6 for 7
	Scale       [3]float64 // size of a coordinate step in metres [0.0001]
	Offset      [3]float64 // added to every coordinate; choose it near the points' centre
	// IntensityLow and IntensityHigh are the source values stored as 0 and
	// 65535. When both are zero, intensities are stored as they are, rounded and
	// held within 0 to 65535.
	IntensityLow, IntensityHigh float64
	System                      string // system identifier, at most 32 bytes ["OTHER"]
	Software                    string // generating software, at most 32 bytes ["firescene"]
	// Extra names the chunks' extra columns, each at most 32 bytes: they are stored
	// as extra bytes of type float, described by the record of LAS 1.4 R15, 2.5.2.
	Extra []string
	// Compress writes LAZ: chunks of 50,000 points.
	Compress bool
}

const (
	maxExtra   = 100 // so that record and description fit their 16-bit lengths
	vlrHeadB   = 54
	extraDescB = 192
	extraFloat = 9 // data type of an extra column
)

func (o *Options) setDefaults() error {
	if o.Minor == 0 {
		o.Minor = 2
	}
	if o.PointFormat == 0 {
		o.PointFormat = 2
	}
	switch o.PointFormat {
	case 2, 3:
	case 7:
		if o.Minor < 4 {
			return errors.New("las: point format 7 needs version 1.4")
		}
	default:
		return fmt.Errorf("las: point format %d is not written: choose 2, 3 or 7", o.PointFormat)
	}
	if o.NoColour {
		o.PointFormat = map[int]int{2: 0, 3: 1, 7: 6}[o.PointFormat]
	}
	if o.Minor != 2 && o.Minor != 4 {
		return fmt.Errorf("las: version 1.%d is not written: choose 1.2 or 1.4", o.Minor)
	}
	for i, s := range o.Scale {
		if s == 0 {
			o.Scale[i] = 1e-4
		} else if !(s > 0) || math.IsInf(s, 0) {
			return fmt.Errorf("las: scale %g is not a positive number", s)
		}
	}
	for _, name := range o.Extra {
		if name == "" || len(name) > 32 {
			return fmt.Errorf("las: an extra column is named %q: give 1 to 32 bytes", name)
		}
	}
	if len(o.Extra) > maxExtra {
		return fmt.Errorf("las: %d extra columns: at most %d are written", len(o.Extra), maxExtra)
	}
	if o.System == "" {
		o.System = "OTHER"
	}
	if o.Software == "" {
		o.Software = "firescene"
	}
	return nil
}

// Write stores the points that next delivers until io.EOF and returns how many
// there were. Colours become 16 bits wide (v*257); missing colour and intensity
// are stored as 0. Each point is a single return. Equal points and options give
// equal bytes; the creation date is left 0. A point that the scale and offset
// can not express in 32 bits is an error.
func Write(w io.WriteSeeker, opts Options, next func(*points.Chunk) error) (int64, error) {
	if err := opts.setDefaults(); err != nil {
		return 0, err
	}
	start, err := w.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	e := encoder{opts: opts, stride: recordSize[opts.PointFormat] + 4*len(opts.Extra)}
	e.sum = NewSummary()
	sink, err := newSink(w, &e)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(e.header()); err != nil {
		return 0, err
	}
	if err := sink.begin(start + int64(len(e.header()))); err != nil {
		return 0, err
	}
	var c points.Chunk
	for {
		err := next(&c)
		if err == io.EOF {
			break
		}
		if err != nil {
			return e.sum.Count, err
		}
		buf, err := e.encode(&c)
		if err != nil {
			return e.sum.Count, err
		}
		e.sum.Add(buf, e.stride, opts.PointFormat)
		if err := sink.write(buf); err != nil {
			return e.sum.Count, err
		}
	}
	if opts.Minor < 4 && e.sum.Count > math.MaxUint32 {
		return e.sum.Count, errors.New("las: version 1.2 holds at most 4294967295 points: choose 1.4")
	}
	if err := sink.finish(); err != nil {
		return e.sum.Count, err
	}
	if _, err := w.Seek(start, io.SeekStart); err != nil {
		return e.sum.Count, err
	}
	if _, err := w.Write(e.header()); err != nil {
		return e.sum.Count, err
	}
	_, err = w.Seek(0, io.SeekEnd)
	return e.sum.Count, err
}

// newSink returns where encoded records go.
func newSink(w io.WriteSeeker, e *encoder) (recordSink, error) {
	if !e.opts.Compress {
		return plainSink{w}, nil
	}
	l, err := laz.LayoutOf(e.opts.PointFormat, e.stride, laz.DefaultChunkPoints)
	if err != nil {
		return nil, err
	}
	e.vlrs = AppendVLR(e.vlrs, VLR{User: laz.VLRUser, Record: laz.VLRRecord, Data: l.Bytes()})
	e.nVLR++
	return newLAZSink(w, l)
}

// encoder turns chunks into point records and keeps what the header tells.
type encoder struct {
	opts   Options
	stride int
	sum    Summary
	vlrs   []byte
	nVLR   int
	buf    []byte
}

// header renders the public header block from what has been written so far.
func (e *encoder) header() []byte {
	o := e.opts
	size := headerSize12
	if o.Minor == 4 {
		size = headerSize14
	}
	h := make([]byte, size)
	le := binary.LittleEndian
	records, n := append(extraRecord(o.Extra), e.vlrs...), e.nVLR
	if len(o.Extra) > 0 {
		n++
	}
	copy(h, "LASF")
	h[24], h[25] = 1, byte(o.Minor)
	if o.PointFormat >= 6 {
		le.PutUint16(h[6:], 1<<4) // formats 6 to 10 require the WKT bit
	}
	copy(h[26:58], o.System)
	copy(h[58:90], o.Software)
	le.PutUint16(h[94:], uint16(size))
	le.PutUint32(h[96:], uint32(size+len(records)))
	le.PutUint32(h[100:], uint32(n))
	h[104] = byte(o.PointFormat)
	if o.Compress {
		h[104] |= 0x80
	}
	le.PutUint16(h[105:], uint16(e.stride))
	for k := range 3 {
		le.PutUint64(h[131+8*k:], math.Float64bits(o.Scale[k]))
		le.PutUint64(h[155+8*k:], math.Float64bits(o.Offset[k]))
	}
	e.sum.Put(h, o.PointFormat)
	return append(h, records...)
}

// extraRecord is the variable length record that describes the extra columns,
// empty when there are none.
func extraRecord(names []string) []byte {
	if len(names) == 0 {
		return nil
	}
	b := make([]byte, vlrHeadB+extraDescB*len(names))
	copy(b[2:18], "LASF_Spec")
	binary.LittleEndian.PutUint16(b[18:], 4)
	binary.LittleEndian.PutUint16(b[20:], uint16(extraDescB*len(names)))
	for i, name := range names {
		d := b[vlrHeadB+extraDescB*i:]
		d[2] = extraFloat
		copy(d[4:36], name)
	}
	return b
}

func (e *encoder) encode(c *points.Chunk) ([]byte, error) {
	o, le := &e.opts, binary.LittleEndian
	if len(c.Extra) != len(o.Extra) {
		return nil, fmt.Errorf("las: %d extra columns were promised, there are %d", len(o.Extra), len(c.Extra))
	}
	for k, column := range c.Extra {
		if len(column) < c.N {
			return nil, fmt.Errorf("las: column %s is too short", o.Extra[k])
		}
	}
	if need := c.N * e.stride; cap(e.buf) < need {
		e.buf = make([]byte, need)
	}
	e.buf = e.buf[:c.N*e.stride]
	clear(e.buf)
	low, gain := o.IntensityLow, 1.0
	if o.IntensityLow != o.IntensityHigh {
		gain = 65535 / (o.IntensityHigh - o.IntensityLow)
	}
	inv := [3]float64{1 / o.Scale[0], 1 / o.Scale[1], 1 / o.Scale[2]}
	rgb := rgbOffset[o.PointFormat]
	for i := range c.N {
		b := e.buf[i*e.stride : (i+1)*e.stride]
		for k, v := range [3]float64{c.X[i], c.Y[i], c.Z[i]} {
			q := math.RoundToEven((v - o.Offset[k]) * inv[k])
			if !(q >= math.MinInt32 && q <= math.MaxInt32) {
				return nil, fmt.Errorf("las: coordinate %g can not be stored with scale %g and offset %g", v, o.Scale[k], o.Offset[k])
			}
			le.PutUint32(b[4*k:], uint32(int32(q)))
		}
		if c.Intensity != nil {
			v := math.Round((float64(c.Intensity[i]) - low) * gain)
			if v > 0 { // also false for NaN
				le.PutUint16(b[12:], uint16(min(v, math.MaxUint16)))
			}
		}
		if o.PointFormat >= 6 {
			b[14] = 1 | 1<<4 // return 1 of 1 in two nibbles
		} else {
			b[14] = 1 | 1<<3 // return 1 of 1 in three bits each
		}
		if c.Class != nil {
			switch v := c.Class[i]; {
			case o.PointFormat >= 6:
				b[16] = v
			case v < 32:
				b[15] = v
			default:
				return nil, fmt.Errorf("las: class %d: point format %d holds 0 to 31", v, o.PointFormat)
			}
		}
		if c.RGB != nil && rgb > 0 {
			for k, v := range c.RGB[i] {
				le.PutUint16(b[rgb+2*k:], uint16(v)*257)
			}
		}
		for k, column := range c.Extra {
			le.PutUint32(b[e.stride-4*(len(c.Extra)-k):], math.Float32bits(column[i]))
		}
	}
	return e.buf, nil
}
