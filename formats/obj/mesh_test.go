package obj

import (
	"bytes"
	"strings"
	"testing"

	"firescene/formats/points"
)

func TestMesh(t *testing.T) {
	m := points.Mesh{Origin: [3]float64{4000000, 5, 6}, XYZ: []float32{0, 0, 0, 1, 0, 0, 0, 2, 0.5}, RGB: []uint8{0, 0, 0, 255, 0, 0, 0, 51, 0}, Faces: [][3]int32{{0, 1, 2}}, Comments: []string{"two\nlines"}}
	var b bytes.Buffer
	if err := WriteMesh(&b, m); err != nil {
		t.Fatal(err)
	}
	want := "# two lines\nv 4000000.000000 5.000000 6.000000 0.0000 0.0000 0.0000\nv 4000001.000000 5.000000 6.000000 1.0000 0.0000 0.0000\n" +
		"v 4000000.000000 7.000000 6.500000 0.0000 0.2000 0.0000\nf 1 2 3\n"
	if b.String() != want {
		t.Errorf("%s", strings.TrimSpace(b.String()))
	}
	m.Faces[0][1] = -1
	if err := WriteMesh(&bytes.Buffer{}, m); err == nil {
		t.Error("a face of no vertex was written")
	}
}
