// Package xyz reads and writes plain tables of points as text: XYZ, ASC, TXT, CSV.
// No specification says what their columns hold: a line of names is believed, else
// the columns are guessed from the first rows, and the guess can be shown.
package xyz

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"

	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/rows"
)

// Scan is the points of a table, as one scan.
type Scan struct {
	info    points.ScanInfo
	r       *rows.Reader
	cols    []Column
	guessed bool
	comma   bool // numbers have decimal commas
	values  []float64
	line    []byte
	buf     *points.Columns
	skipped int64
	failed  error
	spread  float64 // what takes colours to 0..255
}

// Column says what a column holds.
type Column string

// The columns that are read; others are passed over.
const (
	X         Column = "x"
	Y         Column = "y"
	Z         Column = "z"
	Red       Column = "red"
	Green     Column = "green"
	Blue      Column = "blue"
	Intensity Column = "intensity"
	NormalX   Column = "nx"
	NormalY   Column = "ny"
	NormalZ   Column = "nz"
	Row       Column = "(row number)"
	Other     Column = "(not read)"
)

const (
	lookB   = 1 << 16
	lookMax = 500 // rows that a guess looks at
	maxCols = 64
	batch   = 1 << 13
)

// Open looks at the beginning of a table. Text that is no table of at least three
// numbers a row is an *formats.UnsupportedError.
func Open(r io.ReaderAt, size int64, _ formats.Limits) ([]points.Scan, error) {
	look := make([]byte, min(size, lookB))
	if n, err := r.ReadAt(look, 0); n < len(look) && err != io.EOF {
		return nil, err
	}
	t := sample(look, size > lookB)
	if t == nil {
		return nil, &formats.UnsupportedError{Format: "XYZ", Offset: 0, Feature: "text that is no table of numbers", Next: "give E57, LAS, LAZ, PLY, PTX, PTS, PCD or a table with x, y and z"}
	}
	s := &Scan{comma: t.comma, values: make([]float64, maxCols)}
	if s.cols = t.named(); s.cols == nil {
		s.cols, s.guessed = t.guess(), true
	}
	has := func(list ...Column) bool {
		for _, c := range list {
			if s.index(c) < 0 {
				return false
			}
		}
		return true
	}
	if !has(X, Y, Z) {
		return nil, &formats.UnsupportedError{Format: "XYZ", Offset: 0, Feature: fmt.Sprintf("a table without columns x, y and z: %s", s.Columns()), Next: "name the columns x, y and z in the first line"}
	}
	s.spread = 1
	if has(Red, Green, Blue) {
		s.spread = t.colourSpread(s.index(Red))
	}
	// How many points there are is known at the end only.
	s.info = points.ScanInfo{Count: -1, HasRGB: has(Red, Green, Blue), HasIntensity: has(Intensity), HasNormal: has(NormalX, NormalY, NormalZ), WorldFromScan: points.IdentityPose}
	s.r = rows.NewReader(io.NewSectionReader(r, t.skipB, size-t.skipB), "XYZ", t.skipB)
	s.buf = points.NewColumns(&s.info, batch)
	return []points.Scan{s}, nil
}

func (s *Scan) index(c Column) int {
	for i, have := range s.cols {
		if have == c {
			return i
		}
	}
	return -1
}

// Columns lists what the columns are taken for, in their order.
func (s *Scan) Columns() string {
	var names []string
	for _, c := range s.cols {
		names = append(names, string(c))
	}
	return strings.Join(names, " ")
}

// Guessed reports whether Columns is a guess, as no line names them.
func (s *Scan) Guessed() bool { return s.guessed }

// Info describes the table; Count is -1, as it is known only after the last row.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Next delivers the next points: see points.Scan. Empty lines and lines that begin
// with # or // are passed over.
func (s *Scan) Next(c *points.Chunk) error {
	*c = points.Chunk{}
	if s.failed != nil {
		return s.failed
	}
	s.buf.Reset()
	for !s.buf.Full() && s.failed == nil {
		line, err := s.r.Next()
		if err != nil {
			s.failed = err
			break
		}
		if blank(line) {
			continue
		}
		if s.comma {
			line = s.decimalPoints(line)
		}
		n, ok := rows.Numbers(line, s.values)
		if !ok || n < len(s.cols) {
			s.failed = s.r.Damaged("%.60q holds fewer than %d numbers", line, len(s.cols))
			break
		}
		s.add()
	}
	if s.buf.Len() == 0 && s.failed != nil {
		c.Invalid = s.buf.Invalid
		return s.failed
	}
	s.buf.Give(c)
	return nil
}

// add takes the values of a row in by their columns.
func (s *Scan) add() {
	var p, n [3]float64
	var rgb [3]uint8
	inten := float32(0)
	for i, c := range s.cols {
		v := s.values[i]
		switch c {
		case X:
			p[0] = v
		case Y:
			p[1] = v
		case Z:
			p[2] = v
		case Red:
			rgb[0] = points.ColourByte(v * s.spread)
		case Green:
			rgb[1] = points.ColourByte(v * s.spread)
		case Blue:
			rgb[2] = points.ColourByte(v * s.spread)
		case Intensity:
			inten = float32(v)
		case NormalX:
			n[0] = v
		case NormalY:
			n[1] = v
		case NormalZ:
			n[2] = v
		}
	}
	i := s.buf.Add(p[0], p[1], p[2])
	if i < 0 {
		return
	}
	if s.info.HasRGB {
		s.buf.RGB(i, rgb)
	}
	if s.info.HasIntensity {
		s.buf.Intensity(i, inten)
	}
	if s.info.HasNormal {
		s.buf.Normal(i, [3]float32{float32(n[0]), float32(n[1]), float32(n[2])})
	}
}

func (s *Scan) decimalPoints(line []byte) []byte {
	s.line = append(s.line[:0], line...)
	for i, c := range s.line {
		if c == ',' {
			s.line[i] = '.'
		}
	}
	return s.line
}

func blank(line []byte) bool {
	t := bytes.TrimSpace(line)
	return len(t) == 0 || t[0] == '#' || bytes.HasPrefix(t, []byte("//"))
}

func isWhole(v float64) bool { return v == math.Trunc(v) }
