package smokeview

import (
	"encoding/binary"
	"io"
	"math"
)

// IsoFrame is the surfaces of one time. Slices are good until the next call.
type IsoFrame struct {
	TimeS    float64
	Vertices []float32 // 3 each
	Faces    []int32   // 3 each, vertices from 0
	Level    []int32   // one each face, from 0
}

// IsoReader reads a ".iso" frame by frame.
type IsoReader struct {
	Levels []float64
	s      *records
	frame  IsoFrame
	raw    []byte
}

// NewIsoReader reads the head.
func NewIsoReader(r io.Reader) (*IsoReader, error) {
	p := &IsoReader{s: newRecords(r)}
	one, err := p.s.ints(1, "head")
	if err != nil {
		return nil, p.s.head(err, "head")
	}
	if one[0] != 1 {
		return nil, cut(4, "the head begins with %d, not 1", one[0])
	}
	if _, err := p.s.ints(1, "version"); err != nil {
		return nil, p.s.head(err, "version")
	}
	n, err := p.s.ints(1, "number of levels")
	if err != nil {
		return nil, p.s.head(err, "number of levels")
	}
	if n[0] < 0 || n[0] > 1000 {
		return nil, cut(p.s.off-8, "%d levels", n[0])
	}
	if n[0] > 0 {
		if err := p.s.open(4*n[0], "levels"); err != nil {
			return nil, p.s.head(err, "levels")
		}
		v, err := p.s.floats(nil, n[0], "levels")
		if err != nil {
			return nil, err
		}
		if err := p.s.close(4*n[0], "levels"); err != nil {
			return nil, err
		}
		for _, x := range v {
			p.Levels = append(p.Levels, float64(x))
		}
	}
	extra, err := p.s.ints(1, "number of values")
	if err != nil {
		return nil, p.s.head(err, "number of values")
	}
	if extra[0] != 0 {
		return nil, cut(p.s.off-8, "%d static values", extra[0])
	}
	_, err = p.s.ints(2, "static sizes")
	return p, p.s.head(err, "static sizes")
}

// Next reads one frame. io.EOF: there are no more.
func (p *IsoReader) Next() (*IsoFrame, error) {
	b, err := p.s.whole(8, "time of a frame")
	if err != nil {
		return nil, err
	}
	t := float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	if math.IsNaN(t) || math.IsInf(t, 0) {
		return nil, cut(p.s.off, "the time of a frame is not a number")
	}
	n, err := p.s.ints(2, "sizes of a frame")
	if err != nil {
		return nil, p.s.head(err, "sizes of a frame")
	}
	nv, nf := n[0], n[1]
	if nv < 0 || nf < 0 || nv > MaxCells || nf > MaxCells {
		return nil, cut(p.s.off-16, "%d vertices and %d faces", nv, nf)
	}
	f := &p.frame
	f.TimeS = t
	f.Vertices, f.Faces, f.Level = f.Vertices[:0], f.Faces[:0], f.Level[:0]
	if nv > 0 {
		if err = p.s.open(12*nv, "vertices"); err != nil {
			return nil, p.s.head(err, "vertices")
		}
		if f.Vertices, err = p.s.floats(f.Vertices, 3*nv, "vertices"); err != nil {
			return nil, err
		}
		if err = p.s.close(12*nv, "vertices"); err != nil {
			return nil, err
		}
	}
	if nf == 0 {
		return f, nil
	}
	if f.Faces, err = p.list(f.Faces, 3*nf, 1, nv, "faces"); err != nil {
		return nil, err
	}
	f.Level, err = p.list(f.Level, nf, 1, max(1, len(p.Levels)), "levels of faces")
	return f, err
}

// list reads a record of n integers from least on, below most of them, as counted
// from 0.
func (p *IsoReader) list(dst []int32, n, least, most int, what string) ([]int32, error) {
	err := p.s.open(4*n, what)
	if err != nil {
		return dst, p.s.head(err, what)
	}
	if p.raw, err = p.s.bytes(p.raw[:0], 4*n, what); err != nil {
		return dst, err
	}
	for i := 0; i < len(p.raw); i += 4 {
		v := le(p.raw[i:]) - least
		if v < 0 || v >= most {
			return dst, cut(p.s.off, "the number %d among the %s of %d", v+least, what, most)
		}
		dst = append(dst, int32(v))
	}
	return dst, p.s.close(4*n, what)
}
