package gltf

import (
	"bytes"
	"encoding/binary"
	"testing"

	"firescene/formats"
	"firescene/formats/points"

	lib "github.com/qmuntal/gltf"
)

// TestMesh reads a written mesh with the library's own reader: corners, colours, faces
// and the place, height along Y.
func TestMesh(t *testing.T) {
	m := points.Mesh{Origin: [3]float64{4000000, 5, 6}, XYZ: []float32{0, 0, 0, 1, 0, 0, 0, 2, 0.5}, RGB: []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9}, Faces: [][3]int32{{0, 1, 2}, {2, 1, 0}}}
	var b bytes.Buffer
	if err := WriteMesh(&b, m); err != nil {
		t.Fatal(err)
	}
	doc := new(lib.Document)
	if err := lib.NewDecoder(bytes.NewReader(b.Bytes())).Decode(doc); err != nil {
		t.Fatal(err)
	}
	p := doc.Meshes[0].Primitives[0]
	idx := doc.Accessors[*p.Indices]
	view := doc.BufferViews[*idx.BufferView]
	data := doc.Buffers[0].Data[view.ByteOffset:]
	for i, want := range []uint32{0, 1, 2, 2, 1, 0} {
		if got := binary.LittleEndian.Uint32(data[4*i:]); got != want {
			t.Errorf("index %d is %d, want %d", i, got, want)
		}
	}
	scans, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var c points.Chunk
	if err := scans[0].Next(&c); err != nil || c.N != 3 || c.X[1] != 4000001 || c.Y[2] != 7 || c.Z[2] != 6.5 || c.RGB[2] != [3]uint8{7, 8, 9} {
		t.Errorf("%+v, %v", c, err)
	}
	m.Faces[0][1] = 3
	if err := WriteMesh(&bytes.Buffer{}, m); err == nil {
		t.Error("a face beyond the vertices was written")
	}
	m.Faces = nil
	if err := WriteMesh(&bytes.Buffer{}, m); err == nil {
		t.Error("a mesh without faces was written")
	}
}
