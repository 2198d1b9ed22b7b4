package ply

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"firescene/formats"
	"firescene/formats/points"
)

// Most vertices and triangles of a mesh that is read.
const maxMeshParts = 30_000_000

// ReadMesh reads vertices and faces; polygons become fans of triangles. The vertices lie
// about the first one, so that large coordinates keep their millimetres. A file without
// faces gives a *formats.UnsupportedError: its points are read by Open.
func ReadMesh(r io.ReaderAt, size int64, lim formats.Limits) (points.Mesh, error) {
	var m points.Mesh
	head, err := readHeader(r, size, lim)
	if err != nil {
		return m, err
	}
	face := -1
	for i, e := range head.elements {
		if e.name == "face" && e.count > 0 {
			face = i
		}
	}
	if face < 0 {
		return m, &formats.UnsupportedError{Format: "PLY", Feature: "a mesh without faces"}
	}
	if head.vertexIdx < 0 || face < head.vertexIdx {
		return m, &formats.UnsupportedError{Format: "PLY", Feature: "faces before vertices"}
	}
	v, f := head.elements[head.vertexIdx].count, head.elements[face].count
	if v > maxMeshParts || f > maxMeshParts {
		return m, &formats.UnsupportedError{Format: "PLY", Feature: fmt.Sprintf("a mesh of %d vertices and %d faces; at most %d are read", v, f, maxMeshParts), Next: "decimate it first"}
	}
	s := &Scan{r: r, size: size, head: head, left: v}
	if err := s.layOut(); err != nil {
		return m, err
	}
	s.in = bufio.NewReaderSize(io.NewSectionReader(r, head.bodyB, size-head.bodyB), 1<<16)
	if err := s.skipBefore(); err != nil {
		return m, err
	}
	if err := s.meshVertices(&m); err != nil {
		return m, s.place(err)
	}
	for i := head.vertexIdx + 1; i <= face; i++ {
		e := &head.elements[i]
		if i != face && len(e.properties) == 0 {
			continue
		}
		for n := range e.count {
			for _, p := range e.properties {
				if i == face && p.counter != typeNone && (p.name == "vertex_indices" || p.name == "vertex_index") {
					err = s.polygon(p, &m)
				} else {
					_, err = s.value(p)
				}
				if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
					return m, &formats.FormatError{Format: "PLY", Offset: size, Reason: fmt.Sprintf("the file is cut off: it holds %d of the %d elements %.40q that its header claims", n, e.count, e.name), Next: "copy the file again"}
				}
				if err != nil {
					return m, err
				}
			}
		}
	}
	return m, nil
}

func (s *Scan) meshVertices(m *points.Mesh) error {
	var at [3]float64
	var rgb [3]uint8
	for s.left > 0 {
		for k := range s.columns {
			c := &s.columns[k]
			v, err := s.value(c.property)
			if err != nil {
				return err
			}
			switch c.to {
			case toX, toY, toZ:
				at[c.to-toX] = v
			case toRed, toGreen, toBlue:
				rgb[c.to-toRed] = uint8(min(max(v*c.gain, 0), 255))
			}
		}
		if len(m.XYZ) == 0 {
			for k := range 3 {
				if at[k]-at[k] == 0 {
					m.Origin[k] = at[k]
				}
			}
		}
		for k := range 3 {
			m.XYZ = append(m.XYZ, float32(at[k]-m.Origin[k]))
		}
		if s.info.HasRGB {
			m.RGB = append(m.RGB, rgb[:]...)
		}
		s.left--
	}
	return nil
}

// polygon reads a list of vertices and appends its triangles.
func (s *Scan) polygon(p property, m *points.Mesh) error {
	length, err := s.scalar(p.counter)
	if err != nil {
		return err
	}
	wrong := func(what string, v float64) error {
		return &formats.FormatError{Format: "PLY", Offset: s.head.bodyB + s.atB, Reason: fmt.Sprintf("a face %s %g", what, v)}
	}
	if !(length >= 0 && length <= float64(s.size)) {
		return wrong("of so many corners:", length)
	}
	var first, last int32
	for i := range int64(length) {
		v, err := s.scalar(p.kind)
		if err != nil {
			return err
		}
		if !(v >= 0 && v < float64(len(m.XYZ)/3)) || v != float64(int32(v)) {
			return wrong("names vertex", v)
		}
		at := int32(v)
		switch {
		case i == 0:
			first = at
		case i >= 2:
			if len(m.Faces) >= maxMeshParts {
				return &formats.UnsupportedError{Format: "PLY", Feature: fmt.Sprintf("a mesh of more than %d triangles", maxMeshParts), Next: "decimate it first"}
			}
			m.Faces = append(m.Faces, [3]int32{first, last, at})
		}
		last = at
	}
	return nil
}
