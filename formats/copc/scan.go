package copc

import (
	"io"

	"firescene/formats/las"
	"firescene/formats/laz"
	"firescene/formats/points"
)

// Scan is the points of some nodes of a file, as one scan, coarse levels first.
type Scan struct {
	info  points.ScanInfo
	f     *File
	nodes []Node
	r     *Reader
}

// Select returns the points whose level keeps a distance of at least spacingM, 0 for
// all levels, in the cells that overlap within, nil for everywhere. Cells reach
// beyond the box: a caller that wants the box alone cuts again.
func (f *File) Select(within *Box, spacingM float64) (*Scan, error) {
	nodes, err := f.Nodes(within, f.Info.LevelFor(spacingM))
	if err != nil {
		return nil, err
	}
	s := &Scan{f: f, nodes: nodes, r: f.NewReader(laz.NeedZ | laz.NeedIntensity | laz.NeedColour)}
	s.info = points.ScanInfo{HasRGB: f.Header.PointFormat >= 7, HasIntensity: true, WorldFromScan: points.IdentityPose}
	for _, n := range nodes {
		s.info.Count += n.Points
	}
	return s, nil
}

// Info describes the points; Count is that of the nodes.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Steps returns the size of a coordinate step and the offset.
func (s *Scan) Steps() (step, offset [3]float64, ok bool) {
	return s.f.Header.Scale, s.f.Header.Offset, true
}

// Header is the file's.
func (s *Scan) Header() *las.Header { return &s.f.Header }

// Next delivers the points of the next node: see points.Scan.
func (s *Scan) Next(c *points.Chunk) error {
	*c = points.Chunk{}
	if len(s.nodes) == 0 {
		return io.EOF
	}
	n := s.nodes[0]
	s.nodes = s.nodes[1:]
	err := s.r.Chunk(n, c)
	if err != nil {
		s.nodes = nil
	}
	return err
}
