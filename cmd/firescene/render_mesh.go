package main

import (
	"os"

	"firescene/formats"
	"firescene/formats/scans"
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
	m, err := scans.ReadMesh(f, info.Size(), path, formats.DefaultLimits())
	if err != nil {
		return nil, err
	}
	return &recon.Mesh{Origin: r3.Vec{X: m.Origin[0], Y: m.Origin[1], Z: m.Origin[2]}, XYZ: m.XYZ, RGB: m.RGB, Faces: m.Faces}, nil
}
