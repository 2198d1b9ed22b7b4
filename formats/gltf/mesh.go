package gltf

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"firescene/formats/points"
)

// WriteMesh stores a mesh as GLB (glTF 2.0): positions in single precision about the
// mesh's origin, which the node's matrix holds with the turn from height along Z to
// height along Y; colours of vertices; indices of 32 bits. Equal meshes give equal
// bytes.
func WriteMesh(w io.Writer, m points.Mesh) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("gltf: %w", err)
	}
	n, stride := int64(len(m.XYZ)/3), int64(12)
	if n == 0 || len(m.Faces) == 0 {
		return fmt.Errorf("gltf: a mesh without faces")
	}
	lo, hi := [3]float32(m.XYZ[:3]), [3]float32(m.XYZ[:3])
	for i, v := range m.XYZ {
		lo[i%3], hi[i%3] = min(lo[i%3], v), max(hi[i%3], v)
	}
	attributes := map[string]int{"POSITION": 0}
	accessors := []map[string]any{
		{"bufferView": 0, "componentType": 5126, "count": n, "type": "VEC3", "min": lo, "max": hi},
		{"bufferView": 1, "componentType": 5125, "count": 3 * len(m.Faces), "type": "SCALAR"},
	}
	if m.RGB != nil {
		stride = 16
		attributes["COLOR_0"] = 2
		accessors = append(accessors, map[string]any{"bufferView": 0, "byteOffset": 12, "componentType": 5121, "normalized": true, "count": n, "type": "VEC4"})
	}
	facesB := int64(12 * len(m.Faces))
	dataB := stride*n + facesB
	if dataB > math.MaxUint32-1<<20 {
		return fmt.Errorf("gltf: %d vertices and %d faces are more than a file holds", n, len(m.Faces))
	}
	o := m.Origin
	doc, err := json.Marshal(map[string]any{
		"asset": map[string]any{"version": "2.0", "generator": "firescene"}, "scene": 0, "scenes": []any{map[string]any{"nodes": []int{0}}},
		"nodes":     []any{map[string]any{"mesh": 0, "matrix": [16]float64{1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, o[0], o[2], -o[1], 1}}},
		"meshes":    []any{map[string]any{"primitives": []any{map[string]any{"attributes": attributes, "indices": 1}}}},
		"accessors": accessors,
		"bufferViews": []any{
			map[string]any{"buffer": 0, "byteLength": stride * n, "byteStride": stride, "target": 34962},
			map[string]any{"buffer": 0, "byteOffset": stride * n, "byteLength": facesB, "target": 34963},
		},
		"buffers": []any{map[string]any{"byteLength": dataB}},
	})
	if err != nil {
		return err
	}
	for len(doc)%4 != 0 {
		doc = append(doc, ' ')
	}
	le, out := binary.LittleEndian, bufio.NewWriterSize(w, 1<<16)
	head := le.AppendUint32([]byte(glbMagic), 2)
	head = le.AppendUint32(head, uint32(20+int64(len(doc))+8+dataB))
	head = append(le.AppendUint32(head, uint32(len(doc))), "JSON"...)
	head = append(head, doc...)
	out.Write(le.AppendUint32(le.AppendUint32(head, uint32(dataB)), chunkBIN)) // an error stays until Flush
	var b []byte
	for i := 0; i < len(m.XYZ); i += 3 {
		b = b[:0]
		for _, v := range m.XYZ[i : i+3] {
			b = le.AppendUint32(b, math.Float32bits(v))
		}
		if m.RGB != nil {
			b = append(append(b, m.RGB[i:i+3]...), 255)
		}
		out.Write(b)
	}
	for _, f := range m.Faces {
		b = b[:0]
		for _, v := range f {
			b = le.AppendUint32(b, uint32(v))
		}
		out.Write(b)
	}
	return out.Flush()
}
