package las

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"firescene/formats"
	"firescene/formats/laz"
	"firescene/formats/points"
)

// Scan is the points of a LAS or LAZ file, as one scan. Coordinates keep the file's
// offset: they are world coordinates in double precision.
type Scan struct {
	info   points.ScanInfo
	Header Header

	src    recordSource
	unit   string
	shift  int // 8 when colours are 16 bits wide, 0 when a file keeps 8-bit values in them
	failed error
	columns
}

// recordSource delivers point records in the order of the file.
type recordSource interface {
	// next returns some whole records, which the next call overwrites, or none and
	// the error that ends them.
	next() ([]byte, error)
	// sample calls f with records from all over the file until it returns false.
	sample(f func(records []byte) bool) error
}

// Header is what the public header block tells, in the specification's terms.
type Header struct {
	Minor       int // version 1.Minor
	PointFormat int
	RecordB     int   // bytes a point
	PointsAtB   int64 // offset to point data
	Count       int64 // number of point records claimed
	Scale       [3]float64
	Offset      [3]float64
	Min, Max    [3]float64 // as claimed
	System      string
	Software    string
	Compressed  bool // LAZ
	// EVLRsAtB and EVLRs are where extended records begin and how many there are.
	EVLRsAtB int64
	EVLRs    int
	vlrsAtB  int64
	vlrs     int
}

// batchPoints is how many records are read at once.
const batchPoints = 1 << 14

// Open reads the header of a LAS or LAZ file. It returns one scan. A file that is
// shorter than its header says opens; Next then delivers the points that are there
// and after them a *formats.FormatError.
func Open(r io.ReaderAt, size int64, lim formats.Limits) ([]points.Scan, error) {
	h, err := ReadHeader(r, size)
	if err != nil {
		return nil, err
	}
	s := &Scan{Header: h}
	s.info = points.ScanInfo{
		Count: h.Count, HasRGB: rgbOffset[h.PointFormat] > 0, HasIntensity: true,
		WorldFromScan: points.IdentityPose, NoUnit: h.System == points.NoUnitSystem,
	}
	s.src = &plainSource{r: r, size: size, h: &s.Header}
	if h.Compressed {
		if s.src, err = newLAZSource(r, size, &s.Header, lim); err != nil {
			return nil, err
		}
	}
	if s.unit, err = unitOf(r, &s.Header, lim); err != nil {
		return nil, err
	}
	if s.info.HasRGB {
		if s.shift, err = s.colourShift(); err != nil {
			return nil, err
		}
	}
	return []points.Scan{s}, nil
}

// ReadHeader reads the public header block.
func ReadHeader(r io.ReaderAt, size int64) (Header, error) {
	var b [headerSize14]byte
	n, err := r.ReadAt(b[:], 0)
	if err != nil && err != io.EOF {
		return Header{}, err
	}
	if n < 4 || string(b[:4]) != "LASF" {
		return Header{}, &formats.FormatError{Format: "LAS", Offset: 0, Reason: `the file does not begin with "LASF"`, Next: "check what the file is: its name does not make it a LAS file"}
	}
	if n < headerSize12 {
		return Header{}, damaged(int64(n), "the file ends within its header, which has at least %d bytes", headerSize12)
	}
	le := binary.LittleEndian
	h := Header{Minor: int(b[25]), System: text(b[26:58]), Software: text(b[58:90])}
	if b[24] != 1 || h.Minor > 4 {
		return h, &formats.UnsupportedError{Format: "LAS", Offset: 24, Feature: fmt.Sprintf("version %d.%d", b[24], b[25]), Next: "convert the file to LAS 1.4 or older"}
	}
	headerB := int(le.Uint16(b[94:]))
	if headerB < headerSize12 || h.Minor == 4 && (headerB < headerSize14 || n < headerSize14) {
		return h, damaged(94, "a header of %d bytes is too short for version 1.%d", headerB, h.Minor)
	}
	format := int(b[104])
	h.Compressed = format&0x80 != 0 // LASzip sets the high bit so that plain readers stop here
	format &= 0x3f
	if format >= len(recordSize) {
		return h, &formats.UnsupportedError{Format: "LAS", Offset: 104, Feature: fmt.Sprintf("point data record format %d", format), Next: "convert the points to one of the formats 0 to 10"}
	}
	h.PointFormat = format
	h.RecordB = int(le.Uint16(b[105:]))
	if h.RecordB < recordSize[format] {
		return h, damaged(105, "point records of %d bytes, format %d needs %d", h.RecordB, format, recordSize[format])
	}
	h.PointsAtB = int64(le.Uint32(b[96:]))
	h.Count = int64(le.Uint32(b[107:]))
	if h.Minor >= 4 {
		if c := le.Uint64(b[247:]); c != 0 || format >= 6 {
			if c > math.MaxInt64 {
				return h, damaged(247, "%d point records are claimed", c)
			}
			h.Count = int64(c)
		}
		h.EVLRsAtB, h.EVLRs = int64(min(le.Uint64(b[235:]), math.MaxInt64)), int(le.Uint32(b[243:]))
	}
	h.vlrsAtB, h.vlrs = int64(headerB), int(le.Uint32(b[100:]))
	if h.PointsAtB < int64(headerSize12) || h.PointsAtB > size && h.Count > 0 {
		return h, damaged(96, "points are said to begin at byte %d of %d", h.PointsAtB, size)
	}
	float := func(at int) float64 { return math.Float64frombits(le.Uint64(b[at:])) }
	for k := range 3 {
		h.Scale[k], h.Offset[k] = float(131+8*k), float(155+8*k)
		h.Max[k], h.Min[k] = float(179+16*k), float(187+16*k)
		if d := h.Scale[k]*math.MaxInt32 + h.Offset[k]; math.IsNaN(d) || math.IsInf(d, 0) {
			return h, damaged(int64(131+8*k), "scale %g and offset %g give no coordinates", h.Scale[k], h.Offset[k])
		}
	}
	return h, nil
}

// text is a fixed field up to its first zero byte.
func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// colourShift finds out whether the file keeps 8-bit colours in its 16-bit
// fields, which the specification forbids and many files do: it looks at records
// spread over the file.
func (s *Scan) colourShift() (int, error) {
	at, shift := rgbOffset[s.Header.PointFormat], 0
	err := s.src.sample(func(b []byte) bool {
		for ; len(b) >= s.Header.RecordB && shift == 0; b = b[s.Header.RecordB:] {
			if b[at+1]|b[at+3]|b[at+5] != 0 {
				shift = 8
			}
		}
		return shift == 0
	})
	return shift, err
}

// Info describes the points as the header does.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Steps returns the size of a coordinate step and the offset.
func (s *Scan) Steps() (step, offset [3]float64, ok bool) {
	return s.Header.Scale, s.Header.Offset, true
}

// NextRecords delivers the next points as the file stores them, or uncompressed
// from LAZ: whole records, valid until the next call. It ends as Next does. Layers
// of LAZ that Next does not need are there after KeepAll only.
func (s *Scan) NextRecords() ([]byte, error) {
	if s.failed != nil {
		return nil, s.failed
	}
	b, err := s.src.next()
	if len(b) == 0 {
		if err == nil {
			err = io.EOF
		}
		s.failed = err
		return nil, err
	}
	return b, nil
}

// KeepAll makes NextRecords decompress every field. Call it before the first read.
func (s *Scan) KeepAll() {
	if z, ok := s.src.(*lazSource); ok {
		z.need = laz.NeedAll
	}
}

// Next delivers the next points: see points.Scan.
func (s *Scan) Next(c *points.Chunk) error {
	*c = points.Chunk{}
	b, err := s.NextRecords()
	if err != nil {
		return err
	}
	s.fill(c, &s.Header, s.shift, b)
	return nil
}

func damaged(offsetB int64, format string, args ...any) error {
	return &formats.FormatError{Format: "LAS", Offset: offsetB, Reason: fmt.Sprintf(format, args...)}
}
