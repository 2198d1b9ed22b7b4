package e57

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"firescene/formats"
	"firescene/formats/points"
)

// Scan is one scan of an E57 file. Spherical coordinates are converted to
// cartesian ones; points that the file flags invalid or whose coordinates are
// not finite are left out and counted.
type Scan struct {
	f      *file
	desc   scanDesc
	byRole [roleCount]*field
	used   []*field

	pages    *pageReader
	endB     int64 // logical end of the section
	packet   []byte
	left     int64 // records not yet delivered
	handed   int   // records of the last chunk, still at the front of the fields' values
	rgb      [][3]uint8
	norm     [][3]float32
	inten    []float32
	row, col []int32
	failed   error
	spheric  bool
	rgbScale [3][2]float64
}

func newScan(f *file, d scanDesc) *Scan {
	s := &Scan{f: f, desc: d, left: d.info.Count}
	fields := s.desc.fields
	for i := range fields {
		if r := fields[i].role; r != roleNone && s.byRole[r] == nil {
			s.byRole[r] = &fields[i]
		}
	}
	s.spheric = !s.has(roleX, roleY, roleZ) && s.has(roleRange, roleAzimuth, roleElevation)
	info := &s.desc.info
	info.HasRGB = s.has(roleRed, roleGreen, roleBlue)
	info.HasIntensity = s.has(roleIntensity)
	info.HasNormal = s.has(roleNormalX, roleNormalY, roleNormalZ)
	coordinates, flag := []role{roleX, roleY, roleZ}, roleInvalid
	if s.spheric {
		coordinates, flag = []role{roleRange, roleAzimuth, roleElevation}, roleSphericalInvalid
	}
	s.use(coordinates...)
	s.use(flag)
	if info.HasRGB {
		s.use(roleRed, roleGreen, roleBlue)
		s.colourScale()
	}
	if info.HasIntensity {
		s.use(roleIntensity)
	}
	if info.HasNormal {
		s.use(roleNormalX, roleNormalY, roleNormalZ)
	}
	if info.HasGrid = s.has(roleRow, roleColumn); info.HasGrid {
		s.use(roleRow, roleColumn)
	}
	constant := true
	for _, f := range s.used {
		constant = constant && f.bits == 0
	}
	switch {
	case d.prototypeError != nil:
		s.failed = d.prototypeError
	case constant && info.Count > maxConstant:
		s.failed = damaged(d.sectionPhysB, "%d records of fields that take no bits", info.Count)
	case !s.spheric && !s.has(roleX, roleY, roleZ):
		if info.Count > 0 {
			s.failed = &formats.UnsupportedError{Format: "E57", Offset: d.sectionPhysB, Feature: "a scan without three cartesian or spherical coordinates"}
		}
	}
	return s
}

func (s *Scan) has(rs ...role) bool {
	for _, r := range rs {
		if s.byRole[r] == nil {
			return false
		}
	}
	return true
}

func (s *Scan) use(rs ...role) {
	for _, r := range rs {
		if f := s.byRole[r]; f != nil {
			f.used = true
			s.used = append(s.used, f)
		}
	}
}

// colourScale finds what takes stored colours to 0..255: the scan's colour
// limits, else the range of the field.
func (s *Scan) colourScale() {
	for k, r := range [3]role{roleRed, roleGreen, roleBlue} {
		f, l := s.byRole[r], s.desc.colorLimits[k]
		switch {
		case l.ok():
		case f.kind == kindInteger || f.kind == kindScaled:
			l.min, l.max = float64(f.min)*f.scale+f.offset, float64(f.max)*f.scale+f.offset
		default:
			l.min, l.max = 0, 1
		}
		s.rgbScale[k] = [2]float64{l.min, 0}
		if l.max != l.min {
			s.rgbScale[k][1] = 255 / (l.max - l.min)
		}
	}
}

// Info describes the scan as the file does.
func (s *Scan) Info() points.ScanInfo { return s.desc.info }

// Sensor is the maker and model of the scanner as stored, or empty.
func (s *Scan) Sensor() string { return s.desc.sensor }

// Spherical reports whether the file stores ranges and angles.
func (s *Scan) Spherical() bool { return s.spheric }

// Steps returns the size of a coordinate step and the offset of scaled integer
// coordinates; ok is false for floating point ones.
func (s *Scan) Steps() (step, offset [3]float64, ok bool) {
	for k, r := range [3]role{roleX, roleY, roleZ} {
		f := s.byRole[r]
		if s.spheric || f == nil || f.kind == kindDouble || f.kind == kindSingle {
			return step, offset, false
		}
		step[k], offset[k] = f.scale, f.offset
	}
	return step, offset, true
}

// Single reports whether coordinates are stored in single precision.
func (s *Scan) Single() bool {
	for _, f := range s.used[:min(3, len(s.used))] {
		if f.kind != kindSingle {
			return false
		}
	}
	return len(s.used) >= 3 && !s.spheric
}

// Grid is how many columns and rows of directions the scan has, as its index bounds
// or the fields' ranges say; 0 when it has no grid or a range says nothing.
func (s *Scan) Grid() (columns, rows int64) {
	if !s.desc.info.HasGrid {
		return 0, 0
	}
	size := func(l limits, f *field) int64 {
		if l.hasMin && l.hasMax && l.max >= l.min && l.max-l.min < 1<<31 {
			return int64(l.max-l.min) + 1
		}
		if f.bits < 32 {
			return f.max - f.min + 1
		}
		return 0
	}
	return size(s.desc.index[1], s.byRole[roleColumn]), size(s.desc.index[0], s.byRole[roleRow])
}

// IntensityRange returns the intensity limits that the file claims; ok is false
// when it claims none or equal ones.
func (s *Scan) IntensityRange() (low, high float64, ok bool) {
	return s.desc.intensity.min, s.desc.intensity.max, s.desc.intensity.ok()
}

// Next delivers the next points: see points.Scan.
func (s *Scan) Next(c *points.Chunk) error {
	skipped := 0
	for s.failed == nil {
		n, err := s.advance()
		if err != nil {
			s.failed = err
			break
		}
		s.deliver(c, n)
		if skipped += c.Invalid; c.N > 0 {
			c.Invalid = skipped
			return nil
		}
	}
	*c = points.Chunk{Invalid: skipped}
	return s.failed
}

// constantBatch is how many records are made at once of fields without bits.
const constantBatch = 1 << 14

// maxConstant bounds the records of a scan in which every point is the same:
// nothing in the file bounds them.
const maxConstant = 1 << 24

// advance decodes packets until at least one whole record is there and returns
// how many are.
func (s *Scan) advance() (int, error) {
	for _, f := range s.used {
		f.drop(s.handed)
	}
	s.handed = 0
	if s.pages == nil {
		if err := s.openSection(); err != nil {
			return 0, err
		}
	}
	for s.left > 0 {
		n, bounded := min(s.left, constantBatch), false
		for _, f := range s.used {
			if f.bits > 0 {
				if !bounded {
					n, bounded = s.left, true
				}
				n = min(n, int64(len(f.values)))
			}
		}
		if n > 0 {
			s.left -= n
			s.handed = int(n)
			for _, f := range s.used {
				if f.bits == 0 {
					f.repeat(int(n))
				}
			}
			return int(n), nil
		}
		if err := s.nextPacket(); err != nil {
			return 0, err
		}
	}
	return 0, io.EOF
}

// openSection reads the header of the scan's compressed vector section.
func (s *Scan) openSection() error {
	d := &s.desc
	if !d.hasPoints {
		s.pages, s.left = &pageReader{}, 0
		return nil
	}
	at := d.sectionPhysB
	if at < headerSize || at > s.f.size-sectionSize || at%pageSize >= pagePayload {
		return damaged(at, "the points of scan %.40q are said to be at byte %d of %d", d.info.Name, at, s.f.size)
	}
	var h [sectionSize]byte
	if _, err := io.ReadFull(s.f.readerAt(at, 1+sectionSize/pagePayload), h[:]); err != nil {
		return s.cut(err)
	}
	if h[0] != 1 {
		return damaged(at, "section type %d where a compressed vector (1) should be", h[0])
	}
	le := binary.LittleEndian
	length, data := le.Uint64(h[8:]), le.Uint64(h[16:])
	if length > uint64(s.f.size) {
		return damaged(at+8, "section of %d bytes in a file of %d", length, s.f.size)
	}
	if d.info.Count == 0 && data == 0 {
		s.pages = &pageReader{}
		return nil
	}
	if data < headerSize || data > uint64(s.f.size) || data%pageSize >= pagePayload {
		return damaged(at+16, "data packets are said to begin at byte %d of %d", data, s.f.size)
	}
	s.endB = logical(at) + int64(length)
	s.pages = s.f.readerAt(int64(data), aheadData)
	return nil
}

// nextPacket reads one packet and decodes it if it holds data.
func (s *Scan) nextPacket() error {
	at := physical(s.pages.nextB)
	if s.pages.nextB+4 > s.endB {
		return &formats.FormatError{Format: "E57", Offset: at,
			Reason: fmt.Sprintf("scan %.40q ends after %d of %d records", s.desc.info.Name, s.desc.info.Count-s.left, s.desc.info.Count),
			Next:   "export the scan again; the points before are good"}
	}
	if s.packet == nil {
		s.packet = make([]byte, packetMaxB)
	}
	if _, err := io.ReadFull(s.pages, s.packet[:4]); err != nil {
		return s.cut(err)
	}
	length := int(binary.LittleEndian.Uint16(s.packet[2:])) + 1
	if length < 4 || s.pages.nextB-4+int64(length) > s.endB {
		return damaged(at, "packet of %d bytes reaches beyond its section", length)
	}
	switch kind := s.packet[0]; kind {
	case packetIndex, packetIgnore:
		return s.cut(s.pages.discard(length - 4))
	case packetData:
		if _, err := io.ReadFull(s.pages, s.packet[4:length]); err != nil {
			return s.cut(err)
		}
		return s.decode(s.packet[:length], at)
	default:
		return damaged(at, "packet of unknown type %d", kind)
	}
}

// decode takes a data packet apart into its bytestreams.
func (s *Scan) decode(p []byte, at int64) error {
	fields := s.desc.fields
	streams := 0
	if len(p) >= 6 {
		streams = int(binary.LittleEndian.Uint16(p[4:]))
	}
	if streams != len(fields) {
		return damaged(at, "data packet with %d bytestreams for %d fields", streams, len(fields))
	}
	pos := 6 + 2*streams
	if pos > len(p) {
		return damaged(at, "data packet shorter than its own header")
	}
	maxQueue := max(s.f.lim.MaxAllocB/8, constantBatch)
	for i := range fields {
		n := int(binary.LittleEndian.Uint16(p[6+2*i:]))
		if pos+n > len(p) {
			return damaged(at, "bytestream %d reaches beyond its packet", i)
		}
		if f := &fields[i]; f.used && f.bits > 0 {
			f.decode(p[pos:pos+n], s.left-int64(len(f.values)))
			if int64(len(f.values)) > maxQueue {
				return damaged(at, "field %.40q runs %d records ahead of the others", f.name, len(f.values))
			}
		}
		pos += n
	}
	return nil
}

// cut turns the end of the file into the error that says so.
func (s *Scan) cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &formats.FormatError{Format: "E57", Offset: s.f.size,
			Reason: fmt.Sprintf("the file ends within the points of scan %.40q", s.desc.info.Name),
			Next:   "copy the file again from the scanner or its software; the points before are good"}
	}
	return err
}

// deliver hands the first n records to c without copying the coordinates.
func (s *Scan) deliver(c *points.Chunk, n int) {
	if s.spheric {
		s.toCartesian(n)
		c.X, c.Y, c.Z = s.values(roleRange, n), s.values(roleAzimuth, n), s.values(roleElevation, n)
	} else {
		c.X, c.Y, c.Z = s.values(roleX, n), s.values(roleY, n), s.values(roleZ, n)
	}
	c.RGB, c.Intensity, c.Normal, c.Row, c.Column = nil, nil, nil, nil, nil
	if s.desc.info.HasRGB {
		s.rgb = resize(s.rgb, n)
		for k, r := range [3]role{roleRed, roleGreen, roleBlue} {
			low, gain := s.rgbScale[k][0], s.rgbScale[k][1]
			for i, v := range s.values(r, n) {
				s.rgb[i][k] = points.ColourByte((v - low) * gain)
			}
		}
		c.RGB = s.rgb
	}
	if s.desc.info.HasIntensity {
		s.inten = resize(s.inten, n)
		for i, v := range s.values(roleIntensity, n) {
			s.inten[i] = float32(v)
		}
		c.Intensity = s.inten
	}
	if s.desc.info.HasNormal {
		s.norm = resize(s.norm, n)
		for k, r := range [3]role{roleNormalX, roleNormalY, roleNormalZ} {
			for i, v := range s.values(r, n) {
				s.norm[i][k] = float32(v)
			}
		}
		c.Normal = s.norm
	}
	if s.desc.info.HasGrid {
		s.row, s.col = resize(s.row, n), resize(s.col, n)
		for i, v := range s.values(roleRow, n) {
			s.row[i] = int32(v)
		}
		for i, v := range s.values(roleColumn, n) {
			s.col[i] = int32(v)
		}
		c.Row, c.Column = s.row, s.col
	}
	c.N, c.Invalid = n, 0
	if f := s.invalidField(); f != nil {
		for i, state := range f.values[:n] {
			if state != 0 {
				c.X[i] = math.NaN()
			}
		}
	}
	c.DropNonFinite()
}

func (s *Scan) invalidField() *field {
	if s.spheric {
		return s.byRole[roleSphericalInvalid]
	}
	return s.byRole[roleInvalid]
}

func (s *Scan) values(r role, n int) []float64 { return s.byRole[r].values[:n] }

// toCartesian overwrites range, azimuth and elevation by x, y and z.
func (s *Scan) toCartesian(n int) {
	r, az, el := s.values(roleRange, n), s.values(roleAzimuth, n), s.values(roleElevation, n)
	for i := range n {
		sinAz, cosAz := math.Sincos(az[i])
		sinEl, cosEl := math.Sincos(el[i])
		d := r[i]
		r[i], az[i], el[i] = d*cosEl*cosAz, d*cosEl*sinAz, d*sinEl
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
