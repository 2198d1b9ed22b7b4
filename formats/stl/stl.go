// Package stl reads the triangles of STL files, binary and text, and writes meshes,
// through github.com/hschendel/stl. As points a mesh is its triangles' corners, of
// which those that follow one another at the same place count once.
package stl

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	lib "github.com/hschendel/stl"

	"firescene/formats"
	"firescene/formats/points"
)

// Is reports whether a file of a size is STL: binary by its count of triangles,
// text by its first words.
func Is(head []byte, size int64) bool {
	if len(head) >= headB && size == headB+triangleB*int64(binary.LittleEndian.Uint32(head[80:])) {
		return true
	}
	t := bytes.TrimLeft(head, " \t\r\n")
	return bytes.HasPrefix(t, []byte("solid")) && bytes.Contains(head, []byte("facet"))
}

const (
	headB     = 84
	triangleB = 50
)

// Read returns the triangles of a file, corner by corner.
func Read(r io.ReaderAt, size int64, lim formats.Limits) (corners [][3][3]float32, err error) {
	if size > lim.MaxAllocB {
		return nil, &formats.UnsupportedError{Format: "STL", Offset: -1, Feature: fmt.Sprintf("a mesh of %d bytes; at most %d are read", size, lim.MaxAllocB), Next: "reduce the mesh"}
	}
	var head [headB]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	isText := bytes.HasPrefix(bytes.TrimLeft(head[:n], " \t\r\n"), []byte("solid")) && size != headB+triangleB*int64(binary.LittleEndian.Uint32(head[80:]))
	if !isText {
		if claimed := headB + triangleB*int64(binary.LittleEndian.Uint32(head[80:])); n < headB || claimed > size {
			return nil, &formats.FormatError{Format: "STL", Offset: size, Reason: fmt.Sprintf("the file is cut off: it has %d bytes, its triangles need %d", size, claimed), Next: "copy the file again"}
		}
	}
	defer func() { // the library believes what it reads
		if p := recover(); p != nil {
			corners, err = nil, &formats.FormatError{Format: "STL", Offset: -1, Reason: "the triangles can not be read", Next: "export the mesh again"}
		}
	}()
	solid, err := lib.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, &formats.FormatError{Format: "STL", Offset: -1, Reason: err.Error(), Next: "export the mesh again"}
	}
	corners = make([][3][3]float32, len(solid.Triangles))
	for i, t := range solid.Triangles {
		for k, v := range t.Vertices {
			corners[i][k] = [3]float32(v)
		}
	}
	return corners, nil
}

// Scan is the corners of a mesh, as one scan.
type Scan struct {
	info    points.ScanInfo
	corners [][3][3]float32
	at      int
	buf     *points.Columns
	last    [3][3]float32
}

// Open reads a mesh, which is held in memory.
func Open(r io.ReaderAt, size int64, lim formats.Limits) ([]points.Scan, error) {
	corners, err := Read(r, size, lim)
	if err != nil {
		return nil, err
	}
	s := &Scan{corners: corners, info: points.ScanInfo{Count: -1, WorldFromScan: points.IdentityPose}}
	s.buf = points.NewColumns(&s.info, 3*batch)
	return []points.Scan{s}, nil
}

const batch = 1 << 12

// Triangles is how many triangles the mesh has.
func (s *Scan) Triangles() int { return len(s.corners) }

// Info describes the corners; Count is -1, as repeated ones count once.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Single reports that coordinates are stored in single precision.
func (s *Scan) Single() bool { return true }

// Next delivers the next corners: see points.Scan.
func (s *Scan) Next(c *points.Chunk) error {
	*c = points.Chunk{}
	s.buf.Reset()
	for s.buf.Len() == 0 {
		if s.at == len(s.corners) {
			c.Invalid = s.buf.Invalid
			return io.EOF
		}
		part := s.corners[s.at:min(len(s.corners), s.at+batch)]
		for i, t := range part {
			for _, v := range t {
				if s.at+i > 0 && (v == s.last[0] || v == s.last[1] || v == s.last[2]) {
					continue
				}
				s.buf.Add(float64(v[0]), float64(v[1]), float64(v[2]))
			}
			s.last = t
		}
		s.at += len(part)
	}
	s.buf.Give(c)
	return nil
}

// Write stores a mesh in binary: corners of triangles by number. Normals are those
// of the corners' order.
func Write(w io.Writer, vertices [][3]float32, triangles [][3]uint32) error {
	solid := &lib.Solid{}
	solid.SetBinaryHeader([]byte("firescene"))
	for _, t := range triangles {
		var tri lib.Triangle
		for k, v := range t {
			if int(v) >= len(vertices) {
				return fmt.Errorf("stl: corner %d of %d", v, len(vertices))
			}
			tri.Vertices[k] = lib.Vec3(vertices[v])
		}
		solid.AppendTriangle(tri)
	}
	solid.RecalculateNormals()
	return solid.WriteAll(w)
}
