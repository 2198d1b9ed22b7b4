// Package pcd reads and writes PCD, the point clouds of the Point Cloud Library:
// "The PCD (Point Cloud Data) file format", version 0.7, pointclouds.org. Data are
// read as text, binary and binary_compressed (LZF, M. Lehmann, liblzf 3.6), the
// last without holding it in memory.
package pcd

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/rows"
)

type field struct {
	name  string
	size  int
	kind  byte // F, I, U
	count int
	at    int // offset in a record of text columns or bytes
}

type header struct {
	fields    []field
	count     int64
	data      string
	dataAt    int64
	recordB   int
	columns   int // numbers in a text row
	viewpoint [7]float64
}

// Scan is the points of a file, as one scan. The stored viewpoint is where the
// sensor stood, not a change of coordinates: it is not applied.
type Scan struct {
	info   points.ScanInfo
	h      header
	buf    *points.Columns
	failed error
	left   int64
	// byRole are the fields of x y z, rgb or its three parts, intensity, normal.
	xyz, normal    [3]*field
	rgb, intensity *field
	parts          [3]*field
	text           *rows.Reader
	values         []float64
	bin            io.ReaderAt
	at             int64
	raw            []byte
	columns        []*column
}

const (
	batch      = 1 << 13
	maxFields  = 200
	maxRecordB = 1 << 16
	maxHeadB   = 1 << 16
)

// Open reads the header of a file.
func Open(r io.ReaderAt, size int64, lim formats.Limits) ([]points.Scan, error) {
	h, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	s := &Scan{h: h, left: h.count}
	for i := range s.h.fields {
		f := &s.h.fields[i]
		if f.count == 0 {
			continue
		}
		switch strings.ToLower(f.name) {
		case "x":
			s.xyz[0] = f
		case "y":
			s.xyz[1] = f
		case "z":
			s.xyz[2] = f
		case "rgb", "rgba":
			if f.size == 4 && f.count == 1 {
				s.rgb = f
			}
		case "r", "red":
			s.parts[0] = f
		case "g", "green":
			s.parts[1] = f
		case "b", "blue":
			s.parts[2] = f
		case "intensity", "i":
			s.intensity = f
		case "normal_x":
			s.normal[0] = f
		case "normal_y":
			s.normal[1] = f
		case "normal_z":
			s.normal[2] = f
		}
	}
	if s.xyz[0] == nil || s.xyz[1] == nil || s.xyz[2] == nil {
		return nil, &formats.UnsupportedError{Format: "PCD", Offset: 0, Feature: "a file without the fields x, y and z", Next: "export the points with coordinates"}
	}
	parts := s.parts[0] != nil && s.parts[1] != nil && s.parts[2] != nil
	s.info = points.ScanInfo{Count: h.count, WorldFromScan: points.IdentityPose, HasRGB: s.rgb != nil || parts,
		HasIntensity: s.intensity != nil, HasNormal: s.normal[0] != nil && s.normal[1] != nil && s.normal[2] != nil}
	s.buf = points.NewColumns(&s.info, batch)
	s.values = make([]float64, h.columns)
	switch h.data {
	case "ascii":
		s.text = rows.NewReader(io.NewSectionReader(r, h.dataAt, size-h.dataAt), "PCD", h.dataAt)
	case "binary":
		s.bin, s.at = r, h.dataAt
		s.raw = make([]byte, batch*h.recordB)
	case "binary_compressed":
		if err := s.openCompressed(r, size); err != nil {
			return nil, err
		}
	default:
		return nil, &formats.UnsupportedError{Format: "PCD", Offset: h.dataAt, Feature: fmt.Sprintf("data of kind %.20q", h.data), Next: "save the file as ascii, binary or binary_compressed"}
	}
	return []points.Scan{s}, nil
}

func readHeader(r io.ReaderAt, size int64) (h header, err error) {
	t := rows.NewReader(io.NewSectionReader(r, 0, min(size, maxHeadB)), "PCD", 0)
	width, height, count := int64(-1), int64(1), int64(-1)
	for h.data == "" {
		line, err := t.Next()
		if err == io.EOF {
			return h, damaged(0, "the header has no line DATA")
		}
		if err != nil {
			return h, err
		}
		words := strings.Fields(string(line))
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		key, args := words[0], words[1:]
		if len(args) > maxFields {
			return h, t.Damaged("%d fields", len(args))
		}
		whole := func(i int, least, most int64) int64 {
			v := least - 1
			if i < len(args) {
				if n, e := strconv.ParseInt(args[i], 10, 64); e == nil {
					v = n
				}
			}
			if v < least || v > most {
				if err == nil {
					err = t.Damaged("%.60q holds no number from %d to %d", line, least, most)
				}
				return least
			}
			return v
		}
		switch key {
		case "FIELDS", "COLUMNS":
			h.fields = make([]field, len(args))
			for i, name := range args {
				h.fields[i] = field{name: name, size: 4, kind: 'F', count: 1}
			}
		case "SIZE", "TYPE", "COUNT":
			if len(args) != len(h.fields) {
				return h, t.Damaged("%d values of %s for %d fields", len(args), key, len(h.fields))
			}
			for i := range args {
				switch f := &h.fields[i]; key {
				case "SIZE":
					f.size = int(whole(i, 1, 8))
				case "COUNT":
					f.count = int(whole(i, 0, maxRecordB))
				default:
					f.kind = args[i][0]
				}
			}
		case "WIDTH":
			width = whole(0, 0, 1<<40)
		case "HEIGHT":
			height = whole(0, 0, 1<<40)
		case "POINTS":
			count = whole(0, 0, 1<<52)
		case "DATA":
			if len(args) == 0 {
				return h, t.Damaged("no kind of data")
			}
			h.data = args[0]
		}
		if err != nil {
			return h, err
		}
	}
	h.dataAt = t.OffsetB()
	if count < 0 {
		if width < 0 || height > 0 && width > 1<<52/max(height, 1) {
			return h, damaged(0, "the header does not say how many points there are")
		}
		count = width * height
	}
	h.count = count
	for i := range h.fields {
		f := &h.fields[i]
		if f.kind != 'F' && f.kind != 'I' && f.kind != 'U' || f.kind == 'F' && f.size != 4 && f.size != 8 || f.size != 1 && f.size != 2 && f.size != 4 && f.size != 8 {
			return h, damaged(0, "field %.30q has %d bytes of type %c", f.name, f.size, f.kind)
		}
		f.at = h.recordB
		h.recordB += f.size * f.count
		h.columns += f.count
	}
	if h.recordB == 0 || h.recordB > maxRecordB || h.columns > maxRecordB {
		return h, damaged(0, "records of %d bytes", h.recordB)
	}
	if h.data == "binary" && h.count > (size-h.dataAt)/int64(h.recordB)+1<<20 {
		return h, damaged(h.dataAt, "%d points of %d bytes are claimed in a file of %d", h.count, h.recordB, size)
	}
	if h.data == "ascii" {
		at := 0
		for i := range h.fields {
			h.fields[i].at = at
			at += h.fields[i].count
		}
	}
	return h, nil
}

// Info describes the points.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Single reports whether coordinates are stored in single precision.
func (s *Scan) Single() bool {
	return s.h.data != "ascii" && s.xyz[0].size == 4 && s.xyz[1].size == 4 && s.xyz[2].size == 4
}

// Next delivers the next points: see points.Scan.
func (s *Scan) Next(c *points.Chunk) error {
	*c = points.Chunk{}
	s.buf.Reset()
	for s.failed == nil && s.buf.Len() == 0 {
		if s.left == 0 {
			s.failed = io.EOF
			break
		}
		switch {
		case s.text != nil:
			s.failed = s.readText()
		case s.bin != nil:
			s.failed = s.readBinary()
		default:
			s.failed = s.readColumns()
		}
	}
	if s.buf.Len() == 0 {
		c.Invalid = s.buf.Invalid
		return s.failed
	}
	s.buf.Give(c)
	return nil
}

func (s *Scan) readText() error {
	for s.left > 0 && !s.buf.Full() {
		line, err := s.text.Next()
		if err == io.EOF {
			return s.cut(s.text.OffsetB())
		}
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		n, ok := rows.Numbers(line, s.values)
		if !ok || n < s.h.columns {
			return s.text.Damaged("%.60q holds fewer than %d numbers", line, s.h.columns)
		}
		s.left--
		s.add(func(f *field) (float64, uint32) {
			v := s.values[f.at]
			if f.kind == 'F' {
				return v, math.Float32bits(float32(v))
			}
			return v, uint32(int64(v))
		})
	}
	return nil
}

func (s *Scan) cut(at int64) error {
	return &formats.FormatError{Format: "PCD", Offset: at,
		Reason: fmt.Sprintf("the file is cut off: %d of its %d points are missing", s.left, s.h.count), Next: "copy the file again; the points before are good"}
}

func (s *Scan) readBinary() error {
	size := s.h.recordB
	n := int(min(batch, s.left))
	got, err := s.bin.ReadAt(s.raw[:n*size], s.at)
	if err != nil && err != io.EOF {
		return err
	}
	whole := got / size
	for i := range whole {
		rec := s.raw[i*size : (i+1)*size]
		s.add(func(f *field) (float64, uint32) { return f.value(rec[f.at:]) })
	}
	s.left -= int64(whole)
	s.at += int64(whole * size)
	if whole < n {
		return s.cut(s.at)
	}
	return nil
}

// value reads a binary field, also as the bits of its first four bytes.
func (f *field) value(b []byte) (float64, uint32) {
	le := binary.LittleEndian
	switch {
	case f.kind == 'F' && f.size == 4:
		u := le.Uint32(b)
		return float64(math.Float32frombits(u)), u
	case f.kind == 'F':
		return math.Float64frombits(le.Uint64(b)), 0
	}
	u := uint64(0)
	for i := range f.size {
		u |= uint64(b[i]) << (8 * i)
	}
	if f.kind == 'I' {
		shift := 64 - 8*f.size
		return float64(int64(u<<shift) >> shift), uint32(u)
	}
	return float64(u), uint32(u)
}

// add takes a point in whose fields get reads.
func (s *Scan) add(get func(f *field) (float64, uint32)) {
	var p [3]float64
	for k, f := range s.xyz {
		p[k], _ = get(f)
	}
	i := s.buf.Add(p[0], p[1], p[2])
	if i < 0 {
		return
	}
	if s.rgb != nil {
		_, u := get(s.rgb)
		s.buf.RGB(i, [3]uint8{uint8(u >> 16), uint8(u >> 8), uint8(u)})
	} else if s.info.HasRGB {
		var q [3]uint8
		for k, f := range s.parts {
			v, _ := get(f)
			q[k] = points.ColourByte(v)
		}
		s.buf.RGB(i, q)
	}
	if s.intensity != nil {
		v, _ := get(s.intensity)
		s.buf.Intensity(i, float32(v))
	}
	if s.info.HasNormal {
		var n [3]float32
		for k, f := range s.normal {
			v, _ := get(f)
			n[k] = float32(v)
		}
		s.buf.Normal(i, n)
	}
}

func damaged(offsetB int64, format string, args ...any) error {
	return &formats.FormatError{Format: "PCD", Offset: offsetB, Reason: fmt.Sprintf(format, args...)}
}
