package recon

import "gonum.org/v1/gonum/spatial/r3"

// Mesh is a triangle mesh in memory, single precision about Origin. RGB is nil or as long
// as XYZ; faces are vertices by number.
type Mesh struct {
	Origin r3.Vec
	XYZ    []float32 // 3 a vertex
	RGB    []uint8   // 3 a vertex
	Faces  [][3]int32
}
