package smokeview

import (
	"fmt"
	"io"
	"math"

	"firescene/formats"
)

// SliceHead begins a ".sf". Values lie on grid lines Grid[0] to Grid[1] and so on,
// both included; of a SLCC file the value of a cell is at its upper grid line.
type SliceHead struct {
	Quantity, Short, Units string
	Grid                   [6]int // i0, i1, j0, j1, k0, k1
}

// Values is how many one frame has.
func (h *SliceHead) Values() int {
	g := &h.Grid
	return (g[1] - g[0] + 1) * (g[3] - g[2] + 1) * (g[5] - g[4] + 1)
}

// Index is the place of the value at grid lines i, j, k within a frame.
func (h *SliceHead) Index(i, j, k int) int {
	g := &h.Grid
	return (i - g[0]) + (g[1]-g[0]+1)*((j-g[2])+(g[3]-g[2]+1)*(k-g[4]))
}

// checkGrid bounds a stated range of grid lines.
func checkGrid(off int64, g [6]int) error {
	n := 1
	for a := 0; a < 6; a += 2 {
		if g[a] < 0 || g[a+1] < g[a] || g[a+1] > MaxGridLines {
			return cut(off, "the grid lines %d to %d are no range", g[a], g[a+1])
		}
		if n *= g[a+1] - g[a] + 1; n > MaxCells {
			return cut(off, "a frame of more than %d values", MaxCells)
		}
	}
	return nil
}

// SliceReader reads a ".sf" frame by frame.
type SliceReader struct {
	SliceHead
	s      *records
	values []float32
}

// NewSliceReader reads the head.
func NewSliceReader(r io.Reader) (*SliceReader, error) {
	p := &SliceReader{s: newRecords(r)}
	names, err := p.s.labels()
	if err != nil {
		return nil, err
	}
	g, err := p.s.ints(6, "grid lines")
	if err != nil {
		return nil, p.s.head(err, "grid lines")
	}
	p.Quantity, p.Short, p.Units = names[0], names[1], names[2]
	p.Grid = [6]int(g)
	return p, checkGrid(p.s.off-28, p.Grid)
}

// Next reads one frame, the first axis running fastest. The values are good until
// the next call. io.EOF: there are no more.
func (p *SliceReader) Next() (timeS float64, values []float32, err error) {
	if timeS, err = p.s.time(); err != nil {
		return 0, nil, err
	}
	n := p.Values()
	if err = p.s.open(4*n, "values of a frame"); err != nil {
		return 0, nil, p.s.head(err, "values of a frame")
	}
	if p.values, err = p.s.floats(p.values[:0], n, "values of a frame"); err != nil {
		return 0, nil, err
	}
	return timeS, p.values, p.s.close(4*n, "values of a frame")
}

// SliceWriter writes a ".sf" and the text of its ".sf.bnd".
type SliceWriter struct {
	head   SliceHead
	w      *recordWriter
	bounds []byte
}

// NewSliceWriter writes the head.
func NewSliceWriter(w io.Writer, h SliceHead) (*SliceWriter, error) {
	if err := checkGrid(-1, h.Grid); err != nil {
		return nil, err
	}
	p := &SliceWriter{head: h, w: newRecordWriter(w)}
	p.w.label(h.Quantity)
	p.w.label(h.Short)
	p.w.label(h.Units)
	p.w.ints(h.Grid[:]...)
	return p, p.w.err
}

// Frame writes one frame. Numbers that are not finite are refused.
func (p *SliceWriter) Frame(timeS float64, values []float32) error {
	if len(values) != p.head.Values() {
		return fmt.Errorf("slice %s: %d values for a frame of %d", p.head.Quantity, len(values), p.head.Values())
	}
	lo, hi, err := span(values)
	if err != nil {
		return err
	}
	p.w.floats(float32(timeS))
	p.w.floats(values...)
	p.bounds = fmt.Appendf(p.bounds, " %.6E %.6E %.6E\n", timeS, lo, hi)
	return p.w.err
}

// Flush ends the file.
func (p *SliceWriter) Flush() error { return p.w.flush() }

// Bounds is the text of the ".bnd" beside the file: time, least, greatest.
func (p *SliceWriter) Bounds() []byte { return p.bounds }

func span(values []float32) (lo, hi float32, err error) {
	if len(values) == 0 {
		return 0, 0, nil
	}
	lo, hi = values[0], values[0]
	for _, v := range values {
		if v != v || v > math.MaxFloat32 || v < -math.MaxFloat32 {
			return 0, 0, &formats.FormatError{Format: Format, Offset: -1, Reason: "a value to be written is not finite", Next: "report it: no result may hold such a number"}
		}
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi, nil
}
