package ply

import (
	"bytes"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

// TestMesh reads the vertices of a written mesh back, in both precisions.
func TestMesh(t *testing.T) {
	m := points.Mesh{XYZ: []float32{0, 0, 0, 1, 0, 0, 0, 2, 0}, RGB: []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9}, Faces: [][3]int32{{0, 1, 2}}, Comments: []string{"two\nlines"}}
	for _, o := range [][3]float64{{}, {4000000, 5, 6}} {
		m.Origin = o
		var b bytes.Buffer
		if err := WriteMesh(&b, m); err != nil {
			t.Fatal(err)
		}
		scans, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()), formats.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		var c points.Chunk
		if err := scans[0].Next(&c); err != nil || c.N != 3 || c.Y[2] != o[1]+2 || c.X[1] != o[0]+1 || c.RGB[2] != [3]uint8{7, 8, 9} {
			t.Errorf("%+v, %v", c, err)
		}
	}
	m.Faces[0][1] = 3
	if err := WriteMesh(&bytes.Buffer{}, m); err == nil {
		t.Error("a face beyond the vertices was written")
	}
}
