package ply

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

func tetrahedron() points.Mesh {
	return points.Mesh{Origin: [3]float64{500000, -2, 3}, XYZ: []float32{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1}, RGB: []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
		Faces: [][3]int32{{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {2, 0, 3}}}
}

func TestReadMesh(t *testing.T) {
	var b bytes.Buffer
	want := tetrahedron()
	if err := WriteMesh(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadMesh(bytes.NewReader(b.Bytes()), int64(b.Len()), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if got.Origin != want.Origin || !slices.Equal(got.XYZ, want.XYZ) || !slices.Equal(got.RGB, want.RGB) || !slices.Equal(got.Faces, want.Faces) {
		t.Errorf("read %+v, wrote %+v", got, want)
	}
	// Polygons as text, with other elements about them.
	text := "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\nelement edge 1\nproperty int a\nelement face 2\nproperty uchar flag\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n7\n1 4 0 1 2 3\n0 2 0 1\n"
	got, err = ReadMesh(bytes.NewReader([]byte(text)), int64(len(text)), formats.DefaultLimits())
	if err != nil || !slices.Equal(got.Faces, [][3]int32{{0, 1, 2}, {0, 2, 3}}) {
		t.Errorf("faces %v, %v", got.Faces, err)
	}
}

func TestReadMeshDamaged(t *testing.T) {
	var b bytes.Buffer
	if err := WriteMesh(&b, tetrahedron()); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	for cut := 1; cut < len(whole); cut += 7 {
		_, err := ReadMesh(bytes.NewReader(whole[:cut]), int64(cut), formats.DefaultLimits())
		var f *formats.FormatError
		var u *formats.UnsupportedError
		if !errors.As(err, &f) && !errors.As(err, &u) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	bad := bytes.Clone(whole)
	bad[len(bad)-4] = 99
	if _, err := ReadMesh(bytes.NewReader(bad), int64(len(bad)), formats.DefaultLimits()); err == nil {
		t.Error("a face that names vertex 99: no error")
	}
}

func FuzzReadMesh(f *testing.F) {
	var b bytes.Buffer
	if err := WriteMesh(&b, tetrahedron()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(fmt.Appendf(nil, "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n1 1 0\n3 0 1 2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadMesh(bytes.NewReader(data), int64(len(data)), formats.DefaultLimits())
		if err != nil {
			return
		}
		for _, face := range m.Faces {
			for _, v := range face {
				if v < 0 || int(v) >= len(m.XYZ)/3 {
					t.Fatalf("face %v of %d vertices", face, len(m.XYZ)/3)
				}
			}
		}
	})
}

// TestNoUnit wants a file's statement that nothing fixes its unit to be heard.
func TestNoUnit(t *testing.T) {
	for note, want := range map[string]bool{points.NoUnitNote: true, "unit: metre": false} {
		raw := []byte("ply\nformat ascii 1.0\ncomment " + note + "\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nend_header\n1 2 3\n")
		scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.Limits{})
		if err != nil || scans[0].Info().NoUnit != want {
			t.Errorf("%q: %v, want %v", note, err, want)
		}
	}
}
