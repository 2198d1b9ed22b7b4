package scene

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"

	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// PlacedCamera is a camera that was there, such as one of a surveillance system, in its
// place in the scene, and the recovered pictures that are its.
type PlacedCamera struct {
	Name    string       `json:"name"`
	Exhibit string       `json:"exhibit"`           // that holds its pictures
	Channel string       `json:"channel,omitempty"` // of the recorder, as its items name it
	Match   string       `json:"match,omitempty"`   // part of the names of its pictures; with Channel empty too, all are its
	Camera  recon.Camera `json:"camera"`
	Turn    [4]float64   `json:"turn"`  // of the camera in the world, as a quaternion: real, i, j, k; x right, y down, z forward
	Place   [3]float64   `json:"place"` // in the world, metres
	How     string       `json:"how"`   // HowStated or HowResected
	// Of a resection: pixels, metres and degrees, one standard deviation.
	Points   int     `json:"points,omitempty"`
	RMSPx    float64 `json:"rms_px,omitempty"`
	SigmaM   float64 `json:"sigma_m,omitempty"`
	SigmaDeg float64 `json:"sigma_deg,omitempty"`
}

// How a camera got its place.
const (
	HowStated   = "stated"    // by a person
	HowResected = "resection" // from points of known place that its picture shows
)

// The bounds of a file of cameras.
const (
	maxCamerasB = 4 << 20
	maxCameras  = 1000
)

type cameraFile struct {
	Cameras []PlacedCamera `json:"cameras"`
}

// ReadCameras reads the placed cameras of a case; what is no camera is an error that
// names it.
func ReadCameras(r io.Reader) ([]PlacedCamera, error) {
	var f cameraFile
	dec := json.NewDecoder(io.LimitReader(r, maxCamerasB))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("placed cameras: %w", err)
	}
	if len(f.Cameras) > maxCameras {
		return nil, fmt.Errorf("placed cameras: %d of them, at most %d are read", len(f.Cameras), maxCameras)
	}
	for i := range f.Cameras {
		if err := f.Cameras[i].check(); err != nil {
			return nil, fmt.Errorf("placed camera %d, %q: %w", i+1, f.Cameras[i].Name, err)
		}
	}
	return f.Cameras, nil
}

// WriteCameras writes placed cameras as ReadCameras reads them.
func WriteCameras(w io.Writer, cameras []PlacedCamera) error {
	b, err := json.MarshalIndent(cameraFile{cameras}, "", " ")
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	return err
}

func (c *PlacedCamera) check() error {
	k := &c.Camera
	for _, v := range append(append([]float64{k.FxPx, k.FyPx, k.CxPx, k.CyPx, k.K1, k.K2, k.K3, k.P1, k.P2, c.RMSPx, c.SigmaM, c.SigmaDeg}, c.Turn[:]...), c.Place[:]...) {
		if math.IsNaN(v) || math.Abs(v) > 1e9 {
			return fmt.Errorf("holds the number %g", v)
		}
	}
	q := quat.Abs(quat.Number{Real: c.Turn[0], Imag: c.Turn[1], Jmag: c.Turn[2], Kmag: c.Turn[3]})
	switch {
	case c.Name == "":
		return fmt.Errorf("has no name")
	case c.How != HowStated && c.How != HowResected:
		return fmt.Errorf("does not say how it got its place (%q)", c.How)
	case k.WidthPx < 16 || k.HeightPx < 16 || k.WidthPx > maxSidePx || k.HeightPx > maxSidePx:
		return fmt.Errorf("has pictures of %d x %d pixels", k.WidthPx, k.HeightPx)
	case !(k.FxPx > 1 && k.FyPx > 1):
		return fmt.Errorf("has the focal length %g x %g pixels", k.FxPx, k.FyPx)
	case math.Abs(q-1) > 1e-3:
		return fmt.Errorf("its turn is no unit quaternion")
	}
	return nil
}

// WorldFromCam is the camera's pose.
func (c *PlacedCamera) WorldFromCam() recon.Pose {
	return recon.Pose{Q: quat.Number{Real: c.Turn[0], Imag: c.Turn[1], Jmag: c.Turn[2], Kmag: c.Turn[3]}, T: vec(c.Place)}
}

// SetPose puts the camera in its place.
func (c *PlacedCamera) SetPose(p recon.Pose) {
	c.Turn, c.Place = [4]float64{p.Q.Real, p.Q.Imag, p.Q.Jmag, p.Q.Kmag}, [3]float64{p.T.X, p.T.Y, p.T.Z}
}

// LookThrough is the view from a camera's place in which its whole picture lies, upright
// as the camera stood.
func LookThrough(c *recon.Camera, worldFromCam recon.Pose, widthPx, heightPx int) render.View {
	up, across := 0.0, 0.0 // tangents of half the angles, with the principal point in the middle of the view
	for _, p := range [][2]float64{{0, 0}, {float64(c.WidthPx), 0}, {0, float64(c.HeightPx)}, {float64(c.WidthPx), float64(c.HeightPx)}, {float64(c.WidthPx) / 2, 0}, {0, float64(c.HeightPx) / 2},
		{float64(c.WidthPx) / 2, float64(c.HeightPx)}, {float64(c.WidthPx), float64(c.HeightPx) / 2}} {
		ray := c.Ray(p[0], p[1])
		up, across = max(up, math.Abs(ray.Y)), max(across, math.Abs(ray.X))
	}
	half := max(up, across*float64(heightPx)/float64(widthPx))
	forward := worldFromCam.Rotate(r3.Vec{Z: 1})
	return render.View{Name: "camera", Eye: worldFromCam.T, Target: r3.Add(worldFromCam.T, forward), Up: worldFromCam.Rotate(r3.Vec{Y: -1}),
		FovYDeg: min(max(2*math.Atan(half)*180/math.Pi, 1), 170), WidthPx: widthPx, HeightPx: heightPx}
}

// Frustum is what a camera sees as edges: from its place to the corners of a picture so
// far before it, and around that.
func Frustum(c *recon.Camera, worldFromCam recon.Pose, depthM float64, standing forensics.FindingKind) []render.Outline {
	var corner [4]r3.Vec
	for i, p := range [][2]float64{{0, 0}, {float64(c.WidthPx), 0}, {float64(c.WidthPx), float64(c.HeightPx)}, {0, float64(c.HeightPx)}} {
		corner[i] = worldFromCam.Apply(r3.Scale(depthM, c.Ray(p[0], p[1])))
	}
	out := []render.Outline{{Points: corner[:], Closed: true, Standing: standing}}
	for _, p := range corner {
		out = append(out, render.Outline{Points: []r3.Vec{worldFromCam.T, p}, Standing: standing})
	}
	return out
}
