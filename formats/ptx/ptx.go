// Package ptx reads and writes PTX, Leica's text format of ordered scans: columns,
// rows, the scanner's position and axes, a 4x4 matrix whose rows are for points
// written as rows, then a line for each direction with x, y, z, intensity from 0 to
// 1 and, where there is, red, green, blue. A direction without a return has 0 0 0.
// There is no specification; the layout is that of Leica Cyclone's exports.
package ptx

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"

	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/rows"
)

// Scan is one scan of a file. Directions without a return count as invalid.
type Scan struct {
	info     points.ScanInfo
	columns  int64
	rows     int64
	at       int64 // first line of the points
	open     func(at int64) *rows.Reader
	r        *rows.Reader
	left     int64
	cols     int
	row, col []int32
	buf      *points.Columns
	failed   error
}

const (
	headLines = 10 // columns, rows, position, axes, matrix
	batch     = 1 << 13
)

// IsPTX reports whether a file begins as PTX does: two lines of one whole number,
// four of three numbers, four of four.
func IsPTX(head []byte) bool {
	_, err := readHead(rows.NewReader(bytes.NewReader(head), "PTX", 0))
	return err == nil
}

type head struct {
	columns, rows int64
	world         [16]float64
}

func readHead(r *rows.Reader) (h head, err error) {
	var m [4][4]float64
	for i := range headLines {
		line, err := r.Next()
		if err != nil {
			return h, err
		}
		want := []int{1, 1, 3, 3, 3, 3, 4, 4, 4, 4}[i]
		var v [5]float64
		n, ok := rows.Numbers(line, v[:])
		if !ok || n != want {
			return h, r.Damaged("%.40q where %d number(s) should be", line, want)
		}
		switch {
		case i < 2:
			if !(v[0] >= 0 && v[0] <= 1<<31) || v[0] != math.Trunc(v[0]) {
				return h, r.Damaged("%.40q columns or rows", line)
			}
			if i == 0 {
				h.columns = int64(v[0])
			} else {
				h.rows = int64(v[0])
			}
		case i >= 6:
			copy(m[i-6][:], v[:4])
		}
	}
	for i := range 4 {
		for j := range 4 {
			v := m[j][i]
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return h, r.Damaged("the matrix is not of numbers")
			}
			h.world[4*i+j] = v
		}
	}
	if h.world[12] != 0 || h.world[13] != 0 || h.world[14] != 0 || h.world[15] != 1 {
		return h, r.Damaged("the matrix is no change of coordinates")
	}
	return h, nil
}

// Open finds the scans of a file: it passes over their lines once. A scan that is
// cut off is there, and Next says so.
func Open(r io.ReaderAt, size int64, lim formats.Limits) ([]points.Scan, error) {
	reader := func(at int64) *rows.Reader { return rows.NewReader(io.NewSectionReader(r, at, size-at), "PTX", at) }
	t := reader(0)
	var out []points.Scan
	for {
		h, err := readHead(t)
		if err == io.EOF && len(out) > 0 {
			return out, nil // what follows the last scan is blank or cut off
		}
		if err == io.EOF {
			err = &formats.FormatError{Format: "PTX", Offset: size, Reason: "the file ends within its first lines", Next: "copy the file again"}
		}
		if err != nil {
			if len(out) > 0 { // the scans before are good
				return append(out, &Scan{info: points.ScanInfo{Name: strconv.Itoa(len(out) + 1), WorldFromScan: points.IdentityPose}, failed: err}), nil
			}
			return nil, err
		}
		s := &Scan{columns: h.columns, rows: h.rows, at: t.OffsetB(), open: reader, left: h.columns * h.rows, cols: 4}
		s.info = points.ScanInfo{Name: strconv.Itoa(len(out) + 1), Count: s.left, HasIntensity: true, HasPose: true, HasGrid: true, WorldFromScan: h.world}
		out = append(out, s)
		if int64(len(out)) > min(lim.MaxItems, 1<<16) {
			return nil, t.Damaged("more than %d scans", len(out)-1)
		}
		if s.left == 0 {
			continue
		}
		line, err := t.Next()
		if err == nil {
			var v [16]float64
			n, _ := rows.Numbers(line, v[:])
			s.cols = n
			s.info.HasRGB = n >= 7
			s.info.HasIntensity = n >= 4
			_, err = t.Skip(s.left - 1)
		}
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Info describes the scan; WorldFromScan is its matrix.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Grid is how many columns and rows of directions the scan has; points come column
// by column.
func (s *Scan) Grid() (columns, rows int64) { return s.columns, s.rows }

// Next delivers the next points: see points.Scan.
func (s *Scan) Next(c *points.Chunk) error {
	*c = points.Chunk{}
	if s.failed != nil && s.buf == nil {
		return s.failed
	}
	if s.buf == nil {
		s.buf, s.r = points.NewColumns(&s.info, batch), s.open(s.at)
	}
	s.buf.Reset()
	s.row, s.col = s.row[:0], s.col[:0]
	for s.failed == nil && !s.buf.Full() {
		s.failed = s.line()
	}
	if s.buf.Len() == 0 {
		c.Invalid = s.buf.Invalid
		return s.failed
	}
	s.buf.Give(c)
	c.Row, c.Column = s.row, s.col
	return nil
}

func (s *Scan) line() error {
	if s.left == 0 {
		return io.EOF
	}
	line, err := s.r.Next()
	if err == io.EOF {
		return &formats.FormatError{Format: "PTX", Offset: s.r.OffsetB(),
			Reason: fmt.Sprintf("scan %s is cut off: %d of its %d directions are missing", s.info.Name, s.left, s.info.Count),
			Next:   "copy the file again; the points before are good"}
	}
	if err != nil {
		return err
	}
	var v [7]float64
	n, ok := rows.Numbers(line, v[:])
	if !ok || n < max(3, min(s.cols, len(v))) {
		return s.r.Damaged("%.60q holds fewer than %d numbers", line, s.cols)
	}
	at := s.info.Count - s.left
	s.left--
	if v[0] == 0 && v[1] == 0 && v[2] == 0 {
		s.buf.Invalid++
		return nil
	}
	i := s.buf.Add(v[0], v[1], v[2])
	if i < 0 {
		return nil
	}
	s.row, s.col = append(s.row, int32(at%s.rows)), append(s.col, int32(at/s.rows))
	if s.info.HasIntensity {
		s.buf.Intensity(i, float32(v[3]))
	}
	if s.info.HasRGB {
		s.buf.RGB(i, [3]uint8{points.ColourByte(v[4]), points.ColourByte(v[5]), points.ColourByte(v[6])})
	}
	return nil
}

// Source is a scan to write. Count is how many points Next delivers.
type Source struct {
	Info points.ScanInfo
	Next func(*points.Chunk) error
	// Columns and Rows are the scanner's grid of directions when points come column by
	// column, each with its Row and Column: directions without a point are written as
	// such. When they are zero, the points become one column.
	Columns, Rows int64
	// IntensityLow and IntensityHigh are stored as 0 and 1; when both are zero,
	// intensities are stored as they are.
	IntensityLow, IntensityHigh float64
}

// Write stores scans one after the other and returns how many points of each. Info
// must hold the exact Count.
func Write(w io.Writer, list []Source) (counts []int64, err error) {
	out := bufio.NewWriterSize(w, 1<<16)
	for _, s := range list {
		n, err := write(out, &s)
		counts = append(counts, n)
		if err != nil {
			return counts, err
		}
		if n != s.Info.Count {
			return counts, fmt.Errorf("ptx: %d points were promised, there were %d", s.Info.Count, n)
		}
	}
	return counts, out.Flush()
}

func write(out *bufio.Writer, s *Source) (count int64, err error) {
	m := &s.Info.WorldFromScan
	columns, rows := s.Columns, s.Rows
	if columns <= 0 || rows <= 0 {
		columns, rows = 1, s.Info.Count
	}
	grid, at := s.Columns > 0 && s.Rows > 0, int64(0)
	b := fmt.Appendf(nil, "%d\n%d\n", columns, rows)
	line := func(v ...float64) {
		for i, q := range v {
			if i > 0 {
				b = append(b, ' ')
			}
			b = strconv.AppendFloat(b, q, 'f', -1, 64)
		}
		b = append(b, '\n')
	}
	line(m[3], m[7], m[11])
	for k := range 3 {
		line(m[k], m[4+k], m[8+k])
	}
	for k := range 4 {
		line(m[k], m[4+k], m[8+k], m[12+k])
	}
	if _, err := out.Write(b); err != nil {
		return 0, err
	}
	low, gain := s.IntensityLow, 1.0
	if s.IntensityLow != s.IntensityHigh {
		gain = 1 / (s.IntensityHigh - s.IntensityLow)
	}
	none := "0 0 0 0.5\n"
	if s.Info.HasRGB {
		none = "0 0 0 0.5 0 0 0\n"
	}
	upTo := func(direction int64) error { // without a return
		for ; at < direction; at++ {
			if _, err := out.WriteString(none); err != nil {
				return err
			}
		}
		return nil
	}
	var c points.Chunk
	for {
		err := s.Next(&c)
		if err == io.EOF && grid {
			return count, upTo(columns * rows)
		}
		if err == io.EOF {
			return count, nil
		}
		if err != nil {
			return count, err
		}
		if grid && (c.Row == nil || c.Column == nil) {
			return count, fmt.Errorf("ptx: points without a row and a column in a grid")
		}
		for i := range c.N {
			if grid {
				row, column := int64(c.Row[i]), int64(c.Column[i])
				direction := column*rows + row
				if row < 0 || row >= rows || column < 0 || column >= columns || direction < at {
					return count, fmt.Errorf("ptx: a point of row %d, column %d out of order in a grid of %d rows and %d columns", row, column, rows, columns)
				}
				if err := upTo(direction); err != nil {
					return count, err
				}
				at++
			}
			b = b[:0]
			for _, v := range [3]float64{c.X[i], c.Y[i], c.Z[i]} {
				b = append(strconv.AppendFloat(b, v, 'f', 6, 64), ' ')
			}
			v := 0.5 // what a scanner without intensities writes
			if c.Intensity != nil {
				if v = (float64(c.Intensity[i]) - low) * gain; v != v {
					v = 0
				}
			}
			b = strconv.AppendFloat(b, v, 'f', 6, 64)
			if s.Info.HasRGB {
				var rgb [3]uint8
				if c.RGB != nil {
					rgb = c.RGB[i]
				}
				for _, q := range rgb {
					b = strconv.AppendUint(append(b, ' '), uint64(q), 10)
				}
			}
			if _, err := out.Write(append(b, '\n')); err != nil {
				return count, err
			}
		}
		count += int64(c.N)
	}
}
