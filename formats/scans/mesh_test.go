package scans

import (
	"errors"
	"strings"
	"testing"

	"firescene/formats"
)

// TestReadMesh reads one triangle by content, whatever the file is called.
func TestReadMesh(t *testing.T) {
	for name, raw := range map[string]string{
		"an.obj": "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 1\nvertex 4 0 1\nvertex 2 3 1\nendloop\nendfacet\nendsolid a\n",
		"a.stl":  "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 1\n4 0 1\n2 3 1\n3 0 1 2\n",
	} {
		m, err := ReadMesh(strings.NewReader(raw), int64(len(raw)), name, formats.DefaultLimits())
		if err != nil || len(m.Faces) != 1 || len(m.XYZ) != 9 || float64(m.XYZ[3])+m.Origin[0] != 4 || float64(m.XYZ[8])+m.Origin[2] != 1 {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	raw := "1 2 3\n4 5 6\n7 8 9\n"
	var unsupported *formats.UnsupportedError
	if _, err := ReadMesh(strings.NewReader(raw), int64(len(raw)), "a.xyz", formats.DefaultLimits()); !errors.As(err, &unsupported) {
		t.Errorf("points as a mesh: %v", err)
	}
}
