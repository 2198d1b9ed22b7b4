package smokeview

import (
	"fmt"
	"io"
	"math"
)

// SootExtinctionM2Kg is the mass extinction coefficient of flaming soot.
// Source: G. W. Mulholland, C. Croarkin, Fire and Materials 24 (2000) 227.
const SootExtinctionM2Kg = 8700

// SootByte codes a soot density (kg/m3) over one cell of width dxM as ".s3d" does:
// the share of light that is lost, 0 to 254.
func SootByte(densityKgM3, dxM float64) byte {
	if !(densityKgM3 > 0) {
		return 0
	}
	return byte(math.Round(254 * -math.Expm1(-SootExtinctionM2Kg*densityKgM3*dxM)))
}

// SootDensity is the inverse of SootByte; of 254 it is what rounds to it at least.
func SootDensity(b byte, dxM float64) float64 {
	share := min(float64(b), 253.5) / 254
	return -math.Log1p(-share) / (SootExtinctionM2Kg * dxM)
}

// The scales of other quantities in ".s3d": 254 stands for these.
const (
	HRRPUVFull      = 1200 // kW/m3
	TemperatureFull = 2000 // C; 0 stands for the ambient
)

// LinearByte codes v between from and full as 0 to 254.
func LinearByte(v, from, full float64) byte {
	s := (v - from) / (full - from)
	switch {
	case !(s > 0):
		return 0
	case s >= 1:
		return 254
	}
	return byte(math.Round(254 * s))
}

// SmokeReader reads a ".s3d" frame by frame.
type SmokeReader struct {
	Cells  [3]int // a frame has one value more along each axis
	s      *records
	coded  []byte
	values []byte
}

// NewSmokeReader reads the head.
func NewSmokeReader(r io.Reader) (*SmokeReader, error) {
	p := &SmokeReader{s: newRecords(r)}
	v, err := p.s.ints(8, "head")
	if err != nil {
		return nil, p.s.head(err, "head")
	}
	if v[0] != 1 {
		return nil, cut(4, "the head begins with %d, not 1", v[0])
	}
	if err := checkGrid(12, [6]int(v[2:])); err != nil {
		return nil, err
	}
	if v[2] != 0 || v[4] != 0 || v[6] != 0 {
		return nil, cut(12, "the grid does not begin at 0")
	}
	p.Cells = [3]int{v[3], v[5], v[7]}
	return p, nil
}

// Values is how many one frame has.
func (p *SmokeReader) Values() int { return (p.Cells[0] + 1) * (p.Cells[1] + 1) * (p.Cells[2] + 1) }

// Next reads one frame, the first axis running fastest. The values are good until
// the next call. io.EOF: there are no more.
func (p *SmokeReader) Next() (timeS float64, values []byte, err error) {
	if timeS, err = p.s.time(); err != nil {
		return 0, nil, err
	}
	n, err := p.s.ints(2, "sizes of a frame")
	if err != nil {
		return 0, nil, p.s.head(err, "sizes of a frame")
	}
	if n[0] != p.Values() || n[1] < 0 || n[1] > 2*n[0]+16 {
		return 0, nil, cut(p.s.off-16, "a frame of %d bytes for %d values, where the grid has %d", n[1], n[0], p.Values())
	}
	if err = p.s.open(n[1], "frame"); err != nil {
		return 0, nil, p.s.head(err, "frame")
	}
	if p.coded, err = p.s.bytes(p.coded[:0], n[1], "frame"); err != nil {
		return 0, nil, err
	}
	if err = p.s.close(n[1], "frame"); err != nil {
		return 0, nil, err
	}
	p.values = unpack(p.values[:0], p.coded, n[0])
	if len(p.values) != n[0] {
		return 0, nil, cut(p.s.off, "the runs of a frame give %d values, not %d", len(p.values), n[0])
	}
	return timeS, p.values, nil
}

// runMark begins a run: mark, value, count.
const runMark = 255

// unpack stops beyond most values.
func unpack(dst, b []byte, most int) []byte {
	for i := 0; i < len(b) && len(dst) <= most; {
		if b[i] != runMark {
			dst = append(dst, b[i])
			i++
			continue
		}
		if i+2 >= len(b) {
			return dst
		}
		for range b[i+2] {
			dst = append(dst, b[i+1])
		}
		i += 3
	}
	return dst
}

// pack codes runs of at least four; 255 must not be among the values.
func pack(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		n := 1
		for i+n < len(b) && b[i+n] == b[i] && n < 254 {
			n++
		}
		if n >= 4 {
			dst = append(dst, runMark, b[i], byte(n))
		} else {
			for range n {
				dst = append(dst, b[i])
			}
		}
		i += n
	}
	return dst
}

// SmokeWriter writes a ".s3d" and the text of its ".s3d.sz".
type SmokeWriter struct {
	n     int
	w     *recordWriter
	coded []byte
	sizes []byte
}

// NewSmokeWriter writes the head; a frame has one value more along each axis than
// cells.
func NewSmokeWriter(w io.Writer, cells [3]int) (*SmokeWriter, error) {
	if err := checkGrid(-1, [6]int{0, cells[0], 0, cells[1], 0, cells[2]}); err != nil {
		return nil, err
	}
	p := &SmokeWriter{n: (cells[0] + 1) * (cells[1] + 1) * (cells[2] + 1), w: newRecordWriter(w), sizes: []byte("           0\n")}
	p.w.ints(1, 0, 0, cells[0], 0, cells[1], 0, cells[2])
	return p, p.w.err
}

// Frame writes one frame of values from 0 to 254. most is the greatest of the
// quantity itself, for the viewer's list.
func (p *SmokeWriter) Frame(timeS float64, values []byte, most float64) error {
	if len(values) != p.n {
		return fmt.Errorf("smoke: %d values for a frame of %d", len(values), p.n)
	}
	for _, v := range values {
		if v == runMark {
			return fmt.Errorf("smoke: the value 255 stands for runs and can not be written")
		}
	}
	p.coded = pack(p.coded[:0], values)
	p.w.floats(float32(timeS))
	p.w.ints(p.n, len(p.coded))
	p.w.bytes(p.coded)
	p.sizes = fmt.Appendf(p.sizes, "%13.6G%16d%12d%16.5f\n", timeS, p.n, len(p.coded), most)
	return p.w.err
}

// Flush ends the file.
func (p *SmokeWriter) Flush() error { return p.w.flush() }

// Sizes is the text of the ".sz" beside the file.
func (p *SmokeWriter) Sizes() []byte { return p.sizes }
