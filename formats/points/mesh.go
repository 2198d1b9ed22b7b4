package points

import "fmt"

// Mesh is a triangle mesh that all codecs of meshes share: vertices about Origin, 3
// numbers each in metres, colours, 3 bytes a vertex or nil, and faces by vertex number,
// their corners counterclockwise as seen from outside.
type Mesh struct {
	Origin   [3]float64
	XYZ      []float32
	RGB      []uint8
	Faces    [][3]int32
	Comments []string // for formats that hold them, one line each; line breaks become blanks
}

// Check says what is wrong with a mesh, or returns nil.
func (m *Mesh) Check() error {
	n := len(m.XYZ) / 3
	if len(m.XYZ)%3 != 0 || m.RGB != nil && len(m.RGB) != len(m.XYZ) {
		return fmt.Errorf("a mesh of %d coordinates and %d colour values", len(m.XYZ), len(m.RGB))
	}
	for i, f := range m.Faces {
		for _, v := range f {
			if v < 0 || int(v) >= n {
				return fmt.Errorf("face %d names vertex %d of %d", i, v, n)
			}
		}
	}
	return nil
}
