// Package recon holds the nouns of the burnt place: cameras, poses, clouds,
// rooms, hypotheses and what they predict. The packages below it hold the verbs.
//
// Frames are right-handed with Z up where a scene is levelled, X east and Y
// north where north is known. A transform is named after the frames it joins:
// worldFromCam takes camera coordinates to world coordinates. Camera frames have
// X right, Y down, Z forward, as in COLMAP. Lengths are metres and times seconds
// unless a name says otherwise.
package recon

import (
	"math"

	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Pose is a rigid transform a = R(Q) b + T. Q is a unit quaternion.
type Pose struct {
	Q quat.Number
	T r3.Vec
}

// IdentityPose leaves points where they are.
func IdentityPose() Pose { return Pose{Q: quat.Number{Real: 1}} }

// Apply takes a point of frame b to frame a.
func (p Pose) Apply(b r3.Vec) r3.Vec { return r3.Add(p.Rotate(b), p.T) }

// Rotate applies the rotation alone, as for directions.
func (p Pose) Rotate(b r3.Vec) r3.Vec {
	u := r3.Vec{X: p.Q.Imag, Y: p.Q.Jmag, Z: p.Q.Kmag}
	t := r3.Scale(2, r3.Cross(u, b))
	return r3.Add(b, r3.Add(r3.Scale(p.Q.Real, t), r3.Cross(u, t)))
}

// Inverse returns the transform from frame a to frame b.
func (p Pose) Inverse() Pose {
	inv := Pose{Q: quat.Conj(p.Q)}
	inv.T = r3.Scale(-1, inv.Rotate(p.T))
	return inv
}

// Mul returns p after q: the transform x -> p(q(x)).
func (p Pose) Mul(q Pose) Pose {
	return Pose{Q: quat.Mul(p.Q, q.Q), T: p.Apply(q.T)}
}

// Matrix returns the rotation as a row-major 3x3 matrix.
func (p Pose) Matrix() [9]float64 {
	w, x, y, z := p.Q.Real, p.Q.Imag, p.Q.Jmag, p.Q.Kmag
	return [9]float64{
		1 - 2*(y*y+z*z), 2 * (x*y - w*z), 2 * (x*z + w*y),
		2 * (x*y + w*z), 1 - 2*(x*x+z*z), 2 * (y*z - w*x),
		2 * (x*z - w*y), 2 * (y*z + w*x), 1 - 2*(x*x+y*y),
	}
}

// PoseFromMatrix builds a pose from a row-major rotation matrix and a
// translation. The matrix must be a rotation; it is not re-orthogonalised.
func PoseFromMatrix(m [9]float64, t r3.Vec) Pose {
	var q quat.Number
	switch tr := m[0] + m[4] + m[8]; {
	case tr > 0:
		s := 2 * math.Sqrt(1+tr)
		q = quat.Number{Real: s / 4, Imag: (m[7] - m[5]) / s, Jmag: (m[2] - m[6]) / s, Kmag: (m[3] - m[1]) / s}
	case m[0] > m[4] && m[0] > m[8]:
		s := 2 * math.Sqrt(1+m[0]-m[4]-m[8])
		q = quat.Number{Real: (m[7] - m[5]) / s, Imag: s / 4, Jmag: (m[1] + m[3]) / s, Kmag: (m[2] + m[6]) / s}
	case m[4] > m[8]:
		s := 2 * math.Sqrt(1+m[4]-m[0]-m[8])
		q = quat.Number{Real: (m[2] - m[6]) / s, Imag: (m[1] + m[3]) / s, Jmag: s / 4, Kmag: (m[5] + m[7]) / s}
	default:
		s := 2 * math.Sqrt(1+m[8]-m[0]-m[4])
		q = quat.Number{Real: (m[3] - m[1]) / s, Imag: (m[2] + m[6]) / s, Jmag: (m[5] + m[7]) / s, Kmag: s / 4}
	}
	return Pose{Q: quat.Scale(1/quat.Abs(q), q), T: t}
}

// View is a photo with its place in the scene.
type View struct {
	Photo        string // name the photo was given with
	CameraIdx    int
	CamFromWorld Pose
	// Keypoints are the pixel positions of the features that take part in the
	// model; PointIdx of the same length says which point each one sees, or -1.
	Keypoints [][2]float32
	PointIdx  []int32
	// SigmaPx is the standard deviation that the adjustment expected of its
	// keypoints, in pixels; 0 where it is not known, as in a model from a file.
	SigmaPx float64
	// KeySigmaPx is the standard deviation of each keypoint by itself; nil where all
	// have SigmaPx.
	KeySigmaPx []float32
	// PosCov is the covariance of the projection centre in world coordinates, in
	// the model's unit squared; RotSigma are the standard deviations of the
	// rotation about the camera's X, Y and Z axes, in radians. Zero: not known.
	PosCov   Covariance
	RotSigma r3.Vec
}

// Centre is the camera's projection centre in world coordinates.
func (v View) Centre() r3.Vec { return v.CamFromWorld.Inverse().T }

// SparsePoint is a triangulated feature.
type SparsePoint struct {
	Pos     r3.Vec
	RGB     [3]uint8
	ErrPx   float64 // mean reprojection error over its track
	ViewIdx []int32 // views that see it
	KeyIdx  []int32 // index of its keypoint in each of those views
	// Cov is the covariance of Pos in world coordinates, in the model's unit
	// squared. Zero: not known.
	Cov Covariance
}

// Rejected is a photo that is not in the model, with the reason and what to do.
type Rejected struct {
	Photo, Reason, Next string
}

// CameraFreedom says which intrinsics of a camera the photos themselves refined,
// and what held them: the focal length to FocalPx with the relative standard
// deviation FocalSigma, the principal point to CentrePx with CentreSigmaPx. The
// zero value is a camera that was used as given.
type CameraFreedom struct {
	Focal, Centre, K1, K2 bool
	FocalPx, FocalSigma   float64
	CentrePx              [2]float64
	CentreSigmaPx         float64
}

// Detection is what the search for features gave in one photo.
type Detection struct {
	Photo     string
	Keypoints int
	Weak      int  // of these, below the usual contrast: taken in because there were few
	Equalised bool // searched with its contrast brought up, as it gave next to nothing as it is
}

// SparseModel is what structure from motion gives: one connected reconstruction.
type SparseModel struct {
	Cameras  []Camera
	Views    []View
	Points   []SparsePoint
	Rejected []Rejected
	// Detections has one entry for each photo that could be searched, by name.
	Detections []Detection
	// Freedom has one entry a camera; nil means that all were used as given.
	Freedom []CameraFreedom
	// Scaled is false when nothing fixes the metre: lengths are then in an
	// arbitrary unit and must not be printed as metres.
	Scaled   bool
	ScaleWhy string // what fixed the scale, or why there is none
	MeanPx   float64
	// Precision is nil when it was not computed.
	Precision *Precision
	// Method is how the photos were placed: MethodIncremental or MethodGlobal.
	Method string
	// Second is what the other method made of the same photos; nil where it was not
	// tried.
	Second *SecondOpinion
	// Others are the models of photos that do not connect with this one, most
	// photos first, each in its own frame and unit and without Rejected. Photos in
	// them are in Rejected here too, with the number of their model: this one is
	// model 1.
	Others []*SparseModel
}

// Cloud is a point cloud in memory, single precision about Origin so that large
// world coordinates keep their millimetres. Optional columns are nil.
type Cloud struct {
	Origin    r3.Vec
	XYZ       []float32 // 3 a point, relative to Origin
	RGB       []uint8   // 3 a point
	Intensity []float32 // 1 a point, 0..1
	Normal    []float32 // 3 a point
	Views     []uint8   // 1 a point: photos that agree on it
	Sigma     []float32 // 1 a point: standard deviation of its place, in the cloud's unit
	Scaled    bool      // coordinates are metres
}

// Len is the number of points.
func (c *Cloud) Len() int { return len(c.XYZ) / 3 }

// At returns point i in world coordinates.
func (c *Cloud) At(i int) r3.Vec {
	return r3.Vec{X: c.Origin.X + float64(c.XYZ[3*i]), Y: c.Origin.Y + float64(c.XYZ[3*i+1]), Z: c.Origin.Z + float64(c.XYZ[3*i+2])}
}

// Bounds returns the smallest axis-aligned box around the points, in world
// coordinates. It is the zero box for an empty cloud.
func (c *Cloud) Bounds() r3.Box {
	if c.Len() == 0 {
		return r3.Box{}
	}
	b := r3.Box{Min: c.At(0), Max: c.At(0)}
	for i := 1; i < c.Len(); i++ {
		p := c.At(i)
		b.Min = r3.Vec{X: min(b.Min.X, p.X), Y: min(b.Min.Y, p.Y), Z: min(b.Min.Z, p.Z)}
		b.Max = r3.Vec{X: max(b.Max.X, p.X), Y: max(b.Max.Y, p.Y), Z: max(b.Max.Z, p.Z)}
	}
	return b
}
