package sfm

import (
	"fmt"
	"math"

	"firescene/formats"
	"firescene/formats/colmap"
	"firescene/recon"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// ToCOLMAP gives the model as COLMAP writes it: identifiers count from one.
func ToCOLMAP(m *recon.SparseModel) *colmap.Model {
	out := &colmap.Model{}
	for i, c := range m.Cameras {
		cam := colmap.Camera{ID: i + 1, Width: c.WidthPx, Height: c.HeightPx}
		switch {
		case c.K3 != 0:
			cam.Model, cam.Params = colmap.FullOpenCV, []float64{c.FxPx, c.FyPx, c.CxPx, c.CyPx, c.K1, c.K2, c.P1, c.P2, c.K3, 0, 0, 0}
		case c.P1 != 0 || c.P2 != 0:
			cam.Model, cam.Params = colmap.OpenCV, []float64{c.FxPx, c.FyPx, c.CxPx, c.CyPx, c.K1, c.K2, c.P1, c.P2}
		case c.K1 == 0 && c.K2 == 0:
			cam.Model, cam.Params = colmap.Pinhole, []float64{c.FxPx, c.FyPx, c.CxPx, c.CyPx}
		case c.FxPx == c.FyPx:
			cam.Model, cam.Params = colmap.Radial, []float64{c.FxPx, c.CxPx, c.CyPx, c.K1, c.K2}
		default:
			cam.Model, cam.Params = colmap.OpenCV, []float64{c.FxPx, c.FyPx, c.CxPx, c.CyPx, c.K1, c.K2, 0, 0}
		}
		out.Cameras = append(out.Cameras, cam)
	}
	for i, v := range m.Views {
		q, t := v.CamFromWorld.Q, v.CamFromWorld.T
		img := colmap.Image{ID: i + 1, CameraID: v.CameraIdx + 1, Name: v.Photo,
			Q: [4]float64{q.Real, q.Imag, q.Jmag, q.Kmag}, T: [3]float64{t.X, t.Y, t.Z}}
		for k, xy := range v.Keypoints {
			img.Points = append(img.Points, colmap.Point2D{X: float64(xy[0]), Y: float64(xy[1]), Point3D: int64(v.PointIdx[k]) + 1})
		}
		out.Images = append(out.Images, img)
	}
	for i, p := range m.Points {
		pt := colmap.Point3D{ID: int64(i) + 1, XYZ: [3]float64{p.Pos.X, p.Pos.Y, p.Pos.Z}, RGB: p.RGB, Error: p.ErrPx}
		for k := range p.ViewIdx {
			pt.Track = append(pt.Track, colmap.TrackElement{ImageID: int(p.ViewIdx[k]) + 1, Point2D: int(p.KeyIdx[k])})
		}
		out.Points = append(out.Points, pt)
	}
	return out
}

// FromCOLMAP gives a model that was written as COLMAP text. References between
// its parts are checked: a broken one is a *formats.FormatError. The rational
// distortion terms are a *formats.UnsupportedError. COLMAP's form does not say
// whether the unit is the metre, so Scaled is false.
func FromCOLMAP(m *colmap.Model) (*recon.SparseModel, error) {
	broken := func(format string, args ...any) error {
		return &formats.FormatError{Format: "COLMAP text", Offset: -1, Reason: fmt.Sprintf(format, args...), Next: "export the model again"}
	}
	out := &recon.SparseModel{ScaleWhy: "not recorded"}
	camera, view, point := map[int]int{}, map[int]int32{}, map[int64]int32{}
	for i, c := range m.Cameras {
		k := c.Intrinsics()
		if k.K4 != 0 || k.K5 != 0 || k.K6 != 0 {
			return nil, &formats.UnsupportedError{Format: "COLMAP text", Offset: -1, Feature: "rational distortion (K4, K5, K6)", Next: "undistort the images first"}
		}
		if !(k.Fx > 0 && k.Fy > 0) {
			return nil, broken("camera %d has no focal length", c.ID)
		}
		camera[c.ID] = i
		out.Cameras = append(out.Cameras, recon.Camera{WidthPx: c.Width, HeightPx: c.Height,
			FxPx: k.Fx, FyPx: k.Fy, CxPx: k.Cx, CyPx: k.Cy, K1: k.K1, K2: k.K2, K3: k.K3, P1: k.P1, P2: k.P2, Source: sourceGiven})
	}
	for i, p := range m.Points {
		point[p.ID] = int32(i)
	}
	for i, v := range m.Images {
		c, ok := camera[v.CameraID]
		if !ok {
			return nil, broken("image %d names camera %d, which is not there", v.ID, v.CameraID)
		}
		q := quat.Number{Real: v.Q[0], Imag: v.Q[1], Jmag: v.Q[2], Kmag: v.Q[3]}
		view[v.ID] = int32(i)
		w := recon.View{Photo: v.Name, CameraIdx: c, CamFromWorld: recon.Pose{
			Q: quat.Scale(1/quat.Abs(q), q), T: r3.Vec{X: v.T[0], Y: v.T[1], Z: v.T[2]}}}
		for _, k := range v.Points {
			at := int32(-1)
			if k.Point3D != -1 {
				if at, ok = point[k.Point3D]; !ok {
					return nil, broken("image %d sees point %d, which is not there", v.ID, k.Point3D)
				}
			}
			w.Keypoints = append(w.Keypoints, [2]float32{float32(k.X), float32(k.Y)})
			w.PointIdx = append(w.PointIdx, at)
		}
		out.Views = append(out.Views, w)
	}
	sum, n := 0.0, 0
	for _, p := range m.Points {
		s := recon.SparsePoint{Pos: r3.Vec{X: p.XYZ[0], Y: p.XYZ[1], Z: p.XYZ[2]}, RGB: p.RGB, ErrPx: p.Error}
		for _, t := range p.Track {
			v, ok := view[t.ImageID]
			if !ok || t.Point2D < 0 || t.Point2D >= len(out.Views[v].Keypoints) {
				return nil, broken("point %d is seen by keypoint %d of image %d, which is not there", p.ID, t.Point2D, t.ImageID)
			}
			s.ViewIdx, s.KeyIdx = append(s.ViewIdx, v), append(s.KeyIdx, int32(t.Point2D))
		}
		sum += p.Error * float64(len(p.Track))
		n += len(p.Track)
		out.Points = append(out.Points, s)
	}
	if n > 0 && !math.IsNaN(sum) {
		out.MeanPx = sum / float64(n)
	}
	return out, nil
}
