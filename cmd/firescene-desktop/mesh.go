//go:build cgo

package main

import (
	"os"
	"path/filepath"
	"strings"

	"firescene/formats"
	"firescene/formats/ply"
	"firescene/formats/stl"
	"firescene/recon"

	"gonum.org/v1/gonum/spatial/r3"
)

// readMesh reads the triangles of a PLY or STL file.
func readMesh(path string) (*recon.Mesh, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(filepath.Ext(path), ".stl") {
		corners, err := stl.Read(f, info.Size(), formats.DefaultLimits())
		if err != nil {
			return nil, err
		}
		m := &recon.Mesh{}
		for i, t := range corners {
			for _, p := range t {
				m.XYZ = append(m.XYZ, p[:]...)
			}
			n := int32(3 * i)
			m.Faces = append(m.Faces, [3]int32{n, n + 1, n + 2})
		}
		return m, nil
	}
	m, err := ply.ReadMesh(f, info.Size(), formats.DefaultLimits())
	if err != nil {
		return nil, err
	}
	return &recon.Mesh{Origin: r3.Vec{X: m.Origin[0], Y: m.Origin[1], Z: m.Origin[2]}, XYZ: m.XYZ, RGB: m.RGB, Faces: m.Faces}, nil
}

// openMesh reads a mesh beside the window and shows it.
func (t *tool) openMesh(path string) {
	t.desk.Loading(filepath.Base(path))
	t.busy++
	go func() {
		m, err := readMesh(path)
		t.win.Post(func() {
			t.busy--
			t.desk.Loading("")
			if err != nil {
				t.desk.Say(filepath.Base(path) + ": " + err.Error())
				return
			}
			t.desk.SetMesh(m)
		})
	}()
}
