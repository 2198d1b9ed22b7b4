package smokeview

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Patch is one rectangle of a surface: of each pair of Grid (i0, i1, j0, j1, k0,
// k1) one is equal. Facing is 1, 2, 3 for +x, +y, +z and negative for the other
// side. Obst is the number of its block from 1, or 0.
type Patch struct {
	Grid   [6]int
	Facing int
	Obst   int
	Mesh   int
}

// Values is how many the patch has in a frame.
func (p *Patch) Values() int { h := SliceHead{Grid: p.Grid}; return h.Values() }

// BoundaryReader reads a ".bf" frame by frame.
type BoundaryReader struct {
	Quantity, Short, Units string
	Patches                []Patch
	s                      *records
	values                 []float32
	parts                  [][]float32
}

// NewBoundaryReader reads the head.
func NewBoundaryReader(r io.Reader) (*BoundaryReader, error) {
	p := &BoundaryReader{s: newRecords(r)}
	names, err := p.s.labels()
	if err != nil {
		return nil, err
	}
	p.Quantity, p.Short, p.Units = names[0], names[1], names[2]
	n, err := p.s.ints(1, "number of patches")
	if err != nil {
		return nil, p.s.head(err, "number of patches")
	}
	if n[0] < 0 || n[0] > MaxPatches {
		return nil, cut(p.s.off-8, "%d patches", n[0])
	}
	total := 0
	for range n[0] {
		v, err := p.s.ints(9, "patches")
		if err != nil {
			return nil, p.s.head(err, "patches")
		}
		q := Patch{Grid: [6]int(v[:6]), Facing: v[6], Obst: v[7], Mesh: v[8]}
		if err := checkGrid(p.s.off-40, q.Grid); err != nil {
			return nil, err
		}
		if total += q.Values(); total > MaxCells {
			return nil, cut(p.s.off, "a frame of more than %d values", MaxCells)
		}
		p.Patches = append(p.Patches, q)
	}
	return p, nil
}

// Next reads one frame: the values of each patch, the first axis running fastest.
// They are good until the next call. io.EOF: there are no more.
func (p *BoundaryReader) Next() (timeS float64, values [][]float32, err error) {
	if timeS, err = p.s.time(); err != nil {
		return 0, nil, err
	}
	p.values, p.parts = p.values[:0], p.parts[:0]
	ends := make([]int, 0, len(p.Patches))
	for i := range p.Patches {
		n := p.Patches[i].Values()
		if err = p.s.open(4*n, "values of a patch"); err != nil {
			return 0, nil, p.s.head(err, "values of a patch")
		}
		if p.values, err = p.s.floats(p.values, n, "values of a patch"); err != nil {
			return 0, nil, err
		}
		if err = p.s.close(4*n, "values of a patch"); err != nil {
			return 0, nil, err
		}
		ends = append(ends, len(p.values))
	}
	at := 0
	for _, end := range ends {
		p.parts = append(p.parts, p.values[at:end])
		at = end
	}
	return timeS, p.parts, nil
}

// BoundaryWriter writes a ".bf" and the text of its ".bf.bnd".
type BoundaryWriter struct {
	quantity string
	patches  []Patch
	w        *recordWriter
	bounds   []byte
}

// NewBoundaryWriter writes the head.
func NewBoundaryWriter(w io.Writer, quantity, short, units string, patches []Patch) (*BoundaryWriter, error) {
	p := &BoundaryWriter{quantity: quantity, patches: patches, w: newRecordWriter(w)}
	p.w.label(quantity)
	p.w.label(short)
	p.w.label(units)
	p.w.ints(len(patches))
	for i := range patches {
		q := &patches[i]
		if err := checkGrid(-1, q.Grid); err != nil {
			return nil, err
		}
		p.w.ints(q.Grid[0], q.Grid[1], q.Grid[2], q.Grid[3], q.Grid[4], q.Grid[5], q.Facing, q.Obst, q.Mesh)
	}
	return p, p.w.err
}

// Frame writes one frame, the values of each patch in their order.
func (p *BoundaryWriter) Frame(timeS float64, values [][]float32) error {
	if len(values) != len(p.patches) {
		return fmt.Errorf("boundary %s: values of %d patches for %d", p.quantity, len(values), len(p.patches))
	}
	p.w.floats(float32(timeS))
	var least, most float32
	for i, v := range values {
		if len(v) != p.patches[i].Values() {
			return fmt.Errorf("boundary %s: %d values for patch %d of %d", p.quantity, len(v), i+1, p.patches[i].Values())
		}
		lo, hi, err := span(v)
		if err != nil {
			return err
		}
		if i == 0 {
			least, most = lo, hi
		}
		least, most = min(least, lo), max(most, hi)
		p.w.floats(v...)
	}
	p.bounds = fmt.Appendf(p.bounds, " %.6E %.6E %.6E\n", timeS, least, most)
	return p.w.err
}

// Flush ends the file.
func (p *BoundaryWriter) Flush() error { return p.w.flush() }

// Bounds is the text of the ".bnd" beside the file: time, least, greatest.
func (p *BoundaryWriter) Bounds() []byte { return p.bounds }

// le reads a little-endian integer.
func le(b []byte) int { return int(int32(binary.LittleEndian.Uint32(b))) }
