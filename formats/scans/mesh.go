package scans

import (
	"io"

	"firescene/formats"
	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/formats/stl"
)

// ReadMesh reads the triangles of a PLY or STL file, told by its content as Open does.
// Other formats give a *formats.UnsupportedError.
func ReadMesh(r io.ReaderAt, size int64, name string, lim formats.Limits) (points.Mesh, error) {
	form, err := Detect(r, size, name)
	if err != nil {
		return points.Mesh{}, err
	}
	switch form {
	case PLY:
		return ply.ReadMesh(r, size, lim)
	case STL:
		corners, err := stl.Read(r, size, lim)
		m := points.Mesh{XYZ: make([]float32, 0, 9*len(corners)), Faces: make([][3]int32, 0, len(corners))}
		for i, t := range corners {
			for _, p := range t {
				m.XYZ = append(m.XYZ, p[:]...)
			}
			n := int32(3 * i)
			m.Faces = append(m.Faces, [3]int32{n, n + 1, n + 2})
		}
		return m, err
	}
	return points.Mesh{}, &formats.UnsupportedError{Format: string(form), Feature: "triangles", Next: "give the mesh as PLY or STL"}
}
