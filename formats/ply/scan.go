package ply

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"firescene/formats"
	"firescene/formats/points"
)

// Scan is the vertices of a PLY file. Points whose coordinates are not finite
// are left out and counted as invalid.
type Scan struct {
	r    io.ReaderAt
	size int64
	head headerInfo
	info points.ScanInfo

	columns []column // one a property of the vertex element
	left    int64
	started bool
	in      *bufio.Reader
	atB     int64 // bytes of the body taken from in
	fixedB  int   // bytes of a vertex when it has no lists
	buf     []byte
	failed  error

	xyz    [3][]float64
	rgb    [][3]uint8
	normal [][3]float32
	inten  []float32
}

// target is the column of points.Chunk that a property fills.
type target uint8

const (
	toNothing target = iota
	toX
	toY
	toZ
	toRed
	toGreen
	toBlue
	toNX
	toNY
	toNZ
	toIntensity
)

var targets = map[string]target{
	"x": toX, "y": toY, "z": toZ,
	"red": toRed, "green": toGreen, "blue": toBlue, "r": toRed, "g": toGreen, "b": toBlue,
	"diffuse_red": toRed, "diffuse_green": toGreen, "diffuse_blue": toBlue,
	"nx": toNX, "ny": toNY, "nz": toNZ, "normal_x": toNX, "normal_y": toNY, "normal_z": toNZ,
	"intensity": toIntensity, "Intensity": toIntensity, "scalar_intensity": toIntensity,
	"scalar_Intensity": toIntensity, "reflectance": toIntensity, "scalar_Reflectance": toIntensity,
}

// column says where a property of a vertex goes and where it lies in a binary
// vertex of fixed length.
type column struct {
	property
	to      target
	offsetB int
	gain    float64 // takes colours to 0..255
}

// Vertices are read in batches bounded by number and by bytes.
const (
	batchPoints = 1 << 14
	maxBatchB   = 4 << 20
)

// layOut finds the columns and checks the claimed count against the file.
func (s *Scan) layOut() error {
	e := &s.head.elements[s.head.vertexIdx]
	seen := map[target]bool{}
	at := 0
	for _, p := range e.properties {
		c := column{property: p, offsetB: at, gain: 255 / colourRange[p.kind]}
		if t := targets[p.name]; p.counter == typeNone && !seen[t] {
			c.to, seen[t] = t, t != toNothing
		}
		at += scalarSize[p.kind]
		s.columns = append(s.columns, c)
	}
	if !seen[toX] || !seen[toY] || !seen[toZ] {
		return &formats.UnsupportedError{Format: "PLY", Offset: 0, Feature: "vertices without x, y and z"}
	}
	s.info = points.ScanInfo{
		Count: e.count, WorldFromScan: points.IdentityPose,
		HasRGB:       seen[toRed] && seen[toGreen] && seen[toBlue],
		HasNormal:    seen[toNX] && seen[toNY] && seen[toNZ],
		HasIntensity: seen[toIntensity],
		NoUnit:       s.head.noUnit,
	}
	if n, ok := e.fixedB(); ok && s.head.order != orderASCII {
		s.fixedB = n
	}
	return nil
}

// Info describes the vertices as the header does.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Single reports whether coordinates are stored in single precision.
func (s *Scan) Single() bool {
	for i := range s.columns {
		if c := &s.columns[i]; c.to >= toX && c.to <= toZ && c.kind != typeFloat32 {
			return false
		}
	}
	return true
}

// Next delivers the next points: see points.Scan. A file that holds fewer
// vertices than it claims gives those it holds, then a *formats.FormatError.
func (s *Scan) Next(c *points.Chunk) error {
	skipped := 0
	for s.failed == nil {
		n, err := s.fill()
		s.failed = err // delivered after the points that were read
		if n == 0 {
			continue
		}
		*c = points.Chunk{N: n, X: s.xyz[0][:n], Y: s.xyz[1][:n], Z: s.xyz[2][:n]}
		if s.info.HasRGB {
			c.RGB = s.rgb[:n]
		}
		if s.info.HasNormal {
			c.Normal = s.normal[:n]
		}
		if s.info.HasIntensity {
			c.Intensity = s.inten[:n]
		}
		c.DropNonFinite()
		if skipped += c.Invalid; c.N > 0 {
			c.Invalid = skipped
			return nil
		}
	}
	*c = points.Chunk{Invalid: skipped}
	return s.failed
}

// fill reads up to a batch of vertices into the columns. The error, io.EOF
// included, comes with the last ones.
func (s *Scan) fill() (int, error) {
	if !s.started {
		s.started = true
		s.in = bufio.NewReaderSize(io.NewSectionReader(s.r, s.head.bodyB, max(0, s.size-s.head.bodyB)), 1<<18)
		for k := range 3 {
			s.xyz[k] = make([]float64, batchPoints)
		}
		s.rgb, s.normal, s.inten = make([][3]uint8, batchPoints), make([][3]float32, batchPoints), make([]float32, batchPoints)
		if err := s.skipBefore(); err != nil {
			return 0, err
		}
	}
	want := int(min(batchPoints, s.left))
	if s.fixedB > 0 {
		want = min(want, max(1, maxBatchB/s.fixedB))
	}
	if want == 0 {
		return 0, io.EOF
	}
	n, err := 0, error(nil)
	switch {
	case s.fixedB > 0:
		n, err = s.fixed(want)
	default:
		for n < want && err == nil {
			if err = s.vertex(n); err == nil {
				n++
			}
		}
	}
	s.left -= int64(n)
	return n, s.place(err)
}

// place turns the end of the file into the error that says how much is missing.
func (s *Scan) place(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &formats.FormatError{Format: "PLY", Offset: s.size,
			Reason: fmt.Sprintf("the file is cut off: it holds %d of the %d vertices that its header claims", s.info.Count-s.left, s.info.Count),
			Next:   "copy the file again; the points before are good"}
	}
	return err
}

// skipBefore passes over the elements that stand before the vertices.
func (s *Scan) skipBefore() error {
	for i := range s.head.elements[:s.head.vertexIdx] {
		e := &s.head.elements[i]
		if n, ok := e.fixedB(); ok && s.head.order != orderASCII {
			if e.count > 0 && int64(n) > (s.size-s.head.bodyB-s.atB)/e.count {
				return s.place(io.EOF)
			}
			if err := s.discard(int64(n) * e.count); err != nil {
				return s.place(err)
			}
			continue
		}
		if len(e.properties) == 0 {
			continue
		}
		for range e.count {
			for _, p := range e.properties {
				if _, err := s.value(p); err != nil {
					return s.place(err)
				}
			}
		}
	}
	return nil
}

func (s *Scan) discard(n int64) error {
	for n > 0 {
		k, err := s.in.Discard(int(min(n, 1<<30)))
		s.atB += int64(k)
		n -= int64(k)
		if err != nil {
			return err
		}
	}
	return nil
}

// vertex reads one vertex with lists or as text into place i.
func (s *Scan) vertex(i int) error {
	for k := range s.columns {
		c := &s.columns[k]
		v, err := s.value(c.property)
		if err != nil {
			return err
		}
		s.put(c, i, v)
	}
	return nil
}

func (s *Scan) put(c *column, i int, v float64) {
	switch c.to {
	case toX, toY, toZ:
		s.xyz[c.to-toX][i] = v
	case toRed, toGreen, toBlue:
		s.rgb[i][c.to-toRed] = points.ColourByte(v * c.gain)
	case toNX, toNY, toNZ:
		s.normal[i][c.to-toNX] = float32(v)
	case toIntensity:
		s.inten[i] = float32(v)
	}
}

// value reads one property; of a list it passes over the values.
func (s *Scan) value(p property) (float64, error) {
	if p.counter == typeNone {
		return s.scalar(p.kind)
	}
	length, err := s.scalar(p.counter)
	if err != nil {
		return 0, err
	}
	if !(length >= 0 && length <= float64(s.size)) {
		return 0, &formats.FormatError{Format: "PLY", Offset: s.head.bodyB + s.atB, Reason: fmt.Sprintf("list %.40q of length %g", p.name, length)}
	}
	if s.head.order != orderASCII {
		return 0, s.discard(int64(length) * int64(scalarSize[p.kind]))
	}
	for range int64(length) {
		if _, err := s.scalar(p.kind); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// maxWordB bounds a number in text.
const maxWordB = 400

func (s *Scan) scalar(kind scalar) (float64, error) {
	if s.head.order != orderASCII {
		n := scalarSize[kind]
		b, err := s.in.Peek(n)
		if err != nil {
			return 0, err
		}
		v := s.decode(b, kind)
		_, err = s.in.Discard(n)
		s.atB += int64(n)
		return v, err
	}
	word := s.buf[:0]
	for {
		b, err := s.in.ReadByte()
		if err == io.EOF && len(word) > 0 {
			break
		}
		if err != nil {
			return 0, err
		}
		s.atB++
		if b <= ' ' {
			if len(word) > 0 {
				break
			}
			continue
		}
		if word = append(word, b); len(word) > maxWordB {
			return 0, &formats.FormatError{Format: "PLY", Offset: s.head.bodyB + s.atB, Reason: "a number of more than 400 characters"}
		}
	}
	s.buf = word
	v, err := strconv.ParseFloat(string(word), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, &formats.FormatError{Format: "PLY", Offset: s.head.bodyB + s.atB - int64(len(word)), Reason: fmt.Sprintf("%.40q where a number should be", word)}
	}
	return v, nil
}

func (s *Scan) byteOrder() binary.ByteOrder {
	if s.head.order == orderBig {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (s *Scan) decode(b []byte, kind scalar) float64 {
	bo := s.byteOrder()
	switch kind {
	case typeInt8:
		return float64(int8(b[0]))
	case typeUint8:
		return float64(b[0])
	case typeInt16:
		return float64(int16(bo.Uint16(b)))
	case typeUint16:
		return float64(bo.Uint16(b))
	case typeInt32:
		return float64(int32(bo.Uint32(b)))
	case typeUint32:
		return float64(bo.Uint32(b))
	case typeFloat32:
		return float64(math.Float32frombits(bo.Uint32(b)))
	}
	return math.Float64frombits(bo.Uint64(b))
}

// fixed reads n vertices of fixed length, column by column.
func (s *Scan) fixed(n int) (int, error) {
	if need := n * s.fixedB; cap(s.buf) < need {
		s.buf = make([]byte, need)
	}
	b := s.buf[:n*s.fixedB]
	got, err := io.ReadFull(s.in, b)
	s.atB += int64(got)
	n = got / s.fixedB
	for k := range s.columns {
		if c := &s.columns[k]; c.to != toNothing {
			s.fixedColumn(c, b, n)
		}
	}
	return n, err
}

func (s *Scan) fixedColumn(c *column, b []byte, n int) {
	little := s.head.order == orderLittle
	switch {
	case c.to <= toZ && c.kind == typeFloat32 && little:
		col := s.xyz[c.to-toX][:n]
		for i := range col {
			col[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[i*s.fixedB+c.offsetB:])))
		}
	case c.to <= toZ && c.kind == typeFloat64 && little:
		col := s.xyz[c.to-toX][:n]
		for i := range col {
			col[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[i*s.fixedB+c.offsetB:]))
		}
	case c.to >= toRed && c.to <= toBlue && c.kind == typeUint8:
		for i := range n {
			s.rgb[i][c.to-toRed] = b[i*s.fixedB+c.offsetB]
		}
	default:
		for i := range n {
			s.put(c, i, s.decode(b[i*s.fixedB+c.offsetB:], c.kind))
		}
	}
}
