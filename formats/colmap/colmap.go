// Package colmap reads and writes sparse models in COLMAP's text form, which
// most photogrammetry tools exchange: cameras.txt, images.txt and points3D.txt.
//
// Specification: https://colmap.github.io/format.html#text-format and, for the
// camera models, https://colmap.github.io/cameras.html.
package colmap

// CameraModel names how a camera's parameters are to be read.
type CameraModel string

// The camera models that are read. Parameters are in the order of COLMAP.
const (
	SimplePinhole CameraModel = "SIMPLE_PINHOLE" // f cx cy
	Pinhole       CameraModel = "PINHOLE"        // fx fy cx cy
	SimpleRadial  CameraModel = "SIMPLE_RADIAL"  // f cx cy k1
	Radial        CameraModel = "RADIAL"         // f cx cy k1 k2
	OpenCV        CameraModel = "OPENCV"         // fx fy cx cy k1 k2 p1 p2
	FullOpenCV    CameraModel = "FULL_OPENCV"    // fx fy cx cy k1 k2 p1 p2 k3 k4 k5 k6
)

// params is the number of parameters of a model, 0 for one that is not read.
func (m CameraModel) params() int {
	switch m {
	case SimplePinhole:
		return 3
	case Pinhole, SimpleRadial:
		return 4
	case Radial:
		return 5
	case OpenCV:
		return 8
	case FullOpenCV:
		return 12
	}
	return 0
}

// Camera is one line of cameras.txt.
type Camera struct {
	ID            int
	Model         CameraModel
	Width, Height int
	Params        []float64
}

// Intrinsics are a camera's parameters in one form for all models. K4 to K6 are
// the terms that the radial distortion is divided by.
type Intrinsics struct{ Fx, Fy, Cx, Cy, K1, K2, P1, P2, K3, K4, K5, K6 float64 }

// Intrinsics gives the parameters of a camera as Read returns it.
func (c Camera) Intrinsics() Intrinsics {
	p := c.Params
	switch c.Model {
	case SimplePinhole:
		return Intrinsics{Fx: p[0], Fy: p[0], Cx: p[1], Cy: p[2]}
	case Pinhole:
		return Intrinsics{Fx: p[0], Fy: p[1], Cx: p[2], Cy: p[3]}
	case SimpleRadial:
		return Intrinsics{Fx: p[0], Fy: p[0], Cx: p[1], Cy: p[2], K1: p[3]}
	case Radial:
		return Intrinsics{Fx: p[0], Fy: p[0], Cx: p[1], Cy: p[2], K1: p[3], K2: p[4]}
	case OpenCV:
		return Intrinsics{Fx: p[0], Fy: p[1], Cx: p[2], Cy: p[3], K1: p[4], K2: p[5], P1: p[6], P2: p[7]}
	case FullOpenCV:
		return Intrinsics{p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11]}
	}
	return Intrinsics{}
}

// Point2D is a keypoint in pixels; (0,0) is the corner of the image. Point3D is
// the ID of the point that it sees, -1 when none.
type Point2D struct {
	X, Y    float64
	Point3D int64
}

// Image is two lines of images.txt: the pose takes world coordinates to the
// camera's, which has X right, Y down and Z ahead.
type Image struct {
	ID       int
	Q        [4]float64 // w x y z
	T        [3]float64
	CameraID int
	Name     string
	Points   []Point2D
}

// TrackElement is one sighting of a point: the index of a keypoint in an image.
type TrackElement struct {
	ImageID int
	Point2D int
}

// Point3D is one line of points3D.txt.
type Point3D struct {
	ID    int64
	XYZ   [3]float64
	RGB   [3]uint8
	Error float64 // mean reprojection error in pixels
	Track []TrackElement
}

// Model is a whole sparse model, in the order of its files.
type Model struct {
	Cameras []Camera
	Images  []Image
	Points  []Point3D
}
