package e57

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"firescene/formats/points"
)

// ScanSource is one scan to be written.
type ScanSource struct {
	// Info gives the name, the columns and the pose. An empty GUID is made from
	// Options.Seed, the scan's place in the file and its points' bounds; Count is
	// not used.
	Info points.ScanInfo
	// Next delivers the points until io.EOF.
	Next func(*points.Chunk) error
	// Step stores each coordinate as a whole number of steps of so many metres
	// above Offset (E57 ScaledInteger). All zero: floating point.
	Step, Offset [3]float64
	// Min and Max bound the coordinates, so that scaled integers take no more
	// bits than they need. Both zero: 32 bits a coordinate. A point beyond the
	// range is an error.
	Min, Max [3]float64
	// Single stores floating point coordinates in single precision.
	Single bool
	// Rows and Columns bound the grid's numbers when Info.HasGrid; 0: 31 bits.
	Rows, Columns int64
}

// Options holds for a whole file.
type Options struct {
	// Seed goes into the GUIDs that are made: other seeds, other GUIDs.
	Seed string
	// Library is stored as the writing software ["firescene"].
	Library string
	// Images are stored behind the scans.
	Images []ImageSource
}

// Write stores scans one after the other and returns the number of points of
// each. Colour is stored in 8 bits a channel, intensity and normals in single
// precision. Index packets hold one entry a scan, as other writers do. Equal
// points and options give equal bytes.
func Write(w io.WriteSeeker, scans []ScanSource, opts Options) ([]int64, error) {
	if opts.Library == "" {
		opts.Library = "firescene"
	}
	opts.Images = slices.Clone(opts.Images) // places and GUIDs are filled in
	pw, err := newPageWriter(w)
	if err != nil {
		return nil, err
	}
	head, err := pw.keepPage()
	if err != nil {
		return nil, err
	}
	if _, err := pw.Write(make([]byte, headerSize)); err != nil {
		return nil, err
	}
	if err := pw.pad(); err != nil {
		return nil, err
	}
	counts := make([]int64, len(scans))
	written := make([]*scanWriter, len(scans))
	for i := range scans {
		s, err := newScanWriter(pw, &scans[i])
		if err != nil {
			return nil, err
		}
		if err := s.run(); err != nil {
			return nil, fmt.Errorf("e57: scan %d: %w", i, err)
		}
		counts[i], written[i] = s.count, s
	}
	for i := range opts.Images {
		if err := writeImage(pw, &opts.Images[i]); err != nil {
			return nil, err
		}
	}
	xml := renderXML(written, opts)
	xmlPhysB := pw.physical()
	if _, err := pw.Write(xml); err != nil {
		return nil, err
	}
	if err := pw.pad(); err != nil {
		return nil, err
	}
	le, h := binary.LittleEndian, head.payload[:]
	copy(h, signature)
	le.PutUint32(h[8:], 1)
	le.PutUint64(h[16:], uint64(pw.physical()))
	le.PutUint64(h[24:], uint64(xmlPhysB))
	le.PutUint64(h[32:], uint64(len(xml)))
	le.PutUint64(h[40:], pageSize)
	return counts, pw.finish()
}

// scanWriter writes one compressed vector section.
type scanWriter struct {
	pw        *pageWriter
	src       *ScanSource
	streams   []stream
	perPacket int // records in a full packet, a multiple of 8 so that it ends on a byte
	inPacket  int
	packet    []byte

	count        int64
	min, max     [3]float64
	intensityMin float32
	intensityMax float32
	indexMin     [2]int32 // of rows and columns
	indexMax     [2]int32
	sectionPhysB int64
	guid         string
}

// newScanWriter lays out the prototype.
func newScanWriter(pw *pageWriter, src *ScanSource) (*scanWriter, error) {
	s := &scanWriter{pw: pw, src: src, guid: src.Info.GUID}
	for k := range 3 {
		s.min[k], s.max[k] = math.Inf(1), math.Inf(-1)
	}
	s.indexMin, s.indexMax = [2]int32{math.MaxInt32, math.MaxInt32}, [2]int32{math.MinInt32, math.MinInt32}
	s.intensityMin, s.intensityMax = float32(math.Inf(1)), float32(math.Inf(-1))
	scaled := src.Step != [3]float64{}
	for k, name := range []string{"cartesianX", "cartesianY", "cartesianZ"} {
		switch {
		case scaled:
			st, err := scaledStream(name, src.Step[k], src.Offset[k], src.Min[k], src.Max[k], src.Min == src.Max)
			if err != nil {
				return nil, err
			}
			s.streams = append(s.streams, st)
		case src.Single:
			s.streams = append(s.streams, stream{name: name, kind: kindSingle, bits: 32})
		default:
			s.streams = append(s.streams, stream{name: name, kind: kindDouble, bits: 64})
		}
	}
	if src.Info.HasRGB {
		for _, name := range []string{"colorRed", "colorGreen", "colorBlue"} {
			s.streams = append(s.streams, stream{name: name, kind: kindInteger, bits: 8, max: 255})
		}
	}
	if src.Info.HasIntensity {
		s.streams = append(s.streams, stream{name: "intensity", kind: kindSingle, bits: 32})
	}
	if src.Info.HasNormal {
		for _, name := range []string{"nor:normalX", "nor:normalY", "nor:normalZ"} {
			s.streams = append(s.streams, stream{name: name, kind: kindSingle, bits: 32})
		}
	}
	if src.Info.HasGrid {
		s.streams = append(s.streams, indexStream("rowIndex", src.Rows), indexStream("columnIndex", src.Columns))
	}
	bits := 0
	for _, st := range s.streams {
		bits += st.bits
	}
	room := packetMaxB - 6 - 2*len(s.streams) - 4
	s.perPacket = min(room*8/max(bits, 1), 1<<16) &^ 7
	return s, nil
}

// run writes the section: header, data packets, one index packet.
func (s *scanWriter) run() error {
	header, err := s.pw.keepPage()
	if err != nil {
		return err
	}
	s.sectionPhysB = header.physB
	if _, err := s.pw.Write(make([]byte, sectionSize)); err != nil {
		return err
	}
	dataPhysB, logicalB := s.pw.physical(), int64(sectionSize)
	flush := func() error {
		n, err := s.flushPacket()
		logicalB += n
		return err
	}
	var c points.Chunk
	for {
		err := s.src.Next(&c)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := s.check(&c); err != nil {
			return err
		}
		for from := 0; from < c.N; {
			to := min(c.N, from+s.perPacket-s.inPacket)
			if err := s.encode(&c, from, to); err != nil {
				return err
			}
			if from = to; s.inPacket == s.perPacket {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	if s.inPacket > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	indexPhysB := int64(0)
	if s.count > 0 {
		indexPhysB = s.pw.physical()
		index := make([]byte, 32) // 16 bytes of header, one entry: record 0 and where it lies
		binary.LittleEndian.PutUint16(index[2:], uint16(len(index)-1))
		binary.LittleEndian.PutUint16(index[4:], 1)
		binary.LittleEndian.PutUint64(index[24:], uint64(dataPhysB))
		if _, err := s.pw.Write(index); err != nil {
			return err
		}
		logicalB += int64(len(index))
	} else {
		dataPhysB = 0
	}
	// The section must cover its kept page, so that finish can fill it in.
	if err := s.pw.pad(); err != nil {
		return err
	}
	le, h := binary.LittleEndian, header.payload[:]
	h[0] = 1
	le.PutUint64(h[8:], uint64(logicalB))
	le.PutUint64(h[16:], uint64(dataPhysB))
	le.PutUint64(h[24:], uint64(indexPhysB))
	return nil
}

func (s *scanWriter) check(c *points.Chunk) error {
	info := &s.src.Info
	switch {
	case info.HasRGB && len(c.RGB) < c.N:
		return errors.New("colour was promised and is missing")
	case info.HasIntensity && len(c.Intensity) < c.N:
		return errors.New("intensity was promised and is missing")
	case info.HasNormal && len(c.Normal) < c.N:
		return errors.New("normals were promised and are missing")
	case info.HasGrid && (len(c.Row) < c.N || len(c.Column) < c.N):
		return errors.New("rows and columns were promised and are missing")
	}
	return nil
}

// encode adds records [from, to) of c to the packet under way.
func (s *scanWriter) encode(c *points.Chunk, from, to int) error {
	for k, col := range [3][]float64{c.X, c.Y, c.Z} {
		lo, hi, err := s.streams[k].putFloats(col[from:to])
		if err != nil {
			return err
		}
		s.min[k], s.max[k] = min(s.min[k], lo), max(s.max[k], hi)
	}
	next := s.streams[3:]
	if s.src.Info.HasRGB {
		for k := range 3 {
			b := next[k].bytes
			for i := from; i < to; i++ {
				b = append(b, c.RGB[i][k])
			}
			next[k].bytes = b
		}
		next = next[3:]
	}
	if s.src.Info.HasIntensity {
		b := next[0].bytes
		for _, v := range c.Intensity[from:to] {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
			if v < s.intensityMin {
				s.intensityMin = v
			}
			if v > s.intensityMax {
				s.intensityMax = v
			}
		}
		next[0].bytes = b
		next = next[1:]
	}
	if s.src.Info.HasNormal {
		for k := range 3 {
			b := next[k].bytes
			for i := from; i < to; i++ {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(c.Normal[i][k]))
			}
			next[k].bytes = b
		}
		next = next[3:]
	}
	if s.src.Info.HasGrid {
		for k, col := range [2][]int32{c.Row, c.Column} {
			for _, v := range col[from:to] {
				if int64(v) < next[k].min || int64(v) > next[k].max {
					return fmt.Errorf("%s %d lies outside the grid", next[k].name, v)
				}
				next[k].putBits(uint64(int64(v) - next[k].min))
				s.indexMin[k], s.indexMax[k] = min(s.indexMin[k], v), max(s.indexMax[k], v)
			}
		}
	}
	s.inPacket += to - from
	s.count += int64(to - from)
	return nil
}

// flushPacket writes the packet under way and returns its length.
func (s *scanWriter) flushPacket() (int64, error) {
	le := binary.LittleEndian
	p := append(s.packet[:0], packetData, 0, 0, 0)
	p = le.AppendUint16(p, uint16(len(s.streams)))
	for i := range s.streams {
		s.streams[i].flushBits()
		p = le.AppendUint16(p, uint16(len(s.streams[i].bytes)))
	}
	for i := range s.streams {
		p = append(p, s.streams[i].bytes...)
		s.streams[i].bytes = s.streams[i].bytes[:0]
	}
	for len(p)%4 != 0 {
		p = append(p, 0)
	}
	le.PutUint16(p[2:], uint16(len(p)-1))
	s.packet, s.inPacket = p, 0
	_, err := s.pw.Write(p)
	return int64(len(p)), err
}

// makeGUID derives an identifier from what is known of the content.
func makeGUID(parts ...any) string {
	sum := sha256.Sum256(fmt.Append(nil, parts...))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // RFC 9562, version 8
	return fmt.Sprintf("{%X-%X-%X-%X-%X}", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
