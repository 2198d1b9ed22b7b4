package smokeview

import (
	"io"
)

// PlotReader reads a Plot3D ".q": five quantities on the grid lines of a mesh, one
// after the other.
type PlotReader struct {
	Lines  [3]int // grid lines along each axis
	s      *records
	left   int
	values []float32
}

// NewPlotReader reads the head.
func NewPlotReader(r io.Reader) (*PlotReader, error) {
	p := &PlotReader{s: newRecords(r), left: 5}
	n, err := p.s.ints(3, "grid")
	if err != nil {
		return nil, p.s.head(err, "grid")
	}
	if err := checkGrid(4, [6]int{0, n[0] - 1, 0, n[1] - 1, 0, n[2] - 1}); err != nil {
		return nil, err
	}
	p.Lines = [3]int(n)
	if _, err := p.s.whole(16, "head"); err != nil {
		return nil, p.s.head(err, "head")
	}
	if 20*p.Values() > MaxRecordBytes {
		return nil, cut(4, "a frame of more than one record can hold")
	}
	return p, p.s.head(p.s.open(20*p.Values(), "values"), "values")
}

// Values is how many one quantity has.
func (p *PlotReader) Values() int { return p.Lines[0] * p.Lines[1] * p.Lines[2] }

// Next reads the next quantity, the first axis running fastest; good until the
// next call. io.EOF after the fifth.
func (p *PlotReader) Next() ([]float32, error) {
	if p.left == 0 {
		return nil, io.EOF
	}
	var err error
	if p.values, err = p.s.floats(p.values[:0], p.Values(), "values"); err != nil {
		return nil, err
	}
	if p.left--; p.left == 0 {
		err = p.s.close(20*p.Values(), "values")
	}
	return p.values, err
}
