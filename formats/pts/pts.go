// Package pts reads and writes PTS, Leica's text format of points: a line with the
// number of points, then a line a point with x, y, z and, where there are, an
// intensity from -2048 to 2047 and red, green, blue from 0 to 255. There is no
// specification; the layout is that of Leica Cyclone's exports.
package pts

import (
	"bufio"
	"bytes"
	"io"
	"strconv"

	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/rows"
)

// Scan is the points of a file, as one scan. Several blocks, each with its count,
// are read one after the other.
type Scan struct {
	info   points.ScanInfo
	r      *rows.Reader
	left   int64 // rows of the block
	cols   int
	buf    *points.Columns
	failed error
}

const batch = 1 << 13

// IsPTS reports whether a file begins as PTS does: a whole number alone in its first
// line and at least three numbers in the second.
func IsPTS(head []byte) bool {
	r := rows.NewReader(bytes.NewReader(head), "PTS", 0)
	_, _, err := begin(r)
	return err == nil
}

// once delivers bytes once.
type once struct{ b []byte }

func (o *once) Read(p []byte) (int, error) {
	if len(o.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, o.b)
	o.b = o.b[n:]
	return n, nil
}

// begin reads the first count and the first row's number of columns.
func begin(r *rows.Reader) (count int64, cols int, err error) {
	line, err := r.Next()
	if err != nil {
		return 0, 0, err
	}
	count, ok := countOf(line)
	if !ok {
		return 0, 0, r.Damaged("%.40q is no number of points", line)
	}
	if count == 0 {
		return 0, 3, nil
	}
	if line, err = r.Next(); err != nil {
		return count, 0, err
	}
	var v [16]float64
	n, ok := rows.Numbers(line, v[:])
	if !ok || n < 3 {
		return count, 0, r.Damaged("%.40q holds no coordinates", line)
	}
	return count, n, nil
}

// countOf reads a line that is one whole number.
func countOf(line []byte) (int64, bool) {
	var v [2]float64
	n, ok := rows.Numbers(line, v[:])
	if !ok || n != 1 || v[0] < 0 || v[0] > 1<<52 || v[0] != float64(int64(v[0])) {
		return 0, false
	}
	return int64(v[0]), true
}

// Open reads the first count. Columns are those of the first row: 3, 4 (intensity),
// 6 (colour) or 7.
func Open(r io.ReaderAt, size int64, _ formats.Limits) ([]points.Scan, error) {
	count, cols, err := begin(rows.NewReader(io.NewSectionReader(r, 0, size), "PTS", 0))
	if err == io.EOF {
		err = &formats.FormatError{Format: "PTS", Offset: size, Reason: "the file ends before its first point", Next: "copy the file again"}
	}
	if err != nil {
		return nil, err
	}
	s := &Scan{cols: cols, r: rows.NewReader(io.NewSectionReader(r, 0, size), "PTS", 0)}
	s.info = points.ScanInfo{Count: count, HasIntensity: cols == 4 || cols >= 7, HasRGB: cols >= 6, WorldFromScan: points.IdentityPose}
	s.buf = points.NewColumns(&s.info, batch)
	return []points.Scan{s}, nil
}

// Info describes the points; Count is that of the first block.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Next delivers the next points: see points.Scan.
func (s *Scan) Next(c *points.Chunk) error {
	*c = points.Chunk{}
	s.buf.Reset()
	for s.failed == nil && !s.buf.Full() {
		s.failed = s.row()
	}
	if s.buf.Len() == 0 {
		c.Invalid = s.buf.Invalid
		return s.failed
	}
	s.buf.Give(c)
	return nil
}

func (s *Scan) row() error {
	line, err := s.r.Next()
	if err == io.EOF && s.left > 0 {
		return &formats.FormatError{Format: "PTS", Offset: s.r.OffsetB(), Reason: "the file is cut off: points that it claims are missing", Next: "copy the file again; the points before are good"}
	}
	if err != nil {
		return err
	}
	if s.left == 0 {
		n, ok := countOf(line)
		if !ok {
			if len(line) == 0 {
				return nil
			}
			return s.r.Damaged("%.40q where a number of points should be", line)
		}
		s.left = n
		return nil
	}
	var v [7]float64
	n, ok := rows.Numbers(line, v[:])
	if !ok || n < min(s.cols, len(v)) {
		return s.r.Damaged("%.60q holds fewer than %d numbers", line, s.cols)
	}
	s.left--
	i := s.buf.Add(v[0], v[1], v[2])
	if i < 0 {
		return nil
	}
	if s.info.HasIntensity {
		s.buf.Intensity(i, float32(v[3]))
	}
	if s.info.HasRGB {
		at := min(s.cols, 7) - 3
		s.buf.RGB(i, [3]uint8{points.ColourByte(v[at]), points.ColourByte(v[at+1]), points.ColourByte(v[at+2])})
	}
	return nil
}

// Options says how many points Write stores and which columns.
type Options struct {
	Count          int64
	Intensity, RGB bool // colour needs intensity beside it, zeros when there is none
	// IntensityLow and IntensityHigh are stored as -2048 and 2047; when both are zero,
	// intensities are stored as they are, rounded.
	IntensityLow, IntensityHigh float64
}

// Write stores exactly opts.Count points of next and returns how many it wrote.
func Write(w io.Writer, opts Options, next func(*points.Chunk) error) (int64, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	b := append(strconv.AppendInt(nil, opts.Count, 10), '\n')
	if _, err := out.Write(b); err != nil {
		return 0, err
	}
	low, gain, shift := opts.IntensityLow, 1.0, 0.0
	if opts.IntensityLow != opts.IntensityHigh {
		gain, shift = 4095/(opts.IntensityHigh-opts.IntensityLow), -2048
	}
	var c points.Chunk
	count := int64(0)
	for {
		err := next(&c)
		if err == io.EOF {
			return count, out.Flush()
		}
		if err != nil {
			return count, err
		}
		for i := range c.N {
			b = b[:0]
			for _, v := range [3]float64{c.X[i], c.Y[i], c.Z[i]} {
				b = append(strconv.AppendFloat(b, v, 'f', 6, 64), ' ')
			}
			if opts.Intensity || opts.RGB {
				v := 0.0
				if c.Intensity != nil {
					v = float64(c.Intensity[i])
				}
				v = (v-low)*gain + shift
				if v != v {
					v = shift
				}
				b = append(strconv.AppendFloat(b, v, 'f', 0, 64), ' ')
			}
			if opts.RGB {
				var rgb [3]uint8
				if c.RGB != nil {
					rgb = c.RGB[i]
				}
				for _, v := range rgb {
					b = append(strconv.AppendUint(b, uint64(v), 10), ' ')
				}
			}
			b[len(b)-1] = '\n'
			if _, err := out.Write(b); err != nil {
				return count, err
			}
		}
		count += int64(c.N)
	}
}
