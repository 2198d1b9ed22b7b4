package ply

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"firescene/formats/points"
)

// WriteMesh stores a mesh as binary little-endian PLY: coordinates as float when
// Origin is zero, else as double in world coordinates; faces as lists of vertex
// indices. Equal meshes give equal bytes.
func WriteMesh(w io.Writer, m points.Mesh) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("ply: %w", err)
	}
	n := len(m.XYZ) / 3
	b := bufio.NewWriterSize(w, 1<<16)
	real := "double"
	single := m.Origin == [3]float64{}
	if single {
		real = "float"
	}
	fmt.Fprint(b, "ply\nformat binary_little_endian 1.0\n")
	for _, c := range m.Comments {
		fmt.Fprintf(b, "comment %s\n", strings.NewReplacer("\r", " ", "\n", " ").Replace(c))
	}
	fmt.Fprintf(b, "element vertex %d\nproperty %s x\nproperty %s y\nproperty %s z\n", n, real, real, real)
	if m.RGB != nil {
		fmt.Fprint(b, "property uchar red\nproperty uchar green\nproperty uchar blue\n")
	}
	fmt.Fprintf(b, "element face %d\nproperty list uchar int vertex_indices\nend_header\n", len(m.Faces))
	var buf []byte
	for i := range n {
		buf = buf[:0]
		for k := range 3 {
			v := m.XYZ[3*i+k]
			if single {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
			} else {
				buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(m.Origin[k]+float64(v)))
			}
		}
		if m.RGB != nil {
			buf = append(buf, m.RGB[3*i:3*i+3]...)
		}
		if _, err := b.Write(buf); err != nil {
			return err
		}
	}
	for _, f := range m.Faces {
		buf = append(buf[:0], 3)
		for _, v := range f {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(v))
		}
		if _, err := b.Write(buf); err != nil {
			return err
		}
	}
	return b.Flush()
}
